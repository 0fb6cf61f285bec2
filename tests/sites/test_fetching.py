"""Visits over real connections: what comes, what is followed, and what ends them."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from typing import Any

import pytest
from fake_time import FakeTime
from site_servers import PAGE, SHORT, Talk, answer, fetcher, hangs, pages, says, serving

from exporter.sites.fetching import Fetched, Limits, Refused
from exporter.website import Fault

pytestmark = pytest.mark.usefixtures("private_network")


async def visit(talk: Talk, path: str = "/", **given: Any) -> tuple[Fetched | Refused, int]:
    """Visit a server that talks so; gives the outcome with the server's port struck out."""
    async with serving(talk) as port:
        outcome = await fetcher().get(f"http://dinkes.example:{port}{path}", **given)
        return outcome, port


async def test_an_answer_comes_with_its_status_headers_and_body() -> None:
    clock = FakeTime()
    asked: list[str] = []
    async with serving(pages({"/": answer(set_cookie="a=1")}, asked)) as port:
        outcome = await fetcher(clock=clock).get(f"http://dinkes.example:{port}/")
    url = f"http://dinkes.example:{port}/"
    headers = {"content-type": "text/html", "content-length": str(len(PAGE)), "set-cookie": "a=1"}
    assert outcome == Fetched(url, (url,), 200, headers, PAGE, 0.0, None, clock.time())
    assert "User-Agent: terpadu/1 (+dinkes.example)\r\n" in asked[0]
    assert "Accept-Encoding: gzip, deflate\r\n" in asked[0]


async def test_an_error_status_is_an_answer_with_its_body() -> None:
    outcome, _ = await visit(says(answer(b"<h1>Rusak</h1>", "503 Service Unavailable")))
    assert (outcome.status, outcome.body) == (503, b"<h1>Rusak</h1>")


async def test_an_answer_with_a_header_of_forty_kilobytes_is_read() -> None:
    outcome, _ = await visit(says(answer(content_security_policy="x" * 40_000)))
    assert outcome.body == PAGE


async def test_an_agent_with_line_ends_can_write_no_header() -> None:
    asked: list[str] = []
    async with serving(pages({"/": answer()}, asked)) as port:
        await fetcher(agent="terpadu\r\nX-Evil: é").get(f"http://dinkes.example:{port}/")
    assert "User-Agent: terpadu??X-Evil: ?\r\n" in asked[0]


async def test_a_server_that_says_nothing_is_a_timeout() -> None:
    outcome, _ = await visit(hangs, limits=SHORT)
    assert outcome.fault is Fault.TIMEOUT


async def test_a_body_that_drips_is_a_timeout_with_its_status() -> None:
    async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(PAGE.partition(b"</html>")[0], content_length="1000000"))
        while not writer.is_closing():
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.02)

    outcome, _ = await visit(drips, limits=SHORT)
    assert (outcome.fault, outcome.http_status) == (Fault.TIMEOUT, 200)


@pytest.mark.parametrize(
    "sent",
    [
        answer(PAGE, content_length="1000"),
        answer(b"%x\r\n%s\r\n" % (len(PAGE), PAGE), transfer_encoding="chunked").replace(
            b"content-length", b"x-length"
        ),
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE,
    ],
)
async def test_a_page_that_came_to_its_end_is_good_though_its_body_doesn_t_end(sent: bytes) -> None:
    async def stays(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(sent)
        await hangs(reader, writer)

    outcome, _ = await visit(stays, limits=SHORT)
    assert (outcome.status, outcome.body) == (200, PAGE)


async def test_headers_that_drip_are_a_timeout() -> None:
    async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not writer.is_closing():
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.02)

    outcome, _ = await visit(drips, limits=SHORT)
    assert (outcome.fault, outcome.http_status) == (Fault.TIMEOUT, None)


async def test_a_resolver_that_hangs_is_a_timeout() -> None:
    async def never(_host: str) -> list[str]:
        await asyncio.Event().wait()

    outcome = await fetcher(resolve=never).get("http://dinkes.example/", limits=SHORT)
    assert (outcome.fault, outcome.addresses) == (Fault.TIMEOUT, ("http://dinkes.example/",))


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (socket.gaierror(socket.EAI_NONAME, ""), ""),
        (socket.gaierror(socket.EAI_NODATA, ""), ""),
        (socket.gaierror(socket.EAI_AGAIN, ""), "temporary"),
        (socket.gaierror(socket.EAI_FAIL, ""), "temporary"),
        (UnicodeError("label too long"), ""),
    ],
)
async def test_a_look_up_that_fails_says_whether_it_may_pass(error: Exception, detail: str) -> None:
    async def fails(_host: str) -> list[str]:
        raise error

    outcome = await fetcher(resolve=fails).get("http://dinkes.example/")
    assert (outcome.fault, outcome.detail) == (Fault.NAME_NOT_FOUND, detail)


async def test_a_port_where_nobody_listens_is_a_failed_connection() -> None:
    async with serving(hangs) as port:
        pass
    outcome = await fetcher().get(f"http://dinkes.example:{port}/")
    assert (outcome.fault, outcome.detail) == (Fault.CONNECTION_FAILED, "Connection refused")


