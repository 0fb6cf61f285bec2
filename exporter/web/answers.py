"""Bodies of `/api/v1/`: written in a thread that rests, and shared by those who ask at the same time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial
from typing import Generic, Protocol, TypeVar

from exporter import pacing
from exporter.clock import Clock
from exporter.errors import TerpaduError
from exporter.ledger import Ledger
from exporter.pacing import resting
from exporter.snapshot import Snapshot
from exporter.web import api
from exporter.web.history import Day, last_day, latest_outages

LINKS_SHARED_SECONDS = 1.0
OUTAGES_SHARED_SECONDS = 5.0  # the ledger is written as often
DAY_SHARED_SECONDS = 30.0
R = TypeVar("R")
T = TypeVar("T")


class Source(Protocol):
    """Where the answers come from."""

    async def snapshot(self) -> Snapshot:
        """Freeze the latest of everything."""

    async def read(self, work: Callable[[Ledger], R]) -> R:
        """Read one moment of the ledger beside its writer; TerpaduError where that can't be done."""


class Answers:
    """Writes the bodies; one link's or one outage's values are in memory at a time.

    The links and websites are at most a second old, the links' last 24 hours 30 s, the outages 5 s.
    """

    def __init__(self, source: Source, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._links: _Shared[None, bytes] = _Shared(clock, LINKS_SHARED_SECONDS)
        self._websites: _Shared[None, bytes] = _Shared(clock, LINKS_SHARED_SECONDS)
        self._days: _Shared[None, Mapping[str, Day]] = _Shared(clock, DAY_SHARED_SECONDS)
        self._outages: _Shared[int, bytes] = _Shared(clock, OUTAGES_SHARED_SECONDS)

    async def links(self) -> bytes:
        """Return the body of `/api/v1/links`; a ledger that can't be read costs the last 24 hours alone."""
        return await self._links.get(None, self._write_links)

    async def websites(self) -> bytes:
        """Return the body of `/api/v1/websites`."""
        return await self._websites.get(None, self._write_websites)

    async def outages(self, limit: int) -> bytes:
        """Return the body of `/api/v1/outages`; TerpaduError where the ledger can't be read."""
        return await self._outages.get(limit, partial(self._write_outages, limit))

    async def _write_links(self) -> bytes:
        snapshot = await self._source.snapshot()
        days = await self._days.get(None, partial(self._read_days, snapshot))
        inventory = snapshot.inventory
        head = api.district(inventory.organisation, self._now()) | {"monitor": api.monitor(snapshot.monitor)}
        links = (api.link(status, inventory, days, snapshot.today) for status in snapshot.links)
        return await asyncio.to_thread(pacing.paced, _written, head, "links", links)

    async def _write_websites(self) -> bytes:
        snapshot = await self._source.snapshot()
        now = self._now()
        known = (status for status in snapshot.websites if status.office in snapshot.inventory.offices)
        websites = (api.website(status, snapshot.inventory, now) for status in known)
        head = api.district(snapshot.inventory.organisation, now)
        return await asyncio.to_thread(pacing.paced, _written, head, "websites", websites)

    async def _read_days(self, snapshot: Snapshot) -> Mapping[str, Day]:
        try:
            return await self._source.read(partial(last_day, inventory=snapshot.inventory, now=self._now()))
        except TerpaduError:
            return {}

    async def _write_outages(self, limit: int) -> bytes:
        organisation = (await self._source.snapshot()).inventory.organisation
        found = await self._source.read(partial(latest_outages, limit=limit))
        outages = (api.outage(counted, organisation.timezone) for counted in found)
        head = api.district(organisation, self._now())
        return await asyncio.to_thread(pacing.paced, _written, head, "outages", outages)

    def _now(self) -> int:
        return int(self._clock.time())


class _Shared(Generic[T, R]):
    """Keeps the latest result of some work, and what it was asked for, for some seconds from when it began."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._one_at_a_time = asyncio.Lock()
        self._kept: tuple[T, float, R] | None = None

    async def get(self, key: T, work: Callable[[], Awaitable[R]]) -> R:
        """Return what is kept of a key while it is fresh, else the work's result."""
        async with self._one_at_a_time:
            began_at = self._clock.monotonic()
            if self._kept is None or self._kept[0] != key or began_at - self._kept[1] >= self._seconds:
                self._kept = (key, began_at, await work())
            return self._kept[2]


def _written(head: api.Json, name: str, items: Iterator[api.Json]) -> bytes:
    """Return a document as UTF-8, one item a line; the thread rests between them."""
    begun = json.dumps(head | {name: []}, ensure_ascii=False).removesuffix("]}")
    lines = (json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode() for item in resting(items))
    return b"%s\n%s\n]}\n" % (begun.encode(), b",\n".join(lines))
