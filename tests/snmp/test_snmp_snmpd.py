"""Debian's snmpd, asked over loopback: every protocol, every refusal, and bytes against the kernel's own count."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_agent import impatient

from exporter.model import AuthProtocol, PrivProtocol, SnmpVersion
from exporter.observation import Count, InterfaceReading, SnmpFailure
from exporter.probes import ifmib
from exporter.probes.asking import SYS_UP_TIME, Asker
from exporter.probes.device import Credentials, Device, SnmpProblem
from exporter.probes.snmp import PysnmpClient
from exporter.probes.totals import engine_seconds, step
from exporter.secret import Secret

AUTH_KEY, PRIV_KEY = "kunci-otentikasi", "kunci-privasi"
USERS = [
    (AuthProtocol.MD5, PrivProtocol.DES),
    (AuthProtocol.SHA, PrivProtocol.AES128),
    (AuthProtocol.SHA224, PrivProtocol.AES128),
    (AuthProtocol.SHA256, PrivProtocol.AES192),
    (AuthProtocol.SHA384, PrivProtocol.AES256),
    (AuthProtocol.SHA512, PrivProtocol.AES256),
]
Start = Callable[..., contextlib.AbstractContextManager[None]]
THEIR_NAMES = {PrivProtocol.AES128: "AES"}


def user_name(auth: AuthProtocol) -> str:
    return f"monitor-{auth.value}"


def configuration() -> str:
    lines = ["rocommunity hush-hush 127.0.0.1", "rocommunity6 hush-hush ::1", "createUser plain", "rouser plain noauth"]
    for auth, priv in USERS:
        name = user_name(auth)
        privacy = THEIR_NAMES.get(priv, priv.value)
        lines += [f"createUser {name} {auth.value} {AUTH_KEY} {privacy} {PRIV_KEY}", f"rouser {name} auth"]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def start(programs: Callable[[str], list[str]], private_network: None) -> Start:  # noqa: ARG001 -- needed, not read
    """Give what runs an snmpd that knows a community and the users, on a port, with more lines of configuration."""

    @contextlib.contextmanager
    def started(folder: Path, port: int, more: str = "") -> Iterator[None]:
        folder.mkdir(exist_ok=True)
        (folder / "snmpd.conf").write_text(configuration() + more)
        command = [*programs("snmpd"), "-f", "-Ln", "-C", "-c", str(folder / "snmpd.conf"), "-I", "-smux"]
        environment = os.environ | {"SNMP_PERSISTENT_DIR": str(folder), "SNMPCONFPATH": str(folder)}
        with (folder / "output").open("w") as output:
            process = subprocess.Popen(
                [*command, f"udp:127.0.0.1:{port},udp6:[::1]:{port}"],
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            asyncio.run(answering(port))
            yield
        finally:
            process.terminate()
            process.wait(10)

    return started


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory, start: Start) -> Iterator[int]:
    """Give the port of an snmpd."""
    port = free_port()
    with start(tmp_path_factory.mktemp("snmpd"), port):
        yield port


@contextlib.asynccontextmanager
async def in_threads(running: contextlib.AbstractContextManager[None]) -> AsyncIterator[None]:
    """Begin and end what has a loop of its own, or waits, beside the test's loop."""
    await asyncio.to_thread(running.__enter__)
    try:
        yield
    finally:
        await asyncio.to_thread(running.__exit__, None, None, None)


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


async def answering(port: int) -> None:
    """Wait until the agent answers; each try is as long as its own time-out."""
    client = PysnmpClient()
    for _ in range(50):
        if isinstance(await client.get(impatient(community(port)), [SYS_UP_TIME]), dict):
            break
    else:
        pytest.fail("snmpd doesn't answer")
    await client.close()


def community(port: int, name: str = "hush-hush", version: SnmpVersion = SnmpVersion.V2C) -> Device:
    return Device("127.0.0.1", port, Credentials(version, community=Secret(name)), 5.0, 0)


def user(port: int, auth: AuthProtocol, priv: PrivProtocol | None = None) -> Device:
    """Return a device asked as a user, by authentication alone where no privacy is named."""
    credentials = Credentials(
        SnmpVersion.V3,
        user=user_name(auth),
        auth_protocol=auth,
        auth_key=Secret(AUTH_KEY),
        priv_protocol=priv,
        priv_key=None if priv is None else Secret(PRIV_KEY),
    )
    return Device("127.0.0.1", port, credentials, 5.0, 0)


def changed(device: Device, **credentials: object) -> Device:
    return replace(device, credentials=replace(device.credentials, **credentials))


async def refusal(client: PysnmpClient, device: Device) -> SnmpFailure:
    answer = await ifmib.read(Asker(client), device, "lo", None)
    assert isinstance(answer, SnmpProblem), answer
    return answer.reason


