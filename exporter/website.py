"""What is known of an office's website: whether it is active and why not, and what it has published. Frozen values.

A check is one visit of the page, a look is a search for what was published last. Instants are seconds since the epoch.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, Self

from exporter.model import Website

DAY_SECONDS = 86_400
_LARGEST = 2**53


class Activity(Enum):
    """Whether a website is there for its readers."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    UNMEASURED = "unmeasured"


class Fault(Enum):
    """Why a website isn't active."""

    NAME_NOT_FOUND = "name_not_found"
    CONNECTION_FAILED = "connection_failed"
    TIMEOUT = "timeout"
    TLS_EXPIRED = "tls_expired"
    TLS_NOT_YET_VALID = "tls_not_yet_valid"
    TLS_WRONG_NAME = "tls_wrong_name"
    TLS_CHAIN_INCOMPLETE = "tls_chain_incomplete"
    TLS_SELF_SIGNED = "tls_self_signed"
    TLS_UNTRUSTED = "tls_untrusted"  # signed by a root that nobody here trusts
    TLS_TOO_OLD = "tls_too_old"  # a version or a renegotiation that is no longer spoken
    TLS_FAILED = "tls_failed"
    HTTP_STATUS = "http_status"  # the detail is the number
    BAD_ANSWER = "bad_answer"  # no HTTP, or headers without end
    REDIRECT_LOOP = "redirect_loop"
    REDIRECT_REFUSED = "redirect_refused"  # to another scheme, or into a network that isn't public
    REDIRECTS_ELSEWHERE = "redirects_elsewhere"  # the detail is the other domain
    TOO_LARGE = "too_large"  # it unpacks to more than 100 times its size
    EMPTY = "empty"
    PARKED = "parked"
    SUSPENDED = "suspended"
    DEFAULT_PAGE = "default_page"  # the server's own, or a list of files
    ERROR_PAGE = "error_page"  # a program's fault in place of the page, with a good status
    GUARDED = "guarded"  # a check against programs stands before it, so a program can't judge it


class Source(Enum):
    """Where a date of publication was found."""

    FEED = "feed"
    POSTS = "posts"  # WordPress's REST API
    STRUCTURED = "structured"  # JSON-LD, article:published_time and their like
    SITEMAP = "sitemap"
    TIME_ELEMENT = "time"
    TEXT = "text"
    LAST_MODIFIED = "last_modified"


@dataclass(frozen=True, slots=True)
class SiteCheck:
    """One visit of a website's page.

    `fault` is None where it is active, and `is_measured` False where the visit says nothing of the website. `detail` is
    what a fault's words need beside it: a status, another domain, an error's text; else empty. `http_status` is the
    last answer's, None without one; `response_seconds` the time until the last answer was read; `tls_not_after` the end
    of the certificate's validity, where one was seen. `addresses` are the URLs that it was led over, the last one last.
    """

    at: float
    fault: Fault | None = None
    detail: str = ""
    is_measured: bool = True
    http_status: int | None = None
    response_seconds: float | None = None
    tls_not_after: int | None = None
    addresses: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return it as JSON has it."""
        return {**asdict(self), "fault": None if self.fault is None else self.fault.value}

    @classmethod
    def from_json(cls, of: dict[str, Any]) -> Self:
        """Return what `as_json` told; ValueError, KeyError or TypeError where it is something else."""
        return cls(
            at=_number(of["at"]),
            fault=None if of["fault"] is None else Fault(of["fault"]),
            detail=_text(of["detail"]),
            is_measured=of["is_measured"] is True,
            http_status=None if of["http_status"] is None else _integer(of["http_status"]),
            response_seconds=None if of["response_seconds"] is None else _number(of["response_seconds"]),
            tls_not_after=None if of["tls_not_after"] is None else _integer(of["tls_not_after"]),
            addresses=tuple(map(_text, of["addresses"])),
        )

    @property
    def activity(self) -> Activity:
        """What the visit says."""
        if not self.is_measured:
            return Activity.UNMEASURED
        return Activity.ACTIVE if self.fault is None else Activity.INACTIVE


@dataclass(frozen=True, slots=True)
class SiteSpan:
    """A time `[start, end)` in which a website was one thing; `fault` and `detail` say why it wasn't active."""

    start: int
    end: int
    activity: Activity
    fault: Fault | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """Something that a website published; where only its day is known, `published_at` is the day's beginning.

    `seen_at` is the look that first found it. `address` is its own URL, where it has one.
    """

    published_at: int
    is_day_only: bool
    source: Source
    seen_at: int
    address: str | None = None

    def as_json(self) -> dict[str, object]:
        """Return it as JSON has it."""
        return {**asdict(self), "source": self.source.value}

    @classmethod
    def from_json(cls, of: dict[str, Any]) -> Self:
        """Return what `as_json` told; ValueError, KeyError or TypeError where it is something else."""
        return cls(
            published_at=_integer(of["published_at"]),
            is_day_only=of["is_day_only"] is True,
            source=Source(of["source"]),
            seen_at=_integer(of["seen_at"]),
            address=None if of["address"] is None else _text(of["address"]),
        )

    @property
    def counted_at(self) -> int:
        """The latest that it can have been: what its age is counted from, so that nobody is late by rounding."""
        return min(self.published_at + DAY_SECONDS, self.seen_at) if self.is_day_only else self.published_at


@dataclass(frozen=True, slots=True)
class Look:
    """One search for what a website has published: the credible finds, the newest first.

    `obstacle` says in words why it couldn't be made in full, else it is empty. `stamps` is what the next look compares
    with, as JSON. `withdrawn` are moments that an earlier look took for publications, and that were the clock's.
    """

    at: float
    publications: tuple[Publication, ...]
    obstacle: str = ""
    stamps: str = ""
    withdrawn: tuple[int, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return it as JSON has it."""
        return {**asdict(self), "publications": [of.as_json() for of in self.publications]}

    @classmethod
    def from_json(cls, of: dict[str, Any]) -> Self:
        """Return what `as_json` told; ValueError, KeyError or TypeError where it is something else."""
        publications = tuple(map(Publication.from_json, of["publications"]))
        withdrawn = tuple(map(_integer, of["withdrawn"]))
        return cls(_number(of["at"]), publications, _text(of["obstacle"]), _text(of["stamps"]), withdrawn)

    @property
    def newest(self) -> Publication | None:
        """The newest of the finds, None without any."""
        return self.publications[0] if self.publications else None


@dataclass(frozen=True, slots=True)
class SiteStatus:
    """An office's website now.

    `run` is what it is, from when it became so, with its latest fault; None while no two recent checks agree. `check`
    is the latest one, `look` the latest one with the newest publication that any found; each None before the first.
    """

    office: str
    website: Website
    run: SiteSpan | None
    check: SiteCheck | None
    look: Look | None


def _integer(value: object) -> int:
    """Return a whole number that any clock or status may be; ValueError for another thing."""
    if type(value) is not int or abs(value) >= _LARGEST:
        raise ValueError(f"{value!r} is no whole number of a size that can be kept")
    return value


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < _LARGEST:
        raise ValueError(f"{value!r} is no number of a size that can be kept")
    return float(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")  # noqa: TRY004 -- one kind for all
    return value
