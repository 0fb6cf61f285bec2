"""Dates in text as Indonesian and English websites write them. An impossible or a doubtful one is none.

Days come first. Every expression looks at a bounded stretch, so that the time is linear in the text's length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

from exporter.freshness.ages import ages_in
from exporter.freshness.moment import LONGEST_STAMP, Moment, day, instant, stamp

_NAMES = (
    ("januari", "january", "jan"),
    ("februari", "february", "pebruari", "februarie", "feb", "peb", "febr", "pebr"),
    ("maret", "march", "mar", "mrt"),
    ("april", "apr"),
    ("mei", "may"),
    ("juni", "june", "jun"),
    ("juli", "july", "jul"),
    ("agustus", "august", "agust", "agt", "ags", "agu", "agus", "agst", "aug"),
    ("september", "sept", "sep"),
    ("oktober", "october", "okt", "oct"),
    ("november", "nopember", "nov", "nop"),
    ("desember", "december", "des", "dec"),
)
MONTHS = {name: number for number, names in enumerate(_NAMES, 1) for name in names}
_WEEKDAY_NAMES = (
    ("senin", "sen", "monday", "mon"),
    ("selasa", "sel", "tuesday", "tue"),
    ("rabu", "rab", "wednesday", "wed"),
    ("kamis", "kam", "thursday", "thu"),
    ("jum", "jumat", "friday", "fri"),
    ("sabtu", "sab", "saturday", "sat"),
    ("minggu", "min", "ahad", "sunday", "sun"),
)
_WEEKDAYS = {name: number for number, names in enumerate(_WEEKDAY_NAMES) for name in names}
_MONTH = "(" + "|".join(sorted(MONTHS, key=len, reverse=True)) + ")"
_NAMED = re.compile(
    rf"(?<![\d./])(\d{{1,2}})(?:st|nd|rd|th)?[\s./-]{{0,3}}{_MONTH}(?![a-z])[\s.,/-]{{0,3}}"
    r"(\d{4}|['\u2019]\d\d|\d\d)(?!\d|[:.]\d)",
    re.IGNORECASE,
)
_ENGLISH = re.compile(
    rf"(?<![a-z\d]){_MONTH}\.?[\s-]{{1,2}}(\d{{1,2}})(?:st|nd|rd|th)?,?\s{{1,2}}(\d{{4}})(?!\d)", re.IGNORECASE
)
_NUMERIC = re.compile(r"(?<![\d./:-])(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d\d)(?!\d|[./-]\d)")
_ISO = re.compile(r"(?<![\d./-])(\d{4})([./-])(\d{1,2})\2(\d{1,2})(?!\d|[./-]\d)")
_TIME = re.compile(
    r"[T\s,|\u2022\u00b7@()\u2013\u2014-]{0,6}(pukul |jam |pkl\.? |at )?"
    r"([01]?\d|2[0-3])([:.])([0-5]\d)(?::([0-5]\d))?(?!\d)\s?(WIB|WITA|WIT|[ap]m\b|Z\b|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)
_ZONE_HOURS = {"wib": 7, "wita": 8, "wit": 9, "z": 0}
_HINTS = re.compile(r"\d|lalu|ago|kemarin|yesterday", re.IGNORECASE)
_TO = r"(?:-|\u2013|\u2014|s\.?\s?/?d\.?|sampai|hingga|to|until)"
_BEFORE_RANGE = re.compile(rf"(?:^|\D)(\d{{1,2}})\s?(?:{_TO}|dan|&)\s?(?:dengan\s)?$", re.IGNORECASE)
_RANGE = re.compile(rf"\s?(?:WIB\s?)?{_TO}\s?(?:dengan\s)?(?:tanggal\s)?(?:[a-z'\u2019]{{3,9}},?\s)?", re.IGNORECASE)
_LONGEST_RANGE = 40  # characters between its two days
_BEFORE_CHARACTERS = 24
_SHORT_YEAR = 2  # digits
_NOON = 12
_AFTER_SHORT_YEAR = re.compile(r"\s?(?:$|[,|)\]\u2013\u2014-]|\d{1,2}[:.]\d\d|pukul)", re.IGNORECASE)
_WEEKDAY_BEFORE = re.compile(r"([a-z]{3,9})(?:['\u2019`\u00b4\u2018]?at)?,?\s?$", re.IGNORECASE)
_CENTURY = 2000


@dataclass(frozen=True, slots=True)
class TextDate:
    """A date at `text[start:end]`; `is_range` where it begins or ends a span of days."""

    start: int
    end: int
    moment: Moment
    is_range: bool = False


def dates_in(text: str, now: float, zone: ZoneInfo) -> list[TextDate]:
    """Return the dates in the text in order of place, none overlapping; relative ones are counted from `now`."""
    if not _HINTS.search(text):
        return []
    found = sorted(_absolute(text, zone), key=lambda each: (each.start, -each.end))
    found += (TextDate(start, end, moment) for start, end, moment in ages_in(text, now, zone))
    return _ranged(text, _apart(found), zone)


def written_moment(written: str, now: float, zone: ZoneInfo) -> Moment | None:
    """Return the moment that a text is: a machine's stamp, or else the one date that it has."""
    found = stamp(written, zone)
    if found is None and len(written) <= LONGEST_STAMP:
        dates = dates_in(written, now, zone)
        found = dates[0].moment if len(dates) == 1 else None
    return found


