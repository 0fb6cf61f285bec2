"""Points that would cover each other move apart: onto a lattice of triangles, each to a free cell near to it.

A point that stands alone stays. The others can't meet there, however many want the same place, and the cost is bounded.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Point = tuple[float, float]
Cell = tuple[int, int]

CELLS_A_POINT = 2.5  # room that a lattice should have: one that stands alone may take up to four cells
_ROW = math.sqrt(3) / 2  # of a pitch, from row to row
_TOUCHING = 1 - 1e-9
_MOST_SWEEPS = 12
_NEIGHBOURS = ((1, 0), (-1, 1), (0, 1), (1, 1))


@dataclass(frozen=True, slots=True)
class Lattice:
    """Cells `pitch` from each other in a box; a cell is its column and row, and odd rows are half a pitch further."""

    pitch: float
    left: float
    top: float
    width: float
    height: float

    @property
    def columns(self) -> int:
        """How many cells are in a row."""
        return int(self.width / self.pitch - 0.5) + 1

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return int(self.height / (self.pitch * _ROW)) + 1

    def at(self, cell: Cell) -> Point:
        """Return a cell's point."""
        column, row = cell
        return self.left + (column + row % 2 / 2) * self.pitch, self.top + row * self.pitch * _ROW

    def nearest(self, point: Point) -> Cell:
        """Return the cell about nearest to a point."""
        row = min(self.rows - 1, max(0, round((point[1] - self.top) / (self.pitch * _ROW))))
        column = round((point[0] - self.left) / self.pitch - row % 2 / 2)
        return min(self.columns - 1, max(0, column)), row

    def holds(self, cell: Cell) -> bool:
        """Return whether a cell is in the box."""
        return 0 <= cell[0] < self.columns and 0 <= cell[1] < self.rows


def spread(points: Sequence[Point], lattice: Lattice) -> list[Point]:
    """Return a point for each, `pitch` from all others: its own where it stands alone, else a cell's.

    Where the lattice has no room left, a point stays where it is.
    """
    alone = _alone(points, lattice.pitch)
    blocked = {cell for index in alone for cell in _within(points[index], lattice)}
    search = _Search(lattice, blocked)
    taken = {
        cell: index
        for index, point in enumerate(points)
        if index not in alone and (cell := search.free_cell(lattice.nearest(point))) is not None
    }
    _untangle(taken, points, lattice)
    placed = list(points)
    for cell, index in taken.items():
        placed[index] = lattice.at(cell)
    return placed


def _alone(points: Sequence[Point], pitch: float) -> set[int]:
    squares: dict[Cell, list[int]] = defaultdict(list)
    for index, (x, y) in enumerate(points):
        squares[int(x // pitch), int(y // pitch)].append(index)
    return {index for index in range(len(points)) if not _is_crowded(index, points, squares, pitch)}


def _is_crowded(index: int, points: Sequence[Point], squares: dict[Cell, list[int]], pitch: float) -> bool:
    column, row = int(points[index][0] // pitch), int(points[index][1] // pitch)
    return any(
        other != index and math.dist(points[index], points[other]) < pitch
        for square in ((column + x, row + y) for x in (0, -1, 1) for y in (0, -1, 1))
        for other in squares.get(square, ())
    )


def _within(point: Point, lattice: Lattice) -> Iterator[Cell]:
    """Yield the cells that are closer to a point than the pitch."""
    column, row = lattice.nearest(point)
    for cell in ((column + x, row + y) for x in (-2, -1, 0, 1, 2) for y in (-2, -1, 0, 1, 2)):
        if math.dist(lattice.at(cell), point) < lattice.pitch * _TOUCHING:
            yield cell


class _Search:
    """Finds free cells from a cell outwards; what was found taken from there isn't looked at again."""

    def __init__(self, lattice: Lattice, taken: set[Cell]) -> None:
        self._lattice = lattice
        self._taken = taken
        self._outwards: dict[Cell, Iterator[Cell]] = {}

    def free_cell(self, start: Cell) -> Cell | None:
        """Take the nearest free cell; None where all are taken."""
        outwards = self._outwards.get(start)
        if outwards is None:
            self._outwards[start] = outwards = _outwards(start, self._lattice)
        for cell in outwards:
            if cell not in self._taken:
                self._taken.add(cell)
                return cell
        return None


def _outwards(start: Cell, lattice: Lattice) -> Iterator[Cell]:
    """Yield all cells of a lattice, those nearest to one first, in rings."""
    middle = lattice.at(start)
    waiting: list[tuple[float, Cell]] = []
    for ring in range(max(lattice.columns, lattice.rows) + 1):
        waiting.extend(
            (math.dist(middle, lattice.at(cell)), cell) for cell in _ring(start, ring) if lattice.holds(cell)
        )
        waiting.sort(reverse=True)
        while waiting and waiting[-1][0] <= ring * lattice.pitch * _ROW:
            yield waiting.pop()[1]
    yield from (cell for _, cell in reversed(waiting))


def _ring(start: Cell, ring: int) -> Iterator[Cell]:
    column, row = start
    if not ring:
        yield start
    for step in range(-ring, ring):
        yield column + step, row - ring
        yield column + ring, row + step
        yield column - step, row + ring
        yield column - ring, row - step


def _untangle(taken: dict[Cell, int], points: Sequence[Point], lattice: Lattice) -> None:
    """Swap neighbours that would both, taken together, be nearer to where they belong."""
    for _ in range(_MOST_SWEEPS):
        swapped = False
        for cell in list(taken):
            for x, y in _NEIGHBOURS:
                other = (cell[0] + x, cell[1] + y)
                if other in taken and _is_better_swapped(cell, other, taken, points, lattice):
                    taken[cell], taken[other] = taken[other], taken[cell]
                    swapped = True
        if not swapped:
            return


def _is_better_swapped(
    one: Cell, other: Cell, taken: dict[Cell, int], points: Sequence[Point], lattice: Lattice
) -> bool:
    here, there = lattice.at(one), lattice.at(other)
    mine, its = points[taken[one]], points[taken[other]]
    now = _square(here, mine) + _square(there, its)
    return _square(here, its) + _square(there, mine) < now - 1e-6


def _square(one: Point, other: Point) -> float:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2
