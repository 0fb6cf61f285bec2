from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from test_fate import (
    CUT,
    FIBRE,
    NAMED,
    REFERENCE,
    SIXTH_STRANGER,
    STRANGER,
    answers,
    district,
    fate,
    fates,
    hops,
    link,
    office,
    put,
    silent,
)

from exporter.errors import InputError
from exporter.lab.conditions import Kind
from exporter.lab.fate import LOST, Fates
from exporter.lab.topology import NAMES, NETWORKS, Topology
from exporter.model import Family, Node, Reference, Snmp

MOVED = "198.18.9.9"


def moved(of: Fates, to: str = MOVED) -> Fates:
    return put(of, "named/primary", {"kind": "move", "to": to})


def test_what_moves_answers_at_its_new_address_as_it_did_and_nothing_does_at_the_old_one() -> None:
    of, still = moved(fates(7)), fates(7)
    assert (fate(of, NAMED), of.closed) == (LOST, {IPv4Address(NAMED)})
    assert fate(of, MOVED) == fate(still, NAMED)
    assert hops(of, MOVED) == hops(still, NAMED)
    assert of.names == {MOVED: "named.example"}


@pytest.mark.parametrize("what", ["named/primary", "pop"])
def test_what_moves_takes_its_conditions_along(what: str) -> None:
    of = moved(put(fates(), what, CUT))
    assert fate(of, MOVED) == LOST
    of.clear(what, Kind.CUT)
    assert (answers(fate(of, MOVED)), fate(of, NAMED)) == (True, LOST)


def test_what_is_cleared_of_its_move_is_where_it_was() -> None:
    of, still = moved(moved(fates(7)), STRANGER), fates(7)
    of.clear("named/primary", Kind.MOVE)
    assert of.names == {NAMED: "named.example"}
    assert of.closed == {IPv4Address(MOVED), IPv4Address(STRANGER)}
    assert fate(of, NAMED) == fate(still, NAMED)
    of.clear("named/primary", Kind.MOVE)
    assert of.names == {NAMED: "named.example"}


def test_an_address_that_was_left_is_silent_whatever_is_cleared_of_it_until_something_moves_there() -> None:
    of = put(put(moved(fates()), NAMED, CUT), MOVED, CUT)
    of.clear(NAMED, Kind.CUT)
    of.clear(MOVED, Kind.CUT)
    assert (fate(of, NAMED), answers(fate(of, MOVED))) == (LOST, True)
    assert answers(fate(moved(moved(of, STRANGER)), MOVED))


def test_moving_to_where_it_is_changes_nothing() -> None:
    of = moved(fates(), NAMED)
    assert (of.moves, of.closed, answers(fate(of, NAMED))) == (0, set(), True)


@pytest.mark.parametrize(
    ("what", "to", "message"),
    [
        ("named/primary", FIBRE, f"named/primary can't move to {FIBRE}: that is the address of dinkes/primary"),
        ("named/primary", REFERENCE, f"named/primary can't move to {REFERENCE}: that is the address of gateway"),
        ("named/primary", "203.0.113.1", "named/primary can't move to 203.0.113.1: name an address of 198.18.0.0/15"),
        ("named/primary", SIXTH_STRANGER, "named/primary can't move to 2001:db8:18::99: name an address of 198.18.0.0"),
        ("dinkes/primary", MOVED, "'dinkes/primary' can't move: it is no link or node with a DNS name"),
        ("named", MOVED, "'named' can't move: it is no link or node with a DNS name"),
    ],
)
def test_a_move_that_can_not_be_is_refused_and_changes_nothing(what: str, to: str, message: str) -> None:
    of = fates()
    with pytest.raises(InputError) as refused:
        put(of, what, {"kind": "move", "to": to})
    assert str(refused.value).startswith(message)
    assert (of.moves, silent(of)) == (0, set())


def test_a_first_address_is_kept_for_the_one_that_left_it() -> None:
    two = office("a", link("a", "b", "b.example", None), link("a", "c", "c.example", None))
    of = put(fates(inventory=district([], [two])), "a/b", {"kind": "move", "to": MOVED})
    with pytest.raises(InputError, match=r"^a/c can't move to 198\.19\.128\.1: that is the address of a/b;"):
        put(of, "a/c", {"kind": "move", "to": NAMED})


def test_two_links_with_one_name_are_refused() -> None:
    twice = office("a", link("a", "b", "x.example", None), link("a", "c", "X.example", None))
    with pytest.raises(InputError, match=r"^a/b and a/c have one address, X\.example; in the lab each needs its own$"):
        fates(inventory=district([], [twice]))


def test_each_name_has_an_address_that_the_inventory_does_not_use() -> None:
    sixth = replace(link("a", "sixth", "b.example", None), family=Family.IPV6)
    device = replace(link("a", "c", NAMED, None), snmp=Snmp("wan", address="Router.example"))
    of = district(
        [Node("core", "Core", "core.example")],
        [office("a", link("a", "b", "b.example", None), sixth, device)],
        (Reference("same", "core.example"), Reference("other", "dns.example")),
    )
    assert Fates(Topology(of)).names == {
        "198.19.128.2": "b.example",
        "2001:db8:18:ffff::1": "b.example",
        "198.19.128.3": "core.example",
        "198.19.128.4": "dns.example",
        "198.19.128.5": "router.example",
    }


def test_the_addresses_of_names_are_of_the_district() -> None:
    assert all(NAMES[version].subnet_of(NETWORKS[version]) for version in NETWORKS)


def test_a_district_with_too_many_names_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NAMES, 4, IPv4Network("198.19.128.0/30"))
    many = office("a", *(link("a", f"l{number}", f"l{number}.example", None) for number in range(3)))
    with pytest.raises(InputError, match=r"^the lab has no more addresses for names; give some links addresses beyond"):
        fates(inventory=district([], [many]))
