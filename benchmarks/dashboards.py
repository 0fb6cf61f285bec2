"""What the dashboards cost: every query of every panel, over the dashboard's own range and with All chosen.

    python -m benchmarks.dashboards
    python -m benchmarks.dashboards --links 1000 --prometheus /usr/local/bin/prometheus

The district is `benchmarks.troubled`'s, scraped by a real Prometheus with the product's configuration and rules. What
the dashboards read of the past is written back in time by `benchmarks.past`, each series as often as it would be
scraped or recorded: gauges as they are now, counters rising evenly; of the Office dashboard for the office that is
shown. The exit status is 1 where a query takes longer than half a second, twice, or gives more than 2,000 series.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from urllib.request import urlopen

from benchmarks import past, processes, prometheus, troubled
from benchmarks.expressions import Expression, Json, dashboards, expressions, panels, selectors_of, series_of, times
from benchmarks.past import seconds_of
from benchmarks.processes import Server
from benchmarks.prometheus import Setting
from benchmarks.results import machine, milliseconds, scratch, tell
from exporter.errors import TerpaduError
from exporter.lab import packages
from exporter.lab.processes import dying_with_parent

LINKS = (31, 1_000)
MOST_MILLISECONDS = 500
MOST_SERIES = 2_000
OFFICE = "kantor-2"  # the first of two links
# What a minute can't record has the same series as something that it can.
ALIKE = {"opd_link:budget_burn:ratio1h": "opd_link:down_seconds:increase5m"}

_SCREEN_PIXELS = 1_920  # on a wall: more points than on a desk
_COLUMNS = 24
_STEPS_SECONDS = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1_200, 1_800, 3_600)
_TURNS = 3
_SETTLING_SECONDS = 75.0
_OWN_INTERVAL = re.compile(r"^(    interval: )\S+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a query takes: the median of some turns, and how many series it gives and selects, and samples it reads."""

    of: Expression
    seconds: float
    returned: int
    selected: int
    samples: int

    def misses(self) -> Iterator[str]:
        """Yield what isn't as it must be."""
        where = f"{self.of.dashboard}, {self.of.panel} {self.of.ref}"
        if (took := milliseconds(self.seconds) or 0.0) > MOST_MILLISECONDS:
            yield f"{where}: {took:.0f} ms, must be {MOST_MILLISECONDS} or less"
        if self.returned > MOST_SERIES:
            yield f"{where}: {self.returned} series, must be {MOST_SERIES} or less"


@dataclass(slots=True)
class Run:
    """What one size of district shows."""

    links: int
    costs: list[Cost] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)


def range_seconds(dashboard: Json) -> float:
    """Return how far back a dashboard looks unless told otherwise."""
    found = re.fullmatch(r"now-(\w+)", dashboard["time"]["from"])
    if found is None:
        raise TerpaduError(f"{dashboard['uid']} looks back to {dashboard['time']['from']}, of which no length is known")
    return float(seconds_of(found[1]))


def step_seconds(whole: float, columns: int, interval: str, scrape_seconds: float) -> float:
    """Return the step that Grafana would take: a point a pixel, rounded, and none between two scrapes or polls."""
    pixels = _SCREEN_PIXELS * columns / _COLUMNS
    rounded = next((step for step in _STEPS_SECONDS if step >= whole / pixels), _STEPS_SECONDS[-1])
    return max(rounded, scrape_seconds, seconds_of(interval))


def asked(scrape_seconds: float) -> list[Expression]:
    """Return every expression as Grafana would ask it."""

    def of(dashboard: Json, panel: Json, target: Json) -> Mapping[str, str]:
        interval, whole = target.get("interval", ""), range_seconds(dashboard)
        columns = panel["gridPos"]["w"] if panel else _COLUMNS
        step = step_seconds(whole, columns, interval, scrape_seconds)
        return times(whole, step, max(scrape_seconds, seconds_of(interval)))

    office = {each.place: each for each in expressions({"opd": OFFICE}, only="office", of=of)}
    return [office.get(each.place, each) for each in expressions(of=of)]


