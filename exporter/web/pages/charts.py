"""Bars of states: what each cell of a time was, told by height, place and fill, and by colour too.

    down         hangs from the top, above all its neighbours; the longer it was, the further down it reaches
    degraded     two thirds of the height; a cap on the block of up where it was the lesser part
    up           the lower half
    unmeasured   a thin line at the bottom
    in no state  nothing

A bar is 1 wide a cell and 20 high, and is stretched to the size it is given. Cells that are alike are one stroke, cut
into cells by its dashes: how thick the strokes are stands in charts.css, beside the places that are here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from itertools import groupby

from markupsafe import Markup

from exporter.timeline import State
from exporter.web.history import Strip
from exporter.web.pages.svg import drawn, named, safe

HEIGHT = 20
_GAP = 0.05  # the share of a cell from which on it shows that nobody measured it
_BRIEF, _LONG = 0.05, 1 / 3  # shares of a cell from which on it was down for a while, and for much of it


class Stroke(Enum):
    """What a cell is drawn of, in the order of drawing: a stroke's class, and how high its middle lies."""

    UP = ("", "14.5")
    PARTLY_MEASURED = ("c-u", "17.25")
    DEGRADED = ("c-g", "13.5")
    SOME_DEGRADED = ("c-s", "8.5")
    UNMEASURED = ("c-n", "19.25")
    BRIEFLY_DOWN = ("c-d c-d1", "4")
    A_WHILE_DOWN = ("c-d c-d2", "6.5")
    DOWN = ("c-d", "10")


def state_bar(
    strip: Strip, label: str, *, titles: Callable[[int], str] | None = None, width: int, height: int
) -> Markup:
    """Return a strip as a bar of `width` x `height` pixels, which a stylesheet may stretch; `label` says it in words.

    `titles` gives what a pointer reads over a cell, by its index.
    """
    cells = len(strip.edges) - 1
    over = "" if titles is None else "".join(_title(cell, titles(cell)) for cell in range(cells))
    return drawn(
        f'<svg class="c-bar" width="{width}" height="{height}" viewBox="0 0 {cells} {HEIGHT}"'
        f' preserveAspectRatio="none" {named(label)}>{_strokes(strip, cells)}{over}</svg>'
    )


def _strokes(strip: Strip, cells: int) -> str:
    parts: dict[Stroke, list[str]] = defaultdict(list)
    for start, length, strokes in _runs(strip, cells):
        for stroke in strokes:
            parts[stroke].append(f"M{start} {stroke.value[1]}h{length}")
    return "".join(
        f'<path{_classed(stroke.value[0])} d="{"".join(parts[stroke])}"/>' for stroke in Stroke if stroke in parts
    )


def _classed(name: str) -> str:
    return f' class="{name}"' if name else ""


def _runs(strip: Strip, cells: int) -> Iterator[tuple[int, int, tuple[Stroke, ...]]]:
    """Yield where neighbours that are drawn alike start, how many they are, and what of."""
    nothing = (0,) * cells
    by_state: list[Sequence[int]] = [strip.seconds.get(state, nothing) for state in State]
    alike = ((cell_strokes(*cell), len(list(same))) for cell, same in groupby(zip(*by_state, strict=True)))
    start = 0
    for strokes, group in groupby(alike, key=lambda run: run[0]):
        length = sum(count for _, count in group)
        yield start, length, strokes
        start += length


def cell_strokes(up: int, degraded: int, down: int, unmeasured: int) -> tuple[Stroke, ...]:
    """Return what a cell with so many seconds of each state is drawn of; a second that was down is always seen."""
    share = down / max(1, up + degraded + down + unmeasured)
    if share >= _LONG:
        return (Stroke.DOWN,)
    below = _below(up, degraded, unmeasured)
    if not down:
        return below
    return (*below, Stroke.BRIEFLY_DOWN if share < _BRIEF else Stroke.A_WHILE_DOWN)


def _below(up: int, degraded: int, unmeasured: int) -> tuple[Stroke, ...]:
    if up + degraded < unmeasured:
        return (Stroke.UNMEASURED,)
    if degraded > up:
        return (Stroke.DEGRADED,)
    is_whole = unmeasured < _GAP * (up + degraded + unmeasured)
    below = Stroke.UP if is_whole else Stroke.PARTLY_MEASURED
    if degraded:
        return (below, Stroke.SOME_DEGRADED)
    return (below,) if up else ()


def _title(cell: int, text: str) -> str:
    return f'<rect x="{cell}" width="1" height="{HEIGHT}"><title>{safe(text)}</title></rect>'
