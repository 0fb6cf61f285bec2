"""The inventory in the ledger: what can't be written is tried again, as of when it was first seen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from fake_time import FakeTime

from exporter import inventory
from exporter.announcements import Announcements
from exporter.errors import LedgerError
from exporter.ledger import Ledger
from exporter.maintenance import Window

T = TypeVar("T")
TEXT = """\
organisation: {name: "Kabupaten Uji", timezone: Asia/Jakarta}
providers: {isp: {name: "PT Penyedia"}}
offices:
  - code: dinkes
    name: "Dinas Kesehatan"
    district: Ciruas
    links: [{name: primary, address: 198.18.10.1, provider: isp, contract: {download: 10Mbps, upload: 10Mbps}}]
maintenance:
  - {start: 2026-02-10T23:00, end: 2026-02-11T01:00, scope: [dinkes], reason: ODP}
"""


class Writer:
    """A ledger that can't be written for a while."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.is_broken = False

    async def call(self, work: Callable[[Ledger], T]) -> T:
        if self.is_broken:
            raise LedgerError("ledger x: full")
        return work(self.ledger)


@pytest.fixture
async def writer(tmp_path: Path) -> AsyncIterator[Writer]:
    with Ledger.create(tmp_path / "ledger.sqlite3") as ledger:
        yield Writer(ledger)


def placed(tmp_path: Path) -> inventory.Placed:
    file = tmp_path / "inventory.yaml"
    file.write_text(TEXT, encoding="utf-8")
    return inventory.load_placed(file)


async def test_an_inventory_and_its_windows_are_written_at_once(writer: Writer, tmp_path: Path) -> None:
    announcements = Announcements(writer, "1.0")
    await announcements.take(placed(tmp_path), 1_770_000_000)
    assert not announcements.is_waiting
    assert writer.ledger.latest_inventory() == TEXT
    assert [window.scope for window in announcements.windows] == [("dinkes",)]


async def test_what_could_not_be_written_is_written_later_as_of_when_it_was_seen(
    writer: Writer, tmp_path: Path
) -> None:
    time, heard = FakeTime(), list[tuple[Window, ...]]()
    may_write = [False]
    writer.is_broken = True
    announcements = Announcements(writer, "1.0", sleep=time.sleep)
    await announcements.take(placed(tmp_path), 1_770_000_000)
    assert announcements.is_waiting
    trying = asyncio.create_task(announcements.keep_up(lambda: may_write[0], heard.append))
    await time.advance(10)
    assert announcements.is_waiting
    writer.is_broken = False
    await time.advance(10)
    assert (announcements.is_waiting, heard) == (True, [])
    may_write[0] = True
    await time.advance(5)
    trying.cancel()
    await asyncio.gather(trying, return_exceptions=True)
    assert not announcements.is_waiting
    assert [window.first_seen_at for windows in heard for window in windows] == [1_770_000_000]
