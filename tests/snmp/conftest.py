from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from fake_agent import FakeAgent, Mib, StartAgent, device_at
from fake_time import FakeTime
from polled_world import World

from exporter.probes.device import Device
from exporter.probes.snmp import PysnmpClient


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
async def world(time: FakeTime) -> AsyncIterator[World]:
    world = World(time)
    yield world
    await world.poller.stop()


@pytest.fixture
async def client() -> AsyncIterator[PysnmpClient]:
    """Give a client, and close it as the product does."""
    client = PysnmpClient()
    yield client
    await client.close()


@pytest.fixture
async def start_agent() -> AsyncIterator[StartAgent]:
    """Give a function that starts a fake agent on loopback."""
    transports: list[asyncio.DatagramTransport] = []

    async def start(address: str = "127.0.0.1", port: int = 0) -> FakeAgent:
        loop = asyncio.get_running_loop()
        transport, agent = await loop.create_datagram_endpoint(lambda: FakeAgent(Mib()), (address, port))
        transports.append(transport)
        return agent

    yield start
    for transport in transports:
        transport.close()
    await asyncio.sleep(0)


@pytest.fixture
async def agent(start_agent: StartAgent) -> FakeAgent:
    """Give an agent with two interfaces."""
    agent = await start_agent()
    agent.mib.add_interface(1, b"ether1-wan", received=1000, sent=500)
    agent.mib.add_interface(2, b"ether2", received=7, sent=8)
    return agent


@pytest.fixture
def device(agent: FakeAgent) -> Device:
    return device_at(agent.port)
