"""The sheets with a row a link, an office, a provider."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from exporter.credit import Credit
from exporter.exclusion import ExcludedBy
from exporter.report.summary import LinkSummary, OfficeSummary, Percentile, ProviderSummary
from exporter.report.words import NOTHING, Words
from exporter.report.xlsx_form.cells import OF_VERDICT, Book, Kind, Money, Tone, Value
from exporter.report.xlsx_form.table import RATIOS, Band, Column, ratio, recomputation, write
from exporter.sla import Figures, Frequency, Verdict, share
from exporter.statistics import Sketch
from exporter.terms import OFFICE_ITSELF

Row = TypeVar("Row")


def links(book: Book) -> None:
    """Write a row a link."""
    words, names = book.words, book.summary.office_names
    identity: tuple[Column[LinkSummary], ...] = (
        Column("link", words("link"), 20, Kind.TEXT, lambda of: of.link.id),
        Column("office", words("office"), 30, Kind.TEXT, lambda of: names[of.link.office]),
        Column("provider", words("provider"), 12, Kind.TEXT, lambda of: of.link.provider),
        Column("circuit", words("circuit"), 11, Kind.TEXT, lambda of: of.link.circuit),
    )
    judged: tuple[Column[LinkSummary], ...] = (
        _verdict(words, lambda of: of.verdict),
        Column("target", words("target"), 10, Kind.SHARE, lambda of: of.target),
        *_ratios(words, lambda of: of.figures),
    )
    lengths: tuple[Column[LinkSummary], ...] = _times(words, lambda of: of.figures)
    outages: tuple[Column[LinkSummary], ...] = _frequency(words, lambda of: of.frequency)
    times: tuple[Column[LinkSummary], ...] = (
        *lengths[1:],
        Column("budget", words("budget"), 11, Kind.DURATION, left),
        Column("over", words("over_budget"), 11, Kind.DURATION, over),
    )
    bands: tuple[Band[LinkSummary], ...] = (
        Band(words("link"), identity),
        Band(words("band_verdict"), judged),
        Band(words("band_time"), times),
        Band(words("incidents"), (outages[0], outages[2])),
        Band(words("credit"), (_credit(words, lambda of: of.credit),)),
        recomputation(words, lambda of: of.figures),
        Band(words("band_more"), (lengths[0], outages[1], outages[3], *_more(words)), is_printed=False),
    )
    write(book, words("links"), bands, book.summary.links)


def offices(book: Book) -> None:
    """Write a row an office; it has no target, verdict or credit."""
    words = book.words
    identity: tuple[Column[OfficeSummary], ...] = (
        Column("opd", words("opd"), 16, Kind.TEXT, lambda of: of.office.code),
        Column("office", words("office"), 44, Kind.TEXT, lambda of: of.office.name),
        Column("district", words("district"), 20, Kind.TEXT, lambda of: of.office.district),
        Column("links", words("link_count"), 12, Kind.COUNT, lambda of: len(of.office.links)),
    )
    bands: tuple[Band[OfficeSummary], ...] = (
        Band(words("office"), identity),
        Band(words("availability"), (*_ratios(words, lambda of: of.figures), _experienced(words, _own_experienced))),
        Band(words("band_time"), _times(words, lambda of: of.figures)),
        Band(words("incidents"), _frequency(words, lambda of: of.frequency)),
        recomputation(words, lambda of: of.figures),
        Band(words("band_excluded"), _excluded_by(words, lambda of: of.excluded_by), is_printed=False),
    )
    write(book, words("offices"), bands, book.summary.offices)


def providers(book: Book) -> None:
    """Write a row a provider."""
    words = book.words
    identity: tuple[Column[ProviderSummary], ...] = (
        Column("provider", words("provider"), 16, Kind.TEXT, lambda of: of.provider.code),
        Column("name", words("name"), 34, Kind.TEXT, lambda of: of.provider.name),
        Column("links", words("link_count"), 12, Kind.COUNT, lambda of: len(of.links)),
        Column("breached", words("breached_count"), 14, Kind.COUNT, breached),
    )
    judged: tuple[Column[ProviderSummary], ...] = (
        _verdict(words, lambda of: of.verdict),
        Column("target", words("target"), 10, Kind.SHARE, lambda of: of.provider.availability),
        *_ratios(words, lambda of: of.figures),
        _experienced(words, lambda of: of.experienced),
    )
    credit: tuple[Column[ProviderSummary], ...] = (
        _credit(words, lambda of: of.credit),
        Column("formula", words("credit_formula"), 24, Kind.TEXT, lambda of: _formula(words, of.credit)),
    )
    bands: tuple[Band[ProviderSummary], ...] = (
        Band(words("provider"), identity),
        Band(words("band_verdict"), judged),
        Band(words("band_time"), _times(words, lambda of: of.figures)),
        Band(words("credit"), credit),
        recomputation(words, lambda of: of.figures),
        Band(words("band_excluded"), _excluded_by(words, lambda of: of.excluded_by), is_printed=False),
    )
    write(book, words("providers"), bands, book.summary.providers)


def left(of: LinkSummary) -> int | None:
    """Return how long a link may still be down; 0 where it was down for too long, for which `over` is."""
    budget = of.budget_remaining_seconds
    return None if budget is None else max(0, budget)


def over(of: LinkSummary) -> int | None:
    """Return how much longer a link was down than its target allows; a spreadsheet has no negative times."""
    budget = of.budget_remaining_seconds
    return None if budget is None else max(0, -budget)


def breached(of: ProviderSummary) -> int:
    """Return how many of a provider's links breached their target."""
    return sum(item.verdict is Verdict.BREACHED for item in of.links)


