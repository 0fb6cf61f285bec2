"""The checked-in dashboards: made by build.py, taken by Grafana, true to the exporter's metrics."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from expressions import FOLDER, dashboards, expressions, substitute
from grafana_types import VERSIONS, Types

Json = dict[str, Any]
DASHBOARDS = dashboards()
ALL = {f"{name}: {panel['title']}": panel for name, dashboard in DASHBOARDS.items() for panel in dashboard["panels"]}
PANELS = [pytest.param(panel, id=title) for title, panel in ALL.items()]
TABLES = [pytest.param(panel, id=title) for title, panel in ALL.items() if panel["type"] == "table"]
HISTOGRAMS = {"opd_link_rtt_seconds", "terpadu_probe_lateness_seconds"}
METRICS = HISTOGRAMS | {
    "opd_availability_ratio",
    "opd_info",
    "opd_link_contract_availability_ratio",
    "opd_link_contract_bytes_per_second",
    "opd_link_device_boot_timestamp_seconds",
    "opd_link_device_reboots_total",
    "opd_link_icmp_duplicates_total",
    "opd_link_icmp_late_total",
    "opd_link_icmp_probes_total",
    "opd_link_info",
    "opd_link_interface_oper_status",
    "opd_link_interface_speed_bytes_per_second",
    "opd_link_outage_open",
    "opd_link_receive_bytes_total",
    "opd_link_rtt_last_seconds",
    "opd_link_snmp_duration_seconds",
    "opd_link_snmp_failures_total",
    "opd_link_snmp_last_success_timestamp_seconds",
    "opd_link_snmp_up",
    "opd_link_state",
    "opd_link_state_seconds_total",
    "opd_link_state_since_timestamp_seconds",
    "opd_link_transmit_bytes_total",
    "opd_link_up",
    "opd_outage_open",
    "opd_provider_info",
    "opd_up",
    "terpadu_build_info",
    "terpadu_internal_errors_total",
    "terpadu_inventory_last_reload_successful",
    "terpadu_ledger_writable",
}
FROM_SNMP = re.compile(r"opd_link_(?:receive|transmit|interface|snmp|device)_")
STATES = {"State", "SNMP", "Interface", "Monitor"}
SCREEN_PIXELS, FREE_COLUMN_PIXELS = 1366, 100


def test_build_writes_exactly_the_checked_in_files(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-B", FOLDER / "build.py", tmp_path], check=True)

    written = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}

    assert written == {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", DASHBOARDS)
def test_grafana_takes_every_dashboard(name: str, version: str) -> None:
    assert list(Types(version).faults(DASHBOARDS[name])) == []


def _unknown_option(panel: Json) -> None:
    panel["options"]["colour"] = "red"


def _unknown_unit(panel: Json) -> None:
    panel["fieldConfig"]["defaults"]["unit"] = "megabytes"


def _unknown_override(panel: Json) -> None:
    panel["fieldConfig"]["overrides"] = [
        {"matcher": {"id": "byName", "options": "A"}, "properties": [{"id": "custom.colour", "value": 1}]},
    ]


def _falling_thresholds(panel: Json) -> None:
    panel["fieldConfig"]["defaults"]["thresholds"]["steps"] = [
        {"color": "text", "value": limit} for limit in (None, 2, 1)
    ]


def _beyond_the_edge(panel: Json) -> None:
    panel["gridPos"]["x"] = 23


def _undefined_variable(panel: Json) -> None:
    panel["targets"][0]["expr"] += " * $missing"


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (_unknown_option, "'colour' was unexpected"),
        (_unknown_unit, "unknown unit 'megabytes'"),
        (_unknown_override, "unknown property 'custom.colour'"),
        (_falling_thresholds, "thresholds don't rise from null"),
        (_beyond_the_edge, "is beyond the right edge"),
        (_undefined_variable, "variable 'missing' is not defined"),
    ],
)
@pytest.mark.parametrize("version", VERSIONS)
def test_the_check_finds_a_planted_fault(spoil: Callable[[Json], None], fault: str, version: str) -> None:
    spoilt = copy.deepcopy(DASHBOARDS["office"])
    spoil(next(panel for panel in spoilt["panels"] if panel["type"] == "stat"))

    assert any(fault in found for found in Types(version).faults(spoilt))


def test_panel_titles_are_unique_within_a_dashboard() -> None:
    for dashboard in DASHBOARDS.values():
        titles = [panel["title"] for panel in dashboard["panels"]]
        assert sorted(set(titles)) == sorted(titles)


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_says_what_it_shows_and_what_no_data_means(panel: Json) -> None:
    defaults = panel["fieldConfig"]["defaults"]

    assert all([panel["title"], panel["description"], defaults["unit"], defaults["noValue"], defaults["thresholds"]])


@pytest.mark.parametrize("panel", PANELS)
def test_a_state_is_told_in_words_and_not_by_colour_alone(panel: Json) -> None:
    config = panel["fieldConfig"]
    if panel["type"] == "state-timeline" or panel["title"] in STATES:
        assert config["defaults"]["mappings"]
    for each in config["overrides"]:
        if each["matcher"]["options"] in STATES:
            assert "mappings" in {wanted["id"] for wanted in each["properties"]}


def test_all_three_states_of_an_office_have_a_word() -> None:
    panel = next(panel for panel in DASHBOARDS["district"]["panels"] if panel["title"] == "Offices over time")
    words = panel["fieldConfig"]["defaults"]["mappings"][0]["options"]

    assert {value: word["text"] for value, word in words.items()} == {"0": "Down", "0.5": "Unmeasured", "1": "Up"}


@pytest.mark.parametrize("panel", TABLES)
def test_the_columns_of_a_table_fit_a_small_screen(panel: Json) -> None:
    names = next(step for step in panel["transformations"] if step["id"] == "organize")["options"]["indexByName"]
    widths = [
        wanted["value"]
        for each in panel["fieldConfig"]["overrides"]
        for wanted in each["properties"]
        if wanted["id"] in {"custom.width", "custom.minWidth"}
    ]

    needed = sum(widths) + FREE_COLUMN_PIXELS * (len(names) - len(widths))

    assert needed <= SCREEN_PIXELS * panel["gridPos"]["w"] / 24


def test_every_metric_is_one_that_the_exporter_has() -> None:
    named = {
        re.sub("_bucket$", "", found)
        for each in expressions()
        for found in re.findall(r"\b(?:opd|terpadu)_\w+", re.sub(r'"[^"]*"', "", each.expr))
    }

    assert named - METRICS == set()


def test_every_rate_covers_four_scrapes_and_four_snmp_polls() -> None:
    for dashboard in DASHBOARDS.values():
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                ranges = set(re.findall(r"\[([^]]+)\]", target["expr"]))
                assert ranges <= {"$__range", "$__rate_interval", "5m"}, (panel["title"], ranges)
                if FROM_SNMP.search(target["expr"]) and not target["instant"]:
                    assert (panel["interval"], target["interval"]) == ("30s", "30s"), panel["title"]


def test_variables_of_several_values_stand_behind_a_match_and_none_is_raw() -> None:
    for dashboard in DASHBOARDS.values():
        several = {variable["name"] for variable in dashboard["templating"]["list"] if variable["multi"]}
        text = json.dumps(dashboard)
        assert ":raw}" not in text
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                for before, name in re.findall(r'(=~|=|!=|!~)"\$(\w+)"', target["expr"]):
                    assert (before == "=~") == (name in several), target["expr"]


def test_links_lead_to_dashboards_that_exist_and_carry_the_time() -> None:
    uids = {dashboard["uid"] for dashboard in DASHBOARDS.values()}
    for dashboard in DASHBOARDS.values():
        fields = [
            link["url"]
            for panel in dashboard["panels"]
            for each in panel["fieldConfig"]["overrides"]
            for wanted in each["properties"]
            if wanted["id"] == "links"
            for link in wanted["value"]
        ]
        assert all("${__url_time_range}" in url for url in fields)
        assert all(link["keepTime"] for link in dashboard["links"])
        for url in [*fields, *(link["url"] for link in dashboard["links"])]:
            found = re.match(r"/d/([\w-]+)/", url)
            assert found is not None, url
            assert found[1] in uids


def test_the_office_variable_finds_code_and_name_in_awkward_names() -> None:
    variable = next(each for each in DASHBOARDS["office"]["templating"]["list"] if each["name"] == "opd")
    pattern = re.compile(variable["regex"].strip("/").replace("(?<", "(?P<"))
    before = 'opd_info{district="Kec. Ciruas (Kota)",instance="127.0.0.1:9877",job="terpadu",latitude="",name='

    for name in ("Dinas Kesehatan", 'Dinas "Satu" + [Dua]', "a\nb", "=1", 'x",y="z'):
        found = pattern.search(f'{before}"{name}",opd="dinkes"}} 1 1764000000000')
        assert found is not None
        assert found["value"] == "dinkes"
        assert name.startswith(found["text"])


def test_grafanas_variables_are_put_in_whole() -> None:
    values = {"opd": "a", "opd_x": "b"}

    assert substitute('{x="$opd",y="${opd}",z="$opd_x",w="${opd:regex}","$1"}', values) == (
        '{x="a",y="a",z="b",w="a","$1"}'
    )


def test_promtool_parses_every_expression(tmp_path: Path, programs: Callable[[str], list[str]]) -> None:
    rules = [{"record": f"expression:{number}", "expr": each.expr} for number, each in enumerate(expressions())]
    file = tmp_path / "expressions.yml"  # JSON is YAML
    file.write_text(json.dumps({"groups": [{"name": "dashboards", "rules": rules}]}), encoding="utf-8")

    said = subprocess.run([*programs("promtool"), "check", "rules", file], capture_output=True, text=True, check=False)

    assert said.returncode == 0, said.stdout + said.stderr
