"""Writes what is settled every few seconds in a thread of its own; what can't be written is held and tried again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from typing import TypeVar

from exporter import pacing
from exporter.bandwidth import Mean
from exporter.cause import Known, Verdict
from exporter.clock import Clock
from exporter.errors import LedgerError
from exporter.ledger.batch import Batch
from exporter.ledger.sites import SiteRecord
from exporter.ledger.store import Ledger, Restored
from exporter.model import Cause
from exporter.observation import DevicePoll, Path
from exporter.statistics import WRITE_BOUNDS, Histogram, Sketch
from exporter.timeline import Interval, Outage, Span, State

WRITE_EVERY_SECONDS = 5.0
HELD_SPANS = 200_000  # some 30 MB; where links change ten times a minute, an hour of a thousand of them
logger = logging.getLogger(__name__)
R = TypeVar("R")


class LedgerWriter:
    """Holds what is settled between two writes; its totals are what the ledger has committed.

    While the ledger can't be written `is_writable` is False and what is held stays held, at most `held_spans` of it:
    beyond that the oldest is dropped, unmeasured.
    """

    def __init__(self, ledger: Ledger, clock: Clock, held_spans: int = HELD_SPANS) -> None:
        self._ledger = ledger
        self._clock = clock
        self._held_spans = held_spans
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._pending = Batch(held_spans)
        self._unwritten = Batch(held_spans)  # the thread's own: what a write failed with, merged
        self._writing: asyncio.Task[None] | None = None
        self.writes = Histogram(WRITE_BOUNDS)
        self.is_writable = True

    async def restore(self) -> dict[str, Restored]:
        """Return where the ledger left each target."""
        return await self.call(Ledger.restore)

    def add(self, target: str, spans: Iterable[Span], outage: Outage | None, bridged: Iterable[Interval] = ()) -> None:
        """Take what one step of a target settled."""
        self._pending.add(target, spans, outage, bridged)

    def add_sketch(self, target: str, day: date, in_maintenance: bool, sketch: Sketch) -> None:  # noqa: FBT001
        """Take round-trip times of a link's local day."""
        self._pending.add_sketch(target, day, in_maintenance, sketch)

    def add_case(self, target: str, started_at: int, known: Known) -> None:
        """Take what is known of a link's outage that has no final cause yet."""
        self._pending.add_case(target, started_at, known)

    def add_verdict(self, target: str, verdict: Verdict) -> None:
        """Take the final cause of a link's outage."""
        self._pending.add_verdict(target, verdict)

    def add_poll(self, target: str, poll: DevicePoll) -> None:
        """Take a good poll of a link's device, which replaces the one before."""
        self._pending.polls[target] = poll

    def add_path(self, target: str, path: Path) -> None:
        """Take a path that reached a link, which replaces the one before."""
        self._pending.paths[target] = path

    def add_mean(self, target: str, mean: Mean) -> None:
        """Take a link's bandwidth of five minutes."""
        self._pending.add_mean(target, mean)

    def add_site(self, office: str, record: SiteRecord) -> None:
        """Take what came of an office's website."""
        self._pending.add_site(office, record)

    def outages_by_cause(self, target: str) -> Mapping[Cause, int]:
        """Return how many of a target's outages have each cause by what is committed."""
        return self._ledger.outages_by_cause(target)

    def seconds(self, target: str) -> Mapping[State, int]:
        """Return a target's committed seconds by state; a state that never was is 0. They never fall."""
        return self._ledger.seconds(target)

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
        taken, self._pending = self._pending, Batch(self._held_spans)
        if not (taken or self._unwritten):
            return
        started = self._clock.monotonic()
        try:
            await self.call(partial(self._write_all, taken))
        except LedgerError as error:
            if self.is_writable:
                logger.error("ledger_not_writable error=%s", error)  # noqa: TRY400 -- a condition, not a bug of ours
            self.is_writable = False
            return
        if not self.is_writable:
            logger.info("ledger_writable_again")
        self.is_writable = True
        self.writes.observe(self._clock.monotonic() - started)

    def _write_all(self, taken: Batch, ledger: Ledger) -> None:
        """Write what could not be written before together with what came since; in the thread."""
        if self._unwritten:
            self._unwritten.absorb(taken)
        else:
            self._unwritten = taken
        ledger.write(self._unwritten)
        if dropped := self._unwritten.dropped_seconds:
            logger.warning("ledger_dropped seconds=%d of all links together are unmeasured", dropped)
        self._unwritten = Batch(self._held_spans)

    async def call(self, work: Callable[[Ledger], R]) -> R:
        """Do something with the ledger in the writer's thread, after what was asked for before."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, pacing.paced, work, self._ledger)

    @property
    def overlaps(self) -> int:
        """How many spans or outages came twice or the wrong way round: bugs that cost them."""
        return self._ledger.overlaps

    async def close(self) -> None:
        """Write what is held a last time, and close the ledger; LedgerError where something couldn't be written."""
        try:
            if self._writing is not None:
                await self._writing
            await self.flush()
        finally:
            await self.call(Ledger.close)
            self._thread.shutdown()
        if lost := self._unwritten.seconds():
            raise LedgerError(
                f"ledger {self._ledger.path}: the last {max(lost.values())} s of {len(lost)} links could not be written"
                " and are unmeasured; see the log above"
            )
