"""The process that visits websites, kept running."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

import pytest
from visited_world import order

from exporter.model import Website
from exporter.sites.orders import Bug, Order, Told
from exporter.visiting import Agent, VisitingProcess

SILLY = Path(__file__).with_name("silly_visitor.py")
JAKARTA = ZoneInfo("Asia/Jakarta")
AGENT = Agent("Terpadu/1 (website monitor of X)", JAKARTA)


class Run:
    """A silly visitor that runs until the context ends; `rests` are the seconds between two of its lives."""

    def __init__(self, behaviour: str, folder: Path) -> None:
        self.file = folder / "notes"
        self.agent = AGENT
        self.orders: tuple[Order, ...] = (order("dinkes"),)
        self.heard: list[tuple[str, Told]] = []
        self.rests: list[float] = []
        self.visitor = VisitingProcess([sys.executable, str(SILLY), behaviour, str(self.file)], sleep=self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.rests.append(seconds)
        await asyncio.sleep(0.02)

    async def __aenter__(self) -> Self:
        self.task = asyncio.create_task(
            self.visitor.run(lambda: self.agent, lambda: self.orders, lambda *said: self.heard.append(said))
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    def notes(self) -> list[Any]:
        return [json.loads(line) for line in self.file.read_text().splitlines()] if self.file.exists() else []

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not is_so():  # noqa: ASYNC110 -- what it waits for is another process
                await asyncio.sleep(0.01)


async def test_it_gets_its_orders_and_is_heard(tmp_path: Path) -> None:
    async with Run("answers", tmp_path) as run:
        await run.until(lambda: bool(run.heard))
        assert run.heard == [("dinkes", Bug("heard"))]
        arguments, given, *_ = run.notes()
        assert arguments == ["--agent", AGENT.text, "--zone", "Asia/Jakarta"]
        assert given["office"] == "dinkes"
    assert run.visitor.deaths == 0


async def test_other_orders_come_to_the_same_process(tmp_path: Path) -> None:
    async with Run("answers", tmp_path) as run:
        await run.until(lambda: bool(run.heard))
        run.visitor.change(AGENT, [order("setda")])
        await run.until(lambda: len(run.heard) == 2)
        assert run.heard[1] == ("setda", Bug("heard"))
        assert len([note for note in run.notes() if isinstance(note, list)]) == 1, "one start"


async def test_another_agent_is_another_process_and_no_death(tmp_path: Path) -> None:
    async with Run("answers", tmp_path) as run:
        await run.until(lambda: bool(run.heard))
        run.agent = Agent("another", JAKARTA)
        run.visitor.change(run.agent, run.orders)
        await run.until(lambda: len(run.heard) == 2)
        starts = [note for note in run.notes() if isinstance(note, list)]
        assert starts[1:] == [["--agent", "another", "--zone", "Asia/Jakarta"]]
    assert (run.visitor.deaths, run.rests) == (0, [])


async def test_one_that_dies_is_started_again_later_and_later(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with Run("dies", tmp_path) as run:
        await run.until(lambda: run.visitor.deaths >= 4)
    assert run.rests[:4] == [5, 10, 20, 40]
    assert "websites_process_ended status=3 it is started again in 5 s" in caplog.text
    assert "websites_process_says text=Killed by a page" in caplog.text


@pytest.mark.parametrize("behaviour", ["babbles", "endless", "nests", "mutters"])
async def test_one_that_says_what_isnt_understood_is_ended(behaviour: str, tmp_path: Path) -> None:
    async with Run(behaviour, tmp_path) as run:
        await run.until(lambda: run.visitor.deaths >= 1)
    assert run.heard == []


async def test_one_that_hangs_is_ended_and_started_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    run = Run("hangs", tmp_path)
    words = [sys.executable, str(SILLY), "hangs", str(run.file)]
    run.visitor = VisitingProcess(words, quiet_seconds=0.3, sleep=run.sleep)
    async with run:
        await run.until(lambda: run.visitor.deaths >= 1)
    assert "websites_process_hangs nothing was heard of it for 0.3 s" in caplog.text


async def test_orders_that_change_while_it_is_started_arent_lost(tmp_path: Path) -> None:
    async with Run("answers", tmp_path) as run:
        await asyncio.sleep(0)
        run.orders = (order("setda"),)
        run.visitor.change(AGENT, run.orders)
        await run.until(lambda: bool(run.heard))
        assert run.heard[-1] == ("setda", Bug("heard"))


async def test_one_that_cant_be_started_is_tried_again(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    run = Run("answers", tmp_path)
    run.visitor = VisitingProcess([str(tmp_path / "nothing")], sleep=run.sleep)
    async with run:
        await run.until(lambda: run.visitor.deaths >= 2)
    assert "No such file" in caplog.text


async def test_a_change_while_nothing_runs_is_in_the_next_orders(tmp_path: Path) -> None:
    run = Run("answers", tmp_path)
    run.visitor.change(AGENT, [order("setda")])
    run.orders = (Order("bapenda", Website("https://bapenda.example/")),)
    async with run:
        await run.until(lambda: bool(run.heard))
    assert run.heard == [("bapenda", Bug("heard"))]
