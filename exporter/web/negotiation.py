"""What a client asks for in `Accept` and `Accept-Encoding` (RFC 9110, 12.5); what can't be read asks for nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from exporter.metrics import Format


@dataclass(frozen=True, slots=True)
class _Wish:
    value: str
    parameters: Mapping[str, str]
    weight: float


def wanted_format(accept: str) -> Format:
    """Return OpenMetrics where the client wants its version 1 at least as much as the plain text, else the text."""
    weights = {Format.TEXT: 0.0, Format.OPENMETRICS: 0.0}
    for wish in _wishes(accept):
        version = wish.parameters.get("version", "")
        if wish.value == "application/openmetrics-text" and version.partition(".")[0] in {"", "1"}:
            weights[Format.OPENMETRICS] = max(weights[Format.OPENMETRICS], wish.weight)
        elif wish.value == "text/plain" and version in {"", "0.0.4"}:
            weights[Format.TEXT] = max(weights[Format.TEXT], wish.weight)
    if 0 < weights[Format.OPENMETRICS] >= weights[Format.TEXT]:
        return Format.OPENMETRICS
    return Format.TEXT


def wants_gzip(accept_encoding: str) -> bool:
    """Return whether the client takes gzip."""
    weights = {wish.value: wish.weight for wish in _wishes(accept_encoding)}
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _wishes(header: str) -> Iterator[_Wish]:
    for part in header.split(","):
        value, *rest = (piece.strip() for piece in part.split(";"))
        pairs = (piece.partition("=") for piece in rest)
        parameters = {name.strip().lower(): text.strip().strip('"') for name, _, text in pairs}
        yield _Wish(value.lower(), parameters, _weight(parameters.get("q", "1")))


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
