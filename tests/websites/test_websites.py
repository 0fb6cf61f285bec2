"""What visits of websites come to, and what the ledger keeps of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

import pytest
import pytest_asyncio
from fake_time import EPOCH, FakeTime
from monitor_fakes import make_inventory, make_link

from exporter.ledger import Batch, Ledger, RestoredSite, SiteRecord
from exporter.model import Inventory, Office, Website
from exporter.sites.orders import Bug, Order
from exporter.visiting import Agent, Hear
from exporter.website import Activity, Fault, Look, Publication, SiteCheck, SiteSpan, Source
from exporter.websites import HINDSIGHT_SECONDS, Websites

ACTIVE, INACTIVE, UNMEASURED = Activity
NOW = int(EPOCH + 1000)


def district(**urls: str) -> Inventory:
    inventory = make_inventory(*(make_link(office) for office in ("dinkes", "setda")))
    for office, url in urls.items():
        old = inventory.offices[office]
        inventory.offices[office] = Office(office, old.name, old.district, old.links, website=Website(url))
    return inventory


class Visitor:
    """Who visits nothing; `hear` says what a test wants."""

    def __init__(self) -> None:
        self.deaths = 0
        self.changes: list[tuple[Agent, tuple[Order, ...]]] = []
        self.began: list[tuple[Agent, tuple[Order, ...]]] = []

    def change(self, agent: Agent, orders: Iterable[Order]) -> None:
        self.changes.append((agent, tuple(orders)))

    async def run(self, agent: Callable[[], Agent], orders: Callable[[], Iterable[Order]], hear: Hear) -> None:
        self.began.append((agent(), tuple(orders())))
        self.hear = hear
        await asyncio.Event().wait()


class World:
    """A district with one website, whose monitor is cut off within `isolated`."""

    def __init__(self) -> None:
        self.time = FakeTime()
        self.visitor = Visitor()
        self.kept: list[tuple[str, SiteRecord]] = []
        self.moved: list[tuple[str, int, str]] = []
        self.isolated: list[tuple[float, float]] = []
        self.websites = Websites(
            "Terpadu/9", self.visitor, self.keep, self.was_isolated, self.time, sleep=self.time.sleep
        )

    def keep(self, office: str, record: SiteRecord) -> None:
        if record.moved:
            self.moved += [(office, *moved) for moved in record.moved]
        else:
            self.kept.append((office, record))

    def was_isolated(self, start: float, end: float) -> bool:
        return any(low < end and start < high for low, high in self.isolated)

    async def start(self, inventory: Inventory | None = None, left: dict[str, RestoredSite] | None = None) -> None:
        self.websites.restore(inventory or district(dinkes="https://dinkes.example/"), left or {})
        self.task = asyncio.create_task(self.websites.run())
        await asyncio.sleep(0)

    async def check(self, fault: Fault | None = None, after: float = 300) -> None:
        """Let a check end `after` seconds after the one before; it took a second."""
        await self.time.advance(after)
        self.visitor.hear("dinkes", SiteCheck(self.time.time() - 1, fault))
        await asyncio.sleep(0)

    def spans(self) -> list[SiteSpan]:
        return [span for _, record in self.kept for span in record.spans]


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    yield made
    if hasattr(made, "task"):
        made.task.cancel()
        await asyncio.gather(made.task, return_exceptions=True)


async def test_every_website_of_the_inventory_is_ordered_and_told_who_asks(world: World) -> None:
    await world.start()
    ((agent, orders),) = world.visitor.began
    assert agent.text == f"Terpadu/9 (website monitor of {district().organisation.name})"
    assert agent.zone is district().organisation.timezone
    assert orders == (Order("dinkes", Website("https://dinkes.example/")),)


async def test_without_a_website_nobody_visits_until_a_reload_brings_one(world: World) -> None:
    await world.start(district())
    assert world.visitor.began == []
    world.websites.reload(district(setda="https://setda.example/"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [[of.office for of in orders] for _, orders in world.visitor.began] == [["setda"]]


async def test_two_good_checks_make_it_active_and_are_kept(world: World) -> None:
    await world.start()
    await world.check()
    assert world.websites.status()[0].run is None
    await world.check()
    (status,) = world.websites.status()
    assert status.run == SiteSpan(NOW + 299, NOW + 599, ACTIVE)
    assert status.check == SiteCheck(NOW + 599)
    assert world.spans() == [SiteSpan(NOW + 299, NOW + 599, ACTIVE)]
    assert [record.check for _, record in world.kept] == [SiteCheck(NOW + 299), SiteCheck(NOW + 599)]


async def test_a_failed_check_is_judged_once_the_isolation_is_decided(world: World) -> None:
    await world.start()
    await world.check(Fault.TIMEOUT)
    await world.time.advance(HINDSIGHT_SECONDS - 0.1)
    assert world.kept == []
    await world.time.advance(0.1)
    assert [record.check.activity for _, record in world.kept if record.check] == [INACTIVE]


async def test_a_check_that_fails_while_the_monitor_is_cut_off_says_nothing(world: World) -> None:
    await world.start()
    await world.check()
    await world.check()
    cut_off = world.time.time() + 299.5
    world.isolated.append((cut_off, cut_off + 400))
    await world.check(Fault.TIMEOUT)
    await world.check(Fault.TIMEOUT)
    await world.check(after=310)
    await world.check()
    assert [span.activity for span in world.spans()] == [ACTIVE, ACTIVE, UNMEASURED, UNMEASURED, ACTIVE]


async def test_a_good_check_counts_whatever_the_monitor_thinks_of_itself(world: World) -> None:
    await world.start()
    world.isolated.append((0.0, EPOCH * 2))
    await world.check()
    await world.check()
    assert [span.activity for span in world.spans()] == [ACTIVE]


async def test_what_changes_is_logged_with_its_reason(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    await world.start()
    await world.check(Fault.TLS_EXPIRED)
    await world.check(Fault.TLS_EXPIRED)
    await world.check(Fault.TIMEOUT)
    await world.time.advance(100)
    lines = [record.message for record in caplog.records if "website_" in record.message]
    assert lines == ["website_inactive office=dinkes since=2026-02-02T03:01:39+00:00 fault=tls_expired text="]


async def test_a_look_is_kept_and_an_older_find_isnt_forgotten(world: World) -> None:
    await world.start()
    old, new = (Publication(at, is_day_only=False, source=Source.FEED, seen_at=NOW) for at in (NOW - 9000, NOW - 100))
    world.visitor.hear("dinkes", Look(NOW, (new, old), "", "one"))
    world.visitor.hear("dinkes", Look(NOW + 10, (old,), "slow", "two"))
    world.visitor.hear("dinkes", Look(NOW + 20, (), "slow", "three"))
    assert world.websites.status()[0].look == Look(NOW + 20, (new, old), "slow", "three")
    assert [record.look for _, record in world.kept] == [
        Look(NOW, (new, old), "", "one"),
        Look(NOW + 10, (old,), "slow", "two"),
        Look(NOW + 20, (), "slow", "three"),
    ]


async def test_what_turns_out_to_be_the_clocks_is_withdrawn(world: World) -> None:
    await world.start()
    old, clock = (Publication(at, is_day_only=False, source=Source.TEXT, seen_at=NOW) for at in (NOW - 9000, NOW - 400))
    world.visitor.hear("dinkes", Look(NOW, (clock, old)))
    world.visitor.hear("dinkes", Look(NOW + 10, (old,), withdrawn=(clock.published_at,)))
    look = world.websites.status()[0].look
    assert look is not None
    assert look.publications == (old,)


async def test_bugs_and_deaths_are_counted(world: World) -> None:
    await world.start()
    world.visitor.hear("dinkes", Bug("x"))
    world.visitor.deaths = 2
    assert world.websites.internal_errors == 3
    assert world.kept == []


async def test_a_website_that_is_gone_says_nothing_any_more(world: World) -> None:
    await world.start()
    await world.check(Fault.TIMEOUT)
    world.websites.reload(district(setda="https://setda.example/"))
    world.visitor.hear("dinkes", SiteCheck(NOW))
    await world.time.advance(HINDSIGHT_SECONDS)
    assert [status.office for status in world.websites.status()] == ["setda"]
    assert world.kept == []


async def test_a_reload_keeps_what_is_known(world: World) -> None:
    await world.start()
    await world.check()
    await world.check()
    world.visitor.hear("dinkes", Look(NOW + 10, (), "", "left"))
    before = world.websites.status()
    world.websites.reload(district(dinkes="https://dinkes.example/"))
    assert world.visitor.changes[-1][1] == (Order("dinkes", Website("https://dinkes.example/"), NOW + 10, "left"),)
    assert world.websites.status() == before


async def test_of_a_website_at_another_address_nothing_is_known_and_the_ledger_is_told(world: World) -> None:
    await world.start()
    await world.check()
    await world.check(Fault.TIMEOUT)
    world.visitor.hear("dinkes", Look(NOW + 10, (), "", "left"))
    world.websites.reload(district(dinkes="https://baru.example/"))
    assert world.visitor.changes[-1][1] == (Order("dinkes", Website("https://baru.example/")),)
    (status,) = world.websites.status()
    assert (status.website.url, status.run, status.check, status.look) == ("https://baru.example/", None, None, None)
    assert world.moved == [
        ("dinkes", NOW, "https://dinkes.example/"),
        ("dinkes", NOW + 600, "https://baru.example/"),
    ]
    await world.time.advance(HINDSIGHT_SECONDS)
    assert world.websites.status()[0].check is None, "what was judged later was of the old address"


async def test_a_website_that_comes_back_is_known(world: World) -> None:
    await world.start()
    await world.check()
    await world.check()
    before = world.websites.status()
    world.websites.reload(district())
    assert world.websites.status() == ()
    world.websites.reload(district(dinkes="https://dinkes.example/"))
    assert world.websites.status() == before


async def test_a_restart_goes_on_where_the_ledger_was_left(world: World, tmp_path: Path) -> None:
    published = Publication(NOW - 100, is_day_only=False, source=Source.FEED, seen_at=NOW - 50)
    with Ledger.create(tmp_path / "a.sqlite3") as ledger:
        batch = Batch()
        spans = (SiteSpan(NOW - 900, NOW - 300, INACTIVE, Fault.EMPTY), SiteSpan(NOW - 300, NOW - 60, ACTIVE))
        batch.add_site("dinkes", SiteRecord(spans, SiteCheck(NOW - 60), Look(NOW - 50, (published,), "", "left")))
        ledger.write(batch)
        left = ledger.restored_sites()
    await world.start(left=left)
    (status,) = world.websites.status()
    assert (status.run, status.check) == (SiteSpan(NOW - 300, NOW - 60, ACTIVE), SiteCheck(NOW - 60))
    assert status.look is not None
    assert status.look.newest == published
    assert world.visitor.began[0][1] == (Order("dinkes", Website("https://dinkes.example/"), NOW - 50, "left"),)
    await world.check()
    assert world.spans() == [SiteSpan(NOW - 60, NOW + 299, ACTIVE)]


async def test_what_nobody_checked_for_ten_minutes_is_unmeasured_now(world: World) -> None:
    await world.start()
    await world.check()
    await world.check()
    await world.time.advance(602)
    assert world.websites.status()[0].run is None
