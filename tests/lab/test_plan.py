from __future__ import annotations

import math
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from itertools import islice, pairwise, takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenario_district import DISTRICT, LINKS, NODES, TEXT, listed

from exporter import inventory
from exporter.lab import plan, scenario
from exporter.lab.plan import Episode, episodes
from exporter.lab.reach import Reach
from exporter.lab.scenario import Kind, Scenario, Thing
from exporter.lab.topology import NAMES
from exporter.lab.truth import Fact, Situation, Stretch, fact_of, stretches
from exporter.model import Cause, Inventory

deeds = st.sampled_from(
    [
        "cut: random link, for: 1s..40s",
        "cut: dinkes/primary, for: 5s",
        "cut: every reference, for: 3s..9s",
        "power_off: random office, for: 1s..60s",
        "fail: random node, for: 10s",
        "fail: every provider, for: 2s..5s",
        "flap: random link, for: 30s, period: 7s, down: 40%",
        "degrade: random office, for: 10s, loss: 5%, burst: 2s",
        "saturate: random provider, for: 8s",
        "isolate: monitor, for: 10s",
        "kill: monitor, for: 4s",
        "reboot: random link",
        "move: random link",
        "move: every link",
        "move: arsip/primary, to: 198.18.9.9",
    ]
)
times = st.sampled_from(["at: 0s", "at: 3s..50s", "at: 20s", "every: 61s..90s", "at: 5s, every: 70s"])
events = st.tuples(times, deeds).map(", ".join)
scenarios = st.builds(
    lambda listed_events, repeat, loss: listed(*listed_events, top=f"{repeat}{loss}"),
    st.lists(events, min_size=1, max_size=6),
    st.sampled_from(["", "repeat: 2m\n"]),
    st.sampled_from(["", "loss: 2%\n"]),
)
seeds = st.integers(0, 1000)


def within(scenario: Scenario, seed: int, seconds: float) -> list[Episode]:
    return list(takewhile(lambda episode: episode.from_seconds < seconds, episodes(scenario, DISTRICT, seed)))


def told(scenario: Scenario, seed: int = 1, seconds: float = 600) -> list[tuple[str, float, float | None]]:
    return [(e.what, e.from_seconds, e.to_seconds) for e in within(scenario, seed, seconds)]


@given(scenarios, seeds)
def test_episodes_come_in_order_and_last(scenario: Scenario, seed: int) -> None:
    found = within(scenario, seed, 600)

    assert all(one.from_seconds <= other.from_seconds for one, other in pairwise(found))
    moments = {Kind.REBOOT, Kind.MOVE}
    assert all(e.to_seconds is None or (e.to_seconds > e.from_seconds) == (e.kind not in moments) for e in found)


@given(scenarios, seeds)
def test_no_two_episodes_of_one_kind_on_one_thing_overlap(scenario: Scenario, seed: int) -> None:
    free_from: dict[tuple[Kind, str], float] = {}
    for episode in within(scenario, seed, 600):
        key = episode.kind, episode.what
        assert episode.from_seconds >= free_from.get(key, 0.0)
        free_from[key] = math.inf if episode.to_seconds is None else episode.to_seconds


@given(scenarios, seeds)
def test_one_seed_is_one_plan_however_far_it_is_asked(scenario: Scenario, seed: int) -> None:
    assert within(scenario, seed, 600)[: len(within(scenario, seed, 300))] == within(scenario, seed, 300)


def test_another_seed_is_another_day() -> None:
    day = scenario.named("bad-day", DISTRICT)

    assert len({tuple(map(str, within(day, seed, 600))) for seed in range(5)}) == 5


def test_a_list_that_repeats_never_ends_and_one_that_does_not_is_played_once() -> None:
    assert told(listed("at: 4s, cut: dns, for: 2s", top="repeat: 10s"), seconds=25) == [
        ("dns", 4.0, 6.0),
        ("dns", 14.0, 16.0),
        ("dns", 24.0, 26.0),
    ]
    assert told(listed("at: 4s, cut: dns, for: 2s")) == [("dns", 4.0, 6.0)]


