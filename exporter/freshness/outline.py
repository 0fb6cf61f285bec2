"""A page as its readers see it: lines of text, each with the elements around it, its links and its headings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from exporter.freshness.moment import LONGEST_STAMP

MOST_NODES = 60_000
LONGEST_LINE = 2_000
MOST_STAMPS = 100  # of one line
_LONGEST_TEXT = 10_000  # of one node, with the spaces that a line doesn't keep
# fmt: off
_INLINE = frozenset(
    {
        "a", "abbr", "acronym", "b", "bdi", "big", "cite", "code", "em", "font", "i", "img", "ins", "kbd",
        "label", "mark", "nobr", "q", "s", "small", "span", "strike", "strong", "sub", "sup", "time", "tt",
        "u", "var", "wbr", "data",
    }
)
_UNSEEN = frozenset(
    {
        "script", "style", "noscript", "template", "head", "title", "select", "option", "textarea", "svg",
        "iframe", "object", "-comment",
    }
)
# fmt: on
_TITLED = frozenset({"abbr", "span", "small", "em", "i", "font", "time"})
# fmt: off
_BOLD = frozenset(
    {
        "b", "strong", "th", "caption", "legend", "dt", "h1", "h2", "h3", "h4", "h5", "h6",
    }
)
# fmt: on


@dataclass(slots=True, eq=False)
class Element:
    """An element of the page; its lines are `[first, last)`, and `names` its id and classes.

    `column` is a cell's place in its row, from 1; `columns` how many cells a row has so far.
    """

    tag: str
    names: str
    parent: Element | None
    first: int
    last: int = 0
    column: int = 0
    columns: int = 0

    def upward(self, steps: int = 60) -> Iterator[Element]:
        """Yield it and the elements around it, the innermost first."""
        each: Element | None = self
        while each is not None and steps:
            yield each
            each, steps = each.parent, steps - 1


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link in a line: its text is `line.text[start:end]`."""

    href: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Stamp:
    """A `<time datetime>` or an `<abbr title>` at a place of a line; `element` is its own."""

    written: str
    place: int
    element: Element


@dataclass(slots=True, eq=False)
class Line:
    """A line of text and the innermost element that holds it whole; `is_bold` where all of it is."""

    text: str
    element: Element
    number: int
    is_bold: bool
    anchors: list[Anchor] = field(default_factory=list)
    stamps: list[Stamp] = field(default_factory=list)
    runs: list[tuple[int, Element]] = field(default_factory=list)

    def element_at(self, place: int) -> Element:
        """Return the innermost element of the text at a place."""
        return next((element for start, element in reversed(self.runs) if start <= place), self.element)

    def bold_titles(self, words: int) -> list[tuple[int, int]]:
        """Return where bold texts of so many words or more stand that are no labels."""
        ends = [*(start for start, _ in self.runs[1:]), len(self.text)]
        return [
            (start, end)
            for (start, element), end in zip(self.runs, ends, strict=False)
            if len(self.text[start:end].split()) >= words
            and not self.text[start:end].rstrip().endswith(":")
            and any(each.tag in {"b", "strong"} for each in element.upward(3))
        ]

    @property
    def word_count(self) -> int:
        """How many words it has."""
        return len(self.text.split())


