"""What can be wrong or new in the district: conditions as values, and as whoever commands the lab writes them.

{"kind": "cut"}                                                          silent
{"kind": "unreachable"}                                                  the router above says so
{"kind": "loss", "ratio": 0.02}                                          each echo for itself
{"kind": "burst", "good_loss_ratio": 0.0, "bad_loss_ratio": 0.8,         good and bad times by turns, of these
 "good_seconds": 20, "bad_seconds": 2}                                   mean lengths
{"kind": "delay", "seconds": 0.2, "jitter_seconds": 0.05}                that much more, jitter from 0 to its value
{"kind": "full", "load": 1.25, "queue_seconds": 0.4}                     more is sent than a link carries
{"kind": "move", "to": "198.19.200.1"}                                   another address; the old one is silent
{"kind": "power_off"}                                                    silent, and the routers are off; then they boot
{"kind": "mute"}                                                         the routers answer no SNMP, and echoes go on
{"kind": "lie", "how": ["hc-one-way", "gbk"]}                            they lie by SNMP, see exporter.lab.lies
{"kind": "reboot"}, {"kind": "renumber"}, {"kind": "wrap"}               befall the routers at once, and then are over
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from enum import Enum

from exporter.errors import InputError
from exporter.lab.lies import Lie
from exporter.lab.topology import Address, read_address

_SHORTEST_SECONDS = 0.01
_LONGEST_SECONDS = 3600.0


class Kind(Enum):
    """The kinds, as they are written; one thing has at most one condition of a kind."""

    CUT = "cut"
    UNREACHABLE = "unreachable"
    LOSS = "loss"
    BURST = "burst"
    DELAY = "delay"
    FULL = "full"
    MOVE = "move"
    POWER_OFF = "power_off"
    MUTE = "mute"
    LIE = "lie"
    REBOOT = "reboot"
    RENUMBER = "renumber"
    WRAP = "wrap"


@dataclass(frozen=True, slots=True)
class Cut:
    """Nothing passes, and nobody is told so."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Nothing passes, and the router above says so."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Each echo is lost by the same chance."""

    ratio: float

    def __post_init__(self) -> None:
        _check_ratio("ratio", self.ratio)


@dataclass(frozen=True, slots=True)
class Burst:
    """Loss after Gilbert and Elliott: good and bad times by turns, each as long as chance has it, with these means."""

    good_loss_ratio: float
    bad_loss_ratio: float
    good_seconds: float
    bad_seconds: float

    def __post_init__(self) -> None:
        _check_ratio("good_loss_ratio", self.good_loss_ratio)
        _check_ratio("bad_loss_ratio", self.bad_loss_ratio)
        _check_seconds("good_seconds", self.good_seconds, _SHORTEST_SECONDS)
        _check_seconds("bad_seconds", self.bad_seconds, _SHORTEST_SECONDS)


@dataclass(frozen=True, slots=True)
class Delay:
    """Each echo takes longer."""

    seconds: float
    jitter_seconds: float = 0.0

    def __post_init__(self) -> None:
        _check_seconds("seconds", self.seconds)
        _check_seconds("jitter_seconds", self.jitter_seconds)


@dataclass(frozen=True, slots=True)
class Full:
    """`load` times as much is sent as is carried: the queue grows to its length, then the surplus is dropped."""

    load: float
    queue_seconds: float

    def __post_init__(self) -> None:
        if not self.load > 1:
            raise ValueError(f"'load' is {self.load}; expected more than 1, which is as much as the link carries")
        _check_seconds("queue_seconds", self.queue_seconds)


@dataclass(frozen=True, slots=True)
class Move:
    """The link answers at another address, and nothing at the one it had."""

    to: Address


@dataclass(frozen=True, slots=True)
class PowerOff:
    """Nothing passes, nobody is told so, and the routers have no power; they boot when it is over."""


@dataclass(frozen=True, slots=True)
class Mute:
    """The routers answer no SNMP."""


@dataclass(frozen=True, slots=True)
class Lies:
    """The routers lie by SNMP, in each of these ways."""

    how: tuple[Lie, ...]


@dataclass(frozen=True, slots=True)
class Reboot:
    """The routers boot at once, and no echo is lost by it."""


@dataclass(frozen=True, slots=True)
class Renumber:
    """The routers' interfaces get other indexes, without a boot."""


