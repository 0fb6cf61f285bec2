"""The websites' report in words: the first sentence, the reasons, what has changed, and what can't be said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from website_months import INACTIVE, NOTE, UNMEASURED, district, make_november, published, span, write

from exporter.ledger import Ledger
from exporter.model import Inventory, Language
from exporter.report.tables import Document, Table
from exporter.report.tables.xlsx_form import sheet_names
from exporter.report.websites.document import document
from exporter.report.websites.reckoning import Websites, reckon
from exporter.sla import Month
from exporter.website import Fault

NOVEMBER = Month(2020, 11)
DAILY = "update_every: day"
INDONESIAN, ENGLISH = Language.INDONESIAN, Language.ENGLISH


@pytest.fixture(scope="module")
def november(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Websites]:
    path, placed = make_november(tmp_path_factory.mktemp("websites"))
    with Ledger.existing(path) as ledger:
        yield reckon([ledger], placed, NOVEMBER)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.create(tmp_path / "terpadu.sqlite3") as opened:
        yield opened


def told(ledger: Ledger, placed: Inventory, language: Language = ENGLISH) -> Document:
    return document(reckon([ledger], placed, NOVEMBER), language)


def table(of: Document, name: str) -> Table:
    return next(table for table in of.tables if table.name == name)


def test_the_first_sentence_is_the_districts_own(november: Websites) -> None:
    assert document(november, INDONESIAN).paragraphs[0] == (
        "Dari 31 website OPD, 23 aktif, 8 tidak aktif atau tidak diperbarui"
    )
    assert document(november, ENGLISH).paragraphs[0] == "Of 31 office websites, 23 active, 8 inactive or not updated"


def test_what_is_unknown_and_what_is_unmeasured_is_said_where_it_is_so(ledger: Ledger) -> None:
    placed = district("update_every: day", "", "", "")
    write(ledger, "a", span("2020-10-01", "2020-12-03"))
    write(ledger, "b", span("2020-11-01", "2020-12-03", INACTIVE, Fault.EMPTY))
    write(ledger, "c", span("2020-11-01", "2020-12-03", UNMEASURED))
    of_month = told(ledger, placed, INDONESIAN)
    assert of_month.paragraphs[0] == (
        "Dari 4 website OPD, 0 aktif, 1 tidak aktif atau tidak diperbarui, 1 belum diketahui kapan diperbarui,"
        " 2 tidak terukur"
    )
    assert of_month.paragraphs[-2:] == (
        "Belum diketahui kapan diperbarui, karena tidak ada tanggal yang ditemukan: Kantor a.",
        "Tidak terukur bulan ini: Kantor c; Kantor d.",
    )


def test_the_sentences_answer_why_how_well_how_long_and_what_has_changed(november: Websites) -> None:
    assert document(november, ENGLISH).paragraphs[1:] == (
        (
            "Inactive or not updated: 2 not updated as often as they should be, 1 protected from automated access (a"
            " person must look), 1 server answers with an error, 1 domain name not found, 1 redirects to another"
            " domain, 1 hosting account suspended, 1 security certificate expired."
        ),
        "Target daily (8 websites): 2 on time, 4 late, 2 not updated.",
        "Target weekly (16 websites): 13 on time, 3 inactive.",
        "Target monthly (7 websites): 4 on time, 3 inactive.",
        "Time reachable of all websites: 82.830 % of the measured time; 99.744 % of the month was measured.",
        (
            "Since October 2020, 2 websites changed: Sekretariat Daerah from not measured to active; Badan Kesatuan"
            " Bangsa dan Politik from active to inactive."
        ),
        "Protected from automated access, so a person must look (counted as inactive): 1 website, of Kecamatan Baros.",
    )


def test_time_reachable_is_cut_and_never_rounded_up(ledger: Ledger) -> None:
    write(
        ledger, "a", span("2020-10-01", "2020-11-30T23:59:30"),
        span("2020-11-30T23:59:30", "2020-11-30T23:59:50", INACTIVE, Fault.TIMEOUT),
        span("2020-11-30T23:59:50", "2020-12-03"),
    )  # fmt: skip
    assert "Time reachable of all websites: 99.999 % of the measured time; 100.000 %" in "\n".join(
        told(ledger, district("")).paragraphs
    )


def test_a_month_that_was_hardly_measured_says_so(ledger: Ledger) -> None:
    write(ledger, "a", span("2020-11-30T23:45", "2020-12-03"))
    assert "Waktu terbuka semua website: 100,000 % dari waktu yang terukur; 0,034 % dari bulan itu terukur." in (
        told(ledger, district(""), INDONESIAN).paragraphs
    )


@pytest.mark.parametrize("language", [INDONESIAN, ENGLISH])
def test_a_tables_title_is_whole_as_the_name_of_a_sheet(november: Websites, language: Language) -> None:
    titles = [of.title for of in document(november, language).tables]
    assert sheet_names(titles) == titles


def test_the_advice_on_an_unknown_date_names_what_the_monitor_may_not_read(ledger: Ledger) -> None:
    write(ledger, "a", span("2020-11-01", "2020-12-03"))
    ((reason, number, advice),) = table(told(ledger, district(DAILY)), "faults").rows
    assert (reason, number) == ("unknown", 1)
    assert "robots.txt forbids it (`terpadu status --websites` says so)" in str(advice)


def test_a_month_in_which_nothing_changes_says_so_and_one_without_a_month_before_too(ledger: Ledger) -> None:
    write(ledger, "a", span("2020-10-01", "2020-12-03"))
    assert "Since October 2020, nothing has changed." in told(ledger, district("")).paragraphs
    late = reckon([ledger], district(""), Month(2020, 10))
    words = document(late, ENGLISH)
    assert "What has changed since September 2020 isn't known: that month wasn't measured." in words.paragraphs
    assert (table(words, "changes").rows, table(words, "changes").if_empty) == ((), "The month before wasn't measured.")


@pytest.mark.parametrize(("websites", "rest"), [(7, "."), (9, "; and 2 more.")])
def test_more_than_six_names_are_told_in_part(ledger: Ledger, websites: int, rest: str) -> None:
    write(ledger, "a", span("2020-11-01", "2020-12-03"))
    assert told(ledger, district(*[""] * websites)).paragraphs[-1] == (
        f"Not measured in this month: Kantor b; Kantor c; Kantor d; Kantor e; Kantor f; Kantor g{rest}"
    )


def test_offices_without_a_website_and_websites_without_an_office_are_told(ledger: Ledger) -> None:
    for office in ("a", "b", "lama"):
        write(ledger, office, span("2020-11-01", "2020-12-03"))
    assert told(ledger, district("", None)).paragraphs[-2:] == (
        "Offices without a website, not counted: 1.",
        "Measured in this month and not in the inventory, so not reported: b, lama.",
    )


def test_a_running_month_names_how_far_it_was_measured_in_the_districts_zone(ledger: Ledger) -> None:
    write(ledger, "a", span("2020-11-01", "2020-11-16T10:30"))
    assert told(ledger, district(""), INDONESIAN).subtitle == (
        "Diskominfosatik Kabupaten Uji, November 2020, sementara, terukur sampai 16 November 2020 10.30.00 WIB"
    )


def test_a_month_that_is_over_has_no_such_words(november: Websites) -> None:
    assert document(november, INDONESIAN).subtitle == "Diskominfosatik Kabupaten Uji, November 2020"


def test_those_that_want_somebody_to_act_come_first_with_reason_and_note(november: Websites) -> None:
    whole = document(november, INDONESIAN)
    rows = table(whole, "attention").rows
    assert [of.name for of in whole.tables] == ["attention", "rhythm", "changes", "sites", "faults"]
    assert [row[0] for row in rows] == ["h", "x", "y", "z", "aa", "ab", "ac", "ad"]
    assert [tuple(map(str, row[3:])) for row in (rows[0], rows[2], rows[7])] == [
        ("tidak aktif", "2020-11-23", "sertifikat keamanan kedaluwarsa", "None"),
        ("tidak diperbarui", "2020-10-04", "diperbarui 60 hari yang lalu", "Menunggu operator baru"),
        ("tidak aktif", "2020-10-12", "dialihkan ke domain lain: judi.example", NOTE),
    ]


def test_each_row_by_target_adds_up_to_its_websites(november: Websites) -> None:
    by_target = table(document(november, ENGLISH), "rhythm")
    assert [tuple(row) for row in by_target.rows] == [
        ("daily", 8, 2, 4, 2, 0, 0, 0, 0), ("weekly", 16, 13, 0, 0, 0, 0, 3, 0), ("monthly", 7, 4, 0, 0, 0, 0, 3, 0),
    ]  # fmt: skip
    assert by_target.total == ("Total", 31, 19, 4, 2, 0, 0, 6, 0)


def test_the_row_of_a_website_says_when_and_where_it_published_last(november: Websites) -> None:
    row = table(document(november, ENGLISH), "sites").rows[1]
    assert [str(cell) for cell in row] == [
        "b", "Sekretariat DPRD", "https://b.example/", "active", "2020-11-10", "updated 1 day ago", "2020-11-29",
        "list of WordPress posts", "weekly", "on time", "12", "7", str(november.sites[1].time.share), "None",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("newest", "words"),
    [
        ("2020-11-30T00:00", "updated on the day of the last check"),
        ("2020-11-29T23:59", "updated 1 day ago"),
        ("2020-11-28T12:00", "updated 2 days ago"),
        ("2017-01-01T00:00", "updated 1,429 days ago"),
    ],
)
def test_how_long_ago_is_said_in_days_of_the_calendar(ledger: Ledger, newest: str, words: str) -> None:
    write(ledger, "a", span("2020-11-01", "2020-12-03"), publications=(published(newest),))
    assert table(told(ledger, district("")), "sites").rows[0][5] == words


def test_of_a_day_alone_and_of_a_time_on_it_the_same_days_are_told(ledger: Ledger) -> None:
    for office, is_day_only in (("a", True), ("b", False)):
        of_site = (published("2020-11-20", "2020-11-21", is_day_only=is_day_only),)
        write(ledger, office, span("2020-11-01", "2020-12-03"), publications=of_site)
    rows = table(told(ledger, district("", "")), "sites").rows
    assert [row[5] for row in rows] == ["updated 10 days ago"] * 2


def test_a_publication_after_local_midnight_is_of_its_own_day(ledger: Ledger) -> None:
    write(ledger, "a", span("2020-11-01T00:30", "2020-12-03"), publications=(published("2020-11-21T00:30"),))
    row = table(told(ledger, district("")), "sites").rows[0]
    assert [str(row[4]), str(row[6])] == ["2020-11-01", "2020-11-21"]


def test_reasons_are_explained_once_each_the_most_frequent_first(november: Websites) -> None:
    rows = table(document(november, INDONESIAN), "faults").rows
    assert [row[1] for row in rows] == [2, 1, 1, 1, 1, 1, 1]
    assert rows[0][0] == "tidak diperbarui menurut sasarannya"
    assert all(row[2] for row in rows)


def test_one_website_is_told_as_one_and_a_table_without_a_row_says_what_there_is_not(ledger: Ledger) -> None:
    write(ledger, "a", span("2020-11-01", "2020-12-03"))
    of_month = told(ledger, district(""))
    assert table(of_month, "attention").if_empty == "No website is inactive or not updated."
    assert of_month.paragraphs[0] == "Of 1 office website, 1 active, 0 inactive or not updated"
