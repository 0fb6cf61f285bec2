"""What polling by SNMP costs beside the echoes, and beside Debian's snmp_exporter, all at the same time.

Three programs run side by side on the same addresses, so that whatever the machine does beside harms all alike:
`terpadu run` with echoes alone, the same with every link's device polled, and snmp_exporter asked for the same values
of the same devices at the same pace, as Prometheus would. It gets them named one by one; told to walk IF-MIB as its own
modules do, it takes more.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import devices, district, processes, snmp_exporter
from benchmarks.district import Polling
from benchmarks.echoes import Window, settle, watch
from benchmarks.processes import Server
from benchmarks.results import Row, mib, milliseconds, scratch
from benchmarks.scraping import scrape
from benchmarks.snmp_exporter import Scrapes, Used, asking
from exporter.errors import TerpaduError
from exporter.model import SnmpVersion
from exporter.probes.device import Credentials, Device, Oid, SnmpProblem
from exporter.probes.snmp import PysnmpClient
from exporter.secret import Secret

EVERY_SECONDS = 30.0
_LONGEST_START_SECONDS = 120.0
_MINUTE_SECONDS = 60.0
_LATENESS = "terpadu_probe_lateness_seconds"


def measure(links: int, seconds: float) -> list[Row]:
    """Run the three side by side; return a row each."""
    with scratch() as folder, ExitStack() as stack:
        ports = [processes.free_port(socket.SOCK_DGRAM) for _ in range(2)]
        for port in ports:
            stack.enter_context(_devices(port, folder))
        plain = stack.enter_context(_terpadu(folder / "alone", links, None))
        polling = stack.enter_context(_terpadu(folder / "polling", links, ports[0]))
        for server in (plain, polling):
            settle(server, links)
        _wait_for_polls(polling, links)
        asked = asyncio.run(_told(ports[0])).oids
        theirs = stack.enter_context(snmp_exporter.server(folder, asked))
        addresses = list(district.addresses(links))
        scrapes = None if theirs is None else Scrapes(theirs, addresses, ports[1], len(asked), EVERY_SECONDS)
        return _side_by_side(_Run(seconds, plain, polling, ports[0], scrapes))


@dataclass(frozen=True, slots=True)
class _Run:
    """What runs: the exporter without and with SNMP, the port of its devices, and the other's scrapes, if any."""

    seconds: float
    plain: Server
    polling: Server
    devices_port: int
    scrapes: Scrapes | None


def _side_by_side(run: _Run) -> list[Row]:
    """Measure all of them over the same seconds; return their rows."""
    servers = [run.plain, run.polling, *([run.scrapes.server] if run.scrapes else [])]
    with ThreadPoolExecutor(len(servers)) as threads, asking(run.scrapes):
        polls = -asyncio.run(_told(run.devices_port)).polls
        before = Used.so_far(run.scrapes)
        windows = [threads.submit(watch, server, run.seconds) for server in (run.plain, run.polling)]
        minutes = _minutes(servers, run.seconds)
        plain, polling = (window.result() for window in windows)
        polls += asyncio.run(_told(run.devices_port)).polls
        after = Used.so_far(run.scrapes)
    return [
        {"program": "terpadu, echoes alone", **_costs(plain, run.plain), "rss_mib_by_minute": minutes[0]},
        {
            "program": "terpadu, SNMP too",
            **_costs(polling, run.polling),
            "rss_mib_by_minute": minutes[1],
            **_polls(run, plain, polling, polls),
        },
        _their_row(run.scrapes, before, after, minutes[-1]),
    ]


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


def _their_row(scrapes: Scrapes | None, before: Used, after: Used, minutes: str) -> Row:
    if scrapes is None:
        return {"program": "snmp_exporter", "note": "not available"}
    lasted, used = after.at - before.at, after.cpu_seconds - before.cpu_seconds
    polls = after.polls - before.polls
    return {
        "program": "snmp_exporter",
        "window_s": lasted,
        "cpu_share_of_core": used / lasted,
        "rss_mib": mib(scrapes.server.resident_bytes()),
        "peak_rss_mib": mib(scrapes.server.peak_bytes()),
        "rss_mib_by_minute": minutes,
        "polls": polls,
        "failed_polls": scrapes.failed,
        "cpu_ms_per_poll": 1000 * used / polls if polls else None,
        "polls_share_of_core": used / lasted,
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


@dataclass(frozen=True, slots=True)
class _Told:
    """What the devices were polled for, and how often so far; the rarer requests aren't in it."""

    oids: tuple[Oid, ...]
    polls: int


async def _told(port: int) -> _Told:
    client = PysnmpClient()
    values = await client.get(_device(port), [devices.POLLED, devices.POLLS])
    await client.close()
    if isinstance(values, SnmpProblem):
        raise TerpaduError(f"the benchmark's own devices don't answer: {values.text}")
    text, polls = values[devices.POLLED], values[devices.POLLS]
    if not isinstance(text, bytes) or not isinstance(polls, int):
        raise TerpaduError(f"the benchmark's own devices answer with {values}")
    return _Told(tuple(tuple(map(int, oid.split("."))) for oid in text.decode().split()), polls)


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
