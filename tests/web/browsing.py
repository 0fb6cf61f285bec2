"""A small district on the lab's network, with the whole product on it, and a real browser to look at its pages.

What citizens mustn't see holds the word "rahasia" wherever the inventory takes a text, so that a search finds it.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from exporter_process import ExporterProcess, wait_until
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks import earlier
from exporter.lab import chromium
from exporter.lab.network import Network, private_namespace

OPTIONS = (
    "--no-sandbox",  # it is root in a namespace of its own, and opens nothing but our pages
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1366, "height": 768}
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}

HOSTILE_NAME = (
    "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>\"'&amp; \u202eterbalik\u202c "
    + "SangatPanjangTanpaSpasi" * 10
)[:300]
DOWN, HOSTILE, CUT_LATER, WITH_BACKUP = "dishub", "bpbd", "dinkes", "disdik"
_SOONER = {DOWN: "{down_after: 3}", CUT_LATER: "{up_after: 3}"}  # the time to down is the product's own for the latter
CUT_ADDRESS, CUT_LATER_ADDRESS = "198.18.231.1", "198.18.230.1"
_CONTRACT = (
    "contract: {{download: 100Mbps, upload: 100Mbps, monthly_fee: 7654321, payer: [{{from: 2026-01-01, by: Rahasia}}]}}"
)
_LINK = (
    "      - {{name: {name}, address: {address}, provider: {provider}, parent: {parent}, medium: fibre,\n"
    "         circuit: SIRKUIT-RAHASIA-{number}, valid_from: 2026-01-01, snmp: {{interface: rahasia0}},\n"
    "         " + _CONTRACT + ",\n"
)
_DISTRICT = """\
organisation: {name: "Kabupaten Uji", timezone: Asia/Jakarta, language: id}
defaults: {snmp: {community: "${KUNCI}"}}
references:
  - {name: acuan-rahasia-1, address: 198.18.239.1}
  - {name: acuan-rahasia-2, address: 198.18.239.2}
providers:
  serat-rahasia: {name: "PT Serat Rahasia", noc: "NOC Rahasia, 0811", availability: 99.5%%}
  ombak-rahasia: {name: "PT Ombak Rahasia", noc: "Meja Rahasia, 0812", availability: 98.5%%}
nodes:
  inti-rahasia: {name: "Simpul Inti Rahasia", address: 198.18.239.10}
  pop-rahasia: {name: "POP Rahasia", address: 198.18.239.11, provider: serat-rahasia, parent: inti-rahasia}
maintenance:
  - {start: %s, end: %s, scope: [kec-baros], recorded: %s, reason: "Pekerjaan Rahasia", approved_by: "Bidang Rahasia"}
offices:
"""
OFFICES = (
    (CUT_LATER, "Dinas Kesehatan", "Ciruas", [CUT_LATER_ADDRESS]),
    (DOWN, "Dinas Perhubungan", "Ciruas", [CUT_ADDRESS]),
    (WITH_BACKUP, "Dinas Pendidikan", "Kramatwatu", ["198.18.232.1", "198.18.233.1"]),
    ("kec-kramatwatu", "Kecamatan Kramatwatu", "Kramatwatu", ["198.18.234.1"]),
    ("kec-baros", "Kecamatan Baros", "Baros", ["198.18.235.1"]),
    (HOSTILE, HOSTILE_NAME, "Baros", ["198.18.236.1"]),
)
SECRETS = ("rahasia", "198.18.2", "7654321", "7.654.321", "7,654,321")
"""What is in the inventory, in small letters, and no citizen's business."""


@dataclass(frozen=True)
class District:
    """What runs; `public` is where its public listener stands."""

    exporter: ExporterProcess
    public: str
    network: Network

    def url(self, path: str) -> str:
        """Return the address of a page."""
        return f"http://{self.exporter.address}{path}"

    def open_outage(self) -> str | None:
        """Return the path of the page of the outage that is there from the beginning, once the ledger has it."""
        outages = json.loads(self.exporter.get("/api/v1/outages"))["outages"]
        return next((f"/outages/{outage['id']}" for outage in outages if outage["end"] is None), None)

    def is_traced(self) -> bool:
        """Return whether the monitor knows by now where that outage's path ends."""
        links = json.loads(self.exporter.get("/api/v1/links"))["links"]
        return any(link["explained"] and link["explained"]["last_hop"] for link in links if link["office"] == DOWN)


@contextmanager
def district(folder: Path) -> Iterator[District]:
    """Run the district until the context is left; an office is down, and its outage traced, from the beginning."""
    file = folder / "inventory.yaml"
    file.write_text(_inventory(datetime.now().astimezone()), encoding="utf-8")
    earlier.write(folder / "terpadu.sqlite3", file, time.time() - 15)
    with socket.socket() as public, private_namespace() as near, Network(near.prefix, file) as network:
        public.bind(("127.0.0.1", 0))
        public.listen()
        network.cut(CUT_ADDRESS)
        with ExporterProcess(
            folder,
            *("--web.public", f"fd://{public.fileno()}"),
            environment={"KUNCI": "rahasia-sekali"},
            prefix=near.prefix,
            pass_fds=[public.fileno()],
        ) as exporter:
            running = District(exporter, "{}:{}".format(*public.getsockname()), network)
            wait_until(running.is_traced, "the outage's path is traced")
            wait_until(running.open_outage, "the outage is in the ledger")
            yield running


