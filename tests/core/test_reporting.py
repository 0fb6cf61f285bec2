"""The monthly report made by itself: when a month is due, and what happens when making it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest
from fake_time import FakeTime, settle
from months import at, bad_february

from exporter.amendment import Amendment
from exporter.errors import LedgerError, TerpaduError
from exporter.ledger import Batch, Closing, Ledger
from exporter.reporting import LOOK_EVERY_SECONDS, RETRY_SECONDS, ReportProcess, Reports, awaits, due, last_hour
from exporter.sla import Month
from exporter.timeline import Outage, Span, State

R = TypeVar("R")
JAKARTA, BERLIN = ZoneInfo("Asia/Jakarta"), ZoneInfo("Europe/Berlin")
JANUARY, FEBRUARY, MARCH = Month(2026, 1), Month(2026, 2), Month(2026, 3)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.create(tmp_path / "terpadu.sqlite3") as made:
        bad_february(made)
        yield made


def close(ledger: Ledger, month: Month, closed_at: int, *, is_provisional: bool = False, revision: int = 1) -> None:
    known = max((said.number for said in ledger.amendments() if said.at <= closed_at), default=0)
    ledger.add_closing(Closing(str(month), revision, closed_at, "0", is_provisional, "0" * 64, known, "", "{}"))


def asked(ledger: Ledger, now: str) -> list[Month]:
    return list(due(ledger, JAKARTA, at(now)))


def test_a_month_is_due_at_six_in_the_morning_of_the_next_first(ledger: Ledger) -> None:
    close(ledger, JANUARY, at("2026-02-01T06:01"))
    assert asked(ledger, "2026-03-01T05:59") == []
    assert asked(ledger, "2026-03-01T06:00") == [FEBRUARY]


def test_missed_months_are_due_in_order_and_a_closed_one_is_not(ledger: Ledger) -> None:
    assert asked(ledger, "2026-03-05T12:00") == [JANUARY, FEBRUARY]
    close(ledger, JANUARY, at("2026-02-01T06:01"))
    close(ledger, FEBRUARY, at("2026-03-03T06:01"))
    assert asked(ledger, "2026-03-05T12:00") == []


def test_a_month_is_not_due_before_the_ledger_has_settled_its_end(ledger: Ledger) -> None:
    close(ledger, JANUARY, 0)
    close(ledger, FEBRUARY, at("2026-03-03T06:01"))
    assert asked(ledger, "2026-04-01T12:00") == []  # the ledger ends on 5 March


def test_a_provisional_month_stays_due(ledger: Ledger) -> None:
    close(ledger, JANUARY, 0)
    close(ledger, FEBRUARY, at("2026-03-01T06:01"), is_provisional=True)
    assert asked(ledger, "2026-03-02T06:00") == [FEBRUARY]


def test_a_persons_word_after_the_closing_makes_the_months_of_its_outage_due(ledger: Ledger) -> None:
    for month in (JANUARY, FEBRUARY):
        close(ledger, month, at("2026-03-03T06:01"))
    assert asked(ledger, "2026-03-04T06:00") == []
    crossing = at("2026-02-28T23:20")
    ledger.add_amendment(Amendment("dinkes/primary", crossing, at("2026-03-03T10:00"), "Bidang", note="foto"))
    assert asked(ledger, "2026-03-04T06:00") == [FEBRUARY]


def test_an_amended_outage_over_the_edge_makes_both_months_due(ledger: Ledger) -> None:
    batch = Batch()
    end = at("2026-04-02T00:00")
    batch.add("dinkes/primary", [Span(at("2026-03-05T00:00"), end, State.UP)], None)
    batch.add("disdik/primary", [Span(at("2026-02-28T20:00"), end, State.DOWN)], Outage(at("2026-02-28T20:00"), end))
    ledger.write(batch)
    for month in (JANUARY, FEBRUARY, MARCH):
        close(ledger, month, at("2026-04-01T06:01"))
    ledger.add_amendment(Amendment("disdik/primary", at("2026-02-28T20:00"), end, "Bidang", note="foto"))
    assert asked(ledger, "2026-04-02T06:00") == [FEBRUARY, MARCH]


def test_a_month_in_which_the_monitor_was_off_is_not_closed(ledger: Ledger) -> None:
    batch = Batch()
    batch.add("dinkes/primary", [Span(at("2026-05-01T00:00"), at("2026-05-01T00:01"), State.UP)], None)
    ledger.write(batch)
    assert asked(ledger, "2026-05-01T06:00") == [JANUARY, FEBRUARY, MARCH]


def test_a_month_that_is_over_is_awaited_while_the_ledger_is_not_there_yet(ledger: Ledger) -> None:
    assert not awaits(ledger, JAKARTA, at("2026-04-01T05:59"))
    assert awaits(ledger, JAKARTA, at("2026-04-01T06:00"))


async def test_a_missed_month_is_made_as_soon_as_the_ledger_goes_on(ledger: Ledger) -> None:
    for month in (JANUARY, FEBRUARY):
        close(ledger, month, at("2026-03-03T06:01"))
    bench = Bench(ledger, "2026-04-02T09:00")

    def go_on() -> None:
        batch = Batch()
        batch.add("dinkes/primary", [Span(at("2026-04-02T09:00"), at("2026-04-02T09:01"), State.UP)], None)
        ledger.write(batch)

    await bench.play((60, go_on), (60, lambda: None))
    assert [month for month, _ in bench.made] == ["2026-03"]
    assert bench.made[0][1] <= "02 09:02"


async def test_a_clock_that_was_ahead_at_the_start_stops_no_report(ledger: Ledger) -> None:
    close(ledger, JANUARY, 0)
    bench = Bench(ledger, "2036-01-01T00:00")
    bench.is_provisional = True

    def set_right() -> None:
        bench.time.step -= at("2036-01-01T00:00") - at("2026-03-02T14:00")

    await bench.play((60, set_right), (60, lambda: None))
    assert "02 14:0" in bench.made[-1][1]


def test_an_empty_ledger_has_nothing_due(tmp_path: Path) -> None:
    with Ledger.create(tmp_path / "new.sqlite3") as new:
        assert asked(new, "2026-03-05T12:00") == []


def test_six_oclock_is_that_of_the_zone_over_a_change_of_clocks() -> None:
    def berlin(day: str) -> float:
        return datetime.fromisoformat(day).replace(tzinfo=BERLIN).astimezone(UTC).timestamp()

    noon = berlin("2026-03-29T12:00")  # clocks went forward this night
    assert last_hour(noon, BERLIN) == berlin("2026-03-29T06:00")
    assert last_hour(noon, BERLIN, days=1) == berlin("2026-03-30T06:00")
    assert last_hour(berlin("2026-03-29T05:59"), BERLIN) == berlin("2026-03-28T06:00")
    assert last_hour(berlin("2026-03-29T05:59"), BERLIN, days=1) == berlin("2026-03-29T06:00")


class Bench:
    """Reports over a ledger, under a clock that a test moves."""

    def __init__(self, ledger: Ledger, begin: str) -> None:
        self.ledger = ledger
        self.time = FakeTime()
        self.time.step = at(begin) - self.time.time()
        self.made: list[tuple[str, str]] = []
        self.broken: TerpaduError | None = None
        self.broken_months: set[Month] = {Month(2026, number) for number in range(1, 13)}
        self.is_readable = True
        self.is_provisional = False
        self.reports = Reports(self.read, self.make, lambda: JAKARTA, self.time, sleep=self.time.sleep)  # type: ignore[arg-type]

    async def read(self, work: Callable[[Ledger], R]) -> R:
        if not self.is_readable:
            raise LedgerError("ledger x: locked")
        return work(self.ledger)

    async def make(self, month: Month) -> None:
        now = datetime.fromtimestamp(self.time.time(), JAKARTA)
        self.made.append((str(month), f"{now:%d %H:%M}"))
        if self.broken is not None and month in self.broken_months:
            raise self.broken
        before = self.ledger.closing(str(month))
        revision = 1 if before is None else before.revision + 1
        close(self.ledger, month, int(self.time.time()), is_provisional=self.is_provisional, revision=revision)

    async def play(self, *steps: tuple[float, Callable[[], object]]) -> None:
        running = asyncio.create_task(self.reports.run())
        await settle()
        for seconds, act in steps:
            await self.time.advance(seconds)
            act()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_what_was_missed_is_made_at_the_start_and_once(ledger: Ledger) -> None:
    bench = Bench(ledger, "2026-03-02T14:00")
    await bench.play((86_400, lambda: None))
    assert bench.made == [("2026-01", "02 14:00"), ("2026-02", "02 14:00")]
    assert bench.reports.succeeded_at == at("2026-03-02T14:00")


async def test_a_month_is_made_within_a_minute_of_six(ledger: Ledger) -> None:
    close(ledger, JANUARY, at("2026-02-01T06:00"))
    bench = Bench(ledger, "2026-03-01T05:50")
    await bench.play((0, lambda: None), (3_600, lambda: None))
    ((month, when),) = bench.made
    assert month == "2026-02"
    assert "01 06:00" <= when <= "01 06:01"


async def test_a_provisional_month_is_tried_again_each_day_at_six(ledger: Ledger) -> None:
    close(ledger, JANUARY, 0)
    bench = Bench(ledger, "2026-03-02T14:00")
    bench.is_provisional = True
    await bench.play((2 * 86_400, lambda: setattr(bench, "is_provisional", False)), (2 * 86_400, lambda: None))
    assert [when[:5] for _, when in bench.made] == ["02 14", "03 06", "04 06", "05 06"]


async def test_what_fails_is_tried_again_after_some_minutes_and_the_last_success_stands(ledger: Ledger) -> None:
    close(ledger, JANUARY, at("2026-02-01T06:00"))
    bench = Bench(ledger, "2026-03-02T14:00")
    bench.broken = TerpaduError("--out reports: No space left on device")
    seen: list[float | None] = []

    def mend() -> None:
        seen.extend((bench.reports.succeeded_at, bench.reports.due_since))
        bench.broken = None

    await bench.play((RETRY_SECONDS + LOOK_EVERY_SECONDS, mend), (RETRY_SECONDS + LOOK_EVERY_SECONDS, lambda: None))
    assert [when for _, when in bench.made] == ["02 14:00", "02 14:10", "02 14:20"]
    assert seen == [at("2026-02-01T06:00"), at("2026-03-01T06:00")]
    assert (bench.reports.succeeded_at, bench.reports.due_since) == (at("2026-03-02T14:20"), None)


async def test_a_report_that_exists_is_not_missing_though_it_is_to_be_made_again(ledger: Ledger) -> None:
    close(ledger, JANUARY, at("2026-02-01T06:00"))
    close(ledger, FEBRUARY, at("2026-03-01T06:00"), is_provisional=True)
    bench = Bench(ledger, "2026-03-02T14:00")
    bench.broken = TerpaduError("x")
    await bench.play((RETRY_SECONDS, lambda: None))
    assert bench.made
    assert bench.reports.due_since is None


async def test_a_month_that_fails_keeps_no_other_from_being_made(ledger: Ledger) -> None:
    bench = Bench(ledger, "2026-03-02T14:00")
    bench.broken, bench.broken_months = TerpaduError("x"), {JANUARY}
    await bench.play((RETRY_SECONDS + LOOK_EVERY_SECONDS, lambda: None))
    assert bench.made == [("2026-01", "02 14:00"), ("2026-02", "02 14:00"), ("2026-01", "02 14:10")]


async def test_a_process_that_cannot_be_started_is_a_failure_like_others(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "tiada"))
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(TerpaduError, match="report of 2026-02: its process can't be started"):
        await ReportProcess(ledger.path, tmp_path / "reports").make(FEBRUARY)


async def test_a_ledger_that_cannot_be_read_is_tried_again(ledger: Ledger) -> None:
    bench = Bench(ledger, "2026-03-02T14:00")
    bench.is_readable = False
    await bench.play((60, lambda: setattr(bench, "is_readable", True)), (RETRY_SECONDS, lambda: None))
    assert [month for month, _ in bench.made] == ["2026-01", "2026-02"]


async def test_the_process_closes_the_month_and_writes_every_file(ledger: Ledger, tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    await ReportProcess(ledger.path, folder).make(FEBRUARY)
    names = sorted(path.name for path in await asyncio.to_thread(lambda: list(folder.iterdir())))
    assert names == sorted(
        [
            "sla-2026-02.json",
            *(
                f"sla-2026-02{of}.{language}.{form}"
                for language in ("id", "en")
                for of, form in (
                    ("", "pdf"), ("", "xlsx"), ("", "csv"), ("", "md"), ("-incidents", "csv"), ("-serat", "pdf"),
                    ("-gelombang", "pdf"),
                )
            ),
        ]
    )  # fmt: skip
    closing = ledger.closing("2026-02")
    assert closing is not None
    assert (closing.revision, closing.is_provisional) == (1, False)


async def test_a_process_that_fails_tells_why_in_the_commands_words(ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(TerpaduError, match=r"report of 2026-03: terpadu: --close: 2026-03 isn't over in the ledger"):
        await ReportProcess(ledger.path, tmp_path / "reports").make(MARCH)
