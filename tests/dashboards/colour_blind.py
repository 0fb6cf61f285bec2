"""How far apart two colours look to people who see them differently.

The matrices are of Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision
Deficiency" (IEEE TVCG 15, 2009), at full severity, for linear RGB; the distance is that of CIE 1976 (L*a*b*).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable

Triple = tuple[float, float, float]
Matrix = tuple[Triple, Triple, Triple]
SIGHTS: dict[str, Matrix] = {
    "ordinary": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
_TO_XYZ: Matrix = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))  # sRGB, D65
_WHITE: Triple = (0.9505, 1.0, 1.089)
_BRIGHT = 180
_EPSILON = (6 / 29) ** 3


def distance(one: str, other: str, sight: str) -> float:
    """Return how far apart two colours, `#rrggbb`, are; about 2 is what a trained eye just sees side by side."""
    return math.dist(_lab(one, SIGHTS[sight]), _lab(other, SIGHTS[sight]))


def nearest(colours: Iterable[str]) -> tuple[float, str, str, str]:
    """Return the least distance of any two colours to any sight, with both and whose sight that is."""
    pairs = itertools.combinations(sorted(set(colours)), 2)
    return min((distance(one, other, sight), one, other, sight) for one, other in pairs for sight in SIGHTS)


def contrast_of_text(background: str) -> float:
    """Return how legible what Grafana writes on a colour is (WCAG 2.2, contrast ratio): white, or black on light ones.

    Which of both it is goes by the colour's brightness, as getTextColorForBackground of @grafana/ui has it.
    """
    red, green, blue = (int(background[place : place + 2], 16) for place in (1, 3, 5))
    text = "#f7f8fa" if (299 * red + 587 * green + 114 * blue) / 1000 < _BRIGHT else "#202226"
    darker, lighter = sorted((_luminance(background), _luminance(text)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[place : place + 2], 16) / 255) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _lab(colour: str, sight: Matrix) -> Triple:
    red, green, blue = (_linear(int(colour[place : place + 2], 16) / 255) for place in (1, 3, 5))
    seen = _times(sight, (red, green, blue))
    x, y, z = (
        _root(min(max(part, 0.0), 1.2) / white) for part, white in zip(_times(_TO_XYZ, seen), _WHITE, strict=True)
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _root(part: float) -> float:
    return part ** (1 / 3) if part > _EPSILON else part / (3 * (6 / 29) ** 2) + 4 / 29


def _times(matrix: Matrix, vector: Triple) -> Triple:
    first, second, third = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return first, second, third
