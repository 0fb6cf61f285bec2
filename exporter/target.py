"""One target as the echo loop knows it: its echoes on their way, its judge, its statistics.

Most links answer in good time in every slot. Such a calm link's slots only move `calm_until`: the ledger has them every
few seconds, the judge and the statistics when a slot differs or somebody asks.
"""

from __future__ import annotations

import math
import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import date
from ipaddress import ip_address

from exporter.degradation import Quality
from exporter.isolation import REFERENCE, Runs
from exporter.judgement import Judged, Judgement, Left, family
from exporter.linkstate import Step, Track, advance_calm, reconfigure
from exporter.model import Family, Icmp, Link, Node, Reference
from exporter.observation import Observation, Outcome
from exporter.probes.icmp import Echo
from exporter.schedule import TICKS_PER_SECOND
from exporter.snapshot import LinkStatus
from exporter.statistics import RttStatistics, Sketch
from exporter.timeline import Outage, Span, State

HELD_SECONDS = 4  # how long a calm link's settled time is held back from the ledger
LOSSES_TO_MOVE = 5  # lost slots in a row after which the echoes take the other ICMP identifier
MOVE_EVERY_SECONDS = 30  # and how often while none is answered
REPLY, LOST, ERROR = Outcome.REPLY, Outcome.LOST, Outcome.ERROR  # an enumeration's own look-up is slow


class Target:
    """What is pinged once a slot: a link, a node or a reference.

    `calm_until` is the end of the calm slots taken so far, None where the next one is judged by itself, as every
    slot of a reference is; a reply later than `slow_above` isn't in good time. `judged_until` is the end of the
    last slot judged, `launched_until` of the last one launched; none before `probed_from` is probed after a change.
    `valid_from` and `valid_until` are seconds since the epoch, None where there is no end. `kind` is link, node or
    reference.
    """

    __slots__ = (
        "_share", "address", "calm_until", "duplicates", "errors", "flights", "host", "icmp", "id", "identity",
        "is_gone", "judged_until", "kind", "last_rtt_seconds", "late", "launched_until", "losses", "lost_in_a_row",
        "moved_at",
        "probed_from", "replies", "slow_above", "statistics", "valid_from", "valid_until",
    )  # fmt: skip

    def __init__(self, of: Link | Node | Reference, icmp: Icmp, name: str) -> None:
        self.kind = type(of).__name__.lower()
        self.id = name
        self._share = zlib.crc32(name.encode()) / 2**32
        self.icmp = icmp
        self.host: tuple[str, Family | None] = (of.address, of.family if isinstance(of, Link) else None)
        self.address = literal(of.address)
        self.calm_until: int | None = None
        self.slow_above = 0.0
        self.judged_until = self.launched_until = self.probed_from = self.valid_from = 0
        self.valid_until: int | None = None
        self.is_gone = False
        self.flights: deque[Echo[Target]] = deque()
        self.statistics = RttStatistics()
        self.replies = self.losses = self.errors = 0
        self.late = 0
        self.duplicates = 0
        self.last_rtt_seconds: float | None = None
        self.identity = 0
        self.lost_in_a_row = 0
        self.moved_at = 0

    @property
    def place(self) -> int:
        """When in its slot the echo leaves, in hundredths of a second: between 5 and 90 %, by the target's id alone."""
        return int(self.icmp.interval_seconds * TICKS_PER_SECOND * (0.05 + 0.85 * self._share))

    def launch(self, slot: int, address: str) -> Echo[Target]:
        """Begin a slot's echo."""
        flight: Echo[Target] = Echo(self, slot, address)
        self.flights.append(flight)
        self.launched_until = max(self.launched_until, slot + self.icmp.interval_seconds)
        return flight

    def seconds_ahead(self, now: float) -> float:
        """Return by how much what was probed already lies ahead of a clock that was set back; 0 where it doesn't.

        So little that bridging would reach across it doesn't count: the clock makes up for it, and no slot is missed.
        """
        ahead = self.launched_until - now
        return ahead if ahead > (1 + max(1, self.icmp.bridge)) * self.icmp.interval_seconds else 0.0

    def count(self, flight: Echo[Target]) -> None:
        """Take a decided slot into the statistics, and choose the ICMP identifier of those to come."""
        rtt_seconds = self.last_rtt_seconds = flight.rtt_seconds
        if rtt_seconds is not None:
            self.replies += 1
            self.lost_in_a_row = 0
            self.statistics.observe(rtt_seconds)
        elif flight.outcome is LOST:
            self.losses += 1
            self.lost_in_a_row += 1
            due = self.moved_at + MOVE_EVERY_SECONDS <= flight.at
            if self.lost_in_a_row == LOSSES_TO_MOVE or (self.lost_in_a_row > LOSSES_TO_MOVE and due):
                self.identity = 1 - self.identity
                self.moved_at = flight.at
        else:
            self.errors += 1


