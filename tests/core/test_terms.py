from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from monitor_fakes import make_inventory, make_link

from exporter.model import Contract, Link, PayerPeriod, Provider
from exporter.sla import Month, midnight
from exporter.terms import Payer, Terms, days, local_day, payers, terms

JAKARTA, BERLIN = ZoneInfo("Asia/Jakarta"), ZoneInfo("Europe/Berlin")
START, END = Month(2026, 2).period(JAKARTA)
TARGET, STRICT = Fraction(995, 1000), Fraction(999, 1000)
ISP = Provider("isp", "PT Penyedia", availability=TARGET)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=JAKARTA).timestamp())


def of(link: Link) -> tuple[Terms, ...]:
    return terms(link, make_inventory(link, provider=ISP), START, END)


def test_one_contract_is_one_stretch_with_the_providers_target() -> None:
    assert of(make_link(contracts=(Contract(monthly_fee=5),))) == (Terms(START, END, 5, TARGET),)


def test_a_contracts_own_target_stands_before_its_providers() -> None:
    assert of(make_link(contracts=(Contract(availability=STRICT),))) == (Terms(START, END, None, STRICT),)


def test_a_contract_begins_at_midnight_of_its_day() -> None:
    later = Contract(date(2026, 2, 15), monthly_fee=6, availability=STRICT)
    middle = at("2026-02-15T00:00")
    assert of(make_link(contracts=(Contract(monthly_fee=5), later))) == (
        Terms(START, middle, 5, TARGET),
        Terms(middle, END, 6, STRICT),
    )


def test_terms_are_those_of_the_validity() -> None:
    link = make_link(valid_from=date(2026, 2, 10), valid_to=date(2026, 2, 12), contracts=(Contract(monthly_fee=5),))
    assert of(link) == (Terms(at("2026-02-10T00:00"), at("2026-02-13T00:00"), 5, TARGET),)
    assert of(make_link(valid_from=date(2026, 3, 1))) == ()


def test_before_the_first_contract_there_is_no_fee() -> None:
    first = Contract(date(2026, 2, 15), monthly_fee=6)
    middle = at("2026-02-15T00:00")
    assert of(make_link(contracts=(first,))) == (Terms(START, middle, None, TARGET), Terms(middle, END, 6, TARGET))


def test_terms_that_come_back_are_a_part_of_their_own() -> None:
    contracts = tuple(Contract(date(2026, 2, day), monthly_fee=fee) for day, fee in ((1, 5), (10, 6), (20, 5)))
    assert [part.fee for part in of(make_link(contracts=contracts))] == [5, 6, 5]


@given(st.sets(st.integers(1, 28)), st.sets(st.integers(1, 28)))
def test_splitting_a_month_into_parts_of_equal_terms_changes_nothing(changes: set[int], splits: set[int]) -> None:
    """A contract that changes the bandwidth alone begins no part."""

    def contract(day: int, number: int) -> Contract:
        fee = 1_000 + sum(change <= day for change in changes)
        return Contract(date(2026, 2, day), download_bps=number, monthly_fee=fee)

    plain = tuple(contract(day, 0) for day in sorted({1, *changes}))
    split = tuple(contract(day, number) for number, day in enumerate(sorted({1, *changes, *splits})))
    assert of(make_link(contracts=split)) == of(make_link(contracts=plain))


def test_who_pays_changes_within_a_contract_and_with_it() -> None:
    office, district = PayerPeriod(date(2026, 1, 1), "opd"), PayerPeriod(date(2026, 2, 10), "diskominfosatik")
    contracts = (Contract(payers=(office, district)), Contract(date(2026, 2, 20), payers=(district,)))
    unsaid = Contract(date(2026, 2, 25))
    assert payers(make_link(contracts=(*contracts, unsaid)), JAKARTA, START, END) == (
        Payer(date(2026, 2, 1), date(2026, 2, 9), "opd"),
        Payer(date(2026, 2, 10), date(2026, 2, 24), "diskominfosatik"),
        Payer(date(2026, 2, 25), date(2026, 2, 28), None),
    )


def test_who_pays_is_said_for_the_validity_alone() -> None:
    link = make_link(
        valid_from=date(2026, 2, 27), contracts=(Contract(payers=(PayerPeriod(date(2020, 1, 1), "opd"),)),)
    )
    assert payers(link, JAKARTA, START, END) == (Payer(date(2026, 2, 27), date(2026, 2, 28), "opd"),)


def test_a_local_day_begins_at_midnight_of_its_zone() -> None:
    assert local_day(START, JAKARTA) == date(2026, 2, 1)
    assert local_day(START - 1, JAKARTA) == date(2026, 1, 31)


def test_days_have_the_hours_that_the_clock_gives_them() -> None:
    march = list(days(BERLIN, date(2026, 3, 28), date(2026, 3, 30)))
    assert [(end - start) // 3_600 for start, end in march] == [24, 23, 24]
    assert march[0][0] == midnight(date(2026, 3, 28), BERLIN)
    october = days(BERLIN, date(2026, 10, 25), date(2026, 10, 25))
    assert [(end - start) // 3_600 for start, end in october] == [25]


@given(st.integers(0, 20_000), st.integers(0, 40))
def test_days_follow_each_other_without_a_gap(first: int, more: int) -> None:
    begin = date(1980, 1, 1) + timedelta(days=first)
    found = list(days(BERLIN, begin, begin + timedelta(days=more)))
    assert len(found) == more + 1
    assert all(end == start for (_, end), (start, _) in pairwise(found))
