"""What leaves a link's figures, and why: maintenance, then a person's word, then a cause that the provider excludes.

Each second leaves for one reason, the first that fits. Amendments and causes take an outage's down time alone. Purely.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from exporter.amendment import UNSAID, Word
from exporter.model import Cause, Provider
from exporter.timeline import Interval, Outage, Span, State, cut, intersect, intervals, length, subtract, union


@dataclass(frozen=True, slots=True)
class Explained:
    """An outage, what its evidence says it was, None while that isn't decided, and what persons say of it."""

    outage: Outage
    found: Cause | None = None
    said: Word = UNSAID

    @property
    def cause(self) -> Cause | None:
        """A person's word, else the evidence's."""
        return self.said.cause or self.found

    def is_excluded(self, provider: Provider) -> bool:
        """Return whether its cause leaves the figures: one that a person has confirmed, if that is asked for."""
        if self.said.is_charged or self.cause not in provider.excludes:
            return False
        return self.said.cause is not None or provider.exclude_unconfirmed

    def is_claim(self, provider: Provider) -> bool:
        """Return whether it would leave the figures once a person confirmed its cause."""
        if self.said.is_charged or self.said.excluded is not None:
            return False
        return self.cause in provider.excludes and not self.is_excluded(provider)


@dataclass(frozen=True, slots=True)
class ExcludedBy:
    """Seconds by why they are excluded; each is in one of them."""

    maintenance: int = 0
    amendment: int = 0
    cause: int = 0

    def __add__(self, other: ExcludedBy) -> ExcludedBy:
        return ExcludedBy(
            self.maintenance + other.maintenance, self.amendment + other.amendment, self.cause + other.cause
        )


@dataclass(frozen=True, slots=True)
class Exclusions:
    """Disjoint intervals, each as `union` returns them, and all of them together."""

    maintenance: tuple[Interval, ...] = ()
    amendment: tuple[Interval, ...] = ()
    cause: tuple[Interval, ...] = ()

    @property
    def together(self) -> tuple[Interval, ...]:
        """What leaves the figures."""
        if not self.amendment and not self.cause:
            return self.maintenance
        return union((*self.maintenance, *self.amendment, *self.cause))

    def within(self, start: int, end: int) -> ExcludedBy:
        """Return the seconds of each in `[start, end)`."""
        return ExcludedBy(*(length(cut(of, start, end)) for of in (self.maintenance, self.amendment, self.cause)))


def exclusions(
    windows: Sequence[Interval], timeline: Sequence[Span], outages: Iterable[Explained], provider: Provider
) -> Exclusions:
    """Return what leaves a link's figures; `windows` are its applied ones, as `union` returns them."""
    said, by_cause = [], []
    for explained in outages:
        if explained.said.excluded is not None:
            said.append(explained.outage)
        elif explained.is_excluded(provider):
            by_cause.append(explained.outage)
    if not said and not by_cause:
        return Exclusions(tuple(windows))
    down = subtract(intervals(timeline, State.DOWN), windows)
    end = timeline[-1].end if timeline else 0
    amendment = intersect(_extent(said, end), down)
    cause = intersect(_extent(by_cause, end), subtract(down, amendment))
    return Exclusions(tuple(windows), amendment, cause)


def _extent(outages: Iterable[Outage], end: int) -> tuple[Interval, ...]:
    return union((outage.started_at, end if outage.ended_at is None else outage.ended_at) for outage in outages)
