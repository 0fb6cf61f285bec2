from __future__ import annotations

import statistics
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.errors import InputError
from exporter.lab import conditions
from exporter.lab.conditions import Kind
from exporter.lab.fate import LOST, Answered, Fate, Fates, Lost, TimeExceeded, Unreachable
from exporter.lab.topology import EDGE, MONITOR, ROUND_TRIP_SECONDS, Topology
from exporter.model import Contract, Inventory, Link, Medium, Node, Office, Organisation, Provider, Reference

FIBRE, VSAT, OTHERS, SIXTH = "198.18.10.1", "198.18.10.2", "198.18.11.1", "2001:db8:18::a"
CORE, POP = "198.18.0.10", "198.18.1.1"
NAMED = "198.19.128.1"
REFERENCE, STRANGER, SIXTH_STRANGER = "198.18.0.1", "198.18.200.7", "2001:db8:18::99"
CUT, UNREACHABLE = {"kind": "cut"}, {"kind": "unreachable"}
DRAWS = 4000


def link(
    office: str, name: str, address: str, parent: str | None, medium: Medium = Medium.FIBRE, provider: str = "serat"
) -> Link:
    return Link(office, name, address, provider, (Contract(),), parent=parent, medium=medium)


def office(code: str, *links: Link) -> Office:
    return Office(code, code, "Ciruas", links)


def district(nodes: list[Node], offices: list[Office], references: tuple[Reference, ...] = ()) -> Inventory:
    return Inventory(
        Organisation("Kabupaten Uji", ZoneInfo("Asia/Jakarta")),
        {code: Provider(code, code) for code in ("serat", "gelombang")},
        {each.code: each for each in offices},
        {node.code: node for node in nodes},
        references,
    )


SMALL = district(
    [Node("pop", "POP", POP, "serat", "core"), Node("core", "Core", CORE)],
    [
        office(
            "dinkes",
            link("dinkes", "primary", FIBRE, "pop"),
            link("dinkes", "backup", VSAT, "pop", Medium.VSAT, "gelombang"),
        ),
        office("setda", link("setda", "primary", OTHERS, None), link("setda", "sixth", SIXTH, "pop")),
        office("named", link("named", "primary", "named.example", "pop")),
    ],
    (Reference("gateway", REFERENCE), Reference("core", CORE)),
)


def fates(seed: int = 0, inventory: Inventory = SMALL) -> Fates:
    return Fates(Topology(inventory), seed)


def fate(of: Fates, address: str, ttl: int = 64, at_seconds: float = 0.0) -> Fate:
    return of.of(ip_address(address).packed, ttl, at_seconds)


def put(of: Fates, what: str, condition: Mapping[str, object], at_seconds: float = 0.0) -> Fates:
    of.set(what, conditions.parse(condition), at_seconds)
    return of


def draws(of: Fates, address: str, every_seconds: float = 1.0) -> list[Fate]:
    return [fate(of, address, at_seconds=number * every_seconds) for number in range(DRAWS)]


def answers(found: Fate) -> bool:
    return isinstance(found, Answered)


def delays(found: list[Fate]) -> list[float]:
    return [each.delay_seconds for each in found if isinstance(each, Answered)]


def silent(of: Fates) -> set[str]:
    """The addresses of the small district that give no answer."""
    return {
        each
        for each in (FIBRE, VSAT, OTHERS, SIXTH, NAMED, CORE, POP, REFERENCE, STRANGER)
        if not answers(fate(of, each))
    }


@pytest.mark.parametrize("medium", Medium)
def test_a_link_takes_as_long_as_its_medium_and_is_never_twice_the_same(medium: Medium) -> None:
    of = fates(3, district([], [office("a", link("a", "b", FIBRE, None, medium))]))
    found = delays(draws(of, FIBRE))
    least, greatest = ROUND_TRIP_SECONDS[medium]
    assert len(found) == DRAWS
    assert least <= min(found) < max(found) <= greatest
    assert max(found) - min(found) > 0.3 * (greatest - least)


def test_two_links_over_one_medium_differ() -> None:
    of = fates(inventory=district([], [office("a", link("a", "b", FIBRE, None), link("a", "c", OTHERS, None))]))
    assert abs(statistics.mean(delays(draws(of, FIBRE))) - statistics.mean(delays(draws(of, OTHERS)))) > 1e-5


@pytest.mark.parametrize("address", [STRANGER, SIXTH_STRANGER])
def test_an_address_that_nobody_knows_answers_at_once(address: str) -> None:
    assert fate(fates(), address, ttl=1) == Answered(0.0)


def test_without_an_inventory_every_address_answers_at_once() -> None:
    assert fate(Fates(Topology()), FIBRE) == Answered(0.0)


