"""What second-by-second counts found wrong, and the edges of months, each as a case of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from exporter.ledger import Batch, Ledger
from exporter.model import (
    Contract,
    Credit,
    CreditFormula,
    Inventory,
    Link,
    Maintenance,
    Office,
    Organisation,
    Provider,
)
from exporter.report import Summary, summarise
from exporter.sla import Figures, Frequency, Month, Verdict, percent
from exporter.timeline import Outage, Span, State

JAKARTA = ZoneInfo("Asia/Jakarta")
FEBRUARY = Month(2026, 2)
ISP = Provider(
    "isp", "PT Penyedia", availability=Fraction(995, 1000), credit=Credit(CreditFormula.PRO_RATA_DOWNTIME, (), 300)
)
PRIMARY = Link("uji", "primary", "192.0.2.1", "isp", (Contract(monthly_fee=5_000_000),))
BACKUP = replace(PRIMARY, name="backup")


def at(text: str, zone: ZoneInfo = JAKARTA) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


class Bench:
    """One office in a ledger; links are up where nothing else is said."""

    def __init__(self, ledger: Ledger, *links: Link, zone: ZoneInfo = JAKARTA) -> None:
        self.ledger, self.zone = ledger, zone
        organisation = Organisation("Uji", zone)
        self.inventory = Inventory(organisation, {"isp": ISP}, {"uji": Office("uji", "Kantor Uji", "Ciruas", links)})

    def seen(
        self, link: Link, *stretches: tuple[str, State | None], outages: tuple[tuple[str, str | None], ...]
    ) -> None:
        """Write stretches that follow each other; None ends them, or leaves a gap that nobody measured."""
        batch = Batch()
        for (start, state), (end, _) in pairwise(stretches):
            if state is not None:
                batch.add(link.id, [Span(at(start, self.zone), at(end, self.zone), state)], None)
        for start, finish in outages:
            begin = at(start, self.zone)
            batch.add(link.id, [], Outage(begin, begin + 3, None if finish is None else at(finish, self.zone)))
        self.ledger.write(batch)

    def down(self, link: Link, start: str, end: str, low: str, high: str | None) -> None:
        """Write a link that is up from start to end, and down from low to high, None for on to the end."""
        stretches = [(start, State.UP), (low, State.DOWN), *([(high, State.UP)] if high else []), (end, None)]
        self.seen(link, *stretches, outages=((low, high),))

    def summary(self, month: Month = FEBRUARY) -> Summary:
        return summarise([self.ledger], self.inventory, month)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.create(tmp_path / "terpadu.sqlite3") as made:
        yield made


@pytest.fixture
def one(ledger: Ledger) -> Bench:
    return Bench(ledger, PRIMARY)


def test_an_outage_open_over_the_months_end_is_long_by_what_is_known_of_it(one: Bench) -> None:
    """Two minutes of it lie in February, and ten hours in March: it is over five minutes, which is all that matters."""
    one.down(PRIMARY, "2026-01-20T00:00", "2026-03-01T10:00", "2026-02-28T23:58", None)
    (link,) = one.summary().links
    (incident,) = link.incidents
    assert (incident.counted.seconds, incident.counted.seconds_in_month) == (120, 120)
    assert link.credit is not None
    assert link.credit.amount == 5_000_000 * 120 // 2_419_200


def test_a_window_after_the_months_end_leaves_the_seconds_of_an_offices_outage(one: Bench) -> None:
    one.down(PRIMARY, "2026-01-20T00:00", "2026-03-02T00:00", "2026-02-28T23:00", "2026-03-01T05:00")
    window = Maintenance(
        *(datetime.fromtimestamp(at(of), JAKARTA) for of in ("2026-03-01T01:00", "2026-03-01T05:00")), ("uji",), "kerja"
    )
    one.ledger.record_windows([window], at("2026-02-20T00:00"))
    summary = one.summary()
    of_link, of_office = summary.links[0].incidents[0].counted, summary.offices[0].incidents[0]
    assert (of_link.seconds, of_link.excluded_seconds) == (7_200, 14_400)
    assert (of_office.seconds, of_office.excluded_seconds) == (7_200, 14_400)


def test_an_outage_over_the_end_of_a_validity_that_is_said_afterwards_ends_with_it(ledger: Ledger) -> None:
    ended = replace(PRIMARY, valid_to=date(2026, 2, 10))
    bench = Bench(ledger, ended)
    bench.down(ended, "2026-01-20T00:00", "2026-03-02T00:00", "2026-02-10T23:00", "2026-02-12T00:00")
    (link,) = bench.summary().links
    (incident,) = link.incidents
    assert (incident.counted.ended_at, incident.counted.seconds, incident.was_cut) == (
        at("2026-02-11T00:00"),
        3_600,
        True,
    )
    assert (link.frequency.ended, link.frequency.mttr_seconds) == (1, 3_600)
    assert not bench.summary().is_provisional


def test_a_link_that_is_not_valid_carries_no_office(ledger: Ledger) -> None:
    """It answers still, but its contract has ended."""
    ended = replace(PRIMARY, valid_to=date(2026, 2, 10))
    bench = Bench(ledger, ended, BACKUP)
    bench.seen(ended, ("2026-01-20T00:00", State.UP), ("2026-03-02T00:00", None), outages=())
    bench.down(BACKUP, "2026-01-20T00:00", "2026-03-02T00:00", "2026-02-15T00:00", "2026-02-15T01:00")
    (office,) = bench.summary().offices
    assert (office.figures.down, office.frequency.started) == (3_600, 1)


def test_an_office_without_a_valid_link_has_no_outage(ledger: Ledger) -> None:
    first = replace(PRIMARY, valid_to=date(2026, 2, 10))
    second = replace(BACKUP, valid_from=date(2026, 2, 20))
    bench = Bench(ledger, first, second)
    bench.down(first, "2026-01-20T00:00", "2026-02-11T00:00", "2026-02-10T23:00", None)
    bench.seen(second, ("2026-02-20T00:00", State.UP), ("2026-03-02T00:00", None), outages=())
    (office,) = bench.summary().offices
    (incident,) = office.incidents
    assert (incident.ended_at, incident.seconds, incident.unmeasured_seconds) == (at("2026-02-11T00:00"), 3_600, 0)
    assert office.figures.total == (10 + 9) * 86_400


def test_silence_over_the_months_edge_may_have_been_a_long_outage(one: Bench) -> None:
    """Four minutes of it lie in January, and two in February."""
    stretches = [("2026-01-20T00:00", State.UP), ("2026-01-31T23:56", None), ("2026-02-01T00:02", State.UP)]
    one.seen(PRIMARY, *stretches, ("2026-03-02T00:00", None), outages=())
    credit = one.summary().links[0].credit
    assert credit is not None
    assert (credit.amount, credit.at_least) == (0, True)


def test_a_leap_february_has_its_day(one: Bench) -> None:
    one.down(PRIMARY, "2028-02-01T00:00", "2028-03-02T00:00", "2028-02-29T00:00", "2028-02-29T12:00")
    (link,) = one.summary(Month(2028, 2)).links
    assert link.figures == Figures(2_505_600, up=2_505_600 - 43_200, down=43_200)
    assert [day.down for day in link.days] == [0] * 28 + [43_200]
    assert link.credit is not None
    assert link.credit.amount == 5_000_000 * 43_200 // 2_505_600


@pytest.mark.parametrize(
    ("month", "night", "seconds"),
    [
        (Month(2026, 3), ("2026-03-29T00:00", "2026-03-29T06:00"), 5 * 3_600),
        (Month(2026, 10), ("2026-10-25T00:00", "2026-10-25T06:00"), 7 * 3_600),
    ],
)
def test_an_outage_in_the_night_the_clocks_change_has_its_real_length(
    ledger: Ledger, month: Month, night: tuple[str, str], seconds: int
) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    bench = Bench(ledger, PRIMARY, zone=berlin)
    bench.down(PRIMARY, f"{month}-01T00:00", f"{month.next}-02T00:00", *night)
    (link,) = bench.summary(month).links
    start, end = month.period(berlin)
    assert link.figures == Figures(end - start, up=end - start - seconds, down=seconds)
    assert (end - start) % 86_400 == (3_600 if month.month == 10 else 82_800)


def test_an_outage_over_both_ends_is_all_of_the_month(one: Bench) -> None:
    one.down(PRIMARY, "2026-01-20T00:00", "2026-03-20T00:00", "2026-01-31T12:00", "2026-03-01T12:00")
    (link,) = one.summary().links
    (incident,) = link.incidents
    assert link.figures == Figures(2_419_200, down=2_419_200)
    assert (percent(link.figures.availability), link.frequency) == ("0.000", Frequency(0, 0, None, None))
    assert (incident.counted.seconds, incident.counted.seconds_in_month) == (2_419_200 + 86_400, 2_419_200)
    assert link.credit is not None
    assert link.credit.amount == 5_000_000


def test_a_kill_in_an_outage_leaves_its_gap_unmeasured(one: Bench) -> None:
    stretches = [("2026-02-01T00:00", State.UP), ("2026-02-05T10:00", State.DOWN), ("2026-02-05T10:30", None)]
    more = [("2026-02-05T10:40", State.DOWN), ("2026-02-05T11:00", State.UP), ("2026-03-02T00:00", None)]
    one.seen(PRIMARY, *stretches, *more, outages=(("2026-02-05T10:00", "2026-02-05T11:00"),))
    (link,) = one.summary().links
    assert (link.figures.down, link.figures.unmeasured) == (3_000, 600)
    assert link.frequency == Frequency(1, 1, 3_000, link.figures.up)
    assert link.credit is not None
    assert link.credit.at_least


def test_what_is_measured_after_a_month_does_not_change_what_went_into_it(one: Bench) -> None:
    one.down(PRIMARY, "2026-01-20T00:00", "2026-03-01T06:00", "2026-02-28T23:50", "2026-02-28T23:59")
    then = one.summary()
    one.down(PRIMARY, "2026-03-01T06:00", "2026-03-20T00:00", "2026-03-01T07:00", "2026-03-01T08:00")
    now = one.summary()
    assert now.inputs_sha256 == then.inputs_sha256
    assert (now.links[0].figures, now.links[0].credit) == (then.links[0].figures, then.links[0].credit)


def test_example_5_a_provider_has_the_pooled_share_of_its_links(ledger: Ledger) -> None:
    late = replace(BACKUP, valid_from=date(2026, 2, 15))
    bench = Bench(ledger, PRIMARY, late)
    bench.down(PRIMARY, "2026-02-01T00:00", "2026-03-02T00:00", "2026-02-20T10:00", "2026-02-20T11:40")
    bench.down(late, "2026-02-15T00:00", "2026-03-02T00:00", "2026-02-21T10:00", "2026-02-21T12:30")
    summary = bench.summary()
    judged = [(percent(of.figures.availability), of.verdict) for of in (*summary.links, *summary.providers)]
    assert judged == [("99.751", Verdict.MET), ("99.255", Verdict.BREACHED), ("99.586", Verdict.MET)]
