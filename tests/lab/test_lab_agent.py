from __future__ import annotations

import asyncio
import errno
import socket
import struct
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from lab_district import (
    COMMUNITY,
    ENVIRONMENT,
    IF_IN,
    IF_NAME,
    IF_OUT,
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
from pyasn1.codec.ber import decoder

from exporter.errors import InputError, TerpaduError
from exporter.lab import agent
from exporter.lab.agent_process import AgentProcess
from exporter.lab.mib import Kind
from exporter.lab.network import Network
from exporter.lab.router import Router
from exporter.lab.routers import Routers
from exporter.model import SnmpVersion
from exporter.probes.device import Credentials, Device
from exporter.probes.snmp import PysnmpClient
from exporter.secret import Secret

DINKES, DISDIK, SETDA = ("198.18.40.1", PORT), ("198.18.41.1", PORT), ("198.18.42.1", PORT)
NOBODY = ("198.18.44.1", PORT)
BEFORE_ALL: Oid = (1, 3)


def first(pdu: Any, oids: list[Oid], number: int, community: str = COMMUNITY) -> bytes:
    """Return a request's bytes in version 1."""
    whole = request(pdu, oids, number, community)
    return whole.replace(b"\x02\x01\x01", b"\x02\x01\x00", 1)


def name_of(sock: socket.socket, router: tuple[str, int]) -> Answer | None:
    sock.sendto(request(get(), [SYS_NAME], number=1), router)
    try:
        return next_answer(sock)
    except TimeoutError:
        return None


@pytest.fixture(scope="module")
def running(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AgentProcess]:
    """Every router of the small district, at its own address."""
    folder = tmp_path_factory.mktemp("agent")
    (folder / "inventory.yaml").write_text(TEXT)
    with network.routers(folder / "inventory.yaml", ENVIRONMENT, folder / "agent.log") as routers:
        yield routers
        assert (routers.process.poll(), (folder / "agent.log").read_text()) == (None, "")


@pytest.fixture
def sock(running: AgentProcess) -> Iterator[socket.socket]:
    assert running.greeting == {"ready": True}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        yield sock


@pytest.fixture
async def client(running: AgentProcess) -> AsyncIterator[PysnmpClient]:
    assert running.greeting == {"ready": True}
    client = PysnmpClient()
    yield client
    await client.close()


@pytest.fixture
def dinkes() -> Router:
    return router(DINKES[0])


def router(address: str) -> Router:
    """Return a router as the agent's own is, once it has started."""
    found = Routers(parsed(), ENVIRONMENT).at(address)
    assert found is not None
    return found


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
    assert walked[1:] == [*dinkes.table, list(dinkes.table)[-1]]


def test_getbulk_gives_the_first_names_once_and_the_others_in_rows(sock: socket.socket, dinkes: Router) -> None:
    wan = dinkes.interfaces[1].index
    sock.sendto(request(get_bulk(1, 2), [SYS_DESCR, IF_NAME, IF_IN], number=5), DINKES)
    assert [oid for oid, _, _ in next_answer(sock).bindings] == [
        SYS_UPTIME,
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
        pytest.param(first(get(), [SYS_NAME], 1, "public"), DINKES, id="wrong community in version 1"),
        pytest.param(first(get_bulk(0, 2), [SYS_NAME], 1), DINKES, id="a GETBULK in version 1"),
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


def test_version_1_is_answered_without_what_it_cannot_say(sock: socket.socket, dinkes: Router) -> None:
    wan = dinkes.interfaces[1].index
    for number, (asked, status) in enumerate(
        [([SYS_NAME], 0), ([SYS_NAME, (*IF_IN, wan)], 2), ([SYS_NAME, (*IF_NAME, 77)], 2), ([(1, 3, 7)], 2)]
    ):
        sock.sendto(first(get(), asked, number), DINKES)
        pdu = first_answer(sock)
        found = [tuple(oid) for oid, _ in V1.apiPDU.get_varbinds(pdu)]
        told = (int(V1.apiPDU.get_error_status(pdu)), int(V1.apiPDU.get_error_index(pdu)), found)
        assert told == (status, len(asked) if status else 0, asked)


def test_a_walk_in_version_1_passes_over_the_wide_counters_and_ends_with_an_error(
    sock: socket.socket, dinkes: Router
) -> None:
    walked: list[Oid] = [BEFORE_ALL]
    status = 0
    while not status:
        sock.sendto(first(get_next(), [walked[-1]], 1), DINKES)
        answer = first_answer(sock)
        status = int(V1.apiPDU.get_error_status(answer))
        ((oid, _),) = V1.apiPDU.get_varbinds(answer)
        walked.append(tuple(oid))
    narrow = [oid for oid in dinkes.table if dinkes.table.at(oid, 0).shown.kind is not Kind.COUNTER64]
    assert walked[1:] == [*narrow, narrow[-1]]


def first_answer(sock: socket.socket) -> Any:
    """Return the PDU of the next answer in version 1."""
    message, rest = decoder.decode(sock.recv(65_535), asn1Spec=V1.Message())
    assert rest == b""
    return V1.apiMessage.get_pdu(message)


def test_without_an_inventory_the_usage_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        agent.main([])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: python -m exporter.lab.agent [-h] [--seed SEED] inventory\n")


def test_a_port_that_is_taken_is_told(network: Network, running: AgentProcess, tmp_path: Path) -> None:
    assert running
    (tmp_path / "inventory.yaml").write_text(TEXT)
    told = rf"^the lab's SNMP agent has ended with status 1; .*can't listen on port {PORT}: Address already in use"
    with pytest.raises(TerpaduError, match=told), network.routers(tmp_path / "inventory.yaml", ENVIRONMENT):
        pass


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
        wan = router(DINKES[0]).interfaces[1].index
        return request(get(), [(*IF_IN, wan)], 1), [(socket.IPPROTO_IP, 8, arrived)], 0, ("192.0.2.1", 4000)

    def sendmsg(self, *_: object) -> int:
        raise OSError(errno.ENETUNREACH, "Network is unreachable")


def test_an_answer_whose_way_back_is_cut_is_lost_and_tells_nobody_anything() -> None:
    routers, sock = Routers(parsed(), ENVIRONMENT), CutOffSocket()
    agent.Agent(routers).answer_one(sock, sock)
    assert routers.carried("dinkes/primary")["asked_at"] is None


def test_an_office_without_power_answers_nobody_and_its_router_has_booted_when_it_does(
    sock: socket.socket, running: AgentProcess
) -> None:
    assert uptime_ticks(sock) > 86_400 * 100
    running.ask({"set": DINKES[0], "condition": {"kind": "power_off"}})
    sock.sendto(request(get(), [SYS_NAME], number=1), DINKES)
    sock.sendto(request(get(), [SYS_NAME], number=2), DISDIK)
    assert next_answer(sock).sender == DISDIK
    said = running.ask({"clear": DINKES[0], "kind": "power_off"})
    assert abs(time.time() - said["at"]) < 5
    assert uptime_ticks(sock) < 5 * 100


def uptime_ticks(sock: socket.socket) -> int:
    sock.sendto(request(get(), [SYS_UPTIME], number=3), DINKES)
    ((_, _, ticks),) = next_answer(sock).bindings
    assert isinstance(ticks, int)
    return ticks


async def test_a_mute_router_is_silent_and_its_neighbours_are_not(client: PysnmpClient, running: AgentProcess) -> None:
    running.ask({"set": "disdik/primary", "condition": {"kind": "mute"}})
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.settimeout(5)
        sock.sendto(request(get(), [SYS_NAME], number=1), DISDIK)
        sock.sendto(request(get(), [SYS_NAME], number=2), DINKES)
        assert next_answer(sock).number == 2
    running.ask({"clear": "disdik/primary", "kind": "mute"})
    assert await client.get(device(DISDIK), [SYS_NAME]) == {SYS_NAME: b"disdik-primary"}


async def test_what_a_poll_was_told_is_known_to_the_lab(client: PysnmpClient, running: AgentProcess) -> None:
    """By a router that nothing befalls in this file: its index is the first."""
    wan = router(SETDA[0]).interfaces[2].index
    started = time.time()
    first = await client.get(device(SETDA), [(*IF_IN, wan), (*IF_OUT, wan)])
    known = running.carried("setda/backup")
    second = await client.get(device(SETDA), [(*IF_IN, wan), (*IF_OUT, wan)])
    after = running.carried("setda/backup")
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert started <= known["asked_at"] <= known["at"]
    for column, name in ((IF_IN, "receive_bytes"), (IF_OUT, "transmit_bytes")):
        grown = int(second[*column, wan]) - int(first[*column, wan])
        assert grown == after["at_last_answer"][name] - known["at_last_answer"][name]
        assert known["at_last_answer"][name] <= known[name]
        assert after[f"forgotten_{name}"] == 0


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ({"set": "nobody", "condition": {"kind": "cut"}}, "nothing in the lab is called 'nobody'"),
        ({"set": "dinkes", "condition": {"kind": "slow"}}, "unknown kind 'slow'"),
        ({"carried": "dinkes"}, "no router in the lab has a link 'dinkes'"),
        ({"carried": "dinkes/primary", "more": 1}, "not understood: "),
    ],
)
def test_a_command_that_is_not_understood_is_refused(
    running: AgentProcess, command: dict[str, object], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        running.ask(command)


def lying(running: AgentProcess, how: str) -> AbstractContextManager[object]:
    """Let disdik's router lie in a way while the context lasts."""
    stack = ExitStack()
    running.ask({"set": "disdik/primary", "condition": {"kind": "lie", "how": how}})
    stack.callback(running.ask, {"clear": "disdik/primary", "kind": "lie"})
    return stack


@pytest.mark.parametrize(
    ("how", "senders"),
    [
        ("twice", [DISDIK, DISDIK]),
        ("other-address", [("198.18.41.2", PORT)]),
        ("other-port", [("198.18.41.1", None)]),
    ],
)
def test_an_answer_comes_twice_or_from_elsewhere(
    sock: socket.socket, running: AgentProcess, how: str, senders: list[tuple[str, int | None]]
) -> None:
    with lying(running, how):
        sock.sendto(request(get(), [SYS_NAME], number=9), DISDIK)
        for address, port in senders:
            answer = next_answer(sock)
            assert (answer.number, answer.sender[0]) == (9, address)
            assert (answer.sender[1] == PORT) is (port is not None)


@pytest.mark.parametrize(
    ("how", "expected"), [("first-only", [SYS_NAME]), ("reversed", [SYS_DESCR, SYS_UPTIME, SYS_NAME])]
)
def test_an_answer_comes_cut_off_or_turned_round(
    sock: socket.socket, running: AgentProcess, how: str, expected: list[Oid]
) -> None:
    with lying(running, how):
        sock.sendto(request(get(), [SYS_NAME, SYS_UPTIME, SYS_DESCR], number=9), DISDIK)
        assert [oid for oid, _, _ in next_answer(sock).bindings] == expected


def test_a_link_by_ipv6_has_a_router_too(network: Network, tmp_path: Path) -> None:
    at = ("2001:db8:18::40", PORT + 1)
    text = TEXT.replace("198.18.40.1", f'"{at[0]}"').replace(str(PORT), str(at[1]))
    (tmp_path / "inventory.yaml").write_text(text)
    with (
        network.routers(tmp_path / "inventory.yaml", ENVIRONMENT),
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock,
    ):
        sock.settimeout(5)
        sock.sendto(request(get(), [SYS_NAME], number=4), at)
        answer = next_answer(sock)
    assert (answer.sender[:2], answer.bindings) == (at, [(SYS_NAME, "OctetString", "dinkes-primary")])
