from __future__ import annotations

import pytest
from lab_district import ENVIRONMENT, IF_IN, TEXT, Oid, parsed

from exporter.lab import conditions, mib
from exporter.lab.lies import Lie, arranged
from exporter.lab.mib import Binding, Kind, Shown
from exporter.lab.router import Router
from exporter.lab.routers import Routers

DINKES = "198.18.40.1"


def liar(*how: Lie) -> Router:
    routers = Routers(parsed(TEXT), ENVIRONMENT)
    if how:
        routers.set("dinkes/primary", conditions.Lies(how), 0.0)
    router = routers.at(DINKES)
    assert router is not None
    return router


def shown(router: Router, column: Oid, at_seconds: float = 0.0) -> int | bytes:
    return router.table.at((*column, router.interfaces[1].index), at_seconds).shown.content


def column(router: Router, of: Oid) -> dict[int, int | bytes]:
    return {oid[-1]: router.table.at(oid, 0).shown.content for oid in router.table if oid[:-1] == of}


@pytest.mark.parametrize(
    ("lie", "speed", "high_speed"),
    [
        (None, 1_000_000_000, 1000),
        (Lie.SPEED_MBIT, 1000, 1000),
        (Lie.SPEED_ZERO, 0, 1000),
        (Lie.SPEED_MAX, 4_294_967_295, 0),
        (Lie.SPEED_MOD, 1_410_065_408, 10_000),
        (Lie.SPEED_TEN, 10_000_000, 10),
        (Lie.TUNNEL, 0, 0),
    ],
)
def test_speeds_are_what_the_lie_makes_them(lie: Lie | None, speed: int, high_speed: int) -> None:
    router = liar(*([lie] if lie else []))
    assert (shown(router, mib.IF_SPEED), shown(router, mib.IF_HIGH_SPEED)) == (speed, high_speed)


def test_a_tunnel_is_one_and_counts_well() -> None:
    router = liar(Lie.TUNNEL)
    assert shown(router, mib.IF_TYPE) == 131
    assert shown(router, IF_IN, 10) != shown(router, IF_IN, 0)


def test_one_way_the_wide_counter_never_moves_and_the_narrow_one_does() -> None:
    router = liar(Lie.HC_ONE_WAY)
    assert shown(router, IF_IN, 10) == shown(router, IF_IN, 0)
    assert shown(router, mib.IF_IN_OCTETS, 10) != shown(router, mib.IF_IN_OCTETS, 0)
    assert shown(router, mib.IF_HC_OUT_OCTETS, 10) != shown(router, mib.IF_HC_OUT_OCTETS, 0)


@pytest.mark.parametrize(("lie", "end"), [(Lie.NUL, b"\0"), (Lie.BLANK, b" "), (Lie.CRLF, b"\r\n")])
def test_names_end_in_what_nobody_sees(lie: Lie, end: bytes) -> None:
    router = liar(lie)
    assert shown(router, mib.IF_NAME) == shown(router, mib.IF_DESCR) == b"ether1-wan" + end
    assert column(router, mib.IF_NAME)[1] == b"bridge-lan"


def test_an_alias_is_no_utf8() -> None:
    alias = shown(liar(Lie.GBK), mib.IF_ALIAS)
    assert isinstance(alias, bytes)
    assert alias.hex() == "4b414e544f525fcfd8b0ecb9abcad2"


def test_two_interfaces_have_one_name_and_the_other_is_down_and_idle() -> None:
    router = liar(Lie.DOUBLED)
    index = router.interfaces[1].index
    assert column(router, mib.IF_NAME) == {1: b"bridge-lan", index: b"ether1-wan", index + 2: b"ether1-wan"}
    assert column(router, mib.IF_INDEX)[index + 2] == index + 2
    assert column(router, mib.IF_OPER_STATUS) == {1: mib.UP, index: mib.UP, index + 2: mib.DOWN}
    assert [column(router, each)[index + 2] for each in (IF_IN, mib.IF_IN_OCTETS)] == [0, 0]


@pytest.mark.parametrize(
    ("lie", "columns"),
    [(Lie.NO_HC, [mib.IF_HC_IN_OCTETS, mib.IF_HC_OUT_OCTETS]), (Lie.NO_NAME, [mib.IF_NAME])],
)
def test_a_column_is_missing(lie: Lie, columns: list[Oid]) -> None:
    there = {oid[:-1] for oid in liar().table}
    assert {oid[:-1] for oid in liar(lie).table} == there - set(columns)
    assert liar(lie).table.at((*columns[0], 1), 0).shown.kind is Kind.NO_SUCH_OBJECT


def test_the_second_table_has_indexes_of_its_own() -> None:
    router = liar(Lie.SPARSE)
    index = router.interfaces[1].index
    assert list(column(router, mib.IF_DESCR)) == [1, index]
    assert list(column(router, mib.IF_NAME)) == list(column(router, IF_IN)) == [1_000_001, 1_000_000 + index]


def test_counters_are_read_once_a_minute_and_anew_after_a_boot() -> None:
    router, honest = liar(Lie.CACHED), liar()
    seen = [shown(router, IF_IN, at) for at in (0, 5, 59.9, 60, 119, 125)]
    assert seen == [shown(honest, IF_IN, at) for at in (0, 0, 0, 60, 60, 125)]
    router.boot(130)
    assert shown(router, IF_IN, 130) == 0


def test_what_a_stale_answer_told_is_what_it_showed() -> None:
    router = liar(Lie.CACHED)
    at = (*IF_IN, router.interfaces[1].index)
    told = [router.table.at(at, seconds).shown.told for seconds in (0, 59)]
    assert told[0] == told[1]
    assert told[0] is not None
    assert told[0].carried == 0


def test_several_lies_are_told_together_and_a_table_stays_in_order() -> None:
    router = liar(Lie.DOUBLED, Lie.NUL, Lie.SPARSE, Lie.NO_HC)
    assert list(router.table) == sorted(router.table)
    assert shown(router, mib.IF_DESCR) == b"ether1-wan\0"


def test_every_lie_changes_what_is_shown_or_how_it_is_sent() -> None:
    def all_shown(router: Router) -> dict[Oid, tuple[Kind, int | bytes]]:
        return {oid: router.table.at(oid, at).shown[:2] for at in (0, 30) for oid in router.table}

    honest = all_shown(liar())
    same = {lie for lie in Lie if all_shown(liar(lie)) == honest}
    assert same == {Lie.FIRST_ONLY, Lie.REVERSED, Lie.TWICE, Lie.OTHER_ADDRESS, Lie.OTHER_PORT}


def test_bindings_come_first_only_or_turned_round() -> None:
    bindings = [Binding((1, 3, number), Shown(Kind.INTEGER, number)) for number in range(3)]
    assert arranged([], bindings) == bindings
    assert arranged([Lie.FIRST_ONLY], bindings) == bindings[:1]
    assert arranged([Lie.REVERSED], bindings) == bindings[::-1]
    assert arranged([Lie.REVERSED, Lie.FIRST_ONLY], []) == []
