"""A link's judge: one observation after the other in, settled spans and outages out (SLA_METHOD 3 to 7).

Down after `down_after` lost slots in a row, from the first of them. Up again after `up_after` replies in a row, from
the first of them. A shorter run takes the state that stands. A slot that couldn't be sent, and time in which nobody
looked, is unmeasured: it ends every run, and an outage stays open across it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from exporter.model import Icmp
from exporter.observation import Observation, Outcome
from exporter.timeline import Outage, Span, State


@dataclass(frozen=True, slots=True)
class Track:
    """What the judge knows of a link between two observations.

    `next_at` is the end of the last slot seen, None before the first. `run_from` is the first slot of the undecided run
    that contradicts what stands, None without one. `state` and `state_since` are of the last settled span.
    """

    icmp: Icmp
    next_at: int | None = None
    outage: Outage | None = None
    run_from: int | None = None
    state: State = State.UNMEASURED
    state_since: int | None = None

    @property
    def standing(self) -> State:
        """The state that a run too short to decide takes."""
        return State.UP if self.outage is None else State.DOWN

    @property
    def settled_until(self) -> int | None:
        """The end of the settled time: what lies after it can still change. None before the first slot."""
        return self.next_at if self.run_from is None else self.run_from


@dataclass(frozen=True, slots=True)
class Step:
    """What one observation settled: spans in order of time, and the outage that began or ended, if one did."""

    track: Track
    spans: tuple[Span, ...] = ()
    outage: Outage | None = None


def advance(track: Track, observation: Observation) -> Step:
    """Judge one slot; slots come in order of time, and one before the last seen is a ValueError."""
    at, end = observation.at, observation.at + track.icmp.interval_seconds
    if track.next_at is not None and at < track.next_at:
        raise ValueError(f"slot {at} lies before {track.next_at}, the end of the last one")
    spans: list[Span] = []
    if track.next_at is not None and at > track.next_at:
        track = _settle_unmeasured(track, at, spans)
    if observation.outcome is Outcome.ERROR:
        track = _settle_unmeasured(track, end, spans, start=at)
        return Step(track, tuple(spans))
    agrees = (observation.outcome is Outcome.LOST) == (track.standing is State.DOWN)
    if agrees:
        start = at if track.run_from is None else track.run_from
        track = _settled(replace(track, next_at=end, run_from=None), Span(start, end, track.standing), spans)
        return Step(track, tuple(spans))
    return _contradict(replace(track, next_at=end, run_from=at if track.run_from is None else track.run_from), spans)


def reconfigure(track: Track, icmp: Icmp) -> Step:
    """Give a link other settings: the undecided run ends as at a gap, and the outage and what is settled stay."""
    spans: list[Span] = []
    return Step(replace(_settle_run(track, spans), icmp=icmp), tuple(spans))


def close(outage: Outage | None, ended_at: int | None) -> Outage | None:
    """Return an open outage as ended, for a link that goes; None without one."""
    if outage is None or ended_at is None:
        return None
    return replace(outage, ended_at=max(ended_at, outage.started_at))


def _contradict(track: Track, spans: list[Span]) -> Step:
    """Let the run decide once it is long enough; `track` has the new slot in its run."""
    start, end = track.run_from, track.next_at
    if start is None or end is None:
        raise ValueError("a run has a beginning")
    rule = track.icmp
    if end - start < (rule.down_after if track.outage is None else rule.up_after) * rule.interval_seconds:
        return Step(track, tuple(spans))
    if track.outage is None:
        outage = Outage(started_at=start, confirmed_at=end)
        track = replace(track, outage=outage, run_from=None)
    else:
        outage = replace(track.outage, ended_at=start)
        track = replace(track, outage=None, run_from=None)
    track = _settled(track, Span(start, end, track.standing), spans)
    return Step(track, tuple(spans), outage)


def _settle_run(track: Track, spans: list[Span]) -> Track:
    """End the undecided run: too short, it takes what stands."""
    if track.run_from is None or track.next_at is None:
        return track
    return _settled(replace(track, run_from=None), Span(track.run_from, track.next_at, track.standing), spans)


def _settle_unmeasured(track: Track, end: int, spans: list[Span], *, start: int | None = None) -> Track:
    """End every run, and mark the time from the last slot, or from `start` where there was none, as unmeasured."""
    track = _settle_run(track, spans)
    begin = track.next_at if track.next_at is not None else start
    return track if begin is None else _settled(replace(track, next_at=end), Span(begin, end, State.UNMEASURED), spans)


def _settled(track: Track, span: Span, spans: list[Span]) -> Track:
    spans.append(span)
    since = track.state_since if track.state is span.state and track.state_since is not None else span.start
    if track.outage is not None and span.state is State.DOWN:
        since = track.outage.started_at  # a gap within an outage doesn't make it younger
    return replace(track, state=span.state, state_since=since)
