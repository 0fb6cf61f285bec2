from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any

import pytest
from fake_agent import FakeAgent, StartAgent, device_at, impatient
from hypothesis import given
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto import rfc1902
from pysnmp.proto.api import v2c

from exporter.model import SnmpVersion
from exporter.observation import SnmpFailure
from exporter.probes import ifmib
from exporter.probes.asking import SYS_UP_TIME
from exporter.probes.device import Device, SnmpProblem
from exporter.probes.snmp import PysnmpClient
from exporter.probes.snmp.values import _FlatResponse, is_snmp, outcome

RECEIVED = (*ifmib.IF_HC_IN_OCTETS, 1)


def reason(answer: object) -> SnmpFailure:
    assert isinstance(answer, SnmpProblem), answer
    return answer.reason


async def test_values_are_given_by_their_oid_whatever_their_order(
    client: PysnmpClient, agent: FakeAgent, device: Device
) -> None:
    agent.arrange = lambda bindings: bindings[::-1]
    wanted = [SYS_UP_TIME, RECEIVED, (*ifmib.IF_NAME, 1)]
    assert await client.get(device, wanted) == {
        SYS_UP_TIME: 123_456,
        RECEIVED: 1000,
        (*ifmib.IF_NAME, 1): b"ether1-wan",
    }


async def test_what_a_device_says_it_hasn_t_is_left_out(client: PysnmpClient, device: Device) -> None:
    assert await client.get(device, [RECEIVED, (*ifmib.IF_HC_IN_OCTETS, 9)]) == {RECEIVED: 1000}


async def test_what_a_device_leaves_out_without_a_word_is_a_problem(
    client: PysnmpClient, agent: FakeAgent, device: Device
) -> None:
    agent.arrange = lambda bindings: bindings[:1]
    answer = await client.get(device, [RECEIVED, SYS_UP_TIME])
    assert answer == SnmpProblem(SnmpFailure.INCOMPLETE, "the device answered 1 of 2 values")


async def test_a_column_is_walked_to_its_end(client: PysnmpClient, agent: FakeAgent, device: Device) -> None:
    for index in range(3, 70):
        agent.mib.add_interface(index, b"vlan%d" % index)
    rows = await client.walk(device, ifmib.IF_NAME)
    assert list(rows) == list(range(1, 70))
    assert rows[69] == b"vlan69"
    assert len(agent.requests) == 3


async def test_version_1_is_walked_a_row_at_a_time(client: PysnmpClient, agent: FakeAgent) -> None:
    rows = await client.walk(device_at(agent.port, version=SnmpVersion.V1), ifmib.IF_NAME)
    assert rows == {1: b"ether1-wan", 2: b"ether2"}
    assert {kind for kind, _ in agent.requests} == {"GetNextRequestPDU"}


async def test_version_1_ends_a_walk_with_no_such_name(client: PysnmpClient, agent: FakeAgent) -> None:
    agent.mib.values = {oid: value for oid, value in agent.mib.values.items() if oid[:-1] == ifmib.IF_NAME}
    rows = await client.walk(device_at(agent.port, version=SnmpVersion.V1), ifmib.IF_NAME)
    assert rows == {1: b"ether1-wan", 2: b"ether2"}


async def test_a_column_that_a_device_lacks_is_empty(client: PysnmpClient, device: Device) -> None:
    assert await client.walk(device, ifmib.IF_ALIAS) == {}


async def test_a_walk_that_goes_in_circles_ends(client: PysnmpClient, agent: FakeAgent, device: Device) -> None:
    agent.mib.next_after = lambda _oid: (*ifmib.IF_NAME, 1)
    assert reason(await client.walk(device, ifmib.IF_NAME)) is SnmpFailure.MALFORMED


async def test_a_wrong_community_looks_like_silence(client: PysnmpClient, agent: FakeAgent) -> None:
    assert (
        reason(await client.get(impatient(device_at(agent.port, community="wrong")), [RECEIVED])) is SnmpFailure.TIMEOUT
    )


async def test_an_answer_that_never_comes_is_asked_for_again(client: PysnmpClient, agent: FakeAgent) -> None:
    agent.spoil = lambda _answer: None
    assert reason(await client.get(impatient(device_at(agent.port, retries=1)), [RECEIVED])) is SnmpFailure.TIMEOUT
    assert len(agent.requests) == 2


