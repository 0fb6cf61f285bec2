"""A link's judge: one observation after the other in, settled spans and outages out (SLA_METHOD 3 to 7).

Up to `bridge` unmeasured slots between two that agree take their side. Then: down after `down_after` lost slots in a
row, from the first of them; up again after `up_after` replies in a row, from the first of them; a shorter run takes the
state that stands. Time that stays unmeasured ends every run, and an outage stays open across it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from exporter.degradation import Quality, Slot, judge
from exporter.model import Degraded, Icmp
from exporter.observation import Observation, Outcome
from exporter.timeline import Interval, Outage, Span, State


@dataclass(frozen=True, slots=True)
class Track:
    """What the judge knows of a target between two observations.

    `next_at` is the end of the last slot seen, None before the first. `run` are the slots from `run_from` on that
    contradict what stands and don't decide yet. `blind_from` is where slots without a measurement begin that may still
    be bridged. `side` is the outcome before them, None where nothing may be bridged. `state` and `state_since` are of
    the last settled span.
    """

    icmp: Icmp
    quality: Quality
    next_at: int | None = None
    outage: Outage | None = None
    run: tuple[Slot, ...] = ()
    run_from: int | None = None
    blind_from: int | None = None
    side: Outcome | None = None
    state: State = State.UNMEASURED
    state_since: int | None = None

    @property
    def standing(self) -> State:
        """The state that a run too short to decide takes."""
        return State.UP if self.outage is None else State.DOWN

    @property
    def settled_until(self) -> int | None:
        """The end of the settled time: what lies after it can still change. None before the first slot."""
        for begin in (self.run_from, self.blind_from):
            if begin is not None:
                return begin
        return self.next_at

    @property
    def is_calm(self) -> bool:
        """Whether a further reply in good time changes nothing but the count of seconds up."""
        return (
            self.side is Outcome.REPLY
            and self.outage is None
            and not self.run
            and self.blind_from is None
            and self.quality.is_sound
        )


@dataclass(frozen=True, slots=True)
class Step:
    """What one observation settled: spans in order of time, and the outage that began or ended, if one did.

    `available` are the slots that settled as up or degraded; `bridged` is the time that was measured by bridging alone.
    """

    track: Track
    spans: tuple[Span, ...] = ()
    outage: Outage | None = None
    bridged: tuple[Interval, ...] = ()
    available: tuple[Slot, ...] = ()

    def dated(self) -> Iterator[tuple[int, Slot]]:
        """Yield the available slots, each with its start."""
        spans = [span for span in self.spans if span.state in {State.UP, State.DEGRADED}]
        if self.available:
            interval = sum(span.seconds for span in spans) // len(self.available)
            starts = (at for span in spans for at in range(span.start, span.end, interval))
            yield from zip(starts, self.available, strict=True)


def begin(icmp: Icmp, degraded: Degraded, settled_until: int | None = None, outage: Outage | None = None) -> Track:
    """Return a track that goes on where the ledger left one: nothing reaches across the time between."""
    return Track(icmp, Quality(degraded), next_at=settled_until, outage=outage, state_since=settled_until)


def advance(track: Track, observation: Observation, *, is_isolated: bool = False) -> Step:
    """Judge one slot; slots come in order of time, and one before the last seen is a ValueError.

    `is_isolated` says that the monitor was cut off while this slot was lost: it is unmeasured, and never bridged.
    """
    at, end = observation.at, observation.at + track.icmp.interval_seconds
    if track.next_at is not None and at < track.next_at:
        raise ValueError(f"slot {at} lies before {track.next_at}, the end of the last one")
    settling = _Settling(track)
    if track.next_at is not None and at > track.next_at:
        settling.go_blind(track.next_at, at)
    if observation.outcome is Outcome.ERROR:
        settling.go_blind(at, end)
    elif is_isolated and observation.outcome is Outcome.LOST:
        settling.go_blind(at, end)
        settling.cut()
    else:
        settling.measure(at, Slot(observation.outcome, observation.rtt_seconds))
    return settling.step()


def advance_calm(track: Track, until: int) -> Step:
    """Judge replies in good time in every slot up to `until`, on a calm track: what so many calls of `advance` give."""
    start = track.next_at
    if start is None or not track.is_calm:
        raise ValueError("the track isn't calm")
    count = (until - start) // track.icmp.interval_seconds
    if count <= 0:
        return Step(track)
    since = track.state_since if track.state is State.UP else start
    quality = track.quality.take_replies(count)
    calm = Track(track.icmp, quality, until, side=track.side, state=State.UP, state_since=since)
    return Step(calm, (Span(start, until, State.UP),))


def miss(track: Track, until: int) -> Step:
    """Take slots up to `until` as not measured, which nobody will measure any more."""
    if track.next_at is None or track.next_at >= until:
        return Step(track)
    settling = _Settling(track)
    settling.go_blind(track.next_at, until)
    return settling.step()


def lose_sight(track: Track, since: int) -> Step:
    """Stand as unmeasured from an instant on, with what is undecided ended as at a gap; the outage stays."""
    settling = _Settling(track)
    settling.cut()
    step = settling.step()
    return replace(step, track=replace(step.track, state=State.UNMEASURED, state_since=since))


def reconfigure(track: Track, icmp: Icmp, degraded: Degraded) -> Step:
    """Give a link other settings: what is undecided ends as at a gap, and the outage and what is settled stay."""
    if icmp == track.icmp:
        return Step(replace(track, quality=Quality(degraded)))
    settling = _Settling(track)
    settling.cut()
    step = settling.step()
    return replace(step, track=replace(step.track, icmp=icmp, quality=Quality(degraded)))


def close(outage: Outage | None, ended_at: int | None) -> Outage | None:
    """Return an open outage as ended, for a link that goes; None without one."""
    if outage is None or ended_at is None:
        return None
    return replace(outage, ended_at=max(ended_at, outage.started_at))


@dataclass(slots=True)
class _Settling:
    """One observation's work on a track."""

    track: Track
    spans: list[Span] = field(default_factory=list)
    bridged: list[Interval] = field(default_factory=list)
    available: list[Slot] = field(default_factory=list)
    changed: Outage | None = None

    def step(self) -> Step:
        """Return what was settled."""
        return Step(self.track, tuple(self.spans), self.changed, tuple(self.bridged), tuple(self.available))

    def go_blind(self, start: int, end: int) -> None:
        """Take time without a measurement; what is too long to be bridged settles as unmeasured at once."""
        track = self.track
        begun = start if track.blind_from is None else track.blind_from
        self.track = replace(track, next_at=end, blind_from=begun)
        if track.side is None or end - begun > track.icmp.bridge * track.icmp.interval_seconds:
            self.cut()

    def cut(self) -> None:
        """End every run: too short, it takes what stands, and the blind time after it is unmeasured."""
        self._settle_run()
        track = self.track
        if track.blind_from is not None and track.next_at is not None:
            self.track = replace(track, blind_from=None)
            self._settle(track.blind_from, track.next_at, State.UNMEASURED)
        self.track = replace(self.track, side=None, quality=Quality(track.quality.rule))

    def measure(self, at: int, slot: Slot) -> None:
        """Take a slot with a measurement, and the blind ones before it where they are bridged."""
        start = at
        slots: tuple[Slot, ...] = (slot,)
        if (blind_from := self.track.blind_from) is not None:
            if self.track.side is slot.outcome:
                missing = (at - blind_from) // self.track.icmp.interval_seconds
                start, slots = blind_from, (*[Slot(slot.outcome, is_bridged=True)] * missing, slot)
                self.track = replace(self.track, blind_from=None)
            else:
                self.cut()
        end = at + self.track.icmp.interval_seconds
        self.track = replace(self.track, next_at=end, side=slot.outcome)
        if (slot.outcome is Outcome.LOST) == (self.track.standing is State.DOWN):
            self._settle_run()
            self._settle(start, end, self.track.standing, slots)
        else:
            self._contradict(start, end, slots)

    def _contradict(self, start: int, end: int, slots: tuple[Slot, ...]) -> None:
        """Let the run decide once it is long enough."""
        track = self.track
        run_from = start if track.run_from is None else track.run_from
        run = (*track.run, *slots)
        if len(run) < (track.icmp.down_after if track.outage is None else track.icmp.up_after):
            self.track = replace(track, run=run, run_from=run_from)
            return
        if track.outage is None:
            self.changed = Outage(started_at=run_from, confirmed_at=end)
            outage = self.changed
        else:
            self.changed = replace(track.outage, ended_at=run_from)
            outage = None
        self.track = replace(track, outage=outage, run=(), run_from=None)
        self._settle(run_from, end, self.track.standing, run)

    def _settle_run(self) -> None:
        """Give the undecided run the state that stands."""
        track = self.track
        if track.run_from is not None:
            end = track.run_from + len(track.run) * track.icmp.interval_seconds
            self.track = replace(track, run=(), run_from=None)
            self._settle(track.run_from, end, track.standing, track.run)

    def _settle(self, start: int, end: int, state: State, slots: Sequence[Slot] = ()) -> None:
        """Settle a stretch; where it is available, its slots say whether it is degraded."""
        interval = self.track.icmp.interval_seconds
        self.bridged += [
            (start + number * interval, start + (number + 1) * interval)
            for number, slot in enumerate(slots)
            if slot.is_bridged
        ]
        if state is not State.UP:
            self._append(Span(start, end, state), Quality(self.track.quality.rule))
            return
        self.available += slots
        quality, runs = judge(self.track.quality, slots)
        for available, length in runs:
            self._append(Span(start, start + length * interval, available), quality)
            start += length * interval

    def _append(self, span: Span, quality: Quality) -> None:
        track = self.track
        self.spans.append(span)
        since = track.state_since if track.state is span.state and track.state_since is not None else span.start
        if track.outage is not None and span.state is State.DOWN:
            since = track.outage.started_at  # a gap within an outage doesn't make it younger
        self.track = replace(track, quality=quality, state=span.state, state_since=since)
