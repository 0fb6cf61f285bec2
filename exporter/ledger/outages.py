"""Reads outages, and what the ledger holds around them: causes, last polls, good paths, bandwidth."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator

from exporter.bandwidth import DAY_SECONDS, Mean, Means, Rates
from exporter.bandwidth import rates as rates_of
from exporter.cause import Evidence, Known, Verdict
from exporter.model import Cause
from exporter.observation import DevicePoll, Path
from exporter.timeline import Outage


def opened(connection: sqlite3.Connection) -> dict[str, Outage]:
    """Return the open outage of each target, by its id."""
    found = connection.execute(
        """SELECT code, started_at, confirmed_at FROM outage JOIN target ON target.id = outage.target
           WHERE ended_at IS NULL"""
    )
    return {code: Outage(started, confirmed) for code, started, confirmed in found}


def latest_ended(connection: sqlite3.Connection) -> dict[str, Outage]:
    """Return the latest outage of each target that has ended, by its id."""
    found = connection.execute(
        """SELECT code, started_at, confirmed_at, ended_at FROM target CROSS JOIN outage ON outage.target = target.id
               AND started_at = (SELECT max(started_at) FROM outage AS of_it
                                 WHERE of_it.target = target.id AND of_it.ended_at IS NOT NULL)"""
    )
    return {code: Outage(*row) for code, *row in found}


def touching(connection: sqlite3.Connection, target: str, start: int, end: int) -> tuple[Outage, ...]:
    """Return a target's outages that begin before `end` and don't end before `start`, in order."""
    found = connection.execute(
        """SELECT started_at, confirmed_at, ended_at FROM outage
           WHERE target = (SELECT id FROM target WHERE code = :code)
               AND started_at < :end AND (ended_at IS NULL OR ended_at >= :start)
           ORDER BY started_at""",
        {"code": target, "start": start, "end": end},
    )
    return tuple(Outage(*row) for row in found)


def one(connection: sqlite3.Connection, target: str, started_at: int) -> Outage | None:
    """Return a target's outage that began at an instant, None where none did."""
    found = connection.execute(
        """SELECT started_at, confirmed_at, ended_at FROM outage
           WHERE target = (SELECT id FROM target WHERE code = :code) AND started_at = :start""",
        {"code": target, "start": started_at},
    ).fetchall()
    return Outage(*found[0]) if found else None


def latest(connection: sqlite3.Connection, limit: int) -> tuple[tuple[str, Outage], ...]:
    """Return the latest outages of all targets, each with its target's id, the latest first."""
    found = connection.execute(
        """SELECT code, started_at, confirmed_at, ended_at FROM outage JOIN target ON target.id = outage.target
           ORDER BY started_at DESC, code LIMIT :limit""",
        {"limit": limit},
    )
    return tuple((code, Outage(*row)) for code, *row in found)


def counts(connection: sqlite3.Connection) -> Counter[tuple[str, Cause]]:
    """Return how many outages of each target have each cause."""
    found = connection.execute(
        "SELECT code, cause, count(*) FROM verdict JOIN target ON target.id = verdict.target GROUP BY code, cause"
    )
    return Counter({(code, Cause(cause)): number for code, cause, number in found})


def verdict(connection: sqlite3.Connection, target: str, started_at: int) -> Verdict | None:
    """Return the final cause of a target's outage that began at an instant; None while there is none."""
    found = connection.execute(
        """SELECT cause, decided_at, evidence FROM verdict
           WHERE target = (SELECT id FROM target WHERE code = :code) AND started_at = :start""",
        {"code": target, "start": started_at},
    ).fetchall()
    if not found:
        return None
    ((cause, decided_at, evidence),) = found
    return Verdict(Cause(cause), decided_at, Evidence.from_json(json.loads(evidence)))