def test_every_begins_after_its_first_length_or_at_what_is_given() -> None:
    assert told(listed("every: 4s, cut: dns, for: 1s"), seconds=10) == [("dns", 4.0, 5.0), ("dns", 8.0, 9.0)]
    assert told(listed("at: 1s, every: 4s, cut: dns, for: 1s"), seconds=8) == [("dns", 1.0, 2.0), ("dns", 5.0, 6.0)]


def test_what_would_begin_while_the_same_goes_on_is_left_out() -> None:
    twice = listed("at: 0s, cut: dns, for: 10s", "at: 5s, cut: dns, for: 10s", "at: 10s, cut: dns, for: 1s")

    assert told(twice) == [("dns", 0.0, 10.0), ("dns", 10.0, 11.0)]


def test_a_random_choice_is_made_among_what_is_free() -> None:
    both = listed("at: 0s, cut: random reference, for: 10s", "at: 5s, cut: random reference, for: 10s")

    assert all({what for what, _, _ in told(both, seed)} == {"gateway", "dns"} for seed in range(20))


def test_all_links_are_chosen_by_some_seed() -> None:
    one = listed("at: 0s, cut: random link, for: 10s")

    assert {what for seed in range(100) for what, _, _ in told(one, seed)} == set(LINKS)


def test_random_lengths_and_times_stay_between_their_two_and_reach_about() -> None:
    found = [told(listed("at: 10s..20s, cut: dns, for: 30s..60s"), seed)[0] for seed in range(200)]
    starts = [start for _, start, _ in found]
    lengths = [end - start for _, start, end in found if end is not None]

    assert 10 <= min(starts) < 10.5
    assert 19.5 < max(starts) <= 20
    assert 29.999 <= min(lengths) < 32
    assert 58 < max(lengths) <= 60.001


def test_impairment_without_a_length_lasts_until_the_list_starts_again_or_for_ever() -> None:
    assert told(listed("at: 2s, saturate: setda", top="repeat: 10s"), seconds=15) == [
        ("setda", 2.0, 10.0),
        ("setda", 12.0, 20.0),
    ]
    assert told(listed("at: 2s, saturate: setda")) == [("setda", 2.0, None)]


def test_a_flap_is_an_episode_for_each_time_without_an_answer_and_ends_with_its_length() -> None:
    flap = listed("at: 1s, flap: setda, for: 25s, period: 10s, down: 60%")

    assert told(flap) == [("setda", 1.0, 7.0), ("setda", 11.0, 17.0), ("setda", 21.0, 26.0)]


def test_the_loss_that_is_always_there_comes_first_and_never_ends() -> None:
    first, _ = within(listed("at: 0s, cut: dns, for: 1s", top="loss: 2%"), 1, 600)

    assert (first.kind, first.from_seconds, first.to_seconds) == (Kind.BACKGROUND, 0.0, None)
    assert first.commands == tuple((link, {"kind": "loss", "ratio": 0.02}) for link in LINKS)


