from __future__ import annotations

import asyncio
import dataclasses
import gzip
import json
import socket
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import aiohttp
import pytest
from metrics_snapshots import make_snapshot
from reference_collector import reference_page

from exporter.errors import TerpaduError
from exporter.ledger import Ledger
from exporter.metrics import Format
from exporter.model import Language
from exporter.observation import Outcome
from exporter.recent import Cell
from exporter.snapshot import Snapshot
from exporter.web import access, serve
from exporter.web.listen import comes_from_here, reachable_address, shown_address
from exporter.web.negotiation import wanted_format, wants_gzip
from exporter.web.prometheus import Month30
from exporter.web.scrapes import Scrapes

R = TypeVar("R")
PROMETHEUS = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
REACHABLE = "others can reach 0.0.0.0 and no users are set, so only /-/healthy, /-/ready, /metrics answer here;"


@dataclass
class FakeService:
    """Gives one snapshot each time the gate is open; a reload gives it the next name, or the problems."""

    lifecycle_enabled: bool = True
    language: Language = Language.INDONESIAN
    problems: str | None = None
    reason: str | None = None
    name: str = "Lama"
    frozen: int = 0
    bug: Exception | None = None
    bugs: list[Exception] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def snapshot(self) -> Snapshot:
        if self.bug is not None:
            raise self.bug
        self.frozen += 1
        self.begun.set()
        shown = make_snapshot(name=self.name)
        await self.gate.wait()
        return shown

    async def read(self, work: Callable[[Ledger], R]) -> R:
        assert work
        raise TerpaduError("ledger x: it can't be read")

    def recent(self, link: str) -> tuple[Cell, ...]:
        assert link
        return ()

    async def past_month(self, link: str, language: Language) -> Month30 | str | None:
        del link, language
        return None

    def obstacle(self) -> str | None:
        return self.reason

    def survive(self, bug: Exception) -> None:
        self.bugs.append(bug)

    async def reload(self) -> str | None:
        if self.problems is None:
            self.name = "Baru"
        return self.problems


class Client:
    """Asks one server; bodies come as they were sent."""

    def __init__(self, session: aiohttp.ClientSession, port: int) -> None:
        self._session = session
        self._url = f"http://127.0.0.1:{port}"

    async def ask(self, method: str, path: str, **headers: str) -> tuple[int, str]:
        response, body = await self.whole(method, path, **headers)
        return response.status, body.decode()

    async def whole(self, method: str, path: str, **headers: str) -> tuple[aiohttp.ClientResponse, bytes]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self._session.request(method, self._url + path, headers=named) as response:
            return response, await response.read()


@pytest.fixture
def service() -> FakeService:
    open_service = FakeService()
    open_service.gate.set()
    return open_service


@pytest.fixture
def host() -> str:
    return "127.0.0.1"


@pytest.fixture
async def client(service: FakeService, host: str) -> AsyncIterator[Client]:
    with socket.create_server((host, 0)) as listener:
        runner = await serve(listener, service)
        no_gzip = {"Accept-Encoding": "identity"}
        async with aiohttp.ClientSession(auto_decompress=False, headers=no_gzip) as session:
            yield Client(session, listener.getsockname()[1])
        await runner.cleanup()


reached_by_others = pytest.mark.parametrize("host", ["0.0.0.0"])  # noqa: S104 -- that is the case


@pytest.fixture
def from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every request come from another machine, of which a private network has none."""
    monkeypatch.setattr(access, "comes_from_here", lambda _transport: False)


class Connection(asyncio.BaseTransport):
    """A connection of which only the other end's address is known."""

    def __init__(self, peer: object) -> None:
        super().__init__({"peername": peer})


async def test_a_scrape_is_the_page_in_the_format_that_was_asked_for(client: Client) -> None:
    shown = make_snapshot(name="Lama")
    for accept, form in (("", Format.TEXT), (PROMETHEUS, Format.OPENMETRICS)):
        response, body = await client.whole("GET", "/metrics", Accept=accept)
        assert (response.status, response.headers["Content-Type"]) == (200, form.value)
        assert body.decode() == reference_page(shown, form)


