"""The thread in which all that is served is written, beside the echo loop: one piece of work after the other.

Who waits is let in by rank: a scrape before everything, the district's own pages before the public's.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial
from itertools import count
from queue import Empty, PriorityQueue
from typing import Any, ParamSpec, TypeVar

from exporter import pacing

P = ParamSpec("P")
R = TypeVar("R")


class Rank(IntEnum):
    """For whom a work is done; who comes first is let in first."""

    SCRAPE = 0
    MAIN = 1
    PUBLIC = 2


@dataclass(slots=True)
class Account:
    """How much of a processor the works took that were charged to it."""

    cpu_seconds: float = 0.0


_rank: ContextVar[Rank] = ContextVar("rank", default=Rank.MAIN)
_account: ContextVar[Account | None] = ContextVar("account", default=None)


@contextmanager
def ranked(rank: Rank) -> Iterator[None]:
    """Let the works that are asked for meanwhile wait by a rank, also those of tasks that are begun meanwhile."""
    token = _rank.set(rank)
    try:
        yield
    finally:
        _rank.reset(token)


@contextmanager
def charged(account: Account) -> Iterator[None]:
    """Charge to an account the works that are asked for meanwhile, also those of tasks that are begun meanwhile."""
    token = _account.set(account)
    try:
        yield
    finally:
        _account.reset(token)


def account_now() -> Account:
    """Return what works that are asked for now are charged to."""
    return _account.get() or Account()


@dataclass(order=True, slots=True)
class _Waiting:
    """A work that waits; the least is the next."""

    rank: Rank
    number: int
    work: Callable[[], Any] = field(compare=False)
    account: Account = field(compare=False)
    result: Future[Any] = field(compare=False, default_factory=Future)


class WritingThread:
    """Does work in a thread that rests; there is none before the first work."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writing")
        self._is_open = True
        self._waiting: PriorityQueue[_Waiting] = PriorityQueue()
        self._numbers = count()

    async def do(self, work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what some work returns, once its turn has come; pacing.Abandoned where the thread was closed."""
        if not self._is_open:
            raise pacing.Abandoned
        waiting = _Waiting(_rank.get(), next(self._numbers), partial(work, *args, **kwargs), account_now())
        self._waiting.put(waiting)
        self._executor.submit(self._do_next)
        result: R = await asyncio.wrap_future(waiting.result)
        return result

    async def close(self) -> None:
        """Give up what is under way at its next rest, and end."""
        self._is_open = False
        await asyncio.to_thread(self._executor.shutdown, cancel_futures=True)
        while (waiting := self._next()) is not None:
            waiting.result.cancel()

    def _next(self) -> _Waiting | None:
        try:
            return self._waiting.get_nowait()
        except Empty:
            return None

    def _do_next(self) -> None:
        waiting = self._next()
        if waiting is None or not waiting.result.set_running_or_notify_cancel():
            return
        began = time.thread_time()
        try:
            done = pacing.paced_while(lambda: self._is_open, waiting.work)
        except BaseException as error:  # noqa: BLE001 -- it is raised where the work is awaited
            waiting.account.cpu_seconds += time.thread_time() - began
            waiting.result.set_exception(error)
        else:
            waiting.account.cpu_seconds += time.thread_time() - began
            waiting.result.set_result(done)
