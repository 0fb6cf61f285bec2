"""One target of a recording: what was read of it and isn't judged yet. Purely.

A slot waits until none before it can come any more. But a calm target's reply in good time needn't: whatever comes, it
changes nothing but the count of seconds up. Those are taken together, and judged as one stretch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from exporter.judgement import Judged
from exporter.model import Link
from exporter.observation import Outcome
from exporter.reading import Seen
from exporter.sla import validity
from exporter.timeline import Interval

WORTH = {Outcome.ERROR: 0, Outcome.LOST: 1, Outcome.REPLY: 2}  # of several observations in one slot the best counts
MOST_SLOTS = 256  # of a stretch: what a thousand links hold of them stays under 10 MB
_DAY_SECONDS = 86_400
_LAST_YEAR_FROM = 253_370_764_800  # 9999: no calendar goes on behind it


class Recorded:
    """A link, a node or a reference, which alone has no `judged`.

    `held` are the slots that wait, `odd` the number of those that are no reply in good time. `rtts` are of the stretch:
    replies in good time in a row, the first of them in slot `start`. `next_at` is the slot that goes on with it, None
    where the next one has to wait; from `look_at` on it is looked at again first. The slots before that are of one
    `day`, and either all in maintenance or none. `last_at` is the last slot that was seen.
    """

    __slots__ = (
        "_excluded", "_last_at", "_zone", "day", "held", "in_maintenance", "interval", "judged", "kind", "link",
        "look_at", "name", "next_at", "odd", "rtts", "slow_above", "start", "valid_from", "valid_until",
    )  # fmt: skip

    def __init__(self, kind: str, name: str, judged: Judged | None, link: Link | None, zone: ZoneInfo) -> None:
        self.kind = kind
        self.name = name
        self.judged = judged
        self.link = link
        self.interval = 1 if judged is None else judged.track.icmp.interval_seconds
        self.slow_above = math.inf if judged is None else judged.track.quality.rule.rtt_seconds
        begin, end = (None, None) if link is None else validity(link, zone)
        self.valid_from, self.valid_until = begin or 0, math.inf if end is None else end
        self.held: dict[int, Seen] = {}
        self.odd = 0
        self.rtts: list[float] = []
        self.start = 0
        self.next_at: int | None = None
        self.look_at: float = 0
        self.day = date.min
        self.in_maintenance = False
        self._last_at: int | None = None
        self._zone = zone
        self._excluded: Sequence[Interval] = ()

    def exclude(self, intervals: Sequence[Interval]) -> None:
        """Take what is in maintenance."""
        self._excluded = intervals

    def is_excluded(self, at: int) -> bool:
        """Return whether an instant is in maintenance."""
        return any(low <= at < high for low, high in self._excluded)

    def local_day(self, at: int) -> date:
        """Return the day of an instant by the district's clock."""
        return datetime.fromtimestamp(at, self._zone).date()

    @property
    def end(self) -> int:
        """The end of the stretch."""
        return self.start + len(self.rtts) * self.interval

    @property
    def answered_until(self) -> int | None:
        """Up to where the stretch is known to answer; None where there is none."""
        if self.next_at is not None:
            return self.next_at
        return self.end if self.rtts else None

    @property
    def last_at(self) -> int | None:
        """The last slot that was seen."""
        return self._last_at if self.next_at is None else self.next_at - self.interval

    def hold(self, slot: int, seen: Seen) -> bool:
        """Let a slot wait, where it isn't known better; return whether nothing was known of it."""
        if self.next_at is not None and slot < self.next_at:
            return False  # it was answered already
        self._last_at, self.next_at = slot, None
        held = self.held.get(slot)
        if held is None or WORTH[held.outcome] < WORTH[seen.outcome]:
            self.odd += self._is_odd(seen) - (held is not None and self._is_odd(held))
            self.held[slot] = seen
        return held is None

    def release(self, slot: int) -> Seen | None:
        """Return a slot that waits no longer; None where it is in the stretch."""
        seen = self.held.pop(slot, None)
        if seen is not None and self._is_odd(seen):
            self.odd -= 1
        return seen

    def _is_odd(self, seen: Seen) -> bool:
        if self.judged is None:
            return seen.outcome is not Outcome.REPLY
        return seen.rtt_seconds is None or seen.rtt_seconds > self.slow_above

    def begin(self, start: int | None, at: int) -> bool:
        """Begin a stretch that goes on with slot `at`, where the target is calm up to `start` and all since fits.

        None says that it isn't calm. Returns whether it has begun; what waited is in it then.
        """
        if start is None or self.rtts or self.odd or len(self.held) * self.interval != at - start:
            return False
        if (self._last_at or 0) >= at or not self._look_from(start, at) or at >= self.look_at:
            return False
        self.start, self.next_at = start, at
        self.rtts = [seen.rtt_seconds or 0.0 for seen in self.held.values()]
        self.held.clear()
        return True

    def go_on(self) -> bool:
        """Look again at a stretch of which the rest was taken; return whether it goes on."""
        if self.next_at is not None and not self._look_from(self.next_at, self.next_at):
            self.close()
        return self.next_at is not None

    def close(self) -> None:
        """End the stretch: the next slot waits."""
        self._last_at, self.next_at = self.last_at, None

    def _look_from(self, start: int, at: int) -> bool:
        """Find up to where slots are of the day and the maintenance of one, at most `MOST_SLOTS` from `at` on.

        Returns whether it counts at all.
        """
        self.look_at = at + MOST_SLOTS * self.interval
        if self.link is not None:
            if not self.valid_from <= start < min(self.valid_until, _LAST_YEAR_FROM):
                return False
            self.day, self.in_maintenance = self.local_day(start), self.is_excluded(start)
            edges = [edge for interval in self._excluded for edge in interval if edge > start]
            self.look_at = min(self.look_at, self.valid_until, _day_end(start, self._zone), *edges)
        return True

    def take(self, until: int) -> list[float]:
        """Return the round-trip times of the stretch up to an instant; it begins there then."""
        number = max(0, min(len(self.rtts), (until - self.start) // self.interval))
        taken, self.rtts = self.rtts[:number], self.rtts[number:]
        self.start += number * self.interval
        return taken


def _day_end(at: int, zone: ZoneInfo) -> int:
    """Return the end of a local day, the next second on a day on which the clock is changed."""
    offset = datetime.fromtimestamp(at, zone).utcoffset() or timedelta()
    shift = int(offset.total_seconds())
    end = at + _DAY_SECONDS - (at + shift) % _DAY_SECONDS
    return end if datetime.fromtimestamp(end, zone).utcoffset() == offset else at + 1
