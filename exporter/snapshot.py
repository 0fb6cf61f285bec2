"""The latest of everything, frozen at one moment: what a scrape shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction

from exporter.cause import Verdict
from exporter.model import Cause, Inventory, Link, Node, Office, Reference
from exporter.observation import Outcome, SnmpStatus
from exporter.statistics import Distribution
from exporter.timeline import Outage, State
from exporter.website import SiteStatus


@dataclass(frozen=True, slots=True)
class Standing:
    """A link's SLA as a report of this moment would have it: the running month's, and last month's availability.

    Each is None where the report's is. `budget_seconds` are the down seconds that the whole month allows.
    """

    availability: Fraction | None = None
    budget_remaining_seconds: int | None = None
    credit_rupiah: int | None = None
    last_month: Fraction | None = None
    budget_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """One link now.

    `state_since` is in seconds since the epoch, None before anything is settled. `outage` is the open one, else the
    latest, None without any. `state_seconds` are what the ledger has committed. `loss_ratio`
    is of the window of slots that `degraded` is judged by, None while there is none. `snmp` is None where the link
    isn't polled. `explained` is what its open outage looks like so far, None without one. `outages_by_cause` are the
    ended ones whose cause is final and committed. `was_full` says whether it carried nearly all of its contract within
    that window, None where nobody knows. `standing` is None before it was first reckoned.
    """

    link: Link
    state: State
    state_since: int | None
    outage: Outage | None
    in_maintenance: bool
    probes: Mapping[Outcome, int]
    late: int
    duplicates: int
    rtt: Distribution
    rtt_last_seconds: float | None
    rtt_variation_seconds: float | None
    state_seconds: Mapping[State, int]
    snmp: SnmpStatus | None = None
    loss_ratio: float | None = None
    explained: Verdict | None = None
    outages_by_cause: Mapping[Cause, int] = field(default_factory=dict)
    was_full: bool | None = None
    standing: Standing | None = None

    @property
    def outage_is_open(self) -> bool:
        """Whether an outage is open, through unmeasured time."""
        return self.outage is not None and self.outage.is_open

    def contract_use(self, day: date) -> tuple[float | None, float | None]:
        """Return which share of its contract's download and upload it carried between the last two good polls.

        Each is None where nobody can say, and while its outage is open; `day` says which contract is in force.
        """
        contract, snmp = self.link.contract_on(day), self.snmp
        if contract is None or snmp is None or self.outage_is_open:
            return None, None
        return (
            _share(snmp.receive_bytes_per_second, contract.download_bps),
            _share(snmp.transmit_bytes_per_second, contract.upload_bps),
        )

    @property
    def is_saturated(self) -> bool | None:
        """Whether a degraded link was full, rather than damaged; None where it isn't degraded, or nobody knows."""
        return self.was_full if self.state is State.DEGRADED else None


def _share(bytes_per_second: float | None, contract_bps: int | None) -> float | None:
    return None if bytes_per_second is None or not contract_bps else bytes_per_second * 8 / contract_bps


@dataclass(frozen=True, slots=True)
class Findings:
    """What others found out about the links, by their ids: polls, what open outages look like, how full they were, and
    what the SLA stands at.

    `was_full(link, since)` is None where nobody can say.
    """

    snmp: Mapping[str, SnmpStatus]
    explained: Callable[[str], Verdict | None]
    was_full: Callable[[str, float], bool | None]
    standings: Mapping[str, Standing] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OfficeStatus:
    """One office now; `availability` is of the running month, None where nothing was measured."""

    office: Office
    state: State
    outage_is_open: bool
    availability: Fraction | None


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """One node now; `outage` is as a link's."""

    node: Node
    state: State
    outage: Outage | None
    in_maintenance: bool


@dataclass(frozen=True, slots=True)
class ReferenceStatus:
    """One reference now."""

    reference: Reference
    state: State


@dataclass(frozen=True, slots=True)
class MonitorStatus:
    """The monitor itself; instants are seconds since the epoch.

    `is_isolated` is None without references; where it is True, `isolated_since` says since when. `socket_drops` are
    replies that its own sockets had no room for. `report_succeeded_at` is when a monthly report was last made, None
    before the first; `report_due_since` since when the oldest that is missing is due, None where none is.
    """

    version: str
    reload_succeeded: bool
    reload_succeeded_at: float
    lateness: Distribution
    ledger_writes: Distribution
    ledger_is_writable: bool
    internal_errors: Mapping[str, int]
    is_isolated: bool | None
    socket_drops: int
    clock_steps: int
    report_succeeded_at: int | None = None
    report_due_since: float | None = None
    isolated_since: int | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything at one moment, `now`, in the organisation's zone."""

    inventory: Inventory
    now: datetime
    links: tuple[LinkStatus, ...]
    offices: tuple[OfficeStatus, ...]
    nodes: tuple[NodeStatus, ...]
    references: tuple[ReferenceStatus, ...]
    monitor: MonitorStatus
    websites: tuple[SiteStatus, ...] = ()

    @property
    def today(self) -> date:
        """The organisation's local date, which decides the contract in force."""
        return self.now.date()
