from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from scenario_district import DISTRICT, TEXT, listed, parsed

from exporter import inventory
from exporter.errors import InputError, InventoryError
from exporter.lab import scenario
from exporter.lab.scenario import SHIPPED, Chosen, Event, Kind, Pick, Scenario, Thing
from exporter.lab.written import Lasting
from exporter.model import Inventory

NAMES = ("quiet", "bad-day", "devices", "provider-outage", "isolation", "flapping", "month")
DEEDS = "cut, power_off, fail, isolate, flap, degrade, saturate, kill, reboot, renumber, wrap, move, mute"

NO_ADDRESS_TO_LEAD_TO = "expected an address of 198.18.0.0/15 or 2001:db8:18::/48, where the name then leads"


def problems(text: str) -> list[str]:
    with pytest.raises(InventoryError) as raised:
        parsed(text)
    return [str(problem) for problem in raised.value.problems]


def with_event(event: str, top: str = "") -> str:
    return f"{top}events:\n  - {{{event}}}\n"


def test_an_event_says_what_befalls_whom_when_and_for_how_long() -> None:
    read = listed("at: 90s, cut: dinkes/primary, for: 150ms, answer: unreachable", top="repeat: 10m")

    cut = Event(
        Kind.CUT,
        Chosen(Pick.NAMED, Thing.LINK, "dinkes/primary"),
        at=Lasting(90.0, 90.0),
        lasts=Lasting(0.15, 0.15),
        is_unreachable=True,
    )
    assert read == Scenario("uji", (cut,), repeat_seconds=600.0)


def test_lengths_may_lie_between_two() -> None:
    (event,) = listed("every: 2m..4m, fail: random node, for: 20s..1h").events

    assert (event.every, event.lasts) == (Lasting(120.0, 240.0), Lasting(20.0, 3600.0))
    assert event.chosen == Chosen(Pick.RANDOM, Thing.NODE)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("power_off: setda, for: 1s", Chosen(Pick.NAMED, Thing.OFFICE, "setda")),
        ("fail: pop, for: 1s", Chosen(Pick.NAMED, Thing.NODE, "pop")),
        ("fail: satu, for: 1s", Chosen(Pick.NAMED, Thing.PROVIDER, "satu")),
        ("cut: dns, for: 1s", Chosen(Pick.NAMED, Thing.REFERENCE, "dns")),
        ("cut: every reference, for: 1s", Chosen(Pick.EVERY, Thing.REFERENCE)),
        ("isolate: monitor, for: 1s", Chosen(Pick.NAMED, Thing.MONITOR, "monitor")),
        ("kill: monitor, for: 1s", Chosen(Pick.NAMED, Thing.MONITOR, "monitor")),
        ("flap: random provider, for: 1m, period: 10s", Chosen(Pick.RANDOM, Thing.PROVIDER)),
        ("degrade: every link, loss: 2%", Chosen(Pick.EVERY, Thing.LINK)),
        ("saturate: dinkes", Chosen(Pick.NAMED, Thing.OFFICE, "dinkes")),
        ("reboot: random link", Chosen(Pick.RANDOM, Thing.LINK)),
        ("renumber: setda/primary", Chosen(Pick.NAMED, Thing.LINK, "setda/primary")),
        ("wrap: setda/primary", Chosen(Pick.NAMED, Thing.LINK, "setda/primary")),
        ("move: arsip/primary, to: 198.18.99.1", Chosen(Pick.NAMED, Thing.LINK, "arsip/primary")),
        ("move: every link", Chosen(Pick.EVERY, Thing.LINK)),
    ],
)
def test_each_deed_befalls_its_own_things(event: str, expected: Chosen) -> None:
    (read,) = listed(f"at: 0s, {event}").events

    assert read.chosen == expected


