"""What polling by SNMP costs beside the echoes, and beside Debian's snmp_exporter, all at the same time.

Three programs run side by side on the same addresses, so that whatever the machine does beside harms all alike:
`terpadu run` with echoes alone, the same with every link's device polled, and snmp_exporter asked for the same values
of the same devices at the same pace, as Prometheus would. It gets them named one by one; told to walk IF-MIB as its own
modules do, it takes more.
"""

from __future__ import annotations

import asyncio
import gzip
import http
import http.client
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import devices, district, processes
from benchmarks.district import Polling
from benchmarks.echoes import Window, settle, watch
from benchmarks.processes import Server
from benchmarks.results import Row, mib, milliseconds, scratch
from benchmarks.scraping import scrape
from exporter.errors import TerpaduError
from exporter.lab import packages
from exporter.model import SnmpVersion
from exporter.probes import ifmib
from exporter.probes.device import Credentials, Device, Oid, SnmpProblem, Value
from exporter.probes.snmp import PysnmpClient
from exporter.secret import Secret

EVERY_SECONDS = 30.0
_LONGEST_START_SECONDS = 120.0
_MINUTE_SECONDS = 60.0
_LATENESS = "terpadu_probe_lateness_seconds"
_MODULE = "interface"
_CONFIGURATION = """\
{module}:
  version: 2
  auth: {{community: {community}}}
  get: [{gets}]
  metrics:
{metrics}"""
_METRIC = """\
  - {{name: {name}, oid: {oid}, type: {kind}, help: "-", indexes: [{{labelname: index, type: gauge}}]}}
"""


class _NotingClient(PysnmpClient):
    """Remembers the values it was asked for last."""

    asked: Sequence[Oid] = ()

    async def get(self, device: Device, oids: Sequence[Oid]) -> dict[Oid, Value] | SnmpProblem:
        """Ask as ever."""
        self.asked = list(oids)
        return await super().get(device, oids)


@dataclass(slots=True)
class _Scrapes:
    """snmp_exporter asked for one device after the other, at an even pace, until it is stopped."""

    server: Server
    addresses: Sequence[str]
    port: int
    values: int
    done: int = 0
    failed: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def _wanted(self) -> bytes:
        return f"snmp_scrape_pdus_returned {self.values}".encode()

    def run(self) -> None:
        """Ask until stopped; one that gave fewer values than there are has failed."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=EVERY_SECONDS)
        began, count = time.monotonic(), 0
        while not self.stopped.wait(max(0.0, began + count * EVERY_SECONDS / len(self.addresses) - time.monotonic())):
            target = f"{self.addresses[count % len(self.addresses)]}:{self.port}"
            connection.request("GET", f"/snmp?target={target}&module={_MODULE}", headers={"Accept-Encoding": "gzip"})
            with connection.getresponse() as answer:
                body = answer.read()
            self.failed += answer.status != http.HTTPStatus.OK or self._wanted not in gzip.decompress(body).splitlines()
            self.done += 1
            count += 1
        connection.close()


def measure(links: int, seconds: float) -> list[Row]:
    """Run the three side by side; return a row each."""
    with scratch() as folder, ExitStack() as stack:
        ports = [processes.free_port(socket.SOCK_DGRAM) for _ in range(2)]
        for port in ports:
            stack.enter_context(_devices(port, folder))
        asked = asyncio.run(_asked(ports[0]))
        plain = stack.enter_context(_terpadu(folder / "alone", links, None))
        polling = stack.enter_context(_terpadu(folder / "polling", links, ports[0]))
        theirs = stack.enter_context(_theirs(folder, asked))
        for server in (plain, polling):
            settle(server, links)
        _wait_for_polls(polling, links)
        scrapes = None if theirs is None else _Scrapes(theirs, list(district.addresses(links)), ports[1], len(asked))
        return _side_by_side(_Run(links, seconds, plain, polling, ports[0], scrapes))


@dataclass(frozen=True, slots=True)
class _Run:
    """What runs: the exporter without and with SNMP, the port of its devices, and the other's scrapes, if any."""

    links: int
    seconds: float
    plain: Server
    polling: Server
    devices_port: int
    scrapes: _Scrapes | None


