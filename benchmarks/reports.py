"""What a month's report takes: `terpadu report sla` as a process of its own, on a ledger with a bad month."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from benchmarks import commands, district
from benchmarks.results import Row, mib, scratch
from exporter import inventory
from exporter.bandwidth import BIN_SECONDS, BINS_A_DAY, DAY_SECONDS, Mean, Means
from exporter.cause import DeviceSeen, Evidence, Trail, Verdict
from exporter.ledger import Batch, Ledger
from exporter.model import Cause, Inventory
from exporter.sla import Month
from exporter.statistics import Sketch
from exporter.timeline import Outage, Span, State

MONTH = Month(2026, 9)
_DAYS_BESIDE = 2
_ROUND_TRIPS = 4_000
_LONGEST_SECONDS = 3_000


@dataclass(frozen=True, slots=True)
class Case:
    """A district of links with so many outages each, and what is asked of it."""

    links: int
    outages: int
    what: str
    arguments: tuple[str, ...]


ALL_FORMATS = "json,csv,xlsx,pdf,md"
CASES = (
    Case(1_000, 30, "JSON", ()),
    Case(31, 20, "five formats, Indonesian", ("--format", ALL_FORMATS, "--lang", "id")),
    Case(31, 20, "five formats, English", ("--format", ALL_FORMATS, "--lang", "en")),
    Case(31, 20, "everything, a PDF a provider too", ("--everything",)),
)


def measure(case: Case) -> Row:
    """Return what a report takes, with every link's round trips, causes and five-minute means in it."""
    with scratch() as folder:
        described = district.write_inventory(folder / "inventory.yaml", case.links)
        placed = inventory.load(described)
        ledger = folder / "ledger.sqlite3"
        _fill(ledger, placed, described, case.outages)
        out = () if case.what == "JSON" else ("--out", str(folder / "reports"))
        asked = ("report", "sla", "--month", str(MONTH), "--ledger", str(ledger), *case.arguments, *out)
        used = commands.spent(*asked)
        return {
            "links": case.links,
            "outages": case.links * case.outages,
            "what": case.what,
            "ledger_mib": mib(ledger.stat().st_size),
            "wall_s": used.wall_seconds,
            "cpu_s": used.cpu_seconds,
            "peak_rss_mib": mib(used.peak_bytes),
        }


def _fill(path: Path, placed: Inventory, described: Path, outages: int) -> None:
    chance = random.Random(outages)  # noqa: S311 - the same ledger each time
    start, end = MONTH.period(placed.organisation.timezone)
    start, end = start - _DAYS_BESIDE * DAY_SECONDS, end + _DAYS_BESIDE * DAY_SECONDS
    sketch = Sketch()
    sketch.observe_all([chance.lognormvariate(-5.5, 0.5) for _ in range(_ROUND_TRIPS)])
    with Ledger.create(path) as ledger:
        ledger.record_inventory(described.read_text(encoding="utf-8"), start, "0")
        for link in placed.links():
            batch = Batch()
            _go_down(batch, link.id, (start, end), outages, chance)
            _carry(batch, link.id, (start, end), chance)
            for number in range(MONTH.last_day.day):
                day: date = MONTH.first_day + timedelta(days=number)
                batch.add_sketch(link.id, day, False, sketch)
            ledger.write(batch)


def _go_down(batch: Batch, link: str, period: tuple[int, int], outages: int, chance: random.Random) -> None:
    """Write a link's timeline with so many outages, each with its cause."""
    position, (_, end) = period[0], period
    step = (end - position) // (outages + 1)
    for number in range(outages):
        began = period[0] + number * step + chance.randrange(1, step - _LONGEST_SECONDS)
        ended = began + chance.randrange(10, _LONGEST_SECONDS)
        outage = Outage(began, began + 10, ended)
        batch.add(link, [Span(position, began, State.UP), Span(began, ended, State.DOWN)], outage)
        device = DeviceSeen(True, False, began - 20, ended + 10, began - 9_000)
        trail = Trail(began + 14, ("192.0.2.1", None), "192.0.2.1", (), began - 300, ("192.0.2.1", "192.0.2.2"))
        batch.add_verdict(link, Verdict(Cause.LINK, ended + 15, Evidence(began, ended, device, trail=trail)))
        position = ended
    batch.add(link, [Span(position, end, State.UP)], None)


def _carry(batch: Batch, link: str, period: tuple[int, int], chance: random.Random) -> None:
    """Write what a link carried, the same each day."""
    means = Means()
    for place in range(BINS_A_DAY):
        means.put(Mean(place * BIN_SECONDS, chance.random() * 1e7, chance.random() * 1e6))
    for day in range(period[0] // DAY_SECONDS, period[1] // DAY_SECONDS):
        batch.means[link, day * DAY_SECONDS] = means
