"""When each website is visited."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
import pytest_asyncio
from fake_time import EPOCH
from visited_world import World, order, url

from exporter.model import Website
from exporter.sites.orders import Bug, Order
from exporter.sites.watching import (
    CHECK_EVERY_SECONDS,
    CHECKS_AT_ONCE,
    FIRST_WITHIN_SECONDS,
    LOOK_EVERY_SECONDS,
)
from exporter.website import Activity, Fault, Look, SiteCheck

SIX_HOURS = LOOK_EVERY_SECONDS


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    yield made
    await made.watch.stop()


async def test_a_website_is_checked_within_20_s_again_after_a_minute_then_every_five(world: World) -> None:
    world.watch.take([order("dinkes")])
    await world.time.advance(3600)
    first, second, *rest = world.checks()
    assert first <= 1000 + FIRST_WITHIN_SECONDS
    assert second - first == pytest.approx(60)
    pauses = [later - earlier for earlier, later in pairwise([second, *rest])]
    assert all(270 <= pause <= 330 for pause in pauses)
    assert len(set(pauses)) > 1, "jittered"
    assert 10 <= len(pauses) <= 13


async def test_news_is_checked_again_after_a_minute_once(world: World) -> None:
    world.watch.take([order("dinkes")])
    await world.time.advance(600)
    world.faults[url("dinkes")] = Fault.TIMEOUT
    await world.time.advance(1500)
    checks = world.checks()
    inactive = next(
        place for place, what in enumerate(world.answers()) if isinstance(what, SiteCheck) and what.fault is not None
    )
    at = inactive - sum(isinstance(what, Look) for what in world.answers()[:inactive])
    assert checks[at + 1] - checks[at] == pytest.approx(60)
    assert checks[at + 2] - checks[at + 1] >= 270


async def test_a_website_that_is_another_at_each_check_isnt_hurried_for_ever(world: World) -> None:
    world.alternates = True
    world.watch.take([order("dinkes")])
    await world.time.advance(3600)
    assert len(world.checks()) <= 3600 / ((60 + 270) / 2) + 2


async def test_one_that_hangs_holds_up_no_other(world: World) -> None:
    world.hanging.add(url("setda"))
    world.watch.take([order("dinkes"), order("setda"), order("setwan")])
    await world.time.advance(1000)
    assert len(world.checks("setda")) == 1
    assert len(world.checks("dinkes")) >= 3
    assert len(world.checks("setwan")) >= 3


async def test_so_many_are_checked_at_once_and_no_more(world: World) -> None:
    world.seconds = 100.0
    world.watch.take([order(f"office-{number}") for number in range(CHECKS_AT_ONCE * 2)])
    await world.time.advance(90)
    assert world.most_running == CHECKS_AT_ONCE
    await world.time.advance(200)
    assert len({of for _, of in world.checked}) == CHECKS_AT_ONCE * 2


async def test_websites_of_one_host_are_visited_one_after_the_other(world: World) -> None:
    world.seconds = 30.0
    one = Order("a", Website("https://desa.example/a"))
    other = Order("b", Website("https://DESA.example/b"))
    world.watch.take([one, other])
    await world.time.advance(3000)
    assert world.most_running == 1
    assert {of for _, of in world.checked} == {one.website.url, other.website.url}


async def test_a_look_follows_a_good_check_and_then_comes_every_six_hours(world: World) -> None:
    world.watch.take([order("dinkes")])
    await world.time.advance(2 * SIX_HOURS + 3600)
    first, second, third = world.looks()
    assert first <= 1000 + FIRST_WITHIN_SECONDS + 2
    for earlier, later in ((first, second), (second, third)):
        assert SIX_HOURS <= later - earlier <= SIX_HOURS + 1.1 * CHECK_EVERY_SECONDS + 2
    assert world.stamps == ["", f"left at {EPOCH + first:.0f}", f"left at {EPOCH + second:.0f}"]


async def test_a_look_of_before_the_start_counts(world: World) -> None:
    world.watch.take([order("dinkes", looked_at=EPOCH + 1000 - 3 * 3600, stamps="kept")])
    await world.time.advance(3 * 3600 - 400)
    assert world.looks() == []
    await world.time.advance(800)
    assert len(world.looks()) == 1
    assert world.stamps == ["kept"]


async def test_a_look_of_the_future_doesnt_hold_up_the_next(world: World) -> None:
    world.watch.take([order("dinkes", looked_at=EPOCH + 10**6)])
    await world.time.advance(60)
    assert len(world.looks()) == 1


async def test_a_website_that_isnt_active_isnt_looked_at(world: World) -> None:
    world.faults[url("dinkes")] = Fault.PARKED
    world.watch.take([order("dinkes")])
    await world.time.advance(3600)
    assert world.looks() == []
    world.faults.clear()
    await world.time.advance(400)
    assert len(world.looks()) == 1


async def test_a_website_that_wants_to_be_left_alone_is_left_alone(world: World) -> None:
    world.waits[url("dinkes")] = 86_400.0
    world.watch.take([order("dinkes")])
    await world.time.advance(86_000)
    assert len(world.looks()) == 1
    await world.time.advance(1000)
    assert len(world.looks()) == 2


async def test_a_name_that_alone_isnt_found_is_a_fault_of_its_website(world: World) -> None:
    world.faults[url("dinkes")] = Fault.NAME_NOT_FOUND
    world.lost.add("dinkes.example")
    world.watch.take([order("dinkes"), order("setda")])
    await world.time.advance(600)
    assert {what.activity for what in world.answers() if isinstance(what, SiteCheck)} == {Activity.INACTIVE}


async def test_while_no_name_at_all_is_found_nothing_is_said_of_any_website(world: World) -> None:
    world.watch.take([order("dinkes"), order("setda")])
    await world.time.advance(600)
    for office in ("dinkes", "setda"):
        world.faults[url(office)] = Fault.NAME_NOT_FOUND
        world.lost.add(f"{office}.example")
    before = len(world.told)
    await world.time.advance(1200)
    later = [what for _, what in world.told[before:] if isinstance(what, SiteCheck)]
    assert later
    assert {what.activity for what in later} == {Activity.UNMEASURED}


async def test_a_bug_is_told_and_the_visits_go_on(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.bugs.add(url("dinkes"))
    world.watch.take([order("dinkes")])
    await world.time.advance(700)
    assert world.answers() == [Bug("RuntimeError('a bug of ours')")] * 3
    assert len([record for record in caplog.records if record.exc_info]) == 1
    world.bugs.clear()
    await world.time.advance(400)
    assert isinstance(world.answers()[3], SiteCheck)


async def test_a_bug_in_a_look_is_told_and_tried_again_after_six_hours(world: World) -> None:
    world.watch.take([order("dinkes")])
    await world.time.advance(0)
    while not world.checks():
        await world.time.advance(1)
    await world.time.advance(1)
    world.bugs.add(url("dinkes"))
    await world.time.advance(2)
    world.bugs.clear()
    assert Bug("RuntimeError('a bug of ours')") in world.answers()
    await world.time.advance(SIX_HOURS - 60)
    assert len(world.looks()) == 1
    await world.time.advance(600)
    assert len(world.looks()) == 2


async def test_other_orders_end_what_is_gone_and_leave_the_rest_as_it_was(world: World) -> None:
    world.watch.take([order("dinkes"), order("setda")])
    await world.time.advance(100)
    before = world.checks("dinkes")
    world.watch.take([order("dinkes"), order("setwan")])
    await world.time.advance(190)
    assert world.checks("dinkes") == before, "it waits for its five minutes"
    await world.time.advance(1000)
    assert len(world.checks("setda")) == 2
    assert len(world.checks("setwan")) >= 4
    assert len(world.looks("dinkes")) == 1


async def test_another_address_of_an_office_is_visited_at_once(world: World) -> None:
    world.watch.take([order("dinkes")])
    await world.time.advance(100)
    world.watch.take([Order("dinkes", Website("https://baru.example/"))])
    await world.time.advance(FIRST_WITHIN_SECONDS + 1)
    assert [of for _, of in world.checked[2:]] == ["https://baru.example/"]


async def test_a_stop_ends_a_visit_that_hangs(world: World) -> None:
    world.hanging.add(url("dinkes"))
    world.watch.take([order("dinkes")])
    await world.time.advance(100)
    await world.watch.stop()
    assert world.running == {url("dinkes"): 0}
