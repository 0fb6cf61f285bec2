from __future__ import annotations

import asyncio
import gzip
import json
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from metrics_snapshots import EXPLAINED, POLLED, TODAY, make_link_status, make_monitor, make_snapshot, snapshots
from monitor_fakes import FakeClock, make_inventory, make_link

from exporter.errors import LedgerError
from exporter.judgement import Left
from exporter.ledger import Batch, Ledger
from exporter.linkstate import advance
from exporter.model import Contract, Inventory, Medium
from exporter.observation import Observation, Outcome, SnmpFailure, SnmpStatus
from exporter.snapshot import Snapshot
from exporter.status.document import Cell, standing
from exporter.target import JudgedTarget
from exporter.timeline import Outage, Span, State, clip, total
from exporter.web import api, serve
from exporter.web.answers import DAY_SHARED_SECONDS, Answers
from exporter.web.history import CELL_SECONDS, CELLS, CountedOutage, Day, in_cells, last_day, latest_outages

R = TypeVar("R")
JAKARTA = ZoneInfo("Asia/Jakarta")
NOW = 1_770_000_300  # five minutes into a half hour
CELL = 1_770_000_000 - 1_770_000_000 % CELL_SECONDS
START = CELL - 47 * CELL_SECONDS
UNTOUCHED = [0] * CELLS
Row = tuple[str, list[Span], Outage | None]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.create(tmp_path / "ledger.sqlite3") as opened:
        yield opened


def write(ledger: Ledger, *rows: Row) -> None:
    for target, spans, outage in rows:
        batch = Batch()
        batch.add(target, spans, outage)
        ledger.write(batch)


def cells(day: Day, state: State) -> dict[int, int]:
    return {number: seconds for number, seconds in enumerate(day.seconds[state]) if seconds}


def test_the_last_cell_holds_now_and_what_is_not_settled_is_in_no_cell(ledger: Ledger) -> None:
    write(ledger, ("dinkes/primary", [Span(START - 5_000, NOW - 10, State.UP)], None))
    day = last_day(ledger, make_inventory(make_link()), NOW)["dinkes/primary"]
    assert day.start == START
    assert cells(day, State.UP) == dict.fromkeys(range(47), CELL_SECONDS) | {47: NOW - 10 - CELL}
    assert [day.seconds[state] for state in (State.DEGRADED, State.DOWN, State.UNMEASURED)] == [UNTOUCHED] * 3


def test_each_state_is_in_the_cells_that_it_touched(ledger: Ledger) -> None:
    down, slow = CELL - CELL_SECONDS - 100, CELL - 50
    spans = [Span(START, down, State.UP), Span(down, slow, State.DOWN), Span(slow, NOW, State.DEGRADED)]
    write(ledger, ("dinkes/primary", spans, None))
    day = last_day(ledger, make_inventory(make_link()), NOW)["dinkes/primary"]
    assert cells(day, State.DOWN) == {45: 100, 46: CELL_SECONDS - 50}
    assert cells(day, State.DEGRADED) == {46: 50, 47: NOW - CELL}


def test_time_before_the_first_span_is_unmeasured_as_in_the_report(ledger: Ledger) -> None:
    write(ledger, ("dinkes/primary", [Span(CELL, NOW, State.UP)], None))
    day = last_day(ledger, make_inventory(make_link()), NOW)["dinkes/primary"]
    assert cells(day, State.UNMEASURED) == dict.fromkeys(range(47), CELL_SECONDS)


def test_time_before_the_contract_is_in_no_cell(ledger: Ledger) -> None:
    first = date.fromisoformat(api.instant(CELL, JAKARTA)[:10])
    write(ledger, ("dinkes/primary", [Span(CELL, NOW, State.UP)], None))
    link = make_link(valid_from=first)
    day = last_day(ledger, make_inventory(link), NOW)["dinkes/primary"]
    assert 0 < sum(day.seconds[State.UNMEASURED]) < 47 * CELL_SECONDS


def test_a_link_of_which_nothing_is_settled_has_empty_cells(ledger: Ledger) -> None:
    write(ledger, ("disdik/primary", [Span(START - 9_000, START - 5_000, State.UP)], None))
    days = last_day(ledger, make_inventory(make_link(), make_link("disdik")), NOW)
    for link in ("dinkes/primary", "disdik/primary"):
        assert list(days[link].seconds.values()) == [UNTOUCHED] * 4


