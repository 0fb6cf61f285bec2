"""The district as a packet sees it: places in a tree from the monitor down, and who is concerned by a name.

A link hangs from its node, a node from its parent, and what has none from the district's edge, which is the far end of
the lab's own wire. A place whose address is a DNS name answers nothing, and conditions hold there all the same.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

from exporter.errors import InputError
from exporter.model import Inventory, Link, Medium, Node

Address = IPv4Address | IPv6Address

MONITOR = "monitor"
"""The name of the monitor's own connection, which everything passes."""
EDGE: dict[int, Address] = {4: IPv4Address("192.0.2.2"), 6: IPv6Address("2001:db8:19::2")}
"""Where the district begins, by IP version."""

ROUND_TRIP_SECONDS = {
    Medium.FIBRE: (0.0015, 0.0025),
    Medium.WIRELESS: (0.008, 0.020),
    Medium.COPPER: (0.010, 0.020),
    Medium.CELLULAR: (0.030, 0.070),
    Medium.VSAT: (0.560, 0.640),
    Medium.OTHER: (0.002, 0.010),
}
"""The least and the greatest round trip over a medium while nothing is wrong."""
_NODE_SECONDS = (0.0005, 0.0015)
_REFERENCE_SECONDS = (0.001, 0.003)
_AT_ONCE = (0.0, 0.0)


class Place:
    """Something that echoes pass or end at.

    Conditions of any of its `names` hold here and for all below. `address` is None where the inventory has a DNS name,
    and for the edge, which speaks for itself in either family. Places are equal only to themselves.
    """

    __slots__ = ("above", "address", "names", "round_trip_seconds", "routers")

    def __init__(
        self,
        names: tuple[str, ...],
        above: Place | None,
        address: Address | None,
        routers: tuple[Place, ...] = (),
        round_trip_seconds: tuple[float, float] = _AT_ONCE,
    ) -> None:
        self.names = names
        self.above = above
        self.address = address
        self.routers = routers
        self.round_trip_seconds = round_trip_seconds

    def speaks_from(self, version: int) -> Address | None:
        """Return the address that messages of an IP version come from; None where the place has none."""
        if self.above is None:
            return EDGE[version]
        return self.address if self.address is not None and self.address.version == version else None


class Topology:
    """The places of a district; without an inventory, the edge alone.

    `places` has each after the one above it. Raises InputError where two of the inventory's links or nodes have one
    address; a reference may be one of them.
    """

    def __init__(self, inventory: Inventory | None = None) -> None:
        self.edge = Place((MONITOR,), None, None)
        self.places = [self.edge]
        self.by_address: dict[Address, Place] = {}
        self._nodes: dict[str, Place] = {}
        if inventory is not None:
            for node in inventory.nodes.values():
                self._node(node, inventory.nodes)
            for link in inventory.links():
                self._link(link)
            for reference in inventory.references:
                address = read_address(reference.address)
                if address is not None and address not in self.by_address:
                    self._add(Place((), self.edge, address, (), _REFERENCE_SECONDS))

    def named(self, what: str) -> list[Place]:
        """Return the places that have a name."""
        return [place for place in self.places if what in place.names]

    def stranger(self, address: Address) -> Place:
        """Add a place for an address that the inventory doesn't know: it answers at once."""
        return self._add(Place((), self.edge, address))

    def _node(self, node: Node, nodes: dict[str, Node]) -> Place:
        chain: list[Node] = []
        while node.code not in self._nodes:
            chain.append(node)
            if node.parent is None:
                break
            node = nodes[node.parent]
        for each in reversed(chain):
            above = self.edge if each.parent is None else self._nodes[each.parent]
            names = (each.code,) if each.provider is None else (each.code, each.provider)
            place = Place(names, above, read_address(each.address), _routers_below(above), _NODE_SECONDS)
            self._nodes[each.code] = self._add(place)
        return self._nodes[node.code]

    def _link(self, link: Link) -> None:
        above = self.edge if link.parent is None else self._nodes[link.parent]
        names = (link.id, link.provider, link.office)
        seconds = ROUND_TRIP_SECONDS[link.medium]
        self._add(Place(names, above, read_address(link.address), _routers_below(above), seconds))

    def _add(self, place: Place) -> Place:
        if place.address is not None:
            if place.address in self.by_address:
                both = f"{self.by_address[place.address].names[0]} and {place.names[0]}"
                raise InputError(f"{both} have one address, {place.address}; in the lab each needs its own")
            self.by_address[place.address] = place
        self.places.append(place)
        return place


def read_address(text: str) -> Address | None:
    """Return an address, or None where the text is a name."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def _routers_below(above: Place) -> tuple[Place, ...]:
    return () if above.above is None else (*above.routers, above)
