"""The API's answer on websites as values. What isn't of its form is a ValueError."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from exporter.model import UpdateEvery
from exporter.rhythm import Standing, days_ago
from exporter.status.reading import flag, instant, mapping, maybe, number, of, sequence, text, whole
from exporter.website import Activity, Fault


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a website isn't active; `detail` is what the fault's words need beside it, else empty."""

    fault: Fault
    detail: str


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest content of a website: how many days of the calendar ago it came.

    `age_seconds` is None where only its day is known.
    """

    days: int
    age_seconds: int | None


@dataclass(frozen=True, slots=True)
class ShownSite:
    """One website; `office` is the office's code. What isn't known is None.

    `obstacle` says why the latest look for new content was none in full; `was_looked_at` is False before the first.
    """

    office: str
    office_name: str
    url: str
    update_every: UpdateEvery | None
    activity: Activity
    since: datetime | None
    reason: Reason | None
    http_status: int | None
    response_seconds: float | None
    certificate_left: timedelta | None
    newest: Newest | None
    standing: Standing
    was_looked_at: bool
    obstacle: str | None


@dataclass(frozen=True, slots=True)
class Sites:
    """What a monitor said of its websites at a moment; `at` has the organisation's offset."""

    organisation: str
    at: datetime
    sites: tuple[ShownSite, ...]

    @property
    def is_measured(self) -> bool:
        """Whether any website is."""
        return any(site.activity is not Activity.UNMEASURED for site in self.sites)

    @property
    def is_any_inactive(self) -> bool:
        """Whether a website isn't active."""
        return any(site.activity is Activity.INACTIVE for site in self.sites)


def sites(websites: object) -> Sites:
    """Return what the document of `/api/v1/websites` says."""
    document = mapping(websites)
    at = instant(document.get("time"))
    found = (_site(mapping(item), at) for item in sequence(document.get("websites")))
    return Sites(organisation=of(document, "organisation", str), at=at, sites=tuple(found))


def _site(item: Mapping[str, object], at: datetime) -> ShownSite:
    checked, looked = (maybe(item.get(name), mapping) for name in ("checked", "looked"))
    check = checked or {}
    not_after = maybe(check.get("tls_not_after"), instant)
    return ShownSite(
        office=of(item, "office", str),
        office_name=of(item, "office_name", str),
        url=of(item, "url", str),
        update_every=maybe(item.get("update_every"), UpdateEvery),
        activity=Activity(item.get("activity")),
        since=maybe(item.get("since"), instant),
        reason=maybe(item.get("reason"), _reason),
        http_status=maybe(check.get("http_status"), whole),
        response_seconds=maybe(check.get("response_seconds"), number),
        certificate_left=None if not_after is None else not_after - at,
        newest=_newest(item, at),
        standing=Standing(item.get("standing")),
        was_looked_at=looked is not None,
        obstacle=maybe((looked or {}).get("obstacle"), text),
    )


def _reason(value: object) -> Reason:
    reason = mapping(value)
    return Reason(Fault(reason.get("fault")), of(reason, "detail", str))


def _newest(item: Mapping[str, object], at: datetime) -> Newest | None:
    published = maybe(item.get("published"), mapping)
    if published is None:
        return None
    age_seconds = whole(item.get("age_seconds"))
    days = days_ago(instant(published.get("at")).astimezone(at.tzinfo), at)
    return Newest(days, None if flag(published.get("day_only")) else age_seconds)
