"""A scenario, an inventory and a seed -> what happens, moment by moment: purely, and as far as it is asked.

The same three give the same episodes, whoever plays them and however far.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from random import Random

from exporter.lab.reach import Reach
from exporter.lab.scenario import Event, Kind, Pick, Scenario, Thing, things
from exporter.lab.topology import NAMES, Address, name_of, owners
from exporter.lab.written import Lasting
from exporter.model import Cause, Inventory

FULL_LOAD = 1.1  # of what a saturated link carries: a tenth too much is dropped
QUEUE_SECONDS = 0.4
LOSS_IN_A_BURST = 0.8
Condition = Mapping[str, object]
_CAUSES = {
    Thing.LINK: Cause.LINK,
    Thing.OFFICE: Cause.POWER,
    Thing.NODE: Cause.UPSTREAM,
    Thing.PROVIDER: Cause.PROVIDER,
}
_SILENCING = frozenset({Kind.CUT, Kind.POWER_OFF, Kind.FAIL, Kind.FLAP})
_IMPAIRING = frozenset({Kind.DEGRADE, Kind.SATURATE})


@dataclass(frozen=True, slots=True)
class Episode:
    """One thing's being so `[from_seconds, to_seconds)` after the start; `to_seconds` None is for ever, equal a moment.

    `affects` are the links and nodes that can't answer, or are impaired. `cause` is why the silent ones are, else None.
    `commands` are what a network is told: the name or address that it knows, and the condition.
    """

    kind: Kind
    thing: Thing
    what: str
    from_seconds: float
    to_seconds: float | None
    cause: Cause | None = None
    affects: tuple[str, ...] = ()
    commands: tuple[tuple[str, Condition], ...] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_moment(self) -> bool:
        """Whether it is a deed that stays done, rather than something that goes on."""
        return self.to_seconds == self.from_seconds

    @property
    def is_silence(self) -> bool:
        """Whether what it affects can't answer."""
        return self.kind in _SILENCING


def episodes(scenario: Scenario, inventory: Inventory, seed: int) -> Iterator[Episode]:
    """Yield what happens, in order of beginning; no two of one kind on one thing overlap.

    What would begin on a thing while the same is going on there is left out; a random choice is made among the others.
    Only links with a DNS name move: in a district without one nothing does.
    """
    planning = _Planning(inventory, scenario)
    if scenario.loss:
        yield planning.background(float(scenario.loss))
    held: list[tuple[float, int, Episode]] = []
    number = count()
    for due in _dues(scenario, seed, planning.can_befall):
        while held and held[0][0] <= due.at:
            yield heapq.heappop(held)[2]
        for episode in planning.begin(due):
            heapq.heappush(held, (episode.from_seconds, next(number), episode))
    while held:
        yield heapq.heappop(held)[2]


@dataclass(frozen=True, slots=True)
class _Due:
    """An event's turn; `until` is when its list ends, and `chance` what the rest of its choices come from."""

    at: float
    event: Event
    until: float
    chance: Random


def _dues(scenario: Scenario, seed: int, can_befall: Callable[[Event], bool]) -> Iterator[_Due]:
    """Yield the turns of events that can befall something, in order of time, for ever where the list is repeated."""
    length = scenario.repeat_seconds or math.inf
    events = [(place, event) for place, event in enumerate(scenario.events) if can_befall(event)]
    rounds = count() if events and scenario.repeat_seconds else range(1)
    for turn in rounds:
        begin = turn * length if turn else 0.0
        own = (
            _turns(event, begin, begin + length, Random(f"{seed}/{turn}/{place}"))  # noqa: S311 -- a game, no secret
            for place, event in events
        )
        yield from heapq.merge(*own, key=lambda due: due.at)


def _turns(event: Event, begin: float, until: float, chance: Random) -> Iterator[_Due]:
    first = event.at or event.every
    if first is None:
        raise AssertionError("an event without a time")
    at = begin + _drawn(first, chance)
    while at < until:
        yield _Due(at, event, until, chance)
        if event.every is None:
            return
        at = _to_milliseconds(at + _drawn(event.every, chance))


def _drawn(length: Lasting, chance: Random) -> float:
    if length.shortest == length.longest:
        return length.shortest
    return _to_milliseconds(chance.uniform(length.shortest, length.longest))


def _to_milliseconds(seconds: float) -> float:
    return round(seconds, 3)


