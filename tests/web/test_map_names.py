"""Names on a map stand where they cover nothing, or nowhere."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from exporter.web.pages.naming import Anchor, Box, Name, Room, places_beside
from exporter.web.pages.spreading import Point

AROUND = Box(190, 90, 210, 110)


def test_a_name_stands_above_what_it_names() -> None:
    room = Room(400, 200, [(200, 100)], 10)
    assert room.put(places_beside("Ciruas", AROUND, 400)) == Name("Ciruas", 200, 86.25, Anchor.MIDDLE)


def test_where_something_stands_above_a_name_goes_below() -> None:
    room = Room(400, 200, [(200, 100), (200, 80)], 10)
    assert room.put(places_beside("Ciruas", AROUND, 400)) == Name("Ciruas", 200, 123.5, Anchor.MIDDLE)


def test_two_names_never_stand_in_one_place() -> None:
    room = Room(400, 200, [], 0)
    places = [Name("Ciruas", 200, 100, Anchor.MIDDLE)]
    assert (room.put(places), room.put(places)) == (places[0], None)


def test_a_name_that_would_leave_the_map_moves_in() -> None:
    put = Room(400, 200, [], 0).put(places_beside("Kramatwatu", Box(0, 90, 20, 110), 400))
    assert put is not None
    assert put.box.left >= 2


def test_a_name_wider_than_the_map_stands_nowhere() -> None:
    assert Room(60, 200, [], 0).put(places_beside("Kramatwatu", Box(20, 90, 40, 110), 60)) is None


def test_what_is_put_into_a_copy_leaves_the_room_as_it_was() -> None:
    room = Room(400, 200, [], 0)
    places = [Name("Ciruas", 200, 100, Anchor.MIDDLE)]
    room.copy().put(places)
    assert room.put(places) == places[0]


def test_an_anchor_is_where_a_text_begins_or_ends() -> None:
    boxes = [Name("ab", 100, 50, anchor).box for anchor in Anchor]
    assert [(round(box.left, 1), round(box.right, 1)) for box in boxes] == [(100, 116.8), (91.6, 108.4), (83.2, 100)]


corners = st.tuples(st.floats(0, 380), st.floats(0, 180))


@given(st.lists(corners, max_size=30), st.lists(st.tuples(corners, st.text(max_size=12)), max_size=20))
def test_names_cover_no_point_and_no_name(points: list[Point], wanted: list[tuple[Point, str]]) -> None:
    room = Room(400, 200, points, 5)
    around = ((Box(x, y, x + 20, y + 20), text) for (x, y), text in wanted)
    put = [name.box for box, text in around if (name := room.put(places_beside(text or "x", box, 400))) is not None]
    assert not any(one.overlaps(other) for one, other in combinations(put, 2))
    assert not any(box.overlaps(Box(x - 5, y - 5, x + 5, y + 5)) for box in put for x, y in points)
