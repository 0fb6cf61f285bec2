"""What stands above links and nodes, as labels: the provider and the nodes whose outage explains theirs.

`level_1` is the topmost node above something, `level_2` the next; what hangs deeper than `LEVELS` has the first ones
alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import takewhile

from exporter.model import Inventory, Link, Node, Provider

LEVELS = 6


def of_link(link: Link, inventory: Inventory) -> dict[str, str]:
    """Return a link's provider and the nodes above it."""
    return {"provider": link.provider, **_levels(_downward(link.parent, inventory))}


def of_node(node: Node, inventory: Inventory) -> dict[str, str]:
    """Return the nodes above a node, and the provider that it is of.

    A node that names no provider is of the nearest one above it; none where nobody above names one.
    """
    provider = _provider_of(node.code, inventory)
    return {
        **_levels(_downward(node.parent, inventory)),
        **({} if provider is None else {"provider": provider}),
    }


def of_provider(provider: Provider, inventory: Inventory, today: date) -> dict[str, str]:
    """Return the nodes above all of a provider's valid links that are of no provider.

    A provider's own node never explains its provider's outage: each would explain the other, and nobody be paged.
    """
    links = [link for link in inventory.links() if link.provider == provider.code and _is_valid(link, today)]
    return _shared(
        _levels(takewhile(lambda code: _provider_of(code, inventory) is None, _downward(link.parent, inventory)))
        for link in links
    )


def _downward(code: str | None, inventory: Inventory) -> list[str]:
    return list(inventory.upward(code))[::-1]


def _levels(path: Iterable[str]) -> dict[str, str]:
    return {f"level_{depth}": code for depth, code in zip(range(1, LEVELS + 1), path, strict=False)}


def _provider_of(code: str, inventory: Inventory) -> str | None:
    providers: Iterator[str | None] = (inventory.nodes[above].provider for above in inventory.upward(code))
    return next((provider for provider in providers if provider is not None), None)


def _is_valid(link: Link, today: date) -> bool:
    return (link.valid_from is None or link.valid_from <= today) and (link.valid_to is None or today <= link.valid_to)


def _shared(every: Iterable[Mapping[str, str]]) -> dict[str, str]:
    sets = [set(of.items()) for of in every]
    return dict(set.intersection(*sets)) if sets else {}
