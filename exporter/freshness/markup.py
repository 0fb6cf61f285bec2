"""A page's HTML as a tree, within bounds.

The parser's time grows with the square of the depth, and of the number of a tag's attributes.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

DEEPEST = 512
MOST_ELEMENTS = 20_000
MOST_SPACES = 2000  # in one tag
_LONG_TAG = 4000
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,20})")
_SPACE = re.compile(r"[\s/]+")
# Elements without an end, and those that the next of their kind ends.
# fmt: off
_SHALLOW = frozenset(
    {
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
        "track", "wbr", "p", "li", "td", "th", "tr", "dt", "dd", "option", "tbody", "thead",
    }
)
# fmt: on


def parsed(text: str) -> LexborHTMLParser:
    """Return the tree of the text, or of as much of its beginning as can be parsed quickly."""
    return LexborHTMLParser(text[: bounded_length(text)])


def bounded_length(text: str) -> int:
    """Return up to where `MOST_ELEMENTS` begin, `DEEPEST` of them lie open at once, or a tag is overly long."""
    end = len(text)
    if max(map(len, text.split(">"))) > _LONG_TAG:
        end = _before_long_tag(text)
    is_open: dict[str, int] = {}
    depth = count = 0
    for match in _TAG.finditer(text, 0, end):
        slash, name = match[1], match[2].lower()
        count += not slash
        if count > MOST_ELEMENTS:
            return match.start()
        if name in _SHALLOW:
            continue
        if not slash:
            is_open[name] = is_open.get(name, 0) + 1
            depth += 1
            if depth > DEEPEST:
                return match.start()
        elif is_open.get(name):
            is_open[name] -= 1
            depth -= 1
    return end


def _before_long_tag(text: str) -> int:
    end = 0
    for match in _TAG.finditer(text):
        if match.end() <= end:
            continue
        end = text.find(">", match.end())
        end = len(text) if end < 0 else end
        if end - match.end() > _LONG_TAG and sum(1 for _ in _SPACE.finditer(text, match.end(), end)) > MOST_SPACES:
            return match.start()
    return len(text)
