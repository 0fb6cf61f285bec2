"""Routers restored from one backup share an engine ID, though each has boots and a clock of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from cloned_router import INTERVAL_SECONDS, Clone
from fake_time import EPOCH

from exporter.probes.asking import Asker
from exporter.probes.snmp import PysnmpClient

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
