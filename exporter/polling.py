"""The loop that polls devices by SNMP: paced, backing off from silent ones, never raising."""

from __future__ import annotations

import asyncio
import logging
import zlib
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from exporter.clock import Clock
from exporter.model import Family, Link, Snmp
from exporter.observation import DevicePoll, InterfaceReading, SnmpFailure, SnmpStatus
from exporter.probes import ifmib, progress
from exporter.probes.asking import Asker
from exporter.probes.device import Credentials, Device, SnmpClient, SnmpProblem, credentials
from exporter.probes.progress import Moment, Progress, Terms
from exporter.secret import SecretRef

_log = logging.getLogger(__name__)

AddressOf = Callable[[str, Family | None], str | None]
"""Gives a host's IP address, or None while it isn't known."""
OnPoll = Callable[[str, DevicePoll | None], None]
"""Takes a link's id and what a poll of its device showed; None of one that failed."""

_LONGEST_SECONDS = 300.0
_JITTER_RATIO = 0.05
_FIRST_SECONDS = 60.0
"""First polls are due and begin within this time of the start, whatever the interval: people wait for them."""
_HURRY_SECONDS = 10.0
_HURRIED_FOR_SECONDS = 360.0
_APART_SECONDS = 0.01
"""Between the beginnings of two polls, so that echoes find the loop free however many are wanted at once."""
_WALKED = {SnmpFailure.NO_SUCH_INTERFACE, SnmpFailure.DOUBLED_INTERFACE}
_BACKED_OFF = {SnmpFailure.TIMEOUT, SnmpFailure.UNREACHABLE, *_WALKED}


@dataclass(slots=True)
class _Memory:
    """What outlasts a reload that leaves a link's device and interface as they are."""

    progress: Progress = field(default_factory=Progress)
    failed_in_a_row: int = 0
    hurried_until: float = 0.0
    has_logged: bool = False


@dataclass(slots=True)
class _Track:
    """One link that is polled; `task` is None where a secret is unset.

    `rest` is the wait for its next poll, `turn` the one at the gate; `is_wanted` says that somebody wants a poll at
    once.
    """

    link: Link
    snmp: Snmp
    opener: Credentials | SecretRef
    memory: _Memory
    task: asyncio.Task[None] | None = None
    rest: asyncio.Future[None] | None = None
    turn: asyncio.Future[None] | None = None
    is_wanted: bool = False


