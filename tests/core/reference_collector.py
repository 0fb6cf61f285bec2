"""A snapshot as families of prometheus_client, plainly: what the prepared text is held against."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from exporter.metrics import Format
from exporter.metrics.own import MonitorCollector
from exporter.model import Cause, Contract
from exporter.observation import Outcome, SnmpFailure, SnmpStatus
from exporter.sla import incident_id
from exporter.snapshot import LinkStatus, OfficeStatus, Snapshot
from exporter.statistics import Distribution
from exporter.timeline import State
from exporter.website import Activity, SiteStatus

LINK = ("opd", "link")
# For people: the codes of `opd_link_state`.
STATE_CODES = {State.DOWN: 0, State.UP: 1, State.DEGRADED: 2, State.UNMEASURED: 4}
MAINTENANCE_CODE = 3
BITS_PER_BYTE = 8


def reference_page(snapshot: Snapshot, form: Format) -> str:
    """Return the page as prometheus_client writes it."""
    registry = CollectorRegistry()
    registry.register(SnapshotCollector(snapshot))
    encoder, content_type = choose_encoder(form.value)
    assert content_type.startswith(form.value)
    return encoder(registry).decode()


Read = Callable[[SnmpStatus], float | None]


class SnapshotCollector(Collector):
    """Yields the families of one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        """Yield every family that has a series."""
        for family in self._families():
            if family.samples:
                yield family

    def _families(self) -> Iterator[Metric]:
        snapshot = self._snapshot
        above = _above(snapshot)
        yield from _offices(snapshot.offices)
        yield from _places(snapshot, above)
        yield from _links(snapshot)
        yield above["opd_link_above_info"]
        yield from _contracts(snapshot)
        yield from _states(snapshot.links)
        yield from _causes(snapshot.links)
        yield from _echoes(snapshot.links)
        yield from _standings(snapshot.links)
        polled = [(s.link.office, s.link.name, s.snmp) for s in snapshot.links if s.snmp is not None]
        yield from _devices(polled)
        yield from _counted(polled)
        yield from _websites(snapshot.websites)
        yield from MonitorCollector(snapshot.monitor).collect()


def _offices(offices: Sequence[OfficeStatus]) -> Iterator[Metric]:
    info = GaugeMetricFamily(
        "opd_info", "An office (OPD).", labels=("opd", "name", "district", "latitude", "longitude")
    )
    up = GaugeMetricFamily(
        "opd_up", "1 while any link of the office is up, 0 while none is and one is down.", labels=("opd",)
    )
    outage = GaugeMetricFamily(
        "opd_outage_open", "1 from the office's disconnection until it is connected again.", labels=("opd",)
    )
    ratio = GaugeMetricFamily(
        "opd_availability_ratio",
        "Share of the running month's measured time that the office was connected.",
        labels=("opd",),
    )
    for status in offices:
        office = status.office
        latitude, longitude = ("", "") if office.location is None else map(str, office.location)
        info.add_metric((office.code, office.name, office.district, latitude, longitude), 1)
        if status.state is not State.UNMEASURED:
            up.add_metric((office.code,), int(status.state is not State.DOWN))
        outage.add_metric((office.code,), int(status.outage_is_open))
        if status.availability is not None:
            ratio.add_metric((office.code,), float(status.availability))
    yield from (info, up, outage, ratio)


def _above(snapshot: Snapshot) -> dict[str, Metric]:
    """Return what stands above what, by the family's name, for a district of one node and endless links."""
    inventory = snapshot.inventory
    families = {
        f"opd_{name}above_info": GaugeMetricFamily(f"opd_{name}above_info", text)
        for name, text in (
            ("link_", "What stands above a link: its provider, and the nodes, level_1 the topmost."),
            ("node_", "What stands above a node: whose it is, and the nodes above it, level_1 the topmost."),
        )
    }

    def add(name: str, **labels: str | None) -> None:
        told = {key: value for key, value in labels.items() if value is not None}
        families[f"opd_{name}above_info"].add_sample(f"opd_{name}above_info", told, 1)

    for link in (status.link for status in snapshot.links):
        add("link_", opd=link.office, link=link.name, provider=link.provider, level_1=link.parent)
    for node in inventory.nodes.values():
        add("node_", node=node.code, provider=node.provider)
    return families


