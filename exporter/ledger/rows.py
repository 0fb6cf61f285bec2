"""Writes what a batch changes, as rows; within the caller's transaction."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

from exporter.bandwidth import Means
from exporter.cause import Known, Verdict
from exporter.ledger.batch import Batch
from exporter.ledger.settling import Changes, Tail
from exporter.model import Cause
from exporter.pacing import resting
from exporter.statistics import Sketch
from exporter.timeline import Interval, Outage, Span, State


def prepare(connection: sqlite3.Connection) -> None:
    """Teach a connection to add up sketches, and to fill days of means."""
    connection.create_function("add_sketches", 2, _added, deterministic=True)
    connection.create_function("add_means", 2, _filled, deterministic=True)


def _filled(written: bytes, more: bytes) -> bytes:
    means = Means.from_bytes(written)
    means.merge(Means.from_bytes(more))
    return means.to_bytes()


def _added(written: bytes, more: bytes) -> bytes:
    sketch = Sketch.from_bytes(written)
    sketch.merge(Sketch.from_bytes(more))
    return sketch.to_bytes()


def insert_targets(connection: sqlite3.Connection, codes: Iterable[str]) -> dict[str, int]:
    """Write new targets; return their numbers."""
    numbers = {}
    for code in resting(codes):
        row = connection.execute("INSERT INTO target (code) VALUES (:code) RETURNING id", {"code": code})
        ((numbers[code],),) = row.fetchall()
    return numbers


def write(connection: sqlite3.Connection, changes: Changes, numbers: Mapping[str, int]) -> None:
    """Write what a batch changes in the timelines and the outages."""
    _insert_spans(connection, ((numbers[target], span) for target, span in changes.closed))
    _replace_tails(connection, ((numbers[target], tail) for target, tail in changes.tails.items()))
    closing = {target for target, _ in changes.closed}
    _replace_closed_seconds(connection, ((numbers[target], changes.tails[target].closed) for target in closing))
    _insert_bridged(connection, ((numbers[target], interval) for target, interval in changes.bridged))
    _replace_outages(connection, ((numbers[target], outage) for target, outage in changes.outages))


def _insert_spans(connection: sqlite3.Connection, rows: Iterable[tuple[int, Span]]) -> None:
    connection.executemany(
        "INSERT INTO span (target, starts_at, ends_at, state) VALUES (?, ?, ?, ?)",
        ((target, span.start, span.end, span.state.value) for target, span in resting(rows)),
    )


def _replace_tails(connection: sqlite3.Connection, rows: Iterable[tuple[int, Tail]]) -> None:
    connection.executemany(
        """INSERT INTO tail (target, starts_at, ends_at, state) VALUES (?, ?, ?, ?)
           ON CONFLICT (target) DO UPDATE
           SET starts_at = excluded.starts_at, ends_at = excluded.ends_at, state = excluded.state""",
        ((target, tail.start, tail.end, tail.state.value) for target, tail in resting(rows)),
    )


def _replace_closed_seconds(connection: sqlite3.Connection, rows: Iterable[tuple[int, Mapping[State, int]]]) -> None:
    connection.executemany(
        """INSERT INTO closed_seconds (target, up, degraded, down, unmeasured)
           VALUES (:target, :up, :degraded, :down, :unmeasured)
           ON CONFLICT (target) DO UPDATE SET up = excluded.up, degraded = excluded.degraded,
               down = excluded.down, unmeasured = excluded.unmeasured""",
        (
            {"target": target} | {state.value: seconds for state, seconds in closed.items()}
            for target, closed in resting(rows)
        ),
    )


def _insert_bridged(connection: sqlite3.Connection, rows: Iterable[tuple[int, Interval]]) -> None:
    """Write bridged intervals; one that touches the target's last one lengthens it."""
    for target, (start, end) in resting(rows):
        connection.execute(
            """INSERT INTO bridged (target, starts_at, ends_at)
               VALUES (:target, coalesce(
                   (SELECT starts_at FROM bridged WHERE target = :target AND ends_at = :start AND starts_at = (
                       SELECT max(starts_at) FROM bridged WHERE target = :target)), :start), :end)
               ON CONFLICT (target, starts_at) DO UPDATE SET ends_at = excluded.ends_at""",
            {"target": target, "start": start, "end": end},
        )


