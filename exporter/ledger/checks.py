"""Whether a ledger is whole: SQLite's own checks, and sums that only a whole ledger fulfils."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from exporter.bandwidth import Means
from exporter.cause import Evidence
from exporter.ledger import sites
from exporter.statistics import Sketch
from exporter.timeline import Outage, Span, State, clip, intervals, subtract, total, union

_AVAILABLE = (State.UP, State.DEGRADED)


def damages(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield what of the file SQLite can't read as it was written, a sentence each."""
    for (line,) in connection.execute("PRAGMA integrity_check"):
        if line != "ok":
            yield f"the file is damaged: {' '.join(line.split())}"
    for table, _, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield f"the file is damaged: a row of {table} belongs to no {parent}"


def contradictions(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield what can't be so together, a sentence each, with the target and the time."""
    for number, code in connection.execute("SELECT id, code FROM target ORDER BY code").fetchall():
        for problem in _of_target(connection, number):
            yield f"{code}: {problem}"
    yield from _closings(connection)
    yield from _words(connection)
    yield from sites.problems(connection)


def _closings(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield what is wrong with the months that were closed: a revision that is missing, or another than it says."""
    rows = connection.execute("SELECT month, revision, inputs_sha256, report FROM closing ORDER BY month, revision")
    last: dict[str, int] = {}
    for month, revision, sha256, report in rows:
        if revision != last.get(month, 0) + 1:
            yield f"{month}: revision {revision} comes after {last.get(month, 0)}"
        last[month] = revision
        try:
            told = json.loads(report)
            said = told["month"], told["revision"], told["inputs_sha256"]
        except (ValueError, KeyError, TypeError) as error:
            yield f"{month}: the report of revision {revision} can't be read: {error!r}"
            continue
        if said != (month, revision, sha256):
            yield f"{month}: the report of revision {revision} says {said}"


def _words(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield what persons can't have said: of nobody, or nothing."""
    for number, scope, by, cut_at, cut_by in connection.execute(
        "SELECT id, scope, added_by, cut_at, cut_by FROM maintenance ORDER BY id"
    ):
        try:
            names = json.loads(scope)
        except ValueError:
            names = None
        if not (isinstance(names, list) and names and all(isinstance(name, str) for name in names)):
            yield f"window {number}: its scope {scope!r} is no list of names"
        if by == "" or (cut_at is None) != (not cut_by):
            yield f"window {number}: nobody is named who added or ended it"
    for number, by, *said in connection.execute(
        "SELECT id, by, cause, excluded, charged, note FROM amendment ORDER BY id"
    ):
        if not by or not any(said):
            yield f"amendment {number}: nobody said it, or nothing was said"


def _of_target(connection: sqlite3.Connection, number: int) -> Iterator[str]:
    key = {"target": number}
    rows = connection.execute(
        "SELECT starts_at, ends_at, state FROM span WHERE target = :target ORDER BY starts_at", key
    )
    closed = [Span(start, end, State(state)) for start, end, state in rows]
    rows = connection.execute("SELECT starts_at, ends_at, state FROM tail WHERE target = :target", key)
    tail = [Span(start, end, State(state)) for start, end, state in rows]
    timeline = [*closed, *tail]
    if closed and not tail:
        yield f"the last span is missing after {_time(closed[-1].end)}"
    for earlier, later in pairwise(timeline):
        if later.start < earlier.end:
            yield f"the spans from {_time(earlier.start)} and from {_time(later.start)} overlap"
    yield from _sums(connection, number, closed)
    rows = connection.execute(
        "SELECT started_at, confirmed_at, ended_at FROM outage WHERE target = :target ORDER BY started_at", key
    )
    yield from _outages([Outage(*row) for row in rows], timeline)
    rows = connection.execute("SELECT starts_at, ends_at FROM bridged WHERE target = :target ORDER BY starts_at", key)
    measured = union(part for state in State if state is not State.UNMEASURED for part in intervals(timeline, state))
    for start, end in subtract(union(rows), measured):
        yield f"bridged from {_time(start)} to {_time(end)}, but not measured"
    yield from _causes(connection, number)
    yield from _sketches(connection, number)
    yield from _bandwidth(connection, number)


def _sums(connection: sqlite3.Connection, number: int, closed: Sequence[Span]) -> Iterator[str]:
    rows = connection.execute(
        "SELECT up, degraded, down, unmeasured FROM closed_seconds WHERE target = :target", {"target": number}
    ).fetchall()
    kept = dict(
        zip((State.UP, State.DEGRADED, State.DOWN, State.UNMEASURED), rows[0] if rows else [0] * 4, strict=True)
    )
    until = _time(closed[-1].end) if closed else "the beginning"
    for state, seconds in kept.items():
        if (counted := total(closed, state)) != seconds:
            yield f"{counted} s {state.value} in the spans up to {until}, but {seconds} s in their sum"


def _outages(outages: Sequence[Outage], timeline: Sequence[Span]) -> Iterator[str]:
    opened = [outage for outage in outages if outage.ended_at is None]
    if len(opened) > 1:
        yield f"the outages from {' and from '.join(_time(outage.started_at) for outage in opened)} are open together"
    for earlier, later in pairwise(outages):
        if earlier.ended_at is not None and earlier.ended_at > later.started_at:
            yield f"the outages from {_time(earlier.started_at)} and from {_time(later.started_at)} overlap"
    for outage in outages:
        started, end = outage.started_at, outage.ended_at
        if end is None:
            end = max(timeline[-1].end if timeline else 0, started + 1)
        seen = list(clip(timeline, started, end))
        if end > started and not (seen and seen[0].start == started and seen[0].state is State.DOWN):
            yield f"the outage from {_time(started)} doesn't begin with a second that was down"
        if available := [span for span in seen if span.state in _AVAILABLE]:
            what, at = available[0].state.value, _time(available[0].start)
            yield f"the outage from {_time(started)} is {what} at {at}"


def _sketches(connection: sqlite3.Connection, number: int) -> Iterator[str]:
    for day, data in connection.execute("SELECT day, data FROM sketch WHERE target = :target", {"target": number}):
        try:
            Sketch.from_bytes(data)
        except ValueError as error:
            yield f"the round-trip times of {day} can't be read: {error}"


def _causes(connection: sqlite3.Connection, number: int) -> Iterator[str]:
    rows = connection.execute(
        """SELECT verdict.started_at, evidence, outage.started_at, ended_at FROM verdict LEFT JOIN outage
               ON outage.target = verdict.target AND outage.started_at = verdict.started_at
           WHERE verdict.target = :target ORDER BY verdict.started_at""",
        {"target": number},
    )
    for started_at, evidence, outage, ended_at in rows:
        if outage is None:
            yield f"the cause of an outage from {_time(started_at)} that isn't there"
        elif ended_at is None:
            yield f"the outage from {_time(started_at)} is open, and has a final cause"
        try:
            Evidence.from_json(json.loads(evidence))
        except (ValueError, KeyError, TypeError) as error:
            yield f"the evidence of {_time(started_at)} can't be read: {error!r}"


def _bandwidth(connection: sqlite3.Connection, number: int) -> Iterator[str]:
    for day, data in connection.execute("SELECT day, data FROM bandwidth WHERE target = :target", {"target": number}):
        try:
            Means.from_bytes(data)
        except ValueError as error:
            yield f"the bandwidth of {_time(day)} can't be read: {error}"


def _time(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
