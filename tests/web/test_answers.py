from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from api_district import BROKE, NOW, FakeService, answering, full_service
from monitor_fakes import FakeClock
from months import JAKARTA

from exporter.ledger import Batch, Ledger
from exporter.report.json_form import instant
from exporter.report.standings import Standings
from exporter.status.document import standing
from exporter.timeline import Outage, Span, State
from exporter.web import api
from exporter.web.answers import HISTORY_SHARED_SECONDS, MONTH_SHARED_SECONDS, OUTAGES_SHARED_SECONDS, Answers
from exporter.web.history import CELL_SECONDS
from exporter.web.lists import Answer

PUBLIC = {
    "code", "name", "district", "condition", "since", "availability", "website", "last_24_hours", "last_90_days",
}  # fmt: skip
SECRETS = [  # what the district has, and nobody but its own people may see
    "192.0.2", "serat", "gelombang", "SN-", "primary", "backup", "pop", "106.2297", "4500000", "Bidang", "503",
]  # fmt: skip


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> FakeService:
    return full_service(tmp_path_factory.mktemp("answers"))


@pytest.fixture
def service(district: FakeService) -> FakeService:
    """Return a service of a ledger that no test writes."""
    return replace(district)


@pytest.fixture
async def asked(service: FakeService) -> AsyncIterator[tuple[Answers, FakeClock]]:
    async with answering(service) as both:
        yield both


@pytest.fixture
def answers(asked: tuple[Answers, FakeClock]) -> Answers:
    return asked[0]


@pytest.fixture
def clock(asked: tuple[Answers, FakeClock]) -> FakeClock:
    return asked[1]


def read(answer: Answer) -> Any:
    return json.loads(answer.body)


def query(**said: object) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in said.items()]


def ids(answer: Answer) -> list[str]:
    return [item["id"] for item in read(answer)["outages"]]


async def test_the_offices_are_told_with_all_that_people_ask_of_them(answers: Answers) -> None:
    document = read(await answers.offices([]))
    dinkes = document["offices"][0]
    hours, days = dinkes.pop("last_24_hours"), dinkes.pop("last_90_days")
    assert dinkes == {
        "code": "dinkes",
        "name": "Dinas Kesehatan",
        "district": "Ciruas",
        "condition": "partly",
        "since": "2026-03-05T00:00:00+07:00",
        "availability": "33.333",
        "website": {
            "url": "https://dinkes.example/",
            "activity": "inactive",
            "published": instant(BROKE - 90_000, JAKARTA),
        },
        "location": {"latitude": -6.1389, "longitude": 106.2297},
        "outage_open": False,
        "links": ["dinkes/primary", "dinkes/backup"],
    }
    assert (hours["start"], hours["cell_seconds"], hours["up"]) == (
        instant(BROKE - 47 * CELL_SECONDS, JAKARTA), 1800, [1800] * 47 + [0],
    )  # fmt: skip
    assert (days["first_day"], days["last_day"], days["down"][-1]) == ("2025-12-06", "2026-03-05", 200)
    assert days["down"][-31] == 42 * 60  # 3 February: the primary link until 10:42, the backup from 10:00
    assert [item["condition"] for item in document["offices"]] == [
        "partly", "degraded", "down", "unmeasured", "maintenance",
    ]  # fmt: skip


async def test_an_office_of_which_nothing_is_known_says_so(answers: Answers) -> None:
    office = read(await answers.offices(query(after="pu", limit=1)))["offices"][0]
    assert (office["code"], office["since"], office["website"], office["location"]) == ("gedung", None, None, None)


@pytest.mark.parametrize("is_listener", [True, False])
async def test_the_public_sees_what_is_for_it_and_no_secret(answers: Answers, is_listener: bool) -> None:  # noqa: FBT001
    said = [] if is_listener else query(public=1)
    answer = await answers.offices(said, is_public=is_listener)
    offices = read(answer)["offices"]
    assert [set(office) for office in offices] == [PUBLIC] * 5
    assert [set(office["website"]) for office in offices if office["website"]] == [{"url", "activity", "published"}] * 2
    assert [secret for secret in SECRETS if secret in answer.body.decode()] == []


