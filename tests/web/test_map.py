"""The map: shapes by condition, names where there is room, and nothing of others that breaks it."""

import math
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from drawings import HOSTILE, all_text, classes, parsed, texts
from hypothesis import given
from hypothesis import strategies as st

from exporter.web.condition import Condition
from exporter.web.pages.map import Spot, convex_hull, district_map
from exporter.web.pages.placing import field

CSS = (Path(__file__).parents[2] / "exporter/web/static/charts.css").read_text()
WORDS = {
    Condition.DOWN: "Putus",
    Condition.PARTLY: "Sebagian putus",
    Condition.DEGRADED: "Mutu menurun",
    Condition.MAINTENANCE: "Pemeliharaan",
    Condition.UNMEASURED: "Tak terukur",
    Condition.UP: "Tersambung",
}


def spot(
    code: str = "dinkes",
    name: str = "Dinas Kesehatan",
    district: str = "Ciruas",
    at: tuple[float, float] = (-6.1389, 106.2297),
    condition: Condition = Condition.UP,
    href: str = "/offices/dinkes",
) -> Spot:
    return Spot(code, name, district, *at, condition, href)


def drawn_map(*spots: Spot) -> str:
    drawing = district_map(spots, words=WORDS.__getitem__)
    assert drawing is not None
    return drawing


def written(drawing: str, name: str) -> list[str]:
    return [all_text(text) for text in parsed(drawing).iter("text") if text.get("class") == name]


APART = [spot(str(number), at=(-6.1 - number / 20, 106.2 + number % 3 / 10)) for number in range(6)]


def test_without_a_place_there_is_no_map() -> None:
    assert district_map([], words=WORDS.__getitem__) is None


def test_an_office_is_a_link_with_its_name_and_condition_that_no_keyboard_stops_at() -> None:
    [link] = parsed(drawn_map(spot(condition=Condition.DEGRADED))).iter("a")
    assert (link.get("href"), link.get("tabindex"), all_text(link)) == (
        "/offices/dinkes",
        "-1",
        "Dinas Kesehatan: Mutu menurun",
    )


def test_the_map_is_for_eyes_alone() -> None:
    root = parsed(drawn_map(spot()))
    assert (root.get("aria-hidden"), root.get("role")) == ("true", None)


def test_each_condition_has_a_shape_of_its_own() -> None:
    marks = [next(parsed(drawn_map(spot(condition=of))).iter("g")) for of in Condition]
    shapes = {"".join(f"{part.tag} {sorted(part.items())}" for part in mark) for mark in marks}
    assert len(shapes) == len(Condition) - 1  # a circle is filled or hollow
    assert ".c-mark.c-unmeasured circle{fill:var(--surface)" in CSS


def test_the_worst_are_drawn_last() -> None:
    spots = [replace(each, condition=of) for each, of in zip(APART, Condition, strict=True)]
    drawn = [all_text(link).rpartition(": ")[2] for link in parsed(drawn_map(*spots)).iter("a")]
    assert drawn == ["Tersambung", "Tak terukur", "Pemeliharaan", "Mutu menurun", "Sebagian putus", "Putus"]


def test_symbols_are_written_once_and_used_by_each() -> None:
    root = parsed(drawn_map(*APART))
    [symbol] = [group.get("id") for group in root.iter("g") if group.get("id")]
    assert {use.get("href") for use in root.iter("use")} == {f"#{symbol}"}


def test_a_sub_district_has_its_name_once() -> None:
    near, far = (-6.1, 106.2), (-6.2, 106.4)
    drawing = drawn_map(spot("a", at=near), spot("b", at=near), spot("c", district="Anyar", at=far))
    assert written(drawing, "c-district") == ["Ciruas", "Anyar"]


def test_an_office_that_is_down_is_named_while_there_are_few() -> None:
    down = [replace(each, condition=Condition.DOWN) for each in APART]
    assert written(drawn_map(*down), "c-called") == ["0", "1", "2", "3", "4", "5"]
    assert written(drawn_map(*down, spot("6", at=(-6.0, 106.5), condition=Condition.DOWN)), "c-called") == []


