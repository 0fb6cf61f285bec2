"""How the columns of tables look: states, shares, instants, lengths, numbers. Each takes more properties, or others."""

from __future__ import annotations

from typing import Any

from panels import ORANGE, SKY, UNKNOWN_CELL, Json, steps


def state_cell(mappings: list[Json], **more: Any) -> Json:
    """What makes a table's column one of states: the word on the state's colour."""
    return {
        "mappings": mappings,
        "thresholds": steps("transparent"),
        "color": {"mode": "thresholds"},
        "custom__cellOptions": {"type": "color-background", "mode": "basic"},
        "custom__align": "center",
        "noValue": UNKNOWN_CELL,
        **more,
    }


def cut_ratio(**more: Any) -> Json:
    """A column of percentages with two decimals, of values that are cut already."""
    return {
        "unit": "percentunit",
        "decimals": 2,
        "custom__align": "right",
        "noValue": UNKNOWN_CELL,
        **more,
    }


def bar_cell(limit: float, **more: Any) -> Json:
    """A column of shares as small bars with their number; from `limit` on in the colour of warning."""
    return {
        "unit": "percentunit",
        "decimals": 0,
        "min": 0,
        "max": 1,
        "thresholds": steps(SKY, (limit, ORANGE)),
        "color": {"mode": "thresholds"},
        "custom__cellOptions": {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"},
        "noValue": UNKNOWN_CELL,
        **more,
    }


def exact_ratio(**more: Any) -> Json:
    """A column of percentages as the reports show them."""
    return {
        "unit": "percentunit",
        "decimals": 3,
        "custom__align": "right",
        "noValue": UNKNOWN_CELL,
        **more,
    }


def instant_cell(width: int) -> Json:
    """A column of instants, in milliseconds since the epoch; without the day where it is today."""
    return {
        "unit": "dateTimeAsIsoNoDateIfToday",
        "custom__width": width,
        "custom__align": "left",
        "noValue": UNKNOWN_CELL,
    }


def lasting_cell(width: int) -> Json:
    """A column of lengths of time, in seconds."""
    return {
        "unit": "dtdhms",
        "decimals": 0,
        "custom__width": width,
        "custom__align": "left",
        "noValue": UNKNOWN_CELL,
    }


def number_cell(width: int) -> Json:
    """A column of whole numbers."""
    return {"decimals": 0, "custom__align": "right", "custom__width": width, "noValue": UNKNOWN_CELL}
