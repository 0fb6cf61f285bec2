"""How much of its contract a link uses, by five-minute means. Purely.

Each mean is held against the rate that is contracted at its own time, and each direction against its own. A mean whose
direction has no rate then says nothing of that direction.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from exporter.bandwidth import BIN_SECONDS, Mean, percentile_95

FULL = Fraction(80, 100)  # a mean above it is a full one
HARDLY_USED = Fraction(10, 100)
BITS = 8
BINS_AN_HOUR = 3600 // BIN_SECONDS


@dataclass(frozen=True, slots=True)
class Contracted:
    """What is contracted in `[start, end)`, in bits a second; None where nothing says it."""

    start: int
    end: int
    download_bps: int | None
    upload_bps: int | None


@dataclass(frozen=True, slots=True)
class Usage:
    """What a link uses of its contract.

    `receive` and `transmit` are the 95th percentiles of the shares that means have of their contract's rate, None where
    no mean has one. `full_hours` is the time of means above 80 % of the contract in either direction, None likewise.
    """

    receive: Fraction | None
    transmit: Fraction | None
    full_hours: Fraction | None

    @property
    def is_hardly_used(self) -> bool | None:
        """Whether both directions are under 10 %; None where that depends on what isn't known."""
        sides = [None if side is None else side < HARDLY_USED for side in (self.receive, self.transmit)]
        if False in sides:
            return False
        return None if None in sides else True

    @property
    def is_full(self) -> bool:
        """Whether some time is known to be above 80 %."""
        return bool(self.full_hours)


def usage(means: Sequence[Mean], rates: Iterable[Contracted]) -> Usage:
    """Return what a link uses, by its means in order of time and its contracts' rates."""
    receive: list[tuple[float, int]] = []
    transmit: list[tuple[float, int]] = []
    known = full = 0
    for mean, download_bps, upload_bps in _rated(means, rates):
        sides: list[tuple[float, int]] = []
        if download_bps:
            sides.append((mean.receive_bytes_per_second, download_bps))
            receive.append(sides[-1])
        if upload_bps:
            sides.append((mean.transmit_bytes_per_second, upload_bps))
            transmit.append(sides[-1])
        known += bool(sides)
        full += any(_is_full(*side) for side in sides)
    return Usage(_percentile(receive), _percentile(transmit), Fraction(full, BINS_AN_HOUR) if known else None)


def _rated(means: Sequence[Mean], rates: Iterable[Contracted]) -> Iterator[tuple[Mean, int | None, int | None]]:
    for of in rates:
        low, high = (bisect_left(means, at, key=lambda mean: mean.start) for at in (of.start, of.end))
        for mean in means[low:high]:
            yield mean, of.download_bps, of.upload_bps


def _is_full(bytes_per_second: float, rate_bps: int) -> bool:
    """Compare exactly: a ledger's mean has 24 significant bits, so these products lose none."""
    return bytes_per_second * BITS * FULL.denominator > rate_bps * FULL.numerator


def _percentile(sides: Sequence[tuple[float, int]]) -> Fraction | None:
    """Return the 95th percentile of shares as the exact one that it is."""
    exact = {carried * BITS / rate_bps: (carried, rate_bps) for carried, rate_bps in sides}
    found = percentile_95([carried * BITS / rate_bps for carried, rate_bps in sides])
    if found is None:
        return None
    carried, rate_bps = exact[found]
    return Fraction(carried) * BITS / rate_bps
