"""The truth of a run as lines of JSON, written as things begin and end, and folded by whoever reads it.

    {"truth": 1, "scenario": "bad-day", "seed": 7, "inventory_sha256": "...", "start": 1770000000.000}
    {"what": "dinkes/primary", "kind": "cut", "from": 1770000015.004, "to": null, "cause": "link",
     "thing": "link", "affects": ["dinkes/primary"]}
    {"what": "dinkes/primary", "kind": "cut", "from": 1770000015.004, "to": 1770000060.007}
    {"end": 1770001200.000}

Lines are only added. The line with an end names the beginning by its what, kind and from. Times are seconds since the
epoch, to the millisecond. A file without its last line was left by a lab that was killed: it ends with its last time.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import pairwise
from pathlib import Path
from typing import Any, TextIO

from exporter.errors import InputError, TerpaduError
from exporter.lab.plan import Episode
from exporter.lab.scenario import Kind
from exporter.model import Cause

VERSION = 1
_HIDING = frozenset({Kind.ISOLATE, Kind.KILL})
_IMPAIRING = frozenset({Kind.DEGRADE, Kind.SATURATE})
_OWN_KEYS = frozenset({"what", "kind", "thing", "from", "to", "cause", "affects"})


class Situation(Enum):
    """What is so for a link or a node at a moment; where several are, the later of this list."""

    AVAILABLE = "available"
    IMPAIRED = "impaired"
    DOWN = "down"
    CUT_OFF = "monitor cut off"
    NOT_RUNNING = "monitor not running"


_RANK = {situation: rank for rank, situation in enumerate(Situation)}


@dataclass(frozen=True, slots=True)
class Header:
    """Of which run a truth is; `starts_at` is seconds since the epoch."""

    scenario: str
    seed: int
    inventory_sha256: str
    starts_at: float


@dataclass(frozen=True, slots=True)
class Fact:
    """What was so `[from_, to)`, in seconds since the epoch; `to` None is until the truth ends."""

    what: str
    kind: Kind
    from_: float
    to: float | None = None
    cause: Cause | None = None
    affects: tuple[str, ...] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)

    @property
    def situation(self) -> Situation | None:
        """What it makes of those it affects, or of all where it is the monitor's; None where it is of neither."""
        if self.kind is Kind.KILL:
            return Situation.NOT_RUNNING
        if self.kind is Kind.ISOLATE:
            return Situation.CUT_OFF
        if not self.affects:
            return None
        return Situation.IMPAIRED if self.kind in _IMPAIRING else Situation.DOWN


@dataclass(frozen=True, slots=True)
class Stretch:
    """One situation `[start, end)` of a link or node, for the first of its facts' causes; None where it has none."""

    start: float
    end: float
    situation: Situation
    cause: Cause | None = None
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Truth:
    """A whole run; `facts` in order of beginning."""

    header: Header
    facts: tuple[Fact, ...]
    ends_at: float

    def by_target(self) -> dict[str, tuple[Fact, ...]]:
        """Return the facts of each link and node that has some of its own; those of the monitor aren't among them."""
        found: dict[str, list[Fact]] = {}
        for fact in self.facts:
            for target in fact.affects:
                found.setdefault(target, []).append(fact)
        return {target: tuple(facts) for target, facts in found.items()}

    def of_monitor(self) -> tuple[Fact, ...]:
        """Return the facts of the monitor, which hold for all."""
        return tuple(fact for fact in self.facts if fact.kind in _HIDING)


def fingerprint(inventory_text: str) -> str:
    """Return what a truth names its inventory by: the SHA-256 of the text, in hexadecimal."""
    return hashlib.sha256(inventory_text.encode()).hexdigest()


def fact_of(episode: Episode, starts_at: float) -> Fact:
    """Return an episode as a fact of a run that keeps to its plan."""
    to = None if episode.to_seconds is None else starts_at + episode.to_seconds
    return Fact(
        episode.what,
        episode.kind,
        starts_at + episode.from_seconds,
        to,
        episode.cause,
        episode.affects,
        episode.parameters,
    )


def stretches(facts: Iterable[Fact], start: float, end: float) -> Iterator[Stretch]:
    """Yield `[start, end)` as stretches that touch, for one target: its own facts and the monitor's, in any order.

    A stretch ends where any of the facts begins or ends.
    """
    coming = sorted((fact for fact in facts if fact.situation is not None), key=lambda fact: fact.from_, reverse=True)
    moments = {start, end}
    for fact in coming:
        moments.update(at for at in (fact.from_, fact.to) if at is not None and start < at < end)
    going: list[Fact] = []
    for low, high in pairwise(sorted(moments)):
        while coming and coming[-1].from_ <= low:
            going.append(coming.pop())
        going = [fact for fact in going if fact.to is None or fact.to >= high]
        yield _stretch(low, high, going)


def _stretch(low: float, high: float, going: Sequence[Fact]) -> Stretch:
    situations = [fact.situation for fact in going if fact.situation is not None]
    situation = max(situations, key=_RANK.__getitem__, default=Situation.AVAILABLE)
    causes = [fact.cause for fact in going if fact.situation is situation]
    return Stretch(low, high, situation, causes[0] if causes else None, tuple(going))


