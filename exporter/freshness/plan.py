"""Which document of a website to ask for next, to learn when it last published something."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

from selectolax.lexbor import LexborHTMLParser

from exporter.freshness.address import host_of, is_root, joined, own_hosts, same
from exporter.freshness.decoding import came, decoded
from exporter.freshness.document import Document, Kind, Wish
from exporter.freshness.judging import judge
from exporter.freshness.markup import parsed
from exporter.freshness.page import is_file
from exporter.freshness.sitemap import Entry, entries
from exporter.freshness.stamps import Stamps
from exporter.website import DAY_SECONDS, Source

MOST_DOCUMENTS = 12
FRESH_SECONDS = 2 * DAY_SECONDS  # a feed or posts as new as this leave no question
STALE_SECONDS = 31 * DAY_SECONDS  # where nothing newer was found, the site's lists are looked at too
_MOST_FEEDS, _MOST_SITEMAPS, _MOST_CHILDREN, _MOST_PAGES = 3, 4, 2, 3
_STRONG = frozenset({Source.FEED, Source.POSTS})
_MOST_DOORS = 3
_TITLE_WORDS = 5
_REFRESH = re.compile(r"url\s{0,3}=\s{0,3}[\"']?([^\"'\s>]{1,400})", re.IGNORECASE)
_UTC = ZoneInfo("UTC")
_FEED_TYPE = re.compile(r"application/(?:rss|atom|rdf)\+xml", re.IGNORECASE)
_COMMENTS = re.compile(r"comments?|komentar", re.IGNORECASE)
_LIST = re.compile(
    r"berita|artikel|pengumuman|news|kegiatan|informasi|warta|kabar|publikasi|siaran|pers|posts?|blog|arsip|article|terkini|terbaru",
    re.IGNORECASE,
)
_FIRST = re.compile(r"berita|news|artikel|warta|kabar", re.IGNORECASE)
_NEVER = re.compile(
    r"agenda|event|kalender|calendar|login|wp-admin|wp-login|kontak|contact|galeri|gallery|logout|register|cart|search|tag/|author/"
    r"|informasi-publik|ppid|#",
    re.IGNORECASE,
)
_ARTICLE = re.compile(
    r"(?:-[a-z0-9]+){3,}|[?&](?:id|p|idberita|berita|artikel|news)=\d+|/\d{2,}(?:/|$|-)", re.IGNORECASE
)
_POSTS_SITEMAP = re.compile(r"post|berita|news|artikel|article", re.IGNORECASE)
_OTHER_SITEMAP = re.compile(r"page|category|tag|author|image|user|product|attachment|taxonom", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Site:
    """What the plan knows of the website: its home page, hosts and what came so far."""

    home: Document
    tree: LexborHTMLParser
    hosts: frozenset[str]
    done: Sequence[Document]
    generator: str
    trees: tuple[LexborHTMLParser, ...] = ()
    doors: frozenset[str] = frozenset()

    def count(self, kind: Kind) -> int:
        return sum(document.wish.kind is kind for document in self.done)

    def wish(self, address: str | None, kind: Kind) -> Wish | None:
        """Return a wish for an address of the site that wasn't asked for yet, else None."""
        if address is None or host_of(address) not in self.hosts:
            return None
        asked = {same(document.wish.url) for document in self.done} | {same(document.url) for document in self.done}
        return None if same(address) in asked else Wish(address, kind)

    @property
    def is_wordpress(self) -> bool:
        return "wordpress" in self.generator or b"/wp-content/" in self.home.body or b"/wp-json/" in self.home.body


def next_wish(home: str, done: Sequence[Document], sitemaps: Sequence[str]) -> Wish | None:
    """Return the document to ask for next, None when there are enough or the home page can't be had."""
    first = next((document for document in done if document.wish.kind is Kind.HOME), None)
    if first is None:
        return Wish(home, Kind.HOME)
    if not came(first) or len(done) >= MOST_DOCUMENTS:
        return None
    site = _site(home, first, done)
    if _strong_age(done) > FRESH_SECONDS:
        for step in (_doors(site), _feeds(site), _posts(site), _sitemaps(site, sitemaps), _pages(site)):
            wish = next((each for each in step if each is not None), None)
            if wish is not None:
                return wish
    return None


