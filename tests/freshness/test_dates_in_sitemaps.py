"""Sitemaps: plain, of news, indexes, packed; hostile ones cost little."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest
from pages_of_sites import HOME, document, judged, local, newest, page, refusals

from exporter.freshness.document import Kind
from exporter.freshness.sitemap import MOST_ENTRIES, UNPACKED_BYTES, Entry, entries, unpacked

SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def url(path: str, modified: str) -> str:
    return f"<url><loc>{HOME}{path}</loc><lastmod>{modified}</lastmod></url>"


def sitemap(*urls: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset {SPACE}>{"".join(urls)}</urlset>'


ONE = sitemap(url("berita/1", "2026-11-18T08:30:00+07:00"))


def bomb(beginning: bytes, mebibytes: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    spaces = b" " * 2**20
    return packer.compress(beginning) + b"".join(packer.compress(spaces) for _ in range(mebibytes)) + packer.flush()


@pytest.mark.parametrize(
    "body", [ONE.encode(), gzip.compress(ONE.encode()), gzip.compress(gzip.compress(ONE.encode()))]
)
def test_a_page_counts_when_it_was_modified_however_the_file_is_packed(body: bytes) -> None:
    assert newest(page(""), document(Kind.SITEMAP, body, "sitemap.xml.gz")) == "2026-11-18 08:30"


def test_a_day_without_a_time_is_a_day() -> None:
    found = judged(page(""), document(Kind.SITEMAP, sitemap(url("a", "2026-11-18")))).publications
    assert [(local(each.published_at), each.is_day_only) for each in found] == [("2026-11-18 00:00", True)]


def test_news_count_by_their_publication() -> None:
    news = (
        f"<url><loc>{HOME}a</loc><news:news><news:publication_date>2026-11-17T08:00:00+07:00</news:publication_date>"
        "</news:news><lastmod>2026-11-19T08:00:00+07:00</lastmod></url>"
    )
    space = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    body = f"<urlset {SPACE} {space}>{news}</urlset>"
    assert newest(page(""), document(Kind.SITEMAP, body)) == "2026-11-17 08:00"


def test_an_index_names_sitemaps_and_dates_nothing() -> None:
    child = f"<sitemap><loc>{HOME}post.xml</loc><lastmod>2026-11-19</lastmod></sitemap>"
    index = f"<sitemapindex {SPACE}>{child}</sitemapindex>"
    asked = document(Kind.SITEMAP, index)
    assert entries(asked) == [Entry(f"{HOME}post.xml", "2026-11-19", is_sitemap=True)]
    assert judged(page(""), asked).candidates == ()


def test_the_home_page_and_other_sites_do_not_count() -> None:
    other = "<url><loc>https://lain.example/a</loc><lastmod>2026-11-19</lastmod></url>"
    assert refusals(page(""), document(Kind.SITEMAP, sitemap(url("", "2026-11-19"), other))) == [
        "of another site",
        "the home page's, which changes with anything",
    ]


def test_what_stands_before_the_file_or_is_cut_off_after_it_does_no_harm() -> None:
    broken = "\n<br />Warning: x\n" + ONE.replace("</urlset>", "<url><loc>a & b")
    assert newest(page(""), document(Kind.SITEMAP, broken)) == "2026-11-18 08:30"


def test_a_file_that_declares_entities_is_refused_whole() -> None:
    bad = f'<!DOCTYPE urlset [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><urlset>{url("berita", "2026-11-18")}&b;</urlset>'
    assert entries(document(Kind.SITEMAP, bad)) == []


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"\x1f\x8bkosong", b"<urlset>" + b"<a>" * 5000])
def test_what_is_no_sitemap_lists_nothing(body: bytes) -> None:
    assert entries(document(Kind.SITEMAP, body)) == []


def test_of_a_file_that_unpacks_to_far_more_only_the_beginning_is_unpacked() -> None:
    packed = bomb(ONE.removesuffix("</urlset>").encode(), 40)
    for each in (packed, gzip.compress(packed)):
        tracemalloc.start()
        found = newest(page(""), document(Kind.SITEMAP, each))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert found == "2026-11-18 08:30"
        assert most < 10 * UNPACKED_BYTES


def test_a_bomb_is_cut_at_the_bound() -> None:
    assert len(unpacked(bomb(b"", 8))) == UNPACKED_BYTES


def test_a_long_sitemap_is_judged_by_its_first_entries() -> None:
    many = sitemap(*(url(f"berita/{number}", "2026-11-18") for number in range(MOST_ENTRIES + 50)))
    assert len(entries(document(Kind.SITEMAP, many))) == MOST_ENTRIES


@pytest.mark.parametrize("modified", ["2026-11-19T22:14:07+07:00", "2026-11-19", "2026-11-20"])
def test_a_stamp_that_most_addresses_share_is_the_builds(modified: str) -> None:
    built = sitemap(*(url(f"berita/{number}", modified) for number in range(20)))
    assert refusals(page(""), document(Kind.SITEMAP, built)) == ["the same for most"]


def test_beside_many_equal_stamps_one_of_its_own_counts() -> None:
    built = sitemap(*(url(f"profil/{number}", "2024-02-01") for number in range(20)), url("berita/1", "2026-11-18"))
    assert newest(page(""), document(Kind.SITEMAP, built)) == "2026-11-18 00:00"


def test_an_address_that_is_none_is_refused() -> None:
    body = "<urlset><url><loc>http://[x</loc><lastmod>2026-11-18</lastmod></url></urlset>"
    assert refusals(page(""), document(Kind.SITEMAP, body)) == ["of another site"]
