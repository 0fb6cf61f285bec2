"""Snapshots that are shared by who asks for one at about the same time."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable

from exporter.snapshot import Snapshot

SHARED_SECONDS = 1.0


class Moments:
    """Gives the latest of everything; `freeze` makes a snapshot, `now` is a monotonic clock in seconds."""

    def __init__(self, freeze: Callable[[], Awaitable[Snapshot]], now: Callable[[], float] = time.monotonic) -> None:
        self._freeze = freeze
        self._now = now
        self._one_at_a_time = asyncio.Lock()
        self._latest: tuple[float, Snapshot] | None = None
        self._expired_at = -math.inf

    async def snapshot(self) -> Snapshot:
        """Return a snapshot that is at most a second older than the asking."""
        return await self._begun_after(self._now() - SHARED_SECONDS)

    async def fresh(self) -> Snapshot:
        """Return a snapshot that was begun no sooner than the asking."""
        return await self._begun_after(self._now())

    def expire(self) -> None:
        """Let nobody from now on be given what was frozen before."""
        self._expired_at = self._now()

    async def _begun_after(self, not_before: float) -> Snapshot:
        async with self._one_at_a_time:
            latest = self._latest
            if latest is None or latest[0] < not_before or latest[0] <= self._expired_at:
                began_at = self._now()
                self._latest = latest = (began_at, await self._freeze())
            return latest[1]
