"""The lab's websites as they answer: their faults, their traps, and the dates of healthy ones."""

from __future__ import annotations

import http.client
import json
import re
import zlib
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from sites_asked import (
    HOST,
    LONG_SECONDS,
    OFFICE,
    ask,
    newest_day,
    published,
)

from exporter.lab.sites.conditions import Condition, Kind, Manner
from exporter.lab.sites.content import weekday_of
from exporter.lab.sites.process import Websites


def test_each_website_answers_under_its_name_and_www_before_it(sites: Websites) -> None:
    for host in (HOST, f"www.{HOST}"):
        said = ask(sites, host=host)
        assert (said.status, "<h1>Dinas Kesehatan</h1>" in said.text) == (200, True)


def test_port_80_leads_to_the_same_page_over_tls(sites: Websites) -> None:
    assert sites
    connection = http.client.HTTPConnection(HOST, timeout=LONG_SECONDS)
    with closing(connection):
        connection.request("GET", "/berita?id=2")
        answer = connection.getresponse()
        assert (answer.status, answer.headers["Location"]) == (301, f"https://{HOST}/berita?id=2")


def test_a_path_that_is_not_there_is_a_404(sites: Websites) -> None:
    assert ask(sites, "/tidak-ada").status == 404


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        (Kind.HTTP_404, 404, "Halaman tidak ditemukan"),
        (Kind.HTTP_500, 500, "Internal Server Error"),
        (Kind.HTTP_503, 503, "Service Unavailable"),
        (Kind.PARKED, 200, "This domain is parked."),
        (Kind.SUSPENDED, 200, "This Account has been suspended."),
        (Kind.SERVER_PAGE, 200, "Apache2 Debian Default Page: It works"),
        (Kind.LISTING, 200, "<title>Index of /</title>"),
        (Kind.PHP_ERROR, 200, "<b>Fatal error</b>:  Uncaught Error"),
        (Kind.DATABASE_ERROR, 200, "Error establishing a database connection"),
        (Kind.GUARDED, 403, "Just a moment..."),
        (Kind.GUARDED_200, 200, "Just a moment..."),
        (Kind.GUARDED_429, 429, "Just a moment..."),
        (Kind.BLANK, 200, "<body>\n\n</body>"),
    ],
)
def test_a_fault_that_answers_has_its_status_and_its_words(
    sites: Websites, kind: Kind, status: int, words: str
) -> None:
    sites.set(OFFICE, Condition(kind))
    said = ask(sites)
    assert (said.status, words in said.text, "Selamat datang" in said.text) == (status, True, False)


def test_a_page_without_a_body_is_a_200(sites: Websites) -> None:
    sites.set(OFFICE, Condition(Kind.NO_BODY))
    said = ask(sites)
    assert (said.status, said.headers["Content-Length"], said.body) == (200, "0", b"")


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        (Kind.GUARDED, "cf-mitigated", "challenge"),
        (Kind.GUARDED_429, "Retry-After", "3600"),
        (Kind.HTTP_503, "Retry-After", "3600"),
    ],
)
def test_a_fault_says_so_in_its_headers_too(sites: Websites, kind: Kind, name: str, value: str) -> None:
    sites.set(OFFICE, Condition(kind))
    assert ask(sites).headers[name] == value


