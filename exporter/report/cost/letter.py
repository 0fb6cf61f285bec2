"""The report on costs as a letter: its headline and sentences, each table under its title, and how it was made."""

from __future__ import annotations

from collections.abc import Iterator

from exporter.model import Language
from exporter.report.cost.reckoning import Costs
from exporter.report.letter import values
from exporter.report.letter.phrases import Phrases
from exporter.report.letter.values import Block, Heading, Letter, Points
from exporter.report.letter.values import Text as Paragraph
from exporter.report.tables import Column, Document, Row, Table
from exporter.report.tables.cells import empty, head, shown, widths

MOST_ROWS = 400  # of a table; each takes 0.2 MB to set


def letter(costs: Costs, document: Document, language: Language) -> Letter:
    """Return the document of a month's costs, ready to be set; it lies on its side, and nobody signs it."""
    words = Phrases(language)
    month, last = words.month(costs.month), costs.month.last_day
    return Letter(
        language=language.value,
        title=document.title,
        subtitle=month,
        organisation=costs.organisation.name,
        addressee="",
        period=words("days_from_to", start=words.date(costs.month.first_day), end=words.date(last)),
        standing="",
        warnings=(words("sample"),) if costs.organisation.sample else (),
        answers=(),
        summary=tuple(_blocks(document, words)),
        chart=None,
        sections=(),
        signing=None,
        page=words("page", page="{page}", pages="{pages}"),
        footer=f"{document.title}, {document.subtitle}",
        hash=None,
        date=(last.year, last.month, last.day),
        is_wide=True,
    )


def _blocks(document: Document, words: Phrases) -> Iterator[Block]:
    headline, *sentences = document.paragraphs
    yield Heading(headline)
    yield Points(tuple(sentences))
    for table in document.tables:
        yield Heading(table.title)
        yield _table(table, words)
    yield Heading(words("method"))
    yield Points(document.notes)


def _table(table: Table, words: Phrases) -> Block:
    """Return a table in words; a sentence in its place where it has no row, or too many for paper."""
    if not table.rows:
        return Paragraph(empty(table, words))
    if len(table.rows) > MOST_ROWS:
        return Paragraph(words("in_workbook", rows=words.number(len(table.rows))))

    def row(cells: Row) -> tuple[str, ...]:
        return tuple(shown(cell, column.kind, words) for cell, column in zip(cells, table.columns, strict=True))

    columns = (
        values.Column(head(column, words), _kind(column), width)
        for column, width in zip(table.columns, widths(table, words), strict=True)
    )
    total = None if table.total is None else row(table.total)
    return values.Table(tuple(columns), tuple(map(row, table.rows)), total)


def _kind(column: Column) -> values.Kind:
    return values.Kind.NUMBER if column.kind.is_number else values.Kind.PLAIN
