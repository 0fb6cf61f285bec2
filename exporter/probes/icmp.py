"""Echoes: one unprivileged datagram socket an address family for all links, timed by the kernel.

One socket a link would cost the square of the links, and user-space timestamps would show this process's queue and not
the network. A reply is believed only where its source address, sequence and nonce are those of an echo that was sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import logging
import secrets
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass

import icmplib

from exporter.clock import Clock
from exporter.errors import ProbeError
from exporter.observation import Outcome

logger = logging.getLogger(__name__)

SO_RCVBUFFORCE = 33  # asm-generic/socket.h; Python's socket module names neither
SO_TIMESTAMPNS = 35
RECEIVE_BUFFER_BYTES = 8 << 20
SEQUENCES = 1 << 16
NONCE_BYTES = 8
HEADER = struct.Struct("!BBHHH")  # type, code, checksum, identifier, sequence (RFC 792, RFC 4443)
TIMESPEC = struct.Struct("@ll")
ECHO_REQUEST = {4: 8, 6: 128}
ECHO_REPLY = {4: 0, 6: 129}
REMEDY = 'sysctl -w net.ipv4.ping_group_range="0 2147483647"'
# What `sendto` says of the network rather than of this machine: a neighbour that doesn't answer (FIELD_NOTES, ICMP).
UNREACHABLE = frozenset({errno.EHOSTUNREACH, errno.EHOSTDOWN})


@dataclass(frozen=True, slots=True)
class Echo:
    """One echo on its way; `token` is the sender's own word for it.

    `sent_ns` is by the wall clock, as the kernel's timestamps are; `sent_at` is monotonic.
    """

    token: object
    address: str
    nonce: bytes
    sent_ns: int
    sent_at: float


class EchoSockets:
    """The sockets of a process, shared by all its links."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._on_reply: Callable[[object, float], None] = lambda _token, _rtt: None
        self._sockets: dict[int, socket.socket] = {}
        self._owners: list[icmplib.ICMPv4Socket | icmplib.ICMPv6Socket] = []
        self._sent: dict[tuple[int, int], Echo] = {}
        self._next_sequence = secrets.randbelow(SEQUENCES)
        self._troubles: dict[str, int | None] = {}

    def open(self, loop: asyncio.AbstractEventLoop, on_reply: Callable[[object, float], None]) -> None:
        """Open both families; `on_reply(token, rtt_seconds)` is called on the loop, for duplicates too.

        ProbeError names the sysctl where the kernel refuses. A machine without IPv6 has none of its sockets: the
        echoes of its links are errors, never losses.
        """
        self._on_reply = on_reply
        for version, kind in ((4, icmplib.ICMPv4Socket), (6, icmplib.ICMPv6Socket)):
            try:
                owner = kind(privileged=False)
            except icmplib.SocketPermissionError as error:
                self.close(loop)
                raise ProbeError(
                    f"no permission for ICMP echoes: this group may not open ping sockets; type as root: {REMEDY}"
                ) from error
            except icmplib.ICMPSocketError as error:
                logger.warning("icmp_family_unavailable family=ipv%d error=%s", version, error)
                continue
            self._owners.append(owner)
            self._sockets[version] = owner.sock
            self._prepare(owner.sock)
            loop.add_reader(owner.sock.fileno(), self._read, version)

    def _prepare(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        with contextlib.suppress(OSError):  # past the limit only for root; the usual buffer serves a district
            sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES)

    def close(self, loop: asyncio.AbstractEventLoop) -> None:
        """Stop reading and close the sockets."""
        for owner in self._owners:
            loop.remove_reader(owner.sock.fileno())
            owner.close()
        self._owners.clear()
        self._sockets.clear()

    def send(self, address: str, payload_bytes: int, token: object) -> Outcome | None:
        """Send one echo to an IP address; return its outcome where that is known at once, None where it left."""
        version = ipaddress.ip_address(address).version
        sock = self._sockets.get(version)
        if sock is None:
            return self._refused(address, OSError(errno.EAFNOSUPPORT, f"this machine has no IPv{version} for echoes"))
        nonce = secrets.token_bytes(NONCE_BYTES)
        sequence = self._next_sequence
        self._next_sequence = (sequence + 1) % SEQUENCES
        packet = HEADER.pack(ECHO_REQUEST[version], 0, 0, 0, sequence) + nonce.ljust(payload_bytes, b"\0")
        sent_at = self._clock.monotonic()
        sent_ns = int(self._clock.time() * 1e9)
        try:
            sock.sendto(packet, (address, 0))
        except OSError as error:
            return self._refused(address, error)
        self._troubles.pop(address, None)
        self._sent[version, sequence] = Echo(token, address, nonce, sent_ns, sent_at)
        return None

    def _refused(self, address: str, error: OSError) -> Outcome:
        """Judge an echo that didn't leave; the log is told once, until the reason changes or one leaves."""
        outcome = Outcome.LOST if error.errno in UNREACHABLE else Outcome.ERROR
        if self._troubles.get(address, 0) != error.errno:
            self._troubles[address] = error.errno
            logger.warning("echo_not_sent address=%s outcome=%s error=%s", address, outcome.value, error)
        return outcome

    def _read(self, version: int) -> None:
        """Take what has arrived; a bounded number, so that the loop's other work goes on."""
        sock = self._sockets[version]
        for _ in range(512):
            try:
                data, ancillary, _, source = sock.recvmsg(2048, 64)
            except BlockingIOError:
                return
            except OSError as error:  # an error queued on the socket is of one destination and not of this reply
                logger.debug("icmp_receive_error family=ipv%d error=%s", version, error)
                continue
            self._match(version, data, source[0].partition("%")[0], _kernel_time_ns(ancillary))

    def _match(self, version: int, data: bytes, source: str, received_ns: int | None) -> None:
        if len(data) < HEADER.size + NONCE_BYTES:
            return
        kind, _, _, _, sequence = HEADER.unpack_from(data)
        echo = self._sent.get((version, sequence))
        if kind != ECHO_REPLY[version] or echo is None:
            return
        same_source = ipaddress.ip_address(source) == ipaddress.ip_address(echo.address)
        if not same_source or data[HEADER.size : HEADER.size + NONCE_BYTES] != echo.nonce:
            return
        self._on_reply(echo.token, self._rtt_seconds(echo, received_ns))

    def _rtt_seconds(self, echo: Echo, received_ns: int | None) -> float:
        """By the kernel's timestamp; where the wall clock stepped meanwhile, the monotonic bound."""
        bound = self._clock.monotonic() - echo.sent_at
        if received_ns is None:
            return bound
        by_kernel = (received_ns - echo.sent_ns) / 1e9
        return by_kernel if 0 < by_kernel <= bound else bound


def _kernel_time_ns(ancillary: list[tuple[int, int, bytes]]) -> int | None:
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
            seconds, nanoseconds = TIMESPEC.unpack(data[: TIMESPEC.size])
            return int(seconds * 1_000_000_000 + nanoseconds)
    return None
