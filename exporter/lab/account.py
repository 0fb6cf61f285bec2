"""What happened in the district, and beside it what the monitor made of it: purely, from what the monitor says.

It is for people who watch, who see it within seconds; exporter.scoring compares the ledger with the truth to the slot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from exporter.lab.conductor import Happening, words
from exporter.lab.plan import Episode
from exporter.lab.scenario import Kind, Thing
from exporter.lab.seen import Seen, SeenOutage
from exporter.model import Inventory

KEPT = 200
_NEAR_SECONDS = 3.0  # a slot, and the timeout of the echo that was on its way
_PATIENCE_SECONDS = 12.0  # beyond the rule, until what follows from it should be told
_WRITTEN_SECONDS = 25.0  # and until the ledger has it, so that no later look could change a verdict
_KNOWN_CUT_OFF_SECONDS = 4.0  # what references must be silent for


class Mark(Enum):
    """Whether the monitor is right, as far as it can be told by now."""

    WAITING = "waiting"
    RIGHT = "right"
    WRONG = "wrong"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the monitor made of something, in words."""

    mark: Mark
    words: str


_WAITING = Verdict(Mark.WAITING, "")


@dataclass(slots=True)
class Entry:
    """An episode that began, until `ended_at` or still, in seconds since the epoch; `verdict` is the latest."""

    episode: Episode
    began_at: float
    ended_at: float | None = None
    verdict: Verdict = _WAITING
    was_seen: bool = field(default=False, repr=False)

    def lasts_until(self, now: float) -> float:
        """Return its end, or now."""
        return now if self.ended_at is None else self.ended_at

    def __str__(self) -> str:
        return words(self.episode)


