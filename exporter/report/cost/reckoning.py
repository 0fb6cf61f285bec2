"""A month's costs as values: who pays what now and in the year from it on, and what is used of what is paid for."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from zoneinfo import ZoneInfo

from exporter import costs, sla
from exporter.costs import Share, Stretch, Sum
from exporter.ledger import Ledger
from exporter.model import Inventory, Link, Office, Organisation
from exporter.pacing import resting
from exporter.report.measuring import Sources, known_until
from exporter.report.summary import Percentile
from exporter.sla import Month, midnight
from exporter.terms import OFFICE_ITSELF
from exporter.usage import Contracted, Usage, usage

MONTHS = 12
MEGABIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """Whole rupiah a month for each Mbps, cut; None where there is none. `links` is of how many both are known."""

    rupiah: int | None
    links: int


@dataclass(frozen=True, slots=True)
class LinkCosts:
    """One link's month: what it costs whom, what is contracted, and what is used.

    `monthly_fee`, `download_bps` and `upload_bps` are means over the days of the month with a known one, so that a link
    that is valid for a part of the month compares with the others; where they don't change they are the contract's.
    """

    link: Link
    shares: tuple[Share, ...]
    monthly_fee: Fraction | None
    download_bps: Fraction | None
    upload_bps: Fraction | None
    receive: Percentile
    transmit: Percentile
    usage: Usage

    @property
    def sum(self) -> Sum:
        """What it costs in the month."""
        return costs.total(self.shares)

    @property
    def days(self) -> int:
        """The days of the month on which it is valid."""
        return sum(share.stretch.days for share in self.shares)

    @property
    def days_without_fee(self) -> int:
        """The days of the month on which no fee is known."""
        return sum(share.stretch.days for share in self.shares if share.amount is None)

    @property
    def days_without_payer(self) -> int:
        """The days of the month on which no payer is known."""
        return sum(share.stretch.days for share in self.shares if share.stretch.payer is None)

    @property
    def has_rates(self) -> bool:
        """Whether a contract says both of its rates, for some day at least."""
        return self.download_bps is not None and self.upload_bps is not None

    @property
    def is_known(self) -> bool:
        """Whether nothing is missing: fee and payer on every day, contracted rates, and what is used."""
        return not (self.days_without_fee or self.days_without_payer) and self.has_rates and bool(self.receive.samples)

    @property
    def price_contracted(self) -> int | None:
        """Whole rupiah a month for each Mbps of download that is contracted."""
        return price([(self.monthly_fee, self.download_bps)]).rupiah

    @property
    def price_used(self) -> int | None:
        """Whole rupiah a month for each Mbps of download that is used; None where that is none, too."""
        return price([(self.monthly_fee, self.used_bps)]).rupiah

    @property
    def used_bps(self) -> Fraction | None:
        """What is used: the 95th percentile of download."""
        return None if self.receive.bps is None else Fraction(self.receive.bps)


@dataclass(frozen=True, slots=True)
class Payments:
    """What each payer pays in a month: `terms.OFFICE_ITSELF` are all offices that pay themselves, None is unknown."""

    month: Month
    by: dict[str | None, Sum]

    @property
    def sum(self) -> Sum:
        """What all of them pay; a link with several payers in the month counts for each of them."""
        return sum(self.by.values(), Sum())

    def of(self, payer: str | None) -> Sum:
        """Return what one pays, which is nothing where no link is its own."""
        return self.by.get(payer, Sum())


@dataclass(frozen=True, slots=True)
class OfficeCosts:
    """What one office's links cost in the month, each counted once in `sum`, and who pays for them."""

    office: Office
    sum: Sum
    paid: Payments


@dataclass(frozen=True, slots=True)
class Turn:
    """A month in which payers pay something else than in the month before: each of them, before and after."""

    month: Month
    payers: tuple[tuple[str | None, Sum, Sum], ...]


@dataclass(frozen=True, slots=True)
class Costs:
    """A month of costs, and the outlook: twelve months from it on, as contracts and payers stand.

    `links` are those that are valid in the month, `offices` those that have one. `before` is the month before it.
    `changes` are those of all links in the outlook, day by day.
    """

    month: Month
    organisation: Organisation
    offices: tuple[OfficeCosts, ...]
    links: tuple[LinkCosts, ...]
    before: Payments
    outlook: tuple[Payments, ...]
    changes: tuple[tuple[Link, costs.Change], ...]
    office_names: dict[str, str]

    @property
    def now(self) -> Payments:
        """What is paid in the month itself."""
        return self.outlook[0]

    @property
    def sum(self) -> Sum:
        """What all links of the month cost, each counted once."""
        return sum((item.sum for item in self.links), Sum())

    @property
    def payers(self) -> tuple[str | None, ...]:
        """Who pays in a month of the outlook: the offices themselves first, then by appearance, the unknown last."""
        return _ordered(payer for of in self.outlook for payer in of.by)

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The months of the outlook in which somebody pays something else than in the month before."""
        turns = []
        for before, after in itertools.pairwise((self.before, *self.outlook)):
            payers = _ordered([*before.by, *after.by])
            differing = tuple(
                (payer, before.of(payer), after.of(payer))
                for payer in payers
                if before.of(payer).amount != after.of(payer).amount
            )
            if differing:
                turns.append(Turn(after.month, differing))
        return tuple(turns)

    @property
    def with_known_use(self) -> int:
        """The number of links of which it is known what they use of a contract."""
        return sum(item.usage.full_hours is not None for item in self.links)

    @property
    def hardly_used(self) -> tuple[LinkCosts, ...]:
        """Links under 10 % in both directions."""
        return tuple(item for item in self.links if item.usage.is_hardly_used)

    @property
    def full(self) -> tuple[LinkCosts, ...]:
        """Links with time over 80 % of the contract, those with the most first."""
        full = [item for item in self.links if item.usage.is_full]
        return tuple(sorted(full, key=lambda item: -(item.usage.full_hours or 0)))

    @property
    def price_contracted(self) -> Price:
        """The price of a contracted Mbps of download, over all links of which it can be said."""
        return price([(item.monthly_fee, item.download_bps) for item in self.links])

    @property
    def price_used(self) -> Price:
        """The price of a used Mbps of download; what costs and isn't used is in it."""
        return price([(item.monthly_fee, item.used_bps) for item in self.links])


