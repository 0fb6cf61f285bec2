"""A scenario: what happens in the lab's district, and when, as people write it in YAML. Every problem at once.

    repeat: 10m                                             # the list starts again; without it, it is played once
    loss: 2%                                                # on every link, all the time
    events:
      - {at: 15s, cut: dinkes/primary, for: 45s}
      - {every: 2m..4m, cut: random link, for: 2s..6s}      # A..B: anything between, chosen by the seed
      - {at: 2m, fail: random provider, for: 1m, answer: unreachable}

An event is one deed, what it befalls, when it begins and how long it lasts; DEEDS says which deed befalls what. What it
befalls is a name of the inventory, `random KIND`, `every KIND`, or the `monitor`. `at` counts from the start of the
list; `every` alone begins after its first length, with `at` then. Durations are written as in the inventory.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from exporter import units
from exporter.errors import InputError
from exporter.inventory.document import compose
from exporter.inventory.encoding import LARGEST_BYTES, decode
from exporter.inventory.fields import Fault, Reader, Section, Value, list_of, parsed
from exporter.inventory.problems import Problems
from exporter.inventory.wording import guess, guess_or_list, shown
from exporter.lab import written
from exporter.lab.topology import Address, name_of, owners
from exporter.lab.written import Lasting
from exporter.model import Inventory

T = TypeVar("T")

SHIPPED = Path(__file__).parent / "scenarios"
MOST_DELAY_SHARE = 0.4
LEAST_LOSS_IN_BURSTS = Fraction(1, 100)
MONITOR = "monitor"


class Kind(Enum):
    """What can happen; the value is the deed's word in a scenario, and in the truth."""

    CUT = "cut"
    POWER_OFF = "power_off"
    FAIL = "fail"
    ISOLATE = "isolate"
    FLAP = "flap"
    DEGRADE = "degrade"
    SATURATE = "saturate"
    KILL = "kill"
    REBOOT = "reboot"
    RENUMBER = "renumber"
    WRAP = "wrap"
    MOVE = "move"
    MUTE = "mute"
    BACKGROUND = "background"  # the loss that is always there; no event


class Thing(Enum):
    """What it can befall; the value is its word after `random` and `every`."""

    LINK = "link"
    OFFICE = "office"
    NODE = "node"
    PROVIDER = "provider"
    REFERENCE = "reference"
    MONITOR = "monitor"


class Pick(Enum):
    """Which of the things of a kind it befalls."""

    NAMED = "named"
    RANDOM = "random"
    EVERY = "every"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What an event befalls; `name` is None unless it is named."""

    pick: Pick
    thing: Thing
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a scenario; what it doesn't say is None, but for `down`, the part of a flap's period without answer.

    `lasts` None is a moment's deed, or impairment up to where the list ends.
    """

    kind: Kind
    chosen: Chosen
    at: Lasting | None = None
    every: Lasting | None = None
    lasts: Lasting | None = None
    is_unreachable: bool = False
    period_seconds: float | None = None
    down: Fraction = Fraction(1, 2)
    loss: Fraction | None = None
    burst_seconds: float | None = None
    delay_seconds: float | None = None
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """A list of events; `repeat_seconds` None plays it once. `loss` is on every link all the time."""

    name: str
    events: tuple[Event, ...]
    repeat_seconds: float | None = None
    loss: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Deed:
    """What a deed may befall, the keys it takes beside `at` and `every`, and those of them that it needs."""

    things: tuple[Thing, ...]
    keys: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()


_SILENCES, _PIECES = ("for", "answer"), (Thing.LINK, Thing.OFFICE, Thing.PROVIDER)
DEEDS = {
    Kind.CUT: Deed((Thing.LINK, Thing.REFERENCE), _SILENCES, ("for",)),
    Kind.POWER_OFF: Deed((Thing.OFFICE,), _SILENCES, ("for",)),
    Kind.FAIL: Deed((Thing.NODE, Thing.PROVIDER), _SILENCES, ("for",)),
    Kind.ISOLATE: Deed((Thing.MONITOR,), ("for",), ("for",)),
    Kind.FLAP: Deed((*_PIECES, Thing.NODE), (*_SILENCES, "period", "down"), ("for", "period")),
    Kind.DEGRADE: Deed(_PIECES, ("for", "loss", "burst", "delay")),
    Kind.SATURATE: Deed(_PIECES, ("for",)),
    Kind.KILL: Deed((Thing.MONITOR,), ("for",), ("for",)),
    Kind.REBOOT: Deed((Thing.LINK,)),
    Kind.RENUMBER: Deed((Thing.LINK,)),
    Kind.WRAP: Deed((Thing.LINK,)),
    Kind.MOVE: Deed((Thing.LINK,), ("to",)),
    Kind.MUTE: Deed((Thing.LINK, Thing.OFFICE), ("for",), ("for",)),
}
_LASTS_ON = {kind for kind, deed in DEEDS.items() if "for" in deed.keys and "for" not in deed.needed}
_WORDS = tuple(kind.value for kind in DEEDS)
_OPTIONS = ("for", "answer", "period", "down", "loss", "burst", "delay", "to")
KEYS = ("at", "every", *_WORDS, *_OPTIONS)


