"""What Alertmanager makes of its configuration: which routes an alert takes, and when a route is active.

In plain Python, so that many cases cost nothing; test_alertmanager_routes.py compares it with amtool.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

Labels = Mapping[str, str]

_MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"(.*)"')
_COMPARE: dict[str, Callable[[str, str], bool]] = {
    "=": lambda value, wanted: value == wanted,
    "!=": lambda value, wanted: value != wanted,
    "=~": lambda value, wanted: re.fullmatch(wanted, value) is not None,
    "!~": lambda value, wanted: re.fullmatch(wanted, value) is None,
}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def parsed(matcher: str) -> tuple[str, str, str]:
    """Return (label, operator, value) of a matcher."""
    found = _MATCHER.fullmatch(matcher)
    assert found, matcher
    return found.group(1), found.group(2), found.group(3)


def fits(matchers: Sequence[str], labels: Labels) -> bool:
    """Return whether labels meet all matchers; a label that is absent is empty."""
    return all(_COMPARE[operator](labels.get(label, ""), value) for label, operator, value in map(parsed, matchers))


def routes(configuration: Mapping[str, Any], labels: Labels) -> list[dict[str, Any]]:
    """Return the routes that an alert takes, each with what it inherits, of a tree with one level of routes."""
    root = {key: value for key, value in configuration["route"].items() if key != "routes"}
    taken = []
    for route in configuration["route"]["routes"]:
        assert "routes" not in route, "a second level"
        if fits(route["matchers"], labels):
            taken.append({**root, **route})
            if not route.get("continue"):
                return taken
    return taken or [root]


def is_active(intervals: Sequence[Mapping[str, Any]], at: datetime) -> bool:
    """Return whether an instant is in one of the `time_intervals` of a named interval."""
    return any(_covers(interval, at) for interval in intervals)


def _covers(interval: Mapping[str, Any], at: datetime) -> bool:
    assert set(interval) == {"weekdays", "times", "location"}
    local = at.astimezone(ZoneInfo(interval["location"]))
    spans = [[_DAYS.index(day) for day in span.split(":")] for span in interval["weekdays"]]
    return any(span[0] <= local.weekday() <= span[-1] for span in spans) and any(
        time.fromisoformat(span["start_time"]) <= local.time() < time.fromisoformat(span["end_time"])
        for span in interval["times"]
    )
