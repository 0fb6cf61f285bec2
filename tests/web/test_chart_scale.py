"""Round values for an axis, and labels that keep apart."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.web.pages.scale import apart, nice_ticks


@pytest.mark.parametrize(
    ("largest", "ticks"),
    [
        (100e6, (0, 25e6, 50e6, 75e6, 100e6)),
        (0.0093, (0, 0.0025, 0.005, 0.0075, 0.01)),
        (0.05, (0, 0.02, 0.04, 0.06)),
        (7, (0, 2, 4, 6, 8)),
        (1, (0, 0.25, 0.5, 0.75, 1)),
        (0, (0, 0.25, 0.5, 0.75, 1)),
        (-3, (0, 0.25, 0.5, 0.75, 1)),
        (float("nan"), (0, 0.25, 0.5, 0.75, 1)),
        (float("inf"), (0, 0.25, 0.5, 0.75, 1)),
    ],
)
def test_ticks_are_round(largest: float, ticks: tuple[float, ...]) -> None:
    assert nice_ticks(largest) == ticks


@given(st.floats(1e-9, 1e15))
def test_three_to_five_ticks_reach_the_largest_value_with_less_than_half_of_the_axis_above_it(largest: float) -> None:
    ticks = nice_ticks(largest)
    assert 3 <= len(ticks) <= 5
    assert ticks[0] == 0
    assert largest * (1 - 1e-6) <= ticks[-1] < largest * 2


def test_labels_that_would_touch_move_apart_and_others_stay() -> None:
    assert apart([100, 10, 104], 15, 0, 200) == (100, 10, 115)


def test_labels_at_the_bottom_move_up() -> None:
    assert apart([198, 200], 15, 0, 200) == (185, 200)


def test_where_there_is_no_room_labels_share_what_there_is() -> None:
    assert apart([5, 5, 5], 15, 0, 20) == (0, 10, 20)


def test_no_label_needs_no_place() -> None:
    assert apart([], 15, 0, 20) == ()


@given(st.lists(st.floats(-50, 250), min_size=1, max_size=12))
def test_places_keep_their_order_their_distance_and_their_bounds(wanted: list[float]) -> None:
    places = apart(wanted, 15, 0, 200)
    in_order = [place for _, place in sorted(zip(wanted, places, strict=True), key=lambda pair: pair)]
    assert all(later - earlier >= 15 - 1e-6 for earlier, later in pairwise(in_order))
    assert all(-1e-6 <= place <= 200 + 1e-6 for place in places)
