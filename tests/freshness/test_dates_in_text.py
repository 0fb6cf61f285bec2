"""Dates as Indonesian and English sites write them; a doubtful one is none."""

from __future__ import annotations

import time

import pytest
from pages_of_sites import NOW, ZONE, local

from exporter.freshness import dates
from exporter.freshness.dates import dates_in, written_moment
from exporter.freshness.moment import stamp


def found(text: str) -> list[str]:
    return [local(each.moment.at) for each in dates_in(text, NOW, ZONE)]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("17 Ags 2026", "2026-08-17"),
        ("Senin, 17 Agust. 2026", "2026-08-17"),
        ("17 Agt 2026", "2026-08-17"),
        ("06 Nop 2026", "2026-11-06"),
        ("6 Nopember 2026", "2026-11-06"),
        ("3 Pebruari 2026", "2026-02-03"),
        ("3 Peb 2026", "2026-02-03"),
        ("1 Des 2025", "2025-12-01"),
        ("2 Okt 2026", "2026-10-02"),
        ("5 MEI 2026", "2026-05-05"),
        ("Minggu, 8 November 2026", "2026-11-08"),
        ("Jum'at 20/11/26", "2026-11-20"),
        ("Jum\u2019at, 20-11-26", "2026-11-20"),
        ("20/11/26", "2026-11-20"),
        ("18/11/2020", "2020-11-18"),
        ("18-11-2020", "2020-11-18"),
        ("18.11.2020", "2020-11-18"),
        ("2020-11-18", "2020-11-18"),
        ("2020/11/18", "2020-11-18"),
        ("18-Nov-2026", "2026-11-18"),
        ("18 Nov '26", "2026-11-18"),
        ("Nov 18, 2026", "2026-11-18"),
        ("November 18th, 2026", "2026-11-18"),
        ("Rab, 11/18/2026", "2026-11-18"),
    ],
)
def test_a_day_is_read_as_it_is_written(text: str, day: str) -> None:
    assert found(text) == [f"{day} 00:00"]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("Jum\u2019at, 20 November 2026 | 07:30 WIB", "2026-11-20 07:30"),
        ("18 November 2026 pukul 09.15", "2026-11-18 09:15"),
        ("18 November 2026 09.15 WITA", "2026-11-18 08:15"),
        ("18/11/2026 23:05", "2026-11-18 23:05"),
        ("Nov 18, 2026 8:30 pm", "2026-11-18 20:30"),
        ("Nov 18, 2026 12:05 am", "2026-11-18 00:05"),
        ("2026-11-18 08:30:00", "2026-11-18 08:30"),
        ("2026-11-18T01:30:00Z", "2026-11-18 08:30"),
        ("18 Nov 2026 08:30 +0800", "2026-11-18 07:30"),
        ("5 jam yang lalu", "2026-11-20 04:00"),
        ("2 hours ago", "2026-11-20 07:00"),
        ("1 jam 30 menit yang lalu", "2026-11-20 07:30"),
    ],
)
def test_an_instant_is_read_with_its_time(text: str, instant: str) -> None:
    assert found(text) == [instant]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("3 hari yang lalu", "2026-11-17"),
        ("3 hari 4 jam yang lalu", "2026-11-17"),
        ("2 minggu yang lalu", "2026-11-06"),
        ("1 minggu 1 hari yang lalu", "2026-11-12"),
        ("3 bulan lalu", "2026-08-20"),
        ("setahun yang lalu", "2025-11-20"),
        ("dua pekan lalu", "2026-11-06"),
        ("kemarin", "2026-11-19"),
        ("yesterday", "2026-11-19"),
        ("2 days ago", "2026-11-18"),
        ("a week ago", "2026-11-13"),
    ],
)
def test_an_age_is_counted_from_the_look(text: str, day: str) -> None:
    assert found(text) == [f"{day} 00:00"]


@pytest.mark.parametrize(
    "text",
    [
        "31 Februari 2026",
        "11/18/2026",
        "Senin 18/11/2026",
        "18-11-20",
        "18.11.20",
        "November 2026",
        "18 November",
        "18 Nov 26 orang",
        "18 Nov 07:30",
        "192.168.10.11.2026",
        "No. 800/17/11/2026/3",
        "8 Oktober 1526",
        "9999999 hari yang lalu",
        "999 tahun yang lalu dan 2 tahun lamanya",
        "kemarin lusa",
    ],
)
def test_no_date_is_invented(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "10 - 18 November 2026",
        "10 s.d. 18 November 2026",
        "10 November 2026 s/d 12 November 2026",
        "1/11/2026 - 3/11/2026",
    ],
)
def test_a_span_of_days_is_marked(text: str) -> None:
    assert {each.is_range for each in dates_in(text, NOW, ZONE)} == {True}


def test_a_number_before_a_dash_that_no_day_follows_from_is_no_span() -> None:
    assert [each.is_range for each in dates_in("Dibaca 40 - 18 November 2026", NOW, ZONE)] == [False]


def test_two_weeks_and_a_sunday_are_told_apart() -> None:
    week, sunday = (dates_in(text, NOW, ZONE)[0].moment for text in ("2 minggu yang lalu", "Minggu, 8 November 2026"))
    assert (week.unit_seconds, sunday.unit_seconds) == (604_800, 0)


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-11-18T08:30:00+07:00", "2026-11-18 08:30"),
        ("2026-11-18T01:30:00.000000Z", "2026-11-18 08:30"),
        ("2026-11-18 08:30", "2026-11-18 08:30"),
        ("20261118T083000", "2026-11-18 08:30"),
        ("2026-11-18", "2026-11-18 00:00"),
        ("Wed, 18 Nov 2026 01:30:00 GMT", "2026-11-18 08:30"),
        ("Wed, 18 Nov 2026 08:30:00 +0700", "2026-11-18 08:30"),
        ("1795051800", "2026-11-19 08:30"),
        ("1795051800000", "2026-11-19 08:30"),
    ],
)
def test_a_stamp_of_a_machine_is_read(written: str, instant: str) -> None:
    moment = stamp(written, ZONE)
    assert moment is not None
    assert local(moment.at) == instant


@pytest.mark.parametrize(
    "written",
    [
        "",
        "0000-00-00 00:00:00",
        "2026-13-01",
        "2026-11",
        "2026-11-18T25:00:00Z",
        "now",
        "x" * 100,
        "0001-01-01T00:00:00Z",
    ],
)
def test_what_is_no_stamp_is_none(written: str) -> None:
    assert stamp(written, ZONE) is None


def test_a_stamp_in_words_counts_where_it_is_one_date() -> None:
    moment = written_moment("Rab, 18 Nop 2026 08:30:00 +0700", NOW, ZONE)
    assert moment is not None
    assert local(moment.at) == "2026-11-18 08:30"
    assert written_moment("18 Nov 2026, 19 Nov 2026", NOW, ZONE) is None


@pytest.mark.parametrize("piece", ["1", "1/", "18 ", "jum'", "3 hari ", "18 Nov ", "pukul ", "10 - ", "se"])
def test_the_time_grows_with_the_length_and_not_with_its_square(piece: str) -> None:
    def seconds(length: int) -> float:
        text, started = (piece * length)[:length], time.process_time()
        dates.dates_in(text, NOW, ZONE)
        return time.process_time() - started

    small, large = seconds(10_000), seconds(80_000)
    assert large < 40 * small + 0.1  # 64 times as long were it the square
