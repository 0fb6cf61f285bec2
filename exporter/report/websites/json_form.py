"""The websites' report as JSON: seconds as integers, shares as strings cut to 3 decimals, times with their offset."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from exporter.model import UpdateEvery
from exporter.report.websites.evaluation import ActiveTime, Class, LastCheck, Site
from exporter.report.websites.listing import TARGETS, kept, reasons
from exporter.report.websites.reckoning import Change, Websites
from exporter.rhythm import Standing
from exporter.sla import percent
from exporter.website import Publication

Json = dict[str, object]


def render(websites: Websites) -> bytes:
    """Return the document in UTF-8, ending in a line end; the same websites give the same bytes."""
    return (json.dumps(document(websites), ensure_ascii=False, indent=2) + "\n").encode()


def document(websites: Websites) -> Json:
    """Return the document's values."""
    zone, changes = websites.zone, websites.changes
    start, end = websites.period
    return {
        "month": str(websites.month),
        "timezone": zone.key,
        "period": {"start": _time(start, zone), "end": _time(end, zone)},
        "measured_until": _time(websites.measured_until, zone),
        "provisional": websites.is_provisional,
        "websites": len(websites.sites),
        "classes": {verdict.value: len(websites.of(verdict)) for verdict in Class},
        "guarded": len(websites.guarded),
        "offices_without_website": websites.offices_without,
        "not_in_inventory": list(websites.forgotten),
        **_active_time(websites.time),
        "reasons": [
            {"reason": Standing.ASLEEP.value if fault is None else fault.value, "websites": number}
            for fault, number in reasons(websites)
        ],
        "by_target": [_by_target(of, websites) for of in TARGETS],
        "changes": None if changes is None else [_change(of) for of in changes],
        "sites": [_site(of, zone) for of in websites.sites],
    }


def _active_time(time: ActiveTime) -> Json:
    return {
        "seconds": {"active": time.active, "inactive": time.inactive, "unmeasured": time.unmeasured},
        "active_time": percent(time.share),
    }


def _by_target(target: UpdateEvery | None, websites: Websites) -> Json:
    mine = websites.by_target(target)
    return {"update_every": None if target is None else target.value, "websites": len(mine), **kept(mine)}


def _change(change: Change) -> Json:
    return {
        "office": change.after.office.code,
        "before": change.before.state.value,
        "after": change.after.state.value,
    }


def _site(site: Site, zone: ZoneInfo) -> Json:
    rhythm = site.rhythm
    return {
        "office": site.office.code,
        "name": site.office.name,
        "url": site.website.url,
        "class": site.verdict.value,
        "state": site.state.value,
        "since": None if site.since is None else _time(site.since, zone),
        "guarded": site.is_guarded,
        "last_check": None if site.last is None else _last(site.last, zone),
        "last_publication": None if site.newest is None else _publication(site.newest, zone),
        "age_seconds": site.age_seconds,
        "update_every": None if site.update_every is None else site.update_every.value,
        "standing": None if site.standing is None else site.standing.value,
        "published_by_week": None if rhythm is None else list(rhythm.weeks),
        "weeks_with_publication": None if rhythm is None else rhythm.weeks_with_any,
        "publication_interval_days": None if rhythm is None else rhythm.interval_days,
        **_active_time(site.time),
        "note": site.website.note,
    }


def _last(last: LastCheck, zone: ZoneInfo) -> Json:
    return {
        "activity": last.activity.value,
        "fault": None if last.fault is None else last.fault.value,
        "detail": last.detail or None,
        "since": _time(last.since, zone),
        "until": _time(last.until, zone),
    }


def _publication(of: Publication, zone: ZoneInfo) -> Json:
    return {
        "published_at": _time(of.published_at, zone),
        "is_day_only": of.is_day_only,
        "counted_at": _time(of.counted_at, zone),
        "source": of.source.value,
        "seen_at": _time(of.seen_at, zone),
        "address": of.address,
    }


def _time(at: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at, UTC).astimezone(zone).isoformat()
