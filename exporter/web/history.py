"""What the ledger says beside the latest: each link's last 24 hours in half hours, and outages with their seconds.

Both are read in a thread beside the loop, and rest so that no echo waits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exporter.cause import Verdict
from exporter.ledger import Ledger
from exporter.model import Inventory
from exporter.pacing import resting
from exporter.report import outages
from exporter.sla import figures, within_validity
from exporter.timeline import Outage, Span, State, clip

CELLS = 48
CELL_SECONDS = 1800


@dataclass(frozen=True, slots=True)
class Day:
    """Settled seconds by state in 48 half hours from `start` on, an epoch multiple of 1800; the last one holds now.

    Time of the link's validity that no span covers is unmeasured; what isn't settled yet is in no state.
    """

    start: int
    seconds: Mapping[State, Sequence[int]]


@dataclass(frozen=True, slots=True)
class CountedOutage:
    """An outage of a link or a node, with its settled down and unmeasured seconds, and its cause where it is final."""

    target: str
    outage: Outage
    down_seconds: int
    unmeasured_seconds: int
    verdict: Verdict | None = None


def last_day(ledger: Ledger, inventory: Inventory, now: int) -> dict[str, Day]:
    """Return each link's last 24 hours, by its id; without a second where nothing of them is settled."""
    start = (now // CELL_SECONDS - CELLS + 1) * CELL_SECONDS
    zone = inventory.organisation.timezone
    days = {}
    for link in resting(inventory.links()):
        spans = ledger.spans(link.id, start, outages.EVER)
        settled_until = max(spans[-1].end, start) if spans else start
        low, high = within_validity(link, zone, start, min(settled_until, start + CELLS * CELL_SECONDS))
        days[link.id] = in_cells(spans, start, low, high)
    return days


def in_cells(spans: Sequence[Span], start: int, low: int, high: int) -> Day:
    """Spread what of a timeline lies in `[low, high)` over the cells from `start` on; its gaps are unmeasured."""
    seconds = {state: [0] * CELLS for state in State}
    at = low
    for span in resting(clip(spans, low, high)):
        _spread(seconds[State.UNMEASURED], at - start, span.start - start)
        _spread(seconds[span.state], span.start - start, span.end - start)
        at = span.end
    _spread(seconds[State.UNMEASURED], at - start, high - start)
    return Day(start, seconds)


def _spread(cells: list[int], low: int, high: int) -> None:
    while low < high:
        edge = min(high, low - low % CELL_SECONDS + CELL_SECONDS)
        cells[low // CELL_SECONDS] += edge - low
        low = edge


def latest_outages(ledger: Ledger, limit: int) -> list[CountedOutage]:
    """Return the open outages, and the latest `limit` of all; the latest first."""
    found = dict.fromkeys([*ledger.open_outages().items(), *ledger.all_outages(limit)])
    in_order = sorted(found, key=lambda item: (-item[1].started_at, item[0]))
    return [_counted(ledger, target, outage) for target, outage in resting(in_order)]


def _counted(ledger: Ledger, target: str, outage: Outage) -> CountedOutage:
    spans, extent = outages.measured(ledger, target, outage)
    counted = figures(spans, *extent)
    verdict = ledger.verdict(target, outage.started_at)
    return CountedOutage(target, outage, counted.down, counted.unmeasured, verdict)
