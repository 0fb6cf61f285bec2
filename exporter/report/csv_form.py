"""The summary as CSV: one row a link, and one row an incident; each says its month.

Durations are whole seconds, money whole rupiah, rates bits a second, shares percent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from exporter.model import Language
from exporter.report import csv_file
from exporter.report.csv_file import guarded
from exporter.report.json_form import instant
from exporter.report.summary import LinkIncident, LinkSummary, Summary
from exporter.report.words import Words
from exporter.sla import percent

LINK_HEADS = (
    "month", "provisional", "revision", "opd", "office", "link", "provider", "circuit", "target %", "availability %",
    "availability_min %", "availability_max %", "coverage %", "experienced %", "verdict", "total s", "up s",
    "degraded s", "down s", "unmeasured s", "excluded_maintenance s", "excluded_amendment s", "excluded_cause s",
    "bridged s", "budget s", "outages_started", "outages_ended", "mttr s", "mtbo s", "rtt_p50 ms", "rtt_p95 ms",
    "loss %", "receive_p95 bps", "transmit_p95 bps", "fee Rp", "payer", "credit_formula", "credit Rp",
    "credit_is_least", "claims",
)  # fmt: skip
INCIDENT_HEADS = (
    "month", "id", "link", "start", "end", "down s", "seconds_in_month s", "excluded s", "unmeasured s", "continues",
    "was_cut", "cause", "confirmed", "reason", "note",
)  # fmt: skip


def links(summary: Summary, language: Language) -> str:
    """Return the links' table with its heads."""
    words = Words(language)
    first = (
        str(summary.month),
        words.yes_no(summary.is_provisional),
        "" if summary.revision is None else summary.revision,
    )
    return _table(LINK_HEADS, ((*first, *_link_row(item, summary, words)) for item in summary.links), words)


def incidents(summary: Summary, language: Language) -> str:
    """Return the incidents' table with its heads; an open one has no end, an excluded one no down seconds."""
    words = Words(language)
    every = (of for item in summary.links for of in (*item.incidents, *item.excluded_outages))
    return _table(INCIDENT_HEADS, (_incident_row(of, summary, words) for of in every), words)


def _incident_row(of: LinkIncident, summary: Summary, words: Words) -> tuple[object, ...]:
    counted = of.counted
    return (
        str(summary.month), counted.id, of.link, instant(counted.started_at, summary.zone),
        "" if counted.ended_at is None else instant(counted.ended_at, summary.zone),
        counted.seconds, counted.seconds_in_month, counted.excluded_seconds, counted.unmeasured_seconds,
        words.yes_no(counted.continues), words.yes_no(of.was_cut), words.cause(of.cause), words.yes_no(of.is_confirmed),
        guarded(of.excluded or ""), guarded(of.note or ""),
    )  # fmt: skip


def _link_row(item: LinkSummary, summary: Summary, words: Words) -> tuple[object, ...]:
    link, figures, frequency, credit = item.link, item.figures, item.frequency, item.credit
    shares = (
        item.target, figures.availability, figures.availability_min, figures.availability_max, figures.coverage,
        item.experienced,
    )  # fmt: skip
    lost, echoes = item.sketch.lost, item.sketch.lost + item.sketch.replies
    fees = {part.fee for part in item.terms}
    payers = dict.fromkeys(words.payer(payer.by) for payer in item.payers)
    return (
        guarded(link.office), guarded(summary.office_names[link.office]), guarded(link.id), guarded(link.provider),
        guarded(link.circuit or ""),
        *(_decimal(percent(of), words) for of in shares),
        words.verdict(item.verdict),
        figures.total, figures.up, figures.degraded, figures.down, figures.unmeasured,
        item.excluded_by.maintenance, item.excluded_by.amendment, item.excluded_by.cause, figures.bridged,
        item.budget_remaining_seconds,
        frequency.started, frequency.ended, frequency.mttr_seconds, frequency.mtbo_seconds,
        *(_milliseconds(item.sketch.quantile(of), words) for of in (0.5, 0.95)),
        _decimal(percent(Fraction(lost, echoes) if echoes else None), words),
        item.receive.bps, item.transmit.bps,
        fees.pop() if len(fees) == 1 else None, guarded(", ".join(payers)),
        *(("", None, "") if credit is None else
          (words.formula(credit.formula), credit.amount, words.yes_no(credit.at_least))),
        " ".join(item.claims),
    )  # fmt: skip


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]], words: Words) -> str:
    return csv_file.written(([_head(head, words) for head in heads], *rows), words.language)


def _head(head: str, words: Words) -> str:
    """Return a column's head in words, with its unit where it has one."""
    key, _, unit = head.partition(" ")
    return f"{words(key)} ({words.unit(unit)})" if unit else words(key)


def _decimal(number: str | None, words: Words) -> str:
    return "" if number is None else words.decimal(number)


def _milliseconds(seconds: float | None, words: Words) -> str:
    return "" if seconds is None else words.decimal(f"{int(seconds * 100_000) / 100:.2f}")
