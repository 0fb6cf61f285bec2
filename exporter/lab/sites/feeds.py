"""Feeds, sitemaps and the posts of WordPress, as their programs write them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

from exporter.lab.sites.answers import XML, Answer
from exporter.lab.sites.content import Article, Content

_RSS = "application/rss+xml; charset=utf-8"
_SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"
_ENTITY_LEVELS = 10
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def rss(content: Content, items: Iterable[tuple[Article, str]]) -> Answer:
    """Return a feed (RSS 2.0) of articles, each with its path; it says that it was built just now, as most do."""
    entries = "".join(
        f"<item><title>{escape(article.title)}</title><link>{content.url}{escape(path)}</link>"
        f"<pubDate>{format_datetime(article.at)}</pubDate><guid>{content.url}{escape(path)}</guid>"
        f"<description>{escape(article.summary)}</description></item>\n"
        for article, path in items
    )
    text = (
        f'{_XML}<rss version="2.0"><channel><title>{escape(content.office)}</title><link>{content.url}/</link>'
        f"<description>Berita</description><lastBuildDate>{format_datetime(content.now)}</lastBuildDate>\n"
        f"{entries}</channel></rss>\n"
    )
    return Answer(text.encode(), type=_RSS)


def bomb(content: Content) -> Answer:
    """Return a feed whose title is ten thousand million words once its entities are put in."""
    name, entities = "kata", '<!ENTITY kata0 "kata ">\n'
    for level in range(1, _ENTITY_LEVELS + 1):
        entities += f'<!ENTITY {name}{level} "{f"&{name}{level - 1};" * 10}">\n'
    title = f"{escape(content.office)} &{name}{_ENTITY_LEVELS};"
    text = f'{_XML}<!DOCTYPE rss [\n{entities}]>\n<rss version="2.0"><channel><title>{title}</title></channel></rss>\n'
    return Answer(text.encode(), type=_RSS)


def sitemap(content: Content, entries: Iterable[tuple[str, datetime | None]]) -> Answer:
    """Return a sitemap of paths, with the instants of their last changes."""
    urls = "".join(f"<url><loc>{content.url}{escape(path)}</loc>{_lastmod(at)}</url>\n" for path, at in entries)
    return Answer(f'{_XML}<urlset xmlns="{_SITEMAPS}">\n{urls}</urlset>\n'.encode(), type=XML)


def sitemap_index(content: Content, paths: Iterable[str]) -> Answer:
    """Return an index of sitemaps."""
    maps = "".join(f"<sitemap><loc>{content.url}{escape(path)}</loc></sitemap>\n" for path in paths)
    return Answer(f'{_XML}<sitemapindex xmlns="{_SITEMAPS}">\n{maps}</sitemapindex>\n'.encode(), type=XML)


def posts(content: Content, items: Iterable[tuple[Article, str]]) -> Answer:
    """Return articles as WordPress's REST API does, each with its path."""
    found = [
        {
            "id": article.number,
            "date": article.at.replace(tzinfo=None).isoformat(),
            "date_gmt": article.at.astimezone(UTC).replace(tzinfo=None).isoformat(),
            "slug": article.slug,
            "status": "publish",
            "type": "post",
            "link": f"{content.url}{path}",
            "title": {"rendered": article.title},
        }
        for article, path in items
    ]
    return Answer(json.dumps(found).encode(), type="application/json; charset=UTF-8")


def _lastmod(at: datetime | None) -> str:
    return "" if at is None else f"<lastmod>{at.isoformat(timespec='seconds')}</lastmod>"
