from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from fake_agent import Binding, FakeAgent, StartAgent, device_at, impatient
from pysnmp.proto import rfc1902

from exporter.model import SnmpVersion
from exporter.observation import Count, Counter, InterfaceReading, SnmpFailure
from exporter.probes import ifmib
from exporter.probes.asking import SYS_UP_TIME, Asker
from exporter.probes.device import Device, SnmpProblem
from exporter.probes.snmp import PysnmpClient

IN, OUT = Count.IN_OCTETS, Count.OUT_OCTETS
PLACE = ifmib.Place(ifmib.IF_NAME, 1)
WIDE = {IN: 1000, OUT: 500}
FIRST = ifmib.Known(PLACE, ifmib.Facts(speed_bytes_per_second=12_500_000, wide=WIDE))


@pytest.fixture
def asker(client: PysnmpClient) -> Asker:
    return Asker(client)


def reading(
    index: int = 1, received: int = 1000, sent: int = 500, speed: int | None = 12_500_000, bits: int = 64
) -> InterfaceReading:
    return InterfaceReading(
        sysUpTime=123_456,
        ifIndex=index,
        counters={IN: Counter(received, bits), OUT: Counter(sent, bits)},
        ifOperStatus=1,
        speed_bytes_per_second=speed,
    )


async def read(asker: Asker, device: Device, interface: str, known: ifmib.Known | None = None) -> object:
    """Return where an interface was found and what was read there, or the problem."""
    answer = await ifmib.read(asker, device, interface, known)
    return answer if isinstance(answer, SnmpProblem) else (answer[0].place, answer[1])


async def test_an_interface_is_found_by_name_and_read_by_one_get_after_its_facts(
    asker: Asker, agent: FakeAgent, device: Device
) -> None:
    assert await read(asker, device, "ether1-wan") == (PLACE, reading())
    kinds, asked = zip(*agent.requests, strict=True)
    assert kinds == ("GetRequestPDU", "GetBulkRequestPDU", "GetRequestPDU", "GetRequestPDU")
    assert asked[0] == [SYS_UP_TIME]
    assert asked[2] == [
        (*ifmib.IF_NAME, 1),
        (*ifmib.IF_HC_IN_OCTETS, 1),
        (*ifmib.IF_HC_OUT_OCTETS, 1),
        (*ifmib.IF_IN_OCTETS, 1),
        (*ifmib.IF_OUT_OCTETS, 1),
        (*ifmib.IF_ADMIN_STATUS, 1),
        (*ifmib.IF_HIGH_SPEED, 1),
        (*ifmib.IF_SPEED, 1),
        ifmib.SNMP_ENGINE_TIME,
    ]
    assert asked[3] == [
        (*ifmib.IF_NAME, 1),
        SYS_UP_TIME,
        (*ifmib.IF_HC_IN_OCTETS, 1),
        (*ifmib.IF_HC_OUT_OCTETS, 1),
        (*ifmib.IF_IN_ERRORS, 1),
        (*ifmib.IF_OUT_ERRORS, 1),
        (*ifmib.IF_IN_DISCARDS, 1),
        (*ifmib.IF_OUT_DISCARDS, 1),
        (*ifmib.IF_OPER_STATUS, 1),
        (*ifmib.IF_COUNTER_DISCONTINUITY_TIME, 1),
    ]


async def test_a_known_place_costs_one_get_of_ten_values(asker: Asker, agent: FakeAgent, device: Device) -> None:
    assert await read(asker, device, "ether1-wan", FIRST) == (PLACE, reading())
    assert [(kind, len(oids)) for kind, oids in agent.requests] == [("GetRequestPDU", 10)]


async def test_what_a_device_lacks_is_not_asked_again_until_the_facts_are(
    asker: Asker, agent: FakeAgent, device: Device
) -> None:
    known, _ = await ifmib.read(asker, device, "ether1-wan", FIRST)
    known, _ = await ifmib.read(asker, device, "ether1-wan", known)
    assert known.lacks == {*ifmib._FRAMES.values(), ifmib.IF_COUNTER_DISCONTINUITY_TIME}
    agent.mib.set(ifmib.IF_IN_ERRORS, 1, rfc1902.Counter32(4))
    known, now = await ifmib.read(asker, device, "ether1-wan", known, facts_are_due=True)
    assert [len(oids) for _, oids in agent.requests] == [10, 5, 9, 10]
    assert now.counters[Count.IN_ERRORS] == Counter(4, 32)


