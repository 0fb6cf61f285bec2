"""The district as a packet sees it: places in a tree from the monitor down, and who is concerned by a name.

A link hangs from its node, a node from its parent, and what has none from the district's edge, which is the far end of
the lab's own wire. A place whose address is a DNS name has an address that the inventory doesn't use, and may get
another one.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from exporter.errors import InputError
from exporter.model import Family, Inventory, Link, Medium, Node

Address = IPv4Address | IPv6Address
Name = tuple[str, int]
"""A DNS name in small letters, and the IP version of the address that is wanted of it."""

MONITOR = "monitor"
"""The name of the monitor's own connection, which everything passes."""
EDGE: dict[int, Address] = {4: IPv4Address("192.0.2.2"), 6: IPv6Address("2001:db8:19::2")}
"""Where the district begins, by IP version."""
NETWORKS: dict[int, IPv4Network | IPv6Network] = {
    4: IPv4Network("198.18.0.0/15"),
    6: IPv6Network("2001:db8:18::/48"),
}
"""The addresses that answer, by IP version."""
NAMES: dict[int, IPv4Network | IPv6Network] = {
    4: IPv4Network("198.19.128.0/17"),
    6: IPv6Network("2001:db8:18:ffff::/64"),
}
"""Those of them which names lead to, as far as the inventory doesn't use them itself, by IP version."""

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

    Conditions of any of its `names` hold here and for all below. `address` is None for the edge, which speaks for
    itself in either family, and `host` where the inventory has no DNS name. Places are equal only to themselves.
    """

    __slots__ = ("above", "address", "host", "names", "round_trip_seconds", "routers")

    def __init__(
        self,
        names: tuple[str, ...],
        above: Place | None,
        routers: tuple[Place, ...] = (),
        round_trip_seconds: tuple[float, float] = _AT_ONCE,
    ) -> None:
        self.names = names
        self.above = above
        self.address: Address | None = None
        self.host: Name | None = None
        self.routers = routers
        self.round_trip_seconds = round_trip_seconds

    def speaks_from(self, version: int) -> Address | None:
        """Return the address that messages of an IP version come from; None where the place has none."""
        if self.above is None:
            return EDGE[version]
        return self.address if self.address is not None and self.address.version == version else None


class Topology:
    """The places of a district; without an inventory, the edge alone.

    `places` has each after the one above it, and `hosts` the address of each DNS name, of SNMP devices' too. Raises
    InputError where two of the inventory's links or nodes have one address or name; a reference may be one of them.
    """

    def __init__(self, inventory: Inventory | None = None) -> None:
        self.edge = Place((MONITOR,), None)
        self.places = [self.edge]
        self.by_address: dict[Address, Place] = {}
        self.hosts: dict[Name, Address] = {}
        self._owners: dict[Address, str] = {}
        self._nodes: dict[str, Place] = {}
        if inventory is not None:
            self.hosts = addresses_of_names(inventory)
            self._owners = owners(inventory)
            for node in inventory.nodes.values():
                self._node(node, inventory.nodes)
            for link in inventory.links():
                self._link(link)
            for reference in inventory.references:
                if self._address(reference.address) not in self.by_address:
                    self._add(Place((), self.edge, (), _REFERENCE_SECONDS), reference.address)
        self._homes = dict(self.hosts)

    def named(self, what: str) -> list[Place]:
        """Return the places that have a name."""
        return [place for place in self.places if what in place.names]

    def concerned(self, what: str) -> tuple[str, list[Place]]:
        """Return a thing's name, of an address' several spellings the same, and its places.

        An address that nobody has has none. InputError says that there is no such thing.
        """
        address = read_address(what)
        if address is not None:
            place = self.by_address.get(address)
            return str(address), [] if place is None else [place]
        if not (places := self.named(what)):
            raise InputError(
                f"nothing in the lab is called {what!r}; name a link (OFFICE/LINK), an office, a node, a provider, an "
                f"address or {MONITOR!r}"
            )
        return what, places

    def stranger(self, address: Address) -> Place:
        """Add a place for an address that the inventory doesn't know: it answers at once."""
        return self._add(Place((), self.edge), str(address))

    def movable(self, what: str) -> tuple[Place, Address]:
        """Return a link or node with a DNS name, and the address that it has at first; InputError where it has none."""
        for place in self.places:
            if place.names[:1] == (what,) and place.host is not None:
                return place, self._homes[place.host]
        raise InputError(f"{what!r} can't move: it is no link or node with a DNS name; name such a one")

    def move(self, place: Place, to: Address) -> Place | None:
        """Give a place another address; return the stranger that had it, which is no more. InputError says why not.

        An address that somebody has at first is kept for that one.
        """
        if place.host is None or place.address is None:
            raise AssertionError("only what has a DNS name moves")
        version = place.host[1]
        if to.version != version or to not in NETWORKS[version]:
            raise InputError(f"{place.names[0]} can't move to {to}: name an address of {NETWORKS[version]}")
        other = self.by_address.get(to)
        owner = other.names[0] if other is not None and other.names else self._owners.get(to)
        if owner is not None and self._homes[place.host] != to:
            raise InputError(f"{place.names[0]} can't move to {to}: that is the address of {owner}; name another one")
        del self.by_address[place.address]
        if other is not None:
            self.places.remove(other)
        self.by_address[to] = place
        self.hosts[place.host] = place.address = to
        return other

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
            place = Place(names, above, _routers_below(above), _NODE_SECONDS)
            self._nodes[each.code] = self._add(place, each.address)
        return self._nodes[node.code]

    def _link(self, link: Link) -> None:
        above = self.edge if link.parent is None else self._nodes[link.parent]
        names = (link.id, link.provider, link.office)
        seconds = ROUND_TRIP_SECONDS[link.medium]
        self._add(Place(names, above, _routers_below(above), seconds), link.address, link.family)

    def _address(self, written: str, family: Family | None = None) -> Address:
        name = name_of(written, family)
        return ip_address(written) if name is None else self.hosts[name]

    def _add(self, place: Place, written: str, family: Family | None = None) -> Place:
        """Add a place with the address or name that is written of it."""
        address = place.address = self._address(written, family)
        place.host = name_of(written, family)
        if address in self.by_address:
            both = f"{self.by_address[address].names[0]} and {place.names[0]}"
            raise InputError(f"{both} have one address, {written}; in the lab each needs its own")
        self.by_address[address] = place
        self.places.append(place)
        return place


