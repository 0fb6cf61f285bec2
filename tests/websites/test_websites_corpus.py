"""What the product's look makes of the corpus: websites in the manner of government sites, whose truth is known."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest
from corpus_sites import sites
from corpus_visits import RIGHT, Outcome, confusion, found_day, looked_at, outcome

MOST_WRONG_RATIO = 3 / 60
MOST_DOCUMENTS = 12


@pytest.fixture(scope="module")
def results() -> dict[str, Outcome]:
    return {site.name: outcome(site.newest, found_day(asyncio.run(looked_at(site))[0])) for site in sites()}


def test_the_newest_date_is_within_a_day_in_nineteen_of_twenty_and_never_falsely_fresh(
    results: dict[str, Outcome],
) -> None:
    wrong = [name for name, of in results.items() if of not in RIGHT]
    falsely_fresh = [name for name, of in results.items() if of in {Outcome.FALSE_FRESH, Outcome.INVENTED}]
    assert falsely_fresh == [], confusion(results)
    assert len(wrong) <= len(results) * MOST_WRONG_RATIO, confusion(results)


def test_a_look_asks_for_a_dozen_documents_at_most_and_for_nothing_of_other_sites() -> None:
    for site in sites():
        _, asked = asyncio.run(looked_at(site))
        assert len([url for url in asked if not url.endswith("/robots.txt")]) <= MOST_DOCUMENTS + 2, site.name
        hosts = {url.split("/")[2].removeprefix("www.") for url in asked}
        assert hosts == {site.url.split("/")[2].removeprefix("www.")}, site.name


@pytest.mark.parametrize(
    ("truth", "found", "expected"),
    [
        (date(2026, 11, 18), date(2026, 11, 18), Outcome.RIGHT),
        (date(2026, 11, 18), date(2026, 11, 19), Outcome.RIGHT),
        (date(2026, 11, 18), date(2026, 11, 20), Outcome.FALSE_FRESH),
        (date(2026, 11, 18), date(2026, 11, 16), Outcome.TOO_OLD),
        (date(2026, 11, 18), None, Outcome.MISSED),
        (None, None, Outcome.RIGHTLY_UNKNOWN),
        (None, date(2019, 1, 1), Outcome.INVENTED),
    ],
)
def test_an_outcome_is_what_a_look_made_of_a_site(truth: date | None, found: date | None, expected: Outcome) -> None:
    assert outcome(truth, found) is expected
