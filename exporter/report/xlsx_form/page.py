"""A sheet that is read from the top down: lines, boxes and small tables on one grid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from exporter.maintenance import Window
from exporter.report.xlsx_form.cells import LINE_HEIGHT, Book, Kind, Sheet, Tone, Value, lines_of
from exporter.report.xlsx_form.table import set_up_paper


@dataclass(frozen=True, slots=True)
class Cell:
    """A value in a section's row; `width` is in columns of the grid."""

    value: Value
    kind: Kind = Kind.TEXT
    tone: Tone = Tone.PLAIN
    width: int = 1


@dataclass(frozen=True, slots=True)
class Box:
    """A figure that is to be seen first, with what it is, and a unit after it."""

    caption: str
    value: Value
    kind: Kind
    tone: Tone
    unit: str
    width: int


Head = tuple[str, int]  # a text and its width in columns


class Page:
    """A sheet on a grid of columns, written from the top down."""

    def __init__(self, book: Book, name: str, widths: Sequence[float]) -> None:
        self._book = book
        self._widths = widths
        self._last = len(widths) - 1
        self._row = 0
        self._sheet: Sheet = book.sheet(name)
        for number, width in enumerate(widths):
            self._sheet.set_column(number, number, width)

    def line(self, text: str, style: str, height: float = LINE_HEIGHT, scale: float = 1) -> None:
        """Write a text over the whole width, in as many lines of a height as it needs; larger letters are scaled."""
        self._sheet.set_row(self._row, height * lines_of(text, sum(self._widths) * scale))
        self._book.say_across(self._sheet, (self._row, 0), self._last, text, style)
        self._row += 1

    def gap(self) -> None:
        """Leave a row empty."""
        self._row += 1

    def boxes(self, boxes: Sequence[Box]) -> None:
        """Write figures side by side, each under its caption."""
        first = 0
        for box in boxes:
            last = first + box.width - 1
            self._book.say_across(self._sheet, (self._row, first), last, box.caption, "caption", box.tone)
            self._book.show(self._sheet, (self._row + 1, first), last, box.value, (box.kind, box.tone, box.unit))
            first = last + 1
        self._sheet.set_row(self._row, 20)
        self._sheet.set_row(self._row + 1, 34)
        self._row += 3

    def section(self, title: str, heads: Sequence[Head], rows: Iterable[Sequence[Cell]]) -> None:
        """Write a small table, or that there is nothing in it."""
        self._book.say_across(self._sheet, (self._row, 0), self._last, title, "section")
        self._sheet.set_row(self._row, 22)
        self._row += 1
        written = tuple(rows)
        if not written:
            self._book.say(self._sheet, (self._row, 0), self._book.words("none"), "note")
            self._row += 2
            return
        column = 0
        for text, width in heads:
            self._book.say_across(self._sheet, (self._row, column), column + width - 1, text, "head")
            column += width
        self._sheet.set_row(self._row, 34)
        self._row += 1
        for row in written:
            self._cells(row)
        self._row += 1

    def finish(self) -> None:
        """Set the page up for paper."""
        set_up_paper(self._book, self._sheet)
        self._sheet.print_area(0, 0, self._row, self._last)

    def _cells(self, cells: Sequence[Cell]) -> None:
        column, lines = 0, 1
        for cell in cells:
            last = column + cell.width - 1
            self._book.put_across(self._sheet, (self._row, column), last, cell.value, (cell.kind, cell.tone))
            lines = max(lines, lines_of(cell.value, sum(self._widths[column : last + 1])))
            column = last + 1
        self._sheet.set_row(self._row, LINE_HEIGHT * lines + 3)
        self._row += 1


def windows(page: Page, book: Book, title: str, shown: Sequence[Window]) -> None:
    """Write maintenance windows, and whether they left the figures."""
    words, zone = book.words, book.zone_names
    heads = (
        (words("reason"), 1), (words("scope_of_window"), 1), (words("standing"), 1), (f"{words('start')} ({zone})", 2),
        (f"{words('end')} ({zone})", 2), (words("approved_by"), 3),
    )  # fmt: skip
    rows = (
        (
            Cell(of.reason),
            Cell(", ".join(of.scope)),
            Cell(words.standing(of.standing)),
            Cell(of.starts_at, Kind.INSTANT, width=2),
            Cell(of.until, Kind.INSTANT, width=2),
            Cell(of.approved_by or of.added_by, width=3),
        )
        for of in shown
    )
    page.section(title, heads, rows)
