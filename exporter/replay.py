"""Recorded observations through the same judges as the live ones, into a new ledger (CONTRACT, Observations)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

from exporter import reading
from exporter.bandwidth import Meter
from exporter.diagnosis import Diagnosis
from exporter.errors import InputError
from exporter.isolation import Runs
from exporter.judgement import Judged, Judgement, Left
from exporter.ledger import Batch, Ledger
from exporter.linkstate import Step, close, lose_sight
from exporter.maintenance import excluded
from exporter.model import Family, Inventory, Link, Node
from exporter.observation import Observation
from exporter.reading import Polled, Seen
from exporter.recorded import Recorded
from exporter.statistics import Sketch
from exporter.timeline import State

BATCH_SLOTS = 100_000


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was read: observations, polls of devices, and where the settled time ends."""

    observations: int
    polls: int
    settled_until: int | None


def replay(
    lines: Iterable[str], source: str, inventory: Inventory, document: str, ledger: Ledger, version: str
) -> Replayed:
    """Judge lines of JSON into a ledger that is new; an InputError names the line that is wrong."""
    run = _Replay(inventory, ledger, document, version)
    plain, take_reply = reading.plain, run.take_reply
    number = 0
    for number, line in enumerate(lines, 1):
        try:
            match = plain(line)
            if match is None or not take_reply(*match.groups()):
                run.take_line(line)
        except ValueError as error:
            raise InputError(f"{source}:{number}: {error}") from error
    observations = number - run.polls - run.empty_lines
    if observations == 0:
        raise InputError(f"{source}: there is no observation in it")
    run.finish()
    settled = ledger.settled()
    return Replayed(observations, run.polls, None if settled is None else settled[1])


