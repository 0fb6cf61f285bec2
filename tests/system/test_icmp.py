from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator

import pytest

from exporter.clock import SystemClock
from exporter.lab.network import Network
from exporter.observation import Outcome
from exporter.probes.icmp import HEADER, NONCE_BYTES, EchoSockets

PATIENCE_SECONDS = 5.0


class SteppingClock(SystemClock):
    """The machine's clock, which somebody sets."""

    step_seconds = 0.0

    def time(self) -> float:
        return super().time() + self.step_seconds


class Wire:
    """Echo sockets on this machine, and the replies that they believed."""

    def __init__(self) -> None:
        self.clock = SteppingClock()
        self.sockets = EchoSockets(self.clock)
        self.replies: list[tuple[object, float]] = []
        self._arrived = asyncio.Event()

    def on_reply(self, token: object, rtt_seconds: float) -> None:
        self.replies.append((token, rtt_seconds))
        self._arrived.set()

    async def wait_for(self, number: int) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.replies) < number:
                self._arrived.clear()
                await self._arrived.wait()


@pytest.fixture
async def wire(network: Network) -> AsyncIterator[Wire]:
    assert network
    made = Wire()
    loop = asyncio.get_running_loop()
    made.sockets.open(loop, made.on_reply)
    yield made
    made.sockets.close(loop)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "198.18.77.1"])
@pytest.mark.parametrize("payload_bytes", [16, 56, 1400])
async def test_a_reply_comes_back_to_its_own_echo(wire: Wire, address: str, payload_bytes: int) -> None:
    assert wire.sockets.send(address, payload_bytes, "mine") is None
    await wire.wait_for(1)
    ((token, rtt_seconds),) = wire.replies
    assert token == "mine"
    assert 0 < rtt_seconds < PATIENCE_SECONDS


async def test_without_a_route_of_its_own_the_monitor_is_at_fault(wire: Wire) -> None:
    assert wire.sockets.send("203.0.113.1", 56, "x") is Outcome.ERROR


async def test_an_address_that_is_cut_is_silent_and_others_answer(wire: Wire, network: Network) -> None:
    network.cut("198.18.66.1")
    try:
        assert wire.sockets.send("198.18.66.1", 56, "cut") is None
        for number in range(50):
            assert wire.sockets.send("198.18.67.1", 56, number) is None
        await wire.wait_for(50)
    finally:
        network.mend("198.18.66.1")
    assert [token for token, _ in wire.replies] == list(range(50))


async def test_the_sequence_wraps_without_a_false_reply(wire: Wire) -> None:
    wire.sockets._next_sequence = 65_530
    for number in range(20):
        assert wire.sockets.send("127.0.0.1", 56, number) is None
    await wire.wait_for(20)
    assert sorted(int(str(token)) for token, _ in wire.replies) == list(range(20))


async def test_two_links_with_one_address_get_each_its_own_replies(wire: Wire) -> None:
    for token in ("dinkes/primary", "disdik/primary"):
        wire.sockets.send("127.0.0.1", 56, token)
    await wire.wait_for(2)
    assert {token for token, _ in wire.replies} == {"dinkes/primary", "disdik/primary"}


async def test_a_forged_reply_is_not_believed(wire: Wire, network: Network) -> None:
    """The kernel hands over any reply with the socket's identifier; the nonce and the source decide."""
    network.cut("198.18.66.1")
    try:
        wire.sockets.send("198.18.66.1", 56, "cut")
    finally:
        network.mend("198.18.66.1")
    ((_, sequence), echo) = next(iter(wire.sockets._sent.items()))
    identifier = wire.sockets._sockets[4].getsockname()[1]
    forger = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    with forger:
        for nonce in (bytes(NONCE_BYTES), echo.nonce):
            message = HEADER.pack(0, 0, 0, identifier, sequence) + nonce + bytes(48)
            forger.sendto(_with_checksum(message), ("127.0.0.1", 0))
    wire.sockets.send("127.0.0.1", 56, "honest")
    await wire.wait_for(1)
    assert [token for token, _ in wire.replies] == ["honest"]


def _with_checksum(message: bytes) -> bytes:
    """RFC 1071 over an ICMP message whose checksum is zero."""
    total = sum(struct.unpack(f"!{len(message) // 2}H", message))
    total = (total >> 16) + (total & 0xFFFF)
    checksum = ~(total + (total >> 16)) & 0xFFFF
    return message[:2] + struct.pack("!H", checksum) + message[4:]


@pytest.mark.parametrize("step_seconds", [-3_600.0, 3_600.0])
async def test_a_clock_that_steps_while_an_echo_is_out_shows_in_no_rtt(wire: Wire, step_seconds: float) -> None:
    wire.clock.step_seconds = step_seconds
    wire.sockets.send("127.0.0.1", 56, "x")
    await wire.wait_for(1)
    assert 0 < wire.replies[0][1] < PATIENCE_SECONDS
