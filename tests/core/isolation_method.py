"""SLA_METHOD 2 over whole recordings at once, second by second: what the streaming isolation must equal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from method import Rules, judged

REFERENCE = Rules(down_after=3, up_after=3, bridge=0)


@dataclass(frozen=True)
class Pinged:
    """A link's or node's slots from second 0 on, each `interval` seconds long; letters as `method` has them."""

    slots: str
    interval: int
    timeout: int
    rules: Rules


def isolated_seconds(references: list[str], pinged: Mapping[str, Pinged], quorum: int, seconds: int) -> set[int]:
    """Return the seconds in which the monitor was cut off."""
    states = [judged(slots.replace("!", "F"), REFERENCE).states.ljust(seconds, "X") for slots in references]
    lost = [sum(of[second] == "D" for of in states) >= quorum for second in range(seconds)]
    found = set()
    began = 0
    for second in range(seconds):
        if not lost[second]:
            continue
        if second == 0 or not lost[second - 1]:
            began = second
        witnesses = [of for of in pinged.values() if _answered(of, began)]
        asked = [of for of in witnesses if _latest(of, began, second) is not None]
        answering = [of for of in asked if _latest(of, began, second) == "."]
        if not (asked and 2 * len(answering) >= len(asked)):
            found.add(second)
    return found


def _answered(of: Pinged, began: int) -> bool:
    """Say whether the last slot before an instant that has an outcome is a reply that isn't old."""
    seen = [(slot * of.interval, letter) for slot, letter in enumerate(of.slots) if letter != "?"]
    before = [(at, letter) for at, letter in seen if at < began]
    return bool(before) and before[-1][1] == "." and began - before[-1][0] <= max(60, of.interval)


def _latest(of: Pinged, began: int, second: int) -> str | None:
    found = [letter for slot, letter in enumerate(of.slots) if began <= slot * of.interval <= second and letter != "?"]
    return found[-1] if found else None


def with_isolation(of: Pinged, isolated: set[int]) -> str:
    """Return the slots with those that were lost while the monitor was cut off marked as I."""
    marked = []
    for slot, letter in enumerate(of.slots):
        at = slot * of.interval
        reach = range(at, at + of.interval + of.timeout)
        marked.append("I" if letter == "F" and not isolated.isdisjoint(reach) else letter)
    return "".join(marked)
