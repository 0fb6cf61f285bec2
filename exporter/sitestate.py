"""When was a website active, by its checks? Two checks in a row have to agree before that changes.

A check speaks for the time until the next one, for ten minutes at most; beyond that nothing was measured. A website
changes from the first of two checks that agree with each other, ten minutes apart at most; one that stands alone
changes nothing. Checks that say nothing of the website neither agree nor disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from exporter.website import Activity, Fault, SiteCheck, SiteSpan

SPOKEN_FOR_SECONDS = 600


@dataclass(frozen=True, slots=True)
class SiteTrack:
    """What is known of a website between two checks.

    `run` is what it is, from when it became so, with its latest fault; its end is where the last check began that
    agreed. None while no two checks have agreed. `latest` is the last check, whose time isn't settled. `waiting` is
    time from the first check on that disagrees, as the checks have it. Nothing before `settled_until` is settled again.
    """

    run: SiteSpan | None = None
    latest: SiteCheck | None = None
    waiting: tuple[SiteSpan, ...] = ()
    settled_until: int = 0

    def now(self, at: float) -> SiteSpan | None:
        """Return what the website is at an instant, from when it became so; None where nothing recent says it."""
        if self.run is None:
            return None
        latest = self.latest
        heard = self.run.end if latest is None or not latest.is_measured else max(self.run.end, latest.at)
        return self.run if abs(at - heard) <= SPOKEN_FOR_SECONDS else None

    def differs(self, activity: Activity) -> bool:
        """Return whether an activity is another than the website's."""
        return self.run is None or self.run.activity is not activity


def advance(track: SiteTrack, check: SiteCheck) -> tuple[SiteTrack, tuple[SiteSpan, ...]]:
    """Take a website's next check; return what is known then, and the time that is settled by it, in order.

    A check before the latest one shows that the clock was set back: what lies ahead of it is forgotten.
    """
    latest, at = track.latest, int(check.at)
    if latest is not None and at <= int(latest.at):
        return track if at == int(latest.at) else _set_back(track, check), ()
    waiting = track.waiting if latest is None else (*track.waiting, *_spoken_for(latest, at))
    held = replace(track, latest=check, waiting=waiting)
    dissent = _dissent(held)
    if dissent is None:
        return _settled(held, track.run)
    if at - dissent.start > SPOKEN_FOR_SECONDS:
        return _settled(replace(held, waiting=tuple(_unheard(held))), track.run)
    if not check.is_measured:
        return held, ()
    if check.activity is dissent.activity:
        return _settled(held, dissent)
    return _settled(replace(held, waiting=tuple(_overruled(held))), track.run)


def _set_back(track: SiteTrack, check: SiteCheck) -> SiteTrack:
    run = track.run
    if run is not None:
        run = None if run.start > check.at else replace(run, end=min(run.end, int(check.at)))
    return SiteTrack(run, check, (), track.settled_until)


def _settled(track: SiteTrack, run: SiteSpan | None) -> tuple[SiteTrack, tuple[SiteSpan, ...]]:
    """Settle all that waits, which makes the website what `run` says, from its beginning."""
    latest, until = track.latest, track.settled_until
    if run is not None:
        for span in track.waiting:
            if span.activity is run.activity:
                run = SiteSpan(run.start, span.end, span.activity, span.fault, span.detail)
        if latest is not None and latest.activity is run.activity:
            run = SiteSpan(run.start, max(run.end, int(latest.at)), run.activity, latest.fault, latest.detail)
    new = tuple(replace(span, start=max(span.start, until)) for span in track.waiting if span.end > until)
    return SiteTrack(run, latest, (), new[-1].end if new else until), new


def _dissent(track: SiteTrack) -> SiteSpan | None:
    """Return the first measured time that waits and disagrees with what the website is, None where nothing does."""
    measured = (span for span in track.waiting if span.activity is not Activity.UNMEASURED)
    return next((span for span in measured if track.differs(span.activity)), None)


def _unheard(track: SiteTrack) -> list[SiteSpan]:
    """Return what waits, where a check that disagreed was neither confirmed nor refuted in time."""
    return [
        SiteSpan(span.start, span.end, Activity.UNMEASURED) if track.differs(span.activity) else span
        for span in track.waiting
    ]


def _overruled(track: SiteTrack) -> list[SiteSpan]:
    """Return what waits, where the check that stood alone is overruled by the one before and the one after."""
    spans = []
    for span in track.waiting:
        if span.activity is Activity.UNMEASURED or not track.differs(span.activity):
            spans.append(span)
        elif track.run is None:
            spans.append(SiteSpan(span.start, span.end, Activity.UNMEASURED))
        else:
            spans.append(SiteSpan(span.start, span.end, track.run.activity, track.run.fault, track.run.detail))
    return spans


def _spoken_for(check: SiteCheck, until: int) -> Sequence[SiteSpan]:
    """Return the time from a check to an instant: what it says, and after ten minutes unmeasured."""
    start, end = int(check.at), min(until, int(check.at) + SPOKEN_FOR_SECONDS)
    if not check.is_measured:
        return (SiteSpan(start, until, Activity.UNMEASURED),)
    fault: Fault | None = check.fault
    said = SiteSpan(start, end, check.activity, fault, check.detail if fault is not None else "")
    return (said,) if end == until else (said, SiteSpan(end, until, Activity.UNMEASURED))
