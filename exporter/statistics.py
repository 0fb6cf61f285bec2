"""What a stream of durations says: a histogram, the last value, the variation of neighbours."""

from __future__ import annotations

import math
import struct
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat, tee
from operator import add

RTT_BOUNDS = (
    0.0002, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.0,
)  # fmt: skip
WRITE_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
LATENESS_BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
VARIATION_REPLIES = 60
SHORTEST_RTT_SECONDS = 1e-7
_GAMMA = 1.02
_PER_LOG = 1 / math.log(_GAMMA)


@dataclass(frozen=True, slots=True)
class Distribution:
    """A histogram at one moment: `counts[i]` values up to `bounds[i]` and above the bound before, one count more."""

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    sum_seconds: float


class Histogram:
    """Counts durations by bucket, as Prometheus does: a value on a bound belongs below it."""

    __slots__ = ("_bounds", "_counts", "_sum")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def observe(self, seconds: float, number: int = 1) -> None:
        """Count one duration, or so many of one length."""
        self._counts[bisect_left(self._bounds, seconds)] += number
        self._sum += seconds * number

    def observe_all(self, lengths: Sequence[float]) -> None:
        """Count durations."""
        bounds, counts = self._bounds, self._counts
        for seconds in lengths:
            counts[bisect_left(bounds, seconds)] += 1
        self._sum += sum(lengths)

    def distribution(self) -> Distribution:
        """Return what was counted so far."""
        return Distribution(self._bounds, tuple(self._counts), self._sum)


class RttStatistics:
    """What the replies of one link say of its round-trip time."""

    __slots__ = ("_recent", "_variation", "histogram")

    def __init__(self) -> None:
        self.histogram = Histogram(RTT_BOUNDS)
        self._recent: deque[float] = deque(maxlen=VARIATION_REPLIES)
        self._variation = 0.0

    def observe(self, rtt_seconds: float) -> None:
        """Count one reply."""
        self.observe_all((rtt_seconds,))

    def observe_all(self, rtts_seconds: Sequence[float]) -> None:
        """Count replies in their order."""
        self.histogram.observe_all(rtts_seconds)
        recent, variation = self._recent, self._variation
        last = recent[-1] if recent else None
        for rtt_seconds in rtts_seconds:
            if last is not None:
                variation += abs(rtt_seconds - last)
                if len(recent) == VARIATION_REPLIES:
                    variation -= abs(recent[1] - recent[0])
            recent.append(rtt_seconds)
            last = rtt_seconds
        self._variation = variation

    @property
    def variation_seconds(self) -> float | None:
        """The mean absolute difference of consecutive RTTs over the last 60 replies; None before the second."""
        if len(self._recent) < 2:  # noqa: PLR2004 -- a difference has two sides
            return None
        return max(self._variation, 0.0) / (len(self._recent) - 1)


class Sketch:
    """The round-trip times of many replies, in little room: a quantile is within 1 % of the true one.

    Counts by powers of 1.02 (DDSketch, Masson, Rim and Lee, VLDB 2019). Beside them stand the echoes that were lost, so
    that a loss ratio and the quantiles are of the same echoes. Sketches of a link add up.
    """

    __slots__ = ("counts", "lost")

    def __init__(self, counts: dict[int, int] | None = None, lost: int = 0) -> None:
        self.counts = {} if counts is None else counts
        self.lost = lost

    def observe(self, rtt_seconds: float) -> None:
        """Count one reply."""
        self.observe_all((rtt_seconds,))

    def observe_all(self, rtts_seconds: Sequence[float]) -> None:
        """Count replies."""
        counts, shortest, per_log = self.counts, SHORTEST_RTT_SECONDS, _PER_LOG
        ceil, log = math.ceil, math.log
        for rtt_seconds in rtts_seconds:
            longer = rtt_seconds if rtt_seconds > shortest else shortest  # noqa: FURB136 -- max() takes twice as long
            key = ceil(log(longer) * per_log)
            counts[key] = counts.get(key, 0) + 1

    def observe_echo(self, rtt_seconds: float | None, *, is_lost: bool) -> None:
        """Count a reply by its time, or an echo that was lost; a reply without a time is neither."""
        if rtt_seconds is not None:
            self.observe(rtt_seconds)
        elif is_lost:
            self.lost += 1

    def merge(self, other: Sketch) -> None:
        """Add another's counts."""
        self._add(other.counts.keys(), other.counts.values())
        self.lost += other.lost

    def merge_bytes(self, data: bytes) -> None:
        """Add what `to_bytes` wrote of another; ValueError where it isn't that."""
        lost, keys, counts = _unpacked(data)
        self._add(keys, counts)
        self.lost += lost

    def _add(self, keys: Iterable[int], counts: Iterable[int]) -> None:
        """Add counts by their keys, each of which comes once; without a step of the interpreter's for each."""
        known = self.counts
        keys, asked = tee(keys)
        known.update(zip(keys, map(add, map(known.get, asked, repeat(0)), counts), strict=True))

    @property
    def replies(self) -> int:
        """How many replies were counted."""
        return sum(self.counts.values())

    def __bool__(self) -> bool:
        return bool(self.counts or self.lost)

    def quantile(self, share: float) -> float | None:
        """Return a quantile in seconds by nearest rank, for instance 0.5 for the median; None without a reply."""
        rank = max(1, math.ceil(share * self.replies))
        for key in sorted(self.counts):
            rank -= self.counts[key]
            if rank <= 0:
                return 2 * math.exp(key / _PER_LOG) / (1 + _GAMMA)
        return None

    def to_bytes(self) -> bytes:
        """Return it as bytes: the lost echoes, then each key with its count."""
        pairs = [number for item in sorted(self.counts.items()) for number in item]
        return struct.pack(f"<q{len(pairs)}i", self.lost, *pairs)

    @classmethod
    def from_bytes(cls, data: bytes) -> Sketch:
        """Return what `to_bytes` wrote; ValueError where it isn't that."""
        lost, keys, counts = _unpacked(data)
        return cls(dict(zip(keys, counts, strict=True)), lost)


def _unpacked(data: bytes) -> tuple[int, Sequence[int], Sequence[int]]:
    size = (len(data) - 8) // 8
    try:
        lost, *pairs = struct.unpack(f"<q{2 * size}i", data)
    except struct.error as error:
        raise ValueError(f"{len(data)} bytes are no sketch") from error
    return lost, pairs[::2], pairs[1::2]
