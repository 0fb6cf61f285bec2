"""An SNMP engine: its sockets, its timer, and what it was told of credentials."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass, field
from typing import Any

from pysnmp.carrier.asyncio.dgram import udp, udp6
from pysnmp.carrier.asyncio.dispatch import AsyncioDispatcher
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine

from exporter.model import AuthProtocol, PrivProtocol, SnmpVersion
from exporter.probes.device import Credentials, Device, Oid
from exporter.probes.snmp.keys import master_key
from exporter.probes.snmp.values import FlatModel
from exporter.secret import Secret

MODELS = {SnmpVersion.V1: 0, SnmpVersion.V2C: 1, SnmpVersion.V3: 3}
AUTH_PROTOCOLS = {
    None: config.USM_AUTH_NONE,
    AuthProtocol.MD5: config.USM_AUTH_HMAC96_MD5,
    AuthProtocol.SHA: config.USM_AUTH_HMAC96_SHA,
    AuthProtocol.SHA224: config.USM_AUTH_HMAC128_SHA224,
    AuthProtocol.SHA256: config.USM_AUTH_HMAC192_SHA256,
    AuthProtocol.SHA384: config.USM_AUTH_HMAC256_SHA384,
    AuthProtocol.SHA512: config.USM_AUTH_HMAC384_SHA512,
}
# AES-192 and AES-256 were never standardised: these are draft-blumenthal's, as net-snmp and gosnmp mean by the names.
PRIV_PROTOCOLS = {
    None: config.USM_PRIV_NONE,
    PrivProtocol.DES: config.USM_PRIV_CBC56_DES,
    PrivProtocol.AES128: config.USM_PRIV_CFB128_AES,
    PrivProtocol.AES192: config.USM_PRIV_CFB192_AES_BLUMENTHAL,
    PrivProtocol.AES256: config.USM_PRIV_CFB256_AES_BLUMENTHAL,
}


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


class Wire4(_Wire, udp.UdpAsyncioTransport):  # type: ignore[misc]
    """The IPv4 socket."""


class Wire6(_Wire, udp6.Udp6AsyncioTransport):  # type: ignore[misc]
    """The IPv6 socket."""


Wire = Wire4 | Wire6


@dataclass(slots=True)
class Engine:
    """One SNMP engine, with what it was told so far: names of credentials, keys of users.

    It learns nothing of single devices: its tables are searched whole at each answer after a change of them.
    `proven` are the devices that answered as they were asked, each with the identity it had then.
    """

    snmp: SnmpEngine = field(default_factory=SnmpEngine)
    names: dict[Any, str] = field(default_factory=dict)
    keys: dict[str, object] = field(default_factory=dict)
    wires: dict[int, Wire] = field(default_factory=dict)
    proven: dict[Device, bytes | None] = field(default_factory=dict)
    _telling: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.snmp.message_processing_subsystems[MODELS[SnmpVersion.V2C]] = FlatModel()

    def may_know(self, credentials: Credentials) -> bool:
        """Say whether the user's keys are the ones that the engine knows, or it knows none."""
        if credentials.version is not SnmpVersion.V3:
            return True
        known: object = self.keys.setdefault(credentials.user or "", _keys(credentials))
        return known == _keys(credentials)

    async def wire(self, family: socket.AddressFamily) -> Wire:
        """Return the socket of a family, opened at first use."""
        async with self._telling:
            if family not in self.wires:
                loop = asyncio.get_running_loop()
                if self.snmp.transport_dispatcher is None:
                    self.snmp.register_transport_dispatcher(_Dispatcher(loop=loop))
                wire = Wire4(loop=loop) if family == socket.AF_INET else Wire6(loop=loop)
                await loop.create_datagram_endpoint(lambda: wire, family=family)
                config.add_transport(self.snmp, domain(family), wire)
                self.wires[family] = wire
            return self.wires[family]

    async def security_name(self, credentials: Credentials) -> str:
        """Return the engine's name for credentials, which it learns at first use."""
        key = (credentials.version, credentials.community, credentials.user, _keys(credentials))
        async with self._telling:
            if key not in self.names:
                self.names[key] = await self._learn(credentials, f"credentials{len(self.names)}")
            return self.names[key]

    async def close(self) -> None:
        """Close the sockets and stop the timer, and wait until they have."""
        dispatcher = self.snmp.transport_dispatcher
        if dispatcher is not None and self.wires:
            timer = dispatcher.loopingcall
            self.snmp.close_dispatcher()
            await asyncio.gather(timer, return_exceptions=True)
        for wire in self.wires.values():
            await wire.closed.wait()

    async def _learn(self, credentials: Credentials, name: str) -> str:
        if credentials.version is not SnmpVersion.V3:
            config.add_v1_system(self.snmp, name, _revealed(credentials.community))
            return name
        auth_key = await master_key(credentials.auth_protocol, credentials.auth_key)
        priv_key = await master_key(credentials.auth_protocol, credentials.priv_key)
        config.add_v3_user(
            self.snmp,
            credentials.user or "",
            AUTH_PROTOCOLS[credentials.auth_protocol],
            auth_key,
            PRIV_PROTOCOLS[credentials.priv_protocol],
            priv_key,
            authKeyType=config.USM_KEY_TYPE_MASTER,
            privKeyType=config.USM_KEY_TYPE_MASTER,
        )
        return credentials.user or ""


def domain(family: socket.AddressFamily) -> Oid:
    """Return the library's name for a family."""
    name: Oid = udp.DOMAIN_NAME if family == socket.AF_INET else udp6.DOMAIN_NAME
    return name


def level(credentials: Credentials) -> int:
    """Return the security level that the keys give (RFC 3411): noAuthNoPriv, authNoPriv, authPriv."""
    return 1 + (credentials.auth_key is not None) + (credentials.priv_key is not None)


def _keys(credentials: Credentials) -> tuple[object, ...]:
    return (credentials.auth_protocol, credentials.auth_key, credentials.priv_protocol, credentials.priv_key)


def _revealed(secret: Secret | None) -> bytes | None:
    """Hand a secret to the library; keys alone are revealed elsewhere."""
    return None if secret is None else secret.reveal().encode()
