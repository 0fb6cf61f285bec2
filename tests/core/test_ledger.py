from __future__ import annotations

import sqlite3
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


def test_a_span_before_what_is_written_is_refused_and_nothing_of_its_batch_stays(path: Path) -> None:
    with Ledger.create(path) as ledger:
        ledger.write(batch("a/b", Span(0, 10, State.UP)))
        mixed = batch("c/d", Span(0, 5, State.UP))
        mixed.add("a/b", [Span(9, 12, State.DOWN)], None)
        with pytest.raises(LedgerError, match="lies before"):
            ledger.write(mixed)
        assert ledger.spans("c/d", 0, 100) == ()
        ledger.write(batch("c/d", Span(0, 5, State.UP)))
        assert ledger.spans("c/d", 0, 100) == (Span(0, 5, State.UP),)


@given(st.lists(st.lists(st.tuples(st.integers(1, 5), st.sampled_from(State)), max_size=5), max_size=8))
def test_any_row_of_batches_reads_back_as_one_merged_timeline(batches: list[list[tuple[int, State]]]) -> None:
    ledger = Ledger(Path("memory"), sqlite3.connect(":memory:", isolation_level=None))
    with ledger:
        ledger._prepare()
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
    with pytest.raises(LedgerError, match="file is not a database"):
        Ledger.create(path)
    assert path.read_bytes() == before


def test_reading_makes_no_file(path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        Ledger.existing(path)
    assert not path.exists()


def test_another_programs_database_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE notes (text)")
    with pytest.raises(InputError, match="this is no ledger of Terpadu"):
        Ledger.existing(path)


def test_a_newer_versions_ledger_is_refused_by_name(path: Path) -> None:
    Ledger.create(path).close()
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("INSERT INTO schema_step VALUES ('9999 something new')")
    with pytest.raises(LedgerError, match=r"newer version .*9999 something new"):
        Ledger.create(path)


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
