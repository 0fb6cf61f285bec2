from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from ledger_batches import batch

from exporter.errors import InputError, LedgerError
from exporter.ledger import Ledger, filesystem, opening, schema
from exporter.timeline import Span, State

OPENED = (Ledger.existing, Ledger.create)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


def filled(path: Path) -> Path:
    """Make a ledger of some pages."""
    with Ledger.create(path) as ledger:
        for number in range(40):
            states = (State.UP, State.DOWN)
            ledger.write(batch(f"a/{number}", *(Span(at, at + 1, states[at % 2]) for at in range(100))))
    return path


def left_by_a_kill(path: Path, folder: Path) -> Path:
    """Return a copy of a ledger as a killed monitor leaves it, with what it wrote last in the log alone."""
    folder.mkdir()
    with Ledger.create(path) as ledger:
        ledger.write(batch("a/0", Span(100, 200, State.UP)))
        for file in (path, path.with_name(f"{path.name}-wal")):
            shutil.copy(file, folder)
    return folder / path.name


def test_a_second_writer_is_refused_and_told_who_the_first_is(path: Path) -> None:
    with Ledger.create(path):
        holder = rf"process {os.getpid()}, since \d{{4}}-\d\d-\d\d [\d:]{{8}}\+00:00"
        with pytest.raises(LedgerError, match=rf"another terpadu writes it \({holder}\); end that one"):
            Ledger.create(path)
        Ledger.existing(path).close()
    Ledger.create(path).close()


def test_a_second_writer_by_another_name_of_the_file_is_refused(path: Path) -> None:
    other = path.with_name("other.sqlite3")
    with Ledger.create(path):
        other.symlink_to(path.name)
        with pytest.raises(LedgerError, match="another terpadu writes it"):
            Ledger.create(other)


def test_a_refused_second_writer_does_not_disturb_the_first(path: Path) -> None:
    with Ledger.create(path) as first:
        for number in range(3):
            with pytest.raises(LedgerError, match="another terpadu writes it"):
                Ledger.create(path)
            first.write(batch("a/b", Span(number, number + 1, State.UP)))
        assert first.spans("a/b", 0, 9) == (Span(0, 3, State.UP),)


