"""A month's figures from timelines: exact seconds, exact fractions, the verdict (SLA_METHOD, "From states to a month").

No float stands in any sum. Where nothing was measured the availability is None, never 0.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from fractions import Fraction
from operator import attrgetter
from zoneinfo import ZoneInfo

from exporter.model import Link
from exporter.timeline import Interval, Outage, Span, State, clip, cut, length, subtract

_END = attrgetter("end")


class Verdict(Enum):
    """What can be said of a target; the value is the report's word."""

    MET = "met"
    BREACHED = "breached"
    UNDETERMINED = "undetermined"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read `YYYY-MM`; a ValueError says what is expected."""
        match = re.fullmatch(r"(19[7-9]\d|20\d\d)-(0[1-9]|1[0-2])", text)
        if match is None:
            raise ValueError(f"{text!r} is no month; write it as YYYY-MM, for instance 2026-02")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def containing(cls, at: float, zone: ZoneInfo) -> Month:
        """Return the month of an instant, given in seconds since the epoch, by the clock of a zone."""
        local = datetime.fromtimestamp(at, zone)
        return cls(local.year, local.month)

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}"

    @property
    def first_day(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        """Its last day."""
        return (self.first_day + timedelta(days=31)).replace(day=1) - timedelta(days=1)

    def days(self) -> Iterator[date]:
        """Yield its days."""
        return (self.first_day + timedelta(days=number) for number in range(self.last_day.day))

    @property
    def next(self) -> Month:
        """The month after it."""
        after = self.last_day + timedelta(days=1)
        return Month(after.year, after.month)

    @property
    def previous(self) -> Month:
        """The month before it."""
        before = self.first_day - timedelta(days=1)
        return Month(before.year, before.month)

    def period(self, zone: ZoneInfo) -> Interval:
        """Return `[00:00 on the 1st, 00:00 on the next 1st)` by the clock of a zone, in seconds since the epoch."""
        return midnight(self.first_day, zone), midnight(self.last_day + timedelta(days=1), zone)


def midnight(day: date, zone: ZoneInfo) -> int:
    """Return 00:00 of a local day in seconds since the epoch."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC).timestamp())


def validity(link: Link, zone: ZoneInfo) -> tuple[int | None, int | None]:
    """Return when a link's contract begins and ends, in seconds since the epoch; None where it is open."""
    begin = None if link.valid_from is None else midnight(link.valid_from, zone)
    end = None if link.valid_to is None else midnight(link.valid_to + timedelta(days=1), zone)
    return begin, end


def within_validity(link: Link, zone: ZoneInfo, start: int, end: int) -> Interval:
    """Cut `[start, end)` to a link's validity; where nothing is left, both ends are equal."""
    begin, finish = validity(link, zone)
    low = start if begin is None else min(max(start, begin), end)
    high = end if finish is None else max(min(end, finish), low)
    return low, high


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds of one link, office or provider in a period.

    `up + degraded + down + unmeasured + excluded == total`; `bridged` are among the measured ones.
    """

    total: int = 0
    up: int = 0
    degraded: int = 0
    down: int = 0
    unmeasured: int = 0
    excluded: int = 0
    bridged: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            self.total + other.total,
            self.up + other.up,
            self.degraded + other.degraded,
            self.down + other.down,
            self.unmeasured + other.unmeasured,
            self.excluded + other.excluded,
            self.bridged + other.bridged,
        )

    @property
    def available(self) -> int:
        """U + G: degraded is available."""
        return self.up + self.degraded

    @property
    def counted(self) -> int:
        """S: the total less what is excluded."""
        return self.total - self.excluded

    @property
    def availability(self) -> Fraction | None:
        """(U + G) / (U + G + D): of the measured time; None where nothing was measured."""
        return _ratio(self.available, self.available + self.down)

    @property
    def coverage(self) -> Fraction | None:
        """(U + G + D) / S: the measured share; None where nothing is counted."""
        return _ratio(self.available + self.down, self.counted)

    @property
    def availability_min(self) -> Fraction | None:
        """(U + G) / S: as if all unmeasured time had been down; None where nothing is counted."""
        return _ratio(self.available, self.counted)

    @property
    def availability_max(self) -> Fraction | None:
        """(U + G + X) / S: as if all unmeasured time had been up; None where nothing is counted."""
        return _ratio(self.available + self.unmeasured, self.counted)

    def verdict(self, target: Fraction | None) -> Verdict:
        """Judge by the exact fractions: met or breached only where the unmeasured time can't change it."""
        low, high = self.availability_min, self.availability_max
        if target is None or low is None or high is None:
            return Verdict.NOT_APPLICABLE
        if low >= target:
            return Verdict.MET
        return Verdict.BREACHED if high < target else Verdict.UNDETERMINED


