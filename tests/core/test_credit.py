from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter import model
from exporter.credit import Credit, Part, credit, pooled
from exporter.model import CreditFormula, CreditTier
from exporter.sla import Figures
from exporter.terms import Terms

FEBRUARY = 2_419_200
TARGET = Fraction(995, 1000)
PRO_RATA, SLA_HOURS, BELOW_TARGET = (
    model.Credit(formula)
    for formula in (CreditFormula.PRO_RATA_DOWNTIME, CreditFormula.SLA_HOURS, CreditFormula.BELOW_TARGET)
)
TIERS = model.Credit(
    tiers=(
        CreditTier(Fraction(97, 100), Fraction(15, 100)),
        CreditTier(Fraction(995, 1000), Fraction(5, 100)),
        CreditTier(Fraction(99, 100), Fraction(10, 100)),
    )
)


def part(
    down: int = 0,
    unmeasured: int = 0,
    excluded: int = 0,
    total: int = FEBRUARY,
    fee: int | None = 5_000_000,
    target: Fraction | None = TARGET,
) -> Part:
    """A part in which each outage is long enough."""
    up = total - down - unmeasured - excluded
    figures = Figures(total, up=up, down=down, unmeasured=unmeasured, excluded=excluded)
    return Part(Terms(0, total, fee, target), figures, down, down + unmeasured)


@pytest.mark.parametrize(("rule", "amount"), [(PRO_RATA, 37_202), (BELOW_TARGET, 12_202), (SLA_HOURS, 37_389)])
def test_example_4_one_outage_of_five_hours_by_each_formula(rule: model.Credit, amount: int) -> None:
    assert credit(rule, [part(down=18_000)], FEBRUARY).amount == amount


@pytest.mark.parametrize(
    ("down", "amount"),
    [
        (FEBRUARY * 5 // 1000, 0),  # exactly 99.5 %: not below it
        (FEBRUARY * 5 // 1000 + 1, 250_000),
        (FEBRUARY * 2 // 100, 500_000),
        (FEBRUARY * 5 // 100, 750_000),
    ],
)
def test_the_lowest_tier_that_the_month_is_under_pays(down: int, amount: int) -> None:
    assert credit(TIERS, [part(down=down)], FEBRUARY) == Credit("tiers", amount, at_least=False)


def test_a_month_that_rounds_up_to_its_tier_is_still_below_it() -> None:
    """97.996 % is below 98 %, however it would be shown with two decimals."""
    below = model.Credit(tiers=(CreditTier(Fraction(98, 100), Fraction(10, 100)),))
    assert credit(below, [part(down=2_004, total=100_000)], 100_000).amount == 500_000


def test_unmeasured_time_earns_nothing_and_may_have_earned_more() -> None:
    for rule in (PRO_RATA, SLA_HOURS, BELOW_TARGET, TIERS):
        sure = credit(rule, [part(down=18_000)], FEBRUARY)
        assert not sure.at_least
        assert credit(rule, [part(down=18_000, unmeasured=90_000)], FEBRUARY) == Credit(sure.formula, sure.amount, True)


def test_unmeasured_time_that_can_reach_no_tier_adds_nothing() -> None:
    assert credit(TIERS, [part(unmeasured=100)], FEBRUARY) == Credit("tiers", 0, at_least=False)


def test_unmeasured_time_of_no_long_outage_adds_nothing() -> None:
    short = Part(Terms(0, FEBRUARY, 5_000_000, TARGET), Figures(FEBRUARY, up=FEBRUARY - 9, unmeasured=9), 0, 0)
    assert credit(PRO_RATA, [short], FEBRUARY) == Credit("pro_rata_downtime", 0, at_least=False)


def test_only_outages_that_are_long_enough_earn_by_their_time() -> None:
    """The availability of `below_target` and of tiers counts all of them."""
    figures = Figures(FEBRUARY, up=FEBRUARY - 18_000, down=18_000)
    parts = [Part(Terms(0, FEBRUARY, 5_000_000, TARGET), figures, 0, 0)]
    amounts = [credit(rule, parts, FEBRUARY).amount for rule in (PRO_RATA, SLA_HOURS, BELOW_TARGET, TIERS)]
    assert amounts == [0, 0, 12_202, 250_000]


def test_parts_are_added_before_they_are_cut() -> None:
    halves = [part(down=1, total=2, fee=1), part(down=1, total=2, fee=1)]
    assert credit(PRO_RATA, halves, 4).amount == 0
    assert credit(PRO_RATA, [*halves, *halves], 4).amount == 1


def test_each_part_has_its_own_fee_and_target() -> None:
    parts = [part(down=100, total=1_000, fee=300, target=Fraction(1, 2)), part(down=100, total=1_000, fee=600)]
    assert credit(PRO_RATA, parts, 2_000).amount == 15 + 30
    assert credit(SLA_HOURS, parts, 2_000).amount == int(30 + Fraction(60_000 * 1000, 2_000 * 995))
    assert credit(BELOW_TARGET, parts, 2_000).amount == int(300 * Fraction(995 - 900, 1000))
    assert credit(TIERS, parts, 2_000).amount == 22 + 45


def test_a_part_of_the_month_pays_that_part_of_the_fee() -> None:
    assert credit(TIERS, [part(down=FEBRUARY // 4, total=FEBRUARY // 2)], FEBRUARY).amount == 375_000


def test_where_all_is_excluded_nothing_is_due() -> None:
    for rule in (PRO_RATA, SLA_HOURS, BELOW_TARGET, TIERS):
        assert credit(rule, [part(excluded=FEBRUARY)], FEBRUARY).amount == 0


def test_without_a_fee_nobody_knows_what_is_due() -> None:
    for rule in (PRO_RATA, SLA_HOURS, BELOW_TARGET, TIERS):
        assert credit(rule, [part(down=18_000, fee=None)], FEBRUARY).amount is None
    assert credit(PRO_RATA, [part(down=18_000, fee=None), part(down=18_000)], FEBRUARY).amount == 37_202


def test_a_formula_that_needs_a_target_says_nothing_without_one() -> None:
    amounts = [
        credit(rule, [part(down=18_000, target=None)], FEBRUARY).amount
        for rule in (PRO_RATA, SLA_HOURS, BELOW_TARGET, TIERS)
    ]
    assert amounts == [37_202, None, None, 250_000]


def test_a_providers_credit_is_the_sum_of_its_links() -> None:
    known, unknown = Credit("tiers", 5, at_least=True), Credit("tiers", None, at_least=False)
    assert pooled([known, None, unknown, known]) == Credit("tiers", 10, at_least=True)
    assert pooled([unknown]) == unknown
    assert pooled([None]) is None


@given(st.sampled_from([PRO_RATA, SLA_HOURS, BELOW_TARGET, TIERS]), st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_down_time_never_earns_less(rule: model.Credit, down: int, more: int) -> None:
    less_due, due = (credit(rule, [part(down=of)], FEBRUARY).amount for of in (down, down + more))
    assert less_due is not None
    assert due is not None
    assert less_due <= due <= 5_000_000 * 1000 // 995


@given(st.sampled_from([PRO_RATA, SLA_HOURS]), st.lists(st.integers(0, 5_000), min_size=1, max_size=6))
def test_down_time_earns_the_same_in_parts_as_in_one(rule: model.Credit, downs: list[int]) -> None:
    whole = credit(rule, [part(down=sum(downs))], FEBRUARY)
    assert credit(rule, [part(down=down, total=5_000) for down in downs], FEBRUARY) == whole
