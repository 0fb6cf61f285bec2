"""Charts of lines over a time: gaps stay gaps, an axis from 0, and each line's name at its end.

A chart keeps its height, and its texts their size, however wide it is drawn: texts stand at percentages of its width,
and what is stretched has strokes that aren't. Its margins and what is left out where it is narrow stand in charts.css.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

from markupsafe import Markup

from exporter.timeline import State
from exporter.web.pages.scale import apart, nice_ticks
from exporter.web.pages.svg import drawn, ems, fitting, named, safe, short

WIDTH = 1440  # units across, whatever the pixels: a minute of a day each
_SHORTEST_SHADE = 4
_LINE_OF_TEXT = 15
_LONGEST_NAME = 9.5  # ems
_MARGINS = (2, 3, 4, 5, 6, 8, 10)  # ems that charts.css has a class for
_STYLES = 3
_GAP = 1.5  # steps

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Series:
    """A line: points in order of time, seconds since the epoch with a value or None, which breaks it.

    `step` are the seconds that points are usually apart: a longer distance breaks the line too, where it is given.
    """

    name: str
    points: Sequence[tuple[int, float | None]]
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Shade:
    """A stretch of time that was down or unmeasured."""

    start: int
    end: int
    state: State


@dataclass(frozen=True, slots=True)
class Limit:
    """A value that is drawn across the chart: what a contract promises."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Frame:
    """What lines are drawn in: `[start, end)`, instants with their words below, and how a value is written.

    The axis reaches the largest value, and `least_top`; its values are round in the `unit` that they are written in.
    `nothing` is what stands in a chart without a value.
    """

    start: int
    end: int
    ticks: Sequence[tuple[int, str]]
    written: Callable[[float], str]
    nothing: str
    unit: float = 1.0
    least_top: float = 0.0
    limit: Limit | None = None
    shades: Sequence[Shade] = ()
    height: int = 200

    def x(self, at: float) -> float:
        """Return how far right an instant is."""
        return WIDTH * (at - self.start) / max(1, self.end - self.start)

    def percent(self, at: float) -> str:
        """Return the same as a share of the width."""
        return f"{short(100 * self.x(at) / WIDTH)}%"

    def holds(self, start: int, end: int) -> bool:
        """Return whether something of a stretch of time is in the frame."""
        return start < self.end and end > self.start


def line_chart(lines: Sequence[Series], frame: Frame, label: str) -> Markup:
    """Return lines in a frame; `label` says in words what they show."""
    runs = [list(_runs(line, frame)) for line in lines]
    values = [value for line in runs for run in line for _, value in run]
    limit = () if frame.limit is None else (frame.limit.value,)
    top = max([frame.least_top, *values, *limit])
    ticks = [tick * frame.unit for tick in nice_ticks(top / frame.unit)]
    return _Drawing(frame, ticks).whole(lines, runs, label)


