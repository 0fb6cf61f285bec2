"""Answers of `/api/v1/`: written in a thread that rests, and shared by those who ask at the same time."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from exporter.clock import Clock
from exporter.errors import InputError, TerpaduError
from exporter.ledger import Ledger
from exporter.model import Inventory
from exporter.pacing import resting
from exporter.sla import Month
from exporter.snapshot import Snapshot
from exporter.web import api, finding, months, openapi, questions, records
from exporter.web.condition import standings
from exporter.web.finding import Wanted
from exporter.web.history import Histories, History
from exporter.web.kept import Kept
from exporter.web.lists import Answer, Json, List, keyed, line, refusal, whole, written
from exporter.web.questions import Paging, Query, UnanswerableError
from exporter.web.writing import WritingThread

LINKS_SHARED_SECONDS = 1.0
KEPT = 8  # answers to different questions
OUTAGES_SHARED_SECONDS = 5.0  # the ledger is written as often
HISTORY_SHARED_SECONDS = 30.0
MONTH_SHARED_SECONDS = 60.0
OUTAGES = 100
P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class Source(Protocol):
    """Where the answers come from."""

    async def snapshot(self) -> Snapshot:
        """Freeze the latest of everything."""

    async def read(self, work: Callable[[Ledger], R]) -> R:
        """Read one moment of the ledger beside its writer; TerpaduError where that can't be done."""


def _told(
    answered: Callable[Concatenate[Answers, P], Awaitable[Answer]],
) -> Callable[Concatenate[Answers, P], Coroutine[Any, Any, Answer]]:
    """Let an answer say in a sentence why there is none."""

    @wraps(answered)
    async def told(self: Answers, /, *args: P.args, **kwargs: P.kwargs) -> Answer:
        try:
            return await answered(self, *args, **kwargs)
        except UnanswerableError as error:
            return refusal(error.status, str(error))
        except TerpaduError as error:
            return refusal(503, f"the ledger can't be read: {error}")

    return told


