"""What a stream of durations says: a histogram, the last value, the variation of neighbours."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from dataclasses import dataclass
from itertools import pairwise

RTT_BOUNDS = (
    0.0002, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.0,
)  # fmt: skip
WRITE_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
LATENESS_BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
VARIATION_REPLIES = 60


@dataclass(frozen=True, slots=True)
class Distribution:
    """A histogram at one moment: `counts[i]` values up to `bounds[i]` and above the bound before, one count more."""

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    sum_seconds: float


class Histogram:
    """Counts durations by bucket, as Prometheus does: a value on a bound belongs below it."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def observe(self, seconds: float) -> None:
        """Count one duration."""
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self._sum += seconds

    def distribution(self) -> Distribution:
        """Return what was counted so far."""
        return Distribution(self._bounds, tuple(self._counts), self._sum)


class RttStatistics:
    """What the replies of one link say of its round-trip time."""

    def __init__(self) -> None:
        self.histogram = Histogram(RTT_BOUNDS)
        self._recent: deque[float] = deque(maxlen=VARIATION_REPLIES)

    def observe(self, rtt_seconds: float) -> None:
        """Count one reply."""
        self.histogram.observe(rtt_seconds)
        self._recent.append(rtt_seconds)

    @property
    def variation_seconds(self) -> float | None:
        """The mean absolute difference of consecutive RTTs over the last 60 replies; None before the second."""
        recent = list(self._recent)
        if len(recent) < 2:  # noqa: PLR2004 -- a difference has two sides
            return None
        return sum(abs(b - a) for a, b in pairwise(recent)) / (len(recent) - 1)
