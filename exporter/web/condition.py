"""The one condition that people are shown of a link or an office, where the monitor knows several things at once.

Announced work stands over whatever else a link is, as in `opd_link_state`. An outage that is open stays down through
time that nobody measured: that it can't be seen any more doesn't end it. Purely.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from exporter.model import Link
from exporter.snapshot import LinkStatus, OfficeStatus, Snapshot
from exporter.timeline import State


class Condition(Enum):
    """What people are shown, the worst first; an office is `PARTLY` connected while a link of it is down."""

    DOWN = "down"
    PARTLY = "partly"
    DEGRADED = "degraded"
    MAINTENANCE = "maintenance"
    UNMEASURED = "unmeasured"
    UP = "up"


_OF_STATE = {
    State.UP: Condition.UP,
    State.DEGRADED: Condition.DEGRADED,
    State.DOWN: Condition.DOWN,
    State.UNMEASURED: Condition.UNMEASURED,
}


def of_link(status: LinkStatus) -> Condition:
    """Return what a link is shown as."""
    if status.in_maintenance:
        return Condition.MAINTENANCE
    return Condition.DOWN if status.outage_is_open else _OF_STATE[status.state]


def of_office(status: OfficeStatus, links: Sequence[LinkStatus]) -> Condition:
    """Return what an office is shown as; `links` are its own.

    What is in announced work counts for nothing while another link is left to judge the office by. An office that is
    offline is in maintenance where all that is down of it is.
    """
    of_links = {of_link(link) for link in links}
    if status.outage_is_open or status.state is State.DOWN:
        is_announced = Condition.MAINTENANCE in of_links and Condition.DOWN not in of_links
        return Condition.MAINTENANCE if is_announced else Condition.DOWN
    if of_links == {Condition.MAINTENANCE}:
        return Condition.MAINTENANCE
    return _left_over(of_links) if status.state is State.UP else Condition.UNMEASURED


def _left_over(of_links: set[Condition]) -> Condition:
    """Return what an office that is connected is, by the worst of its links."""
    if Condition.DOWN in of_links:
        return Condition.PARTLY
    return Condition.DEGRADED if Condition.DEGRADED in of_links else Condition.UP


@dataclass(frozen=True, slots=True)
class Standing:
    """An office as people are shown it: since when is in seconds since the epoch, None where nobody knows.

    `links` are all of its own; those whose contract isn't in force decide nothing, unless there is no other.
    """

    status: OfficeStatus
    links: tuple[LinkStatus, ...]
    condition: Condition
    since: int | None


def standings(snapshot: Snapshot) -> Iterator[Standing]:
    """Yield each office, in the inventory's order."""
    links: dict[str, list[LinkStatus]] = {}
    for status in snapshot.links:
        links.setdefault(status.link.office, []).append(status)
    for office in snapshot.offices:
        yield _standing(office, links.get(office.office.code, []), snapshot.today)


def standing(snapshot: Snapshot, code: str) -> Standing:
    """Return one office that there is."""
    office = next(of for of in snapshot.offices if of.office.code == code)
    return _standing(office, [of for of in snapshot.links if of.link.office == code], snapshot.today)


def _standing(office: OfficeStatus, links: Sequence[LinkStatus], today: date) -> Standing:
    deciding = [of for of in links if is_in_force(of.link, today)] or links
    condition = of_office(office, deciding)
    return Standing(office, tuple(links), condition, since(condition, deciding))


def is_in_force(link: Link, today: date) -> bool:
    """Return whether a local day lies in a link's validity."""
    return (link.valid_from is None or link.valid_from <= today) and (link.valid_to is None or today <= link.valid_to)


def link_since(status: LinkStatus) -> int | None:
    """Return since when a link is as it is shown; None in announced work, which the states leave aside."""
    if status.in_maintenance:
        return None
    return status.outage.started_at if status.outage is not None and status.outage.is_open else status.state_since


def since(condition: Condition, links: Sequence[LinkStatus]) -> int | None:
    """Return since when an office is as it is shown, by what its links tell: their states and their latest outages.

    An office is down since the last of its links was lost, partly since one was lost while another carries it, degraded
    since the first of its links is and none is down. Where a link came back from an outage, all that is better than
    partly began no sooner.
    """
    if condition is Condition.MAINTENANCE:
        return None
    alike = _known(link_since(of) for of in links if of_link(of) is condition)
    if condition is Condition.PARTLY:
        lost = _known(link_since(of) for of in links if of_link(of) is Condition.DOWN)
        carried = _known(of.state_since for of in links if of_link(of) in {Condition.UP, Condition.DEGRADED})
        return max([min(lost), *([min(carried)] if carried else [])], default=None) if lost else None
    if condition is Condition.DEGRADED:
        ended = _known(of.outage.ended_at for of in links if of.outage is not None)
        return max([min(alike), *ended]) if alike else None
    if condition is Condition.DOWN:
        alike = _known(link_since(of) for of in links)
    return max(alike, default=None)


def _known(instants: Iterable[int | None]) -> list[int]:
    return [at for at in instants if at is not None]
