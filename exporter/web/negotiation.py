"""What a client asks for in `Accept`, `-Encoding` and `-Language` (RFC 9110, 12.5); what can't be read is no wish."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from exporter.metrics import Format
from exporter.model import Language

_LANGUAGES = {"id": Language.INDONESIAN, "in": Language.INDONESIAN, "en": Language.ENGLISH}  # `in`: id until 1989


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


def wants_html(accept: str) -> bool:
    """Return whether the client names HTML, as browsers do; `*/*` is anything's."""
    return any(wish.value in {"text/html", "application/xhtml+xml"} and wish.weight > 0 for wish in _wishes(accept))


def wanted_language(accept_language: str, otherwise: Language) -> Language:
    """Return the language that the client would rather have, the first named of equals; `otherwise` where none is."""
    weights: dict[Language, float] = {}
    anything = 0.0
    for wish in _wishes(accept_language):
        language = _LANGUAGES.get(wish.value.partition("-")[0])
        if language is not None:
            weights[language] = max(weights.get(language, 0.0), wish.weight)
        elif wish.value == "*":
            anything = wish.weight
    weights.setdefault(otherwise, anything)
    best = max(weights, key=lambda language: weights[language])
    return best if weights[best] > 0 else otherwise


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
