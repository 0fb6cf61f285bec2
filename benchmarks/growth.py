"""How the ledger grows: a simulated month through the product's own writer, and the time of a write at full size.

A month is written an hour at a time rather than five seconds; what grows while it is written is one row either way, so
the size is the same.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks.results import Row, mib, milliseconds, scratch
from exporter.clock import SystemClock
from exporter.errors import TerpaduError
from exporter.ledger import Ledger, LedgerWriter
from exporter.statistics import Sketch
from exporter.timeline import Outage, Span, State, clip

BEGIN = 1_788_220_800  # 2026-09-01T00:00:00Z, a month of 30 days
DAYS = 30
BATCH_SECONDS = 5
_DAY_SECONDS = 86_400
_HOUR_SECONDS = 3600
_YEAR_DAYS = 365
_WRITES = 24
_SKETCHED_EVERY = 12  # a sketch is handed over once a minute, so that a batch holds a twelfth of them
_BETWEEN_TROUBLES_SECONDS = 8 * _HOUR_SECONDS
_TROUBLES = ((State.DEGRADED, 0.7, 300, 3600), (State.DOWN, 0.2, 20, 7200), (State.UNMEASURED, 0.1, 3, 60))
"""What interrupts a link three times a day: how probable each is, and its shortest and longest in seconds."""
_SAMPLES = 2_000
_MEDIAN_LOG_SECONDS, _DEVIATION = -5.3, 0.25  # round-trip times around 5 ms


def month(links: int) -> Row:
    """Return the size of the ledger of so many links after a month, and what a year would make of it."""
    with scratch() as folder:
        path, other = folder / "ledger.sqlite3", folder / "empty.sqlite3"
        Ledger.create(other).close()
        empty = other.stat().st_size
        began = time.process_time()
        spans = asyncio.run(_write_month(path, links))
        size = path.stat().st_size
        return {
            "links": links,
            "days": DAYS,
            "spans": spans,
            "sketches": links * DAYS,
            "size_mib": mib(size),
            "year_mib": mib(empty + (size - empty) * _YEAR_DAYS / DAYS),
            "bytes_per_link_and_day": (size - empty) / (links * DAYS),
            "cpu_s": time.process_time() - began,
        }


async def _write_month(path: Path, links: int) -> int:
    """Write the month; return the number of spans in it."""
    chance = random.Random(links)  # noqa: S311 - the same month each time
    writer = LedgerWriter(Ledger.create(path), SystemClock())
    await writer.restore()
    timelines = {f"kantor-{number}/primary": list(_timeline(chance)) for number in range(links)}
    for hour in range(BEGIN, BEGIN + DAYS * _DAY_SECONDS, _HOUR_SECONDS):
        for link, timeline in timelines.items():
            writer.add(link, clip(timeline, hour, hour + _HOUR_SECONDS), None)
            for outage in _ended(timeline, hour):
                writer.add(link, (), outage)
            if hour % _DAY_SECONDS == 0:
                writer.add_sketch(link, datetime.fromtimestamp(hour, UTC), in_maintenance=False, sketch=_sketch(chance))
        await _flush(writer)
    await writer.close()
    return sum(map(len, timelines.values()))


def _timeline(chance: random.Random) -> Iterator[Span]:
    """Yield a link's month: up, with troubles about three times a day."""
    at, end = BEGIN, BEGIN + DAYS * _DAY_SECONDS
    while at < end:
        trouble_at = at + max(1, int(chance.expovariate(1 / _BETWEEN_TROUBLES_SECONDS)))
        yield Span(at, min(trouble_at, end), State.UP)
        ((state, _, shortest, longest),) = chance.choices(_TROUBLES, [weight for _, weight, _, _ in _TROUBLES])
        at = trouble_at + chance.randint(shortest, longest)
        if trouble_at < end:
            yield Span(trouble_at, min(at, end), state)


def _ended(timeline: list[Span], hour: int) -> Iterator[Outage]:
    """Yield the outages that ended within an hour."""
    for span in timeline:
        if span.state is State.DOWN and hour < span.end <= hour + _HOUR_SECONDS:
            yield Outage(span.start, span.start + 10, span.end)


def _sketch(chance: random.Random) -> Sketch:
    """Return a day's round-trip times, as many as a sample of them shows."""
    sketch = Sketch()
    for _ in range(_SAMPLES):
        sketch.observe(chance.lognormvariate(_MEDIAN_LOG_SECONDS, _DEVIATION))
    each = _DAY_SECONDS // _SAMPLES
    return Sketch({key: count * each for key, count in sketch.counts.items()}, lost=10)


def writes(links: int) -> Row:
    """Return how long a write takes that goes on with every link's span, as one every 5 s does."""
    with scratch() as folder:
        path = folder / "ledger.sqlite3"
        walls, cpu = asyncio.run(_write_batches(path, links))
        return {
            "links": links,
            "writes": _WRITES,
            "first_ms": milliseconds(walls[0]),
            "wall_p50_ms": milliseconds(median(walls[1:])),
            "longest_ms": milliseconds(max(walls[1:])),
            "cpu_per_write_ms": milliseconds(cpu / _WRITES),
            "cpu_share_of_core": cpu / _WRITES / BATCH_SECONDS,
        }


async def _write_batches(path: Path, links: int) -> tuple[list[float], float]:
    """Write batches of 5 s; return how long each took, and the CPU of all with their filling."""
    chance = random.Random(links)  # noqa: S311 - the same batches each time
    names = [f"kantor-{number}/primary" for number in range(links)]
    day, sketch = datetime.fromtimestamp(BEGIN, UTC), _sketch(chance)
    writer = LedgerWriter(Ledger.create(path), SystemClock())
    await writer.restore()
    walls: list[float] = []
    cpu = time.process_time()
    for number in range(_WRITES):
        at = BEGIN + number * BATCH_SECONDS
        for name in names:
            writer.add(name, (Span(at, at + BATCH_SECONDS, State.UP),), None)
        for name in names[number % _SKETCHED_EVERY :: _SKETCHED_EVERY]:
            writer.add_sketch(name, day, in_maintenance=False, sketch=sketch)
        began = time.monotonic()
        await _flush(writer)
        walls.append(time.monotonic() - began)
    cpu = time.process_time() - cpu
    await writer.close()
    return walls, cpu


async def _flush(writer: LedgerWriter) -> None:
    await writer.flush()
    if not writer.is_writable:
        raise TerpaduError("the simulated ledger could not be written; is the temporary folder full?")
