"""Time as an argument: the wall clock for slots and the monotonic one for durations."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Two readings of time, both in seconds."""

    def time(self) -> float:
        """Return seconds since the Unix epoch; may step."""

    def monotonic(self) -> float:
        """Return seconds since some fixed moment; never steps."""


class SystemClock:
    """The machine's own clocks."""

    def time(self) -> float:
        """Return seconds since the Unix epoch; may step."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds since some fixed moment; never steps."""
        return time.monotonic()