class Account:
    """The latest happenings, the oldest first, each with a verdict; what goes on is kept, however old."""

    def __init__(self, inventory: Inventory) -> None:
        self.entries: list[Entry] = []
        pinged = [(link.id, link.icmp) for link in inventory.links()]
        pinged += [(node.code, node.icmp) for node in inventory.nodes.values()]
        self._falls = {target: icmp.down_after * icmp.interval_seconds for target, icmp in pinged}
        self._rises = max((icmp.up_after * icmp.interval_seconds for _, icmp in pinged), default=0)
        self._settled_seconds = max([self._rises, *self._falls.values()]) + _PATIENCE_SECONDS + _WRITTEN_SECONDS

    def add(self, happening: Happening) -> Entry:
        """Take a beginning, or the end of what began; return the entry that it is of."""
        if happening.is_beginning:
            ended_at = happening.at if happening.episode.is_moment else None
            self.entries.append(Entry(happening.episode, happening.at, ended_at))
            self._forget()
            return self.entries[-1]
        for entry in reversed(self.entries):
            if entry.episode is happening.episode:
                entry.ended_at = happening.at
                return entry
        raise ValueError(f"what never began can't end: {happening}")

    def _forget(self) -> None:
        """Let the oldest go that are over, as many as there are too many."""
        over = [place for place, entry in enumerate(self.entries) if entry.ended_at is not None]
        for place in reversed(over[: max(0, len(self.entries) - KEPT)]):
            del self.entries[place]

    def look(self, seen: Seen | None, now: float) -> list[Entry]:
        """Judge what isn't settled by what the monitor says, None where it doesn't answer; return what has changed."""
        changed = []
        for entry in self.entries:
            if entry.ended_at is not None and now > entry.ended_at + self._settled_seconds:
                continue
            verdict = self._judged(entry, seen, now)
            if verdict is not None and verdict != entry.verdict:
                entry.verdict = verdict
                changed.append(entry)
        return changed

    def _judged(self, entry: Entry, seen: Seen | None, now: float) -> Verdict | None:
        """Return a verdict, None where the one before stays."""
        episode = entry.episode
        if episode.kind is Kind.KILL:
            return _of_kill(entry, seen)
        if seen is None:
            return None
        if episode.kind is Kind.ISOLATE:
            return _of_isolation(entry, seen, now)
        if episode.is_silence and episode.thing is not Thing.REFERENCE:
            return self._of_silence(entry, seen, now)
        return self._of_what_answers(entry, seen, now)

    def _of_what_answers(self, entry: Entry, seen: Seen, now: float) -> Verdict:
        """Judge what must be no outage."""
        if invented := self._invented(entry, seen, now):
            return Verdict(Mark.WRONG, f"takes {_several(invented, 'target', 'targets')} for down")
        if entry.episode.kind is Kind.MOVE:
            return self._of_move(entry, seen, now)
        return _JUDGES.get(entry.episode.kind, _of_impairment)(entry, seen)

    def _of_silence(self, entry: Entry, seen: Seen, now: float) -> Verdict:
        targets = entry.episode.affects
        until = entry.lasts_until(now)
        found = {
            target: outage
            for outage in seen.outages
            if (target := outage.target) in targets
            and outage.overlaps(entry.began_at - _NEAR_SECONDS, until + _NEAR_SECONDS)
        }
        rule = max((self._falls[target] for target in targets), default=0)
        lasted = until - entry.began_at
        if len(found) == len(targets) and targets:
            return self._of_outages(entry, _outages(entry, found), found.values(), now)
        if entry.ended_at is not None and lasted < rule - 1 and not found:
            return Verdict(Mark.RIGHT, f"no outage: shorter than {rule} s")
        if self._was_hidden(entry, now):
            return Verdict(Mark.UNSEEN, "not to be seen: the monitor was blind meanwhile")
        if lasted <= rule + _PATIENCE_SECONDS and now <= until + rule + _PATIENCE_SECONDS:
            return Verdict(Mark.WAITING, f"silent, and an outage after {rule} s")
        return Verdict(Mark.WRONG, f"{len(found)} of {len(targets)} seen")

    def _of_outages(self, entry: Entry, words: str, found: Iterable[SeenOutage], now: float) -> Verdict:
        """Judge a silence whose targets all have an outage: it may have been too short, or be over by now."""
        until = entry.lasts_until(now)
        is_short = until - entry.began_at < min(self._falls[target] for target in entry.episode.affects) - 1
        if is_short and not self._has_other(entry, now):
            return Verdict(Mark.WRONG, words)
        is_late = entry.ended_at is not None and now > until + self._rises + _PATIENCE_SECONDS
        if is_late and any(outage.end is None for outage in found) and not self._is_excused(entry, now):
            return Verdict(Mark.WRONG, f"{words}, though it answers")
        return Verdict(Mark.RIGHT, words)

    def _of_move(self, entry: Entry, seen: Seen, now: float) -> Verdict:
        """Judge a move once an outage would have been told that came of it."""
        if now < entry.began_at + self._falls.get(entry.episode.what, 0) + _PATIENCE_SECONDS:
            return Verdict(Mark.WAITING, "no outage so far")
        link = seen.links.get(entry.episode.what)
        if link is None or link.state not in {"up", "degraded"}:
            return Verdict(Mark.WAITING, "no answer yet")
        return Verdict(Mark.RIGHT, "answers at its new address")

    def _invented(self, entry: Entry, seen: Seen, now: float) -> int:
        """Return how many outages began meanwhile on what is impaired or has moved, or on anything, unexplained."""
        episode = entry.episode
        until = entry.lasts_until(now) + _NEAR_SECONDS
        if episode.kind is Kind.MOVE:
            until += _PATIENCE_SECONDS
        own = {*episode.affects, episode.what} if episode.thing is not Thing.REFERENCE else self._falls.keys()
        begun = {
            outage.target
            for outage in seen.outages
            if outage.target in own and entry.began_at - _NEAR_SECONDS <= outage.start < until
        }
        silenced = self._others(entry, now, lambda other: other.episode.is_silence)
        return len(begun.difference(*(other.episode.affects for other in silenced)))

    def _is_excused(self, entry: Entry, now: float) -> bool:
        return self._has_other(entry, now) or self._was_hidden(entry, now)

    def _others(self, entry: Entry, now: float, holds: Callable[[Entry], bool]) -> Iterator[Entry]:
        """Yield what else was so within the rule's time of an entry."""
        margin = self._rises + _PATIENCE_SECONDS
        begin, end = entry.began_at - margin, entry.lasts_until(now) + margin
        for other in self.entries:
            if other is not entry and other.began_at < end and other.lasts_until(now) > begin and holds(other):
                yield other

    def _has_other(self, entry: Entry, now: float) -> bool:
        """Return whether something else silenced one of the same targets."""
        targets = set(entry.episode.affects)
        return any(
            self._others(
                entry, now, lambda other: other.episode.is_silence and not targets.isdisjoint(other.episode.affects)
            )
        )

    def _was_hidden(self, entry: Entry, now: float) -> bool:
        return any(self._others(entry, now, lambda other: other.episode.kind in {Kind.KILL, Kind.ISOLATE}))


