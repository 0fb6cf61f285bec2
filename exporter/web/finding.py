"""Outages as people look for them: by office, provider, cause, month, and a page at a time; and one by its id."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from exporter.amendment import Amendment, Word, word
from exporter.cause import Evidence, Verdict
from exporter.errors import InputError
from exporter.ledger import Ledger, OutageFilter
from exporter.model import Cause, Inventory
from exporter.pacing import resting
from exporter.report import outages
from exporter.sla import Month, figures, incident_id
from exporter.timeline import Outage

_PLACE = re.compile(r"(\d{1,12}) ([!-~]{1,250})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What outages are looked for; None where it doesn't matter.

    `cause` is the one that holds: a person's word, else the evidence's. `month` is one that they touch. An office's are
    those of its links; a provider's are those of its links and nodes. Nodes' are found without an office too.
    """

    office: str | None = None
    provider: str | None = None
    cause: Cause | None = None
    month: Month | None = None
    is_open: bool | None = None


@dataclass(frozen=True, slots=True)
class FoundOutage:
    """An outage of a link or a node, its settled down and unmeasured seconds, and why it was.

    `cause` is a person's word where `is_confirmed`, else the evidence's; None while it isn't decided. `said` is all
    that persons said of it, in the order of saying.
    """

    target: str
    outage: Outage
    down_seconds: int
    unmeasured_seconds: int
    verdict: Verdict | None = None
    cause: Cause | None = None
    is_confirmed: bool = False
    said: tuple[Amendment, ...] = ()

    @property
    def id(self) -> str:
        """`TARGET@STARTUTC`."""
        return incident_id(self.target, self.outage.started_at)

    @property
    def word(self) -> Word:
        """What holds by all that was said."""
        return word(self.said)


@dataclass(frozen=True, slots=True)
class Page:
    """Outages, the latest first; `after` is where the next page begins, None on the last one."""

    outages: tuple[FoundOutage, ...]
    after: str | None


def find(ledger: Ledger, inventory: Inventory, wanted: Wanted, limit: int, after: str | None = None) -> Page:
    """Return so many outages from the beginning, or after a place; new ones don't move the places.

    InputError where `after` is no place.
    """
    zone = inventory.organisation.timezone
    asked = OutageFilter(
        office=wanted.office,
        targets=None if wanted.provider is None else targets_of(inventory, wanted.provider),
        cause=wanted.cause,
        period=None if wanted.month is None else wanted.month.period(zone),
        is_open=wanted.is_open,
        after=None if after is None else place(after),
    )
    found = ledger.find_outages(asked, limit + 1)
    shown = found[:limit]
    return Page(
        tuple(_counted(ledger, target, outage) for target, outage in resting(shown)),
        _place_of(*shown[-1]) if len(found) > limit else None,
    )


def one(ledger: Ledger, identifier: str) -> FoundOutage | None:
    """Return the outage that an id names, None where there is none."""
    try:
        target, started_at = outages.named(identifier)
    except InputError:
        return None
    outage = ledger.outage(target, started_at)
    return None if outage is None else _counted(ledger, target, outage)


def evidence(ledger: Ledger, found: FoundOutage) -> Evidence | None:
    """Return what a link's outage was judged by, or what is known so far; None where nothing is, or of a node's."""
    return outages.seen(ledger, found.target, found.outage) if "/" in found.target else None


def targets_of(inventory: Inventory, provider: str) -> tuple[str, ...]:
    """Return a provider's links and nodes."""
    links = (link.id for link in inventory.links() if link.provider == provider)
    nodes = (node.code for node in inventory.nodes.values() if node.provider == provider)
    return (*links, *nodes)


def place(after: str) -> tuple[int, str]:
    """Read where a page begins; InputError where it is no place."""
    try:
        written = base64.urlsafe_b64decode(f"{after}{'=' * (-len(after) % 4)}".encode("ascii")).decode("ascii")
    except (ValueError, binascii.Error):
        written = ""
    match = _PLACE.fullmatch(written)
    if match is None:
        raise InputError(f"after={after[:40]!r} is no place in the list of outages; begin without it")
    return int(match[1]), match[2]


def _place_of(target: str, outage: Outage) -> str:
    return base64.urlsafe_b64encode(f"{outage.started_at} {target}".encode()).decode().rstrip("=")


def _counted(ledger: Ledger, target: str, outage: Outage) -> FoundOutage:
    spans, extent = outages.measured(ledger, target, outage)
    counted = figures(spans, *extent)
    verdict = ledger.verdict(target, outage.started_at)
    said = ledger.amendments_of(target, outage.started_at)
    confirmed = word(said).cause
    decided = None if verdict is None else verdict.cause
    return FoundOutage(
        target=target,
        outage=outage,
        down_seconds=counted.down,
        unmeasured_seconds=counted.unmeasured,
        verdict=verdict,
        cause=confirmed or decided,
        is_confirmed=confirmed is not None,
        said=said,
    )
