from __future__ import annotations

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from exporter.model import Contract, Icmp, Inventory, Link, Office, Organisation, Provider
from exporter.observation import Outcome
from exporter.timeline import Outage, Span, State


class FakeClock:
    """Both clocks, moved by hand; the wall clock may step by itself."""

    def __init__(self, at: float = 1_770_000_000.0) -> None:
        self.wall = at
        self.steady = 0.0

    def time(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.steady

    def advance(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


class FakeSender:
    """Keeps what was sent; `answer` decides what is known at once."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, object]] = []
        self.answer: Outcome | None = None

    def send(self, address: str, payload_bytes: int, token: object) -> Outcome | None:
        assert payload_bytes > 0
        self.sent.append((address, token))
        return self.answer


class FakeSink:
    """Keeps what was settled."""

    def __init__(self) -> None:
        self.spans: dict[str, list[Span]] = {}
        self.outages: list[tuple[str, Outage]] = []

    def add(self, link: str, spans: Iterable[Span], outage: Outage | None) -> None:
        self.spans.setdefault(link, []).extend(spans)
        if outage is not None:
            self.outages.append((link, outage))

    def seconds(self, link: str) -> Mapping[State, int]:
        return {state: sum(s.seconds for s in self.spans.get(link, []) if s.state is state) for state in State}


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


def make_inventory(*links: Link, provider: Provider | None = None) -> Inventory:
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
    )
