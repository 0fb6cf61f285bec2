from __future__ import annotations

import asyncio
import errno
import socket
import struct
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import cast

import pytest
from exporter_process import wait_until
from lab_district import (
    COMMUNITY,
    ENVIRONMENT,
    IF_IN,
    IF_NAME,
    PORT,
    SYS_DESCR,
    SYS_NAME,
    SYS_UPTIME,
    TEXT,
    V1,
    Answer,
    Oid,
    get,
    get_bulk,
    get_next,
    next_answer,
    parsed,
    request,
    set_request,
)

from exporter.lab import agent
from exporter.lab.network import Network
from exporter.lab.processes import end
from exporter.lab.router import Router, routers
from exporter.model import SnmpVersion
from exporter.probes.device import Credentials, Device
from exporter.probes.snmp import PysnmpClient
from exporter.secret import Secret

DINKES, DISDIK, SETDA = ("198.18.40.1", PORT), ("198.18.41.1", PORT), ("198.18.42.1", PORT)
NOBODY = ("198.18.44.1", PORT)
BEFORE_ALL: Oid = (1, 3)


def name_of(sock: socket.socket, router: tuple[str, int]) -> Answer | None:
    sock.sendto(request(get(), [SYS_NAME], number=1), router)
    try:
        return next_answer(sock)
    except TimeoutError:
        return None


