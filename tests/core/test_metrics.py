from __future__ import annotations

import dataclasses

import pytest
from metrics_snapshots import make_snapshot
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter.metrics import Format, Renderer
from exporter.observation import SnmpFailure, SnmpStatus
from exporter.snapshot import Snapshot
from exporter.statistics import RTT_BOUNDS, RttStatistics
from exporter.timeline import State

LINK = (("link", "primary"), ("opd", "dinkes"))
OFFICE = (("opd", "dinkes"),)
NODE = (("node", "pop"),)
REFERENCE = (("reference", "gateway"),)


def page(shown: Snapshot, form: Format = Format.TEXT) -> str:
    return "".join(Renderer().render(shown, form))


def samples(shown: Snapshot) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in parse_text(page(shown))
        for sample in family.samples
    }


def names(shown: Snapshot) -> set[str]:
    return {name for name, _ in samples(shown)}


def test_no_series_tells_when_it_was_created() -> None:
    assert "_created" not in page(make_snapshot()) + page(make_snapshot(), Format.OPENMETRICS)


def test_openmetrics_calls_a_counter_without_total_and_ends_the_page() -> None:
    shown = page(make_snapshot(), Format.OPENMETRICS)
    assert "# TYPE opd_link_icmp_late counter\nopd_link_icmp_late_total{" in shown
    assert shown.endswith("\n# EOF\n")
    assert {family.name for family in parse_openmetrics(shown)} == {
        family.name for family in parse_text(page(make_snapshot()))
    }


def test_what_is_unmeasured_is_neither_up_nor_down() -> None:
    shown = make_snapshot(State.UNMEASURED, rtts=())
    absent = {"opd_link_up", "opd_up", "opd_node_up", "opd_reference_up", "opd_link_rtt_last_seconds"}
    assert not names(shown) & {*absent, "opd_link_rtt_variation_seconds"}
    assert samples(shown)["opd_link_state", LINK] == 4


@pytest.mark.parametrize(("state", "up", "code"), [(State.UP, 1, 1), (State.DEGRADED, 1, 2), (State.DOWN, 0, 0)])
def test_what_is_measured_is_up_or_down_and_degraded_is_up(state: State, up: int, code: int) -> None:
    found = samples(make_snapshot(state))
    ups = {found["opd_link_up", LINK], found["opd_up", OFFICE], found["opd_node_up", NODE]}
    assert ups | {found["opd_reference_up", REFERENCE]} == {up}
    assert found["opd_link_state", LINK] == code
    assert found["opd_link_outage_open", LINK] == 1 - up


def test_an_outage_tells_when_it_began_and_once_it_is_over_when_it_ended() -> None:
    start, end = "opd_link_outage_start_timestamp_seconds", "opd_link_outage_end_timestamp_seconds"
    is_open, is_over = samples(make_snapshot(State.DOWN)), samples(make_snapshot(State.UP))
    assert (is_open[start, LINK], is_open.get((end, LINK))) == (1_770_000_000, None)
    assert (is_over[start, LINK], is_over[end, LINK]) == (1_769_990_000, 1_769_990_600)
    assert is_open["opd_node_outage_start_timestamp_seconds", NODE] == 1_770_000_000


def test_local_time_is_an_instant_and_the_zone_s_offset() -> None:
    assert samples(make_snapshot())["opd_timezone_offset_seconds", (("zone", "WIB"),)] == 25_200


def test_what_stands_above_is_told_of_links_and_nodes() -> None:
    assert {"opd_link_above_info", "opd_node_above_info"} <= names(make_snapshot())


def test_an_open_outage_is_named_as_persons_name_it() -> None:
    of = (*LINK, ("outage", "dinkes/primary@20260202T024000Z"))
    assert samples(make_snapshot(State.DOWN)).get(("opd_link_outage_info", of)) == 1
    assert "opd_link_outage_info" not in names(make_snapshot(State.UP))


@pytest.mark.parametrize("state", State)
def test_maintenance_wins_the_state_for_people_and_changes_nothing_else(state: State) -> None:
    before, after = samples(make_snapshot(state)), samples(make_snapshot(state, in_maintenance=True))
    assert {key: value for key, value in after.items() if before[key] != value} == {
        ("opd_link_in_maintenance", LINK): 1,
        ("opd_link_state", LINK): 3,
        ("opd_node_in_maintenance", NODE): 1,
    }
    assert after.keys() == before.keys()


def test_each_states_seconds_are_counted() -> None:
    found = samples(make_snapshot())
    seconds = {
        dict(labels)["state"]: value
        for (name, labels), value in found.items()
        if name == "opd_link_state_seconds_total"
    }
    assert seconds == {"up": 10, "degraded": 4, "down": 2, "unmeasured": 0}


@pytest.mark.parametrize(("is_isolated", "value"), [(True, 1), (False, 0), (None, None)])
def test_without_references_nobody_knows_whether_the_monitor_is_cut_off(
    is_isolated: bool | None,  # noqa: FBT001
    value: float | None,
) -> None:
    shown = make_snapshot()
    shown = dataclasses.replace(shown, monitor=dataclasses.replace(shown.monitor, is_isolated=is_isolated))
    assert samples(shown).get(("opd_monitor_isolated", ())) == value


def test_the_monitor_counts_what_its_sockets_dropped_and_the_clocks_steps() -> None:
    found = samples(make_snapshot())
    assert (found["terpadu_icmp_socket_drops_total", ()], found["terpadu_clock_steps_total", ()]) == (3, 2)


def test_bytes_are_absent_while_polls_fail() -> None:
    failing = SnmpStatus(is_up=False, reason=SnmpFailure.TIMEOUT, failures={SnmpFailure.TIMEOUT: 1})
    found = names(make_snapshot(snmp=failing))
    assert not found & {
        "opd_link_receive_bytes_total",
        "opd_link_transmit_bytes_total",
        "opd_link_receive_errors_total",
        "opd_link_transmit_errors_total",
        "opd_link_receive_discards_total",
        "opd_link_transmit_discards_total",
        "opd_link_interface_oper_status",
        "opd_link_interface_admin_status",
    }
    assert {"opd_link_snmp_up", "opd_link_snmp_failures_total"} <= found


def test_before_the_first_poll_snmp_says_nothing_of_itself() -> None:
    assert "opd_link_snmp_up" not in names(make_snapshot(snmp=SnmpStatus()))
    assert not {name for name in names(make_snapshot(snmp=None)) if "snmp" in name}


def test_a_direction_without_a_contract_is_absent() -> None:
    rates = {
        key: value for key, value in samples(make_snapshot()).items() if key[0] == "opd_link_contract_bytes_per_second"
    }
    assert rates == {("opd_link_contract_bytes_per_second", (("direction", "receive"), *LINK)): 12.5e6}


def test_a_histogram_has_the_contracts_buckets_and_counts_up() -> None:
    found = samples(make_snapshot(rtts=(0.0002, 0.004, 3.0)))
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
