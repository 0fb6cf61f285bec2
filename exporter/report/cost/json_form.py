"""The report on costs as JSON: rupiah, days and bits a second as integers, shares as strings cut to 3 decimals."""

from __future__ import annotations

import json
from fractions import Fraction

from exporter.costs import Change, Share, Stretch, Sum
from exporter.model import Link
from exporter.report.cost.reckoning import Costs, LinkCosts, OfficeCosts, Payments, Price, Turn
from exporter.sla import percent
from exporter.terms import OFFICE_ITSELF
from exporter.usage import BINS_AN_HOUR

Json = dict[str, object]


def render(costs: Costs) -> bytes:
    """Return the document in UTF-8, ending in a line end; the same costs give the same bytes.

    `payer` is null where nobody is named, and `opd` the office itself.
    """
    return (json.dumps(document(costs), ensure_ascii=False, indent=2) + "\n").encode()


def document(costs: Costs) -> Json:
    """Return the document's values."""
    links = costs.links
    return {
        "month": str(costs.month),
        "timezone": costs.organisation.timezone.key,
        "total": _sum(costs.sum),
        "payers": _payments(costs.now),
        "outlook": [{"month": str(of.month), "payers": _payments(of), "total": of.sum.amount} for of in costs.outlook],
        "turns": [_turn(turn) for turn in costs.turns],
        "changes": [_change(link, change) for link, change in costs.changes],
        "rupiah_per_mbps": {"contracted": _price(costs.price_contracted), "used": _price(costs.price_used)},
        "hardly_used": [item.link.id for item in costs.hardly_used],
        "full": [item.link.id for item in costs.full],
        "unknown": {
            "fee": [item.link.id for item in links if item.days_without_fee],
            "payer": [item.link.id for item in links if item.days_without_payer],
            "contracted_rate": [item.link.id for item in links if not item.has_rates],
            "used": [item.link.id for item in links if not item.receive.samples],
        },
        "offices": [_office(item) for item in costs.offices],
        "links": [_link(item) for item in links],
    }


def _sum(of: Sum) -> Json:
    return {"amount": of.amount, "links": of.links, "links_without_fee": of.without_fee}


def _payments(of: Payments) -> list[Json]:
    return [{"payer": payer, **_sum(paid)} for payer, paid in of.by.items()]


def _turn(turn: Turn) -> Json:
    return {
        "month": str(turn.month),
        "payers": [
            {"payer": payer, "before": before.amount, "after": after.amount} for payer, before, after in turn.payers
        ],
    }


def _change(link: Link, change: Change) -> Json:
    return {
        "day": change.day.isoformat(),
        "link": link.id,
        "before": None if change.before is None else _terms(change.before),
        "after": None if change.after is None else _terms(change.after),
    }


def _terms(of: Stretch) -> Json:
    return {"monthly_fee": of.fee, "payer": of.payer}


def _price(of: Price) -> Json:
    return {"amount": of.rupiah, "links": of.links}


def _office(item: OfficeCosts) -> Json:
    return {
        "office": item.office.code,
        "name": item.office.name,
        **_sum(item.sum),
        "pays_itself": item.paid.of(OFFICE_ITSELF).amount,
        "payers": _payments(item.paid),
    }


def _link(item: LinkCosts) -> Json:
    full = item.usage.full_hours
    return {
        "link": item.link.id,
        "office": item.link.office,
        "provider": item.link.provider,
        "circuit": item.link.circuit,
        "days": item.days,
        "amount": item.sum.amount,
        "days_without_fee": item.days_without_fee,
        "days_without_payer": item.days_without_payer,
        "shares": [_share(share) for share in item.shares],
        "download_bps": _whole(item.download_bps),
        "upload_bps": _whole(item.upload_bps),
        "rupiah_per_mbps_contracted": item.price_contracted,
        "rupiah_per_mbps_used": item.price_used,
        "receive_p95_bps": item.receive.bps,
        "receive_p95_samples": item.receive.samples,
        "receive_p95_of_contract": percent(item.usage.receive),
        "transmit_p95_bps": item.transmit.bps,
        "transmit_p95_samples": item.transmit.samples,
        "transmit_p95_of_contract": percent(item.usage.transmit),
        "hardly_used": item.usage.is_hardly_used,
        "full_seconds": None if full is None else int(full * BINS_AN_HOUR) * 3600 // BINS_AN_HOUR,
    }


def _share(share: Share) -> Json:
    of = share.stretch
    return {
        "from": of.first_day.isoformat(),
        "to": of.last_day.isoformat(),
        "days": of.days,
        "payer": of.payer,
        "monthly_fee": of.fee,
        "amount": share.amount,
    }


def _whole(value: Fraction | None) -> int | None:
    return None if value is None else int(value)
