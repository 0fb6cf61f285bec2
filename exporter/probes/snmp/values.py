"""What comes back: values as Python's own, and everything else as a problem."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pyasn1.codec.ber import decoder
from pyasn1.type import namedtype, univ
from pysnmp.proto import rfc1905
from pysnmp.proto.api import v2c
from pysnmp.proto.mpmod.rfc2576 import SnmpV2cMessageProcessingModel
from pysnmp.proto.mpmod.rfc3412 import SNMPv3Message

from exporter.probes import snmp_problems
from exporter.probes.device import Oid, SnmpProblem, Value

Bindings = list[tuple[Oid, Value | None]]

_NO_SUCH_NAME = 2
_UNSIGNED = {0x41, 0x42, 0x43, 0x46}  # Counter32, Gauge32, TimeTicks, Counter64 (RFC 2578)
_INTEGER = 0x02
_OBJECT_IDENTIFIER = 0x06
_TEXTS = {0x04, 0x40, 0x44}  # OCTET STRING, IpAddress, Opaque
_END_OF_MIB_VIEW = 0x82
_LONG_FORM = 0x80


@dataclass(frozen=True, slots=True)
class NoSuchName(SnmpProblem):
    """A refusal because of one value that the device hasn't: its place in the request, from 1 on, or 0."""

    index: int


class _FlatResponse(rfc1905.ResponsePDU):  # type: ignore[misc]
    componentType = namedtype.NamedTypes(  # noqa: N815
        *(rfc1905.PDU.componentType[place] for place in range(3)),
        namedtype.NamedType("variable-bindings", univ.Any()),
    )


class _FlatPdus(univ.Choice):  # type: ignore[misc]
    componentType = namedtype.NamedTypes(  # noqa: N815
        *(
            namedtype.NamedType("response", _FlatResponse()) if named.name == "response" else named
            for named in rfc1905.PDUs.componentType.namedTypes
        )
    )


class _FlatMessage(v2c.Message):  # type: ignore[misc]
    componentType = namedtype.NamedTypes(  # noqa: N815
        *(v2c.Message.componentType[place] for place in range(2)), namedtype.NamedType("data", _FlatPdus())
    )


class FlatModel(SnmpV2cMessageProcessingModel):  # type: ignore[misc]
    """Version 2c, whose names and values are left as they came: the library takes longer for them than for all else."""

    SNMP_MSG_SPEC = _FlatMessage


def outcome(indication: Any, pdu: Any) -> Bindings | SnmpProblem:
    """Translate what a question ended with: an indication of the library, or a response of the device."""
    try:
        if indication is not None:
            return snmp_problems.INDICATIONS.get(type(indication).__name__, snmp_problems.LIBRARY)
        status, index, bindings = (pdu.getComponentByPosition(place) for place in (1, 2, 3))
        if isinstance(bindings, univ.Any):
            values = list(_rows(bytes(bindings)))
        else:
            values = [(tuple(binding[0]), _value(binding[1].getComponent(True))) for binding in bindings]
        if int(status) and not any(value is _End for _, value in values):
            return _refusal(int(status), int(index))
    except Exception:  # noqa: BLE001 -- values of any kind come off the network
        return snmp_problems.UNREADABLE
    return [(oid, None if isinstance(value, type) else value) for oid, value in values]


def is_snmp(datagram: bytes) -> bool:
    """Say whether a datagram is a whole SNMP message, whoever it is for."""
    for specification in (v2c.Message(), SNMPv3Message()):
        with contextlib.suppress(Exception):  # the decoder raises more than its own errors at hostile bytes
            return not decoder.decode(datagram, asn1Spec=specification)[1]
    return False


class _End:
    """Stands for the end of what a device has."""


def _refusal(status: int, index: int) -> SnmpProblem:
    if status == _NO_SUCH_NAME:
        return NoSuchName(snmp_problems.ABSENT.reason, snmp_problems.ABSENT.text, index)
    return snmp_problems.STATUSES.get(status, snmp_problems.REFUSED)


def _value(value: Any) -> Value | type[_End] | None:
    """Return an SNMP value as Python's own; None where the device says it has none."""
    if isinstance(value, rfc1905.EndOfMibView):
        return _End
    if isinstance(value, univ.Integer):
        return int(value)
    is_text = isinstance(value, univ.OctetString) and not isinstance(value, univ.Null)  # pyasn1's Null is one too
    return bytes(value) if is_text else None


def _rows(encoded: bytes) -> Iterator[tuple[Oid, Value | type[_End] | None]]:
    """Yield names and values of an encoded list of them; raise ValueError where it isn't one."""
    ((_, rows),) = _elements(encoded)
    for _, row in _elements(rows):
        (kind, name), (tag, content) = _elements(row)
        if kind != _OBJECT_IDENTIFIER:
            raise ValueError("a name is no object identifier")
        yield _oid(name), _plain(tag, content)


def _elements(encoded: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the tags and contents of encoded elements (X.690); raise ValueError or IndexError where they are none."""
    at = 0
    while at < len(encoded):
        tag, length = encoded[at], encoded[at + 1]
        at += 2
        if length >= _LONG_FORM:
            size = length & ~_LONG_FORM
            length = int.from_bytes(encoded[at : at + size], "big")
            at += size
        if at + length > len(encoded):
            raise ValueError("an element is cut off")
        yield tag, encoded[at : at + length]
        at += length


def _oid(content: bytes) -> Oid:
    arcs, arc = [], 0
    for octet in content:
        arc = arc << 7 | octet & 0x7F
        if octet < _LONG_FORM:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return first, arcs[0] - 40 * first, *arcs[1:]


def _plain(tag: int, content: bytes) -> Value | type[_End] | None:
    """Return a value of a tag as Python's own; None where the device says it has none, or it is of another kind."""
    if tag in _UNSIGNED:
        return int.from_bytes(content, "big")
    if tag == _INTEGER:
        return int.from_bytes(content, "big", signed=True)
    if tag == _END_OF_MIB_VIEW:
        return _End
    return content if tag in _TEXTS else None
