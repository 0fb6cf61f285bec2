"""What may be so for a website of the lab."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from typing import Any, TypeVar

from exporter.errors import InputError

MOST_DAYS = 3_650
_E = TypeVar("_E", bound=Enum)


class Manner(Enum):
    """By what a website's pages are made."""

    WORDPRESS = "wordpress"
    JOOMLA = "joomla"
    DRUPAL = "drupal"
    HAND_MADE = "hand-made"
    SINGLE_PAGE = "single-page"


class Kind(Enum):
    """What is so; whatever names no manner of its own looks like its condition's."""

    HEALTHY = "healthy"
    TO_WWW = "to-www"
    WRONG_CHARSET = "wrong-charset"  # it says UTF-8 and writes Windows-1252
    SITEMAP_NOW = "sitemap-now"  # each stamp is the request's time
    SITEMAP_BUILT = "sitemap-built"  # each stamp is yesterday's
    SITEMAP_BOMB = "sitemap-bomb"  # a packed file that unpacks to 512 MiB
    FEED_BOMB = "feed-bomb"  # entities of entities, as XML allows them
    BROKEN_HTML = "broken-html"
    ROBOTS_REFUSE = "robots-refuse"
    FEED_LATER = "feed-later"  # its feed is busy, with Retry-After

    NO_NAME = "no-name"
    REFUSED = "refused"
    SILENT = "silent"  # nothing is answered, not even that there is nobody
    HANGING = "hanging"  # connections are taken, and nothing follows
    DRIPPING = "dripping"  # a byte of the page each second

    TLS_EXPIRED = "tls-expired"
    TLS_NOT_YET = "tls-not-yet"
    TLS_OTHER_NAME = "tls-other-name"
    TLS_NO_INTERMEDIATE = "tls-no-intermediate"
    TLS_SELF_SIGNED = "tls-self-signed"
    TLS_UNKNOWN_ROOT = "tls-unknown-root"  # the root is sent along
    TLS_OLD = "tls-old"  # TLS 1.0 and nothing later

    HTTP_404 = "http-404"
    HTTP_500 = "http-500"
    HTTP_503 = "http-503"
    GARBAGE = "garbage"  # no HTTP
    HEADER_FLOOD = "header-flood"
    BOMB = "bomb"  # a page of 1 MB that unpacks to 1 GiB

    NO_BODY = "no-body"
    BLANK = "blank"  # tags, and nothing in them
    PARKED = "parked"
    SUSPENDED = "suspended"
    SERVER_PAGE = "server-page"
    LISTING = "listing"  # of files
    PHP_ERROR = "php-error"  # with status 200
    DATABASE_ERROR = "database-error"  # the same

    HIJACKED = "hijacked"  # led to another domain
    LOOP = "loop"
    TO_LOOPBACK = "to-loopback"
    TO_FTP = "to-ftp"
    GUARDED = "guarded"  # a check against programs: status 403
    GUARDED_200 = "guarded-200"
    GUARDED_429 = "guarded-429"


_ACTIVE = frozenset(
    {
        Kind.HEALTHY,
        Kind.TO_WWW,
        Kind.WRONG_CHARSET,
        Kind.SITEMAP_NOW,
        Kind.SITEMAP_BUILT,
        Kind.SITEMAP_BOMB,
        Kind.FEED_BOMB,
        Kind.BROKEN_HTML,
        Kind.ROBOTS_REFUSE,
        Kind.FEED_LATER,
    }
)


@dataclass(frozen=True, slots=True)
class Condition:
    """What is so for a website.

    `age_days` is how old its newest publication is when the lab starts; None where it has never published anything.
    """

    kind: Kind = Kind.HEALTHY
    manner: Manner = Manner.WORDPRESS
    age_days: float | None = 3.0

    @property
    def is_active(self) -> bool:
        """Whether the website is there for its readers."""
        return self.kind in _ACTIVE

    @property
    def shows_its_age(self) -> bool:
        """Whether a program that keeps to the rules can know when it last published something."""
        return self.is_active and self.kind is not Kind.ROBOTS_REFUSE and self.age_days is not None

    def written(self) -> dict[str, object]:
        """Return it as `parse` reads it."""
        return {"kind": self.kind.value, "manner": self.manner.value, "age_days": self.age_days}


def parse(written: Any) -> Condition:
    """Return the condition that a mapping describes, see Condition.written; InputError says what is wrong."""
    if not isinstance(written, Mapping) or not set(written) <= {"kind", "manner", "age_days"}:
        raise InputError(f"a website's condition is {{kind, manner, age_days}}; read {written!r}")
    kind = _member(Kind, written.get("kind", Kind.HEALTHY.value), "condition")
    manner = _member(Manner, written.get("manner", Manner.WORDPRESS.value), "manner")
    return Condition(kind, manner, _age(written.get("age_days", Condition().age_days)))


def _member(kinds: type[_E], name: Any, what: str) -> _E:
    names = [kind.value for kind in kinds]
    if name in names:
        return kinds(name)
    near = get_close_matches(str(name), names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(names)}"
    raise InputError(f"a website has no {what} {name!r}; {hint}")


def _age(days: Any) -> float | None:
    if days is None:
        return None
    if isinstance(days, bool) or not isinstance(days, int | float) or not 0 <= days <= MOST_DAYS:
        raise InputError(f"age_days is {days!r}; name 0 to {MOST_DAYS} days, or null for a site without publications")
    return float(days)
