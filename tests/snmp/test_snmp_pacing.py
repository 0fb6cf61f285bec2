"""Hundreds of links that are wanted at once: polls begin one after the other."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from fake_time import FakeTime
from fake_world import FakeDevice
from polled_world import World, link

from exporter.model import Link
from exporter.polling import _Gate

APART_SECONDS = 0.01
MANY = 300
DAY_SECONDS = 86_400
FIRST_SECONDS = 70.0


@pytest.fixture
async def links(world: World) -> list[Link]:
    """Give links with a device each, polled once and then once a day, and all wanted now."""
    addresses = [f"198.18.{number // 200}.{number % 200 + 1}" for number in range(MANY)]
    world.client.devices.update((address, FakeDevice()) for address in addresses)
    links = [link(f"link{number}", each, interval_seconds=DAY_SECONDS) for number, each in enumerate(addresses)]
    world.poller.start(links)
    await world.time.advance(FIRST_SECONDS)
    world.client.asked.clear()
    for each in links:
        world.poller.poll_soon(each.id)
    return links


def begun(world: World) -> list[tuple[float, str]]:
    """Return when polls began, and of whom; what one poll asks is asked in no time."""
    return list(dict.fromkeys((at, address) for at, address, _ in world.client.asked))


def addresses(links: list[Link]) -> list[str]:
    return [each.address for each in links]


async def test_hundreds_that_are_wanted_at_once_begin_in_order_ten_milliseconds_apart(
    world: World, links: list[Link]
) -> None:
    await world.time.advance(60.0)
    assert [address for _, address in begun(world)] == addresses(links)
    due = [1000.0 + FIRST_SECONDS + number * APART_SECONDS for number in range(MANY)]
    assert [at for at, _ in begun(world)] == pytest.approx(due)


async def test_one_that_is_wanted_again_while_it_waits_is_polled_once(world: World, links: list[Link]) -> None:
    await world.time.advance(1.0)
    for each in links[150:]:
        world.poller.poll_soon(each.id)
    await world.time.advance(60.0)
    assert [address for _, address in begun(world)] == addresses(links)


async def test_one_that_is_polled_already_waits_for_its_turn_anew(world: World, links: list[Link]) -> None:
    await world.time.advance(1.0)
    world.poller.poll_soon(links[0].id)
    await world.time.advance(60.0)
    assert [address for _, address in begun(world)] == [*addresses(links), links[0].address]


async def test_links_that_go_while_they_wait_are_not_polled_and_take_no_time(world: World, links: list[Link]) -> None:
    await world.time.advance(1.0)
    polled = len(begun(world))
    world.poller.reload(links[-10:])
    await world.time.advance(60.0)
    assert [address for _, address in begun(world)[polled:]] == addresses(links[-10:])
    assert begun(world)[-1][0] - begun(world)[polled - 1][0] == pytest.approx(10 * APART_SECONDS)


async def test_a_stop_leaves_nobody_waiting(world: World, links: list[Link]) -> None:
    await world.time.advance(1.0)
    polled = begun(world)
    assert 0 < len(polled) < len(links)
    await world.poller.stop()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    await world.time.advance(60.0)
    assert begun(world) == polled


async def test_links_of_one_device_begin_ten_milliseconds_apart_too(world: World) -> None:
    links = [link(f"link{number}", interval_seconds=DAY_SECONDS) for number in range(20)]
    world.poller.start(links)
    await world.time.advance(FIRST_SECONDS)
    world.client.asked.clear()
    for each in links:
        world.poller.poll_soon(each.id)
    await world.time.advance(60.0)
    assert len(begun(world)) == 20
    assert min(after - before for (before, _), (after, _) in pairwise(begun(world))) > APART_SECONDS - 1e-6


class Gate:
    """A gate, and who passed it."""

    def __init__(self, time: FakeTime) -> None:
        self.gate = _Gate(time, time.sleep)
        self.passed: list[str] = []

    def line_up(self, name: str, *, is_urgent: bool = False) -> asyncio.Future[None]:
        turn = self.gate.line_up(is_urgent=is_urgent)
        turn.add_done_callback(lambda turn: turn.cancelled() or self.passed.append(name))
        return turn


async def test_who_is_urgent_comes_before_who_waited_longer(time: FakeTime) -> None:
    gate = Gate(time)
    for name in ("first", "second"):
        gate.line_up(name)
    third = gate.line_up("third")
    await time.advance(0.0)
    gate.line_up("urgent", is_urgent=True)
    gate.gate.hurry(third)
    await time.advance(1.0)
    assert gate.passed == ["first", "urgent", "third", "second"]


async def test_a_turn_that_has_come_can_t_be_hurried(time: FakeTime) -> None:
    gate = Gate(time)
    turn = gate.line_up("first")
    await time.advance(0.0)
    gate.gate.hurry(turn)
    await time.advance(1.0)
    assert gate.passed == ["first"]


async def test_a_gate_that_was_left_alone_opens_at_once(time: FakeTime) -> None:
    gate = Gate(time)
    for name in ("first", "second"):
        gate.line_up(name)
        await time.advance(APART_SECONDS)
        await time.advance(0.0)
    assert gate.passed == ["first", "second"]


async def test_the_time_between_turns_counts_from_when_the_one_before_began(time: FakeTime) -> None:
    gate = Gate(time)
    gate.line_up("first")
    await time.advance(APART_SECONDS / 2)
    gate.line_up("second").cancel()
    gate.line_up("third")
    await time.advance(APART_SECONDS * 0.4)
    assert gate.passed == ["first"]
    await time.advance(APART_SECONDS * 0.2)
    assert gate.passed == ["first", "third"]
