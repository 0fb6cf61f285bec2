"""SNMP over UDP by pysnmp: the only place that knows the library.

Its errors are translated here, once; its texts go no further, since they may quote a community or a key.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from pyasn1.codec.ber import decoder
from pyasn1.type import univ
from pysnmp.carrier.asyncio.dgram import udp, udp6
from pysnmp.carrier.asyncio.dispatch import AsyncioDispatcher
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413 import cmdgen
from pysnmp.proto import errind, rfc1902, rfc1905
from pysnmp.proto.api import v2c
from pysnmp.proto.mpmod.rfc3412 import SNMPv3Message

from exporter.model import AuthProtocol, PrivProtocol, SnmpVersion
from exporter.observation import SnmpFailure
from exporter.probes import snmp_problems
from exporter.probes.device import ROWS_A_REQUEST, Credentials, Device, Oid, SnmpProblem, Value
from exporter.secret import Secret

_log = logging.getLogger(__name__)

_MODELS = {SnmpVersion.V1: 0, SnmpVersion.V2C: 1, SnmpVersion.V3: 3}
_AUTH_PROTOCOLS = {
    None: config.USM_AUTH_NONE,
    AuthProtocol.MD5: config.USM_AUTH_HMAC96_MD5,
    AuthProtocol.SHA: config.USM_AUTH_HMAC96_SHA,
    AuthProtocol.SHA224: config.USM_AUTH_HMAC128_SHA224,
    AuthProtocol.SHA256: config.USM_AUTH_HMAC192_SHA256,
    AuthProtocol.SHA384: config.USM_AUTH_HMAC256_SHA384,
    AuthProtocol.SHA512: config.USM_AUTH_HMAC384_SHA512,
}
# AES-192 and AES-256 were never standardised: these are draft-blumenthal's, as net-snmp and gosnmp mean by the names.
_PRIV_PROTOCOLS = {
    None: config.USM_PRIV_NONE,
    PrivProtocol.DES: config.USM_PRIV_CBC56_DES,
    PrivProtocol.AES128: config.USM_PRIV_CFB128_AES,
    PrivProtocol.AES192: config.USM_PRIV_CFB192_AES_BLUMENTHAL,
    PrivProtocol.AES256: config.USM_PRIV_CFB256_AES_BLUMENTHAL,
}

_NO_SUCH_NAME = 2
_MOST_ROWS = 20_000
_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}

Bindings = list[tuple[Oid, Value | None]]


class _Dispatcher(AsyncioDispatcher):  # type: ignore[misc]  # pysnmp is untyped
    """pysnmp's timer on the monotonic clock, so that a step of the wall clock delays no time-out."""

    async def handle_timeout(self) -> None:
        """Tick until cancelled; a fault of one request's ending stops nobody else's."""
        while True:
            await asyncio.sleep(self.get_timer_resolution())
            with contextlib.suppress(Exception):
                self.handle_timer_tick(self.loop.time())


class _Wire:
    """What passed a socket: refusals of the machine, and datagrams that nothing could be made of."""

    refusal: OSError | None = None
    arriving_from: tuple[str, int] | None = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.heard: dict[tuple[str, int], bytes | None] = {}
        self.closed = asyncio.Event()

    def datagram_received(self, datagram: bytes, address: Any) -> None:
        """Hand a datagram to the library; one that it chokes on is kept as heard, and harms nobody."""
        self.arriving_from = (address[0], address[1])
        if self.arriving_from in self.heard:
            self.heard[self.arriving_from] = datagram
        with contextlib.suppress(Exception):
            self._callback_function(self, address, datagram)  # type: ignore[attr-defined]
        self.arriving_from = None

    def error_received(self, error: OSError) -> None:
        """Keep the kernel's refusal of a send; asyncio reports it before `sendto` returns."""
        self.refusal = error

    def connection_lost(self, _error: Exception | None) -> None:
        """Tell who waits for the end."""
        self.closed.set()


class _Wire4(_Wire, udp.UdpAsyncioTransport):  # type: ignore[misc]
    """The IPv4 socket."""


