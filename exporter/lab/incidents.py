"""What happens in the demo's district: one link after another is cut in silence, and mended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, cycle, zip_longest

from exporter.model import Inventory, Link

FIRST_AFTER_SECONDS = 15
CUT_SECONDS = 60
PAUSE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Incident:
    """A link is cut, or mended, so long after the first replies."""

    at_seconds: int
    link: Link
    is_cut: bool

    def __str__(self) -> str:
        return f"{'cut' if self.is_cut else 'mended'} {self.link.id} {self.link.address}"


def incidents(inventory: Inventory) -> Iterator[Incident]:
    """Yield what happens, for ever: an office with one link goes offline, then one with a backup goes over to it."""
    for turn, link in zip(count(), cycle(_victims(inventory)), strict=False):
        begin = FIRST_AFTER_SECONDS + turn * (CUT_SECONDS + PAUSE_SECONDS)
        yield Incident(begin, link, is_cut=True)
        yield Incident(begin + CUT_SECONDS, link, is_cut=False)


def _victims(inventory: Inventory) -> list[Link]:
    offices = inventory.offices.values()
    alone = [office.links[0] for office in offices if len(office.links) == 1]
    backed = [office.links[0] for office in offices if len(office.links) > 1]
    return [link for pair in zip_longest(alone, backed) for link in pair if link is not None]
