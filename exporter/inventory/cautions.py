"""What is accepted and yet worth a look: secrets, addresses, references, and hasty or weak ways of asking."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from math import ceil

from exporter.inventory.places import Places
from exporter.model import AuthProtocol, Icmp, Inventory, PrivProtocol, Snmp, SnmpVersion
from exporter.secret import SecretRef

# SLA_METHOD 2: 4 s until a reference is known to be down (3 slots of 1 s, timeout 2 s), and its timeout once more.
REFERENCES_SECONDS = 6
_NAMED_LINKS = 5
_SHORTEST_KEY = 8
_LONGEST_SNMP_INTERVAL_SECONDS = 300
"""What a link carried is kept as means of five minutes, so a longer interval leaves some of them without a poll."""


def warnings(inventory: Inventory, environment: Mapping[str, str], places: Places | None = None) -> tuple[str, ...]:
    """Return the warnings, each a line; with the inventory's places as `FILE:LINE:COL: path: message`.

    Secret files are read to see whether they can be; no message shows what is in them.
    """
    known = places or Places()
    found = [
        *unset_secrets(inventory, environment, known),
        *_shared_addresses(inventory, known),
        *_few_references(inventory, known),
        *_hasty_links(inventory, known),
        *_short_keys(inventory, environment, known),
        *_weak_snmp(inventory),
    ]
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


def _short_keys(inventory: Inventory, environment: Mapping[str, str], places: Places) -> Iterator[str]:
    """Yield a line for each key of version 3 that is set and shorter than RFC 3414 has it."""
    keys = (key for link in inventory.links() if link.snmp for key in (link.snmp.auth_key, link.snmp.priv_key) if key)
    for reference in dict.fromkeys(keys):
        key = reference.resolve(environment)
        if key is not None and len(key.reveal()) < _SHORTEST_KEY:
            message = (
                f"{reference.reference} is shorter than the {_SHORTEST_KEY} characters that a key of SNMPv3 has at "
                "least (RFC 3414, 11.2); many devices take no such key"
            )
            yield places.say(places.secrets.get(reference), message)


def _references(snmp: Snmp | None) -> tuple[SecretRef, ...]:
    if snmp is None:
        return ()
    return tuple(dict.fromkeys(ref for ref in (snmp.community, snmp.auth_key, snmp.priv_key) if ref is not None))


def _listed(links: list[str]) -> str:
    return f"{_named(links)} {'is' if len(links) == 1 else 'are'}"


def _named(links: list[str]) -> str:
    more = f" and {len(links) - _NAMED_LINKS} more" if len(links) > _NAMED_LINKS else ""
    return ", ".join(links[:_NAMED_LINKS]) + more


def _shared_addresses(inventory: Inventory, places: Places) -> Iterator[str]:
    first: dict[str, str] = {}
    for link in inventory.links():
        other = first.setdefault(link.address.casefold().removesuffix("."), link.id)
        if other == link.id:
            continue
        place = places.addresses.get(other)
        line = f" (line {place.line})" if place is not None else ""
        message = f"{link.id} and {other}{line} have one address, {link.address}; each is probed for itself"
        yield places.say(places.addresses.get(link.id), message)


def _few_references(inventory: Inventory, places: Places) -> Iterator[str]:
    place = places.parts.get("references")
    if not inventory.references:
        yield places.say(
            place,
            "there are no references, so nothing is masked: when the monitor itself is cut off, every link reads down; "
            "list two or more machines that it needs under 'references'",
        )
    elif len(inventory.references) == 1:
        yield places.say(
            place,
            f"{inventory.references[0].name} is the only reference, and decides alone whether the monitor is cut off; "
            "list another",
        )


def _hasty_links(inventory: Inventory, places: Places) -> Iterator[str]:
    """Yield a line for each `icmp` that decides sooner than the references can say whether the monitor is cut off.

    Links without an `icmp` of their own share the line of the defaults.
    """
    if not inventory.references:
        return
    hasty: dict[tuple[str | None, Icmp], list[str]] = defaultdict(list)
    for link in inventory.links():
        if _decided_after(link.icmp) < REFERENCES_SECONDS:
            hasty[link.id if link.id in places.icmp else None, link.icmp].append(link.id)
    for (owner, icmp), links in hasty.items():
        place = places.parts.get("defaults.icmp") if owner is None else places.icmp[owner]
        needed = 1 + ceil((REFERENCES_SECONDS - icmp.timeout_seconds) / icmp.interval_seconds)
        message = (
            f"{_named(links)}: down_after {icmp.down_after} decides after {_decided_after(icmp):g}s, the references "
            f"after {REFERENCES_SECONDS}s, so outages wait for them; write 'down_after: {needed}' or more"
        )
        yield places.say(place, message)


def _decided_after(icmp: Icmp) -> float:
    return (icmp.down_after - 1) * icmp.interval_seconds + icmp.timeout_seconds


def _weak_snmp(inventory: Inventory) -> Iterator[str]:
    """Yield a line for each weakness of SNMP that some links have though better is to be had of most devices.

    A community of version 2c is readable on its way too, and yet what most devices are asked by: no warning.
    """
    links: dict[str, list[str]] = defaultdict(list)
    for link in inventory.links():
        for weakness in _weaknesses(link.snmp):
            links[weakness].append(link.id)
    for weakness, concerned in links.items():
        yield f"{_named(concerned)}: {weakness}"


def _weaknesses(snmp: Snmp | None) -> Iterator[str]:
    if snmp is None:
        return
    if snmp.version is SnmpVersion.V1:
        yield "SNMP version 1 has 32-bit counters only, which wrap soon; write 'version: 2c' if the device speaks it"
    if snmp.version is SnmpVersion.V3 and snmp.auth_protocol is None:
        yield "an SNMP user without keys is anybody's; write 'auth_protocol' and 'auth_key', better 'priv_...' too"
    if snmp.auth_protocol is AuthProtocol.MD5:
        yield "the SNMP authentication protocol MD5 is weak; write 'auth_protocol: SHA-256' if the device speaks it"
    if snmp.priv_protocol is PrivProtocol.DES:
        yield "the SNMP privacy protocol DES is weak; write 'priv_protocol: AES-128' if the device speaks it"
    yield from _untimely(snmp)


def _untimely(snmp: Snmp) -> Iterator[str]:
    if snmp.interval_seconds > _LONGEST_SNMP_INTERVAL_SECONDS:
        late = f"SNMP is asked each {snmp.interval_seconds}s, so causes and rates come late"
        yield f"{late}; write 'interval: 5m' or less"
    patience = snmp.timeout_seconds * (1 + snmp.retries)
    if patience > snmp.interval_seconds:
        yield (
            f"a silent device is waited for {patience:g}s (SNMP timeout x (1 + retries)), longer than the interval of "
            f"{snmp.interval_seconds}s; shorten 'timeout' or lengthen 'interval'"
        )
