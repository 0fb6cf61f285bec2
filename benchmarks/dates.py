"""What well-known libraries make of the corpus of websites: the day of the last update, beside the known one.

    python -m benchmarks.dates

The libraries are no dependencies; one that isn't there is left out, and what would install it is said. Each way looks
at a site as the monitor may: its front page, the pages of its own that this one links to, feeds, sitemaps. None but
the product's own is told what it did at the look before. A day to come is no answer: a way takes the newest of those
that have been.
"""

from __future__ import annotations

import asyncio
import gzip
import importlib
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

from defusedxml import DefusedXmlException, ElementTree
from selectolax.lexbor import LexborHTMLParser

from benchmarks.results import Row, show, tell

LOCAL = ZoneInfo("Asia/Jakarta")
_TESTS = Path(__file__).parents[1] / "tests" / "websites"
_WITHIN = timedelta(days=1)
_MOST_LINKS = 12
_MOST_HOPS = 4
_FEEDS = ("/feed/", "/index.xml", "/feed.xml", "/rss.xml", "/feeds/posts/default")
_SITEMAPS = ("/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml")
_UNFITTED = "uji-"
_UNSEEN = "script, style, noscript, svg, template"
_LD_DATES = ("datePublished", "dateModified")

Site = Any  # tests/websites/corpus_sites.py: CorpusSite
Method = Callable[[Site], date | None]


def htmldate_front(site: Site) -> date | None:
    """The date that htmldate finds on the front page."""
    return _htmldate(site, site.url, is_original=False)


def htmldate_articles(site: Site) -> date | None:
    """The newest that htmldate finds on the pages that the front page links to; without one, the front page's."""
    found = [_htmldate(site, url, is_original=True) for url in _links(site)]
    return max((day for day in found if day), default=None) or htmldate_front(site)


def dateparser_text(site: Site) -> date | None:
    """The newest date that dateparser finds in the front page's visible text."""
    search = importlib.import_module("dateparser.search")
    tree = LexborHTMLParser(_front(site))
    for hidden in tree.css(_UNSEEN):
        hidden.decompose()
    now = datetime.fromtimestamp(_now(site), LOCAL).replace(tzinfo=None)
    settings = {"RELATIVE_BASE": now, "DATE_ORDER": "DMY", "REQUIRE_PARTS": ["day", "month", "year"]}
    text = tree.body.text(separator="\n") if tree.body else ""
    found = search.search_dates(text, languages=["id", "en"], settings=settings) or []
    return _newest(site, (when.date() for _, when in found))


def feedparser_entries(site: Site) -> date | None:
    """The newest entry of the feeds that are linked or at the usual places."""
    feedparser = importlib.import_module("feedparser")
    linked = [link.attributes.get("href") or "" for link in LexborHTMLParser(_front(site)).css("link[rel=alternate]")]
    urls = dict.fromkeys(urljoin(site.url, url) for url in (*linked, *_FEEDS))
    entries = [entry for url in urls for entry in feedparser.parse(_body(site, url)).entries]
    stamps = (entry.get("published_parsed") or entry.get("updated_parsed") for entry in entries)
    return _newest(site, (_local(datetime(*stamp[:6], tzinfo=UTC)) for stamp in stamps if stamp))


def sitemap_lastmod(site: Site) -> date | None:
    """The newest lastmod of the sitemaps that robots.txt names or that are at the usual places, with what they list."""
    robots = _body(site, urljoin(site.url, "/robots.txt")).decode(errors="replace")
    named = [line.partition(":")[2].strip() for line in robots.splitlines() if line.lower().startswith("sitemap:")]
    waiting, seen, stamps = [*named, *(urljoin(site.url, path) for path in _SITEMAPS)], set[str](), list[date]()
    while waiting:
        url = waiting.pop()
        if url in seen:
            continue
        seen.add(url)
        root = _xml(_body(site, url))
        parts = list(root.iter()) if root is not None else []
        if root is not None and root.tag.endswith("sitemapindex"):
            waiting += [part.text or "" for part in parts if part.tag.endswith("}loc")]
        else:
            stamps += filter(None, (_day(part.text or "") for part in parts if part.tag.endswith("}lastmod")))
    return _newest(site, stamps)


def extruct_json_ld(site: Site) -> date | None:
    """The newest datePublished or dateModified in the JSON-LD of the front page and the pages that it links to."""
    extruct = importlib.import_module("extruct")
    found = list[date]()
    for url in (site.url, *_links(site)):
        data = extruct.extract(_body(site, url), base_url=url, syntaxes=["json-ld"], errors="ignore")
        found += [day for node in _nodes(data.get("json-ld", [])) for day in _ld_days(node)]
    return _newest(site, found)


def last_modified(site: Site) -> date | None:
    """The day of the front page's Last-Modified, whatever makes it."""
    stamp = site.looks[-1].answer(site.url).headers.get("last-modified")
    return _local(parsedate_to_datetime(stamp)) if stamp else None


def newest_of_all(site: Site) -> date | None:
    """The newest of what the others say, without a judgement."""
    ways = (htmldate_articles, dateparser_text, feedparser_entries, sitemap_lastmod, extruct_json_ld)
    return max((day for day in (way(site) for way in ways) if day), default=None)


def terpadu(site: Site) -> date | None:
    """What the product's own looks make of it: as many as the site has, each told what the one before left."""
    visits = importlib.import_module("corpus_visits")
    look, _ = asyncio.run(visits.looked_at(site))
    found: date | None = visits.found_day(look)
    return found


