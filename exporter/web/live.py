"""Pages that stay live: each is written anew once for all who look at it, who are told what they lack.

There are two lanes: the district's own pages, and all others, those of offices and the public's. After a round of a
lane in which its pages took t seconds of a processor, nothing of it is written for max(1 s, 50 t), so that a lane takes
no more than 2 % of a core, and office pages never slow the district's. A page that nobody looks at costs nothing. Who
reads slowly skips what lies between; nothing queues up for anybody.

A page that can't be written, or not in time, ends nothing: the one before stays, and is tried again. But a reader is
sent beats only of a page that was looked at anew lately, and a stream begins only with such a one: so who hears
something knows that the page is as it is now, and who hears nothing that it may not be.
"""

from __future__ import annotations

import asyncio
import math
import resource
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from exporter import pacing
from exporter.errors import TerpaduError
from exporter.web import events
from exporter.web.pages import Page, Place
from exporter.web.refusals import Refusal, Sentence
from exporter.web.regions import Story
from exporter.web.sharing import SharedPages, rank_of
from exporter.web.writing import Account, WritingThread, charged, ranked

REST_SECONDS = 1.0
RESTS_A_WORK = 50
BEAT_SECONDS = 15.0
FRESH_SECONDS = 30.0
FRESH_RESTS = 3
PATIENCE_SECONDS = 10.0
AGAIN_SECONDS = 30.0  # a page that hung doesn't hold up the others each time
MOST_SHOWS = 200
MOST_LISTENERS = 1000
WOKEN_AT_ONCE = 16
_OK = 200
_FAILED = 500


class Line(Protocol):
    """A reader's connection."""

    @property
    def is_gone(self) -> bool:
        """Whether nobody is at the other end any more."""

    def cut(self) -> None:
        """End it at once, whatever is under way."""


@dataclass(slots=True)
class _Listener:
    """Who looks at a page; `is_held` while it takes what it was given, `was_held` if it did at the last beat too."""

    line: Line
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    is_ended: bool = False
    is_due: bool = False  # a beat is to be sent
    is_held: bool = False
    was_held: bool = False

    def end(self) -> None:
        self.is_ended = True
        self.woken.set()


@dataclass(slots=True)
class _Lane:
    """Pages that go by turns; `rest_seconds` is how long the last round lets them rest."""

    wanted: asyncio.Event = field(default_factory=asyncio.Event)
    account: Account = field(default_factory=Account)
    rest_seconds: float = 0.0

    @property
    def fresh_seconds(self) -> float:
        """How old a page may be that is called live."""
        return max(FRESH_SECONDS, FRESH_RESTS * self.rest_seconds)


class _Show:
    """A page that somebody looks at; `written` are the events of the story as it is, by what their readers have."""

    def __init__(self, place: Place, lane: _Lane) -> None:
        self.place = place
        self.lane = lane
        self.page: Page | None = None
        self.story: Story | None = None
        self.looked_at = -math.inf  # when it was last written, by the hub's clock
        self.again_at = -math.inf
        self.is_failing = False
        self.listeners: list[_Listener] = []
        self.written: dict[int, asyncio.Task[events.Sent]] = {}
        self.changing = asyncio.Lock()

    def is_fresh(self, now: float) -> bool:
        """Return whether it was looked at anew lately."""
        return now - self.looked_at <= self.lane.fresh_seconds


@dataclass(frozen=True, slots=True)
class Means:
    """What the hub works with; `sleep` waits on the clock that rests and beats go by, and `now` reads it."""

    pages: SharedPages
    writing: WritingThread
    survive: Callable[[Exception], None]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    now: Callable[[], float] = time.monotonic


