"""Each link's last 24 hours in memory: round-trip quantiles and loss in cells of two minutes, from its sketches.

It begins empty with the process. At 10,000 links it takes some 95 MB, so a finished cell is three numbers and the one
that is being filled is a sketch's bytes.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import repeat

from exporter.statistics import Sketch

CELL_SECONDS = 120
CELLS = 720
_NUMBERS = 3  # of a cell: median, 95th percentile, loss
_UNKNOWN = math.nan  # in here alone; None to whoever asks


@dataclass(frozen=True, slots=True)
class Cell:
    """Two minutes from `at` on, seconds since the epoch, of a link that was available in some of them.

    The quantiles are None where no echo was answered. `loss_ratio` is of the available time, as the sketches' is.
    """

    at: int
    rtt_p50_seconds: float | None
    rtt_p95_seconds: float | None
    loss_ratio: float | None


class Recent:
    """Takes sketches on one thread; any thread may ask for the cells."""

    def __init__(self) -> None:
        self._rings: dict[str, _Ring] = {}

    def add(self, link: str, at: float, sketch: Sketch) -> None:
        """Count a sketch of the time around an instant; one of before the latest cell comes too late, and is left out.

        Nothing of the sketch is kept, so that it may go on changing.
        """
        if not sketch:
            return
        cell = int(at // CELL_SECONDS)
        ring = self._rings.get(link)
        if ring is None:
            self._rings[link] = _Ring(cell, sketch)
        else:
            ring.add(cell, sketch)

    def cells(self, link: str, now: float) -> tuple[Cell, ...]:
        """Return a link's cells, the oldest first, of the 720 whose last one holds now; those without an echo absent.

        The last one may be filled still.
        """
        ring = self._rings.get(link)
        if ring is None:
            return ()
        last = int(now // CELL_SECONDS)
        return tuple(ring.cells(last - CELLS + 1, last))

    def keep_only(self, links: AbstractSet[str]) -> None:
        """Forget all other links."""
        for link in self._rings.keys() - links:
            del self._rings[link]


class _Ring:
    """One link's cells, counted from the epoch; cell i has its numbers in the place i modulo 720.

    `filling` is the latest cell with its sketch so far. Whoever reads it before the numbers may do so on another
    thread: a cell's own place is written only when it is finished, and what becomes of the older ones meanwhile is that
    they are unknown.
    """

    __slots__ = ("filling", "numbers")

    def __init__(self, cell: int, sketch: Sketch) -> None:
        self.numbers = array("f", repeat(_UNKNOWN, CELLS * _NUMBERS))
        self.filling = (cell, sketch.to_bytes())

    def add(self, cell: int, sketch: Sketch) -> None:
        filled, held = self.filling
        if cell > filled:
            self._finish(cell)
            self.filling = (cell, sketch.to_bytes())
        elif cell == filled:
            both = Sketch.from_bytes(held)
            both.merge(sketch)
            self.filling = (cell, both.to_bytes())

    def _finish(self, following: int) -> None:
        """Write the filled cell's numbers, and nothing into the cells between it and the following one."""
        filled, held = self.filling
        self._put(filled, _numbers(Sketch.from_bytes(held)))
        for skipped in range(max(filled, following - CELLS) + 1, following):  # one may have the filled one's place
            self._put(skipped, (_UNKNOWN, _UNKNOWN, _UNKNOWN))

    def _put(self, cell: int, numbers: tuple[float, float, float]) -> None:
        place = cell % CELLS * _NUMBERS
        self.numbers[place : place + _NUMBERS] = array("f", numbers)

    def cells(self, first: int, last: int) -> Iterator[Cell]:
        """Yield the known ones of the cells from the first to the last, both among them; the oldest first."""
        filled, held = self.filling
        numbers = self.numbers.tolist()
        for cell in range(max(first, filled - CELLS + 1), min(last + 1, filled)):
            place = cell % CELLS * _NUMBERS
            p50, p95, loss = numbers[place : place + _NUMBERS]
            if not math.isnan(loss):
                yield _cell(cell, p50, p95, loss)
        if first <= filled <= last:
            yield _cell(filled, *array("f", _numbers(Sketch.from_bytes(held))))


def _cell(cell: int, p50: float, p95: float, loss: float) -> Cell:
    if math.isnan(p50):
        return Cell(cell * CELL_SECONDS, None, None, loss)
    return Cell(cell * CELL_SECONDS, p50, p95, loss)


def _numbers(sketch: Sketch) -> tuple[float, float, float]:
    """Return what a sketch that isn't empty says."""
    loss_ratio = sketch.lost / (sketch.lost + sketch.replies)
    p50, p95 = sketch.quantile(0.5), sketch.quantile(0.95)
    if p50 is None or p95 is None:
        return _UNKNOWN, _UNKNOWN, loss_ratio
    return p50, p95, loss_ratio
