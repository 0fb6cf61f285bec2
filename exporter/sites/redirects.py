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
    r"\s*(?:(?:window|document|self|top|parent)\.)*location(?:(?:\.href)?\s*=|\.(?:replace|assign)\()"
    r"\s*[\"']([^\"'\\<>]{1,2000})[\"']\s*\)?\s*(?:;\s*|$)"
)
_COMMENT = re.compile(r"<!--|(?://\s*)?-->|//\s*\]\]>|//\s*<!\[CDATA\[")
_LONGEST_WAIT_SECONDS = 5
_HARDLY_ANY_TEXT = 200
_SMALL_BODY = 20_000
_SMALL_SCRIPT = 1_000
_HEAD_BYTES = 200_000
_LONGEST_ADDRESS = 8_000


def onward(status: int, headers: Mapping[str, str], body: bytes, url: URL) -> URL | None:
    """Return the address that an answer sends its reader to at once, None where it is for reading.

    Raises FaultError where it leads to another scheme than http and https, or to what is no address.
    """
    if status in _STATUSES:
        moved = headers.get("location", "")
        return _joined(url, moved) if moved else None
    if not _may_lead_on(headers, body):
        return None
    page = pages.read(body, headers)
    written = _refreshed(headers.get("refresh") or page.refresh or "", page) or _scripted(page)
    if not written:
        return _framed(url, page)
    target = _joined(url, written)
    return None if target == url.with_fragment(None) else target


def checked(url: str) -> URL:
    """Return an address that can be visited; raises FaultError for others."""
    if len(url) > _LONGEST_ADDRESS:
        raise FaultError(Fault.BAD_ANSWER, f"an address of over {_LONGEST_ADDRESS} letters")
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


def _may_lead_on(headers: Mapping[str, str], body: bytes) -> bool:
    """Say whether it is worth while to read a page: a small one, or one with a refresh."""
    if not pages.is_page(body, headers):
        return False
    if "refresh" in headers or b"refresh" in body[:_HEAD_BYTES].lower():
        return True
    return len(body) <= _SMALL_BODY and (b"location" in body or b"frame" in body.lower())


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
    if not _is_bare(page) or len(page.code) > _SMALL_SCRIPT or "cookie" in page.code:
        return ""
    return next(filter(None, (_sole_target(script.text) for script in page.scripts)), "")


def _sole_target(code: str) -> str:
    """Return where a code leads that is nothing but assignments of the address, "" for any other."""
    code = _COMMENT.sub(" ", code).strip()
    target, at = "", 0
    while at < len(code):
        found = _SCRIPTED.match(code, at)
        if found is None:
            return ""
        target, at = found.group(1), found.end()
    return target


def _framed(url: URL, page: Page) -> URL | None:
    """Return the page of another host that a page shows in frames and nothing else: its reader sees no other."""
    try:
        targets = [url.join(URL(source.strip())) for source in page.frames]
    except ValueError:
        return None
    if any(target.scheme not in {"http", "https"} or host_of(target) in {"", host_of(url)} for target in targets):
        return None
    return checked(str(targets[0])) if targets else None


def _is_bare(page: Page) -> bool:
    return len(page.text) < _HARDLY_ANY_TEXT and not page.has_pictures
