"""What a ledger must hold of a link's truth by the rules of SLA_METHOD 2 to 7, where they leave no choice. Purely."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import groupby

from exporter.isolation import REFERENCE
from exporter.lab.truth import Situation, Stretch
from exporter.model import Icmp
from exporter.timeline import State

STARTING_SECONDS = 10  # what a monitor may take from its start to a link's first slot
WRITING_SECONDS = 10  # calm slots are handed over every 4 s, and what is handed over is written every 5
REFERENCE_SECONDS = REFERENCE.interval_seconds
KNOWN_AFTER_SECONDS = REFERENCE.down_after * REFERENCE.interval_seconds + 1  # the first slot may be cut in two

Moment = tuple[float, float]
"""When an edge of the ledger is due: at an instant, or anywhere between two."""


class Row(Enum):
    """What a second of the truth is by the rules; `edge` is that of a slot in which it changes.

    Cut off for less than it takes to see that the references are silent, a monitor can't know it: anything goes.
    """

    AVAILABLE = "available"
    IMPAIRED = "impaired"
    BLIP = "blip"
    DOWN = "down"
    LULL = "lull"
    UNDECIDED = "undecided"
    CUT_OFF = "cut off"
    BRIEFLY_CUT_OFF = "briefly cut off"
    NOT_RUNNING = "not running"
    EDGE = "edge"


_UP = frozenset({State.UP, State.DEGRADED})
RIGHT = {
    Row.AVAILABLE: _UP,
    Row.IMPAIRED: _UP,
    Row.BLIP: _UP,
    Row.DOWN: frozenset({State.DOWN}),
    Row.LULL: frozenset({State.DOWN}),
    Row.UNDECIDED: _UP | {State.DOWN},
    Row.CUT_OFF: frozenset({State.UNMEASURED}),
    Row.BRIEFLY_CUT_OFF: frozenset(State),
    Row.NOT_RUNNING: frozenset({State.UNMEASURED}),
    Row.EDGE: frozenset(State),
}
"""What a ledger may say of each."""


@dataclass(frozen=True, slots=True)
class RowSpan:
    """A stretch of the truth as a row of the matrix."""

    start: float
    end: float
    row: Row


@dataclass(frozen=True, slots=True)
class ExpectedOutage:
    """One outage that must be in the ledger; or several, or none, where slots decide: from `least` to `most`.

    `starts` and `ends` are where edges may be; `is_ended` says that it must have ended.
    """

    starts: tuple[Moment, ...]
    ends: tuple[Moment, ...]
    least: int
    most: int
    is_ended: bool

    @property
    def extent(self) -> Moment:
        """From the earliest start to the latest end; without end where it may be open."""
        return self.starts[0][0], self.ends[-1][1] if self.is_ended else math.inf


@dataclass(frozen=True, slots=True)
class Expected:
    """What is due of one link or node."""

    outages: tuple[ExpectedOutage, ...]
    rows: tuple[RowSpan, ...]

    @property
    def blips(self) -> int:
        """How many stretches without an answer are none."""
        return sum(span.row is Row.BLIP for span in self.rows)


@dataclass(frozen=True, slots=True)
class Margins:
    """How far beside the time that nobody sees a ledger is unmeasured too, and how late it knows, all in seconds."""

    before_cut_off: float
    after_cut_off: float
    undecided: float
    known_after: float

    @classmethod
    def of(cls, icmp: Icmp) -> Margins:
        """Return a target's: `[at, at + interval + timeout)` meets the isolation, the undecided tail is lost."""
        waiting = icmp.interval_seconds + icmp.timeout_seconds
        slots = max(icmp.down_after, icmp.up_after) - 1 + icmp.bridge
        return cls(
            before_cut_off=waiting + REFERENCE_SECONDS,
            after_cut_off=icmp.interval_seconds + REFERENCE_SECONDS,
            undecided=slots * icmp.interval_seconds + waiting + WRITING_SECONDS,
            known_after=waiting + WRITING_SECONDS,
        )


class _Length(Enum):
    """A run's length beside the slots that decide: too short, up to how the slots lie, or enough."""

    SHORT = auto()
    OPEN = auto()
    ENOUGH = auto()


@dataclass(frozen=True, slots=True)
class _Run:
    """Neighbouring stretches that are alike for the rule."""

    start: float
    end: float
    situation: Situation
    stretches: tuple[Stretch, ...]

    @property
    def is_hidden(self) -> bool:
        return self.situation in {Situation.CUT_OFF, Situation.NOT_RUNNING}


def expected(stretches: Iterable[Stretch], icmp: Icmp) -> Expected:
    """Return what is due of a link's stretches, which touch and reach from the truth's start to its end."""
    runs = [_run(like, tuple(group)) for like, group in groupby(stretches, key=_like)]
    machine = _Machine(icmp)
    for place, run in enumerate(runs):
        machine.take(run, _lengths(runs, place, icmp), _moment(runs, place, Margins.of(icmp)))
    return Expected(tuple(machine.finish()), tuple(machine.rows))


def _like(stretch: Stretch) -> Situation:
    return Situation.AVAILABLE if stretch.situation is Situation.IMPAIRED else stretch.situation


def _run(like: Situation, group: tuple[Stretch, ...]) -> _Run:
    return _Run(group[0].start, group[-1].end, like, group)


