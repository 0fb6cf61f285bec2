"""The loop that polls devices by SNMP: paced, backing off from silent ones, never raising."""

from __future__ import annotations

import asyncio
import logging
import zlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from exporter.clock import Clock
from exporter.model import Family, Link, Snmp
from exporter.observation import DevicePoll, InterfaceReading, SnmpFailure, SnmpStatus
from exporter.probes import ifmib, totals
from exporter.probes.device import Credentials, Device, SnmpClient, SnmpProblem, credentials
from exporter.secret import SecretRef

_log = logging.getLogger(__name__)

AddressOf = Callable[[str, Family | None], str | None]
"""Gives a host's IP address, or None while it isn't known."""

_LONGEST_SECONDS = 300.0
_BOOT_SLACK_SECONDS = 5.0
_BYTES_PER_MEGABIT = 125_000
_SILENCES = {
    SnmpFailure.TIMEOUT,
    SnmpFailure.UNREACHABLE,
    SnmpFailure.NO_SUCH_INTERFACE,  # these two cost a walk
    SnmpFailure.DOUBLED_INTERFACE,
}


@dataclass(slots=True)
class _Memory:
    """What a link's polls have shown, kept over reloads that leave its device and interface as they are."""

    status: SnmpStatus = field(default_factory=SnmpStatus)
    place: ifmib.Place | None = None
    reading: InterfaceReading | None = None
    read_at: float = 0.0
    totals: totals.Totals = field(default_factory=totals.Totals)
    failed_in_a_row: int = 0
    has_logged: bool = False


@dataclass(slots=True)
class _Track:
    """One link that is polled; `task` is None where a secret is unset."""

    link: Link
    snmp: Snmp
    opener: Credentials | SecretRef
    memory: _Memory
    task: asyncio.Task[None] | None = None


