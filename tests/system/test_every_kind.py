"""Two minutes that hold every kind of thing that happens, by the clock: the real monitor on the lab, and its score."""

from __future__ import annotations

import sys
import time

import pytest
from exporter_process import wait_until

from exporter import inventory, scoring
from exporter.lab import ports, scenario, seen, truth
from exporter.lab.conductor import Conductor
from exporter.lab.monitored import MonitorProcess
from exporter.lab.network import Network, private_namespace
from exporter.lab.plan import episodes
from exporter.lab.scenario import Kind
from exporter.lab.share import share
from exporter.ledger import Ledger
from exporter.scoring import Score

SEED = 7
SECONDS = 120
# Losses by chance, or by a move, just before an outage would be its first: what is impaired or moves is cut later.
SCENARIO = """\
events:
  - {at: 3s, cut: random link, for: 20s}
  - {at: 5s, cut: random link, for: 4s}
  - {at: 8s, degrade: random link, for: 50s, loss: 20%, delay: 200ms}
  - {at: 9s, reboot: random link}
  - {at: 9s, renumber: random link}
  - {at: 9s, wrap: random link}
  - {at: 9s, mute: random link, for: 20s}
  - {at: 10s, saturate: random link, for: 30s}
  - {at: 12s, flap: dinkes/primary, for: 40s, period: 40s, down: 50%}
  - {at: 26s, power_off: random office, for: 20s}
  - {at: 30s, fail: random node, for: 15s}
  - {at: 36s, move: random link}
  - {at: 60s, isolate: monitor, for: 14s}
  - {at: 66s, power_off: random office, for: 36s}
  - {at: 78s, cut: random reference, for: 14s}
  - {at: 80s, fail: random provider, for: 16s, answer: unreachable}
  - {at: 104s, kill: monitor, for: 3s}
"""
FILE = share() / "inventory.yaml"
DISTRICT = inventory.load(FILE)


@pytest.fixture(scope="module")
def played(private_network: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[truth.Truth, Score]:
    """The truth of the two minutes, and the score of the monitor's ledger."""
    assert private_network is None
    folder = tmp_path_factory.mktemp("every-kind")
    what = scenario.parse(SCENARIO, "every-kind.yaml", DISTRICT)
    ledger_file, truth_file = folder / "terpadu.sqlite3", folder / "truth.jsonl"
    words = [sys.executable, "-m", "exporter", "run", "--inventory", str(FILE), "--ledger", str(ledger_file)]
    with ports.listening_socket("127.0.0.1:0", "the exporter") as free:
        listen = ports.reachable(free)
    with (
        private_namespace() as near,
        Network(near.prefix, FILE, SEED) as network,
        truth_file.open("w", encoding="utf-8") as lines,
    ):
        monitor = MonitorProcess(
            lambda fd: [*words, "--listen", fd], listen, near=near.prefix, changes={}, log=folder / "exporter.log"
        )
        monitor.start()
        try:
            wait_until(lambda: all_up(listen), "every link is up")
            head = truth.Header("every-kind", SEED, truth.fingerprint(FILE.read_text(encoding="utf-8")), time.time())
            conductor = Conductor(
                episodes(what, DISTRICT, SEED), network, truth.TruthWriter(lines, head), time, monitor=monitor
            )
            conductor.play(SECONDS, time.sleep)
        finally:
            monitor.end()
    so = truth.read(truth_file)
    with Ledger.existing(ledger_file) as ledger:
        return so, scoring.score(so, ledger, DISTRICT, truth.fingerprint(ledger.latest_inventory() or ""))


def all_up(listen: str) -> bool:
    found = seen.read(f"http://{listen}")
    return found is not None and found.up == len(list(DISTRICT.links()))


@pytest.mark.timeout(300)
def test_every_kind_that_the_lab_acts_on_has_happened(played: tuple[truth.Truth, Score]) -> None:
    assert {fact.kind for fact in played[0].facts} == set(Kind) - {Kind.BACKGROUND}


@pytest.mark.timeout(300)
def test_every_outage_is_found_and_none_is_invented(played: tuple[truth.Truth, Score]) -> None:
    links, nodes = played[1].links, played[1].nodes
    assert (links.missed, links.invented, nodes.missed, nodes.invented) == (0, 0, 0, 0)
    assert links.found >= 5
    assert nodes.found >= 1


@pytest.mark.timeout(300)
def test_nobody_is_charged_while_the_monitor_is_cut_off(played: tuple[truth.Truth, Score]) -> None:
    score = played[1]
    assert score.cut_off_seconds == pytest.approx(14, abs=1)
    assert score.charged_while_cut_off == 0


@pytest.mark.timeout(300)
def test_no_measured_second_is_wrong_and_every_unmeasured_one_has_its_reason(
    played: tuple[truth.Truth, Score],
) -> None:
    tallies = (played[1].links, played[1].nodes)
    assert [tally.seconds_wrong for tally in tallies] == [0, 0]
    assert [tally.unmeasured.unexplained for tally in tallies] == [0, 0]


@pytest.mark.timeout(300)
def test_no_link_is_left_open_that_answers(played: tuple[truth.Truth, Score]) -> None:
    assert (played[1].links.ends_unseen, played[1].nodes.ends_unseen) == (0, 0)
