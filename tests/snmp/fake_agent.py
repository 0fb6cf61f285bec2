"""An SNMP agent over real UDP that answers, and fails, as the protocol does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto import api, rfc1902, rfc1905

from exporter.model import SnmpVersion
from exporter.probes import ifmib
from exporter.probes.asking import SYS_UP_TIME
from exporter.probes.device import Credentials, Device
from exporter.secret import Secret

V1 = api.PROTOCOL_MODULES[api.SNMP_VERSION_1]
V2C = api.PROTOCOL_MODULES[api.SNMP_VERSION_2C]
Oid = tuple[int, ...]
COMMUNITY = "hush-hush"
Binding = tuple[Oid, object]


@dataclass
class Mib:
    """What an agent knows: values by OID, in order."""

    values: dict[Oid, object] = field(default_factory=dict)

    def next_after(self, oid: Oid) -> Oid | None:
        return min((known for known in self.values if known > oid), default=None)

    def add_interface(self, index: int, name: bytes, received: int = 0, sent: int = 0, speed: int | None = 100) -> None:
        self.values[SYS_UP_TIME] = rfc1902.TimeTicks(123_456)
        self.values[(*ifmib.IF_NAME, index)] = rfc1902.OctetString(name)
        self.values[(*ifmib.IF_HC_IN_OCTETS, index)] = rfc1902.Counter64(received)
        self.values[(*ifmib.IF_HC_OUT_OCTETS, index)] = rfc1902.Counter64(sent)
        self.values[(*ifmib.IF_OPER_STATUS, index)] = rfc1902.Integer32(1)
        if speed is not None:
            self.values[(*ifmib.IF_HIGH_SPEED, index)] = rfc1902.Gauge32(speed)

    def set(self, column: Oid, index: int, value: object) -> None:
        self.values[(*column, index)] = value

    def add_narrow(self, index: int, received: int = 0, sent: int = 0) -> None:
        """Give an interface 32-bit counters of octets beside what it has."""
        self.set(ifmib.IF_IN_OCTETS, index, rfc1902.Counter32(received % 2**32))
        self.set(ifmib.IF_OUT_OCTETS, index, rfc1902.Counter32(sent % 2**32))

    def carry(self, index: int, received: int, sent: int) -> None:
        """Set every counter of octets that an interface has."""
        for wide, narrow, value in (
            (ifmib.IF_HC_IN_OCTETS, ifmib.IF_IN_OCTETS, received),
            (ifmib.IF_HC_OUT_OCTETS, ifmib.IF_OUT_OCTETS, sent),
        ):
            if (*wide, index) in self.values:
                self.set(wide, index, rfc1902.Counter64(value % 2**64))
            if (*narrow, index) in self.values:
                self.set(narrow, index, rfc1902.Counter32(value % 2**32))

    def remove(self, index: int) -> None:
        self.values = {oid: value for oid, value in self.values.items() if oid[-1] != index}


class FakeAgent(asyncio.DatagramProtocol):
    """Answers communities; `arrange`, `tamper` and `spoil` may change its values, its PDU, its bytes.

    A request for more values than `longest` is dropped, or refused as too big; an answer is sent `copies` times.
    """

    def __init__(self, mib: Mib, community: str = COMMUNITY) -> None:
        self.mib = mib
        self.community = community.encode()
        self.requests: list[tuple[str, list[Oid]]] = []
        self.spoil: Callable[[bytes], bytes | None] = lambda answer: answer
        self.arrange: Callable[[list[Binding]], list[Binding]] = lambda bindings: bindings
        self.tamper: Callable[[object], None] = lambda _pdu: None
        self.longest = 1000
        self.refuses_long = False
        self.copies = 1
        self.answer_from: asyncio.DatagramTransport | None = None
        self.port = 0
        self.asked = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, datagram: bytes, address: tuple[str, int]) -> None:
        module = V1 if api.decodeMessageVersion(datagram) == api.SNMP_VERSION_1 else V2C
        message, _ = decoder.decode(datagram, asn1Spec=module.Message())
        if bytes(module.apiMessage.get_community(message)) != self.community:
            return
        request = module.apiMessage.get_pdu(message)
        self.asked.set()
        self.requests.append((type(request).__name__, [tuple(oid) for oid, _ in module.apiPDU.get_varbinds(request)]))
        is_long = self._length(request) > self.longest
        if is_long and not self.refuses_long:
            return
        answer = module.apiMessage.get_response(message)
        self._fill(module, request, module.apiMessage.get_pdu(answer))
        if is_long:
            module.apiPDU.set_error_status(module.apiMessage.get_pdu(answer), 1)
        encoded = self.spoil(encoder.encode(answer))
        for _ in range(self.copies if encoded is not None else 0):
            (self.answer_from or self.transport).sendto(encoded, address)

    def _length(self, request: Any) -> int:
        if isinstance(request, rfc1905.GetBulkRequestPDU):
            return int(V2C.apiBulkPDU.get_max_repetitions(request))
        return len(self.requests[-1][1])

    def _fill(self, module: Any, request: Any, pdu: Any) -> None:
        asked = [tuple(oid) for oid, _ in module.apiPDU.get_varbinds(request)]
        if isinstance(request, rfc1905.GetBulkRequestPDU):
            bindings = self._bulk(asked[0], int(V2C.apiBulkPDU.get_max_repetitions(request)))
        elif type(request).__name__ == "GetNextRequestPDU":
            bindings = [self._following(oid, without_64_bits=module is V1) for oid in asked]
        else:
            bindings = [(oid, self.mib.values.get(oid, rfc1905.noSuchInstance)) for oid in asked]
        lacking = [place for place, (_, value) in enumerate(bindings, 1) if isinstance(value, _NOT_IN_V1)]
        if module is V1 and lacking:
            module.apiPDU.set_error_status(pdu, 2)
            module.apiPDU.set_error_index(pdu, lacking[0])
            bindings = [(oid, module.Null("")) for oid in asked]
        module.apiPDU.set_varbinds(pdu, self.arrange(bindings))
        self.tamper(pdu)

    def _bulk(self, oid: Oid, repetitions: int) -> list[Binding]:
        bindings = []
        for _ in range(repetitions):
            bindings.append(self._following(oid))
            oid = bindings[-1][0]
        return bindings

    def _following(self, oid: Oid, *, without_64_bits: bool = False) -> Binding:
        following = self.mib.next_after(oid)
        while without_64_bits and following and isinstance(self.mib.values[following], rfc1902.Counter64):
            following = self.mib.next_after(following)
        return (oid, rfc1905.endOfMibView) if following is None else (following, self.mib.values[following])


_NOT_IN_V1 = (rfc1905.NoSuchInstance, rfc1905.EndOfMibView, rfc1902.Counter64)

StartAgent = Callable[..., Awaitable[FakeAgent]]


def device_at(
    port: int,
    address: str = "127.0.0.1",
    community: str = COMMUNITY,
    version: SnmpVersion = SnmpVersion.V2C,
    retries: int = 0,
) -> Device:
    return Device(address, port, Credentials(version, community=Secret(community)), 5.0, retries)


def impatient(device: Device) -> Device:
    """Return a device that is given up soon, for tests in which nothing good comes."""
    return replace(device, timeout_seconds=0.5)
