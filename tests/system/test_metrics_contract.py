"""What a running exporter serves, held against the contract: the parts of it that exist so far."""

from __future__ import annotations

import http.client
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from exporter_process import ExporterProcess, wait_until
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter.lab.network import Network

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
FORMATS = pytest.mark.parametrize("accept", ["text/plain", OPENMETRICS], ids=["text", "openmetrics"])
# Name, type and labels, in the contract's order.
CONTRACT = """
opd_info gauge opd,name,district,latitude,longitude
opd_up gauge opd
opd_outage_open gauge opd
opd_availability_ratio gauge opd
opd_link_info gauge opd,link,name,district,provider,node,medium,circuit
opd_link_above_info gauge opd,link,provider,level_1,level_2
opd_node_info gauge node,name,provider,parent
opd_node_above_info gauge node,provider,level_1
opd_node_up gauge node
opd_node_outage_open gauge node
opd_provider_info gauge provider,name,noc
opd_node_in_maintenance gauge node
opd_timezone_offset_seconds gauge zone
opd_reference_up gauge reference
opd_monitor_isolated gauge
opd_link_up gauge opd,link
opd_link_outage_open gauge opd,link
opd_link_in_maintenance gauge opd,link
opd_link_state gauge opd,link
opd_link_state_since_timestamp_seconds gauge opd,link
opd_link_state_seconds_total counter opd,link,state
opd_link_outages_total counter opd,link,cause
opd_link_icmp_probes_total counter opd,link,result
opd_link_icmp_late_total counter opd,link
opd_link_icmp_duplicates_total counter opd,link
opd_link_rtt_seconds histogram opd,link
opd_link_rtt_last_seconds gauge opd,link
opd_link_rtt_variation_seconds gauge opd,link
opd_link_receive_bytes_total counter opd,link
opd_link_transmit_bytes_total counter opd,link
opd_link_receive_errors_total counter opd,link
opd_link_transmit_errors_total counter opd,link
opd_link_receive_discards_total counter opd,link
opd_link_transmit_discards_total counter opd,link
opd_link_contract_bytes_per_second gauge opd,link,direction
opd_link_contract_availability_ratio gauge opd,link
opd_link_interface_oper_status gauge opd,link
opd_link_interface_admin_status gauge opd,link
opd_link_interface_speed_bytes_per_second gauge opd,link
opd_link_snmp_up gauge opd,link
opd_link_snmp_duration_seconds gauge opd,link
opd_link_snmp_last_success_timestamp_seconds gauge opd,link
opd_link_snmp_failures_total counter opd,link,reason
opd_link_device_boot_timestamp_seconds gauge opd,link
opd_link_device_reboots_total counter opd,link
opd_sla_availability_ratio gauge opd,link
opd_sla_downtime_budget_remaining_seconds gauge opd,link
opd_sla_downtime_budget_seconds gauge opd,link
opd_sla_credit_rupiah gauge opd,link
terpadu_build_info gauge version
terpadu_inventory_last_reload_successful gauge
terpadu_inventory_last_reload_success_timestamp_seconds gauge
terpadu_probe_lateness_seconds histogram
terpadu_icmp_socket_drops_total counter
terpadu_internal_errors_total counter part
terpadu_clock_steps_total counter
terpadu_ledger_write_seconds histogram
terpadu_ledger_writable gauge
"""
# The label values that the contract fixes.
VALUES = {
    "opd_link_state_seconds_total": {"up", "degraded", "down", "unmeasured"},
    "opd_link_outages_total": {"power", "link", "upstream", "provider", "unknown"},
    "opd_link_icmp_probes_total": {"reply", "lost", "error"},
    "opd_link_contract_bytes_per_second": {"receive", "transmit"},
}
RTT_BOUNDS = "0.0002 0.0005 0.001 0.002 0.003 0.005 0.0075 0.01 0.015 0.025 0.05 0.1 0.15 0.25 0.5 1 2 inf"
# The inventory refuses line ends; a backslash before an n is none.
AWKWARD = ["\"PU\" \\ 'Tata'", r"Dua\nbaris", "=1+1 (Kota) [A] / B|C", "Hujan 🌧 {x} # , é"]
DISTRICT = """\
organisation: {name: "Kabupaten Uji", timezone: Asia/Jakarta}
defaults:
  icmp: {down_after: 3, up_after: 3, timeout: 1s}
  snmp: {community: "${SNMP_COMMUNITY}", interval: 1s, timeout: 1s, retries: 0}
references:
  - {name: core-gateway, address: 198.18.0.1}
  - {name: upstream-dns, address: 198.18.0.2}
providers:
  isp: {name: "PT Penyedia", availability: 99.5%, credit: {formula: pro_rata_downtime}}
nodes:
  core: {name: "Core", address: 198.18.0.10}
  pop: {name: "POP", address: 198.18.1.1, provider: isp, parent: core}
offices:
"""
OFFICE = """\
  - code: opd-{number}
    name: {name}
    district: {name}
    location: [-6.1389, 106.2297]
    links:
      - name: primary
        address: 198.18.10.{number}
        provider: isp
        parent: pop
        circuit: {name}
        contract: {{download: 100Mbps, upload: 50Mbps, monthly_fee: 4500000}}
        snmp: {{interface: ether1}}
      - name: backup
        address: 198.18.11.{number}
        provider: isp
        contract: {{download: 20Mbps, upload: 20Mbps}}
"""


