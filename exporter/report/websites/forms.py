"""The report on websites as files, in every format."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import partial

from exporter.model import Language
from exporter.report.tables import Column, Table
from exporter.report.websites import json_form
from exporter.report.websites.document import document
from exporter.report.websites.letter import letter
from exporter.report.websites.listing import MAIN
from exporter.report.websites.phrases import SiteWords
from exporter.report.websites.reckoning import Websites
from exporter.report.words import Words
from exporter.report.written import Written


def files(websites: Websites, formats: Collection[str], language: Language) -> dict[str, bytes]:
    """Return the files of some formats by their names."""
    written = Written(
        f"websites-{websites.month}",
        MAIN,
        partial(json_form.render, websites),
        partial(document, websites),
        partial(letter, websites),
        partial(_with_month, websites),
    )
    return written.files(formats, language)


def _with_month(websites: Websites, table: Table, language: Language) -> Table:
    """Return a table whose rows say which month they are of, and whether it may change yet, as those of the links do.

    Files of several months can so be put below each other.
    """
    say = SiteWords(Words(language), websites.zone)
    first = str(websites.month), say.words.yes_no(websites.is_provisional)
    columns = (Column(say("month")), Column(say("provisional")), *table.columns)
    return replace(table, columns=columns, rows=tuple((*first, *row) for row in table.rows))
