"""What the ledgers hold of a link's month: its timeline, its outages and what is known and said of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from exporter import maintenance, office, sla
from exporter.account import Account, Course, account
from exporter.amendment import Amendment, word
from exporter.cause import Verdict
from exporter.errors import InputError
from exporter.exclusion import Exclusions, Explained, exclusions
from exporter.ledger import Ledger
from exporter.maintenance import Window
from exporter.model import Inventory, Link, Office, Provider
from exporter.report.summary import Percentile
from exporter.sla import Figures, Incident, Month
from exporter.statistics import Sketch
from exporter.terms import Terms
from exporter.timeline import Interval, Outage, Span, State, clip, union

AVAILABLE = (State.UP, State.DEGRADED)
_CAUSE_SECONDS = 900  # after an outage's end its cause is known, or nobody seeks it


class Sources:
    """One or more ledgers, of which no two hold one link; InputError names those that do."""

    def __init__(self, ledgers: Sequence[Ledger]) -> None:
        self._ledgers = ledgers
        self._of: dict[str, Ledger] = {}
        self._windows = {ledger.path: ledger.windows() for ledger in ledgers}
        self._amendments: dict[tuple[str, int], list[Amendment]] = {}
        for ledger in ledgers:
            for link in ledger.held_links():
                other = self._of.setdefault(link, ledger)
                if other is not ledger:
                    raise InputError(
                        f"{link} is in {other.path} and in {ledger.path}: one report can't hold a link twice;"
                        " name one ledger for each link"
                    )
            for said in ledger.amendments():
                self._amendments.setdefault((said.link, said.started_at), []).append(said)

    @property
    def names(self) -> str:
        """The files."""
        return ", ".join(str(ledger.path) for ledger in self._ledgers)

    def settled(self) -> tuple[int, int]:
        """Return the start of the first span and the end of the last; InputError where there is none."""
        known = [settled for ledger in self._ledgers if (settled := ledger.settled()) is not None]
        if not known:
            raise InputError(f"ledger {self.names}: nothing is settled yet; let the monitor run for a minute")
        return min(first for first, _ in known), max(last for _, last in known)

    def of(self, link: str) -> Ledger:
        """Return the ledger that holds a link; one without a span is in none, so any will do."""
        return self._of.get(link, self._ledgers[0])

    def beside(self, inventory: Inventory, start: int, end: int) -> tuple[str, ...]:
        """Return the links that have a span in `[start, end)` and aren't in an inventory, in order."""
        known = {link.id for link in inventory.links()}
        found = {link for ledger in self._ledgers for link in ledger.links(start, end)}
        return tuple(sorted(found - known))

    def windows_of(self, link: str) -> tuple[Window, ...]:
        """Return every window that the ledger of a link knows."""
        return self._windows[self.of(link).path]

    def windows(self, links: Iterable[str]) -> tuple[Window, ...]:
        """Return the windows that the ledgers of some links know, each once, in order of start."""
        paths = dict.fromkeys(self.of(link).path for link in links)
        every = {(of.scope, of.starts_at, of.ends_at): of for path in paths for of in self._windows[path]}
        return tuple(sorted(every.values(), key=lambda of: (of.starts_at, of.ends_at, of.scope)))

    @property
    def last_amendment(self) -> int:
        """The number of the last amendment that is known, 0 for none."""
        return max((said.number for of in self._amendments.values() for said in of), default=0)

    def amendments(self, link: str, started_at: int) -> tuple[Amendment, ...]:
        """Return what persons have said of an outage, in the order of saying."""
        return tuple(self._amendments.get((link, started_at), ()))


def known_until(sources: Sources, month: Month, zone: ZoneInfo) -> int:
    """Return the end of what is settled; InputError where nothing of the month is."""
    start, end = month.period(zone)
    first, last = sources.settled()
    if start >= last or end <= first:
        raise InputError(
            f"ledger {sources.names}: it has nothing of {month};"
            f" it goes from {_local(first, zone)} to {_local(last, zone)}"
        )
    return last


