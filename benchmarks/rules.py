"""How long Prometheus takes for the product's rules, over a large district of which a share is in trouble.

    python -m benchmarks.rules --links 1000,10000
    python -m benchmarks.rules --links 10000 --prometheus /usr/local/bin/prometheus

The district is `benchmarks.troubled`'s, scraped by a real Prometheus with the product's configuration and rules; above
300 links both intervals are 15 s, as that says. Ranges of over five minutes would be empty in a run of minutes, so
there are two: the first shows which series they read, `benchmarks.past` writes these back in time, and the second is
measured. What is told of a group is by Prometheus' own metrics; no Alertmanager listens.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks import past, processes, prometheus, troubled
from benchmarks.past import Filled
from benchmarks.processes import Server
from benchmarks.prometheus import Group, Setting
from benchmarks.results import machine, mib, nearest_rank, scratch, tell
from exporter.errors import TerpaduError
from exporter.lab import packages
from exporter.lab.processes import dying_with_parent

LINKS = (1_000, 10_000)
SECONDS = 660.0
"""Two evaluations of the slow groups, and a range of five minutes that is full at the second."""

_LINKS_WITH_ALL_FAMILIES = 1_000
_LOOK_SECONDS = 5.0
_LOOK_AT_RULES_SECONDS = 60.0
_SETTLING_SECONDS = 60.0
_SLOWEST = 20
_FAMILY = re.compile(r"\b(?:opd|terpadu)_\w+")


@dataclass(slots=True)
class Figures:
    """What a run shows: groups by name, the times of each rule once a minute, and what it all took."""

    groups: dict[str, Group]
    rules: dict[str, list[float]] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)


def families(rules: Path) -> set[str]:
    """Return the names of the exporter's families that rules and their texts read."""
    return {name for path in rules.glob("*.yml") for name in _FAMILY.findall(path.read_text(encoding="utf-8"))}


def measure(links: int, seconds: float, program: Sequence[str]) -> str:
    """Return what the rules take at so many links, as Markdown."""
    with scratch() as folder:
        setting = prometheus.prepared(folder / "prometheus", links, processes.free_port(), program)
        file = troubled.write_inventory(folder / "inventory.yaml", links)
        wanted = families(setting.folder / "rules") if links > _LINKS_WITH_ALL_FAMILIES else set[str]()
        with prometheus.page(file, setting.port, wanted, folder / "page.log"):
            filled = past.fill(setting)
            with prometheus.running(setting) as server:
                figures = watch(server, seconds)
    figures.facts["page"] = (
        f"of links the {sum(name.startswith(troubled.LINK_FAMILIES) for name in wanted)} families that rules read"
        if wanted
        else "all families"
    )
    return "\n".join(written(links, setting, figures, filled))


def watch(server: Server, seconds: float) -> Figures:
    """Look again and again at what Prometheus says of its rules; the first minute after the start is left out."""
    time.sleep(_SETTLING_SECONDS)
    before, cpu, began = prometheus.groups(server), server.cpu_seconds(), time.monotonic()
    seen, asked_at = {name: group.evaluations for name, group in before.items()}, began
    figures = Figures(prometheus.groups(server))
    while (now := time.monotonic()) - began < seconds:
        time.sleep(_LOOK_SECONDS)
        for name, group in prometheus.groups(server).items():
            if group.evaluations > seen[name]:
                figures.groups[name].seconds.append(group.last_seconds)
                seen[name] = group.evaluations
        if now - asked_at >= _LOOK_AT_RULES_SECONDS:
            _look_at_rules(server, figures.rules)
            asked_at = now
    _look_at_rules(server, figures.rules)
    lasted, used = time.monotonic() - began, server.cpu_seconds() - cpu
    for name, group in prometheus.groups(server).items():
        measured, first = figures.groups[name], before[name]
        measured.evaluations, measured.missed = group.evaluations - first.evaluations, group.missed - first.missed
        measured.failures = group.failures - first.failures
    figures.facts |= {
        "measured for": f"{lasted:.0f} s",
        "share of a core": f"{used / lasted:.0%}",
        "load of the machine, this included": f"{os.getloadavg()[1]:.1f} over five minutes, {os.cpu_count()} cores",
        **_facts(server),
    }
    return figures


