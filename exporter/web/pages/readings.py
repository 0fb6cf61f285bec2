"""What an office's page reads from the ledger: this month and the last, the latest outages, a day of bandwidth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from exporter.ledger import Ledger
from exporter.model import Inventory, Office
from exporter.sla import Month
from exporter.timeline import clip
from exporter.web.finding import FoundOutage, Wanted, find
from exporter.web.months import OfficeMonth, office_month
from exporter.web.pages.courses import DAY_SECONDS, Courses

OUTAGES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class OfLedger:
    """What the ledger holds of one office; `courses` are by link, `obstacle` says why it can't be read."""

    months: tuple[OfficeMonth, ...] = ()
    outages: tuple[FoundOutage, ...] = ()
    courses: Mapping[str, Courses] = field(default_factory=dict)
    obstacle: str | None = None


def read_office(ledger: Ledger, office: Office, inventory: Inventory, now: int) -> OfLedger:
    """Read what a page of this moment shows; the running month first."""
    zone = inventory.organisation.timezone
    month = Month.containing(now, zone)
    found = (office_month(ledger, office, inventory, of) for of in (month, month.previous))
    return OfLedger(
        months=tuple(of for of in found if of is not None),
        outages=find(ledger, inventory, Wanted(office=office.code), OUTAGES_SHOWN).outages,
        courses={link.id: _courses(ledger, link.id, now, zone) for link in office.links},
    )


def _courses(ledger: Ledger, link: str, now: int, zone: ZoneInfo) -> Courses:
    """Read a link's last 24 hours, and today's round trips; what the process has in memory is put in beside them."""
    since, today = now - DAY_SECONDS, datetime.fromtimestamp(now, zone).date()
    return Courses(
        cells=(),
        means=ledger.bandwidth(link, since, now),
        today=ledger.sketch(link, today, today),
        spans=tuple(clip(ledger.spans(link, since, now), since, now)),
    )
