"""A router of the lab on loopback, and the monitor's polls of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from random import Random

from fake_time import EPOCH

from exporter.lab import messages, usm
from exporter.lab.answering import Answering
from exporter.lab.router import Interface, Router
from exporter.lab.traffic import Flow, Octets, Traffic
from exporter.model import AuthProtocol, PrivProtocol, SnmpVersion
from exporter.observation import SnmpStatus
from exporter.probes import ifmib
from exporter.probes.asking import Asker
from exporter.probes.device import Credentials, Device, SnmpProblem
from exporter.probes.progress import Moment, Progress, Terms
from exporter.secret import Secret

ENGINE_ID = bytes.fromhex("8000000001020311")
INTERVAL_SECONDS = 30.0
SHA, AES, AUTH_KEY, PRIV_KEY = AuthProtocol.SHA, PrivProtocol.AES128, "kunci-autentikasi", "kunci-kerahasiaan"
OWN = Credentials(SnmpVersion.V3, None, "pemantau", SHA, Secret(AUTH_KEY), AES, Secret(PRIV_KEY))
TERMS = Terms(INTERVAL_SECONDS)


def user_of(engine_id: bytes) -> usm.User:
    return usm.User(
        b"pemantau",
        authentication=SHA,
        authentication_key=usm.authentication_key(SHA, AUTH_KEY, engine_id),
        privacy=AES,
        privacy_key=usm.privacy_key(AES, SHA, PRIV_KEY, engine_id),
    )


class Clone(asyncio.DatagramProtocol):
    """A router on loopback and the monitor's polls of it, without retries; `now` counts seconds from the start."""

    def __init__(self, boots: int, up_seconds: float) -> None:
        port = [Octets(Flow(Traffic.of(10_000_000, seed)), 10**9) for seed in ("inward", "outward")]
        interface = Interface(1, b"ether1", b"", 10_000_000, *port)
        self.router = Router(b"clone", ENGINE_ID, [interface], -up_seconds, Random(1))
        self.router.boots = boots
        self.router.users[b"pemantau"] = user_of(ENGINE_ID)
        self.answering = Answering(self.router)
        self.progress = Progress()
        self.now = 0.0
        self.is_secret: list[bool] = []
        self.reports_namelessly = False
        self.drops_what_is_encrypted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.device = Device(*transport.get_extra_info("sockname"), OWN, timeout_seconds=5.0, retries=0)

    def datagram_received(self, datagram: bytes, address: tuple[str, int]) -> None:
        asked = messages.read(datagram)
        assert isinstance(asked, messages.UserMessage)
        is_timely = asked.header.boots == self.router.boots
        if self.drops_what_is_encrypted and is_timely and asked.header.flags & messages.ENCRYPTED:
            return  # as net-snmp does where its key is another
        answer = self.answering.answer(datagram, self.now)
        assert answer is not None
        told = messages.read(answer.packet)
        assert isinstance(told, messages.UserMessage)
        self.is_secret.append(bool(told.header.flags & messages.ENCRYPTED))
        is_nameless = self.reports_namelessly and not told.header.flags
        nameless = messages.user_message(replace(told.header, user=b""), told.data)[0] if is_nameless else None
        self.transport.sendto(nameless or answer.packet, address)

    def restart(self, boots: int) -> None:
        """Let it boot now, with counters from 0, and with boots that its memory makes of it."""
        self.router.booted_at, self.router.boots = self.now, boots
        for counter in self.router.interfaces[0].counters:
            counter.restart(self.now)

    def swap(self, engine_id: bytes) -> None:
        """Put another router in its place."""
        self.router.engine_id = engine_id
        self.router.users[b"pemantau"] = user_of(engine_id)
        self.restart(1)

    async def poll(self, asker: Asker) -> SnmpStatus:
        known, are_due = self.progress.known, self.progress.facts_are_due
        answer = await ifmib.read(asker, self.device, "ether1", known, facts_are_due=are_due)
        moment = Moment(self.now, EPOCH + self.now, 0.0)
        if isinstance(answer, SnmpProblem):
            self.progress.fail(answer, 0.0)
        else:
            self.progress.succeed(*answer, moment, TERMS)
        return self.progress.status
