from __future__ import annotations

from datetime import datetime
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.model import Language, Organisation
from exporter.report.words import NOTHING
from exporter.web.condition import Condition
from exporter.web.pages.telling import Telling
from exporter.web.pages.words import CONDITIONS, TEXTS

ORGANISATION = Organisation("Diskominfo", ZoneInfo("Asia/Jakarta"))
NOW = int(datetime.fromisoformat("2026-11-17T14:05:20+07:00").timestamp())
ID = Telling(ORGANISATION, Language.INDONESIAN, NOW)
EN = Telling(ORGANISATION, Language.ENGLISH, NOW)


@pytest.mark.parametrize(
    ("at", "indonesian", "english"),
    [
        ("2026-11-17T13:53:09+07:00", "13.53", "13:53"),
        ("2026-11-16T23:59:00+07:00", "16 Nov 23.59", "16 Nov 23:59"),
        ("2026-11-16T17:00:00+00:00", "00.00", "00:00"),
        ("2026-05-02T08:00:00+07:00", "2 Mei 08.00", "2 May 08:00"),
        ("2025-12-31T08:00:00+07:00", "31 Des 2025 08.00", "31 Dec 2025 08:00"),
    ],
)
def test_a_moment_is_told_as_shortly_as_it_is_clear(at: str, indonesian: str, english: str) -> None:
    instant = datetime.fromisoformat(at).timestamp()
    assert (ID.moment(instant), EN.moment(instant)) == (indonesian, english)


@pytest.mark.parametrize(
    ("seconds", "indonesian", "english"),
    [
        (-5, "0 detik", "0 s"),
        (0, "0 detik", "0 s"),
        (59, "59 detik", "59 s"),
        (60, "1 menit", "1 min"),
        (3599, "59 menit", "59 min"),
        (3600, "1 jam", "1 h"),
        (3 * 3600 + 12 * 60 + 59, "3 jam 12 menit", "3 h 12 min"),
        (86_400, "1 hari", "1 d"),
        (2 * 86_400 + 3599, "2 hari", "2 d"),
        (2 * 86_400 + 3600, "2 hari 1 jam", "2 d 1 h"),
    ],
)
def test_a_length_is_told_in_its_two_largest_units(seconds: int, indonesian: str, english: str) -> None:
    assert (ID.about(seconds), EN.about(seconds)) == (indonesian, english)


@given(st.integers(0, 10**9))
def test_a_told_length_is_never_longer_than_the_true_one(seconds: int) -> None:
    sizes = {"d": 86_400, "h": 3600, "min": 60, "s": 1}
    number, *rest = EN.about(seconds).split()
    told = sum(int(n) * sizes[unit] for n, unit in zip([number, *rest[1::2]], rest[::2], strict=True))
    assert told <= seconds < told + 3600


@pytest.mark.parametrize(
    ("value", "told"),
    [(None, NOTHING), (0.0, "0,0 ms"), (0.0032, "3,2 ms"), (0.09994, "99,9 ms"), (0.1, "100 ms"), (1.2345, "1234 ms")],
)
def test_a_round_trip_is_told_in_milliseconds(value: float | None, told: str) -> None:
    assert ID.rtt(value) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, NOTHING),
        (0.0, "0 %"),
        (0.00001, "0.1 %"),
        (0.0123, "1.2 %"),
        (0.1, "10 %"),
        (0.999, "100 %"),
        (2.5, "250 %"),
    ],
)
def test_a_share_above_nothing_is_never_told_as_nothing(value: float | None, told: str) -> None:
    assert EN.share(value) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, NOTHING),
        (0.0, "0 bps"),
        (125.0, "1.0 kbps"),
        (1.25e6, "10.0 Mbps"),
        (12.5e6, "100 Mbps"),
        (1.25e8, "1.0 Gbps"),
    ],
)
def test_a_rate_is_told_in_bits_a_second(value: float | None, told: str) -> None:
    assert EN.bandwidth(value) == told


def test_every_condition_has_a_word_in_each_language() -> None:
    assert CONDITIONS.keys() == set(Condition)
    assert all(ID.condition(of) != EN.condition(of) for of in Condition)


@pytest.mark.parametrize("key", TEXTS)
def test_a_text_takes_the_same_values_in_both_languages(key: str) -> None:
    indonesian, english = ({name for _, name, _, _ in Formatter().parse(text) if name} for text in TEXTS[key])
    assert indonesian == english


def test_english_has_a_singular_where_it_needs_one() -> None:
    assert [EN.count("offices_few", number) for number in (0, 1, 1200)] == ["0 offices", "1 office", "1,200 offices"]
    assert [ID.count("offices_few", number) for number in (0, 1, 1200)] == ["0 OPD", "1 OPD", "1.200 OPD"]
