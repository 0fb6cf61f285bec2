"""Whether an available link is degraded: too much loss, or too slow, over its last measured slots (SLA_METHOD 6).

Begins with the slot at which the window shows it, and ends with the slot at which the window has shown neither for as
many slots as it holds; neither is backdated. A window of few slots without such an end would flap all day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from exporter.model import Degraded
from exporter.observation import Outcome
from exporter.timeline import State


class Slot(NamedTuple):
    """A measured slot: `outcome` is a reply or lost; `rtt_seconds` is None where it is lost or bridged."""

    outcome: Outcome
    rtt_seconds: float | None = None
    is_bridged: bool = False

    @property
    def is_seen_lost(self) -> bool:
        """Whether it was measured as lost, and not taken for it by bridging."""
        return self.outcome is Outcome.LOST and not self.is_bridged


@dataclass(frozen=True, slots=True)
class Quality:
    """The window of a link's measured slots since it last came up or was last unmeasured.

    `count` slots were seen since; `lost`, `slow` and `untimed` are the numbers of those in the window that were lost,
    took longer than the rule's `rtt`, or were bridged as replies. `sound_for` slots in a row have shown nothing.
    """

    rule: Degraded
    count: int = 0
    lost: tuple[int, ...] = ()
    slow: tuple[int, ...] = ()
    untimed: tuple[int, ...] = ()
    is_degraded: bool = False
    sound_for: int = 0

    @property
    def state(self) -> State:
        """Up or degraded."""
        return State.DEGRADED if self.is_degraded else State.UP

    @property
    def loss_ratio(self) -> float | None:
        """Lost slots of the window, or of those so far while it isn't full; None before the first."""
        return len(self.lost) / min(self.count, self.rule.window) if self.count else None

    @property
    def is_sound(self) -> bool:
        """Whether replies in good time can't make it degraded, however many come.

        As they come the window loses marks and gains none, so it is enough that it shows nothing were it full now.
        """
        return not (self.is_degraded or self._shows(len(self.lost), len(self.slow), len(self.untimed)))

    def take(self, slot: Slot) -> Quality:
        """Return the window with one slot more."""
        number = self.count + 1
        oldest = number - self.rule.window + 1
        lost, slow, untimed = (_since(marks, oldest) for marks in (self.lost, self.slow, self.untimed))
        if slot.outcome is Outcome.LOST:
            lost = (*lost, number)
        elif slot.rtt_seconds is None:
            untimed = (*untimed, number)
        elif slot.rtt_seconds > self.rule.rtt_seconds:
            slow = (*slow, number)
        is_bad = number >= self.rule.window and self._shows(len(lost), len(slow), len(untimed))
        sound_for = 0 if is_bad else self.sound_for + 1
        is_degraded = is_bad or (self.is_degraded and sound_for < self.rule.window)
        return Quality(self.rule, number, lost, slow, untimed, is_degraded, sound_for)

    def take_replies(self, count: int) -> Quality:
        """Return a sound window with `count` replies in good time more: what as many calls of `take` would give."""
        number = self.count + count
        oldest = number - self.rule.window + 1
        lost, slow, untimed = (_since(marks, oldest) for marks in (self.lost, self.slow, self.untimed))
        return Quality(self.rule, number, lost, slow, untimed, sound_for=self.sound_for + count)

    def _shows(self, lost: int, slow: int, untimed: int) -> bool:
        """Say whether a full window is over the rule's loss, or its lower median of the RTTs over the rule's RTT."""
        window, loss = self.rule.window, self.rule.loss_ratio
        if lost * loss.denominator > loss.numerator * window:
            return True
        timed = window - lost - untimed
        not_slow_enough = (timed - 1) // 2  # so many quick replies may lie below a median that is slow
        return timed > 0 and timed - slow <= not_slow_enough


def _since(marks: tuple[int, ...], oldest: int) -> tuple[int, ...]:
    if not marks or marks[0] >= oldest:
        return marks
    return tuple(mark for mark in marks if mark >= oldest)


def judge(quality: Quality, slots: Iterable[Slot]) -> tuple[Quality, list[tuple[State, int]]]:
    """Take slots in order; return the window after them, and the states that they had as runs of a length."""
    runs: list[tuple[State, int]] = []
    for slot in slots:
        quality = quality.take(slot)
        state = quality.state
        if runs and runs[-1][0] is state:
            runs[-1] = (state, runs[-1][1] + 1)
        else:
            runs.append((state, 1))
    return quality, runs
