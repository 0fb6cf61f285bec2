"""Documents of tables in every form: names come out as they are, numbers as they are shown, bytes the same."""

import io
import itertools
import os
import time
from dataclasses import replace
from datetime import date
from fractions import Fraction

import openpyxl
import pypdf
import pytest
from markdown_it import MarkdownIt

from exporter.model import Language
from exporter.report.tables import Cell, Column, Document, Kind, Table, csv_form, md_form, pdf_form, xlsx_form
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


def pdf_text(document: Document, language: Language = INDONESIAN) -> str:
    reader = pypdf.PdfReader(io.BytesIO(pdf_form.render(document, language)))
    return "\n".join(page.extract_text() for page in reader.pages)


def markdown_cells(document: Document) -> list[str]:
    tokens = MarkdownIt("commonmark").enable("table").parse(md_form.render(document, INDONESIAN).decode())
    inline = [of.children or [] for before, of in itertools.pairwise(tokens) if before.type == "td_open"]
    assert {child.type for children in inline for child in children} <= {"text", "text_special"}
    return ["".join(child.content for child in children) for children in inline]


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


def test_csv_begins_with_a_byte_order_mark() -> None:
    assert csv_form.render(NUMBERS, INDONESIAN).startswith(b"\xef\xbb\xbf")


def test_csv_guards_texts_that_a_spreadsheet_would_reckon() -> None:
    lines = csv_form.render(texts("=1+1", "-5 lantai", "+6", "@a", "a=b", "x\x0by"), ENGLISH).decode("utf-8-sig")
    assert lines.splitlines()[1:] == [
        "'=1+1,'=1+1",
        "'-5 lantai,'-5 lantai",
        "'+6,'+6",
        "'@a,'@a",
        "a=b,a=b",
        "x�y,x�y",
    ]


def test_markdown_shows_every_text_as_it_is() -> None:
    cells = (*AWKWARD, "dua\nbaris", "tab\tdi sini", " tepi ", "x\x0by")
    assert markdown_cells(made(texts(*cells))) == [
        of.replace("\x0b", "\ufffd") for cell in cells for of in (cell, cell)
    ]


def test_markdown_paragraphs_stay_paragraphs() -> None:
    rendered = md_form.render(made(notes=AWKWARD), INDONESIAN).decode()
    tokens = MarkdownIt("commonmark").enable("table").parse(rendered)
    children = [of.children or [] for of in tokens if of.type == "inline"][2:]
    assert ["".join(child.content for child in found) for found in children] == list(AWKWARD)
    assert {of.type for of in tokens} == {
        "heading_open",
        "inline",
        "heading_close",
        "paragraph_open",
        "paragraph_close",
    }


def test_markdown_has_a_total_and_says_where_a_table_is_empty() -> None:
    unknown = replace(texts(), if_empty="1. tidak diketahui")
    whole = md_form.render(made(NUMBERS, unknown, texts()), INDONESIAN).decode()
    assert "| **Jumlah** | **1** |  |  |  |  |  |" in whole
    assert whole.endswith("## Teks\n\n1\\. tidak diketahui\n\n## Teks\n\ntidak ada\n")
    assert "1. tidak diketahui" in pdf_text(made(unknown))


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


def test_pdf_shows_every_name_as_it_is() -> None:
    text = pdf_text(made(*(Table("t", name, (Column("x"),), ((name,),)) for name in AWKWARD), paragraphs=AWKWARD))
    whole = " ".join(text.split())
    assert [name for name in AWKWARD if whole.count(name) < 3] == []


def test_pdf_has_a_line_end_in_a_name_as_a_blank_and_a_note_for_letters_that_it_lacks() -> None:
    text = pdf_text(made(texts("dua\nbaris", "kantor 日\U0001f600")))
    assert "dua baris" in text
    assert "tampil sebagai kotak: U+65E5, U+1F600." in " ".join(text.split())
    assert "kotak" not in pdf_text(made(texts(*AWKWARD)))


def test_pdf_letters_without_a_note_are_all_drawn() -> None:
    every = [chr(code) for code in range(0x20, 0x2600) if pdf_form._DRAWN.fullmatch(chr(code))]
    assigned = "".join(letter for letter in every if letter.isprintable())
    document = made(paragraphs=tuple(assigned[at : at + 40] for at in range(0, len(assigned), 40)))
    assert "\x00" not in pdf_text(document)


def test_pdf_has_its_own_fonts_numbered_pages_and_a_fixed_day() -> None:
    reader = pypdf.PdfReader(io.BytesIO(pdf_form.render(made(texts(*AWKWARD * 4)), INDONESIAN)))
    last = len(reader.pages)
    assert last > 1
    assert f"Halaman {last} dari {last}" in reader.pages[-1].extract_text()
    assert reader.metadata is not None
    assert (reader.metadata.title, str(reader.metadata.creation_date)[:10]) == ("Judul & *lain*", "2026-02-28")


@pytest.mark.parametrize("language", list(Language))
def test_the_same_document_gives_the_same_bytes_in_every_zone(
    language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rendered() -> list[bytes]:
        document = made(NUMBERS, texts(*AWKWARD), paragraphs=AWKWARD)
        forms = [form.render(document, language) for form in (md_form, pdf_form, xlsx_form)]
        return [*forms, csv_form.render(NUMBERS, language)]

    found = []
    for zone in ("Asia/Jakarta", "America/Los_Angeles"):
        monkeypatch.setitem(os.environ, "TZ", zone)
        time.tzset()
        found.append(rendered())
    monkeypatch.undo()
    time.tzset()
    assert found[0] == found[1]