@dataclass(frozen=True)
class Measured:
    """One link's time in a month, or in its end, as its ledger holds it.

    `period` is its validity in that time, in the running month up to its last settled second; `validity` is that of the
    whole. The timeline lies within its validity, and reaches from before the first outage of its office that touches
    the month to after the end of the last; `watched` is how far. `settled_until` is the end of the last span that was
    read, None without one. `recovered_at` are the ends of outages at which the link was available again. Once
    `decided_at` is settled nothing that comes later changes the month.
    """

    link: Link
    month: Interval
    period: Interval
    validity: Interval
    watched: Interval
    timeline: tuple[Span, ...]
    settled_until: int | None
    explained: dict[int, Explained]
    verdicts: dict[int, Verdict]
    amendments: tuple[Amendment, ...]
    recovered_at: frozenset[int]
    exclusions: Exclusions
    bridged: tuple[Interval, ...]
    decided_at: int
    has_pending_cause: bool

    @property
    def is_valid(self) -> bool:
        """Whether it has any time in the month."""
        return self.validity[0] < self.validity[1]

    @property
    def outages(self) -> tuple[Outage, ...]:
        """Its outages that touch the month, in order."""
        return tuple(of.outage for of in self.explained.values())

    @cached_property
    def incidents(self) -> tuple[Incident, ...]:
        """Its outages that have a down second, in order; some of them with no counted one."""
        out = self.exclusions.together
        return sla.incidents(self.link.id, self.outages, self.timeline, self.month, out, self.watched)

    def account(self, terms: Sequence[Terms], provider: Provider) -> Account:
        """Return its account of the period."""
        least = _min_outage_seconds(provider)
        long = [
            (of.started_at, self.watched[1] if of.ended_at is None else of.ended_at)
            for of in self.incidents
            if self._known_seconds(of) > least
        ]
        course = Course(self.timeline, self.exclusions, self.bridged, long, least, self.watched)
        return account(course, terms, *self.period)

    def _known_seconds(self, of: Incident) -> int:
        """Return an outage's counted seconds; those of an open one as far as the ledger is read beyond the month."""
        if of.ended_at is not None:
            return of.seconds
        begin = max(of.started_at, self.watched[0])
        return sla.figures(self.timeline, begin, max(begin, self.watched[1]), self.exclusions.together).down

    def until(self, instant: int) -> Measured:
        """Return the same up to an instant; what is known of its outages stays whole."""
        low, high = self.period
        return replace(self, period=(low, max(low, min(high, instant))))

    def is_open(self, known_until: int) -> bool:
        """Return whether something of its month may change still by itself.

        An outage lasts, or has no cause yet; or its end isn't settled, or not far enough to tell how long what lies
        over it is.
        """
        end = self.validity[1]
        if not self.is_valid:
            return False
        if self.has_pending_cause or any(outage.ended_at is None for outage in self.outages):
            return True
        if end == self.month[1] and known_until < self.decided_at:
            return True
        settled = self.validity[0] if self.settled_until is None else self.settled_until
        icmp = self.link.icmp
        slots = max(icmp.down_after, icmp.up_after) + icmp.bridge
        return settled < end and known_until < end + slots * icmp.interval_seconds + icmp.timeout_seconds


