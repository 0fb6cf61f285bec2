"""The websites' report as a letter: its headline and sentences, what wants somebody to act, then every website."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from exporter.model import Language
from exporter.report.letter import values
from exporter.report.letter.phrases import Phrases
from exporter.report.letter.values import Block, Cell, Heading, Kind, Letter, Points, Section, Signature, Signing
from exporter.report.letter.values import Text as Paragraph
from exporter.report.tables import Document, Row, Table
from exporter.report.tables.cells import empty, head, shown
from exporter.report.websites.phrases import SiteWords
from exporter.report.websites.reckoning import Websites
from exporter.report.words import NOTHING

MOST_ROWS = 400  # of a table; each takes 0.2 MB to set
Layout: TypeAlias = Sequence[tuple[Kind, tuple[int, ...]]]
# Of each table: what a column of the letter is, and which columns of the table stand in it below each other.
LAYOUTS: dict[str, Layout] = {
    "attention": (
        (Kind.TEXT, (1, 2)), (Kind.VERDICT, (3,)), (Kind.WORD, (4,)), (Kind.NOTES, (5,)), (Kind.NOTES, (6,)),
    ),
    "changes": (
        (Kind.TEXT, (1, 2)), (Kind.VERDICT, (3,)), (Kind.VERDICT, (4,)), (Kind.NOTES, (5,)),
    ),
    "sites": (
        (Kind.TEXT, (1, 2)), (Kind.VERDICT, (3,)), (Kind.WORD, (4,)), (Kind.NAME, (5,)), (Kind.WORD, (6, 7)),
        (Kind.WORD, (8, 9)), (Kind.COUNT, (10,)), (Kind.SHARE, (12,)), (Kind.NAME, (13,)),
    ),
    "faults": ((Kind.NAME, (0,)), (Kind.COUNT, (1,)), (Kind.TEXT, (2,))),
}  # fmt: skip
# A verdict stands behind a sign, so that it holds without colours.
SIGNS = {"is_active": "✓", "is_inactive": "✗", "is_asleep": "✗", "is_unknown": "?", "is_unmeasured": "?"}
DETAILS = ("sites", "faults")


def letter(websites: Websites, document: Document, language: Language) -> Letter:
    """Return the document of a month's websites, ready to be set; it lies on its side, and the head signs it."""
    words = Phrases(language)
    last = websites.month.last_day
    setting = _Setting(words, SiteWords(words, websites.zone))
    headline, *sentences = document.paragraphs
    first = [table for table in document.tables if table.name not in DETAILS]
    every, *more = [table for table in document.tables if table.name in DETAILS]
    details = (setting.table(every), *setting.titled(more), Heading(words("method")), Points(document.notes))
    return Letter(
        language=language.value,
        title=document.title,
        subtitle=words.month(websites.month),
        organisation=websites.organisation.name,
        addressee="",
        period=words("days_from_to", start=words.date(websites.month.first_day), end=words.date(last)),
        standing="",
        warnings=tuple(_warnings(websites, words)),
        answers=(),
        summary=(Heading(headline), Points(tuple(sentences)), *setting.titled(first)),
        chart=None,
        sections=(Section(every.title, details, is_wide=True),),
        signing=_signing(websites, words),
        page=words("page", page="{page}", pages="{pages}"),
        footer=f"{document.title}, {document.subtitle}",
        hash=None,
        date=(last.year, last.month, last.day),
        is_wide=True,
    )


def _warnings(websites: Websites, words: Phrases) -> Iterator[str]:
    if websites.organisation.sample:
        yield words("sample")
    if websites.is_provisional:
        yield words("provisional_until", until=words.instant(websites.measured_until, websites.zone))


class _Setting:
    """Sets tables in words."""

    def __init__(self, words: Phrases, say: SiteWords) -> None:
        self._words = words
        self._signs = {say(key): sign for key, sign in SIGNS.items()}

    def titled(self, tables: Iterable[Table]) -> Iterator[Block]:
        """Yield tables under their titles."""
        for table in tables:
            yield Heading(table.title)
            yield self.table(table)

    def table(self, table: Table) -> Block:
        """Return a table in words; a sentence in its place where it has no row, or too many for paper."""
        if not table.rows:
            return Paragraph(empty(table, self._words))
        if len(table.rows) > MOST_ROWS:
            return Paragraph(self._words("in_workbook", rows=self._words.number(len(table.rows))))
        layout = LAYOUTS.get(table.name) or _one_by_one(table)
        columns = (values.Column(self._head(table, places), kind) for kind, places in layout)
        rows = (self._row(row, table, layout) for row in table.rows)
        total = None if table.total is None else self._row(table.total, table, layout)
        return values.Table(tuple(columns), tuple(rows), total)

    def _head(self, table: Table, places: Sequence[int]) -> str:
        first, *more = [head(table.columns[place], self._words) for place in places]
        return ", ".join([first, *(of.lower() for of in more)])

    def _row(self, row: Row, table: Table, layout: Layout) -> tuple[Cell, ...]:
        told = [shown(cell, column.kind, self._words) for cell, column in zip(row, table.columns, strict=True)]
        return tuple(self._cell(kind, [told[place] for place in places]) for kind, places in layout)

    def _cell(self, kind: Kind, lines: Sequence[str]) -> Cell:
        """Return lines that stand below each other; those under the first only where they are known."""
        first, *more = lines
        if kind is Kind.VERDICT:
            return f"{self._signs[first]} {first}"
        known = [of for of in more if of != NOTHING]
        return (first, *known) if known else first


def _one_by_one(table: Table) -> Layout:
    """Return each column by itself."""
    return [(Kind.COUNT if of.kind.is_number else Kind.WORD, (place,)) for place, of in enumerate(table.columns)]


def _signing(websites: Websites, words: Phrases) -> Signing:
    """Return who signs; one with blank lines where the inventory names nobody."""
    named = tuple(Signature(of.role, of.name, of.id) for of in websites.organisation.signatories)
    labels = words("sign_role"), words("sign_name"), words("sign_id")
    return Signing(words("signatures"), words("sign_place"), labels, named or (Signature(None, None, None),))
