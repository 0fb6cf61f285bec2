"""The path to an address: a traceroute that needs no privilege, over one ping socket for each trace.

Echoes of small times to live leave by a socket whose ICMP identifier is its own, so that the links' echo sockets hear
nothing of them; what routers say of them comes by its error queue (ip(7), IP_RECVERR). The time to live is set before
each echo, because older kernels don't heed it as ancillary data of an ICMPv6 ping socket. All echoes of a trace have
one checksum, so that a router which shares its flows among several ways sends them along the same one.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import math
import os
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address
from itertools import count
from random import SystemRandom

import icmplib

from exporter.clock import Clock
from exporter.observation import Path
from exporter.probes.icmp import (
    AT_ONCE,
    ECHO_REPLY,
    ECHO_REQUEST,
    EXTENDED_ERROR,
    HEADER,
    IP_RECVERR,
    IPV6_RECVERR,
    NONCE_BYTES,
    ORIGIN_ICMP,
    ORIGIN_ICMP6,
    ORIGIN_LOCAL,
    SEND_TRIES,
    SEQUENCES,
)

logger = logging.getLogger(__name__)

MOST_HOPS = 16
PATIENCE_SECONDS = 1.0
TRIES = 2
WAITING_AT_MOST = 4  # distances without an answer, because routers ration what they say
SILENT_AT_MOST = 4  # distances in a row, after which nobody is looked for
REPEATED_AT_MOST = 2  # distances in a row with hops that are named already
PATIENCES_AT_MOST = 4  # of a whole trace

_RECVERR = {4: (socket.IPPROTO_IP, IP_RECVERR), 6: (socket.IPPROTO_IPV6, IPV6_RECVERR)}
_TTL = {4: (socket.IPPROTO_IP, socket.IP_TTL), 6: (socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS)}
# Where the address stands in the sockaddr behind a sock_extended_err (SO_EE_OFFENDER; ip(7), ipv6(7)).
_OFFENDER = {
    4: slice(EXTENDED_ERROR.size + 4, EXTENDED_ERROR.size + 8),
    6: slice(EXTENDED_ERROR.size + 8, EXTENDED_ERROR.size + 24),
}
_REQUEST = struct.Struct(f"{HEADER.format}{NONCE_BYTES}sH46x")  # as long as an echo of 56 bytes, as most links have
_COMPLEMENT = 0xFFFF


class Word(Enum):
    """What an answer says of an echo."""

    REPLY = "reply"
    EXCEEDED = "time exceeded"
    UNREACHABLE = "unreachable"


# By origin and type: RFC 792, RFC 4443.
_WORDS = {
    (ORIGIN_ICMP, 3): Word.UNREACHABLE,
    (ORIGIN_ICMP, 11): Word.EXCEEDED,
    (ORIGIN_ICMP6, 1): Word.UNREACHABLE,
    (ORIGIN_ICMP6, 3): Word.EXCEEDED,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """Who answered an echo, and what."""

    address: str
    word: Word


@dataclass(frozen=True, slots=True)
class Course:
    """How far a path is known; where it has ended, nothing that is still to come would change it."""

    hops: tuple[str | None, ...]
    is_ended: bool
    is_whole: bool = False


def follow(answers: Mapping[int, Answer | None], most_hops: int) -> Course:
    """Return the path up to the first distance that isn't decided; one where nobody answered has None in `answers`.

    It ends at the target, at whoever can't reach it, in a loop, after 4 silent distances in a row, and at `most_hops`.
    A router that answers at a second distance is named at its first alone: some pass on what they should stop, and the
    next one seems to answer twice. Twice in a row it is a loop. Silent hops at the end of a path are left out; one that
    is whole has none there.
    """
    hops: list[str | None] = []
    silent = repeated = 0
    for distance in range(1, most_hops + 1):
        if distance not in answers:
            return Course(tuple(hops), is_ended=False)
        answer = answers[distance]
        if answer is None:
            hops.append(None)
            silent += 1
            if silent == SILENT_AT_MOST:
                break
            continue
        if answer.word is Word.REPLY:
            before = hops[: hops.index(answer.address)] if answer.address in hops else hops
            return Course((*before, answer.address), is_ended=True, is_whole=True)
        is_new = answer.address not in hops
        hops.append(answer.address if is_new else None)
        silent, repeated = 0, 0 if is_new else repeated + 1
        if answer.word is Word.UNREACHABLE or repeated == REPEATED_AT_MOST:
            break
    while hops and hops[-1] is None:
        hops.pop()
    return Course(tuple(hops), is_ended=True)


class PathProbe:
    """Traces paths, each by itself; what the system refused is remembered for the log alone.

    A distance has two tries of `patience_seconds` each, a whole trace takes at most four times as long.
    """

    def __init__(self, clock: Clock, *, most_hops: int = MOST_HOPS, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._clock = clock
        self._most_hops = most_hops
        self._patience_seconds = patience_seconds
        self._refusals: dict[str, str] = {}

    async def trace(self, address: str) -> Path | None:
        """Return the path to an IP address, without hops where nobody answered; None where the system refuses.

        It does so without leave for ping sockets, without IPv6, without a route, and by a dead gateway: then nothing is
        known of the path. The log says so once an address, until a trace of it has left or the reason is another.
        """
        at = self._clock.time()
        try:
            course = await self._course(address)
        except (icmplib.ICMPLibError, OSError) as error:
            if self._refusals.get(address) != str(error):
                self._refusals[address] = str(error)
                logger.warning("path_not_traced address=%s error=%s", address, error)
            return None
        self._refusals.pop(address, None)
        return Path(at, course.hops, course.is_whole)

    async def _course(self, address: str) -> Course:
        loop = asyncio.get_running_loop()
        kind = icmplib.ICMPv6Socket if ":" in address else icmplib.ICMPv4Socket
        with kind(privileged=False) as wrapped:
            exchange = _Exchange(wrapped.sock, address, self._most_hops, self._patience_seconds)
            loop.add_reader(wrapped.sock, exchange.read)
            try:
                return await self._follow(exchange)
            finally:
                loop.remove_reader(wrapped.sock)

    async def _follow(self, exchange: _Exchange) -> Course:
        """Send what is due until the path has an end, or the time is up."""
        ends_at = self._clock.monotonic() + PATIENCES_AT_MOST * self._patience_seconds
        while True:
            now = self._clock.monotonic()
            course = exchange.advance(now, is_last=now >= ends_at)
            if course.is_ended:
                return course
            wakes_at = min(ends_at, exchange.next_at)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, wakes_at - self._clock.monotonic())):
                    await exchange.news.wait()


class _Exchange:
    """The echoes of one trace, by a socket that is connected to its target: it has the source of all of them.

    `news` is set when something has come; `next_at` is the monotonic instant at which the next try or its end is due.
    """

    def __init__(self, sock: socket.socket, address: str, most_hops: int, patience_seconds: float) -> None:
        self._sock = sock
        self._version = 6 if ":" in address else 4
        self._most_hops = most_hops
        self._patience_seconds = patience_seconds
        self._nonce = os.urandom(NONCE_BYTES)
        self._sequences = count(SystemRandom().randrange(SEQUENCES))
        self._sent: dict[int, int] = {}  # the distance by sequence
        self._tries: dict[int, int] = {}  # by distance, from 1 on without a gap
        self._waiting: dict[int, float] = {}  # until when, by distance
        self._answers: dict[int, Answer | None] = {}
        self._refusal: OSError | None = None
        self.news = asyncio.Event()
        sock.setblocking(False)
        sock.setsockopt(*_RECVERR[self._version], 1)
        sock.connect((address, 0))
        self._target = _plain(address)
        self._own = _plain(sock.getsockname()[0])

    @property
    def next_at(self) -> float:
        """Infinite where nothing is waited for."""
        return min(self._waiting.values(), default=math.inf)

    def advance(self, now: float, *, is_last: bool) -> Course:
        """Send what is due at a monotonic instant; return how far the path is known. OSError where nothing can leave.

        At the last instant nothing is sent, and whoever is waited for is silent.
        """
        self.news.clear()
        if self._refusal is not None:
            raise self._refusal
        for distance, until in list(self._waiting.items()):
            if is_last or (until <= now and self._tries[distance] == TRIES):
                del self._waiting[distance]
                self._answers[distance] = None
            elif until <= now:
                self._send(distance, now)
        if is_last:
            return follow(self._answers, len(self._tries))
        while len(self._waiting) < WAITING_AT_MOST and len(self._tries) < self._farthest():
            self._send(len(self._tries) + 1, now)
        return follow(self._answers, self._most_hops)

    def read(self) -> None:
        """Take what has arrived."""
        for _ in range(AT_ONCE):
            try:
                data, source = self._sock.recvfrom(2048)
            except BlockingIOError:
                break
            except OSError:  # an error that is queued; it is told here once
                continue
            self._take_reply(data, _plain(source[0]))
        for _ in range(AT_ONCE):
            try:
                data, ancillary, _, _ = self._sock.recvmsg(2048, 512, socket.MSG_ERRQUEUE)
            except OSError:
                break
            for level, kind, raw in ancillary:
                if (level, kind) == _RECVERR[self._version]:
                    self._take_error(data, raw)

    def _farthest(self) -> int:
        """Return the greatest distance that is worth an echo, by what is known."""
        answered = {distance: answer for distance, answer in self._answers.items() if answer is not None}
        ends = (distance for distance, answer in answered.items() if answer.word is not Word.EXCEEDED)
        return min(self._most_hops, max(answered, default=0) + SILENT_AT_MOST, *ends)

    def _send(self, distance: int, now: float) -> None:
        """Send an echo; each error that has come meanwhile makes that fail once, with nothing sent."""
        sequence = next(self._sequences) % SEQUENCES
        self._sent[sequence] = distance
        self._tries[distance] = self._tries.get(distance, 0) + 1
        self._waiting[distance] = now + self._patience_seconds
        packet = _REQUEST.pack(ECHO_REQUEST[self._version], 0, 0, 0, sequence, self._nonce, _COMPLEMENT - sequence)
        self._sock.setsockopt(*_TTL[self._version], distance)
        for _ in range(SEND_TRIES - 1):
            with contextlib.suppress(OSError):
                self._sock.send(packet)
                return
        self._sock.send(packet)

    def _take_reply(self, data: bytes, source: str) -> None:
        distance = self._distance(data, ECHO_REPLY[self._version], HEADER.size + NONCE_BYTES)
        if distance is not None and source == self._target:
            self._settle(distance, Answer(source, Word.REPLY))

    def _take_error(self, quoted: bytes, raw: bytes) -> None:
        """Take what is said of the echo that it quotes; a router may quote no more than its header (RFC 792).

        That the target refuses an echo is an answer of its own. What this machine says, because its gateway doesn't
        answer it, is no hop's.
        """
        distance = self._distance(quoted, ECHO_REQUEST[self._version], HEADER.size)
        if distance is None:
            return
        number, origin, kind, *_ = EXTENDED_ERROR.unpack_from(raw)
        word, offender = _WORDS.get((origin, kind)), raw[_OFFENDER[self._version]]
        if origin == ORIGIN_LOCAL:
            self._refusal = OSError(number, os.strerror(number))
            self.news.set()
        elif word is not None:
            source = str(ip_address(offender))
            if source == self._own != self._target:
                self._refusal = OSError(errno.EHOSTUNREACH, f"{os.strerror(number)}, says {source} itself")
                self.news.set()
            elif source == self._target and word is Word.UNREACHABLE:
                self._settle(distance, Answer(source, Word.REPLY))
            else:
                self._settle(distance, Answer(source, word))

    def _distance(self, message: bytes, kind: int, least_bytes: int) -> int | None:
        """Return the distance of the echo that a message is of; None where it is of none of them."""
        if len(message) < least_bytes or message[0] != kind:
            return None
        nonce = message[HEADER.size : HEADER.size + NONCE_BYTES]
        if nonce != self._nonce[: len(nonce)]:
            return None
        return self._sent.get((message[6] << 8) | message[7])

    def _settle(self, distance: int, answer: Answer) -> None:
        """Keep the first answer of a distance, one that comes late too."""
        if self._answers.get(distance) is None:
            self._answers[distance] = answer
            self._waiting.pop(distance, None)
            self.news.set()


def _plain(address: str) -> str:
    """Return an address as `ipaddress` spells it, without a zone."""
    return str(ip_address(address.partition("%")[0]))
