"""A moment as a website writes it: an instant or a day, and the stamps of machines that give one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_tz
from zoneinfo import ZoneInfo

LONGEST_STAMP = 64
_ISO = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ](\d{2}):?(\d{2})(?::?(\d{2}))?(?:[.,]\d{1,9})?"
    r"\s?(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?"
)
_MARKED = re.compile(r"[+-]\d{4}\b|\b(?:GMT|UTC?|Z|[ECMP][SD]T)\b")
_EPOCH = re.compile(r"(\d{10})(\d{3})?")
_EARLIEST_YEAR = 1995
_LATEST_YEAR = 2100


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, or a day's beginning in its zone, in seconds since the epoch.

    `unit_seconds` is how coarsely a relative moment is told ("3 weeks ago": a week), 0 where it is told outright.
    `is_utc` says that it was marked as UTC, which programs often do with local times.
    """

    at: int
    is_day_only: bool = False
    unit_seconds: int = 0
    is_utc: bool = False


def day(year: int, month: int, number: int, zone: tzinfo) -> Moment | None:
    """Return the day, None where there is none such or no website can be of it."""
    start = _local((year, month, number), (0, 0, 0), zone)
    return None if start is None else Moment(start, is_day_only=True)


def instant(date: tuple[int, int, int], time: tuple[int, int, int], zone: tzinfo) -> Moment | None:
    """Return the instant, None where there is none such; midnight to the second is a day without a time."""
    at = _local(date, time, zone)
    return None if at is None else Moment(at, is_day_only=time == (0, 0, 0))


def stamp(text: str, zone: ZoneInfo) -> Moment | None:
    """Return the moment of a machine's stamp (ISO 8601, RFC 5322, seconds or milliseconds since the epoch), else None.

    A stamp without a zone is of the website's own.
    """
    text = text.strip()
    if not text or len(text) > LONGEST_STAMP:
        return None
    if match := _ISO.fullmatch(text):
        return _iso(match, zone)
    if match := _EPOCH.fullmatch(text):
        return Moment(int(match[1]))
    return _internet(text, zone)


def local_day(at: float, zone: ZoneInfo) -> int:
    """Return the ordinal of the local day of an instant."""
    return datetime.fromtimestamp(at, zone).toordinal()


def offset_seconds(at: float, zone: ZoneInfo) -> int:
    """Return how far the zone's clocks are ahead of UTC."""
    offset = datetime.fromtimestamp(at, zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


def _local(date: tuple[int, int, int], time: tuple[int, int, int], zone: tzinfo) -> int | None:
    if not _EARLIEST_YEAR <= date[0] <= _LATEST_YEAR:
        return None
    try:
        return int(datetime(*date, *time, tzinfo=zone).timestamp())
    except ValueError:
        return None


def _iso(match: re.Match[str], zone: ZoneInfo) -> Moment | None:
    date = (int(match[1]), int(match[2]), int(match[3]))
    if match[4] is None:
        return day(*date, zone)
    time = (int(match[4]), int(match[5]), int(match[6] or 0))
    if time == (0, 0, 0):
        return day(*date, zone)
    written = match[7]
    if written is None:
        return instant(date, time, zone)
    found = instant(date, time, _offset(written))
    return None if found is None else Moment(found.at, is_utc=_offset(written) is UTC)


def _offset(written: str) -> tzinfo:
    if written in {"Z", "UTC", "GMT"}:
        return UTC
    digits = written[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    if minutes == 0 or minutes >= 24 * 60:
        return UTC
    return timezone(timedelta(minutes=-minutes if written[0] == "-" else minutes))


def _internet(text: str, zone: ZoneInfo) -> Moment | None:
    try:
        parts = parsedate_tz(text)
    except (ValueError, IndexError, OverflowError):
        return None
    if parts is None or not text[0].isalpha() or parts[0] <= _EARLIEST_YEAR:
        return None
    date, time, seconds = parts[:3], parts[3:6], parts[9]
    if seconds is None or not _MARKED.search(text):
        return instant(date, time, zone)
    if abs(seconds) >= 24 * 3600:
        return None
    found = instant(date, time, timezone(timedelta(seconds=seconds)))
    return None if found is None else Moment(found.at, is_utc=seconds == 0)
