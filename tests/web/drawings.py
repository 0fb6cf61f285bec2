"""What tests read of drawings: XML, as strict as it is, and the numbers of their geometry."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring
from hypothesis import strategies as st

from exporter.timeline import State
from exporter.web.history import Strip

GEOMETRY = ("d", "x", "y", "dx", "r", "width", "height", "viewBox", "stroke-width")
HOSTILE = (
    '"><script>alert(1)</script>',
    "</title></svg><img src=x onerror=alert(1)>",
    "\u202egnirts \u2066rtl\u2069 \u200f",
    "\x00\x02\x03\x0b\x1b\x7f\x85\ufffe\uffff\ud800",
    "🏢🏥" * 150,
    "a" * 300,
    "]]>&amp;&#x0;%00",
    "",
    " \t\n\r ",
)
texts = st.one_of(st.text(max_size=40), st.sampled_from(HOSTILE))


def parsed(drawing: str) -> Element:
    """Return a drawing as XML, having found that it is some, and is made of classes and finite geometry alone."""
    drawing.encode()
    root: Element = fromstring(drawing)
    for element in root.iter():
        assert element.tag in {"div", "svg", "g", "defs", "path", "rect", "circle", "text", "title", "use", "a"}
        assert not {name for name in element.attrib if name == "style" or name.startswith("on")}
        for name in GEOMETRY:
            assert re.fullmatch(r"[-0-9.MLHVhvAZ %]*", element.get(name, "")), (name, element.get(name))
    return root


def classes(root: Element) -> set[str]:
    """Return the classes that a drawing has."""
    return {name for element in root.iter() for name in element.get("class", "").split()}


def all_text(root: Element) -> str:
    """Return what stands in a drawing as text."""
    return "".join(root.itertext())


def strip_of(*cells: dict[State, int], size: int = 1800) -> Strip:
    """Return a strip whose cells have so many seconds of each state."""
    edges = range(0, size * (len(cells) + 1), size)
    return Strip(edges, {state: [cell.get(state, 0) for cell in cells] for state in State})
