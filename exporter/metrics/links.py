"""The series of links, in the order of the page. Directions are the office's: `receive` is its download."""

from __future__ import annotations

from fractions import Fraction

from exporter.metrics import prepared
from exporter.metrics.prepared import LinkText
from exporter.metrics.series import Buckets, Given, Series, Split, Told, counter, gauge
from exporter.metrics.text import Family, Kind
from exporter.model import Cause
from exporter.observation import Outcome, SnmpFailure, SnmpStatus
from exporter.sla import incident_id
from exporter.snapshot import LinkStatus, Standing
from exporter.statistics import RTT_BOUNDS
from exporter.timeline import Outage, State

# For people: the codes of `opd_link_state`.
STATE_CODES = {State.DOWN: 0, State.UP: 1, State.DEGRADED: 2, State.UNMEASURED: 4}
MAINTENANCE_CODE = 3
STATES_COUNTED = tuple(State)
OUTCOMES = tuple(Outcome)
FAILURES = tuple(SnmpFailure)
CAUSES = tuple(Cause)
NO_OUTAGE = (0,) * len(CAUSES)
NO_FAILURE = (0,) * len(FAILURES)


def is_available(state: State) -> bool | None:
    """Return whether a state lets traffic through; None where nobody knows."""
    return None if state is State.UNMEASURED else state is not State.DOWN


def outage_start(outage: Outage | None) -> int | None:
    """Return when an outage began, in seconds since the epoch; None without one."""
    return None if outage is None else outage.started_at


def outage_end(outage: Outage | None) -> int | None:
    """Return when an outage ended, in seconds since the epoch; None without one, and while it is open."""
    return None if outage is None else outage.ended_at


def _outage(status: LinkStatus) -> dict[str, str] | None:
    """Return an open outage's id, as `terpadu outages show` takes it."""
    outage = status.outage
    return None if outage is None or not outage.is_open else {"outage": incident_id(status.link.id, outage.started_at)}


def _evidence(status: LinkStatus) -> dict[str, str] | None:
    if status.explained is None:
        return None
    trail = status.explained.evidence.trail
    last_hop = None if trail is None else trail.last_hop
    return {"cause": status.explained.cause.value, "last_hop": last_hop or ""}


def _ratio(share: Fraction | None) -> float | None:
    return None if share is None else float(share)


STATES: tuple[Series[LinkStatus], ...] = (
    gauge(
        "opd_link_up",
        "1 while the link is available, degraded too, 0 while it is down; absent while it is unmeasured.",
        lambda s: is_available(s.state),
    ),
    gauge(
        "opd_link_outage_open",
        "1 from an outage's confirmation until its end, through unmeasured time.",
        lambda s: s.outage_is_open,
    ),
    Told(
        Family("opd_link_outage_info", Kind.GAUGE, "The id of an open outage."),
        _outage,
        is_before=False,
    ),
    gauge(
        "opd_link_outage_start_timestamp_seconds",
        "When the open outage began, else the latest; absent where none was seen.",
        lambda s: outage_start(s.outage),
    ),
    gauge(
        "opd_link_outage_end_timestamp_seconds",
        "When the latest outage ended; absent while it is open.",
        lambda s: outage_end(s.outage),
    ),
    gauge(
        "opd_link_in_maintenance",
        "1 while a window of announced work covers the link, one announced late too.",
        lambda s: s.in_maintenance,
    ),
    gauge(
        "opd_link_state",
        "The link's state for people: 0 down, 1 up, 2 degraded, 3 maintenance, whatever else it is, 4 unmeasured.",
        lambda s: MAINTENANCE_CODE if s.in_maintenance else STATE_CODES[s.state],
    ),
    gauge(
        "opd_link_state_since_timestamp_seconds",
        "When the link's state began, backdated to the first echo that showed it; maintenance left aside.",
        lambda s: s.state_since,
    ),
    Split(
        Family(
            "opd_link_state_seconds_total",
            Kind.COUNTER,
            "Settled seconds of each state that the ledger has committed.",
        ),
        "state",
        tuple(state.value for state in STATES_COUNTED),
        lambda s: [s.state_seconds[state] for state in STATES_COUNTED],
    ),
    Split(
        Family(
            "opd_link_outages_total",
            Kind.COUNTER,
            "Ended outages whose cause is final, that the ledger has committed.",
        ),
        "cause",
        tuple(cause.value for cause in CAUSES),
        lambda s: [s.outages_by_cause.get(cause, 0) for cause in CAUSES] if s.outages_by_cause else NO_OUTAGE,
    ),
    Told(
        Family(
            "opd_link_outage_evidence_info",
            Kind.GAUGE,
            "What an open outage looks like so far, and the last hop that answers on the way to the link.",
        ),
        _evidence,
    ),
    gauge(
        "opd_link_saturated",
        "1 if a degraded link carried nearly all of its contract, 0 if it didn't: it is damaged then.",
        lambda s: s.is_saturated,
    ),
)

