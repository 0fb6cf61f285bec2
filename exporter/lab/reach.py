"""What can't answer when something in the district falls silent: what hangs below it is silent with it."""

from __future__ import annotations

from exporter.lab.scenario import Thing
from exporter.model import Inventory


class Reach:
    """An inventory's tree, asked for what hangs below a thing."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._links = {link.id: link for link in inventory.links()}

    def links(self, thing: Thing, name: str) -> tuple[str, ...]:
        """Return the ids of a thing's own links: an office's, a provider's, a link itself; of others none."""
        if thing is Thing.LINK:
            return (name,)
        if thing is Thing.OFFICE:
            return tuple(link.id for link in self._inventory.offices[name].links)
        if thing is Thing.PROVIDER:
            return tuple(link.id for link in self._links.values() if link.provider == name)
        return ()

    def silent(self, thing: Thing, name: str) -> tuple[str, ...]:
        """Return the links and nodes that can't answer without it, in the order of the inventory, links first."""
        nodes = self._inventory.nodes
        roots = {
            code
            for code, node in nodes.items()
            if (thing is Thing.NODE and code == name) or (thing is Thing.PROVIDER and node.provider == name)
        }
        fallen = [code for code in nodes if not roots.isdisjoint(self._inventory.upward(code))]
        own = set(self.links(thing, name))
        links = [link.id for link in self._links.values() if link.id in own or link.parent in fallen]
        return (*links, *fallen)
