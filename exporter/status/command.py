"""The command: one look, or a look every 2 s until it is interrupted."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text
from rich.theme import Theme

from exporter.errors import NoStatusError
from exporter.status.asking import checked_url
from exporter.status.page import THEME, look, notice
from exporter.status.subjects import LINKS, WEBSITES, Subject, T, Told
from exporter.status.table import wrapped
from exporter.status.wording import duration

EVERY_SECONDS = 2.0
_Show = Callable[[T | None, str | None], None]


@dataclass(frozen=True, slots=True)
class StatusOptions:
    """What `terpadu status` was asked for."""

    url: str
    watch: bool = False
    websites: bool = False


def run(options: StatusOptions, out: TextIO) -> int:
    """Show every link, or every website; return 0 where none is down outside maintenance or not active, else 1.

    Where watching was interrupted it is 0. NoStatusError where the monitor can't be asked or nothing is measured;
    InputError where the URL is none.
    """
    url = checked_url(options.url)
    return _shown(url, WEBSITES, options, out) if options.websites else _shown(url, LINKS, options, out)


def _shown(url: str, subject: Subject[T], options: StatusOptions, out: TextIO) -> int:
    screen = _Screen(out, subject)
    if options.watch:
        asyncio.run(_watch(url, screen))
        return 0
    seen = asyncio.run(subject.ask(url))
    screen.print(screen.lines(seen))
    if not seen.is_measured:
        raise NoStatusError(f"{url}: {subject.why_nothing(seen)}")
    return int(subject.is_bad(seen))


class _Screen(Generic[T]):
    """Where lines go: a terminal in its width and colours, anything else as plain text of full width."""

    def __init__(self, out: TextIO, subject: Subject[T]) -> None:
        self.subject = subject
        self._out = out
        self.console = Console(file=out, theme=Theme(THEME), highlight=False, markup=False, emoji=False)
        self._look = look(out.encoding or "ascii")

    def lines(self, shown: T | None, told: str | None = None, height: int | None = None) -> list[Text]:
        """Return what is to be seen, a notice before all; None where there is nothing yet."""
        width = self.console.width if self.console.is_terminal else None
        before = [] if told is None else wrapped(notice(told, self._look), width)
        if shown is None:
            return before
        left = None if height is None else height - len(before)
        return [*before, *self.subject.render(shown, self._look, width, left)]

    def print(self, lines: list[Text]) -> None:
        """Write lines, each as it is."""
        for line in lines:
            if self.console.is_terminal:
                self.console.print(line, no_wrap=True, overflow="crop", crop=False)
            else:
                self._out.write(f"{line.plain}\n")
        self._out.flush()


async def _watch(url: str, screen: _Screen[T]) -> None:
    """Show the latest until a signal ends it; a monitor that goes away is told, with what was seen last."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    seen: T | None = None
    lost: tuple[datetime, str] | None = None
    with _in_place(screen) as show:
        while not stop.is_set():
            asked = asyncio.create_task(screen.subject.ask(url))
            stopped = asyncio.create_task(stop.wait())
            await asyncio.wait({asked, stopped}, return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
            if not asked.done():
                asked.cancel()
                return
            try:
                seen, lost = asked.result(), None
            except NoStatusError as error:
                lost = (lost[0] if lost else datetime.now(UTC), str(error))
            show(seen, _absence(seen, lost))
            try:
                await asyncio.wait_for(stop.wait(), EVERY_SECONDS)
            except TimeoutError:
                continue


def _absence(seen: Told | None, lost: tuple[datetime, str] | None) -> str | None:
    """Return since when the monitor can't be asked, in the organisation's offset where that is known."""
    if lost is None:
        return None
    since, why = lost
    local = since.astimezone(seen.at.tzinfo if seen else None)
    age = duration((datetime.now(UTC) - since).total_seconds())
    below = f" Below is what it said at {seen.at:%H:%M:%S}." if seen else ""
    return f"No status since {local:%H:%M:%S} ({age}): {why}.{below}"


@contextmanager
def _in_place(screen: _Screen[T]) -> Iterator[_Show[T]]:
    """Yield what shows a standing over the one before; where nothing can be shown in place, one after the other."""
    if not screen.console.is_terminal or screen.console.is_dumb_terminal:
        yield lambda seen, notice: screen.print([*screen.lines(seen, notice), Text()])
        return
    with Live(console=screen.console, screen=True, auto_refresh=False, redirect_stdout=False) as live:

        def show(seen: T | None, notice: str | None) -> None:
            live.update(Group(*screen.lines(seen, notice, screen.console.height)), refresh=True)

        yield show
