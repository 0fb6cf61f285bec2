"""A district at a moment, with 90 days behind it: quiet, in a provider's outage, or with its monitor cut off."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TypeVar

from metrics_snapshots import make_monitor

from exporter import inventory as inventories
from exporter import office
from exporter.bandwidth import Mean
from exporter.cause import DeviceSeen, Evidence, Together, Trail, Verdict
from exporter.ledger import Batch, Ledger
from exporter.model import Cause, Inventory, Language, Link
from exporter.observation import Outcome, SnmpStatus
from exporter.recent import Cell
from exporter.snapshot import LinkStatus, NodeStatus, OfficeStatus, ReferenceStatus, Snapshot
from exporter.statistics import RTT_BOUNDS, Histogram, Sketch
from exporter.timeline import Outage, Span, State
from exporter.web.assets import Assets
from exporter.web.history import Histories, History
from exporter.web.prometheus import Month30
from exporter.web.writing import WritingThread
from exporter.website import Activity, Fault, Look, Publication, SiteCheck, SiteSpan, SiteStatus, Source

R = TypeVar("R")
SAMPLE = Path(__file__).parents[2] / "inventory.yaml"
DAY = 86_400
DAYS = 92
BROKEN = "serat-nusantara"
MOMENT = datetime.fromisoformat("2026-11-17T14:05:20+07:00")
NOW = int(MOMENT.timestamp())


def sample() -> Inventory:
    """Return the sample's 31 offices."""
    return inventories.load(SAMPLE)


