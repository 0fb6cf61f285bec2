"""The last sheet: the method in half a page, the parameters, the contracts' rules, the windows, revision and hash."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction

from exporter.model import CreditFormula, Link, Provider
from exporter.report.method_text import paragraphs
from exporter.report.words import Words
from exporter.report.xlsx_form.cells import Book, Kind
from exporter.report.xlsx_form.page import Cell, Head, Page, windows
from exporter.report.xlsx_form.table import heading, standing

WIDTHS = (34, 28, 30, 13, 13, 13, 13, 13, 13, 13)
MANY = 3
BY_OUTAGE = (CreditFormula.PRO_RATA_DOWNTIME, CreditFormula.SLA_HOURS)


def method_sheet(book: Book) -> None:
    """Write the sheet."""
    words, summary = book.words, book.summary
    page = Page(book, words("method"), WIDTHS)
    page.line(f"{words('method')} – {words.month(summary.month)}", "title", 30)  # noqa: RUF001 -- a dash as titles have it
    for number, paragraph in enumerate(paragraphs(words), 1):
        page.line(f"{number}. {paragraph}", "paragraph", 17, 1.03)
    page.gap()
    page.section(words("parameters"), _parameter_heads(words), _parameters((of.link for of in summary.links), words))
    page.section(words("contract_rules"), _rule_heads(words), (_rule(of.provider, words) for of in summary.providers))
    windows(page, book, words("maintenance"), summary.windows)
    page.line(f"{heading(summary, words)}. {standing(summary, words)}", "note")
    page.line(f"{words('hash')}: {summary.inputs_sha256}", "note")
    page.line(f"{words('timezone')}: {summary.zone.key} ({book.zone_names})", "note")
    page.finish()


def _parameter_heads(words: Words) -> Sequence[Head]:
    names = ("interval", "timeout", "down_after", "up_after", "bridge", "window", "loss_above", "rtt_above")
    return (words("links"), 2), *((words(f"parameter_{name}"), 1) for name in names)


def _parameters(links: Iterable[Link], words: Words) -> Iterable[Sequence[Cell]]:
    """Yield a row for each set of parameters, with the links that have it."""
    found: dict[tuple[Cell, ...], list[str]] = {}
    for link in links:
        icmp, degraded = link.icmp, link.degraded
        found.setdefault(
            (
                Cell(words.duration(icmp.interval_seconds), Kind.WORD),
                Cell(icmp.timeout_seconds, Kind.DECIMAL),
                Cell(icmp.down_after, Kind.COUNT),
                Cell(icmp.up_after, Kind.COUNT),
                Cell(icmp.bridge, Kind.COUNT),
                Cell(degraded.window, Kind.COUNT),
                Cell(degraded.loss_ratio, Kind.SHARE),
                Cell(degraded.rtt_seconds, Kind.DECIMAL),
            ),
            [],
        ).append(link.id)
    for cells, ids in found.items():
        named = words("link_total", total=len(ids)) if len(ids) > MANY else ", ".join(ids)
        yield Cell(named, width=2), *cells


def _rule_heads(words: Words) -> Sequence[Head]:
    return (
        (words("provider"), 1), (words("credit_formula"), 1), (words("excluded_causes"), 1), (words("target"), 1),
        (words("min_outage"), 2), (words("tiers"), 4),
    )  # fmt: skip


def _rule(of: Provider, words: Words) -> Sequence[Cell]:
    credit = of.credit
    formula = None if credit is None else words.formula("tiers" if credit.formula is None else credit.formula.value)
    causes = ", ".join(words.cause(cause) for cause in of.excludes)
    asked = words("without_confirmation" if of.exclude_unconfirmed else "once_confirmed")
    tiers = "" if credit is None else "; ".join(
        words("tier", below=_short(tier.below, words), credit=_short(tier.credit, words)) for tier in credit.tiers
    )  # fmt: skip
    return (
        Cell(of.name),
        Cell(formula),
        Cell(f"{causes} ({asked})" if causes else None),
        Cell(of.availability, Kind.SHARE),
        Cell(credit.min_outage_seconds if credit and credit.formula in BY_OUTAGE else None, Kind.DURATION, width=2),
        Cell(tiers or None, width=4),
    )


def _short(share: Fraction, words: Words) -> str:
    """Return a share as percent without decimals that say nothing."""
    return re.sub("[.,]?0+ %$", " %", words.percent(share))
