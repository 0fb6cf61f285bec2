from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from exporter_process import wait_until

END = "The demo has ended, and nothing of it is left."
REFUSED = """\
from exporter.lab import demo
demo.namespace.refusal = lambda: "namespaces are off; type: sudo sysctl x=1"
demo.run.__defaults__ = (demo.namespace.refusal,)
from exporter import cli
raise SystemExit(cli.main(["demo", "--offices", "2", "--duration", "{duration}"]))
"""
IN_CONTAINER = """\
from exporter.lab import demo
demo.demand_container = lambda: None
from exporter import cli
raise SystemExit(cli.main(["demo", "--offices", "2", "--in-container", "--listen", "0.0.0.0:9877"]))
"""


class Demo:
    """A demo as a process: what it says, and by a mark in their environment all processes that come of it."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.files = folder / "files"
        self.files.mkdir()
        self._log = folder / "demo.log"
        self._mark = f"TERPADU_TEST_MARK={uuid.uuid4()}".encode()
        name, _, value = self._mark.decode().partition("=")
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                words,
                env={**os.environ, "TMPDIR": str(self.files), name: value},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def says(self, pattern: str) -> bool:
        """Return whether a line of it matches; AssertionError with its words where it has ended without."""
        if any(re.search(pattern, line) for line in self.lines()):
            return True
        assert self._process.poll() is None, self._log.read_text()
        return False

    def lines(self) -> list[str]:
        return self._log.read_text().splitlines()

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self, seconds: float = 30) -> int:
        return self._process.wait(timeout=seconds)

    def processes(self) -> dict[int, str]:
        """Return the command lines of the processes with the mark, by id; those that have ended have no environment."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if self._mark in (folder / "environ").read_bytes().split(b"\0"):
                    found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
        return found

    def close(self) -> None:
        """End what a failed test left of it."""
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        self._process.wait()


@contextmanager
def started(folder: Path, *words: str) -> Iterator[Demo]:
    demo = Demo(folder, *words)
    try:
        yield demo
    finally:
        demo.close()


@pytest.fixture(scope="module")
def interrupted(
    private_network: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Demo, int, list[str]]]:
    """A demo in the background of a shell, interrupted after its first cut: it, its status, and what ran before."""
    assert private_network is None
    background = ["sh", "-c", 'trap "" INT; exec "$0" -m exporter demo --offices 2 --duration 150', sys.executable]
    with started(tmp_path_factory.mktemp("demo"), *background) as demo:
        wait_until(lambda: demo.says("links up"), "links up")
        wait_until(lambda: demo.says("district  link .* is cut"), "a cut")
        wait_until(lambda: demo.says("monitor   .*/primary: down since"), "what the monitor makes of it")
        wait_until(lambda: demo.says("page      FIRING (page|ticket) (OfficeOffline|LinkDown)"), "a page", seconds=60)
        ran = list(demo.processes().values())
        demo.signal(signal.SIGINT)
        yield demo, demo.wait(), ran


def test_an_interrupted_demo_ends_with_status_0(interrupted: tuple[Demo, int, list[str]]) -> None:
    assert interrupted[1] == 0


def test_its_last_line_says_that_it_has_ended(interrupted: tuple[Demo, int, list[str]]) -> None:
    assert interrupted[0].lines()[-1] == END


def test_it_tells_where_everything_is(interrupted: tuple[Demo, int, list[str]]) -> None:
    lines = interrupted[0].lines()
    title = "Terpadu demo: 2 offices, 3 links, on a network of their own, 198.18.0.0/15; bad-day, seed 0"
    begin = lines.index(title)
    assert [line.split()[:2] for line in lines[begin + 1 : begin + 4]] == [
        ["exporter", "http://127.0.0.1:9877/metrics"],
        ["Prometheus", "http://127.0.0.1:9090/"],
        ["Alertmanager", "http://127.0.0.1:9093/"],
    ]


def test_all_of_its_links_come_up_before_the_first_cut(interrupted: tuple[Demo, int, list[str]]) -> None:
    told = [line.split(maxsplit=2)[2] for line in interrupted[0].lines() if re.search("  (monitor|district) ", line)]
    cut = next(place for place, line in enumerate(told) if line.endswith("is cut"))
    assert "3 of 3 links up, no outages open" in told[:cut]


def test_at_its_end_it_compares_what_the_monitor_saw_with_what_was_so(
    interrupted: tuple[Demo, int, list[str]],
) -> None:
    *_, score, _ = interrupted[0].lines()
    assert re.fullmatch(
        r"Against the truth of \d+ s: 1 of 1 outages found, 0 invented; 1 of 1 edges within a slot, the worst by "
        r"0\.\d\d s; 0 s charged while the monitor was cut off\.",
        score,
    )


