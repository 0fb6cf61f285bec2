"""The workbook as a spreadsheet reads it: openpyxl stands for one."""

from __future__ import annotations

import os
import re
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from months import make_bad_february
from openpyxl import load_workbook

from exporter.credit import Credit
from exporter.exclusion import ExcludedBy
from exporter.ledger import Ledger
from exporter.model import Language
from exporter.report import method_text, of_provider, summarise, xlsx_form
from exporter.report.summary import LinkSummary, Revision, Summary
from exporter.report.words import NOTHING, Words
from exporter.report.xlsx_form.cells import Book, cut, fitting
from exporter.sla import Figures, Month, percent

INDONESIAN, ENGLISH = Language.INDONESIAN, Language.ENGLISH
HEADS, FIRST = 3, 4  # the rows of a table's heads, and of its first values


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Summary, Summary]]:
    path, inventory = make_bad_february(tmp_path_factory.mktemp("ledger"))
    with Ledger.existing(path) as ledger:
        whole = summarise([ledger], inventory, Month(2026, 2))
        yield whole, of_provider(whole, inventory, "serat")


@pytest.fixture(scope="module")
def summary(made: tuple[Summary, Summary]) -> Summary:
    return made[0]


@pytest.fixture(scope="module")
def english(summary: Summary) -> Any:
    return read(summary)


@pytest.fixture(scope="module")
def values(summary: Summary) -> Any:
    """The same, with formulas' values in their place."""
    return read(summary, values=True)


def read(summary: Summary, language: Language = ENGLISH, *, values: bool = False) -> Any:
    return load_workbook(BytesIO(xlsx_form.render(summary, language)), data_only=values)


def column(sheet: Any, head: str) -> list[Any]:
    place = [cell.value for cell in sheet[HEADS]].index(head) + 1
    return [sheet.cell(row, place).value for row in range(FIRST, sheet.max_row + 1)]


def row(sheet: Any, number: int) -> list[Any]:
    return [cell.value for cell in sheet[number] if cell.value is not None]


def section(sheet: Any, title: str) -> list[list[Any]]:
    """Return the rows below a section's heads."""
    rows = [row(sheet, number) for number in range(1, sheet.max_row + 1)] + [[]]
    first = rows.index([title]) + 2
    return rows[first : rows.index([], first)]


def with_link(summary: Summary, number: int, **changes: Any) -> Summary:
    links: list[LinkSummary] = list(summary.links)
    links[number] = replace(links[number], **changes)
    return replace(summary, links=tuple(links))


@pytest.mark.parametrize(
    ("language", "names"),
    [
        (INDONESIAN, ["Ringkasan", "Sambungan", "OPD", "Penyedia", "Gangguan", "Cara menghitung"]),
        (ENGLISH, ["Summary", "Links", "Offices", "Providers", "Incidents", "Method"]),
    ],
)
def test_there_is_a_sheet_each_in_both_languages(summary: Summary, language: Language, names: list[str]) -> None:
    assert read(summary, language).sheetnames == names


def test_names_come_back_exactly_whatever_they_begin_with(english: Any, summary: Summary) -> None:
    assert column(english["Links"], "Office") == [summary.office_names[of.link.office] for of in summary.links]
    assert column(english["Links"], "Circuit") == [of.link.circuit or NOTHING for of in summary.links]
    assert column(english["Providers"], "Name") == [of.provider.name for of in summary.providers]
    assert "=SN-000" in column(english["Links"], "Circuit")
    assert "=1+1 | -5 lantai @kabid" in column(english["Offices"], "Office")


def test_no_text_becomes_a_formula(summary: Summary) -> None:
    ratio = rf'IF\([A-Z0-9+]+=0,"{NOTHING}",INT\(100000\*\([A-Z0-9+]+\)/\([A-Z0-9+]+\)\)/100000\)'
    same = r'IF\(AND\([A-Z0-9=,]+\),"sama","BERBEDA"\)'
    with zipfile.ZipFile(BytesIO(xlsx_form.render(summary, INDONESIAN))) as file:
        sheets = [unescape(file.read(name).decode()) for name in file.namelist() if name.startswith("xl/worksheets/")]
    found = [text for sheet in sheets for text in re.findall("<f[^>]*>(.*?)</f>", sheet)]
    assert [text for text in found if not re.fullmatch(f"{ratio}|{same}", text)] == []
    assert len(found) == 5 * (len(summary.links) + len(summary.offices) + len(summary.providers))


