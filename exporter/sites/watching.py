"""When each website is visited: checked every five minutes, looked at every six hours.

The first check of a website comes within 20 s; one that says another thing than the one before is made again after a
minute, once. A look follows a check that found the website active.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from exporter.clock import Clock
from exporter.model import Website
from exporter.sites.orders import Bug, Order, Told
from exporter.sites.resolving import Resolver
from exporter.sites.turns import Turns
from exporter.website import Activity, Fault, Look, SiteCheck

CHECK_EVERY_SECONDS = 300.0
LOOK_EVERY_SECONDS = 6 * 3600.0
FIRST_WITHIN_SECONDS = 20.0
AGAIN_AFTER_SECONDS = 60.0
JITTER_RATIO = 0.1
CHECKS_AT_ONCE = 64
LOOKS_AT_ONCE = 4
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Visits:
    """What is done at a website: `check` visits its page, `look` searches for what it published last.

    A look also says in how many seconds the website wants to be asked again at the earliest, None where it doesn't.
    """

    check: Callable[[Website], Awaitable[SiteCheck]]
    look: Callable[[Website, str], Awaitable[tuple[Look, float | None]]]


class _Watched:
    """A website between its visits."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.task: asyncio.Task[None] | None = None
        self.looking: asyncio.Task[None] | None = None
        self.said: Activity | None = None
        self.was_hurried = False
        self.has_logged = False
        self.look_not_before = 0.0  # by the wall clock

    @property
    def host(self) -> str:
        """Whom its requests go to at first."""
        return (urlsplit(self.order.website.url).hostname or "").lower()

    def end(self) -> list[asyncio.Task[None]]:
        """Cancel what is under way, and return it."""
        tasks = [task for task in (self.task, self.looking) if task is not None]
        for task in tasks:
            task.cancel()
        return tasks


class Watch:
    """Visits websites until it is stopped; `tell(office, what)` hears of each check and look."""

    def __init__(
        self,
        visits: Visits,
        resolver: Resolver,
        turns: Turns,
        tell: Callable[[str, Told], None],
        clock: Clock,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._visits = visits
        self._resolver = resolver
        self._tell = tell
        self._clock = clock
        self._sleep = sleep
        self._chance = random.Random()  # noqa: S311 -- so that not all are asked at once
        self._watched: dict[str, _Watched] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._checks = asyncio.Semaphore(CHECKS_AT_ONCE)
        self._looks = asyncio.Semaphore(LOOKS_AT_ONCE)
        self._turns = turns

    def take(self, orders: Iterable[Order]) -> None:
        """Visit these websites from now on; one whose address is the same goes on as it was."""
        wanted = {order.office: order for order in orders}
        for office, watched in list(self._watched.items()):
            order = wanted.get(office)
            if order is None or order.website.url != watched.order.website.url:
                self._end(self._watched.pop(office))
            else:
                watched.order = replace(watched.order, website=order.website)
        for office, order in wanted.items():
            if office not in self._watched:
                watched = self._watched[office] = _Watched(order)
                watched.task = asyncio.create_task(self._keep(watched), name=f"website of {office}")
        self._resolver.watch(watched.host for watched in self._watched.values())

    async def stop(self) -> None:
        """End every visit."""
        for watched in self._watched.values():
            self._end(watched)
        self._watched.clear()
        await asyncio.gather(*self._ending, return_exceptions=True)

    def _end(self, watched: _Watched) -> None:
        for task in watched.end():
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _keep(self, watched: _Watched) -> None:
        await self._sleep(self._chance.uniform(0, FIRST_WITHIN_SECONDS))
        while True:
            began = self._clock.monotonic()
            try:
                pause = await self._check_now(watched)
            except Exception as bug:  # noqa: BLE001 -- the loop survives any website
                self._survive(watched, bug)
                pause = CHECK_EVERY_SECONDS
            await self._sleep(max(0.0, began + pause - self._clock.monotonic()))

    async def _check_now(self, watched: _Watched) -> float:
        """Check a website, and look at it where that is due; return when to do so again, in seconds."""
        check = await self._check(watched)
        self._tell(watched.order.office, check)
        if check.activity is Activity.ACTIVE:
            self._begin_look(watched)
        return self._pause(watched, check)

    def _survive(self, watched: _Watched, bug: Exception) -> None:
        """Show a bug's traceback once a website, and tell of it each time."""
        if not watched.has_logged:
            watched.has_logged = True
            logger.error("a visit of %s failed", watched.order.website.url, exc_info=bug)
        self._tell(watched.order.office, Bug(repr(bug)))

    def _pause(self, watched: _Watched, check: SiteCheck) -> float:
        """Return in how many seconds after its beginning a check is followed by the next one."""
        is_news = check.is_measured and check.activity is not watched.said
        if check.is_measured:
            watched.said = check.activity
        watched.was_hurried = is_news and not watched.was_hurried
        if watched.was_hurried:
            return AGAIN_AFTER_SECONDS
        return CHECK_EVERY_SECONDS * self._chance.uniform(1 - JITTER_RATIO, 1 + JITTER_RATIO)

    async def _check(self, watched: _Watched) -> SiteCheck:
        """Check a website; what fails since the resolver does says nothing of it."""
        async with self._turns.at(watched.host), self._checks:
            check = await self._visits.check(watched.order.website)
        if check.fault is Fault.NAME_NOT_FOUND and await self._resolver.has_failed(
            watched.host, is_temporary=check.detail == "temporary"
        ):
            return replace(check, is_measured=False)
        return check

    def _begin_look(self, watched: _Watched) -> None:
        """Look at a website, where that is due and nobody does already."""
        looked_at, now = watched.order.looked_at, self._clock.time()
        is_due = looked_at is None or not 0 <= now - looked_at < LOOK_EVERY_SECONDS
        if is_due and now >= watched.look_not_before and (watched.looking is None or watched.looking.done()):
            watched.looking = asyncio.create_task(self._look(watched), name=f"look at {watched.order.office}")

    async def _look(self, watched: _Watched) -> None:
        async with self._looks:
            try:
                look, wait_seconds = await self._visits.look(watched.order.website, watched.order.stamps)
            except Exception as bug:  # noqa: BLE001 -- as above
                watched.look_not_before = self._clock.time() + LOOK_EVERY_SECONDS
                self._survive(watched, bug)
                return
        if wait_seconds is not None:
            watched.look_not_before = self._clock.time() + wait_seconds
        watched.order = replace(watched.order, looked_at=look.at, stamps=look.stamps)
        self._tell(watched.order.office, look)
