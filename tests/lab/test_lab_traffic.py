from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from exporter.lab.traffic import Flow, Octets, Pace, Traffic

_DAYS_OF_TICKS = 90 * 86_400 * 100
HUNDRED = Traffic.of(100_000_000, "seed")


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
    rates = [HUNDRED.octets(second + 1) - HUNDRED.octets(second) for second in range(600)]
    assert sum(rates) == HUNDRED.octets(600) - HUNDRED.octets(0)
    assert max(rates) > 1.05 * min(rates)


def test_a_link_without_a_contracted_rate_carries_a_small_links_traffic() -> None:
    assert Traffic.of(None, "seed") == Traffic.of(10_000_000, "seed")


@given(st.lists(st.tuples(st.sampled_from(Pace), st.floats(0, 1000)), max_size=8))
def test_what_is_carried_is_the_sum_over_the_paces(turns: list[tuple[Pace, float]]) -> None:
    flow, at, expected = Flow(HUNDRED), 0.0, 0.0
    pace = Pace.WAVERING
    for then, seconds in [*turns, (Pace.STILL, 0.0)]:
        expected += {
            Pace.WAVERING: HUNDRED.octets(at + seconds) - HUNDRED.octets(at),
            Pace.FULL: 12_500_000 * seconds,
            Pace.STILL: 0,
        }[pace]
        at += seconds
        flow.go_on(then, at)
        pace = then
    assert abs(flow.octets(at) - expected) <= 2 * (len(turns) + 1)


@given(st.lists(st.tuples(st.sampled_from(Pace), st.floats(0, 1000)), min_size=1, max_size=8))
def test_what_is_carried_never_falls(turns: list[tuple[Pace, float]]) -> None:
    flow, at, seen = Flow(HUNDRED), 0.0, [0]
    for pace, seconds in turns:
        flow.go_on(pace, at)
        at += seconds
        seen.append(flow.octets(at))
    assert all(one <= other for one, other in pairwise(seen))


def octets() -> Octets:
    return Octets(Flow(HUNDRED), 5_000_000_000)


def test_both_counters_count_on_from_where_they_were() -> None:
    counter = octets()
    carried = counter.flow.octets(10)
    assert (counter.high(carried), counter.low(carried)) == (5_000_000_000 + carried, 5_000_000_000 + carried - 2**32)


def test_a_restart_counts_from_0_and_forgets_what_no_answer_told() -> None:
    counter = octets()
    counter.tell(counter.flow.octets(20), 1_000.0)
    counter.restart(30)
    assert counter.high(counter.flow.octets(30)) == 0
    assert counter.high(counter.flow.octets(40)) == HUNDRED.octets(40) - HUNDRED.octets(30)
    assert counter.forgotten == HUNDRED.octets(30) - HUNDRED.octets(20)
    assert (counter.carried_at_answer, counter.answered_at) == (HUNDRED.octets(20), 1_000.0)


def test_what_was_carried_before_the_first_answer_is_forgotten_at_a_restart() -> None:
    counter = octets()
    counter.restart(30)
    assert (counter.forgotten, counter.carried_at_answer) == (HUNDRED.octets(30), None)


def test_what_is_forgotten_already_is_not_forgotten_again() -> None:
    counter = octets()
    counter.tell(counter.flow.octets(20), 1_000.0)
    counter.restart(30)
    counter.tell(counter.flow.octets(10), 1_001.0)  # by a device that answers from what it read before
    counter.restart(40)
    assert counter.forgotten == HUNDRED.octets(40) - HUNDRED.octets(20)


def test_a_counter_near_its_wrap_wraps_when_it_should_and_in_both_widths_at_once() -> None:
    counter = octets()
    counter.near_wrap(100, 45)
    before, after = counter.flow.octets(144.9), counter.flow.octets(145.1)
    assert counter.high(before) > 2**64 - 12_500_000
    assert counter.low(before) > 2**32 - 12_500_000
    assert counter.high(after) == counter.low(after) < 12_500_000
    assert counter.forgotten == HUNDRED.octets(100)
