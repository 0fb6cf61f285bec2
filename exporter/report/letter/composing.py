"""A summary in words: the document that the head of the office signs, and that a provider is handed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from exporter.credit import pooled
from exporter.model import Language
from exporter.report import method_text
from exporter.report.letter import appendix, provider_page
from exporter.report.letter.cells import Cells
from exporter.report.letter.chart import chart
from exporter.report.letter.phrases import Phrases
from exporter.report.letter.provider_page import columns
from exporter.report.letter.unsaid import claims, unsaid
from exporter.report.letter.values import (
    Answer,
    Block,
    Cell,
    Heading,
    Kind,
    Letter,
    Points,
    Section,
    Signature,
    Signing,
    Table,
)
from exporter.report.letter.values import Text as Paragraph
from exporter.report.summary import LinkSummary, ProviderSummary, Summary
from exporter.report.words import NOTHING
from exporter.sla import Verdict

PROVIDER_COLUMNS = (
    ("provider", Kind.TEXT),
    ("verdict", Kind.VERDICT),
    ("target", Kind.SHARE),
    ("availability", Kind.SHARE),
    ("min_max", Kind.SHARE),
    ("links_breached", Kind.COUNT),
    ("credit", Kind.MONEY),
)
BREACH_COLUMNS = (
    ("link", Kind.TEXT),
    ("provider", Kind.NAME),
    ("target", Kind.SHARE),
    ("availability", Kind.SHARE),
    ("over_budget", Kind.LENGTH),
    ("credit", Kind.MONEY),
)
MOST_NAMES = 3  # in an answer


def letter(summary: Summary, language: Language) -> Letter:
    """Return the whole document in one language."""
    words = Phrases(language)
    cells = Cells(summary, words)
    last = summary.month.last_day
    title = words("title")
    month = words.month(summary.month)
    return Letter(
        language=language.value,
        title=title,
        subtitle=month,
        organisation=summary.organisation.name,
        addressee=_addressee(summary, words),
        period=_period(summary, words),
        standing=_standing(summary, words),
        warnings=tuple(_warnings(summary, words)),
        answers=(_who(summary, cells), _how_far(summary, cells), _due(summary, cells), _open(summary, cells)),
        summary=tuple(_first_page(summary, cells)),
        chart=chart(summary, words),
        sections=tuple(_sections(summary, cells)),
        signing=_signing(summary, words),
        page=words("page", page="{page}", pages="{pages}"),
        footer=" · ".join(of for of in (f"{title} {month}", _standing(summary, words)) if of),
        hash=(words("hash"), summary.inputs_sha256),
        date=(last.year, last.month, last.day),
    )


def breached(summary: Summary) -> list[LinkSummary]:
    """Return the links that missed their target, the farthest over its budget first."""
    missed = [link for link in summary.links if link.verdict is Verdict.BREACHED]
    return sorted(missed, key=lambda link: (link.budget_remaining_seconds or 0, link.link.id))


def _addressee(summary: Summary, words: Phrases) -> str:
    if summary.provider is None:
        return ""
    return words("for_provider", name=summary.providers[0].provider.name)


def _period(summary: Summary, words: Phrases) -> str:
    first, last = words.date(summary.month.first_day), words.date(summary.month.last_day)
    return words("with_more", text=words("days_from_to", start=first, end=last), more=summary.zone.key)


def _standing(summary: Summary, words: Phrases) -> str:
    """Return whether it may be signed: what a closing makes of it."""
    if summary.revision is not None:
        key = "revision_provisional" if summary.is_provisional else "revision_of"
        return words(key, number=summary.revision)
    if summary.changed_since is not None:
        return words("revision_changed", number=summary.changed_since)
    return words("revision_none")


def _warnings(summary: Summary, words: Phrases) -> Iterator[str]:
    if summary.organisation.sample:
        yield words("sample")
    if summary.settled_until < summary.end:
        yield words("provisional_until", until=words.instant(summary.settled_until, summary.zone))
    elif summary.is_provisional:
        yield words("provisional_open")


def _who(summary: Summary, cells: Cells) -> Answer:
    words = cells.words
    links = breached(summary)
    names = _together((of for of in summary.providers if of.verdict is Verdict.BREACHED), words)
    return Answer(
        words("answer_who"),
        words("answer_links", part=len(links), whole=_running(summary)),
        words("answer_providers", names=names or words("none")),
        is_warning=bool(links or names),
    )


def _running(summary: Summary) -> int:
    """Return how many links the month has time of."""
    return sum(bool(link.figures.total) for link in summary.links)


def _how_far(summary: Summary, cells: Cells) -> Answer:
    words = cells.words
    worst = next(iter(breached(summary)), None)
    if worst is None:
        return Answer(words("answer_how_far"), words("none"), "", is_warning=False)
    over = cells.over_budget(worst)
    return Answer(
        words("answer_how_far"),
        over if isinstance(over, str) else over[0],
        cells.link_name(worst),
        is_warning=True,
    )


def _due(summary: Summary, cells: Cells) -> Answer:
    total = pooled(of.credit for of in summary.providers)
    owing = _together((of for of in summary.providers if of.credit is not None and of.credit.amount), cells.words)
    return Answer(
        cells.words("answer_due"),
        cells.credit(total),
        cells.words("answer_from", names=owing) if owing else "",
        is_warning=bool(owing),
    )


def _together(providers: Iterable[ProviderSummary], words: Phrases) -> str:
    """Return providers' names where they are few, else their number; nothing for none."""
    names = [of.provider.name for of in providers]
    return ", ".join(names) if len(names) <= MOST_NAMES else words("many_providers", count=len(names))


