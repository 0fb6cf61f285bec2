"""What every drawing is written with: numbers in short forms, and texts of others that can break nothing.

The drawings are strings until `drawn` hands them to the templates: whatever of others stands in them went through
`safe`, and every number through `short`.
"""

from __future__ import annotations

import re
import unicodedata

from markupsafe import Markup, escape

MOST_CHARACTERS = 120
_CUT = "…"
_NARROW, _WIDE = 0.56, 1.0  # a character's usual share of the font's size
# What XML 1.0 has no place for (2.2, Char), and the controls of C1, which HTML calls a parse error.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TURNING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")  # what follows around


def safe(text: str, most: int = MOST_CHARACTERS) -> str:
    """Return a text as it may stand in an element or an attribute, cut after `most` characters."""
    clean = _TURNING.sub("", _FORBIDDEN.sub(" ", text))
    return str(escape(clean if len(clean) <= most else clean[: most - 1] + _CUT))


def short(value: float) -> str:
    """Return a number with one decimal at most, and none where it is 0."""
    rounded = round(value, 1)
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)


def drawn(written: str) -> Markup:
    """Return a drawing as templates take it."""
    return Markup(written)  # noqa: S704 -- what is of others in it went through `safe`


def named(label: str) -> str:
    """Return the attributes that say a drawing's words; without any it is for eyes alone."""
    return f'role="img" aria-label="{safe(label, 1000)}"' if label else 'aria-hidden="true"'


def ems(text: str) -> float:
    """Return about how wide a text is, in sizes of its font."""
    return sum(map(_ems, text))


def fitting(text: str, most_ems: float) -> str:
    """Return a text on one line, cut with an ellipsis to what is about as wide as `most_ems` allows."""
    line = " ".join(_TURNING.sub("", _FORBIDDEN.sub(" ", text)).split())
    if ems(line) <= most_ems:
        return line
    width, kept = _WIDE, 0
    while width + _ems(line[kept]) <= most_ems:
        width += _ems(line[kept])
        kept += 1
    return line[:kept].rstrip() + _CUT


def _ems(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    return _WIDE if unicodedata.east_asian_width(character) in "WF" else _NARROW