class _Planning:
    """What is going on, so that nothing begins on a thing where the same is."""

    def __init__(self, inventory: Inventory, scenario: Scenario) -> None:
        self._reach = Reach(inventory)
        self._versions = {
            link.id: name[1] for link in inventory.links() if (name := name_of(link.address, link.family))
        }
        self._kept = {*owners(inventory), *(event.address for event in scenario.events)}
        self._moved_to: dict[str, Address] = {}
        self._things = things(inventory)
        self._addresses = {reference.name: reference.address for reference in inventory.references}
        self._busy_until: dict[tuple[Kind, str], float] = {}

    def background(self, ratio: float) -> Episode:
        """Return the loss that is always there."""
        commands = tuple((link, {"kind": "loss", "ratio": ratio}) for link in self._things[Thing.LINK])
        return Episode(
            Kind.BACKGROUND, Thing.LINK, "every link", 0.0, None, commands=commands, parameters={"loss": ratio}
        )

    def begin(self, due: _Due) -> Iterator[Episode]:
        """Yield what an event's turn makes happen, from its moment on."""
        event = due.event
        lasts = None if event.lasts is None else _drawn(event.lasts, due.chance)
        if lasts is not None:
            end = _to_milliseconds(due.at + lasts)
        else:
            end = due.until if event.kind in _IMPAIRING else due.at
        for name in self._befallen(due):
            self._busy_until[event.kind, name] = end
            own = self._moving(event, name, due.chance) if event.kind is Kind.MOVE else event
            yield from self._episodes(own, name, due.at, end)

    def can_befall(self, event: Event) -> bool:
        """Return whether there is anything that an event may happen to."""
        return bool(self._candidates(event))

    def _candidates(self, event: Event) -> tuple[str, ...]:
        chosen = event.chosen
        names = (chosen.name,) if chosen.name is not None else self._things[chosen.thing]
        return tuple(name for name in names if name in self._versions) if event.kind is Kind.MOVE else names

    def _befallen(self, due: _Due) -> list[str]:
        chosen = due.event.chosen
        names = self._candidates(due.event)
        free = [name for name in names if self._busy_until.get((due.event.kind, name), -1.0) <= due.at]
        if chosen.pick is not Pick.RANDOM or not free:
            return free
        # A node or provider that nothing hangs from would be a riddle on the demo's screen.
        carrying = [name for name in free if self._carries_links(chosen.thing, name)]
        return [due.chance.choice(carrying or free)]

    def _carries_links(self, thing: Thing, name: str) -> bool:
        return any("/" in affected for affected in self._reach.silent(thing, name))

    def _moving(self, event: Event, link: str, chance: Random) -> Event:
        """Return a link's move with the address that it goes to: where none is written, one that nobody has."""
        to, pool = event.address, NAMES[self._versions[link]]
        while to is None or (event.address is None and (to in self._kept or to in self._moved_to.values())):
            to = pool[chance.randrange(1, pool.num_addresses - 1)]
        self._moved_to[link] = to
        return replace(event, address=to)

    def _episodes(self, event: Event, name: str, start: float, end: float) -> Iterator[Episode]:
        if event.kind is not Kind.FLAP or event.period_seconds is None:
            yield self._episode(event, name, start, end)
            return
        for turn in count():
            begin = _to_milliseconds(start + turn * event.period_seconds)
            if begin >= end:
                return
            yield self._episode(event, name, begin, min(end, _to_milliseconds(begin + self._down_seconds(event))))

    @staticmethod
    def _down_seconds(event: Event) -> float:
        return max(0.001, float(event.down) * (event.period_seconds or 0.0))

    def _episode(self, event: Event, name: str, start: float, end: float) -> Episode:
        thing = event.chosen.thing
        is_silence = event.kind in _SILENCING
        if is_silence:
            affects = self._reach.silent(thing, name)
        else:
            affects = self._reach.links(thing, name) if event.kind in _IMPAIRING else ()
        return Episode(
            kind=event.kind,
            thing=thing,
            what=name,
            from_seconds=start,
            to_seconds=None if math.isinf(end) else end,
            cause=_CAUSES.get(thing) if is_silence else None,
            affects=affects,
            commands=tuple(self._commands(event, thing, name)),
            parameters=_parameters(event),
        )

    def _commands(self, event: Event, thing: Thing, name: str) -> Iterator[tuple[str, Condition]]:
        if event.kind in _IMPAIRING:
            for link in self._reach.links(thing, name):
                for condition in _impairments(event):
                    yield link, condition
        elif event.kind is Kind.ISOLATE or event.kind in _SILENCING:
            told = self._addresses[name] if thing is Thing.REFERENCE else name
            is_power = thing is Thing.OFFICE
            if event.is_unreachable or not is_power:
                yield told, {"kind": "unreachable" if event.is_unreachable else "cut"}
            if is_power:
                yield told, {"kind": "power_off"}
        elif event.kind is Kind.MOVE:
            yield name, {"kind": "move", "to": str(event.address)}
        elif event.kind is not Kind.KILL:
            yield name, {"kind": event.kind.value}


def _impairments(event: Event) -> Iterator[Condition]:
    if event.kind is Kind.SATURATE:
        yield {"kind": "full", "load": FULL_LOAD, "queue_seconds": QUEUE_SECONDS}
    if event.loss is not None and event.burst_seconds is None:
        yield {"kind": "loss", "ratio": float(event.loss)}
    if event.loss is not None and event.burst_seconds is not None:
        yield {
            "kind": "burst",
            "good_loss_ratio": 0.0,
            "bad_loss_ratio": LOSS_IN_A_BURST,
            "good_seconds": round(event.burst_seconds * (LOSS_IN_A_BURST / float(event.loss) - 1), 3),
            "bad_seconds": event.burst_seconds,
        }
    if event.delay_seconds is not None:
        yield {"kind": "delay", "seconds": event.delay_seconds}


def _parameters(event: Event) -> dict[str, object]:
    told: dict[str, object] = {
        "loss": None if event.loss is None else float(event.loss),
        "burst_seconds": event.burst_seconds,
        "delay_seconds": event.delay_seconds,
        "answer": "unreachable" if event.is_unreachable else None,
        "address": None if event.address is None else str(event.address),
    }
    return {key: value for key, value in told.items() if value is not None}
