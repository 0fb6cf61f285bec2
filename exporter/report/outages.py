"""Outages as people ask for them beside a running monitor: a table of the latest, and one with all that is known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from exporter.amendment import Amendment, word
from exporter.cause import Evidence
from exporter.errors import InputError
from exporter.inventory import guess
from exporter.ledger import Ledger
from exporter.report import evidence
from exporter.report.json_form import instant
from exporter.sla import figures, incident_id
from exporter.timeline import Interval, Outage, Span, State, clip

EVER = 2**40  # later than any second of a ledger
HEADS = ("ID", "START", "END", "CAUSE", "DOWN", "UNMEASURED")
TEXTS = 4  # columns on the left that are no numbers


def table(ledger: Ledger, zone: ZoneInfo, limit: int) -> Iterator[str]:
    """Yield the latest outages as aligned lines with heads, the latest first; an open one has no end."""
    rows = [HEADS, *(_row(ledger, zone, target, outage) for target, outage in ledger.all_outages(limit))]
    yield from aligned(rows, TEXTS)


def aligned(rows: Sequence[Sequence[str]], texts: int) -> Iterator[str]:
    """Yield rows as lines of columns of one width each; so many texts on the left, then numbers."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:texts], widths[:texts], strict=True)]
        cells += [cell.rjust(width) for cell, width in zip(row[texts:], widths[texts:], strict=True)]
        yield "  ".join(cells).rstrip()


def named(identifier: str) -> tuple[str, int]:
    """Return the target and the beginning that an outage's id says; InputError where it says none."""
    match = re.fullmatch(r"([!-~]+)@(\d{8}T\d{6}Z)", identifier, re.ASCII)
    if match is None:
        raise InputError(f"{identifier!r} is no outage's id; write it as dinkes/primary@20260210T153000Z")
    try:
        started_at = int(datetime.strptime(match[2], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise InputError(f"{identifier!r} names no instant; list them with: terpadu outages list") from None
    return match[1], started_at


def find(ledger: Ledger, identifier: str) -> tuple[str, Outage]:
    """Return the target and the outage that an id names; an InputError suggests another where there is none."""
    target, started_at = named(identifier)
    outage = ledger.outage(target, started_at)
    if outage is not None:
        return target, outage
    told = f"ledger {ledger.path}: it has no outage {identifier}"
    others = ledger.outages(target, 0, EVER)
    if others:
        nearest = min(others, key=lambda other: abs(other.started_at - started_at))
        raise InputError(f"{told}. Did you mean {incident_id(target, nearest.started_at)}?")
    meant = guess(target, sorted({target for target, _ in ledger.all_outages(EVER)}))
    raise InputError(f"{told}; none is of {target}{meant or ', list them with: terpadu outages list'}")


def details(ledger: Ledger, zone: ZoneInfo, identifier: str) -> Iterator[str]:
    """Yield what is known of one outage, a line each; InputError where there is none of this id."""
    target, outage = find(ledger, identifier)
    spans, extent = measured(ledger, target, outage)
    counted = figures(spans, *extent)
    yield f"id: {identifier}"
    yield f"{'link' if '/' in target else 'node'}: {target}"
    yield f"started: {instant(outage.started_at, zone)}"
    yield f"confirmed: {instant(outage.confirmed_at, zone)}"
    yield f"ended: {'open' if outage.ended_at is None else instant(outage.ended_at, zone)}"
    yield f"down_seconds: {counted.down}"
    yield f"unmeasured_seconds: {counted.unmeasured}"
    for span in clip(spans, *extent):
        if span.state in {State.DOWN, State.UNMEASURED}:
            yield f"{span.state.value}: {instant(span.start, zone)} to {instant(span.end, zone)}"
    if "/" in target:
        yield from _why(ledger, target, outage, zone)
        for said in ledger.amendments_of(target, outage.started_at):
            yield from _said(said, zone)


def _said(said: Amendment, zone: ZoneInfo) -> Iterator[str]:
    yield f"amended: {instant(said.at, zone)} by {said.by}"
    if said.cause is not None:
        yield f"  cause confirmed: {said.cause.value} ({evidence.SHORT[said.cause]})"
    for what, text in (("excluded", said.excluded), ("counts again", said.charged), ("note", said.note)):
        if text is not None:
            yield f"  {what}: {text}"


def _why(ledger: Ledger, link: str, outage: Outage, zone: ZoneInfo) -> Iterator[str]:
    """Yield a link's outage's cause with its evidence in sentences; without a cause what is known so far."""
    verdict = ledger.verdict(link, outage.started_at)
    if verdict is not None:
        yield f"cause: {verdict.cause.value} ({evidence.SHORT[verdict.cause]}), by this evidence:"
    else:
        when = "its end" if outage.ended_at is None else "its device is asked, or six minutes after its end"
        yield f"cause: not known before {when}"
    shown = seen(ledger, link, outage)
    if shown is not None:
        for sentence in evidence.sentences(shown, zone):
            yield f"  {sentence}"


def seen(ledger: Ledger, link: str, outage: Outage) -> Evidence | None:
    """Return what a link's outage was judged by; without a cause what is known so far, None where nothing is."""
    verdict = ledger.verdict(link, outage.started_at)
    if verdict is not None:
        return verdict.evidence
    known = ledger.known(link, outage.started_at)
    return None if known is None else Evidence(outage.started_at, outage.ended_at, known.device, trail=known.trail)


def _row(ledger: Ledger, zone: ZoneInfo, target: str, outage: Outage) -> tuple[str, ...]:
    spans, extent = measured(ledger, target, outage)
    counted = figures(spans, *extent)
    end = "open" if outage.ended_at is None else local(outage.ended_at, zone)
    return (
        incident_id(target, outage.started_at),
        local(outage.started_at, zone),
        end,
        _cause(ledger, target, outage),
        f"{counted.down} s",
        f"{counted.unmeasured} s",
    )


def _cause(ledger: Ledger, target: str, outage: Outage) -> str:
    """Return a person's word on why an outage was, else the evidence's."""
    said = word(ledger.amendments_of(target, outage.started_at)).cause
    if said is not None:
        return f"{said.value} (confirmed)"
    verdict = ledger.verdict(target, outage.started_at)
    return "-" if verdict is None else verdict.cause.value


def measured(ledger: Ledger, target: str, outage: Outage) -> tuple[tuple[Span, ...], Interval]:
    """Return the timeline that an outage lies in, and its length, up to the settled time where it is open."""
    spans = ledger.spans(target, outage.started_at, outage.ended_at or EVER)
    end = max((span.end for span in spans), default=outage.confirmed_at)
    return spans, (outage.started_at, outage.ended_at or end)


def local(at: int, zone: ZoneInfo) -> str:
    """Return an instant by a zone's clock, as the commands write it."""
    return datetime.fromtimestamp(at, zone).strftime("%Y-%m-%d %H:%M:%S")
