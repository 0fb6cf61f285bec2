"""What is accepted and yet worth a look: unset secrets, shared addresses, parts that this version doesn't act on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from exporter.inventory.places import Places
from exporter.model import Degraded, Icmp, Inventory, Snmp
from exporter.secret import SecretRef

_NAMED_LINKS = 5


def warnings(inventory: Inventory, environment: Mapping[str, str], places: Places | None = None) -> tuple[str, ...]:
    """Return the warnings, each a line; with the inventory's places as `FILE:LINE:COL: path: message`.

    Secret files are read to see whether they can be; no message shows what is in them.
    """
    known = places or Places()
    found = [*unset_secrets(inventory, environment, known), *_shared_addresses(inventory, known)]
    unused = _not_acted_on(inventory)
    if unused:
        found.append(f"accepted, not acted on yet: {', '.join(unused)}")
    return tuple(found)


def unset_secrets(inventory: Inventory, environment: Mapping[str, str], places: Places) -> Iterator[str]:
    """Yield a line for each secret that is unset, with the links concerned; never what is in one."""
    links: dict[SecretRef, list[str]] = defaultdict(list)
    for link in inventory.links():
        for reference in _references(link.snmp):
            links[reference].append(link.id)
    for reference, concerned in links.items():
        if reference.resolve(environment) is None:
            how = "can't be read or is empty" if reference.reference.startswith("file:") else "is not set"
            message = f"{reference.reference} {how}; {_listed(concerned)} polled without SNMP"
            yield places.say(places.secrets.get(reference), message)


def _references(snmp: Snmp | None) -> tuple[SecretRef, ...]:
    if snmp is None:
        return ()
    return tuple(dict.fromkeys(ref for ref in (snmp.community, snmp.auth_key, snmp.priv_key) if ref is not None))


def _listed(links: list[str]) -> str:
    named = ", ".join(links[:_NAMED_LINKS])
    more = f" and {len(links) - _NAMED_LINKS} more" if len(links) > _NAMED_LINKS else ""
    return f"{named}{more} {'is' if len(links) == 1 else 'are'}"


def _shared_addresses(inventory: Inventory, places: Places) -> Iterator[str]:
    first: dict[str, str] = {}
    for link in inventory.links():
        other = first.setdefault(link.address.casefold().removesuffix("."), link.id)
        if other == link.id:
            continue
        place = places.addresses.get(other)
        line = f" (line {place.node.line})" if place is not None else ""
        message = f"{link.id} and {other}{line} have one address, {link.address}; each is probed for itself"
        yield places.say(places.addresses.get(link.id), message)


def _not_acted_on(inventory: Inventory) -> list[str]:
    links = list(inventory.links())
    websites = sum(office.website is not None for office in inventory.offices.values())
    degraded = sum(link.degraded != Degraded() for link in links)
    bridged = sum(link.icmp.bridge != Icmp().bridge for link in links)
    credits_ = sum(provider.credit is not None for provider in inventory.providers.values())
    payers = sum(any(contract.payers for contract in link.contracts) for link in links)
    counted = (
        ("references", len(inventory.references), ""),
        ("nodes' addresses", len(inventory.nodes), ""),
        ("maintenance", len(inventory.maintenance), "window"),
        ("websites", websites, ""),
        ("degraded", degraded, "link"),
        ("bridge", bridged, "link"),
        ("credit", credits_, "provider"),
        ("payers", payers, "link"),
    )
    return [f"{name} ({_count(number, noun)})" for name, number, noun in counted if number]


def _count(number: int, noun: str) -> str:
    if not noun:
        return str(number)
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
