from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

import pytest
from monitor_fakes import NOTHING_FOUND, FakeClock, FakeSink, make_inventory, make_link
from test_fate import FIBRE, OTHERS, SMALL, STRANGER, VSAT

from exporter.lab import commands
from exporter.lab.fate import Answered, Fates, Unreachable
from exporter.lab.talking import Lines
from exporter.lab.topology import Topology
from exporter.model import Icmp, Inventory, SnmpVersion
from exporter.monitor import Monitor
from exporter.observation import Outcome, Path, SnmpFailure
from exporter.pinging import Flight
from exporter.probes.device import Credentials, Device, Oid, SnmpProblem, Value
from exporter.probes.icmp import Echo
from exporter.simulated import SimulatedPaths, SimulatedSnmp, SimulatedSockets, look_up

SEED = 1
CUT_BACKUP = '{"set": "dinkes/backup", "condition": {"kind": "cut"}}'
OID: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)


@dataclass
class Timer:
    at: float
    work: Callable[[], None]
    is_cancelled: bool = False

    def cancel(self) -> None:
        self.is_cancelled = True


class HandLoop:
    """An event loop whose timers go off while its clock is moved."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._timers: list[Timer] = []

    def call_later(self, delay: float, work: Callable[[], None]) -> Timer:
        self._timers.append(Timer(self._clock.monotonic() + delay, work))
        return self._timers[-1]

    def advance(self, seconds: float) -> None:
        until = self._clock.monotonic() + seconds
        while due := [timer for timer in self._timers if timer.at <= until and not timer.is_cancelled]:
            first = min(due, key=lambda timer: timer.at)
            self._timers.remove(first)
            self._clock.advance(max(0.0, first.at - self._clock.monotonic()))
            first.work()
        self._clock.advance(until - self._clock.monotonic())


class Heard:
    """A receiver that keeps what it is told: address, RTT or outcome, and the monotonic clock then."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.all: list[tuple[str, float | Outcome, float]] = []

    def on_reply(self, echo: Flight, rtt_seconds: float) -> None:
        self.all.append((echo.address, rtt_seconds, self._clock.monotonic()))

    def on_refused(self, echo: Flight, outcome: Outcome) -> None:
        self.all.append((echo.address, outcome, self._clock.monotonic()))


class Wire:
    """Simulated sockets on a clock moved by hand."""

    def __init__(self, district: Inventory = SMALL) -> None:
        self.clock = FakeClock()
        self.loop = HandLoop(self.clock)
        self.heard = Heard(self.clock)
        self.opened = 0
        self.sockets = SimulatedSockets(Fates(Topology(district), SEED), self.clock, self._count)
        self.sockets.open(self.loop, self.heard)

    def _count(self) -> None:
        self.opened += 1

    def send(self, *addresses: str) -> None:
        for address in addresses:
            assert self.sockets.send(Echo(None, 0, address), 56, 0) is None


def delays(*addresses: str) -> dict[str, float]:
    """Return what the same fates say of the same echoes."""
    fates = Fates(Topology(SMALL), SEED)
    answers = {address: fates.of(ip_address(address).packed, 64, 0.0) for address in addresses}
    return {address: fate.delay_seconds for address, fate in answers.items() if isinstance(fate, Answered)}


def test_paths_are_traced_without_a_packet() -> None:
    fates = Fates(Topology(SMALL), SEED)
    paths = SimulatedPaths(fates, FakeClock(1_770_000_000.0))
    whole = asyncio.run(paths.trace(FIBRE))
    commands.carry_out({"set": "dinkes/primary", "condition": {"kind": "cut"}}, fates, 0.0)
    cut = asyncio.run(paths.trace(FIBRE))
    assert (whole.is_whole, whole.hops[-1]) == (True, FIBRE)
    assert cut == Path(1_770_000_000.0, whole.hops[:-1], is_whole=False)


