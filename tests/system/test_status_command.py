from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from exporter_process import PATIENCE_SECONDS, ExporterProcess, terpadu, wait_until
from rich.cells import cell_len

from exporter.errors import NoStatusError
from exporter.lab.network import Network
from exporter.status.asking import ask

DISTRICT = """\
organisation: {name: "Kabupaten [bold]Uji", timezone: Asia/Makassar}
defaults:
  icmp: {down_after: 3, up_after: 3, timeout: 1s}
providers:
  isp: {name: "PT Penyedia", availability: 99.5%}
nodes:
  pop: {name: "POP", address: 198.18.9.1}
offices:
  - code: dinkes
    name: 'Dinas "Kesehatan" [red]🌧'
    district: Ciruas
    links:
      - {name: primary, address: 198.18.10.1, provider: isp, parent: pop, contract: {download: 100Mbps}}
  - code: disdik
    name: "Dinas Pendidikan"
    district: Kramatwatu
    links:
      - {name: primary, address: 198.18.11.1, provider: isp, contract: {download: 50Mbps, upload: 50Mbps}}
"""
MAINTENANCE = """\
maintenance:
  - {start: 2020-01-01T00:00, end: 2099-01-01T00:00, scope: [dinkes], reason: "Pemindahan ODP"}
"""
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
Answer = tuple[int, str, bytes]


@pytest.fixture
def exporter(tmp_path: Path, network: Network) -> Iterator[ExporterProcess]:
    assert network
    (tmp_path / "inventory.yaml").write_text(DISTRICT)
    with ExporterProcess(tmp_path) as running:
        wait_until(lambda: set(states(running).values()) == {"up"}, "every link is up")
        yield running


def links(exporter: ExporterProcess) -> dict[str, dict[str, object]]:
    return {link["link"]: link for link in json.loads(exporter.get("/api/v1/links"))["links"]}


def states(exporter: ExporterProcess) -> dict[str, object]:
    return {name: link["state"] for name, link in links(exporter).items()}


def status(exporter: ExporterProcess, **environment: str) -> subprocess.CompletedProcess[str]:
    return terpadu("status", "--url", f"http://{exporter.address}", cwd=exporter.folder, environment=environment)


@contextmanager
def cut(network: Network, *addresses: str) -> Iterator[None]:
    for address in addresses:
        network.cut(address)
    try:
        yield
    finally:
        for address in addresses:
            network.mend(address)


def test_the_links_are_shown_with_what_is_measured_of_them(exporter: ExporterProcess) -> None:
    wait_until(lambda: set(states(exporter).values()) == {"up"}, "both links up")
    done = status(exporter)
    assert (done.returncode, done.stderr) == (0, "")
    head, totals, _, columns, dinkes, disdik, *_ = done.stdout.splitlines()
    assert re.fullmatch(r"Kabupaten \[bold\]Uji · \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+08:00", head)
    assert totals == "2 links: 2 up"
    assert columns.split() == ["STATE", "OFFICE", "LINK", "FOR", "RTT", "LOSS", "LAST", "24", "HOURS"]
    assert re.match(r'▲ up +Dinas "Kesehatan" \[red\]🌧 +primary +\d+ [sm] +\d+\.\d+ ms +0 %', dinkes)
    assert re.match(r"▲ up +Dinas Pendidikan +primary ", disdik)
    assert "\x1b" not in done.stdout


def test_a_link_that_is_down_is_first_and_the_exit_status(exporter: ExporterProcess, network: Network) -> None:
    with cut(network, "198.18.11.1", "198.18.9.1"):
        wait_until(lambda: states(exporter)["disdik/primary"] == "down", "the outage")
        wait_until(lambda: outages(exporter, node="pop"), "the node's outage in the ledger")
        done = status(exporter)
        (outage,) = outages(exporter, link="disdik/primary")
        assert outage["end"] is None
        assert links(exporter)["disdik/primary"]["since"] == outage["start"]
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    assert lines[1] == "2 links: 1 up, 1 down"
    assert re.fullmatch(r"▼ nodes down: pop \(\d+ s\)", lines[2])
    assert lines[5].startswith("▼ down")
    wait_until(lambda: states(exporter)["disdik/primary"] == "up", "the recovery")
    wait_until(lambda: outages(exporter, link="disdik/primary")[0]["end"] is not None, "the outage's end")
    (outage,) = outages(exporter, link="disdik/primary")
    assert outage["seconds"] >= 3  # type: ignore[operator]


