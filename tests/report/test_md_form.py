"""The letter as Markdown: read back by a parser, cell by cell."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from months import make_bad_february

from exporter.ledger import Ledger
from exporter.model import Language
from exporter.report import Summary, summarise
from exporter.report.letter import md_form
from exporter.report.letter.composing import letter
from exporter.report.letter.md_form import escaped
from exporter.sla import Month

AWKWARD = (
    'Dinas "PU" & Tata Ruang',
    "Kec. \\ Ciruas",
    "akhir\\",
    "RSUD | Puskesmas",
    "a\\|b \\\\| c",
    "=====pindah gedung=====",
    "-5 lantai @kabid",
    "- butir",
    "1. nomor",
    "🌧 Hujan 🏥",
    "Dinas <UPT Ciruas> <b>x</b> <!-- y -->",
    "*A* _b_ __c__ `d` ~~e~~ $f$",
    "[a](b) ![c](d) [^1]",
    "&amp; &#35; &nbsp; & co",
    "# judul",
    "> kutipan",
    "+ ( ) [ ] / | {x}",
    "4)",
    "---",
    "===",
    "_x0041_ {=HYPERLINK(1)} http://dinkes.example/",
    "tab\tdi sini",
    " tepi ",
)
MARKS = "\t\\|*_<>[]()`#~$&;!{}+-=.1a é/\"'@:"
READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@pytest.fixture(scope="module")
def february(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    path, inventory = make_bad_february(tmp_path_factory.mktemp("ledger"))
    with Ledger.existing(path) as ledger:
        return summarise([ledger], inventory, Month(2026, 2))


def shown(inline: Token) -> str:
    """Return the text that a reader sees of a cell or a line; a break is a line end."""
    return "".join(
        "\n" if part.content == "<br>" or part.type == "softbreak" else part.content for part in inline.children or ()
    )


def cells(text: str) -> Iterator[list[str]]:
    """Yield each table's rows, cell by cell, as a reader sees them."""
    tokens = READER.parse(text)
    row: list[str] = []
    for before, token in itertools.pairwise(tokens):
        if before.type in {"td_open", "th_open"}:
            row.append(shown(token))
        elif before.type == "tr_close":
            yield row
            row = []


def test_awkward_names_come_out_exactly_and_a_row_stays_a_row(february: Summary) -> None:
    of = february.offices[0]
    named = tuple(replace(of, office=replace(of.office, name=name)) for name in AWKWARD)
    rows = [
        row
        for row in cells(md_form.render(letter(replace(february, offices=named), Language.INDONESIAN)))
        if row[0].endswith("\ndinkes")
    ]
    assert [row[0] for row in rows] == [f"{name}\ndinkes" for name in AWKWARD]
    assert {len(row) for row in rows} == {9}


def test_the_verdicts_the_breaches_and_the_sum_due_stand_in_tables(february: Summary) -> None:
    rows = list(cells(md_form.render(letter(february, Language.INDONESIAN))))
    assert rows[:5] == [
        ["Penyedia", "Hasil", "Target", "Ketersediaan", "Min – maks", "Sambungan di bawah target", "Restitusi"],  # noqa: RUF001 -- a range
        [
            "PT Serat Nusantara",
            "? belum dapat dipastikan",
            "99,500 %",
            "99,651 %",
            "98,315 %\n99,656 %",
            "1 dari 4",
            "sekurangnya Rp50.967",
        ],
        ["PT Gelombang & Anak <Contoh>", "✓ terpenuhi", "98,500 %", "99,007 %", "99,007 %", "1 dari 2", "Rp120.535"],
        ["CV Tanpa Kontrak", "tanpa sambungan", "–", "–", "–", "–", "–"],  # noqa: RUF001 -- what isn't known
        ["Jumlah restitusi", "", "", "", "", "2", "sekurangnya Rp171.502"],
    ]
    assert [row[4] for row in rows[6:8]] == ["3 jam 57 menit 36 detik\n14.256 detik", "3 jam 49 menit\n13.740 detik"]


def test_reasons_and_notes_of_incidents_stay_and_evidence_is_left_out(february: Summary) -> None:
    text = md_form.render(letter(february, Language.ENGLISH))
    assert "Excluded by Bidang Telematika: Banjir, keadaan kahar<br>Foto terlampir" in text
    assert "The device answered well" not in text
    assert "Every link is asked" not in text


def test_what_cannot_be_said_is_a_list_and_the_hash_ends_it(february: Summary) -> None:
    text = md_form.render(letter(february, Language.ENGLISH))
    assert "\n- PT Serat Nusantara: 1 d 12 h unmeasured (of 4 links together), so its availability lies between" in text
    assert text.endswith(f"\n\nHash of the data (SHA-256): `{february.inputs_sha256}`\n")


def test_a_provisional_summary_says_so_at_the_top(february: Summary) -> None:
    text = md_form.render(letter(replace(february, is_provisional=True), Language.ENGLISH))
    assert (
        "> **Provisional: an outage is open, a cause undecided or maintenance under way; the figures may change yet**"
        in text
    )


@pytest.mark.parametrize("language", Language)
def test_the_same_summary_gives_the_same_text(february: Summary, language: Language) -> None:
    assert md_form.render(letter(february, language)) == md_form.render(letter(february, language))


@given(st.text(st.sampled_from(MARKS)))
def test_any_text_comes_out_as_it_is_in_a_cell(text: str) -> None:
    (head,) = cells(f"| {escaped(text)} |\n| --- |\n")
    assert head == [text]


@given(st.text(st.sampled_from(MARKS), min_size=1))
def test_any_text_comes_out_as_it_is_in_a_list(text: str) -> None:
    (item,) = (token for token in READER.parse(f"- {escaped(text)}") if token.type == "inline")
    assert shown(item) == text


@given(st.text(st.sampled_from(MARKS), min_size=1))
def test_any_text_comes_out_as_it_is_in_a_paragraph(text: str) -> None:
    opening, inline, closing = READER.parse(escaped(text))
    assert (opening.type, shown(inline), closing.type) == ("paragraph_open", text, "paragraph_close")


def test_what_no_file_can_hold_is_a_replacement_character() -> None:
    assert escaped("Foto terlampir\x0b") == "Foto terlampir\ufffd"


def test_a_line_end_in_a_text_is_a_break() -> None:
    assert escaped("satu\r\ndua\ntiga\rempat") == "satu<br>dua<br>tiga<br>empat"
