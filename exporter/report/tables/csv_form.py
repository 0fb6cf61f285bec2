"""A table as CSV: what isn't known is empty, dates are as ISO 8601 has them. A total is no datum, and left out."""

from __future__ import annotations

from datetime import date

from exporter.model import Language
from exporter.report import csv_file
from exporter.report.tables import Cell, Kind, Table
from exporter.report.tables.cells import head, plain
from exporter.report.words import Words


def render(table: Table, language: Language) -> bytes:
    """Return the file; the same table gives the same bytes."""
    words = Words(language)
    kinds = [column.kind for column in table.columns]
    rows = ([_cell(cell, kind, words) for cell, kind in zip(row, kinds, strict=True)] for row in table.rows)
    return csv_file.encoded(csv_file.written(([head(column, words) for column in table.columns], *rows), language))


def _cell(cell: Cell, kind: Kind, words: Words) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return cell.isoformat()
    number = plain(cell, kind)
    return csv_file.guarded(str(cell)) if number is None else words.decimal(number)
