"""What Prometheus knows of a link's last 30 days, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique

STEP_SECONDS = 7200
POINTS = 360


@unique
class Measure(Enum):
    """What a line shows, with its unit. The directions are the office's."""

    RTT_P50 = "rtt_p50_seconds"
    RTT_P95 = "rtt_p95_seconds"
    LOSS = "loss_ratio"
    RECEIVE = "receive_bytes_per_second"
    TRANSMIT = "transmit_bytes_per_second"


@dataclass(frozen=True, slots=True)
class Line:
    """One measure: `(at, value)` of the two hours up to each instant, seconds since the epoch; None where not known.

    There is a point each two hours, known or not.
    """

    name: Measure
    points: tuple[tuple[int, float | None], ...]


@dataclass(frozen=True, slots=True)
class Month30:
    """The 30 days up to `until`: a line of each measure, in the order of Measure.

    Loss is of all echoes that were lost or answered, outages among them, unlike a Cell's. It isn't known where the
    monitor was isolated within the two hours.
    """

    until: int
    lines: tuple[Line, ...]


def instants(until: int) -> range:
    """Return the instants of a line's points."""
    return range(until - (POINTS - 1) * STEP_SECONDS, until + 1, STEP_SECONDS)
