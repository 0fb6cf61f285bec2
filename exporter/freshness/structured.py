"""Dates that a page gives for machines: JSON-LD, meta elements, microdata, and the state of single-page apps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from selectolax.lexbor import LexborHTMLParser

from exporter.freshness.address import is_own, joined
from exporter.freshness.dates import written_moment
from exporter.freshness.document import Document
from exporter.freshness.find import Find
from exporter.freshness.moment import Moment
from exporter.freshness.state import read_json, script_state
from exporter.website import Source

MOST_FINDS = 1000
MOST_VALUES = 200_000
# fmt: off
_ARTICLES = frozenset(
    {
        "article", "newsarticle", "blogposting", "report", "techarticle", "scholarlyarticle",
        "analysisnewsarticle", "reportagenewsarticle", "governmentannouncement", "specialannouncement",
        "socialmediaposting", "liveblogposting", "advertisercontentarticle",
    }
)
_META = frozenset(
    {
        "article:published_time", "article:modified_time", "datepublished", "datemodified", "dc.date.issued",
        "dcterms.issued", "dcterms.date", "publish_date", "publish-date", "pubdate",
        "og:article:published_time", "og:published_time", "dc:date", "dc:created", "dcterms:created",
        "dcterms:date", "dcterms:issued", "schema:datepublished", "schema:datecreated",
    }
)
# fmt: on
_PUBLISHED = (
    *(
        "publishedat",
        "publishedat",
        "datepublished",
        "datepublished",
        "publishdate",
        "publishdate",
        "publisheddate",
    ),
    *("publisheddate", "published", "publishedon", "tanggalpublish", "tglpublish", "tanggalpublikasi"),
    *("tanggalterbit", "tglterbit", "tanggalposting", "tglposting", "tanggalberita", "tglberita", "postdate"),
    *(
        "pubdate",
        "postedat",
        "postedat",
        "tanggal",
        "tgl",
        "date",
        "createdat",
        "createdat",
        "created",
        "createddate",
    ),
)
# fmt: off
_TITLES = frozenset(
    {
        "title", "judul", "headline", "judulberita", "posttitle", "namaberita", "slug", "judulartikel",
        "subject",
    }
)
# fmt: on
_LINKS = ("url", "link", "href", "permalink")
_ASIDE = re.compile(
    r"agenda|event|kalender|calendar|jadwal|comment|komentar|cuaca|weather|sholat|shalat|prayer|pengunjung|visitor"
    r"|statisti[ck]|lelang|tender|hari_?besar|libur|user|author|penulis|profil|peraturan|regulasi|hukum|setting|config"
    r"|eksternal|external|kominfo",
    re.IGNORECASE,
)
# fmt: off
_EVENT_KEYS = frozenset(
    {
        "tanggalmulai", "tglmulai", "startdate", "start", "enddate", "tanggalselesai", "tglselesai", "lokasi",
        "tempat", "location", "venue", "waktumulai", "jammulai",
        "deadline", "batasakhir", "nomorperaturan", "temperature", "suhu",
    }
)
# fmt: on
_HIDDEN = frozenset({"draft", "private", "archived", "konsep", "pending", "scheduled", "0"})


def structured_finds(tree: LexborHTMLParser, document: Document, hosts: frozenset[str], zone: ZoneInfo) -> list[Find]:
    """Return the dates for machines in a page, `MOST_FINDS` at most."""
    finds: list[Find] = []
    for find in _all(tree, document, hosts, zone):
        finds.append(find)
        if len(finds) >= MOST_FINDS:
            break
    return finds


def _all(tree: LexborHTMLParser, document: Document, hosts: frozenset[str], zone: ZoneInfo) -> Iterator[Find]:
    yield from _meta_finds(tree, document, zone)
    for node in tree.css("[data-page], [data-props], [data-state]"):
        written = next(filter(None, map(node.attributes.get, ("data-page", "data-props", "data-state"))), "")
        yield from _found(_items(read_json(written or "")), document, hosts, zone)
    for script in tree.css("script"):
        text = script.text_content or script.text() or ""
        if (script.attributes.get("type") or "").lower() == "application/ld+json":
            yield from _found(_articles(read_json(text)), document, hosts, zone)
        elif (value := script_state(script.attributes.get("type") or "", text)) is not None:
            yield from _found(_items(value), document, hosts, zone)


def _found(
    found: Iterator[tuple[object, str, str]], document: Document, hosts: frozenset[str], zone: ZoneInfo
) -> Iterator[Find]:
    for written, link, place in found:
        moment = _moment(written, document, zone)
        if moment is not None:
            yield _find(moment, document, joined(document.url, link) if link else None, place, hosts)


def _find(moment: Moment, document: Document, address: str | None, place: str, hosts: frozenset[str]) -> Find:
    find = Find(moment, Source.STRUCTURED, document, address, place)
    return find if address is None or is_own(address, hosts) else find.refused("of another site")


def _meta_finds(tree: LexborHTMLParser, document: Document, zone: ZoneInfo) -> Iterator[Find]:
    for node in tree.css("[content]"):
        attributes = node.attributes
        names = (attributes.get("property") or attributes.get("name") or attributes.get("itemprop") or "").lower()
        name = next((each for each in names.split() if each in _META), None)
        if name is not None and (moment := _moment(attributes.get("content") or "", document, zone)):
            yield Find(moment, Source.STRUCTURED, document, None, name)
    for node in tree.css('[itemprop="datePublished"], [itemprop="dateModified"]'):
        attributes = node.attributes
        written = attributes.get("datetime") or attributes.get("title") or ""
        if moment := _moment(written, document, zone):
            yield Find(moment, Source.STRUCTURED, document, None, str(attributes.get("itemprop")))


def _moment(written: object, document: Document, zone: ZoneInfo) -> Moment | None:
    if isinstance(written, int) and not isinstance(written, bool):
        written = str(written)
    return written_moment(written, document.fetched_at, zone) if isinstance(written, str) else None


def _mappings(value: object) -> Iterator[tuple[Mapping[str, Any], list[Any] | None]]:
    """Yield all objects within a value but those set aside, and where the value is a list of references, that list."""
    table = value if isinstance(value, list) else None
    rest = [value]
    for _ in range(MOST_VALUES):
        if not rest:
            return
        each = rest.pop()
        if isinstance(each, dict):
            yield each, table
            rest.extend(inner for name, inner in each.items() if not _ASIDE.search(name) and _is_deep(inner))
        elif isinstance(each, list):
            rest.extend(inner for inner in each if _is_deep(inner))


def _is_deep(value: object) -> bool:
    return isinstance(value, (dict, list))


def _articles(value: object) -> Iterator[tuple[object, str, str]]:
    for each, _ in _mappings(value):
        kinds = each.get("@type")
        names = kinds if isinstance(kinds, list) else [kinds]
        if any(isinstance(name, str) and name.lower().rpartition("/")[2] in _ARTICLES for name in names):
            link = _link(each, ("url", "mainEntityOfPage", "@id"))
            for name in ("datePublished", "dateModified"):
                yield each.get(name), link, name


def _items(value: object) -> Iterator[tuple[object, str, str]]:
    for each, table in _mappings(value):
        names = {name.lower().replace("_", ""): name for name in each}
        if not names.keys() & _TITLES or names.keys() & _EVENT_KEYS or _is_hidden(each):
            continue
        key = _date_key(each, names)
        if key is not None:
            title = next(str(_referred(each[names[name]], table)) for name in _TITLES if name in names)
            yield _referred(each[key], table), _link(each, _LINKS), title[:80]


def _date_key(each: Mapping[str, Any], names: Mapping[str, str]) -> str | None:
    """Return the name of the value that says best when the item was published."""
    for name in _PUBLISHED:
        if name in names and isinstance(each[names[name]], (str, int)) and not isinstance(each[names[name]], bool):
            return names[name]
    return None


def _is_hidden(each: Mapping[str, Any]) -> bool:
    status = each.get("status")
    return each.get("published") is False or (isinstance(status, str) and status.lower() in _HIDDEN)


def _referred(value: Any, table: list[Any] | None) -> Any:
    """Return the value, or what it refers to where the state is a table of values that name each other by number."""
    if table is not None and isinstance(value, int) and 0 < value < len(table) and not isinstance(value, bool):
        return table[value]
    return value


def _link(each: Mapping[str, Any], names: tuple[str, ...]) -> str:
    for name in names:
        value = each.get(name)
        if isinstance(value, dict):
            value = value.get("@id")
        if isinstance(value, str) and value:
            return value
    return ""
