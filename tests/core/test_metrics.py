from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from monitor_fakes import make_inventory, make_link
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter.metrics import render
from exporter.model import Contract, Node, Provider
from exporter.observation import Outcome, SnmpFailure, SnmpStatus
from exporter.snapshot import LinkStatus, MonitorStatus, OfficeStatus, Snapshot
from exporter.statistics import LATENESS_BOUNDS, RTT_BOUNDS, WRITE_BOUNDS, Histogram, RttStatistics
from exporter.timeline import State

# The contract's names and types, of the parts that exist.
CONTRACT = {
    "opd_availability_ratio": "gauge",
    "opd_info": "gauge",
    "opd_link_contract_availability_ratio": "gauge",
    "opd_link_contract_bytes_per_second": "gauge",
    "opd_link_device_boot_timestamp_seconds": "gauge",
    "opd_link_device_reboots": "counter",
    "opd_link_icmp_duplicates": "counter",
    "opd_link_icmp_late": "counter",
    "opd_link_icmp_probes": "counter",
    "opd_link_info": "gauge",
    "opd_link_interface_oper_status": "gauge",
    "opd_link_interface_speed_bytes_per_second": "gauge",
    "opd_link_outage_open": "gauge",
    "opd_link_receive_bytes": "counter",
    "opd_link_rtt_last_seconds": "gauge",
    "opd_link_rtt_seconds": "histogram",
    "opd_link_rtt_variation_seconds": "gauge",
    "opd_link_snmp_duration_seconds": "gauge",
    "opd_link_snmp_failures": "counter",
    "opd_link_snmp_last_success_timestamp_seconds": "gauge",
    "opd_link_snmp_up": "gauge",
    "opd_link_state": "gauge",
    "opd_link_state_seconds": "counter",
    "opd_link_state_since_timestamp_seconds": "gauge",
    "opd_link_transmit_bytes": "counter",
    "opd_link_up": "gauge",
    "opd_node_info": "gauge",
    "opd_outage_open": "gauge",
    "opd_provider_info": "gauge",
    "opd_up": "gauge",
    "terpadu_build_info": "gauge",
    "terpadu_internal_errors": "counter",
    "terpadu_inventory_last_reload_success_timestamp_seconds": "gauge",
    "terpadu_inventory_last_reload_successful": "gauge",
    "terpadu_ledger_writable": "gauge",
    "terpadu_ledger_write_seconds": "histogram",
    "terpadu_probe_lateness_seconds": "histogram",
}
AWKWARD = 'Dinas "PU" \\ Tata\nRuang = (Kota) | 🌧'
POLLED = SnmpStatus(
    is_up=True,
    duration_seconds=0.02,
    last_success_at=1_770_000_000.0,
    failures={SnmpFailure.TIMEOUT: 2},
    receive_bytes_total=2**60 + 1,
    transmit_bytes_total=7,
    ifOperStatus=1,
    speed_bytes_per_second=125_000_000,
    boot_at=1_769_000_000.0,
    reboots=1,
)


def snapshot(
    state: State = State.UP, snmp: SnmpStatus | None = POLLED, rtts: tuple[float, ...] = (0.004, 0.006), name: str = "x"
) -> Snapshot:
    link = make_link(contracts=(Contract(download_bps=100_000_000, availability=Fraction(995, 1000)),), parent="pop")
    inventory = make_inventory(link, provider=Provider("isp", name))
    inventory.nodes["pop"] = Node("pop", name, "192.0.2.99")
    statistics = RttStatistics()
    for rtt in rtts:
        statistics.observe(rtt)
    status = LinkStatus(
        link=link,
        state=state,
        state_since=1_770_000_000,
        outage_is_open=state is State.DOWN,
        probes={Outcome.REPLY: 2, Outcome.LOST: 1, Outcome.ERROR: 0},
        late=1,
        duplicates=0,
        rtt=statistics.histogram.distribution(),
        rtt_last_seconds=rtts[-1] if rtts else None,
        rtt_variation_seconds=statistics.variation_seconds,
        state_seconds={State.UP: 10, State.DOWN: 2, State.UNMEASURED: 0},
        snmp=snmp,
    )
    office = OfficeStatus(inventory.offices["dinkes"], state, state is State.DOWN, Fraction(1, 2))
    monitor = MonitorStatus(
        version="1.2",
        reload_succeeded=True,
        reload_succeeded_at=1_770_000_000.0,
        lateness=Histogram(LATENESS_BOUNDS).distribution(),
        ledger_writes=Histogram(WRITE_BOUNDS).distribution(),
        ledger_is_writable=True,
        internal_errors={"monitor": 0},
    )
    return Snapshot(inventory, date(2026, 2, 2), (status,), (office,), monitor)


