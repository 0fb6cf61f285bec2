from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lab_district import COMMUNITY, SYS_NAME, V2C, get, get_bulk, request
from pyasn1.codec.ber import decoder, encoder
from pyasn1.type import univ

from exporter.lab import ber, messages
from exporter.lab.ber import Reader
from exporter.lab.mib import Binding, Kind, Shown

oids = st.tuples(st.integers(0, 1), st.integers(0, 39)).flatmap(
    lambda first: st.lists(st.integers(0, 2**32 - 1), max_size=20).map(lambda rest: (*first, *rest))
)
TYPES: dict[Kind, Any] = {
    Kind.INTEGER: V2C.Integer,
    Kind.OCTETS: V2C.OctetString,
    Kind.COUNTER32: V2C.Counter32,
    Kind.GAUGE: V2C.Gauge32,
    Kind.TICKS: V2C.TimeTicks,
    Kind.COUNTER64: V2C.Counter64,
}


@given(st.integers(-(2**63), 2**64 - 1))
def test_a_number_is_read_by_another_codec_and_that_ones_are_read(number: int) -> None:
    assert decoder.decode(ber.integer(number)) == (number, b"")
    assert Reader(encoder.encode(univ.Integer(number))).integer() == number


@given(st.integers(-(2**63), 2**64 - 1))
def test_a_number_is_written_in_as_few_octets_as_it_takes(number: int) -> None:
    octets = len(ber.integer(number)) - 2
    assert -(2 ** (8 * octets - 1)) <= number < 2 ** (8 * octets - 1)
    assert octets == 1 or not -(2 ** (8 * octets - 9)) <= number < 2 ** (8 * octets - 9)


@given(oids)
def test_an_object_identifier_is_written_and_read_as_by_another_codec(oid: ber.Oid) -> None:
    written = ber.oid(oid)
    assert written == encoder.encode(univ.ObjectIdentifier(oid))
    assert Reader(written).oid() == oid


@given(st.integers(0, 70_000))
def test_octets_of_any_length_are_written_and_read_as_by_another_codec(length: int) -> None:
    written = ber.tlv(ber.OCTETS, bytes(length))
    assert written == encoder.encode(univ.OctetString(bytes(length)))
    assert Reader(written).octets() == bytes(length)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (Kind.INTEGER, -5),
        (Kind.OCTETS, b"ether1\0"),
        (Kind.COUNTER32, 2**32 - 1),
        (Kind.GAUGE, 2**32 - 1),
        (Kind.TICKS, 0),
        (Kind.COUNTER64, 2**64 - 1),
    ],
)
def test_a_response_reads_the_same_by_another_codec(kind: Kind, content: int | bytes) -> None:
    bindings = Binding(SYS_NAME, Shown(kind, content)).encoded()
    packet = messages.community_message(1, b"lab", messages.pdu_value(messages.RESPONSE, 2**31 - 1, bindings))
    message, rest = decoder.decode(packet, asn1Spec=V2C.Message())
    pdu = V2C.apiMessage.get_pdu(message)
    ((oid, value),) = V2C.apiPDU.get_varbinds(pdu)
    assert (rest, int(V2C.apiPDU.get_request_id(pdu)), tuple(oid)) == (b"", 2**31 - 1, SYS_NAME)
    assert (type(value), value) == (TYPES[kind], TYPES[kind](content))


@given(st.lists(oids, max_size=20), st.integers(0, 2**31 - 1))
def test_a_request_of_another_codec_is_read(asked: list[ber.Oid], number: int) -> None:
    message = messages.read(request(get_bulk(3, 7), asked, number))
    assert isinstance(message, messages.CommunityMessage)
    assert (message.version, message.community) == (messages.V2C, COMMUNITY.encode())
    pdu = message.pdu
    assert (pdu.tag, pdu.request_id, pdu.first, pdu.second) == (messages.GETBULK, number, 3, 7)
    assert pdu.oids == tuple(asked)


@given(st.binary(max_size=200))
def test_garbage_is_refused_and_nothing_worse(garbage: bytes) -> None:
    try:
        messages.read(garbage)
    except ValueError:
        return
    raise AssertionError(garbage)


WHOLE = request(get(), [SYS_NAME], 1)


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_a_message_with_a_changed_octet_is_a_message_or_refused(place: int, octet: int) -> None:
    changed = WHOLE[:place] + bytes([octet]) + WHOLE[place + 1 :]
    try:
        message = messages.read(changed)
    except ValueError:
        return
    assert isinstance(message, messages.CommunityMessage | messages.UserMessage)


@pytest.mark.parametrize(
    ("packet", "told"),
    [
        (b"", "a value is missing"),
        (b"\x30", "a length is missing"),
        (b"\x30\x80\x00\x00", "a length is indefinite"),
        (b"\x30\x85\x00\x00\x00\x00\x01\x00", "a length is indefinite, or too long"),
        (b"\x30\x05\x02", "a value is cut off"),
        (WHOLE + b"\x00", "there is more than a message"),
        (b"\x30\x02\x02\x00", "a whole number is empty"),
        (b"\x30\x03\x02\x01\x02", "there is no version 2"),
        (b"\x04\x00", "a value has tag 0x4, not 0x30"),
    ],
)
def test_what_is_wrong_is_told(packet: bytes, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        messages.read(packet)


@pytest.mark.parametrize("content", [b"", b"\x2b\x86", b"\x2b" + b"\xff" * 9 + b"\x01", b"\x01" * 200])
def test_an_object_identifier_that_is_none_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"an (arc|object identifier) is"):
        ber.arcs_of(content)
