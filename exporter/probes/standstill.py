"""64-bit counters that stand still for ever while the 32-bit ones beside them move. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from exporter.observation import Count
from exporter.probes.ifmib import Facts
from exporter.probes.totals import OCTETS

_PROOFS = 2


@dataclass(frozen=True, slots=True)
class Standstill:
    """Since when a direction's 64-bit counter stands still, its 32-bit counter then, and how often that was seen."""

    since: float
    narrow: int
    times: int


@dataclass(slots=True)
class Standstills:
    """Compares the facts of an interface, from one asking to the next; seen twice in a row is proven."""

    _facts: Facts | None = None
    _asked_at: float = 0.0
    _seen: dict[Count, Standstill] = field(default_factory=dict)

    @property
    def suspects(self) -> frozenset[Count]:
        """Return the directions that the next asking should prove or clear."""
        return frozenset(self._seen)

    def forget(self) -> None:
        """Begin anew: the counters did, or are other ones."""
        self._facts, self._seen = None, {}

    def compare(self, facts: Facts, now: float, stuck: frozenset[Count] = frozenset()) -> dict[Count, Standstill]:
        """Take the facts of an instant, in monotonic seconds, and return the directions that are proven by them.

        `stuck` are those that have been before.
        """
        stood_still = () if self._facts is None else self._stood_still(self._facts, facts)
        seen = {count: standstill for count, standstill in stood_still if count not in stuck}
        self._facts, self._asked_at = facts, now
        proven = {count: standstill for count, standstill in seen.items() if standstill.times >= _PROOFS}
        self._seen = {count: standstill for count, standstill in seen.items() if count not in proven}
        return proven

    def _stood_still(self, before: Facts, facts: Facts) -> Iterator[tuple[Count, Standstill]]:
        for count in OCTETS:
            is_still = count in facts.wide and facts.wide[count] == before.wide.get(count)
            if is_still and count in before.narrow and facts.narrow.get(count) not in {None, before.narrow[count]}:
                first = self._seen.get(count, Standstill(self._asked_at, before.narrow[count], 0))
                yield count, Standstill(first.since, first.narrow, first.times + 1)
