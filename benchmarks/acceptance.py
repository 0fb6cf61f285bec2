"""The long runs: scenarios played by the clock with several seeds, and what the scores must show. `make acceptance`.

They run side by side, each in a namespace of its own, and take as long as the longest. Exit status 1 says that
something isn't as it must be; every figure is printed and kept all the same.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import paging
from benchmarks.results import Row, machine, show, tell
from exporter.lab import namespace, packages
from exporter.lab.processes import dying_with_parent, end

RIGHT_EDGES = 0.99
RIGHT_CAUSES = 0.95
EXPLAINED = frozenset({"bad-day", "devices"})
# A router that was rebooted while its link was cut looks like one without power: `devices` does that at random.
JUDGED_BY_CAUSES = frozenset({"bad-day"})
LONG_SECONDS = 600.0
LEAST_CAUSES = 10  # judged in a long run; of fewer no share is a proof
LEAST_TOTALS = 40
PAGES = "pages"  # what comes to a webhook, judged by benchmarks.paging
DASHBOARDS = "dashboards"  # what each query of theirs gives on a bad day, judged by benchmarks.shown
PAGED = ("bad-day", "provider-outage", "isolation")
_MARGIN_SECONDS = 300.0
_POLL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Run:
    """A scenario to be played; `loss` is in place of its own where given.

    A month is in fast motion, and takes at most so long.
    """

    scenario: str
    seed: int
    seconds: float
    offices: int = 31
    loss: str | None = None

    def words(self, folder: Path) -> list[str]:
        """Return the command that plays it."""
        if self.scenario == "month":
            return [sys.executable, "-m", "benchmarks.month", str(folder), "--seed", str(self.seed)]
        words = ["-m", "benchmarks.playing", self.scenario, str(folder), "--seed", str(self.seed)]
        words += ["--seconds", str(self.seconds), "--offices", str(self.offices)]
        words += [] if self.loss is None else ["--loss", self.loss]
        return namespace.entering(dying_with_parent([sys.executable, *words]))

    def __str__(self) -> str:
        loss = f", {float(self.loss):.0%} lost" if self.loss else ""
        return f"{self.scenario} {self.seed}{loss}"


def parts(seeds: Sequence[int]) -> dict[str, list[Run]]:
    """Return what belongs to each part, by its name."""
    return {
        "bad-day": [Run("bad-day", seed, 1200) for seed in seeds],
        "devices": [Run("devices", seed, 1200) for seed in seeds],
        "flapping": [Run("flapping", seed, 600) for seed in seeds],
        "isolation": [Run("isolation", seed, 720) for seed in seeds],
        "loss": [
            *(Run("quiet", seed, 1200) for seed in seeds),
            *(Run("bad-day", seed, 600, loss="0.02") for seed in seeds),
        ],
        "month": [Run("month", seed, 1200) for seed in seeds],
        "large": [Run("quiet", seeds[0], 600, 1000, "0")],
    }


@dataclass(slots=True)
class _Playing:
    run: Run
    folder: Path
    process: subprocess.Popen[bytes]
    began: float


def play_all(runs: Sequence[Run], folder: Path) -> Iterator[tuple[Run, dict[str, Any] | None]]:
    """Yield each run with its score as it ends, None where it has failed."""
    playing: list[_Playing] = []
    try:
        for number, run in enumerate(runs):
            own = folder / f"{number:02d}-{run.scenario}-{run.seed}"
            own.mkdir(parents=True)
            with (own / "score.json").open("wb") as out, (own / "error.log").open("wb") as errors:
                process = subprocess.Popen(run.words(own), stdin=subprocess.DEVNULL, stdout=out, stderr=errors)  # noqa: S603
            playing.append(_Playing(run, own, process, time.monotonic()))
        while playing:
            time.sleep(_POLL_SECONDS)
            for each in [*playing]:
                overdue = time.monotonic() > each.began + each.run.seconds + _MARGIN_SECONDS
                if each.process.poll() is None and not overdue:
                    continue
                end(each.process)
                playing.remove(each)
                yield each.run, _score(each)
    finally:
        for each in playing:
            end(each.process)


def _score(each: _Playing) -> dict[str, Any] | None:
    try:
        score: dict[str, Any] = json.loads((each.folder / "score.json").read_text(encoding="utf-8"))
    except ValueError:
        tell(f"{each.run} has failed: {(each.folder / 'error.log').read_text(encoding='utf-8', errors='replace')}")
        return None
    return score


def row(run: Run, score: dict[str, Any]) -> Row:
    """Return what matters of a score, links and nodes together."""
    tallies = [score["links"], score["nodes"]]

    def total(name: str) -> int:
        return sum(tally[name] for tally in tallies)

    edges = [tally[kind] for tally in tallies for kind in ("onsets", "ends")]
    unmeasured = [tally["unmeasured"] for tally in tallies]
    return {
        "run": str(run),
        "seconds": round(score["end"] - score["start"]),
        "outages": total("outages"),
        "found": total("found"),
        "missed": total("missed"),
        "invented": total("invented"),
        "undecided": total("undecided"),
        "left_open": total("ends_unseen"),
        "blips": total("blips"),
        "edges": sum(edge["count"] for edge in edges),
        "edges_within_one_slot": sum(edge["right"] for edge in edges),
        "worst_edge_s": max((edge["max_seconds"] for edge in edges if edge["count"]), default=None),
        "seconds_right": total("seconds_right"),
        "seconds_wrong": total("seconds_wrong"),
        "cut_off_s": round(score["cut_off_seconds"]),
        "charged_while_cut_off_s": score["charged_while_cut_off_seconds"],
        "not_running_s": round(score["not_running_seconds"], 1),
        "lost_before_a_kill_s": sum(each["before_a_kill"] for each in unmeasured),
        "lost_after_a_start_s": sum(each["after_a_start"] for each in unmeasured),
        "unexplained_s": sum(each["unexplained"] for each in unmeasured),
        **{f"causes_{name}": score["links"]["explained"][name] for name in ("right", "unknown", "wrong", "waiting")},
        **{name: score["links"]["explained"][name] for name in ("hops_right", "hops_missing", "hops_wrong")},
        **score["cost"],
    }


def misses(run: Run, found: Row) -> list[str]:
    """Return what isn't as it must be.

    With losses by chance ends come late by the rule, and two outages may be one: there edges, misses and seconds aren't
    judged. A run without any loss is judged by its echoes too: none may be lost but by the lab itself.
    """
    zeros = ["invented", "left_open", "charged_while_cut_off_s", "unexplained_s"]
    zeros += [] if run.loss else ["missed", "seconds_wrong"]
    wrong = [f"{run}: {name} {found[name]}, must be 0" for name in zeros if found[name]]
    if run.loss == "0":
        lost = int(found["echoes_lost"] or 0) - int(found["echoes_dropped_by_the_lab"] or 0)
        wrong += [f"{run}: {lost} echoes lost, must be 0"] if lost > 0 else []
        wrong += [f"{run}: {found['socket_drops']} replies dropped, must be 0"] if found["socket_drops"] else []
    wrong += _unexplained(run, found) if run.scenario in EXPLAINED and not run.loss else []
    edges, right = int(found["edges"] or 0), int(found["edges_within_one_slot"] or 0)
    if not run.loss and edges and right < RIGHT_EDGES * edges:
        wrong.append(f"{run}: {right} of {edges} edges within one slot, must be {RIGHT_EDGES:.0%}")
    return wrong


def _unexplained(run: Run, found: Row) -> list[str]:
    """Return what of the causes, last hops and totals isn't as it must be."""
    wrong = []
    for kind, right, others in (
        ("causes", "causes_right", ("causes_unknown", "causes_wrong")),
        ("last hops", "hops_right", ("hops_missing", "hops_wrong")),
    ):
        count = int(found[right] or 0)
        total = count + sum(int(found[name] or 0) for name in others)
        if kind == "causes" and run.scenario not in JUDGED_BY_CAUSES:
            continue
        if kind == "causes" and total < LEAST_CAUSES and run.seconds >= LONG_SECONDS:
            wrong.append(f"{run}: {total} causes judged, must be {LEAST_CAUSES} or more")
        if count < RIGHT_CAUSES * total:
            wrong.append(f"{run}: {count} of {total} {kind} right, must be {RIGHT_CAUSES:.0%}")
    if found["causes_wrong"] and run.scenario in JUDGED_BY_CAUSES:
        wrong.append(f"{run}: {found['causes_wrong']} causes wrong and not said to be unknown, must be 0")
    compared, near = (int(found.get(name) or 0) for name in ("totals_compared", "totals_within_a_thousandth"))
    # On a bad day the monitor is killed, and another process's totals are not compared with the first one's.
    if run.scenario == "devices" and compared < LEAST_TOTALS and run.seconds >= LONG_SECONDS:
        wrong.append(f"{run}: {compared} totals of bytes compared, must be {LEAST_TOTALS} or more")
    if compared != near:
        wrong.append(f"{run}: {near} of {compared} totals of bytes within a thousandth, must be all")
    return wrong


