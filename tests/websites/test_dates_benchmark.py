from __future__ import annotations

from datetime import date

import pytest
from corpus_sites import CorpusSite, sites

from benchmarks import dates

TRUTH = date(2026, 11, 12)


def named(name: str) -> CorpusSite:
    return next(site for site in sites() if site.name == name)


@pytest.mark.parametrize(
    ("truth", "said", "outcome"),
    [
        (TRUTH, date(2026, 11, 11), "right"),
        (TRUTH, date(2026, 11, 13), "right"),
        (TRUTH, date(2026, 11, 14), "FALSE FRESH"),
        (TRUTH, date(2026, 11, 10), "too old"),
        (TRUTH, None, "nothing found"),
        (None, None, "rightly unknown"),
        (None, date(2019, 3, 14), "FALSE FRESH"),
    ],
)
def test_a_day_is_right_within_one_day_and_any_day_is_too_fresh_where_nothing_is_known(
    truth: date | None, said: date | None, outcome: str
) -> None:
    assert dates.judged(truth, said) == outcome


def test_a_table_row_counts_each_outcome_and_names_who_is_taken_for_fresher() -> None:
    two = [named("sitemap-sekarang"), named("umkm-serang")]

    row, too_fresh = dates.measure("sitemap lastmod", dates.sitemap_lastmod, two)

    assert {key: row[key] for key in ("way", "right", "FALSE FRESH")} == {
        "way": "sitemap lastmod",
        "right": 1,
        "FALSE FRESH": 1,
    }
    assert too_fresh == ["sitemap-sekarang"]


def test_sitemaps_are_read_through_packed_indexes() -> None:
    assert dates.sitemap_lastmod(named("radio-suara-serang")) == date(2026, 11, 11)


def test_sitemaps_are_read_behind_a_redirect() -> None:
    assert dates.sitemap_lastmod(named("sosial-kragilan")) == date(2026, 11, 10)


def test_a_site_without_a_sitemap_gives_none() -> None:
    assert dates.sitemap_lastmod(named("kecamatan-tirtayasa")) is None


def test_posts_of_a_day_to_come_are_no_answer_of_a_feed() -> None:
    assert dates.feedparser_entries(named("pariwisata-cinangka")) == date(2026, 11, 16)


def test_a_plain_file_is_dated_by_its_last_modification() -> None:
    assert dates.last_modified(named("statis-bojonegara")) == date(2026, 10, 21)


def test_a_library_that_is_not_there_is_left_out_and_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(_: CorpusSite) -> date | None:
        raise ModuleNotFoundError("no such module", name="htmldate")

    monkeypatch.setattr(dates, "METHODS", {"by a library": missing, "by its headers": dates.last_modified})

    status = dates.main()

    said = capsys.readouterr().out
    assert status == 0
    assert "by a library is left out: pip install htmldate" in said
    assert "by its headers, taken for fresher than they are: aplikasi-antrean, " in said