def horizons(of: Iterable[Expression], ranges: Mapping[str, float]) -> dict[str, int]:
    """Return how far back each name is read, in seconds; what is read as it is now is left out."""
    found: dict[str, int] = {}
    for each in of:
        whole = 0 if each.is_instant else int(ranges[each.dashboard])
        ranged = past.ranges([{"rules": [{"expr": each.expr}]}])
        for name in series_of(each.expr):
            own = ranged.get(name, 0)
            seconds = max(whole, own) if "@ end()" in each.expr else whole + own
            found[name] = max(found.get(name, 0), seconds)
    return {name: seconds for name, seconds in found.items() if seconds}


@contextmanager
def in_haste(setting: Setting) -> Iterator[None]:
    """Let groups of rules with an interval of their own be evaluated with each scrape."""
    files = {path: path.read_text(encoding="utf-8") for path in (setting.folder / "rules").glob("*.yml")}
    for path, text in files.items():
        path.write_text(_OWN_INTERVAL.sub(rf"\g<1>{setting.interval_seconds}s", text), encoding="utf-8")
    try:
        yield
    finally:
        for path, text in files.items():
            path.write_text(text, encoding="utf-8")


def measure(links: int, program: Sequence[str]) -> Run:
    """Return what each query costs at so many links."""
    run = Run(links)
    with scratch() as folder:
        setting = prometheus.prepared(folder / "prometheus", links, processes.free_port(), program)
        file = troubled.write_inventory(folder / "inventory.yaml", links)
        wanted = asked(setting.interval_seconds)
        with prometheus.page(file, setting.port, frozenset(), folder / "page.log"):
            began = time.monotonic()
            run.facts["written back in time"] = _fill(setting, wanted)
            run.facts["which took"] = f"{time.monotonic() - began:.0f} s"
            with prometheus.running(setting) as server:
                time.sleep(_SETTLING_SECONDS)
                run.facts["Prometheus"] = str(prometheus.api(server, "status/buildinfo")["version"])
                first = [_cost(server, each, setting.interval_seconds) for each in wanted]
                run.costs = [_again(server, cost, setting.interval_seconds) for cost in first]
    return run


