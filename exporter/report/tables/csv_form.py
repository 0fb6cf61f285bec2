"""A table as CSV: UTF-8 with a byte order mark, so that a spreadsheet opens it right.

Indonesian has `;` between cells and decimal commas, English `,` and decimal points. A text that a spreadsheet would
take for a formula gets an apostrophe before it; numbers stay numbers, negative ones too. What isn't known is empty.
Dates are as ISO 8601 has them. A total is no datum, and left out.
"""

from __future__ import annotations

import csv
import io
from datetime import date

from exporter.model import Language
from exporter.report.tables import Cell, Kind, Table
from exporter.report.tables.cells import head, legal, plain
from exporter.report.words import Words

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def render(table: Table, language: Language) -> bytes:
    """Return the file; the same table gives the same bytes."""
    words = Words(language)
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";" if language is Language.INDONESIAN else ",", lineterminator="\r\n")
    writer.writerow([_guarded(head(column, words)) for column in table.columns])
    kinds = [column.kind for column in table.columns]
    writer.writerows([_cell(cell, kind, words) for cell, kind in zip(row, kinds, strict=True)] for row in table.rows)
    return text.getvalue().encode("utf-8-sig")


def _cell(cell: Cell, kind: Kind, words: Words) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return cell.isoformat()
    number = plain(cell, kind)
    return _guarded(str(cell)) if number is None else words.decimal(number)


def _guarded(text: str) -> str:
    return f"'{legal(text)}" if text.startswith(FORMULA_STARTS) else legal(text)