async def test_all_that_a_device_has_is_read(asker: Asker, agent: FakeAgent, device: Device) -> None:
    mib = agent.mib
    for number, column in enumerate(ifmib._FRAMES.values()):
        mib.set(column, 1, rfc1902.Counter32(number))
    mib.set(ifmib.IF_ADMIN_STATUS, 1, rfc1902.Integer32(2))
    mib.set(ifmib.IF_COUNTER_DISCONTINUITY_TIME, 1, rfc1902.TimeTicks(77))
    mib.values[ifmib.SNMP_ENGINE_TIME] = rfc1902.Integer32(1235)
    counters = {IN: Counter(1000), OUT: Counter(500), **{c: Counter(n, 32) for n, c in enumerate(ifmib._FRAMES)}}
    expected = replace(
        reading(), counters=counters, ifAdminStatus=2, ifCounterDiscontinuityTime=77, snmpEngineTime=1235
    )
    assert await read(asker, device, "ether1-wan") == (PLACE, expected)


async def test_a_renumbered_interface_is_found_in_the_same_poll(asker: Asker, agent: FakeAgent, device: Device) -> None:
    agent.mib.remove(1)
    agent.mib.add_interface(5, b"ether1-wan", received=9)
    answer = await read(asker, device, "ether1-wan", FIRST)
    assert answer == (ifmib.Place(ifmib.IF_NAME, 5), reading(5, received=9, sent=0))


async def test_the_counters_of_another_interface_at_the_old_index_are_never_taken(
    asker: Asker, agent: FakeAgent, device: Device
) -> None:
    agent.mib.add_interface(1, b"ether2", received=77)
    agent.mib.add_interface(2, b"ether1-wan", received=1001)
    answer = await read(asker, device, "ether1-wan", FIRST)
    assert answer == (ifmib.Place(ifmib.IF_NAME, 2), reading(2, received=1001, sent=0))


async def test_an_interface_that_moves_during_the_search_is_not_read(
    asker: Asker, agent: FakeAgent, device: Device
) -> None:
    def move(bindings: list[Binding]) -> list[Binding]:
        if agent.requests[-1][0] == "GetBulkRequestPDU":
            agent.mib.add_interface(1, b"ether9")
        return bindings

    agent.arrange = move
    answer = await read(asker, device, "ether1-wan")
    assert answer == SnmpProblem(SnmpFailure.NO_SUCH_INTERFACE, "interface 'ether1-wan' moved while it was read")


@pytest.mark.parametrize("raw", [b"ether3\x00", b"ether3 ", b"ether3\r\n", b"ether3 \x00\x00"])
async def test_names_with_nul_blanks_and_line_ends_are_found(
    asker: Asker, agent: FakeAgent, device: Device, raw: bytes
) -> None:
    agent.mib.add_interface(3, raw)
    place, answer = await read(asker, device, "ether3")
    assert (place.index, answer) == (3, reading(3, received=0, sent=0))


async def test_an_alias_that_is_not_utf_8_harms_nobody(asker: Asker, agent: FakeAgent, device: Device) -> None:
    agent.mib.values[(*ifmib.IF_ALIAS, 1)] = rfc1902.OctetString(bytes.fromhex("4b414e544f525fcfd8b0ecb9abcad2"))
    agent.mib.values[(*ifmib.IF_ALIAS, 2)] = rfc1902.OctetString(b"KANTOR")
    place, _ = await read(asker, device, "KANTOR")
    assert place == ifmib.Place(ifmib.IF_ALIAS, 2)


async def test_an_interface_is_found_by_description_last(asker: Asker, agent: FakeAgent, device: Device) -> None:
    agent.mib.values[(*ifmib.IF_DESCR, 2)] = rfc1902.OctetString(b"WAN ke POP")
    assert await read(asker, device, "WAN ke POP") == (
        ifmib.Place(ifmib.IF_DESCR, 2),
        reading(2, received=7, sent=8),
    )


async def test_two_interfaces_of_one_name_are_not_read(asker: Asker, agent: FakeAgent, device: Device) -> None:
    agent.mib.add_interface(4, b"ether1-wan")
    assert await read(asker, device, "ether1-wan") == SnmpProblem(
        SnmpFailure.DOUBLED_INTERFACE,
        "2 interfaces are called 'ether1-wan', at the indexes 1 and 4: rename one of them",
    )


async def test_a_missing_interface_is_told_with_those_there_are(asker: Asker, device: Device) -> None:
    assert await read(asker, device, "ether7") == SnmpProblem(
        SnmpFailure.NO_SUCH_INTERFACE, "no interface 'ether7'; the device has ether1-wan, ether2"
    )


