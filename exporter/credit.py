"""What a provider owes for a link's month: exact fractions, cut to whole rupiah once at the end (SLA_METHOD, Credit).

Terms that change in the month are parts, each with its own fee, target and down time. Purely.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from exporter import model
from exporter.model import CreditFormula
from exporter.sla import Figures
from exporter.terms import Terms

TIERS = "tiers"


@dataclass(frozen=True, slots=True)
class Part:
    """A link's time under one fee and one target.

    `long_down_seconds` are the counted down seconds of outages that are long enough to be credited, `longest_seconds`
    those if all unmeasured time had been down.
    """

    terms: Terms
    figures: Figures
    long_down_seconds: int
    longest_seconds: int


@dataclass(frozen=True, slots=True)
class Credit:
    """What is due by a formula or by `tiers`, in whole rupiah; None where no fee, or no target, is known to reckon by.

    `at_least` says that unmeasured time, had it been down, would have earned more, or that no fee or target is known of
    some of the time.
    """

    formula: str
    amount: int | None
    at_least: bool


def credit(rule: model.Credit, parts: Sequence[Part], month_seconds: int) -> Credit:
    """Return what a link's month earns; `month_seconds` are those of the calendar month."""
    formula = TIERS if rule.formula is None else rule.formula.value
    if not any(_is_known(rule, part.terms) for part in parts):
        return Credit(formula, None, at_least=False)
    sure = sum((_earned(rule, part, month_seconds, is_worst=False) for part in parts), Fraction())
    worst = sum((_earned(rule, part, month_seconds, is_worst=True) for part in parts), Fraction())
    amount = int(sure)
    is_whole = all(_is_known(rule, part.terms) for part in parts if part.figures.counted)
    return Credit(formula, amount, at_least=int(worst) > amount or not is_whole)


def pooled(of_links: Iterable[Credit | None]) -> Credit | None:
    """Return the sum of a provider's links' credits; None where none has one."""
    known = [credit for credit in of_links if credit is not None]
    amounts = [credit.amount for credit in known if credit.amount is not None]
    if not known:
        return None
    is_least = len(amounts) < len(known) or any(credit.at_least for credit in known)
    return Credit(known[0].formula, sum(amounts) if amounts else None, at_least=is_least and bool(amounts))


def _is_known(rule: model.Credit, terms: Terms) -> bool:
    """Return whether the contract says all that a rule reckons by."""
    needs_target = rule.formula in {CreditFormula.SLA_HOURS, CreditFormula.BELOW_TARGET}
    return terms.fee is not None and (terms.target is not None or not needs_target)


def _earned(rule: model.Credit, part: Part, month_seconds: int, *, is_worst: bool) -> Fraction:
    """Return what a part earns, as measured, or if all unmeasured time had been down."""
    fee, target = part.terms.fee, part.terms.target
    if fee is None or not _is_known(rule, part.terms):
        return Fraction()
    down = part.longest_seconds if is_worst else part.long_down_seconds
    of_month = Fraction(part.figures.total, month_seconds)
    reached = part.figures.availability_min if is_worst else part.figures.availability_max
    if rule.formula is CreditFormula.PRO_RATA_DOWNTIME:
        return Fraction(fee * down, month_seconds)
    if rule.formula is CreditFormula.SLA_HOURS:
        return Fraction(fee * down) / (month_seconds * (target or 1))
    if reached is None:
        return Fraction()
    if rule.formula is CreditFormula.BELOW_TARGET:
        return fee * of_month * max(Fraction(), (target or 0) - reached)
    passed = [tier for tier in rule.tiers if reached < tier.below]
    return fee * of_month * min(passed, key=lambda tier: tier.below).credit if passed else Fraction()
