"""All websites of an inventory in a month, from the ledgers that hold them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from exporter.errors import InputError
from exporter.model import Inventory, Office, Organisation, UpdateEvery, Website
from exporter.pacing import resting
from exporter.report.websites.evaluation import LOOK_SECONDS, ActiveTime, Class, History, Site, evaluate
from exporter.sla import Month
from exporter.timeline import Interval
from exporter.website import Publication, SiteSpan

FOR_EVER = 1 << 40


class SiteReadings(Protocol):
    """What the report asks of a ledger."""

    path: Path

    def sites(self) -> list[str]:
        """Return the offices whose website has any span."""

    def site_spans(self, office: str, start: int, end: int) -> tuple[SiteSpan, ...]:
        """Return a website's spans that touch `[start, end)`, uncut, in order."""

    def publications(self, office: str, until: int) -> tuple[Publication, ...]:
        """Return what was seen of a website's publications before an instant, the oldest first."""


@dataclass(frozen=True, slots=True)
class Change:
    """A website that is shown as something else than in the month before."""

    before: Site
    after: Site


@dataclass(frozen=True, slots=True)
class Websites:
    """A month of the inventory's websites; instants are seconds since the epoch.

    `before` are the same websites in the month before, None where nothing was measured in it. `offices_without` is the
    number of offices that have none. `forgotten` are the offices whose website was measured and that the inventory
    names none for.
    """

    month: Month
    organisation: Organisation
    period: Interval
    known_until: int
    sites: tuple[Site, ...]
    before: tuple[Site, ...] | None
    offices_without: int
    forgotten: tuple[str, ...]

    @property
    def zone(self) -> ZoneInfo:
        """The zone that days and times are told in."""
        return self.organisation.timezone

    @property
    def measured_until(self) -> int:
        """The end of what is known of the month."""
        return min(self.known_until, self.period[1])

    @property
    def is_provisional(self) -> bool:
        """Whether it may change yet: until a look after the month's end, which finds what its last hours published."""
        return self.known_until < self.period[1] + LOOK_SECONDS

    @property
    def time(self) -> ActiveTime:
        """The time of all websites together."""
        return sum((site.time for site in self.sites), ActiveTime())

    @property
    def measured_share(self) -> Fraction:
        """The share of the whole month that was measured, of all websites together."""
        start, end = self.period
        time = self.time
        return Fraction(time.active + time.inactive, len(self.sites) * (end - start))

    @property
    def guarded(self) -> tuple[Site, ...]:
        """Websites that a program can't judge; they are in B."""
        return tuple(site for site in self.sites if site.is_guarded)

    @property
    def changes(self) -> tuple[Change, ...] | None:
        """The websites that are shown as something else than the month before; None where that isn't known."""
        if self.before is None:
            return None
        both = zip(self.before, self.sites, strict=True)
        return tuple(Change(before, after) for before, after in both if before.state is not after.state)

    def by_target(self, update_every: UpdateEvery | None) -> tuple[Site, ...]:
        """Return the websites that are meant to be updated so often."""
        return tuple(site for site in self.sites if site.update_every is update_every)

    def of(self, verdict: Class) -> tuple[Site, ...]:
        """Return the websites that count as one thing."""
        return tuple(site for site in self.sites if site.verdict is verdict)


def reckon(ledgers: Sequence[SiteReadings], inventory: Inventory, month: Month) -> Websites:
    """Return a month's websites, in the inventory's order.

    InputError where the inventory names no website, two ledgers hold one, or none of them has anything of the month.
    """
    sites = [(office, office.website) for office in inventory.offices.values() if office.website is not None]
    if not sites:
        raise InputError("inventory: no office has a website; name them under `website:`, and let the monitor look")
    zone = inventory.organisation.timezone
    period = month.period(zone)
    histories = {code: _history(ledger, code, period[1]) for code, ledger in resting(_holders(ledgers).items())}
    known_until = _known_until(ledgers, histories, month, zone)
    before = _evaluated(sites, histories, month.previous.period(zone), known_until)
    known = {office.code for office, _ in sites}
    return Websites(
        month=month,
        organisation=inventory.organisation,
        period=period,
        known_until=known_until,
        sites=_evaluated(sites, histories, period, known_until),
        before=before if any(site.last for site in before) else None,
        offices_without=len(inventory.offices) - len(sites),
        forgotten=tuple(
            sorted(code for code, of in histories.items() if code not in known and _touches(of.spans, period))
        ),
    )


def _holders(ledgers: Sequence[SiteReadings]) -> dict[str, SiteReadings]:
    holders: dict[str, SiteReadings] = {}
    for ledger in ledgers:
        for code in ledger.sites():
            other = holders.setdefault(code, ledger)
            if other is not ledger:
                raise InputError(
                    f"the website of {code} is in {other.path} and in {ledger.path}: one report can't hold it twice;"
                    " name one ledger for each website"
                )
    return holders


def _known_until(ledgers: Sequence[SiteReadings], histories: dict[str, History], month: Month, zone: ZoneInfo) -> int:
    """Return the end of the last check; an InputError where the ledgers have nothing of the month."""
    names = ", ".join(str(ledger.path) for ledger in ledgers)
    every = [of.spans for of in histories.values() if of.spans]
    if not every:
        raise InputError(f"ledger {names}: no website was checked yet; let the monitor run for some minutes")
    first, last = min(spans[0].start for spans in every), max(spans[-1].end for spans in every)
    start, end = month.period(zone)
    if start >= last or end <= first:
        raise InputError(
            f"ledger {names}: it has nothing of the websites in {month};"
            f" it goes from {_local(first, zone)} to {_local(last, zone)}"
        )
    return last


def _history(ledger: SiteReadings, code: str, end: int) -> History:
    return History(ledger.site_spans(code, 0, FOR_EVER), ledger.publications(code, end + LOOK_SECONDS))


def _evaluated(
    sites: Sequence[tuple[Office, Website]], histories: dict[str, History], period: Interval, known_until: int
) -> tuple[Site, ...]:
    nothing = History()
    return tuple(
        evaluate(office, website, histories.get(office.code, nothing), period, known_until)
        for office, website in resting(sites)
    )


def _touches(spans: Sequence[SiteSpan], period: Interval) -> bool:
    return any(of.start < period[1] and of.end > period[0] for of in spans)


def _local(at: int, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(at, UTC).astimezone(zone):%Y-%m-%d %H:%M}"
