"""Batches for the ledger's tests, by hand and as the judge of links makes them."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from exporter.ledger import Batch
from exporter.linkstate import Step, advance, begin
from exporter.model import Degraded, Icmp
from exporter.observation import Observation, Outcome
from exporter.statistics import Sketch
from exporter.timeline import Outage, Span, State

DAY = date(2026, 2, 10)
BEGAN = 1_770_000_000


class SteadyClock:
    """A clock that stands; the ledger's writer only measures its writes by it."""

    def time(self) -> float:
        return float(BEGAN)

    def time_ns(self) -> int:
        return BEGAN * 10**9

    def monotonic(self) -> float:
        return 0.0


def batch(target: str, *spans: Span, outage: Outage | None = None) -> Batch:
    made = Batch()
    made.add(target, spans, outage)
    return made


def sketch(*rtts: float, lost: int = 0) -> Sketch:
    made = Sketch(lost=lost)
    for rtt in rtts:
        made.observe(rtt)
    return made


def _judged(slots: list[Outcome | None]) -> list[Step]:
    track = begin(Icmp(down_after=3, up_after=2, bridge=2), Degraded(window=4))
    steps = []
    for at, outcome in enumerate(slots, BEGAN):
        if outcome is not None:
            rtt = 0.01 if outcome is Outcome.REPLY else None
            steps.append(advance(track, Observation(at=at, outcome=outcome, rtt_seconds=rtt)))
            track = steps[-1].track
    return steps


slots = st.lists(st.sampled_from([Outcome.REPLY, Outcome.LOST, Outcome.LOST, Outcome.ERROR, None]), max_size=60)
judged_steps = slots.map(_judged)
"""What a link's judge settles, slot by slot: spans, outages and bridged intervals that belong together."""


def put(into: Batch, target: str, step: Step) -> None:
    into.add(target, step.spans, step.outage, step.bridged)
    if step.available:
        into.add_sketch(target, DAY, False, sketch(*(slot.rtt_seconds for slot in step.available if slot.rtt_seconds)))


def seconds(spans: tuple[Span, ...]) -> dict[int, State]:
    return {at: span.state for span in spans for at in range(span.start, span.end)}
