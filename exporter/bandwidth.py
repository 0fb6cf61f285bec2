"""Five-minute means of what a link carries, from the totals that polls give, and their 95th percentile. Purely.

A mean is of one whole bin of 300 s on the epoch's multiples; the bytes between two polls are spread evenly over the
time between them. Where two polls lie too far apart, or something is missing between them, nobody knows when how many
bytes came: bins that this touches have none.
"""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from exporter.observation import DevicePoll

BIN_SECONDS = 300
DAY_SECONDS = 86_400
BINS_A_DAY = DAY_SECONDS // BIN_SECONDS
LONGEST_INTERVALS = 3
FULL_RATIO = 0.9  # of the contracted rate, over one interval between polls
_PERCENT = 95
_MANY, _EACH = 1000, 20
_BIN_BYTES = 8  # two floats of 32 bits
_DAY_BYTES = BINS_A_DAY * _BIN_BYTES


class Mean(NamedTuple):
    """What a link carried in the bin that begins at `start`, in bytes a second; directions are the office's."""

    start: int
    receive_bytes_per_second: float
    transmit_bytes_per_second: float


class Rates(NamedTuple):
    """Means of each direction in bytes a second, in order of time; both have as many."""

    receive: array[float]
    transmit: array[float]


class Meter:
    """Turns the polls of one link, in order of time, into means; `interval_seconds` is how often it is polled."""

    __slots__ = ("_bin", "_longest_seconds", "_poll", "_receive", "_transmit")

    def __init__(self, interval_seconds: int) -> None:
        self._longest_seconds = LONGEST_INTERVALS * interval_seconds
        self._poll: DevicePoll | None = None
        self._bin: int | None = None  # the bin that is covered from its beginning up to the last poll
        self._receive = self._transmit = 0.0

    def take(self, poll: DevicePoll) -> Iterator[Mean]:
        """Yield the means of the bins that end with this poll or before it; totals that fell begin anew."""
        before, self._poll = self._poll, poll
        if before is None or not self._goes_on(before, poll):
            self._bin = None
            return
        seconds = poll.at - before.at
        receive = (poll.receive_bytes - before.receive_bytes) / seconds
        transmit = (poll.transmit_bytes - before.transmit_bytes) / seconds
        at = before.at
        while at < poll.at:
            start = math.floor(at / BIN_SECONDS) * BIN_SECONDS
            if at == start:
                self._begin(start)
            end = min(poll.at, float(start + BIN_SECONDS))
            self._receive += receive * (end - at)
            self._transmit += transmit * (end - at)
            if end == start + BIN_SECONDS:
                if self._bin == start:
                    yield Mean(start, self._receive / BIN_SECONDS, self._transmit / BIN_SECONDS)
                self._begin(start + BIN_SECONDS)
            at = end

    def _goes_on(self, before: DevicePoll, poll: DevicePoll) -> bool:
        return (
            poll.is_whole
            and 0 < poll.at - before.at <= self._longest_seconds
            and poll.receive_bytes >= before.receive_bytes
            and poll.transmit_bytes >= before.transmit_bytes
        )

    def _begin(self, start: int) -> None:
        self._bin = start
        self._receive = self._transmit = 0.0


class Means:
    """The means of one link's day, which begins at a multiple of 86,400 seconds since the epoch."""

    __slots__ = ("_values",)

    def __init__(self) -> None:
        self._values = array("f", [math.nan]) * (2 * BINS_A_DAY)

    def put(self, mean: Mean) -> None:
        """Take a mean of the day."""
        place = mean.start % DAY_SECONDS // BIN_SECONDS
        self._values[2 * place] = mean.receive_bytes_per_second
        self._values[2 * place + 1] = mean.transmit_bytes_per_second

    def merge(self, newer: Means) -> None:
        """Take what another holds; where both have a mean, the other's."""
        for place, value in enumerate(newer._values):
            if not math.isnan(value):
                self._values[place] = value

    def dated(self, day_start: int) -> Iterator[Mean]:
        """Yield the means, in order of time, of the day that begins at an instant."""
        for place in range(BINS_A_DAY):
            receive, transmit = self._values[2 * place : 2 * place + 2]
            if not math.isnan(receive):
                yield Mean(day_start + place * BIN_SECONDS, receive, transmit)

    def to_bytes(self) -> bytes:
        """Return it as so many little-endian floats of 32 bits, receive and transmit by turns; NaN is none."""
        return _little(self._values).tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Means:
        """Read what `to_bytes` gave; ValueError where it can't be that."""
        values = array("f")
        values.frombytes(_a_day(data))
        means = cls()
        means._values = _little(values)
        return means


def rates(days: Iterable[tuple[int, bytes]], start: int, end: int) -> Rates:
    """Return what a link carried in the bins that begin in `[start, end)`, from days as `to_bytes` gave them.

    Each day comes with its beginning, in order of time; ValueError where one can't be that.
    """
    pieces = []
    for day, data in days:
        low, high = (max(0, min(BINS_A_DAY, -((day - at) // BIN_SECONDS))) for at in (start, end))
        pieces.append(_a_day(data)[low * _BIN_BYTES : high * _BIN_BYTES])
    values = array("f")
    values.frombytes(b"".join(pieces))
    values = _little(values)
    return Rates(_known(values[::2]), _known(values[1::2]))


def percentile_95(values: Sequence[float]) -> float | None:
    """Return the least value that 95 % don't exceed (nearest rank); None where there is none."""
    if not values:
        return None
    larger = len(values) - -(-len(values) * _PERCENT // 100)  # so many may stand above it
    among: Sequence[float] = values
    if len(values) > _MANY:  # a sample says where the largest begin, so that not all are put in order
        sample = sorted(values[::_EACH])
        bound = sample[len(sample) * 9 // 10]
        largest = [value for value in values if value >= bound]
        among = largest if len(largest) > larger else values
    return sorted(among)[len(among) - 1 - larger]


def by_day(means: Iterable[Mean]) -> Mapping[int, Means]:
    """Return means by the start of their day."""
    days: dict[int, Means] = {}
    for mean in means:
        days.setdefault(mean.start - mean.start % DAY_SECONDS, Means()).put(mean)
    return days


def _a_day(data: bytes) -> bytes:
    """Return what may be a day of means; ValueError where its length says that it isn't."""
    if len(data) != _DAY_BYTES:
        raise ValueError(f"{len(data)} bytes are no day of means")
    return data


def _known(rates: array[float]) -> array[float]:
    """Return the rates that there are, without the NaN that stand for none."""
    return rates if not math.isnan(sum(rates)) else array("f", [rate for rate in rates if not math.isnan(rate)])


def _little(values: array[float]) -> array[float]:
    if sys.byteorder == "little":
        return values
    swapped = array("f", values)
    swapped.byteswap()
    return swapped
