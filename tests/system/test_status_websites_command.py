from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Self

import pytest
from aiohttp import web

from exporter import cli
from exporter.status import command

Json = dict[str, object]
AT = datetime(2026, 2, 10, 15, 30, tzinfo=UTC)


class WebsitesMonitor:
    """Answers `/api/v1/websites` alone, in a thread of its own, with what it is told; `asked` is how often it was."""

    def __init__(self, listening: socket.socket) -> None:
        self.websites: object = []
        self.asked = 0
        self.on_asked: Callable[[], None] = lambda: None
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self._listening = listening
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        application = web.Application()
        application.router.add_get("/api/v1/websites", self._answer)
        self._runner = web.AppRunner(application)
        self._do(self._runner.setup())
        self._do(web.SockSite(self._runner, self._listening).start())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: object) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)  # type: ignore[arg-type]

    async def _answer(self, _: web.Request) -> web.Response:
        self.asked += 1
        self.on_asked()
        document = {"organisation": "Kabupaten Uji", "time": AT.isoformat(), "websites": self.websites}
        return web.Response(text=json.dumps(document), content_type="application/json")


@pytest.fixture
def monitor() -> Iterator[WebsitesMonitor]:
    with socket.create_server(("127.0.0.1", 0)) as listening, WebsitesMonitor(listening) as running:
        yield running


def make_website(activity: str = "active", **changes: object) -> Json:
    return {
        "office": "dinkes",
        "office_name": "Dinas Kesehatan",
        "url": "https://dinkes.example/",
        "update_every": "week",
        "activity": activity,
        "since": (AT - timedelta(hours=3)).isoformat(),
        "reason": {"fault": "parked", "detail": ""} if activity == "inactive" else None,
        "checked": None,
        "published": None,
        "age_seconds": None,
        "standing": "unknown",
        "looked": None,
        **changes,
    }


def status(monitor: WebsitesMonitor, *arguments: str) -> int:
    return cli.main(["status", "--websites", "--url", monitor.url, *arguments])


def test_all_active_is_0_and_plain_text_of_full_width_in_a_pipe(
    monitor: WebsitesMonitor, capsys: pytest.CaptureFixture[str]
) -> None:
    monitor.websites = [make_website()]
    assert status(monitor) == 0
    told = capsys.readouterr()
    assert told.err == ""
    *head, columns, row = told.out.splitlines()
    assert head == ["Kabupaten Uji · 2026-02-10 15:30:00 UTC", "1 website: 1 active; of the active 1 unknown", ""]
    assert columns.split() == ["STATE", "OFFICE", "FOR", "WHY", "PUBLISHED", "EVERY", "STATUS", "TIME", "CERT", "URL"]
    assert row.startswith("▲ active  Dinas Kesehatan  3 h  not looked for a date yet  ")
    assert row.endswith("  https://dinkes.example/")


def test_one_that_is_not_active_is_1(monitor: WebsitesMonitor, capsys: pytest.CaptureFixture[str]) -> None:
    monitor.websites = [make_website(), make_website("inactive")]
    assert status(monitor) == 1
    assert "▼ not active  Dinas Kesehatan  3 h  domain parked" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("websites", "said"),
    [
        ([], "it has no websites in its inventory, so nothing is measured; give the offices websites, and reload"),
        ([make_website("unmeasured")], "no website is measured: two visits have to agree first"),
    ],
)
def test_where_nothing_is_measured_it_is_3_with_what_to_do(
    monitor: WebsitesMonitor, capsys: pytest.CaptureFixture[str], websites: list[Json], said: str
) -> None:
    monitor.websites = websites
    assert status(monitor) == 3
    assert capsys.readouterr().err.startswith(f"terpadu: {monitor.url}: {said}")


def test_another_form_of_answer_is_3(monitor: WebsitesMonitor, capsys: pytest.CaptureFixture[str]) -> None:
    monitor.websites = [make_website("asleep")]
    assert status(monitor) == 3
    assert "this isn't Terpadu's API, or of another version ('asleep' is not" in capsys.readouterr().err


def test_a_monitor_without_such_an_answer_is_3(monitor: WebsitesMonitor, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["status", "--websites", "--url", f"{monitor.url}/elsewhere"]) == 3
    assert "answers 404: it has no /elsewhere/api/v1/websites, so it isn't Terpadu" in capsys.readouterr().err


def test_a_terminal_gets_lines_of_its_width_and_colours(
    monitor: WebsitesMonitor, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    colours = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "FORCE_COLOR": "1"}
    for name, value in {**colours, "COLUMNS": "60"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monitor.websites = [make_website("inactive", reason={"fault": "guarded", "detail": ""})]
    assert status(monitor) == 1
    lines = capsys.readouterr().out.splitlines()
    red = r"\x1b\[1;(31|38;5;160)m"  # rich keeps the codes of the first terminal that a process met
    told = r"▼ not active\x1b\[0m  \x1b\[1mdinkes\x1b\[0m  3 h  protected from automated access …"
    assert re.fullmatch(red + told, lines[-1]), lines[-1]


def test_watching_looks_again_until_a_signal_ends_it(
    monitor: WebsitesMonitor, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "EVERY_SECONDS", 0.01)
    monitor.websites = [make_website()]

    def end_at_the_third() -> None:
        monitor.websites = [make_website("inactive")]
        if monitor.asked == 3:
            os.kill(os.getpid(), signal.SIGTERM)

    monitor.on_asked = end_at_the_third
    assert status(monitor, "--watch") == 0
    assert capsys.readouterr().out.count("▼ not active") >= 2
