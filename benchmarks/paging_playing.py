"""One playing with everything that pages: the lab's district, the monitor, Prometheus, Alertmanager and a webhook.

    python -m exporter.lab.namespace python -m benchmarks.paging_playing SCENARIO FOLDER --seed N --seconds S

All of it stands in one private network, on its usual ports, so that the shipped configuration is taken as it is, and
several playings go on side by side. `--interval` takes the place of its intervals, of nothing else. `--restart PROGRAM`
ends one of the three by SIGTERM in the middle, and starts it again on its own data.

What is written into FOLDER is enough to judge: inventory.yaml, truth.jsonl, messages.jsonl (what came to the webhook,
and when), alerts.json (when Prometheus had which alert firing) and playing.json.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TextIO

from benchmarks.echoes import settle
from benchmarks.paging_judge import PAGE
from benchmarks.processes import Server
from benchmarks.scraping import durations, scrape
from exporter import inventory
from exporter.errors import TerpaduError
from exporter.lab import scenario, truth
from exporter.lab.conductor import Conductor
from exporter.lab.monitored import MonitorProcess
from exporter.lab.network import Network
from exporter.lab.plan import episodes
from exporter.lab.processes import end, start
from exporter.lab.servers import ALERTMANAGER, PROMETHEUS, log_of, start_server
from exporter.lab.servers import Server as Program
from exporter.lab.share import share

RESTARTABLE = ("exporter", "prometheus", "alertmanager")
_LISTEN = "127.0.0.1:9877"
_COMMUNITY = {"SNMP_COMMUNITY": "lab"}
_READY_SECONDS = 90.0
_POLL_SECONDS = 0.5
_STEP_SECONDS = 5
_PATIENCE_SECONDS = 60.0
# After the last mending: late pages come within the first, ends within the second.
_LEAST_AFTER_SECONDS, _MOST_AFTER_SECONDS = 100.0, 720.0
_INTERVALS = re.compile(r"^( *(?:scrape|evaluation)_interval: )\w+", re.MULTILINE)
_WEBHOOK = re.compile(r"http://127\.0\.0\.1:(\d+)")


@dataclass(frozen=True, slots=True)
class Restart:
    """Which program is ended so long after the beginning, and for how long it is gone."""

    program: str
    after_seconds: float
    gone_seconds: float


class Receiver:
    """The webhook: writes what comes, and when, as lines of JSON, and knows which pages are not yet over."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._turn = threading.Lock()
        self.open_pages: set[str] = set()

    def take(self, path: str, payload: dict[str, Any]) -> None:
        """Take a message."""
        with self._turn:
            self._file.write(f"{json.dumps({'at': time.time(), 'path': path, 'payload': payload})}\n")
            for alert in payload["alerts"]:
                if alert["labels"].get("severity") == PAGE:
                    known = json.dumps(alert["labels"], sort_keys=True)
                    (self.open_pages.add if alert["status"] == "firing" else self.open_pages.discard)(known)


@contextmanager
def receiving(receiver: Receiver, ports: Sequence[int]) -> Iterator[None]:
    """Let a receiver take whatever is posted to some ports."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.take(self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            pass

    servers = [ThreadingHTTPServer(("127.0.0.1", port), Handler) for port in ports]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


class _Programs:
    """Prometheus and Alertmanager on their usual ports, and the monitor; each can be ended and started again."""

    def __init__(self, folder: Path, monitor: MonitorProcess, configuration: Path) -> None:
        self._folder = folder
        self._monitor = monitor
        self._configuration = configuration
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, program: Program) -> None:
        """Start one of the two for the first time."""
        self._running[program.program] = start_server(program, self._configuration, self._folder, _LISTEN)
        self._wait(program)

    def restart(self, what: Restart) -> None:
        """End a program in order, and start it again with its data."""
        if what.program == "exporter":
            self._monitor.end()
            time.sleep(what.gone_seconds)
            self._monitor.start()
            return
        program = next(each for each in (PROMETHEUS, ALERTMANAGER) if each.program == what.program)
        before = self._running[program.program]
        end(before, _PATIENCE_SECONDS)
        time.sleep(what.gone_seconds)
        words = [str(word) for word in before.args] if isinstance(before.args, list) else []
        self._running[program.program] = start(words, log=log_of(self._folder, program.title))
        self._wait(program)

    def close(self) -> None:
        """End both."""
        for process in self._running.values():
            end(process, _PATIENCE_SECONDS)

    def _wait(self, program: Program) -> None:
        process = self._running[program.program]

        def is_ready() -> bool:
            if process.poll() is not None:
                raise TerpaduError(
                    f"{program.title} has ended; its log says why: {log_of(self._folder, program.title)}"
                )
            try:
                return bool(_get(f"{program.url}-/ready"))
            except OSError:
                return False

        wait_until(is_ready, _READY_SECONDS, f"{program.title} is ready")


def wait_until(claim: Callable[[], bool], seconds: float, what: str) -> None:
    """Return as soon as a claim holds; TerpaduError says what didn't come in time."""
    deadline = time.monotonic() + seconds
    while not claim():
        if time.monotonic() > deadline:
            raise TerpaduError(f"not within {seconds:.0f} s: {what}")
        time.sleep(_POLL_SECONDS)