def test_offices_at_one_place_stand_apart_with_lines_to_it() -> None:
    drawing = drawn_map(*[spot(str(number)) for number in range(13)])
    uses = [(float(use.get("x", "")), float(use.get("y", ""))) for use in parsed(drawing).iter("use")]
    assert min(math.dist(one, other) for one, other in combinations(uses, 2)) > 14
    [leaders] = [path.get("d", "") for path in parsed(drawing).iter("path") if path.get("class") == "c-leader"]
    assert leaders.count("M") == 11  # two are as near as a marker is wide


def test_of_very_many_offices_no_lines_are_drawn() -> None:
    assert "c-leader" not in classes(parsed(drawn_map(*[spot(str(number)) for number in range(900)])))


def test_what_is_not_up_stays_large_in_a_crowd() -> None:
    def symbol(amount: int, condition: Condition) -> str:
        drawing = drawn_map(*[spot(str(number), condition=condition) for number in range(amount)])
        [circle] = parsed(drawing).iter("circle")
        return circle.get("r", "")

    up, unmeasured = ([symbol(amount, of) for amount in (9, 900)] for of in (Condition.UP, Condition.UNMEASURED))
    assert (up, unmeasured) == (["5.4", "2.4"], ["5.4", "3.9"])


def test_an_office_that_stands_alone_has_no_line() -> None:
    assert "c-leader" not in classes(parsed(drawn_map(*APART)))


@pytest.mark.parametrize(
    ("far", "words"),
    [
        ((-6.1389, 106.2297), "500 m"),
        ((-6.1389, 106.3297), "2 km"),
        ((-6.1389, 112.2297), "100 km"),
        ((60, -80), "5000 km"),
    ],
)
def test_the_scale_is_a_round_length(far: tuple[float, float], words: str) -> None:
    assert written(drawn_map(spot(), spot(at=far)), "c-scale") == [words]


def test_the_scale_is_as_long_as_it_says() -> None:
    places = ((-6.0, 106.0), (-6.0, 106.5))
    made = field(places, 480, 320)
    km = 0.5 * 111.32 * math.cos(math.radians(6))
    assert math.dist(*made.true) == pytest.approx(km * made.units_a_km)


def test_a_thousand_offices_stay_small() -> None:
    many = [
        spot(f"o{n}", f"Kantor {n}", f"Kecamatan {n % 40}", (-6 - n % 31 / 80, 106 + n % 37 / 60)) for n in range(1000)
    ]
    drawing = drawn_map(*many)
    assert len(list(parsed(drawing).iter("use"))) == 1000
    assert len(drawing) < 150_000


def test_long_names_do_not_make_a_long_map() -> None:
    many = [spot(name="n" * 300, district="d" * 300, at=(-6 - n / 100, 106)) for n in range(10)]
    assert len(drawn_map(*many)) < 5_000


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_a_text(text: str) -> None:
    root = parsed(drawn_map(spot(text, text, text, condition=Condition.DOWN, href=text)))
    assert {element.tag for element in root.iter()} <= {"svg", "defs", "g", "path", "text", "a", "title", "use"}


offices = st.builds(
    Spot,
    texts,
    texts,
    texts,
    st.one_of(st.floats(-90, 90), st.just(-6.1)),
    st.one_of(st.floats(-180, 180), st.just(106.2)),
    st.sampled_from(Condition),
    texts,
)


@given(st.lists(offices, min_size=1, max_size=30))
def test_whatever_a_map_is_of_it_is_xml_within_its_frame(spots: list[Spot]) -> None:
    root = parsed(drawn_map(*spots))
    _, _, width, height = map(float, root.get("viewBox", "").split())
    assert (width, height <= 320) == (480, True)
    assert all(
        0 <= float(use.get("x", "")) <= width and 0 <= float(use.get("y", "")) <= height for use in root.iter("use")
    )
    assert {name for name in classes(root) if f".{name}" not in CSS} == set()


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=30))
def test_a_hull_holds_all_its_points_and_turns_one_way(points: list[tuple[int, int]]) -> None:
    hull = convex_hull(points)
    assert set(hull) <= set(points)
    edges = list(zip(hull, [*hull[1:], hull[0]], strict=True)) if len(hull) > 2 else []
    assert all((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) >= 0 for a, b in edges for p in points)
    assert min(points) in hull
    assert max(points) in hull