async def assert_read(client: PysnmpClient, device: Device) -> None:
    answer = await ifmib.read(Asker(client), device, "lo", None)
    assert isinstance(answer, tuple), answer
    assert answer[0].place == ifmib.Place(ifmib.IF_NAME, 1)
    assert answer[1].ifOperStatus == 1


def kernel_bytes() -> tuple[int, int]:
    """Return what the kernel has received and sent on lo."""
    for line in Path("/proc/net/dev").read_text().splitlines():
        name, _, numbers = line.partition(":")
        if name.strip() == "lo":
            fields = numbers.split()
            return int(fields[0]), int(fields[8])
    raise AssertionError("no lo")


def send_over_loopback(size: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as sender:
        receiver, _ = server.accept()
        with receiver:
            for _ in range(size // 10_000):
                sender.sendall(bytes(10_000))
                left = 10_000
                while left:
                    left -= len(receiver.recv(left))


def received(reading: InterfaceReading) -> int:
    return reading.counters[Count.IN_OCTETS].value


def sent(reading: InterfaceReading) -> int:
    return reading.counters[Count.OUT_OCTETS].value


async def reading_between(
    client: PysnmpClient, device: Device
) -> tuple[tuple[int, int], InterfaceReading, tuple[int, int]]:
    """Return a reading newer than now, and the kernel's bytes before and after it; snmpd caches its own a while."""
    first = kernel_bytes()
    while True:
        _, reading = await ifmib.read(Asker(client), device, "lo", ifmib.Known(ifmib.Place(ifmib.IF_NAME, 1)))
        after = kernel_bytes()
        if received(reading) >= first[0]:
            return first, reading, after
        await asyncio.sleep(0.05)


async def test_bytes_are_those_of_the_kernel(client: PysnmpClient, port: int) -> None:
    before, first, after = await reading_between(client, community(port))
    assert before[0] <= received(first) <= after[0]
    assert before[1] <= sent(first) <= after[1]
    send_over_loopback(5_000_000)
    before, second, after = await reading_between(client, community(port))
    assert before[0] <= received(second) <= after[0]
    assert before[1] <= sent(second) <= after[1]
    elapsed = (second.sysUpTime - first.sysUpTime) / 100
    gained = step(first, second, elapsed).gained
    assert gained[Count.IN_OCTETS] == received(second) - received(first)
    assert gained[Count.IN_OCTETS] >= 5_000_000


async def test_an_snmpd_that_restarted_adds_what_the_kernel_counted_meanwhile(
    client: PysnmpClient, start: Start, tmp_path: Path
) -> None:
    port, uptime = free_port(), 0
    async with asyncio.timeout(60):
        async with in_threads(start(tmp_path, port)):
            while uptime < 400:  # longer than it takes the next one to answer
                _, first, _ = await reading_between(client, community(port))
                uptime, read_at = first.sysUpTime, time.monotonic()
        async with in_threads(start(tmp_path, port)):
            _, second = await ifmib.read(Asker(client), community(port), "lo", None)
    taken = step(first, second, time.monotonic() - read_at)
    assert (second.sysUpTime < uptime, taken.has_rebooted, taken.untold) == (True, True, frozenset())
    assert taken.gained[Count.IN_OCTETS] == received(second) - received(first) < received(second)
    assert taken.gained[Count.OUT_OCTETS] == sent(second) - sent(first) < sent(second)


async def test_version_2c_is_read(client: PysnmpClient, port: int) -> None:
    await assert_read(client, community(port))


async def test_ipv6_is_read(client: PysnmpClient, port: int) -> None:
    await assert_read(client, replace(community(port), address="::1"))


async def test_version_1_is_walked_and_read_by_32_bits(client: PysnmpClient, port: int) -> None:
    device = community(port, version=SnmpVersion.V1)
    assert await client.walk(device, ifmib.IF_NAME) == {index: name.encode() for index, name in socket.if_nameindex()}
    _, reading = await ifmib.read(Asker(client), device, "lo", None)
    assert {counter.bits for counter in reading.counters.values()} == {32}
    assert len(reading.counters) == 6


async def test_snmpd_tells_all_that_a_poll_reads(client: PysnmpClient, port: int) -> None:
    known, reading = await ifmib.read(Asker(client), community(port), "lo", None)
    assert known.lacks == frozenset()
    assert set(reading.counters) == set(Count)
    assert (reading.ifAdminStatus, reading.speed_bytes_per_second) == (1, 1_250_000)
    assert engine_seconds(reading) == reading.snmpEngineTime


async def test_a_user_without_keys_is_read(client: PysnmpClient, port: int) -> None:
    await assert_read(client, Device("127.0.0.1", port, Credentials(SnmpVersion.V3, user="plain"), 5.0, 0))


@pytest.mark.parametrize(("auth", "priv"), USERS)
async def test_every_protocol_of_version_3_is_read(
    client: PysnmpClient, port: int, auth: AuthProtocol, priv: PrivProtocol
) -> None:
    await assert_read(client, user(port, auth, priv))
    await assert_read(client, replace(user(port, auth, priv), address="::1"))


@pytest.mark.parametrize("auth", AuthProtocol)
async def test_authentication_alone_is_read(client: PysnmpClient, port: int, auth: AuthProtocol) -> None:
    await assert_read(client, user(port, auth))


async def test_a_wrong_community_is_silence(client: PysnmpClient, port: int) -> None:
    assert await refusal(client, impatient(community(port, "wrong"))) is SnmpFailure.TIMEOUT


async def test_an_unknown_user_is_told(client: PysnmpClient, port: int) -> None:
    nobody = Device("127.0.0.1", port, Credentials(SnmpVersion.V3, user="nobody"), 5.0, 0)
    assert await refusal(client, nobody) is SnmpFailure.UNKNOWN_USER


async def test_a_wrong_authentication_key_is_told(client: PysnmpClient, port: int) -> None:
    device = changed(user(port, *USERS[1]), auth_key=Secret("wrong-password"))
    assert await refusal(client, device) is SnmpFailure.AUTHENTICATION


async def test_a_wrong_authentication_protocol_is_told(client: PysnmpClient, port: int) -> None:
    device = changed(user(port, *USERS[1]), auth_protocol=AuthProtocol.SHA256)
    assert await refusal(client, device) is SnmpFailure.AUTHENTICATION


@pytest.mark.parametrize(
    "wrong",
    [{"priv_key": Secret("wrong-password")}, {"priv_protocol": PrivProtocol.DES}, {"context": "elsewhere"}],
)
async def test_what_can_t_be_decrypted_is_told_though_the_device_is_silent(
    client: PysnmpClient, port: int, wrong: dict[str, object]
) -> None:
    device = impatient(changed(user(port, *USERS[1]), **wrong))
    assert await refusal(client, device) is SnmpFailure.PRIVACY
    assert await refusal(client, device) is SnmpFailure.PRIVACY


async def test_a_level_below_the_user_s_own_is_told(client: PysnmpClient, port: int) -> None:
    bare = changed(user(port, *USERS[1]), auth_key=None, auth_protocol=None, priv_key=None, priv_protocol=None)
    assert await refusal(client, bare) is SnmpFailure.AUTHENTICATION


async def test_one_user_name_with_other_keys_on_another_device_harms_neither(client: PysnmpClient, port: int) -> None:
    good = user(port, *USERS[1])
    wrong = changed(good, auth_key=Secret("wrong-password"))
    answers = await asyncio.gather(*(ifmib.read(Asker(client), device, "lo", None) for device in [good, wrong] * 3))
    assert [isinstance(answer, tuple) for answer in answers] == [True, False] * 3


async def test_a_missing_interface_is_told_with_those_there_are(client: PysnmpClient, port: int) -> None:
    names = ", ".join(name for _, name in socket.if_nameindex())
    answer = await ifmib.read(Asker(client), community(port), "ether1-wan", None)
    assert answer == SnmpProblem(SnmpFailure.NO_SUCH_INTERFACE, f"no interface 'ether1-wan'; the device has {names}")


@pytest.mark.parametrize("priv", [PrivProtocol.AES128, None])
async def test_a_device_that_comes_back_as_another_engine_is_read_after_one_poll_at_most(
    client: PysnmpClient, start: Start, tmp_path: Path, priv: PrivProtocol | None
) -> None:
    port = free_port()
    device = impatient(user(port, AuthProtocol.SHA, priv))
    async with in_threads(start(tmp_path / "first", port, "engineID router-one\n")):
        await assert_read(client, device)
    async with in_threads(start(tmp_path / "second", port, "engineID router-two\n")):
        await ifmib.read(Asker(client), device, "lo", None)
        await assert_read(client, device)
    async with in_threads(start(tmp_path / "third", port, "engineID router-three\n")):
        await assert_read(client, replace(device, retries=1))


async def test_a_device_that_is_gone_is_silent_whatever_it_told_before(
    client: PysnmpClient, start: Start, tmp_path: Path
) -> None:
    port = free_port()
    wrong = impatient(changed(user(port, *USERS[1]), priv_key=Secret("wrong-password")))
    async with in_threads(start(tmp_path, port)):
        assert await refusal(client, wrong) is SnmpFailure.PRIVACY
    assert await refusal(client, wrong) is SnmpFailure.TIMEOUT
    assert await refusal(client, wrong) is SnmpFailure.TIMEOUT
