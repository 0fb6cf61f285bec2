"""A service and its pages, for the tests of what serves them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import aiohttp
from metrics_snapshots import make_snapshot
from yarl import URL

from exporter.errors import TerpaduError
from exporter.ledger import Ledger
from exporter.model import Language
from exporter.recent import Cell
from exporter.snapshot import Snapshot
from exporter.web import serve
from exporter.web.pages import Page, Pages, Place
from exporter.web.prometheus import Month30

R = TypeVar("R")
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def place(path: str = "/", *, language: Language = Language.INDONESIAN, is_public: bool = False) -> Place:
    return Place(path, language, is_public=is_public)


@dataclass
class FakePages:
    """Makes pages of the fragments that it has; `made` are the places that were asked for."""

    fragments: dict[str, str] = field(default_factory=lambda: {"now": "<b>1</b>"})
    skeleton: str = "frame"
    status: int = 200
    bug: Exception | None = None
    made: list[Place] = field(default_factory=list)
    problems: int = 0

    async def page(self, asked: Place) -> Page:
        self.made.append(asked)
        await asyncio.sleep(0)
        if self.bug is not None:
            raise self.bug
        body = f"<!doctype html><p>{asked.language.value} {asked.path} {asked.query} {self.fragments}"
        return Page(self.status, body.encode(), dict(self.fragments), self.skeleton)

    async def problem(self, status: int, sentence: str, asked: Place) -> Page:
        self.problems += 1
        if self.bug is not None:
            raise self.bug
        body = f"<p>{status} {asked.language.value} {asked.is_public}: {sentence}"
        return Page(status, body.encode(), {}, "")


@dataclass
class PlainService:
    """Gives one snapshot, no ledger and no report; keeps the bugs that it is told."""

    lifecycle_enabled: bool = True
    language: Language = Language.INDONESIAN
    bugs: list[Exception] = field(default_factory=list)

    async def snapshot(self) -> Snapshot:
        return make_snapshot()

    async def read(self, work: Callable[[Ledger], R]) -> R:
        assert work
        raise TerpaduError("ledger x: it can't be read")

    def recent(self, link: str) -> tuple[Cell, ...]:
        assert link
        return ()

    async def past_month(self, link: str, language: Language) -> Month30 | str | None:
        del link, language
        return None

    def report_file(self, name: str) -> Path | None:
        assert name
        return None

    def report_names(self) -> list[str]:
        return ["2026-01.id.pdf"]

    def obstacle(self) -> str | None:
        return None

    def survive(self, bug: Exception) -> None:
        self.bugs.append(bug)

    async def reload(self) -> str | None:
        return None


class Asker:
    """Asks a server on this machine; bodies come as they were sent."""

    def __init__(self, session: aiohttp.ClientSession, port: int) -> None:
        self.session = session
        self.port = port

    async def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[aiohttp.ClientResponse, bytes]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.request(method, self.url(path), headers=named) as response:
            return response, await response.read()

    def url(self, path: str) -> URL:
        return URL(f"http://127.0.0.1:{self.port}{path}", encoded=True)


@asynccontextmanager
async def served(
    pages: FakePages | None, service: PlainService | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[tuple[Asker, Asker]]:
    """Yield who asks the main listener, and who asks the public one; None are the real pages."""
    make_pages = Pages if pages is None else lambda _: pages
    with socket.create_server((host, 0)) as main, socket.create_server((host, 0)) as public:
        serving = await serve(main, service or PlainService(), public=public, make_pages=make_pages)
        plain = {"Accept-Encoding": "identity"}
        many = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(auto_decompress=False, headers=plain, connector=many) as session:
            yield Asker(session, main.getsockname()[1]), Asker(session, public.getsockname()[1])
            await serving.cleanup()
