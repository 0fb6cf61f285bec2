"""What is shared by who asks at about the same time: snapshots, pages, the thread that writes."""

from __future__ import annotations

import asyncio
import gzip
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from fake_time import FakeTime, settle
from metrics_snapshots import make_snapshot
from served_pages import FakePages, place

from exporter import pacing
from exporter.snapshot import Snapshot
from exporter.web import sharing
from exporter.web.admission import MOST, Admission
from exporter.web.frozen import Moments
from exporter.web.pages import Page, Place
from exporter.web.refusals import Refusal
from exporter.web.sharing import LIVE_SECONDS, SharedPages
from exporter.web.writing import Account, Rank, WritingThread, charged, ranked


class Freezer:
    """Freezes a new snapshot each time."""

    def __init__(self) -> None:
        self.frozen: list[Snapshot] = []

    async def freeze(self) -> Snapshot:
        self.frozen.append(make_snapshot(name=str(len(self.frozen))))
        await asyncio.sleep(0)
        return self.frozen[-1]


@pytest.fixture
async def writing() -> AsyncIterator[WritingThread]:
    thread = WritingThread()
    yield thread
    await thread.close()


async def test_who_asks_within_a_second_shares_a_snapshot() -> None:
    freezer, time_ = Freezer(), FakeTime()
    moments = Moments(freezer.freeze, time_.monotonic)
    first, second = await asyncio.gather(moments.snapshot(), moments.snapshot())
    assert first is second
    await time_.advance(1.0)
    assert await moments.snapshot() is first
    await time_.advance(0.1)
    assert await moments.snapshot() is not first


async def test_a_fresh_snapshot_is_begun_no_sooner_than_the_asking_and_is_shared_too() -> None:
    freezer, time_ = Freezer(), FakeTime()
    moments = Moments(freezer.freeze, time_.monotonic)
    old = await moments.snapshot()
    await time_.advance(0.1)
    fresh = await moments.fresh()
    assert fresh is not old
    assert await moments.snapshot() is fresh


async def test_a_snapshot_of_before_a_reload_is_given_to_nobody() -> None:
    freezer, time_ = Freezer(), FakeTime()
    moments = Moments(freezer.freeze, time_.monotonic)
    old = await moments.snapshot()
    moments.expire()
    await time_.advance(0.1)
    assert await moments.snapshot() is not old


async def test_works_are_done_one_after_the_other_in_one_thread(writing: WritingThread) -> None:
    running: list[int] = []

    def work() -> tuple[int, int]:
        running.append(1)
        time.sleep(0.005)
        return running.pop() + len(running), threading.get_ident()

    done = await asyncio.gather(*(writing.do(work) for _ in range(5)))
    assert {others for others, _ in done} == {1}
    assert len({thread for _, thread in done} - {threading.get_ident()}) == 1


async def test_what_a_work_raises_is_raised_where_it_is_awaited(writing: WritingThread) -> None:
    with pytest.raises(ValueError, match="x"):
        await writing.do(int, "x")


async def test_works_are_charged_to_who_asked_for_them(writing: WritingThread) -> None:
    def work() -> None:
        until = time.thread_time() + 0.02
        while time.thread_time() < until:
            pass

    slept, worked = Account(), Account()
    with charged(slept):
        await writing.do(time.sleep, 0.02)
    with charged(worked):
        task = asyncio.create_task(writing.do(work))
    await asyncio.gather(task, writing.do(work))
    assert slept.cpu_seconds < 0.02 <= worked.cpu_seconds < 0.035


async def test_who_waits_is_let_in_by_rank(writing: WritingThread) -> None:
    begun, going_on, done = threading.Event(), threading.Event(), list[str]()

    def first() -> None:
        begun.set()
        going_on.wait(5)

    under_way = asyncio.create_task(writing.do(first))
    await asyncio.to_thread(begun.wait, 5)
    waiting = [under_way]
    for name, rank in [("public", Rank.PUBLIC), ("main", Rank.MAIN), ("later", Rank.MAIN), ("scrape", Rank.SCRAPE)]:
        with ranked(rank):
            waiting.append(asyncio.create_task(writing.do(done.append, name)))
    await asyncio.sleep(0)
    going_on.set()
    await asyncio.gather(*waiting)
    assert done == ["scrape", "main", "later", "public"]


