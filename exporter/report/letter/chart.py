"""Each provider's days as a chart: where the axis begins, how high each day stands, and what wasn't measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction

from exporter.report.letter.phrases import Phrases
from exporter.report.letter.values import Chart, Curve, Mark
from exporter.report.summary import ProviderSummary, Summary
from exporter.sla import Figures

STEPS = tuple(Fraction(tenths, 1000) for tenths in (1, 2, 5, 10, 20, 50, 100, 200))
MOST_STEPS, LEAST_STEPS = 5, 2
DIGITS = 6  # of a height: far finer than print
LEGEND = {Mark.UNMEASURED: "day_unmeasured", Mark.PARTLY: "day_partly", Mark.EXCLUDED: "day_excluded"}


def chart(summary: Summary, words: Phrases) -> Chart:
    """Return the chart of a month; its axis reaches from below the lowest day to 100 %."""
    shown = [item for item in summary.providers if any(day.total for day in item.days)]
    known = [share for item in shown for share in _shares(item) if share is not None]
    step, steps = _axis(min(known, default=Fraction(1)))
    curves = tuple(_curve(item, summary.days, step * steps, words) for item in shown)
    occurring = {mark for curve in curves for mark in curve.marks}
    return Chart(
        title=words("chart"),
        axis=words("chart_days"),
        days=tuple(str(day.day) for day in summary.days),
        ticks=tuple((_height(Fraction(i, steps)), _tick(1 - step * (steps - i), words)) for i in range(steps + 1)),
        curves=curves if known else (),
        legend=tuple((mark, words(key)) for mark, key in LEGEND.items() if mark in occurring),
        empty=words("chart_none"),
        description="; ".join(f"{curve.name}: {curve.lowest}" for curve in curves),
    )


def _axis(lowest: Fraction) -> tuple[Fraction, int]:
    """Return the distance of the axis's marks, and how many of them reach from 100 % below the lowest share."""
    missing = 1 - lowest
    step = next(step for step in STEPS if missing <= step * MOST_STEPS)
    return step, max(LEAST_STEPS, -(-missing // step))


def _curve(item: ProviderSummary, days: Iterable[date], span: Fraction, words: Phrases) -> Curve:
    shares = _shares(item)
    known = [(share, day) for share, day in zip(shares, days, strict=True) if share is not None]
    return Curve(
        name=item.provider.name,
        lowest=_lowest(known, words),
        heights=tuple(None if share is None else _height(1 - (1 - share) / span) for share in shares),
        marks=tuple(_mark(day) for day in item.days),
    )


def _lowest(known: Sequence[tuple[Fraction, date]], words: Phrases) -> str:
    """Return which day was the lowest, and how low."""
    if not known:
        return words("chart_none")
    share, day = min(known)
    key = "chart_always" if share == 1 else "chart_lowest"
    return words(key, share=words.percent(share), day=words.date(day))


def _shares(item: ProviderSummary) -> tuple[Fraction | None, ...]:
    return tuple(day.availability for day in item.days)


def _mark(day: Figures) -> Mark:
    if not day.total:
        return Mark.OUTSIDE
    if not day.counted:
        return Mark.EXCLUDED
    if day.availability is None:
        return Mark.UNMEASURED
    return Mark.PARTLY if day.unmeasured else Mark.MEASURED


def _height(value: Fraction) -> float:
    return round(float(value), DIGITS)


def _tick(share: Fraction, words: Phrases) -> str:
    """Return a mark's label without the noughts that say nothing."""
    whole = f"{float(share * 100):.1f}".removesuffix(".0")
    return f"{words.decimal(whole)} %"