def fill(ledger: Ledger, district: Inventory, now: int = NOW) -> None:
    """Write 90 days: a handful of outages a link, hours of degraded time, two nights when nobody measured."""
    for number, link in enumerate(district.links()):
        chance = random.Random(number)
        batch = Batch()
        marks = list(_marks(chance, now))
        at, spans = now - DAYS * DAY, []
        for low, high, state in marks:
            if low <= at or high >= now:
                continue
            spans += [Span(at, low, State.UP), Span(low, high, state)]
            at = high
            if state is State.DOWN:
                batch.add(link.id, [], Outage(low, low + 12, high))
                batch.add_verdict(link.id, verdict(link, low, high, chance.choice(list(Cause))))
        batch.add(link.id, [*spans, Span(at, now, State.UP)], None)
        for start in range((now - DAY) // 300 * 300, now - 300, 300):
            hour = (start + 7 * 3600) % DAY / 3600
            busy = 0.04 + 0.4 * max(0.0, 1 - abs(hour - 11) / 6) * (0.7 + 0.6 * chance.random())
            batch.add_mean(link.id, Mean(start, busy * 12.5e6, busy * 3e6))
        sketch = Sketch()
        sketch.observe_all([0.002 + chance.random() * 0.004 for _ in range(500)])
        batch.add_sketch(link.id, datetime.fromtimestamp(now, district.organisation.timezone).date(), False, sketch)
        ledger.write(batch)


def _marks(chance: random.Random, now: int) -> Sequence[tuple[int, int, State]]:
    """Return stretches that were something else than up, in order."""
    gaps = [(now - days * DAY, now - days * DAY + 5400, State.UNMEASURED) for days in (61, 19)]
    found = [*gaps]
    for _ in range(chance.choice((0, 1, 1, 2, 3, 6))):
        low = now - chance.randrange(2 * 3600, DAYS * DAY - 9000)
        found.append((low, low + chance.choice((240, 900, 4200, 19_000)), State.DOWN))
    for _ in range(chance.choice((0, 0, 1, 4))):
        low = now - chance.randrange(2 * 3600, DAYS * DAY - 9000)
        found.append((low, low + chance.choice((600, 7200)), State.DEGRADED))
    return sorted(found)


def verdict(link: Link, low: int, high: int | None, cause: Cause) -> Verdict:
    """Return why an outage was, with evidence of every kind."""
    trail = Trail(low + 14, ("198.18.0.10", "198.18.1.1", None), "pop-ciruas", ("core", "pop-ciruas"), low - 300,
                  ("198.18.0.10", "198.18.1.1", link.address))  # fmt: skip
    device = DeviceSeen(True, False, low - 20, None if high is None else high + 10, low - 90_000 if high else None)
    together = Together(link.provider, 25, 28) if cause is Cause.PROVIDER else None
    return Verdict(cause, low + 20, Evidence(low, high, device, together=together, trail=trail))


def link_status(link: Link, number: int, **changed: object) -> LinkStatus:
    """Return a link that is up, with numbers of its own."""
    chance = random.Random(number)
    polled = SnmpStatus(
        is_up=True,
        last_success_at=NOW - 9.0,
        receive_bytes_per_second=chance.random() * 7e6,
        transmit_bytes_per_second=chance.random() * 2e6,
        boot_at=NOW - 40.0 * DAY,
    )
    status = LinkStatus(
        link=link,
        state=State.UP,
        state_since=NOW - 3 * DAY - 977 * number,
        outage=None,
        in_maintenance=False,
        probes={Outcome.REPLY: 1000, Outcome.LOST: 1, Outcome.ERROR: 0},
        late=0,
        duplicates=0,
        rtt=Histogram(RTT_BOUNDS).distribution(),
        rtt_last_seconds=0.002 + chance.random() * 0.006,
        rtt_variation_seconds=chance.random() * 0.001,
        state_seconds=dict.fromkeys(State, 0),
        snmp=polled if link.snmp is not None else None,
        loss_ratio=chance.choice((0.0, 0.0, 0.0, 0.003)),
    )
    return replace(status, **changed)


def down(status: LinkStatus, since: int, cause: Cause | None) -> LinkStatus:
    """Return a link whose outage is open."""
    explained = None if cause is None else verdict(status.link, since, None, cause)
    return replace(status, state=State.DOWN, state_since=since, outage=Outage(since, since + 10),
                   rtt_last_seconds=None, loss_ratio=1.0, explained=explained)  # fmt: skip


def snapshot(
    district: Inventory,
    changed: Callable[[LinkStatus], LinkStatus] = lambda status: status,
    *,
    isolated_since: int | None = None,
    nodes_down: Sequence[str] = (),
) -> Snapshot:
    """Return a district at NOW whose links are what `changed` makes of them."""
    links = tuple(changed(link_status(link, number)) for number, link in enumerate(district.links()))
    by_office = {code: [of.state for of in links if of.link.office == code] for code in district.offices}
    monitor = replace(make_monitor(is_isolated=isolated_since is not None), isolated_since=isolated_since)
    return Snapshot(
        inventory=district,
        now=datetime.fromtimestamp(NOW, district.organisation.timezone),
        links=links,
        offices=tuple(
            OfficeStatus(
                item,
                office.state(by_office[code]),
                office.outage_is_open(by_office[code], was_open=False),
                Fraction(99_950 - 7 * number, 100_000),
            )
            for number, (code, item) in enumerate(district.offices.items())
        ),
        nodes=tuple(
            NodeStatus(node, State.DOWN if code in nodes_down else State.UP,
                       Outage(NOW - 700, NOW - 695) if code in nodes_down else None, False)
            for code, node in district.nodes.items()
        ),
        references=tuple(ReferenceStatus(of, State.UP) for of in district.references),
        monitor=monitor,
        websites=tuple(site(code, number, district) for number, code in enumerate(district.offices)
                       if district.offices[code].website is not None),
    )  # fmt: skip


def site(code: str, number: int, district: Inventory) -> SiteStatus:
    """Return an office's website; one in eight isn't active."""
    website = district.offices[code].website
    assert website is not None
    fault = Fault.TLS_EXPIRED if number % 8 == 5 else None
    activity = Activity.ACTIVE if fault is None else Activity.INACTIVE
    published = Publication(NOW - number * 3 * DAY, False, Source.FEED, NOW - 3600)
    return SiteStatus(
        code,
        website,
        SiteSpan(NOW - 9 * DAY, NOW, activity, fault),
        SiteCheck(NOW - 100.0, fault, "", True, 200, 0.3, NOW + 40 * DAY, (website.url,)),
        Look(NOW - 3600.0, (published,)),
    )


def quiet(district: Inventory) -> Snapshot:
    """Return a day on which all is well but for two links: one is degraded, one is in announced work."""

    def changed(status: LinkStatus) -> LinkStatus:
        match status.link.id:
            case "satpolpp/primary":
                return replace(status, state=State.DEGRADED, state_since=NOW - 1900, loss_ratio=0.081, was_full=False)
            case "disdikbud/primary":
                return replace(status, in_maintenance=True)
        return status

    return snapshot(district, changed)


def provider_outage(district: Inventory) -> Snapshot:
    """Return the moment 12 minutes after all links of one provider fell silent; another link was down before."""
    since = NOW - 730

    def changed(status: LinkStatus) -> LinkStatus:
        if status.link.provider == BROKEN:
            return down(status, since, Cause.PROVIDER)
        return down(status, NOW - 2 * DAY, Cause.POWER) if status.link.id == "kec-anyar/primary" else status

    return snapshot(district, changed)


def isolated(district: Inventory) -> Snapshot:
    """Return the moment when the monitor itself has been cut off for five minutes."""

    def changed(status: LinkStatus) -> LinkStatus:
        return replace(status, state=State.UNMEASURED, state_since=NOW - 312, rtt_last_seconds=None, loss_ratio=None)

    return snapshot(district, changed, isolated_since=NOW - 312)


@dataclass
class Scene:
    """Where pages come from in the tests: a snapshot, a ledger's file, and what else a process would have."""

    moment: Snapshot
    ledger: Path
    reports: list[str] = field(default_factory=list)
    month: Month30 | str | None = None
    assets: Assets = field(default_factory=Assets.of_the_package)
    writing: WritingThread = field(default_factory=WritingThread)
    held: tuple[Inventory, History] | None = None

    async def snapshot(self) -> Snapshot:
        return self.moment

    async def history(self, moment: Snapshot, /) -> History:
        if self.held is None or self.held[0] is not moment.inventory:
            work = partial(Histories().read, inventory=moment.inventory, now=NOW)
            self.held = (moment.inventory, await self.read(work))
        return self.held[1]

    async def read(self, work: Callable[[Ledger], R]) -> R:
        with Ledger.existing(self.ledger) as ledger:
            return work(ledger)

    def report_names(self) -> list[str]:
        return self.reports

    def recent(self, link: str) -> tuple[Cell, ...]:
        chance = random.Random(link)
        start = (NOW - DAY) // 120 * 120
        cells = (at for at in range(start, NOW, 120) if not start + 36_000 < at < start + 39_600)
        return tuple(
            Cell(at, 0.003 + 0.0004 * chance.random(), 0.005 + 0.003 * chance.random(), chance.random() // 0.97 * 0.02)
            for at in cells
        )

    async def past_month(self, link: str, language: Language) -> Month30 | str | None:
        del link, language
        return self.month


def stamp(at: int) -> str:
    """Return an instant as an outage's id has it."""
    return f"{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%SZ}"
