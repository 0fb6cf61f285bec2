"""The lab's websites through the eyes of the monitor: active or not and why, and when they last published."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping

import pytest

from exporter import inventory
from exporter.clock import SystemClock
from exporter.lab.network import Network
from exporter.lab.share import share
from exporter.lab.sites import plan
from exporter.lab.sites.conditions import Condition, Kind
from exporter.lab.sites.process import Websites
from exporter.model import Inventory, Website
from exporter.sites import certificates, checking
from exporter.sites.fetching import Fetcher
from exporter.sites.looking import Looking
from exporter.sites.resolving import Resolver
from exporter.sites.turns import Turns
from exporter.website import DAY_SECONDS, Fault, Look, SiteCheck

INVENTORY = share() / "inventory.yaml"
SEED = 3
FAULTS = {
    Kind.NO_NAME: Fault.NAME_NOT_FOUND,
    Kind.REFUSED: Fault.CONNECTION_FAILED,
    Kind.SILENT: Fault.TIMEOUT,
    Kind.HANGING: Fault.TIMEOUT,
    Kind.DRIPPING: Fault.TIMEOUT,
    Kind.TLS_EXPIRED: Fault.TLS_EXPIRED,
    Kind.TLS_NOT_YET: Fault.TLS_NOT_YET_VALID,
    Kind.TLS_OTHER_NAME: Fault.TLS_WRONG_NAME,
    Kind.TLS_NO_INTERMEDIATE: Fault.TLS_CHAIN_INCOMPLETE,
    Kind.TLS_SELF_SIGNED: Fault.TLS_SELF_SIGNED,
    Kind.TLS_UNKNOWN_ROOT: Fault.TLS_UNTRUSTED,
    Kind.TLS_OLD: Fault.TLS_TOO_OLD,
    Kind.HTTP_404: Fault.HTTP_STATUS,
    Kind.HTTP_500: Fault.HTTP_STATUS,
    Kind.HTTP_503: Fault.HTTP_STATUS,
    Kind.GARBAGE: Fault.BAD_ANSWER,
    Kind.HEADER_FLOOD: Fault.BAD_ANSWER,
    Kind.BOMB: Fault.TOO_LARGE,
    Kind.NO_BODY: Fault.EMPTY,
    Kind.BLANK: Fault.EMPTY,
    Kind.PARKED: Fault.PARKED,
    Kind.SUSPENDED: Fault.SUSPENDED,
    Kind.SERVER_PAGE: Fault.DEFAULT_PAGE,
    Kind.LISTING: Fault.DEFAULT_PAGE,
    Kind.PHP_ERROR: Fault.ERROR_PAGE,
    Kind.DATABASE_ERROR: Fault.ERROR_PAGE,
    Kind.HIJACKED: Fault.REDIRECTS_ELSEWHERE,
    Kind.LOOP: Fault.REDIRECT_LOOP,
    Kind.TO_LOOPBACK: Fault.REDIRECT_REFUSED,
    Kind.TO_FTP: Fault.REDIRECT_REFUSED,
    Kind.GUARDED: Fault.GUARDED,
    Kind.GUARDED_200: Fault.GUARDED,
    Kind.GUARDED_429: Fault.GUARDED,
}
"""What each of the lab's faults is for the monitor; whatever isn't among them is active."""


class Eyes:
    """The monitor's way of seeing websites, which trusts the lab's authority."""

    def __init__(self, sites: Websites, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(sites.authority))
        self.district: Inventory = inventory.load(INVENTORY)
        resolver = Resolver()
        clock = SystemClock()
        self.fetcher = Fetcher(
            agent="Terpadu/test", clock=clock, resolve=resolver.addresses, trust=certificates.trusting()
        )
        self.looking = Looking(
            self.fetcher, "Terpadu/test", Turns(), clock, self.district.organisation.timezone, sleep=_at_once
        )

    def website(self, office: str) -> Website:
        website = self.district.offices[office].website
        assert website is not None
        return website

    async def checks(self, offices: Iterable[str]) -> dict[str, SiteCheck]:
        """Check websites, all at the same time."""
        wanted = list(offices)
        found = await asyncio.gather(*(checking.check(self.fetcher, self.website(office)) for office in wanted))
        return dict(zip(wanted, found, strict=True))

    async def looks(self, offices: Iterable[str]) -> dict[str, Look]:
        wanted = list(offices)
        found = await asyncio.gather(*(self.looking.look(self.website(office), "") for office in wanted))
        return {office: look for office, (look, _) in zip(wanted, found, strict=True)}


async def _at_once(_: float) -> None:
    pass


@pytest.fixture(scope="module")
def sites(network: Network) -> Iterator[Websites]:
    conditions = plan.assignment(inventory.load(INVENTORY), SEED)
    with network.websites(INVENTORY, conditions, time.time()) as served:
        yield served


@pytest.fixture
def eyes(sites: Websites, monkeypatch: pytest.MonkeyPatch) -> Eyes:
    return Eyes(sites, monkeypatch)


def expected(truth: Iterable[plan.SiteTruth]) -> dict[str, Fault | None]:
    return {site.office: FAULTS.get(site.kind) for site in truth}


def seen(checks: Mapping[str, SiteCheck]) -> dict[str, Fault | None]:
    return {office: check.fault for office, check in checks.items()}


async def test_of_31_websites_each_is_active_or_not_with_the_right_reason(sites: Websites, eyes: Eyes) -> None:
    truth = sites.truth()
    checks = await eyes.checks(site.office for site in truth)
    assert len(checks) == 31
    assert seen(checks) == expected(truth)
    assert all(check.is_measured for check in checks.values())
    assert {site.office for site in truth if site.is_active} == {of for of, check in checks.items() if not check.fault}


async def test_every_other_fault_of_the_lab_has_the_right_reason_too(sites: Websites, eyes: Eyes) -> None:
    here = {site.kind for site in sites.truth()}
    others = dict(zip(eyes.district.offices, (kind for kind in FAULTS if kind not in here), strict=False))
    for office, kind in others.items():
        sites.set(office, Condition(kind))
    try:
        checks = await eyes.checks(others)
    finally:
        for office in others:
            sites.clear(office)
    assert seen(checks) == {office: FAULTS[kind] for office, kind in others.items()}
    assert here | set(others.values()) >= set(FAULTS)


async def test_what_each_active_website_published_last_is_found_within_a_day(sites: Websites, eyes: Eyes) -> None:
    truth = [site for site in sites.truth() if site.is_active]
    looks = await eyes.looks(site.office for site in truth)
    wrong = {}
    for site in truth:
        newest = looks[site.office].newest
        if site.published_at is None or newest is None:
            if (site.published_at is None) is not (newest is None):
                wrong[site.office] = (site.kind, site.published_at, newest)
        elif abs(newest.published_at - site.published_at) > DAY_SECONDS:
            wrong[site.office] = (site.kind, site.published_at, newest)
    assert wrong == {}


async def test_a_website_is_checked_while_another_hangs(sites: Websites, eyes: Eyes) -> None:
    hanging, healthy, *_ = (site.office for site in sites.truth() if site.kind is Kind.HEALTHY)
    sites.set(hanging, Condition(Kind.HANGING))
    try:
        other = asyncio.create_task(checking.check(eyes.fetcher, eyes.website(hanging)))
        check = await checking.check(eyes.fetcher, eyes.website(healthy))
        assert check.fault is None
        assert not other.done()
        other.cancel()
        await asyncio.gather(other, return_exceptions=True)
    finally:
        sites.clear(hanging)


async def test_the_days_that_a_certificate_has_left_are_known(sites: Websites, eyes: Eyes) -> None:
    by_kind = {site.kind: site.office for site in sites.truth()}
    office = by_kind[Kind.HEALTHY]
    check = await checking.check(eyes.fetcher, eyes.website(office))
    assert check.tls_not_after is not None
    assert check.tls_not_after > time.time()
    sites.set(office, Condition(Kind.TLS_EXPIRED))
    try:
        check = await checking.check(eyes.fetcher, eyes.website(office))
    finally:
        sites.clear(office)
    assert check.tls_not_after is not None
    assert check.tls_not_after < time.time()
