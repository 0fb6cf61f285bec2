"""A copy of a ledger that is in use: one moment of it, verified, under its name only once it is whole."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from exporter.errors import InputError, LedgerError
from exporter.ledger import checks
from exporter.ledger.opening import connect, damage, told


def backup(connection: sqlite3.Connection, source: Path, path: Path) -> list[str]:
    """Copy a ledger into a new file of its own; return what of the copy contradicts itself, as in the ledger.

    InputError where the file exists or has no folder, LedgerError where it can't be written or the ledger is damaged;
    then there is no copy.
    """
    if path.exists() or path.is_symlink():
        raise _taken(path)
    if not path.parent.is_dir():
        raise InputError(f"backup {path}: the folder {path.parent} doesn't exist; make it, or name another file")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with told(source), closing(connect(part, "rwc")) as copy:
            connection.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one plain file, for disks that can't be written too
            if damaged := list(checks.damages(copy)):
                raise damage(source, damaged[0])
            problems = list(checks.contradictions(copy))
        _name(part, path)
    except LedgerError as error:
        raise LedgerError(f"backup {path}: no copy was made: {error}") from error
    except OSError as error:
        raise LedgerError(f"backup {path}: {error.strerror or error}; choose another folder") from error
    finally:
        for beside in ("", "-journal", "-wal", "-shm"):
            part.with_name(part.name + beside).unlink(missing_ok=True)
    return problems


def _name(part: Path, path: Path) -> None:
    """Give the copy its name, which nobody took meanwhile."""
    try:
        path.hardlink_to(part)
    except FileExistsError as error:
        raise _taken(path) from error
    except OSError:  # a file system without hard links
        part.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _taken(path: Path) -> InputError:
    return InputError(f"backup {path}: the file exists already; name a new one")
