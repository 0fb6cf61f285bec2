"""Echoes: two unprivileged datagram sockets an address family for all links, timed by the kernel.

One socket a link would cost the square of the links, and user-space timestamps would show this process's queue and not
the network. A reply is believed only where its source address, sequence and nonce are those of an echo that was sent.
The second socket has another ICMP identifier: one for ever keeps a stale NAT entry alive after a fail-over.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import socket
import struct
from collections import deque
from random import SystemRandom
from typing import Generic, Protocol, TypeVar

import icmplib

from exporter.clock import Clock
from exporter.errors import ProbeError
from exporter.observation import Outcome

logger = logging.getLogger(__name__)
T = TypeVar("T")

# Of Linux's own headers (asm-generic/socket.h, linux/in.h, linux/in6.h, linux/errqueue.h); Python names none of them.
SO_RCVBUFFORCE, SO_TIMESTAMPNS, SO_MEMINFO = 33, 35, 55
IP_RECVERR, IPV6_RECVERR = 11, 25
SK_MEMINFO_DROPS = 8
EXTENDED_ERROR = struct.Struct("@IBBBBII")  # ee_errno, ee_origin, ee_type, ee_code, ee_pad, ee_info, ee_data
ORIGIN_LOCAL, ORIGIN_ICMP, ORIGIN_ICMP6 = 1, 2, 3
# What the network says of an echo that won't arrive: unreachable and time exceeded (RFC 792; RFC 4443).
FATAL_TYPES = {ORIGIN_ICMP: frozenset({3, 11}), ORIGIN_ICMP6: frozenset({1, 3})}

RECEIVE_BUFFER_BYTES = 8 << 20
SEQUENCES = 1 << 16
NONCE_BYTES = 8
HEADER = struct.Struct("!BBHHH")  # type, code, checksum, identifier, sequence (RFC 792, RFC 4443)
REQUEST = struct.Struct(f"{HEADER.format}{NONCE_BYTES}s")
TIMESPEC = struct.Struct("@ll")
ECHO_REQUEST = {4: 8, 6: 128}
ECHO_REPLY = {4: 0, 6: 129}
IDENTITIES = 2
AT_ONCE = 512  # packets read in one go, so that the loop's other work goes on
READS_AT_MOST = 64
SEND_TRIES = 4  # an error queued for another destination costs a try
LATE_SECONDS = 3.0  # how long after the longest timeout a reply is still known as late
REMEDY = 'sysctl -w net.ipv4.ping_group_range="0 2147483647"'
# What `sendto` says of the network rather than of this machine: a neighbour that doesn't answer (FIELD_NOTES, ICMP).
UNREACHABLE = frozenset({errno.EHOSTUNREACH, errno.EHOSTDOWN})


class Echo(Generic[T]):
    """One echo of a target's slot, which begins at `at`; `outcome` is None until it is decided.

    `rtt_seconds` is None without a reply. `sent_ns` is by the wall clock, as the kernel's timestamps are; `sent_at` is
    monotonic.
    """

    __slots__ = (
        "address",
        "at",
        "key",
        "nonce",
        "outcome",
        "rtt_seconds",
        "sent_at",
        "sent_ns",
        "socket",
        "target",
    )
    sent_at: float
    sent_ns: int
    key: tuple[str, int]  # the source of its reply, and its sequence

    def __init__(self, target: T, at: int, address: str) -> None:
        self.target = target
        self.at = at
        self.address = address
        self.outcome: Outcome | None = None
        self.rtt_seconds: float | None = None
        self.nonce = b""
        self.socket: _EchoSocket[T] | None = None


class Receiver(Protocol[T]):
    """What becomes of echoes."""

    def on_reply(self, echo: Echo[T], rtt_seconds: float) -> None:
        """Take a reply that is believed; a second one and one after the timeout come here as well."""

    def on_refused(self, echo: Echo[T], outcome: Outcome) -> None:
        """Take what the network or this machine says of an echo that got no answer."""


class EchoSockets(Generic[T]):
    """The sockets of a process, shared by all its links.

    `forged` counts replies to these sockets which answer nothing that was sent of late to the address they come from.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.longest_timeout_seconds = 10.0
        self.forged = 0
        self._sockets: dict[int, list[_EchoSocket[T]]] = {}
        self._troubles: dict[str, int | None] = {}

    def open(self, loop: asyncio.AbstractEventLoop, receiver: Receiver[T]) -> None:
        """Open both families; the receiver is called on the loop.

        ProbeError names the sysctl where the kernel refuses. A machine without IPv6 has none of its sockets: the
        echoes of its links are errors, never losses.
        """
        for version, kind in ((4, icmplib.ICMPv4Socket), (6, icmplib.ICMPv6Socket)):
            pair: list[_EchoSocket[T]] = []
            self._sockets[version] = pair
            try:
                pair.extend(_EchoSocket(self, receiver, kind(privileged=False), version) for _ in range(IDENTITIES))
            except icmplib.SocketPermissionError as error:
                self.close(loop)
                raise ProbeError(
                    f"no permission for ICMP echoes: this group may not open ping sockets; type as root: {REMEDY}"
                ) from error
            except (icmplib.ICMPSocketError, OSError) as error:
                if version == 4:  # noqa: PLR2004 -- IP's own number
                    self.close(loop)
                    raise ProbeError(
                        f"no socket for ICMP echoes by IPv4: {error}; see the limit of open files"
                    ) from error
                for opened in self._sockets.pop(version):
                    opened.close()
                logger.warning("icmp_family_unavailable family=ipv%d error=%s", version, error)
        for item in self._all():
            loop.add_reader(item.fileno, item.read)

    def close(self, loop: asyncio.AbstractEventLoop) -> None:
        """Stop reading and close the sockets."""
        for item in self._all():
            loop.remove_reader(item.fileno)
            item.close()
        self._sockets.clear()

    def send(self, echo: Echo[T], payload_bytes: int, identity: int) -> Outcome | None:
        """Send one echo by one of the two identifiers; return its outcome where it is known at once, else None."""
        version = 6 if ":" in echo.address else 4
        pair = self._sockets.get(version)
        if pair is None:
            return self._refuse(echo, OSError(errno.EAFNOSUPPORT, f"this machine has no IPv{version} for echoes"))
        try:
            pair[identity % IDENTITIES].send(echo, payload_bytes)
        except OSError as error:
            return self._refuse(echo, error)
        if self._troubles and self._troubles.pop(echo.address, None) is not None:
            logger.info("echo_sent_again address=%s", echo.address)
        return None

    def drain(self) -> None:
        """Read what has arrived, so that nothing is judged lost that lies in a queue; forget what is long decided."""
        for item in self._all():
            for _ in range(READS_AT_MOST):
                if not item.read():
                    break
            item.count_drops()
            item.forget(self.clock.monotonic() - self.longest_timeout_seconds - LATE_SECONDS)

    def was_dropped(self, echo: Echo[T]) -> bool:
        """Return whether the echo's socket dropped replies since it was sent: its loss would be ours."""
        return echo.socket is not None and echo.socket.dropped_since(echo.sent_at)

    @property
    def drops(self) -> int:
        """How many replies the sockets had no room for, as of the last reading."""
        return sum(item.drops for item in self._all())

    def _all(self) -> list[_EchoSocket[T]]:
        return [item for pair in self._sockets.values() for item in pair]

    def _refuse(self, echo: Echo[T], error: OSError) -> Outcome:
        """Judge an echo that didn't leave; the log is told once, until the reason changes or one leaves."""
        outcome = Outcome.LOST if error.errno in UNREACHABLE else Outcome.ERROR
        if self._troubles.get(echo.address, 0) != error.errno:
            self._troubles[echo.address] = error.errno
            logger.warning("echo_not_sent address=%s outcome=%s error=%s", echo.address, outcome.value, error)
        return outcome


