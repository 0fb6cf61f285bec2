"""The letter before it is set: its answers, what can't be said, its chart."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from months import make_bad_february

from exporter.ledger import Ledger
from exporter.model import Language
from exporter.report import Summary, summarise
from exporter.report.letter.cells import Cells
from exporter.report.letter.chart import chart
from exporter.report.letter.composing import letter
from exporter.report.letter.phrases import PHRASES, Phrases
from exporter.report.letter.unsaid import unsaid
from exporter.report.letter.values import Answer, Mark, Table
from exporter.report.summary import LinkSummary, ProviderSummary
from exporter.report.words import WORDS
from exporter.sla import Figures, Month, Verdict

DAY = 86_400
ENGLISH = Phrases(Language.ENGLISH)


@pytest.fixture(scope="module")
def february(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    path, inventory = make_bad_february(tmp_path_factory.mktemp("ledger"))
    with Ledger.existing(path) as ledger:
        return summarise([ledger], inventory, Month(2026, 2))


def link(summary: Summary, identifier: str) -> LinkSummary:
    return next(of for of in summary.links if of.link.id == identifier)


def alone(summary: Summary, of: LinkSummary) -> Summary:
    """Return a summary of one link and its provider."""
    provider = next(item for item in summary.providers if item.provider.code == of.link.provider)
    item = replace(provider, links=(of,), figures=of.figures, credit=of.credit)
    return replace(summary, links=(of,), providers=(item,), windows=())


def days(summary: Summary, *of: Figures) -> Summary:
    """Return a summary of one provider, whose month begins with some days; the others lie outside of it."""
    item = link(summary, "persandian/primary")
    filled = (*of, *(Figures() for _ in summary.days[len(of) :]))
    return alone(summary, replace(item, days=filled))


def measured(down: int) -> Figures:
    return Figures(total=DAY, up=DAY - down, down=down)


def test_no_phrase_takes_the_place_of_a_word_of_every_form() -> None:
    assert set(PHRASES).isdisjoint(WORDS)


def test_the_four_answers_of_a_bad_month(february: Summary) -> None:
    assert letter(february, Language.ENGLISH).answers == (
        Answer("Links below target", "2 of 6 links", "Providers below target: none", is_warning=True),
        Answer(
            "Largest overrun",
            "3 h 57 min 36 s",
            "Dinas PU & Tata Ruang <UPT Ciruas> (pu/primary)",
            is_warning=True,
        ),
        Answer(
            "Credit that is due",
            "at least IDR 171,502",
            "from PT Serat Nusantara, PT Gelombang & Anak <Contoh>",
            is_warning=True,
        ),
        Answer(
            "Not determined",
            "1 of 6 links",
            "awaiting confirmation: 1; windows not applied: 1",
            is_warning=True,
        ),
    )


def test_the_four_answers_of_a_good_month_warn_of_nothing(february: Summary) -> None:
    good = alone(february, link(february, "persandian/primary"))
    assert letter(good, Language.INDONESIAN).answers == (
        Answer(
            "Sambungan di bawah target", "0 dari 1 sambungan", "Penyedia di bawah target: tidak ada", is_warning=False
        ),
        Answer("Pelampauan terbesar", "tidak ada", "", is_warning=False),
        Answer("Restitusi yang menjadi hak", "Rp0", "", is_warning=False),
        Answer(
            "Belum dapat dipastikan",
            "0 dari 1 sambungan",
            "menunggu konfirmasi: 0; pemeliharaan tidak berlaku: 0",
            is_warning=False,
        ),
    )


def test_breached_providers_are_named_while_they_are_few(february: Summary) -> None:
    breached = alone(february, link(february, "dinkes/primary"))
    (one,) = breached.providers
    assert letter(breached, Language.ENGLISH).answers[0].more == "Providers below target: PT Serat Nusantara"
    four = replace(breached, providers=(one,) * 4)
    assert letter(four, Language.ENGLISH).answers[0].more == "Providers below target: 4 providers"


def test_everything_that_cannot_be_said_is_said_to_be_so(february: Summary) -> None:
    assert unsaid(february, Cells(february, ENGLISH)) == (
        (
            "PT Serat Nusantara: 1 d 12 h unmeasured (of 4 links together), so its availability"
            " lies between 98.315 % and 99.656 %;"
            " target 99.500 %."
        ),
        (
            "=1+1 | -5 lantai @kabid (gedung/primary): 1 d 12 h unmeasured, so its availability lies between"
            " 94.345 % and 99.702 %; target 99.500 %."
        ),
        (
            "Dinas Kesehatan (dinkes/primary@20260217T060000Z): down for 4 h 30 min, cause: power at the office;"
            " awaits confirmation. Once confirmed, that time is excluded."
        ),
        (
            "Maintenance of gelombang, 12 February 2026 09:00:00 WIB to 12 February 2026 12:00:00 WIB:"
            " announced late, not applied."
        ),
        (
            "The credit is a lower bound, because of unmeasured time or an unknown fee:"
            " =1+1 | -5 lantai @kabid (gedung/primary)."
        ),
    )


def test_a_fee_or_a_target_that_nobody_named_is_said_to_be_missing(february: Summary) -> None:
    of = link(february, "persandian/primary")
    assert of.credit is not None
    bare = replace(of, credit=replace(of.credit, amount=None), target=None, verdict=Verdict.NOT_APPLICABLE)
    summary = alone(february, bare)
    name = "Dinas Komunikasi, Informatika, Statistik dan Persandian A (persandian/primary)"
    assert unsaid(summary, Cells(summary, Phrases(Language.INDONESIAN))) == (
        f"Restitusi tidak dapat dihitung, karena biaya sebulannya tidak diketahui: {name}.",
        f"Tidak dapat dinilai, karena tanpa target: {name}.",
    )


def test_a_link_without_a_verdict_says_why(february: Summary) -> None:
    cells = Cells(february, ENGLISH)
    for figures, told in (
        (Figures(), "outside its contract"),
        (Figures(total=60, excluded=60), "all excluded"),
        (Figures(total=60, up=60), "not applicable"),
    ):
        assert cells.verdict(Verdict.NOT_APPLICABLE, figures) == f"– {told}"  # noqa: RUF001 -- the sign of no verdict


def test_a_breach_within_the_running_months_budget_is_no_negative_excess(february: Summary) -> None:
    of = replace(link(february, "dinkes/primary"), budget_remaining_seconds=0)
    assert Cells(february, ENGLISH).over_budget(of) == "the whole month's budget is not used up yet"


def test_the_farthest_over_its_budget_stands_first(february: Summary) -> None:
    tables = [block for block in letter(february, Language.ENGLISH).summary if isinstance(block, Table)]
    assert [row[0] for row in tables[1].rows] == [
        ("Dinas PU & Tata Ruang <UPT Ciruas>", "pu/primary"),
        ("Dinas Kesehatan", "dinkes/primary · SN-0001"),
    ]


def test_an_excluded_outage_stands_among_the_incidents_with_its_reason(february: Summary) -> None:
    (section,) = (of for of in letter(february, Language.ENGLISH).sections if of.title == "Incidents")
    (table,) = section.blocks
    assert isinstance(table, Table)
    (row,) = (row for row in table.rows if row[0][1] == "hukum/primary@20260221T010000Z")
    assert row[2:5] == (
        ("0 s", "1 h 10 min excluded"),
        ("not known yet",),
        ("Excluded by Bidang Telematika: Banjir, keadaan kahar", "Foto terlampir\x0b"),
    )


def test_the_chart_begins_below_the_lowest_day(february: Summary) -> None:
    shown = chart(days(february, measured(0), measured(DAY // 8)), ENGLISH)
    assert shown.ticks == ((0.0, "85 %"), (0.333333, "90 %"), (0.666667, "95 %"), (1.0, "100 %"))
    (curve,) = shown.curves
    assert curve.heights[:3] == (1.0, 0.166667, None)
    assert curve.lowest == "lowest 87.500 % (2 February 2026)"


def test_a_day_that_was_down_all_day_stands_at_the_axis_and_one_without_outage_at_its_top(february: Summary) -> None:
    worst = chart(days(february, measured(DAY)), ENGLISH)
    assert (worst.ticks[0], worst.curves[0].heights[0]) == ((0.0, "0 %"), 0.0)
    best = chart(days(february, measured(0)), Phrases(Language.INDONESIAN))
    assert (best.ticks[0], best.curves[0].heights[0]) == ((0.0, "99,8 %"), 1.0)
    assert best.curves[0].lowest == "selalu 100,000 %"


def test_what_was_not_measured_has_no_height_and_a_mark_that_the_legend_explains(february: Summary) -> None:
    shown = chart(
        days(
            february,
            Figures(total=DAY, unmeasured=DAY),
            Figures(total=DAY, up=DAY - 1, unmeasured=1),
            Figures(total=DAY, excluded=DAY),
            measured(60),
        ),
        ENGLISH,
    )
    (curve,) = shown.curves
    assert [height is None for height in curve.heights[:5]] == [True, False, True, False, True]
    assert curve.marks[:5] == (Mark.UNMEASURED, Mark.PARTLY, Mark.EXCLUDED, Mark.MEASURED, Mark.OUTSIDE)
    assert shown.legend == (
        (Mark.UNMEASURED, "unmeasured all day"),
        (Mark.PARTLY, "unmeasured in part"),
        (Mark.EXCLUDED, "excluded all day"),
    )


def test_a_month_without_a_measured_day_has_no_curve(february: Summary) -> None:
    assert chart(days(february, Figures(total=DAY, unmeasured=DAY)), ENGLISH).curves == ()


def test_a_provider_without_time_in_the_month_has_no_curve(february: Summary) -> None:
    empty = next(of for of in february.providers if of.provider.code == "sisa")
    assert isinstance(empty, ProviderSummary)
    assert [curve.name for curve in chart(february, ENGLISH).curves] == [
        of.provider.name for of in february.providers if of is not empty
    ]


def test_the_axis_holds_the_whole_of_any_day(february: Summary) -> None:
    for down in range(0, DAY + 1, 3600):
        shown = chart(days(february, measured(down)), ENGLISH)
        height = shown.curves[0].heights[0]
        assert height is not None
        assert 0 <= height <= 1
        assert 2 <= len(shown.ticks) - 1 <= 5


def test_a_target_is_written_as_it_is(february: Summary) -> None:
    assert Cells(february, ENGLISH).target(Fraction(9999, 10_000)) == "99.990 %"
