"""`terpadu report websites` as a person types it, on a ledger of a November of 31 websites."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from website_months import HEAD, INACTIVE, OFFICE, at, document, make_november, november, span, write

from exporter import cli
from exporter.ledger import Batch, Ledger
from exporter.timeline import Span, State
from exporter.website import Fault

Run: TypeAlias = Callable[..., tuple[int, str, str]]
WEBSITES = ("report", "websites")
NOVEMBER = (*WEBSITES, "--month", "2020-11")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the ledger, which no report changes."""
    placed = tmp_path_factory.mktemp("websites")
    make_november(placed)
    return placed


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Return what runs a command in that folder, and gives its status and what it printed."""
    monkeypatch.chdir(folder)

    def terpadu(*arguments: str) -> tuple[int, str, str]:
        status = cli.main(arguments)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    yield terpadu
    gc.enable()


def test_a_month_goes_to_standard_output_in_the_organisations_language(run: Run) -> None:
    status, printed, warned = run(*NOVEMBER)
    assert (status, json.loads(printed)["classes"]["a"], warned) == (0, 23, "")
    assert "## Dari 31 website OPD, 23 aktif, 8 tidak aktif" in run(*NOVEMBER, "--format", "md")[1]
    assert run(*NOVEMBER, "--format", "csv", "--lang", "en")[1].startswith("Month,Provisional,Office code,Office,")


def test_files_of_every_format_are_written_and_named(run: Run, tmp_path: Path) -> None:
    status, printed, _ = run(
        *NOVEMBER, "--format", "json,csv,xlsx,pdf,md", "--lang", "en", "--out", str(tmp_path / "laporan")
    )
    written = sorted(path.name for path in (tmp_path / "laporan").iterdir())
    assert (status, len(written)) == (0, 9)
    assert sorted(Path(line).name for line in printed.splitlines()) == written


def test_a_month_that_runs_is_provisional(run: Run) -> None:
    december = json.loads(run(*WEBSITES, "--month", "2020-12")[1])
    assert (december["provisional"], december["measured_until"]) == (True, "2020-12-02T08:00:00+07:00")


def test_another_inventory_and_several_ledgers_are_taken_as_by_the_other_reports(run: Run, tmp_path: Path) -> None:
    website = ', website: {url: "https://kebun.example/"}'
    office = OFFICE.format(code="kebun", name="Kebun", website=website, number=1)
    (tmp_path / "baru.yaml").write_text(HEAD + office, encoding="utf-8")
    with Ledger.create(tmp_path / "dua.sqlite3") as ledger:
        write(ledger, "kebun", span("2020-11-01", "2020-12-03", INACTIVE, Fault.PARKED))
    ledgers = ("--ledger", str(tmp_path / "dua.sqlite3"), "terpadu.sqlite3")
    status, printed, warned = run(*NOVEMBER, "--inventory", str(tmp_path / "baru.yaml"), *ledgers)
    whole = json.loads(printed)
    assert (status, whole["websites"], whole["classes"]["b"]) == (0, 1, 1)
    assert (len(whole["not_in_inventory"]), warned.count("\n")) == (31, 1)
    assert (
        "websites that were measured in this month and aren't in the inventory, so not in the report: a, aa," in warned
    )


def test_an_office_that_was_taken_out_since_is_named_and_not_counted(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "terpadu.sqlite3"
    with Ledger.create(path) as ledger:
        placed = november(ledger)
        later = document(*["update_every: month"] * (len(placed.offices) - 1))
        batch = Batch()
        batch.add("ae/primary", [Span(at("2020-11-01"), at("2020-12-01"), State.UP)], None)
        ledger.write(batch)
        ledger.record_inventory(later, at("2020-12-01T12:00"), "1")
    status, printed, warned = run(*NOVEMBER, "--ledger", str(path))
    whole = json.loads(printed)
    assert (status, whole["websites"], whole["not_in_inventory"]) == (0, 30, ["ae"])
    assert warned.endswith("so not in the report: ae\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--month", "2021-05"), "it has nothing of the websites in 2021-05; it goes from 2020-10-01 00:00 to"),
        (("--month", "2020-13"), "is no month; write it as YYYY-MM"),
        (("--month", "2020-11", "--format", "docx"), "'docx' is none of json, csv, xlsx, pdf, md"),
        (("--month", "2020-11", "--format", "pdf"), "pdf is no text"),
        (("--month", "2020-11", "--format", "json,csv"), "need a folder"),
        (("--month", "2020-11", "--ledger", "tiada.sqlite3"), "there is no such file"),
    ],
)
def test_a_report_that_cannot_be_is_refused_in_a_sentence(run: Run, arguments: tuple[str, ...], words: str) -> None:
    status, printed, told = run(*WEBSITES, *arguments)
    assert (status, printed) == (2, "")
    assert words in told


@pytest.mark.parametrize("option", [("--close",), ("--provider", "serat"), ("--everything",)])
def test_what_only_the_sla_report_can_do_is_no_option(
    run: Run, option: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(*NOVEMBER, *option)
    assert (ended.value.code, "unrecognized arguments" in capsys.readouterr().err) == (2, True)
