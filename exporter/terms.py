"""What a link's contracts say of a period: fee and target part by part, and who pays. Purely."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import TypeVar
from zoneinfo import ZoneInfo

from exporter.model import Inventory, Link
from exporter.sla import midnight, within_validity

OFFICE_ITSELF = "opd"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Terms:
    """A stretch `[start, end)` of one fee and one target, in seconds since the epoch; None where nothing says it.

    `fee` is whole rupiah a month. Neighbours differ in one of both.
    """

    start: int
    end: int
    fee: int | None
    target: Fraction | None

    @property
    def seconds(self) -> int:
        """Its length."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays from a local day to another, both included; `by` is None where the contract doesn't say."""

    first_day: date
    last_day: date
    by: str | None


def terms(link: Link, inventory: Inventory, start: int, end: int) -> tuple[Terms, ...]:
    """Return a link's terms over its validity in `[start, end)`, in order; none where it isn't valid there."""
    zone = inventory.organisation.timezone

    def on(day: date) -> tuple[int | None, Fraction | None]:
        contract = link.contract_on(day)
        return (None if contract is None else contract.monthly_fee), inventory.target(link, day)

    low, high = within_validity(link, zone, start, end)
    changes = [contract.starts_on for contract in link.contracts if contract.starts_on is not None]
    return tuple(Terms(begin, finish, *said) for begin, finish, said in _stretches(zone, low, high, changes, on))


def payers(link: Link, zone: ZoneInfo, start: int, end: int) -> tuple[Payer, ...]:
    """Return who pays for a link over its validity in `[start, end)`, in order."""

    def on(day: date) -> str | None:
        contract = link.contract_on(day)
        periods = () if contract is None else contract.payers
        return next((period.by for period in reversed(periods) if period.starts_on <= day), None)

    low, high = within_validity(link, zone, start, end)
    changes = [
        day
        for contract in link.contracts
        for day in (contract.starts_on, *(period.starts_on for period in contract.payers))
        if day is not None
    ]
    return tuple(
        Payer(local_day(begin, zone), local_day(finish - 1, zone), by)
        for begin, finish, by in _stretches(zone, low, high, changes, on)
    )


def local_day(at: int, zone: ZoneInfo) -> date:
    """Return the local day of an instant."""
    return datetime.fromtimestamp(at, UTC).astimezone(zone).date()


def days(zone: ZoneInfo, first: date, last: date) -> Iterator[tuple[int, int]]:
    """Yield each local day from `first` to `last` as `[start, end)`."""
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        yield midnight(day, zone), midnight(day + timedelta(days=1), zone)


def _stretches(
    zone: ZoneInfo, low: int, high: int, changes: Iterable[date], on: Callable[[date], T]
) -> Iterator[tuple[int, int, T]]:
    """Yield where what holds on a day stays the same, joined where neighbours agree."""
    if low >= high:
        return
    edges = sorted({low, *(at for day in changes if low < (at := midnight(day, zone)) < high)})
    held: tuple[int, T] | None = None
    for edge in edges:
        said = on(local_day(edge, zone))
        if held is None or held[1] != said:
            if held is not None:
                yield held[0], edge, held[1]
            held = edge, said
    if held is not None:
        yield held[0], high, held[1]
