"""Snapshots for the tests of metrics: one plain, and any that hypothesis can think of."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from monitor_fakes import make_inventory, make_link

from exporter.cause import Above, DeviceSeen, Evidence, Trail, Verdict
from exporter.model import (
    Cause,
    Contract,
    Inventory,
    Link,
    Medium,
    Node,
    Office,
    Provider,
    Reference,
    UpdateEvery,
    Website,
)
from exporter.observation import Outcome, SnmpFailure, SnmpStatus
from exporter.snapshot import LinkStatus, MonitorStatus, NodeStatus, OfficeStatus, ReferenceStatus, Snapshot, Standing
from exporter.statistics import LATENESS_BOUNDS, RTT_BOUNDS, WRITE_BOUNDS, Distribution, Histogram, RttStatistics
from exporter.timeline import Outage, State
from exporter.website import Activity, Fault, Look, Publication, SiteCheck, SiteSpan, SiteStatus, Source

NOW = datetime(2026, 2, 2, 9, tzinfo=ZoneInfo("Asia/Jakarta"))
TODAY = NOW.date()
ENDED = Outage(1_769_990_000, 1_769_990_010, 1_769_990_600)
OPEN = Outage(1_770_000_000, 1_770_000_010)
POLLED = SnmpStatus(
    is_up=True,
    duration_seconds=0.02,
    last_success_at=1_770_000_000.0,
    failures={SnmpFailure.TIMEOUT: 2},
    receive_bytes_total=2**60 + 1,
    transmit_bytes_total=7,
    receive_errors_total=1,
    transmit_errors_total=2,
    receive_discards_total=3,
    transmit_discards_total=4,
    ifOperStatus=1,
    ifAdminStatus=2,
    speed_bytes_per_second=125_000_000,
    boot_at=1_769_000_000.0,
    reboots=1,
)


EXPLAINED = Verdict(
    Cause.UPSTREAM,
    1_770_000_020,
    Evidence(
        1_770_000_000,
        None,
        DeviceSeen(is_polled=True),
        above=Above("pop", 1_770_000_000),
        trail=Trail(1_770_000_015, ("192.0.2.2", None), "192.0.2.2"),
    ),
)


def make_monitor(*, is_isolated: bool | None = False) -> MonitorStatus:
    return MonitorStatus(
        version="1.2",
        reload_succeeded=True,
        reload_succeeded_at=1_770_000_000.0,
        lateness=Histogram(LATENESS_BOUNDS).distribution(),
        ledger_writes=Histogram(WRITE_BOUNDS).distribution(),
        ledger_is_writable=True,
        internal_errors={"monitor": 0},
        is_isolated=is_isolated,
        socket_drops=3,
        clock_steps=2,
        report_succeeded_at=1_769_900_000,
        report_due_since=1_769_986_800.0,
    )


def make_link_status(
    link: Link,
    state: State = State.UP,
    *,
    in_maintenance: bool = False,
    snmp: SnmpStatus | None = POLLED,
    rtts: tuple[float, ...] = (0.004, 0.006),
) -> LinkStatus:
    statistics = RttStatistics()
    for rtt in rtts:
        statistics.observe(rtt)
    return LinkStatus(
        link=link,
        state=state,
        state_since=1_770_000_000,
        outage=OPEN if state is State.DOWN else ENDED,
        in_maintenance=in_maintenance,
        probes={Outcome.REPLY: 2, Outcome.LOST: 1, Outcome.ERROR: 0},
        late=1,
        duplicates=0,
        rtt=statistics.histogram.distribution(),
        rtt_last_seconds=rtts[-1] if rtts else None,
        rtt_variation_seconds=statistics.variation_seconds,
        state_seconds={State.UP: 10, State.DEGRADED: 4, State.DOWN: 2, State.UNMEASURED: 0},
        snmp=snmp,
        explained=EXPLAINED if state is State.DOWN else None,
        outages_by_cause={Cause.POWER: 2, Cause.UNKNOWN: 1},
        was_full=True,
        standing=Standing(Fraction(9949, 10_000), -1_200, 37_202, Fraction(1), 13_392)
        if state is State.DOWN
        else Standing(),
    )


def make_snapshot(
    state: State = State.UP,
    *,
    in_maintenance: bool = False,
    snmp: SnmpStatus | None = POLLED,
    rtts: tuple[float, ...] = (0.004, 0.006),
    name: str = "x",
) -> Snapshot:
    """Return one of everything, all in one state and of one name."""
    link = make_link(contracts=(Contract(download_bps=100_000_000, availability=Fraction(995, 1000)),), parent="pop")
    inventory = make_inventory(link, provider=Provider("isp", name))
    node = inventory.nodes["pop"] = Node("pop", name, "192.0.2.99")
    return Snapshot(
        inventory=inventory,
        now=NOW,
        links=(make_link_status(link, state, in_maintenance=in_maintenance, snmp=snmp, rtts=rtts),),
        offices=(OfficeStatus(inventory.offices["dinkes"], state, state is State.DOWN, Fraction(1, 2)),),
        nodes=(NodeStatus(node, state, OPEN if state is State.DOWN else None, in_maintenance),),
        references=(ReferenceStatus(Reference("gateway", "192.0.2.98"), state),),
        monitor=make_monitor(),
        websites=(make_site_status(Fault.TLS_EXPIRED if state is State.DOWN else None),),
    )


def make_site_status(fault: Fault | None = None) -> SiteStatus:
    """Return the website of an office, active unless it has a fault."""
    activity = Activity.ACTIVE if fault is None else Activity.INACTIVE
    published = Publication(1_769_900_000, is_day_only=False, source=Source.FEED, seen_at=1_770_000_000)
    return SiteStatus(
        "dinkes",
        Website("https://dinkes.example/", UpdateEvery.WEEK),
        SiteSpan(1_769_000_000, 1_770_000_000, activity, fault),
        SiteCheck(1_770_000_000, fault, "", True, 200, 0.25, 1_780_000_000, ("https://dinkes.example/",)),
        Look(1_770_000_000, (published,)),
    )


# What a name may hold (the inventory refuses control characters and lone surrogates), the awkward far oftener.
NAMES = st.text(st.one_of(st.sampled_from('"\\\n🌧+()[]/|={}#, é'), st.characters(exclude_categories=["Cs", "Cc"])))
CODES = st.text("abcdefgh-0123", min_size=1, max_size=6)
COUNTS = st.one_of(st.integers(0, 10), st.integers(0, 2**64), st.sampled_from([999_999, 1_000_000, 10**15, 10**16]))
SECONDS = st.floats(0, 1e12)
STATES = st.sampled_from(State)


def _maybe(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | values


@st.composite
def _distributions(draw: st.DrawFn, bounds: tuple[float, ...]) -> Distribution:
    size = len(bounds) + 1
    counts = draw(st.lists(st.just(0) | COUNTS, min_size=size, max_size=size))
    return Distribution(bounds, tuple(counts), draw(SECONDS))


SNMP_STATUSES = st.builds(
    SnmpStatus,
    is_up=_maybe(st.booleans()),
    duration_seconds=_maybe(SECONDS),
    last_success_at=_maybe(SECONDS),
    failures=st.dictionaries(st.sampled_from(SnmpFailure), COUNTS),
    receive_bytes_total=_maybe(COUNTS),
    transmit_bytes_total=_maybe(COUNTS),
    receive_errors_total=_maybe(COUNTS),
    transmit_errors_total=_maybe(COUNTS),
    receive_discards_total=_maybe(COUNTS),
    transmit_discards_total=_maybe(COUNTS),
    ifOperStatus=_maybe(st.integers(1, 7)),
    ifAdminStatus=_maybe(st.integers(1, 3)),
    speed_bytes_per_second=_maybe(COUNTS),
    boot_at=_maybe(SECONDS),
    reboots=COUNTS,
)
CONTRACTS = st.builds(
    Contract,
    download_bps=_maybe(st.integers(1, 10**12)),
    upload_bps=_maybe(st.integers(1, 10**12)),
    availability=_maybe(st.fractions(0, 1)),
)
MONITORS = st.builds(
    MonitorStatus,
    version=NAMES,
    reload_succeeded_at=SECONDS,
    lateness=_distributions(LATENESS_BOUNDS),
    ledger_writes=_distributions(WRITE_BOUNDS),
    internal_errors=st.dictionaries(CODES, COUNTS, max_size=3),
    socket_drops=COUNTS,
    clock_steps=COUNTS,
    report_due_since=_maybe(SECONDS),
)


def _explained(cause: Cause, last_hop: str | None) -> Verdict:
    trail = Trail(1_770_000_015, (), last_hop)
    return Verdict(cause, 1_770_000_020, replace(EXPLAINED.evidence, trail=trail))


PUBLICATIONS = st.builds(
    Publication, COUNTS, st.booleans(), st.sampled_from(Source), COUNTS, st.none() | st.just("https://a.example/b")
)
SITE_STATUSES = st.builds(
    SiteStatus,
    st.just("dinkes"),
    st.builds(Website, NAMES, st.none() | st.sampled_from(UpdateEvery)),
    st.none() | st.sampled_from([SiteSpan(1, 2, Activity.ACTIVE), SiteSpan(1, 2, Activity.INACTIVE, Fault.EMPTY)]),
    st.none() | st.builds(
        SiteCheck, SECONDS, http_status=_maybe(st.integers(100, 599)), response_seconds=_maybe(SECONDS),
        tls_not_after=_maybe(COUNTS),
    ),
    st.none() | st.builds(Look, SECONDS, st.lists(PUBLICATIONS, max_size=1).map(tuple)),
)  # fmt: skip
OUTAGES = st.none() | st.builds(Outage, st.integers(0, 2**37), st.integers(0, 2**37), _maybe(st.integers(0, 2**37)))
LINK_STATUSES = st.builds(
    LinkStatus,
    link=st.just(make_link()),
    state_since=_maybe(st.integers(0, 2**40)),
    outage=OUTAGES,
    probes=st.fixed_dictionaries(dict.fromkeys(Outcome, COUNTS)),
    late=COUNTS,
    duplicates=COUNTS,
    rtt=_distributions(RTT_BOUNDS),
    rtt_last_seconds=_maybe(SECONDS),
    rtt_variation_seconds=_maybe(SECONDS),
    state_seconds=st.fixed_dictionaries(dict.fromkeys(State, COUNTS)),
    snmp=_maybe(SNMP_STATUSES),
    explained=_maybe(st.builds(_explained, st.sampled_from(Cause), _maybe(NAMES))),
    outages_by_cause=st.fixed_dictionaries(dict.fromkeys(Cause, COUNTS)),
    was_full=_maybe(st.booleans()),
)


@st.composite
def inventories(draw: st.DrawFn) -> Inventory:
    """Return a district of up to three offices with up to two links each."""
    provider = draw(st.builds(Provider, code=st.just("isp"), name=NAMES, noc=_maybe(NAMES)))
    node = draw(st.builds(Node, code=CODES, name=NAMES, address=st.just("192.0.2.9"), provider=_maybe(st.just("isp"))))
    links = [
        make_link(
            office,
            name,
            contracts=(draw(CONTRACTS),),
            parent=draw(_maybe(st.just(node.code))),
            medium=draw(st.sampled_from(Medium)),
            circuit=draw(_maybe(NAMES)),
        )
        for office in draw(st.lists(CODES, max_size=3, unique=True))
        for name in draw(st.lists(CODES, min_size=1, max_size=2, unique=True))
    ]
    inventory = make_inventory(*links, provider=provider)
    inventory.nodes[node.code] = node
    places = _maybe(st.tuples(st.floats(-90, 90), st.floats(-180, 180)))
    for code, office in inventory.offices.items():
        inventory.offices[code] = Office(code, draw(NAMES), draw(NAMES), office.links, draw(places))
    return inventory


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Return any moment of any small district."""
    inventory = draw(inventories())
    references = draw(st.lists(NAMES, max_size=2, unique=True))
    return Snapshot(
        inventory=inventory,
        now=NOW,
        links=tuple(replace(draw(LINK_STATUSES), link=link) for link in inventory.links()),
        offices=tuple(
            OfficeStatus(office, draw(STATES), draw(st.booleans()), draw(_maybe(st.fractions(0, 1))))
            for office in inventory.offices.values()
        ),
        nodes=tuple(
            NodeStatus(node, draw(STATES), draw(OUTAGES), draw(st.booleans())) for node in inventory.nodes.values()
        ),
        references=tuple(ReferenceStatus(Reference(name, "192.0.2.8"), draw(STATES)) for name in references),
        monitor=draw(MONITORS),
        websites=tuple(replace(draw(SITE_STATUSES), office=code) for code in inventory.offices),
    )