def outages(exporter: ExporterProcess, **wanted: str) -> list[dict[str, object]]:
    found = json.loads(exporter.get("/api/v1/outages"))["outages"]
    return [item for item in found if wanted.items() <= item.items()]


def test_a_link_that_is_down_in_maintenance_is_no_failure(exporter: ExporterProcess, network: Network) -> None:
    (exporter.folder / "inventory.yaml").write_text(DISTRICT + MAINTENANCE)
    exporter.signal(signal.SIGHUP)
    wait_until(lambda: links(exporter)["dinkes/primary"]["in_maintenance"], "the window")
    with cut(network, "198.18.10.1"):
        wait_until(lambda: states(exporter)["dinkes/primary"] == "down", "the outage")
        done = status(exporter)
    assert done.returncode == 0
    assert "1 in maintenance" in done.stdout
    assert "■ maint., down" in done.stdout


def test_the_hours_come_from_the_ledger(exporter: ExporterProcess) -> None:
    wait_until(
        lambda: (exporter.metric("opd_link_state_seconds_total", opd="disdik", state="up") or 0) >= 3, "settled seconds"
    )
    exporter.signal(signal.SIGTERM)
    assert exporter.wait() == 0
    exporter.start()
    day = links(exporter)["disdik/primary"]["last_24_hours"]
    assert isinstance(day, dict)
    assert sum(day["up"]) >= 3
    assert len(day["up"]) == 48


def test_a_monitor_that_measures_nothing_is_3_with_what_to_do(exporter: ExporterProcess, network: Network) -> None:
    assert network
    broken = DISTRICT.replace("198.18.10.1", "tidak-ada.invalid").replace("198.18.11.1", "tidak-ada.invalid")
    (exporter.folder / "inventory.yaml").write_text(broken)
    exporter.signal(signal.SIGHUP)
    wait_until(lambda: set(states(exporter).values()) == {"unmeasured"}, "nothing is measured")
    done = status(exporter)
    assert done.returncode == 3
    assert "2 links: 2 unmeasured" in done.stdout
    assert done.stderr.startswith(f"terpadu: http://{exporter.address}: nothing is measured; ")


@pytest.mark.parametrize(("encoding", "sign"), [("ascii", "+ up"), ("latin-1", "+ up"), ("utf-8", "▲ up")])
def test_an_output_without_unicode_is_written_in_what_it_has(
    exporter: ExporterProcess, encoding: str, sign: str
) -> None:
    words = [sys.executable, "-m", "exporter", "status", "--url", f"http://{exporter.address}"]
    done = subprocess.run(
        words, env={**os.environ, "PYTHONIOENCODING": encoding}, capture_output=True, timeout=60, check=False
    )
    assert (done.stderr, sign in done.stdout.decode(encoding)) == (b"", True)


@dataclass
class Terminal:
    """`terpadu status` in a terminal of its own; `seen` is all that it wrote."""

    process: subprocess.Popen[bytes]
    master: int
    seen: str = ""

    def read_until(self, claim: Callable[[str], object], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not claim(self.seen):
            assert time.monotonic() < deadline, f"{what}: {self.seen[-3000:]!r}"
            self._read()

    def end(self) -> int:
        """Read to the end; return the exit status."""
        while self._read():
            pass
        return self.process.wait(timeout=PATIENCE_SECONDS)

    def _read(self) -> bool:
        if not select.select([self.master], [], [], 1.0)[0]:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:  # the other side is closed
            return False
        self.seen += data.decode(errors="replace")
        return bool(data)


def words(seen: str) -> str:
    """Return what was written without escapes and line ends."""
    return " ".join(ESCAPE.sub("", seen).split())


@contextmanager
def in_terminal(*arguments: str, columns: int = 100, rows: int = 20, **environment: str) -> Iterator[Terminal]:
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (rows, columns))
    inherited = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLUMNS", "LINES"}}
    process = subprocess.Popen(
        [sys.executable, "-m", "exporter", "status", *arguments],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**inherited, "TERM": "xterm-256color", **environment},
        start_new_session=True,
    )
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        os.close(master)


