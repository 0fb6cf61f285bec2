"""A document of a website, and the wish for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a document is asked for as."""

    HOME = "home"
    FEED = "feed"
    SITEMAP = "sitemap"
    POSTS = "posts"  # WordPress's REST API
    PAGE = "page"  # a list of articles, or an article


@dataclass(frozen=True, slots=True)
class Wish:
    """A document that would help."""

    url: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Document:
    """What came for a wish.

    `url` is where it was found in the end. `status` is None where nothing came: refused by robots.txt, no connection,
    too large; `body` is empty then. `headers` have lower-case names. `body` is what Content-Encoding unpacks to, 2 MB
    at most; a file that is itself packed (`sitemap.xml.gz`) is as it came. `fetched_at` is in seconds since the epoch.
    """

    wish: Wish
    url: str
    status: int | None
    headers: Mapping[str, str]
    body: bytes
    fetched_at: float
