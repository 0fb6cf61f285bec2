"""The echo loop: one echo a link in each of its slots, judged in order, handed to the ledger, shown to the snapshot.

A link is probed at a fixed phase of its interval, which its id decides: a district's echoes are spread over the second,
and a reload moves none. Slots are the wall clock's; waiting is the monotonic clock's.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from functools import partial
from itertools import count
from typing import Protocol

from exporter import office
from exporter.clock import Clock
from exporter.ledger import Restored
from exporter.linkstate import Step, close
from exporter.model import Family, Inventory, Link, Office
from exporter.observation import Outcome, SnmpStatus
from exporter.sla import validity
from exporter.snapshot import LinkStatus, OfficeStatus
from exporter.statistics import LATENESS_BOUNDS, Histogram
from exporter.target import Flight, Target
from exporter.timeline import Outage, Span, State

LONGEST_WAIT_SECONDS = 0.5
logger = logging.getLogger(__name__)


class Sender(Protocol):
    """What sends an echo; `exporter.probes.icmp.EchoSockets` in the product."""

    def send(self, address: str, payload_bytes: int, token: object) -> Outcome | None:
        """Send one echo; return its outcome where that is known at once, None where it left."""


class Sink(Protocol):
    """What takes settled time; `exporter.ledger.LedgerWriter` in the product."""

    def add(self, link: str, spans: Iterable[Span], outage: Outage | None) -> None:
        """Take what one step of a link settled."""

    def seconds(self, link: str) -> Mapping[State, int]:
        """Return a link's committed seconds by state."""


