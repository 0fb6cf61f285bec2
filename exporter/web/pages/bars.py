"""The bars of the last 24 hours and 90 days, drawn once for each reading of the ledger."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from markupsafe import Markup

from exporter.sla import Month
from exporter.timeline import State
from exporter.web.history import History, Past, Strip
from exporter.web.pages.charts import state_bar
from exporter.web.pages.telling import Telling

DAY_SIZE, DAYS_SIZE, WIDE_SIZE = (144, 22), (180, 22), (720, 40)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Both bars of an office or a link; empty where nothing is known."""

    day: Markup | None = None
    days: Markup | None = None


class Bars:
    """Draws what a history holds; each office's bars once in each language. Without a history they are empty."""

    def __init__(self, history: History | None) -> None:
        self.history = history
        self._drawn: dict[tuple[str, str], Drawn] = {}
        self._wide: dict[tuple[str, str], Drawn] = {}

    def of_office(self, code: str, tell: Telling) -> Drawn:
        """Return an office's bars; up is connected."""
        key = (code, tell.language.value)
        drawn = self._drawn.get(key)
        if drawn is None:
            self._drawn[key] = drawn = _drawn(self.past_of_office(code), tell)
        return drawn

    def wide(self, target: str, tell: Telling) -> Drawn:
        """Return an office's or a link's bars as its own page has them, whose cells say what they hold."""
        key = (target, tell.language.value)
        drawn = self._wide.get(key)
        if drawn is None:
            past = self.past_of_link(target) if "/" in target else self.past_of_office(target)
            self._wide[key] = drawn = _wide(past, tell)
        return drawn

    def coverage(self, code: str, tell: Telling) -> float | None:
        """Return which share of the running month, up to now, an office was measured; None where nobody knows."""
        past = self.past_of_office(code)
        month, _ = Month.containing(tell.now, tell.zone).period(tell.zone)
        if past is None or tell.now <= month:
            return None
        first = bisect_left(past.days.edges, month)
        measured = sum(sum(past.days.seconds[state][first:]) for state in (State.UP, State.DOWN))
        return min(1.0, measured / (tell.now - month))

    def past_of_link(self, link: str) -> Past | None:
        """Return what the history holds of a link."""
        return None if self.history is None else self.history.links.get(link)

    def past_of_office(self, code: str) -> Past | None:
        """Return what the history holds of an office."""
        return None if self.history is None else self.history.offices.get(code)


def _drawn(past: Past | None, tell: Telling) -> Drawn:
    if past is None:
        return Drawn()
    return Drawn(
        state_bar(past.day, in_words(past.day, tell("bar_day"), tell), width=DAY_SIZE[0], height=DAY_SIZE[1]),
        state_bar(past.days, in_words(past.days, tell("bar_days"), tell), width=DAYS_SIZE[0], height=DAYS_SIZE[1]),
    )


def in_words(strip: Strip, what: str, tell: Telling) -> str:
    """Return what a bar says: the available share of the measured time, and how long it was down."""
    seconds = {state: sum(cells) for state, cells in strip.seconds.items()}
    available = seconds.get(State.UP, 0) + seconds.get(State.DEGRADED, 0)
    down = seconds.get(State.DOWN, 0)
    if not available + down:
        return tell("bar_nothing", what=what)
    cut = available * 1000 // (available + down)
    share = tell.decimal(f"{cut // 10}.{cut % 10}")
    return tell("bar_words", what=what, available=f"{share} %", down=tell.about(down))


def _wide(past: Past | None, tell: Telling) -> Drawn:
    if past is None:
        return Drawn()

    def hours(index: int) -> str:
        low, high = past.day.edges[index], past.day.edges[index + 1]
        return cell_in_words(past.day, index, f"{tell.hour(low)}–{tell.hour(high)}", tell)  # noqa: RUF001 -- an extent

    def days(index: int) -> str:
        return cell_in_words(past.days, index, tell.day(past.days.edges[index]), tell)

    day_words, days_words = (in_words(past.day, tell("bar_day"), tell), in_words(past.days, tell("bar_days"), tell))
    return Drawn(
        state_bar(past.day, day_words, titles=hours, width=WIDE_SIZE[0], height=WIDE_SIZE[1]),
        state_bar(past.days, days_words, titles=days, width=WIDE_SIZE[0], height=WIDE_SIZE[1]),
    )


def cell_in_words(strip: Strip, index: int, when: str, tell: Telling) -> str:
    """Return what a cell holds: its time, and how long each state lasted in it."""
    held = [(state, cells[index]) for state, cells in strip.seconds.items() if cells[index]]
    told = ", ".join(f"{tell(f'state_{state.value}')} {tell.about(seconds)}" for state, seconds in held)
    return f"{when}: {told}" if told else f"{when}: {tell('state_none')}"
