"""The API's answers as values. What isn't of their form is a ValueError."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from exporter.status.reading import flag, instant, mapping, maybe, number, of, sequence, text, typed
from exporter.timeline import State

CELLS = 48  # of half an hour


class Cell(NamedTuple):
    """Settled seconds by state of one stretch of time."""

    up: int
    degraded: int
    down: int
    unmeasured: int


@dataclass(frozen=True, slots=True)
class ShownLink:
    """One link; `link_id` is OFFICE/LINK. What isn't known is None; `uses` are shares of the contract, down and up.

    `cause` and `last_hop` are what its open outage looks like so far, `snmp_trouble` why its device gives nothing.
    """

    link_id: str
    office_name: str
    name: str
    state: State
    in_maintenance: bool
    outage_is_open: bool
    since: datetime | None
    rtt_seconds: float | None
    loss_ratio: float | None
    uses: tuple[float | None, float | None]
    is_saturated: bool | None
    cause: str | None
    last_hop: str | None
    snmp_trouble: str | None
    cells: tuple[Cell, ...] | None

    @property
    def is_down(self) -> bool:
        """Whether it is down now, and nobody announced work on it."""
        return self.state is State.DOWN and not self.in_maintenance


@dataclass(frozen=True, slots=True)
class Standing:
    """What a monitor said at a moment; `at` has the organisation's offset. `nodes` are those with an open outage."""

    organisation: str
    at: datetime
    is_isolated: bool | None
    ledger_is_writable: bool
    links: tuple[ShownLink, ...]
    nodes: tuple[tuple[str, datetime], ...]

    @property
    def is_measured(self) -> bool:
        """Whether any link is."""
        return any(link.state is not State.UNMEASURED for link in self.links)


def standing(links: object, outages: object) -> Standing:
    """Return what the documents of `/api/v1/links` and `/api/v1/outages` say."""
    document, monitor = mapping(links), mapping(mapping(links).get("monitor"))
    found = [mapping(item) for item in sequence(mapping(outages).get("outages"))]
    return Standing(
        organisation=of(document, "organisation", str),
        at=instant(document.get("time")),
        is_isolated=maybe(monitor.get("isolated"), flag),
        ledger_is_writable=of(monitor, "ledger_writable", bool),
        links=tuple(_link(mapping(item)) for item in sequence(document.get("links"))),
        nodes=tuple(
            (of(item, "node", str), instant(item.get("start")))
            for item in found
            if item.get("end") is None and item.get("node") is not None
        ),
    )


def _link(item: Mapping[str, object]) -> ShownLink:
    use = mapping(item.get("contract_use"))
    explained = maybe(item.get("explained"), mapping) or {}
    snmp = maybe(item.get("snmp"), mapping) or {}
    return ShownLink(
        link_id=of(item, "link", str),
        office_name=of(item, "office_name", str),
        name=of(item, "name", str),
        state=State(item.get("state")),
        in_maintenance=of(item, "in_maintenance", bool),
        outage_is_open=of(item, "outage_open", bool),
        since=maybe(item.get("since"), instant),
        rtt_seconds=maybe(item.get("rtt_last_seconds"), number),
        loss_ratio=maybe(item.get("loss_ratio"), number),
        uses=(maybe(use.get("receive"), number), maybe(use.get("transmit"), number)),
        is_saturated=maybe(item.get("saturated"), flag),
        cause=maybe(explained.get("cause"), text),
        last_hop=maybe(explained.get("last_hop"), text),
        snmp_trouble=maybe(snmp.get("text"), text) if snmp.get("up") is False else None,
        cells=maybe(item.get("last_24_hours"), _cells),
    )


def _cells(value: object) -> tuple[Cell, ...]:
    day = mapping(value)
    columns = [[typed(seconds, int) for seconds in sequence(day.get(name))] for name in Cell._fields]
    if any(len(column) != CELLS for column in columns):
        raise ValueError(f"24 hours are no {CELLS} cells")
    return tuple(Cell(*seconds) for seconds in zip(*columns, strict=True))
