"""Any number of routers that speak SNMP 2c, at next to no cost: `python -m benchmarks.devices PORT`.

They stand at every address of the benchmark's network, and answer from the one that was asked. All have the same
interfaces, whose counters run with the clock. What a request comes to is prepared when it is first seen; after that
its request id and the counters of the moment are put in. Values keep to a fixed width, so that they have fixed places.
"""

from __future__ import annotations

import socket
import struct
import sys
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Oid = tuple[int, ...]

COMMUNITY = "hush-hush"
INTERFACES = ("lo", "ether1-wan", "ether2", "ether3", "ether4", "bridge-lan")
WAN = "ether1-wan"
POLLS: Oid = (1, 3, 6, 1, 3, 1, 0)
"""How often the GET that is asked most was asked of all of them so far, counted from somewhere on."""
POLLED: Oid = (1, 3, 6, 1, 3, 2, 0)
"""What that GET asks for: OIDs with blanks between, and behind."""

_SYS_UP_TIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
_IF_TABLE: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1)
_IF_X_TABLE: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)
_INTEGER, _OCTETS, _OID, _SEQUENCE = 0x02, 0x04, 0x06, 0x30
_COUNTER32, _GAUGE32, _TICKS, _COUNTER64 = 0x41, 0x42, 0x43, 0x46
_NO_SUCH_OBJECT, _NO_SUCH_INSTANCE, _END_OF_VIEW = 0x80, 0x81, 0x82
_GET, _GET_NEXT, _RESPONSE, _GET_BULK = 0xA0, 0xA1, 0xA2, 0xA5
_LONG, _MORE = 0x80, 0x7F
_POLLED_WIDTH = 1_000
_MOST_BINDINGS = 40  # what fits a frame of Ethernet
_BEGINNING_64, _BEGINNING_32 = 1 << 56, 1 << 24  # from here on the width stays, for longer than anybody measures
_BYTES_PER_SECOND, _TICKS_PER_SECOND = 1_250_000, 100
_IP_PKTINFO = 8
_PACKET_INFO = struct.Struct("=i4s4s")


@dataclass(frozen=True, slots=True)
class Running:
    """A value that moves: its tag, its width, and what it is by now."""

    tag: int
    width: int
    now: Callable[[], int]


Value = bytes | Running


@dataclass(slots=True)
class Prepared:
    """The bindings of an answer, with the places of what moves in them."""

    kind: int
    asked: list[Oid]
    bindings: bytearray = field(default_factory=bytearray)
    uses: int = 0
    running: list[tuple[int, Running]] = field(default_factory=list)

    def filled(self) -> bytes:
        """Return the bindings as they are at this moment."""
        self.uses += 1
        for place, value in self.running:
            self.bindings[place : place + value.width] = value.now().to_bytes(value.width, "big")
        return bytes(self.bindings)


