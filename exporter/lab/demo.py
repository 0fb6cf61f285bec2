"""The demo: a scenario played on the sample district, the monitor on it, Prometheus and Alertmanager beside it.

Only the district and the monitor's probes are in the private network. The monitor's web socket is opened outside and
handed over, so that it serves the machine's own loopback like everything else. In a container there is no third
network: the monitor is in the container's, see docker-compose.demo.yml.
"""

from __future__ import annotations

import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from exporter import inventory
from exporter.errors import InputError, TerpaduError
from exporter.lab import conductor, hosts, namespace, packages, plan, ports, sample, scenario, seen, truth
from exporter.lab.account import Account, Mark
from exporter.lab.conductor import Conductor, Happening
from exporter.lab.monitored import MonitorProcess
from exporter.lab.network import DISTRICT, Network, private_namespace
from exporter.lab.pages import Pages
from exporter.lab.processes import end
from exporter.lab.screen import DEMO, PAGE, Display, View
from exporter.lab.seen import Seen
from exporter.lab.servers import PROMETHEUS, SERVERS, demand_free_ports, fetch_missing, log_of, start_server
from exporter.lab.share import share
from exporter.lab.simulation import SimulatedNetwork, Starting
from exporter.lab.sites.plan import demo_assignment
from exporter.lab.sites.process import Websites
from exporter.model import Inventory

LOOK_EVERY_SECONDS = 2.0
REPLIES_WITHIN_SECONDS = 60.0
_LARGE_LINKS = 300  # from here on it is looked at more seldom: each look costs the monitor an answer
_LARGE_LOOK_EVERY_SECONDS = 5.0
_TICK_SECONDS = 0.25
_SHOWN_LOG_LINES = 8
_PROGRAM = sys.argv[0] if Path(sys.argv[0]).name == "terpadu" else f"{sys.executable} -m exporter"
_ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_MARKS_OF_CONTAINERS = (Path("/.dockerenv"), Path("/run/.containerenv"))  # Docker's, Podman's
_SIMULATED = (sys.executable, "-m", "exporter.simulated")
_EXPORTER, _AGENT, _WIRE, _SITES = "exporter", "SNMP agent", "lab's wire", "lab's websites"
_DISTRICT, _MONITOR = "district", "monitor"


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What `terpadu demo` was asked for; `offices` None means all, `duration_seconds` None until it is interrupted.

    `scenario` is the name of a shipped one, or a file. In a container the network is the container's own, and the
    servers are others' business.
    """

    offices: int | None = None
    scenario: str = "bad-day"
    seed: int = 0
    duration_seconds: float | None = None
    listen: str = "127.0.0.1:9877"
    in_container: bool = False


def run(
    options: DemoOptions,
    display: Display,
    conclude: Callable[[Path, Path], str],
    refusal: Callable[[], str | None] = namespace.refusal,
) -> str | None:
    """Show the demo until its time is over, or SIGINT, SIGTERM or SIGHUP end it.

    Returns what `conclude(TRUTH, LEDGER)` makes of it, None where nothing was played. `refusal` tells why a network of
    its own can't be made, None where it can. What was started is ended and what was written is removed, also where a
    TerpaduError ends it.
    """
    with _interruptible() as closing, ExitStack() as stack:
        demo = _Demo(stack, display, options)
        try:
            demo.show(None if options.in_container else refusal())
        except KeyboardInterrupt:
            display.tell(DEMO, "ending before anything was played")
        finally:
            closing()
        return demo.concluded(conclude)


@contextmanager
def _interruptible() -> Iterator[Callable[[], None]]:
    """Let the signals that end a program raise KeyboardInterrupt; yields what makes them wait for the cleaning up.

    A program started with `&` ignores SIGINT unless it says otherwise. One started with nohup goes on ignoring SIGHUP.
    """
    before = {number: signal.getsignal(number) for number in _ENDING_SIGNALS}
    if before[signal.SIGHUP] is signal.SIG_IGN:
        del before[signal.SIGHUP]

    def closing() -> None:
        for number in before:
            signal.signal(number, signal.SIG_IGN)

    for number in before:
        signal.signal(number, signal.default_int_handler)
    try:
        yield closing
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _heard_later() -> Iterator[Callable[[], bool]]:
    """Let the signals that end the demo interrupt nothing; yields what tells whether one has come."""
    heard: list[int] = []
    before = {
        number: handler for number in _ENDING_SIGNALS if (handler := signal.getsignal(number)) is not signal.SIG_IGN
    }
    for number in before:
        signal.signal(number, lambda number, _: heard.append(number))
    try:
        yield lambda: bool(heard)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def demand_container(marks: Sequence[Path] = _MARKS_OF_CONTAINERS) -> None:
    """Raise InputError on a machine, whose network and names would be the lab's then; a container has a mark."""
    if not any(mark.exists() for mark in marks):
        raise InputError("--in-container: this is no container; leave it away, and the demo has a network of its own")