def _fill(setting: Setting, wanted: Sequence[Expression]) -> str:
    ranges = {name: range_seconds(dashboard) for name, dashboard in dashboards().items()}
    others = horizons((each for each in wanted if each.dashboard != "office"), ranges)
    own = horizons((each for each in wanted if each.dashboard == "office"), ranges)
    horizon = {name: max(others.get(name, 0), own.get(name, 0)) for name in {*others, *own}}

    def is_read(metric: Mapping[str, str]) -> bool:
        return metric["__name__"] in others or metric.get("opd", OFFICE) == OFFICE

    with in_haste(setting):
        until, series = past.gather(setting, {*horizon, *ALIKE.values()} - set(ALIKE))
    for name, like in ALIKE.items():
        if name in horizon:
            series[name] = [{**one, "metric": {**one["metric"], "__name__": name}} for one in series[like]]
    kept = {name: [one for one in series[name] if is_read(one["metric"])] for name in horizon}
    written = past.write(setting, until, kept, horizon)
    samples = sum(of.series * (of.seconds // of.step_seconds) for of in written)
    return f"{sum(of.series for of in written):,} series, {samples:,} samples"


def _cost(server: Server, of: Expression, scrape_seconds: float) -> Cost:
    """Ask a query some times; TerpaduError where Prometheus refuses it."""
    now = time.time()
    whole = range_seconds(dashboards()[of.dashboard])
    step = step_seconds(whole, of.columns, of.interval, scrape_seconds)
    arguments: dict[str, object] = {"query": of.expr, "stats": "all"}
    arguments |= {"time": now} if of.is_instant else {"start": now - whole, "end": now, "step": step}
    path = "query" if of.is_instant else "query_range"
    turns = [_ask(server, path, arguments) for _ in range(_TURNS)]
    answer = turns[-1][1]
    return Cost(
        of,
        median(seconds for seconds, _ in turns),
        len(answer["result"]),
        sum(int(prometheus.value(server, f"count({each}) or vector(0)")) for each in selectors_of(of.expr)),
        int(answer["stats"]["samples"]["totalQueryableSamples"]),
    )


def _again(server: Server, cost: Cost, scrape_seconds: float) -> Cost:
    """Return the better of two costs where the first is over a goal: rules, and others on the machine, took a part."""
    if not any(cost.misses()):
        return cost
    return min(cost, _cost(server, cost.of, scrape_seconds), key=lambda each: each.seconds)


def _ask(server: Server, path: str, arguments: Mapping[str, object]) -> tuple[float, Any]:
    """Return how long an answer takes until all of it is there, and its data."""
    began = time.perf_counter()
    body = urllib.parse.urlencode(arguments).encode()
    try:
        with urlopen(f"http://127.0.0.1:{server.port}/api/v1/{path}", body, timeout=120) as answer:
            read = answer.read()
    except OSError as error:
        raise TerpaduError(f"Prometheus refuses {arguments['query']}: {error}") from error
    return time.perf_counter() - began, json.loads(read)["data"]


def table(runs: Sequence[Run]) -> Iterator[str]:
    """Yield the lines of a Markdown table: a dashboard a row, and for each size its slowest query and most series."""
    head = ["dashboard", "panels", "queries"]
    for run in runs:
        head += [f"{run.links:,} links: slowest query", "returns most", "selects most"]
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for name, dashboard in dashboards().items():
        of = [[cost for cost in run.costs if cost.of.dashboard == name] for run in runs]
        row = [name, f"{sum(1 for _ in panels(dashboard))}", f"{len(of[0])}"]
        for costs in of:
            row += [
                _worst(costs, lambda cost: cost.seconds, lambda cost: f"{milliseconds(cost.seconds):.0f} ms"),
                _worst(costs, lambda cost: cost.returned, lambda cost: f"{cost.returned:,}"),
                _worst(costs, lambda cost: cost.selected, lambda cost: f"{cost.selected:,}"),
            ]
        yield f"| {' | '.join(row)} |"


def _worst(costs: Sequence[Cost], by: Callable[[Cost], float], shown: Callable[[Cost], str]) -> str:
    most = max(costs, key=by)
    return f"{shown(most)}, {most.of.panel} {most.of.ref}"


def main(arguments: Sequence[str]) -> int:
    """Measure and judge; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dashboards", description="What the dashboards cost.")
    parser.add_argument("--links", default=",".join(map(str, LINKS)), metavar="N,...", help="default: %(default)s")
    parser.add_argument("--prometheus", metavar="PATH", help="default: Debian's, from the cache")
    parser.add_argument("--all", action="store_true", help="show each query, the slowest first")
    parser.add_argument("--out", type=Path, help="write each query's figures there, as JSON")
    options = parser.parse_args(arguments)
    for name, value in machine().items():
        tell(f"{name}: {value}")
    try:
        chosen = options.prometheus
        program = dying_with_parent([chosen]) if chosen else packages.command("prometheus")
        runs = [measure(links, program) for links in map(int, options.links.split(","))]
    except TerpaduError as error:
        sys.stderr.write(f"benchmarks: {error}\n")
        return error.exit_status
    for run in runs:
        tell(f"\n{run.links:,} links")
        for name, value in run.facts.items():
            tell(f"- {name}: {value}")
        for line in _each(run) if options.all else ():
            tell(line)
    tell("")
    for line in table(runs):
        tell(line)
    missed = [f"{run.links:,} links: {miss}" for run in runs for cost in run.costs for miss in cost.misses()]
    for line in missed or ["every query is within half a second and 2,000 series"]:
        tell(line)
    if options.out is not None:
        options.out.write_text(json.dumps([_row(run, cost) for run in runs for cost in run.costs], indent=1))
    return int(bool(missed))


def _each(run: Run) -> Iterator[str]:
    for cost in sorted(run.costs, key=lambda cost: -cost.seconds):
        where = f"{cost.of.dashboard}, {cost.of.panel} {cost.of.ref}"
        took = f"{milliseconds(cost.seconds):.1f} ms"
        yield f"{took:>10} {cost.returned:>6} of {cost.selected:>6} series, {cost.samples:>9} samples  {where}"


def _row(run: Run, cost: Cost) -> dict[str, object]:
    return {
        "links": run.links,
        "dashboard": cost.of.dashboard,
        "panel": cost.of.panel,
        "ref": cost.of.ref,
        "seconds": cost.seconds,
        "returned": cost.returned,
        "selected": cost.selected,
        "samples": cost.samples,
        "expr": cost.of.expr,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
