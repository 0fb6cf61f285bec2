"""Bars of states: what is seen of each cell, how small they are, and that nothing of others breaks them."""

import re
from pathlib import Path

import pytest
from drawings import all_text, classes, parsed, strip_of, texts
from hypothesis import given
from hypothesis import strategies as st

from exporter.timeline import State
from exporter.web.history import Strip
from exporter.web.pages.charts import HEIGHT, Stroke, cell_strokes, state_bar

UP, DEGRADED, DOWN, UNMEASURED = State.UP, State.DEGRADED, State.DOWN, State.UNMEASURED
CSS = (Path(__file__).parents[2] / "exporter/web/static/charts.css").read_text()
DAY = 86_400
seconds = st.integers(0, DAY)


def bar(strip: Strip, label: str = "") -> str:
    return state_bar(strip, label, width=144, height=22)


def paths(drawing: str) -> dict[str, str]:
    return {path.get("class", ""): path.get("d", "") for path in parsed(drawing).iter("path")}


def test_a_bar_of_one_state_is_one_path() -> None:
    whole = bar(strip_of(*[{UP: 1800}] * 48), "24 jam: tersambung 100 %")
    assert whole == (
        '<svg class="c-bar" width="144" height="22" viewBox="0 0 48 20" preserveAspectRatio="none" role="img"'
        ' aria-label="24 jam: tersambung 100 %"><path d="M0 14.5h48"/></svg>'
    )


def test_cells_that_are_drawn_alike_are_one_stroke_though_their_seconds_differ() -> None:
    assert paths(bar(strip_of({UP: 1800}, {UP: 1800}, {UP: 700}))) == {"": "M0 14.5h3"}


def test_each_state_has_a_path_of_its_own_and_what_is_in_no_state_has_none() -> None:
    strip = strip_of({}, {UP: 1800}, {UP: 1800}, {DEGRADED: 1800}, {DOWN: 1800}, {UNMEASURED: 1800}, {UP: 1800}, {})
    assert paths(bar(strip)) == {
        "": "M1 14.5h2M6 14.5h1",
        "c-g": "M3 13.5h1",
        "c-d": "M4 10h1",
        "c-n": "M5 19.25h1",
    }


@pytest.mark.parametrize(
    ("cell", "strokes"),
    [
        ((DAY - 600, 0, 600, 0), (Stroke.UP, Stroke.BRIEFLY_DOWN)),
        ((DAY - 1, 0, 1, 0), (Stroke.UP, Stroke.BRIEFLY_DOWN)),
        ((80_000, 0, 6_400, 0), (Stroke.UP, Stroke.A_WHILE_DOWN)),
        ((DAY // 2, 0, DAY // 2, 0), (Stroke.DOWN,)),
        ((0, 0, 5, 0), (Stroke.DOWN,)),
        ((0, 0, 600, DAY - 600), (Stroke.UNMEASURED, Stroke.BRIEFLY_DOWN)),
        ((DAY - 600, 600, 0, 0), (Stroke.UP, Stroke.SOME_DEGRADED)),
        ((600, DAY - 600, 0, 0), (Stroke.DEGRADED,)),
        ((DAY - 600, 0, 0, 600), (Stroke.UP,)),
        ((600, 0, 0, DAY - 600), (Stroke.UNMEASURED,)),
        ((0, 0, 0, 0), ()),
    ],
)
def test_what_a_cell_is_drawn_of(cell: tuple[int, int, int, int], strokes: tuple[Stroke, ...]) -> None:
    assert cell_strokes(*cell) == strokes


@given(seconds, seconds, st.integers(1, DAY), seconds)
def test_a_second_that_was_down_is_seen_in_every_cell(up: int, degraded: int, down: int, unmeasured: int) -> None:
    drawn = cell_strokes(up, degraded, down, unmeasured)
    assert drawn[-1] in {Stroke.BRIEFLY_DOWN, Stroke.A_WHILE_DOWN, Stroke.DOWN}


@given(seconds, seconds, seconds, st.integers(1, DAY))
def test_a_longer_outage_never_looks_shorter(up: int, degraded: int, down: int, more: int) -> None:
    order = list(Stroke)
    before, after = (cell_strokes(up, degraded, length, 0) for length in (down, down + more))
    assert not before or order.index(before[-1]) <= order.index(after[-1]) or before[-1] is Stroke.SOME_DEGRADED


def test_only_what_is_down_reaches_above_its_neighbours() -> None:
    tops = {stroke: float(stroke.value[1]) - thickness(stroke) / 2 for stroke in Stroke}
    assert tops == {
        Stroke.UP: 9,
        Stroke.PARTLY_MEASURED: 14.5,
        Stroke.DEGRADED: 7,
        Stroke.SOME_DEGRADED: 6.5,
        Stroke.UNMEASURED: 18.5,
        Stroke.BRIEFLY_DOWN: 0,
        Stroke.A_WHILE_DOWN: 0,
        Stroke.DOWN: 0,
    }


def test_all_that_is_not_an_addition_stands_on_the_bottom() -> None:
    standing = (Stroke.UP, Stroke.DEGRADED, Stroke.UNMEASURED, Stroke.DOWN)
    assert {float(stroke.value[1]) + thickness(stroke) / 2 for stroke in standing} == {HEIGHT}


def thickness(stroke: Stroke) -> float:
    selector = f".c-bar .{stroke.value[0].split()[-1]}" if stroke.value[0] else ".c-bar path"
    found = re.search(re.escape(selector) + r"\{[^}]*stroke-width:([\d.]+)", CSS)
    assert found is not None, selector
    return float(found[1])


def test_titles_lie_over_each_cell() -> None:
    drawing = state_bar(strip_of({UP: 1800}, {DOWN: 1800}), "x", titles=lambda cell: f"<{cell}>", width=144, height=22)
    rects = [(rect.get("x"), rect.get("width"), all_text(rect)) for rect in parsed(drawing).iter("rect")]
    assert rects == [("0", "1", "<0>"), ("1", "1", "<1>")]


def test_a_bar_without_words_is_hidden_from_those_who_listen() -> None:
    root = parsed(bar(strip_of({UP: 1800})))
    assert (root.get("aria-hidden"), root.get("role"), root.get("aria-label")) == ("true", None, None)


def test_a_state_that_a_strip_leaves_out_is_nowhere() -> None:
    assert paths(bar(Strip((0, 60, 120), {UP: [60, 0], DOWN: [0, 60]}))) == {"": "M0 14.5h1", "c-d": "M1 10h1"}


def test_bars_of_many_offices_stay_small() -> None:
    quiet = bar(strip_of(*[{UP: DAY}] * 90))
    busy = bar(strip_of(*[{UP: DAY}, {UP: DAY - 600, DOWN: 600}, {DOWN: DAY}] * 30))
    assert (len(quiet) < 150, len(busy) < 1500) == (True, True)


@given(st.lists(st.tuples(seconds, seconds, seconds, seconds), max_size=100), texts)
def test_whatever_is_in_a_bar_it_is_xml_of_classes_that_the_stylesheet_has(
    cells: list[tuple[int, int, int, int]], label: str
) -> None:
    strip = strip_of(*(dict(zip(State, cell, strict=True)) for cell in cells))
    root = parsed(state_bar(strip, label, titles=lambda _: label, width=144, height=22))
    assert {name for name in classes(root) if f".{name}" not in CSS} == set()
