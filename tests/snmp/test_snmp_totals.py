from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exporter.observation import InterfaceReading
from exporter.probes.totals import COUNTER_WRAP, UPTIME_WRAP, Totals, advance, boot_moved, rebooted

DAY = 24 * 3600 * 100


def reading(uptime: int, received: int = 0, sent: int = 0, speed: int | None = 100) -> InterfaceReading:
    return InterfaceReading(
        sysUpTime=uptime, ifIndex=1, ifHCInOctets=received, ifHCOutOctets=sent, ifOperStatus=1, ifHighSpeed=speed
    )


def test_bytes_of_both_directions_are_added() -> None:
    before, now = reading(DAY, 100, 40), reading(DAY + 3000, 175, 50)
    assert advance(Totals(1000, 500), before, now, 30.0) == Totals(1075, 510)


def test_bytes_of_missed_polls_come_with_the_next_good_one() -> None:
    before, now = reading(DAY, 100), reading(DAY + 360_000, 9_000_100)
    assert advance(Totals(), before, now, 3600.0).in_bytes == 9_000_000


def test_after_a_reboot_the_counter_s_own_value_is_added() -> None:
    before, now = reading(DAY, 10**12, 10**11), reading(1500, 4_000, 300)
    assert advance(Totals(7, 8), before, now, 30.0) == Totals(4_007, 308, reboots=1)


def test_a_reboot_in_a_long_gap_is_seen_though_the_uptime_is_higher_than_before() -> None:
    before, now = reading(100 * 100, 50_000), reading(3000 * 100, 60_000)
    assert advance(Totals(), before, now, 3600.0) == Totals(in_bytes=60_000, reboots=1)


def test_the_uptime_s_own_wrap_is_no_reboot() -> None:
    before, now = reading(UPTIME_WRAP - 1000, 100), reading(2000, 300)
    assert advance(Totals(), before, now, 30.0) == Totals(in_bytes=200)


def test_a_second_reboot_soon_after_the_first_is_seen() -> None:
    assert rebooted(500, 100, 5.0)


def test_an_uptime_that_jumps_forward_is_no_reboot() -> None:
    assert not rebooted(DAY, 2 * DAY, 30.0)


def test_an_uptime_that_drifts_behind_by_seconds_is_no_reboot() -> None:
    assert not rebooted(DAY, DAY + 2500, 30.0)


def test_a_counter_wraps_at_64_bits() -> None:
    before, now = reading(DAY, COUNTER_WRAP - 10), reading(DAY + 3000, 90)
    assert advance(Totals(), before, now, 30.0) == Totals(in_bytes=100)


def test_a_counter_that_fell_without_a_reboot_was_reset() -> None:
    before, now = reading(DAY, 10**15), reading(DAY + 3000, 90)
    assert advance(Totals(), before, now, 30.0) == Totals(in_bytes=90)


def test_an_agent_restarted_alone_doesn_t_add_its_whole_counter_once_more() -> None:
    before, now = reading(DAY, 10**12), reading(1000, 10**12 + 500)
    assert advance(Totals(), before, now, 30.0) == Totals(in_bytes=500, reboots=1)


def test_an_agent_restarted_alone_is_seen_through_where_the_speed_is_unknown_too() -> None:
    before, now = reading(DAY, 10**14, speed=None), reading(1000, 10**14 + 500, speed=None)
    assert advance(Totals(), before, now, 30.0) == Totals(in_bytes=500, reboots=1)


def test_a_boot_time_doesn_t_move_with_the_uptime_s_wrap() -> None:
    boot_at = 1_770_000_000.0
    uptime = (500 * DAY) % UPTIME_WRAP
    assert abs(boot_moved(boot_at, boot_at + 500 * DAY / 100, uptime)) < 0.01


Step = tuple[int, float, float | None]
step = st.tuples(
    st.integers(5, 7200),  # seconds between two good polls
    st.floats(0.0, 1.0),  # traffic, as a share of 100 Mbit/s
    st.one_of(st.none(), st.floats(0.01, 0.99)),  # when in between the device rebooted
)


@given(st.integers(0, COUNTER_WRAP - 1), st.integers(0, UPTIME_WRAP - 1), st.lists(step, max_size=12))
def test_without_reboots_nothing_is_lost_or_invented(counter: int, uptime: int, steps: list[Step]) -> None:
    totals, carried, before = Totals(), 0, reading(uptime, counter)
    for seconds, share, _ in steps:
        gained = round(seconds * share * 12_500_000)
        carried += gained
        counter = (counter + gained) % COUNTER_WRAP
        uptime = (uptime + seconds * 100) % UPTIME_WRAP
        now = reading(uptime, counter)
        totals = advance(totals, before, now, float(seconds))
        before = now
        assert totals == Totals(in_bytes=carried)


@given(st.integers(0, COUNTER_WRAP - 1), st.integers(DAY, 400 * DAY), st.lists(step, max_size=12))
def test_over_reboots_what_came_since_the_boot_counts_and_totals_never_fall(
    counter: int, uptime: int, steps: list[Step]
) -> None:
    totals, carried, reboots, before = Totals(), 0, 0, reading(uptime, counter)
    for seconds, share, wish in steps:
        reboot = wish if uptime > 50 * 100 else None  # what reboots twice within the slack isn't seen
        since_boot = seconds if reboot is None else seconds * (1 - reboot)
        gained = round(since_boot * share * 12_500_000)
        if reboot is not None:
            uptime, counter, reboots = -(seconds * 100 - round(since_boot * 100)), 0, reboots + 1
        uptime += seconds * 100
        counter = (counter + gained) % COUNTER_WRAP
        carried += gained
        now = reading(uptime % UPTIME_WRAP, counter)
        after = advance(totals, before, now, float(seconds))
        assert after.in_bytes >= totals.in_bytes
        totals, before = after, now
    assert totals == Totals(in_bytes=carried, reboots=reboots)


@given(*[st.integers(0, COUNTER_WRAP - 1)] * 2, *[st.integers(0, UPTIME_WRAP - 1)] * 2, st.floats(0, 1e7))
def test_whatever_a_device_says_totals_never_fall(
    counter: int, next_counter: int, uptime: int, next_uptime: int, elapsed: float
) -> None:
    after = advance(Totals(5, 5), reading(uptime, counter), reading(next_uptime, next_counter), elapsed)
    assert after.in_bytes >= 5
    assert after.out_bytes == 5