def due(credit: Credit | None) -> Money | None:
    """Return what is due; None where there is no rule for it, or no fee is known."""
    return None if credit is None or credit.amount is None else Money(credit.amount, credit.at_least)


def _verdict(words: Words, of: Callable[[Row], Verdict]) -> Column[Row]:
    return Column(
        "verdict", words("verdict"), 17, Kind.WORD,
        lambda row: words.verdict(of(row)), lambda row: OF_VERDICT.get(of(row), Tone.PLAIN),
    )  # fmt: skip


def _ratios(words: Words, figures: Callable[[Row], Figures]) -> tuple[Column[Row], ...]:
    return tuple(_ratio(words, name, figures) for name in RATIOS)


def _ratio(words: Words, name: str, figures: Callable[[Row], Figures]) -> Column[Row]:
    return Column(name, words(name), 13, Kind.SHARE, lambda row: ratio(figures(row), name))


def _own_experienced(of: OfficeSummary) -> Value:
    return of.experienced


def _experienced(words: Words, value: Callable[[Row], Value]) -> Column[Row]:
    return Column("experienced", words("experienced"), 14, Kind.SHARE, value)


def _times(words: Words, figures: Callable[[Row], Figures]) -> tuple[Column[Row], ...]:
    return (
        Column("total", words("total"), 12, Kind.DURATION, lambda row: figures(row).total),
        Column("down", words("down"), 11, Kind.DURATION, lambda row: figures(row).down),
        Column("unmeasured", words("unmeasured"), 11, Kind.DURATION, lambda row: figures(row).unmeasured),
        Column("excluded", words("excluded"), 13, Kind.DURATION, lambda row: figures(row).excluded),
    )


def _frequency(words: Words, frequency: Callable[[Row], Frequency]) -> tuple[Column[Row], ...]:
    return (
        Column("started", words("outages_started"), 10, Kind.COUNT, lambda row: frequency(row).started),
        Column("ended", words("outages_ended"), 10, Kind.COUNT, lambda row: frequency(row).ended),
        Column("mttr", words("mttr"), 10, Kind.DURATION, lambda row: frequency(row).mttr_seconds),
        Column("mtbo", words("mtbo"), 11, Kind.DURATION, lambda row: frequency(row).mtbo_seconds),
    )