MOUNTINFO = r"""22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/root rw
30 22 0:40 / {folder}/nfs\040share rw,relatime shared:7 - {type} server:/export rw
31 22 0:41 / {folder}/nfs rw,relatime - xfs /dev/sdb1 rw
32 30 0:42 / {folder}/nfs\040share/local rw - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(
    "kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "fuse", "fuse.sshfs", "fuse.glusterfs", "fuse.rclone"]
)
def test_a_network_folder_is_refused_in_plain_words(tmp_path: Path, kind: str) -> None:
    mounts, folder = tmp_path / "mountinfo", tmp_path / "nfs share" / "terpadu"
    mounts.write_text(MOUNTINFO.format(folder=tmp_path, type=kind))
    folder.mkdir(parents=True)
    with pytest.raises(
        LedgerError, match=rf"is a network folder \({kind}\), .*put the ledger on a local disk, .*terpadu ledger backup"
    ):
        Ledger.create(folder / "ledger.sqlite3", mounts)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("below", "kind"), [("nfs", "nfs4"), ("nfs share/local", "nfs4"), ("nfs share", "fuse.ntfs-3g")]
)
def test_a_local_folder_beside_or_below_a_network_folder_is_taken(tmp_path: Path, below: str, kind: str) -> None:
    mounts, folder = tmp_path / "mountinfo", tmp_path / below
    mounts.write_text(MOUNTINFO.format(folder=tmp_path, type=kind))
    folder.mkdir(parents=True)
    Ledger.create(folder / "ledger.sqlite3", mounts).close()


def test_a_link_into_a_network_folder_is_followed(tmp_path: Path) -> None:
    mounts, folder = tmp_path / "mountinfo", tmp_path / "nfs share"
    mounts.write_text(MOUNTINFO.format(folder=tmp_path, type="nfs"))
    folder.mkdir()
    (tmp_path / "ledger.sqlite3").symlink_to(folder / "ledger.sqlite3")
    with pytest.raises(LedgerError, match="is a network folder"):
        Ledger.create(tmp_path / "ledger.sqlite3", mounts)


def test_where_the_kernel_names_no_file_systems_none_is_refused(path: Path, tmp_path: Path) -> None:
    assert filesystem.type_of(tmp_path, tmp_path / "nothing") is None
    Ledger.create(path, tmp_path / "nothing").close()


def test_a_ledger_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="doesn't exist; make it, or name another file"):
        Ledger.create(tmp_path / "nowhere" / "ledger.sqlite3")
    with pytest.raises(InputError, match="this is a folder; name a file in it"):
        Ledger.create(tmp_path)


def test_reading_makes_no_file(path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        Ledger.existing(path)
    with pytest.raises(InputError, match="this is no file"):
        Ledger.existing(path.parent)
    assert not path.exists()


def test_an_empty_file_is_no_ledger_to_read_and_one_to_begin(path: Path) -> None:
    path.touch()
    with pytest.raises(InputError, match="the file is empty"):
        Ledger.existing(path)
    Ledger.create(path).close()
    Ledger.existing(path).close()


@pytest.mark.parametrize("opened", OPENED)
def test_a_file_that_is_no_ledger_is_refused_and_not_changed(path: Path, opened: Callable[[Path], Ledger]) -> None:
    path.write_text("this is a letter and no ledger, and it is long enough to be read as one\n" * 20)
    before = path.read_bytes()
    with pytest.raises(InputError, match="this is no ledger of Terpadu; name another file"):
        opened(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("opened", OPENED)
@pytest.mark.parametrize("table", ["notes (text)", "schema_step (text)"])
def test_another_programs_database_is_refused_and_not_changed(
    path: Path, opened: Callable[[Path], Ledger], table: str
) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute(f"CREATE TABLE {table}")
    before = path.read_bytes()
    with pytest.raises(InputError, match="this is no ledger of Terpadu"):
        opened(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("opened", OPENED)
def test_a_newer_versions_ledger_is_refused_by_name(path: Path, opened: Callable[[Path], Ledger]) -> None:
    Ledger.create(path).close()
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("INSERT INTO schema_step VALUES ('9999 something new')")
    with pytest.raises(LedgerError, match=r"a newer version wrote it .*9999 something new"):
        opened(path)


def test_a_schema_step_that_fails_leaves_nothing_of_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Ledger.create(path).close()
    steps = (*schema.STEPS, ("9998 half", ("CREATE TABLE half (id) STRICT",)))
    with monkeypatch.context() as patched:
        patched.setattr(schema, "STEPS", steps)
        with pytest.raises(LedgerError, match="half"):
            Ledger.create(path)
    Ledger.create(path).close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM schema_step").fetchall() == [(name,) for name, _ in schema.STEPS]


@pytest.mark.parametrize("at", range(100))
def test_a_byte_flipped_in_the_header_is_told_or_harms_nothing(path: Path, tmp_path: Path, at: int) -> None:
    good = left_by_a_kill(filled(path), tmp_path / "left")
    damaged = bytearray(good.read_bytes())
    damaged[at] ^= 0xFF
    good.write_bytes(damaged)
    before = {file.name: file.read_bytes() for file in (good, good.with_name(f"{good.name}-wal"))}
    for opened in OPENED:
        if (refused := refusal(opened, good)) is not None:
            assert "is damaged" in refused
            assert {name: good.with_name(name).read_bytes() for name in before} == before


def refusal(opened: Callable[[Path], Ledger], path: Path) -> str | None:
    """Return why a ledger isn't opened; None where it is, and holds what it held."""
    try:
        with opened(path) as ledger:
            assert ledger.spans("a/0", 0, 1000)[-1] == Span(100, 200, State.UP)
    except LedgerError as error:
        return str(error)
    return None


