"""What a look leaves for the next one, so that stamps that follow the clock are told from those that stay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from exporter.freshness.find import Find
from exporter.freshness.moment import Moment, local_day

MOST_STAMPS = 100
_SLACK_SECONDS = 120
_SHORTEST_SECONDS = 600
_FIELDS = ("at", "seen_at", "is_clock")
_CLOCK = "follows the clock from look to look"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a find was in a look at `seen_at`; `is_clock` where it had followed the clock until then."""

    at: int
    seen_at: int
    is_clock: bool = False


@dataclass(frozen=True, slots=True)
class Stamps:
    """The finds of a look by their keys."""

    by_key: Mapping[str, Stamp] = field(default_factory=dict)

    def as_json(self) -> dict[str, list[int]]:
        """Return what `from_json` takes."""
        return {key: [each.at, each.seen_at, int(each.is_clock)] for key, each in self.by_key.items()}

    @classmethod
    def from_json(cls, value: object) -> Stamps:
        """Return the stamps that were written; what isn't one is left out."""
        if not isinstance(value, dict):
            return cls()
        return cls({key: Stamp(each[0], each[1], bool(each[2])) for key, each in value.items() if _is_stamp(key, each)})

    def held(self, find: Find) -> Find:
        """Return a relative find ("3 weeks ago") at the moment of an earlier look, as long as its words allow."""
        earlier, moment = self.by_key.get(find.key), find.moment
        if earlier is None or not moment.unit_seconds or not 0 <= moment.at - earlier.at < moment.unit_seconds:
            return find
        return replace(find, moment=Moment(earlier.at, moment.is_day_only, moment.unit_seconds))

    def follows_clock(self, find: Find, zone: ZoneInfo) -> bool:
        """Return whether the find has moved as the clock has since the earlier look."""
        earlier = self.by_key.get(find.key)
        if earlier is None:
            return False
        now, at = find.document.fetched_at, find.moment.at
        moved, passed = at - earlier.at, now - earlier.seen_at
        if moved == 0:
            return earlier.is_clock
        if find.moment.unit_seconds:
            return moved >= find.moment.unit_seconds
        if find.moment.is_day_only:
            ages = (
                local_day(now, zone) - local_day(at, zone),
                local_day(earlier.seen_at, zone) - local_day(earlier.at, zone),
            )
            return moved > 0 and ages[0] == ages[1]
        return passed >= _SHORTEST_SECONDS and abs(moved - passed) <= _SLACK_SECONDS

    def withdrawn(self, find: Find) -> int | None:
        """Return the moment that the look before took for credible, of a find that turns out to follow the clock."""
        earlier = self.by_key.get(find.key)
        return None if earlier is None or earlier.is_clock or find.refusal != _CLOCK else earlier.at

    def confirms(self, find: Find) -> bool:
        """Return whether an earlier look found the very same."""
        earlier = self.by_key.get(find.key)
        return earlier is not None and earlier.at == find.moment.at and not earlier.is_clock


def left_by(finds: Iterable[Find]) -> Stamps:
    """Return the stamps of a look's finds, of the newest `MOST_STAMPS`."""
    newest = sorted(finds, key=lambda find: find.moment.at, reverse=True)
    kept: dict[str, Stamp] = {}
    for find in newest:
        if len(kept) >= MOST_STAMPS:
            break
        kept.setdefault(find.key, Stamp(find.moment.at, int(find.document.fetched_at), find.refusal == _CLOCK))
    return Stamps(kept)


def against_clock(find: Find, earlier: Stamps, zone: ZoneInfo) -> Find:
    """Return the find, held where it is relative, and refused where it follows the clock."""
    held = earlier.held(find)
    return replace(held, refusal=_CLOCK) if earlier.follows_clock(held, zone) else held


def _is_stamp(key: object, value: object) -> bool:
    if not isinstance(key, str) or not isinstance(value, list):
        return False
    return len(value) == len(_FIELDS) and all(isinstance(each, int) for each in value)
