"""What the monitor reaches the network by: the real thing, or what takes its place."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from exporter import observation
from exporter.clock import Clock
from exporter.model import Family
from exporter.names import look_up
from exporter.pinging import Sender
from exporter.probes.device import SnmpClient
from exporter.probes.icmp import EchoSockets, Receiver
from exporter.probes.path import PathProbe
from exporter.probes.snmp import PysnmpClient
from exporter.target import Target
from exporter.visiting import VisitingProcess
from exporter.websites import Visitor


class Echoes(Sender, Protocol):
    """What sends echoes and hears what becomes of them."""

    @property
    def drops(self) -> int:
        """How many replies this machine had no room for."""

    def open(self, loop: asyncio.AbstractEventLoop, receiver: Receiver[Target]) -> None:
        """Begin; the receiver is called on the loop. A TerpaduError says why it can't."""

    def close(self, loop: asyncio.AbstractEventLoop) -> None:
        """End; nothing is received any more."""


def _real_trace(clock: Clock) -> Callable[[str], Awaitable[observation.Path | None]]:
    return PathProbe(clock).trace


@dataclass(frozen=True, slots=True)
class Outside:
    """What the monitor reaches the network by; as it comes, the real one."""

    echoes: Callable[[Clock], Echoes] = EchoSockets
    look_up: Callable[[str, Family | None], str] = look_up
    snmp: Callable[[], SnmpClient] = PysnmpClient
    trace: Callable[[Clock], Callable[[str], Awaitable[observation.Path | None]]] = _real_trace
    visitor: Callable[[], Visitor] = VisitingProcess


REAL = Outside()
