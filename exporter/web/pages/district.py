"""The district at a glance: what is wrong now, counts by condition, a map, and every office with its past."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache

from markupsafe import Markup

from exporter.model import Language
from exporter.pacing import resting
from exporter.report.words import Words
from exporter.snapshot import LinkStatus, OfficeStatus, Snapshot
from exporter.timeline import State
from exporter.web.condition import Condition, Standing, of_link, standings
from exporter.web.pages import bars
from exporter.web.pages.map import Spot, district_map
from exporter.web.pages.place import Place
from exporter.web.pages.telling import Telling
from exporter.web.pages.troubles import TroubleShown, shown_troubles, since_when
from exporter.web.pages.words import CONDITIONS
from exporter.web.trouble import Kind, Trouble, troubles
from exporter.website import Activity, SiteStatus

WELL_COVERED = 0.95  # of a month up to now
MOST_TROUBLES = 12  # that are shown whole; the list below has every office


@dataclass(frozen=True, slots=True)
class Hero:
    """The first sentence of the page: the worst that is so, and what qualifies it."""

    condition: Condition
    sentence: str
    more: str | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many offices are in a condition."""

    condition: Condition
    word: str
    number: str


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A link's numbers as texts."""

    id: str
    name: str
    condition: Condition
    word: str
    rtt: str
    loss: str
    receive: str
    transmit: str


@dataclass(frozen=True, slots=True)
class Row:
    """One office; `line` is its link where it has one alone, else `lines` are all of them."""

    code: str
    name: str
    url: str
    condition: Condition
    word: str
    since: str
    line: LinkLine | None
    lines: Sequence[LinkLine]
    day: Markup | None
    days: Markup | None
    month: str
    website: str | None
    website_kind: str


@dataclass(frozen=True, slots=True)
class Group:
    """The offices of a sub-district, each written into its row."""

    name: str
    count: str
    rows: Sequence[Markup]


@dataclass(frozen=True, slots=True)
class Attention:
    """An office that is connected, or of which nobody knows, and that somebody should look at."""

    name: str
    url: str
    condition: Condition
    word: str
    note: str


@dataclass(frozen=True, slots=True)
class District:
    """All that the page shows; `nothing` stands where there is no trouble, `before_cut` over troubles that were known
    when the monitor was cut off.
    """

    hero: Hero
    troubles: Sequence[TroubleShown]
    more_troubles: str | None
    attention: Sequence[Attention]
    more_attention: str | None
    before_cut: str | None
    counts: Sequence[Count]
    map: Markup | None
    groups: Iterator[Group]
    nothing: str


def hero(conditions: Counter[Condition], *, is_isolated: bool, tell: Telling, found: Sequence[Trouble] = ()) -> Hero:
    """Return the sentence that a reader takes away; `found` are troubles of which the widest may be named in it."""
    everyone = sum(conditions.values())
    if is_isolated:
        since = next((of.since for of in found if of.kind is Kind.ISOLATED), None)
        more = None if since is None else f"{tell('since')} {tell.moment(since)}"
        return Hero(Condition.UNMEASURED, tell("isolated"), more)
    if not everyone:
        return Hero(Condition.UNMEASURED, tell("no_offices"))
    if down := conditions[Condition.DOWN]:
        widest = max((of for of in found if _may_be_named(of)), key=lambda of: len(of.offices), default=None)
        more = None if widest is None else tell(f"trouble_{widest.kind.value}", name=widest.name)
        return Hero(Condition.DOWN, tell.count("some_down", down, all=tell.number(everyone)), more)
    if conditions[Condition.UNMEASURED] == everyone:
        return Hero(Condition.UNMEASURED, tell("nothing_measured"))
    if conditions[Condition.UP] == everyone:
        return Hero(Condition.UP, tell.count("all_up", everyone))
    worst = next(of for of in Condition if conditions[of])
    others = [of for of in Condition if of is not Condition.UP and conditions[of]]
    more = ", ".join(tell(f"some_{of.value}", number=tell.number(conditions[of])) for of in others)
    return Hero(worst, tell("none_down_measured" if conditions[Condition.UNMEASURED] else "none_down"), more)


