"""A page's parts: its sections with their headings, its lists' items, its tables."""

from __future__ import annotations

import re
from dataclasses import dataclass

from exporter.freshness.address import is_own, is_root, joined, same
from exporter.freshness.document import Document
from exporter.freshness.furniture import is_furniture, is_item
from exporter.freshness.outline import Anchor, Element, Line
from exporter.freshness.words import (
    begins_aside,
    is_aside_heading,
    is_news_heading,
    is_of_visitors,
    is_office,
    is_published,
    is_read_more,
)

MOST_LINES_OF_ITEM = 14
MOST_LINES_OF_SECTION = 200
NEAR_LINES = 2
_TOP_LINES = 3  # where the site's own name stands
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LOW_HEADING = 7
_SHORTEST_HEADING = 3
_HEADING_NAME = re.compile(r"title|judul|heading|header", re.IGNORECASE)
_MOST_HEADING_WORDS = 4
_TITLE_WORDS, _TITLE_LENGTH = 3, 18
_LONG_TITLE_WORDS = 4
_FOUR_DIGITS = re.compile(r"(?:19|20)\d\d")
_ARTICLE_NAME = re.compile(r"(?<![a-z])(?:article|artikel|post|entry|berita|news)(?![a-z])", re.IGNORECASE)
_FILE = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|zip|rar|jpe?g|png)$", re.IGNORECASE)
_COLUMN = re.compile(r"(?<!\w)(?:tanggal|tgl|date|waktu)(?!\w)", re.IGNORECASE)
_PUBLISHED_COLUMN = re.compile(
    r"(?:pengumuman|terbit|posting|publikasi|unggah|upload|rilis|berita|tayang|published|posted)", re.IGNORECASE
)
_NEWS_COLUMN = re.compile(
    r"(?<!\w)(?:judul|berita|pengumuman|perihal|dokumen|informasi|uraian|nama file|title|file)(?!\w)", re.IGNORECASE
)
_ASIDE_COLUMN = re.compile(
    r"(?<!\w)(?:nomor peraturan|no\.? peraturan|tentang|penetapan|agenda|acara|tempat|lokasi|batas|deadline|mulai"
    r"|selesai|akhir|pagu|hps|imsak|subuh|suhu|lahir|jabatan|tmt|buka|tutup|pelaksanaan|berlaku|periode)(?!\w)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list: its lines `[first, last)` and what it links to; `is_own` where that is the website's own."""

    first: int
    last: int
    address: str
    is_own: bool


class Page:
    """The lines of a document with what surrounds them."""

    def __init__(self, document: Document, lines: list[Line], hosts: frozenset[str]) -> None:
        self.document = document
        self.lines = lines
        self._hosts = hosts
        self._furniture: dict[int, bool] = {}
        self._tables: dict[int, dict[int, str]] = {}
        self._itself = same(document.url)
        self.aside_sections = [""] * len(lines)
        self._is_news = [False] * len(lines)
        self._mark_sections()

    def is_furniture(self, element: Element) -> bool:
        """Return whether the element stands around the content."""
        known = self._furniture.get(id(element))
        if known is None:
            known = self._furniture[id(element)] = is_furniture(element)
        return known

    def item(self, line: Line) -> Item | None:
        """Return the item that the line belongs to: the least around it with a link to an article, None without one."""
        for element in line.element.upward(8):
            if element.tag == "body" or element.last - element.first > MOST_LINES_OF_ITEM:
                return None
            links = [
                (each.number, link)
                for each in self.lines[element.first : element.last]
                for link in self.title_links(each)
            ]
            if links:
                own = [link for link in links if self.is_own(link[1])]
                address = _nearest(line.number, own or links)
                return Item(element.first, element.last, address, bool(own))
        return None

    def text_of(self, item: Item) -> str:
        """Return all that an item says."""
        return " ".join(line.text for line in self.lines[item.first : item.last])[:2000]

    def title_links(self, line: Line) -> list[str]:
        """Return the addresses in the line whose text is a title or leads to an article."""
        found = []
        for anchor in line.anchors:
            address = self.title_link(line, anchor)
            if address is not None:
                found.append(address)
        return found

    def title_link(self, line: Line, anchor: Anchor) -> str | None:
        """Return the address of a link whose text is a title, None where it isn't or leads to no article."""
        text = line.text[anchor.start : anchor.end].strip()
        if len(text.split()) < _TITLE_WORDS and len(text) < _TITLE_LENGTH and not is_read_more(text):
            return None
        address = joined(self.document.url, anchor.href)
        if address is None or is_root(address) or same(address) == self._itself:
            return None
        return None if self.is_furniture(line.element) and len(text.split()) < _TITLE_WORDS else address

    def is_own(self, address: str) -> bool:
        """Return whether the address is the website's."""
        return is_own(address, self._hosts)

    def is_below_title(self, line: Line) -> bool:
        """Return whether a heading that is an article's stands close above the line."""
        above = self.lines[max(0, line.number - NEAR_LINES) : line.number]
        return any(
            is_heading(each)
            and each.word_count >= _LONG_TITLE_WORDS
            and not self.is_furniture(each.element)
            and not (each.number < _TOP_LINES and is_office(each.text))
            for each in above
        )

    def is_beside_title(self, line: Line) -> bool:
        """Return whether the website's own title with a link stands close to the line."""
        around = self.lines[max(0, line.number - NEAR_LINES) : line.number + NEAR_LINES + 1]
        return any(map(self.is_own, (address for each in around for address in self.title_links(each))))

    def is_news(self, line: Line) -> bool:
        """Return whether the heading above the line says that news follow, or the table's columns say so."""
        columns = " ".join(self._columns(line).values())
        return self._is_news[line.number] or bool(_COLUMN.search(columns) and _NEWS_COLUMN.search(columns))

    def is_aside_table(self, line: Line) -> bool:
        """Return whether the line's column, or another where this isn't known, is of events, laws or terms."""
        columns = self._columns(line)
        column = next((each.column for each in line.element.upward(4) if each.column), 0)
        if _PUBLISHED_COLUMN.search(columns.get(column, "")):
            return False
        return any(_ASIDE_COLUMN.search(name) for name in columns.values())

    def _columns(self, line: Line) -> dict[int, str]:
        """Return the names in the first row of the table around the line by column; none without a table."""
        table = next((each for each in line.element.upward(8) if each.tag == "table"), None)
        if table is None or table.last - table.first < NEAR_LINES:
            return {}
        if id(table) not in self._tables:
            self._tables[id(table)] = self._first_row(table)
        return self._tables[id(table)]

    def _first_row(self, table: Element) -> dict[int, str]:
        row = next((each for each in self.lines[table.first].element.upward(8) if each.tag == "tr"), None)
        if row is None or row.last - row.first > MOST_LINES_OF_ITEM or row.last >= table.last:
            return {}
        cells = [line for line in self.lines[row.first : row.last] if line.word_count <= _MOST_HEADING_WORDS]
        return {next((each.column for each in line.element.upward(4) if each.column), 0): line.text for line in cells}

    def _mark_sections(self) -> None:
        headings = [line for line in self.lines if self._is_section_heading(line)]
        is_news, marks = False, {line.number: is_news_heading(line.text) for line in headings}
        for line in self.lines:
            is_news = marks.get(line.number, is_news)
            self._is_news[line.number] = is_news
        for place, heading in enumerate(headings):
            if is_aside_heading(heading.text) and not self._is_own_title(heading):
                end = self._section_end(heading, headings[place + 1 : place + MOST_LINES_OF_SECTION])
                why = f"under {heading.text[:40]!r}"
                self.aside_sections[heading.number : end] = [why] * (end - heading.number)

    def _is_own_title(self, heading: Line) -> bool:
        """Return whether a heading is an article's own: one of several words, with a date of it alone below."""
        if heading.word_count == 1 or begins_aside(heading.text) or is_of_visitors(heading.text):
            return False
        around = next((each for each in heading.element.upward(4) if is_item(each)), None)
        last = around.last if around is not None else heading.number + 1 + NEAR_LINES
        dated = [line for line in self.lines[heading.number + 1 : last] if _FOUR_DIGITS.search(line.text)]
        if len(dated) != 1 or dated[0].number > heading.number + NEAR_LINES:
            return False
        is_linked = any(not is_root(joined(self.document.url, each.href) or "") for each in heading.anchors)
        named = around is not None and bool(_ARTICLE_NAME.search(f"{around.names} {around.tag}"))
        return is_published(dated[0].text) or (is_linked and named)

    def _is_section_heading(self, line: Line) -> bool:
        is_short = line.word_count <= _MOST_HEADING_WORDS or (not line.anchors and begins_aside(line.text))
        if level(line) == 1 or not is_short or len(line.text) < _SHORTEST_HEADING:
            return False
        named = any(_HEADING_NAME.search(each.names) for each in line.element.upward(1))
        if not (is_heading(line) or line.is_bold or named):
            return False
        return not line.anchors or line.word_count < _TITLE_WORDS

    def _section_end(self, heading: Line, later: list[Line]) -> int:
        container = next((each for each in heading.element.upward(6) if each.last - each.first > 1), heading.element)
        kind = (heading.element.tag, heading.element.names)
        end = max(min(container.last, heading.number + MOST_LINES_OF_SECTION), heading.number + 1)
        for other in later:
            if other.number >= end:
                break
            if level(other) < level(heading) or (other.element.tag, other.element.names) == kind:
                end = other.number
                break
        return self._articles_start(container, heading.number + 1, end)

    def _articles_start(self, container: Element, start: int, end: int) -> int:
        """Return where after the section's own part articles begin within the container, else its end."""
        own: Element | None = None
        for line in self.lines[start:end]:
            part = next((each for each in line.element.upward() if each.parent is container), None)
            own = own or part
            if part is not None and part is not own and is_item(part) and own is not None and not is_item(own):
                return line.number
        return end


def level(line: Line) -> int:
    """Return the level of a heading, 7 for a line that is none by its element."""
    for each in line.element.upward(2):
        if each.tag in _HEADINGS:
            return int(each.tag[1])
    return _LOW_HEADING


def is_file(address: str) -> bool:
    """Return whether the address is a document's or a picture's."""
    return _FILE.search(address.partition("?")[0]) is not None


def _nearest(number: int, links: list[tuple[int, str]]) -> str:
    """Return the link that a date on a line belongs to: titles stand all before their dates, or all after."""
    before = [address for place, address in links if place <= number]
    return before[-1] if before else links[0][1]


def is_heading(line: Line) -> bool:
    """Return whether the line is of a heading element."""
    return level(line) < _LOW_HEADING
