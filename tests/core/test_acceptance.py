from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks import carried
from benchmarks.acceptance import Run, misses, row
from benchmarks.carried import Carried

EDGES = {"count": 100, "right": 100, "median_seconds": 0.2, "p99_seconds": 0.5, "max_seconds": 0.6}
EXPLAINED = {
    "right": 95,
    "unknown": 5,
    "wrong": 0,
    "waiting": 7,
    "hops_right": 97,
    "hops_missing": 2,
    "hops_wrong": 1,
}
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
    "explained": EXPLAINED,
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
DEVICES = Run("devices", 1, 1200)
LOSSY = Run("bad-day", 1, 600, loss="0.02")
WITHOUT_LOSS = Run("quiet", 1, 600, 1000, "0")


def with_causes(right: int) -> dict[str, Any]:
    """The good score with so many causes that are judged, all of them right."""
    return spoiled("links", "explained", value={**EXPLAINED, "right": right, "unknown": 0})


def spoiled(*path: str, value: object) -> dict[str, Any]:
    """The good score with one of its figures changed."""
    score: dict[str, Any] = json.loads(json.dumps(SCORE))  # nothing in it is shared any more
    inner = score
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return score


@pytest.mark.parametrize("run", [RUN, DEVICES, LOSSY, WITHOUT_LOSS])
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


@pytest.mark.parametrize("causes", [0, 9])
def test_a_run_with_too_few_causes_to_judge_is_no_proof(causes: int) -> None:
    told = misses(RUN, row(RUN, with_causes(causes)))
    assert told == [f"bad-day 1: {causes} causes judged, must be 10 or more"]


def test_where_routers_are_rebooted_at_random_causes_are_not_judged() -> None:
    assert misses(DEVICES, row(DEVICES, spoiled("links", "explained", "wrong", value=9))) == []


def test_ten_causes_are_enough() -> None:
    assert misses(DEVICES, row(DEVICES, with_causes(10))) == []


def test_a_short_run_and_one_of_another_scenario_may_have_few_causes() -> None:
    for run in (Run("devices", 1, 599), Run("quiet", 1, 1200), LOSSY):
        assert misses(run, row(run, with_causes(2))) == []


@pytest.mark.parametrize("compared", [None, 0, 39])
def test_a_run_of_devices_with_too_few_totals_compared_is_no_proof(compared: int | None) -> None:
    cost = {key: value for key, value in SCORE["cost"].items() if not key.startswith("totals")}
    if compared is not None:
        cost |= {"totals_compared": compared, "totals_within_a_thousandth": compared}
    told = misses(DEVICES, row(DEVICES, spoiled("cost", value=cost)))
    assert told == [f"devices 1: {compared or 0} totals of bytes compared, must be 40 or more"]


def test_where_the_monitor_is_killed_there_are_no_totals_to_compare() -> None:
    cost = {key: value for key, value in SCORE["cost"].items() if not key.startswith("totals")}
    assert misses(RUN, row(RUN, spoiled("cost", value=cost))) == []


@pytest.mark.parametrize(("said", "error"), [(800, 0.2), (1_000, 0.0), (1_100, 0.0), (1_300, 0.1)])
def test_a_total_errs_below_what_must_be_known_and_above_all_that_there_was(said: int, error: float) -> None:
    key = ("good/a", "receive_bytes")
    first = Carried({key: 0.0}, {key: 0.0}, {key: 0.0})
    last = Carried({key: said * 1e6}, {key: 1_000e6}, {key: 1_200e6})
    assert carried.errors(first, last) == {key: pytest.approx(error)}


def test_each_link_without_both_totals_is_told_to_be_left_out() -> None:
    def at(said: float, quiet: float, *links: str) -> Carried:
        keys = [(link, direction) for link in links for direction in carried.DIRECTIONS]
        totals = {key: quiet if key == ("quiet/a", "transmit_bytes") else said for key in keys}
        return Carried(totals, totals, totals)

    links = ["good/a", "quiet/a", "gone/a", "late/a", "never/a"]
    first = at(0, 0, "good/a", "quiet/a", "gone/a")
    last = at(5_000_000, 5_000, "good/a", "quiet/a", "late/a")
    assert carried.row(carried.errors(first, last), links) == {
        "totals_compared": 3,
        "totals_within_a_thousandth": 3,
        "totals_left_out": 4,
        "worst_total_error": 0,
    }


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
