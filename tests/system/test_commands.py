from __future__ import annotations

import csv
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from exporter_process import terpadu

from exporter.ledger import Batch, Ledger
from exporter.timeline import Outage, Span, State

ROOT = Path(__file__).parents[2]
FEBRUARY = 1_769_878_800  # 2026-02-01 00:00 in Jakarta
HOUR = 3_600
DISTRICT = """\
organisation: {name: "Kabupaten Uji", timezone: Asia/Jakarta, language: id}
providers:
  isp: {name: "PT Penyedia", availability: 99.5%}
offices:
  - code: dinkes
    name: "Dinas Kesehatan"
    district: Ciruas
    links:
      - {name: primary, address: 198.18.10.1, provider: isp, contract: {download: 100Mbps, upload: 100Mbps}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An inventory and a ledger of February 2026, with one outage of an hour."""
    (tmp_path / "inventory.yaml").write_text(DISTRICT)
    with Ledger.create(tmp_path / "terpadu.sqlite3") as ledger:
        start, down = FEBRUARY, FEBRUARY + 10 * HOUR
        batch = Batch()
        batch.add("dinkes/primary", [Span(start, down, State.UP), Span(down, down + HOUR, State.DOWN)], None)
        batch.add(
            "dinkes/primary",
            [Span(down + HOUR, start + 28 * 24 * HOUR, State.UP)],
            Outage(down, down + 10, down + HOUR),
        )
        ledger.write(batch)
        ledger.record_inventory(DISTRICT, start, "1.0")
    return tmp_path


def test_the_report_needs_no_inventory_file_but_the_ledgers(folder: Path) -> None:
    (folder / "inventory.yaml").unlink()
    done = terpadu("report", "sla", "--month", "2026-02", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    (link,) = json.loads(done.stdout)["links"]
    assert (link["availability"], link["verdict"], link["seconds"]["down"]) == ("99.851", "met", HOUR)


def test_the_files_have_the_contracts_names_and_open_in_a_spreadsheet(folder: Path) -> None:
    done = terpadu("report", "sla", "--month", "2026-02", "--format", "json,csv", "--out", "reports", cwd=folder)
    names = ["sla-2026-02.json", "sla-2026-02.id.csv", "sla-2026-02-incidents.id.csv"]
    assert (done.returncode, done.stdout.splitlines()) == (0, [f"reports/{name}" for name in names])
    assert sorted(path.name for path in (folder / "reports").iterdir()) == sorted(names)
    table = (folder / "reports" / names[1]).read_bytes()
    assert table.startswith(b"\xef\xbb\xbf")
    (row,) = csv.DictReader(table.decode("utf-8-sig").splitlines(), delimiter=";")
    assert (row["OPD"], row["Ketersediaan (%)"], row["Hasil"]) == ("Dinas Kesehatan", "99,851", "terpenuhi")


def test_csv_on_standard_output_is_the_links_table_in_the_language_asked_for(folder: Path) -> None:
    done = terpadu("report", "sla", "--month", "2026-02", "--format", "csv", "--lang", "en", cwd=folder)
    (row,) = csv.DictReader(done.stdout.splitlines())
    assert (row["Link"], row["Availability (%)"]) == ("dinkes/primary", "99.851")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--month", "2026-13"], "--month: '2026-13' is no month; write it as YYYY-MM, for instance 2026-02"),
        (
            ["--month", "2025-07"],
            "it has nothing of 2025-07; it goes from 2026-02-01 00:00 to 2026-03-01 00:00",
        ),
        (["--month", "2026-02", "--format", "docx"], "--format: 'docx' is none of json, csv, xlsx, pdf, md"),
        (["--month", "2026-02", "--format", "json,csv"], "several formats need a folder for their files"),
        (["--month", "2026-02", "--ledger", "."], "ledger .: this is no file; name the monitor's with --ledger"),
        (["--month", "2026-02", "--out", "no/such"], "--out no/such: No such file or directory; name a folder"),
        (["--month", "2026-02", "--ledger", "no.sqlite3"], "ledger no.sqlite3: there is no such file"),
        (["--month", "2026-02", "--ledger", "inventory.yaml"], "ledger inventory.yaml: this is no ledger of Terpadu"),
        (["--month", "2026-02", "--inventory", "no.yaml"], "no.yaml: there is no such file"),
    ],
)
def test_what_a_report_cannot_be_made_of_is_one_sentence(folder: Path, arguments: list[str], message: str) -> None:
    done = terpadu("report", "sla", *arguments, cwd=folder)
    assert done.returncode in {1, 2}
    assert done.stdout == ""
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_folder_that_cannot_be_written_is_named(folder: Path) -> None:
    done = terpadu("report", "sla", "--month", "2026-02", "--out", "inventory.yaml", cwd=folder)
    assert done.returncode == 1
    assert "--out inventory.yaml: File exists; name a folder that can be written" in done.stderr


