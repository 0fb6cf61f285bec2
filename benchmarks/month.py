"""A month in fast motion: what happens in it recorded as observations, replayed by the same judges, and scored.

    python -m benchmarks.month FOLDER --seed N

What is written into FOLDER stays. The score is a line of JSON.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.results import print_score
from exporter import inventory, scoring
from exporter.lab import fast_motion, scenario, truth
from exporter.lab.plan import episodes
from exporter.lab.share import share
from exporter.ledger import Ledger
from exporter.replay import replay

SECONDS = 30 * 86_400
STARTS_AT = 1_769_878_800.0  # 2026-02-01 00:00 in Jakarta
INTERVAL_SECONDS, DOWN_AFTER, UP_AFTER = 60, 3, 2
_VERSION = "month"


def play(folder: Path, seed: int) -> dict[str, object]:
    """Record, replay and score; the cost is the seconds that each took."""
    text = (share() / "inventory.yaml").read_text(encoding="utf-8")
    text = fast_motion.slowed(text, INTERVAL_SECONDS, DOWN_AFTER, UP_AFTER)
    (folder / "inventory.yaml").write_text(text, encoding="utf-8")
    district = inventory.load(folder / "inventory.yaml")
    head = truth.Header("month", seed, truth.fingerprint(text), STARTS_AT)
    plan = episodes(scenario.named("month", district), district, seed)
    began = time.monotonic()
    seen_file, truth_file = folder / "observations.jsonl", folder / "truth.jsonl"
    with seen_file.open("w", encoding="utf-8") as seen, truth_file.open("w", encoding="utf-8") as so:
        fast_motion.record(plan, district, head, SECONDS, seen, so)
    recorded = time.monotonic()
    with Ledger.create(folder / "terpadu.sqlite3") as ledger, seen_file.open(encoding="utf-8") as lines:
        done = replay(lines, str(seen_file), district, text, ledger, _VERSION)
        replayed = time.monotonic()
        score = scoring.score(truth.read(truth_file), ledger, district, head.inventory_sha256)
    cost = {
        "observations": done.observations,
        "record_seconds": recorded - began,
        "replay_seconds": replayed - recorded,
    }
    (folder / "score.txt").write_text(scoring.as_text(score), encoding="utf-8")
    return {**scoring.as_json(score), "cost": cost}


def main(arguments: Sequence[str]) -> int:
    """Play once; print the score."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.month")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    return print_score(lambda: play(options.folder, options.seed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
