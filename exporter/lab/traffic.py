"""What an interface carries, and what its counters make of it.

Everything is a function of the seconds since the agent's start, so that counters are exact integrals of their rates and
two runs with one seed carry the same.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from enum import Enum

_LEAST_SHARE, _GREATEST_SHARE = 0.05, 0.85
_UNKNOWN_BPS = 10_000_000
_COUNTER32, _COUNTER64 = 2**32, 2**64


@dataclass(frozen=True, slots=True)
class Wave:
    """A part of a rate that comes and goes: amplitude as a share, period and phase."""

    amplitude: float
    period_seconds: float
    phase: float

    def integral(self, seconds: float) -> float:
        """Return the wave's area from 0 to an instant, in seconds."""
        turn = 2 * math.pi / self.period_seconds
        return self.amplitude / turn * (math.cos(self.phase) - math.cos(turn * seconds + self.phase))


@dataclass(frozen=True, slots=True)
class Traffic:
    """A rate that wavers slowly around a share of the contract's, between 5 % and 85 % of it."""

    contract_bps: int
    middle_share: float
    waves: tuple[Wave, ...]

    @classmethod
    def of(cls, contract_bps: int | None, seed: str) -> Traffic:
        """Return the traffic that belongs to a seed; without a contracted rate, of a small link."""
        chance = random.Random(seed)  # noqa: S311 - the lab's traffic is no secret
        middle = chance.uniform(_LEAST_SHARE + 0.1, _GREATEST_SHARE - 0.1)
        room = min(middle - _LEAST_SHARE, _GREATEST_SHARE - middle)
        slow = Wave(0.7 * room, chance.uniform(300, 900), chance.uniform(0, 2 * math.pi))
        quick = Wave(0.3 * room, chance.uniform(60, 180), chance.uniform(0, 2 * math.pi))
        return cls(contract_bps or _UNKNOWN_BPS, middle, (slow, quick))

    def octets(self, seconds: float) -> int:
        """Return the octets carried from 0 to an instant; it never falls."""
        share_seconds = self.middle_share * seconds + sum(wave.integral(seconds) for wave in self.waves)
        return math.floor(self.contract_bps / 8 * share_seconds)

    def full_octets(self, seconds: float) -> int:
        """Return the octets that the whole of the contract's rate carries in so long."""
        return math.floor(self.contract_bps / 8 * seconds)


class Pace(Enum):
    """How much passes at the time."""

    WAVERING = "wavering"
    FULL = "full"
    STILL = "still"


class Flow:
    """What passes an interface in one direction, by one pace after another; instants must not go back."""

    __slots__ = ("_carried", "_pace", "_since", "traffic")

    def __init__(self, traffic: Traffic) -> None:
        self.traffic = traffic
        self._carried = 0
        self._since = 0.0
        self._pace = Pace.WAVERING

    def octets(self, at_seconds: float) -> int:
        """Return the octets carried from 0 to an instant."""
        match self._pace:
            case Pace.WAVERING:
                more = self.traffic.octets(at_seconds) - self.traffic.octets(self._since)
            case Pace.FULL:
                more = self.traffic.full_octets(at_seconds - self._since)
            case Pace.STILL:
                more = 0
        return self._carried + more

    def go_on(self, pace: Pace, at_seconds: float) -> None:
        """Let it flow by a pace from an instant on."""
        if pace is not self._pace:
            self._carried, self._since, self._pace = self.octets(at_seconds), at_seconds, pace


class Octets:
    """The counters of a flow, of 32 and of 64 bits, and who knows of what they counted.

    `carried_at_answer` is what the flow had carried by the last answer that told the counter, at the epoch's second
    `answered_at`; both are None before the first. `forgotten` is what nobody can know: what was carried after the last
    answer before a counter started anew, and between the answers before and after a jump.
    """

    __slots__ = ("_has_jumped", "_offset", "_since_known", "answered_at", "carried_at_answer", "flow", "forgotten")

    def __init__(self, flow: Flow, counted: int) -> None:
        self.flow = flow
        self._offset = counted
        self._since_known = 0
        self._has_jumped = False
        self.forgotten = 0
        self.carried_at_answer: int | None = None
        self.answered_at: float | None = None

    def low(self, carried: int) -> int:
        """Return the counter of 32 bits once so much was carried."""
        return (carried + self._offset) % _COUNTER32

    def high(self, carried: int) -> int:
        """Return the counter of 64 bits once so much was carried."""
        return (carried + self._offset) % _COUNTER64

    def tell(self, carried: int, at: float) -> None:
        """Note that an answer has told the counter, as it was when so much was carried."""
        if self._has_jumped:
            self.forgotten += max(0, carried - self._since_known)
            self._has_jumped = False
        self._since_known = max(self._since_known, carried)
        self.carried_at_answer = carried
        self.answered_at = at

    def restart(self, at_seconds: float) -> None:
        """Count from 0 again."""
        self._offset = -self.forget(at_seconds)

    def near_wrap(self, at_seconds: float, wrap_in_seconds: float) -> None:
        """Jump to where wavering traffic takes both counters over their wrap after so long."""
        traffic = self.flow.traffic
        left = traffic.octets(at_seconds + wrap_in_seconds) - traffic.octets(at_seconds)
        self._offset = _COUNTER64 - max(1, left) - self.forget(at_seconds)
        self._has_jumped = True

    def forget(self, at_seconds: float) -> int:
        """Let nobody know any more what was counted since the last answer; return what was carried up to now."""
        carried = self.flow.octets(at_seconds)
        self.forgotten += carried - self._since_known
        self._since_known = carried
        return carried
