"""Results that are kept for some seconds, for those who ask for the same thing at about the same time."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from exporter.clock import Clock

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(slots=True)
class _Result(Generic[V]):
    """A result, when its work began and of what it is; None before the first."""

    one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)
    latest: tuple[float, object, V] | None = None


class Kept(Generic[K, V]):
    """Keeps the latest result of each of at most `most` keys, for some seconds from when its work began.

    Of one key one work is done at a time. Work that raises leaves what was kept before.
    """

    def __init__(self, clock: Clock, seconds: float, most: int = 1) -> None:
        self._clock = clock
        self._seconds = seconds
        self._most = most
        self._results: OrderedDict[K, _Result[V]] = OrderedDict()

    async def get(self, key: K, work: Callable[[], Awaitable[V]], of: object = None) -> V:
        """Return what is kept of a key while it is fresh, else the work's result.

        What was kept of another object than `of`, an inventory that is in force no more, isn't fresh.
        """
        result = self._of(key)
        async with result.one_at_a_time:
            began_at = self._clock.monotonic()
            latest = result.latest
            if latest is None or latest[1] is not of or began_at - latest[0] >= self._seconds:
                result.latest = latest = (began_at, of, await work())
            return latest[2]

    def _of(self, key: K) -> _Result[V]:
        """Return the place of a key, as the last that was asked for; the one longest unasked makes room."""
        result = self._results.setdefault(key, _Result())
        self._results.move_to_end(key)
        while len(self._results) > self._most:
            self._results.popitem(last=False)
        return result
