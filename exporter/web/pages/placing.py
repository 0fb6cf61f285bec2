"""Where offices stand on a map: places become points, and points that would cover each other move apart.

All of it depends on the places alone, not on how the offices are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from exporter.web.pages.spreading import CELLS_A_POINT, Lattice, Point, spread

SIDE, TOP, BOTTOM = 34.0, 28.0, 42.0  # margins
_KM_A_DEGREE = 111.32
_LEAST_KM = 2.0  # across: a single office isn't looked at through a microscope
_LEAST_HEIGHT = 80.0
_WIDEST_PITCH = 15.0


@dataclass(frozen=True, slots=True)
class Field:
    """A map's points: where each place truly is, and where it is drawn, `pitch` from all others."""

    width: float
    height: float
    pitch: float
    units_a_km: float
    true: tuple[Point, ...]
    drawn: tuple[Point, ...]


@lru_cache(maxsize=8)
def field(places: tuple[Point, ...], width: float, most_height: float) -> Field:
    """Return where places (latitude and longitude in degrees, one at least) stand on a map of that width.

    Equirectangular about the mean latitude, north up; it is no higher than `most_height`, and lower where that does.
    """
    east, north = _in_km(places)
    across, along = max(east) - min(east), max(north) - min(north)
    inner_width, most_inner = width - 2 * SIDE, most_height - TOP - BOTTOM
    pitch = min(_WIDEST_PITCH, math.sqrt(inner_width * most_inner / (CELLS_A_POINT * len(places))))
    scale = min(inner_width / max(across, _LEAST_KM), most_inner / max(along, _LEAST_KM))
    needed = CELLS_A_POINT * len(places) * pitch**2 / inner_width
    inner_height = min(most_inner, max(along * scale, _LEAST_HEIGHT, needed))
    middle_east, middle_north = (min(east) + max(east)) / 2, (min(north) + max(north)) / 2
    true = tuple(
        (width / 2 + (x - middle_east) * scale, TOP + inner_height / 2 - (y - middle_north) * scale)
        for x, y in zip(east, north, strict=True)
    )
    lattice = Lattice(pitch, SIDE - pitch, TOP - pitch, inner_width + 2 * pitch, inner_height + 2 * pitch)
    return Field(width, inner_height + TOP + BOTTOM, pitch, scale, true, tuple(spread(true, lattice)))


def _in_km(places: Sequence[Point]) -> tuple[list[float], list[float]]:
    mean = math.fsum(latitude for latitude, _ in places) / len(places)
    shrink = max(0.01, math.cos(math.radians(mean)))
    return [east * _KM_A_DEGREE * shrink for _, east in places], [north * _KM_A_DEGREE for north, _ in places]
