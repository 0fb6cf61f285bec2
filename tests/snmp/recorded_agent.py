"""An agent that answers with a recording, over real UDP, by version 2c and to the letter of RFC 3416."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from typing import Any

from fake_agent import COMMUNITY, V2C, Binding
from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto import rfc1905
from recordings import Oid, Recorded, Recording

LARGEST_BYTES = 1472
"""What fits a frame of Ethernet behind the headers of IPv4 and UDP: what most devices keep to."""

_TOO_BIG = 1


class RecordedAgent(asyncio.DatagramProtocol):
    """Answers GET, GETNEXT and GETBULK as the device did that was recorded; its counters move by `count` alone."""

    def __init__(self, recording: Recording) -> None:
        self._values = dict(recording)
        self._order = sorted(recording)
        self.asked: list[tuple[str, list[Oid]]] = []
        self.port = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def count(self, oid: Oid, more: int) -> None:
        """Let a counter that is there go on, over its end where that is near."""
        if (known := self._values.get(oid)) is not None:
            self._values[oid] = Recorded(known.tag, str(known.number + more).encode())

    def datagram_received(self, datagram: bytes, address: tuple[str, int]) -> None:
        message, _ = decoder.decode(datagram, asn1Spec=V2C.Message())
        if bytes(V2C.apiMessage.get_community(message)) == COMMUNITY.encode():
            self.transport.sendto(self.answer(message), address)

    def answer(self, message: Any) -> bytes:
        """Return the encoded response: GETBULK's is cut to what fits, another that doesn't fit is tooBig (4.2)."""
        request = V2C.apiMessage.get_pdu(message)
        bindings = self.bindings(request)
        encoded = _response(message, bindings)
        while len(encoded) > LARGEST_BYTES and isinstance(request, rfc1905.GetBulkRequestPDU):
            bindings = bindings[: len(bindings) * LARGEST_BYTES // len(encoded)]
            encoded = _response(message, bindings)
        return encoded if len(encoded) <= LARGEST_BYTES else _response(message, [], _TOO_BIG)

    def bindings(self, request: Any) -> list[Binding]:
        """Return what answers a request, whatever its size."""
        asked = [tuple(oid) for oid, _ in V2C.apiPDU.get_varbinds(request)]
        self.asked.append((type(request).__name__, asked))
        if isinstance(request, rfc1905.GetBulkRequestPDU):
            once = min(int(V2C.apiBulkPDU.get_non_repeaters(request)), len(asked))
            rows = int(V2C.apiBulkPDU.get_max_repetitions(request))
            return [self._after(oid) for oid in asked[:once]] + self._rows(asked[once:], rows)
        if isinstance(request, rfc1905.GetNextRequestPDU):
            return [self._after(oid) for oid in asked]
        return [self._at(oid) for oid in asked]

    def _at(self, oid: Oid) -> Binding:
        if oid in self._values:
            return oid, self._values[oid].typed()
        place = bisect_right(self._order, oid[:-1])
        has_object = place < len(self._order) and self._order[place][: len(oid) - 1] == oid[:-1]
        return oid, rfc1905.noSuchInstance if has_object else rfc1905.noSuchObject

    def _after(self, oid: Oid) -> Binding:
        place = bisect_right(self._order, oid)
        if place == len(self._order):
            return oid, rfc1905.endOfMibView
        return self._order[place], self._values[self._order[place]].typed()

    def _rows(self, asked: list[Oid], rows: int) -> list[Binding]:
        found: list[Binding] = []
        for _ in range(rows if asked else 0):
            row = [self._after(oid) for oid in asked]
            found += row
            if all(value is rfc1905.endOfMibView for _, value in row):
                break
            asked = [oid for oid, _ in row]
        return found


def _response(message: Any, bindings: list[Binding], error: int = 0) -> bytes:
    response = V2C.apiMessage.get_response(message)
    pdu = V2C.apiMessage.get_pdu(response)
    V2C.apiPDU.set_error_status(pdu, error)
    V2C.apiPDU.set_varbinds(pdu, bindings)
    return bytes(encoder.encode(response))
