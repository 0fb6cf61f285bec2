from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from exporter import model
from exporter.account import Account, Course, account
from exporter.credit import Part, credit
from exporter.exclusion import ExcludedBy, Exclusions
from exporter.model import CreditFormula, CreditTier
from exporter.sla import Figures, Verdict, percent
from exporter.terms import Terms
from exporter.timeline import Interval, Span, State, subtract, union
from exporter.timeline import length as total_seconds

HALF, MOST = Fraction(1, 2), Fraction(9, 10)
MONTH = Terms(0, 1_000, 600, MOST)
RULES = (
    *(model.Credit(formula) for formula in CreditFormula),
    model.Credit(tiers=(CreditTier(HALF, Fraction(1, 2)), CreditTier(MOST, Fraction(1, 10)))),
)


def course(
    *states: tuple[State, int],
    start: int = 0,
    windows: tuple[Interval, ...] = (),
    long: tuple[Interval, ...] = (),
    least: int = 0,
) -> Course:
    """A course of stretches that follow each other."""
    spans = []
    for state, seconds in states:
        spans.append(Span(start, start + seconds, state))
        start += seconds
    watched = (spans[0].start, spans[-1].end)
    return Course(spans, Exclusions(maintenance=windows), (), long, least, watched)


def test_a_month_without_trouble_has_one_part_with_all_its_time() -> None:
    found = account(course((State.UP, 1_000)), [MONTH], 0, 1_000)
    assert found == Account((Part(MONTH, Figures(1_000, up=1_000), 0, 0),), ExcludedBy())
    assert (found.target, found.verdict, found.budget_remaining_seconds((), 1_000)) == (MOST, Verdict.MET, 100)


def test_each_part_has_its_own_time_and_its_own_share_of_an_outage() -> None:
    parts = (Terms(0, 400, 600, MOST), Terms(400, 1_000, 900, HALF))
    through = course((State.UP, 350), (State.DOWN, 150), (State.UP, 500), long=((350, 500),))
    found = account(through, parts, 0, 1_000)
    assert found.parts == (
        Part(parts[0], Figures(400, up=350, down=50), 50, 50),
        Part(parts[1], Figures(600, up=500, down=100), 100, 100),
    )
    assert found.figures == Figures(1_000, up=850, down=150)


def test_excluded_time_is_in_no_part_of_the_down_time() -> None:
    through = course((State.DOWN, 200), (State.UP, 800), windows=((50, 150),), long=((0, 200),))
    (part,) = account(through, [MONTH], 0, 1_000).parts
    assert (part.figures.down, part.figures.excluded, part.long_down_seconds, part.longest_seconds) == (100,) * 4


def test_a_short_outage_beside_unmeasured_time_may_have_been_long() -> None:
    through = course((State.UP, 100), (State.DOWN, 200), (State.UNMEASURED, 150), (State.UP, 550), least=300)
    (part,) = account(through, [MONTH], 0, 1_000).parts
    assert (part.long_down_seconds, part.longest_seconds) == (0, 350)


def test_unmeasured_time_between_available_seconds_is_too_short_to_have_been_long() -> None:
    through = course((State.UP, 100), (State.UNMEASURED, 300), (State.DEGRADED, 600), least=300)
    assert account(through, [MONTH], 0, 1_000).parts[0].longest_seconds == 0


def test_silence_over_the_edge_is_as_long_as_it_was_before_and_after() -> None:
    """Of 400 silent seconds 100 lie in the month: they could have been an outage of more than 300."""
    through = course((State.UP, 100), (State.UNMEASURED, 400), (State.UP, 900), start=-400, least=300)
    assert account(through, [MONTH], 0, 1_000).parts[0].longest_seconds == 100
    through = course((State.UP, 900), (State.UNMEASURED, 400), (State.UP, 100), least=300)
    assert account(through, [MONTH], 0, 1_000).parts[0].longest_seconds == 100


def test_where_the_target_changes_the_mean_by_counted_time_is_owed() -> None:
    parts = (Terms(0, 400, None, MOST), Terms(400, 1_000, None, HALF))
    found = account(course((State.UP, 1_000), windows=((0, 200),)), parts, 0, 1_000)
    assert found.target == (MOST * 200 + HALF * 600) / 800
    assert found.verdict is Verdict.MET


def test_time_without_a_target_is_not_judged() -> None:
    parts = (Terms(0, 400, None, None), Terms(400, 1_000, None, HALF))
    found = account(course((State.DOWN, 400), (State.UP, 600)), parts, 0, 1_000)
    assert (found.target, found.verdict, found.budget_remaining_seconds((), 1_000)) == (HALF, Verdict.MET, 300)


