"""`terpadu report`, `outages amend` and `maintenance` as a person types them, on a ledger of a bad February."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest
from months import DISTRICT, fill, make_bad_february

from exporter import cli
from exporter.ledger import Ledger

Run: TypeAlias = Callable[..., "Done"]
POWER = "dinkes/primary@20260217T060000Z"
SLA = ("report", "sla", "--month", "2026-02")


@dataclass(frozen=True)
class Done:
    """What a command printed, and its exit status."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    make_bad_february(tmp_path)
    monkeypatch.chdir(tmp_path)

    def terpadu(*arguments: str) -> Done:
        status = cli.main(arguments)
        printed = capsys.readouterr()
        return Done(status, printed.out, printed.err)

    yield terpadu
    gc.enable()


def failed(done: Done, words: str) -> None:
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_a_month_goes_to_standard_output_as_text(run: Run) -> None:
    assert json.loads(run(*SLA).stdout)["month"] == "2026-02"
    assert run(*SLA, "--format", "md", "--lang", "en").stdout.startswith("# Monthly SLA report February 2026")
    assert run(*SLA, "--format", "csv").stdout.startswith("Bulan;Sementara;")


def test_the_same_ledger_gives_the_same_files_in_any_folder_zone_and_day(run: Run, tmp_path: Path) -> None:
    folders = [tmp_path / "satu", tmp_path / "dua"]
    assert run(*SLA, "--everything", "--out", str(folders[0])).returncode == 0
    elsewhere = {**os.environ, "TZ": "America/New_York", "PYTHONHASHSEED": "2"}
    command = [sys.executable, "-m", "exporter", *SLA, "--everything", "--out", str(folders[1])]
    subprocess.run(
        [*command, "--ledger", "terpadu.sqlite3"], env=elsewhere, check=True, capture_output=True, timeout=60
    )
    names = sorted(path.name for path in folders[0].iterdir())
    assert len(names) == 15
    assert names == sorted(path.name for path in folders[1].iterdir())
    assert [name for name in names if (folders[0] / name).read_bytes() != (folders[1] / name).read_bytes()] == []
    assert (folders[0] / "sla-2026-02.id.csv").read_bytes().startswith(b"\xef\xbb\xbfBulan;")


def test_a_providers_document_has_its_links_alone(run: Run) -> None:
    document = json.loads(run(*SLA, "--provider", "gelombang").stdout)
    assert [link["link"] for link in document["links"]] == ["dinkes/backup", "pu/primary"]
    assert [of["provider"] for of in document["providers"]] == ["gelombang"]
    assert (document["offices"], len(document["maintenance"])) == ([], 1)
    failed(run(*SLA, "--provider", "gelombong"), "'gelombong' is none of gelombang, serat, sisa")


def test_closing_amending_and_closing_again_gives_revision_2(run: Run) -> None:
    assert run(*SLA, "--close").stderr == "2026-02: revision 1, final\n"
    assert run("outages", "amend", POWER, "--by", "Bidang Telematika", "--cause", "power").returncode == 0
    changed = json.loads(run(*SLA).stdout)
    assert (changed["revision"], changed["changed_since_revision"]) == (None, 1)
    dinkes = changed["links"][0]
    assert (dinkes["excluded_by"]["cause"], dinkes["credit"]["claims"]) == (16_200, [])
    closed = run(*SLA, "--close")
    assert closed.stderr == "2026-02: revision 2, final\n"
    assert json.loads(closed.stdout)["revision"] == 2
    assert run(*SLA, "--close").stderr == "2026-02: revision 2, final\n"


