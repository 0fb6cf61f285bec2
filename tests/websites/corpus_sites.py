"""The corpus: websites in the manner of government sites, all of our own making, whose last update is known.

Those whose name begins with `uji-` were made after the judge, and it was never fitted to them: what it makes of
these is the truer figure.

A folder below `corpus/` is a site: `site.json` and the bodies of its answers. `newest` is the local day (Asia/Jakarta)
that a careful reader of the site would name, null where nothing on it says; it is judged after the last of its looks.
An answer is `{url, status, headers, file}`; in place of `file` there may be `gzip_of`, a file that comes packed, and
one without either is empty. One with `any_query` also answers for its URL with a query that isn't listed.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urldefrag, urlsplit, urlunsplit

CORPUS = Path(__file__).parent / "corpus"
_NOT_FOUND = b"<!DOCTYPE html><html><head><title>404</title></head><body><h1>Tidak ditemukan</h1></body></html>\n"


class Answer(NamedTuple):
    """What comes for a URL; `headers` have lower-case names. A redirect isn't followed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class CorpusLook:
    """A site as it is at an instant, in seconds since the epoch: `answers` by URL, those with any query apart."""

    at: float
    answers: Mapping[str, Answer]
    for_any_query: Mapping[str, Answer]

    def answer(self, url: str) -> Answer:
        """Return what comes for a URL, whatever its fragment; 404 with a small page for one that isn't listed."""
        asked = urlsplit(urldefrag(url).url)
        whole = urlunsplit(asked._replace(path=asked.path or "/"))
        found = self.answers.get(whole) or self.for_any_query.get(whole.partition("?")[0])
        return found or Answer(404, {"content-type": "text/html; charset=utf-8"}, _NOT_FOUND)


@dataclass(frozen=True, slots=True)
class CorpusSite:
    """A website and its truth: `newest` is the day of its last update, None where a monitor must say unknown.

    `manner` is what it is made with, `what` what is hard about it; the looks are in order of time.
    """

    name: str
    manner: str
    what: str
    url: str
    newest: date | None
    looks: tuple[CorpusLook, ...]


def sites() -> list[CorpusSite]:
    """Return the corpus in order of names."""
    return [_site(file) for file in sorted(CORPUS.glob("*/site.json"))]


def _site(file: Path) -> CorpusSite:
    site = json.loads(file.read_text(encoding="utf-8"))
    return CorpusSite(
        name=file.parent.name,
        manner=site["manner"],
        what=site["what"],
        url=site["url"],
        newest=date.fromisoformat(site["newest"]) if site["newest"] else None,
        looks=tuple(_look(look, file.parent) for look in site["looks"]),
    )


def _look(look: Mapping[str, Any], folder: Path) -> CorpusLook:
    answers = {row["url"]: Answer(row["status"], row["headers"], _body(row, folder)) for row in look["answers"]}
    for_any_query = {row["url"]: answers[row["url"]] for row in look["answers"] if row.get("any_query")}
    return CorpusLook(datetime.fromisoformat(look["at"]).timestamp(), answers, for_any_query)


def _body(row: Mapping[str, Any], folder: Path) -> bytes:
    if "gzip_of" in row:
        return gzip.compress((folder / row["gzip_of"]).read_bytes(), mtime=0)
    return (folder / row["file"]).read_bytes() if "file" in row else b""
