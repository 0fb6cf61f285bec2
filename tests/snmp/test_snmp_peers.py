"""Devices that aren't any more who they were."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from cloned_router import ENGINE_ID, Clone
from fake_agent import impatient

from exporter.probes.asking import Asker
from exporter.probes.snmp import PysnmpClient, peers
from exporter.probes.snmp.client import _address, _route

ANOTHER_ID = bytes.fromhex("80000000010203ff")
TICKS_OF_AN_HOUR = 7200


@pytest.fixture
async def router() -> AsyncIterator[Clone]:
    transport, router = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Clone(7, 5000.0), ("127.0.0.1", 0)
    )
    yield router
    transport.close()
    await asyncio.sleep(0)


@pytest.mark.parametrize("boots", [1, 9])
async def test_a_router_that_is_swapped_for_another_costs_one_poll_at_most(
    client: PysnmpClient, router: Clone, boots: int
) -> None:
    asker = Asker(client)
    assert (await router.poll(asker)).is_up
    router.swap(ANOTHER_ID)
    router.router.boots = boots
    router.device = impatient(router.device)
    await router.poll(asker)
    status = await router.poll(asker)
    assert (status.is_up, sum(status.failures.values()) <= 1) == (True, True)


async def test_a_router_that_tells_in_a_readable_report_that_it_is_another_costs_none(
    client: PysnmpClient, router: Clone
) -> None:
    asker = Asker(client)
    router.reports_namelessly = True
    assert (await router.poll(asker)).is_up
    router.swap(ANOTHER_ID)
    assert (await router.poll(asker)).failures == {}


async def test_an_engine_that_is_forgotten_is_discovered_again_and_its_expiry_harms_nobody(
    client: PysnmpClient, router: Clone
) -> None:
    asker = Asker(client)
    await router.poll(asker)
    (engine,) = client._engines
    route = _route(_address(router.device.address), router.device.port)
    peers.forget(engine.snmp, route)
    peers.forget(engine.snmp, route)
    assert peers.identity(engine.snmp, route) is None
    await router.poll(asker)
    assert bytes(peers.identity(engine.snmp, route)) == ENGINE_ID
    peers.forget(engine.snmp, route)
    for _ in range(TICKS_OF_AN_HOUR):
        engine.snmp.message_processing_subsystems[3].receive_timer_tick(engine.snmp, 0.0)
        engine.snmp.security_models[3].receive_timer_tick(engine.snmp, 0.0)
    assert (await router.poll(asker)).failures == {}
