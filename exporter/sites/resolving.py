"""Addresses of websites' names, and whether the resolver itself has failed.

A name that isn't found says something of its website only where the resolver answers at all.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterable
from functools import partial
from ipaddress import ip_address

from exporter.sites.faults import is_no_such_name
from exporter.threads import in_daemon_thread

ASKED_OTHERS = 3
LOOK_UP_SECONDS = 10.0


class Resolver:
    """Looks names up by the C library; `others` are the names that tell whether the resolver works.

    Each look-up has a thread of its own, so that one that hangs holds up no other.
    """

    def __init__(self, look_up: Callable[[str], list[str]] | None = None) -> None:
        self._look_up = look_up or _addresses
        self._found: dict[str, None] = {}  # the latest last
        self._watched: tuple[str, ...] = ()

    def watch(self, hosts: Iterable[str]) -> None:
        """Take the names of all websites; literal addresses are none."""
        self._watched = tuple(dict.fromkeys(host for host in hosts if not _is_literal(host)))
        self._found = {host: None for host in self._found if host in self._watched}

    async def addresses(self, host: str) -> list[str]:
        """Return a name's addresses, those of IPv4 first; OSError where there are none, or none within 10 s."""
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS):
                found = await in_daemon_thread(partial(self._look_up, host), "look-up")
        except TimeoutError as error:
            raise socket.gaierror(socket.EAI_AGAIN, f"no answer within {LOOK_UP_SECONDS:g} s") from error
        self._found.pop(host, None)
        self._found[host] = None
        return found

    async def has_failed(self, host: str, *, is_temporary: bool) -> bool:
        """Return whether the resolver answers nobody, after a name wasn't found.

        That there is no such name is an answer. After a temporary failure the names that were last found are asked
        again, or any where none ever was; where there is no other name, the resolver's own word counts.
        """
        if not is_temporary:
            return False
        known = [of for of in reversed(self._found) if of != host] or [of for of in self._watched if of != host]
        answers = await asyncio.gather(*(self._answers(of) for of in known[:ASKED_OTHERS]))
        return not any(answers)

    async def _answers(self, host: str) -> bool:
        try:
            await self.addresses(host)
        except (OSError, UnicodeError) as error:
            return is_no_such_name(error)
        return True


def _addresses(host: str) -> list[str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    found.sort(key=lambda entry: entry[0] != socket.AF_INET)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _is_literal(host: str) -> bool:
    with contextlib.suppress(ValueError):
        ip_address(host)
        return True
    return False