def _websites(websites: Sequence[SiteStatus]) -> Iterator[Metric]:
    """Yield the families of websites; the numbers are those that any reader of a status would name."""
    info = GaugeMetricFamily(
        "opd_website_info",
        "An office's website; update_every is how often it is to be updated.",
        labels=("opd", "url", "update_every"),
    )
    reason = GaugeMetricFamily(
        "opd_website_reason_info", "Why the website isn't active, while it isn't.", labels=("opd", "reason")
    )
    numbers = {
        name: GaugeMetricFamily(f"opd_website_{name}", text, labels=("opd",))
        for name, text in (
            (
                "up",
                "1 while the website is active, 0 while it isn't, by two checks that agree; absent while unmeasured.",
            ),
            ("http_status_code", "The status of the last answer that the latest check had; absent without one."),
            (
                "response_seconds",
                "How long the latest check took, until the last answer was read; absent without one.",
            ),
            (
                "tls_not_after_timestamp_seconds",
                "When the certificate that the latest check saw is no longer valid.",
            ),
            (
                "content_updated_timestamp_seconds",
                "When the newest content that was found was published; where only its day is known, that day's end.",
            ),
            (
                "update_target_seconds",
                "How old the newest content may be to be on time; beyond three times that the website is asleep.",
            ),
        )
    }
    for of in websites:
        every = of.website.update_every
        info.add_metric((of.office, of.website.url, every.value if every else ""), 1)
        values: dict[str, float | None] = dict.fromkeys(numbers)
        if of.run is not None:
            values["up"] = int(of.run.activity is Activity.ACTIVE)
            if of.run.fault is not None:
                reason.add_metric((of.office, of.run.fault.value), 1)
        if of.check is not None:
            values["http_status_code"] = of.check.http_status
            values["response_seconds"] = of.check.response_seconds
            values["tls_not_after_timestamp_seconds"] = of.check.tls_not_after
        if of.look is not None and of.look.publications:
            values["content_updated_timestamp_seconds"] = of.look.publications[0].counted_at
        if every is not None:
            values["update_target_seconds"] = {"day": 86_400, "week": 604_800, "month": 2_678_400}[every.value]
        for name, value in values.items():
            if value is not None:
                numbers[name].add_metric((of.office,), value)
    yield from (info, reason, *numbers.values())


def _places(snapshot: Snapshot, above: Mapping[str, Metric]) -> Iterator[Metric]:
    node_info = GaugeMetricFamily(
        "opd_node_info", "What offices hang from.", labels=("node", "name", "provider", "parent")
    )
    for node in snapshot.inventory.nodes.values():
        node_info.add_metric((node.code, node.name, node.provider or "", node.parent or ""), 1)
    up = GaugeMetricFamily(
        "opd_node_up",
        "1 while the node answers, 0 while it is down; absent while it is unmeasured.",
        labels=("node",),
    )
    maintenance = GaugeMetricFamily(
        "opd_node_in_maintenance",
        "1 while a window of announced work covers the node, one announced late too.",
        labels=("node",),
    )
    is_open = GaugeMetricFamily(
        "opd_node_outage_open",
        "1 from an outage's confirmation until its end, through unmeasured time.",
        labels=("node",),
    )
    start = GaugeMetricFamily(
        "opd_node_outage_start_timestamp_seconds",
        "When the node's open outage began, else the latest; absent where none was seen.",
        labels=("node",),
    )
    end = GaugeMetricFamily(
        "opd_node_outage_end_timestamp_seconds",
        "When the node's latest outage ended; absent while it is open.",
        labels=("node",),
    )
    for status in snapshot.nodes:
        if status.state is not State.UNMEASURED:
            up.add_metric((status.node.code,), int(status.state is not State.DOWN))
        maintenance.add_metric((status.node.code,), int(status.in_maintenance))
        outage = status.outage
        is_open.add_metric((status.node.code,), int(outage is not None and outage.ended_at is None))
        if outage is not None:
            start.add_metric((status.node.code,), outage.started_at)
            if outage.ended_at is not None:
                end.add_metric((status.node.code,), outage.ended_at)
    provider_info = GaugeMetricFamily("opd_provider_info", "Who sells links.", labels=("provider", "name", "noc"))
    for provider in snapshot.inventory.providers.values():
        provider_info.add_metric((provider.code, provider.name, provider.noc or ""), 1)
    reference_up = GaugeMetricFamily(
        "opd_reference_up",
        "1 while the reference answers, 0 while it is down; absent while it is unmeasured.",
        labels=("reference",),
    )
    for reference in snapshot.references:
        if reference.state is not State.UNMEASURED:
            reference_up.add_metric((reference.reference.name,), int(reference.state is not State.DOWN))
    zone = GaugeMetricFamily(
        "opd_timezone_offset_seconds",
        "How far the organisation's clocks are ahead of UTC; added to an instant it gives local time.",
        labels=("zone",),
    )
    zone.add_metric(("WIB",), 25_200)
    yield from (node_info, above["opd_node_above_info"], up, is_open, start, end, maintenance)
    yield from (provider_info, zone, reference_up)


