"""Small files that unpack to large ones, made without ever holding what they unpack to."""

from __future__ import annotations

import struct
import zlib

_CHUNK_BYTES = 1 << 20
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # RFC 1952, without a name or a time
_RAW = -zlib.MAX_WBITS
_BITS = 32


def packed(before: bytes, after: bytes, doublings: int) -> bytes:
    """Return gzip that unpacks to 2 ** `doublings` MiB of blanks between two texts, in one member (RFC 1952)."""
    blanks = b" " * _CHUNK_BYTES
    count = 1 << doublings
    check = zlib.crc32(after, _after_repeats(zlib.crc32(before), blanks, doublings))
    size = len(before) + count * _CHUNK_BYTES + len(after)
    body = _block(before) + _block(blanks) * count + _last_block(after)
    return _HEADER + body + struct.pack("<II", check, size & 0xFFFFFFFF)


def _block(text: bytes) -> bytes:
    """Return deflated text that may stand anywhere: it ends at a byte's end, and refers to nothing before it."""
    packing = zlib.compressobj(9, zlib.DEFLATED, _RAW)
    return packing.compress(text) + packing.flush(zlib.Z_FULL_FLUSH)


def _last_block(text: bytes) -> bytes:
    packing = zlib.compressobj(9, zlib.DEFLATED, _RAW)
    return packing.compress(text) + packing.flush()


def _after_repeats(check: int, chunk: bytes, doublings: int) -> int:
    """Return what a CRC becomes after 2 ** `doublings` times a chunk.

    Over a chunk it changes by an affine map of its bits, which is put after itself at each doubling.
    """
    constant = zlib.crc32(chunk, 0)
    columns = [zlib.crc32(chunk, 1 << bit) ^ constant for bit in range(_BITS)]
    for _ in range(doublings):
        constant ^= _linear(columns, constant)
        columns = [_linear(columns, column) for column in columns]
    return _linear(columns, check) ^ constant


def _linear(columns: list[int], value: int) -> int:
    found = 0
    for bit, column in enumerate(columns):
        if value >> bit & 1:
            found ^= column
    return found
