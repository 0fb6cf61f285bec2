"""Echo sockets on this machine's own wire, and somebody there who overhears, forges and keeps silent."""

from __future__ import annotations

import asyncio
import select
import socket
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from exporter.clock import SystemClock
from exporter.lab import packages
from exporter.observation import Outcome
from exporter.probes.icmp import ECHO_REPLY, ECHO_REQUEST, HEADER, NONCE_BYTES, SEQUENCES, Echo, EchoSockets

PATIENCE_SECONDS = 5.0
HERE = {4: "127.0.0.1", 6: "::1"}
_IP_HEADER_BYTES = 20


class SettableClock(SystemClock):
    """The machine's clocks, with hands that a test moves."""

    def __init__(self) -> None:
        self.step_seconds = 0
        self.later_seconds = 0.0

    def time_ns(self) -> int:
        return SystemClock.time_ns() + self.step_seconds * 1_000_000_000

    def monotonic(self) -> float:
        return SystemClock.monotonic() + self.later_seconds


class Wire:
    """Echo sockets, what they believed and what they were refused."""

    def __init__(self) -> None:
        self.clock = SettableClock()
        self.sockets: EchoSockets[object] = EchoSockets(self.clock)
        self.replies: list[tuple[object, float]] = []
        self.refused: list[tuple[object, Outcome]] = []
        self._arrived = asyncio.Event()

    def on_reply(self, echo: Echo[object], rtt_seconds: float) -> None:
        self.replies.append((echo.target, rtt_seconds))
        self._arrived.set()

    def on_refused(self, echo: Echo[object], outcome: Outcome) -> None:
        self.refused.append((echo.target, outcome))
        self._arrived.set()

    @property
    def answered(self) -> list[object]:
        """The targets in the order of their replies."""
        return [target for target, _ in self.replies]

    def send(self, address: str, target: object = "x", payload_bytes: int = 56, identity: int = 0) -> Echo[object]:
        """Send an echo that must leave."""
        echo = Echo(target, 0, address)
        assert self.sockets.send(echo, payload_bytes, identity) is None
        return echo

    def refusal(self, address: str) -> Outcome | None:
        """Return what is known at once of an echo."""
        return self.sockets.send(Echo("x", 0, address), 56, 0)

    async def wait_for(self, number: int) -> None:
        """Return once so many replies and refusals came by the loop."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.replies) + len(self.refused) < number:
                self._arrived.clear()
                await self._arrived.wait()

    def take(self, echo: Echo[object]) -> None:
        """Wait for a reply or an error at the echo's socket, and read it: the loop has no turn meanwhile."""
        self.await_event(echo, select.POLLIN)
        self.sockets.drain()

    def fill(self, echo: Echo[object]) -> None:
        """Leave replies unread at an echo's socket, until its buffer has no room for one more."""
        own_socket(echo).setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        for _ in range(500):
            self.send("127.0.0.1", "filler")
        self.await_event(echo, select.POLLIN)

    def await_event(self, echo: Echo[object], event: int) -> None:
        """Wait until the kernel has something for the echo's socket; an error always counts."""
        poll = select.poll()
        poll.register(own_socket(echo), event)
        assert poll.poll(PATIENCE_SECONDS * 1000), "nothing came to the echo's socket"


def own_socket(echo: Echo[object]) -> socket.socket:
    """Return the socket that sent an echo."""
    assert echo.socket is not None
    return echo.socket._sock


def version_of(echo: Echo[object]) -> int:
    """Return 4 or 6."""
    return ip_address(echo.address).version


@contextmanager
def silence() -> Iterator[None]:
    """Keep this machine from answering echoes; where its own addresses are asked, all answers are forged ones."""
    with _switched_on("ipv4/icmp_echo_ignore_all"), _switched_on("ipv6/icmp/echo_ignore_all"):
        yield


@contextmanager
def no_ipv6() -> Iterator[None]:
    """Take IPv6 from the loopback, whose sockets stay; the lab has its own addresses elsewhere."""
    with _switched_on("ipv6/conf/lo/disable_ipv6"):
        yield


