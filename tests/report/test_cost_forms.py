"""The report on costs as files: their names, their bytes, and figures that agree in all of them."""

import csv
import io
import json
import os
import time
from pathlib import Path

import openpyxl
import pypdf
import pytest
from months import make_bad_february

from exporter.errors import InputError
from exporter.ledger import Ledger
from exporter.model import Language
from exporter.report.cost.forms import files
from exporter.report.cost.reckoning import Costs, reckon
from exporter.report.files import FORMATS
from exporter.sla import Month

INDONESIAN, ENGLISH = Language.INDONESIAN, Language.ENGLISH
AWKWARD = "=1+1 | -5 lantai @kabid"


def make(folder: Path) -> Costs:
    path, placed = make_bad_february(folder)
    with Ledger.existing(path) as ledger:
        return reckon([ledger], placed, Month(2026, 2))


@pytest.fixture(scope="module")
def costs(tmp_path_factory: pytest.TempPathFactory) -> Costs:
    return make(tmp_path_factory.mktemp("costs"))


@pytest.fixture(scope="module")
def made(costs: Costs) -> dict[str, bytes]:
    return files(costs, FORMATS, INDONESIAN)


def rows(made: dict[str, bytes], name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(made[name].decode("utf-8-sig")), delimiter=";"))


def test_files_have_the_month_and_the_language_in_their_names(costs: Costs, made: dict[str, bytes]) -> None:
    assert list(made) == [
        "costs-2026-02.json", "costs-2026-02-payers.id.csv", "costs-2026-02-outlook.id.csv",
        "costs-2026-02-turns.id.csv", "costs-2026-02-use.id.csv", "costs-2026-02-unused.id.csv",
        "costs-2026-02-busy.id.csv", "costs-2026-02-offices.id.csv", "costs-2026-02.id.csv",
        "costs-2026-02-changes.id.csv", "costs-2026-02-unknown.id.csv", "costs-2026-02.id.xlsx",
        "costs-2026-02.id.pdf", "costs-2026-02.id.md",
    ]  # fmt: skip
    assert list(files(costs, ["md", "json"], ENGLISH)) == ["costs-2026-02.json", "costs-2026-02.en.md"]
    assert list(files(costs, ["json"], ENGLISH)) == ["costs-2026-02.json"]


def test_a_format_that_there_is_not_is_refused_with_those_that_there_are(costs: Costs) -> None:
    with pytest.raises(InputError, match="--format: 'docx' is none of json, csv, xlsx, pdf, md"):
        files(costs, ["json", "docx"], ENGLISH)


def test_the_main_table_has_a_row_for_each_link_and_payer_which_add_up(made: dict[str, bytes]) -> None:
    head, *found = rows(made, "costs-2026-02.id.csv")
    assert head == [
        "Kode OPD", "OPD", "Sambungan", "Penyedia", "Dari", "Sampai", "Hari", "Pembayar", "Biaya sebulan (Rp)",
        "Biaya bulan ini (Rp)",
    ]  # fmt: skip
    assert found[1] == [
        "dinkes", "Dinas Kesehatan", "dinkes/primary", "serat", "2026-02-15", "2026-02-28", "14", "diskominfosatik",
        "4500000", "2250000",
    ]  # fmt: skip
    assert [row[1] for row in found if row[0] == "gedung"] == [f"'{AWKWARD}"]
    assert sum(int(row[-1]) for row in found) == 16_160_714


def test_every_form_has_the_same_figures(made: dict[str, bytes]) -> None:
    whole = json.loads(made["costs-2026-02.json"])
    book = openpyxl.load_workbook(io.BytesIO(made["costs-2026-02.id.xlsx"]))
    pdf = pypdf.PdfReader(io.BytesIO(made["costs-2026-02.id.pdf"]))
    text = " ".join(" ".join(page.extract_text() for page in pdf.pages).split())
    markdown = made["costs-2026-02.id.md"].decode()
    assert [of["amount"] for of in whole["payers"]] == [2_250_000, 2_250_000, 11_660_714]
    assert [row[2].value for row in book["Siapa membayar berapa"].iter_rows(min_row=2)] == [
        2_250_000, 2_250_000, 11_660_714, 16_160_714,
    ]  # fmt: skip
    assert [row[2] for row in rows(made, "costs-2026-02-payers.id.csv")[1:]] == ["2250000", "2250000", "11660714"]
    for form in (text, markdown):
        assert "kabupaten membayar seluruhnya Rp16.160.714 untuk 6 sambungan di 5 OPD." in form
        assert "516,75" in form
    assert AWKWARD in text


def test_payments_without_a_known_payer_are_said_in_words_and_unknown_figures_by_a_dash(made: dict[str, bytes]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(made["costs-2026-02.id.xlsx"]))
    use = {row[1].value: [cell.value for cell in row[2:]] for row in book["Harga dan pemakaian"].iter_rows(min_row=2)}
    nothing = "–"  # noqa: RUF001
    assert use["dinkes/backup"] == [1_500_000, 20, 20, 75_000, *[nothing] * 6, 0]
    assert use["gedung/primary"] == [1_000_000, *[nothing] * 9, 0]
    assert rows(made, "costs-2026-02-use.id.csv")[2][5:11] == ["75000", "", "", "", "", ""]
    assert rows(made, "costs-2026-02-payers.id.csv")[3][0] == "pembayar tidak diketahui"


def test_the_same_month_gives_the_same_bytes_in_another_folder_and_zone(
    made: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "TZ", "America/Los_Angeles")
    time.tzset()
    again = files(make(tmp_path), FORMATS, INDONESIAN)
    monkeypatch.undo()
    time.tzset()
    assert {name: again[name] == data for name, data in made.items()} == dict.fromkeys(made, True)
