"""A ledger beside a truth: outages, edges, and seconds by state."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from exporter.lab.truth import Header, Situation, Truth, stretches
from exporter.ledger import Ledger
from exporter.model import Icmp, Inventory
from exporter.scoring.causes import Explained, Explanations
from exporter.scoring.expected import (
    RIGHT,
    STARTING_SECONDS,
    Expected,
    ExpectedOutage,
    Margins,
    Moment,
    Row,
    RowSpan,
    expected,
)
from exporter.timeline import Interval, Outage, Span, State, clip, intersect, intervals, length, subtract, union

_LARGEST_SHARE = 0.99


@dataclass(slots=True)
class Edges:
    """Errors of edges in seconds; `right` of them lie within one interval of the truth's."""

    errors: list[float] = field(default_factory=list)
    right: int = 0

    def add(self, error: float, interval_seconds: int) -> None:
        """Take an edge."""
        self.errors.append(round(error, 3))
        self.right += error <= interval_seconds

    @property
    def median(self) -> float | None:
        """The middle error, the lower of two; None without edges."""
        return self._at(0.5)

    @property
    def p99(self) -> float | None:
        """The error that 99 % don't exceed (nearest rank); None without edges."""
        return self._at(_LARGEST_SHARE)

    @property
    def maximum(self) -> float | None:
        """The largest error; None without edges."""
        return self._at(1.0)

    def _at(self, share: float) -> float | None:
        ordered = sorted(self.errors)
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


@dataclass(slots=True)
class Unmeasured:
    """Unmeasured seconds by what explains them; those of two reasons count for the first of them.

    Beside the time cut off the slots that meet it are unmeasured too; a kill costs what was undecided or unwritten and
    the time until the first slots; the tail is what can't be decided before the truth ends.
    """

    cut_off: int = 0
    not_running: int = 0
    beside_cut_off: int = 0
    before_a_kill: int = 0
    after_a_start: int = 0
    tail: int = 0
    unexplained: int = 0


@dataclass(slots=True)
class Tally:
    """The score of some links, or some nodes.

    `outages` are the truth's that must be there; `found` and `missed` are of them. `undecided` may be there or not.
    `invented` are the ledger's that nothing explains. `ends_unseen` are outages that the ledger leaves open, and that
    ended. `seconds` counts the truth's seconds by the ledger's state. `explained` is of links alone.
    """

    targets: int = 0
    outages: int = 0
    found: int = 0
    missed: int = 0
    invented: int = 0
    undecided: int = 0
    blips: int = 0
    onsets: Edges = field(default_factory=Edges)
    ends: Edges = field(default_factory=Edges)
    ends_unseen: int = 0
    seconds: Counter[tuple[Row, State]] = field(default_factory=Counter)
    unmeasured: Unmeasured = field(default_factory=Unmeasured)
    explained: Explained = field(default_factory=Explained)

    @property
    def seconds_right(self) -> int:
        """Seconds of which the ledger says what the rules make of the truth; edges and undecided ones aren't judged."""
        return sum(count for (row, state), count in self.seconds.items() if row in _JUDGED and state in RIGHT[row])

    @property
    def seconds_wrong(self) -> int:
        """Seconds that the ledger has measured and that were another; unmeasured ones count by their reason alone."""
        return sum(
            count
            for (row, state), count in self.seconds.items()
            if state not in RIGHT[row] and state is not State.UNMEASURED
        )

    @property
    def charged_while_cut_off(self) -> int:
        """Seconds down in slots during all of which the monitor was cut off."""
        return self.seconds[Row.CUT_OFF, State.DOWN]


_JUDGED = frozenset(Row) - {Row.EDGE, Row.UNDECIDED, Row.BRIEFLY_CUT_OFF}


@dataclass(frozen=True, slots=True)
class Score:
    """A ledger against a truth `[starts_at, ends_at)`; `cut_off_seconds` and the next are the truth's own."""

    header: Header
    ends_at: float
    is_same_inventory: bool | None
    cut_off_seconds: float
    not_running_seconds: float
    links: Tally
    nodes: Tally

    @property
    def charged_while_cut_off(self) -> int:
        """Seconds charged to offices as down while the monitor was cut off, of all their links together; must be 0.

        Where no link of an office is charged, the office isn't.
        """
        return self.links.charged_while_cut_off


def score(truth: Truth, ledger: Ledger, inventory: Inventory, inventory_sha256: str | None = None) -> Score:
    """Compare a ledger with the truth of its run; the inventory is the one that both ran with.

    `inventory_sha256` is of its text, to be compared with the truth's; None compares nothing.
    """
    links, nodes = Tally(), Tally()
    explanations = Explanations(inventory, truth.by_target(), truth.ends_at)
    of: list[tuple[Tally, str, Icmp]] = [(links, link.id, link.icmp) for link in inventory.links()]
    of += [(nodes, node.code, node.icmp) for node in inventory.nodes.values()]
    start, end = truth.header.starts_at, truth.ends_at
    own, monitor = truth.by_target(), truth.of_monitor()
    for tally, target, icmp in of:
        due = expected(stretches((*own.get(target, ()), *monitor), start, end), icmp) if start < end else _NOTHING
        low, high = math.floor(start), math.ceil(end)
        seen = Seen(ledger.spans(target, low, high), ledger.outages(target, low, high))
        compare(tally, due, seen, icmp, (start, end))
    for link in inventory.links():
        for outage in ledger.outages(link.id, math.floor(start), math.ceil(end)):
            explanations.compare(links.explained, link, outage, ledger.verdict(link.id, outage.started_at))
    hidden = list(stretches(monitor, start, end)) if start < end else []
    seconds = {
        situation: sum(stretch.end - stretch.start for stretch in hidden if stretch.situation is situation)
        for situation in Situation
    }
    return Score(
        header=truth.header,
        ends_at=end,
        is_same_inventory=None if inventory_sha256 is None else inventory_sha256 == truth.header.inventory_sha256,
        cut_off_seconds=seconds[Situation.CUT_OFF],
        not_running_seconds=seconds[Situation.NOT_RUNNING],
        links=links,
        nodes=nodes,
    )


