"""What echoes come to: each target's slots judged in order, handed to the ledger, shown to the snapshot."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Protocol
from zoneinfo import ZoneInfo

from exporter import maintenance, office
from exporter.clock import Clock
from exporter.isolation import Runs
from exporter.judgement import Judged, Judgement, Left
from exporter.ledger import Restored
from exporter.linkstate import Step, close, lose_sight
from exporter.maintenance import Window
from exporter.model import Cause, Family, Inventory, Link, Node, Office
from exporter.observation import Outcome
from exporter.pinging import Pinger, Sender
from exporter.sla import midnight, validity
from exporter.snapshot import Findings, LinkStatus, NodeStatus, OfficeStatus, ReferenceStatus
from exporter.statistics import Sketch
from exporter.target import ERROR, JudgedTarget, ReferenceTarget, Target
from exporter.timeline import Interval, Outage, Span, State

SKETCH_SECONDS = 60  # how long a sketch is held back from the ledger
logger = logging.getLogger(__name__)


class Sink(Protocol):
    """What takes settled time; `exporter.ledger.LedgerWriter` in the product."""

    def add(self, target: str, spans: Iterable[Span], outage: Outage | None, bridged: Iterable[Interval] = ()) -> None:
        """Take what one step of a target settled."""

    def add_sketch(self, target: str, day: date, in_maintenance: bool, sketch: Sketch) -> None:  # noqa: FBT001
        """Take the round-trip times of a link's available slots."""

    def seconds(self, target: str) -> Mapping[State, int]:
        """Return a link's committed seconds by state."""

    def outages_by_cause(self, target: str) -> Mapping[Cause, int]:
        """Return how many of a link's outages have each cause by what is committed."""


class Recorder(Protocol):
    """What keeps the observations for `replay`."""

    def add(self, kind: str, name: str, at: int, outcome: Outcome, rtt_seconds: float | None) -> None:
        """Take a decided slot; `kind` is link, node or reference."""


