"""How pages tell numbers, times and lengths: short, by the organisation's clock, in either language."""

from __future__ import annotations

from datetime import UTC, datetime

from exporter.model import Language, Organisation
from exporter.report.words import MONTHS, NOTHING, UNITS, Words
from exporter.web.condition import Condition
from exporter.web.pages.words import CONDITIONS, TEXTS

_TENTHS_BELOW = 10


class Telling(Words):
    """One language's texts for the pages of a moment, `now`, in seconds since the epoch."""

    def __init__(self, organisation: Organisation, language: Language, now: int) -> None:
        super().__init__(language)
        self.zone = organisation.timezone
        self.now = now
        self._today = self.local(now).date()

    def __call__(self, key: str, **values: object) -> str:
        """Return a text of the pages, or of the reports, with values put in."""
        return self.of(TEXTS[key]).format(**values) if key in TEXTS else super().__call__(key, **values)

    def condition(self, condition: Condition) -> str:
        """Return the word for a condition."""
        return self.of(CONDITIONS[condition])

    def count(self, key: str, number: int, **values: object) -> str:
        """Return a text that English has in singular and plural: KEY_one and KEY."""
        chosen = f"{key}_one" if number == 1 and f"{key}_one" in TEXTS else key
        return self(chosen, number=self.number(number), **values)

    def local(self, at: float) -> datetime:
        """Return an instant by the organisation's clock."""
        return datetime.fromtimestamp(at, UTC).astimezone(self.zone)

    def hour(self, at: float) -> str:
        """Return the time of day, for instance 14.05 or 14:05."""
        return f"{self.local(at):{'%H.%M' if self.language is Language.INDONESIAN else '%H:%M'}}"

    def moment(self, at: float) -> str:
        """Return the time of day of today's instants, before that the day too, in other years all of it."""
        local, today = self.local(at), self._today
        if local.date() == today:
            return self.hour(at)
        year = "" if local.year == today.year else f" {local.year}"
        return f"{self.short_day(at)}{year} {self.hour(at)}"

    def short_day(self, at: float) -> str:
        """Return the local day of an instant, for instance 3 Feb."""
        local = self.local(at)
        return f"{local.day} {self.of(MONTHS[local.month - 1])[:3]}"

    def day(self, at: float) -> str:
        """Return the local day of an instant."""
        return self.date(self.local(at).date())

    def about(self, seconds: int) -> str:
        """Return a length in its two largest units, cut, for instance 3 jam 12 menit; under an hour in one."""
        left = max(0, seconds)
        days, hours, minutes, smallest = UNITS
        for (size, names), (smaller, its_names) in ((days, hours), (hours, minutes)):
            if left >= size:
                rest = left % size // smaller
                return f"{left // size} {self.of(names)}" + (f" {rest} {self.of(its_names)}" if rest else "")
        size, names = minutes if left >= minutes[0] else smallest
        return f"{left // size} {self.of(names)}"

    def ago(self, at: float) -> str:
        """Return how long an instant lies back."""
        return self.about(int(self.now - at))

    def rtt(self, seconds: float | None) -> str:
        """Return a round-trip time in milliseconds."""
        if seconds is None:
            return NOTHING
        ms = seconds * 1000
        return f"{self.decimal(f'{ms:.1f}' if ms < 100 else f'{ms:.0f}')} ms"  # noqa: PLR2004 -- three digits are enough

    def share(self, ratio: float | None) -> str:
        """Return a share as percent: whole ones, with a tenth where it is small, and never 0 for something."""
        if ratio is None:
            return NOTHING
        percent = ratio * 100
        if percent == 0 or percent >= _TENTHS_BELOW:
            return f"{percent:.0f} %"
        return f"{self.decimal(f'{max(percent, 0.1):.1f}')} %"

    def bandwidth(self, bytes_per_second: float | None) -> str:
        """Return a rate in bits a second."""
        if bytes_per_second is None:
            return NOTHING
        bits = bytes_per_second * 8
        for size, unit in ((1e9, "Gbps"), (1e6, "Mbps"), (1e3, "kbps")):
            if bits >= size:
                value = bits / size
                return f"{self.decimal(f'{value:.1f}' if value < 100 else f'{value:.0f}')} {unit}"  # noqa: PLR2004
        return f"{bits:.0f} bps"
