"""The district's judge: observations in, settled steps out, the monitor's own cuts left out (SLA_METHOD 2).

A reply is a reply at once. A lost slot waits until it is known whether the monitor was cut off meanwhile, and the slots
after it wait behind it. The live monitor and `replay` both judge by it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from ipaddress import ip_address
from math import inf

from exporter.isolation import REFERENCE, Isolation, Runs, quorum
from exporter.linkstate import Step, Track, advance, advance_calm, begin, miss
from exporter.model import Degraded, Family, Inventory, Link, Node
from exporter.observation import Observation, Outcome
from exporter.timeline import Interval, Outage, State, union

NEVER_DEGRADED = Degraded(window=1, loss_ratio=Fraction(1), rtt_seconds=inf)  # no slot is over it


@dataclass(frozen=True, slots=True)
class Left:
    """Where a target was left: the end of its settled time, None where there is none, and its open outage."""

    settled_until: int | None = None
    outage: Outage | None = None


def family(address: str, asked: Family | None = None) -> Family:
    """Return the family by which an address is judged: a literal's own, a name's as asked for, else IPv4."""
    try:
        version = ip_address(address).version
    except ValueError:
        return asked or Family.IPV4
    return Family.IPV4 if version == 4 else Family.IPV6  # noqa: PLR2004 -- IP's own numbers


class Judged:
    """A link or a node on trial: its track, its latest slots, and those that wait for the references."""

    __slots__ = ("family", "runs", "track", "waiting")

    def __init__(self, of: Link | Node, left: Left, kept_seconds: int) -> None:
        self.family = family(of.address, of.family if isinstance(of, Link) else None)
        degraded = of.degraded if isinstance(of, Link) else NEVER_DEGRADED
        self.track = begin(of.icmp, degraded, left.settled_until, left.outage)
        self.runs = Runs(of.icmp.interval_seconds, kept_seconds)
        self.waiting: deque[Observation] = deque()

    @property
    def calm_until(self) -> int | None:
        """From where on replies in good time may be taken together; None where they may not."""
        return self.track.next_at if not self.waiting and self.track.is_calm else None

    def take_replies(self, until: int) -> Step:
        """Take replies in good time in every slot from `calm_until` to an instant."""
        self.runs.add_replies(until)
        step = advance_calm(self.track, until)
        self.track = step.track
        return step


class Judgement:
    """One district's references, and the waiting slots of its targets.

    `reload` takes an inventory; `observe` and `observe_reference` take slots in order of each one's time; `advance`
    moves the isolation on and judges what waited for it.
    """

    def __init__(self, inventory: Inventory) -> None:
        self._references: dict[str, Track] = {}
        self._down: dict[str, tuple[Interval, ...]] = {}
        self._isolation: dict[Family, Isolation] = {}
        self._waiting: dict[Judged, None] = {}
        self.reload(inventory)

    def reload(self, inventory: Inventory) -> None:
        """Take the references of an inventory; those that stay keep their state."""
        self._families = {reference.name: family(reference.address) for reference in inventory.references}
        self._demanded = inventory.reference_quorum
        settings = [link.icmp for link in inventory.links()] + [node.icmp for node in inventory.nodes.values()]
        slots = [(rule.interval_seconds, rule.timeout_seconds) for rule in (*settings, REFERENCE)]
        self.longest_interval = max(interval for interval, _ in slots)
        self.longest_wait = max(interval + timeout for interval, timeout in slots)
        self.kept_seconds = int(max(60, self.longest_interval) + self.longest_wait + 30)
        known = self._references
        self._references = {name: known.get(name, begin(REFERENCE, NEVER_DEGRADED)) for name in self._families}
        self._down = {name: self._down.get(name, ()) for name in self._families}
        counts = {of: list(self._families.values()).count(of) for of in self._families.values()}
        self._isolation = {of: self._isolation[of] for of in counts if of in self._isolation}
        for of, isolation in self._isolation.items():
            isolation.kept_seconds = self.kept_seconds
            isolation.quorum = quorum(counts[of], self._demanded)

    def observe_reference(self, name: str, observation: Observation) -> None:
        """Take a reference's slot; one that couldn't be sent counts as lost, one that was given up is ignored."""
        given_up_until = self._references[name].next_at
        if given_up_until is not None and observation.at < given_up_until:
            return
        self._begin(self._families[name], observation.at)
        outcome = Outcome.REPLY if observation.outcome is Outcome.REPLY else Outcome.LOST
        self._take(name, advance(self._references[name], Observation(observation.at, outcome)))

    def _begin(self, of: Family, at: int) -> None:
        """Judge a family from an instant on, where it isn't yet."""
        if of not in self._isolation:
            number = list(self._families.values()).count(of)
            self._isolation[of] = Isolation(quorum(number, self._demanded), self.kept_seconds, at)

    def _take(self, name: str, step: Step) -> None:
        self._references[name] = step.track
        if added := [(span.start, span.end) for span in step.spans if span.state is State.DOWN]:
            oldest = added[0][0] - self.kept_seconds
            self._down[name] = union([*(part for part in self._down[name] if part[1] >= oldest), *added])

    def calm_until(self, name: str) -> int | None:
        """From where on a reference's replies may be taken together; None where they may not."""
        track = self._references[name]
        return track.next_at if track.is_calm else None

    def is_unseen(self, name: str) -> bool:
        """Say whether nothing is known of a reference: until it is seen again `advance` decides nothing by it."""
        track = self._references[name]
        return track.side is None and track.outage is None and track.settled_until == track.next_at

    def take_replies(self, name: str, until: int) -> None:
        """Take a reference's replies in every slot from `calm_until` to an instant."""
        self._references[name] = advance_calm(self._references[name], until).track

    def observe(self, judged: Judged, observation: Observation) -> Iterator[Step]:
        """Take a target's next slot; yield what it settled."""
        judged.runs.add(observation.at, observation.outcome)
        judged.waiting.append(observation)
        return self._judge(judged)

    def _judge(self, judged: Judged) -> Iterator[Step]:
        """Judge a target's waiting slots, up to the first that has to wait longer."""
        isolation = self._isolation.get(judged.family)
        is_watched = judged.family in self._families.values()
        while judged.waiting:
            observation = judged.waiting[0]
            is_isolated = False
            if is_watched and observation.outcome is Outcome.LOST:
                end = _end(judged, observation)
                if isolation is None or isolation.decided_until < end:
                    self._waiting[judged] = None
                    return
                is_isolated = isolation.covers(observation.at, end)
            judged.waiting.popleft()
            step = advance(judged.track, observation, is_isolated=is_isolated)
            judged.track = step.track
            yield step
        self._waiting.pop(judged, None)

    def advance(self, known_until: int, witnesses: Mapping[Family, Iterable[Runs]]) -> Iterator[tuple[Judged, Step]]:
        """Move on: all slots that begin before `known_until` are known, and what they decide is yielded.

        `witnesses` gives the latest slots of a family's links and nodes; it is read only while references are down.
        """
        moved = False
        for of in dict.fromkeys(self._families.values()):
            self._begin(of, known_until)
            isolation = self._isolation[of]
            names = [name for name, its in self._families.items() if its is of]
            for name in names:
                self._take(name, miss(self._references[name], known_until))
            until = min((self._settled_until(name, known_until) for name in names), default=known_until)
            before = isolation.decided_until
            isolation.advance([self._down[name] for name in names], until, known_until, witnesses[of])
            moved = moved or isolation.decided_until > before
        if moved:
            for judged in list(self._waiting):
                for step in self._judge(judged):
                    yield judged, step

    def _settled_until(self, name: str, known_until: int) -> int:
        settled = self._references[name].settled_until
        return known_until if settled is None else settled

    def drop(self, judged: Judged) -> None:
        """Forget a target's waiting slots: they stay unmeasured."""
        judged.waiting.clear()
        self._waiting.pop(judged, None)

    @property
    def quiet_until(self) -> float:
        """Up to before this instant `advance` yields nothing, where every reference answers or is unseen."""
        return min((_end(judged, judged.waiting[0]) for judged in self._waiting), default=inf)

    @property
    def has_references(self) -> bool:
        """Whether anything has to wait for references."""
        return bool(self._families)

    @property
    def asks_witnesses(self) -> bool:
        """Whether a reference doesn't answer, so that what the others answer may matter."""
        return not all(track.is_calm for track in self._references.values())

    @property
    def is_isolated(self) -> bool | None:
        """Whether any family is cut off; None without references."""
        if not self._families:
            return None
        return any(isolation.is_isolated for isolation in self._isolation.values())

    @property
    def isolated_since(self) -> int | None:
        """When the monitor was cut off, of two families the first; None where it isn't."""
        since = (isolation.isolated_since for isolation in self._isolation.values())
        return min((at for at in since if at is not None), default=None)

    def was_isolated(self, start: float, end: float) -> bool:
        """Return whether any of `[start, end)` was cut off, as far as it is decided; longer ago than 90 s it isn't."""
        return any(isolation.covers(start, end) for isolation in self._isolation.values())

    def reference_state(self, name: str) -> State:
        """Return a reference's settled state."""
        return self._references[name].state


def _end(judged: Judged, observation: Observation) -> float:
    """Return up to when the references have to be known to judge a lost slot."""
    rule = judged.track.icmp
    return observation.at + rule.interval_seconds + rule.timeout_seconds
