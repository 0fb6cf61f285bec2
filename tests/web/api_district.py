"""A district with everything that the API can tell: in a ledger, and in a snapshot of one moment."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from monitor_fakes import FakeClock
from months import JAKARTA, at, bad_february

from exporter.cause import Above, DeviceSeen, Evidence, Known, Together, Trail, Verdict
from exporter.errors import LedgerError
from exporter.ledger import Batch, Ledger
from exporter.model import Cause, Inventory, Language, Link, UpdateEvery, Website
from exporter.observation import SnmpFailure, SnmpStatus
from exporter.recent import Cell
from exporter.snapshot import LinkStatus, MonitorStatus, OfficeStatus, Snapshot
from exporter.statistics import LATENESS_BOUNDS, RTT_BOUNDS, WRITE_BOUNDS, Histogram
from exporter.timeline import Outage, Span, State
from exporter.web.answers import Answers
from exporter.web.prometheus import Month30
from exporter.web.writing import WritingThread
from exporter.website import Activity, Fault, Look, Publication, SiteCheck, SiteSpan, SiteStatus, Source

R = TypeVar("R")
BROKE = at("2026-03-05T00:00")  # where the ledger's months end
NOW = BROKE + 300
OPEN = Outage(BROKE, BROKE + 10)
TRAIL = Trail(BROKE + 15, ("192.0.2.250", None), "pop", ("pop",), BROKE - 300, ("192.0.2.250", "192.0.2.1"))
EVERYTHING = Evidence(
    at("2026-02-21T08:00"),
    at("2026-02-21T09:10"),
    DeviceSeen(is_polled=True, is_providers=True),
    Above("pop", at("2026-02-21T08:00"), at("2026-02-21T09:00")),
    Together("serat", 3, 4),
    replace(TRAIL, traced_link="dinkes/primary", good_at=None, good_hops=None),
)
UNKNOWN = SiteStatus("pu", Website("https://pu.example/"), None, None, None)


def full_ledger(path: Path) -> Inventory:
    """Fill a new ledger with a bad February, and what began as March came; return its inventory."""
    with Ledger.create(path) as ledger:
        inventory = bad_february(ledger)
        batch = Batch()
        batch.add("dinkes/primary", [Span(BROKE, BROKE + 200, State.DOWN)], OPEN)
        batch.add_case("dinkes/primary", BROKE, Known(DeviceSeen(is_polled=True, good_before=BROKE - 20), 3, TRAIL))
        batch.add("pop", [Span(BROKE - 900, BROKE, State.DOWN)], Outage(BROKE - 900, BROKE - 890, BROKE))
        batch.add(
            "lama/primary", [Span(BROKE - 9_000, BROKE - 8_000, State.DOWN)], Outage(BROKE - 9_000, BROKE - 8_000)
        )
        batch.add_verdict("hukum/primary", Verdict(Cause.UPSTREAM, at("2026-02-21T09:15"), EVERYTHING))
        ledger.write(batch)
    dinkes = inventory.offices["dinkes"]
    inventory.offices["dinkes"] = replace(
        dinkes, location=(-6.1389, 106.2297), website=Website("https://dinkes.example/", UpdateEvery.WEEK, "baru")
    )
    return inventory


def link_status(link: Link, state: State, **changes: object) -> LinkStatus:
    """Return a link of which much is known."""
    fields: dict[str, object] = {
        "state_since": BROKE - 7_200,
        "outage": None,
        "in_maintenance": False,
        "probes": {},
        "late": 0,
        "duplicates": 0,
        "rtt": Histogram(RTT_BOUNDS).distribution(),
        "rtt_last_seconds": 0.004,
        "rtt_variation_seconds": 0.001,
        "state_seconds": {},
        "snmp": SnmpStatus(is_up=True, receive_bytes_per_second=6_250_000.0, transmit_bytes_per_second=9e9),
        "loss_ratio": 1 / 3,
        "was_full": True,
    }
    return LinkStatus(link=link, state=state, **{**fields, **changes})  # type: ignore[arg-type]


def snapshot_of(inventory: Inventory) -> Snapshot:
    """Return a moment at which each link is something else."""
    links = {link.id: link for link in inventory.links()}
    silent = {"snmp": SnmpStatus(is_up=False, reason=SnmpFailure.TIMEOUT, text="no answer")}
    nothing = dict.fromkeys(("state_since", "rtt_last_seconds", "rtt_variation_seconds", "loss_ratio", "snmp"))
    explained = Verdict(Cause.LINK, BROKE + 20, Evidence(BROKE, None, DeviceSeen(is_polled=False), trail=TRAIL))
    statuses = (
        link_status(links["dinkes/primary"], State.DOWN, outage=OPEN, explained=explained, state_since=BROKE),
        link_status(links["dinkes/backup"], State.UP),
        link_status(links["hukum/primary"], State.DEGRADED, **silent),
        link_status(links["pu/primary"], State.DOWN, outage=OPEN),
        link_status(links["gedung/primary"], State.UNMEASURED, **nothing),
        link_status(links["persandian/primary"], State.UP, in_maintenance=True, snmp=SnmpStatus(is_up=None)),
    )
    offices = {"pu": State.DOWN, "gedung": State.UNMEASURED}
    return Snapshot(
        inventory=inventory,
        now=datetime.fromtimestamp(NOW, UTC).astimezone(JAKARTA),
        links=statuses,
        offices=tuple(
            OfficeStatus(of, offices.get(of.code, State.UP), of.code == "pu", Fraction(1, 3))
            for of in inventory.offices.values()
        ),
        nodes=(),
        references=(),
        monitor=monitor_status(),
        websites=(website_status(), UNKNOWN),
    )


def monitor_status() -> MonitorStatus:
    """Return a monitor that is well."""
    return MonitorStatus(
        version="1.2",
        reload_succeeded=True,
        reload_succeeded_at=float(BROKE),
        lateness=Histogram(LATENESS_BOUNDS).distribution(),
        ledger_writes=Histogram(WRITE_BOUNDS).distribution(),
        ledger_is_writable=True,
        internal_errors={},
        is_isolated=None,
        socket_drops=0,
        clock_steps=0,
    )


def website_status() -> SiteStatus:
    """Return a website that isn't active."""
    published = Publication(
        BROKE - 90_000, is_day_only=True, source=Source.FEED, seen_at=BROKE, address="https://x.example/"
    )
    return SiteStatus(
        "dinkes",
        Website("https://dinkes.example/", UpdateEvery.WEEK, "baru"),
        SiteSpan(BROKE - 90, BROKE, Activity.INACTIVE, Fault.HTTP_STATUS, "503"),
        SiteCheck(BROKE, Fault.HTTP_STATUS, "503", True, 503, 0.25, BROKE + 9_000, ("https://dinkes.example/",)),
        Look(BROKE, (published,), "robots.txt"),
    )