@contextmanager
def _switched_on(name: str) -> Iterator[None]:
    switch = Path("/proc/sys/net", name)
    switch.write_text("1", encoding="ascii")
    try:
        yield
    finally:
        switch.write_text("0", encoding="ascii")


@contextmanager
def route(kind: str, address: str) -> Iterator[None]:
    """Give this machine a route to an address that leads nowhere; `kind` says what it tells who asks."""
    ip = packages.command("ip")
    subprocess.run([*ip, "route", "add", kind, address], check=True, timeout=PATIENCE_SECONDS)
    try:
        yield
    finally:
        subprocess.run([*ip, "route", "delete", kind, address], check=True, timeout=PATIENCE_SECONDS)


class Overhearer:
    """A raw socket: it gets a copy of each ICMP message that arrives at this machine, echo requests to it as well."""

    def __init__(self, version: int) -> None:
        self._version = version
        self._sock = raw_socket(version)
        self._sock.settimeout(PATIENCE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._sock.close()

    def request(self, echo: Echo[object]) -> bytes:
        """Return an echo as it was on the wire, from the ICMP header on."""
        return self._next(ECHO_REQUEST[self._version], echo)

    def reply(self, echo: Echo[object]) -> bytes:
        """Return the reply to an echo in the same way."""
        return self._next(ECHO_REPLY[self._version], echo)

    def _next(self, kind: int, echo: Echo[object]) -> bytes:
        skipped = _IP_HEADER_BYTES if self._version == 4 else 0
        while True:
            message = self._sock.recv(4096)[skipped:]
            if message[0] == kind and message[HEADER.size : HEADER.size + NONCE_BYTES] == echo.nonce:
                return message


def raw_socket(version: int) -> socket.socket:
    """Return a socket for whole ICMP messages."""
    if version == 4:
        return socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    return socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)


def replay(message: bytes, source: str = "127.0.0.1") -> None:
    """Send an ICMP message to this machine byte by byte as it is, from one of its own addresses."""
    version = ip_address(source).version
    with raw_socket(version) as forger:
        forger.bind((source, 0))
        forger.sendto(message, (HERE[version], 0))


def forge_reply(
    echo: Echo[object], *, source: str | None = None, sequences_off: int = 0, payload: bytes | None = None
) -> None:
    """Answer an echo; what isn't said otherwise is right, and so the payload is the echo's nonce."""
    version = version_of(echo)
    sequence = (echo.key[1] + sequences_off) % SEQUENCES
    message = HEADER.pack(ECHO_REPLY[version], 0, 0, _identifier(echo), sequence)
    message += echo.nonce if payload is None else payload
    replay(_with_checksum(message), HERE[version] if source is None else source)


def forge_error(echo: Echo[object], kind: int, code: int, payload: bytes | None = None) -> None:
    """Say of an echo what a router would (RFC 792, RFC 4443); the quoted payload is the echo's nonce unless given."""
    version = version_of(echo)
    quoted = HEADER.pack(ECHO_REQUEST[version], 0, 0, _identifier(echo), echo.key[1])
    quoted += echo.nonce if payload is None else payload
    source, destination = ip_address(HERE[version]).packed, ip_address(echo.address).packed
    if version == 4:
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(quoted), 0, 0, 1, 1, 0, source, destination)
    else:
        ip = struct.pack("!IHBB16s16s", 0x60000000, len(quoted), socket.IPPROTO_ICMPV6, 1, source, destination)
    replay(_with_checksum(struct.pack("!BBHI", kind, code, 0, 0) + ip + quoted), HERE[version])


def _identifier(echo: Echo[object]) -> int:
    number: int = own_socket(echo).getsockname()[1]
    return number


def _with_checksum(message: bytes) -> bytes:
    """RFC 1071 over an ICMP message whose checksum is zero; that of ICMPv6 the kernel reckons itself."""
    total = sum(struct.unpack(f"!{len(message) // 2}H", message))
    total = (total >> 16) + (total & 0xFFFF)
    checksum = ~(total + (total >> 16)) & 0xFFFF
    return message[:2] + struct.pack("!H", checksum) + message[4:]
