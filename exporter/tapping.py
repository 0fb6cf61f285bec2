"""What the monitor settles goes to the ledger, and its sketches into the recent hours too.

A sketch doesn't say of which minute it is. But it begins with the first available second that settles after the one
before it was handed over, and takes a minute at most. So one that waited through an outage is of before the outage.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import date

from exporter.monitor import SKETCH_SECONDS, Sink
from exporter.recent import Recent
from exporter.statistics import Sketch
from exporter.timeline import Interval, Outage, Span, State

_AVAILABLE = frozenset({State.UP, State.DEGRADED})


class Tap:
    """Takes the ledger's place as the monitor's sink, and hands everything on to it."""

    def __init__(self, sink: Sink, recent: Recent) -> None:
        self._sink = sink
        self._recent = recent
        self._begun: dict[str, int] = {}  # of each link and node, where its sketch begins
        self.seconds = sink.seconds
        self.outages_by_cause = sink.outages_by_cause

    def add(self, target: str, spans: Iterable[Span], outage: Outage | None, bridged: Iterable[Interval] = ()) -> None:
        """Take what one step of a target settled."""
        spans = tuple(spans)
        if target not in self._begun:
            for span in spans:
                if span.state in _AVAILABLE:
                    self._begun[target] = span.start
                    break
        self._sink.add(target, spans, outage, bridged)

    def add_sketch(self, target: str, day: date, in_maintenance: bool, sketch: Sketch) -> None:  # noqa: FBT001
        """Take the round-trip times of a link's available slots."""
        begun = self._begun.pop(target, None)
        if begun is not None:
            self._recent.add(target, begun + SKETCH_SECONDS / 2, sketch)
        self._sink.add_sketch(target, day, in_maintenance, sketch)

    def keep_only(self, links: AbstractSet[str]) -> None:
        """Forget all other links' recent hours."""
        self._recent.keep_only(links)
        for target in self._begun.keys() - links:
            del self._begun[target]
