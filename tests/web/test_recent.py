"""The last 24 hours in memory: cells of two minutes, whatever the order and the time of the sketches."""

from __future__ import annotations

import tracemalloc
from array import array

from hypothesis import given
from hypothesis import strategies as st

from exporter.recent import CELL_SECONDS, CELLS, Cell, Recent
from exporter.statistics import Sketch

START = 1_770_000_000  # a cell's beginning
DAY = 86_400
echoes = st.builds(
    lambda rtts, lost: (tuple(rtts), lost),
    st.lists(st.sampled_from([0.001, 0.005, 0.02, 1.5]), max_size=4),
    st.integers(0, 3),
)
arrivals = st.lists(st.tuples(st.integers(-2 * DAY, 3 * DAY), echoes), max_size=30)
rising = arrivals.map(lambda found: sorted(found, key=lambda arrival: arrival[0]))


def sketch(*rtts: float, lost: int = 0) -> Sketch:
    made = Sketch(lost=lost)
    made.observe_all(rtts)
    return made


def single(value: float | None) -> float | None:
    """Return a number as four bytes hold it."""
    return None if value is None else array("f", [value])[0]


def cell(at: int, of: Sketch) -> Cell:
    loss_ratio = array("f", [of.lost / (of.lost + of.replies)])[0]
    return Cell(at, single(of.quantile(0.5)), single(of.quantile(0.95)), loss_ratio)


def expected(found: list[tuple[int, tuple[tuple[float, ...], int]]], now: int) -> tuple[Cell, ...]:
    """Return the cells by their definition: each sketch counts unless it is of before the latest."""
    cells: dict[int, Sketch] = {}
    for seconds, (rtts, lost) in found:
        start = (START + seconds) // CELL_SECONDS * CELL_SECONDS
        if (rtts or lost) and start >= max(cells, default=start):
            cells.setdefault(start, Sketch()).merge(sketch(*rtts, lost=lost))
    last = now // CELL_SECONDS * CELL_SECONDS
    first = max(last, max(cells, default=0)) - (CELLS - 1) * CELL_SECONDS
    return tuple(cell(at, of) for at, of in sorted(cells.items()) if first <= at <= last)


@given(arrivals | rising, st.integers(-DAY, 4 * DAY))
def test_the_cells_are_what_all_the_sketches_say_though_the_clock_jumps_both_ways(
    found: list[tuple[int, tuple[tuple[float, ...], int]]], seconds: int
) -> None:
    recent = Recent()
    for at, (rtts, lost) in found:
        recent.add("dinkes/primary", START + at + 0.5, sketch(*rtts, lost=lost))
    assert recent.cells("dinkes/primary", START + seconds + 0.25) == expected(found, START + seconds)


gaps = st.lists(st.sampled_from([0, 1, 1, 2, 3, CELLS - 1, CELLS, CELLS + 1, 2 * CELLS - 1]), min_size=1, max_size=8)


@given(gaps, st.integers(-3, 3) | st.sampled_from([-CELLS, 1 - CELLS, CELLS - 2, CELLS]))
def test_a_link_that_was_silent_for_a_while_shows_nothing_of_the_round_before(found: list[int], ahead: int) -> None:
    recent, arrived, at = Recent(), [], 0
    for number, gap in enumerate(found):
        at += gap * CELL_SECONDS
        arrived.append((at, ((0.001 * (number + 1),), 0)))
        recent.add("dinkes/primary", START + at, sketch(0.001 * (number + 1)))
    now = START + at + ahead * CELL_SECONDS
    assert recent.cells("dinkes/primary", now) == expected(arrived, now)


def test_a_whole_day_is_shown_and_what_is_older_has_gone() -> None:
    recent = Recent()
    for minute in range(2 * 1440):
        recent.add("dinkes/primary", START + minute * 60 + 30, sketch(0.001 + minute / 1e6))
    cells = recent.cells("dinkes/primary", START + 2 * DAY - 1)
    assert [found.at for found in cells] == list(range(START + DAY, START + 2 * DAY, CELL_SECONDS))
    oldest, newest = sketch(0.00244, 0.002441), sketch(0.003878, 0.003879)
    assert (cells[0], cells[-1]) == (cell(START + DAY, oldest), cell(START + 2 * DAY - CELL_SECONDS, newest))


def test_a_cell_that_is_being_filled_is_shown_as_far_as_it_goes() -> None:
    recent = Recent()
    recent.add("dinkes/primary", START + 30, sketch(0.004, lost=1))
    first = recent.cells("dinkes/primary", START + 60)
    recent.add("dinkes/primary", START + 90, sketch(0.004, lost=3))
    assert (first, recent.cells("dinkes/primary", START + 100)) == (
        (cell(START, sketch(0.004, lost=1)),),
        (cell(START, sketch(0.004, 0.004, lost=4)),),
    )


def test_where_all_was_lost_there_is_a_loss_and_no_round_trip() -> None:
    recent = Recent()
    recent.add("dinkes/primary", START, sketch(lost=2))
    recent.add("dinkes/primary", START + CELL_SECONDS, sketch(lost=2))
    cells = recent.cells("dinkes/primary", START + CELL_SECONDS)
    assert cells == (Cell(START, None, None, 1.0), Cell(START + CELL_SECONDS, None, None, 1.0))


def test_a_sketch_may_go_on_changing() -> None:
    recent, changing = Recent(), sketch(0.004)
    recent.add("dinkes/primary", START, changing)
    changing.observe(1.5)
    assert recent.cells("dinkes/primary", START) == (cell(START, sketch(0.004)),)


def test_other_links_are_forgotten_and_a_link_that_nobody_knows_has_no_cells() -> None:
    recent = Recent()
    for link in ("dinkes/primary", "disdik/primary"):
        recent.add(link, START, sketch(0.004))
    recent.keep_only({"disdik/primary", "bappeda/primary"})
    found = {link: len(recent.cells(link, START)) for link in ("dinkes/primary", "disdik/primary", "bappeda/primary")}
    assert found == {"dinkes/primary": 0, "disdik/primary": 1, "bappeda/primary": 0}


def test_a_link_takes_less_than_ten_kilobytes() -> None:
    minute = sketch(*(0.004 * 1.02**n for n in range(40)))
    tracemalloc.start()
    try:
        recent = Recent()
        for link in range(100):
            for n in range(5):
                recent.add(f"kantor-{link}/primary", START + n * 60, minute)
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 8_000 < taken / 100 < 10_000
