"""The ledger's schema as named, ordered steps, each atomic with its own record. A released step is never edited."""

from __future__ import annotations

import sqlite3

from exporter.errors import LedgerError

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


def upgrade(connection: sqlite3.Connection) -> None:
    """Bring a ledger to this version's schema; one that a newer version wrote is a LedgerError."""
    connection.execute("CREATE TABLE IF NOT EXISTS schema_step (name TEXT PRIMARY KEY)")
    done = applied(connection)
    known = [name for name, _ in STEPS]
    if newer := [name for name in done if name not in known]:
        raise LedgerError(f"the ledger was written by a newer version (schema step {newer[0]!r}); use that version")
    for name, statements in STEPS:
        if name in done:
            continue
        connection.execute("BEGIN IMMEDIATE")
        for statement in statements:
            connection.execute(statement)
        connection.execute("INSERT INTO schema_step (name) VALUES (:name)", {"name": name})
        connection.execute("COMMIT")


def applied(connection: sqlite3.Connection) -> list[str]:
    """Return the names of the steps that a ledger has; empty where it is no ledger."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_step'").fetchone() is None:
        return []
    return [name for (name,) in connection.execute("SELECT name FROM schema_step ORDER BY name")]
