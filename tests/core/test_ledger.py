from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import threading
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from monitor_fakes import FakeClock

from exporter.errors import InputError, LedgerError
from exporter.ledger import Batch, Ledger, LedgerWriter, Restored
from exporter.timeline import Outage, Span, State, merge


def batch(link: str, *spans: Span, outage: Outage | None = None) -> Batch:
    made = Batch()
    made.add(link, spans, outage)
    return made


def test_a_step_that_settled_nothing_is_nothing_to_write() -> None:
    assert not batch("a/b")
    assert batch("a/b", Span(0, 1, State.UP))
    assert batch("a/b", outage=Outage(0, 3))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


def test_what_was_written_is_read_back_and_neighbours_are_one_span(path: Path) -> None:
    with Ledger.create(path) as ledger:
        ledger.write(batch("dinkes/primary", Span(0, 5, State.UP)))
        ledger.write(batch("dinkes/primary", Span(5, 10, State.UP), Span(10, 12, State.DOWN), outage=Outage(10, 12)))
        assert ledger.spans("dinkes/primary", 0, 100) == (Span(0, 10, State.UP), Span(10, 12, State.DOWN))
        assert ledger.outages("dinkes/primary", 0, 100) == (Outage(10, 12),)
        assert ledger.settled() == (0, 12)


def test_an_outage_that_ends_is_the_same_outage(path: Path) -> None:
    with Ledger.create(path) as ledger:
        ledger.write(batch("a/b", Span(0, 3, State.DOWN), outage=Outage(0, 3)))
        ledger.write(batch("a/b", Span(3, 9, State.UP), outage=Outage(0, 3, 3)))
        assert ledger.outages("a/b", 0, 10) == (Outage(0, 3, 3),)


def test_a_restart_finds_where_each_link_was_left(path: Path) -> None:
    with Ledger.create(path) as ledger:
        ledger.write(batch("a/b", Span(0, 7, State.UP), Span(7, 12, State.DOWN), outage=Outage(7, 10)))
        ledger.write(batch("c/d", Span(0, 12, State.UP)))
    with Ledger.create(path) as ledger:
        assert ledger.restore() == {
            "a/b": Restored(12, State.DOWN, Outage(7, 10), {State.UP: 7, State.DOWN: 5}),
            "c/d": Restored(12, State.UP, None, {State.UP: 12}),
        }
        ledger.write(batch("c/d", Span(12, 20, State.UP)))
        assert ledger.spans("c/d", 0, 100) == (Span(0, 20, State.UP),)


def test_a_second_is_written_once_and_a_span_that_comes_twice_stops_no_other_link(path: Path) -> None:
    with Ledger.create(path) as ledger:
        ledger.write(batch("a/b", Span(0, 10, State.UP)))
        mixed = batch("c/d", Span(0, 5, State.UP))
        mixed.add("a/b", [Span(2, 10, State.DOWN), Span(10, 12, State.DOWN)], None)
        ledger.write(mixed)
        assert ledger.spans("a/b", 0, 100) == (Span(0, 10, State.UP), Span(10, 12, State.DOWN))
        assert ledger.spans("c/d", 0, 100) == (Span(0, 5, State.UP),)
        assert ledger.overlaps == 1


def test_a_batch_that_fails_leaves_nothing_of_it(path: Path) -> None:
    with Ledger.create(path) as ledger:
        ledger.write(batch("a/b", Span(0, 10, State.UP)))
        bad = batch("c/d", Span(0, 5, State.UP))
        bad.add("a/b", [Span(10, 12, State.UP)], Outage(started_at=11, confirmed_at=12, ended_at=5))
        with pytest.raises(LedgerError, match="CHECK constraint failed"):
            ledger.write(bad)
        assert (ledger.spans("c/d", 0, 100), ledger.spans("a/b", 0, 100)) == ((), (Span(0, 10, State.UP),))
        ledger.write(batch("c/d", Span(0, 5, State.UP)))
        assert ledger.spans("c/d", 0, 100) == (Span(0, 5, State.UP),)


def test_a_second_writer_is_refused_and_may_come_once_the_first_has_ended(path: Path) -> None:
    with Ledger.create(path):
        with pytest.raises(LedgerError, match="another terpadu run writes it; end that one"):
            Ledger.create(path)
        Ledger.existing(path).close()
    Ledger.create(path).close()


def test_a_reader_sees_one_moment_whatever_is_written_meanwhile(path: Path) -> None:
    with Ledger.create(path) as writer:
        writer.write(batch("a/b", Span(0, 10, State.UP)))
        with Ledger.existing(path) as reader:
            assert reader.settled() == (0, 10)
            writer.write(batch("a/b", Span(10, 20, State.UP)))
            assert reader.settled() == (0, 10)


@given(st.lists(st.lists(st.tuples(st.integers(1, 5), st.sampled_from(State)), max_size=5), max_size=8))
def test_any_row_of_batches_reads_back_as_one_merged_timeline(batches: list[list[tuple[int, State]]]) -> None:
    with tempfile.TemporaryDirectory() as folder, Ledger.create(Path(folder) / "ledger.sqlite3") as ledger:
        position, everything = 0, []
        for lengths in batches:
            spans = []
            for seconds, state in lengths:
                spans.append(Span(position, position + seconds, state))
                position += seconds
            everything += spans
            ledger.write(batch("a/b", *spans))
        assert ledger.spans("a/b", 0, position + 1) == tuple(merge(everything))


