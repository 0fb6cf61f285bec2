"""From ledgers and an inventory to a month: the arithmetic is that of `sla`, `account`, `credit` and `office`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from exporter import office, sla
from exporter.credit import credit, pooled
from exporter.errors import InputError
from exporter.exclusion import ExcludedBy, Exclusions
from exporter.ledger import Ledger
from exporter.maintenance import Standing, covers_link
from exporter.model import Inventory, Office, Provider
from exporter.pacing import resting
from exporter.report.fingerprint import fingerprint
from exporter.report.measuring import Days, Measured, Sources, connected, known_until, measure, read_days
from exporter.report.summary import (
    LinkIncident,
    LinkSummary,
    OfficeSummary,
    ProviderSummary,
    Revision,
    Summary,
)
from exporter.sla import Figures, Incident, Month, figures
from exporter.terms import days, payers, terms
from exporter.timeline import Interval, Outage, Span, State, clip, union


def summarise(ledgers: Sequence[Ledger], inventory: Inventory, month: Month) -> Summary:
    """Return a month's figures; InputError where the ledgers have nothing of the month, or hold one link twice."""
    zone = inventory.organisation.timezone
    start, end = month.period(zone)
    sources = Sources(ledgers)
    last = known_until(sources, month, zone)
    by_office = {
        code: measure(sources, item, inventory, (start, end), last) for code, item in resting(inventory.offices.items())
    }
    mine = [m for of in by_office.values() for m in of if m.is_valid]
    of_days = [read_days(sources, m, month) for m in resting(mine)]
    links = tuple(_link(m, d, inventory, month) for m, d in resting(zip(mine, of_days, strict=True)))
    windows = tuple(of for of in sources.windows(m.link.id for m in mine) if of.starts_at < end and of.ends_at > start)
    providers = tuple(inventory.providers.values())
    is_provisional = any(m.is_open(last) for m in mine) or any(
        of.until > last and of.standing is Standing.APPLIED for of in windows
    )
    return Summary(
        month=month,
        organisation=inventory.organisation,
        start=start,
        end=end,
        settled_until=min(last, end),
        is_provisional=is_provisional,
        inputs_sha256=fingerprint(
            inventory, month, zip(mine, of_days, strict=True), windows, providers, is_provisional=is_provisional
        ),
        closed=_closed(ledgers, month),
        links=links,
        offices=tuple(
            _office(inventory.offices[code], of, (start, end))
            for code, of in resting(by_office.items())
            if any(m.is_valid for m in of)
        ),
        providers=tuple(_provider(of, mine, links) for of in providers),
        windows=windows,
        office_names={code: item.name for code, item in inventory.offices.items()},
        last_amendment=sources.last_amendment,
        forgotten=sources.beside(inventory, start, end),
    )


def _closed(ledgers: Sequence[Ledger], month: Month) -> Revision | None:
    if len(ledgers) != 1:
        return None
    closing = ledgers[0].closing(str(month))
    return None if closing is None else Revision(closing.revision, closing.is_provisional, closing.inputs_sha256)


def of_provider(whole: Summary, inventory: Inventory, provider: str) -> Summary:
    """Return what of a month concerns a provider, to hand to it: its links alone, and no offices.

    The revision and the hash are the whole month's. InputError where there is no such provider.
    """
    if provider not in inventory.providers:
        raise InputError(f"--provider: {provider!r} is none of {', '.join(sorted(inventory.providers))}")
    links = tuple(of for of in whole.links if of.link.provider == provider)
    windows = (w for w in whole.windows if any(covers_link(w.scope, of.link, inventory) for of in links))
    return replace(
        whole,
        links=links,
        offices=(),
        providers=tuple(of for of in whole.providers if of.provider.code == provider),
        windows=tuple(windows),
        provider=provider,
    )


