"""A document as values: every text in one language, ready to be set in type or in Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

Cell = str | tuple[str, ...]


class Kind(Enum):
    """What a column holds, so that each form can give it its place."""

    TEXT = "text"
    NAME = "name"
    NOTES = "notes"
    PROSE = "prose"
    PLAIN = "plain"
    WORD = "word"
    SHARE = "share"
    LENGTH = "length"
    PARTS = "parts"
    MONEY = "money"
    COUNT = "count"
    NUMBER = "number"
    VERDICT = "verdict"


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column; its kind has a width of its own, or it wants to be so many characters wide."""

    head: str
    kind: Kind
    characters: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, and a last one of sums where there are any.

    A cell of several lines is a tuple, the first line the one that counts.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above a part of a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Points:
    """Sentences that stand beside each other."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Names, and what they stand for."""

    pairs: tuple[tuple[str, Cell], ...]


Block = Heading | Text | Points | Facts | Table


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the four answers at the top: a question, its answer in a few words, and more of it in small type.

    `is_warning` says that it wants somebody to act.
    """

    question: str
    answer: str
    more: str
    is_warning: bool


class Mark(Enum):
    """What is known of a provider's day beside its availability."""

    MEASURED = "measured"
    PARTLY = "partly"
    UNMEASURED = "unmeasured"
    EXCLUDED = "excluded"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Curve:
    """One provider's days: heights between 0 and 1 by the chart's axis, None where nothing was measured."""

    name: str
    lowest: str
    heights: tuple[float | None, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Each provider's daily availability.

    `ticks` are heights between 0 and 1 with their labels, `legend` explains the marks that occur, `description` says
    the same to those who can't see it.
    """

    title: str
    axis: str
    days: tuple[str, ...]
    ticks: tuple[tuple[float, str], ...]
    curves: tuple[Curve, ...]
    legend: tuple[tuple[Mark, str], ...]
    empty: str
    description: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the document; a wide one lies on its side, a detail is too much for a short form."""

    title: str
    blocks: tuple[Block, ...]
    is_wide: bool = False
    starts_page: bool = False
    is_detail: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """Where somebody signs: labels, and what is known of each, None where a line is left blank."""

    role: str | None
    name: str | None
    id: str | None


@dataclass(frozen=True, slots=True)
class Signing:
    """The document's end: its title, the place's label, those of a role, a name and an id, and who signs."""

    title: str
    place: str
    labels: tuple[str, str, str]
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """The whole document; `warnings` are what makes it less than final, `page` has places for both numbers.
    `hash` is its label and itself. `date` is the year, month and day that it bears: the last of its month.
    A wide one lies on its side from the first page on.
    """

    language: str
    title: str
    subtitle: str
    organisation: str
    addressee: str
    period: str
    standing: str
    warnings: tuple[str, ...]
    answers: tuple[Answer, ...]
    summary: tuple[Block, ...]
    chart: Chart | None
    sections: tuple[Section, ...]
    signing: Signing | None
    page: str
    footer: str
    hash: tuple[str, str] | None
    date: tuple[int, int, int]
    is_wide: bool = False
