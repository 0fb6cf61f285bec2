"""How much of the public's work may be under way, so that a crowd is refused in words rather than waited for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from exporter.web.refusals import Refusal, Sentence

MOST = 16
_BUSY = Sentence(
    "too many ask just now; try again in half a minute", "terlalu banyak permintaan saat ini; coba lagi setengah menit"
)


class Admission:
    """Lets in so many pieces of work at once; a page is one, however many works of the thread it takes."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._under_way = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Let one in while it lasts; a Refusal where as many as may be are under way."""
        if self._under_way >= self._most:
            raise Refusal(503, _BUSY, {"Retry-After": "30"})
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
