"""A month of the ledger as figures: of each link, each office and each provider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from exporter import maintenance, office, sla
from exporter.errors import InputError
from exporter.ledger import Ledger
from exporter.maintenance import Window
from exporter.model import Inventory, Link, Office, Provider
from exporter.pacing import resting
from exporter.sla import Figures, Frequency, Incident, Month, Verdict
from exporter.statistics import Sketch
from exporter.timeline import Interval, Outage, Span, State, union


@dataclass(frozen=True, slots=True)
class LinkSummary:
    """One link's month; `target` is None where neither contract nor provider names one, and the budget then too.

    `experienced` is the availability with nothing excluded. `sketch` holds the round trips of what was available.
    """

    link: Link
    target: Fraction | None
    figures: Figures
    experienced: Fraction | None
    budget_remaining_seconds: int | None
    frequency: Frequency
    incidents: tuple[Incident, ...]
    sketch: Sketch

    @property
    def verdict(self) -> Verdict:
        """What can be said of the target."""
        return self.figures.verdict(self.target)


@dataclass(frozen=True, slots=True)
class OfficeSummary:
    """One office's month, by its links' joint timeline."""

    office: Office
    figures: Figures
    experienced: Fraction | None
    frequency: Frequency
    incidents: tuple[Incident, ...]


@dataclass(frozen=True, slots=True)
class ProviderSummary:
    """One provider's month: its links' seconds pooled, never their percentages averaged."""

    provider: Provider
    links: tuple[str, ...]
    figures: Figures
    experienced: Fraction | None

    @property
    def verdict(self) -> Verdict:
        """What can be said of the provider's own target."""
        return self.figures.verdict(self.provider.availability)


@dataclass(frozen=True, slots=True)
class Summary:
    """A month; `start` and `end` are in seconds since the epoch, `is_provisional` while it isn't settled to its end.

    `windows` are those that touch it, late and changed ones too.
    """

    month: Month
    zone: ZoneInfo
    start: int
    end: int
    is_provisional: bool
    links: tuple[LinkSummary, ...]
    offices: tuple[OfficeSummary, ...]
    providers: tuple[ProviderSummary, ...]
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class _Measured:
    """One link's month as the ledger holds it: its period, and its timeline from its first outage on.

    `period` is its validity in the month, in the running one up to its last settled second; `validity` is that of the
    whole month.
    """

    link: Link
    period: Interval
    validity: Interval
    timeline: tuple[Span, ...]
    outages: tuple[Outage, ...]
    excluded: tuple[Interval, ...]
    bridged: tuple[Interval, ...]
    sketch: Sketch

    @property
    def watched(self) -> Interval:
        """The period, and what of the timeline lies before it."""
        return min([self.period[0], *(span.start for span in self.timeline[:1])]), self.period[1]

    @property
    def figures(self) -> Figures:
        """What counts."""
        return sla.figures(self.timeline, *self.period, self.excluded, self.bridged)

    @property
    def experienced(self) -> Figures:
        """The same with nothing excluded."""
        return sla.figures(self.timeline, *self.period)


def summarise(ledger: Ledger, inventory: Inventory, month: Month) -> Summary:
    """Return a month's figures; InputError where the ledger has nothing of it."""
    zone = inventory.organisation.timezone
    start, end = month.period(zone)
    settled = ledger.settled()
    if settled is None:
        raise InputError(f"ledger {ledger.path}: nothing is settled yet; let the monitor run for a minute")
    first, last = settled
    if start >= last or end <= first:
        raise InputError(
            f"ledger {ledger.path}: it has nothing of {month};"
            f" it goes from {_local(first, zone)} to {_local(last, zone)}"
        )
    is_running = last < end
    windows = ledger.windows()
    measured = {
        code: [
            _measure(
                ledger, link, maintenance.excluded(windows, link, inventory), inventory, month, is_running=is_running
            )
            for link in item.links
        ]
        for code, item in resting(inventory.offices.items())
    }
    by_link = [m for of_office in measured.values() for m in of_office]
    return Summary(
        month=month,
        zone=zone,
        start=start,
        end=end,
        is_provisional=is_running,
        links=tuple(_link(item, inventory, (start, end)) for item in resting(by_link)),
        offices=tuple(_office(item, measured[code], (start, end)) for code, item in resting(inventory.offices.items())),
        providers=tuple(_provider(item, by_link) for item in inventory.providers.values()),
        windows=tuple(window for window in windows if window.starts_at < end and window.ends_at > start),
    )


