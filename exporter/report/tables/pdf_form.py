"""A document as PDF, by typst and its own fonts; texts are data to the template, never markup."""

from __future__ import annotations

import json
import re
from importlib import resources

import typst

from exporter.model import Language
from exporter.report.tables import Document, Kind, Row, Table
from exporter.report.tables.cells import empty, head, legal, shown, widths
from exporter.report.words import Pair, Words

WIDEST = 40  # characters
Json = dict[str, object]
# What typst's own fonts are sure to have; tests look at each of them.
_DRAWN = re.compile(
    "[ -\u0483\u0621-\u063a\u0641-\u064a\u1d00-\u1dbf\u1e00-\u1fff\u2010-\u2027\u2030-\u205e"
    "\u2190-\u23ff\u2500-\u25ff\ufffd]"
)
NOT_DRAWN: Pair = (
    "Huruf yang mungkin tidak ada dalam fon PDF ini, dan lalu tampil sebagai kotak: {letters}.",
    "Characters that this PDF's fonts may lack, and that then show as a box: {letters}.",
)


def render(document: Document, language: Language) -> bytes:
    """Return the file; the same document gives the same bytes."""
    template = resources.files("exporter.report.tables").joinpath("tables.typ").read_bytes()
    data = json.dumps(_data(document, Words(language)), ensure_ascii=False)
    rendered = typst.compile(template, ignore_system_fonts=True, format="pdf", sys_inputs={"data": data})
    if not isinstance(rendered, bytes):
        raise TypeError("typst gave no single file")
    return rendered


def _data(document: Document, words: Words) -> Json:
    data = _written(document, words)
    lacking = sorted(set(_DRAWN.sub("", json.dumps(data, ensure_ascii=False))))
    if lacking:
        letters = ", ".join(f"U+{ord(letter):04X}" for letter in lacking)
        data["notes"] = [*(_text(text) for text in document.notes), words.of(NOT_DRAWN).format(letters=letters)]
    return data


def _written(document: Document, words: Words) -> Json:
    before, between, after = words("page", page="\0", pages="\0").split("\0")
    return {
        "language": words.language.value,
        "title": _text(document.title),
        "subtitle": _text(document.subtitle),
        "date": [document.as_of.year, document.as_of.month, document.as_of.day],
        "page": [before, between, after],
        "paragraphs": [_text(text) for text in document.paragraphs],
        "notes": [_text(text) for text in document.notes],
        "tables": [_table(table, words) for table in document.tables],
    }


def _table(table: Table, words: Words) -> Json:
    return {
        "title": _text(table.title),
        "heads": [_text(head(column, words)) for column in table.columns],
        "widths": [min(width, WIDEST) for width in widths(table, words)],
        "numbers": [column.kind.is_number for column in table.columns],
        "empty": _text(empty(table, words)),
        "rows": [_cells(row, table, words) for row in table.rows],
        "total": None if table.total is None else _cells(table.total, table, words),
    }


def _cells(row: Row, table: Table, words: Words) -> list[str]:
    kinds: list[Kind] = [column.kind for column in table.columns]
    return [_text(shown(cell, kind, words)) for cell, kind in zip(row, kinds, strict=True)]


def _text(text: str) -> str:
    """Return a text on one line, without what no font has."""
    return " ".join(legal(text).splitlines())
