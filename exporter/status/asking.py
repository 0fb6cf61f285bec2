"""Asks a monitor's API; whatever doesn't work is one sentence."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

import aiohttp

from exporter.errors import InputError, NoStatusError
from exporter.status.document import Standing, standing
from exporter.status.websites.document import Sites, sites
from exporter.status.wording import harmless

T = TypeVar("T")
PATIENCE_SECONDS = 5.0
LARGEST_BYTES = 64 * 2**20
_OK, _NOT_FOUND = 200, 404
_LONGEST_SENTENCE = 400
_NAME_THE_MONITOR = "name the monitor's address with --url"
_EXAMPLE = "write it as http://127.0.0.1:9877"


def checked_url(url: str) -> str:
    """Return where the API's paths begin; InputError where a URL can't be asked."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InputError(f"--url {url}: {error}; {_EXAMPLE}") from error
    if parts.scheme not in {"http", "https"} or not host or port == 0:
        raise InputError(f"--url {url}: this is no address of a web server; {_EXAMPLE}")
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise InputError(f"--url: only a host, a port and a path may stand in it; {_EXAMPLE}")
    return url.rstrip("/")


async def ask(url: str, patience_seconds: float = PATIENCE_SECONDS) -> Standing:
    """Return what the monitor at a checked URL says; NoStatusError says who doesn't answer, why, and what to do."""
    links, outages = await _documents(url, patience_seconds, "/api/v1/links", "/api/v1/outages?open=true&limit=1000")
    return _understood(url, lambda: standing(links, outages))


async def ask_websites(url: str, patience_seconds: float = PATIENCE_SECONDS) -> Sites:
    """Return what the monitor at a checked URL says of its websites; NoStatusError as `ask`."""
    (websites,) = await _documents(url, patience_seconds, "/api/v1/websites")
    return _understood(url, lambda: sites(websites))


async def _documents(url: str, patience_seconds: float, *paths: str) -> list[object]:
    timeout = aiohttp.ClientTimeout(total=patience_seconds)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session:
            return [await _document(session, f"{url}{path}", url) for path in paths]
    except TimeoutError as error:
        raise NoStatusError(
            f"{url} didn't answer within {patience_seconds:g} s; it is too busy, or something on the way holds it up"
        ) from error
    except aiohttp.ClientConnectorError as error:
        raise NoStatusError(
            f"{url} can't be reached ({_reason(error.os_error)}); start terpadu run there, or {_NAME_THE_MONITOR}"
        ) from error
    except (aiohttp.ClientError, OSError, UnicodeError) as error:
        reason = harmless(str(error) or type(error).__name__)
        raise NoStatusError(f"{url} answers no HTTP ({reason}); {_NAME_THE_MONITOR}") from error


def _understood(url: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except (ValueError, RecursionError) as error:
        raise NoStatusError(
            f"{url}: this isn't Terpadu's API, or of another version ({harmless(str(error))[:80]}); {_NAME_THE_MONITOR}"
        ) from error


def _reason(error: OSError) -> str:
    """Return the system's own words, which asyncio replaces by its own; a name's look-up has negative numbers."""
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return harmless(error.strerror or str(error))


async def _document(session: aiohttp.ClientSession, address: str, url: str) -> object:
    async with session.get(address, allow_redirects=False) as response:
        body = bytearray()
        async for chunk in response.content.iter_chunked(2**16):
            body += chunk
            if len(body) > LARGEST_BYTES:
                raise NoStatusError(f"{url} answers without an end; {_NAME_THE_MONITOR}")
    if response.status != _OK:
        raise NoStatusError(f"{url} answers {response.status}{_said(response, bytes(body))}")
    try:
        return await asyncio.to_thread(json.loads, body)
    except (ValueError, RecursionError) as error:
        raise NoStatusError(f"{url}: what answers there isn't Terpadu (no JSON); {_NAME_THE_MONITOR}") from error


def _reason_in(content_type: str, body: bytes) -> str:
    """Return the sentence of a refusal: a text, or the `error` of a JSON object; "" where there is none."""
    if content_type == "text/plain":
        return body.decode(errors="replace")
    try:
        document = json.loads(body) if content_type == "application/json" else None
    except (ValueError, RecursionError):
        return ""
    return str(document.get("error", "")) if isinstance(document, dict) else ""


def _said(response: aiohttp.ClientResponse, body: bytes) -> str:
    """Return the sentence that came with a refusal, where it is text, else what to do."""
    if response.status == _NOT_FOUND:
        return f": it has no {response.url.path}, so it isn't Terpadu, or one of before 0.1; {_NAME_THE_MONITOR}"
    if text := harmless(_reason_in(response.content_type, body)[:_LONGEST_SENTENCE]).strip():
        return f": {text}"
    return f"; its log says why, if it is terpadu run; else {_NAME_THE_MONITOR}"
