"""Outages of every cause on the lab, with real echoes, SNMP and traces: what the monitor finds out by itself."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from exporter_process import ExporterProcess, terpadu, wait_until

from exporter.cause import Verdict
from exporter.lab.agent_process import AgentProcess
from exporter.lab.network import Network, private_namespace
from exporter.ledger import Ledger
from exporter.model import Cause
from exporter.timeline import Outage

SECRETS = {"SNMP_COMMUNITY": "rahasia-uji"}
HEAD = """\
organisation: {name: "Kabupaten Uji", timezone: Asia/Jakarta, sample: true}
defaults:
  icmp: {interval: 1s, timeout: 1s, down_after: 3, up_after: 3}
  snmp: {version: 2c, community: "${SNMP_COMMUNITY}", interval: 5s, timeout: 1s, retries: 0}
providers: {serat: {name: "PT Serat"}, gelombang: {name: "PT Gelombang"}}
nodes:
  core: {name: "Core", address: 198.18.0.10, icmp: {interval: 1s, timeout: 1s, down_after: 2, up_after: 2}}
  pop: {name: "POP", address: 198.18.1.1, parent: core, icmp: {interval: 1s, timeout: 1s, down_after: 2, up_after: 2}}
offices:
"""
OFFICE = """\
  - code: {code}
    name: "Kantor {code}"
    district: Ciruas
    links:
      - {{name: primary, address: 198.18.40.{number}, provider: {provider}, parent: {parent}, {more}
         contract: {{download: 100Mbps, upload: 20Mbps}}}}
"""
WAN = "snmp: {interface: wan},"
PLACES = (
    ("lurah", "serat", "core", WAN),
    ("listrik", "serat", "core", WAN),
    ("bawah", "serat", "pop", WAN),
    ("tanpa", "serat", "core", ""),
    *((f"gel{number}", "gelombang", "core", WAN) for number in range(3)),
)
TEXT = HEAD + "".join(
    OFFICE.format(code=code, number=number, provider=provider, parent=parent, more=more)
    for number, (code, provider, parent, more) in enumerate(PLACES, 1)
)
SILENT_SECONDS = 9


@dataclass
class District:
    """The monitor at work on the lab."""

    network: Network
    agent: AgentProcess
    monitor: ExporterProcess
    folder: Path

    @property
    def ledger_file(self) -> Path:
        return self.folder / "terpadu.sqlite3"

    def silence(self, what: str, kind: str) -> None:
        """Let something be silent for a while."""
        self.network.set(what, {"kind": kind})
        time.sleep(SILENT_SECONDS)  # an outage is a stretch of time; nothing else can be waited for
        self.network.clear(what, kind)

    def bytes_of(self, link: str) -> tuple[float, float]:
        """Return what the monitor says was received, and what anybody can know of it: carried, and not forgotten."""

        def told() -> tuple[float, float] | None:
            before = self.agent.carried(link)
            total = self.monitor.metric("opd_link_receive_bytes_total", opd=link.partition("/")[0])
            if total is None or before["asked_at"] != self.agent.carried(link)["asked_at"]:
                return None
            return total, before["at_last_answer"]["receive_bytes"] - before["forgotten_receive_bytes"]

        wait_until(told, "its total is of its last answer")
        found = told()
        while found is None:
            found = told()
        return found

    def explained(self, link: str) -> tuple[Outage, Verdict]:
        """Return a link's last outage with its cause, once that is final."""

        def found() -> tuple[Outage, Verdict] | None:
            with Ledger.existing(self.ledger_file) as ledger:
                outages = ledger.outages(link, 0, 2**40)
                verdict = ledger.verdict(link, outages[-1].started_at) if outages else None
            return None if verdict is None else (outages[-1], verdict)

        wait_until(found, f"{link} has a cause", seconds=90)
        last = found()
        assert last is not None
        return last


