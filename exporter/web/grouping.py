"""Which fault each outage is part of, so that people see one fault once, and the widest first.

Asked in this order, and the first that fits is the answer:

    node        a node above is down and explains it: the highest such one
    provider    its evidence shows that the provider's links fell silent together
    office      its office is offline
    link        its office is connected by another link

It is what pages say of the same outages, but for this: a provider's outage that lies under one node of its own is shown
as that node's, which says where to look; whom to call is the same. Where two of its nodes are down by it, or links
beside its nodes, it is the provider's, and the nodes are part of it. Purely.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import median_low

from exporter.cause import is_providers
from exporter.model import Cause
from exporter.snapshot import LinkStatus, NodeStatus, Snapshot
from exporter.timeline import State

# Those of the pages (prometheus/rules/outages.yml): when something can have gone down with a node or a provider.
BEFORE_NODE_SECONDS = 60
AFTER_NODE_SECONDS = 180
BESIDE_PROVIDER_SECONDS = 900


class Kind(Enum):
    """What a fault is of, the widest first; ISOLATED is the monitor's own."""

    ISOLATED = "isolated"
    PROVIDER = "provider"
    NODE = "node"
    OFFICE = "office"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: of what, and what is down by it, in the inventory's order.

    `code` is a provider's, a node's or an office's, or a link's id. `since` is when the first of it went down, in
    seconds since the epoch. Of nodes there are only the highest.
    """

    kind: Kind
    code: str
    since: int
    links: tuple[LinkStatus, ...]
    nodes: tuple[NodeStatus, ...]


_Key = tuple[Kind, str]


def faults(snapshot: Snapshot) -> list[Fault]:
    """Return what the open outages of links and nodes come to; each link is in one fault."""
    grouping = _Grouping(snapshot)
    links: defaultdict[_Key, list[LinkStatus]] = defaultdict(list)
    nodes: defaultdict[_Key, list[NodeStatus]] = defaultdict(list)
    since: defaultdict[_Key, list[int]] = defaultdict(list)
    for status in snapshot.links:
        if (key := grouping.of_links.get(status.link.id)) is not None:
            links[key].append(status)
            since[key].append(grouping.began[status.link.id])
    for node in snapshot.nodes:
        if (key := grouping.of_nodes.get(node.node.code)) is not None:
            nodes[key].append(node)
            since[key].append(grouping.began[node.node.code])
    return [Fault(*key, min(at), tuple(links[key]), tuple(nodes[key])) for key, at in since.items()]


def _began(snapshot: Snapshot) -> dict[str, int]:
    """Return when each open outage began, by the link's id or the node's code."""
    found = [(status.link.id, status.outage) for status in snapshot.links]
    found += [(status.node.code, status.outage) for status in snapshot.nodes]
    return {of: outage.started_at for of, outage in found if outage is not None and outage.is_open}


class _Grouping:
    """What each open outage is part of: what it is by itself first, then what its provider's outage takes in."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.began = _began(snapshot)
        self._down = _DownNodes(snapshot, self.began)
        self._lost = [status for status in snapshot.links if status.outage_is_open]
        self._offline = {status.office.code for status in snapshot.offices if status.outage_is_open}
        self.of_nodes: dict[str, _Key] = {code: (Kind.NODE, code) for code in self._down.highest}
        self.of_links = {status.link.id: self._alone(status) for status in self._lost}
        for provider, shown in self._shown().items():
            if self._is_wider_than_a_node(shown):
                self._take_in(provider, shown)

    def _alone(self, status: LinkStatus) -> _Key:
        node, link = self._down.of_link(status), status.link
        if node is not None:
            return Kind.NODE, node
        if _fell_with_provider(status):
            return Kind.PROVIDER, link.provider
        return (Kind.OFFICE, link.office) if link.office in self._offline else (Kind.LINK, link.id)

    def _shown(self) -> Mapping[str, list[LinkStatus]]:
        """Return the links that show each provider's outage: none of those that somebody else's node explains."""
        found = defaultdict(list)
        for status in self._lost:
            provider, (kind, code) = status.link.provider, self.of_links[status.link.id]
            is_elsewhere = kind is Kind.NODE and self._down.provider(code) != provider
            if _fell_with_provider(status) and not is_elsewhere:
                found[provider].append(status)
        return found

    def _is_wider_than_a_node(self, shown: Sequence[LinkStatus]) -> bool:
        keys = {self.of_links[status.link.id] for status in shown}
        return len(keys) > 1 or any(kind is Kind.PROVIDER for kind, _ in keys)

    def _take_in(self, provider: str, shown: Sequence[LinkStatus]) -> None:
        """Make a provider's outage of what shows it, and of what else of the provider's fell beside it."""
        began = median_low([self.began[status.link.id] for status in shown])
        found = {code for kind, code in (self.of_links[status.link.id] for status in shown) if kind is Kind.NODE}
        found |= {
            code
            for code in self._down.highest
            if self._down.provider(code) == provider and _is_beside(began, self.began[code])
        }
        self.of_nodes |= dict.fromkeys(found, (Kind.PROVIDER, provider))
        for status in self._lost:
            kind, code = self.of_links[status.link.id]
            if (kind is Kind.NODE and code in found) or (
                status.link.provider == provider
                and kind in {Kind.OFFICE, Kind.LINK}
                and _may_have_any_cause(status)
                and _is_beside(began, self.began[status.link.id])
            ):
                self.of_links[status.link.id] = Kind.PROVIDER, provider


