"""Spans of state and their algebra: what every SLA figure stands on.

A span is `[start, end)` in whole seconds since the epoch. A timeline is a sequence of spans in order of time that don't
overlap; time that no span covers is unmeasured. Intervals are the same without a state.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter, itemgetter

Interval = tuple[int, int]


class State(Enum):
    """What a second of a link or an office was; the value is the label of its metric. Degraded is available."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNMEASURED = "unmeasured"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one state, `[start, end)`, never empty."""

    start: int
    end: int
    state: State

    @property
    def seconds(self) -> int:
        """Its length."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Outage:
    """An outage `[started_at, ended_at)`; `ended_at` is None while it is open.

    `confirmed_at` is the end of the slot that made it an outage. All are seconds since the epoch.
    """

    started_at: int
    confirmed_at: int
    ended_at: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether it lasts on."""
        return self.ended_at is None

    def overlaps(self, other: Outage) -> bool:
        """Return whether both have a second in common; an open one lasts on."""
        return (other.ended_at is None or self.started_at < other.ended_at) and (
            self.ended_at is None or other.started_at < self.ended_at
        )


def merge(spans: Iterable[Span]) -> Iterator[Span]:
    """Join neighbours that touch and agree; the spans come in order of time."""
    held: Span | None = None
    for span in spans:
        if held is not None and held.end == span.start and held.state is span.state:
            held = Span(held.start, span.end, held.state)
            continue
        if held is not None:
            yield held
        held = span
    if held is not None:
        yield held


def clip(spans: Sequence[Span], start: int, end: int) -> Iterator[Span]:
    """Cut a timeline to `[start, end)`; the cost is that of what is left."""
    for index in range(bisect_right(spans, start, key=attrgetter("end")), len(spans)):
        span = spans[index]
        low, high = max(span.start, start), min(span.end, end)
        if low >= high:
            return
        yield span if low == span.start and high == span.end else Span(low, high, span.state)


def total(spans: Iterable[Span], state: State) -> int:
    """Return the seconds of one state."""
    return sum(span.seconds for span in spans if span.state is state)


def intervals(spans: Iterable[Span], state: State) -> tuple[Interval, ...]:
    """Return where a timeline has one state, in order, joined where they touch."""
    return union((span.start, span.end) for span in spans if span.state is state)


def union(parts: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return what any of the parts covers, in order, joined where they touch."""
    joined: list[Interval] = []
    for start, end in sorted(parts):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


def cut(parts: Sequence[Interval], start: int, end: int) -> Iterator[Interval]:
    """Cut intervals, as `union` returns them, to `[start, end)`; the cost is that of what is left."""
    for index in range(bisect_right(parts, start, key=itemgetter(1)), len(parts)):
        low, high = max(parts[index][0], start), min(parts[index][1], end)
        if low >= high:
            return
        yield low, high


def intersect(parts: Sequence[Interval], others: Sequence[Interval]) -> tuple[Interval, ...]:
    """Return what both cover; both as `union` returns them."""
    both: list[Interval] = []
    mine = theirs = 0
    while mine < len(parts) and theirs < len(others):
        low, high = max(parts[mine][0], others[theirs][0]), min(parts[mine][1], others[theirs][1])
        if low < high:
            both.append((low, high))
        if parts[mine][1] <= others[theirs][1]:
            mine += 1
        else:
            theirs += 1
    return tuple(both)


def subtract(parts: Sequence[Interval], taken: Sequence[Interval]) -> tuple[Interval, ...]:
    """Return what of `parts` no interval of `taken` covers; both as `union` returns them."""
    left: list[Interval] = []
    position = 0
    for start, end in parts:
        low = start
        while position < len(taken) and taken[position][1] <= low:
            position += 1
        for index in range(position, len(taken)):
            take_start, take_end = taken[index]
            if take_start >= end:
                break
            if take_start > low:
                left.append((low, take_start))
            low = take_end
        if low < end:
            left.append((low, end))
    return tuple(left)


def length(parts: Iterable[Interval]) -> int:
    """Return the seconds that intervals cover together; they don't overlap."""
    return sum(end - start for start, end in parts)
