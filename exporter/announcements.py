"""Keeps the inventory and its maintenance in the ledger, for reports, and hears of what persons add there.

What can't be written is tried again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from exporter.errors import LedgerError
from exporter.inventory import Placed
from exporter.ledger import Ledger
from exporter.maintenance import Window
from exporter.model import Maintenance

RECORD_EVERY_SECONDS = 5.0
T = TypeVar("T")
logger = logging.getLogger(__name__)


class Writer(Protocol):
    """What writes the ledger; `exporter.ledger.LedgerWriter` in the product."""

    async def call(self, work: Callable[[Ledger], T]) -> T:
        """Do something with the ledger; LedgerError where that can't be done."""


class Announcements:
    """What the inventory says from when on; `windows` are those that the ledger knows.

    Where writing fails the probing goes on with the windows that are known, and it is tried again until it succeeds.
    """

    def __init__(
        self, writer: Writer, version: str, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._writer = writer
        self._version = version
        self._sleep = sleep
        self._waiting: list[tuple[str, tuple[Maintenance, ...], int]] = []
        self.windows: tuple[Window, ...] = ()

    @property
    def is_waiting(self) -> bool:
        """Whether something isn't written yet."""
        return bool(self._waiting)

    async def take(self, placed: Placed, at: int) -> None:
        """Take an inventory that is in force from an instant on, in seconds since the epoch."""
        self._waiting.append((placed.text, placed.inventory.maintenance, at))
        await self._write()

    async def keep_up(self, may_write: Callable[[], bool], told: Callable[[tuple[Window, ...]], None]) -> None:
        """Every few seconds write what waits, while that is allowed, and read what persons added, until cancelled.

        `told` hears of the windows where they changed.
        """
        while True:
            await self._sleep(RECORD_EVERY_SECONDS)
            known = self.windows
            if self._waiting and may_write():
                await self._write()
            elif not self._waiting:
                await self._read()
            if self.windows != known:
                told(self.windows)

    async def _read(self) -> None:
        try:
            self.windows = await self._writer.call(Ledger.windows)
        except LedgerError as error:
            logger.warning("maintenance_not_read it is tried again error=%s", error)

    async def _write(self) -> None:
        """Write what waits, with the time at which each was first seen, and take up the windows."""
        waiting = list(self._waiting)

        def record(ledger: Ledger) -> tuple[Window, ...]:
            for document, announced, seen_at in waiting:
                ledger.record_inventory(document, seen_at, self._version)
                ledger.record_windows(announced, seen_at)
            return ledger.windows()

        try:
            self.windows = await self._writer.call(record)
        except LedgerError as error:
            logger.warning("inventory_not_recorded it is tried again error=%s", error)
        else:
            del self._waiting[: len(waiting)]
