"""Is a website there for its readers? One visit of its page, judged."""

from __future__ import annotations

import ipaddress
from functools import cache

from publicsuffixlist import PublicSuffixList
from yarl import URL

from exporter.model import Website
from exporter.sites import showing
from exporter.sites.fetching import Fetched, Fetcher, Refused
from exporter.website import Fault, SiteCheck

_GOOD = range(200, 300)
_TOO_MANY_REQUESTS = 429
_WHATEVER_STATUS = {Fault.GUARDED, Fault.SUSPENDED, Fault.PARKED}
"""Stand-ins that say more than the status they come with."""


async def check(fetcher: Fetcher, website: Website) -> SiteCheck:
    """Visit a website. It is active where its page ends in a 2xx with real content on its own domain or one allowed."""
    visit = await fetcher.get(website.url)
    if isinstance(visit, Refused):
        return _of_refused(visit)
    fault, detail = _judged(visit, website)
    return SiteCheck(
        at=visit.started_at,
        fault=fault,
        detail=detail,
        http_status=visit.status,
        response_seconds=visit.seconds,
        tls_not_after=visit.tls_not_after,
        addresses=visit.addresses,
    )


def registrable_domain(host: str) -> str:
    """Return the part of a name that somebody registered; an IP address, or a suffix, stands for itself."""
    name = host.lower().rstrip(".")
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return _suffixes().privatesuffix(name) or name


def is_own(host: str, website: Website) -> bool:
    """Say whether a host is the website's: on its registrable domain, or on one that the inventory allows."""
    name = host.lower().rstrip(".")
    if registrable_domain(name) == registrable_domain(URL(website.url).raw_host or ""):
        return True
    allowed = [domain.lower().strip(".") for domain in website.domains]
    return any(name == domain or name.endswith(f".{domain}") for domain in allowed)


def _judged(visit: Fetched, website: Website) -> tuple[Fault | None, str]:
    host = URL(visit.url).raw_host or ""
    if not is_own(host, website):
        return Fault.REDIRECTS_ELSEWHERE, registrable_domain(host)
    shown, detail = showing.judged(visit.body, visit.headers, visit.url)
    if visit.status == _TOO_MANY_REQUESTS and "retry-after" in visit.headers:
        shown, detail = Fault.GUARDED, ""
    if visit.status in _GOOD or shown in _WHATEVER_STATUS:
        return shown, detail
    return Fault.HTTP_STATUS, str(visit.status)


def _of_refused(visit: Refused) -> SiteCheck:
    return SiteCheck(
        at=visit.started_at,
        fault=visit.fault,
        detail=visit.detail,
        is_measured=visit.is_measured,
        http_status=visit.http_status,
        tls_not_after=visit.tls_not_after,
        addresses=visit.addresses,
    )


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
