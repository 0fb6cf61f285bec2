"""One interface of one device: found by its name, read by one GET (SNMPv2-MIB, IF-MIB of RFC 2863)."""

from __future__ import annotations

from dataclasses import dataclass

from exporter.observation import InterfaceReading, SnmpFailure
from exporter.probes.device import Device, Oid, SnmpClient, SnmpProblem, Value

SYS_UP_TIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
IF_DESCR: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1, 2)
IF_OPER_STATUS: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1, 8)
IF_NAME: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 1)
IF_HC_IN_OCTETS: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 6)
IF_HC_OUT_OCTETS: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 10)
IF_HIGH_SPEED: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 15)
IF_ALIAS: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 18)

_NAME_COLUMNS = (IF_NAME, IF_ALIAS, IF_DESCR)
_NAMES_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Place:
    """Where an interface stands: its index, and the column that holds its name."""

    column: Oid
    index: int


def clean(name: bytes | str) -> str:
    """Return a device's name without trailing NUL, blanks and line ends; what isn't UTF-8 shows as U+FFFD."""
    text = name.decode("utf-8", "replace") if isinstance(name, bytes) else name
    return text.rstrip("\0 \t\r\n")


async def find(client: SnmpClient, device: Device, interface: str) -> Place | SnmpProblem:
    """Find an interface by ifName, else by ifAlias, else by ifDescr; two of one name are a problem, never a choice."""
    wanted = clean(interface)
    shown: list[str] = []
    for column in _NAME_COLUMNS:
        rows = await client.walk(device, column)
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
    client: SnmpClient, device: Device, interface: str, place: Place | None
) -> tuple[Place, InterfaceReading] | SnmpProblem:
    """Poll an interface: one GET where its place is known and still true, else the search before it.

    `place` is the one that the last good poll gave, or None.
    """
    if place is not None:
        answer = await _read_at(client, device, interface, place)
        if answer is not None:
            return answer
    found = await find(client, device, interface)
    if isinstance(found, SnmpProblem):
        return found
    answer = await _read_at(client, device, interface, found)
    if answer is not None:
        return answer
    return SnmpProblem(SnmpFailure.NO_SUCH_INTERFACE, f"interface {clean(interface)!r} moved while it was read")


async def _read_at(
    client: SnmpClient, device: Device, interface: str, place: Place
) -> tuple[Place, InterfaceReading] | SnmpProblem | None:
    """Read the interface at a place; None where another one stands there by now."""
    index = (place.index,)
    name_oid = place.column + index
    wanted = (IF_HC_IN_OCTETS, IF_HC_OUT_OCTETS, IF_OPER_STATUS, IF_HIGH_SPEED)
    values = await client.get(device, [SYS_UP_TIME, name_oid, *(column + index for column in wanted)])
    if isinstance(values, SnmpProblem):
        return values
    name = values.get(name_oid)
    if not isinstance(name, bytes) or clean(name) != clean(interface):
        return None
    reading = _reading(values, place.index)
    return reading if isinstance(reading, SnmpProblem) else (place, reading)


def _reading(values: dict[Oid, Value], index: int) -> InterfaceReading | SnmpProblem:
    """Make a reading of one answer; the uptime and both counters are owed, the rest may be absent."""
    owed = {
        "sysUpTime": values.get(SYS_UP_TIME),
        "ifHCInOctets": values.get((*IF_HC_IN_OCTETS, index)),
        "ifHCOutOctets": values.get((*IF_HC_OUT_OCTETS, index)),
    }
    absent = [name for name, value in owed.items() if value is None]
    if absent:
        return SnmpProblem(SnmpFailure.NO_SUCH_OBJECT, f"the device has no {' and no '.join(absent)} at index {index}")
    numbers = {name: value for name, value in owed.items() if isinstance(value, int)}
    if len(numbers) < len(owed):
        return SnmpProblem(SnmpFailure.MALFORMED, f"a counter at index {index} is no number")
    status = values.get((*IF_OPER_STATUS, index))
    speed = values.get((*IF_HIGH_SPEED, index))
    return InterfaceReading(
        ifIndex=index,
        ifOperStatus=status if isinstance(status, int) else None,
        ifHighSpeed=speed if isinstance(speed, int) and speed > 0 else None,
        **numbers,
    )


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