class _Wire6(_Wire, udp6.Udp6AsyncioTransport):  # type: ignore[misc]
    """The IPv6 socket."""


@dataclass(slots=True)
class _Engine:
    """One SNMP engine, with what it was told so far: names of devices and credentials, keys of users.

    `proven` are the devices that answered as they were asked.
    """

    snmp: SnmpEngine
    names: dict[Any, str] = field(default_factory=dict)
    keys: dict[str, object] = field(default_factory=dict)
    wires: dict[int, _Wire4 | _Wire6] = field(default_factory=dict)
    proven: set[Device] = field(default_factory=set)
    opening: asyncio.Lock = field(default_factory=asyncio.Lock)

    def may_know(self, credentials: Credentials) -> bool:
        """Say whether the user's keys are the ones that the engine knows, or it knows none."""
        if credentials.version is not SnmpVersion.V3:
            return True
        known: object = self.keys.setdefault(credentials.user or "", _keys(credentials))
        return known == _keys(credentials)


@dataclass(frozen=True, slots=True)
class _Request:
    """A question: one of the library's generators, with its numbers in front of the names."""

    generator: Any
    oids: Sequence[Oid]
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _NoSuchName(SnmpProblem):
    """A refusal because of one value that the device hasn't: its place in the request, from 1 on, or 0."""

    index: int


class PysnmpClient:
    """Asks devices by pysnmp.

    One engine serves every device; a further one is made only where two devices know one user name by other keys,
    since the library keeps one set of keys a name.
    """

    def __init__(self) -> None:
        self._engines = [_Engine(SnmpEngine())]
        self._told_of: set[tuple[str, str]] = set()

    async def get(self, device: Device, oids: Sequence[Oid]) -> dict[Oid, Value] | SnmpProblem:
        """Return the values the device has, by OID; one it says it hasn't is left out.

        A device that leaves some out without a word has given no whole answer, which is a problem. One of version 1
        refuses the whole request and names the first value that it hasn't: that is left out, and the rest asked again.
        """
        left = list(oids)
        while left:
            bindings = await self._exchange(device, _Request(cmdgen.GetCommandGenerator(), left))
            if isinstance(bindings, _NoSuchName) and 0 < bindings.index <= len(left):
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
            dispatcher = engine.snmp.transport_dispatcher
            if dispatcher is not None and engine.wires:
                timer = dispatcher.loopingcall
                engine.snmp.close_dispatcher()
                await asyncio.gather(timer, return_exceptions=True)
            for wire in engine.wires.values():
                await wire.closed.wait()

    async def _exchange(self, device: Device, request: _Request) -> Bindings | SnmpProblem:
        """Ask and wait for the end; a device that only sent what fits nothing is not called silent."""
        engine = self._engine(device.credentials)
        address = ip_address(device.address)
        peer = (str(address), device.port)
        try:
            wire = await _opened(engine, _FAMILIES[address.version])
        except OSError as error:
            return SnmpProblem(SnmpFailure.UNREACHABLE, f"no socket: {error.strerror}")
        wire.heard[peer] = None
        try:
            answer = await self._asked(engine, wire, device, request)
        except Exception as error:  # noqa: BLE001 -- the library's texts may quote a secret, so the type alone goes on
            answer = SnmpProblem(SnmpFailure.OTHER, f"{snmp_problems.LIBRARY.text} ({type(error).__name__})")
        finally:
            datagram = wire.heard.pop(peer, None)
        if isinstance(answer, list):
            engine.proven.add(device)
        return _silence(engine, device, datagram) if answer is snmp_problems.SILENT else answer

    async def _asked(
        self, engine: _Engine, wire: _Wire4 | _Wire6, device: Device, request: _Request
    ) -> Bindings | SnmpProblem:
        """Send and wait; the library repeats and gives up by itself, the longer patience is for its faults."""
        future: asyncio.Future[Bindings | SnmpProblem] = asyncio.get_running_loop().create_future()

        def answered(*outcome: Any) -> None:
            if not future.done():
                _handle, indication, status, index, bindings, _context = outcome[1:]
                future.set_result(_outcome(indication, status, bindings, index))
                self._tell_of_other_source(device, wire.arriving_from)

        wire.refusal = None
        request.generator.send_varbinds(
            engine.snmp,
            _target(engine, device),
            None,
            device.credentials.context.encode() if device.credentials.version is SnmpVersion.V3 else b"",
            *request.numbers,
            [(rfc1902.ObjectName(oid), rfc1902.Null("")) for oid in request.oids],
            answered,
        )
        if wire.refusal is not None:
            return SnmpProblem(SnmpFailure.UNREACHABLE, f"can't be sent to: {wire.refusal.strerror}")
        try:
            async with asyncio.timeout(device.timeout_seconds * (device.retries + 3) + 1):
                return await future
        except TimeoutError:
            return snmp_problems.SILENT

    def _tell_of_other_source(self, device: Device, source: tuple[str, int] | None) -> None:
        """Log once that a device's answers come from another address or port; they are matched by id and keys."""
        asked = (str(ip_address(device.address)), device.port)
        if source not in {None, asked} and (device.address, str(source)) not in self._told_of:
            self._told_of.add((device.address, str(source)))
            _log.warning("snmp answers of %s port %d come from elsewhere: %s", *asked, source)

    def _engine(self, credentials: Credentials) -> _Engine:
        """Return the first engine that knows these credentials or may learn them, made where there is none."""
        for engine in self._engines:
            if engine.may_know(credentials):
                return engine
        self._engines.append(_Engine(SnmpEngine()))
        return self._engine(credentials)


