"""The items of `/api/v1/` that say what was, by the ledger: outages, months' figures, as JSON's values. Purely."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from exporter.cause import Evidence
from exporter.model import Inventory, Language
from exporter.report.evidence import sentences
from exporter.report.json_form import amendment, dated, instant, seconds_of, shares_of
from exporter.sla import Figures, Month, percent
from exporter.web.api import explained
from exporter.web.finding import FoundOutage
from exporter.web.lists import Json
from exporter.web.months import LinkMonth, OfficeMonth


def outage(found: FoundOutage, inventory: Inventory) -> Json:
    """Return one outage."""
    zone, target, of = inventory.organisation.timezone, found.target, found.outage
    is_link = "/" in target
    return {
        "id": found.id,
        "link": target if is_link else None,
        "node": None if is_link else target,
        "office": target.partition("/")[0] if is_link else None,
        "provider": _provider(target, inventory),
        "start": instant(of.started_at, zone),
        "confirmed": instant(of.confirmed_at, zone),
        "end": None if of.ended_at is None else instant(of.ended_at, zone),
        **({"cause": None, "last_hop": None} if found.verdict is None else explained(found.verdict)),
        "confirmed_cause": found.cause.value if found.cause is not None and found.is_confirmed else None,
        "excluded": found.word.excluded,
        "seconds": found.down_seconds,
        "unmeasured_seconds": found.unmeasured_seconds,
    }


def outage_in_full(found: FoundOutage, seen: Evidence | None, inventory: Inventory) -> Json:
    """Return one outage with what shows why it was, in sentences of both languages too, and what was said of it."""
    zone = inventory.organisation.timezone
    told = {language.value: [] if seen is None else list(sentences(seen, zone, language)) for language in Language}
    return {
        **outage(found, inventory),
        "decided": None if found.verdict is None else instant(found.verdict.decided_at, zone),
        "evidence": None if seen is None else dated(seen.as_json(), zone),
        "sentences": told,
        "note": found.word.note,
        "amendments": [amendment(said, zone) for said in found.said],
    }


def month(of: Month, zone: ZoneInfo) -> Json:
    """Return what the document of a month begins with."""
    start, end = of.period(zone)
    return {"month": str(of), "period": {"start": instant(start, zone), "end": instant(end, zone)}}


def office_month(of: OfficeMonth, zone: ZoneInfo) -> Json:
    """Return an office's figures of a month, and its links'."""
    return {
        "office": of.office.code,
        "name": of.office.name,
        "district": of.office.district,
        **_figures(of.figures),
        "links": [_link_month(link, zone) for link in of.links],
    }


def _link_month(of: LinkMonth, zone: ZoneInfo) -> Json:
    return {
        "link": of.link.id,
        "provider": of.link.provider,
        "target": percent(of.target),
        **_figures(of.figures),
        "verdict": of.verdict.value,
        "budget_remaining_seconds": of.budget_remaining_seconds,
        "outages_started": of.started_outages,
        "provisional": of.is_provisional,
        "settled_until": None if of.settled_until is None else instant(of.settled_until, zone),
    }


def _figures(figures: Figures) -> Json:
    return {"seconds": seconds_of(figures), **shares_of(figures)}


def _provider(target: str, inventory: Inventory) -> str | None:
    """Return whose a link or node is, None where the inventory doesn't say, or holds it no more."""
    if target in inventory.nodes:
        return inventory.nodes[target].provider
    office = inventory.offices.get(target.partition("/")[0])
    return next((link.provider for link in office.links if link.id == target), None) if office else None
