"""Asks a Prometheus of a link's 30 days: few at a time, not again for minutes, and never for long."""

from __future__ import annotations

import asyncio
import base64
import logging
import math
import os
from dataclasses import dataclass
from weakref import WeakValueDictionary

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from exporter import pacing
from exporter.clock import Clock
from exporter.errors import InputError
from exporter.model import Language
from exporter.secret import Secret
from exporter.web.prometheus import matrix
from exporter.web.prometheus.faults import Fault, Unanswered
from exporter.web.prometheus.month import STEP_SECONDS, Month30, instants
from exporter.web.prometheus.query import query

PATIENCE_SECONDS = 3.0
KEPT_SECONDS = 300
TROUBLE_KEPT_SECONDS = 30
KEPT_LINKS = 64  # some 150 kB each
AT_ONCE = 2
LARGEST_BYTES = 2**19  # twice what an answer can be
_CHUNK_BYTES = 2**16
_OK, _ELSEWHERE, _ERRORS, _REFUSED = 200, 300, 400, {401, 403}
_EXAMPLE = "write it as http://127.0.0.1:9090, with USER:PASSWORD@ before the host where it wants them"
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Server:
    """Where a Prometheus is: its `url` without a user, `place` for people, and the header of by whom it is asked."""

    url: URL
    place: str
    authorization: Secret | None


def server(written: str) -> Server:
    """Return what `--prometheus-url` names; InputError where it can't be asked, without a word of what was written."""
    try:
        url = URL(written)
        place = url.host_port_subcomponent
    except ValueError:
        raise InputError(f"--prometheus-url: this is no URL; {_EXAMPLE}") from None
    if url.scheme not in {"http", "https"} or not place or url.port == 0:
        raise InputError(f"--prometheus-url: this is no address of a web server; {_EXAMPLE}")
    if url.query_string or url.fragment:
        raise InputError(f"--prometheus-url: only a user, a host, a port and a path may stand in it; {_EXAMPLE}")
    return Server(url.with_user(None), place, _basic(url) if url.user or url.password else None)


def _basic(url: URL) -> Secret:
    """Return the header's value for a URL's user (RFC 7617)."""
    pair = f"{url.user or ''}:{url.password or ''}".encode()
    return Secret(f"Basic {base64.b64encode(pair).decode()}")


class _Failed(Exception):  # noqa: N818 -- of the other side
    """There is no answer to have."""

    def __init__(self, unanswered: Unanswered) -> None:
        super().__init__(unanswered.fault.value)
        self.unanswered = unanswered


_NO_TROUBLE: tuple[float, None] = (-math.inf, None)