def _may_be_named(of: Trouble) -> bool:
    """Return whether a fault may stand for what is down: it took offices, and nobody announced it."""
    return of.kind in {Kind.PROVIDER, Kind.NODE} and bool(of.offices) and not of.in_maintenance


def view(
    snapshot: Snapshot, past: bars.Bars, tell: Telling, place: Place, written: Callable[[Row], Markup]
) -> District:
    """Return what the page shows of a moment; the rows are written as the template asks for them."""
    all_of_them = tuple(standings(snapshot))
    conditions = {of.status.office.code: of.condition for of in all_of_them}
    found = troubles(snapshot)
    counted = Counter(conditions.values())
    is_isolated = snapshot.monitor.is_isolated is True
    seen = [of for of in found if of.kind is not Kind.ISOLATED]
    attention = tuple(_attention(all_of_them, tell, place, is_isolated=is_isolated))
    beyond, unshown = len(seen) - MOST_TROUBLES, len(attention) - MOST_TROUBLES
    sites = {of.office: of for of in snapshot.websites}
    make = _Rows(sites, past, tell, place, snapshot.today)
    return District(
        hero=hero(counted, is_isolated=is_isolated, tell=tell, found=found),
        troubles=tuple(shown_troubles(seen[:MOST_TROUBLES], snapshot.inventory, tell, place)),
        more_troubles=tell.count("more_troubles", beyond) if beyond > 0 else None,
        attention=attention[:MOST_TROUBLES],
        more_attention=tell.count("more_troubles", unshown) if unshown > 0 else None,
        counts=counts(counted, tell),
        map=map_of(snapshot.offices, conditions, tell, place),
        groups=groups(all_of_them, tell, lambda of: written(make.row(of))),
        before_cut=tell("before_cut") if is_isolated and seen else None,
        nothing=tell(_nothing(counted, is_isolated=is_isolated)),
    )


def _nothing(counted: Counter[Condition], *, is_isolated: bool) -> str:
    """Return the key of what stands where there is no trouble: nobody knows of any where nothing is measured."""
    if is_isolated:
        return "nothing_known"
    if counted[Condition.UNMEASURED]:
        return "nothing_open_measured" if counted[Condition.UNMEASURED] < counted.total() else "nothing_measured_open"
    return "nothing_open"


def _attention(
    all_of_them: Iterable[Standing], tell: Telling, place: Place, *, is_isolated: bool
) -> Iterator[Attention]:
    """Yield the offices that are neither up nor told of by a trouble; not those that the monitor's own cut hides."""
    for of in all_of_them:
        if of.condition is Condition.DEGRADED or (of.condition is Condition.UNMEASURED and not is_isolated):
            notes = dict.fromkeys(text for link in of.links if (text := note(link, tell)) is not None)
            item = of.status.office
            yield Attention(
                item.name, office_url(item.code, place), of.condition, tell.condition(of.condition), ", ".join(notes)
            )


def counts(counted: Counter[Condition], tell: Telling) -> tuple[Count, ...]:
    """Return how many offices are in each condition that any is in, the best first."""
    return tuple(Count(of, tell.condition(of), tell.number(counted[of])) for of in reversed(Condition) if counted[of])


def map_of(
    offices: Sequence[OfficeStatus], conditions: Mapping[str, Condition], tell: Telling, place: Place
) -> Markup | None:
    """Return the map of the offices that have a place on it; None where none has."""
    spots = [
        Spot(item.code, item.name, item.district, *item.location, conditions[item.code], office_url(item.code, place))
        for item in (of.office for of in offices)
        if item.location is not None
    ]
    return drawn_map(tuple(spots), tell.language) if spots else None


