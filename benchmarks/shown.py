"""What every dashboard shows on a bad day: each query is asked again and again, and each shall have had data once.

    python -m exporter.lab.namespace python -m benchmarks.shown --seconds 600 --seed 1

The day is played by `terpadu demo` with its Prometheus, as users see it. What gives nothing on such a day though
nothing is wrong with it is listed here with the reason; a query that is listed and has data is a fault too.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks import prometheus
from benchmarks.expressions import Expression, expressions
from benchmarks.processes import Server
from benchmarks.results import tell
from exporter.errors import TerpaduError
from exporter.lab.processes import dying_with_parent, end, start
from exporter.lab.servers import PROMETHEUS

OFFICE = "setda"  # it has two links
_NO_MONTH = "the demo's ledger begins with the demo, so no month is over and none was closed"
_NO_ERRORS = "the lab's routers count no error and no discard"
_NO_HOUR = "half an hour has to be measured first"
UNSHOWN: Mapping[tuple[str, str, str], str] = {
    ("bandwidth", "Discards over time", "A"): _NO_ERRORS,
    ("bandwidth", "Errors and discards", "B"): _NO_ERRORS,
    ("bandwidth", "Errors and discards", "C"): _NO_ERRORS,
    ("bandwidth", "Errors over time", "A"): _NO_ERRORS,
    ("bandwidth", "Wrong or unknown", "C"): "no interface is slower than its contract",
    ("office", "The month against the contract", "G"): _NO_HOUR,
    ("office", "The month against the contract", "I"): _NO_MONTH,
    ("office", "Website", "C"): "the office's website is active, so there is no reason why it isn't",
    ("providers", "Below target last month", "A"): _NO_MONTH,
    ("providers", "How fast budgets burn", "A"): _NO_HOUR,
    ("providers", "Last month, link by link", "C"): _NO_MONTH,
    ("providers", "Last month, link by link", "E"): _NO_MONTH,
    ("providers", "Latest report made", "A"): _NO_MONTH,
    ("providers", "Links by what is left of their budget", "G"): _NO_HOUR,
    ("providers", "Links by what is left of their budget", "I"): _NO_MONTH,
    ("providers", "Monthly reports", "A"): _NO_MONTH,
    ("providers", "Not below target last month", "A"): _NO_MONTH,
}
_STEP_SECONDS = 5
_LOOK_SECONDS = 10.0
_READY_SECONDS = 120.0
_ENDING_SECONDS = 30.0


def asked() -> list[Expression]:
    """Return each expression; on the Office dashboard for one office."""
    office = {each.place: each for each in expressions({"opd": OFFICE}, only="office")}
    return [office.get(each.place, each) for each in expressions()]


def watch(server: Server, seconds: float) -> dict[Expression, float]:
    """Ask each expression every ten seconds; return those that had data, and the longest that an answer took."""
    began, deadline = time.time(), time.monotonic() + seconds
    took: dict[Expression, float] = {}
    while time.monotonic() < deadline:
        for each in asked():
            asked_at = time.perf_counter()
            if _has_data(server, each, began):
                took[each] = max(took.get(each, 0.0), time.perf_counter() - asked_at)
        time.sleep(_LOOK_SECONDS)
    return took


def _has_data(server: Server, each: Expression, began: float) -> bool:
    if each.is_instant:
        return bool(prometheus.query(server, each.expr))
    arguments = {"query": each.expr, "start": began, "end": time.time(), "step": _STEP_SECONDS}
    return bool(prometheus.api(server, f"query_range?{urllib.parse.urlencode(arguments)}")["result"])


def faults(shown: Mapping[Expression, float]) -> Iterator[str]:
    """Yield what had no data and isn't listed, what is listed and had some, and what is listed and doesn't exist."""
    places = {each.place for each in asked()}
    had = {each.place for each in shown}
    yield from (f"{', '.join(place)}: no data, and no reason is known" for place in sorted(places - had - set(UNSHOWN)))
    yield from (f"{', '.join(place)}: listed as without data, and it has some" for place in sorted(had & set(UNSHOWN)))
    yield from (f"{', '.join(place)}: listed, and there is no such query" for place in sorted(set(UNSHOWN) - places))


def play(options: argparse.Namespace) -> int:
    """Play the day, and tell what was shown; return the exit status."""
    words = [sys.executable, "-m", "exporter", "demo", "--scenario", "bad-day", "--seed", str(options.seed)]
    words += ["--duration", str(options.seconds + _READY_SECONDS)]
    log = options.folder / "demo.log"
    demo = start(dying_with_parent(words), log=log)
    server = Server(demo.pid, PROMETHEUS.port, log)
    try:
        _until_offices_are_up(server)
        shown = watch(server, options.seconds)
    finally:
        demo.send_signal(signal.SIGINT)
        end(demo, _ENDING_SECONDS)
    for name in sorted({each.dashboard for each in asked()}):
        of = [each for each in asked() if each.dashboard == name]
        slowest = max((shown[each] for each in of if each in shown), default=0.0)
        told = f"{sum(each in shown for each in of)} of {len(of)} queries had data, the slowest took"
        tell(f"{name}: {told} {1000 * slowest:.0f} ms")
    for place, reason in UNSHOWN.items():
        tell(f"{', '.join(place)}: without data, since {reason}")
    wrong = list(faults(shown))
    for line in wrong or ["everything is as it must be"]:
        tell(line)
    return int(bool(wrong))


def _until_offices_are_up(server: Server) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while True:
        try:
            if prometheus.query(server, "opd_up == 1"):
                return
        except TerpaduError:
            if time.monotonic() > deadline:
                raise
        time.sleep(1)


def main(arguments: Sequence[str]) -> int:
    """Play and judge; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shown")
    parser.add_argument("folder", type=Path, help="where what the demo says is kept")
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    try:
        return play(options)
    except TerpaduError as error:
        sys.stderr.write(f"benchmarks: {error}\n")
        return error.exit_status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
