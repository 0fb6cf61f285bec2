"""A small district for the lab's tests, and SNMP on a plain socket: what is sent is chosen, who answers is seen."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto import api

from exporter import inventory
from exporter.model import Inventory

PORT = 10161
COMMUNITY = "rahasia-uji"
ENVIRONMENT = {"SNMP_COMMUNITY": COMMUNITY}
V1 = api.PROTOCOL_MODULES[api.SNMP_VERSION_1]
V2C = api.PROTOCOL_MODULES[api.SNMP_VERSION_2C]
Oid = tuple[int, ...]
SYS_DESCR: Oid = (1, 3, 6, 1, 2, 1, 1, 1, 0)
SYS_UPTIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
SYS_NAME: Oid = (1, 3, 6, 1, 2, 1, 1, 5, 0)
IF_NAME: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 1)
IF_IN: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 6)
IF_OUT: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 10)
TEXT = f"""\
organisation: {{name: "Kabupaten Uji", timezone: Asia/Jakarta, sample: true}}
defaults: {{snmp: {{version: 2c, community: "${{SNMP_COMMUNITY}}", port: {PORT}}}}}
references: [{{name: core, address: 198.19.255.1}}]
providers: {{isp: {{name: "PT Penyedia", availability: 99.5%}}}}
nodes: {{pop: {{name: "POP", address: 198.18.1.1}}}}
offices:
  - code: dinkes
    name: "Dinas Kesehatan"
    district: Ciruas
    links:
      - {{name: primary, address: 198.18.40.1, provider: isp, parent: pop, snmp: {{interface: ether1-wan}},
         contract: {{download: 100Mbps, upload: 20Mbps}}}}
  - code: setda
    name: "Sekretariat Daerah"
    district: Ciruas
    links:
      - {{name: primary, address: 198.18.42.1, provider: isp, snmp: {{interface: ether1}},
         contract: {{download: 50Mbps, upload: 50Mbps}}}}
      - {{name: backup, address: 198.18.43.1, provider: isp,
         snmp: {{interface: ether2, address: 198.18.42.1, port: {PORT}}},
         contract: {{download: 20Mbps, upload: 20Mbps}}}}
  - code: disdik
    name: "Dinas Pendidikan"
    district: Kramatwatu
    links:
      - {{name: primary, address: 198.18.41.1, provider: isp, snmp: {{interface: wan}},
         contract: {{download: 100Mbps, upload: 20Mbps}}}}
maintenance:
  - {{start: 2026-02-10T23:00, end: 2026-02-11T01:00, scope: [disdik/primary, pop], reason: ODP}}
  - {{start: 2026-03-10T23:00, end: 2026-03-11T01:00, scope: [disdik], reason: ODP}}
"""


def parsed(text: str = TEXT) -> Inventory:
    """Return the district that a text describes."""
    return inventory.parse(text, "inventory.yaml")


@dataclass(frozen=True, slots=True)
class Answer:
    """Who answered which request, and with what: OID, type's name, value as a number or a text."""

    sender: tuple[str, int]
    number: int
    bindings: list[tuple[Oid, str, int | str]]


def request(pdu: Any, oids: Sequence[Oid], number: int, community: str = COMMUNITY, protocol: Any = V2C) -> bytes:
    """Return a request's bytes."""
    protocol.apiPDU.set_request_id(pdu, number)
    protocol.apiPDU.set_varbinds(pdu, [(oid, protocol.Null("")) for oid in oids])
    message = protocol.Message()
    protocol.apiMessage.set_defaults(message)
    protocol.apiMessage.set_community(message, community)
    protocol.apiMessage.set_pdu(message, pdu)
    return bytes(encoder.encode(message))


def get(protocol: Any = V2C) -> Any:
    """Return an empty GET."""
    return _with_defaults(protocol.GetRequestPDU(), protocol)


def get_next() -> Any:
    """Return an empty GETNEXT."""
    return _with_defaults(V2C.GetNextRequestPDU(), V2C)


def set_request() -> Any:
    """Return an empty SET."""
    return _with_defaults(V2C.SetRequestPDU(), V2C)


def get_bulk(non_repeaters: int, max_repetitions: int) -> Any:
    """Return an empty GETBULK."""
    pdu = V2C.GetBulkRequestPDU()
    V2C.apiBulkPDU.set_defaults(pdu)
    V2C.apiBulkPDU.set_non_repeaters(pdu, non_repeaters)
    V2C.apiBulkPDU.set_max_repetitions(pdu, max_repetitions)
    return pdu


def next_answer(sock: socket.socket) -> Answer:
    """Return the next answer that comes to a socket; TimeoutError where none does in the socket's time."""
    packet, sender = sock.recvfrom(65_535)
    message, rest = decoder.decode(packet, asn1Spec=V2C.Message())
    assert rest == b""
    pdu = V2C.apiMessage.get_pdu(message)
    bindings = [(tuple(oid), type(value).__name__, _plain(value)) for oid, value in V2C.apiPDU.get_varbinds(pdu)]
    return Answer(sender, int(V2C.apiPDU.get_request_id(pdu)), bindings)


def _with_defaults(pdu: Any, protocol: Any) -> Any:
    protocol.apiPDU.set_defaults(pdu)
    return pdu


def _plain(value: Any) -> int | str:
    """Return a number, a text, or nothing for what says only that there is no value."""
    if isinstance(value, V2C.Null):
        return ""
    return str(value) if isinstance(value, V2C.OctetString) else int(value)
