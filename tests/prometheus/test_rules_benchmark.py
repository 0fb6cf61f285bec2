from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from benchmarks import past, prometheus, rules, troubled
from benchmarks.past import Filled
from benchmarks.prometheus import Group, Setting
from benchmarks.rules import Figures
from exporter import inventory
from exporter.metrics import Format, Renderer
from exporter.timeline import State

NOW = 1_790_000_000.0
GROUP = Group(
    "terpadu-sla", 11, interval_seconds=300, last_seconds=2.5, evaluations=2, missed=0, failures=0, seconds=[3.0, 2.5]
)


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> troubled.Troubled:
    file = troubled.write_inventory(tmp_path_factory.mktemp("district") / "inventory.yaml", 1_000)
    return troubled.Troubled(inventory.load(file), NOW)


def test_one_provider_and_one_link_of_a_hundred_are_down_and_two_degraded(district: troubled.Troubled) -> None:
    now = district.snapshot(NOW)

    states = Counter(status.state for status in now.links if status.link.provider != "serat-0")
    theirs = {status.state for status in now.links if status.link.provider == "serat-0"}
    assert (states, theirs) == ({State.UP: 872, State.DEGRADED: 18, State.DOWN: 10}, {State.DOWN})
    assert {status.node.provider for status in now.nodes if status.state is State.DOWN} == {"serat-0", None}
    assert Counter(status.state for status in now.offices) == {State.UP: 694, State.DOWN: 56}


def test_time_goes_on_in_the_counters_and_a_link_that_flaps_comes_back(district: troubled.Troubled) -> None:
    first, later = (
        {status.link.id: status for status in district.snapshot(NOW + seconds).links} for seconds in (0, 130)
    )

    flapping = next(id_ for id_, status in first.items() if status.state is State.DOWN and later[id_].state is State.UP)
    calm = next(id_ for id_, status in first.items() if status.state is State.UP)
    outage = later[flapping].outage
    assert outage is not None
    assert outage.ended_at == int(NOW) + 120
    assert later[calm].state_seconds[State.UP] - first[calm].state_seconds[State.UP] == 130


def test_a_page_keeps_what_rules_read_of_links_and_all_that_is_of_others(district: troubled.Troubled) -> None:
    whole = list(Renderer().render(district.snapshot(NOW), Format.TEXT))

    names = {
        line.split(" ", 3)[2]
        for line in "".join(troubled.kept(whole, {"opd_link_up"})).splitlines()
        if line.startswith("# HELP")
    }
    assert {name for name in names if name.startswith(("opd_link_", "opd_sla_"))} == {"opd_link_up"}
    assert {"opd_info", "opd_node_up", "opd_website_up", "terpadu_probe_lateness_seconds"} <= names
    assert list(troubled.kept(whole, ())) == whole


def test_the_longest_range_of_each_name_is_found_in_the_rules() -> None:
    groups = [
        {"rules": [{"expr": 'increase(opd_x_total{state="down"}[5m]) / sum_over_time(opd:y [1h30m])'}]},
        {"rules": [{"expr": "changes(opd_x_total[1h]) > 2"}, {"expr": "opd_z == 1"}]},
    ]

    assert past.ranges(groups) == {"opd_x_total": 3_600, "opd:y": 5_400}


def test_a_large_district_is_scraped_and_evaluated_each_15_seconds(tmp_path: Path) -> None:
    small, large = (prometheus.prepared(tmp_path / str(links), links, 9999, ["prometheus"]) for links in (300, 301))

    assert (small.interval_seconds, large.interval_seconds) == (5, 15)
    configuration = yaml.safe_load((large.folder / "prometheus.yml").read_text(encoding="utf-8"))
    times = ("scrape_interval", "scrape_timeout", "evaluation_interval")
    assert [configuration["global"][key] for key in times] == ["15s", "14s", "15s"]
    targets = yaml.safe_load((large.folder / "targets/terpadu.yml").read_text(encoding="utf-8"))
    assert targets == [{"targets": ["127.0.0.1:9999"]}]


def test_what_was_measured_stands_in_tables(tmp_path: Path) -> None:
    figures = Figures(
        {"terpadu-sla": GROUP, "terpadu": replace(GROUP, name="terpadu", seconds=[])},
        {"terpadu-sla 1: fast": [0.01], "terpadu-sla 3: slow": [1.5, 2.5]},
        {"Prometheus": "2.42.0"},
    )
    filled = [Filled("opd:y", 5_400, 1_000, 300), Filled("opd_x_total", 300, 0, 0)]

    assert list(rules.written(1_000, Setting(tmp_path, [], 9999, 15), figures, filled)) == [
        "## 1,000 links, scraped and evaluated each 15 s\n",
        "- Prometheus: 2.42.0",
        "\n| group | rules | interval | evaluations | last | median | 90 % | longest | missed | failures |",
        "|---|---|---|---|---|---|---|---|---|---|",
        "| terpadu-sla | 11 | 300 s | 2 | 2.500 s | 2.750 s | 3.000 s | 3.000 s | 0 | 0 |",
        "| terpadu | 11 | 300 s | 2 | 2.500 s | 2.500 s | 2.500 s | 2.500 s | 0 | 0 |",
        "\n| slowest rules | median | longest |\n|---|---|---|",
        "| terpadu-sla 3: slow | 2.000 s | 2.500 s |",
        "| terpadu-sla 1: fast | 0.010 s | 0.010 s |",
        "\n| longest range | series | samples of each before the run |\n|---|---|---|",
        "| opd:y[5400 s] | 1000 | 18, one each 300 s |",
        "| opd_x_total[300 s] | - | none; the run's own |",
    ]
