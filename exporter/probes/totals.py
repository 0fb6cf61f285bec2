"""Counters that go on: over wraps, reboots, discontinuities and polls that failed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from exporter.observation import Count, Counter, InterfaceReading

UPTIME_WRAP = 2**32
NARROW_BITS = 32
_HUNDREDTHS = 100
_SLACK_SECONDS = 10.0
_DRIFT_RATIO = 0.005
_ENGINE_SLACK_SECONDS = 120.0
"""Between a device's start and its agent's."""
_FASTEST_BYTES_PER_SECOND = 400e9 / 8
"""Faster than any port of an office: what no counter gains in a second."""
_SMALLEST_FRAME_BYTES = 64
_BURST = 2
"""How far above its rate a port may be while a fall still is a wrap: a fall without a word is seldom anything else."""

OCTETS = (Count.IN_OCTETS, Count.OUT_OCTETS)


@dataclass(frozen=True, slots=True)
class Rates:
    """How fast an interface can be, in bytes per second: as contracted, and by its own word; None where unknown."""

    contract: float | None = None
    speed: float | None = None

    @property
    def ordinary(self) -> float | None:
        """Return what is carried at most on ordinary days: the contract's rate, else the interface's speed."""
        return self.contract or self.speed

    @property
    def greatest(self) -> float | None:
        """Return what may be carried at most; an interface's speed may be a lie, as may a contract's."""
        return max(filter(None, (self.contract, self.speed)), default=None)


@dataclass(frozen=True, slots=True)
class Step:
    """What a further good reading adds, in bytes and in frames; `untold` are the counters that told nothing.

    A counter that neither this reading nor the one before has is in neither.
    """

    gained: Mapping[Count, int]
    untold: frozenset[Count] = frozenset()
    has_rebooted: bool = False
    has_broken: bool = False


@dataclass(frozen=True, slots=True)
class Totals:
    """What an interface counted since its first good poll, directions as the device names them."""

    counts: Mapping[Count, int] = field(default_factory=dict)
    reboots: int = 0

    def after(self, step: Step) -> Totals:
        """Return the totals after a step; they never fall."""
        counts = {**self.counts}
        for count, gained in step.gained.items():
            counts[count] = counts.get(count, 0) + gained
        return Totals(counts, self.reboots + step.has_rebooted)


def step(
    previous: InterfaceReading,
    reading: InterfaceReading,
    elapsed_seconds: float,
    contract: float | None = None,
    engine_before: int | None = None,
) -> Step:
    """Return what a good reading adds, `elapsed_seconds` after the previous good one.

    `contract` is the contracted rate in bytes per second, `engine_before` the snmpEngineTime last seen. After a reboot
    or a discontinuity the counters' own values are added, since they began at 0; bytes between the last good poll and
    that are lost with the counters. Where all of them may have run on, the agent alone restarted. Nothing is added
    where nobody can tell: a total never invents.
    """
    rates = Rates(contract, reading.speed_bytes_per_second)
    has_rebooted = engine_fell(engine_before, engine_seconds(reading)) or rebooted(
        previous.sysUpTime, reading.sysUpTime, elapsed_seconds
    )
    change = _Change(previous, reading, elapsed_seconds, rates, has_rebooted)
    both = {count: counter for count, counter in reading.counters.items() if count in previous.counters}
    told = {count: change.gained(count, previous.counters[count], counter) for count, counter in both.items()}
    return Step(
        gained={count: gained for count, gained in told.items() if gained is not None},
        untold=frozenset(count for count, gained in told.items() if gained is None),
        has_rebooted=has_rebooted,
        has_broken=change.broke_seconds_ago is not None,
    )


def rebooted(uptime_before: int, uptime: int, elapsed_seconds: float) -> bool:
    """Say whether sysUpTime (hundredths of a second) shows a reboot within the elapsed time.

    It does where the uptime is behind what it should be by now, modulo its own wrap at 2**32 (497 days). The slack
    is for clocks that drift; a fall within the slack is a reboot too, unless the wrap was due. A second reboot within
    the slack after a first isn't seen.
    """
    expected = uptime_before + round(elapsed_seconds * _HUNDREDTHS)
    slack = round((_SLACK_SECONDS + _DRIFT_RATIO * elapsed_seconds) * _HUNDREDTHS)
    behind = -_signed(uptime - expected, UPTIME_WRAP)
    wrap_is_due = expected + slack >= UPTIME_WRAP
    return behind > slack or (uptime < uptime_before and not wrap_is_due)


def engine_fell(before: int | None, now: int | None) -> bool:
    """Say whether snmpEngineTime (seconds, RFC 3411) shows a reboot: it doesn't wrap for 68 years."""
    return before is not None and now is not None and now < before


def engine_seconds(reading: InterfaceReading) -> int | None:
    """Return snmpEngineTime where it agrees with sysUpTime, whose wraps it counts then; else None."""
    if reading.snmpEngineTime is None:
        return None
    apart = _signed(reading.snmpEngineTime * _HUNDREDTHS - reading.sysUpTime, UPTIME_WRAP)
    return reading.snmpEngineTime if abs(apart) <= _ENGINE_SLACK_SECONDS * _HUNDREDTHS else None


def uptime_seconds(reading: InterfaceReading) -> float:
    """Return how long the device is up, over the uptime's wraps where the device's engine tells them."""
    engine = engine_seconds(reading)
    wraps = 0 if engine is None else round((engine * _HUNDREDTHS - reading.sysUpTime) / UPTIME_WRAP)
    return (reading.sysUpTime + max(0, wraps) * UPTIME_WRAP) / _HUNDREDTHS


