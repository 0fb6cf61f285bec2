"""A month's figures as values: what every form of the report is written from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

from exporter.amendment import Amendment
from exporter.bandwidth import percentile_95
from exporter.cause import Evidence
from exporter.credit import Credit
from exporter.exclusion import ExcludedBy
from exporter.maintenance import Standing, Window
from exporter.model import Cause, Link, Office, Organisation, Provider
from exporter.sla import Figures, Frequency, Incident, Month, Verdict
from exporter.statistics import Sketch
from exporter.terms import Payer, Terms


@dataclass(frozen=True, slots=True)
class LinkIncident:
    """A link's outage in the month, and why it was.

    `cause` is a person's word where `is_confirmed`, else the evidence's; None while it isn't decided, and `evidence`
    then too. `is_claim` says that the provider doesn't answer for this cause, once a person confirms it: until then it
    counts. `excluded` is the reason why a person took the outage out. `excluded_by` says why its excluded seconds are.
    `amendments` are all words on it, in the order of saying.
    `was_cut` says that the outage didn't end by a recovery: the link itself ended, by its contract or by the inventory.
    """

    counted: Incident
    link: str
    cause: Cause | None = None
    is_confirmed: bool = False
    is_claim: bool = False
    evidence: Evidence | None = None
    excluded: str | None = None
    note: str | None = None
    was_cut: bool = False
    excluded_by: ExcludedBy = field(default_factory=ExcludedBy)
    amendments: tuple[Amendment, ...] = ()

    @property
    def confirmed_by(self) -> str | None:
        """Who said its cause, None where nobody did."""
        return next((said.by for said in reversed(self.amendments) if said.cause is not None), None)

    @property
    def excluded_by_whom(self) -> str | None:
        """Who took it out, None where it isn't out by a person's word."""
        if self.excluded is None:
            return None
        return next(said.by for said in reversed(self.amendments) if said.excluded is not None)


@dataclass(frozen=True, slots=True)
class Percentile:
    """The 95th percentile of the five-minute means of one direction in bits a second, None where there are none.

    `samples` is their number.
    """

    bps: int | None
    samples: int

    @classmethod
    def of(cls, rates: Sequence[float]) -> Percentile:
        """Return that of means in bytes a second."""
        found = percentile_95(rates)
        return cls(None if found is None else int(found * 8), len(rates))


@dataclass(frozen=True, slots=True)
class LinkSummary:
    """One link's month.

    `terms` and `payers` are those of its validity in the month. `target` is None where neither contract nor provider
    names one, and the budget then too; where it changes it is the mean by counted time. `experienced` is the
    availability with nothing excluded. `incidents` are its outages with a counted second, `excluded_outages` those
    without. `sketch` holds the round trips of what was available. `credit` is None where its provider has no rule.
    `days` has the seconds of each local day of the month.
    """

    link: Link
    terms: tuple[Terms, ...]
    payers: tuple[Payer, ...]
    target: Fraction | None
    verdict: Verdict
    figures: Figures
    excluded_by: ExcludedBy
    experienced: Fraction | None
    budget_remaining_seconds: int | None
    frequency: Frequency
    incidents: tuple[LinkIncident, ...]
    excluded_outages: tuple[LinkIncident, ...]
    sketch: Sketch
    receive: Percentile
    transmit: Percentile
    credit: Credit | None
    days: tuple[Figures, ...]

    @property
    def claims(self) -> tuple[str, ...]:
        """The ids of outages that would leave the figures, once a person confirmed their cause."""
        return tuple(incident.counted.id for incident in self.incidents if incident.is_claim)


@dataclass(frozen=True, slots=True)
class OfficeSummary:
    """One office's month, by its links' joint timeline; it has no target, verdict or credit."""

    office: Office
    figures: Figures
    excluded_by: ExcludedBy
    experienced: Fraction | None
    frequency: Frequency
    incidents: tuple[Incident, ...]


@dataclass(frozen=True, slots=True)
class ProviderSummary:
    """One provider's month: its links' seconds pooled, never their percentages averaged.

    Its target is its own, None where it names none. `credit` is the sum of its links'.
    """

    provider: Provider
    links: tuple[LinkSummary, ...]
    figures: Figures
    excluded_by: ExcludedBy
    experienced: Fraction | None
    credit: Credit | None

    @property
    def verdict(self) -> Verdict:
        """What can be said of the provider's own target."""
        return self.figures.verdict(self.provider.availability)

    @property
    def days(self) -> tuple[Figures, ...]:
        """Its links' seconds of each local day of the month."""
        return pooled_days(self.links)


@dataclass(frozen=True, slots=True)
class Revision:
    """What a closing wrote: its number from 1 on, whether it was provisional, and the hash of what went into it."""

    number: int
    is_provisional: bool
    inputs_sha256: str


@dataclass(frozen=True, slots=True)
class Summary:
    """A month; `start` and `end` are in seconds since the epoch, `settled_until` is the end of what is known of it.

    `is_provisional` says that something is open or unsettled yet. `closed` is the latest closing of the month, None
    before the first; what it says is what this summary says only where both hashes are the same: then `revision` is its
    number. `windows` are those that touch the month, late and changed ones too. `provider` is the one that the document
    is for, with its links and their windows alone and no offices; None for the whole. `last_amendment` is the number of
    the last that was known. `forgotten` are links that were measured in the month and that no inventory tells of.
    """

    month: Month
    organisation: Organisation
    start: int
    end: int
    settled_until: int
    is_provisional: bool
    inputs_sha256: str
    closed: Revision | None
    links: tuple[LinkSummary, ...]
    offices: tuple[OfficeSummary, ...]
    providers: tuple[ProviderSummary, ...]
    windows: tuple[Window, ...]
    office_names: dict[str, str]
    last_amendment: int
    forgotten: tuple[str, ...] = ()
    provider: str | None = None

    @property
    def zone(self) -> ZoneInfo:
        """The organisation's zone, in which the month is cut."""
        return self.organisation.timezone

    @property
    def revision(self) -> int | None:
        """The number of the closing that says just this; None before the first, or where something changed since."""
        if self.closed is None or self.closed.inputs_sha256 != self.inputs_sha256:
            return None
        return self.closed.number

    @property
    def changed_since(self) -> int | None:
        """The number of the latest closing, where what went into it has changed since; else None."""
        return None if self.closed is None or self.revision is not None else self.closed.number

    @property
    def days(self) -> tuple[date, ...]:
        """The local days of the month."""
        return tuple(self.month.days())

    @property
    def incidents(self) -> Iterator[LinkIncident]:
        """The links' outages, link by link."""
        return (incident for link in self.links for incident in link.incidents)

    @property
    def windows_not_applied(self) -> tuple[Window, ...]:
        """Windows that were announced too late, or changed while they ran: they leave nothing out."""
        return tuple(window for window in self.windows if window.standing is not Standing.APPLIED)


def pooled_days(links: tuple[LinkSummary, ...]) -> tuple[Figures, ...]:
    """Return the seconds of links day by day, added up."""
    return tuple(sum(of_day, Figures()) for of_day in zip(*(link.days for link in links), strict=True))
