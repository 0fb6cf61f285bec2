"""The report on costs in one language: the sentences that answer first, then the tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from exporter.model import Language
from exporter.report.cost.listing import Tables
from exporter.report.cost.phrases import CostWords
from exporter.report.cost.reckoning import Costs, LinkCosts, Turn
from exporter.report.tables import Document, Kind
from exporter.report.tables.cells import shown
from exporter.report.words import NOTHING, Words

TURNS_IN_SENTENCES = 3
LINKS_IN_SENTENCES = 5


def document(costs: Costs, language: Language) -> Document:
    """Return the report as sentences and tables; the forms only write it down."""
    words = Words(language)
    say = CostWords(words)
    sentences = _Sentences(costs, say)
    return Document(
        title=say("title"),
        subtitle=f"{costs.organisation.name}, {words.month(costs.month)}",
        paragraphs=tuple(sentences),
        tables=tuple(Tables(costs, say)),
        notes=(say("note_days"), say("note_outlook"), say("note_use", nothing=NOTHING)),
        as_of=costs.month.last_day,
    )


class _Sentences:
    """What is to be read first: who pays what, what changes and when, prices, what is unused, full and unknown."""

    def __init__(self, costs: Costs, say: CostWords) -> None:
        self._costs = costs
        self._say = say

    def __iter__(self) -> Iterator[str]:
        yield self._all()
        if self._costs.links:
            yield self._paid_by()
        yield from self._turns()
        if self._costs.links:
            yield self._price()
            yield from self._used()
        yield from self._gaps()

    def _all(self) -> str:
        whole, say = self._costs.sum, self._say
        month = say.words.month(self._costs.month)
        if not whole.links:
            return say("no_links", month=month)
        links, offices = say.links(whole.links), say.offices(len(self._costs.offices))
        if whole.amount is None:
            return say("all_unknown", month=month, links=links, offices=offices)
        known = say("all", month=month, amount=say.amount(whole.amount), links=links, offices=offices)
        return f"{known} {say('all_without', links=say.links(whole.without_fee))}" if whole.without_fee else known

    def _paid_by(self) -> str:
        say = self._say
        return say(
            "paid_by",
            payers="; ".join(
                say("payer_pays", payer=say.payer(payer), amount=say.amount(paid.amount), links=say.links(paid.links))
                for payer, paid in self._costs.now.by.items()
            ),
        )

    def _turns(self) -> Iterator[str]:
        costs, say = self._costs, self._say
        turns = costs.turns
        if not turns:
            yield say("no_turns", month=say.words.month(costs.outlook[-1].month))
        for turn in turns[:TURNS_IN_SENTENCES]:
            yield say("turn", month=say.words.month(turn.month), payers="; ".join(self._turned(turn)))
        if len(turns) > TURNS_IN_SENTENCES:
            yield say("more_turns", months=len(turns) - TURNS_IN_SENTENCES)

    def _turned(self, turn: Turn) -> Iterator[str]:
        say = self._say
        for payer, before, after in turn.payers:
            yield say(
                "payer_turns",
                payer=say.payer(payer),
                before=say.amount(before.amount),
                after=say.amount(after.amount),
            )

    def _price(self) -> str:
        costs, say = self._costs, self._say
        contracted, used = costs.price_contracted, costs.price_used
        return say(
            "price",
            contracted=say.price(contracted.rupiah),
            of_contracted=contracted.links,
            used=say.price(used.rupiah),
            of_used=used.links,
            links=say.links(len(costs.links)),
        )

    def _used(self) -> Iterator[str]:
        known = self._costs.with_known_use
        if known:
            yield self._hardly_used(known)
            yield self._full(known)
        else:
            yield self._say("use_unknown")

    def _hardly_used(self, known: int) -> str:
        found, say = self._costs.hardly_used, self._say
        if not found:
            return say("none_hardly_used", links=say.links(known))
        return say("hardly_used", links=self._named(item.link.id for item in found), amount=say.amount(_cost(found)))

    def _full(self, known: int) -> str:
        found, say = self._costs.full, self._say
        if not found:
            return say("none_full", links=say.links(known))
        return say("full", links=self._named(self._full_link(item) for item in found))

    def _full_link(self, item: LinkCosts) -> str:
        hours = shown(item.usage.full_hours, Kind.HOURS, self._say.words)
        return self._say("full_link", link=item.link.id, hours=hours)

    def _named(self, links: Iterable[str]) -> str:
        every = list(links)
        named = every[:LINKS_IN_SENTENCES]
        if len(every) > len(named):
            named.append(self._say("and_more", links=self._say.links(len(every) - len(named))))
        return ", ".join(named)

    def _gaps(self) -> Iterator[str]:
        links = self._costs.links
        counted = (
            ("gap_fee", sum(bool(item.days_without_fee) for item in links)),
            ("gap_payer", sum(bool(item.days_without_payer) for item in links)),
            ("gap_rate", sum(not item.has_rates for item in links)),
            ("gap_means", sum(not item.receive.samples for item in links)),
        )
        gaps = [self._say(key, links=self._say.links(number)) for key, number in counted if number]
        if gaps:
            yield self._say("gaps", gaps=", ".join(gaps))


def _cost(links: Sequence[LinkCosts]) -> int | None:
    known = [amount for item in links if (amount := item.sum.amount) is not None]
    return sum(known) if known else None