def main(arguments: Sequence[str]) -> int:
    """Play, show and judge."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.acceptance")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument(
        "--only",
        nargs="+",
        choices=[*parts([0]), PAGES, DASHBOARDS],
        default=["bad-day", "devices", "flapping", "isolation", "loss", "month"],
    )
    options = parser.parse_args(arguments)
    packages.command("ip")
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    folder = packages.cache_folder().parent / "acceptance" / stamp
    runs = [run for name in options.only if name not in {PAGES, DASHBOARDS} for run in parts(options.seeds)[name]]
    status = _scores(runs, folder) if runs else 0
    if PAGES in options.only:
        asked = ["--scenario", *PAGED, "--seed", *map(str, options.seeds), "--out", str(folder / PAGES)]
        status |= paging.main(asked)
    if DASHBOARDS in options.only:
        words = ["-m", "benchmarks.shown", str(folder / DASHBOARDS), "--seed", str(options.seeds[0])]
        status |= subprocess.call(namespace.entering(dying_with_parent([sys.executable, *words])))  # noqa: S603
    return status


def _scores(runs: Sequence[Run], folder: Path) -> int:
    tell(f"{len(runs)} playings side by side, the longest of {max(run.seconds for run in runs):.0f} s; {folder}")
    rows: list[Row] = []
    wrong: list[str] = []
    for run, score in play_all(runs, folder):
        if score is None:
            wrong.append(f"{run}: failed")
            continue
        found = row(run, score)
        rows.append(found)
        wrong += misses(run, found)
        show(str(run), [found])
        document = {"machine": machine(), "rows": rows, "wrong": wrong}
        (folder / "rows.json").write_text(f"{json.dumps(document, indent=2)}\n", encoding="utf-8")
    for line in wrong or ["everything is as it must be"]:
        tell(line)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
