"""The first sheet: who breached, by how much, what is due, and what can't be said, in ten seconds."""

from __future__ import annotations

from collections.abc import Sequence

from exporter.credit import pooled
from exporter.report.summary import LinkIncident, LinkSummary, ProviderSummary, Summary
from exporter.report.words import Words
from exporter.report.xlsx_form.cells import OF_VERDICT, Book, Kind, Tone
from exporter.report.xlsx_form.page import Box, Cell, Head, Page, windows
from exporter.report.xlsx_form.sheets import breached, due, over
from exporter.report.xlsx_form.table import heading, standing
from exporter.sla import Verdict

WIDTHS = (40, 24, 24, 11, 14, 14, 14, 13, 15, 26)
GRID = len(WIDTHS)


def summary_sheet(book: Book) -> None:
    """Write the sheet."""
    words, summary = book.words, book.summary
    page = Page(book, words("summary"), WIDTHS)
    _top(page, summary, words)
    page.boxes(_boxes(summary, words))
    page.section(
        words("provider_verdicts"),
        (*_ones(words("provider"), words("verdict"), words("breached_count")), *_figure_heads(words, "unmeasured")),
        (_provider(of, words) for of in summary.providers),
    )
    for verdict, title, last in (
        (Verdict.BREACHED, "breached_links", "over_budget"),
        (Verdict.UNDETERMINED, "undetermined_links", "unmeasured"),
    ):
        found = [of for of in summary.links if of.verdict is verdict]
        heads = (*_ones(words("office"), words("link"), words("provider")), *_figure_heads(words, last))
        page.section(words(title), heads, (_link(of, summary) for of in found))
    _unmeasured(page, summary, words)
    _claims(page, book)
    windows(page, book, words("windows_not_applied"), summary.windows_not_applied)
    without_fee = [of for of in summary.links if of.figures.counted and of.credit and of.credit.amount is None]
    if without_fee:
        heads = _ones(words("office"), words("link"), words("provider"))
        page.section(words("fee_unknown"), heads, (_link(of, summary)[:3] for of in without_fee))
    page.finish()


def _top(page: Page, summary: Summary, words: Words) -> None:
    page.line(heading(summary, words), "title", 30)
    page.line(summary.organisation.name, "subtitle", 18)
    start, end = (words.instant(at, summary.zone) for at in (summary.start, summary.end))
    page.line(f"{words('period')}: {start} – {end} ({summary.zone.key})", "note")  # noqa: RUF001 -- a range's dash
    page.line(standing(summary, words), "note")
    page.line(f"{words('hash')}: {summary.inputs_sha256}", "note")
    if summary.settled_until < summary.end:
        page.line(words("known_until", at=words.instant(summary.settled_until, summary.zone)), "warning", 20)
    if summary.is_provisional:
        page.line(words("provisional_why"), "warning", 20)
    if summary.changed_since is not None:
        page.line(words("changed_why", number=summary.changed_since), "warning", 20)
    page.gap()


def _boxes(summary: Summary, words: Words) -> Sequence[Box]:
    """Return the four figures that matter most."""
    of_links = words("of_links", total=len(summary.links))
    bad, open_ = (
        sum(of.verdict is verdict for of in summary.links) for verdict in (Verdict.BREACHED, Verdict.UNDETERMINED)
    )
    total = due(pooled(of.credit for of in summary.providers))
    claims = sum(len(of.claims) for of in summary.links)
    of_outages = words("of_outages", total=sum(len(of.incidents) for of in summary.links))
    return (
        Box(words("breached_count"), bad, Kind.COUNT, Tone.BREACHED if bad else Tone.MET, of_links, 1),
        Box(words("undetermined"), open_, Kind.COUNT, _doubt(open_), of_links, 2),
        Box(words("credit_due"), total, Kind.MONEY, Tone.BREACHED if total and total.rupiah else Tone.MET, "", 4),
        Box(words("claims"), claims, Kind.COUNT, _doubt(claims), of_outages, GRID - 7),
    )


def _doubt(count: int) -> Tone:
    return Tone.UNDETERMINED if count else Tone.MET


def _ones(*texts: str) -> tuple[Head, ...]:
    return tuple((text, 1) for text in texts)


def _figure_heads(words: Words, last: str) -> tuple[Head, ...]:
    names = ("target", "availability", "availability_min", "availability_max", "down", last, "credit_due")
    return _ones(*(words(name) for name in names))


def _provider(of: ProviderSummary, words: Words) -> Sequence[Cell]:
    figures = of.figures
    count = breached(of)
    return (
        Cell(of.provider.name),
        Cell(words.verdict(of.verdict), Kind.WORD, OF_VERDICT.get(of.verdict, Tone.PLAIN)),
        Cell(words("part_of", part=count, whole=len(of.links)), Kind.WORD, Tone.BREACHED if count else Tone.PLAIN),
        Cell(of.provider.availability, Kind.SHARE),
        Cell(figures.availability, Kind.SHARE),
        Cell(figures.availability_min, Kind.SHARE),
        Cell(figures.availability_max, Kind.SHARE),
        Cell(figures.down, Kind.DURATION),
        Cell(figures.unmeasured, Kind.DURATION),
        Cell(due(of.credit), Kind.MONEY),
    )


def _link(of: LinkSummary, summary: Summary) -> Sequence[Cell]:
    """Return a link's row; its last time is what it was down for too long, or what nobody measured."""
    figures, is_breached = of.figures, of.verdict is Verdict.BREACHED
    names = {item.provider.code: item.provider.name for item in summary.providers}
    return (
        Cell(summary.office_names[of.link.office]),
        Cell(of.link.id),
        Cell(names[of.link.provider]),
        Cell(of.target, Kind.SHARE),
        Cell(figures.availability, Kind.SHARE, OF_VERDICT.get(of.verdict, Tone.PLAIN)),
        Cell(figures.availability_min, Kind.SHARE),
        Cell(figures.availability_max, Kind.SHARE),
        Cell(figures.down, Kind.DURATION),
        Cell(over(of) if is_breached else figures.unmeasured, Kind.DURATION),
        Cell(due(of.credit), Kind.MONEY),
    )


def _unmeasured(page: Page, summary: Summary, words: Words) -> None:
    """Say how many links have unmeasured time, and what of the credit hangs on it."""
    links = [of for of in summary.links if of.figures.unmeasured]
    if links:
        more = sum(of.credit is not None and of.credit.at_least for of in links)
        page.line(words("unmeasured_links", links=len(links), more=more), "note")
        page.gap()


def _claims(page: Page, book: Book) -> None:
    words, summary = book.words, book.summary
    zone = book.zone_names
    heads = (
        *_ones(words("office"), words("link"), words("cause")), (f"{words('start')} ({zone})", 2),
        (f"{words('end')} ({zone})", 2), (words("seconds_in_month"), 1), (words("id"), 2),
    )  # fmt: skip
    rows = (
        _claim(summary.office_names[item.link.office], of, words)
        for item in summary.links
        for of in item.incidents
        if of.is_claim
    )
    page.section(words("claims_awaiting"), heads, rows)


def _claim(office: str, of: LinkIncident, words: Words) -> Sequence[Cell]:
    ended_at = of.counted.ended_at
    return (
        Cell(office),
        Cell(of.link),
        Cell(words.cause(of.cause), tone=Tone.UNDETERMINED),
        Cell(of.counted.started_at, Kind.INSTANT, width=2),
        Cell(words("open") if ended_at is None else ended_at, Kind.INSTANT, width=2),
        Cell(of.counted.seconds_in_month, Kind.DURATION),
        Cell(of.counted.id, width=2),
    )
