"""Outages of every cause on the lab, with real echoes, SNMP and traces: what the monitor finds out by itself."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from exporter_process import PATIENCE_SECONDS, ExporterProcess, terpadu, wait_until

from exporter.cause import Verdict
from exporter.lab.agent_process import AgentProcess
from exporter.lab.network import Network, private_namespace
from exporter.ledger import Ledger
from exporter.model import Cause
from exporter.timeline import Outage

SECRETS = {"SNMP_COMMUNITY": "rahasia-uji"}
QUICK = "icmp: {interval: 1s, timeout: 1s, down_after: 2, up_after: 2}"
HEAD = f"""\
organisation: {{name: "Kabupaten Uji", timezone: Asia/Jakarta, sample: true}}
defaults:
  icmp: {{interval: 1s, timeout: 1s, down_after: 3, up_after: 3}}
  snmp: {{version: 2c, community: "${{SNMP_COMMUNITY}}", interval: 5s, timeout: 1s, retries: 0}}
nodes:
  core: {{name: "Core", address: 198.18.0.10, {QUICK}}}
  pop: {{name: "POP", address: 198.18.1.1, parent: core, {QUICK}}}
providers:
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
# Each but the last has a provider of its own, so that they may be silent at one time.
PLACES = (
    ("lurah", "satu", "core", WAN),
    ("listrik", "dua", "core", WAN),
    ("bawah", "tiga", "pop", WAN),
    ("tanpa", "empat", "core", ""),
    *((f"gel{number}", "lima", "core", WAN) for number in range(3)),
)
TEXT = (
    HEAD
    + "".join(f'  {provider}: {{name: "PT {provider}"}}\n' for provider in ("satu", "dua", "tiga", "empat", "lima"))
    + "offices:\n"
    + "".join(
        OFFICE.format(code=code, number=number, provider=provider, parent=parent, more=more)
        for number, (code, provider, parent, more) in enumerate(PLACES, 1)
    )
)
SILENCES = (
    ("lurah/primary", "cut"),
    ("listrik", "power_off"),
    ("pop", "cut"),
    ("tanpa/primary", "cut"),
    ("lima", "cut"),
)


Found = TypeVar("Found")


def awaited(look: Callable[[], Found | None], what: str, seconds: float = PATIENCE_SECONDS) -> Found:
    """Return the first that is found; AssertionError says what didn't come."""
    found: list[Found] = []

    def has_found() -> bool:
        seen = look()
        if seen is not None:
            found.append(seen)
        return bool(found)

    wait_until(has_found, what, seconds)
    return found[0]


@dataclass
class District:
    """The monitor at work on the lab."""

    network: Network
    agent: AgentProcess
    monitor: ExporterProcess
    folder: Path
    known: tuple[float, float] = (0.0, 0.0)
    status: subprocess.CompletedProcess[str] | None = None
    is_shown: bool = False

    @property
    def ledger_file(self) -> Path:
        return self.folder / "terpadu.sqlite3"

    def bytes_of(self, link: str) -> tuple[float, float]:
        """Return what the monitor says was received, and what anybody can know of it: carried, and not forgotten."""

        def told() -> tuple[float, float] | None:
            before = self.agent.carried(link)
            total = self.monitor.metric("opd_link_receive_bytes_total", opd=link.partition("/")[0])
            if total is None or before["asked_at"] != self.agent.carried(link)["asked_at"]:
                return None
            return total, before["at_last_answer"]["receive_bytes"] - before["forgotten_receive_bytes"]

        return awaited(told, "its total is of its last answer")

    def explained(self, link: str) -> tuple[Outage, Verdict]:
        """Return a link's last outage with its cause, once that is final."""

        def found() -> tuple[Outage, Verdict] | None:
            with Ledger.existing(self.ledger_file) as ledger:
                outages = ledger.outages(link, 0, 2**40)
                verdict = ledger.verdict(link, outages[-1].started_at) if outages else None
            return None if verdict is None else (outages[-1], verdict)

        return awaited(found, f"{link} has a cause", seconds=90)