def reckon(ledgers: Sequence[Ledger], inventory: Inventory, month: Month) -> Costs:
    """Return a month's costs; without a ledger, or where it has nothing of a link, what is used is unknown.

    InputError where two ledgers hold one link, or none of them has anything of the month.
    """
    sources = Sources(ledgers) if ledgers else None
    zone = inventory.organisation.timezone
    if sources is not None:
        known_until(sources, month, zone)
    months = [month]
    while len(months) < MONTHS:
        months.append(months[-1].next)
    links = {link.id: link for link in inventory.links()}
    stretches = {code: costs.stretches(link, zone, month.previous, months[-1]) for code, link in links.items()}
    valid = {code: shares for code, of in stretches.items() if (shares := costs.shares(of, month))}
    changes = [
        (links[code], change)
        for code, of in stretches.items()
        for change in costs.changes(of, month.first_day, months[-1].last_day)
    ]
    found = tuple(_link(links[code], shares, sources, month, zone) for code, shares in resting(valid.items()))
    return Costs(
        month=month,
        organisation=inventory.organisation,
        offices=tuple(_offices(inventory, found, month)),
        links=found,
        before=_outlook(stretches.values(), month.previous),
        outlook=tuple(_outlook(stretches.values(), of) for of in resting(months)),
        changes=tuple(sorted(changes, key=lambda change: change[1].day)),
        office_names={code: office.name for code, office in inventory.offices.items()},
    )


def price(links: Iterable[tuple[Fraction | None, Fraction | None]]) -> Price:
    """Return what an Mbps costs, from monthly fees and bits a second."""
    known = [(fee, bps) for fee, bps in links if fee is not None and bps is not None]
    whole = sum((bps for _, bps in known), Fraction())
    fees = sum((fee for fee, _ in known), Fraction())
    return Price(int(fees * MEGABIT / whole) if whole else None, len(known))


def _link(link: Link, shares: tuple[Share, ...], sources: Sources | None, month: Month, zone: ZoneInfo) -> LinkCosts:
    low, high = sla.within_validity(link, zone, *month.period(zone))
    means = () if sources is None else sources.of(link.id).bandwidth(link.id, low, high)
    receive = Percentile.of([mean.receive_bytes_per_second for mean in means])
    transmit = Percentile.of([mean.transmit_bytes_per_second for mean in means])
    download_bps, upload_bps = costs.mean_rates(shares)
    return LinkCosts(
        link=link,
        shares=shares,
        monthly_fee=costs.mean_fee(shares),
        download_bps=download_bps,
        upload_bps=upload_bps,
        receive=receive,
        transmit=transmit,
        usage=usage(means, (_rates(share.stretch, zone) for share in shares)),
    )


def _rates(of: Stretch, zone: ZoneInfo) -> Contracted:
    start, end = midnight(of.first_day, zone), midnight(of.last_day + costs.DAY, zone)
    if of.contract is None:
        return Contracted(start, end, None, None)
    return Contracted(start, end, of.contract.download_bps, of.contract.upload_bps)


def _offices(inventory: Inventory, links: Sequence[LinkCosts], month: Month) -> Iterator[OfficeCosts]:
    by_office: dict[str, list[LinkCosts]] = {}
    for item in links:
        by_office.setdefault(item.link.office, []).append(item)
    for code, mine in by_office.items():
        paid = _payments((item.shares for item in mine), month)
        yield OfficeCosts(inventory.offices[code], sum((item.sum for item in mine), Sum()), paid)


def _outlook(links: Iterable[Sequence[Stretch]], month: Month) -> Payments:
    return _payments((costs.shares(of, month) for of in links), month)


def _payments(links: Iterable[Sequence[Share]], month: Month) -> Payments:
    by: dict[str | None, Sum] = {}
    for of in links:
        for payer, paid in costs.by_payer(of).items():
            by[payer] = by.get(payer, Sum()) + paid
    return Payments(month, {payer: by[payer] for payer in _ordered(by)})


def _ordered(payers: Iterable[str | None]) -> tuple[str | None, ...]:
    """Return each payer once: the offices themselves first, then by first appearance, then the unknown."""
    found = list(dict.fromkeys(payers))
    return tuple(sorted(found, key=lambda payer: (payer is None, payer != OFFICE_ITSELF)))
