from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from ledger_batches import DAY, batch, sketch

from exporter.errors import InputError, LedgerError
from exporter.ledger import Batch, Ledger
from exporter.timeline import Outage, Span, State


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.sqlite3"
    made = Batch()
    spans = [Span(0, 10, State.UP), Span(10, 20, State.DOWN), Span(20, 25, State.UNMEASURED), Span(25, 30, State.DOWN)]
    made.add("a/b", [*spans, Span(30, 60, State.UP)], Outage(10, 13, 30), [(4, 6)])
    made.add("a/b", [Span(60, 70, State.DOWN)], Outage(60, 63))
    made.add("c/d", [Span(0, 10, State.UP)], None)
    made.add_sketch("a/b", DAY, False, sketch(0.01))
    with Ledger.create(path) as ledger:
        ledger.write(made)
        ledger.record_inventory("document", 0, "0.1")
    return path


def verified_after(path: Path, statement: str) -> list[str]:
    with closing(sqlite3.connect(path)) as other, other:
        other.execute(statement)
    with Ledger.existing(path) as ledger:
        return ledger.verify()


def test_a_whole_ledger_has_no_problem(path: Path) -> None:
    with Ledger.existing(path) as reader:
        assert reader.verify() == []
    with Ledger.create(path) as writer:
        assert writer.verify() == []


AT = "1970-01-01T00:0{}+00:00".format


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (
            "UPDATE span SET ends_at = 12 WHERE starts_at = 0",
            f"a/b: the spans from {AT('0:00')} and from {AT('0:10')} overlap",
        ),
        (
            "UPDATE tail SET starts_at = 59 WHERE ends_at = 70",
            f"a/b: the spans from {AT('0:30')} and from {AT('0:59')} overlap",
        ),
        ("DELETE FROM tail WHERE ends_at = 70", f"a/b: the last span is missing after {AT('1:00')}"),
        (
            "UPDATE closed_seconds SET down = down + 1",
            f"a/b: 15 s down in the spans up to {AT('1:00')}, but 16 s in their sum",
        ),
        ("UPDATE outage SET started_at = 9 WHERE ended_at", f"a/b: the outage from {AT('0:09')} is up at {AT('0:09')}"),
        (
            "UPDATE outage SET started_at = 9 WHERE ended_at",
            f"a/b: the outage from {AT('0:09')} doesn't begin with a second that was down",
        ),
        ("UPDATE outage SET ended_at = 33 WHERE ended_at", f"a/b: the outage from {AT('0:10')} is up at {AT('0:30')}"),
        (
            "UPDATE outage SET ended_at = NULL",
            f"a/b: the outages from {AT('0:10')} and from {AT('1:00')} are open together",
        ),
        (
            "UPDATE outage SET ended_at = 62 WHERE ended_at",
            f"a/b: the outages from {AT('0:10')} and from {AT('1:00')} overlap",
        ),
        ("UPDATE bridged SET ends_at = 22", f"a/b: bridged from {AT('0:20')} to {AT('0:22')}, but not measured"),
        (
            "UPDATE sketch SET data = x'00'",
            "a/b: the round-trip times of 2026-02-10 can't be read: 1 bytes are no sketch",
        ),
        ("DELETE FROM target WHERE code = 'c/d'", "the file is damaged: a row of tail belongs to no target"),
    ],
)
def test_each_contradiction_is_one_sentence_with_target_and_time(path: Path, statement: str, problem: str) -> None:
    assert problem in verified_after(path, statement)


def test_a_backup_is_the_ledger_of_one_moment_in_one_file(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "kept" / "copy.sqlite3"
    copy.parent.mkdir()
    with Ledger.create(path) as ledger:
        assert ledger.backup(copy) == []
        ledger.write(batch("c/d", Span(10, 20, State.UP)))
    assert [file.name for file in copy.parent.iterdir()] == ["copy.sqlite3"]
    copy.parent.chmod(0o555)
    with Ledger.existing(copy) as kept:
        assert (kept.verify(), kept.spans("c/d", 0, 99)) == ([], (Span(0, 10, State.UP),))
    copy.parent.chmod(0o755)
    with Ledger.create(copy) as restored:
        assert restored.seconds("a/b")[State.DOWN] == 25


def test_a_reader_backs_up_the_moment_that_it_sees(path: Path, tmp_path: Path) -> None:
    with Ledger.create(path) as writer, Ledger.existing(path) as reader:
        writer.write(batch("c/d", Span(10, 20, State.UP)))
        assert reader.backup(tmp_path / "copy.sqlite3") == []
    with Ledger.existing(tmp_path / "copy.sqlite3") as kept:
        assert kept.spans("c/d", 0, 99) == (Span(0, 10, State.UP),)


def test_a_backup_never_takes_the_place_of_a_file(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite3"
    copy.write_text("what was there")
    with Ledger.existing(path) as ledger:
        with pytest.raises(InputError, match="the file exists already; name a new one"):
            ledger.backup(copy)
        with pytest.raises(InputError, match=r"the folder .* doesn't exist; make it"):
            ledger.backup(tmp_path / "nowhere" / "copy.sqlite3")
    assert copy.read_text() == "what was there"


def test_a_backup_that_fails_leaves_nothing(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    with Ledger.existing(path) as ledger:
        ledger._connection.close()
        with pytest.raises(LedgerError, match=r"backup .*copy\.sqlite3: no copy was made: ledger"):
            ledger.backup(folder / "copy.sqlite3")
    assert list(folder.iterdir()) == []


def test_a_backup_of_a_ledger_that_contradicts_itself_is_made_and_says_so(path: Path, tmp_path: Path) -> None:
    assert verified_after(path, "UPDATE closed_seconds SET down = down + 1")
    with Ledger.existing(path) as ledger:
        assert ledger.backup(tmp_path / "copy.sqlite3") == ledger.verify()
    assert (tmp_path / "copy.sqlite3").exists()