def _replace_outages(connection: sqlite3.Connection, rows: Iterable[tuple[int, Outage]]) -> None:
    connection.executemany(
        """INSERT INTO outage (target, started_at, confirmed_at, ended_at) VALUES (?, ?, ?, ?)
           ON CONFLICT (target, started_at) DO UPDATE SET ended_at = excluded.ended_at""",
        ((target, of.started_at, of.confirmed_at, of.ended_at) for target, of in resting(rows)),
    )


def add_sketches(
    connection: sqlite3.Connection, sketches: Mapping[tuple[str, date, bool], Sketch], numbers: Mapping[str, int]
) -> None:
    """Add sketches to those that are written for their days."""
    connection.executemany(
        """INSERT INTO sketch (target, day, in_maintenance, data) VALUES (?, ?, ?, ?)
           ON CONFLICT (target, day, in_maintenance) DO UPDATE SET data = add_sketches(data, excluded.data)""",
        (
            (numbers[target], date.isoformat(day), int(in_maintenance), sketch.to_bytes())
            for (target, day, in_maintenance), sketch in resting(sketches.items())
        ),
    )


def add_means(
    connection: sqlite3.Connection, means: Mapping[tuple[str, int], Means], numbers: Mapping[str, int]
) -> None:
    """Fill in the means of days."""
    connection.executemany(
        """INSERT INTO bandwidth (target, day, data) VALUES (?, ?, ?)
           ON CONFLICT (target, day) DO UPDATE SET data = add_means(data, excluded.data)""",
        ((numbers[target], day, of.to_bytes()) for (target, day), of in resting(means.items())),
    )


def write_devices(connection: sqlite3.Connection, batch: Batch, numbers: Mapping[str, int]) -> None:
    """Write each device's last good poll, and each link's last good path."""
    connection.executemany(
        """INSERT INTO device (target, polled_at, boot_at) VALUES (?, ?, ?)
           ON CONFLICT (target) DO UPDATE SET polled_at = excluded.polled_at, boot_at = excluded.boot_at""",
        ((numbers[target], round(poll.at), round(poll.boot_at)) for target, poll in resting(batch.polls.items())),
    )
    connection.executemany(
        """INSERT INTO path (target, traced_at, hops) VALUES (?, ?, ?)
           ON CONFLICT (target) DO UPDATE SET traced_at = excluded.traced_at, hops = excluded.hops""",
        ((numbers[target], round(path.at), json.dumps(path.hops)) for target, path in resting(batch.paths.items())),
    )


def write_cases(
    connection: sqlite3.Connection, cases: Mapping[str, Mapping[int, Known]], numbers: Mapping[str, int]
) -> None:
    """Write what is known of outages without a final cause, in place of what was."""
    connection.executemany(
        """INSERT INTO open_case (target, started_at, known) VALUES (?, ?, ?)
           ON CONFLICT (target, started_at) DO UPDATE SET known = excluded.known""",
        (
            (numbers[target], started_at, json.dumps(known.as_json(), ensure_ascii=False))
            for target, of in resting(cases.items())
            for started_at, known in of.items()
        ),
    )


def insert_verdicts(
    connection: sqlite3.Connection, verdicts: Mapping[str, Mapping[int, Verdict]], numbers: Mapping[str, int]
) -> Counter[tuple[str, Cause]]:
    """Write final causes of outages that have ended; return how many are new, by target and cause.

    One that is written stays as it is. The cause of an outage that was never written has nothing to stand by.
    """
    new: Counter[tuple[str, Cause]] = Counter()
    for target, of in resting(verdicts.items()):
        for started_at, verdict in of.items():
            key = {"target": numbers[target], "started_at": started_at}
            written = connection.execute(
                """INSERT INTO verdict (target, started_at, decided_at, cause, evidence)
                   SELECT :target, :started_at, :decided_at, :cause, :evidence WHERE EXISTS (
                       SELECT 1 FROM outage WHERE target = :target AND started_at = :started_at
                           AND ended_at IS NOT NULL)
                   ON CONFLICT DO NOTHING""",
                {
                    **key,
                    "decided_at": verdict.decided_at,
                    "cause": verdict.cause.value,
                    "evidence": json.dumps(verdict.evidence.as_json(), ensure_ascii=False),
                },
            )
            new[target, verdict.cause] += written.rowcount
            connection.execute("DELETE FROM open_case WHERE target = :target AND started_at = :started_at", key)
    return new