def test_without_any_target_there_is_nothing_to_judge() -> None:
    found = account(course((State.UP, 1_000)), [Terms(0, 1_000, 600, None)], 0, 1_000)
    assert (found.target, found.verdict, found.budget_remaining_seconds((), 1_000)) == (
        None,
        Verdict.NOT_APPLICABLE,
        None,
    )


def test_where_nothing_is_counted_the_target_is_named_and_not_judged() -> None:
    found = account(course((State.UP, 1_000), windows=((0, 1_000),)), [MONTH], 0, 1_000)
    assert (found.target, found.verdict) == (MOST, Verdict.NOT_APPLICABLE)


def test_the_budget_is_that_of_the_whole_month_less_what_was_down_so_far() -> None:
    so_far = account(course((State.UP, 300), (State.DOWN, 37)), [MONTH], 0, 337)
    assert so_far.budget_remaining_seconds((), 337) == 100 - 37
    assert so_far.budget_remaining_seconds(((500, 705),), 337) == 79 - 37  # 79.5, cut
    assert account(course((State.DOWN, 337)), [MONTH], 0, 337).budget_remaining_seconds((), 1_000) == 100 - 337


def test_a_part_that_has_not_begun_has_no_time_yet() -> None:
    parts = (Terms(0, 400, None, MOST), Terms(400, 1_000, None, HALF))
    assert account(course((State.UP, 300)), parts, 0, 300).parts[1] == Part(parts[1], Figures(), 0, 0)


def test_example_5_two_links_of_one_provider_are_pooled() -> None:
    february, late = 2_419_200, 1_209_600
    owed = Fraction(995, 1000)
    whole = account(
        course((State.DOWN, 6_000), (State.UP, february - 6_000)), [Terms(0, february, None, owed)], 0, february
    )
    half = account(
        course((State.DOWN, 9_000), (State.UP, late - 9_000), start=late),
        [Terms(late, february, None, owed)],
        late,
        february,
    )
    shown = [percent(of.availability) for of in (whole.figures, half.figures, whole.figures + half.figures)]
    assert shown == ["99.751", "99.255", "99.586"]
    assert (whole.verdict, half.verdict) == (Verdict.MET, Verdict.BREACHED)


STATES = st.lists(st.tuples(st.sampled_from(State), st.integers(1, 60)), min_size=1, max_size=14)
EDGES = st.lists(st.integers(0, 400), max_size=5)


@st.composite
def courses(draw: st.DrawFn) -> tuple[Course, int]:
    """A course and its length: each silent stretch that is long enough is an outage."""
    states = draw(STATES)
    length = sum(lasted for _, lasted in states)
    windows = union(
        (low, low + more) for low, more in draw(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 50))))
    )
    least = draw(st.sampled_from([0, 20, 50]))
    plain = course(*states, windows=windows, least=least)
    down = [(span.start, span.end) for span in plain.timeline if span.state is State.DOWN]
    return replace(plain, long_outages=[of for of in down if total_seconds(subtract([of], windows)) > least]), length


def stretches(edges: list[int], length: int) -> list[Interval]:
    marks = sorted({0, length, *(edge for edge in edges if edge < length)})
    return list(pairwise(marks))


@given(courses(), EDGES, EDGES)
def test_accounts_of_periods_that_follow_each_other_add_up(
    made: tuple[Course, int], terms_edges: list[int], edges: list[int]
) -> None:
    through, length = made
    parts = [Terms(low, high, 600 + low, MOST) for low, high in stretches(terms_edges, length)]
    first, *later = [account(through, parts, low, high) for low, high in stretches(edges, length)]
    total = first
    for one in later:
        total += one
    assert total == account(through, parts, 0, length)


@given(courses(), EDGES, st.sampled_from(RULES))
def test_splitting_a_month_into_periods_of_equal_terms_changes_no_credit(
    made: tuple[Course, int], edges: list[int], rule: model.Credit
) -> None:
    through, length = made
    month = [Terms(0, length, 5_000_000, MOST)]
    first, *later = [account(through, month, low, high) for low, high in stretches(edges, length)]
    total = first
    for one in later:
        total += one
    whole = account(through, month, 0, length)
    assert credit(rule, total.parts, length) == credit(rule, whole.parts, length)
    assert (total.verdict, total.target, total.figures) == (whole.verdict, whole.target, whole.figures)
