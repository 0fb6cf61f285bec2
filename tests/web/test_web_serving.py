"""Pages, styles, refusals over HTTP: headers, languages, what is kept by whom."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from collections.abc import AsyncIterator
from html import unescape

import aiohttp
import pytest
from served_pages import BROWSER, Asker, FakePages, PlainService, served
from yarl import URL

from exporter.model import Language
from exporter.web import access, server
from exporter.web.access import is_harmless
from exporter.web.admission import Admission
from exporter.web.pages import Place

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
Two = tuple[Asker, Asker]


@pytest.fixture
def pages() -> FakePages:
    return FakePages()


@pytest.fixture
def service() -> PlainService:
    return PlainService()


@pytest.fixture
async def two(pages: FakePages, service: PlainService) -> AsyncIterator[Two]:
    async with served(pages, service) as askers:
        yield askers


@pytest.fixture
def main(two: Two) -> Asker:
    return two[0]


@pytest.fixture
def public(two: Two) -> Asker:
    return two[1]


@pytest.mark.parametrize("path", ["/", "/offices/dinkes", "/outages", "/outages/dinkes/primary@20260202T024500Z"])
async def test_a_page_is_html_that_is_asked_for_again_each_time(main: Asker, pages: FakePages, path: str) -> None:
    response, body = await main.ask(path)
    assert (response.status, response.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert (response.headers["Cache-Control"], response.headers["Vary"]) == (
        "no-cache",
        "Accept, Accept-Encoding, Accept-Language",
    )
    assert body.startswith(b"<!doctype html>")
    assert [made.path for made in pages.made] == [path]


async def test_a_page_is_compressed_for_those_who_take_it(main: Asker) -> None:
    _, plain = await main.ask("/")
    response, packed = await main.ask("/", Accept_Encoding="gzip")
    assert (response.headers["Content-Encoding"], gzip.decompress(packed)) == ("gzip", plain)


async def test_a_page_that_the_client_has_is_not_sent_again(main: Asker, pages: FakePages) -> None:
    first, _ = await main.ask("/")
    mark = first.headers["ETag"]
    again, nothing = await main.ask("/", If_None_Match=f'"x", {mark}')
    assert (again.status, again.headers["ETag"], nothing) == (304, mark, b"")
    pages.fragments = {"now": "2"}
    await main.ask("/-/reload", "POST")  # from now on nothing from before is shared
    other, body = await main.ask("/", If_None_Match=mark)
    assert (other.status, b"2" in body) == (200, True)


async def test_head_is_answered_as_get_without_the_body(main: Asker) -> None:
    got, body = await main.ask("/")
    head, nothing = await main.ask("/", "HEAD")
    assert (head.status, head.headers["Content-Length"], nothing) == (200, str(len(body)), b"")
    assert head.headers["ETag"] == got.headers["ETag"]


async def test_a_page_is_of_what_the_query_and_the_client_ask(main: Asker, pages: FakePages) -> None:
    await main.ask("/outages?provider=serat&office=din%20kes&x=1&cause=", Accept_Language="en")
    await main.ask("/?lang=en&public=1", Accept_Language="id")
    query = (("office", "din kes"), ("provider", "serat"))
    assert pages.made == [
        Place("/outages", Language.ENGLISH, query),
        Place("/", Language.ENGLISH, is_public=True, is_language_chosen=True, is_public_asked=True),
    ]


async def test_a_page_of_what_is_not_there_has_its_own_status(main: Asker, pages: FakePages) -> None:
    pages.status = 404
    response, body = await main.ask("/offices/none")
    assert (response.status, body.startswith(b"<!doctype html>")) == (404, True)
    assert (await main.ask("/offices/none", If_None_Match=response.headers["ETag"]))[0].status == 404


async def test_every_answer_keeps_browsers_from_doing_more(two: Two) -> None:
    for asker in two:
        for path in ("/", "/-/healthy", "/static/terpadu.js", "/none", "/api/v1/none", "/live?path=/none"):
            headers = (await asker.ask(path))[0].headers
            assert {name: headers.get(name) for name in headers if name.startswith(("Cross-", "X-", "Ref", "Con"))} | {
                "Content-Length": "",
                "Content-Type": "",
            } == {
                "Content-Length": "",
                "Content-Security-Policy": POLICY,
                "Content-Type": "",
                "Cross-Origin-Opener-Policy": "same-origin",
                "Cross-Origin-Resource-Policy": "same-origin",
                "Referrer-Policy": "no-referrer",
                "X-Content-Type-Options": "nosniff",
            }
            assert "camera=()" in headers["Permissions-Policy"]


async def test_a_style_is_kept_for_ever_under_its_own_address(main: Asker) -> None:
    plain, body = await main.ask("/static/terpadu.js")
    mark = plain.headers["ETag"].removeprefix('W/"').removesuffix('"')
    kept, _ = await main.ask(f"/static/terpadu.js?v={mark}")
    packed, small = await main.ask("/static/terpadu.js?v=older", Accept_Encoding="gzip")
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert [answer.headers["Cache-Control"] for answer in (plain, packed)] == ["no-cache", "no-cache"]
    assert (gzip.decompress(small), plain.headers["Content-Type"]) == (body, "text/javascript; charset=utf-8")
    assert (await main.ask("/static/terpadu.js", If_None_Match=plain.headers["ETag"]))[0].status == 304


@pytest.mark.parametrize("path", ["/static/none.css", "/static/..%2Fserver.py", "/static/", "/offices", "/favicon.ico"])
async def test_what_is_not_there_is_404_in_words(main: Asker, path: str) -> None:
    response, body = await main.ask(path)
    assert (response.status, body.decode()) == (404, f"there is nothing at {path}; / says what there is\n")


async def test_a_browser_is_told_in_a_page_and_in_its_language(main: Asker) -> None:
    response, body = await main.ask("/none", Accept=BROWSER, Accept_Language="en")
    assert (response.status, response.headers["Content-Type"], response.headers["Cache-Control"]) == (
        404,
        "text/html; charset=utf-8",
        "no-store",
    )
    assert body.decode() == "<p>404 en False: there is nothing at /none; / says what there is"
    _, body = await main.ask("/none?public=1", Accept=BROWSER)
    assert body.decode() == "<p>404 id True: tidak ada apa pun di /none; mulailah lagi dari /"


async def test_a_program_is_told_in_json_under_the_api(main: Asker) -> None:
    response, body = await main.ask("/api/v1/none", Accept=BROWSER)
    assert (response.status, json.loads(body)) == (
        404,
        {"error": "there is nothing at /api/v1/none; / says what there is"},
    )


async def test_json_is_compressed_for_those_alone_who_take_it(main: Asker) -> None:
    plain, body = await main.ask("/api/v1/offices")
    refused, same = await main.ask("/api/v1/offices", Accept_Encoding="gzip;q=0, identity")
    taken, packed = await main.ask("/api/v1/offices", Accept_Encoding="deflate, gzip")
    assert {answer.headers["Vary"] for answer in (plain, refused, taken)} == {"Accept-Encoding"}
    assert [answer.headers.get("Content-Encoding") for answer in (plain, refused, taken)] == [None, None, "gzip"]
    assert json.loads(gzip.decompress(packed)) == json.loads(body) == json.loads(same)


async def test_a_wrong_method_and_a_long_value_are_told(main: Asker) -> None:
    response, body = await main.ask("/outages", "POST", Accept=BROWSER)
    assert (response.status, response.headers["Allow"]) == (405, "GET,HEAD".replace(",", ", "))
    assert body.decode() == "<p>405 id False: /outages menerima GET atau HEAD, bukan POST"
    response, body = await main.ask(f"/outages?office={'a' * 401}")
    assert (response.status, body) == (400, b"office is longer than 400 characters; shorten it\n")
    assert (await main.ask("/live", "HEAD"))[0].status == 405


async def test_a_bug_behind_a_page_is_told_even_where_the_page_that_says_so_has_it(
    main: Asker, pages: FakePages, service: PlainService
) -> None:
    pages.bug = KeyError("pop")
    response, body = await main.ask("/", Accept=BROWSER)
    assert (response.status, body) == (500, b"a bug of terpadu; the log has it\n")
    assert service.bugs == [pages.bug, pages.bug]


async def test_a_page_is_shared_by_who_asks_at_once(main: Asker, pages: FakePages) -> None:
    await asyncio.gather(*(main.ask("/") for _ in range(20)))
    assert len(pages.made) == 1


async def test_the_reports_are_a_page_for_browsers_and_a_list_for_programs(main: Asker, pages: FakePages) -> None:
    response, body = await main.ask("/reports/")
    assert (response.headers["Vary"], body) == ("Accept", b"/reports/sla/2026-01.id.pdf\n")
    await main.ask("/reports/", Accept=BROWSER)
    assert [made.path for made in pages.made] == ["/reports/"]


async def test_the_public_listener_has_public_pages_whatever_is_asked(public: Asker, pages: FakePages) -> None:
    for path in ("/", "/?public=0", "/offices/dinkes?public=false"):
        assert (await public.ask(path))[0].status == 200
    assert [made.is_public for made in pages.made] == [True] * len(pages.made)
    assert {made.path for made in pages.made} == {"/", "/offices/dinkes"}


@pytest.mark.parametrize(
    "path",
    [
        "/metrics", "/outages", "/outages/a/b@c", "/reports/", "/reports/sla/2026-01.pdf", "/-/ready", "/api/v1/links",
        "/api/v1/outages", "/api/v1/websites", "/api/v1/sla", "/api/v1/openapi.json", "/live?path=/outages",
        "/live?path=/reports/",
    ],
)  # fmt: skip
async def test_the_public_listener_has_nothing_else(public: Asker, path: str) -> None:
    response, body = await public.ask(path)
    assert (response.status, b"there is nothing at" in body) == (404, True)


async def test_the_publics_problems_are_written_once_a_language(public: Asker, pages: FakePages) -> None:
    told = set()
    for number in range(5):
        response, body = await public.ask(f"/none{number}?public={number}", Accept=BROWSER)
        assert (response.status, response.headers["Cache-Control"]) == (404, "no-store")
        told.add(body.decode())
    told.add((await public.ask("/none", Accept=BROWSER, Accept_Language="en"))[1].decode())
    told.add((await public.ask("/", "POST", Accept=BROWSER))[1].decode())
    assert told == {
        "<p>404 id True: tidak ada apa pun di sini; mulailah lagi dari /",
        "<p>404 en True: there is nothing here; / says what there is",
        "<p>405 id True: alamat ini hanya dapat dibaca",
    }
    assert pages.problems == 3


async def test_the_public_is_given_no_page_of_an_office_that_there_is_not(public: Asker, pages: FakePages) -> None:
    for path in ("/offices/none", "/live?path=/offices/none"):
        assert (await public.ask(path))[0].status == 404
    assert pages.made == []


async def test_a_crowd_of_the_publics_is_refused_in_words(public: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Admission, "one", Admission(0).one)
    for path in ("/", "/live"):
        response, body = await public.ask(path)
        assert (response.status, response.headers["Retry-After"]) == (503, "30")
        assert body == b"too many ask just now; try again in half a minute\n"
    response, body = await public.ask("/api/v1/offices")
    assert (response.status, json.loads(body)["error"]) == (503, "too many ask just now; try again in half a minute")


async def test_nothing_can_be_ordered_on_the_public_listener(public: Asker) -> None:
    for method, path in (("POST", "/-/reload"), ("POST", "/"), ("DELETE", "/offices/dinkes")):
        assert (await public.ask(path, method))[0].status in {404, 405}


@pytest.fixture
def from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "comes_from_here", lambda _transport: False)


@pytest.mark.usefixtures("from_elsewhere")
async def test_others_are_told_why_in_a_page_but_the_public_listener_is_open(pages: FakePages) -> None:
    async with served(pages, host="0.0.0.0") as (main, public):  # noqa: S104 -- that is the case
        response, body = await main.ask("/", Accept=BROWSER)
        assert (response.status, body.decode()[:60]) == (
            403,
            "<p>403 id False: 0.0.0.0 terjangkau dari luar dan belum ada ",
        )
        assert (await public.ask("/", Accept=BROWSER))[0].status == 200
        assert (await public.ask("/-/healthy"))[0].status == 200


@pytest.mark.parametrize(
    ("host", "harmless"),
    [
        ("", True),
        ("127.0.0.1:9877", True),
        ("192.0.2.7", True),
        ("[::1]:9877", True),
        ("[2001:db8::1]", True),
        ("localhost:9877", True),
        ("terpadu.localhost", True),
        ("exporter:9877", True),
        ("EXPORTER", True),
        ("monitor.lan:9877", True),
        ("mon.kab.example:9877", True),
        ("MON.kab.example.", True),
        ("other.kab.example", False),
        ("evil.example:9877", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example:80", False),
        ("evillan.", True),
        ("[evil.example]", False),
    ],
)
def test_a_name_is_harmless_if_no_stranger_can_buy_it(host: str, harmless: bool) -> None:  # noqa: FBT001 -- the table's
    assert is_harmless(host, "mon.kab.example") is harmless


async def test_a_strangers_name_that_leads_here_is_shown_nothing_but_what_is_for_everybody(main: Asker) -> None:
    response, body = await main.ask("/", Host="evil.example:9877")
    assert (response.status, body.startswith(b"evil.example:9877 isn't a name of this machine")) == (421, True)
    assert (await main.ask("/api/v1/links", Host="evil.example"))[0].status == 421
    assert (await main.ask("/live", Host="evil.example"))[0].status == 421
    assert (await main.ask("/metrics", Host="terpadu.monitoring.svc:9877"))[0].status == 200


async def test_a_browser_that_came_by_a_strangers_name_is_told_in_a_page(service: PlainService) -> None:
    async with served(None, service) as (main, _):
        response, body = await main.ask("/", Host="evil.example", Accept=BROWSER)
        assert (response.status, response.headers["Content-Type"]) == (421, "text/html; charset=utf-8")
        assert (b"evil.example" in body, service.bugs) == (True, [])


async def test_the_public_listener_answers_to_any_name(public: Asker) -> None:
    assert (await public.ask("/", Host="status.kab.example"))[0].status == 200


async def test_a_page_of_another_site_can_order_nothing(main: Asker) -> None:
    assert (await main.ask("/-/reload", "POST", Sec_Fetch_Site="cross-site"))[0].status == 403
    assert (await main.ask("/-/reload", "POST", Sec_Fetch_Site="same-origin"))[0].status == 200
    assert (await main.ask("/", Sec_Fetch_Site="cross-site"))[0].status == 200


@pytest.mark.parametrize(
    "path", ["/", "/?lang=en", "/?public=1", "/offices/dinkes", "/offices/dinkes?public=1&lang=en"]
)
async def test_a_page_has_what_its_own_stream_would_tell(path: str) -> None:
    async with served(None) as (main, _):
        _, body = await main.ask(path, Accept_Language="en")
        version = re.search(rb'data-version="([^"]*)"', body)
        stream = re.search(rb'data-stream="([^"]*)"', body)
        assert version
        assert stream
        url = URL(unescape(stream[1].decode())).extend_query(version=version[1].decode())
        response = await main.session.get(main.url(str(url)))
        assert (response.status, await response.content.readuntil(b"\n\n")) == (200, b"retry: 3000\n\n")
        await main.ask("/metrics")  # is written after what the stream would tell
        rest = asyncio.create_task(response.content.read())
    assert await rest == b""


async def test_the_publics_idle_connections_leave_the_main_listener_alone(
    pages: FakePages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "most_listeners_of_this_process", lambda: 2)
    async with served(pages) as (main, public):
        idle = [await asyncio.open_connection("127.0.0.1", public.port) for _ in range(2)]
        beyond, others = await asyncio.open_connection("127.0.0.1", public.port)
        assert await turned_away(beyond)
        others.close()
        assert (await main.ask("/"))[0].status == 200
        for _, writer in idle:
            writer.close()
            await writer.wait_closed()
        assert await answers_in_time(public)


async def turned_away(reader: asyncio.StreamReader) -> bool:
    try:
        return await reader.read(1) == b""
    except ConnectionError:
        return True


async def answers_in_time(asker: Asker) -> bool:
    """Return whether somebody is answered once the server has seen that others have left."""
    for _ in range(200):
        try:
            return (await asker.ask("/"))[0].status == 200
        except aiohttp.ClientError:
            await asyncio.sleep(0.01)
    return False
