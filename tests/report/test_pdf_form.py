"""The letter as PDF: read back by another program, page by page."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from months import make_bad_february
from pypdf import PageObject, PdfReader

from exporter.ledger import Ledger
from exporter.model import Language, Signatory
from exporter.report import Summary, of_provider, summarise
from exporter.report.letter import pdf_form
from exporter.report.letter.composing import letter
from exporter.report.summary import Revision
from exporter.sla import Month

AWKWARD = (
    'Dinas "PU" & Tata Ruang',
    "Kec. \\ Ciruas",
    "Bagian 'Hukum'/Organisasi [Setda]",
    "RSUD | Puskesmas // UPT",
    "=====pindah gedung=====",
    "-5 lantai @kabid",
    "Dinas <UPT Ciruas> *A* _b_ `c` $x$",
    "Dua\\nbaris -- a--b ... ~ tetap",
    'akhir\\"',
    '{opd="x"} 1 # HELP #let x = 1',
    "1. Ñandú, é; fi ffl “q” …",
    "a \\| b // y -- z --- \"q\" 'r'",
    "{=HYPERLINK(1)} http://dinkes.example/ Kec. Baros (Kota) © ß",
    "[a](b) ![c](d) &amp; &copy; ~coret~ _x0041_",
    "# satu",
    "- dua",
    "4)",
    "> kutip",
)
ANOTHER_FOLDER = """
import hashlib, sys, tempfile
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from months import make_bad_february
from exporter.ledger import Ledger
from exporter.model import Language
from exporter.report import of_provider, summarise
from exporter.report.letter import pdf_form
from exporter.report.letter.composing import letter
from exporter.sla import Month
path, inventory = make_bad_february(Path(tempfile.mkdtemp(dir=".")))
with Ledger.existing(path) as ledger:
    summary = summarise([ledger], inventory, Month(2026, 2))
print(hashlib.sha256(pdf_form.render(letter(summary, Language.INDONESIAN))).hexdigest())
"""


@pytest.fixture(scope="module")
def february(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    return bad_february(tmp_path_factory.mktemp("ledger"))


@pytest.fixture(scope="module")
def indonesian(february: Summary) -> list[str]:
    return pages(february)


def bad_february(folder: Path, provider: str | None = None) -> Summary:
    path, inventory = make_bad_february(folder)
    with Ledger.existing(path) as ledger:
        whole = summarise([ledger], inventory, Month(2026, 2))
        return whole if provider is None else of_provider(whole, inventory, provider)


def pages(summary: Summary, language: Language = Language.INDONESIAN) -> list[str]:
    """Return each page's text with its blanks and line ends made one blank."""
    return [told(page) for page in read(summary, language).pages]


def first_page(summary: Summary, language: Language = Language.INDONESIAN) -> str:
    return told(read(summary, language).pages[0])


def last_page(summary: Summary) -> str:
    return told(read(summary).pages[-1])


def read(summary: Summary, language: Language = Language.INDONESIAN) -> PdfReader:
    return PdfReader(io.BytesIO(pdf_form.render(letter(summary, language))))


def told(page: PageObject) -> str:
    return " ".join(page.extract_text().split())


def renamed(summary: Summary, names: tuple[str, ...]) -> Summary:
    """Return a summary of offices with other names."""
    of = summary.offices[0]
    return replace(summary, offices=tuple(replace(of, office=replace(of.office, name=name)) for name in names))


