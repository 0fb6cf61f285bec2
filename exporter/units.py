"""Durations, rates, shares and money as the inventory writes them.

Each function takes one text and gives one exact value, or raises ValueError with a sentence that says what was read
and what is expected. Nothing is guessed: a unit is always written, digits are ASCII, and blanks are not skipped.
"""

from __future__ import annotations

import re
from fractions import Fraction

_DIGITS = 15  # more than any link, bill or outage needs, and exact everywhere
_WHOLE = re.compile(rf"[0-9]{{1,{_DIGITS}}}")
_DURATION = re.compile(rf"([0-9]{{1,{_DIGITS}}})(ms|s|m|h)")
_DECIMAL = rf"([0-9]{{1,{_DIGITS}}}(?:\.[0-9]{{1,{_DIGITS}}})?)"
_RATE = re.compile(_DECIMAL + "(kbps|Mbps|Gbps)")
_PERCENT = re.compile(_DECIMAL + "%")

_MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000}
_BITS_PER_SECOND = {"kbps": 10**3, "Mbps": 10**6, "Gbps": 10**9}
_MILLISECONDS_A_SECOND = 1000
_SHOWN = 40


def whole_seconds(text: str) -> int:
    """Return the seconds of a duration such as `1s`, `5m` or `2h`."""
    milliseconds = _milliseconds(text, "'30s', '5m' or '2h'")
    if milliseconds % _MILLISECONDS_A_SECOND:
        raise ValueError(f"expected whole seconds, for instance '1s'; read {_read(text)}")
    return milliseconds // _MILLISECONDS_A_SECOND


def seconds(text: str) -> float:
    """Return the seconds of a duration that may be shorter than one, such as `150ms` or `2s`."""
    return _milliseconds(text, "'150ms' or '2s'") / _MILLISECONDS_A_SECOND


def bits_per_second(text: str) -> int:
    """Return the bit/s of a rate such as `512kbps`, `100Mbps` or `1.5Gbps`; k, M and G are powers of 1000."""
    match = _RATE.fullmatch(text)
    if match is None:
        raise ValueError(f"expected a rate in kbps, Mbps or Gbps, for instance '100Mbps'; read {_read(text)}")
    rate = Fraction(match[1]) * _BITS_PER_SECOND[match[2]]
    if rate.denominator != 1:
        raise ValueError(f"expected a rate of whole bits per second, for instance '1.5Mbps'; read {_read(text)}")
    return rate.numerator


def share(text: str) -> Fraction:
    """Return the exact share of a percentage: `99.5%` is Fraction(199, 200). It may be more than 1."""
    match = _PERCENT.fullmatch(text)
    if match is None:
        raise ValueError(f"expected a percentage with a decimal point, for instance '99.5%'; read {_read(text)}")
    return Fraction(match[1]) / 100


def rupiah(text: str) -> int:
    """Return whole rupiah, written as digits alone."""
    if _WHOLE.fullmatch(text) is None:
        raise ValueError(f"expected whole rupiah as digits alone, for instance '4500000'; read {_read(text)}")
    return int(text)


def _milliseconds(text: str, examples: str) -> int:
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"expected a duration, for instance {examples}; read {_read(text)}")
    return int(match[1]) * _MILLISECONDS[match[2]]


def _read(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")
