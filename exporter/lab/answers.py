"""What the district answers, on its way back: given out at the instants it is due, or lost with what closes."""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from exporter.errors import InputError
from exporter.lab import commands
from exporter.lab.fate import Fates
from exporter.lab.topology import Address

T = TypeVar("T")


class Answers(Generic[T]):
    """Answers to the echoes of a district, by the monotonic clock."""

    def __init__(self, fates: Fates, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._fates = fates
        self._monotonic = monotonic
        self._number = itertools.count()
        self._due: list[tuple[float, int, bytes, T]] = []  # at, number, the echo's packed destination, answer

    @property
    def next_at(self) -> float | None:
        """When the next answer is due; None where there is none."""
        return self._due[0][0] if self._due else None

    def add(self, at_seconds: float, destination: bytes, answer: T) -> None:
        """Let an answer to an echo be due at an instant; `destination` is the echo's, packed."""
        heapq.heappush(self._due, (at_seconds, next(self._number), destination, answer))

    def take_due(self) -> Iterator[T]:
        """Yield what is due by now, in its order."""
        now = self._monotonic()
        while self._due and self._due[0][0] <= now:
            yield heapq.heappop(self._due)[3]

    def command(self, written: str | bytes) -> dict[str, Any]:
        """Carry out a command's line; return what is to be said of it. What was closed by it gets no reply any more."""
        before, moves = set(self._fates.closed), self._fates.moves
        try:
            commands.carry_out(commands.read(written), self._fates, self._monotonic())
        except InputError as error:
            return {"error": str(error)}
        closed = self._fates.closed - before
        if closed or self._fates.is_isolated:
            gone = {address.packed for address in closed}
            self._due = [due for due in self._due if not self._fates.is_isolated and due[2] not in gone]
            heapq.heapify(self._due)
        said = {
            "at": time.time(),
            "closed": _sorted(closed),
            "opened": _sorted(before - self._fates.closed),
            "isolated": self._fates.is_isolated,
        }
        return said if moves == self._fates.moves else {**said, "names": self._fates.names}


def _sorted(addresses: set[Address]) -> list[str]:
    return [str(address) for address in sorted(addresses, key=lambda address: (address.version, int(address)))]
