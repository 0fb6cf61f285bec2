"""What the polls of one interface have come to: its status, its totals, and what the next poll begins with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from exporter.observation import Count, Counter, DevicePoll, InterfaceReading, SnmpFailure, SnmpStatus
from exporter.probes import totals
from exporter.probes.device import SnmpProblem
from exporter.probes.ifmib import Facts, Known
from exporter.probes.standstill import Standstill, Standstills

_POLLS_A_FACT = 10
_BOOT_SLACK_SECONDS = 5.0
_RATE_INTERVALS = 3.2
"""A rate is of three intervals at most, and room for polls that are late by a little."""
_INVERTED = {
    Count.IN_OCTETS: Count.OUT_OCTETS,
    Count.IN_ERRORS: Count.OUT_ERRORS,
    Count.IN_DISCARDS: Count.OUT_DISCARDS,
}
_INVERTED |= {other: count for count, other in _INVERTED.items()}


@dataclass(frozen=True, slots=True)
class Terms:
    """How a link is polled: its interval, what retries may take, the contract's larger rate in bytes per second."""

    interval_seconds: float
    retries_seconds: float = 0.0
    contract: float | None = None
    is_inverted: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """When a poll ended: by the monotonic clock, and in seconds since the epoch; and how long it took."""

    monotonic: float
    at: float
    duration_seconds: float


@dataclass(slots=True)
class Progress:
    """What a link's polls have shown, kept over reloads that leave its device and interface as they are.

    `known` is what the next poll begins with, `latest` is the last good poll for those who follow the device.
    """

    status: SnmpStatus = field(default_factory=SnmpStatus)
    known: Known | None = None
    latest: DevicePoll | None = None
    _totals: totals.Totals = field(default_factory=totals.Totals)
    _reading: InterfaceReading | None = None
    _read_at: float = 0.0
    _polls_to_facts: int = 0
    _engine_seconds: int | None = None
    _standstills: Standstills = field(default_factory=Standstills)
    _still: frozenset[Count] = frozenset()

    @property
    def facts_are_due(self) -> bool:
        """Whether the next poll asks the facts anew: the first does, each tenth, and one after a change."""
        return self._polls_to_facts <= 0

    def fail(self, problem: SnmpProblem, duration_seconds: float | None) -> None:
        """Take note of a poll that gave nothing."""
        before = self.status
        self.status = SnmpStatus(
            is_up=False,
            reason=problem.reason,
            text=problem.text,
            duration_seconds=duration_seconds,
            last_success_at=before.last_success_at,
            failures={**before.failures, problem.reason: before.failures.get(problem.reason, 0) + 1},
            boot_at=before.boot_at,
            reboots=before.reboots,
        )

    def succeed(self, known: Known, reading: InterfaceReading, moment: Moment, terms: Terms) -> tuple[str, ...]:
        """Take note of a good reading; return what people should be told of it."""
        step, elapsed = self._step(reading, moment, terms), moment.monotonic - self._read_at
        has_new_place = self.known is not None and self.known.place != known.place
        has_new_facts = self.known is None or self.known.facts is not known.facts
        doubted = self._standstills.suspects | self._newly_still(reading)
        if step.has_rebooted or step.has_broken or has_new_place:
            self._standstills.forget()
        proven = {}
        if has_new_facts and known.facts is not None:
            proven = self._standstills.compare(known.facts, moment.monotonic, known.stuck)
        notes = [*_untold(step, elapsed), *(_proven(count) for count in proven)]
        self._engine_seconds = totals.engine_seconds(reading) or (None if step.has_rebooted else self._engine_seconds)
        self._plan(reading, step, doubted | self._standstills.suspects, has_new_facts=has_new_facts)
        self._totals = self._totals.after(step)
        next_known, next_reading = self._narrowed(known, reading, proven, moment, terms)
        boot_at = self._boot_at(reading, step, moment)
        in_doubt = doubted | self._standstills.suspects
        rates = self._rates(step, elapsed, terms, in_doubt)
        self._show(reading, rates, boot_at, moment, terms)
        is_whole = not (step.has_rebooted or proven or (step.untold | in_doubt) & set(totals.OCTETS))
        self.latest = self._polled(moment, boot_at, terms, is_whole=is_whole)
        self.known, self._reading, self._read_at = next_known, next_reading, moment.monotonic
        return tuple(notes)

    def _step(self, reading: InterfaceReading, moment: Moment, terms: Terms) -> totals.Step:
        if self._reading is None:
            return totals.Step({})
        elapsed = moment.monotonic - self._read_at
        return totals.step(self._reading, reading, elapsed, terms.contract, self._engine_seconds)

    def _newly_still(self, reading: InterfaceReading) -> frozenset[Count]:
        """Return the directions whose 64-bit counter has just begun to stand still: no traffic, or a dead counter."""
        before = {} if self._reading is None else self._reading.counters
        still = frozenset(
            count
            for count in totals.OCTETS
            if reading.counters[count] == before.get(count) and reading.counters[count].bits > totals.NARROW_BITS
        )
        newly, self._still = still - self._still, still
        return newly

    def _plan(
        self, reading: InterfaceReading, step: totals.Step, doubted: frozenset[Count], *, has_new_facts: bool
    ) -> None:
        """Settle when the facts are asked next."""
        self._polls_to_facts = _POLLS_A_FACT - 1 if has_new_facts else self._polls_to_facts - 1
        has_turned = self._reading is not None and self._reading.ifOperStatus != reading.ifOperStatus
        has_begun_anew = (step.has_rebooted or step.has_broken) and not has_new_facts
        if has_turned or has_begun_anew or doubted:
            self._polls_to_facts = 0

    def _narrowed(
        self,
        known: Known,
        reading: InterfaceReading,
        proven: Mapping[Count, Standstill],
        moment: Moment,
        terms: Terms,
    ) -> tuple[Known, InterfaceReading]:
        """Turn to the 32-bit counters of directions whose 64-bit ones are dead, and add what those have missed."""
        facts = known.facts or Facts()
        rates = totals.Rates(terms.contract, facts.speed_bytes_per_second)
        counters = dict(reading.counters)
        for count, standstill in proven.items():
            narrow, elapsed = facts.narrow[count], moment.monotonic - standstill.since
            missed = totals.narrow_gain(standstill.narrow, narrow, elapsed, rates)
            self._totals = self._totals.after(totals.Step({count: missed or 0}))
            counters[count] = Counter(narrow, totals.NARROW_BITS)
        return replace(known, stuck=known.stuck | set(proven)), replace(reading, counters=counters)

    def _rates(self, step: totals.Step, elapsed: float, terms: Terms, doubted: frozenset[Count]) -> dict[Count, float]:
        """Return what was gained a second in each direction, where the last two good polls tell it."""
        is_told = 1.0 <= elapsed <= _RATE_INTERVALS * terms.interval_seconds and not step.has_rebooted
        return {
            count: step.gained[count] / elapsed
            for count in totals.OCTETS
            if is_told and count in step.gained and count not in doubted
        }

    def _boot_at(self, reading: InterfaceReading, step: totals.Step, moment: Moment) -> float:
        """Return when the device booted, in seconds since the epoch: held unless it rebooted or the time moved."""
        before, now = self.status.boot_at, moment.at - totals.uptime_seconds(reading)
        if before is None or step.has_rebooted:
            return now
        counts_wraps = totals.engine_seconds(reading) is not None
        moved = now - before if counts_wraps else totals.boot_moved(before, moment.at, reading.sysUpTime)
        return before + moved if abs(moved) > _BOOT_SLACK_SECONDS else before

    def _show(
        self,
        reading: InterfaceReading,
        rates: Mapping[Count, float],
        boot_at: float,
        moment: Moment,
        terms: Terms,
    ) -> None:
        def office(count: Count) -> Count:
            return _INVERTED[count] if terms.is_inverted else count

        def total(count: Count) -> int | None:
            theirs = office(count)
            return self._totals.counts.get(theirs, 0) if theirs in reading.counters else None

        self.status = SnmpStatus(
            is_up=True,
            duration_seconds=moment.duration_seconds,
            last_success_at=moment.at,
            failures=self.status.failures,
            receive_bytes_total=total(Count.IN_OCTETS),
            transmit_bytes_total=total(Count.OUT_OCTETS),
            receive_errors_total=total(Count.IN_ERRORS),
            transmit_errors_total=total(Count.OUT_ERRORS),
            receive_discards_total=total(Count.IN_DISCARDS),
            transmit_discards_total=total(Count.OUT_DISCARDS),
            receive_bytes_per_second=rates.get(office(Count.IN_OCTETS)),
            transmit_bytes_per_second=rates.get(office(Count.OUT_OCTETS)),
            ifOperStatus=reading.ifOperStatus,
            ifAdminStatus=reading.ifAdminStatus,
            speed_bytes_per_second=reading.speed_bytes_per_second,
            boot_at=boot_at,
            reboots=self._totals.reboots,
        )

    def _polled(self, moment: Moment, boot_at: float, terms: Terms, *, is_whole: bool) -> DevicePoll:
        received, sent = (self._totals.counts.get(count, 0) for count in totals.OCTETS)
        if terms.is_inverted:
            received, sent = sent, received
        return DevicePoll(moment.at, boot_at, received, sent, is_whole=is_whole)


