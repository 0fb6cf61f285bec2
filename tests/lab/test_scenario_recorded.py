from __future__ import annotations

import io
import json
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from scenario_district import DISTRICT, LINKS, NODES, TEXT, listed

from exporter import inventory
from exporter.errors import InputError
from exporter.lab import scenario, truth
from exporter.lab.fast_motion import record, slowed
from exporter.lab.plan import episodes
from exporter.lab.scenario import Scenario
from exporter.lab.truth import Header

START = 1_770_000_000.0
Line = dict[str, Any]


def recorded(what: Scenario, seconds: int, seed: int = 7, at: float = START) -> tuple[list[Line], str]:
    observations, file = io.StringIO(), io.StringIO()
    record(episodes(what, DISTRICT, seed), DISTRICT, Header("uji", seed, "abc", at), seconds, observations, file)
    return [json.loads(line) for line in observations.getvalue().splitlines()], file.getvalue()


def of(lines: list[Line], kind: str, name: str) -> list[tuple[int, str]]:
    return [(line["at"] - int(START), line["outcome"]) for line in lines if line.get(kind) == name]


def test_each_link_and_node_has_an_echo_in_each_slot_and_all_come_in_order() -> None:
    lines, _ = recorded(listed(), 100)

    assert Counter(line.get("link") or line["node"] for line in lines) == dict.fromkeys((*LINKS, *NODES), 100)
    assert all(one["at"] <= other["at"] for one, other in pairwise(lines))
    assert {line["outcome"] for line in lines} == {"reply"}


def test_what_is_silent_loses_its_echoes_and_nothing_else_does() -> None:
    lines, _ = recorded(listed("at: 10s, fail: far, for: 20s"), 60)
    lost = [(slot, "reply" if not 10 <= slot < 30 else "lost") for slot in range(60)]

    assert of(lines, "link", "setda/primary") == of(lines, "node", "far") == lost
    assert {outcome for _, outcome in of(lines, "link", "dinkes/primary")} == {"reply"}


def test_a_slot_in_which_something_changes_goes_by_when_its_echo_left() -> None:
    outcomes = {
        dict(of(recorded(listed("at: 10500ms, cut: setda/primary, for: 20s"), 60, seed)[0], "link", "setda/primary"))[
            10
        ]
        for seed in range(20)
    }

    assert outcomes == {"lost", "reply"}


def test_while_the_monitor_is_cut_off_all_is_lost_and_the_references_too() -> None:
    lines, _ = recorded(listed("at: 20s, isolate: monitor, for: 10s"), 60)

    for kind, names in (("link", LINKS), ("node", NODES)):
        for name in names:
            assert [slot for slot, outcome in of(lines, kind, name) if outcome == "lost"] == list(range(20, 30))
    for reference in ("gateway", "dns"):
        assert of(lines, "reference", reference) == [
            (slot, "lost" if 20 <= slot < 30 else "reply") for slot in range(15, 35)
        ]


def test_a_reference_that_is_cut_falls_silent_alone() -> None:
    lines, _ = recorded(listed("at: 20s, cut: dns, for: 10s"), 60)

    assert [slot for slot, outcome in of(lines, "reference", "dns") if outcome == "lost"] == list(range(20, 30))
    assert of(lines, "reference", "gateway") == []
    assert not [line for line in lines if line["outcome"] == "lost" and "reference" not in line]


def test_while_the_monitor_is_not_running_there_is_nothing() -> None:
    lines, _ = recorded(listed("at: 20s, kill: monitor, for: 10s", "at: 22s, isolate: monitor, for: 20s"), 60)

    assert {line["at"] - START for line in lines} == {*range(20), *range(30, 60)}


def test_impairment_loses_some_and_delays_all() -> None:
    lines, _ = recorded(listed("at: 1s, degrade: setda/primary, loss: 20%, delay: 300ms"), 2000)
    seen = [line for line in lines if line.get("link") == "setda/primary"][2:]
    lost = sum(line["outcome"] == "lost" for line in seen)

    assert 330 < lost < 470
    assert all(line["rtt_ms"] >= 300 for line in seen if line["outcome"] == "reply")


def test_a_delay_longer_than_the_time_out_is_a_loss() -> None:
    what = listed("at: 0s, degrade: setda/primary, delay: 500ms")
    lines, _ = recorded(replace(what, events=(replace(what.events[0], delay_seconds=3.0),)), 20)

    assert {outcome for _, outcome in of(lines, "link", "setda/primary")} == {"lost"}


def test_the_loss_that_is_always_there_is_on_links_alone() -> None:
    lines, _ = recorded(listed(top="loss: 10%"), 1000)
    lost = Counter(line.get("link") or line["node"] for line in lines if line["outcome"] == "lost")

    assert set(lost) == set(LINKS)
    assert 320 < sum(lost.values()) < 480


def test_one_seed_is_one_recording() -> None:
    day = scenario.named("bad-day", DISTRICT)

    assert recorded(day, 600) == recorded(day, 600)
    assert recorded(day, 600) != recorded(day, 600, seed=8)


def test_the_truth_beside_it_is_the_one_it_was_made_from(tmp_path: Path) -> None:
    day = scenario.named("bad-day", DISTRICT)
    observations = io.StringIO()
    file = tmp_path / "truth.jsonl"
    with file.open("w", encoding="utf-8") as to:
        told = record(episodes(day, DISTRICT, 3), DISTRICT, Header("uji", 3, "abc", START), 900, observations, to)

    open_ends = tuple(replace(f, to=None) if f.to and f.to > told.ends_at else f for f in told.facts)
    assert truth.read(file) == replace(told, facts=open_ends)


def test_a_slowed_inventory_asks_every_target_so_seldom_and_keeps_the_rest() -> None:
    own = TEXT.replace("parent: far, contract", "parent: far, icmp: {interval: 2s, timeout: 1s}, contract")
    district = inventory.parse(slowed(own, 60, 3, 2), "inventory.yaml")
    rules = [link.icmp for link in district.links()] + [node.icmp for node in district.nodes.values()]

    assert {(rule.interval_seconds, rule.up_after) for rule in rules} == {(60, 2)}
    assert [rule.timeout_seconds for rule in rules] == [2.0, 2.0, 1.0, 2.0, 2.0, 2.0, 2.0]
    assert [link.id for link in district.links()] == list(LINKS)


def test_an_interval_that_is_none_is_told() -> None:
    with pytest.raises(InputError, match="interval 0: name 1 to 3600 seconds"):
        slowed(TEXT, 0, 3, 2)
