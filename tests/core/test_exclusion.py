from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.amendment import Word
from exporter.exclusion import ExcludedBy, Exclusions, Explained, exclusions
from exporter.model import Cause, Provider
from exporter.timeline import Outage, Span, State, union

ISP = Provider("isp", "PT Penyedia", excludes=(Cause.POWER,))
LAX = replace(ISP, exclude_unconfirmed=True)
OUTAGE = Outage(100, 103, 200)
TIMELINE = (
    Span(0, 100, State.UP),
    Span(100, 150, State.DOWN),
    Span(150, 170, State.UNMEASURED),
    Span(170, 200, State.DOWN),
    Span(200, 300, State.UP),
)
DOWN = ((100, 150), (170, 200))


def taken(explained: Explained, *windows: tuple[int, int], provider: Provider = ISP) -> Exclusions:
    return exclusions(union(windows), TIMELINE, [explained], provider)


def test_where_nobody_announced_or_said_anything_nothing_is_excluded() -> None:
    assert taken(Explained(OUTAGE, Cause.LINK)) == Exclusions()


def test_a_window_is_excluded_whole_whatever_the_link_did_in_it() -> None:
    found = taken(Explained(OUTAGE), (50, 120), (110, 160))
    assert (found.maintenance, found.together) == (((50, 160),), ((50, 160),))


def test_an_amendment_takes_the_down_time_alone() -> None:
    assert taken(Explained(OUTAGE, said=Word(excluded="banjir"))).amendment == DOWN


def test_a_cause_takes_the_down_time_once_a_person_confirmed_it() -> None:
    assert taken(Explained(OUTAGE, Cause.POWER)).cause == ()
    assert taken(Explained(OUTAGE, Cause.LINK, Word(cause=Cause.POWER))).cause == DOWN


def test_a_provider_may_do_without_confirmation() -> None:
    assert taken(Explained(OUTAGE, Cause.POWER), provider=LAX).cause == DOWN


def test_a_persons_word_stands_before_the_evidence() -> None:
    assert taken(Explained(OUTAGE, Cause.POWER, Word(cause=Cause.LINK)), provider=LAX) == Exclusions()


def test_a_cause_that_is_not_decided_excludes_nothing() -> None:
    assert taken(Explained(OUTAGE), provider=LAX) == Exclusions()


@pytest.mark.parametrize(
    ("explained", "provider", "is_claim"),
    [
        (Explained(OUTAGE, Cause.POWER), ISP, True),
        (Explained(OUTAGE, Cause.POWER), LAX, False),
        (Explained(OUTAGE, Cause.POWER, Word(cause=Cause.POWER)), ISP, False),
        (Explained(OUTAGE, Cause.POWER, Word(cause=Cause.LINK)), ISP, False),
        (Explained(OUTAGE, Cause.POWER, Word(excluded="banjir")), ISP, False),
        (Explained(OUTAGE, Cause.LINK), ISP, False),
        (Explained(OUTAGE), ISP, False),
    ],
)
def test_a_claim_is_what_would_go_once_it_is_confirmed(
    explained: Explained, provider: Provider, *, is_claim: bool
) -> None:
    assert explained.is_claim(provider) is is_claim


def test_each_second_goes_for_the_first_reason_that_fits() -> None:
    said = Word(cause=Cause.POWER, excluded="banjir")
    found = taken(Explained(OUTAGE, said=said), (140, 180))
    assert found == Exclusions(((140, 180),), ((100, 140), (180, 200)), ())
    assert found.within(0, 300) == ExcludedBy(maintenance=40, amendment=60)
    assert found.within(120, 190) == ExcludedBy(maintenance=40, amendment=30)
    assert found.together == ((100, 200),)


def test_an_open_outage_goes_as_far_as_it_is_known() -> None:
    spans = (Span(0, 100, State.UP), Span(100, 250, State.DOWN))
    found = exclusions((), spans, [Explained(Outage(100, 103), said=Word(excluded="banjir"))], ISP)
    assert found.amendment == ((100, 250),)


def test_reasons_add_up() -> None:
    assert ExcludedBy(1, 2, 3) + ExcludedBy(10, 20, 30) == ExcludedBy(11, 22, 33)


STRETCHES = st.lists(st.tuples(st.integers(0, 90), st.integers(1, 30)), max_size=4)


@given(st.lists(st.tuples(st.sampled_from(State), st.integers(1, 20)), max_size=10), STRETCHES, STRETCHES, STRETCHES)
def test_reasons_share_no_second_and_none_but_maintenance_takes_what_was_not_down(
    states: list[tuple[State, int]],
    windows: list[tuple[int, int]],
    said: list[tuple[int, int]],
    found: list[tuple[int, int]],
) -> None:
    """Against a count second by second."""
    spans, at = [], 0
    for state, seconds in states:
        spans.append(Span(at, at + seconds, state))
        at += seconds
    explained = [Explained(Outage(low, low + 1, low + more), said=Word(excluded="banjir")) for low, more in said]
    explained += [Explained(Outage(low, low + 1, low + more), Cause.POWER) for low, more in found]
    merged = union((low, low + more) for low, more in windows)
    result = exclusions(merged, spans, explained, LAX)
    down = {second for span in spans if span.state is State.DOWN for second in range(span.start, span.end)}
    announced, amended, caused = (
        {second for low, more in of for second in range(low, low + more)} for of in (windows, said, found)
    )
    expected = (announced, amended & down - announced, caused & down - announced - amended)
    for of, seconds_of in zip((result.maintenance, result.amendment, result.cause), expected, strict=True):
        assert {second for low, high in of for second in range(low, high)} == seconds_of