def test_the_first_page_says_who_breached_by_how_much_what_is_due_and_what_cannot_be_said(
    indonesian: list[str],
) -> None:
    first = indonesian[0]
    for told in (
        "Diskominfosatik Kabupaten Uji",
        "Laporan SLA bulanan Februari 2026",
        "Draf: belum ditutup",
        "Sambungan di bawah target 2 dari 6 sambungan Penyedia di bawah target: tidak ada",
        "Pelampauan terbesar 3 jam 57 menit 36 detik Dinas PU & Tata Ruang <UPT Ciruas> (pu/primary)",
        "Restitusi yang menjadi hak sekurangnya Rp171.502 dari PT Serat Nusantara, PT Gelombang & Anak <Contoh>",
        "Belum dapat dipastikan 1 dari 6 sambungan menunggu konfirmasi: 1; pemeliharaan tidak berlaku: 1",
        "PT Serat Nusantara ? belum dapat dipastikan 99,500 % 99,651 % 98,315 % 99,656 % 1 dari 4 sekurangnya Rp50.967",
        "PT Gelombang & Anak <Contoh> ✓ terpenuhi 98,500 % 99,007 % 99,007 % 1 dari 2 Rp120.535",
        "CV Tanpa Kontrak tanpa sambungan – – – – –",  # noqa: RUF001 -- dashes for what isn't known
        "Jumlah restitusi 2 sekurangnya Rp171.502",
        "98,500 % 97,321 % 3 jam 57 menit 36 detik 14.256 detik Rp120.535",
        "99,500 % 98,930 % 3 jam 49 menit 13.740 detik Rp47.991",
        (
            "=1+1 | -5 lantai @kabid (gedung/primary): 1 hari 12 jam tak terukur,"
            " maka ketersediaannya antara 94,345 % dan 99,702 %; target 99,500 %."
        ),
        "Ketersediaan harian",
        "terendah 95,312 % (17 Februari 2026)",
        "sebagian tak terukur",
    ):
        assert told in first


def test_the_first_page_says_the_same_in_english(february: Summary) -> None:
    first = first_page(february, Language.ENGLISH)
    for told in (
        "Monthly SLA report February 2026",
        "Links below target 2 of 6 links Providers below target: none",
        "Largest overrun 3 h 57 min 36 s",
        "Credit that is due at least IDR 171,502",
        "PT Serat Nusantara ? undetermined 99.500 % 99.651 % 98.315 % 99.656 % 1 of 4 at least IDR 50,967",
    ):
        assert told in first


def test_each_page_says_which_it_is_of_how_many_of_which_revision_and_data(february: Summary) -> None:
    closed = replace(february, closed=Revision(2, is_provisional=False, inputs_sha256=february.inputs_sha256))
    text = pages(closed)
    for number, page in enumerate(text, 1):
        assert f"Laporan SLA bulanan Februari 2026 · Final: revisi 2 Halaman {number} dari {len(text)}" in page
        assert f"Sidik jari data (SHA-256): {february.inputs_sha256}" in page


def test_a_summary_that_changed_since_its_closing_says_so(february: Summary) -> None:
    closed = replace(february, closed=Revision(1, is_provisional=False, inputs_sha256="0" * 64))
    assert "Draf: berubah sejak revisi 1" in first_page(closed)


def test_a_provisional_sample_says_both_and_until_when_it_was_measured(february: Summary) -> None:
    organisation = replace(february.organisation, sample=True)
    first = first_page(replace(february, is_provisional=True, organisation=organisation))
    assert "Contoh: bukan data sebenarnya" in first
    assert "Sementara: ada gangguan, sebab atau pemeliharaan yang belum tuntas; angkanya masih dapat berubah" in first


def test_each_provider_has_a_page_with_its_links_and_its_formula(indonesian: list[str]) -> None:
    found = {page.split(" Hasil")[0]: page for page in indonesian if page.startswith("Penyedia:")}
    assert list(found) == ["Penyedia: PT Serat Nusantara", "Penyedia: PT Gelombang & Anak <Contoh>"]
    serat, gelombang = found.values()
    assert "Restitusi = biaya sebulan × lama putus ÷ 2.419.200 detik sebulan" in serat  # noqa: RUF001 -- a product
    assert "hanya gangguan yang lebih lama dari 5 menit." in serat
    assert "Dinas Kesehatan dinkes/primary · SN-0001 ✗ tidak terpenuhi 99,500 % 98,930 % 98,930 %" in serat
    assert "OPD sendiri diskominfosatik, mulai 15 Februari 2026 Rp47.991" in serat
    assert "jenjang: di bawah 97,000 %: 15,000 %, di bawah 98,500 %: 5,000 %." in gelombang
    assert "Rp2.000.000 Rp2.500.000, mulai 20 Februari 2026" in gelombang


def test_incidents_stand_with_cause_note_reason_and_evidence(indonesian: list[str]) -> None:
    text = next(page for page in indonesian if page.startswith("Gangguan"))
    assert "dinkes/primary@20260217T060000Z" in text
    assert "listrik di OPD belum dikonfirmasi Dikecualikan begitu sebabnya dikonfirmasi" in text
    assert "40 menit seluruhnya 1 jam 45 menit belum diketahui Melewati batas bulan." in text
    assert "Dikecualikan oleh Bidang Telematika: Banjir, keadaan kahar Foto terlampir" in text
    assert "perangkat ternyata menyala ulang pada 17 Februari 2026 17.29.20 WIB" in text


