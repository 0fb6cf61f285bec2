"""One fault, one page? Scenarios played with the real programs and the shipped configuration, and their pages judged.

    python -m benchmarks.paging --scenario bad-day provider-outage --seed 1 2 3 --together 4
    python -m benchmarks.paging --restart exporter prometheus alertmanager [--provider]
    python -m benchmarks.paging --judge FOLDER

benchmarks.paging_faults says which faults deserve a page, benchmarks.paging_judge which page belongs to which. Every
surplus page and every missed fault is named; exit status 1 says that there are some.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.paging_faults import Fault, Scale
from benchmarks.paging_judge import LATE_SECONDS, Firing, Message, Paged, Verdict, judge, summary, why
from benchmarks.paging_playing import RESTARTABLE
from benchmarks.results import tell
from exporter import inventory
from exporter.errors import TerpaduError
from exporter.lab import namespace, packages, truth
from exporter.lab.processes import dying_with_parent, end

SECONDS = {"bad-day": 1200.0, "provider-outage": 720.0, "isolation": 720.0, "flapping": 600.0}
_OTHER_SECONDS = 600.0
_BEGINS, _RESTARTS, _MENDED, _ENDS = 15, 90, 210, 240
OFFICE, PROVIDER = "dinsos/primary", "serat-nusantara"
_MARGIN_SECONDS = 900.0
_POLL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Run:
    """A playing that is to be: a scenario, or an outage over a program's restart."""

    scenario: str
    seed: int
    seconds: float
    restart: str | None = None
    is_of_provider: bool = False
    gone_seconds: float = 0.0
    interval: str | None = None

    @property
    def name(self) -> str:
        """What its folder is called."""
        if self.restart is None:
            return f"{Path(self.scenario).stem}-{self.seed}"
        return f"restart-{self.restart}-{'provider' if self.is_of_provider else 'office'}"

    def words(self, folder: Path) -> list[str]:
        """Return the command that plays it."""
        played = self.scenario
        more: list[str] = []
        if self.restart is not None:
            deed = f"fail: {PROVIDER}" if self.is_of_provider else f"cut: {OFFICE}"
            file = folder / f"{self.name}.yaml"
            file.write_text(f"events:\n  - {{at: {_BEGINS}s, {deed}, for: {_MENDED - _BEGINS}s}}\n", encoding="utf-8")
            played = str(file)
            more = ["--restart", self.restart, "--restart-after", str(_RESTARTS), "--gone", str(self.gone_seconds)]
        words = ["-m", "benchmarks.paging_playing", played, str(folder), "--seed", str(self.seed)]
        words += ["--seconds", str(self.seconds), *more]
        words += ["--interval", self.interval] if self.interval else []
        return namespace.entering(dying_with_parent([sys.executable, *words]))


def play_all(runs: Sequence[Run], folder: Path, together: int) -> Iterator[tuple[Run, Path, bool]]:
    """Play so many at a time; yield each with its folder as it ends, and whether it has been played to its end."""
    waiting = list(runs)
    playing: list[tuple[Run, Path, subprocess.Popen[bytes], float]] = []
    try:
        while waiting or playing:
            while waiting and len(playing) < together:
                run = waiting.pop(0)
                own = folder / run.name
                own.mkdir(parents=True)
                with (own / "error.log").open("wb") as errors:
                    process = subprocess.Popen(  # noqa: S603 -- this project's own program
                        run.words(own), stdin=subprocess.DEVNULL, stdout=errors, stderr=errors
                    )
                playing.append((run, own, process, time.monotonic()))
            time.sleep(_POLL_SECONDS)
            for each in [*playing]:
                run, own, process, began = each
                if process.poll() is None and time.monotonic() < began + run.seconds + _MARGIN_SECONDS:
                    continue
                end(process, 2 * _POLL_SECONDS)
                playing.remove(each)
                yield run, own, process.returncode == 0
    finally:
        for _, _, process, _ in playing:
            end(process, _MARGIN_SECONDS)


