"""One SQLite file: settled spans and outages in, timelines out. Every SQL statement but the schema stands here."""

from __future__ import annotations

import fcntl
import logging
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from functools import update_wrapper
from pathlib import Path
from typing import Concatenate, ParamSpec, Self, TextIO, TypeVar

from exporter.errors import InputError, LedgerError
from exporter.ledger import schema
from exporter.timeline import Outage, Span, State, merge

logger = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(slots=True)
class Batch:
    """What was settled and not written yet, by link id; spans in order of time."""

    spans: dict[str, list[Span]] = field(default_factory=dict)
    outages: dict[tuple[str, int], Outage] = field(default_factory=dict)

    def add(self, link: str, spans: Iterable[Span], outage: Outage | None) -> None:
        """Take what one step settled; neighbours of one state become one span."""
        held = self.spans.get(link, [])
        if joined := [*merge([*held[-1:], *spans])]:
            self.spans[link] = [*held[:-1], *joined]
        if outage is not None:
            self.outages[link, outage.started_at] = outage

    def __bool__(self) -> bool:
        return bool(self.spans or self.outages)


@dataclass(frozen=True, slots=True)
class Restored:
    """Where the ledger left a link: its last span's end and state, its open outage, its seconds by state."""

    settled_until: int
    state: State
    outage: Outage | None
    seconds: dict[State, int]


