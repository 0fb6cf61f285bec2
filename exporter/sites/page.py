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
    r"<!--|<(script|style|noscript|template|textarea|title|svg|noembed|noframes|iframe)(?=[\s/>])([^<>]*)>",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[/!?a-zA-Z][^<>]*>")
_HEADING = re.compile(r"<h[1-3](?=[\s>])[^<>]*>", re.IGNORECASE)
_HEADING_END = re.compile(r"</h[1-3]", re.IGNORECASE)
_PICTURE = re.compile(r"<(?:img|picture|video|canvas|object|embed)(?=[\s/>])", re.IGNORECASE)
_FRAME = re.compile(r"<(frame|frameset)(?=[\s/>])([^<>]*)>", re.IGNORECASE)
_LINK = re.compile(r"<a\s", re.IGNORECASE)
_MOUNT = re.compile(r"<(?:div|main|section)\s[^<>]*\bid\s*=|<[a-z][a-z0-9]*-[a-z]", re.IGNORECASE)
_BODY = re.compile(r"<body(?=[\s>])", re.IGNORECASE)
_META = re.compile(r"<meta(?=[\s/])([^<>]*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"(?<![\w-])([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_LONG_NUMBER = re.compile(r"&#[0-9]{9,}")  # more digits than Python turns into a number are an error
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_NO_SIZE = {"0", "0%", "0px", "1", "1px"}
_ENDS = {
    name: re.compile(f"</{name}(?=[\\s/>])", re.IGNORECASE)
    for name in ("script", "style", "noscript", "template", "textarea", "title", "svg", "noembed", "noframes", "iframe")
}
_HEADINGS_READ = 10
_TITLE_LETTERS = 300
_PAGE_KINDS = {"", "text/html", "application/xhtml+xml"}
_OTHER_KINDS = re.compile(
    r"(?:image|audio|video|font|model)/|text/(?:plain|css|csv|xml|javascript|calendar|markdown)$"
    r"|application/(?:[\w.-]+\+(?:xml|json|zip)|vnd\.[\w.-]+|pdf|json|xml|zip|gzip|javascript|msword|rtf|octet-stream)$"
)
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
        self._inner_frames = reader.frames
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
        return self._has_drawings or bool(self._inner_frames) or _FRAME.search(self._shown) is not None

    @cached_property
    def frames(self) -> tuple[str, ...]:
        """The addresses of the pages within that can be seen, where there is nothing else to be seen, else none."""
        if self._has_drawings or self.text or (self.has_mount and self.scripts):
            return ()
        return (*_frames(self._shown), *(found for of in self._inner_frames if (found := _frame(of))))

    @property
    def _has_drawings(self) -> bool:
        return self._drawings > 0 or "url(" in self._shown or _PICTURE.search(self._shown) is not None

    @cached_property
    def has_mount(self) -> bool:
        """Whether there is a place that a program may put a page into."""
        return _MOUNT.search(self._shown) is not None

    @cached_property
    def refresh(self) -> str | None:
        """The content of its meta refresh, None without one."""
        for found in _META.finditer(self._shown):
            attributes = _attributes(found.group(1))
            if attributes.get("http-equiv", "").strip().lower() == "refresh":
                return attributes.get("content", "")
        return None

    @cached_property
    def code(self) -> str:
        """The text of its scripts."""
        return "\n".join(script.text for script in self.scripts)


def read(body: bytes, headers: Mapping[str, str]) -> Page:
    """Read a page, in time that grows with its length only."""
    return Page(decoded(body, headers))


def is_page(body: bytes, headers: Mapping[str, str]) -> bool:
    """Say whether a body is a page: by its Content-Type, or by how it begins where that is none that is known."""
    kind = re.split(r"[;,\s]", headers.get("content-type", "").strip().lower(), maxsplit=1)[0]
    if kind in _PAGE_KINDS:
        return True
    return not _OTHER_KINDS.match(kind) and body.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<")


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
        self.frames: list[dict[str, str]] = []
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
        elif name == "iframe":
            self.frames.append(_attributes(found.group(2)))
        elif name == "script":
            source = _attributes(found.group(2)).get("src", "").strip()
            self.scripts.append(Script(source, content.strip(), self._body_at < found.start()))


def _headings(shown: str) -> Iterator[str]:
    at = 0
    for _ in range(_HEADINGS_READ):
        start = _HEADING.search(shown, at)
        end = None if start is None else _HEADING_END.search(shown, start.end())
        if start is None or end is None:
            return
        at = end.end()
        yield _plain(_TAG.sub(" ", shown[start.end() : end.start()][: 4 * _TITLE_LETTERS]))[:_TITLE_LETTERS]


def _attributes(text: str) -> dict[str, str]:
    """Return the attributes of a tag that have a value; of one that comes twice the first counts."""
    found: dict[str, str] = {}
    for name, *values in _ATTRIBUTE.findall(text):
        found.setdefault(name.lower(), _unescaped("".join(values)))
    return found


def _frames(shown: str) -> Iterator[str]:
    """Yield the addresses of a frameset's frames that have a size."""
    sizes: list[str] = []
    for found in _FRAME.finditer(shown):
        attributes = _attributes(found.group(2))
        if found.group(1).lower() == "frameset":
            sizes = (attributes.get("rows") or attributes.get("cols") or "").split(",")[::-1]
        else:
            size = sizes.pop().strip() if sizes else ""
            if size not in _NO_SIZE and "src" in attributes:
                yield attributes["src"]


def _frame(attributes: Mapping[str, str]) -> str:
    """Return the address of an inner frame, "" where it can't be seen."""
    is_hidden = any(attributes.get(name, "").strip() in _NO_SIZE for name in ("width", "height"))
    return "" if is_hidden or _HIDDEN_STYLE.search(attributes.get("style", "")) else attributes.get("src", "")


def _unescaped(text: str) -> str:
    return html.unescape(_LONG_NUMBER.sub("&#0;", text))


def _plain(text: str) -> str:
    return " ".join(_unescaped(text).split())
