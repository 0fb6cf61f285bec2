"""An office's page: its links now and over a day, its months, its outages, its website, its reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from exporter.model import Contract, Inventory, Language, Link
from exporter.report.websites.words import SOURCES, TARGETS, fault_text
from exporter.report.words import NOTHING
from exporter.rhythm import days_ago
from exporter.snapshot import LinkStatus, Snapshot
from exporter.web.condition import Condition, is_in_force, link_since, of_link, standing
from exporter.web.downloads import Downloads
from exporter.web.finding import FoundOutage
from exporter.web.months import OfficeMonth
from exporter.web.pages.bars import Bars, Drawn
from exporter.web.pages.courses import Chart, Courses
from exporter.web.pages.district import activity_key, note, told_since, use
from exporter.web.pages.outages import OutageLine, outage_line
from exporter.web.pages.place import Place
from exporter.web.pages.telling import Telling
from exporter.website import Look, SiteStatus

Fact = tuple[str, str]
Draw = Callable[[LinkStatus, Courses, Contract | None, Telling], Sequence[Chart]]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an office beside the snapshot; `obstacle` says why the ledger can't be read, None where it can.

    `courses` are by link.
    """

    past: Bars
    courses: Mapping[str, Courses]
    months: Sequence[OfficeMonth]
    outages: Sequence[FoundOutage]
    downloads: Sequence[Downloads]
    obstacle: str | None = None


@dataclass(frozen=True, slots=True)
class LinkShown:
    """One link: what it is now, facts of it, its bars and its courses."""

    id: str
    name: str
    condition: Condition
    word: str
    note: str | None
    since: str
    numbers: Sequence[Fact]
    facts: Sequence[Fact]
    bars: Drawn
    charts: Sequence[Chart]
    month_obstacle: str | None


@dataclass(frozen=True, slots=True)
class MonthLine:
    """One row of the months' table; `link` is None for the office as a whole, which owes nothing."""

    month: str
    link: str | None
    availability: str
    lowest: str
    highest: str
    coverage: str
    target: str
    verdict: str
    verdict_class: str
    budget: str


@dataclass(frozen=True, slots=True)
class SiteShown:
    """The website."""

    url: str
    word: str
    kind: str
    facts: Sequence[Fact]


@dataclass(frozen=True, slots=True)
class Tongue:
    """A file of a report, in a language where it has one."""

    label: str
    language: Language | None
    address: str


@dataclass(frozen=True, slots=True)
class Report:
    """A report in one form, in each language that there is."""

    text: str
    files: Sequence[Tongue]


@dataclass(frozen=True, slots=True)
class OfficeShown:
    """All that the page shows."""

    name: str
    code: str
    district: str
    condition: Condition
    word: str
    since: str
    links: Sequence[LinkShown]
    months: Sequence[MonthLine]
    outages: Sequence[OutageLine]
    website: SiteShown | None
    downloads: Sequence[tuple[str, Sequence[Report]]]


def view(snapshot: Snapshot, code: str, known: Known, tell: Telling, place: Place, draw: Draw) -> OfficeShown:
    """Return what the page shows of an office that there is; `draw` gives a link's charts."""
    shown = standing(snapshot, code)
    item, condition = shown.status.office, shown.condition
    site = next((of for of in snapshot.websites if of.office == code), None)
    names = {of.code: of.name for of in snapshot.inventory.providers.values()}
    return OfficeShown(
        name=item.name,
        code=code,
        district=item.district,
        condition=condition,
        word=tell.condition(condition),
        since=told_since(condition, shown.since, tell),
        links=[_link(of, snapshot, known, tell, draw) for of in shown.links],
        months=[line for of in known.months for line in month_lines(of, tell)],
        outages=[outage_line(of, snapshot, tell, place) for of in known.outages],
        website=None if site is None else website(site, tell),
        downloads=[(tell.month(of.month), list(files(of, names, tell))) for of in known.downloads],
    )


def _link(status: LinkStatus, snapshot: Snapshot, known: Known, tell: Telling, draw: Draw) -> LinkShown:
    link, condition = status.link, of_link(status)
    contract = link.contract_on(snapshot.today)
    courses = known.courses.get(link.id)
    return LinkShown(
        id=link.id,
        name=link.name,
        condition=condition,
        word=tell.condition(condition),
        note=note(status, tell),
        since=told_since(condition, link_since(status), tell),
        numbers=list(_numbers(status, snapshot.today, courses, tell)),
        facts=list(_facts(status, contract, snapshot.inventory, tell)),
        bars=known.past.wide(link.id, tell),
        charts=[] if courses is None else draw(status, courses, contract, tell),
        month_obstacle=_month_obstacle(courses, tell),
    )


def _month_obstacle(courses: Courses | None, tell: Telling) -> str | None:
    """Return why the last 30 days aren't shown; None where they are, or where no Prometheus is named."""
    reason = None if courses is None else courses.month
    return tell("prometheus_silent", reason=reason) if isinstance(reason, str) else None


def _numbers(status: LinkStatus, today: date, courses: Courses | None, tell: Telling) -> Iterator[Fact]:
    yield tell("rtt_now"), tell.rtt(status.rtt_last_seconds)
    if courses is not None:
        yield tell("rtt_quantiles"), " · ".join(map(tell.rtt, courses.quantiles))
    yield tell("variation"), tell.rtt(status.rtt_variation_seconds)
    yield tell("loss_now"), tell.share(status.loss_ratio)
    if status.snmp is None:
        return
    shares = use(status, today)
    rates = status.snmp.receive_bytes_per_second, status.snmp.transmit_bytes_per_second
    for key, rate, share in zip(("receive", "transmit"), rates, shares, strict=True):
        told = tell.bandwidth(rate)
        yield tell(key), told if share is None else tell("of_contract", rate=told, share=tell.share(share))


