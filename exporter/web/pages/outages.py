"""The outages as a list that can be filtered, and each on a page of its own with its evidence and path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from exporter.amendment import Amendment
from exporter.cause import Evidence, Trail
from exporter.model import Cause, Inventory
from exporter.report.evidence import sentences
from exporter.report.words import CAUSES, NOTHING
from exporter.sla import Month
from exporter.snapshot import Snapshot
from exporter.web.finding import FoundOutage, Page, Wanted
from exporter.web.pages.place import Place
from exporter.web.pages.telling import Telling
from exporter.web.pages.troubles import hop_name

MONTHS_OFFERED = 13


@dataclass(frozen=True, slots=True)
class OutageLine:
    """One outage as a row."""

    id: str
    url: str
    where: str
    where_url: str | None
    part: str | None
    start: str
    end: str
    is_open: bool
    length: str
    cause: str
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a filter."""

    value: str
    text: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter: its name in the address, its label, and what there is to choose."""

    name: str
    label: str
    choices: Sequence[Choice]


@dataclass(frozen=True, slots=True)
class OutageList:
    """All that the list shows; `older` is the next page's address, None on the last."""

    filters: Sequence[Filter]
    is_filtered: bool
    lines: Sequence[OutageLine]
    older: str | None


@dataclass(frozen=True, slots=True)
class Hop:
    """One hop of a path; `name` is None where it didn't answer."""

    name: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """What a person said of an outage."""

    by: str
    at: str
    text: str


@dataclass(frozen=True, slots=True)
class OutageShown:
    """One outage with all that is known of it; why a node was silent nobody judges."""

    line: OutageLine
    is_of_link: bool
    start: str
    confirmed: str
    end: str
    pending: str | None
    sentences: Sequence[str]
    path: Sequence[Hop]
    good_path: Sequence[Hop]
    said: Sequence[Said]


def outage_line(found: FoundOutage, snapshot: Snapshot, tell: Telling, place: Place) -> OutageLine:
    """Return an outage as a row; an office or a node that is in the inventory no more is told by its code."""
    outage, inventory = found.outage, snapshot.inventory
    code, _, part = found.target.partition("/")
    office, node = inventory.offices.get(code), inventory.nodes.get(found.target)
    name = code if office is None else office.name
    if not part:
        name = found.target if node is None else node.name
    return OutageLine(
        id=found.id,
        url=place.url(f"/outages/{found.id}"),
        where=name,
        where_url=place.url(f"/offices/{code}") if office is not None and part else None,
        part=part or tell("is_node"),
        start=tell.moment(outage.started_at),
        end=tell("outage_open") if outage.ended_at is None else tell.moment(outage.ended_at),
        is_open=outage.is_open,
        length=_length(found, tell),
        cause=_cause(found, snapshot, tell) if part else NOTHING,
        is_confirmed=found.is_confirmed,
    )


def _length(found: FoundOutage, tell: Telling) -> str:
    """Return how long a target was down, and how much of its outage nobody measured."""
    down = tell.duration(found.down_seconds)
    if not found.unmeasured_seconds:
        return down
    return tell("length_unmeasured", down=down, unmeasured=tell.duration(found.unmeasured_seconds))


def _cause(found: FoundOutage, snapshot: Snapshot, tell: Telling) -> str:
    """Return why an outage was; of an open one what it looks like so far."""
    if found.cause is not None or not found.outage.is_open:
        return tell.cause(found.cause)
    explained = next((of.explained for of in snapshot.links if of.link.id == found.target), None)
    return tell.cause(None) if explained is None else tell("cause_yet", cause=tell.cause(explained.cause))


def list_view(page: Page, wanted: Wanted, snapshot: Snapshot, tell: Telling, place: Place) -> OutageList:
    """Return what the list shows."""
    return OutageList(
        filters=list(_filters(wanted, snapshot.inventory, tell)),
        is_filtered=wanted != Wanted(),
        lines=[outage_line(of, snapshot, tell, place) for of in page.outages],
        older=None if page.after is None else place.here(after=page.after),
    )


def _filters(wanted: Wanted, inventory: Inventory, tell: Telling) -> Iterator[Filter]:
    offices = {code: of.name for code, of in inventory.offices.items()}
    yield _filter("office", offices, wanted.office, tell)
    yield _filter("provider", {code: of.name for code, of in inventory.providers.items()}, wanted.provider, tell)
    causes = {cause.value: tell.of(CAUSES[cause]) for cause in Cause}
    yield _filter("cause", causes, None if wanted.cause is None else wanted.cause.value, tell)
    chosen = None if wanted.month is None else str(wanted.month)
    yield _filter("month", _months(wanted.month, tell), chosen, tell)
    standing = {"true": tell("filter_is_open"), "false": tell("filter_is_over")}
    yield _filter("open", standing, None if wanted.is_open is None else str(wanted.is_open).lower(), tell)


def _months(wanted: Month | None, tell: Telling) -> Mapping[str, str]:
    """Return the last months, and the one that is asked for, the latest first."""
    month = Month.containing(tell.now, tell.zone)
    months = {month}
    for _ in range(MONTHS_OFFERED - 1):
        month = month.previous
        months.add(month)
    return {str(of): tell.month(of) for of in sorted(months | ({wanted} if wanted else set()), reverse=True)}


def _filter(name: str, values: Mapping[str, str], chosen: str | None, tell: Telling) -> Filter:
    any_of_them = Choice("", tell("filter_any"), chosen is None)
    choices = [Choice(value, text, value == chosen) for value, text in values.items()]
    return Filter(name, tell(f"filter_{name}"), [any_of_them, *choices])


def view(found: FoundOutage, evidence: Evidence | None, snapshot: Snapshot, tell: Telling, place: Place) -> OutageShown:
    """Return what an outage's page shows; `evidence` is the final one, or what is gathered so far of an open one."""
    outage = found.outage
    trail = None if evidence is None else evidence.trail
    return OutageShown(
        line=outage_line(found, snapshot, tell, place),
        is_of_link="/" in found.target,
        start=tell.instant(outage.started_at, tell.zone),
        confirmed=tell.instant(outage.confirmed_at, tell.zone),
        end=tell("outage_open") if outage.ended_at is None else tell.instant(outage.ended_at, tell.zone),
        pending=_pending(found, evidence, tell),
        sentences=[] if evidence is None else list(sentences(evidence, tell.zone, tell.language)),
        path=_path(None if trail is None else trail.hops, trail, snapshot.inventory),
        good_path=_path(None if trail is None else trail.good_hops, trail, snapshot.inventory),
        said=[_said(of, tell) for of in found.said],
    )


def _pending(found: FoundOutage, evidence: Evidence | None, tell: Telling) -> str | None:
    if found.verdict is not None:
        return None
    return tell("outage_evidence_pending" if found.outage.is_open or evidence is not None else "outage_evidence_none")


def _path(hops: Sequence[str | None] | None, trail: Trail | None, inventory: Inventory) -> list[Hop]:
    """Return a path's hops; the last that answered by its node's name."""
    if hops is None or trail is None:
        return []
    by_address = {node.address: node.name for node in inventory.nodes.values()}
    return [Hop(None if hop is None else by_address.get(hop, hop_name(hop, inventory))) for hop in hops]


def _said(said: Amendment, tell: Telling) -> Said:
    parts = [
        said.cause and tell("word_cause", cause=tell.cause(said.cause)),
        said.excluded and tell("word_excluded", reason=said.excluded),
        said.charged and tell("word_charged", reason=said.charged),
        said.note,
    ]
    return Said(said.by, tell.moment(said.at), " · ".join(part for part in parts if part))
