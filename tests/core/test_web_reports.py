"""The monthly reports over HTTP: files that were made beforehand, under the contract's names."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, TypeVar

import aiohttp
import pytest
from yarl import URL

from exporter.ledger import Ledger
from exporter.model import Language
from exporter.snapshot import Snapshot
from exporter.web import reports, serve

R = TypeVar("R")
Ask: TypeAlias = Callable[[str], Awaitable[tuple[int, str, str]]]
FILES = {
    "sla-2026-02.json": "{}",
    "sla-2026-02.id.pdf": "halaman",
    "sla-2026-02.en.pdf": "page",
    "sla-2026-02.id.xlsx": "lembar",
    "sla-2026-02.id.csv": "a;b",
    "sla-2026-02-incidents.en.csv": "a,b",
    "sla-2026-02-serat-nusantara.id.pdf": "penyedia",
    "sla-2026-01.id.md": "# Januari",
    ".sla-2026-02.id.pdf.77.partial": "halam",
    "sla-2026-02.id.pdf.bak": "lama",
    "secret.txt": "kunci",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "reports"
    made.mkdir()
    for name, text in FILES.items():
        (made / name).write_text(text, encoding="utf-8")
    (tmp_path / "sla-2026-02.id.pdf").write_text("outside", encoding="utf-8")
    return made


@dataclass
class FakeService:
    """Serves reports, and nothing else."""

    folder: Path
    lifecycle_enabled: bool = False
    language: Language = Language.INDONESIAN

    def report_file(self, name: str) -> Path | None:
        return reports.file_of(self.folder, name, Language.INDONESIAN)

    def report_names(self) -> list[str]:
        return list(reports.kept(self.folder))

    async def snapshot(self) -> Snapshot:
        raise NotImplementedError

    async def read(self, work: Callable[[Ledger], R]) -> R:
        raise NotImplementedError

    def obstacle(self) -> str | None:
        raise NotImplementedError

    def survive(self, bug: Exception) -> None:
        raise bug

    async def reload(self) -> str | None:
        raise NotImplementedError


@pytest.fixture
async def ask(folder: Path) -> AsyncIterator[Ask]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        runner = await serve(listener, FakeService(folder))
        async with aiohttp.ClientSession(f"http://127.0.0.1:{listener.getsockname()[1]}") as session:

            async def get(path: str) -> tuple[int, str, str]:
                async with session.get(URL(path, encoded=True)) as response:
                    return response.status, response.headers.get("Content-Type", ""), await response.text()

            yield get
        await runner.cleanup()


@pytest.mark.parametrize(
    ("name", "content_type", "text"),
    [
        ("2026-02.pdf", "application/pdf", "halaman"),
        ("2026-02.en.pdf", "application/pdf", "page"),
        ("2026-02.json", "application/json; charset=utf-8", "{}"),
        ("2026-02.csv", "text/csv; charset=utf-8", "a;b"),
        ("2026-02-incidents.en.csv", "text/csv; charset=utf-8", "a,b"),
        ("2026-02-serat-nusantara.pdf", "application/pdf", "penyedia"),
        ("2026-01.md", "text/markdown; charset=utf-8", "# Januari"),
    ],
)
async def test_a_report_is_its_file_in_the_organisations_language_unless_another_is_named(
    ask: Ask, name: str, content_type: str, text: str
) -> None:
    assert await ask(f"/reports/sla/{name}") == (200, content_type, text)


@pytest.mark.parametrize(
    "name",
    [
        "2026-03.pdf", "2026-02.md", "2026-02.id.exe", "2026-2.pdf", "..%2Fsla-2026-02.id.pdf",
        f"2026-02-{'a' * 300}.pdf", "2026-02-..%2F..%2Fx.pdf", "secret.txt", "2026-02.pdf.bak",
    ],
)  # fmt: skip
async def test_what_is_no_report_is_404_in_a_sentence(ask: Ask, name: str) -> None:
    status, content_type, text = await ask(f"/reports/sla/{name}")
    assert (status, content_type) == (404, "text/plain; charset=utf-8")
    assert "there is n" in text
    assert "outside" not in text


async def test_the_list_has_the_latest_month_first_and_no_half_written_file(ask: Ask) -> None:
    status, _, text = await ask("/reports/")
    assert status == 200
    assert text.split() == [
        "/reports/sla/2026-02-incidents.en.csv",
        "/reports/sla/2026-02-serat-nusantara.id.pdf",
        "/reports/sla/2026-02.en.pdf",
        "/reports/sla/2026-02.id.csv",
        "/reports/sla/2026-02.id.pdf",
        "/reports/sla/2026-02.id.xlsx",
        "/reports/sla/2026-02.json",
        "/reports/sla/2026-01.id.md",
    ]


async def test_before_the_first_report_the_list_says_so(ask: Ask, folder: Path) -> None:
    def empty() -> None:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()

    await asyncio.to_thread(empty)
    assert await ask("/reports/") == (200, "text/plain; charset=utf-8", "no monthly report has been made yet\n")
