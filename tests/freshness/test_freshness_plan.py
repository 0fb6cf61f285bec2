"""Which document is asked for next: few, the site's own, and enough to find what is newest."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from pages_of_sites import HOME, NOW, OLD_ITEM, at

from exporter.freshness.document import Document, Kind, Wish
from exporter.freshness.plan import MOST_DOCUMENTS, next_wish

GONE = (404, "")
FRESH = "Fri, 20 Nov 2026 06:00:00 +0700"
STALE = "Tue, 1 Jan 2019 08:00:00 +0700"


def feed(written: str) -> tuple[int, str]:
    return 200, f"<rss><channel><item><link>{HOME}b</link><pubDate>{written}</pubDate></item></channel></rss>"


def sitemap(*rows: tuple[str, str], kind: str = "url") -> tuple[int, str]:
    name = "sitemapindex" if kind == "sitemap" else "urlset"
    urls = "".join(f"<{kind}><loc>{HOME}{path}</loc><lastmod>{modified}</lastmod></{kind}>" for path, modified in rows)
    return 200, f"<{name}>{urls}</{name}>"


def asked(home: str, answers: Mapping[str, tuple[int, str]] | None = None, sitemaps: tuple[str, ...] = ()) -> list[str]:
    """Return what is asked for after the home page, by kind and by path, until there is enough."""
    answers, done = answers or {}, [Document(Wish(HOME, Kind.HOME), HOME, 200, {}, home.encode(), NOW)]
    while (wish := next_wish(HOME, done, sitemaps)) is not None:
        status, body = answers.get(wish.url.removeprefix(HOME), GONE)
        done.append(Document(wish, wish.url, status, {}, body.encode(), NOW))
        assert len(done) <= MOST_DOCUMENTS
    return [f"{each.wish.kind.value} {each.wish.url.removeprefix(HOME)}" for each in done[1:]]


def test_the_home_page_comes_first() -> None:
    assert next_wish(HOME, [], ()) == Wish(HOME, Kind.HOME)


@pytest.mark.parametrize("status", [None, 403, 404, 500])
def test_without_the_home_page_nothing_more_is_asked(status: int | None) -> None:
    assert next_wish(HOME, [Document(Wish(HOME, Kind.HOME), HOME, status, {}, b"", NOW)], ()) is None


def test_a_linked_feed_with_news_is_enough() -> None:
    home = '<link rel="alternate" type="application/rss+xml" href="/umpan.xml"><a href="/berita">Berita</a>'
    assert asked(home, {"umpan.xml": feed(FRESH)}) == ["feed umpan.xml"]


def test_feeds_of_comments_and_of_other_sites_are_not_asked_for() -> None:
    home = "".join(
        f'<link rel="alternate" type="application/rss+xml" href="{href}">'
        for href in ("/comments/feed/", "https://lain.example/feed", "javascript:x", "/feed/")
    )
    assert asked(home, {"feed/": feed(FRESH)}) == ["feed feed/"]


@pytest.mark.parametrize(
    ("home", "first"),
    [
        ('<meta name="generator" content="WordPress 6.5">', "feed feed/"),
        ('<img src="/wp-content/logo.png">', "feed feed/"),
        ('<meta name="Generator" content="Joomla! - Open Source">', "feed ?format=feed&type=rss"),
        ('<meta name="Generator" content="Drupal 10">', "feed rss.xml"),
        ('<meta content="blogger" name="generator">', "feed feeds/posts/default"),
        ("<p>Buatan sendiri</p>", "feed feed/"),
    ],
)
def test_feeds_are_guessed_by_what_the_site_is_made_with(home: str, first: str) -> None:
    assert asked(home)[0] == first


def test_wordpress_is_asked_for_its_posts_where_the_feed_stands_still() -> None:
    home = '<link rel="https://api.w.org/" href="/portal/wp-json/"><img src="/wp-content/a.png">'
    posts = "portal/wp-json/wp/v2/posts?per_page=20&_fields=date_gmt,date,link"
    answers = {"feed/": feed(STALE), posts: (200, '[{"date_gmt": "2026-11-20T01:00:00"}]')}
    assert asked(home, answers) == ["feed feed/", f"posts {posts}"]


def test_sitemaps_of_robots_txt_come_before_the_usual_places() -> None:
    answers = {"peta.xml": sitemap(("a", "2026-11-18"), ("b", "2026-11-12"))}
    assert "sitemap peta.xml" in (steps := asked("", answers, (f"{HOME}peta.xml",)))
    assert "sitemap sitemap.xml" not in steps


def test_of_an_index_two_sitemaps_are_asked_for_those_of_posts_first() -> None:
    rows = [
        ("page-sitemap.xml", "2026-11-19"),
        ("post-sitemap.xml", "2026-01-01"),
        ("lain.xml", "2026-02-01"),
        ("x.xml", ""),
    ]
    steps = [each for each in asked("", {"sitemap.xml": sitemap(*rows, kind="sitemap")}) if each.startswith("sitemap")]
    assert steps == ["sitemap sitemap.xml", "sitemap post-sitemap.xml", "sitemap lain.xml"]


def test_without_a_date_lists_of_news_and_articles_are_looked_at() -> None:
    home = (
        '<a href="/profil">Profil</a><a href="/agenda">Agenda</a><a href="/berita">Berita</a>'
        '<a href="/galeri">Galeri</a>'
        '<a href="https://lain.example/berita">Berita</a><a href="/berkas/berita.pdf">Berita</a>'
        '<a href="/warga-desa-panen-raya-padi">Warga Desa Panen Raya Padi</a>'
    )
    steps = [each for each in asked(home) if each.startswith("page")]
    assert steps == ["page berita", "page warga-desa-panen-raya-padi"]


def test_with_news_on_the_home_page_no_lists_are_looked_at() -> None:
    item = OLD_ITEM.replace("3 Maret 2025", "18 November 2026")
    assert not [each for each in asked(f'{item}<a href="/berita">Berita</a>') if each.startswith("page")]


@pytest.mark.parametrize(
    "home",
    ['<frameset><frame src="isi.html"></frameset>', '<meta http-equiv="Refresh" content="0; URL=isi.html">'],
)
def test_what_a_home_page_leads_on_to_by_itself_comes_first(home: str) -> None:
    behind = '<link rel="alternate" type="application/rss+xml" href="/umpan">'
    assert asked(home, {"isi.html": (200, behind), "umpan": feed(FRESH)}) == ["page isi.html", "feed umpan"]


def test_the_site_may_have_moved_to_another_host() -> None:
    there = "https://www.dinas-baru.example/"
    body = b'<link type="application/rss+xml" href="/umpan"><link type="application/rss+xml" href="https://dinas.example/x">'
    home = Document(Wish(HOME, Kind.HOME), there, 200, {}, body, NOW)
    assert next_wish(HOME, [home], ()) == Wish(f"{there}umpan", Kind.FEED)


def endless(path: str) -> tuple[int, str]:
    links = "".join(f'<a href="/{path}-{each}-berita-dinas-kita-semua">Berita {each}</a>' for each in range(9))
    return 200, f'<link type="application/rss+xml" href="/{path}/rss.xml">{links}'


@pytest.mark.parametrize(
    "answer", [lambda _: GONE, endless, lambda _: feed(STALE), lambda path: sitemap((path + "x", ""), kind="sitemap")]
)
def test_whatever_comes_it_ends_after_few_documents(answer: Callable[[str], tuple[int, str]]) -> None:
    done = [Document(Wish(HOME, Kind.HOME), HOME, 200, {}, endless("a")[1].encode(), NOW)]
    while (wish := next_wish(HOME, done, [f"{HOME}s{each}.xml" for each in range(9)])) is not None:
        status, body = answer(wish.url.removeprefix(HOME))
        done.append(Document(wish, wish.url, status, {}, body.encode(), NOW))
    assert len(done) <= MOST_DOCUMENTS
    assert len({each.wish.url for each in done}) == len(done)


def test_the_clock_of_these_tests_is_the_look() -> None:
    assert at("2026-11-20 09:00") == NOW