@given(st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 9_000), st.sampled_from(State)), max_size=40))
def test_the_cells_hold_each_second_once(parts: list[tuple[int, int, State]]) -> None:
    spans, at = [], START - 20_000
    for gap, length, state in parts:
        spans.append(Span(at + gap, at + gap + length, state))
        at += gap + length
    low, high = START, max(START, min(at, START + CELLS * CELL_SECONDS))
    day = in_cells(spans, START, low, high)
    inside = list(clip(spans, low, high))
    for state in (State.UP, State.DEGRADED, State.DOWN):
        assert sum(day.seconds[state]) == total(inside, state)
    assert sum(map(sum, day.seconds.values())) == high - low
    columns = zip(*day.seconds.values(), strict=True)
    assert all(sum(seconds) <= CELL_SECONDS for seconds in columns)


def test_open_outages_are_among_the_latest_however_old(ledger: Ledger) -> None:
    old, new, newest = Outage(100, 110), Outage(500, 510, 700), Outage(900, 910, 950)
    write(
        ledger,
        ("pop", [Span(100, 1_000, State.DOWN)], old),
        ("dinkes/primary", [Span(500, 560, State.DOWN), Span(560, 600, State.UNMEASURED)], replace(new, ended_at=None)),
        ("dinkes/primary", [Span(600, 700, State.DOWN), Span(700, 900, State.UP)], new),
        ("dinkes/primary", [Span(900, 950, State.DOWN)], newest),
    )
    found = latest_outages(ledger, 2)
    assert found == [
        CountedOutage("dinkes/primary", newest, 50, 0),
        CountedOutage("dinkes/primary", new, 160, 40),
        CountedOutage("pop", old, 900, 0),
    ]
    assert [item.target for item in latest_outages(ledger, 1)] == ["dinkes/primary", "pop"]


def test_a_link_is_given_with_all_that_is_known_of_it() -> None:
    link = make_link(parent="pop", medium=Medium.FIBRE, contracts=(Contract(download_bps=100_000_000),))
    polled = replace(POLLED, receive_bytes_per_second=6_250_000.0, transmit_bytes_per_second=1.0)
    status = replace(
        make_link_status(link, State.DEGRADED, in_maintenance=True, snmp=polled), loss_ratio=1 / 3, explained=None
    )
    day = Day(START, {state: [number] * CELLS for number, state in enumerate(State)})
    assert api.link(status, make_inventory(link), {link.id: day}, TODAY) == {
        "link": "dinkes/primary",
        "office": "dinkes",
        "office_name": "Kantor dinkes",
        "district": "Ciruas",
        "name": "primary",
        "provider": "isp",
        "node": "pop",
        "medium": "fibre",
        "state": "degraded",
        "in_maintenance": True,
        "outage_open": False,
        "since": "2026-02-02T09:40:00+07:00",
        "rtt_last_seconds": 0.006,
        "rtt_variation_seconds": 0.002,
        "loss_ratio": 0.333333,
        "contract_use": {"receive": 0.5, "transmit": None},
        "saturated": True,
        "explained": None,
        "snmp": {"up": True, "reason": None, "text": None},
        "last_24_hours": {
            "start": api.instant(START, JAKARTA),
            "cell_seconds": 1800,
            "up": [0] * 48,
            "degraded": [1] * 48,
            "down": [2] * 48,
            "unmeasured": [3] * 48,
        },
    }


def test_what_is_not_known_of_a_link_is_null() -> None:
    link = make_link()
    status = replace(make_link_status(link, State.UNMEASURED, rtts=()), state_since=None)
    given_link = api.link(status, make_inventory(link), {}, TODAY)
    unknown = {name for name, value in given_link.items() if value is None}
    assert unknown == {
        "node", "since", "rtt_last_seconds", "rtt_variation_seconds", "loss_ratio", "saturated", "explained",
        "last_24_hours",
    }  # fmt: skip


