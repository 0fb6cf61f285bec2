from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from monitor_fakes import make_inventory, make_link
from website_documents import NOW, Json, make_check, make_dead, make_publication, make_site, make_websites

from exporter.model import UpdateEvery, Website
from exporter.status.page import look
from exporter.status.websites.document import Reason, sites
from exporter.status.websites.layout import render
from exporter.web import api
from exporter.website import Activity, Fault, Look, Publication, SiteCheck, SiteSpan, SiteStatus, Source


def broken(change: Callable[[Json], object]) -> Json:
    document: Json = json.loads(json.dumps(make_websites(make_dead("dinkes", "empty"))))
    change(document)
    return document


def of_site(**changes: object) -> Json:
    return make_websites(make_dead("dinkes", "empty") | changes)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], r"\[\] is no dict"),
        ({}, "None is no str"),
        (broken(lambda of: of.pop("websites")), "None is no list"),
        (broken(lambda of: of.update(websites=["x"])), "'x' is no dict"),
        (broken(lambda of: of.update(time="2026-02-10T22:30:00")), "has no offset"),
        (broken(lambda of: of.update(time="yesterday")), "Invalid isoformat"),
        (broken(lambda of: of.update(organisation=7)), "7 is no str"),
        (of_site(office=None), "None is no str"),
        (of_site(activity="sleeping"), "'sleeping' is not a valid Activity"),
        (of_site(activity=None), "None is not a valid Activity"),
        (of_site(standing="tired"), "'tired' is not a valid Standing"),
        (of_site(update_every="year"), "'year' is not a valid UpdateEvery"),
        (of_site(reason={"fault": "bored", "detail": ""}), "'bored' is not a valid Fault"),
        (of_site(reason={"fault": "empty"}), "None is no str"),
        (of_site(checked=make_check() | {"http_status": True}), "True is no number"),
        (of_site(checked=make_check() | {"http_status": 200.5}), "200.5 is no whole number"),
        (of_site(checked=make_check() | {"response_seconds": float("nan")}), "nan is no number"),
        (of_site(checked=make_check() | {"response_seconds": 10**400}), "0 is no number"),
        (of_site(checked=make_check() | {"tls_not_after": 5}), "5 is no str"),
        (of_site(age_seconds=None), "None is no number"),
        (of_site(published=make_publication(5) | {"day_only": None}), "None is no bool"),
        (of_site(looked={"obstacle": 5}), "5 is no str"),
    ],
)
def test_what_is_no_document_of_the_api_is_refused_with_what_it_is(document: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        sites(document)


def test_the_time_keeps_the_organisations_offset() -> None:
    assert sites(make_websites()).at.isoformat() == NOW.isoformat()


@pytest.mark.parametrize(
    ("items", "is_measured", "is_any_inactive"),
    [
        ([make_site(), make_dead("dlh", "empty")], True, True),
        ([make_site(standing="asleep")], True, False),
        ([make_site(activity="unmeasured", standing="asleep")], False, False),
        ([], False, False),
    ],
)
def test_asleep_is_no_failure_and_unmeasured_is_no_measurement(
    items: list[Json],
    is_measured: bool,  # noqa: FBT001 -- a table's column
    is_any_inactive: bool,  # noqa: FBT001 -- a table's column
) -> None:
    found = sites(make_websites(*items))
    assert (found.is_measured, found.is_any_inactive) == (is_measured, is_any_inactive)


INSTANTS = st.integers(0, 4 * 10**9)
REACHED = st.sampled_from([Activity.ACTIVE, Activity.INACTIVE])
RUNS = st.builds(SiteSpan, INSTANTS, INSTANTS, REACHED, st.sampled_from(Fault), st.text(max_size=9)).map(
    lambda run: replace(run, fault=None, detail="") if run.activity is Activity.ACTIVE else run
)
CHECKS = st.builds(
    SiteCheck,
    at=INSTANTS,
    http_status=st.none() | st.integers(100, 599),
    response_seconds=st.none() | st.floats(0, 60),
    tls_not_after=st.none() | INSTANTS,
)
FINDS = st.builds(Publication, INSTANTS, st.booleans(), st.sampled_from(Source), INSTANTS)
LOOKS = st.builds(Look, INSTANTS, st.lists(FINDS, max_size=1).map(tuple), st.text(max_size=9))
WEBSITES = st.builds(Website, st.just("https://dinkes.example/"), st.none() | st.sampled_from(UpdateEvery))


@settings(max_examples=60)
@given(WEBSITES, st.none() | RUNS, st.none() | CHECKS, st.none() | LOOKS, INSTANTS)
def test_any_website_of_the_api_is_one_that_the_terminal_understands(
    website: Website, run: SiteSpan | None, check: SiteCheck | None, found: Look | None, now: int
) -> None:
    inventory = make_inventory(make_link())
    status = SiteStatus("dinkes", website, run, check, found)
    head = api.district(inventory.organisation, now)
    told = sites(json.loads(json.dumps(head | {"websites": [api.website(status, inventory, now)]})))
    assert render(told, look("utf-8"), 80)
    (site,) = told.sites
    assert site.activity is (Activity.UNMEASURED if run is None else run.activity)
    assert site.reason == (None if run is None or run.fault is None else Reason(run.fault, run.detail))
    assert site.since == (None if run is None else datetime.fromtimestamp(run.start, UTC))
    assert site.http_status == (None if check is None else check.http_status)
    assert (site.newest is None) == (found is None or found.newest is None)
    assert site.obstacle == (None if found is None else found.obstacle or None)
