"""The ways in which devices are known to lie by SNMP: each is a function that alters what a router shows or answers.

A lie is told of one link's interface, or of the whole device where no device would tell it of one alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum

from exporter.lab import mib
from exporter.lab.ber import Oid
from exporter.lab.mib import Binding, Cell, Cells, Kind, Shown

_KEPT_SECONDS = 60.0
_APART = 1_000_000
_COUNTERS = (mib.IF_IN_OCTETS, mib.IF_OUT_OCTETS, mib.IF_HC_IN_OCTETS, mib.IF_HC_OUT_OCTETS)
_ZERO = frozenset({Kind.COUNTER32, Kind.COUNTER64, Kind.TICKS})
_GBK = b"KANTOR_\xcf\xd8\xb0\xec\xb9\xab\xca\xd2"


class Lie(Enum):
    """The lies, as commands spell them."""

    SPEED_MBIT = "speed-mbit"  # ifSpeed in Mbit/s
    SPEED_ZERO = "speed-zero"
    SPEED_MAX = "speed-max"  # the most that ifSpeed holds, and ifHighSpeed 0
    SPEED_MOD = "speed-mod"  # 10 Gbit/s, of which ifSpeed holds what is left beyond 32 bits
    SPEED_TEN = "speed-ten"  # 10 Mbit/s of a port that carries more
    HC_ONE_WAY = "hc-one-way"  # ifHCInOctets never moves
    TUNNEL = "tunnel"  # no speed at all, and good counters
    NUL = "nul"
    BLANK = "blank"
    CRLF = "crlf"
    GBK = "gbk"  # an alias that is no UTF-8
    DOUBLED = "doubled"  # another interface of the same name, which is down
    NO_HC = "no-hc"
    NO_NAME = "no-name"
    SPARSE = "sparse"  # ifXTable has indexes of its own
    CACHED = "cached"  # counters are read once a minute
    FIRST_ONLY = "first-only"
    REVERSED = "reversed"
    TWICE = "twice"
    OTHER_ADDRESS = "other-address"
    OTHER_PORT = "other-port"


def alter(how: Iterable[Lie], cells: Cells, index: int, spare: int) -> None:
    """Let cells show what a device shows that lies so of the interface at an index; at `spare` it has none."""
    for lie in how:
        if lie in _VIEWS:
            _VIEWS[lie](cells, index, spare)


def arranged(how: Iterable[Lie], bindings: Sequence[Binding]) -> list[Binding]:
    """Return an answer's bindings as a device sends them that lies so."""
    found = list(bindings)
    for lie in how:
        if lie in _ANSWERS:
            found = _ANSWERS[lie](found)
    return found


def _constant(kind: Kind, content: int | bytes) -> Cell:
    shown = Shown(kind, content)
    return lambda _: shown


def _speeds(speed: int, high_speed: int) -> Callable[[Cells, int, int], None]:
    def show(cells: Cells, index: int, _: int) -> None:
        cells[*mib.IF_SPEED, index] = _constant(Kind.GAUGE, speed)
        cells[*mib.IF_HIGH_SPEED, index] = _constant(Kind.GAUGE, high_speed)

    return show


def _one_way(cells: Cells, index: int, _: int) -> None:
    cells[*mib.IF_HC_IN_OCTETS, index] = _constant(Kind.COUNTER64, 0)


def _tunnel(cells: Cells, index: int, spare: int) -> None:
    _speeds(0, 0)(cells, index, spare)
    cells[*mib.IF_TYPE, index] = _constant(Kind.INTEGER, mib.TUNNEL)


def _ending_in(more: bytes) -> Callable[[Cells, int, int], None]:
    def show(cells: Cells, index: int, _: int) -> None:
        for column in (mib.IF_DESCR, mib.IF_NAME):
            if (*column, index) in cells:
                cells[*column, index] = _longer(cells[*column, index], more)

    return show


def _longer(cell: Cell, more: bytes) -> Cell:
    def show(at_seconds: float) -> Shown:
        name = cell(at_seconds).content
        return Shown(Kind.OCTETS, name + more if isinstance(name, bytes) else name)

    return show


def _alias(cells: Cells, index: int, _: int) -> None:
    cells[*mib.IF_ALIAS, index] = _constant(Kind.OCTETS, _GBK)


def _doubled(cells: Cells, index: int, spare: int) -> None:
    for oid, cell in [(oid, cell) for oid, cell in cells.items() if _is_of(oid, index)]:
        cells[*oid[:-1], spare] = _idle(cell)
    cells[*mib.IF_INDEX, spare] = _constant(Kind.INTEGER, spare)
    cells[*mib.IF_OPER_STATUS, spare] = _constant(Kind.INTEGER, mib.DOWN)


def _is_of(oid: Oid, index: int) -> bool:
    return oid[-1] == index and oid[: len(mib.IF_X_ENTRY)] in {mib.IF_X_ENTRY, (*mib.IF_ENTRY, oid[len(mib.IF_ENTRY)])}


def _idle(cell: Cell) -> Cell:
    def show(at_seconds: float) -> Shown:
        shown = cell(at_seconds)
        return Shown(shown.kind, 0 if shown.kind in _ZERO else shown.content)

    return show


def _without(*columns: Oid) -> Callable[[Cells, int, int], None]:
    def show(cells: Cells, _: int, __: int) -> None:
        for oid in [oid for oid in cells if oid[:-1] in columns]:
            del cells[oid]

    return show


def _apart(cells: Cells, _: int, __: int) -> None:
    for oid in [oid for oid in cells if oid[: len(mib.IF_X_ENTRY)] == mib.IF_X_ENTRY]:
        cells[*oid[:-1], oid[-1] + _APART] = cells.pop(oid)


def _cached(cells: Cells, index: int, _: int) -> None:
    for column in _COUNTERS:
        if (*column, index) in cells:
            cells[*column, index] = _kept(cells[*column, index])


def _kept(cell: Cell) -> Cell:
    """Return a cell that is read anew where what was read is a minute old."""
    read: tuple[float, Shown] | None = None

    def show(at_seconds: float) -> Shown:
        nonlocal read
        if read is None or at_seconds - read[0] >= _KEPT_SECONDS:
            read = at_seconds, cell(at_seconds)
        return read[1]

    return show


_VIEWS: dict[Lie, Callable[[Cells, int, int], None]] = {
    Lie.SPEED_MBIT: _speeds(1000, 1000),
    Lie.SPEED_ZERO: _speeds(0, 1000),
    Lie.SPEED_MAX: _speeds(mib.MOST, 0),
    Lie.SPEED_MOD: _speeds(10_000_000_000 % (mib.MOST + 1), 10_000),
    Lie.SPEED_TEN: _speeds(10_000_000, 10),
    Lie.HC_ONE_WAY: _one_way,
    Lie.TUNNEL: _tunnel,
    Lie.NUL: _ending_in(b"\0"),
    Lie.BLANK: _ending_in(b" "),
    Lie.CRLF: _ending_in(b"\r\n"),
    Lie.GBK: _alias,
    Lie.DOUBLED: _doubled,
    Lie.NO_HC: _without(mib.IF_HC_IN_OCTETS, mib.IF_HC_OUT_OCTETS),
    Lie.NO_NAME: _without(mib.IF_NAME),
    Lie.SPARSE: _apart,
    Lie.CACHED: _cached,
}
_ANSWERS: dict[Lie, Callable[[list[Binding]], list[Binding]]] = {
    Lie.FIRST_ONLY: lambda bindings: bindings[:1],
    Lie.REVERSED: lambda bindings: bindings[::-1],
}
