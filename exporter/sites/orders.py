"""What the monitor and the process that visits websites say to each other: lines of JSON.

The monitor says which websites to visit, all of them at each change, a line each. What comes back are checks and looks,
by office, the bugs of ours that a visit met, and every 20 s that the process is alive.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from exporter.model import Website
from exporter.website import Look, SiteCheck

LONGEST_LINE_BYTES = 4 * 2**20
END = b"{}"
ALIVE = b"alive\n"


@dataclass(frozen=True, slots=True)
class Order:
    """An office's website that is to be visited.

    `looked_at` is when it was last looked at, in seconds since the epoch, None where it never was; `stamps` is what
    that look left.
    """

    office: str
    website: Website
    looked_at: float | None = None
    stamps: str = ""


@dataclass(frozen=True, slots=True)
class Bug:
    """A fault of ours in place of a visit; its traceback is in the log."""

    text: str


Told = SiteCheck | Look | Bug


def lines(orders: Iterable[Order]) -> bytes:
    """Return orders as a line each, and the line that ends them."""
    written = [
        json.dumps(
            {
                "office": of.office,
                "url": of.website.url,
                "domains": of.website.domains,
                "looked_at": of.looked_at,
                "stamps": of.stamps,
            }
        ).encode()
        for of in orders
    ]
    return b"".join(b"%s\n" % line for line in [*written, END])


def order(said: str | bytes) -> Order | None:
    """Return the order of a line, None for the one that ends them.

    ValueError, KeyError or TypeError where it holds something else.
    """
    of = json.loads(said)
    if not of:
        return None
    return Order(of["office"], Website(of["url"], domains=tuple(of["domains"])), of["looked_at"], of["stamps"])


def told(office: str, what: Told) -> bytes:
    """Return the line that tells what came of a visit, in UTF-8; a stranger's lone surrogates become question marks."""
    said: dict[str, object]
    match what:
        case SiteCheck():
            said = {"check": what.as_json()}
        case Look():
            said = {"look": what.as_json()}
        case Bug():
            said = {"bug": what.text}
    return json.dumps({"office": office, **said}, ensure_ascii=False).encode(errors="replace") + b"\n"


def heard(said: str | bytes) -> tuple[str, Told]:
    """Return whose visit a line tells of, and what came of it; ValueError, KeyError or TypeError as `order` does."""
    of = json.loads(said)
    if "check" in of:
        return of["office"], SiteCheck.from_json(of["check"])
    return of["office"], Look.from_json(of["look"]) if "look" in of else Bug(of["bug"])
