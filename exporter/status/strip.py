"""The last 24 hours as a strip of cells: trouble is ink. Shapes tell them apart, the colours only repeat it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from exporter.status.document import Cell

WIDTHS = (48, 24, 12)
_STYLE_DOWN, _STYLE_DEGRADED, _STYLE_UP, _STYLE_UNMEASURED = "down", "degraded", "up", "unmeasured"


@dataclass(frozen=True, slots=True)
class Blocks:
    """A character for each kind of cell; `down` goes from hardly down to wholly."""

    up: str
    degraded: str
    down: str
    unmeasured: str
    nothing: str = " "


UNICODE = Blocks(up="▁", degraded="▒", down="▂▃▄▅▆▇█", unmeasured="·")
ASCII = Blocks(up="_", degraded="~", down="xX", unmeasured=".")


def strip(cells: Sequence[Cell], width: int, blocks: Blocks) -> list[tuple[str, str]]:
    """Return as many characters as `width`, a divisor of the number of cells, each with what it shows."""
    each = len(cells) // width
    return [_shown(cells[first : first + each], blocks) for first in range(0, each * width, each)]


def legend(blocks: Blocks) -> Text:
    """Return what the characters mean."""
    few, whole = blocks.down[len(blocks.down) // 2 - 1], blocks.down[-1]
    return Text.assemble(
        "last 24 hours: ",
        (blocks.up, _STYLE_UP),
        " up  ",
        (blocks.degraded, _STYLE_DEGRADED),
        " degraded  ",
        (few, _STYLE_DOWN),
        " partly down  ",
        (whole, _STYLE_DOWN),
        " down  ",
        (blocks.unmeasured, _STYLE_UNMEASURED),
        " unmeasured",
    )


def _shown(cells: Sequence[Cell], blocks: Blocks) -> tuple[str, str]:
    """Return the worst of a stretch: down in any second, else mostly unmeasured, else degraded in any second."""
    up, degraded, down, unmeasured = (sum(column) for column in zip(*cells, strict=True))
    measured = up + degraded + down
    if down:
        return blocks.down[down * (len(blocks.down) - 1) // measured], _STYLE_DOWN
    if unmeasured > measured:
        return blocks.unmeasured, _STYLE_UNMEASURED
    if degraded:
        return blocks.degraded, _STYLE_DEGRADED
    return (blocks.up, _STYLE_UP) if up else (blocks.nothing, _STYLE_UP)