class Answers:
    """Gives the answers to queries; one link's or one outage's values are in memory at a time.

    The links, offices and websites are at most a second old, their last 24 hours and 90 days 30 s, the outages 5 s, a
    month's figures a minute.
    """

    def __init__(self, source: Source, clock: Clock, writing: WritingThread) -> None:
        self._writing = writing
        self._source = source
        self._clock = clock
        self._histories = Histories()
        self._links: Kept[None, List] = Kept(clock, LINKS_SHARED_SECONDS)
        self._offices: Kept[None, List] = Kept(clock, LINKS_SHARED_SECONDS)
        self._public_offices: Kept[None, List] = Kept(clock, LINKS_SHARED_SECONDS)
        self._websites: Kept[None, List] = Kept(clock, LINKS_SHARED_SECONDS)
        self._history: Kept[None, History] = Kept(clock, HISTORY_SHARED_SECONDS)
        self._outages: Kept[tuple[Wanted, Paging], Answer] = Kept(clock, OUTAGES_SHARED_SECONDS, KEPT)
        self._months: Kept[Month, List] = Kept(clock, MONTH_SHARED_SECONDS, KEPT)
        self._description: Kept[None, Answer] = Kept(clock, math.inf)
        self._one_page_at_a_time = asyncio.Lock()

    async def history(self, snapshot: Snapshot) -> History:
        """Return the past of a snapshot's links and offices, at most 30 s old; TerpaduError as a reading's."""
        work = partial(self._histories.read, inventory=snapshot.inventory, now=self._now())
        return await self._history.get(None, lambda: self._source.read(work), snapshot.inventory)

    @_told
    async def links(self, query: Query) -> Answer:
        """Answer `/api/v1/links`; a ledger that can't be read costs the last 24 hours alone."""
        said = questions.given(query, ("limit", "after"))
        asked = questions.paging(said)
        return await self._page(await self._links.get(None, self._write_links), said, asked)

    @_told
    async def offices(self, query: Query, *, is_public: bool = False) -> Answer:
        """Answer `/api/v1/offices`; to everybody, whatever the query says, where it `is_public`."""
        said = questions.given(query, ("limit", "after", "public"))
        asked = questions.paging(said)
        if questions.is_public(said) or is_public:
            shared = await self._public_offices.get(None, partial(self._write_offices, is_public=True))
        else:
            shared = await self._offices.get(None, partial(self._write_offices, is_public=False))
        return await self._page(shared, said, asked)

    @_told
    async def websites(self, query: Query) -> Answer:
        """Answer `/api/v1/websites`."""
        said = questions.given(query, ("limit", "after"))
        asked = questions.paging(said)
        return await self._page(await self._websites.get(None, self._write_websites), said, asked)

    @_told
    async def outages(self, query: Query) -> Answer:
        """Answer `/api/v1/outages`, the latest first."""
        said = questions.given(query, ("office", "provider", "cause", "month", "open", "limit", "after"))
        asked = questions.paging(said, OUTAGES)
        if asked.after is not None:
            try:
                finding.place(asked.after)
            except InputError as error:
                raise UnanswerableError(404, str(error)) from None
        inventory = (await self._source.snapshot()).inventory
        held = await self._held(said, inventory)
        wanted = questions.wanted(said, inventory, held)
        return await self._outages.get(
            (wanted, asked),
            partial(self._source.read, partial(self._write_outages, inventory, said, wanted, asked)),
            inventory,
        )

    @_told
    async def outage(self, identifier: str, query: Query) -> Answer:
        """Answer `/api/v1/outages/{id}`."""
        questions.given(query, ())
        inventory = (await self._source.snapshot()).inventory
        return await self._source.read(partial(self._write_outage, inventory, identifier))

    @_told
    async def sla(self, query: Query) -> Answer:
        """Answer `/api/v1/sla`, of the running month where none is named."""
        said = questions.given(query, ("month", "limit", "after"))
        asked = questions.paging(said)
        snapshot = await self._source.snapshot()
        running = Month.containing(self._now(), snapshot.inventory.organisation.timezone)
        month = questions.month(said) or running
        work = partial(self._write_month, snapshot.inventory, month, month == running)
        return await self._page(
            await self._months.get(month, partial(self._source.read, work), snapshot.inventory), said, asked
        )

    @_told
    async def description(self, query: Query) -> Answer:
        """Answer `/api/v1/openapi.json`."""
        questions.given(query, ())
        return await self._description.get(None, partial(self._writing.do, whole, {}, openapi.DOCUMENT))

    async def _page(self, of: List, said: Mapping[str, str], asked: Paging) -> Answer:
        async with self._one_page_at_a_time:
            kept = of.kept(said, asked)
            return await self._writing.do(of.page, said, asked) if kept is None else kept

    async def _write_links(self) -> List:
        snapshot = await self._source.snapshot()
        history = await self._history_or_none(snapshot)
        inventory = snapshot.inventory
        head = api.district(inventory.organisation, self._now()) | {"monitor": api.monitor(snapshot.monitor)}
        past = {} if history is None else history.links
        links = (api.link(of, inventory, past.get(of.link.id), snapshot.today) for of in snapshot.links)
        return await self._writing.do(List.of, "/api/v1/links", head, "links", keyed(links, "link"))

    async def _write_offices(self, *, is_public: bool) -> List:
        snapshot = await self._source.snapshot()
        history = await self._history_or_none(snapshot)
        head = api.district(snapshot.inventory.organisation, self._now())
        offices = _offices(snapshot, history, api.public_office if is_public else api.office)
        return await self._writing.do(List.of, "/api/v1/offices", head, "offices", keyed(offices, "code"))

    async def _write_websites(self) -> List:
        snapshot = await self._source.snapshot()
        now = self._now()
        known = (status for status in snapshot.websites if status.office in snapshot.inventory.offices)
        websites = (api.website(status, snapshot.inventory, now) for status in known)
        head = api.district(snapshot.inventory.organisation, now)
        return await self._writing.do(List.of, "/api/v1/websites", head, "websites", keyed(websites, "office"))

    async def _history_or_none(self, snapshot: Snapshot) -> History | None:
        try:
            return await self.history(snapshot)
        except TerpaduError:
            return None

    async def _held(self, said: Mapping[str, str], inventory: Inventory) -> list[str]:
        """Return the links that the ledger holds, where an office is asked for that the inventory lacks."""
        if said.get("office") is None or said["office"] in inventory.offices:
            return []
        return await self._source.read(Ledger.held_links)

    def _write_outages(
        self, inventory: Inventory, said: Mapping[str, str], wanted: Wanted, asked: Paging, ledger: Ledger
    ) -> Answer:
        page = finding.find(ledger, inventory, wanted, asked.limit or OUTAGES, asked.after)
        head = api.district(inventory.organisation, self._now())
        head["next"] = questions.address("/api/v1/outages", said, page.after)
        return written(head, "outages", [line(records.outage(of, inventory)) for of in resting(page.outages)])

    def _write_outage(self, inventory: Inventory, identifier: str, ledger: Ledger) -> Answer:
        found = finding.one(ledger, identifier)
        if found is None:
            raise UnanswerableError(404, f"there is no outage {identifier[:80]!r}; /api/v1/outages lists them")
        told = records.outage_in_full(found, finding.evidence(ledger, found), inventory)
        return whole(api.district(inventory.organisation, self._now()), told)

    def _write_month(self, inventory: Inventory, month: Month, is_running: bool, ledger: Ledger) -> List:  # noqa: FBT001
        """Write a month's figures; of the running one there may be none yet."""
        zone = inventory.organisation.timezone
        settled = ledger.settled()
        start, end = month.period(zone)
        is_empty = settled is None or settled[1] <= start or settled[0] >= end
        if is_empty and not is_running:
            raise UnanswerableError(404, f"the ledger holds nothing of {month}{_months_of(settled, inventory)}")
        head = api.district(inventory.organisation, self._now()) | records.month(month, zone)
        found = () if is_empty else months.whole_month(ledger, inventory, month)
        offices = (records.office_month(of, zone) for of in found)
        return List.of("/api/v1/sla", head, "offices", keyed(offices, "office"))

    def _now(self) -> int:
        return int(self._clock.time())


def _offices(snapshot: Snapshot, history: History | None, document: Callable[..., Json]) -> Iterator[Json]:
    sites = {site.office: site for site in snapshot.websites}
    past = {} if history is None else history.offices
    zone = snapshot.inventory.organisation.timezone
    for of in standings(snapshot):
        code = of.status.office.code
        yield document(of, sites.get(code), past.get(code), zone)


def _months_of(settled: tuple[int, int] | None, inventory: Inventory) -> str:
    """Return which months the ledger holds, in words."""
    if settled is None:
        return "; nothing is settled yet"
    first, last = (Month.containing(at, inventory.organisation.timezone) for at in (settled[0], settled[1] - 1))
    return f"; it holds {first} to {last}"
