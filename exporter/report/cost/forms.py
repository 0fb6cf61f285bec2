"""The report on costs as files, in every format."""

from __future__ import annotations

from collections.abc import Collection

from exporter.errors import InputError
from exporter.model import Language
from exporter.report.cost import json_form
from exporter.report.cost.document import document
from exporter.report.cost.letter import letter
from exporter.report.cost.listing import MAIN
from exporter.report.cost.reckoning import Costs
from exporter.report.files import FORMATS
from exporter.report.letter import md_form, pdf_form
from exporter.report.tables import csv_form, xlsx_form


def files(costs: Costs, formats: Collection[str], language: Language) -> dict[str, bytes]:
    """Return the files of some formats by their names; the same costs give the same bytes.

    JSON has no language. CSV is a file for each table: that of the links' shares has the report's own name. InputError
    for a format that there isn't.
    """
    for name in formats:
        if name not in FORMATS:
            raise InputError(f"--format: {name!r} is none of {', '.join(FORMATS)}")
    stem = f"costs-{costs.month}"
    made: dict[str, bytes] = {}
    if "json" in formats:
        made[f"{stem}.json"] = json_form.render(costs)
    if set(formats) <= {"json"}:
        return made
    whole = document(costs, language)
    if "csv" in formats:
        for table in whole.tables:
            place = "" if table.name == MAIN else f"-{table.name}"
            made[f"{stem}{place}.{language.value}.csv"] = csv_form.render(table, language)
    if "xlsx" in formats:
        made[f"{stem}.{language.value}.xlsx"] = xlsx_form.render(whole, language)
    written = letter(costs, whole, language)
    if "pdf" in formats:
        made[f"{stem}.{language.value}.pdf"] = pdf_form.render(written)
    if "md" in formats:
        made[f"{stem}.{language.value}.md"] = md_form.render(written).encode()
    return made
