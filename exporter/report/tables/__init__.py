"""Reports that are tables, as exact values: a title, the sentences that matter, and tables.

They are written as CSV and XLSX as they are; for PDF and Markdown they are put into a letter's words.

Every cell is a value of its column's kind, None where it isn't known, and which language it is written in is the form's
business. Texts are texts, whatever they begin with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from fractions import Fraction

Cell = str | int | Fraction | date | None
Row = Sequence[Cell]


class Kind(Enum):
    """What a column's cells are; exact values, which the forms cut to what they show."""

    TEXT = "text"
    INTEGER = "integer"
    PERCENT = "percent"  # a share, 1 is 100 %
    MONEY = "money"  # whole rupiah
    RATE = "rate"  # bits a second
    HOURS = "hours"
    DATE = "date"

    @property
    def is_number(self) -> bool:
        """Whether its cells stand to the right, and can be added up or compared."""
        return self not in {Kind.TEXT, Kind.DATE}


@dataclass(frozen=True, slots=True)
class Column:
    """A column; the forms put its kind's unit to its head."""

    head: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `name` is for files, in ASCII letters and hyphens. `total` is a last row that is no datum of its own.

    `if_empty` is what stands in its place where it has no row, None for a plain "none".
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: Row | None = None
    if_empty: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A report: what matters as sentences, its tables, and how it was made as notes.

    `as_of` is the day that the document gives as its own.
    """

    title: str
    subtitle: str
    paragraphs: tuple[str, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...]
    as_of: date
