"""Points on a map keep apart; one that stands alone stays where it is."""

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.web.pages.placing import SIDE, field
from exporter.web.pages.spreading import Lattice, Point, spread

LATTICE = Lattice(pitch=10, left=0, top=0, width=200, height=100)
points = st.lists(st.tuples(st.floats(0, 200), st.floats(0, 100)), min_size=1, max_size=60)
crowds = st.lists(st.tuples(st.floats(95, 105), st.floats(45, 55)), min_size=1, max_size=60)


def least_distance(places: list[Point]) -> float:
    return min((math.dist(one, other) for one, other in combinations(places, 2)), default=math.inf)


@given(st.one_of(points, crowds))
def test_no_two_points_are_closer_than_the_pitch(places: list[Point]) -> None:
    assert least_distance(spread(places, LATTICE)) >= 10 - 1e-6


@given(points)
def test_a_point_alone_stays(places: list[Point]) -> None:
    for before, after in zip(places, spread(places, LATTICE), strict=True):
        others = sorted(math.dist(before, place) for place in places)[1:]
        assert before == after or others[0] < 10


def test_a_crowd_at_one_place_is_round_about_it() -> None:
    assert max(math.dist((100, 50), place) for place in spread([(100, 50)] * 19, LATTICE)) < 25


def test_a_crowd_at_a_corner_stays_in_the_box() -> None:
    assert all(x >= 0 and y >= 0 for x, y in spread([(0, 0)] * 40, LATTICE))


def test_neighbours_that_would_cross_are_swapped() -> None:
    right, left = spread([(104, 50), (97, 50)], LATTICE)
    assert left[0] < right[0]


def test_without_room_points_stay_where_they_are() -> None:
    crowd = [(5.0, 5.0)] * 9
    small = Lattice(pitch=10, left=0, top=0, width=10, height=10)
    assert (small.columns, small.rows, spread(crowd, small).count((5.0, 5.0))) == (1, 2, 7)


@pytest.mark.parametrize("amount", [1, 31, 1000])
def test_on_a_map_all_of_them_keep_apart_at_any_number(amount: int) -> None:
    made = field(((-6.1, 106.2),) * amount, 480, 320)
    assert len(set(made.drawn)) == amount
    assert least_distance(list(made.drawn)) >= made.pitch - 1e-6
    assert all(0 < x < made.width and 0 < y < made.height for x, y in made.drawn)


def test_north_is_up_and_east_is_right_on_both_hemispheres() -> None:
    for latitude in (-6.0, 52.0):
        north_west, south_east = field(((latitude + 0.5, -1.0), (latitude, 1.0)), 480, 320).true
        assert north_west[0] < south_east[0]
        assert north_west[1] < south_east[1]


def test_a_degree_of_longitude_is_shorter_far_from_the_equator() -> None:
    made = field(((60.0, 10.0), (60.0, 11.0), (61.0, 10.0), (59.0, 10.0)), 480, 320)
    here, east, north, _ = made.true
    assert math.dist(here, east) / math.dist(here, north) == pytest.approx(0.5)


def test_the_map_is_as_wide_as_its_places_and_no_higher_than_they_need() -> None:
    made = field(((-6.0, 106.0), (-6.01, 106.5)), 480, 320)
    assert [x for x, _ in made.true] == pytest.approx([SIDE, 480 - SIDE])
    assert made.height == pytest.approx(150)


def test_high_places_are_as_high_as_the_map_may_be() -> None:
    assert field(((-5.0, 106.0), (-7.0, 106.1)), 480, 320).height == pytest.approx(320)
