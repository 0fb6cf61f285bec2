"""What the ledger keeps of websites: when each was what, its latest check and look, and what it published."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from exporter.website import Activity, Fault, Look, Publication, SiteCheck, SiteSpan, Source


@dataclass(frozen=True, slots=True)
class SiteRecord:
    """What came of an office's website since the last write: settled spans, its latest check and its latest look.

    `moved` is an address that the inventory gives it, and from when on.
    """

    spans: tuple[SiteSpan, ...] = ()
    check: SiteCheck | None = None
    look: Look | None = None
    moved: tuple[tuple[int, str], ...] = ()

    def then(self, later: SiteRecord) -> SiteRecord:
        """Return both as one; of looks, nothing that was found is lost."""
        look = later.look or self.look
        if self.look is not None and later.look is not None:
            gone = set(later.look.withdrawn)
            earlier = [of for of in self.look.publications if of.published_at not in gone]
            found = {of.published_at: of for of in (*later.look.publications, *earlier)}
            newest_first = tuple(found[at] for at in sorted(found, reverse=True))
            withdrawn = tuple(sorted({*self.look.withdrawn, *gone} - found.keys()))
            look = replace(later.look, publications=newest_first, withdrawn=withdrawn)
        spans = _joined((*self.spans, *later.spans))
        return SiteRecord(spans, later.check or self.check, look, (*self.moved, *later.moved))


@dataclass(frozen=True, slots=True)
class RestoredSite:
    """Where the ledger left a website: the time it was last one thing, uncut, the latest check and the latest look.

    `run` begins where the website became what it is, whatever the fault was since. The look has its newest publication
    alone. `url` is its address then, None where nobody wrote one.
    """

    run: SiteSpan | None
    settled_until: int | None
    check: SiteCheck | None
    look: Look | None
    url: str | None = None


def write(connection: sqlite3.Connection, records: Mapping[str, SiteRecord]) -> int:
    """Write what came of websites, by their offices; return how many spans were refused, as they begin in the past."""
    refused = 0
    for office, record in records.items():
        connection.executemany(
            """INSERT INTO site_address (office, since, url) VALUES (:office, :since, :url)
               ON CONFLICT (office, since) DO UPDATE SET url = excluded.url""",
            ({"office": office, "since": since, "url": url} for since, url in record.moved),
        )
        refused += sum(not _add_span(connection, office, span) for span in record.spans)
        if record.check is not None:
            connection.execute(
                """INSERT INTO site_check (office, checked_at, result) VALUES (:office, :at, :result)
                   ON CONFLICT (office) DO UPDATE SET checked_at = excluded.checked_at, result = excluded.result""",
                {"office": office, "at": record.check.at, "result": json.dumps(record.check.as_json())},
            )
        if record.look is not None:
            _write_look(connection, office, record.look)
    return refused


def spans(connection: sqlite3.Connection, office: str, start: int, end: int) -> tuple[SiteSpan, ...]:
    """Return a website's spans that touch `[start, end)`, in order, uncut."""
    rows = connection.execute(
        """SELECT starts_at, ends_at, activity, fault, detail FROM site_span
           WHERE office = :office AND starts_at < :end AND ends_at > :start ORDER BY starts_at""",
        {"office": office, "start": start, "end": end},
    )
    return tuple(_span(*row) for row in rows)


def publications(connection: sqlite3.Connection, office: str, until: int) -> tuple[Publication, ...]:
    """Return what a website published, as far as it was seen before an instant, the oldest first.

    What was seen at an address that it had before isn't its own.
    """
    rows = connection.execute(
        """SELECT published_at, is_day_only, source, seen_at, address FROM publication
           WHERE office = :office AND seen_at < :until AND seen_at >= coalesce((
               SELECT max(since) FROM site_address WHERE office = :office AND since < :until), 0)
           ORDER BY published_at""",
        {"office": office, "until": until},
    )
    return tuple(_publication(*row) for row in rows)


def offices(connection: sqlite3.Connection) -> list[str]:
    """Return the offices whose website has any span, in order."""
    return [office for (office,) in connection.execute("SELECT DISTINCT office FROM site_span ORDER BY office")]


def restored(connection: sqlite3.Connection) -> dict[str, RestoredSite]:
    """Return where each website was left, by its office."""
    checks = {
        office: SiteCheck.from_json(json.loads(result))
        for office, result in connection.execute("SELECT office, result FROM site_check")
    }
    looks = dict(_looks(connection))
    addresses = {
        office: (url, since)
        for office, since, url in connection.execute("SELECT office, since, url FROM site_address ORDER BY since")
    }
    found = {}
    for office in dict.fromkeys([*offices(connection), *checks, *looks, *addresses]):
        url, since = addresses.get(office, (None, 0))
        run, until = _run(connection, office)
        if run is not None:
            run = replace(run, start=max(run.start, since)) if run.end > since else None
        check, look = checks.get(office), looks.get(office)
        check = None if check is None or check.at < since else check
        look = None if look is None or look.at < since else look
        found[office] = RestoredSite(run, until, check, look, url)
    return found