def named(name: str, inventory: Inventory) -> Scenario:
    """Return a shipped scenario by its name, or the one in a file; raise InputError where there is neither."""
    if name in shipped():
        return load(SHIPPED / f"{name}.yaml", inventory)
    if Path(name).suffix or "/" in name:
        return load(Path(name), inventory)
    raise InputError(f"scenario {name!r}: there is no such one{guess_or_list(name, shipped())}, or name a file")


def shipped() -> list[str]:
    """Return the names of the scenarios that come with the lab."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def load(path: Path, inventory: Inventory) -> Scenario:
    """Return the scenario of a file; raise InventoryError with every problem, InputError where it can't be read."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}; name a scenario's file") from error
    return parse(raw, str(path), inventory)


def parse(text: str | bytes, name: str, inventory: Inventory) -> Scenario:
    """Return the scenario of a text that problems call `name`; its names are looked for in the inventory."""
    problems = Problems(name)
    decoded = decode(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text, problems)
    scenario = None
    if decoded is not None and not decoded.strip():
        problems.add(1, 1, "", "the file is empty; write for instance: events: [{at: 10s, cut: random link, for: 1m}]")
    elif decoded is not None:
        root = compose(decoded, problems)
        if root is not None:
            scenario = Value(root, problems).read(_Reading(inventory, Path(name).stem).scenario, None)
    problems.raise_any()
    if scenario is None:
        raise AssertionError("no scenario and no problem")
    return scenario


def things(inventory: Inventory) -> dict[Thing, tuple[str, ...]]:
    """Return the names of everything that something can befall, in the order of the inventory."""
    return {
        Thing.LINK: tuple(link.id for link in inventory.links()),
        Thing.OFFICE: tuple(inventory.offices),
        Thing.NODE: tuple(inventory.nodes),
        Thing.PROVIDER: tuple(inventory.providers),
        Thing.REFERENCE: tuple(reference.name for reference in inventory.references),
        Thing.MONITOR: (MONITOR,),
    }


