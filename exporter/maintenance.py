"""Windows of announced work: which of them leave the SLA figures, and which links they cover (SLA_METHOD, From states).

A window is its scope, start and end. It is applied where it was announced before it began and not changed while it ran.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from exporter.model import Inventory, Link, Node
from exporter.timeline import Interval, union


class Standing(Enum):
    """Whether a window leaves the figures, and why not."""

    APPLIED = "applied"
    LATE = "late"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Window:
    """A window `[starts_at, ends_at)` as the ledger keeps it; instants are seconds since the epoch.

    `scope` is sorted: codes of links, offices, nodes, providers. `recorded_at` is what the inventory says, None where
    it doesn't. `first_seen_at` is when the monitor first read it, or when a person added it beside the inventory, who
    is `added_by`; `vanished_at` is when it was gone from the inventory between its start and its end, None where it
    wasn't. `cut_at` is when a person ended it, before its end or even its start. `number` is the ledger's.
    """

    scope: tuple[str, ...]
    starts_at: int
    ends_at: int
    reason: str
    first_seen_at: int
    recorded_at: int | None = None
    approved_by: str | None = None
    vanished_at: int | None = None
    number: int = field(default=0, compare=False)
    added_by: str | None = None
    cut_at: int | None = None
    cut_by: str | None = None

    @property
    def until(self) -> int:
        """Its end, or when a person ended it; before its start where it never began."""
        return self.ends_at if self.cut_at is None else min(self.ends_at, self.cut_at)

    @property
    def standing(self) -> Standing:
        """Applied only where it was both recorded and seen before its start, and stayed until its end."""
        announced_at = (self.first_seen_at, self.recorded_at or self.first_seen_at)
        if max(announced_at) >= self.starts_at:
            return Standing.LATE
        return Standing.APPLIED if self.vanished_at is None else Standing.CHANGED


class Announced(NamedTuple):
    """A window `[starts_at, until)` that pages are silent in, whether it leaves the figures or not."""

    scope: tuple[str, ...]
    starts_at: int
    until: int


def covers_link(scope: Iterable[str], link: Link, inventory: Inventory) -> bool:
    """Return whether a scope names a link, its office, its provider, or a node above it at any level."""
    return not {link.id, link.office, link.provider, *inventory.upward(link.parent)}.isdisjoint(scope)


def covers_node(scope: Iterable[str], node: Node, inventory: Inventory) -> bool:
    """Return whether a scope names a node, its provider, or a node above it at any level."""
    return not {node.provider, *inventory.upward(node.code)}.isdisjoint(scope)


def announced(inventory: Inventory, windows: Iterable[Window]) -> tuple[Announced, ...]:
    """Return the windows that hold, late ones too: the inventory's, less what persons ended, and what they added."""
    known = tuple(windows)
    cut = {(of.scope, of.starts_at, of.ends_at): of.until for of in known}
    found = [Announced(of.scope, of.starts_at, of.until) for of in known if of.added_by is not None]
    for item in inventory.maintenance:
        scope, start, end = (
            tuple(sorted(set(item.scope))),
            int(item.starts_at.timestamp()),
            int(item.ends_at.timestamp()),
        )
        found.append(Announced(scope, start, cut.get((scope, start, end), end)))
    return tuple(found)


def is_announced(holding: Iterable[Announced], inventory: Inventory, of: Link | Node, now: float) -> bool:
    """Return whether one of the windows that hold covers a link or node at an instant."""
    return any(
        window.starts_at <= now < window.until
        and (
            covers_link(window.scope, of, inventory)
            if isinstance(of, Link)
            else covers_node(window.scope, of, inventory)
        )
        for window in holding
    )


def excluded(windows: Iterable[Window], link: Link, inventory: Inventory) -> tuple[Interval, ...]:
    """Return a link's time in applied windows, each second once."""
    return union(
        (window.starts_at, window.until)
        for window in windows
        if window.standing is Standing.APPLIED and covers_link(window.scope, link, inventory)
    )
