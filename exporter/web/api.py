"""The documents of `/api/v1/`: what a snapshot and the ledger say, as JSON's values. Purely.

Times are RFC 3339 with the organisation's offset; what isn't known is null. Directions are the office's: `receive` is
its download.

    /api/v1/links
    organisation, timezone, time        whose district, and the moment of the answer
    monitor: version, isolated, ledger_writable          isolated is null without references
    links[], in the inventory's order:
      link                              the id, OFFICE/LINK
      office, office_name, district, name
      provider, node, medium            node is what the link hangs from
      state                             up, degraded, down or unmeasured, maintenance left aside
      in_maintenance, outage_open
      since                             when the state began
      rtt_last_seconds                  null unless the last settled echo was a reply
      rtt_variation_seconds             of the last 60 replies
      loss_ratio                        of the last measured slots since it came up, at most the window of `degraded`
      contract_use: receive, transmit   the share of the contract's rate that was used between the last two good polls;
                                        null while the link is down
      saturated                         of a degraded link: it was full (true), or is damaged (false); null elsewhere
      explained: cause, last_hop        what the open outage looks like so far; null without one
      snmp: up, reason, text            null where the device isn't polled; reason and text say why up is false
      last_24_hours: start, cell_seconds, up[], degraded[], down[], unmeasured[]
                                        settled seconds of 48 half hours, the last of which holds now; at most 30 s old

    /api/v1/websites
    organisation, timezone, time
    websites[], in the inventory's order:
      office, office_name, district, url, update_every, note
      activity, since                   active, inactive or unmeasured, by two checks that agree; since the first one
      reason: fault, detail, id, en     why it isn't active, in both languages too; null elsewhere
      checked: at, http_status, response_seconds, tls_not_after, addresses      the latest check; null before the first
      published: at, day_only, source, address          the newest content that was found; null without any
      age_seconds                       of it; where only its day is known, from the end of that day
      standing                          on_time, late, asleep, unknown (no date was ever found), or unasked
      looked: at, obstacle              the latest look for new content; null before the first

    /api/v1/outages?limit=N             N from 1 to 1000, 100 without it
    organisation, timezone, time
    outages[], the open ones and the latest N, the latest first:
      id                                TARGET@STARTUTC
      link, node                        one of them is null
      start, confirmed, end             end is null while it is open
      cause, last_hop                   of a link's ended outage, as the evidence had it; null until it is final
      seconds, unmeasured_seconds       settled down seconds from start to end, and those that nobody measured
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

from exporter.cause import Verdict
from exporter.model import Inventory, Language, Organisation
from exporter.observation import SnmpStatus
from exporter.report.json_form import instant
from exporter.report.websites.words import fault_text
from exporter.rhythm import standing
from exporter.sla import incident_id
from exporter.snapshot import LinkStatus, MonitorStatus
from exporter.web.history import CELL_SECONDS, CountedOutage, Day
from exporter.website import Activity, Fault, Publication, SiteCheck, SiteStatus

Json = dict[str, object]
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


def link(status: LinkStatus, inventory: Inventory, days: Mapping[str, Day], today: date) -> Json:
    """Return one link; `days` may lack it. `today` is the local day that says which contract is in force."""
    zone, office, day = inventory.organisation.timezone, inventory.offices[status.link.office], days.get(status.link.id)
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
        "since": None if status.state_since is None else instant(status.state_since, zone),
        "rtt_last_seconds": _seconds(status.rtt_last_seconds),
        "rtt_variation_seconds": _seconds(status.rtt_variation_seconds),
        "loss_ratio": None if status.loss_ratio is None else round(status.loss_ratio, 6),
        "contract_use": _use(status, today),
        "saturated": status.is_saturated,
        "explained": None if status.explained is None else _explained(status.explained),
        "snmp": None if status.snmp is None else _snmp(status.snmp),
        "last_24_hours": None if day is None else _day(day, zone),
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
        "activity": (Activity.UNMEASURED if run is None else run.activity).value,
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


def outage(counted: CountedOutage, zone: ZoneInfo) -> Json:
    """Return one outage."""
    target, found = counted.target, counted.outage
    is_link = "/" in target
    return {
        "id": incident_id(target, found.started_at),
        "link": target if is_link else None,
        "node": None if is_link else target,
        "start": instant(found.started_at, zone),
        "confirmed": instant(found.confirmed_at, zone),
        "end": None if found.ended_at is None else instant(found.ended_at, zone),
        **({"cause": None, "last_hop": None} if counted.verdict is None else _explained(counted.verdict)),
        "seconds": counted.down_seconds,
        "unmeasured_seconds": counted.unmeasured_seconds,
    }


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
    contract, snmp = status.link.contract_on(today), status.snmp
    if contract is None or snmp is None or status.outage_is_open:
        return {"receive": None, "transmit": None}
    return {
        "receive": _share(snmp.receive_bytes_per_second, contract.download_bps),
        "transmit": _share(snmp.transmit_bytes_per_second, contract.upload_bps),
    }


def _share(bytes_per_second: float | None, contract_bps: int | None) -> float | None:
    return None if bytes_per_second is None or not contract_bps else round(bytes_per_second * 8 / contract_bps, 6)


def _explained(verdict: Verdict) -> Json:
    trail = verdict.evidence.trail
    return {"cause": verdict.cause.value, "last_hop": None if trail is None else trail.last_hop}


def _snmp(status: SnmpStatus) -> Json:
    return {
        "up": status.is_up,
        "reason": None if status.reason is None else status.reason.value,
        "text": status.text,
    }


def _day(day: Day, zone: ZoneInfo) -> Json:
    return {
        "start": instant(day.start, zone),
        "cell_seconds": CELL_SECONDS,
        **{state.value: cells for state, cells in day.seconds.items()},
    }


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, _RTT_DECIMALS)
