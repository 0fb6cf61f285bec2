"""Follows each outage to its cause: has the device asked and the path traced, and gives the ledger what is final."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from exporter.cause import Known, Verdict
from exporter.clock import Clock
from exporter.diagnosis import Diagnosis
from exporter.observation import DevicePoll, Path
from exporter.timeline import Outage

ADVANCE_EVERY_SECONDS = 1.0
AT_ONCE = 50
logger = logging.getLogger(__name__)


class Devices(Protocol):
    """What asks the links' devices; `exporter.polling.SnmpPoller` in the product."""

    def poll_soon(self, link_id: str) -> None:
        """Ask a link's device at once, and again soon until it answers."""


class Paths(Protocol):
    """What traces the links' paths; `exporter.tracing.Tracer` in the product."""

    def went_down(self, link_id: str) -> None:
        """Trace a link that is down."""

    def came_back(self, link_id: str) -> None:
        """Trace it no more for that."""


class Sink(Protocol):
    """What keeps the findings; `exporter.ledger.LedgerWriter` in the product."""

    def add_case(self, target: str, started_at: int, known: Known) -> None:
        """Take what is known of a link's outage that has no final cause yet."""

    def add_verdict(self, target: str, verdict: Verdict) -> None:
        """Take the final cause of a link's outage."""

    def add_poll(self, target: str, poll: DevicePoll) -> None:
        """Take a good poll of a link's device."""

    def add_path(self, target: str, path: Path) -> None:
        """Take a path that reached a link."""


class Investigation:
    """One district's; `names()` gives its nodes' codes by their addresses."""

    def __init__(  # noqa: PLR0913 -- what it works with, each by its name
        self,
        diagnosis: Diagnosis,
        *,
        clock: Clock,
        devices: Devices,
        paths: Paths,
        sink: Sink,
        names: Callable[[], Mapping[str, str]],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._diagnosis = diagnosis
        self._clock = clock
        self._devices = devices
        self._paths = paths
        self._sink = sink
        self._names = names
        self._sleep = sleep
        self._told_of: set[type[Exception]] = set()
        self.internal_errors = 0

    def take_up(self) -> None:
        """Go on with the outages that the diagnosis was given from the ledger."""
        for link, outage in self._diagnosis.open_cases():
            self._pursue(link, outage)

    def on_outage(self, target: str, outage: Outage) -> None:
        """Take an outage of a link or node that has begun, or ended."""
        self._diagnosis.take_outage(target, outage)
        if "/" in target:
            self._pursue(target, outage)

    def _pursue(self, link: str, outage: Outage) -> None:
        if outage.ended_at is None:
            self._paths.went_down(link)
        else:
            self._paths.came_back(link)
            self._devices.poll_soon(link)

    def on_poll(self, link: str, poll: DevicePoll) -> None:
        """Take a good poll of a link's device."""
        self._diagnosis.take_poll(link, poll)
        self._sink.add_poll(link, poll)

    def on_failure(self, link: str) -> None:
        """Take a poll of a link's device that gave nothing."""
        self._diagnosis.take_failure(link, self._clock.time())

    def on_path(self, link: str, path: Path) -> None:
        """Take a traced path."""
        if self._diagnosis.take_path(link, path, self._names()):
            self._sink.add_path(link, path)

    def provisional(self, link: str) -> Verdict | None:
        """Return what a link's open outage looks like so far; None where there is none."""
        return self._diagnosis.provisional(link, self._clock.time())

    async def advance(self) -> None:
        """Hand on what has become final and what is new, some at a time, so that no echo waits for it."""
        now = self._clock.time()
        for link, verdict in self._diagnosis.decided():
            self._keep(link, verdict)
        for number, (link, started_at) in enumerate(self._diagnosis.ready(now)):
            try:
                self._keep(link, self._diagnosis.decide(link, started_at, now))
            except Exception as bug:  # noqa: BLE001 -- it is told and counted, and harms no other link
                self._survive(bug)
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)
        for link, started_at, known in self._diagnosis.news():
            self._sink.add_case(link, started_at, known)

    def _keep(self, link: str, verdict: Verdict) -> None:
        self._sink.add_verdict(link, verdict)
        logger.info("outage_explained link=%s cause=%s", link, verdict.cause.value)

    async def run(self) -> None:
        """Advance each second until cancelled."""
        while True:
            await self._sleep(ADVANCE_EVERY_SECONDS)
            try:
                await self.advance()
            except Exception as bug:  # noqa: BLE001 -- it is told and counted
                self._survive(bug)

    def _survive(self, bug: Exception) -> None:
        """Go on after a bug of ours: the first of each kind is told, all are counted."""
        self.internal_errors += 1
        if type(bug) not in self._told_of:
            self._told_of.add(type(bug))
            logger.error("internal_error part=investigation", exc_info=bug)