class _Gate:
    """Lets polls begin one after the other, at least 10 ms apart: in order, but urgent ones first.

    Who is cancelled while waiting takes nobody's time.
    """

    def __init__(self, clock: Clock, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._clock = clock
        self._sleep = sleep
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._ordinary: deque[asyncio.Future[None]] = deque()
        self._due = clock.monotonic()
        self._opening: asyncio.Task[None] | None = None

    def line_up(self, *, is_urgent: bool) -> asyncio.Future[None]:
        """Return a turn, to be awaited."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (self._urgent if is_urgent else self._ordinary).append(turn)
        if self._opening is None or self._opening.done():
            self._opening = asyncio.create_task(self._open(), name="snmp gate")
        return turn

    def hurry(self, turn: asyncio.Future[None]) -> None:
        """Let a turn that waits in order come before those that aren't urgent."""
        if turn in self._ordinary:
            self._ordinary.remove(turn)
            self._urgent.append(turn)

    async def close(self) -> None:
        """Give no more turns."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)

    async def _open(self) -> None:
        """Give turns until nobody waits; whose turn it is shows when it is due, not before."""
        while self._is_awaited():
            wait = self._due - self._clock.monotonic()
            if wait > 0:
                await self._sleep(wait)
                continue
            (self._urgent or self._ordinary).popleft().set_result(None)
            self._due = self._clock.monotonic() + _APART_SECONDS

    def _is_awaited(self) -> bool:
        """Return whether anybody waits, the cancelled ones in front put aside."""
        for waiting in (self._urgent, self._ordinary):
            while waiting and waiting[0].done():
                waiting.popleft()
        return bool(self._urgent or self._ordinary)


class SnmpPoller:
    """Polls each link's device at a fixed phase of its interval, late by a little chance, and keeps what it showed.

    Polls begin at least 10 ms apart, and one request at a time goes to a device. A failed poll is a status with its
    reason, nothing else: a link's state is the echoes' business. `on_poll` is told of each poll. `chance` may be
    seeded.
    """

    def __init__(
        self,
        client: SnmpClient,
        clock: Clock,
        environment: Mapping[str, str],
        address_of: AddressOf,
        on_poll: OnPoll,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._asker = Asker(client)
        self._on_poll = on_poll
        self.chance = Random()  # noqa: S311 -- no secret hangs on when a poll is sent
        self._clock = clock
        self._environment = environment
        self._address_of = address_of
        self._sleep = sleep
        self._tracks: dict[str, _Track] = {}
        self._gate = _Gate(clock, sleep)
        self._devices: dict[tuple[str, int], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._ending: set[asyncio.Task[None]] = set()
        self.internal_errors = 0

    def start(self, links: Iterable[Link]) -> None:
        """Begin to poll every link that has `snmp`."""
        self.reload(links)

    def reload(self, links: Iterable[Link]) -> None:
        """Take other links; unchanged ones are polled on, and totals last while the interface is the same."""
        before, self._tracks = self._tracks, {}
        for link in links:
            if link.snmp is None:
                continue
            opener = credentials(link.snmp, self._environment)
            old = before.pop(link.id, None)
            if old is not None and (old.link, old.opener) == (link, opener):
                self._tracks[link.id] = old
                continue
            memory = old.memory if old is not None and _same_interface(old.link, link) else _Memory()
            self._end(old)
            self._begin(_Track(link, link.snmp, opener, memory))
        for gone in before.values():
            self._end(gone)

    async def stop(self) -> None:
        """End every poll, the ones under way too, and close the client."""
        for track in self._tracks.values():
            self._end(track)
        await asyncio.gather(*self._ending, return_exceptions=True)
        await self._gate.close()
        await self._client.close()

    def status(self) -> Mapping[str, SnmpStatus]:
        """Return what polling has shown, by link id; links without `snmp` have none."""
        return {link_id: track.memory.progress.status for link_id, track in self._tracks.items()}

    def is_polled(self, link_id: str) -> bool:
        """Return whether a link's device is asked: it has `snmp`, and its secrets are set."""
        track = self._tracks.get(link_id)
        return track is not None and track.task is not None

    def poll_soon(self, link_id: str) -> None:
        """Poll a link's device at once, its silences forgotten: it may be back.

        Until a poll succeeds its polls are at most 10 s apart, for 6 minutes; links without a device are left alone.
        """
        track = self._tracks.get(link_id)
        if track is None or track.task is None:
            return
        track.memory.hurried_until = self._clock.monotonic() + _HURRIED_FOR_SECONDS
        track.memory.failed_in_a_row = 0
        track.is_wanted = True
        if track.rest is not None:
            track.rest.cancel()
        if track.turn is not None:
            self._gate.hurry(track.turn)

    def _begin(self, track: _Track) -> None:
        self._tracks[track.link.id] = track
        if isinstance(track.opener, SecretRef):
            text = f"not polled: the secret {track.opener.reference} is unset or can't be read"
            self._fail(track, SnmpProblem(SnmpFailure.SECRET_UNSET, text), None)
        else:
            track.task = asyncio.create_task(self._watch(track, track.opener), name=f"snmp {track.link.id}")

    def _end(self, track: _Track | None) -> None:
        if track is not None and track.task is not None:
            track.task.cancel()
            self._ending.add(track.task)
            track.task.add_done_callback(self._ending.discard)

    async def _watch(self, track: _Track, opener: Credentials) -> None:
        """Poll for ever; the next poll is due a whole number of periods after the last one was."""
        interval = track.snmp.interval_seconds
        jitter = _JITTER_RATIO * min(interval, _FIRST_SECONDS)
        due = phase = self._clock.monotonic() + _phase(track.link.id) * min(interval, _FIRST_SECONDS - jitter)
        while True:
            late_by_chance = self.chance.uniform(0, 1) * jitter
            await self._rest(track, due + late_by_chance - self._clock.monotonic())
            if track.is_wanted:
                due = self._clock.monotonic()
            try:
                await self._poll(track, opener)
            except Exception:  # noqa: BLE001 -- the loop survives any target
                self._internal_error(track)
            track.is_wanted = False
            period, now = self._period_of(track), self._clock.monotonic()
            due += period * (1 + max(0.0, now - due) // period)
            if period >= interval:
                due = max(_at_phase(due, phase, interval), _at_phase(now, phase, interval) + interval)

    async def _rest(self, track: _Track, seconds: float) -> None:
        """Wait for a link's next poll, unless somebody wants it sooner."""
        rest = track.rest = asyncio.ensure_future(self._sleep(max(0.0, seconds)))
        try:
            await asyncio.wait({rest})
        finally:
            track.rest = None
            rest.cancel()

    async def _turn(self, track: _Track) -> None:
        """Wait until a link's poll may begin."""
        track.turn = self._gate.line_up(is_urgent=track.is_wanted)
        try:
            await track.turn
        finally:
            track.turn = None

    def _period_of(self, track: _Track) -> float:
        """Return the time to a link's next poll, at most 10 s while somebody waits for its device to come back.

        What costs a walk is not hurried.
        """
        memory = track.memory
        period = _period(track.snmp.interval_seconds, memory.failed_in_a_row)
        status = memory.progress.status
        is_hurried = status.is_up is False and self._clock.monotonic() < memory.hurried_until
        return min(period, _HURRY_SECONDS) if is_hurried and status.reason not in _WALKED else period

    async def _poll(self, track: _Track, opener: Credentials) -> None:
        snmp = track.snmp
        host = snmp.address or track.link.address
        address = self._address_of(host, track.link.family)
        if address is None:
            text = f"the address of {host} isn't known: its name was not found yet"
            self._fail(track, SnmpProblem(SnmpFailure.UNREACHABLE, text), None)
            return
        device = Device(address, snmp.port, opener, snmp.timeout_seconds, snmp.retries)
        known, facts_are_due = track.memory.progress.known, track.memory.progress.facts_are_due
        async with self._devices[address, snmp.port]:
            await self._turn(track)
            began = self._clock.monotonic()
            answer = await ifmib.read(self._asker, device, snmp.interface, known, facts_are_due=facts_are_due)
        moment = Moment(self._clock.monotonic(), self._clock.time(), self._clock.monotonic() - began)
        if isinstance(answer, SnmpProblem):
            self._fail(track, answer, moment.duration_seconds)
        else:
            self._succeed(track, *answer, moment)

    def _fail(self, track: _Track, problem: SnmpProblem, duration_seconds: float | None) -> None:
        memory = track.memory
        before = memory.progress.status.reason
        memory.failed_in_a_row = memory.failed_in_a_row + 1 if problem.reason in _BACKED_OFF else 0
        memory.progress.fail(problem, duration_seconds)
        if before is not problem.reason:
            level = logging.WARNING if problem.reason is SnmpFailure.SECRET_UNSET else logging.INFO
            reason = problem.reason.value
            _log.log(level, "snmp_down link=%s reason=%s text=%s", track.link.id, reason, problem.text)
        self._on_poll(track.link.id, None)

    def _succeed(self, track: _Track, known: ifmib.Known, reading: InterfaceReading, moment: Moment) -> None:
        memory = track.memory
        terms = _terms(track.link, track.snmp, moment.at)
        refusal = progress.refusal(reading, terms)
        if refusal is not None:
            self._fail(track, refusal, moment.duration_seconds)
            return
        before, place = memory.progress.status, memory.progress.known.place if memory.progress.known else None
        memory.failed_in_a_row, memory.hurried_until = 0, 0.0
        for note in memory.progress.succeed(known, reading, moment, terms):
            _log.warning("snmp_counters link=%s text=%s", track.link.id, note)
        if not before.is_up:
            _log.info("snmp_up link=%s index=%d", track.link.id, known.place.index)
        _tell_of_changes(track.link.id, before, memory.progress.status, place, known.place)
        if memory.progress.latest is not None:
            self._on_poll(track.link.id, memory.progress.latest)

    def _internal_error(self, track: _Track) -> None:
        """Count a fault of ours, and show its traceback once a link."""
        self.internal_errors += 1
        if not track.memory.has_logged:
            track.memory.has_logged = True
            _log.exception("internal_error part=snmp link=%s", track.link.id)
        problem = SnmpProblem(SnmpFailure.OTHER, "a fault of the monitor itself: see its log")
        self._fail(track, problem, None)


def _tell_of_changes(
    link_id: str, before: SnmpStatus, now: SnmpStatus, old: ifmib.Place | None, new: ifmib.Place
) -> None:
    """Log what people look for when counters jump: a reboot that polls show, and an interface with another index."""
    if now.reboots > before.reboots and now.boot_at is not None:
        since = datetime.fromtimestamp(now.boot_at, UTC).isoformat(timespec="seconds")
        _log.info("snmp_rebooted link=%s since=%s", link_id, since)
    if old is not None and old.index != new.index:
        _log.info("snmp_renumbered link=%s index=%d was=%d", link_id, new.index, old.index)


def _same_interface(before: Link, now: Link) -> bool:
    """Say whether two descriptions of a link mean the same counters."""
    return _interface(before) == _interface(now)


def _interface(link: Link) -> tuple[object, ...] | None:
    snmp = link.snmp
    if snmp is None:
        return None
    return (snmp.address or link.address, link.family, snmp.port, snmp.context, snmp.interface)


def _phase(link_id: str) -> float:
    """Return where in its interval a link is polled, from 0 to 1, the same in every process."""
    return zlib.crc32(link_id.encode()) / 2**32


def _at_phase(at: float, phase: float, interval_seconds: float) -> float:
    """Return the last instant up to `at` that lies whole intervals from a phase; both in monotonic seconds."""
    return phase + (at - phase + 1e-6) // interval_seconds * interval_seconds


def _period(interval_seconds: float, failed_in_a_row: int) -> float:
    """Return the time to the next poll: doubled for each silence in a row, to 5 minutes at most."""
    return max(interval_seconds, min(interval_seconds * 2.0 ** min(failed_in_a_row, 16), _LONGEST_SECONDS))


def _terms(link: Link, snmp: Snmp, at: float) -> Terms:
    """Return how a link is polled at an instant; of contracts that change about that day the faster one counts."""
    today = datetime.fromtimestamp(at, UTC).date()
    contracts = filter(None, (link.contract_on(today + timedelta(days=days)) for days in (-1, 0, 1)))
    rates = [rate for contract in contracts for rate in (contract.download_bps, contract.upload_bps) if rate]
    return Terms(
        interval_seconds=snmp.interval_seconds,
        retries_seconds=snmp.timeout_seconds * (snmp.retries + 1),
        contract=max(rates) / 8 if rates else None,
        is_inverted=snmp.invert,
    )
