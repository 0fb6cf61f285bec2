"""Random districts and what happened to them around one month, the same for the same seed; and their ledgers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from letters import NEVER, Seen, World, midnight

from exporter.amendment import Amendment
from exporter.cause import DeviceSeen, Evidence, Verdict
from exporter.errors import InputError
from exporter.ledger import Batch, Ledger
from exporter.maintenance import Window
from exporter.model import (
    Cause,
    Contract,
    Credit,
    CreditFormula,
    CreditTier,
    Inventory,
    Link,
    Maintenance,
    Node,
    Office,
    Organisation,
    Provider,
)
from exporter.timeline import Outage, Span, State

DAY = 86_400
MONTHS = (
    ("Asia/Jakarta", 2026, 2),
    ("Asia/Jakarta", 2028, 2),
    ("Asia/Jakarta", 2026, 12),
    ("Europe/Berlin", 2026, 3),
    ("Europe/Berlin", 2026, 10),
    ("Europe/Berlin", 2028, 2),
)
TIERS = (
    CreditTier(Fraction(97, 100), Fraction(15, 100)),
    CreditTier(Fraction(985, 1000), Fraction(7, 100)),
    CreditTier(Fraction(995, 1000), Fraction(333, 10_000)),
)
TARGETS = (Fraction(985, 1000), Fraction(995, 1000), Fraction(999, 1000))


class RandomMonth:
    """A world, its month, and the way to a ledger that holds it."""

    def __init__(self, seed: int) -> None:
        self.random = random = Random(seed)
        zone, self.year, self.month = MONTHS[seed % len(MONTHS)]
        self.first = date(self.year, self.month, 1)
        self.next = (self.first + timedelta(days=31)).replace(day=1)
        self.start, self.end = (midnight(day, ZoneInfo(zone)) for day in (self.first, self.next))
        is_running = random.random() < 0.25
        self.known = (
            random.randrange(self.start + DAY, self.end) if is_running else self.end + random.randrange(60, 3 * DAY)
        )
        inventory = self._inventory(ZoneInfo(zone))
        self.world = World(inventory, {})
        for link in inventory.links():
            if random.random() < 0.97:
                self.world.seen[link.id] = self._seen(link)
        if not any(of.spans for of in self.world.seen.values()):
            first = next(inventory.links())
            self.world.seen[first.id] = Seen([Span(self.start, self.known, State.UP)])
        self._explain()
        self._announce()

    def _some_day(self) -> date:
        return self.first + timedelta(days=self.random.randrange((self.next - self.first).days))

    def _inventory(self, zone: ZoneInfo) -> Inventory:
        random = self.random
        providers = {code: self._provider(code) for code in ("serat", "gelombang")}
        nodes = {
            "core": Node("core", "Core", "192.0.2.250"),
            "pop": Node("pop", "POP", "192.0.2.251", provider="serat", parent="core"),
        }
        offices = {}
        for code, names in (("dinkes", ("primary", "backup", "spare")), ("disdik", ("primary", "backup"))):
            count = random.choice((1, 1, 2, 2, 3)) if code == "dinkes" else random.choice((0, 0, 1, 1, 2))
            if not count:
                continue
            links = tuple(self._link(code, name, random.choice(list(providers.values()))) for name in names[:count])
            offices[code] = Office(code, code, "Ciruas", links)
        return Inventory(Organisation("Uji", zone), providers, offices, nodes)

    def _provider(self, code: str) -> Provider:
        random = self.random
        formula = random.choice([None, *CreditFormula])
        least = random.choice((0, 300, 3_600))
        credit = Credit(formula, () if formula else TIERS, least)
        return Provider(
            code,
            code,
            availability=random.choice(TARGETS),
            credit=random.choice((credit, credit, credit, None)),
            excludes=tuple(random.sample([Cause.POWER, Cause.LINK, Cause.UPSTREAM], random.randrange(3))),
            exclude_unconfirmed=random.random() < 0.4,
        )

    def _link(self, office: str, name: str, provider: Provider) -> Link:
        random = self.random
        begin = self._some_day() if random.random() < 0.2 else None
        end = self._some_day() if random.random() < 0.2 else None
        if begin is not None and end is not None and end < begin:
            begin, end = end, begin
        starts = [None, *sorted({self._some_day() for _ in range(random.choice((0, 0, 1, 2)))})]
        fees, targets = random.sample((1_500_000, 4_499_999, 5_000_000, None), 2), (None, random.choice(TARGETS))
        return Link(
            office,
            name,
            "192.0.2.1",
            provider.code,
            tuple(
                Contract(at, random.choice((10_000_000, 20_000_000)), None, random.choice(targets), random.choice(fees))
                for at in starts
            ),
            parent=random.choice((None, "core", "pop")),
            valid_from=begin,
            valid_to=end,
        )

    def _seen(self, link: Link) -> Seen:
        """Walk through a link's time: available, now and then degraded, down or not measured at all."""
        random, zone = self.random, self.world.zone
        low = midnight(link.valid_from, zone) if link.valid_from else 0
        high = midnight(link.valid_to + timedelta(days=1), zone) if link.valid_to else NEVER
        is_late_said = random.random() < 0.3  # the inventory got its dates afterwards: the monitor went on
        begin = (
            self.start - random.randrange(3 * DAY) if random.random() < 0.9 else self.start + random.randrange(20 * DAY)
        )
        end = self.known - random.choice((0, 0, random.randrange(30)))
        if random.random() < 0.05:
            end = random.randrange(self.start, end)
        if not is_late_said:
            begin, end = max(begin, low), min(end, high)
        walk = Walk(random, begin, end, ended_with_link=end == high)
        edges = [edge for edge in (self.start, self.end, low, high) if random.random() < 0.4 and begin < edge < end]
        walk.go(sorted(edges))
        return walk.seen

    def _explain(self) -> None:
        """Give outages causes, and let persons speak of them, some more than once."""
        random = self.random
        for link, seen in self.world.seen.items():
            for outage in seen.outages:
                if outage.ended_at is not None and random.random() < 0.8:
                    seen.causes[outage.started_at] = random.choice(list(Cause))
                for _ in range(random.choice((0, 0, 0, 1, 2))):
                    word = random.choice(
                        (
                            {"excluded": "banjir"},
                            {"charged": "bukan"},
                            {"note": "foto"},
                            {"cause": random.choice(list(Cause))},
                        )
                    )
                    said = Amendment(link, outage.started_at, self.end + 5, "Bidang Telematika", **word)  # type: ignore[arg-type]
                    self.world.amendments.append(said)

    def _window(self) -> Maintenance:
        """A window anywhere near the month, about half of them beside or within an outage."""
        random = self.random
        outages = [outage for seen in self.world.seen.values() for outage in seen.outages]
        start = random.randrange(self.start - DAY, self.end + DAY // 2)
        if outages and random.random() < 0.6:
            start = random.choice(outages).started_at + random.randrange(-7_200, 7_200)
        length = random.choice((60, 300, 7_200, random.randrange(1, 2 * DAY)))
        links = [link.id for link in self.world.inventory.links()]
        scope = random.sample(
            [*links, "dinkes", "disdik", "serat", "gelombang", "core", "pop"], random.choice((1, 1, 2))
        )
        recorded = random.choice((None, None, start - DAY, start - 1, start, start + 60))
        moments = [None if at is None else datetime.fromtimestamp(at, UTC) for at in (start, start + length, recorded)]
        assert moments[0] is not None
        assert moments[1] is not None
        return Maintenance(moments[0], moments[1], tuple(scope), "kerja", recorded_at=moments[2])

    def _announce(self) -> None:
        """Let windows come, go and come again in the inventory; add some beside it, and end some early."""
        random, world = self.random, self.world
        windows = [self._window() for _ in range(random.randrange(9))]
        moments = sorted(random.randrange(self.start - 2 * DAY, self.known) for _ in range(random.randrange(5)))
        for at in [self.start - 4 * DAY, *moments]:
            world.announcements.append((at, tuple(window for window in windows if random.random() < 0.85)))
        for window in windows[:2]:
            start = int(window.starts_at.timestamp()) + random.randrange(1, 900)
            shifted = replace(window, starts_at=datetime.fromtimestamp(start, UTC), recorded_at=None)
            if shifted.starts_at < shifted.ends_at and random.random() < 0.5:
                world.added.append((start - random.choice((-60, 0, 1, 5_000)), shifted))

    def write(self, path: Path) -> None:
        """Write the world into a new ledger as a monitor and its people would: the windows in order of time."""
        with Ledger.create(path) as ledger:
            for link, seen in self.world.seen.items():
                self._write_link(ledger, link, seen)
            for said in self.world.amendments:
                ledger.add_amendment(said)
            self._write_windows(ledger)

    def _write_link(self, ledger: Ledger, link: str, seen: Seen) -> None:
        batch = Batch()
        batch.add(link, seen.spans, None, seen.bridged)
        for outage in seen.outages:
            batch.add(link, [], outage)
            if outage.started_at in seen.causes:
                evidence = Evidence(outage.started_at, outage.ended_at, DeviceSeen(is_polled=False))
                batch.add_verdict(link, Verdict(seen.causes[outage.started_at], self.known, evidence))
        ledger.write(batch)

    def _write_windows(self, ledger: Ledger) -> None:
        events: list[tuple[int, Maintenance | tuple[Maintenance, ...]]] = [*self.world.announcements, *self.world.added]
        for at, what in sorted(events, key=lambda event: event[0]):
            if isinstance(what, tuple):
                ledger.record_windows(what, at)
            else:
                scope, start, end = (
                    tuple(sorted(set(what.scope))),
                    *(int(of.timestamp()) for of in (what.starts_at, what.ends_at)),
                )
                try:
                    ledger.add_window(Window(scope, start, end, what.reason, at, added_by="Bidang Telematika"))
                except InputError:  # of the same scope and time as another one
                    self.world.added.remove((at, what))
            self._cut(ledger, at)

    def _cut(self, ledger: Ledger, now: int) -> None:
        """End a window early now and then, a while after what happened last."""
        at = now + self.random.randrange(2 * DAY)
        for window in ledger.windows():
            if window.cut_at is None and window.starts_at - 900 < at < window.ends_at and self.random.random() < 0.2:
                ledger.cut_window(window.number, at, "Bidang Telematika")
                moments = (datetime.fromtimestamp(of, UTC) for of in (window.starts_at, window.ends_at))
                self.world.cuts.append((at, Maintenance(*moments, window.scope, window.reason)))


class Walk:
    """A link's time, stretch by stretch, as its judge would settle it."""

    def __init__(self, random: Random, begin: int, end: int, *, ended_with_link: bool) -> None:
        self.random, self.at, self.end, self.last = random, begin, end, end
        self.ended_with_link = ended_with_link
        self.seen = Seen()

    def go(self, edges: list[int]) -> None:
        """Walk to the end; at each edge an outage or a gap reaches across."""
        while self.at < self.end:
            ahead = [edge for edge in edges if edge > self.at + 7_200]
            until = ahead[0] - self.random.randrange(7_200) if ahead else self.end
            for _ in range(self.random.randrange(1, 8)):
                if self.at < until:
                    self._available(min(self._long(), until - self.at))
                    if self.at < until - 60:
                        self._unavailable(until)
            if ahead and self.at < until:
                self._available(until - self.at)
            if ahead:
                self.random.choice((self._outage, self._outage, self._gap))()
            elif self.random.random() < 0.3:
                self._available(self.end - self.at)

    def _long(self) -> int:
        return int(10 * 10 ** (self.random.random() * 4.5))

    def _put(self, seconds: int, state: State) -> None:
        end = min(self.at + seconds, self.end)
        if self.at < end:
            self.seen.spans.append(Span(self.at, end, state))
            if state is not State.UNMEASURED and self.random.random() < 0.1 and end - self.at > 3:
                bridged = self.random.randrange(self.at, end - 2)
                self.seen.bridged.append((bridged, bridged + 2))
        self.at = max(self.at, end)

    def _available(self, seconds: int) -> None:
        degraded = seconds // self.random.randrange(2, 20) if self.random.random() < 0.2 else 0
        self._put(seconds - degraded, State.UP)
        self._put(degraded, State.DEGRADED)

    def _unavailable(self, until: int) -> None:
        self.end = until
        self.random.choice((self._outage, self._gap))(is_short=True)
        self.end = self.last
        self._available(10)  # what begins next is another outage

    def _gap(self, *, is_short: bool = False) -> None:
        seconds = self.random.randrange(3, 900 if is_short else 9_000)
        if self.random.random() < 0.5:
            self._put(seconds, State.UNMEASURED)
        else:
            self.at = min(self.at + seconds, max(self.end, self.at))

    def _outage(self, *, is_short: bool = False) -> None:
        """Be down, with gaps in between; it ends with the next available second, or with the link."""
        started_at = self.at
        for _ in range(self.random.choice((1, 1, 2, 3))):
            self._put(min(self._long(), 4_000) if is_short else self._long(), State.DOWN)
            if self.random.random() < 0.3:
                self._gap(is_short=True)
        if self.at == started_at:
            return
        is_over = self.at < self.last or self.ended_with_link
        ended_at = self.at if is_over else None
        self.seen.outages.append(Outage(started_at, started_at + 1, ended_at))
        if self.at < self.end:
            self._available(min(self._long() + 10, self.end - self.at))