def running_month(ledger: Ledger, inventory: Inventory, now: float) -> dict[str, Fraction | None]:
    """Return each office's availability of the running month so far; empty while the ledger has nothing of it."""
    try:
        summary = summarise(ledger, inventory, Month.containing(now, inventory.organisation.timezone))
    except InputError:
        return {}
    return {item.office.code: item.figures.availability for item in summary.offices}


def _measure(
    ledger: Ledger,
    link: Link,
    excluded: tuple[Interval, ...],
    inventory: Inventory,
    month: Month,
    *,
    is_running: bool,
) -> _Measured:
    """Read a link's month, from the first outage of its office that touches it to the end of the last.

    In the running month each link counts to its own last settled second.
    """
    zone = inventory.organisation.timezone
    start, end = month.period(zone)
    siblings = inventory.offices[link.office].links
    outages = {sibling.id: ledger.outages(sibling.id, start, end) for sibling in siblings}
    touching = [outage for found in outages.values() for outage in found]
    begin = min([start, *(outage.started_at for outage in touching)])
    finish = max([end, *(outage.ended_at or 0 for outage in touching)])
    timeline = ledger.spans(link.id, begin, finish + 1)
    low, high = validity = sla.within_validity(link, zone, start, end)
    if is_running:
        high = max(low, min(high, max((span.end for span in timeline), default=low)))
    return _Measured(
        link=link,
        period=(low, high),
        validity=validity,
        timeline=timeline,
        outages=outages[link.id],
        excluded=excluded,
        bridged=ledger.bridged(link.id, start, end),
        sketch=ledger.sketch(link.id, month.first_day, month.last_day),
    )


def _link(measured: _Measured, inventory: Inventory, month: Interval) -> LinkSummary:
    """Reckon a link; its target is the one in force on its first counted day, or when its first contract begins."""
    start, _ = measured.period
    day = datetime.fromtimestamp(start, UTC).astimezone(inventory.organisation.timezone).date()
    first = measured.link.contracts[0].starts_on
    target = inventory.target(measured.link, day if first is None else max(day, first))
    figures = measured.figures
    whole = sla.figures(measured.timeline, *measured.validity, measured.excluded)
    found = sla.incidents(measured.link.id, measured.outages, measured.timeline, measured.period, measured.excluded)
    return LinkSummary(
        link=measured.link,
        target=target,
        figures=figures,
        experienced=measured.experienced.availability,
        budget_remaining_seconds=None if target is None else sla.budget_remaining_seconds(target, whole, figures.down),
        frequency=sla.frequency(found, figures.available, *month),
        incidents=found,
        sketch=measured.sketch,
    )


def _office(item: Office, measured: Sequence[_Measured], month: Interval) -> OfficeSummary:
    timeline = office.timeline([m.timeline for m in measured])
    valid = union(m.period for m in measured)
    excluded = office.excluded([(m.watched, m.excluded) for m in measured])
    figures = sum((sla.figures(timeline, *part, excluded) for part in valid), Figures())
    experienced = sum((sla.figures(timeline, *part) for part in valid), Figures())
    ends = [outage.ended_at for m in measured for outage in m.outages]
    all_ended_at = None if None in ends else max((at for at in ends if at is not None), default=None)
    period = (valid[0][0], valid[-1][1]) if valid else (0, 0)
    found = sla.incidents(item.code, _offline(timeline, all_ended_at), timeline, period, excluded)
    frequency = sla.frequency(found, figures.available, *month)
    return OfficeSummary(item, figures, experienced.availability, frequency, found)


def _offline(timeline: Sequence[Span], all_ended_at: int | None) -> list[Outage]:
    """Return an office's outages: from offline until connected, across what nobody measured.

    The last one, where no connection follows, ends with the last of its links' outages, and is open where one of
    those is.
    """
    found: list[Outage] = []
    for span in timeline:
        is_open = bool(found) and found[-1].ended_at is None
        if span.state is State.DOWN and not is_open:
            found.append(Outage(span.start, span.end))
        elif span.state is State.UP and is_open:
            found[-1] = replace(found[-1], ended_at=span.start)
    if found and found[-1].ended_at is None:
        found[-1] = replace(found[-1], ended_at=all_ended_at)
    return found


def _provider(item: Provider, by_link: Sequence[_Measured]) -> ProviderSummary:
    measured = [m for m in by_link if m.link.provider == item.code]
    pooled = sum((m.figures for m in resting(measured)), Figures())
    experienced = sum((m.experienced for m in resting(measured)), Figures())
    return ProviderSummary(item, tuple(m.link.id for m in measured), pooled, experienced.availability)


def _local(at: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at, UTC).astimezone(zone).strftime("%Y-%m-%d %H:%M")
