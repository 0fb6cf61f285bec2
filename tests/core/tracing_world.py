"""A tracer without a network, on a clock that a test moves."""

from __future__ import annotations

import asyncio

from fake_time import FakeTime
from monitor_fakes import make_link

from exporter.model import Family, Link
from exporter.observation import Path
from exporter.tracing import Tracer

LINKS = [make_link(f"office{number:02d}", address=f"198.18.{number}.1") for number in range(60)]
ROUTER = "198.18.0.10"


class World:
    """A tracer without a network: each trace takes `seconds` and shows what `found` says, one hop unless it does.

    `began` has the instant and the address of each. None in `found` is a trace that the system refuses.
    """

    def __init__(self) -> None:
        self.time = FakeTime()
        self.seconds = 2.0
        self.found: dict[str, Path | None] = {}
        self.faults: dict[str, Exception] = {}
        self.unknown: set[str] = set()
        self.began: list[tuple[float, str]] = []
        self.running = self.most_running = self.cancelled = 0
        self.paths: list[tuple[str, Path]] = []
        self.spared: set[str] = set()
        self.tracer = Tracer(
            self.trace,
            self.time,
            self.address_of,
            self.take,
            is_spared=lambda link_id: link_id in self.spared,
            sleep=self.time.sleep,
        )

    async def trace(self, address: str) -> Path | None:
        self.began.append((self.time.now, address))
        self.running += 1
        self.most_running = max(self.running, self.most_running)
        at = self.time.time()
        try:
            if self.seconds:
                await self.time.sleep(self.seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1
        if address in self.faults:
            raise self.faults[address]
        return self.found.get(address, Path(at, (ROUTER,), is_whole=False))

    def address_of(self, host: str, family: Family | None) -> str | None:
        assert family is None
        return None if host in self.unknown else host

    def take(self, link_id: str, path: Path) -> None:
        self.paths.append((link_id, path))

    def start(self, links: list[Link]) -> None:
        """Start with paths of a moment ago."""
        self.tracer.start(links, {link.id: self.time.time() for link in links})

    def down(self, *links: Link) -> None:
        for link in links:
            self.tracer.went_down(link.id)

    def traced(self, *links: Link) -> list[float]:
        """Return when the traces of some links began."""
        addresses = {link.address for link in links}
        return [at for at, address in self.began if address in addresses]
