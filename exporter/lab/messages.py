"""SNMP messages as they are on the wire: versions 1 and 2c (RFC 3416, RFC 3584), and 3 (RFC 3412, RFC 3414)."""

from __future__ import annotations

from dataclasses import dataclass

from exporter.lab import ber
from exporter.lab.ber import Oid, Reader

V1, V2C, V3 = 0, 1, 3
USER_SECURITY = 3  # the model (RFC 3411, SnmpSecurityModel)
AUTHENTICATED, ENCRYPTED, REPORTABLE = 1, 2, 4  # msgFlags
GET, GETNEXT, RESPONSE, GETBULK, REPORT = 0xA0, 0xA1, 0xA2, 0xA5, 0xA8
_MOST_BINDINGS = 128
_LARGEST_BYTES = 65_507  # that fit into a datagram


@dataclass(frozen=True, slots=True)
class Pdu:
    """What is asked; `bindings` are as they came, for answers that repeat them.

    `first` and `second` are the error's status and index, or a GETBULK's non-repeaters and max-repetitions.
    """

    tag: int
    request_id: int
    first: int
    second: int
    oids: tuple[Oid, ...]
    bindings: bytes


@dataclass(frozen=True, slots=True)
class CommunityMessage:
    """A whole message of version 1 or 2c."""

    version: int
    community: bytes
    pdu: Pdu


@dataclass(frozen=True, slots=True)
class Header:
    """What a message of version 3 says of itself, and its security parameters."""

    number: int
    flags: int
    model: int
    engine_id: bytes
    boots: int
    time: int
    user: bytes
    authentication: bytes
    privacy: bytes


@dataclass(frozen=True, slots=True)
class UserMessage:
    """A message of version 3; `unsigned` is the whole with zeros for its digest, `data` scoped PDU or ciphertext."""

    header: Header
    data: bytes
    unsigned: bytes


@dataclass(frozen=True, slots=True)
class ScopedPdu:
    """A PDU with the engine and the context that it is for."""

    engine_id: bytes
    context: bytes
    pdu: Pdu


def read(packet: bytes) -> CommunityMessage | UserMessage:
    """Return what a packet says; ValueError where it is no message of a version that is known."""
    whole = Reader(packet)
    message = whole.inside(ber.SEQUENCE)
    whole.end()
    version = message.integer()
    if version in {V1, V2C}:
        return CommunityMessage(version, message.octets(), _pdu(message))
    if version == V3:
        return _user_message(message, packet)
    raise ValueError(f"there is no version {version}")


def community_message(version: int, community: bytes, pdu: bytes) -> bytes:
    """Return a message of version 1 or 2c."""
    return ber.tlv(ber.SEQUENCE, ber.integer(version) + ber.tlv(ber.OCTETS, community) + pdu)


def user_message(header: Header, data: bytes) -> tuple[bytes, int]:
    """Return a message of version 3, and where in it the digest stands; `data` is a value with its tag."""
    privacy = ber.tlv(ber.OCTETS, header.privacy)
    security = ber.tlv(ber.OCTETS, header.engine_id) + ber.integer(header.boots) + ber.integer(header.time)
    security += ber.tlv(ber.OCTETS, header.user) + ber.tlv(ber.OCTETS, header.authentication) + privacy
    about = ber.integer(header.number) + ber.integer(_LARGEST_BYTES) + ber.tlv(ber.OCTETS, bytes([header.flags]))
    message = ber.integer(V3) + ber.tlv(ber.SEQUENCE, about + ber.integer(header.model))
    message += ber.tlv(ber.OCTETS, ber.tlv(ber.SEQUENCE, security)) + data
    whole = ber.tlv(ber.SEQUENCE, message)
    return whole, len(whole) - len(data) - len(privacy) - len(header.authentication)


def scoped(data: bytes) -> ScopedPdu:
    """Return the scoped PDU that a value holds; what follows it is padding."""
    inside = Reader(data).inside(ber.SEQUENCE)
    return ScopedPdu(inside.octets(), inside.octets(), _pdu(inside))


def scoped_value(engine_id: bytes, context: bytes, pdu: bytes) -> bytes:
    """Return a scoped PDU as a value."""
    return ber.tlv(ber.SEQUENCE, ber.tlv(ber.OCTETS, engine_id) + ber.tlv(ber.OCTETS, context) + pdu)


def pdu_value(tag: int, request_id: int, bindings: bytes, status: int = 0, index: int = 0) -> bytes:
    """Return a PDU as a value; `bindings` are values one after another, `status` and `index` the error's."""
    numbers = ber.integer(request_id) + ber.integer(status) + ber.integer(index)
    return ber.tlv(tag, numbers + ber.tlv(ber.SEQUENCE, bindings))


def _pdu(reader: Reader) -> Pdu:
    tag = reader.next_tag
    inside = reader.inside(tag)
    request_id, first, second = inside.integer(), inside.integer(), inside.integer()
    bindings = inside.octets(ber.SEQUENCE)
    inside.end()
    oids: list[Oid] = []
    each = Reader(bindings)
    while not each.is_over and len(oids) < _MOST_BINDINGS:
        binding = each.inside(ber.SEQUENCE)
        oids.append(binding.oid())
        binding.skip()
        binding.end()
    return Pdu(tag, request_id, first, second, tuple(oids), bindings)


def _user_message(message: Reader, packet: bytes) -> UserMessage:
    about = message.inside(ber.SEQUENCE)
    number, _ = about.integer(), about.integer()
    flags, model = about.octets(), about.integer()
    if len(flags) != 1:
        raise ValueError("the flags are one octet")
    security = message.inside(ber.OCTETS).inside(ber.SEQUENCE)
    engine_id, boots, time = security.octets(), security.integer(), security.integer()
    user, authentication = security.octets(), security.octets()
    end = security.at
    privacy = security.octets()
    data = packet[message.at :]
    message.skip()
    message.end()
    header = Header(number, flags[0], model, engine_id, boots, time, user, authentication, privacy)
    unsigned = packet[: end - len(authentication)] + bytes(len(authentication)) + packet[end:]
    return UserMessage(header, data, unsigned)
