"""What links cost and who pays: exact figures, and parts that add up."""

from datetime import date, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.costs import (
    Change,
    Share,
    Stretch,
    Sum,
    apportioned,
    by_payer,
    changes,
    mean_fee,
    mean_rates,
    shares,
    stretches,
    total,
)
from exporter.model import Contract, Link, PayerPeriod
from exporter.sla import Month

JAKARTA = ZoneInfo("Asia/Jakarta")
JANUARY, FEBRUARY, MARCH = Month(2026, 1), Month(2026, 2), Month(2026, 3)
OPD = PayerPeriod(date(2026, 1, 1), "opd")


def link(*contracts: Contract, valid_from: date | None = None, valid_to: date | None = None) -> Link:
    return Link("dinkes", "primary", "192.0.2.1", "serat", contracts, valid_from=valid_from, valid_to=valid_to)


def of(item: Link, month: Month) -> tuple[Share, ...]:
    return shares(stretches(item, JAKARTA, month, month), month)


def paid(item: Link, month: Month) -> dict[str | None, int | None]:
    return {payer: found.amount for payer, found in by_payer(of(item, month)).items()}


@pytest.mark.parametrize("month", [JANUARY, FEBRUARY, Month(2028, 2), Month(2026, 4)])
def test_a_whole_month_with_one_payer_is_the_fee_itself(month: Month) -> None:
    assert paid(link(Contract(monthly_fee=4_500_001, payers=(OPD,))), month) == {"opd": 4_500_001}


def test_from_the_fourth_month_on_another_pays() -> None:
    contract = Contract(monthly_fee=4_500_000, payers=(OPD, PayerPeriod(date(2026, 4, 1), "diskominfosatik")))
    months = [JANUARY, FEBRUARY, MARCH, Month(2026, 4), Month(2026, 5)]
    assert [paid(link(contract), month) for month in months] == [
        {"opd": 4_500_000},
        {"opd": 4_500_000},
        {"opd": 4_500_000},
        {"diskominfosatik": 4_500_000},
        {"diskominfosatik": 4_500_000},
    ]


def test_a_payer_for_a_part_of_the_month_pays_by_days_and_the_rupiah_left_goes_where_the_cut_took_most() -> None:
    """1,000,000 x 10/31 is 322,580.6, x 21/31 is 677,419.4: cut they lack one rupiah, which the first gets."""
    contract = Contract(monthly_fee=1_000_000, payers=(OPD, PayerPeriod(date(2026, 1, 11), "dinas")))
    assert paid(link(contract), JANUARY) == {"opd": 322_581, "dinas": 677_419}


def test_a_link_for_a_part_of_the_month_is_paid_by_days_and_cut_once() -> None:
    contract = Contract(monthly_fee=1_000_000, payers=(OPD,))
    assert paid(link(contract, valid_from=date(2026, 2, 15), valid_to=date(2026, 2, 17)), FEBRUARY) == {"opd": 107_142}


def test_a_link_that_is_not_valid_in_the_month_has_no_share() -> None:
    assert of(link(Contract(monthly_fee=1), valid_to=date(2026, 1, 31)), FEBRUARY) == ()


def test_a_fee_that_changes_in_the_month_counts_by_its_own_days() -> None:
    item = link(
        Contract(monthly_fee=2_000_000, payers=(OPD,)),
        Contract(starts_on=date(2026, 2, 20), monthly_fee=2_500_000, payers=(OPD,)),
    )
    found = of(item, FEBRUARY)
    assert [(share.stretch.days, share.amount) for share in found] == [(19, 1_357_143), (9, 803_571)]
    assert total(found) == Sum(2_160_714, 1, 1, 0)
    assert mean_fee(found) == Fraction(2_000_000 * 19 + 2_500_000 * 9, 28)


def test_days_before_the_first_contract_and_contracts_without_a_fee_are_unknown_and_never_0() -> None:
    item = link(
        Contract(starts_on=date(2026, 2, 8), monthly_fee=2_800_000, download_bps=20_000_000),
        Contract(starts_on=date(2026, 2, 22), download_bps=40_000_000),
    )
    found = of(item, FEBRUARY)
    assert [(share.stretch.payer, share.amount) for share in found] == [(None, None), (None, 1_400_000), (None, None)]
    assert total(found) == Sum(1_400_000, 1, 1, 1)
    assert mean_fee(found) == 2_800_000
    assert mean_rates(found) == (Fraction(20 * 14 + 40 * 7, 21) * 1_000_000, None)
    assert total(of(link(Contract()), FEBRUARY)).amount is None
    assert mean_fee(of(link(Contract()), FEBRUARY)) is None


def test_a_fee_of_0_is_known() -> None:
    assert paid(link(Contract(monthly_fee=0, payers=(OPD,))), FEBRUARY) == {"opd": 0}


def test_a_payer_begins_on_the_day_that_the_contract_in_force_says() -> None:
    item = link(
        Contract(monthly_fee=2_800, payers=(PayerPeriod(date(2026, 2, 11), "a"),)),
        Contract(starts_on=date(2026, 2, 21), monthly_fee=2_800),
    )
    assert [(share.stretch.first_day.day, share.stretch.payer, share.amount) for share in of(item, FEBRUARY)] == [
        (1, None, 1_000),
        (11, "a", 1_000),
        (21, None, 800),
    ]


