"""The client: values and columns of devices, whatever the network does."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from pysnmp.carrier.asyncio.dgram import udp, udp6

from exporter.model import SnmpVersion
from exporter.observation import SnmpFailure
from exporter.probes import snmp_problems
from exporter.probes.device import ROWS_A_REQUEST, Credentials, Device, Oid, SnmpProblem, Value
from exporter.probes.snmp import peers, question
from exporter.probes.snmp.engine import Engine, Wire, domain
from exporter.probes.snmp.peers import Route
from exporter.probes.snmp.question import Question
from exporter.probes.snmp.values import Bindings, NoSuchName, is_snmp

_log = logging.getLogger(__name__)

_MOST_ROWS = 20_000
_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
_address = lru_cache(maxsize=4096)(ip_address)


class PysnmpClient:
    """Asks devices by pysnmp.

    One engine serves every device; a further one is made only where two devices know one user name by other keys,
    since the library keeps one set of keys a name. One request is sent in a turn of the loop, so that echoes wait for
    no more than one.
    """

    def __init__(self) -> None:
        self._engines = [Engine()]
        self._told_of: set[tuple[tuple[str, int], tuple[str, int]]] = set()
        self._sending = asyncio.Lock()
        self._building = asyncio.Lock()

    async def get(self, device: Device, oids: Sequence[Oid]) -> dict[Oid, Value] | SnmpProblem:
        """Return the values the device has, by OID; one it says it hasn't is left out.

        A device that leaves some out without a word has given no whole answer, which is a problem. One of version 1
        refuses the whole request and names the first value that it hasn't: that is left out, and the rest asked again.
        """
        left = list(oids)
        while left:
            bindings = await self._exchange(device, question.get_request(tuple(left)))
            if isinstance(bindings, NoSuchName) and 0 < bindings.index <= len(left):
                del left[bindings.index - 1]
            elif isinstance(bindings, SnmpProblem):
                return bindings
            else:
                return _told(left, dict(bindings))
        return {}

    async def walk(
        self, device: Device, column: Oid, rows_a_request: int = ROWS_A_REQUEST
    ) -> dict[int, Value] | SnmpProblem:
        """Return a column of a table with a one-number index, by index; empty where the device has none."""
        rows: dict[int, Value] = {}
        last = column
        while len(rows) < _MOST_ROWS:
            bindings = await self._exchange(device, _next(device, last, rows_a_request))
            if isinstance(bindings, NoSuchName):  # how version 1 ends
                return rows
            if isinstance(bindings, SnmpProblem):
                return bindings
            for oid, value in sorted(bindings, key=_in_order):
                if oid[: len(column)] != column or value is None:
                    return rows
                if oid <= last:
                    return snmp_problems.OTHER_QUESTION
                last = oid
                rows[oid[-1]] = value
            if not bindings:
                return rows
        return SnmpProblem(SnmpFailure.TOO_BIG, f"the device has more than {_MOST_ROWS} interfaces")

    async def close(self) -> None:
        """Close the sockets and stop the timers, and wait until they have."""
        for engine in self._engines:
            await engine.close()

    async def _exchange(self, device: Device, pdu: Any) -> Bindings | SnmpProblem:
        """Ask and wait for the end; a device that only sent what fits nothing is not called silent."""
        engine = await self._engine(device.credentials)
        address = _address(device.address)
        route = _route(address, device.port)
        peer = route[1][:2]
        try:
            wire = await engine.wire(_FAMILIES[address.version])
        except OSError as error:
            return SnmpProblem(SnmpFailure.UNREACHABLE, f"no socket: {error.strerror}")
        wire.heard[peer] = None
        try:
            answer = await self._asked(engine, wire, device, route, pdu)
        except Exception as error:  # noqa: BLE001 -- the library's texts may quote a secret, so the type alone goes on
            answer = SnmpProblem(SnmpFailure.OTHER, f"{snmp_problems.LIBRARY.text} ({type(error).__name__})")
        finally:
            datagram = wire.heard.pop(peer, None)
        return _understood(engine, device, route, answer, datagram)

    async def _asked(
        self, engine: Engine, wire: Wire, device: Device, route: Route, pdu: Any
    ) -> Bindings | SnmpProblem:
        """Send when it is our turn, and wait."""
        peer = route[1][:2]
        future: asyncio.Future[Bindings | SnmpProblem] = asyncio.get_running_loop().create_future()

        def told(answer: Bindings | SnmpProblem) -> None:
            if not future.done():
                future.set_result(answer)
                self._tell_of_other_source(peer, wire.arriving_from)

        name = await engine.security_name(device.credentials)
        asked = Question(engine, device, route, name, pdu, told, lambda: wire.heard.get(peer) is not None)
        async with self._sending:
            wire.refusal = None
            asked.send()
            if wire.refusal is not None:
                return SnmpProblem(SnmpFailure.UNREACHABLE, f"can't be sent to: {wire.refusal.strerror}")
            await asyncio.sleep(0)
        return await question.patience(device, future)

    def _tell_of_other_source(self, asked: tuple[str, int], source: tuple[str, int] | None) -> None:
        """Log once that a device's answers come from another address or port; they are matched by id and keys."""
        if source is not None and source != asked and (asked, source) not in self._told_of:
            self._told_of.add((asked, source))
            _log.warning("snmp_answers_elsewhere address=%s port=%d source=%s source_port=%d", *asked, *source)

    async def _engine(self, credentials: Credentials) -> Engine:
        """Return the first engine that knows these credentials or may learn them.

        Where there is none it is built in a thread, one at a time: that takes long enough to make echoes late.
        """
        if (known := self._who_knows(credentials)) is not None:
            return known
        async with self._building:
            if (known := self._who_knows(credentials)) is not None:
                return known
            engine = await asyncio.to_thread(Engine)
            engine.may_know(credentials)
            self._engines.append(engine)
            return engine

    def _who_knows(self, credentials: Credentials) -> Engine | None:
        return next((engine for engine in self._engines if engine.may_know(credentials)), None)