async def test_a_work_that_nobody_waits_for_any_more_is_not_done(writing: WritingThread) -> None:
    begun, going_on, done = threading.Event(), threading.Event(), list[str]()

    def first() -> None:
        begun.set()
        going_on.wait(5)

    under_way = asyncio.create_task(writing.do(first))
    await asyncio.to_thread(begun.wait, 5)
    given_up = asyncio.create_task(writing.do(done.append, "given up"))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.sleep(0)
    going_on.set()
    await under_way
    await writing.do(done.append, "last")
    assert done == ["last"]


async def test_a_thread_that_is_closed_gives_up_what_rests_and_what_waits() -> None:
    writing, begun = WritingThread(), threading.Event()

    def endless() -> None:
        begun.set()
        while True:
            pacing.rest()

    under_way = asyncio.create_task(writing.do(endless))
    waiting = asyncio.create_task(writing.do(endless))
    await asyncio.to_thread(begun.wait)
    await writing.close()
    with pytest.raises(pacing.Abandoned):
        await under_way
    with pytest.raises(asyncio.CancelledError):
        await waiting
    with pytest.raises(pacing.Abandoned):
        await writing.do(endless)


async def test_a_page_is_made_and_compressed_once_for_who_asks_within_a_second(writing: WritingThread) -> None:
    pages, time_ = FakePages(), FakeTime()
    shared = SharedPages(pages.page, writing, time_.monotonic)
    first, second = await asyncio.gather(shared.get(place()), shared.get(place()))
    assert first is second
    assert gzip.decompress(first.packed) == first.page.body
    await time_.advance(0.9)
    assert await shared.get(place()) is first
    await time_.advance(0.1)
    assert await shared.get(place()) is not first
    assert pages.made == [place(), place()]


async def test_a_page_that_is_live_is_shared_for_longer(writing: WritingThread) -> None:
    pages, time_ = FakePages(), FakeTime()
    shared = SharedPages(pages.page, writing, time_.monotonic)
    first = await shared.get(place())
    await time_.advance(LIVE_SECONDS - 0.1)
    assert await shared.get(place(), LIVE_SECONDS) is first
    await time_.advance(0.1)
    assert await shared.get(place(), LIVE_SECONDS) is not first


async def test_places_share_nothing_with_each_other(writing: WritingThread) -> None:
    shared = SharedPages(FakePages().page, writing, FakeTime().monotonic)
    one, other = await shared.get(place("/")), await shared.get(place("/", is_public=True))
    assert one is not other
    assert (await shared.get(replace(place("/")))) is one


async def test_a_page_of_before_a_reload_is_given_to_nobody(writing: WritingThread) -> None:
    shared = SharedPages(FakePages().page, writing, FakeTime().monotonic)
    first = await shared.get(place())
    shared.expire()
    assert await shared.get(place()) is not first


async def test_the_mark_is_of_what_the_page_says(writing: WritingThread) -> None:
    pages, time_ = FakePages(), FakeTime()
    shared = SharedPages(pages.page, writing, time_.monotonic)
    marks = []
    for text in ("1", "1", "2"):
        pages.fragments = {"now": text}
        marks.append((await shared.get(place())).mark)
        await time_.advance(2)
    assert marks[0] == marks[1] != marks[2]


async def test_a_page_that_fails_fails_those_who_shared_it_alone(writing: WritingThread) -> None:
    pages, time_ = FakePages(bug=ValueError("a bug")), FakeTime()
    shared = SharedPages(pages.page, writing, time_.monotonic)
    failed = await asyncio.gather(shared.get(place()), shared.get(place()), return_exceptions=True)
    assert [type(one) for one in failed] == [ValueError, ValueError]
    pages.bug = None
    await time_.advance(1.1)
    assert (await shared.get(place())).page.status == 200


