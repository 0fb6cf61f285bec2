"""One interface of one device: found by its name, read by one GET (SNMPv2-MIB, IF-MIB of RFC 2863)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from exporter.model import SnmpVersion
from exporter.observation import Count, Counter, InterfaceReading, SnmpFailure
from exporter.probes.asking import SYS_UP_TIME, Asker
from exporter.probes.device import Device, Oid, SnmpProblem, Value

_IF_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1)
_IF_X_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)
IF_DESCR: Oid = (*_IF_ENTRY, 2)
IF_SPEED: Oid = (*_IF_ENTRY, 5)
IF_ADMIN_STATUS: Oid = (*_IF_ENTRY, 7)
IF_OPER_STATUS: Oid = (*_IF_ENTRY, 8)
IF_IN_OCTETS: Oid = (*_IF_ENTRY, 10)
IF_IN_DISCARDS: Oid = (*_IF_ENTRY, 13)
IF_IN_ERRORS: Oid = (*_IF_ENTRY, 14)
IF_OUT_OCTETS: Oid = (*_IF_ENTRY, 16)
IF_OUT_DISCARDS: Oid = (*_IF_ENTRY, 19)
IF_OUT_ERRORS: Oid = (*_IF_ENTRY, 20)
IF_NAME: Oid = (*_IF_X_ENTRY, 1)
IF_HC_IN_OCTETS: Oid = (*_IF_X_ENTRY, 6)
IF_HC_OUT_OCTETS: Oid = (*_IF_X_ENTRY, 10)
IF_HIGH_SPEED: Oid = (*_IF_X_ENTRY, 15)
IF_ALIAS: Oid = (*_IF_X_ENTRY, 18)
IF_COUNTER_DISCONTINUITY_TIME: Oid = (*_IF_X_ENTRY, 19)
SNMP_ENGINE_TIME: Oid = (1, 3, 6, 1, 6, 3, 10, 2, 1, 3, 0)

_NAME_COLUMNS = (IF_NAME, IF_ALIAS, IF_DESCR)
_NAMES_SHOWN = 8
_WIDE = {Count.IN_OCTETS: IF_HC_IN_OCTETS, Count.OUT_OCTETS: IF_HC_OUT_OCTETS}
_NARROW = {Count.IN_OCTETS: IF_IN_OCTETS, Count.OUT_OCTETS: IF_OUT_OCTETS}
_FRAMES = {
    Count.IN_ERRORS: IF_IN_ERRORS,
    Count.OUT_ERRORS: IF_OUT_ERRORS,
    Count.IN_DISCARDS: IF_IN_DISCARDS,
    Count.OUT_DISCARDS: IF_OUT_DISCARDS,
}
_BYTES_PER_MEGABIT = 125_000
_SLOWEST_BPS = 128_000  # below it ifSpeed is in Mbit/s
_FASTEST_MEGABITS = 1_000_000  # above it ifHighSpeed is in bit/s
_IF_SPEED_FULL = 2**32 - 1  # RFC 2863: too fast to be told here


@dataclass(frozen=True, slots=True)
class Place:
    """Where an interface stands: its index, and the column that holds its name."""

    column: Oid
    index: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What is asked of an interface now and then only, and held till it is asked anew.

    `wide` and `narrow` are the octets by counters of 64 and 32 bits, from one answer; a direction that the device
    doesn't count so is absent.
    """

    ifAdminStatus: int | None = None  # noqa: N815 -- as RFC 2863 spells it
    speed_bytes_per_second: int | None = None
    snmpEngineTime: int | None = None  # noqa: N815
    wide: Mapping[Count, int] = field(default_factory=dict)
    narrow: Mapping[Count, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """What the polls of an interface have learnt for the next one.

    `stuck` are the directions whose 64-bit counter stands still for ever; `lacks` are the columns that the device
    hasn't got there.
    """

    place: Place
    facts: Facts | None = None
    stuck: frozenset[Count] = frozenset()
    lacks: frozenset[Oid] = frozenset()


def clean(name: bytes | str) -> str:
    """Return a device's name without trailing NUL, blanks and line ends; what isn't UTF-8 shows as U+FFFD."""
    text = name.decode("utf-8", "replace") if isinstance(name, bytes) else name
    return text.rstrip("\0 \t\r\n")


async def find(asker: Asker, device: Device, interface: str) -> Place | SnmpProblem:
    """Find an interface by ifName, else by ifAlias, else by ifDescr; two of one name are a problem, never a choice.

    A silent device isn't walked.
    """
    sign_of_life = await asker.get(device, [SYS_UP_TIME])
    if isinstance(sign_of_life, SnmpProblem):
        return sign_of_life
    wanted = clean(interface)
    shown: list[str] = []
    for column in _NAME_COLUMNS:
        rows = await asker.walk(device, column)
        if isinstance(rows, SnmpProblem):
            return rows
        names = {index: clean(value) for index, value in rows.items() if isinstance(value, bytes)}
        indexes = [index for index, name in names.items() if name == wanted]
        if len(indexes) == 1:
            return Place(column, indexes[0])
        if indexes:
            return _doubled(wanted, indexes)
        shown = shown or [name for name in names.values() if name]
    return _missing(wanted, shown)


async def read(
    asker: Asker, device: Device, interface: str, known: Known | None, *, facts_are_due: bool = False
) -> tuple[Known, InterfaceReading] | SnmpProblem:
    """Poll an interface: one GET where its place is known and still true, else the search before it.

    `known` is what the last good poll gave, or None; the facts cost a GET of their own, and come first of all.
    """
    if known is not None:
        answer = await _read_at(asker, device, interface, known, facts_are_due=facts_are_due)
        if answer is not None:
            return answer
    found = await find(asker, device, interface)
    if isinstance(found, SnmpProblem):
        return found
    answer = await _read_at(asker, device, interface, Known(found), facts_are_due=True)
    if answer is not None:
        return answer
    return SnmpProblem(SnmpFailure.NO_SUCH_INTERFACE, f"interface {clean(interface)!r} moved while it was read")


async def _read_at(
    asker: Asker, device: Device, interface: str, known: Known, *, facts_are_due: bool
) -> tuple[Known, InterfaceReading] | SnmpProblem | None:
    """Read the interface where it is known to be; None where another one stands there by now."""
    index = known.place.index
    facts_are_due = facts_are_due or known.facts is None
    if facts_are_due:
        values = await _named(asker, device, interface, known.place, _fact_oids(device, index))
        if values is None or isinstance(values, SnmpProblem):
            return values
        known = replace(known, facts=_facts(values, index), lacks=frozenset())
    widths = _widths(known)
    columns = [*(column for column, _ in widths.values()), *_FRAMES.values()]
    columns += [IF_OPER_STATUS, IF_COUNTER_DISCONTINUITY_TIME]
    asked = [(*column, index) for column in columns if column not in known.lacks]
    values = await _named(asker, device, interface, known.place, [SYS_UP_TIME, *asked])
    if values is None or isinstance(values, SnmpProblem):
        return values
    reading = _reading(values, known, widths, has_new_facts=facts_are_due)
    if isinstance(reading, SnmpProblem):
        return reading
    lacking = {oid[:-1] for oid in asked if oid not in values}
    return replace(known, lacks=known.lacks | lacking), reading


async def _named(
    asker: Asker, device: Device, interface: str, place: Place, oids: Sequence[Oid]
) -> dict[Oid, Value] | SnmpProblem | None:
    """Return values of the interface, its name asked along with them; None where the name is another one's."""
    name_oid = (*place.column, place.index)
    values = await asker.get(device, [name_oid, *oids], fixed=name_oid)
    if isinstance(values, SnmpProblem):
        return values
    name = values.get(name_oid)
    return values if isinstance(name, bytes) and clean(name) == clean(interface) else None


def _fact_oids(device: Device, index: int) -> list[Oid]:
    """Return what facts are made of; version 1 has no 64-bit counters."""
    wide = () if device.credentials.version is SnmpVersion.V1 else _WIDE.values()
    columns = [*wide, *_NARROW.values(), IF_ADMIN_STATUS, IF_HIGH_SPEED, IF_SPEED]
    return [*((*column, index) for column in columns), SNMP_ENGINE_TIME]


def _facts(values: Mapping[Oid, Value], index: int) -> Facts:
    def octets(columns: Mapping[Count, Oid]) -> dict[Count, int]:
        found = {count: _number(values, (*column, index)) for count, column in columns.items()}
        return {count: value for count, value in found.items() if value is not None}

    return Facts(
        ifAdminStatus=_number(values, (*IF_ADMIN_STATUS, index)),
        speed_bytes_per_second=_speed(_number(values, (*IF_HIGH_SPEED, index)), _number(values, (*IF_SPEED, index))),
        snmpEngineTime=_number(values, SNMP_ENGINE_TIME),
        wide=octets(_WIDE),
        narrow=octets(_NARROW),
    )


def _speed(megabits: int | None, bits: int | None) -> int | None:
    """Return an interface's speed in bytes per second: ifHighSpeed, else ifSpeed, where it can be true; else None."""
    if megabits is not None and 0 < megabits <= _FASTEST_MEGABITS:
        return megabits * _BYTES_PER_MEGABIT
    is_plausible = bits is not None and _SLOWEST_BPS <= bits < _IF_SPEED_FULL
    return bits // 8 if is_plausible and bits is not None else None


def _widths(known: Known) -> dict[Count, tuple[Oid, int]]:
    """Return the column and the bits by which each direction's octets are read: 64 where they run."""
    facts = known.facts or Facts()
    widths = {}
    for count, column in _WIDE.items():
        is_narrow = count not in facts.wide or (count in known.stuck and count in facts.narrow)
        widths[count] = (_NARROW[count], 32) if is_narrow and count in facts.narrow else (column, 64)
    return widths


def _reading(
    values: Mapping[Oid, Value], known: Known, widths: Mapping[Count, tuple[Oid, int]], *, has_new_facts: bool
) -> InterfaceReading | SnmpProblem:
    """Make a reading of one answer; the uptime and the octets are owed, the rest may be absent."""
    index, facts = known.place.index, known.facts or Facts()
    owed = {"sysUpTime": SYS_UP_TIME} | {count.value: (*column, index) for count, (column, _) in widths.items()}
    absent = [name for name, oid in owed.items() if oid not in values]
    if absent:
        return SnmpProblem(SnmpFailure.NO_SUCH_OBJECT, f"the device has no {' and no '.join(absent)} at index {index}")
    texts = [name for name, oid in owed.items() if _number(values, oid) is None]
    if texts:
        return SnmpProblem(SnmpFailure.MALFORMED, f"{' and '.join(texts)} at index {index} is no number")
    columns = {**widths, **{count: (column, 32) for count, column in _FRAMES.items()}}
    numbers = {count: (_number(values, (*column, index)), bits) for count, (column, bits) in columns.items()}
    return InterfaceReading(
        sysUpTime=_number(values, SYS_UP_TIME) or 0,
        ifIndex=index,
        counters={count: Counter(value, bits) for count, (value, bits) in numbers.items() if value is not None},
        ifOperStatus=_number(values, (*IF_OPER_STATUS, index)),
        ifAdminStatus=facts.ifAdminStatus,
        speed_bytes_per_second=facts.speed_bytes_per_second,
        ifCounterDiscontinuityTime=_number(values, (*IF_COUNTER_DISCONTINUITY_TIME, index)),
        snmpEngineTime=facts.snmpEngineTime if has_new_facts else None,
    )


def _number(values: Mapping[Oid, Value], oid: Oid) -> int | None:
    value = values.get(oid)
    return value if isinstance(value, int) else None


def _doubled(wanted: str, indexes: list[int]) -> SnmpProblem:
    places = " and ".join(map(str, sorted(indexes)))
    return SnmpProblem(
        SnmpFailure.DOUBLED_INTERFACE,
        f"{len(indexes)} interfaces are called {wanted!r}, at the indexes {places}: rename one of them",
    )


def _missing(wanted: str, names: list[str]) -> SnmpProblem:
    has = ", ".join(_printable(name) for name in names[:_NAMES_SHOWN]) or "none that tells its name"
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return SnmpProblem(SnmpFailure.NO_SUCH_INTERFACE, f"no interface {wanted!r}; the device has {has}{more}")


def _printable(name: str) -> str:
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name)
