"""What the tables of the document share: a link's name, a verdict with its sign, a range, what was excluded and why."""

from __future__ import annotations

from fractions import Fraction

from exporter.credit import Credit
from exporter.exclusion import ExcludedBy
from exporter.report.letter.phrases import Phrases
from exporter.report.letter.values import Cell
from exporter.report.summary import LinkSummary, Summary
from exporter.report.words import NOTHING
from exporter.sla import Figures, Verdict

SIGNS = {Verdict.MET: "✓", Verdict.BREACHED: "✗", Verdict.UNDETERMINED: "?", Verdict.NOT_APPLICABLE: NOTHING}


class Cells:
    """Cells of one summary in one language; the first line of several is the one that counts."""

    def __init__(self, summary: Summary, words: Phrases) -> None:
        self.summary = summary
        self.words = words

    def link(self, item: LinkSummary) -> Cell:
        """Return its office's name, then its id and its circuit."""
        link = item.link
        return self.summary.office_names[link.office], " · ".join(of for of in (link.id, link.circuit) if of)

    def link_name(self, item: LinkSummary) -> str:
        """Return its office's name with its id, for a sentence."""
        return self.words("with_more", text=self.summary.office_names[item.link.office], more=item.link.id)

    def verdict(self, verdict: Verdict, figures: Figures) -> str:
        """Return a verdict in words behind its sign, so that it holds without colours; why, where there is none."""
        told = self.words.verdict(verdict)
        if verdict is Verdict.NOT_APPLICABLE and not figures.counted:
            told = self.words("all_excluded" if figures.total else "not_valid")
        return f"{SIGNS[verdict]} {told}"

    def range(self, figures: Figures) -> Cell:
        """Return the lowest and the highest availability that the unmeasured time leaves; once where they are one."""
        low, high = figures.availability_min, figures.availability_max
        return self.words.percent(low) if low == high else (self.words.percent(low), self.words.percent(high))

    def share_range(self, figures: Figures) -> str:
        """Return the same in one line; a dash where the measured time alone decides."""
        low, high = figures.availability_min, figures.availability_max
        if low == high:
            return NOTHING
        return self.words("between", low=self.words.percent(low), high=self.words.percent(high))

    def excluded(self, figures: Figures, by: ExcludedBy) -> Cell:
        """Return the excluded time, then each reason with its part."""
        reasons = (("by_maintenance", by.maintenance), ("by_amendment", by.amendment), ("by_cause", by.cause))
        return (
            self.words.duration(figures.excluded),
            *(
                self.words("excluded_why", reason=self.words(key), length=self.words.duration(seconds))
                for key, seconds in reasons
                if seconds
            ),
        )

    def credit(self, credit: Credit | None) -> str:
        """Return what is due, at least where unmeasured time could have earned more; a dash where nobody can say."""
        if credit is None or credit.amount is None:
            return NOTHING
        amount = self.words.money(credit.amount)
        return self.words("credit_at_least", amount=amount) if credit.at_least else amount

    def over_budget(self, item: LinkSummary) -> Cell:
        """Return by how much a breached link's downtime is over its budget; a dash for others."""
        left = item.budget_remaining_seconds
        if item.verdict is not Verdict.BREACHED or left is None:
            return NOTHING
        if left >= 0:
            return self.words("within_budget")
        return self.words.duration(-left), self.words("seconds_of", seconds=self.words.number(-left))

    def target(self, target: Fraction | None) -> str:
        """Return a target; a dash where there is none."""
        return self.words.percent(target)
