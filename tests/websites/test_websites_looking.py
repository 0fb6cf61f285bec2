"""One look at a website: what is asked for, in which order, and who is left alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from zoneinfo import ZoneInfo

import pytest
from fake_time import EPOCH, FakeTime

from exporter.model import Website
from exporter.sites.fetching import Fetched, Refused
from exporter.sites.looking import LONGEST_WAIT_SECONDS, MOST_DOCUMENTS, PAUSE_SECONDS, Looking
from exporter.sites.turns import Turns
from exporter.website import Fault, Look, Source

SITE = "https://dinkes.example"
HOME = """<html><head><link rel="alternate" type="application/rss+xml" href="/feed/"></head>
<body><h1>Dinas Kesehatan</h1><p>Selamat datang di situs kami.</p></body></html>"""
FEED = """<rss version="2.0"><channel><item><title>A</title><link>https://dinkes.example/a</link>
<pubDate>Mon, 26 Jan 2026 02:00:00 GMT</pubDate></item></channel></rss>"""
PUBLISHED = 1_769_392_800
Answer = tuple[int, str] | tuple[int, str, Mapping[str, str]] | Fault


class World:
    """A website by its paths; every other one is 404. `asked` has each request's instant and path."""

    def __init__(self, **answers: Answer) -> None:
        self.time = FakeTime()
        self.answers: dict[str, Answer] = {"/": (200, HOME), "/feed/": (200, FEED)}
        self.answers |= {f"/{name.replace('__', '.')}": answer for name, answer in answers.items()}
        self.asked: list[tuple[float, str]] = []
        self.led_from: set[str | None] = set()
        self.moved: dict[str, str] = {}
        self.pauses: list[float] = []

    @property
    def paths(self) -> list[str]:
        return [path for _, path in self.asked]

    async def get(self, url: str, *, led_from: str | None = None) -> Fetched | Refused:
        path = url.removeprefix(SITE)
        self.asked.append((self.time.now, path))
        self.led_from.add(led_from)
        self.time.now += 0.1
        url = self.moved.get(path, url)
        answer = self.answers.get(url.removeprefix(SITE), (404, "tidak ada"))
        if isinstance(answer, Fault):
            return Refused(answer, "", None, None, (url,), self.time.time())
        status, body, headers = answer if len(answer) == 3 else (*answer, {})
        return Fetched(url, (url,), status, dict(headers), body.encode(), 0.1, None, self.time.time())

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.time.now += seconds

    async def look(self, stamps: str = "") -> tuple[Look, float | None]:
        looking = Looking(self, "Terpadu/1 (x)", Turns(), self.time, ZoneInfo("Asia/Jakarta"), sleep=self.pause)  # type: ignore[arg-type]
        return await looking.look(Website(f"{SITE}/"), stamps)


async def test_what_a_feed_says_is_found_with_its_source_and_address() -> None:
    world = World()
    look, wait = await world.look()
    assert (look.at, look.obstacle, wait) == (EPOCH + 1000, "", None)
    assert look.newest is not None
    assert (look.newest.published_at, look.newest.source) == (PUBLISHED, Source.FEED)
    assert look.newest.address == "https://dinkes.example/a"
    assert world.paths[:3] == ["/robots.txt", "/", "/feed/"]
    assert world.led_from == {f"{SITE}/"}


async def test_between_two_requests_a_second_passes() -> None:
    world = World()
    await world.look()
    assert world.pauses == [PAUSE_SECONDS] * (len(world.asked) - 1)


async def test_what_robots_txt_forbids_isnt_asked_for() -> None:
    world = World(robots__txt=(200, "User-agent: *\nDisallow: /feed\n"))
    look, _ = await world.look()
    assert "/feed/" not in world.paths
    assert look.obstacle == ""


async def test_a_rule_for_terpadu_itself_counts() -> None:
    world = World(robots__txt=(200, "User-agent: terpadu\nDisallow: /\n\nUser-agent: *\nAllow: /\n"))
    look, _ = await world.look()
    assert world.paths == ["/robots.txt"]
    assert (look.publications, look.obstacle) == ((), "robots.txt forbids all of it")


