"""The API against its own description, over HTTP on loopback: whatever is asked, the answer is what it says."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
import schemathesis
from aiohttp import web
from api_district import NOW, FakeService, full_service
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator
from monitor_fakes import FakeClock
from schemathesis import GenerationMode

from exporter.web import serve, server, site
from exporter.web.assets import Assets
from exporter.web.openapi import DOCUMENT
from exporter.web.pages import Pages

SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}
BOUNDED = settings(
    max_examples=25,
    database=None,
    derandomize=True,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
ANSWERED = [
    "links",
    "links?limit=2",
    "offices",
    "offices?public=1",
    "offices?limit=1&after=dinkes",
    "websites",
    "outages",
    "outages?limit=2&open=false",
    "sla?month=2026-02",
    "sla?month=2026-03&limit=1",
    "sla",
    "openapi.json",
    f"outages/{quote('dinkes/primary@20260304T170000Z', safe='')}",
    "outages/hukum/primary@20260221T010000Z",
    "outages/pop@20260304T164500Z",
]


class Served:
    """A server on loopback, in a thread of its own."""

    def __init__(self, service: FakeService) -> None:
        self.service = service
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> str:
        self._thread.start()
        assert self._ready.wait(10)
        return self.url

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            runner = self._loop.run_until_complete(serve(listener, self.service))
            self._ready.set()
            self._loop.run_forever()
            self._loop.run_until_complete(runner.cleanup())
        self._loop.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, private_network: None) -> Iterator[Served]:  # noqa: ARG001
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(site, "SystemClock", lambda: FakeClock(NOW))
        whole = Served(full_service(tmp_path_factory.mktemp("api")))
        with whole:
            yield whole


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as asking:
        yield asking


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("label", OPERATIONS)
def test_whatever_is_asked_is_answered_as_described(
    served: Served, session: requests.Session, label: str, mode: GenerationMode
) -> None:
    operation = OPERATIONS[label]
    if mode is GenerationMode.NEGATIVE and label in {"GET /api/v1/outages/{id}", "GET /api/v1/openapi.json"}:
        return  # any text may be an id, and nothing else is asked

    @BOUNDED
    @given(case=operation.as_strategy(generation_mode=mode))
    def asked(case: schemathesis.Case) -> None:
        case.call_and_validate(base_url=served.url, session=session)

    asked()
    assert served.service.bugs == []


@pytest.mark.parametrize("path", ANSWERED)
def test_each_answer_of_a_whole_district_has_the_form_that_is_described(served: Served, path: str) -> None:
    answer = requests.get(f"{served.url}/api/v1/{path}", timeout=10)
    assert answer.status_code == HTTPStatus.OK
    name = "/api/v1/" + path.partition("?")[0]
    described = DOCUMENT["paths"]["/api/v1/outages/{id}" if "@" in path or "%40" in path else name]  # type: ignore[index]
    schema = described["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    validator = Draft202012Validator(
        {**schema, "components": DOCUMENT["components"]}, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    assert [error.message for error in validator.iter_errors(answer.json())] == []


def routed(application: web.Application) -> set[str]:
    found = {resource.canonical for resource in application.router.resources()}
    return {path for path in found if path.startswith("/api/")}


async def test_what_is_served_is_described_and_the_other_way_round(tmp_path: Path) -> None:
    shown = site.Site(full_service(tmp_path), Assets.of_the_package(), Pages)
    assert routed(server.main_application(shown, None)) == set(DOCUMENT["paths"])  # type: ignore[call-overload]
    assert routed(server.public_application(shown)) == {"/api/v1/offices"}


def test_the_description_is_served_as_it_is(served: Served) -> None:
    answer = requests.get(f"{served.url}/api/v1/openapi.json", timeout=10)
    assert answer.json() == json.loads(json.dumps(DOCUMENT))


def test_who_has_the_latest_is_told_so_without_a_body(served: Served) -> None:
    first = requests.get(f"{served.url}/api/v1/outages", timeout=10)
    etag = first.headers["ETag"]
    assert (etag[:3], first.headers["Cache-Control"]) == ('W/"', "no-cache")
    again = requests.get(f"{served.url}/api/v1/outages", headers={"If-None-Match": etag}, timeout=10)
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    other = requests.get(f"{served.url}/api/v1/outages?limit=1", headers={"If-None-Match": etag}, timeout=10)
    assert other.status_code == HTTPStatus.OK


def test_an_id_may_be_written_with_its_slash_or_without(served: Served) -> None:
    written = "dinkes/primary@20260304T170000Z"
    ids = [
        requests.get(f"{served.url}/api/v1/outages/{of}", timeout=10).json()["id"]
        for of in (written, quote(written, safe=""))
    ]
    assert ids == [written, written]