def problems(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield what can't be so of websites, a sentence each."""
    for office in offices(connection):
        rows = connection.execute(
            "SELECT starts_at, ends_at, activity, fault, detail FROM site_span WHERE office = :office"
            " ORDER BY starts_at",
            {"office": office},
        )
        try:
            kept = [_span(*row) for row in rows]
        except ValueError as error:
            yield f"website of {office}: {error}"
            continue
        for earlier, later in pairwise(kept):
            if later.start < earlier.end:
                yield f"website of {office}: the spans from {earlier.start} and from {later.start} overlap"
    for office, published_at, source in connection.execute("SELECT office, published_at, source FROM publication"):
        if source not in {of.value for of in Source}:
            yield f"website of {office}: the publication of {published_at} has the unknown source {source!r}"


def _add_span(connection: sqlite3.Connection, office: str, span: SiteSpan) -> bool:
    """Write a span, which lengthens the last one where it goes on; return whether it begins after what is there."""
    last = connection.execute(
        """SELECT starts_at, ends_at, activity, fault, detail FROM site_span
           WHERE office = :office ORDER BY starts_at DESC LIMIT 1""",
        {"office": office},
    ).fetchone()
    before = None if last is None else _span(*last)
    if before is not None and span.start < before.end:
        return False
    goes_on = before is not None and replace(before, start=before.end, end=span.end) == span
    connection.execute(
        """INSERT INTO site_span (office, starts_at, ends_at, activity, fault, detail)
           VALUES (:office, :start, :end, :activity, :fault, :detail)
           ON CONFLICT (office, starts_at) DO UPDATE SET ends_at = excluded.ends_at""",
        {
            "office": office,
            "start": before.start if before is not None and goes_on else span.start,
            "end": span.end,
            "activity": span.activity.value,
            "fault": None if span.fault is None else span.fault.value,
            "detail": span.detail,
        },
    )
    return True


def _write_look(connection: sqlite3.Connection, office: str, look: Look) -> None:
    connection.execute(
        """INSERT INTO site_look (office, looked_at, obstacle, stamps) VALUES (:office, :at, :obstacle, :stamps)
           ON CONFLICT (office) DO UPDATE SET looked_at = excluded.looked_at, obstacle = excluded.obstacle,
               stamps = excluded.stamps""",
        {"office": office, "at": look.at, "obstacle": look.obstacle, "stamps": look.stamps},
    )
    connection.executemany(
        "DELETE FROM publication WHERE office = :office AND published_at = :at",
        ({"office": office, "at": at} for at in look.withdrawn),
    )
    connection.executemany(
        """INSERT INTO publication (office, published_at, is_day_only, source, seen_at, address)
           VALUES (:office, :published_at, :is_day_only, :source, :seen_at, :address) ON CONFLICT DO NOTHING""",
        ({"office": office, **of.as_json()} for of in look.publications),
    )


def _span(start: int, end: int, activity: str, fault: str | None, detail: str) -> SiteSpan:
    return SiteSpan(start, end, Activity(activity), None if fault is None else Fault(fault), detail)


def _publication(at: int, is_day_only: int, source: str, seen_at: int, address: str | None) -> Publication:
    return Publication(at, bool(is_day_only), Source(source), seen_at, address)


def _run(connection: sqlite3.Connection, office: str) -> tuple[SiteSpan | None, int | None]:
    """Return a website's last measured run, from when it became what it is, and up to when anything is settled."""
    run: SiteSpan | None = None
    until: int | None = None
    for row in connection.execute(
        """SELECT starts_at, ends_at, activity, fault, detail FROM site_span
           WHERE office = :office ORDER BY starts_at DESC""",
        {"office": office},
    ):
        span = _span(*row)
        until = span.end if until is None else until
        if span.activity is Activity.UNMEASURED:
            continue
        if run is not None and span.activity is not run.activity:
            break
        run = span if run is None else replace(run, start=span.start)
    return run, until


def _looks(connection: sqlite3.Connection) -> Iterator[tuple[str, Look]]:
    """Yield each website's latest look, with the newest publication that any look found."""
    rows = connection.execute(
        """SELECT look.office, looked_at, obstacle, stamps, published_at, is_day_only, source, seen_at, address
           FROM site_look AS look LEFT JOIN publication ON publication.office = look.office AND published_at = (
               SELECT max(published_at) FROM publication WHERE office = look.office AND seen_at >= coalesce((
                   SELECT max(since) FROM site_address WHERE office = look.office), 0))"""
    )
    for office, at, obstacle, stamps, *newest in rows:
        yield office, Look(at, () if newest[0] is None else (_publication(*newest),), obstacle, stamps)


def _joined(spans: Iterable[SiteSpan]) -> tuple[SiteSpan, ...]:
    """Return spans in order, those as one that only go on."""
    joined: list[SiteSpan] = []
    for span in spans:
        if joined and replace(joined[-1], start=joined[-1].end, end=span.end) == span:
            joined[-1] = replace(joined[-1], end=span.end)
        else:
            joined.append(span)
    return tuple(joined)
