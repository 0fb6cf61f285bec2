"""Which website of a district is in which condition, and what is true of it then."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, cycle, islice

from exporter.lab.sites.conditions import Condition, Kind, Manner
from exporter.model import Inventory

DAY_SECONDS = 86_400
SEEDS_FOR_ALL = 7
"""With so many seeds in a row, each kind of condition comes up at least once."""

_FAULTS = (  # one of each is in every assignment, another one with the next seed
    (Kind.NO_NAME,),
    (Kind.REFUSED,),
    (Kind.SILENT, Kind.HANGING, Kind.DRIPPING),
    (
        Kind.TLS_EXPIRED,
        Kind.TLS_OTHER_NAME,
        Kind.TLS_NO_INTERMEDIATE,
        Kind.TLS_SELF_SIGNED,
        Kind.TLS_UNKNOWN_ROOT,
        Kind.TLS_OLD,
        Kind.TLS_NOT_YET,
    ),
    (Kind.HTTP_404, Kind.HTTP_500, Kind.HTTP_503),
    (Kind.BOMB, Kind.GARBAGE, Kind.HEADER_FLOOD),
    (Kind.LOOP, Kind.TO_LOOPBACK, Kind.TO_FTP),
    (Kind.HIJACKED,),
    (Kind.BLANK, Kind.NO_BODY),
    (Kind.PARKED, Kind.SUSPENDED),
    (Kind.SERVER_PAGE, Kind.LISTING),
    (Kind.PHP_ERROR, Kind.DATABASE_ERROR),
    (Kind.GUARDED, Kind.GUARDED_200, Kind.GUARDED_429),
)
_TRAPS = (  # healthy, and easily taken for something else
    Condition(Kind.TO_WWW, Manner.WORDPRESS, 8),
    Condition(Kind.WRONG_CHARSET, Manner.HAND_MADE, 12),
    Condition(Kind.SITEMAP_NOW, Manner.HAND_MADE, 120),
    Condition(Kind.SITEMAP_BUILT, Manner.JOOMLA, 120),
    Condition(Kind.SITEMAP_BOMB, Manner.HAND_MADE, 40),
    Condition(Kind.FEED_BOMB, Manner.WORDPRESS, 15),
    Condition(Kind.BROKEN_HTML, Manner.HAND_MADE, 4),
    Condition(Kind.ROBOTS_REFUSE, Manner.DRUPAL, 5),
    Condition(Kind.FEED_LATER, Manner.WORDPRESS, 6),
    Condition(Kind.HEALTHY, Manner.HAND_MADE, None),
)
_AGES = (0.1, 0.6, 2, 3, 5, 6.5, 10, 17, 25, 33, 45, 62, 95, 140, 400)
_DEMO_AGES = (0.1, 0.3, 0.7, 1.4, 2, 4, 6, 9, 13, 20, 28, 75)
_DEMO_FAULTS = (
    Kind.TLS_EXPIRED,
    Kind.NO_NAME,
    Kind.SUSPENDED,
    Kind.HIJACKED,
    Kind.HTTP_500,
    Kind.TLS_NO_INTERMEDIATE,
)
_DEMO_EVERY = 5  # one office of so many has a fault


@dataclass(frozen=True, slots=True)
class SiteTruth:
    """What is so for an office's website.

    `kind` is why it isn't active, or how it is. `published_at`, in seconds since the epoch, is None where a program
    that keeps to the rules can't know it, or nothing was ever published.
    """

    office: str
    is_active: bool
    kind: Kind
    published_at: float | None


def assignment(inventory: Inventory, seed: int) -> dict[str, Condition]:
    """Return the condition of each office's website: by 31 of them all that goes wrong, 18 healthy, in no order."""
    faults = (Condition(family[seed % len(family)]) for family in _FAULTS)
    offices = _offices(inventory)
    conditions = list(islice(chain(faults, _TRAPS, _healthy(_AGES)), len(offices)))
    random.Random(seed).shuffle(conditions)  # noqa: S311 - the lab's websites are no secret
    return dict(zip(offices, conditions, strict=True))


def demo_assignment(inventory: Inventory) -> dict[str, Condition]:
    """Return the condition of each office's website on an ordinary day: four of five are healthy."""
    faults, healthy = cycle(_DEMO_FAULTS), _healthy(_DEMO_AGES)
    return {
        office: Condition(next(faults)) if turn % _DEMO_EVERY == 0 else next(healthy)
        for turn, office in enumerate(_offices(inventory), 1)
    }


def truth(conditions: Mapping[str, Condition], started_at: float) -> list[SiteTruth]:
    """Return what is so for each office's website, in a lab that started at an instant in seconds since the epoch."""
    return [
        SiteTruth(office, condition.is_active, condition.kind, published_at(condition, started_at))
        for office, condition in conditions.items()
    ]


def published_at(condition: Condition, started_at: float) -> float | None:
    """Return when a website in a condition last published something; None where that can't be known."""
    if condition.age_days is None or not condition.shows_its_age:
        return None
    return newest_at(condition.age_days, started_at)


def newest_at(age_days: float, started_at: float) -> float:
    """Return the instant of an age, a whole second."""
    return float(int(started_at - age_days * DAY_SECONDS))


def _healthy(ages: Iterable[float]) -> Iterator[Condition]:
    return (Condition(Kind.HEALTHY, manner, age) for manner, age in zip(cycle(Manner), cycle(ages), strict=False))


def _offices(inventory: Inventory) -> list[str]:
    return [office.code for office in inventory.offices.values() if office.website is not None]
