"""Ninety days of a district that people would believe: fibre that hardly fails, radio that dislikes rain, one bad day.

What befell whom follows from the links' names, so that it is the same each time. Few things befall many at once: a
node, a provider, and the monitor itself, once each. The last link misses what its contract promises.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from exporter import inventory
from exporter.bandwidth import BIN_SECONDS, Mean
from exporter.cause import Above, DeviceSeen, Evidence, Together, Trail, Verdict
from exporter.lab.sites.conditions import Condition, Kind
from exporter.lab.sites.plan import published_at
from exporter.ledger import Batch, Ledger
from exporter.ledger.sites import SiteRecord
from exporter.model import Cause, Inventory, Link, Medium
from exporter.statistics import Sketch
from exporter.timeline import Outage, Span, State
from exporter.website import Activity, Fault, Look, Publication, SiteCheck, SiteSpan, Source

DAYS = 91
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_EAST = 7 * _HOUR  # of Greenwich
_CARRIED_DAYS = 8
_OUTAGES = {Medium.FIBRE: 1.1, Medium.WIRELESS: 3.5, Medium.VSAT: 5.0}  # expected in ninety days
_EVENINGS = {Medium.FIBRE: 0.4, Medium.WIRELESS: 5.0, Medium.VSAT: 9.0}  # of degradation
_RTT_SECONDS = {Medium.FIBRE: 0.0035, Medium.WIRELESS: 0.016, Medium.VSAT: 0.56}
_MEDIAN_MINUTES, _SPREAD = 24, 1.0
_LONGEST_SECONDS = 9 * _HOUR
_FAULTS = {
    Kind.TLS_EXPIRED: Fault.TLS_EXPIRED,
    Kind.NO_NAME: Fault.NAME_NOT_FOUND,
    Kind.SUSPENDED: Fault.SUSPENDED,
    Kind.HIJACKED: Fault.REDIRECTS_ELSEWHERE,
    Kind.HTTP_500: Fault.HTTP_STATUS,
    Kind.TLS_NO_INTERMEDIATE: Fault.TLS_CHAIN_INCOMPLETE,
}
_DETAILS = {Fault.REDIRECTS_ELSEWHERE: "slot-gacor.example", Fault.HTTP_STATUS: "500"}


@dataclass(frozen=True, slots=True)
class Trouble:
    """A link's time in a state other than up; `cause` is an outage's."""

    start: int
    end: int
    state: State
    cause: Cause | None = None


def write(path: Path, file: Path, now: int, sites: dict[str, Condition]) -> None:
    """Make a new ledger of what was before an instant, whose websites are in the lab's conditions."""
    text = file.read_text(encoding="utf-8")
    district = inventory.parse(text, str(file))
    start = first_midnight(district, now)
    with Ledger.create(path) as ledger:
        ledger.record_inventory(text, start, "0")
        ledger.record_windows(district.maintenance, start)
        ledger.write(_season(district, start, now))
        ledger.write(_websites(sites, start, now))


def first_midnight(district: Inventory, now: int) -> int:
    """Return the local midnight that the season begins with."""
    local = datetime.fromtimestamp(now, district.organisation.timezone) - timedelta(days=DAYS)
    return int(local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp())


def recent_sketches(district: Inventory, link: Link, now: int) -> Iterator[tuple[int, Sketch]]:
    """Yield what a link's echoes showed in each minute of the last day, in order; nothing while it was down."""
    random = Random(f"recent {link.id}")  # noqa: S311 -- the same each time
    usual, troubles = _usual_rtt(link), _troubles(district, link, first_midnight(district, now), now)
    for at in range(now - _DAY, now, _MINUTE):
        if _is_down(troubles, at, at + _MINUTE):
            continue
        busy = _business(at + _EAST)
        sketch = Sketch(lost=int(random.random() < 0.01 + 0.03 * busy))
        sketch.observe_all([usual * (1 + 0.35 * busy + 0.1 * random.expovariate(1.0)) for _ in range(40)])
        yield at, sketch


