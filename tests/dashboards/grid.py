"""Where panels lie on a dashboard's grid of 24 columns, and what fits into it on a small screen."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

Json = dict[str, Any]
WIDTH = 24
SCREEN_PIXELS = 1366
FREE_COLUMN_PIXELS = 100
FIRST_SCREEN_ROWS = 15  # of 38 pixels, below Grafana's own bars on a screen of 768


def misplaced(panels: list[Json]) -> Iterator[str]:
    """Yield what lies beyond the edge, on another panel, or leaves a hole beside or above it."""
    for panel in panels:
        place = panel["gridPos"]
        if not all(isinstance(place.get(key), int) and place[key] >= 0 for key in "xywh"):
            yield f"panel {panel.get('title')!r} has no place in whole numbers"
            return
        if place["x"] + place["w"] > WIDTH:
            yield f"panel {panel['title']!r} is beyond the right edge"
    for one, other in itertools.combinations(panels, 2):
        if _overlap(one["gridPos"], other["gridPos"]):
            yield f"panels {one['title']!r} and {other['title']!r} overlap"
    yield from _holes([panel["gridPos"] for panel in panels])
    for row in (panel for panel in panels if panel["type"] == "row"):
        inner = row.get("panels", [])
        top = min((panel["gridPos"]["y"] for panel in inner), default=0)
        yield from misplaced([_moved(panel, -top) for panel in inner])


def _moved(panel: Json, rows: int) -> Json:
    return {**panel, "gridPos": {**panel["gridPos"], "y": panel["gridPos"]["y"] + rows}}


def _holes(places: Iterable[Json]) -> Iterator[str]:
    """Yield the first free cell that has a panel below it or beside it."""
    taken = {
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    }
    height = max((y for _, y in taken), default=-1) + 1
    for x, y in itertools.product(range(WIDTH), range(height)):
        if (x, y) not in taken:
            yield f"the grid has a hole at column {x}, row {y}"
            return


def _overlap(one: Json, other: Json) -> bool:
    return all(
        one[start] < other[start] + other[length] and other[start] < one[start] + one[length]
        for start, length in (("x", "w"), ("y", "h"))
    )


def needed_pixels(table: Json) -> int:
    """Return how wide a table's columns are at least: their own widths, and something for those that share the rest."""
    names = next(step for step in table["transformations"] if step["id"] == "organize")["options"]["indexByName"]
    widths = [
        wanted["value"]
        for each in table["fieldConfig"]["overrides"]
        for wanted in each["properties"]
        if wanted["id"] in {"custom.width", "custom.minWidth"}
    ]
    return int(sum(widths) + FREE_COLUMN_PIXELS * (len(names) - len(widths)))


def has_pixels(panel: Json) -> float:
    """Return how wide a panel is on a small screen."""
    return float(SCREEN_PIXELS * panel["gridPos"]["w"] / WIDTH)
