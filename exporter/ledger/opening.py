"""Looks at a ledger's file before anything may change it, and says in words what SQLite says in codes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from exporter.errors import InputError, LedgerError, TerpaduError
from exporter.ledger.schema import APPLICATION_ID, STEPS

_MAGIC = b"SQLite format 3\0"
_PAYLOAD_FRACTIONS = bytes((64, 32, 32))
_CHECKED_BYTES = 256 * 1024 * 1024  # about a second of checking; a larger ledger is checked by `terpadu ledger verify`
_BUSY_SECONDS = 10
_WRITABLE_FORMAT = b"\2"
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def damage(path: Path, detail: object) -> LedgerError:
    """Return what to say of a file that was a ledger and can't be read as one."""
    return LedgerError(
        f"ledger {path}: the file is damaged ({detail}) and is left as it is; see what is wrong with"
        " `terpadu ledger verify`, then restore the backup, or move the file away to begin a new ledger"
    )


def failure(path: Path, error: sqlite3.Error) -> LedgerError:
    """Return what to say of an error of SQLite's."""
    code = _code(error)
    if code in _DAMAGE:
        return damage(path, error)
    if code == sqlite3.SQLITE_FULL:
        return LedgerError(f"ledger {path}: {error}; free some space")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return LedgerError(f"ledger {path}: {error}; end the other program that holds it")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return LedgerError(f"ledger {path}: {error}; give the file and its folder to the user that runs terpadu")
    return LedgerError(f"ledger {path}: {error}; see the disk's and the system's log")


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into a LedgerError that names the file."""
    try:
        yield
    except sqlite3.Error as error:
        raise failure(path, error) from error


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open a file by SQLite; `mode` is ro, or rwc to write and make it."""
    uri = f"{path.resolve().as_uri()}?mode={mode}"
    with told(path):
        return sqlite3.connect(
            uri, uri=True, isolation_level=None, check_same_thread=False, timeout=_BUSY_SECONDS, cached_statements=64
        )


def inspected(path: Path) -> list[str]:
    """Return the schema steps of a ledger that is to be written, none where it is new. The file isn't changed.

    InputError where it is no ledger, LedgerError where it is damaged or a newer version wrote it.
    """
    if not _has_content(path):
        return []
    format_version = _header(path)[18:19]
    with closing(connect(path, "ro")) as connection:
        done = steps(connection, path)
        if done and format_version > _WRITABLE_FORMAT:
            raise damage(path, "its header forbids writing")
        if done and path.stat().st_size <= _CHECKED_BYTES:
            with told(path):
                ((found,),) = connection.execute("PRAGMA quick_check(1)").fetchall()
            if found != "ok":
                raise damage(path, " ".join(found.split()))
    return done


def steps(connection: sqlite3.Connection, path: Path) -> list[str]:
    """Return the names of the schema steps that a ledger has, none where the file is empty; errors as `inspected`."""
    if not _has_content(path):
        return []
    try:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        if tables and "schema_step" not in tables:
            raise _foreign(path)
        done = [name for (name,) in connection.execute("SELECT name FROM schema_step ORDER BY name")] if tables else []
    except sqlite3.DatabaseError as error:
        if _code(error) not in (*_DAMAGE, sqlite3.SQLITE_ERROR):
            raise failure(path, error) from error
        raise _unreadable(path, error) from error
    known = [name for name, _ in STEPS]
    if newer := [name for name in done if name not in known]:
        raise LedgerError(f"ledger {path}: a newer version wrote it (schema step {newer[0]!r}); use that version")
    return done


def demand_current(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a ledger that lacks a step of this version's schema."""
    if lacking := {name for name, _ in STEPS} - set(steps(connection, path)):
        raise LedgerError(f"ledger {path}: an older version wrote it (without {min(lacking)!r}); run terpadu run once")


def _has_content(path: Path) -> bool:
    """Return whether there is something in the file. It isn't opened: closing it would drop SQLite's locks on it."""
    if path.exists() and path.stat().st_size:
        return True
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        raise damage(path, f"it is empty or gone, but not {log.name} beside it")
    return False


def _unreadable(path: Path, reason: object) -> TerpaduError:
    """Tell a damaged ledger from a file that never was one, by what else its header holds."""
    header = _header(path)
    if header[68:72] == APPLICATION_ID.to_bytes(4):
        return damage(path, reason)
    if not header.startswith(_MAGIC) and header[21:24] == _PAYLOAD_FRACTIONS:
        return damage(path, reason)
    return _foreign(path)


def _header(path: Path) -> bytes:
    """Return a file's header (SQLite's file format, 1.3); LedgerError where it can't be read."""
    try:
        with path.open("rb") as file:
            return file.read(100)
    except OSError as error:
        reason = error.strerror or error
        raise LedgerError(f"ledger {path}: {reason}; give the file to the user that runs terpadu") from error


def _foreign(path: Path) -> InputError:
    return InputError(f"ledger {path}: this is no ledger of Terpadu; name another file with --ledger")


def _code(error: sqlite3.Error) -> int | None:
    """Return an error's primary result code, None where it isn't SQLite's own."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
