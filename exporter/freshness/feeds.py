"""Dates in feeds (RSS, Atom, RDF) and in the posts of WordPress's REST API."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import feedparser

from exporter.freshness.address import is_own, joined
from exporter.freshness.dates import written_moment
from exporter.freshness.document import Document
from exporter.freshness.find import Find
from exporter.freshness.moment import Moment, stamp
from exporter.website import Source

FEED_BYTES = 200_000  # the parser takes a second for as much of the worst
MOST_ENTRIES = 200
_OTHER_SITE = "of another site"


def feed_finds(document: Document, hosts: frozenset[str], zone: ZoneInfo) -> Iterator[Find]:
    """Yield the dates of a feed's entries; what the feed says of itself (lastBuildDate) is none."""
    for entry in _entries(document)[:MOST_ENTRIES]:
        written = _text(entry, "published") or _text(entry, "updated") or _text(entry, "created")
        moment = written_moment(written, document.fetched_at, zone)
        if moment is not None:
            yield _linked(document, moment, Source.FEED, joined(document.url, _text(entry, "link")), hosts)


def post_finds(document: Document, hosts: frozenset[str], zone: ZoneInfo) -> Iterator[Find]:
    """Yield the dates of the posts; nothing where the answer isn't a list of posts."""
    for post in _posts(document.body)[:MOST_ENTRIES]:
        utc, local = post.get("date_gmt"), post.get("date")
        moment = stamp(f"{utc}Z", zone) if isinstance(utc, str) else None
        if moment is None and isinstance(local, str):
            moment = stamp(local, zone)
        if moment is not None:
            link = post.get("link")
            address = joined(document.url, link) if isinstance(link, str) else None
            yield _linked(document, moment, Source.POSTS, address, hosts)


def _linked(document: Document, moment: Moment, source: Source, address: str | None, hosts: frozenset[str]) -> Find:
    find = Find(moment, source, document, address)
    return find if address is None or is_own(address, hosts) else find.refused(_OTHER_SITE)


def _entries(document: Document) -> list[Mapping[str, Any]]:
    body = document.body
    if len(body) > FEED_BYTES:
        ends = [body.rfind(mark, 0, FEED_BYTES) + len(mark) for mark in (b"</item>", b"</entry>") if mark in body]
        body = body[: max(ends, default=FEED_BYTES)]
    headers = {name: value for name, value in document.headers.items() if name == "content-type"}
    # A stream, since the parser takes bytes for the name of a file or an address first.
    try:
        read = feedparser.parse(
            io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception:  # noqa: BLE001 -- it lets the errors of codecs and of characters that can't be through
        return []
    return list(read.entries)


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name, "") if name in entry else ""  # asked for "updated", the parser would give "published"
    return value if isinstance(value, str) else ""


def _posts(body: bytes) -> list[dict[str, Any]]:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return []
    return [post for post in read if isinstance(post, dict)] if isinstance(read, list) else []
