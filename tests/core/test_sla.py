from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from monitor_fakes import make_link

from exporter.sla import (
    Figures,
    Frequency,
    Incident,
    Month,
    Verdict,
    figures,
    frequency,
    incident_id,
    incidents,
    percent,
    within_validity,
)
from exporter.timeline import Outage, Span, State, union

JAKARTA = ZoneInfo("Asia/Jakarta")
TARGET = Fraction(995, 1000)


def at(text: str) -> int:
    """Read local time in Jakarta."""
    return int(datetime.fromisoformat(text).replace(tzinfo=JAKARTA).timestamp())


def timeline(start: int, end: int, *down: tuple[int, int]) -> tuple[Span, ...]:
    spans, position = [], start
    for low, high in down:
        spans += [Span(position, low, State.UP), Span(low, high, State.DOWN)]
        position = high
    return (*spans, Span(position, end, State.UP))


def test_a_month_is_cut_in_the_organisations_zone() -> None:
    start, end = Month(2026, 2).period(JAKARTA)
    assert datetime.fromtimestamp(start, UTC) == datetime(2026, 1, 31, 17, tzinfo=UTC)
    assert end - start == 2_419_200


def test_a_month_with_a_change_of_clocks_has_its_own_seconds() -> None:
    start, end = Month(2026, 3).period(ZoneInfo("Europe/Berlin"))
    assert end - start == 31 * 86_400 - 3_600


def test_a_month_contains_its_instants_by_the_zones_clock() -> None:
    assert Month.containing(at("2026-02-01T00:00"), JAKARTA) == Month(2026, 2)
    assert Month.containing(at("2026-02-01T00:00") - 1, JAKARTA) == Month(2026, 1)


