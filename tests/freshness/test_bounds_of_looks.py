"""What a look tells and costs stays small, whatever the website says."""

from __future__ import annotations

import json

import pytest
from pages_of_sites import HOME, NOW, document, judged, local, newest, page, refusals

from exporter.freshness.document import Kind
from exporter.freshness.markup import MOST_ELEMENTS, bounded_length
from exporter.website import DAY_SECONDS


def stamped(*moments: float) -> str:
    urls = (f"<url><loc>{HOME}b/{each}</loc><lastmod>{int(at)}</lastmod></url>" for each, at in enumerate(moments))
    return f"<urlset>{''.join(urls)}</urlset>"


def feed(days: int) -> str:
    """Return a feed with an entry so many days old."""
    return f"<rss><channel><item><pubDate>{20 - days} Nov 2026 08:00:00 +0700</pubDate></item></channel></rss>"


@pytest.mark.parametrize("letter", ["a", "\U0001f600", "\u00e9"])
@pytest.mark.parametrize("length", [30, 450, 2000])
def test_a_hostile_sitemap_leaves_a_small_look(letter: str, length: int) -> None:
    bad = letter * (length - len(HOME) - 4)
    urls = [
        f"<url><loc>{HOME}{each:04}{bad}</loc><lastmod>{int(NOW) - 5000 * each - 9000}</lastmod></url>"
        for each in range(2_000_000 // (length + 60))
    ]
    look = judged(page(""), document(Kind.SITEMAP, f"<urlset>{''.join(urls)}"[:1_990_000]))
    told = [*(of.as_json() for of in look.publications), json.dumps(look.stamps.as_json())]
    assert look.publications
    assert len(json.dumps(told)) < 100_000


@pytest.mark.parametrize("count", [5, 20])
def test_stamps_of_a_build_of_minutes_are_the_same(count: int) -> None:
    def built(seconds: int) -> str:
        return stamped(*(NOW - 9000 + seconds * each / (count - 1) for each in range(count)))

    assert refusals(page(""), document(Kind.SITEMAP, built(600))) == ["the same for most"]
    assert refusals(page(""), document(Kind.SITEMAP, built(620))) == []


@pytest.mark.parametrize("count", [1, 4])
def test_few_stamps_of_a_build_yield_to_an_older_feed(count: int) -> None:
    built = document(Kind.SITEMAP, stamped(*[NOW - 9000] * count), "sitemap.xml")
    assert newest(page(""), built, document(Kind.FEED, feed(9), "feed")) == "2026-11-11 08:00"
    assert newest(page(""), built, document(Kind.FEED, feed(0), "feed")) == "2026-11-20 08:00"
    assert newest(page(""), built) == local(NOW - 9000)


def test_stamps_days_apart_stand_against_an_older_feed() -> None:
    apart = document(Kind.SITEMAP, stamped(NOW - 9000, NOW - 3 * DAY_SECONDS), "sitemap.xml")
    assert newest(page(""), apart, document(Kind.FEED, feed(9), "feed")) == local(NOW - 9000)


@pytest.mark.parametrize(("equal", "refused"), [(15, []), (16, ["the same for most"])])
def test_most_are_four_of_five(equal: int, refused: list[str]) -> None:
    moments = [*[NOW - 9000] * equal, *(NOW - DAY_SECONDS * each for each in range(2, 22 - equal))]
    assert refusals(page(""), document(Kind.SITEMAP, stamped(*moments))) == refused


@pytest.mark.parametrize(("ahead", "refused"), [(600, []), (601, ["in the future"])])
def test_a_stamp_may_be_ten_minutes_ahead(ahead: int, refused: list[str]) -> None:
    assert refusals(page(""), document(Kind.SITEMAP, stamped(NOW + ahead))) == refused


@pytest.mark.parametrize(("astray", "is_clock"), [(120, True), (121, False)])
def test_a_stamp_follows_the_clock_to_two_minutes(astray: int, is_clock: bool) -> None:  # noqa: FBT001
    first = judged(page(""), document(Kind.SITEMAP, stamped(NOW - 9000)))
    later = NOW + 3600 + astray - 9000
    second = document(Kind.SITEMAP, stamped(later), now=NOW + 3600)
    assert (judged(page(""), second, earlier=first.stamps).publications == ()) is is_clock


def test_a_page_of_very_many_elements_is_read_in_its_beginning() -> None:
    assert bounded_length("<br>" * MOST_ELEMENTS) == 4 * MOST_ELEMENTS
    assert bounded_length("<br>" * (MOST_ELEMENTS + 9)) == 4 * MOST_ELEMENTS
