"""What a batch changes in the timelines that are written: spans that close, tails that grow. Purely."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from exporter import pacing
from exporter.ledger.batch import Batch, Stretch
from exporter.timeline import Interval, Outage, Span, State

logger = logging.getLogger(__name__)
_NONE_CLOSED = dict.fromkeys(State, 0)


class Tail(NamedTuple):
    """A target's last span, and the seconds of all spans before it by state, which nobody changes in place."""

    start: int
    end: int
    state: State
    closed: Mapping[State, int]

    def seconds(self) -> dict[State, int]:
        """Return the target's seconds by state."""
        seconds = dict(self.closed)
        seconds[self.state] += self.end - self.start
        return seconds


@dataclass(slots=True)
class Changes:
    """What is to be written, by target; `tails` are the new ones, and `refused` how many parts of the batch are not."""

    tails: dict[str, Tail] = field(default_factory=dict)
    closed: list[tuple[str, Span]] = field(default_factory=list)
    bridged: list[tuple[str, Interval]] = field(default_factory=list)
    outages: list[tuple[str, Outage]] = field(default_factory=list)
    refused: int = 0


def settle(batch: Batch, tails: Mapping[str, Tail]) -> Changes:
    """Return what a batch changes: a second is written once, and what a bug settled twice stops nothing else."""
    changes = Changes()
    for target, spans in batch.spans.items():
        pacing.rest()
        tail = tails.get(target)
        for span in spans:
            tail = _lengthened(target, tail, span, changes)
        if tail is not None:
            changes.tails[target] = tail
    changes.bridged += _new(batch, tails)
    for target, outages in batch.outages.items():
        for outage in outages.values():
            if outage.started_at < outage.confirmed_at and (outage.ended_at or outage.started_at) >= outage.started_at:
                changes.outages.append((target, outage))
            else:
                _refuse(changes, target, outage, None)
    return changes


def _lengthened(target: str, tail: Tail | None, span: Stretch, changes: Changes) -> Tail:
    """Return a target's last span once another came after it; what that closes is among the changes."""
    if tail is None:
        return Tail(span.start, span.end, span.state, _NONE_CLOSED)
    start = span.start
    if start < tail.end:
        _refuse(changes, target, span, tail)
        if span.end <= tail.end:
            return tail
        start = tail.end
    if start == tail.end and span.state is tail.state:
        return Tail(tail.start, span.end, tail.state, tail.closed)
    changes.closed.append((target, Span(tail.start, tail.end, tail.state)))
    return Tail(start, span.end, span.state, tail.seconds())


def _new(batch: Batch, tails: Mapping[str, Tail]) -> Iterator[tuple[str, Interval]]:
    """Yield the bridged intervals, cut where their target's time is written already."""
    for target, intervals in batch.bridged.items():
        written_until = tails[target].end if target in tails else intervals[0][0]
        for start, end in intervals:
            if end > written_until:
                yield target, (max(start, written_until), end)


def _refuse(changes: Changes, target: str, what: object, tail: Tail | None) -> None:
    changes.refused += 1
    logger.error("ledger_refused target=%s %s after=%s", target, what, tail and (tail.start, tail.end, tail.state))
