"""The items of `/api/v1/` that say what is: links, offices, websites, as JSON's values. Purely.

Times are RFC 3339 with the organisation's offset; what isn't known is null. Directions are the office's: `receive` is
its download. `openapi` says what each field means; what was, outages and months, is in `records`.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from exporter.cause import Verdict
from exporter.model import Inventory, Language, Organisation
from exporter.observation import SnmpStatus
from exporter.report.json_form import instant
from exporter.report.websites.words import fault_text
from exporter.rhythm import standing
from exporter.sla import percent
from exporter.snapshot import LinkStatus, MonitorStatus
from exporter.web.condition import Standing
from exporter.web.history import CELL_SECONDS, Past, Strip
from exporter.web.lists import Json
from exporter.website import Activity, Fault, Publication, SiteCheck, SiteStatus

_RTT_DECIMALS = 7


def district(organisation: Organisation, now: int) -> Json:
    """Return what each document begins with."""
    zone = organisation.timezone
    return {"organisation": organisation.name, "timezone": zone.key, "time": instant(now, zone)}


def monitor(status: MonitorStatus) -> Json:
    """Return what is said of the monitor itself."""
    return {
        "version": status.version,
        "isolated": status.is_isolated,
        "ledger_writable": status.ledger_is_writable,
    }


def link(status: LinkStatus, inventory: Inventory, past: Past | None, today: date) -> Json:
    """Return one link; `today` is the local day that says which contract is in force."""
    zone, office = inventory.organisation.timezone, inventory.offices[status.link.office]
    return {
        "link": status.link.id,
        "office": office.code,
        "office_name": office.name,
        "district": office.district,
        "name": status.link.name,
        "provider": status.link.provider,
        "node": status.link.parent,
        "medium": status.link.medium.value,
        "state": status.state.value,
        "in_maintenance": status.in_maintenance,
        "outage_open": status.outage_is_open,
        "since": _instant(status.state_since, zone),
        "rtt_last_seconds": _seconds(status.rtt_last_seconds),
        "rtt_variation_seconds": _seconds(status.rtt_variation_seconds),
        "loss_ratio": None if status.loss_ratio is None else round(status.loss_ratio, 6),
        "contract_use": _use(status, today),
        "saturated": status.is_saturated,
        "explained": None if status.explained is None else explained(status.explained),
        "snmp": None if status.snmp is None else _snmp(status.snmp),
        "last_24_hours": None if past is None else _hours(past.day, zone),
    }


def public_office(of: Standing, site: SiteStatus | None, past: Past | None, zone: ZoneInfo) -> Json:
    """Return of one office what everybody may see: nothing of its addresses, providers, contracts and paths."""
    return {
        "code": of.status.office.code,
        "name": of.status.office.name,
        "district": of.status.office.district,
        "condition": of.condition.value,
        "since": _instant(of.since, zone),
        "availability": percent(of.status.availability),
        "website": None if site is None else _public_website(site, zone),
        "last_24_hours": None if past is None else _hours(past.day, zone),
        "last_90_days": None if past is None else _days(past.days, zone),
    }


def office(of: Standing, site: SiteStatus | None, past: Past | None, zone: ZoneInfo) -> Json:
    """Return one office."""
    place = of.status.office.location
    return {
        **public_office(of, site, past, zone),
        "location": None if place is None else {"latitude": place[0], "longitude": place[1]},
        "outage_open": of.status.outage_is_open,
        "links": [link.id for link in of.status.office.links],
    }


def website(status: SiteStatus, inventory: Inventory, now: int) -> Json:
    """Return one website."""
    zone, office, of = inventory.organisation.timezone, inventory.offices[status.office], status.website
    run = status.run
    newest = None if status.look is None else status.look.newest
    age = None if newest is None else max(0, now - newest.counted_at)
    return {
        "office": office.code,
        "office_name": office.name,
        "district": office.district,
        "url": of.url,
        "update_every": None if of.update_every is None else of.update_every.value,
        "note": of.note,
        "activity": _activity(status).value,
        "since": None if run is None else instant(run.start, zone),
        "reason": None if run is None or run.fault is None else _reason(run.fault, run.detail),
        "checked": None if status.check is None else _check(status.check, zone),
        "published": None if newest is None else _publication(newest, zone),
        "age_seconds": age,
        "standing": standing(age, of.update_every).value,
        "looked": None
        if status.look is None
        else {"at": instant(int(status.look.at), zone), "obstacle": status.look.obstacle or None},
    }


def _public_website(status: SiteStatus, zone: ZoneInfo) -> Json:
    newest = None if status.look is None else status.look.newest
    return {
        "url": status.website.url,
        "activity": _activity(status).value,
        "published": None if newest is None else instant(newest.published_at, zone),
    }


def _activity(status: SiteStatus) -> Activity:
    return Activity.UNMEASURED if status.run is None else status.run.activity


def _reason(fault: Fault, detail: str) -> Json:
    words = {language.value: fault_text(fault, detail, language) for language in Language}
    return {"fault": fault.value, "detail": detail, **words}


def _check(check: SiteCheck, zone: ZoneInfo) -> Json:
    return {
        "at": instant(int(check.at), zone),
        "http_status": check.http_status,
        "response_seconds": None if check.response_seconds is None else round(check.response_seconds, 3),
        "tls_not_after": None if check.tls_not_after is None else instant(check.tls_not_after, zone),
        "addresses": list(check.addresses),
    }


def _publication(of: Publication, zone: ZoneInfo) -> Json:
    return {
        "at": instant(of.published_at, zone),
        "day_only": of.is_day_only,
        "source": of.source.value,
        "address": of.address,
    }


def _use(status: LinkStatus, today: date) -> Json:
    receive, transmit = (None if share is None else round(share, 6) for share in status.contract_use(today))
    return {"receive": receive, "transmit": transmit}


def explained(verdict: Verdict) -> Json:
    """Return why an outage is, as far as its evidence tells."""
    trail = verdict.evidence.trail
    return {"cause": verdict.cause.value, "last_hop": None if trail is None else trail.last_hop}


def _snmp(status: SnmpStatus) -> Json:
    return {
        "up": status.is_up,
        "reason": None if status.reason is None else status.reason.value,
        "text": status.text,
    }


def _hours(strip: Strip, zone: ZoneInfo) -> Json:
    return {"start": instant(strip.edges[0], zone), "cell_seconds": CELL_SECONDS, **_cells(strip)}


def _days(strip: Strip, zone: ZoneInfo) -> Json:
    first, last = (datetime.fromtimestamp(at, zone).date().isoformat() for at in (strip.edges[0], strip.edges[-2]))
    return {"first_day": first, "last_day": last, **_cells(strip)}


def _cells(strip: Strip) -> Json:
    return {state.value: list(cells) for state, cells in strip.seconds.items()}


def _instant(at: int | None, zone: ZoneInfo) -> str | None:
    return None if at is None else instant(at, zone)


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, _RTT_DECIMALS)