def _side_by_side(run: _Run) -> list[Row]:
    """Measure all of them over the same seconds; return their rows."""
    servers = [run.plain, run.polling, *([run.scrapes.server] if run.scrapes else [])]
    with ThreadPoolExecutor(len(servers)) as threads, _asking(run.scrapes):
        packets, cpu = asyncio.run(_packets_in(run.devices_port)), servers[-1].cpu_seconds()
        windows = [threads.submit(watch, server, run.seconds) for server in (run.plain, run.polling)]
        minutes = _minutes(servers, run.seconds)
        plain, polling = (window.result() for window in windows)
        polls = asyncio.run(_packets_in(run.devices_port)) - packets - 1
        cpu = servers[-1].cpu_seconds() - cpu
    return [
        {"program": "terpadu, echoes alone", **_costs(plain, run.plain), "rss_mib_by_minute": minutes[0]},
        {
            "program": "terpadu, SNMP too",
            **_costs(polling, run.polling),
            "rss_mib_by_minute": minutes[1],
            **_polls(run, plain, polling, polls),
        },
        _their_row(run.scrapes, cpu, run.seconds, minutes[-1]),
    ]


@contextmanager
def _asking(scrapes: _Scrapes | None) -> Iterator[None]:
    """Let the other exporter be asked meanwhile; what it can't be asked is an error at the end."""
    if scrapes is None:
        yield
        return
    with ThreadPoolExecutor(1) as thread:
        asking = thread.submit(scrapes.run)
        try:
            yield
        finally:
            scrapes.stopped.set()
        asking.result()


def _costs(window: Window, server: Server) -> dict[str, float | int | str | None]:
    lateness = window.durations(_LATENESS)
    return {
        "window_s": window.seconds,
        "cpu_share_of_core": window.cpu_share,
        "cpu_share_beside_scrapes": window.cpu_share_beside_scrapes,
        "rss_mib": mib(server.resident_bytes()),
        "peak_rss_mib": mib(server.peak_bytes()),
        "false_lost": window.probes("lost"),
        "lateness_p50_ms": lateness.told_ms(0.5),
        "lateness_p99_ms": lateness.told_ms(0.99),
        "lateness_p999_ms": lateness.told_ms(0.999),
        "scrape_cpu_ms": milliseconds(window.scrape_cpu_seconds()),
    }


def _polls(run: _Run, plain: Window, polling: Window, polls: int) -> Row:
    """Return what the polls cost by the difference of the two; the pages, which grow too, are left aside."""
    share = polling.cpu_share_beside_scrapes - plain.cpu_share_beside_scrapes
    return {
        "polls": polls,
        "failed_polls": polling.counted("opd_link_snmp_failures_total"),
        "devices_up_at_the_end": int(polling.last.total("opd_link_snmp_up")),
        "cpu_ms_per_poll": 1000 * share * polling.seconds / polls if polls else None,
        "polls_share_of_core": share,
        "rss_mib_beyond_echoes": mib(run.polling.resident_bytes() - run.plain.resident_bytes()),
    }


def _their_row(scrapes: _Scrapes | None, cpu_seconds: float, seconds: float, minutes: str) -> Row:
    if scrapes is None:
        return {"program": "snmp_exporter", "note": "not available"}
    return {
        "program": "snmp_exporter",
        "window_s": seconds,
        "cpu_share_of_core": cpu_seconds / seconds,
        "rss_mib": mib(scrapes.server.resident_bytes()),
        "peak_rss_mib": mib(scrapes.server.peak_bytes()),
        "rss_mib_by_minute": minutes,
        "polls": scrapes.done,
        "failed_polls": scrapes.failed,
        "cpu_ms_per_poll": 1000 * cpu_seconds / scrapes.done if scrapes.done else None,
        "polls_share_of_core": cpu_seconds / seconds,
    }