def test_one_seed_gives_one_fate_and_another_seed_another() -> None:
    def history(seed: int) -> list[Fate]:
        of = put(fates(seed), "dinkes/primary", {"kind": "loss", "ratio": 0.3})
        return draws(of, FIBRE)

    assert history(7) == history(7)
    assert history(7) != history(8)


def test_a_links_fate_does_not_hang_on_what_is_sent_to_others() -> None:
    alone, among = (put(fates(), "dinkes/primary", {"kind": "loss", "ratio": 0.3}) for _ in range(2))
    mixed = []
    for number in range(DRAWS):
        fate(among, VSAT, at_seconds=number)
        mixed.append(fate(among, FIBRE, at_seconds=number))
    assert mixed == draws(alone, FIBRE)


@pytest.mark.parametrize("what", [FIBRE, "dinkes/primary", "dinkes", "pop", "core", "serat", MONITOR])
@pytest.mark.parametrize("ratio", [0.0, 0.02, 0.5, 1.0])
def test_random_loss_has_its_ratio_whatever_it_is_said_of(what: str, ratio: float) -> None:
    of = put(fates(1), what, {"kind": "loss", "ratio": ratio})
    lost = draws(of, FIBRE).count(LOST) / DRAWS
    # Five standard deviations.
    assert lost == pytest.approx(ratio, abs=5 * (ratio * (1 - ratio) / DRAWS) ** 0.5)


def test_bursts_lose_by_turns_as_much_as_their_lengths_say() -> None:
    burst = {"kind": "burst", "good_loss_ratio": 0.01, "bad_loss_ratio": 0.9, "good_seconds": 20, "bad_seconds": 5}
    lost = [each == LOST for each in draws(put(fates(2), "dinkes/primary", burst), FIBRE)]
    assert sum(lost) / DRAWS == pytest.approx((0.01 * 20 + 0.9 * 5) / 25, abs=0.05)
    after_a_loss = [second for first, second in pairwise(lost) if first]
    assert sum(after_a_loss) / len(after_a_loss) > 2 * sum(lost) / DRAWS


