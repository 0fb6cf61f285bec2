"""A real Prometheus that has scraped two monitors of one link: what it is asked it understands, and nothing doubles."""

from __future__ import annotations

import http.client
import json
import math
import socket
import subprocess
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from exporter.clock import SystemClock
from exporter.lab import processes
from exporter.web.prometheus import Measure, Month30, PastMonth
from exporter.web.prometheus.quantiles import quantile

LINK = 'din"kes/primary'
SCRAPES = 4


def exposition(labels: str, number: int) -> str:
    """Return what an exporter says at its n-th scrape."""
    buckets = "".join(
        f'opd_link_rtt_seconds_bucket{{{labels},le="{bound}"}} {count * number}\n'
        for bound, count in (("0.002", 10), ("0.005", 60), ("0.01", 100), ("+Inf", 100))
    )
    return (
        f"# TYPE opd_link_rtt_seconds histogram\n{buckets}"
        f"opd_link_rtt_seconds_count{{{labels}}} {100 * number}\nopd_link_rtt_seconds_sum{{{labels}}} {number}\n"
        "# TYPE opd_link_icmp_probes_total counter\n"
        f'opd_link_icmp_probes_total{{{labels},result="reply"}} {75 * number}\n'
        f'opd_link_icmp_probes_total{{{labels},result="lost"}} {25 * number}\n'
        f'opd_link_icmp_probes_total{{{labels},result="error"}} {500 * number}\n'
        f"# TYPE opd_link_receive_bytes_total counter\nopd_link_receive_bytes_total{{{labels}}} {1_000_000 * number}\n"
        "# TYPE opd_monitor_isolated gauge\nopd_monitor_isolated 0\n"
    )


class Exporters:
    """Two of them, by the path that is asked; both count the same, by their scrapes."""

    def __init__(self) -> None:
        scrapes: dict[str, int] = {}
        lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with lock:
                    scrapes[self.path] = number = scrapes.get(self.path, 0) + 1
                other = exposition('opd="disdik",link="primary"', 7 * number)
                body = (exposition('opd="din\\"kes",link="primary"', number) + other).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 -- the base class's name
                pass

        self.scrapes = scrapes
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self.address = f"127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def get(address: str, path: str) -> bytes:
    connection = http.client.HTTPConnection(address, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    finally:
        connection.close()


def wait_until(claim: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 30
    while not claim():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def is_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> bool:
    assert process.poll() is None, log.read_text()
    try:
        return b"is Ready" in get(address, "/-/ready")
    except OSError:
        return False


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory, programs: Callable[[str], list[str]]) -> Iterator[str]:
    """Where it answers, once it has scraped both often enough; HOST:PORT."""
    folder = tmp_path_factory.mktemp("prometheus")
    exporters = Exporters()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    jobs = [
        {"job_name": name, "metrics_path": f"/{name}", "static_configs": [{"targets": [exporters.address]}]}
        for name in ("one", "two")
    ]
    file = folder / "prometheus.yml"
    file.write_text(
        json.dumps({"global": {"scrape_interval": "500ms", "scrape_timeout": "500ms"}, "scrape_configs": jobs})
    )
    log = folder / "prometheus.log"
    process = processes.start(
        [
            *programs("prometheus"),
            f"--config.file={file}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={address}",
        ],
        log=log,
    )
    try:
        wait_until(lambda: is_ready(address, process, log), "Prometheus is ready")
        wait_until(
            lambda: len(exporters.scrapes) == 2 and min(exporters.scrapes.values()) > SCRAPES, "both were scraped"
        )
        yield address
    finally:
        processes.end(process)
        exporters.stop()


class Ahead(SystemClock):
    """A minute ahead, so that what was scraped by now lies before the end that is asked for, cut to five minutes."""

    def time(self) -> float:
        return super().time() + 300


async def newest(address: str, link: str) -> dict[Measure, float | None]:
    answer = await PastMonth(f"http://{address}/", Ahead(), patience_seconds=20).of(link)
    assert isinstance(answer, Month30), answer
    assert {value for line in answer.lines for _, value in line.points[:-1]} == {None}
    return {line.name: line.points[-1][1] for line in answer.lines}


async def test_a_links_measures_are_found_once_and_what_nobody_exports_is_not_known(prometheus: str) -> None:
    found = await newest(prometheus, LINK)
    assert found[Measure.RTT_P50] == pytest.approx(0.002 + 0.003 * 40 / 50)
    assert found[Measure.RTT_P95] == pytest.approx(0.005 + 0.005 * 35 / 40)
    assert found[Measure.LOSS] == pytest.approx(0.25)
    assert found[Measure.TRANSMIT] is None
    other = await newest(prometheus, "disdik/primary")
    assert (other[Measure.RECEIVE] or 0) / (found[Measure.RECEIVE] or math.nan) == pytest.approx(7, rel=0.6)
    assert set((await newest(prometheus, "bappeda/primary")).values()) == {None}


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.6, 0.95, 0.999])
def test_our_quantiles_are_those_of_prometheus(prometheus: str, share: float) -> None:
    rates = 'max by (le) (increase(opd_link_rtt_seconds_bucket{opd="disdik"}[5m]))'
    query = urllib.parse.urlencode({"query": f"histogram_quantile({share}, {rates})", "time": time.time()})
    (theirs,) = json.loads(get(prometheus, f"/api/v1/query?{query}"))["data"]["result"]
    ours = quantile(share, {0.002: 10.0, 0.005: 60.0, 0.01: 100.0, math.inf: 100.0})
    assert ours == pytest.approx(float(theirs["value"][1]))
