"""Makes the pages: what each needs is read beside the loop and kept for a while, then it is written in one thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any, Protocol, TypeVar

from exporter.cause import Evidence
from exporter.clock import Clock, SystemClock
from exporter.errors import InputError, TerpaduError
from exporter.ledger import Ledger
from exporter.model import Cause, Inventory, Language
from exporter.recent import Cell
from exporter.sla import Month
from exporter.snapshot import Snapshot
from exporter.web import finding
from exporter.web.assets import Assets
from exporter.web.downloads import Downloads, downloads
from exporter.web.finding import FoundOutage, Wanted
from exporter.web.history import History
from exporter.web.kept import Kept
from exporter.web.pages import office
from exporter.web.pages.bars import Bars
from exporter.web.pages.courses import Courses
from exporter.web.pages.place import Place
from exporter.web.pages.readings import OfLedger, read_office
from exporter.web.pages.rendering import Page
from exporter.web.pages.writer import Writer
from exporter.web.prometheus import Month30
from exporter.web.writing import WritingThread

OFFICE_SECONDS = 10.0  # how long what the ledger says of one office is kept
OUTAGES_SECONDS = 5.0  # the ledger is written as often
OUTAGES_A_PAGE = 50
PATIENCE_SECONDS = 0.25  # that a page has for a reading of the past, and for a Prometheus
NO_COURSES = Courses(cells=())
R = TypeVar("R")


class Source(Protocol):
    """Where pages come from."""

    @property
    def assets(self) -> Assets:
        """The styles and scripts."""

    @property
    def writing(self) -> WritingThread:
        """Where pages are written."""

    async def snapshot(self) -> Snapshot:
        """Return the latest of everything, at most a second old."""

    def history(self, snapshot: Snapshot, /) -> Coroutine[Any, Any, History]:
        """Return the past of a snapshot's links and offices; TerpaduError where the ledger can't be read."""

    async def read(self, work: Callable[[Ledger], R]) -> R:
        """Read one moment of the ledger beside its writer; TerpaduError where that can't be done."""

    def report_names(self) -> list[str]:
        """Return the names of the monthly reports' files, the latest month first; it reads a folder."""

    def recent(self, link: str) -> tuple[Cell, ...]:
        """Return what a link's echoes showed in the last 24 hours, as far as this process has measured."""

    def past_month(self, link: str, language: Language) -> Coroutine[Any, Any, Month30 | str | None]:
        """Return a link's last 30 days as Prometheus has them, why it can't say, or None where none is named."""


class Problem(Exception):  # noqa: N818 -- no error of ours: what was asked for isn't there
    """There is no such page: a status, and the key of a sentence with its values."""

    def __init__(self, status: int, key: str, **values: object) -> None:
        super().__init__(key)
        self.status = status
        self.key = key
        self.values = values


