from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.lab import packets

NEAR, FAR = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
ICMP = {4: 1, 6: 58}

V4 = st.integers(1, 223 << 24).map(IPv4Address)
V6 = st.integers(1, 0xFE << 120).map(IPv6Address)
PAIRS = st.one_of(st.tuples(V4, V4, V4), st.tuples(V6, V6, V6))
PAYLOADS = st.binary(max_size=1400)


def words_summed(data: bytes) -> int:
    """RFC 1071, word by word, each carry brought round at once."""
    total = 0
    for at in range(0, len(data), 2):
        total += (data[at] << 8) + (data[at + 1] if at + 1 < len(data) else 0)
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def covered(source: bytes, destination: bytes, message: bytes) -> bytes:
    """What a message's checksum covers."""
    if len(source) == 4:
        return message
    return source + destination + len(message).to_bytes(4, "big") + bytes([0, 0, 0, 58]) + message


def request(
    source: IPv4Address | IPv6Address, destination: IPv4Address | IPv6Address, payload: bytes, ttl: int = 64
) -> bytes:
    """An echo request as a kernel sends it."""
    kind = {4: 8, 6: 128}[source.version]
    message = struct.pack("!BBHHH", kind, 0, 0, 4711, 12) + payload
    summed = words_summed(covered(source.packed, destination.packed, message))
    message = message[:2] + struct.pack("!H", summed) + message[4:]
    return ip_frame(source.packed, destination.packed, message, ttl)


def ip_frame(source: bytes, destination: bytes, message: bytes, ttl: int = 64) -> bytes:
    if len(source) == 4:
        header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(message), 99, 0, ttl, 1, 0, source, destination)
        header = header[:10] + struct.pack("!H", words_summed(header)) + header[12:]
        return FAR + NEAR + b"\x08\x00" + header + message
    header = struct.pack("!IHBB16s16s", 0x60000000, len(message), 58, ttl, source, destination)
    return FAR + NEAR + b"\x86\xdd" + header + message


def sent(frame: bytes) -> tuple[str, str, bytes]:
    """Return source, destination and ICMP message of a frame, whose lengths and checksums must be right."""
    assert frame[:12] == NEAR + FAR
    packet = frame[14:]
    if frame[12:14] == b"\x08\x00":
        assert packet[0] == 0x45
        assert int.from_bytes(packet[2:4], "big") == len(packet)
        assert packet[9] == 1
        assert words_summed(packet[:20]) == 0
        source, destination, message = packet[12:16], packet[16:20], packet[20:]
    else:
        assert packet[0] >> 4 == 6
        assert int.from_bytes(packet[4:6], "big") == len(packet) - 40
        assert packet[6] == 58
        source, destination, message = packet[8:24], packet[24:40], packet[40:]
    assert words_summed(covered(source, destination, message)) == 0
    return str(ip_address(source)), str(ip_address(destination)), message


def parsed(frame: bytes) -> packets.Echo:
    echo = packets.parse(frame)
    assert echo is not None
    return echo


@given(st.binary(max_size=200))
def test_the_checksum_is_that_of_the_words_one_by_one(data: bytes) -> None:
    assert packets.checksum(data) == words_summed(data)


@pytest.mark.parametrize("data", [b"", bytes(8), b"\xff" * 8, b"\xff\xff\x00\x00"])
def test_the_checksum_of_nothing_but_zeros_or_ones_is_right(data: bytes) -> None:
    assert packets.checksum(data) == words_summed(data)


@given(PAIRS, PAYLOADS, st.integers(1, 255))
def test_a_request_is_read_with_all_that_is_in_it(
    pair: tuple[IPv4Address, ...] | tuple[IPv6Address, ...], payload: bytes, ttl: int
) -> None:
    source, destination, _ = pair
    echo = parsed(request(source, destination, payload, ttl))
    assert (echo.version, echo.source, echo.destination) == (source.version, source.packed, destination.packed)
    assert (echo.ttl, echo.payload) == (ttl, payload)


@given(PAIRS, PAYLOADS)
def test_a_reply_is_the_request_turned_round(
    pair: tuple[IPv4Address, ...] | tuple[IPv6Address, ...], payload: bytes
) -> None:
    asker, asked, _ = pair
    source, destination, message = sent(packets.echo_reply(parsed(request(asker, asked, payload))))
    assert (source, destination) == (str(asked), str(asker))
    assert message[:2] == ({4: b"\x00\x00", 6: b"\x81\x00"}[asker.version])
    assert message[4:] == struct.pack("!HH", 4711, 12) + payload