class SnmpPoller:
    """Polls each link's device at a fixed phase of its interval, and keeps what it showed.

    One request at a time goes to an address. A failed poll is a status with its reason, nothing else: a link's state
    is the echoes' business.
    """

    def __init__(
        self,
        client: SnmpClient,
        clock: Clock,
        environment: Mapping[str, str],
        address_of: AddressOf,
        *,
        on_poll: Callable[[str, DevicePoll], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._clock = clock
        self._environment = environment
        self._address_of = address_of
        self._on_poll = on_poll
        self._sleep = sleep
        self._tracks: dict[str, _Track] = {}
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
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
        await self._client.close()

    def status(self) -> Mapping[str, SnmpStatus]:
        """Return what polling has shown, by link id; links without `snmp` have none."""
        return {link_id: track.memory.status for link_id, track in self._tracks.items()}

    def is_polled(self, link_id: str) -> bool:
        """Return whether a link's device is asked: it has `snmp`, and its secrets are set."""
        track = self._tracks.get(link_id)
        return track is not None and not isinstance(track.opener, SecretRef)

    def poll_soon(self, link_id: str) -> None:
        """Ask a link's device at once."""
        track = self._tracks.get(link_id)
        if track is not None and not isinstance(track.opener, SecretRef):
            self._end(track)
            track.memory.failed_in_a_row = 0
            track.task = asyncio.create_task(self._watch(track, track.opener, soon=True), name=f"snmp {link_id}")

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

    async def _watch(self, track: _Track, opener: Credentials, *, soon: bool = False) -> None:
        """Poll for ever; the next poll is due a whole number of periods after the last one was."""
        due = self._clock.monotonic() + (0 if soon else _phase(track.link.id) * track.snmp.interval_seconds)
        while True:
            await self._sleep(max(0.0, due - self._clock.monotonic()))
            try:
                await self._poll(track, opener)
            except Exception:  # noqa: BLE001 -- the loop survives any target
                self._internal_error(track)
            period = _period(track.snmp.interval_seconds, track.memory.failed_in_a_row)
            late = max(0.0, self._clock.monotonic() - due)
            due += period * (1 + late // period)

    async def _poll(self, track: _Track, opener: Credentials) -> None:
        snmp = track.snmp
        host = snmp.address or track.link.address
        address = self._address_of(host, track.link.family)
        if address is None:
            text = f"the address of {host} isn't known: its name was not found yet"
            self._fail(track, SnmpProblem(SnmpFailure.UNREACHABLE, text), None)
            return
        device = Device(address, snmp.port, opener, snmp.timeout_seconds, snmp.retries)
        async with self._turns[address]:
            began = self._clock.monotonic()
            answer = await ifmib.read(self._client, device, snmp.interface, track.memory.place)
        if isinstance(answer, SnmpProblem):
            self._fail(track, answer, self._clock.monotonic() - began)
        else:
            self._succeed(track, *answer, began)

    def _fail(self, track: _Track, problem: SnmpProblem, duration_seconds: float | None) -> None:
        memory = track.memory
        before = memory.status
        memory.failed_in_a_row = memory.failed_in_a_row + 1 if problem.reason in _SILENCES else 0
        memory.status = replace(
            before,
            is_up=False,
            reason=problem.reason,
            text=problem.text,
            duration_seconds=duration_seconds,
            failures={**before.failures, problem.reason: before.failures.get(problem.reason, 0) + 1},
            receive_bytes_total=None,
            transmit_bytes_total=None,
            ifOperStatus=None,
            speed_bytes_per_second=None,
        )
        if before.reason is not problem.reason:
            _log.info("snmp down link=%s reason=%s: %s", track.link.id, problem.reason.value, problem.text)

    def _succeed(self, track: _Track, place: ifmib.Place, reading: InterfaceReading, began: float) -> None:
        memory = track.memory
        now = self._clock.monotonic()
        if memory.reading is not None:
            elapsed = now - memory.read_at
            memory.totals = totals.advance(memory.totals, memory.reading, reading, elapsed)
        before = memory.status
        memory.place, memory.reading, memory.read_at, memory.failed_in_a_row = place, reading, now, 0
        received, sent = memory.totals.in_bytes, memory.totals.out_bytes
        if track.snmp.invert:
            received, sent = sent, received
        memory.status = SnmpStatus(
            is_up=True,
            duration_seconds=now - began,
            last_success_at=self._clock.time(),
            failures=before.failures,
            receive_bytes_total=received,
            transmit_bytes_total=sent,
            ifOperStatus=reading.ifOperStatus,
            speed_bytes_per_second=None if reading.ifHighSpeed is None else reading.ifHighSpeed * _BYTES_PER_MEGABIT,
            boot_at=_boot_at(before, memory.totals.reboots, self._clock.time(), reading.sysUpTime),
            reboots=memory.totals.reboots,
        )
        boot_at = memory.status.boot_at or 0.0
        self._on_poll(track.link.id, DevicePoll(self._clock.time(), boot_at, received, sent))
        if not before.is_up:
            _log.info("snmp up link=%s index=%d", track.link.id, place.index)

    def _internal_error(self, track: _Track) -> None:
        """Count a fault of ours, and show its traceback once a link."""
        self.internal_errors += 1
        if not track.memory.has_logged:
            track.memory.has_logged = True
            _log.exception("snmp poll of %s failed by a fault of the monitor", track.link.id)
        problem = SnmpProblem(SnmpFailure.OTHER, "a fault of the monitor itself: see its log")
        self._fail(track, problem, None)


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


def _period(interval_seconds: float, failed_in_a_row: int) -> float:
    """Return the time to the next poll: doubled for each silence in a row, to 5 minutes at most."""
    return max(interval_seconds, min(interval_seconds * 2.0 ** min(failed_in_a_row, 16), _LONGEST_SECONDS))


def _boot_at(before: SnmpStatus, reboots: int, now: float, uptime: int) -> float:
    """Return when the device booted, in seconds since the epoch: held unless it rebooted or the time moved."""
    if before.boot_at is None or reboots > before.reboots:
        return now - uptime / 100
    moved = totals.boot_moved(before.boot_at, now, uptime)
    return before.boot_at + moved if abs(moved) > _BOOT_SLACK_SECONDS else before.boot_at
