"""What citizens and offices are shown: built from a list of what they may see, and of nothing else.

An office's name, its sub-district and place, its condition, since when, its availability, its past as bars, its
website. No link's own data comes here but whether it is up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from exporter.sla import Figures
from exporter.snapshot import Snapshot
from exporter.web.condition import Condition, Standing, standing, standings
from exporter.web.months import OfficeMonth
from exporter.web.pages.bars import Bars, Drawn
from exporter.web.pages.district import (
    Count,
    Group,
    Hero,
    activity_key,
    counts,
    groups,
    hero,
    map_of,
    office_url,
    told_month,
    told_since,
    website_kind,
)
from exporter.web.pages.office import published
from exporter.web.pages.place import Place
from exporter.web.pages.telling import Telling
from exporter.website import SiteStatus


@dataclass(frozen=True, slots=True)
class PublicRow:
    """One office in the list."""

    code: str
    name: str
    url: str
    condition: Condition
    word: str
    since: str
    day: Markup | None
    days: Markup | None
    month: str
    website: str | None
    website_kind: str


@dataclass(frozen=True, slots=True)
class PublicDistrict:
    """All that the public's first page shows."""

    hero: Hero
    counts: Sequence[Count]
    map: Markup | None
    groups: Iterator[Group]


@dataclass(frozen=True, slots=True)
class PublicOffice:
    """All that the public is shown of an office."""

    name: str
    district: str
    condition: Condition
    word: str
    since: str
    months: Sequence[tuple[str, str]]
    bars: Drawn
    website_url: str | None
    website: str | None
    website_kind: str
    published: str | None


def district(
    snapshot: Snapshot, past: Bars, tell: Telling, place: Place, written: Callable[[PublicRow], Markup]
) -> PublicDistrict:
    """Return what the first page shows."""
    all_of_them = tuple(standings(snapshot))
    found = {of.status.office.code: of.condition for of in all_of_them}
    counted = Counter(found.values())
    sites = {of.office: of for of in snapshot.websites}

    def row(of: Standing) -> Markup:
        return written(_row(of, sites.get(of.status.office.code), past, tell, place))

    return PublicDistrict(
        hero=hero(counted, is_isolated=snapshot.monitor.is_isolated is True, tell=tell),
        counts=counts(counted, tell),
        map=map_of(snapshot.offices, found, tell, place),
        groups=groups(all_of_them, tell, row),
    )


def _row(of: Standing, site: SiteStatus | None, past: Bars, tell: Telling, place: Place) -> PublicRow:
    item, drawn = of.status.office, past.of_office(of.status.office.code, tell)
    return PublicRow(
        code=item.code,
        name=item.name,
        url=office_url(item.code, place),
        condition=of.condition,
        word=tell.condition(of.condition),
        since=told_since(of.condition, of.since, tell),
        day=drawn.day,
        days=drawn.days,
        month=told_month(of.status.availability, past.coverage(item.code, tell), tell),
        website=None if site is None else tell(activity_key(site)),
        website_kind=website_kind(site),
    )


def _told(figures: Figures, tell: Telling) -> str:
    coverage = figures.coverage
    return told_month(figures.availability, None if coverage is None else float(coverage), tell)


def office(snapshot: Snapshot, code: str, past: Bars, months: Sequence[OfficeMonth], tell: Telling) -> PublicOffice:
    """Return what the public is shown of an office that there is."""
    shown = standing(snapshot, code)
    item = shown.status.office
    site = next((of for of in snapshot.websites if of.office == code), None)
    return PublicOffice(
        name=item.name,
        district=item.district,
        condition=shown.condition,
        word=tell.condition(shown.condition),
        since=told_since(shown.condition, shown.since, tell),
        months=[(tell.month(of.month), _told(of.figures, tell)) for of in months],
        bars=past.wide(code, tell),
        website_url=None if site is None else site.website.url,
        website=None if site is None else tell(activity_key(site)),
        website_kind=website_kind(site),
        published=None if site is None or site.look is None else published(site.look, tell),
    )
