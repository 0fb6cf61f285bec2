"""The letters of the two formats: numbers, labels, headers; the same as prometheus_client's, byte for byte."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

FIRST_WITH_EXPONENT = 1_000_000
PLACES_BEFORE_POINT = len(str(FIRST_WITH_EXPONENT))
FIRST_INEXACT = 2**53  # from here on a float may not be the integer
_EXPONENTS = tuple(f"e+{digits - 1:02d}" for digits in range(20))
_SMALL: dict[float, str] = {value: f"{value}.0" for value in range(1000)}  # most of a page; False and True too


class Format(Enum):
    """An exposition format; the value is its content type."""

    TEXT = "text/plain; version=0.0.4; charset=utf-8"
    OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class Kind(Enum):
    """A family's type, as both formats spell it."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Family:
    """A metric; `name` is that of its samples, so a counter's ends in `_total`."""

    name: str
    kind: Kind
    help: str

    def header(self, form: Format) -> str:
        """Return the HELP and TYPE lines; OpenMetrics calls a counter without `_total`."""
        name, text = self.name, self.help.replace("\\", r"\\").replace("\n", r"\n")
        if form is Format.OPENMETRICS:
            text = text.replace('"', r"\"")
            if self.kind is Kind.COUNTER:
                name = name.removesuffix("_total")
        return f"# HELP {name} {text}\n# TYPE {name} {self.kind.value}\n"


def labels(**values: str) -> str:
    """Return labels as they stand between the braces, in the order of their names; values may be any text."""
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in sorted(values.items()))


def number(value: float) -> str:
    """Return a finite number in Go's form, which takes to exponents at a million."""
    if type(value) is not float:
        if (small := _SMALL.get(value)) is not None:
            return small
        if 0 < value < FIRST_INEXACT:
            digits = str(value)
            return f"{digits}.0" if value < FIRST_WITH_EXPONENT else _exponential(digits, len(digits))
    text = repr(float(value))
    dot = text.find(".", PLACES_BEFORE_POINT)
    return text if dot < 0 or value < 0 else _exponential(text[:dot] + text[dot + 1 :], dot)


def _exponential(digits: str, before_point: int) -> str:
    return f"{digits[0]}.{digits[1:]}".rstrip("0.") + _EXPONENTS[before_point]


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
