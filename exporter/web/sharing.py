"""Pages as they are served: written and compressed once for all who ask at about the same time."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass
from hashlib import blake2b

from exporter.pacing import resting
from exporter.web.admission import Admission
from exporter.web.pages import Page, Place
from exporter.web.refusals import Refusal, Sentence
from exporter.web.writing import Rank, WritingThread, ranked

SHARED_SECONDS = 1.0
LIVE_SECONDS = 5.0  # a page that is live mends itself as soon as it is there
PATIENCE_SECONDS = 10.0
MOST_KEPT = 256
_FAILED = 500
_LEVEL = 5
_WITH_GZIP_HEADER = 31  # zlib's window bits
_PIECE_BYTES = 16_384
_TOO_LONG = Sentence(
    f"the page wasn't there within {PATIENCE_SECONDS:.0f} s; try again in half a minute",
    f"halaman belum siap dalam {PATIENCE_SECONDS:.0f} detik; coba lagi setengah menit",
)


@dataclass(frozen=True, slots=True)
class Served:
    """A page, its body compressed, and a mark of its content."""

    page: Page
    packed: bytes
    mark: str


@dataclass(slots=True)
class _Begun:
    """A page that was begun, and its compressing where somebody wants its body."""

    at: float
    page: asyncio.Task[Page]
    served: asyncio.Task[Served] | None = None

    @property
    def is_done(self) -> bool:
        return self.page.done() and (self.served is None or self.served.done())

    @property
    def has_failed(self) -> bool:
        if not self.page.done():
            return False
        return self.page.cancelled() or self.page.exception() is not None or self.page.result().status >= _FAILED


class SharedPages:
    """Gives pages; `make` makes one, `now` is a monotonic clock in seconds.

    Of one place one page is under way at a time, and of the public's places as many as are let in. What failed is
    shared with those alone who waited for it.
    """

    def __init__(
        self,
        make: Callable[[Place], Awaitable[Page]],
        writing: WritingThread,
        now: Callable[[], float],
        admission: Admission | None = None,
    ) -> None:
        self._make = make
        self._writing = writing
        self._now = now
        self._admission = admission or Admission()
        self._begun: dict[Place, _Begun] = {}

    async def page(self, place: Place, seconds: float = SHARED_SECONDS) -> Page:
        """Return a page that is under way, or was begun less than so many seconds ago; a Refusal where it can't be."""
        return await asyncio.shield(self._of(place, seconds).page)  # others may wait for the same

    async def get(self, place: Place, seconds: float = SHARED_SECONDS) -> Served:
        """Return such a page with its body compressed."""
        begun = self._of(place, seconds)
        page = await asyncio.shield(begun.page)
        if begun.served is None:
            begun.served = asyncio.create_task(self._served(place, page))
        return await asyncio.shield(begun.served)

    def expire(self) -> None:
        """Let nobody from now on be given what was begun before."""
        self._begun.clear()

    def _of(self, place: Place, seconds: float) -> _Begun:
        self._forget()
        begun = self._begun.get(place)
        if begun is None or (begun.is_done and (begun.has_failed or self._now() - begun.at >= seconds)):
            self._begun.pop(place, None)  # what is begun last is the last
            begun = self._begun[place] = _Begun(self._now(), asyncio.create_task(self._made(place)))
        return begun

    async def _made(self, place: Place) -> Page:
        with ranked(rank_of(place)), self._admission.one() if place.is_public else nullcontext():
            try:
                async with asyncio.timeout(PATIENCE_SECONDS) as patience:
                    return await self._make(place)
            except TimeoutError:
                if patience.expired():
                    raise Refusal(503, _TOO_LONG, {"Retry-After": "30"}) from None
                raise

    async def _served(self, place: Place, page: Page) -> Served:
        with ranked(rank_of(place)):
            return Served(page, *await self._writing.do(_packed, page.body))

    def _forget(self) -> None:
        old = self._now() - LIVE_SECONDS
        done = [place for place, begun in self._begun.items() if begun.is_done]
        too_many = len(self._begun) - MOST_KEPT
        for number, place in enumerate(done):
            if number < too_many or self._begun[place].at < old or self._begun[place].has_failed:
                del self._begun[place]


def rank_of(place: Place) -> Rank:
    """Return by which rank a place's works wait."""
    return Rank.PUBLIC if place.is_public else Rank.MAIN


def compressed(body: bytes) -> bytes:
    """Return a body in gzip's format; in a thread that rests."""
    compressor = zlib.compressobj(_LEVEL, wbits=_WITH_GZIP_HEADER)
    pieces = [compressor.compress(body[at : at + _PIECE_BYTES]) for at in resting(range(0, len(body), _PIECE_BYTES))]
    return b"".join([*pieces, compressor.flush()])


def _packed(body: bytes) -> tuple[bytes, str]:
    return compressed(body), blake2b(body, digest_size=8).hexdigest()
