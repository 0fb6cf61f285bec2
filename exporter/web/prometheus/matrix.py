"""Reads what Prometheus answers to a range query (HTTP API v1, resultType matrix); nothing of it is taken on trust."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from exporter.pacing import rest, resting
from exporter.web.prometheus.month import Line, Measure, Month30, instants
from exporter.web.prometheus.quantiles import quantile
from exporter.web.prometheus.query import LOSS, OF, RECEIVE, RTT, TRANSMIT

_ERROR_CHARACTERS = 200
_ERROR_BYTES = 2**14  # what is longer is no sentence
_MISSHAPEN = (LookupError, TypeError, ValueError, OverflowError, RecursionError)
_Values = Mapping[int, float]


class NotUnderstood(Exception):  # noqa: N818 -- of the other side
    """No answer of Prometheus."""


def month(body: bytes, until: int) -> Month30:
    """Return what an answer's body says of the 30 days up to an instant; NotUnderstood where it is none."""
    found: dict[str, _Values] = {}
    buckets: dict[float, _Values] = {}
    try:
        for labels, values in _series(json.loads(body)):
            if labels[OF] == RTT:
                buckets[float(labels["le"])] = values
            else:
                found[labels[OF]] = values
    except _MISSHAPEN as error:
        raise NotUnderstood from error
    at_all = tuple(instants(until))
    median, high = _quantiles(0.5, buckets, at_all), _quantiles(0.95, buckets, at_all)
    known = {
        Measure.RTT_P50: median,
        Measure.RTT_P95: high,
        Measure.LOSS: found.get(LOSS, {}),
        Measure.RECEIVE: found.get(RECEIVE, {}),
        Measure.TRANSMIT: found.get(TRANSMIT, {}),
    }
    return Month30(until, tuple(Line(name, tuple((at, known[name].get(at)) for at in at_all)) for name in Measure))


def error(body: bytes) -> str:
    """Return what an answer says of itself where it is an error; "" where it says nothing."""
    try:
        said = json.loads(body)["error"] if len(body) <= _ERROR_BYTES else ""
    except _MISSHAPEN:
        return ""
    if not isinstance(said, str):
        return ""
    return "".join(character if character.isprintable() else " " for character in said[:_ERROR_CHARACTERS])


def _series(document: Any) -> Iterator[tuple[Mapping[str, str], _Values]]:
    """Yield each series' labels, and its values by their instants; LookupError and the like where it isn't so."""
    if (document["status"], document["data"]["resultType"]) != ("success", "matrix"):
        raise ValueError("no success, or no matrix")
    for series in resting(document["data"]["result"]):
        yield series["metric"], dict(_values(series["values"]))


def _values(pairs: Any) -> Iterator[tuple[int, float]]:
    """Yield what is known: numbers from 0 on, which Prometheus writes as strings; NaN and infinity say nothing."""
    for at, written in pairs:
        value = float(written)
        if math.isfinite(value) and value >= 0:
            yield int(at), value


def _quantiles(share: float, buckets: Mapping[float, _Values], at_all: Sequence[int]) -> dict[int, float]:
    quantiles = {}
    for at in at_all:
        rest()
        value = quantile(share, {bound: values[at] for bound, values in buckets.items() if at in values})
        if value is not None:
            quantiles[at] = value
    return quantiles