async def test_the_next_address_is_tried_where_the_first_doesn_t_listen() -> None:
    async def two(_host: str) -> list[str]:
        return ["127.0.0.3", "127.0.0.1"]

    async with serving(says(answer())) as port:
        outcome = await fetcher(resolve=two).get(f"http://dinkes.example:{port}/")
    assert isinstance(outcome, Fetched)


async def test_ipv4_is_tried_before_ipv6() -> None:
    async def both(_host: str) -> list[str]:
        return ["2001:db8::10", "127.0.0.1"]

    async with serving(says(answer())) as port:
        outcome = await fetcher(resolve=both).get(f"http://dinkes.example:{port}/")
    assert isinstance(outcome, Fetched)


async def test_a_site_at_an_ipv6_address_is_visited() -> None:
    async def new(_host: str) -> list[str]:
        return ["::1"]

    async with serving(says(answer()), address="::1") as port:
        outcome = await fetcher(resolve=new).get(f"http://dinkes.example:{port}/")
    assert isinstance(outcome, Fetched)


async def test_a_site_with_ipv6_alone_can_t_be_judged_without_ipv6() -> None:
    async def new(_host: str) -> list[str]:
        return ["2001:db8::10"]

    outcome = await fetcher(resolve=new).get("http://dinkes.example/")
    assert (outcome.fault, outcome.is_measured) == (Fault.CONNECTION_FAILED, False)


async def test_a_machine_out_of_sockets_says_nothing_of_a_site(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_given: Any, **_more: Any) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    async with serving(says(answer())) as port:
        monkeypatch.setattr("exporter.sites.exchange.MeasuredSocket", refuse)
        outcome = await fetcher().get(f"http://dinkes.example:{port}/")
    assert isinstance(outcome, Refused)
    assert not outcome.is_measured


@pytest.mark.parametrize(
    "noise",
    [
        b"<html>an answer as of 1991</html>",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: 1\r\n" % number for number in range(5000)) + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1_000_000,
        b"HTTP/1.1 200 " + b"x" * 1_000_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nContent-Length: 13\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n",
        b"SSH-2.0-OpenSSH_9\r\n",
        b"\x16\x03\x01\x00\x02\x02\x28",
        b"",
    ],
)
async def test_what_isn_t_http_is_a_bad_answer(noise: bytes) -> None:
    outcome, _ = await visit(says(noise), limits=Limits(seconds=3))
    assert outcome.fault is Fault.BAD_ANSWER


async def test_a_body_shorter_than_promised_is_a_bad_answer() -> None:
    outcome, _ = await visit(says(answer(b"<html>Kami mo", content_length="500")))
    assert (outcome.fault, outcome.http_status) == (Fault.BAD_ANSWER, 200)


async def test_a_body_shorter_than_promised_that_ends_as_a_page_does_is_good() -> None:
    outcome, _ = await visit(says(answer(PAGE + b"\n", content_length="500")))
    assert outcome.body == PAGE + b"\n"


async def test_a_connection_reset_within_the_body_has_no_page() -> None:
    async def resets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(b"<html>", content_length="5000"))
        await writer.drain()
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        writer.transport.abort()

    outcome, _ = await visit(resets)
    assert (outcome.fault, outcome.detail) == (Fault.BAD_ANSWER, "the body broke off")


async def test_two_megabytes_of_a_body_are_kept_and_no_more_is_read() -> None:
    sent = 0

    async def pours(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(b"", content_length="1000000000"))
        while not writer.is_closing() and sent < 100_000_000:
            writer.write(b"isi " * 25_000)
            await writer.drain()
            sent += 100_000

    outcome, _ = await visit(pours)
    assert len(outcome.body) == 2_000_000
    assert sent < 20_000_000


@pytest.mark.parametrize(
    ("head", "flood"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"", b"\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;", b"x"),
    ],
)
async def test_a_flood_ends_after_a_few_megabytes(head: bytes, flood: bytes) -> None:
    async def floods(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head)
        while not writer.is_closing():
            writer.write(flood * (100_000 // len(flood)))
            await writer.drain()

    outcome, _ = await visit(floods, limits=Limits(seconds=60, body_bytes=300_000))
    assert outcome.fault is Fault.BAD_ANSWER


async def test_a_visit_isn_t_held_up_by_one_that_hangs() -> None:
    async with serving(hangs) as stuck, serving(says(answer())) as port:
        hanging = asyncio.create_task(fetcher().get(f"http://dinkes.example:{stuck}/", limits=Limits(seconds=30)))
        outcome = await fetcher().get(f"http://disdik.example:{port}/", limits=SHORT)
        assert isinstance(outcome, Fetched)
        assert not hanging.done()
        hanging.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hanging


async def test_an_address_that_is_none_is_a_bad_answer() -> None:
    outcome = await fetcher().get("http://")
    assert outcome.fault is Fault.BAD_ANSWER