def _site(home: str, first: Document, done: Sequence[Document]) -> _Site:
    tree = parsed(decoded(first))
    node = tree.css_first('meta[name="generator" i]')
    generator = (node.attributes.get("content") or "").lower() if node is not None else ""
    site = _Site(first, tree, own_hosts(done, home), done, generator)
    doors = {same(address) for address in _door_addresses(site)}
    behind = [parsed(decoded(each)) for each in done if same(each.wish.url) in doors and came(each)]
    return replace(site, trees=(tree, *behind), doors=frozenset(doors))


def _strong_age(done: Sequence[Document]) -> float:
    """Return how old the newest of feeds and posts is, endless without one."""
    home = replace(done[0], body=b"")
    judged = judge([home, *(each for each in done if each.wish.kind in {Kind.FEED, Kind.POSTS})], _UTC, Stamps())
    newest = max((each.published_at for each in judged.publications if each.source in _STRONG), default=None)
    return float("inf") if newest is None else home.fetched_at - newest


def _doors(site: _Site) -> Iterator[Wish | None]:
    """Yield what a home page leads on to by itself: its frames, and where it refreshes to."""
    for address in _door_addresses(site)[:_MOST_DOORS]:
        yield site.wish(address, Kind.PAGE)


def _door_addresses(site: _Site) -> list[str]:
    references = [node.attributes.get("src") or "" for node in site.tree.css("frame[src]")]
    for node in site.tree.css('meta[http-equiv="refresh" i]'):
        match = _REFRESH.search((node.attributes.get("content") or "")[:500])
        references += [match[1]] if match else []
    return [address for each in references if (address := joined(site.home.url, each)) is not None]


def _feeds(site: _Site) -> Iterator[Wish | None]:
    if site.count(Kind.FEED) >= _MOST_FEEDS:
        return
    linked = list(_linked_feeds(site))
    if any(came(document) for document in site.done if document.wish.kind is Kind.FEED):
        linked = linked[:2]
    for address in linked or _guessed_feeds(site):
        yield site.wish(address, Kind.FEED)


def _linked_feeds(site: _Site) -> Iterator[str]:
    for node in (node for tree in site.trees for node in tree.css("link[href], a[href]")):
        attributes = node.attributes
        href, kind = attributes.get("href") or "", attributes.get("type") or ""
        is_feed = bool(_FEED_TYPE.search(kind)) or (
            node.tag == "a" and re.search(r"/(?:feed|rss)(?:\.xml|/)?$", href) is not None
        )
        address = joined(site.home.url, href) if is_feed else None
        if address is not None and not _COMMENTS.search(address) and host_of(address) in site.hosts:
            yield address


def _guessed_feeds(site: _Site) -> Iterator[str]:
    if any(
        came(document) and document.body.lstrip()[:1] == b"<" and b"<html" not in document.body[:500].lower()
        for document in site.done
        if document.wish.kind is Kind.FEED
    ):
        return
    if site.is_wordpress:
        places = ["/feed/"]
    elif "joomla" in site.generator or b"/media/jui/" in site.home.body or b"com_content" in site.home.body:
        places = ["/?format=feed&type=rss", "/index.php?format=feed&type=rss"]
    elif "drupal" in site.generator or b"drupal-settings" in site.home.body:
        places = ["/rss.xml"]
    elif "blogger" in site.generator:
        places = ["/feeds/posts/default"]
    else:
        places = ["/feed/", "/rss.xml", "/atom.xml"]
    for place in places:
        yield urljoin(site.home.url, place)


