"""A month as a string of letters, one a second, and what is found by counting them: all that the reference stands on.

U is up, G degraded, D down, X unmeasured; M, A, C is what maintenance, an amendment or a cause takes out; a blank is
outside of the validity, or not settled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from exporter.amendment import Amendment
from exporter.model import Cause, Inventory, Link, Maintenance
from exporter.timeline import Outage, Span, State

LETTERS = {State.UP: b"U", State.DEGRADED: b"G", State.DOWN: b"D", State.UNMEASURED: b"X"}
TAKEN = b"MAC"
SILENT = bytes.maketrans(b"UGX", b"  D")
NEVER = 2**40
Plain = dict[str, object]


@dataclass
class Seen:
    """What the ledger holds of one link; `causes` by the outage's beginning."""

    spans: list[Span] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    bridged: list[tuple[int, int]] = field(default_factory=list)
    causes: dict[int, Cause] = field(default_factory=dict)

    @property
    def settled_until(self) -> int | None:
        return max((span.end for span in self.spans), default=None)


@dataclass
class World:
    """A district and all that happened to it; announcements, added windows and cuts with the instant of each."""

    inventory: Inventory
    seen: dict[str, Seen]
    announcements: list[tuple[int, tuple[Maintenance, ...]]] = field(default_factory=list)
    added: list[tuple[int, Maintenance]] = field(default_factory=list)
    cuts: list[tuple[int, Maintenance]] = field(default_factory=list)
    amendments: list[Amendment] = field(default_factory=list)

    @property
    def zone(self) -> ZoneInfo:
        return self.inventory.organisation.timezone

    @property
    def settled_until(self) -> int:
        return max(of.settled_until or 0 for of in self.seen.values())


def midnight(day: date, zone: ZoneInfo) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())


class Seconds:
    """A string of letters from an instant on."""

    def __init__(self, begin: int, letters: bytes) -> None:
        self.begin, self.letters = begin, letters
        self._known: dict[tuple[int, int, int], int] = {}

    def count(self, which: bytes, start: int, end: int) -> int:
        low, high = max(start - self.begin, 0), max(end - self.begin, 0)
        return sum(self._one(letter, low, high) for letter in which)

    def _one(self, letter: int, low: int, high: int) -> int:
        key = letter, low, high
        if key not in self._known:
            first = self.letters.find(letter, low, high)  # most letters stand in a small part, and finding is quick
            last = self.letters.rfind(letter, low, high) + 1
            self._known[key] = 0 if first < 0 else self.letters.count(letter, first, last)
        return self._known[key]


class Line:
    """A string of letters that is written over, cut to where it may be written."""

    def __init__(self, begin: int, end: int) -> None:
        self.begin, self.letters = begin, bytearray(b" ") * (end - begin)

    def ends(self, start: int, end: int) -> tuple[int, int]:
        low = min(max(start - self.begin, 0), len(self.letters))
        return low, max(min(end - self.begin, len(self.letters)), low)

    def put(self, start: int, end: int, letter: bytes) -> None:
        low, high = self.ends(start, end)
        self.letters[low:high] = letter * (high - low)

    def turn(self, start: int, end: int, old: bytes, new: bytes) -> None:
        low, high = self.ends(start, end)
        self.letters[low:high] = self.letters[low:high].replace(old, new)

    def done(self) -> Seconds:
        return Seconds(self.begin, bytes(self.letters))


