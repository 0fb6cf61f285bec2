"""The routers' SNMP agent: one UDP socket a port answers, in version 2c, for every router of an inventory.

    python -m exporter.lab.agent INVENTORY

A packet is answered by the router it was sent to, and from that address. A wrong community, another version and
garbage are met with silence, as devices do.
"""

from __future__ import annotations

import os
import selectors
import socket
import struct
import sys
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto import api

from exporter import inventory
from exporter.errors import InventoryError
from exporter.lab import hosts
from exporter.lab.router import Kind, Oid, Router, Value, routers

_V2C = api.PROTOCOL_MODULES[api.SNMP_VERSION_2C]
_TYPES = {
    Kind.INTEGER: _V2C.Integer32,
    Kind.OCTETS: _V2C.OctetString,
    Kind.GAUGE: _V2C.Gauge32,
    Kind.TICKS: _V2C.TimeTicks,
    Kind.COUNTER32: _V2C.Counter32,
    Kind.COUNTER64: _V2C.Counter64,
}
_IP_PKTINFO = 8  # Linux; Python 3.11 has no name for it
_PACKET_INFO = struct.Struct("=i4s4s")
_LARGEST = 65_535
_RECEIVE_BYTES = 1 << 20
_MOST_BINDINGS = 40

Binding = tuple[Oid, Any]


class Agent:
    """Answers for routers, by the address that was asked; one with a DNS name answers where the name leads."""

    def __init__(self, routers_by_host: Mapping[str, Router], clock: Callable[[], float] = time.monotonic) -> None:
        self._routers = {host.lower(): router for host, router in routers_by_host.items()}
        self._clock = clock
        self._started = clock()

    def answer(self, packet: bytes, address: str) -> bytes | None:
        """Return the answer to a packet that was sent to an address, or None for silence."""
        router = self._routers.get(address) or self._routers.get(hosts.read().get(address, ""))
        if router is None:
            return None
        try:
            message, _ = decoder.decode(packet, asn1Spec=_V2C.Message())
            return self._answer(message, router)
        except Exception:  # noqa: BLE001 - garbage fails anywhere in the codec, and must not end the lab
            return None

    def _answer(self, message: Any, router: Router) -> bytes | None:
        if int(_V2C.apiMessage.get_version(message)) != api.SNMP_VERSION_2C:
            return None
        if bytes(_V2C.apiMessage.get_community(message)) not in router.communities:
            return None
        request = _V2C.apiMessage.get_pdu(message)
        bindings = _bindings(request, router.view(self._clock() - self._started))
        if bindings is None:
            return None
        response = _V2C.apiMessage.get_response(message)
        _V2C.apiPDU.set_varbinds(_V2C.apiMessage.get_pdu(response), bindings)
        return bytes(encoder.encode(response))


def serve(agent: Agent, sockets: Iterable[socket.socket]) -> None:
    """Answer on datagram sockets for ever."""
    with selectors.DefaultSelector() as selector:
        for each in sockets:
            selector.register(each, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if isinstance(key.fileobj, socket.socket):
                    answer_one(agent, key.fileobj)


def answer_one(agent: Agent, sock: socket.socket) -> None:
    """Take one packet from a socket and answer it, from the address it was sent to."""
    packet, ancillary, _, sender = sock.recvmsg(_LARGEST, socket.CMSG_SPACE(_PACKET_INFO.size))
    for level, kind, content in ancillary:
        if level == socket.IPPROTO_IP and kind == _IP_PKTINFO:
            _, _, asked = _PACKET_INFO.unpack(content)
            if answer := agent.answer(packet, socket.inet_ntoa(asked)):
                source = _PACKET_INFO.pack(0, asked, bytes(4))
                with suppress(OSError):  # what can't leave is lost: the way back has just been cut
                    sock.sendmsg([answer], [(socket.IPPROTO_IP, _IP_PKTINFO, source)], 0, sender)


def listening_socket(port: int) -> socket.socket:
    """Return a datagram socket on every address of this namespace, which tells where each packet was sent."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
        sock.bind(("", port))
    except OSError:
        sock.close()
        raise
    return sock


def main(arguments: Sequence[str]) -> int:
    """Answer for an inventory's routers until a signal ends it; return the exit status."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m exporter.lab.agent INVENTORY\n")
        return 2
    try:
        district = inventory.load(Path(arguments[0]))
    except InventoryError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    ports = sorted({link.snmp.port for link in district.links() if link.snmp is not None})
    serve(Agent(routers(district, dict(os.environ))), [listening_socket(port) for port in ports])
    return 0


def _bindings(request: Any, view: Mapping[Oid, Value]) -> list[Binding] | None:
    """Return the bindings that answer a GET, a GETNEXT or a GETBULK (RFC 3416, 4.2), None for anything else."""
    asked = [tuple(oid) for oid, _ in _V2C.apiPDU.get_varbinds(request)][:_MOST_BINDINGS]
    if request.isSameTypeWith(_V2C.GetRequestPDU()):
        return [_at(oid, view) for oid in asked]
    if request.isSameTypeWith(_V2C.GetNextRequestPDU()):
        return _after(asked, view)
    if request.isSameTypeWith(_V2C.GetBulkRequestPDU()):
        once = min(int(_V2C.apiBulkPDU.get_non_repeaters(request)), len(asked))
        return _after(asked[:once], view) + _repeated(asked[once:], view, request)
    return None


def _at(oid: Oid, view: Mapping[Oid, Value]) -> Binding:
    if oid in view:
        return oid, _encoded(view[oid])
    known_object = any(known[:-1] == oid[:-1] for known in view)
    return oid, _V2C.NoSuchInstance("") if known_object else _V2C.NoSuchObject("")


def _after(asked: Sequence[Oid], view: Mapping[Oid, Value]) -> list[Binding]:
    known = list(view)
    found: list[Binding] = []
    for oid in asked:
        place = bisect_right(known, oid)
        if place == len(known):
            found.append((oid, _V2C.EndOfMibView("")))
        else:
            found.append((known[place], _encoded(view[known[place]])))
    return found


def _repeated(asked: Sequence[Oid], view: Mapping[Oid, Value], request: Any) -> list[Binding]:
    rounds = int(_V2C.apiBulkPDU.get_max_repetitions(request))
    found: list[Binding] = []
    while asked and rounds > 0 and len(found) + len(asked) <= _MOST_BINDINGS:
        row = _after(asked, view)
        found += row
        asked = [oid for oid, _ in row]
        rounds -= 1
    return found


def _encoded(value: Value) -> Any:
    kind, content = value
    return _TYPES[kind](content)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