def _in_order(binding: tuple[Oid, Value | None]) -> tuple[Oid, bool]:
    """Return what puts rows into their order, however a device sends them; the end comes after the last row."""
    return binding[0], binding[1] is None


def _told(oids: Sequence[Oid], told: dict[Oid, Value | None]) -> dict[Oid, Value] | SnmpProblem:
    """Return the values that were asked for, whatever else the device tells."""
    answered = sum(oid in told for oid in oids)
    if answered < len(oids):
        return SnmpProblem(SnmpFailure.INCOMPLETE, f"the device answered {answered} of {len(oids)} values")
    return {oid: value for oid in oids if (value := told[oid]) is not None}


def _next(device: Device, oid: Oid, rows: int) -> Any:
    """Return the question for the rows after an OID; version 1 gives one at a time."""
    return (
        question.next_request(oid) if device.credentials.version is SnmpVersion.V1 else question.bulk_request(oid, rows)
    )


def _understood(
    engine: Engine, device: Device, route: Route, answer: Bindings | SnmpProblem, datagram: bytes | None
) -> Bindings | SnmpProblem:
    """Return what an exchange came to, and remember or forget the device's identity by it."""
    known_as = peers.identity(engine.snmp, route)
    if isinstance(answer, list):
        engine.proven[device] = known_as
    if answer in (snmp_problems.SILENT, snmp_problems.ENGINE):
        peers.forget(engine.snmp, route)
    return _silence(engine, device, known_as, datagram) if answer is snmp_problems.SILENT else answer


def _silence(engine: Engine, device: Device, known_as: bytes | None, datagram: bytes | None) -> SnmpProblem:
    """Return what a time-out means, given the last datagram of the device while it was asked, or None.

    A device that tells its identity but never answered what is encrypted can't decrypt it: net-snmp drops that
    without a word. What it told in earlier exchanges counts for nothing, since it may be gone.
    """
    if datagram is None:
        return snmp_problems.SILENT
    if not is_snmp(datagram):
        return snmp_problems.UNREADABLE
    is_new = known_as is not None and engine.proven.get(device) != known_as
    return snmp_problems.UNDECRYPTED if is_new and device.credentials.priv_key else snmp_problems.LATE


def _route(address: IPv4Address | IPv6Address, port: int) -> Route:
    """Return the library's names for a transport and where on it a device is."""
    if address.version == 4:  # noqa: PLR2004 -- IPv4
        return domain(socket.AF_INET), udp.UdpTransportAddress((str(address), port))
    return domain(socket.AF_INET6), udp6.Udp6TransportAddress((str(address), port, 0, 0))  # as answers come from it
