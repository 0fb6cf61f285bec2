"""The part of BER that SNMP is written in (RFC 3417, section 8): definite lengths, and tags of one octet.

What is read may be anybody's: whatever is wrong with it is a ValueError, and nothing is read outside of it.
"""

from __future__ import annotations

from functools import lru_cache

Oid = tuple[int, ...]

INTEGER, OCTETS, NULL, OID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
_LONG = 0x80  # of a length, and of an arc that goes on
_MOST_LENGTH_OCTETS = 4
_MOST_INTEGER_OCTETS = 9  # a Counter64 above 2^63 has a zero in front
_MOST_ARCS = 128  # RFC 2578, 3.5
_LARGEST_ARC = 2**32 - 1
_FIRST_ARCS = 40


def tlv(tag: int, content: bytes) -> bytes:
    """Return a value with its tag and length."""
    length = len(content)
    if length < _LONG:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG | len(octets))) + octets + content


def integer(number: int, tag: int = INTEGER) -> bytes:
    """Return a whole number, in as few octets as it takes; unsigned kinds are written alike."""
    magnitude = number if number >= 0 else ~number
    content = number.to_bytes(magnitude.bit_length() // 8 + 1, "big", signed=True)
    return bytes((tag, len(content))) + content


@lru_cache(maxsize=1 << 16)
def oid(arcs: Oid) -> bytes:
    """Return an object identifier of at least two arcs."""
    content = bytearray()
    for arc in (_FIRST_ARCS * arcs[0] + arcs[1], *arcs[2:]):
        octets = [arc & 0x7F]
        while arc := arc >> 7:
            octets.append(_LONG | arc & 0x7F)
        content += bytes(reversed(octets))
    return tlv(OID, bytes(content))


@lru_cache(maxsize=1 << 16)
def arcs_of(content: bytes) -> Oid:
    """Return the arcs of an object identifier's content."""
    arcs: list[int] = []
    arc = 0
    for octet in content:
        arc = arc << 7 | octet & 0x7F
        if not octet & _LONG:
            arcs.append(arc)
            arc = 0
        elif arc > _LARGEST_ARC:
            raise ValueError("an arc is beyond 32 bits")
    if not content or content[-1] & _LONG or len(arcs) >= _MOST_ARCS:
        raise ValueError("an object identifier is empty, cut off or too long")
    first = min(arcs[0] // _FIRST_ARCS, 2)
    return first, arcs[0] - _FIRST_ARCS * first, *arcs[1:]


class Reader:
    """Reads values one after another; `at` is where the next begins in the whole."""

    __slots__ = ("_data", "_end", "at")

    def __init__(self, data: bytes, at: int = 0, end: int | None = None) -> None:
        self._data = data
        self._end = len(data) if end is None else end
        self.at = at

    @property
    def is_over(self) -> bool:
        """Whether nothing is left."""
        return self.at >= self._end

    @property
    def next_tag(self) -> int:
        """The tag of the next value."""
        if self.is_over:
            raise ValueError("a value is missing")
        return self._data[self.at]

    def inside(self, tag: int) -> Reader:
        """Pass over a value of a tag; return the reader of what it is made of."""
        begin, end = self._pass(tag)
        return Reader(self._data, begin, end)

    def octets(self, tag: int = OCTETS) -> bytes:
        """Read a value of a tag as it is."""
        begin, end = self._pass(tag)
        return self._data[begin:end]

    def integer(self) -> int:
        """Read a whole number."""
        begin, end = self._pass(INTEGER)
        if not 0 < end - begin <= _MOST_INTEGER_OCTETS:
            raise ValueError("a whole number is empty or too long")
        return int.from_bytes(self._data[begin:end], "big", signed=True)

    def oid(self) -> Oid:
        """Read an object identifier."""
        return arcs_of(self.octets(OID))

    def skip(self) -> None:
        """Pass over the next value, whatever it is."""
        self._pass(self.next_tag)

    def end(self) -> None:
        """Refuse what is left."""
        if not self.is_over:
            raise ValueError("there is more than a message")

    def _pass(self, tag: int) -> tuple[int, int]:
        """Go behind the next value, whose tag must be this; return where its content begins and ends."""
        if self.next_tag != tag:
            raise ValueError(f"a value has tag {self.next_tag:#x}, not {tag:#x}")
        begin = self.at + 2
        if begin > self._end:
            raise ValueError("a length is missing")
        length = self._data[self.at + 1]
        if length & _LONG:
            more = length & ~_LONG
            if not 0 < more <= _MOST_LENGTH_OCTETS:
                raise ValueError("a length is indefinite, or too long")
            length = int.from_bytes(self._data[begin : begin + more], "big")
            begin += more
        if begin + length > self._end:
            raise ValueError("a value is cut off")
        self.at = begin + length
        return begin, self.at