def samples(shown: Snapshot) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    body, _ = render(shown, "")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in parse_text(body.decode())
        for sample in family.samples
    }


def names(shown: Snapshot) -> set[str]:
    return {name for name, _ in samples(shown)}


@pytest.mark.parametrize("accept", ["", "application/openmetrics-text; version=1.0.0"])
def test_names_and_types_are_the_contracts(accept: str) -> None:
    body, content_type = render(snapshot(), accept)
    parse = parse_openmetrics if accept else parse_text
    assert content_type.startswith("application/openmetrics-text" if accept else "text/plain; version=0.0.4")
    assert {family.name: family.type for family in parse(body.decode())} == CONTRACT


def test_a_version_that_is_no_number_gets_the_plain_text() -> None:
    assert render(snapshot(), "application/openmetrics-text;version=abc")[1].startswith("text/plain; version=0.0.4")


def test_no_series_tells_when_it_was_created() -> None:
    assert b"_created" not in render(snapshot(), "application/openmetrics-text")[0]


def test_an_unmeasured_link_is_neither_up_nor_down() -> None:
    shown = snapshot(State.UNMEASURED, rtts=())
    found = names(shown)
    assert not found & {"opd_link_up", "opd_up", "opd_link_rtt_last_seconds", "opd_link_rtt_variation_seconds"}
    assert samples(shown)["opd_link_state", (("link", "primary"), ("opd", "dinkes"))] == 4


@pytest.mark.parametrize(("state", "up", "code"), [(State.UP, 1, 1), (State.DOWN, 0, 0)])
def test_a_measured_link_says_its_state(state: State, up: int, code: int) -> None:
    found = samples(snapshot(state))
    link = (("link", "primary"), ("opd", "dinkes"))
    assert (found["opd_link_up", link], found["opd_link_state", link], found["opd_up", (("opd", "dinkes"),)]) == (
        up,
        code,
        up,
    )
    assert found["opd_link_outage_open", link] == 1 - up


def test_bytes_are_absent_while_polls_fail() -> None:
    failing = SnmpStatus(is_up=False, reason=SnmpFailure.TIMEOUT, failures={SnmpFailure.TIMEOUT: 1})
    found = names(snapshot(snmp=failing))
    assert not found & {
        "opd_link_receive_bytes_total",
        "opd_link_transmit_bytes_total",
        "opd_link_interface_oper_status",
    }
    assert {"opd_link_snmp_up", "opd_link_snmp_failures_total"} <= found


def test_before_the_first_poll_snmp_says_nothing_of_itself() -> None:
    assert "opd_link_snmp_up" not in names(snapshot(snmp=SnmpStatus()))
    assert not {name for name in names(snapshot(snmp=None)) if "snmp" in name}


def test_a_direction_without_a_contract_is_absent() -> None:
    rates = {key: value for key, value in samples(snapshot()).items() if key[0] == "opd_link_contract_bytes_per_second"}
    assert rates == {
        (
            "opd_link_contract_bytes_per_second",
            (("direction", "receive"), ("link", "primary"), ("opd", "dinkes")),
        ): 12.5e6
    }


def test_awkward_names_come_back_exactly() -> None:
    body, _ = render(snapshot(name=AWKWARD), "")
    provider = next(f for f in parse_text(body.decode()) if f.name == "opd_provider_info")
    assert provider.samples[0].labels["name"] == AWKWARD


def test_a_histogram_has_the_contracts_buckets_and_counts_up() -> None:
    found = samples(snapshot(rtts=(0.0002, 0.004, 3.0)))
    buckets = {
        dict(labels)["le"]: value for (name, labels), value in found.items() if name == "opd_link_rtt_seconds_bucket"
    }
    assert [float(bound) for bound in buckets if bound != "+Inf"] == list(RTT_BOUNDS)
    assert (buckets["0.0002"], buckets["0.003"], buckets["0.005"], buckets["2.0"], buckets["+Inf"]) == (1, 1, 2, 2, 3)


def test_variation_is_the_mean_difference_of_the_last_sixty_replies() -> None:
    statistics = RttStatistics()
    for number in range(100):
        statistics.observe(9.0 if number < 40 else 0.001 * (number % 2))
    assert statistics.variation_seconds == pytest.approx(0.001)