@given(PAIRS, PAYLOADS)
def test_a_routers_messages_come_from_it_and_quote_the_packet(
    pair: tuple[IPv4Address, ...] | tuple[IPv6Address, ...], payload: bytes
) -> None:
    asker, asked, router = pair
    frame = request(asker, asked, payload)
    echo = parsed(frame)
    for said, kind in (
        (packets.time_exceeded(echo, router.packed), {4: (11, 0), 6: (3, 0)}),
        (packets.host_unreachable(echo, router.packed), {4: (3, 1), 6: (1, 3)}),
    ):
        source, destination, message = sent(said)
        assert (source, destination) == (str(router), str(asker))
        assert tuple(message[:2]) == kind[asker.version]
        assert message[4:8] == bytes(4)
        limit = {4: 576, 6: 1280}[asker.version]
        assert len(said) - 14 == min(limit, len(frame) - 14 + {4: 28, 6: 48}[asker.version])
        assert frame[14:].startswith(message[8:])


@given(PAIRS, st.binary(min_size=2, max_size=40), st.data())
def test_a_damaged_message_is_no_echo(
    pair: tuple[IPv4Address, ...] | tuple[IPv6Address, ...], payload: bytes, data: st.DataObject
) -> None:
    frame = bytearray(request(pair[0], pair[1], payload))
    begin = 14 + {4: 20, 6: 40}[pair[0].version]
    at = data.draw(st.integers(begin, len(frame) - 1))
    frame[at] ^= 1 << data.draw(st.integers(0, 7))
    assert packets.parse(bytes(frame)) is None


@given(PAIRS, PAYLOADS, st.data())
def test_a_frame_that_is_cut_short_is_no_echo(
    pair: tuple[IPv4Address, ...] | tuple[IPv6Address, ...], payload: bytes, data: st.DataObject
) -> None:
    frame = request(pair[0], pair[1], payload)
    assert packets.parse(frame[: data.draw(st.integers(0, len(frame) - 1))]) is None


@given(PAIRS)
def test_the_padding_of_a_short_frame_is_no_part_of_the_packet(
    pair: tuple[IPv4Address, ...] | tuple[IPv6Address, ...],
) -> None:
    frame = request(pair[0], pair[1], b"")
    assert packets.echo_reply(parsed(frame + bytes(18))) == packets.echo_reply(parsed(frame))


@given(st.sampled_from([b"\x08\x00", b"\x86\xdd", b"\x08\x06"]), st.binary(max_size=100))
def test_whatever_comes_is_read_without_an_error(kind: bytes, rest: bytes) -> None:
    packets.parse(bytes(12) + kind + rest)


V4_ECHO = request(IPv4Address("192.0.2.1"), IPv4Address("198.18.10.1"), b"x" * 8)


def changed(at: int, value: bytes) -> bytes:
    """The echo with bytes of its IP header replaced, and the header's checksum right."""
    packet = bytearray(V4_ECHO[14:])
    packet[at : at + len(value)] = value
    packet[10:12] = b"\0\0"
    packet[10:12] = words_summed(bytes(packet[:20])).to_bytes(2, "big")
    return V4_ECHO[:14] + bytes(packet)


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(changed(6, b"\x20\x00"), id="the first piece of several"),
        pytest.param(changed(6, b"\x00\x01"), id="a later piece"),
        pytest.param(changed(9, b"\x11"), id="UDP"),
        pytest.param(changed(16, b"\xe0"), id="to a group"),
        pytest.param(changed(0, b"\x44"), id="a header of four words"),
        pytest.param(changed(0, b"\x55"), id="version 5"),
        pytest.param(V4_ECHO[:24] + b"\0\0" + V4_ECHO[26:], id="a damaged header"),
        pytest.param(ip_frame(bytes(4), bytes([198, 18, 0, 1]), bytes([0, 0, 255, 255, 0, 0, 0, 0])), id="a reply"),
    ],
)
def test_what_is_no_whole_echo_to_one_host_is_not_taken(frame: bytes) -> None:
    assert packets.parse(frame) is None


def test_options_before_the_message_are_stepped_over() -> None:
    packet = V4_ECHO[14:]
    header = b"\x46" + packet[1:2] + struct.pack("!H", len(packet) + 4) + packet[4:10] + b"\0\0" + packet[12:20]
    header += b"\x01\x01\x01\x00"
    header = header[:10] + struct.pack("!H", words_summed(header)) + header[12:]
    echo = parsed(V4_ECHO[:14] + header + packet[20:])
    assert echo.payload == b"x" * 8
    assert sent(packets.echo_reply(echo))[2][8:] == b"x" * 8
