"""The summary as JSON: exact seconds as integers, shares as strings cut to 3 decimals, times with the zone's offset."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from exporter.report.summary import LinkSummary, OfficeSummary, ProviderSummary, Summary
from exporter.sla import Figures, Frequency, Incident, percent

Json = dict[str, object]


def render(summary: Summary) -> str:
    """Return the document, ending in a line end; the same summary gives the same bytes."""
    start, end = (instant(at, summary.zone) for at in (summary.start, summary.end))
    document: Json = {
        "month": str(summary.month),
        "timezone": summary.zone.key,
        "period": {"start": start, "end": end},
        "provisional": summary.is_provisional,
        "links": [_link(item, summary.zone) for item in summary.links],
        "offices": [_office(item, summary.zone) for item in summary.offices],
        "providers": [_provider(item) for item in summary.providers],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def instant(at: int, zone: ZoneInfo) -> str:
    """Return an instant as RFC 3339, with the offset of a zone."""
    return datetime.fromtimestamp(at, UTC).astimezone(zone).isoformat()


def _link(item: LinkSummary, zone: ZoneInfo) -> Json:
    icmp = item.link.icmp
    return {
        "link": item.link.id,
        "office": item.link.office,
        "provider": item.link.provider,
        "circuit": item.link.circuit,
        "target": percent(item.target),
        **_figures(item.figures),
        "verdict": item.verdict.value,
        **_frequency(item.frequency),
        "parameters": {
            "interval_seconds": icmp.interval_seconds,
            "down_after": icmp.down_after,
            "up_after": icmp.up_after,
        },
        "incidents": _incidents(item.incidents, zone),
    }


def _office(item: OfficeSummary, zone: ZoneInfo) -> Json:
    return {
        "office": item.office.code,
        "name": item.office.name,
        "links": [link.id for link in item.office.links],
        **_figures(item.figures),
        **_frequency(item.frequency),
        "incidents": _incidents(item.incidents, zone),
    }


def _provider(item: ProviderSummary) -> Json:
    return {
        "provider": item.provider.code,
        "name": item.provider.name,
        "links": list(item.links),
        "target": percent(item.provider.availability),
        **_figures(item.figures),
        "verdict": item.verdict.value,
    }


def _figures(figures: Figures) -> Json:
    shares: dict[str, Fraction | None] = {
        "availability": figures.availability,
        "availability_min": figures.availability_min,
        "availability_max": figures.availability_max,
        "coverage": figures.coverage,
    }
    return {
        "seconds": {
            "total": figures.total,
            "up": figures.up,
            "down": figures.down,
            "unmeasured": figures.unmeasured,
        },
        **{name: percent(share) for name, share in shares.items()},
    }


def _frequency(frequency: Frequency) -> Json:
    return {
        "outages_started": frequency.started,
        "outages_ended": frequency.ended,
        "mttr_seconds": frequency.mttr_seconds,
        "mtbo_seconds": frequency.mtbo_seconds,
    }


def _incidents(found: Sequence[Incident], zone: ZoneInfo) -> list[Json]:
    return [
        {
            "id": incident.id,
            "start": instant(incident.started_at, zone),
            "end": None if incident.ended_at is None else instant(incident.ended_at, zone),
            "seconds": incident.seconds,
            "seconds_in_month": incident.seconds_in_month,
            "unmeasured_seconds": incident.unmeasured_seconds,
            "continues": incident.continues,
        }
        for incident in found
    ]
