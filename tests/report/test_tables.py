"""Documents of tables as CSV and XLSX: names come out as they are, numbers as they are shown, bytes the same."""

import io
import os
import time
from datetime import date
from fractions import Fraction

import openpyxl
import pytest

from exporter.model import Language
from exporter.report.tables import Cell, Column, Document, Kind, Table, csv_form, xlsx_form
from exporter.report.tables.cells import plain, shown
from exporter.report.words import Words

INDONESIAN, ENGLISH = Language.INDONESIAN, Language.ENGLISH
AWKWARD = (
    "=1+1", "=====pindah gedung=====", "-5 lantai @kabid", "+62 251", "@all", "=SN-000", "a | b", "a \\| b", "back\\",
    "*tebal* _miring_ `kode` ~coret~", "<b>x</b> & &amp; &copy;", "[a](b) ![c](d)", "# satu", "- dua", "3. tiga", "4)",
    "$x$ // y -- z --- \"q\" 'r'", "#let x = 1", "Dinas PU <UPT> @ref", "Kec. Baros (Kota) © é ß", "'Aisyiyah'",
    "_x0041_", "{=HYPERLINK(1)}", 'a;b,c"d"', "---", "===", "> kutip", "00123", "1E5", "http://dinkes.example/",
)  # fmt: skip
KINDS = (Kind.TEXT, Kind.INTEGER, Kind.PERCENT, Kind.MONEY, Kind.RATE, Kind.HOURS, Kind.DATE)
VALUES: tuple[Cell, ...] = (
    "teks", -1_234, Fraction(99_499_521, 100_000_000), 4_500_000, 12_345_678, Fraction(2067, 4), date(2026, 2, 3),
)  # fmt: skip


def made(*tables: Table, paragraphs: tuple[str, ...] = (), notes: tuple[str, ...] = ()) -> Document:
    return Document("Judul & *lain*", "Kabupaten <Uji>", paragraphs, tables, notes, date(2026, 2, 28))


def texts(*cells: str) -> Table:
    return Table("teks", "Teks", (Column("Nama"), Column("Lagi")), tuple((cell, cell) for cell in cells))


NUMBERS = Table(
    "angka", "Angka", tuple(Column(kind.value, kind) for kind in KINDS), (VALUES, (None,) * 7), ("Jumlah", 1, *[""] * 5)
)


def workbook(document: Document, language: Language = INDONESIAN) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(xlsx_form.render(document, language)))


def test_a_number_is_cut_to_what_is_shown_and_keeps_its_sign() -> None:
    assert [plain(value, kind) for value, kind in zip(VALUES, KINDS, strict=True)] == [
        None, "-1234", "99.499", "4500000", "12.34", "516.75", None,
    ]  # fmt: skip
    assert [shown(value, kind, Words(INDONESIAN)) for value, kind in zip(VALUES, KINDS, strict=True)] == [
        "teks", "-1.234", "99,499", "4.500.000", "12,34", "516,75", "3 Februari 2026",
    ]  # fmt: skip
    assert shown(Fraction(12_345_678, 1000), Kind.HOURS, Words(ENGLISH)) == "12,345.67"
    assert {shown(None, kind, Words(ENGLISH)) for kind in KINDS} == {"–"}  # noqa: RUF001


def test_csv_has_the_marks_of_its_language_and_leaves_out_the_total() -> None:
    assert csv_form.render(NUMBERS, INDONESIAN).decode("utf-8-sig").split("\r\n") == [
        "text;integer;percent (%);money (Rp);rate (Mbps);hours (jam);date",
        "teks;-1234;99,499;4500000;12,34;516,75;2026-02-03",
        ";;;;;;",
        "",
    ]
    assert csv_form.render(NUMBERS, ENGLISH).decode("utf-8-sig").split("\r\n")[1] == (
        "teks,-1234,99.499,4500000,12.34,516.75,2026-02-03"
    )


def test_xlsx_holds_texts_as_texts_and_no_formula() -> None:
    sheet = workbook(made(texts(*AWKWARD, "x\x0by", "dua\nbaris")))["Teks"]
    assert [cell.value for cell in sheet["A"][1:]] == [*AWKWARD, "x�y", "dua\nbaris"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}


def test_xlsx_holds_the_numbers_that_are_shown() -> None:
    sheet = workbook(made(NUMBERS), ENGLISH)["Angka"]
    values = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [*values[0][:6], values[0][6].date()] == ["teks", -1234, 0.99499, 4_500_000, 12.34, 516.75, date(2026, 2, 3)]
    assert values[1:] == [["–"] * 7, ["Jumlah", 1, *[""] * 5]]  # noqa: RUF001
    assert [cell.number_format for cell in sheet[2]][1:4] == ["#,##0", "0.000%", "#,##0"]
    assert [cell.value for cell in sheet[1]][3] == "money (IDR)"


def test_xlsx_is_set_up_for_filters_and_for_paper() -> None:
    sheet = workbook(made(NUMBERS))["Angka"]
    assert (sheet.auto_filter.ref, sheet.freeze_panes, sheet.print_title_rows) == ("A1:G3", "A2", "$1:$1")
    page = sheet.page_setup
    assert (page.orientation, int(page.paperSize), page.fitToWidth or 1, int(page.fitToHeight)) == (
        "landscape",
        9,
        1,
        0,
    )
    assert sheet.oddFooter.right.text == "Halaman &P dari &N"


def test_xlsx_names_sheets_as_a_spreadsheet_takes_them() -> None:
    long = "Dinas Komunikasi, Informatika, Statistik dan Persandian"
    titles = ["Bag. Hukum/Organisasi [Setda]", f"{long} A", f"{long} B", "'Aisyiyah'", "", "teks", "TEKS", "History"]
    assert xlsx_form.sheet_names(titles) == [
        "Bag. Hukum-Organisasi -Setda-", "Dinas Komunikasi, Informatika,", "Dinas Komunikasi, Informatika 2",
        "Aisyiyah", "–", "teks", "TEKS 2", "History 2",  # noqa: RUF001
    ]  # fmt: skip
    tables = [Table(f"t{n}", title, (Column("x"),), ((title,),)) for n, title in enumerate(titles)]
    assert len(workbook(made(*tables)).sheetnames) == len(titles) + 1


@pytest.mark.parametrize("language", list(Language))
def test_the_same_document_gives_the_same_bytes_in_every_zone(
    language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rendered() -> list[bytes]:
        document = made(NUMBERS, texts(*AWKWARD), paragraphs=AWKWARD)
        return [xlsx_form.render(document, language), csv_form.render(NUMBERS, language)]

    found = []
    for zone in ("Asia/Jakarta", "America/Los_Angeles"):
        monkeypatch.setitem(os.environ, "TZ", zone)
        time.tzset()
        found.append(rendered())
    monkeypatch.undo()
    time.tzset()
    assert found[0] == found[1]