def verdicts(connection: sqlite3.Connection, target: str, start: int, end: int) -> dict[int, Verdict]:
    """Return the final causes of a target's outages that begin before `end` and don't end before `start`."""
    found = connection.execute(
        """SELECT verdict.started_at, cause, decided_at, evidence FROM verdict JOIN outage
               ON outage.target = verdict.target AND outage.started_at = verdict.started_at
           WHERE verdict.target = (SELECT id FROM target WHERE code = :code)
               AND verdict.started_at < :end AND (ended_at IS NULL OR ended_at >= :start)
           ORDER BY verdict.started_at""",
        {"code": target, "start": start, "end": end},
    )
    return {
        started_at: Verdict(Cause(cause), decided_at, Evidence.from_json(json.loads(evidence)))
        for started_at, cause, decided_at, evidence in found
    }


def undecided(connection: sqlite3.Connection) -> list[tuple[str, Outage, Known | None]]:
    """Return the links' outages without a final cause, each with its link and what is known, in order of beginning."""
    found = connection.execute(
        """SELECT code, known, outage.started_at, confirmed_at, ended_at FROM outage
               JOIN target ON target.id = outage.target
               LEFT JOIN open_case
                   ON open_case.target = outage.target AND open_case.started_at = outage.started_at
           WHERE code LIKE '%/%' AND NOT EXISTS (
               SELECT 1 FROM verdict
               WHERE verdict.target = outage.target AND verdict.started_at = outage.started_at)
           ORDER BY outage.started_at, code"""
    )
    return [
        (code, Outage(*row), None if known is None else Known.from_json(json.loads(known)))
        for code, known, *row in found
    ]


def known(connection: sqlite3.Connection, target: str, started_at: int) -> Known | None:
    """Return what is known of a link's outage without a final cause; None where there is none, or nothing is."""
    found = connection.execute(
        """SELECT known FROM open_case
           WHERE target = (SELECT id FROM target WHERE code = :code) AND started_at = :start""",
        {"code": target, "start": started_at},
    ).fetchall()
    return Known.from_json(json.loads(found[0][0])) if found else None


def since(connection: sqlite3.Connection, start: int) -> list[tuple[str, Outage]]:
    """Return the outages of all targets that last, or ended at an instant or later, in order of beginning."""
    found = connection.execute(
        """SELECT code, started_at, confirmed_at, ended_at FROM outage JOIN target ON target.id = outage.target
           WHERE ended_at IS NULL OR ended_at >= :start ORDER BY started_at, code""",
        {"start": start},
    )
    return [(code, Outage(*row)) for code, *row in found]


def last_polls(connection: sqlite3.Connection) -> dict[str, DevicePoll]:
    """Return the last good poll of each link's device, without its bytes."""
    found = connection.execute("SELECT code, polled_at, boot_at FROM device JOIN target ON target.id = device.target")
    return {code: DevicePoll(float(at), float(boot_at), 0, 0) for code, at, boot_at in found}


def paths(connection: sqlite3.Connection) -> dict[str, Path]:
    """Return the last path on record that reached each link."""
    found = connection.execute("SELECT code, traced_at, hops FROM path JOIN target ON target.id = path.target")
    return {code: Path(float(at), tuple(json.loads(hops)), is_whole=True) for code, at, hops in found}


def bandwidth(connection: sqlite3.Connection, target: str, start: int, end: int) -> tuple[Mean, ...]:
    """Return a link's means that begin in `[start, end)`, in order; ValueError where they can't be read."""
    means = (mean for day, data in _days(connection, target, start, end) for mean in Means.from_bytes(data).dated(day))
    return tuple(mean for mean in means if start <= mean.start < end)


def rates(connection: sqlite3.Connection, target: str, start: int, end: int) -> Rates:
    """Return the same as two rows of numbers."""
    return rates_of(_days(connection, target, start, end), start, end)


def _days(connection: sqlite3.Connection, target: str, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    found = connection.execute(
        """SELECT day, data FROM bandwidth WHERE target = (SELECT id FROM target WHERE code = :code)
               AND day > :start - :length AND day < :end ORDER BY day""",
        {"code": target, "start": start, "end": end, "length": DAY_SECONDS},
    )
    return iter(found)
