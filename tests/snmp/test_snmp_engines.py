"""A further engine, where two devices know one user name by other keys: it is built beside the loop."""

from __future__ import annotations

import asyncio
import threading

import pytest

from exporter.model import AuthProtocol, SnmpVersion
from exporter.probes.device import Credentials
from exporter.probes.snmp import PysnmpClient
from exporter.probes.snmp import client as seam
from exporter.probes.snmp.engine import Engine
from exporter.secret import Secret

LONGEST_SECONDS = 20.0


def keyed(key: str) -> Credentials:
    return Credentials(SnmpVersion.V3, user="monitor", auth_protocol=AuthProtocol.SHA, auth_key=Secret(key))


class Building:
    """Builds engines, and notes how many at once; `may_end` holds each one up until the loop sets it."""

    def __init__(self) -> None:
        self.has_begun, self.may_end, self.has_ended = (threading.Event() for _ in range(3))
        self.built = self.under_way = self.most_at_once = 0
        self.threads: set[int] = set()

    def __call__(self) -> Engine:
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        self.threads.add(threading.get_ident())
        self.has_begun.set()
        assert self.may_end.wait(LONGEST_SECONDS)
        engine = Engine()
        self.built, self.under_way = self.built + 1, self.under_way - 1
        self.has_ended.set()
        return engine


@pytest.fixture
def building(client: PysnmpClient, monkeypatch: pytest.MonkeyPatch) -> Building:
    """Give what builds every engine but the client's first."""
    assert len(client._engines) == 1
    building = Building()
    monkeypatch.setattr(seam, "Engine", building)
    return building


async def wait_for(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, LONGEST_SECONDS)


async def test_the_loop_goes_on_while_a_further_engine_is_built(client: PysnmpClient, building: Building) -> None:
    first = await client._engine(keyed("first-key"))
    second = asyncio.create_task(client._engine(keyed("second-key")))
    await wait_for(building.has_begun)
    assert await client._engine(keyed("first-key")) is first
    assert not second.done()
    building.may_end.set()
    assert await second is not first
    assert threading.get_ident() not in building.threads


async def test_engines_are_built_one_at_a_time_and_one_for_each_set_of_keys(
    client: PysnmpClient, building: Building
) -> None:
    names = ["first-key", "second-key", "third-key"] * 4
    asking = asyncio.gather(*(client._engine(keyed(name)) for name in names))
    await wait_for(building.has_begun)
    building.may_end.set()
    found = await asking
    assert (building.built, building.most_at_once) == (2, 1)
    assert len({*map(id, found)}) == 3
    assert [found[place] is found[place + 3] for place in range(9)] == [True] * 9


async def test_who_gives_up_while_an_engine_is_built_holds_up_nobody(client: PysnmpClient, building: Building) -> None:
    await client._engine(keyed("first-key"))
    impatient = asyncio.create_task(client._engine(keyed("second-key")))
    await wait_for(building.has_begun)
    impatient.cancel()
    await asyncio.gather(impatient, return_exceptions=True)
    building.may_end.set()
    await wait_for(building.has_ended)
    assert (await client._engine(keyed("second-key"))).may_know(keyed("second-key"))
