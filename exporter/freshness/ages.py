"""Ages in text: "3 hari 4 jam yang lalu", "kemarin", "2 weeks ago"."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from exporter.freshness.moment import Moment, day

_HOUR, _DAY, _WEEK, _MONTH, _YEAR = 3600, 86_400, 7 * 86_400, 31 * 86_400, 366 * 86_400
_MONTHS_A_YEAR = 12
_LEADING_CHARACTERS = 24
_RELATIVE = re.compile(
    r"(?<!\w)(?:(\d{1,3}|satu|dua|tiga|empat|lima|enam|tujuh|delapan|sembilan|sepuluh)\s?"
    r"(detik|menit|jam|hari|minggu|pekan|bulan|tahun)|se(jam|hari|minggu|pekan|bulan|tahun))\s(?:yang\s|yg\s)?lalu(?!\w)",
    re.IGNORECASE,
)
_AGO = re.compile(
    r"(?<!\w)(\d{1,3}|an?|one|two|three)\s(second|sec|minute|min|hour|hr|day|week|month|year)s?\sago(?!\w)",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"(\d{1,3})\s?(jam|hari|minggu|pekan|bulan|tahun|hour|day|week|month|year)s?,?\s(?:dan\s|and\s)?$", re.IGNORECASE
)
_YESTERDAY = re.compile(r"(?<!\w)(?:kemarin|yesterday)(?!\w|\slusa)", re.IGNORECASE)
_NUMBERS = {
    word: number
    for number, words in enumerate(
        ("satu a an one", "dua two", "tiga three", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh"),
        1,
    )
    for word in words.split()
}
_UNIT_SECONDS = {
    **dict.fromkeys(("detik", "second", "sec"), 1),
    **dict.fromkeys(("menit", "minute", "min"), 60),
    **dict.fromkeys(("jam", "hour", "hr"), _HOUR),
    **dict.fromkeys(("hari", "day"), _DAY),
    **dict.fromkeys(("minggu", "pekan", "week"), _WEEK),
    **dict.fromkeys(("bulan", "month"), _MONTH),
    **dict.fromkeys(("tahun", "year"), _YEAR),
}


def ages_in(text: str, now: float, zone: ZoneInfo) -> Iterator[tuple[int, int, Moment]]:
    """Yield the ages in the text with where they begin and end, as what was so long before `now`."""
    for match in (*_RELATIVE.finditer(text), *_AGO.finditer(text)):
        if match.re is _RELATIVE:
            number, unit = match[1] or "satu", match[2] or match[3]
        else:
            number, unit = match[1], match[2]
        start, spans = _leading(text, match, _span(number, unit))
        yield from _ago((start, match.end()), spans, now, zone)
    for match in _YESTERDAY.finditer(text):
        yield from _ago(match.span(), [(1, _DAY)], now, zone)


def _span(number: str, unit: str) -> tuple[int, int]:
    """Return how many of how many seconds."""
    return int(number) if number.isdigit() else _NUMBERS[number.lower()], _UNIT_SECONDS[unit.lower()]


def _leading(text: str, match: re.Match[str], last: tuple[int, int]) -> tuple[int, list[tuple[int, int]]]:
    """Return where an age of several units begins ("3 hari 4 jam yang lalu"), and its parts, the largest first."""
    start, spans = match.start(), [last]
    while before := _LEADING.search(text[max(0, start - _LEADING_CHARACTERS) : start]):
        start -= len(before[0])
        spans.insert(0, _span(before[1], before[2]))
    return start, spans


def _ago(
    place: tuple[int, int], spans: list[tuple[int, int]], now: float, zone: ZoneInfo
) -> Iterator[tuple[int, int, Moment]]:
    """Yield the moment so long ago; by its day where its largest unit is days or more."""
    count, unit_seconds = spans[0]
    if unit_seconds < _DAY:
        past = sum(number * seconds for number, seconds in spans)
        yield *place, Moment(int(now) - past, unit_seconds=spans[-1][1])
        return
    rest = sum(number * seconds for number, seconds in spans[1:])
    start = _days_back(datetime.fromtimestamp(now - rest, zone).date(), count, unit_seconds)
    if start is not None and (moment := day(start.year, start.month, start.day, zone)):
        told = Moment(moment.at, is_day_only=True, unit_seconds=max(_DAY, spans[-1][1]))
        yield *place, told


def _days_back(local: date, count: int, unit_seconds: int) -> date | None:
    """Return the day so many days, weeks, months or years back; the last of its month where it has no such day."""
    if unit_seconds <= _WEEK:
        return local - timedelta(days=count * unit_seconds // _DAY)
    months_back = count * (_MONTHS_A_YEAR if unit_seconds == _YEAR else 1)
    year, month = divmod(local.year * _MONTHS_A_YEAR + local.month - 1 - months_back, _MONTHS_A_YEAR)
    return date(year, month + 1, min(local.day, monthrange(year, month + 1)[1])) if year >= 1 else None
