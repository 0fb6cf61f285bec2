"""What a page's elements are by their names: furniture, calendars, comments, or the meta line of an article."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from exporter.freshness.outline import Element

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
# What classes tell of a post's category says nothing of the element.
_FREE = re.compile(r"^(?:category|tag|cat|post_tag|type|status|format|has|is|menu-item|page|author)-", re.IGNORECASE)
_ASIDE = {
    "in a calendar of events": "agenda agendas event events kalender calendar tribe fullcalendar fc jadwal upcoming",
    "a clock": "clock jam livedate currentdate datetimenow hariini sekarang servertime todaydate datenow",
    "of a counter of visitors": "visitor visitors counter pengunjung statcounter statistik histats",
    "of the weather": "weather cuaca bmkg",
    "of prayer times": "sholat shalat solat salat prayer prayers imsakiyah adzan",
    "of a social network": "twitter facebook instagram tweet tweets fbpost tiktok",
    "of a talk with visitors": "chat livechat poll polling survey survei aduan pengaduan keluhan forum",
    "a deadline": "deadline countdown tenggat",
    "of a holiday": "libur holiday holidays",
}
_ASIDE_WORDS = {word: why for why, words in _ASIDE.items() for word in words.split()}
_COMMENT = re.compile(
    r"^(?:comments?|komentar|bukutamu|guestbook|testimoni(?:al)?s?|tanggapan|shoutbox)$"
    r"|^(?:comments?|komentar)[-_]?(?:list|area|body|meta|metadata|content|author|date|item|wrap|thread|box)\b|^commentlist",
    re.IGNORECASE,
)
# fmt: off
_FURNITURE = frozenset(
    {
        "topbar", "navbar", "nav", "navigation", "menu", "masthead", "footer", "copyright", "ticker",
        "marquee", "runningtext", "breadcrumb", "breadcrumbs", "toolbar", "subheader", "infobar",
        "sitefooter", "siteheader", "bottombar",
    }
)
_OF_ARTICLE = frozenset(
    {
        "entry", "post", "article", "artikel", "berita", "news", "card", "item", "content", "single", "blog",
    }
)
_OF_ITEM = frozenset(
    {
        "entry", "post", "article", "artikel", "berita", "news", "card", "kartu",
    }
)
_META = frozenset(
    {
        "date", "tanggal", "tgl", "meta", "published", "publish", "posted", "post", "entry", "byline",
        "pubdate", "postdate", "posting", "timestamp", "createdate", "created", "dateline",
        "modified", "updated", "waktu",
    }
)
# fmt: on
_NAMED_HEADERS = frozenset({"widget", "section", "box", "panel", "title"})
_TOP_BARS = (("top", "header"), ("top", "bar"), ("top", "left"), ("top", "right"), ("top", "info"), ("running", "text"))


@lru_cache(maxsize=4096)
def _words(names: str) -> frozenset[str]:
    found: set[str] = set()
    for name in names.split():
        if not _FREE.match(name):
            parts = [part.lower() for part in _WORD.findall(name)]
            found.update(parts)
            found.update(first + second for first, second in pairwise(parts))
    return frozenset(found)


@lru_cache(maxsize=4096)
def _aside(names: str) -> str:
    if any(_COMMENT.match(name) for name in names.split()):
        return "in a comment"
    for word in sorted(_words(names)):
        if word in _ASIDE_WORDS:
            return _ASIDE_WORDS[word]
    return ""


def aside(element: Element) -> str:
    """Return in words why dates within the element aren't of publications, empty where its names say nothing such."""
    for each in element.upward():
        if each.tag in {"body", "main", "article", "form"}:
            continue
        if why := _aside(each.names):
            return why
    return ""


def is_furniture(element: Element) -> bool:
    """Return whether the element stands around the content: in the page's head, foot or menu."""
    return any(_is_furniture(each) for each in element.upward())


def _is_furniture(element: Element) -> bool:
    words = _words(element.names)
    if element.tag in {"nav", "marquee"}:
        return True
    if element.tag in {"header", "footer"} and not words & _OF_ARTICLE:
        return not any(each.tag in {"article", "main", "section"} for each in element.upward())
    if words & _OF_ARTICLE:
        return False
    if words & _FURNITURE or ("header" in words and not words & _NAMED_HEADERS):
        return True
    return any(pair[0] in words and pair[1] in words for pair in _TOP_BARS)


def is_meta(element: Element) -> bool:
    """Return whether the element or one close around it is named as an article's date or meta line."""
    return any(each.tag in {"article", "time"} or bool(_words(each.names) & _META) for each in element.upward(3))


def is_item(element: Element) -> bool:
    """Return whether the element is named as an article or a card, by its class or its own tag."""
    return bool(_words(f"{element.names} {element.tag}") & _OF_ITEM)


def is_of_item(element: Element) -> bool:
    """Return whether one close around the element is named as an article or a card."""
    return any(is_item(each) for each in element.upward(4))


def is_of_article(element: Element) -> bool:
    """Return whether the element stands within an article or an item of a list by the names around it."""
    return any(
        each.tag in {"article", "time"} or bool(_words(each.names) & _OF_ARTICLE)
        for each in element.upward(6)
        if each.tag != "body"
    )


def signature(element: Element) -> str:
    """Return what elements of one kind in a page have in common."""
    return ">".join(f"{each.tag}.{each.names}" for each in element.upward(3))
