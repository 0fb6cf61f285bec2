"""The report on costs as files, in every format."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from exporter.model import Language
from exporter.report.cost import json_form
from exporter.report.cost.document import document
from exporter.report.cost.letter import letter
from exporter.report.cost.listing import MAIN
from exporter.report.cost.reckoning import Costs
from exporter.report.written import Written


def files(costs: Costs, formats: Collection[str], language: Language) -> dict[str, bytes]:
    """Return the files of some formats by their names."""
    written = Written(
        f"costs-{costs.month}",
        MAIN,
        partial(json_form.render, costs),
        partial(document, costs),
        partial(letter, costs),
    )
    return written.files(formats, language)
