"""The websites' report as files: their names, their bytes, figures that agree, and strangers' texts as they are."""

from __future__ import annotations

import csv
import io
import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pypdf
import pytest
from website_months import (
    INACTIVE,
    JAKARTA,
    NAMES,
    NOTE,
    at,
    district,
    make_november,
    published,
    span,
    write,
)
from website_months import document as inventory_text

from exporter import inventory
from exporter.ledger import Ledger
from exporter.model import Language
from exporter.report.files import FORMATS
from exporter.report.letter.values import Column, Heading, Kind, Points, Table, Text
from exporter.report.tables import Document
from exporter.report.websites.document import document
from exporter.report.websites.forms import files
from exporter.report.websites.letter import MOST_ROWS, letter
from exporter.report.websites.reckoning import Websites, reckon
from exporter.sla import Month
from exporter.website import Fault, Source

INDONESIAN, ENGLISH = Language.INDONESIAN, Language.ENGLISH
NOVEMBER = Month(2020, 11)
HEADLINE = "Dari 31 website OPD, 23 aktif, 8 tidak aktif atau tidak diperbarui"
LONG = "https://a.example/" + "panjang-" * 40


def make(folder: Path) -> Websites:
    path, placed = make_november(folder)
    with Ledger.existing(path) as ledger:
        return reckon([ledger], placed, NOVEMBER)


@pytest.fixture(scope="module")
def websites(tmp_path_factory: pytest.TempPathFactory) -> Websites:
    return make(tmp_path_factory.mktemp("websites"))


@pytest.fixture(scope="module")
def made(websites: Websites) -> dict[str, bytes]:
    return files(websites, FORMATS, INDONESIAN)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.create(tmp_path / "terpadu.sqlite3") as opened:
        yield opened


def rows(made: dict[str, bytes], name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(made[name].decode("utf-8-sig")), delimiter=";"))


