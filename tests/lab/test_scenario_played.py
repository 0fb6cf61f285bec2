from __future__ import annotations

import io
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenario_district import DISTRICT, listed

from exporter.errors import InputError, TerpaduError
from exporter.lab import scenario, truth
from exporter.lab.conductor import Conductor, Happening
from exporter.lab.plan import episodes
from exporter.lab.scenario import Kind, Scenario
from exporter.lab.truth import Fact, Header, TruthWriter
from exporter.model import Cause

START = 1_770_000_000.0
HEADER = Header("uji", 7, "abc", START)


@dataclass
class Lab:
    """A network, a monitor and clocks that all write down what they are asked; a command takes 3 ms."""

    now: float = 0.0
    done: list[tuple[float, str, str]] = field(default_factory=list)
    holding: dict[tuple[str, str], Mapping[str, object]] = field(default_factory=dict)
    is_running: bool = True

    def time(self) -> float:
        return START + self.now

    def monotonic(self) -> float:
        return 500.0 + self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds

    def set(self, what: str, condition: Mapping[str, object], /) -> float:
        if condition["kind"] not in {"reboot", "renumber", "wrap"}:
            self.holding[what, str(condition["kind"])] = condition
        return self._note("set", f"{what} {condition['kind']}")

    def clear(self, what: str, kind: str, /) -> float:
        del self.holding[what, kind]
        return self._note("clear", f"{what} {kind}")

    def kill(self) -> None:
        assert self.is_running
        self.is_running = False
        self._note("kill", "monitor")

    def start(self) -> None:
        assert not self.is_running
        self.is_running = True
        self._note("start", "monitor")

    def _note(self, deed: str, what: str) -> float:
        self.now += 0.003
        self.done.append((round(self.now, 3), deed, what))
        return self.time()


class Stubborn(Lab):
    """A network that takes nothing back of one thing."""

    def clear(self, what: str, kind: str, /) -> float:
        if what == "dinkes/primary":
            raise TerpaduError("it stays cut")
        return super().clear(what, kind)


@dataclass
class Played:
    lab: Lab
    text: str
    told: list[Happening]

    def facts(self, folder: Path) -> tuple[Fact, ...]:
        return self.truth(folder).facts

    def truth(self, folder: Path) -> truth.Truth:
        file = folder / "truth.jsonl"
        file.write_text(self.text, encoding="utf-8")
        return truth.read(file)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


def play(scenario: Scenario, seconds: float, seed: int = 7, *, with_monitor: bool = True) -> Played:
    lab, file, told = Lab(), io.StringIO(), list[Happening]()
    conductor = Conductor(
        episodes(scenario, DISTRICT, seed),
        lab,
        TruthWriter(file, HEADER),
        lab,
        monitor=lab if with_monitor else None,
        told=told.append,
    )
    conductor.play(seconds, lab.sleep)
    return Played(lab, file.getvalue(), told)


def test_the_network_is_commanded_at_the_planned_moments_and_the_truth_says_since_when() -> None:
    played = play(listed("at: 10s, cut: dinkes/primary, for: 5s", "at: 30s, power_off: setda, for: 1m"), 40)

    assert played.lab.done == [
        (10.003, "set", "dinkes/primary cut"),
        (15.003, "clear", "dinkes/primary cut"),
        (30.003, "set", "setda power_off"),
        (40.003, "clear", "setda power_off"),
    ]
    assert played.lines() == [
        {"truth": 1, "scenario": "uji", "seed": 7, "inventory_sha256": "abc", "start": START},
        {
            "what": "dinkes/primary",
            "kind": "cut",
            "from": START + 10.003,
            "to": None,
            "cause": "link",
            "thing": "link",
            "affects": ["dinkes/primary"],
        },
        {"what": "dinkes/primary", "kind": "cut", "from": START + 10.003, "to": START + 15.003},
        {
            "what": "setda",
            "kind": "power_off",
            "from": START + 30.003,
            "to": None,
            "cause": "power",
            "thing": "office",
            "affects": ["setda/primary"],
        },
        {"end": START + 40.0},
    ]


