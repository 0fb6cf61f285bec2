"""The running month, kept as spans settle: at each moment the figures that a report of that moment would give.

Of each office is kept what can't change any more; the rest is read again each time, which is little. Where something
is said of the past, by a person or by the inventory, the office is reckoned from the month's beginning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from exporter.account import Account
from exporter.amendment import Amendment
from exporter.credit import credit
from exporter.ledger import Ledger
from exporter.maintenance import Window
from exporter.model import Inventory, Office, Provider
from exporter.pacing import resting
from exporter.report.measuring import Measured, Sources, connected, measure
from exporter.sla import Figures, Month, figures
from exporter.snapshot import Standing
from exporter.terms import Terms, terms
from exporter.timeline import Interval


@dataclass(frozen=True, slots=True)
class MonthSoFar:
    """Each link's standing and each office's availability, by id and code; empty while nothing is settled."""

    links: Mapping[str, Standing]
    offices: Mapping[str, Fraction | None]


@dataclass(frozen=True, slots=True)
class _Said:
    """What decides the figures of what is settled already."""

    inventory: Inventory
    month: Month
    windows: tuple[Window, ...]
    amendments: tuple[Amendment, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a refresh reads from, and how far it is settled."""

    sources: Sources
    inventory: Inventory
    month: Interval
    known_until: int


@dataclass(slots=True)
class _Kept:
    """An office's month up to an instant: what no later span changes."""

    until: int
    terms: tuple[tuple[Terms, ...], ...]
    accounts: list[Account]
    connected: Figures


class Standings:
    """The running month of one ledger; `refresh` reads what is new."""

    def __init__(self) -> None:
        self._said: _Said | None = None
        self._kept: dict[str, _Kept] = {}
        self._last_month: dict[str, Fraction | None] = {}
        self._open_last_month: tuple[str, ...] = ()

    def refresh(self, ledger: Ledger, inventory: Inventory) -> MonthSoFar:
        """Return the figures of the month in which the settled time ends."""
        settled = ledger.settled()
        if settled is None:
            return MonthSoFar({}, {})
        zone = inventory.organisation.timezone
        month = Month.containing(settled[1] - 1, zone)
        sources = Sources([ledger])
        said = _Said(inventory, month, ledger.windows(), ledger.amendments())
        if self._said is None or self._said.inventory is not inventory or self._said != said:
            self._begin(said)
        before = _Asked(sources, inventory, month.previous.period(zone), settled[1])
        self._open_last_month = tuple(self._follow_last_month(before))
        links: dict[str, Standing] = {}
        offices: dict[str, Fraction | None] = {}
        asked = _Asked(sources, inventory, month.period(zone), settled[1])
        for item in resting(inventory.offices.values()):
            offices[item.code] = self._office(item, asked, links)
        return MonthSoFar(links, offices)

    def _begin(self, said: _Said) -> None:
        """Forget what was kept: something that decides it has changed."""
        inventory, zone = said.inventory, said.inventory.organisation.timezone
        start, end = said.month.period(zone)
        self._kept = {}
        for item in resting(inventory.offices.values()):
            of_links = tuple(terms(link, inventory, start, end) for link in item.links)
            self._kept[item.code] = _Kept(start, of_links, [Account.empty(of) for of in of_links], Figures())
        self._last_month, self._open_last_month = {}, tuple(inventory.offices)
        self._said = said

    def _follow_last_month(self, asked: _Asked) -> Iterator[str]:
        """Reckon last month of the offices where something of it was open; yield those where it still is."""
        for code in resting(self._open_last_month):
            measured = measure(
                asked.sources, asked.inventory.offices[code], asked.inventory, asked.month, asked.known_until
            )
            for of in measured:
                found = figures(of.timeline, *of.period, of.exclusions.together)
                self._last_month[of.link.id] = found.availability
            if any(of.is_open(asked.known_until) for of in measured):
                yield code

    def _office(self, item: Office, asked: _Asked, links: dict[str, Standing]) -> Fraction | None:
        """Add an office's links' standings, and return its availability; keep what is decided."""
        kept, inventory, (start, end) = self._kept[item.code], asked.inventory, asked.month
        measured = measure(asked.sources, item, inventory, (kept.until, end), asked.known_until)
        for of, known, owed in zip(measured, kept.accounts, kept.terms, strict=True):
            account = known + of.account(owed, inventory.providers[of.link.provider])
            if not owed:
                continue
            links[of.link.id] = self._standing(of, account, inventory, end - start)
        so_far = kept.connected + connected(measured)
        decided = min([end, *(_decided(of, inventory.providers[of.link.provider]) for of in measured)])
        if decided > kept.until:
            earlier = [of.until(decided) for of in measured]
            for place, (of, owed) in enumerate(zip(earlier, kept.terms, strict=True)):
                kept.accounts[place] += of.account(owed, inventory.providers[of.link.provider])
            kept.connected += connected(earlier)
            kept.until = decided
        return so_far.availability

    def _standing(self, measured: Measured, account: Account, inventory: Inventory, month_seconds: int) -> Standing:
        rule = inventory.providers[measured.link.provider].credit
        windows, until = measured.exclusions.maintenance, measured.period[1]
        return Standing(
            availability=account.figures.availability,
            budget_remaining_seconds=account.budget_remaining_seconds(windows, until),
            budget_seconds=account.budget_seconds(windows, until),
            credit_rupiah=None if rule is None else credit(rule, account.parts, month_seconds).amount,
            last_month=self._last_month.get(measured.link.id),
        )


def _decided(of: Measured, provider: Provider) -> int:
    """Return until when nothing of a link's time can change any more, but by what is said of it."""
    low, high = of.validity
    if low >= high:
        return high
    settled = low if of.settled_until is None else max(low, min(of.settled_until, high))
    undecided = (
        explained.outage.started_at
        for explained in of.explained.values()
        if explained.outage.ended_at is None or (provider.exclude_unconfirmed and explained.found is None)
    )
    return min([settled, *undecided])