async def test_a_long_list_of_names_is_cut_and_printable(asker: Asker, agent: FakeAgent, device: Device) -> None:
    for index in range(1, 12):
        agent.mib.add_interface(index, b"p\x01%d" % index)
    answer = await read(asker, device, "ether7")
    assert answer.text.endswith("p\N{REPLACEMENT CHARACTER}8 and 3 more")
    assert answer.text.isprintable()


@pytest.mark.parametrize(
    ("speed", "high_speed", "expected"),
    [
        (1000, 1000, 125_000_000),
        (0, 1000, 125_000_000),
        (4_294_967_295, 0, None),
        (1_410_065_408, 10_000, 1_250_000_000),
        (10_000_000, 10, 1_250_000),
        (10_000_000, None, 1_250_000),
        (10_000_000, 0, 1_250_000),
        (100_000_000, 100_000_000, 12_500_000),
        (100, 0, None),
        (10_000, None, None),
        (0, 0, None),
        (None, None, None),
    ],
)
async def test_a_speed_is_told_in_whatever_unit_a_device_lies(
    asker: Asker, agent: FakeAgent, device: Device, speed: int | None, high_speed: int | None, expected: int | None
) -> None:
    agent.mib.remove(1)
    agent.mib.add_interface(1, b"ether1-wan", received=1000, sent=500, speed=high_speed)
    if speed is not None:
        agent.mib.set(ifmib.IF_SPEED, 1, rfc1902.Gauge32(speed))
    assert await read(asker, device, "ether1-wan") == (PLACE, reading(speed=expected))


async def test_a_tunnel_that_tells_no_speed_is_read_by_64_bits(asker: Asker, agent: FakeAgent, device: Device) -> None:
    agent.mib.remove(1)
    agent.mib.add_interface(1, b"ether1-wan", received=2**40, sent=2**41, speed=0)
    agent.mib.add_narrow(1, 2**40, 2**41)
    assert await read(asker, device, "ether1-wan") == (PLACE, reading(received=2**40, sent=2**41, speed=None))


async def test_a_device_without_64_bit_counters_is_read_by_those_of_32(
    asker: Asker, agent: FakeAgent, device: Device
) -> None:
    agent.mib.add_narrow(1, 77, 66)
    for column in (ifmib.IF_HC_IN_OCTETS, ifmib.IF_HC_OUT_OCTETS):
        del agent.mib.values[(*column, 1)]
    assert await read(asker, device, "ether1-wan") == (PLACE, reading(received=77, sent=66, bits=32))


async def test_a_device_that_counts_no_octets_is_told_so(asker: Asker, agent: FakeAgent, device: Device) -> None:
    del agent.mib.values[(*ifmib.IF_HC_IN_OCTETS, 1)]
    assert await read(asker, device, "ether1-wan") == SnmpProblem(
        SnmpFailure.NO_SUCH_OBJECT, "the device has no ifInOctets at index 1"
    )


async def test_a_device_that_numbers_its_tables_apart_is_read_from_one_of_them(
    asker: Asker, agent: FakeAgent, device: Device
) -> None:
    agent.mib.values = {
        SYS_UP_TIME: rfc1902.TimeTicks(123_456),
        (*ifmib.IF_NAME, 1_000_002): rfc1902.OctetString(b"ether1-wan"),
        (*ifmib.IF_HC_IN_OCTETS, 1_000_002): rfc1902.Counter64(8),
        (*ifmib.IF_HC_OUT_OCTETS, 1_000_002): rfc1902.Counter64(9),
        (*ifmib.IF_DESCR, 1): rfc1902.OctetString(b"ether1-wan"),
        (*ifmib.IF_OPER_STATUS, 1): rfc1902.Integer32(2),
    }
    expected = replace(reading(1_000_002, received=8, sent=9, speed=None), ifOperStatus=None)
    assert await read(asker, device, "ether1-wan") == (ifmib.Place(ifmib.IF_NAME, 1_000_002), expected)


async def test_a_counter_that_is_a_text_is_malformed(asker: Asker, agent: FakeAgent, device: Device) -> None:
    agent.mib.values[(*ifmib.IF_HC_IN_OCTETS, 1)] = rfc1902.OctetString(b"many")
    answer = await read(asker, device, "ether1-wan", FIRST)
    assert answer == SnmpProblem(SnmpFailure.MALFORMED, "ifInOctets at index 1 is no number")


async def test_version_1_is_read_by_counters_of_32_bits(asker: Asker, agent: FakeAgent) -> None:
    agent.mib.add_narrow(1, 77, 66)
    device = device_at(agent.port, version=SnmpVersion.V1)
    answer = await read(asker, device, "ether1-wan")
    assert answer == (PLACE, reading(received=77, sent=66, bits=32))


