"""An office's router: its interfaces, its clock, what is known of it by SNMP, and what can befall it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from exporter.lab import lies, mib
from exporter.lab.lies import Lie
from exporter.lab.mib import Cell, Cells, Kind, Shown, Table, Told
from exporter.lab.traffic import Octets
from exporter.lab.usm import Engine, User

DESCRIPTION = b"Terpadu lab router"
_LAN_INDEX = 1
_ROOM = 8  # indexes that nothing stands at
_TICKS_LIMIT = 2**32
_ANEW_RATIO = 0.5  # of the boots that give other indexes


@dataclass(slots=True)
class Interface:
    """One row of the tables; directions are the device's own.

    `jumped_at` is when its counters last became others without a boot, None where they haven't since.
    """

    index: int
    name: bytes
    alias: bytes
    speed_bps: int
    inward: Octets
    outward: Octets
    is_up: bool = True
    jumped_at: float | None = None

    @property
    def counters(self) -> tuple[Octets, Octets]:
        """Both of its counters."""
        return self.inward, self.outward


class Router:
    """A device with its system group and interfaces, the LAN's first; instants are seconds since the agent's start.

    `booted_at` may be before it. `communities` and `users` are whom it answers.
    """

    def __init__(
        self,
        name: bytes,
        engine_id: bytes,
        interfaces: Sequence[Interface],
        booted_at: float,
        chance: Random,
    ) -> None:
        self.name = name
        self.engine_id = engine_id
        self.interfaces = interfaces
        self.booted_at = booted_at
        self.boots = chance.randint(1, 30)
        self.communities: set[bytes] = set()
        self.users: dict[bytes, User] = {}
        self.is_on = True
        self.is_mute = False
        self.lies: Mapping[bytes, Sequence[Lie]] = {}
        self._chance = chance
        self._table: Table | None = None

    @property
    def all_lies(self) -> set[Lie]:
        """The lies that it tells, of whichever interface."""
        return {lie for told in self.lies.values() for lie in told}

    @property
    def table(self) -> Table:
        """What it shows."""
        if self._table is None:
            self._table = Table(self._cells())
        return self._table

    def engine(self, at_seconds: float) -> Engine:
        """Return its engine at an instant."""
        return Engine(self.engine_id, self.boots, int(at_seconds - self.booted_at))

    def lie(self, told: Mapping[bytes, Sequence[Lie]]) -> None:
        """Let it lie of interfaces, by their names, and tell the truth of the others."""
        if told != self.lies:
            self.lies = told
            self._table = None

    def turn_off(self, at_seconds: float) -> None:
        """Let it do nothing until it boots."""
        self.is_on = False
        for counter in self._counters():
            counter.forget(at_seconds)

    def boot(self, at_seconds: float) -> None:
        """Let it begin anew: clock and counters from 0, and by chance other indexes."""
        self.is_on = True
        self.boots += 1
        self.booted_at = at_seconds
        self._table = None
        for counter in self._counters():
            counter.restart(at_seconds)
        for interface in self.interfaces:
            interface.jumped_at = None
        if self._chance.random() < _ANEW_RATIO:
            self.renumber()

    def renumber(self) -> None:
        """Give every interface another index; by chance the LAN stands where a WAN was."""
        lan, *wans = self.interfaces
        taken = {interface.index for interface in self.interfaces}
        free = [index for index in range(1, len(taken) + _ROOM) if index not in taken]
        self._chance.shuffle(free)
        was = wans[0].index
        for interface in wans:
            interface.index = free.pop()
        lan.index = was if self._chance.random() < _ANEW_RATIO else free.pop()
        self._table = None

    def jump(self, interface: Interface, at_seconds: float, wrap_in_seconds: float) -> None:
        """Let an interface's counters jump to where they wrap after so long, as far as its traffic is the usual."""
        for counter in interface.counters:
            counter.near_wrap(at_seconds, wrap_in_seconds)
        interface.jumped_at = at_seconds

    def _counters(self) -> list[Octets]:
        return [counter for interface in self.interfaces for counter in interface.counters]

    def _ticks(self, at_seconds: float) -> int:
        return int((at_seconds - self.booted_at) * 100) % _TICKS_LIMIT

    def _cells(self) -> Cells:
        cells: Cells = {
            mib.SYS_DESCR: _constant(Kind.OCTETS, DESCRIPTION),
            mib.SYS_UP_TIME: lambda at: Shown(Kind.TICKS, self._ticks(at)),
            mib.SYS_NAME: _constant(Kind.OCTETS, self.name),
            mib.ENGINE_ID: _constant(Kind.OCTETS, self.engine_id),
            mib.ENGINE_BOOTS: lambda _: Shown(Kind.INTEGER, self.boots),
            mib.ENGINE_TIME: lambda at: Shown(Kind.INTEGER, self.engine(at).time),
        }
        for interface in self.interfaces:
            for column, cell in self._columns(interface).items():
                cells[*column, interface.index] = cell
        spare = max(interface.index for interface in self.interfaces) + 2
        for interface in self.interfaces:
            lies.alter(self.lies.get(interface.name, ()), cells, interface.index, spare)
        return cells

    def _columns(self, interface: Interface) -> Cells:
        none = _constant(Kind.COUNTER32, 0)
        return {
            mib.IF_INDEX: _constant(Kind.INTEGER, interface.index),
            mib.IF_DESCR: _constant(Kind.OCTETS, interface.name),
            mib.IF_TYPE: _constant(Kind.INTEGER, mib.ETHERNET),
            mib.IF_SPEED: _constant(Kind.GAUGE, min(interface.speed_bps, mib.MOST)),
            mib.IF_ADMIN_STATUS: _constant(Kind.INTEGER, mib.UP),
            mib.IF_OPER_STATUS: lambda _: Shown(Kind.INTEGER, mib.UP if interface.is_up else mib.DOWN),
            mib.IF_IN_OCTETS: _low(interface.inward),
            mib.IF_IN_DISCARDS: none,
            mib.IF_IN_ERRORS: none,
            mib.IF_OUT_OCTETS: _low(interface.outward),
            mib.IF_OUT_DISCARDS: none,
            mib.IF_OUT_ERRORS: none,
            mib.IF_NAME: _constant(Kind.OCTETS, interface.name),
            mib.IF_HC_IN_OCTETS: _high(interface.inward),
            mib.IF_HC_OUT_OCTETS: _high(interface.outward),
            mib.IF_HIGH_SPEED: _constant(Kind.GAUGE, interface.speed_bps // 1_000_000),
            mib.IF_ALIAS: _constant(Kind.OCTETS, interface.alias),
            mib.IF_COUNTER_DISCONTINUITY_TIME: lambda _: Shown(
                Kind.TICKS, 0 if interface.jumped_at is None else self._ticks(interface.jumped_at)
            ),
        }


def _constant(kind: Kind, content: int | bytes) -> Cell:
    shown = Shown(kind, content)
    return lambda _: shown


def _low(octets: Octets) -> Cell:
    def show(at_seconds: float) -> Shown:
        carried = octets.flow.octets(at_seconds)
        return Shown(Kind.COUNTER32, octets.low(carried), Told(octets, carried))

    return show


def _high(octets: Octets) -> Cell:
    def show(at_seconds: float) -> Shown:
        carried = octets.flow.octets(at_seconds)
        return Shown(Kind.COUNTER64, octets.high(carried), Told(octets, carried))

    return show
