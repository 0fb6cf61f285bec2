"""From templates to pages: HTML, and the regions of it that may change while somebody looks.

A region is the inside of an element with `data-live="KEY"`; templates put it between BEGIN and END, characters that no
text of others can hold: everything that a template shows goes through `shown`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import unescape
from operator import attrgetter

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.ext import Extension
from markupsafe import Markup, escape

from exporter.web.regions import version_of

BEGIN, END, VERSION = Markup("\x02"), Markup("\x03"), Markup("\x04")
_SLOT = re.compile("\x05([^\x06]*)\x06")
_SPACES = re.compile(r"\n\s+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_TURNING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_AWKWARD = re.compile(r"""[&<>"'\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]""")
_MARK = 'data-live="'


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it is sent, and the inside of each of its live regions by key.

    `skeleton` is a hash of all else: while it is the same, a page that somebody has open needs the regions alone.
    """

    status: int
    body: bytes
    fragments: Mapping[str, str]
    skeleton: str


def shown(value: object) -> object:
    """Return what a template may write; nothing for None.

    Texts are without control characters, which HTML forbids, and without those that turn what follows around.
    """
    if value is None:
        return ""
    return _TURNING.sub("", _CONTROL.sub(" ", value)) if type(value) is str else value


def environment() -> Environment:
    """Return the templates; everything is escaped, and a name that is missing is an error."""
    made = Environment(
        loader=PackageLoader("exporter.web.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=[_Slim],
    )
    made.globals.update(BEGIN=BEGIN, END=END, VERSION=VERSION)
    return made


class _Slim(Extension):
    """Takes the indentation out of templates before they are compiled."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        del name, filename
        return _SPACES.sub("\n", source)


class Frame:
    """A template that is written often: it is rendered once, and what differs is put into its slots.

    `render(slot)` writes it, where `slot("a.b")` stands for the attribute `b` of the attribute `a` of what is put in.
    """

    def __init__(self, render: Callable[[Callable[[str], Markup]], str]) -> None:
        self._pieces = _SLOT.split(render(lambda name: Markup("\x05{}\x06").format(name)))
        names = list(dict.fromkeys(self._pieces[1::2]))
        self._places = [names.index(name) for name in self._pieces[1::2]]
        self._values = attrgetter(*names)

    def filled(self, of: object) -> Markup:
        """Return the frame with an object's values in it; it has two slots at least."""
        values = [_safe(value) for value in self._values(of)]
        pieces = self._pieces.copy()
        pieces[1::2] = [values[place] for place in self._places]
        return Markup("".join(pieces))  # noqa: S704 -- the template's own, and what is escaped


def _safe(value: object) -> str:
    """Return a value as a template would write it; most texts are nothing to escape."""
    if type(value) is str and not _AWKWARD.search(value):
        return value
    return escape(shown(value))


def page(written: str, status: int = 200) -> Page:
    """Return a page from what a template wrote."""
    before, *begun = written.split(BEGIN)
    outside, fragments = [before], {}
    for part in begun:
        inside, _, after = part.partition(END)
        fragments[_key(outside[-1])] = inside
        outside.append(after)
    skeleton = hashlib.blake2b("\0".join(outside).encode(), digest_size=8).hexdigest()
    whole = [text for pair in zip(outside, [*fragments.values(), ""], strict=True) for text in pair]
    body = "".join(whole).replace(VERSION, version_of(skeleton, fragments))
    return Page(status, body.encode(), fragments, skeleton)


def _key(before: str) -> str:
    """Return the key of a region from what stands before its inside."""
    begin = before.rindex(_MARK) + len(_MARK)
    return unescape(before[begin : before.index('"', begin)])
