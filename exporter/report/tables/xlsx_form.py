"""A document as XLSX: a sheet of sentences, then one a table; texts are texts, numbers those that are shown."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from datetime import UTC, datetime, time
from decimal import Decimal

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from exporter.model import Language
from exporter.report.tables import Cell, Document, Kind, Row, Table
from exporter.report.tables.cells import head, plain, widths
from exporter.report.words import NOTHING, Words
from exporter.report.xlsx_form.cells import OPTIONS, fitting, margin
from exporter.report.xlsx_form.table import A4

NUMBERS: dict[Kind, str] = {
    Kind.INTEGER: "#,##0",
    Kind.PERCENT: "0.000%",
    Kind.MONEY: "#,##0",
    Kind.RATE: "#,##0.00",
    Kind.HOURS: "#,##0.00",
}
DATES = {Language.INDONESIAN: "[$-421]d mmmm yyyy", Language.ENGLISH: "[$-809]d mmmm yyyy"}
SHEET_NAME_LENGTH = 31
SENTENCES_WIDTH = 120  # characters, as all widths
LINE_POINTS = 15
_NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\]")


def render(document: Document, language: Language) -> bytes:
    """Return the file; the same document gives the same bytes."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, OPTIONS) as book:
        book.set_properties(
            {"title": fitting(document.title), "created": datetime.combine(document.as_of, time(), tzinfo=UTC)}
        )
        sheets = _Sheets(book, Words(language))
        sheets.sentences(document)
        for table in document.tables:
            sheets.table(document, table)
    return file.getvalue()


def sheet_names(titles: Iterable[str]) -> list[str]:
    """Return a name for each sheet that a spreadsheet takes: short, without its special characters, none twice."""
    names: list[str] = []
    taken: set[str] = {"history"}  # a spreadsheet keeps it to itself
    for title in titles:
        clean = _NOT_IN_SHEET_NAMES.sub("-", fitting(title)).strip("' ") or NOTHING
        number, name = 1, clean[:SHEET_NAME_LENGTH].strip("' ")
        while name.casefold() in taken:
            number += 1
            name = f"{clean[: SHEET_NAME_LENGTH - len(str(number)) - 1]} {number}"
        taken.add(name.casefold())
        names.append(name)
    return names


class _Sheets:
    """Writes sheets into one workbook, with its formats."""

    def __init__(self, book: xlsxwriter.Workbook, words: Words) -> None:
        self._book = book
        self._words = words
        self._names: list[str] = []
        self._title = book.add_format({"bold": True, "font_size": 14})
        self._wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        heads = {"bold": True, "text_wrap": True, "valign": "bottom", "bg_color": "#E2E8F0", "bottom": 1}
        self._heads = {
            is_number: book.add_format({**heads, "align": "right" if is_number else "left"})
            for is_number in (False, True)
        }
        self._formats: dict[tuple[Kind, bool], Format] = {
            (kind, is_total): self._format(kind, is_total=is_total) for kind in Kind for is_total in (False, True)
        }

    def _format(self, kind: Kind, *, is_total: bool) -> Format:
        shape: dict[str, object] = {"valign": "top"}
        if is_total:
            shape |= {"bold": True, "top": 1}
        if kind is Kind.DATE:
            shape |= {"num_format": DATES[self._words.language], "align": "left"}
        elif kind.is_number:
            shape |= {"num_format": NUMBERS[kind], "align": "right"}
        else:
            shape |= {"text_wrap": True}
        return self._book.add_format(shape)

    def sentences(self, document: Document) -> None:
        """Write the first sheet."""
        self._names = sheet_names([self._words("summary"), *(table.title for table in document.tables)])
        sheet = self._sheet(document)
        sheet.set_column(0, 0, SENTENCES_WIDTH)
        sheet.write_string(0, 0, fitting(document.title), self._title)
        for place, text in enumerate((document.subtitle, "", *document.paragraphs, "", *document.notes), 1):
            sheet.set_row(place, LINE_POINTS * _lines(text, SENTENCES_WIDTH))
            sheet.write_string(place, 0, fitting(text), self._wrapped)

    def table(self, document: Document, table: Table) -> None:
        """Write a table's sheet: its heads stay in sight and on every page, and filter what is under them."""
        sheet = self._sheet(document)
        wide = [width + 2 for width in widths(table, self._words)]
        heads = [head(column, self._words) for column in table.columns]
        sheet.set_row(0, LINE_POINTS * max(map(_lines, heads, wide)))
        for place, (text, width) in enumerate(zip(heads, wide, strict=True)):
            sheet.set_column(place, place, width)
            sheet.write_string(0, place, fitting(text), self._heads[table.columns[place].kind.is_number])
        for number, row in enumerate(table.rows, 1):
            texts = [cell if isinstance(cell, str) else "" for cell in row]
            sheet.set_row(number, LINE_POINTS * max(map(_lines, texts, wide)))
            self._row(sheet, number, row, table)
        if table.total is not None:
            self._row(sheet, len(table.rows) + 1, table.total, table, is_total=True)
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)

    def _sheet(self, document: Document) -> Worksheet:
        sheet = self._book.add_worksheet(self._names[len(self._book.worksheets())])
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        page = self._words("page", page="&P", pages="&N")
        sheet.set_footer(f"&L{margin(f'{document.title}, {document.subtitle}')}&R{page}")
        return sheet

    def _row(self, sheet: Worksheet, number: int, row: Row, table: Table, *, is_total: bool = False) -> None:
        for place, (cell, column) in enumerate(zip(row, table.columns, strict=True)):
            self._cell(sheet, (number, place), cell, column.kind, self._formats[column.kind, is_total])

    def _cell(self, sheet: Worksheet, at: tuple[int, int], cell: Cell, kind: Kind, shape: Format) -> None:
        number = plain(cell, kind)
        if cell is None:
            sheet.write_string(*at, NOTHING, shape)
        elif number is not None:
            value = Decimal(number) / 100 if kind is Kind.PERCENT else Decimal(number)
            sheet.write_number(*at, float(value), shape)
        elif isinstance(cell, str):
            sheet.write_string(*at, fitting(cell), shape)
        else:
            sheet.write_datetime(*at, cell, shape)


def _lines(text: str, width: int) -> int:
    """Return how many lines a text takes in a column: programs differ in their letters, so rather one too many."""
    lines, used = 1, 0
    for word in text.split():
        if used and used + 1 + len(word) > width - 1:
            lines, used = lines + 1, 0
        used += len(word) + bool(used)
        lines, used = lines + used // (width + 1), used % (width + 1)
    return lines
