"""What persons have said of outages: rows that are added, and never changed."""

from __future__ import annotations

import sqlite3

from exporter.amendment import Amendment
from exporter.model import Cause


def read(
    connection: sqlite3.Connection, link: str | None = None, started_at: int | None = None
) -> tuple[Amendment, ...]:
    """Return every amendment, or those of one outage, in the order of saying."""
    rows = connection.execute(
        """SELECT code, started_at, at, by, cause, excluded, charged, note, amendment.id FROM amendment
               JOIN target ON target.id = amendment.target
           WHERE :link IS NULL OR (code = :link AND started_at = :started_at) ORDER BY amendment.id""",
        {"link": link, "started_at": started_at},
    )
    return tuple(
        Amendment(code, started_at, at, by, None if cause is None else Cause(cause), *said)
        for code, started_at, at, by, cause, *said in rows
    )


def add(connection: sqlite3.Connection, said: Amendment) -> None:
    """Add one; its outage is in the ledger."""
    connection.execute(
        """INSERT INTO amendment (target, started_at, at, by, cause, excluded, charged, note)
           VALUES ((SELECT id FROM target WHERE code = :code), :started_at, :at, :by, :cause, :excluded, :charged,
               :note)""",
        {
            "code": said.link,
            "started_at": said.started_at,
            "at": said.at,
            "by": said.by,
            "cause": None if said.cause is None else said.cause.value,
            "excluded": said.excluded,
            "charged": said.charged,
            "note": said.note,
        },
    )