def test_impairment_and_flaps_keep_their_numbers() -> None:
    degrade, flap = listed(
        "at: 0s, degrade: dinkes/primary, loss: 12.5%, burst: 2s, delay: 150ms",
        "at: 0s, flap: dinkes, for: 1m, period: 10s, down: 25%",
    ).events

    assert (degrade.loss, degrade.burst_seconds, degrade.delay_seconds) == (Fraction(1, 8), 2.0, 0.15)
    assert (flap.period_seconds, flap.down) == (10.0, Fraction(1, 4))


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            "at: 5s, cut: dinkes/primry, for: 1m",
            "2:19: events[0].cut: there is no link or reference 'dinkes/primry'. Did you mean 'dinkes/primary'?",
        ),
        (
            "at: 5s, cut: random office, for: 1m",
            "2:19: events[0].cut: 'cut' befalls no 'office'; expected one of link, reference",
        ),
        (
            "at: 5s, isolate: random monitor, for: 1m",
            "2:23: events[0].isolate: there is one monitor; write isolate: monitor",
        ),
        ("at: 5s, cut: dinkes/primary", "2:5: events[0]: the key 'for' is missing"),
        (
            "at: 5s, kut: dinkes/primary, for: 1m",
            f"2:5: events[0]: an event is one deed; read none. Write one of {DEEDS}",
        ),
        (
            "at: 5s, cut: dinkes/primary, kill: monitor, for: 1m",
            f"2:5: events[0]: an event is one deed; read 'cut' and 'kill'. Write one of {DEEDS}",
        ),
        (
            "cut: dinkes/primary, for: 1m",
            "2:5: events[0]: when it begins is missing; write 'at' or 'every', for instance at: 30s",
        ),
        (
            "at: 5s, cut: dinkes/primary, for: 1m, loss: 5%",
            "2:50: events[0].loss: 'loss' has no meaning for 'cut'; take it out",
        ),
        (
            "at: 5s, degrade: dinkes/primary, delay: 900ms",
            "2:46: events[0].delay: expected at most 0.8s: what comes later is lost in this district; read '900ms'",
        ),
        (
            "at: 5, cut: dinkes/primary, for: 1m",
            "2:10: events[0].at: expected a duration, for instance '150ms' or '2s'; read '5'",
        ),
        (
            "at: 5s, cut: dinkes/primary, for: 0s",
            "2:40: events[0].for: expected a length above zero; read '0s'",
        ),
        (
            "at: 5s, cut: dinkes/primary, for: 2m..1m",
            "2:40: events[0].for: expected the shorter length first, for instance '30s..2m'; read '2m..1m'",
        ),
        (
            "every: 10ms, reboot: random link",
            "2:13: events[0].every: expected at least 1s; read '10ms'",
        ),
        (
            "every: 1m, cut: dinkes/primary, for: 1m..2m",
            "2:43: events[0].for: it would begin again before it ends; make it shorter than 'every'",
        ),
        (
            "every: 1m, saturate: dinkes/primary",
            "2:5: events[0]: what comes again and again needs 'for'",
        ),
        (
            "at: 5s, degrade: dinkes/primary",
            "2:5: events[0]: how the link is impaired is missing; write 'loss', 'delay' or both",
        ),
        (
            "at: 5s, degrade: dinkes/primary, delay: 1s, burst: 2s",
            "2:57: events[0].burst: 'burst' says how long losses last together; it needs 'loss'",
        ),
        (
            "at: 5s, degrade: dinkes/primary, loss: 60%",
            "2:45: events[0].loss: expected at most 40%: more makes outages by itself; read '60%'",
        ),
        (
            "at: 5s, degrade: dinkes/primary, loss: 0.5%, burst: 2s",
            "2:45: events[0].loss: expected at least 1% with 'burst'",
        ),
        (
            "at: 5s, degrade: dinkes/primary, loss: 5%, burst: 9s",
            "2:56: events[0].burst: expected 1s to 5s: more makes outages by itself; read '9s'",
        ),
        (
            "at: 5s, flap: dinkes/primary, for: 1m, period: 10s, down: 100%",
            "2:64: events[0].down: expected more than 0% and less than 100%; read '100%'",
        ),
        (
            "at: 5s, cut: dinkes/primary, for: 1m, answer: unreachabel",
            "2:52: events[0].answer: unknown word 'unreachabel'. Did you mean 'unreachable'?",
        ),
        (
            "at: 5s, move: dinkes/primary, to: 198.18.9.9",
            "2:20: events[0].move: only a link whose address is a DNS name can move; name such a link",
        ),
        (
            "at: 5s, move: every link, to: 198.18.9.9",
            "2:36: events[0].to: each link moves to an address of its own; take 'to' out, or name the link",
        ),
        (
            "at: 5s, move: arsip/primary, to: y.id",
            f"2:39: events[0].to: {NO_ADDRESS_TO_LEAD_TO}; read 'y.id'",
        ),
        (
            "at: 5s, move: arsip/primary, to: 203.0.113.1",
            f"2:39: events[0].to: {NO_ADDRESS_TO_LEAD_TO}; read '203.0.113.1'",
        ),
        (
            'at: 5s, move: arsip/primary, to: "2001:db8:18::9"',
            "2:39: events[0].to: the address of arsip.example is one of IPv4; write such a one",
        ),
        (
            "at: 5s, move: arsip/primary, to: 198.18.2.1",
            "2:39: events[0].to: the address is that of far; write another one",
        ),
    ],
)
def test_each_mistake_has_its_place_and_its_remedy(event: str, expected: str) -> None:
    told = problems(with_event(event))

    assert f"uji.yaml:{expected}" in told


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = """\
repeat: 1ms
loss: 80%
event: []
events:
  - {at: 5s, cut: nobody, for: 1m}
  - {at: 5x, cut: dns, for: 1m}
"""

    assert problems(text) == [
        "uji.yaml:1:9: repeat: expected at least 1s; read '1ms'",
        "uji.yaml:2:7: loss: expected at most 40%: more makes outages by itself; read '80%'",
        "uji.yaml:3:1: unknown key 'event'. Did you mean 'events'?",
        "uji.yaml:5:19: events[0].cut: there is no link or reference 'nobody'",
        "uji.yaml:6:10: events[1].at: expected a duration, for instance '150ms' or '2s'; read '5x'",
    ]


