"""Asking a Prometheus, over real sockets: what it says, what it may cost, and what is said where it doesn't answer."""

from __future__ import annotations

import asyncio
import base64
import errno
import gzip
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.http_exceptions import BadStatusLine
from fake_time import EPOCH, FakeTime

from exporter.errors import InputError
from exporter.lab.sites.authority import Authority
from exporter.lab.sites.conditions import Kind
from exporter.model import Language
from exporter.web.prometheus import Measure, Month30, PastMonth
from exporter.web.prometheus.asking import AT_ONCE, KEPT_LINKS, LARGEST_BYTES, server
from exporter.web.prometheus.faults import Fault, Unanswered

LINK = "dinkes/primary"
UNTIL = int(EPOCH + 1000) // 300 * 300
GOOD = json.dumps(
    {
        "status": "success",
        "data": {"resultType": "matrix", "result": [{"metric": {"line": "loss"}, "values": [[UNTIL, "0.25"]]}]},
    }
).encode()
Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def good(_: web.Request) -> web.Response:
    return web.Response(body=GOOD, content_type="application/json")


@dataclass
class FakePrometheus:
    """Answers as it is told to, and keeps what it was asked."""

    answering: Answering = good
    asked: list[web.Request] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    port: int = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self.answering(request)
        finally:
            self.at_once -= 1


@asynccontextmanager
async def serving(answering: Answering = good) -> AsyncIterator[FakePrometheus]:
    fake = FakePrometheus(answering)
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", fake.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.port = runner.addresses[0][1]
    try:
        yield fake
    finally:
        await runner.cleanup()


def asking(fake: FakePrometheus, clock: FakeTime | None = None, patience_seconds: float = 20.0) -> PastMonth:
    return PastMonth(f"http://127.0.0.1:{fake.port}", clock or FakeTime(), patience_seconds)


def loss(answer: Month30 | str | None) -> float | None:
    """Return the newest loss of a month; an assertion fails where it is none."""
    assert isinstance(answer, Month30), answer
    (line,) = (line for line in answer.lines if line.name is Measure.LOSS)
    at, value = line.points[-1]
    assert at == answer.until == UNTIL
    return value


async def test_thirty_days_are_asked_for_in_steps_of_two_hours() -> None:
    async with serving() as fake:
        assert loss(await PastMonth(f"http://127.0.0.1:{fake.port}/behind/", FakeTime()).of(LINK)) == 0.25
    (request,) = fake.asked
    asked = dict(request.query)
    assert 'link="primary"' in asked.pop("query")
    assert (request.method, request.path) == ("GET", "/behind/api/v1/query_range")
    assert asked == {"start": str(UNTIL - 30 * 86_400 + 7_200), "end": str(UNTIL), "step": "7200"}


async def test_the_environments_proxy_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with serving() as fake:
        assert loss(await asking(fake).of(LINK)) == 0.25


async def test_an_answer_is_kept_for_five_minutes() -> None:
    clock = FakeTime()
    async with serving() as fake:
        past = asking(fake, clock)
        asked = []
        for seconds in (0, 299, 2):
            clock.now += seconds
            assert isinstance(await past.of(LINK), Month30)
            asked.append(len(fake.asked))
    assert asked == [1, 1, 2]


async def test_who_asks_meanwhile_shares_the_answer_and_only_few_links_are_asked_of_at_once() -> None:
    async def slowly(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.02)
        return await good(request)

    async with serving(slowly) as fake:
        past = asking(fake)
        answers = await asyncio.gather(*(past.of(f"dinkes/{n % 6}") for n in range(24)))
    assert {loss(answer) for answer in answers} == {0.25}
    assert (len(fake.asked), fake.most_at_once) == (6, AT_ONCE)


async def test_only_so_many_links_are_kept() -> None:
    async with serving() as fake:
        past = asking(fake)
        for n in [*range(KEPT_LINKS + 1), KEPT_LINKS, 1, 0]:
            await past.of(f"dinkes/{n}")
    assert len(fake.asked) == KEPT_LINKS + 2


async def test_a_trouble_is_kept_for_half_a_minute_whatever_is_asked_and_an_older_answer_stands() -> None:
    clock = FakeTime()
    async with serving() as fake:
        past = asking(fake, clock)
        await past.of("dinkes/backup")
        fake.answering = _failing
        found = []
        for seconds, link in ((0, LINK), (29, "disdik/primary"), (0, "dinkes/backup"), (2, LINK)):
            clock.now += seconds
            found.append((isinstance(await past.of(link), str), len(fake.asked)))
        fake.answering = good
        clock.now += 31
        found.append((isinstance(await past.of(LINK), str), len(fake.asked)))
    assert found == [(True, 2), (True, 2), (False, 2), (True, 3), (False, 4)]


async def _failing(_: web.Request) -> web.Response:
    return web.Response(status=500)


