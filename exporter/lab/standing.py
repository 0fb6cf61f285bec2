"""What the monitor makes of the district, read from its /metrics as anybody would."""

from __future__ import annotations

import http.client
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass

_PATIENCE_SECONDS = 2.0
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Standing:
    """Links that are up, links that are measured, and outages that are open."""

    up: int
    measured: int
    outages: int

    def __str__(self) -> str:
        unmeasured = "" if self.measured else ", none measured yet"
        outages = "1 outage open" if self.outages == 1 else f"{self.outages or 'no'} outages open"
        return f"{self.up} of {self.measured} links up{unmeasured}, {outages}"


def read(url: str) -> Standing | None:
    """Return what a monitor's /metrics says, or None where it doesn't answer."""
    try:
        with _DIRECT.open(url, timeout=_PATIENCE_SECONDS) as answer:
            return parse(answer.read().decode())
    except (OSError, http.client.HTTPException):
        return None


def parse(text: str) -> Standing:
    """Return the standing that a page of /metrics tells."""
    lines = text.splitlines()
    up = list(_values(lines, "opd_link_up{"))
    return Standing(int(sum(up)), len(up), int(sum(_values(lines, "opd_link_outage_open{"))))


def _values(lines: Iterable[str], start: str) -> Iterable[float]:
    return (float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(start))