class _Monitor(conductor.Monitor, Protocol):
    """The monitor's process, None while it is killed."""

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The process, also where it has ended by itself."""

    def end(self) -> None:
        """End it in order."""


class _Demo:
    """What is running, and what has been told of it."""

    def __init__(self, stack: ExitStack, display: Display, options: DemoOptions) -> None:
        self._stack = stack
        self._display = display
        self._options = options
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._seen: Seen | None = None
        self._conductor: Conductor | None = None
        self._is_simulated = False
        self._pages: Pages | None = None
        self._network: conductor.Network
        self._monitor: _Monitor

    def show(self, refused: str | None) -> None:
        """Start everything, and tell what happens until the time is over."""
        if self._options.in_container:
            demand_container()
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="terpadu-demo-")))
        self._file, self._inventory = self._district(refused)
        self._scenario = scenario.named(self._options.scenario, self._inventory)
        self._account = Account(self._inventory)
        with ports.listening_socket(self._options.listen, "the exporter") as web:
            self._exporter = ports.reachable(web)
            self._listen = ports.bound(self._options.listen, web)
        if not self._options.in_container:
            self._pages = self._stack.enter_context(Pages())
            demand_free_ports()
            fetch_missing(lambda text: self._display.tell(DEMO, text))
        self._lay_out(refused)
        if not self._options.in_container:
            self._start_servers()
        with _heard_later() as is_over:
            self._watch(self._view(refused), is_over)

    def concluded(self, conclude: Callable[[Path, Path], str]) -> str | None:
        """End the playing and the monitor in order, and return what is to be said of it; None where nothing played."""
        if self._conductor is None:
            return None
        self._conductor.close()
        self._truth_file.close()
        self._monitor.end()
        concluded = conclude(self._folder / "truth.jsonl", self._ledger)
        return f"On a simulated wire. {concluded}" if self._is_simulated else concluded

    def _start_servers(self) -> None:
        for server in SERVERS:
            if packages.program(server.program) is not None:
                process = start_server(server, share(), self._folder, self._exporter)
                self._stack.callback(end, process)
                self._running[server.title] = process

    def _district(self, refused: str | None) -> tuple[Path, Inventory]:
        text = (share() / "inventory.yaml").read_text(encoding="utf-8")
        if self._options.offices is not None:
            text = sample.sized(text, self._options.offices)
        if refused is not None:
            text = sample.on_loopback(text, ports.free_udp_port())
        self._ledger = self._folder / "terpadu.sqlite3"
        file = self._folder / "inventory.yaml"
        file.write_text(text, encoding="utf-8")
        return file, inventory.load(file)

    def _lay_out(self, refused: str | None) -> None:
        """Start the district with its routers, and the monitor on it."""
        community = {"SNMP_COMMUNITY": secrets.token_hex(8)}
        log, log_of_agent = log_of(self._folder, _EXPORTER), log_of(self._folder, _AGENT)
        if refused is None:
            near = self._near()
            network = self._stack.enter_context(Network(near, self._file, self._options.seed))
            agent = self._stack.enter_context(network.routers(self._file, community, log_of_agent))
            self._running |= {_AGENT: agent.process, _WIRE: network.wire}
            trusting = {"SSL_CERT_FILE": str(self._websites(network).authority)}
            monitor = MonitorProcess(self._words, self._listen, near=near, changes=community | trusting, log=log)
            self._stack.callback(monitor.end)
            monitor.start()
            self._network, self._monitor = network, monitor
            return
        self._is_simulated = True
        web = self._stack.enter_context(ports.listening_socket(self._listen, "the exporter"))
        starting = Starting(
            [*_SIMULATED, "--listen", f"fd://{web.fileno()}", "--ledger", str(self._ledger), *self._month_from()],
            log,
            community,
            [web.fileno()],
        )
        simulated = SimulatedNetwork(starting, self._file, self._options.seed)
        self._running[_AGENT] = self._stack.enter_context(simulated.routers(community, log_of_agent)).process
        self._stack.enter_context(simulated)
        self._network, self._monitor = simulated, simulated

    def _month_from(self) -> list[str]:
        """Return the words that give the monitor's pages 30 days; a network of its own would have none of them."""
        has_prometheus = not self._options.in_container and packages.program(PROMETHEUS.program) is not None
        return ["--prometheus-url", PROMETHEUS.url] if has_prometheus else []

    def _near(self) -> list[str]:
        """Return the words that run a command in the monitor's network, none where that is this process's."""
        if self._options.in_container:
            hosts.take()
            return []
        return self._stack.enter_context(private_namespace()).prefix

    def _websites(self, network: Network) -> Websites:
        conditions = demo_assignment(self._inventory)
        log = log_of(self._folder, _SITES)
        sites = self._stack.enter_context(network.websites(self._file, conditions, time.time(), log))
        self._running[_SITES] = sites.process
        return sites

    def _words(self, listen: str) -> list[str]:
        run = [sys.executable, "-m", "exporter", "run", "--inventory", str(self._file), "--ledger", str(self._ledger)]
        return [*run, "--listen", listen]

    def _view(self, refused: str | None) -> View:
        links = sum(1 for _ in self._inventory.links())
        where = f"on a network of their own, {DISTRICT}" if refused is None else "on a SIMULATED wire"
        title = (
            f"Terpadu demo: {len(self._inventory.offices)} offices, {links} links, {where};"
            f" {self._scenario.name}, seed {self._options.seed}"
        )
        places = [("exporter", f"http://{self._exporter}/metrics")]
        places += [(server.title, server.url) for server in SERVERS if server.title in self._running]
        if self._pages is not None:
            places.append(("pages", f"from Alertmanager to http://127.0.0.1:{self._pages.port}/, shown here"))
        places += [
            ("every link", f"{_PROGRAM} status --watch --url http://{self._exporter}"),
            *([] if refused else [("every website", f"{_PROGRAM} status --websites --url http://{self._exporter}")]),
            ("the score", f"{_PROGRAM} lab score {self._folder / 'truth.jsonl'} {self._ledger}"),
            ("files", f"{self._folder}, removed at the end"),
            ("status page", f"http://{self._exporter}/ in a browser"),
        ]
        return View(title, places, self._warning(refused))

    @staticmethod
    def _warning(refused: str | None) -> str | None:
        if refused is None:
            return None
        return f"The wire is SIMULATED, no echo leaves the monitor and no name moves: {refused}"

    def _watch(self, view: View, is_over: Callable[[], bool]) -> None:
        started = looked_at = time.monotonic()
        self._display.draw(view)
        many = len(list(self._inventory.links())) > _LARGE_LINKS
        every = _LARGE_LOOK_EVERY_SECONDS if many else LOOK_EVERY_SECONDS
        limit = self._options.duration_seconds
        while not is_over() and (limit is None or time.monotonic() - started < limit):
            self._mind_the_running()
            now = time.monotonic()
            if now >= looked_at:
                looked_at = now + every
                self._look(view)
            if self._conductor is None:
                self._begin_with_the_first_replies(now - started)
            else:
                self._conductor.tick()
            view.seconds = now - started
            view.entries = tuple(self._account.entries)
            self._display.draw(view)
            self._wait()
        self._display.tell(DEMO, "ending")
        self._display.draw(view)

    def _wait(self) -> None:
        """Let a moment pass; a page that comes within it is told."""
        if self._pages is None:
            time.sleep(_TICK_SECONDS)
        elif page := self._pages.next(_TICK_SECONDS):
            self._display.tell(PAGE, page)

    def _begin_with_the_first_replies(self, waited_seconds: float) -> None:
        if self._seen is not None and self._seen.up:
            head = truth.Header(
                self._scenario.name,
                self._options.seed,
                truth.fingerprint(self._file.read_text(encoding="utf-8")),
                time.time(),
            )
            self._truth_file = self._stack.enter_context(
                (self._folder / "truth.jsonl").open("w", encoding="utf-8", buffering=1)
            )
            self._conductor = Conductor(
                plan.episodes(self._scenario, self._inventory, self._options.seed),
                self._network,
                truth.TruthWriter(self._truth_file, head),
                time,
                monitor=self._monitor,
                told=self._tell_happening,
            )
        elif waited_seconds > REPLIES_WITHIN_SECONDS:
            raise TerpaduError(f"no link answered within {waited_seconds:.0f} s.{self._last_words(_EXPORTER)}")

    def _tell_happening(self, happening: Happening) -> None:
        self._account.add(happening)
        self._display.tell(_DISTRICT, str(happening))

    def _look(self, view: View) -> None:
        """Tell what the monitor makes of the district, where that has changed."""
        now = seen.read(f"http://{self._exporter}")
        for entry in self._account.look(now, time.time()):
            if entry.verdict.mark is not Mark.WAITING:
                of = "" if entry.episode.what == _MONITOR else f"{entry.episode.what}: "
                self._display.tell(_MONITOR, f"{of}{entry.verdict.words}")
        view.standing = "doesn't answer" if now is None else str(now)
        if now is not None and now.measured and (self._seen is None or str(now) != str(self._seen)):
            self._seen = now
            self._display.tell(_MONITOR, str(now))

    def _mind_the_running(self) -> None:
        """Raise TerpaduError where the monitor or the district has ended; go on without the others, and say so."""
        running = dict(self._running)
        if self._monitor.process is not None:
            running[_EXPORTER] = self._monitor.process
        for title, process in running.items():
            if process.poll() is None:
                continue
            ended = f"{title} has ended with status {process.returncode}.{self._last_words(title)}"
            if title in {_EXPORTER, _AGENT, _WIRE, _SITES}:
                raise TerpaduError(ended)
            del self._running[title]
            self._display.tell(DEMO, f"{ended}\nGoing on without it.")

    def _last_words(self, title: str) -> str:
        log = log_of(self._folder, title)
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
        return "".join(f"\n    {line}" for line in lines[-_SHOWN_LOG_LINES:])