class Monitor:
    """Probes every link of an inventory; `tick` does what is due, `run` calls it until cancelled.

    `address_of(host, family)` gives an IP address, or None while there is none. `restored` says where the ledger left
    each link.
    """

    def __init__(
        self,
        inventory: Inventory,
        restored: Mapping[str, Restored],
        *,
        clock: Clock,
        sender: Sender,
        sink: Sink,
        address_of: Callable[[str, Family | None], str | None],
    ) -> None:
        self._clock = clock
        self._sender = sender
        self._sink = sink
        self._address_of = address_of
        self._targets: dict[str, Target] = {}
        self._left: dict[str, Restored] = dict(restored)
        self._order = count()
        self._due: list[tuple[float, int, Target]] = []
        self._deadlines: list[tuple[float, int, Flight]] = []
        self.lateness = Histogram(LATENESS_BOUNDS)
        self.internal_errors = 0
        self._office_outages = {code: _was_offline(item, restored) for code, item in inventory.offices.items()}
        self.reload(inventory)
        for link_id, left in restored.items():
            if link_id not in self._targets:
                self._sink.add(link_id, (), close(left.outage, left.settled_until))
                self._left[link_id] = replace(left, outage=None)

    def reload(self, inventory: Inventory) -> None:
        """Take an inventory: unchanged links miss no echo, changed ones keep their state.

        The open outage of a link that is gone ends where its settled time does; one that comes back goes on from there.
        """
        self._inventory = inventory
        known, self._targets = self._targets, {}
        for link in inventory.links():
            target = known.pop(link.id, None)
            if target is None:
                target = Target(link, self._left.pop(link.id, None))
                self._schedule(target, target.slot(self._clock.time()))
            elif target.link != link:
                self._record(link.id, target.change(link, self._clock.time()))
                self._schedule(target, target.slot(self._clock.time()))
            self._targets[link.id] = target
        for link_id, target in known.items():
            self._sink.add(link_id, (), close(target.track.outage, target.track.settled_until))
            if target.track.settled_until is not None:
                self._left[link_id] = Restored(target.track.settled_until, target.track.state, None, {})
        self._office_outages = {code: self._office_outages.get(code, False) for code in inventory.offices}
        for item in inventory.offices.values():
            self._judge_office(item)

    async def run(self) -> None:
        """Probe until cancelled."""
        while True:  # noqa: ASYNC110 -- it waits for time, not for an event
            await asyncio.sleep(self.tick())

    def tick(self) -> float:
        """Do what is due; return the seconds until something is again, at most half a second."""
        now = self._clock.monotonic()
        while self._due and self._due[0][0] <= now:
            due, wake, target = heapq.heappop(self._due)
            if self._targets.get(target.link.id) is target and target.wake == wake:
                self._schedule(target, target.slot(self._clock.time()) + target.link.icmp.interval_seconds)
                self._survive(target, partial(self._probe, target, due))
        while self._deadlines and self._deadlines[0][0] <= now:
            _, _, flight = heapq.heappop(self._deadlines)
            if flight.outcome is None:
                flight.outcome = Outcome.LOST
                self._survive(flight.target, partial(self._settle, flight.target))
        nearest = [heap[0][0] for heap in (self._due, self._deadlines) if heap]
        wait = min(nearest, default=now + LONGEST_WAIT_SECONDS) - self._clock.monotonic()
        return min(max(wait, 0.0), LONGEST_WAIT_SECONDS)

    def on_reply(self, token: object, rtt_seconds: float) -> None:
        """Take a reply that the sockets believe; `token` is the flight that was sent."""
        if not isinstance(token, Flight):
            raise TypeError(f"a reply's token is a flight, not {token!r}")
        target = token.target
        target.reply(token, rtt_seconds)
        self._survive(target, partial(self._settle, target))

    def links(self, snmp: Mapping[str, SnmpStatus]) -> tuple[LinkStatus, ...]:
        """Return every link as it is now, in the order of the inventory."""
        return tuple(
            target.status(self._sink.seconds(link_id), snmp.get(link_id)) for link_id, target in self._targets.items()
        )

    def offices(self, availability: Mapping[str, Fraction | None]) -> tuple[OfficeStatus, ...]:
        """Return every office as it is now; `availability` is of the running month, by office."""
        return tuple(
            OfficeStatus(item, office.state(self._states(item)), self._office_outages[code], availability.get(code))
            for code, item in self._inventory.offices.items()
        )

    def _states(self, item: Office) -> list[State]:
        return [self._targets[link.id].track.state for link in item.links]

    def _schedule(self, target: Target, slot: int) -> None:
        """Wake for a slot at the link's phase, at once where that has passed; an earlier plan is void."""
        wait = slot + target.phase_seconds - self._clock.time()
        target.wake = next(self._order)
        heapq.heappush(self._due, (self._clock.monotonic() + max(wait, 0.0), target.wake, target))

    def _probe(self, target: Target, due: float) -> None:
        """Send the running slot's echo, unless it was sent already or lies outside the link's validity."""
        slot = target.slot(self._clock.time())
        begin, end = validity(target.link, self._inventory.organisation.timezone)
        if end is not None and slot >= end:
            self._record(target.link.id, target.expire(end))
            self._judge_office(self._inventory.offices[target.link.office])
            return
        if slot < target.newest_slot:
            self._lose_sight(target, slot)
        if slot < max(target.next_at, begin or 0):
            return
        self.lateness.observe(self._clock.monotonic() - due)
        flight = target.launch(slot)
        flight.outcome = Outcome.ERROR  # where a bug of ours keeps it from leaving
        try:
            flight.outcome = self._send(target.link, flight)
        finally:
            if flight.outcome is None:
                deadline = self._clock.monotonic() + target.link.icmp.timeout_seconds
                heapq.heappush(self._deadlines, (deadline, next(self._order), flight))
            else:
                self._settle(target)

    def _send(self, link: Link, flight: Flight) -> Outcome | None:
        address = self._address_of(link.address, link.family)
        return Outcome.ERROR if address is None else self._sender.send(address, link.icmp.payload_bytes, flight)

    def _lose_sight(self, target: Target, slot: int) -> None:
        """The wall clock runs behind what is settled: what the link is nobody can say until it has caught up."""
        if target.track.state is not State.UNMEASURED:
            until = datetime.fromtimestamp(target.next_at, UTC).isoformat()
            logger.warning("clock_behind link=%s unmeasured until=%s", target.link.id, until)
            self._record(target.link.id, target.lose_sight(slot))

    def _settle(self, target: Target) -> None:
        """Judge what is decided; echoes that were on their way when their link went judge nothing."""
        if self._targets.get(target.link.id) is not target:
            return
        for step in target.settle():
            self._record(target.link.id, step)
        self._judge_office(self._inventory.offices[target.link.office])

    def _judge_office(self, item: Office) -> None:
        """Say whether the office's outage is open; without any link's outage there is none."""
        any_outage = any(self._targets[link.id].track.outage is not None for link in item.links)
        was_open = self._office_outages[item.code]
        is_open = office.outage_is_open(self._states(item), was_open=was_open)
        self._office_outages[item.code] = any_outage and is_open

    def _record(self, link_id: str, step: Step) -> None:
        """Hand on what a step settled, and say in the log what began or ended."""
        self._sink.add(link_id, step.spans, step.outage)
        if step.outage is not None:
            event, at = ("outage_began", step.outage.started_at)
            if step.outage.ended_at is not None:
                event, at = ("outage_ended", step.outage.ended_at)
            logger.info("%s link=%s at=%s", event, link_id, datetime.fromtimestamp(at, UTC).isoformat())

    def _survive(self, target: Target, work: Callable[[], None]) -> None:
        """Do something for one target; a bug of ours there is told once, counted, and harms no other."""
        try:
            work()
        except Exception:
            if self.internal_errors == 0:
                logger.exception("internal_error part=monitor link=%s", target.link.id)
            self.internal_errors += 1


def _was_offline(item: Office, restored: Mapping[str, Restored]) -> bool:
    """Return whether the ledger left an office's outage open: a link's is, and no other link stood as up."""
    return office.state(_stood(restored[link.id]) for link in item.links if link.id in restored) is State.DOWN


def _stood(left: Restored) -> State:
    if left.outage is not None:
        return State.DOWN
    return State.UP if left.seconds.get(State.UP) else State.UNMEASURED
