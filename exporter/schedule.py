"""When each target's turn is: a wheel of ticks, on which a target has a fixed place in its interval.

A tick is a hundredth of a second of the wall clock, counted from the Unix epoch.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Generic, TypeVar

TICKS_PER_SECOND = 100
T = TypeVar("T")


class Wheel(Generic[T]):
    """Targets by interval and place; a reload moves none that keeps both."""

    def __init__(self) -> None:
        self._buckets: dict[int, dict[int, list[T]]] = {}
        self._places: dict[int, list[int]] = {}

    def add(self, target: T, interval_seconds: int, place: int) -> None:
        """Give a target its turn, `place` ticks after the start of each slot."""
        buckets = self._buckets.setdefault(interval_seconds, {})
        if place not in buckets:
            insort(self._places.setdefault(interval_seconds, []), place)
        buckets.setdefault(place, []).append(target)

    def due(self, tick: int) -> Iterator[tuple[int, int, list[T]]]:
        """Yield those whose turn a tick is, with their slot's start and interval in seconds."""
        for interval, buckets in self._buckets.items():
            slot, place = divmod(tick, interval * TICKS_PER_SECOND)
            targets = buckets.get(place)
            if targets is not None:
                yield slot * interval, interval, targets

    def next_after(self, tick: int) -> int | None:
        """Return the next tick that is anybody's turn, `tick` itself where it is; None where there is nobody."""
        found: list[int] = []
        for interval, places in self._places.items():
            length = interval * TICKS_PER_SECOND
            slot, place = divmod(tick, length)
            position = bisect_left(places, place)
            found.append(slot * length + (places[position] if position < len(places) else length + places[0]))
        return min(found, default=None)

    @property
    def longest_interval_seconds(self) -> int:
        """The longest interval; 0 where there is nobody."""
        return max(self._buckets, default=0)
