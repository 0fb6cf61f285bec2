"""Every recorded device, polled over real UDP by the poller: its interface found, its status and its speed right."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version

import pytest
import recordings
from fake_agent import COMMUNITY
from fake_time import EPOCH
from recorded_agent import RecordedAgent
from recordings import Port, Recording

from exporter.model import Contract, Link, Snmp
from exporter.observation import SnmpFailure, SnmpStatus
from exporter.polling import SnmpPoller
from exporter.probes.snmp import PysnmpClient
from exporter.secret import SecretRef

PATHS = recordings.paths()
INTERVAL_SECONDS = 30
CONTRACTED_BPS = 100_000_000
"""At this rate a 32-bit counter wraps each 344 s, so that an interval of 30 s is short enough for it."""
RECEIVED, SENT = 1_000_003, 500_009
MOST_MEGABITS = 1_000_000
"""Faster than any port there is: one switch tells ifHighSpeed in bit/s."""
LEAST_BITS, UNKNOWN_BITS = 1_000_000, 2**32 - 1
"""Some tell ifSpeed in Mbit/s; all ones means that 32 bits don't hold it (RFC 2863)."""


@dataclass
class Turns:
    """A clock, and a `sleep` that lets two polls through, an interval apart, with something done between them."""

    between: Callable[[], None] = lambda: None
    now: float = 1000.0
    turn: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return EPOCH + self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.turn += 1
        if self.turn == 2:
            self.between()
        if self.turn > 2:
            self.done.set()
            await asyncio.Event().wait()


Poll = Callable[..., Awaitable[tuple[SnmpStatus, RecordedAgent]]]


@pytest.fixture
async def poll() -> AsyncIterator[Poll]:
    """Give a function that polls a recording's interface twice; its port counts on between the two."""
    endings: list[Callable[[], Awaitable[None] | None]] = []

    async def polled(
        recording: Recording, interface: str, port: Port | None = None
    ) -> tuple[SnmpStatus, RecordedAgent]:
        loop = asyncio.get_running_loop()
        transport, agent = await loop.create_datagram_endpoint(lambda: RecordedAgent(recording), ("127.0.0.1", 0))
        turns = Turns() if port is None else Turns(lambda: _count(agent, port))
        secrets = {"SNMP_COMMUNITY": COMMUNITY}
        poller = SnmpPoller(PysnmpClient(), turns, secrets, lambda host, _: host, lambda *_: None, sleep=turns.sleep)
        endings.extend([poller.stop, transport.close])
        poller.start([_link(agent.port, interface)])
        async with asyncio.timeout(60):
            await turns.done.wait()
        assert poller.internal_errors == 0
        return poller.status()["dinkes/primary"], agent

    yield polled
    for end in endings:
        if (waiting := end()) is not None:
            await waiting
    await asyncio.sleep(0)


def _link(port: int, interface: str) -> Link:
    settings = Snmp(
        interface=interface,
        community=SecretRef("${SNMP_COMMUNITY}"),
        port=port,
        interval_seconds=INTERVAL_SECONDS,
        timeout_seconds=10.0,
        retries=0,
    )
    contract = Contract(download_bps=CONTRACTED_BPS, upload_bps=CONTRACTED_BPS)
    return Link("dinkes", "primary", "127.0.0.1", "serat", (contract,), snmp=settings)


def _count(agent: RecordedAgent, port: Port) -> None:
    agent.count(recordings.SYS_UP_TIME, INTERVAL_SECONDS * 100)
    for oid in (recordings.HC_IN_OCTETS, recordings.IN_OCTETS):
        agent.count((*oid, port.index), RECEIVED)
    for oid in (recordings.HC_OUT_OCTETS, recordings.OUT_OCTETS):
        agent.count((*oid, port.index), SENT)


def _number(recording: Recording, column: recordings.Oid, port: Port) -> int:
    """Return a number of an interface, 0 where the device has none."""
    value = recording.get((*column, port.index))
    return value.number if value is not None else 0


def _octets(recording: Recording, port: Port) -> tuple[recordings.Oid, recordings.Oid]:
    """Return the columns of bytes that an interface is read by: of 64 bits where it has them."""
    wide = (recordings.HC_IN_OCTETS, recordings.HC_OUT_OCTETS)
    has_wide = all((*oid, port.index) in recording for oid in wide)
    return wide if has_wide else (recordings.IN_OCTETS, recordings.OUT_OCTETS)


def _speed(recording: Recording, port: Port) -> int | None:
    """Return ifHighSpeed in bytes a second, else ifSpeed, as long as a port could be as fast; None where neither is."""
    megabits = _number(recording, recordings.HIGH_SPEED, port)
    if 0 < megabits <= MOST_MEGABITS:
        return megabits * 125_000
    bits = _number(recording, recordings.SPEED, port)
    return bits // 8 if LEAST_BITS <= bits < UNKNOWN_BITS else None


@pytest.mark.parametrize("name", PATHS)
async def test_a_recorded_device_is_read_by_its_busiest_interface_s_name(name: str, poll: Poll) -> None:
    recording = recordings.read(PATHS[name])
    port = recordings.busiest(recording)
    status, agent = await poll(recording, port.name if port is not None else "ether1-wan", port)
    if port is None:
        assert (status.is_up, status.reason) == (False, SnmpFailure.NO_SUCH_INTERFACE)
        return
    kind, asked = agent.asked[-1]
    assert kind == "GetRequestPDU"
    assert {oid[-1] for oid in asked if oid != recordings.SYS_UP_TIME} == {port.index}
    assert {(*oid, port.index) for oid in _octets(recording, port)} <= set(asked)
    assert _told(status) == {
        "is_up": True,
        "text": None,
        "bytes": (RECEIVED, SENT),
        "ifOperStatus": _number(recording, recordings.OPER_STATUS, port),
        "speed": _speed(recording, port),
        "reboots": 0,
    }


def _told(status: SnmpStatus) -> dict[str, object]:
    return {
        "is_up": status.is_up,
        "text": status.text,
        "bytes": (status.receive_bytes_total, status.transmit_bytes_total),
        "ifOperStatus": status.ifOperStatus,
        "speed": status.speed_bytes_per_second,
        "reboots": status.reboots,
    }


async def test_every_recording_is_counted_and_a_doubled_name_of_any_is_refused_with_its_indexes(poll: Poll) -> None:
    counts: Counter[str] = Counter()
    for path in PATHS.values():
        recording = recordings.read(path)
        counts.update(_kinds(recording))
        for name, indexes in list(recordings.doubled(recording).items())[:1]:
            status, _ = await poll(recording, name)
            assert status.reason is SnmpFailure.DOUBLED_INTERFACE
            assert " and ".join(map(str, indexes)) in (status.text or "")
    assert (version("snmpsim-data"), counts) == (
        "1.0.1",
        {
            "recordings": 116,
            "with an ifTable": 98,
            "with an interface of a name of its own": 96,
            "with 64-bit counters there": 66,
            "with a name that two have": 18,
        },
    )


def _kinds(recording: Recording) -> Iterator[str]:
    """Yield what a recording counts as."""
    yield "recordings"
    if any(recordings.column(recording, recordings.OPER_STATUS)):
        yield "with an ifTable"
    if (port := recordings.busiest(recording)) is not None:
        yield "with an interface of a name of its own"
        if recordings.HC_IN_OCTETS in _octets(recording, port):
            yield "with 64-bit counters there"
    if recordings.doubled(recording):
        yield "with a name that two have"