_NOTHING = Expected((), ())


@dataclass(frozen=True, slots=True)
class Seen:
    """What a ledger holds of one target, both in order of time."""

    spans: Sequence[Span]
    outages: Sequence[Outage]


def compare(tally: Tally, due: Expected, seen: Seen, icmp: Icmp, window: Moment) -> None:
    """Add one target's score to a tally; `window` is from the truth's start to its end."""
    tally.targets += 1
    tally.blips += due.blips
    _compare_outages(tally, due.outages, seen.outages, icmp.interval_seconds, window)
    low, high = math.ceil(window[0]), math.floor(window[1])
    if low < high:
        filled = list(_filled(seen.spans, low, high))
        _compare_seconds(tally, due.rows, filled, icmp.interval_seconds, (low, high))
        _explain(tally.unmeasured, due.rows, intervals(filled, State.UNMEASURED), icmp, (low, high))


def _compare_outages(
    tally: Tally, due: Sequence[ExpectedOutage], seen: Iterable[Outage], interval: int, window: Moment
) -> None:
    found: dict[int, list[Outage]] = {place: [] for place in range(len(due))}
    for outage in seen:
        if outage.ended_at is not None and outage.ended_at <= window[0]:
            continue
        near = [place for place, one in enumerate(due) if _meets(one, outage, interval)]
        if near:
            nearest = min(near, key=lambda place: _distance(outage.started_at, due[place].starts))
            found[nearest].append(outage)
        else:
            tally.invented += 1
    for place, one in enumerate(due):
        _compare_outage(tally, one, found[place], interval, window[1])


def _compare_outage(tally: Tally, due: ExpectedOutage, seen: Sequence[Outage], interval: int, until: float) -> None:
    tally.outages += due.least
    tally.undecided += due.most - due.least
    tally.found += min(len(seen), due.least)
    tally.missed += max(0, due.least - len(seen))
    tally.invented += max(0, len(seen) - due.most)
    if not seen:
        return
    whole = len(seen) <= due.most  # of one in pieces the outer edges are its edges
    for outage in seen if whole else seen[:1]:
        tally.onsets.add(_distance(outage.started_at, due.starts), interval)
    for outage in seen if whole else seen[-1:]:
        if outage.ended_at is not None:
            tally.ends.add(_distance(outage.ended_at, due.ends or ((until, until),)), interval)
        elif due.is_ended:
            tally.ends_unseen += 1


def _meets(due: ExpectedOutage, outage: Outage, interval: int) -> bool:
    low, high = due.extent
    ended_at = math.inf if outage.ended_at is None else outage.ended_at
    return outage.started_at < high + interval and ended_at > low - interval


def _distance(at: int, moments: Iterable[Moment]) -> float:
    return min(max(0.0, low - at, at - high) for low, high in moments)


def _filled(spans: Iterable[Span], low: int, high: int) -> Iterator[Span]:
    """Yield a timeline over a window, with what no span covers as unmeasured."""
    at = low
    for span in clip(tuple(spans), low, high):
        if span.start > at:
            yield Span(at, span.start, State.UNMEASURED)
        yield span
        at = span.end
    if at < high:
        yield Span(at, high, State.UNMEASURED)


def _compare_seconds(
    tally: Tally, rows: Iterable[RowSpan], filled: Sequence[Span], interval: int, window: Interval
) -> None:
    """Count the seconds of whole slots by row and state; what a row's slots don't fill is at an edge."""
    at = window[0]
    for span in rows:
        low = min(max(math.ceil(span.start / interval) * interval, at), window[1])
        high = min(math.floor(span.end / interval) * interval, window[1])
        if low >= high:
            continue
        _count(tally, Row.EDGE, filled, at, low)
        _count(tally, span.row, filled, low, high)
        at = high
    _count(tally, Row.EDGE, filled, at, window[1])


def _count(tally: Tally, row: Row, filled: Sequence[Span], low: int, high: int) -> None:
    for span in clip(filled, low, high) if low < high else ():
        tally.seconds[row, span.state] += span.seconds


def _explain(
    into: Unmeasured, rows: Sequence[RowSpan], left: tuple[Interval, ...], icmp: Icmp, window: Interval
) -> None:
    """Share the unmeasured seconds out among the reasons."""
    margins, interval = Margins.of(icmp), icmp.interval_seconds
    cut_off = [(span.start, span.end) for span in rows if span.row in {Row.CUT_OFF, Row.BRIEFLY_CUT_OFF}]
    asleep = [(span.start, span.end) for span in rows if span.row is Row.NOT_RUNNING]
    beside = [(low - margins.before_cut_off, high + margins.after_cut_off) for low, high in cut_off]
    reasons: dict[str, Sequence[Moment]] = {
        "cut_off": cut_off,
        "not_running": asleep,
        "beside_cut_off": beside,
        "before_a_kill": [(low - margins.undecided, low) for low, _ in asleep],
        "after_a_start": [(at, at + STARTING_SECONDS) for at in (window[0], *(high for _, high in asleep))],
        "tail": [(window[1] - margins.undecided, window[1])],
    }
    for reason, moments in reasons.items():
        whole = union(
            (math.floor(low / interval) * interval, math.ceil(high / interval) * interval) for low, high in moments
        )
        setattr(into, reason, getattr(into, reason) + length(intersect(left, whole)))
        left = subtract(left, whole)
    into.unexplained += length(left)
