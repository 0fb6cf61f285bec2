"""A document as Markdown (CommonMark with tables): every text comes out exactly, whatever is in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from exporter.model import Language
from exporter.report.tables import Document, Row, Table
from exporter.report.tables.cells import empty, head, legal, shown
from exporter.report.words import Words

_MARKUP = re.compile(r"[\\`*_\[\]<>|~&$#]")
_LIST_START = re.compile(r"^(\s*\d*)([-+=.)])")
_BLANKS = re.compile("^ | $|[\r\n\t]")


def render(document: Document, language: Language) -> bytes:
    """Return the file in UTF-8, ending in a line end; the same document gives the same bytes."""
    words = Words(language)
    blocks = [f"# {escaped(document.title)}", _paragraph(document.subtitle)]
    blocks.append("\n".join(f"- {_paragraph(sentence)}" for sentence in document.paragraphs))
    for table in document.tables:
        blocks.append(f"## {escaped(table.title)}")
        blocks.append("\n".join(_table(table, words)) if table.rows else _paragraph(empty(table, words)))
    blocks += [_paragraph(note) for note in document.notes]
    return ("\n\n".join(block for block in blocks if block) + "\n").encode()


def escaped(text: str) -> str:
    """Return a text as Markdown that shows it as it is, as a paragraph or a cell.

    A line end is a character reference: it stands in the text, and shows as a blank.
    """
    marked = _MARKUP.sub(r"\\\g<0>", legal(text))
    return _BLANKS.sub(lambda found: f"&#{ord(found[0])};", marked)


def _paragraph(text: str) -> str:
    """Return a text that begins no list and underlines nothing."""
    return _LIST_START.sub(r"\g<1>\\\g<2>", escaped(text))


def _table(table: Table, words: Words) -> Iterator[str]:
    yield _line(escaped(head(column, words)) for column in table.columns)
    yield _line("---:" if column.kind.is_number else "---" for column in table.columns)
    for row in table.rows:
        yield _line(_cells(row, table, words))
    if table.total is not None:
        yield _line(f"**{cell}**" if cell else "" for cell in _cells(table.total, table, words))


def _cells(row: Row, table: Table, words: Words) -> Iterator[str]:
    for cell, column in zip(row, table.columns, strict=True):
        yield escaped(shown(cell, column.kind, words))


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