async def test_a_bug_behind_a_page_is_an_answer_and_is_told(client: Client, service: FakeService) -> None:
    service.bug = KeyError("pop")
    assert await client.ask("GET", "/metrics") == (500, "a bug of terpadu; the log has it\n")
    assert service.bugs == [service.bug]
    service.bug = None
    assert (await client.ask("GET", "/metrics"))[0] == 200


async def test_a_page_is_compressed_only_where_that_was_asked_for(client: Client) -> None:
    plain, body = await client.whole("GET", "/metrics")
    packed, small = await client.whole("GET", "/metrics", Accept_Encoding="gzip, deflate")
    assert (plain.headers.get("Content-Encoding"), packed.headers["Content-Encoding"]) == (None, "gzip")
    assert packed.headers["Vary"] == "Accept, Accept-Encoding"
    assert gzip.decompress(small) == body


@pytest.mark.parametrize("path", ["/", "/metrics", "/-/healthy", "/-/ready"])
async def test_head_is_answered_as_get_without_the_body(client: Client, path: str) -> None:
    (got, whole), (head, nothing) = await client.whole("GET", path), await client.whole("HEAD", path)
    assert (head.status, head.headers["Content-Type"], nothing) == (200, got.headers["Content-Type"], b"")
    assert head.headers["Content-Length"] == str(len(whole))


async def test_what_is_not_there_is_told_in_a_sentence(client: Client) -> None:
    assert await client.ask("GET", "/metric%0As") == (
        404,
        "there is nothing at /metric%0As; / says what there is\n",
    )


async def test_a_wrong_method_is_told_which_are_right(client: Client) -> None:
    response, body = await client.whole("GET", "/-/reload")
    assert (response.status, response.headers["Allow"], body) == (405, "POST", b"/-/reload takes POST, not GET\n")
    assert await client.ask("POST", "/metrics") == (405, "/metrics takes GET or HEAD, not POST\n")


async def test_what_keeps_the_exporter_from_being_ready_is_told(client: Client, service: FakeService) -> None:
    assert await client.ask("GET", "/-/ready") == (200, "ready\n")
    service.reason = "the disk is full"
    assert await client.ask("GET", "/-/ready") == (503, "not ready: the disk is full\n")
    assert await client.ask("GET", "/-/healthy") == (200, "healthy\n")


async def test_a_reload_is_answered_once_the_new_inventory_shows(client: Client) -> None:
    assert 'name="Lama"' in (await client.ask("GET", "/metrics"))[1]
    assert await client.ask("POST", "/-/reload") == (200, "reloaded\n")
    page = (await client.ask("GET", "/metrics"))[1]
    assert ('name="Baru"' in page, "Lama" in page) == (True, False)


async def test_a_scrape_that_waits_for_an_older_one_shows_the_reload_before_it(
    client: Client, service: FakeService
) -> None:
    service.gate.clear()
    early = asyncio.create_task(client.ask("GET", "/metrics"))
    await service.begun.wait()
    assert await client.ask("POST", "/-/reload") == (200, "reloaded\n")
    late = asyncio.create_task(client.ask("GET", "/metrics"))
    for _ in range(3):  # each round trip lets the server read what came before it
        await client.ask("GET", "/-/healthy")
    service.gate.set()
    assert ['name="Lama"' in page for _, page in await asyncio.gather(early, late)] == [True, False]


async def test_a_reload_that_failed_gives_the_problems(client: Client, service: FakeService) -> None:
    service.problems = "inventory.yaml:3:9: offices[0]: unknown key 'nam'"
    assert await client.ask("POST", "/-/reload") == (400, f"{service.problems}\nthe inventory in force stays\n")
    assert 'name="Lama"' in (await client.ask("GET", "/metrics"))[1]


async def test_a_reload_over_http_needs_the_option(client: Client, service: FakeService) -> None:
    service.lifecycle_enabled = False
    assert await client.ask("POST", "/-/reload") == (
        403,
        "a reload over HTTP is not enabled; start with --enable-lifecycle, or send the process SIGHUP\n",
    )
    assert service.name == "Lama"


@reached_by_others
async def test_who_asks_from_the_same_machine_is_given_all(client: Client) -> None:
    assert (await client.ask("GET", "/"))[0] == 200