async def test_garbage_is_malformed(client: PysnmpClient, agent: FakeAgent, device: Device) -> None:
    agent.spoil = lambda _answer: b"\x00garbage\xff" * 5
    assert reason(await client.get(impatient(device), [RECEIVED])) is SnmpFailure.MALFORMED


@pytest.mark.parametrize("length", [1, 5, 20, 40])
async def test_a_truncated_answer_is_malformed(
    client: PysnmpClient, agent: FakeAgent, device: Device, length: int
) -> None:
    agent.spoil = lambda answer: answer[:length]
    assert reason(await client.get(impatient(device), [RECEIVED])) is SnmpFailure.MALFORMED


async def test_an_answer_to_another_request_is_never_accepted(
    client: PysnmpClient, agent: FakeAgent, device: Device
) -> None:
    def renumber(pdu: Any) -> None:
        pdu.setComponentByPosition(0, int(pdu.getComponentByPosition(0)) + 1)

    agent.tamper = renumber
    answer = await client.get(impatient(device), [RECEIVED])
    assert answer == SnmpProblem(SnmpFailure.TIMEOUT, "no answer in time: the device answered late, or another request")


async def test_the_right_answer_after_garbage_is_taken(client: PysnmpClient, agent: FakeAgent, device: Device) -> None:
    def litter(answer: bytes) -> bytes:
        agent.transport.sendto(b"\x30\x84\xff\xff", agent.peer)
        return answer

    received = agent.datagram_received

    def remember(datagram: bytes, address: tuple[str, int]) -> None:
        agent.peer = address
        received(datagram, address)

    agent.datagram_received = remember
    agent.spoil = litter
    assert await client.get(device, [RECEIVED]) == {RECEIVED: 1000}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (1, SnmpFailure.TOO_BIG),
        (2, SnmpFailure.NO_SUCH_OBJECT),
        (5, SnmpFailure.OTHER),
        (16, SnmpFailure.AUTHENTICATION),
    ],
)
async def test_an_error_status_becomes_its_reason(
    client: PysnmpClient, agent: FakeAgent, device: Device, status: int, expected: SnmpFailure
) -> None:
    agent.tamper = lambda pdu: pdu.setComponentByPosition(1, status)
    assert reason(await client.get(device, [RECEIVED])) is expected


@pytest.mark.usefixtures("private_network")
async def test_an_address_without_a_route_is_unreachable(client: PysnmpClient) -> None:
    problem = await client.get(device_at(161, address="203.0.113.1"), [RECEIVED])
    assert problem == SnmpProblem(SnmpFailure.UNREACHABLE, "can't be sent to: Network is unreachable")


async def test_ipv6_is_spoken(client: PysnmpClient, start_agent: StartAgent) -> None:
    agent = await start_agent("::1")
    agent.mib.add_interface(1, b"ether1-wan", received=3)
    device = device_at(agent.port, address="0:0:0:0:0:0:0:1")
    assert await client.get(device, [RECEIVED]) == {RECEIVED: 3}


async def test_an_answer_from_another_address_is_taken_and_told_once(
    client: PysnmpClient, agent: FakeAgent, start_agent: StartAgent, caplog: pytest.LogCaptureFixture
) -> None:
    other = await start_agent("127.0.0.9")
    agent.answer_from = other.transport
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert await client.get(device_at(agent.port), [RECEIVED]) == {RECEIVED: 1000}
    assert [record.getMessage() for record in caplog.records] == [
        f"snmp_answers_elsewhere address=127.0.0.1 port={agent.port} source=127.0.0.9 source_port={other.port}"
    ]


async def test_an_answer_meant_for_one_device_is_not_another_s(client: PysnmpClient, agent: FakeAgent) -> None:
    nobody = impatient(device_at(9, address="127.0.0.9"))
    good, silent = await asyncio.gather(client.get(device_at(agent.port), [RECEIVED]), client.get(nobody, [RECEIVED]))
    assert good == {RECEIVED: 1000}
    assert reason(silent) is SnmpFailure.TIMEOUT


async def test_many_devices_are_asked_at_once(client: PysnmpClient, start_agent: StartAgent) -> None:
    agents = [await start_agent() for _ in range(20)]
    for number, agent in enumerate(agents):
        agent.mib.add_interface(1, b"ether1-wan", received=number)
    answers = await asyncio.gather(*(client.get(device_at(agent.port), [RECEIVED]) for agent in agents))
    assert answers == [{RECEIVED: number} for number in range(20)]