def test_bursts_do_not_know_how_often_they_are_asked() -> None:
    burst = {"kind": "burst", "good_loss_ratio": 0.0, "bad_loss_ratio": 1.0, "good_seconds": 20, "bad_seconds": 5}
    seldom = [each == LOST for each in draws(put(fates(2), "dinkes/primary", burst), FIBRE, 1.0)]
    often = [each == LOST for each in draws(put(fates(2), "dinkes/primary", burst), FIBRE, 0.5)]
    assert often[::2] == seldom[: DRAWS // 2]


def test_a_delay_is_added_with_jitter_up_to_its_value() -> None:
    of = put(fates(), "dinkes/primary", {"kind": "delay", "seconds": 0.2, "jitter_seconds": 0.05})
    found = delays(draws(of, FIBRE))
    least, greatest = ROUND_TRIP_SECONDS[Medium.FIBRE]
    assert 0.2 + least <= min(found) < 0.202 + least
    assert 0.248 + least < max(found) <= 0.25 + greatest


def test_a_full_link_delays_more_and_more_and_then_drops_the_surplus() -> None:
    of = put(fates(), "dinkes/primary", {"kind": "full", "load": 1.25, "queue_seconds": 10.0}, at_seconds=0.0)
    found = draws(of, FIBRE)
    growing, grown = delays(found[:40]), found[40:]
    assert len(growing) == 40
    assert growing == pytest.approx([0.25 * second for second in range(40)], abs=0.01)
    assert {round(delay) for delay in delays(grown)} == {10}
    assert grown.count(LOST) / len(grown) == pytest.approx(1 - 1 / 1.25, abs=0.03)


def test_several_conditions_hold_together_and_are_cleared_one_by_one() -> None:
    of = put(fates(), "dinkes/primary", {"kind": "delay", "seconds": 0.5})
    put(of, "pop", {"kind": "delay", "seconds": 0.25})
    put(of, FIBRE, {"kind": "loss", "ratio": 1.0})
    assert fate(of, FIBRE) == LOST
    of.clear(FIBRE, Kind.LOSS)
    found = fate(of, FIBRE)
    assert isinstance(found, Answered)
    assert 0.75 < found.delay_seconds < 0.76
    of.clear("dinkes/primary", Kind.DELAY)
    found = fate(of, FIBRE)
    assert isinstance(found, Answered)
    assert 0.25 < found.delay_seconds < 0.26


def test_a_condition_takes_the_place_of_one_of_its_kind() -> None:
    of = put(fates(), "dinkes/primary", {"kind": "loss", "ratio": 1.0})
    put(of, "dinkes/primary", {"kind": "loss", "ratio": 0.0})
    assert answers(fate(of, FIBRE))


@pytest.mark.parametrize(
    ("what", "gone"),
    [
        ("dinkes/primary", {FIBRE}),
        (FIBRE, {FIBRE}),
        ("dinkes", {FIBRE, VSAT}),
        ("pop", {POP, FIBRE, VSAT, SIXTH, NAMED}),
        ("core", {CORE, POP, FIBRE, VSAT, SIXTH, NAMED}),
        (POP, {POP}),
        ("gelombang", {VSAT}),
        ("serat", {POP, FIBRE, VSAT, OTHERS, SIXTH, NAMED}),
        (REFERENCE, {REFERENCE}),
        (STRANGER, {STRANGER}),
        ("named/primary", {NAMED}),
    ],
)
def test_a_cut_silences_what_hangs_below_and_no_more(what: str, gone: set[str]) -> None:
    of = put(fates(), what, CUT)
    assert silent(of) == gone
    assert {str(address) for address in of.closed} == gone
    assert all(fate(of, address) == LOST for address in gone)
    of.clear(what, Kind.CUT)
    assert (silent(of), of.closed) == (set(), set())


def test_nothing_at_all_passes_while_the_monitor_is_cut_off() -> None:
    of = put(fates(), MONITOR, CUT)
    assert silent(of) == {FIBRE, VSAT, OTHERS, SIXTH, NAMED, CORE, POP, REFERENCE, STRANGER}
    assert of.is_isolated
    of.clear(MONITOR, Kind.CUT)
    assert silent(of) == set()
    assert not of.is_isolated


def test_what_is_cut_twice_is_whole_when_both_are_cleared() -> None:
    of = put(put(fates(), "pop", CUT), "dinkes/primary", CUT)
    of.clear("pop", Kind.CUT)
    assert silent(of) == {FIBRE}
    of.clear("dinkes/primary", Kind.CUT)
    assert silent(of) == set()


@pytest.mark.parametrize(
    ("what", "asked", "router"),
    [
        ("dinkes/primary", FIBRE, POP),
        (FIBRE, FIBRE, POP),
        ("dinkes", VSAT, POP),
        ("pop", POP, CORE),
        ("pop", FIBRE, CORE),
        (POP, POP, CORE),
        ("serat", FIBRE, CORE),
        ("core", FIBRE, str(EDGE[4])),
        ("core", SIXTH, str(EDGE[6])),
        ("setda/primary", OTHERS, str(EDGE[4])),
        (STRANGER, STRANGER, str(EDGE[4])),
        (SIXTH_STRANGER, SIXTH_STRANGER, str(EDGE[6])),
    ],
)
def test_the_router_above_says_what_is_unreachable(what: str, asked: str, router: str) -> None:
    of = put(fates(), what, UNREACHABLE)
    found = fate(of, asked)
    assert isinstance(found, Unreachable)
    assert str(found.router) == router
    assert ip_address(asked) in of.closed


def test_a_router_without_an_address_of_the_family_says_nothing() -> None:
    assert fate(put(fates(), "setda/sixth", UNREACHABLE), SIXTH) == LOST


def test_a_cut_above_keeps_a_router_from_saying_that_something_is_unreachable() -> None:
    of = put(put(fates(), "dinkes/primary", UNREACHABLE), "core", CUT)
    assert fate(of, FIBRE) == LOST


def test_a_thing_that_is_cut_and_unreachable_is_silent() -> None:
    assert fate(put(put(fates(), "pop", UNREACHABLE), "pop", CUT), FIBRE) == LOST


def test_a_routers_message_can_be_lost_on_its_way() -> None:
    of = put(put(fates(), "dinkes/primary", UNREACHABLE), "core", {"kind": "loss", "ratio": 1.0})
    assert fate(of, FIBRE) == LOST


def hops(of: Fates, address: str) -> list[str]:
    """What each time to live from 1 on comes to."""

    def shown(found: Fate) -> str:
        match found:
            case TimeExceeded(router, _) | Unreachable(router, _):
                return f"{type(found).__name__} {router}"
            case Answered() | Lost():
                return type(found).__name__

    return [shown(fate(of, address, ttl)) for ttl in range(1, 5)]


def test_a_time_to_live_that_is_too_short_ends_at_each_router_in_turn() -> None:
    assert hops(fates(), FIBRE) == [f"TimeExceeded {CORE}", f"TimeExceeded {POP}", "Answered", "Answered"]
    assert hops(fates(), POP) == [f"TimeExceeded {CORE}", "Answered", "Answered", "Answered"]
    assert hops(fates(), OTHERS) == ["Answered"] * 4


def test_a_router_without_an_address_of_the_family_is_a_silent_hop() -> None:
    assert hops(fates(), SIXTH) == ["Lost", "Lost", "Answered", "Answered"]


def test_hops_beyond_a_cut_are_silent_and_those_before_it_answer() -> None:
    assert hops(put(fates(), "dinkes/primary", CUT), FIBRE) == [
        f"TimeExceeded {CORE}",
        f"TimeExceeded {POP}",
        "Lost",
        "Lost",
    ]
    assert hops(put(fates(), "pop", CUT), FIBRE) == [f"TimeExceeded {CORE}", "Lost", "Lost", "Lost"]


def test_a_router_whose_address_alone_is_cut_is_a_silent_hop_that_lets_others_pass() -> None:
    assert hops(put(fates(), POP, CUT), FIBRE) == [f"TimeExceeded {CORE}", "Lost", "Answered", "Answered"]


def test_where_a_node_is_unreachable_the_one_above_says_so_at_every_hop_from_there() -> None:
    said = f"Unreachable {CORE}"
    assert hops(put(fates(), "pop", UNREACHABLE), FIBRE) == [f"TimeExceeded {CORE}", said, said, said]


@pytest.mark.parametrize("what", ["dinkes/tertiary", "nobody", "", "198.18.0.0/15", "None"])
def test_what_is_not_in_the_district_is_refused(what: str) -> None:
    with pytest.raises(InputError, match="nothing in the lab is called"):
        put(fates(), what, CUT)


def test_what_does_not_hold_is_not_cleared() -> None:
    with pytest.raises(InputError, match=r"^pop has no condition 'cut' to clear$"):
        fates().clear("pop", Kind.CUT)


def test_two_links_with_one_address_are_refused() -> None:
    twice = office("a", link("a", "b", FIBRE, None), link("a", "c", FIBRE, None))
    with pytest.raises(InputError, match=rf"^a/b and a/c have one address, {FIBRE}; in the lab each needs its own$"):
        fates(inventory=district([], [twice]))


@st.composite
def trees(draw: st.DrawFn) -> tuple[Inventory, list[int | None]]:
    """A district of nodes, each below an earlier one or none, in any order in the file; a link below each."""
    parents = [
        draw(st.none() | st.integers(0, number - 1)) if number else None for number in range(draw(st.integers(1, 12)))
    ]
    nodes = [
        Node(f"n{number}", "", f"198.18.0.{number + 1}", None, None if parent is None else f"n{parent}")
        for number, parent in enumerate(parents)
    ]
    links = [link("a", f"l{number}", f"198.18.1.{number + 1}", f"n{number}") for number in range(len(nodes))]
    return district(draw(st.permutations(nodes)), [office("a", *links)]), parents


@given(trees(), st.data())
def test_a_node_takes_all_below_it_at_every_level_and_nothing_else(
    tree: tuple[Inventory, list[int | None]], data: st.DataObject
) -> None:
    inventory, parents = tree
    numbers = st.sets(st.integers(0, len(parents) - 1))
    cut, mended = data.draw(numbers, "cut"), data.draw(numbers, "mended")
    of = fates(inventory=inventory)
    for number in sorted(cut):
        put(of, f"n{number}", CUT)
    for number in sorted(cut & mended):
        of.clear(f"n{number}", Kind.CUT)

    def is_down(number: int | None) -> bool:
        return number is not None and (number in cut - mended or is_down(parents[number]))

    down = [number for number in range(len(parents)) if is_down(number)]
    expected = {f"198.18.{half}.{number + 1}" for half in (0, 1) for number in down}
    assert {str(address) for address in of.closed} == expected
    for number in range(len(parents)):
        assert answers(fate(of, f"198.18.1.{number + 1}")) == (number not in down)


@given(trees())
def test_every_hop_of_a_tree_is_a_parent_from_the_root_down(tree: tuple[Inventory, list[int | None]]) -> None:
    inventory, parents = tree
    of = fates(inventory=inventory)
    for number in range(len(parents)):
        way: list[int] = []
        at: int | None = number
        while at is not None:
            way.insert(0, at)
            at = parents[at]
        found = [fate(of, f"198.18.1.{number + 1}", ttl) for ttl in range(1, len(way) + 2)]
        routers = [each.router for each in found if isinstance(each, TimeExceeded)]
        assert routers == [IPv4Address(f"198.18.0.{each + 1}") for each in way]
        assert answers(found[-1])


def test_the_sixth_family_has_its_own_addresses() -> None:
    assert IPv6Address(SIXTH) in put(fates(), "setda/sixth", CUT).closed