class Counts:
    """The seconds of each letter in a stretch."""

    def __init__(self, seconds: Seconds, start: int, end: int) -> None:
        self.of = {letter: seconds.count(bytes([letter]), start, end) for letter in b"UGDXMAC"}

    def __add__(self, other: Counts) -> Counts:
        both = Counts(Seconds(0, b""), 0, 0)
        both.of = {letter: self.of[letter] + other.of[letter] for letter in self.of}
        return both

    def all_of(self, letters: bytes) -> int:
        return sum(self.of[letter] for letter in letters)

    @property
    def total(self) -> int:
        return self.all_of(b"UGDXMAC")

    @property
    def counted(self) -> int:
        return self.all_of(b"UGDX")

    @property
    def available(self) -> int:
        return self.all_of(b"UG")

    def shown(self) -> str | None:
        return share(self.available, self.all_of(b"UGD"))

    def seconds(self) -> Plain:
        names = zip(("up", "degraded", "down", "unmeasured"), b"UGDX", strict=True)
        by_state = {name: self.of[letter] for name, letter in names}
        return {"total": self.total, **by_state, "excluded": self.all_of(TAKEN)}

    def figures(self) -> Plain:
        measured = self.all_of(b"UGD")
        return {
            "seconds": self.seconds(),
            "excluded_by": [self.of[letter] for letter in TAKEN],
            "fraction": Fraction(self.available, measured) if measured else None,
            "availability": self.shown(),
            "min": share(self.available, self.counted),
            "max": share(self.all_of(b"UGX"), self.counted),
            "coverage": share(measured, self.counted),
        }


def share(part: int, whole: int) -> str | None:
    """Percent with three decimals, what is left of them cut; None of nothing."""
    if whole == 0:
        return None
    digits = f"{part * 100_000 // whole:06}"
    return f"{int(digits[:-3])}.{digits[-3:]}"


def verdict(parts: Iterable[Counts], target: Fraction | None) -> str:
    counts = sum(parts, Counts(Seconds(0, b""), 0, 0))
    if target is None or counts.counted == 0:
        return "not_applicable"
    if Fraction(counts.available, counts.counted) >= target:
        return "met"
    return "breached" if Fraction(counts.all_of(b"UGX"), counts.counted) < target else "undetermined"


def end_of(outage: Outage) -> int:
    return NEVER if outage.ended_at is None else outage.ended_at


def incident(name: str, outage: Outage, after: Seconds, month: tuple[int, int]) -> Plain:
    start, end = outage.started_at, end_of(outage)
    return {
        "id": f"{name}@{datetime.fromtimestamp(start, UTC):%Y%m%dT%H%M%SZ}",
        "start": start,
        "end": outage.ended_at,
        "seconds": after.count(b"D", start, end),
        "in_month": after.count(b"D", max(start, month[0]), min(end, month[1])) if end > month[0] else 0,
        "excluded": after.count(TAKEN, start, end),
        "unmeasured": after.count(b"X", start, end),
        "continues": start < month[0] or end > month[1],
    }


def frequency(incidents: list[Plain], available: int, start: int, end: int) -> Plain:
    counted = [of for of in incidents if of["seconds"]]
    started = sum(start <= int(str(of["start"])) < end for of in counted)
    lengths = [
        int(str(of["seconds"])) for of in counted if of["end"] is not None and start <= int(str(of["end"])) < end
    ]
    return {
        "started": started,
        "ended": len(lengths),
        "mttr": sum(lengths) // len(lengths) if lengths else None,
        "mtbo": available // started if started else None,
    }


def applied(world: World, link: Link) -> Iterator[tuple[int, int]]:
    """Yield the windows that leave a link's figures: known before they began, unchanged while they ran."""
    above = {link.id, link.office, link.provider}
    code = link.parent
    while code is not None:
        above.add(code)
        code = world.inventory.nodes[code].parent
    cut = {_key(window): at for at, window in world.cuts}
    known = {_key(window): window for _, windows in world.announcements for window in windows}
    known |= {_key(window): window for _, window in world.added}
    added = {_key(window): at for at, window in world.added}
    for key in known:
        scope, start, end = key
        until = min(end, cut.get(key, end))
        if above & scope and start < until and (added[key] < start if key in added else _stood(world, key, until)):
            yield start, until


def _stood(world: World, key: tuple[frozenset[str], int, int], until: int) -> bool:
    """Return whether the inventory announced a window before it began, and went on to until it ended."""
    _, start, _ = key
    latest: Maintenance | None = None
    for at, windows in world.announcements:
        found = next((window for window in windows if _key(window) == key), None)
        if at < start:
            latest = found
        elif at < until and found is None:
            return False
    if latest is None:
        return False
    return latest.recorded_at is None or int(latest.recorded_at.timestamp()) < start


def _key(window: Maintenance) -> tuple[frozenset[str], int, int]:
    return frozenset(window.scope), int(window.starts_at.timestamp()), int(window.ends_at.timestamp())