async def test_the_public_listener_knows_no_way_to_the_rest(answers: Answers) -> None:
    answer = await answers.offices(query(public=0), is_public=True)
    assert set(read(answer)["offices"][0]) == PUBLIC


async def test_a_month_has_the_figures_of_each_office_and_its_links(answers: Answers) -> None:
    document = read(await answers.sla(query(month="2026-02")))
    assert (document["month"], document["period"]) == (
        "2026-02", {"start": "2026-02-01T00:00:00+07:00", "end": "2026-03-01T00:00:00+07:00"},
    )  # fmt: skip
    (pu,) = [office for office in document["offices"] if office["office"] == "pu"]
    seconds = {
        "total": 14 * 86_400, "up": 14 * 86_400 - 32_400, "degraded": 0, "down": 32_400, "unmeasured": 0, "excluded": 0,
        "bridged": 0,
    }  # fmt: skip
    shares = {
        "availability": "97.321", "availability_min": "97.321", "availability_max": "97.321", "coverage": "100.000",
    }  # fmt: skip
    assert pu == {
        "office": "pu",
        "name": "Dinas PU & Tata Ruang <UPT Ciruas>",
        "district": "Ciruas",
        "seconds": seconds,
        **shares,
        "links": [
            {
                "link": "pu/primary",
                "provider": "gelombang",
                "target": "98.500",
                "seconds": seconds,
                **shares,
                "verdict": "breached",
                "budget_remaining_seconds": 18_144 - 32_400,
                "outages_started": 1,
                "provisional": False,
                "settled_until": "2026-03-01T00:00:00+07:00",
            }
        ],
    }


async def test_without_a_month_it_is_the_running_one(answers: Answers, service: FakeService) -> None:
    document = read(await answers.sla([]))
    assert service.path is not None
    with Ledger.existing(service.path) as ledger:
        standings = Standings().refresh(ledger, service.shown.inventory)
    assert document["month"] == "2026-03"
    assert [office["availability"] for office in document["offices"]] == [
        None if of is None else api.percent(of) for of in standings.offices.values()
    ]


@pytest.mark.parametrize("month", ["2019-12", "2026-04", "2099-12"])
async def test_a_month_of_which_the_ledger_holds_nothing_is_404_and_names_those_it_holds(
    answers: Answers, month: str
) -> None:
    answer = await answers.sla(query(month=month))
    sentence = f"the ledger holds nothing of {month}; it holds 2026-01 to 2026-03"
    assert (answer.status, read(answer), answer.etag) == (404, {"error": sentence}, None)


async def test_an_empty_ledger_has_no_office_in_the_running_month_and_no_other_month(
    service: FakeService, tmp_path: Path
) -> None:
    service.path = tmp_path / "new.sqlite3"
    Ledger.create(service.path).close()
    async with answering(service) as (answers, _):
        running, other = await answers.sla([]), await answers.sla(query(month="2026-02"))
    assert (running.status, read(running)["month"], read(running)["offices"]) == (200, "2026-03", [])
    assert read(other) == {"error": "the ledger holds nothing of 2026-02; nothing is settled yet"}


async def test_an_outage_is_told_with_evidence_in_both_languages_and_what_was_said(answers: Answers) -> None:
    document = read(await answers.outage("hukum/primary@20260221T010000Z", []))
    told = document.pop("sentences")
    assert document.pop("evidence")["device"] == {
        "is_polled": True, "is_providers": True, "good_before": None, "asked_at": None, "boot_at": None,
    }  # fmt: skip
    assert [len(told[language]) for language in ("id", "en")] == [4, 4]
    assert told["id"][0].startswith("Simpul pop di atas sambungan ini juga tidak menjawab")
    assert told["en"][0].startswith("The node pop above the link was silent too")
    words = {"at": "2026-03-02T09:00:00+07:00", "by": "Bidang Telematika", "cause": None, "counts_again": None}
    assert document == {
        "organisation": "Diskominfosatik Kabupaten Uji",
        "timezone": "Asia/Jakarta",
        "time": instant(NOW, JAKARTA),
        "id": "hukum/primary@20260221T010000Z",
        "link": "hukum/primary",
        "node": None,
        "office": "hukum",
        "provider": "serat",
        "start": "2026-02-21T08:00:00+07:00",
        "confirmed": "2026-02-21T08:01:00+07:00",
        "end": "2026-02-21T09:10:00+07:00",
        "cause": "upstream",
        "last_hop": "pop",
        "confirmed_cause": None,
        "excluded": "Banjir, keadaan kahar",
        "seconds": 4_200,
        "unmeasured_seconds": 0,
        "decided": "2026-02-21T09:15:00+07:00",
        "note": "Foto terlampir\x0b",
        "amendments": [
            {**words, "excluded": "Banjir, keadaan kahar", "note": None},
            {**words, "excluded": None, "note": "Foto terlampir\x0b"},
        ],
    }


