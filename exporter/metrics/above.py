"""What stands above links and nodes, as labels: the provider and the nodes whose outage explains theirs.

`level_1` is the topmost node above something, `level_2` the next; what hangs deeper than `LEVELS` has the nearest ones.
"""

from __future__ import annotations

from collections.abc import Sequence

from exporter.model import Inventory, Link, Node

LEVELS = 6


def of_link(link: Link, inventory: Inventory) -> dict[str, str]:
    """Return a link's provider and the nodes above it."""
    return {"provider": link.provider, **_levels(_downward(link.parent, inventory))}


def of_node(node: Node, inventory: Inventory) -> dict[str, str]:
    """Return the nodes above a node, and the provider that it is of.

    A node that names no provider is of the nearest one above it; none where nobody above names one.
    """
    provider = inventory.provider_of_node(node.code)
    return {
        **_levels(_downward(node.parent, inventory)),
        **({} if provider is None else {"provider": provider}),
    }


def _downward(code: str | None, inventory: Inventory) -> list[str]:
    return list(inventory.upward(code))[::-1]


def _levels(path: Sequence[str]) -> dict[str, str]:
    return {f"level_{level}": code for level, code in enumerate(path[-LEVELS:], 1)}
