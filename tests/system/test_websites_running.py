"""Websites from a running monitor's visits to its metrics and API, over a restart, and with the visitor killed."""

from __future__ import annotations

import http.server
import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from exporter_process import ExporterProcess, terpadu, wait_until

from exporter.lab.network import Network
from exporter.ledger import Ledger

PUBLISHED = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
PAGE = b"""<!DOCTYPE html><html lang="id"><head><title>Dinas Kesehatan</title>
<link rel="alternate" type="application/rss+xml" href="/feed/"></head><body><h1>Dinas Kesehatan</h1>
<p>Melayani warga setiap hari kerja di kantor dan di puskesmas terdekat, tanpa dipungut biaya.</p></body></html>"""
FEED = f"""<?xml version="1.0"?><rss version="2.0"><channel><title>Dinkes</title><link>/</link>
<item><title>Imunisasi</title><link>/imunisasi</link><pubDate>{format_datetime(PUBLISHED)}</pubDate></item>
</channel></rss>""".encode()
DISTRICT = """\
organisation: {{name: "Kabupaten Uji", timezone: Asia/Jakarta}}
providers:
  isp: {{name: "PT Penyedia", availability: 99.5%}}
offices:
  - code: dinkes
    name: "Dinas Kesehatan"
    district: Ciruas
    website: {{url: "http://127.0.0.1:{port}/", update_every: week, note: "operator baru"}}
    links:
      - {{name: primary, address: 198.18.10.1, provider: isp, contract: {{download: 100Mbps, upload: 100Mbps}}}}
  - code: disdik
    name: "Dinas Pendidikan"
    district: Kramatwatu
    website: {{url: "http://127.0.0.1:{closed}/", update_every: day}}
    links:
      - {{name: primary, address: 198.18.11.1, provider: isp, contract: {{download: 50Mbps, upload: 50Mbps}}}}
"""


class Handler(http.server.BaseHTTPRequestHandler):
    """A website with a feed."""

    agents: list[str]

    def do_GET(self) -> None:
        self.server.agents.append(self.headers["User-Agent"])  # type: ignore[attr-defined]
        body = {"/": PAGE, "/feed/": FEED}.get(self.path)
        self.send_response(200 if body else 404)
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        pass


class Server(http.server.ThreadingHTTPServer):
    """Keeps who asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.agents: list[str] = []


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path, network: Network, server: Server) -> Path:
    assert network
    with Server() as gone:
        closed = gone.server_port
    (tmp_path / "inventory.yaml").write_text(DISTRICT.format(port=server.server_port, closed=closed))
    return tmp_path


def is_written(folder: Path) -> bool:
    with Ledger.existing(folder / "terpadu.sqlite3") as ledger:
        return bool(ledger.publications("dinkes", 2**40)) and len(ledger.restored_sites()) == 2


def websites(exporter: ExporterProcess) -> dict[str, dict[str, Any]]:
    return {site["office"]: site for site in json.loads(exporter.get("/api/v1/websites"))["websites"]}


def visitors(exporter: ExporterProcess) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(exporter.pid), "-f", "exporter.sites"], capture_output=True, check=False)
    return [int(pid) for pid in found.stdout.split()]


def test_a_running_monitor_visits_its_websites_and_goes_on_after_a_restart(folder: Path, server: Server) -> None:
    with ExporterProcess(folder) as exporter:
        wait_until(lambda: websites(exporter)["dinkes"]["published"], "a look")
        wait_until(lambda: websites(exporter)["disdik"]["checked"], "a check that failed, and its hindsight")
        first = websites(exporter)
        assert first["dinkes"]["activity"] == first["disdik"]["activity"] == "unmeasured", "one check decides nothing"
        assert first["dinkes"]["published"] == {
            "at": PUBLISHED.astimezone(ZoneInfo("Asia/Jakarta")).isoformat(),
            "day_only": False,
            "source": "feed",
            "address": f"http://127.0.0.1:{server.server_port}/imunisasi",
        }
        assert (first["dinkes"]["standing"], first["disdik"]["standing"]) == ("on_time", "unknown")
        assert exporter.metric("opd_website_http_status_code", opd="dinkes") == 200
        assert exporter.metric("opd_website_http_status_code", opd="disdik") is None
        assert exporter.metric("opd_website_content_updated_timestamp_seconds", opd="dinkes") == PUBLISHED.timestamp()
        assert exporter.metric("opd_website_up", opd="dinkes") is None
        assert exporter.metric("opd_website_update_target_seconds", opd="disdik") == 86_400
        wait_until(lambda: is_written(folder), "the look, written as the ledger is each 5 s")
    assert {agent.split("/")[0] for agent in server.agents} == {"Terpadu"}
    assert {agent.partition(" ")[2] for agent in server.agents} == {"(website monitor of Kabupaten Uji)"}
    assert terpadu("ledger", "verify", cwd=folder).returncode == 0
    with ExporterProcess(folder) as again:
        left = websites(again)
        assert left["dinkes"]["published"] == first["dinkes"]["published"]
        assert left["dinkes"]["checked"]["at"] >= first["dinkes"]["checked"]["at"]


def test_a_visitor_that_is_killed_costs_nothing_else_and_comes_back(folder: Path) -> None:
    with ExporterProcess(folder) as exporter:
        wait_until(lambda: visitors(exporter), "the process that visits")
        (before,) = visitors(exporter)
        os.kill(before, signal.SIGKILL)
        wait_until(lambda: [pid for pid in visitors(exporter) if pid != before], "another one")
        assert exporter.metric("terpadu_internal_errors_total", part="websites") == 1
        assert "websites_process_ended status=-9 it is started again in 5 s" in exporter.log.read_text()
        assert exporter.metric("terpadu_probe_lateness_seconds_count")


def test_the_visitor_ends_with_its_monitor_however_that_ends(folder: Path) -> None:
    with ExporterProcess(folder) as exporter:
        wait_until(lambda: visitors(exporter), "the process that visits")
        (visitor,) = visitors(exporter)
    wait_until(lambda: not is_running(visitor), "its end, with a monitor that was killed")


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