@pytest.fixture(scope="module")
def district(private_network: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[District]:
    """A monitor that has seen everything silent at one time, and well again, while its pages were read."""
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
        running.known = running.bytes_of("listrik/primary")
        for what, kind in SILENCES:
            network.set(what, {"kind": kind})
        # All of them, because traces take turns: those that are still to come would show links that are well again.
        for code, *_ in PLACES:
            wait_until(lambda office=code: _last_hop_is_core(monitor, office), f"{code}'s path has been traced")
        running.status = terpadu("status", "--url", f"http://{monitor.address}", cwd=folder)
        running.is_shown = _last_hop_is_core(monitor, "bawah", cause="upstream")
        for what, kind in SILENCES:
            network.clear(what, kind)
        yield running


def _last_hop_is_core(monitor: ExporterProcess, office: str, **labels: str) -> bool:
    """Return whether an open outage shows that its path ended after the core."""
    return monitor.metric("opd_link_outage_evidence_info", opd=office, last_hop="core", **labels) == 1


def test_a_link_that_is_cut_while_its_device_stays_up(district: District) -> None:
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
    outage, verdict = district.explained("listrik/primary")
    boot_at = verdict.evidence.device.boot_at
    assert verdict.cause is Cause.POWER
    assert boot_at is not None
    assert outage.ended_at is not None
    assert abs(boot_at - outage.ended_at) <= 2
    assert district.monitor.metric("opd_link_device_reboots_total", opd="listrik") == 1


def test_a_link_below_a_node_that_failed(district: District) -> None:
    _, verdict = district.explained("bawah/primary")
    assert verdict.cause is Cause.UPSTREAM
    assert verdict.evidence.above is not None
    assert verdict.evidence.above.node == "pop"
    assert verdict.evidence.trail is not None
    assert verdict.evidence.trail.last_hop == "core"


def test_links_whose_provider_failed(district: District) -> None:
    for number in range(3):
        _, verdict = district.explained(f"gel{number}/primary")
        assert verdict.cause is Cause.PROVIDER
        assert verdict.evidence.together is not None
        assert (verdict.evidence.together.onsets, verdict.evidence.together.measured) == (3, 3)


def test_a_link_whose_device_is_not_asked_is_unknown(district: District) -> None:
    _, verdict = district.explained("tanpa/primary")
    assert verdict.cause is Cause.UNKNOWN
    assert not verdict.evidence.device.is_polled


def test_while_it_is_open_an_outage_shows_its_last_hop_to_all_who_ask(district: District) -> None:
    assert district.is_shown
    assert district.status is not None
    assert district.status.returncode == 1
    assert "upstream, ends after core" in district.status.stdout
    district.explained("bawah/primary")
    assert not _last_hop_is_core(district.monitor, "bawah")


def test_the_evidence_is_printed_in_plain_sentences(district: District) -> None:
    outage, _ = district.explained("lurah/primary")
    listed = terpadu("outages", "list", cwd=district.folder)
    started = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(outage.started_at))
    assert re.search(rf"lurah/primary@{started} .* link ", listed.stdout)
    shown = terpadu("outages", "show", f"lurah/primary@{started}", cwd=district.folder)
    assert shown.returncode == 0
    assert "cause: link (the link itself), by this evidence:" in shown.stdout
    assert ": all through the outage." in shown.stdout
    assert "the path ended after core, hop 1: 198.18.0.10." in shown.stdout


def test_the_total_of_bytes_is_the_truths_over_a_power_cut_a_renumbering_silence_and_a_wrap(
    district: District,
) -> None:
    link = "listrik/primary"
    district.explained(link)
    district.network.set(link, {"kind": "renumber"})
    district.network.set(link, {"kind": "mute"})
    wait_until(lambda: district.monitor.metric("opd_link_snmp_up", opd="listrik") == 0, "its device is silent")
    district.network.clear(link, "mute")
    wait_until(lambda: district.monitor.metric("opd_link_snmp_up", opd="listrik") == 1, "its device answers again")
    district.network.set(link, {"kind": "wrap"})
    time.sleep(13)  # the counters jump, and wrap one and a half polls later
    (total, known), (total_now, known_now) = district.known, district.bytes_of(link)
    assert total_now - total == pytest.approx(known_now - known, rel=0.001)
    assert total_now - total > 1_000_000