@pytest.mark.parametrize(("target", "link", "node"), [("dinkes/primary", "dinkes/primary", None), ("pop", None, "pop")])
def test_an_outage_is_a_links_or_a_nodes(target: str, link: str | None, node: str | None) -> None:
    counted = CountedOutage(target, Outage(NOW, NOW + 10), 30, 5)
    assert api.outage(counted, JAKARTA) == {
        "id": f"{target}@20260202T024500Z",
        "link": link,
        "node": node,
        "start": "2026-02-02T09:45:00+07:00",
        "confirmed": "2026-02-02T09:45:10+07:00",
        "end": None,
        "seconds": 30,
        "unmeasured_seconds": 5,
        "cause": None,
        "last_hop": None,
    }


def test_an_outage_that_is_explained_has_its_cause_and_last_hop() -> None:
    given_outage = api.outage(CountedOutage("dinkes/primary", Outage(NOW, NOW + 10), 30, 5, EXPLAINED), JAKARTA)
    assert (given_outage["cause"], given_outage["last_hop"]) == ("upstream", "192.0.2.2")


def test_an_open_outage_shows_what_it_looks_like_so_far() -> None:
    link = make_link()
    given_link = api.link(make_link_status(link, State.DOWN), make_inventory(link), {}, TODAY)
    assert given_link["explained"] == {"cause": "upstream", "last_hop": "192.0.2.2"}


def test_of_a_link_that_is_down_no_use_is_told() -> None:
    link = make_link()
    polled = replace(POLLED, receive_bytes_per_second=1.0, transmit_bytes_per_second=1.0)
    given_link = api.link(make_link_status(link, State.DOWN, snmp=polled), make_inventory(link), {}, TODAY)
    assert given_link["contract_use"] == {"receive": None, "transmit": None}


def test_a_device_that_gives_nothing_is_told_with_the_reason() -> None:
    link = make_link()
    silent = SnmpStatus(is_up=False, reason=SnmpFailure.TIMEOUT, text="no answer")
    given_link = api.link(make_link_status(link, snmp=silent), make_inventory(link), {}, TODAY)
    assert given_link["snmp"] == {"up": False, "reason": "timeout", "text": "no answer"}
    assert api.link(make_link_status(link, snmp=None), make_inventory(link), {}, TODAY)["snmp"] is None


@pytest.mark.parametrize(
    ("state", "was_full", "said"),
    [
        (State.DEGRADED, True, True),
        (State.DEGRADED, False, False),
        (State.DEGRADED, None, None),
        (State.UP, True, None),
        (State.DOWN, True, None),
    ],
)
def test_saturation_is_said_of_degraded_links_alone(state: State, was_full: bool | None, said: bool | None) -> None:  # noqa: FBT001
    link = make_link()
    status = replace(make_link_status(link, state), was_full=was_full)
    assert api.link(status, make_inventory(link), {}, TODAY)["saturated"] is said


@dataclass
class FakeService:
    """Gives one snapshot, and readings of one ledger, which stands in for the monitor's."""

    shown: Snapshot = field(default_factory=make_snapshot)
    ledger: Ledger | None = None
    lifecycle_enabled: bool = False
    frozen: int = 0
    reads: int = 0

    async def snapshot(self) -> Snapshot:
        self.frozen += 1
        return self.shown

    async def read(self, work: Callable[[Ledger], R]) -> R:
        self.reads += 1
        if self.ledger is None:
            raise LedgerError("ledger x: it can't be read")
        return work(self.ledger)

    def obstacle(self) -> str | None:
        return None

    async def reload(self) -> str | None:
        return None


@given(snapshots())
def test_any_snapshot_is_a_document_that_the_terminal_understands(snapshot: Snapshot) -> None:
    links = [replace(status, state_since=status.state_since and status.state_since % NOW) for status in snapshot.links]
    snapshot = replace(snapshot, links=tuple(links))

    async def body() -> bytes:
        return await Answers(FakeService(snapshot), FakeClock()).links()

    document = json.loads(asyncio.run(body()))
    assert document["organisation"] == "Uji"
    read = standing(document, {"outages": []})
    assert [link.link_id for link in read.links] == [status.link.id for status in snapshot.links]
    assert [link.state for link in read.links] == [status.state for status in snapshot.links]


async def test_the_terminal_reads_the_cells_that_the_ledger_gave(ledger: Ledger) -> None:
    write(ledger, ("dinkes/primary", [Span(START, CELL, State.UP), Span(CELL, NOW, State.DOWN)], None))
    body = await Answers(FakeService(ledger=ledger), FakeClock(NOW)).links()
    (link,) = standing(json.loads(body), {"outages": []}).links
    assert link.cells == (*[Cell(CELL_SECONDS, 0, 0, 0)] * 47, Cell(0, 0, NOW - CELL, 0))