def test_a_terminal_gets_colours_and_lines_of_its_width(exporter: ExporterProcess) -> None:
    for columns in (120, 60, 40):
        with in_terminal("--url", f"http://{exporter.address}", columns=columns) as terminal:
            assert terminal.end() == 0
        assert "\x1b[38;5;35m" in terminal.seen
        lines = ESCAPE.sub("", terminal.seen).splitlines()
        assert max(map(cell_len, lines)) <= columns
        assert sum(line.startswith("▲ up") for line in lines) == 2


def test_no_color_is_honoured(exporter: ExporterProcess) -> None:
    with in_terminal("--url", f"http://{exporter.address}", NO_COLOR="1") as terminal:
        assert terminal.end() == 0
    assert "38;5;" not in terminal.seen
    assert "▲ up" in terminal.seen


class FakeMonitor:
    """Answers each path with what it is told; on a port of its own that stays the same while it is away."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.answers: dict[str, Answer] = {}
        self.gate = threading.Event()
        self.gate.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def serving(self) -> Iterator[None]:
        server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield
        finally:
            self.gate.set()
            server.shutdown()
            thread.join()
            server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        monitor = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                monitor.gate.wait()
                status, kind, body = monitor.answers[self.path.partition("?")[0]]
                with suppress(OSError):  # who asked may have gone
                    self.send_response(status)
                    self.send_header("Content-Type", kind)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the library's name
                pass

        return Handler


def as_json(document: object) -> Answer:
    return 200, "application/json; charset=utf-8", json.dumps(document).encode()


def make_document(state: str = "up", time_of_day: str = "22:30:00") -> dict[str, object]:
    return {
        "organisation": "Kabupaten Uji",
        "time": f"2026-02-10T{time_of_day}+07:00",
        "monitor": {"version": "0.1.0", "isolated": None, "ledger_writable": True},
        "links": [
            {
                "link": "dinkes/primary",
                "office_name": "Dinas Kesehatan",
                "name": "primary",
                "state": state,
                "in_maintenance": False,
                "outage_open": False,
                "since": None,
                "rtt_last_seconds": None,
                "loss_ratio": None,
                "contract_use": {"receive": None, "transmit": None},
                "last_24_hours": None,
            }
        ],
    }


@pytest.fixture
def monitor() -> FakeMonitor:
    fake = FakeMonitor()
    fake.answers = {"/api/v1/links": as_json(make_document()), "/api/v1/outages": as_json({"outages": []})}
    return fake


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((500, "text/html", b"<h1>Oops</h1>"), "answers 500; its log says why, if it is terpadu run"),
        ((503, "text/plain", b"no\x1b[2J\nreason"), "answers 503: no\N{REPLACEMENT CHARACTER}[2J reason"),
        ((403, "text/plain", b"others can reach 0.0.0.0\n"), "answers 403: others can reach 0.0.0.0"),
        ((404, "text/plain", b"404 page not found"), "it has no /api/v1/links, so it isn't Terpadu"),
        ((301, "text/html", b""), "answers 301; its log says why"),
        ((200, "text/html", b"<!doctype html>"), "what answers there isn't Terpadu (no JSON)"),
        ((200, "application/json", b'{"links": ['), "what answers there isn't Terpadu (no JSON)"),
        ((200, "application/json", b"\xff\xfe\x00"), "what answers there isn't Terpadu (no JSON)"),
        ((200, "application/json", b"[" * 200_000), "what answers there isn't Terpadu (no JSON)"),
        ((200, "application/json", b'{"status": "success", "data": {}}'), "this isn't Terpadu's API"),
        ((200, "application/json", b"[]"), "this isn't Terpadu's API"),
        (as_json(make_document("sleeping")), "this isn't Terpadu's API, or of another version"),
    ],
)
async def test_what_is_no_answer_of_a_monitor_is_told_in_a_sentence(
    monitor: FakeMonitor, answer: Answer, said: str
) -> None:
    monitor.answers["/api/v1/links"] = answer
    with monitor.serving(), pytest.raises(NoStatusError) as raised:
        await ask(monitor.url)
    message = str(raised.value)
    assert message.startswith(monitor.url)
    assert said in message
    assert message.isprintable()


async def test_a_monitor_that_does_not_answer_in_time_is_told(monitor: FakeMonitor) -> None:
    monitor.gate.clear()
    with monitor.serving(), pytest.raises(NoStatusError, match=r"didn't answer within 0\.2 s"):
        await ask(monitor.url, 0.2)


async def test_another_service_than_a_web_server_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def greet() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.sendall(b"220 mail.example ESMTP\r\n")

        greeter = threading.Thread(target=greet)
        greeter.start()
        with pytest.raises(NoStatusError, match="answers no HTTP"):
            await ask(f"http://127.0.0.1:{port}")
        greeter.join()


def test_nobody_at_the_address_is_3_with_what_to_do(monitor: FakeMonitor, tmp_path: Path) -> None:
    done = terpadu("status", "--url", monitor.url, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        f"terpadu: {monitor.url} can't be reached (Connection refused); start terpadu run there,"
        " or name the monitor's address with --url\n"
    )


def test_a_name_that_there_is_not_is_3(tmp_path: Path) -> None:
    done = terpadu("status", "--url", "http://tidak-ada.invalid:9877", cwd=tmp_path)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (3, "", 1)
    assert "http://tidak-ada.invalid:9877 can't be reached (" in done.stderr


def test_a_wrong_url_is_2(tmp_path: Path) -> None:
    done = terpadu("status", "--url", "127.0.0.1:9877", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "write it as http://127.0.0.1:9877" in done.stderr


def test_watching_outlives_the_monitor_and_ends_with_ctrl_c(monitor: FakeMonitor) -> None:
    with in_terminal("--watch", "--url", monitor.url) as terminal:
        terminal.read_until(lambda seen: "can't be reached (Connection refused)" in words(seen), "it is away")
        with monitor.serving():
            terminal.read_until(lambda seen: "▲ up" in seen, "the table")
        terminal.read_until(lambda seen: "Below is what it said at 22:30:00." in words(seen), "it is away again")
        terminal.read_until(lambda seen: "▲ up" in seen.rpartition("No status since")[2], "what it said")
        monitor.answers["/api/v1/links"] = as_json(make_document("degraded"))
        with monitor.serving():
            terminal.read_until(lambda seen: "◆ degraded" in seen, "it is back")
            terminal.process.send_signal(signal.SIGINT)
            assert terminal.end() == 0
    assert "Traceback" not in terminal.seen
    assert terminal.seen.index("\x1b[?1049h") < terminal.seen.rindex("\x1b[?1049l")
    assert "\x1b[?25h" in terminal.seen.rpartition("\x1b[?25l")[2]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_the_watching_while_an_answer_is_waited_for(monitor: FakeMonitor, number: signal.Signals) -> None:
    with monitor.serving(), in_terminal("--watch", "--url", monitor.url) as terminal:
        terminal.read_until(lambda seen: "▲ up" in seen, "the table")
        monitor.gate.clear()
        terminal.process.send_signal(number)
        assert terminal.end() == 0
    assert "\x1b[?1049l" in terminal.seen


def test_watching_into_a_pipe_is_plain_text_one_table_after_the_other(monitor: FakeMonitor) -> None:
    words = [sys.executable, "-m", "exporter", "status", "--watch", "--url", monitor.url]
    with monitor.serving(), subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(11)]
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        assert process.wait(timeout=PATIENCE_SECONDS) == 0
    assert lines.count("1 link: 1 up\n") == 2
    assert not any("\x1b" in line for line in lines)