class _EchoSocket(Generic[T]):
    """One ping socket: the kernel chose its identifier, and gives it the replies to that alone."""

    def __init__(
        self,
        owner: EchoSockets[T],
        receiver: Receiver[T],
        wrapped: icmplib.ICMPv4Socket | icmplib.ICMPv6Socket,
        version: int,
    ) -> None:
        self._owner = owner
        self._receiver = receiver
        self._on_reply = receiver.on_reply
        self._monotonic, self._time_ns = owner.clock.monotonic, owner.clock.time_ns
        self._wrapped = wrapped
        self._sock: socket.socket = wrapped.sock
        self._version = version
        self._request = ECHO_REQUEST[version]
        self._reply = ECHO_REPLY[version]
        self._sent: dict[tuple[str, int], Echo[T]] = {}
        self._order: deque[Echo[T]] = deque()
        self._sequence = SystemRandom().randrange(SEQUENCES)
        self._random = b""
        self._random_from = 0
        self._padding: dict[int, bytes] = {}
        self._dropped_at = -1.0
        self.drops = 0
        self.fileno = self._sock.fileno()
        self._prepare()

    def _prepare(self) -> None:
        sock = self._sock
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        with contextlib.suppress(OSError):  # past the limit only for root; the usual buffer serves a district
            sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES)
        if self._version == 4:  # noqa: PLR2004 -- IP's own number
            sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        else:
            sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)

    def close(self) -> None:
        """Close it; what is on its way is forgotten."""
        self._wrapped.close()
        self._sent.clear()
        self._order.clear()

    def send(self, echo: Echo[T], payload_bytes: int) -> None:
        """Send one echo; OSError where it can't leave.

        An error that is queued for another destination makes `sendto` fail with nothing sent: it is taken from the
        queue and credited to its own, and the echo is sent again. A full buffer keeps such an error from the queue but
        not from `sendto`, which tells it once: only a second failure with an empty queue is the echo's own.
        """
        source, sequence = echo.address, self._sequence
        if self._version != 4 and "%" in source:  # noqa: PLR2004 -- IP's own number
            source = source.partition("%")[0]
        while (key := (source, sequence)) in self._sent:  # a round of 65,536 within the longest timeout
            sequence = (sequence + 1) % SEQUENCES
        self._sequence = (sequence + 1) % SEQUENCES
        if self._random_from == len(self._random):
            self._random, self._random_from = os.urandom(NONCE_BYTES * 512), 0
        start = self._random_from
        self._random_from = end = start + NONCE_BYTES
        nonce = self._random[start:end]
        padding = self._padding.get(payload_bytes)
        if padding is None:
            padding = self._padding[payload_bytes] = bytes(payload_bytes - NONCE_BYTES)
        packet = REQUEST.pack(self._request, 0, 0, 0, sequence, nonce) + padding
        echo.nonce, echo.socket, echo.key = nonce, self, key
        self._sent[key] = echo
        for attempt in range(SEND_TRIES):
            echo.sent_at = self._monotonic()
            echo.sent_ns = self._time_ns()
            try:
                self._sock.sendto(packet, (echo.address, 0))
            except OSError:
                if attempt == SEND_TRIES - 1 or not (self._take_errors() or attempt == 0):
                    del self._sent[key]
                    raise
            else:
                self._order.append(echo)
                return

    def read(self) -> bool:
        """Take what has arrived, a bounded number; return whether there may be more."""
        receive, match = self._sock.recvmsg, self._match
        for number in range(AT_ONCE):
            try:
                data, ancillary, _, source = receive(2048, 64)
            except BlockingIOError:
                if number == 0:
                    self._take_errors()
                return False
            except OSError:  # of one destination's queued error, and not of a reply
                self._take_errors()
                continue
            match(data, ancillary, source[0])
        return True

    def _match(self, data: bytes, ancillary: list[tuple[int, int, bytes]], source: str) -> None:
        if len(data) < REQUEST.size or data[0] != self._reply:
            return
        if self._version != 4 and "%" in source:  # noqa: PLR2004 -- IP's own number
            source = source.partition("%")[0]
        echo = self._sent.get((source, (data[6] << 8) | data[7]))
        if echo is None or data[HEADER.size : REQUEST.size] != echo.nonce:
            self._owner.forged += 1
            return
        self._on_reply(echo, self._rtt_seconds(echo, ancillary))

    def _rtt_seconds(self, echo: Echo[T], ancillary: list[tuple[int, int, bytes]]) -> float:
        """By the kernel's timestamp; where the wall clock stepped meanwhile, the monotonic bound."""
        bound = self._monotonic() - echo.sent_at
        for level, kind, data in ancillary:
            if kind == SO_TIMESTAMPNS and level == socket.SOL_SOCKET:
                seconds, nanoseconds = TIMESPEC.unpack_from(data)
                by_kernel: float = (seconds * 1_000_000_000 + nanoseconds - echo.sent_ns) / 1e9
                return by_kernel if 0 < by_kernel <= bound else bound
        return bound

    def _take_errors(self) -> bool:
        """Empty the error queue, each entry to the echo that it is of; return whether there was one."""
        found = False
        for _ in range(AT_ONCE):
            try:
                data, ancillary, _, destination = self._sock.recvmsg(2048, 512, socket.MSG_ERRQUEUE)
            except OSError:
                break
            found = True
            for level, kind, raw in ancillary:
                if (level, kind) in {(socket.IPPROTO_IP, IP_RECVERR), (socket.IPPROTO_IPV6, IPV6_RECVERR)}:
                    self._credit(data, raw, destination[0].partition("%")[0])
        return found

    def _credit(self, quoted: bytes, raw: bytes, destination: str) -> None:
        """Tell what an error says of the echo that it quotes; routers may quote no more than its header (RFC 792)."""
        if len(quoted) < HEADER.size or quoted[0] != self._request:
            return
        echo = self._sent.get((destination, (quoted[6] << 8) | quoted[7]))
        nonce = quoted[HEADER.size : HEADER.size + NONCE_BYTES]
        if echo is None or nonce != echo.nonce[: len(nonce)]:
            return
        number, origin, kind, *_ = EXTENDED_ERROR.unpack_from(raw)
        if origin == ORIGIN_LOCAL:
            outcome = Outcome.LOST if number in UNREACHABLE else Outcome.ERROR
            self._receiver.on_refused(echo, outcome)
        elif kind in FATAL_TYPES.get(origin, ()):
            self._receiver.on_refused(echo, Outcome.LOST)

    def dropped_since(self, sent_at: float) -> bool:
        """Return whether replies were dropped since a monotonic instant."""
        self.count_drops()
        return self._dropped_at >= sent_at

    def count_drops(self) -> None:
        """Ask the kernel for the drops so far; new ones are taken to be of this instant."""
        info = self._sock.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 4 * (SK_MEMINFO_DROPS + 1))
        (drops,) = struct.unpack_from("@I", info, 4 * SK_MEMINFO_DROPS)
        if drops != self.drops:
            self.drops = drops
            self._dropped_at = self._monotonic()

    def forget(self, before: float) -> None:
        """Forget the echoes that were sent before a monotonic instant."""
        order, sent = self._order, self._sent
        while order and order[0].sent_at < before:
            del sent[order.popleft().key]
