"""What is said of a website in a table's words, in English as the rest of the command line."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum

from exporter.model import Language
from exporter.report.websites.words import STATUSES, fault_text
from exporter.report.words import Words
from exporter.rhythm import Standing
from exporter.status.websites.document import Newest, Reason, ShownSite
from exporter.status.wording import Rank, Signs, duration
from exporter.website import Activity, Fault

CERTIFICATE_DAYS = 14  # what is left of a certificate that is told of
_FEW_SECONDS = 10
_TODAY = "today"


class Place(Enum):
    """What a website is counted as, in the order of the table: each website is exactly one."""

    INACTIVE = "not active"
    ASLEEP = "asleep"
    LATE = "late"
    UNKNOWN = "unknown"
    UNMEASURED = "unmeasured"
    WELL = "active"


PLACES = tuple(Place)
_PLACE_OF = {
    Standing.ASLEEP: Place.ASLEEP,
    Standing.LATE: Place.LATE,
    Standing.UNKNOWN: Place.UNKNOWN,
    Standing.ON_TIME: Place.WELL,
    Standing.UNASKED: Place.WELL,
}
_SIGNS = {
    Place.INACTIVE: Rank.DOWN,
    Place.ASLEEP: Rank.DEGRADED,
    Place.LATE: Rank.DEGRADED,
    Place.UNKNOWN: Rank.UP,
    Place.UNMEASURED: Rank.UNMEASURED,
    Place.WELL: Rank.UP,
}


def place(site: ShownSite) -> Place:
    """Return what a website is counted as: how fresh it is counts only while it is active."""
    if site.activity is Activity.INACTIVE:
        return Place.INACTIVE
    return Place.UNMEASURED if site.activity is Activity.UNMEASURED else _PLACE_OF[site.standing]


def order(site: ShownSite) -> tuple[int, float]:
    """Return where a website stands: those not active first, the latest of them first; else as in the inventory."""
    of = place(site)
    is_latest_first = of is Place.INACTIVE and site.since is not None
    return (PLACES.index(of), -site.since.timestamp() if is_latest_first and site.since else 0.0)


def rank(place: Place) -> Rank:
    """Return the links' rank whose sign and style a website has."""
    return _SIGNS[place]


def state(site: ShownSite, signs: Signs) -> str:
    """Return whether a website is active as a sign and words; the sign of one that is late or asleep is another."""
    of = place(site)
    words = of.value if of in {Place.INACTIVE, Place.UNMEASURED} else Place.WELL.value
    return f"{signs.ranks[rank(of)]} {words}"


def why(site: ShownSite) -> str | None:
    """Return why a website isn't active, or isn't fresh; None of one that is both, and of one that isn't measured."""
    of = place(site)
    if of is Place.INACTIVE:
        return None if site.reason is None else _fault(site.reason)
    if of in {Place.ASLEEP, Place.LATE}:
        return of.value if site.newest is None else f"{of.value}, last {_ago(site.newest)}"
    if of is not Place.UNKNOWN:
        return None
    if not site.was_looked_at:
        return "not looked for a date yet"
    return f"no date found{'' if site.obstacle is None else f': {site.obstacle}'}"


def _fault(reason: Reason) -> str:
    """Return a fault in words; of a status the number comes first, which a narrow column keeps."""
    if reason.fault is not Fault.HTTP_STATUS:
        return fault_text(reason.fault, reason.detail, Language.ENGLISH)
    known = STATUSES.get(reason.detail)
    return f"HTTP {reason.detail}" + ("" if known is None else f", {Words(Language.ENGLISH).of(known)}")


def _ago(newest: Newest) -> str:
    """Return how long ago content was published."""
    told = age(newest)
    return told if told == _TODAY else f"{told} ago"


def age(newest: Newest) -> str:
    """Return how old the newest content is: days of the calendar, as the report counts them, and today's by time."""
    if newest.days:
        return f"{newest.days} d"
    return _TODAY if newest.age_seconds is None else duration(newest.age_seconds)


def seconds(value: float) -> str:
    """Return how long an answer took."""
    return f"{value:.2f} s" if value < _FEW_SECONDS else f"{value:.0f} s"


def certificate(left: timedelta) -> str:
    """Return how many whole days are left of a certificate."""
    return "expired" if left < timedelta(0) else f"{left.days} d"


def ends_soon(left: timedelta) -> bool:
    """Return whether a certificate is valid now, and soon isn't."""
    return timedelta(0) <= left <= timedelta(days=CERTIFICATE_DAYS)