class _Reading:
    """Reads one file's tree."""

    def __init__(self, inventory: Inventory, name: str) -> None:
        self._names = things(inventory)
        self._links = {link.id: link for link in inventory.links()}
        self._inventory = inventory
        self._movers: dict[Address, str] = {}
        self._scenario = name

    def scenario(self, value: Value) -> Scenario:
        """Read the root."""
        own = value.section(("repeat", "loss", "events"))
        repeat = own.get("repeat", parsed(written.long_seconds), None)
        nothing: tuple[Event, ...] = ()
        events = own.need("events", list_of(lambda item: self._event(item, repeat)), nothing)
        return Scenario(self._scenario, events, repeat, own.get("loss", parsed(written.loss), Fraction(0)))

    def _event(self, value: Value, repeat: float | None) -> Event:
        own = value.section(KEYS)
        told = [kind for kind in DEEDS if own.has(kind.value)]
        if len(told) != 1:
            named = " and ".join(repr(kind.value) for kind in told) or "none"
            raise Fault(f"an event is one deed; read {named}. Write one of {', '.join(_WORDS)}")
        kind = told[0]
        deed = DEEDS[kind]
        for key in filter(own.has, _OPTIONS):
            if key not in deed.keys:
                own.refuse(key, f"{key!r} has no meaning for {kind.value!r}; take it out")
        event = Event(
            kind=kind,
            chosen=own.need(kind.value, self._chooser(kind, deed), Chosen(Pick.NAMED, deed.things[0])),
            at=own.get("at", parsed(written.duration), None),
            every=own.get("every", parsed(written.pause), None),
            lasts=_option(own, deed, "for", parsed(written.positive)),
            is_unreachable=own.get("answer", parsed(written.is_unreachable), default=False),
            period_seconds=_option(own, deed, "period", parsed(written.long_seconds)),
            down=own.get("down", parsed(written.part), Fraction(1, 2)),
            loss=own.get("loss", parsed(written.loss), None),
            burst_seconds=own.get("burst", parsed(written.burst_seconds), None),
            delay_seconds=own.get("delay", parsed(self._delay), None),
            address=_option(own, deed, "to", parsed(written.destination)),
        )
        self._judge(own, event, repeat)
        return event

    def _delay(self, text: str) -> float:
        """Read how much later echoes come; the rest of the timeout is for a satellite's round trip and a queue."""
        seconds = units.seconds(text)
        most = MOST_DELAY_SHARE * min((link.icmp.timeout_seconds for link in self._links.values()), default=math.inf)
        if seconds > most:
            raise ValueError(
                f"expected at most {most:g}s: what comes later is lost in this district; read {shown(text)}"
            )
        return seconds

    def _chooser(self, kind: Kind, deed: Deed) -> Reader[Chosen]:
        def choose(text: str) -> Chosen:
            pick, blank, word = text.partition(" ")
            if blank and pick in {Pick.RANDOM.value, Pick.EVERY.value}:
                return self._any(kind, deed, Pick(pick), word)
            for thing in deed.things:
                if text in self._names[thing]:
                    return Chosen(Pick.NAMED, thing, text)
            known = [name for thing in deed.things for name in self._names[thing]]
            raise ValueError(f"there is no {_either(deed.things)} {shown(text)}{guess(text, known)}")

        return parsed(choose)

    def _any(self, kind: Kind, deed: Deed, pick: Pick, word: str) -> Chosen:
        allowed = [thing.value for thing in deed.things]
        if deed.things == (Thing.MONITOR,):
            raise ValueError(f"there is one monitor; write {kind.value}: {MONITOR}")
        if word not in allowed:
            raise ValueError(f"{kind.value!r} befalls no {shown(word)}{guess_or_list(word, allowed)}")
        if not self._names[Thing(word)]:
            raise ValueError(f"the inventory has no {word} to choose; take the event out, or add one to the inventory")
        return Chosen(pick, Thing(word))

    def _judge(self, own: Section, event: Event, repeat: float | None) -> None:
        """Report what is wrong with values that are good by themselves."""
        if not own.has("at") and not own.has("every"):
            own.value.refuse("when it begins is missing; write 'at' or 'every', for instance at: 30s")
        if event.at is not None and repeat is not None and event.at.longest >= repeat:
            own.refuse("at", f"the list starts again after {repeat:g} s, before this begins; begin earlier")
        if event.every is not None and event.kind in _LASTS_ON and not own.has("for"):
            own.value.refuse("what comes again and again needs 'for'")
        is_alone = event.chosen.pick is not Pick.RANDOM
        if is_alone and event.every and event.lasts and event.lasts.longest > event.every.shortest:
            own.refuse("for", "it would begin again before it ends; make it shorter than 'every'")
        if event.kind is Kind.DEGRADE and not any(map(own.has, ("loss", "delay"))):
            own.value.refuse("how the link is impaired is missing; write 'loss', 'delay' or both")
        if event.burst_seconds is not None and not own.has("loss"):
            own.refuse("burst", "'burst' says how long losses last together; it needs 'loss'")
        if event.burst_seconds is not None and event.loss is not None and event.loss < LEAST_LOSS_IN_BURSTS:
            own.refuse("loss", f"expected at least {float(LEAST_LOSS_IN_BURSTS):.0%} with 'burst'")
        if event.kind is Kind.MOVE:
            self._judge_move(own, event)

    def _judge_move(self, own: Section, event: Event) -> None:
        link = self._links.get(event.chosen.name or "")
        name = name_of(link.address, link.family) if link is not None else None
        if link is not None and name is None:
            own.refuse(Kind.MOVE.value, "only a link whose address is a DNS name can move; name such a link")
        to = event.address
        if to is not None and event.chosen.pick is not Pick.NAMED:
            own.refuse("to", "each link moves to an address of its own; take 'to' out, or name the link")
        elif to is not None and link is not None and name is not None:
            owner = owners(self._inventory).get(to, self._movers.setdefault(to, link.id))
            if to.version != name[1]:
                own.refuse("to", f"the address of {name[0]} is one of IPv{name[1]}; write such a one")
            elif owner != link.id:
                own.refuse("to", f"the address is that of {owner}; write another one")


def _option(own: Section, deed: Deed, key: str, reader: Reader[T]) -> T | None:
    if key in deed.needed and not own.has(key):
        own.value.refuse(f"the key {key!r} is missing")
    return own.get(key, reader, None)


def _either(kinds: Iterable[Thing]) -> str:
    return " or ".join(thing.value for thing in kinds)
