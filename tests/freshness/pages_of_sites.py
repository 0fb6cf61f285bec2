"""Documents of a website that is looked at on Friday, 20 November 2026 at 09:00 in Serang."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from exporter.freshness.document import Document, Kind, Wish
from exporter.freshness.judging import Judged, judge
from exporter.freshness.stamps import Stamps

ZONE = ZoneInfo("Asia/Jakarta")
HOME = "https://dinas.example/"
NOW = datetime(2026, 11, 20, 9, tzinfo=ZONE).timestamp()
TITLE = '<a href="/berita/1-gedung">Bupati Meresmikan Gedung Baru Kecamatan</a>'
OLD_ITEM = f'<div class="news-item"><h3>{TITLE}</h3><span class="date">3 Maret 2025</span></div>'


def at(written: str) -> int:
    """Return the instant of a local time, or of a day's beginning."""
    return int(datetime.fromisoformat(written).replace(tzinfo=ZONE).timestamp())


def local(instant: float) -> str:
    """Return the local time of an instant, to the minute."""
    return datetime.fromtimestamp(instant, ZONE).strftime("%Y-%m-%d %H:%M")


def document(
    kind: Kind,
    body: str | bytes,
    path: str = "",
    headers: Mapping[str, str] | None = None,
    now: float = NOW,
) -> Document:
    """Return a document of the site that came with status 200."""
    whole = body.encode() if isinstance(body, str) else body
    return Document(Wish(HOME + path, kind), HOME + path, 200, headers or {}, whole, now)


def page(body: str, headers: Mapping[str, str] | None = None, now: float = NOW) -> Document:
    """Return a home page of the body."""
    return document(Kind.HOME, f"<!doctype html><html><body>{body}</body></html>", headers=headers, now=now)


def judged(*documents: Document, earlier: Stamps | None = None) -> Judged:
    """Return what the documents say; a first look without earlier stamps."""
    return judge(documents, ZONE, earlier or Stamps())


def newest(*documents: Document) -> str | None:
    """Return the newest publication's local time, None without any."""
    publications = judged(*documents).publications
    return local(publications[0].published_at) if publications else None


def refusals(*documents: Document) -> list[str]:
    """Return why dates were refused, each reason once."""
    return sorted({each.refusal for each in judged(*documents).candidates if each.refusal})