class TruthWriter:
    """Adds lines to a truth, each flushed as it is written; TerpaduError where they can't be."""

    def __init__(self, file: TextIO, header: Header) -> None:
        self._file = file
        self._write(
            {
                "truth": VERSION,
                "scenario": header.scenario,
                "seed": header.seed,
                "inventory_sha256": header.inventory_sha256,
                "start": round(header.starts_at, 3),
            }
        )

    def begin(self, episode: Episode, at: float) -> None:
        """Write that an episode has begun at an instant."""
        line: dict[str, object] = {"what": episode.what, "kind": episode.kind.value, "from": round(at, 3), "to": None}
        line["cause"] = None if episode.cause is None else episode.cause.value
        line |= {"thing": episode.thing.value, "affects": list(episode.affects), **episode.parameters}
        self._write(line)

    def end(self, episode: Episode, began_at: float, at: float) -> None:
        """Write that an episode that began at an instant has ended at another."""
        self._write({"what": episode.what, "kind": episode.kind.value, "from": round(began_at, 3), "to": round(at, 3)})

    def close(self, at: float) -> None:
        """Write that the truth ends at an instant; what is still so then is open."""
        self._write({"end": round(at, 3)})

    def _write(self, line: Mapping[str, object]) -> None:
        try:
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()
        except OSError as error:
            raise TerpaduError(f"the lab's truth can't be written: {error.strerror or error}; free the disk") from error


def read(path: Path, until: float = -math.inf) -> Truth:
    """Return the truth of a file; InputError names the line that is wrong. A torn last line is left out.

    A truth that is still being written holds at least until `until`: what begins is written at once.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror or error) if isinstance(error, OSError) else "this is no UTF-8 text"
        raise InputError(f"{path}: {reason}; name a truth that the lab has written") from error
    lines = text.split("\n")[:-1]
    folding = _Folding()
    for number, line in enumerate(lines, 1):
        try:
            folding.take(_object(line))
        except ValueError as error:
            raise InputError(f"{path}:{number}: {error}") from error
    if folding.header is None:
        raise InputError(
            f"{path}: this is no truth of the lab, it has no first line; name one that the lab has written"
        )
    ends_at = folding.ends_at if folding.has_ended else max(folding.ends_at, until)
    return Truth(folding.header, tuple(folding.facts.values()), ends_at)


def _object(line: str) -> dict[str, Any]:
    try:
        item = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"this is no JSON object: {error}") from error
    if not isinstance(item, dict):
        raise ValueError("this is no JSON object")  # noqa: TRY004 -- of the line, and not of our caller
    return item


class _Folding:
    """What was read so far; `ends_at` is the last time in it."""

    def __init__(self) -> None:
        self.header: Header | None = None
        self.facts: dict[tuple[str, Kind, float], Fact] = {}
        self.ends_at = -math.inf
        self.has_ended = False

    def take(self, line: Mapping[str, Any]) -> None:
        """Take the next line; a ValueError says what is wrong with it."""
        if self.has_ended:
            raise ValueError("the truth has ended before this line")
        if self.header is None:
            self._begin(line)
        elif "end" in line:
            self.has_ended = True
            self.ends_at = max(self.ends_at, _instant(line, "end"))
        else:
            self._fold(line)

    def _begin(self, line: Mapping[str, Any]) -> None:
        if line.get("truth") != VERSION:
            raise ValueError(f"the first line isn't a truth's of version {VERSION}")
        starts_at = _instant(line, "start")
        seed = line.get("seed")
        if not isinstance(seed, int):
            raise ValueError("'seed' is no whole number")  # noqa: TRY004 -- of the line, and not of our caller
        self.header = Header(str(line.get("scenario")), seed, str(line.get("inventory_sha256")), starts_at)
        self.ends_at = starts_at

    def _fold(self, line: Mapping[str, Any]) -> None:
        what, from_ = line.get("what"), _instant(line, "from")
        if not isinstance(what, str):
            raise ValueError("'what' is no text")  # noqa: TRY004 -- of the line, and not of our caller
        kind = Kind(line.get("kind"))
        key = (what, kind, from_)
        to = None if line.get("to") is None else _instant(line, "to")
        if to is not None and to < from_:
            raise ValueError("'to' is before 'from'")
        if key in self.facts:
            self.facts[key] = replace(self.facts[key], to=to)
        else:
            cause, affects = line.get("cause"), line.get("affects", [])
            if not isinstance(affects, list) or not all(isinstance(target, str) for target in affects):
                raise ValueError("'affects' is no list of links and nodes")
            parameters = {name: value for name, value in line.items() if name not in _OWN_KEYS}
            self.facts[key] = Fact(
                what, kind, from_, to, None if cause is None else Cause(cause), tuple(affects), parameters
            )
        self.ends_at = max(self.ends_at, from_, to or from_)


def _instant(line: Mapping[str, Any], key: str) -> float:
    value = line.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{key!r} is {value!r}; expected seconds since the epoch")
    return value
