"""The map of a district's offices, drawn from their places alone.

Sub-districts are soft shapes around their offices, with their names. An office's condition is a shape, a size and a
colour; the worst are drawn last. It is for eyes: the list of the offices says the same to everyone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

from exporter.web.condition import Condition
from exporter.web.pages.naming import Box, Name, Room, places_beside
from exporter.web.pages.placing import SIDE, Field, field
from exporter.web.pages.spreading import Point
from exporter.web.pages.svg import drawn, fitting, safe, short

_RADIUS = 0.36  # of the pitch
_AROUND = 0.82  # of the pitch: how far a sub-district reaches beyond its offices
_LARGER = 1.35  # times: what is down, to be seen first
_SEEN, _MOST_EMPHASIS = 4.5, 1.6  # what isn't up stays about as large as this where a crowd makes marks small
_LONGEST_NAME = 12.0  # ems
_LONGEST_ADDRESS = 2000
_FEW = 6  # offices that are down, of which each is named
_DISPLACED = 0.75  # of the pitch
_LEAST_LED_PITCH = 9.0
_WORST_LAST = tuple(reversed(Condition))


@dataclass(frozen=True, slots=True)
class Spot:
    """An office on the map: its place in degrees, how it is, and its page."""

    code: str
    name: str
    district: str
    latitude: float
    longitude: float
    condition: Condition
    href: str


def district_map(
    spots: Sequence[Spot], *, words: Callable[[Condition], str], width: int = 480, height: int = 320
) -> Markup | None:
    """Return the map of offices, no higher than its width asks for; None where no office has a place.

    `words` says a condition to a pointer. Width and height are units: a stylesheet gives it its size.
    """
    if not spots:
        return None
    ground = _ground(tuple((of.latitude, of.longitude, of.district) for of in spots), width, height)
    used = [condition for condition in _WORST_LAST if any(of.condition is condition for of in spots)]
    radius = ground.field.pitch * _RADIUS
    shapes = "".join(_symbol(condition, radius) for condition in used)
    marks = "".join(
        _mark(spot, point, words(condition), _id(condition, radius))
        for condition in used
        for spot, point in zip(spots, ground.field.drawn, strict=True)
        if spot.condition is condition
    )
    tall = short(ground.field.height)
    return drawn(
        f'<svg class="c-map" viewBox="0 0 {width} {tall}" aria-hidden="true"><defs>{shapes}</defs>'
        f"{ground.written}{marks}{_called_out(spots, ground)}</svg>"
    )


@dataclass(frozen=True, slots=True)
class _Ground:
    """What doesn't change with the offices' conditions: written once for an inventory. `room` is what it leaves."""

    field: Field
    written: str
    room: Room


@lru_cache(maxsize=4)
def _ground(places: tuple[tuple[float, float, str], ...], width: int, height: int) -> _Ground:
    made = field(tuple((latitude, longitude) for latitude, longitude, _ in places), width, height)
    members: dict[str, list[Point]] = {}
    for (_, _, district), point in zip(places, made.drawn, strict=True):
        members.setdefault(district, []).append(point)
    room = Room(made.width, made.height, made.drawn, made.pitch * _RADIUS * _LARGER)
    areas = "".join(f'<path d="{_outline(points)}"/>' for points in members.values())
    around = short(made.pitch * _AROUND * 2)
    scale, names = _scale_bar(made, room), _names(members, made, room)
    written = f'<g class="c-area" stroke-width="{around}">{areas}</g>{_leaders(made)}{scale}{names}'
    return _Ground(made, written, room)


def _outline(points: Sequence[Point]) -> str:
    corners = convex_hull(points)
    return "M" + "L".join(f"{short(x)} {short(y)}" for x, y in corners) + ("Z" if len(corners) > 1 else "h0")


def convex_hull(points: Sequence[Point]) -> list[Point]:
    """Return the corners of the smallest convex shape around points, in order; of one place that alone."""
    ordered = sorted(set(points))
    if len(ordered) <= 2:  # noqa: PLR2004 -- a line has no inside
        return ordered
    return [*_half_hull(ordered)[:-1], *_half_hull(ordered[::-1])[:-1]]


def _half_hull(ordered: Sequence[Point]) -> list[Point]:
    hull: list[Point] = []
    for point in ordered:
        while len(hull) > 1 and _turn(hull[-2], hull[-1], point) <= 0:
            hull.pop()
        hull.append(point)
    return hull


def _turn(one: Point, two: Point, three: Point) -> float:
    return (two[0] - one[0]) * (three[1] - one[1]) - (two[1] - one[1]) * (three[0] - one[0])


def _leaders(made: Field) -> str:
    """Draw where offices truly are that moved apart; of very many, these lines would be all that is seen."""
    if made.pitch < _LEAST_LED_PITCH:
        return ""
    far = [
        f"M{short(there[0])} {short(there[1])}L{short(here[0])} {short(here[1])}"
        for here, there in zip(made.drawn, made.true, strict=True)
        if math.dist(here, there) > made.pitch * _DISPLACED
    ]
    return f'<path class="c-leader" d="{"".join(far)}"/>' if far else ""


def _names(members: Mapping[str, Sequence[Point]], made: Field, room: Room) -> str:
    """Write the names of the sub-districts that there is room for, the largest first."""
    written = []
    for district, points in sorted(members.items(), key=lambda item: -len(item[1])):
        text = fitting(district, _LONGEST_NAME)
        around = _extent(points).grown(made.pitch * _AROUND)
        name = room.put(places_beside(text, around, made.width)) if text else None
        if name is not None:
            written.append(_text(name, "c-district"))
    return "".join(written)


def _extent(points: Sequence[Point]) -> Box:
    across, down = [x for x, _ in points], [y for _, y in points]
    return Box(min(across), min(down), max(across), max(down))


def _text(name: Name, style: str) -> str:
    return (
        f'<text class="{style}" x="{short(name.x)}" y="{short(name.y)}" text-anchor="{name.anchor.value}">'
        f"{safe(name.text)}</text>"
    )


def _scale_bar(made: Field, room: Room) -> str:
    most = made.width / 4 / made.units_a_km
    power = 10.0 ** math.floor(math.log10(most))
    km = next(size * power for size in (5, 2, 1) if size * power <= most * (1 + 1e-9))
    length, left, low = km * made.units_a_km, SIDE / 2, made.height - 10
    words = f"{short(km)} km" if km >= 1 else f"{km * 1000:.0f} m"
    room.take(Box(left, low - 24, left + length + 10, low + 10))
    return (
        f'<path class="c-scale" d="M{short(left)} {short(low - 5)}v5h{short(length)}v-5"/>'
        f'<text class="c-scale" x="{short(left + 4)}" y="{short(low - 5)}">{words}</text>'
    )


def _called_out(spots: Sequence[Spot], ground: _Ground) -> str:
    """Write the codes of offices that are down beside them, where they are few and as far as there is room."""
    room, radius = ground.room.copy(), ground.field.pitch * _RADIUS * _LARGER
    down = [
        (spot, point) for spot, point in zip(spots, ground.field.drawn, strict=True) if spot.condition is Condition.DOWN
    ]
    put = []
    for spot, (x, y) in down if len(down) <= _FEW else ():
        around = Box(x - radius, y - radius, x + radius, y + radius)
        beside = places_beside(fitting(spot.code, _LONGEST_NAME), around, ground.field.width)
        put.append(room.put((*beside[2:4], *beside[:2])))
    return "".join(_text(name, "c-called") for name in put if name is not None)


def _symbol(condition: Condition, radius: float) -> str:
    seen = radius if condition is Condition.UP else radius * min(_MOST_EMPHASIS, max(1.0, _SEEN / radius))
    return (
        f'<g id="{_id(condition, radius)}" class="c-mark c-{condition.value}" stroke-width="{short(radius / 5)}">'
        f"{_shape(condition, seen)}</g>"
    )


def _id(condition: Condition, radius: float) -> str:
    """Return the name of a symbol in a document; maps whose symbols have one size may share it."""
    return f"c-{condition.value}-{radius * 10:.0f}"


def _mark(spot: Spot, point: Point, word: str, symbol: str) -> str:
    return (
        f'<a href="{safe(spot.href, _LONGEST_ADDRESS)}" tabindex="-1"><title>{safe(f"{spot.name}: {word}")}</title>'
        f'<use href="#{symbol}" x="{short(point[0])}" y="{short(point[1])}"/></a>'
    )


def _shape(condition: Condition, radius: float) -> str:
    """Return a condition's shape about 0, 0: told apart without its colour."""
    r, wide = short(radius), short(radius * _LARGER)
    match condition:
        case Condition.DOWN:
            low, high = short(radius * _LARGER * 0.8), short(-radius * _LARGER)
            return f'<path d="M0 {high}L{wide} {low}H-{wide}Z"/>'
        case Condition.PARTLY:
            return f'<circle r="{r}"/><path d="M-{r} 0A{r} {r} 0 0 0 {r} 0Z"/>'
        case Condition.DEGRADED:
            far = short(radius * 1.25)
            return f'<path d="M0-{far}L{far} 0 0 {far}-{far} 0Z"/>'
        case Condition.MAINTENANCE:
            side = short(radius * 0.9)
            return f'<path d="M-{side}-{side}H{side}V{side}H-{side}Z"/>'
        case _:
            return f'<circle r="{r}"/>'