def _guarded(
    method: Callable[Concatenate[Ledger, P], R],
) -> Callable[Concatenate[Ledger, P], R]:
    """Turn SQLite's errors into a LedgerError that names the file."""

    def guarded(self: Ledger, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(self, *args, **kwargs)
        except sqlite3.Error as error:
            raise LedgerError(f"ledger {self.path}: {error}") from error

    update_wrapper(guarded, method)
    return guarded


class Ledger:
    """An open ledger; use `create` to write and `existing` to read, and close it, or use it as a context."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._lock: TextIO | None = None
        self._file: tuple[int, int] | None = None
        self._ids: dict[str, int] = {}
        self._last: dict[int, Span] = {}
        self.overlaps = 0

    @classmethod
    def create(cls, path: Path) -> Self:
        """Open a ledger for writing, made where it isn't there; LedgerError says why it can't be.

        One process writes at a time; a second one is a LedgerError. It may be read meanwhile.
        """
        if not path.parent.is_dir():
            raise LedgerError(f"ledger {path}: the folder {path.parent} doesn't exist; make it, or name another file")
        return cls._open(path, "rwc", cls._prepare)

    @classmethod
    def existing(cls, path: Path) -> Self:
        """Open a ledger for reading; InputError where there is none, LedgerError where it can't be read."""
        if not path.is_file():
            what = "this is no file" if path.exists() else "there is no such file"
            raise InputError(f"ledger {path}: {what}; name the monitor's with --ledger")
        return cls._open(path, "ro", cls._check)

    @classmethod
    def _open(cls, path: Path, mode: str, first: Callable[[Self], None]) -> Self:
        uri = f"{path.resolve().as_uri()}?mode={mode}"
        try:
            connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=10)
        except sqlite3.Error as error:
            raise LedgerError(f"ledger {path}: {error}; check the folder's owner and free space") from error
        ledger = cls(path, connection)
        try:
            first(ledger)
        except BaseException:
            ledger.close()
            raise
        return ledger

    @_guarded
    def _prepare(self) -> None:
        self._take_lock()
        done = schema.applied(self._connection, self.path)
        self._demand_leave_to_write()
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        schema.upgrade(self._connection, done)
        self._load_cache()

    def _demand_leave_to_write(self) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            raise LedgerError(f"ledger {self.path}: {error}; give the file to the user that runs terpadu") from error
        self._file = self._identity()

    def _identity(self) -> tuple[int, int] | None:
        """Return what tells this file from another of its name, None where there is none."""
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def _take_lock(self) -> None:
        """Lock a file beside the ledger: closing the ledger's own by another descriptor would drop SQLite's locks."""
        beside = self.path.with_name(f"{self.path.name}.lock")
        try:
            self._lock = beside.open("a", encoding="ascii")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LedgerError(
                f"ledger {self.path}: another terpadu run writes it; end that one, or name another file with --ledger"
            ) from error
        except OSError as error:
            reason = error.strerror or error
            raise LedgerError(f"ledger {self.path}: {beside.name} beside it can't be opened: {reason}") from error

    @_guarded
    def _check(self) -> None:
        if not schema.applied(self._connection, self.path):
            raise InputError(f"ledger {self.path}: the file is empty; name the monitor's with --ledger")
        self._connection.execute("BEGIN")  # one view of the ledger, whatever is written meanwhile

    def _load_cache(self) -> None:
        self._ids = {code: id_ for id_, code in self._connection.execute("SELECT id, code FROM link")}
        rows = self._connection.execute("SELECT link, MAX(starts_at), ends_at, state FROM span GROUP BY link")
        self._last = {link: Span(start, end, State(state)) for link, start, end, state in rows}

    def close(self) -> None:
        """Close the file, and let another process write it."""
        self._connection.close()
        if self._lock is not None:
            self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @_guarded
    def write(self, batch: Batch) -> None:
        """Write a batch in one transaction; where it fails nothing of it is written."""
        connection = self._connection
        if self._identity() != self._file:
            raise LedgerError(f"ledger {self.path}: the file is gone or was replaced; start terpadu run again")
        try:
            connection.execute("BEGIN IMMEDIATE")
            for link, spans in batch.spans.items():
                for span in spans:
                    self._write_span(self._link(link), span)
            for (link, _), outage in batch.outages.items():
                self._write_outage(self._link(link), outage)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            self._load_cache()
            raise

    def _link(self, code: str) -> int:
        if code not in self._ids:
            self._connection.execute("INSERT INTO link (code) VALUES (:code)", {"code": code})
            ((self._ids[code],),) = self._connection.execute("SELECT id FROM link WHERE code = :code", {"code": code})
        return self._ids[code]

    def _write_span(self, link: int, span: Span) -> None:
        """Write what of a span isn't written yet: a second is written once, and a bug must not stop all others."""
        last = self._last.get(link)
        if last is not None and span.start < last.end:
            self.overlaps += 1
            logger.error("ledger_overlap link=%d span=%s written=%s", link, span, last)
            if span.end <= last.end:
                return
            span = Span(last.end, span.end, span.state)
        if last is not None and last.end == span.start and last.state is span.state:
            span = Span(last.start, span.end, span.state)
        self._connection.execute(
            """INSERT INTO span (link, starts_at, ends_at, state) VALUES (:link, :start, :end, :state)
               ON CONFLICT (link, starts_at) DO UPDATE SET ends_at = excluded.ends_at""",
            {"link": link, "start": span.start, "end": span.end, "state": span.state.value},
        )
        self._last[link] = span

    def _write_outage(self, link: int, outage: Outage) -> None:
        self._connection.execute(
            """INSERT INTO outage (link, started_at, confirmed_at, ended_at) VALUES (:link, :start, :confirmed, :end)
               ON CONFLICT (link, started_at) DO UPDATE SET ended_at = excluded.ended_at""",
            {"link": link, "start": outage.started_at, "confirmed": outage.confirmed_at, "end": outage.ended_at},
        )

    @_guarded
    def restore(self) -> dict[str, Restored]:
        """Return where each link was left, by link id; links without a span are absent."""
        seconds: dict[str, dict[State, int]] = {}
        for code, state, total in self._connection.execute(
            "SELECT code, state, SUM(ends_at - starts_at) FROM span JOIN link ON link.id = span.link"
            " GROUP BY code, state"
        ):
            seconds.setdefault(code, {})[State(state)] = total
        opened = {
            code: Outage(started, confirmed)
            for code, started, confirmed in self._connection.execute(
                "SELECT code, started_at, confirmed_at FROM outage JOIN link ON link.id = outage.link"
                " WHERE ended_at IS NULL"
            )
        }
        rows = self._connection.execute(
            "SELECT code, MAX(starts_at), ends_at, state FROM span JOIN link ON link.id = span.link GROUP BY link"
        )
        return {code: Restored(end, State(state), opened.get(code), seconds[code]) for code, _, end, state in rows}

    @_guarded
    def settled(self) -> tuple[int, int] | None:
        """Return the start of the first span and the end of the last one of all links; None where there is none."""
        ((first, last),) = self._connection.execute("SELECT MIN(starts_at), MAX(ends_at) FROM span")
        return None if first is None else (first, last)

    @_guarded
    def links(self, start: int, end: int) -> list[str]:
        """Return the ids of the links that have a span in `[start, end)`."""
        rows = self._connection.execute(
            "SELECT DISTINCT code FROM span JOIN link ON link.id = span.link"
            " WHERE starts_at < :end AND ends_at > :start ORDER BY code",
            {"start": start, "end": end},
        )
        return [code for (code,) in rows]

    @_guarded
    def spans(self, link: str, start: int, end: int) -> tuple[Span, ...]:
        """Return a link's spans that touch `[start, end)`, in order, uncut."""
        rows = self._connection.execute(
            """SELECT starts_at, ends_at, state FROM span JOIN link ON link.id = span.link
               WHERE code = :code AND starts_at < :end AND ends_at > :start ORDER BY starts_at""",
            {"code": link, "start": start, "end": end},
        )
        return tuple(Span(low, high, State(state)) for low, high, state in rows)

    @_guarded
    def outages(self, link: str, start: int, end: int) -> tuple[Outage, ...]:
        """Return a link's outages that touch `[start, end]`, in order."""
        rows = self._connection.execute(
            """SELECT started_at, confirmed_at, ended_at FROM outage JOIN link ON link.id = outage.link
               WHERE code = :code AND started_at < :end AND (ended_at IS NULL OR ended_at >= :start)
               ORDER BY started_at""",
            {"code": link, "start": start, "end": end},
        )
        return tuple(Outage(*row) for row in rows)

    @_guarded
    def record_inventory(self, document: str, seen_at: int) -> None:
        """Keep an inventory's text, where it isn't the latest already; it holds references to secrets, never one."""
        if self._latest_inventory() != document:
            self._connection.execute(
                "INSERT INTO inventory (seen_at, document) VALUES (:at, :document)",
                {"at": seen_at, "document": document},
            )

    @_guarded
    def latest_inventory(self) -> str | None:
        """Return the text of the inventory that the monitor last ran with; None where it never recorded one."""
        return self._latest_inventory()

    def _latest_inventory(self) -> str | None:
        with closing(self._connection.cursor()) as cursor:
            row = cursor.execute("SELECT document FROM inventory ORDER BY revision DESC LIMIT 1").fetchone()
        return None if row is None else str(row[0])