def figures(
    timeline: Sequence[Span],
    start: int,
    end: int,
    excluded: Sequence[Interval] = (),
    bridged: Sequence[Interval] = (),
) -> Figures:
    """Return the seconds of each state in `[start, end)`; what no span covers is unmeasured.

    `excluded` and `bridged` are intervals as `union` returns them; excluded seconds are in no other state.
    """
    out = tuple(cut(excluded, start, end))
    up = degraded = down = 0
    for index in range(bisect_right(timeline, start, key=_END), len(timeline)):
        span = timeline[index]
        low, high = max(span.start, start), min(span.end, end)
        if low >= high:
            break
        seconds = high - low - (length(cut(out, low, high)) if out else 0)
        if span.state is State.UP:
            up += seconds
        elif span.state is State.DOWN:
            down += seconds
        elif span.state is State.DEGRADED:
            degraded += seconds
    left_out = length(out)
    return Figures(
        total=end - start,
        up=up,
        degraded=degraded,
        down=down,
        unmeasured=end - start - left_out - up - degraded - down,
        excluded=left_out,
        bridged=length(subtract(tuple(cut(bridged, start, end)), out)) if bridged else 0,
    )


@dataclass(frozen=True, slots=True)
class Incident:
    """An outage as a month's report counts it; instants are seconds since the epoch.

    `seconds` are its down seconds, those outside the month too; with its excluded and its unmeasured ones they are its
    length. `continues` says that it began before the month, ends after it, or is open.
    """

    id: str
    started_at: int
    ended_at: int | None
    seconds: int
    seconds_in_month: int
    excluded_seconds: int
    unmeasured_seconds: int
    continues: bool


def incidents(
    link_id: str,
    outages: Sequence[Outage],
    timeline: Sequence[Span],
    month: Interval,
    excluded: Sequence[Interval] = (),
    watched: Interval | None = None,
) -> tuple[Incident, ...]:
    """Return the outages that touch a month, and have a down second, in order.

    Those whose down seconds are all excluded have 0 `seconds`, and aren't counted. The timeline reaches back to the
    beginning of the first of them, and on to the end of the last. Nothing counts outside of what is `watched`, None for
    everywhere, and of an open one nothing after the month. `excluded` is as `union` returns it, and reaches as far.
    """
    start, end = month
    since, until = watched or (0, max([end, *(of.ended_at or 0 for of in outages)]))
    counted = []
    for outage in outages:
        finish = end if outage.ended_at is None else outage.ended_at
        if outage.started_at >= end or finish < start:
            continue
        begin = max(outage.started_at, since)
        finish = max(min(finish, until), begin)
        whole = figures(timeline, begin, finish, excluded)
        if whole.down == 0 and not any(span.state is State.DOWN for span in clip(timeline, begin, finish)):
            continue
        low, high = max(outage.started_at, start), min(finish, end)
        is_whole = (low, high) == (begin, finish)
        counted.append(
            Incident(
                id=incident_id(link_id, outage.started_at),
                started_at=outage.started_at,
                ended_at=outage.ended_at,
                seconds=whole.down,
                seconds_in_month=whole.down if is_whole else figures(timeline, low, max(low, high), excluded).down,
                excluded_seconds=whole.excluded,
                unmeasured_seconds=whole.unmeasured,
                continues=outage.started_at < start or outage.ended_at is None or outage.ended_at > end,
            )
        )
    return tuple(counted)


def incident_id(link_id: str, started_at: int) -> str:
    """Return `OFFICE/LINK@STARTUTC`, for instance `dinkes/primary@20260210T153000Z`."""
    return f"{link_id}@{datetime.fromtimestamp(started_at, UTC):%Y%m%dT%H%M%SZ}"


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often and how long: both means in whole seconds, cut, None where there is nothing to divide by."""

    started: int
    ended: int
    mttr_seconds: int | None
    mtbo_seconds: int | None


def frequency(found: Sequence[Incident], available_seconds: int, start: int, end: int) -> Frequency:
    """Return outages started and ended in `[start, end)`, their MTTR, and the mean time between outages (G.827)."""
    counted = [incident for incident in found if incident.seconds]
    started = sum(start <= incident.started_at < end for incident in counted)
    lengths = [i.seconds for i in counted if i.ended_at is not None and start <= i.ended_at < end]
    return Frequency(
        started=started,
        ended=len(lengths),
        mttr_seconds=sum(lengths) // len(lengths) if lengths else None,
        mtbo_seconds=available_seconds // started if started else None,
    )


def percent(value: Fraction | None) -> str | None:
    """Return a share as percent, cut (never rounded up) to 3 decimals: 99.499521 % is "99.499"; None stays None."""
    if value is None:
        return None
    thousandths = value.numerator * 100_000 // value.denominator
    return f"{thousandths // 1000}.{thousandths % 1000:03}"


def share(part: int, whole: int) -> str | None:
    """Return a share as a number between 0 and 1, cut to 6 decimals; None of nothing."""
    if not whole:
        return None
    millionths = part * 1_000_000 // whole
    return f"{millionths // 1_000_000}.{millionths % 1_000_000:06}"


def _ratio(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None
