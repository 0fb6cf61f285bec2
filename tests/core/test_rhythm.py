"""How well a website keeps its rhythm: exact edges, and what was published in the last 12 weeks."""

from datetime import datetime

import pytest

from exporter.model import UpdateEvery
from exporter.rhythm import (
    DAY_SECONDS,
    PERIOD_SECONDS,
    WEEK_SECONDS,
    Rhythm,
    Standing,
    asleep_from,
    days_ago,
    rhythm,
    standing,
    weekly,
)

NOW = 1_606_700_000
PERIODS = [(UpdateEvery.DAY, 86_400), (UpdateEvery.WEEK, 604_800), (UpdateEvery.MONTH, 2_678_400)]


def ago(*days: float) -> list[int]:
    return [NOW - int(of * DAY_SECONDS) for of in days]


@pytest.mark.parametrize(("update_every", "period"), PERIODS)
def test_up_to_one_period_is_on_time_and_up_to_three_late(update_every: UpdateEvery, period: int) -> None:
    ages = (0, period, period + 1, 3 * period, 3 * period + 1)
    assert [standing(age, update_every) for age in ages] == [
        Standing.ON_TIME, Standing.ON_TIME, Standing.LATE, Standing.LATE, Standing.ASLEEP,
    ]  # fmt: skip
    assert PERIOD_SECONDS[update_every] == period


def test_without_a_date_the_standing_is_unknown_and_without_a_target_nobody_asks() -> None:
    assert standing(None, UpdateEvery.DAY) is Standing.UNKNOWN
    assert [standing(age, None) for age in (None, 10**9)] == [Standing.UNASKED] * 2


@pytest.mark.parametrize(("update_every", "period"), PERIODS)
def test_a_website_falls_asleep_where_it_is_no_longer_late(update_every: UpdateEvery, period: int) -> None:
    falls_at = asleep_from(NOW, update_every)
    assert falls_at == NOW + 3 * period
    assert [standing(at - NOW, update_every) for at in (falls_at, falls_at + 1)] == [Standing.LATE, Standing.ASLEEP]


@pytest.mark.parametrize(
    ("published", "days"),
    [("2020-11-30T00:00", 0), ("2020-11-29T23:59", 1), ("2020-11-28T12:00", 2), ("2020-12-01T00:00", 0)],
)
def test_days_ago_are_days_of_the_calendar_and_never_below_none(published: str, days: int) -> None:
    assert days_ago(datetime.fromisoformat(published), datetime.fromisoformat("2020-11-30T08:00")) == days


def test_weeks_are_counted_back_from_the_instant_the_oldest_first() -> None:
    assert weekly(ago(0, 6.9, 7, 20, 83.9), NOW) == (1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2)


def test_what_is_older_than_12_weeks_or_comes_later_does_not_count() -> None:
    assert weekly([NOW - 12 * WEEK_SECONDS, NOW + 1], NOW) == (0,) * 12


def test_the_interval_is_the_median_of_days_between_days_with_a_publication() -> None:
    assert rhythm(ago(0.5, 1.5, 4.5, 11.5), NOW).interval_days == 3
    assert rhythm(ago(0.5, 1.5, 4.5), NOW).interval_days == 1


def test_many_publications_of_one_day_are_one_day_of_the_rhythm() -> None:
    assert rhythm(ago(1.1, 1.2, 1.3, 8.2), NOW) == Rhythm((0,) * 10 + (1, 3), 7)


def test_a_single_day_has_no_interval_and_silence_has_no_week() -> None:
    assert rhythm(ago(3, 3.2), NOW).interval_days is None
    assert (rhythm([], NOW).weeks_with_any, rhythm(ago(1, 2, 30), NOW).weeks_with_any) == (0, 2)
