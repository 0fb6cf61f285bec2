"""Routers restored from one backup share an engine ID, though each has boots and a clock of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from random import Random

import pytest
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
from exporter.probes.snmp import PysnmpClient
from exporter.secret import Secret

ENGINE_ID = bytes.fromhex("8000000001020311")
INTERVAL_SECONDS = 30.0
SHA, AES, AUTH_KEY, PRIV_KEY = AuthProtocol.SHA, PrivProtocol.AES128, "kunci-autentikasi", "kunci-kerahasiaan"
USER = usm.User(
    b"pemantau",
    authentication=SHA,
    authentication_key=usm.authentication_key(SHA, AUTH_KEY, ENGINE_ID),
    privacy=AES,
    privacy_key=usm.privacy_key(AES, SHA, PRIV_KEY, ENGINE_ID),
)
OWN = Credentials(SnmpVersion.V3, None, "pemantau", SHA, Secret(AUTH_KEY), AES, Secret(PRIV_KEY))
TERMS = Terms(INTERVAL_SECONDS)


class Clone(asyncio.DatagramProtocol):
    """A router on loopback and the monitor's polls of it, without retries; `now` counts seconds from the start."""

    def __init__(self, boots: int, up_seconds: float) -> None:
        port = [Octets(Flow(Traffic.of(10_000_000, seed)), 10**9) for seed in ("inward", "outward")]
        interface = Interface(1, b"ether1", b"", 10_000_000, *port)
        self.router = Router(b"clone", ENGINE_ID, [interface], -up_seconds, Random(1))  # noqa: S311
        self.router.boots = boots
        self.router.users[USER.name] = USER
        self.answering = Answering(self.router)
        self.progress = Progress()
        self.now = 0.0
        self.is_secret: list[bool] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.device = Device(*transport.get_extra_info("sockname"), OWN, timeout_seconds=5.0, retries=0)

    def datagram_received(self, datagram: bytes, address: tuple[str, int]) -> None:
        answer = self.answering.answer(datagram, self.now)
        assert answer is not None
        told = messages.read(answer.packet)
        assert isinstance(told, messages.UserMessage)
        self.is_secret.append(bool(told.header.flags & messages.ENCRYPTED))
        self.transport.sendto(answer.packet, address)

    def restart(self, boots: int) -> None:
        """Let it boot now, with counters from 0, and with boots that its memory makes of it."""
        self.router.booted_at, self.router.boots = self.now, boots
        for counter in self.router.interfaces[0].counters:
            counter.restart(self.now)

    async def poll(self, asker: Asker) -> SnmpStatus:
        known, are_due = self.progress.known, self.progress.facts_are_due
        answer = await ifmib.read(asker, self.device, "ether1", known, facts_are_due=are_due)
        moment = Moment(self.now, EPOCH + self.now, 0.0)
        if isinstance(answer, SnmpProblem):
            self.progress.fail(answer, 0.0)
        else:
            self.progress.succeed(*answer, moment, TERMS)
        return self.progress.status


Poll = Callable[[Asker, list[Clone]], Awaitable[object]]


async def in_turn(asker: Asker, clones: list[Clone]) -> None:
    for clone in clones:
        await clone.poll(asker)


async def at_once(asker: Asker, clones: list[Clone]) -> None:
    await asyncio.gather(*(clone.poll(asker) for clone in clones))


async def go_on(asker: Asker, clones: list[Clone], poll: Poll, times: int = 12) -> None:
    for _ in range(times):
        for clone in clones:
            clone.now += INTERVAL_SECONDS
        await poll(asker, clones)


@pytest.fixture
async def clones() -> AsyncIterator[list[Clone]]:
    """Give two, of 7 and 3 boots, the second 190 s older."""
    loop = asyncio.get_running_loop()
    clones = [Clone(7, 5000.0), Clone(3, 5190.0)]
    opened = [await loop.create_datagram_endpoint(lambda clone=clone: clone, ("127.0.0.1", 0)) for clone in clones]
    yield clones
    for transport, _ in opened:
        transport.close()
    await asyncio.sleep(0)


@pytest.mark.parametrize("poll", [in_turn, at_once])
async def test_no_poll_of_clones_is_lost_and_boot_times_are_each_one_s_own(
    client: PysnmpClient, clones: list[Clone], poll: Poll
) -> None:
    await go_on(Asker(client), clones, poll)
    shown = [clone.progress.status for clone in clones]
    assert [(status.failures, status.reboots) for status in shown] == [({}, 0)] * 2
    assert [status.boot_at for status in shown] == pytest.approx([EPOCH - 5000, EPOCH - 5190], abs=0.1)


@pytest.mark.parametrize("boots", [7, 2, 8])
@pytest.mark.parametrize("poll", [in_turn, at_once])
async def test_a_clone_that_restarts_is_read_on_whatever_its_boots_and_the_other_didn_t_reboot(
    client: PysnmpClient, clones: list[Clone], poll: Poll, boots: int
) -> None:
    asker = Asker(client)
    await go_on(asker, clones, poll)
    clones[0].restart(boots)
    await go_on(asker, clones, poll)
    shown = [clone.progress.status for clone in clones]
    assert [(status.failures, status.reboots) for status in shown] == [({}, 1), ({}, 0)]
    restarted_at = clones[0].router.booted_at
    assert [status.boot_at for status in shown] == pytest.approx([EPOCH + restarted_at, EPOCH - 5190], abs=0.1)


@pytest.mark.parametrize("poll", [in_turn, at_once])
async def test_a_clone_that_restarts_twice_with_the_same_boots_and_then_fewer_rebooted_twice(
    client: PysnmpClient, clones: list[Clone], poll: Poll
) -> None:
    asker = Asker(client)
    for boots in (7, 2):
        await go_on(asker, clones, poll)
        clones[0].restart(boots)
    await go_on(asker, clones, poll)
    assert [(clone.progress.status.failures, clone.progress.status.reboots) for clone in clones] == [({}, 2), ({}, 0)]


async def test_without_retries_a_report_of_the_time_is_followed_by_a_second_try(
    client: PysnmpClient, clones: list[Clone]
) -> None:
    asker, clone = Asker(client), clones[0]
    await clone.poll(asker)
    clone.restart(7)
    clone.is_secret.clear()
    status = await clone.poll(asker)
    assert (status.is_up, status.failures, status.reboots) == (True, {}, 1)
    assert clone.is_secret[:2] == [False, True]  # a report isn't encrypted, a response is
