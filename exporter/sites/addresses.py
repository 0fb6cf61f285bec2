"""Where a visit may go: the addresses of names, each looked up once, and what is closed to redirects of strangers."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Awaitable, Callable

from exporter.sites import faults
from exporter.sites.faults import FaultError
from exporter.website import Fault

Resolve = Callable[[str], Awaitable[list[str]]]
"""Gives the addresses of a host; raises OSError (socket.gaierror), or gives none, where there is no such name."""
ADDRESSES_TRIED = 3

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NETWORKS = [  # the special ones that somebody's inventory may lie in; a site of one may redirect within it
    ipaddress.ip_network(text)
    for text in (
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10",
        "198.18.0.0/15", "::1/128", "fc00::/7", "fe80::/10",
    )
]  # fmt: skip
_ELSE_SPECIAL = "special"
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NUMERIC_END = re.compile(r"(?:^|\.)(?:[0-9]+|0[xX][0-9a-fA-F]*)\.?$")


def special_network(address: str) -> str | None:
    """Return the name of the network that isn't the public's which an address lies in, None where it is public."""
    place = _inner(ipaddress.ip_address(address))
    for network in _NETWORKS:
        if place in network:
            return str(network)
    is_public = place.is_global and not (place.is_multicast or place.is_reserved or place.is_unspecified)
    if isinstance(place, ipaddress.IPv6Address) and place.is_site_local:
        is_public = False
    return None if is_public else _ELSE_SPECIAL


class Addresses:
    """The addresses of a visit's hosts: each name is looked up once, so that a second answer can't lead elsewhere."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._known: dict[str, list[str]] = {}
        self._own: set[str] = set()
        self._open: set[str | None] = set()

    async def of(self, host: str) -> list[str]:
        """Return up to three addresses, IPv4 first; raises FaultError where there are none."""
        if host not in self._known:
            self._known[host] = await self._look_up(host)
        return self._known[host]

    async def open_to(self, host: str) -> None:
        """Let visits go to the inventory's own host, and into the special network that it lies in with all it has."""
        self._own = set(await self.of(host))
        networks = {special_network(address) for address in self._own}
        self._open = networks - {None, _ELSE_SPECIAL} if len(networks) == 1 else set()

    async def allowed(self, host: str) -> list[str]:
        """Return the addresses of a host that a page led to; raises FaultError where one is closed to strangers."""
        addresses = await self.of(host)
        for address in addresses:
            network = special_network(address)
            if network is not None and network not in self._open and address not in self._own:
                raise FaultError(Fault.REDIRECT_REFUSED, f"{host} ({address})")
        return addresses

    async def _look_up(self, host: str) -> list[str]:
        literal = _literal(host)
        if literal is not None:
            return [literal]
        if _NUMERIC_END.search(host):
            raise FaultError(Fault.NAME_NOT_FOUND)
        try:
            found = await self._resolve(host)
        except (OSError, UnicodeError) as error:
            raise faults.of_name(error) from error
        if not found:
            raise FaultError(Fault.NAME_NOT_FOUND)
        return sorted(dict.fromkeys(found), key=lambda address: ":" in address)[:ADDRESSES_TRIED]


def _literal(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None


def _inner(address: _Address) -> _Address:
    """Return the IPv4 address that an IPv6 address stands for, where it does: mapped, 6to4 or NAT64."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
