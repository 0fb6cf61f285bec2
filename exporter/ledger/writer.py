"""Writes what is settled every few seconds in a thread of its own; what can't be written is held and tried again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from exporter.clock import Clock
from exporter.errors import LedgerError
from exporter.ledger.store import Batch, Ledger, Restored
from exporter.statistics import WRITE_BOUNDS, Histogram
from exporter.timeline import Outage, Span, State

WRITE_EVERY_SECONDS = 5.0
logger = logging.getLogger(__name__)
R = TypeVar("R")


class LedgerWriter:
    """Holds the settled spans between two writes; its totals are what the ledger has committed."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._pending = Batch()
        self._writing: asyncio.Task[None] | None = None
        self._seconds: dict[str, dict[State, int]] = {}
        self.writes = Histogram(WRITE_BOUNDS)
        self.is_writable = True

    async def restore(self) -> dict[str, Restored]:
        """Return where the ledger left each link, and take up its totals there."""
        restored = await self.call(Ledger.restore)
        self._seconds = {link: dict(left.seconds) for link, left in restored.items()}
        return restored

    def add(self, link: str, spans: Iterable[Span], outage: Outage | None) -> None:
        """Take what one step of a link settled."""
        self._pending.add(link, spans, outage)

    def seconds(self, link: str) -> Mapping[State, int]:
        """Return a link's committed seconds by state; a state that never was is 0."""
        held = self._seconds.get(link, {})
        return {state: held.get(state, 0) for state in State}

    async def run(self) -> None:
        """Write every 5 s until cancelled."""
        while True:
            await asyncio.sleep(WRITE_EVERY_SECONDS)
            await self.flush()

    async def flush(self) -> None:
        """Write what is held; where that fails it stays held, and `is_writable` says so.

        A write that has begun goes on where its waiter is cancelled, so that a stop loses nothing of it.
        """
        self._writing = asyncio.create_task(self._write(), name="ledger write")
        await asyncio.shield(self._writing)

    async def _write(self) -> None:
        batch, self._pending = self._pending, Batch()
        if not batch:
            return
        started = self._clock.monotonic()
        try:
            await self.call(lambda ledger: ledger.write(batch))
        except LedgerError as error:
            if self.is_writable:
                logger.error("ledger_not_writable error=%s", error)  # noqa: TRY400 -- a condition, not a bug of ours
            self.is_writable = False
            self._hold_again(batch)
            return
        if not self.is_writable:
            logger.info("ledger_writable_again")
        self.is_writable = True
        self.writes.observe(self._clock.monotonic() - started)
        for link, spans in batch.spans.items():
            held = self._seconds.setdefault(link, {})
            for span in spans:
                held[span.state] = held.get(span.state, 0) + span.seconds

    async def call(self, work: Callable[[Ledger], R]) -> R:
        """Do something with the ledger in the writer's thread, after what was asked for before."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, self._ledger)

    @property
    def overlaps(self) -> int:
        """How many spans came twice: bugs that cost the second of them."""
        return self._ledger.overlaps

    async def close(self) -> None:
        """Write what is held a last time, and close the ledger; LedgerError where something couldn't be written."""
        if self._writing is not None:
            await self._writing
        await self.flush()
        await self.call(Ledger.close)
        self._thread.shutdown()
        lost = {link: sum(span.seconds for span in spans) for link, spans in self._pending.spans.items()}
        if lost:
            raise LedgerError(
                f"ledger {self._ledger.path}: the last {max(lost.values())} s of {len(lost)} links could not be written"
                " and are unmeasured; see the log above"
            )

    def _hold_again(self, batch: Batch) -> None:
        newer = self._pending
        for link, spans in newer.spans.items():
            batch.add(link, spans, None)
        batch.outages.update(newer.outages)
        self._pending = batch