class ReferenceTarget(Target):
    """A reference, which is judged with the district and not by itself."""

    __slots__ = ()

    def __init__(self, reference: Reference) -> None:
        super().__init__(reference, REFERENCE, reference.name)

    def move_to(self, reference: Reference) -> None:
        """Take another address."""
        self.host, self.address = (reference.address, None), literal(reference.address)

    def decide(self, judgement: Judgement, flight: Echo[Target]) -> None:
        """Judge a slot."""
        self.judged_until = flight.at + self.icmp.interval_seconds
        judgement.observe_reference(self.id, Observation(flight.at, flight.outcome or ERROR))


class JudgedTarget(Target):
    """A link or a node.

    Calm slots go to the ledger a few seconds at once, and to the judge and the statistics together, when a slot differs
    or when somebody asks. The `sketch` takes the slots that settle as available until `sketch_due`; they are of one
    local day, and either all in maintenance or none. `latest_outage` is the open one, else the last that ended.
    """

    __slots__ = (
        "_calm_rtts", "_hand_over_at", "_handed_until", "_shown", "in_sketched_maintenance", "judged", "latest_outage",
        "of", "sketch", "sketch_day", "sketch_due",
    )  # fmt: skip

    def __init__(self, of: Link | Node, left: Left, kept_seconds: int) -> None:
        super().__init__(of, of.icmp, of.id if isinstance(of, Link) else of.code)
        self.of = of
        self.judged = Judged(of, left, kept_seconds)
        self.latest_outage = self.judged.track.outage
        self.judged_until = self.launched_until = self.judged.track.next_at or 0
        self._calm_rtts: list[float] = []
        self._hand_over_at = self._handed_until = 0
        self._shown: tuple[State, Outage | None] | None = None
        self._take_limits()
        self.sketch = Sketch()
        self.sketch_day: date | None = None
        self.in_sketched_maintenance = False
        self.sketch_due = 0

    def _take_limits(self) -> None:
        self.slow_above = min(self.judged.track.quality.rule.rtt_seconds, self.icmp.timeout_seconds)

    def take_calm(self, at: int, rtt_seconds: float) -> bool:
        """Take a slot of a calm link that was answered in good time; return whether it is time to hand over."""
        self.judged_until = self.calm_until = end = at + self.icmp.interval_seconds
        self._calm_rtts.append(rtt_seconds)
        return end >= self._hand_over_at or end >= self.sketch_due

    def count_calm(self) -> None:
        """Take the calm slots into the statistics, and into what witnesses tell of them."""
        rtts, until = self._calm_rtts, self.calm_until
        if rtts and until is not None:
            self._calm_rtts = []
            self.replies += len(rtts)
            self.last_rtt_seconds = rtts[-1]
            self.lost_in_a_row = 0
            self.statistics.observe_all(rtts)
            self.sketch.observe_all(rtts)
            self.judged.runs.add_replies(until)

    def count(self, flight: Echo[Target]) -> None:
        """Take a decided slot that isn't calm into the statistics, after the calm ones before it."""
        self.count_calm()
        super().count(flight)

    def decide(self, judgement: Judgement, flight: Echo[Target]) -> Iterator[Step]:
        """Judge any other slot."""
        self.judged_until = flight.at + self.icmp.interval_seconds
        yield from self.fold()
        self.calm_until = None
        observation = Observation(flight.at, flight.outcome or ERROR, flight.rtt_seconds)
        yield from judgement.observe(self.judged, observation)

    def settle_down(self) -> None:
        """Take the slots to come together where the track is calm and nothing waits."""
        track = self.judged.track
        self.calm_until = track.next_at if track.is_calm and not self.judged.waiting else None
        self._handed_until = self.calm_until or 0

    def hand_over(self) -> Span:
        """Return the calm slots since the last ones that were handed over, of which there is one at least."""
        start, until = self._handed_until, self.judged_until
        self._handed_until = until
        self._hand_over_at = until + HELD_SECONDS - until % HELD_SECONDS + self.place % HELD_SECONDS
        return Span(start, until, State.UP)

    def fold(self) -> Iterator[Step]:
        """Let the judge have the calm slots that were taken together; what isn't handed over yet is in the step."""
        until = self.calm_until
        if until is None or until == self.judged.track.next_at:
            return
        self.count_calm()
        step = advance_calm(self.judged.track, until)
        self.judged.track = step.track
        start, self._handed_until = self._handed_until, until
        yield Step(step.track, (Span(start, until, State.UP),) if start < until else ())

    def is_judged_otherwise(self, of: Link | Node) -> bool:
        """Return whether other settings have other slots, or other references."""
        asked = of.family if isinstance(of, Link) else None
        return of.icmp != self.icmp or family(of.address, asked) is not self.judged.family

    def change(self, of: Link | Node, now: float, kept_seconds: int) -> Iterator[Step]:
        """Take other settings; with another slot or rule the echoes on their way stay unmeasured.

        Probing goes on with the first whole slot that begins after both now and what is settled already.
        """
        yield from self.fold()
        self.calm_until = None
        new = Judged(of, Left(), kept_seconds)
        icmp, quality = new.track.icmp, new.track.quality
        self.judged.family, self.of = new.family, of
        self.host = (of.address, of.family if isinstance(of, Link) else None)
        self.address = literal(of.address)
        changes_slots = icmp != self.icmp
        if changes_slots or quality.rule != self.judged.track.quality.rule:
            step = reconfigure(self.judged.track, icmp, quality.rule)
            self.judged.track = step.track
            yield step
        if changes_slots:
            self.icmp = icmp
            self.flights.clear()
            self.judged.waiting.clear()
            self.judged.runs = Runs(icmp.interval_seconds, kept_seconds)
            interval = icmp.interval_seconds
            self.probed_from = -(-max(self.judged.track.next_at or 0, math.ceil(now)) // interval) * interval
            self.judged_until = self.launched_until = self.probed_from
        self._take_limits()

    def shows_another(self, track: Track) -> bool:
        """Return whether its state or its outage is another than when this was last asked."""
        before, self._shown = self._shown, (track.state, track.outage)
        return before != self._shown

    def status(self, link: Link, state_seconds: Mapping[State, int], *, in_maintenance: bool) -> LinkStatus:
        """Return the link as it is now, by its echoes alone."""
        self.count_calm()
        track = self.judged.track
        return LinkStatus(
            link=link,
            state=track.state,
            state_since=track.state_since,
            outage=self.latest_outage,
            in_maintenance=in_maintenance,
            probes={REPLY: self.replies, LOST: self.losses, ERROR: self.errors},
            late=self.late,
            duplicates=self.duplicates,
            rtt=self.statistics.histogram.distribution(),
            rtt_last_seconds=self.last_rtt_seconds,
            rtt_variation_seconds=self.statistics.variation_seconds,
            state_seconds=state_seconds,
            loss_ratio=self._quality().loss_ratio,
        )

    def _quality(self) -> Quality:
        """Return the window with the calm slots that the judge has not seen yet."""
        track = self.judged.track
        if self.calm_until is None or track.next_at is None:
            return track.quality
        return track.quality.take_replies((self.calm_until - track.next_at) // self.icmp.interval_seconds)


def literal(host: str) -> str | None:
    """Return an IP address as the kernel writes it, None where the host is a name."""
    try:
        return str(ip_address(host))
    except ValueError:
        return None
