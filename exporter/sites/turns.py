"""Turns at hosts: one request at a time each, however many websites a host has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """Who asks a host waits until nobody else does."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._wanted: dict[str, int] = {}

    @asynccontextmanager
    async def at(self, host: str) -> AsyncIterator[None]:
        """Hold a host's turn for the time of the context."""
        lock = self._locks.setdefault(host, asyncio.Lock())
        self._wanted[host] = self._wanted.get(host, 0) + 1
        try:
            async with lock:
                yield
        finally:
            self._wanted[host] -= 1
            if not self._wanted[host]:
                del self._wanted[host], self._locks[host]
