from __future__ import annotations

import pytest
from fake_agent import Binding, FakeAgent, device_at
from pysnmp.proto import rfc1902

from exporter.model import SnmpVersion
from exporter.observation import InterfaceReading, SnmpFailure
from exporter.probes import ifmib
from exporter.probes.device import Device, SnmpProblem
from exporter.probes.snmp import PysnmpClient

FIRST = ifmib.Place(ifmib.IF_NAME, 1)


def reading(index: int = 1, received: int = 1000, sent: int = 500, speed: int | None = 100) -> InterfaceReading:
    return InterfaceReading(
        sysUpTime=123_456,
        ifIndex=index,
        ifHCInOctets=received,
        ifHCOutOctets=sent,
        ifOperStatus=1,
        ifHighSpeed=speed,
    )


async def test_an_interface_is_found_by_name_and_read_by_one_get(
    client: PysnmpClient, agent: FakeAgent, device: Device
) -> None:
    assert await ifmib.read(client, device, "ether1-wan", None) == (FIRST, reading())
    assert [kind for kind, _ in agent.requests] == ["GetBulkRequestPDU", "GetRequestPDU"]
    assert agent.requests[1][1] == [
        ifmib.SYS_UP_TIME,
        (*ifmib.IF_NAME, 1),
        (*ifmib.IF_HC_IN_OCTETS, 1),
        (*ifmib.IF_HC_OUT_OCTETS, 1),
        (*ifmib.IF_OPER_STATUS, 1),
        (*ifmib.IF_HIGH_SPEED, 1),
    ]


async def test_a_known_place_costs_one_get(client: PysnmpClient, agent: FakeAgent, device: Device) -> None:
    assert await ifmib.read(client, device, "ether1-wan", FIRST) == (FIRST, reading())
    assert [kind for kind, _ in agent.requests] == ["GetRequestPDU"]


async def test_a_renumbered_interface_is_found_in_the_same_poll(
    client: PysnmpClient, agent: FakeAgent, device: Device
) -> None:
    agent.mib.remove(1)
    agent.mib.add_interface(5, b"ether1-wan", received=9)
    answer = await ifmib.read(client, device, "ether1-wan", FIRST)
    assert answer == (ifmib.Place(ifmib.IF_NAME, 5), reading(5, received=9, sent=0))


async def test_the_counters_of_another_interface_at_the_old_index_are_never_taken(
    client: PysnmpClient, agent: FakeAgent, device: Device
) -> None:
    agent.mib.add_interface(1, b"ether2", received=77)
    agent.mib.add_interface(2, b"ether1-wan", received=1001)
    answer = await ifmib.read(client, device, "ether1-wan", FIRST)
    assert answer == (ifmib.Place(ifmib.IF_NAME, 2), reading(2, received=1001, sent=0))


async def test_an_interface_that_moves_during_the_search_is_not_read(
    client: PysnmpClient, agent: FakeAgent, device: Device
) -> None:
    def move(bindings: list[Binding]) -> list[Binding]:
        agent.mib.add_interface(1, b"ether9")
        return bindings

    agent.arrange = move
    answer = await ifmib.read(client, device, "ether1-wan", None)
    assert answer == SnmpProblem(SnmpFailure.NO_SUCH_INTERFACE, "interface 'ether1-wan' moved while it was read")


@pytest.mark.parametrize("raw", [b"ether3\x00", b"ether3 ", b"ether3\r\n", b"ether3 \x00\x00"])
async def test_names_with_nul_blanks_and_line_ends_are_found(
    client: PysnmpClient, agent: FakeAgent, device: Device, raw: bytes
) -> None:
    agent.mib.add_interface(3, raw)
    place, answer = await ifmib.read(client, device, "ether3", None)
    assert (place.index, answer) == (3, reading(3, received=0, sent=0))


