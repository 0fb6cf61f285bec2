from __future__ import annotations

from collections import Counter as Counts
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.observation import Count, Counter, InterfaceReading
from exporter.probes.totals import (
    UPTIME_WRAP,
    Rates,
    Step,
    Totals,
    boot_moved,
    engine_seconds,
    longest_interval_seconds,
    narrow_gain,
    rebooted,
    step,
    uptime_seconds,
)

DAY = 24 * 3600 * 100
MEGABIT = 125_000
IN, OUT, ERRORS = Count.IN_OCTETS, Count.OUT_OCTETS, Count.IN_ERRORS
CONTRACT = 100 * MEGABIT


def reading(
    uptime: int, received: int = 0, *, bits: int = 64, speed: int | None = 100, **more: object
) -> InterfaceReading:
    counters = {IN: Counter(received, bits)}
    in_bytes = None if speed is None else speed * MEGABIT
    return InterfaceReading(uptime, 1, counters, speed_bytes_per_second=in_bytes, **more)


def errors(uptime: int, value: int) -> InterfaceReading:
    return InterfaceReading(uptime, 1, {ERRORS: Counter(value, 32)}, speed_bytes_per_second=CONTRACT)


def gained(before: InterfaceReading, now: InterfaceReading, elapsed: float = 30.0, **more: object) -> int | None:
    """Return what the received octets gained, None where it can't be told."""
    taken = step(before, now, elapsed, **more)
    assert (IN in taken.gained) is not (IN in taken.untold)
    return taken.gained.get(IN)


def test_what_each_counter_gained_is_added() -> None:
    before = InterfaceReading(DAY, 1, {IN: Counter(100), OUT: Counter(40), ERRORS: Counter(3, 32)})
    now = InterfaceReading(DAY + 3000, 1, {IN: Counter(175), OUT: Counter(50), ERRORS: Counter(4, 32)})
    taken = step(before, now, 30.0)
    assert taken == Step({IN: 75, OUT: 10, ERRORS: 1})
    assert Totals({IN: 1000, OUT: 500}).after(taken) == Totals({IN: 1075, OUT: 510, ERRORS: 1})


def test_a_counter_that_comes_or_goes_gains_nothing() -> None:
    before = InterfaceReading(DAY, 1, {IN: Counter(100), OUT: Counter(40)})
    now = InterfaceReading(DAY + 3000, 1, {IN: Counter(175), ERRORS: Counter(5, 32)})
    assert step(before, now, 30.0) == Step({IN: 75})


def test_bytes_of_missed_polls_come_with_the_next_good_one() -> None:
    assert gained(reading(DAY, 100), reading(DAY + 360_000, 9_000_100), 3600.0) == 9_000_000


def test_after_a_reboot_the_counter_s_own_value_is_added() -> None:
    taken = step(reading(DAY, 10**12), reading(1500, 4_000), 30.0)
    assert taken == Step({IN: 4_000}, has_rebooted=True)
    assert Totals({IN: 7}, reboots=1).after(taken) == Totals({IN: 4_007}, reboots=2)


def test_a_reboot_in_a_long_gap_is_seen_though_the_uptime_is_higher_than_before() -> None:
    assert step(reading(100 * 100, 50_000), reading(3000 * 100, 40_000), 3600.0) == Step(
        {IN: 40_000}, has_rebooted=True
    )


def test_the_uptime_s_own_wrap_is_no_reboot() -> None:
    assert step(reading(UPTIME_WRAP - 1000, 100), reading(2000, 300), 30.0) == Step({IN: 200})


def test_a_second_reboot_soon_after_the_first_is_seen() -> None:
    assert rebooted(500, 100, 5.0)


def test_an_uptime_that_jumps_forward_is_no_reboot() -> None:
    assert not rebooted(DAY, 2 * DAY, 30.0)


def test_an_uptime_that_drifts_behind_by_seconds_is_no_reboot() -> None:
    assert not rebooted(DAY, DAY + 2500, 30.0)


def test_an_engine_s_time_that_fell_is_a_reboot_where_the_uptime_s_wrap_hides_it() -> None:
    before, now = reading(UPTIME_WRAP - 1000, 10**12), reading(1500, 4_000, snmpEngineTime=15)
    assert step(before, replace_uptime(now, 2000), 30.0).has_rebooted is False
    assert step(before, now, 30.0, engine_before=42_949_000).has_rebooted is True


def replace_uptime(now: InterfaceReading, uptime: int) -> InterfaceReading:
    return InterfaceReading(uptime, now.ifIndex, now.counters)