def test_answers_come_in_the_order_they_are_due_each_with_its_fates_delay_as_its_rtt() -> None:
    wire = Wire()
    wire.send(VSAT, FIBRE, OTHERS)
    assert wire.heard.all == []
    wire.loop.advance(2.0)
    told = delays(VSAT, FIBRE, OTHERS)
    order = sorted(told, key=lambda address: told[address])
    assert order[-1] == VSAT
    assert wire.heard.all == [(address, told[address], pytest.approx(told[address])) for address in order]


def test_no_answer_comes_before_it_is_due() -> None:
    wire = Wire()
    wire.send(VSAT)
    wire.loop.advance(delays(VSAT)[VSAT] - 0.001)
    wire.sockets.drain()
    assert wire.heard.all == []
    wire.loop.advance(0.002)
    assert [address for address, *_ in wire.heard.all] == [VSAT]


def test_what_is_due_is_handed_over_without_waiting_for_the_loop_and_once() -> None:
    wire = Wire()
    wire.send(FIBRE)
    wire.clock.advance(0.01)
    wire.sockets.drain()
    assert [address for address, *_ in wire.heard.all] == [FIBRE]
    wire.loop.advance(1.0)
    assert len(wire.heard.all) == 1


def test_an_address_that_the_inventory_does_not_know_answers_after_the_sending_and_not_within_it() -> None:
    wire = Wire()
    wire.send(STRANGER)
    assert wire.heard.all == []
    wire.loop.advance(0.0)
    assert wire.heard.all == [(STRANGER, 0.0, 0.0)]


def test_a_cut_takes_what_is_on_its_way_and_leaves_others() -> None:
    wire = Wire()
    wire.send(VSAT, FIBRE)
    said = wire.sockets.command(CUT_BACKUP)
    assert said == {"at": said["at"], "closed": [VSAT], "opened": [], "isolated": False}
    wire.loop.advance(2.0)
    assert [address for address, *_ in wire.heard.all] == [FIBRE]


def test_nothing_comes_of_an_echo_that_is_lost() -> None:
    wire = Wire()
    wire.sockets.command(CUT_BACKUP)
    wire.send(VSAT)
    wire.loop.advance(10.0)
    assert wire.heard.all == []
    assert not wire.sockets.was_dropped(Echo(None, 0, VSAT))


def test_an_unreachable_address_is_lost_once_the_router_has_said_so() -> None:
    wire, twin = Wire(), Fates(Topology(SMALL), SEED)
    wire.sockets.command('{"set": "dinkes/primary", "condition": {"kind": "unreachable"}}')
    twin_wire = SimulatedSockets(twin, wire.clock, lambda: None)
    twin_wire.command('{"set": "dinkes/primary", "condition": {"kind": "unreachable"}}')
    wire.send(FIBRE)
    fate = twin.of(ip_address(FIBRE).packed, 64, 0.0)
    assert isinstance(fate, Unreachable)
    wire.loop.advance(1.0)
    assert wire.heard.all == [(FIBRE, Outcome.LOST, pytest.approx(fate.delay_seconds))]


def test_a_command_that_is_not_understood_is_answered_with_an_error() -> None:
    assert list(Wire().sockets.command('{"set": "nobody", "condition": {"kind": "cut"}}')) == ["error"]


def test_nothing_comes_back_after_the_closing() -> None:
    wire = Wire()
    wire.send(FIBRE)
    wire.sockets.close(wire.loop)
    wire.loop.advance(1.0)
    assert wire.heard.all == []


def test_opening_says_so_once() -> None:
    assert Wire().opened == 1


async def test_the_loop_of_the_product_hands_answers_over() -> None:
    clock, answered = FakeClock(), asyncio.Event()
    sockets = SimulatedSockets(Fates(Topology(SMALL), SEED), clock, lambda: None)

    class Receiver(Heard):
        def on_reply(self, echo: Flight, rtt_seconds: float) -> None:
            super().on_reply(echo, rtt_seconds)
            answered.set()

    heard = Receiver(clock)
    sockets.open(asyncio.get_running_loop(), heard)
    sockets.send(Echo(None, 0, FIBRE), 56, 0)
    clock.advance(1.0)
    await answered.wait()
    assert heard.all == [(FIBRE, delays(FIBRE)[FIBRE], 1.0)]


