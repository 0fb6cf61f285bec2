"""The tables of the report on costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from exporter.costs import Change, Stretch, Sum
from exporter.model import Link
from exporter.report.cost.phrases import CostWords
from exporter.report.cost.reckoning import Costs, LinkCosts, OfficeCosts
from exporter.report.tables import Column, Kind, Row, Table
from exporter.report.words import MONTHS
from exporter.sla import Month
from exporter.terms import OFFICE_ITSELF

MAIN = "shares"
_Heads = Sequence[tuple[str, Kind]]


class Tables:
    """The report's tables in the order of reading."""

    def __init__(self, costs: Costs, say: CostWords) -> None:
        self._costs = costs
        self._say = say

    def __iter__(self) -> Iterator[Table]:
        yield self._payers()
        yield self._outlook()
        yield self._turns()
        yield self._use()
        yield self._of_use(self._unused())
        yield self._of_use(self._busy())
        yield self._offices()
        yield self._shares()
        yield self._changes()
        yield self._unknown()

    def _table(self, name: str, heads: _Heads, rows: Sequence[Row], total: Row | None = None) -> Table:
        columns = tuple(Column(self._say(key), kind) for key, kind in heads)
        return Table(name, self._say(name), columns, tuple(rows), total if rows else None)

    def _payers(self) -> Table:
        costs = self._costs
        heads = (
            ("payer", Kind.TEXT), ("links", Kind.INTEGER), ("in_month", Kind.MONEY), ("without_fee", Kind.INTEGER),
        )  # fmt: skip
        rows = [
            (self._say.payer(payer), paid.links, paid.amount, paid.without_fee) for payer, paid in costs.now.by.items()
        ]
        whole = costs.sum
        return self._table("payers", heads, rows, (self._say("total"), whole.links, whole.amount, whole.without_fee))

    def _outlook(self) -> Table:
        costs, say = self._costs, self._say
        columns = (
            Column(say("payer")),
            *(Column(self._short(of.month), Kind.MONEY) for of in costs.outlook),
        )
        rows = [
            (say.payer(payer), *(of.of(payer).amount for of in costs.outlook))
            for payer in costs.payers
        ]  # fmt: skip
        total = (say("total"), *(of.sum.amount for of in costs.outlook))
        return Table("outlook", say("outlook"), columns, tuple(rows), total if rows else None)

    def _short(self, month: Month) -> str:
        """Return a month as a head of a narrow column, for instance Feb 2026."""
        return f"{self._say.words.of(MONTHS[month.month - 1])[:3]} {month.year}"

    def _turns(self) -> Table:
        say = self._say
        heads = (
            ("month", Kind.TEXT), ("payer", Kind.TEXT), ("before", Kind.MONEY), ("after", Kind.MONEY),
            ("difference", Kind.MONEY),
        )  # fmt: skip
        rows = [
            (say.words.month(turn.month), say.payer(payer), before.amount, after.amount, _difference(before, after))
            for turn in self._costs.turns
            for payer, before, after in turn.payers
        ]
        return self._table("turns", heads, rows)

    def _use(self) -> Table:
        heads = (
            ("office", Kind.TEXT), ("link", Kind.TEXT), ("monthly_fee", Kind.MONEY), ("download", Kind.RATE),
            ("upload", Kind.RATE), ("price_contracted", Kind.MONEY), ("receive", Kind.RATE), ("transmit", Kind.RATE),
            ("price_used", Kind.MONEY), ("receive_share", Kind.PERCENT), ("transmit_share", Kind.PERCENT),
            ("full_hours", Kind.HOURS), ("means", Kind.INTEGER),
        )  # fmt: skip
        rows = [
            (
                *self._named(item), item.monthly_fee, item.download_bps, item.upload_bps, item.price_contracted,
                item.receive.bps, item.transmit.bps, item.price_used, item.usage.receive, item.usage.transmit,
                item.usage.full_hours, item.receive.samples,
            )
            for item in self._costs.links
        ]  # fmt: skip
        return self._table("use", heads, rows)

    def _of_use(self, table: Table) -> Table:
        """Return a table of what its links use: without a row it says nothing where nothing was measured."""
        return table if self._costs.with_known_use else replace(table, if_empty=self._say("use_unknown"))

    def _unused(self) -> Table:
        heads = (
            ("office", Kind.TEXT), ("link", Kind.TEXT), ("in_month", Kind.MONEY), ("receive_share", Kind.PERCENT),
            ("transmit_share", Kind.PERCENT),
        )  # fmt: skip
        rows = [
            (*self._named(item), item.sum.amount, item.usage.receive, item.usage.transmit)
            for item in self._costs.hardly_used
        ]
        return self._table("unused", heads, rows)

    def _busy(self) -> Table:
        heads = (
            ("office", Kind.TEXT), ("link", Kind.TEXT), ("full_hours", Kind.HOURS), ("download", Kind.RATE),
            ("upload", Kind.RATE), ("receive_share", Kind.PERCENT), ("transmit_share", Kind.PERCENT),
        )  # fmt: skip
        rows = [
            (
                *self._named(item), item.usage.full_hours, item.download_bps, item.upload_bps, item.usage.receive,
                item.usage.transmit,
            )
            for item in self._costs.full
        ]  # fmt: skip
        return self._table("busy", heads, rows)

    def _offices(self) -> Table:
        costs = self._costs
        heads = (
            ("office_code", Kind.TEXT), ("office", Kind.TEXT), ("links", Kind.INTEGER), ("itself", Kind.MONEY),
            ("others", Kind.MONEY), ("nobody", Kind.MONEY), ("in_month", Kind.MONEY), ("without_fee", Kind.INTEGER),
        )  # fmt: skip
        rows = [
            (
                item.office.code, item.office.name, item.sum.links, item.paid.of(OFFICE_ITSELF).amount,
                _others(item).amount, item.paid.of(None).amount, item.sum.amount, item.sum.without_fee,
            )
            for item in costs.offices
        ]  # fmt: skip
        total = (
            self._say("total"), "", costs.sum.links, costs.now.of(OFFICE_ITSELF).amount,
            sum((_others(item) for item in costs.offices), Sum()).amount, costs.now.of(None).amount, costs.sum.amount,
            costs.sum.without_fee,
        )  # fmt: skip
        return self._table("offices", heads, rows, total)

    def _shares(self) -> Table:
        costs = self._costs
        heads = (
            ("office_code", Kind.TEXT), ("office", Kind.TEXT), ("link", Kind.TEXT), ("provider", Kind.TEXT),
            ("first_day", Kind.DATE), ("last_day", Kind.DATE), ("days", Kind.INTEGER), ("payer", Kind.TEXT),
            ("monthly_fee", Kind.MONEY), ("in_month", Kind.MONEY),
        )  # fmt: skip
        rows = [
            (
                item.link.office, *self._named(item), item.link.provider, share.stretch.first_day,
                share.stretch.last_day, share.stretch.days, self._say.payer(share.stretch.payer), share.stretch.fee,
                share.amount,
            )
            for item in costs.links
            for share in item.shares
        ]  # fmt: skip
        total = (self._say("total"), *[""] * 8, costs.sum.amount)
        return self._table(MAIN, heads, rows, total)

    def _changes(self) -> Table:
        heads = (
            ("day", Kind.DATE), ("office", Kind.TEXT), ("link", Kind.TEXT), ("what", Kind.TEXT),
            ("fee_before", Kind.MONEY), ("fee_after", Kind.MONEY), ("payer_before", Kind.TEXT),
            ("payer_after", Kind.TEXT),
        )  # fmt: skip
        rows = [self._change(link, change) for link, change in self._costs.changes]
        return self._table("changes", heads, rows)

    def _change(self, link: Link, change: Change) -> Row:
        before, after = change.before, change.after
        return (
            change.day, self._costs.office_names[link.office], link.id, self._say(_what(before, after)),
            None if before is None else before.fee, None if after is None else after.fee,
            None if before is None else self._say.payer(before.payer),
            None if after is None else self._say.payer(after.payer),
        )  # fmt: skip

    def _unknown(self) -> Table:
        heads = (
            ("office", Kind.TEXT), ("link", Kind.TEXT), ("days_without_fee", Kind.INTEGER),
            ("days_without_payer", Kind.INTEGER), ("download", Kind.RATE), ("upload", Kind.RATE),
            ("means", Kind.INTEGER),
        )  # fmt: skip
        rows = [
            (
                *self._named(item), item.days_without_fee, item.days_without_payer, item.download_bps, item.upload_bps,
                item.receive.samples,
            )
            for item in self._costs.links
            if not item.is_known
        ]  # fmt: skip
        return self._table("unknown", heads, rows)

    def _named(self, item: LinkCosts) -> tuple[str, str]:
        return self._costs.office_names[item.link.office], item.link.id


def _difference(before: Sum, after: Sum) -> int | None:
    return None if before.amount is None or after.amount is None else after.amount - before.amount


def _others(item: OfficeCosts) -> Sum:
    return sum((paid for payer, paid in item.paid.by.items() if payer not in {None, OFFICE_ITSELF}), Sum())


def _what(before: Stretch | None, after: Stretch | None) -> str:
    if before is None or after is None:
        return "begins" if before is None else "ends"
    if before.payer == after.payer:
        return "fee_changes"
    return "payer_changes" if before.fee == after.fee else "fee_and_payer_change"