async def test_who_asks_within_a_second_shares_an_answer_and_within_30_s_the_hours(ledger: Ledger) -> None:
    service, clock = FakeService(ledger=ledger), FakeClock(NOW)
    answers = Answers(service, clock)
    first, second = await asyncio.gather(answers.links(), answers.links())
    assert first is second
    assert (service.frozen, service.reads) == (1, 1)
    clock.advance(1)
    await answers.links()
    assert (service.frozen, service.reads) == (2, 1)
    clock.advance(DAY_SHARED_SECONDS)
    await answers.links()
    assert (service.frozen, service.reads) == (3, 2)


async def test_outages_are_shared_by_those_who_want_as_many(ledger: Ledger) -> None:
    service, clock = FakeService(ledger=ledger), FakeClock(NOW)
    answers = Answers(service, clock)
    await answers.outages(5)
    await answers.outages(5)
    assert service.reads == 1
    await answers.outages(6)
    assert service.reads == 2


async def test_a_ledger_that_cannot_be_read_costs_the_hours_alone() -> None:
    document = json.loads(await Answers(FakeService(), FakeClock()).links())
    assert document["links"][0]["last_24_hours"] is None
    assert document["links"][0]["state"] == "up"


async def test_the_documents_are_written_off_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    writers = set()
    whole = api.link

    def watched(*arguments: object) -> api.Json:
        writers.add(threading.get_ident())
        return whole(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(api, "link", watched)
    await Answers(FakeService(), FakeClock()).links()
    assert writers
    assert threading.get_ident() not in writers


async def test_the_monitor_says_how_it_is() -> None:
    shown = make_snapshot()
    shown = replace(shown, monitor=replace(make_monitor(is_isolated=None), ledger_is_writable=False))
    document = json.loads(await Answers(FakeService(shown), FakeClock(NOW)).links())
    assert document["monitor"] == {"version": "1.2", "isolated": None, "ledger_writable": False}
    assert (document["timezone"], document["time"]) == ("Asia/Jakarta", "2026-02-02T09:45:00+07:00")


@pytest.fixture
def service(ledger: Ledger) -> FakeService:
    return FakeService(ledger=ledger)


@pytest.fixture
async def address(service: FakeService) -> AsyncIterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        runner = await serve(listener, service)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        await runner.cleanup()


async def got(url: str, encoding: str = "identity") -> tuple[int, str | None, bytes]:
    async with (
        aiohttp.ClientSession(auto_decompress=False, headers={"Accept-Encoding": encoding}) as session,
        session.get(url) as response,
    ):
        return response.status, response.headers.get("Content-Type"), await response.read()


async def test_both_documents_are_served_as_json(address: str) -> None:
    for path, name in (("links", "links"), ("outages", "outages"), ("outages?limit=1000", "outages")):
        status, kind, body = await got(f"{address}/api/v1/{path}")
        assert (status, kind) == (200, "application/json; charset=utf-8")
        assert name in json.loads(body)


async def test_a_document_is_compressed_for_those_who_take_it(address: str) -> None:
    _, _, plain = await got(f"{address}/api/v1/links")
    _, _, packed = await got(f"{address}/api/v1/links", "gzip")
    assert gzip.decompress(packed) == plain


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "1.5", "", "x", "\u0663", "1e3", "99999999999999999999"])
async def test_a_limit_out_of_bounds_is_refused_in_a_sentence(address: str, limit: str) -> None:
    status, kind, body = await got(f"{address}/api/v1/outages?limit={limit}")
    assert (status, kind) == (400, "text/plain; charset=utf-8")
    assert body.decode().endswith(": write how many outages you want, from 1 to 1000\n")


async def test_the_limit_is_kept_and_is_100_without_one(address: str, ledger: Ledger) -> None:
    outages = [Outage(at, at + 10, at + 20) for at in range(1_000, 16_000, 100)]
    for outage in outages:
        write(ledger, ("dinkes/primary", [Span(outage.started_at, outage.started_at + 20, State.DOWN)], outage))
    for query, number in (("", 100), ("?limit=7", 7), ("?limit=1000", 150)):
        _, _, body = await got(f"{address}/api/v1/outages{query}")
        found = json.loads(body)["outages"]
        assert len(found) == number
        assert found[0]["start"] == api.instant(15_900, JAKARTA)


