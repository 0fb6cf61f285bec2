"""Quantiles of a histogram's buckets, as Prometheus' histogram_quantile has them."""

from __future__ import annotations

import math
from collections.abc import Mapping


def quantile(share: float, counts: Mapping[float, float]) -> float | None:
    """Return a quantile, given for each upper bound how many are up to it; None where nothing was counted.

    Within a bucket values are taken as evenly spread. In the last one, which has no bound, they are at its lower end.
    """
    bounds = sorted(counts)
    if not bounds or not math.isinf(bounds[-1]) or not counts[bounds[-1]] > 0:
        return None
    rank = share * max(counts.values())
    lower, below = 0.0, 0.0
    for bound in bounds[:-1]:
        if counts[bound] >= rank:
            return lower + (bound - lower) * (rank - below) / ((counts[bound] - below) or 1)
        lower, below = bound, max(below, counts[bound])
    return lower