def test_a_reader_folds_the_lines(tmp_path: Path) -> None:
    read = play(listed("at: 10s, cut: dinkes/primary, for: 5s", "at: 30s, saturate: setda"), 40).truth(tmp_path)

    assert read == truth.Truth(
        HEADER,
        (
            Fact("dinkes/primary", Kind.CUT, START + 10.003, START + 15.003, Cause.LINK, ("dinkes/primary",)),
            Fact("setda", Kind.SATURATE, START + 30.003, None, None, ("setda/primary",)),
        ),
        START + 40.0,
    )


def test_two_that_want_the_same_of_one_thing_leave_it_only_with_the_last() -> None:
    played = play(
        listed(
            "at: 10s, cut: dinkes/primary, for: 20s",
            "at: 15s, flap: dinkes/primary, for: 10s, period: 10s, down: 50%",
            "at: 0s, degrade: setda/primary, for: 30s, loss: 10%",
            top="loss: 1%",
        ),
        39,
    )

    assert [deed for deed in played.lab.done if "dinkes/primary cut" in deed[2]] == [
        (10.003, "set", "dinkes/primary cut"),
        (15.003, "set", "dinkes/primary cut"),
        (20.003, "set", "dinkes/primary cut"),
        (30.006, "clear", "dinkes/primary cut"),
    ]
    losses = [at for at, deed, what in played.lab.done if (deed, what) == ("set", "setda/primary loss")]
    assert losses == [0.009, 0.015, 30.003]


def test_at_the_end_the_network_is_as_it_was_found() -> None:
    assert play(listed("at: 0s, isolate: monitor, for: 1h", top="loss: 2%"), 5).lab.holding == {}


def test_the_monitor_is_killed_and_started_again(tmp_path: Path) -> None:
    played = play(listed("at: 5s, kill: monitor, for: 8s"), 20)

    assert played.lab.done == [(5.003, "kill", "monitor"), (13.003, "start", "monitor")]
    assert played.facts(tmp_path) == (Fact("monitor", Kind.KILL, START + 5.003, START + 13.003),)


def test_without_a_monitor_to_kill_killings_are_left_out() -> None:
    played = play(listed("at: 5s, kill: monitor, for: 8s"), 20, with_monitor=False)

    assert (played.lab.done, len(played.lines())) == ([], 2)


def test_what_befalls_a_router_at_once_is_true_at_a_moment_and_never_taken_back(tmp_path: Path) -> None:
    events = ["reboot: setda/primary", "renumber: setda/primary", "wrap: setda/primary"]
    played = play(listed(*(f"at: 5s, {e}" for e in events)), 20)

    kinds = [Kind.REBOOT, Kind.RENUMBER, Kind.WRAP]
    moments = [START + at for at in (5.003, 5.006, 5.009)]
    assert played.lab.done == [
        (round(at - START, 3), "set", f"setda/primary {kind.value}") for kind, at in zip(kinds, moments, strict=True)
    ]
    assert played.facts(tmp_path) == tuple(
        Fact("setda/primary", kind, at, at) for kind, at in zip(kinds, moments, strict=True)
    )
    assert [str(happening) for happening in played.told] == [
        "the router of link setda/primary boots",
        "the router of link setda/primary numbers its interfaces anew",
        "the counters of link setda/primary are about to wrap",
    ]


def test_a_router_that_is_mute_silences_no_link(tmp_path: Path) -> None:
    played = play(listed("at: 5s, mute: setda/primary, for: 5s"), 20)

    assert played.lab.done == [(5.003, "set", "setda/primary mute"), (10.003, "clear", "setda/primary mute")]
    facts = played.facts(tmp_path)
    assert facts == (Fact("setda/primary", Kind.MUTE, START + 5.003, START + 10.003),)
    assert facts[0].situation is None
    assert str(played.told[0]) == "link setda/primary answers no SNMP"


