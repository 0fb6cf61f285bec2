from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from ledger_batches import batch, sketch

from exporter.errors import LedgerError
from exporter.ledger import Batch, Ledger, Restored
from exporter.timeline import Outage, Span, State

UP, DEGRADED, DOWN, UNMEASURED = State


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


def test_a_step_that_settled_nothing_is_nothing_to_write() -> None:
    assert not batch("a/b")
    assert batch("a/b", Span(0, 1, UP))
    assert batch("a/b", outage=Outage(0, 3))


def test_what_was_written_is_read_back_and_neighbours_are_one_span(path: Path) -> None:
    with Ledger.create(path) as ledger:
        ledger.write(batch("dinkes/primary", Span(0, 5, UP)))
        ledger.write(batch("dinkes/primary", Span(5, 10, UP), Span(10, 12, DOWN), outage=Outage(10, 12)))
        assert ledger.spans("dinkes/primary", 0, 100) == (Span(0, 10, UP), Span(10, 12, DOWN))
        assert ledger.outages("dinkes/primary", 0, 100) == (Outage(10, 12),)
        assert ledger.settled() == (0, 12)


def test_a_month_is_read_with_the_spans_that_reach_into_it_uncut(path: Path) -> None:
    with Ledger.create(path) as ledger:
        states = (UP, DEGRADED, DOWN, UNMEASURED)
        ledger.write(batch("a/b", *(Span(at * 10, at * 10 + 10, states[at % 4]) for at in range(8))))
        ledger.write(batch("a/b", Span(100, 110, UP)))
        assert ledger.spans("a/b", 25, 41) == (Span(20, 30, DOWN), Span(30, 40, UNMEASURED), Span(40, 50, UP))
        assert ledger.spans("a/b", 30, 40) == (Span(30, 40, UNMEASURED),)
        assert ledger.spans("a/b", 79, 105) == (Span(70, 80, UNMEASURED), Span(100, 110, UP))
        assert ledger.spans("a/b", 85, 95) == ()
        assert ledger.spans("a/b", 90, 101) == (Span(100, 110, UP),)


def test_spans_that_still_grow_add_no_row(path: Path) -> None:
    with Ledger.create(path) as ledger:
        for at in range(0, 50, 5):
            ledger.write(batch("a/b", Span(at, at + 5, UP)))
        ledger.write(batch("a/b", Span(60, 65, UP)))
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT starts_at, ends_at FROM span").fetchall() == [(0, 50)]
        assert connection.execute("SELECT starts_at, ends_at FROM tail").fetchall() == [(60, 65)]


def test_an_outage_that_ends_is_the_same_outage(path: Path) -> None:
    with Ledger.create(path) as ledger:
        ledger.write(batch("a/b", Span(0, 3, DOWN), outage=Outage(0, 3)))
        ledger.write(batch("a/b", Span(3, 9, UP), outage=Outage(0, 3, 3)))
        assert ledger.outages("a/b", 0, 10) == (Outage(0, 3, 3),)


def test_outages_are_found_by_time_by_name_and_the_latest_of_all_first(path: Path) -> None:
    with Ledger.create(path) as ledger:
        ledger.write(batch("a/b", outage=Outage(0, 3, 9)))
        ledger.write(batch("a/b", outage=Outage(20, 23)))
        ledger.write(batch("pop-ciruas", outage=Outage(10, 13, 15)))
        assert ledger.outages("a/b", 9, 20) == (Outage(0, 3, 9),)
        assert ledger.outages("a/b", 10, 21) == (Outage(20, 23),)
        assert (ledger.outage("a/b", 20), ledger.outage("a/b", 10)) == (Outage(20, 23), None)
        assert ledger.all_outages(2) == (("a/b", Outage(20, 23)), ("pop-ciruas", Outage(10, 13, 15)))


def test_a_restart_finds_where_each_target_was_left(path: Path) -> None:
    with Ledger.create(path) as ledger:
        ledger.write(batch("a/b", Span(0, 7, UP), Span(7, 12, DOWN), outage=Outage(7, 10)))
        ledger.write(batch("pop-ciruas", outage=Outage(0, 3, 5)))
        ledger.write(batch("pop-ciruas", Span(0, 12, UP), outage=Outage(6, 9, 11)))
    with Ledger.create(path) as ledger:
        assert ledger.restore() == {
            "a/b": Restored(12, DOWN, Outage(7, 10), {UP: 7, DOWN: 5}),
            "pop-ciruas": Restored(12, UP, None, {UP: 12}, Outage(6, 9, 11)),
        }
        ledger.write(batch("pop-ciruas", Span(12, 20, UP)))
        assert ledger.spans("pop-ciruas", 0, 100) == (Span(0, 20, UP),)


def test_only_links_are_listed_and_only_where_they_have_time(path: Path) -> None:
    with Ledger.create(path) as ledger:
        for target in ("c/d", "pop-ciruas", "a/b"):
            ledger.write(batch(target, Span(0, 12, UP)))
        ledger.write(batch("c/d", Span(12, 20, DOWN)))
        assert (ledger.links(0, 5), ledger.links(12, 20), ledger.links(20, 30)) == (["a/b", "c/d"], ["c/d"], [])


