"""Links, offices and nodes as a snapshot has them, for the tests of what people are shown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction

from monitor_fakes import make_link

from exporter import office
from exporter.cause import Above, DeviceSeen, Evidence, Together, Trail, Verdict
from exporter.model import Cause, Inventory, Link
from exporter.snapshot import LinkStatus, MonitorStatus, NodeStatus, OfficeStatus, Snapshot
from exporter.statistics import LATENESS_BOUNDS, RTT_BOUNDS, WRITE_BOUNDS, Histogram
from exporter.timeline import Outage, State

NOW = 1_770_000_000


def link_status(
    link: Link | None = None,
    state: State = State.UP,
    *,
    since: int | None = None,
    explained: Verdict | None = None,
    in_maintenance: bool = False,
) -> LinkStatus:
    """Return a link; its outage is open since an instant, None for none."""
    return LinkStatus(
        link=link or make_link(),
        state=state,
        state_since=since,
        outage=None if since is None else Outage(since, since + 10),
        in_maintenance=in_maintenance,
        probes={},
        late=0,
        duplicates=0,
        rtt=Histogram(RTT_BOUNDS).distribution(),
        rtt_last_seconds=None,
        rtt_variation_seconds=None,
        state_seconds={},
        explained=explained,
    )


def office_statuses(inventory: Inventory, links: Iterable[LinkStatus]) -> tuple[OfficeStatus, ...]:
    """Return the offices as the monitor judges them by their links; none has been offline before."""
    by_id = {status.link.id: status for status in links}
    return tuple(
        OfficeStatus(item, office.state(states), office.outage_is_open(states, was_open=False), Fraction(1))
        for item in inventory.offices.values()
        for states in ([by_id[link.id].state for link in item.links],)
    )


def monitor_status(*, is_isolated: bool | None = False, isolated_since: int | None = None) -> MonitorStatus:
    return MonitorStatus(
        version="1.2",
        reload_succeeded=True,
        reload_succeeded_at=0.0,
        lateness=Histogram(LATENESS_BOUNDS).distribution(),
        ledger_writes=Histogram(WRITE_BOUNDS).distribution(),
        ledger_is_writable=True,
        internal_errors={},
        is_isolated=is_isolated,
        socket_drops=0,
        clock_steps=0,
        isolated_since=isolated_since,
    )


def snapshot(
    inventory: Inventory,
    links: Iterable[LinkStatus],
    nodes: Iterable[NodeStatus] = (),
    monitor: MonitorStatus | None = None,
) -> Snapshot:
    """Return a moment of a district."""
    links = tuple(links)
    return Snapshot(
        inventory=inventory,
        now=datetime.fromtimestamp(NOW, inventory.organisation.timezone),
        links=links,
        offices=office_statuses(inventory, links),
        nodes=tuple(nodes),
        references=(),
        monitor=monitor or monitor_status(),
    )


def verdict(
    cause: Cause,
    since: int,
    *,
    above: Above | None = None,
    together: Together | None = None,
    last_hop: str | None = None,
) -> Verdict:
    """Return what an open outage looks like so far."""
    trail = None if last_hop is None else Trail(since + 15, (), last_hop)
    evidence = Evidence(since, None, DeviceSeen(is_polled=False), above, together, trail)
    return Verdict(cause, since + 20, evidence)
