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
_SERVER_ERROR = 500


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
        at, permission = self.clock.time(), _Permission(self, website.url)
        documents: list[Document] = []
        own = await permission.at(website.url)
        while permission.wait_seconds is None and len(documents) < MOST_DOCUMENTS:
            wish = await asyncio.to_thread(next_wish, website.url, documents, own.sitemaps)
            if wish is None:
                break
            is_allowed = await permission.allows(wish.url)
            documents.append(await self._ask(wish, permission) if is_allowed else self._nothing(wish))
        judged = await asyncio.to_thread(judge, documents, self.zone, _earlier(stamps))
        left = json.dumps(judged.stamps.as_json())
        return Look(at, judged.publications, permission.obstacle, left, judged.withdrawn), permission.wait_seconds

    async def _ask(self, wish: Wish, permission: _Permission) -> Document:
        await self.sleep(PAUSE_SECONDS)
        came = await self.get(wish.url, permission.website)
        if isinstance(came, Refused):
            return self._nothing(wish)
        permission.heed(came)
        if not await permission.allows(came.url):  # it was led to another host, whose rules nobody knew
            return self._nothing(wish)
        return Document(wish, came.url, came.status, came.headers, came.body, came.started_at)

    async def get(self, address: str, url: str) -> Fetched | Refused:
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
        except (ValueError, OverflowError):
            return None
        seconds = (until if until.tzinfo else until.replace(tzinfo=UTC)).timestamp() - now
    return min(seconds, LONGEST_WAIT_SECONDS) if seconds > 0 else None


class _Permission:
    """What a website's hosts let programs ask for, in one look at the address `website`."""

    def __init__(self, looking: Looking, website: str) -> None:
        self.website = website
        self.wait_seconds: float | None = None
        self._looking = looking
        self._rules: dict[str, Robots] = {}
        self._unread = self._asked = self._forbidden = 0

    async def at(self, url: str) -> Robots:
        """Return the rules of an address's host, which are asked for once."""
        host = urlsplit(url).netloc.lower()
        if host not in self._rules:
            came = await self._looking.get(urljoin(url, "/robots.txt"), self.website)
            status, body = (None, b"") if isinstance(came, Refused) else (came.status, came.body)
            if isinstance(came, Fetched):
                self.heed(came)
            self._rules[host] = robots.read(status, body, self._looking.agent)
            self._unread += status is None or status >= _SERVER_ERROR
        return self._rules[host]

    async def allows(self, url: str) -> bool:
        """Say whether an address may be asked for."""
        is_allowed = (await self.at(url)).allows(url)
        self._asked += 1
        self._forbidden += not is_allowed
        return is_allowed

    def heed(self, came: Fetched) -> None:
        """Take note of an answer that wants to be left alone for a while."""
        self.wait_seconds = _wait_seconds(came, self._looking.clock.time()) or self.wait_seconds

    @property
    def obstacle(self) -> str:
        """What stood in the way, in words; nothing where the look was made in full."""
        if self.wait_seconds is not None:
            return f"the website asked to be left alone for {self.wait_seconds:.0f} s"
        if self._unread:
            return "its robots.txt can't be read, so nothing else may be"
        if 0 < self._asked == self._forbidden:
            return "robots.txt forbids all of it"
        return ""
