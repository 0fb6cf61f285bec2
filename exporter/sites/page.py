"""A page as its readers see it, read flat: no tree is built.

Browsers' parsers take time that grows with the square of the depth: 200 kB of `<div>` took one 5.5 s here, 2 MB would
take ten minutes. What is asked here (title, headings, how much text, is there a picture or a program) needs no tree.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

_SKIPPED = re.compile(
    r"<!--|<(script|style|noscript|template|textarea|title|svg|noembed|noframes)(?=[\s/>])([^<>]*)>", re.IGNORECASE
)
_TAG = re.compile(r"<[/!?a-zA-Z][^<>]*>")
_HEADING = re.compile(r"<h[1-3](?=[\s>])[^<>]*>", re.IGNORECASE)
_HEADING_END = re.compile(r"</h[1-3]", re.IGNORECASE)
_PICTURE = re.compile(r"<(?:img|picture|video|iframe|frame|canvas|object|embed)(?=[\s/>])", re.IGNORECASE)
_LINK = re.compile(r"<a\s", re.IGNORECASE)
_MOUNT = re.compile(r"<(?:div|main|section)\s[^<>]*\bid\s*=|<[a-z][a-z0-9]*-[a-z]", re.IGNORECASE)
_BODY = re.compile(r"<body(?=[\s>])", re.IGNORECASE)
_REFRESH = re.compile(r"<meta\s(?=[^<>]*http-equiv\s*=\s*[\"']?\s*refresh\b)([^<>]*)>", re.IGNORECASE)
_CONTENT = re.compile(r"\bcontent\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE)
_SOURCE = re.compile(r"\bsrc\s*=\s*[\"']?([^\s\"'>]+)", re.IGNORECASE)
_ENDS = {
    name: re.compile(f"</{name}(?=[\\s/>])", re.IGNORECASE)
    for name in ("script", "style", "noscript", "template", "textarea", "title", "svg", "noembed", "noframes")
}
_HEADINGS_READ = 10
_TITLE_LETTERS = 300
_WIDE = {"utf-16", "utf-16le", "utf-16be", "utf-16-le", "utf-16-be"}


@dataclass(frozen=True, slots=True)
class Script:
    """A program in a page: its address, or its text; `is_in_body` is True where it comes after the head."""

    source: str
    text: str
    is_in_body: bool


class Page:
    """What a page shows. Much is asked of few pages only, and is looked for when it is asked for."""

    def __init__(self, source: str) -> None:
        reader = _Reader(source)
        self._shown = "".join(reader.shown())
        self._drawings = reader.drawings
        self.title = _plain(reader.title)[:_TITLE_LETTERS]
        self.scripts = tuple(reader.scripts)

    @cached_property
    def headings(self) -> tuple[str, ...]:
        """The first headings."""
        return tuple(_headings(self._shown))

    @cached_property
    def text(self) -> str:
        """The text, without tags, programs and superfluous blanks."""
        return _plain(_TAG.sub(" ", self._shown))

    @cached_property
    def links(self) -> int:
        """How many links there are."""
        return len(_LINK.findall(self._shown))

    @cached_property
    def has_pictures(self) -> bool:
        """Whether there is a picture, a film, a drawing or another page within."""
        return self._drawings > 0 or "url(" in self._shown or _PICTURE.search(self._shown) is not None

    @cached_property
    def has_mount(self) -> bool:
        """Whether there is a place that a program may put a page into."""
        return _MOUNT.search(self._shown) is not None

    @cached_property
    def refresh(self) -> str | None:
        """The content of its meta refresh, None without one."""
        found = _REFRESH.search(self._shown)
        return None if found is None else _content(found.group(1))

    @cached_property
    def code(self) -> str:
        """The text of its scripts."""
        return "\n".join(script.text for script in self.scripts)


def read(body: bytes, headers: Mapping[str, str]) -> Page:
    """Read a page, in time that grows with its length only."""
    return Page(decoded(body, headers))


def decoded(body: bytes, headers: Mapping[str, str]) -> str:
    """Return a body as text. All that is looked for is ASCII, so that of encodings only UTF-16 makes a difference."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", errors="replace")
    _, _, charset = headers.get("content-type", "").lower().partition("charset=")
    name = charset.strip("\"' ;").replace("_", "-")
    return body.decode(name if name in _WIDE else "utf-8-sig", errors="replace")


class _Reader:
    """Takes what isn't shown out of a page: comments, programs, styles; keeps the title and the programs."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._body_at = body.start() if (body := _BODY.search(text)) else 0
        self.title = ""
        self.drawings = 0
        self.scripts: list[Script] = []

    def shown(self) -> Iterator[str]:
        at = 0
        while found := _SKIPPED.search(self._text, at):
            yield self._text[at : found.start()]
            yield " "
            at = self._skip(found)
        yield self._text[at:]

    def _skip(self, found: re.Match[str]) -> int:
        """Return where an element ends that isn't text of the page; without an end it goes to the page's."""
        name = (found.group(1) or "").lower()
        if not name:
            end = self._text.find("-->", found.end())
            return len(self._text) if end < 0 else end + 3
        closing = _ENDS[name].search(self._text, found.end())
        end = len(self._text) if closing is None else closing.start()
        self._note(name, found, self._text[found.end() : end])
        return end

    def _note(self, name: str, found: re.Match[str], content: str) -> None:
        if name == "title" and not self.title:
            self.title = content
        elif name == "svg":
            self.drawings += 1
        elif name == "script":
            source = _SOURCE.search(found.group(2))
            is_in_body = self._body_at < found.start()
            self.scripts.append(Script(source.group(1) if source else "", content.strip(), is_in_body))


def _headings(shown: str) -> Iterator[str]:
    at = 0
    for _ in range(_HEADINGS_READ):
        start = _HEADING.search(shown, at)
        end = None if start is None else _HEADING_END.search(shown, start.end())
        if start is None or end is None:
            return
        at = end.end()
        yield _plain(_TAG.sub(" ", shown[start.end() : end.start()][: 4 * _TITLE_LETTERS]))[:_TITLE_LETTERS]


def _content(attributes: str) -> str:
    found = _CONTENT.search(attributes)
    return "" if found is None else html.unescape(next(filter(None, found.groups()), ""))


def _plain(text: str) -> str:
    return " ".join(html.unescape(text).split())
