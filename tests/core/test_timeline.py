from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from exporter import office
from exporter.timeline import Interval, Span, State, clip, intervals, length, merge, subtract, total, union

HORIZON = 60


@st.composite
def timelines(draw: st.DrawFn) -> tuple[Span, ...]:
    """Spans in order, with and without holes."""
    edges = sorted(draw(st.sets(st.integers(0, HORIZON), max_size=12)))
    spans = []
    for start, end in itertools.pairwise(edges):
        state = draw(st.sampled_from([*State, None]))
        if state is not None:
            spans.append(Span(start, end, state))
    return tuple(spans)


parts = st.lists(st.tuples(st.integers(0, HORIZON), st.integers(0, HORIZON)), max_size=8)


def seconds(found: list[Interval] | tuple[Interval, ...]) -> set[int]:
    return {second for start, end in found for second in range(start, end)}


def by_second(spans: tuple[Span, ...]) -> dict[int, State]:
    return {second: span.state for span in spans for second in range(span.start, span.end)}


@given(timelines())
def test_merging_changes_no_second_and_leaves_no_neighbours_that_agree(spans: tuple[Span, ...]) -> None:
    merged = tuple(merge(spans))
    assert by_second(merged) == by_second(spans)
    assert not any(a.end == b.start and a.state is b.state for a, b in itertools.pairwise(merged))


@given(timelines(), st.integers(0, HORIZON), st.integers(0, HORIZON))
def test_clipping_keeps_just_the_seconds_inside(spans: tuple[Span, ...], start: int, end: int) -> None:
    inside = {second: state for second, state in by_second(spans).items() if start <= second < end}
    assert by_second(tuple(clip(spans, start, end))) == inside


@given(timelines())
def test_totals_count_every_second_once(spans: tuple[Span, ...]) -> None:
    states = list(by_second(spans).values())
    assert {state: total(spans, state) for state in State} == {state: states.count(state) for state in State}


@given(parts)
def test_a_union_covers_the_same_seconds_in_order_without_touching(given_parts: list[Interval]) -> None:
    joined = union(given_parts)
    assert seconds(joined) == seconds(given_parts)
    assert all(a[1] < b[0] for a, b in itertools.pairwise(joined))
    assert length(joined) == len(seconds(joined))


@given(parts, parts)
def test_subtracting_leaves_what_the_other_does_not_cover(left: list[Interval], right: list[Interval]) -> None:
    assert seconds(subtract(union(left), union(right))) == seconds(left) - seconds(right)


@given(st.lists(timelines(), max_size=3))
def test_an_office_is_connected_in_each_second_in_which_any_link_is_available(links: list[tuple[Span, ...]]) -> None:
    joined = by_second(office.timeline(links))
    for second in range(HORIZON):
        states = {by_second(link).get(second) for link in links}
        is_available = not states.isdisjoint({State.UP, State.DEGRADED})
        expected = State.UP if is_available else State.DOWN if State.DOWN in states else None
        assert joined.get(second) == expected


def test_intervals_of_one_state_are_joined_where_they_touch() -> None:
    spans = (Span(0, 5, State.UP), Span(5, 9, State.UP), Span(9, 12, State.DOWN), Span(12, 13, State.UP))
    assert intervals(spans, State.UP) == ((0, 9), (12, 13))


def test_an_office_is_offline_only_while_no_link_is_up_and_one_is_down() -> None:
    assert office.state([State.DOWN, State.UP]) is State.UP
    assert office.state([State.DOWN, State.DEGRADED]) is State.UP
    assert office.state([State.DOWN, State.UNMEASURED]) is State.DOWN
    assert office.state([State.UNMEASURED]) is State.UNMEASURED
    assert office.state([]) is State.UNMEASURED


def test_an_offices_outage_stays_open_while_nobody_measures() -> None:
    assert office.outage_is_open([State.UNMEASURED], was_open=True)
    assert not office.outage_is_open([State.UNMEASURED], was_open=False)
    assert office.outage_is_open([State.DOWN, State.UNMEASURED], was_open=False)
    assert not office.outage_is_open([State.DOWN, State.UP], was_open=True)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 20),
            st.integers(20, 40),
            st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=3),
        ),
        max_size=3,
    )
)
def test_an_office_is_excluded_only_while_each_valid_link_is(links: list[tuple[int, int, list[Interval]]]) -> None:
    found = seconds(office.excluded([((low, high), union(out)) for low, high, out in links]))
    for second in range(41):
        valid = [seconds(union(out)) for low, high, out in links if low <= second < high]
        assert (second in found) == (bool(valid) and all(second in out for out in valid))