@pytest.fixture(scope="module")
def district(private_network: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[District]:
    assert private_network is None
    folder = tmp_path_factory.mktemp("explained")
    file = folder / "inventory.yaml"
    file.write_text(TEXT, encoding="utf-8")
    with (
        private_namespace() as near,
        Network(near.prefix, file) as network,
        network.routers(file, SECRETS, folder / "agent.log") as agent,
        ExporterProcess(folder, environment=SECRETS, prefix=near.prefix) as monitor,
    ):
        running = District(network, agent, monitor, folder)
        polled = [code for code, _, _, more in PLACES if more]
        wait_until(
            lambda: all(monitor.metric("opd_link_snmp_up", opd=code) == 1 for code in polled), "every device is asked"
        )
        time.sleep(2)  # every link has settled seconds
        yield running


def test_a_link_that_is_cut_while_its_device_stays_up(district: District) -> None:
    district.silence("lurah/primary", "cut")
    outage, verdict = district.explained("lurah/primary")
    seen = verdict.evidence
    assert verdict.cause is Cause.LINK
    assert seen.device.boot_at is not None
    assert seen.device.boot_at < outage.started_at
    assert seen.trail is not None
    assert (seen.trail.last_hop, seen.trail.hops) == ("core", ("198.18.0.10",))
    wait_until(
        lambda: district.monitor.metric("opd_link_outages_total", opd="lurah", cause="link") == 1, "it is counted"
    )


def test_an_office_whose_power_was_cut(district: District) -> None:
    district.silence("listrik", "power_off")
    outage, verdict = district.explained("listrik/primary")
    boot_at = verdict.evidence.device.boot_at
    assert verdict.cause is Cause.POWER
    assert boot_at is not None
    assert outage.ended_at is not None
    assert abs(boot_at - outage.ended_at) <= 2
    assert district.monitor.metric("opd_link_device_reboots_total", opd="listrik") == 1


def test_a_link_below_a_node_that_failed(district: District) -> None:
    district.silence("pop", "cut")
    _, verdict = district.explained("bawah/primary")
    assert verdict.cause is Cause.UPSTREAM
    assert verdict.evidence.above is not None
    assert verdict.evidence.above.node == "pop"
    assert verdict.evidence.trail is not None
    assert verdict.evidence.trail.last_hop == "core"


def test_links_whose_provider_failed(district: District) -> None:
    district.silence("gelombang", "cut")
    for number in range(3):
        _, verdict = district.explained(f"gel{number}/primary")
        assert verdict.cause is Cause.PROVIDER
        assert verdict.evidence.together is not None
        assert (verdict.evidence.together.onsets, verdict.evidence.together.measured) == (3, 3)


def test_a_link_whose_device_is_not_asked_is_unknown(district: District) -> None:
    district.silence("tanpa/primary", "cut")
    _, verdict = district.explained("tanpa/primary")
    assert verdict.cause is Cause.UNKNOWN
    assert not verdict.evidence.device.is_polled


def test_while_it_is_open_an_outage_shows_its_last_hop_to_all_who_ask(district: District) -> None:
    district.network.set("pop", {"kind": "cut"})
    try:
        wait_until(
            lambda: (
                district.monitor.metric("opd_link_outage_evidence_info", opd="bawah", cause="upstream", last_hop="core")
                == 1
            ),
            "the evidence is shown",
        )
        status = terpadu("status", "--url", f"http://{district.monitor.address}", cwd=district.folder)
        assert status.returncode == 1
        assert "upstream, ends after core" in status.stdout
    finally:
        district.network.clear("pop", "cut")
    wait_until(lambda: district.monitor.metric("opd_link_outage_open", opd="bawah") == 0, "the outage has ended")
    assert district.monitor.metric("opd_link_outage_evidence_info", opd="bawah") is None


def test_the_evidence_is_printed_in_plain_sentences(district: District) -> None:
    district.silence("lurah/primary", "cut")
    outage, _ = district.explained("lurah/primary")
    listed = terpadu("outages", "list", cwd=district.folder)
    started = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(outage.started_at))
    assert re.search(rf"lurah/primary@{started} .* link ", listed.stdout)
    shown = terpadu("outages", "show", f"lurah/primary@{started}", cwd=district.folder)
    assert shown.returncode == 0
    assert "cause: link (the link itself); nobody has confirmed it" in shown.stdout
    assert ": all through the outage." in shown.stdout
    assert "the way ended after core, hop 1: 198.18.0.10." in shown.stdout


def test_the_total_of_bytes_is_the_truths_over_a_renumbering_a_wrap_silence_and_a_power_cut(district: District) -> None:
    link = "listrik/primary"
    total, known = district.bytes_of(link)
    district.network.set(link, {"kind": "renumber"})
    district.silence(link, "mute")
    wait_until(lambda: district.monitor.metric("opd_link_snmp_up", opd="listrik") == 1, "its device answers again")
    district.network.set(link, {"kind": "wrap"})
    time.sleep(16)  # the counters jump, and wrap one and a half polls later
    district.silence("listrik", "power_off")
    district.explained(link)
    time.sleep(11)  # two polls further on
    total_now, known_now = district.bytes_of(link)
    assert total_now - total == pytest.approx(known_now - known, rel=0.001)
    assert total_now - total > 1_000_000