async def test_outages_that_cannot_be_read_are_503_with_the_reason(address: str, service: FakeService) -> None:
    service.ledger = None
    status, _, body = await got(f"{address}/api/v1/outages")
    assert (status, body) == (503, b"the outages can't be read: ledger x: it can't be read\n")


def inventory_of(links: int) -> Inventory:
    return make_inventory(*(make_link(f"kantor-{number}") for number in range(links)))


async def test_a_link_that_a_reload_brought_has_no_hours_until_they_are_read_again(ledger: Ledger) -> None:
    service, clock = FakeService(ledger=ledger), FakeClock(NOW)
    answers = Answers(service, clock)
    await answers.links()
    inventory = inventory_of(2)
    service.shown = replace(
        service.shown, inventory=inventory, links=tuple(make_link_status(link) for link in inventory.links())
    )
    clock.advance(1)
    assert [link["last_24_hours"] for link in json.loads(await answers.links())["links"]] == [None, None]
    clock.advance(DAY_SHARED_SECONDS)
    assert all(link["last_24_hours"] for link in json.loads(await answers.links())["links"])


def test_the_loss_is_of_the_window_that_degraded_is_judged_by_with_the_slots_taken_together() -> None:
    target = JudgedTarget(make_link(), Left(), 600)
    for slot in range(10):
        outcome = Outcome.LOST if slot == 3 else Outcome.REPLY
        rtt_seconds = None if slot == 3 else 0.004
        target.judged.track = advance(target.judged.track, Observation(slot, outcome, rtt_seconds)).track
        target.judged.runs.add(slot, outcome)
    target.settle_down()
    ratios = {}
    for slot in range(10, 304):
        target.take_calm(slot, 0.004)
        status = target.status(make_link(), dict.fromkeys(State, 0), in_maintenance=False)
        ratios[slot + 1] = status.loss_ratio
    assert (ratios[20], ratios[300], ratios[303], ratios[304]) == (1 / 20, 1 / 300, 1 / 300, 0)


def test_a_link_that_is_down_has_no_loss() -> None:
    target = JudgedTarget(make_link(), Left(), 600)
    for slot in range(3):
        target.judged.track = advance(target.judged.track, Observation(slot, Outcome.LOST)).track
    status = target.status(make_link(), dict.fromkeys(State, 0), in_maintenance=False)
    assert (status.state, status.loss_ratio) == (State.DOWN, None)


def test_a_website_is_told_with_why_it_isnt_active_in_both_languages() -> None:
    snapshot = make_snapshot(State.DOWN)
    (status,) = snapshot.websites
    told = api.website(status, snapshot.inventory, 1_770_000_000)
    office = snapshot.inventory.offices["dinkes"]
    assert told == {
        "office": "dinkes",
        "office_name": office.name,
        "district": office.district,
        "url": "https://dinkes.example/",
        "update_every": "week",
        "note": None,
        "activity": "inactive",
        "since": "2026-01-21T19:53:20+07:00",
        "reason": {
            "fault": "tls_expired",
            "detail": "",
            "id": "sertifikat keamanan kedaluwarsa",
            "en": "security certificate expired",
        },
        "checked": {
            "at": "2026-02-02T09:40:00+07:00",
            "http_status": 200,
            "response_seconds": 0.25,
            "tls_not_after": "2026-05-29T03:26:40+07:00",
            "addresses": ["https://dinkes.example/"],
        },
        "published": {
            "at": "2026-02-01T05:53:20+07:00",
            "day_only": False,
            "source": "feed",
            "address": None,
        },
        "age_seconds": 100_000,
        "standing": "on_time",
        "looked": {"at": "2026-02-02T09:40:00+07:00", "obstacle": None},
    }


def test_a_website_of_which_nothing_is_known_says_so() -> None:
    snapshot = make_snapshot()
    status = replace(snapshot.websites[0], run=None, check=None, look=None)
    told = api.website(status, snapshot.inventory, 1_770_000_000)
    unknown = ("since", "reason", "checked", "published", "age_seconds", "looked")
    assert (told["activity"], told["standing"]) == ("unmeasured", "unknown")
    assert {name: told[name] for name in unknown} == dict.fromkeys(unknown)
