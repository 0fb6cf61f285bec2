"""Finds outages of all targets, the latest first, by whose they are, why they were, and when."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from exporter.model import Cause
from exporter.timeline import Interval, Outage

_CONDITIONS = {
    "office": "outage.target IN (SELECT id FROM target WHERE substr(code, 1, length(:office) + 1) = :office || '/')",
    "targets": "+outage.target IN (SELECT id FROM target WHERE code IN (SELECT value FROM json_each(:targets)))",
    "is_open": "(ended_at IS NULL) = :is_open",
    "period": "outage.started_at < :end AND (ended_at IS NULL OR ended_at > :start)",
    "after": "outage.started_at <= :at AND (outage.started_at < :at OR code > :code)",
    "cause": """:cause = coalesce(
        (SELECT cause FROM amendment WHERE amendment.target = outage.target
             AND amendment.started_at = outage.started_at AND cause IS NOT NULL ORDER BY id DESC LIMIT 1),
        (SELECT cause FROM verdict
         WHERE verdict.target = outage.target AND verdict.started_at = outage.started_at))""",
}


@dataclass(frozen=True, slots=True)
class OutageFilter:
    """Which outages are wanted; None where it doesn't matter.

    `office` is one whose links are wanted, `targets` are all that are. `cause` is the one that holds: what a person
    said last, else the evidence's. They touch the `period`: begin before its end, and end after its start.
    `after` is the beginning and the target of the last one that isn't wanted any more.
    """

    office: str | None = None
    targets: tuple[str, ...] | None = None
    cause: Cause | None = None
    period: Interval | None = None
    is_open: bool | None = None
    after: tuple[int, str] | None = None


def find(connection: sqlite3.Connection, of: OutageFilter, limit: int) -> tuple[tuple[str, Outage], ...]:
    """Return the latest outages that are wanted, each with its target's id, the latest first.

    Few are open, or an office's: these are sorted. Else the index of beginnings is followed until there are enough.
    """
    start, end = of.period or (None, None)
    at, code = of.after or (None, None)
    conditions = [_CONDITIONS[name] for name in _CONDITIONS if getattr(of, name) is not None]
    conditions += ["ended_at IS NULL"] if of.is_open else []  # as the index of the open ones has it
    few = "+" if of.is_open or of.office else ""
    found = connection.execute(
        f"""SELECT code, outage.started_at, confirmed_at, ended_at FROM outage
                CROSS JOIN target ON target.id = outage.target
            WHERE {" AND ".join(conditions) or "TRUE"}
            ORDER BY {few}outage.started_at DESC, code LIMIT :limit""",  # noqa: S608 -- of the constants above
        {
            "office": of.office,
            "targets": None if of.targets is None else json.dumps(of.targets),
            "is_open": of.is_open,
            "start": start,
            "end": end,
            "at": at,
            "code": code,
            "cause": None if of.cause is None else of.cause.value,
            "limit": limit,
        },
    )
    return tuple((code, Outage(*row)) for code, *row in found)