def play(options: argparse.Namespace) -> None:
    """Play, and leave the records in the folder."""
    folder: Path = options.folder
    text = (share() / "inventory.yaml").read_text(encoding="utf-8")
    file = folder / "inventory.yaml"
    file.write_text(text, encoding="utf-8")
    district = inventory.load(file)
    what = scenario.named(options.scenario, district)
    restart = Restart(options.restart, options.restart_after, options.gone) if options.restart else None
    with ExitStack() as stack:
        network = stack.enter_context(Network(inventory=file, seed=options.seed))
        stack.enter_context(network.routers(file, _COMMUNITY, folder / "agent.log"))
        authority = stack.enter_context(network.websites(file, {}, time.time(), folder / "websites.log")).authority
        words = [sys.executable, "-m", "exporter", "run", "--inventory", str(file)]
        words += ["--ledger", str(folder / "terpadu.sqlite3"), "--listen"]
        monitor = MonitorProcess(
            lambda fd: [*words, fd],
            _LISTEN,
            near=(),
            changes={**_COMMUNITY, "SSL_CERT_FILE": str(authority)},
            log=folder / "exporter.log",
        )
        stack.callback(monitor.end)
        monitor.start()
        receiver = Receiver(stack.enter_context((folder / "messages.jsonl").open("w", buffering=1, encoding="utf-8")))
        stack.enter_context(receiving(receiver, _webhooks()))
        programs = _Programs(folder, monitor, _configuration(folder, options.interval))
        stack.callback(programs.close)
        programs.start(ALERTMANAGER)
        programs.start(PROMETHEUS)
        settle(_server(monitor, folder), sum(1 for _ in district.links()))
        offices = len(district.offices)
        wait_until(lambda: len(_query("opd_up == 1")) == offices, _READY_SECONDS, f"{offices} offices are up")
        truth_file = stack.enter_context((folder / "truth.jsonl").open("w", encoding="utf-8"))
        head = truth.Header(what.name, options.seed, truth.fingerprint(text), time.time())
        conductor = Conductor(
            episodes(what, district, options.seed),
            network,
            truth.TruthWriter(truth_file, head),
            time,
            monitor=monitor,
        )
        restarted = _Restarting(programs, restart)
        conductor.play(options.seconds, restarted.sleep)
        _wait_for_ends(receiver)
        _keep(folder, head.starts_at, options, restarted, _server(monitor, folder))


class _Restarting:
    """Sleeps for the conductor, and restarts a program once its time has come."""

    def __init__(self, programs: _Programs, restart: Restart | None) -> None:
        self._programs = programs
        self._restart = restart
        self._began = time.monotonic()
        self.ended_at: float | None = None
        self.started_at: float | None = None

    def sleep(self, seconds: float) -> None:
        """Sleep so long, or as long as the restart takes."""
        if self._restart is None or time.monotonic() < self._began + self._restart.after_seconds:
            time.sleep(seconds)
            return
        self.ended_at = time.time()
        self._programs.restart(self._restart)
        self.started_at = time.time()
        self._restart = None


def _wait_for_ends(receiver: Receiver) -> None:
    """Wait until every page was said to be over, and pages that come late have come; not for ever."""
    began = time.monotonic()
    while (waited := time.monotonic() - began) < _MOST_AFTER_SECONDS:
        if waited >= _LEAST_AFTER_SECONDS and not receiver.open_pages:
            return
        time.sleep(1.0)