def _posts(site: _Site) -> Iterator[Wish | None]:
    node = next(filter(None, (tree.css_first('link[rel="https://api.w.org/"]') for tree in site.trees)), None)
    if site.count(Kind.POSTS) or not (site.is_wordpress or node is not None):
        return
    root = joined(site.home.url, node.attributes.get("href") or "") if node is not None else None
    root = root or urljoin(site.home.url, "/wp-json/")
    joint = "&" if urlsplit(root).query else "?"
    yield site.wish(f"{root.rstrip('/')}/wp/v2/posts{joint}per_page=20&_fields=date_gmt,date,link", Kind.POSTS)


def _sitemaps(site: _Site, named: Sequence[str]) -> Iterator[Wish | None]:
    maps = [document for document in site.done if document.wish.kind is Kind.SITEMAP]
    if len(maps) >= _MOST_SITEMAPS:
        return
    listed = [(document, entries(document)) for document in maps if came(document)]
    children = [entry for _, found in listed for entry in found if entry.is_sitemap]
    if children:
        asked = {same(document.wish.url) for document in maps}
        wanted = sorted(children, key=_child_order)
        taken = sum(same(entry.address) in asked for entry in wanted)
        if taken < _MOST_CHILDREN:
            for entry in wanted:
                yield site.wish(joined(site.home.url, entry.address), Kind.SITEMAP)
    if any(found for _, found in listed):
        return
    places = [*named[:2], "/sitemap.xml", *(["/wp-sitemap.xml"] if site.is_wordpress else [])]
    for place in places:
        yield site.wish(joined(site.home.url, place), Kind.SITEMAP)


def _child_order(entry: Entry) -> tuple[bool, bool, str]:
    """Order the sitemaps of an index: of posts first, of pages and pictures last, the newer before the older."""
    name = same(entry.address)
    newness = "".join(chr(0x10FFFF - ord(each)) for each in entry.modified[:30])
    return not _POSTS_SITEMAP.search(name), bool(_OTHER_SITEMAP.search(name)), newness or "\U0010ffff"


def _pages(site: _Site) -> Iterator[Wish | None]:
    pages = [document for document in site.done if document.wish.kind is Kind.PAGE]
    if (
        sum(same(page.wish.url) not in site.doors for page in pages) >= _MOST_PAGES
        or _newest_age(site) <= STALE_SECONDS
    ):
        return
    lists, articles = _links(site, [site.home, *filter(came, pages)])
    for address in [*lists[: _MOST_PAGES - 1], *articles, *lists]:
        yield site.wish(address, Kind.PAGE)


def _newest_age(site: _Site) -> float:
    judged = judge(site.done, _UTC, Stamps())
    strong = [each for each in judged.publications if each.source is not Source.LAST_MODIFIED]
    return site.home.fetched_at - strong[0].published_at if strong else float("inf")


def _links(site: _Site, pages: Sequence[Document]) -> tuple[list[str], list[str]]:
    """Return the addresses on the pages that look like lists of articles, the likeliest first, and like articles."""
    lists: dict[str, int] = {}
    articles: dict[str, None] = {}
    for page in pages:
        tree = site.tree if page is site.home else parsed(decoded(page))
        for node in tree.css("a[href]")[:2000]:
            address = joined(page.url, node.attributes.get("href") or "")
            if (
                address is None
                or host_of(address) not in site.hosts
                or is_root(address)
                or is_file(address)
                or _NEVER.search(address)
            ):
                continue
            text = " ".join((node.text() or "").split())[:200]
            path = urlsplit(address).path + "?" + urlsplit(address).query
            if _ARTICLE.search(path) or len(text.split()) >= _TITLE_WORDS:
                articles.setdefault(address)
            elif (page is site.home or same(page.wish.url) in site.doors) and _LIST.search(f"{path} {text}"):
                lists.setdefault(address, 2 * bool(_FIRST.search(path)) + bool(_FIRST.search(text)))
    return sorted(lists, key=lambda each: -lists[each]), list(articles)
