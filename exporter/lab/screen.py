"""The demo as people see it: one screen of a terminal that is drawn again, or lines where there is no terminal."""

from __future__ import annotations

import textwrap
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self, TextIO

from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text
from rich.theme import Theme

from exporter.lab.account import Entry, Mark

PAGE, DEMO = "page", "demo"
"""Who is told of: what pages say, and what concerns the demo itself."""
_PAGES_KEPT, _NOTICES_KEPT = 50, 20
_PAGES_SHOWN, _NOTICES_SHOWN = 5, 3
_WIDE = 104  # columns from which on a happening and its verdict share a line
_SPANS = len("00:00:00-00:00:00")
_THEME = Theme(
    {
        "right": "color(35)",
        "wrong": "bold color(160)",
        "waiting": "color(244)",
        "unseen": "color(172)",
        "dim": "color(244)",
        "head": "bold",
        "warning": "bold color(172)",
    }
)
_SIGNS = {Mark.RIGHT: "✓", Mark.WRONG: "✗", Mark.WAITING: "…", Mark.UNSEEN: "?"}
_PLAIN_SIGNS = {Mark.RIGHT: "+", Mark.WRONG: "X", Mark.WAITING: ".", Mark.UNSEEN: "?"}


@dataclass(slots=True)
class View:
    """What is shown: a title, a warning or none, what runs where, what happened, and how the monitor sees the whole."""

    title: str
    places: Sequence[tuple[str, str]]
    warning: str | None = None
    entries: Sequence[Entry] = field(default_factory=tuple)
    standing: str = "starting"
    seconds: float = 0.0


class Display(Protocol):
    """Where the demo is shown."""

    def tell(self, who: str, text: str) -> None:
        """Tell something that has happened just now."""

    def draw(self, view: View) -> None:
        """Show how it stands."""


class Lines:
    """Lines for a file or a pipe: what is told, each with its time; `write` takes one."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._is_headed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is open."""

    def tell(self, who: str, text: str) -> None:
        """Write a line."""
        self._write(f"{datetime.now().astimezone():%H:%M:%S}  {who:<9} {text}")

    def draw(self, view: View) -> None:
        """Write once what runs where."""
        if self._is_headed:
            return
        self._is_headed = True
        self._write("")
        self._write(view.title)
        if view.warning:
            self._write(f"  {view.warning}")
        width = max(len(name) for name, _ in view.places)
        for name, place in view.places:
            self._write(f"  {name:<{width}}  {place}")
        self._write("Ctrl-C ends it.")
        self._write("")


