"""Answers of a monitor as the terminal client gets them, made by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from exporter.web.history import CELL_SECONDS, CELLS

WIB = timezone(timedelta(hours=7))
NOW = datetime(2026, 2, 10, 15, 30, tzinfo=UTC).astimezone(WIB)
Json = dict[str, object]


def make_day(**cells: dict[int, int]) -> Json:
    """Return 24 hours up, but for the given seconds of other states by the number of the cell."""
    seconds = {state: [0] * CELLS for state in ("up", "degraded", "down", "unmeasured")}
    seconds["up"] = [CELL_SECONDS] * CELLS
    for state, given in cells.items():
        for number, value in given.items():
            seconds[state][number] += value
            seconds["up"][number] -= value
    return {"start": "2026-02-09T22:30:00+07:00", "cell_seconds": CELL_SECONDS, **seconds}


def make_item(link: str = "dinkes/primary", state: str = "up", ago: int | None = 7_800, **changes: object) -> Json:
    """Return one link of `/api/v1/links`; its state began so many seconds before NOW."""
    office, name = link.split("/")
    return {
        "link": link,
        "office": office,
        "office_name": f"Kantor {office}",
        "district": "Ciruas",
        "name": name,
        "provider": "isp",
        "node": None,
        "medium": "fibre",
        "state": state,
        "in_maintenance": False,
        "outage_open": state == "down",
        "since": None if ago is None else (NOW - timedelta(seconds=ago)).isoformat(),
        "rtt_last_seconds": None if state in {"down", "unmeasured"} else 0.0042,
        "rtt_variation_seconds": None,
        "loss_ratio": None if state in {"down", "unmeasured"} else 0.0,
        "contract_use": {"receive": None, "transmit": None},
        "saturated": None,
        "explained": None,
        "snmp": None,
        "last_24_hours": make_day(),
        **changes,
    }


def make_links(*items: Json, isolated: bool | None = False, writable: bool = True, name: str = "Kabupaten Uji") -> Json:
    """Return the document of `/api/v1/links`."""
    return {
        "organisation": name,
        "timezone": "Asia/Jakarta",
        "time": NOW.isoformat(),
        "monitor": {"version": "0.1.0", "isolated": isolated, "ledger_writable": writable},
        "links": list(items),
    }


def make_outages(*nodes: str) -> Json:
    """Return the document of `/api/v1/outages`: of each node one that is open for a quarter of an hour."""
    start = (NOW - timedelta(minutes=15)).isoformat()
    return {
        "organisation": "Kabupaten Uji",
        "timezone": "Asia/Jakarta",
        "time": NOW.isoformat(),
        "outages": [
            {"id": node, "link": None, "node": node, "start": start, "confirmed": start, "end": None} for node in nodes
        ],
    }
