"""One link's time in a period, by its terms: what is judged, what is owed, what is left of the budget. Purely.

Accounts of periods that follow each other add up, where no outage reaches across: so the running month is kept, and so
a report is made in one go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from exporter.credit import Part
from exporter.exclusion import ExcludedBy, Exclusions
from exporter.sla import Figures, Verdict, figures
from exporter.terms import Terms
from exporter.timeline import Interval, Span, State, cut, intersect, intervals, length, subtract, union


@dataclass(frozen=True, slots=True)
class Account:
    """A link's period; a part for each of its terms in the month, some of them with no time yet."""

    parts: tuple[Part, ...]
    excluded_by: ExcludedBy

    @classmethod
    def empty(cls, terms: Sequence[Terms]) -> Account:
        """Return that of no time at all."""
        return cls(tuple(Part(of, Figures(), 0, 0) for of in terms), ExcludedBy())

    def __add__(self, later: Account) -> Account:
        parts = tuple(
            replace(
                mine,
                figures=mine.figures + more.figures,
                long_down_seconds=mine.long_down_seconds + more.long_down_seconds,
                longest_seconds=mine.longest_seconds + more.longest_seconds,
            )
            for mine, more in zip(self.parts, later.parts, strict=True)
        )
        return Account(parts, self.excluded_by + later.excluded_by)

    @property
    def figures(self) -> Figures:
        """The seconds of all parts."""
        return sum((part.figures for part in self.parts), Figures())

    @property
    def target(self) -> Fraction | None:
        """What is owed, by counted time where it changed; where nothing is counted the first. None without any."""
        judged = self._judged
        seconds = sum(part.figures.counted for part in judged)
        if not seconds:
            return judged[0].terms.target if judged else None
        return _owed(judged) / seconds

    @property
    def verdict(self) -> Verdict:
        """What can be said of the target, over the time that has one."""
        return sum((part.figures for part in self._judged), Figures()).verdict(self.target)

    def budget_remaining_seconds(self, windows: Sequence[Interval], since: int) -> int | None:
        """Return what is left of `budget_seconds`; negative where the target is broken, None without one."""
        budget = self.budget_seconds(windows, since)
        return None if budget is None else budget - sum(part.figures.down for part in self._judged)

    def budget_seconds(self, windows: Sequence[Interval], since: int) -> int | None:
        """Return the down seconds that the targets of the whole month allow, cut.

        `windows` are those that leave the figures; of them counts what comes after `since`, the end of the account's
        own time. None without a target.
        """
        judged = self._judged
        if not judged:
            return None
        allowed = Fraction()
        for part in judged:
            of = part.terms
            to_come = length(cut(windows, max(of.start, since), of.end)) if since < of.end else 0
            allowed += (1 - (of.target or 0)) * (of.seconds - part.figures.excluded - to_come)
        return int(allowed // 1)

    @property
    def _judged(self) -> list[Part]:
        return [part for part in self.parts if part.terms.target is not None]


def _owed(parts: Sequence[Part]) -> Fraction:
    return sum(
        (part.terms.target * part.figures.counted for part in parts if part.terms.target is not None), Fraction()
    )


@dataclass(frozen=True, slots=True)
class Course:
    """What a link went through: its timeline, what leaves the figures, what was bridged.

    `long_outages` are the outages whose counted length is over `min_outage_seconds`. `watched` is what is known of it,
    None for nothing beside the period.
    """

    timeline: Sequence[Span]
    exclusions: Exclusions
    bridged: Sequence[Interval]
    long_outages: Sequence[Interval]
    min_outage_seconds: int
    watched: Interval | None = None


def account(course: Course, terms: Sequence[Terms], start: int, end: int) -> Account:
    """Return a link's account of `[start, end)`, a part for each of its terms."""
    excluded = course.exclusions.together
    down = subtract(intervals(course.timeline, State.DOWN), excluded)
    long_down = intersect(down, union(course.long_outages))
    longest = _longest(course, excluded, start, end)
    return Account(
        tuple(_part(course, of, excluded, (long_down, longest), (start, end)) for of in terms),
        course.exclusions.within(start, end),
    )


def _part(
    course: Course,
    of: Terms,
    excluded: Sequence[Interval],
    long: tuple[Sequence[Interval], Sequence[Interval]],
    period: Interval,
) -> Part:
    low, high = max(of.start, period[0]), min(of.end, period[1])
    if low >= high:
        return Part(of, Figures(), 0, 0)
    long_down, longest = (length(cut(intervals_, low, high)) for intervals_ in long)
    return Part(of, figures(course.timeline, low, high, excluded, course.bridged), long_down, max(longest, long_down))


def _longest(course: Course, excluded: Sequence[Interval], start: int, end: int) -> tuple[Interval, ...]:
    """Return the counted time of outages that are long enough, if all unmeasured time had been down."""
    available = union((span.start, span.end) for span in course.timeline if span.state in {State.UP, State.DEGRADED})
    runs = subtract(union([(start, end), course.watched or (start, end)]), available)
    long = [run for run in runs if length(subtract([run], excluded)) > course.min_outage_seconds]
    return subtract(union(long), excluded)