@pytest.mark.parametrize(
    ("kind", "target", "location"),
    [
        (Kind.HIJACKED, "/", "https://hadiah-bonus.example/"),
        (Kind.LOOP, "/", f"https://{HOST}/id/"),
        (Kind.LOOP, "/id/", f"https://{HOST}/id/beranda"),
        (Kind.LOOP, "/id/beranda", f"https://{HOST}/"),
        (Kind.TO_LOOPBACK, "/", "http://127.0.0.1/"),
        (Kind.TO_FTP, "/", f"ftp://{HOST}/"),
        (Kind.TO_WWW, "/profil", f"https://www.{HOST}/profil"),
    ],
)
def test_a_redirect_leads_where_it_should_not(sites: Websites, kind: Kind, target: str, location: str) -> None:
    sites.set(OFFICE, Condition(kind))
    said = ask(sites, target)
    assert (said.status // 100, said.headers["Location"]) == (3, location)


def test_a_redirect_to_www_arrives(sites: Websites) -> None:
    sites.set(OFFICE, Condition(Kind.TO_WWW))
    assert "Selamat datang" in ask(sites, host=f"www.{HOST}").text


def test_a_hijacked_website_ends_at_a_strangers(sites: Websites) -> None:
    assert "hadiah langsung" in ask(sites, host="hadiah-bonus.example").text


@pytest.mark.parametrize(
    ("kind", "target", "size"), [(Kind.BOMB, "/", 1 << 30), (Kind.SITEMAP_BOMB, "/sitemap.xml.gz", 512 << 20)]
)
def test_a_bomb_is_a_thousandth_of_what_it_unpacks_to_on_the_wire(
    sites: Websites, kind: Kind, target: str, size: int
) -> None:
    sites.set(OFFICE, Condition(kind))
    said = ask(sites, target)
    assert int.from_bytes(said.body[-4:], "little") - size in range(1 << 14)
    assert size / 1030 < len(said.body) < size / 900
    assert len(zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(said.body[:16_384])) > 14 << 20


def test_only_the_page_is_a_bomb_by_its_encoding(sites: Websites) -> None:
    sites.set(OFFICE, Condition(Kind.BOMB))
    assert ask(sites).headers["Content-Encoding"] == "gzip"
    sites.set(OFFICE, Condition(Kind.SITEMAP_BOMB))
    assert ask(sites, "/sitemap.xml.gz").headers["Content-Encoding"] is None


def test_a_sitemap_that_is_a_bomb_stands_beside_a_healthy_page(sites: Websites) -> None:
    sites.set(OFFICE, Condition(Kind.SITEMAP_BOMB, Manner.HAND_MADE, 40))
    assert f"Sitemap: https://{HOST}/sitemap.xml.gz\n" in ask(sites, "/robots.txt").text
    assert newest_day(sites) in ask(sites).text


def test_a_wrong_charset_cannot_be_read_as_what_it_says(sites: Websites) -> None:
    sites.set(OFFICE, Condition(Kind.WRONG_CHARSET, Manner.HAND_MADE, 12))
    said = ask(sites)
    assert said.headers["Content-Type"] == "text/html; charset=utf-8"
    with pytest.raises(UnicodeDecodeError):
        said.text  # noqa: B018 - reading it is what fails
    assert newest_day(sites) in said.body.decode("cp1252")


def test_a_sitemap_of_now_stamps_all_with_the_requests_time(sites: Websites) -> None:
    sites.set(OFFICE, Condition(Kind.SITEMAP_NOW, Manner.HAND_MADE, 120))
    said = ask(sites, "/sitemap.xml")
    stamps = re.findall(r"<lastmod>(.*?)</lastmod>", said.text)
    asked_at = parsedate_to_datetime(said.headers["Date"])
    assert [datetime.fromisoformat(stamp) for stamp in stamps] == [asked_at] * 20
    assert parsedate_to_datetime(said.headers["Last-Modified"]) == asked_at
    assert newest_day(sites) in ask(sites).text


def test_a_built_sitemap_stamps_all_with_the_day_before_the_start(sites: Websites) -> None:
    sites.set(OFFICE, Condition(Kind.SITEMAP_BUILT, Manner.JOOMLA, 120))
    said = ask(sites, "/sitemap.xml")
    stamps = [datetime.fromisoformat(stamp).timestamp() for stamp in re.findall(r"<lastmod>(.*?)</lastmod>", said.text)]
    assert stamps == [int(sites.started_at) - 86_400] * 20
    assert parsedate_to_datetime(ask(sites).headers["Last-Modified"]).timestamp() == stamps[0]


def test_each_address_of_a_stamped_sitemap_is_a_page(sites: Websites) -> None:
    sites.set(OFFICE, Condition(Kind.SITEMAP_NOW, Manner.JOOMLA, 120))
    addresses = re.findall(rf"<loc>https://{HOST}(.*?)</loc>", ask(sites, "/sitemap.xml").text)
    assert {ask(sites, address).status for address in addresses[:3] + addresses[-3:]} == {200}


def test_a_feed_may_be_a_bomb_of_entities(sites: Websites) -> None:
    sites.set(OFFICE, Condition(Kind.FEED_BOMB))
    text = ask(sites, "/feed/").text
    entities = dict(re.findall(r'<!ENTITY (\w+) "(.*)">', text))
    words = 1
    while (name := f"kata{len(entities) - 1}") != "kata0":
        words *= entities.pop(name).count(f"&kata{len(entities) - 1};")
    assert (words, "&kata10;</title>" in text) == (10**10, True)


def test_broken_html_still_has_its_days(sites: Websites) -> None:
    sites.set(OFFICE, Condition(Kind.BROKEN_HTML, Manner.HAND_MADE, 4))
    text = ask(sites).text
    assert newest_day(sites) in text
    assert [mark for mark in ("<!DOCTYPE", "</head>", "</article>", "</h2>", "</html>") if mark in text] == []


def test_robots_may_refuse_everything(sites: Websites) -> None:
    sites.set(OFFICE, Condition(Kind.ROBOTS_REFUSE))
    assert ask(sites, "/robots.txt").text == "User-agent: *\nDisallow: /\n"


@pytest.mark.parametrize(
    ("manner", "feed"),
    [
        (Manner.WORDPRESS, "/feed/"),
        (Manner.JOOMLA, "/index.php?format=feed&type=rss"),
        (Manner.DRUPAL, "/rss.xml"),
    ],
)
def test_a_feed_may_want_to_be_asked_later_while_the_page_is_there(sites: Websites, manner: Manner, feed: str) -> None:
    sites.set(OFFICE, Condition(Kind.FEED_LATER, manner))
    said = ask(sites, feed)
    assert (said.status, said.headers["Retry-After"], ask(sites).status) == (429, "3600", 200)


@pytest.mark.parametrize(
    ("manner", "feed"),
    [
        (Manner.WORDPRESS, "/feed/"),
        (Manner.JOOMLA, "/index.php?format=feed&type=rss"),
        (Manner.DRUPAL, "/rss.xml"),
    ],
)
def test_the_feeds_newest_is_the_truths(sites: Websites, manner: Manner, feed: str) -> None:
    sites.set(OFFICE, Condition(Kind.HEALTHY, manner, 6.5))
    dates = re.findall("<pubDate>(.*?)</pubDate>", ask(sites, feed).text)
    assert len(dates) == 8
    assert max(map(parsedate_to_datetime, dates)).timestamp() == published(sites)
    assert feed.replace("&", "&amp;") in ask(sites).text


@pytest.mark.parametrize(
    ("manner", "target", "pattern"),
    [
        (Manner.WORDPRESS, "/wp-sitemap-posts-post-1.xml", "<lastmod>(.*?)</lastmod>"),
        (Manner.WORDPRESS, "/", '<time class="entry-date published" datetime="(.*?)">'),
        (Manner.JOOMLA, "/", '<time datetime="(.*?)" itemprop="datePublished">'),
        (Manner.DRUPAL, "/sitemap.xml", "<lastmod>(.*?)</lastmod>"),
        (Manner.SINGLE_PAGE, "/", '"datePublished": "(.*?)"'),
        (Manner.SINGLE_PAGE, "/", '"publishedAt": "(.*?)"'),
    ],
)
def test_the_newest_date_of_a_document_is_the_truths(
    sites: Websites, manner: Manner, target: str, pattern: str
) -> None:
    sites.set(OFFICE, Condition(Kind.HEALTHY, manner, 0.1))
    dates = re.findall(pattern, ask(sites, target).text)
    assert max(map(datetime.fromisoformat, dates)).timestamp() == published(sites)


def test_an_article_of_drupal_has_its_date_as_structured_data(sites: Websites) -> None:
    sites.set(OFFICE, Condition(Kind.HEALTHY, Manner.DRUPAL, 3))
    path = re.findall(r'<h2><a href="(/berita/.*?)">', ask(sites).text)[0]
    (script,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', ask(sites, path).text)
    assert datetime.fromisoformat(json.loads(script)["datePublished"]).timestamp() == published(sites)


def test_the_posts_of_wordpress_have_the_truths_date(sites: Websites) -> None:
    posts = json.loads(ask(sites, "/wp-json/wp/v2/posts?per_page=5").text)
    newest = datetime.fromisoformat(posts[0]["date_gmt"]).replace(tzinfo=UTC)
    assert newest.timestamp() == published(sites)
    assert ask(sites, posts[0]["link"].removeprefix(f"https://{HOST}")).status == 200


def test_a_hand_made_page_has_its_dates_in_words_beside_the_day_of_today(sites: Websites) -> None:
    sites.set(OFFICE, Condition(Kind.HEALTHY, Manner.HAND_MADE, 45))
    said = ask(sites)
    asked_at = parsedate_to_datetime(said.headers["Date"]) + timedelta(hours=7)
    assert re.search(rf'<p class="tanggal">\w+, {newest_day(sites)}</p>', said.text)
    assert f'<p id="jam">Hari ini: {weekday_of(asked_at)}, {asked_at:%H:%M} WIB</p>' in said.text


@pytest.mark.parametrize("manner", list(Manner))
def test_a_website_that_has_published_nothing_shows_no_day(sites: Websites, manner: Manner) -> None:
    sites.set(OFFICE, Condition(Kind.HEALTHY, manner, None))
    said = ask(sites)
    assert (said.status, re.findall(r'datetime=|class="tanggal"|datePublished|publishedAt', said.text)) == (200, [])
