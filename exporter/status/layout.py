"""A standing as lines that fit a terminal: what matters most first, the least important columns left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from exporter.status import strip, wording
from exporter.status.document import ShownLink, Standing
from exporter.status.strip import Blocks
from exporter.status.wording import Rank, Signs, duration, harmless

THEME = {  # one tone each that reads on dark and on light; orange, blue and red-brown differ for every eye
    "down": "bold color(160)",
    "degraded": "color(172)",
    "unmeasured": "color(244)",
    "maintenance": "color(32)",
    "up": "color(35)",
    "dim": "color(244)",
    "head": "bold",
}
_STYLES = {
    Rank.DOWN: "down",
    Rank.DEGRADED: "degraded",
    Rank.UNMEASURED: "unmeasured",
    Rank.MAINTENANCE: "maintenance",
    Rank.UP: "up",
}
COUNTED = (Rank.UP, Rank.DEGRADED, Rank.DOWN, Rank.UNMEASURED, Rank.MAINTENANCE)
GAP = "  "
TROUBLED_NAMED = 4
ANY_WIDTH = 10**6


@dataclass(frozen=True, slots=True)
class Look:
    """The characters to draw with, in a terminal's encoding."""

    signs: Signs
    blocks: Blocks
    encoding: str

    def clean(self, text: str) -> str:
        """Return a text that harms no terminal of this encoding."""
        return harmless(text).encode(self.encoding, "replace").decode(self.encoding)


def look(encoding: str) -> Look:
    """Return what a terminal of an encoding can show."""
    if encoding.lower().startswith("utf"):
        return Look(wording.UNICODE, strip.UNICODE, "utf-8")
    return Look(wording.ASCII, strip.ASCII, encoding)


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """A column: its cells, and how narrow the office's name may get for its sake."""

    head: str
    cells: Sequence[Text]
    name_at_least: int = 0
    is_number: bool = False
    width: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "width", max(cell_len(self.head), *(cell.cell_len for cell in self.cells)))

    def lines(self, width: int, more: str) -> Iterator[Text]:
        """Yield the head and the cells, each as wide as the column."""
        for cell in (Text(self.head, "head"), *self.cells):
            yield _fitted(cell, width, more, is_number=self.is_number)


def render(shown: Standing, look: Look, width: int | None, height: int | None = None) -> list[Text]:
    """Return the lines; none is wider than `width`. Above `height` lines the last links are told as a number.

    None is without a limit. Styles are the names of THEME.
    """
    head = [line for text in _head(shown, look, width) for line in wrapped(text, width)]
    if not shown.links:
        return head
    links = sorted(shown.links, key=wording.order)
    table, has_strip = _table(links, shown.at, look, width)
    foot = [line for note in _troubles(links, look) for line in wrapped(note, width)]
    foot += wrapped(strip.legend(look.blocks), width) if has_strip else []
    foot = [Text(), *(Text.assemble(line, style="dim") for line in foot)] if foot else []
    lines = [*head, Text(), *table]
    if height is None or len(lines) + len(foot) <= height:
        return [*lines, *foot]
    if len(lines) <= height:
        return lines
    kept = max(2, height - len(head) - 2)
    left_out = links[kept - 1 :]
    more = Text.assemble((f"{look.signs.more} {len(left_out)} more: ", "dim"), _counts(left_out))
    return [*head, Text(), *table[:kept], *wrapped(more, width)][:height]


def _troubles(links: Sequence[ShownLink], look: Look) -> Iterator[Text]:
    """Yield why devices give nothing by SNMP, each reason once with the links that it is of; of links that are down no.

    A device behind a link that is down can't answer, and nobody needs to be told.
    """
    troubled: dict[str, list[str]] = {}
    for link in links:
        if link.snmp_trouble is not None and not link.outage_is_open:
            troubled.setdefault(link.snmp_trouble, []).append(link.link_id)
    for text, ids in troubled.items():
        named = ", ".join(ids[:TROUBLED_NAMED]) + (
            f" and {len(ids) - TROUBLED_NAMED} more" if len(ids) > TROUBLED_NAMED else ""
        )
        yield Text(look.clean(f"SNMP fails: {named}: {text}"))


def noticed(notice: str, look: Look, width: int | None) -> list[Text]:
    """Return a notice in lines of a width."""
    return wrapped(_notice(notice, look), width)


def _notice(notice: str, look: Look) -> Text:
    return Text(f"{look.signs.notice} {look.clean(notice)}", "down")


def _head(shown: Standing, look: Look, width: int | None) -> Iterator[Text]:
    """Yield what is wrong with the monitor itself, then whose district this is, and the totals."""
    notices = []
    if shown.is_isolated:
        notices.append("The monitor is cut off itself: what it can't see is unmeasured, and no outage begins.")
    if not shown.ledger_is_writable:
        notices.append(
            "The ledger can't be written: probing goes on, and what is settled waits; see the monitor's log."
        )
    for notice in notices:
        yield _notice(notice, look)
    at = f"{shown.at:%Y-%m-%d %H:%M:%S} {shown.at:%Z}".replace("UTC+", "+").replace("UTC-", "-")
    whose = Text(look.clean(shown.organisation), "head")
    whole = Text.assemble(whose, (f" {look.signs.dot} {at}", "dim"))
    yield from (whole,) if width is None or whole.cell_len <= width else (whose, Text(at, "dim"))
    number = len(shown.links)
    yield Text.assemble(f"{number} {'link' if number == 1 else 'links'}: ", _counts(shown.links))
    if shown.nodes:
        told = ", ".join(f"{look.clean(node)} ({_age(since, shown.at)})" for node, since in shown.nodes)
        yield Text.assemble((f"{look.signs.ranks[Rank.DOWN]} nodes down: ", "down"), told)