class Devices:
    """Answers requests; what isn't SNMP 2c with the community is met with silence."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        began = clock()
        self._prepared: dict[bytes, Prepared] = {}
        self._values = _values(lambda: clock() - began)
        self._values[POLLS] = Running(_COUNTER32, 4, lambda: _BEGINNING_32 + self._most_asked().uses)
        self._values[POLLED] = Running(_OCTETS, _POLLED_WIDTH, lambda: int.from_bytes(_names(self._most_asked().asked)))
        self._order = sorted(self._values)
        self._objects = {oid[:-1] for oid in self._order}

    def answer(self, packet: bytes) -> bytes | None:
        """Return the answer to a packet."""
        try:
            _, (version, community, (kind, rest)) = _opened(packet)
            request_id, first, second, asked = _parts(rest)
            if (version, community) != ((_INTEGER, b"\1"), (_OCTETS, COMMUNITY.encode())):
                return None
            key = bytes((kind,)) + rest[len(_tlv(*request_id)) :]
            if key not in self._prepared:
                oids = [_read_oid(_parts(binding)[0][1]) for _, binding in _parts(asked[1])]
                self._prepared[key] = _prepared(kind, oids, self._bindings(kind, first[1], second[1], oids))
        except (IndexError, ValueError):
            return None
        bindings = self._prepared[key].filled()
        none = _tlv(_INTEGER, b"\0")
        pdu = _tlv(_RESPONSE, _tlv(*request_id) + none + none + _tlv(_SEQUENCE, bindings))
        return _tlv(_SEQUENCE, _tlv(*version) + _tlv(*community) + pdu)

    def _most_asked(self) -> Prepared:
        gets = [prepared for prepared in self._prepared.values() if prepared.kind == _GET]
        return max(gets, key=lambda prepared: prepared.uses, default=Prepared(_GET, []))

    def _bindings(self, kind: int, first: bytes, second: bytes, oids: list[Oid]) -> list[tuple[Oid, Value]]:
        """Return what answers a GET, a GETNEXT or a GETBULK (RFC 3416, 4.2)."""
        if kind == _GET:
            return [self._at(oid) for oid in oids]
        if kind == _GET_NEXT:
            return [self._after(oid) for oid in oids]
        if kind != _GET_BULK:
            raise ValueError(f"no request: {kind:#x}")
        once = int.from_bytes(first, "big")
        found, row = [self._after(oid) for oid in oids[:once]], oids[once:]
        for _ in range(int.from_bytes(second, "big") if row else 0):
            bindings = [self._after(oid) for oid in row]
            found += bindings
            row = [oid for oid, _ in bindings]
        return found[:_MOST_BINDINGS]

    def _at(self, oid: Oid) -> tuple[Oid, Value]:
        absent = _NO_SUCH_INSTANCE if oid[:-1] in self._objects else _NO_SUCH_OBJECT
        return oid, self._values.get(oid, _tlv(absent, b""))

    def _after(self, oid: Oid) -> tuple[Oid, Value]:
        place = bisect_right(self._order, oid)
        if place == len(self._order):
            return oid, _tlv(_END_OF_VIEW, b"")
        return self._order[place], self._values[self._order[place]]


def _values(elapsed_seconds: Callable[[], float]) -> dict[Oid, Value]:
    """Return what a device knows of itself: its uptime, and the columns of IF-MIB that are ever asked for."""

    def running(tag: int, beginning: int, per_second: int) -> Running:
        return Running(tag, beginning.bit_length() // 8 + 1, lambda: beginning + int(elapsed_seconds() * per_second))

    bytes64, count32 = running(_COUNTER64, _BEGINNING_64, _BYTES_PER_SECOND), running(_COUNTER32, _BEGINNING_32, 1)
    octets32 = running(_COUNTER32, _BEGINNING_32, 1_000)
    values: dict[Oid, Value] = {_SYS_UP_TIME: running(_TICKS, _BEGINNING_32, _TICKS_PER_SECOND)}
    up, gigabit, megabits = _number(_INTEGER, 1), _number(_GAUGE32, 10**9), _number(_GAUGE32, 1_000)
    for index, name in enumerate(INTERFACES, 1):
        text = _tlv(_OCTETS, name.encode())
        table: dict[int, Value] = {1: _number(_INTEGER, index), 2: text, 5: gigabit, 7: up, 8: up}
        table |= {10: octets32, 16: octets32} | dict.fromkeys((13, 14, 19, 20), count32)
        more: dict[int, Value] = {1: text, 6: bytes64, 10: bytes64, 15: megabits, 18: text, 19: _number(_TICKS, 0)}
        values |= {(*_IF_TABLE, column, index): value for column, value in table.items()}
        values |= {(*_IF_X_TABLE, column, index): value for column, value in more.items()}
    return values


def _names(oids: Sequence[Oid]) -> bytes:
    """Return OIDs as a text of the width that is kept for it."""
    return " ".join(".".join(map(str, oid)) for oid in oids).encode().ljust(_POLLED_WIDTH)


def _prepared(kind: int, asked: list[Oid], bindings: list[tuple[Oid, Value]]) -> Prepared:
    prepared = Prepared(kind, asked)
    for oid, value in bindings:
        name = _tlv(_OID, _written_oid(oid))
        content = value if isinstance(value, bytes) else _tlv(value.tag, bytes(value.width))
        prepared.bindings += _tlv(_SEQUENCE, name + content)
        if isinstance(value, Running):
            prepared.running.append((len(prepared.bindings) - value.width, value))
    return prepared


def _tlv(tag: int, content: bytes) -> bytes:
    """Return content with its tag and length (BER, X.690)."""
    size = len(content)
    if size < _LONG:
        return bytes((tag, size)) + content
    width = (size.bit_length() + 7) // 8
    return bytes((tag, _LONG | width)) + size.to_bytes(width, "big") + content


def _number(tag: int, number: int) -> bytes:
    return _tlv(tag, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _parts(content: bytes) -> list[tuple[int, bytes]]:
    """Return the tags and contents that stand one after the other; IndexError where they are cut off."""
    parts, place = [], 0
    while place < len(content):
        tag, size = content[place], content[place + 1]
        place += 2
        if size & _LONG:
            width = size & _MORE
            size = int.from_bytes(content[place : place + width], "big")
            place += width
        if place + size > len(content):
            raise IndexError("cut off")
        parts.append((tag, content[place : place + size]))
        place += size
    return parts


def _opened(packet: bytes) -> tuple[int, list[tuple[int, bytes]]]:
    """Return the tag of a packet, and the parts inside."""
    ((tag, content),) = _parts(packet)
    return tag, _parts(content)


def _read_oid(content: bytes) -> Oid:
    arcs, arc = list(divmod(content[0], 40)), 0
    for octet in content[1:]:
        arc = arc << 7 | octet & _MORE
        if not octet & _LONG:
            arcs.append(arc)
            arc = 0
    return tuple(arcs)


def _written_oid(oid: Oid) -> bytes:
    content = bytearray((oid[0] * 40 + oid[1],))
    for arc in oid[2:]:
        sevens = range(max(arc.bit_length() - 1, 0) // 7 * 7, 0, -7)
        content += bytes([*(arc >> shift & _MORE | _LONG for shift in sevens), arc & _MORE])
    return bytes(content)


def serve(port: int) -> None:
    """Answer for ever."""
    devices = Devices()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        sock.bind(("", port))
        while True:
            packet, ancillary, _, sender = sock.recvmsg(65_535, socket.CMSG_SPACE(_PACKET_INFO.size))
            if (answer := devices.answer(packet)) is not None:
                asked = _PACKET_INFO.unpack(ancillary[0][2])[2]
                source = _PACKET_INFO.pack(0, asked, bytes(4))
                sock.sendmsg([answer], [(socket.IPPROTO_IP, _IP_PKTINFO, source)], 0, sender)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