async def test_an_open_outage_is_told_with_what_is_known_so_far(answers: Answers) -> None:
    document = read(await answers.outage("dinkes/primary@20260304T170000Z", []))
    assert (document["end"], document["cause"], document["decided"]) == (None, None, None)
    assert document["evidence"]["trail"]["good_hops"] == ["192.0.2.250", "192.0.2.1"]
    assert len(document["sentences"]["id"]) == len(document["sentences"]["en"]) == 4


async def test_a_nodes_outage_has_no_office_and_its_own_provider(answers: Answers) -> None:
    document = read(await answers.outage("pop@20260304T164500Z", []))
    told = {name: document[name] for name in ("link", "node", "office", "provider", "evidence", "sentences")}
    assert told == {
        "link": None, "node": "pop", "office": None, "provider": "serat", "evidence": None,
        "sentences": {"id": [], "en": []},
    }  # fmt: skip


async def test_an_outage_that_is_not_there_is_404_in_words(answers: Answers) -> None:
    answer = await answers.outage("x" * 500, [])
    assert (answer.status, read(answer)) == (
        404, {"error": f"there is no outage {'x' * 80!r}; /api/v1/outages lists them"},
    )  # fmt: skip


async def test_outages_are_found_by_what_is_asked(answers: Answers) -> None:
    assert ids(await answers.outages(query(office="lama"))) == ["lama/primary@20260304T143000Z"]
    assert ids(await answers.outages(query(open="true", office="dinkes"))) == ["dinkes/primary@20260304T170000Z"]
    assert ids(await answers.outages(query(cause="power"))) == ["dinkes/primary@20260217T060000Z"]
    assert ids(await answers.outages(query(provider="serat", month="2026-03", open="false"))) == [
        "pop@20260304T164500Z", "dinkes/primary@20260228T162000Z",
    ]  # fmt: skip
    assert ids(await answers.outages(query(provider="sisa"))) == []


NAMES = {
    "links": "limit, after",
    "offices": "limit, after, public",
    "websites": "limit, after",
    "outages": "office, provider, cause, month, open, limit, after",
    "sla": "month, limit, after",
}


@pytest.mark.parametrize(("name", "known"), NAMES.items())
async def test_an_unknown_parameter_is_400_and_names_the_known_ones(answers: Answers, name: str, known: str) -> None:
    answer = await getattr(answers, name)(query(ofice="dinkes"))
    assert (answer.status, read(answer), answer.etag) == (
        400, {"error": f"'ofice' is no parameter of this address; it takes {known}"}, None,
    )  # fmt: skip


async def test_what_takes_no_parameter_says_so(answers: Answers) -> None:
    for answer in (await answers.description(query(x=1)), await answers.outage("pop@20260304T164500Z", query(x=1))):
        assert read(answer) == {"error": "'x' is no parameter of this address; it takes none"}


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "1.5", "", "x", "\u0663", "1e3", "9" * 20, " 1", "+1"])
@pytest.mark.parametrize("name", NAMES)
async def test_a_limit_out_of_bounds_is_400(answers: Answers, name: str, limit: str) -> None:
    answer = await getattr(answers, name)(query(limit=limit))
    sentence = f"limit={limit!r}: write how many you want, from 1 to 1000"
    assert (answer.status, read(answer)) == (400, {"error": sentence})