def _counts(links: Sequence[ShownLink]) -> Text:
    counted = Counter(wording.rank(link) for link in links)
    parts = [Text(f"{counted[rank]} {rank.value}", _STYLES[rank]) for rank in COUNTED if counted[rank]]
    return Text(", ").join(parts) if parts else Text("none")


def _age(since: datetime, at: datetime) -> str:
    return duration((at - since).total_seconds())


def _table(links: Sequence[ShownLink], at: datetime, look: Look, width: int | None) -> tuple[list[Text], bool]:
    """Return the table's lines, and whether a strip is among its columns."""
    state, name, link_id = _named(links, look)
    link, since, *figures = _told(links, at, look)
    strips = _strips(links, look)
    room = ANY_WIDTH if width is None else width - state.width - len(GAP)

    def fits(column: _Column) -> bool:
        return room - column.width - len(GAP) >= min(name.width, column.name_at_least)

    taken: list[_Column] = []
    for choices in ([since], [link], *([figure] for figure in figures), strips):
        found = next(filter(fits, choices), None)
        if found is not None:
            taken.append(found)
            room -= found.width + len(GAP)
    who = name if link in taken else link_id
    shown = [(state, state.width), (who, max(1, min(who.width, room)))]
    shown += [(column, column.width) for column in (link, since, *figures, *strips) if column in taken]
    lines = [column.lines(wide, look.signs.more) for column, wide in shown]
    joined = [_joined(cells) for cells in zip(*lines, strict=True)]
    for line in joined:
        line.truncate(ANY_WIDTH if width is None else width, overflow="crop")
    return joined, any(column in taken for column in strips)


def _named(links: Sequence[ShownLink], look: Look) -> list[_Column]:
    """Return the state, the office's name, and the id that stands for it where the link's own name has no room."""
    states = [Text(wording.state(link, look.signs), _STYLES[wording.rank(link)]) for link in links]
    styles = ["head" if link.outage_is_open and not link.in_maintenance else "" for link in links]
    names = [Text(look.clean(link.office_name), style) for link, style in zip(links, styles, strict=True)]
    ids = [Text(look.clean(link.link_id), style) for link, style in zip(links, styles, strict=True)]
    return [_Column("STATE", states), _Column("OFFICE", names), _Column("LINK", ids)]


def _told(links: Sequence[ShownLink], at: datetime, look: Look) -> list[_Column]:
    """Return the link's own name and what is known of it, the most important first; the use only where it is known."""

    def number(value: float | None, words: Callable[[float], str]) -> Text:
        return Text(look.signs.nothing, "dim") if value is None else Text(words(value))

    ages = [None if link.since is None else (at - link.since).total_seconds() for link in links]
    columns = [
        _Column("LINK", [Text(look.clean(link.name)) for link in links], 20),
        _Column("FOR", [number(age, duration) for age in ages], 12, is_number=True),
        _Column("RTT", [number(link.rtt_seconds, wording.milliseconds) for link in links], 20, is_number=True),
        _Column("LOSS", [number(link.loss_ratio, wording.percent) for link in links], 20, is_number=True),
    ]
    if any(use is not None for link in links for use in link.uses):
        uses = [Text("/").join(number(use, wording.percent) for use in link.uses) for link in links]
        columns.append(_Column("USE IN/OUT", uses, 20, is_number=True))
    reasons = [wording.why(link) for link in links]
    if any(reason is not None for reason in reasons):
        columns.insert(2, _Column("WHY", [Text(look.clean(reason or "")) for reason in reasons], 20))
    return columns


def _strips(links: Sequence[ShownLink], look: Look) -> list[_Column]:
    """Return the strip at each of its widths, the widest first; none where the monitor gives no hours."""
    if all(link.cells is None for link in links):
        return []
    return [
        _Column(
            "LAST 24 HOURS" if width > len("LAST 24 HOURS") else "LAST 24 H",
            [
                Text.assemble(*strip.strip(link.cells or (), width, look.blocks)) if link.cells else Text()
                for link in links
            ],
            name_at_least=22 if width == strip.WIDTHS[-1] else 32,
        )
        for width in strip.WIDTHS
    ]


def _fitted(cell: Text, width: int, more: str, *, is_number: bool) -> Text:
    missing = width - cell.cell_len
    if missing >= 0:
        return Text.assemble(" " * missing, cell) if is_number else Text.assemble(cell, " " * missing)
    return Text(set_cell_size(set_cell_size(cell.plain, width - cell_len(more)) + more, width), cell.style)


def _joined(cells: Sequence[Text]) -> Text:
    line = Text(GAP).join(cells)
    line.rstrip()
    return line


def wrapped(text: Text, width: int | None) -> list[Text]:
    """Return a text in lines of a width, broken between words where that can be."""
    if width is None or text.cell_len <= width:
        return [text]
    lines = list(text.wrap(Console(width=width), width))
    for line in lines:
        line.rstrip()
    return lines
