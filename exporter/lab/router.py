"""An office's router as its SNMP agent shows it: interfaces whose traffic wavers within the contract.

Everything is a function of the seconds since the agent's start, so that counters are exact integrals of their rates
and two runs with one seed show the same.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from exporter.model import Inventory, Link, Snmp, SnmpVersion

Oid = tuple[int, ...]


class Kind(Enum):
    """The SNMP type of a value (RFC 2578)."""

    INTEGER = "INTEGER"
    OCTETS = "OCTET STRING"
    GAUGE = "Gauge32"
    TICKS = "TimeTicks"
    COUNTER32 = "Counter32"
    COUNTER64 = "Counter64"


Value = tuple[Kind, int | str]

_SYSTEM: Oid = (1, 3, 6, 1, 2, 1, 1)
_IF_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1)
_IF_X_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)
_UP, _ETHERNET = 1, 6
_LEAST_SHARE, _GREATEST_SHARE = 0.05, 0.85
_UNKNOWN_BPS = 10_000_000
_DAY = 86_400
_TICKS_LIMIT = 2**32


@dataclass(frozen=True, slots=True)
class Wave:
    """A part of a rate that comes and goes: amplitude as a share, period and phase."""

    amplitude: float
    period_seconds: float
    phase: float

    def integral(self, seconds: float) -> float:
        """Return the wave's area from 0 to an instant, in seconds."""
        turn = 2 * math.pi / self.period_seconds
        return self.amplitude / turn * (math.cos(self.phase) - math.cos(turn * seconds + self.phase))


@dataclass(frozen=True, slots=True)
class Traffic:
    """A rate that wavers slowly around a share of the contract's, between 5 % and 85 % of it."""

    contract_bps: int
    middle_share: float
    waves: tuple[Wave, ...]

    @classmethod
    def of(cls, contract_bps: int | None, seed: str) -> Traffic:
        """Return the traffic that belongs to a seed; without a contracted rate, of a small link."""
        chance = random.Random(seed)  # noqa: S311 - the lab's traffic is no secret
        middle = chance.uniform(_LEAST_SHARE + 0.1, _GREATEST_SHARE - 0.1)
        room = min(middle - _LEAST_SHARE, _GREATEST_SHARE - middle)
        slow = Wave(0.7 * room, chance.uniform(300, 900), chance.uniform(0, 2 * math.pi))
        quick = Wave(0.3 * room, chance.uniform(60, 180), chance.uniform(0, 2 * math.pi))
        return cls(contract_bps or _UNKNOWN_BPS, middle, (slow, quick))

    def octets(self, seconds: float) -> int:
        """Return the octets carried from 0 to an instant; it never falls."""
        share_seconds = self.middle_share * seconds + sum(wave.integral(seconds) for wave in self.waves)
        return math.floor(self.contract_bps / 8 * share_seconds)


@dataclass(frozen=True, slots=True)
class Interface:
    """One row of the tables; directions are the device's own."""

    index: int
    name: str
    alias: str
    speed_bps: int
    inward: Traffic
    outward: Traffic

    def columns(self, seconds: float) -> Iterator[tuple[Oid, Value]]:
        """Yield the interface's columns of ifTable and ifXTable (RFC 2863), `seconds` after the device's boot."""
        for column, value in (
            (1, (Kind.INTEGER, self.index)),
            (2, (Kind.OCTETS, self.name)),  # ifDescr
            (3, (Kind.INTEGER, _ETHERNET)),
            (7, (Kind.INTEGER, _UP)),  # ifAdminStatus
            (8, (Kind.INTEGER, _UP)),  # ifOperStatus
            (13, (Kind.COUNTER32, 0)),  # ifInDiscards
            (14, (Kind.COUNTER32, 0)),  # ifInErrors
            (19, (Kind.COUNTER32, 0)),  # ifOutDiscards
            (20, (Kind.COUNTER32, 0)),  # ifOutErrors
        ):
            yield (*_IF_ENTRY, column, self.index), value
        for column, value in (
            (1, (Kind.OCTETS, self.name)),
            (6, (Kind.COUNTER64, self.inward.octets(seconds))),  # ifHCInOctets
            (10, (Kind.COUNTER64, self.outward.octets(seconds))),  # ifHCOutOctets
            (15, (Kind.GAUGE, self.speed_bps // 1_000_000)),  # ifHighSpeed
            (18, (Kind.OCTETS, self.alias)),
            (19, (Kind.TICKS, 0)),  # ifCounterDiscontinuityTime
        ):
            yield (*_IF_X_ENTRY, column, self.index), value


@dataclass(frozen=True, slots=True)
class Router:
    """A device with its system group and interfaces; `uptime_seconds` is its age when the agent starts."""

    name: str
    communities: frozenset[bytes]
    uptime_seconds: float
    interfaces: tuple[Interface, ...]

    def view(self, seconds: float) -> dict[Oid, Value]:
        """Return everything the device shows, in the order of OIDs, `seconds` after the agent's start."""
        age = self.uptime_seconds + seconds
        rows: dict[Oid, Value] = {
            (*_SYSTEM, 1, 0): (Kind.OCTETS, "Terpadu lab router"),
            (*_SYSTEM, 3, 0): (Kind.TICKS, int(age * 100) % _TICKS_LIMIT),
            (*_SYSTEM, 5, 0): (Kind.OCTETS, self.name),
        }
        for interface in self.interfaces:
            rows.update(interface.columns(age))
        return dict(sorted(rows.items()))


def routers(inventory: Inventory, environment: dict[str, str], seed: int = 0) -> dict[str, Router]:
    """Return the routers of the links that are polled by version 2c, by the address or DNS name that is asked.

    A link whose community isn't set has a router that answers nobody.
    """
    polled: dict[str, list[tuple[Link, Snmp]]] = {}
    for link in inventory.links():
        if link.snmp is not None and link.snmp.version is SnmpVersion.V2C:
            polled.setdefault(link.snmp.address or link.address, []).append((link, link.snmp))
    return {address: _router(links, environment, seed) for address, links in polled.items()}


def _router(links: list[tuple[Link, Snmp]], environment: dict[str, str], seed: int) -> Router:
    first = links[0][0]
    chance = random.Random(f"{seed}/{first.id}")  # noqa: S311 - the lab's devices are no secret
    local = Traffic.of(None, f"{seed}/{first.id}/lan")
    index = chance.randint(2, 9)
    faces = [_interface(link, snmp, index + n, seed) for n, (link, snmp) in enumerate(links)]
    secrets = [snmp.community.resolve(environment) for _, snmp in links if snmp.community is not None]
    return Router(
        name=first.id.replace("/", "-"),
        communities=frozenset(secret.reveal().encode() for secret in secrets if secret is not None),
        uptime_seconds=chance.uniform(_DAY, 60 * _DAY),
        interfaces=(Interface(1, "bridge-lan", "LAN", 1_000_000_000, local, local), *faces),
    )


def _interface(link: Link, snmp: Snmp, index: int, seed: int) -> Interface:
    contract = link.contract_on(datetime.now(UTC).date()) or link.contracts[0]
    receive = Traffic.of(contract.download_bps, f"{seed}/{link.id}/receive")
    transmit = Traffic.of(contract.upload_bps, f"{seed}/{link.id}/transmit")
    inward, outward = (transmit, receive) if snmp.invert else (receive, transmit)
    return Interface(index, snmp.interface, f"WAN {link.id}", 1_000_000_000, inward, outward)
