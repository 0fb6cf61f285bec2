"""A healthy website's documents, in the manner of the program that makes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from html import escape

from exporter.lab.sites import feeds, layout
from exporter.lab.sites.answers import Answer, Documents, html
from exporter.lab.sites.conditions import Manner
from exporter.lab.sites.content import Article, Content, day_of

Path = Callable[[Article], str]
Date = Callable[[Article], str]
CLOCK = "<!-- jam -->"
"""Stands in a page where the time of the request belongs."""
_STATE = 'id="__NEXT_DATA__" type="application/json"'

_PROGRAM = """\
const shown = JSON.parse(document.getElementById("__NEXT_DATA__").textContent).props.pageProps;
const root = document.getElementById("root");
const add = (tag, text) => root.appendChild(document.createElement(tag)).append(text);
add("h1", shown.office);
for (const post of shown.posts) {
  add("h2", post.title);
  add("p", new Date(post.publishedAt).toLocaleDateString("id-ID", {dateStyle: "full"}));
}
"""


def documents(content: Content, manner: Manner) -> Documents:
    """Return what a healthy website answers at each path."""
    return _BY_MANNER[manner](content)


def missing(content: Content) -> Answer:
    """Return what it answers at any other path."""
    main = "<article><h2>Halaman tidak ditemukan</h2><p>Alamat yang diminta tidak ada di situs ini.</p></article>"
    return html(layout.page(content, f"Tidak ditemukan - {content.office}", main), 404)


def robots(content: Content, sitemap: str | None, closed: str | None = None) -> Answer:
    """Return a robots.txt (RFC 9309) that names a sitemap and closes a path."""
    lines = ["User-agent: *", f"Disallow: {closed or ''}".rstrip()]
    if sitemap is not None:
        lines += ["", f"Sitemap: {content.url}{sitemap}"]
    return Answer("\n".join([*lines, ""]).encode(), type="text/plain; charset=utf-8")


def _pages(content: Content, path: Path, date: Date, head: str = "", foot: str = "") -> dict[str, Answer]:
    """Return the front page, and each article's own."""
    listed = layout.listed((article, path(article), date(article)) for article in content.articles)
    front = layout.page(content, content.office, f"{layout.welcome(content)}\n{listed}", head, foot)
    own = {
        path(article): html(layout.page(content, article.title, layout.alone(article, date(article)), head, foot))
        for article in content.articles
    }
    return {"/": html(front), **own}


def _wordpress(content: Content) -> Documents:
    def path(article: Article) -> str:
        return f"/{article.at:%Y/%m/%d}/{article.slug}/"

    def date(article: Article) -> str:
        return f'<time class="entry-date published" datetime="{article.at.isoformat()}">{day_of(article.at)}</time>'

    head = (
        '<meta name="generator" content="WordPress 6.8.3">\n'
        f'<link rel="alternate" type="application/rss+xml" title="Berita" href="{content.url}/feed/">\n'
        f'<link rel="https://api.w.org/" href="{content.url}/wp-json/">'
    )
    items = [(article, path(article)) for article in content.articles]
    stamps = [(path(article), article.at) for article in content.articles]
    return _pages(content, path, date, head) | {
        "/robots.txt": robots(content, "/wp-sitemap.xml", "/wp-admin/"),
        "/feed/": feeds.rss(content, items),
        "/wp-json/wp/v2/posts": feeds.posts(content, items),
        "/wp-sitemap.xml": feeds.sitemap_index(content, ["/wp-sitemap-posts-post-1.xml"]),
        "/wp-sitemap-posts-post-1.xml": feeds.sitemap(content, stamps),
    }


def _joomla(content: Content) -> Documents:
    def path(article: Article) -> str:
        return f"/index.php/berita/{article.number}-{article.slug}"

    def date(article: Article) -> str:
        return (
            f'<dl class="article-info"><dd class="published">Diterbitkan: <time datetime="{article.at.isoformat()}" '
            f'itemprop="datePublished">{day_of(article.at)}</time></dd></dl>'
        )

    feed = "/index.php?format=feed&type=rss"
    head = (
        '<meta name="generator" content="Joomla! - Open Source Content Management">\n'
        f'<link href="{escape(feed)}" rel="alternate" type="application/rss+xml" title="RSS 2.0">'
    )
    pages = _pages(content, path, date, head, _agenda(content))
    items = [(article, path(article)) for article in content.articles]
    return pages | {
        "/index.php": pages["/"],
        "/robots.txt": robots(content, None, "/administrator/"),
        feed: feeds.rss(content, items),
    }