def _facts(status: LinkStatus, contract: Contract | None, inventory: Inventory, tell: Telling) -> Iterator[Fact]:
    link = status.link
    provider = inventory.providers[link.provider]
    yield tell("provider"), provider.name if provider.noc is None else f"{provider.name} · {provider.noc}"
    if link.parent is not None:
        yield tell("node"), " ← ".join(inventory.nodes[code].name for code in inventory.upward(link.parent))
    yield tell("medium"), tell(f"medium_{link.medium.value}")
    if link.circuit is not None:
        yield tell("circuit"), link.circuit
    yield tell("address"), link.address
    if contract is not None:
        rates = (tell.rate(of) for of in (contract.download_bps, contract.upload_bps))
        yield tell("contract"), tell("contract_rates", **dict(zip(("receive", "transmit"), rates, strict=True)))
    yield tell("device"), _device(status, tell)
    if not is_in_force(link, tell.local(tell.now).date()):
        yield tell("in_force"), f"{_validity(link, tell)} ({tell('not_in_force')})"
    elif link.valid_from or link.valid_to:
        yield tell("in_force"), _validity(link, tell)


def _validity(link: Link, tell: Telling) -> str:
    def told(day: date | None) -> str:
        return "…" if day is None else tell.date(day)

    return f"{told(link.valid_from)} – {told(link.valid_to)}"  # noqa: RUF001 -- a dash of extents


def _device(status: LinkStatus, tell: Telling) -> str:
    snmp = status.snmp
    if snmp is None:
        return tell("device_not_polled")
    if snmp.is_up is None:
        return tell("device_waits")
    if not snmp.is_up:
        return tell("device_silent", text=snmp.text or "")
    return tell("device_answers") if snmp.boot_at is None else tell("device_up", moment=tell.moment(snmp.boot_at))


def month_lines(of: OfficeMonth, tell: Telling) -> Iterator[MonthLine]:
    """Yield the rows of a month: each link's, and the office's where it has several."""
    name = tell.month(of.month)
    for link in of.links:
        figures = link.figures
        yield MonthLine(
            month=f"{name} ({tell('provisional')})" if link.is_provisional else name,
            link=link.link.name,
            availability=tell.percent(figures.availability),
            lowest=tell.percent(figures.availability_min),
            highest=tell.percent(figures.availability_max),
            coverage=tell.percent(figures.coverage),
            target=tell.percent(link.target),
            verdict=tell.verdict(link.verdict),
            verdict_class=link.verdict.value,
            budget=tell.duration(link.budget_remaining_seconds),
        )
    if len(of.links) > 1:
        is_provisional = any(link.is_provisional for link in of.links)
        yield MonthLine(
            month=f"{name} ({tell('provisional')})" if is_provisional else name,
            link=None,
            availability=tell.percent(of.figures.availability),
            lowest=tell.percent(of.figures.availability_min),
            highest=tell.percent(of.figures.availability_max),
            coverage=tell.percent(of.figures.coverage),
            target=NOTHING,
            verdict=NOTHING,
            verdict_class="not_applicable",
            budget=NOTHING,
        )


def website(status: SiteStatus, tell: Telling) -> SiteShown:
    """Return the website as it is shown."""
    return SiteShown(
        url=status.website.url,
        word=tell(activity_key(status)),
        kind=activity_key(status).removeprefix("website_"),
        facts=list(_site_facts(status, tell)),
    )


def _site_facts(status: SiteStatus, tell: Telling) -> Iterator[Fact]:
    if status.run is not None:
        yield tell("since"), tell.moment(status.run.start)
        if status.run.fault is not None:
            yield tell("website_reason"), fault_text(status.run.fault, status.run.detail, tell.language)
    if status.look is not None:
        yield tell("website_published"), published(status.look, tell)
    yield tell("website_target"), tell.of(TARGETS[status.website.update_every])
    if status.check is not None:
        yield tell("website_checked"), tell.moment(status.check.at)
    if status.website.note:
        yield tell("website_note"), status.website.note


def published(look: Look, tell: Telling) -> str:
    """Return when a website last published something, and where that was found."""
    newest = look.newest
    if newest is None:
        return tell("website_never")
    days = days_ago(tell.local(newest.published_at), tell.local(tell.now))
    age = tell("today") if days == 0 else tell.count("days_ago", days)
    return f"{tell.day(newest.published_at)} ({age}; {tell.of(SOURCES[newest.source])})"


def files(of: Downloads, names: Mapping[str, str], tell: Telling) -> Iterator[Report]:
    """Yield each report of a month with its languages' addresses; `names` are the providers' by code."""
    found: dict[str, list[tuple[str, Language | None, str]]] = {}
    for file in of.files:
        parts = [
            None if file.provider is None else tell("report_for", provider=names.get(file.provider, file.provider)),
            tell("report_incidents") if file.is_incidents else None,
        ]
        text = ", ".join([file.form.upper(), *(part for part in parts if part)])
        label = file.form.upper() if file.language is None else file.language.value.upper()
        found.setdefault(text, []).append((label, file.language, f"/reports/sla/{file.name}"))
    for text, each in found.items():
        yield Report(text, [Tongue(label, language, address) for label, language, address in each])
