"""Dates that a page shows to its readers, each with what it is: a publication's, or why not."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import takewhile
from zoneinfo import ZoneInfo

from exporter.freshness.dates import MONTHS, TextDate, dates_in, written_moment
from exporter.freshness.find import Find
from exporter.freshness.furniture import aside, is_meta, is_of_article, is_of_item, signature
from exporter.freshness.moment import local_day, stamp
from exporter.freshness.outline import Anchor, Element, Line
from exporter.freshness.page import Item, Page, is_file, is_heading
from exporter.freshness.words import is_event, is_labelled, is_update, refusal_beside, words_left
from exporter.website import Source

MOST_DATES = 600
_MOST_WORDS_LEFT = 6
_DATELINE_PLACE = 40
_DATELINE_WORDS = 3
_LABEL_WORDS = 5
_TITLE_WORDS = 4
_CLOCK_SECONDS = 600
_AFTER_DATELINE = re.compile(r"\s?(?:WIB)?\s?(?:[)\]]\s?[-\u2013\u2014:,.]?|[-\u2013\u2014:])")
_BEFORE_TRAILING = re.compile(r"[(\[|]\s?(?:\w{4,8},?\s)?$")
_PIECE = re.compile(rf"\d{{1,2}},?|(?:{'|'.join(MONTHS)})\.?,?(?:\s\d{{4}})?|\d{{4}}", re.IGNORECASE)
_YEAR = re.compile(r"\d{4}")
_MOST_PIECES = 3
_IN_ADDRESS = re.compile(r"/((?:19|20)\d\d)[/-](\d{1,2})[/-](\d{1,2})[/-][^/?#]*[a-z]{3}", re.IGNORECASE)
_CLOCK = "a clock"
_NO_ARTICLE = "not of an article"


@dataclass(frozen=True, slots=True)
class Shown:
    """A date as it stands in a line: `element` is its innermost, `item` the list's item around it, if any."""

    line: Line
    date: TextDate
    element: Element
    item: Item | None
    source: Source


def visible_finds(page: Page, zone: ZoneInfo) -> Iterator[Find]:
    """Yield the dates in the page's text and in the addresses it links to."""
    shown = list(_shown(page, zone))
    days: defaultdict[str, set[int]] = defaultdict(set)
    for each in shown:
        days[signature(each.element)].add(local_day(each.date.moment.at, zone))
    for each in shown:
        alike = days[signature(each.element)]
        why = _refusal(page, each) or _without_context(page, each, alike) or _clock(page, each, alike, zone)
        address = each.item.address if each.item is not None else None
        place = "" if address is not None else signature(each.element)[:200]
        yield Find(each.date.moment, each.source, page.document, address, place, why)
    yield from _addressed(page, zone)


def _shown(page: Page, zone: ZoneInfo) -> Iterator[Shown]:
    count = 0
    for line in page.lines:
        for date, element, source in _dates(page, line, zone):
            yield Shown(line, date, element, page.item(line), source)
            count += 1
            if count >= MOST_DATES:
                return


def _dates(page: Page, line: Line, zone: ZoneInfo) -> Iterator[tuple[TextDate, Element, Source]]:
    stamped = [(mark, written_moment(mark.written, page.document.fetched_at, zone)) for mark in line.stamps]
    for mark, moment in stamped:
        if moment is not None:
            yield TextDate(mark.place, mark.place, moment), mark.element, Source.TIME_ELEMENT
    if any(moment is not None for _, moment in stamped):
        return
    now = page.document.fetched_at
    found = dates_in(line.text, now, zone)
    if not found and _PIECE.fullmatch(line.text) and (glued := _glued(page, line)):
        found = [replace(each, start=0, end=len(line.text)) for each in dates_in(glued, now, zone)]
    for each in found:
        yield each, line.element_at(each.start), Source.TEXT


def _glued(page: Page, line: Line) -> str:
    """Return a date that stands in boxes below each other, a day or a month first; empty where this is none."""
    if _YEAR.fullmatch(line.text):
        return ""
    texts = [each.text for each in takewhile(_is_piece, page.lines[line.number : line.number + _MOST_PIECES])]
    return " ".join(texts) if len(texts) > 1 else ""


def _is_piece(line: Line) -> bool:
    return _PIECE.fullmatch(line.text) is not None


def _refusal(page: Page, shown: Shown) -> str:
    """Return in words why the date isn't a publication's, empty where it is."""
    line, item = shown.line, shown.item
    why = aside(shown.element) or page.aside_sections[line.number]
    if not why and shown.date.is_range:
        why = "a span of days"
    if not why and page.is_aside_table(line):
        why = "in a table of events or terms"
    if not why and item is not None and not item.is_own:
        why = "of another site"
    why = why or _beside(page, shown)
    if not why and item is not None and is_event(page.text_of(item)):
        why = "an event's"
    return why or _misplaced(page, shown)


