"""Blocking work in a thread that nobody waits for at the end."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def in_daemon_thread(work: Callable[[], T], name: str) -> T:
    """Do blocking work in a thread of its own, that the interpreter doesn't wait for as it does for a pool's."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(take: Callable[[], None]) -> None:
        if not future.done():
            take()

    def run() -> None:
        take: Callable[[], None]
        try:
            result = work()
        except Exception as raised:  # noqa: BLE001 -- it is raised where it is awaited
            error = raised
            take = lambda: future.set_exception(error)  # noqa: E731
        else:
            take = lambda: future.set_result(result)  # noqa: E731
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, take)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await future
