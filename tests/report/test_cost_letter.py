"""The report on costs as a letter: what is put into words, and how its pages come out."""

import io
import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from months import make_bad_february
from pypdf import PdfReader

from exporter.ledger import Ledger
from exporter.model import Language
from exporter.report.cost import letter as composing
from exporter.report.cost.document import document
from exporter.report.cost.letter import MOST_ROWS, letter
from exporter.report.cost.reckoning import Costs, reckon
from exporter.report.letter import md_form, pdf_form
from exporter.report.letter.values import Block, Column, Heading, Kind, Letter, Points, Table, Text
from exporter.report.tables import Document
from exporter.sla import Month

ENGLISH = Language.ENGLISH
NOTHING = "–"  # noqa: RUF001
A4_LYING = (842, 595)  # points


@pytest.fixture(scope="module")
def february(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Costs]:
    path, placed = make_bad_february(tmp_path_factory.mktemp("costs"))
    with Ledger.existing(path) as ledger:
        yield reckon([ledger], placed, Month(2026, 2))


@pytest.fixture(scope="module")
def whole(february: Costs) -> Document:
    return document(february, ENGLISH)


def under(written: Letter, title: str) -> Block:
    """Return what stands under a heading."""
    return next(of for above, of in itertools.pairwise(written.summary) if above == Heading(title))


def with_offices(whole: Document, number: int) -> Document:
    """Return a document whose table of offices has so many rows."""
    tables = (replace(of, rows=of.rows[:1] * number) if of.name == "offices" else of for of in whole.tables)
    return replace(whole, tables=tuple(tables))


def pages(written: Letter) -> list[str]:
    reader = PdfReader(io.BytesIO(pdf_form.render(written)))
    assert {tuple(map(round, page.mediabox.upper_right)) for page in reader.pages} == {A4_LYING}
    return [" ".join(page.extract_text().split()) for page in reader.pages]


def test_the_whole_sum_is_the_headline_and_the_other_sentences_are_points(february: Costs, whole: Document) -> None:
    first, second, *_ = letter(february, whole, ENGLISH).summary
    assert first == Heading("February 2026: the district pays IDR 16,160,714 in all, for 6 links of 5 offices.")
    assert second == Points(whole.paragraphs[1:])


def test_a_table_says_its_numbers_in_words_of_the_language_and_how_wide_they_are(
    february: Costs, whole: Document
) -> None:
    assert under(letter(february, whole, ENGLISH), "Hardly used") == Table(
        (
            Column("Office", Kind.PLAIN, 33),
            Column("Link", Kind.PLAIN, 13),
            Column("Cost this month (IDR)", Kind.NUMBER, 9),
            Column("Of the download (%)", Kind.NUMBER, 10),
            Column("Of the upload (%)", Kind.NUMBER, 8),
        ),
        (("Bag. Hukum/Organisasi [Setda] *A*", "hukum/primary", "3,000,000", "4.720", "2.124"),),
    )


def test_a_total_and_what_is_unknown_are_said(february: Costs, whole: Document) -> None:
    written = letter(february, whole, ENGLISH)
    payers, use = under(written, "Who pays what"), under(written, "Price and use")
    assert isinstance(payers, Table)
    assert isinstance(use, Table)
    assert payers.total == ("Total", "6", "16,160,714", "0")
    assert use.rows[4][:5] == ("=1+1 | -5 lantai @kabid", "gedung/primary", "1,000,000", NOTHING, NOTHING)


def test_a_table_without_a_row_says_so(february: Costs, whole: Document) -> None:
    bare = replace(whole, tables=tuple(replace(of, rows=(), if_empty="1. unknown") for of in whole.tables))
    assert under(letter(february, bare, ENGLISH), "Costs by office") == Text("1. unknown")


def test_a_table_that_is_too_long_for_paper_is_named_with_where_it_is(february: Costs, whole: Document) -> None:
    longest = letter(february, with_offices(whole, MOST_ROWS), ENGLISH)
    longer = letter(february, with_offices(whole, MOST_ROWS + 1), ENGLISH)
    assert isinstance(under(longest, "Costs by office"), Table)
    assert under(longer, "Costs by office") == Text("401 rows: too long for this document; see the XLSX or the CSV.")


def test_costs_of_the_sample_say_that_they_are_no_real_ones(february: Costs, whole: Document) -> None:
    sample = replace(february, organisation=replace(february.organisation, sample=True))
    assert [letter(of, whole, ENGLISH).warnings for of in (february, sample)] == [
        (),
        ("Sample: not real data",),
    ]


def test_pages_lie_on_their_side_with_their_numbers_and_nobody_signs(february: Costs, whole: Document) -> None:
    told = pages(letter(february, whole, ENGLISH))
    assert told[0].startswith(
        "Diskominfosatik Kabupaten Uji Report on the costs of internet links February 2026"
        " 1 February 2026 to 28 February 2026 February 2026: the district pays IDR 16,160,714 in all"
    )
    footer = "Report on the costs of internet links, Diskominfosatik Kabupaten Uji, February 2026"
    assert [f"{footer} Page {number} of {len(told)}" in page for number, page in enumerate(told, 1)] == [True] * len(
        told
    )
    assert not any(word in page for page in told for word in ("Signatures", "SHA-256", "Daily availability"))


def test_the_widest_table_fits_the_page(february: Costs, whole: Document) -> None:
    row = (
        "Bag. Hukum/Organisasi [Setda] *A* hukum/primary 3,000,000 50.00 50.00 60,000 2.36 1.06 1,271,186 4.720 2.124"
        " 0.00 8,064"
    )
    assert any(row in page for page in pages(letter(february, whole, ENGLISH)))


def test_long_names_in_every_column_of_text_leave_the_numbers_whole(february: Costs, whole: Document) -> None:
    names = ("Dinas Komunikasi Informatika Statistik dan Persandian " * 3).split()
    long = " ".join(names)
    shares = next(of for of in whole.tables if of.name == "shares")
    row = tuple(long if isinstance(cell, str) else cell for cell in shares.rows[0])
    told = pages(letter(february, replace(whole, tables=(replace(shares, rows=(row,)),)), ENGLISH))[0]
    assert told.count("Persandian") == 5 * 3
    assert "4,500,000 2,250,000" in told


def test_markdown_has_the_same_tables_with_numbers_to_the_right(february: Costs, whole: Document) -> None:
    text = md_form.render(letter(february, whole, ENGLISH))
    assert "| **Total** | **6** | **16,160,714** | **0** |" in text
    assert "| Payer | Links | Cost this month (IDR) | Links without a fee |\n| --- | ---: | ---: | ---: |" in text
    headings = [of for of in MarkdownIt("commonmark").parse(text) if of.type == "heading_open"]
    assert [of.tag for of in headings] == ["h1", *["h2"] * 12]


def test_long_tables_of_costs_are_set_with_their_heads_on_each_page(february: Costs, whole: Document) -> None:
    offices = [of for of in with_offices(whole, 100).tables if of.name == "offices"]
    told = pages(letter(february, replace(whole, tables=tuple(offices)), ENGLISH))
    assert len(told) > 2
    assert all("Office code Office Links" in page for page in told if "dinkes" in page)


def test_the_template_travels_with_the_package() -> None:
    assert (Path(composing.__file__).parents[1] / "letter" / pdf_form.TEMPLATE).is_file()