@pytest.mark.parametrize("opened", OPENED)
@pytest.mark.parametrize("kept", [4096, 5000, 12288])
def test_a_truncated_ledger_is_told_and_kept_byte_for_byte(
    path: Path, opened: Callable[[Path], Ledger], kept: int
) -> None:
    os.truncate(filled(path), kept)
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="the file is damaged"):
        opened(path)
    assert path.read_bytes() == before


def test_an_emptied_ledger_with_a_log_beside_it_is_no_new_ledger(path: Path, tmp_path: Path) -> None:
    left = left_by_a_kill(path, tmp_path / "left")
    os.truncate(left, 0)
    log = left.with_name(f"{left.name}-wal")
    before = log.read_bytes()
    with pytest.raises(LedgerError, match="the file is damaged"):
        Ledger.create(left)
    assert log.read_bytes() == before


def test_a_damaged_page_is_told_before_anything_is_written(path: Path) -> None:
    good = filled(path).read_bytes()
    for start in range(4096, len(good), 4096):
        damaged = good[:start] + bytes(range(256)) * 16 + good[start + 4096 :]
        path.write_bytes(damaged)
        with pytest.raises(
            LedgerError,
            match=r"the file is damaged .* `terpadu ledger verify`, then restore the backup, or move the file away",
        ):
            Ledger.create(path)
        assert path.read_bytes() == damaged


def test_a_damaged_page_is_told_by_whoever_reads_it_and_is_kept(path: Path, tmp_path: Path) -> None:
    damaged = left_by_a_kill(filled(path), tmp_path / "left")
    pages = bytearray(damaged.read_bytes())
    with closing(sqlite3.connect(path)) as connection:
        ((root,),) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'span'").fetchall()
    pages[(root - 1) * 4096 : root * 4096] = bytes(range(256)) * 16
    damaged.write_bytes(pages)
    before = {file.name: file.read_bytes() for file in (damaged, damaged.with_name(f"{damaged.name}-wal"))}
    with pytest.raises(LedgerError, match="the file is damaged"):
        Ledger.create(damaged)
    with Ledger.existing(damaged) as ledger:
        assert "the file is damaged" in ledger.verify()[0]
        with pytest.raises(LedgerError, match="the file is damaged"):
            ledger.spans("a/0", 0, 1000)
        with pytest.raises(LedgerError, match=r"no copy was made: .*the file is damaged"):
            ledger.backup(tmp_path / "copy.sqlite3")
    assert {name: damaged.with_name(name).read_bytes() for name in before} == before
    assert not (tmp_path / "copy.sqlite3").exists()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (sqlite3.SQLITE_FULL, "free some space"),
        (sqlite3.SQLITE_READONLY, "give the file and its folder to the user"),
        (sqlite3.SQLITE_CANTOPEN, "give the file and its folder to the user"),
        (sqlite3.SQLITE_PERM, "give the file and its folder to the user"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "end the other program that holds it"),
        (sqlite3.SQLITE_LOCKED, "end the other program that holds it"),
        (sqlite3.SQLITE_CORRUPT_INDEX, "is damaged"),
        (sqlite3.SQLITE_NOTADB, "is damaged"),
        (sqlite3.SQLITE_IOERR_WRITE, "see the disk's and the system's log"),
        (None, "see the disk's and the system's log"),
    ],
)
def test_each_of_sqlites_errors_names_the_file_and_what_to_do(path: Path, code: int | None, words: str) -> None:
    error = sqlite3.OperationalError("in SQLite's words")
    if code is not None:
        error.sqlite_errorcode = code
    told = str(opening.failure(path, error))
    assert told.startswith(f"ledger {path}: ")
    assert "in SQLite's words" in told
    assert words in told
