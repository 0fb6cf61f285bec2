"""The causes and last hops that a ledger gives, beside the truth's.

By the rules a node above a link comes before its provider: where a provider's failure takes the node along, the link's
cause is `upstream`. Of several things that were so as an outage began, any may be its cause.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from exporter.cause import GIVEN_UP_SECONDS, Trail, Verdict
from exporter.lab.topology import read_address
from exporter.lab.truth import Fact, Situation
from exporter.model import Cause, Family, Inventory, Link
from exporter.timeline import Outage

DECIDING_SECONDS = GIVEN_UP_SECONDS + 60  # after an outage's end, until its cause has to be in the ledger
TRACING_SECONDS = 4  # a trace that finds nobody takes so long


@dataclass(slots=True)
class Explained:
    """Ended outages of links that the truth knows, by what the ledger says of them.

    `waiting` are too young to have a cause. Of the others `right` have the truth's, `unknown` are said to be unknown,
    `wrong` are stated as another. `hops_right` end where the truth's did, or nobody answered and nobody could;
    `hops_missing` were not traced while they were down, `hops_wrong` end elsewhere.
    """

    waiting: int = 0
    right: int = 0
    unknown: int = 0
    wrong: int = 0
    hops_right: int = 0
    hops_missing: int = 0
    hops_wrong: int = 0

    @property
    def judged(self) -> int:
        """How many have a cause, or ought to."""
        return self.right + self.unknown + self.wrong


class Explanations:
    """Judges verdicts on the outages of one district; `facts` are the truth's, by the target that they affect."""

    def __init__(self, inventory: Inventory, facts: dict[str, tuple[Fact, ...]], ends_at: float) -> None:
        self._inventory = inventory
        self._facts = facts
        self._ends_at = ends_at

    def compare(self, into: Explained, link: Link, outage: Outage, verdict: Verdict | None) -> None:
        """Add one outage of a link; of one that the truth doesn't know, nothing: it is invented."""
        causes = set(self._causes(link, outage))
        if not causes or outage.ended_at is None:
            return
        if verdict is None and outage.ended_at + DECIDING_SECONDS > self._ends_at:
            into.waiting += 1
            return
        if verdict is None or verdict.cause is Cause.UNKNOWN:
            into.unknown += 1
        elif verdict.cause in causes:
            into.right += 1
        else:
            into.wrong += 1
        trail = None if verdict is None else verdict.evidence.trail
        if trail is None:
            into.hops_missing += 1
        elif trail.last_hop in set(self._hops(link, trail)):
            into.hops_right += 1
        else:
            into.hops_wrong += 1

    def _causes(self, link: Link, outage: Outage) -> Iterator[Cause]:
        """Yield why a link was silent as its outage began, within a slot."""
        slot = link.icmp.interval_seconds
        for fact in self._facts.get(link.id, ()):
            if fact.cause is None or fact.situation is not Situation.DOWN:
                continue
            if fact.from_ < outage.started_at + slot and (fact.to is None or fact.to > outage.started_at):
                is_above = not set(fact.affects).isdisjoint(self._inventory.upward(link.parent))
                yield Cause.UPSTREAM if fact.cause is Cause.PROVIDER and is_above else fact.cause

    def _hops(self, link: Link, trail: Trail) -> Iterator[str | None]:
        """Yield the last hop that could answer, at the beginning of the trace and at its end."""
        for at in (trail.traced_at, trail.traced_at + 1, trail.traced_at + TRACING_SECONDS):
            yield self._last_hop(link, at)

    def _last_hop(self, link: Link, at: float) -> str | None:
        """Return the nearest node above a link that answered, its code; None where none did."""
        address = read_address(link.address)
        named = 6 if link.family is Family.IPV6 else 4
        version = named if address is None else address.version
        for code in self._inventory.upward(link.parent):
            node = read_address(self._inventory.nodes[code].address)
            speaks = node is None or node.version == version
            if speaks and not any(_is_silent(fact, at) for fact in self._facts.get(code, ())):
                return code
        return None


def _is_silent(fact: Fact, at: float) -> bool:
    return fact.situation is Situation.DOWN and fact.from_ <= at and (fact.to is None or fact.to > at)