def _inventory(now: datetime) -> str:
    window = [(now + timedelta(hours=hours)).isoformat(timespec="seconds") for hours in (-1, 3, -48)]
    text, number = _DISTRICT % tuple(window), 0
    for code, name, where, addresses in OFFICES:
        website = f'    website: {{url: "http://127.0.0.1:9/{code}/", note: "Catatan rahasia"}}\n'
        text += f"  - code: {code}\n    name: {json.dumps(name)}\n    district: {where}\n"
        text += f"    location: [-6.1{number}, 106.2{number}]\n" + website * (code == CUT_LATER) + "    links:\n"
        for name_of_link, address in zip(("primary", "backup"), addresses, strict=False):
            provider = "serat-rahasia" if name_of_link == "primary" else "ombak-rahasia"
            text += _LINK.format(
                name=name_of_link, address=address, provider=provider, parent="pop-rahasia", number=number
            )
            text += f"         icmp: {_SOONER.get(code, '{}')}}}\n"
            number += 1
    return text


@contextmanager
def browser(environment: Mapping[str, str] | None = None) -> Iterator[Browser]:
    """Start Chromium; without one the tests are skipped, and fail under CI. It keeps this thread's event loop busy."""
    program = chromium.program()
    if program is None:
        leave = pytest.fail if os.environ.get("CI") else pytest.skip
        leave(f"there is no Chromium; {chromium.ADVICE}")
    with sync_playwright() as playwright:
        env: dict[str, str | float | bool] = {**os.environ, **(environment or {})}
        started = playwright.chromium.launch(executable_path=program, args=list(OPTIONS), env=env)
        try:
            yield started
        finally:
            started.close()


@dataclass
class Visit:
    """A browser's page, and all that it complained of: on its console, of its policy, of what it couldn't load."""

    page: Page
    home: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> int:
        """Go to a path; return the status."""
        answer = self.page.goto(self.home + path, wait_until="load")
        assert answer is not None, path
        return answer.status

    def findings(self) -> list[str]:
        """Return what axe-core finds on the page as it is shown, by rule and place."""
        found = Axe().run(self.page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response["violations"]
        return [f"{rule['id']}: {node['target']} {node['html'][:200]}" for rule in found for node in rule["nodes"]]

    def is_wider_than_the_screen(self) -> bool:
        """Return whether one has to scroll sideways."""
        root = "document.documentElement"
        return bool(self.page.evaluate(f"{root}.scrollWidth > {root}.clientWidth"))


@contextmanager
def visit(started: Browser, home: str, **options: Any) -> Iterator[Visit]:
    """Open a window on a site; `options` are those of a context. What it complained of fails the test."""
    context: BrowserContext = started.new_context(**{"viewport": DESKTOP, "locale": "id-ID", **options})
    context.set_default_timeout(15_000)
    seen = Visit(context.new_page(), home)
    context.on("console", lambda message: _take(seen, message.type in {"error", "warning"}, message.text))
    context.on("weberror", lambda error: _take(seen, True, str(error.error)))
    context.on("request", lambda request: _take(seen, _is_elsewhere(request.url, home), f"asked {request.url}"))
    try:
        yield seen
    finally:
        context.close()
    assert not seen.complaints, "\n".join(seen.complaints)


def _take(seen: Visit, is_complaint: bool, text: str) -> None:  # noqa: FBT001 -- what an event says
    # A page that is there to say that nothing is, is told on the console too.
    if is_complaint and "the server responded with a status of 404" not in text:
        seen.complaints.append(f"{seen.page.url}: {text}")


def _is_elsewhere(url: str, home: str) -> bool:
    return not url.startswith((f"{home}/", "data:"))


def get(address: str, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Return the status and the body of an answer, its headers before it."""
    connection = http.client.HTTPConnection(address, timeout=10)
    try:
        connection.request("GET", path, headers=dict(headers or {}))
        answer = connection.getresponse()
        head = "".join(f"{name}: {value}\n" for name, value in answer.getheaders())
        return answer.status, head + answer.read().decode()
    finally:
        connection.close()


def first_events(address: str, path: str, seconds: float = 2.5) -> str:
    """Return what a stream of events says within some seconds."""
    connection = http.client.HTTPConnection(address, timeout=seconds)
    said = b""
    try:
        connection.request("GET", path, headers={"Accept": "text/event-stream"})
        answer = connection.getresponse()
        assert answer.status == 200, f"{path}: {answer.status}"
        with suppress(TimeoutError):
            while piece := answer.read1(1 << 16):
                said += piece
                if said.count(b"\n\n") > 1:
                    break
        return said.decode()
    finally:
        connection.close()


def stream_of(html: str) -> str:
    """Return where a page's stream of events is."""
    found = re.search(r'<html[^>]*\bdata-stream="([^"]+)"', html)
    assert found, html[:500]
    return unescape(found[1])


def secrets_in(text: str) -> Sequence[str]:
    """Return which secrets a text holds."""
    return [secret for secret in SECRETS if secret in text.lower()]
