"""Months as they were closed: the report of each revision and the inventory it was made with; none is overwritten."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Closing:
    """One revision of a month, which is written `YYYY-MM`; `closed_at` is in seconds since the epoch.

    `inventory` is the text that the report was made with, which holds references to secrets, never one; `report` is its
    JSON form. `inputs_sha256` is the hash of all that the report was made from, `last_amendment` the number of the last
    one that it knew of, 0 for none.
    """

    month: str
    revision: int
    closed_at: int
    version: str
    is_provisional: bool
    inputs_sha256: str
    last_amendment: int
    inventory: str
    report: str


def latest(connection: sqlite3.Connection, month: str) -> Closing | None:
    """Return the last revision of a month, None where there is none."""
    found = connection.execute(
        """SELECT month, revision, closed_at, version, is_provisional, inputs_sha256, last_amendment, inventory, report
           FROM closing WHERE month = :month ORDER BY revision DESC LIMIT 1""",
        {"month": month},
    ).fetchall()
    if not found:
        return None
    ((name, revision, closed_at, version, is_provisional, *others),) = found
    return Closing(name, revision, closed_at, version, bool(is_provisional), *others)


def inventories(connection: sqlite3.Connection, month: str) -> tuple[str, ...]:
    """Return the inventories that a month was closed with, the last revision's first."""
    found = connection.execute(
        "SELECT inventory FROM closing WHERE month = :month ORDER BY revision DESC", {"month": month}
    )
    return tuple(dict.fromkeys(text for (text,) in found))


@dataclass(frozen=True, slots=True)
class Closed:
    """What the last revision of a month is like, without its texts."""

    month: str
    closed_at: int
    is_provisional: bool
    last_amendment: int


def months(connection: sqlite3.Connection) -> tuple[Closed, ...]:
    """Return the months that were closed, in order."""
    found = connection.execute(
        """SELECT month, closed_at, is_provisional, last_amendment, max(revision) FROM closing
           GROUP BY month ORDER BY month"""
    )
    return tuple(Closed(month, at, bool(is_provisional), known) for month, at, is_provisional, known, _ in found)


def add(connection: sqlite3.Connection, of: Closing) -> None:
    """Add a revision."""
    connection.execute(
        """INSERT INTO closing (month, revision, closed_at, version, is_provisional, inputs_sha256, last_amendment,
               inventory, report)
           VALUES (:month, :revision, :closed_at, :version, :is_provisional, :inputs_sha256, :last_amendment,
               :inventory, :report)""",
        asdict(of),
    )
