"""Which names the lab's websites have, and which addresses these lead to."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from urllib.parse import urlsplit

from exporter.errors import InputError
from exporter.lab.topology import owners
from exporter.model import Inventory

STRANGER = "hadiah-bonus.example"
"""A domain of nobody in the district, which a hijacked website leads to."""
ADDRESSES = IPv4Network("198.18.240.0/20")
"""What the names lead to, as far as the inventory doesn't use them itself."""
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Named:
    """A host and `www.` before it, with the address of each; `office` is None for the stranger."""

    host: str
    address: str
    www_address: str
    office: str | None

    @property
    def names(self) -> dict[str, str]:
        """Both names, by address."""
        return {self.address: self.host, self.www_address: f"www.{self.host}"}


def named(inventory: Inventory) -> list[Named]:
    """Return the hosts of an inventory's websites in its order, the stranger last.

    Raises InputError where one has no DNS name of its own at the usual port.
    """
    used = owners(inventory)
    free = iter(str(address) for address in ADDRESSES.hosts() if address not in used)
    hosts: dict[str, str | None] = {}
    for office in inventory.offices.values():
        if office.website is not None:
            host = _host(office.code, office.website.url)
            if host in hosts:
                raise InputError(
                    f"{hosts[host]} and {office.code} have one website, {host}; in the lab each needs its own"
                )
            hosts[host] = office.code
    hosts[STRANGER] = None
    try:
        return [Named(host, next(free), next(free), office) for host, office in hosts.items()]
    except StopIteration:
        raise InputError(
            f"the lab has no more addresses for websites; give links addresses beyond {ADDRESSES}"
        ) from None


def _host(office: str, url: str) -> str:
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    is_address = host[-1:].isdigit() or ":" in host
    if not host or is_address or parts.port not in {None, _PORTS.get(parts.scheme)}:
        raise InputError(
            f"{office}: the lab can't serve {url}; name a host without a port, like https://{office}.example/"
        )
    return host
