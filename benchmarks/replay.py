"""What it takes to read recordings: `terpadu replay` as a process of its own."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from benchmarks import commands, district
from benchmarks.results import Row, mib, scratch

BEGIN = 1_788_195_600  # 2026-09-01 00:00 in Jakarta
_DAY_SECONDS = 86_400
_LOST = 0.001
_BETWEEN_OUTAGES_SECONDS = 7 * _DAY_SECONDS
_LONGEST_SECONDS = 7_200
_DEVIATION = 0.25


@dataclass(frozen=True, slots=True)
class Case:
    """What is recorded: links, the seconds of their slots, references each second, days."""

    links: int
    interval_seconds: int
    references: int
    days: int


CASES = (Case(31, 60, 0, 30), Case(31, 60, 2, 7), Case(1, 1, 0, 10), Case(1, 1, 2, 4))


def measure(case: Case) -> Row:
    """Return how many observations a second are read, of a district whose links are out about once a week."""
    with scratch() as folder:
        inventory, names = _write_inventory(folder / "inventory.yaml", case)
        seen = folder / "seen.jsonl"
        with seen.open("w", encoding="utf-8") as file:
            observations = sum(file.write(line) > 0 for line in _lines(case, names))
        ledger = folder / "ledger.sqlite3"
        used = commands.spent("replay", str(seen), "--inventory", str(inventory), "--ledger", str(ledger))
        return {
            "links": case.links,
            "interval_s": case.interval_seconds,
            "references": case.references,
            "days": case.days,
            "observations": observations,
            "file_mib": mib(seen.stat().st_size),
            "wall_s": used.wall_seconds,
            "cpu_s": used.cpu_seconds,
            "observations_per_s": observations / used.wall_seconds,
            "peak_rss_mib": mib(used.peak_bytes),
        }


def _write_inventory(path: Path, case: Case) -> tuple[Path, list[str]]:
    """Write an inventory; return it, and the names of its references."""
    text = district.write_inventory(path, case.links).read_text(encoding="utf-8")
    document = yaml.safe_load(text.replace("interval: 1s", f"interval: {case.interval_seconds}s"))
    document["references"] = document["references"][: case.references]
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return path, [reference["name"] for reference in document["references"]]


def _lines(case: Case, references: list[str]) -> Iterator[str]:
    """Yield what a recorder would have written: one echo in a thousand is lost, and all while a link is out."""
    chance = random.Random(case.links)  # noqa: S311 - the same recording each time
    end = BEGIN + case.days * _DAY_SECONDS
    outages = [list(_outages(chance, end)) for _ in range(case.links)]
    for at in range(BEGIN, end, 1 if references else case.interval_seconds):
        for name in references:
            yield _line(at, "reference", name, 0.4 * chance.lognormvariate(0, _DEVIATION))
        if at % case.interval_seconds == 0:
            for number, of in enumerate(outages):
                is_lost = chance.random() < _LOST or any(low <= at < high for low, high in of)
                rtt_ms = None if is_lost else (5 + number) * chance.lognormvariate(0, _DEVIATION)
                yield _line(at, "link", f"kantor-{number}/primary", rtt_ms)


def _outages(chance: random.Random, end: int) -> Iterator[tuple[int, int]]:
    for _ in range(-(-(end - BEGIN) // _BETWEEN_OUTAGES_SECONDS)):
        start = chance.randrange(BEGIN, end)
        yield start, start + chance.randrange(_LONGEST_SECONDS)


def _line(at: int, kind: str, name: str, rtt_ms: float | None) -> str:
    told: dict[str, object] = {"at": at, kind: name, "outcome": "lost" if rtt_ms is None else "reply"}
    if rtt_ms is not None:
        told["rtt_ms"] = round(rtt_ms, 6)
    return f"{json.dumps(told)}\n"
