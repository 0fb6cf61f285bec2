"""Sitemaps: what they say was modified when, and the sitemaps that an index names."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError
from zoneinfo import ZoneInfo

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from exporter.freshness.address import is_own, is_root, joined
from exporter.freshness.document import Document
from exporter.freshness.find import Find
from exporter.freshness.moment import stamp
from exporter.website import Source

UNPACKED_BYTES = 2_000_000
MOST_ENTRIES = 5_000
_PACKED = b"\x1f\x8b"
_MOST_PACKINGS = 3
_DEEPEST = 20
_GZIP = 31  # zlib's window with gzip's header
_BEGINNING = re.compile(rb"<\?xml|<urlset|<sitemapindex|<!DOCTYPE", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """An address of a sitemap, or a sitemap of an index, and the stamp beside it, empty without one."""

    address: str
    modified: str
    is_sitemap: bool = False


def sitemap_finds(document: Document, hosts: frozenset[str], zone: ZoneInfo) -> Iterator[Find]:
    """Yield the dates of a sitemap's pages; those of an index say nothing of content, nor does the home page's."""
    for entry in entries(document):
        moment = None if entry.is_sitemap else stamp(entry.modified, zone)
        if moment is None:
            continue
        address = joined(document.url, entry.address)
        find = Find(moment, Source.SITEMAP, document, address)
        if address is None or not is_own(address, hosts):
            find = find.refused("of another site")
        elif is_root(address):
            find = find.refused("the home page's, which changes with anything")
        yield find


def entries(document: Document) -> list[Entry]:
    """Return what a sitemap lists, as far as it can be read; nothing of one that declares entities."""
    found: list[Entry] = []
    body = unpacked(document.body)
    beginning = _BEGINNING.search(body, 0, 5000)
    if beginning is None:
        return found
    try:
        for element in _elements(body[beginning.start() :]):
            found.append(_entry(element))
            element.clear()
            if len(found) >= MOST_ENTRIES:
                break
    except DefusedXmlException:
        return []
    except (ParseError, ValueError, LookupError):
        pass  # cut off or broken from here on: what came before stands
    return [entry for entry in found if entry.address]


def unpacked(body: bytes) -> bytes:
    """Return the beginning of what a file unpacks to, even if packed twice; as it is where it can't be unpacked."""
    for _ in range(_MOST_PACKINGS):
        if not body.startswith(_PACKED):
            break
        try:
            body = zlib.decompressobj(_GZIP).decompress(body, UNPACKED_BYTES)
        except zlib.error:
            break
    return body[:UNPACKED_BYTES]


def _elements(body: bytes) -> Iterator[Element]:
    """Yield the entries as they end, until the file goes deeper than a sitemap does."""
    root: Element | None = None
    depth = 0
    for event, element in iterparse(io.BytesIO(body), events=("start", "end")):
        root = element if root is None else root
        depth += 1 if event == "start" else -1
        if depth > _DEEPEST:
            return
        if event == "end" and _name(element) in {"url", "sitemap"}:
            yield element
            root.clear()


def _entry(element: Element) -> Entry:
    address, modified, published = "", "", ""
    for child in element.iter():
        name, text = _name(child), (child.text or "").strip()
        if name == "loc" and not address:
            address = text
        elif name == "lastmod":
            modified = text
        elif name == "publication_date":
            published = text
    return Entry(address, published or modified, _name(element) == "sitemap")


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