async def test_the_log_has_a_trouble_once(caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeTime()
    async with serving(_failing) as fake:
        past = asking(fake, clock)
        for _ in range(3):
            await past.of(LINK)
            clock.now += 31
    told = f"prometheus_unanswered Prometheus at 127.0.0.1:{fake.port} answers HTTP 500; its log says more"
    assert (caplog.messages, len(fake.asked)) == ([told], 3)


def answers(status: int = 200, body: bytes = b"", **headers: str) -> Answering:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, body=body, headers={k.replace("_", "-"): v for k, v in headers.items()})

    return answer


async def _endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(4 * LARGEST_BYTES // 2**16):
        await response.write(b" " * 2**16)
    return response


async def _breaks_off(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": str(len(GOOD))})
    await response.prepare(request)
    await response.write(GOOD[:100])
    assert request.transport is not None
    request.transport.abort()
    return response


async def _hangs_up(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


REFUSED = b'{"status": "error", "errorType": "bad_data", "error": "too many samples"}'


@pytest.mark.parametrize(
    ("answering", "sentence"),
    [
        (answers(500), "Prometheus at {} answers HTTP 500; its log says more"),
        (answers(422, REFUSED), "Prometheus at {} answers HTTP 422 (too many samples); its log says more"),
        (answers(204), "Prometheus at {} answers HTTP 204; its log says more"),
        (answers(503, b"<h1>busy</h1>"), "Prometheus at {} answers HTTP 503; its log says more"),
        (
            answers(401),
            (
                "Prometheus at {} refuses us (HTTP 401); write its user and password into --prometheus-url,"
                " before the host"
            ),
        ),
        (
            answers(302, Location="http://127.0.0.1:1/"),
            "{} leads elsewhere (HTTP 302); name with --prometheus-url where it leads to",
        ),
        *(
            (answering, "what answers at {} isn't Prometheus; name its address with --prometheus-url")
            for answering in (
                answers(200, b"<!doctype html><title>Router</title>"),
                answers(200, GOOD[:-9]),
                answers(200, gzip.compress(GOOD), Content_Encoding="gzip"),
                answers(200, b'{"status": "success", "data": {"resultType": "scalar", "result": [1, "2"]}}'),
            )
        ),
        (
            _endless,
            "{} answers with more than a link's 30 days can be; name Prometheus itself with --prometheus-url",
        ),
        (_breaks_off, "Prometheus at {} broke off before its answer was whole; its log says more"),
        (_hangs_up, "Prometheus at {} broke off before its answer was whole; its log says more"),
    ],
)
async def test_what_is_no_good_answer_is_a_sentence(answering: Answering, sentence: str) -> None:
    async with serving(answering) as fake:
        answer = await asking(fake).of(LINK)
    assert answer == sentence.format(f"127.0.0.1:{fake.port}")


async def test_who_is_silent_is_not_waited_for() -> None:
    async def never(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(30)
        raise AssertionError

    async with serving(never) as fake:
        past = asking(fake, patience_seconds=0.2)
        found = [await past.of(link) for link in (LINK, "disdik/primary")]
    place = f"127.0.0.1:{fake.port}"
    silent = f"Prometheus at {place} didn't answer within 0.2 s; look whether it is overloaded, then ask again"
    assert (found, len(fake.asked)) == ([silent, silent], 1)


async def test_who_waited_too_long_for_a_turn_is_told_so_and_prometheus_is_not_held_to_be_in_trouble() -> None:
    async def slowly(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.6)
        return await good(request)

    async with serving(slowly) as fake:
        past = asking(fake, patience_seconds=1.0)
        found = await asyncio.gather(*(past.of(f"dinkes/{n}") for n in range(AT_ONCE + 1)))
        fake.answering = good
        found.append(await past.of(f"dinkes/{AT_ONCE}"))
    busy = f"Prometheus at 127.0.0.1:{fake.port} is being asked by many at once; ask again in a minute"
    assert [answer if isinstance(answer, str) else loss(answer) for answer in found] == [0.25] * AT_ONCE + [busy, 0.25]


async def test_what_speaks_no_http_is_no_prometheus() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"220 smtp.example ESMTP\r\n" + b"x" * 100_000 + b"\r\n\r\n")
        writer.close()

    other = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with other:
        port = other.sockets[0].getsockname()[1]
        answer = await PastMonth(f"http://127.0.0.1:{port}", FakeTime()).of(LINK)
    assert answer == f"what answers at 127.0.0.1:{port} isn't Prometheus; name its address with --prometheus-url"


async def test_who_is_not_there_is_said_with_the_systems_words_in_the_readers_language() -> None:
    past = PastMonth("http://127.0.0.1:1/", FakeTime())
    assert [await past.of(LINK, language) for language in Language] == [
        (
            "Prometheus di 127.0.0.1:1 tidak dapat dihubungi (Connection refused); jalankan di sana,"
            " atau tunjuk yang lain dengan --prometheus-url"
        ),
        (
            "Prometheus at 127.0.0.1:1 can't be reached (Connection refused); start it there, or name another with"
            " --prometheus-url"
        ),
    ]


async def test_a_name_that_is_not_found_is_said() -> None:
    answer = await PastMonth("http://prometheus.invalid:9090", FakeTime()).of(LINK)
    assert str(answer).startswith("Prometheus at prometheus.invalid:9090 can't be reached (")


async def test_tls_where_there_is_none_is_said() -> None:
    async with serving() as fake:
        answer = await PastMonth(f"https://127.0.0.1:{fake.port}", FakeTime()).of(LINK)
    assert str(answer).startswith(f"Prometheus at 127.0.0.1:{fake.port} can't be reached (")


async def test_a_user_is_asked_for_by_basic_authentication_and_shown_to_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving(answers(401)) as fake:
        past = PastMonth(f"http://pemantau:rah%40sia@127.0.0.1:{fake.port}/", FakeTime())
        said = await past.of(LINK)
    (request,) = fake.asked
    assert request.headers["Authorization"] == "Basic " + base64.b64encode(b"pemantau:rah@sia").decode()
    everything = f"{said} {caplog.text} {past._server!r}"
    assert not [secret for secret in ("pemantau", "rah@sia", "rah%40sia") if secret in everything]


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("http://127.0.0.1:9090", "127.0.0.1:9090"),
        ("https://prometheus.example/", "prometheus.example"),
        ("http://[::1]:9090/prometheus", "[::1]:9090"),
        ("http://user:secret@prometheus.example:9090/", "prometheus.example:9090"),
    ],
)
def test_where_a_prometheus_is_may_be_written_so(written: str, place: str) -> None:
    assert server(written).place == place


EXAMPLE = "write it as http://127.0.0.1:9090, with USER:PASSWORD@ before the host where it wants them"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "this is no address of a web server"),
        ("127.0.0.1:9090", "this is no address of a web server"),
        ("prometheus.example", "this is no address of a web server"),
        ("ftp://127.0.0.1/", "this is no address of a web server"),
        ("file:///etc/passwd", "this is no address of a web server"),
        ("http:///path", "this is no address of a web server"),
        ("http://127.0.0.1:0", "this is no address of a web server"),
        ("http://127.0.0.1:99999", "this is no URL"),
        ("http://:secret:9090", "this is no URL"),
        ("http://[::1", "this is no URL"),
        ("http://127.0.0.1:9090/?token=secret", "only a user, a host, a port and a path may stand in it"),
        ("http://127.0.0.1:9090/#secret", "only a user, a host, a port and a path may stand in it"),
    ],
)
def test_what_cannot_be_asked_is_refused_at_the_start_without_a_word_of_it(written: str, reason: str) -> None:
    with pytest.raises(InputError) as refused:
        PastMonth(written, FakeTime())
    assert str(refused.value) == f"--prometheus-url: {reason}; {EXAMPLE}"


