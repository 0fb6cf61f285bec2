from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import replace

import pytest
from fake_time import settle
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from tracing_world import LINKS, ROUTER, World

from exporter import tracing
from exporter.model import Link
from exporter.observation import Path, last_hop
from exporter.tracing import REGULAR_SECONDS


def played(story: Callable[[World], Awaitable[None]]) -> World:
    """Let a story happen, and stop."""

    async def play() -> World:
        world = World()
        try:
            await story(world)
        finally:
            await world.tracer.stop()
        return world

    return asyncio.run(play())


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    yield world
    await world.tracer.stop()


async def test_an_outage_is_traced_at_once_and_its_path_is_told(world: World) -> None:
    world.start(LINKS[:3])
    await world.time.advance(5.0)
    world.down(LINKS[1])
    at = world.time.time()
    await world.time.advance(2.0)
    assert world.began == [(1005.0, LINKS[1].address)]
    assert world.paths == [(LINKS[1].id, Path(at, (ROUTER,), is_whole=False))]


async def test_an_outage_is_told_once_however_often_it_is_said(world: World) -> None:
    world.start(LINKS[:1])
    for _ in range(3):
        world.down(LINKS[0])
        await world.time.advance(100.0)
    assert world.traced(LINKS[0]) == [1000.0]


@pytest.mark.parametrize(
    "little",
    [Path(0.0, (), is_whole=False), Path(0.0, (ROUTER, LINKS[0].address), is_whole=True)],
    ids=["nobody answered", "the target answered"],
)
async def test_a_path_that_says_little_is_traced_once_more_a_minute_later(world: World, little: Path) -> None:
    world.found[LINKS[0].address] = little
    world.start(LINKS[:1])
    world.down(LINKS[0])
    await world.time.advance(300.0)
    assert world.traced(LINKS[0]) == [1000.0, 1062.0]
    assert world.paths == [(LINKS[0].id, little)] * 2


async def test_a_trace_that_the_system_refused_is_no_path_and_is_tried_once_more(world: World) -> None:
    world.found[LINKS[0].address] = None
    world.start(LINKS[:1])
    world.down(LINKS[0])
    await world.time.advance(30.0)
    assert world.paths == []
    del world.found[LINKS[0].address]
    await world.time.advance(300.0)
    assert world.traced(LINKS[0]) == [1000.0, 1062.0]
    assert [path.hops for _, path in world.paths] == [(ROUTER,)]
    assert world.tracer.internal_errors == 0


async def test_a_link_whose_address_is_not_known_yet_is_tried_once_more(world: World) -> None:
    world.unknown.add(LINKS[0].address)
    world.start(LINKS[:1])
    world.down(LINKS[0])
    await world.time.advance(30.0)
    world.unknown.clear()
    await world.time.advance(300.0)
    assert world.traced(LINKS[0]) == [1060.0]


async def test_a_link_that_came_back_is_not_traced_once_more_nor_by_its_next_outage(world: World) -> None:
    world.found[LINKS[0].address] = Path(0.0, (), is_whole=False)
    world.start(LINKS[:1])
    world.down(LINKS[0])
    await world.time.advance(30.0)
    world.tracer.came_back(LINKS[0].id)
    await world.time.advance(20.0)
    world.down(LINKS[0])
    await world.time.advance(500.0)
    assert world.traced(LINKS[0]) == [1000.0, 1050.0, 1112.0]


async def test_a_trace_that_waits_is_dropped_when_its_link_comes_back(world: World) -> None:
    world.start(LINKS)
    world.down(*LINKS[:10])
    world.tracer.came_back(LINKS[1].id)
    await settle()
    world.tracer.came_back(LINKS[8].id)
    await world.time.advance(30.0)
    down = [link.address for link in LINKS[:10]]
    assert [address for _, address in world.began] == [down[0], *down[2:8], down[9]]


async def test_at_most_five_run_at_once_and_the_next_begins_where_one_ends(world: World) -> None:
    world.start(LINKS)
    world.down(*LINKS[:12])
    await world.time.advance(30.0)
    assert world.most_running == 5
    assert world.traced(*LINKS[:12]) == [1000.0] * 5 + [1002.0] * 5 + [1004.0] * 2


async def test_twenty_begin_in_a_minute_and_the_next_when_that_is_over(world: World) -> None:
    world.seconds = 0.0
    world.start(LINKS)
    world.down(*LINKS[:50])
    await world.time.advance(130.0)
    assert [address for _, address in world.began[:50]] == [link.address for link in LINKS[:50]]
    assert world.traced(*LINKS[:50]) == [1000.0] * 20 + [1060.0] * 20 + [1120.0] * 10