def test_two_links_that_move_to_one_address_are_told() -> None:
    text = TEXT.replace("address: 198.18.11.1", "address: setda.example")
    events = "".join(f"  - {{at: 5s, move: {link}/primary, to: 198.18.9.9}}\n" for link in ("arsip", "setda", "arsip"))
    with pytest.raises(InventoryError) as raised:
        scenario.parse(f"events:\n{events}", "uji.yaml", inventory.parse(text, "inventory.yaml"))

    assert [str(problem) for problem in raised.value.problems] == [
        "uji.yaml:3:39: events[1].to: the address is that of arsip/primary; write another one"
    ]


def test_a_link_may_move_back_to_its_first_address() -> None:
    (event,) = listed("at: 5s, move: arsip/primary, to: 198.19.128.1").events

    assert str(event.address) == "198.19.128.1"


def test_what_begins_after_the_list_starts_again_is_refused() -> None:
    told = problems(with_event("at: 9s..10s, cut: dns, for: 1m", top="repeat: 10s\n"))

    assert told == [
        "uji.yaml:3:10: events[0].at: the list starts again after 10 s, before this begins; begin earlier",
    ]


def test_a_district_without_what_is_to_be_chosen_is_told() -> None:
    bare = replace(DISTRICT, nodes={}, references=())

    with pytest.raises(InventoryError, match="the inventory has no node to choose; take the event out"):
        scenario.parse(with_event("at: 5s, fail: random node, for: 1m"), "uji.yaml", bare)


def test_an_empty_file_is_told_how_to_begin() -> None:
    assert problems(" \n") == [
        "uji.yaml:1:1: the file is empty; write for instance: events: [{at: 10s, cut: random link, for: 1m}]"
    ]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.yaml: No such file or directory; name a scenario's file"):
        scenario.named(str(tmp_path / "none.yaml"), DISTRICT)


def test_a_name_that_is_not_shipped_is_guessed() -> None:
    with pytest.raises(
        InputError, match=r"scenario 'badday': there is no such one\. Did you mean 'bad-day'\?, or name"
    ):
        scenario.named("badday", DISTRICT)


@pytest.fixture(scope="module")
def sample() -> Inventory:
    return inventory.load(Path(__file__).parents[2] / "inventory.yaml")


@pytest.mark.parametrize("name", NAMES)
def test_what_is_shipped_is_good_for_the_sample_and_for_any_district(name: str, sample: Inventory) -> None:
    assert scenario.named(name, sample) == scenario.named(name, DISTRICT)


def test_nothing_else_is_shipped() -> None:
    assert sorted(path.stem for path in SHIPPED.iterdir()) == sorted(NAMES)
