"""Live pages without a network: what each reader is told, how often pages are made, and when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any, ParamSpec, TypeVar

import pytest
from fake_time import FakeTime, settle
from hypothesis import given, settings
from hypothesis import strategies as st
from served_pages import FakePages, place

from exporter.errors import TerpaduError
from exporter.model import Language
from exporter.web import live
from exporter.web.live import BEAT_SECONDS, FRESH_SECONDS, MOST_SHOWS, Hub, Means, most_listeners_of_this_process
from exporter.web.pages import Page, Place
from exporter.web.refusals import Refusal
from exporter.web.regions import version_of
from exporter.web.sharing import SharedPages
from exporter.web.writing import WritingThread, account_now

P = ParamSpec("P")
R = TypeVar("R")
OPENING = "retry: 3000\n\n"
BEAT = "event: beat\ndata: {}\n\n"
RELOAD = "event: reload\ndata: {}\n\n"


class WritingHere(WritingThread):
    """Does work at once; each takes so much of a processor as the test says."""

    def __init__(self) -> None:
        super().__init__()
        self.each_takes_seconds = 0.0
        self.taken_seconds = 0.0

    async def do(self, work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        self.taken_seconds += self.each_takes_seconds
        account_now().cpu_seconds += self.each_takes_seconds
        return work(*args, **kwargs)


class FakeLine:
    """A connection; `cuts` counts how often it was ended."""

    def __init__(self) -> None:
        self.is_gone = False
        self.cuts = 0

    def cut(self) -> None:
        self.cuts += 1


class Looking:
    """A reader: takes what it is sent while its gate is open."""

    def __init__(self, hub: Hub, at: Place, version: str = "", line: FakeLine | None = None) -> None:
        self.line = line or FakeLine()
        self.told: list[bytes] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.is_over = False
        self.task = asyncio.create_task(self._read(hub, at, version))

    async def _read(self, hub: Hub, at: Place, version: str) -> None:
        async with contextlib.aclosing(hub.listen(at, version, self.line)) as stream:
            async for sent in stream:
                await self.gate.wait()
                self.told.append(sent.plain)
        self.is_over = True

    @property
    def texts(self) -> list[str]:
        return [plain.decode() for plain in self.told]


class World:
    """A hub on fake time, its pages, and the bugs that it told."""

    def __init__(self, most_listeners: int = 100) -> None:
        self.time = FakeTime()
        self.pages = FakePages()
        self.writing = WritingHere()
        self.bugs: list[Exception] = []
        shared = SharedPages(self.pages.page, self.writing, self.time.monotonic)
        self.hub = Hub(
            Means(shared, self.writing, self.bugs.append, self.time.sleep, self.time.monotonic), most_listeners
        )

    def look(self, at: Place | None = None, version: str = "", line: FakeLine | None = None) -> Looking:
        return Looking(self.hub, at or place(), version, line)

    async def show(self, **fragments: str) -> None:
        self.pages.fragments = fragments
        await self.time.advance(1.1)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.hub.run())
        await settle()
        try:
            yield
        finally:
            self.hub.close()
            await settle()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    async with made.running():
        yield made


def change(skeleton: str, shown: dict[str, str], **lacking: str) -> str:
    data = json.dumps(lacking, separators=(",", ":"))
    return f"event: change\nid: {version_of(skeleton, shown)}\ndata: {data}\n\n"


async def test_a_reader_that_names_no_version_is_told_everything(world: World) -> None:
    reader = world.look()
    await settle()
    assert reader.texts == [OPENING, change("frame", {"now": "<b>1</b>"}, now="<b>1</b>")]


async def test_a_reader_is_told_only_what_differs_from_its_page(world: World) -> None:
    shown = {"a": "1", "b": "2"}
    world.pages.fragments = shown
    reader = world.look(version=version_of("frame", shown))
    await settle()
    assert reader.texts == [OPENING]
    await world.show(a="1", b="3")
    assert reader.texts == [OPENING, change("frame", {"a": "1", "b": "3"}, b="3")]


async def test_all_readers_of_a_page_are_sent_the_same_bytes_of_one_work(world: World) -> None:
    readers = [world.look() for _ in range(50)]
    await settle()
    await settle()
    await world.show(now="2")
    assert [len(reader.told) for reader in readers] == [3] * 50
    assert len({id(reader.told[-1]) for reader in readers}) == 1
    assert world.pages.made == [place(), place()]


async def test_a_page_that_stays_the_same_says_nothing(world: World) -> None:
    reader = world.look()
    await world.time.advance(10)
    assert len(reader.told) == 2


async def test_each_place_has_its_own_page(world: World) -> None:
    places = [place(), place(language=Language.ENGLISH), place(is_public=True), place("/offices/dinkes")]
    readers = [world.look(at) for at in places]
    await settle()
    assert world.pages.made == places
    assert all(len(reader.told) == 2 for reader in readers)


async def test_a_page_that_nobody_looks_at_costs_nothing(world: World) -> None:
    await world.time.advance(60)
    reader = world.look()
    await settle()
    reader.line.is_gone = True
    await world.time.advance(2)
    made = len(world.pages.made)
    await world.time.advance(60)
    assert (reader.is_over, world.hub.shows(place()), len(world.pages.made) - made) == (True, False, 0)


async def test_a_reader_that_goes_takes_nobody_with_it(world: World) -> None:
    going, staying = world.look(), world.look()
    await settle()
    going.task.cancel()
    await world.show(now="2")
    assert len(staying.told) == 3


async def test_after_a_round_nothing_is_made_for_a_second(world: World) -> None:
    world.look()
    await settle()
    made = []
    for _ in range(4):
        await world.time.advance(0.99)
        made.append(len(world.pages.made))
    assert made == [1, 2, 3, 4]  # the first round has the page that the reader's coming made


async def test_after_a_long_round_nothing_is_made_for_fifty_times_as_long(world: World) -> None:
    world.look()
    await world.time.advance(1)
    world.writing.each_takes_seconds = 0.1
    await world.time.advance(1.1)
    made = len(world.pages.made)
    await world.time.advance(3.5)
    assert len(world.pages.made) == made
    await world.time.advance(5)
    assert len(world.pages.made) > made


@settings(max_examples=20, deadline=None)
@given(st.floats(0.0001, 2), st.integers(1, 5))
def test_each_lane_takes_no_more_than_a_fiftieth_of_a_core(each_takes_seconds: float, places: int) -> None:
    async def share() -> float:
        world = World()
        async with world.running():
            for number in range(places):
                world.look(place(f"/offices/{number}"))
            await settle()
            world.writing.each_takes_seconds, before = each_takes_seconds, world.writing.taken_seconds
            began = world.time.now
            for number in range(40):
                world.pages.fragments = {"now": str(number)}
                await world.time.advance(5)
            last_round = 4 * places * each_takes_seconds  # its rest hasn't ended yet
            return (world.writing.taken_seconds - before - last_round) / (world.time.now - began)

    assert asyncio.run(share()) <= 1 / 50 + 1e-9


async def test_a_slow_reader_skips_what_lies_between(world: World) -> None:
    slow, quick = world.look(), world.look()
    await settle()
    slow.gate.clear()
    for number in ("2", "3", "4", "5"):
        await world.show(now=number)
    slow.gate.set()
    await settle()
    last = change("frame", {"now": "5"}, now="5")
    assert len(quick.told) == 6
    assert slow.texts[2:] == [change("frame", {"now": "2"}, now="2"), last]
    assert quick.texts[-1] == last


async def test_a_page_of_another_frame_is_told_to_load_again(world: World) -> None:
    reader = world.look(version=version_of("older", {"now": "<b>1</b>"}))
    await settle()
    assert (reader.texts, reader.is_over) == ([OPENING, RELOAD], True)


async def test_readers_of_a_page_whose_frame_changes_are_told_to_load_it_again(world: World) -> None:
    reader = world.look()
    await settle()
    world.pages.skeleton = "other"
    await world.show(now="1", office="new")
    assert (reader.texts[2:], reader.is_over) == ([RELOAD], True)


async def test_a_quiet_line_has_a_beat(world: World) -> None:
    reader = world.look()
    await settle()
    await world.time.advance(2 * BEAT_SECONDS + 1)
    assert reader.texts[2:] == [BEAT, BEAT]


async def test_a_reader_that_takes_nothing_for_two_beats_is_cut_off(world: World) -> None:
    stuck, fine = world.look(), world.look()
    await settle()
    stuck.gate.clear()
    await world.show(now="2")
    await world.time.advance(BEAT_SECONDS)
    assert stuck.line.cuts == 0
    await world.time.advance(BEAT_SECONDS)
    assert (stuck.line.cuts, fine.line.cuts) == (1, 0)
    stuck.gate.set()


async def test_the_end_comes_at_once_and_cuts_off_who_is_behind(world: World) -> None:
    stuck, fine = world.look(), world.look()
    await settle()
    stuck.gate.clear()
    await world.show(now="2")
    world.hub.close()
    await settle()
    assert (fine.is_over, fine.line.cuts, stuck.line.cuts) == (True, 0, 1)
    stuck.gate.set()
    await settle()
    assert stuck.is_over
    with pytest.raises(Refusal):
        await world.look().task


async def test_more_than_the_most_are_refused_until_one_goes() -> None:
    world = World(most_listeners=3)
    async with world.running():
        readers = [world.look() for _ in range(3)]
        await settle()
        with pytest.raises(Refusal) as refused:
            await world.look().task
        assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "30"})
        readers[0].task.cancel()
        await settle()
        late = world.look()
        await settle()
        assert len(late.told) == 2


async def test_the_public_leaves_half_to_the_others() -> None:
    world = World(most_listeners=4)
    async with world.running():
        public = [world.look(place(is_public=True)) for _ in range(2)]
        await settle()
        with pytest.raises(Refusal):
            await world.look(place(is_public=True)).task
        own = [world.look(), world.look()]
        await settle()
        assert [len(reader.told) for reader in public + own] == [2] * 4


async def test_there_are_so_many_pages_at_once_and_no_more() -> None:
    world = World(most_listeners=1000)
    async with world.running():
        readers = [world.look(place(f"/offices/{number}")) for number in range(MOST_SHOWS)]
        await settle()
        with pytest.raises(Refusal):
            await world.look(place("/offices/another")).task
        again = world.look(place("/offices/0"))
        await settle()
        assert [len(reader.told) for reader in [*readers, again]] == [2] * (MOST_SHOWS + 1)


@pytest.mark.parametrize(("bug", "told"), [(KeyError("pop"), 2), (TerpaduError("ledger x: it can't be read"), 0)])
async def test_a_page_that_fails_stays_as_it_was_until_it_can_be_written(
    world: World, bug: Exception, told: int
) -> None:
    reader, other = world.look(), world.look(place("/offices/dinkes"))
    await settle()
    world.pages.bug = bug
    await world.show(now="2")
    await world.time.advance(10)
    assert (reader.is_over, other.is_over, len(world.bugs)) == (False, False, told)  # each page's bug once
    with pytest.raises(type(bug)):
        await world.look(place("/offices/another")).task
    world.pages.bug = None
    await world.time.advance(2)
    assert reader.texts[2:] == other.texts[2:] == [change("frame", {"now": "2"}, now="2")]


async def test_a_page_that_answers_503_for_a_while_ends_nothing(world: World) -> None:
    reader = world.look()
    await settle()
    world.pages.status, world.pages.skeleton, shown = 503, "problem", world.pages.fragments
    await world.show()
    assert (reader.texts[2:], reader.is_over) == ([], False)
    world.pages.status, world.pages.skeleton = 200, "frame"
    await world.show(**shown)
    await world.show(now="2")
    assert reader.texts[2:] == [change("frame", {"now": "2"}, now="2")]


@pytest.mark.parametrize("fail", [{"status": 503}, {"bug": TerpaduError("ledger x: it can't be read")}])
async def test_a_page_that_is_not_looked_at_anew_has_no_beat(world: World, fail: dict[str, Any]) -> None:
    reader = world.look()
    await world.time.advance(BEAT_SECONDS)
    assert reader.texts[2:] == [BEAT]
    for name, value in fail.items():
        setattr(world.pages, name, value)
    await world.time.advance(FRESH_SECONDS)
    told = len(reader.told)
    await world.time.advance(10 * BEAT_SECONDS)
    assert (len(reader.told), reader.is_over) == (told, False)
    world.pages.status, world.pages.bug = 200, None
    await world.time.advance(BEAT_SECONDS + 1)
    assert reader.texts[told:] == [BEAT]


async def test_nobody_joins_a_page_that_is_not_looked_at_anew(world: World) -> None:
    reader = world.look()
    await settle()
    world.pages.status = 503
    await world.time.advance(FRESH_SECONDS + 2)
    with pytest.raises(Refusal) as refused:
        await world.look().task
    assert (refused.value.status, refused.value.headers, reader.is_over) == (503, {"Retry-After": "30"}, False)
    world.pages.status = 200
    await world.time.advance(1.1)
    again = world.look()
    await settle()
    assert len(again.told) == 2


async def test_a_page_of_a_long_round_is_live_for_three_of_its_rests(world: World) -> None:
    reader = world.look()
    await world.time.advance(1)
    world.writing.each_takes_seconds = 0.5  # 1 s a round, then 50 s of rest
    await world.time.advance(10 * BEAT_SECONDS)
    assert reader.texts.count(BEAT) == 10


async def test_a_page_that_hangs_holds_up_no_other_for_long(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PATIENCE_SECONDS", 0.02)
    hung, district, other = world.look(place("/offices/hung")), world.look(), world.look(place("/offices/other"))
    await settle()
    real = world.pages.page

    async def page(at: Place) -> Page:
        if at.path == "/offices/hung":
            await asyncio.Event().wait()
        return await real(at)

    world.hub._means.pages._make = page
    await world.show(now="2")
    assert [len(reader.told) for reader in (district, other)] == [3, 2]
    await asyncio.sleep(0.04)  # the hung one's patience goes by the loop's own clock
    await settle()
    assert [len(reader.told) for reader in (district, other, hung)] == [3, 3, 2]
    for number in ("3", "4", "5"):
        await world.show(now=number)
    assert [len(reader.told) for reader in (district, other, hung)] == [6, 6, 2]


async def test_office_pages_do_not_slow_the_districts(world: World) -> None:
    reader, offices = world.look(), [world.look(place(f"/offices/{number}")) for number in range(31)]
    await world.time.advance(1)
    world.writing.each_takes_seconds = 0.01
    told = len(reader.told)
    for number in range(10):
        await world.show(now=str(number))
    assert len(reader.told) - told == 10
    assert all(len(office.told) <= 4 for office in offices)


async def test_the_publics_first_page_does_not_slow_the_districts(world: World) -> None:
    reader, citizen = world.look(), world.look(place(is_public=True))
    await settle()
    real = world.pages.page

    async def page(at: Place) -> Page:
        if at.is_public:
            account_now().cpu_seconds += 1
        return await real(at)

    world.hub._means.pages._make = page
    for number in ("2", "3", "4"):
        await world.show(now=number)
    assert [len(one.told) for one in (reader, citizen)] == [5, 3]


async def test_the_public_leaves_half_of_the_pages_to_the_others() -> None:
    world = World(most_listeners=1000)
    async with world.running():
        public = []
        for number in range(MOST_SHOWS // 2):
            public.append(world.look(place(f"/offices/{number}", is_public=True)))
            await settle()
        with pytest.raises(Refusal):
            await world.look(place(is_public=True)).task
        own = world.look()
        await settle()
        assert [len(reader.told) for reader in [*public, own]] == [2] * (MOST_SHOWS // 2 + 1)


async def test_what_is_no_page_is_refused_as_the_page_is(world: World) -> None:
    world.pages.status = 404
    with pytest.raises(Refusal) as refused:
        await world.look(place("/offices/none")).task
    assert (refused.value.status, refused.value.sentence.english) == (404, "there is no live page at /offices/none")
    assert not world.hub.shows(place("/offices/none"))


async def test_pages_stay_live_through_a_bug_of_the_beats(world: World) -> None:
    bug = ValueError("a bug")

    class Odd(FakeLine):
        """Breaks once."""

        def cut(self) -> None:
            raise bug

    reader, odd = world.look(), world.look(line=Odd())
    await settle()
    odd.gate.clear()
    await world.show(now="2")
    await world.time.advance(3 * BEAT_SECONDS)
    odd.gate.set()
    await world.time.advance(2 * BEAT_SECONDS)
    assert (set(world.bugs), reader.is_over, reader.texts[-1]) == ({bug}, False, BEAT)


async def test_an_event_that_cannot_be_written_ends_the_stream_and_is_told(world: World) -> None:
    bug = ValueError("a bug")

    class Odd(dict[str, str]):
        def __getitem__(self, key: str) -> str:
            raise bug

    async def page(_: Place) -> Page:
        return Page(200, b"", Odd(now="1"), "frame")

    world.hub._means.pages._make = page
    reader = world.look()
    await settle()
    assert (reader.texts, reader.is_over, world.bugs) == ([OPENING], True, [bug])


def test_listeners_leave_half_of_the_files_to_the_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (1024, 524_288))
    assert most_listeners_of_this_process() == 512
    monkeypatch.setattr("resource.getrlimit", lambda _: (524_288, 524_288))
    assert most_listeners_of_this_process() == 1000
