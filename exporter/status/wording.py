"""Values as a table's words: short, of a known width, and harmless to a terminal."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import Enum

from exporter.status.document import ShownLink
from exporter.timeline import State

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_LONG_DAYS = 100
_UNSEEN = {"Cf", "Cs", "Co", "Cn"}
_BLANKS = {"Zs", "Zl", "Zp"}


class Rank(Enum):
    """What a link is counted as, in the order of the table: each link is exactly one."""

    DOWN = "down"
    DEGRADED = "degraded"
    UNMEASURED = "unmeasured"
    MAINTENANCE = "in maintenance"
    UP = "up"


RANKS = tuple(Rank)
_RANK_OF = {
    State.DOWN: Rank.DOWN,
    State.DEGRADED: Rank.DEGRADED,
    State.UNMEASURED: Rank.UNMEASURED,
    State.UP: Rank.UP,
}


@dataclass(frozen=True, slots=True)
class Signs:
    """The characters that a terminal can show."""

    ranks: dict[Rank, str]
    nothing: str
    more: str
    notice: str
    dot: str


UNICODE = Signs(
    {Rank.DOWN: "▼", Rank.DEGRADED: "◆", Rank.UNMEASURED: "?", Rank.MAINTENANCE: "■", Rank.UP: "▲"},
    nothing="–",  # noqa: RUF001 -- a dash as tables have it
    more="…",
    notice="▌",
    dot="·",
)
ASCII = Signs(
    {Rank.DOWN: "X", Rank.DEGRADED: "~", Rank.UNMEASURED: "?", Rank.MAINTENANCE: "=", Rank.UP: "+"},
    nothing="-",
    more=".",
    notice="!",
    dot="-",
)


def harmless(text: str) -> str:
    """Return a text on one line, without what moves a terminal's cursor, colours it or turns its direction."""
    return "".join(map(_harmless, text))


def _harmless(character: str) -> str:
    category = unicodedata.category(character)
    if character in "\t\n\r" or category in _BLANKS:
        return " "
    if category == "Cc":
        return "\N{REPLACEMENT CHARACTER}"
    return "" if category in _UNSEEN else character


def rank(link: ShownLink) -> Rank:
    """Return what a link is counted as; announced work comes before everything else."""
    return Rank.MAINTENANCE if link.in_maintenance else _RANK_OF[link.state]


def order(link: ShownLink) -> tuple[int, float]:
    """Return where a link stands: open outages first, the latest of them first; else as in the inventory."""
    if link.outage_is_open and not link.in_maintenance:
        return (-1, 0.0 if link.since is None else -link.since.timestamp())
    return (RANKS.index(rank(link)), 0.0)


def state(link: ShownLink, signs: Signs) -> str:
    """Return a link's state as a sign and words; they are distinct without colour."""
    of = rank(link)
    words = of.value
    if of is Rank.MAINTENANCE:
        words = "maintenance" if link.state is State.UP else f"maint., {link.state.value}"
    elif of is Rank.UNMEASURED and link.outage_is_open:
        words = "was down"
    return f"{signs.ranks[of]} {words}"


def why(link: ShownLink) -> str | None:
    """Return what is known of why a link isn't well; None where nothing is."""
    if link.is_saturated is not None:
        return "full" if link.is_saturated else "not full: damaged"
    if link.cause is None or not link.outage_is_open:
        return None
    known = [] if link.cause == "unknown" else [link.cause]
    return ", ".join(known + ([f"ends after {link.last_hop}"] if link.last_hop else [])) or None


def duration(seconds: float) -> str:
    """Return how long, cut, in at most two units: `42 s`, `3 m`, `2 h 10 m`, `3 d 4 h`, `120 d`."""
    whole = max(0, int(seconds))
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} m"
    if whole < _DAY:
        return _two(whole // _HOUR, "h", whole % _HOUR // _MINUTE, "m")
    days = whole // _DAY
    return f"{days} d" if days >= _LONG_DAYS else _two(days, "d", whole % _DAY // _HOUR, "h")


def _two(great: int, unit: str, small: int, smaller: str) -> str:
    return f"{great} {unit} {small} {smaller}" if small else f"{great} {unit}"


def milliseconds(seconds: float) -> str:
    """Return a round-trip time with two or three figures that count."""
    value = seconds * 1000
    decimals = 2 if value < 1 else 1 if value < 100 else 0  # noqa: PLR2004 -- what fits
    return f"{value:.{decimals}f} ms"


def percent(ratio: float) -> str:
    """Return a share as percent; one that isn't 0 never reads as 0, and one that isn't whole never as 100."""
    value = ratio * 100
    if 0 < value < 0.1:  # noqa: PLR2004 -- the least that one decimal shows
        return "<0.1 %"
    if value < 10:  # noqa: PLR2004
        return f"{int(value * 10) / 10:g} %"
    return f"{int(value)} %"