def test_a_ledger_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="doesn't exist; make it, or name another file"):
        Ledger.create(tmp_path / "nowhere" / "ledger.sqlite3")
    with pytest.raises(LedgerError, match="unable to open database file"):
        Ledger.create(tmp_path)


def test_a_file_that_is_no_ledger_is_refused_and_not_changed(path: Path) -> None:
    path.write_text("this is a letter and no ledger, and it is long enough to be read as one\n" * 20)
    before = path.read_bytes()
    with pytest.raises(InputError, match="this is no ledger of Terpadu; name another file"):
        Ledger.create(path)
    assert path.read_bytes() == before


def test_reading_makes_no_file(path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        Ledger.existing(path)
    assert not path.exists()


def test_another_programs_database_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE notes (text)")
    before = path.read_bytes()
    for opened in (Ledger.existing, Ledger.create):
        with pytest.raises(InputError, match="this is no ledger of Terpadu"):
            opened(path)
    assert path.read_bytes() == before


def test_a_newer_versions_ledger_is_refused_by_name(path: Path) -> None:
    Ledger.create(path).close()
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("INSERT INTO schema_step VALUES ('9999 something new')")
    for opened in (Ledger.existing, Ledger.create):
        with pytest.raises(LedgerError, match=r"a newer version wrote it .*9999 something new"):
            opened(path)


def test_only_another_inventory_is_recorded_again(path: Path) -> None:
    with Ledger.create(path) as ledger:
        assert ledger.latest_inventory() is None
        for document in ("first", "first", "second", "first"):
            ledger.record_inventory(document, 0)
        assert ledger.latest_inventory() == "first"
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT COUNT(*) FROM inventory").fetchone() == (3,)


async def test_what_cannot_be_written_is_held_and_written_once_it_can_be(path: Path) -> None:
    clock = FakeClock()
    writer = LedgerWriter(Ledger.create(path), clock)
    await writer.restore()
    writer.add("a/b", [Span(0, 5, State.UP)], None)
    await writer.flush()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("ALTER TABLE span RENAME TO elsewhere")
        writer.add("a/b", [Span(5, 8, State.UP)], None)
        await writer.flush()
        writer.add("a/b", [Span(8, 9, State.UP), Span(9, 12, State.DOWN)], Outage(9, 12))
        await writer.flush()
        assert (writer.is_writable, writer.seconds("a/b")[State.UP]) == (False, 5)
        other.execute("ALTER TABLE elsewhere RENAME TO span")
    await writer.flush()
    assert writer.is_writable
    assert writer.seconds("a/b") == {State.UP: 9, State.DOWN: 3, State.UNMEASURED: 0}
    await writer.close()
    with Ledger.existing(path) as ledger:
        assert ledger.spans("a/b", 0, 100) == (Span(0, 9, State.UP), Span(9, 12, State.DOWN))
        assert ledger.outages("a/b", 0, 100) == (Outage(9, 12),)


async def test_totals_go_on_where_the_ledger_was_left(path: Path) -> None:
    with Ledger.create(path) as ledger:
        ledger.write(batch("a/b", Span(0, 7, State.UP)))
    writer = LedgerWriter(Ledger.create(path), FakeClock())
    assert (await writer.restore())["a/b"].settled_until == 7
    assert writer.seconds("a/b")[State.UP] == 7
    await writer.close()


async def test_a_write_that_has_begun_ends_though_its_waiter_is_cancelled(path: Path) -> None:
    writer = LedgerWriter(Ledger.create(path), FakeClock())
    begun, go_on = threading.Event(), threading.Event()

    def busy(_: Ledger) -> None:
        begun.set()
        go_on.wait(5)

    blocking = asyncio.ensure_future(writer.call(busy))
    await asyncio.to_thread(begun.wait)
    writer.add("a/b", [Span(0, 5, State.DOWN)], Outage(0, 3))
    waiter = asyncio.create_task(writer.flush())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiter.cancel()
    writer.add("a/b", [Span(5, 6, State.UP)], None)
    go_on.set()
    await blocking
    await writer.close()
    with Ledger.existing(path) as ledger:
        assert ledger.spans("a/b", 0, 100) == (Span(0, 5, State.DOWN), Span(5, 6, State.UP))
        assert ledger.outages("a/b", 0, 100) == (Outage(0, 3),)


async def test_what_could_not_be_written_at_the_end_is_said_to_be_lost(path: Path) -> None:
    writer = LedgerWriter(Ledger.create(path), FakeClock())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("ALTER TABLE span RENAME TO elsewhere")
        writer.add("a/b", [Span(0, 5, State.UP)], None)
        with pytest.raises(LedgerError, match="the last 5 s of 1 links could not be written"):
            await writer.close()


def test_a_ledger_that_is_deleted_under_the_monitor_is_told(path: Path) -> None:
    with Ledger.create(path) as ledger:
        ledger.write(batch("a/b", Span(0, 10, State.UP)))
        path.unlink()
        with pytest.raises(LedgerError, match="the file is gone or was replaced; start terpadu run again"):
            ledger.write(batch("a/b", Span(10, 20, State.UP)))
