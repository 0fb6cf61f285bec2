from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.acceptance import Run, misses, row

EDGES = {"count": 100, "right": 100, "median_seconds": 0.2, "p99_seconds": 0.5, "max_seconds": 0.6}
TALLY = {
    "outages": 100,
    "found": 100,
    "missed": 0,
    "invented": 0,
    "undecided": 3,
    "blips": 4,
    "ends_unseen": 0,
    "onsets": EDGES,
    "ends": EDGES,
    "seconds_right": 9000,
    "seconds_wrong": 0,
    "unmeasured": {"before_a_kill": 5, "after_a_start": 2, "unexplained": 0},
    "explained": {
        "right": 95,
        "unknown": 5,
        "wrong": 0,
        "waiting": 7,
        "hops_right": 97,
        "hops_missing": 2,
        "hops_wrong": 1,
    },
}
SCORE: dict[str, Any] = {
    "start": 0.0,
    "end": 600.0,
    "cut_off_seconds": 30.0,
    "not_running_seconds": 8.0,
    "charged_while_cut_off_seconds": 0,
    "links": TALLY,
    "nodes": TALLY,
    "cost": {
        "echoes_lost": 0,
        "echoes_dropped_by_the_lab": 0,
        "socket_drops": 0,
        "totals_compared": 62,
        "totals_within_a_thousandth": 62,
    },
}
RUN = Run("bad-day", 1, 600)
LOSSY = Run("bad-day", 1, 600, loss="0.02")
WITHOUT_LOSS = Run("quiet", 1, 600, 1000, "0")


def spoiled(*path: str, value: object) -> dict[str, Any]:
    """The good score with one of its figures changed."""
    score: dict[str, Any] = json.loads(json.dumps(SCORE))  # nothing in it is shared any more
    inner = score
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return score


@pytest.mark.parametrize("run", [RUN, LOSSY, WITHOUT_LOSS])
def test_a_good_score_passes(run: Run) -> None:
    assert misses(run, row(run, SCORE)) == []


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("links", "missed"), 1, "missed 1, must be 0"),
        (("nodes", "invented"), 2, "invented 2, must be 0"),
        (("links", "ends_unseen"), 1, "left_open 1, must be 0"),
        (("links", "seconds_wrong"), 7, "seconds_wrong 7, must be 0"),
        (("charged_while_cut_off_seconds",), 3, "charged_while_cut_off_s 3, must be 0"),
        (("links", "unmeasured", "unexplained"), 9, "unexplained_s 9, must be 0"),
        (("links", "explained", "unknown"), 6, "95 of 101 causes right, must be 95%"),
        (("links", "explained", "hops_right"), 56, "56 of 59 last hops right, must be 95%"),
        (("cost", "totals_within_a_thousandth"), 61, "61 of 62 totals of bytes within a thousandth, must be all"),
        (("links", "ends", "right"), 90, "390 of 400 edges within one slot, must be 99%"),
    ],
)
def test_each_figure_that_is_not_as_it_must_be_is_told(path: tuple[str, ...], value: int, told: str) -> None:
    assert misses(RUN, row(RUN, spoiled(*path, value=value))) == [f"bad-day 1: {told}"]


def test_a_cause_that_is_wrong_and_stated_is_told_however_many_are_right() -> None:
    assert misses(RUN, row(RUN, spoiled("links", "explained", "wrong", value=1))) == [
        "bad-day 1: 95 of 101 causes right, must be 95%",
        "bad-day 1: 1 causes wrong and not said to be unknown, must be 0",
    ]


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("cost", "echoes_lost"), 1, "1 echoes lost, must be 0"),
        (("cost", "socket_drops"), 4, "4 replies dropped, must be 0"),
    ],
)
def test_without_loss_every_echo_must_come_back(path: tuple[str, ...], value: int, told: str) -> None:
    assert misses(WITHOUT_LOSS, row(WITHOUT_LOSS, spoiled(*path, value=value))) == [f"quiet 1, 0% lost: {told}"]


def test_with_losses_by_chance_late_ends_and_joined_outages_are_the_rules() -> None:
    assert misses(LOSSY, row(LOSSY, spoiled("links", "missed", value=1))) == []
    assert misses(LOSSY, row(LOSSY, spoiled("links", "ends", "right", value=50))) == []
    assert misses(LOSSY, row(LOSSY, spoiled("links", "invented", value=1))) != []
