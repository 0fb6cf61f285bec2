"""A body as it was meant: Content-Encoding undone piece by piece, so that a small file that becomes large costs little.

What it unpacks to is counted at each step, as packed files may hold packed files.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from exporter.sites.faults import FaultError
from exporter.website import Fault

MOST_TIMES = 100
"""How many times its size a body may unpack to."""
LEAST_JUDGED = 65_536
"""A body is taken for this large at least: dull pages of a few kilobytes pack better than 100 to 1, and do no harm."""

_PIECE = 65_536
_MOST_LAYERS = 3
_STRANGE = {"br", "zstd", "compress", "x-compress", "dcb", "dcz"}
_GZIP = {"gzip", "x-gzip"}
_GZIP_WINDOW, _ZLIB_WINDOW, _RAW_WINDOW = 31, 15, -15
_HEAD_BYTES = 2


class Unpacking:
    """Undoes the encodings that a Content-Encoding names and keeps the first `most` bytes of what comes out.

    What is no encoding at all, such as "utf-8", is ignored, as browsers do.
    """

    def __init__(self, encodings: str, most: int) -> None:
        names = [name.strip().lower() for name in encodings.split(",")]
        strange = [name for name in names if name in _STRANGE]
        if strange:
            raise FaultError(Fault.BAD_ANSWER, f"Content-Encoding {strange[0]}, which wasn't asked for")
        packed = [name for name in names if name in _GZIP or name == "deflate"]
        if len(packed) > _MOST_LAYERS:
            raise FaultError(Fault.BAD_ANSWER, f"packed {len(packed)} times over")
        self._layers = [_Layer(name) for name in reversed(packed)]
        self._most = most
        self._fed = 0
        self._kept = bytearray()

    @property
    def body(self) -> bytes:
        """What was kept."""
        return bytes(self._kept)

    @property
    def is_enough(self) -> bool:
        """Whether nothing more needs to be read: all that is kept is there, and it isn't suspiciously much."""
        return self._is_full or any(layer.is_at_end for layer in self._layers)

    @property
    def _is_full(self) -> bool:
        if max(self._fed, len(self._kept)) < self._most:
            return False
        return all(layer.made <= MOST_TIMES * self._taken for layer in self._layers)

    @property
    def is_cut_off(self) -> bool:
        """Whether the packing hasn't come to its end."""
        return self._fed > 0 and any(not layer.is_at_end for layer in self._layers)

    def feed(self, piece: bytes) -> None:
        """Take the next piece off the wire; raises FaultError where it is damaged, or unpacks to over 100 times."""
        self._fed += len(piece)
        try:
            self._pass_on(piece, 0)
        except zlib.error as error:
            raise FaultError(Fault.BAD_ANSWER, f"Content-Encoding: {error}") from error

    @property
    def _taken(self) -> int:
        return self._fed - (self._layers[0].waiting if self._layers else 0)

    def _pass_on(self, piece: bytes, depth: int) -> None:
        if depth == len(self._layers):
            self._kept += piece[: max(0, self._most - len(self._kept))]
            return
        layer = self._layers[depth]
        for unpacked in layer.pieces(piece):
            if layer.made > MOST_TIMES * max(self._taken, LEAST_JUDGED):
                raise FaultError(Fault.TOO_LARGE)
            self._pass_on(unpacked, depth + 1)
            if self._is_full:
                return


class _Layer:
    """One encoding undone; `made` counts what came out, `waiting` what is yet to be unpacked of the last piece."""

    def __init__(self, name: str) -> None:
        self._inflate = zlib.decompressobj(_GZIP_WINDOW) if name in _GZIP else None
        self._head = b""
        self.made = 0
        self.waiting = 0

    @property
    def is_at_end(self) -> bool:
        return self._inflate is not None and self._inflate.eof

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        """Yield what a piece unpacks to, 64 kB at a time; what follows the end is ignored, as browsers do."""
        if self._inflate is None:
            packed = self._head = self._head + packed
            if len(packed) < _HEAD_BYTES:
                return
            self._inflate = zlib.decompressobj(_deflate_window(packed))
        while packed and not self._inflate.eof:
            unpacked = self._inflate.decompress(packed, _PIECE)
            packed = self._inflate.unconsumed_tail
            self.waiting = len(packed)
            self.made += len(unpacked)
            yield unpacked


def _deflate_window(head: bytes) -> int:
    """Return how "deflate" is meant: with zlib's head as RFC 9110 has it, or bare, as some servers send it."""
    is_zlib = head[0] & 0x0F == zlib.DEFLATED and int.from_bytes(head[:_HEAD_BYTES], "big") % 31 == 0
    return _ZLIB_WINDOW if is_zlib else _RAW_WINDOW