def test_an_engine_s_time_that_doesn_t_fit_the_uptime_is_not_believed() -> None:
    now = reading(400 * DAY, 300, snmpEngineTime=5)
    assert engine_seconds(now) is None
    assert step(reading(400 * DAY - 3000, 100), now, 30.0, engine_before=100) == Step({IN: 200})


@pytest.mark.parametrize(
    ("engine", "expected"),
    [(None, 1000.0), (1000, 1000.0), (1000 + 42_949_673, 42_950_672.96), (2_000_000, 1000.0), (910, 1000.0)],
)
def test_an_uptime_is_told_over_its_wraps_by_the_engine_s_time(engine: int | None, expected: float) -> None:
    assert uptime_seconds(reading(100_000, snmpEngineTime=engine)) == pytest.approx(expected)


def test_a_counter_wraps_at_64_bits() -> None:
    assert gained(reading(DAY, 2**64 - 10), reading(DAY + 3000, 90)) == 100


def test_a_counter_that_fell_without_a_reboot_was_reset() -> None:
    assert gained(reading(DAY, 10**15), reading(DAY + 3000, 90)) == 90


def test_a_counter_that_fell_to_more_than_was_carried_tells_nothing() -> None:
    assert gained(reading(DAY, 10**15), reading(DAY + 3000, 10**15 - 5)) is None


@pytest.mark.parametrize(("bits", "speed"), [(64, 100), (32, 1000), (32, 100)])
def test_a_counter_that_stepped_back_a_little_tells_nothing(bits: int, speed: int) -> None:
    before = reading(DAY, 400_000_000, bits=bits, speed=speed)
    now = reading(DAY + 3000, 399_999_000, bits=bits, speed=speed)
    assert gained(before, now, contract=CONTRACT) is None


def test_errors_that_stepped_back_a_little_tell_nothing() -> None:
    assert step(errors(DAY, 5000), errors(DAY + 3000, 4999), 30.0) == Step({}, frozenset({ERRORS}))


def test_an_agent_restarted_alone_doesn_t_add_its_whole_counter_once_more() -> None:
    assert step(reading(DAY, 10**12), reading(1000, 10**12 + 500), 30.0) == Step({IN: 500}, has_rebooted=True)


def test_an_agent_restarted_alone_is_seen_through_where_the_speed_is_unknown_too() -> None:
    assert gained(reading(DAY, 10**14, speed=None), reading(1000, 10**14 + 500, speed=None)) == 500


def test_an_agent_restarted_alone_is_seen_through_by_the_contract_where_the_speed_is_a_lie() -> None:
    before, now = reading(DAY, 10**12, speed=10), reading(6000, 700_000_000, speed=10)
    assert gained(before, now, 90.0) is None
    assert gained(before, now, 90.0, contract=CONTRACT) == 700_000_000


def counted(uptime: int, received: int, sent: int, errors: int = 0, **more: object) -> InterfaceReading:
    counters = {IN: Counter(received), OUT: Counter(sent), ERRORS: Counter(errors, 32)}
    more = {"ifIndex": 1, "ifCounterDiscontinuityTime": 0} | more
    return InterfaceReading(uptime, counters=counters, speed_bytes_per_second=CONTRACT, **more)


def test_an_agent_restarted_alone_whose_counters_are_small_adds_what_they_gained() -> None:
    taken = step(counted(DAY, 5_000_000, 700, 3), counted(1000, 5_000_400, 700, 4), 30.0)
    assert taken == Step({IN: 400, OUT: 0, ERRORS: 1}, has_rebooted=True)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (counted(DAY, 400, 9_000, 3), counted(1000, 500, 8_999, 3)),  # octets that fell
        (counted(DAY, 400, 700, 3), counted(1000, 500, 700, 2)),  # errors that fell
        (counted(DAY, 400, 700), counted(1000, 500, 700, ifIndex=7)),
        (counted(DAY, 400, 700), counted(1000, 500, 700, ifCounterDiscontinuityTime=900)),
    ],
)
def test_one_sign_that_the_counters_began_anew_makes_it_a_reboot_of_all(
    before: InterfaceReading, now: InterfaceReading
) -> None:
    values = {count: counter.value for count, counter in now.counters.items()}
    assert step(before, now, 30.0) == Step(values, has_rebooted=True)


def test_an_agent_restarted_alone_keeps_a_discontinuity_that_was_known() -> None:
    known = {"ifCounterDiscontinuityTime": 900}
    assert step(counted(DAY, 400, 7, **known), counted(1000, 500, 7, **known), 30.0).gained[IN] == 100