class _Replay:
    """One run: what was read lies here until no earlier slot can come any more.

    No slot before `_oldest` can come any more. While that is before `_wake_at` there is nothing to judge.
    """

    def __init__(self, inventory: Inventory, ledger: Ledger, document: str, version: str) -> None:
        self.polls = self.empty_lines = 0
        self._inventory = inventory
        self._ledger = ledger
        self._document = document
        self._version = version
        self._judgement = Judgement(inventory)
        self._longest = self._judgement.longest_interval
        self._targets: dict[tuple[str, str], Recorded] = {}
        self._by_judged: dict[Judged, Recorded] = {}
        self._by_spelling: dict[str, Recorded] = {}
        self._references: list[Recorded] = []
        self._witnesses: dict[Family, list[Runs]] = {family: [] for family in Family}
        self._order: list[tuple[int, int, Recorded]] = []
        self._newest, self._oldest = 0, -self._longest
        self._wake_at = 0.0
        self._polled: list[tuple[float, int, Polled]] = []
        self._numbers = count()
        self._meters: dict[str, Meter] = {}
        self._diagnosis = Diagnosis(inventory, self._is_measured, lambda name: self._link(name).snmp is not None)
        self._batch = Batch()
        self._in_batch = 0
        for link in inventory.links():
            self._add("link", link.id, link)
        for code, node in inventory.nodes.items():
            self._add("node", code, node)
        for reference in inventory.references:
            self._add("reference", reference.name, None)

    def _add(self, kind: str, name: str, of: Link | Node | None) -> None:
        judged = None if of is None else Judged(of, Left(), self._judgement.kept_seconds)
        link = of if isinstance(of, Link) else None
        target = Recorded(kind, name, judged, link, self._inventory.organisation.timezone)
        self._targets[kind, name] = target
        self._by_spelling |= dict.fromkeys(reading.spellings(kind, name), target)
        if judged is None:
            self._references.append(target)
        else:
            self._by_judged[judged] = target
            self._witnesses[judged.family].append(judged.runs)

    def _is_measured(self, name: str) -> bool:
        judged = self._targets["link", name].judged
        return judged is not None and judged.track.state is not State.UNMEASURED

    def _link(self, name: str) -> Link:
        link = self._targets["link", name].link
        if link is None:
            raise TypeError(f"{name} is no link")
        return link

    def take_reply(self, at_text: str, spelling: str, rtt_text: str) -> bool:
        """Take a plain reply if a calm target's stretch goes on with it; return whether it does."""
        target = self._by_spelling.get(spelling)
        if target is None:
            return False
        at, rtt_seconds = int(at_text), float(rtt_text) / 1000
        if (at != target.next_at or at >= target.look_at) and not self._is_calm(target, at):
            return False
        if rtt_seconds > target.slow_above or at < self._oldest:
            return False
        target.rtts.append(rtt_seconds)
        target.next_at = at + target.interval
        if at > self._newest:
            self._newest, self._oldest = at, at - self._longest
            if self._oldest >= self._wake_at:
                self._wake_at = self._next_work()  # the references have answered meanwhile, as a rule
                if self._oldest >= self._wake_at:
                    self._judge_until(self._oldest)
        return True

    def _is_calm(self, target: Recorded, at: int) -> bool:
        """Begin a stretch that goes on with a slot, or go on with the one that does; return whether there is one."""
        judged = target.judged
        if target.next_at == at:
            self._settle(target, target.end if judged is not None else self._oldest)
            return target.go_on()
        calm_until = self._judgement.calm_until(target.name) if judged is None else judged.calm_until
        return target.begin(calm_until, at)

    def take_line(self, line: str) -> None:
        """Take any line; a ValueError says what is wrong with it."""
        if not line.strip():
            self.empty_lines += 1
            return
        read = reading.parse(line)
        if isinstance(read, Polled):
            self.polls += 1
            self._take_poll(read)
        else:
            self._take(read)

    def _take(self, seen: Seen) -> None:
        """Take an observation; a ValueError where it is of nobody known, or too early."""
        target = self._targets.get((seen.kind, seen.name))
        if target is None:
            raise ValueError(f"{seen.kind} {seen.name!r} isn't in the inventory")
        slot = int(seen.at) // target.interval * target.interval
        last_at = target.last_at
        if last_at is not None and slot < last_at:
            raise ValueError(f"slot {slot} of {seen.name} lies before {last_at}, its last one; sort by time")
        if slot < self._oldest:
            raise ValueError(f"slot {slot} of {seen.name} comes after slots of {self._newest}; sort by time")
        if self._newest == 0:
            self._begin(slot)
        if target.hold(slot, seen):
            heappush(self._order, (slot, next(self._numbers), target))
            self._wake_at = min(self._wake_at, slot)
        if slot > self._newest:
            self._newest, self._oldest = slot, slot - self._longest
            self._judge_until(self._oldest)

    def _take_poll(self, polled: Polled) -> None:
        """Take a poll of a device; a ValueError where it is of no link known, or too early."""
        if ("link", polled.link) not in self._targets:
            raise ValueError(f"link {polled.link!r} isn't in the inventory")
        if polled.poll.at < self._oldest:
            raise ValueError(f"a poll of {polled.poll.at} comes after slots of {self._newest}; sort by time")
        heappush(self._polled, (polled.poll.at, next(self._numbers), polled))
        self._wake_at = min(self._wake_at, polled.poll.at)

    def _begin(self, at: int) -> None:
        """Announce the inventory and its maintenance as of the first observation."""
        self._ledger.record_inventory(self._document, at, self._version)
        self._ledger.record_windows(self._inventory.maintenance, at)
        windows = self._ledger.windows()
        for link in self._inventory.links():
            self._targets["link", link.id].exclude(excluded(windows, link, self._inventory))

    def _judge_until(self, limit: int) -> None:
        """Judge the slots before an instant, in order of time."""
        while self._order and self._order[0][0] < limit:
            slot, _, target = heappop(self._order)
            seen = target.release(slot)
            if seen is not None:
                self._judge(target, slot, seen)
        if self._judgement.has_references and not self._is_connected(limit):
            self._ask_references(limit)
        self._explain(limit)
        if self._in_batch > BATCH_SLOTS:
            self._write()
        self._wake_at = self._next_work()

    def _judge(self, target: Recorded, slot: int, seen: Seen) -> None:
        self._settle(target, target.end)
        if target.judged is None:
            self._judgement.observe_reference(target.name, Observation(slot, seen.outcome))
        elif target.valid_from <= slot < target.valid_until:
            observation = Observation(slot, seen.outcome, seen.rtt_seconds)
            for step in self._judgement.observe(target.judged, observation):
                self._record(target, step)

    def _is_connected(self, limit: int) -> bool:
        """Say whether up to an instant no reference was lost, and no slot has waited for them long enough."""
        return limit < self._judgement.quiet_until and all(
            self._connected_until(reference) >= limit for reference in self._references
        )

    def _connected_until(self, reference: Recorded) -> float:
        """Return up to where a reference answers; for ever where none of its slots is known."""
        until = reference.answered_until
        return math.inf if until is None and self._judgement.is_unseen(reference.name) else until or 0

    def _ask_references(self, limit: int) -> None:
        """Judge what was lost while the references answered, or didn't, up to an instant."""
        for reference in self._references:
            self._settle(reference, limit)
            if reference.end < limit:
                reference.close()
        for target in self._by_judged.values():  # they are witnesses, each up to its last slot
            if target.rtts and target.judged is not None:
                target.judged.runs.add_replies(target.end)
        for judged, step in self._judgement.advance(limit, self._witnesses):
            self._record(self._by_judged[judged], step)

    def _next_work(self) -> float:
        """Return up to where nothing is to be done but to lengthen stretches."""
        work = min(self._diagnosis.quiet_until, self._judgement.quiet_until)
        if self._order:
            work = min(work, self._order[0][0])
        if self._polled:
            work = min(work, self._polled[0][0])
        for reference in self._references:
            if (connected_until := self._connected_until(reference)) < work:
                work = connected_until
        return work

    def _explain(self, limit: int) -> None:
        """Let the polls before an instant speak, and keep what they decide."""
        while self._polled and self._polled[0][0] < limit:
            _, _, polled = heappop(self._polled)
            self._diagnosis.take_poll(polled.link, polled.poll)
            self._batch.polls[polled.link] = polled.poll
            if (snmp := self._link(polled.link).snmp) is not None:
                meter = self._meters.setdefault(polled.link, Meter(snmp.interval_seconds))
                for mean in meter.take(polled.poll):
                    self._batch.add_mean(polled.link, mean)
        for link, verdict in self._diagnosis.advance(limit):
            self._batch.add_verdict(link, verdict)

    def finish(self) -> None:
        """Judge what is held; what no later observation decides stays unmeasured."""
        for target in self._by_judged.values():
            self._settle(target, target.end)
        self._judge_until(self._newest + 1)
        for judged, target in self._by_judged.items():
            track, end = judged.track, target.valid_until
            if end <= self._newest and track.outage is not None:
                step = lose_sight(track, int(end))
                ended = close(track.outage, int(end))
                self._record(target, Step(step.track, step.spans, ended, step.bridged, step.available))
        self._explain(self._newest + 1)
        self._write()

    def _settle(self, target: Recorded, until: int) -> None:
        """Judge a target's stretch up to an instant."""
        rtts = target.take(until)
        if not rtts:
            return
        if target.judged is None:
            self._judgement.take_replies(target.name, target.start)
            return
        step = target.judged.take_replies(target.start)
        self._batch.add(target.name, step.spans, None)
        self._in_batch += len(rtts)
        if target.link is not None:
            sketch = Sketch()
            sketch.observe_all(rtts)
            self._batch.add_sketch(target.name, target.day, target.in_maintenance, sketch)

    def _record(self, target: Recorded, step: Step) -> None:
        self._batch.add(target.name, step.spans, step.outage, step.bridged)
        self._in_batch += len(step.spans)
        if step.outage is not None:
            self._diagnosis.take_outage(target.name, step.outage)
        if target.link is not None:
            for start, slot in step.dated():
                sketch = Sketch()
                sketch.observe_echo(slot.rtt_seconds, is_lost=slot.is_seen_lost)
                self._batch.add_sketch(target.name, target.local_day(start), target.is_excluded(start), sketch)

    def _write(self) -> None:
        self._ledger.write(self._batch)
        self._batch, self._in_batch = Batch(), 0
