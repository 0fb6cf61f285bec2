"""Recorded observations through the same judges as the live ones, into a new ledger (CONTRACT, Observations)."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from heapq import heappop, heappush
from itertools import count

from exporter.bandwidth import Meter
from exporter.diagnosis import Diagnosis
from exporter.errors import InputError
from exporter.isolation import Runs
from exporter.judgement import Judged, Judgement, Left
from exporter.ledger import Batch, Ledger
from exporter.linkstate import Step, close, lose_sight
from exporter.maintenance import excluded
from exporter.model import Family, Inventory, Link, Node
from exporter.observation import DevicePoll, Observation, Outcome
from exporter.sla import validity
from exporter.statistics import Sketch
from exporter.timeline import Interval, State

KINDS = ("link", "node", "reference")
DEVICE_FACTS = ("boot_at", "receive_bytes", "transmit_bytes")
DEVICE_KEYS = frozenset({"at", "link", *DEVICE_FACTS})
KEYS = frozenset({"at", *KINDS, "outcome", "rtt_ms"})
WORTH = {Outcome.ERROR: 0, Outcome.LOST: 1, Outcome.REPLY: 2}  # of several observations in one slot the best counts
LATEST_SECOND = 2**40
BATCH_LINES = 100_000


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was read: observations, polls of devices, and where the settled time ends."""

    observations: int
    polls: int
    settled_until: int | None


@dataclass(frozen=True, slots=True)
class _Seen:
    kind: str
    name: str
    at: float
    outcome: Outcome
    rtt_seconds: float | None


def replay(
    lines: Iterable[str], source: str, inventory: Inventory, document: str, ledger: Ledger, version: str
) -> Replayed:
    """Judge lines of JSON into a ledger that is new; an InputError names the line that is wrong."""
    run = _Replay(inventory, ledger, document, version)
    observations = polls = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            seen = _parse(line)
            if isinstance(seen, _Polled):
                run.take_poll(seen)
                polls += 1
            else:
                run.take(seen)
                observations += 1
        except ValueError as error:
            raise InputError(f"{source}:{number}: {error}") from error
    if observations == 0:
        raise InputError(f"{source}: there is no observation in it")
    run.finish()
    settled = ledger.settled()
    return Replayed(observations, polls, None if settled is None else settled[1])


@dataclass(frozen=True, slots=True)
class _Polled:
    link: str
    poll: DevicePoll


def _parse(line: str) -> _Seen | _Polled:
    """Read a line; a ValueError says what is wrong."""
    try:
        item = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"this is no JSON object: {error}") from error
    if not isinstance(item, dict):
        raise ValueError("this is no JSON object")  # noqa: TRY004 -- of the line, and not of our caller
    at = _instant(item.get("at"))
    kinds = [kind for kind in KINDS if kind in item]
    if len(kinds) != 1 or not isinstance(item[kinds[0]], str):
        raise ValueError('name one of "link", "node" or "reference", as a text')
    if "outcome" not in item and not set(DEVICE_FACTS).isdisjoint(item):
        return _polled(item, at)
    if unknown := sorted(item.keys() - KEYS):
        raise ValueError(f"unknown key {unknown[0]!r}; an observation has at, outcome, rtt_ms and who it is of")
    try:
        outcome = Outcome(item.get("outcome"))
    except ValueError:
        raise ValueError(f"outcome {item.get('outcome')!r} is none of reply, lost, error") from None
    return _Seen(kinds[0], item[kinds[0]], at, outcome, _rtt_seconds(item.get("rtt_ms"), outcome))


def _polled(item: dict[str, object], at: float) -> _Polled:
    """Read the facts of a device."""
    if unknown := sorted(item.keys() - DEVICE_KEYS):
        raise ValueError(f"unknown key {unknown[0]!r}; facts of a device have {', '.join(sorted(DEVICE_KEYS))}")
    if missing := sorted(DEVICE_KEYS - item.keys()):
        raise ValueError(f"{missing[0]!r} is missing; facts of a device have {', '.join(sorted(DEVICE_KEYS))}")
    receive, transmit = (_count(item[name], name) for name in DEVICE_FACTS[1:])
    return _Polled(str(item["link"]), DevicePoll(at, _instant(item["boot_at"]), receive, transmit))