async def test_an_alias_that_is_not_utf_8_harms_nobody(client: PysnmpClient, agent: FakeAgent, device: Device) -> None:
    agent.mib.values[(*ifmib.IF_ALIAS, 1)] = rfc1902.OctetString(bytes.fromhex("4b414e544f525fcfd8b0ecb9abcad2"))
    agent.mib.values[(*ifmib.IF_ALIAS, 2)] = rfc1902.OctetString(b"KANTOR")
    place, _ = await ifmib.read(client, device, "KANTOR", None)
    assert place == ifmib.Place(ifmib.IF_ALIAS, 2)


async def test_an_interface_is_found_by_description_last(
    client: PysnmpClient, agent: FakeAgent, device: Device
) -> None:
    agent.mib.values[(*ifmib.IF_DESCR, 2)] = rfc1902.OctetString(b"WAN ke POP")
    assert await ifmib.read(client, device, "WAN ke POP", None) == (
        ifmib.Place(ifmib.IF_DESCR, 2),
        reading(2, received=7, sent=8),
    )


async def test_two_interfaces_of_one_name_are_not_read(client: PysnmpClient, agent: FakeAgent, device: Device) -> None:
    agent.mib.add_interface(4, b"ether1-wan")
    assert await ifmib.read(client, device, "ether1-wan", None) == SnmpProblem(
        SnmpFailure.DOUBLED_INTERFACE,
        "2 interfaces are called 'ether1-wan', at the indexes 1 and 4: rename one of them",
    )


async def test_a_missing_interface_is_told_with_those_there_are(client: PysnmpClient, device: Device) -> None:
    assert await ifmib.read(client, device, "ether7", None) == SnmpProblem(
        SnmpFailure.NO_SUCH_INTERFACE, "no interface 'ether7'; the device has ether1-wan, ether2"
    )


async def test_a_long_list_of_names_is_cut_and_printable(
    client: PysnmpClient, agent: FakeAgent, device: Device
) -> None:
    for index in range(1, 12):
        agent.mib.add_interface(index, b"p\x01%d" % index)
    answer = await ifmib.read(client, device, "ether7", None)
    assert answer.text.endswith("p\N{REPLACEMENT CHARACTER}8 and 3 more")
    assert answer.text.isprintable()


@pytest.mark.parametrize(("speed", "expected"), [(0, None), (None, None), (10_000, 10_000)])
async def test_a_speed_of_zero_is_no_speed(
    client: PysnmpClient, agent: FakeAgent, device: Device, speed: int | None, expected: int | None
) -> None:
    agent.mib.remove(1)
    agent.mib.add_interface(1, b"ether1-wan", received=1000, sent=500, speed=speed)
    assert await ifmib.read(client, device, "ether1-wan", FIRST) == (FIRST, reading(speed=expected))


async def test_a_device_without_64_bit_counters_is_told_so(
    client: PysnmpClient, agent: FakeAgent, device: Device
) -> None:
    del agent.mib.values[(*ifmib.IF_HC_IN_OCTETS, 1)]
    assert await ifmib.read(client, device, "ether1-wan", FIRST) == SnmpProblem(
        SnmpFailure.NO_SUCH_OBJECT, "the device has no ifHCInOctets at index 1"
    )


async def test_a_counter_that_is_a_text_is_malformed(client: PysnmpClient, agent: FakeAgent, device: Device) -> None:
    agent.mib.values[(*ifmib.IF_HC_IN_OCTETS, 1)] = rfc1902.OctetString(b"many")
    answer = await ifmib.read(client, device, "ether1-wan", FIRST)
    assert answer == SnmpProblem(SnmpFailure.MALFORMED, "a counter at index 1 is no number")


async def test_version_1_is_told_that_it_has_no_64_bit_counters(client: PysnmpClient, agent: FakeAgent) -> None:
    answer = await ifmib.read(client, device_at(agent.port, version=SnmpVersion.V1), "ether1-wan", None)
    assert answer == SnmpProblem(
        SnmpFailure.NO_SUCH_OBJECT, "the device has no such object; version 1 has no 64-bit counters, 2c has"
    )
