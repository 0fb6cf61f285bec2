"""Echoes on an Ethernet: requests as they come, replies and a router's messages as they go. Bytes only.

IPv4 (RFC 791) with ICMP (RFC 792), IPv6 (RFC 8200) with ICMPv6 (RFC 4443).
"""

from __future__ import annotations

import struct
from typing import NamedTuple

_ETHERNET_BYTES = 14
_IPV4, _IPV6 = b"\x08\x00", b"\x86\xdd"
_IPV4_HEADER, _IPV6_HEADER = struct.Struct("!BBHHHBBH4s4s"), struct.Struct("!IHBB16s16s")
_ICMP_HEADER_BYTES = 8
_ICMP, _ICMPV6 = 1, 58
_VERSION_6 = 6 << 28
_FIRST_OF_FOUR = 0x45  # version 4, a header of five words
_NOT_A_FRAGMENT, _FRAGMENT_BITS = 0x4000, 0x3FFF
_TTL = 64
_MULTICAST_V4, _MULTICAST_V6 = 224, 0xFF
_QUOTED_V4 = 576 - _IPV4_HEADER.size - _ICMP_HEADER_BYTES  # RFC 1812, 4.3.2.3
_QUOTED_V6 = 1280 - _IPV6_HEADER.size - _ICMP_HEADER_BYTES  # RFC 4443, 2.4

_REQUEST = {4: b"\x08\x00", 6: b"\x80\x00"}  # type and code
_REPLY = {4: b"\x00\x00", 6: b"\x81\x00"}
_HOST_UNREACHABLE = {4: b"\x03\x01", 6: b"\x01\x03"}
_TIME_EXCEEDED = {4: b"\x0b\x00", 6: b"\x03\x00"}


class Echo(NamedTuple):
    """An echo request: addresses packed, `ttl` also the hop limit of IPv6, `packet` from the IP header on.

    `icmp` is where the ICMP message begins in the packet; `hardware` are the frame's two addresses.
    """

    version: int
    source: bytes
    destination: bytes
    ttl: int
    icmp: int
    packet: bytes
    hardware: bytes

    @property
    def payload(self) -> bytes:
        """What follows the ICMP header."""
        return self.packet[self.icmp + _ICMP_HEADER_BYTES :]


def parse(frame: bytes) -> Echo | None:
    """Return the echo request that a frame holds, or None: it holds something else, a piece, or a damaged one.

    Echoes to a group aren't taken; nor are those behind extension headers of IPv6.
    """
    kind = frame[12:_ETHERNET_BYTES]
    if kind == _IPV4:
        return _parse_v4(frame)
    return _parse_v6(frame) if kind == _IPV6 else None


def echo_reply(echo: Echo) -> bytes:
    """Return the frame that answers an echo from where it was sent to."""
    return _frame(echo, echo.destination, _REPLY[echo.version], echo.packet[echo.icmp + 4 :])


def time_exceeded(echo: Echo, router: bytes) -> bytes:
    """Return the frame by which a router says that an echo's time to live ended at it."""
    return _frame(echo, router, _TIME_EXCEEDED[echo.version], _quoting(echo))


def host_unreachable(echo: Echo, router: bytes) -> bytes:
    """Return the frame by which a router says that it can't reach an echo's destination."""
    return _frame(echo, router, _HOST_UNREACHABLE[echo.version], _quoting(echo))


def checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071) of bytes, an odd one padded."""
    if len(data) % 2:
        data += b"\0"
    # 65,536 is 1 modulo 65,535, so the bytes as one number are congruent to the sum of their words.
    number = int.from_bytes(data, "big")
    return 0xFFFF - (number % 0xFFFF or (0xFFFF if number else 0))


def _parse_v4(frame: bytes) -> Echo | None:
    if len(frame) < _ETHERNET_BYTES + _IPV4_HEADER.size + _ICMP_HEADER_BYTES:
        return None
    first, _, total, _, fragment, ttl, protocol, _, source, destination = _IPV4_HEADER.unpack_from(
        frame, _ETHERNET_BYTES
    )
    icmp = (first & 15) * 4
    packet = frame[_ETHERNET_BYTES : _ETHERNET_BYTES + total]
    if first >> 4 != 4 or icmp < _IPV4_HEADER.size or fragment & _FRAGMENT_BITS or protocol != _ICMP:  # noqa: PLR2004
        return None
    if len(packet) != total or total < icmp + _ICMP_HEADER_BYTES or destination[0] >= _MULTICAST_V4:
        return None
    if packet[icmp : icmp + 2] != _REQUEST[4] or checksum(packet[:icmp]) or checksum(packet[icmp:]):
        return None
    return Echo(4, source, destination, ttl, icmp, packet, frame[:12])


def _parse_v6(frame: bytes) -> Echo | None:
    if len(frame) < _ETHERNET_BYTES + _IPV6_HEADER.size + _ICMP_HEADER_BYTES:
        return None
    first, length, following, ttl, source, destination = _IPV6_HEADER.unpack_from(frame, _ETHERNET_BYTES)
    icmp = _IPV6_HEADER.size
    packet = frame[_ETHERNET_BYTES : _ETHERNET_BYTES + icmp + length]
    if first >> 28 != 6 or following != _ICMPV6 or destination[0] == _MULTICAST_V6:  # noqa: PLR2004
        return None
    if len(packet) != icmp + length or length < _ICMP_HEADER_BYTES or packet[icmp : icmp + 2] != _REQUEST[6]:
        return None
    if checksum(_pseudo_header(source, destination, length) + packet[icmp:]):
        return None
    return Echo(6, source, destination, ttl, icmp, packet, frame[:12])


def _frame(echo: Echo, source: bytes, kind: bytes, rest: bytes) -> bytes:
    """Return a frame to an echo's sender; `rest` is the message without type, code and checksum."""
    to_from = echo.hardware[6:] + echo.hardware[:6]
    length = len(rest) + 4
    message = kind + b"\0\0" + rest
    if echo.version == 4:  # noqa: PLR2004
        total = _IPV4_HEADER.size + length
        fields = (_FIRST_OF_FOUR, 0, total, 0, _NOT_A_FRAGMENT, _TTL, _ICMP)
        header = _IPV4_HEADER.pack(*fields, 0, source, echo.source)
        header = _IPV4_HEADER.pack(*fields, checksum(header), source, echo.source)
        summed, ethernet = message, to_from + _IPV4
    else:
        header = _IPV6_HEADER.pack(_VERSION_6, length, _ICMPV6, _TTL, source, echo.source)
        summed, ethernet = _pseudo_header(source, echo.source, length) + message, to_from + _IPV6
    return b"".join((ethernet, header, kind, checksum(summed).to_bytes(2, "big"), rest))


def _quoting(echo: Echo) -> bytes:
    return b"\0\0\0\0" + echo.packet[: _QUOTED_V4 if echo.version == 4 else _QUOTED_V6]  # noqa: PLR2004


def _pseudo_header(source: bytes, destination: bytes, length: int) -> bytes:
    """What the checksum of ICMPv6 covers beside the message (RFC 8200, 8.1)."""
    return source + destination + struct.pack("!II", length, _ICMPV6)
