"""The echo loop: one echo a target in each of its slots, each decided once, in time and in order.

A target is probed at a fixed phase of its interval, which its id decides: a district's echoes are spread over the
second, and a reload moves none. Slots are the wall clock's; timeouts are the monotonic clock's.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from exporter.clock import Clock
from exporter.model import Family
from exporter.observation import Outcome
from exporter.probes.icmp import Echo
from exporter.schedule import TICKS_PER_SECOND, Wheel
from exporter.statistics import LATENESS_BOUNDS, Histogram
from exporter.target import ERROR, LOST, REPLY, JudgedTarget, Target

LONGEST_WAIT_SECONDS = 0.5
SENT_AT_ONCE = 512  # where the loop is behind, so that the replies to some are read before others leave
CLOCK_STEP_SECONDS = 0.5  # what time daemons slew away is less
MOVE_ON_TICKS = 10  # how often a follower who waits moves on
logger = logging.getLogger(__name__)
Flight = Echo[Target]


class Sender(Protocol):
    """What sends echoes; `exporter.probes.icmp.EchoSockets` in the product."""

    longest_timeout_seconds: float

    def send(self, echo: Flight, payload_bytes: int, identity: int) -> Outcome | None:
        """Send one echo by one of two identifiers; return its outcome where it is known at once, else None."""

    def drain(self) -> None:
        """Hand over every reply that has arrived."""

    def was_dropped(self, echo: Flight) -> bool:
        """Return whether this machine may have dropped the reply."""


class Follower(Protocol):
    """What becomes of echoes; `exporter.monitor.Monitor` in the product."""

    @property
    def is_waiting(self) -> bool:
        """Whether it is to be called to move on, echo or not."""

    def admits(self, target: Target, slot: int) -> bool:
        """Return whether a target's slot is to be probed."""

    def follow(self, target: Target) -> None:
        """Take the first flights of a target, as far as they are decided."""

    def follow_calm(self, target: JudgedTarget) -> None:
        """Take the slots of a calm target since this was last called, and what is decided after them."""

    def move_on(self, wall: float) -> None:
        """Do what is due without an echo, at a moment of the wall clock."""


