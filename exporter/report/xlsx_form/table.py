"""A sheet that is one table: bands of columns, a filter, heads that stay, and a set-up for paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, TypeVar

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from exporter.report.summary import Summary
from exporter.report.words import NOTHING, Words
from exporter.report.xlsx_form.cells import LINE_HEIGHT, Book, Formula, Kind, Sheet, Tone, Value, lines_of, margin
from exporter.sla import Figures

Row = TypeVar("Row")
A4 = 9
TITLE_ROW, BAND_ROW, HEAD_ROW, FIRST_ROW = range(4)
SECONDS = ("up", "degraded", "down", "unmeasured", "excluded")
RATIOS = {
    "availability": ("{s_up}+{s_degraded}", "{s_up}+{s_degraded}+{s_down}"),
    "availability_min": ("{s_up}+{s_degraded}", "{s_up}+{s_degraded}+{s_down}+{s_unmeasured}"),
    "availability_max": ("{s_up}+{s_degraded}+{s_unmeasured}", "{s_up}+{s_degraded}+{s_down}+{s_unmeasured}"),
    "coverage": ("{s_up}+{s_degraded}+{s_down}", "{s_up}+{s_degraded}+{s_down}+{s_unmeasured}"),
}


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """A column; the text of a formula names cells of its own row by their columns' keys, for instance `{s_up}`."""

    key: str
    head: str
    width: float
    kind: Kind
    value: Callable[[Row], Value]
    tone: Callable[[Row], Tone] = lambda _: Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Band(Generic[Row]):
    """Columns that belong together; those that aren't printed stand last."""

    title: str
    columns: tuple[Column[Row], ...]
    is_printed: bool = True


def write(book: Book, title: str, bands: Sequence[Band[Row]], rows: Sequence[Row]) -> Sheet:
    """Add a sheet with a table, a row each."""
    sheet = book.sheet(title)
    columns = [column for band in bands for column in band.columns]
    for number, column in enumerate(columns):
        sheet.set_column(number, number, column.width)
        book.say(sheet, (HEAD_ROW, number), column.head, "head")
    sheet.set_row(HEAD_ROW, 48)
    _write_bands(book, sheet, title, bands)
    letters = {column.key: xl_col_to_name(place) for place, column in enumerate(columns)}
    for number, row in enumerate(rows, FIRST_ROW):
        cells = {key: f"{letter}{number + 1}" for key, letter in letters.items()}
        _write_row(book, sheet, number, columns, row, cells)
    last = max(FIRST_ROW, FIRST_ROW + len(rows) - 1)
    sheet.autofilter(HEAD_ROW, 0, last, len(columns) - 1)
    sheet.freeze_panes(FIRST_ROW, 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:{xl_rowcol_to_cell(last, len(columns) - 1)}"})
    set_up_paper(book, sheet)
    sheet.repeat_rows(BAND_ROW, HEAD_ROW)
    sheet.print_area(0, 0, last, _printed(bands) - 1)
    return sheet


def set_up_paper(book: Book, sheet: Sheet) -> None:
    """Set A4, landscape, one page wide, with the title above and the revision, the hash and page numbers below."""
    words, summary = book.words, book.summary
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
    sheet.hide_gridlines(2)
    page = words("page", page="&P", pages="&N")
    sheet.set_header(f"&L{margin(heading(summary, words))}&R{margin(summary.organisation.name)}")
    sheet.set_footer(f"&L{margin(standing(summary, words))} · SHA-256 {summary.inputs_sha256}&R{page}")


def heading(summary: Summary, words: Words) -> str:
    """Return the document's title with its month, and the provider that it is for."""
    title = f"{words('title')} – {words.month(summary.month)}"  # noqa: RUF001 -- a dash as titles have it
    if summary.provider is None:
        return title
    names = {of.provider.code: of.provider.name for of in summary.providers}
    return f"{title}, {words('report_for', provider=names[summary.provider])}"


def standing(summary: Summary, words: Words) -> str:
    """Return which revision this is, whether it is provisional, and whether something changed since the last."""
    if summary.changed_since is not None:
        said = words("changed_since", number=summary.changed_since).capitalize()
    elif summary.revision is None:
        said = f"{words('revision')}: {words('not_closed')}"
    else:
        said = f"{words('revision')} {summary.revision}"
    return f"{said}, {words('provisional').lower()}" if summary.is_provisional else said


def ratio(figures: Figures, name: str) -> Fraction | None:
    """Return one of the `RATIOS` as it is exactly; None where there is nothing to divide by."""
    exact: Fraction | None = getattr(figures, name)
    return exact


def recomputation(words: Words, figures: Callable[[Row], Figures]) -> Band[Row]:
    """Return the seconds as whole numbers, the ratios that formulas make of them, and whether they are those shown.

    The columns of the ratios shown have the keys of `RATIOS`.
    """
    seconds = tuple(_seconds(words, name, figures) for name in SECONDS)
    ratios = tuple(_ratio(words, name, figures) for name in RATIOS)
    alike = ",".join(f"{{{name}}}={{r_{name}}}" for name in RATIOS)
    same = Formula(f'=IF(AND({alike}),"{words("same")}","{words("differs")}")', words("same"))
    check: Column[Row] = Column("same", words("is_same"), 9, Kind.WORD, lambda _: same)
    return Band(words("recomputed_from_seconds"), (*seconds, *ratios, check), is_printed=False)


def _seconds(words: Words, name: str, figures: Callable[[Row], Figures]) -> Column[Row]:
    head = words("in_seconds", what=words(name))
    return Column(f"s_{name}", head, 13, Kind.COUNT, lambda row: int(getattr(figures(row), name)))


def _ratio(words: Words, name: str, figures: Callable[[Row], Figures]) -> Column[Row]:
    """Return a ratio as a formula: the quotient is cut as a whole number, so that no floating point can round it up."""
    part, whole = RATIOS[name]
    text = f'=IF({whole}=0,"{NOTHING}",INT(100000*({part})/({whole}))/100000)'

    def value(row: Row) -> Formula:
        return Formula(text, ratio(figures(row), name))

    return Column(f"r_{name}", words("recomputed", what=words(name)), 14, Kind.SHARE, value)


def _write_bands(book: Book, sheet: Sheet, title: str, bands: Sequence[Band[Row]]) -> None:
    printed = _printed(bands)
    book.say(sheet, (TITLE_ROW, 0), f"{title} – {book.words.month(book.summary.month)}", "title")  # noqa: RUF001
    sheet.set_row(TITLE_ROW, 26)
    if printed < sum(len(band.columns) for band in bands):
        book.say(sheet, (TITLE_ROW, printed), book.words("on_screen_only", column=xl_col_to_name(printed)), "note")
    first = 0
    for band in bands:
        last = first + len(band.columns) - 1
        book.say_across(sheet, (BAND_ROW, first), last, band.title, "band")
        first = last + 1


def _write_row(
    book: Book, sheet: Sheet, number: int, columns: Sequence[Column[Row]], row: Row, cells: dict[str, str]
) -> None:
    lines = 1
    for place, column in enumerate(columns):
        value = column.value(row)
        lines = max(lines, lines_of(value, column.width))
        if isinstance(value, Formula):
            value = Formula(value.text.format(**cells), value.value)
        book.put(sheet, (number, place), value, column.kind, column.tone(row))
    sheet.set_row(number, LINE_HEIGHT * lines + 4)


def _printed(bands: Sequence[Band[Row]]) -> int:
    return sum(len(band.columns) for band in bands if band.is_printed)
