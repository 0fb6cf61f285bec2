"""Addresses of a website: its own hosts, its own links, files."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urljoin, urlsplit, urlunsplit

from exporter.freshness.document import Document, Kind

LONGEST_ADDRESS = 2000
_ROOTS = frozenset({"", "/", "/index.php", "/index.html", "/home", "/beranda", "/id", "/en"})
# Where offices keep the files of their own announcements.
_STORES = frozenset({"drive.google.com", "docs.google.com", "s.id", "bit.ly"})


def host_of(url: str) -> str:
    """Return the host without www., in lower case; empty where there is none."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return host.lower().rstrip(".").removeprefix("www.")


def own_hosts(documents: Sequence[Document], home: str = "") -> frozenset[str]:
    """Return the hosts that are the website's: that of its address, and where its home page was found in the end."""
    hosts = {host_of(home)}
    for document in documents:
        if document.wish.kind is Kind.HOME:
            hosts |= {host_of(document.wish.url), host_of(document.url)}
    return frozenset(hosts - {""})


def joined(base: str, reference: str) -> str | None:
    """Return the absolute http(s) address of a reference without its fragment, None where it isn't one."""
    reference = reference.strip()
    if not reference or len(reference) > LONGEST_ADDRESS or reference.startswith("#"):
        return None
    try:
        parts = urlsplit(urljoin(base, reference))
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return None
    return urlunsplit(parts._replace(fragment="")) if is_web else None


def is_own(url: str, hosts: frozenset[str]) -> bool:
    """Return whether the address is on one of the hosts, or in a store of files that offices use."""
    host = host_of(url)
    return host in hosts or host in _STORES


def is_root(url: str) -> bool:
    """Return whether the address is a home page."""
    path, query = _path(url)
    return path.lower() in _ROOTS and not query


def same(url: str) -> str:
    """Return what two spellings of one address have in common."""
    path, query = _path(url)
    return host_of(url) + path.rstrip("/") + ("?" + query if query else "")


def _path(url: str) -> tuple[str, str]:
    """Return an address's path and query; the whole of one that can't be taken apart is its path."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url, ""
    return parts.path, parts.query
