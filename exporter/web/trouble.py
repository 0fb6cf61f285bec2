"""What is wrong now, as somebody needs it at night: the widest fault first, what is down by it, and whom to call.

Purely, from one snapshot; `grouping` says which fault an outage is part of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from exporter.model import Cause, Inventory, Provider
from exporter.snapshot import LinkStatus, NodeStatus, OfficeStatus, Snapshot
from exporter.timeline import State
from exporter.web.grouping import Fault, Kind, faults

__all__ = ["Kind", "Trouble", "troubles"]
_ORDER = list(Kind)
_MOST_TELLING = (Cause.UPSTREAM, Cause.PROVIDER, Cause.POWER, Cause.LINK, Cause.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One fault that lasts.

    `code` is a provider's, a node's or an office's, or a link's id; None of the monitor's own isolation, whose `name`
    is empty. `since` is in seconds since the epoch, the earliest that is part of it. `cause` is what its outages look
    like so far, None where nothing is known yet, and of a node, since nobody judges why one is down. `last_hop` is the
    last hop alive on the way to most of its links, a node's code or an address. `call` are whom to call: nobody where
    the office itself has to look, or the district.

    `links` are down by it, each under one trouble alone. `offices` are offline with one of them, and `connected` are
    those that another link carries; an office is under each trouble that took a link of it. All are in the inventory's
    order. A node without a link that is down by it has none of them. `in_maintenance` says that all of it is announced
    work.
    """

    kind: Kind
    code: str | None
    name: str
    since: int | None
    cause: Cause | None
    last_hop: str | None
    call: tuple[Provider, ...]
    links: tuple[LinkStatus, ...]
    offices: tuple[OfficeStatus, ...]
    connected: tuple[OfficeStatus, ...]
    in_maintenance: bool


def troubles(snapshot: Snapshot) -> tuple[Trouble, ...]:
    """Return what is wrong: what took links before what took none, by kind, in a kind the most offices first, then
    the oldest; announced work last.

    What was down before the monitor was isolated is still told: nobody has seen it end.
    """
    of_offices = {status.office.code: status for status in snapshot.offices}
    found = [_trouble(fault, snapshot.inventory, of_offices) for fault in faults(snapshot)]
    return (*_isolation(snapshot), *sorted(found, key=_rank))


def _isolation(snapshot: Snapshot) -> Iterator[Trouble]:
    monitor = snapshot.monitor
    if monitor.is_isolated:
        yield Trouble(Kind.ISOLATED, None, "", monitor.isolated_since, None, None, (), (), (), (), in_maintenance=False)


def _rank(of: Trouble) -> tuple[bool, bool, int, int, int, str]:
    """Return what troubles are sorted by; one that took no link, a router that is silent alone, comes after all."""
    took_none = not of.links
    return of.in_maintenance, took_none, _ORDER.index(of.kind), -len(of.offices), of.since or 0, of.code or ""


def _trouble(fault: Fault, inventory: Inventory, of_offices: dict[str, OfficeStatus]) -> Trouble:
    hit = [of_offices[code] for code in dict.fromkeys(status.link.office for status in fault.links)]
    down: tuple[LinkStatus | NodeStatus, ...] = (*fault.links, *fault.nodes)
    return Trouble(
        kind=fault.kind,
        code=fault.code,
        name=_name(fault, inventory),
        since=fault.since,
        cause=_cause(fault),
        last_hop=_last_hop(fault.links),
        call=tuple(inventory.providers[code] for code in dict.fromkeys(_call(fault, inventory))),
        links=fault.links,
        offices=tuple(status for status in hit if status.outage_is_open),
        connected=tuple(status for status in hit if status.state is State.UP),
        in_maintenance=all(status.in_maintenance for status in down),
    )


def _name(fault: Fault, inventory: Inventory) -> str:
    match fault.kind:
        case Kind.PROVIDER:
            return inventory.providers[fault.code].name
        case Kind.NODE:
            return inventory.nodes[fault.code].name
        case Kind.OFFICE:
            return inventory.offices[fault.code].name
    link = fault.links[0].link
    return f"{inventory.offices[link.office].name} ({link.name})"


def _cause(fault: Fault) -> Cause | None:
    """Return the most telling of what a fault's links look like."""
    if fault.kind is Kind.PROVIDER:
        return Cause.PROVIDER
    if fault.kind is Kind.NODE:
        return None
    known = {status.explained.cause for status in fault.links if status.explained is not None}
    return next((cause for cause in _MOST_TELLING if cause in known), None)


def _last_hop(links: Sequence[LinkStatus]) -> str | None:
    """Return where the most ways ended, of several the one of the first link; None where no way is known."""
    trails = (status.explained.evidence.trail for status in links if status.explained is not None)
    hops = Counter(trail.last_hop for trail in trails if trail is not None and trail.last_hop is not None)
    return next((hop for hop, _ in hops.most_common(1)), None)


def _call(fault: Fault, inventory: Inventory) -> Iterable[str]:
    """Return the codes of the providers to call."""
    if fault.kind is Kind.PROVIDER:
        return [fault.code]
    if fault.kind is Kind.NODE:
        return _of_node(fault.code, inventory)
    return (code for status in fault.links for code in _call_for(status, inventory))


def _call_for(status: LinkStatus, inventory: Inventory) -> Iterable[str]:
    explained = status.explained
    if explained is not None and explained.cause is Cause.POWER:
        return []
    above = None if explained is None or explained.cause is not Cause.UPSTREAM else explained.evidence.above
    if above is not None and above.node in inventory.nodes:
        return _of_node(above.node, inventory)
    return [status.link.provider]


def _of_node(code: str, inventory: Inventory) -> Iterable[str]:
    provider = inventory.provider_of_node(code)
    return [] if provider is None else [provider]
