"""`providers`, `nodes` and `references`: who sells links, what they hang from, and what the monitor itself needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from exporter import units
from exporter.inventory import probing, scalars
from exporter.inventory.document import Scalar
from exporter.inventory.fields import Fault, Value, list_of, parsed
from exporter.inventory.names import Names
from exporter.inventory.wording import shown
from exporter.model import Cause, Credit, CreditFormula, CreditTier, Icmp, Node, Provider, Reference

T = TypeVar("T")

PROVIDER_KEYS = ("name", "noc", "availability", "credit", "excludes", "exclude_unconfirmed")
NODE_KEYS = ("name", "address", "provider", "parent", "icmp")
REFERENCE_KEYS = ("name", "address")
CREDIT_KEYS = ("formula", "tiers", "min_outage")
TIER_KEYS = ("below", "credit")

_SHOWN_NODES = 8
_NODE_DOWN_AFTER = 5  # a node is decided before the links that hang from it


def providers(value: Value) -> dict[str, Provider]:
    """Read the providers, by code; raise Fault for an empty mapping."""
    read = _by_code(value, _provider)
    if not read and not value.entries():
        raise Fault("the mapping is empty; a link needs a provider")
    return read


def _provider(code: str, value: Value) -> Provider:
    own = value.section(PROVIDER_KEYS)
    return Provider(
        code=code,
        name=own.need("name", Value.text, ""),
        noc=own.get("noc", Value.text, None),
        availability=own.get("availability", parsed(scalars.availability), None),
        credit=own.get("credit", _credit, None),
        excludes=own.get("excludes", list_of(parsed(scalars.choice(Cause))), ()),
        exclude_unconfirmed=own.get("exclude_unconfirmed", parsed(scalars.truth), default=False),
    )


def _credit(value: Value) -> Credit:
    own = value.section(CREDIT_KEYS)
    if own.has("formula") == own.has("tiers"):
        own.value.refuse("expected either 'formula' or 'tiers'")
    return Credit(
        formula=own.get("formula", parsed(scalars.choice(CreditFormula)), None),
        tiers=own.get("tiers", _tiers, ()),
        min_outage_seconds=own.get("min_outage", parsed(units.whole_seconds), 0),
    )


def _tiers(value: Value) -> tuple[CreditTier, ...]:
    value.some_items()
    tiers = sorted(list_of(_tier)(value), key=lambda tier: tier.below)
    if len({tier.below for tier in tiers}) != len(tiers):
        raise Fault("two tiers have the same 'below'")
    return tuple(tiers)


def _tier(value: Value) -> CreditTier:
    own = value.section(TIER_KEYS)
    return CreditTier(
        below=own.need("below", parsed(scalars.availability), scalars.availability("100%")),
        credit=own.need("credit", parsed(scalars.share), scalars.share("0%")),
    )


def nodes(value: Value, names: Names, base: Icmp) -> dict[str, Node]:
    """Read the nodes, by code, and refuse parents that lead back to their node."""
    icmp = replace(base, down_after=_NODE_DOWN_AFTER)

    def node(code: str, value: Value) -> Node:
        own = value.section(NODE_KEYS)
        return Node(
            code=code,
            name=own.need("name", Value.text, ""),
            address=own.need("address", parsed(scalars.address), ""),
            provider=own.get("provider", parsed(names.provider), None),
            parent=own.get("parent", parsed(names.node), None),
            icmp=own.get("icmp", lambda value: probing.icmp(value, icmp), icmp),
        )

    read = _by_code(value, node)
    _refuse_cycles(value, read)
    return read


def _refuse_cycles(value: Value, read: dict[str, Node]) -> None:
    """Report each cycle once, at the `parent` of its first node in the file."""
    entries = {key.node.text: entry for key, entry in value.entries() if isinstance(key.node, Scalar)}
    order = {code: index for index, code in enumerate(entries)}
    seen: set[str] = set()
    for start in entries:
        way: dict[str, None] = {}  # in the order of the way up
        code: str | None = start
        while code in read and code not in seen:
            seen.add(code)
            way[code] = None
            code = read[code].parent
        if code in way:
            ways = list(way)
            _refuse_cycle(ways[ways.index(code) :], order, entries)


def _refuse_cycle(cycle: list[str], order: dict[str, int], entries: dict[str, Value]) -> None:
    """Report a cycle, which stands in the order of its parents; a long one is shown by its beginning."""
    first = cycle.index(min(cycle, key=order.__getitem__))
    turned = [*cycle[first:], *cycle[:first]]
    way = turned if len(turned) <= _SHOWN_NODES else [*turned[:_SHOWN_NODES], "…"]
    back = " > ".join((*way, turned[0]))
    message = f"the parents lead back here: {back}; one of these nodes must hang from another, or from none"
    entries[turned[0]].section(NODE_KEYS).refuse("parent", message)


def references(value: Value) -> tuple[Reference, ...]:
    """Read what the monitor itself needs; two of one name are refused."""
    names: set[str] = set()

    def reference(item: Value) -> Reference:
        own = item.section(REFERENCE_KEYS)
        name = own.need("name", Value.text, "")
        if name in names:
            own.refuse("name", f"there is a reference {shown(name)} already; give each its own name")
        names.add(name)
        return Reference(name, own.need("address", parsed(scalars.address), ""))

    return list_of(reference)(value)


def _by_code(value: Value, reader: Callable[[str, Value], T]) -> dict[str, T]:
    """Read a mapping of codes; a bad code is reported, and its entry is read all the same."""
    read: dict[str, T] = {}
    for key, entry in value.entries():
        code = key.read(parsed(scalars.code), "")
        one = entry.read(partial(reader, code), None)
        if one is not None:
            read[code] = one
    return read