def test_what_has_moved_stays_where_it_is_until_the_end_and_is_available_throughout(tmp_path: Path) -> None:
    first, second = ("at: 5s, move: arsip/primary, to: 198.18.9.9", "at: 9s, move: arsip/primary, to: 198.18.9.8")
    played = play(listed(first, second), 20)

    assert played.lab.done == [
        (5.003, "set", "arsip/primary move"),
        (9.003, "set", "arsip/primary move"),
        (20.003, "clear", "arsip/primary move"),
    ]
    assert [str(happening) for happening in played.told] == [
        "link arsip/primary has moved to 198.18.9.9",
        "link arsip/primary has moved to 198.18.9.8",
    ]
    facts = played.facts(tmp_path)
    assert facts == tuple(
        Fact("arsip/primary", Kind.MOVE, START + at, START + at, parameters={"address": to})
        for at, to in ((5.003, "198.18.9.9"), (9.003, "198.18.9.8"))
    )
    (whole,) = truth.stretches(facts, START, START + 20)
    assert whole.situation is truth.Situation.AVAILABLE


def test_the_screen_hears_of_each_beginning_and_end_in_words() -> None:
    played = play(
        listed(
            "at: 1s, fail: pop, for: 5s",
            "at: 2s, degrade: setda/primary, for: 1s, loss: 20%, delay: 200ms",
            "at: 8s, cut: dns, for: 1s",
        ),
        20,
    )

    assert [str(happening) for happening in played.told] == [
        "node pop has failed (4 links and nodes with it)",
        "link setda/primary is impaired (20% lost, 200 ms more)",
        "over: link setda/primary is impaired (20% lost, 200 ms more)",
        "over: node pop has failed (4 links and nodes with it)",
        "reference dns is cut",
        "over: reference dns is cut",
    ]


def test_one_who_was_held_up_does_everything_in_the_order_of_the_plan() -> None:
    lab, file = Lab(), io.StringIO()
    plan = episodes(listed("at: 1s, cut: setda/primary, for: 2s", "at: 2s, cut: dns, for: 5s"), DISTRICT, 1)
    conductor = Conductor(plan, lab, TruthWriter(file, HEADER), lab)
    lab.now = 60.0

    assert conductor.tick() is None
    assert [what for _, _, what in lab.done] == [
        "setda/primary cut",
        "198.18.0.2 cut",
        "setda/primary cut",
        "198.18.0.2 cut",
    ]


def test_a_tick_tells_how_long_there_is_nothing_to_do() -> None:
    lab = Lab()
    plan = episodes(listed("at: 10s, cut: dns, for: 5s"), DISTRICT, 1)
    conductor = Conductor(plan, lab, TruthWriter(io.StringIO(), HEADER), lab)

    assert conductor.tick() == 10.0
    lab.now = 4.0
    assert conductor.tick() == 6.0


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["bad-day", "isolation", "flapping", "provider-outage"]))
def test_what_is_played_is_what_was_planned(seed: int, name: str) -> None:
    day = scenario.named(name, DISTRICT)
    played = play(day, 1300, seed)
    planned = [e for e in episodes_within(day, seed, 1300) if e[2] < 1299]
    begun = [(line["kind"], line["what"], line["from"] - START) for line in played.lines() if line.get("to", 0) is None]

    assert [(kind, what) for kind, what, _ in begun][: len(planned)] == [(kind, what) for kind, what, _ in planned]
    late = [at - due for (_, _, at), (_, _, due) in zip(begun, planned, strict=False)]
    assert all(0 <= seconds < 0.1 for seconds in late)
    assert played.lab.holding == {}


def episodes_within(day: Scenario, seed: int, seconds: float) -> list[tuple[str, str, float]]:
    found = []
    for episode in episodes(day, DISTRICT, seed):
        if episode.from_seconds >= seconds:
            break
        found.append((episode.kind.value, episode.what, episode.from_seconds))
    return found


