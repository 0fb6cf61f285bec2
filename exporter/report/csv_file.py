"""A CSV file as a language's spreadsheets read it, whatever it is about.

Indonesian has `;` between cells and decimal commas, English `,` and decimal points. A text that a spreadsheet would
take for a formula gets an apostrophe before it, and so does one that begins with an apostrophe; numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from exporter.model import Language
from exporter.report.characters import legal

BYTE_ORDER_MARK = "\ufeff"  # by which spreadsheets know UTF-8
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "'")


def written(rows: Iterable[Sequence[object]], language: Language) -> str:
    """Return rows as the file's text."""
    text = io.StringIO(newline="")
    of_language = ";" if language is Language.INDONESIAN else ","
    csv.writer(text, delimiter=of_language, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def encoded(text: str) -> bytes:
    """Return the file, in UTF-8 that spreadsheets know as such."""
    return (BYTE_ORDER_MARK + text).encode()


def guarded(text: str) -> str:
    """Return a text as a cell that no spreadsheet takes for a formula."""
    return f"'{legal(text)}" if text.startswith(FORMULA_STARTS) else legal(text)