@pytest.mark.parametrize(
    ("event", "cause", "affects", "commands"),
    [
        ("cut: dinkes/primary, for: 1s", Cause.LINK, ("dinkes/primary",), [("dinkes/primary", {"kind": "cut"})]),
        ("cut: dns, for: 1s", None, (), [("198.18.0.2", {"kind": "cut"})]),
        (
            "power_off: dinkes, for: 1s, answer: unreachable",
            Cause.POWER,
            ("dinkes/primary", "dinkes/backup"),
            [("dinkes", {"kind": "unreachable"}), ("dinkes", {"kind": "power_off"})],
        ),
        (
            "power_off: setda, for: 1s",
            Cause.POWER,
            ("setda/primary",),
            [("setda", {"kind": "power_off"})],
        ),
        (
            "flap: setda, for: 1s, period: 2s",
            Cause.POWER,
            ("setda/primary",),
            [("setda", {"kind": "power_off"})],
        ),
        ("mute: dinkes/primary, for: 1s", None, (), [("dinkes/primary", {"kind": "mute"})]),
        ("reboot: dinkes/primary", None, (), [("dinkes/primary", {"kind": "reboot"})]),
        (
            "fail: pop, for: 1s",
            Cause.UPSTREAM,
            ("dinkes/primary", "setda/primary", "pop", "far"),
            [("pop", {"kind": "cut"})],
        ),
        (
            "fail: satu, for: 1s",
            Cause.PROVIDER,
            ("dinkes/primary", "setda/primary", "arsip/primary", "pop", "far"),
            [("satu", {"kind": "cut"})],
        ),
        ("isolate: monitor, for: 1s", None, (), [("monitor", {"kind": "cut"})]),
        ("kill: monitor, for: 1s", None, (), []),
        (
            "degrade: dua, loss: 10%, delay: 200ms",
            None,
            ("dinkes/backup", "setda/primary"),
            [
                (link, condition)
                for link in ("dinkes/backup", "setda/primary")
                for condition in ({"kind": "loss", "ratio": 0.1}, {"kind": "delay", "seconds": 0.2})
            ],
        ),
        (
            "degrade: setda, loss: 20%, burst: 2s",
            None,
            ("setda/primary",),
            [
                (
                    "setda/primary",
                    {
                        "kind": "burst",
                        "good_loss_ratio": 0.0,
                        "bad_loss_ratio": 0.8,
                        "good_seconds": 6.0,
                        "bad_seconds": 2.0,
                    },
                )
            ],
        ),
        (
            "saturate: setda/primary",
            None,
            ("setda/primary",),
            [("setda/primary", {"kind": "full", "load": 1.1, "queue_seconds": 0.4})],
        ),
        (
            "move: arsip/primary, to: 198.18.9.9",
            None,
            (),
            [("arsip/primary", {"kind": "move", "to": "198.18.9.9"})],
        ),
    ],
)
def test_an_episode_says_whom_it_affects_why_and_what_a_network_is_told(
    event: str, cause: Cause | None, affects: tuple[str, ...], commands: list[tuple[str, object]]
) -> None:
    (episode,) = within(listed(f"at: 0s, {event}"), 1, 600)

    assert (episode.cause, episode.affects, list(episode.commands)) == (cause, affects, commands)


NAMED = inventory.parse(TEXT.replace("address: 198.18.11.1", "address: setda.example"), "inventory.yaml")


def moves(of: Inventory, *written: str, seed: int = 1, top: str = "") -> list[tuple[str, IPv4Address]]:
    read = scenario.parse(f"{top}\nevents:\n" + "".join(f"  - {{{event}}}\n" for event in written), "uji.yaml", of)
    found = takewhile(lambda episode: episode.from_seconds < 600, episodes(read, of, seed))
    return [(episode.what, IPv4Address(str(episode.parameters["address"]))) for episode in found]


def test_a_move_is_of_a_link_with_a_name_to_an_address_of_the_pool() -> None:
    for seed in range(20):
        ((link, to),) = moves(NAMED, "at: 0s, move: random link", seed=seed)
        assert link in {"arsip/primary", "setda/primary"}
        assert to in NAMES[4]


def test_every_link_with_a_name_moves_to_an_address_of_its_own_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(plan.NAMES, 4, IPv4Network("198.19.128.0/29"))  # 1 and 2 are the names' own, 3 is written
    found = moves(NAMED, "at: 1s, move: every link", "at: 5s, move: arsip/primary, to: 198.19.128.3", top="repeat: 10s")

    assert len(found) == 180
    for one, other in pairwise(found):
        assert one[0] == other[0] or one[1] != other[1]
    drawn = {str(to) for link, to in found if link == "setda/primary"}
    assert drawn == {"198.19.128.4", "198.19.128.5", "198.19.128.6"}


def test_where_no_link_has_a_name_nothing_moves() -> None:
    bare = inventory.parse(TEXT.replace("arsip.example", "198.18.12.1"), "inventory.yaml")

    assert moves(bare, "at: 0s, move: random link", "at: 1s, move: every link") == []


def test_a_repeated_list_in_which_nothing_can_happen_comes_to_its_end() -> None:
    bare = inventory.parse(TEXT.replace("arsip.example", "198.18.12.1"), "inventory.yaml")

    assert moves(bare, "at: 1s, move: random link", top="repeat: 10s") == []