def test_a_month_with_a_change_of_the_clock_counts_days_not_hours() -> None:
    contract = Contract(monthly_fee=3_100, payers=(OPD, PayerPeriod(date(2026, 3, 29), "b")))
    berlin = stretches(link(contract), ZoneInfo("Europe/Berlin"), MARCH, MARCH)
    assert [share.amount for share in shares(berlin, MARCH)] == [2_800, 300]


def test_no_link_costs_0_and_a_link_without_a_fee_is_unknown() -> None:
    assert (Sum().amount, Sum(0, 1, 0, 1).amount, (Sum(5, 1, 1, 0) + Sum(0, 1, 0, 1))) == (0, None, Sum(5, 2, 1, 1))


def test_changes_are_where_a_link_begins_ends_or_has_another_fee_or_payer() -> None:
    first = Contract(monthly_fee=10, payers=(OPD,))
    faster = Contract(starts_on=date(2026, 1, 15), monthly_fee=10, download_bps=1, payers=(OPD,))
    dearer = Contract(starts_on=date(2026, 2, 1), monthly_fee=20, payers=(PayerPeriod(date(2026, 2, 1), "b"),))
    item = link(first, faster, dearer, valid_from=date(2026, 1, 10), valid_to=date(2026, 2, 9))
    found = stretches(item, JAKARTA, JANUARY, MARCH)
    assert found == (
        Stretch(date(2026, 1, 10), date(2026, 1, 14), first, "opd"),
        Stretch(date(2026, 1, 15), date(2026, 1, 31), faster, "opd"),
        Stretch(date(2026, 2, 1), date(2026, 2, 9), dearer, "b"),
    )
    assert list(changes(found, date(2026, 1, 1), date(2026, 3, 31))) == [
        Change(date(2026, 1, 10), None, found[0]),
        Change(date(2026, 2, 1), found[1], found[2]),
        Change(date(2026, 2, 10), found[2], None),
    ]
    assert [change.day for change in changes(found, date(2026, 1, 11), date(2026, 2, 9))] == [date(2026, 2, 1)]
    assert list(changes((), date(2026, 1, 1), date(2026, 3, 31))) == []


def test_the_largest_remainders_get_the_rupiah_left_and_the_earlier_where_they_are_equal() -> None:
    third = Fraction(100, 3)
    assert apportioned([third, third, third], 100) == [34, 33, 33]
    assert apportioned([Fraction(3, 10), Fraction(27, 10), Fraction(2)], 5) == [0, 3, 2]
    assert apportioned([], 0) == []


days = st.dates(date(2025, 12, 1), date(2026, 4, 30))
fees = st.none() | st.integers(0, 10**12)
payer_periods = st.lists(st.builds(PayerPeriod, days, st.sampled_from(["opd", "a", "b"])), max_size=4).map(
    lambda periods: tuple(sorted({of.starts_on: of for of in periods}.values(), key=lambda of: of.starts_on))
)


@st.composite
def links(draw: st.DrawFn) -> Link:
    begins = [None, *sorted(draw(st.sets(days, max_size=3)))][draw(st.integers(0, 1)) :] or [None]
    contracts = [Contract(starts_on=day, monthly_fee=draw(fees), payers=draw(payer_periods)) for day in begins]
    valid_from, valid_to = draw(st.none() | days), draw(st.none() | days)
    return link(*contracts, valid_from=valid_from, valid_to=valid_to)


@given(links(), st.sampled_from([JANUARY, FEBRUARY, MARCH]))
def test_parts_add_up_to_the_whole_which_is_cut_once(item: Link, month: Month) -> None:
    """The reference goes day by day."""
    found = of(item, month)
    exact: dict[str | None, Fraction] = {}
    unknown = 0
    for day in month.days():
        if (item.valid_from or day) <= day <= (item.valid_to or day):
            contract = item.contract_on(day)
            if contract is None or contract.monthly_fee is None:
                unknown += 1
                continue
            payer = next((of.by for of in reversed(contract.payers) if of.starts_on <= day), None)
            exact[payer] = exact.get(payer, Fraction()) + Fraction(contract.monthly_fee, month.last_day.day)
    sums = by_payer(found)
    assert sum(paid.rupiah for paid in sums.values()) == total(found).rupiah == int(sum(exact.values()))
    assert all(abs(sums[payer].rupiah - fraction) < 1 for payer, fraction in exact.items())
    assert sum(share.stretch.days for share in found if share.amount is None) == unknown


@given(links(), st.sampled_from([JANUARY, FEBRUARY, MARCH]), st.sets(st.integers(1, 30)))
def test_splitting_a_stretch_where_nothing_changes_leaves_every_payers_amount(
    item: Link, month: Month, cuts: set[int]
) -> None:
    whole = stretches(item, JAKARTA, month, month)
    split: list[Stretch] = []
    for stretch in whole:
        first = stretch.first_day
        for cut in sorted(cuts):
            day = month.first_day + timedelta(days=cut)
            if first < day <= stretch.last_day:
                split.append(Stretch(first, day - timedelta(days=1), stretch.contract, stretch.payer))
                first = day
        split.append(Stretch(first, stretch.last_day, stretch.contract, stretch.payer))
    apart, together = (by_payer(shares(found, month)) for found in (split, whole))
    assert {payer: of.amount for payer, of in apart.items()} == {payer: of.amount for payer, of in together.items()}