def _beside(page: Page, shown: Shown) -> str:
    line, start = shown.line, shown.date.start
    before = max((end for _, end in _titles(page, line) if end <= start), default=0)
    label = ""
    if before == 0 and line.number > 0:
        above = page.lines[line.number - 1]
        if above.word_count <= _LABEL_WORDS and not above.anchors and _is_label(above):
            label = above.text
    return refusal_beside(line.text[before:], start - before, shown.date.end - before, label)


def _is_label(line: Line) -> bool:
    """Return whether a line names what stands after it: by a colon, or as the whole of a cell."""
    is_cell = line.element.tag in {"dt", "th", "td"} and line.element.last - line.element.first == 1
    return line.text.endswith(":") or (is_cell and not any(each.isdigit() for each in line.text))


def _misplaced(page: Page, shown: Shown) -> str:
    """Return in words that the date is part of a title or of a sentence, empty where it stands by itself."""
    line, date = shown.line, shown.date
    if shown.source is Source.TIME_ELEMENT:
        return ""
    anchor = next((each for each in line.anchors if each.start <= date.start < each.end), None)
    if is_heading(line) or (anchor is not None and page.title_link(line, anchor)):
        return _in_title(page, shown, anchor)
    rest = _without(line, date, _titles(page, line))
    if words_left(rest) <= _MOST_WORDS_LEFT:
        return ""
    before, after = line.text[: date.start], line.text[date.end :]
    is_dateline = len(before) <= _DATELINE_PLACE and words_left(before) <= _DATELINE_WORDS
    return "" if is_dateline and _AFTER_DATELINE.match(after) else "in a sentence"


def _in_title(page: Page, shown: Shown, anchor: Anchor | None) -> str:
    line, date = shown.line, shown.date
    start, end = (anchor.start, anchor.end) if anchor is not None else (0, len(line.text))
    before, after = line.text[start : date.start], line.text[date.end : end]
    if words_left(before) == 0 or line.element_at(date.start) is not line.element_at(start):
        return ""
    if words_left(after) == 0:
        address = page.title_link(line, anchor) if anchor is not None else None
        if _BEFORE_TRAILING.search(before) or (address is not None and is_file(address)):
            return ""
    return "in a title"


def _titles(page: Page, line: Line) -> list[tuple[int, int]]:
    """Return where titles stand in a line: texts of links to articles, and bold ones."""
    linked = [(each.start, each.end) for each in line.anchors if page.title_link(line, each)]
    return linked + line.bold_titles(_TITLE_WORDS)


def _without(line: Line, date: TextDate, titles: list[tuple[int, int]]) -> str:
    """Return the line without the date and without its titles."""
    kept, place = [], 0
    for start, end in sorted([(date.start, date.end), *titles]):
        kept.append(line.text[place : max(place, start)])
        place = max(place, end)
    return " ".join((*kept, line.text[place:]))


def _without_context(page: Page, shown: Shown, days: set[int]) -> str:
    line, before = shown.line, shown.line.text[: shown.date.start]
    if shown.item is not None or is_labelled(before):
        return ""
    if page.is_furniture(shown.element) or is_update(before):
        return "" if is_update(before) and _says_of_site(page, shown) else _NO_ARTICLE
    if page.is_news(line) or page.is_below_title(line) or (len(days) > 1 and page.is_beside_title(line)):
        return ""
    is_alone = words_left(_without(line, shown.date, [])) == 0
    return "" if is_of_item(shown.element) and (is_alone or is_meta(shown.element)) else _NO_ARTICLE


def _says_of_site(page: Page, shown: Shown) -> bool:
    """Return whether what is said to be updated is the site, or an article, and not a widget's figures."""
    return page.is_furniture(shown.element) or page.is_below_title(shown.line)


def _clock(page: Page, shown: Shown, days: set[int], zone: ZoneInfo) -> str:
    """Return in words that the date is today's and may be a clock, empty where it is an article's."""
    now, moment = page.document.fetched_at, shown.date.moment
    today = local_day(now, zone)
    if local_day(moment.at, zone) != today:
        return ""
    if page.is_furniture(shown.element):
        return _CLOCK
    is_dated = is_meta(shown.element) or is_labelled(shown.line.text)
    if shown.item is None:
        return "" if is_dated and page.is_below_title(shown.line) and is_of_article(shown.element) else _CLOCK
    is_past = not moment.is_day_only and moment.at < now - _CLOCK_SECONDS
    is_listed = bool(days - {today}) or is_of_article(shown.element)
    return "" if is_listed or is_dated or is_past else _CLOCK


def _addressed(page: Page, zone: ZoneInfo) -> Iterator[Find]:
    count = 0
    for line in page.lines:
        for anchor in line.anchors:
            match = _IN_ADDRESS.search(anchor.href[:500])
            address = page.title_link(line, anchor) if match else None
            if match is None or address is None or count >= MOST_DATES:
                continue
            moment = stamp(f"{match[1]}-{match[2]:0>2}-{match[3]:0>2}", zone)
            if moment is not None:
                count += 1
                why = aside(line.element) or page.aside_sections[line.number]
                why = why or ("" if page.is_own(address) else "of another site")
                yield Find(moment, Source.TEXT, page.document, address, "address", why)
