"""Every dashboard on a real Prometheus, on a day on which everything happens: each query has data, or is listed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import pytest
from eventful_day import AWKWARD_DISTRICT, AWKWARD_NAME, AWKWARD_OFFICE, SHOWN_OFFICE, Day, eventful_day
from servers import RULES, rules_of

from benchmarks.expressions import Expression, chosen, dashboards, expressions, series_of

pytestmark = pytest.mark.timeout(400)
PATIENCE_SECONDS = 150.0
LEAST_NARROWED = 2
ONE = {"opd": SHOWN_OFFICE}
# Queries that give nothing on this day though nothing is wrong with them: (dashboard, panel, query), and why.
NO_ERRORS = "the lab's routers count no error and no discard"
EMPTY = {
    ("bandwidth", "Errors and discards", "B"): NO_ERRORS,
    ("bandwidth", "Errors and discards", "C"): NO_ERRORS,
    ("bandwidth", "Errors over time", "A"): NO_ERRORS,
    ("bandwidth", "Discards over time", "A"): NO_ERRORS,
    ("office", "Website", "C"): "the office's website is active, so there is no reason why it isn't",
}
# Series that a dashboard or a rule names and that aren't there on this day, and why.
# Those that come once half of their range was measured, on a machine so busy that scrapes fail, or while the month's
# report is being made.
MAYBE = {f"opd_link:budget_burn:ratio{length}" for length in ("5m", "30m", "1h", "2h", "6h", "1d", "3d")}
MAYBE |= {"monitor:unseen:info", "opd_report_due_timestamp_seconds"}


@dataclass(frozen=True)
class Seen:
    """The day, and what had not given data at any moment of it."""

    day: Day
    without_data: list[Expression]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory, private_network: None) -> Iterator[Seen]:
    assert private_network is None
    with eventful_day(tmp_path_factory.mktemp("eventful-day")) as day:
        pending = [each for each in _all() if each.place not in EMPTY]
        expected = _series() - MAYBE

        def all_was_there() -> bool:
            pending[:] = [each for each in pending if not day.show(each)]
            return not pending and day.names() >= expected

        day.until(all_was_there, PATIENCE_SECONDS)
        yield Seen(day, pending)


@pytest.fixture
def day(seen: Seen) -> Day:
    return seen.day


def _all() -> list[Expression]:
    """Return each expression, on the Office dashboard for one office."""
    found = {each.place: each for each in expressions(ONE, only="office")}
    return [found.get(each.place, each) for each in expressions()]


def _series() -> set[str]:
    """Return the name of each series that the dashboards or the rules read."""
    rules = chain.from_iterable(series_of(rule["expr"]) for rule in rules_of(RULES))
    return {name for each in _all() for name in series_of(each.expr)} | set(rules)


def test_every_query_had_data_or_is_listed_with_the_reason(seen: Seen) -> None:
    empty = [f"{each.place}: {each.expr}" for each in seen.without_data]

    assert not empty, "\n".join(empty)
    assert all(EMPTY.values())


def test_a_query_that_is_listed_as_empty_is_there_and_empty(day: Day) -> None:
    by_place = {each.place: each for each in _all()}

    assert set(EMPTY) <= set(by_place)
    assert [place for place in EMPTY if day.show(by_place[place])] == []


def test_every_variable_has_values(day: Day) -> None:
    for name, dashboard in dashboards().items():
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query":
                assert _values(day, name, variable["name"], variable["regex"]), (name, variable["name"])


def test_awkward_names_are_values_of_the_variables_as_they_are(day: Day) -> None:
    boards = dashboards()
    for name in ("district", "providers"):
        assert AWKWARD_DISTRICT in _values(day, name, "district", "")
    variable = next(each for each in boards["office"]["templating"]["list"] if each["name"] == "opd")
    texts = [re.search(_python(variable["regex"]), line) for line in _lines(day, "opd_info")]
    assert {found["value"] for found in texts if found} == {row["metric"]["opd"] for row in day.ask("opd_info")}
    assert AWKWARD_NAME.split('"', 1)[0] in {found["text"].split('"', 1)[0].rstrip("\\") for found in texts if found}


def test_one_two_and_all_chosen_districts_match_just_these(day: Day) -> None:
    everywhere = sorted({row["metric"]["district"] for row in day.ask("opd_info")})
    for some in ([AWKWARD_DISTRICT], [everywhere[0], AWKWARD_DISTRICT], everywhere):
        found = day.ask(f'opd_info{{district=~"{chosen(some)}"}}')
        assert sorted({row["metric"]["district"] for row in found}) == sorted(some)


@pytest.mark.parametrize("variable", ["district", "provider", "opd"])
def test_every_panel_shows_just_what_is_chosen_with_one_two_and_all(day: Day, variable: str) -> None:
    values = {
        "district": [AWKWARD_DISTRICT, "Kramatwatu"],
        "provider": ["serat-nusantara", "gelombang-contoh"],
        "opd": [AWKWARD_OFFICE, SHOWN_OFFICE],
    }[variable]
    whole = {each.place: each for each in expressions() if each.dashboard != "office"}
    for some in (values[:1], values):
        shown = 0
        for each in expressions({variable: chosen(some)}):
            if each.place in whole and each.expr != whole[each.place].expr:
                found = {row["metric"].get(variable, "") for row in day.show(each)} - {""}
                assert found <= set(some), each.place
                shown += bool(found)
        assert shown > LEAST_NARROWED


def test_every_series_that_a_dashboard_or_a_rule_names_is_there_or_may_be_missing(day: Day) -> None:
    assert not _series() - day.names() - MAYBE


def _values(day: Day, dashboard: str, variable: str, regex: str) -> set[str]:
    """Return the values that Grafana would offer for a variable."""
    asked = expressions(ONE if dashboard == "office" else {}, only=dashboard)
    (of,) = (each for each in asked if each.panel == f"variable {variable}")
    if of.values_of is not None:
        return {row["metric"][of.values_of] for row in day.ask(of.expr) if of.values_of in row["metric"]}
    found = [re.search(_python(regex), line) for line in _lines(day, of.expr)]
    return {each["value"] for each in found if each is not None}


def _lines(day: Day, expr: str) -> Iterator[str]:
    """Yield an answer's rows as Grafana's `query_result` writes them."""
    for row in day.ask(expr):
        labels = ",".join(f'{key}="{value}"' for key, value in sorted(row["metric"].items()) if key != "__name__")
        yield f"{row['metric'].get('__name__', '')}{{{labels}}} {row['value'][1]} {row['value'][0]}"


def _python(regex: str) -> str:
    return regex.strip("/").replace("(?<", "(?P<")
