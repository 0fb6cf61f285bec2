"""What was settled and not written yet, merged as it comes, so that it stays small however long it waits."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from heapq import heapify, heappop, heappush
from typing import TypeVar

from exporter.bandwidth import DAY_SECONDS, Mean, Means
from exporter.cause import Known, Verdict
from exporter.ledger.sites import SiteRecord
from exporter.observation import DevicePoll, Path
from exporter.statistics import Sketch
from exporter.timeline import Interval, Outage, Span, State

K = TypeVar("K")
V = TypeVar("V")
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Stretch:
    """A span that may still grow."""

    start: int
    end: int
    state: State


class Batch:
    """Spans, bridged intervals, outages with their causes, and what days and devices showed, by target.

    Beyond `limit` spans and bridged intervals the older half of what the fullest targets hold is dropped: that time is
    unmeasured, and counted in `dropped_seconds`. Beyond a tenth of it in sketches or days of means the oldest go.
    """

    __slots__ = (
        "_limit", "_size", "_was_told", "bridged", "cases", "dropped_seconds", "means", "outages", "paths", "polls",
        "sites", "sketches", "spans", "verdicts",
    )  # fmt: skip

    def __init__(self, limit: int = sys.maxsize) -> None:
        self.spans: dict[str, list[Stretch]] = {}
        self.bridged: dict[str, list[Interval]] = {}
        self.outages: dict[str, dict[int, Outage]] = {}
        self.cases: dict[str, dict[int, Known]] = {}
        self.verdicts: dict[str, dict[int, Verdict]] = {}
        self.sketches: dict[tuple[str, date, bool], Sketch] = {}
        self.means: dict[tuple[str, int], Means] = {}
        self.polls: dict[str, DevicePoll] = {}
        self.paths: dict[str, Path] = {}
        self.sites: dict[str, SiteRecord] = {}
        self.dropped_seconds = 0
        self._limit = limit
        self._size = 0
        self._was_told = False

    def add(
        self,
        target: str,
        spans: Iterable[Span | Stretch],
        outage: Outage | None,
        bridged: Iterable[Interval] = (),
    ) -> None:
        """Take what one step settled; neighbours of one state become one span."""
        held = self.spans.get(target)
        for span in spans:
            if held:
                last = held[-1]
                if last.end == span.start and last.state is span.state:
                    last.end = span.end
                    continue
            else:
                held = self.spans[target] = []
            held.append(Stretch(span.start, span.end, span.state))
            self._size += 1
        for interval in bridged:
            self._bridge(target, interval)
        if outage is not None:
            self.outages.setdefault(target, {})[outage.started_at] = outage
        if self._size > self._limit:
            self._shed()

    def _bridge(self, target: str, interval: Interval) -> None:
        held = self.bridged.setdefault(target, [])
        if held and held[-1][1] == interval[0]:
            held[-1] = (held[-1][0], interval[1])
            return
        held.append(interval)
        self._size += 1

    def add_sketch(self, target: str, day: date, in_maintenance: bool, sketch: Sketch) -> None:  # noqa: FBT001
        """Take round-trip times of a local day; they add up with what is held for it."""
        self._held(self.sketches, (target, day, in_maintenance), Sketch).merge(sketch)

    def add_mean(self, target: str, mean: Mean) -> None:
        """Take a link's bandwidth of five minutes."""
        self._held(self.means, (target, mean.start - mean.start % DAY_SECONDS), Means).put(mean)

    def add_verdict(self, target: str, verdict: Verdict) -> None:
        """Take the final cause of a link's outage."""
        self.verdicts.setdefault(target, {})[verdict.evidence.started_at] = verdict

    def add_case(self, target: str, started_at: int, known: Known) -> None:
        """Take what is known of a link's outage that has no final cause yet."""
        self.cases.setdefault(target, {})[started_at] = known

    def add_site(self, office: str, record: SiteRecord) -> None:
        """Take what came of an office's website."""
        self.sites[office] = self.sites[office].then(record) if office in self.sites else record

    def _held(self, held: dict[K, V], key: K, new: Callable[[], V]) -> V:
        """Return what is held for a key, something new where nothing is: then what is oldest may have to go."""
        if key not in held:
            if len(held) >= -(-self._limit // 10):
                self._tell()
                del held[next(iter(held))]
            held[key] = new()
        return held[key]

    def absorb(self, newer: Batch) -> None:
        """Take what another batch holds, all of it later than what this one does."""
        self._was_told = self._was_told or newer._was_told
        for target, spans in newer.spans.items():
            self.add(target, spans, None)
        for target, bridged in newer.bridged.items():
            self.add(target, (), None, bridged)
        for target, outages in newer.outages.items():
            self.outages.setdefault(target, {}).update(outages)
        for (target, day, in_maintenance), sketch in newer.sketches.items():
            self.add_sketch(target, day, in_maintenance, sketch)
        for key, means in newer.means.items():
            self._held(self.means, key, Means).merge(means)
        for target, cases in newer.cases.items():
            self.cases.setdefault(target, {}).update(cases)
        for target, verdicts in newer.verdicts.items():
            self.verdicts.setdefault(target, {}).update(verdicts)
        self.polls.update(newer.polls)
        self.paths.update(newer.paths)
        for office, record in newer.sites.items():
            self.add_site(office, record)
        self.dropped_seconds += newer.dropped_seconds

    def seconds(self) -> dict[str, int]:
        """Return how long each target's spans are together."""
        return {target: sum(span.end - span.start for span in spans) for target, spans in self.spans.items()}

    def __bool__(self) -> bool:
        timelines = self.spans or self.bridged or self.outages
        days = self.sketches or self.means
        return bool(timelines or self.cases or self.verdicts or days or self.polls or self.paths or self.sites)

    def targets(self) -> dict[str, None]:
        """Return whom it is about, in the order in which they came."""
        by_target = (self.spans, self.bridged, self.outages, self.cases, self.verdicts, self.polls, self.paths)
        by_day = (self.sketches, self.means)
        return dict.fromkeys(
            [*(key for held in by_target for key in held), *(key[0] for held in by_day for key in held)]
        )

    def _shed(self) -> None:
        self._tell()
        fullest = [(-self._weight(target), target) for target in self.spans]
        heapify(fullest)
        while fullest and self._size > self._limit - self._limit // 5:
            weight, target = heappop(fullest)
            self._drop_older_half(target)
            if weight < -(left := self._weight(target)) < 0:
                heappush(fullest, (-left, target))

    def _tell(self) -> None:
        if not self._was_told:
            logger.error("ledger_holds_too_much what is oldest stays unmeasured; see why the ledger can't be written")
        self._was_told = True

    def _weight(self, target: str) -> int:
        return len(self.spans.get(target, ())) + len(self.bridged.get(target, ()))

    def _drop_older_half(self, target: str) -> None:
        """Drop a target's time before the middle of its spans and bridged intervals.

        An outage that lies in it goes with it, unless an earlier batch began it. One that lasts longer keeps the down
        time that it begins with, so that each outage in the ledger begins with a second that was seen down.
        """
        spans, bridged = self.spans[target], self.bridged.get(target, [])
        before = sum(span.end - span.start for span in spans)
        began, weight = spans[0].start, self._weight(target)
        ends = sorted([*(span.end for span in spans), *(end for _, end in bridged)])
        until = ends[len(ends) // 2]
        heads: list[Stretch] = []
        for outage in list(self.outages.get(target, {}).values()):
            if not began <= outage.started_at < until:
                continue
            if outage.ended_at is not None and outage.ended_at <= until:
                del self.outages[target][outage.started_at]
            else:
                heads += _head(outage.started_at, until, spans, bridged)
        kept = [Stretch(max(span.start, until), span.end, span.state) for span in spans if span.end > until]
        if heads and kept and heads[-1].end == kept[0].start and heads[-1].state is kept[0].state:
            kept[0].start = heads.pop().start
        self.spans[target] = [*heads, *kept]
        self.bridged[target] = [(max(start, until), end) for start, end in bridged if end > until]
        for held in (self.spans, self.bridged, self.outages):
            if not held.get(target):
                held.pop(target, None)
        self._size += self._weight(target) - weight
        self.dropped_seconds += before - sum(span.end - span.start for span in self.spans.get(target, ()))


def _head(started_at: int, until: int, spans: list[Stretch], bridged: list[Interval]) -> Iterator[Stretch]:
    """Yield the down time that an outage begins with, up to an instant or to its first bridged second."""
    first_bridged = min((start for start, end in bridged if end > started_at), default=until)
    for span in spans:
        if span.start <= started_at < span.end and first_bridged > started_at:
            yield Stretch(started_at, min(span.end, until, first_bridged), span.state)