def addresses_of_names(inventory: Inventory) -> dict[Name, Address]:
    """Return the address that each DNS name leads to at first, one after the other in the order of the inventory."""
    used = {address for written, _, _ in _hosts(inventory) if (address := read_address(written)) is not None}
    free = {version: _free(version, used) for version in NAMES}
    found: dict[Name, Address] = {}
    for written, family, _ in _hosts(inventory):
        name = name_of(written, family)
        if name is not None and name not in found:
            found[name] = next(free[name[1]])
    return found


def owners(inventory: Inventory) -> dict[Address, str]:
    """Return who has each address at first: a link's id, a node's code, a reference's name."""
    names = addresses_of_names(inventory)
    found: dict[Address, str] = {}
    for written, family, owner in _hosts(inventory):
        name = name_of(written, family)
        found.setdefault(ip_address(written) if name is None else names[name], owner)
    return found


def name_of(written: str, family: Family | None) -> Name | None:
    """Return the name that is looked up for a host; None where an address is written."""
    if read_address(written) is not None:
        return None
    return written.lower(), 6 if family is Family.IPV6 else 4


def _hosts(inventory: Inventory) -> Iterator[tuple[str, Family | None, str]]:
    """Yield each host as it is written, the family that is asked for, and whose it is."""
    for link in inventory.links():
        yield link.address, link.family, link.id
    for node in inventory.nodes.values():
        yield node.address, None, node.code
    for reference in inventory.references:
        yield reference.address, None, reference.name
    for link in inventory.links():
        if link.snmp is not None and link.snmp.address is not None:
            yield link.snmp.address, link.family, link.id


def _free(version: int, used: Container[Address]) -> Iterator[Address]:
    yield from (address for address in NAMES[version].hosts() if address not in used)
    raise InputError(f"the lab has no more addresses for names; give some links addresses beyond {NAMES[version]}")


def read_address(text: str) -> Address | None:
    """Return an address, or None where the text is a name."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def _routers_below(above: Place) -> tuple[Place, ...]:
    return () if above.above is None else (*above.routers, above)