def district(names: list[str]) -> str:
    offices = (OFFICE.format(number=number, name=quoted(name)) for number, name in enumerate(names, 1))
    return DISTRICT + "".join(offices)


def quoted(name: str) -> str:
    """Return a name as YAML in double quotes."""
    escaped = name.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"'


@pytest.fixture(scope="module")
def exporter(tmp_path_factory: pytest.TempPathFactory, network: Network) -> Iterator[ExporterProcess]:
    """A monitor of a district with everything, of which all has been measured."""
    folder = tmp_path_factory.mktemp("contract")
    inventory = folder / "inventory.yaml"
    inventory.write_text(district(AWKWARD), encoding="utf-8")
    community = {"SNMP_COMMUNITY": "uji-coba"}
    with network.routers(inventory, community), ExporterProcess(folder, environment=community) as running:
        # These come last: the second reply, the second good poll, the ledger's first sums.
        for name in ("opd_link_rtt_variation_seconds", "opd_link_receive_bytes_total", "opd_sla_credit_rupiah"):
            wait_until(lambda name=name: f"\n{name}{{" in running.get("/metrics"), name)  # type: ignore[misc]
        wait_until(lambda: "\nopd_node_up{" in running.get("/metrics"), "a node")
        wait_until(lambda: "\nopd_reference_up{" in running.get("/metrics"), "a reference")
        yield running


def page(exporter: ExporterProcess, accept: str) -> str:
    with closing(http.client.HTTPConnection(exporter.address, timeout=10)) as connection:
        connection.request("GET", "/metrics", headers={"Accept": accept})
        return connection.getresponse().read().decode()


def families(exporter: ExporterProcess, accept: str) -> list[Metric]:
    return list((parse_openmetrics if accept == OPENMETRICS else parse_text)(page(exporter, accept)))


def name_of(family: Metric) -> str:
    return f"{family.name}_total" if family.type == "counter" else family.name


def label_names(family: Metric) -> set[str]:
    """Return the label names, which all series of a family share; what stands above has as many as there are."""
    every = {frozenset(sample.labels.keys() - {"le"}) for sample in family.samples}
    if family.name.endswith("_above_info"):
        return set().union(*every)
    (names,) = every
    return set(names)


@FORMATS
def test_every_metric_has_the_contracts_name_type_and_labels(exporter: ExporterProcess, accept: str) -> None:
    contract = {}
    for line in CONTRACT.split("\n")[1:-1]:
        name, kind, labels = f"{line} ".split(" ")[:3]
        contract[name] = (kind, {label for label in labels.split(",") if label})
    assert {name_of(f): (f.type, label_names(f)) for f in families(exporter, accept)} == contract


@FORMATS
def test_a_labels_values_are_the_contracts(exporter: ExporterProcess, accept: str) -> None:
    found = {name_of(family): family for family in families(exporter, accept)}
    for name, values in VALUES.items():
        (label,) = label_names(found[name]) - {"opd", "link"}
        assert {sample.labels[label] for sample in found[name].samples} == values
    bounds = {sample.labels["le"]: None for sample in found["opd_link_rtt_seconds"].samples if "le" in sample.labels}
    assert [float(bound) for bound in bounds] == [float(bound) for bound in RTT_BOUNDS.split(" ")]


@FORMATS
def test_every_value_is_a_number_and_no_series_tells_its_creation(exporter: ExporterProcess, accept: str) -> None:
    samples = [sample for family in families(exporter, accept) for sample in family.samples]
    assert [sample for sample in samples if sample.value != sample.value] == []
    assert [sample.name for sample in samples if sample.name.endswith("_created")] == []


def test_what_answers_is_up_and_nothing_is_cut_off(exporter: ExporterProcess) -> None:
    assert exporter.metric("opd_monitor_isolated") == 0
    for reference in ("core-gateway", "upstream-dns"):
        wait_until(lambda name=reference: exporter.metric("opd_reference_up", reference=name) == 1, reference)  # type: ignore[misc]
    for node in ("core", "pop"):
        wait_until(lambda name=node: exporter.metric("opd_node_up", node=name) == 1, node)  # type: ignore[misc]
        assert exporter.metric("opd_node_in_maintenance", node=node) == 0
    assert exporter.metric("opd_link_state", opd="opd-1", link="backup") == 1


def assert_names_are_served(exporter: ExporterProcess, names: list[str], promtool: list[str]) -> None:
    for accept in ("text/plain", OPENMETRICS):
        (info,) = [family for family in families(exporter, accept) if family.name == "opd_info"]
        assert [sample.labels["name"] for sample in info.samples] == names
    checked = subprocess.run(
        [*promtool, "check", "metrics"],
        input=page(exporter, "text/plain"),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_awkward_names_come_back_exactly_before_and_after_a_reload(
    exporter: ExporterProcess, programs: Callable[[str], list[str]]
) -> None:
    inventory: Path = exporter.folder / "inventory.yaml"
    promtool = programs("promtool")
    assert_names_are_served(exporter, AWKWARD, promtool)
    changed = [f'{name}"\\' for name in AWKWARD]
    for names in (changed, AWKWARD):
        inventory.write_text(district(names), encoding="utf-8")
        exporter.signal(signal.SIGHUP)
        first = quoted(names[0])
        wait_until(lambda text=first: f"name={text}," in exporter.get("/metrics"), first)  # type: ignore[misc]
        assert_names_are_served(exporter, names, promtool)