def _links(snapshot: Snapshot) -> Iterator[Metric]:
    info = GaugeMetricFamily(
        "opd_link_info",
        "A link of an office; node is what it hangs from.",
        labels=("opd", "link", "name", "district", "provider", "node", "medium", "circuit"),
    )
    for status in snapshot.links:
        link = status.link
        office = snapshot.inventory.offices[link.office]
        place = (office.name, office.district, link.provider, link.parent or "", link.medium.value, link.circuit or "")
        info.add_metric((link.office, link.name, *place), 1)
    yield info


def _states(links: Sequence[LinkStatus]) -> Iterator[Metric]:
    yield _link_gauge(
        "opd_link_up",
        "1 while the link is available, degraded too, 0 while it is down; absent while it is unmeasured.",
        ((s, None if s.state is State.UNMEASURED else int(s.state is not State.DOWN)) for s in links),
    )
    yield _link_gauge(
        "opd_link_outage_open",
        "1 from an outage's confirmation until its end, through unmeasured time.",
        ((s, int(s.outage_is_open)) for s in links),
    )
    ids = GaugeMetricFamily("opd_link_outage_info", "The id of an open outage.", labels=(*LINK, "outage"))
    for status in links:
        if status.outage is not None and status.outage.ended_at is None:
            ids.add_metric((*_key(status), incident_id(status.link.id, status.outage.started_at)), 1)
    yield ids
    yield _link_gauge(
        "opd_link_outage_start_timestamp_seconds",
        "When the open outage began, else the latest; absent where none was seen.",
        ((s, None if s.outage is None else s.outage.started_at) for s in links),
    )
    yield _link_gauge(
        "opd_link_outage_end_timestamp_seconds",
        "When the latest outage ended; absent while it is open.",
        ((s, None if s.outage is None else s.outage.ended_at) for s in links),
    )
    yield _link_gauge(
        "opd_link_in_maintenance",
        "1 while a window of announced work covers the link, one announced late too.",
        ((s, int(s.in_maintenance)) for s in links),
    )
    yield _link_gauge(
        "opd_link_state",
        "The link's state for people: 0 down, 1 up, 2 degraded, 3 maintenance, whatever else it is, 4 unmeasured.",
        ((s, MAINTENANCE_CODE if s.in_maintenance else STATE_CODES[s.state]) for s in links),
    )
    yield _link_gauge(
        "opd_link_state_since_timestamp_seconds",
        "When the link's state began, backdated to the first echo that showed it; maintenance left aside.",
        ((s, s.state_since) for s in links),
    )
    seconds = CounterMetricFamily(
        "opd_link_state_seconds",
        "Settled seconds of each state that the ledger has committed.",
        labels=(*LINK, "state"),
    )
    for status in links:
        for state in State:
            seconds.add_metric((*_key(status), state.value), status.state_seconds[state])
    yield seconds


