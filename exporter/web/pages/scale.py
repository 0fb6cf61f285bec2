"""Scales of charts: round values for an axis, and labels that keep apart."""

from __future__ import annotations

import math
from collections.abc import Sequence

_MOST_STEPS = 4
_SMALLEST, _LARGEST = 1e-12, 1e18
_ROUND = (1, 2, 2.5, 5, 10)


def nice_ticks(largest: float) -> tuple[float, ...]:
    """Return three to five round values from 0 on, the last of which is `largest` or somewhat more.

    What isn't above 0, or is beyond all measure, gives the ticks of 1: an axis without any value still is one.
    """
    if not _SMALLEST < largest < _LARGEST:
        largest = 1.0
    exponent = math.floor(math.log10(largest / _MOST_STEPS))
    power = 10.0**exponent
    step = next((size * power for size in _ROUND if largest <= size * power * _MOST_STEPS), 10 * power)
    count = max(2, math.ceil(largest / step - 1e-9))
    return tuple(round(index * step, 2 - exponent) for index in range(count + 1))


def apart(wanted: Sequence[float], least: float, low: float, high: float) -> tuple[float, ...]:
    """Return places near the wanted ones that are `least` apart, in the same order, and within `[low, high]`.

    Where there is no room for all, they are as far apart as it allows.
    """
    if not wanted:
        return ()
    least = min(least, (high - low) / max(1, len(wanted) - 1))
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    places = [0.0] * len(wanted)
    for rank, index in enumerate(order):
        floor = low if rank == 0 else places[order[rank - 1]] + least
        places[index] = max(floor, wanted[index])
    ceiling = high
    for index in reversed(order):
        places[index] = min(ceiling, places[index])
        ceiling = places[index] - least
    return tuple(places)