class _Writer:
    """Writes the lines while the tree is walked."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._parts: list[str] = []
        self._length = 0
        self._holder: Element | None = None
        self._is_bold = True
        self._anchors: list[Anchor] = []
        self._stamps: list[Stamp] = []
        self._runs: list[tuple[int, Element]] = []
        self._open: tuple[str, int] | None = None
        self.bold_depth = 0

    def text(self, written: str, element: Element) -> None:
        words = written[:_LONGEST_TEXT].replace("\u200b", "").split()
        if not words:
            self._gap()
            return
        if self._holder is None:
            self._holder = element
        if written[0].isspace():
            self._gap()
        if self._length < LONGEST_LINE:
            self._runs.append((self._length, element))
        self._put(" ".join(words))
        if written[-1].isspace():
            self._gap()
        self._is_bold = self._is_bold and self.bold_depth > 0

    def _gap(self) -> None:
        if self._parts and self._parts[-1] != " ":
            self._put(" ")

    def _put(self, part: str) -> None:
        part = part[: LONGEST_LINE - self._length]
        if part:
            self._parts.append(part)
            self._length += len(part)

    def stamp(self, written: str, element: Element) -> None:
        if len(self._stamps) < MOST_STAMPS:
            self._stamps.append(Stamp(written, self._length, element))
        self._holder = self._holder or element

    def anchor(self, href: str) -> None:
        self._open = (href, self._length)

    def end_anchor(self) -> None:
        if self._open is not None:
            href, start = self._open
            if start < self._length:
                self._anchors.append(Anchor(href, start, self._length))
            self._open = None

    @property
    def is_within_line(self) -> bool:
        """Whether a line is begun."""
        return self._holder is not None

    def end_line(self) -> None:
        reopened = self._open[0] if self._open else None
        self.end_anchor()
        if self._holder is not None:
            text = "".join(self._parts)
            block = next((each for each in self._holder.upward() if each.tag not in _INLINE), self._holder)
            made = (self._is_bold, self._anchors, self._stamps, self._runs)
            self.lines.append(Line(text, block, len(self.lines), *made))
        self._parts, self._length, self._holder, self._is_bold = [], 0, None, True
        self._anchors, self._stamps, self._runs = [], [], []
        if reopened is not None:
            self._open = (reopened, 0)


def outline(tree: LexborHTMLParser) -> list[Line]:
    """Return the lines of the page's body, of its first `MOST_NODES` nodes."""
    writer = _Writer()
    if tree.body is None:
        return writer.lines
    top = Element("body", "", None, 0)
    _walk(tree.body, top, writer)
    writer.end_line()
    return writer.lines


def _walk(body: LexborNode, top: Element, writer: _Writer) -> None:
    stack: list[Element] = [top]
    node = body.child
    for _ in range(MOST_NODES):
        if node is None:
            break
        inner = _enter(node, stack, writer)
        if inner is not None:
            node = inner
            continue
        while node is not None and node.next is None:
            if len(stack) == 1:
                node = None
                break
            _leave(stack.pop(), writer)
            node = node.parent
        node = node.next if node is not None else None
    while stack:
        _leave(stack.pop(), writer)


def _enter(node: LexborNode, stack: list[Element], writer: _Writer) -> LexborNode | None:
    """Take the node in, and return its first child if that comes next; its element lies on the stack then."""
    tag = node.tag or ""
    if tag == "-text":
        writer.text(node.text_content or "", stack[-1])
        return None
    if tag in _UNSEEN:
        return None
    if tag in {"br", "hr"}:
        writer.end_line()
        return None
    if tag not in _INLINE:
        writer.end_line()
    attributes = node.attributes
    names = f"{attributes.get('id') or ''} {attributes.get('class') or ''}".strip()
    element = Element(tag, names[:300], stack[-1], len(writer.lines))
    if tag in {"td", "th"}:
        stack[-1].columns += 1
        element.column = stack[-1].columns
    if tag == "a" and attributes.get("href"):
        writer.anchor(attributes["href"] or "")
    elif (written := _stamp_of(tag, attributes)) is not None:
        writer.stamp(written, element)
    first = node.child
    if first is None:
        return None
    writer.bold_depth += tag in _BOLD
    stack.append(element)
    return first


def _stamp_of(tag: str, attributes: Mapping[str, str | None]) -> str | None:
    """Return what may be a date for machines in the element's attributes: that of `<time>`, or a title with numbers."""
    if tag not in _TITLED:
        return None
    written = attributes.get("datetime") if tag == "time" else None
    written = written or attributes.get("title") or ""
    return written if len(written) <= LONGEST_STAMP and any(each.isdigit() for each in written) else None


def _leave(element: Element, writer: _Writer) -> None:
    if element.tag == "a":
        writer.end_anchor()
    writer.bold_depth -= element.tag in _BOLD
    if element.tag not in _INLINE:
        writer.end_line()
        element.last = len(writer.lines)
    else:
        element.last = len(writer.lines) + writer.is_within_line