@dataclass(frozen=True, slots=True)
class _Drawing:
    """A frame with its axis."""

    frame: Frame
    ticks: Sequence[float]

    def whole(self, lines: Sequence[Series], runs: Sequence[Sequence[Sequence[Point]]], label: str) -> Markup:
        names = [fitting(line.name, _LONGEST_NAME) for line in lines]
        ends = [(name, style, line[-1][-1]) for style, (name, line) in enumerate(zip(names, runs, strict=True)) if line]
        left = _margin([self.frame.written(tick) for tick in self.ticks])
        right = _margin([name for name, _, _ in ends])
        height = self.frame.height
        strokes = "".join(self._line(style, line) for style, line in enumerate(runs) if line)
        return drawn(
            f'<div class="c-lines c-left{left} c-right{right}"><svg height="{height}" {named(label)}>'
            f'<svg viewBox="0 0 {WIDTH} {height}" preserveAspectRatio="none" height="{height}">'
            f"{self._shades()}{self._grid()}{self._limit()}{strokes}</svg>"
            f"{self._times()}{self._limit_name()}{self._heights() + self._ends(ends) if ends else self._nothing()}"
            f"</svg></div>"
        )

    def _y(self, value: float) -> float:
        return self.frame.height * _fall(value, self.ticks[-1])

    def _shades(self) -> str:
        return "".join(self._shade(shade) for shade in self.frame.shades if self.frame.holds(shade.start, shade.end))

    def _shade(self, shade: Shade) -> str:
        start, end = max(0.0, self.frame.x(shade.start)), min(float(WIDTH), self.frame.x(shade.end))
        start = min(start, WIDTH - _SHORTEST_SHADE)
        width, height = max(end - start, _SHORTEST_SHADE), self.frame.height
        name = f"c-{shade.state.value}"
        return (
            f'<rect class="{name}" x="{short(start)}" width="{short(width)}" height="{height}"/>'
            f'<path class="{name}" d="M{short(start)} {height}h{short(width)}"/>'
        )

    def _grid(self) -> str:
        across = "".join(f"M0 {short(self._y(tick))}h{WIDTH}" for tick in self.ticks[1:])
        down = "".join(f"M{short(self.frame.x(at))} 0v{self.frame.height}" for at, _ in self.frame.ticks)
        return f'<path class="c-grid" d="{across}{down}"/><path class="c-axis" d="M0 {self.frame.height}h{WIDTH}"/>'

    def _heights(self) -> str:
        return "".join(
            f'<text class="c-y" x="-8" y="{short(self._y(tick) + 4)}">{safe(self.frame.written(tick))}</text>'
            for tick in self.ticks
        )

    def _times(self) -> str:
        low = self.frame.height + 18
        return "".join(
            f'<text class="{style}" x="{self.frame.percent(at)}" y="{low}">{safe(text)}</text>'
            for (at, text), style in zip(self.frame.ticks, cycle(("c-x", "c-x c-odd")))
        )

    def _limit(self) -> str:
        if self.frame.limit is None:
            return ""
        return f'<path class="c-limit" d="M0 {short(self._y(self.frame.limit.value))}h{WIDTH}"/>'

    def _limit_name(self) -> str:
        limit = self.frame.limit
        if limit is None:
            return ""
        y = self._y(limit.value)
        beside = y - 5 if y > _LINE_OF_TEXT else y + _LINE_OF_TEXT
        return f'<text class="c-limit" x="6" y="{short(beside)}">{safe(limit.name)}</text>'

    def _line(self, style: int, runs: Sequence[Sequence[Point]]) -> str:
        placed = [[(self.frame.x(at), self._y(value)) for at, value in run] for run in runs]
        dots = "".join(f"{_moved(run[-1])}h0" for run in placed if len(run) == 1 or run is placed[-1])
        path = "".join(_path(run) for run in placed if len(run) > 1)
        name = f"c-line{style % _STYLES}"
        return (f'<path class="{name}" d="{path}"/>' if path else "") + f'<path class="{name} c-dot" d="{dots}"/>'

    def _ends(self, ends: Sequence[tuple[str, int, Point]]) -> str:
        wanted = [self._y(value) for _, _, (_, value) in ends]
        places = apart(wanted, _LINE_OF_TEXT, 4, self.frame.height - 4)
        return "".join(
            f'<text class="c-end c-line{style % _STYLES}" x="100%" dx="10" y="{short(y + 4)}">{safe(name)}</text>'
            for (name, style, _), y in zip(ends, places, strict=True)
        )

    def _nothing(self) -> str:
        return f'<text class="c-nothing" x="50%" y="{self.frame.height // 2}">{safe(self.frame.nothing)}</text>'


def _margin(texts: Sequence[str]) -> int:
    needed = max(map(ems, texts), default=0.0)
    return next((size for size in _MARGINS if needed <= size), _MARGINS[-1])


def _known(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value


def _fall(value: float, top: float) -> float:
    """Return how far below the top a value is drawn, as a share of the height."""
    return 1 - min(1.0, max(0.0, value / top)) if top > 0 else 1.0


def _runs(line: Series, frame: Frame) -> Iterator[list[Point]]:
    """Yield the unbroken stretches of a line that are within its frame."""
    longest = math.inf if line.step is None else line.step * _GAP
    run: list[Point] = []
    for at, said in line.points:
        value = _known(said)
        if run and (value is None or at - run[-1][0] > longest):
            yield run
            run = []
        if value is not None and frame.start <= at <= frame.end:
            run.append((at, value))
    if run:
        yield run


def _moved(point: Point) -> str:
    return f"M{short(point[0])} {short(point[1])}"


def _path(run: Sequence[Point]) -> str:
    """Return a run as a path, without points that lie level between their neighbours."""
    heights = [short(y) for _, y in run]
    last = len(run) - 1
    kept = [
        f"{short(x)} {heights[index]}"
        for index, (x, _) in enumerate(run)
        if index in {0, last} or not heights[index - 1] == heights[index] == heights[index + 1]
    ]
    return f"M{kept[0]}" + (f"L{' '.join(kept[1:])}" if kept[1:] else "h0")