METHODS: Mapping[str, Method] = {
    "terpadu": terpadu,
    "htmldate, front page": htmldate_front,
    "htmldate, articles": htmldate_articles,
    "dateparser, text": dateparser_text,
    "feedparser": feedparser_entries,
    "sitemap lastmod": sitemap_lastmod,
    "extruct, JSON-LD": extruct_json_ld,
    "Last-Modified": last_modified,
    "newest of all": newest_of_all,
}
"""The ways to a site's newest day, by name."""


def measure(name: str, method: Method, sites: Iterable[Site]) -> tuple[Row, list[str]]:
    """Return how often a way is right and what it took, and the sites that it takes for fresher than they are."""
    began, outcomes, too_fresh = time.process_time(), Counter[str](), list[str]()
    for site in sites:
        outcome = judged(site.newest, method(site))
        outcomes[outcome] += 1
        too_fresh += [site.name] if outcome == "FALSE FRESH" else []
    row = {kind: outcomes[kind] for kind in ("right", "rightly unknown", "too old", "nothing found", "FALSE FRESH")}
    return {"way": name, **row, "cpu_s": time.process_time() - began}, too_fresh


def judged(truth: date | None, named: date | None) -> str:
    """Say what a named day is beside the true one: right is within a day of it."""
    if named is None:
        return "rightly unknown" if truth is None else "nothing found"
    if truth is None or named > truth + _WITHIN:
        return "FALSE FRESH"
    return "right" if named >= truth - _WITHIN else "too old"


def main() -> int:
    """Print the table, and which sites each way takes for fresher than they are."""
    sites = _corpus()
    rows, mistaken = list[Row](), dict[str, list[str]]()
    for name, method in METHODS.items():
        try:
            with warnings.catch_warnings(action="ignore"):
                row, mistaken[name] = measure(name, method, sites)
        except ModuleNotFoundError as error:
            tell(f"{name} is left out: pip install {error.name} (all: htmldate dateparser feedparser extruct)")
        else:
            rows.append(row)
    show(f"The newest day of {len(sites)} websites", rows)
    unfitted = [site for site in sites if site.name.startswith(_UNFITTED)]
    row, _ = measure("terpadu", terpadu, unfitted)
    show(f"Of these the {len(unfitted)} that were made apart, to which the product was never fitted", [row])
    for name, names in mistaken.items():
        tell(f"\n{name}, taken for fresher than they are: {', '.join(names) or 'none'}")
    return 0


def _corpus() -> list[Site]:
    """Return the sites; they live among the tests, which are no package."""
    if str(_TESTS) not in sys.path:
        sys.path.append(str(_TESTS))
    sites: list[Site] = importlib.import_module("corpus_sites").sites()
    return sites


def _htmldate(site: Site, url: str, *, is_original: bool) -> date | None:
    htmldate = importlib.import_module("htmldate")
    today = datetime.fromtimestamp(_now(site), LOCAL).date().isoformat()
    body = _body(site, url)
    with suppress(ValueError):
        return _day(htmldate.find_date(body, url=url, original_date=is_original, max_date=today) or "")
    return None


def _now(site: Site) -> float:
    return float(site.looks[-1].at)


def _front(site: Site) -> bytes:
    return _body(site, site.url)


def _body(site: Site, url: str) -> bytes:
    """Return what comes at the last look, over redirects; empty without a 200."""
    for _ in range(_MOST_HOPS):
        status, headers, body = site.looks[-1].answer(url)
        if "location" not in headers:
            return bytes(body) if status == 200 else b""  # noqa: PLR2004 - the number that everybody knows
        url = urljoin(url, headers["location"])
    return b""


def _links(site: Site) -> list[str]:
    """Return the first pages of the site's own that the front page links to and that are there."""
    hrefs = (link.attributes.get("href") or "" for link in LexborHTMLParser(_front(site)).css("a[href]"))
    urls = dict.fromkeys(urljoin(site.url, href).partition("#")[0] for href in hrefs)
    own = [url for url in urls if urlsplit(url).netloc == urlsplit(site.url).netloc and url != site.url]
    return [url for url in own if _body(site, url)][:_MOST_LINKS]


def _newest(site: Site, days: Iterable[date]) -> date | None:
    """Return the newest of the days that have been by the last look."""
    today = datetime.fromtimestamp(_now(site), LOCAL).date()
    return max((day for day in days if day <= today), default=None)


def _local(when: datetime) -> date:
    return when.astimezone(LOCAL).date()


def _day(text: str) -> date | None:
    """Return the local day of an ISO 8601 date or instant; None where it is neither."""
    try:
        when = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return _local(when) if when.tzinfo else when.date()


def _xml(body: bytes) -> Any:
    """Return the root of a document, unpacked where it is gzip; None where it is no XML."""
    try:
        return ElementTree.fromstring(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
    except (ElementTree.ParseError, DefusedXmlException, OSError):
        return None


def _nodes(data: object) -> Iterator[Mapping[str, Any]]:
    """Yield every object of JSON-LD, however deep."""
    if isinstance(data, dict):
        yield data
    for part in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from _nodes(part)


def _ld_days(node: Mapping[str, Any]) -> Iterator[date]:
    values = (node.get(key) for key in _LD_DATES)
    yield from filter(None, (_day(value) for value in values if isinstance(value, str)))


if __name__ == "__main__":
    sys.exit(main())