@pytest.mark.parametrize(
    ("said", "status", "sentence"),
    [
        ({"office": "tidak"}, 404, "there is no office 'tidak'; /api/v1/offices lists them"),
        ({"office": ""}, 404, "there is no office ''; /api/v1/offices lists them"),
        ({"office": "x" * 99}, 404, f"there is no office {'x' * 40!r}; /api/v1/offices lists them"),
        ({"provider": "pt"}, 404, "there is no provider 'pt'; the inventory has serat, gelombang, sisa"),
        ({"cause": "Power"}, 400, "cause='Power': write one of power, link, upstream, provider, unknown"),
        ({"month": "2026-2"}, 400, "month='2026-2' is no month; write it as YYYY-MM, for instance 2026-02"),
        ({"open": "1"}, 400, "open='1': write true or false"),
        ({"after": "MTIz"}, 404, "after='MTIz' is no place in the list of outages; begin without it"),
    ],
)
async def test_what_outages_cannot_be_looked_for_by_is_said(
    answers: Answers, said: dict[str, str], status: int, sentence: str
) -> None:
    answer = await answers.outages(query(**said))
    assert (answer.status, read(answer)) == (status, {"error": sentence})


async def test_a_parameter_that_comes_twice_is_400(answers: Answers) -> None:
    answer = await answers.links([("limit", "1"), ("limit", "2")])
    assert (answer.status, read(answer)) == (400, {"error": "limit comes twice; write it once"})


async def test_whether_it_is_public_is_one_or_nothing(answers: Answers) -> None:
    answer = await answers.offices(query(public="yes"))
    sentence = "public='yes': write 1 for what everybody may see, or leave it out"
    assert (answer.status, read(answer)) == (400, {"error": sentence})


@pytest.mark.parametrize(("name", "key"), [("links", "link"), ("offices", "code"), ("websites", "office")])
async def test_a_list_is_given_whole_or_in_pages_that_follow_each_other(answers: Answers, name: str, key: str) -> None:
    whole = read(await getattr(answers, name)([]))
    assert whole["next"] is None
    said, found = query(limit=2), []
    while True:
        page = read(await getattr(answers, name)(said))
        found += page[name]
        if page["next"] is None:
            break
        assert page["next"].startswith(f"/api/v1/{name}?limit=2&after=")
        said = query(limit=2, after=page[name][-1][key])
    assert found == whole[name]


async def test_the_next_page_of_outages_keeps_what_was_asked(answers: Answers) -> None:
    page = read(await answers.outages(query(office="dinkes", limit=1)))
    address, _, after = page["next"].rpartition("=")
    assert address == "/api/v1/outages?office=dinkes&limit=1&after"
    following = await answers.outages(query(office="dinkes", limit=1, after=after))
    assert ids(following) == ["dinkes/primary@20260228T162000Z"]


async def test_a_links_id_is_written_so_in_an_address_that_it_can_be_followed(answers: Answers) -> None:
    assert read(await answers.links(query(limit=1)))["next"] == "/api/v1/links?limit=1&after=dinkes%2Fprimary"


async def test_a_place_that_a_list_lacks_is_404(answers: Answers) -> None:
    answer = await answers.links(query(after="x" * 99))
    sentence = f"after={'x' * 40!r} is no place in this list; begin without it"
    assert (answer.status, read(answer)) == (404, {"error": sentence})


async def test_without_a_limit_there_are_a_hundred_outages(tmp_path: Path) -> None:
    service = full_service(tmp_path)
    assert service.path is not None
    with Ledger.create(service.path) as ledger:
        for start in range(BROKE + 1_000, BROKE + 13_000, 100):
            batch = Batch()
            batch.add("hukum/primary", [Span(start, start + 20, State.DOWN)], Outage(start, start + 10, start + 20))
            ledger.write(batch)
    async with answering(service) as (answers, _):
        assert len(ids(await answers.outages([]))) == 100
        assert len(ids(await answers.outages(query(limit=1000)))) == 132