class Pinger:
    """Sends echoes and decides what became of each; `tick` does what is due, `run` calls it until cancelled.

    `address_of(host, family)` gives an IP address, or None while there is none, and `doubt(host, family)` hears of each
    echo that is lost on the way to a name. Where `takes_calm` is False every slot is followed by itself.
    """

    def __init__(
        self,
        follower: Follower,
        clock: Clock,
        sender: Sender,
        address_of: Callable[[str, Family | None], str | None],
        doubt: Callable[[str, Family | None], None],
        *,
        takes_calm: bool,
    ) -> None:
        self._follower = follower
        self._clock = clock
        self._sender = sender
        self._address_of = address_of
        self._doubt = doubt
        self._takes_calm = takes_calm
        self._wheel: Wheel[Target] = Wheel()
        self._deadlines: dict[float, deque[tuple[float, list[Flight]]]] = {}
        self._next_tick = int(clock.time() * TICKS_PER_SECOND)
        self._offset = clock.time() - clock.monotonic()
        self._moved_on = 0
        self.clock_steps = 0
        self.lateness = Histogram(LATENESS_BOUNDS)
        self.internal_errors = 0

    def reload(self, targets: Iterable[Target]) -> None:
        """Ping these from now on; those that stay keep their place and their flights."""
        self._wheel = Wheel()
        longest = 0.0
        for target in targets:
            self._wheel.add(target, target.icmp.interval_seconds, target.place)
            longest = max(longest, target.icmp.timeout_seconds)
        self._sender.longest_timeout_seconds = longest

    async def run(self) -> None:
        """Probe until cancelled."""
        while True:  # noqa: ASYNC110 -- it waits for time, not for an event
            await asyncio.sleep(self.tick())

    def tick(self) -> float:
        """Do what is due; return the seconds until something is again, at most half a second."""
        wall = self._clock.time()
        self._watch_clock(wall)
        current = int(wall * TICKS_PER_SECOND)
        oldest = current - self._wheel.longest_interval_seconds * TICKS_PER_SECOND
        tick = self._wheel.next_after(max(self._next_tick, oldest))
        sent = 0
        while tick is not None and tick <= current and sent < SENT_AT_ONCE:
            for slot, interval, targets in self._wheel.due(tick):
                if slot + interval > wall:  # a slot that is over was missed
                    self._probe(slot, targets, tick)
                    sent += len(targets)
            tick = self._wheel.next_after(tick + 1)
        self._next_tick = max(self._next_tick, current + 1 if tick is None else min(tick, current + 1))
        self._expire()
        if self._follower.is_waiting and current // MOVE_ON_TICKS != self._moved_on:
            self._moved_on = current // MOVE_ON_TICKS
            self._follower.move_on(wall)
        return self._wait(tick)

    def _wait(self, tick: int | None) -> float:
        moments = [] if tick is None else [tick / TICKS_PER_SECOND - self._clock.time()]
        now = self._clock.monotonic()
        moments += [volleys[0][0] - now for volleys in self._deadlines.values() if volleys]
        if self._follower.is_waiting:
            moments.append(MOVE_ON_TICKS / TICKS_PER_SECOND)
        return min(max(min(moments, default=LONGEST_WAIT_SECONDS), 0.0), LONGEST_WAIT_SECONDS)

    def _watch_clock(self, wall: float) -> None:
        """Follow the wall clock; where it steps, go on at its new time."""
        offset = wall - self._clock.monotonic()
        if abs(offset - self._offset) > CLOCK_STEP_SECONDS:
            self.clock_steps += 1
            self._next_tick = int(wall * TICKS_PER_SECOND)
            logger.warning("clock_stepped seconds=%.3f", offset - self._offset)
        self._offset = offset

    def _probe(self, slot: int, targets: Sequence[Target], tick: int) -> None:
        """Send a tick's echoes of one interval."""
        volleys: dict[float, list[Flight]] = {}
        for target in targets:
            try:
                flight = self._launch(target, slot)
                if flight is not None and flight.outcome is None:
                    volleys.setdefault(target.icmp.timeout_seconds, []).append(flight)
            except Exception as bug:  # noqa: BLE001 -- it is told and counted
                self._survive(target, bug)
        now = self._clock.monotonic()
        self.lateness.observe(max(0.0, self._offset + now - tick / TICKS_PER_SECOND), len(targets))
        for timeout_seconds, flights in volleys.items():
            self._deadlines.setdefault(timeout_seconds, deque()).append((now + timeout_seconds, flights))

    def _launch(self, target: Target, slot: int) -> Flight | None:
        """Send the echo of a slot that is to be probed."""
        if not self._follower.admits(target, slot):
            return None
        address = target.address or self._address_of(*target.host)
        flight = target.launch(slot, address or "")
        outcome: Outcome | None = ERROR
        try:
            if address is not None:
                outcome = self._sender.send(flight, target.icmp.payload_bytes, target.identity)
        except Exception as bug:  # noqa: BLE001 -- it is told and counted; the echo didn't leave
            self._survive(target, bug)
        if flight.outcome is None and outcome is not None:
            self._decide(flight, outcome)
        return flight

    def _expire(self) -> None:
        """Judge the echoes as lost whose time is over; what lies in the sockets' queues is read before."""
        now = self._clock.monotonic()
        due = [volleys for volleys in self._deadlines.values() if volleys and volleys[0][0] <= now]
        if not due:
            return
        self._sender.drain()
        for volleys in due:
            while volleys and volleys[0][0] <= now:
                for flight in volleys.popleft()[1]:
                    if flight.outcome is None:
                        self._decide(flight, ERROR if self._sender.was_dropped(flight) else LOST)

    def on_reply(self, echo: Flight, rtt_seconds: float) -> None:
        """Take a reply that the sockets believe; a second one, and one that comes too late, are counted alone."""
        target = echo.target
        if (
            echo.at == target.calm_until
            and echo.outcome is None
            and rtt_seconds <= target.slow_above
            and self._takes_calm
            and target.flights[0] is echo
            and isinstance(target, JudgedTarget)
        ):
            echo.outcome = REPLY
            target.flights.popleft()
            if target.take_calm(echo.at, rtt_seconds):
                self._follow_calm(target)
            elif target.flights:
                self._follow(target)
        elif echo.outcome is REPLY:
            target.duplicates += 1
        elif echo.outcome is not None:
            target.late += 1
        elif rtt_seconds > target.icmp.timeout_seconds:
            target.late += 1
            self._decide(echo, LOST)
        else:
            echo.rtt_seconds = rtt_seconds
            self._decide(echo, REPLY)

    def on_refused(self, echo: Flight, outcome: Outcome) -> None:
        """Take what the network or this machine says of an echo that won't be answered."""
        if echo.outcome is None:
            self._decide(echo, outcome)

    def _decide(self, flight: Flight, outcome: Outcome) -> None:
        flight.outcome = outcome
        target = flight.target
        if outcome is LOST and target.address is None:
            self._doubt(*target.host)
        if target.flights and target.flights[0] is flight:
            self._follow(target)

    def _follow(self, target: Target) -> None:
        try:
            self._follower.follow(target)
        except Exception as bug:  # noqa: BLE001 -- it is told and counted
            self._survive(target, bug)

    def _follow_calm(self, target: JudgedTarget) -> None:
        try:
            self._follower.follow_calm(target)
        except Exception as bug:  # noqa: BLE001 -- it is told and counted
            self._survive(target, bug)

    def _survive(self, target: Target, bug: Exception) -> None:
        """Go on after a bug of ours: it is told once, counted, and harms no other target."""
        if self.internal_errors == 0:
            logger.error("internal_error part=monitor %s=%s", target.kind, target.id, exc_info=bug)
        self.internal_errors += 1