def test_an_outage_shows_who_said_what_of_it(run: Run) -> None:
    run("outages", "amend", POWER, "--by", "Bidang", "--exclude", "banjir", "--note", "foto terlampir")
    run("outages", "amend", POWER, "--by", "Kepala", "--include", "bukan banjir", "--cause", "link")
    shown = run("outages", "show", POWER).stdout
    for line in (
        "by Bidang",
        "  excluded: banjir",
        "  note: foto terlampir",
        "by Kepala",
        "  counts again: bukan banjir",
    ):
        assert line in shown
    assert "link (confirmed)" in run("outages", "list").stdout
    assert json.loads(run(*SLA).stdout)["links"][0]["excluded_by"]["amendment"] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((POWER, "--by", "x"), "say something of it"),
        ((POWER, "--by", " ", "--note", "y"), "--by: there is nothing in it"),
        ((POWER.replace("60000Z", "60001Z"), "--by", "x", "--note", "y"), f"Did you mean {POWER}?"),
        ((POWER.replace("dinkes", "dinke"), "--by", "x", "--note", "y"), "Did you mean 'dinkes/primary'?"),
        (("kemarin", "--by", "x", "--note", "y"), "is no outage's id"),
    ],
)
def test_an_amendment_that_cannot_be_is_refused_with_a_suggestion(
    run: Run, arguments: tuple[str, ...], words: str
) -> None:
    failed(run("outages", "amend", *arguments), words)


ADD = ("maintenance", "add", "--reason", "Pindah kabel", "--by", "Bidang")
NIGHT = ("--start", "2030-01-05T01:00", "--end", "2030-01-05T03:00")


def test_a_window_is_added_listed_and_ended_by_persons(run: Run) -> None:
    added = run(*ADD, *NIGHT, "--scope", "dinkes,pop", "serat")
    assert added.stdout == "window 3: added, for 2 h\n"
    assert "overlaps 3, and no second counts twice" in run(*ADD, *NIGHT, "--scope", "dinkes").stdout
    listed = run("maintenance", "list").stdout.splitlines()
    assert listed[3].split("  ")[-2:] == ["Bidang", "Pindah kabel"] or "Pindah kabel" in listed[3]
    assert "dinkes,pop,serat" in "".join(listed)
    assert run("maintenance", "end", "3", "--by", "Kepala").stdout == "window 3: ended before it began\n"
    assert "(ended early by Kepala)" in run("maintenance", "list").stdout
    failed(run("maintenance", "end", "3"), "window 3 has ended already")
    failed(run("maintenance", "end", "99"), "it has no window 99")


def test_a_window_that_has_begun_is_late_and_says_so(run: Run) -> None:
    late = run(*ADD, "--start", "2026-02-01T01:00", "--end", "2026-02-01T03:00", "--scope", "dinkes")
    assert "it was announced late: it excludes nothing, and silences pages while it lasts" in late.stdout
    window = json.loads(run(*SLA).stdout)["maintenance"][0]
    assert (window["standing"], window["added_by"], window["reason"]) == ("late", "Bidang", "Pindah kabel")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((*NIGHT, "--scope", "dinke"), "Did you mean 'dinkes'?"),
        ((*NIGHT, "--scope", ","), "name at least one link"),
        (("--start", "besok", "--end", "2030-01-05T03:00", "--scope", "dinkes"), "--start: expected a local time"),
        (("--start", NIGHT[3], "--end", NIGHT[1], "--scope", "dinkes"), "the window ends before it starts"),
    ],
)
def test_a_window_that_cannot_be_is_refused(run: Run, arguments: tuple[str, ...], words: str) -> None:
    failed(run(*ADD, *arguments), words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--month", "2026-05"), "it has nothing of 2026-05; it goes from 2026-01-20 00:00 to 2026-03-05 00:00"),
        (("--month", "2025-12"), "it has nothing of 2025-12"),
        (("--month", "2026-13"), "is no month; write it as YYYY-MM"),
        (("--month", "2026-03", "--close"), "2026-03 isn't over in the ledger"),
        (("--month", "2026-02", "--format", "docx"), "'docx' is none of json, csv, xlsx, pdf, md"),
        (("--month", "2026-02", "--format", "pdf"), "pdf is no text"),
        (("--month", "2026-02", "--format", "json,csv"), "need a folder"),
        (("--month", "2026-02", "--everything"), "name a folder"),
        (("--month", "2026-02", "--ledger", "tiada.sqlite3"), "there is no such file"),
        (("--month", "2026-02", "--close", "--ledger", "a", "b"), "a revision is kept in one ledger"),
    ],
)
def test_a_report_that_cannot_be_is_refused_in_a_sentence(run: Run, arguments: tuple[str, ...], words: str) -> None:
    failed(run("report", "sla", *arguments), words)