class Hub:
    """Keeps the shows going while `run` runs; of the pages and of `most_listeners` the public has at most half."""

    def __init__(self, means: Means, most_listeners: int | None = None) -> None:
        self._means = means
        self._most = most_listeners_of_this_process() if most_listeners is None else most_listeners
        self._shows: dict[Place, _Show] = {}
        self._district, self._others = _Lane(), _Lane()
        self._is_closed = False
        self._opening, self._beat, self._reload = events.opening(), events.beat(), events.event("reload", {})

    async def run(self) -> None:
        """Write what is looked at, round after round, and beat; until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._unending(partial(self._rounds, self._district)))
            group.create_task(self._unending(partial(self._rounds, self._others)))
            group.create_task(self._unending(self._beats))

    def shows(self, place: Place) -> bool:
        """Return whether somebody looks at a place."""
        return place in self._shows

    def close(self) -> None:
        """End every stream at once; a reader that is behind is cut off."""
        self._is_closed = True
        for listener in self._listeners():
            listener.end()
            if listener.is_held:
                listener.line.cut()

    async def listen(self, place: Place, version: str, line: Line) -> AsyncGenerator[events.Sent, None]:
        """Yield what a reader lacks of a version, "" if none, as long as it stays; a Refusal comes before all else."""
        show, listener, story = await self._joined(place, line)
        seen = story.seen(version) if story.fits(version) else None
        sent: events.Sent | None = self._opening
        try:
            while sent is not None:
                listener.is_held = True
                yield sent
                listener.is_held = listener.was_held = False
                if sent is self._reload:
                    return
                seen, sent = await self._next(show, listener, seen)
        except pacing.Abandoned:
            pass  # the process stops
        except Exception as bug:  # noqa: BLE001 -- it is told and counted; who reads comes back
            self._means.survive(bug)
        finally:
            self._leave(show, listener)

    async def _next(self, show: _Show, listener: _Listener, seen: int | None) -> tuple[int, events.Sent | None]:
        """Wait for what is to be sent next, and up to where it leads; None at the end."""
        if seen is None:
            return 0, self._reload
        while not listener.is_ended:
            listener.woken.clear()
            story = show.story
            if story is not None and story.sequence > seen:
                listener.is_due = False
                return story.sequence, await self._event(show, story, seen)
            if listener.is_due:
                listener.is_due = False
                return seen, self._beat
            await listener.woken.wait()
        return seen, None

    async def _joined(self, place: Place, line: Line) -> tuple[_Show, _Listener, Story]:
        self._admit(place)
        show = self._shows.setdefault(place, _Show(place, self._lane_of(place)))
        listener = _Listener(line)
        show.listeners.append(listener)
        show.lane.wanted.set()
        try:
            async with show.changing:
                story = show.story or await self._begin(show)
                self._demand_fresh(show)
        except BaseException:
            self._leave(show, listener)
            raise
        return show, listener, story

    async def _begin(self, show: _Show) -> Story:
        at = self._means.now()
        page = await self._means.pages.page(show.place)
        _check(page, show.place)
        with ranked(rank_of(show.place)):
            story = await self._means.writing.do(_begun, page)
        show.page, show.story, show.looked_at = page, story, at
        return story

    def _demand_fresh(self, show: _Show) -> None:
        if not show.is_fresh(self._means.now()):
            raise _not_now(show.place)

    def _lane_of(self, place: Place) -> _Lane:
        return self._district if place.path == "/" and not place.is_public else self._others

    def _admit(self, place: Place) -> None:
        alike = [show for show in self._shows.values() if show.place.is_public or not place.is_public]
        share = 2 if place.is_public else 1
        is_full = sum(len(show.listeners) for show in alike) >= self._most // share
        if place not in self._shows:
            is_full = is_full or len(self._shows) >= MOST_SHOWS or len(alike) >= MOST_SHOWS // share
        if self._is_closed or is_full or len(self._listeners()) >= self._most:
            raise Refusal(
                503,
                Sentence(
                    "too many look at live pages; this one works, but load it again to see what is new",
                    "terlalu banyak yang membuka halaman langsung; muat ulang halaman untuk melihat yang terbaru",
                ),
                {"Retry-After": "30"},
            )

    def _leave(self, show: _Show, listener: _Listener) -> None:
        show.listeners.remove(listener)
        if not show.listeners and self._shows.get(show.place) is show:
            del self._shows[show.place]
        if all(other.lane is not show.lane for other in self._shows.values()):
            show.lane.wanted.clear()

    async def _unending(self, loop: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await loop()
            except Exception as bug:  # noqa: BLE001 -- it is told and counted, and the pages stay live
                self._means.survive(bug)
            await self._means.sleep(REST_SECONDS)

    async def _rounds(self, lane: _Lane) -> None:
        while True:
            await lane.wanted.wait()
            before = lane.account.cpu_seconds
            with charged(lane.account):
                for show in self._turns(lane):
                    await self._surviving(show)
            lane.rest_seconds = max(REST_SECONDS, (lane.account.cpu_seconds - before) * RESTS_A_WORK)
            await self._means.sleep(lane.rest_seconds)

    def _turns(self, lane: _Lane) -> list[_Show]:
        """Return which shows are due, the public's last."""
        now = self._means.now()
        due = [show for show in self._shows.values() if show.lane is lane and show.again_at <= now]
        return sorted(due, key=lambda show: show.place.is_public)

    async def _surviving(self, show: _Show) -> None:
        """Go on with a show; where its page can't be written, the one before stays, and gets old."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS) as patience:
                await self._go_on(show)
            show.is_failing = False
        except Exception as bug:  # noqa: BLE001 -- it is told and counted, once while it lasts
            if patience.expired():
                show.again_at = self._means.now() + AGAIN_SECONDS
            elif not show.is_failing and not isinstance(bug, (TerpaduError, Refusal, pacing.Abandoned)):
                self._means.survive(bug)
            show.is_failing = True

    async def _go_on(self, show: _Show) -> None:
        for listener in show.listeners:
            if listener.line.is_gone:
                listener.end()
        if all(listener.is_ended for listener in show.listeners):
            return
        async with show.changing:
            before, at = show.story, self._means.now()
            page = await self._means.pages.page(show.place)
            if before is None or page.status >= _FAILED:
                return
            is_new = page is not show.page and await self._take(show, before, page)
            show.looked_at = at
        if is_new:
            await self._wake(show.listeners)

    async def _take(self, show: _Show, before: Story, page: Page) -> bool:
        """Let a page be what the show shows; return whether it says anything new."""
        with ranked(rank_of(show.place)):
            after = await self._means.writing.do(_continued, before, page)
        show.page, show.story = page, after
        if after is before:
            return False
        show.written = {}
        await self._event(show, after, before.sequence)  # most readers have the one before; this is the round's work
        return True

    async def _event(self, show: _Show, story: Story, seen: int) -> events.Sent:
        """Return what a reader lacks of the story as it is now, written once for all who have seen as much."""
        if seen not in show.written:
            with ranked(rank_of(show.place)):
                show.written[seen] = asyncio.create_task(self._written(story, seen))
        return await asyncio.shield(show.written[seen])

    async def _written(self, story: Story, seen: int) -> events.Sent:
        return await self._means.writing.do(_event_of, story, seen) or self._reload

    async def _beats(self) -> None:
        while True:
            await self._means.sleep(BEAT_SECONDS)
            now = self._means.now()
            for show in self._shows.values():
                is_fresh = show.is_fresh(now)
                for listener in show.listeners:
                    _beat(listener, is_fresh=is_fresh)
            await self._wake(self._listeners())

    async def _wake(self, listeners: list[_Listener]) -> None:
        """Let listeners go on, some of them at a time, so that no echo waits for all of them."""
        for number, listener in enumerate(tuple(listeners), 1):
            listener.woken.set()
            if number % WOKEN_AT_ONCE == 0:
                await asyncio.sleep(0)

    def _listeners(self) -> list[_Listener]:
        return [listener for show in self._shows.values() for listener in show.listeners]


def most_listeners_of_this_process() -> int:
    """Return how many may listen: half of the files that the process may open, so that the ledger finds one."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_LISTENERS if files == resource.RLIM_INFINITY else min(MOST_LISTENERS, files // 2)


def _beat(listener: _Listener, *, is_fresh: bool) -> None:
    if listener.line.is_gone:
        listener.end()
    elif listener.is_held and listener.was_held:
        listener.line.cut()
    listener.was_held, listener.is_due = listener.is_held, is_fresh


def _not_now(place: Place) -> Refusal:
    sentence = Sentence(
        f"{place.path} can't be looked at anew just now; try again in half a minute",
        f"{place.path} belum dapat diperbarui saat ini; coba lagi setengah menit",
    )
    return Refusal(503, sentence, {"Retry-After": "30"})


def _check(page: Page, place: Place) -> None:
    if page.status >= _FAILED:
        raise _not_now(place)
    if page.status != _OK:
        sentence = Sentence(f"there is no live page at {place.path}", f"tidak ada halaman langsung di {place.path}")
        raise Refusal(page.status, sentence)


def _begun(page: Page) -> Story:
    return Story.begun(page.skeleton, page.fragments)


def _continued(story: Story, page: Page) -> Story:
    return story.after(page.skeleton, page.fragments)


def _event_of(story: Story, seen: int) -> events.Sent | None:
    lacking = story.lacking(seen)
    return None if lacking is None else events.event("change", lacking, story.version)
