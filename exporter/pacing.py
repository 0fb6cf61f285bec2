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
REST_SECONDS = 0.002
P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class _Thread(threading.local):
    """When a thread's stretch of work began, by the performance counter; None where it doesn't rest."""

    began: float | None = None


_thread = _Thread()


def paced(work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Call something whose calls to `rest` rest."""
    _thread.began = time.perf_counter()
    try:
        return work(*args, **kwargs)
    finally:
        _thread.began = None


def rest() -> None:
    """Let others run for 2 ms where this thread is paced and has worked for 1 ms; else do nothing."""
    began = _thread.began
    if began is not None and time.perf_counter() - began >= WORK_SECONDS:
        time.sleep(REST_SECONDS)
        _thread.began = time.perf_counter()


def resting(items: Iterable[T]) -> Iterator[T]:
    """Yield what is given, and rest between."""
    for item in items:
        rest()
        yield item
