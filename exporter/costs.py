"""What links cost in a month and who pays for it, by days and to the rupiah. Purely.

A fee falls on the days of the month on which its link is valid, its contract is in force and a payer is the same: fee x
days / days of the month, an exact fraction. Rupiah are whole, so they are cut where a bill is made out, and nowhere
else: a link's month is the sum of its fractions, cut once. What it is cut to is handed to its payers, and what a payer
has to that payer's stretches, by the largest remainder: each gets its fraction cut, and the rupiah that are left go one
by one to those that the cut took most from, the earlier first where two lost as much. So a whole month with one payer
is the fee itself; stretches add up to payers, payers to links, and links to the total, whatever it is summed by; and a
stretch that is split where neither fee nor payer changes leaves every payer's amount as it was.

Days without a known fee have none: they are counted apart, and never 0 rupiah.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from exporter.model import Contract, Link
from exporter.sla import Month
from exporter.terms import payers

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days, both included, on which one contract is in force and one payer pays; None where nothing says it.

    `payer` is as the contract has it; `terms.OFFICE_ITSELF` is the office.
    """

    first_day: date
    last_day: date
    contract: Contract | None
    payer: str | None

    @property
    def fee(self) -> int | None:
        """Whole rupiah a month."""
        return None if self.contract is None else self.contract.monthly_fee

    @property
    def days(self) -> int:
        """Their number."""
        return (self.last_day - self.first_day).days + 1


@dataclass(frozen=True, slots=True)
class Share:
    """A stretch within a month, and the whole rupiah that fall on it; None where its fee isn't known."""

    stretch: Stretch
    amount: int | None


@dataclass(frozen=True, slots=True)
class Sum:
    """Whole rupiah of some links.

    `without_fee` is the number of those of them that have days without a known fee, and `known` of those with one.
    """

    rupiah: int = 0
    links: int = 0
    known: int = 0
    without_fee: int = 0

    def __add__(self, other: Sum) -> Sum:
        return Sum(
            self.rupiah + other.rupiah,
            self.links + other.links,
            self.known + other.known,
            self.without_fee + other.without_fee,
        )

    @property
    def amount(self) -> int | None:
        """The rupiah that are known: 0 where there is no link, None where no link's fee is known."""
        return self.rupiah if self.known or not self.links else None


@dataclass(frozen=True, slots=True)
class Change:
    """What of a link is different from a day on; None where it isn't valid before, or not any more."""

    day: date
    before: Stretch | None
    after: Stretch | None


def stretches(link: Link, zone: ZoneInfo, first: Month, last: Month) -> tuple[Stretch, ...]:
    """Return a link's stretches over its validity from a month to another, both included, in order."""
    start, end = first.period(zone)[0], last.period(zone)[1]
    begins = sorted(contract.starts_on for contract in link.contracts if contract.starts_on is not None)
    return tuple(
        Stretch(begin, finish, link.contract_on(begin), payer.by)
        for payer in payers(link, zone, start, end)
        for begin, finish in _cut(payer.first_day, payer.last_day, begins)
    )


def shares(of_link: Iterable[Stretch], month: Month) -> tuple[Share, ...]:
    """Return what falls on a link's stretches in a month; none where it isn't valid in it."""
    within = [clipped for stretch in of_link if (clipped := _within(stretch, month)) is not None]
    exact: dict[int, Fraction] = {}
    places: dict[str | None, list[int]] = {}
    for place, of in enumerate(within):
        if of.fee is not None:
            exact[place] = Fraction(of.fee * of.days, month.last_day.day)
            places.setdefault(of.payer, []).append(place)
    sums = [sum((exact[place] for place in mine), Fraction()) for mine in places.values()]
    amounts: dict[int, int] = {}
    for whole, mine in zip(apportioned(sums, int(sum(sums))), places.values(), strict=True):
        amounts.update(zip(mine, apportioned([exact[place] for place in mine], whole), strict=True))
    return tuple(Share(of, amounts.get(place)) for place, of in enumerate(within))


def apportioned(exact: Sequence[Fraction], whole: int) -> list[int]:
    """Return integers that add up to `whole`, each its fraction cut or the next integer (largest remainder).

    `whole` is the fractions' sum, cut or rounded up.
    """
    parts = [int(of) for of in exact]
    by_remainder = sorted(range(len(parts)), key=lambda place: parts[place] - exact[place])
    for place in by_remainder[: whole - sum(parts)]:
        parts[place] += 1
    return parts


def by_payer(of_link: Iterable[Share]) -> dict[str | None, Sum]:
    """Return what each payer has of one link's month, in the order of the days."""
    held: dict[str | None, list[Share]] = {}
    for share in of_link:
        held.setdefault(share.stretch.payer, []).append(share)
    return {payer: total(found) for payer, found in held.items()}


def total(of_link: Sequence[Share]) -> Sum:
    """Return some shares of one link as a sum."""
    amounts = [share.amount for share in of_link]
    known = [amount for amount in amounts if amount is not None]
    return Sum(sum(known), int(bool(amounts)), int(bool(known)), int(None in amounts))


def changes(of_link: Sequence[Stretch], first: date, last: date) -> Iterator[Change]:
    """Yield where a link begins, ends, or changes its fee or its payer on a day in `[first, last]`, in order."""
    for before, after in itertools.pairwise((None, *of_link, None)):
        if before is not None and after is not None and (before.fee, before.payer) == (after.fee, after.payer):
            continue
        if after is not None:
            day = after.first_day
        elif before is not None:
            day = before.last_day + DAY
        else:
            continue
        if first <= day <= last:
            yield Change(day, before, after)


def mean_fee(of_link: Iterable[Share]) -> Fraction | None:
    """Return the fee of a whole month, as the mean over the days with a known one; None where there is none."""
    return _mean((share.stretch.fee, share.stretch.days) for share in of_link)


def mean_rates(of_link: Iterable[Share]) -> tuple[Fraction | None, Fraction | None]:
    """Return the contracted bits a second down and up, as means over the days with known ones."""
    contracts = [(share.stretch.contract, share.stretch.days) for share in of_link]
    known = [(contract, days) for contract, days in contracts if contract is not None]
    download = _mean((contract.download_bps, days) for contract, days in known)
    return download, _mean((contract.upload_bps, days) for contract, days in known)


def _mean(by_days: Iterable[tuple[int | None, int]]) -> Fraction | None:
    known = [(value, days) for value, days in by_days if value is not None]
    return Fraction(sum(value * days for value, days in known), sum(days for _, days in known)) if known else None


def _cut(first: date, last: date, begins: Iterable[date]) -> Iterator[tuple[date, date]]:
    edges = [first, *(day for day in dict.fromkeys(begins) if first < day <= last), last + DAY]
    return ((begin, after - DAY) for begin, after in itertools.pairwise(edges))


def _within(stretch: Stretch, month: Month) -> Stretch | None:
    first, last = max(stretch.first_day, month.first_day), min(stretch.last_day, month.last_day)
    return Stretch(first, last, stretch.contract, stretch.payer) if first <= last else None
