"""Which faults of a playing deserve a page, from the lab's truth alone: purely.

A fault is one thing that a person must hear of, once. It has a subject, and it is

- of the monitor: each time that it was cut off;
- of a provider or a node: a failure (or a flap) that leaves links without an answer;
- of an office: all its links are without an answer at once, whatever the deeds behind it.

A moment of a subject's silence is its own unless something above explains it. A provider's or a node's is explained
while another failure covers all that it silences. An office's is explained while each of its links is below a failure
of a node or a provider: whoever hears of that one knows why. A link that a backup stands in for makes no office
silent: that is a ticket, like whatever leaves links answering (impaired, full, mute, booting, moved).

What is shown in time decides whether a page is due. While the monitor is cut off or isn't running, and for five
seconds after, nothing can be seen; a fault begins with the first moment of its own that can. Its own silence must be
CONFIRMED_SECONDS long, ten lost echoes and the last one's timeout. Where a failure above follows, it needs
LEAVING_SECONDS, for the page above may come first; where it goes on from one, STANDING_SECONDS, for the office is named
in the page above, and devices come back one by one. What is shorter than that, down to POSSIBLE_SECONDS, and an office
that two failures silence together, may be paged: such a fault counts where a page came, and nothing is missed where
none did.
The monitor's being cut off must last ISOLATION_SECONDS.

What is silent again in less than a minute (SAME_SECONDS) is the same fault: a flap is one, and so are an office's own
silences before and after that of its provider.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import groupby, pairwise

from exporter.lab.reach import Reach
from exporter.lab.scenario import Kind, Thing
from exporter.lab.truth import Fact, Situation, Truth
from exporter.model import Cause, Inventory

CONFIRMED_SECONDS = 12.0
POSSIBLE_SECONDS = 9.0
LEAVING_SECONDS = 30.0
STANDING_SECONDS = 300.0
SAME_SECONDS = 59.0  # less than a minute: scenarios count whole ones, and are played to some milliseconds
ISOLATION_SECONDS = 28.0
_BLIND_AFTER_SECONDS = 5.0
_ABOVE = frozenset({Cause.UPSTREAM, Cause.PROVIDER})
MONITOR = "monitor"


class Scale(Enum):
    """What a fault is of; the value is its word in tables."""

    MONITOR = "monitor"
    PROVIDER = "provider"
    NODE = "node"
    OFFICE = "office"


_SCALES = {Cause.PROVIDER: Scale.PROVIDER, Cause.UPSTREAM: Scale.NODE}
_RANK = {scale: rank for rank, scale in enumerate(Scale)}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a fault or a page is of."""

    scale: Scale
    name: str

    def __str__(self) -> str:
        return self.name if self.scale is Scale.MONITOR else f"{self.scale.value} {self.name}"


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch `[start, end)` of a subject's own silence, in seconds since the epoch, and whether a page is due."""

    start: float
    end: float
    is_certain: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault; `affects` are the links and nodes without an answer, none of the monitor's.

    `silences` are its own, and `whole` all stretches in which its subject gave no answer around them, seen or not.
    `is_onset_clear` is whether it began with its first lost echo, and not when the view became clear.
    """

    subject: Subject
    silences: tuple[Silence, ...]
    whole: tuple[tuple[float, float], ...]
    affects: frozenset[str] = frozenset()
    is_onset_clear: bool = True

    @property
    def start(self) -> float:
        """When it could first be seen."""
        return self.silences[0].start

    @property
    def end(self) -> float:
        """When its subject answered for good."""
        return max(self.silences[-1].end, self.whole[-1][1])

    @property
    def is_certain(self) -> bool:
        """Whether a page is due; where it isn't, one may come."""
        return any(silence.is_certain for silence in self.silences)

    def is_silent(self, at: float) -> bool:
        """Return whether its subject gives no answer at an instant."""
        return any(start <= at < end for start, end in self.whole)


