"""Routers on this machine's own loopback: they say of each echo to a target what a script has for its distance."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple, Self

from icmp_wire import _with_checksum, raw_socket, replay, silence

from exporter.probes.icmp import HEADER, NONCE_BYTES

TARGET, OWN = "127.0.0.9", "127.0.0.1"
IP_HEADER_BYTES, TTL_AT = 20, 8
ECHO_REPLY, UNREACHABLE, ECHO_REQUEST, EXCEEDED = 0, 3, 8, 11


class Request(NamedTuple):
    """An echo request as it came: `message` from the ICMP header on, `packet` from that of IP."""

    distance: int
    packet: bytes

    @property
    def message(self) -> bytes:
        return self.packet[IP_HEADER_BYTES:]

    @property
    def sequence(self) -> int:
        sequence: int = HEADER.unpack_from(self.packet, IP_HEADER_BYTES)[4]
        return sequence


@dataclass(frozen=True)
class Says:
    """An ICMP error from a source; `quoted_bytes` of the echo's ICMP message stand in it, `change`d before."""

    source: str
    kind: int = EXCEEDED
    code: int = 0
    quoted_bytes: int = 8
    change: Callable[[bytes], bytes] = bytes

    def answer(self, request: Request) -> None:
        quoted = request.packet[:IP_HEADER_BYTES] + self.change(request.message)[: self.quoted_bytes]
        replay(_with_checksum(struct.pack("!BBHI", self.kind, self.code, 0, 0) + quoted), self.source)


@dataclass(frozen=True)
class Replies:
    """The target's reply, with a payload that is the echo's unless it is `change`d."""

    source: str = TARGET
    change: Callable[[bytes], bytes] = bytes

    def answer(self, request: Request) -> None:
        message = self.change(request.message)
        replay(_with_checksum(bytes([ECHO_REPLY, 0, 0, 0]) + message[4:]), self.source)


Script = Callable[[int, int], Sequence[Says | Replies]]
"""Gives what is said at a distance to the echo of a try, which counts from 1."""


class Routers:
    """Whoever stands between this machine and the target; `heard` are the echoes that came."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.heard: list[Request] = []
        self._sock = raw_socket(4)
        self._sock.setblocking(False)

    def __enter__(self) -> Self:
        asyncio.get_running_loop().add_reader(self._sock, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.get_running_loop().remove_reader(self._sock)
        self._sock.close()

    @property
    def distances(self) -> list[int]:
        return [request.distance for request in self.heard]

    def _hear(self) -> None:
        packet = self._sock.recv(4096)
        if packet[IP_HEADER_BYTES] != ECHO_REQUEST or packet[16:20] != socket.inet_aton(TARGET):
            return
        request = Request(packet[TTL_AT], packet)
        self.heard.append(request)
        for answer in self._script(request.distance, self.distances.count(request.distance)):
            answer.answer(request)


@contextmanager
def routers(script: Script) -> Iterator[Routers]:
    """Let a script answer for the target, and nobody else."""
    with silence(), Routers(script) as routers:
        yield routers


def by_distance(*answers: Says | Replies | None) -> Script:
    """Return a script of one answer a distance, the last one for all that are beyond; None is silence."""

    def script(distance: int, number: int) -> Sequence[Says | Replies]:
        del number
        answer = answers[min(distance, len(answers)) - 1]
        return [] if answer is None else [answer]

    return script


def other_nonce(message: bytes) -> bytes:
    """Return an ICMP message with another nonce."""
    return message[: HEADER.size] + bytes(NONCE_BYTES) + message[HEADER.size + NONCE_BYTES :]


def other_sequence(message: bytes) -> bytes:
    """Return an ICMP message with a sequence that is far off."""
    return message[:6] + bytes([message[6] ^ 0x80]) + message[7:]
