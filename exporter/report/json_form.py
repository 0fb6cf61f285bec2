"""The summary as JSON: exact seconds as integers, shares as strings cut to 3 decimals, times with the zone's offset."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from exporter.amendment import Amendment
from exporter.credit import Credit
from exporter.exclusion import ExcludedBy
from exporter.maintenance import Window
from exporter.model import Link
from exporter.pacing import resting
from exporter.report.summary import LinkIncident, LinkSummary, OfficeSummary, ProviderSummary, Summary
from exporter.sla import Figures, Frequency, Incident, percent, share
from exporter.statistics import Sketch
from exporter.terms import Terms

Json = dict[str, object]
INSTANTS = {"started_at", "ended_at", "good_before", "asked_at", "boot_at", "traced_at", "good_at"}


def render(summary: Summary) -> str:
    """Return the document, an item a line, ending in a line end; the same summary gives the same bytes."""
    return "".join(_pieces(summary))


def _pieces(summary: Summary) -> Iterator[str]:
    zone = summary.zone
    start, end = (instant(at, zone) for at in (summary.start, summary.end))
    head: Json = {
        "month": str(summary.month),
        "timezone": zone.key,
        "period": {"start": start, "end": end},
        "revision": summary.revision,
        "changed_since_revision": summary.changed_since,
        "provisional": summary.is_provisional,
        "settled_until": instant(summary.settled_until, zone),
        "inputs_sha256": summary.inputs_sha256,
        "links_not_in_the_inventory": list(summary.forgotten),
    }
    lists: dict[str, Iterator[Json]] = {
        "links": (_link(item, zone) for item in summary.links),
        "offices": (_office(item, zone) for item in summary.offices),
        "providers": (_provider(item) for item in summary.providers),
        "maintenance": (_window(window, zone) for window in summary.windows),
    }
    yield json.dumps(head, ensure_ascii=False, indent=2).removesuffix("\n}")
    for name, items in lists.items():
        yield f',\n  "{name}": ['
        comma = ""
        for item in resting(items):
            yield f"{comma}\n    {json.dumps(item, ensure_ascii=False)}"
            comma = ","
        yield "\n  ]" if comma else "]"
    yield "\n}\n"


def instant(at: int, zone: ZoneInfo) -> str:
    """Return an instant as RFC 3339, with the offset of a zone."""
    return datetime.fromtimestamp(at, zone).isoformat()


def _link(item: LinkSummary, zone: ZoneInfo) -> Json:
    sketch = item.sketch
    return {
        "link": item.link.id,
        "office": item.link.office,
        "provider": item.link.provider,
        "circuit": item.link.circuit,
        "target": percent(item.target),
        **_figures(item.figures, item.excluded_by, item.experienced),
        "verdict": item.verdict.value,
        "budget_remaining_seconds": item.budget_remaining_seconds,
        **_frequency(item.frequency),
        "rtt_ms": {"p50": _milliseconds(sketch, 0.5), "p95": _milliseconds(sketch, 0.95)},
        "loss_ratio": share(sketch.lost, sketch.lost + sketch.replies),
        "receive_p95_bps": item.receive.bps,
        "receive_p95_samples": item.receive.samples,
        "transmit_p95_bps": item.transmit.bps,
        "transmit_p95_samples": item.transmit.samples,
        "credit": None if item.credit is None else {**_credit(item.credit), "claims": list(item.claims)},
        "terms": [_terms(part, zone) for part in item.terms],
        "payers": [
            {"from": of.first_day.isoformat(), "to": of.last_day.isoformat(), "by": of.by} for of in item.payers
        ],
        "parameters": _parameters(item.link),
        "incidents": [_link_incident(incident, zone) for incident in item.incidents],
        "excluded_outages": [_link_incident(incident, zone) for incident in item.excluded_outages],
    }


def _credit(credit: Credit) -> Json:
    return {"formula": credit.formula, "amount": credit.amount, "at_least": credit.at_least}


def _terms(part: Terms, zone: ZoneInfo) -> Json:
    return {
        "start": instant(part.start, zone),
        "end": instant(part.end, zone),
        "target": percent(part.target),
        "monthly_fee": part.fee,
    }


def _parameters(link: Link) -> Json:
    return {
        "interval_seconds": link.icmp.interval_seconds,
        "timeout_seconds": link.icmp.timeout_seconds,
        "down_after": link.icmp.down_after,
        "up_after": link.icmp.up_after,
        "bridge": link.icmp.bridge,
        "degraded": {
            "window": link.degraded.window,
            "loss": percent(link.degraded.loss_ratio),
            "rtt_seconds": link.degraded.rtt_seconds,
        },
    }


def _office(item: OfficeSummary, zone: ZoneInfo) -> Json:
    return {
        "office": item.office.code,
        "name": item.office.name,
        "links": [link.id for link in item.office.links],
        **_figures(item.figures, item.excluded_by, item.experienced),
        **_frequency(item.frequency),
        "incidents": [_incident(incident, zone) for incident in item.incidents],
    }


def _provider(item: ProviderSummary) -> Json:
    return {
        "provider": item.provider.code,
        "name": item.provider.name,
        "links": [of.link.id for of in item.links],
        "target": percent(item.provider.availability),
        **_figures(item.figures, item.excluded_by, item.experienced),
        "verdict": item.verdict.value,
        "credit": None if item.credit is None else _credit(item.credit),
    }


def seconds_of(figures: Figures) -> Json:
    """Return the seconds of each state."""
    return {
        "total": figures.total,
        "up": figures.up,
        "degraded": figures.degraded,
        "down": figures.down,
        "unmeasured": figures.unmeasured,
        "excluded": figures.excluded,
        "bridged": figures.bridged,
    }


def shares_of(figures: Figures) -> Json:
    """Return the shares in percent, cut; None where there is nothing to divide by."""
    return {
        "availability": percent(figures.availability),
        "availability_min": percent(figures.availability_min),
        "availability_max": percent(figures.availability_max),
        "coverage": percent(figures.coverage),
    }


def _figures(figures: Figures, excluded_by: ExcludedBy, experienced: Fraction | None) -> Json:
    return {
        "seconds": seconds_of(figures),
        "excluded_by": {
            "maintenance": excluded_by.maintenance,
            "amendment": excluded_by.amendment,
            "cause": excluded_by.cause,
        },
        **shares_of(figures),
        "experienced_availability": percent(experienced),
    }


def _frequency(frequency: Frequency) -> Json:
    return {
        "outages_started": frequency.started,
        "outages_ended": frequency.ended,
        "mttr_seconds": frequency.mttr_seconds,
        "mtbo_seconds": frequency.mtbo_seconds,
    }


def _incident(incident: Incident, zone: ZoneInfo) -> Json:
    return {
        "id": incident.id,
        "start": instant(incident.started_at, zone),
        "end": None if incident.ended_at is None else instant(incident.ended_at, zone),
        "seconds": incident.seconds,
        "seconds_in_month": incident.seconds_in_month,
        "excluded_seconds": incident.excluded_seconds,
        "unmeasured_seconds": incident.unmeasured_seconds,
        "continues": incident.continues,
    }


def _link_incident(incident: LinkIncident, zone: ZoneInfo) -> Json:
    return {
        **_incident(incident.counted, zone),
        "cause": None if incident.cause is None else incident.cause.value,
        "confirmed": incident.is_confirmed,
        "evidence": None if incident.evidence is None else dated(incident.evidence.as_json(), zone),
        "excluded": incident.excluded,
        "note": incident.note,
        "ended_with_link": incident.was_cut,
        "amendments": [amendment(said, zone) for said in incident.amendments],
    }


def amendment(said: Amendment, zone: ZoneInfo) -> Json:
    """Return a person's word on an outage."""
    return {
        "at": instant(said.at, zone),
        "by": said.by,
        "cause": None if said.cause is None else said.cause.value,
        "excluded": said.excluded,
        "counts_again": said.charged,
        "note": said.note,
    }


def dated(evidence: Mapping[str, object], zone: ZoneInfo) -> Json:
    """Return evidence with its instants as RFC 3339: those whose name says so."""
    told: Json = {}
    for name, value in evidence.items():
        if isinstance(value, Mapping):
            told[name] = dated(value, zone)
        elif isinstance(value, int) and name in INSTANTS:
            told[name] = instant(value, zone)
        else:
            told[name] = value
    return told


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
        "added_by": window.added_by,
        "ended_early": None if window.cut_at is None else instant(window.cut_at, zone),
        "ended_by": window.cut_by,
        "standing": window.standing.value,
    }