class _Mark(Enum):
    """What a moment is for a subject."""

    CLEAR = "clear"
    HIDDEN = "nothing can be seen; the subject is silent"
    EXPLAINED = "silent, and something above tells why"
    JOINT = "silent, and two failures above tell why together"
    OWN = "silent by itself"


@dataclass(frozen=True, slots=True)
class _Stretch:
    start: float
    end: float
    mark: _Mark


def faults(truth: Truth, inventory: Inventory) -> list[Fault]:
    """Return the faults of a playing, in order of beginning."""
    moments = _Moments(truth, inventory)
    found = [*_isolations(truth)]
    for subject, affects in moments.subjects():
        found += _folded(subject, affects, moments.of(subject))
    return sorted(found, key=lambda fault: (fault.start, _RANK[fault.subject.scale]))


def isolations(truth: Truth) -> list[tuple[float, float]]:
    """Return when the monitor was cut off."""
    return [(fact.from_, _end(fact, truth)) for fact in truth.of_monitor() if fact.kind is Kind.ISOLATE]


def targets(subject: Subject, inventory: Inventory) -> frozenset[str]:
    """Return the links and nodes that are silent while a subject is; none of the monitor's."""
    return frozenset(
        () if subject.scale is Scale.MONITOR else Reach(inventory).silent(_THINGS[subject.scale], subject.name)
    )


_THINGS = {Scale.PROVIDER: Thing.PROVIDER, Scale.NODE: Thing.NODE, Scale.OFFICE: Thing.OFFICE}


class _Moments:
    """A truth cut where anything begins or ends, and what each subject's moments are."""

    def __init__(self, truth: Truth, inventory: Inventory) -> None:
        self._truth = truth
        self._offices = {code: tuple(link.id for link in office.links) for code, office in inventory.offices.items()}
        self._silent = [fact for fact in truth.facts if fact.situation is Situation.DOWN]
        self._blind = [(fact.from_, _end(fact, truth) + _BLIND_AFTER_SECONDS) for fact in truth.of_monitor()]
        self._edges = sorted(
            {truth.header.starts_at, truth.ends_at}
            | {at for fact in self._silent for at in (fact.from_, _end(fact, truth))}
            | {min(at, truth.ends_at) for part in self._blind for at in part}
        )

    def subjects(self) -> Iterator[tuple[Subject, frozenset[str]]]:
        """Yield what may be at fault, with what it silences."""
        above = {
            Subject(_SCALES[fact.cause], fact.what): frozenset(fact.affects)
            for fact in self._silent
            if fact.cause in _SCALES and any("/" in target for target in fact.affects)
        }
        yield from above.items()
        for code, links in self._offices.items():
            yield Subject(Scale.OFFICE, code), frozenset(links)

    def of(self, subject: Subject) -> Iterator[_Stretch]:
        """Yield the stretches of a subject's moments, touching, neighbours different."""
        marked = (
            _Stretch(
                low, high, self._seen(subject, low, [f for f in self._silent if f.from_ <= low < _end(f, self._truth)])
            )
            for low, high in pairwise(self._edges)
        )
        for mark, group in groupby(marked, key=lambda stretch: stretch.mark):
            run = list(group)
            yield _Stretch(run[0].start, run[-1].end, mark)

    def _seen(self, subject: Subject, at: float, going: Sequence[Fact]) -> _Mark:
        mark = self._office(subject, going) if subject.scale is Scale.OFFICE else _of_failure(subject, going)
        is_blind = any(start <= at < end for start, end in self._blind)
        return _Mark.HIDDEN if is_blind and mark is not _Mark.CLEAR else mark

    def _office(self, subject: Subject, going: Sequence[Fact]) -> _Mark:
        links = self._offices[subject.name]
        by_link = [[fact for fact in going if link in fact.affects] for link in links]
        if not all(by_link):
            return _Mark.CLEAR
        above = [fact for fact in going if fact.cause in _ABOVE]
        if any(set(links) <= set(fact.affects) for fact in above):
            return _Mark.EXPLAINED
        is_joint = all(any(fact in above for fact in each) for each in by_link)
        return _Mark.JOINT if is_joint else _Mark.OWN