def _season(district: Inventory, start: int, now: int) -> Batch:
    batch = Batch()
    node, node_down = _node_trouble(district, start)
    for code in district.nodes:
        _add(batch, code, [node_down] if code == node else [], start, now)
    for link in district.links():
        troubles = _troubles(district, link, start, now)
        _add(batch, link.id, troubles, start, now)
        for trouble in troubles:
            if trouble.cause is not None:
                batch.add_verdict(link.id, _verdict(district, link, trouble, node))
        for mean in _means(link, troubles, now):
            batch.add_mean(link.id, mean)
    return batch


def _troubles(district: Inventory, link: Link, start: int, now: int) -> list[Trouble]:
    """Return all that befell a link, in order of time."""
    cut_off, provider = start + 50 * _DAY + 2 * _HOUR, start + 82 * _DAY + 14 * _HOUR
    node, node_down = _node_trouble(district, start)
    found = [Trouble(cut_off, cut_off + 70 * _MINUTE, State.UNMEASURED), *_own(link, start, now)]
    if node in district.upward(link.parent):
        found.append(Trouble(node_down.start + 2, node_down.end + 3, State.DOWN, Cause.UPSTREAM))
    if link.provider == _smaller_provider(district):
        found.append(Trouble(provider + len(link.id) % 9, provider + 37 * _MINUTE, State.DOWN, Cause.PROVIDER))
    if link == list(district.links())[-1]:
        found.append(Trouble(start + 79 * _DAY + 3 * _HOUR, start + 79 * _DAY + 17 * _HOUR, State.DOWN, Cause.LINK))
    return _apart(found, now)


def _node_trouble(district: Inventory, start: int) -> tuple[str, Trouble]:
    """Return the node that failed once, and when: the first that hangs from another."""
    node = next(of.code for of in district.nodes.values() if of.parent is not None)
    at = start + 68 * _DAY + 10 * _HOUR + 12 * _MINUTE
    return node, Trouble(at, at + 108 * _MINUTE, State.DOWN)


def _smaller_provider(district: Inventory) -> str:
    links = [link.provider for link in district.links()]
    return min(district.providers, key=links.count)


def _own(link: Link, start: int, now: int) -> Iterator[Trouble]:
    random = Random(f"own {link.id}")  # noqa: S311 -- the same each time
    weather = 4.0 if random.random() < 0.06 else 1.0  # noqa: PLR2004
    for _ in range(_count(random, _OUTAGES.get(link.medium or Medium.OTHER, 2.0) * weather)):
        at = start + random.randrange(now - start - _DAY)
        length = min(int(_MEDIAN_MINUTES * _MINUTE * math.exp(random.gauss(0, _SPREAD))), _LONGEST_SECONDS)
        cause = random.choices((Cause.LINK, Cause.POWER, Cause.UNKNOWN), (6, 4, 1))[0]
        yield Trouble(at, at + max(length, _MINUTE), State.DOWN, cause)
    for _ in range(_count(random, _EVENINGS.get(link.medium or Medium.OTHER, 2.0) * weather)):
        at = start + random.randrange(DAYS) * _DAY + 18 * _HOUR + random.randrange(2 * _HOUR)
        yield Trouble(at, at + random.randrange(20 * _MINUTE, 3 * _HOUR), State.DEGRADED)
    if random.random() < 0.1:  # noqa: PLR2004 -- something of the last day is there to be seen
        at = now - random.randrange(2 * _HOUR, 20 * _HOUR)
        yield Trouble(at, at + random.randrange(4 * _MINUTE, 40 * _MINUTE), State.DOWN, Cause.LINK)


def _count(random: Random, expected: float) -> int:
    """Return a number as chance has it, after Poisson."""
    left, count = math.exp(-expected), 0
    product = random.random()
    while product > left:
        product *= random.random()
        count += 1
    return count


def _apart(troubles: Iterable[Trouble], now: int) -> list[Trouble]:
    """Return them in order of time, without those that begin before another's end, or last on."""
    kept: list[Trouble] = []
    for trouble in sorted(troubles, key=lambda of: of.start):
        if trouble.end < now - 10 * _MINUTE and (not kept or trouble.start > kept[-1].end + _MINUTE):
            kept.append(trouble)
    return kept


