"""Lists of the API as they were written at one moment, of which pages are given."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from exporter.pacing import resting
from exporter.web.questions import Paging, UnanswerableError, address

Json = dict[str, object]
_KEPT_PAGES = 8


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered: HTTP's status, a document as UTF-8, and what tells it from others, its time left aside.

    `etag` is for a weak comparison (RFC 9110, 8.8.3.2), without quotes; None of an answer that says why there is none.
    """

    status: int
    body: bytes
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class List:
    """A list of one moment: what its document begins with, and each item by its key, a line of JSON.

    Those who ask for the same page of it share the answer.
    """

    path: str
    head: Mapping[str, object]
    name: str
    lines: Mapping[str, bytes]
    _pages: dict[tuple[Paging, tuple[tuple[str, str], ...]], Answer] = field(default_factory=dict)

    @classmethod
    def of(cls, path: str, head: Json, name: str, items: Iterable[tuple[str, Json]]) -> List:
        """Write a list; in a thread that rests."""
        return cls(path, head, name, {key: line(item) for key, item in resting(items)})

    def page(self, said: Mapping[str, str], asked: Paging) -> Answer:
        """Return a page of it; UnanswerableError where `after` is none of its keys."""
        kept = self.kept(said, asked)
        if kept is not None:
            return kept
        if len(self._pages) >= _KEPT_PAGES:
            self._pages.clear()
        made = self._pages[_key(said, asked)] = self._page(said, asked)
        return made

    def kept(self, said: Mapping[str, str], asked: Paging) -> Answer | None:
        """Return a page that was asked for already, None where it wasn't."""
        return self._pages.get(_key(said, asked))

    def _page(self, said: Mapping[str, str], asked: Paging) -> Answer:
        keys = list(self.lines)
        first = 0
        if asked.after is not None:
            if asked.after not in self.lines:
                what = f"after={asked.after[:40]!r} is no place in this list; begin without it"
                raise UnanswerableError(404, what)
            first = keys.index(asked.after) + 1
        shown = keys[first:] if asked.limit is None else keys[first : first + asked.limit]
        after = shown[-1] if shown and first + len(shown) < len(keys) else None
        goes_on = {"next": address(self.path, said, after)}
        return written({**self.head, **goes_on}, self.name, [self.lines[key] for key in shown])


def _key(said: Mapping[str, str], asked: Paging) -> tuple[Paging, tuple[tuple[str, str], ...]]:
    return asked, tuple(sorted(said.items()))


def line(item: Json) -> bytes:
    """Return an item as one line of JSON."""
    return json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode()


def written(head: Json, name: str, lines: Iterable[bytes]) -> Answer:
    """Return a document that ends in a list, one item a line."""
    joined = b",\n".join(lines)
    begun = json.dumps(head | {name: []}, ensure_ascii=False).removesuffix("]}")
    return Answer(200, b"%s\n%s\n]}\n" % (begun.encode(), joined), _etag(head, joined))


def whole(head: Json, rest: Json) -> Answer:
    """Return a document that is no list."""
    return Answer(200, line(head | rest) + b"\n", _etag(head, line(rest)))


def refusal(status: int, sentence: str) -> Answer:
    """Return why there is no answer."""
    return Answer(status, line({"error": sentence}) + b"\n")


def _etag(head: Mapping[str, object], rest: bytes) -> str:
    timeless = {name: value for name, value in head.items() if name != "time"}
    return hashlib.sha256(line(timeless) + b"\n" + rest).hexdigest()[:32]


def keyed(items: Iterable[Json], name: str) -> Iterator[tuple[str, Json]]:
    """Yield items with the text that tells each from the others."""
    return ((str(item[name]), item) for item in items)
