"""Addresses of DNS names, looked up again and again beside the loops that probe."""

from __future__ import annotations

import asyncio
import logging
import math
import socket
import time
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from ipaddress import ip_address

from exporter.model import Family, Inventory
from exporter.threads import in_daemon_thread

_log = logging.getLogger(__name__)

Host = tuple[str, Family | None]
"""A name or literal, and the family that is wanted of it; None is IPv4 where it has one."""

_FAMILIES = {None: socket.AF_UNSPEC, Family.IPV4: socket.AF_INET, Family.IPV6: socket.AF_INET6}
_AT_ONCE = 8
_DOUBTED_SECONDS = 30.0
_AT_ITS_HEELS_SECONDS = 1.5  # of echoes each second: none was answered meanwhile
_DOUBT_SECONDS = 3.0  # so that a name that moves costs less losses than an outage takes


def hosts(inventory: Inventory) -> set[Host]:
    """Return every host that the monitor talks to: of links and their devices, of nodes and of references."""
    wanted: set[Host] = {(node.address, None) for node in inventory.nodes.values()}
    wanted |= {(reference.address, None) for reference in inventory.references}
    for link in inventory.links():
        wanted.add((link.address, link.family))
        if link.snmp is not None and link.snmp.address is not None:
            wanted.add((link.snmp.address, link.family))
    return wanted


def is_literal(host: str) -> bool:
    """Say whether a host is an IP address already."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def look_up(host: str, family: Family | None) -> str:
    """Return a name's address, its IPv4 one where no family is asked for; OSError where there is none. Blocks."""
    found = socket.getaddrinfo(host, None, _FAMILIES[family], socket.SOCK_DGRAM)
    found.sort(key=lambda entry: entry[0] != socket.AF_INET)
    return str(found[0][4][0])


class Names:
    """Knows the addresses of names, at most one interval old; a failed look-up keeps the last good answer.

    A name that is doubted is looked up at once, and every 3 s while that is news: silence of half a minute is none.
    Look-ups run in threads, a few at once; a name that hangs is not asked again meanwhile, and holds up no stop.
    """

    def __init__(
        self,
        interval_seconds: float = 60.0,
        *,
        look_up: Callable[[str, Family | None], str] = look_up,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._interval_seconds = interval_seconds
        self._look_up = look_up
        self._sleep = sleep
        self._monotonic = monotonic
        self._wanted: set[Host] = set()
        self._addresses: dict[Host, str] = {}
        self._failed: set[Host] = set()
        self._asked_at: dict[Host, float] = {}
        self._doubts: dict[Host, tuple[float, float]] = {}  # since when, and the latest
        self._asking: dict[Host, asyncio.Task[None]] = {}
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._loop: asyncio.Task[None] | None = None

    def address_of(self, host: str, family: Family | None = None) -> str | None:
        """Return a host's IP address, a literal's at once; None while no look-up has succeeded."""
        return host if is_literal(host) else self._addresses.get((host, family))

    def doubt(self, host: str, family: Family | None) -> None:
        """Look up again what no longer answers at its address; nothing where it is an address or was just looked up."""
        name, now = (host, family), self._monotonic()
        if name not in self._wanted:
            return
        since, latest = self._doubts.get(name, (now, now))
        if now - latest > _AT_ITS_HEELS_SECONDS:
            since = now
        self._doubts[name] = since, now
        is_new = now - since < _DOUBTED_SECONDS
        if is_new and now - self._asked_at.get(name, -math.inf) >= _DOUBT_SECONDS:
            self._ask({name})

    def start(self, wanted: Iterable[Host]) -> None:
        """Look the names up, now and at each interval."""
        self.reload(wanted)
        self._loop = asyncio.create_task(self._look_up_again(), name="names")

    def reload(self, wanted: Iterable[Host]) -> None:
        """Take other hosts; new names are looked up at once, gone ones forgotten."""
        self._wanted = {host for host in wanted if not is_literal(host[0])}
        self._addresses = {host: address for host, address in self._addresses.items() if host in self._wanted}
        self._failed &= self._wanted
        self._asked_at = {host: at for host, at in self._asked_at.items() if host in self._wanted}
        self._doubts = {host: doubt for host, doubt in self._doubts.items() if host in self._wanted}
        self._ask(self._wanted - self._addresses.keys())

    async def settled(self) -> None:
        """Wait until every look-up that is under way has ended."""
        await asyncio.gather(*self._asking.values(), return_exceptions=True)

    async def stop(self) -> None:
        """End the loop; a look-up that hangs in its thread is left to end by itself."""
        tasks = [*self._asking.values(), *([self._loop] if self._loop else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _look_up_again(self) -> None:
        while True:
            await self._sleep(self._interval_seconds)
            self._ask(self._wanted)

    def _ask(self, names: set[Host]) -> None:
        for name in sorted(names - self._asking.keys(), key=str):
            self._asked_at[name] = self._monotonic()
            self._asking[name] = asyncio.create_task(self._ask_one(name), name=f"look up {name[0]}")

    async def _ask_one(self, name: Host) -> None:
        try:
            async with self._turn:
                address = await in_daemon_thread(partial(self._look_up, *name), "look-up")
        except (OSError, UnicodeError) as error:
            self._tell_failed(name, error)
            return
        finally:
            del self._asking[name]
        self._failed.discard(name)
        if name in self._wanted and self._addresses.get(name) != address:
            _log.info("address of %s is %s, was %s", name[0], address, self._addresses.get(name, "unknown"))
            self._addresses[name] = address

    def _tell_failed(self, name: Host, error: Exception) -> None:
        """Log the first of a row of failures, with what is used meanwhile."""
        if name not in self._failed:
            self._failed.add(name)
            _log.warning("address of %s not found (%s), using %s", name[0], error, self._addresses.get(name, "none"))