def measure(
    sources: Sources, item: Office, inventory: Inventory, month: Interval, known_until: int
) -> tuple[Measured, ...]:
    """Read the links of an office in a month, or in its end.

    `known_until` is the end of all that is settled; where the month is running each link counts to its own.
    """
    outages = {link.id: sources.of(link.id).outages(link.id, *month) for link in item.links}
    touching = [outage for found in outages.values() for outage in found]
    extent = (
        min([month[0], *(outage.started_at for outage in touching)]),
        max([month[1], *(outage.ended_at or 0 for outage in touching)]),
    )
    return tuple(
        _measure(sources, link, inventory, _Asked(month, extent, known_until), outages[link.id]) for link in item.links
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    month: Interval
    extent: Interval
    known_until: int


def _measure(sources: Sources, link: Link, inventory: Inventory, asked: _Asked, found: Sequence[Outage]) -> Measured:
    """Read a link's time in a month, and what of its outages lies outside.

    An outage that is open once the month is over is followed as far as it takes to tell whether it is long enough for a
    credit, so that the month doesn't change while it lasts.
    """
    zone, ledger = inventory.organisation.timezone, sources.of(link.id)
    provider = inventory.providers[link.provider]
    beside = 1 + _min_outage_seconds(provider)  # for whether a silent time at the month's edge is long enough
    begin, finish = asked.extent[0] - beside, asked.extent[1] + beside
    read = ledger.spans(link.id, begin, finish)
    settled_until = read[-1].end if read else None
    low, high = validity = sla.within_validity(link, zone, *asked.month)
    outages = tuple(_within(found, sla.validity(link, zone), asked.known_until)) if low < high else ()
    valid_from, valid_until = sla.within_validity(link, zone, begin, finish)
    known_until = asked.known_until
    if known_until < asked.month[1]:
        known_until = high = max(low, min(high, low if settled_until is None else settled_until))
    if any(outage.ended_at is None for outage in outages):
        known_until = min(known_until, asked.month[1] + beside)
    watched = valid_from, max(valid_from, min(valid_until, known_until))
    timeline = tuple(clip(read, *watched))
    verdicts = ledger.verdicts(link.id, *asked.month) if outages else {}
    said = {outage.started_at: sources.amendments(link.id, outage.started_at) for outage in outages}
    explained = _explained(outages, verdicts, said)
    pending = any(
        outage.ended_at is not None
        and outage.started_at not in verdicts
        and _is_pending(ledger, link.id, outage, asked)
        for outage in outages
    )
    windows = maintenance.excluded(sources.windows_of(link.id), link, inventory)
    return Measured(
        link=link,
        month=asked.month,
        period=(low, high),
        validity=validity,
        watched=watched,
        timeline=timeline,
        settled_until=settled_until,
        explained=explained,
        verdicts=verdicts,
        amendments=tuple(amendment for of_outage in said.values() for amendment in of_outage),
        recovered_at=_recoveries(timeline, outages),
        exclusions=exclusions(windows, timeline, explained.values(), provider),
        bridged=ledger.bridged(link.id, *asked.month),
        decided_at=asked.month[1] + beside,
        has_pending_cause=pending,
    )


def _is_pending(ledger: Ledger, link: str, outage: Outage, asked: _Asked) -> bool:
    """Return whether an ended outage's cause may come yet: it ended just now, or a monitor gathers evidence on it."""
    is_recent = outage.ended_at is not None and asked.known_until < outage.ended_at + _CAUSE_SECONDS
    return is_recent or ledger.known(link, outage.started_at) is not None


def _explained(
    outages: Iterable[Outage], verdicts: Mapping[int, Verdict], said: Mapping[int, Sequence[Amendment]]
) -> dict[int, Explained]:
    """Return outages with their causes and what was said of them, by their beginnings."""
    return {
        at: Explained(outage, verdicts[at].cause if at in verdicts else None, word(said[at]))
        for outage in outages
        for at in (outage.started_at,)
    }


def _min_outage_seconds(provider: Provider) -> int:
    return 0 if provider.credit is None else provider.credit.min_outage_seconds


def _within(outages: Iterable[Outage], validity: tuple[int | None, int | None], known_until: int) -> Iterator[Outage]:
    """Yield the outages that touch a validity; one that lasts longer ends with it, once that is past."""
    begin, end = validity
    for outage in outages:
        if begin is not None and outage.ended_at is not None and outage.ended_at <= begin:
            continue
        if end is None or (outage.ended_at is not None and outage.ended_at <= end):
            yield outage
        elif outage.started_at < end:
            yield replace(outage, ended_at=end if end <= known_until else None)


def connected(measured: Sequence[Measured]) -> Figures:
    """Return the seconds of an office whose links are these: up is connected, down is offline."""
    timeline = office.timeline([of.timeline for of in measured])
    excluded = office.excluded([(of.watched, of.exclusions.together) for of in measured])
    return sum((sla.figures(timeline, *part, excluded) for part in union(of.period for of in measured)), Figures())


def _recoveries(read: Sequence[Span], outages: Iterable[Outage]) -> frozenset[int]:
    """Return the ends of outages at which a link was available again."""
    ends = {outage.ended_at for outage in outages if outage.ended_at is not None}
    if not ends:
        return frozenset()
    return frozenset(ends & {span.start for span in read if span.state in AVAILABLE})


@dataclass(frozen=True, slots=True)
class Days:
    """What a link's days showed beside its states: round trips while it was available, and what it carried.

    `sha256` is the hash of the means that the percentiles are of.
    """

    sketch: Sketch
    receive: Percentile
    transmit: Percentile
    sha256: str


def read_days(sources: Sources, measured: Measured, month: Month) -> Days:
    """Read the days of a link's month."""
    link, ledger = measured.link.id, sources.of(measured.link.id)
    rates = ledger.rates(link, *measured.period)
    return Days(
        ledger.sketch(link, month.first_day, month.last_day),
        Percentile.of(rates.receive),
        Percentile.of(rates.transmit),
        hashlib.sha256(rates.receive.tobytes() + rates.transmit.tobytes()).hexdigest(),
    )


def _local(at: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at, UTC).astimezone(zone).strftime("%Y-%m-%d %H:%M")
