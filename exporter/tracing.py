"""The loop that traces the paths of links: of an outage at once, of a link without one each hour, never many."""

from __future__ import annotations

import asyncio
import heapq
import logging
import math
import zlib
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass

from exporter.clock import Clock
from exporter.model import Family, Link
from exporter.observation import Path

_log = logging.getLogger(__name__)

AddressOf = Callable[[str, Family | None], str | None]
"""Gives a host's IP address, or None while it isn't known."""

AT_ONCE, REGULAR_AT_ONCE = 5, 2
WINDOW_SECONDS, IN_A_WINDOW, REGULAR_IN_A_WINDOW = 60.0, 20, 10
AGAIN_SECONDS = 60.0
REGULAR_SECONDS = 3600.0
FAULT_REST_SECONDS = 1.0
# A link without a path on record has its first when outages that were there before are known, and within minutes.
FIRST_SECONDS, FIRST_SPAN_SECONDS = 30.0, 270.0


@dataclass(eq=False, slots=True)
class _Outage:
    """A link that is down; `has_again` once its second trace is decided."""

    link_id: str
    has_again: bool = False


class Tracer:
    """Traces each link when it goes down, once more a minute later if that says little, and hourly while it is up.

    What says little is a path on which nobody answered, one on which the target did although it is down, and none at
    all, because the system refused it or the address isn't known. At most 5 traces run at once and 20 begin in any
    minute, of them 2 and 10 of links that are up; outages come first, and among themselves in the order of their
    beginnings. Regular traces are due at a phase of the hour that is a link's own; more than 600 links take turns.
    Links are taken to be up until something else is said.
    """

    def __init__(
        self,
        trace: Callable[[str], Awaitable[Path | None]],
        clock: Clock,
        address_of: AddressOf,
        on_path: Callable[[str, Path], None],
        *,
        is_spared: Callable[[str], bool],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Take who traces an address, None where it can't, and who is given each link's paths, whatever they show.

        `is_spared(link_id)` says whether another link's trace tells of this one's outage already: it comes last.
        """
        self._trace = trace
        self._clock = clock
        self._address_of = address_of
        self._on_path = on_path
        self._is_spared = is_spared
        self._sleep = sleep
        self._links: dict[str, Link] = {}
        self._down: dict[str, _Outage] = {}
        self._urgent: deque[_Outage] = deque()
        self._regular: dict[str, None] = {}  # in the order in which they were due
        self._due: list[tuple[float, str]] = []  # a heap; whose link is gone, or has another instant, is passed over
        self._due_at: dict[str, float] = {}
        self._again: deque[tuple[float, _Outage]] = deque()
        self._began: deque[float] = deque(maxlen=IN_A_WINDOW)
        self._regular_began: deque[float] = deque(maxlen=REGULAR_IN_A_WINDOW)
        self._running: dict[asyncio.Task[object], bool] = {}  # whether it is of an outage
        self._wake = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._logged: set[tuple[str, type[Exception]]] = set()
        self.internal_errors = 0

    def start(self, links: Iterable[Link], known: Mapping[str, float]) -> None:
        """Begin; `known` is when each link's last good path on record was traced, in seconds since the epoch."""
        self._take(links, known)
        self._loop = asyncio.create_task(self._run(), name="tracing")

    def reload(self, links: Iterable[Link]) -> None:
        """Take other links; what is waited for of those that stay goes on, new ones have no path on record."""
        self._take(links, {})
        self._wake.set()

    async def stop(self) -> None:
        """End the loop and the traces that are under way."""
        tasks = [*self._running, *([self._loop] if self._loop else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def went_down(self, link_id: str) -> None:
        """Trace a link as soon as may be; nothing where it is known to be down, or isn't known."""
        if link_id in self._links and link_id not in self._down:
            outage = self._down[link_id] = _Outage(link_id)
            self._regular.pop(link_id, None)
            self._urgent.append(outage)
            self._wake.set()

    def came_back(self, link_id: str) -> None:
        """Drop the traces of an outage that still wait."""
        self._down.pop(link_id, None)

    def _take(self, links: Iterable[Link], known: Mapping[str, float]) -> None:
        before, self._links = self._links, {link.id: link for link in links}
        self._due_at = {link_id: due for link_id, due in self._due_at.items() if link_id in self._links}
        for gone in before.keys() - self._links.keys():
            self._down.pop(gone, None)
            self._regular.pop(gone, None)
        for link_id in self._links:
            if link_id not in before:
                self._plan(link_id, self._first_due(link_id, known.get(link_id, -math.inf)))

    def _first_due(self, link_id: str, traced_at: float) -> float:
        """Return the epoch's second of a link's first trace: soon, where the last hour has left none."""
        now = self._clock.time()
        regular = _regular_after(link_id, now)
        if traced_at < regular - REGULAR_SECONDS:
            return now + FIRST_SECONDS + FIRST_SPAN_SECONDS * _phase(link_id)
        return regular

    def _plan(self, link_id: str, at: float) -> None:
        """Let a link be due at a second of the epoch, as the clock shows it now."""
        due = self._clock.monotonic() + at - self._clock.time()
        self._due_at[link_id] = due
        heapq.heappush(self._due, (due, link_id))

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                self._collect_due()
                wakes_at = self._begin()
            except Exception as error:  # noqa: BLE001 -- one fault must not end all tracing
                self._internal_error(error, "the loop of traces met a fault of the monitor")
                await self._sleep(FAULT_REST_SECONDS)
                continue
            await self._rest(wakes_at)

    async def _rest(self, until: float) -> None:
        """Sleep until a monotonic instant, or until something happens."""
        woken = asyncio.ensure_future(self._wake.wait())
        slept = asyncio.ensure_future(self._sleep(max(0.0, until - self._clock.monotonic())))
        try:
            await asyncio.wait({woken, slept}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()
            slept.cancel()

    def _collect_due(self) -> None:
        """Let what is due wait for its turn."""
        now = self._clock.monotonic()
        while self._again and self._again[0][0] <= now:
            self._urgent.append(self._again.popleft()[1])
        while self._due and self._due[0][0] <= now:
            due, link_id = heapq.heappop(self._due)
            if self._due_at.get(link_id) != due:
                continue
            if link_id not in self._down:
                self._regular[link_id] = None
            self._plan(link_id, _regular_after(link_id, self._clock.time() + REGULAR_SECONDS / 2))

    def _begin(self) -> float:
        """Begin the traces that may; return the monotonic instant at which there may be more to do."""
        now = self._clock.monotonic()
        while self._urgent:
            if (free_at := self._free_at()) > now:
                return min(free_at, self._next_due())
            outage = next((one for one in self._urgent if not self._is_spared(one.link_id)), self._urgent[0])
            # Before it begins, because a fault would come again and keep all others waiting.
            self._urgent.remove(outage)
            if self._down.get(outage.link_id) is outage:
                self._spawn(self._trace_outage(outage), is_urgent=True)
        while self._regular:
            if (free_at := max(self._free_at(), self._regular_free_at())) > now:
                return min(free_at, self._next_due())
            link_id = next(iter(self._regular))
            del self._regular[link_id]
            self._spawn(self._path_of(link_id), is_urgent=False)
        return self._next_due()

    def _next_due(self) -> float:
        """Return when the next trace is due; an hour off where none is."""
        due = [self._due[0][0]] if self._due else []
        due += [self._again[0][0]] if self._again else []
        return min(due, default=self._clock.monotonic() + REGULAR_SECONDS)

    def _free_at(self) -> float:
        """Return when another trace may begin; infinity stands for the end of one that runs, which wakes the loop."""
        if len(self._running) >= AT_ONCE:
            return math.inf
        return self._began[0] + WINDOW_SECONDS if len(self._began) == IN_A_WINDOW else -math.inf

    def _regular_free_at(self) -> float:
        if list(self._running.values()).count(False) >= REGULAR_AT_ONCE:
            return math.inf
        began = self._regular_began
        return began[0] + WINDOW_SECONDS if len(began) == REGULAR_IN_A_WINDOW else -math.inf

    def _spawn(self, trace: Coroutine[None, None, object], *, is_urgent: bool) -> None:
        now = self._clock.monotonic()
        self._began.append(now)
        if not is_urgent:
            self._regular_began.append(now)
        task = asyncio.create_task(trace, name="trace")
        self._running[task] = is_urgent
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[object]) -> None:
        del self._running[task]
        self._wake.set()

    async def _trace_outage(self, outage: _Outage) -> None:
        path = await self._path_of(outage.link_id)
        says_little = path is None or path.is_whole or not path.hops
        if says_little and not outage.has_again:
            outage.has_again = True
            self._again.append((self._clock.monotonic() + AGAIN_SECONDS, outage))

    async def _path_of(self, link_id: str) -> Path | None:
        """Trace a link and hand its path on, unless it leads elsewhere by now; None where there is no path."""
        try:
            link = self._links.get(link_id)
            address = None if link is None else self._address_of(link.address, link.family)
            if link is None or address is None:
                return None
            path = await self._trace(address)
            now = self._links.get(link_id)
            if path is not None and now is not None and (now.address, now.family) == (link.address, link.family):
                self._on_path(link_id, path)
        except Exception as error:  # noqa: BLE001 -- the loop survives any target
            self._internal_error(error, "the trace of %s failed by a fault of the monitor", link_id)
            return None
        return path

    def _internal_error(self, error: Exception, text: str, *about: str) -> None:
        """Count a fault of ours, and show the traceback of the first of its kind with a text."""
        self.internal_errors += 1
        kind = (text, type(error))
        if kind not in self._logged:
            self._logged.add(kind)
            _log.exception(text, *about, exc_info=error)


def _phase(link_id: str) -> float:
    """Return where in the hour a link is traced, from 0 to 1, the same in every process."""
    return zlib.crc32(link_id.encode()) / 2**32


def _regular_after(link_id: str, after: float) -> float:
    """Return a link's first regular instant that isn't before an instant, both in seconds since the epoch."""
    return after + (_phase(link_id) * REGULAR_SECONDS - after) % REGULAR_SECONDS
