"""One question and its answer over one new connection, to an address that was chosen before."""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import dataclass, field
from socket import AF_INET, AF_INET6, AI_NUMERICHOST, AddressFamily
from types import TracebackType
from typing import TYPE_CHECKING, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import Connection
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from exporter.sites import certificates
from exporter.sites.bodies import Unpacking
from exporter.sites.faults import FaultError
from exporter.website import Fault

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from aiohttp.connector import AddrInfoType

_ACCEPTED = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate",
    "Accept-Language": "id,en;q=0.8",
}
_LINE_BYTES = 65_536
_WIRE_TIMES, _WIRE_BYTES = 2, 1_000_000  # what may come over the wire: twice what is kept of a body, and headers
_FOOT_BYTES = 200
_SPARE_SECONDS = 0.1  # what is left of a visit for judging a body that doesn't end
_REDIRECTS = range(300, 400)


@dataclass(slots=True)
class Known:
    """What a visit has come to know so far: the way it was led, and of the last server what it gave."""

    addresses: list[str] = field(default_factory=list)
    http_status: int | None = None
    tls_not_after: int | None = None

    def led_to(self, address: str) -> None:
        """Take note of the next server."""
        self.addresses.append(address)
        self.http_status = self.tls_not_after = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered; `headers` have lower-case names."""

    status: int
    headers: dict[str, str]
    body: bytes


class Line:
    """Asks servers, each time over a new connection, with the cookies that they gave meanwhile."""

    def __init__(self, *, agent: str, trust: ssl.SSLContext, known: Known, most: int) -> None:
        self.known = known
        self._most = most
        self._place = _Place()
        self._jar = aiohttp.CookieJar(unsafe=True, quote_cookie=False)
        connector = aiohttp.TCPConnector(
            resolver=self._place,
            use_dns_cache=False,
            ssl=trust,
            force_close=True,
            socket_factory=self._socket,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=self._jar,
            headers=_ACCEPTED | {"User-Agent": agent},
            response_class=_noting(known),
            auto_decompress=False,
            max_line_size=_LINE_BYTES,
            max_field_size=_LINE_BYTES,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    def cookies_for(self, url: URL) -> str:
        """Return the cookies that a question would carry."""
        return self._jar.filter_cookies(url).output()

    async def ask(self, url: URL, place: str, patience: float, deadline: float) -> Answer:
        """Ask the server at the IP address `place`, which has `patience` seconds to take the connection.

        At the loop's time `deadline` the visit ends.
        Raises the client's errors, and FaultError where the body is not to be had.
        """
        self._place.address = place
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=patience)
        async with await self._session.get(url, allow_redirects=False, timeout=timeout) as answer:
            self.known.http_status = answer.status
            headers = _flat(answer)
            is_onward = answer.status in _REDIRECTS and "location" in headers
            body = b"" if is_onward else await _body(answer, self._most, deadline - _SPARE_SECONDS)
            return Answer(answer.status, headers, body)

    def _socket(self, place: AddrInfoType) -> socket.socket:
        return MeasuredSocket(*place[:3], most=_WIRE_TIMES * self._most + _WIRE_BYTES)


class MeasuredSocket(socket.socket):
    """A socket that is at its end after so many bytes, so that floods of all kinds cost what a large page does."""

    def __init__(self, family: int, kind: int, proto: int, *, most: int) -> None:
        super().__init__(family, kind, proto)
        self._left = most

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """Receive as sockets do, b"" at the end."""
        received = super().recv(min(bufsize, self._left), flags)
        self._left -= len(received)
        return received

    def recv_into(self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0) -> int:
        """Receive as sockets do, 0 at the end."""
        most = min(nbytes or memoryview(buffer).nbytes, self._left)
        received = super().recv_into(buffer, most, flags) if most else 0
        self._left -= received
        return received


class _Place(AbstractResolver):
    """Stands in for look-ups: each name is at the address that was chosen, so no second look-up leads elsewhere."""

    def __init__(self) -> None:
        self.address = ""

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: AddressFamily = AF_INET,  # noqa: ARG002 - the address decides it
    ) -> list[ResolveResult]:
        own = AF_INET6 if ":" in self.address else AF_INET
        return [ResolveResult(hostname=host, host=self.address, port=port, family=own, proto=0, flags=AI_NUMERICHOST)]

    async def close(self) -> None:
        pass


def _noting(known: Known) -> type[aiohttp.ClientResponse]:
    """Return a class of answers that note their connection's certificate, which is gone once they are read."""

    class Noting(aiohttp.ClientResponse):
        async def start(self, connection: Connection) -> aiohttp.ClientResponse:
            if connection.transport is not None:
                known.tls_not_after = certificates.not_after(connection.transport.get_extra_info("peercert"))
            return await super().start(connection)

    return Noting


async def _body(answer: aiohttp.ClientResponse, most: int, deadline: float) -> bytes:
    """Return what a body unpacks to, cut at `most`; one that broke off is good where the page came to its end."""
    unpacking = Unpacking(",".join(answer.headers.getall("Content-Encoding", [])), most)
    failure = None
    try:
        async with asyncio.timeout_at(deadline):
            async for piece in answer.content.iter_any():
                unpacking.feed(piece)
                if unpacking.is_enough:
                    return unpacking.body
    except TimeoutError:
        failure = FaultError(Fault.TIMEOUT)
    except (aiohttp.ClientError, HttpProcessingError, OSError):
        failure = FaultError(Fault.BAD_ANSWER, "the body broke off")
    if failure is None and unpacking.is_cut_off:
        failure = FaultError(Fault.BAD_ANSWER, "the body broke off")
    if failure is not None and b"</html>" not in unpacking.body[-_FOOT_BYTES:].lower():
        raise failure
    return unpacking.body


def _flat(answer: aiohttp.ClientResponse) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in answer.headers.items():
        low = name.lower()
        headers[low] = f"{headers[low]}, {value}" if low in headers else value
    return headers
