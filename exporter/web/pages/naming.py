"""Room for names on a map: a name stands where it covers no office and no other name, or nowhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from exporter.web.pages.spreading import Point
from exporter.web.pages.svg import ems

FONT = 15.0  # units, as charts.css has names where a map is small; where it is large they only become smaller
_EDGE = 2.0
_SQUARE = 40.0
_ASCENT, _DESCENT = 0.8, 0.25  # of the font's size


class Anchor(Enum):
    """Which part of a text is at its point: the word that SVG has for it."""

    START = "start"
    MIDDLE = "middle"
    END = "end"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Box) -> bool:
        """Return whether both cover something in common."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def grown(self, by: float) -> Box:
        """Return it, larger on each side."""
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)


@dataclass(frozen=True, slots=True)
class Name:
    """A text at a point of its baseline."""

    text: str
    x: float
    y: float
    anchor: Anchor

    @property
    def box(self) -> Box:
        """What it covers, about."""
        width = ems(self.text) * FONT
        left = self.x - {Anchor.START: 0.0, Anchor.MIDDLE: width / 2, Anchor.END: width}[self.anchor]
        return Box(left, self.y - _ASCENT * FONT, left + width, self.y + _DESCENT * FONT)


class Room:
    """What of a map is free: marks about points, and whatever was put there since, take room."""

    def __init__(self, width: float, height: float, points: Iterable[Point], radius: float) -> None:
        self._whole = Box(_EDGE, _EDGE, width - _EDGE, height - _EDGE)
        self._squares: dict[tuple[int, int], list[Box]] = defaultdict(list)
        for x, y in points:
            self.take(Box(x - radius, y - radius, x + radius, y + radius))

    def take(self, box: Box) -> None:
        """Let nothing else stand there."""
        for square in _squares(box):
            self._squares[square].append(box)

    def copy(self) -> Room:
        """Return the same room, to go on with apart."""
        other = Room(0, 0, (), 0)
        other._whole = self._whole
        other._squares = defaultdict(list, {square: list(boxes) for square, boxes in self._squares.items()})
        return other

    def put(self, wanted: Sequence[Name]) -> Name | None:
        """Take the first of the places that is free, and return the name there; None where none is."""
        for name in wanted:
            if self._is_free(name.box):
                self.take(name.box)
                return name
        return None

    def _is_free(self, box: Box) -> bool:
        whole = self._whole
        if box.left < whole.left or box.top < whole.top or box.right > whole.right or box.bottom > whole.bottom:
            return False
        return not any(box.overlaps(other) for square in _squares(box) for other in self._squares.get(square, ()))


def places_beside(text: str, around: Box, width: float) -> tuple[Name, ...]:
    """Return where a name may stand about something on a map of that width, the best first."""
    half = ems(text) * FONT / 2 + _EDGE
    middle = min(max((around.left + around.right) / 2, half), max(half, width - half))
    above, below = around.top - _DESCENT * FONT, around.bottom + (_ASCENT + 0.1) * FONT
    level = (around.top + around.bottom) / 2 + FONT / 3
    return (
        Name(text, middle, above, Anchor.MIDDLE),
        Name(text, middle, below, Anchor.MIDDLE),
        Name(text, around.right + 3, level, Anchor.START),
        Name(text, around.left - 3, level, Anchor.END),
        Name(text, around.left, above, Anchor.START),
        Name(text, around.right, above, Anchor.END),
        Name(text, around.left, below, Anchor.START),
        Name(text, around.right, below, Anchor.END),
    )


def _squares(box: Box) -> list[tuple[int, int]]:
    columns = range(int(box.left // _SQUARE), int(box.right // _SQUARE) + 1)
    rows = range(int(box.top // _SQUARE), int(box.bottom // _SQUARE) + 1)
    return [(column, row) for column in columns for row in rows]
