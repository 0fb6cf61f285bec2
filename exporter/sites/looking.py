"""A look: which documents of a website are asked for, one after the other, and what they say was published.

What robots.txt forbids isn't asked for. Between two requests a second passes. Who asks to be left alone for a while is.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

from exporter.clock import Clock
from exporter.freshness.document import Document, Wish
from exporter.freshness.judging import judge
from exporter.freshness.plan import next_wish
from exporter.freshness.stamps import Stamps
from exporter.model import Website
from exporter.sites import robots
from exporter.sites.fetching import Fetched, Fetcher, Refused
from exporter.sites.robots import Robots
from exporter.sites.turns import Turns
from exporter.website import Look

PAUSE_SECONDS = 1.0
MOST_DOCUMENTS = 14
LONGEST_WAIT_SECONDS = 7 * 86_400.0
_BUSY = (429, 503)


@dataclass(frozen=True, slots=True)
class Looking:
    """Looks at websites.

    `fetcher` asks, as the program that `agent` says; `turns` are the hosts'; `zone` is what dates without one are in.
    """

    fetcher: Fetcher
    agent: str
    turns: Turns
    clock: Clock
    zone: ZoneInfo
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def look(self, website: Website, stamps: str) -> tuple[Look, float | None]:
        """Return what was published, and for how many seconds the website wants to be left alone, else None.

        `stamps` is what the look before left, empty without one. It is never an error that nothing is found.
        """
        at = self.clock.time()
        allowed, wait_seconds = await self._robots(website.url)
        documents: list[Document] = []
        forbidden = 0
        while wait_seconds is None and len(documents) < MOST_DOCUMENTS:
            wish = await asyncio.to_thread(next_wish, website.url, documents, allowed.sitemaps)
            if wish is None:
                break
            if not allowed.allows(wish.url):
                forbidden += 1
                documents.append(self._nothing(wish))
                continue
            document, wait_seconds = await self._ask(wish, website.url)
            documents.append(document)
        judged = await asyncio.to_thread(judge, documents, self.zone, _earlier(stamps))
        obstacle = _obstacle(documents, forbidden, wait_seconds)
        stamps = json.dumps(judged.stamps.as_json())
        return Look(at, judged.publications, obstacle, stamps, judged.withdrawn), wait_seconds

    async def _robots(self, url: str) -> tuple[Robots, float | None]:
        """Return what a website allows programs to ask for, and how long it wants to be left alone."""
        came = await self._get(urljoin(url, "/robots.txt"), url)
        if isinstance(came, Refused):
            return robots.read(None, b"", self.agent), None
        return robots.read(came.status, came.body, self.agent), _wait_seconds(came, self.clock.time())

    async def _ask(self, wish: Wish, url: str) -> tuple[Document, float | None]:
        await self.sleep(PAUSE_SECONDS)
        came = await self._get(wish.url, url)
        if isinstance(came, Refused):
            return self._nothing(wish), None
        document = Document(wish, came.url, came.status, came.headers, came.body, came.started_at)
        return document, _wait_seconds(came, self.clock.time())

    async def _get(self, address: str, url: str) -> Fetched | Refused:
        """Ask for an address that the website at `url` led to."""
        async with self.turns.at((urlsplit(address).hostname or "").lower()):
            return await self.fetcher.get(address, led_from=url)

    def _nothing(self, wish: Wish) -> Document:
        return Document(wish, wish.url, None, {}, b"", self.clock.time())


def _earlier(stamps: str) -> Stamps:
    """Return what the look before left; what another version of this wrote is nothing."""
    try:
        return Stamps.from_json(json.loads(stamps))
    except ValueError:
        return Stamps()


def _wait_seconds(came: Fetched, now: float) -> float | None:
    """Return for how long a busy server wants to be left alone (RFC 9110, 10.2.3), None where it says nothing of it."""
    said = came.headers.get("retry-after", "").strip()
    if came.status not in _BUSY or not said:
        return None
    if said.isascii() and said.isdigit():
        seconds = float(said[:9])
    else:
        try:
            until = parsedate_to_datetime(said)
        except ValueError:
            return None
        seconds = (until if until.tzinfo else until.replace(tzinfo=UTC)).timestamp() - now
    return min(max(0.0, seconds), LONGEST_WAIT_SECONDS)


def _obstacle(documents: list[Document], forbidden: int, wait_seconds: float | None) -> str:
    """Return in words what stood in the way of a look, nothing where it was made in full."""
    if wait_seconds is not None:
        return f"the website asked to be left alone for {wait_seconds:.0f} s"
    if forbidden == len(documents) > 0:
        return "robots.txt forbids all of it"
    return ""