def test_check_shows_every_problem_on_its_line_and_says_2(folder: Path) -> None:
    (folder / "inventory.yaml").write_text(DISTRICT.replace("address:", "adress:").replace("99.5%", "99.5"))
    done = terpadu("check", cwd=folder)
    assert done.returncode == 2
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert [line.split(":")[:2] for line in lines] == [["inventory.yaml", "3"], ["inventory.yaml", "9"]]
    assert "Did you mean 'address'?" in lines[1]


def test_check_of_the_sample_has_nothing_to_warn_of() -> None:
    done = terpadu("check", "inventory.yaml", cwd=ROOT, environment={"SNMP_COMMUNITY": "x"})
    assert (done.returncode, done.stdout) == (0, "inventory.yaml: good: 31 offices, 34 links, 31 websites\n")
    assert done.stderr == ""


def test_the_schema_is_a_json_document_for_editors(tmp_path: Path) -> None:
    done = terpadu("schema", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_an_unset_secret_is_a_warning_and_with_secrets_an_error() -> None:
    without = {"SNMP_COMMUNITY": ""}
    assert terpadu("check", "inventory.yaml", cwd=ROOT, environment=without).returncode == 0
    done = terpadu("check", "inventory.yaml", "--secrets", cwd=ROOT, environment=without)
    assert done.returncode == 2
    assert "${SNMP_COMMUNITY} is not set" in done.stderr


def test_a_reader_that_ends_early_is_no_error_message(folder: Path) -> None:
    done = subprocess.run(  # noqa: S602 -- a pipe is what is tested
        f"{sys.executable} -m exporter report sla --month 2026-02 | head -c 1",
        shell=True,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("{", "")


def test_without_a_command_the_usage_is_shown() -> None:
    done = terpadu(cwd=ROOT)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: terpadu")


OUTAGE = "dinkes/primary@20260201T030000Z"


def test_outages_are_listed_and_one_is_shown_with_all_that_is_known(folder: Path) -> None:
    listed = terpadu("outages", "list", cwd=folder).stdout.splitlines()
    assert listed[0].split() == ["ID", "START", "END", "CAUSE", "DOWN", "UNMEASURED"]
    assert listed[1].split() == [
        *(OUTAGE, "2026-02-01", "10:00:00", "2026-02-01", "11:00:00", "-", "3600", "s", "0", "s")
    ]
    shown = terpadu("outages", "show", OUTAGE, cwd=folder).stdout.splitlines()
    assert shown == [
        f"id: {OUTAGE}",
        "link: dinkes/primary",
        "started: 2026-02-01T10:00:00+07:00",
        "confirmed: 2026-02-01T10:00:10+07:00",
        "ended: 2026-02-01T11:00:00+07:00",
        "down_seconds: 3600",
        "unmeasured_seconds: 0",
        "down: 2026-02-01T10:00:00+07:00 to 2026-02-01T11:00:00+07:00",
        "cause: not known before its device is asked, or six minutes after its end",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["outages", "show", "dinkes"], "'dinkes' is no outage's id; write it as dinkes/primary@20260210T153000Z"),
        (["outages", "show", "dinkes/primary@20260201T030001Z"], "it has no outage dinkes/primary@20260201T030001Z"),
        (["outages", "show", "dinkes/primary@20261301T030001Z"], "names no instant"),
        (["outages", "list", "--limit", "0"], "--limit 0: name a number from 1 on"),
        (["ledger", "verify", "--ledger", "no.sqlite3"], "ledger no.sqlite3: there is no such file"),
        (["ledger", "backup", "inventory.yaml"], "inventory.yaml"),
    ],
)
def test_what_cannot_be_shown_or_copied_is_one_sentence(folder: Path, arguments: list[str], message: str) -> None:
    done = terpadu(*arguments, cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_copy_of_the_ledger_gives_the_same_report(folder: Path) -> None:
    assert terpadu("ledger", "verify", cwd=folder).stdout == "terpadu.sqlite3: good\n"
    copied = terpadu("ledger", "backup", "copy.sqlite3", cwd=folder)
    assert (copied.returncode, copied.stdout) == (0, "copy.sqlite3: a copy of terpadu.sqlite3, whole\n")
    reports = [
        terpadu("report", "sla", "--month", "2026-02", "--ledger", name, cwd=folder).stdout
        for name in ("terpadu.sqlite3", "copy.sqlite3")
    ]
    assert reports[0] == reports[1] != ""


def observations(folder: Path, *slots: tuple[int, str]) -> None:
    lines = [json.dumps({"at": FEBRUARY + at, "link": "dinkes/primary", "outcome": outcome}) for at, outcome in slots]
    (folder / "seen.jsonl").write_text("\n".join(lines))


def test_observations_are_replayed_into_a_new_ledger(folder: Path) -> None:
    observations(folder, *((at, "lost" if 100 <= at < 160 else "reply") for at in range(300)))
    done = terpadu("replay", "seen.jsonl", "--ledger", "replayed.sqlite3", cwd=folder)
    assert (done.returncode, done.stdout) == (0, "replayed.sqlite3: 300 observations replayed\n")
    report = terpadu("report", "sla", "--month", "2026-02", "--ledger", "replayed.sqlite3", cwd=folder)
    (link,) = json.loads(report.stdout)["links"]
    assert (link["seconds"]["down"], link["outages_ended"]) == (60, 1)


def test_a_ledger_that_exists_is_not_replayed_into(folder: Path) -> None:
    observations(folder, (0, "reply"))
    done = terpadu("replay", "seen.jsonl", "--ledger", "terpadu.sqlite3", cwd=folder)
    assert done.returncode == 2
    assert "it exists already" in done.stderr


def test_observations_out_of_order_name_their_line_and_leave_no_ledger(folder: Path) -> None:
    observations(folder, (10, "reply"), (11, "reply"), (5, "reply"))
    done = terpadu("replay", "seen.jsonl", "--ledger", "replayed.sqlite3", cwd=folder)
    assert done.returncode == 2
    assert done.stderr.startswith("terpadu: seen.jsonl:3: slot ")
    assert not list(folder.glob("replayed*"))


@pytest.fixture
def truth_file(folder: Path) -> Path:
    """The truth of the first day of that ledger: the hour's outage, and one that the monitor didn't see."""
    lines: list[dict[str, object]] = [
        {
            "truth": 1,
            "scenario": "uji",
            "seed": 7,
            "inventory_sha256": hashlib.sha256(DISTRICT.encode()).hexdigest(),
            "start": float(FEBRUARY),
        }
    ]
    for begin, end in ((10 * HOUR - 0.5, 11 * HOUR - 0.5), (20 * HOUR, 21 * HOUR)):
        fact = {"what": "dinkes/primary", "kind": "cut", "from": FEBRUARY + begin, "to": FEBRUARY + end}
        lines.append({**fact, "cause": "link", "thing": "link", "affects": ["dinkes/primary"]})
    lines.append({"end": FEBRUARY + 24.0 * HOUR})
    file = folder / "truth.jsonl"
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return file


def test_a_ledger_is_scored_against_the_truth_as_text_and_as_json(truth_file: Path) -> None:
    text = terpadu("lab", "score", truth_file.name, "terpadu.sqlite3", cwd=truth_file.parent)
    figures = {line[:34].strip(): line[34:].split()[:1] for line in text.stdout.splitlines()}
    assert (text.returncode, text.stderr) == (0, "")
    assert [figures[name] for name in ("found", "missed", "invented")] == [["1"], ["1"], ["0"]]
    as_json = terpadu("lab", "score", truth_file.name, "terpadu.sqlite3", "--format", "json", cwd=truth_file.parent)
    document = json.loads(as_json.stdout)
    assert (document["same_inventory"], document["links"]["missed"]) == (True, 1)
    assert document["links"]["onsets"]["max_seconds"] == 0.5


@pytest.mark.parametrize(
    ("words", "status", "error"),
    [
        (["none.jsonl", "terpadu.sqlite3"], 2, "none.jsonl: No such file or directory"),
        (["terpadu.sqlite3", "terpadu.sqlite3"], 2, "terpadu.sqlite3: "),
        (["truth.jsonl", "none.sqlite3"], 2, "ledger none.sqlite3"),
    ],
)
def test_what_is_no_truth_or_no_ledger_is_an_error(truth_file: Path, words: list[str], status: int, error: str) -> None:
    done = terpadu("lab", "score", *words, cwd=truth_file.parent)
    assert (done.returncode, done.stdout) == (status, "")
    assert error in done.stderr
