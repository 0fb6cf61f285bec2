"""Spans of state and their algebra: what every SLA figure stands on.

A span is `[start, end)` in whole seconds since the epoch. A timeline is a sequence of spans in order of time that don't
overlap; time that no span covers is unmeasured. Intervals are the same without a state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

Interval = tuple[int, int]


class State(Enum):
    """What a second of a link or an office was; the value is the label of its metric."""

    UP = "up"
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


def clip(spans: Iterable[Span], start: int, end: int) -> Iterator[Span]:
    """Cut a timeline to `[start, end)`."""
    for span in spans:
        low, high = max(span.start, start), min(span.end, end)
        if low < high:
            yield Span(low, high, span.state)


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


def subtract(parts: Sequence[Interval], taken: Sequence[Interval]) -> tuple[Interval, ...]:
    """Return what of `parts` no interval of `taken` covers; both as `union` returns them."""
    left: list[Interval] = []
    for start, end in parts:
        low = start
        for take_start, take_end in taken:
            if take_end <= low or take_start >= end:
                continue
            if take_start > low:
                left.append((low, take_start))
            low = max(low, take_end)
        if low < end:
            left.append((low, end))
    return tuple(left)


def length(parts: Iterable[Interval]) -> int:
    """Return the seconds that intervals cover together; they don't overlap."""
    return sum(end - start for start, end in parts)