def _causes(links: Sequence[LinkStatus]) -> Iterator[Metric]:
    outages = CounterMetricFamily(
        "opd_link_outages",
        "Ended outages whose cause is final, that the ledger has committed.",
        labels=(*LINK, "cause"),
    )
    evidence = GaugeMetricFamily(
        "opd_link_outage_evidence_info",
        "What an open outage looks like so far, and the last hop that answers on the way to the link.",
        labels=(*LINK, "cause", "last_hop"),
    )
    for status in links:
        for cause in Cause:
            outages.add_metric((*_key(status), cause.value), status.outages_by_cause.get(cause, 0))
        if status.explained is not None:
            trail = status.explained.evidence.trail
            last_hop = "" if trail is None else trail.last_hop or ""
            evidence.add_metric((*_key(status), status.explained.cause.value, last_hop), 1)
    yield from (outages, evidence)
    yield _link_gauge(
        "opd_link_saturated",
        "1 if a degraded link carried nearly all of its contract, 0 if it didn't: it is damaged then.",
        ((s, None if s.was_full is None or s.state is not State.DEGRADED else int(s.was_full)) for s in links),
    )


def _standings(links: Sequence[LinkStatus]) -> Iterator[Metric]:
    known = [(status, status.standing) for status in links if status.standing is not None]
    yield _link_gauge(
        "opd_sla_availability_ratio",
        "Share of the running month's measured and counted time that the link was available.",
        ((s, None if of.availability is None else float(of.availability)) for s, of in known),
    )
    yield _link_gauge(
        "opd_sla_downtime_budget_remaining_seconds",
        "Down seconds that the running month's target still allows; negative once it is broken.",
        ((s, of.budget_remaining_seconds) for s, of in known),
    )
    yield _link_gauge(
        "opd_sla_downtime_budget_seconds",
        "Down seconds that the running month's target allows in all.",
        ((s, of.budget_seconds) for s, of in known),
    )
    yield _link_gauge(
        "opd_sla_last_month_availability_ratio",
        "Share of last month's measured and counted time that the link was available.",
        ((s, None if of.last_month is None else float(of.last_month)) for s, of in known),
    )
    yield _link_gauge(
        "opd_sla_credit_rupiah",
        "What the provider owes for the running month so far, by its contract's rule.",
        ((s, of.credit_rupiah) for s, of in known),
    )


def _echoes(links: Sequence[LinkStatus]) -> Iterator[Metric]:
    probes = CounterMetricFamily("opd_link_icmp_probes", "Settled echoes by their result.", labels=(*LINK, "result"))
    late = CounterMetricFamily("opd_link_icmp_late", "Replies that came after the timeout.", labels=LINK)
    duplicates = CounterMetricFamily("opd_link_icmp_duplicates", "Second replies to one echo.", labels=LINK)
    rtt = HistogramMetricFamily("opd_link_rtt_seconds", "Round-trip time, by the kernel's timestamps.", labels=LINK)
    for status in links:
        for outcome in Outcome:
            probes.add_metric((*_key(status), outcome.value), status.probes[outcome])
        late.add_metric(_key(status), status.late)
        duplicates.add_metric(_key(status), status.duplicates)
        rtt.add_metric(_key(status), _buckets(status.rtt), status.rtt.sum_seconds)
    yield from (probes, late, duplicates, rtt)
    yield _link_gauge(
        "opd_link_rtt_last_seconds",
        "Round-trip time of the last settled echo; absent unless that was a reply.",
        ((s, s.rtt_last_seconds) for s in links),
    )
    yield _link_gauge(
        "opd_link_rtt_variation_seconds",
        "Mean absolute difference of consecutive round-trip times over the last 60 replies.",
        ((s, s.rtt_variation_seconds) for s in links),
    )


def _contracts(snapshot: Snapshot) -> Iterator[Metric]:
    rate = GaugeMetricFamily(
        "opd_link_contract_bytes_per_second",
        "What is paid for, by the office's direction: receive is its download.",
        labels=(*LINK, "direction"),
    )
    for status in snapshot.links:
        contract = status.link.contract_on(snapshot.today) or Contract()
        for direction, bps in (("receive", contract.download_bps), ("transmit", contract.upload_bps)):
            if bps is not None:
                rate.add_metric((*_key(status), direction), bps / BITS_PER_BYTE)
    yield rate
    targets = [(s, snapshot.inventory.target(s.link, snapshot.today)) for s in snapshot.links]
    yield _link_gauge(
        "opd_link_contract_availability_ratio",
        "The availability that the link's contract promises.",
        ((s, None if target is None else float(target)) for s, target in targets),
    )