class Screen:
    """The whole of a terminal from the first drawing until the context is left; then the terminal is as it was.

    What is told before the first drawing is written in lines.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._pages: deque[tuple[datetime, str]] = deque(maxlen=_PAGES_KEPT)
        self._notices: deque[str] = deque(maxlen=_NOTICES_KEPT)
        self._live = Live(console=console, screen=True, auto_refresh=False, vertical_overflow="crop")
        self._before = Lines(lambda line: console.print(Text(line), soft_wrap=True))

    def __enter__(self) -> Self:
        self._console.push_theme(_THEME)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()
        self._console.pop_theme()

    def tell(self, who: str, text: str) -> None:
        """Keep a page, or what concerns the demo, for the next drawing; the rest shows in the entries."""
        if not self._live.is_started:
            self._before.tell(who, text)
            return
        now = datetime.now().astimezone()
        if who == PAGE:
            self._pages.append((now, text))
        elif who == DEMO:
            self._notices.extend(f"{now:%H:%M:%S} {line}" for line in text.splitlines())

    def draw(self, view: View) -> None:
        """Draw it all again."""
        self._live.start()
        width, height = self._console.size
        is_plain = not self._console.encoding.lower().startswith("utf")
        lines = render(view, self._pages, self._notices, width, height, is_plain=is_plain)
        self._live.update(Group(*lines), refresh=True)


def display(out: TextIO) -> Lines | Screen:
    """Return a screen where the output is a terminal that can be drawn on, else lines."""
    console = Console(file=out, highlight=False)
    if console.is_terminal and not console.is_dumb_terminal:
        return Screen(console)
    return Lines(lambda line: print(line, file=out, flush=True))


def render(
    view: View,
    pages: Sequence[tuple[datetime, str]],
    notices: Sequence[str],
    width: int,
    height: int,
    *,
    is_plain: bool = False,
) -> list[Text]:
    """Return at most `height` lines of at most `width` columns; the latest of everything is kept, newest first."""
    minutes, seconds = divmod(int(view.seconds), 60)
    top = [Text.assemble((view.title, "head"), (f"  {minutes:02d}:{seconds:02d}", "dim"))]
    if view.warning:
        top += [Text(line, "warning") for line in textwrap.wrap(view.warning, max(20, width))]
    label = max((len(name) for name, _ in view.places), default=0)
    top.append(Text.assemble("The monitor: ", (view.standing, "head")))
    top += [Text.assemble((f"  {name:<{label}}  ", "dim"), place) for name, place in view.places]
    told = [Text(notice, "dim") for notice in [*notices][-_NOTICES_SHOWN:]]
    bottom = [Text("Ctrl-C ends it.", "dim")]
    paged = [Text("WHO IS PAGED", "head")]
    paged += [_page(at, page) for at, page in [*pages][: -_PAGES_SHOWN - 1 : -1]]
    if len(paged) == 1:
        paged.append(Text("nobody so far", "dim"))
    room = height - len(top) - len(told) - len(bottom) - len(paged) - 3  # two blank lines and a head
    happened = list(_happened(view, width, max(2, room), is_plain=is_plain))
    lines = [*top, Text(), *happened, Text(), *paged, *told, *bottom]
    return [_fitted(line, width) for line in lines[: max(1, height)]]


def _happened(view: View, width: int, room: int, *, is_plain: bool) -> Iterator[Text]:
    """Yield a head and the entries that there is room for."""
    signs = _PLAIN_SIGNS if is_plain else _SIGNS
    entries = [*view.entries][::-1]
    is_wide = width >= _WIDE
    entries = entries[: room if is_wide else room // 2]
    heads = "IN THE DISTRICT", "WHAT THE MONITOR MAKES OF IT"
    if is_wide:
        longest = max((cell_len(str(entry)) for entry in entries), default=0)
        left = min(max(longest, 44), width - _SPANS - 47)
        yield Text.assemble((_padded(heads[0], _SPANS + 2 + left), "head"), "    ", (heads[1], "head"))
        for entry in entries:
            span = Text(f"{_span(entry):<{_SPANS}}  ", "dim")
            yield Text.assemble(span, (_padded(str(entry), left), _tone(entry)), "  ", _verdict(entry, signs))
    else:
        yield Text(f"{heads[0]}, AND {heads[1]}", "head")
        for entry in entries:
            yield Text.assemble((f"{_span(entry)}  ", "dim"), (str(entry), _tone(entry)))
            yield Text.assemble("  ", _verdict(entry, signs))
    if not entries:
        yield Text("nothing so far", "dim")


def _page(at: datetime, page: str) -> Text:
    status, _, rest = page.partition(" ")
    style = {"FIRING": "wrong", "RESOLVED": "right"}.get(status, "")
    return Text.assemble((f"{at:%H:%M:%S}  ", "dim"), (f"{status:<8}", style), f" {rest}")


def _span(entry: Entry) -> str:
    begin = _clock(entry.began_at)
    if entry.ended_at is None:
        return f"{begin} on"
    return begin if entry.ended_at == entry.began_at else f"{begin}-{_clock(entry.ended_at)}"


def _tone(entry: Entry) -> str:
    return "head" if entry.ended_at is None else ""


def _verdict(entry: Entry, signs: dict[Mark, str]) -> Text:
    mark = entry.verdict.mark
    return Text(f"{signs[mark]} {entry.verdict.words}", mark.value)


def _clock(at: float) -> str:
    return f"{datetime.fromtimestamp(at).astimezone():%H:%M:%S}"


def _padded(text: str, width: int) -> str:
    return set_cell_size(text, width)


def _fitted(line: Text, width: int) -> Text:
    line.truncate(width, overflow="crop")
    return line