def refusal(reading: InterfaceReading, terms: Terms) -> SnmpProblem | None:
    """Return why no totals can be made of a reading: 32-bit counters that wrap too soon for the interval; else None."""
    if all(reading.counters[count].bits > totals.NARROW_BITS for count in totals.OCTETS):
        return None
    rate = totals.Rates(terms.contract, reading.speed_bytes_per_second).ordinary
    if rate is None:
        text = "the device has 32-bit counters only, and nothing tells how soon they wrap: write the contract's rates"
        return SnmpProblem(SnmpFailure.SHORT_COUNTERS, text)
    longest = totals.longest_interval_seconds(rate, terms.retries_seconds)
    if terms.interval_seconds <= longest:
        return None
    would_do = f"{longest}s or less would do" if longest else "no interval is short enough"
    text = (
        f"the device has 32-bit counters only, which wrap each {2**totals.NARROW_BITS / rate:.0f}s at "
        f"{rate * 8 / 1e6:g} Mbit/s: the interval of {terms.interval_seconds:g}s is too long, {would_do}"
    )
    return SnmpProblem(SnmpFailure.SHORT_COUNTERS, text)


def _untold(step: totals.Step, elapsed: float) -> Iterator[str]:
    for count in sorted(step.untold, key=lambda count: count.value):
        yield f"nothing is added to the total of {count.value} for {elapsed:.0f}s: nobody can tell what it counted"


def _proven(count: Count) -> str:
    return (
        f"the 64-bit counter of {count.value} stands still while the 32-bit one moves: the latter is read from now on"
    )
