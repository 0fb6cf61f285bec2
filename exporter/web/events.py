"""Server-sent events as bytes (WHATWG HTML, 9.2), also compressed so that many readers share the same ones.

A compressed event ends with a full flush (RFC 1951 by zlib): it refers to nothing before it, so each reader's stream
may be put together from any events, after one gzip header (RFC 1952).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from exporter.pacing import resting

RETRY_MILLISECONDS = 3000
_LEVEL = 5
_RAW = -15  # zlib's window bits: no header, no sum
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_PIECE_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class Sent:
    """What goes over the wire, to those who take gzip and to the others."""

    plain: bytes
    packed: bytes

    def form(self, *, in_gzip: bool) -> bytes:
        """Return one of the two."""
        return self.packed if in_gzip else self.plain


def event(name: str, data: Mapping[str, str], version: str | None = None) -> Sent:
    """Return an event; `version`, where it has one, is what the reader names when it comes back."""
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    known_as = "" if version is None else f"id: {version}\n"
    return _sent(f"event: {name}\n{known_as}data: {written}\n\n".encode(errors="replace"))


def opening() -> Sent:
    """Return what a stream begins with."""
    first = _sent(b"retry: %d\n\n" % RETRY_MILLISECONDS)
    return Sent(first.plain, _GZIP_HEADER + first.packed)


def beat() -> Sent:
    """Return what says nothing new, so that a script knows that the line stands; of a comment it wouldn't hear."""
    return event("beat", {})


def _sent(plain: bytes) -> Sent:
    compressor = zlib.compressobj(_LEVEL, wbits=_RAW)
    pieces = range(0, len(plain), _PIECE_BYTES)
    packed = [compressor.compress(plain[at : at + _PIECE_BYTES]) for at in resting(pieces)]
    return Sent(plain, b"".join([*packed, compressor.flush(zlib.Z_FULL_FLUSH)]))
