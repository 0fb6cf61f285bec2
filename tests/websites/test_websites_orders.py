"""What the monitor and the process that visits websites say to each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.model import Website
from exporter.sites.orders import ALIVE, LONGEST_LINE_BYTES, Bug, Order, heard, lines, order, told
from exporter.website import Fault, Look, Publication, SiteCheck, Source

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
CHECKS = st.builds(
    SiteCheck,
    st.floats(0, 1e12),
    st.none() | st.sampled_from(Fault),
    TEXTS,
    st.booleans(),
    st.none() | st.integers(100, 599),
    st.none() | st.floats(0, 15),
    st.none() | st.integers(0, 2**40),
    st.lists(TEXTS, max_size=3).map(tuple),
)
PUBLICATIONS = st.builds(
    Publication, st.integers(0, 2**40), st.booleans(), st.sampled_from(Source), st.integers(0, 2**40), TEXTS
)
LOOKS = st.builds(Look, st.floats(0, 1e12), st.lists(PUBLICATIONS, max_size=3).map(tuple), TEXTS, TEXTS)


@given(TEXTS, CHECKS | LOOKS | st.builds(Bug, TEXTS))
def test_what_is_told_is_one_line_and_heard_as_it_was(office: str, what: SiteCheck | Look | Bug) -> None:
    said = told(office, what)
    assert said.count(b"\n") == 1
    assert said.endswith(b"\n")
    assert heard(said) == (office, what)


def test_what_no_text_can_hold_becomes_a_question_mark() -> None:
    assert heard(told("a", SiteCheck(1.0, Fault.BAD_ANSWER, "a\ud800b"))) == (
        "a",
        SiteCheck(1.0, Fault.BAD_ANSWER, "a?b"),
    )


def test_orders_come_a_line_each_as_they_were_without_what_visiting_doesnt_need() -> None:
    given_orders = [
        Order("dinkes", Website("https://dinkes.example/", domains=("dinkes-kab.example",)), 12.5, '{"a": 1}'),
        Order("setda", Website("https://setda.example/é")),
    ]
    said = lines(given_orders).splitlines()
    assert [order(line) for line in said] == [*given_orders, None]
    assert lines([]) == b"{}\n"


def test_five_hundred_websites_with_full_stamps_stay_far_below_the_longest_line() -> None:
    full = Order("o", Website("https://o.example/"), 1.0, "x" * 100_000)
    assert max(map(len, lines([full] * 500).splitlines())) < LONGEST_LINE_BYTES / 10


def test_that_it_is_alive_is_no_visit() -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        heard(ALIVE)


HOSTILE = [2**70, 1.5, "1", None, True, float("nan"), [1]]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("name", ["published_at", "seen_at"])
def test_a_publication_that_no_ledger_could_keep_is_refused(name: str, value: object) -> None:
    good = Publication(1, is_day_only=False, source=Source.FEED, seen_at=2).as_json()
    with pytest.raises((ValueError, TypeError)):
        Publication.from_json({**good, name: value})


@pytest.mark.parametrize(("name", "value"), [("at", "1"), ("at", 2**60), ("detail", 1), ("http_status", 1.5)])
def test_a_check_that_no_ledger_could_keep_is_refused(name: str, value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        SiteCheck.from_json({**SiteCheck(1.0).as_json(), name: value})


@pytest.mark.parametrize("said", ["", "[]", '{"office": "a", "check": {}}', '{"office": "a"}', "nonsense"])
def test_anything_else_is_refused(said: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        heard(said)
