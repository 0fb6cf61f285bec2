"""The past that rules read, written back in time: a run of minutes would find ranges of hours and days empty."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import prometheus
from benchmarks.processes import Server
from benchmarks.prometheus import Setting
from exporter.errors import TerpaduError
from exporter.lab import packages

_SHORT_RANGE_SECONDS = 300
_SETTLING_SECONDS = 60.0
_LOOK_SECONDS = 5.0
_BLOCK = "162h"  # a length that Prometheus itself makes blocks of; promtool reads the whole file once for each block
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_COUNTING = ("_total", "_bucket", "_count", "_sum")
_RANGE = re.compile(r"([a-zA-Z_:][\w:]*)\s*(?:\{[^}]*\})?\s*\[(\w+)\]")
_DURATION = re.compile(r"(\d+)([smhdw])")

Series = Mapping[str, Any]
"""A series as Prometheus' API gives it: `metric`, its labels, and `value`, when and what."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A range that rules read: how far back, and of how many series written back in time how often, if any were."""

    name: str
    seconds: int
    series: int
    step_seconds: int


def seconds_of(duration: str) -> int:
    """Return a duration as PromQL spells it, `1h30m`, in seconds."""
    return sum(int(number) * _UNITS[unit] for number, unit in _DURATION.findall(duration))


def ranges(groups: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return each name whose past the rules read, with the longest range in seconds."""
    found: dict[str, int] = {}
    for rule in (rule for group in groups for rule in group["rules"]):
        for name, duration in _RANGE.findall(rule["expr"]):
            found[name] = max(found.get(name, 0), seconds_of(duration))
    return found


def fill(setting: Setting) -> list[Filled]:
    """Run Prometheus until everything is there whose past rules read, and write that past as far as they read."""
    wanted = ranges(setting.groups())
    long = {name: seconds for name, seconds in wanted.items() if seconds > _SHORT_RANGE_SECONDS}
    began, series = gather(setting, long)
    written = {of.name: of for of in write(setting, began, series, long)}
    return [written.get(name, Filled(name, seconds, 0, 0)) for name, seconds in wanted.items()]


def gather(setting: Setting, names: Collection[str]) -> tuple[int, dict[str, list[Series]]]:
    """Run Prometheus until each name has series; return when that began, in seconds since the epoch, and the series."""
    began = int(time.time())
    with prometheus.running(setting) as server:
        _first_run(server, setting, names)
        return began, {name: prometheus.query(server, name) for name in names}


def write(
    setting: Setting, until: int, series: Mapping[str, Collection[Series]], seconds: Mapping[str, int]
) -> list[Filled]:
    """Write so many seconds of the past of each name, up to an instant: a sample each scrape, or each evaluation.

    What counts has risen evenly; the rest was as it is now.
    """
    recorded = {
        rule["record"]: seconds_of(group["interval"])
        for group in setting.groups()
        for rule in group["rules"]
        if "record" in rule and "interval" in group
    }
    steps = {name: recorded.get(name, setting.interval_seconds) for name in seconds}
    file = setting.folder / "past.txt"
    with file.open("w", encoding="utf-8") as past:
        for name, of in series.items():
            first = until - until % steps[name] - seconds[name] // steps[name] * steps[name]
            past.writelines(lines(of, range(first, until, steps[name])))
        past.write("# EOF\n")
    if any(series.values()):
        _make_blocks(file, setting.data)
    file.unlink()
    return [Filled(name, length, len(series.get(name, [])), steps[name]) for name, length in seconds.items()]


def _first_run(server: Server, setting: Setting, names: Collection[str]) -> None:
    """Wait until each name has series, by a group's second evaluation: the first finds hardly a sample.

    Names that have none in this district are waited for no longer than that takes.
    """
    intervals = [seconds_of(group["interval"]) for group in setting.groups() if "interval" in group]
    deadline = time.monotonic() + _SETTLING_SECONDS + 2 * max(intervals, default=0)
    while time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS)
        if all(group.evaluations > 1 for group in prometheus.groups(server).values()) and all(
            prometheus.query(server, f"count({name})") for name in names
        ):
            return


def lines(series: Iterable[Series], times: range) -> Iterator[str]:
    """Yield lines of OpenMetrics: each series with the value it had at each of some times."""
    ends = [f" {at}\n" for at in times]
    for one in series:
        name, labels = one["metric"]["__name__"], {k: v for k, v in one["metric"].items() if k != "__name__"}
        pairs = ",".join(f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in labels.items())
        head, value = f"{name}{{{pairs}}} ", one["value"][1]
        if name.endswith(_COUNTING) and float(value):
            whole = float(value)
            values = (f"{whole * (0.5 + place / len(ends) / 2):.0f}" for place in range(len(ends)))
            yield "".join([head + of + end for of, end in zip(values, ends, strict=True)])
        else:
            yield "".join([f"{head}{value}{end}" for end in ends])


def _make_blocks(file: Path, data: Path) -> None:
    words = [*packages.command("promtool"), "tsdb", "create-blocks-from", f"--max-block-duration={_BLOCK}"]
    done = subprocess.run(  # noqa: S603 -- promtool
        [*words, "openmetrics", str(file), str(data)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise TerpaduError(f"promtool can't write the past: {done.stderr.strip()[-500:]}")