def test_windows_stand_with_why_they_were_not_applied(indonesian: list[str]) -> None:
    assert "terlambat diumumkan, tidak berlaku Dilaporkan belakangan" in indonesian[-1]


def test_who_signs_stands_at_the_end_and_nobody_leaves_blank_lines(february: Summary, indonesian: list[str]) -> None:
    assert "Kepala Dinas Nama Lengkap Pejabat NIP 000000000000000000" in indonesian[-1]
    blank = last_page(replace(february, organisation=replace(february.organisation, signatories=())))
    assert all(f"{label} ...." in blank for label in ("Tempat dan tanggal", "Jabatan", "Nama", "NIP"))
    both = (Signatory("Kepala Dinas", "A"), Signatory("Kepala Bidang", "B", "NIP 1"))
    signed = last_page(replace(february, organisation=replace(february.organisation, signatories=both)))
    assert "Kepala Dinas A Kepala Bidang B NIP 1" in signed


def test_a_providers_own_document_has_its_links_alone_and_no_offices(tmp_path: Path) -> None:
    text = pages(bad_february(tmp_path, "serat"))
    assert "Khusus sambungan PT Serat Nusantara" in text[0]
    assert not any("Gelombang" in page or page.startswith("OPD") for page in text)
    assert not any("Luring" in page for page in text)


def test_awkward_names_come_out_exactly(february: Summary) -> None:
    text = " ".join(pages(renamed(february, AWKWARD)))
    assert [name for name in AWKWARD if name not in text] == []


def test_a_character_without_a_picture_is_a_box_with_its_number_and_a_note(february: Summary) -> None:
    text = " ".join(pages(renamed(february, ("🌧 Hujan 🏥", "日 Ωμέγα"))))
    assert "U+1F327 Hujan U+1F3E5" in text
    assert "U+65E5 Ωμέγα" in text
    assert "Kotak berisi nomor Unicode menggantikan huruf yang tidak ada dalam fon dokumen ini." in text


def test_without_such_a_character_there_is_no_note(february: Summary) -> None:
    links = tuple(replace(link, excluded_outages=()) for link in february.links)
    assert not any("Unicode" in page for page in pages(replace(february, links=links)))


def test_a_word_longer_than_its_column_breaks_and_loses_nothing(february: Summary) -> None:
    text = "".join(pages(renamed(february, ("A" * 200 + "B",)))).replace(" ", "")
    assert "A" * 200 + "B" in text


def test_long_tables_repeat_their_heads_on_each_page(february: Summary) -> None:
    text = pages(renamed(february, tuple(f"Kantor {number}" for number in range(80))))
    offices = [page for page in text if "Kantor " in page]
    assert len(offices) > 2
    assert all("OPD Ketersediaan Min" in page for page in offices)


def test_the_document_bears_the_last_day_of_its_month(february: Summary) -> None:
    found = read(february).metadata
    assert found is not None
    assert (found.title, found.author) == ("Laporan SLA bulanan Februari 2026", "Diskominfosatik Kabupaten Uji")
    assert (found["/CreationDate"], found["/ModDate"]) == ("D:20260228000000Z", "D:20260228000000Z")


@pytest.mark.parametrize("language", Language)
def test_the_same_summary_gives_the_same_bytes(february: Summary, language: Language) -> None:
    assert pdf_form.render(letter(february, language)) == pdf_form.render(letter(february, language))


def test_another_folder_and_zone_of_the_machine_give_the_same_bytes(february: Summary, tmp_path: Path) -> None:
    elsewhere = subprocess.run(
        [sys.executable, "-c", ANOTHER_FOLDER, str(Path(__file__).parents[1])],
        cwd=tmp_path,
        env={**os.environ, "TZ": "America/New_York"},
        capture_output=True,
        text=True,
        check=True,
    )
    here = hashlib.sha256(pdf_form.render(letter(february, Language.INDONESIAN))).hexdigest()
    assert elsewhere.stdout.strip() == here


def test_a_folder_that_is_gone_does_not_matter(
    february: Summary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert pdf_form.render(letter(february, Language.ENGLISH)).startswith(b"%PDF-")
