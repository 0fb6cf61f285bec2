"""What the monitor says of the district, read from its API as anybody would."""

from __future__ import annotations

import http.client
import json
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_PATIENCE_SECONDS = 2.0
_OUTAGES = 1000  # as many as the API gives
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class SeenLink:
    """A link's state `up`, `degraded`, `down` or `unmeasured`, and since when, in seconds since the epoch."""

    state: str
    since: float | None = None
    outage_is_open: bool = False


@dataclass(frozen=True, slots=True)
class SeenOutage:
    """An outage of a link or a node, in seconds since the epoch; `end` is None while it is open, `cause` until then."""

    target: str
    start: float
    end: float | None = None
    cause: str | None = None

    def overlaps(self, start: float, end: float) -> bool:
        """Return whether a part of it lies between two instants."""
        return self.start < end and (self.end is None or self.end > start)


@dataclass(frozen=True, slots=True)
class Seen:
    """At an instant in seconds since the epoch: the links by id, the latest outages, whether it is cut off itself."""

    at: float
    links: Mapping[str, SeenLink]
    outages: tuple[SeenOutage, ...] = ()
    is_isolated: bool = False

    @property
    def measured(self) -> int:
        """How many links are measured."""
        return sum(link.state != "unmeasured" for link in self.links.values())

    @property
    def up(self) -> int:
        """How many links are available, degraded ones too."""
        return sum(link.state in {"up", "degraded"} for link in self.links.values())

    def __str__(self) -> str:
        """Return it in words, for instance `33 of 34 links up, 1 degraded, 1 outage open`."""
        parts = [f"{self.up} of {self.measured} links up"]
        if self.measured == 0:
            parts.append("none measured yet")
        elif unmeasured := len(self.links) - self.measured:
            parts.append(f"{unmeasured} unmeasured")
        if degraded := sum(link.state == "degraded" for link in self.links.values()):
            parts.append(f"{degraded} degraded")
        number = sum(link.outage_is_open for link in self.links.values())
        parts.append("1 outage open" if number == 1 else f"{number or 'no'} outages open")
        return ", ".join(parts) + ("; cut off itself" if self.is_isolated else "")


def read(url: str) -> Seen | None:
    """Return what the monitor at a URL says, or None where it doesn't answer."""
    try:
        return parse(_document(f"{url}/api/v1/links"), _document(f"{url}/api/v1/outages?limit={_OUTAGES}"))
    except (OSError, http.client.HTTPException, ValueError):
        return None


def parse(links: Any, outages: Any) -> Seen:
    """Return what the documents of `/api/v1/links` and `/api/v1/outages` say."""
    open_ones = [
        SeenOutage(link["link"], _instant(link["since"]))
        for link in links["links"]
        if link["outage_open"] and link["state"] == "down" and link["since"] is not None
    ]
    settled = [
        SeenOutage(
            outage["link"] or outage["node"],
            _instant(outage["start"]),
            None if outage["end"] is None else _instant(outage["end"]),
            outage["cause"],
        )
        for outage in outages["outages"]
    ]
    return Seen(
        _instant(links["time"]),
        {
            link["link"]: SeenLink(
                link["state"], None if link["since"] is None else _instant(link["since"]), link["outage_open"]
            )
            for link in links["links"]
        },
        (*settled, *open_ones),
        links["monitor"]["isolated"] is True,
    )


def _document(url: str) -> Any:
    with _DIRECT.open(url, timeout=_PATIENCE_SECONDS) as answer:
        return json.loads(answer.read())


def _instant(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
