"""The offices' websites: what their visits come to, and what the ledger keeps of it.

A check that failed is judged some seconds later: then it is known whether the monitor itself was cut off meanwhile, and
if it was, the check says nothing of the website.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol

from exporter.clock import Clock
from exporter.ledger import RestoredSite, SiteRecord
from exporter.model import Inventory, Website
from exporter.sites.orders import Bug, Order, Told
from exporter.sitestate import SiteTrack, advance
from exporter.visiting import Agent, Hear
from exporter.website import Activity, Look, SiteCheck, SiteStatus

_KEPT = 3  # more than one, as the newest may be withdrawn
HINDSIGHT_SECONDS = 8.0  # until it is decided whether the monitor was cut off
logger = logging.getLogger(__name__)


class Visitor(Protocol):
    """Who visits websites; `deaths` counts what it did not survive."""

    deaths: int

    def change(self, agent: Agent, orders: Iterable[Order]) -> None:
        """Let these websites be visited from now on, by this agent."""

    async def run(self, agent: Callable[[], Agent], orders: Callable[[], Iterable[Order]], hear: Hear) -> None:
        """Visit until cancelled, and call `hear(office, what)` with what comes of it."""


@dataclass(slots=True)
class _Site:
    """An office's website, and what is known of it."""

    office: str
    url: str | None
    track: SiteTrack = field(default_factory=SiteTrack)
    look: Look | None = None


class Websites:
    """Judges the visits of one district's websites.

    `keep(office, record)` hands on what is settled; `was_isolated(start, end)` says whether the monitor was cut off.
    `program` is what the websites are told that visits them.
    """

    def __init__(
        self,
        program: str,
        visitor: Visitor,
        keep: Callable[[str, SiteRecord], None],
        was_isolated: Callable[[float, float], bool],
        clock: Clock,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._program = program
        self._visitor = visitor
        self._keep = keep
        self._was_isolated = was_isolated
        self._clock = clock
        self._sleep = sleep
        self._known: dict[str, _Site] = {}  # those that have left the inventory too: they may come back
        self._websites: dict[str, Website] = {}
        self._are_any = asyncio.Event()
        self._judging: set[asyncio.Task[None]] = set()
        self._bugs = 0

    def restore(self, inventory: Inventory, left: Mapping[str, RestoredSite]) -> None:
        """Begin where the ledger left each website."""
        for office, was in left.items():
            track = SiteTrack(was.run, was.check, settled_until=was.settled_until or 0)
            self._known[office] = _Site(office, was.url, track, was.look)
        self._take_inventory(inventory)

    def reload(self, inventory: Inventory) -> None:
        """Take another inventory; a website that stays goes on as it was."""
        self._take_inventory(inventory)
        self._visitor.change(self._agent(), self._orders())

    def _take_inventory(self, inventory: Inventory) -> None:
        self._organisation = inventory.organisation
        self._websites = dict(_websites(inventory))
        for office, website in self._websites.items():
            site = self._known.get(office)
            if site is None or site.url != website.url:
                self._known[office] = self._moved(office, website.url, site)
        if self._websites:
            self._are_any.set()

    def _moved(self, office: str, url: str, before: _Site | None) -> _Site:
        """Begin with a website at another address: what was at the one before says nothing of it."""
        self._keep(office, SiteRecord(moved=((int(self._clock.time()), url),)))
        settled_until = 0 if before is None else before.track.settled_until
        if before is not None and before.url is None:  # of a ledger that doesn't say where that was
            return replace(before, url=url)
        return _Site(office, url, SiteTrack(settled_until=settled_until))

    async def run(self) -> None:
        """Have websites visited until cancelled; what isn't judged then stays unmeasured."""
        await self._are_any.wait()
        try:
            await self._visitor.run(self._agent, self._orders, self._hear)
        finally:
            for task in self._judging:
                task.cancel()

    def status(self) -> tuple[SiteStatus, ...]:
        """Return every website as it is now, in the inventory's order."""
        now = self._clock.time()
        found = ((website, self._known[office]) for office, website in self._websites.items())
        return tuple(
            SiteStatus(site.office, website, site.track.now(now), site.track.latest, site.look)
            for website, site in found
        )

    @property
    def internal_errors(self) -> int:
        """How many bugs of ours visits met, and how often they cost the process its life."""
        return self._bugs + self._visitor.deaths

    def _agent(self) -> Agent:
        of = self._organisation
        return Agent(f"{self._program} (website monitor of {of.name})", of.timezone)

    def _orders(self) -> tuple[Order, ...]:
        """Return what is to be visited, and what the last looks left."""
        looks = ((office, website, self._known[office].look) for office, website in self._websites.items())
        return tuple(
            Order(office, website) if look is None else Order(office, website, look.at, look.stamps)
            for office, website, look in looks
        )

    def _hear(self, office: str, what: Told) -> None:
        """Take what came of a visit; of a website that is gone, nothing."""
        if office not in self._websites:
            return
        site = self._known[office]
        match what:
            case Bug():
                self._bugs += 1
            case Look():
                self._take_look(site, what)
            case SiteCheck() if what.activity is Activity.INACTIVE:
                task = asyncio.create_task(self._judge(site, what, self._clock.time()))
                self._judging.add(task)
                task.add_done_callback(self._judging.discard)
            case SiteCheck():
                self._take(site, what)

    async def _judge(self, site: _Site, check: SiteCheck, ended: float) -> None:
        """Take a check that failed, once it is known whether that was the monitor's own fault."""
        await self._sleep(HINDSIGHT_SECONDS)
        if self._known[site.office] is site and site.office in self._websites:
            self._take(site, replace(check, is_measured=not self._was_isolated(check.at, ended)))

    def _take(self, site: _Site, check: SiteCheck) -> None:
        before = site.track.run
        site.track, spans = advance(site.track, check)
        self._keep(site.office, SiteRecord(spans, check))
        now = site.track.run
        if now is not None and (before is None or before.activity is not now.activity):
            since = datetime.fromtimestamp(now.start, UTC).isoformat()
            why = "" if now.fault is None else f" fault={now.fault.value} text={now.detail}"
            logger.info("website_%s office=%s since=%s%s", now.activity.value, site.office, since, why)

    def _take_look(self, site: _Site, look: Look) -> None:
        """Keep a look; what an earlier one found and this one doesn't was published all the same, unless it says no."""
        self._keep(site.office, SiteRecord(look=look))
        earlier = () if site.look is None else site.look.publications
        found = {of.published_at: of for of in look.publications}
        found |= {of.published_at: of for of in earlier if of.published_at not in look.withdrawn}
        kept = tuple(found[at] for at in sorted(found, reverse=True)[:_KEPT])
        site.look = replace(look, publications=kept, withdrawn=())


def _websites(inventory: Inventory) -> Iterator[tuple[str, Website]]:
    for office in inventory.offices.values():
        if office.website is not None:
            yield office.code, office.website
