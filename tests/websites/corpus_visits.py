"""Looks at the corpus: the product's own look, with the corpus in place of a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from zoneinfo import ZoneInfo

from corpus_sites import CorpusLook, CorpusSite

from exporter.clock import SystemClock
from exporter.model import Website
from exporter.sites.fetching import Fetched, Refused
from exporter.sites.looking import Looking
from exporter.sites.turns import Turns
from exporter.website import Fault, Look

JAKARTA = ZoneInfo("Asia/Jakarta")
MOST_REDIRECTS = 5


class Outcome(Enum):
    """What a look made of a site, beside its truth; a day off is right."""

    RIGHT = "right within a day"
    RIGHTLY_UNKNOWN = "rightly unknown"
    FALSE_FRESH = "FALSE FRESH"
    TOO_OLD = "too old"
    MISSED = "missed: none found"
    INVENTED = "INVENTED: nothing says it"


class CorpusFetcher:
    """Answers from a site as it was at one look, a second each."""

    def __init__(self, look: CorpusLook) -> None:
        self._look = look
        self.now = look.at
        self.asked: list[str] = []

    def time(self) -> float:
        return self.now

    async def get(self, url: str, *, led_from: str | None = None) -> Fetched | Refused:
        del led_from
        started_at, led = self.now, [url]
        for _ in range(MOST_REDIRECTS):
            self.asked.append(led[-1])
            self.now += 0.2
            answer = self._look.answer(led[-1])
            if answer.status not in {301, 302, 307, 308}:
                return Fetched(
                    led[-1], tuple(led), answer.status, dict(answer.headers), answer.body, 0.2, None, started_at
                )
            led.append(answer.headers["location"])
        return Refused(Fault.REDIRECT_LOOP, "", None, None, tuple(led), started_at)


@dataclass(frozen=True, slots=True)
class CorpusClock(SystemClock):
    """The clock of a look."""

    fetcher: CorpusFetcher

    def time(self) -> float:
        return self.fetcher.time()


async def looked_at(site: CorpusSite) -> tuple[Look, list[str]]:
    """Return a site's last look, and what it asked for."""
    stamps = ""
    for at in site.looks:
        fetcher = CorpusFetcher(at)
        looking = Looking(fetcher, "Terpadu/1", Turns(), CorpusClock(fetcher), JAKARTA, sleep=_no_time)
        look, _ = await looking.look(Website(site.url), stamps)
        stamps = look.stamps
    return look, fetcher.asked


async def _no_time(_: float) -> None:
    pass


def found_day(look: Look) -> date | None:
    """Return the local day of the newest find."""
    return None if look.newest is None else datetime.fromtimestamp(look.newest.published_at, JAKARTA).date()


def outcome(truth: date | None, found: date | None) -> Outcome:
    """Return what a look made of a site."""
    if truth is None:
        return Outcome.RIGHTLY_UNKNOWN if found is None else Outcome.INVENTED
    if found is None:
        return Outcome.MISSED
    days = (found - truth).days
    if abs(days) <= 1:
        return Outcome.RIGHT
    return Outcome.FALSE_FRESH if days > 0 else Outcome.TOO_OLD


def confusion(sites: Mapping[str, Outcome]) -> str:
    """Return how many sites have each outcome, and which are wrong."""
    lines = [f"{sum(of is each for of in sites.values()):4} {each.value}" for each in Outcome]
    wrong = [f"     {name}: {of.value}" for name, of in sites.items() if of not in RIGHT]
    return "\n".join([*lines, *wrong])


RIGHT = (Outcome.RIGHT, Outcome.RIGHTLY_UNKNOWN)
