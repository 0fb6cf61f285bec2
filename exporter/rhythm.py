"""How well a website keeps the rhythm that it is meant to be updated in, and what its own has been. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import pairwise

from exporter.model import UpdateEvery

DAY_SECONDS = 86_400
WEEK_SECONDS = 604_800
WEEKS = 12
PERIOD_SECONDS = {UpdateEvery.DAY: DAY_SECONDS, UpdateEvery.WEEK: WEEK_SECONDS, UpdateEvery.MONTH: 2_678_400}
LATE_PERIODS = 3


class Standing(Enum):
    """What a website's age is against how often it is meant to be updated."""

    ON_TIME = "on_time"
    LATE = "late"
    ASLEEP = "asleep"
    UNKNOWN = "unknown"  # no date of a publication was ever found
    UNASKED = "unasked"  # the inventory doesn't say how often


def standing(age_seconds: int | None, update_every: UpdateEvery | None) -> Standing:
    """Return a website's standing: on time up to one period, late up to three, both inclusive, asleep beyond."""
    if update_every is None:
        return Standing.UNASKED
    if age_seconds is None:
        return Standing.UNKNOWN
    period = PERIOD_SECONDS[update_every]
    if age_seconds <= period:
        return Standing.ON_TIME
    return Standing.LATE if age_seconds <= LATE_PERIODS * period else Standing.ASLEEP


def asleep_from(counted_at: int, update_every: UpdateEvery) -> int:
    """Return when a website falls asleep that publishes nothing after an instant."""
    return counted_at + LATE_PERIODS * PERIOD_SECONDS[update_every]


def days_ago(published_at: datetime, at: datetime) -> int:
    """Return the days of the calendar from a publication to a moment, by the clocks they are told in; never below 0.

    Readers count so. How well a website is kept up follows from seconds, which are the same whatever the hour.
    """
    return max(0, (at.date() - published_at.date()).days)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What was published in the last 12 weeks: how much in each, the oldest first, and how many days lie between.

    `interval_days` is the lower median of the days from one day with a publication to the next; None where there are
    fewer than two such days.
    """

    weeks: tuple[int, ...]
    interval_days: int | None

    @property
    def weeks_with_any(self) -> int:
        """The number of weeks in which something was published."""
        return sum(map(bool, self.weeks))


def rhythm(counted_at: Iterable[int], until: int) -> Rhythm:
    """Return the rhythm of publications in the 12 weeks up to an instant; days are counted back from it too."""
    every = tuple(counted_at)
    days = sorted({age // DAY_SECONDS for at in every if 0 <= (age := until - at) < WEEKS * WEEK_SECONDS})
    between = sorted(older - newer for newer, older in pairwise(days))
    return Rhythm(weekly(every, until), between[(len(between) - 1) // 2] if between else None)


def weekly(counted_at: Iterable[int], until: int) -> tuple[int, ...]:
    """Return how many instants lie in each of the 12 weeks that end with `until`, the oldest week first.

    A week is `(end - 7 days, end]`: what is published just now counts, what comes later doesn't.
    """
    weeks = [0] * WEEKS
    for at in counted_at:
        weeks_ago = (until - at) // WEEK_SECONDS
        if 0 <= weeks_ago < WEEKS:
            weeks[WEEKS - 1 - weeks_ago] += 1
    return tuple(weeks)
