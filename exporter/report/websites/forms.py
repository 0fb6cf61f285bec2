"""The websites' report as files, in every format."""

from __future__ import annotations

from collections.abc import Collection

from exporter.model import Language
from exporter.report.letter import md_form, pdf_form
from exporter.report.tables import csv_form, xlsx_form
from exporter.report.websites import json_form
from exporter.report.websites.document import document
from exporter.report.websites.letter import letter
from exporter.report.websites.listing import MAIN
from exporter.report.websites.reckoning import Websites


def files(websites: Websites, formats: Collection[str], language: Language) -> dict[str, bytes]:
    """Return the files of some of `FORMATS` by their names; the same websites give the same bytes.

    JSON has no language. CSV is a file for each table: that of all websites has the report's own name.
    """
    stem = f"websites-{websites.month}"
    made: dict[str, bytes] = {}
    if "json" in formats:
        made[f"{stem}.json"] = json_form.render(websites)
    if set(formats) <= {"json"}:
        return made
    whole = document(websites, language)
    if "csv" in formats:
        for table in whole.tables:
            place = "" if table.name == MAIN else f"-{table.name}"
            made[f"{stem}{place}.{language.value}.csv"] = csv_form.render(table, language)
    if "xlsx" in formats:
        made[f"{stem}.{language.value}.xlsx"] = xlsx_form.render(whole, language)
    written = letter(websites, whole, language)
    if "pdf" in formats:
        made[f"{stem}.{language.value}.pdf"] = pdf_form.render(written)
    if "md" in formats:
        made[f"{stem}.{language.value}.md"] = md_form.render(written).encode()
    return made
