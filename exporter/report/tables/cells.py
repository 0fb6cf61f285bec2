"""A cell as text and as a number, for every form: cut to what is shown, never rounded."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from exporter.model import Language
from exporter.report.tables import Cell, Column, Kind, Table
from exporter.report.words import NOTHING, Pair, Words
from exporter.sla import percent

UNITS: dict[Kind, Pair] = {
    Kind.PERCENT: ("%", "%"),
    Kind.MONEY: ("Rp", "IDR"),
    Kind.RATE: ("Mbps", "Mbps"),
    Kind.HOURS: ("jam", "h"),
}
MEGABIT = 1_000_000
WIDEST = 40  # characters


def head(column: Column, words: Words) -> str:
    """Return a column's head, with the unit of its cells."""
    unit = UNITS.get(column.kind)
    return column.head if unit is None else f"{column.head} ({words.of(unit)})"


def plain(cell: Cell, kind: Kind) -> str | None:
    """Return a number in its column's unit as digits with a point, cut; None where it isn't known."""
    if cell is None or not isinstance(cell, int | Fraction):
        return None
    if kind is Kind.PERCENT:
        return percent(Fraction(cell))
    if kind is Kind.RATE:
        return _hundredths(Fraction(cell, MEGABIT))
    return _hundredths(Fraction(cell)) if kind is Kind.HOURS else str(int(cell))


def shown(cell: Cell, kind: Kind, words: Words) -> str:
    """Return a cell as a reader sees it; a dash where it isn't known."""
    if cell is None:
        return NOTHING
    if isinstance(cell, date):
        return words.date(cell)
    text = plain(cell, kind)
    return str(cell) if text is None else _grouped(text, words)


def empty(table: Table, words: Words) -> str:
    """Return what stands in the place of a table without a row."""
    return words("none") if table.if_empty is None else table.if_empty


def widths(table: Table, words: Words) -> list[int]:
    """Return how many characters wide each column is: its longest cell, or the longest word of its head, up to 40."""
    rows = table.rows if table.total is None else (*table.rows, table.total)
    wanted = []
    for place, column in enumerate(table.columns):
        longest_word = max(map(len, head(column, words).split()), default=0)
        longest_cell = max((len(shown(row[place], column.kind, words)) for row in rows), default=0)
        wanted.append(min(max(longest_word + 2, longest_cell), WIDEST))
    return wanted


def _grouped(number: str, words: Words) -> str:
    whole, point, decimals = number.partition(".")
    mark = "," if words.language is Language.INDONESIAN else "."
    return words.number(int(whole)) + (mark + decimals if point else "")


def _hundredths(value: Fraction) -> str:
    hundredths = value.numerator * 100 // value.denominator
    return f"{hundredths // 100}.{hundredths % 100:02}"