@pytest.mark.parametrize("answer", [(500, "galat"), Fault.TIMEOUT])
async def test_while_robots_txt_cant_be_had_nothing_is_asked_for(answer: Answer) -> None:
    world = World(robots__txt=answer)
    look, _ = await world.look()
    assert world.paths == ["/robots.txt"]
    assert look.obstacle == "its robots.txt can't be read, so nothing else may be"


async def test_a_host_that_it_is_led_to_has_its_own_rules() -> None:
    world = World()
    world.moved = {"/": "https://dinkes-baru.example/"}
    world.answers["https://dinkes-baru.example/robots.txt"] = (200, "User-agent: *\nDisallow: /\n")
    world.answers["https://dinkes-baru.example/"] = (200, HOME)
    look, _ = await world.look()
    assert world.paths == ["/robots.txt", "/", "https://dinkes-baru.example/robots.txt"]
    assert look.publications == ()


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("3600", 3600.0),
        ("Mon, 02 Feb 2026 03:00:00 GMT", 198.0),
        ("99999999999999999999", LONGEST_WAIT_SECONDS),
        ("Mon, 02 Feb 2036 03:00:00", LONGEST_WAIT_SECONDS),
    ],
)
async def test_who_wants_to_be_left_alone_is_and_the_look_ends(said: str, seconds: float) -> None:
    world = World(**{"feed/": (429, "", {"retry-after": said})})
    look, wait = await world.look()
    assert world.paths == ["/robots.txt", "/", "/feed/"]
    assert wait == pytest.approx(seconds, abs=3)
    assert wait is not None
    assert look.obstacle == f"the website asked to be left alone for {wait:.0f} s"


@pytest.mark.parametrize(
    "answer",
    [
        (429, "", {"retry-after": "soon"}),
        (429, "", {"retry-after": "0"}),
        (429, "", {"retry-after": "Mon, 02 Feb 2020 03:00:00 GMT"}),
        (503, "", {"retry-after": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"}),
        (503, ""),
        (200, FEED, {"retry-after": "60"}),
    ],
)
async def test_others_arent_taken_for_such(answer: Answer) -> None:
    world = World(**{"feed/": answer})
    _, wait = await world.look()
    assert wait is None
    assert len(world.paths) > 2


async def test_a_robots_txt_that_is_busy_ends_the_look_at_once() -> None:
    world = World(robots__txt=(503, "", {"retry-after": "60"}))
    _, wait = await world.look()
    assert (world.paths, wait) == (["/robots.txt"], 60.0)


async def test_a_site_that_always_has_more_is_asked_for_a_bounded_number() -> None:
    links = "".join(f'<a href="/berita/{n}">Berita {n} dari kantor kami hari itu</a>' for n in range(500))
    index = "".join(f"<sitemap><loc>{SITE}/sitemap-{n}.xml</loc></sitemap>" for n in range(500))
    world = World(
        **{
            "": (200, f"<html><body>{links}</body></html>"),
            "sitemap.xml": (200, f"<sitemapindex>{index}</sitemapindex>"),
            "feed/": (200, "<rss"),
        }
    )
    await world.look()
    assert len(world.paths) <= MOST_DOCUMENTS + 1


async def test_a_home_page_that_doesnt_come_leaves_nothing_to_look_at() -> None:
    world = World(**{"": Fault.TIMEOUT})
    look, _ = await world.look()
    assert (world.paths, look.publications) == (["/robots.txt", "/"], ())


@pytest.mark.parametrize("stamps", ["", "nonsense", "[]", "{}", '{"a": [1]}', "null", '{"a": ["x", 2, 0]}'])
async def test_stamps_of_another_version_are_none(stamps: str) -> None:
    look, _ = await World().look(stamps)
    assert look.newest is not None
    assert isinstance(json.loads(look.stamps), dict)