@dataclass(frozen=True, slots=True)
class Wrap:
    """The counters of the links jump to just before their wrap."""


Moment = Reboot | Renumber | Wrap
"""What happens at once: there is nothing to clear."""
Condition = Cut | Unreachable | Loss | Burst | Delay | Full | Move | PowerOff | Mute | Lies | Moment
Disturbing = Loss | Burst | Delay | Full
"""What lets some of the echoes through."""

_CLASSES: dict[Kind, type[Condition]] = {
    Kind.CUT: Cut,
    Kind.UNREACHABLE: Unreachable,
    Kind.LOSS: Loss,
    Kind.BURST: Burst,
    Kind.DELAY: Delay,
    Kind.FULL: Full,
    Kind.MOVE: Move,
    Kind.POWER_OFF: PowerOff,
    Kind.MUTE: Mute,
    Kind.LIE: Lies,
    Kind.REBOOT: Reboot,
    Kind.RENUMBER: Renumber,
    Kind.WRAP: Wrap,
}
MOMENTS = frozenset(kind for kind, made in _CLASSES.items() if issubclass(made, Moment))
"""The kinds that happen at once."""
_KINDS = {made: kind for kind, made in _CLASSES.items()}


def kind_of(condition: Condition) -> Kind:
    """Return a condition's kind."""
    return _KINDS[type(condition)]


def nothing_to_clear(what: str, kind: Kind) -> InputError:
    """Return what is to be raised where a thing has no condition of a kind."""
    return InputError(f"{what} has no condition {kind.value!r} to clear")


def parse_kind(written: object) -> Kind:
    """Return the kind that is written, or raise InputError."""
    try:
        return Kind(written)
    except ValueError:
        known = ", ".join(kind.value for kind in Kind)
        raise InputError(f"unknown kind {written!r}; the kinds are {known}") from None


def parse(written: object) -> Condition:
    """Return the condition that is written, or raise InputError: unknown keys, missing ones, values out of range."""
    if not isinstance(written, Mapping):
        raise InputError(f"a condition is an object with a 'kind'; read {written!r}")
    kind = parse_kind(written.get("kind"))
    made = _CLASSES[kind]
    values = {key: value for key, value in written.items() if key != "kind"}
    known = {field.name for field in fields(made)}
    try:
        for key, value in values.items():
            if key not in known:
                raise InputError(f"{kind.value}: unknown key {key!r}")
            values[key] = _READERS.get(key, _number)(key, value)
        for field in fields(made):
            if field.name not in values and field.default is MISSING:
                raise InputError(f"{kind.value}: {field.name!r} is missing")
        return made(**values)
    except ValueError as error:
        raise InputError(f"{kind.value}: {error}") from error


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name!r} is {value!r}; expected a number")
    return value


def _address(name: str, value: object) -> Address:
    address = read_address(value) if isinstance(value, str) else None
    if address is None:
        raise ValueError(f"{name!r} is {value!r}; expected an IP address")
    return address


def _ways(name: str, value: object) -> tuple[Lie, ...]:
    words = [value] if isinstance(value, str) else value
    known = {lie.value: lie for lie in Lie}
    if (
        not isinstance(words, Sequence)
        or not words
        or not all(isinstance(word, str) and word in known for word in words)
    ):
        raise ValueError(f"{name!r} is {value!r}; expected one of {', '.join(known)}, or a list of them")
    return tuple(known[word] for word in words)


_READERS: dict[str, Callable[[str, object], object]] = {"to": _address, "how": _ways}


def _check_ratio(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"{name!r} is {value}; expected 0 to 1")


def _check_seconds(name: str, value: float, least: float = 0.0) -> None:
    if not least <= value <= _LONGEST_SECONDS:
        raise ValueError(f"{name!r} is {value}; expected {least:g} to {_LONGEST_SECONDS:g} seconds")
