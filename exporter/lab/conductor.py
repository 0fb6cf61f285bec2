"""Plays a plan: commands the network at the right moments, and writes the truth when it has."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from typing import Protocol

from exporter.lab.conditions import MOMENTS
from exporter.lab.plan import Condition, Episode
from exporter.lab.scenario import Kind
from exporter.lab.truth import TruthWriter

_AT_ONCE = frozenset(kind.value for kind in MOMENTS)  # there is nothing to take back of it
LONGEST_SLEEP_SECONDS = 1.0  # so that whoever stops the playing waits no longer


class Network(Protocol):
    """What makes things so; it returns once they are, with the moment since when, in seconds since the epoch."""

    def set(self, what: str, condition: Mapping[str, object], /) -> float:
        """Let a condition hold for a name or address, in place of one of its kind."""

    def clear(self, what: str, kind: str, /) -> float:
        """Let the condition of a kind hold no more."""


class Monitor(Protocol):
    """What can be killed and started again; each returns once that is done."""

    def kill(self) -> None:
        """End the monitor without a word of warning."""

    def start(self) -> None:
        """Start it again."""


class Clock(Protocol):
    """Readings of time."""

    def time(self) -> float:
        """Return seconds since the Unix epoch."""

    def monotonic(self) -> float:
        """Return seconds since some fixed moment; never steps."""


@dataclass(frozen=True, slots=True)
class Happening:
    """An episode has begun, or ended, at an instant in seconds since the epoch."""

    episode: Episode
    at: float
    is_beginning: bool

    def __str__(self) -> str:
        return words(self.episode) if self.is_beginning else f"over: {words(self.episode)}"


def words(episode: Episode) -> str:
    """Return an episode in words for the demo's screen, for instance `dinkes/primary is cut`."""
    told = {
        Kind.CUT: f"{episode.thing.value} {episode.what} is cut",
        Kind.POWER_OFF: f"office {episode.what} has no power",
        Kind.FAIL: f"{episode.thing.value} {episode.what} has failed",
        Kind.ISOLATE: "the monitor is cut off",
        Kind.FLAP: f"{episode.thing.value} {episode.what} flaps: no answer",
        Kind.DEGRADE: f"{episode.thing.value} {episode.what} is impaired",
        Kind.SATURATE: f"{episode.thing.value} {episode.what} is full",
        Kind.KILL: "the monitor is killed",
        Kind.MOVE: f"link {episode.what} has moved to {episode.parameters.get('address')}",
        Kind.BACKGROUND: "links lose echoes by chance",
        Kind.REBOOT: f"the router of link {episode.what} boots",
        Kind.RENUMBER: f"the router of link {episode.what} numbers its interfaces anew",
        Kind.WRAP: f"the counters of link {episode.what} are about to wrap",
        Kind.MUTE: f"{episode.thing.value} {episode.what} answers no SNMP",
    }
    text = told[episode.kind]
    details = [
        f"{float(value):.0%} lost" if name == "loss" else f"{float(value) * 1000:.0f} ms more"
        for name, value in episode.parameters.items()
        if name in {"loss", "delay_seconds"} and isinstance(value, int | float)
    ]
    below = len(episode.affects) if episode.kind is Kind.FAIL else 0
    details += [f"{below} links and nodes with it"] if below else []
    return f"{text} ({', '.join(details)})" if details else text


@dataclass(frozen=True, slots=True)
class _Going:
    episode: Episode
    began_at: float


class Conductor:
    """One playing of a plan, from its making on: that moment is the plan's second 0.

    `told` hears of each beginning and end. Without a monitor to kill, killings are left out. Errors of the network, the
    monitor and the file pass.
    """

    def __init__(
        self,
        plan: Iterator[Episode],
        network: Network,
        truth: TruthWriter,
        clock: Clock,
        *,
        monitor: Monitor | None = None,
        told: Callable[[Happening], None] = lambda _: None,
    ) -> None:
        self._network = network
        self._truth = truth
        self._clock = clock
        self._monitor = monitor
        self._told = told
        self._plan = plan
        self._next = next(plan, None)
        self._ends: list[tuple[float, int, _Going]] = []
        self._number = count()
        self._conditions: dict[tuple[str, str], list[tuple[Episode, Condition]]] = {}
        self._started = clock.monotonic()

    def tick(self) -> float | None:
        """Do what is due, in the plan's order; return the seconds to what comes next, None where nothing does."""
        while (due := self._due()) is not None:
            wait = due - (self._clock.monotonic() - self._started)
            if wait > 0:
                return wait
            if self._ends and self._ends[0][0] <= due:
                self._end(heapq.heappop(self._ends)[2])
            elif self._next is not None:
                episode, self._next = self._next, next(self._plan, None)
                self._begin(episode)
        return None

    def play(self, duration_seconds: float, sleep: Callable[[float], None]) -> None:
        """Play for so long, counted from the making on, and close."""
        while (left := duration_seconds - (self._clock.monotonic() - self._started)) > 0:
            wait = self.tick()
            sleep(min(left, LONGEST_SLEEP_SECONDS, left if wait is None else wait))
        self.close()

    def close(self) -> None:
        """End the truth now, and leave the network as it was found; a monitor that was killed stays so."""
        self._truth.close(self._clock.time())
        with ExitStack() as stack:  # each is tried, whatever becomes of the others
            for what, kind in self._conditions:
                stack.callback(self._network.clear, what, kind)
        self._conditions.clear()
        self._ends.clear()
        self._next = None

    def _is_playable(self, episode: Episode) -> bool:
        return episode.kind is not Kind.KILL or self._monitor is not None

    def _due(self) -> float | None:
        """Return when the next end or beginning is due; what ends at one moment ends before another begins."""
        times = [self._ends[0][0]] if self._ends else []
        if self._next is not None:
            times.append(self._next.from_seconds)
        return min(times, default=None)

    def _begin(self, episode: Episode) -> None:
        if not self._is_playable(episode):
            return
        if episode.kind is Kind.KILL and self._monitor is not None:
            self._monitor.kill()
        since = [self._impose(episode, what, condition) for what, condition in episode.commands]
        at = max(since, default=self._clock.time())
        self._truth.begin(episode, at)
        if episode.to_seconds is not None:
            heapq.heappush(self._ends, (episode.to_seconds, next(self._number), _Going(episode, at)))
        self._told(Happening(episode, at, is_beginning=True))

    def _end(self, going: _Going) -> None:
        episode = going.episode
        if episode.kind is Kind.KILL and self._monitor is not None:
            self._monitor.start()
        if episode.is_moment:
            self._truth.end(episode, going.began_at, going.began_at)
            return
        since = [self._withdraw(episode, what, str(condition["kind"])) for what, condition in episode.commands]
        at = max(since, default=self._clock.time())
        self._truth.end(episode, going.began_at, at)
        self._told(Happening(episode, at, is_beginning=False))

    def _impose(self, episode: Episode, what: str, condition: Condition) -> float:
        if condition["kind"] not in _AT_ONCE:
            self._conditions.setdefault((what, str(condition["kind"])), []).append((episode, condition))
        return self._network.set(what, condition)

    def _withdraw(self, episode: Episode, what: str, kind: str) -> float:
        """Take one episode's condition away; where another wants the same kind, its holds from now on."""
        held = [(by, condition) for by, condition in self._conditions[what, kind] if by is not episode]
        if held:
            self._conditions[what, kind] = held
            return self._network.set(what, held[-1][1])
        del self._conditions[what, kind]
        return self._network.clear(what, kind)
