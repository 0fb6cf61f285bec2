"""Maintenance as the monitor saw it announced, and as persons added and ended it.

A window is its scope, start and end (SLA_METHOD, From states).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from exporter.errors import InputError
from exporter.maintenance import Window
from exporter.model import Maintenance

_Key = tuple[tuple[str, ...], int, int]


def read(connection: sqlite3.Connection) -> tuple[Window, ...]:
    """Return every window, in order of start."""
    rows = connection.execute(
        """SELECT scope, starts_at, ends_at, reason, first_seen_at, recorded_at, approved_by, vanished_at,
               id, added_by, cut_at, cut_by
           FROM maintenance ORDER BY starts_at, ends_at, scope"""
    )
    return tuple(Window(tuple(json.loads(scope)), *others) for scope, *others in rows)


def record(connection: sqlite3.Connection, announced: Iterable[Maintenance], at: int) -> None:
    """Take what the inventory announces at an instant, within the caller's transaction.

    Until its start a window may come, go and change its words. One that is gone between its start and its end is marked
    so for good; after its end it stands as it is. What a person added, or ended, the inventory doesn't change.
    """
    now: dict[_Key, Maintenance] = {}
    for item in announced:
        now.setdefault(_key(item), item)
    held = {(window.scope, window.starts_at, window.ends_at): window for window in read(connection)}
    for key, item in now.items():
        if key not in held or at < key[1]:
            _keep(connection, key, item, at)
    for key, window in held.items():
        if key in now or window.added_by is not None:
            continue
        if at < window.starts_at and window.cut_at is None:
            _remove(connection, key)
        elif at < window.until and window.vanished_at is None:
            _mark_vanished(connection, key, at)


def add(connection: sqlite3.Connection, window: Window, path: Path) -> Window:
    """Keep a window that a person adds; return it with its number. InputError where it is known already."""
    for known in read(connection):
        if (known.scope, known.starts_at, known.ends_at) == (window.scope, window.starts_at, window.ends_at):
            ended = " and was ended; announce it with another start or end" if known.cut_at is not None else ""
            raise InputError(f"ledger {path}: this window is known already, as number {known.number}{ended}")
    row = connection.execute(
        """INSERT INTO maintenance (scope, starts_at, ends_at, reason, first_seen_at, approved_by, added_by)
           VALUES (:scope, :start, :end, :reason, :at, :approved_by, :by) RETURNING id""",
        {
            **_named((window.scope, window.starts_at, window.ends_at)),
            "reason": window.reason,
            "at": window.first_seen_at,
            "approved_by": window.approved_by,
            "by": window.added_by,
        },
    )
    ((number,),) = row.fetchall()
    return replace(window, number=number)


def cut(connection: sqlite3.Connection, number: int, at: int, by: str, path: Path) -> Window:
    """End a window at an instant; InputError where there is none of this number, or it has ended already."""
    found = next((window for window in read(connection) if window.number == number), None)
    if found is None:
        raise InputError(f"ledger {path}: it has no window {number}; list them with: terpadu maintenance list")
    if found.until <= at or found.cut_at is not None:
        raise InputError(f"window {number} has ended already")
    connection.execute(
        "UPDATE maintenance SET cut_at = :at, cut_by = :by WHERE id = :number", {"at": at, "by": by, "number": number}
    )
    return replace(found, cut_at=at, cut_by=by)


def _key(item: Maintenance) -> _Key:
    return tuple(sorted(set(item.scope))), int(item.starts_at.timestamp()), int(item.ends_at.timestamp())


def _named(key: _Key) -> dict[str, object]:
    scope, start, end = key
    return {"scope": json.dumps(scope, ensure_ascii=False), "start": start, "end": end}


def _keep(connection: sqlite3.Connection, key: _Key, item: Maintenance, at: int) -> None:
    """Write a window that is new, or the words of one that is known."""
    connection.execute(
        """INSERT INTO maintenance (scope, starts_at, ends_at, reason, first_seen_at, recorded_at, approved_by)
           VALUES (:scope, :start, :end, :reason, :at, :recorded_at, :approved_by)
           ON CONFLICT (scope, starts_at, ends_at) DO UPDATE
           SET reason = excluded.reason, recorded_at = excluded.recorded_at, approved_by = excluded.approved_by
           WHERE added_by IS NULL""",
        {
            **_named(key),
            "reason": item.reason,
            "at": at,
            "recorded_at": None if item.recorded_at is None else int(item.recorded_at.timestamp()),
            "approved_by": item.approved_by,
        },
    )


def _remove(connection: sqlite3.Connection, key: _Key) -> None:
    connection.execute(
        "DELETE FROM maintenance WHERE scope = :scope AND starts_at = :start AND ends_at = :end", _named(key)
    )


def _mark_vanished(connection: sqlite3.Connection, key: _Key, at: int) -> None:
    connection.execute(
        "UPDATE maintenance SET vanished_at = :at WHERE scope = :scope AND starts_at = :start AND ends_at = :end",
        {**_named(key), "at": at},
    )
