"""What is the same on every page: signs and styles, the lines around a table, and what a height holds of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.text import Text

from exporter.status import strip, wording
from exporter.status.strip import Blocks
from exporter.status.table import wrapped
from exporter.status.wording import Signs, harmless

THEME = {  # one tone each that reads on dark and on light; orange, blue and red-brown differ for every eye
    "down": "bold color(160)",
    "degraded": "color(172)",
    "unmeasured": "color(244)",
    "maintenance": "color(32)",
    "up": "color(35)",
    "dim": "color(244)",
    "head": "bold",
}
MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class Look:
    """The characters to draw with, in a terminal's encoding."""

    signs: Signs
    blocks: Blocks
    encoding: str

    def clean(self, text: str) -> str:
        """Return a text that harms no terminal of this encoding."""
        return harmless(text).encode(self.encoding, "replace").decode(self.encoding)

    def cell(self, words: str | None) -> Text:
        """Return a cell of words, a dash where nothing is known."""
        return Text(self.signs.nothing, "dim") if words is None else Text(words)


def look(encoding: str) -> Look:
    """Return what a terminal of an encoding can show."""
    if encoding.lower().startswith("utf"):
        return Look(wording.UNICODE, strip.UNICODE, "utf-8")
    return Look(wording.ASCII, strip.ASCII, encoding)


def notice(told: str, look: Look) -> Text:
    """Return what is told before all."""
    return Text(f"{look.signs.notice} {look.clean(told)}", "down")


def whose(organisation: str, at: datetime, look: Look, width: int | None) -> Iterator[Text]:
    """Yield whose district it is, and of when that is what follows."""
    time = f"{at:%Y-%m-%d %H:%M:%S} {at:%Z}".replace("UTC+", "+").replace("UTC-", "-")
    name = Text(look.clean(organisation), "head")
    whole = Text.assemble(name, (f" {look.signs.dot} {time}", "dim"))
    yield from (whole,) if width is None or whole.cell_len <= width else (name, Text(time, "dim"))


def named(names: Sequence[str]) -> str:
    """Return some names in words, and of many how many more there are."""
    rest = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")


@dataclass(frozen=True, slots=True)
class Page:
    """Lines from top to bottom: the table's first is its heads'. `counts` says of the last rows how many are what."""

    head: Sequence[Text]
    table: Sequence[Text]
    foot: Sequence[Text]
    counts: Callable[[int], Text]

    def lines(self, look: Look, width: int | None, height: int | None) -> list[Text]:
        """Return what a height holds: the foot goes first, then the last rows are told as a number; None is any."""
        foot = [Text(), *(Text.assemble(line, style="dim") for line in self.foot)] if self.foot else []
        lines = [*self.head, Text(), *self.table]
        if height is None or len(lines) + len(foot) <= height:
            return [*lines, *foot]
        if len(lines) <= height:
            return lines
        kept = max(2, height - len(self.head) - 2)
        left_out = len(self.table) - kept
        more = Text.assemble((f"{look.signs.more} {left_out} more: ", "dim"), self.counts(left_out))
        return [*self.head, Text(), *self.table[:kept], *wrapped(more, width)][:height]
