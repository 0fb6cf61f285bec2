from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from zoneinfo import ZoneInfo

from exporter.model import Cause, Contract, Icmp, Inventory, Link, Office, Organisation, Provider
from exporter.observation import Outcome
from exporter.pinging import Flight
from exporter.snapshot import Findings
from exporter.statistics import Sketch
from exporter.timeline import Interval, Outage, Span, State

NOTHING_FOUND = Findings({}, lambda _: None, lambda _link, _since: None)


class FakeClock:
    """Both clocks, moved by hand; the wall clock may step by itself."""

    def __init__(self, at: float = 1_770_000_000.0) -> None:
        self.wall = at
        self.steady = 0.0

    def time(self) -> float:
        return self.wall

    def time_ns(self) -> int:
        return round(self.wall * 1e9)

    def monotonic(self) -> float:
        return self.steady

    def advance(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


class FakeSender:
    """Keeps what was sent; `answer` decides what is known at once, `drops` whether this machine lost replies."""

    def __init__(self) -> None:
        self.sent: list[Flight] = []
        self.identities: list[int] = []
        self.answer: Outcome | None = None
        self.drops = False
        self.longest_timeout_seconds = 0.0

    def send(self, echo: Flight, payload_bytes: int, identity: int) -> Outcome | None:
        assert payload_bytes > 0
        self.sent.append(echo)
        self.identities.append(identity)
        return self.answer

    def drain(self) -> None:
        pass

    def was_dropped(self, echo: Flight) -> bool:
        assert echo.outcome is None
        return self.drops


class FakeSink:
    """Keeps what was settled."""

    def __init__(self) -> None:
        self.spans: dict[str, list[Span]] = {}
        self.outages: list[tuple[str, Outage]] = []
        self.bridged: list[tuple[str, Interval]] = []
        self.sketches: list[tuple[str, date, bool, Sketch]] = []

    def add(self, target: str, spans: Iterable[Span], outage: Outage | None, bridged: Iterable[Interval] = ()) -> None:
        held = self.spans.setdefault(target, [])
        for span in spans:
            if held and held[-1].end == span.start and held[-1].state is span.state:
                held[-1] = Span(held[-1].start, span.end, span.state)
            else:
                held.append(span)
        if outage is not None:
            self.outages.append((target, outage))
        self.bridged += [(target, interval) for interval in bridged]

    def add_sketch(self, target: str, day: date, in_maintenance: bool, sketch: Sketch) -> None:  # noqa: FBT001
        kept = Sketch()
        kept.merge(sketch)
        self.sketches.append((target, day, in_maintenance, kept))

    def outages_by_cause(self, target: str) -> Mapping[Cause, int]:
        assert target
        return {}

    def seconds(self, target: str) -> Mapping[State, int]:
        return {state: sum(s.seconds for s in self.spans.get(target, []) if s.state is state) for state in State}


def make_link(office: str = "dinkes", name: str = "primary", **changes: object) -> Link:
    fields: dict[str, object] = {
        "office": office,
        "name": name,
        "address": "192.0.2.1",
        "provider": "isp",
        "contracts": (Contract(download_bps=100_000_000, upload_bps=100_000_000),),
        "icmp": Icmp(down_after=3, up_after=3),
    }
    return Link(**{**fields, **changes})  # type: ignore[arg-type]


def make_inventory(*links: Link, provider: Provider | None = None, **changes: object) -> Inventory:
    offices: dict[str, list[Link]] = {}
    for link in links:
        offices.setdefault(link.office, []).append(link)
    named = {link.provider: Provider(link.provider, link.provider.upper()) for link in links}
    if provider is not None:
        named[provider.code] = provider
    return Inventory(
        Organisation("Uji", ZoneInfo("Asia/Jakarta")),
        providers=named,
        offices={code: Office(code, f"Kantor {code}", "Ciruas", tuple(of)) for code, of in offices.items()},
        **changes,  # type: ignore[arg-type]
    )