@pytest.mark.parametrize("fault", list(Fault))
@pytest.mark.parametrize("language", list(Language))
def test_each_fault_has_a_sentence_in_both_languages(fault: Fault, language: Language) -> None:
    text = Unanswered(fault, "prometheus.example", "{7}").text(language)
    assert "prometheus.example" in text
    assert "{place}" not in text
    assert text != Unanswered(fault, "prometheus.example", "{7}").text(
        next(each for each in Language if each != language)
    )


@pytest.mark.parametrize(
    ("error", "unanswered"),
    [
        (aiohttp.ServerDisconnectedError(), Unanswered(Fault.BROKEN_OFF, "prometheus.example")),
        (aiohttp.ClientPayloadError("secret"), Unanswered(Fault.BROKEN_OFF, "prometheus.example")),
        (
            aiohttp.ClientOSError(errno.ECONNRESET, "secret"),
            Unanswered(Fault.UNREACHABLE, "prometheus.example", "Connection reset by peer"),
        ),
        (
            OSError(errno.EMFILE, "secret"),
            Unanswered(Fault.UNREACHABLE, "prometheus.example", "Too many open files"),
        ),
        (BadStatusLine("secret"), Unanswered(Fault.NO_PROMETHEUS, "prometheus.example")),
        (aiohttp.InvalidURL("http://secret"), Unanswered(Fault.NO_PROMETHEUS, "prometheus.example")),
        (ValueError("secret"), Unanswered(Fault.NO_PROMETHEUS, "prometheus.example")),
    ],
)
def test_a_librarys_error_is_translated_without_its_words(error: Exception, unanswered: Unanswered) -> None:
    assert PastMonth("http://prometheus.example", FakeTime())._translated(error) == unanswered


async def test_a_certificate_that_nobody_vouches_for_is_said(tmp_path: Path) -> None:
    context = Authority(tmp_path, datetime.now(UTC)).context("localhost", Kind.TLS_SELF_SIGNED)
    other = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    async with other:
        port = other.sockets[0].getsockname()[1]
        answer = await PastMonth(f"https://localhost:{port}", FakeTime()).of(LINK)
    assert answer == (
        f"the certificate of Prometheus at localhost:{port} isn't trusted; name its authority's file in SSL_CERT_FILE"
    )