@reached_by_others
@pytest.mark.parametrize("name", ["Forwarded", "X_Forwarded_For", "X_Real_IP", "Via"])
async def test_who_asks_through_a_proxy_on_the_same_machine_is_somebody_else(client: Client, name: str) -> None:
    assert (await client.ask("GET", "/", **{name: "for=203.0.113.7"}))[0] == 403
    assert (await client.ask("GET", "/metrics", **{name: "for=203.0.113.7"}))[0] == 200


@pytest.mark.parametrize(
    ("peer", "is_here"),
    [
        (("127.0.0.1", 40000), True),
        (("127.8.0.1", 40000), True),
        (("::1", 40000, 0, 0), True),
        (("::ffff:127.0.0.1", 40000, 0, 0), True),
        (("172.18.0.1", 40000), False),
        (("::ffff:172.18.0.1", 40000, 0, 0), False),
        (("fe80::1%eth0", 40000, 0, 2), False),
        ("", False),
        (None, False),
    ],
)
def test_only_loopback_is_the_same_machine(peer: object, is_here: bool) -> None:  # noqa: FBT001 -- the table's
    assert comes_from_here(Connection(peer)) is is_here


def test_a_connection_that_is_gone_is_nobody_s() -> None:
    assert comes_from_here(None) is False


@reached_by_others
@pytest.mark.usefixtures("from_elsewhere")
async def test_others_are_given_the_metrics_and_the_health_alone(client: Client, service: FakeService) -> None:
    for path in ("/metrics", "/-/healthy", "/-/ready"):
        assert (await client.ask("GET", path))[0] == 200
    for method, path in (
        ("GET", "/"),
        ("POST", "/-/reload"),
        ("GET", "/live"),
        ("GET", "/static/terpadu.js"),
        ("GET", "/reports/sla/2026-01.pdf"),
        ("GET", "/metrics/"),
    ):
        status, reason = await client.ask(method, path)
        assert (status, reason.startswith(REACHABLE)) == (403, True)
    status, reason = await client.ask("GET", "/api/v1/links")
    assert (status, json.loads(reason)["error"].startswith(REACHABLE)) == (403, True)
    assert service.name == "Lama"


@pytest.mark.parametrize(
    ("family", "host", "reachable"),
    [
        (socket.AF_INET, "127.0.0.1", None),
        (socket.AF_INET, "127.8.0.1", None),
        (socket.AF_INET, "0.0.0.0", "0.0.0.0"),  # noqa: S104 -- that is the case
        (socket.AF_INET6, "::1", None),
        (socket.AF_INET6, "::ffff:127.0.0.1", None),
        (socket.AF_INET6, "::", "::"),
    ],
)
def test_only_loopback_is_out_of_others_reach(family: socket.AddressFamily, host: str, reachable: str | None) -> None:
    with socket.socket(family) as sock:
        sock.bind((host, 0))
        assert reachable_address(sock) == reachable


def test_a_socket_in_the_file_system_is_out_of_others_reach() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert reachable_address(ours) is None


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", Format.TEXT),
        ("*/*", Format.TEXT),
        (PROMETHEUS, Format.OPENMETRICS),
        ("text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5", Format.TEXT),
        ("application/openmetrics-text", Format.OPENMETRICS),
        ('APPLICATION/OpenMetrics-Text ; Version="1.0.0"', Format.OPENMETRICS),
        ("application/openmetrics-text;version=0.0.1", Format.TEXT),
        ("application/openmetrics-text;version=2.0.0", Format.TEXT),
        ("application/openmetrics-text;version=abc", Format.TEXT),
        ("application/openmetrics-text;q=0", Format.TEXT),
        ("application/openmetrics-text;q=nan", Format.TEXT),
        ("application/openmetrics-text;q=high", Format.TEXT),
        (";;=,,q=;version", Format.TEXT),
    ],
)
def test_the_format_is_what_the_client_would_rather_have(accept: str, form: Format) -> None:
    assert wanted_format(accept) is form


@pytest.mark.parametrize(
    ("accept_encoding", "wants"),
    [("", False), ("gzip", True), ("br, GZIP;q=0.5", True), ("gzip;q=0, *", False), ("*", True), ("identity", False)],
)
def test_gzip_is_for_those_who_take_it(accept_encoding: str, wants: bool) -> None:  # noqa: FBT001
    assert wants_gzip(accept_encoding) is wants


