"""What an open ledger says, one moment of it: timelines, outages and their causes, their days, what was closed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from functools import update_wrapper
from pathlib import Path
from typing import Concatenate, ParamSpec, Self, TypeVar

from exporter import observation
from exporter.amendment import Amendment
from exporter.bandwidth import Mean, Rates
from exporter.cause import Known, Verdict
from exporter.ledger import amendments, closings, finding, opening, outages, sites, windows
from exporter.ledger.closings import Closed, Closing
from exporter.ledger.finding import OutageFilter
from exporter.ledger.sites import RestoredSite
from exporter.maintenance import Window
from exporter.observation import DevicePoll
from exporter.pacing import resting
from exporter.statistics import Sketch
from exporter.timeline import Interval, Outage, Span, State, union
from exporter.website import Publication, SiteSpan

P = ParamSpec("P")
R = TypeVar("R")
Self_ = TypeVar("Self_", bound="Readings")
_STATES = {state.value: state for state in State}  # State(value) takes as long as all the rest of a row


def guarded(method: Callable[Concatenate[Self_, P], R]) -> Callable[Concatenate[Self_, P], R]:
    """Turn SQLite's errors into a LedgerError that names the file."""

    def told(self: Self_, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with opening.told(self.path):
            return method(self, *args, **kwargs)

    update_wrapper(told, method)
    return told


class Readings:
    """A ledger's reading half; close it, or use it as a context.

    Targets are links, whose id has a slash, and nodes.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, opened: ExitStack) -> None:
        self.path = path
        self._connection = connection
        self._opened = opened

    def close(self) -> None:
        """Close the file, and let another process write it."""
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @guarded
    def open_outages(self) -> dict[str, Outage]:
        """Return the open outage of each target, by its id; those without one are absent."""
        return outages.opened(self._connection)

    @guarded
    def settled(self) -> tuple[int, int] | None:
        """Return the start of the first span and the end of the last one of all targets; None where there is none."""
        ((first, last),) = self._connection.execute(
            """SELECT min(coalesce((SELECT min(starts_at) FROM span WHERE span.target = tail.target), starts_at)),
                   max(ends_at) FROM tail"""
        )
        return None if first is None else (first, last)

    @guarded
    def links(self, start: int, end: int) -> list[str]:
        """Return the ids of the links that have a span in `[start, end)`, in order."""
        found = self._connection.execute("SELECT code FROM target WHERE code LIKE '%/%' ORDER BY code").fetchall()
        return [code for (code,) in found if next(self._touching(code, start, end), None) is not None]

    @guarded
    def has_measured(self, start: int, end: int) -> bool:
        """Return whether anything was measured of any target in `[start, end)`."""
        return bool(
            self._connection.execute(
                """SELECT EXISTS (SELECT 1 FROM span WHERE starts_at < :end AND ends_at > :start
                           AND state <> 'unmeasured')
                       OR EXISTS (SELECT 1 FROM tail WHERE starts_at < :end AND ends_at > :start
                           AND state <> 'unmeasured')""",
                {"start": start, "end": end},
            ).fetchone()[0]
        )

    @guarded
    def held_links(self) -> list[str]:
        """Return the ids of the links that have any span."""
        found = self._connection.execute(
            "SELECT code FROM target JOIN tail ON tail.target = target.id WHERE code LIKE '%/%' ORDER BY code"
        )
        return [code for (code,) in found]

    @guarded
    def spans(self, target: str, start: int, end: int) -> tuple[Span, ...]:
        """Return a target's spans that touch `[start, end)`, in order, uncut."""
        return tuple(resting(self._touching(target, start, end)))

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
        return (Span(low, high, _STATES[state]) for low, high, state in found)

    @guarded
    def outages(self, target: str, start: int, end: int) -> tuple[Outage, ...]:
        """Return a target's outages that begin before `end` and don't end before `start`, in order."""
        return outages.touching(self._connection, target, start, end)

    @guarded
    def outage(self, target: str, started_at: int) -> Outage | None:
        """Return a target's outage that began at an instant, None where none did."""
        return outages.one(self._connection, target, started_at)

    @guarded
    def verdict(self, target: str, started_at: int) -> Verdict | None:
        """Return the final cause of a target's outage that began at an instant; None while there is none."""
        with self._readable(f"{target}: the evidence of an outage"):
            return outages.verdict(self._connection, target, started_at)

    @guarded
    def verdicts(self, target: str, start: int, end: int) -> dict[int, Verdict]:
        """Return the final causes of a target's outages that touch `[start, end)`, by when these began."""
        with self._readable(f"{target}: the evidence of outages"):
            return outages.verdicts(self._connection, target, start, end)

    @guarded
    def undecided(self) -> list[tuple[str, Outage, Known | None]]:
        """Return the links' outages without a final cause, in order of beginning: link, outage, what is known of it."""
        with self._readable("what is known of outages"):
            return outages.undecided(self._connection)

    @guarded
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

    @guarded
    def outages_since(self, start: int) -> list[tuple[str, Outage]]:
        """Return the outages of all targets that last, or ended at an instant or later, in order of beginning."""
        return outages.since(self._connection, start)

    @guarded
    def last_polls(self) -> dict[str, DevicePoll]:
        """Return the last good poll of each link's device, without its bytes."""
        return outages.last_polls(self._connection)

    @guarded
    def paths(self) -> dict[str, observation.Path]:
        """Return the last path on record that reached each link."""
        return outages.paths(self._connection)

    @guarded
    def bandwidth(self, target: str, start: int, end: int) -> tuple[Mean, ...]:
        """Return a link's means of five minutes that begin in `[start, end)`, in order."""
        with self._readable(f"{target}: bandwidth"):
            return outages.bandwidth(self._connection, target, start, end)

    @guarded
    def rates(self, target: str, start: int, end: int) -> Rates:
        """Return the same as two rows of numbers: for many links, and for sums."""
        with self._readable(f"{target}: bandwidth"):
            return outages.rates(self._connection, target, start, end)

    @guarded
    def all_outages(self, limit: int) -> tuple[tuple[str, Outage], ...]:
        """Return the latest outages of all targets, each with its target's id, the latest first."""
        return outages.latest(self._connection, limit)

    @guarded
    def find_outages(self, of: OutageFilter, limit: int) -> tuple[tuple[str, Outage], ...]:
        """Return the latest outages of all targets that are wanted, each with its target's id, the latest first."""
        return finding.find(self._connection, of, limit)

    @guarded
    def bridged(self, target: str, start: int, end: int) -> tuple[Interval, ...]:
        """Return where a target was measured by bridging alone: intervals that touch `[start, end)`, uncut."""
        return union(
            self._connection.execute(
                """SELECT starts_at, ends_at FROM bridged WHERE target = (SELECT id FROM target WHERE code = :code)
                       AND starts_at < :end AND ends_at > :start""",
                {"code": target, "start": start, "end": end},
            )
        )

    @guarded
    def sketch(self, target: str, first: date, last: date) -> Sketch:
        """Return a link's round-trip times over local days, both included, without those in maintenance."""
        merged = Sketch()
        for day, data in self._connection.execute(
            """SELECT day, data FROM sketch WHERE target = (SELECT id FROM target WHERE code = :code)
                   AND day BETWEEN :first AND :last AND NOT in_maintenance""",
            {"code": target, "first": date.isoformat(first), "last": date.isoformat(last)},
        ):
            try:
                merged.merge_bytes(data)
            except ValueError as error:
                raise opening.damage(self.path, f"{target}: round-trip times of {day}") from error
        return merged

    @guarded
    def latest_inventory(self) -> str | None:
        """Return the text of the inventory that the monitor last ran with; None where it never recorded one."""
        found = self._connection.execute("SELECT document FROM inventory ORDER BY revision DESC LIMIT 1").fetchall()
        return str(found[0][0]) if found else None

    @guarded
    def inventories(self, start: int, end: int) -> tuple[str, ...]:
        """Return the texts of the inventories that were in force within `[start, end)`, the last first."""
        found = self._connection.execute(
            """SELECT document FROM inventory AS mine WHERE first_seen_at < :end AND NOT EXISTS (
                   SELECT 1 FROM inventory WHERE revision = mine.revision + 1 AND first_seen_at <= :start)
               ORDER BY revision DESC""",
            {"start": start, "end": end},
        )
        return tuple(text for (text,) in found)

    @guarded
    def windows(self) -> tuple[Window, ...]:
        """Return every window of maintenance in order of start; late and changed ones too."""
        with self._readable("maintenance"):
            return windows.read(self._connection)

    @guarded
    def amendments(self) -> tuple[Amendment, ...]:
        """Return what persons have said of outages, in the order of saying."""
        return amendments.read(self._connection)

    @guarded
    def amendments_of(self, link: str, started_at: int) -> tuple[Amendment, ...]:
        """Return what persons have said of a link's outage that began at an instant, in the order of saying."""
        return amendments.read(self._connection, link, started_at)

    @guarded
    def closing(self, month: str) -> Closing | None:
        """Return the latest closing of a month, written as `YYYY-MM`; None where it was never closed."""
        return closings.latest(self._connection, month)

    @guarded
    def closed_inventories(self, month: str) -> tuple[str, ...]:
        """Return the texts of the inventories that a month was closed with, the last revision's first."""
        return closings.inventories(self._connection, month)

    @guarded
    def closed_months(self) -> tuple[Closed, ...]:
        """Return the months that were closed, in order."""
        return closings.months(self._connection)

    @guarded
    def site_spans(self, office: str, start: int, end: int) -> tuple[SiteSpan, ...]:
        """Return the spans of an office's website that touch `[start, end)`, in order, uncut."""
        with self._readable(f"website of {office}"):
            return sites.spans(self._connection, office, start, end)

    @guarded
    def publications(self, office: str, until: int) -> tuple[Publication, ...]:
        """Return what an office's website published, as far as it was seen before an instant, the oldest first."""
        with self._readable(f"website of {office}"):
            return sites.publications(self._connection, office, until)

    @guarded
    def sites(self) -> list[str]:
        """Return the offices whose website has any span, in order."""
        return sites.offices(self._connection)

    @guarded
    def restored_sites(self) -> dict[str, RestoredSite]:
        """Return where each website was left, by its office."""
        with self._readable("websites"):
            return sites.restored(self._connection)