@pytest.mark.parametrize(
    "program", ["exporter run", "exporter.lab.agent", "exporter.lab.sites", "prometheus.yml", "alertmanager.yml"]
)
def test_everything_ran_while_it_was_shown(interrupted: tuple[Demo, int, list[str]], program: str) -> None:
    assert any(program in command for command in interrupted[2])


def test_no_process_of_it_is_left(interrupted: tuple[Demo, int, list[str]]) -> None:
    wait_until(lambda: interrupted[0].processes() == {}, "its processes are gone", seconds=5)


def test_no_file_of_it_is_left(interrupted: tuple[Demo, int, list[str]]) -> None:
    assert list(interrupted[0].files.iterdir()) == []


@pytest.fixture
def demo(private_network: None, tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    """Start a demo by its words."""
    assert private_network is None
    with ExitStack() as stack:
        yield lambda *words: stack.enter_context(started(tmp_path, sys.executable, *words))


def test_where_namespaces_are_refused_it_says_so_and_plays_on_a_simulated_wire(demo: Callable[..., Demo]) -> None:
    refused = demo("-c", REFUSED.format(duration=33))
    assert refused.wait(seconds=60) == 0
    lines = refused.lines()
    begin = lines.index("Terpadu demo: 2 offices, 3 links, on a SIMULATED wire; bad-day, seed 0")
    assert lines[begin + 1] == (
        "  The wire is SIMULATED, no echo leaves the monitor and no name moves: namespaces are off; type: sudo sysctl "
        "x=1"
    )
    assert lines[-2].startswith("On a simulated wire. Against the truth of ")
    assert any(re.search("monitor   .*/primary: down since", line) for line in lines)
    assert lines[-1] == END


def test_in_a_container_it_plays_on_the_network_that_is_there_and_starts_no_server(demo: Callable[..., Demo]) -> None:
    running = demo("-m", "exporter.lab.namespace", sys.executable, "-c", IN_CONTAINER)
    wait_until(lambda: running.says("monitor   .*/primary: down since"), "what the monitor makes of a cut")
    commands = list(running.processes().values())
    assert [command for command in commands if "prometheus.yml" in command or "alertmanager.yml" in command] == []
    running.signal(signal.SIGTERM)
    assert (running.wait(), running.lines()[-1]) == (0, END)
    lines = running.lines()
    begin = lines.index("Terpadu demo: 2 offices, 3 links, on a network of their own, 198.18.0.0/15; bad-day, seed 0")
    assert [line.split()[0] for line in lines[begin + 1 : begin + 6]] == ["exporter", "every", "every", "the", "files"]
    assert lines[-2].startswith("Against the truth of ")


def test_where_the_agent_ends_the_demo_ends_with_its_status_and_leaves_nothing(demo: Callable[..., Demo]) -> None:
    running = demo("-c", REFUSED.format(duration=60))
    wait_until(lambda: running.says("links up"), "links up")
    (agent,) = (pid for pid, command in running.processes().items() if "exporter.lab.agent" in command)
    os.kill(agent, signal.SIGKILL)
    assert running.wait() == 1
    assert running.lines()[-1] == "terpadu: SNMP agent has ended with status -9."
    wait_until(lambda: running.processes() == {}, "its processes are gone", seconds=5)
    assert list(running.files.iterdir()) == []


def test_where_prometheus_ends_the_demo_goes_on_without_it(demo: Callable[..., Demo]) -> None:
    running = demo("-c", REFUSED.format(duration=60))
    wait_until(lambda: running.says("links up"), "links up")
    for pid, command in running.processes().items():
        if "prometheus.yml" in command:
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: running.says("^Going on without it.$"), "going on")
    running.signal(signal.SIGTERM)
    assert (running.wait(), running.lines()[-1]) == (0, END)


def test_a_taken_port_ends_it_at_once_and_leaves_nothing(demo: Callable[..., Demo]) -> None:
    with socket.create_server(("127.0.0.1", 9090)):
        stopped = demo("-m", "exporter", "demo")
        assert stopped.wait() == 1
    assert "Prometheus can't listen on 127.0.0.1:9090: " in stopped.lines()[-1]
    assert list(stopped.files.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--offices", "0"], "terpadu: --offices 0: name a number from 1 to 10000"),
        (["--duration", "-1"], "terpadu: --duration -1: name the seconds to run, for instance 60"),
        (
            ["--scenario", "badday"],
            "terpadu: scenario 'badday': there is no such one. Did you mean 'bad-day'?, or name a file",
        ),
        (["--scenario", "none.yaml"], "terpadu: none.yaml: No such file or directory; name a scenario's file"),
    ],
)
def test_what_can_not_be_shown_is_refused(demo: Callable[..., Demo], words: list[str], error: str) -> None:
    refused = demo("-m", "exporter", "demo", *words)
    assert (refused.wait(), refused.lines()[-1]) == (2, error)
    assert list(refused.files.iterdir()) == []
