"""One SQLite file, open: settled spans and outages in, timelines out."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import date
from functools import update_wrapper
from pathlib import Path
from typing import Concatenate, ParamSpec, Self, TypeVar

from exporter import observation
from exporter.bandwidth import Mean
from exporter.cause import Known, Verdict
from exporter.errors import InputError, LedgerError
from exporter.ledger import checks, copying, filesystem, opening, outages, rows, schema, windows
from exporter.ledger.batch import Batch
from exporter.ledger.lock import WriterLock
from exporter.ledger.settling import Tail, settle
from exporter.maintenance import Window
from exporter.model import Cause, Maintenance
from exporter.observation import DevicePoll
from exporter.statistics import Sketch
from exporter.timeline import Interval, Outage, Span, State, union

_LOG_BYTES = 16 * 1024 * 1024  # what is kept of the write-ahead log after a long reader let it grow
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Restored:
    """Where the ledger left a target: its last span's end and state, its open outage, its seconds by state."""

    settled_until: int
    state: State
    outage: Outage | None
    seconds: dict[State, int]


def _guarded(
    method: Callable[Concatenate[Ledger, P], R],
) -> Callable[Concatenate[Ledger, P], R]:
    """Turn SQLite's errors into a LedgerError that names the file."""

    def guarded(self: Ledger, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with opening.told(self.path):
            return method(self, *args, **kwargs)

    update_wrapper(guarded, method)
    return guarded


class Ledger:
    """An open ledger; use `create` to write and `existing` to read, and close it, or use it as a context.

    Targets are links, whose id has a slash, and nodes. `overlaps` counts what a bug settled twice or the wrong way
    round; it isn't written.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, opened: ExitStack) -> None:
        self.path = path
        self.overlaps = 0
        self._connection = connection
        self._opened = opened
        self._files: list[tuple[int, int]] | None = None
        self._numbers: dict[str, int] = {}
        self._tails: dict[str, Tail] = {}
        self._decided: Counter[tuple[str, Cause]] = Counter()

    @classmethod
    def create(cls, path: Path, mounts: Path = filesystem.MOUNTS) -> Self:
        """Open a ledger for writing, made where it isn't there; LedgerError says why it can't be.

        One process writes at a time; a second one is a LedgerError, as is a network's folder by `mounts`. It may be
        read meanwhile. InputError where there is another thing than a ledger. What is refused isn't changed.
        """
        if not path.parent.is_dir():
            raise LedgerError(f"ledger {path}: the folder {path.parent} doesn't exist; make it, or name another file")
        if path.is_dir():
            raise InputError(f"ledger {path}: this is a folder; name a file in it")
        filesystem.refuse_network(path, mounts)
        with ExitStack() as stack:
            stack.enter_context(WriterLock(path))
            done = opening.inspected(path)
            connection = stack.enter_context(closing(opening.connect(path, "rwc")))
            with opening.told(path):
                _demand_leave_to_write(connection, path)
                schema.upgrade(connection, done)
                rows.prepare(connection)
            ledger = cls(path, connection, stack.pop_all())
        try:
            ledger._take_up()
        except BaseException:
            ledger.close()
            raise
        return ledger

    @classmethod
    def existing(cls, path: Path) -> Self:
        """Open one moment of a ledger for reading.

        InputError where there is none or it is no ledger, LedgerError where it can't be read.
        """
        if not path.is_file():
            what = "this is no file" if path.exists() else "there is no such file"
            raise InputError(f"ledger {path}: {what}; name the monitor's with --ledger")
        with ExitStack() as stack:
            connection = stack.enter_context(closing(opening.connect(path, "ro")))
            with opening.told(path):
                connection.execute("BEGIN")  # one view of the ledger, whatever is written meanwhile
                if not opening.steps(connection, path):
                    raise InputError(f"ledger {path}: the file is empty; name the monitor's with --ledger")
            return cls(path, connection, stack.pop_all())

    @_guarded
    def _take_up(self) -> None:
        self._numbers = {code: number for number, code in self._connection.execute("SELECT id, code FROM target")}
        self._tails = self._read_tails()
        self._decided = outages.counts(self._connection)
        self._files = self._identities()

    def _identities(self) -> list[tuple[int, int]] | None:
        """Return what tells the file and its log from others of their names, None where one is gone."""
        try:
            found = [path.stat() for path in (self.path, self.path.with_name(f"{self.path.name}-wal"))]
        except OSError:
            return None
        return [(status.st_dev, status.st_ino) for status in found]

    def _read_tails(self) -> dict[str, Tail]:
        found = self._connection.execute(
            """SELECT code, starts_at, ends_at, state,
                   coalesce(up, 0), coalesce(degraded, 0), coalesce(down, 0), coalesce(unmeasured, 0)
               FROM tail JOIN target ON target.id = tail.target
               LEFT JOIN closed_seconds ON closed_seconds.target = tail.target"""
        )
        return {
            code: Tail(start, end, State(state), dict(zip(State, closed, strict=True)))
            for code, start, end, state, *closed in found
        }

    def close(self) -> None:
        """Close the file, and let another process write it."""
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Write all that is done within, or nothing."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    @_guarded
    def write(self, batch: Batch) -> None:
        """Write a batch in one transaction; where it fails nothing of it is written."""
        if self._identities() != self._files:
            raise LedgerError(f"ledger {self.path}: the file is gone or was replaced; start terpadu run again")
        changes = settle(batch, self._tails)
        with self._transaction() as connection:
            unknown = (target for target in batch.targets() if target not in self._numbers)
            new = rows.insert_targets(connection, unknown)
            numbers = self._numbers | new if new else self._numbers
            rows.write(connection, changes, numbers)
            rows.add_sketches(connection, batch.sketches, numbers)
            rows.add_means(connection, batch.means, numbers)
            rows.write_devices(connection, batch, numbers)
            rows.write_cases(connection, batch.cases, numbers)
            decided = rows.insert_verdicts(connection, batch.verdicts, numbers)
        self._numbers = numbers
        self._tails.update(changes.tails)
        self._decided.update(decided)
        self.overlaps += changes.refused

    def outages_by_cause(self, target: str) -> dict[Cause, int]:
        """Return how many of a target's outages have each cause by what is committed. Any thread may ask."""
        return {cause: self._decided[target, cause] for cause in Cause}

    def seconds(self, target: str) -> dict[State, int]:
        """Return a target's committed seconds by state, 0 where it never was in one. Any thread may ask."""
        tail = self._tails.get(target)
        return dict.fromkeys(State, 0) if tail is None else tail.seconds()

    @_guarded
    def restore(self) -> dict[str, Restored]:
        """Return where each target was left, by its id; those without a span are absent."""
        opened = self.open_outages()
        return {
            code: Restored(
                tail.end,
                tail.state,
                opened.get(code),
                {state: seconds for state, seconds in tail.seconds().items() if seconds},
            )
            for code, tail in self._read_tails().items()
        }

    @_guarded
    def open_outages(self) -> dict[str, Outage]:
        """Return the open outage of each target, by its id; those without one are absent."""
        return outages.opened(self._connection)

    @_guarded
    def settled(self) -> tuple[int, int] | None:
        """Return the start of the first span and the end of the last one of all targets; None where there is none."""
        ((first, last),) = self._connection.execute(
            """SELECT min(coalesce((SELECT min(starts_at) FROM span WHERE span.target = tail.target), starts_at)),
                   max(ends_at) FROM tail"""
        )
        return None if first is None else (first, last)

    @_guarded
    def links(self, start: int, end: int) -> list[str]:
        """Return the ids of the links that have a span in `[start, end)`, in order."""
        found = self._connection.execute("SELECT code FROM target WHERE code LIKE '%/%' ORDER BY code").fetchall()
        return [code for (code,) in found if next(self._touching(code, start, end), None) is not None]

    @_guarded
    def spans(self, target: str, start: int, end: int) -> tuple[Span, ...]:
        """Return a target's spans that touch `[start, end)`, in order, uncut."""
        return tuple(self._touching(target, start, end))

    def _touching(self, target: str, start: int, end: int) -> Iterator[Span]:
        """Yield spans, from the last one that begins by `start`: spans don't overlap, so none before it touches."""
        found = self._connection.execute(
            """SELECT starts_at, ends_at, state FROM span
               WHERE target = (SELECT id FROM target WHERE code = :code) AND starts_at < :end AND ends_at > :start
                   AND starts_at >= coalesce((SELECT max(starts_at) FROM span
                       WHERE target = (SELECT id FROM target WHERE code = :code) AND starts_at <= :start), :start)
               UNION ALL
               SELECT starts_at, ends_at, state FROM tail
               WHERE target = (SELECT id FROM target WHERE code = :code) AND starts_at < :end AND ends_at > :start
               ORDER BY starts_at""",
            {"code": target, "start": start, "end": end},
        )
        return (Span(low, high, State(state)) for low, high, state in found)

    @_guarded
    def outages(self, target: str, start: int, end: int) -> tuple[Outage, ...]:
        """Return a target's outages that begin before `end` and don't end before `start`, in order."""
        return outages.touching(self._connection, target, start, end)

    @_guarded
    def outage(self, target: str, started_at: int) -> Outage | None:
        """Return a target's outage that began at an instant, None where none did."""
        return outages.one(self._connection, target, started_at)

    @_guarded
    def verdict(self, target: str, started_at: int) -> Verdict | None:
        """Return the final cause of a target's outage that began at an instant; None while there is none."""
        with self._readable(f"{target}: the evidence of an outage"):
            return outages.verdict(self._connection, target, started_at)

    @_guarded
    def undecided(self) -> list[tuple[str, Outage, Known | None]]:
        """Return the links' outages without a final cause, in order of beginning: link, outage, what is known of it."""
        with self._readable("what is known of outages"):
            return outages.undecided(self._connection)

    @_guarded
    def known(self, target: str, started_at: int) -> Known | None:
        """Return what is known of a link's outage without a final cause; None where there is none, or nothing is."""
        with self._readable(f"{target}: what is known of an outage"):
            return outages.known(self._connection, target, started_at)

    @contextmanager
    def _readable(self, what: str) -> Iterator[None]:
        """Turn values that can't be what was written into a LedgerError."""
        try:
            yield
        except (ValueError, KeyError, TypeError) as error:
            raise opening.damage(self.path, f"{what}: {error!r}") from error

    @_guarded
    def outages_since(self, start: int) -> list[tuple[str, Outage]]:
        """Return the outages of all targets that last, or ended at an instant or later, in order of beginning."""
        return outages.since(self._connection, start)

    @_guarded
    def last_polls(self) -> dict[str, DevicePoll]:
        """Return the last good poll of each link's device, without its bytes."""
        return outages.last_polls(self._connection)

    @_guarded
    def paths(self) -> dict[str, observation.Path]:
        """Return the last path on record that reached each link."""
        return outages.paths(self._connection)

    @_guarded
    def bandwidth(self, target: str, start: int, end: int) -> tuple[Mean, ...]:
        """Return a link's means of five minutes that begin in `[start, end)`, in order."""
        with self._readable(f"{target}: bandwidth"):
            return outages.bandwidth(self._connection, target, start, end)

    @_guarded
    def all_outages(self, limit: int) -> tuple[tuple[str, Outage], ...]:
        """Return the latest outages of all targets, each with its target's id, the latest first."""
        return outages.latest(self._connection, limit)

    @_guarded
    def bridged(self, target: str, start: int, end: int) -> tuple[Interval, ...]:
        """Return where a target was measured by bridging alone: intervals that touch `[start, end)`, uncut."""
        return union(
            self._connection.execute(
                """SELECT starts_at, ends_at FROM bridged WHERE target = (SELECT id FROM target WHERE code = :code)
                       AND starts_at < :end AND ends_at > :start""",
                {"code": target, "start": start, "end": end},
            )
        )

    @_guarded
    def sketch(self, target: str, first: date, last: date) -> Sketch:
        """Return a link's round-trip times over local days, both included, without those in maintenance."""
        merged = Sketch()
        for day, data in self._connection.execute(
            """SELECT day, data FROM sketch WHERE target = (SELECT id FROM target WHERE code = :code)
                   AND day BETWEEN :first AND :last AND NOT in_maintenance""",
            {"code": target, "first": date.isoformat(first), "last": date.isoformat(last)},
        ):
            try:
                merged.merge(Sketch.from_bytes(data))
            except ValueError as error:
                raise opening.damage(self.path, f"{target}: round-trip times of {day}") from error
        return merged

    @_guarded
    def record_inventory(self, document: str, seen_at: int, version: str) -> None:
        """Keep an inventory's text with the software's version, where the latest isn't of both already.

        It holds references to secrets, never one. `seen_at` is when the monitor first ran with it.
        """
        self._connection.execute(
            """INSERT INTO inventory (first_seen_at, version, document)
               SELECT :at, :version, :document WHERE NOT EXISTS (
                   SELECT 1 FROM (SELECT version, document FROM inventory ORDER BY revision DESC LIMIT 1)
                   WHERE version = :version AND document = :document)""",
            {"at": seen_at, "version": version, "document": document},
        )

    @_guarded
    def latest_inventory(self) -> str | None:
        """Return the text of the inventory that the monitor last ran with; None where it never recorded one."""
        found = self._connection.execute("SELECT document FROM inventory ORDER BY revision DESC LIMIT 1").fetchall()
        return str(found[0][0]) if found else None

    @_guarded
    def record_windows(self, announced: Iterable[Maintenance], at: int) -> None:
        """Take what the inventory announces at an instant (SLA_METHOD, Excluded, (a))."""
        with self._transaction() as connection:
            windows.record(connection, announced, at)

    @_guarded
    def windows(self) -> tuple[Window, ...]:
        """Return every window of maintenance in order of start; late and changed ones too."""
        return windows.read(self._connection)

    @_guarded
    def backup(self, path: Path) -> list[str]:
        """Copy the ledger as it is now into a new file; return what of it contradicts itself, see `verify`.

        InputError where the file exists, LedgerError where no whole copy can be made; then there is none.
        """
        return copying.backup(self._connection, self.path, path)

    def verify(self) -> list[str]:
        """Return what is wrong with the ledger, a sentence each; none where it is whole."""
        found: list[str] = []
        try:
            found.extend(checks.damages(self._connection))
            found.extend(checks.contradictions(self._connection))
        except sqlite3.Error as error:
            found.append(f"the file is damaged, or can't be read further: {error}")
        return found


def _demand_leave_to_write(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("ROLLBACK")
    ((mode,),) = connection.execute("PRAGMA journal_mode = WAL").fetchall()
    if mode != "wal":
        raise LedgerError(f"ledger {path}: this file system can't keep a write-ahead log; name a file on another disk")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}").close()