def _lengths(runs: Sequence[_Run], place: int, icmp: Icmp) -> tuple[float, float]:
    """Return how many slots of a run a monitor sees at least, in time for the ledger to know, and at most."""
    run, margins, interval = runs[place], Margins.of(icmp), icmp.interval_seconds
    ends = (other.start for other in runs[place + 1 :] if other.situation is Situation.NOT_RUNNING)
    known = next(ends, runs[-1].end) - run.start - margins.known_after
    last = _last_that_looks_alike(runs, place, interval)
    most = runs[last].end - run.start
    cut_off = [other for other in runs if other.situation is Situation.CUT_OFF]
    seen_until = min([run.end, *(other.start - margins.before_cut_off for other in cut_off if other.start >= run.end)])
    least = seen_until - _seen_from(runs, place, margins)
    if any(0 <= beside < len(runs) and runs[beside].situation is Situation.CUT_OFF for beside in (place - 1, last + 1)):
        most += REFERENCE_SECONDS
    if place > 0 and runs[place - 1].situation is Situation.NOT_RUNNING:
        least -= STARTING_SECONDS
    return math.floor(min(least, known) / interval), math.ceil(most / interval)


def _last_that_looks_alike(runs: Sequence[_Run], place: int, interval: int) -> int:
    """Return up to which run it may go on: a run shorter than a slot between two may fall between two echoes."""
    last = place
    while last + 2 < len(runs) and runs[last + 2].situation is runs[place].situation:
        between = runs[last + 1]
        if between.is_hidden or between.end - between.start >= interval:
            break
        last += 2
    return last


def _moment(runs: Sequence[_Run], place: int, margins: Margins) -> Moment:
    """Return when a run's beginning is due in the ledger: later where nobody saw it."""
    start = runs[place].start
    if place > 0 and runs[place - 1].situation is Situation.NOT_RUNNING:
        return start, start + STARTING_SECONDS
    return start, _seen_from(runs, place, margins)


def _seen_from(runs: Sequence[_Run], place: int, margins: Margins) -> float:
    """Return from when on a run is seen, were it not for a start: beside the time cut off nothing is."""
    before = (run.end for run in runs[:place] if run.situation is Situation.CUT_OFF)
    return max([runs[place].start, *(end + margins.after_cut_off for end in before)])


class _Machine:
    """The rule over runs; `_is_down` None is what slots decide."""

    def __init__(self, icmp: Icmp) -> None:
        self.rows: list[RowSpan] = []
        self._icmp = icmp
        self._is_down: bool | None = False
        self._starts: list[Moment] = []
        self._ends: list[Moment] = []
        self._is_sure = False
        self._done: list[ExpectedOutage] = []

    def take(self, run: _Run, slots: tuple[float, float], moment: Moment) -> None:
        """Take the next run, which a monitor sees in so many slots at least and at most."""
        if run.situation is Situation.NOT_RUNNING:
            self._row(run, Row.NOT_RUNNING)
        elif run.situation is Situation.CUT_OFF:
            self._row(run, Row.CUT_OFF if run.end - run.start >= KNOWN_AFTER_SECONDS else Row.BRIEFLY_CUT_OFF)
        elif run.situation is Situation.DOWN:
            self._fall(run, _judged(slots, self._icmp.down_after), moment)
        else:
            self._rise(run, _judged(slots, self._icmp.up_after), moment)

    def finish(self) -> Iterator[ExpectedOutage]:
        """Yield all outages; the last may be open."""
        if self._starts:
            self._close(is_ended=False)
        yield from self._done

    def _fall(self, run: _Run, length: _Length, moment: Moment) -> None:
        if self._is_down:
            self._row(run, Row.DOWN)
            return
        if length is _Length.SHORT:
            self._row(run, Row.BLIP if self._is_down is False else Row.UNDECIDED)
            return
        self._starts.append(moment)
        if length is _Length.ENOUGH:
            self._is_down, self._is_sure = True, True
            self._row(run, Row.DOWN)
        else:
            self._is_down = None
            self._row(run, Row.UNDECIDED)

    def _rise(self, run: _Run, length: _Length, moment: Moment) -> None:
        if self._is_down is False or length is _Length.ENOUGH:
            if self._starts:
                self._ends.append(moment)
                self._close(is_ended=True)
            self._is_down = False
            for stretch in run.stretches:
                row = Row.IMPAIRED if stretch.situation is Situation.IMPAIRED else Row.AVAILABLE
                self.rows.append(RowSpan(stretch.start, stretch.end, row))
        elif length is _Length.SHORT:
            self._row(run, Row.LULL if self._is_down else Row.UNDECIDED)
        else:
            self._ends.append(moment)
            self._is_down = None
            self._row(run, Row.UNDECIDED)

    def _row(self, run: _Run, row: Row) -> None:
        self.rows.append(RowSpan(run.start, run.end, row))

    def _close(self, *, is_ended: bool) -> None:
        self._done.append(
            ExpectedOutage(
                starts=tuple(self._starts),
                ends=tuple(self._ends),
                least=int(self._is_sure),
                most=len(self._starts),
                is_ended=is_ended,
            )
        )
        self._starts, self._ends, self._is_sure = [], [], False


def _judged(slots: tuple[float, float], needed: int) -> _Length:
    least, most = slots
    if least >= needed:
        return _Length.ENOUGH
    return _Length.SHORT if most < needed else _Length.OPEN