def test_what_hangs_below_is_silent_with_it() -> None:
    reach = Reach(DISTRICT)

    assert reach.silent(Thing.NODE, "core") == ("dinkes/primary", "dinkes/backup", "setda/primary", *NODES)
    assert reach.silent(Thing.NODE, "far") == ("setda/primary", "far")
    assert reach.silent(Thing.PROVIDER, "dua") == ("dinkes/backup", "setda/primary", "far")


def test_the_demo_sees_an_outage_within_20_seconds_and_every_other_kind_within_ten_minutes() -> None:
    day = scenario.named("bad-day", DISTRICT)
    for seed in range(10):
        found = within(day, seed, 600)
        first = next(e for e in found if e.is_silence and e.to_seconds is not None)
        assert first.from_seconds < 20
        assert (first.to_seconds or 0) - first.from_seconds > 30
        assert {e.kind for e in found} == set(Kind) - {Kind.BACKGROUND}


def test_a_plan_is_made_as_far_as_it_is_asked() -> None:
    endless = episodes(listed("at: 0s, cut: dns, for: 1s", top="repeat: 2s"), DISTRICT, 1)

    assert [e.from_seconds for e in islice(endless, 1000, 1003)] == [2000.0, 2002.0, 2004.0]


def test_a_list_without_events_is_over_at_once() -> None:
    assert list(episodes(listed(top="repeat: 2s"), DISTRICT, 1)) == []


def facts_of(target: str, scenario: Scenario, seed: int) -> list[Fact]:
    found = [fact_of(episode, 1000.0) for episode in within(scenario, seed, 600)]
    return [fact for fact in found if target in fact.affects or fact.kind in {Kind.ISOLATE, Kind.KILL}]


@given(scenarios, seeds, st.sampled_from([*LINKS, *NODES]), st.floats(1000, 1599))
def test_a_moment_is_what_the_weightiest_of_its_facts_makes_it(
    scenario: Scenario, seed: int, target: str, moment: float
) -> None:
    facts = facts_of(target, scenario, seed)
    found = list(stretches(facts, 1000.0, 1600.0))

    assert [found[0].start, *(s.end for s in found)] == [s.start for s in found] + [1600.0]
    (now,) = [s for s in found if s.start <= moment < s.end]
    so = {f.situation for f in facts if f.from_ <= moment and (f.to is None or moment < f.to)}
    weightiest = [situation for situation in Situation if situation in so]
    assert now.situation is (weightiest[-1] if weightiest else Situation.AVAILABLE)


def made(*parts: tuple[str, float, float | None, Cause | None]) -> Iterator[Stretch]:
    kinds = {"cut": Kind.CUT, "isolate": Kind.ISOLATE, "kill": Kind.KILL, "power_off": Kind.POWER_OFF}
    facts = [Fact("x", kinds[kind], low, high, cause, ("x",) if cause else ()) for kind, low, high, cause in parts]
    return stretches(facts, 0.0, 100.0)


def test_the_cause_is_that_of_what_began_first_and_still_is() -> None:
    found = made(("cut", 10, 30, Cause.LINK), ("power_off", 20, 40, Cause.POWER))

    assert [(s.start, s.end, s.situation, s.cause) for s in found] == [
        (0.0, 10, Situation.AVAILABLE, None),
        (10, 20, Situation.DOWN, Cause.LINK),
        (20, 30, Situation.DOWN, Cause.LINK),
        (30, 40, Situation.DOWN, Cause.POWER),
        (40, 100.0, Situation.AVAILABLE, None),
    ]


def test_nothing_is_down_while_the_monitor_is_cut_off_and_nothing_is_cut_off_while_it_is_not_running() -> None:
    found = made(("cut", 10, None, Cause.LINK), ("isolate", 20, 60, None), ("kill", 30, 40, None))

    assert [(s.start, s.situation) for s in found] == [
        (0.0, Situation.AVAILABLE),
        (10, Situation.DOWN),
        (20, Situation.CUT_OFF),
        (30, Situation.NOT_RUNNING),
        (40, Situation.CUT_OFF),
        (60, Situation.DOWN),
    ]
