"""The values of promtool's series, in its notation, scraped less often: for running a test at another interval.

https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series
"""

from __future__ import annotations

import re
from decimal import Decimal

MISSING = "_"
STALE = "stale"
_TERM = re.compile(r"(?P<start>_|-?[\d.]+)(?P<step>[+-][\d.]+)?(?:x(?P<times>\d+))?")


def samples(notation: str) -> list[str]:
    """Return every sample: `1x2` is three of them, `0+5x2` is `0 5 10`, `_x2` is two that are missing.

    ValueError for what promtool would refuse, and for what these tests have no use for.
    """
    return [sample for term in notation.split() for sample in _term(term)]


def scraped_each(notation: str, step: int) -> str:
    """Return each `step`-th sample, the first among them. ValueError where a marker of staleness would be lost."""
    every = samples(notation)
    lost = [at for at, sample in enumerate(every) if sample == STALE and at % step]
    if lost:
        raise ValueError(f"stale at {lost}, which aren't multiples of {step}: {notation}")
    return " ".join(every[::step])


def _term(term: str) -> list[str]:
    if term == STALE:
        return [STALE]
    parts = _TERM.fullmatch(term)
    if parts is None or (parts["step"] and (parts["start"] == MISSING or not parts["times"])):
        raise ValueError(f"not in promtool's notation: {term}")
    times = int(parts["times"] or 0)
    if parts["start"] == MISSING:
        return [MISSING] * (times if parts["times"] else 1)
    start, step = Decimal(parts["start"]), Decimal(parts["step"] or 0)
    return [f"{start + step * nth:f}" for nth in range(times + 1)]