def test_an_agent_restarted_alone_while_32_bits_wrapped_invents_nothing() -> None:
    before = InterfaceReading(DAY, 1, {IN: Counter(2**32 - 10, 32), OUT: Counter(700, 32)}, speed_bytes_per_second=100)
    now = InterfaceReading(1000, 1, {IN: Counter(90, 32), OUT: Counter(800, 32)}, speed_bytes_per_second=100)
    assert step(before, now, 30.0, CONTRACT).gained == {IN: 90, OUT: 100}


def test_a_reboot_after_which_all_counters_passed_their_former_values_lacks_those() -> None:
    assert step(counted(DAY, 400, 700), counted(1000, 90_000, 8_000), 30.0).gained[IN] == 89_600


def test_after_a_reboot_a_value_that_nothing_explains_adds_nothing() -> None:
    assert step(reading(DAY, 10**15), reading(1000, 10**13), 30.0) == Step({}, frozenset({IN}), has_rebooted=True)


def test_after_a_discontinuity_the_counter_s_own_value_is_added() -> None:
    before = reading(DAY, 10**12, ifCounterDiscontinuityTime=0)
    now = reading(DAY + 3000, 90_000, ifCounterDiscontinuityTime=DAY + 1000)
    assert step(before, now, 30.0) == Step({IN: 90_000}, has_broken=True)


def test_after_a_discontinuity_a_value_that_the_port_couldn_t_carry_adds_nothing() -> None:
    before = reading(DAY, 10**12, ifCounterDiscontinuityTime=0)
    now = reading(DAY + 3000, 10**12 + 90_000, ifCounterDiscontinuityTime=DAY + 1000)
    assert step(before, now, 30.0) == Step({}, frozenset({IN}), has_broken=True)


def test_a_discontinuity_of_a_reboot_is_the_reboot_s() -> None:
    before = reading(DAY, 10**12, ifCounterDiscontinuityTime=77)
    assert step(before, reading(1500, 40, ifCounterDiscontinuityTime=0), 30.0) == Step({IN: 40}, has_rebooted=True)


def test_an_interface_at_another_index_that_fell_was_made_anew_and_didn_t_wrap() -> None:
    before = InterfaceReading(DAY, 1, {IN: Counter(4_000_000_000, 32)}, speed_bytes_per_second=CONTRACT)
    now = InterfaceReading(DAY + 3000, 7, {IN: Counter(100_000, 32)}, speed_bytes_per_second=CONTRACT)
    assert gained(before, now) == 100_000


def test_a_counter_of_32_bits_goes_on_over_its_wrap() -> None:
    assert gained(reading(DAY, 2**32 - 10, bits=32), reading(DAY + 3000, 90, bits=32)) == 100


def test_a_gap_in_which_32_bits_may_have_lapped_adds_nothing() -> None:
    before = reading(DAY, 1_000, bits=32)
    assert gained(before, reading(DAY + 34_300, 2_000, bits=32), 343.0) == 1_000
    assert gained(before, reading(DAY + 34_400, 2_000, bits=32), 344.0) is None


def test_a_counter_whose_width_changes_gains_nothing() -> None:
    assert gained(reading(DAY, 1_000), reading(DAY + 3000, 2_000, bits=32)) is None


def test_errors_go_on_over_their_wrap() -> None:
    assert step(errors(DAY, 2**32 - 5), errors(DAY + 3000, 5), 30.0).gained == {ERRORS: 10}


def test_errors_that_were_cleared_count_from_zero() -> None:
    assert step(errors(DAY, 70_000), errors(DAY + 3000, 12), 30.0).gained == {ERRORS: 12}


@pytest.mark.parametrize(
    ("megabits", "retries", "expected"), [(100, 0.0, 229), (100, 4.0, 226), (1000, 4.0, 20), (20_000, 4.0, 0)]
)
def test_the_longest_interval_for_32_bits_leaves_half_of_it_and_the_retries_before_a_wrap(
    megabits: int, retries: float, expected: int
) -> None:
    assert longest_interval_seconds(megabits * MEGABIT, retries) == expected


def test_a_rate_is_the_contract_s_else_the_speed_s() -> None:
    assert [Rates(100, 10).ordinary, Rates(None, 10).ordinary, Rates().ordinary] == [100, 10, None]
    assert [Rates(100, 10).greatest, Rates(None, 10).greatest, Rates().greatest] == [100, 10, None]


def test_without_any_rate_32_bits_tell_nothing() -> None:
    assert narrow_gain(1, 2, 1.0, Rates()) is None


