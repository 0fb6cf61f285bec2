"""One link as the echo loop knows it: its echoes on their way, its judge, its statistics."""

from __future__ import annotations

import zlib
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import replace

from exporter.ledger import Restored
from exporter.linkstate import Step, Track, advance, close, reconfigure
from exporter.model import Link
from exporter.observation import Observation, Outcome, SnmpStatus
from exporter.snapshot import LinkStatus
from exporter.statistics import RttStatistics
from exporter.timeline import State


class Flight:
    """One echo of one slot, which begins at `at`; `outcome` is None until it is decided."""

    __slots__ = ("at", "outcome", "rtt_seconds", "target")

    def __init__(self, target: Target, at: int) -> None:
        self.target = target
        self.at = at
        self.outcome: Outcome | None = None
        self.rtt_seconds: float | None = None


class Target:
    """A link whose echoes are judged in the order of their slots.

    `next_at` is the first slot that may still be probed, `newest_slot` the last that was; `wake` is the loop's plan.
    """

    def __init__(self, link: Link, left: Restored | None) -> None:
        self.link = link
        self.track = Track(link.icmp)
        if left is not None:
            self.track = Track(link.icmp, left.settled_until, left.outage, state_since=left.settled_until)
        self.next_at = self.track.next_at or 0
        self.newest_slot = self.next_at - link.icmp.interval_seconds
        self.wake = 0
        self._flights: deque[Flight] = deque()
        self._statistics = RttStatistics()
        self._probes: Counter[Outcome] = Counter()
        self._late = 0
        self._duplicates = 0
        self._last_rtt_seconds: float | None = None

    @property
    def phase_seconds(self) -> float:
        """When in its slot the echo leaves: between 5 and 90 % of the interval, by the link's id alone."""
        share = zlib.crc32(self.link.id.encode()) / 2**32
        return self.link.icmp.interval_seconds * (0.05 + 0.85 * share)

    def slot(self, now: float) -> int:
        """Return the start of the slot that an instant lies in; both in seconds since the epoch."""
        interval = self.link.icmp.interval_seconds
        return int(now // interval) * interval

    def launch(self, slot: int) -> Flight:
        """Take a slot: none before its end may be probed any more."""
        self.newest_slot = slot
        self.next_at = slot + self.link.icmp.interval_seconds
        flight = Flight(self, slot)
        self._flights.append(flight)
        return flight

    def reply(self, flight: Flight, rtt_seconds: float) -> None:
        """Take a reply; a second one, and one after its slot was decided, are counted and change nothing."""
        if flight.outcome is None:
            flight.outcome, flight.rtt_seconds = Outcome.REPLY, rtt_seconds
        elif flight.outcome is Outcome.REPLY:
            self._duplicates += 1
        else:
            self._late += 1

    def settle(self) -> Iterator[Step]:
        """Judge the slots that are decided and have none undecided before them."""
        while self._flights and self._flights[0].outcome is not None:
            flight = self._flights.popleft()
            yield self._judge(Observation(flight.at, flight.outcome or Outcome.ERROR, flight.rtt_seconds))

    def _judge(self, observation: Observation) -> Step:
        self._probes[observation.outcome] += 1
        self._last_rtt_seconds = observation.rtt_seconds
        if observation.rtt_seconds is not None:
            self._statistics.observe(observation.rtt_seconds)
        step = advance(self.track, observation)
        self.track = step.track
        return step

    def change(self, link: Link, now: float) -> Step:
        """Take the link's other settings; with another slot or rule the echoes on their way stay unmeasured.

        Probing goes on with the first whole slot that begins after both now and what is settled already.
        """
        previous, self.link = self.link, link
        if previous.icmp == link.icmp:
            return Step(self.track)
        self._flights.clear()
        step = reconfigure(self.track, link.icmp)
        self.track = step.track
        self.newest_slot = min(self.newest_slot, self.slot(now))
        interval = link.icmp.interval_seconds
        self.next_at = -(-max(self.track.next_at or 0, int(now)) // interval) * interval
        return step

    def lose_sight(self, since: int) -> Step:
        """Stand as unmeasured, because the clock runs behind; the undecided run ends as at a gap."""
        step = reconfigure(self.track, self.link.icmp)
        self.track = replace(step.track, state=State.UNMEASURED, state_since=since)
        self._last_rtt_seconds = None
        return replace(step, track=self.track)

    def expire(self, ended_at: int) -> Step:
        """End the open outage with the link's validity."""
        ended = close(self.track.outage, ended_at)
        self.track = replace(self.track, outage=None, run_from=None, state=State.UNMEASURED, state_since=ended_at)
        return Step(self.track, outage=ended)

    def status(self, state_seconds: Mapping[State, int], snmp: SnmpStatus | None) -> LinkStatus:
        """Return the link as it is now."""
        return LinkStatus(
            link=self.link,
            state=self.track.state,
            state_since=self.track.state_since,
            outage_is_open=self.track.outage is not None,
            probes={outcome: self._probes[outcome] for outcome in Outcome},
            late=self._late,
            duplicates=self._duplicates,
            rtt=self._statistics.histogram.distribution(),
            rtt_last_seconds=self._last_rtt_seconds,
            rtt_variation_seconds=self._statistics.variation_seconds,
            state_seconds=state_seconds,
            snmp=snmp,
        )
