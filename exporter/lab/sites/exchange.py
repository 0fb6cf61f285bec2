"""One connection to a website: HTTP/1.1 (RFC 9112) with one request, or what comes in its place."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from email.utils import formatdate
from http import HTTPStatus
from typing import TypeAlias

from exporter.lab.sites.answers import Answer, Answering, Request, to
from exporter.lab.sites.conditions import Kind

Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter
Exchange = Callable[[Reader, Writer], Awaitable[None]]
_REQUEST_SECONDS = 30.0
_DRIP_SECONDS = 1.0
_DRIP_BYTES = 100_000
_FLOOD_BYTES = 64 << 20
_GARBAGE = bytes(range(255, 0, -1)) * 8


def by_http(answering: Answering, time_of_day: Callable[[], float] = time.time) -> Exchange:
    """Return what reads a request, writes its answer and closes."""

    async def exchange(reader: Reader, writer: Writer) -> None:
        asked = await _request(reader, time_of_day())
        if asked is None:
            return
        method, request = asked
        answer = answering(request)
        writer.write(_head(answer, len(answer.body), request.at))
        if method != "HEAD":
            writer.write(answer.body)
        await writer.drain()

    return exchange


def to_https() -> Exchange:
    """Return what leads each request to the same page over TLS."""
    return by_http(lambda request: to(f"https://{request.host}{request.target}"))


def by_old_tls(context: ssl.SSLContext) -> Exchange:
    """Return what agrees on TLS and closes, and tells whoever is too new for it so, which asyncio's own TLS doesn't."""

    async def exchange(reader: Reader, writer: Writer) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_side=True)
        while not _has_ended(tls):
            writer.write(outgoing.read())
            incoming.write(await reader.read(1 << 16))
            if reader.at_eof():
                incoming.write_eof()
        writer.write(outgoing.read())
        await writer.drain()

    return exchange


def _has_ended(tls: ssl.SSLObject) -> bool:
    """Go on with a handshake; return whether there is an agreement, or none to be had."""
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        return False
    except ssl.SSLError:
        return True
    return True


def without_http(kind: Kind) -> Exchange | None:
    """Return what takes a connection in a condition that knows no whole answer; None in all others."""
    return _WITHOUT_HTTP.get(kind)


async def hang(reader: Reader, _: Writer) -> None:
    """Take what comes, and say nothing."""
    while await reader.read(1 << 16):
        pass


async def _drip(reader: Reader, writer: Writer) -> None:
    asked = await _request(reader, time.time())
    if asked is None:
        return
    writer.write(_head(Answer(), _DRIP_BYTES, asked[1].at) + b"<!DOCTYPE html>\n<html><body><p>")
    while True:
        await writer.drain()
        await asyncio.sleep(_DRIP_SECONDS)
        writer.write(b".")


async def _garbage(reader: Reader, writer: Writer) -> None:
    if await _request(reader, time.time()) is not None:
        writer.write(_GARBAGE)
        await writer.drain()


async def _flood(reader: Reader, writer: Writer) -> None:
    asked = await _request(reader, time.time())
    if asked is None:
        return
    lines = b"".join(b"X-Baris-%04d: %s\r\n" % (number, b"banjir" * 10) for number in range(800))
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for _ in range(_FLOOD_BYTES // len(lines)):
        writer.write(lines)
        await writer.drain()


async def _request(reader: Reader, at: float) -> tuple[str, Request] | None:
    """Return the method and what is asked for; None where no request comes in time, or none that can be read."""
    try:
        async with asyncio.timeout(_REQUEST_SECONDS):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return None
    first, *lines = head.split("\r\n")
    words = first.split(" ")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if len(words) != 3:  # noqa: PLR2004 - method, target, version
        return None
    return words[0], Request(words[1], headers.get("host", "").partition(":")[0].lower(), at)


def _head(answer: Answer, length: int, at: float) -> bytes:
    headers = [
        ("Date", formatdate(at, usegmt=True)),
        ("Server", "Apache"),
        ("Content-Type", answer.type),
        ("Content-Length", str(length)),
        ("Connection", "close"),
        *answer.headers,
    ]
    status = HTTPStatus(answer.status)
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1")


_WITHOUT_HTTP: Mapping[Kind, Exchange] = {
    Kind.DRIPPING: _drip,
    Kind.GARBAGE: _garbage,
    Kind.HEADER_FLOOD: _flood,
}