async def test_the_same_has_the_same_mark_whatever_the_time_and_another_thing_another(
    answers: Answers, clock: FakeClock, service: FakeService
) -> None:
    first = await answers.offices([])
    clock.advance(1)
    again = await answers.offices([])
    assert again.body != first.body
    assert again.etag == first.etag
    assert (await answers.offices(query(limit=2))).etag != first.etag
    assert (await answers.offices(query(public=1))).etag != first.etag
    offices = service.shown.offices
    service.shown = replace(service.shown, offices=(replace(offices[0], outage_is_open=True), *offices[1:]))
    clock.advance(1)
    assert (await answers.offices([])).etag != first.etag


async def test_who_asks_within_a_second_shares_an_answer_and_within_30_s_the_past(
    answers: Answers, clock: FakeClock, service: FakeService
) -> None:
    first, second = await asyncio.gather(answers.links([]), answers.links([]))
    assert first is second
    assert (service.frozen, service.reads) == (1, 1)
    clock.advance(1)
    await answers.links([])
    assert (service.frozen, service.reads) == (2, 1)
    clock.advance(HISTORY_SHARED_SECONDS)
    await answers.links([])
    assert (service.frozen, service.reads) == (3, 2)


async def test_outages_and_months_are_shared_by_those_who_ask_for_the_same(
    answers: Answers, clock: FakeClock, service: FakeService
) -> None:
    for _ in range(2):
        await answers.outages(query(limit=5))
        await answers.sla(query(month="2026-02", limit=1))
        await answers.sla(query(month="2026-02", limit=2))
    assert service.reads == 2
    clock.advance(OUTAGES_SHARED_SECONDS)
    await answers.outages(query(limit=5))
    assert service.reads == 3
    clock.advance(MONTH_SHARED_SECONDS)
    await answers.sla(query(month="2026-02"))
    assert service.reads == 4


async def test_a_ledger_that_cannot_be_read_costs_the_past_alone(service: FakeService) -> None:
    service.path = None
    async with answering(service) as (answers, _):
        links, offices = read(await answers.links([])), read(await answers.offices([]))
    assert [link["last_24_hours"] for link in links["links"]] == [None] * 6
    assert [office["last_90_days"] for office in offices["offices"]] == [None] * 5
    assert links["links"][0]["state"] == "down"


async def test_what_is_the_ledgers_alone_is_503_with_the_reason_where_it_cannot_be_read(service: FakeService) -> None:
    service.path = None
    async with answering(service) as (answers, _):
        refused = [await answers.outages([]), await answers.outage("x", []), await answers.sla([])]
    assert [(answer.status, read(answer)) for answer in refused] == [
        (503, {"error": "the ledger can't be read: ledger x: it can't be read"})
    ] * 3


async def test_after_a_reload_the_past_is_read_again_at_once(
    answers: Answers, clock: FakeClock, service: FakeService
) -> None:
    await answers.links([])
    whole = service.shown
    offices = {**whole.inventory.offices}
    baru = replace(offices["hukum"], code="baru", links=(replace(offices["hukum"].links[0], office="baru"),))
    inventory = replace(whole.inventory, offices={**offices, "baru": baru})
    links = (*whole.links, replace(whole.links[2], link=baru.links[0]))
    service.shown = replace(whole, inventory=inventory, links=links)
    clock.advance(1)
    assert read(await answers.links([]))["links"][-1]["last_24_hours"] is not None


async def test_the_documents_are_written_off_the_loop(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    writers = set()
    whole = api.link

    def watched(*arguments: Any) -> api.Json:
        writers.add(threading.get_ident())
        return whole(*arguments)

    monkeypatch.setattr(api, "link", watched)
    await answers.links([])
    assert writers
    assert threading.get_ident() not in writers


async def test_the_terminal_reads_what_is_answered(answers: Answers) -> None:
    outages = read(await answers.outages(query(open="true")))
    read_back = standing(read(await answers.links([])), outages)
    assert [link.state.value for link in read_back.links] == ["down", "up", "degraded", "down", "unmeasured", "up"]
    first = read_back.links[0].cells
    assert first is not None
    assert [tuple(cell) for cell in first[-2:]] == [(1800, 0, 0, 0), (0, 0, 200, 0)]
    assert (read_back.is_isolated, read_back.ledger_is_writable) == (None, True)