async def test_nothing_is_kept_of_pages_that_nobody_wants(writing: WritingThread) -> None:
    time_ = FakeTime()
    shared = SharedPages(FakePages().page, writing, time_.monotonic)
    for number in range(5):
        await shared.get(place(f"/offices/{number}"))
    await time_.advance(LIVE_SECONDS + 0.1)
    await shared.get(place())
    assert list(shared._begun) == [place()]


class Gate:
    """Makes pages that are there once the gate opens; `made` counts those begun."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.made: list[Place] = []

    async def page(self, asked: Place) -> Page:
        self.made.append(asked)
        await self.opened.wait()
        return Page(200, b"<p>", {}, "frame")


async def test_a_page_that_takes_longer_than_it_is_shared_is_not_begun_again_meanwhile(writing: WritingThread) -> None:
    gate, time_ = Gate(), FakeTime()
    shared = SharedPages(gate.page, writing, time_.monotonic)
    asking = []
    for _ in range(20):
        asking.append(asyncio.create_task(shared.get(place())))
        await time_.advance(1.5)
    gate.opened.set()
    served = await asyncio.gather(*asking)
    assert (len(gate.made), len({id(one) for one in served})) == (1, 1)
    await shared.get(place())
    assert len(gate.made) == 2


async def test_so_many_public_pages_are_under_way_at_once_and_the_next_is_refused(writing: WritingThread) -> None:
    gate, time_ = Gate(), FakeTime()
    shared = SharedPages(gate.page, writing, time_.monotonic)
    asked = [place(f"/offices/{number}", is_public=True) for number in range(MOST)]
    asking = [asyncio.create_task(shared.get(at)) for at in [*asked, *asked]]
    await asyncio.sleep(0)
    with pytest.raises(Refusal) as refused:
        await shared.get(place(is_public=True))
    asking.append(asyncio.create_task(shared.get(place())))
    await settle()
    assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "30"})
    assert gate.made == [*asked, place()]
    gate.opened.set()
    await asyncio.gather(*asking)
    assert (await shared.get(place(is_public=True))).page.status == 200


def test_who_is_let_in_makes_room_when_it_goes() -> None:
    admission = Admission(1)
    for _ in range(2):
        with admission.one(), pytest.raises(Refusal), admission.one():
            pass


async def test_a_page_that_hangs_is_given_up_in_words(writing: WritingThread, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "PATIENCE_SECONDS", 0.01)
    shared = SharedPages(Gate().page, writing, FakeTime().monotonic)
    with pytest.raises(Refusal) as refused:
        await shared.get(place())
    assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "30"})


async def test_a_page_that_runs_out_of_time_by_itself_has_a_bug(writing: WritingThread) -> None:
    shared = SharedPages(FakePages(bug=TimeoutError("a bug")).page, writing, FakeTime().monotonic)
    with pytest.raises(TimeoutError, match="a bug"):
        await shared.get(place())


async def test_a_page_of_a_problem_of_ours_is_made_anew_for_the_next(writing: WritingThread) -> None:
    pages = FakePages(status=503)
    shared = SharedPages(pages.page, writing, FakeTime().monotonic)
    first, second = await asyncio.gather(shared.get(place()), shared.get(place()))
    assert (first is second, first.page.status) == (True, 503)
    pages.status = 200
    assert (await shared.get(place(), LIVE_SECONDS)).page.status == 200


async def test_a_page_is_compressed_only_where_its_body_is_wanted(writing: WritingThread) -> None:
    pages, account = FakePages(), Account()
    shared = SharedPages(pages.page, writing, FakeTime().monotonic)
    with charged(account):
        page = await shared.page(place())
    assert account.cpu_seconds == 0
    assert (await shared.get(place())).page is page


async def test_so_many_pages_are_kept_and_no_more(writing: WritingThread, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "MOST_KEPT", 3)
    shared = SharedPages(FakePages().page, writing, FakeTime().monotonic)
    for number in range(6):
        await shared.page(place(f"/offices/{number}"))
    assert [at.path for at in shared._begun] == [f"/offices/{number}" for number in (2, 3, 4, 5)]
