"""What keeps a month provisional: whatever may change by itself. What is final changes by a person's word alone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from monitor_fakes import make_inventory, make_link
from months import at, fill

from exporter.cause import DeviceSeen, Evidence, Known, Verdict
from exporter.ledger import Batch, Ledger
from exporter.maintenance import Window
from exporter.model import Cause, Contract, Credit, CreditFormula, Inventory, Maintenance, Provider
from exporter.report import Standings, Summary, summarise
from exporter.sla import Month
from exporter.timeline import Outage, Span, State

FEBRUARY = Month(2026, 2)
END = at("2026-03-01T00:00")
RULE = Credit(CreditFormula.PRO_RATA_DOWNTIME, min_outage_seconds=300)
ISP = Provider("isp", "PT", None, Fraction(995, 1000), RULE, (Cause.POWER,), exclude_unconfirmed=True)
LINK = make_link(contracts=(Contract(monthly_fee=5_000_000),))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.create(tmp_path / "terpadu.sqlite3") as made:
        yield made


def february(ledger: Ledger, *, district: Inventory | None = None) -> Summary:
    return summarise([ledger], district or make_inventory(LINK, provider=ISP), FEBRUARY)


def go_on(ledger: Ledger, until: str, state: State = State.UP, *, since: str = "2026-03-01T06:00") -> None:
    batch = Batch()
    batch.add("dinkes/primary", [Span(at(since), at(until), state)], None)
    ledger.write(batch)


def announced(start: str, end: str) -> Maintenance:
    return Maintenance(*(datetime.fromtimestamp(at(of), UTC) for of in (start, end)), ("dinkes/primary",), "kerja")


def test_a_window_over_the_months_end_keeps_it_provisional_while_it_runs(ledger: Ledger) -> None:
    """It may still be changed, and then excludes nothing."""
    ledger.record_windows([announced("2026-02-28T00:00", "2026-03-02T00:00")], at("2026-02-20T00:00"))
    fill(ledger, "dinkes/primary", end="2026-03-01T06:00")
    assert february(ledger).is_provisional
    go_on(ledger, "2026-03-02T00:00")
    assert not february(ledger).is_provisional


def test_a_window_that_a_person_ended_or_that_excludes_nothing_keeps_no_month_open(ledger: Ledger) -> None:
    window = Window(("dinkes/primary",), END - 600, END + 86_400, "kerja", END - 700, added_by="Bidang")
    ledger.cut_window(ledger.add_window(window).number, END - 60, "Bidang")
    ledger.record_windows([announced("2026-02-28T12:00", "2026-03-03T00:00")], END - 3_600)
    fill(ledger, "dinkes/primary", end="2026-03-01T06:00")
    assert not february(ledger).is_provisional


def test_an_outage_whose_cause_is_sought_keeps_its_month_provisional(ledger: Ledger) -> None:
    began, ended = at("2026-02-28T22:00"), at("2026-03-01T05:59")
    fill(ledger, "dinkes/primary", ("2026-02-28T22:00", "2026-03-01T05:59"), end="2026-03-01T06:00")
    first = february(ledger)
    assert (first.is_provisional, first.links[0].figures.down) == (True, 7_200)
    batch = Batch()
    batch.add_case("dinkes/primary", began, Known(DeviceSeen(is_polled=False), 1))
    ledger.write(batch)
    go_on(ledger, "2026-03-01T09:00")
    assert february(ledger).is_provisional
    batch = Batch()
    batch.add_verdict("dinkes/primary", Verdict(Cause.POWER, ended + 360, Evidence(began, ended, DeviceSeen(False))))
    ledger.write(batch)
    final = february(ledger)
    assert (final.is_provisional, final.links[0].figures.down) == (False, 0)


def test_an_outage_of_long_ago_whose_cause_nobody_seeks_keeps_nothing_open(ledger: Ledger) -> None:
    fill(ledger, "dinkes/primary", ("2026-02-10T22:00", "2026-02-10T23:00"), end="2026-03-01T06:00")
    assert not february(ledger).is_provisional


@given(st.lists(st.sampled_from([State.UP, State.DOWN, None]), max_size=6), st.booleans())
def test_nothing_that_comes_later_changes_a_final_month(later: list[State | None], ends_silent: bool) -> None:  # noqa: FBT001
    with tempfile.TemporaryDirectory() as folder, Ledger.create(Path(folder) / "terpadu.sqlite3") as ledger:
        last = "2026-02-28T23:58" if ends_silent else "2026-03-01T00:00"
        fill(ledger, "dinkes/primary", end=last)
        position, final = END, None
        for state in (State.UP, *later):
            if state is not None:
                batch, outage = Batch(), None
                if state is State.DOWN:
                    outage = Outage(position, position + 10, position + 200)
                batch.add("dinkes/primary", [Span(position, position + 200, state)], outage)
                ledger.write(batch)
            position += 200
            found = february(ledger)
            if final is not None:
                assert (found.inputs_sha256, found.is_provisional) == (final, False)
            elif not found.is_provisional:
                final = found.inputs_sha256


def test_a_window_beside_the_month_that_shortens_an_outage_changes_the_hash(ledger: Ledger) -> None:
    fill(ledger, "dinkes/primary", ("2026-02-28T23:57", "2026-03-01T03:00"))
    batch = Batch()
    began, ended = at("2026-02-28T23:57"), at("2026-03-01T03:00")
    batch.add_verdict("dinkes/primary", Verdict(Cause.LINK, ended + 60, Evidence(began, ended, DeviceSeen(False))))
    ledger.write(batch)
    before = february(ledger)
    ledger.record_windows([announced("2026-03-01T00:00", "2026-03-01T04:00")], at("2026-02-20T00:00"))
    after = february(ledger)
    owed = [of.links[0].credit.amount for of in (before, after) if of.links[0].credit is not None]
    assert owed == [5_000_000 * 180 // 2_419_200, 0]
    assert before.inputs_sha256 != after.inputs_sha256


@pytest.mark.parametrize("ended", [{"valid_to": date(2025, 12, 31)}, {"valid_from": date(2026, 4, 1)}])
def test_a_link_that_is_not_valid_in_the_month_changes_nothing_of_its_office(
    ledger: Ledger, ended: dict[str, date]
) -> None:
    ledger.record_windows([announced("2026-03-01T00:00", "2026-03-01T04:00")], at("2026-02-20T00:00"))
    fill(ledger, "dinkes/primary", ("2026-02-28T23:00", "2026-03-01T03:00"))
    alone = february(ledger)
    other = replace(make_link(name="backup"), **ended)
    both = february(ledger, district=make_inventory(LINK, other, provider=ISP))
    assert both.offices[0].frequency == alone.offices[0].frequency
    assert both.offices[0].incidents == alone.offices[0].incidents
    assert [of.link.id for of in both.links] == ["dinkes/primary"]
    assert both.inputs_sha256 == alone.inputs_sha256


def test_last_months_gauge_follows_what_of_last_month_is_settled_late(ledger: Ledger) -> None:
    district, standings = make_inventory(LINK, make_link("disdik"), provider=ISP), Standings()
    fill(ledger, "disdik/primary", end="2026-03-01T00:00:05")
    fill(ledger, "dinkes/primary", end="2026-02-28T23:59:40")
    assert standings.refresh(ledger, district).links["dinkes/primary"].last_month == 1
    batch = Batch()
    batch.add("dinkes/primary", [Span(END - 20, END + 60, State.DOWN)], Outage(END - 20, END - 10))
    ledger.write(batch)
    expected = {of.link.id: of.figures.availability for of in february(ledger, district=district).links}
    found = {link: of.last_month for link, of in standings.refresh(ledger, district).links.items()}
    assert found == expected
    assert expected["dinkes/primary"] != 1


def test_a_fee_that_is_unknown_for_some_days_makes_a_credit_the_least(ledger: Ledger) -> None:
    late = make_link(contracts=(Contract(starts_on=date(2026, 2, 15), monthly_fee=5_000_000),))
    fill(ledger, "dinkes/primary", ("2026-02-03T00:00", "2026-02-05T00:00"))
    summary = february(ledger, district=make_inventory(late, provider=ISP))
    credit = summary.links[0].credit
    assert credit is not None
    assert (credit.amount, credit.at_least) == (0, True)
    assert summary.providers[0].credit == credit
