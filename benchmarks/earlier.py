"""What went before: a ledger that holds a district's last month and this one up to now, with outages in both.

A monitor that starts on it has figures of a whole month, budgets that are partly used up, credits and a month to close.
Who had how many outages follows from a number, so that it is the same each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from exporter import inventory
from exporter.cause import DeviceSeen, Evidence, Verdict
from exporter.ledger import Batch, Ledger
from exporter.model import Cause, Inventory
from exporter.sla import Month
from exporter.timeline import Outage, Span, State

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_APART = 3  # days between the beginnings of outages of one link, at least
_SHORTEST_SECONDS, _LONGEST_SECONDS = 4 * _MINUTE, 7 * _HOUR
_CAUSES = (Cause.LINK, Cause.POWER, Cause.LINK, Cause.PROVIDER, Cause.UNKNOWN)


def write(path: Path, file: Path, now: float) -> None:
    """Make a new ledger of the past of an inventory's file, up to an instant."""
    text = file.read_text(encoding="utf-8")
    district = inventory.parse(text, str(file))
    zone = district.organisation.timezone
    start, _ = Month.containing(now, zone).previous.period(zone)
    with Ledger.create(path) as ledger:
        ledger.record_inventory(text, start, "0")
        ledger.record_windows(district.maintenance, start)
        ledger.write(past(district, start, int(now)))


def past(district: Inventory, start: int, end: int) -> Batch:
    """Return the spans and outages of every link in `[start, end)`; it was up all the rest of the time."""
    batch = Batch()
    for number, link in enumerate(district.links()):
        position = start
        for turn, (low, high) in enumerate(_outages(number, start, end)):
            batch.add(link.id, [Span(position, low, State.UP), Span(low, high, State.DOWN)], None)
            batch.add(link.id, [], Outage(low, low + 10, high))
            evidence = Evidence(low, high, DeviceSeen(is_polled=link.snmp is not None))
            batch.add_verdict(link.id, Verdict(_CAUSES[(number + turn) % len(_CAUSES)], high + 60, evidence))
            position = high
        batch.add(link.id, [Span(position, end, State.UP)], None)
    return batch


def _outages(number: int, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield when a link was down: every fourth one never, of the others some only for minutes, one for hours."""
    if number % 4 == 0:
        return
    at = start + (number * 5 % 11) * _DAY + 8 * _HOUR + number * 7 * _MINUTE
    turn = 0
    while True:
        length = _SHORTEST_SECONDS + (number * 37 + turn * 61) % 53 * _MINUTE
        if number % 9 == 1 and turn % 2 == 0:
            length = min(4 * length, _LONGEST_SECONDS)
        if at + length + _HOUR >= end:
            return
        yield at, at + length
        turn += 1
        at += (_APART + (number + turn * 3) % 9) * _DAY + turn * 17 * _MINUTE
