from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from ledger_batches import DAY, SteadyClock, sketch

from exporter.errors import LedgerError
from exporter.ledger import Ledger, LedgerWriter
from exporter.timeline import Outage, Span, State

FULL, READONLY = "database or disk is full; free some space", "readonly database; give the file and its folder to"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


@contextmanager
def unwritable(writer: LedgerWriter, reason: str = FULL) -> Iterator[None]:
    """Let SQLite find its disk full, as its own limit of pages makes it say, or the ledger read-only."""
    connection = writer._ledger._connection
    ((limit,),) = connection.execute("PRAGMA max_page_count").fetchall()
    ((pages,),) = connection.execute("PRAGMA page_count").fetchall()
    connection.execute(f"PRAGMA max_page_count = {pages}" if reason == FULL else "PRAGMA query_only = ON")
    yield
    connection.execute(f"PRAGMA max_page_count = {limit}")
    connection.execute("PRAGMA query_only = OFF")


def much(writer: LedgerWriter, at: int) -> None:
    """Add more than the ledger's free pages take."""
    for number in range(500):
        writer.add(f"kantor-{number}/primary", [Span(at, at + 5, State.UP)], None)


@pytest.mark.parametrize("reason", [FULL, READONLY])
async def test_what_cannot_be_written_is_held_merged_and_written_once_it_can_be(path: Path, reason: str) -> None:
    writer = LedgerWriter(Ledger.create(path), SteadyClock())
    await writer.restore()
    writer.add("a/b", [Span(0, 5, State.UP)], None)
    writer.add_sketch("a/b", DAY, False, sketch(0.01))
    await writer.flush()
    with unwritable(writer, reason):
        much(writer, 0)
        writer.add("a/b", [Span(5, 8, State.UP)], None)
        writer.add_sketch("a/b", DAY, False, sketch(0.02, lost=1))
        await writer.flush()
        writer.add("a/b", [Span(8, 9, State.UP), Span(9, 12, State.DOWN)], Outage(9, 12), [(9, 10)])
        writer.add_sketch("a/b", DAY, False, sketch(0.02))
        await writer.flush()
        assert (writer.is_writable, writer.seconds("a/b")[State.UP]) == (False, 5)
    await writer.flush()
    assert writer.is_writable
    assert writer.seconds("a/b") == {State.UP: 9, State.DEGRADED: 0, State.DOWN: 3, State.UNMEASURED: 0}
    await writer.close()
    with Ledger.existing(path) as ledger:
        assert ledger.spans("a/b", 0, 100) == (Span(0, 9, State.UP), Span(9, 12, State.DOWN))
        assert (ledger.outages("a/b", 0, 100), ledger.bridged("a/b", 0, 100)) == ((Outage(9, 12),), ((9, 10),))
        kept, whole = ledger.sketch("a/b", DAY, DAY), sketch(0.01, 0.02, 0.02, lost=1)
        assert (kept.counts, kept.lost, ledger.verify()) == (whole.counts, 1, [])


@pytest.mark.parametrize("reason", [FULL, READONLY])
async def test_that_it_cannot_be_written_is_told_once_in_the_log_and_so_is_its_end(
    path: Path, caplog: pytest.LogCaptureFixture, reason: str
) -> None:
    caplog.set_level(logging.INFO)
    writer = LedgerWriter(Ledger.create(path), SteadyClock())
    with unwritable(writer, reason):
        for at in range(0, 15, 5):
            much(writer, at)
            await writer.flush()
    await writer.flush()
    await writer.close()
    assert [record.message.split()[0] for record in caplog.records] == ["ledger_not_writable", "ledger_writable_again"]
    assert reason in caplog.messages[0]


async def test_it_becomes_writable_again_though_nothing_new_was_settled(path: Path) -> None:
    writer = LedgerWriter(Ledger.create(path), SteadyClock())
    with unwritable(writer):
        much(writer, 0)
        await writer.flush()
        assert not writer.is_writable
    await writer.flush()
    assert (writer.is_writable, writer.seconds("kantor-0/primary")[State.UP]) == (True, 5)
    await writer.close()


async def test_what_is_too_much_to_hold_is_unmeasured_and_told_once(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    writer = LedgerWriter(Ledger.create(path), SteadyClock(), held_spans=1000)
    with unwritable(writer):
        much(writer, 0)
        for at in range(0, 2000, 2):
            writer.add("a/b", [Span(at, at + 1, State.UP)], None)
            writer.add("a/b", [Span(at + 1, at + 2, State.DOWN)], Outage(at + 1, at + 2, at + 2))
            if at % 20 == 0:
                await writer.flush()
    await writer.flush()
    kept = writer.seconds("a/b")
    assert 0 < kept[State.UP] + kept[State.DOWN] <= 500
    assert writer.seconds("kantor-7/primary")[State.UP] == 5
    await writer.close()
    assert [message.split()[0] for message in caplog.messages] == [
        "ledger_not_writable",
        "ledger_holds_too_much",
        "ledger_dropped",
    ]
    with Ledger.existing(path) as ledger:
        assert ledger.verify() == []
        last = [outage.started_at for outage in ledger.outages("a/b", 0, 2000)]
        assert last == list(range(2001 - 2 * len(last), 2000, 2))


async def test_totals_go_on_where_the_ledger_was_left(path: Path) -> None:
    writer = LedgerWriter(Ledger.create(path), SteadyClock())
    writer.add("a/b", [Span(0, 7, State.UP)], None)
    await writer.close()
    writer = LedgerWriter(Ledger.create(path), SteadyClock())
    assert (await writer.restore())["a/b"].settled_until == 7
    assert writer.seconds("a/b")[State.UP] == 7
    await writer.close()


async def test_totals_hold_what_is_committed_and_not_what_came_twice(path: Path) -> None:
    writer = LedgerWriter(Ledger.create(path), SteadyClock())
    writer.add("a/b", [Span(0, 7, State.UP)], None)
    assert writer.seconds("a/b")[State.UP] == 0
    await writer.flush()
    writer.add("a/b", [Span(2, 9, State.UP)], None)
    await writer.flush()
    assert (writer.seconds("a/b")[State.UP], writer.overlaps) == (9, 1)
    await writer.close()


async def test_a_write_that_has_begun_ends_though_its_waiter_is_cancelled(path: Path) -> None:
    writer = LedgerWriter(Ledger.create(path), SteadyClock())
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


async def test_what_could_not_be_written_at_the_end_is_said_to_be_lost_and_the_ledger_is_free(path: Path) -> None:
    writer = LedgerWriter(Ledger.create(path), SteadyClock())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("ALTER TABLE tail RENAME TO elsewhere")
        writer.add("a/b", [Span(0, 5, State.UP)], None)
        with pytest.raises(LedgerError, match="the last 5 s of 1 links could not be written"):
            await writer.close()
        other.execute("ALTER TABLE elsewhere RENAME TO tail")
    Ledger.create(path).close()