@lru_cache(maxsize=8)
def drawn_map(spots: tuple[Spot, ...], language: Language) -> Markup | None:
    """Return a map, drawn once for each that is asked for; conditions change seldom."""
    words = Words(language)
    return district_map(spots, words=lambda condition: words.of(CONDITIONS[condition]))


@lru_cache(maxsize=8192)
def office_url(code: str, place: Place) -> str:
    """Return the address of an office's page."""
    return place.url(f"/offices/{code}")


def groups(all_of_them: Iterable[Standing], tell: Telling, written: Callable[[Standing], Markup]) -> Iterator[Group]:
    """Yield the offices of each sub-district, both in the inventory's order, as they are written."""
    found: dict[str, list[Standing]] = {}
    for of in all_of_them:
        found.setdefault(of.status.office.district, []).append(of)
    for name, members in found.items():
        yield Group(name, tell.count("offices_few", len(members)), [written(of) for of in resting(members)])


@dataclass(frozen=True, slots=True)
class _Rows:
    """Makes an office's row."""

    sites: Mapping[str, SiteStatus]
    past: bars.Bars
    tell: Telling
    place: Place
    today: date

    def row(self, of: Standing) -> Row:
        item, tell = of.status.office, self.tell
        site, drawn = self.sites.get(item.code), self.past.of_office(item.code, tell)
        lines = [link_line(link, tell, self.today) for link in of.links]
        return Row(
            code=item.code,
            name=item.name,
            url=office_url(item.code, self.place),
            condition=of.condition,
            word=tell.condition(of.condition),
            since=told_since(of.condition, of.since, tell),
            line=lines[0] if len(lines) == 1 else None,
            lines=() if len(lines) == 1 else lines,
            day=drawn.day,
            days=drawn.days,
            month=told_month(of.status.availability, self.past.coverage(item.code, tell), tell),
            website=None if site is None else tell(activity_key(site)),
            website_kind=website_kind(site),
        )


def website_kind(site: SiteStatus | None) -> str:
    """Return what a website's word is styled by: its activity, or that there is none."""
    return "none" if site is None else activity_key(site).removeprefix("website_")


def activity_key(site: SiteStatus) -> str:
    """Return the key of the word for whether a website is active."""
    activity = Activity.UNMEASURED if site.run is None else site.run.activity
    return f"website_{activity.value}"


def told_month(availability: Fraction | None, coverage: float | None, tell: Telling) -> str:
    """Return an availability; how little of the month it is of, where it isn't of nearly all."""
    told = tell.percent(availability)
    if availability is None or coverage is None or coverage >= WELL_COVERED:
        return told
    return tell("month_measured", availability=told, coverage=tell.share(coverage))


def told_since(condition: Condition, since: int | None, tell: Telling) -> str:
    """Return since when; how long ago too, where it presses."""
    if since is None:
        return ""
    return since_when(since, tell) if condition in {Condition.DOWN, Condition.PARTLY} else tell.moment(since)


def link_line(status: LinkStatus, tell: Telling, today: date) -> LinkLine:
    """Return a link's numbers of now; those of a link that is down are dashes."""
    receive, transmit = use(status, today)
    condition = of_link(status)
    return LinkLine(
        id=status.link.id,
        name=status.link.name,
        condition=condition,
        word=tell.condition(condition),
        rtt=tell.rtt(status.rtt_last_seconds),
        loss=tell.share(None if status.state is State.UNMEASURED else status.loss_ratio),
        receive=tell.share(receive),
        transmit=tell.share(transmit),
    )


def note(status: LinkStatus, tell: Telling) -> str | None:
    """Return what qualifies a degraded link: whether it is full or damaged; None of others, or where nobody knows."""
    if status.is_saturated is None:
        return None
    return tell("full" if status.is_saturated else "damaged")


def use(status: LinkStatus, today: date) -> tuple[float | None, float | None]:
    """Return which share of its contract a link carries, in and out; None unless it is measured, up and polled."""
    return (None, None) if status.state is State.UNMEASURED else status.contract_use(today)
