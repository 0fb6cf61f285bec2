from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from corpus_sites import CORPUS, CorpusLook, CorpusSite, sites

LOCAL = ZoneInfo("Asia/Jakarta")
SHARE_ASLEEP = 0.2
# Names of schemas, and a generator's own: nothing is ever asked of them.
SPOKEN_OF = frozenset(
    {
        *("www.w3.org", "purl.org", "schema.org", "www.sitemaps.org", "ogp.me", "gohugo.io", "wordpress.org"),
        *("www.drupal.org", "drupal.org", "api.w.org", "www.google.com", "www.blogger.com"),
    }
)


@cache
def corpus() -> tuple[CorpusSite, ...]:
    return tuple(sites())


def named(name: str) -> CorpusSite:
    return next(site for site in corpus() if site.name == name)


def _day(look: CorpusLook) -> datetime:
    return datetime.fromtimestamp(look.at, LOCAL)


def test_there_are_sixty_six_sites_in_many_manners() -> None:
    manners = Counter(site.manner for site in corpus())

    assert (len(corpus()) >= 66, len(manners) >= 12, max(manners.values()) <= len(corpus()) / 4) == (True, True, True)


def test_a_fifth_of_the_sites_is_asleep_or_says_nothing_of_its_last_update() -> None:
    old = [site for site in corpus() if not site.newest or _day(site.looks[-1]).date() - site.newest > timedelta(93)]

    assert len(old) >= SHARE_ASLEEP * len(corpus())


def test_no_site_was_updated_after_it_was_looked_at() -> None:
    assert [site.name for site in corpus() if site.newest and site.newest > _day(site.looks[-1]).date()] == []


def test_looks_are_in_order_of_time_and_each_shows_the_front_page_or_leads_on() -> None:
    for site in corpus():
        assert list(site.looks) == sorted(site.looks, key=lambda look: look.at), site.name
        assert {look.answer(site.url).status for look in site.looks} <= {200, 301}, site.name


def test_every_file_of_a_site_is_an_answer_of_it() -> None:
    for folder in CORPUS.iterdir():
        looks = json.loads((folder / "site.json").read_text(encoding="utf-8"))["looks"]
        rows = [row for look in looks for row in look["answers"]]
        used = {row.get("file") or row.get("gzip_of") for row in rows} - {None}
        assert used == {file.name for file in folder.iterdir()} - {"site.json"}, folder.name


def test_no_page_names_a_host_that_is_not_made_up() -> None:
    hosts = {
        host.decode()
        for file in CORPUS.rglob("*")
        if file.is_file()
        for host in re.findall(rb"https?:\\?/\\?/([A-Za-z0-9.-]+)", file.read_bytes())
    }

    assert {host for host in hosts - SPOKEN_OF if not host.endswith(".example")} == set()


def test_the_corpus_stays_below_two_megabytes() -> None:
    assert sum(file.stat().st_size for file in CORPUS.rglob("*") if file.is_file()) < 2_000_000


def test_what_is_not_listed_is_not_found() -> None:
    site = named("kecamatan-kopo")

    status, headers, body = site.looks[0].answer(site.url + "tak-ada")

    assert (status, headers["content-type"], b"Tidak ditemukan" in body) == (404, "text/html; charset=utf-8", True)


@pytest.mark.parametrize("spelled", ["https://kesehatan-ciruas.example", "https://kesehatan-ciruas.example/#isi"])
def test_an_address_without_its_slash_or_with_a_fragment_is_the_same(spelled: str) -> None:
    look = named("kesehatan-ciruas").looks[0]

    assert look.answer(spelled) == look.answer("https://kesehatan-ciruas.example/")


def test_an_answer_for_any_query_is_given_for_one_and_others_are_not() -> None:
    look = named("kesehatan-ciruas").looks[0]

    posts = look.answer("https://kesehatan-ciruas.example/wp-json/wp/v2/posts?per_page=5")
    home = look.answer("https://kesehatan-ciruas.example/?s=puskesmas")

    assert (posts.status, len(json.loads(posts.body)), home.status) == (200, 5, 404)


def test_a_packed_sitemap_comes_packed() -> None:
    answer = named("radio-suara-serang").looks[0].answer("https://radio-suara-serang.example/peta/index.xml.gz")

    assert answer.body[:2] == b"\x1f\x8b"
    assert gzip.decompress(answer.body) == (CORPUS / "radio-suara-serang" / "peta-index.xml").read_bytes()


def test_a_redirect_is_told_and_not_followed() -> None:
    answer = named("sosial-kragilan").looks[0].answer("https://sosial-kragilan.example/sitemap.xml")

    assert (answer.status, answer.body) == (301, b"")
    assert answer.headers["location"] == "https://sosial-kragilan.example/sitemap_index.xml"


def test_a_stamp_that_follows_the_clock_differs_between_two_looks() -> None:
    site = named("sitemap-sekarang")

    stamps = [look.answer(site.url + "sitemap.xml").body.count(_stamp(look)) for look in site.looks]

    assert stamps == [20, 20]


def _stamp(look: CorpusLook) -> bytes:
    return datetime.fromtimestamp(look.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
