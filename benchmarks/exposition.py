"""What a scrape costs: the page written in this process, and the echoes' punctuality while scrapes never pause."""

from __future__ import annotations

import math
import random
import time
import zlib
from bisect import bisect_left
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from functools import partial
from statistics import median
from typing import TypeVar

from benchmarks import district, processes
from benchmarks.echoes import Window, settle
from benchmarks.results import Row, mib, milliseconds, scratch
from benchmarks.scraping import OPENMETRICS, TEXT, Scrape, scrape
from exporter import inventory
from exporter.metrics import Format, Renderer
from exporter.model import Inventory, Link
from exporter.observation import Outcome
from exporter.snapshot import LinkStatus, MonitorStatus, NodeStatus, OfficeStatus, ReferenceStatus, Snapshot
from exporter.statistics import LATENESS_BOUNDS, RTT_BOUNDS, WRITE_BOUNDS, Distribution
from exporter.timeline import State

T = TypeVar("T")
_TIMES = 5
_LEVELS = (1, 6)
_DAY_SECONDS = 86_400
_NOW = 1_790_000_000
_SAMPLES = 100
_MEDIAN_LOG_SECONDS = -5.3  # some 5 ms


def measure(links: int, form: Format) -> Row:
    """Return what it takes to write the page of a district that has run for a day, and to compress it."""
    calm = snapshot(_district(links))
    renderer = Renderer()

    def page() -> str:
        return "".join(renderer.render(calm, form))

    first, text = _cpu_seconds(page)
    later = median(_cpu_seconds(page)[0] for _ in range(_TIMES))
    body = text.encode()
    row: dict[str, float | int | str | None] = {
        "links": links,
        "format": form.name.lower(),
        "first_cpu_ms": milliseconds(first),
        "cpu_ms": milliseconds(later),
        "text_mib": mib(len(body)),
    }
    for level in _LEVELS:
        seconds, packed = _cpu_seconds(partial(zlib.compress, body, level))
        row |= {f"gzip_{level}_cpu_ms": milliseconds(seconds), f"gzip_{level}_mib": mib(len(packed))}
    return row


def measure_without_pause(links: int, seconds: float) -> Row:
    """Scrape a running exporter again as soon as it has answered, in both formats by turns."""
    with scratch() as folder:
        file = district.write_inventory(folder / "inventory.yaml", links)
        with processes.exporter(folder, file) as server:
            settle(server, links)
            first, cpu, began = scrape(server), server.cpu_seconds(), time.monotonic()
            scrapes: list[Scrape] = []
            while time.monotonic() - began < seconds:
                scrapes.append(scrape(server, (TEXT, OPENMETRICS)[len(scrapes) % 2]).without_text())
            used, lasted = server.cpu_seconds() - cpu, time.monotonic() - began
            window = Window(first, scrape(server), lasted, used, scrapes)
    lateness = window.durations("terpadu_probe_lateness_seconds")
    return {
        "links": links,
        "scrapes": len(scrapes),
        "cpu_share_of_core": window.cpu_share,
        "scrape_wall_p50_ms": milliseconds(median(one.wall_seconds for one in scrapes)),
        "scrape_longest_ms": milliseconds(max(one.wall_seconds for one in scrapes)),
        "wire_kib": window.last.wire_bytes / 1024,
        "gzip_level": window.last.gzip_level(),
        "false_lost": window.probes("lost"),
        "errors": window.probes("error"),
        "lateness_p50_ms": lateness.told_ms(0.5),
        "lateness_p99_ms": lateness.told_ms(0.99),
        "lateness_p999_ms": lateness.told_ms(0.999),
    }


def _cpu_seconds(work: Callable[[], T]) -> tuple[float, T]:
    """Return the CPU that something took in this process, and what it gave."""
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def _district(links: int) -> Inventory:
    with scratch() as folder:
        return inventory.load(district.write_inventory(folder / "inventory.yaml", links))


def snapshot(district_of: Inventory) -> Snapshot:
    """Return a district whose monitor has run for a day."""
    chance = random.Random(0)  # noqa: S311 - the same district each time
    nothing = tuple(0 for _ in range(len(WRITE_BOUNDS) + 1))
    return Snapshot(
        inventory=district_of,
        now=datetime.now(UTC),
        links=tuple(_link(link, chance) for link in district_of.links()),
        offices=tuple(
            OfficeStatus(office, State.UP, outage_is_open=False, availability=Fraction(1439, 1440))
            for office in district_of.offices.values()
        ),
        nodes=tuple(
            NodeStatus(node, State.UP, outage=None, in_maintenance=False) for node in district_of.nodes.values()
        ),
        references=tuple(ReferenceStatus(reference, State.UP) for reference in district_of.references),
        monitor=MonitorStatus(
            version="0",
            reload_succeeded=True,
            reload_succeeded_at=float(_NOW),
            lateness=Distribution(LATENESS_BOUNDS, (_DAY_SECONDS,) + (0,) * len(LATENESS_BOUNDS), 8.64),
            ledger_writes=Distribution(WRITE_BOUNDS, nothing, 0.0),
            ledger_is_writable=True,
            internal_errors={"monitor": 0},
            is_isolated=False,
            socket_drops=0,
            clock_steps=0,
        ),
    )


def _link(link: Link, chance: random.Random) -> LinkStatus:
    """Return a link after a day, with figures of its own, as they compress worse than equal ones."""
    lost = chance.randrange(3600)
    replies = _DAY_SECONDS - lost
    usual = chance.lognormvariate(_MEDIAN_LOG_SECONDS, 1)
    counts = [0] * (len(RTT_BOUNDS) + 1)
    for _ in range(_SAMPLES):
        counts[bisect_left(RTT_BOUNDS, chance.lognormvariate(math.log(usual), 0.5))] += replies // _SAMPLES
    return LinkStatus(
        link=link,
        state=State.UP,
        state_since=_NOW - chance.randrange(_DAY_SECONDS),
        outage=None,
        in_maintenance=False,
        probes={Outcome.REPLY: replies, Outcome.LOST: lost, Outcome.ERROR: 0},
        late=chance.randrange(10),
        duplicates=0,
        rtt=Distribution(RTT_BOUNDS, tuple(counts), replies * usual),
        rtt_last_seconds=chance.lognormvariate(math.log(usual), 0.5),
        rtt_variation_seconds=usual * chance.random(),
        state_seconds={State.UP: replies, State.DEGRADED: 0, State.DOWN: lost, State.UNMEASURED: 0},
    )