def text_of(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_files_have_the_month_and_the_language_in_their_names(websites: Websites, made: dict[str, bytes]) -> None:
    assert list(made) == [
        "websites-2020-11.json", "websites-2020-11-attention.id.csv", "websites-2020-11-rhythm.id.csv",
        "websites-2020-11-changes.id.csv", "websites-2020-11.id.csv", "websites-2020-11-faults.id.csv",
        "websites-2020-11.id.xlsx", "websites-2020-11.id.pdf", "websites-2020-11.id.md",
    ]  # fmt: skip
    assert list(files(websites, ["md", "json"], ENGLISH)) == ["websites-2020-11.json", "websites-2020-11.en.md"]
    assert list(files(websites, ["json"], ENGLISH)) == ["websites-2020-11.json"]


def test_every_form_has_the_same_websites_and_the_same_first_sentence(made: dict[str, bytes]) -> None:
    whole = json.loads(made["websites-2020-11.json"])
    book = openpyxl.load_workbook(io.BytesIO(made["websites-2020-11.id.xlsx"]))
    pdf, markdown = text_of(made["websites-2020-11.id.pdf"]), made["websites-2020-11.id.md"].decode()
    table = rows(made, "websites-2020-11.id.csv")[1:]
    assert (whole["websites"], whole["classes"]) == (31, {"a": 23, "b": 8, "unknown": 0, "unmeasured": 0})
    assert [row[5] for row in table].count("aktif") == 23
    assert [row[3].value for row in book["Semua website"].iter_rows(min_row=2)].count("aktif") == 23
    assert book["Ringkasan"]["A4"].value == HEADLINE
    assert f"## {HEADLINE}\n" in markdown
    assert HEADLINE in pdf
    assert [row[2] for row in table] == [of["office"] for of in whole["sites"]]
    assert all(name in pdf and name in markdown for name in NAMES)


def test_active_time_is_the_same_number_in_every_form(made: dict[str, bytes]) -> None:
    site = json.loads(made["websites-2020-11.json"])["sites"][7]
    book = openpyxl.load_workbook(io.BytesIO(made["websites-2020-11.id.xlsx"]))
    assert (site["seconds"], site["active_time"], site["last_check"]["detail"]) == (
        {"active": 22 * 86_400, "inactive": 8 * 86_400, "unmeasured": 0}, "73.333", None,
    )  # fmt: skip
    assert rows(made, "websites-2020-11.id.csv")[8][14] == "73,333"
    assert book["Semua website"]["M9"].value == pytest.approx(0.73333, abs=1e-12)
    assert "73,333" in text_of(made["websites-2020-11.id.pdf"])


def test_json_says_of_a_website_what_it_is_since_when_and_what_it_published(made: dict[str, bytes]) -> None:
    site = json.loads(made["websites-2020-11.json"])["sites"][29]
    assert site == {
        "office": "ad", "name": "Kecamatan Pamarayan", "url": "https://ad.example/", "class": "b", "state": "inactive",
        "since": "2020-10-12T06:00:00+07:00", "guarded": False,
        "last_check": {
            "activity": "inactive", "fault": "redirects_elsewhere", "detail": "judi.example",
            "since": "2020-10-12T06:00:00+07:00", "until": "2020-12-01T00:00:00+07:00",
        },
        "last_publication": {
            "published_at": "2020-11-28T09:30:00+07:00", "is_day_only": False,
            "counted_at": "2020-11-28T09:30:00+07:00", "source": "posts", "seen_at": "2020-11-28T10:30:00+07:00",
            "address": None,
        },
        "age_seconds": 225_000, "update_every": "week", "standing": "on_time", "published_by_week": [1] * 12,
        "weeks_with_publication": 12, "publication_interval_days": 7,
        "seconds": {"active": 0, "inactive": 2_592_000, "unmeasured": 0}, "active_time": "0.000", "note": NOTE,
    }  # fmt: skip


def test_json_says_of_the_month_how_far_it_is_known_and_what_has_changed(made: dict[str, bytes]) -> None:
    whole: dict[str, Any] = json.loads(made["websites-2020-11.json"])
    assert {key: whole[key] for key in ("month", "timezone", "period", "measured_until", "provisional")} == {
        "month": "2020-11",
        "timezone": "Asia/Jakarta",
        "period": {"start": "2020-11-01T00:00:00+07:00", "end": "2020-12-01T00:00:00+07:00"},
        "measured_until": "2020-12-01T00:00:00+07:00",
        "provisional": False,
    }
    assert whole["changes"] == [
        {"office": "a", "before": "unmeasured", "after": "active"},
        {"office": "h", "before": "active", "after": "inactive"},
    ]  # fmt: skip
    assert whole["reasons"][0] == {"reason": "asleep", "websites": 2}
    assert [of["websites"] for of in whole["by_target"]] == [8, 16, 7, 0]
    assert (whole["guarded"], whole["offices_without_website"], whole["not_in_inventory"]) == (1, 0, [])


def test_json_has_null_for_what_is_not_known(ledger: Ledger) -> None:
    write(ledger, "b", span("2020-11-01", "2020-11-20"))
    whole = json.loads(files(reckon([ledger], district("", ""), NOVEMBER), ["json"], ENGLISH)["websites-2020-11.json"])
    site = whole["sites"][0]
    assert {key for key, value in site.items() if value is None} == {
        "since", "last_check", "last_publication", "age_seconds", "update_every", "standing", "published_by_week",
        "weeks_with_publication", "publication_interval_days", "active_time", "note",
    }  # fmt: skip
    assert (whole["provisional"], whole["changes"], whole["measured_until"]) == (
        True, None, "2020-11-20T00:00:00+07:00",
    )  # fmt: skip


def test_dates_are_days_of_the_districts_zone_and_no_texts(made: dict[str, bytes]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(made["websites-2020-11.id.xlsx"]))
    assert book["Semua website"]["G3"].value == datetime(2020, 11, 29)  # noqa: DTZ001 -- a workbook's dates have no zone
    assert rows(made, "websites-2020-11.id.csv")[2][8] == "2020-11-29"


def test_a_note_that_begins_like_a_formula_or_is_markup_stays_what_it_is(made: dict[str, bytes]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(made["websites-2020-11.id.xlsx"]))
    cell = book["Semua website"]["N31"]
    assert (cell.value, cell.data_type) == (NOTE, "s")
    assert rows(made, "websites-2020-11.id.csv")[30][15] == f"'{NOTE}"
    assert NOTE in text_of(made["websites-2020-11.id.pdf"])
    assert r"| =1+1 surat @kabid \*lama\* \<b\> &#124; 12/2020 \#5 |" in made["websites-2020-11.id.md"].decode()


def test_a_strangers_long_and_broken_texts_come_through_every_form(ledger: Ledger) -> None:
    text = inventory_text("", names=("Dinas =1+1 <b> *x* $y$",)).replace("https://a.example/", LONG)
    spans = (
        span("2020-10-01", "2020-11-20"),
        span("2020-11-20", "2020-12-03", INACTIVE, Fault.BAD_ANSWER, "\x0b\x00=cmd|' /C'!A0 #x"),
    )
    write(ledger, "a", *spans)
    of_month = reckon([ledger], inventory.parse(text, "uji.yaml"), NOVEMBER)
    made = files(of_month, FORMATS, ENGLISH)
    pdf = text_of(made["websites-2020-11.en.pdf"])
    assert LONG in pdf.replace(" ", "")
    assert "Dinas =1+1 <b> *x* $y$" in pdf
    (sheet,) = [
        of for of in openpyxl.load_workbook(io.BytesIO(made["websites-2020-11.en.xlsx"])) if of.title == "All websites"
    ]
    assert (sheet["B2"].value, sheet["B2"].data_type, sheet["C2"].value) == ("Dinas =1+1 <b> *x* $y$", "s", LONG)
    assert "\ufffd\ufffd=cmd" in made["websites-2020-11.en.csv"].decode()


def test_the_letter_is_signed_and_says_what_makes_it_less_than_final(websites: Websites) -> None:
    whole = document(websites, ENGLISH)
    running = replace(
        websites, known_until=at("2020-11-16T10:30"), organisation=replace(websites.organisation, sample=True)
    )
    written, provisional = (letter(of, whole, ENGLISH) for of in (websites, running))
    assert written.signing is not None
    assert [of.name for of in written.signing.signatures] == ["Nama Lengkap Pejabat"]
    assert (written.warnings, provisional.warnings) == (
        (),
        (
            "Sample: not real data",
            "Provisional: measured until 16 November 2020 10:30:00 WIB, the figures may change yet",
        ),
    )


def test_every_row_of_a_csv_says_its_month_and_whether_it_may_change(websites: Websites) -> None:
    running = replace(websites, known_until=at("2020-11-16T10:30"))
    for of_month, is_provisional in ((websites, "tidak"), (running, "ya")):
        made = files(of_month, ["csv"], INDONESIAN)
        assert len(made) == 5
        for name in made:
            head, *told = rows(made, name)
            assert head[:2] == ["Bulan", "Sementara"]
            assert {tuple(row[:2]) for row in told} == {("2020-11", is_provisional)}


def test_a_samples_workbook_says_on_every_sheet_that_it_is_one(websites: Websites) -> None:
    sample = replace(websites, organisation=replace(websites.organisation, sample=True))
    for of_month, is_said in ((websites, False), (sample, True)):
        made = files(of_month, ["xlsx"], INDONESIAN)["websites-2020-11.id.xlsx"]
        book = openpyxl.load_workbook(io.BytesIO(made))
        mark = "Contoh: bukan data sebenarnya"
        assert {mark in str(sheet.oddFooter.left.text) for sheet in book} == {is_said}
        assert (mark in book["Ringkasan"]["A2"].value) is is_said


@pytest.mark.parametrize("number", [8, 12])
def test_who_signs_never_stands_alone_on_a_page(websites: Websites, number: int) -> None:
    some = replace(websites, sites=websites.sites[:number], before=(websites.before or ())[:number])
    made = files(some, ["pdf"], INDONESIAN)["websites-2020-11.id.pdf"]
    last = pypdf.PdfReader(io.BytesIO(made)).pages[-1].extract_text()
    assert "Nama Lengkap Pejabat" in last
    assert all(note.split(":")[0] in " ".join(last.split()) for note in document(some, INDONESIAN).notes)


def test_nobody_named_signs_on_blank_lines(websites: Websites) -> None:
    nobody = replace(websites, organisation=replace(websites.organisation, signatories=()))
    written = letter(nobody, document(nobody, ENGLISH), ENGLISH)
    assert written.signing is not None
    assert [(of.role, of.name, of.id) for of in written.signing.signatures] == [(None, None, None)]


def test_the_letter_begins_with_the_headline_and_what_wants_somebody_to_act(websites: Websites) -> None:
    whole = document(websites, ENGLISH)
    written = letter(websites, whole, ENGLISH)
    headline, points, title, table, *_ = written.summary
    assert (headline, points, title) == (
        Heading(whole.paragraphs[0]), Points(whole.paragraphs[1:]), Heading("Needs somebody to act"),
    )  # fmt: skip
    assert isinstance(table, Table)
    assert table.columns == (
        Column("Office, address", Kind.TEXT), Column("Result", Kind.VERDICT), Column("Since", Kind.WORD),
        Column("Reason", Kind.NOTES), Column("Note", Kind.NOTES),
    )  # fmt: skip
    assert table.rows[0] == (
        ("Badan Kesatuan Bangsa dan Politik", "https://h.example/"), "✗ inactive", "23 November 2020",
        "security certificate expired", "–",  # noqa: RUF001 -- the dash of what isn't known
    )  # fmt: skip


def with_sites(whole: Document, number: int) -> Document:
    """Return a document whose table of all websites has so many rows."""
    tables = (replace(of, rows=of.rows[:1] * number) if of.name == "sites" else of for of in whole.tables)
    return replace(whole, tables=tuple(tables))


def test_a_table_that_is_too_long_for_paper_is_named_with_where_it_is(websites: Websites) -> None:
    whole = document(websites, ENGLISH)
    longest, longer = (
        letter(websites, with_sites(whole, number), ENGLISH).sections[0].blocks[0]
        for number in (MOST_ROWS, MOST_ROWS + 1)
    )
    assert isinstance(longest, Table)
    assert longer == Text("401 rows: too long for this document; see the XLSX or the CSV.")


def test_every_verdict_has_its_sign_in_both_languages(ledger: Ledger) -> None:
    placed = district("", "update_every: day", "update_every: day", "", "")
    for office in ("a", "b", "c"):
        old = (published("2020-11-01", source=Source.TEXT),) if office == "c" else ()
        write(ledger, office, span("2020-11-01", "2020-12-03"), publications=old)
    write(ledger, "d", span("2020-11-01", "2020-12-03", INACTIVE, Fault.EMPTY))
    of_month = reckon([ledger], placed, NOVEMBER)
    for language, told in (
        (INDONESIAN, ["✓ aktif", "? belum diketahui", "✗ tidak diperbarui", "✗ tidak aktif", "? tidak terukur"]),
        (ENGLISH, ["✓ active", "? unknown", "✗ not updated", "✗ inactive", "? not measured"]),
    ):
        table = letter(of_month, document(of_month, language), language).sections[0].blocks[0]
        assert isinstance(table, Table)
        assert [row[1] for row in table.rows] == told


def test_the_same_month_gives_the_same_bytes_in_another_folder_and_zone(
    made: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "TZ", "America/Los_Angeles")
    time.tzset()
    again = files(make(tmp_path), FORMATS, INDONESIAN)
    monkeypatch.undo()
    time.tzset()
    assert {name: again[name] == data for name, data in made.items()} == dict.fromkeys(made, True)
    assert JAKARTA.key == json.loads(made["websites-2020-11.json"])["timezone"]
