"""The ledger's schema as named, ordered steps, each atomic with its own record. A released step is never edited."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from exporter.errors import InputError, LedgerError

STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "0001 links, spans, outages, inventories",
        (
            "CREATE TABLE link (id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE)",
            """CREATE TABLE span (
                link INTEGER NOT NULL REFERENCES link(id),
                starts_at INTEGER NOT NULL,
                ends_at INTEGER NOT NULL CHECK (ends_at > starts_at),
                state TEXT NOT NULL CHECK (state IN ('up', 'down', 'unmeasured')),
                PRIMARY KEY (link, starts_at)) WITHOUT ROWID""",
            """CREATE TABLE outage (
                link INTEGER NOT NULL REFERENCES link(id),
                started_at INTEGER NOT NULL,
                confirmed_at INTEGER NOT NULL,
                ended_at INTEGER CHECK (ended_at >= started_at),
                PRIMARY KEY (link, started_at)) WITHOUT ROWID""",
            """CREATE TABLE inventory (
                revision INTEGER PRIMARY KEY,
                seen_at INTEGER NOT NULL,
                document TEXT NOT NULL)""",
        ),
    ),
)


def upgrade(connection: sqlite3.Connection, done: Sequence[str]) -> None:
    """Bring a ledger to this version's schema; `done` are the steps that it has."""
    connection.execute("CREATE TABLE IF NOT EXISTS schema_step (name TEXT PRIMARY KEY)")
    for name, statements in STEPS:
        if name in done:
            continue
        connection.execute("BEGIN IMMEDIATE")
        for statement in statements:
            connection.execute(statement)
        connection.execute("INSERT INTO schema_step (name) VALUES (:name)", {"name": name})
        connection.execute("COMMIT")


def applied(connection: sqlite3.Connection, path: Path) -> list[str]:
    """Return the names of the steps that a ledger has, none where the file is empty.

    InputError where it is another program's database, LedgerError where a newer version wrote it.
    """
    try:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_NOTADB:
            raise
        raise InputError(f"ledger {path}: this is no ledger of Terpadu; name another file with --ledger") from error
    if not tables:
        return []
    if "schema_step" not in tables:
        raise InputError(f"ledger {path}: this is no ledger of Terpadu; name another file with --ledger")
    done = [name for (name,) in connection.execute("SELECT name FROM schema_step ORDER BY name")]
    known = [name for name, _ in STEPS]
    if newer := [name for name in done if name not in known]:
        raise LedgerError(f"ledger {path}: a newer version wrote it (schema step {newer[0]!r}); use that version")
    return done
