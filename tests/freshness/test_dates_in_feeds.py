"""Feeds and WordPress's posts: dates of entries only, the site's own, whatever the feed's state."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pages_of_sites import HOME, ZONE, document, judged, local, newest, page, refusals

from exporter.freshness.document import Kind
from exporter.freshness.feeds import FEED_BYTES, feed_finds
from exporter.website import Publication, Source


def item(date: str, path: str = "berita/1", host: str = HOME) -> str:
    return f"<item><title>Judul</title><link>{host}{path}</link>{date}</item>"


def rss(*items: str, head: str = "") -> str:
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>Dinas</title>{head}{"".join(items)}</channel></rss>'
    )


def dated(written: str, path: str = "berita/1") -> str:
    return item(f"<pubDate>{written}</pubDate>", path)


def test_an_entry_is_a_publication_with_its_link() -> None:
    feed = document(Kind.FEED, rss(dated("Wed, 18 Nov 2026 08:30:00 +0700")), "feed/")
    assert judged(page(""), feed).publications == (
        Publication(1_794_965_400, False, Source.FEED, int(feed.fetched_at), f"{HOME}berita/1"),
    )


def test_what_the_feed_says_of_itself_is_no_publication() -> None:
    now = "Fri, 20 Nov 2026 08:00:00 +0700"
    head = f"<lastBuildDate>{now}</lastBuildDate><pubDate>{now}</pubDate>"
    assert (
        newest(page(""), document(Kind.FEED, rss(dated("Mon, 3 Mar 2025 08:00:00 +0700"), head=head)))
        == "2025-03-03 08:00"
    )


@pytest.mark.parametrize(
    "date",
    [
        "<pubDate>Wed, 18 Nov 2026 08:30:00</pubDate>",
        "<pubDate>Rab, 18 Nop 2026 08:30:00 +0700</pubDate>",
        "<pubDate>2026-11-18 08:30:00</pubDate>",
        '<dc:date xmlns:dc="http://purl.org/dc/elements/1.1/">2026-11-18T08:30:00+07:00</dc:date>',
    ],
)
def test_a_date_in_another_spelling_is_the_sites_local_time(date: str) -> None:
    assert newest(page(""), document(Kind.FEED, rss(item(date)))) == "2026-11-18 08:30"


def test_an_atom_entry_counts_by_its_publication_before_its_update() -> None:
    entry = (
        f'<entry><title>J</title><link href="{HOME}a"/><updated>2026-11-19T01:00:00Z</updated>'
        "<published>2026-11-18T01:00:00Z</published></entry>"
    )
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom"><updated>2026-11-20T01:30:00Z</updated>{entry}</feed>'
    assert newest(page(""), document(Kind.FEED, feed)) == "2026-11-18 08:00"


def test_a_broken_feed_gives_what_can_be_read() -> None:
    broken = (
        rss(dated("Wed, 18 Nov 2026 08:30:00 +0700"))
        .replace("Judul", "Judul & <b>lain")
        .removesuffix("</channel></rss>")
    )
    assert newest(page(""), document(Kind.FEED, broken)) == "2026-11-18 08:30"


@pytest.mark.parametrize("body", ["", "<html><body>Tidak ditemukan</body></html>", "\x00\xff", "<rss>" * 2000])
def test_what_is_no_feed_gives_nothing(body: str) -> None:
    assert judged(page(""), document(Kind.FEED, body)).candidates == ()


def test_entries_of_another_site_are_refused() -> None:
    feed = rss(item("<pubDate>Fri, 20 Nov 2026 07:00:00 +0700</pubDate>", host="https://kabar.example/"))
    assert refusals(page(""), document(Kind.FEED, feed)) == ["of another site"]


def test_a_body_that_names_a_file_is_not_opened(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_text(rss(dated("Wed, 18 Nov 2026 08:30:00 +0700")))
    assert judged(page(""), document(Kind.FEED, str(file))).candidates == ()


def test_the_beginning_of_a_long_feed_is_judged_up_to_a_whole_entry() -> None:
    many = rss(*(dated("Wed, 18 Nov 2026 08:30:00 +0700", f"berita/{number}") for number in range(2200)))
    assert len(many) > FEED_BYTES
    finds = list(feed_finds(document(Kind.FEED, many), frozenset({"dinas.example"}), ZONE))
    assert {local(find.moment.at) for find in finds} == {"2026-11-18 08:30"}


def test_a_scheduled_entry_is_refused_and_the_one_before_it_counts() -> None:
    feed = rss(dated("Wed, 25 Nov 2026 08:30:00 +0700", "a"), dated("Tue, 17 Nov 2026 08:30:00 +0700", "b"))
    assert newest(page(""), document(Kind.FEED, feed)) == "2026-11-17 08:30"


def test_local_time_that_is_marked_as_utc_is_put_right_where_it_would_be_the_future() -> None:
    assert newest(page(""), document(Kind.FEED, rss(dated("Fri, 20 Nov 2026 08:30:00 +0000")))) == "2026-11-20 08:30"


def test_a_post_counts_by_its_instant_in_utc() -> None:
    posts = [{"date_gmt": "2026-11-18T01:30:00", "date": "2026-11-18T08:30:00", "link": f"{HOME}a"}]
    found = judged(page(""), document(Kind.POSTS, json.dumps(posts))).publications
    assert [(local(each.published_at), each.source, each.address) for each in found] == [
        ("2026-11-18 08:30", Source.POSTS, f"{HOME}a")
    ]


def test_a_post_without_an_instant_in_utc_counts_by_local_time() -> None:
    posts = [{"date_gmt": "0000-00-00T00:00:00", "date": "2026-11-18T08:30:00"}]
    assert newest(page(""), document(Kind.POSTS, json.dumps(posts))) == "2026-11-18 08:30"


@pytest.mark.parametrize("body", ['{"code":"rest_forbidden"}', "[1, null]", "[" * 100_000, "<html>", '[{"date": 7}]'])
def test_an_answer_that_is_no_list_of_posts_gives_nothing(body: str) -> None:
    assert judged(page(""), document(Kind.POSTS, body)).candidates == ()


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ("<rss><channel><item><title>&#x110000;</title><pubDate>&#99999999;</pubDate></item></channel></rss>", {}),
        ("<rss><channel><item/></channel></rss>\u00ff", {"content-type": "text/xml; charset=punycode"}),
        ("<rss><channel><item/></channel></rss>", {"content-type": "text/xml; charset=hex"}),
        ("<rss><channel><item/></channel></rss>", {"content-type": "text/xml; charset=idna"}),
    ],
)
def test_what_the_parser_of_feeds_stumbles_over_gives_nothing(body: str, headers: dict[str, str]) -> None:
    assert judged(document(Kind.FEED, body, "feed/", headers)).publications == ()
