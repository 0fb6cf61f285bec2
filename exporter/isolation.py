"""Is the monitor itself cut off? Judged by its references, and by the offices that still answer (SLA_METHOD 2).

Cut off while a quorum of a family's references is down at once, from the latest onset among them. But where at least
half of what answered before goes on answering, the references are at fault. Judged for each second.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from exporter.model import Icmp
from exporter.observation import Outcome
from exporter.timeline import Interval, union

REFERENCE = Icmp(interval_seconds=1, timeout_seconds=2.0, down_after=3, up_after=3, bridge=0)
RECENT_SECONDS = 60  # how old the last reply of a witness may be; an interval where that is longer


def quorum(references: int, demanded: int | None) -> int:
    """Return how many references of a family must be down: all of one or two, else more than half, or as demanded."""
    if demanded is not None:
        return min(demanded, references)
    return references if references <= 2 else references // 2 + 1  # noqa: PLR2004 -- the method's own numbers


class Runs:
    """What a target's latest slots were, in order: runs of slots that follow each other and have one outcome.

    What ended more than `kept_seconds` before the latest run began is forgotten.
    """

    __slots__ = ("interval_seconds", "kept_seconds", "runs")

    def __init__(self, interval_seconds: int, kept_seconds: int) -> None:
        self.interval_seconds = interval_seconds
        self.kept_seconds = kept_seconds
        self.runs: list[tuple[int, int, Outcome]] = []

    def add(self, at: int, outcome: Outcome) -> None:
        """Take the next slot."""
        runs = self.runs
        if runs:
            first, last, of = runs[-1]
            if of is outcome and at == last + self.interval_seconds:
                runs[-1] = (first, at, outcome)
                return
            if runs[0][1] < at - self.kept_seconds:
                self.runs = runs = [run for run in runs if run[1] >= at - self.kept_seconds]
        runs.append((at, at, outcome))

    def add_replies(self, until: int) -> None:
        """Take replies in every slot up to the one that ends at `until`, after the last one, which was a reply."""
        first, _, outcome = self.runs[-1]
        self.runs[-1] = (first, until - self.interval_seconds, outcome)

    def latest(self, at: int) -> tuple[int, Outcome] | None:
        """Return the last slot that begins at `at` or before, and its outcome; None where none is known."""
        for first, last, outcome in reversed(self.runs):
            if first <= at:
                return min(last, at - (at - first) % self.interval_seconds), outcome
        return None


@dataclass(slots=True)
class Isolation:
    """One family's judge: everything before `decided_until` is decided, and `isolated` holds what of it was cut off.

    What ended over `kept_seconds` ago is forgotten.
    """

    quorum: int
    kept_seconds: int
    decided_until: int
    isolated: tuple[Interval, ...] = ()
    _lost_since: int | None = None
    _witnesses: list[Runs] = field(default_factory=list)

    @property
    def is_isolated(self) -> bool:
        """Whether the last decided second was cut off."""
        return bool(self.isolated) and self.isolated[-1][1] == self.decided_until

    @property
    def isolated_since(self) -> int | None:
        """The start of the cut that goes on in the last decided second, None where none does."""
        return self.isolated[-1][0] if self.is_isolated else None

    def advance(
        self,
        down: Sequence[Sequence[Interval]],
        settled_until: int,
        known_until: int,
        witnesses: Iterable[Runs],
    ) -> None:
        """Decide what can be decided.

        `down` is when each reference was, settled up to `settled_until`. `witnesses` are the family's links and nodes;
        their slots that begin before `known_until` are known, which matters only while the references are lost.
        """
        second = before = self.decided_until
        found: list[Interval] = []
        while second < settled_until:
            quiet_until = self._quiet_until(down, second, settled_until)
            if quiet_until > second:
                self._lost_since, second = None, quiet_until
                continue
            if second >= known_until:
                break
            if self._lost_since is None:
                self._lost_since = second
                self._witnesses = [w for w in witnesses if _answered_before(w, second)]
            if not self._is_answered(self._lost_since, second):
                found.append((second, second + 1))
            second += 1
        self.decided_until = second
        if found:
            self.isolated = union([*self.isolated, *found])
        self.isolated = tuple(part for part in self.isolated if part[1] >= before - self.kept_seconds)

    def covers(self, start: float, end: float) -> bool:
        """Return whether `[start, end)` meets isolated time; it was decided before."""
        return any(low < end and start < high for low, high in self.isolated)

    def _quiet_until(self, down: Sequence[Sequence[Interval]], second: int, limit: int) -> int:
        """Return up to where the quorum holds from a second on; the second itself where it is lost there."""
        while second < limit:
            ends = [end for spans in down for start, end in spans if start <= second < end]
            if len(ends) >= self.quorum:
                return second
            starts = [start for spans in down for start, _ in spans if start > second]
            second = min([limit, *starts])
        return limit

    def _is_answered(self, since: int, second: int) -> bool:
        """Say whether at least half of the witnesses that were asked since the loss began answer."""
        asked = answering = 0
        for witness in self._witnesses:
            latest = witness.latest(second)
            if latest is not None and latest[0] >= since:
                asked += 1
                answering += latest[1] is Outcome.REPLY
        return asked > 0 and 2 * answering >= asked


def _answered_before(witness: Runs, second: int) -> bool:
    latest = witness.latest(second - 1)
    oldest = second - max(RECENT_SECONDS, witness.interval_seconds)
    return latest is not None and latest[1] is Outcome.REPLY and latest[0] >= oldest