async def test_a_cancelled_request_harms_no_later_one(client: PysnmpClient, agent: FakeAgent, device: Device) -> None:
    agent.spoil = lambda _answer: None
    task = asyncio.create_task(client.get(device, [RECEIVED]))
    await agent.asked.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    agent.spoil = lambda answer: answer
    assert await client.get(device, [RECEIVED]) == {RECEIVED: 1000}


async def test_a_counter_above_63_bits_is_whole(client: PysnmpClient, agent: FakeAgent, device: Device) -> None:
    agent.mib.values[RECEIVED] = rfc1902.Counter64(2**64 - 1)
    assert await client.get(device, [RECEIVED]) == {RECEIVED: 2**64 - 1}


async def test_a_client_that_asked_nothing_closes() -> None:
    await PysnmpClient().close()


@given(st.binary(max_size=80))
def test_no_bytes_make_the_reader_of_strays_raise(datagram: bytes) -> None:
    assert is_snmp(datagram) in {True, False}


NUMBERS = st.one_of(
    st.integers(-(2**31), 2**31 - 1).map(rfc1902.Integer32),
    st.integers(0, 2**64 - 1).map(rfc1902.Counter64),
    st.integers(0, 2**32 - 1).map(rfc1902.TimeTicks),
)
TEXTS = st.binary(max_size=300).map(rfc1902.OctetString)
NAMES = st.lists(st.integers(0, 2**32 - 1), max_size=20).map(lambda arcs: (1, 3, *arcs))


@given(st.lists(st.tuples(NAMES, st.one_of(NUMBERS, TEXTS)), max_size=5))
def test_names_and_values_are_read_as_the_library_reads_them(rows: list[tuple[tuple[int, ...], Any]]) -> None:
    pdu = v2c.ResponsePDU()
    v2c.apiPDU.set_defaults(pdu)
    v2c.apiPDU.set_varbinds(pdu, rows)
    plain = [(oid, bytes(value) if isinstance(value, rfc1902.OctetString) else int(value)) for oid, value in rows]
    flat, _ = decoder.decode(encoder.encode(pdu), asn1Spec=_FlatResponse())
    assert outcome(None, flat) == outcome(None, pdu) == plain


@given(st.binary(max_size=60))
def test_no_bytes_in_the_place_of_values_are_more_than_unreadable(content: bytes) -> None:
    pdu = _FlatResponse()
    for place in range(3):
        pdu.setComponentByPosition(place, 0)
    pdu.setComponentByPosition(3, content)
    assert isinstance(outcome(None, pdu), (list, SnmpProblem))


async def test_values_of_other_kinds_are_none(client: PysnmpClient, agent: FakeAgent, device: Device) -> None:
    agent.mib.values[RECEIVED] = rfc1902.ObjectIdentifier((1, 3, 6))
    assert await client.get(device, [RECEIVED, SYS_UP_TIME]) == {SYS_UP_TIME: 123_456}


async def test_an_answer_from_another_port_is_taken(
    client: PysnmpClient, agent: FakeAgent, start_agent: StartAgent, device: Device
) -> None:
    agent.answer_from = (await start_agent()).transport
    assert await client.get(device, [RECEIVED]) == {RECEIVED: 1000}


async def test_an_answer_that_comes_twice_harms_no_later_one(
    client: PysnmpClient, agent: FakeAgent, device: Device
) -> None:
    agent.copies = 3
    for number in range(5):
        agent.mib.set(ifmib.IF_HC_IN_OCTETS, 1, rfc1902.Counter64(number))
        assert await client.get(device, [RECEIVED]) == {RECEIVED: number}


async def test_requests_of_one_moment_are_sent_in_turns_of_the_loop(client: PysnmpClient, agent: FakeAgent) -> None:
    sent: list[int] = []
    turn = 0
    devices = [replace(device_at(agent.port), timeout_seconds=5.0 + number) for number in range(8)]
    await client.get(devices[0], [RECEIVED])
    (wire,) = client._engines[0].wires.values()
    send = wire.send_message

    def noted(*arguments: Any) -> None:
        sent.append(turn)
        send(*arguments)

    wire.send_message = noted
    asking = asyncio.gather(*(client.get(device, [RECEIVED]) for device in devices))
    while not asking.done():
        turn += 1
        await asyncio.sleep(0)
    assert len(sent) == len(set(sent)) == 8
