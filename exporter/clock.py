"""The time of day and the monotonic clock, passed in rather than called, so that tests can set both."""

from __future__ import annotations

import time as clocks
from typing import Protocol


class Clock(Protocol):
    """Readings of time."""

    def time(self) -> float:
        """Return seconds since the Unix epoch; may step."""

    def time_ns(self) -> int:
        """Return nanoseconds since the Unix epoch, by the same clock."""

    def monotonic(self) -> float:
        """Return seconds since some fixed moment; never steps."""


class SystemClock:
    """The machine's own clocks."""

    time = staticmethod(clocks.time)
    time_ns = staticmethod(clocks.time_ns)
    monotonic = staticmethod(clocks.monotonic)
