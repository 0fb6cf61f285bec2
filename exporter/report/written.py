"""A report of tables as files, in every format: JSON has no language, the rest is written from a document in one."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from exporter.errors import InputError
from exporter.model import Language
from exporter.report.files import FORMATS
from exporter.report.letter import md_form, pdf_form
from exporter.report.letter.values import Letter
from exporter.report.tables import Document, Table, csv_form, xlsx_form


@dataclass(frozen=True, slots=True)
class Written:
    """A report: how its files are called, the table that has that very name, and what writes it."""

    stem: str
    main: str
    as_json: Callable[[], bytes]
    document: Callable[[Language], Document]
    letter: Callable[[Document, Language], Letter]
    as_data: Callable[[Table, Language], Table] = lambda table, _: table  # what a table says where it stands alone

    def files(self, formats: Collection[str], language: Language) -> dict[str, bytes]:
        """Return the files of some of `FORMATS` by their names; the same report gives the same bytes.

        CSV is a file for each table. InputError for a format that there isn't.
        """
        for name in formats:
            if name not in FORMATS:
                raise InputError(f"--format: {name!r} is none of {', '.join(FORMATS)}")
        made: dict[str, bytes] = {}
        if "json" in formats:
            made[f"{self.stem}.json"] = self.as_json()
        if set(formats) <= {"json"}:
            return made
        whole, stem = self.document(language), f"{self.stem}.{language.value}"
        if "csv" in formats:
            for table in whole.tables:
                place = "" if table.name == self.main else f"-{table.name}"
                made[f"{self.stem}{place}.{language.value}.csv"] = csv_form.render(
                    self.as_data(table, language), language
                )
        if "xlsx" in formats:
            made[f"{stem}.xlsx"] = xlsx_form.render(whole, language)
        letter = self.letter(whole, language)
        if "pdf" in formats:
            made[f"{stem}.pdf"] = pdf_form.render(letter)
        if "md" in formats:
            made[f"{stem}.md"] = md_form.render(letter).encode()
        return made
