"""`offices`: each with its links, their contracts, and its website."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from ipaddress import ip_address
from itertools import pairwise
from typing import TypeVar

from exporter import units
from exporter.inventory import probing, scalars
from exporter.inventory.document import Sequence
from exporter.inventory.fields import Fault, Section, Value, list_of, parsed, repeated
from exporter.inventory.names import Names
from exporter.inventory.places import Places, place_of
from exporter.inventory.wording import shown
from exporter.model import (
    Contract,
    Degraded,
    Family,
    Icmp,
    Link,
    Medium,
    Office,
    PayerPeriod,
    Snmp,
    UpdateEvery,
    Website,
)
from exporter.pacing import resting

T = TypeVar("T")

OFFICE_KEYS = ("code", "name", "district", "location", "links", "website")
LINK_KEYS = (
    "name",
    "address",
    "family",
    "provider",
    "parent",
    "medium",
    "circuit",
    "valid_from",
    "valid_to",
    "contract",
    "icmp",
    "degraded",
    "snmp",
)
CONTRACT_KEYS = ("from", "download", "upload", "availability", "monthly_fee", "payer")
PAYER_KEYS = ("from", "by")
WEBSITE_KEYS = ("url", "update_every", "note", "domains")

_CODE = parsed(scalars.code)
_ADDRESS = parsed(scalars.address)
_URL = parsed(scalars.url)
_LATITUDE = parsed(scalars.degrees("latitude", 90))
_LONGITUDE = parsed(scalars.degrees("longitude", 180))
_FAMILY = repeated(scalars.choice(Family))
_MEDIUM = repeated(scalars.choice(Medium))
_UPDATE_EVERY = repeated(scalars.choice(UpdateEvery))
_DOMAINS = list_of(parsed(scalars.domain))
_DAY = repeated(scalars.day)
_RATE = repeated(units.bits_per_second)
_AVAILABILITY = repeated(scalars.availability)
_RUPIAH = repeated(units.rupiah)
_VERSIONS = {4: Family.IPV4, 6: Family.IPV6}


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a link's own `icmp`, `degraded` and `snmp` are laid over; `snmp` is None where its defaults have a fault."""

    icmp: Icmp
    degraded: Degraded
    snmp: Snmp | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading offices needs beside their nodes."""

    names: Names
    defaults: Defaults
    places: Places

    def offices(self, value: Value) -> dict[str, Office]:
        """Read the list of offices, by code."""
        offices = [item.read(self._office, None) for item in resting(value.some_items())]
        return {office.code: office for office in offices if office is not None}

    def _office(self, value: Value) -> Office:
        own = value.section(OFFICE_KEYS)
        code = own.need("code", _CODE, "")
        return Office(
            code=code,
            name=own.need("name", Value.text, ""),
            district=own.need("district", Value.text, ""),
            location=own.get("location", _location, None),
            links=own.need("links", lambda links: self._links(links, code), ()),
            website=own.get("website", _website, None),
        )

    def _links(self, value: Value, office: str) -> tuple[Link, ...]:
        names: set[str] = set()

        def link(item: Value) -> Link:
            own = item.section(LINK_KEYS)
            read = self._link(own, office)
            if read.name in names:
                own.refuse("name", f"the office has a link {shown(read.name)} already; give each its own name")
            if read.name:
                names.add(read.name)
            return read

        links = [item.read(link, None) for item in value.some_items()]
        return tuple(link for link in links if link is not None)

    def _link(self, own: Section, office: str) -> Link:
        base = self.defaults
        link = Link(
            office=office,
            name=own.need("name", _CODE, ""),
            address=own.need("address", _ADDRESS, ""),
            family=own.get("family", _FAMILY, None),
            provider=own.need("provider", parsed(self.names.provider), ""),
            parent=own.get("parent", parsed(self.names.node), None),
            medium=own.get("medium", _MEDIUM, Medium.OTHER),
            circuit=own.get("circuit", Value.text, None),
            valid_from=own.get("valid_from", _DAY, None),
            valid_to=own.get("valid_to", _DAY, None),
            contracts=own.need("contract", _contracts, ()),
            icmp=own.get("icmp", lambda value: probing.icmp(value, base.icmp), base.icmp),
            degraded=own.get("degraded", lambda value: probing.degraded(value, base.degraded), base.degraded),
            snmp=own.get("snmp", lambda value: probing.snmp(value, base.snmp, self.places), None),
        )
        self._check(own, link)
        return link

    def _check(self, own: Section, link: Link) -> None:
        """Refuse what two keys of a link say against each other, and remember where its address and `icmp` stand."""
        if link.valid_from and link.valid_to and link.valid_to < link.valid_from:
            own.refuse("valid_to", f"ends before 'valid_from', {link.valid_from}")
        if link.family and _family(link.address) not in {None, link.family}:
            own.refuse("family", f"is {link.family.value}, but the address {link.address} is not")
        if own.has("address"):
            self.places.addresses.setdefault(link.id, place_of(own.at("address")))
        if own.has("icmp"):
            self.places.icmp.setdefault(link.id, place_of(own.at("icmp")))


def _family(address: str) -> Family | None:
    """Return the family of a literal, or None for a name."""
    try:
        return _VERSIONS[ip_address(address).version]
    except ValueError:
        return None


def _location(value: Value) -> tuple[float, float]:
    items = value.items()
    if len(items) != len(("latitude", "longitude")):
        raise Fault("expected [latitude, longitude] in degrees, for instance [-6.1389, 106.2297]")
    latitude, longitude = items
    return (
        latitude.read(_LATITUDE, 0.0),
        longitude.read(_LONGITUDE, 0.0),
    )


def _website(value: Value) -> Website:
    own = value.section(WEBSITE_KEYS)
    return Website(
        url=own.need("url", _URL, ""),
        update_every=own.get("update_every", _UPDATE_EVERY, None),
        note=own.get("note", Value.text, None),
        domains=own.get("domains", _DOMAINS, ()),
    )


def _contracts(value: Value) -> tuple[Contract, ...]:
    """Read one contract, or a list of them that each begin on a day of their own."""
    if not isinstance(value.node, Sequence):
        return (_contract(value),)
    contracts = [item.read(partial(_contract, is_dated=True), None) for item in value.some_items()]
    return _in_order(value, [contract for contract in contracts if contract is not None], lambda c: c.starts_on)


def _contract(value: Value, *, is_dated: bool = False) -> Contract:
    own = value.section(CONTRACT_KEYS)
    return Contract(
        starts_on=own.need("from", _DAY, date.min) if is_dated else own.get("from", _DAY, None),
        download_bps=own.get("download", _RATE, None),
        upload_bps=own.get("upload", _RATE, None),
        availability=own.get("availability", _AVAILABILITY, None),
        monthly_fee=own.get("monthly_fee", _RUPIAH, None),
        payers=own.get("payer", _payers, ()),
    )


def _payers(value: Value) -> tuple[PayerPeriod, ...]:
    periods = list_of(_payer)(value)
    return _in_order(value, list(periods), lambda period: period.starts_on)


def _payer(value: Value) -> PayerPeriod:
    own = value.section(PAYER_KEYS)
    return PayerPeriod(own.need("from", _DAY, date.min), own.need("by", Value.text, ""))


def _in_order(value: Value, dated: list[T], starts_on: Callable[[T], date | None]) -> tuple[T, ...]:
    """Return the parts by the day they begin on; two that begin on one day are refused."""
    ordered = sorted(dated, key=lambda part: starts_on(part) or date.min)
    for earlier, later in pairwise(ordered):
        if starts_on(earlier) == starts_on(later) not in {None, date.min}:
            value.refuse(f"two of these begin on {starts_on(later)}; one day has one")
    return tuple(ordered)