def _in_order(binding: tuple[Oid, Value | None]) -> tuple[Oid, bool]:
    """Return what puts rows into their order, however a device sends them; the end comes after the last row."""
    return binding[0], binding[1] is None


def _told(oids: Sequence[Oid], told: dict[Oid, Value | None]) -> dict[Oid, Value] | SnmpProblem:
    """Return the values that were asked for, whatever else the device tells."""
    answered = sum(oid in told for oid in oids)
    if answered < len(oids):
        return SnmpProblem(SnmpFailure.INCOMPLETE, f"the device answered {answered} of {len(oids)} values")
    return {oid: value for oid in oids if (value := told[oid]) is not None}


def _next(device: Device, oid: Oid, rows: int) -> _Request:
    """Return the question for the rows after an OID; version 1 gives one at a time."""
    if device.credentials.version is SnmpVersion.V1:
        return _Request(cmdgen.NextCommandGeneratorSingleRun(), [oid])
    return _Request(cmdgen.BulkCommandGeneratorSingleRun(), [oid], (0, rows))


def _outcome(indication: Any, status: Any, bindings: Any, index: Any = 0) -> Bindings | SnmpProblem:
    """Translate what the library calls back with: an indication, an error-status of the device, or values."""
    try:
        if isinstance(indication, errind.ErrorIndication):
            return snmp_problems.INDICATIONS.get(type(indication).__name__, snmp_problems.LIBRARY)
        if indication is not None:
            return snmp_problems.OTHER_QUESTION
        values = [(tuple(int(arc) for arc in oid), _plain(value)) for oid, value in bindings]
        is_end_of_walk = any(isinstance(value, rfc1905.EndOfMibView) for _, value in bindings)
        if int(status) == _NO_SUCH_NAME and not is_end_of_walk:
            return _NoSuchName(snmp_problems.ABSENT.reason, snmp_problems.ABSENT.text, int(index))
        if int(status) and not is_end_of_walk:
            return snmp_problems.STATUSES.get(int(status), snmp_problems.REFUSED)
    except Exception:  # noqa: BLE001 -- values of any kind come off the network
        return snmp_problems.UNREADABLE
    return values