def _add(batch: Batch, target: str, troubles: Iterable[Trouble], start: int, now: int) -> None:
    at = start
    for trouble in troubles:
        batch.add(target, [Span(at, trouble.start, State.UP), Span(trouble.start, trouble.end, trouble.state)], None)
        if trouble.state is State.DOWN:
            batch.add(target, [], Outage(trouble.start, trouble.start + 10, trouble.end))
        at = trouble.end
    batch.add(target, [Span(at, now, State.UP)], None)


def _verdict(district: Inventory, link: Link, trouble: Trouble, node: str) -> Verdict:
    cause = trouble.cause or Cause.UNKNOWN
    boot = trouble.end - 40 if cause is Cause.POWER else trouble.start - 30 * _DAY
    above = list(district.upward(link.parent))[::-1]
    alive = above[: above.index(node)] if cause is Cause.UPSTREAM else above
    hops = tuple(str(district.nodes[code].address) for code in alive)
    evidence = Evidence(
        trouble.start,
        trouble.end,
        DeviceSeen(is_polled=True, good_before=trouble.start - 12, asked_at=trouble.end + 15, boot_at=boot),
        above=Above(node, trouble.start - 2, trouble.end - 3) if cause is Cause.UPSTREAM else None,
        together=Together(link.provider, 11, 11) if cause is Cause.PROVIDER else None,
        trail=Trail(trouble.start + 20, (*hops, None, None), alive[-1] if alive else None, tuple(alive)),
    )
    if cause is Cause.UNKNOWN:
        evidence = Evidence(trouble.start, trouble.end, DeviceSeen(is_polled=False))
    return Verdict(cause, trouble.end + 60, evidence)


def _means(link: Link, troubles: Sequence[Trouble], now: int) -> Iterator[Mean]:
    """Yield what a link carried: little at night, most before noon, nothing while it was down."""
    random = Random(f"means {link.id}")  # noqa: S311 -- the same each time
    contract = link.contracts[-1]
    share = random.uniform(0.15, 0.85)
    for at in range(now - now % BIN_SECONDS - _CARRIED_DAYS * _DAY, now - BIN_SECONDS, BIN_SECONDS):
        if _is_down(troubles, at, at + BIN_SECONDS):
            continue
        load = share * (0.06 + 0.94 * _business(at + _EAST)) * random.uniform(0.7, 1.1)
        receive, transmit = (contract.download_bps or 0) / 8, (contract.upload_bps or 0) / 8
        yield Mean(at, load * receive, load * transmit * random.uniform(0.15, 0.3))


def _is_down(troubles: Sequence[Trouble], start: int, end: int) -> bool:
    return any(of.state is State.DOWN and of.start < end and start < of.end for of in troubles)


def _business(local: int) -> float:
    """Return how busy an office is at a local time, from 0 to 1: two humps on a working day."""
    hour, weekday = local % _DAY / _HOUR, (local // _DAY + 3) % 7
    humps = math.exp(-((hour - 10.2) ** 2) / 4) + 0.85 * math.exp(-((hour - 14.3) ** 2) / 3)
    return min(1.0, humps) * (1.0 if weekday < 5 else 0.12)  # noqa: PLR2004 -- Saturday


def _usual_rtt(link: Link) -> float:
    random = Random(f"rtt {link.id}")  # noqa: S311 -- the same each time
    return _RTT_SECONDS.get(link.medium or Medium.OTHER, 0.01) * random.uniform(0.8, 1.5)


def _websites(sites: dict[str, Condition], start: int, now: int) -> Batch:
    batch = Batch()
    for office, condition in sites.items():
        fault = _FAULTS.get(condition.kind)
        detail = _DETAILS.get(fault, "") if fault else ""
        since = now - 9 * _DAY - 3 * _HOUR if fault else start
        spans = [SiteSpan(start, since, Activity.ACTIVE)] * (since > start)
        spans.append(SiteSpan(since, now - 300, Activity.INACTIVE if fault else Activity.ACTIVE, fault, detail))
        check = SiteCheck(now - 300.0, fault, detail, http_status=None if fault else 200, response_seconds=0.31)
        newest = published_at(condition, now)
        found = () if newest is None else (Publication(int(newest), False, Source.FEED, now - _HOUR),)
        batch.add_site(office, SiteRecord(tuple(spans), check, Look(now - float(_HOUR), found)))
    return batch