def _of_failure(subject: Subject, going: Sequence[Fact]) -> _Mark:
    above = [fact for fact in going if fact.cause in _ABOVE]
    own = next((fact for fact in above if _subject(fact) == subject), None)
    if own is None:
        return _Mark.CLEAR
    is_explained = any(_covers(fact, own) for fact in above if fact is not own)
    return _Mark.EXPLAINED if is_explained else _Mark.OWN


def _covers(fact: Fact, other: Fact) -> bool:
    """Return whether a failure explains another: it silences more, or as much from higher up."""
    more, less = set(fact.affects), set(other.affects)
    return more > less or (more == less and _RANK[_subject(fact).scale] < _RANK[_subject(other).scale])


def _subject(fact: Fact) -> Subject:
    return Subject(_SCALES[fact.cause or Cause.UNKNOWN], fact.what)


def _folded(subject: Subject, affects: frozenset[str], stretches: Iterable[_Stretch]) -> Iterator[Fault]:
    """Yield a subject's faults: its own silences that are long enough, joined where they return soon."""
    around = list(stretches)
    whole = list(_joined([(each.start, each.end) for each in around if each.mark is not _Mark.CLEAR], 0.0))
    silences = [silence for place, _ in enumerate(around) if (silence := _silence(around, place)) is not None]
    for start, end in _joined(whole, SAME_SECONDS):
        own = tuple(each for each in silences if start <= each.start < end)
        if not own:
            continue
        before = [each.mark for each in around if each.end == own[0].start]
        yield Fault(
            subject,
            own,
            tuple(part for part in whole if part[0] < own[-1].end and part[1] > own[0].start),
            affects,
            is_onset_clear=before in ([], [_Mark.CLEAR]),
        )


def _silence(around: Sequence[_Stretch], place: int) -> Silence | None:
    """Return a stretch as a silence of its own, None where it is none or too short."""
    here = around[place]
    lasted = here.end - here.start
    if here.mark not in {_Mark.OWN, _Mark.JOINT} or lasted < POSSIBLE_SECONDS:
        return None
    before = around[place - 1].mark if place else _Mark.CLEAR
    after = around[place + 1].mark if place + 1 < len(around) else _Mark.CLEAR
    needed = CONFIRMED_SECONDS
    if after in {_Mark.EXPLAINED, _Mark.JOINT}:
        needed = max(needed, LEAVING_SECONDS)
    if before in {_Mark.EXPLAINED, _Mark.JOINT}:
        needed = max(needed, STANDING_SECONDS)
    return Silence(here.start, here.end, here.mark is _Mark.OWN and lasted >= needed)


def _isolations(truth: Truth) -> Iterator[Fault]:
    parts = [part for part in isolations(truth) if part[1] - part[0] >= POSSIBLE_SECONDS]
    for start, end in _joined(parts, SAME_SECONDS):
        own = [part for part in parts if start <= part[0] < end]
        silences = tuple(Silence(*part, is_certain=part[1] - part[0] >= ISOLATION_SECONDS) for part in own)
        yield Fault(Subject(Scale.MONITOR, MONITOR), silences, tuple(own))


def _joined(parts: Iterable[tuple[float, float]], gap_seconds: float) -> Iterator[tuple[float, float]]:
    """Yield stretches in order, those that lie no further apart joined."""
    held: tuple[float, float] | None = None
    for start, end in sorted(parts):
        if held is not None and start <= held[1] + gap_seconds:
            held = (held[0], max(held[1], end))
            continue
        if held is not None:
            yield held
        held = (start, end)
    if held is not None:
        yield held


def _end(fact: Fact, truth: Truth) -> float:
    return truth.ends_at if fact.to is None else fact.to
