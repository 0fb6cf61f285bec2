"""One provider's page: its figures, its links, what they missed, and the credit with its formula."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from exporter.credit import TIERS
from exporter.model import Credit, CreditFormula, Provider
from exporter.report.letter.cells import Cells
from exporter.report.letter.phrases import Phrases
from exporter.report.letter.values import Block, Cell, Column, Facts, Heading, Kind, Section, Table
from exporter.report.letter.values import Text as Paragraph
from exporter.report.summary import LinkSummary, ProviderSummary
from exporter.report.words import NOTHING
from exporter.sla import Verdict
from exporter.terms import local_day

BY_OUTAGE = {CreditFormula.PRO_RATA_DOWNTIME, CreditFormula.SLA_HOURS}  # the others don't look at single outages
LINK_COLUMNS = (
    ("link", Kind.TEXT),
    ("verdict", Kind.VERDICT),
    ("target", Kind.SHARE),
    ("availability", Kind.SHARE),
    ("min_max", Kind.SHARE),
    ("coverage", Kind.SHARE),
    ("down_and_mttr", Kind.PARTS),
    ("excluded", Kind.PARTS),
    ("budget", Kind.LENGTH),
    ("credit", Kind.MONEY),
)
CREDIT_COLUMNS = (
    ("link", Kind.TEXT),
    ("verdict", Kind.VERDICT),
    ("over_budget", Kind.LENGTH),
    ("down", Kind.LENGTH),
    ("fee", Kind.TEXT),
    ("payer", Kind.TEXT),
    ("credit", Kind.MONEY),
)


def section(item: ProviderSummary, cells: Cells) -> Section:
    """Return a provider's page."""
    return Section(
        cells.words("provider_page", name=item.provider.name),
        tuple(_blocks(item, cells)),
        is_wide=True,
        starts_page=bool(item.figures.total),
    )


def columns(words: Phrases, named: tuple[tuple[str, Kind], ...]) -> tuple[Column, ...]:
    """Return columns by the keys of their heads."""
    return tuple(Column(words(key), kind) for key, kind in named)


def _blocks(item: ProviderSummary, cells: Cells) -> Iterator[Block]:
    words = cells.words
    if not item.figures.total:
        yield Paragraph(words("provider_empty"))
        return
    yield Facts(tuple(_facts(item, cells)))
    yield Table(columns(words, LINK_COLUMNS), tuple(_link(link, cells) for link in item.links))
    yield Heading(words("breaches_and_credit"))
    yield from (Paragraph(text) for text in _rule(item.provider, cells))
    shown = [link for link in item.links if link.verdict is Verdict.BREACHED or _is_due(link)]
    if shown:
        yield Table(columns(words, CREDIT_COLUMNS), tuple(_credited(link, cells) for link in shown))
    else:
        yield Paragraph(words("credit_none"))


def _facts(item: ProviderSummary, cells: Cells) -> Iterator[tuple[str, Cell]]:
    words, figures = cells.words, item.figures
    yield words("verdict"), cells.verdict(item.verdict, item.figures)
    yield words("target"), cells.target(item.provider.availability)
    yield words("availability"), words.percent(figures.availability)
    yield words("min_max"), cells.share_range(figures)
    yield words("coverage"), words.percent(figures.coverage)
    yield words("experienced"), words.percent(item.experienced)
    yield words("down"), words.duration(figures.down)
    yield words("unmeasured"), words.duration(figures.unmeasured)
    yield words("excluded"), cells.excluded(figures, item.excluded_by)
    yield words("credit"), cells.credit(item.credit)


def _link(item: LinkSummary, cells: Cells) -> tuple[Cell, ...]:
    words, figures = cells.words, item.figures
    return (
        cells.link(item),
        cells.verdict(item.verdict, item.figures),
        cells.target(item.target),
        words.percent(figures.availability),
        cells.range(figures),
        words.percent(figures.coverage),
        (words.duration(figures.down), *_mttr(item, words)),
        cells.excluded(figures, item.excluded_by),
        words.duration(item.budget_remaining_seconds),
        cells.credit(item.credit),
    )


def _mttr(item: LinkSummary, words: Phrases) -> Iterator[str]:
    """Yield the mean time to repair, where an outage ended in the month."""
    if item.frequency.mttr_seconds is not None:
        yield words("mttr_of", length=words.duration(item.frequency.mttr_seconds))


def _is_due(item: LinkSummary) -> bool:
    return item.credit is not None and (bool(item.credit.amount) or item.credit.at_least)


def _credited(item: LinkSummary, cells: Cells) -> tuple[Cell, ...]:
    words, zone = cells.words, cells.summary.zone
    fees = [words.money(part.fee) for part in item.terms]
    since = [local_day(part.start, zone) for part in item.terms]
    payers = [words.payer(payer.by) for payer in item.payers]
    return (
        cells.link(item),
        cells.verdict(item.verdict, item.figures),
        cells.over_budget(item),
        words.duration(item.figures.down),
        _in_turn(zip(fees, since, strict=True), words),
        _in_turn(zip(payers, (payer.first_day for payer in item.payers), strict=True), words),
        cells.credit(item.credit),
    )


def _in_turn(told: Iterable[tuple[str, date]], words: Phrases) -> Cell:
    """Return what held first, then what followed it and from which day on."""
    lines = tuple(
        text if number == 0 else words("from_day", text=text, day=words.date(day))
        for number, (text, day) in enumerate(told)
    )
    return lines or NOTHING


def _rule(provider: Provider, cells: Cells) -> Iterator[str]:
    """Yield how the credit is reckoned, and what the provider doesn't answer for."""
    words = cells.words
    yield words("no_credit_rule") if provider.credit is None else _formula(provider.credit, cells)
    if provider.excludes:
        causes = ", ".join(words.cause(cause) for cause in provider.excludes)
        yield words("excludes_unconfirmed" if provider.exclude_unconfirmed else "excludes", causes=causes)


def _formula(credit: Credit, cells: Cells) -> str:
    words, summary = cells.words, cells.summary
    key = TIERS if credit.formula is None else credit.formula.value
    tiers = ", ".join(
        words("tier_below", below=words.percent(tier.below), credit=words.percent(tier.credit)) for tier in credit.tiers
    )
    seconds = words.number(summary.end - summary.start)
    text = words(f"formula_{key}", seconds=seconds, tiers=tiers)
    if not credit.min_outage_seconds or credit.formula not in BY_OUTAGE:
        return f"{text}."
    return f"{text}; {words('only_longer', length=words.duration(credit.min_outage_seconds))}."
