"""robots.txt, as RFC 9309 has it."""

from __future__ import annotations

import time

import pytest

from exporter.sites import robots

AGENT = "terpadu/1 (+https://serang.example/)"
SITE = "https://dinkes.example"


def allows(text: str, path: str, agent: str = AGENT) -> bool:
    return robots.read(200, text.encode(), agent).allows(SITE + path)


@pytest.mark.parametrize(
    ("status", "is_allowed"),
    [(200, False), (301, False), (404, True), (403, True), (429, True), (500, False), (503, False), (None, False)],
)
def test_the_status_decides_what_a_text_is_worth(status: int | None, *, is_allowed: bool) -> None:
    assert robots.read(status, b"User-agent: *\nDisallow: /", AGENT).allows(SITE + "/berita") is is_allowed


@pytest.mark.parametrize(
    ("rules", "path", "is_allowed"),
    [
        ("", "/", True),
        ("Disallow:", "/", True),
        ("Disallow: /", "/", False),
        ("Disallow: /", "/robots.txt", True),
        ("Disallow: /admin", "/administrasi", False),
        ("Disallow: /admin/", "/admin", True),
        ("Disallow: /\nAllow: /berita", "/berita/1", True),
        ("Allow: /berita\nDisallow: /berita/draf", "/berita/draf/1", False),
        ("Allow: /x\nDisallow: /x", "/x", True),
        ("Disallow: /*.pdf$", "/a/b.pdf", False),
        ("Disallow: /*.pdf$", "/a/b.pdf?x=1", True),
        ("Disallow: /*?s=", "/?s=kata", False),
        ("Disallow: /a*b*c", "/a1b2c3", False),
        ("Disallow: /a*b*c", "/a1c2b3", True),
        ("Disallow: *", "/apa", False),
        ("Disallow: /feed$", "/feed", False),
        ("Disallow: /feed$", "/feed/", True),
        ("Disallow: /ab*ba$", "/aba", True),
        ("Disallow: /ab*ba$", "/abba", False),
        ("Disallow: /$", "/", False),
        ("Disallow: /$", "/x", True),
        ("Disallow: /%7Eadmin", "/~admin", False),
        ("Disallow: /caf%c3%a9", "/café", False),
        ("Disallow: /café", "/caf%C3%A9", False),
        ("Disallow: /a%2fb", "/a/b", True),
        ("disallow : /x # rahasia", "/x", False),
        ("Crawl-delay: 10\nDisallow: /x", "/x", False),
    ],
)
def test_the_longest_rule_that_fits_decides(rules: str, path: str, *, is_allowed: bool) -> None:
    assert allows(f"User-agent: *\n{rules}", path) is is_allowed


def test_a_group_of_one_s_own_takes_the_place_of_everybody_s() -> None:
    text = "User-agent: *\nDisallow: /\n\nUser-agent: Terpadu/2\nDisallow: /x\n"
    assert [allows(text, path) for path in ("/", "/x")] == [True, False]


def test_groups_of_one_agent_count_together_and_a_group_may_have_several_agents() -> None:
    text = "User-agent: lain\nUser-agent: terpadu\nDisallow: /a\n\nUser-agent: terpadu\nDisallow: /b\n"
    assert [allows(text, path) for path in ("/a", "/b", "/c")] == [False, False, True]


def test_a_group_without_rules_allows_all() -> None:
    assert allows("User-agent: terpadu\n\nSitemap: x\nUser-agent: *\nDisallow: /", "/") is False
    assert allows("User-agent: terpadu\nDisallow:\n\nUser-agent: *\nDisallow: /", "/") is True


def test_rules_before_any_agent_are_nobody_s() -> None:
    assert allows("Disallow: /\nUser-agent: lain\nDisallow: /x", "/x")


def test_line_ends_and_a_byte_order_mark_do_no_harm() -> None:
    assert not allows("\ufeffUser-agent: *\rDisallow: /x\r\n", "/x")


def test_sitemaps_are_named_wherever_they_stand() -> None:
    text = b"Sitemap: https://dinkes.example/a.xml\nUser-agent: x\nSITEMAP:https://dinkes.example/b.xml\nSitemap:\n"
    assert robots.read(200, text, AGENT).sitemaps == ("https://dinkes.example/a.xml", "https://dinkes.example/b.xml")


def test_what_is_no_robots_txt_allows_all() -> None:
    assert allows("<html><body>Halaman tidak ditemukan: /</body></html>", "/berita")


def test_a_hostile_text_is_read_and_asked_in_time() -> None:
    text = b"User-agent: *\n" + b"Disallow: /" + b"*a" * 200_000 + b"$\n" + b"Disallow: /a*a*a*a*b\n" * 20_000
    started = time.process_time()
    rules = robots.read(200, text, AGENT)
    assert rules.allows(SITE + "/" + "a" * 2_000)
    assert time.process_time() - started < 1.0