def _fell_with_provider(status: LinkStatus) -> bool:
    """Return whether a link's evidence shows its provider's outage, a node above being down or not."""
    explained = status.explained
    if explained is None or explained.cause is not Cause.UPSTREAM:
        return explained is not None and explained.cause is Cause.PROVIDER
    together = explained.evidence.together
    return together is not None and is_providers(together)


def _may_have_any_cause(status: LinkStatus) -> bool:
    return status.explained is None or status.explained.cause is Cause.UNKNOWN


def _is_beside(began: int, at: int) -> bool:
    return abs(at - began) <= BESIDE_PROVIDER_SECONDS


class _DownNodes:
    """The nodes with an open outage, and what each of them explains.

    A node explains what went down by three minutes after it. What goes down later it explains only where half of what
    is known of the links below went down with it: many routers answer no echoes, ever.
    """

    def __init__(self, snapshot: Snapshot, began: Mapping[str, int]) -> None:
        inventory, nodes = snapshot.inventory, snapshot.inventory.nodes
        self._began = began
        self._above: dict[str | None, tuple[str, ...]] = {
            code: tuple(above for above in inventory.upward(code) if above in began) for code in (None, *nodes)
        }
        self._providers = {code: inventory.provider_of_node(code) for code in nodes if code in began}
        self._known: Counter[str] = Counter()
        self._fell: Counter[str] = Counter()
        for status in snapshot.links:
            self._count(status)
        self.highest = [
            code for code in nodes if code in began and self._explaining(nodes[code].parent, began[code]) is None
        ]

    def _count(self, status: LinkStatus) -> None:
        at = self._began.get(status.link.id)
        if status.state is State.UNMEASURED and at is None:
            return
        for code in self._above[status.link.parent]:
            self._known[code] += 1
            since = self._began[code]
            if at is not None and since - BEFORE_NODE_SECONDS <= at <= since + AFTER_NODE_SECONDS:
                self._fell[code] += 1

    def _explaining(self, code: str | None, at: int) -> str | None:
        """Return the highest node, from one upward, that explains what went down at an instant; None without one."""
        found = None
        for above in self._above[code]:
            if at <= self._began[above] + AFTER_NODE_SECONDS or 2 * self._fell[above] >= self._known[above] > 0:
                found, at = above, self._began[above]
        return found

    def of_link(self, status: LinkStatus) -> str | None:
        """Return the node whose outage a link's is part of; None where there is none, or its evidence shows another."""
        if status.explained is not None and status.explained.cause is not Cause.UPSTREAM:
            return None
        return self._explaining(status.link.parent, self._began[status.link.id])

    def provider(self, code: str) -> str | None:
        """Return the provider that a node which is down is of."""
        return self._providers[code]
