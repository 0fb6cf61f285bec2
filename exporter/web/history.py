"""What the ledger says of the last 24 hours and the last 90 days of each link and office, in cells of time.

It is read in a thread beside the loop, and rests so that no echo waits. Days that are finished are read once.
"""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import repeat
from operator import add, attrgetter
from zoneinfo import ZoneInfo

from exporter import office, sla
from exporter.ledger import Ledger
from exporter.model import Inventory, Link, Office
from exporter.pacing import rest, resting
from exporter.report.outages import EVER
from exporter.timeline import Span, State, clip, subtract, union

CELLS = 48
CELL_SECONDS = 1800
DAYS = 90
_Seconds = Mapping[State, "array[int]"]


@dataclass(frozen=True, slots=True)
class Strip:
    """Settled seconds by state in consecutive cells; cell i is `[edges[i], edges[i + 1])`.

    What isn't settled, or lies outside the validity, is in no state; what is settled and no span covers is unmeasured.
    """

    edges: Sequence[int]
    seconds: Mapping[State, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Past:
    """The last 48 half hours, the last of which holds now, and the last 90 local days, the last of which is today."""

    day: Strip
    days: Strip


@dataclass(frozen=True, slots=True)
class History:
    """The past of each link by its id, and of each office by its code; `read_at` is in seconds since the epoch.

    An office is up while it is connected, and never degraded.
    """

    read_at: int
    links: Mapping[str, Past]
    offices: Mapping[str, Past]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is read: the ledger, and the cells that hold now."""

    ledger: Ledger
    zone: ZoneInfo
    day: tuple[int, ...]
    days: tuple[int, ...]

    def finished(self, settled_until: int) -> int:
        """Return how many of the days can't change any more, where something is settled up to an instant.

        What lies after it may become unmeasured time yet, once something is settled beyond.
        """
        return max(0, min(bisect_right(self.days, settled_until), DAYS) - 1)


@dataclass(frozen=True, slots=True)
class _Known:
    """A link's timeline in `[low, high)`: what is settled of its validity; `settled_until` is beyond it, or its end."""

    spans: tuple[Span, ...]
    low: int
    high: int
    settled_until: int


@dataclass(frozen=True, slots=True)
class _Kept:
    """Finished days up to a midnight, `until`: an office's, and then those of its links.

    `terms` are what they follow from beside the ledger.
    """

    terms: tuple[object, ...]
    until: int
    days: tuple[_Seconds, ...]


class Histories:
    """The past of one ledger; `read` reads what is new of it. One thread reads at a time."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self._one_at_a_time = threading.Lock()

    def read(self, ledger: Ledger, inventory: Inventory, now: int) -> History:
        """Return what is settled; where a reload changed an office's links, the zone or a validity, it begins anew."""
        zone = inventory.organisation.timezone
        asked = _Asked(ledger, zone, half_hours(now), local_days(now, zone))
        links: dict[str, Past] = {}
        offices: dict[str, Past] = {}
        with self._one_at_a_time:
            for item in resting(inventory.offices.values()):
                offices[item.code], *of_links = self._pasts(item, asked)
                links.update(zip((link.id for link in item.links), of_links, strict=True))
            for code in self._kept.keys() - offices.keys():
                del self._kept[code]
        return History(now, links, offices)

    def _pasts(self, item: Office, asked: _Asked) -> Iterator[Past]:
        """Yield an office's past, and then its links'; keep what is finished of them."""
        terms = (asked.zone.key, *((link.id, link.valid_from, link.valid_to) for link in item.links))
        kept = self._kept.get(item.code)
        first = _first_open(kept, terms, asked.days)
        since = min(asked.day[0], asked.days[first])
        known = [_known(asked, link, since) for link in item.links]
        fresh = _strips(known, asked.days[first:])
        days = fresh if kept is None or not first else list(map(_joined, kept.days, fresh, repeat(first)))
        finished = asked.finished(min((of.settled_until for of in known), default=0))
        if finished > first:
            self._kept[item.code] = _Kept(terms, asked.days[finished], tuple(_until(of, finished) for of in days))
        elif not first:
            self._kept.pop(item.code, None)
        for of_day, of_days in zip(_strips(known, asked.day), days, strict=True):
            yield Past(Strip(asked.day, of_day), Strip(asked.days, of_days))


def half_hours(now: int) -> tuple[int, ...]:
    """Return the edges of the last 48 half hours, multiples of 1800 since the epoch; the last one holds now."""
    start = (now // CELL_SECONDS - CELLS + 1) * CELL_SECONDS
    return tuple(start + number * CELL_SECONDS for number in range(CELLS + 1))


def local_days(now: int, zone: ZoneInfo) -> tuple[int, ...]:
    """Return the midnights around the last 90 days by the clock of a zone; the last day holds now."""
    today = datetime.fromtimestamp(now, zone).date()
    return tuple(sla.midnight(today + timedelta(days=number + 1 - DAYS), zone) for number in range(DAYS + 1))


def spread(spans: Sequence[Span], edges: Sequence[int]) -> dict[State, array[int]]:
    """Return the seconds of spans, which come in order and don't overlap, by state and cell."""
    rest()
    seconds = {state: array("i", [0]) * (len(edges) - 1) for state in State}
    begin, end, cell, edge = edges[0], edges[-1], 0, edges[1]
    for index in range(bisect_right(spans, begin, key=attrgetter("end")), len(spans)):
        span = spans[index]
        low, high = max(span.start, begin), min(span.end, end)
        if low >= high:
            break
        while edge <= low:
            cell += 1
            edge = edges[cell + 1]
        cells = seconds[span.state]
        while edge < high:
            cells[cell] += edge - low
            low, cell = edge, cell + 1
            edge = edges[cell + 1]
        cells[cell] += high - low
    return seconds


def _first_open(kept: _Kept | None, terms: tuple[object, ...], days: Sequence[int]) -> int:
    """Return the number of the first day that has to be read; what is kept of other terms or another time is void."""
    if kept is None or kept.terms != terms or kept.until not in days[:-1]:
        return 0
    first = days.index(kept.until)
    return first if first <= len(kept.days[0][State.UP]) else 0


def _known(asked: _Asked, link: Link, since: int) -> _Known:
    """Read a link from an instant on."""
    spans = asked.ledger.spans(link.id, since, EVER)
    settled_until = max(spans[-1].end, since) if spans else since
    low, high = sla.within_validity(link, asked.zone, since, settled_until)
    _, finish = sla.validity(link, asked.zone)
    is_over = finish is not None and finish <= settled_until
    return _Known(tuple(clip(spans, low, high)), low, high, EVER if is_over else settled_until)


def _filled(known: _Known) -> Iterator[Span]:
    """Yield a link's timeline with its gaps as unmeasured spans."""
    at = known.low
    for span in known.spans:
        if at < span.start:
            yield Span(at, span.start, State.UNMEASURED)
        yield span
        at = span.end
    if at < known.high:
        yield Span(at, known.high, State.UNMEASURED)


def _strips(known: Sequence[_Known], edges: Sequence[int]) -> list[_Seconds]:
    """Return the seconds of an office, and then of its links, in cells."""
    links = [spread(tuple(_filled(of)), edges) for of in known]
    return [of_one(links[0]) if len(links) == 1 else spread(of_several(known), edges), *links]


def of_one(link: _Seconds) -> _Seconds:
    """Return the seconds of an office that has one link, from the link's: it is connected while that is available."""
    connected = array("i", map(add, link[State.UP], link[State.DEGRADED]))
    return {**link, State.UP: connected, State.DEGRADED: array("i", [0]) * len(connected)}


def of_several(links: Sequence[_Known]) -> tuple[Span, ...]:
    """Return an office's timeline from its links': what is settled of any, and none measured, is unmeasured."""
    measured = office.timeline([known.spans for known in links])
    covered = union((span.start, span.end) for span in measured)
    silent = subtract(union((known.low, known.high) for known in links), covered)
    gaps = (Span(start, end, State.UNMEASURED) for start, end in silent)
    return tuple(sorted([*measured, *gaps], key=attrgetter("start")))


def _joined(before: _Seconds, after: _Seconds, number: int) -> _Seconds:
    """Return so many of the last days of what is kept, and those after them."""
    return {state: before[state][-number:] + after[state] for state in State}


def _until(days: _Seconds, number: int) -> _Seconds:
    return {state: cells[:number] for state, cells in days.items()}