def _apart(found: list[TextDate]) -> list[TextDate]:
    kept: list[TextDate] = []
    for each in sorted(found, key=lambda one: one.start):
        if not kept or each.start >= kept[-1].end:
            kept.append(each)
    return kept


def _ranged(text: str, found: list[TextDate], zone: ZoneInfo) -> list[TextDate]:
    ends = {
        place
        for before, after in pairwise(found)
        if after.start - before.end <= _LONGEST_RANGE and _RANGE.fullmatch(text, before.end, after.start)
        for place in (before.start, after.start)
    }
    return [replace(each, is_range=each.start in ends or _ends_range(text, each, zone)) for each in found]


def _ends_range(text: str, each: TextDate, zone: ZoneInfo) -> bool:
    """Return whether an earlier day of the month stands before the date, as in "10 - 18 November 2026"."""
    match = _BEFORE_RANGE.search(text[max(0, each.start - _BEFORE_CHARACTERS) : each.start])
    return match is not None and 0 < int(match[1]) < datetime.fromtimestamp(each.moment.at, zone).day


def _absolute(text: str, zone: ZoneInfo) -> Iterator[TextDate]:
    for match in _NAMED.finditer(text):
        year = _year(match[3])
        if len(match[3]) != _SHORT_YEAR or _AFTER_SHORT_YEAR.match(text, match.end()):
            yield from _dated(text, match, (year, MONTHS[match[2].lower()], int(match[1])), zone)
    for match in _ENGLISH.finditer(text):
        yield from _dated(text, match, (int(match[3]), MONTHS[match[1].lower()], int(match[2])), zone)
    for match in _ISO.finditer(text):
        yield from _dated(text, match, (int(match[1]), int(match[3]), int(match[4])), zone)
    for match in _NUMERIC.finditer(text):
        year, first, second = _year(match[4]), int(match[1]), int(match[3])
        for parts in ((year, second, first), (year, first, second)):
            if _is_clear(text, match, parts, is_day_first=parts[2] == first):
                yield from _dated(text, match, parts, zone)
                break


def _year(written: str) -> int:
    digits = written.lstrip("'\u2019")
    return int(digits) if len(digits) > _SHORT_YEAR else _CENTURY + int(digits)


def _is_clear(text: str, match: re.Match[str], parts: tuple[int, int, int], *, is_day_first: bool) -> bool:
    """Return whether numbers say which day it is: a weekday before them must agree, and alone tells a month that comes
    first, or a year of two digits without slashes.
    """
    named = _weekday_before(text, match.start())
    if named is None:
        return is_day_first and (len(match[4]) > _SHORT_YEAR or match[2] == "/")
    try:
        return date(*parts).weekday() == named
    except ValueError:
        return False


def _weekday_before(text: str, place: int) -> int | None:
    match = _WEEKDAY_BEFORE.search(text[max(0, place - 14) : place])
    return None if match is None else _WEEKDAYS.get(match[1].lower())


def _dated(text: str, match: re.Match[str], parts: tuple[int, int, int], zone: ZoneInfo) -> Iterator[TextDate]:
    time = _TIME.match(text, match.end())
    if time is not None and (time[3] == ":" or time[1] or (time[6] or "").lower() in _ZONE_HOURS):
        moment, end = _at_time(parts, time, zone), time.end()
    else:
        moment, end = day(*parts, zone), match.end()
    if moment is not None:
        yield TextDate(match.start(), end, moment)


def _at_time(parts: tuple[int, int, int], time: re.Match[str], zone: ZoneInfo) -> Moment | None:
    hour, mark = int(time[2]), (time[6] or "").lower()
    if mark == "pm" and hour < _NOON:
        hour += _NOON
    elif mark == "am" and hour == _NOON:
        hour = 0
    return instant(parts, (hour, int(time[4]), int(time[5] or 0)), _marked_zone(mark, zone))


def _marked_zone(mark: str, zone: ZoneInfo) -> tzinfo:
    if mark in _ZONE_HOURS:
        return timezone(timedelta(hours=_ZONE_HOURS[mark]))
    if mark[:1] in {"+", "-"}:
        minutes = int(mark[1:3]) * 60 + int(mark[-2:])
        return timezone(timedelta(minutes=min(minutes, 14 * 60)) * (-1 if mark[0] == "-" else 1))
    return zone