def _silence(engine: _Engine, device: Device, datagram: bytes | None) -> SnmpProblem:
    """Return what a time-out means, given the last datagram of the device while it was asked, or None.

    A device that tells its identity but never answered what is encrypted can't decrypt it: net-snmp drops that
    without a word.
    """
    if datagram is not None and not _is_snmp(datagram):
        return snmp_problems.UNREADABLE
    if device.credentials.priv_key is not None and device not in engine.proven:
        address = ip_address(device.address)
        known = engine.snmp.message_processing_subsystems[3].get_peer_engine_info(
            _domain(_FAMILIES[address.version]), (str(address), device.port)
        )
        if known[0] is not None:
            return snmp_problems.UNDECRYPTED
    return snmp_problems.SILENT if datagram is None else snmp_problems.LATE


def _plain(value: Any) -> Value | None:
    """Return an SNMP value as Python's own; None where the device says it has none."""
    if isinstance(value, univ.Integer):
        return int(value)
    is_text = isinstance(value, univ.OctetString) and not isinstance(value, univ.Null)  # pyasn1's Null is one too
    return bytes(value) if is_text else None


def _is_snmp(datagram: bytes) -> bool:
    """Say whether a datagram is a whole SNMP message, whoever it is for."""
    for specification in (v2c.Message(), SNMPv3Message()):
        with contextlib.suppress(Exception):  # the decoder raises more than its own errors at hostile bytes
            return not decoder.decode(datagram, asn1Spec=specification)[1]
    return False


async def _opened(engine: _Engine, family: socket.AddressFamily) -> _Wire4 | _Wire6:
    """Return the engine's socket of a family, opened at first use."""
    async with engine.opening:
        if family not in engine.wires:
            loop = asyncio.get_running_loop()
            if engine.snmp.transport_dispatcher is None:
                engine.snmp.register_transport_dispatcher(_Dispatcher(loop=loop))
            wire = _Wire4(loop=loop) if family == socket.AF_INET else _Wire6(loop=loop)
            await loop.create_datagram_endpoint(lambda: wire, family=family)
            config.add_transport(engine.snmp, _domain(family), wire)
            engine.wires[family] = wire
        return engine.wires[family]


def _domain(family: socket.AddressFamily) -> Oid:
    domain: Oid = udp.DOMAIN_NAME if family == socket.AF_INET else udp6.DOMAIN_NAME
    return domain


def _target(engine: _Engine, device: Device) -> str:
    """Return the engine's name for a device, which it learns at first use."""
    if device not in engine.names:
        name = f"device{len(engine.names)}"
        config.add_target_address(
            engine.snmp,
            name,
            _domain(_FAMILIES[ip_address(device.address).version]),
            (device.address, device.port),
            _parameters(engine, device.credentials),
            round(device.timeout_seconds * 100),
            device.retries,
        )
        engine.names[device] = name
    return engine.names[device]


def _parameters(engine: _Engine, credentials: Credentials) -> str:
    """Return the engine's name for credentials, which it learns at first use."""
    key = (credentials.version, credentials.community, credentials.user, _keys(credentials))
    if key not in engine.names:
        name = security_name = f"credentials{len(engine.names)}"
        if credentials.version is SnmpVersion.V3:
            security_name = credentials.user or ""
            config.add_v3_user(
                engine.snmp,
                security_name,
                _AUTH_PROTOCOLS[credentials.auth_protocol],
                _revealed(credentials.auth_key),
                _PRIV_PROTOCOLS[credentials.priv_protocol],
                _revealed(credentials.priv_key),
            )
        else:
            config.add_v1_system(engine.snmp, name, _revealed(credentials.community))
        config.add_target_parameters(
            engine.snmp, name, security_name, _level(credentials), _MODELS[credentials.version]
        )
        engine.names[key] = name
    return engine.names[key]


def _keys(credentials: Credentials) -> tuple[object, ...]:
    return (credentials.auth_protocol, credentials.auth_key, credentials.priv_protocol, credentials.priv_key)


def _level(credentials: Credentials) -> str:
    """Return the security level that the keys give (RFC 3411)."""
    if credentials.auth_key is None:
        return "noAuthNoPriv"
    return "authNoPriv" if credentials.priv_key is None else "authPriv"


def _revealed(secret: Secret | None) -> bytes | None:
    """Hand a secret to the library; nowhere else is one revealed."""
    return None if secret is None else secret.reveal().encode()