def _facts(server: Server) -> dict[str, str]:
    firing = prometheus.query(server, 'count by (alertname) (ALERTS{alertstate="firing"})')
    return {
        "Prometheus": str(prometheus.api(server, "status/buildinfo")["version"]),
        "memory (resident)": f"{mib(server.resident_bytes()):,.0f} MiB",
        "samples a scrape": f"{prometheus.value(server, 'scrape_samples_scraped'):,.0f}",
        "a scrape takes": f"{prometheus.value(server, 'scrape_duration_seconds'):.2f} s",
        "alerts that fire": ", ".join(f"{one['metric']['alertname']} {one['value'][1]}" for one in firing) or "none",
    }


def _look_at_rules(server: Server, rules: dict[str, list[float]]) -> None:
    """Note the time of each rule; those of one name are told apart by their place in their group."""
    for group in prometheus.api(server, "rules?exclude_alerts=true")["groups"]:
        for place, rule in enumerate(group["rules"], start=1):
            name = f"{group['name']} {place}: {rule['name']}"
            rules.setdefault(name, []).append(rule["evaluationTime"])


def written(links: int, setting: Setting, figures: Figures, filled: Iterable[Filled]) -> Iterator[str]:
    """Yield the lines of a Markdown section: what was run, the groups, the slowest rules, how full the ranges were."""
    yield f"## {links:,} links, scraped and evaluated each {setting.interval_seconds} s\n"
    yield from (f"- {name}: {value}" for name, value in figures.facts.items())
    yield "\n| group | rules | interval | evaluations | last | median | 90 % | longest | missed | failures |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for group in figures.groups.values():
        times = group.seconds or [group.last_seconds]
        columns = [
            group.name,
            f"{group.rules}",
            f"{group.interval_seconds:g} s",
            f"{group.evaluations:g}",
            *(f"{seconds:.3f} s" for seconds in (times[-1], median(times), _ninety(times), max(times))),
            f"{group.missed:g}",
            f"{group.failures:g}",
        ]
        yield f"| {' | '.join(columns)} |"
    yield "\n| slowest rules | median | longest |\n|---|---|---|"
    slowest = sorted(figures.rules.items(), key=lambda item: -median(item[1]))[:_SLOWEST]
    yield from (f"| {name} | {median(times):.3f} s | {max(times):.3f} s |" for name, times in slowest)
    yield "\n| longest range | series | samples of each before the run |\n|---|---|---|"
    for of in filled:
        past = f"{of.seconds // of.step_seconds}, one each {of.step_seconds} s" if of.series else "none; the run's own"
        yield f"| {of.name}[{of.seconds} s] | {of.series or '-'} | {past} |"


def _ninety(times: Sequence[float]) -> float:
    return nearest_rank(sorted(times), 0.9) or 0.0


def main(arguments: Sequence[str]) -> int:
    """Measure what was asked for; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rules", description="What the rules take.")
    parser.add_argument("--links", default=",".join(map(str, LINKS)), metavar="N,...", help="default: %(default)s")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each measured run; default: %(default)g")
    parser.add_argument("--prometheus", metavar="PATH", help="default: Debian's, from the cache")
    options = parser.parse_args(arguments)
    for name, value in machine().items():
        tell(f"{name}: {value}")
    try:
        chosen = options.prometheus
        program = dying_with_parent([chosen]) if chosen else packages.command("prometheus")
        for links in map(int, options.links.split(",")):
            tell(f"\n{measure(links, options.seconds, program)}")
    except TerpaduError as error:
        sys.stderr.write(f"benchmarks: {error}\n")
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