def _open(summary: Summary, cells: Cells) -> Answer:
    words = cells.words
    undetermined = sum(link.verdict is Verdict.UNDETERMINED for link in summary.links)
    claimed, late = len(claims(summary)), len(summary.windows_not_applied)
    return Answer(
        words("answer_unsaid"),
        words("answer_links", part=undetermined, whole=_running(summary)),
        words("answer_open", claims=claimed, windows=late),
        is_warning=bool(undetermined or claimed),
    )


def _first_page(summary: Summary, cells: Cells) -> Iterator[Block]:
    words = cells.words
    total = pooled(of.credit for of in summary.providers)
    missed = breached(summary)
    sums = (words("credit_total"), "", "", "", "", words.number(len(missed)), cells.credit(total))
    yield Heading(words("provider_verdicts"))
    yield Table(
        columns(words, PROVIDER_COLUMNS),
        tuple(_provider(of, cells) for of in summary.providers),
        total=sums if len(summary.providers) > 1 else None,
    )
    yield Heading(words("breaches"))
    if missed:
        yield Table(columns(words, BREACH_COLUMNS), tuple(_breach(link, cells) for link in missed))
    else:
        yield Paragraph(words("breaches_none"))
    yield Heading(words("unsaid"))
    open_ = unsaid(summary, cells)
    yield Points(open_) if open_ else Paragraph(words("unsaid_none"))


def _provider(item: ProviderSummary, cells: Cells) -> tuple[Cell, ...]:
    words = cells.words
    missed = sum(link.verdict is Verdict.BREACHED for link in item.links)
    return (
        item.provider.name,
        cells.words("no_links") if not item.links else cells.verdict(item.verdict, item.figures),
        cells.target(item.provider.availability),
        words.percent(item.figures.availability),
        cells.range(item.figures),
        words("out_of", part=missed, whole=len(item.links)) if item.links else NOTHING,
        cells.credit(item.credit),
    )


def _breach(item: LinkSummary, cells: Cells) -> tuple[Cell, ...]:
    names = {of.provider.code: of.provider.name for of in cells.summary.providers}
    return (
        cells.link(item),
        names[item.link.provider],
        cells.target(item.target),
        cells.words.percent(item.figures.availability),
        cells.over_budget(item),
        cells.credit(item.credit),
    )


def _sections(summary: Summary, cells: Cells) -> Iterator[Section]:
    words = cells.words
    yield from (provider_page.section(item, cells) for item in summary.providers)
    yield appendix.incidents(cells)
    if summary.provider is None:
        yield appendix.offices(cells)
    yield appendix.windows(cells)
    method = tuple(Paragraph(text) for text in method_text.paragraphs(words))
    yield Section(words("method"), method, is_detail=True)


def _signing(summary: Summary, words: Phrases) -> Signing:
    """Return who signs; one with blank lines where the inventory names nobody."""
    named = tuple(Signature(of.role, of.name, of.id) for of in summary.organisation.signatories)
    labels = words("sign_role"), words("sign_name"), words("sign_id")
    return Signing(words("signatures"), words("sign_place"), labels, named or (Signature(None, None, None),))
