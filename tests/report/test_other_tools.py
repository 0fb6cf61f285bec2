"""The shapes of other tools' published SLA cases, with our answers; docs/sla-beside-others.md says why they differ."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import pytest

from exporter.account import Account, Course, account
from exporter.exclusion import Exclusions
from exporter.sla import Figures, Verdict, percent
from exporter.terms import Terms
from exporter.timeline import Interval, Span, State, union

UP, DOWN, UNKNOWN = State.UP, State.DOWN, State.UNMEASURED


@dataclass(frozen=True)
class Case:
    """What a link went through around `[1000, end)`, in stretches `(start, state)` up to `known_until`.

    `theirs` is what Icinga DB's own test expects, for comparison only.
    """

    name: str
    theirs: float
    ours: str | None
    least: str | None
    most: str | None
    stretches: tuple[tuple[int, State], ...] = ()
    windows: tuple[Interval, ...] = ()
    end: int = 2_000


CASES = (
    Case("nothing was ever seen", 100.0, None, "0.000", "100.000"),
    Case(
        "flapping",
        60.0,
        "60.000",
        "60.000",
        "60.000",
        ((1_000, DOWN), (1_100, UP), (1_300, DOWN), (1_400, UP), (1_600, DOWN), (1_700, UP), (1_900, DOWN)),
    ),
    Case(
        "flapping by odd seconds",
        56.2,
        "56.200",
        "56.200",
        "56.200",
        (
            (1_000, DOWN),
            (1_023, UP),
            (1_100, DOWN),
            (1_242, UP),
            (1_300, DOWN),
            (1_307, UP),
            (1_400, DOWN),
            (1_666, UP),
        ),
    ),
    Case("a third", 66.6667, "66.666", "66.666", "66.666", ((1_000, DOWN), (1_100, UP)), end=1_300),
    Case("a seventh", 14.2857, "14.285", "14.285", "14.285", ((1_000, DOWN), (1_600, UP)), end=1_700),
    Case(
        "windows that overlap an outage at both ends",
        90.0,
        "83.333",
        "83.333",
        "83.333",
        ((900, UP), (1_200, DOWN), (1_500, UP)),
        ((1_100, 1_300), (1_400, 1_600)),
    ),
    Case("down since before the period", 0.0, "0.000", "0.000", "0.000", ((0, DOWN),)),
    Case(
        "down since before, in a window that began before",
        80.0,
        "0.000",
        "0.000",
        "0.000",
        ((800, DOWN),),
        ((600, 1_800),),
    ),
    Case(
        "down since before, in windows that overlap each other",
        80.0,
        "0.000",
        "0.000",
        "0.000",
        ((800, DOWN),),
        ((600, 1_000), (800, 1_200), (1_000, 1_400), (1_600, 2_000), (1_800, 2_200)),
    ),
    Case("first seen up, said to have been down", 80.0, "100.000", "80.000", "100.000", ((1_200, UP),)),
    Case("never seen in the period, down now", 0.0, None, "0.000", "100.000"),
    Case("seen down before, up within", 80.0, "80.000", "80.000", "80.000", ((800, DOWN), (1_200, UP))),
    Case("seen down before, up after", 0.0, "0.000", "0.000", "0.000", ((800, DOWN),)),
    Case("unknown at the start", 60.0, "60.000", "30.000", "80.000", ((1_500, DOWN), (1_700, UP))),
    Case(
        "unknown in the middle",
        60.0,
        "60.000",
        "30.000",
        "80.000",
        ((1_000, UP), (1_100, UNKNOWN), (1_600, UP), (1_800, DOWN)),
    ),
)


def reckoned(case: Case, target: Fraction = Fraction(995, 1000)) -> Account:
    ends = [*(start for start, _ in case.stretches[1:]), case.end + 500]
    spans = [Span(start, end, state) for (start, state), end in zip(case.stretches, ends, strict=False)]
    through = Course(spans, Exclusions(maintenance=union(case.windows)), (), (), 0)
    return account(through, [Terms(1_000, case.end, None, target)], 1_000, case.end)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_of_icinga_db_has_our_answer(case: Case) -> None:
    found = reckoned(case).figures
    shown = tuple(map(percent, (found.availability, found.availability_min, found.availability_max)))
    assert shown == (case.ours, case.least, case.most)


def test_downtime_leaves_the_period_and_is_not_up() -> None:
    """Icinga DB divides what was bad outside of downtimes by the whole period, and has 80 % here."""
    case = next(case for case in CASES if case.windows == ((600, 1_800),))
    assert reckoned(case).figures == Figures(1_000, down=200, excluded=800)
    assert reckoned(case).verdict is Verdict.BREACHED


def test_windows_that_overlap_exclude_each_second_once() -> None:
    windows = ((1_000, 1_600), (1_200, 1_900), (1_300, 1_500))
    found = reckoned(Case("", 0, None, None, None, ((0, UP),), windows)).figures
    assert (found.excluded, found.up) == (900, 100)


def test_what_nobody_saw_leaves_the_verdict_open() -> None:
    """Icinga DB takes the state of later for that of before, and judges 80 %."""
    first_seen_up = reckoned(Case("", 0, None, None, None, ((1_200, UP),)))
    assert first_seen_up.verdict is Verdict.UNDETERMINED
    assert first_seen_up.figures.coverage == Fraction(800, 1_000)


def test_a_period_of_no_length_is_not_judged() -> None:
    """Icinga DB's function raises an error."""
    assert reckoned(Case("", 0, None, None, None, ((0, UP),), end=1_000)).verdict is Verdict.NOT_APPLICABLE


def test_what_would_round_up_to_the_target_is_a_breach() -> None:
    """Thruk rounds to its decimal places, two by default, before it compares: 97.996 % is then 98.00 %, and passes."""
    figures = Figures(100_000, up=97_996, down=2_004)
    assert (figures.verdict(Fraction(98, 100)), percent(figures.availability)) == (Verdict.BREACHED, "97.996")


def test_a_breach_by_one_second_in_a_long_time_is_a_breach() -> None:
    """Icinga DB's function rounds to four decimals, so that this is 99.5000 %, and passes 99.5 %."""
    month = 2_678_400
    allowed = month * 5 // 1_000
    figures = Figures(month, up=month - allowed - 1, down=allowed + 1)
    assert (figures.verdict(Fraction(995, 1000)), percent(figures.availability)) == (Verdict.BREACHED, "99.499")
    assert round(100 * figures.up / month, 4) == 99.5


def test_links_of_unequal_time_are_pooled() -> None:
    """The mean of both percentages, as Icinga's and OneUptime's totals have it, would be 50 %."""
    whole, one_day = Figures(2_419_200, up=2_419_200), Figures(86_400, down=86_400)
    assert percent((whole + one_day).availability) == "96.551"


def test_time_before_the_first_observation_is_part_of_the_period() -> None:
    """OneUptime begins the period with the first event: 99.422 %, and nothing of the fifteen days before."""
    month, unseen, down = 2_678_400, 1_296_000, 7_980
    figures = Figures(month, up=month - unseen - down, down=down, unmeasured=unseen)
    shown = tuple(map(percent, (figures.availability, figures.availability_min, figures.availability_max)))
    assert shown == ("99.422", "51.314", "99.702")
    assert figures.verdict(Fraction(995, 1000)) is Verdict.UNDETERMINED


def test_seconds_are_counted_and_not_checks() -> None:
    """Uptime Kuma counts heartbeats: with a retry every 20 s one minute in ten makes 3 of 12, and 75 %."""
    assert percent(Figures(600, up=540, down=60).availability) == "90.000"
