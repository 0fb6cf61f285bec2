from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.paging_faults import Fault, faults
from exporter import inventory
from exporter.lab.reach import Reach
from exporter.lab.scenario import Kind, Thing
from exporter.lab.truth import Fact, Header, Truth
from exporter.model import Cause

DISTRICT = inventory.load(Path(__file__).parents[2] / "inventory.yaml")
CAUSES = {
    Thing.LINK: Cause.LINK,
    Thing.OFFICE: Cause.POWER,
    Thing.NODE: Cause.UPSTREAM,
    Thing.PROVIDER: Cause.PROVIDER,
}
ISOLATE = Kind.ISOLATE


def silence(thing: Thing, name: str, start: float, end: float | None) -> Fact:
    return Fact(name, Kind.CUT, start, end, CAUSES[thing], Reach(DISTRICT).silent(thing, name))


def link(name: str, start: float, end: float | None) -> Fact:
    return silence(Thing.LINK, name, start, end)


def office(name: str, start: float, end: float) -> Fact:
    return silence(Thing.OFFICE, name, start, end)


def node(name: str, start: float, end: float) -> Fact:
    return silence(Thing.NODE, name, start, end)


def provider(name: str, start: float, end: float) -> Fact:
    return silence(Thing.PROVIDER, name, start, end)


def monitor(kind: Kind, start: float, end: float) -> Fact:
    return Fact("monitor", kind, start, end)


def found(*facts: Fact) -> list[Fault]:
    in_order = sorted(facts, key=lambda fact: fact.from_)
    return faults(Truth(Header("test", 1, "", 0.0), tuple(in_order), 1000.0), DISTRICT)


def told(*facts: Fact) -> list[str]:
    """The faults in words; a silence that may be paged, and needn't be, has a question mark."""
    return [
        " ".join(
            [
                f"{fault.subject}:",
                *(f"{each.start:g}-{each.end:g}{'' if each.is_certain else '?'}" for each in fault.silences),
            ]
        )
        for fault in found(*facts)
    ]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        # an office is silent when all its links are, whoever silenced them
        ([link("dinsos/primary", 100, 140)], ["office dinsos: 100-140"]),
        ([link("dinsos/primary", 100, None)], ["office dinsos: 100-1000"]),
        ([link("setda/primary", 100, 200)], []),
        ([office("setda", 100, 200)], ["office setda: 100-200"]),
        ([link("setda/primary", 100, 200), link("setda/backup", 150, 250)], ["office setda: 150-200"]),
        # ten lost echoes are an outage, and no fewer
        ([link("dinsos/primary", 100, 111)], ["office dinsos: 100-111?"]),
        ([link("dinsos/primary", 100, 106)], []),
        # what returns within a minute is one fault
        (
            [link("dinsos/primary", 100, 120), link("dinsos/primary", 140, 160), link("dinsos/primary", 180, 184)],
            ["office dinsos: 100-120 140-160"],
        ),
        ([link("dinsos/primary", 100, 120), office("dinsos", 119, 150)], ["office dinsos: 100-150"]),
        (
            [link("dinsos/primary", 100, 120), link("dinsos/primary", 180, 210)],
            ["office dinsos: 100-120", "office dinsos: 180-210"],
        ),
        # impaired, and references that are silent, are nobody's outage
        ([Fact("dinsos/primary", Kind.DEGRADE, 100, 300, None, ("dinsos/primary",))], []),
        ([Fact("core-gateway", Kind.CUT, 100, 300)], []),
    ],
)
def test_an_office_is_at_fault_while_all_its_links_are_silent(facts: list[Fact], expected: list[str]) -> None:
    assert told(*facts) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([provider("serat-nusantara", 100, 200)], ["provider serat-nusantara: 100-200"]),
        ([node("pop-anyar", 100, 200)], ["node pop-anyar: 100-200"]),
        # a failure explains those below it: of the same length, within it, and a little on either side
        (
            [node("core", 100, 200), node("pop-anyar", 110, 190), provider("serat-nusantara", 120, 150)],
            ["node core: 100-200"],
        ),
        (
            [provider("serat-nusantara", 100, 200), node("pop-anyar", 90, 280), link("dinsos/primary", 50, 205)],
            ["office dinsos: 50-100", "node pop-anyar: 90-100? 200-280?", "provider serat-nusantara: 100-200"],
        ),
        (
            [provider("serat-nusantara", 100, 200), link("dinsos/primary", 80, 550)],
            ["office dinsos: 80-100? 200-550", "provider serat-nusantara: 100-200"],
        ),
        # a backup that hangs elsewhere: only both together silence the office, and each has its page
        (
            [node("pop-ciruas", 100, 200), provider("gelombang-contoh", 100, 200)],
            ["provider gelombang-contoh: 100-200", "node pop-ciruas: 100-200", "office disdukcapil: 100-200?"],
        ),
        (
            [link("disdukcapil/primary", 100, 200), provider("gelombang-contoh", 100, 200)],
            ["provider gelombang-contoh: 100-200", "office disdukcapil: 100-200"],
        ),
    ],
)
def test_what_is_above_explains_what_is_below(facts: list[Fact], expected: list[str]) -> None:
    assert sorted(told(*facts)) == sorted(expected)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([monitor(ISOLATE, 100, 140)], ["monitor: 100-140"]),
        ([monitor(ISOLATE, 100, 120)], ["monitor: 100-120?"]),
        # within it nothing is anybody's, and what outlasts it begins when it can be seen
        ([monitor(ISOLATE, 100, 140), office("dinsos", 110, 130)], ["monitor: 100-140"]),
        ([monitor(ISOLATE, 100, 140), office("dinsos", 110, 170)], ["monitor: 100-140", "office dinsos: 145-170"]),
        (
            [office("dinsos", 80, 170), monitor(ISOLATE, 100, 140)],
            ["office dinsos: 80-100 145-170", "monitor: 100-140"],
        ),
        # a monitor that isn't running is no fault of its own
        ([monitor(Kind.KILL, 100, 108), office("dinsos", 102, 150)], ["office dinsos: 113-150"]),
    ],
)
def test_what_nobody_could_see_is_no_fault_but_the_monitors(facts: list[Fact], expected: list[str]) -> None:
    assert told(*facts) == expected


def test_a_fault_knows_whether_its_first_lost_echo_was_seen_and_when_it_was_silent_at_all() -> None:
    seen, isolation, unseen = found(
        office("dinkes", 80, 300),
        monitor(ISOLATE, 100, 140),
        office("dinsos", 110, 150),
        link("dinsos/primary", 180, 220),
    )
    assert (seen.is_onset_clear, isolation.is_onset_clear, unseen.is_onset_clear) == (True, True, True)
    assert (seen.start, seen.end, unseen.start, unseen.end) == (80, 300, 180, 220)
    assert [unseen.is_silent(at) for at in (110, 150, 180, 219, 220)] == [False, False, True, True, False]
    (_, late) = found(monitor(ISOLATE, 100, 140), office("dinsos", 110, 170))
    assert not late.is_onset_clear
