"""The summary as a workbook: real numbers, times and money, filters, and formulas that reckon the ratios again.

`front` is the sheet that answers in ten seconds, `sheets` and `incidents` those with a row each, `method` the last.
They stand on `table` (a sheet that is one table) and `page` (one that is read from the top down), these on `cells`.
"""

from __future__ import annotations

from exporter.model import Language
from exporter.report.summary import Summary
from exporter.report.words import Words
from exporter.report.xlsx_form import sheets
from exporter.report.xlsx_form.cells import Book
from exporter.report.xlsx_form.front import summary_sheet
from exporter.report.xlsx_form.incidents import incidents
from exporter.report.xlsx_form.method import method_sheet
from exporter.report.xlsx_form.table import heading


def render(summary: Summary, language: Language) -> bytes:
    """Return the file; the same summary gives the same bytes. A provider's own document has no sheet of offices."""
    book = Book(summary, Words(language))
    book.describe(heading(summary, book.words))
    summary_sheet(book)
    sheets.links(book)
    if summary.provider is None:
        sheets.offices(book)
    sheets.providers(book)
    incidents(book)
    method_sheet(book)
    return book.finish()
