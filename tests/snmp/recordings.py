"""Recordings of real devices, as PyPI's `snmpsim-data` has them (BSD licence): a line a value, OID|TAG|VALUE."""

from __future__ import annotations

import bz2
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from pysnmp.proto import rfc1902

Oid = tuple[int, ...]

SYS_UP_TIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
IF_TABLE: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1)
IF_X_TABLE: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)
DESCR, SPEED, OPER_STATUS, IN_OCTETS, OUT_OCTETS = ((*IF_TABLE, column) for column in (2, 5, 8, 10, 16))
NAME, HC_IN_OCTETS, HC_OUT_OCTETS, HIGH_SPEED, ALIAS = ((*IF_X_TABLE, column) for column in (1, 6, 10, 15, 18))

_MIB_2 = b"1.3.6.1.2.1."
_STANDARDS = (b"0.", b"1.0.", b"1.1.", b"1.2.")  # ISO's and IEEE's, LLDP for instance: they come before 1.3
_SYSTEM, _INTERFACES, _IF_MIB = 1, 2, 31
_INTEGER, _OID = 2, 6
_COUNTERS = {65: 2**32, 66: 2**32, 67: 2**32, 70: 2**64}
_TYPES = {
    _INTEGER: rfc1902.Integer32,
    4: rfc1902.OctetString,
    5: rfc1902.Null,
    _OID: rfc1902.ObjectIdentifier,
    64: rfc1902.IpAddress,
    65: rfc1902.Counter32,
    66: rfc1902.Gauge32,
    67: rfc1902.TimeTicks,
    68: rfc1902.Opaque,
    70: rfc1902.Counter64,
}


@dataclass(frozen=True, slots=True)
class Recorded:
    """A value as it was written down: the ASN.1 tag, and its octets, which are digits for numbers and OIDs."""

    tag: int
    octets: bytes

    @property
    def number(self) -> int:
        return int(self.octets)

    def typed(self) -> object:
        """Return it in the library's own type, for an answer."""
        kind = _TYPES[self.tag]
        if self.tag in _COUNTERS:
            return kind(self.number % _COUNTERS[self.tag])  # one device was written down with more than its 32 bits
        return kind(self.number if self.tag == _INTEGER else self.octets.decode() if self.tag == _OID else self.octets)


Recording = dict[Oid, Recorded]


@dataclass(frozen=True, slots=True)
class Port:
    """An interface, by the index it has and a name that no other has."""

    index: int
    name: str


def paths() -> dict[str, Path]:
    """Return every recording by the name it has below the package's data, in the names' order."""
    with resources.as_file(resources.files("snmpsim_data") / "data") as folder:
        found = {
            path.relative_to(folder).as_posix().partition(".snmprec")[0]: path for path in folder.rglob("*.snmprec*")
        }
    return dict(sorted(found.items()))


def read(path: Path) -> Recording:
    """Return what a device told of itself (system) and of its interfaces (IF-MIB), in the order of OIDs.

    The files go on for up to 228 MB: of what stands between and behind, one value each is kept, so that a walk comes
    upon the next table as it would on the device.
    """
    values: Recording = {}
    with bz2.open(path) if path.suffix == ".bz2" else path.open("rb") as file:
        was_kept = True
        for line in file:
            if line.startswith(b"#"):
                continue
            group = _group(line)
            is_kept = group in {_SYSTEM, _INTERFACES, _IF_MIB}
            if is_kept or was_kept:
                oid, value = _parsed(line)
                values[oid] = value
            was_kept = is_kept
            if group > _IF_MIB:
                break
    return dict(sorted(values.items()))


def _group(line: bytes) -> int:
    """Return the number of a line's group below mib-2 (RFC 1213): 0 before it all, one past IF-MIB's behind it."""
    if line.startswith(_MIB_2):
        return int(line[len(_MIB_2) :].partition(b".")[0])
    return 0 if line.startswith(_STANDARDS) else _IF_MIB + 1


def _parsed(line: bytes) -> tuple[Oid, Recorded]:
    oid, tag, value = line.rstrip(b"\r\n").split(b"|", 2)
    kind, _, variation = tag.decode().partition(":")
    if variation:
        value = _base(value.decode())
    if kind.endswith("x"):
        with contextlib.suppress(ValueError):  # one file was edited by hand, and says "Juniper" in plain
            value = bytes.fromhex(value.decode())
    return tuple(map(int, oid.split(b"."))), Recorded(int(kind.removesuffix("x")), value)


def _base(settings: str) -> bytes:
    """Return the value that a simulator's variation begins with: `value=Port 2`, `initial=154,min=100`, `rate=100`."""
    by_name = dict(part.partition("=")[::2] for part in settings.split(","))
    return next((by_name[name] for name in ("value", "initial", "min") if name in by_name), "0").encode()


def column(recording: Recording, oid: Oid) -> Iterator[tuple[int, Recorded]]:
    """Yield a column of a table by index."""
    return ((known[-1], value) for known, value in recording.items() if known[:-1] == oid)


def busiest(recording: Recording) -> Port | None:
    """Return the interface that carried most of those that are up, or of all where none is; None where none has a name.

    Of equals it is the one with the lowest index.
    """
    ports = _ports(recording)
    up = [port for port in ports if recording[(*OPER_STATUS, port.index)].number == 1]
    return max(up or ports, key=lambda port: (carried(recording, port.index), -port.index), default=None)


def carried(recording: Recording, index: int) -> int:
    """Return the bytes that an interface took and gave, by 64-bit counters where it has them."""
    for pair in ((HC_IN_OCTETS, HC_OUT_OCTETS), (IN_OCTETS, OUT_OCTETS)):
        if counters := [counter for oid in pair if (counter := recording.get((*oid, index)))]:
            return sum(counter.number for counter in counters)
    return 0


def doubled(recording: Recording) -> dict[str, list[int]]:
    """Return the names that stand more than once in the first column in which they stand, with their indexes."""
    found: dict[str, list[int]] = {}
    for places in _places(recording):
        for name, indexes in places.items():
            found.setdefault(name, indexes)
    return {name: indexes for name, indexes in found.items() if len(indexes) > 1}


def shown(value: Recorded) -> str:
    """Return a name as a person copies it: without what can't be seen at its end."""
    return value.octets.decode("utf-8", "replace").rstrip("\0 \t\r\n")


def _places(recording: Recording) -> list[dict[str, list[int]]]:
    """Return the indexes of each name, column by column in the order in which they are looked through."""
    columns = []
    for oid in (NAME, ALIAS, DESCR):
        places: dict[str, list[int]] = {}
        for index, value in column(recording, oid):
            if name := shown(value):
                places.setdefault(name, []).append(index)
        columns.append(places)
    return columns


def _ports(recording: Recording) -> list[Port]:
    """Return the interfaces that have a name of their own: the ifName, else the ifAlias, else the ifDescr."""
    ports: dict[int, Port | None] = {}
    taken: set[str] = set()
    for places in _places(recording):
        for name, indexes in places.items():
            for index in indexes:
                ports.setdefault(index, Port(index, name) if len(indexes) == 1 and name not in taken else None)
        taken |= places.keys()
    return [port for port in ports.values() if port is not None and (*OPER_STATUS, port.index) in recording]