async def test_values_in_another_order_and_twice_are_taken_by_their_names(
    asker: Asker, agent: FakeAgent, device: Device
) -> None:
    agent.arrange = lambda bindings: bindings[::-1]
    agent.copies = 2
    for _ in range(3):
        assert await read(asker, device, "ether1-wan") == (PLACE, reading())


async def test_a_device_that_answers_the_first_value_only_is_asked_for_one_each(
    asker: Asker, agent: FakeAgent, device: Device
) -> None:
    agent.arrange = lambda bindings: bindings[:1]
    assert await read(asker, device, "ether1-wan", FIRST) == (PLACE, reading())
    agent.requests.clear()
    assert await read(asker, device, "ether1-wan", FIRST) == (PLACE, reading())
    assert {len(oids) for _, oids in agent.requests} == {1}


async def test_a_device_that_refuses_long_requests_gets_shorter_ones_and_is_remembered(
    asker: Asker, agent: FakeAgent, device: Device
) -> None:
    agent.longest, agent.refuses_long = 4, True
    assert await read(asker, device, "ether1-wan", FIRST) == (PLACE, reading())
    assert [len(oids) for _, oids in agent.requests] == [10, 5, 3, 3, 3, 1, 1]
    agent.requests.clear()
    assert await read(asker, device, "ether1-wan", FIRST) == (PLACE, reading())
    assert [len(oids) for _, oids in agent.requests] == [3, 3, 3, 1, 1]


async def test_a_device_that_drops_long_requests_is_read_within_the_same_poll(
    asker: Asker, agent: FakeAgent, device: Device
) -> None:
    agent.longest = 5
    assert await read(asker, impatient(device), "ether1-wan") == (PLACE, reading())
    assert [len(oids) for kind, oids in agent.requests if kind == "GetRequestPDU"] == [1, 9, 1, 5, 4, 1, 5, 5, 1]


async def test_an_interface_that_moves_between_short_requests_is_looked_for_again(
    asker: Asker, agent: FakeAgent, device: Device
) -> None:
    agent.longest, agent.refuses_long = 3, True

    def move(bindings: list[Binding]) -> list[Binding]:
        if (*ifmib.IF_IN_ERRORS, 1) in dict(bindings):
            agent.mib.add_interface(1, b"ether9")
            agent.mib.add_interface(5, b"ether1-wan", received=2, sent=3)
        return bindings

    agent.arrange = move
    place, now = await read(asker, device, "ether1-wan", FIRST)
    assert (place.index, now) == (5, reading(5, received=2, sent=3))


async def test_a_silent_device_is_asked_for_its_uptime_alone_at_each_fourth_failure(
    asker: Asker, agent: FakeAgent, device: Device
) -> None:
    agent.spoil = lambda _answer: None
    for _ in range(5):
        answer = await read(asker, replace(device, timeout_seconds=0.1), "ether1-wan", FIRST)
        assert answer.reason is SnmpFailure.TIMEOUT
    assert [len(oids) for _, oids in agent.requests] == [10, 1, 10, 10, 10, 10, 1]


async def test_a_silent_device_is_not_walked(asker: Asker, agent: FakeAgent, device: Device) -> None:
    agent.spoil = lambda _answer: None
    answer = await read(asker, replace(device, timeout_seconds=0.1), "ether1-wan")
    assert answer.reason is SnmpFailure.TIMEOUT
    assert [oids for _, oids in agent.requests] == [[SYS_UP_TIME]]


async def test_after_a_hundred_good_answers_a_longer_request_is_tried_again(
    asker: Asker, agent: FakeAgent, device: Device
) -> None:
    agent.longest, agent.refuses_long = 5, True
    await asker.get(device, [SYS_UP_TIME] * 6)
    agent.longest = 1000
    for _ in range(49):
        await asker.get(device, [SYS_UP_TIME] * 6)
    agent.requests.clear()
    await asker.get(device, [SYS_UP_TIME] * 6)
    assert [len(oids) for _, oids in agent.requests] == [6]


async def test_ten_devices_are_walked_at_once_and_no_more(start_agent: StartAgent, client: PysnmpClient) -> None:
    walking = most = 0
    walk = client.walk

    async def counted(*arguments: object) -> object:
        nonlocal walking, most
        walking += 1
        most = max(most, walking)
        try:
            return await walk(*arguments)
        finally:
            walking -= 1

    client.walk = counted
    asker = Asker(client)
    agents = [await start_agent() for _ in range(15)]
    for agent in agents:
        agent.mib.add_interface(1, b"ether1-wan", received=1000, sent=500)
    answers = await asyncio.gather(*(read(asker, device_at(agent.port), "ether1-wan") for agent in agents))
    assert answers == [(PLACE, reading())] * 15
    assert most == 10
