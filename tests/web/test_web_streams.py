"""Live pages over real connections: many readers, slow ones, those that go, and the end of the server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
import zlib
from collections.abc import AsyncIterator

import aiohttp
import pytest
from served_pages import Asker, FakePages, served

from exporter.web import live
from exporter.web.regions import version_of

OPENING = b"retry: 3000\n\n"
BEAT = b"event: beat\ndata: {}\n\n"
PATIENCE_SECONDS = 20


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let rounds follow each other closely, since these tests go by the machine's clock."""
    monkeypatch.setattr(live, "REST_SECONDS", 0.01)
    monkeypatch.setattr(live, "RESTS_A_WORK", 0)


@pytest.fixture
def pages() -> FakePages:
    return FakePages()


@pytest.fixture
async def main(pages: FakePages) -> AsyncIterator[Asker]:
    async with served(pages) as (asker, _), asyncio.timeout(PATIENCE_SECONDS):
        yield asker


async def opened(asker: Asker, path: str = "/live", **headers: str) -> aiohttp.ClientResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = await asker.session.get(asker.url(path), headers=named)
    assert response.status == 200
    return response


async def event(response: aiohttp.ClientResponse) -> bytes:
    """Return the next event, however long."""
    told = bytearray()
    while not told.endswith(b"\n\n"):
        told += await response.content.readuntil(b"\n", max_size=2**26)
    return bytes(told)


async def show(asker: Asker, pages: FakePages, **fragments: str) -> None:
    """Change the page, and let nobody share what was before."""
    pages.fragments = fragments
    await asker.ask("/-/reload", "POST")


def change(**fragments: str) -> bytes:
    data = json.dumps(fragments, separators=(",", ":"))
    return f"event: change\nid: {version_of('frame', fragments)}\ndata: {data}\n\n".encode()


async def test_a_reader_is_told_what_changes_while_it_looks(main: Asker, pages: FakePages) -> None:
    response = await opened(main, "/live?path=/offices/dinkes")
    assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert (response.headers["Cache-Control"], response.headers["X-Accel-Buffering"]) == ("no-store", "no")
    assert [await event(response), await event(response)] == [OPENING, change(now="<b>1</b>")]
    await show(main, pages, now="2")
    assert await event(response) == change(now="2")
    assert {made.path for made in pages.made} == {"/offices/dinkes"}


async def test_a_compressed_stream_says_the_same_as_soon(main: Asker, pages: FakePages) -> None:
    response, reader = await opened(main, Accept_Encoding="gzip"), zlib.decompressobj(wbits=31)
    assert response.headers["Content-Encoding"] == "gzip"
    told = b""
    for shown in ("2", "3"):
        await show(main, pages, now=shown)
        while not told.endswith(change(now=shown)):
            told += reader.decompress(await response.content.readany())
    assert told.startswith(OPENING)


async def test_a_reader_that_comes_back_goes_on_from_its_last_event(main: Asker) -> None:
    version = version_of("frame", {"now": "<b>1</b>"})
    there = await opened(main, "/live?version=frame.older", Last_Event_ID=version)
    lacking = await opened(main, "/live?version=frame.older")
    outdated = await opened(main, f"/live?version={version}", Last_Event_ID="other.1")
    assert [await event(lacking), await event(lacking)] == [OPENING, change(now="<b>1</b>")]
    assert await outdated.content.read() == OPENING + b"event: reload\ndata: {}\n\n"
    assert await event(there) == OPENING


async def test_hundreds_of_readers_are_told_of_one_work(main: Asker, pages: FakePages) -> None:
    readers = await asyncio.gather(*(opened(main) for _ in range(100)))
    for reader in readers:
        assert [await event(reader), await event(reader)] == [OPENING, change(now="<b>1</b>")]
    made = len(pages.made)
    await show(main, pages, now="2")
    assert {await event(reader) for reader in readers} == {change(now="2")}
    assert len(pages.made) <= made + 2  # a round that was under way may have met the change


async def test_what_is_no_live_page_is_refused_in_words(main: Asker, pages: FakePages) -> None:
    for path in ("/live?path=/metrics", "/live?path=", "/live?path=/offices"):
        response, body = await main.ask(path)
        assert (response.status, body.startswith(b"there is nothing at")) == (404, True)
    pages.status = 404
    response, body = await main.ask("/live?path=/offices/none")
    assert (response.status, body) == (404, b"there is no live page at /offices/none\n")


async def test_a_reader_that_went_is_forgotten(main: Asker, pages: FakePages) -> None:
    response = await opened(main)
    await event(response)
    response.close()
    await main.ask("/-/healthy")
    made, still = len(pages.made), 0
    while still < 5:  # five rounds' time without a page
        await show(main, pages, now=str(made))
        await asyncio.sleep(0.02)
        still = still + 1 if len(pages.made) == made else 0
        made = len(pages.made)


class Stuck:
    """A client that asks, sees that it is answered and then reads nothing, through small buffers."""

    def __init__(self, port: int) -> None:
        self._sock = socket.socket()
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._sock.settimeout(PATIENCE_SECONDS)
        self._sock.connect(("127.0.0.1", port))
        self._sock.sendall(b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self._sock.recv(10)

    def rest(self) -> int:
        """Read to the end, and return how much was on the way."""
        found = 0
        with contextlib.suppress(ConnectionResetError), self._sock:
            while some := self._sock.recv(2**20):
                found += len(some)
        return found


async def test_a_reader_that_takes_nothing_holds_up_nobody_and_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "BEAT_SECONDS", 0.2)
    pages, told = FakePages({"big": "x" * 2_000_000}), []
    async with served(pages) as (main, _), asyncio.timeout(PATIENCE_SECONDS):
        stuck, fine = await asyncio.to_thread(Stuck, main.port), await opened(main)
        for number in range(10):
            await show(main, pages, big=f"{number}" * 2_000_000)
            while len(latest := await event(fine)) < 2_000_000:
                pass  # a beat
            told.append(latest)
        for _ in range(3):
            while await event(fine) != BEAT:
                pass
        found = await asyncio.to_thread(stuck.rest)
    assert len(told) == 10
    assert found < 6_000_000  # of the 20,000,000 that the other was told


async def test_the_server_ends_at_once_whatever_its_readers_do() -> None:
    pages = FakePages({"big": "x" * 8_000_000})
    async with served(pages) as (main, _):
        fine = await opened(main)
        stuck = await asyncio.to_thread(Stuck, main.port)
        assert [len(await event(fine)) > 8_000_000 for _ in range(2)] == [False, True]
        rest = asyncio.create_task(fine.content.read())
        began = time.monotonic()
    took = time.monotonic() - began
    assert (await rest, took < 2) == (b"", True)
    assert await asyncio.to_thread(stuck.rest) < 8_000_000
