"""The process that visits websites, kept running beside the echo loop: a page may cost it its life, and no echo."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from exporter.clock import Clock, SystemClock
from exporter.sites.orders import ALIVE, LONGEST_LINE_BYTES, Order, Told, heard, lines

FIRST_REST_SECONDS = 5.0
LONGEST_REST_SECONDS = 300.0
STOP_SECONDS = 5.0
QUIET_SECONDS = 120.0  # it says every 20 s that it is alive
LOGGED_BYTES = 8192
Hear = Callable[[str, Told], None]
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Agent:
    """Who visits: `text` is the User-Agent, `zone` what dates without a zone are in."""

    text: str
    zone: ZoneInfo


class VisitingProcess:
    """Has websites visited by a process of its own; `deaths` counts how often that ended by itself.

    What it says on its standard error goes to the log.
    """

    def __init__(
        self,
        words: Sequence[str] = (sys.executable, "-m", "exporter.sites"),
        *,
        clock: Clock | None = None,
        quiet_seconds: float = QUIET_SECONDS,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._words = words
        self._clock = clock or SystemClock()
        self._quiet_seconds = quiet_seconds
        self._sleep = sleep
        self._process: asyncio.subprocess.Process | None = None
        self._agent: Agent | None = None
        self.deaths = 0

    def change(self, agent: Agent, orders: Iterable[Order]) -> None:
        """Let these websites be visited from now on, by this agent."""
        if self._process is None:
            return
        if agent != self._agent:
            self._process.terminate()  # the next one is the other agent
        else:
            self._write(self._process, orders)

    async def run(self, agent: Callable[[], Agent], orders: Callable[[], Iterable[Order]], hear: Hear) -> None:
        """Keep the process running until cancelled, and call `hear(office, what)` with what comes of its visits.

        One that ends is started again with what `agent` and `orders` give then. Rests between grow from 5 s to
        5 minutes.
        """
        rest = FIRST_REST_SECONDS
        while True:
            began = self._clock.monotonic()
            status = await self._run_once(agent, orders, hear)
            if agent() != self._agent:
                continue
            self.deaths += 1
            if self._clock.monotonic() - began > LONGEST_REST_SECONDS:
                rest = FIRST_REST_SECONDS
            logger.error("websites_process_ended status=%s it is started again in %d s", status, rest)
            await self._sleep(rest)
            rest = min(rest * 2, LONGEST_REST_SECONDS)

    async def _run_once(self, agent: Callable[[], Agent], orders: Callable[[], Iterable[Order]], hear: Hear) -> object:
        """Run the process to its end; return its status, or why it couldn't be started."""
        now = self._agent = agent()
        try:
            process = await asyncio.create_subprocess_exec(
                *self._words, "--agent", now.text, "--zone", now.zone.key, limit=LONGEST_LINE_BYTES,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
        except OSError as error:
            return error
        self._process = process
        try:
            self.change(agent(), orders())  # both may have changed while it was started
            async with asyncio.TaskGroup() as group:
                group.create_task(self._listen(process, hear))
                group.create_task(_log(process))
            return await process.wait()
        finally:
            self._process = None
            await _end(process)

    @staticmethod
    def _write(process: asyncio.subprocess.Process, orders: Iterable[Order]) -> None:
        if process.stdin is not None:
            with contextlib.suppress(OSError, RuntimeError):  # it has just ended; the next one gets the orders
                process.stdin.write(lines(orders))

    async def _listen(self, process: asyncio.subprocess.Process, hear: Hear) -> None:
        """Hand on what the process says; one that says something else, or nothing for too long, is ended."""
        if process.stdout is None:
            return
        try:
            while True:
                async with asyncio.timeout(self._quiet_seconds):
                    said = await process.stdout.readline()
                if not said:
                    return
                if said != ALIVE:
                    hear(*heard(said))
        except TimeoutError:
            logger.error("websites_process_hangs nothing was heard of it for %g s", self._quiet_seconds)  # noqa: TRY400
        except Exception as error:  # noqa: BLE001 -- whatever it says costs nobody else anything
            logger.error("websites_process_ends it says what isn't understood: %r", error)  # noqa: TRY400
        process.kill()


async def _log(process: asyncio.subprocess.Process) -> None:
    """Log what the process says of itself, cut where it says a lot."""
    if process.stderr is not None:
        while told := await process.stderr.read(LOGGED_BYTES):
            for said in told.decode(errors="replace").splitlines():
                logger.warning("websites_process_says text=%s", said.rstrip())


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the process in order, or after 5 s anyhow."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