def counts_of(delay_seconds: float, slots: int = 10) -> tuple[dict[Outcome, int], int]:
    """Return a monitored link's echoes by outcome and its late replies, where each answer takes so much longer."""
    link = make_link(address=FIBRE, icmp=Icmp(timeout_seconds=1.0))
    district = make_inventory(link)
    wire = Wire(district)
    monitor = Monitor(
        district,
        {},
        (),
        clock=wire.clock,
        sender=wire.sockets,
        sink=FakeSink(),
        address_of=lambda host, _: host,
        doubt=lambda _host, _family: None,
        told=lambda _target, _outage: None,
    )
    wire.sockets.open(wire.loop, monitor.pinger)
    wire.sockets.command(f'{{"set": "dinkes/primary", "condition": {{"kind": "delay", "seconds": {delay_seconds}}}}}')
    for _ in range(slots * 10):
        monitor.pinger.tick()
        wire.loop.advance(0.1)
    status = next(monitor.links(NOTHING_FOUND))
    return dict(status.probes), status.late


def test_the_monitor_judges_a_reply_in_time_as_one() -> None:
    probes, late = counts_of(0.8)
    assert probes[Outcome.REPLY] >= 8
    assert (probes[Outcome.LOST], late) == (0, 0)


def test_the_monitor_judges_a_reply_after_the_timeout_as_lost_and_late() -> None:
    probes, late = counts_of(1.5)
    assert (probes[Outcome.REPLY], probes[Outcome.ERROR]) == (0, 0)
    assert probes[Outcome.LOST] >= 8
    assert late >= 7


class Devices:
    """An SNMP client that gives one value, and keeps whom it asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def get(self, device: Device, oids: Sequence[Oid]) -> dict[Oid, Value] | SnmpProblem:
        self.asked.append(device.address)
        return dict.fromkeys(oids, 7)

    async def walk(self, device: Device, column: Oid, _rows: int) -> dict[int, Value] | SnmpProblem:
        self.asked.append(device.address)
        return {1: len(column)}

    async def close(self) -> None:
        self.asked.append("closed")


async def test_a_device_is_asked_by_snmp_unless_its_address_is_closed() -> None:
    fates, devices = Fates(Topology(SMALL), SEED), Devices()
    snmp = SimulatedSnmp(fates, devices)
    sockets = SimulatedSockets(fates, FakeClock(), lambda: None)
    opener = Credentials(SnmpVersion.V2C)
    near, far = (Device(address, 161, opener, timeout_seconds=0.0, retries=0) for address in (FIBRE, VSAT))
    sockets.command(CUT_BACKUP)
    assert await snmp.get(near, [OID]) == {OID: 7}
    assert await snmp.walk(near, OID) == {1: len(OID)}
    silence = SnmpProblem(SnmpFailure.TIMEOUT, f"no answer from {VSAT}, which is closed on the simulated wire")
    assert [await snmp.get(far, [OID]), await snmp.walk(far, OID)] == [silence, silence]
    sockets.command('{"set": "monitor", "condition": {"kind": "cut"}}')
    assert isinstance(await snmp.get(near, [OID]), SnmpProblem)
    await snmp.close()
    assert devices.asked == [FIBRE, FIBRE, "closed"]


def test_no_name_is_looked_up() -> None:
    with pytest.raises(OSError, match=r"kantor\.example isn't looked up on a simulated wire"):
        look_up("kantor.example", None)


def test_a_line_that_comes_in_pieces_is_one() -> None:
    there, here = os.pipe()
    try:
        lines = Lines(there)
        os.write(here, b"one\ntw")
        assert lines.read() == [b"one"]
        os.write(here, b"o\n")
        assert lines.read() == [b"two"]
        os.close(here)
        assert lines.read() is None
    finally:
        os.close(there)