def _count(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{name} {value!r} is no number of bytes")
    return value


def _instant(value: object) -> float:
    if isinstance(value, str):
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"at {value!r} is no instant; write seconds since the epoch or ISO 8601") from None
        if instant.tzinfo is None:
            raise ValueError(f"at {value!r} has no offset from UTC; write for instance {value}+07:00")
        return instant.timestamp()
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LATEST_SECOND:
        raise ValueError(f"at {value!r} is no instant; write seconds since the epoch or ISO 8601 with an offset")
    return value


def _rtt_seconds(value: object, outcome: Outcome) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not (math.isfinite(value) and value >= 0):
        raise ValueError(f"rtt_ms {value!r} is no round-trip time in milliseconds")
    if outcome is not Outcome.REPLY:
        raise ValueError(f"rtt_ms {value!r}: only a reply has a round-trip time")
    return value / 1000


class _Replay:
    """One run: what was read lies here until no earlier slot can come any more."""

    def __init__(self, inventory: Inventory, ledger: Ledger, document: str, version: str) -> None:
        self._inventory = inventory
        self._ledger = ledger
        self._document = document
        self._version = version
        self._zone = inventory.organisation.timezone
        self._judgement = Judgement(inventory)
        self._of: dict[str, Link | Node] = {link.id: link for link in inventory.links()} | dict(inventory.nodes)
        kept = self._judgement.kept_seconds
        self._judged = {name: Judged(of, Left(), kept) for name, of in self._of.items()}
        self._names = {judged: name for name, judged in self._judged.items()}
        self._references = {reference.name for reference in inventory.references}
        self._last: dict[tuple[str, str], int] = {}
        self._held: dict[tuple[str, str, int], _Seen] = {}
        self._order: list[tuple[int, int, tuple[str, str, int]]] = []
        self._excluded: dict[str, tuple[Interval, ...]] = {}
        self._newest = 0
        self._polls: list[tuple[float, int, _Polled]] = []
        self._numbers = count()
        self._meters: dict[str, Meter] = {}
        self._diagnosis = Diagnosis(inventory, self._is_measured, lambda name: self._of_link(name).snmp is not None)
        self._batch = Batch()
        self._in_batch = 0
        self._witnesses: dict[Family, list[Runs]] = {family: [] for family in Family}
        for judged in self._judged.values():
            self._witnesses[judged.family].append(judged.runs)

    def take(self, seen: _Seen) -> None:
        """Take an observation; a ValueError where it is of nobody known, or too early."""
        slot = self._slot(seen)
        who = (seen.kind, seen.name)
        if slot < self._last.get(who, slot):
            raise ValueError(f"slot {slot} of {seen.name} lies before {self._last[who]}, its last one; sort by time")
        if slot < self._newest - self._judgement.longest_interval:
            raise ValueError(f"slot {slot} of {seen.name} comes after slots of {self._newest}; sort by time")
        self._last[who] = slot
        if self._newest == 0:
            self._begin(slot)
        key = (*who, slot)
        held = self._held.get(key)
        if held is None:
            heappush(self._order, (slot, len(self._order), key))
        if held is None or WORTH[held.outcome] < WORTH[seen.outcome]:
            self._held[key] = seen
        if slot > self._newest:
            self._newest = slot
            self._judge_until(slot - self._judgement.longest_interval)

    def take_poll(self, polled: _Polled) -> None:
        """Take a poll of a device; a ValueError where it is of no link known, or too early."""
        if not isinstance(self._of.get(polled.link), Link):
            raise ValueError(f"link {polled.link!r} isn't in the inventory")  # noqa: TRY004 -- of the line
        if polled.poll.at < self._newest - self._judgement.longest_interval:
            raise ValueError(f"a poll of {polled.poll.at} comes after slots of {self._newest}; sort by time")
        heappush(self._polls, (polled.poll.at, next(self._numbers), polled))

    def _is_measured(self, name: str) -> bool:
        return self._judged[name].track.state is not State.UNMEASURED

    def _of_link(self, name: str) -> Link:
        of = self._of[name]
        if not isinstance(of, Link):
            raise TypeError(f"{name} is no link")
        return of

    def _slot(self, seen: _Seen) -> int:
        if seen.kind == "reference":
            known, interval = seen.name in self._references, 1
        else:
            of = self._of.get(seen.name)
            known = isinstance(of, Link if seen.kind == "link" else Node)
            interval = of.icmp.interval_seconds if of is not None else 1
        if not known:
            raise ValueError(f"{seen.kind} {seen.name!r} isn't in the inventory")
        return int(seen.at) // interval * interval

    def _begin(self, at: int) -> None:
        """Announce the inventory and its maintenance as of the first observation."""
        self._ledger.record_inventory(self._document, at, self._version)
        self._ledger.record_windows(self._inventory.maintenance, at)
        windows = self._ledger.windows()
        for link in self._inventory.links():
            self._excluded[link.id] = excluded(windows, link, self._inventory)

    def _judge_until(self, limit: int) -> None:
        """Judge the slots before an instant, in order of time."""
        while self._order and self._order[0][0] < limit:
            _, _, key = heappop(self._order)
            seen = self._held.pop(key)
            if seen.kind == "reference":
                self._judgement.observe_reference(seen.name, Observation(key[2], seen.outcome))
            elif self._is_valid(seen.name, key[2]):
                judged = self._judged[seen.name]
                for step in self._judgement.observe(judged, Observation(key[2], seen.outcome, seen.rtt_seconds)):
                    self._record(seen.name, step)
        if self._judgement.has_references:
            for judged, step in self._judgement.advance(limit, self._witnesses):
                self._record(self._names[judged], step)
        self._explain(limit)
        if self._in_batch > BATCH_LINES:
            self._write()

    def _explain(self, limit: int) -> None:
        """Let the polls before an instant speak, and keep what they decide."""
        while self._polls and self._polls[0][0] < limit:
            _, _, polled = heappop(self._polls)
            self._diagnosis.take_poll(polled.link, polled.poll)
            self._batch.polls[polled.link] = polled.poll
            if (snmp := self._of_link(polled.link).snmp) is not None:
                meter = self._meters.setdefault(polled.link, Meter(snmp.interval_seconds))
                for mean in meter.take(polled.poll):
                    self._batch.add_mean(polled.link, mean)
        for link, verdict in self._diagnosis.advance(limit):
            self._batch.add_verdict(link, verdict)

    def _is_valid(self, name: str, slot: int) -> bool:
        of = self._of[name]
        if not isinstance(of, Link):
            return True
        begin, end = validity(of, self._zone)
        return (begin or 0) <= slot < (end or slot + 1)

    def finish(self) -> None:
        """Judge what is held; what no later observation decides stays unmeasured."""
        self._judge_until(self._newest + 1)
        for name, of in self._of.items():
            end = validity(of, self._zone)[1] if isinstance(of, Link) else None
            track = self._judged[name].track
            if end is not None and end <= self._newest and track.outage is not None:
                step = lose_sight(track, end)
                self._record(name, Step(step.track, step.spans, close(track.outage, end), step.bridged, step.available))
        self._explain(self._newest + 1)
        self._write()

    def _record(self, name: str, step: Step) -> None:
        self._batch.add(name, step.spans, step.outage, step.bridged)
        self._in_batch += len(step.spans)
        if step.outage is not None:
            self._diagnosis.take_outage(name, step.outage)
        if isinstance(self._of[name], Link):
            for start, slot in step.dated():
                sketch = Sketch()
                sketch.observe_echo(slot.rtt_seconds, is_lost=slot.is_seen_lost)
                is_out = any(low <= start < high for low, high in self._excluded[name])
                day = datetime.fromtimestamp(start, self._zone).date()
                self._batch.add_sketch(name, day, is_out, sketch)

    def _write(self) -> None:
        self._ledger.write(self._batch)
        self._batch, self._in_batch = Batch(), 0
