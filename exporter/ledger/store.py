"""One SQLite file, open for writing: settled spans and outages in, and what persons say of them."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from exporter.amendment import Amendment
from exporter.errors import InputError, LedgerError
from exporter.ledger import (
    amendments,
    checks,
    closings,
    copying,
    filesystem,
    opening,
    outages,
    rows,
    schema,
    sites,
    windows,
)
from exporter.ledger.batch import Batch
from exporter.ledger.closings import Closing
from exporter.ledger.lock import WriterLock
from exporter.ledger.reading import Readings, guarded
from exporter.ledger.settling import Tail, settle
from exporter.maintenance import Window
from exporter.model import Cause, Maintenance
from exporter.timeline import Outage, State

_LOG_BYTES = 16 * 1024 * 1024  # what is kept of the write-ahead log after a long reader let it grow


@dataclass(frozen=True, slots=True)
class Restored:
    """Where the ledger left a target: its last span's end and state, its open outage, its seconds by state.

    `ended` is the latest of its outages that has ended.
    """

    settled_until: int
    state: State
    outage: Outage | None
    seconds: dict[State, int]
    ended: Outage | None = None


class Ledger(Readings):
    """An open ledger; `create` to write what is measured, `beside` to add to it meanwhile, `existing` to read.

    `overlaps` counts what a bug settled twice or the wrong way round; it isn't written.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, opened: ExitStack) -> None:
        super().__init__(path, connection, opened)
        self.overlaps = 0
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

    @classmethod
    def beside(cls, path: Path) -> Self:
        """Open a ledger to add what persons say, beside the monitor that writes it; errors as `existing`."""
        with cls.existing(path):
            pass
        with ExitStack() as stack:
            connection = stack.enter_context(closing(opening.connect(path, "rw")))
            with opening.told(path):
                opening.demand_current(connection, path)
                connection.execute("PRAGMA foreign_keys = ON")
            return cls(path, connection, stack.pop_all())

    @guarded
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

    @guarded
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
            refused = sites.write(connection, batch.sites)
        self._numbers = numbers
        self._tails.update(changes.tails)
        self._decided.update(decided)
        self.overlaps += changes.refused + refused

    def outages_by_cause(self, target: str) -> dict[Cause, int]:
        """Return how many of a target's outages have each cause by what is committed. Any thread may ask."""
        return {cause: self._decided[target, cause] for cause in Cause}

    def seconds(self, target: str) -> dict[State, int]:
        """Return a target's committed seconds by state, 0 where it never was in one. Any thread may ask."""
        tail = self._tails.get(target)
        return dict.fromkeys(State, 0) if tail is None else tail.seconds()

    @guarded
    def restore(self) -> dict[str, Restored]:
        """Return where each target was left, by its id; those without a span are absent."""
        opened, ended = self.open_outages(), outages.latest_ended(self._connection)
        return {
            code: Restored(
                tail.end,
                tail.state,
                opened.get(code),
                {state: seconds for state, seconds in tail.seconds().items() if seconds},
                ended.get(code),
            )
            for code, tail in self._read_tails().items()
        }

    @guarded
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

    @guarded
    def record_windows(self, announced: Iterable[Maintenance], at: int) -> None:
        """Take what the inventory announces at an instant (SLA_METHOD, Excluded, (a))."""
        with self._transaction() as connection:
            windows.record(connection, announced, at)

    @guarded
    def add_window(self, window: Window) -> Window:
        """Keep a window that a person adds, and return it with its number; InputError where it is known already."""
        with self._transaction() as connection:
            return windows.add(connection, window, self.path)

    @guarded
    def cut_window(self, number: int, at: int, by: str) -> Window:
        """End a window at an instant, which a person says; InputError where there is none, or it has ended."""
        with self._transaction() as connection:
            return windows.cut(connection, number, at, by, self.path)

    @guarded
    def add_amendment(self, said: Amendment) -> None:
        """Keep a person's word on an outage that the ledger holds."""
        with self._transaction() as connection:
            amendments.add(connection, said)

    @guarded
    def add_closing(self, of: Closing) -> None:
        """Keep a closing; a LedgerError where its revision is there already."""
        with self._transaction() as connection:
            closings.add(connection, of)

    @guarded
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
