"""The API's answers as values. What isn't of their form is a ValueError."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeVar

from exporter.timeline import State

CELLS = 48  # of half an hour
T = TypeVar("T")


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
    document, monitor = _object(links), _object(_object(links).get("monitor"))
    found = [_object(item) for item in _list(_object(outages).get("outages"))]
    return Standing(
        organisation=_of(document, "organisation", str),
        at=_instant(document.get("time")),
        is_isolated=_maybe(monitor.get("isolated"), lambda value: _is(value, bool)),
        ledger_is_writable=_of(monitor, "ledger_writable", bool),
        links=tuple(_link(_object(item)) for item in _list(document.get("links"))),
        nodes=tuple(
            (_of(item, "node", str), _instant(item.get("start")))
            for item in found
            if item.get("end") is None and item.get("node") is not None
        ),
    )


def _link(item: Mapping[str, object]) -> ShownLink:
    use = _object(item.get("contract_use"))
    explained = _maybe(item.get("explained"), _object) or {}
    snmp = _maybe(item.get("snmp"), _object) or {}
    return ShownLink(
        link_id=_of(item, "link", str),
        office_name=_of(item, "office_name", str),
        name=_of(item, "name", str),
        state=State(item.get("state")),
        in_maintenance=_of(item, "in_maintenance", bool),
        outage_is_open=_of(item, "outage_open", bool),
        since=_maybe(item.get("since"), _instant),
        rtt_seconds=_maybe(item.get("rtt_last_seconds"), _number),
        loss_ratio=_maybe(item.get("loss_ratio"), _number),
        uses=(_maybe(use.get("receive"), _number), _maybe(use.get("transmit"), _number)),
        is_saturated=_maybe(item.get("saturated"), lambda value: _is(value, bool)),
        cause=_maybe(explained.get("cause"), lambda value: _is(value, str)),
        last_hop=_maybe(explained.get("last_hop"), lambda value: _is(value, str)),
        snmp_trouble=_maybe(snmp.get("text"), lambda value: _is(value, str)) if snmp.get("up") is False else None,
        cells=_maybe(item.get("last_24_hours"), _cells),
    )


def _cells(value: object) -> tuple[Cell, ...]:
    day = _object(value)
    columns = [[_is(seconds, int) for seconds in _list(day.get(name))] for name in Cell._fields]
    if any(len(column) != CELLS for column in columns):
        raise ValueError(f"24 hours are no {CELLS} cells")
    return tuple(Cell(*seconds) for seconds in zip(*columns, strict=True))


def _maybe(value: object, read: Callable[[object], T]) -> T | None:
    return None if value is None else read(value)


def _object(value: object) -> Mapping[str, object]:
    return _is(value, dict)


def _list(value: object) -> Sequence[object]:
    return _is(value, list)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r} is no number")  # noqa: TRY004 -- one kind of error for every form
    return float(value)


def _instant(value: object) -> datetime:
    at = datetime.fromisoformat(_is(value, str))
    if at.tzinfo is None:
        raise ValueError(f"{value!r} has no offset")
    return at


def _of(item: Mapping[str, object], name: str, kind: type[T]) -> T:
    return _is(item.get(name), kind)


def _is(value: object, kind: type[T]) -> T:
    if not isinstance(value, kind):
        raise ValueError(f"{value!r} is no {kind.__name__}")  # noqa: TRY004 -- one kind of error for every form
    return value
