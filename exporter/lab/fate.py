"""What becomes of an echo in the district: a matter of conditions, chance from a seed, and the instant it comes.

The same echoes at the same instants have the same fates; a link's own chance doesn't depend on the others' echoes,
while a lossy node or provider shares its chance among all that passes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from random import Random
from typing import NamedTuple, Protocol

from exporter.lab import conditions
from exporter.lab.conditions import Condition, Disturbing, Kind, kind_of
from exporter.lab.topology import MONITOR, Address, Place, Topology

_CLOSING = frozenset({Kind.CUT, Kind.UNREACHABLE, Kind.POWER_OFF})
_JITTER_SHARE = 0.4  # of the span of a medium's round trips; the rest is what links differ by


@dataclass(frozen=True, slots=True)
class Answered:
    """The destination answers after a delay."""

    delay_seconds: float


@dataclass(frozen=True, slots=True)
class Lost:
    """Nothing comes back."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A router says that it can't reach the destination."""

    router: Address
    delay_seconds: float


@dataclass(frozen=True, slots=True)
class TimeExceeded:
    """A router says that the echo's time to live ended at it."""

    router: Address
    delay_seconds: float


Fate = Answered | Lost | Unreachable | TimeExceeded
LOST = Lost()


class _Disturbance(Protocol):
    """A condition at work; instants must not go back."""

    def delay_seconds(self, at_seconds: float) -> float | None:
        """Return how much later an echo is, or None where it is lost."""


class _Way(NamedTuple):
    """How far echoes come: all the way, or to a place that says so, or silently nowhere."""

    is_open: bool = True
    speaker: Place | None = None
    disturbances: tuple[_Disturbance, ...] = ()


class _Route:
    """A place with what holds on the way to it: `through` for what is below, `to` for its own address."""

    __slots__ = ("base_seconds", "below", "chance", "jitter_seconds", "place", "through", "to")

    def __init__(self, place: Place, seed: int) -> None:
        self.place = place
        self.chance = Random(f"{seed}/{place.address}/{'+'.join(place.names)}")  # noqa: S311 - fates are no secrets
        least, greatest = place.round_trip_seconds
        self.jitter_seconds = _JITTER_SHARE * (greatest - least)
        self.base_seconds = self.chance.uniform(least, greatest - self.jitter_seconds)
        self.below: list[_Route] = []
        self.through = self.to = _Way()

    def delay_seconds(self, disturbances: Iterable[_Disturbance], at_seconds: float) -> float | None:
        """Return the round trip of an echo that comes so far, or None where it is lost."""
        delay = self.base_seconds + self.jitter_seconds * self.chance.random()
        for disturbance in disturbances:
            more = disturbance.delay_seconds(at_seconds)
            if more is None:
                return None
            delay += more
        return delay