async def test_links_that_anothers_trace_tells_of_come_last(world: World) -> None:
    links = LINKS[:12]
    world.start(links)
    world.down(*links)
    await world.time.advance(0.0)
    world.spared |= {link.id for link in links[5:10]}
    await world.time.advance(2.0)
    assert [address for _, address in world.began[5:]] == [link.address for link in (*links[10:], *links[5:8])]
    await world.time.advance(2.0)
    assert {address for _, address in world.began} == {link.address for link in links}


async def test_a_minute_is_by_the_monotonic_clock(world: World) -> None:
    world.seconds = 0.0
    world.start(LINKS)
    world.down(*LINKS[:25])
    await world.time.advance(1.0)
    world.time.step = -3600.0
    await world.time.advance(100.0)
    assert world.traced(*LINKS[:25]) == [1000.0] * 20 + [1060.0] * 5


async def test_each_link_that_is_up_is_traced_each_hour_at_an_instant_of_its_own(world: World) -> None:
    world.start(LINKS)
    await world.time.advance(3 * REGULAR_SECONDS + 60.0)
    for link in LINKS:
        first, second, third, *more = world.traced(link)
        assert len(more) <= 1
        assert 0 <= first - 1000.0 <= REGULAR_SECONDS + 60.0
        assert [second - first, third - second] == pytest.approx([REGULAR_SECONDS] * 2, abs=60.0)
    minutes = {at // 60 for at, _ in world.began[: len(LINKS)]}
    assert len(minutes) > 30


async def test_another_process_traces_a_link_at_the_same_instant_of_the_hour(world: World) -> None:
    world.start(LINKS[:1])
    await world.time.advance(REGULAR_SECONDS)
    (before,) = world.traced(LINKS[0])
    later = World()
    later.time.now = 1000.0 + 10 * REGULAR_SECONDS + 1234.0
    later.start(LINKS[:1])
    await later.time.advance(REGULAR_SECONDS)
    (after,) = later.traced(LINKS[0])
    await later.tracer.stop()
    assert (after - before) % REGULAR_SECONDS == pytest.approx(0, abs=0.001)


@pytest.mark.parametrize("age_seconds", [None, REGULAR_SECONDS * 1.01, 30 * REGULAR_SECONDS])
async def test_a_link_without_a_path_of_the_last_hour_is_traced_within_minutes(
    world: World, age_seconds: float | None
) -> None:
    known = {} if age_seconds is None else {LINKS[0].id: world.time.time() - age_seconds}
    world.tracer.start(LINKS[:1], known)
    await world.time.advance(29.0)
    assert world.began == []
    await world.time.advance(300.0)
    assert len(world.began) == 1


async def test_a_link_with_a_path_on_record_waits_for_its_instant(world: World) -> None:
    world.start(LINKS)
    await world.time.advance(REGULAR_SECONDS / 10)
    assert len(world.began) < len(LINKS) / 4


async def test_the_first_trace_of_a_link_is_no_reason_for_two_within_half_an_hour(world: World) -> None:
    world.tracer.start(LINKS, {})
    await world.time.advance(3 * REGULAR_SECONDS)
    for link in LINKS:
        first, second, *_ = world.traced(link)
        assert second - first >= REGULAR_SECONDS / 2 - 300.0


async def test_what_wakes_the_loop_leaves_nothing_behind(world: World) -> None:
    world.start(LINKS)
    await settle()
    before = len(asyncio.all_tasks())
    for _ in range(50):
        world.tracer.reload(LINKS)
        await settle()
    assert len(asyncio.all_tasks()) == before


async def test_regular_traces_take_half_of_what_there_is(world: World) -> None:
    world.seconds = 0.0
    world.tracer.start(LINKS, {})
    await world.time.advance(900.0)
    first = [at for at, _ in world.began[: len(LINKS)]]
    assert len(first) == len(LINKS)
    assert min(late - early for early, late in zip(first, first[10:], strict=False)) >= 60.0


async def test_two_regular_traces_run_at_once(world: World) -> None:
    world.seconds = 50.0
    world.tracer.start(LINKS[:20], {})
    await world.time.advance(600.0)
    assert world.most_running == 2


async def test_outages_go_before_what_waits_already(world: World) -> None:
    world.tracer.start(LINKS, {})
    await world.time.advance(200.0)
    assert len(world.tracer._regular) > 0
    now = world.time.now
    world.down(*LINKS[:20])
    await world.time.advance(20.0)
    outages = {link.address for link in LINKS[:20]}
    assert {address for at, address in world.began if at >= now} <= outages
    assert len(world.traced(*LINKS[:20])) >= 10


async def test_a_link_that_is_down_has_no_regular_trace_until_it_is_back(world: World) -> None:
    world.tracer.start(LINKS[:2], {})
    world.down(LINKS[0])
    await world.time.advance(5 * REGULAR_SECONDS)
    assert world.traced(LINKS[0]) == [1000.0]
    assert len(world.traced(LINKS[1])) >= 5
    world.tracer.came_back(LINKS[0].id)
    await world.time.advance(REGULAR_SECONDS)
    assert len(world.traced(LINKS[0])) == 2


async def test_a_link_that_goes_down_while_its_regular_trace_waits_has_the_one_of_its_outage_alone(
    world: World,
) -> None:
    world.tracer.start(LINKS, {})
    await world.time.advance(200.0)
    waiting = next(link for link in LINKS if link.id in world.tracer._regular)
    world.down(waiting)
    await world.time.advance(500.0)
    assert len(world.traced(waiting)) == 1


async def test_a_reload_begins_with_new_links_ends_gone_ones_and_leaves_the_rest(world: World) -> None:
    gone, kept, new = LINKS[:3]
    world.start([gone, kept])
    due = world.tracer._due_at[kept.id]
    world.down(gone)
    world.tracer.reload([kept, new])
    world.down(gone, new)
    await world.time.advance(10.0)
    assert [address for _, address in world.began] == [new.address]
    world.tracer.came_back(new.id)
    await world.time.advance(2 * REGULAR_SECONDS)
    assert world.traced(gone) == []
    assert world.traced(kept)[0] == pytest.approx(due, abs=0.001)
    assert 2 <= len(world.traced(new)) - 1 <= 3


async def test_a_link_that_is_gone_for_a_while_is_like_a_new_one(world: World) -> None:
    world.start(LINKS[:1])
    world.down(LINKS[0])
    await world.time.advance(10.0)
    for links in ([], LINKS[:1], [], LINKS[:1]):
        world.tracer.reload(links)
        await world.time.advance(10.0)
    world.down(LINKS[0])
    await world.time.advance(10.0)
    assert world.traced(LINKS[0]) == [1000.0, 1050.0]
    world.tracer.came_back(LINKS[0].id)
    await world.time.advance(10 * REGULAR_SECONDS)
    assert 10 <= len(world.traced(LINKS[0])) - 2 <= 11


async def test_a_gone_link_takes_no_turn_from_others(world: World) -> None:
    world.seconds = 50.0
    world.tracer.start(LINKS, {})
    await world.time.advance(300.0)
    waiting = [link for link in LINKS if link.id in world.tracer._regular]
    world.tracer.reload(waiting[-1:])
    world.seconds = 0.0
    await world.time.advance(60.0)
    assert len(waiting) > 30
    assert len(world.traced(waiting[-1])) == 1


@pytest.mark.parametrize(
    ("after", "told"),
    [([], []), ([replace(LINKS[0], address="198.18.99.1")], []), ([replace(LINKS[0], circuit="x")], [LINKS[0].id])],
    ids=["gone", "elsewhere", "the same"],
)
async def test_a_path_is_told_of_a_link_that_is_there_still(world: World, after: list[Link], told: list[str]) -> None:
    world.start(LINKS[:1])
    world.down(LINKS[0])
    await world.time.advance(1.0)
    world.tracer.reload(after)
    await world.time.advance(10.0)
    assert [link_id for link_id, _ in world.paths] == told


async def test_a_stop_ends_what_runs_and_begins_nothing(world: World) -> None:
    world.start(LINKS)
    world.down(*LINKS[:10])
    await world.time.advance(1.0)
    await world.tracer.stop()
    await world.time.advance(600.0)
    assert (len(world.began), world.cancelled, world.running, world.paths) == (5, 5, 0, [])


async def test_a_tracer_that_never_began_stops(world: World) -> None:
    await world.tracer.stop()
    assert world.began == []


async def test_a_fault_is_counted_told_once_a_kind_and_the_loop_goes_on(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.faults = {link.address: KeyError("x") for link in LINKS[:3]} | {LINKS[3].address: ValueError("y")}
    world.start(LINKS)
    world.down(*LINKS[:5])
    await world.time.advance(10.0)
    assert world.tracer.internal_errors == 4
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [KeyError, ValueError]
    assert [link_id for link_id, _ in world.paths] == [LINKS[4].id]


async def test_a_fault_of_who_is_told_is_counted_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(link_id: str, path: Path) -> None:
        raise LookupError(link_id, path)

    monkeypatch.setattr(world.tracer, "_on_path", fail)
    world.start(LINKS)
    world.down(LINKS[0])
    await world.time.advance(3.0)
    assert world.tracer.internal_errors == 1


@pytest.mark.parametrize("step", ["_collect_due", "_begin"])
async def test_a_fault_of_the_loop_is_counted_told_once_a_kind_and_does_not_end_it(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, step: str
) -> None:
    whole = getattr(world.tracer, step)
    faults: list[Exception] = [KeyError("x"), KeyError("x"), ValueError("y")]

    def fail_at_first() -> object:
        if faults:
            raise faults.pop(0)
        return whole()

    monkeypatch.setattr(world.tracer, step, fail_at_first)
    world.start(LINKS)
    world.down(LINKS[0])
    await world.time.advance(10.0)
    assert world.tracer.internal_errors == 3
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [KeyError, ValueError]
    assert world.traced(LINKS[0]) == [1003.0]


async def test_a_fault_that_stays_is_met_once_a_second_whatever_happens_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> float:
        raise LookupError

    monkeypatch.setattr(world.tracer, "_begin", fail)
    world.start(LINKS)
    for link in LINKS[:20]:
        world.down(link)
        await world.time.advance(0.5)
    assert 10 <= world.tracer.internal_errors <= 11


async def test_the_loops_first_fault_is_told_although_a_trace_has_failed_alike(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    world.faults = {LINKS[0].address: KeyError("x")}
    world.start(LINKS)
    world.down(LINKS[0])
    await world.time.advance(5.0)

    def fail() -> float:
        raise KeyError

    monkeypatch.setattr(world.tracer, "_begin", fail)
    world.down(LINKS[1])
    await world.time.advance(5.0)
    assert len([record for record in caplog.records if record.exc_info]) == 2


async def test_an_outage_whose_trace_cannot_begin_keeps_no_other_from_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = world.tracer._trace_outage

    def fail_for_the_first(outage: tracing._Outage) -> Coroutine[None, None, None]:
        if outage.link_id == LINKS[0].id:
            raise LookupError
        return begin(outage)

    monkeypatch.setattr(world.tracer, "_trace_outage", fail_for_the_first)
    world.start(LINKS)
    world.down(*LINKS[:3])
    await world.time.advance(10.0)
    assert world.tracer.internal_errors == 1
    assert world.traced(*LINKS[:3]) == [1001.0] * 2


COMMANDS = st.one_of(
    st.tuples(st.just("down"), st.integers(0, 59)),
    st.tuples(st.just("back"), st.integers(0, 59)),
    st.tuples(st.just("all down"), st.just(0)),
    st.tuples(st.just("keep"), st.integers(0, 60)),
    st.tuples(st.just("advance"), st.floats(0.0, 100.0)),
)


@hypothesis_settings(max_examples=60, deadline=None)
@given(
    commands=st.lists(COMMANDS, max_size=25), seconds=st.sampled_from([0.0, 0.5, 2.0, 4.0, 90.0]), is_new=st.booleans()
)
def test_whatever_happens_five_run_at_once_and_twenty_begin_in_a_minute(
    *, commands: list[tuple[str, float]], seconds: float, is_new: bool
) -> None:
    async def story(world: World) -> None:
        world.seconds = seconds
        world.found = {link.address: Path(0.0, (), is_whole=False) for link in LINKS[::3]}
        world.tracer.start(LINKS, {} if is_new else {link.id: world.time.time() for link in LINKS})
        for command, number in commands:
            if command == "down":
                world.down(LINKS[int(number)])
            elif command == "back":
                world.tracer.came_back(LINKS[int(number)].id)
            elif command == "all down":
                world.down(*LINKS)
            elif command == "keep":
                world.tracer.reload(LINKS[: int(number)])
            else:
                await world.time.advance(number)
        await world.time.advance(200.0)

    world = played(story)
    assert world.most_running <= 5
    began = [at for at, _ in world.began]
    assert all(late - early >= 60.0 - 1e-6 for early, late in zip(began, began[20:], strict=False))
    assert world.tracer.internal_errors == 0


@pytest.mark.parametrize(
    ("hops", "name"),
    [
        ((), None),
        ((None, None), None),
        ((ROUTER,), "POP Ciruas"),
        ((ROUTER, None, "198.18.0.99"), "198.18.0.99"),
        ((ROUTER, None), "POP Ciruas"),
    ],
)
def test_the_last_hop_that_answered_is_called_by_its_name(hops: tuple[str | None, ...], name: str | None) -> None:
    assert last_hop(Path(0.0, hops, is_whole=False), {ROUTER: "POP Ciruas"}) == name


def test_the_last_hop_of_a_path_that_is_whole_is_its_target() -> None:
    assert last_hop(Path(0.0, (ROUTER, "198.18.1.1"), is_whole=True), {ROUTER: "POP"}) == "198.18.1.1"