def test_a_lab_that_was_killed_leaves_a_truth_up_to_its_last_time(tmp_path: Path) -> None:
    played = play(listed("at: 10s, cut: dinkes/primary, for: 5s"), 40)
    whole = played.text.splitlines(keepends=True)
    file = tmp_path / "truth.jsonl"
    file.write_text("".join(whole[:3]) + whole[3][:9], encoding="utf-8")

    read = truth.read(file)

    assert (len(read.facts), read.ends_at) == (1, START + 15.003)
    assert truth.read(file, until=START + 30).ends_at == START + 30


def test_a_truth_that_has_ended_ends_there_whatever_is_known_later(tmp_path: Path) -> None:
    file = tmp_path / "truth.jsonl"
    file.write_text(play(listed("at: 10s, cut: dinkes/primary, for: 5s"), 40).text, encoding="utf-8")

    assert truth.read(file, until=START + 90).ends_at == START + 40


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "this is no truth of the lab, it has no first line"),
        (["{}"], ":1: the first line isn't a truth's of version 1"),
        (['{"truth": 1, "seed": 7}'], ":1: 'start' is None; expected seconds since the epoch"),
        (['{"truth": 1, "seed": "7", "start": 5}'], ":1: 'seed' is no whole number"),
        (["[]"], ":1: this is no JSON object"),
        (["{"], ":1: this is no JSON object: Expecting property name"),
        (["HEAD", '{"what": "x", "kind": "cut", "from": "5"}'], ":2: 'from' is '5'; expected seconds"),
        (["HEAD", '{"what": 5, "kind": "cut", "from": 5}'], ":2: 'what' is no text"),
        (["HEAD", '{"what": "x", "kind": "kut", "from": 5}'], ":2: 'kut' is not a valid Kind"),
        (["HEAD", '{"what": "x", "kind": "cut", "from": 5, "affects": 7}'], ":2: 'affects' is no list of links"),
        (["HEAD", '{"what": "x", "kind": "cut", "from": 5, "to": 4}'], ":2: 'to' is before 'from'"),
        (["HEAD", '{"end": 5}', '{"end": 6}'], ":3: the truth has ended before this line"),
    ],
)
def test_what_is_no_truth_is_told_with_its_line(tmp_path: Path, lines: list[str], message: str) -> None:
    head = '{"truth": 1, "scenario": "uji", "seed": 7, "inventory_sha256": "abc", "start": 1}'
    file = tmp_path / "truth.jsonl"
    file.write_text("".join(f"{head if line == 'HEAD' else line}\n" for line in lines), encoding="utf-8")

    with pytest.raises(InputError) as raised:
        truth.read(file)
    assert str(raised.value).startswith(f"{file}")
    assert message in str(raised.value)


def test_a_truth_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file or directory; name a truth that the lab has written"):
        truth.read(tmp_path / "none")


def test_a_truth_that_cannot_be_written_is_told() -> None:
    full = io.TextIOWrapper(io.FileIO("/dev/full", "w"), encoding="utf-8")
    with pytest.raises(TerpaduError, match="the lab's truth can't be written: No space left on device; free the"):
        TruthWriter(full, HEADER)
    with suppress(OSError):
        full.close()


def test_at_the_end_all_is_taken_back_whatever_becomes_of_one() -> None:
    lab = Stubborn()
    what = listed("at: 1s, cut: dinkes/primary, for: 60s", "at: 2s, power_off: setda, for: 60s")
    conductor = Conductor(episodes(what, DISTRICT, 7), lab, TruthWriter(io.StringIO(), HEADER), lab)
    with pytest.raises(TerpaduError, match=r"^it stays cut$"):
        conductor.play(10, lab.sleep)

    assert list(lab.holding) == [("dinkes/primary", "cut")]
