"""A standing as lines that fit a terminal: what matters most first, the least important columns left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from rich.text import Text

from exporter.status import strip, wording
from exporter.status.document import ShownLink, Standing
from exporter.status.page import Look, Page, look, named, notice, whose
from exporter.status.table import ANY_WIDTH, GAP, Column, table, wrapped
from exporter.status.wording import Rank, duration

__all__ = ["look", "render"]

_STYLES = {
    Rank.DOWN: "down",
    Rank.DEGRADED: "degraded",
    Rank.UNMEASURED: "unmeasured",
    Rank.MAINTENANCE: "maintenance",
    Rank.UP: "up",
}
COUNTED = (Rank.UP, Rank.DEGRADED, Rank.DOWN, Rank.UNMEASURED, Rank.MAINTENANCE)


def render(shown: Standing, look: Look, width: int | None, height: int | None = None) -> list[Text]:
    """Return the lines; none is wider than `width`. Above `height` lines the last links are told as a number.

    None is without a limit. Styles are the names of THEME.
    """
    head = [line for text in _head(shown, look, width) for line in wrapped(text, width)]
    if not shown.links:
        return head
    links = sorted(shown.links, key=wording.order)
    rows, has_strip = _table(links, shown.at, look, width)
    foot = [line for note in _troubles(links, look) for line in wrapped(note, width)]
    foot += wrapped(strip.legend(look.blocks), width) if has_strip else []
    return Page(head, rows, foot, lambda last: _counts(links[len(links) - last :])).lines(look, width, height)


def _troubles(links: Sequence[ShownLink], look: Look) -> Iterator[Text]:
    """Yield why devices give nothing by SNMP, each reason once with the links that it is of; of links that are down no.

    A device behind a link that is down can't answer, and nobody needs to be told.
    """
    troubled: dict[str, list[str]] = {}
    for link in links:
        if link.snmp_trouble is not None and not link.outage_is_open:
            troubled.setdefault(link.snmp_trouble, []).append(link.link_id)
    for text, ids in troubled.items():
        yield Text(look.clean(f"SNMP fails: {named(ids)}: {text}"))


def _head(shown: Standing, look: Look, width: int | None) -> Iterator[Text]:
    """Yield what is wrong with the monitor itself, then whose district this is, and the totals."""
    notices = []
    if shown.is_isolated:
        notices.append("The monitor is cut off itself: what it can't see is unmeasured, and no outage begins.")
    if not shown.ledger_is_writable:
        notices.append(
            "The ledger can't be written: probing goes on, and what is settled waits; see the monitor's log."
        )
    for told in notices:
        yield notice(told, look)
    yield from whose(shown.organisation, shown.at, look, width)
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

    def fits(column: Column) -> bool:
        return room - column.width - len(GAP) >= min(name.width, column.leaves_at_least)

    taken: list[Column] = []
    for choices in ([since], [link], *([figure] for figure in figures), strips):
        found = next(filter(fits, choices), None)
        if found is not None:
            taken.append(found)
            room -= found.width + len(GAP)
    who = name if link in taken else link_id
    shown = [(state, state.width), (who, max(1, min(who.width, room)))]
    shown += [(column, column.width) for column in (link, since, *figures, *strips) if column in taken]
    return table(shown, look.signs.more, width), any(column in taken for column in strips)


def _named(links: Sequence[ShownLink], look: Look) -> list[Column]:
    """Return the state, the office's name, and the id that stands for it where the link's own name has no room."""
    states = [Text(wording.state(link, look.signs), _STYLES[wording.rank(link)]) for link in links]
    styles = ["head" if link.outage_is_open and not link.in_maintenance else "" for link in links]
    names = [Text(look.clean(link.office_name), style) for link, style in zip(links, styles, strict=True)]
    ids = [Text(look.clean(link.link_id), style) for link, style in zip(links, styles, strict=True)]
    return [Column("STATE", states), Column("OFFICE", names), Column("LINK", ids)]


def _told(links: Sequence[ShownLink], at: datetime, look: Look) -> list[Column]:
    """Return the link's own name and what is known of it, the most important first; the use only where it is known."""

    def number(value: float | None, words: Callable[[float], str]) -> Text:
        return look.cell(None if value is None else words(value))

    ages = [None if link.since is None else (at - link.since).total_seconds() for link in links]
    columns = [
        Column("LINK", [Text(look.clean(link.name)) for link in links], 20),
        Column("FOR", [number(age, duration) for age in ages], 12, is_number=True),
        Column("RTT", [number(link.rtt_seconds, wording.milliseconds) for link in links], 20, is_number=True),
        Column("LOSS", [number(link.loss_ratio, wording.percent) for link in links], 20, is_number=True),
    ]
    if any(use is not None for link in links for use in link.uses):
        uses = [Text("/").join(number(use, wording.percent) for use in link.uses) for link in links]
        columns.append(Column("USE IN/OUT", uses, 20, is_number=True))
    reasons = [wording.why(link) for link in links]
    if any(reason is not None for reason in reasons):
        columns.insert(2, Column("WHY", [Text(look.clean(reason or "")) for reason in reasons], 20))
    return columns


def _strips(links: Sequence[ShownLink], look: Look) -> list[Column]:
    """Return the strip at each of its widths, the widest first; none where the monitor gives no hours."""
    if all(link.cells is None for link in links):
        return []
    return [
        Column(
            "LAST 24 HOURS" if width > len("LAST 24 HOURS") else "LAST 24 H",
            [
                Text.assemble(*strip.strip(link.cells or (), width, look.blocks)) if link.cells else Text()
                for link in links
            ],
            leaves_at_least=22 if width == strip.WIDTHS[-1] else 32,
        )
        for width in strip.WIDTHS
    ]