def test_a_second_is_written_once_and_what_comes_twice_stops_no_other_link(path: Path) -> None:
    with Ledger.create(path) as ledger:
        ledger.write(batch("a/b", Span(0, 10, UP)))
        mixed = batch("c/d", Span(0, 5, UP))
        mixed.add("a/b", [Span(2, 10, DOWN), Span(10, 12, DOWN)], Outage(started_at=10, confirmed_at=12, ended_at=5))
        mixed.add("a/b", [], None, [(8, 11)])
        ledger.write(mixed)
        assert ledger.spans("a/b", 0, 100) == (Span(0, 10, UP), Span(10, 12, DOWN))
        assert ledger.spans("c/d", 0, 100) == (Span(0, 5, UP),)
        assert (ledger.outages("a/b", 0, 100), ledger.bridged("a/b", 0, 100)) == ((), ((10, 11),))
        assert ledger.seconds("a/b") == {UP: 10, DEGRADED: 0, DOWN: 2, UNMEASURED: 0}
        assert (ledger.overlaps, ledger.verify()) == (2, [])


def test_a_batch_that_fails_leaves_nothing_of_it(path: Path) -> None:
    with Ledger.create(path) as ledger:
        ledger.write(batch("a/b", Span(0, 10, UP)))
        ledger._connection.execute("CREATE TEMP TRIGGER no BEFORE INSERT ON outage BEGIN SELECT raise(FAIL, 'no'); END")
        bad = batch("c/d", Span(0, 5, UP))
        bad.add("a/b", [Span(10, 12, DOWN)], Outage(10, 12))
        with pytest.raises(LedgerError, match=r"ledger\.sqlite3: no; "):
            ledger.write(bad)
        assert (ledger.spans("c/d", 0, 100), ledger.spans("a/b", 0, 100)) == ((), (Span(0, 10, UP),))
        assert (ledger.seconds("a/b")[UP], ledger.seconds("c/d")[UP]) == (10, 0)
        ledger._connection.execute("DROP TRIGGER no")
        ledger.write(bad)
        assert (ledger.spans("c/d", 0, 100), ledger.verify()) == ((Span(0, 5, UP),), [])


def test_bridged_time_is_stated_apart(path: Path) -> None:
    with Ledger.create(path) as ledger:
        made = Batch()
        made.add("a/b", [Span(0, 10, UP)], None, [(2, 3), (3, 4), (8, 10)])
        ledger.write(made)
        made = Batch()
        made.add("a/b", [Span(10, 20, UP)], None, [(10, 11), (15, 16)])
        ledger.write(made)
        assert ledger.bridged("a/b", 3, 10) == ((2, 4), (8, 11))


def test_sketches_of_a_day_add_up_and_those_in_maintenance_stand_apart(path: Path) -> None:
    with Ledger.create(path) as ledger:
        for day, in_maintenance, of in (
            (date(2026, 2, 10), False, sketch(0.01, 0.02, lost=1)),
            (date(2026, 2, 10), False, sketch(0.01, lost=2)),
            (date(2026, 2, 10), True, sketch(1.0)),
            (date(2026, 2, 11), False, sketch(0.5)),
            (date(2026, 3, 1), False, sketch(0.7)),
        ):
            made = Batch()
            made.add_sketch("a/b", day, in_maintenance, of)
            ledger.write(made)
        february = ledger.sketch("a/b", date(2026, 2, 1), date(2026, 2, 28))
        both = sketch(0.01, 0.01, 0.02, 0.5, lost=3)
        assert (february.counts, february.lost) == (both.counts, both.lost)
        assert not ledger.sketch("a/b", date(2026, 1, 1), date(2026, 2, 9))


def test_a_batch_keeps_no_hold_of_a_sketch_that_it_was_given() -> None:
    made, given = Batch(), sketch(0.01)
    made.add_sketch("a/b", date(2026, 2, 10), False, given)
    made.add_sketch("a/b", date(2026, 2, 10), False, given)
    assert (given.replies, made.sketches["a/b", date(2026, 2, 10), False].replies) == (1, 2)


def test_a_reader_sees_one_moment_whatever_is_written_meanwhile(path: Path) -> None:
    with Ledger.create(path) as writer:
        writer.write(batch("a/b", Span(0, 10, UP)))
        with Ledger.existing(path) as reader:
            assert reader.settled() == (0, 10)
            writer.write(batch("a/b", Span(10, 20, UP)))
            assert reader.settled() == (0, 10)


def test_only_another_inventory_or_another_version_is_recorded_again(path: Path) -> None:
    with Ledger.create(path) as ledger:
        assert ledger.latest_inventory() is None
        for at, (document, version) in enumerate(
            [("first", "0.1"), ("first", "0.1"), ("first", "0.2"), ("second", "0.2"), ("first", "0.2")]
        ):
            ledger.record_inventory(document, at, version)
        assert ledger.latest_inventory() == "first"
    with closing(sqlite3.connect(path)) as connection:
        kept = connection.execute("SELECT first_seen_at, version, document FROM inventory ORDER BY revision").fetchall()
    assert kept == [(0, "0.1", "first"), (2, "0.2", "first"), (3, "0.2", "second"), (4, "0.2", "first")]


def test_a_ledger_that_is_deleted_under_the_monitor_is_told(path: Path) -> None:
    with Ledger.create(path) as ledger:
        ledger.write(batch("a/b", Span(0, 10, UP)))
        path.unlink()
        with pytest.raises(LedgerError, match="the file is gone or was replaced; start terpadu run again"):
            ledger.write(batch("a/b", Span(10, 20, UP)))