def boot_moved(boot_at: float, now: float, uptime: int) -> float:
    """Return by how many seconds `now - uptime` lies from a known boot time, the uptime's wraps left aside."""
    return _signed_float(now - uptime / _HUNDREDTHS - boot_at, UPTIME_WRAP / _HUNDREDTHS)


def narrow_gain(before: int, now: int, elapsed_seconds: float, rates: Rates) -> int | None:
    """Return what a 32-bit counter of octets gained, or None where it may have wrapped more than once."""
    may_have_lapped = rates.ordinary is None or rates.ordinary * elapsed_seconds >= 2**NARROW_BITS
    return None if may_have_lapped else (now - before) % 2**NARROW_BITS


def longest_interval_seconds(rate: float, retries_seconds: float) -> int:
    """Return the longest interval at which a 32-bit counter of octets can be read, 0 where none is short enough.

    It wraps once in 1.5 intervals at the soonest, and a poll may be late by its retries.
    """
    return max(0, int((2**NARROW_BITS / rate - retries_seconds) / 1.5))


@dataclass(frozen=True, slots=True)
class _Change:
    """Two readings, and what lies between them."""

    previous: InterfaceReading
    reading: InterfaceReading
    elapsed_seconds: float
    rates: Rates
    has_rebooted: bool

    @property
    def broke_seconds_ago(self) -> float | None:
        """Return how long ago the counters began anew without a reboot (ifCounterDiscontinuityTime), else None."""
        before, now = self.previous.ifCounterDiscontinuityTime, self.reading.ifCounterDiscontinuityTime
        if self.has_rebooted or before is None or now is None or before == now:
            return None
        return (self.reading.sysUpTime - now) % UPTIME_WRAP / _HUNDREDTHS

    def gained(self, count: Count, before: Counter, now: Counter) -> int | None:
        """Return what a counter gained, or None where it can't be told."""
        is_narrow = now.bits == NARROW_BITS and count in OCTETS
        if before.bits != now.bits:
            return None
        if is_narrow and narrow_gain(before.value, now.value, self.elapsed_seconds, self.rates) is None:
            return None
        if self.has_rebooted:
            return self._since_boot(count, before, now)
        if self.broke_seconds_ago is not None:
            return now.value if self._could_gain(count, now.value, self.broke_seconds_ago) else None
        return self._gone_on(count, before, now)

    def _gone_on(self, count: Count, before: Counter, now: Counter) -> int | None:
        """Without a reboot: the difference, over the counter's wrap where that is plausible, else a reset's value.

        One that stepped back a little has neither wrapped nor begun anew: it tells nothing.
        """
        if now.value >= before.value:
            return now.value - before.value
        over_wrap = now.value - before.value + (1 << now.bits)
        has_moved = self.previous.ifIndex != self.reading.ifIndex
        if not has_moved and over_wrap <= self._most_per_second(count, now.bits) * max(self.elapsed_seconds, 1.0):
            return over_wrap
        is_anew = 2 * now.value <= before.value and self._could_gain(count, now.value, self.elapsed_seconds)
        return now.value if is_anew else None

    def _since_boot(self, count: Count, before: Counter, now: Counter) -> int | None:
        """With a reboot: the counter's value, unless it may have run on, or is more than the port carries since then.

        net-snmp's sysUpTime is the agent's: restarted alone, it falls while the counters run on, and their whole value
        would be added once more. After a true reboot whose counters have all passed their former values that can't be
        told apart: their difference is added, which lacks the bytes up to those values and invents none.
        """
        difference = _difference(before, now)
        is_plausible = self._could_gain(count, difference, self.elapsed_seconds)
        if now.value >= before.value and is_plausible and self._may_have_run_on:
            return difference
        if self._could_gain(count, now.value, self.reading.sysUpTime / _HUNDREDTHS):
            return now.value
        return difference if is_plausible else None

    @property
    def _may_have_run_on(self) -> bool:
        """Whether all counters, frames too, are plausible as those of before: a true reboot sets some of them back.

        The device may tell itself that they began anew: by ifCounterDiscontinuityTime, or by another index.
        """
        before, now = self.previous, self.reading
        has_broken = now.ifCounterDiscontinuityTime not in {None, 0, before.ifCounterDiscontinuityTime}
        return (
            before.ifIndex == now.ifIndex
            and not has_broken
            and all(
                self._could_gain(count, _difference(before.counters[count], counter), self.elapsed_seconds)
                for count, counter in now.counters.items()
                if count in before.counters
            )
        )

    def _could_gain(self, count: Count, value: int, seconds: float) -> bool:
        greatest = self.rates.greatest or _FASTEST_BYTES_PER_SECOND
        return value <= greatest * (seconds + _SLACK_SECONDS) / (1 if count in OCTETS else _SMALLEST_FRAME_BYTES)

    def _most_per_second(self, count: Count, bits: int) -> float:
        if count in OCTETS and bits > NARROW_BITS:
            return _FASTEST_BYTES_PER_SECOND
        if count in OCTETS:
            return (self.rates.ordinary or _FASTEST_BYTES_PER_SECOND) * _BURST
        return (self.rates.greatest or _FASTEST_BYTES_PER_SECOND) * _BURST / _SMALLEST_FRAME_BYTES


def _difference(before: Counter, now: Counter) -> int:
    """Return what a counter gained if it ran on, over its wrap where it fell."""
    return (now.value - before.value) % (1 << now.bits)


def _signed(difference: int, modulus: int) -> int:
    """Return a difference modulo the modulus, nearest to 0."""
    return (difference + modulus // 2) % modulus - modulus // 2


def _signed_float(difference: float, modulus: float) -> float:
    """Return the same for seconds."""
    return (difference + modulus / 2) % modulus - modulus / 2