def _credit(words: Words, credit: Callable[[Row], Credit | None]) -> Column[Row]:
    return Column("credit", words("credit"), 23, Kind.MONEY, lambda row: due(credit(row)))


def _excluded_by(words: Words, by: Callable[[Row], ExcludedBy]) -> tuple[Column[Row], ...]:
    return (
        Column("by_maintenance", words("excluded_maintenance"), 15, Kind.DURATION, lambda row: by(row).maintenance),
        Column("by_amendment", words("excluded_amendment"), 15, Kind.DURATION, lambda row: by(row).amendment),
        Column("by_cause", words("excluded_cause"), 15, Kind.DURATION, lambda row: by(row).cause),
    )


def _more(words: Words) -> tuple[Column[LinkSummary], ...]:
    """Return what of a link is for the screen: why time was excluded, quality, use, and who pays what."""
    receive, transmit, samples = words("receive_p95"), words("transmit_p95"), words("samples")
    return (
        _experienced(words, lambda of: of.experienced),
        *_excluded_by(words, lambda of: of.excluded_by),
        Column("bridged", words("bridged"), 13, Kind.DURATION, lambda of: of.figures.bridged),
        Column("rtt_p50", f"{words('rtt_p50')} (ms)", 12, Kind.DECIMAL, lambda of: _milliseconds(of.sketch, 0.5)),
        Column("rtt_p95", f"{words('rtt_p95')} (ms)", 14, Kind.DECIMAL, lambda of: _milliseconds(of.sketch, 0.95)),
        Column("loss", words("loss"), 12, Kind.LOSS, lambda of: _loss(of.sketch)),
        Column("receive", f"{receive} (Mbps)", 15, Kind.DECIMAL, lambda of: _megabits(of.receive)),
        Column("receive_samples", f"{receive}: {samples}", 15, Kind.COUNT, lambda of: of.receive.samples),
        Column("transmit", f"{transmit} (Mbps)", 15, Kind.DECIMAL, lambda of: _megabits(of.transmit)),
        Column("transmit_samples", f"{transmit}: {samples}", 15, Kind.COUNT, lambda of: of.transmit.samples),
        Column("fee", words("fee"), 26, Kind.MONEY, lambda of: _fee(words, of)),
        Column("payer", words("payer"), 50, Kind.TEXT, lambda of: _payers(words, of)),
        Column("formula", words("credit_formula"), 24, Kind.TEXT, lambda of: _formula(words, of.credit)),
        Column("claims", words("claims"), 14, Kind.COUNT, lambda of: len(of.claims)),
    )


def _formula(words: Words, credit: Credit | None) -> str | None:
    return None if credit is None else words.formula(credit.formula)


def _milliseconds(sketch: Sketch, quantile: float) -> float | None:
    seconds = sketch.quantile(quantile)
    return None if seconds is None else int(seconds * 100_000) / 100


def _loss(sketch: Sketch) -> float | None:
    lost = share(sketch.lost, sketch.lost + sketch.replies)
    return None if lost is None else float(lost)


def _megabits(of: Percentile) -> float | None:
    return None if of.bps is None else of.bps // 10_000 / 100


def _fee(words: Words, of: LinkSummary) -> Value:
    """Return the fee, as a number where there is one; where it changed in the month, all of them."""
    fees = list(dict.fromkeys(part.fee for part in of.terms))
    if len(fees) > 1:
        return "; ".join(words.money(fee) for fee in fees)
    return Money(fees[0]) if fees and fees[0] is not None else None


def _payers(words: Words, of: LinkSummary) -> str | None:
    """Return who pays; with the days of the month where that changed."""
    named = [(payer, words("payer_itself") if payer.by == OFFICE_ITSELF else payer.by) for payer in of.payers]
    if len(named) <= 1:
        return named[0][1] if named else None
    days = [f"{payer.first_day.day}–{payer.last_day.day}" for payer, _ in named]  # noqa: RUF001 -- a range's dash
    return "; ".join(f"{day}: {by or NOTHING}" for day, (_, by) in zip(days, named, strict=True))