class PastMonth:
    """Gives 30 days of a link from the Prometheus that a URL names; InputError where it names none.

    A link's answer is kept for 5 minutes. Where Prometheus is in trouble nobody asks it of anything for 30 s.
    """

    def __init__(self, url: str, clock: Clock, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._server = server(url)
        self._clock = clock
        self._patience_seconds = patience_seconds
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()  # of the links that are waited for
        self._kept: dict[str, tuple[float, Month30]] = {}
        self._trouble: tuple[float, Unanswered | None] = _NO_TROUBLE

    async def of(self, link: str, language: Language = Language.ENGLISH) -> Month30 | str:
        """Return a link's 30 days, or a sentence of why there are none; within 3 s."""
        answer = self._known(link) or await self._asked(link)
        return answer if isinstance(answer, Month30) else answer.text(language)

    def _known(self, link: str) -> Month30 | Unanswered | None:
        """Return what is kept of a link, else the trouble that Prometheus is in, None without."""
        now = self._clock.monotonic()
        until, month = self._kept.get(link, (now, None))
        if month is not None and now < until:
            return month
        until, trouble = self._trouble
        return trouble if now < until else None

    async def _asked(self, link: str) -> Month30 | Unanswered:
        """Wait for a turn and ask, if nobody else has asked meanwhile.

        Who got its turn late blames the others: they left Prometheus less time than it may take.
        """
        one_at_a_time = self._locks.setdefault(link, asyncio.Lock())
        began = asyncio.get_running_loop().time()
        is_early = False
        try:
            async with asyncio.timeout(self._patience_seconds), one_at_a_time, self._turns:
                is_early = asyncio.get_running_loop().time() - began < self._patience_seconds / 2
                return self._known(link) or self._keep(link, await self._month(link))
        except TimeoutError:
            if not is_early:
                return self._unanswered(Fault.BUSY)
            return self._in_trouble(self._unanswered(Fault.SILENT, f"{self._patience_seconds:g}"))
        except _Failed as failed:
            return self._in_trouble(failed.unanswered)

    def _keep(self, link: str, month: Month30) -> Month30:
        self._trouble = _NO_TROUBLE
        self._kept.pop(link, None)
        while len(self._kept) >= KEPT_LINKS:
            del self._kept[next(iter(self._kept))]
        self._kept[link] = (self._clock.monotonic() + KEPT_SECONDS, month)
        return month

    def _in_trouble(self, trouble: Unanswered) -> Unanswered:
        """Remember a trouble; the log has it once."""
        if self._trouble[1] != trouble:
            logger.warning("prometheus_unanswered %s", trouble.text(Language.ENGLISH))
        self._trouble = (self._clock.monotonic() + TROUBLE_KEPT_SECONDS, trouble)
        return trouble

    async def _month(self, link: str) -> Month30:
        until = int(self._clock.time()) // KEPT_SECONDS * KEPT_SECONDS
        try:
            body = await self._body(link, until)
            return await asyncio.to_thread(pacing.paced, matrix.month, body, until)
        except TimeoutError:
            raise
        except matrix.NotUnderstood as error:
            raise _Failed(self._unanswered(Fault.NO_PROMETHEUS)) from error
        except (aiohttp.ClientError, HttpProcessingError, OSError, ValueError) as error:
            raise _Failed(self._translated(error)) from error

    async def _body(self, link: str, until: int) -> bytes:
        at_all = instants(until)
        asked = {"query": query(link), "start": str(at_all[0]), "end": str(at_all[-1]), "step": str(STEP_SECONDS)}
        headers = {"Accept-Encoding": "identity"}
        if self._server.authorization is not None:
            headers["Authorization"] = self._server.authorization.reveal()
        async with (
            aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=None),
                auto_decompress=False,
            ) as session,
            session.get(self._server.url / "api/v1/query_range", params=asked, allow_redirects=False) as response,
        ):
            body = await self._read(response)
        if response.status == _OK:
            return body
        raise _Failed(self._said(response.status, body))

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
            body += chunk
            if len(body) > LARGEST_BYTES:
                raise _Failed(self._unanswered(Fault.TOO_LARGE))
        return bytes(body)

    def _said(self, status: int, body: bytes) -> Unanswered:
        """Return what a status other than 200 means."""
        if status in _REFUSED:
            return self._unanswered(Fault.REFUSED, str(status))
        if _ELSEWHERE <= status < _ERRORS:
            return self._unanswered(Fault.ELSEWHERE, str(status))
        said = matrix.error(body)
        return self._unanswered(Fault.STATUS, f"{status} ({said})" if said else str(status))

    def _translated(self, error: Exception) -> Unanswered:
        """Return what a library's error means; its own words may have the password in them."""
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            return self._unanswered(Fault.CERTIFICATE)
        if isinstance(error, aiohttp.ClientConnectorError):
            return self._unanswered(Fault.UNREACHABLE, _reason(error.os_error))
        if isinstance(error, OSError):
            return self._unanswered(Fault.UNREACHABLE, _reason(error))
        if isinstance(error, aiohttp.ClientConnectionError | aiohttp.ClientPayloadError):
            return self._unanswered(Fault.BROKEN_OFF)
        return self._unanswered(Fault.NO_PROMETHEUS)

    def _unanswered(self, fault: Fault, detail: str = "") -> Unanswered:
        return Unanswered(fault, self._server.place, detail)


def _reason(error: OSError) -> str:
    """Return the system's own words; a name's look-up has negative numbers, and words of its own."""
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or type(error).__name__
