"""When a website was active, by its checks."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.sitestate import SPOKEN_FOR_SECONDS, SiteTrack, advance
from exporter.website import Activity, Fault, SiteCheck, SiteSpan

ACTIVE, INACTIVE, UNMEASURED = Activity
UNKNOWN = SiteTrack()


def ok(at: float) -> SiteCheck:
    return SiteCheck(at)


def bad(at: float, fault: Fault = Fault.TIMEOUT, detail: str = "") -> SiteCheck:
    return SiteCheck(at, fault, detail)


def blind(at: float) -> SiteCheck:
    return SiteCheck(at, Fault.TIMEOUT, is_measured=False)


def play(*checks: SiteCheck, track: SiteTrack = UNKNOWN) -> tuple[SiteTrack, list[SiteSpan]]:
    settled: list[SiteSpan] = []
    for check in checks:
        track, spans = advance(track, check)
        settled += spans
    return track, settled


def said(spans: Sequence[SiteSpan]) -> list[tuple[int, int, Activity]]:
    """Return spans without their faults, those of one activity as one."""
    joined: list[tuple[int, int, Activity]] = []
    for span in spans:
        if joined and joined[-1][1] == span.start and joined[-1][2] is span.activity:
            joined[-1] = (joined[-1][0], span.end, span.activity)
        else:
            joined.append((span.start, span.end, span.activity))
    return joined


def test_nothing_is_known_before_two_checks_agree() -> None:
    track, settled = play(ok(0))
    assert (track.run, settled) == (None, [])
    track, settled = play(ok(0), ok(300))
    assert track.run == SiteSpan(0, 300, ACTIVE)
    assert settled == [SiteSpan(0, 300, ACTIVE)]


def test_two_checks_that_agree_change_it_from_the_first_of_them() -> None:
    track, settled = play(ok(0), ok(300), bad(600), bad(660))
    assert track.run == SiteSpan(600, 660, INACTIVE, Fault.TIMEOUT)
    assert said(settled) == [(0, 600, ACTIVE), (600, 660, INACTIVE)]


def test_a_check_that_stands_alone_changes_nothing() -> None:
    track, settled = play(ok(0), ok(300), bad(600), ok(660), ok(960))
    assert track.run == SiteSpan(0, 960, ACTIVE)
    assert said(settled) == [(0, 960, ACTIVE)]


def test_a_good_check_alone_doesnt_end_what_is_not_active_and_keeps_its_fault() -> None:
    _, settled = play(bad(0, Fault.HTTP_STATUS, "500"), bad(300, Fault.HTTP_STATUS, "503"), ok(600), bad(660), bad(900))
    assert settled == [
        SiteSpan(0, 300, INACTIVE, Fault.HTTP_STATUS, "500"),
        SiteSpan(300, 600, INACTIVE, Fault.HTTP_STATUS, "503"),
        SiteSpan(600, 660, INACTIVE, Fault.HTTP_STATUS, "503"),
        SiteSpan(660, 900, INACTIVE, Fault.TIMEOUT),
    ]


def test_another_fault_is_told_at_once_and_begins_nothing_anew() -> None:
    track, _ = play(bad(0), bad(300, Fault.TLS_EXPIRED, "3"), bad(600, Fault.TLS_EXPIRED, "3"))
    assert track.run == SiteSpan(0, 600, INACTIVE, Fault.TLS_EXPIRED, "3")


def test_checks_that_differ_at_the_start_leave_the_time_unmeasured() -> None:
    track, settled = play(ok(0), bad(60), ok(120))
    assert track.run is None
    assert said(settled) == [(0, 120, UNMEASURED)]


def test_a_blind_check_neither_agrees_nor_disagrees() -> None:
    track, settled = play(ok(0), ok(300), bad(600), blind(660), bad(960))
    assert track.run == SiteSpan(600, 960, INACTIVE, Fault.TIMEOUT)
    assert said(settled) == [(0, 600, ACTIVE), (600, 660, INACTIVE), (660, 960, UNMEASURED)]
    _, settled = play(ok(0), ok(300), bad(600), blind(660), ok(960))
    assert said(settled) == [(0, 660, ACTIVE), (660, 960, UNMEASURED)]


def test_a_website_stays_what_it_was_over_blind_checks() -> None:
    track, settled = play(ok(0), ok(300), blind(600), blind(900), ok(1200), ok(1500))
    assert track.run == SiteSpan(0, 1500, ACTIVE)
    assert said(settled) == [(0, 600, ACTIVE), (600, 1200, UNMEASURED), (1200, 1500, ACTIVE)]


def test_a_check_speaks_for_ten_minutes_at_most() -> None:
    _, settled = play(ok(0), ok(300), ok(2000))
    assert said(settled) == [(0, 900, ACTIVE), (900, 2000, UNMEASURED)]


@pytest.mark.parametrize("later", [bad(5000), ok(5000), blind(5000)])
def test_a_doubt_that_nobody_settles_within_ten_minutes_is_unmeasured(later: SiteCheck) -> None:
    track, settled = play(ok(0), ok(300), bad(600), later)
    assert track.run is not None
    assert track.run.activity is ACTIVE
    assert said(settled) == [(0, 600, ACTIVE), (600, 5000, UNMEASURED)]


def test_two_failures_weeks_apart_dont_agree() -> None:
    track, settled = play(ok(0), ok(300), bad(600), bad(30 * 86_400))
    assert track.run is not None
    assert track.run.activity is ACTIVE
    assert all(span.activity is not INACTIVE for span in settled)


def test_nothing_piles_up_while_nobody_can_measure() -> None:
    track, _ = play(ok(0), ok(300), bad(600), *(blind(900 + 300 * number) for number in range(500)))
    assert track.waiting == ()


def test_a_check_at_the_latests_instant_is_left_out() -> None:
    track, _ = play(ok(0), ok(300))
    assert advance(track, bad(300)) == (track, ())


def test_a_clock_that_is_set_back_doesnt_freeze_what_is_known() -> None:
    year = 365 * 86_400
    ahead, _ = play(ok(year), ok(year + 300))
    assert ahead.now(600) is None
    after, settled = play(bad(1000), bad(1300), track=ahead)
    assert settled == [], "what is settled lies ahead, and is never settled again"
    assert after.now(1400) == SiteSpan(1000, 1300, INACTIVE, Fault.TIMEOUT)
    _, settled = play(bad(year), bad(year + 100), bad(year + 400), track=after)
    assert [span.start >= year + 300 for span in settled] == [True]


def test_what_it_is_now_is_unknown_once_nobody_has_looked_for_ten_minutes() -> None:
    track, _ = play(ok(0), ok(300))
    assert track.now(900) == SiteSpan(0, 300, ACTIVE)
    assert track.now(901) is None
    assert SiteTrack().now(0) is None
    blinded, _ = play(blind(600), blind(900), track=track)
    assert blinded.now(901) is not None
    assert blinded.now(1300) is None


def test_nothing_that_was_settled_before_a_restart_is_settled_again() -> None:
    _, settled = play(ok(0), ok(300), track=SiteTrack(settled_until=200))
    assert said(settled) == [(200, 300, ACTIVE)]


def test_a_restart_goes_on_with_the_run_and_the_latest_check() -> None:
    before, _ = play(ok(0), ok(300), bad(600))
    left = SiteTrack(before.run, before.latest)
    after, settled = play(bad(700), track=left)
    assert after.run == SiteSpan(600, 700, INACTIVE, Fault.TIMEOUT)
    assert said(settled) == [(600, 700, INACTIVE)]


@st.composite
def sequences(draw: st.DrawFn) -> list[SiteCheck]:
    at, checks = 0, []
    for gap in draw(st.lists(st.sampled_from([1, 60, 300, 330, 600, 601, 4000]), max_size=14)):
        at += gap
        checks.append(draw(st.sampled_from([ok, bad, blind]))(at))
    return checks


def judged_at_once(checks: Sequence[SiteCheck]) -> list[tuple[int, int, Activity]]:
    """Return what a list of checks comes to, read as a whole: the definition."""
    measured = [number for number, check in enumerate(checks) if check.is_measured]
    verdicts: dict[int, Activity] = {}
    state: Activity | None = None
    for place, number in enumerate(measured):
        activity = checks[number].activity
        following = checks[measured[place + 1]].activity if place + 1 < len(measured) else None
        heard_until = checks[number].at + SPOKEN_FOR_SECONDS
        if following is not None and checks[measured[place + 1]].at > heard_until:
            following = None
        if activity is state or following is activity:
            verdicts[number] = state = activity
        elif following is not None:
            verdicts[number] = state or UNMEASURED
        elif checks[-1].at > heard_until:
            verdicts[number] = UNMEASURED
        else:
            break
    undecided = [number for number in measured if number not in verdicts]
    end = undecided[0] if undecided else len(checks) - 1
    spans = []
    for number in range(end):
        start, until = int(checks[number].at), int(checks[number + 1].at)
        heard = min(until, start + SPOKEN_FOR_SECONDS)
        if number in verdicts:
            spans.append(SiteSpan(start, heard, verdicts[number]))
        if number not in verdicts or heard < until:
            spans.append(SiteSpan(heard if number in verdicts else start, until, UNMEASURED))
    return said(spans)


@given(sequences())
def test_taken_one_by_one_checks_come_to_what_they_come_to_together(checks: list[SiteCheck]) -> None:
    _, settled = play(*checks)
    assert said(settled) == judged_at_once(checks)


@given(sequences())
def test_what_is_settled_has_no_gap_no_overlap_and_never_changes(checks: list[SiteCheck]) -> None:
    track = SiteTrack()
    until = int(checks[0].at) if checks else 0
    for check in checks:
        track, spans = advance(track, check)
        for span in spans:
            assert span.start == until < span.end <= int(check.at)
            until = span.end
