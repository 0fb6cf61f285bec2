"""One website's month, judged: was it active at the last check, is it kept up to date, how long was it active. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from exporter.model import Office, UpdateEvery, Website
from exporter.rhythm import Rhythm, Standing, asleep_from, rhythm, standing
from exporter.timeline import Interval
from exporter.website import Activity, Fault, Publication, SiteSpan

LOOK_SECONDS = 6 * 3600  # from one look to the next: what a month published is seen by then


class Class(Enum):
    """What the evaluation counts a website as; each is one of these."""

    A = "a"  # active, and not asleep
    B = "b"  # inactive, or asleep
    UNKNOWN = "unknown"  # active, and no date was ever found
    UNMEASURED = "unmeasured"


class State(Enum):
    """What a website is shown as: of those in B whether it is there at all."""

    ACTIVE = "active"
    ASLEEP = "asleep"
    INACTIVE = "inactive"
    UNKNOWN = "unknown"
    UNMEASURED = "unmeasured"


@dataclass(frozen=True, slots=True)
class ActiveTime:
    """Seconds of a month, or of several websites' months."""

    active: int = 0
    inactive: int = 0
    unmeasured: int = 0

    def __add__(self, other: ActiveTime) -> ActiveTime:
        return ActiveTime(
            self.active + other.active, self.inactive + other.inactive, self.unmeasured + other.unmeasured
        )

    @property
    def share(self) -> Fraction | None:
        """The active share of what was measured; None where nothing was."""
        measured = self.active + self.inactive
        return Fraction(self.active, measured) if measured else None


@dataclass(frozen=True, slots=True)
class LastCheck:
    """What the month's last measured checks say, in seconds since the epoch.

    `since` is when the website became what it is, backdated, and before the month where it is older; time that nobody
    measured doesn't interrupt it. `until` is the end of what was measured in the month.
    """

    activity: Activity
    fault: Fault | None
    detail: str
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Site:
    """One website's month.

    `last` is None where nothing was measured, and then so are `standing` and `rhythm`. `newest` is what it published
    last, as far as that was seen within a look of the month's end; `age_seconds` is its age at the last check.
    """

    office: Office
    website: Website
    time: ActiveTime
    last: LastCheck | None
    newest: Publication | None
    age_seconds: int | None
    standing: Standing | None
    rhythm: Rhythm | None

    @property
    def verdict(self) -> Class:
        """What it counts as."""
        if self.last is None:
            return Class.UNMEASURED
        if not self.is_active or self.standing is Standing.ASLEEP:
            return Class.B
        return Class.UNKNOWN if self.standing is Standing.UNKNOWN else Class.A

    @property
    def state(self) -> State:
        """What it is shown as."""
        if self.verdict is Class.A:
            return State.ACTIVE
        if self.verdict is Class.B:
            return State.ASLEEP if self.is_active else State.INACTIVE
        return State(self.verdict.value)

    @property
    def since(self) -> int | None:
        """When it became active, inactive or asleep, in seconds since the epoch; None where nothing was measured.

        One that sleeps does so since the end of its third period, also where it was away then, or nobody looked yet.
        """
        if self.last is None:
            return None
        if self.newest is None or self.update_every is None or self.state is not State.ASLEEP:
            return self.last.since
        return asleep_from(self.newest.counted_at, self.update_every)

    @property
    def is_active(self) -> bool:
        """Whether it was active at the last check."""
        return self.last is not None and self.last.activity is Activity.ACTIVE

    @property
    def is_guarded(self) -> bool:
        """Whether a check against programs stands before it, so that only a person can judge it."""
        return self.last is not None and self.last.fault is Fault.GUARDED

    @property
    def update_every(self) -> UpdateEvery | None:
        """How often it is meant to be updated, None where the inventory doesn't say."""
        return self.website.update_every


@dataclass(frozen=True, slots=True)
class History:
    """What a ledger knows of a website: spans in order of time, publications the oldest first."""

    spans: tuple[SiteSpan, ...] = ()
    publications: tuple[Publication, ...] = ()


def evaluate(office: Office, website: Website, history: History, month: Interval, known_until: int) -> Site:
    """Return a website's month `[start, end)`, of which is known what was before `known_until`."""
    start, end = month
    high = max(start, min(end, known_until))
    last = _last(history.spans, start, high)
    published = [of for of in history.publications if of.published_at < end and of.seen_at < end + LOOK_SECONDS]
    newest = max(published, key=lambda of: (of.published_at, not of.is_day_only), default=None)
    age = None if last is None or newest is None else max(0, last.until - newest.counted_at)
    return Site(
        office=office,
        website=website,
        time=_time(history.spans, start, high),
        last=last,
        newest=newest,
        age_seconds=age,
        standing=None if last is None else standing(age, website.update_every),
        rhythm=None if last is None else _rhythm(published, last.until),
    )


def _time(spans: Sequence[SiteSpan], start: int, end: int) -> ActiveTime:
    """Return the seconds from a website's first check on, where that lies within the time."""
    low = spans[0].start if spans and start < spans[0].start < end else start
    active = sum(_seconds(of, start, end) for of in spans if of.activity is Activity.ACTIVE)
    inactive = sum(_seconds(of, start, end) for of in spans if of.activity is Activity.INACTIVE)
    return ActiveTime(active, inactive, end - low - active - inactive)


def _seconds(span: SiteSpan, start: int, end: int) -> int:
    return max(0, min(span.end, end) - max(span.start, start))


def _last(spans: Sequence[SiteSpan], start: int, end: int) -> LastCheck | None:
    measured = [of for of in spans if of.activity is not Activity.UNMEASURED and of.start < end]
    if not measured or measured[-1].end <= start:
        return None
    last = measured[-1]
    since = last.start
    for before in reversed(measured):
        if before.activity is not last.activity:
            break
        since = before.start
    return LastCheck(last.activity, last.fault, last.detail, since, min(last.end, end))


def _rhythm(published: Iterable[Publication], until: int) -> Rhythm:
    return rhythm((min(of.counted_at, until) for of in published), until)
