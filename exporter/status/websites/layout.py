"""What a monitor said of its websites as lines that fit a terminal: what needs somebody stands first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from rich.text import Text

from exporter.status.page import Look, Page, named, whose
from exporter.status.table import ANY_WIDTH, GAP, Column, table, wrapped
from exporter.status.websites import wording
from exporter.status.websites.document import ShownSite, Sites
from exporter.status.websites.wording import Place
from exporter.status.wording import Rank, duration

T = TypeVar("T")
_STYLES = {Rank.DOWN: "down", Rank.DEGRADED: "degraded", Rank.UNMEASURED: "unmeasured", Rank.UP: "up"}
_OF_THE_ACTIVE = (Place.ASLEEP, Place.LATE, Place.UNKNOWN)
NAME_AT_LEAST, CODE_AT_LEAST, WHY_AT_LEAST, WHY_NARROWEST = 20, 12, 28, 12


def render(shown: Sites, look: Look, width: int | None, height: int | None = None) -> list[Text]:
    """Return the lines; none is wider than `width`. Above `height` lines the last websites are told as a number.

    None is without a limit. Styles are the names of THEME.
    """
    number = len(shown.sites)
    counted = Text.assemble(f"{number} {'website' if number == 1 else 'websites'}: ", _counts(shown.sites))
    heads = (*whose(shown.organisation, shown.at, look, width), counted)
    head = [line for text in heads for line in wrapped(text, width)]
    if not shown.sites:
        return head
    sites = sorted(shown.sites, key=wording.order)
    foot = [line for note in _certificates(sites, look) for line in wrapped(note, width)]
    rows = _table(sites, shown.at, look, width)
    return Page(head, rows, foot, lambda last: _counts(sites[len(sites) - last :])).lines(look, width, height)


def _counts(sites: Sequence[ShownSite]) -> Text:
    """Return how many are active, not active and unmeasured, and of the active how many aren't fresh."""
    counted = Counter(map(wording.place, sites))
    active = sum(counted[place] for place in (*_OF_THE_ACTIVE, Place.WELL))
    totals = {Place.WELL: active, Place.INACTIVE: counted[Place.INACTIVE], Place.UNMEASURED: counted[Place.UNMEASURED]}
    told = _told(totals)
    stale = _told({place: counted[place] for place in _OF_THE_ACTIVE})
    return Text.assemble(told or "none", "; of the active ", stale) if stale else told or Text("none")


def _told(numbers: dict[Place, int]) -> Text:
    parts = [Text(f"{number} {place.value}", _style(place)) for place, number in numbers.items() if number]
    return Text(", ").join(parts)


def _style(place: Place) -> str:
    return _STYLES[wording.rank(place)]


def _certificates(sites: Sequence[ShownSite], look: Look) -> Iterator[Text]:
    """Yield whose certificates end soon, the soonest first."""
    known = sorted((site.certificate_left, site.office) for site in sites if site.certificate_left is not None)
    names = [f"{office} ({wording.certificate(left)})" for left, office in known if wording.ends_soon(left)]
    if names:
        yield Text(look.clean(f"certificates that end within {wording.CERTIFICATE_DAYS} days: {named(names)}"))


def _table(sites: Sequence[ShownSite], at: datetime, look: Look, width: int | None) -> list[Text]:
    state, name, code, why = _named(sites, look)
    since, published, every, status, time, certificate, url = _figures(sites, at, look)
    room = ANY_WIDTH if width is None else width - state.width - len(GAP)
    taken: list[Column] = []
    for column, for_who in (
        *((column, min(code.width, CODE_AT_LEAST)) for column in (since, published)),
        *((column, min(name.width, NAME_AT_LEAST)) for column in (every, certificate, status, time, url)),
    ):
        left = room - column.width - len(GAP)
        if left >= _wanted(for_who, why):
            taken.append(column)
            room = left
    by_name = published in taken and room >= _wanted(min(name.width, NAME_AT_LEAST), why)
    at_least = max(NAME_AT_LEAST, room * 2 // 5) if by_name else CODE_AT_LEAST
    who, *reason = _shrunk(room, name if by_name else code, at_least, why)

    def whole(*columns: Column) -> list[tuple[Column, int]]:
        return [(column, column.width) for column in columns if column in taken]

    right = whole(published, every, status, time, certificate, url)
    return table([(state, state.width), who, *whole(since), *reason, *right], look.signs.more, width)


def _wanted(for_who: int, why: Column) -> int:
    """Return the room that the two columns that can shrink want before another is shown."""
    return for_who + (len(GAP) + min(why.width, WHY_AT_LEAST) if _is_any(why) else 0)


def _shrunk(room: int, who: Column, at_least: int, why: Column) -> list[tuple[Column, int]]:
    """Return who and why with widths that fill a room at most; without why where there is no reason, or no room."""
    both = room - len(GAP)
    narrowed = min(who.width, max(at_least, both - why.width))
    for_why = min(why.width, both - narrowed)
    if _is_any(why) and for_why >= min(why.width, WHY_NARROWEST):
        return [(who, narrowed), (why, for_why)]
    return [(who, max(1, min(who.width, room)))]


def _is_any(column: Column) -> bool:
    return any(cell.plain for cell in column.cells)


def _named(sites: Sequence[ShownSite], look: Look) -> list[Column]:
    """Return whether each is active, the office's name, the code that stands for it, and why it isn't well."""
    places = [wording.place(site) for site in sites]
    styles = ["head" if place is Place.INACTIVE else "" for place in places]
    states = [wording.state(site, look.signs) for site in sites]
    return [
        Column("STATE", [Text(words, _style(place)) for words, place in zip(states, places, strict=True)]),
        Column("OFFICE", [Text(look.clean(of.office_name), style) for of, style in zip(sites, styles, strict=True)]),
        Column("OFFICE", [Text(look.clean(of.office), style) for of, style in zip(sites, styles, strict=True)]),
        Column("WHY", [Text(look.clean(wording.why(site) or "")) for site in sites]),
    ]


def _figures(sites: Sequence[ShownSite], at: datetime, look: Look) -> list[Column]:
    """Return what is known of each website, as columns from left to right."""

    def column(
        head: str, of: Callable[[ShownSite], T | None], words: Callable[[T], str], *, left: bool = False
    ) -> Column:
        values = [of(site) for site in sites]
        cells = [look.cell(None if value is None else words(value)) for value in values]
        return Column(head, cells, is_number=not left)

    def lasted(since: datetime) -> str:
        return duration((at - since).total_seconds())

    return [
        column("FOR", lambda site: site.since, lasted),
        column("PUBLISHED", lambda site: site.newest, wording.age),
        column("EVERY", lambda site: site.update_every, lambda every: every.value, left=True),
        column("STATUS", lambda site: site.http_status, str),
        column("TIME", lambda site: site.response_seconds, wording.seconds),
        column("CERT", lambda site: site.certificate_left, wording.certificate),
        column("URL", lambda site: site.url, look.clean, left=True),
    ]
