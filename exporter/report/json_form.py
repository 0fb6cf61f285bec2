"""The summary as JSON: exact seconds as integers, shares as strings cut to 3 decimals, times with the zone's offset."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from exporter.maintenance import Window
from exporter.report.summary import LinkSummary, OfficeSummary, ProviderSummary, Summary
from exporter.sla import Figures, Frequency, Incident, percent, share
from exporter.statistics import Sketch

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
        "maintenance": [_window(window, summary.zone) for window in summary.windows],
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
        **_figures(item.figures, item.experienced),
        "verdict": item.verdict.value,
        "budget_remaining_seconds": item.budget_remaining_seconds,
        **_frequency(item.frequency),
        "rtt_ms": {"p50": _milliseconds(item.sketch, 0.5), "p95": _milliseconds(item.sketch, 0.95)},
        "loss_ratio": share(item.sketch.lost, item.sketch.lost + item.sketch.replies),
        "parameters": {
            "interval_seconds": icmp.interval_seconds,
            "timeout_seconds": icmp.timeout_seconds,
            "down_after": icmp.down_after,
            "up_after": icmp.up_after,
            "bridge": icmp.bridge,
            "degraded": {
                "window": item.link.degraded.window,
                "loss": percent(item.link.degraded.loss_ratio),
                "rtt_seconds": item.link.degraded.rtt_seconds,
            },
        },
        "incidents": _incidents(item.incidents, zone),
    }


def _office(item: OfficeSummary, zone: ZoneInfo) -> Json:
    return {
        "office": item.office.code,
        "name": item.office.name,
        "links": [link.id for link in item.office.links],
        **_figures(item.figures, item.experienced),
        **_frequency(item.frequency),
        "incidents": _incidents(item.incidents, zone),
    }


def _provider(item: ProviderSummary) -> Json:
    return {
        "provider": item.provider.code,
        "name": item.provider.name,
        "links": list(item.links),
        "target": percent(item.provider.availability),
        **_figures(item.figures, item.experienced),
        "verdict": item.verdict.value,
    }


def _figures(figures: Figures, experienced: Fraction | None) -> Json:
    shares: dict[str, Fraction | None] = {
        "availability": figures.availability,
        "availability_min": figures.availability_min,
        "availability_max": figures.availability_max,
        "coverage": figures.coverage,
        "experienced_availability": experienced,
    }
    return {
        "seconds": {
            "total": figures.total,
            "up": figures.up,
            "degraded": figures.degraded,
            "down": figures.down,
            "unmeasured": figures.unmeasured,
            "excluded": figures.excluded,
            "bridged": figures.bridged,
        },
        "excluded_by": {"maintenance": figures.excluded},
        **{name: percent(value) for name, value in shares.items()},
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
            "excluded_seconds": incident.excluded_seconds,
            "unmeasured_seconds": incident.unmeasured_seconds,
            "continues": incident.continues,
        }
        for incident in found
    ]


def _milliseconds(sketch: Sketch, quantile: float) -> float | None:
    """Return a quantile of the round-trip times in milliseconds, cut to 0.01."""
    seconds = sketch.quantile(quantile)
    return None if seconds is None else int(seconds * 100_000) / 100


def _window(window: Window, zone: ZoneInfo) -> Json:
    return {
        "scope": list(window.scope),
        "start": instant(window.starts_at, zone),
        "end": instant(window.ends_at, zone),
        "reason": window.reason,
        "approved_by": window.approved_by,
        "recorded": None if window.recorded_at is None else instant(window.recorded_at, zone),
        "first_seen": instant(window.first_seen_at, zone),
        "standing": window.standing.value,
    }
