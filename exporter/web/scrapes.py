"""Pages of `/metrics`: one is rendered at a time, and who asks meanwhile shares what was frozen for it."""

from __future__ import annotations

import asyncio
import math
import time
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from exporter.metrics import Format, Renderer
from exporter.snapshot import Snapshot
from exporter.web.writing import Rank, WritingThread, ranked

SHARED_SECONDS = 1.0
FAST = 1  # zlib's level
WITH_GZIP_HEADER = 31  # zlib's window bits


@dataclass(slots=True)
class _Frozen:
    """A snapshot, when its freezing began, and the pages made of it so far."""

    snapshot: Snapshot
    began_at: float
    pages: dict[tuple[Format, bool], bytes] = field(default_factory=dict)


class Scrapes:
    """Gives pages of the latest snapshot; `freeze` makes one, `now` is a monotonic clock in seconds.

    A page shows nothing that is older than a second before it was asked for. Nothing is held while nobody asks.
    """

    def __init__(
        self,
        freeze: Callable[[], Awaitable[Snapshot]],
        now: Callable[[], float] = time.monotonic,
        writing: WritingThread | None = None,
    ) -> None:
        self._freeze = freeze
        self._now = now
        self._writing = writing or WritingThread()
        self._renderer = Renderer()
        self._one_at_a_time = asyncio.Lock()
        self._asking = 0
        self._frozen: _Frozen | None = None
        self._expired_at = -math.inf

    async def page(self, form: Format, *, in_gzip: bool) -> bytes:
        """Return a body, compressed where `in_gzip`; rendering and compressing are a thread's work."""
        asked_at = self._now()
        self._asking += 1
        try:
            async with self._one_at_a_time:
                frozen = await self._shared(asked_at - SHARED_SECONDS)
                if (form, in_gzip) not in frozen.pages:
                    with ranked(Rank.SCRAPE):
                        body = await self._writing.do(self._written, frozen.snapshot, form, in_gzip)
                    frozen.pages[form, in_gzip] = body
                return frozen.pages[form, in_gzip]
        finally:
            self._asking -= 1
            if not self._asking:
                self._frozen = None

    def expire(self) -> None:
        """Let no page from now on show what was frozen before."""
        self._expired_at = self._now()

    async def _shared(self, not_before: float) -> _Frozen:
        frozen = self._frozen
        if frozen is None or frozen.began_at < not_before or frozen.began_at <= self._expired_at:
            began_at = self._now()
            self._frozen = frozen = _Frozen(await self._freeze(), began_at)
        return frozen

    def _written(self, snapshot: Snapshot, form: Format, in_gzip: bool) -> bytes:  # noqa: FBT001 -- for a thread
        pieces = map(str.encode, self._renderer.render(snapshot, form))
        if not in_gzip:
            return b"".join(pieces)
        compressor = zlib.compressobj(FAST, wbits=WITH_GZIP_HEADER)
        return b"".join([*map(compressor.compress, pieces), compressor.flush()])