def _agenda(content: Content) -> str:
    """Return a calendar of what is still to come: no date of it is a publication's."""
    events = ((3, "Rapat staf"), (12, "Upacara bulanan"), (40, "Musyawarah tahunan"))
    rows = "".join(f"<li>{day_of(content.now + timedelta(days=days))}: {name}</li>" for days, name in events)
    return f'<section class="agenda"><h3>Agenda</h3><ul>{rows}</ul></section>'


def _drupal(content: Content) -> Documents:
    def path(article: Article) -> str:
        return f"/berita/{article.slug}"

    def date(article: Article) -> str:
        return f'<span class="submitted">{article.day} <time datetime="{article.at.isoformat()}"></time></span>'

    head = (
        '<meta name="Generator" content="Drupal 10 (https://www.drupal.org)">\n'
        '<link rel="alternate" type="application/rss+xml" title="Berita" href="/rss.xml">'
    )
    items = [(article, path(article)) for article in content.articles]
    pages = _pages(content, path, date, head)
    for article in content.articles:
        structured = _script(json.dumps({"@context": "https://schema.org", **_structured(content, article, path)}))
        page = layout.page(content, article.title, layout.alone(article, date(article)), f"{head}\n{structured}")
        pages[path(article)] = html(page)
    stamps = [(path(article), article.at) for article in content.articles]
    return pages | {
        "/robots.txt": robots(content, "/sitemap.xml", "/admin/"),
        "/rss.xml": feeds.rss(content, items),
        "/sitemap.xml": feeds.sitemap(content, [("/", None), *stamps]),
    }


def _structured(content: Content, article: Article, path: Path) -> dict[str, str]:
    return {
        "@type": "NewsArticle",
        "headline": article.title,
        "datePublished": article.at.isoformat(),
        "url": f"{content.url}{path(article)}",
    }


def _script(text: str, attributes: str = 'type="application/ld+json"') -> str:
    safe = text.replace("</", r"<\/")
    return f"<script {attributes}>{safe}</script>"


def _hand_made(content: Content) -> Documents:
    """Return documents whose dates stand in the text alone, beside the day of today in the foot."""

    def path(article: Article) -> str:
        return f"/berita.php?id={article.number}"

    def date(article: Article) -> str:
        return f'<p class="tanggal">{article.day}</p>'

    return _pages(content, path, date, foot=f'<p id="jam">{CLOCK}</p>')


def _single_page(content: Content) -> Documents:
    """Return a page that a program of the browser fills, with its news as data."""

    def path(article: Article) -> str:
        return f"/#/berita/{article.slug}"

    news = [{"title": item.title, "slug": item.slug, "publishedAt": item.at.isoformat()} for item in content.articles]
    state = json.dumps({"props": {"pageProps": {"office": content.office, "posts": news}}})
    blog = {
        "@context": "https://schema.org",
        "@type": "Blog",
        "name": content.office,
        "blogPost": [_structured(content, article, path) for article in content.articles],
    }
    name = escape(content.office)
    text = (
        f'<!DOCTYPE html>\n<html lang="id"><head><meta charset="utf-8"><title>{name}</title>\n'
        f'<meta name="description" content="Berita dan layanan {name} bagi warga.">\n{_script(json.dumps(blog))}\n'
        f'</head>\n<body><noscript>Situs {name} memerlukan JavaScript.</noscript><div id="root"></div>\n'
        f"{_script(state, _STATE)}\n"
        '<script src="/assets/app.js" defer></script></body></html>\n'
    )
    return {"/": html(text), "/assets/app.js": Answer(_PROGRAM.encode(), type="text/javascript; charset=utf-8")}


_BY_MANNER: Mapping[Manner, Callable[[Content], Documents]] = {
    Manner.WORDPRESS: _wordpress,
    Manner.JOOMLA: _joomla,
    Manner.DRUPAL: _drupal,
    Manner.HAND_MADE: _hand_made,
    Manner.SINGLE_PAGE: _single_page,
}
