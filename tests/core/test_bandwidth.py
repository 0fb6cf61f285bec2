"""Five-minute means: whole bins, bytes spread evenly, none where nobody knows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.bandwidth import BIN_SECONDS, DAY_SECONDS, Mean, Means, Meter, by_day, percentile_95, rates
from exporter.observation import DevicePoll

EPOCH = 1_770_000_000  # a multiple of 300


def polls(*told: tuple[float, int, int]) -> list[DevicePoll]:
    return [DevicePoll(EPOCH + at, EPOCH - 1000.0, receive, transmit) for at, receive, transmit in told]


def means_of(taken: Sequence[DevicePoll], interval_seconds: int = 30) -> list[Mean]:
    meter = Meter(interval_seconds)
    return [mean for poll in taken for mean in meter.take(poll)]


def test_a_bin_that_is_covered_from_end_to_end_has_a_mean() -> None:
    taken = polls(*((at, at * 1000, at * 10) for at in range(0, 331, 30)))
    assert means_of(taken) == [Mean(EPOCH, 1000.0, 10.0)]


def test_bytes_between_two_polls_are_spread_evenly_over_the_edge_of_a_bin() -> None:
    quiet = [(at, 0, 0) for at in range(0, 271, 30)]
    after = [(310.0, 4000, 400), *((at, 4000, 400) for at in range(340, 611, 30))]
    first, second = means_of(polls(*quiet, *after))
    assert first == Mean(EPOCH, pytest.approx(3000 / 300), pytest.approx(300 / 300))
    assert second == Mean(EPOCH + 300, pytest.approx(1000 / 300), pytest.approx(100 / 300))


def test_a_bin_that_begins_before_the_first_poll_has_no_mean() -> None:
    taken = polls(*((at, at, at) for at in range(10, 671, 30)))
    assert [mean.start for mean in means_of(taken)] == [EPOCH + 300]


def test_polls_more_than_three_intervals_apart_leave_the_bins_between_without_a_mean() -> None:
    early = [(at, at, at) for at in range(0, 301, 30)]
    far = [(at, at, at) for at in range(391, 960, 30)]
    assert [mean.start for mean in means_of(polls(*early, *far))] == [EPOCH, EPOCH + 600]


def test_polls_exactly_three_intervals_apart_are_near_enough() -> None:
    taken = polls(*((at, at, at) for at in range(0, 361, 90)))
    assert [mean.start for mean in means_of(taken)] == [EPOCH]


def test_totals_that_began_anew_leave_no_mean_across() -> None:
    early = [(at, 1_000_000 + at, at) for at in range(0, 151, 30)]
    anew = [(at, at, at) for at in range(180, 631, 30)]
    assert [mean.start for mean in means_of(polls(*early, *anew))] == [EPOCH + 300]


def test_a_poll_before_which_something_is_missing_leaves_no_mean_across() -> None:
    taken = polls(*((at, at, at) for at in range(0, 631, 30)))
    taken[4] = replace(taken[4], is_whole=False)
    assert [mean.start for mean in means_of(taken)] == [EPOCH + 300]


def test_a_clock_that_was_set_back_leaves_no_mean_across() -> None:
    early = [(at, at, at) for at in range(0, 271, 30)]
    back = [(at, 300 + at, 300 + at) for at in range(100, 341, 30)]
    assert means_of(polls(*early, *back)) == []


@given(
    st.lists(st.tuples(st.integers(1, 90), st.integers(0, 10**9)), min_size=1, max_size=60),
    st.integers(0, 299),
)
def test_the_means_hold_every_byte_of_the_bins_they_cover(steps: list[tuple[int, int]], phase: int) -> None:
    at, total = EPOCH + phase, 0
    taken = [DevicePoll(float(at), 0.0, 0, 0)]
    for seconds, gained in steps:
        at, total = at + seconds, total + gained
        taken.append(DevicePoll(float(at), 0.0, total, 2 * total))
    means = means_of(taken)
    whole = [start for start in range(EPOCH, at, 300) if start >= EPOCH + phase and start + 300 <= at]
    assert [mean.start for mean in means] == whole
    for mean in means:
        assert mean.receive_bytes_per_second * BIN_SECONDS == pytest.approx(
            carried(taken, mean.start, mean.start + 300), rel=1e-6, abs=1e-3
        )
        assert mean.transmit_bytes_per_second == pytest.approx(2 * mean.receive_bytes_per_second)


def carried(taken: Sequence[DevicePoll], low: int, high: int) -> float:
    total = 0.0
    for before, after in pairwise(taken):
        overlap = min(after.at, high) - max(before.at, low)
        if overlap > 0:
            total += (after.receive_bytes - before.receive_bytes) * overlap / (after.at - before.at)
    return total


def test_a_day_of_means_comes_back_from_its_bytes() -> None:
    day = EPOCH - EPOCH % DAY_SECONDS
    means = Means()
    some = [Mean(day, 1.5, 2.5), Mean(day + 600, 0.0, 12_500_000.0), Mean(day + DAY_SECONDS - 300, 3.0, 4.0)]
    for mean in some:
        means.put(mean)
    assert list(Means.from_bytes(means.to_bytes()).dated(day)) == some


def test_what_is_newer_replaces_what_was_and_leaves_the_rest() -> None:
    day = EPOCH - EPOCH % DAY_SECONDS
    held, newer = Means(), Means()
    held.put(Mean(day, 1.0, 1.0))
    held.put(Mean(day + 300, 2.0, 2.0))
    newer.put(Mean(day + 300, 3.0, 0.0))
    held.merge(newer)
    assert list(held.dated(day)) == [Mean(day, 1.0, 1.0), Mean(day + 300, 3.0, 0.0)]


def test_means_are_kept_by_their_day() -> None:
    day = EPOCH - EPOCH % DAY_SECONDS
    days = by_day([Mean(day + DAY_SECONDS - 300, 1.0, 2.0), Mean(day + DAY_SECONDS, 3.0, 4.0)])
    assert {start: list(means.dated(start)) for start, means in days.items()} == {
        day: [Mean(day + DAY_SECONDS - 300, 1.0, 2.0)],
        day + DAY_SECONDS: [Mean(day + DAY_SECONDS, 3.0, 4.0)],
    }


def test_bytes_of_another_length_are_no_day() -> None:
    with pytest.raises(ValueError, match="7 bytes are no day of means"):
        Means.from_bytes(b"1234567")


def test_the_percentile_is_a_value_by_nearest_rank() -> None:
    assert percentile_95(range(1, 101)) == 95
    assert percentile_95([7.0]) == 7.0
    assert percentile_95(range(1, 21)) == 19
    assert percentile_95(range(1, 22)) == 20
    assert percentile_95([]) is None


@given(st.lists(st.floats(0, 1e12), min_size=1))
def test_the_percentile_is_the_least_value_that_95_of_100_do_not_exceed(values: list[float]) -> None:
    found = percentile_95(values)
    assert found in values
    needed = math.ceil(0.95 * len(values) - 1e-9)
    assert sum(value <= found for value in values) >= needed
    assert sum(value < found for value in values) < needed


@given(
    st.lists(st.lists(st.booleans(), min_size=288, max_size=288), min_size=1, max_size=3),
    st.integers(-400, 4 * DAY_SECONDS),
    st.integers(0, 4 * DAY_SECONDS),
)
def test_rates_are_the_means_that_begin_within_a_period(days: list[list[bool]], start: int, length: int) -> None:
    written = []
    for number, known in enumerate(days):
        means = Means()
        for place, is_known in enumerate(known):
            if is_known:
                means.put(Mean(number * DAY_SECONDS + place * BIN_SECONDS, float(place), float(2 * place)))
        written.append((number * DAY_SECONDS, means))
    expected = [mean for day, means in written for mean in means.dated(day) if start <= mean.start < start + length]
    found = rates([(day, means.to_bytes()) for day, means in written], start, start + length)
    assert list(found.receive) == [mean.receive_bytes_per_second for mean in expected]
    assert list(found.transmit) == [mean.transmit_bytes_per_second for mean in expected]


def test_what_is_no_day_of_means_gives_no_rates() -> None:
    with pytest.raises(ValueError, match="3 bytes are no day of means"):
        rates([(0, b"abc")], 0, DAY_SECONDS)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=5000))
def test_a_percentile_is_the_nearest_rank_however_many_there_are(values: list[int]) -> None:
    assert percentile_95(values) == sorted(values)[-(-len(values) * 95 // 100) - 1]