def _minutes(servers: Sequence[Server], seconds: float) -> list[str]:
    """Return what each held at the start and after each whole minute, once the time is over."""
    began = time.monotonic()
    held: list[list[str]] = [[] for _ in servers]
    for number in range(int(seconds // _MINUTE_SECONDS) + 1):
        time.sleep(max(0.0, began + number * _MINUTE_SECONDS - time.monotonic()))
        for server, figures in zip(servers, held, strict=True):
            figures.append(f"{mib(server.resident_bytes()):.1f}")
    return [" ".join(figures) for figures in held]


@contextmanager
def _devices(port: int, folder: Path) -> Iterator[Server]:
    command = [sys.executable, "-m", "benchmarks.devices", str(port)]
    with processes.server(command, port, folder / f"devices-{port}.log") as server:
        yield server


@contextmanager
def _terpadu(folder: Path, links: int, port: int | None) -> Iterator[Server]:
    folder.mkdir()
    community = folder / "community"
    community.write_text(f"{devices.COMMUNITY}\n", encoding="ascii")
    polling = None if port is None else Polling(port, devices.WAN, community, EVERY_SECONDS)
    with processes.exporter(folder, district.write_inventory(folder / "inventory.yaml", links, polling)) as server:
        yield server


@contextmanager
def _theirs(folder: Path, asked: Sequence[Oid]) -> Iterator[Server | None]:
    """Run snmp_exporter with a module of just these values; None where it isn't there."""
    if packages.program("snmp_exporter") is None:
        yield None
        return
    port = processes.free_port()
    configuration = folder / "snmp.yml"
    gets = ", ".join(".".join(map(str, oid)) for oid in asked)
    metrics = "".join(_metric(number, oid) for number, oid in enumerate(asked))
    text = _CONFIGURATION.format(module=_MODULE, community=devices.COMMUNITY, gets=gets, metrics=metrics)
    configuration.write_text(text, encoding="ascii")
    command = [
        *packages.command("snmp_exporter"),
        f"--config.file={configuration}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]
    with processes.server(command, port, folder / "snmp_exporter.log") as server:
        yield server


def _metric(number: int, oid: Oid) -> str:
    kind = "DisplayString" if oid[:-1] in {ifmib.IF_NAME, ifmib.IF_ALIAS, ifmib.IF_DESCR} else "gauge"
    return _METRIC.format(name=f"value{number}", oid=".".join(map(str, oid[:-1])), kind=kind)


async def _asked(port: int) -> Sequence[Oid]:
    """Return what a poll asks for in one GET, once its interface is found."""
    client = _NotingClient()
    answer = await ifmib.read(client, _device(port), devices.WAN, None)
    await client.close()
    if isinstance(answer, SnmpProblem):
        raise TerpaduError(f"the benchmark's own devices don't answer: {answer.text}")
    return client.asked


async def _packets_in(port: int) -> int:
    """Return how many requests the devices have answered, this one not counted."""
    client = PysnmpClient()
    values = await client.get(_device(port), [devices.PACKETS_IN])
    await client.close()
    if isinstance(values, SnmpProblem) or not isinstance(count := values.get(devices.PACKETS_IN), int):
        raise TerpaduError(f"the benchmark's own devices don't answer: {values}")
    return count


def _device(port: int) -> Device:
    community = Credentials(SnmpVersion.V2C, community=Secret(devices.COMMUNITY))
    return Device("127.0.0.1", port, community, timeout_seconds=5.0, retries=3)


def _wait_for_polls(server: Server, links: int) -> None:
    """Wait until every device was polled well once, which costs a search of its interface."""
    deadline = time.monotonic() + _LONGEST_START_SECONDS
    while (up := int(scrape(server).total("opd_link_snmp_up"))) < links:
        if time.monotonic() > deadline:
            raise TerpaduError(f"{up} devices of {links} were polled well; the log ends: {server.last_words()}")
        time.sleep(1.0)