class Pages:
    """The pages of one exporter."""

    def __init__(self, source: Source, clock: Clock | None = None) -> None:
        clock = clock or SystemClock()
        self._source = source
        self._writer = Writer(source.assets)
        self._bars = Bars(None)
        self._reading: asyncio.Task[History] | None = None
        self._asking: dict[tuple[str, Language], asyncio.Task[Month30 | str | None]] = {}
        self._offices: Kept[str, OfLedger] = Kept(clock, OFFICE_SECONDS, 256)
        self._found: Kept[tuple[Wanted, str | None], finding.Page] = Kept(clock, OUTAGES_SECONDS, 64)

    async def page(self, place: Place) -> Page:
        """Return the page of a place; where there is none it says why, with the right status."""
        snapshot = await self._source.snapshot()
        try:
            return await self._made(place, snapshot)
        except Problem as problem:
            return await self._write(self._writer.told, snapshot, place, problem.status, problem.key, problem.values)

    async def problem(self, status: int, sentence: str, place: Place) -> Page:
        """Return a page that says why there is nothing else to show."""
        snapshot = await self._source.snapshot()
        return await self._write(self._writer.problem, snapshot, place, status, sentence)

    async def _write(self, work: Callable[..., Page], *args: object) -> Page:
        return await self._source.writing.do(work, *args)

    async def _made(self, place: Place, snapshot: Snapshot) -> Page:
        match place.path.split("/")[1:]:
            case [""]:
                bars, obstacle = await self._read_past(snapshot)
                return await self._write(self._writer.district, snapshot, place, bars, obstacle)
            case ["offices", code]:
                return await self._office(place, snapshot, code)
            case ["outages"] if not place.is_public:
                return await self._outages(place, snapshot)
            case ["outages", *parts] if not place.is_public:
                return await self._outage(place, snapshot, "/".join(parts))
            case ["reports", ""] if not place.is_public:
                found = await self._downloads(snapshot.inventory.providers.keys())
                return await self._write(self._writer.reports, snapshot, place, found)
        raise Problem(404, "unknown_page", path=place.path)

    async def _read_past(self, snapshot: Snapshot) -> tuple[Bars, str | None]:
        """Return what the ledger holds of the past, and why it can't be read, None where it can.

        A page doesn't wait long for it: what was read before is shown, or nothing yet, and the next one has it.
        """
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._source.history(snapshot))
        reading = self._reading
        await asyncio.wait({reading}, timeout=PATIENCE_SECONDS)
        if not reading.done():
            return self._bars, None
        try:
            history = reading.result()
        except TerpaduError as error:
            return Bars(None), str(error)
        if self._bars.history is not history:
            self._bars = Bars(history)
        return self._bars, None

    async def _office(self, place: Place, snapshot: Snapshot, code: str) -> Page:
        item = snapshot.inventory.offices.get(code)
        if item is None:
            raise Problem(404, "unknown_office", code=code)
        bars, obstacle = await self._read_past(snapshot)
        held = await self._offices.get(code, partial(self._read_office, snapshot, code), snapshot.inventory)
        if place.is_public:
            return await self._write(self._writer.public_office, snapshot, place, code, bars, held.months, obstacle)
        courses = await asyncio.gather(*(self._courses(link.id, held, place.language) for link in item.links))
        files = await self._downloads({link.provider for link in item.links})
        known = office.Known(bars, dict(courses), held.months, held.outages, files, obstacle or held.obstacle)
        return await self._write(self._writer.office, snapshot, place, code, known)

    async def _read_office(self, snapshot: Snapshot, code: str) -> OfLedger:
        now = int(snapshot.now.timestamp())
        work = partial(read_office, office=snapshot.inventory.offices[code], inventory=snapshot.inventory, now=now)
        try:
            return await self._source.read(work)
        except TerpaduError as error:
            return OfLedger(obstacle=str(error))

    async def _courses(self, link: str, held: OfLedger, language: Language) -> tuple[str, Courses]:
        """Put what the process has in memory, and what a Prometheus has, beside what the ledger holds of a link."""
        cells = await self._source.writing.do(self._source.recent, link)
        return link, replace(held.courses.get(link, NO_COURSES), cells=cells, month=await self._month(link, language))

    async def _month(self, link: str, language: Language) -> Month30 | str | None:
        """Return a link's 30 days; None too while Prometheus takes its time: a later page has them."""
        asking = self._asking.get((link, language))
        if asking is None:
            asking = self._asking[link, language] = asyncio.create_task(self._source.past_month(link, language))
            asking.add_done_callback(lambda _: self._asking.pop((link, language)))
        await asyncio.wait({asking}, timeout=PATIENCE_SECONDS)
        return asking.result() if asking.done() else None

    async def _downloads(self, providers: Collection[str]) -> tuple[Downloads, ...]:
        names = await asyncio.to_thread(self._source.report_names)
        return downloads(names, providers)

    async def _outages(self, place: Place, snapshot: Snapshot) -> Page:
        wanted = _wanted(place, snapshot.inventory)
        await self._demand_office(wanted.office, snapshot.inventory)
        after = place.value("after")
        work = partial(finding.find, inventory=snapshot.inventory, wanted=wanted, limit=OUTAGES_A_PAGE, after=after)
        _demand_place(after)
        try:
            found = await self._found.get((wanted, after), partial(self._source.read, work), snapshot.inventory)
        except TerpaduError as error:
            raise Problem(503, "ledger_problem", error=error) from error
        return await self._write(self._writer.outages, snapshot, place, wanted, found)

    async def _demand_office(self, code: str | None, inventory: Inventory) -> None:
        """Raise a Problem where neither the inventory nor the ledger, which holds former ones too, has an office."""
        if code is None or code in inventory.offices:
            return
        try:
            held = await self._source.read(Ledger.held_links)
        except TerpaduError as error:
            raise Problem(503, "ledger_problem", error=error) from error
        if not any(link.startswith(f"{code}/") for link in held):
            raise Problem(404, "unknown_office", code=code)

    async def _outage(self, place: Place, snapshot: Snapshot, named: str) -> Page:
        def look(ledger: Ledger) -> tuple[FoundOutage, Evidence | None] | None:
            found = finding.one(ledger, named)
            return None if found is None else (found, finding.evidence(ledger, found))

        try:
            known = await self._source.read(look)
        except TerpaduError as error:
            raise Problem(503, "ledger_problem", error=error) from error
        if known is None:
            raise Problem(404, "unknown_outage", id=named)
        return await self._write(self._writer.outage, snapshot, place, *known)


def _wanted(place: Place, inventory: Inventory) -> Wanted:
    """Return what is asked of the outages; a Problem says which filter asks for something that there isn't."""
    code, provider = place.value("office"), place.value("provider")
    if provider is not None and provider not in inventory.providers:
        raise Problem(404, "unknown_provider", code=provider)
    return Wanted(
        code, provider, _cause(place.value("cause")), _month(place.value("month")), _open(place.value("open"))
    )


def _demand_place(after: str | None) -> None:
    try:
        if after is not None:
            finding.place(after)
    except InputError as error:
        raise Problem(400, "unknown_after") from error


def _cause(value: str | None) -> Cause | None:
    try:
        return None if value is None else Cause(value)
    except ValueError:
        known = ", ".join(cause.value for cause in Cause)
        raise Problem(400, "unknown_cause", value=value, known=known) from None


def _month(value: str | None) -> Month | None:
    try:
        return None if value is None else Month.parse(value)
    except ValueError:
        raise Problem(400, "unknown_month", value=value) from None


def _open(value: str | None) -> bool | None:
    if value not in {None, "true", "false"}:
        raise Problem(400, "unknown_open", value=value)
    return None if value is None else value == "true"
