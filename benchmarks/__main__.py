"""Arguments in, tables out: `make bench`, or `python -m benchmarks` within a network namespace of the lab's."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence

from benchmarks import (
    echoes,
    exposition,
    fping,
    growth,
    profiling,
    reading,
    replay,
    reports,
    smokeping,
    snmp,
    status_page,
    truth,
    websites,
)
from benchmarks.results import Row, Tables, machine, new_file, save, show, tell
from exporter.errors import TerpaduError
from exporter.lab import namespace
from exporter.metrics import Format

LINKS = (31, 1_000, 10_000)
SECONDS = 60.0
_TRUTH_SECONDS = 20.0
_TRUTH_MOST_LINKS = 1_000
_LEDGER_LINKS = 31
_FEW, _LARGE = 31, 1_000
"""Up to here a poll costs too little to be seen; from here on a scrape costs something."""
_SITES = 500
_SNMP_SECONDS = 120.0
"""Four polls a device."""

Part = Callable[[Sequence[int], float], list[Row]]


def _echoes(links: Sequence[int], seconds: float) -> list[Row]:
    programs = {"terpadu run": echoes.measure, "fping": fping.measure, "smokeping_prober": smokeping.measure}
    return [_told(name, count, measure, seconds) for count in links for name, measure in programs.items()]


def _told(program: str, links: int, measure: Callable[[int, float], Row], seconds: float) -> Row:
    """Return a program's row; where it fails, one that says so."""
    try:
        return measure(links, seconds)
    except TerpaduError as error:
        return {"program": program, "links": links, "note": str(error)}


def _truth(links: Sequence[int], seconds: float) -> list[Row]:
    return [truth.measure(count, min(seconds, _TRUTH_SECONDS)) for count in links if count <= _TRUTH_MOST_LINKS]


def _pages(links: Sequence[int], _: float) -> list[Row]:
    return [exposition.measure(count, form) for count in links if count >= _LARGE for form in Format]


def _scrapes(links: Sequence[int], seconds: float) -> list[Row]:
    return [exposition.measure_without_pause(count, seconds) for count in links if count >= _LARGE]


def _month(_: Sequence[int], __: float) -> list[Row]:
    return [growth.month(_LEDGER_LINKS)]


def _writes(links: Sequence[int], _: float) -> list[Row]:
    return [growth.writes(count) for count in links]


def _snmp(links: Sequence[int], seconds: float) -> list[Row]:
    counts = [count for count in links if _FEW < count <= _LARGE]
    return [row for count in counts for row in snmp.measure(count, max(seconds, _SNMP_SECONDS))]


def _reading(links: Sequence[int], _: float) -> list[Row]:
    return [reading.measure(count) for count in links]


def _replay(_: Sequence[int], __: float) -> list[Row]:
    return [replay.measure(case) for case in replay.CASES]


def _reports(_: Sequence[int], __: float) -> list[Row]:
    return [reports.measure(case) for case in reports.CASES]


def _websites(_: Sequence[int], __: float) -> list[Row]:
    return [websites.measure(_SITES)]


def _status_page(links: Sequence[int], seconds: float) -> list[Row]:
    return [status_page.measure(count, seconds) for count in links if count <= _LARGE]


PARTS: Mapping[str, tuple[str, Part]] = {
    "echoes": ("One echo a second a link", _echoes),
    "truth": ("Round-trip times beside fping's", _truth),
    "pages": ("Writing /metrics, CPU in one process", _pages),
    "scrapes": ("Scraped again and again without a pause", _scrapes),
    "month": ("The ledger over a simulated month", _month),
    "writes": ("A write of the ledger, every link in it", _writes),
    "snmp": ("Every device polled by SNMP each 30 s", _snmp),
    "inventory": ("terpadu check: reading an inventory", _reading),
    "replay": ("terpadu replay: reading recordings", _replay),
    "reports": ("terpadu report sla: a bad month", _reports),
    "websites": ("Websites, checked each 5 minutes and looked at each 6 hours", _websites),
    "status-page": ("The status page, and browsers that have it open", _status_page),
}


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; return the exit status."""
    options = _parser().parse_args(arguments)
    if not namespace.is_private():
        sys.stderr.write("the benchmarks ping only in a network of their own; start them with: make bench\n")
        return 2
    try:
        if options.part == "profile":
            profiling.run(max(options.links), options.seconds, options.functions)
            return 0
        return _measure(list(PARTS) if options.part == "all" else [options.part], options)
    except TerpaduError as error:
        sys.stderr.write(f"benchmarks: {error}\n")
        return error.exit_status


def _measure(parts: Sequence[str], options: argparse.Namespace) -> int:
    """Run parts one after the other; one that fails is told and harms no other. What is measured is kept at once."""
    for name, value in machine().items():
        tell(f"{name}: {value}")
    file, tables, failures = new_file(), Tables(), dict[str, str]()
    for part in parts:
        title, measure = PARTS[part]
        try:
            tables[part] = measure(options.links, options.seconds)
        except TerpaduError as error:
            failures[part] = str(error)
            sys.stderr.write(f"benchmarks: {part}: {error}\n")
        else:
            show(title, tables[part])
        save(file, tables, {"links": options.links, "seconds": options.seconds, "failures": failures})
    tell(f"\nwritten to {file}")
    return 1 if failures else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What Terpadu costs and how true it is.")
    parser.add_argument("part", nargs="?", choices=["all", *PARTS, "profile"], default="all")
    parser.add_argument("--seconds", type=_seconds, default=SECONDS, help="of each run; default: %(default)g")
    parser.add_argument("--links", type=_links, default=list(LINKS), metavar="N,...", help="default: 31,1000,10000")
    parser.add_argument("--functions", type=int, default=40, metavar="N", help="that profile prints; default: 40")
    return parser


def _seconds(text: str) -> float:
    seconds = float(text)
    if not seconds >= 1:
        raise argparse.ArgumentTypeError(f"{text}: at least 1")
    return seconds


def _links(text: str) -> list[int]:
    counts = [int(part) for part in text.split(",")]
    if not all(1 <= count <= max(LINKS) for count in counts):
        raise argparse.ArgumentTypeError(f"{text}: from 1 to {max(LINKS)} links, with commas between")
    return counts


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