@dataclass
class FakeService:
    """Gives one snapshot, and readings of one ledger, which stands in for the monitor's."""

    shown: Snapshot
    path: Path | None
    lifecycle_enabled: bool = False
    language: Language = Language.ENGLISH
    frozen: int = 0
    reads: int = 0
    bugs: list[Exception] = field(default_factory=list)

    async def snapshot(self) -> Snapshot:
        self.frozen += 1
        return self.shown

    async def read(self, work: Callable[[Ledger], R]) -> R:
        self.reads += 1
        if self.path is None:
            raise LedgerError("ledger x: it can't be read")
        with Ledger.existing(self.path) as ledger:
            return work(ledger)

    def obstacle(self) -> str | None:
        return None

    async def reload(self) -> str | None:
        return None

    def report_file(self, name: str) -> Path | None:
        assert name
        return None

    def report_names(self) -> list[str]:
        return []

    def recent(self, link: str) -> tuple[Cell, ...]:
        assert link
        return ()

    async def past_month(self, link: str, language: Language) -> Month30 | str | None:
        assert link
        assert language
        return None

    def survive(self, bug: Exception) -> None:
        self.bugs.append(bug)


def full_service(folder: Path) -> FakeService:
    """Return a service of the whole district, in a folder."""
    path = folder / "terpadu.sqlite3"
    return FakeService(snapshot_of(full_ledger(path)), path)


@asynccontextmanager
async def answering(service: FakeService) -> AsyncIterator[tuple[Answers, FakeClock]]:
    """Give the answers of a service, and their clock."""
    writing, clock = WritingThread(), FakeClock(NOW)
    try:
        yield Answers(service, clock, writing), clock
    finally:
        await writing.close()
