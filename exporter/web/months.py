"""An office's and its links' figures of a month, as the report of this moment has them, and nothing beside.

The arithmetic is the report's; round trips, rates and the hash of what went into a report aren't read, which are most
of what a report costs. Read in a thread beside the loop; it rests between the offices.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from exporter.errors import InputError
from exporter.ledger import Ledger
from exporter.maintenance import Standing, covers_link
from exporter.model import Inventory, Link, Office
from exporter.pacing import resting
from exporter.report.measuring import Measured, Sources, connected, known_until, measure
from exporter.sla import Figures, Month, Verdict, frequency
from exporter.terms import terms
from exporter.timeline import Interval


@dataclass(frozen=True, slots=True)
class LinkMonth:
    """One link's month.

    `target` is what its contracts owe, None where nothing says it; where it changes, the mean by counted time.
    `started_outages` are those with a counted second that began in the month. `budget_remaining_seconds` is negative
    where the target is broken, None without one. `is_provisional` says that something of it is open or unsettled yet.
    `settled_until` is how far it is settled within the month and its validity, None where nothing of it is.
    """

    link: Link
    month: Month
    figures: Figures
    target: Fraction | None
    verdict: Verdict
    started_outages: int
    budget_remaining_seconds: int | None
    is_provisional: bool
    settled_until: int | None


@dataclass(frozen=True, slots=True)
class OfficeMonth:
    """One office's month by its links' joint timeline, and the links that are valid in it, one at least."""

    office: Office
    month: Month
    figures: Figures
    links: tuple[LinkMonth, ...]


def office_month(ledger: Ledger, office: Office, inventory: Inventory, month: Month) -> OfficeMonth | None:
    """Return an office's month; None where the ledger has nothing of it, or no link of the office is valid in it."""
    return next(whole_month(ledger, inventory, month, [office]), None)


def whole_month(
    ledger: Ledger, inventory: Inventory, month: Month, offices: Iterable[Office] | None = None
) -> Iterator[OfficeMonth]:
    """Yield the month of offices, None for all, in their order; those without a valid link are left out.

    Nothing comes where the ledger has nothing of the month.
    """
    sources = Sources([ledger])
    try:
        known = known_until(sources, month, inventory.organisation.timezone)
    except InputError:
        return
    asked = _Asked(sources, inventory, month, known)
    for office in resting(inventory.offices.values() if offices is None else offices):
        measured = measure(sources, office, inventory, asked.period, known)
        links = tuple(_link(of, asked) for of in measured if of.is_valid)
        if links:
            yield OfficeMonth(office, month, connected(measured), links)


@dataclass(frozen=True, slots=True)
class _Asked:
    sources: Sources
    inventory: Inventory
    month: Month
    known_until: int

    @property
    def period(self) -> Interval:
        return self.month.period(self.inventory.organisation.timezone)


def _link(measured: Measured, asked: _Asked) -> LinkMonth:
    link, inventory = measured.link, asked.inventory
    owed = measured.account(terms(link, inventory, *measured.month), inventory.providers[link.provider])
    whole = owed.figures
    return LinkMonth(
        link=link,
        month=asked.month,
        figures=whole,
        target=owed.target,
        verdict=owed.verdict,
        started_outages=frequency(measured.incidents, whole.available, *measured.month).started,
        budget_remaining_seconds=owed.budget_remaining_seconds(measured.exclusions.maintenance, measured.period[1]),
        is_provisional=measured.is_open(asked.known_until) or _is_in_work(measured, asked),
        settled_until=_settled_until(measured),
    )


def _is_in_work(measured: Measured, asked: _Asked) -> bool:
    """Return whether a window of the month that leaves the link's figures is still to end, or to be changed."""
    start, end = measured.month
    return any(
        of.until > asked.known_until
        and of.starts_at < end
        and of.ends_at > start
        and of.standing is Standing.APPLIED
        and covers_link(of.scope, measured.link, asked.inventory)
        for of in asked.sources.windows_of(measured.link.id)
    )


def _settled_until(measured: Measured) -> int | None:
    begin, end = measured.validity
    settled = measured.settled_until
    return None if settled is None or settled <= begin else min(settled, end)
