from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import dashboards, past, shown
from benchmarks.dashboards import Cost, Run
from benchmarks.expressions import Expression, selectors_of, times
from benchmarks.prometheus import Setting

EXPRESSION = Expression("district", "Offices", "A", "opd_up", is_instant=True)
COST = Cost(EXPRESSION, seconds=0.0123, returned=31, selected=62, samples=93)


@pytest.mark.parametrize(
    ("hours", "columns", "interval", "step"),
    [(6, 24, "", 15), (6, 8, "", 60), (6, 8, "30s", 60), (1, 24, "30s", 30), (24, 12, "", 120), (48, 1, "", 3_600)],
)
def test_the_step_is_a_point_a_pixel_and_no_shorter_than_the_scrape(
    hours: int, columns: int, interval: str, step: float
) -> None:
    assert dashboards.step_seconds(3_600 * hours, columns, interval, 15) == step


def test_a_rate_covers_four_scrapes_or_a_step_and_a_scrape() -> None:
    assert [times(3_600, step, 15)["__rate_interval"] for step in (15, 120)] == ["60s", "135s"]


def test_each_name_is_written_back_as_far_as_it_is_read() -> None:
    a_day = [
        replace(EXPRESSION, expr="rate(a_total[5m]) and b", is_instant=False),
        replace(EXPRESSION, expr="avg_over_time(c[1h]) > d"),
        replace(EXPRESSION, expr="e and topk(3, max_over_time(e[1d] @ end()))", is_instant=False),
    ]

    assert dashboards.horizons(a_day, {"district": 86_400}) == {
        "a_total": 86_700,
        "b": 86_400,
        "c": 3_600,
        "e": 86_400,
    }


def test_what_an_expression_selects_is_found_with_its_labels() -> None:
    assert selectors_of('sum by (opd) (a{x="}"} * on (opd) b) / rate(c:d{y=~"z"}[5m])') == {
        'a{x="}"}',
        "b",
        'c:d{y=~"z"}',
    }


def test_groups_are_hasty_only_while_the_past_is_gathered(tmp_path: Path) -> None:
    file = tmp_path / "rules" / "a.yml"
    file.parent.mkdir()
    file.write_text("groups:\n  - name: a\n    interval: 5m\n    rules: []\n", encoding="utf-8")

    with dashboards.in_haste(Setting(tmp_path, [], 9999, 15)):
        hasty = file.read_text(encoding="utf-8")

    assert "    interval: 15s\n" in hasty
    assert "    interval: 5m\n" in file.read_text(encoding="utf-8")


def test_what_counts_has_risen_and_the_rest_was_as_it_is() -> None:
    labels = {"opd": "dinkes"}
    series = [
        {"metric": {"__name__": "a_total", **labels}, "value": [0, "100"]},
        {"metric": {"__name__": "b", **labels}, "value": [0, "7"]},
    ]

    assert "".join(past.lines(series, range(1_000, 1_040, 20))).splitlines() == [
        'a_total{opd="dinkes"} 50 1000',
        'a_total{opd="dinkes"} 75 1020',
        'b{opd="dinkes"} 7 1000',
        'b{opd="dinkes"} 7 1020',
    ]


def test_a_query_that_is_slow_or_gives_too_much_is_named() -> None:
    slow = replace(COST, seconds=0.6, returned=2_001)

    assert list(COST.misses()) == []
    assert list(slow.misses()) == [
        "district, Offices A: 600 ms, must be 500 or less",
        "district, Offices A: 2001 series, must be 2000 or less",
    ]


def test_the_table_names_each_dashboards_slowest_query() -> None:
    costs = [replace(COST, of=replace(EXPRESSION, dashboard=name)) for name in dashboards.dashboards()]

    lines = list(dashboards.table([Run(31, costs)]))

    assert lines[0] == "| dashboard | panels | queries | 31 links: slowest query | returns most | selects most |"
    assert next(line for line in lines if line.startswith("| district |")).endswith(
        " | 1 | 12 ms, Offices A | 31, Offices A | 62, Offices A |"
    )


def test_what_a_bad_day_lists_as_without_data_exists_and_has_a_reason() -> None:
    assert set(shown.UNSHOWN) <= {each.place for each in shown.asked()}
    assert all(shown.UNSHOWN.values())


def test_a_query_without_data_and_one_that_is_listed_and_has_some_are_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(EXPRESSION, panel="Monitor")
    monkeypatch.setattr(shown, "asked", lambda: [EXPRESSION, other])
    monkeypatch.setattr(shown, "UNSHOWN", {other.place: "nothing"})

    assert list(shown.faults({EXPRESSION: 0.1})) == []
    assert list(shown.faults({other: 0.1})) == [
        "district, Offices, A: no data, and no reason is known",
        "district, Monitor, A: listed as without data, and it has some",
    ]
