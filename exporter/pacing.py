"""Work in a thread beside the echo loop, which rests every millisecond so that no echo waits for it.

Each echo's calls to the kernel hand the interpreter's lock over, and a thread that computes then keeps it for 5 ms: two
hundred echoes a second would be all there is. A thread that sleeps leaves the loop alone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import ParamSpec, TypeVar

WORK_SECONDS = 0.001
REST_SECONDS = 0.001
P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class Abandoned(Exception):  # noqa: N818 -- no error: nobody wants the result any more
    """Work was given up where it rested."""


class _Thread(threading.local):
    """When a thread's stretch of work began, by its own CPU time; None where it doesn't rest."""

    began: float | None = None
    is_wanted: Callable[[], bool] | None = None


_thread = _Thread()


def paced(work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Call something whose calls to `rest` rest."""
    _thread.began = time.thread_time()
    try:
        return work(*args, **kwargs)
    finally:
        _thread.began = _thread.is_wanted = None


def paced_while(is_wanted: Callable[[], bool], work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Do what `paced` does; raise Abandoned at the first rest at which it isn't wanted any more."""
    _thread.is_wanted = is_wanted
    return paced(work, *args, **kwargs)


def rest() -> None:
    """Let others run for a millisecond where this thread is paced and has worked for one; else do nothing."""
    began = _thread.began
    if began is not None and time.thread_time() - began >= WORK_SECONDS:
        if _thread.is_wanted is not None and not _thread.is_wanted():
            raise Abandoned
        time.sleep(REST_SECONDS)
        _thread.began = time.thread_time()


def resting(items: Iterable[T]) -> Iterator[T]:
    """Yield what is given, and rest between."""
    for item in items:
        rest()
        yield item
