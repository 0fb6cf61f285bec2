"""Where an answer leads on to, as a browser would go: by Location, by refresh, by a script that does nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping

from yarl import URL

from exporter.sites import page as pages
from exporter.sites.faults import FaultError, readable
from exporter.sites.page import Page
from exporter.website import Fault

_STATUSES = {301, 302, 303, 307, 308}
_REFRESH = re.compile(r"\s*(\d{0,9})(?:\.\d*)?\s*[;,]?\s*(?:url\s*=\s*)?[\"']?([^\"']*)", re.IGNORECASE)
_SCRIPTED = re.compile(
    r"\blocation(?:\.href)?\s*=\s*[\"']([^\"'\\<>]{1,2000})[\"']"
    r"|\blocation\.(?:replace|assign)\(\s*[\"']([^\"'\\<>]{1,2000})[\"']\s*\)"
)
_LONGEST_WAIT_SECONDS = 5
_HARDLY_ANY_TEXT = 200
_SMALL_BODY = 20_000
_SMALL_SCRIPT = 1_000
_HEAD_BYTES = 200_000


def onward(status: int, headers: Mapping[str, str], body: bytes, url: URL) -> URL | None:
    """Return the address that an answer sends its reader to at once, None where it is for reading.

    Raises FaultError where it leads to another scheme than http and https, or to what is no address.
    """
    if status in _STATUSES:
        target = headers.get("location", "")
    elif headers.get("content-type", "text/html").lower().startswith(("text/html", "application/xhtml")):
        target = _written(headers, body)
    else:
        target = ""
    return _joined(url, target) if target else None


def checked(url: str) -> URL:
    """Return an address that can be visited; raises FaultError for others."""
    try:
        address = URL(url)
        host = address.host
    except ValueError as error:
        raise FaultError(Fault.BAD_ANSWER, f"no address: {url}") from error
    if address.scheme not in {"http", "https"}:
        raise FaultError(Fault.REDIRECT_REFUSED, f"{address.scheme}:")
    if not host:
        raise FaultError(Fault.BAD_ANSWER, f"no address: {url}")
    return address.with_fragment(None)


def shown(url: URL) -> str:
    """Return an address as it may be shown: without a password."""
    return str(url.with_user(None)) if url.user or url.password else str(url)


def host_of(url: URL) -> str:
    """Return the name or the IP address that an address is at, as the network has it."""
    return url.raw_host or ""


def _joined(url: URL, target: str) -> URL:
    try:
        return checked(str(url.join(URL(target.strip()))))
    except ValueError as error:
        raise FaultError(Fault.BAD_ANSWER, f"no address: {readable(target)}") from error


def _written(headers: Mapping[str, str], body: bytes) -> str:
    """Return where the page itself leads, "" where it doesn't; only small pages and those with a refresh are read."""
    if "refresh" in headers:
        return _refreshed(headers["refresh"], pages.read(body, headers))
    if b"refresh" not in body[:_HEAD_BYTES].lower() and (len(body) > _SMALL_BODY or b"location" not in body):
        return ""
    page = pages.read(body, headers)
    return _refreshed(page.refresh or "", page) or _scripted(page)


def _refreshed(content: str, page: Page) -> str:
    found = _REFRESH.match(content)
    if found is None or not found.group(2).strip():
        return ""
    wait = int(found.group(1) or 0)
    if wait == 0 or (wait <= _LONGEST_WAIT_SECONDS and _is_bare(page)):
        return found.group(2).strip()
    return ""


def _scripted(page: Page) -> str:
    """Return where a script leads that does nothing else; one that sets a cookie tells browsers from programs."""
    if not _is_bare(page) or page.has_pictures or len(page.code) > _SMALL_SCRIPT:
        return ""
    if "function" in page.code or "cookie" in page.code:
        return ""
    found = _SCRIPTED.search(page.code)
    return "" if found is None else found.group(1) or found.group(2)


def _is_bare(page: Page) -> bool:
    return len(page.text) < _HARDLY_ANY_TEXT