def _outages(entry: Entry, found: dict[str, SeenOutage]) -> str:
    """Return found outages in words: one with its times, several by their number; what was down before is its own."""
    outages = list(found.values())
    own = [outage.start for outage in outages if outage.start >= entry.began_at - _NEAR_SECONDS]
    start = min(own or [outage.start for outage in outages])
    is_over = all(outage.end is not None for outage in outages)
    causes = sorted({outage.cause for outage in outages if outage.cause is not None})
    why = f": {' and '.join(causes)}" if causes and is_over else ""
    if len(outages) > 1:
        links = sum("/" in outage.target for outage in outages)
        counted = [_several(links, "link", "links")] if links else []
        if nodes := len(outages) - links:
            counted.append(_several(nodes, "node", "nodes"))
        return f"{' and '.join(counted)} down {'from' if is_over else 'since'} {_clock(start)}{why}"
    (outage,) = outages
    if outage.end is None:
        return f"down since {_clock(start)}"
    return f"down from {_clock(start)} for {outage.end - outage.start:.0f} s{why}"


def _several(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _of_kill(entry: Entry, seen: Seen | None) -> Verdict:
    if entry.ended_at is None or seen is None:
        return Verdict(Mark.WAITING, "not running: nobody measures")
    return Verdict(Mark.RIGHT, f"runs again; {entry.ended_at - entry.began_at:.0f} s and some unmeasured")


def _of_isolation(entry: Entry, seen: Seen, now: float) -> Verdict:
    if seen.is_isolated:
        entry.was_seen = True
    if entry.was_seen:
        knows = "knows that it is cut off" if entry.ended_at is None else "knew that it was cut off"
        return Verdict(Mark.RIGHT, f"{knows}: nobody is charged")
    if entry.ended_at is None or now < entry.ended_at + _PATIENCE_SECONDS:
        return Verdict(Mark.WAITING, "waiting for its references")
    if entry.ended_at - entry.began_at < _KNOWN_CUT_OFF_SECONDS:
        return Verdict(Mark.RIGHT, "too short to be known, and no outage")
    return Verdict(Mark.WRONG, "didn't see that it was cut off")


def _of_reference(_: Entry, seen: Seen) -> Verdict:
    if seen.is_isolated:
        return Verdict(Mark.UNSEEN, "takes itself for cut off")
    return Verdict(Mark.RIGHT, "nobody's outage: the offices answer")


def _of_background(_: Entry, __: Seen) -> Verdict:
    return Verdict(Mark.RIGHT, "losses by chance are no outage")


def _of_router(_: Entry, __: Seen) -> Verdict:
    return Verdict(Mark.RIGHT, "nobody's outage: echoes go on")


def _of_impairment(entry: Entry, seen: Seen) -> Verdict:
    """Judge what leaves a link available: it may be degraded, and must not be down."""
    links = [seen.links[link] for link in entry.episode.affects if link in seen.links]
    begun = entry.began_at - _NEAR_SECONDS
    degraded = [link for link in links if link.state == "degraded" and link.since is not None]
    if degraded and len(degraded) == len(links):
        entry.was_seen = True
        since = min(link.since or begun for link in degraded)
        return Verdict(Mark.RIGHT, f"degraded since {_clock(since)}")
    if entry.was_seen:
        return Verdict(Mark.RIGHT, "was degraded")
    if entry.ended_at is None or seen.at < entry.ended_at + _NEAR_SECONDS:
        return Verdict(Mark.WAITING, "available so far")
    return Verdict(Mark.RIGHT, "stayed within its limits")


_JUDGES: dict[Kind, Callable[[Entry, Seen], Verdict]] = {
    Kind.BACKGROUND: _of_background,
    Kind.CUT: _of_reference,  # what is silent and no reference has been judged before
    Kind.FLAP: _of_reference,
    Kind.REBOOT: _of_router,
    Kind.RENUMBER: _of_router,
    Kind.WRAP: _of_router,
    Kind.MUTE: _of_router,
}


def _clock(at: float) -> str:
    return f"{datetime.fromtimestamp(at).astimezone():%H:%M:%S}"
