"""SLA_METHOD's batch definition of a link's states, over a whole sequence at once: what the streaming judge must equal.

A slot is a letter: `.` reply, `s` slow reply, `F` lost, `!` could not be sent, `?` nothing seen, `I` lost while the
monitor was cut off. States are letters too: U up, G degraded, D down, X unmeasured. Written for plainness, not speed.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

WORKED_SEQUENCES = [
    ("....FF.F..FFF.FFFF.....", "UUUUUUUUUUDDDDDDDDUUUUU"),
    ("FFF??FF..", "DDDDDDDUU"),
    ("FFF???FF..", "DDDXXXDDUU"),
    ("..??..", "UUUUUU"),
    ("FF?F...", "DDDDUUU"),
    (".FFF.F.F..", "UDDDDDDDUU"),
    ("FF???F..", "UUXXXUUU"),
    ("FFF.???..", "DDDDXXXUU"),
    ("FFF.???F..", "DDDDXXXDUU"),
    ("FFF.?.F..", "DDDUUUUUU"),
    ("F?.", "UXU"),
    ("??FFF", "XXDDD"),
    ("FFF.", "DDDD"),
]
"""SLA_METHOD's worked example 3: down_after 3, up_after 2, bridge 2."""

QUICK, SLOW = 0.004, 0.4
RTTS = {".": QUICK, "s": SLOW}


@dataclass(frozen=True)
class Rules:
    down_after: int = 3
    up_after: int = 2
    bridge: int = 2
    window: int = 1000
    loss: Fraction = Fraction(1, 20)
    rtt: float = 0.15


@dataclass(frozen=True)
class Whole:
    """Slots' states, and outages as (first slot, slot after the confirming one, first slot of the end or None)."""

    states: str
    bridged: tuple[int, ...]
    outages: tuple[tuple[int, int, int | None], ...]


def judged(slots: str, rules: Rules, standing: str = "U") -> Whole:
    """Judge a sequence; `standing` is D where an outage is open before it."""
    sides = _bridged(slots, rules.bridge)
    bridged = tuple(at for at, side in enumerate(sides) if side is not None and slots[at] in "!?")
    available, outages = _available(sides, set(bridged), rules, standing)
    return Whole(_degraded(slots, sides, available, rules), bridged, outages)


def _bridged(slots: str, bridge: int) -> list[str | None]:
    """Return each slot's side, R or L, with short holes between two that agree filled."""
    sides = [{"F": "L", ".": "R", "s": "R"}.get(letter) for letter in slots]
    filled = list(sides)
    for at in range(len(slots)):
        left, right = at, at
        while left >= 0 and sides[left] is None:
            left -= 1
        while right < len(slots) and sides[right] is None:
            right += 1
        if left < 0 or right == len(slots) or right - left - 1 > bridge or "I" in slots[left:right]:
            continue
        if sides[left] == sides[right]:
            filled[at] = sides[left]
    return filled


def _available(
    sides: list[str | None], bridged: set[int], rules: Rules, standing: str
) -> tuple[list[str], tuple[tuple[int, int, int | None], ...]]:
    """Return U, D or X of each slot: runs, one standing state."""
    states: list[str] = []
    outages: list[tuple[int, int, int | None]] = []
    begin = 0
    for side, group in groupby(sides):
        end = begin + len(list(group))
        if side is None:
            states += "X" * (end - begin)
        else:
            if side == "L" and end - begin >= rules.down_after and standing == "U":
                standing = "D"
                confirming = begin + rules.down_after - 1
                while confirming in bridged:  # a bridged slot is known with its next neighbour
                    confirming += 1
                outages.append((begin, confirming + 1, None))
            if side == "R" and end - begin >= rules.up_after and standing == "D":
                standing = "U"
                if outages:
                    outages[-1] = (*outages[-1][:2], begin)
            states += standing * (end - begin)
        begin = end
    return states, tuple(outages)


def _degraded(slots: str, sides: list[str | None], available: list[str], rules: Rules) -> str:
    """Return the states with G where the last `window` slots of an unbroken time up show loss or slowness."""
    states, begin = list(available), 0
    for state, group in groupby(available):
        end = begin + len(list(group))
        if state == "U":
            bad = [_is_bad(slots, sides, begin, at, rules) for at in range(begin, end)]
            for number in range(end - begin):
                if any(bad[max(0, number - rules.window + 1) : number + 1]):
                    states[begin + number] = "G"
        begin = end
    return "".join(states)


def _is_bad(slots: str, sides: list[str | None], begin: int, at: int, rules: Rules) -> bool:
    first = at - rules.window + 1
    if first < begin:
        return False
    lost = sum(sides[slot] == "L" for slot in range(first, at + 1))
    rtts = sorted(RTTS[slots[slot]] for slot in range(first, at + 1) if slots[slot] in RTTS)
    is_slow = bool(rtts) and rtts[(len(rtts) - 1) // 2] > rules.rtt
    return Fraction(lost, rules.window) > rules.loss or is_slow
