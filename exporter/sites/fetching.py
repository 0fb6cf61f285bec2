"""One visit of an address: names looked up, redirects followed, the body unpacked, all within bounds."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from exporter.clock import Clock
from exporter.sites import certificates, faults, redirects
from exporter.sites.addresses import Addresses, Resolve
from exporter.sites.exchange import Answer, Known, Line
from exporter.sites.faults import FaultError
from exporter.website import Fault

_HTTPS = 443


@dataclass(frozen=True, slots=True)
class Limits:
    """What a visit may take: in all, not for each step. `body_bytes` are kept of what the last body unpacks to."""

    seconds: float = 15.0
    body_bytes: int = 2_000_000
    redirects: int = 10


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer, of whatever status. `addresses` are the URLs that were led over, `url` is the last of them.

    `headers` have lower-case names; of one that came twice the values are joined by commas. `body` is what it unpacks
    to, cut at the limit. `seconds` is the time until it was read; `started_at` is in seconds since the epoch.
    """

    url: str
    addresses: tuple[str, ...]
    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float
    tls_not_after: int | None
    started_at: float


@dataclass(frozen=True, slots=True)
class Refused:
    """A visit that came to no answer, and what was known by then; `is_measured` is False where it was our own fault."""

    fault: Fault
    detail: str
    http_status: int | None
    tls_not_after: int | None
    addresses: tuple[str, ...]
    started_at: float
    is_measured: bool = True


class Fetcher:
    """Visits addresses, each with connections and cookies of its own, so that nothing needs closing.

    `agent` says who asks; `resolve` gives a host's addresses; `trust` is what certificates are judged by.
    """

    def __init__(self, *, agent: str, clock: Clock, resolve: Resolve, trust: ssl.SSLContext | None = None) -> None:
        self._agent = "".join(letter if " " <= letter <= "~" else "?" for letter in agent)
        self._clock = clock
        self._resolve = resolve
        self._trust = trust or certificates.trusting()

    async def get(self, url: str, *, limits: Limits = DEFAULT_LIMITS, led_from: str | None = None) -> Fetched | Refused:
        """Visit an address of the inventory; or one that the inventory's page `led_from` led to, a stranger's word.

        Never raises for what names, networks and servers do.
        """
        started_at, started = self._clock.time(), self._clock.monotonic()
        known = Known()
        try:
            async with asyncio.timeout(limits.seconds):
                answer = await self._visit(url, led_from or url, limits, known)
        except (FaultError, TimeoutError) as error:
            failure = error if isinstance(error, FaultError) else FaultError(Fault.TIMEOUT)
            return Refused(
                fault=failure.fault,
                detail=failure.detail,
                http_status=known.http_status,
                tls_not_after=known.tls_not_after,
                addresses=tuple(known.addresses),
                started_at=started_at,
                is_measured=failure.is_measured,
            )
        return Fetched(
            url=known.addresses[-1],
            addresses=tuple(known.addresses),
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            seconds=self._clock.monotonic() - started,
            tls_not_after=known.tls_not_after,
            started_at=started_at,
        )

    async def _visit(self, url: str, own: str, limits: Limits, known: Known) -> Answer:
        """Follow an address to where it ends."""
        target: URL | None = redirects.checked(url)
        deadline = asyncio.get_running_loop().time() + limits.seconds
        addresses = Addresses(self._resolve)
        seen: set[tuple[URL, str]] = set()
        async with Line(agent=self._agent, trust=self._trust, known=known, most=limits.body_bytes) as line:
            while target is not None:
                step = (target, line.cookies_for(target))
                if step in seen or len(seen) > limits.redirects:
                    raise FaultError(Fault.REDIRECT_LOOP, redirects.shown(target.with_query(None)))
                known.led_to(redirects.shown(target))
                if not seen:
                    await addresses.open_to(redirects.host_of(redirects.checked(own)))
                seen.add(step)
                places = await addresses.allowed(redirects.host_of(target))
                answer = await self._exchange(line, target, places, deadline)
                target = redirects.onward(answer.status, answer.headers, answer.body, target)
        return answer

    async def _exchange(self, line: Line, url: URL, places: list[str], deadline: float) -> Answer:
        """Ask one server, at the first of its addresses that takes the connection."""
        loop = asyncio.get_running_loop()
        for tried, place in enumerate(places):
            left = deadline - loop.time()
            try:
                return await line.ask(url, place, left / (len(places) - tried), deadline)
            except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError) as error:
                raise await self._tls_failure(error.os_error, url, place, deadline, line.known) from error
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
                if url.scheme == "https" and certificates.is_hung_up(error):
                    raise FaultError(Fault.TLS_FAILED, "hung up in the handshake") from error
                if place == places[-1]:
                    raise faults.of_client(error, place) from error
            except (aiohttp.ClientError, HttpProcessingError, OSError, ValueError) as error:
                raise faults.of_client(error, place) from error
        raise FaultError(Fault.NAME_NOT_FOUND)

    async def _tls_failure(self, error: OSError, url: URL, place: str, deadline: float, known: Known) -> FaultError:
        """Ask for the server's certificates once more, where they were the reason."""
        sent = None
        if isinstance(error, ssl.SSLCertVerificationError):
            patience = (deadline - asyncio.get_running_loop().time()) / 2
            sent = await certificates.sent_by(place, url.port or _HTTPS, redirects.host_of(url), patience)
        if sent is not None:
            known.tls_not_after = sent.not_after
        return certificates.fault_of(error, sent, self._clock.time())
