"""Time that a test moves."""

from __future__ import annotations

import asyncio
import heapq

EPOCH = 1_770_000_000.0


class FakeTime:
    """A clock and its `sleep`, moved by `advance` alone."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.step = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return EPOCH + self.now + self.step

    async def sleep(self, seconds: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._sleepers, (self.now + seconds, self._count, future))
        await future

    async def advance(self, seconds: float) -> None:
        end = self.now + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            wakes_at, _, future = heapq.heappop(self._sleepers)
            self.now = max(self.now, wakes_at)
            if not future.done():
                future.set_result(None)
            await settle()
        self.now = end


async def settle() -> None:
    """Let every task that can run do so."""
    for _ in range(25):
        await asyncio.sleep(0)
