from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lab_district import ENVIRONMENT, IF_IN, IF_OUT, SYS_UPTIME, TEXT, Oid, parsed

from exporter.lab.router import Kind, Router, Traffic, Value, routers
from exporter.model import SnmpVersion

DINKES = "198.18.40.1"
_DAYS_OF_TICKS = 90 * 86_400 * 100


def router(text: str = TEXT, seed: int = 0) -> Router:
    return routers(parsed(text), ENVIRONMENT, seed)[DINKES]


def column(view: dict[Oid, Value], oid: Oid) -> int | str:
    """Return the WAN interface's value of a column."""
    (index,) = (known[-1] for known in view if known[:-1] == oid and known[-1] != 1)
    return view[*oid, index][1]


@given(
    bps=st.integers(1_000_000, 10_000_000_000),
    seed=st.text(max_size=8),
    start=st.integers(0, _DAYS_OF_TICKS),
    ticks=st.integers(0, 100 * 3600),
)
def test_a_counter_advances_by_5_to_85_percent_of_the_contract(bps: int, seed: str, start: int, ticks: int) -> None:
    traffic = Traffic.of(bps, seed)
    advance = traffic.octets((start + ticks) / 100) - traffic.octets(start / 100)
    full = bps / 8 * ticks / 100
    rounding = 2 + bps / 8 * 1e-8
    assert max(0, 0.05 * full - rounding) <= advance <= 0.85 * full + rounding


def test_a_counter_is_the_integral_of_a_rate_that_wavers() -> None:
    traffic = Traffic.of(100_000_000, "seed")
    rates = [traffic.octets(second + 1) - traffic.octets(second) for second in range(600)]
    assert sum(rates) == traffic.octets(600) - traffic.octets(0)
    assert max(rates) > 1.05 * min(rates)


def test_a_link_without_a_contracted_rate_carries_a_small_links_traffic() -> None:
    assert Traffic.of(None, "seed") == Traffic.of(10_000_000, "seed")


def test_the_same_seed_shows_the_same_view_in_the_order_of_oids() -> None:
    view = router(seed=4).view(60)
    assert list(view.items()) == sorted(router(seed=4).view(60).items())


def test_another_seed_shows_other_traffic() -> None:
    assert router(seed=4).view(60) != router(seed=5).view(60)


def test_invert_swaps_the_directions_of_the_interface() -> None:
    plain = router().view(60)
    inverted = router(TEXT.replace("interface: ether1-wan", "interface: ether1-wan, invert: true")).view(60)
    assert (column(inverted, IF_IN), column(inverted, IF_OUT)) == (column(plain, IF_OUT), column(plain, IF_IN))
    assert column(plain, IF_IN) != column(plain, IF_OUT)


@pytest.mark.parametrize("seed", range(20))
def test_no_link_is_on_the_first_index(seed: int) -> None:
    links = [face for router in routers(parsed(), ENVIRONMENT, seed).values() for face in router.interfaces[1:]]
    assert [face.name for face in links] == ["ether1-wan", "ether1", "ether2", "wan"]
    assert all(face.index > 1 for face in links)


def test_the_uptime_overflows_as_a_devices_does() -> None:
    aged = router()
    overflow_at = 2**32 / 100 - aged.uptime_seconds
    assert aged.view(overflow_at + 1.005)[SYS_UPTIME] == (Kind.TICKS, 100)


def test_a_router_whose_community_is_unset_knows_none() -> None:
    assert routers(parsed(), {})[DINKES].communities == frozenset()


def test_links_without_snmp_or_in_another_version_have_no_router() -> None:
    district = parsed(
        TEXT.replace(", snmp: {interface: wan}", "").replace(
            "snmp: {interface: ether1-wan}", f"snmp: {{interface: ether1-wan, version: {SnmpVersion.V1.value}}}"
        )
    )
    assert list(routers(district, ENVIRONMENT)) == ["198.18.42.1"]
