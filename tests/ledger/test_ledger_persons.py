"""What persons write into a ledger beside the monitor: amendments, windows, closings."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exporter.amendment import Amendment
from exporter.errors import InputError, LedgerError
from exporter.ledger import Batch, Closed, Closing, Ledger
from exporter.maintenance import Standing, Window
from exporter.model import Cause, Maintenance
from exporter.timeline import Outage, Span, State

FIRST = Amendment("a/b", 100, 1_000, "Bidang", Cause.POWER, note="foto")
SECOND = Amendment("a/b", 100, 2_000, "Kepala", excluded="banjir")
WINDOW = Window(("a/b", "pop"), 500, 900, "kerja", first_seen_at=10, added_by="Bidang")
CLOSING = Closing("2026-02", 1, 50, "1.0", True, "ab" * 32, 7, "organisation: {}", "{}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "terpadu.sqlite3"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    with Ledger.create(path) as made:
        batch = Batch()
        batch.add("a/b", [Span(0, 100, State.UP), Span(100, 200, State.DOWN)], Outage(100, 110, 200))
        batch.add("c/d", [Span(0, 100, State.UP), Span(100, 200, State.DOWN)], Outage(100, 110))
        made.write(batch)
        yield made


def test_amendments_are_kept_in_the_order_of_saying(ledger: Ledger) -> None:
    for said in (FIRST, SECOND, FIRST):
        ledger.add_amendment(said)
    assert ledger.amendments() == (FIRST, SECOND, FIRST)
    assert ledger.amendments_of("a/b", 100) == (FIRST, SECOND, FIRST)
    assert ledger.amendments_of("c/d", 100) == ()
    assert ledger.verify() == []


def test_an_amendment_of_what_is_no_outage_is_not_kept(ledger: Ledger, path: Path) -> None:
    with Ledger.beside(path) as beside:
        for link, started_at in (("a/b", 101), ("x/y", 100)):
            with pytest.raises(LedgerError):
                beside.add_amendment(Amendment(link, started_at, 1_000, "Bidang", note="salah"))
    assert ledger.amendments() == ()


def test_persons_write_beside_the_monitor_which_goes_on_writing(ledger: Ledger, path: Path) -> None:
    with Ledger.beside(path) as beside:
        beside.add_amendment(FIRST)
        number = beside.add_window(WINDOW).number
        beside.add_closing(CLOSING)
    batch = Batch()
    batch.add("a/b", [Span(200, 300, State.UP)], None)
    ledger.write(batch)
    assert (ledger.amendments(), ledger.windows(), ledger.closing("2026-02")) == ((FIRST,), (WINDOW,), CLOSING)
    assert ledger.windows()[0].number == number
    assert ledger.settled() == (0, 300)


def test_nobody_writes_into_a_ledger_that_is_not_there_or_is_newer(path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        Ledger.beside(path)
    Ledger.create(path).close()
    with closing(sqlite3.connect(path)) as old:
        old.execute("DELETE FROM schema_step")
        old.execute("INSERT INTO schema_step VALUES ('0002 of a later version')")
        old.commit()
    with pytest.raises(LedgerError, match="a newer version wrote it"):
        Ledger.beside(path)


def test_a_window_that_a_person_adds_outlasts_what_the_inventory_says(ledger: Ledger) -> None:
    ledger.add_window(WINDOW)
    for at in (20, 600, 1_000):
        ledger.record_windows([], at)
    (window,) = ledger.windows()
    assert (window, window.standing) == (WINDOW, Standing.APPLIED)


def test_the_inventory_does_not_change_the_words_of_a_persons_window(ledger: Ledger) -> None:
    ledger.add_window(WINDOW)
    start, end = (datetime.fromtimestamp(at, UTC) for at in (500, 900))
    ledger.record_windows([Maintenance(start, end, WINDOW.scope, "lain")], 30)
    assert ledger.windows() == (WINDOW,)


def test_a_window_that_is_known_already_is_refused_with_its_number(ledger: Ledger) -> None:
    number = ledger.add_window(WINDOW).number
    with pytest.raises(InputError, match=f"known already, as number {number}"):
        ledger.add_window(WINDOW)


@pytest.mark.parametrize(("at", "until"), [(700, 700), (400, 400)])
def test_a_window_ends_when_a_person_ends_it(ledger: Ledger, at: int, until: int) -> None:
    number = ledger.add_window(WINDOW).number
    cut = ledger.cut_window(number, at, "Kepala")
    assert (cut.until, cut.cut_by, cut.standing) == (until, "Kepala", Standing.APPLIED)
    assert ledger.windows()[0].until == until


def test_a_window_that_a_person_ended_may_leave_the_inventory_and_what_passed_stays(ledger: Ledger) -> None:
    start, end = (datetime.fromtimestamp(at, UTC) for at in (500, 900))
    ledger.record_windows([Maintenance(start, end, ("a/b",), "kerja")], 10)
    (window,) = ledger.windows()
    ledger.cut_window(window.number, 700, "Kepala")
    ledger.record_windows([], 750)
    (kept,) = ledger.windows()
    assert (kept.standing, kept.until) == (Standing.APPLIED, 700)


def test_a_window_ends_once_and_only_one_that_there_is(ledger: Ledger) -> None:
    number = ledger.add_window(WINDOW).number
    ledger.cut_window(number, 700, "Kepala")
    for at in (710, 1_000):
        with pytest.raises(InputError, match=f"window {number} has ended already"):
            ledger.cut_window(number, at, "Bidang")
    with pytest.raises(InputError, match="no window 77"):
        ledger.cut_window(77, 700, "Bidang")
    assert ledger.windows()[0].cut_by == "Kepala"


def test_a_window_that_is_over_cannot_be_ended(ledger: Ledger) -> None:
    number = ledger.add_window(WINDOW).number
    with pytest.raises(InputError, match="has ended already"):
        ledger.cut_window(number, 900, "Bidang")


def test_revisions_of_a_month_are_kept_side_by_side_and_never_overwritten(ledger: Ledger) -> None:
    second = Closing("2026-02", 2, 60, "1.1", False, "cd" * 32, 9, "organisation: {name: b}", "{}")
    other = Closing("2026-01", 1, 40, "1.0", False, "ef" * 32, 0, "organisation: {name: c}", "{}")
    for of in (CLOSING, second, other):
        ledger.add_closing(of)
    with pytest.raises(LedgerError, match="UNIQUE"):
        ledger.add_closing(CLOSING)
    assert (ledger.closing("2026-02"), ledger.closing("2025-12")) == (second, None)
    assert ledger.closed_inventories("2026-02") == (second.inventory, CLOSING.inventory)
    assert ledger.closed_months() == (Closed("2026-01", 40, False, 0), Closed("2026-02", 60, False, 9))


def test_a_closing_that_is_missing_or_another_than_it_says_is_found(ledger: Ledger) -> None:
    good = '{"month": "2026-02", "revision": 2, "inputs_sha256": "%s"}' % ("cd" * 32)
    for revision, report in ((2, good), (3, "{}"), (4, good)):
        ledger.add_closing(replace(CLOSING, revision=revision, inputs_sha256="cd" * 32, report=report))
    first, second, third = ledger.verify()
    assert first == "2026-02: revision 2 comes after 0"
    assert second.startswith("2026-02: the report of revision 3 can't be read: KeyError")
    assert third.startswith("2026-02: the report of revision 4 says ('2026-02', 2,")
