"""The report on websites as files, in every format."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from exporter.model import Language
from exporter.report.websites import json_form
from exporter.report.websites.document import document
from exporter.report.websites.letter import letter
from exporter.report.websites.listing import MAIN
from exporter.report.websites.reckoning import Websites
from exporter.report.written import Written


def files(websites: Websites, formats: Collection[str], language: Language) -> dict[str, bytes]:
    """Return the files of some formats by their names."""
    written = Written(
        f"websites-{websites.month}",
        MAIN,
        partial(json_form.render, websites),
        partial(document, websites),
        partial(letter, websites),
    )
    return written.files(formats, language)
