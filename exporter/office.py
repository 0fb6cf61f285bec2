"""An office's judge: connected while any of its links is available, offline while none is and one is down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from exporter.timeline import Interval, Span, State, intersect, intervals, subtract, union

AVAILABLE = (State.UP, State.DEGRADED)


def state(links: Iterable[State]) -> State:
    """Return an office's state from its links': up is connected, down is offline."""
    states = set(links)
    if not states.isdisjoint(AVAILABLE):
        return State.UP
    return State.DOWN if State.DOWN in states else State.UNMEASURED


def outage_is_open(links: Sequence[State], *, was_open: bool) -> bool:
    """Return whether an office's outage is open: from offline until connected, through unmeasured time."""
    now = state(links)
    return was_open if now is State.UNMEASURED else now is State.DOWN


def timeline(links: Sequence[Sequence[Span]]) -> tuple[Span, ...]:
    """Return an office's timeline from its links' timelines; what none of them measured has no span."""
    connected = union(chain.from_iterable(intervals(spans, of) for spans in links for of in AVAILABLE))
    down = union(chain.from_iterable(intervals(spans, State.DOWN) for spans in links))
    spans = [Span(start, end, State.UP) for start, end in connected]
    spans += [Span(start, end, State.DOWN) for start, end in subtract(down, connected)]
    return tuple(sorted(spans, key=lambda span: span.start))


def excluded(links: Sequence[tuple[Interval, Sequence[Interval]]]) -> tuple[Interval, ...]:
    """Return when every valid link of an office is excluded; each link is its validity and its excluded time."""
    valid = union(validity for validity, _ in links)
    counted = union(chain.from_iterable(subtract(union([validity]), union(out)) for validity, out in links))
    out = union(chain.from_iterable(out for _, out in links))
    return intersect(subtract(valid, counted), out)
