"""Ordinary sockets in a namespace that the tests don't stand in, and what comes back to their echoes."""

from __future__ import annotations

import ctypes
import select
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import count
from pathlib import Path

PATIENCE_SECONDS = 5.0
_CLONE_NEWNET = 0x40000000
_IP_RECVERR, _IPV6_RECVERR = 11, 25
_REQUEST = {4: 8, 6: 128}
_TIME_EXCEEDED = {(2, 11), (3, 3)}  # ee_origin, ee_type
_UNREACHABLE = {(2, 3), (3, 1)}
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back: `reply`, `time exceeded`, `unreachable` or `nothing`; from whom, and after how long."""

    what: str
    source: str = ""
    rtt_seconds: float = 0.0


@contextmanager
def standing_in(pid: int) -> Iterator[None]:
    """Let this thread stand in a process's network; sockets that are opened meanwhile stay there."""
    with Path("/proc/self/ns/net").open("rb") as home, Path(f"/proc/{pid}/ns/net").open("rb") as there:
        _enter(there.fileno())
        try:
            yield
        finally:
            _enter(home.fileno())


def echo_socket(version: int) -> socket.socket:
    """Return a datagram socket for echoes that is told of errors."""
    if version == 4:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
        sock.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
    else:
        sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM, socket.IPPROTO_ICMPV6)
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
    sock.setblocking(False)
    return sock


def ping(address: str, ttl: int = 64, patience_seconds: float = PATIENCE_SECONDS) -> Heard:
    """Send one echo from the network where this thread stands, and return what comes of it."""
    version = ip_address(address).version
    payload = struct.pack("!Q", next(_numbers)) + bytes(48)
    with echo_socket(version) as sock:
        if version == 4:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
        else:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, ttl)
        began = time.monotonic()
        sock.sendto(struct.pack("!BBHHH", _REQUEST[version], 0, 0, 0, 1) + payload, (address, 0))
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        events = poll.poll(patience_seconds * 1000)
        rtt_seconds = time.monotonic() - began
        if not events:
            return Heard("nothing")
        if events[0][1] & select.POLLERR:
            return _error(sock, rtt_seconds)
        message, sender = sock.recvfrom(2048)
        assert message[8:] == payload
        return Heard("reply", sender[0], rtt_seconds)


def _error(sock: socket.socket, rtt_seconds: float) -> Heard:
    _, ancillary, _, _ = sock.recvmsg(2048, 512, socket.MSG_ERRQUEUE)
    _, _, data = ancillary[0]
    _, origin, kind, _, _, _, _ = struct.unpack_from("@IBBBBII", data)
    where = (20, 4) if origin == 2 else (24, 16)  # sockaddr_in, sockaddr_in6 after the struct of 16 bytes
    source = str(ip_address(data[where[0] : where[0] + where[1]]))
    if (origin, kind) in _TIME_EXCEEDED:
        return Heard("time exceeded", source, rtt_seconds)
    assert (origin, kind) in _UNREACHABLE, (origin, kind)
    return Heard("unreachable", source, rtt_seconds)


def _enter(descriptor: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.setns(descriptor, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
