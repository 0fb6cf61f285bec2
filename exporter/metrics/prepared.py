"""What an inventory decides of the page: label text, and the lines of contracts, made once an inventory and day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from exporter.metrics import above
from exporter.metrics.series import Single, Split, gauge
from exporter.metrics.text import Family, Kind, labels
from exporter.model import Contract, Inventory, Link, Node, Office, Provider
from exporter.pacing import resting

BITS_PER_BYTE = 8
LINK_INFO: Single[object] = gauge("opd_link_info", "A link of an office; node is what it hangs from.", lambda _: 1)
LINK_ABOVE: Single[object] = gauge(
    "opd_link_above_info", "What stands above a link: its provider, and the nodes, level_1 the topmost.", lambda _: 1
)
CONTRACT_RATE: Split[Contract] = Split(
    Family(
        "opd_link_contract_bytes_per_second",
        Kind.GAUGE,
        "What is paid for, by the office's direction: receive is its download.",
    ),
    "direction",
    ("receive", "transmit"),
    lambda c: [None if bps is None else bps / BITS_PER_BYTE for bps in (c.download_bps, c.upload_bps)],
)
CONTRACT_AVAILABILITY: Single[float | None] = gauge(
    "opd_link_contract_availability_ratio", "The availability that the link's contract promises.", lambda ratio: ratio
)


@dataclass(frozen=True, slots=True)
class Names:
    """The label text of an office or a node: that of all its series, and that of its `_info`."""

    labels: str
    info: str


@dataclass(frozen=True, slots=True)
class Placed(Names):
    """The label text of a node, with that of what stands above it."""

    above: str


@dataclass(frozen=True, slots=True)
class LinkText:
    """The label text of a link's series, and its lines of the families that the inventory decides."""

    labels: str
    info: str
    above: str
    rates: str
    availability: str


class Prepared:
    """The texts of one inventory, by the code of what they are about; links by their id."""

    def __init__(self, inventory: Inventory, today: date) -> None:
        self.inventory = inventory
        self.today = today
        self.offices = {office.code: _office(office) for office in resting(inventory.offices.values())}
        self.nodes = {node.code: _node(node, inventory) for node in resting(inventory.nodes.values())}
        self.providers = [_provider(provider) for provider in inventory.providers.values()]
        self.links = {link.id: _link(link, inventory, today) for link in resting(inventory.links())}


def _office(office: Office) -> Names:
    latitude, longitude = ("", "") if office.location is None else map(str, office.location)
    return Names(
        labels(opd=office.code),
        labels(opd=office.code, name=office.name, district=office.district, latitude=latitude, longitude=longitude),
    )


def _node(node: Node, inventory: Inventory) -> Placed:
    return Placed(
        labels(node=node.code),
        labels(node=node.code, name=node.name, provider=node.provider or "", parent=node.parent or ""),
        labels(node=node.code, **above.of_node(node, inventory)),
    )


def _provider(provider: Provider) -> str:
    return labels(provider=provider.code, name=provider.name, noc=provider.noc or "")


def _link(link: Link, inventory: Inventory, today: date) -> LinkText:
    office = inventory.offices[link.office]
    info = labels(
        opd=link.office,
        link=link.name,
        name=office.name,
        district=office.district,
        provider=link.provider,
        node=link.parent or "",
        medium=link.medium.value,
        circuit=link.circuit or "",
    )
    own = labels(opd=link.office, link=link.name)
    target = inventory.target(link, today)
    return LinkText(
        own,
        LINK_INFO.text([(info, None)]),
        LINK_ABOVE.text([(labels(opd=link.office, link=link.name, **above.of_link(link, inventory)), None)]),
        CONTRACT_RATE.text([(own, link.contract_on(today) or Contract())]),
        CONTRACT_AVAILABILITY.text([(own, None if target is None else float(target))]),
    )
