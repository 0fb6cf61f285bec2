"""The objects that a router shows, by their OIDs (SNMPv2-MIB, IF-MIB of RFC 2863, SNMP-FRAMEWORK-MIB of RFC 3411)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from enum import IntEnum
from typing import NamedTuple

from exporter.lab import ber
from exporter.lab.ber import Oid
from exporter.lab.traffic import Octets

SYS_DESCR: Oid = (1, 3, 6, 1, 2, 1, 1, 1, 0)
SYS_UP_TIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
SYS_NAME: Oid = (1, 3, 6, 1, 2, 1, 1, 5, 0)
ENGINE_ID: Oid = (1, 3, 6, 1, 6, 3, 10, 2, 1, 1, 0)
ENGINE_BOOTS: Oid = (1, 3, 6, 1, 6, 3, 10, 2, 1, 2, 0)
ENGINE_TIME: Oid = (1, 3, 6, 1, 6, 3, 10, 2, 1, 3, 0)
IF_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1)
IF_INDEX, IF_DESCR, IF_TYPE, IF_SPEED = (*IF_ENTRY, 1), (*IF_ENTRY, 2), (*IF_ENTRY, 3), (*IF_ENTRY, 5)
IF_ADMIN_STATUS, IF_OPER_STATUS = (*IF_ENTRY, 7), (*IF_ENTRY, 8)
IF_IN_OCTETS, IF_IN_DISCARDS, IF_IN_ERRORS = (*IF_ENTRY, 10), (*IF_ENTRY, 13), (*IF_ENTRY, 14)
IF_OUT_OCTETS, IF_OUT_DISCARDS, IF_OUT_ERRORS = (*IF_ENTRY, 16), (*IF_ENTRY, 19), (*IF_ENTRY, 20)
IF_X_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)
IF_NAME, IF_HC_IN_OCTETS, IF_HC_OUT_OCTETS = (*IF_X_ENTRY, 1), (*IF_X_ENTRY, 6), (*IF_X_ENTRY, 10)
IF_HIGH_SPEED, IF_ALIAS, IF_COUNTER_DISCONTINUITY_TIME = (*IF_X_ENTRY, 15), (*IF_X_ENTRY, 18), (*IF_X_ENTRY, 19)

UP, DOWN = 1, 2  # ifAdminStatus and ifOperStatus
ETHERNET, TUNNEL = 6, 131  # ifType
MOST = 2**32 - 1  # of a Gauge32


class Kind(IntEnum):
    """The SNMP type of a value (RFC 2578), or why there is none (RFC 3416); the value is its tag."""

    INTEGER = ber.INTEGER
    OCTETS = ber.OCTETS
    COUNTER32 = 0x41
    GAUGE = 0x42
    TICKS = 0x43
    COUNTER64 = 0x46
    NO_SUCH_OBJECT = 0x80
    NO_SUCH_INSTANCE = 0x81
    END_OF_MIB_VIEW = 0x82


class Told(NamedTuple):
    """What an answer gives away of a counter: how much it had carried."""

    octets: Octets
    carried: int


class Shown(NamedTuple):
    """An object's value; where it is a counter's, of which."""

    kind: Kind
    content: int | bytes
    told: Told | None = None


class Binding(NamedTuple):
    """An OID of an answer with what stands there."""

    oid: Oid
    shown: Shown

    def encoded(self) -> bytes:
        """Return the binding as it goes out."""
        content = self.shown.content
        value = ber.integer(content, self.shown.kind) if isinstance(content, int) else ber.tlv(self.shown.kind, content)
        return ber.tlv(ber.SEQUENCE, ber.oid(self.oid) + value)


Cell = Callable[[float], Shown]
"""What an object shows at an instant, in seconds since the lab's agent started."""
Cells = dict[Oid, Cell]


class Table:
    """All that a device shows, in the order of OIDs."""

    def __init__(self, cells: Mapping[Oid, Cell]) -> None:
        self._cells = cells
        self._order = sorted(cells)
        self._objects = {oid[:-1] for oid in cells}

    def __iter__(self) -> Iterator[Oid]:
        return iter(self._order)

    def at(self, oid: Oid, at_seconds: float) -> Binding:
        """Return what stands at an OID, or of what kind it is missing."""
        cell = self._cells.get(oid)
        if cell is not None:
            return Binding(oid, cell(at_seconds))
        kind = Kind.NO_SUCH_INSTANCE if oid[:-1] in self._objects else Kind.NO_SUCH_OBJECT
        return Binding(oid, Shown(kind, b""))

    def after(self, oid: Oid, at_seconds: float) -> Binding:
        """Return what comes next behind an OID, or the end."""
        place = bisect_right(self._order, oid)
        if place == len(self._order):
            return Binding(oid, Shown(Kind.END_OF_MIB_VIEW, b""))
        found = self._order[place]
        return Binding(found, self._cells[found](at_seconds))
