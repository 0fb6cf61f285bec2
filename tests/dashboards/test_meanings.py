"""What the dashboards say is what the exporter and the rules mean: words, units of time, what stands first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.expressions import dashboards, panels
from exporter.metrics.links import MAINTENANCE_CODE, STATE_CODES
from exporter.timeline import State

Json = dict[str, Any]
BOARDS = dashboards()
COLUMN = re.compile(r"Value #([A-Z])")
STATE_WORDS = {
    State.DOWN: "Down",
    State.UP: "Up",
    State.DEGRADED: "Degraded",
    State.UNMEASURED: "Unmeasured",
}
# As prometheus/rules/dashboards.yml counts them, which prometheus/tests/dashboards.yml holds to.
OFFICE_WORDS = {"0": "Down", "1": "Unmeasured", "2": "Link down", "3": "Degraded", "4": "Maintenance", "5": "Up"}
FIRST = {
    ("district", "In trouble above the offices"): ("Since", False),
    ("district", "Open outages"): ("Fault", False),
    ("district", "Offices"): ("State", False),
    ("district", "Today's outages"): ("Began", True),
    ("district", "Providers and nodes"): ("State", False),
    ("office", "Outages"): ("Began", True),
    ("websites", "Websites"): ("State", False),
}


def fields(board: str, title: str) -> Iterator[tuple[str, str, Json]]:
    """Yield each column of a table that is a query's value: its name, the query, and its own properties."""
    (panel,) = (each for each in panels(BOARDS[board]) if each["title"] == title)
    exprs = {target["refId"]: target["expr"] for target in panel["targets"]}
    shown = next(each["options"]["renameByName"] for each in panel["transformations"] if each["id"] == "organize")
    own = {
        each["matcher"]["options"]: {one["id"]: one["value"] for one in each["properties"]}
        for each in panel["fieldConfig"]["overrides"]
    }
    for source, name in shown.items():
        if found := COLUMN.fullmatch(source):
            yield name, exprs[found[1]], own.get(name, {})


def words(given: Json) -> dict[str, str]:
    (options,) = (each["options"] for each in given["mappings"] if each["type"] == "value")
    return {value: option["text"] for value, option in options.items()}


def of_links() -> dict[str, str]:
    return {str(code): STATE_WORDS[state] for state, code in STATE_CODES.items()} | {
        str(MAINTENANCE_CODE): "Maintenance"
    }


def test_the_words_of_a_link_s_states_are_the_exporter_s_codes() -> None:
    (state,) = (given for name, _, given in fields("district", "Open outages") if name == "State")
    assert words(state) == of_links()
    for panel in panels(BOARDS["office"]):
        if panel["title"] in {"State", "State over time"}:
            assert "opd_link_state{" in panel["targets"][0]["expr"]
            assert words(panel["fieldConfig"]["defaults"]) == of_links()


def test_the_words_of_an_office_s_states_are_the_rule_s_codes() -> None:
    (state,) = (given for name, _, given in fields("district", "Offices") if name == "State")
    assert words(state) == OFFICE_WORDS
    found = [p for p in panels(BOARDS["district"]) if p["title"] in {"Offices by state", "Offices over time"}]
    assert [words(panel["fieldConfig"]["defaults"]) for panel in found] == [OFFICE_WORDS] * 2


def test_each_number_of_offices_counts_the_state_that_its_title_names() -> None:
    counted = {
        panel["title"]: re.search(r"== (\d)\)", panel["targets"][0]["expr"])
        for panel in panels(BOARDS["district"])
        if panel["type"] == "stat" and "opd:state:code" in panel["targets"][0]["expr"]
    }
    assert {title: OFFICE_WORDS[found[1]] for title, found in counted.items() if found} == {
        "Offices down": "Down",
        "Unmeasured": "Unmeasured",
        "A link down": "Link down",
        "Degraded": "Degraded",
        "Maintenance": "Maintenance",
        "Offices up": "Up",
    }


def test_instants_are_milliseconds_and_nothing_else_is() -> None:
    for board, dashboard in BOARDS.items():
        for panel in panels(dashboard):
            if panel["type"] == "table":
                for name, expr, given in fields(board, panel["title"]):
                    is_instant = given.get("unit", "").startswith("dateTime")
                    assert is_instant == expr.startswith("1000 *"), (board, panel["title"], name)


@pytest.mark.parametrize(("board", "title"), FIRST)
def test_what_is_wrong_stands_first(board: str, title: str) -> None:
    (panel,) = (each for each in panels(BOARDS[board]) if each["title"] == title)
    (order,) = panel["options"]["sortBy"]
    assert (order["displayName"], order["desc"]) == FIRST[board, title]
