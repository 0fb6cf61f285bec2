"""A watch over websites without a network, on a clock that a test moves."""

from __future__ import annotations

import socket

from fake_time import FakeTime

from exporter.model import Website
from exporter.sites.orders import Order, Told
from exporter.sites.resolving import Resolver
from exporter.sites.turns import Turns
from exporter.sites.watching import Visits, Watch
from exporter.website import Fault, Look, SiteCheck


def url(office: str) -> str:
    return f"https://{office}.example/"


def order(office: str, looked_at: float | None = None, stamps: str = "") -> Order:
    return Order(office, Website(url(office)), looked_at, stamps)


class World:
    """Websites that are active unless `faults` has one; each visit takes `seconds`, and hangs where `hanging` has it.

    `checked` and `looked` have the instant and the address of each visit's beginning. `lost` are names without an
    address. `waits` is how long a look is told to leave a website alone.
    """

    def __init__(self) -> None:
        self.time = FakeTime()
        self.seconds = 1.0
        self.faults: dict[str, Fault] = {}
        self.alternates = False  # each check says something else than the one before
        self.hanging: set[str] = set()
        self.bugs: set[str] = set()
        self.lost: set[str] = set()
        self.waits: dict[str, float] = {}
        self.checked: list[tuple[float, str]] = []
        self.looked: list[tuple[float, str]] = []
        self.stamps: list[str] = []
        self.running: dict[str, int] = {}
        self.most_running = 0
        self.told: list[tuple[str, Told]] = []
        self.turns = Turns()
        self.resolver = Resolver(self.addresses)
        visits = Visits(self.check, self.look)
        self.watch = Watch(visits, self.resolver, self.turns, self.tell, self.time, sleep=self.time.sleep)

    def tell(self, office: str, what: Told) -> None:
        self.told.append((office, what))

    def addresses(self, host: str) -> list[str]:
        if host in self.lost:
            raise socket.gaierror(socket.EAI_AGAIN, "no")
        return ["192.0.2.1"]

    async def check(self, website: Website) -> SiteCheck:
        at = self.time.time()
        self.checked.append((self.time.now, website.url))
        self.running[website.url] = self.running.get(website.url, 0) + 1
        self.most_running = max(self.most_running, sum(self.running.values()))
        try:
            await self.time.sleep(10**6 if website.url in self.hanging else self.seconds)
        finally:
            self.running[website.url] -= 1
        if website.url in self.bugs:
            raise RuntimeError("a bug of ours")
        if self.alternates:
            return SiteCheck(at, Fault.TIMEOUT if len(self.checked) % 2 else None)
        return SiteCheck(at, self.faults.get(website.url), "temporary" if website.url in self.faults else "")

    async def look(self, website: Website, stamps: str) -> tuple[Look, float | None]:
        at = self.time.time()
        self.looked.append((self.time.now, website.url))
        self.stamps.append(stamps)
        await self.time.sleep(self.seconds)
        if website.url in self.bugs:
            raise RuntimeError("a bug of ours")
        return Look(at, (), "", f"left at {at:.0f}"), self.waits.get(website.url)

    def checks(self, office: str = "dinkes") -> list[float]:
        return [at for at, of in self.checked if of == url(office)]

    def looks(self, office: str = "dinkes") -> list[float]:
        return [at for at, of in self.looked if of == url(office)]

    def answers(self, office: str = "dinkes") -> list[Told]:
        return [what for of, what in self.told if of == office]