STANDINGS: tuple[Series[Standing], ...] = (
    gauge(
        "opd_sla_availability_ratio",
        "Share of the running month's measured and counted time that the link was available.",
        lambda s: _ratio(s.availability),
    ),
    gauge(
        "opd_sla_downtime_budget_remaining_seconds",
        "Down seconds that the running month's target still allows; negative once it is broken.",
        lambda s: s.budget_remaining_seconds,
    ),
    gauge(
        "opd_sla_downtime_budget_seconds",
        "Down seconds that the running month's target allows in all.",
        lambda s: s.budget_seconds,
    ),
    gauge(
        "opd_sla_last_month_availability_ratio",
        "Share of last month's measured and counted time that the link was available.",
        lambda s: _ratio(s.last_month),
    ),
    gauge(
        "opd_sla_credit_rupiah",
        "What the provider owes for the running month so far, by its contract's rule.",
        lambda s: s.credit_rupiah,
    ),
)

ECHOES: tuple[Series[LinkStatus], ...] = (
    Split(
        Family("opd_link_icmp_probes_total", Kind.COUNTER, "Settled echoes by their result."),
        "result",
        tuple(outcome.value for outcome in OUTCOMES),
        lambda s: [s.probes[outcome] for outcome in OUTCOMES],
    ),
    counter("opd_link_icmp_late_total", "Replies that came after the timeout.", lambda s: s.late),
    counter("opd_link_icmp_duplicates_total", "Second replies to one echo.", lambda s: s.duplicates),
    Buckets(
        Family("opd_link_rtt_seconds", Kind.HISTOGRAM, "Round-trip time, by the kernel's timestamps."),
        RTT_BOUNDS,
        lambda s: s.rtt,
    ),
    gauge(
        "opd_link_rtt_last_seconds",
        "Round-trip time of the last settled echo; absent unless that was a reply.",
        lambda s: s.rtt_last_seconds,
    ),
    gauge(
        "opd_link_rtt_variation_seconds",
        "Mean absolute difference of consecutive round-trip times over the last 60 replies.",
        lambda s: s.rtt_variation_seconds,
    ),
)

PREPARED: tuple[Series[LinkText], ...] = (
    Given(prepared.LINK_INFO.family, lambda t: t.info),
    Given(prepared.LINK_ABOVE.family, lambda t: t.above),
    Given(prepared.CONTRACT_RATE.family, lambda t: t.rates),
    Given(prepared.CONTRACT_AVAILABILITY.family, lambda t: t.availability),
)

DEVICES: tuple[Series[SnmpStatus], ...] = (
    gauge("opd_link_snmp_up", "1 if the last poll of the link's device succeeded.", lambda s: s.is_up),
    gauge("opd_link_snmp_duration_seconds", "How long the last poll took.", lambda s: s.duration_seconds),
    gauge(
        "opd_link_snmp_last_success_timestamp_seconds", "When the last good poll ended.", lambda s: s.last_success_at
    ),
    gauge("opd_link_interface_oper_status", "ifOperStatus (RFC 2863): 1 up, 2 down.", lambda s: s.ifOperStatus),
    gauge("opd_link_interface_admin_status", "ifAdminStatus (RFC 2863): 1 up, 2 down.", lambda s: s.ifAdminStatus),
    gauge(
        "opd_link_interface_speed_bytes_per_second",
        "The interface's own speed, by ifHighSpeed, else by ifSpeed.",
        lambda s: s.speed_bytes_per_second,
    ),
    gauge("opd_link_device_boot_timestamp_seconds", "When the device booted, by its uptime.", lambda s: s.boot_at),
    counter(
        "opd_link_receive_bytes_total",
        "Bytes to the office; absent while polls fail.",
        lambda s: s.receive_bytes_total,
    ),
    counter(
        "opd_link_transmit_bytes_total",
        "Bytes from the office; absent while polls fail.",
        lambda s: s.transmit_bytes_total,
    ),
    counter(
        "opd_link_receive_errors_total",
        "Frames to the office that were damaged; absent while polls fail.",
        lambda s: s.receive_errors_total,
    ),
    counter(
        "opd_link_transmit_errors_total",
        "Frames from the office that were damaged; absent while polls fail.",
        lambda s: s.transmit_errors_total,
    ),
    counter(
        "opd_link_receive_discards_total",
        "Frames to the office that were dropped though good; absent while polls fail.",
        lambda s: s.receive_discards_total,
    ),
    counter(
        "opd_link_transmit_discards_total",
        "Frames from the office that were dropped though good; absent while polls fail.",
        lambda s: s.transmit_discards_total,
    ),
    counter("opd_link_device_reboots_total", "Reboots of the link's device that polls have seen.", lambda s: s.reboots),
    Split(
        Family("opd_link_snmp_failures_total", Kind.COUNTER, "Polls that gave nothing, by reason."),
        "reason",
        tuple(reason.value for reason in FAILURES),
        lambda s: [s.failures.get(reason, 0) for reason in FAILURES] if s.failures else NO_FAILURE,
    ),
)
