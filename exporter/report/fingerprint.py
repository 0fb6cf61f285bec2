"""A hash of all that a month's report is made from: canonical JSON, a line each, so that no two months share it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from fractions import Fraction

from exporter.cause import Verdict
from exporter.maintenance import Window
from exporter.model import Inventory, Link, Provider
from exporter.pacing import resting
from exporter.report.measuring import Days, Measured
from exporter.sla import Month
from exporter.terms import payers, terms
from exporter.timeline import cut

FORM = 1  # what is written below, and in which order
_NO_INPUTS = {"noc"}  # of a provider: they change no figure


def fingerprint(
    inventory: Inventory,
    month: Month,
    measured: Iterable[tuple[Measured, Days]],
    windows: Sequence[Window],
    providers: Iterable[Provider],
    *,
    is_provisional: bool,
) -> str:
    """Return the SHA-256 of a month's inputs, in hexadecimal; neither secrets nor the time of asking are among them."""
    of_all = hashlib.sha256(b"provisional\n" if is_provisional else b"final\n")
    for line in _lines(inventory, month, measured, windows, providers):
        of_all.update(json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n")
    return of_all.hexdigest()


def _lines(
    inventory: Inventory,
    month: Month,
    measured: Iterable[tuple[Measured, Days]],
    windows: Sequence[Window],
    providers: Iterable[Provider],
) -> Iterable[object]:
    organisation = inventory.organisation
    yield ["month", FORM, str(month), organisation.timezone.key, organisation.name, plain(organisation.signatories)]
    for provider in providers:
        yield ["provider", {name: of for name, of in _fields(provider).items() if name not in _NO_INPUTS}]
    for window in windows:
        yield ["window", {name: of for name, of in _fields(window).items() if name != "number"}]
    for of, of_days in resting(sorted(measured, key=lambda pair: pair[0].link.id)):
        if of.is_valid:
            yield ["link", _link(inventory, of.link, month)]
            yield ["maintenance", list(cut(of.exclusions.maintenance, *of.watched))]
            yield ["spans", [[span.start, span.end, span.state.value] for span in of.timeline]]
            yield ["outages", [[o.started_at, o.confirmed_at, o.ended_at] for o in of.outages], sorted(of.recovered_at)]
            yield ["causes", [_cause(of.verdicts[at]) for at in sorted(of.verdicts)], plain(of.amendments)]
            yield ["days", list(of.bridged), of_days.sketch.to_bytes().hex(), of_days.sha256]


def _link(inventory: Inventory, link: Link, month: Month) -> object:
    """Return what of a link the report says or reckons with, resolved for the month."""
    zone = inventory.organisation.timezone
    start, end = month.period(zone)
    item = inventory.offices[link.office]
    return {
        "id": link.id,
        "office": [item.name, item.district],
        "provider": link.provider,
        "circuit": link.circuit,
        "above": list(inventory.upward(link.parent)),
        "terms": plain(terms(link, inventory, start, end)),
        "payers": plain(payers(link, zone, start, end)),
        "icmp": plain(link.icmp),
        "degraded": plain(link.degraded),
    }


def _cause(verdict: Verdict) -> object:
    return [verdict.cause.value, verdict.decided_at, verdict.evidence.as_json()]


def plain(value: object) -> object:
    """Return a value of the model as one that JSON takes: exact, and the same each time."""
    if is_dataclass(value):
        return _fields(value)
    match value:
        case None | str() | int() | float():
            told: object = value
        case Enum():
            told = value.value
        case Fraction():
            told = str(value)
        case date():
            told = value.isoformat()
        case Iterable():
            told = [plain(of) for of in value]
        case _:
            raise TypeError(f"{type(value)} is no value of the model")
    return told


def _fields(value: object) -> dict[str, object]:
    if not is_dataclass(value):
        raise TypeError(f"{type(value)} has no fields")
    return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