class Monitor:
    """Follows every target of an inventory; its `pinger` is what runs.

    `address_of(host, family)` gives an IP address, or None while there is none, and `doubt(host, family)` hears of each
    echo that is lost on the way to a name. `told(target, outage)` hears of each that begins or ends. `restored` says
    where the ledger left each link and node, `windows` which maintenance it knows.
    """

    def __init__(  # noqa: PLR0913 -- what it works with, each by its name
        self,
        inventory: Inventory,
        restored: Mapping[str, Restored],
        windows: Sequence[Window],
        *,
        clock: Clock,
        sender: Sender,
        sink: Sink,
        address_of: Callable[[str, Family | None], str | None],
        doubt: Callable[[str, Family | None], None],
        told: Callable[[str, Outage], None],
        recorder: Recorder | None = None,
    ) -> None:
        self._clock = clock
        self._sink = sink
        self._told = told
        self._recorder = recorder
        self.pinger = Pinger(self, clock, sender, address_of, doubt, takes_calm=recorder is None)
        self._targets: dict[str, JudgedTarget] = {}
        self._references: dict[str, ReferenceTarget] = {}
        self._by_judged: dict[Judged, JudgedTarget] = {}
        self._left = {name: Left(left.settled_until, left.outage) for name, left in restored.items()}
        self._judgement = Judgement(inventory)
        zone, now = inventory.organisation.timezone, clock.time()
        self._office_outages = {c: _was_offline(item, restored, zone, now) for c, item in inventory.offices.items()}
        self._inventory = inventory
        self.reload(inventory, windows)
        for name, target in self._targets.items():
            if target.latest_outage is None and name in restored:
                target.latest_outage = restored[name].ended
        if (ahead := self.ahead_until) is not None:
            until = datetime.fromtimestamp(ahead, UTC).isoformat()
            logger.warning("clock_behind nothing new is kept until=%s set the clock, or wait", until)
        for name, left in self._left.items():
            self._close(name, left.outage, left.settled_until)
            self._left[name] = Left(left.settled_until)

    def reload(self, inventory: Inventory, windows: Sequence[Window]) -> None:
        """Take an inventory: unchanged targets miss no echo, changed ones keep their state.

        The open outage of a link that is gone ends where its settled time does; one that comes back goes on from there.
        """
        every: list[Link | Node] = [*inventory.nodes.values(), *inventory.links()]
        wanted = {_name(of): of for of in every}
        known = self._targets
        for name in known.keys() - wanted.keys():
            self._forget(known.pop(name))
        self._inventory = inventory
        self.take_windows(windows)
        self._judgement.reload(inventory)
        self._targets, settled = {}, []
        for name, of in wanted.items():
            target, steps = self._known_or_new(of, known.get(name))
            self._targets[name] = target
            target.judged.runs.kept_seconds = self._judgement.kept_seconds
            settled += [(target, step) for step in steps]
        for target, step in settled:
            self._record(target, step)
        old = self._references
        self._references = {of.name: old.get(of.name) or ReferenceTarget(of) for of in inventory.references}
        for reference in inventory.references:
            self._references[reference.name].move_to(reference)
        self._by_judged = {target.judged: target for target in self._targets.values()}
        self._witnesses: dict[Family, list[Runs]] = {of: [] for of in Family}
        for target in self._targets.values():
            self._witnesses[target.judged.family].append(target.judged.runs)
        self.pinger.reload([*self._references.values(), *self._targets.values()])
        self._office_outages = {code: self._office_outages.get(code, False) for code in inventory.offices}
        for item in inventory.offices.values():
            self._judge_office(item)

    def take_windows(self, windows: Sequence[Window]) -> None:
        """Take the maintenance that the ledger knows; round-trip times are sketched anew from here on."""
        self._windows = windows
        self._holding = maintenance.announced(self._inventory, windows)
        for target in self._targets.values():
            target.sketch_due = 0

    def _known_or_new(self, of: Link | Node, target: JudgedTarget | None) -> tuple[JudgedTarget, list[Step]]:
        kept_seconds, steps = self._judgement.kept_seconds, []
        if target is None:
            target = JudgedTarget(of, self._left.pop(_name(of), Left()), kept_seconds)
        elif target.of != of:
            if target.is_judged_otherwise(of):
                self._judgement.drop(target.judged)
            steps = list(target.change(of, self._clock.time(), kept_seconds))
        if isinstance(of, Link):
            begin, end = validity(of, self._inventory.organisation.timezone)
            target.valid_from, target.valid_until = begin or 0, end
        return target, steps

    def _forget(self, target: JudgedTarget) -> None:
        target.is_gone = True
        self._judgement.drop(target.judged)
        self._fold(target)
        target.calm_until = None
        self._hand_over_sketch(target)
        track = target.judged.track
        self._close(target.id, track.outage, track.settled_until)
        self._left[target.id] = Left(track.settled_until)

    def _close(self, name: str, outage: Outage | None, settled_until: int | None) -> None:
        """End the outage of what is gone, where it has one."""
        ended = close(outage, settled_until)
        if ended is not None:
            self._sink.add(name, (), ended)
            self._told(name, ended)

    def admits(self, target: Target, slot: int) -> bool:
        """Return whether a slot is one to probe: valid, after a change, not probed before a small step of the clock.

        A validity ends here once all before its end is judged. Where the clock was set back further, slots are probed
        again and not judged again: what the link is meanwhile nobody can say.
        """
        if not target.valid_from <= slot < (target.valid_until or slot + 1):
            if isinstance(target, JudgedTarget) and target.valid_until is not None and slot >= target.valid_until:
                self._end_validity(target, target.valid_until)
            return False
        if slot < target.probed_from:
            return False
        if slot < target.launched_until:
            is_blind = isinstance(target, JudgedTarget) and target.judged.track.state is State.UNMEASURED
            if not is_blind and not target.seconds_ahead(slot):
                return False
            if isinstance(target, JudgedTarget):
                self._lose_sight(target, slot)
        return True

    def follow(self, target: Target) -> None:
        """Judge the slots that are decided and have none undecided before them."""
        flights = target.flights
        while flights and flights[0].outcome is not None:
            flight = flights.popleft()
            at, rtt_seconds = flight.at, flight.rtt_seconds
            target.count(flight)
            if at < target.judged_until or target.is_gone:
                target.last_rtt_seconds = None
                continue
            if self._recorder is not None:
                self._recorder.add(target.kind, target.id, at, flight.outcome or ERROR, rtt_seconds)
            if isinstance(target, JudgedTarget):
                for step in target.decide(self._judgement, flight):
                    self._record(target, step)
                self._settle_down(target)
            elif isinstance(target, ReferenceTarget):
                target.decide(self._judgement, flight)

    def follow_calm(self, target: JudgedTarget) -> None:
        """Hand over a calm target's slots to the ledger, and judge what was decided before its time."""
        self._sink.add(target.id, (target.hand_over(),), None)
        if target.sketch_due <= target.judged_until:
            target.count_calm()
            self._begin_sketch(target, target.judged_until)
        if target.flights:
            self.follow(target)

    def _fold(self, target: JudgedTarget) -> None:
        for step in target.fold():
            self._record(target, step)

    @property
    def is_waiting(self) -> bool:
        """Whether the isolation has to move on, echo or not."""
        return self._judgement.has_references

    def move_on(self, wall: float) -> None:
        """Let the isolation move on, and judge what waited for it."""
        if self._judgement.asks_witnesses:
            for witness in self._targets.values():
                witness.count_calm()
        for judged, step in self._judgement.advance(int(wall - self._judgement.longest_wait), self._witnesses):
            target = self._by_judged[judged]
            self._record(target, step)
            self._settle_down(target)

    def _settle_down(self, target: JudgedTarget) -> None:
        """Take the slots to come together, where the target is calm; their sketch begins with them."""
        target.settle_down()
        if target.calm_until is not None and target.sketch_due <= target.calm_until:
            self._begin_sketch(target, target.calm_until)

    def _record(self, target: JudgedTarget, step: Step) -> None:
        """Hand on what a step settled; say in the log what began or ended."""
        self._sink.add(target.id, step.spans, step.outage, step.bridged)
        for at, slot in step.dated():
            if target.sketch_due <= at:
                self._begin_sketch(target, at)
            target.sketch.observe_echo(slot.rtt_seconds, is_lost=slot.is_seen_lost)
        if step.outage is not None:
            event, at = ("outage_began", step.outage.started_at)
            if step.outage.ended_at is not None:
                event, at = ("outage_ended", step.outage.ended_at)
            logger.info("%s %s=%s at=%s", event, target.kind, target.id, datetime.fromtimestamp(at, UTC).isoformat())
            target.latest_outage = step.outage
            self._told(target.id, step.outage)
        if isinstance(target.of, Link) and not target.is_gone and target.shows_another(step.track):
            self._judge_office(self._inventory.offices[target.of.office])

    def _hand_over_sketch(self, target: JudgedTarget) -> None:
        """Give the ledger what was sketched of a link."""
        if target.sketch and target.sketch_day is not None and isinstance(target.of, Link):
            self._sink.add_sketch(target.id, target.sketch_day, target.in_sketched_maintenance, target.sketch)
        target.sketch = Sketch()

    def _begin_sketch(self, target: JudgedTarget, at: int) -> None:
        """Begin a sketch of the slots from an instant on, to the end of its local day or window at most."""
        self._hand_over_sketch(target)
        target.sketch_due = at + SKETCH_SECONDS
        if isinstance(target.of, Link):
            zone = self._inventory.organisation.timezone
            out = maintenance.excluded(self._windows, target.of, self._inventory)
            target.in_sketched_maintenance = any(start <= at < end for start, end in out)
            target.sketch_day = datetime.fromtimestamp(at, zone).date()
            next_day = midnight(date.fromordinal(target.sketch_day.toordinal() + 1), zone)
            target.sketch_due = min([target.sketch_due, next_day, *(e for part in out for e in part if e > at)])

    def _lose_sight(self, target: JudgedTarget, slot: int) -> None:
        """The wall clock runs behind what is settled: what the link is nobody can say until it has caught up."""
        if target.judged.track.state is State.UNMEASURED:
            return
        until = datetime.fromtimestamp(target.judged_until, UTC).isoformat()
        logger.warning("clock_behind %s=%s unmeasured until=%s", target.kind, target.id, until)
        self._cut(target, slot)

    def _cut(self, target: JudgedTarget, since: int) -> None:
        self._judgement.drop(target.judged)
        self._fold(target)
        target.calm_until = target.last_rtt_seconds = None
        step = lose_sight(target.judged.track, since)
        target.judged.track = step.track
        self._record(target, step)

    def _end_validity(self, target: JudgedTarget, end: int) -> None:
        """End a link with its validity, once all before it is judged: its outage ends there, and it is unmeasured."""
        track = target.judged.track
        if target.flights or target.judged.waiting or (track.outage is None and track.state is State.UNMEASURED):
            return
        self._cut(target, end)
        track = target.judged.track
        ended = Step(replace(track, outage=None), outage=close(track.outage, end))
        target.judged.track = ended.track
        self._record(target, ended)

    def links(self, findings: Findings) -> Iterator[LinkStatus]:
        """Yield every link as it is now, in the order of the inventory."""
        now = self._clock.time()
        for target in self._targets.values():
            if isinstance(target.of, Link):
                in_maintenance = maintenance.is_announced(self._holding, self._inventory, target.of, now)
                status = target.status(target.of, self._sink.seconds(target.id), in_maintenance=in_maintenance)
                since = now - target.of.degraded.window * target.of.icmp.interval_seconds
                yield replace(
                    status,
                    snmp=findings.snmp.get(target.id),
                    explained=findings.explained(target.id) if status.outage_is_open else None,
                    outages_by_cause=self._sink.outages_by_cause(target.id),
                    was_full=findings.was_full(target.id, since),
                    standing=findings.standings.get(target.id),
                )

    def is_measured(self, link: str) -> bool:
        """Return whether a link is measured now."""
        target = self._targets.get(link)
        return target is not None and target.judged.track.state is not State.UNMEASURED

    def nodes(self) -> tuple[NodeStatus, ...]:
        """Return every node as it is now."""
        now = self._clock.time()
        district, holding = self._inventory, self._holding
        return tuple(
            NodeStatus(
                node,
                self._targets[code].judged.track.state,
                self._targets[code].latest_outage,
                maintenance.is_announced(holding, district, node, now),
            )
            for code, node in district.nodes.items()
        )

    def references(self) -> tuple[ReferenceStatus, ...]:
        """Return every reference as it is now; while the clock lies behind what is known of it nobody can say."""
        now = self._clock.time()
        return tuple(
            ReferenceStatus(
                item,
                State.UNMEASURED
                if self._references[item.name].seconds_ahead(now)
                else self._judgement.reference_state(item.name),
            )
            for item in self._inventory.references
        )

    def offices(self, availability: Mapping[str, Fraction | None]) -> Iterator[OfficeStatus]:
        """Yield every office as it is now; `availability` is of the running month, by office."""
        for code, item in self._inventory.offices.items():
            state = office.state(self._states(item))
            yield OfficeStatus(item, state, self._office_outages[code], availability.get(code))

    @property
    def is_isolated(self) -> bool | None:
        """Whether the monitor itself is cut off; None without references, or where all are ahead of the clock."""
        now = self._clock.time()
        if all(reference.seconds_ahead(now) for reference in self._references.values()):
            return None
        return self._judgement.is_isolated

    @property
    def isolated_since(self) -> int | None:
        """When the monitor was cut off, in seconds since the epoch; None where `is_isolated` isn't True."""
        return self._judgement.isolated_since if self.is_isolated else None

    def was_isolated(self, start: float, end: float) -> bool:
        """Return whether the monitor was cut off in any of `[start, end)`, of the last minute, as far as is known."""
        return self._judgement.was_isolated(start, end)

    @property
    def ahead_until(self) -> int | None:
        """Until when what is settled lies ahead of the clock, so that nothing new is; None where it doesn't."""
        now = self._clock.time()
        ahead = [target.launched_until for target in self._targets.values() if target.seconds_ahead(now)]
        return max(ahead, default=None)

    def stop(self) -> None:
        """Hand on what is settled; what isn't stays unmeasured."""
        for target in self._targets.values():
            self._fold(target)
            self._hand_over_sketch(target)

    def _states(self, item: Office) -> list[State]:
        return [self._targets[link.id].judged.track.state for link in item.links]

    def _judge_office(self, item: Office) -> None:
        """Say whether the office's outage is open; without any link's outage there is none."""
        any_outage = any(self._targets[link.id].judged.track.outage is not None for link in item.links)
        was_open = self._office_outages[item.code]
        is_open = office.outage_is_open(self._states(item), was_open=was_open)
        self._office_outages[item.code] = any_outage and is_open


def _name(of: Link | Node) -> str:
    return of.id if isinstance(of, Link) else of.code


def _was_offline(item: Office, restored: Mapping[str, Restored], zone: ZoneInfo, now: float) -> bool:
    """Return whether the ledger left an office's outage open: a valid link's is, and no other stood as available."""
    valid = [link.id for link in item.links if link.id in restored and _is_valid(link, zone, now)]
    states = [State.DOWN if restored[of].outage is not None else restored[of].state for of in valid]
    return office.outage_is_open(states, was_open=False)


def _is_valid(link: Link, zone: ZoneInfo, now: float) -> bool:
    begin, end = validity(link, zone)
    return (begin is None or begin <= now) and (end is None or now < end)
