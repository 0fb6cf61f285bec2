"""Stamps that a server makes anew at each request: told from true ones, at once or over two looks."""

from __future__ import annotations

import json

import pytest
from pages_of_sites import HOME, NOW, OLD_ITEM, document, judged, local, page

from exporter.freshness.document import Document, Kind
from exporter.freshness.stamps import Stamps
from exporter.website import DAY_SECONDS, Source

SIX_HOURS = 21_600


def over_looks(*documents: Document) -> list[str | None]:
    """Return the newest local time after each look of one document, each with the stamps of the look before."""
    stamps, found = Stamps(), []
    for each in documents:
        look = judged(each, earlier=Stamps.from_json(json.loads(json.dumps(stamps.as_json()))))
        stamps = look.stamps
        found.append(local(look.publications[0].published_at) if look.publications else None)
    return found


def meta(instant: float, now: float) -> Document:
    return page(f'<meta property="article:modified_time" content="{int(instant)}">', now=now)


@pytest.mark.parametrize("shift", [0, 7 * 3600, -7 * 3600, 45])
def test_a_stamp_of_the_requests_time_is_refused_at_once_in_whichever_zone(shift: float) -> None:
    assert over_looks(meta(NOW + shift, NOW)) == [None]


@pytest.mark.parametrize("shift", [3600, 5 * DAY_SECONDS, 400 * DAY_SECONDS])
def test_a_stamp_that_follows_the_clock_is_refused_in_the_second_look(shift: float) -> None:
    first, second, third = (meta(NOW + after - shift, NOW + after) for after in (0, SIX_HOURS, 2 * SIX_HOURS))
    assert over_looks(first, second, third) == [local(NOW - shift), None, None]


def test_what_the_first_look_believed_of_a_clock_is_withdrawn_once_by_the_second() -> None:
    first, second, third = (meta(NOW + after - 3600, NOW + after) for after in (0, SIX_HOURS, 2 * SIX_HOURS))
    one = judged(first)
    two = judged(second, earlier=one.stamps)
    three = judged(third, earlier=two.stamps)
    assert [of.published_at for of in one.publications] == [int(NOW - 3600)]
    assert (two.withdrawn, three.withdrawn) == ((int(NOW - 3600),), ())


def test_what_stays_or_moves_by_itself_is_withdrawn_by_nobody() -> None:
    one = judged(meta(NOW - 9000, NOW))
    assert judged(meta(NOW - 9000, NOW + SIX_HOURS), earlier=one.stamps).withdrawn == ()
    assert judged(meta(NOW + 5000, NOW + SIX_HOURS), earlier=one.stamps).withdrawn == ()


def test_a_stamp_that_stays_is_believed_in_each_look() -> None:
    looks = [meta(NOW - 3600, NOW + after) for after in (0, SIX_HOURS, DAY_SECONDS)]
    assert over_looks(*looks) == [local(NOW - 3600)] * 3


def test_a_true_modification_is_believed() -> None:
    assert over_looks(meta(NOW - 9000, NOW), meta(NOW + 5000, NOW + SIX_HOURS)) == [
        local(NOW - 9000),
        local(NOW + 5000),
    ]


def test_todays_date_beside_a_link_is_refused_when_it_has_moved_with_the_day() -> None:
    def looks(days: int) -> Document:
        shown = f'<div class="post"><a href="/visi">Visi dan Misi Dinas</a> <b>{20 + days} November 2026</b></div>'
        return page(shown + OLD_ITEM, now=NOW + days * DAY_SECONDS)

    assert over_looks(looks(0), looks(1)) == ["2026-11-20 00:00", "2025-03-03 00:00"]


def test_a_clock_that_was_found_out_stays_one_on_the_same_day() -> None:
    def look(days: int, after: int) -> Document:
        shown = f'<div class="post"><a href="/visi">Visi dan Misi Dinas</a> <b>{20 + days} November 2026</b></div>'
        return page(shown, now=NOW + days * DAY_SECONDS + after)

    assert over_looks(look(0, 0), look(1, 0), look(1, SIX_HOURS)) == ["2026-11-20 00:00", None, None]


def test_new_articles_each_day_do_not_follow_the_clock() -> None:
    def look(days: int) -> Document:
        link = f'<a href="/b/{days}">Kabar Dinas Hari ke {days}</a>'
        shown = f'<div class="post">{link} <b>{20 + days} November 2026</b></div>'
        return page(shown, now=NOW + days * DAY_SECONDS)

    assert over_looks(look(0), look(1), look(2)) == ["2026-11-20 00:00", "2026-11-21 00:00", "2026-11-22 00:00"]


def age(told: str, now: float) -> Document:
    return page(f'<div class="post"><a href="/b/1">Warga Desa Panen Raya</a> <span>{told}</span></div>', now=now)


def test_an_age_in_weeks_keeps_the_day_that_it_was_first_seen_to_mean() -> None:
    looks = [age("2 minggu yang lalu", NOW + days * DAY_SECONDS) for days in (0, 1, 5)]
    assert over_looks(*looks) == ["2026-11-06 00:00"] * 3


def test_an_age_that_never_grows_is_refused() -> None:
    looks = [age("2 jam yang lalu", NOW + after) for after in (0, SIX_HOURS)]
    assert over_looks(*looks) == ["2026-11-20 07:00", None]


def test_an_age_that_grows_is_believed() -> None:
    looks = [age("2 hari yang lalu", NOW), age("3 hari yang lalu", NOW + DAY_SECONDS)]
    assert over_looks(*looks) == ["2026-11-18 00:00"] * 2


def test_a_sitemap_of_the_requests_time_is_refused() -> None:
    urls = "".join(
        f"<url><loc>{HOME}b/{each}</loc><lastmod>2026-11-20T09:00:00+07:00</lastmod></url>" for each in range(20)
    )
    look = judged(page(""), document(Kind.SITEMAP, f"<urlset>{urls}</urlset>"))
    assert {each.refusal for each in look.candidates} == {"made at the request"}


@pytest.mark.parametrize("written", [None, [], {"a": 1}, {"a": [1, 2]}, {"a": ["x", 1, 2]}, {1: [1, 2, 0]}])
def test_what_is_no_stamp_of_an_earlier_look_is_left_out(written: object) -> None:
    assert Stamps.from_json(written) == Stamps()


STATIC = {"last-modified": "Wed, 18 Nov 2026 01:30:00 GMT", "etag": '"5f-1"', "accept-ranges": "bytes"}


def test_a_static_pages_header_counts_last_of_all() -> None:
    assert [each.source for each in judged(page("", STATIC)).publications] == [Source.LAST_MODIFIED]
    assert [each.source for each in judged(page(OLD_ITEM, STATIC)).publications] == [Source.TEXT]


@pytest.mark.parametrize(
    "headers",
    [
        {"set-cookie": "a=b"},
        {"x-powered-by": "PHP/7.4"},
        {"cache-control": "no-cache, private"},
        {"last-modified": "Fri, 20 Nov 2026 02:00:00 GMT"},
        {"last-modified": "Sat, 28 Nov 2026 02:00:00 GMT"},
        {"last-modified": "kemarin"},
    ],
)
def test_a_header_of_a_page_made_anew_does_not_count(headers: dict[str, str]) -> None:
    assert judged(page("", STATIC | headers)).publications == ()


def test_a_new_header_counts_when_the_next_look_finds_it_unchanged() -> None:
    headers = STATIC | {"last-modified": "Thu, 19 Nov 2026 23:00:00 GMT"}
    assert over_looks(page("", headers), page("", headers, NOW + SIX_HOURS)) == [None, "2026-11-20 06:00"]