def _link(measured: Measured, of_days: Days, inventory: Inventory, month: Month) -> LinkSummary:
    link, zone = measured.link, inventory.organisation.timezone
    start, end = month.period(zone)
    provider = inventory.providers[link.provider]
    found = measured.incidents
    owed = measured.account(terms(link, inventory, start, end), provider)
    excluded = measured.exclusions.together
    whole = owed.figures
    rule = provider.credit
    return LinkSummary(
        link=link,
        terms=tuple(part.terms for part in owed.parts),
        payers=payers(link, zone, start, end),
        target=owed.target,
        verdict=owed.verdict,
        figures=whole,
        excluded_by=owed.excluded_by,
        experienced=figures(measured.timeline, *measured.period).availability,
        budget_remaining_seconds=owed.budget_remaining_seconds(measured.exclusions.maintenance, measured.period[1]),
        frequency=sla.frequency(found, whole.available, start, end + (sla.validity(link, zone)[1] == end)),
        incidents=tuple(_explained(measured, of, provider) for of in found if of.seconds),
        excluded_outages=tuple(_explained(measured, of, provider) for of in found if not of.seconds),
        sketch=of_days.sketch,
        receive=of_days.receive,
        transmit=of_days.transmit,
        credit=None if rule is None else credit(rule, owed.parts, end - start),
        days=tuple(_days(measured.timeline, excluded, measured.period, month, zone)),
    )


def _explained(measured: Measured, counted: Incident, provider: Provider) -> LinkIncident:
    explained = measured.explained[counted.started_at]
    verdict = measured.verdicts.get(counted.started_at)
    finish = measured.period[1] if counted.ended_at is None else counted.ended_at
    return LinkIncident(
        counted,
        measured.link.id,
        cause=explained.cause,
        is_confirmed=explained.said.cause is not None,
        is_claim=explained.is_claim(provider),
        evidence=None if verdict is None else verdict.evidence,
        excluded=explained.said.excluded,
        amendments=tuple(said for said in measured.amendments if said.started_at == counted.started_at),
        note=explained.said.note,
        was_cut=counted.ended_at is not None and counted.ended_at not in measured.recovered_at,
        excluded_by=measured.exclusions.within(counted.started_at, finish),
    )


def _days(
    timeline: Sequence[Span], excluded: Sequence[Interval], period: Interval, month: Month, zone: ZoneInfo
) -> Iterable[Figures]:
    for low, high in days(zone, month.first_day, month.last_day):
        begin, finish = max(low, period[0]), min(high, period[1])
        yield figures(timeline, begin, finish, excluded) if begin < finish else Figures()


def _office(item: Office, measured: Sequence[Measured], month: Interval) -> OfficeSummary:
    timeline = office.timeline([m.timeline for m in measured])
    valid = union(m.period for m in measured)
    excluded = office.excluded([(m.watched, m.exclusions.together) for m in measured])
    whole = connected(measured)
    experienced = sum((figures(timeline, *part) for part in valid), Figures())
    ends = [outage.ended_at for m in measured for outage in m.outages]
    all_ended_at = None if None in ends else max((at for at in ends if at is not None), default=None)
    stretches = union(m.watched for m in measured)
    outages = [
        outage
        for begin, end in stretches
        for outage in offline(clip(timeline, begin, end), all_ended_at if end == stretches[-1][1] else end)
    ]
    watched = (stretches[0][0], stretches[-1][1]) if stretches else None
    found = sla.incidents(item.code, outages, timeline, month, excluded, watched)
    return OfficeSummary(
        item,
        whole,
        _office_excluded_by(measured, valid, whole.excluded),
        experienced.availability,
        sla.frequency(found, whole.available, *month),
        tuple(of for of in found if of.seconds),
    )


def _office_excluded_by(measured: Sequence[Measured], valid: Sequence[Interval], excluded: int) -> ExcludedBy:
    """Return why an office's seconds are excluded: the reason that the last of its links to be excluded had."""

    def seconds(*reasons: str) -> int:
        out = office.excluded([(m.watched, _of(m.exclusions, reasons)) for m in measured])
        return sum(figures((), *part, out).excluded for part in valid)

    if not excluded:
        return ExcludedBy()
    announced = seconds("maintenance")
    amended = seconds("maintenance", "amendment") - announced
    return ExcludedBy(announced, amended, excluded - announced - amended)


def _of(exclusions: Exclusions, reasons: Sequence[str]) -> tuple[Interval, ...]:
    return union(part for reason in reasons for part in getattr(exclusions, reason))


def offline(timeline: Iterable[Span], all_ended_at: int | None) -> list[Outage]:
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


def _provider(item: Provider, measured: Sequence[Measured], links: Sequence[LinkSummary]) -> ProviderSummary:
    mine = tuple(of for of in links if of.link.provider == item.code)
    experienced = (figures(m.timeline, *m.period) for m in resting(measured) if m.link.provider == item.code)
    return ProviderSummary(
        item,
        mine,
        sum((of.figures for of in mine), Figures()),
        sum((of.excluded_by for of in mine), ExcludedBy()),
        sum(experienced, Figures()).availability,
        pooled(of.credit for of in mine),
    )