@pytest.mark.parametrize("text", ["2026-13", "2026-2", "202602", "", "0000-01", "2026-02-01", "2026-02\n", "9999-12"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no month; write it as YYYY-MM"):
        Month.parse(text)


def test_a_month_without_an_outage_is_met() -> None:
    start, end = Month(2026, 2).period(JAKARTA)
    result = figures(timeline(start, end), start, end)
    assert result == Figures(total=2_419_200, up=2_419_200)
    assert (percent(result.availability), result.verdict(TARGET)) == ("100.000", Verdict.MET)


def test_february_with_three_outages_and_nothing_excluded() -> None:
    start, end = Month(2026, 2).period(JAKARTA)
    down = (
        (at("2026-02-03T09:12"), at("2026-02-03T10:42")),
        (at("2026-02-10T22:30"), at("2026-02-11T00:30")),
        (at("2026-02-28T23:20"), at("2026-03-01T01:05")),
    )
    spans = timeline(start, at("2026-04-01T00:00"), *down)
    result = figures(spans, start, end)
    assert (result.down, percent(result.availability), result.verdict(TARGET)) == (15_000, "99.379", Verdict.BREACHED)
    found = incidents("dinkes/primary", [Outage(low, low, high) for low, high in down], spans, (start, end))
    assert frequency(found, result.up, start, end) == Frequency(3, 2, 6_300, (2_419_200 - 15_000) // 3)
    march = Month(2026, 3).period(JAKARTA)
    assert percent(figures(spans, *march).availability) == "99.854"
    (crossing,) = incidents("dinkes/primary", [Outage(low, low, high) for low, high in down], spans, march)
    assert crossing == Incident(
        "dinkes/primary@20260228T162000Z", down[2][0], down[2][1], 6_300, 3_900, 0, 0, continues=True
    )
    assert frequency([crossing], 1, *march) == Frequency(0, 1, 6_300, None)


def test_unmeasured_time_leaves_the_verdict_open_unless_it_cannot_change_it() -> None:
    assert Figures(1000, up=994, down=0, unmeasured=6).verdict(TARGET) is Verdict.UNDETERMINED
    assert Figures(1000, up=995, down=0, unmeasured=5).verdict(TARGET) is Verdict.MET
    assert Figures(1000, up=900, down=6, unmeasured=94).verdict(TARGET) is Verdict.BREACHED
    assert Figures(0).verdict(TARGET) is Verdict.NOT_APPLICABLE
    assert Figures(10, up=10).verdict(None) is Verdict.NOT_APPLICABLE


def test_where_nothing_was_measured_there_is_no_availability() -> None:
    result = figures((), 0, 100)
    assert (result.availability, result.coverage, result.availability_min) == (None, Fraction(0), Fraction(0))
    assert Figures().coverage is None


def test_two_links_are_pooled_and_not_averaged() -> None:
    start, end = Month(2026, 2).period(JAKARTA)
    whole = Figures(end - start, up=end - start - 6_000, down=6_000)
    half = Figures(1_209_600, up=1_209_600 - 9_000, down=9_000)
    assert percent(whole.availability) == "99.751"
    assert (percent(half.availability), half.verdict(TARGET)) == ("99.255", Verdict.BREACHED)
    assert percent((whole + half).availability) == "99.586"


def test_an_outage_across_a_gap_counts_only_its_down_seconds() -> None:
    spans = (Span(0, 100, State.UP), Span(100, 150, State.DOWN), Span(250, 300, State.DOWN), Span(300, 400, State.UP))
    (found,) = incidents("a/b", [Outage(100, 103, 300)], spans, (0, 400))
    assert (found.seconds, found.unmeasured_seconds, found.continues) == (100, 100, False)


def test_an_open_outage_reaches_to_the_end_of_what_is_known() -> None:
    (found,) = incidents("a/b", [Outage(100, 103)], (Span(0, 100, State.UP), Span(100, 160, State.DOWN)), (0, 200))
    assert (found.ended_at, found.seconds, found.unmeasured_seconds, found.continues) == (None, 60, 40, True)


def test_an_outage_without_a_measured_second_is_not_counted() -> None:
    assert incidents("a/b", [Outage(100, 103, 300)], (Span(0, 100, State.UP),), (0, 400)) == ()


def test_an_incidents_id_is_its_link_and_start() -> None:
    assert incident_id("dinkes/primary", at("2026-02-10T22:30")) == "dinkes/primary@20260210T153000Z"


def test_excluded_seconds_leave_both_sides_of_the_fraction_and_every_state() -> None:
    spans = (Span(0, 100, State.UP), Span(100, 200, State.DOWN), Span(300, 360, State.DEGRADED))
    result = figures(spans, 0, 400, excluded=((50, 150), (380, 500)), bridged=((90, 95), (190, 195)))
    assert result == Figures(400, up=50, degraded=60, down=50, unmeasured=120, excluded=120, bridged=5)
    assert (result.availability, result.coverage) == (Fraction(110, 160), Fraction(160, 280))
    assert (result.availability_min, result.availability_max) == (Fraction(110, 280), Fraction(230, 280))


def test_an_outage_that_is_all_excluded_is_not_counted() -> None:
    spans = (Span(0, 100, State.UP), Span(100, 160, State.DOWN), Span(160, 400, State.UP))
    (out,) = incidents("a/b", [Outage(100, 103, 160)], spans, (0, 400), ((90, 170),))
    assert (out.seconds, out.excluded_seconds) == (0, 60)
    assert frequency([out], 300, 0, 400) == Frequency(0, 0, None, None)
    (cut,) = incidents("a/b", [Outage(100, 103, 160)], spans, (0, 400), ((110, 170),))
    assert (cut.seconds, cut.excluded_seconds, cut.unmeasured_seconds) == (10, 50, 0)


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 40), st.sampled_from(State)), max_size=12), st.data())
def test_the_seconds_of_a_period_are_the_sum_of_its_states(
    parts: list[tuple[int, int, State]], data: st.DataObject
) -> None:
    """Against a count second by second."""
    spans, position = [], 0
    for gap, seconds, state in parts:
        spans.append(Span(position + gap % 7, position + gap % 7 + seconds, state))
        position = spans[-1].end
    start = data.draw(st.integers(0, 200))
    end = data.draw(st.integers(start, 400))
    out = union(data.draw(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=5)))
    result = figures(spans, start, end, out)
    seen = {second: span.state for span in spans for second in range(span.start, span.end)}
    kept = [s for s in range(start, end) if not any(low <= s < high for low, high in out)]
    counted = Counter(seen.get(second, State.UNMEASURED) for second in kept)
    assert (result.up, result.degraded, result.down) == (
        counted[State.UP],
        counted[State.DEGRADED],
        counted[State.DOWN],
    )
    assert (result.unmeasured, result.counted) == (counted[State.UNMEASURED], len(kept))


def test_validity_is_inclusive_local_days() -> None:
    start, end = Month(2026, 2).period(JAKARTA)
    link = make_link(valid_from=date(2026, 2, 15), valid_to=date(2026, 2, 15))
    assert within_validity(link, JAKARTA, start, end) == (at("2026-02-15T00:00"), at("2026-02-16T00:00"))
    low, high = within_validity(make_link(valid_from=date(2027, 1, 1)), JAKARTA, start, end)
    assert low == high


def test_percents_are_cut_and_never_rounded_up() -> None:
    assert percent(Fraction(99_499_521, 100_000_000)) == "99.499"
    assert percent(Fraction(999_999_999, 1_000_000_000)) == "99.999"
    assert percent(Fraction(0)) == "0.000"
    assert percent(None) is None


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_displayed_percent_is_within_a_thousandth_below_the_fraction(part: int, extra: int) -> None:
    share = Fraction(part, part + extra)
    shown = percent(share)
    assert shown is not None
    assert Fraction(shown) <= share * 100 < Fraction(shown) + Fraction(1, 1000)