@pytest.fixture(scope="module")
def running(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Every router of the small district, at its own address."""
    folder = tmp_path_factory.mktemp("agent")
    (folder / "inventory.yaml").write_text(TEXT)
    words = [sys.executable, "-m", "exporter.lab.agent", str(folder / "inventory.yaml")]
    process = network.start(words, ENVIRONMENT, folder / "agent.log")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.1)
        wait_until(lambda: name_of(sock, DINKES), "the agent answers")
    yield
    assert (process.poll(), (folder / "agent.log").read_text()) == (None, "")
    end(process)


@pytest.fixture
def sock(running: None) -> Iterator[socket.socket]:
    assert running is None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        yield sock


@pytest.fixture
async def client(running: None) -> AsyncIterator[PysnmpClient]:
    assert running is None
    client = PysnmpClient()
    yield client
    await client.close()


@pytest.fixture
def dinkes() -> Router:
    return routers(parsed(), ENVIRONMENT)[DINKES[0]]


def device(router: tuple[str, int], community: str = COMMUNITY) -> Device:
    return Device(*router, Credentials(SnmpVersion.V2C, community=Secret(community)), timeout_seconds=5, retries=0)


def test_get_returns_what_is_there_and_says_of_what_kind_the_rest_is_missing(sock: socket.socket) -> None:
    no_instance, no_object = (*IF_NAME, 77), (1, 3, 6, 1, 4, 1, 9)
    sock.sendto(request(get(), [SYS_NAME, no_instance, no_object, SYS_DESCR], number=12), DINKES)
    expected: list[tuple[Oid, str, int | str]] = [
        (SYS_NAME, "OctetString", "dinkes-primary"),
        (no_instance, "NoSuchInstance", ""),
        (no_object, "NoSuchObject", ""),
        (SYS_DESCR, "OctetString", "Terpadu lab router"),
    ]
    assert next_answer(sock) == Answer(DINKES, 12, expected)


def test_getnext_walks_all_that_a_router_has_and_then_its_end(sock: socket.socket, dinkes: Router) -> None:
    walked: list[Oid] = [BEFORE_ALL]
    kind = ""
    while kind != "EndOfMibView":
        sock.sendto(request(get_next(), [walked[-1]], number=len(walked)), DINKES)
        ((oid, kind, _),) = next_answer(sock).bindings
        walked.append(oid)
    assert walked[1:] == [*dinkes.view(0), list(dinkes.view(0))[-1]]


def test_getbulk_gives_the_first_names_once_and_the_others_in_rows(sock: socket.socket, dinkes: Router) -> None:
    wan = dinkes.interfaces[1].index
    sock.sendto(request(get_bulk(1, 2), [SYS_UPTIME, IF_NAME, IF_IN], number=5), DINKES)
    assert [oid for oid, _, _ in next_answer(sock).bindings] == [
        SYS_NAME,
        (*IF_NAME, 1),
        (*IF_IN, 1),
        (*IF_NAME, wan),
        (*IF_IN, wan),
    ]


def test_getbulk_without_bounds_is_answered_within_one_packet(sock: socket.socket) -> None:
    sock.sendto(request(get_bulk(0, 2**31 - 1), [BEFORE_ALL, BEFORE_ALL], number=6), DINKES)
    assert len(next_answer(sock).bindings) == 40


async def test_a_walk_by_the_monitors_own_client_finds_the_interfaces(client: PysnmpClient, dinkes: Router) -> None:
    wan = dinkes.interfaces[1].index
    assert await client.walk(device(DINKES), IF_NAME) == {1: b"bridge-lan", wan: b"ether1-wan"}


async def test_counters_and_the_uptime_advance_between_two_polls(client: PysnmpClient) -> None:
    """The uptime has ticks of 10 ms, so that two polls may fall into one."""
    asked = [SYS_UPTIME, (*IF_IN, 1)]
    first = await client.get(device(DINKES), asked)
    assert isinstance(first, dict)
    second = first
    async with asyncio.timeout(5):
        while any(second[oid] == first[oid] for oid in asked):
            answer = await client.get(device(DINKES), asked)
            assert isinstance(answer, dict)
            second = answer
    assert all(int(second[oid]) > int(first[oid]) for oid in asked)


@pytest.mark.parametrize(
    ("router", "name"), [(DINKES, "dinkes-primary"), (DISDIK, "disdik-primary"), (SETDA, "setda-primary")]
)
def test_each_address_is_its_own_router_and_answers_from_it(
    sock: socket.socket, router: tuple[str, int], name: str
) -> None:
    assert name_of(sock, router) == Answer(router, 1, [(SYS_NAME, "OctetString", name)])


async def test_two_links_that_name_one_router_are_two_of_its_interfaces(client: PysnmpClient) -> None:
    names = await client.walk(device(SETDA), IF_NAME)
    assert isinstance(names, dict)
    assert list(names.values()) == [b"bridge-lan", b"ether1", b"ether2"]


@pytest.mark.parametrize(
    ("packet", "to"),
    [
        pytest.param(request(get(), [SYS_NAME], 1, community="public"), DINKES, id="wrong community"),
        pytest.param(request(get(V1), [SYS_NAME], 1, protocol=V1), DINKES, id="version 1"),
        pytest.param(request(set_request(), [SYS_NAME], 1), DINKES, id="a SET"),
        pytest.param(request(get(), [SYS_NAME], 1), NOBODY, id="an address without a router"),
        pytest.param(request(get(), [SYS_NAME], 1)[:-3], DINKES, id="half a packet"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", DINKES, id="garbage"),
        pytest.param(b"\x30\x84\xff\xff\xff\xff", DINKES, id="a huge length"),
        pytest.param(b"\x30\x80" * 4000, DINKES, id="deep nesting"),
        pytest.param(b"", DINKES, id="nothing"),
    ],
)
def test_silence_meets_it_and_the_agent_lives_on(sock: socket.socket, packet: bytes, to: tuple[str, int]) -> None:
    sock.sendto(packet, to)
    sock.sendto(request(get(), [SYS_NAME], number=2), DINKES)
    assert next_answer(sock) == Answer(DINKES, 2, [(SYS_NAME, "OctetString", "dinkes-primary")])


def test_a_cut_routers_agent_is_silent_until_it_is_mended(sock: socket.socket, network: Network) -> None:
    network.cut(DINKES[0])
    try:
        sock.sendto(request(get(), [SYS_NAME], number=1), DINKES)
        sock.sendto(request(get(), [SYS_NAME], number=2), DISDIK)
        assert next_answer(sock).sender == DISDIK
    finally:
        network.mend(DINKES[0])
    sock.sendto(request(get(), [SYS_NAME], number=3), DINKES)
    assert next_answer(sock).number == 3


def test_without_an_inventory_the_usage_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert agent.main([]) == 2
    assert capsys.readouterr().err == "usage: python -m exporter.lab.agent INVENTORY\n"


def test_an_inventory_with_problems_ends_it_with_their_places(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.yaml").write_text(TEXT.replace("198.18.40.1", "198.18.40"))
    assert agent.main([str(tmp_path / "bad.yaml")]) == 2
    assert capsys.readouterr().err.startswith(f"{tmp_path / 'bad.yaml'}:11:")


class CutOffSocket:
    """A socket whose way back is cut once something has arrived."""

    def recvmsg(self, *_: object) -> tuple[bytes, list[tuple[int, int, bytes]], int, tuple[str, int]]:
        arrived = struct.pack("@i4s4s", 0, bytes(4), socket.inet_aton(DINKES[0]))
        return request(get(), [SYS_NAME], number=1), [(socket.IPPROTO_IP, 8, arrived)], 0, ("192.0.2.1", 4000)

    def sendmsg(self, *_: object) -> int:
        raise OSError(errno.ENETUNREACH, "Network is unreachable")


def test_an_answer_whose_way_back_is_cut_is_lost_and_nothing_more() -> None:
    agent.answer_one(agent.Agent(routers(parsed(), ENVIRONMENT)), cast("socket.socket", CutOffSocket()))