def _devices(polled: Sequence[tuple[str, str, SnmpStatus]]) -> Iterator[Metric]:
    """Yield what SNMP says, of the links that are polled."""
    gauges: tuple[tuple[str, str, Read], ...] = (
        ("opd_link_snmp_up", "1 if the last poll of the link's device succeeded.", lambda s: s.is_up),
        ("opd_link_snmp_duration_seconds", "How long the last poll took.", lambda s: s.duration_seconds),
        ("opd_link_snmp_last_success_timestamp_seconds", "When the last good poll ended.", lambda s: s.last_success_at),
        ("opd_link_interface_oper_status", "ifOperStatus (RFC 2863): 1 up, 2 down.", lambda s: s.ifOperStatus),
        ("opd_link_interface_admin_status", "ifAdminStatus (RFC 2863): 1 up, 2 down.", lambda s: s.ifAdminStatus),
        (
            "opd_link_interface_speed_bytes_per_second",
            "The interface's own speed, by ifHighSpeed, else by ifSpeed.",
            lambda s: s.speed_bytes_per_second,
        ),
        ("opd_link_device_boot_timestamp_seconds", "When the device booted, by its uptime.", lambda s: s.boot_at),
    )
    for name, text, read in gauges:
        family = GaugeMetricFamily(name, text, labels=LINK)
        for opd, link, status in polled:
            if (value := read(status)) is not None:
                family.add_metric((opd, link), value)
        yield family


def _counted(polled: Sequence[tuple[str, str, SnmpStatus]]) -> Iterator[Metric]:
    """Yield what polls have counted."""
    counters: tuple[tuple[str, str, Read], ...] = (
        ("opd_link_receive_bytes", "Bytes to the office; absent while polls fail.", lambda s: s.receive_bytes_total),
        (
            "opd_link_transmit_bytes",
            "Bytes from the office; absent while polls fail.",
            lambda s: s.transmit_bytes_total,
        ),
        (
            "opd_link_receive_errors",
            "Frames to the office that were damaged; absent while polls fail.",
            lambda s: s.receive_errors_total,
        ),
        (
            "opd_link_transmit_errors",
            "Frames from the office that were damaged; absent while polls fail.",
            lambda s: s.transmit_errors_total,
        ),
        (
            "opd_link_receive_discards",
            "Frames to the office that were dropped though good; absent while polls fail.",
            lambda s: s.receive_discards_total,
        ),
        (
            "opd_link_transmit_discards",
            "Frames from the office that were dropped though good; absent while polls fail.",
            lambda s: s.transmit_discards_total,
        ),
        ("opd_link_device_reboots", "Reboots of the link's device that polls have seen.", lambda s: s.reboots),
    )
    for name, text, read in counters:
        counter = CounterMetricFamily(name, text, labels=LINK)
        for opd, link, status in polled:
            if (value := read(status)) is not None:
                counter.add_metric((opd, link), value)
        yield counter
    failures = CounterMetricFamily(
        "opd_link_snmp_failures", "Polls that gave nothing, by reason.", labels=(*LINK, "reason")
    )
    for opd, link, status in polled:
        for reason in SnmpFailure:
            failures.add_metric((opd, link, reason.value), status.failures.get(reason, 0))
    yield failures


def _key(status: LinkStatus) -> tuple[str, str]:
    return status.link.office, status.link.name


def _link_gauge(name: str, text: str, values: Iterable[tuple[LinkStatus, float | None]]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=LINK)
    for status, value in values:
        if value is not None:
            family.add_metric(_key(status), value)
    return family


def _buckets(distribution: Distribution) -> list[tuple[str, float]]:
    """Return the cumulative counts by upper bound, as the exposition formats want them."""
    bounds = [*map(str, distribution.bounds), "+Inf"]
    return list(zip(bounds, map(float, accumulate(distribution.counts)), strict=True))