@dataclass(frozen=True, slots=True)
class Judged:
    """A playing's records, and what they come to."""

    told: dict[str, Any]
    starts_at: float
    verdict: Verdict
    firing: tuple[Firing, ...]

    @property
    def name(self) -> str:
        """What it is called in tables."""
        if self.told["restart"] is not None:
            return Path(self.told["scenario"]).stem
        return f"{Path(self.told['scenario']).stem} {self.told['seed']}"


def read(folder: Path) -> Judged:
    """Return the records of a playing, judged."""
    lines = (folder / "messages.jsonl").read_text(encoding="utf-8").splitlines()
    messages = [Message(item["at"], item["payload"]) for item in map(json.loads, lines)]
    found = truth.read(folder / "truth.jsonl")
    alerts = json.loads((folder / "alerts.json").read_text(encoding="utf-8"))
    firing = (Firing(item["labels"], tuple((low, high) for low, high in item["runs"])) for item in alerts)
    return Judged(
        json.loads((folder / "playing.json").read_text(encoding="utf-8")),
        found.header.starts_at,
        judge(found, inventory.load(folder / "inventory.yaml"), messages),
        tuple(firing),
    )


def table(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return rows of the same keys as lines of a Markdown table."""
    names = list(rows[0])
    cells = [[("-" if row[name] is None else str(row[name])) for name in names] for row in rows]
    return [f"| {' | '.join(line)} |" for line in [names, ["---"] * len(names), *cells]]


def delays(judged: Iterable[Judged]) -> list[dict[str, Any]]:
    """Return how long pages took from the first lost echo, by what the fault was of."""
    found = list(judged)
    rows: list[dict[str, Any]] = []
    for scale in [*Scale, None]:
        seconds = sorted(delay for each in found for delay in each.verdict.delays(scale))
        if seconds:
            word = "all" if scale is None else scale.value
            middle, most = round(median(seconds), 1), round(seconds[-1], 1)
            rows.append({"fault of": word, "paged": len(seconds), "median s": middle, "longest s": most})
    return rows


def findings(judged: Judged) -> list[str]:
    """Return every surplus page, missed fault and the like, each in a line with its times."""
    verdict, since = judged.verdict, judged.starts_at
    lines = [
        f"SURPLUS {page} at {page.at - since:.0f} s, of {_fault(each.fault, since)},"
        f" whose page is {each.kept} at {each.kept.at - since:.0f} s: {why(page, each.pages, judged.firing)}"
        for each in verdict.paged
        if each.kept is not None
        for page in each.surplus
    ]
    lines += [
        f"SURPLUS {page} at {page.at - since:.0f} s, of no fault: {why(page, [], judged.firing)}"
        for page in verdict.stray
    ]
    lines += [f"MISSED {_fault(fault, since)}: {_standing(fault, judged)}" for fault in verdict.missed]
    lines += [f"WHILE ISOLATED {page} at {page.at - since:.0f} s" for page in verdict.while_isolated]
    lines += [
        f"FALSE RESOLVE {gone} at {gone.at - since:.0f} s, of {_fault(each.fault, since)}"
        for each in verdict.paged
        for gone in each.false_resolves
    ]
    lines += [f"NEVER RESOLVED {page}, paged at {page.at - since:.0f} s" for page in verdict.never_resolved]
    lines += [
        f"NAMED OTHERWISE {_fault(each.fault, since)}: {each.kept} at {each.kept.at - since:.0f} s"
        for each in verdict.paged
        if each.kept is not None and each.kept.subject != each.fault.subject
    ]
    return lines


def details(judged: Judged) -> list[str]:
    """Return each fault with its pages, and when which page's alert fired; offices that fired together are one."""
    since = judged.starts_at
    together: dict[str, list[str]] = {}
    for alert in judged.firing:
        if alert.is_page:
            runs = ", ".join(f"{low - since:.0f} to {high - since:.0f} s" for low, high in alert.runs)
            together.setdefault(runs, []).append(str(alert))
    lines = [_told(each, since) for each in judged.verdict.paged]
    lines += [f"  firing {runs}: {', '.join(alerts)}" for runs, alerts in together.items()]
    return [*lines, f"  tickets {dict(judged.verdict.tickets)}"]


def _told(each: Paged, since: float) -> str:
    due = "due" if each.fault.is_certain else "may be paged"
    pages = [f"{page} at {page.at - since:.0f} s" for page in each.pages]
    return f"  {_fault(each.fault, since)}, {due}: {', '.join(pages) or 'no page'}"


def _fault(fault: Fault, since: float) -> str:
    silent = " and ".join(f"{part.start - since:.0f} to {part.end - since:.0f} s" for part in fault.silences)
    return f"{fault.subject} ({silent}{'' if fault.is_onset_clear else ', begun unseen'})"


def _standing(fault: Fault, judged: Judged) -> str:
    """Return when during a fault that nobody was told of its own alert fired, and those that may have silenced it."""
    found = [
        f"{alert} fired from {low - judged.starts_at:.0f} to {high - judged.starts_at:.0f} s"
        for alert in judged.firing
        if alert.may_silence or (alert.is_page and alert.labels.get("opd") == fault.subject.name)
        for low, high in alert.runs
        if low < fault.end + LATE_SECONDS and high > fault.start
    ]
    return "; ".join(found) or "no page's alert fired"


def report(judged: Sequence[Judged], *, is_verbose: bool) -> int:
    """Print the tables and what isn't as it must be; return the exit status."""
    for line in table([{"playing": each.name, **summary(each.verdict)} for each in judged]):
        tell(line)
    if rows := delays(judged):
        tell("")
        for line in table(rows):
            tell(line)
    status = 0
    for each in judged:
        found = findings(each)
        late, missed = each.told["lateness_p99_ms"], each.told["evaluations_missed"]
        within = f"{late:.1f}" if isinstance(late, float) else late
        tell(f"\n{each.name}: 99 % of echoes left within {within} ms; evaluations missed: {missed:.0f}")
        for line in [*found, *(details(each) if is_verbose else [])]:
            tell(line)
        verdict = each.verdict
        status |= int(bool(verdict.surplus or verdict.missed or verdict.while_isolated or verdict.false_resolves))
    return status


def runs_of(options: argparse.Namespace) -> list[Run]:
    """Return what is to be played."""
    if options.restart:
        return [
            Run("", 0, _ENDS, program, options.provider, options.gone, options.interval) for program in options.restart
        ]
    return [
        Run(name, seed, options.seconds or SECONDS.get(name, _OTHER_SECONDS), interval=options.interval)
        for name in options.scenario
        for seed in options.seed
    ]


def main(arguments: Sequence[str]) -> int:
    """Play or read, judge, and show."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paging")
    parser.add_argument("--scenario", nargs="+", default=["bad-day"], help="names of scenarios, or files")
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--seconds", type=float, help="how long each is played; by default the scenario's round or two")
    parser.add_argument("--together", type=int, default=4, help="how many are played side by side (4)")
    parser.add_argument("--restart", nargs="+", choices=RESTARTABLE, help="an outage over a restart of a program")
    parser.add_argument("--provider", action="store_true", help="a provider's outage over the restart, not an office's")
    parser.add_argument("--gone", type=float, default=5.0, help="how many seconds the program is gone (5)")
    parser.add_argument("--interval", help="scrapes and evaluations so far apart, and not as shipped: 15s")
    parser.add_argument("--out", type=Path, help="a new folder for the records; below the cache by default")
    parser.add_argument("--judge", type=Path, help="play nothing: judge the records of a folder again")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if options.judge:
        folders = sorted(file.parent for file in options.judge.glob("**/playing.json"))
        return report([read(folder) for folder in folders], is_verbose=options.verbose)
    for program in ("ip", "prometheus", "alertmanager"):
        packages.command(program)
    folder = options.out or packages.cache_folder().parent / "paging" / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    runs = runs_of(options)
    tell(f"{len(runs)} playings, {options.together} at a time; {folder}\n")
    judged: list[Judged] = []
    has_failed = False
    for run, own, is_whole in play_all(runs, folder, options.together):
        if is_whole:
            judged.append(read(own))
        else:
            has_failed = True
            tell(f"{run.name} has failed: {(own / 'error.log').read_text(encoding='utf-8', errors='replace')}")
    judged.sort(key=lambda each: each.name)
    if not judged:
        raise TerpaduError("no playing came to its end")
    return max(report(judged, is_verbose=options.verbose), int(has_failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
