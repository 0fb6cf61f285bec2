"""What is wrong, as the pages show it: a headline, since when, why so far, whom to call, who is affected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from exporter.model import Cause, Inventory
from exporter.sla import incident_id
from exporter.snapshot import OfficeStatus
from exporter.web.pages.place import Place
from exporter.web.pages.telling import Telling
from exporter.web.trouble import Kind, Trouble

_NUMBER = re.compile(r"\+?\(?\d[\d ().-]{5,}\d")


@dataclass(frozen=True, slots=True)
class Named:
    """An office's name and its page."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Call:
    """Whom to call; `number` is what a telephone dials, None where no number is known."""

    text: str
    number: str | None = None


@dataclass(frozen=True, slots=True)
class TroubleShown:
    """One trouble in texts; `names` are all offices that are down, `kept` those that another link connects."""

    key: str
    headline: str
    is_announced: bool
    since: str | None
    cause: str | None
    last_hop: str | None
    call: Sequence[Call]
    affected: str
    names: Sequence[Named]
    kept: str | None
    kept_names: Sequence[Named]
    url: str | None
    details: str | None


def shown_troubles(
    found: Iterable[Trouble], inventory: Inventory, tell: Telling, place: Place
) -> Iterator[TroubleShown]:
    """Yield each trouble as it is shown."""
    for trouble in found:
        headline = "trouble_announced" if trouble.in_maintenance else f"trouble_{trouble.kind.value}"
        yield TroubleShown(
            key=f"{trouble.kind.value}:{trouble.code}",
            headline=tell(headline, name=trouble.name),
            is_announced=trouble.in_maintenance,
            since=None if trouble.since is None else since_when(trouble.since, tell),
            cause=_cause(trouble, tell),
            last_hop=None if trouble.last_hop is None else hop_name(trouble.last_hop, inventory),
            call=() if trouble.in_maintenance else tuple(_calls(trouble, tell)),
            affected=_affected(trouble, tell),
            names=[_named(of, place) for of in trouble.offices],
            kept=tell.count("affected_connected", len(trouble.connected)) if trouble.connected else None,
            kept_names=[_named(of, place) for of in trouble.connected],
            url=_url(trouble, place),
            details=_details(trouble, place),
        )


def hop_name(hop: str, inventory: Inventory) -> str:
    """Return a hop as people know it: a node by its name, else its address."""
    node = inventory.nodes.get(hop)
    return hop if node is None else node.name


def _cause(trouble: Trouble, tell: Telling) -> str | None:
    """Return why so far; None of a node, which nobody judges, and of announced work."""
    if trouble.kind is Kind.NODE or trouble.in_maintenance:
        return None
    return tell("cause_unknown") if trouble.cause in {None, Cause.UNKNOWN} else tell.cause(trouble.cause)


def since_when(since: int, tell: Telling) -> str:
    """Return since when something lasts, and how long that is."""
    return tell("since_value", moment=tell.moment(since), length=tell.ago(since))


def _calls(trouble: Trouble, tell: Telling) -> Iterator[Call]:
    for provider in trouble.call:
        yield Call(provider.name if provider.noc is None else f"{provider.name}: {provider.noc}", number(provider.noc))
    if trouble.call and trouble.kind in {Kind.OFFICE, Kind.LINK} and trouble.cause in {None, Cause.UNKNOWN}:
        yield Call(tell("call_office"))
    if not trouble.call:
        yield Call(tell("call_office" if trouble.cause is Cause.POWER else "call_own"))


def number(noc: str | None) -> str | None:
    """Return the first telephone number in a provider's `noc`, as a telephone dials it; None where there is none."""
    found = None if noc is None else _NUMBER.search(noc)
    return None if found is None else re.sub(r"[^+\d]", "", found[0])


def _affected(trouble: Trouble, tell: Telling) -> str:
    if not trouble.offices:
        return tell("affected_none")
    return tell.count("announced_offices" if trouble.in_maintenance else "affected_offices", len(trouble.offices))


def _named(status: OfficeStatus, place: Place) -> Named:
    return Named(status.office.name, place.url(f"/offices/{status.office.code}"))


def _details(trouble: Trouble, place: Place) -> str | None:
    """Return the page of the outage where a trouble is one link's alone."""
    outage = trouble.links[0].outage if len(trouble.links) == 1 else None
    return None if outage is None else place.url(f"/outages/{incident_id(trouble.links[0].link.id, outage.started_at)}")


def _url(trouble: Trouble, place: Place) -> str | None:
    """Return where more is said of it: the office's page, or the provider's open outages."""
    if trouble.kind is Kind.PROVIDER:
        return place.url("/outages", provider=trouble.code, open="true")
    if trouble.kind in {Kind.OFFICE, Kind.LINK} and trouble.links:
        return place.url(f"/offices/{trouble.links[0].link.office}")
    return None
