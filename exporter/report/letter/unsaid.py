"""What a month's summary can't say, and why: unmeasured time, claims, windows that came late, fees nobody named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from exporter.report.letter.cells import Cells
from exporter.report.summary import LinkIncident, LinkSummary, Summary
from exporter.sla import Figures, Verdict


def claims(summary: Summary) -> tuple[LinkIncident, ...]:
    """Return the outages that leave the figures once a person confirms their cause."""
    return tuple(incident for incident in summary.incidents if incident.is_claim)


def unsaid(summary: Summary, cells: Cells) -> tuple[str, ...]:
    """Return a sentence for each thing that can't be said; none where all can."""
    return tuple(_sentences(summary, cells))


def _sentences(summary: Summary, cells: Cells) -> Iterator[str]:
    words, zone = cells.words, summary.zone
    for provider in summary.providers:
        if provider.verdict is Verdict.UNDETERMINED:
            target = cells.target(provider.provider.availability)
            pooled = words("pooled_over", links=len(provider.links)) if len(provider.links) > 1 else ""
            yield _verdict(provider.provider.name, provider.figures, target, cells, pooled)
    for link in summary.links:
        if link.verdict is Verdict.UNDETERMINED:
            yield _verdict(cells.link_name(link), link.figures, cells.target(link.target), cells)
    for claim in claims(summary):
        length, cause = words.duration(claim.counted.seconds_in_month), words.cause(claim.cause)
        office = summary.office_names[claim.link.partition("/")[0]]
        name = words("with_more", text=office, more=claim.counted.id)
        yield words("unsaid_claim", name=name, length=length, cause=cause)
    for window in summary.windows_not_applied:
        start, end = words.instant(window.starts_at, zone), words.instant(window.ends_at, zone)
        scope, standing = ", ".join(window.scope), words.standing(window.standing)
        yield words("unsaid_window", scope=scope, start=start, end=end, standing=standing)
    if summary.forgotten:
        yield words("unsaid_forgotten", names=", ".join(summary.forgotten))
    for key, links in _grouped(summary.links):
        if links:
            yield words(key, names=", ".join(cells.link_name(link) for link in links))


def _verdict(name: str, figures: Figures, target: str, cells: Cells, pooled: str = "") -> str:
    words = cells.words
    return words(
        "unsaid_verdict",
        name=name,
        pooled=pooled,
        unmeasured=words.duration(figures.unmeasured),
        low=words.percent(figures.availability_min),
        high=words.percent(figures.availability_max),
        target=target,
    )


def _grouped(links: Iterable[LinkSummary]) -> Iterator[tuple[str, list[LinkSummary]]]:
    """Yield the key of a sentence, and the links it is about."""
    counted = [link for link in links if link.figures.counted]
    credited = [(link, link.credit) for link in counted if link.credit is not None]
    yield "unsaid_credit", [link for link, credit in credited if credit.at_least]
    yield "unsaid_fee", [link for link, credit in credited if credit.amount is None]
    yield "unsaid_target", [link for link in counted if link.verdict is Verdict.NOT_APPLICABLE]
