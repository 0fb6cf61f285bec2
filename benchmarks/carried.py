"""What the monitor says that links carried, beside the lab's truth."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.processes import Server
from benchmarks.results import Row
from benchmarks.scraping import scrape
from exporter.lab.agent_process import AgentProcess

DIRECTIONS = ("receive_bytes", "transmit_bytes")
LEAST_BYTES = 1_000_000  # of less than that a thousandth says nothing
TRIES = 40
POLLED_WITHIN_SECONDS = 120
RIGHT_RATIO = 0.001


@dataclass(frozen=True, slots=True)
class Carried:
    """Totals at one moment, by link and direction: the monitor's, what anybody must know by then, and all there was.

    Between the two lies what devices forgot, or counted after a jump: who knows more of it is no worse.
    """

    said: Mapping[tuple[str, str], float]
    known: Mapping[tuple[str, str], float]
    all: Mapping[tuple[str, str], float]


def carried(monitor: Server, routers: AgentProcess, links: Sequence[str]) -> Carried:
    """Return the totals of the links that the monitor shows now; None of those whose polls fail."""
    said: dict[tuple[str, str], float] = {}
    known: dict[tuple[str, str], float] = {}
    every: dict[tuple[str, str], float] = {}
    left = list(links)
    for _ in range(TRIES):
        before = {link: routers.carried(link) for link in left}
        page = scrape(monitor)
        shown = {direction: dict(page.samples(f"opd_link_{direction}_total")) for direction in DIRECTIONS}
        for link in [*left]:
            truth = before[link]
            if routers.carried(link)["asked_at"] != truth["asked_at"]:
                continue  # a poll came between
            left.remove(link)
            office, name = link.split("/")
            for direction, totals in shown.items():
                total = totals.get(f'link="{name}",opd="{office}"')
                if total is not None:
                    said[link, direction] = total
                    every[link, direction] = truth["at_last_answer"][direction]
                    known[link, direction] = every[link, direction] - truth[f"forgotten_{direction}"]
        if not left:
            break
    return Carried(said, known, every)


def wait_for_polls(monitor: Server, links: int) -> None:
    """Return once so many links have been polled well, after two minutes at the latest."""
    for _ in range(POLLED_WITHIN_SECONDS):
        if scrape(monitor).total("opd_link_snmp_up") >= links:
            return
        time.sleep(1)


def errors(first: Carried, last: Carried) -> dict[tuple[str, str], float]:
    """Return how far each total's gain lies from the truth, as a share of it: below what must be known, or above all.

    Where less than a megabyte was carried there is none.
    """
    found: dict[tuple[str, str], float] = {}
    for key in first.said.keys() & last.said.keys():
        said, known, every = (each[1][key] - each[0][key] for each in _pairs(first, last))
        if known >= LEAST_BYTES:
            found[key] = max(0.0, known - said, said - every) / known
    return found


def _pairs(first: Carried, last: Carried) -> Sequence[tuple[Mapping[tuple[str, str], float], ...]]:
    return ((first.said, last.said), (first.known, last.known), (first.all, last.all))


def row(found: Mapping[tuple[str, str], float], links: Sequence[str]) -> Row:
    """Return the figures of the errors.

    Of the links that were asked for, those are left out of which a direction couldn't be compared: it wasn't shown at
    both moments, a poll always came between, or too little was carried.
    """
    return {
        "totals_compared": len(found),
        "totals_within_a_thousandth": sum(error <= RIGHT_RATIO for error in found.values()),
        "totals_left_out": sum(any((link, each) not in found for each in DIRECTIONS) for link in links),
        "worst_total_error": max(found.values(), default=None),
    }
