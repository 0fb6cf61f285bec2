"""Makes the monthly reports by itself: each month once it is over, in a process of its own beside the echo loop.

A month is closed at 06:00 of the first, local time, or at the next start. While it is provisional it is tried again
each day at 06:00; so is one that persons have amended since. What fails is tried again after some minutes.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from exporter.clock import Clock
from exporter.errors import TerpaduError
from exporter.ledger import Ledger
from exporter.sla import Month

HOUR = time(6)
LOOK_EVERY_SECONDS = 30.0
RETRY_SECONDS = 600.0
LONGEST_WAIT_SECONDS = 26 * 3600.0  # from 06:00 to 06:00, over a change of clocks too
LONGEST_SECONDS = 1800.0
_TOLD_CHARACTERS = 2000
logger = logging.getLogger(__name__)


class Reports:
    """Watches which months are due; `make` makes a month's report, and a TerpaduError says why it couldn't.

    `read` gives a moment of the ledger, `zone` the organisation's zone in force. `succeeded_at` is when a report was
    last made, by the ledger's word at first; None before the first.
    """

    def __init__(
        self,
        read: Callable[[Callable[[Ledger], tuple[Month, ...]]], Awaitable[tuple[Month, ...]]],
        make: Callable[[Month], Awaitable[None]],
        zone: Callable[[], ZoneInfo],
        clock: Clock,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._read = read
        self._make = make
        self._zone = zone
        self._clock = clock
        self._sleep = sleep
        self._tried: dict[Month, float] = {}
        self._missing: dict[Month, float] = {}
        self._next_try_at = 0.0
        self.succeeded_at: int | None = None

    @property
    def due_since(self) -> float | None:
        """Since when the oldest missing report is due, in seconds since the epoch."""
        return min(self._missing.values(), default=None)

    async def run(self) -> None:
        """Look every half a minute whether the hour has come, until cancelled."""
        while True:
            wait = self._next_try_at - self._clock.time()
            if not 0 < wait < LONGEST_WAIT_SECONDS:  # longer where the clock was ahead
                await self._try()
            await self._sleep(LOOK_EVERY_SECONDS)

    async def _try(self) -> None:
        """Make what is due, whatever becomes of the others; say when to look again."""
        now = self._clock.time()
        hour = last_hour(now, self._zone())
        self._next_try_at = last_hour(now, self._zone(), days=1)
        try:
            months = await self._read(self._due)
        except TerpaduError as error:
            self._fail(now, error)
            return
        for month in months:
            if hour <= self._tried.get(month, 0.0) <= now:
                continue
            try:
                await self._make(month)
            except TerpaduError as error:
                self._fail(now, error)
            else:
                self._tried[month] = now
                self._missing.pop(month, None)
                self.succeeded_at = int(self._clock.time())
                logger.info("report_made month=%s", month)

    def _fail(self, now: float, error: TerpaduError) -> None:
        self._next_try_at = now + RETRY_SECONDS
        logger.error("report_failed it is tried again in %d s error=%s", RETRY_SECONDS, error)

    def _due(self, ledger: Ledger) -> tuple[Month, ...]:
        """Return the months that are due; look again soon where one is over and the ledger isn't there yet."""
        now, zone = self._clock.time(), self._zone()
        if awaits(ledger, zone, now):
            self._next_try_at = now
        closed = {of.month: of.closed_at for of in ledger.closed_months()}
        if self.succeeded_at is None:
            self.succeeded_at = max(closed.values(), default=None)
        months = tuple(due(ledger, zone, now))
        self._missing = {of: _at_hour(of.next.first_day, zone) for of in months if str(of) not in closed}
        return months


def last_hour(now: float, zone: ZoneInfo, days: int = 0) -> float:
    """Return when it last was 06:00 in a zone, or some days after that."""
    local = datetime.fromtimestamp(now, UTC).astimezone(zone)
    if local.time() < HOUR:
        days -= 1
    return _at_hour(local.date() + timedelta(days=days), zone)


def _at_hour(day: date, zone: ZoneInfo) -> float:
    return datetime.combine(day, HOUR, zone).astimezone(UTC).timestamp()


def due(ledger: Ledger, zone: ZoneInfo, now: float) -> Iterator[Month]:
    """Yield the months that are to be closed, in order.

    They are over, by the clock and in the ledger, something of them was measured, and they never were closed; or they
    were while something was open, or before a person's last word on one of their outages.
    """
    settled = ledger.settled()
    if settled is None:
        return
    first, last = settled
    closed = {of.month: of for of in ledger.closed_months()}
    said = [(of.number, of.link, of.started_at) for of in ledger.amendments()]
    month = Month.containing(first, zone)
    while _is_over(month, zone, last, now):
        before = closed.get(str(month))
        if before is None:
            if ledger.has_measured(*month.period(zone)):
                yield month
        elif before.is_provisional:
            yield month
        else:
            start, end = month.period(zone)
            new = [(link, at) for number, link, at in said if number > before.last_amendment and at < end]
            if any(at >= start or _reaches(ledger, link, at, start) for link, at in new):
                yield month
        month = month.next


def awaits(ledger: Ledger, zone: ZoneInfo, now: float) -> bool:
    """Return whether a month is over by the clock and was begun in the ledger, which isn't settled to its end yet."""
    settled = ledger.settled()
    if settled is None:
        return False
    month = Month.containing(settled[1] - 1, zone)
    return settled[1] < month.period(zone)[1] and now >= _at_hour(month.next.first_day, zone)


def _is_over(month: Month, zone: ZoneInfo, settled_until: int, now: float) -> bool:
    _, end = month.period(zone)
    return settled_until >= end and now >= _at_hour(month.next.first_day, zone)


def _reaches(ledger: Ledger, link: str, started_at: int, start: int) -> bool:
    outage = ledger.outage(link, started_at)
    return outage is not None and (outage.ended_at is None or outage.ended_at > start)


class ReportProcess:
    """Makes a month's report by the command, at the lowest priority."""

    def __init__(self, ledger: Path, folder: Path) -> None:
        self._ledger = ledger
        self._folder = folder

    async def make(self, month: Month) -> None:
        """Close a month and write every file of it; a TerpaduError has the command's own words.

        The process doesn't outlast its waiter.
        """
        lowest = [nice, "-n", "19"] if (nice := shutil.which("nice")) else []
        command = [sys.executable, "-m", "exporter", "report", "sla", "--month", str(month), "--close", "--everything"]
        try:
            process = await asyncio.create_subprocess_exec(
                *lowest, *command, "--ledger", str(self._ledger), "--out", str(self._folder),
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
        except OSError as error:
            raise TerpaduError(f"report of {month}: its process can't be started: {error}") from error
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                _, told = await process.communicate()
        except TimeoutError:
            raise TerpaduError(f"report of {month}: not done after {LONGEST_SECONDS:.0f} s") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        words = told.decode(errors="replace").strip()[-_TOLD_CHARACTERS:]
        if process.returncode != 0:
            raise TerpaduError(f"report of {month}: {words}")
        for line in words.splitlines():
            logger.info("report_says %s", line)