class Fates:
    """The fates of a district's echoes.

    Names are a link's id, an office's, a node's or a provider's code, an address, and MONITOR. A node's conditions hold
    for all below it, those of an address for what is sent to it alone, and the monitor's for everything. What moves
    takes the conditions of its names along. What concerns routers alone changes nothing here.
    `closed` are the addresses that nothing gets to, `is_isolated` whether nothing passes at all, `moves` how often
    something has got another address.
    """

    def __init__(self, topology: Topology, seed: int = 0) -> None:
        self._topology = topology
        self._seed = seed
        self._routes: dict[Place, _Route] = {}
        self._by_address: dict[bytes, _Route] = {}
        self._standing: defaultdict[str, dict[Kind, _Disturbance | None]] = defaultdict(dict)
        self._ever_set = 0
        self._left: set[Address] = set()
        self.closed: set[Address] = set()
        self.is_isolated = False
        self.moves = 0
        for place in topology.places:
            self._add(place)
        self._edge = self._routes[topology.edge]

    def of(self, destination: bytes, ttl: int, at_seconds: float) -> Fate:
        """Return what becomes of an echo to a packed address at a monotonic instant, which must not go back.

        `ttl` is what is left of it at the edge; the first router on the way is the one that a `ttl` of 1 ends at.
        """
        if self.is_isolated:
            return LOST
        route = self._by_address.get(destination)
        if route is None:
            return self._answered(self._edge, self._edge.through, at_seconds)
        version = 4 if len(destination) == 4 else 6  # noqa: PLR2004
        routers = route.place.routers
        if ttl > len(routers):
            return self._end(route, version, at_seconds)
        hop = routers[max(ttl, 1) - 1]
        fate = self._end(self._routes[hop], version, at_seconds)
        if not isinstance(fate, Answered):
            return fate
        router = hop.speaks_from(version)
        return LOST if router is None else TimeExceeded(router, fate.delay_seconds)

    def set(self, what: str, condition: Condition, at_seconds: float) -> None:
        """Let a condition hold from an instant on; it takes the place of one of its kind.

        InputError says that there is no such thing in the district, or that it can't be so.
        """
        if isinstance(condition, conditions.Move):
            self._move(self._topology.movable(what)[0], condition.to)
            return
        name, routes = self._concerned(what)
        if isinstance(condition, conditions.Moment):
            return
        self._standing[name][kind_of(condition)] = self._at_work(name, condition, at_seconds)
        self._refresh(name, routes)

    def clear(self, what: str, kind: Kind) -> None:
        """Let a condition hold no more: what has moved is where it was at first. InputError says that there is none.

        What is at its first address is so already: it may have moved there.
        """
        if kind is Kind.MOVE:
            self._move(*self._topology.movable(what))
            return
        name, routes = self._concerned(what)
        if kind not in self._standing[name]:
            raise conditions.nothing_to_clear(name, kind)
        del self._standing[name][kind]
        self._refresh(name, routes)

    @property
    def names(self) -> dict[str, str]:
        """The DNS name that leads to each address that has one."""
        return {str(address): name for (name, _), address in self._topology.hosts.items()}

    def _move(self, place: Place, to: Address) -> None:
        """Let a place answer at another address; at the one it had nobody does from now on."""
        before = place.address
        if before is None or before == to:
            return
        stranger = self._topology.move(place, to)
        if stranger is not None:
            self._edge.below.remove(self._routes.pop(stranger))
        route = self._by_address[to.packed] = self._routes[place]
        self._left.discard(to)
        self._left.add(before)
        left = self._add(self._topology.stranger(before))
        self._refresh(str(before), [left])
        self._refresh(str(to), [route])
        self.moves += 1

    def _concerned(self, what: str) -> tuple[str, list[_Route]]:
        name, places = self._topology.concerned(what)
        if not places:
            places = [self._add(self._topology.stranger(ip_address(name))).place]
        return name, [self._routes[place] for place in places]

    def _at_work(self, name: str, condition: Condition, at_seconds: float) -> _Disturbance | None:
        """Return what disturbs echoes, None for what closes the way, or concerns routers alone."""
        if not isinstance(condition, Disturbing):
            return None
        self._ever_set += 1
        chance = Random(f"{self._seed}/{name}/{self._ever_set}")  # noqa: S311 - fates are no secrets
        return _disturbance(condition, chance, at_seconds)

    def _add(self, place: Place) -> _Route:
        route = self._routes[place] = _Route(place, self._seed)
        if place.address is not None:
            self._by_address[place.address.packed] = route
        if place.above is not None:
            above = self._routes[place.above]
            above.below.append(route)
            route.through = route.to = above.through
        return route

    def _refresh(self, name: str, routes: list[_Route]) -> None:
        """Reckon again what a name's conditions change."""
        if name == MONITOR:
            self.is_isolated = not self._standing[name].keys().isdisjoint(_CLOSING)
        waiting = routes[::-1]
        while waiting:
            route = waiting.pop()
            place = route.place
            above = _Way() if place.above is None else self._routes[place.above].through
            route.through = self._passing(above, place.names, place)
            route.to = route.through
            if place.address is not None:
                is_left = place.address in self._left
                route.to = (
                    _Way(is_open=False) if is_left else self._passing(route.through, (str(place.address),), place)
                )
                (self.closed.discard if route.to.is_open else self.closed.add)(place.address)
            waiting.extend(route.below)

    def _passing(self, way: _Way, names: tuple[str, ...], place: Place) -> _Way:
        """Return a way with the conditions of some names added; the first place that is closed decides.

        Of the edge, which is closed for nothing or for all, `is_isolated` tells.
        """
        held = [self._standing[name] for name in names if self._standing.get(name)]
        if not held or not way.is_open:
            return way
        if place.above is not None:
            if any(Kind.CUT in each for each in held):
                return _Way(is_open=False)
            if any(Kind.UNREACHABLE in each for each in held):
                return _Way(is_open=False, speaker=place.above)
            if any(Kind.POWER_OFF in each for each in held):
                return _Way(is_open=False)
        # A provider's condition is met at its node and again at its link: it counts once.
        more = (each for one in held for each in one.values() if each is not None and each not in way.disturbances)
        return way._replace(disturbances=(*way.disturbances, *more))

    def _end(self, route: _Route, version: int, at_seconds: float) -> Fate:
        way = route.to
        if way.is_open:
            return self._answered(route, way, at_seconds)
        if way.speaker is None or (router := way.speaker.speaks_from(version)) is None:
            return LOST
        speaker = self._routes[way.speaker]
        delay = speaker.delay_seconds(speaker.through.disturbances, at_seconds)
        return LOST if delay is None else Unreachable(router, delay)

    @staticmethod
    def _answered(route: _Route, way: _Way, at_seconds: float) -> Answered | Lost:
        delay = route.delay_seconds(way.disturbances, at_seconds)
        return LOST if delay is None else Answered(delay)


