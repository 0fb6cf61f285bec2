"""A letter as PDF, set in type. No text is ever put into markup: the template reads them as data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from importlib.resources import files

from exporter.model import Language
from exporter.report.letter import typesetting
from exporter.report.letter.phrases import Phrases
from exporter.report.letter.values import Letter

TEMPLATE = "letter.typ"


def render(letter: Letter) -> bytes:
    """Return the document; the same letter gives the same bytes, whatever the folder, the machine and the day."""
    written = _plain(letter)
    inputs = {
        "letter": json.dumps(written),
        "missing": json.dumps(typesetting.lacking(_texts(written))),
        "missing_note": Phrases(Language(letter.language))("no_glyph"),
    }
    return typesetting.pdf(files("exporter.report.letter").joinpath(TEMPLATE).read_bytes(), inputs)


def _plain(value: object) -> object:
    """Return a value as one that JSON takes; a dataclass carries its name, by which the template knows a block."""
    if is_dataclass(value):
        of_fields = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        return {"type": type(value).__name__.lower(), **of_fields}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(of) for of in value]
    return value


def _texts(value: object) -> Iterator[str]:
    """Yield every text of a value that `_plain` returned."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for of in value.values():
            yield from _texts(of)
    elif isinstance(value, list):
        for of in value:
            yield from _texts(of)
