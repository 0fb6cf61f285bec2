"""One playing of a scenario: the lab's district, the monitor on it, and the score of its ledger, as a line of JSON.

    python -m exporter.lab.namespace python -m benchmarks.playing SCENARIO --seed N --seconds S FOLDER

What is written into FOLDER stays: inventory, truth, ledger and log. The measured time begins once the monitor's start
has settled; its CPU and the lab's are those of the whole playing, where the monitor isn't killed meanwhile.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from benchmarks.carried import carried, errors, wait_for_polls
from benchmarks.carried import row as totals_row
from benchmarks.echoes import settle
from benchmarks.processes import Server
from benchmarks.results import Row, print_score
from benchmarks.scraping import Durations, durations, scrape
from exporter import inventory, scoring
from exporter.errors import TerpaduError
from exporter.lab import ports, sample, scenario, truth
from exporter.lab.conductor import Conductor
from exporter.lab.monitored import MonitorProcess
from exporter.lab.network import Network
from exporter.lab.plan import episodes
from exporter.lab.share import share
from exporter.ledger import Ledger

_COMMUNITY = {"SNMP_COMMUNITY": "lab"}
_RESULTS = ("reply", "lost", "error")


def play(options: argparse.Namespace) -> dict[str, object]:
    """Play, and return the score with what the playing cost."""
    folder: Path = options.folder
    text = sample.sized((share() / "inventory.yaml").read_text(encoding="utf-8"), options.offices)
    file = folder / "inventory.yaml"
    file.write_text(text, encoding="utf-8")
    district = inventory.load(file)
    what = scenario.named(options.scenario, district)
    if options.loss is not None:
        what = replace(what, loss=options.loss)
    monitor = _monitor(folder, file)
    with (
        Network(inventory=file, seed=options.seed) as network,
        network.routers(file, _COMMUNITY, folder / "agent.log") as routers,
        (folder / "truth.jsonl").open("w") as truth_file,
    ):
        monitor.start()
        try:
            settle(_server(monitor, folder), sum(1 for _ in district.links()))
            lab = [Server(pid, 0, folder / "agent.log") for pid in (network.wire.pid, routers.process.pid)]
            cost = _Cost(_server(monitor, folder), lab)
            polled = [link.id for link in district.links() if link.snmp is not None]
            wait_for_polls(_server(monitor, folder), len(polled))
            first, who = carried(_server(monitor, folder), routers, polled), monitor.process
            head = truth.Header(what.name, options.seed, truth.fingerprint(text), time.time())
            conductor = Conductor(
                episodes(what, district, options.seed),
                network,
                truth.TruthWriter(truth_file, head),
                time,
                monitor=monitor,
            )
            conductor.play(options.seconds, time.sleep)
            if network.wire.poll() is not None or routers.process.poll() is not None:
                raise TerpaduError("the lab has ended by itself: what was played is no truth")
            still = None if monitor.process is None else _server(monitor, folder)
            row = {**cost.row(still), "echoes_dropped_by_the_lab": network.dropped}
            if still is not None and monitor.process is who:
                found = errors(first, carried(still, routers, polled))
                row |= totals_row(found, polled)
                worst = sorted(found.items(), key=lambda item: -item[1])
                (folder / "totals.txt").write_text("".join(f"{key} {error:.6f}\n" for key, error in worst))
        finally:
            monitor.end()
    with Ledger.existing(folder / "terpadu.sqlite3") as ledger:
        document = ledger.latest_inventory() or ""
        score = scoring.score(truth.read(folder / "truth.jsonl"), ledger, district, truth.fingerprint(document))
    (folder / "score.txt").write_text(scoring.as_text(score), encoding="utf-8")
    return {**scoring.as_json(score), "cost": row}


def _monitor(folder: Path, file: Path) -> MonitorProcess:
    words = [sys.executable, "-m", "exporter", "run", "--inventory", str(file)]
    words += ["--ledger", str(folder / "terpadu.sqlite3"), "--listen"]
    with ports.listening_socket("127.0.0.1:0", "the exporter") as sock:
        listen = ports.reachable(sock)
    return MonitorProcess(lambda fd: [*words, fd], listen, near=(), changes=_COMMUNITY, log=folder / "exporter.log")


def _server(monitor: MonitorProcess, folder: Path) -> Server:
    if monitor.process is None:
        raise TerpaduError("the monitor that is to be measured doesn't run")
    return Server(monitor.process.pid, int(monitor.listen.rpartition(":")[2]), folder / "exporter.log")


class _Cost:
    """What monitor and lab use from now on; of a monitor that is another by then, nothing."""

    def __init__(self, monitor: Server, lab: Sequence[Server]) -> None:
        self._monitor, self._lab = monitor, lab
        self._first = scrape(monitor)
        self._began = time.monotonic()
        self._monitor_seconds = monitor.cpu_seconds()
        self._lab_seconds = sum(each.cpu_seconds() for each in lab)

    def row(self, monitor: Server | None) -> Row:
        """Return the shares of a core, the echoes and their lateness; None is a monitor that doesn't run."""
        lasted = time.monotonic() - self._began
        lab = sum(each.cpu_seconds() for each in self._lab) - self._lab_seconds
        row: dict[str, float | int | str | None] = {"lab_cpu_share": lab / lasted}
        if monitor is None or monitor.pid != self._monitor.pid:
            return row
        last = scrape(monitor)
        probes = {
            result: int(
                last.total("opd_link_icmp_probes_total", f'result="{result}"')
                - self._first.total("opd_link_icmp_probes_total", f'result="{result}"')
            )
            for result in _RESULTS
        }
        late: Durations = durations(last, "terpadu_probe_lateness_seconds").since(
            durations(self._first, "terpadu_probe_lateness_seconds")
        )
        return row | {
            "monitor_cpu_share": (monitor.cpu_seconds() - self._monitor_seconds) / lasted,
            "monitor_peak_mib": round(monitor.peak_bytes() / 2**20),
            **{f"echoes_{result}": count for result, count in probes.items()},
            "socket_drops": int(last.total("terpadu_icmp_socket_drops_total")),
            "lateness_p50_ms": late.told_ms(0.5),
            "lateness_p99_ms": late.told_ms(0.99),
            "lateness_p999_ms": late.told_ms(0.999),
        }


def main(arguments: Sequence[str]) -> int:
    """Play once; print the score as a line of JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.playing")
    parser.add_argument("scenario")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--offices", type=int, default=31)
    parser.add_argument("--loss", type=Fraction)
    options = parser.parse_args(arguments)
    return print_score(lambda: play(options))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