def _keep(folder: Path, starts_at: float, options: argparse.Namespace, restarted: _Restarting, monitor: Server) -> None:
    runs = [
        {
            "labels": {k: v for k, v in series["metric"].items() if k not in {"__name__", "alertstate"}},
            "runs": _runs(series),
        }
        for series in _query_range('ALERTS{alertstate="firing"}', starts_at - _STEP_SECONDS, time.time())
    ]
    (folder / "alerts.json").write_text(f"{json.dumps(runs)}\n", encoding="utf-8")
    late = durations(scrape(monitor), "terpadu_probe_lateness_seconds")
    own = str(_get(f"{PROMETHEUS.url}metrics"))
    told = {
        "scenario": options.scenario,
        "seed": options.seed,
        "seconds": options.seconds,
        "interval": options.interval,
        "restart": options.restart,
        "restart_ended_at": restarted.ended_at,
        "restart_started_at": restarted.started_at,
        "lateness_p99_ms": late.told_ms(0.99),
        "evaluations": _sum(own, "prometheus_rule_group_iterations_total"),
        "evaluations_missed": _sum(own, "prometheus_rule_group_iterations_missed_total"),
        "longest_last_evaluation_s": max(_values(own, "prometheus_rule_group_last_duration_seconds"), default=None),
    }
    (folder / "playing.json").write_text(f"{json.dumps(told, indent=2)}\n", encoding="utf-8")


def _runs(series: dict[str, Any]) -> list[list[float]]:
    """Return the stretches in which a series was there."""
    runs: list[list[float]] = []
    for at, _ in series["values"]:
        if runs and at <= runs[-1][1] + 1.5 * _STEP_SECONDS:
            runs[-1][1] = at
        else:
            runs.append([at, at])
    return runs


def _server(monitor: MonitorProcess, folder: Path) -> Server:
    if monitor.process is None:
        raise TerpaduError("the monitor doesn't run")
    return Server(monitor.process.pid, int(_LISTEN.rpartition(":")[2]), folder / "exporter.log")


def _configuration(folder: Path, interval: str | None) -> Path:
    """Return where the shipped configuration stands, or a copy of it whose scrapes and evaluations are so far apart."""
    if interval is None:
        return share()
    copy = folder / "share"
    for name in ("prometheus", "alertmanager"):
        shutil.copytree(share() / name, copy / name, copy_function=shutil.copyfile)
    file = copy / "prometheus" / "prometheus.yml"
    text, found = _INTERVALS.subn(rf"\g<1>{interval}", file.read_text(encoding="utf-8"))
    if found != 2:  # noqa: PLR2004 -- scrapes and evaluations
        raise TerpaduError(f"{file}: {found} intervals; expected those of scrapes and of evaluations")
    file.write_text(text, encoding="utf-8")
    return copy


def _webhooks() -> list[int]:
    """Return the ports that the shipped configuration sends to."""
    text = (share() / "alertmanager" / "alertmanager.yml").read_text(encoding="utf-8")
    return sorted({int(port) for port in _WEBHOOK.findall(text)})


def _query(expression: str) -> list[Any]:
    return list(_get(f"{PROMETHEUS.url}api/v1/query?{urllib.parse.urlencode({'query': expression})}")["data"]["result"])


def _query_range(expression: str, begin: float, until: float) -> list[Any]:
    asked = {"query": expression, "start": begin, "end": until, "step": _STEP_SECONDS}
    return list(_get(f"{PROMETHEUS.url}api/v1/query_range?{urllib.parse.urlencode(asked)}")["data"]["result"])


def _get(url: str) -> Any:
    with _DIRECT.open(url, timeout=10) as answer:
        text = answer.read().decode()
        return json.loads(text) if "json" in answer.headers.get("Content-Type", "") else text


_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _values(text: str, name: str) -> list[float]:
    return [float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(f"{name}{{")]


def _sum(text: str, name: str) -> float:
    return sum(_values(text, name))


def main(arguments: Sequence[str]) -> int:
    """Play once."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paging_playing")
    parser.add_argument("scenario")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--interval")
    parser.add_argument("--restart", choices=RESTARTABLE)
    parser.add_argument("--restart-after", type=float, default=0.0)
    parser.add_argument("--gone", type=float, default=0.0)
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        play(options)
    except TerpaduError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
