"""The ledger's schema as named, ordered steps, each atomic with its own record. A released step is never edited.

A target's timeline is its rows of `span`, which never change, and after them its one row of `tail`, which grows. The
tails lie side by side, so a write that lengthens ten thousand of them touches some dozens of pages.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

APPLICATION_ID = int.from_bytes(b"Terp")
"""What the file's header names as its program: it tells a damaged ledger from a file that never was one."""

STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "0001 the ledger",
        (
            f"PRAGMA application_id = {APPLICATION_ID}",
            "CREATE TABLE target (id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE) STRICT",
            """CREATE TABLE span (
                target INTEGER NOT NULL REFERENCES target(id),
                starts_at INTEGER NOT NULL,
                ends_at INTEGER NOT NULL CHECK (ends_at > starts_at),
                state TEXT NOT NULL CHECK (state IN ('up', 'degraded', 'down', 'unmeasured')),
                PRIMARY KEY (target, starts_at)) STRICT, WITHOUT ROWID""",
            """CREATE TABLE tail (
                target INTEGER PRIMARY KEY REFERENCES target(id),
                starts_at INTEGER NOT NULL,
                ends_at INTEGER NOT NULL CHECK (ends_at > starts_at),
                state TEXT NOT NULL CHECK (state IN ('up', 'degraded', 'down', 'unmeasured'))) STRICT""",
            """CREATE TABLE closed_seconds (
                target INTEGER PRIMARY KEY REFERENCES target(id),
                up INTEGER NOT NULL,
                degraded INTEGER NOT NULL,
                down INTEGER NOT NULL,
                unmeasured INTEGER NOT NULL) STRICT""",
            """CREATE TABLE bridged (
                target INTEGER NOT NULL REFERENCES target(id),
                starts_at INTEGER NOT NULL,
                ends_at INTEGER NOT NULL CHECK (ends_at > starts_at),
                PRIMARY KEY (target, starts_at)) STRICT, WITHOUT ROWID""",
            """CREATE TABLE outage (
                target INTEGER NOT NULL REFERENCES target(id),
                started_at INTEGER NOT NULL,
                confirmed_at INTEGER NOT NULL CHECK (confirmed_at > started_at),
                ended_at INTEGER CHECK (ended_at >= started_at),
                PRIMARY KEY (target, started_at)) STRICT, WITHOUT ROWID""",
            "CREATE INDEX open_outage ON outage (target) WHERE ended_at IS NULL",
            """CREATE TABLE verdict (
                target INTEGER NOT NULL REFERENCES target(id),
                started_at INTEGER NOT NULL,
                decided_at INTEGER NOT NULL,
                cause TEXT NOT NULL CHECK (cause IN ('power', 'link', 'upstream', 'provider', 'unknown')),
                evidence TEXT NOT NULL,
                PRIMARY KEY (target, started_at)) STRICT, WITHOUT ROWID""",
            """CREATE TABLE open_case (
                target INTEGER NOT NULL REFERENCES target(id),
                started_at INTEGER NOT NULL,
                known TEXT NOT NULL,
                PRIMARY KEY (target, started_at)) STRICT, WITHOUT ROWID""",
            """CREATE TABLE device (
                target INTEGER PRIMARY KEY REFERENCES target(id),
                polled_at INTEGER NOT NULL,
                boot_at INTEGER NOT NULL) STRICT""",
            """CREATE TABLE path (
                target INTEGER PRIMARY KEY REFERENCES target(id),
                traced_at INTEGER NOT NULL,
                hops TEXT NOT NULL) STRICT""",
            """CREATE TABLE bandwidth (
                target INTEGER NOT NULL REFERENCES target(id),
                day INTEGER NOT NULL,
                data BLOB NOT NULL,
                PRIMARY KEY (target, day)) STRICT""",
            """CREATE TABLE sketch (
                target INTEGER NOT NULL REFERENCES target(id),
                day TEXT NOT NULL,
                in_maintenance INTEGER NOT NULL CHECK (in_maintenance IN (0, 1)),
                data BLOB NOT NULL,
                PRIMARY KEY (target, day, in_maintenance)) STRICT""",
            """CREATE TABLE inventory (
                revision INTEGER PRIMARY KEY,
                first_seen_at INTEGER NOT NULL,
                version TEXT NOT NULL,
                document TEXT NOT NULL) STRICT""",
            """CREATE TABLE maintenance (
                id INTEGER PRIMARY KEY,
                scope TEXT NOT NULL,
                starts_at INTEGER NOT NULL,
                ends_at INTEGER NOT NULL CHECK (ends_at > starts_at),
                reason TEXT NOT NULL,
                first_seen_at INTEGER NOT NULL,
                recorded_at INTEGER,
                approved_by TEXT,
                vanished_at INTEGER,
                added_by TEXT,
                cut_at INTEGER,
                cut_by TEXT,
                UNIQUE (scope, starts_at, ends_at)) STRICT""",
            """CREATE TABLE amendment (
                id INTEGER PRIMARY KEY,
                target INTEGER NOT NULL,
                started_at INTEGER NOT NULL,
                at INTEGER NOT NULL,
                by TEXT NOT NULL,
                cause TEXT CHECK (cause IN ('power', 'link', 'upstream', 'provider', 'unknown')),
                excluded TEXT,
                charged TEXT,
                note TEXT,
                FOREIGN KEY (target, started_at) REFERENCES outage (target, started_at)) STRICT""",
            """CREATE TABLE closing (
                month TEXT NOT NULL,
                revision INTEGER NOT NULL,
                closed_at INTEGER NOT NULL,
                version TEXT NOT NULL,
                is_provisional INTEGER NOT NULL CHECK (is_provisional IN (0, 1)),
                inputs_sha256 TEXT NOT NULL,
                last_amendment INTEGER NOT NULL,
                inventory TEXT NOT NULL,
                report TEXT NOT NULL,
                PRIMARY KEY (month, revision)) STRICT, WITHOUT ROWID""",
            """CREATE TABLE site_span (
                office TEXT NOT NULL,
                starts_at INTEGER NOT NULL,
                ends_at INTEGER NOT NULL CHECK (ends_at > starts_at),
                activity TEXT NOT NULL CHECK (activity IN ('active', 'inactive', 'unmeasured')),
                fault TEXT CHECK ((fault IS NULL) = (activity <> 'inactive')),
                detail TEXT NOT NULL,
                PRIMARY KEY (office, starts_at)) STRICT, WITHOUT ROWID""",
            """CREATE TABLE site_address (
                office TEXT NOT NULL,
                since INTEGER NOT NULL,
                url TEXT NOT NULL,
                PRIMARY KEY (office, since)) STRICT, WITHOUT ROWID""",
            """CREATE TABLE site_check (
                office TEXT PRIMARY KEY,
                checked_at REAL NOT NULL,
                result TEXT NOT NULL) STRICT""",
            """CREATE TABLE site_look (
                office TEXT PRIMARY KEY,
                looked_at REAL NOT NULL,
                obstacle TEXT NOT NULL,
                stamps TEXT NOT NULL) STRICT""",
            """CREATE TABLE publication (
                office TEXT NOT NULL,
                published_at INTEGER NOT NULL,
                is_day_only INTEGER NOT NULL CHECK (is_day_only IN (0, 1)),
                source TEXT NOT NULL,
                seen_at INTEGER NOT NULL,
                address TEXT,
                PRIMARY KEY (office, published_at)) STRICT, WITHOUT ROWID""",
        ),
    ),
    (
        "0002 outages are looked for",
        (
            "CREATE INDEX outage_beginning ON outage (started_at)",
            "CREATE INDEX amendment_outage ON amendment (target, started_at)",
        ),
    ),
)


def upgrade(connection: sqlite3.Connection, done: Sequence[str]) -> None:
    """Bring a ledger to this version's schema; `done` are the steps that it has."""
    for name, statements in STEPS:
        if name in done:
            continue
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TABLE IF NOT EXISTS schema_step (name TEXT PRIMARY KEY) STRICT")
        for statement in statements:
            connection.execute(statement)
        connection.execute("INSERT INTO schema_step (name) VALUES (:name)", {"name": name})
        connection.execute("COMMIT")