@dataclass
class HandClock:
    at: float = 100.0

    def __call__(self) -> float:
        return self.at


async def test_scrapes_at_once_share_one_snapshot_and_one_page_a_format() -> None:
    service = FakeService()
    scrapes = Scrapes(service.snapshot, HandClock())
    asked = [asyncio.create_task(scrapes.page(Format.TEXT, in_gzip=True)) for _ in range(3)]
    asked.append(asyncio.create_task(scrapes.page(Format.OPENMETRICS, in_gzip=True)))
    await service.begun.wait()
    service.gate.set()
    first, second, third, other = await asyncio.gather(*asked)
    assert service.frozen == 1
    assert first is second is third
    assert gzip.decompress(other).endswith(b"# EOF\n")


async def test_a_scrape_after_another_sees_a_snapshot_of_its_own(service: FakeService) -> None:
    scrapes = Scrapes(service.snapshot, HandClock())
    await scrapes.page(Format.TEXT, in_gzip=False)
    service.name = "Baru"
    assert b"Baru" in await scrapes.page(Format.TEXT, in_gzip=False)


async def test_a_scrape_shares_nothing_older_than_a_second() -> None:
    service, clock = FakeService(), HandClock()
    scrapes = Scrapes(service.snapshot, clock)
    early = asyncio.create_task(scrapes.page(Format.TEXT, in_gzip=False))
    await service.begun.wait()
    clock.at += 1.0
    sharing = asyncio.create_task(scrapes.page(Format.TEXT, in_gzip=False))
    await asyncio.sleep(0)
    clock.at += 0.1
    service.name = "Baru"
    late = asyncio.create_task(scrapes.page(Format.TEXT, in_gzip=False))
    await asyncio.sleep(0)
    service.gate.set()
    assert [b"Baru" in page for page in await asyncio.gather(early, sharing, late)] == [False, False, True]


async def test_a_scrape_after_a_reload_shares_nothing_from_before() -> None:
    service = FakeService()
    scrapes = Scrapes(service.snapshot, HandClock())
    early = asyncio.create_task(scrapes.page(Format.TEXT, in_gzip=False))
    await service.begun.wait()
    service.name = "Baru"
    scrapes.expire()
    late = asyncio.create_task(scrapes.page(Format.TEXT, in_gzip=False))
    await asyncio.sleep(0)
    service.gate.set()
    assert [b"Baru" in page for page in await asyncio.gather(early, late)] == [False, True]


async def test_a_snapshot_that_fails_fails_one_scrape_alone(service: FakeService) -> None:
    calls = iter([ValueError("a bug"), None])

    async def freeze() -> Snapshot:
        if (error := next(calls)) is not None:
            raise error
        return await service.snapshot()

    scrapes = Scrapes(freeze, HandClock())
    failed, fine = await asyncio.gather(
        scrapes.page(Format.TEXT, in_gzip=False), scrapes.page(Format.TEXT, in_gzip=False), return_exceptions=True
    )
    assert isinstance(failed, ValueError)
    assert isinstance(fine, bytes)


async def test_a_page_is_rendered_off_the_loop(service: FakeService) -> None:
    readers = set()

    class Watched(dict[Outcome, int]):
        def __getitem__(self, outcome: Outcome) -> int:
            readers.add(threading.get_ident())
            return super().__getitem__(outcome)

    async def freeze() -> Snapshot:
        shown = await service.snapshot()
        return dataclasses.replace(
            shown, links=tuple(dataclasses.replace(s, probes=Watched(s.probes)) for s in shown.links)
        )

    await Scrapes(freeze).page(Format.TEXT, in_gzip=False)
    assert readers
    assert threading.get_ident() not in readers


def test_where_it_listens_is_shown_as_people_write_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as ipv4, socket.socket(socket.AF_UNIX) as file:
        assert shown_address(ipv4) == f"127.0.0.1:{ipv4.getsockname()[1]}"
        file.bind(str(tmp_path / "terpadu.sock"))
        assert shown_address(file) == str(tmp_path / "terpadu.sock")
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as ipv6:
        assert shown_address(ipv6) == f"[::1]:{ipv6.getsockname()[1]}"
