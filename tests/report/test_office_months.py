"""An office's month on its page: the report's figures, whatever happened in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from monitor_fakes import make_inventory, make_link
from months import at, bad_february, fill
from random_months import RandomMonth

from exporter.amendment import Amendment
from exporter.errors import InputError
from exporter.ledger import Batch, Ledger
from exporter.model import Inventory, Maintenance, Provider
from exporter.report import summarise
from exporter.sla import Figures, Month, Verdict
from exporter.timeline import Outage, Span, State
from exporter.web.months import LinkMonth, OfficeMonth, office_month, whole_month

FEBRUARY = Month(2026, 2)
ISP = Provider("isp", "PT Penyedia", availability=Fraction(995, 1000))
Plain = tuple[object, ...]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.create(tmp_path / "ledger.sqlite3") as made:
        yield made


def district(**changes: object) -> Inventory:
    links = (make_link(), make_link(name="backup"), make_link("disdik"))
    return make_inventory(*links, provider=ISP, **changes)


def plain(of: OfficeMonth) -> Plain:
    """Return what the report says of it too."""
    return of.office.code, of.figures, [plain_link(link) for link in of.links]


def plain_link(of: LinkMonth) -> Plain:
    return of.link.id, of.figures, of.target, of.verdict, of.started_outages, of.budget_remaining_seconds


def reported(ledger: Ledger, inventory: Inventory, month: Month) -> list[Plain]:
    """Return what the report says of each office and its links; nothing where there is no report."""
    try:
        summary = summarise([ledger], inventory, month)
    except InputError:
        return []
    return [
        (
            of.office.code,
            of.figures,
            [
                (it.link.id, it.figures, it.target, it.verdict, it.frequency.started, it.budget_remaining_seconds)
                for it in summary.links
                if it.link.office == of.office.code
            ],
        )
        for of in summary.offices
    ]


def one(ledger: Ledger, inventory: Inventory | None = None, month: Month = FEBRUARY, link: int = 0) -> LinkMonth:
    inventory = inventory or district()
    found = office_month(ledger, inventory.offices["dinkes"], inventory, month)
    assert found is not None
    return found.links[link]


def written(ledger: Ledger, outage: Outage, *spans: tuple[str, str, State]) -> None:
    batch = Batch()
    batch.add("dinkes/primary", [Span(at(low), at(high), state) for low, high, state in spans], outage)
    ledger.write(batch)


@pytest.mark.parametrize("seed", range(60))
def test_any_month_and_those_beside_it_are_what_the_report_says(seed: int, tmp_path: Path) -> None:
    made = RandomMonth(seed)
    made.write(tmp_path / "random.sqlite3")
    inventory, month = made.world.inventory, Month(made.year, made.month)
    with Ledger.existing(tmp_path / "random.sqlite3") as ledger:
        for of in (month.previous, month, month.next):
            found = list(whole_month(ledger, inventory, of))
            assert [plain(item) for item in found] == reported(ledger, inventory, of)
            is_open = any(link.is_provisional for item in found for link in item.links)
            assert not is_open or summarise([ledger], inventory, of).is_provisional


def test_a_bad_month_with_windows_amendments_and_odd_names_is_what_its_report_says(ledger: Ledger) -> None:
    inventory = bad_february(ledger)
    assert [plain(of) for of in whole_month(ledger, inventory, FEBRUARY)] == reported(ledger, inventory, FEBRUARY)


def test_one_office_is_what_the_whole_month_has_of_it(ledger: Ledger) -> None:
    inventory = bad_february(ledger)
    alone = [office_month(ledger, office, inventory, FEBRUARY) for office in inventory.offices.values()]
    assert alone == list(whole_month(ledger, inventory, FEBRUARY))


def test_some_offices_come_in_the_order_that_they_are_asked_in(ledger: Ledger) -> None:
    inventory = bad_february(ledger)
    asked = [inventory.offices["pu"], inventory.offices["dinkes"]]
    assert [of.office for of in whole_month(ledger, inventory, FEBRUARY, asked)] == asked


def test_a_link_has_its_figures_its_target_and_what_is_left_of_its_budget(ledger: Ledger) -> None:
    fill(ledger, "dinkes/primary", ("2026-02-03T10:00", "2026-02-03T12:00"), ("2026-01-31T23:00", "2026-02-01T01:00"))
    days = 28 * 86_400
    assert one(ledger) == LinkMonth(
        link=make_link(),
        month=FEBRUARY,
        figures=Figures(days, days - 3 * 3_600, 0, 3 * 3_600, 0, 0, 0),
        target=Fraction(995, 1000),
        verdict=Verdict.MET,
        started_outages=1,
        budget_remaining_seconds=days * 5 // 1000 - 3 * 3_600,
        is_provisional=False,
        settled_until=at("2026-03-01T00:00"),
    )


def test_an_outage_that_a_person_took_out_is_no_more_counted(ledger: Ledger) -> None:
    fill(ledger, "dinkes/primary", ("2026-02-03T10:00", "2026-02-03T12:00"))
    began = at("2026-02-03T10:00")
    ledger.add_amendment(Amendment("dinkes/primary", began, began + 9_000, "Bidang", excluded="Banjir"))
    assert (one(ledger).started_outages, one(ledger).figures.excluded) == (0, 7_200)


def test_an_office_is_connected_while_any_link_of_it_is(ledger: Ledger) -> None:
    fill(ledger, "dinkes/primary", ("2026-02-03T10:00", "2026-02-03T12:00"))
    fill(ledger, "dinkes/backup", ("2026-02-03T11:00", "2026-02-03T13:00"))
    inventory = district()
    found = office_month(ledger, inventory.offices["dinkes"], inventory, FEBRUARY)
    assert found is not None
    assert (found.figures.down, [of.figures.down for of in found.links]) == (3_600, [7_200, 7_200])


@pytest.mark.parametrize("month", [Month(2025, 12), Month(2026, 4), Month(2031, 1)])
def test_a_month_that_the_ledger_has_nothing_of_is_none(ledger: Ledger, month: Month) -> None:
    inventory = district()
    assert office_month(ledger, inventory.offices["dinkes"], inventory, month) is None
    fill(ledger, "dinkes/primary")
    assert office_month(ledger, inventory.offices["dinkes"], inventory, month) is None
    assert list(whole_month(ledger, inventory, month)) == []


def test_an_office_without_a_link_that_is_valid_in_the_month_has_none(ledger: Ledger) -> None:
    fill(ledger, "dinkes/primary")
    inventory = make_inventory(make_link(valid_to=date(2026, 1, 31)), make_link("disdik"))
    assert [of.office.code for of in whole_month(ledger, inventory, FEBRUARY)] == ["disdik"]
    assert office_month(ledger, inventory.offices["dinkes"], inventory, FEBRUARY) is None


def test_a_link_that_was_never_measured_is_unmeasured_as_far_as_the_others_are_settled(ledger: Ledger) -> None:
    fill(ledger, "dinkes/primary")
    backup = one(ledger, link=1)
    assert (backup.figures, backup.settled_until) == (Figures(28 * 86_400, unmeasured=28 * 86_400), None)
    assert backup.verdict is Verdict.UNDETERMINED


def test_a_running_month_counts_to_what_is_settled_and_is_provisional(ledger: Ledger) -> None:
    fill(ledger, "dinkes/primary", end="2026-02-10T12:00")
    running = one(ledger)
    assert (running.figures.total, running.is_provisional) == (9 * 86_400 + 43_200, True)
    assert running.settled_until == at("2026-02-10T12:00")


def test_a_link_that_began_in_the_running_month_is_settled_from_its_first_day(ledger: Ledger) -> None:
    fill(ledger, "dinkes/primary", end="2026-02-10T12:00")
    later = make_inventory(make_link(valid_from=date(2026, 2, 20)))
    assert one(ledger, later).settled_until is None


def test_a_month_is_provisional_while_an_outage_that_it_holds_lasts(ledger: Ledger) -> None:
    open_ = Outage(at("2026-02-28T23:00"), at("2026-02-28T23:01"))
    written(
        ledger,
        open_,
        ("2026-01-20T00:00", "2026-02-28T23:00", State.UP),
        ("2026-02-28T23:00", "2026-03-05T00:00", State.DOWN),
    )
    fill(ledger, "dinkes/backup")
    assert [one(ledger, link=number).is_provisional for number in (0, 1)] == [True, False]


def window(*scope: str, start: str = "2026-02-28T20:00", recorded: str | None = None) -> Maintenance:
    begin, end = (datetime.fromtimestamp(at(text), UTC) for text in (start, "2026-03-06T00:00"))
    told = None if recorded is None else datetime.fromtimestamp(at(recorded), UTC)
    return Maintenance(begin, end, scope, "Pekerjaan", recorded_at=told)


@pytest.mark.parametrize(
    ("announced", "is_provisional"),
    [
        (window("dinkes/primary"), True),
        (window("isp"), True),
        (window("dinkes/backup"), False),
        (window("isp", start="2026-03-01T00:00"), False),
        (window("isp", recorded="2026-03-01T00:00"), False),
    ],
)
def test_a_month_is_provisional_while_work_that_leaves_its_figures_may_change(
    ledger: Ledger,
    announced: Maintenance,
    is_provisional: bool,  # noqa: FBT001
) -> None:
    inventory = district(maintenance=(announced,))
    ledger.record_windows(inventory.maintenance, at("2026-01-20T00:00"))
    fill(ledger, "dinkes/primary")
    assert one(ledger, inventory).is_provisional is is_provisional