def test_a_link_that_the_inventory_forgot_comes_from_the_one_that_the_monitor_ran_with(
    run: Run, tmp_path: Path
) -> None:
    lines = DISTRICT.splitlines(keepends=True)
    shorter = "".join(line for line in lines if "persandian" not in line and "192.0.2.6" not in line)
    (tmp_path / "baru.yaml").write_text(shorter, encoding="utf-8")
    done = run(*SLA, "--inventory", "baru.yaml")
    assert done.stderr == ""
    assert json.loads(done.stdout)["links"][-1]["link"] == "persandian/primary"


def test_a_link_that_no_inventory_knows_is_named_in_the_report_too(run: Run, tmp_path: Path) -> None:
    with Ledger.create(tmp_path / "terpadu.sqlite3") as ledger:
        fill(ledger, "hantu/primary")
    done = run(*SLA, "--format", "md", "--lang", "en")
    assert (
        done.stderr == "warning: measured in this month and not in the inventory, so not in the report: hantu/primary\n"
    )
    assert "Measured in this month and in no inventory, so not reported: hantu/primary." in done.stdout


@pytest.mark.parametrize("text", ["dua\nbaris", "\x1b[2J", "\udcff"])
def test_what_is_no_line_of_text_is_refused_from_persons(run: Run, text: str) -> None:
    failed(run("outages", "amend", POWER, "--by", text, "--note", "x"), "in it is no letter or sign of a line of text")
    failed(run("maintenance", "add", *NIGHT, "--scope", "dinkes", "--reason", text, "--by", "x"), "--reason: ")


def test_files_that_cannot_be_written_close_no_month(run: Run, tmp_path: Path) -> None:
    (tmp_path / "berkas").write_text("", encoding="utf-8")
    assert run(*SLA, "--close", "--everything", "--out", "berkas").returncode == 1
    with Ledger.existing(tmp_path / "terpadu.sqlite3") as ledger:
        assert ledger.closed_months() == ()


@pytest.mark.parametrize(
    "asked",
    [("--everything", "--format", "pdf"), ("--everything", "--provider", "serat"), ("--close", "--provider", "serat")],
)
def test_what_contradicts_itself_is_refused(run: Run, asked: tuple[str, ...]) -> None:
    failed(run(*SLA, *asked, "--out", "laporan"), f"{asked[0]}:")


def test_what_a_month_costs_is_reported_in_every_format(run: Run, tmp_path: Path) -> None:
    costs = ("report", "costs", "--month", "2026-02")
    assert run(*costs, "--format", "md").stdout.startswith("# Laporan biaya sambungan internet")
    assert json.loads(run(*costs).stdout)["month"] == "2026-02"
    made = run(*costs, "--format", "json,csv,xlsx,pdf,md", "--out", "biaya")
    assert {Path(line).suffix for line in made.stdout.split()} == {".json", ".csv", ".xlsx", ".pdf", ".md"}
    assert all((tmp_path / line).stat().st_size for line in made.stdout.split())
    failed(run("report", "costs", "--month", "2026-05"), "it has nothing of 2026-05")


def test_a_folder_that_cannot_be_written_is_named_and_keeps_no_half_written_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "berkas").write_text("", encoding="utf-8")
    done = run(*SLA, "--out", "berkas")
    assert (done.returncode, "--out berkas:" in done.stderr) == (1, True)
    assert list(tmp_path.glob("**/*.partial")) == []


def test_a_closed_report_stays_in_the_ledger_as_it_was(run: Run, tmp_path: Path) -> None:
    closed = run(*SLA, "--close").stdout
    run("outages", "amend", POWER, "--by", "Bidang", "--exclude", "banjir")
    run(*SLA, "--close")
    with Ledger.existing(tmp_path / "terpadu.sqlite3") as ledger:
        first = ledger._connection.execute("SELECT report FROM closing WHERE revision = 1").fetchone()[0]
        assert first == closed
        assert ledger.verify() == []