def test_shares_are_numbers_cut_as_they_are_shown(english: Any, summary: Summary) -> None:
    sheet = english["Links"]
    figures = [of.figures for of in summary.links]
    shown = [[percent(of.availability), percent(of.availability_min), percent(of.availability_max)] for of in figures]
    heads = ("Availability", "Availability min", "Availability max")
    assert [f"{value:.3%}" for head in heads for value in column(sheet, head)] == [
        f"{of[number]}%" for number in range(3) for of in shown
    ]
    assert sheet["G4"].number_format == "0.000%_)"


def test_99_6019_percent_is_held_as_99_601() -> None:
    assert cut(Fraction(2_402_400, 2_412_000)) == 0.99601
    assert cut(Fraction(99_499_521, 100_000_000)) == 0.99499
    assert cut(Fraction(1)) == 1


@given(st.integers(0, 3_000_000_000), st.integers(1, 3_000_000_000))
def test_the_formulas_cut_is_the_one_that_is_shown(part: int, more: int) -> None:
    whole = part + more
    assert int(100_000 * float(part) / float(whole)) / 100_000 == cut(Fraction(part, whole))


@given(st.integers(1, 100_000), st.integers(1, 3_000_000_000), st.sampled_from([-1, 0, 1]))
def test_the_formulas_cut_holds_right_beside_an_edge(thousandths: int, whole: int, beside: int) -> None:
    part = min(max(thousandths * whole // 100_000 + beside, 0), whole)
    assert int(100_000 * float(part) / float(whole)) / 100_000 == cut(Fraction(part, whole))


@pytest.mark.parametrize("sheet", ["Links", "Offices", "Providers"])
def test_formulas_reckon_the_ratios_again_from_the_seconds_of_their_row(english: Any, values: Any, sheet: str) -> None:
    for name in ("Availability", "Availability min", "Availability max", "Coverage"):
        assert column(values[sheet], f"{name}, recomputed") == column(values[sheet], name)
        assert all(text.startswith("=IF(") for text in column(english[sheet], f"{name}, recomputed"))
    assert set(column(values[sheet], "Same?")) == {"same"}


def test_a_formula_names_the_cells_of_its_own_row(english: Any) -> None:
    sheet = english["Links"]
    heads = [cell.value for cell in sheet[HEADS]]
    up, degraded, down = (
        sheet.cell(5, heads.index(f"{name} (s)") + 1).coordinate for name in ("Up", "Degraded", "Down")
    )
    available = f"{up}+{degraded}"
    assert column(sheet, "Availability, recomputed")[1] == (
        f'=IF({available}+{down}=0,"{NOTHING}",INT(100000*({available})/({available}+{down}))/100000)'
    )
    assert [sheet[at].value for at in (up, degraded, down)] == [2_415_600, 0, 3_600]


def test_what_is_not_known_is_a_dash_and_never_zero(values: Any) -> None:
    sheet = values["Providers"]
    heads = ("Target", "Availability", "Coverage", "Credit", "Availability, recomputed", "Same?")
    assert [column(sheet, head)[2] for head in heads] == [NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, "same"]


def test_lengths_are_durations(english: Any, summary: Summary) -> None:
    sheet = english["Links"]
    assert column(sheet, "Down") == [timedelta(seconds=of.figures.down) for of in summary.links]
    assert column(sheet, "Total") == [timedelta(seconds=of.figures.total) for of in summary.links]
    assert sheet["K4"].number_format == "[h]:mm:ss_)"


def test_a_broken_budget_is_a_length_of_its_own_because_no_time_is_negative(english: Any) -> None:
    sheet = english["Links"]
    assert column(sheet, "Downtime budget left")[:2] == [timedelta(0), timedelta(seconds=32_688)]
    assert column(sheet, "Over downtime budget")[:2] == [timedelta(seconds=13_740), timedelta(0)]


def test_a_link_without_a_target_has_no_budget(summary: Summary) -> None:
    sheet = read(with_link(summary, 0, target=None, budget_remaining_seconds=None))["Links"]
    assert [column(sheet, head)[0] for head in ("Target", "Downtime budget left", "Over downtime budget")] == [
        NOTHING
    ] * 3


def test_an_outage_at_half_past_midnight_is_on_its_own_day(english: Any) -> None:
    sheet = english["Incidents"]
    starts = dict(zip(column(sheet, "Id"), column(sheet, "Start (WIB)"), strict=True))
    assert starts["hukum/primary@20260219T173000Z"] == datetime(2026, 2, 20, 0, 30)  # noqa: DTZ001 -- wall time


def test_an_open_outage_says_so_in_place_of_its_end(summary: Summary) -> None:
    incident = summary.links[0].incidents[0]
    still = replace(incident, counted=replace(incident.counted, ended_at=None))
    changed = with_link(summary, 0, incidents=(replace(still, is_claim=True),))
    book = read(changed)
    assert column(book["Incidents"], "End (WIB)")[0] == "open"
    assert section(book["Summary"], CLAIMS)[0][4] == "open"


def test_a_month_with_a_changed_clock_names_both(summary: Summary) -> None:
    berlin = replace(summary.organisation, timezone=ZoneInfo("Europe/Berlin"))
    start, end = Month(2026, 3).period(berlin.timezone)
    assert Book(replace(summary, organisation=berlin, start=start, end=end), Words(ENGLISH)).zone_names == "CET/CEST"


def test_money_is_a_number_and_at_least_is_in_its_format(english: Any) -> None:
    sheet = english["Links"]
    assert column(sheet, "Credit") == [47_991, 0, 0, 120_535, 2_976, 0]
    place = [cell.value for cell in sheet[HEADS]].index("Credit") + 1
    formats = [sheet.cell(number, place).number_format for number in (4, 8)]
    assert formats == ['"IDR "#,##0_)', '"at least IDR "#,##0_)']


def test_a_fee_that_changed_is_told_whole_and_payers_with_their_days(summary: Summary) -> None:
    sheet = read(summary, INDONESIAN)["Sambungan"]
    assert column(sheet, "Biaya sebulan")[2:5] == [3_000_000, "Rp2.000.000; Rp2.500.000", 1_000_000]
    assert column(sheet, "Pembayar")[:2] == [f"1{NOTHING}14: OPD sendiri; 15{NOTHING}28: diskominfosatik", NOTHING]


def test_quality_and_use_are_cut_as_in_the_other_forms(english: Any) -> None:
    sheet = english["Links"]
    heads = ("RTT median (ms)", "Packet loss", "Download 95th percentile (Mbps)")
    assert [column(sheet, head)[0] for head in heads] == [2.99, 0.002991, 106.2]
    assert [column(sheet, head)[1] for head in heads] == [NOTHING, NOTHING, NOTHING]


def test_outages_that_count_and_that_do_not_stand_in_order_with_why(english: Any) -> None:
    sheet = english["Incidents"]
    assert dict(zip(column(sheet, "Id"), column(sheet, "Standing"), strict=True)) == {
        "dinkes/primary@20260203T021200Z": "counted",
        "dinkes/primary@20260210T153000Z": "counted in part; excluded: planned maintenance",
        "dinkes/primary@20260217T060000Z": "counted; awaiting confirmation",
        "dinkes/primary@20260228T162000Z": "counted",
        "dinkes/backup@20260203T030000Z": "counted",
        "hukum/primary@20260219T173000Z": "counted",
        "hukum/primary@20260221T010000Z": "not counted; excluded: decision (Banjir, keadaan kahar)",
        "pu/primary@20260221T170000Z": "counted",
        "gedung/primary@20260204T170000Z": "counted",
    }
    assert column(sheet, "Excluded")[6] == timedelta(minutes=70)


def test_a_cause_that_the_contract_excludes_is_a_reason(summary: Summary) -> None:
    incident = summary.links[0].incidents[0]
    changed = with_link(summary, 0, excluded_outages=(replace(incident, excluded_by=ExcludedBy(cause=60)),))
    assert "not counted; excluded: cause (link)" in column(read(changed)["Incidents"], "Standing")


def test_control_characters_are_shown_and_break_nothing(english: Any) -> None:
    assert column(english["Incidents"], "Note")[6] == "Foto terlampir\ufffd"
    assert fitting("a\x00b\x1fc\ud800d\ufffee\r\nf\rg\th") == "a\ufffdb\ufffdc\ufffdd\ufffde\nf\ng\th"
    assert len(fitting("x" * 40_000)) == 32_767


CLAIMS = "Awaiting confirmation: counted still, and excluded once a person confirms the cause"


def test_the_first_sheet_says_who_breached_and_by_how_much(english: Any) -> None:
    hours = timedelta(hours=1)
    assert section(english["Summary"], "Links that breached their target") == [
        ["Dinas Kesehatan", "dinkes/primary", "PT Serat Nusantara", 0.995, 0.9893, 0.9893, 0.9893,
         7 * hours + timedelta(minutes=10), timedelta(seconds=13_740), 47_991],
        ["Dinas PU & Tata Ruang <UPT Ciruas>", "pu/primary", "PT Gelombang & Anak <Contoh>", 0.985, 0.97321, 0.97321,
         0.97321, 9 * hours, timedelta(seconds=14_256), 120_535],
    ]  # fmt: skip


def test_the_first_sheet_has_a_verdict_a_provider(english: Any) -> None:
    rows = section(english["Summary"], "Verdict by provider")
    assert [(name, verdict, breached, due) for name, verdict, breached, *_, due in rows] == [
        ("PT Serat Nusantara", "undetermined", "1 of 4", 50_967),
        ("PT Gelombang & Anak <Contoh>", "met", "1 of 2", 120_535),
        ("CV Tanpa Kontrak", "not applicable", "0 of 0", NOTHING),
    ]


def test_the_first_sheet_begins_with_the_figures_that_matter_most(english: Any) -> None:
    rows = [row(english["Summary"], number) for number in (7, 8)]
    captions = ["Links below their target", "Undetermined", "Credit due", "Awaiting confirmation"]
    assert rows == [captions, [2, 1, 171_502, 1]]
    cells = [cell for cell in english["Summary"][8] if cell.value is not None]
    assert [cell.number_format for cell in cells] == [
        '#,##0" of 6 links"', '#,##0" of 6 links"', '"at least IDR "#,##0', '#,##0" of 8 outages"',
    ]  # fmt: skip


def test_the_first_sheet_says_what_cannot_be_said(english: Any) -> None:
    sheet = english["Summary"]
    undetermined = section(sheet, "Undetermined: the unmeasured time could change the verdict")
    assert [(of[1], of[8], of[9]) for of in undetermined] == [("gedung/primary", timedelta(hours=36), 2_976)]
    assert ["Links with unmeasured time: 1; those whose credit could be higher because of it: 1."] in [
        row(sheet, number) for number in range(1, sheet.max_row + 1)
    ]
    day = datetime(2026, 2, 17)  # noqa: DTZ001 -- wall time
    assert section(sheet, CLAIMS) == [
        ["Dinas Kesehatan", "dinkes/primary", "power at the office", day.replace(hour=13),
         day.replace(hour=17, minute=30), timedelta(hours=4.5), "dinkes/primary@20260217T060000Z"],
    ]  # fmt: skip
    late = day.replace(day=12)
    assert section(sheet, "Maintenance that isn't excluded") == [
        ["Dilaporkan belakangan", "gelombang", "announced late, not applied", late.replace(hour=9),
         late.replace(hour=12), NOTHING],
    ]  # fmt: skip


def test_a_good_month_says_that_there_is_nothing(summary: Summary) -> None:
    good = replace(summary, links=summary.links[-1:], windows=())
    sheet = read(good)["Summary"]
    rows = [row(sheet, number) for number in range(1, sheet.max_row + 1)]
    assert rows.count(["none"]) == 4


def test_a_credit_without_a_fee_is_named(summary: Summary) -> None:
    sheet = read(with_link(summary, 5, credit=Credit("pro_rata_downtime", None, at_least=False)))["Summary"]
    assert section(sheet, "Credit can't be reckoned: no monthly fee is recorded") == [
        ["Dinas Komunikasi, Informatika, Statistik dan Persandian A", "persandian/primary", "PT Serat Nusantara"],
    ]


@pytest.mark.parametrize(
    ("number", "is_changed", "is_provisional", "told"),
    [
        (None, False, False, ["Revision: not closed", ""]),
        (2, False, False, ["Revision 2", ""]),
        (1, False, True, ["Revision 1, provisional", Words(ENGLISH)("provisional_why")]),
        (1, True, False, ["Changed since revision 1", Words(ENGLISH)("changed_why", number=1)]),
    ],
)
def test_the_first_sheet_says_which_revision_it_is(
    summary: Summary, number: int | None, *, is_changed: bool, is_provisional: bool, told: list[str]
) -> None:
    digest = "0" * 64 if is_changed else summary.inputs_sha256
    closed = None if number is None else Revision(number, is_provisional, digest)
    sheet = read(replace(summary, closed=closed, is_provisional=is_provisional))["Summary"]
    assert [sheet[at].value or "" for at in ("A4", "A6")] == told
    assert sheet["A5"].value == f"Hash of the data (SHA-256): {summary.inputs_sha256}"


def test_a_running_month_says_how_far_its_data_reach(summary: Summary) -> None:
    sheet = read(replace(summary, settled_until=summary.start + 43_200), INDONESIAN)["Ringkasan"]
    assert sheet["A6"].value == "Data baru sampai 1 Februari 2026 12.00.00 WIB."


def test_the_last_sheet_has_the_method_parameters_rules_and_windows(english: Any, summary: Summary) -> None:
    sheet = english["Method"]
    told = [sheet.cell(number, 1).value for number in range(2, 11)]
    assert told == [f"{n}. {text}" for n, text in enumerate(method_text.paragraphs(Words(ENGLISH)), 1)]
    assert section(sheet, "Parameters of measurement") == [["6 links", "1 s", 2, 10, 10, 2, 300, 0.05, 0.15]]
    tiers = "below 97 %: 15 % of the fee; below 98.5 %: 5 % of the fee"
    assert section(sheet, "Contract rules by provider") == [
        ["PT Serat Nusantara", "pro rata of the downtime", "power at the office (once confirmed)", 0.995,
         timedelta(minutes=5), NOTHING],
        ["PT Gelombang & Anak <Contoh>", "by tiers", NOTHING, 0.985, NOTHING, tiers],
        ["CV Tanpa Kontrak", NOTHING, NOTHING, NOTHING, NOTHING, NOTHING],
    ]  # fmt: skip
    assert [of[2] for of in section(sheet, "Planned maintenance")] == ["applied", "announced late, not applied"]
    assert [sheet.cell(sheet.max_row - number, 1).value for number in (1, 0)] == [
        f"Hash of the data (SHA-256): {summary.inputs_sha256}", "Time zone: Asia/Jakarta (WIB)",
    ]  # fmt: skip


def test_links_of_other_parameters_are_named(summary: Summary) -> None:
    link = summary.links[0].link
    slower = replace(link, icmp=replace(link.icmp, interval_seconds=90))
    rows = section(read(with_link(summary, 0, link=slower))["Method"], "Parameters of measurement")
    assert [of[:2] for of in rows] == [["dinkes/primary", "1 min 30 s"], ["5 links", "1 s"]]


def test_the_method_is_short_and_whole_in_both_languages() -> None:
    indonesian, told = (method_text.paragraphs(Words(language)) for language in (INDONESIAN, ENGLISH))
    assert len(indonesian) == len(told) == 9
    assert all(len(text) < 240 for text in (*indonesian, *told))


def test_a_providers_document_has_its_links_alone_and_no_offices(made: tuple[Summary, Summary]) -> None:
    book = read(made[1], INDONESIAN)
    assert book.sheetnames == ["Ringkasan", "Sambungan", "Penyedia", "Gangguan", "Cara menghitung"]
    assert set(column(book["Sambungan"], "Penyedia")) == {"serat"}
    assert book["Ringkasan"]["A1"].value == f"Laporan SLA bulanan {NOTHING} Februari 2026, untuk PT Serat Nusantara"


@pytest.mark.parametrize(("sheet", "last"), [("Links", "R"), ("Offices", "Q"), ("Providers", "Q"), ("Incidents", "M")])
def test_tables_have_a_filter_heads_that_stay_and_a_page(english: Any, sheet: str, last: str) -> None:
    of = english[sheet]
    assert of.auto_filter.ref.startswith("A3:")
    assert of.auto_filter.ref.endswith(str(of.max_row))
    assert (of.freeze_panes, of.print_title_rows) == ("B4", "$2:$3")
    assert of.print_area == f"'{sheet}'!$A$1:${last}${of.max_row}"


def test_every_sheet_is_for_a4_across_one_page_wide_with_revision_hash_and_numbers(
    english: Any, summary: Summary
) -> None:
    for sheet in english:
        page = sheet.page_setup
        # One page wide is what a file means that says nothing of its width.
        assert (page.paperSize, page.orientation, page.fitToWidth or 1, page.fitToHeight) == (9, "landscape", 1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.oddHeader.left.text == f"Monthly SLA report {NOTHING} February 2026"
        assert sheet.oddHeader.right.text == "Diskominfosatik Kabupaten Uji"
        assert sheet.oddFooter.left.text == f"Revision: not closed · SHA-256 {summary.inputs_sha256}"
        assert sheet.oddFooter.right.text == "Page &P of &N"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("A&B\nC", "A&&B C"),
        ("x" * 119 + "&", "x" * 119),
        ("\U0001f6f0" * 100, "\U0001f6f0" * 60),
    ],
    ids=["a command", "cut between two", "beyond the first plane"],
)
def test_a_name_in_a_margin_is_no_command_and_never_too_long(summary: Summary, name: str, written: str) -> None:
    named = replace(summary, organisation=replace(summary.organisation, name=name))
    with zipfile.ZipFile(BytesIO(xlsx_form.render(named, ENGLISH))) as file:
        found = re.search("<oddHeader>(.*?)</oddHeader>", file.read("xl/worksheets/sheet1.xml").decode())
    assert found is not None
    assert unescape(found[1]) == f"&LMonthly SLA report {NOTHING} February 2026&R{written}"


def test_a_long_note_makes_no_row_higher_than_a_row_can_be(summary: Summary) -> None:
    incident = replace(summary.links[0].incidents[0], note="panjang " * 5_000)
    sheet = read(with_link(summary, 0, incidents=(incident,)))["Incidents"]
    assert sheet.row_dimensions[FIRST].height <= 409
    assert len(column(sheet, "Note")[0]) == 32_767


@pytest.fixture
def zone_of_the_machine() -> Iterator[None]:
    before = os.environ.get("TZ")
    yield
    os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
    time.tzset()


@pytest.mark.usefixtures("zone_of_the_machine")
def test_the_same_summary_gives_the_same_bytes_in_any_folder_and_zone(
    summary: Summary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = []
    for zone in ("America/Los_Angeles", "Asia/Jayapura"):
        os.environ["TZ"] = zone
        time.tzset()
        folder = tmp_path / zone
        folder.mkdir(parents=True)
        monkeypatch.chdir(folder)
        files.append(xlsx_form.render(summary, INDONESIAN))
    assert files[0] == files[1]


def test_a_file_bears_no_date_but_the_months_end(summary: Summary) -> None:
    data = xlsx_form.render(summary, ENGLISH)
    with zipfile.ZipFile(BytesIO(data)) as file:
        assert {of.date_time for of in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    properties = load_workbook(BytesIO(data)).properties
    end = datetime(2026, 2, 28, 17)  # noqa: DTZ001 -- UTC, as the format has it
    assert (properties.created, properties.modified) == (end, end)
    assert properties.title == f"Monthly SLA report {NOTHING} February 2026"


def test_no_measured_time_leaves_every_ratio_unknown(summary: Summary) -> None:
    sheet = read(with_link(summary, 0, figures=Figures(total=60, excluded=60)), values=True)["Links"]
    heads = ("Availability", "Coverage", "Coverage, recomputed", "Same?")
    assert [column(sheet, head)[0] for head in heads] == [NOTHING, NOTHING, NOTHING, "same"]
