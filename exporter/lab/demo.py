"""The demo: the sample district on a network of its own, the monitor on it, Prometheus and Alertmanager beside it.

Only the district and the monitor's probes are in the private network. The monitor's web socket is opened outside and
handed over, so that it serves the machine's own loopback like everything else.
"""

from __future__ import annotations

import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from exporter import inventory
from exporter.errors import TerpaduError
from exporter.lab import namespace, packages, ports, sample, standing
from exporter.lab.incidents import Incident, incidents
from exporter.lab.network import DISTRICT, Network, private_namespace
from exporter.lab.pages import Pages
from exporter.lab.processes import dying_with_parent, end, start
from exporter.lab.servers import SERVERS, demand_free_ports, fetch_missing, log_of, start_server
from exporter.lab.share import share
from exporter.lab.standing import Standing
from exporter.model import Inventory

LOOK_EVERY_SECONDS = 2.0
REPLIES_WITHIN_SECONDS = 60.0
_TICK_SECONDS = 0.25
_SHOWN_LOG_LINES = 8
_EXPORTER, _AGENT = "exporter", "SNMP agent"
_OPEN_ECHOES = "type: sudo sysctl net.ipv4.ping_group_range='0 2147483647'"


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What `terpadu demo` was asked for; `offices` None means all, `duration_seconds` None until it is interrupted."""

    offices: int | None = None
    duration_seconds: float | None = None
    listen: str = "127.0.0.1:9877"


def run(
    options: DemoOptions, write: Callable[[str], None], refusal: Callable[[], str | None] = namespace.refusal
) -> int:
    """Show the demo until its time is over, or SIGINT, SIGTERM or SIGHUP end it; return 0.

    `write` takes one line. `refusal` tells why a network of its own can't be made, None where it can. What was started
    is ended and what was written is removed, also where a TerpaduError ends it.
    """
    with _interruptible() as closing, ExitStack() as stack:
        try:
            _Demo(stack, write, options).show(refusal())
        except KeyboardInterrupt:
            write("")
        finally:
            closing()
    write("The demo has ended, and nothing of it is left.")
    return 0


@contextmanager
def _interruptible() -> Iterator[Callable[[], None]]:
    """Let the signals that end a program raise KeyboardInterrupt; yields what makes them wait for the cleaning up.

    A program started with `&` ignores SIGINT unless it says otherwise. One started with nohup goes on ignoring SIGHUP.
    """
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
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


class _Demo:
    """What is running, and what has been told of it."""

    def __init__(self, stack: ExitStack, write: Callable[[str], None], options: DemoOptions) -> None:
        self._stack = stack
        self._write = write
        self._options = options
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._seen: Standing | None = None

    def show(self, refused: str | None) -> None:
        """Start everything, and tell what happens until the time is over."""
        shared = share()
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="terpadu-demo-")))
        self._file, self._inventory = self._district(shared, refused)
        web = self._stack.enter_context(ports.listening_socket(self._options.listen, "the exporter"))
        self._exporter = ports.reachable(web)
        self._pages = self._stack.enter_context(Pages())
        demand_free_ports()
        if refused is not None:
            self._excuse(refused)
        fetch_missing(lambda text: self._say("demo", text))
        network = self._lay_out(web, refused)
        web.close()
        for server in SERVERS:
            if packages.program(server.program) is not None:
                self._keep(server.title, start_server(server, shared, self._folder, self._exporter))
        self._tell_where(network)
        self._watch(network)

    def _district(self, shared: Path, refused: str | None) -> tuple[Path, Inventory]:
        text = (shared / "inventory.yaml").read_text(encoding="utf-8")
        if self._options.offices is not None:
            text = sample.shortened(text, self._options.offices)
        if refused is not None:
            text = sample.on_loopback(text, ports.free_udp_port())
        file = self._folder / "inventory.yaml"
        file.write_text(text, encoding="utf-8")
        return file, inventory.load(file)

    def _excuse(self, refused: str) -> None:
        self._say("demo", f"{refused[0].upper()}{refused[1:]}")
        if not namespace.echoes_allowed():
            raise TerpaduError(
                f"the demo could run on loopback, but echoes aren't allowed there either; {_OPEN_ECHOES}"
            )
        self._say("demo", "going on with loopback addresses, all of which answer: outages can't be shown this way")

    def _lay_out(self, web: socket.socket, refused: str | None) -> Network | None:
        """Start the district's agent and the exporter; return the network whose links can be cut, None on loopback."""
        community = {"SNMP_COMMUNITY": secrets.token_hex(8)}
        agent = [sys.executable, "-m", "exporter.lab.agent", str(self._file)]
        log = log_of(self._folder, _AGENT)
        near: list[str] = []
        network = None
        if refused is None:
            near = self._stack.enter_context(private_namespace()).prefix
            network = self._stack.enter_context(Network(near, self._file))
            self._running[_AGENT] = network.start(agent, community, log)
        else:
            self._keep(_AGENT, start(dying_with_parent(agent), changes=community, log=log))
        ledger = self._folder / "terpadu.sqlite3"
        exporter = [sys.executable, "-m", "exporter", "run", "--inventory", str(self._file), "--ledger", str(ledger)]
        words = [*near, *dying_with_parent([*exporter, "--listen", f"fd://{web.fileno()}"])]
        log = log_of(self._folder, _EXPORTER)
        self._keep(_EXPORTER, start(words, changes=community, log=log, keep_open=[web.fileno()]))
        return network

    def _keep(self, title: str, process: subprocess.Popen[bytes]) -> None:
        self._stack.callback(end, process)
        self._running[title] = process

    def _tell_where(self, network: Network | None) -> None:
        links = sum(1 for _ in self._inventory.links())
        where = "on loopback" if network is None else f"on a network of their own, {DISTRICT}"
        self._write("")
        self._write(f"Terpadu demo: {len(self._inventory.offices)} offices, {links} links, {where}")
        self._write(f"  exporter      http://{self._exporter}/metrics")
        for server in SERVERS:
            if server.title in self._running:
                self._write(f"  {server.title:<13} {server.url}")
        self._write(f"  pages         from Alertmanager to http://127.0.0.1:{self._pages.port}/, shown here")
        self._write(f"  files         {self._folder}, removed at the end")
        self._write("Ctrl-C ends it.")
        self._write("")

    def _watch(self, network: Network | None) -> None:
        started = looked_at = time.monotonic()
        replied_at: float | None = None
        plan = incidents(self._inventory) if network else iter(())
        upcoming = next(plan, None)
        limit = self._options.duration_seconds
        while limit is None or time.monotonic() - started < limit:
            self._mind_the_running()
            now = time.monotonic()
            if now >= looked_at:
                looked_at = now + LOOK_EVERY_SECONDS
                self._look()
            if replied_at is None:
                replied_at = self._first_replies(now - started, now)
            elif network and upcoming and now - replied_at >= upcoming.at_seconds:
                self._happen(network, upcoming)
                upcoming = next(plan, None)
            if page := self._pages.next(_TICK_SECONDS):
                self._say("page", page)

    def _first_replies(self, waited_seconds: float, now: float) -> float | None:
        if self._seen and self._seen.up:
            return now
        if waited_seconds > REPLIES_WITHIN_SECONDS:
            raise TerpaduError(f"no link answered within {waited_seconds:.0f} s.{self._last_words(_EXPORTER)}")
        return None

    def _look(self) -> None:
        """Tell what the monitor makes of the district, where that has changed."""
        now = standing.read(f"http://{self._exporter}/metrics")
        if now is not None and now.measured and now != self._seen:
            self._seen = now
            self._say("monitor", str(now))

    def _happen(self, network: Network, incident: Incident) -> None:
        change = network.cut if incident.is_cut else network.mend
        change(incident.link.address)
        self._say("district", str(incident))

    def _mind_the_running(self) -> None:
        """Raise TerpaduError where the exporter or the agent has ended; go on without the others, and say so."""
        for title, process in list(self._running.items()):
            if process.poll() is None:
                continue
            del self._running[title]
            ended = f"{title} has ended with status {process.returncode}.{self._last_words(title)}"
            if title in {_EXPORTER, _AGENT}:
                raise TerpaduError(ended)
            self._say("demo", f"{ended}\nGoing on without it.")

    def _last_words(self, title: str) -> str:
        lines = log_of(self._folder, title).read_text(encoding="utf-8", errors="replace").splitlines()
        return "".join(f"\n    {line}" for line in lines[-_SHOWN_LOG_LINES:])

    def _say(self, who: str, text: str) -> None:
        self._write(f"{datetime.now().astimezone():%H:%M:%S}  {who:<9} {text}")