def _disturbance(condition: Disturbing, chance: Random, at_seconds: float) -> _Disturbance:
    match condition:
        case conditions.Loss():
            return _Loss(condition, chance)
        case conditions.Burst():
            return _Burst(condition, chance, at_seconds)
        case conditions.Delay():
            return _Delay(condition, chance)
        case conditions.Full():
            return _Full(condition, chance, at_seconds)


class _Loss:
    def __init__(self, condition: conditions.Loss, chance: Random) -> None:
        self._ratio = condition.ratio
        self._chance = chance

    def delay_seconds(self, at_seconds: float) -> float | None:
        del at_seconds
        return None if self._chance.random() < self._ratio else 0.0


class _Burst:
    """Good at first; how long each time lasts is exponential, so that it knows nothing of how often it is asked."""

    def __init__(self, condition: conditions.Burst, chance: Random, at_seconds: float) -> None:
        self._ratios = (condition.good_loss_ratio, condition.bad_loss_ratio)
        self._lengths = (condition.good_seconds, condition.bad_seconds)
        self._turns, self._losses = Random(chance.random()), chance  # noqa: S311 - fates are no secrets
        self._is_bad = False
        self._until = at_seconds + self._length()

    def delay_seconds(self, at_seconds: float) -> float | None:
        while at_seconds >= self._until:
            self._is_bad = not self._is_bad
            self._until += self._length()
        return None if self._losses.random() < self._ratios[self._is_bad] else 0.0

    def _length(self) -> float:
        return self._turns.expovariate(1 / self._lengths[self._is_bad])


class _Delay:
    def __init__(self, condition: conditions.Delay, chance: Random) -> None:
        self._condition = condition
        self._chance = chance

    def delay_seconds(self, at_seconds: float) -> float | None:
        del at_seconds
        return self._condition.seconds + self._condition.jitter_seconds * self._chance.random()


class _Full:
    """The queue grows by the surplus; once it is as long as it gets, that share is dropped."""

    def __init__(self, condition: conditions.Full, chance: Random, at_seconds: float) -> None:
        self._growth = condition.load - 1
        self._dropped_ratio = 1 - 1 / condition.load
        self._queue_seconds = condition.queue_seconds
        self._since = at_seconds
        self._chance = chance

    def delay_seconds(self, at_seconds: float) -> float | None:
        grown = self._growth * (at_seconds - self._since)
        if grown < self._queue_seconds:
            return grown
        return None if self._chance.random() < self._dropped_ratio else self._queue_seconds