def test_a_boot_time_doesn_t_move_with_the_uptime_s_wrap() -> None:
    boot_at = 1_770_000_000.0
    uptime = (500 * DAY) % UPTIME_WRAP
    assert abs(boot_moved(boot_at, boot_at + 500 * DAY / 100, uptime)) < 0.01


@dataclass
class Router:
    """A router that carries what it is told, at most 100 Mbit/s, and counts as a real one does."""

    bits: int
    uptime: int
    counter: int
    discontinuity: int = 0

    def carry(self, seconds: float, share: float) -> int:
        carried = round(seconds * share * CONTRACT)
        self.uptime += round(seconds * 100)
        self.counter += carried
        return carried

    def reboot(self) -> None:
        self.uptime, self.counter, self.discontinuity = 0, 0, 0

    def break_off(self) -> None:
        self.counter, self.discontinuity = 0, self.uptime % UPTIME_WRAP

    def reading(self) -> InterfaceReading:
        return reading(
            self.uptime % UPTIME_WRAP,
            self.counter % 2**self.bits,
            bits=self.bits,
            ifCounterDiscontinuityTime=self.discontinuity,
        )


Leg = tuple[float, float, str]
leg = st.tuples(
    st.floats(20.0, 60.0),
    st.floats(0.0, 1.0),  # traffic, as a share of 100 Mbit/s
    st.sampled_from(["polled", "polled", "polled", "lost", "rebooted", "broken"]),
)


@given(
    st.sampled_from([32, 64]), st.integers(0, UPTIME_WRAP - 1), st.integers(0, 2**64 - 1), st.lists(leg, max_size=14)
)
def test_a_total_is_the_true_traffic_less_what_reboots_and_discontinuities_swallowed(
    bits: int, uptime: int, counter: int, legs: list[Leg]
) -> None:
    router = Router(bits, uptime, counter)
    totals, true, unpolled, elapsed, reboots, change = Totals(), 0, 0, 0.0, 0, ""
    before = router.reading()
    for seconds, share, event in legs:
        unpolled += router.carry(seconds, share)
        elapsed += seconds
        if event in {"rebooted", "broken"} and not change and router.uptime > 9000:
            change, unpolled = event, 0
            router.reboot() if event == "rebooted" else router.break_off()
            reboots += event == "rebooted"
            unpolled += router.carry(20.0, share)
            elapsed += 20.0
        if event != "lost" or elapsed > 200:
            now = router.reading()
            if change == "rebooted" and now.counters[IN].value >= before.counters[IN].value:
                unpolled -= before.counters[IN].value  # taken for the agent's restart
            totals = totals.after(step(before, now, elapsed, CONTRACT))
            true, unpolled, elapsed, before, change = true + unpolled, 0, 0.0, now, ""
            assert totals == Totals({IN: true}, reboots)


@given(st.lists(st.tuples(leg, st.booleans()), max_size=14), st.integers(0, 2**40), st.integers(0, 2**40))
def test_no_total_is_more_than_was_carried_whether_the_device_or_its_agent_restarts(
    legs: list[tuple[Leg, bool]], received: int, sent: int
) -> None:
    port = {IN: received, OUT: sent}
    uptime, elapsed, totals, carried = DAY, 0.0, Totals(), Counts()
    before = counted(uptime, *port.values())
    for (seconds, share, event), is_agent_s in legs:
        if event in {"rebooted", "broken"}:
            uptime = 0
            port = port if is_agent_s else dict.fromkeys(port, 0)
        gain = round(seconds * share * CONTRACT)
        port, carried = {IN: port[IN] + gain, OUT: port[OUT] + gain // 3}, carried + Counts({IN: gain, OUT: gain // 3})
        uptime, elapsed = uptime + round(seconds * 100), elapsed + seconds
        if event != "lost":
            now = counted(uptime, *port.values())
            totals = totals.after(step(before, now, elapsed, CONTRACT))
            before, elapsed = now, 0.0
        assert all(total <= carried[count] for count, total in totals.counts.items())


@given(*[st.integers(0, 2**64 - 1)] * 2, *[st.integers(0, UPTIME_WRAP - 1)] * 4, st.floats(0, 1e7))
def test_whatever_a_device_says_no_total_falls(  # noqa: PLR0913, PLR0917
    counter: int,
    next_counter: int,
    uptime: int,
    next_uptime: int,
    broke_at: int,
    engine: int,
    elapsed: float,
) -> None:
    now = reading(next_uptime, next_counter, ifCounterDiscontinuityTime=broke_at, snmpEngineTime=engine)
    taken = step(reading(uptime, counter, ifCounterDiscontinuityTime=0), now, elapsed, None, 77)
    assert all(gain >= 0 for gain in taken.gained.values())
