"""The checked-in dashboards: made by build.py, and what a person needs to read them is on every panel."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from colour_blind import contrast_of_text, nearest
from grid import has_pixels, needed_pixels

from benchmarks.expressions import FOLDER, dashboards, panels

Json = dict[str, Any]
DASHBOARDS = dashboards()
ALL = {f"{name}: {panel['title']}": panel for name, dashboard in DASHBOARDS.items() for panel in panels(dashboard)}
PANELS = [pytest.param(panel, id=title) for title, panel in ALL.items()]
ASKING = [pytest.param(panel, id=title) for title, panel in ALL.items() if panel["type"] != "text"]
TABLES = [pytest.param(panel, id=title) for title, panel in ALL.items() if panel["type"] == "table"]
FROM_SNMP = re.compile(r"opd_link_(?:receive|transmit|interface|snmp|device)_")
LEGIBLE = 4.5  # WCAG 2.2, 1.4.3
TOLD_APART = 12.0  # a trained eye sees 2 side by side; cells stand apart, and are small
STATE_COLUMNS = re.compile(r"\b(?:state|interface|snmp|monitor)\b", re.IGNORECASE)
# An office's own website, and Grafana's own list of the alerts that fire.
ELSEWHERE = {"${__value.raw}", "${__data.fields.url}", "/alerting/list?search=state:firing"}
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parts(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Yield everything in a JSON value with the key it stands under, at any depth."""
    yield key, value
    if isinstance(value, dict):
        for name, part in value.items():
            yield from parts(part, name)
    if isinstance(value, list):
        for part in value:
            yield from parts(part, key)


def palette() -> dict[str, str]:
    """Return the colours of panels.py by their names."""
    spec = importlib.util.spec_from_file_location("panels", FOLDER / "source" / "panels.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, str) and re.fullmatch("#[0-9A-F]{6}", value)
    }


def mappings(panel: Json) -> Iterator[dict[str, Json]]:
    """Yield the options of each mapping of values to words, of the panel's defaults and overrides."""
    for key, value in parts(panel["fieldConfig"]):
        if key == "mappings" and isinstance(value, dict) and value.get("type") == "value":
            yield value["options"]


def test_there_are_six_dashboards() -> None:
    assert set(DASHBOARDS) == {"district", "office", "providers", "bandwidth", "websites", "monitor"}


def test_build_writes_exactly_the_checked_in_files(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-B", FOLDER / "source" / "build.py", tmp_path], check=True)

    written = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}

    assert written == {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}


def test_titles_of_panels_and_rows_are_unique_within_a_dashboard() -> None:
    for dashboard in DASHBOARDS.values():
        rows = [panel["title"] for panel in dashboard["panels"] if panel["type"] == "row"]
        titles = [*rows, *(panel["title"] for panel in panels(dashboard))]
        assert sorted({title.casefold() for title in titles}) == sorted(title.casefold() for title in titles)


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_has_a_title_and_says_in_a_sentence_what_it_shows(panel: Json) -> None:
    assert panel["title"]
    assert panel["description"].endswith(".")


@pytest.mark.parametrize("panel", ASKING)
def test_a_panel_has_a_unit_and_thresholds_and_says_what_no_data_means(panel: Json) -> None:
    defaults = panel["fieldConfig"]["defaults"]

    assert panel["targets"]
    assert all([defaults["unit"], defaults["thresholds"]["steps"]])
    assert re.search(r"[A-Za-z]{3}", defaults["noValue"]), "the text in place of data is no word"


@pytest.mark.parametrize("panel", ASKING)
def test_a_state_is_told_in_words_and_not_by_colour_alone(panel: Json) -> None:
    config = panel["fieldConfig"]
    if panel["type"] == "state-timeline":
        assert config["defaults"].get("mappings") or all(
            "mappings" in {wanted["id"] for wanted in each["properties"]} for each in config["overrides"]
        )
    for each in config["overrides"]:
        given = {wanted["id"]: wanted["value"] for wanted in each["properties"]}
        limits = given.get("thresholds", {}).get("steps", [{}, {}])
        is_coloured_by_words = given.get("custom.cellOptions", {}).get("type") == "color-background" and not limits[1:]
        if is_coloured_by_words or STATE_COLUMNS.fullmatch(str(each["matcher"]["options"])):
            assert given.get("mappings") or config["defaults"].get("mappings"), each["matcher"]["options"]
    for options in mappings(panel):
        assert all(word.get("text") for word in options.values())


def test_a_map_tells_states_by_symbols_or_texts_too() -> None:
    for title, panel in ALL.items():
        if panel["type"] == "geomap":
            styles = [layer["config"]["style"] for layer in panel["options"]["layers"]]
            texts = [
                style["text"] for style in styles if any(style.get("text", {}).get(key) for key in ("field", "fixed"))
            ]
            assert texts or len({style.get("symbol", {}).get("fixed") for style in styles}) > 1, title


def test_every_colour_is_of_the_palette() -> None:
    allowed = {*palette().values(), "transparent", "text"}
    for title, panel in ALL.items():
        named = {
            value
            for key, value in parts(panel)
            if isinstance(value, str) and (value.startswith("#") or key in {"color", "fixedColor"})
        }
        assert named <= allowed, title
    for name, dashboard in DASHBOARDS.items():
        icons = {annotation["iconColor"] for annotation in dashboard["annotations"]["list"]}
        assert icons <= allowed, name


def test_what_is_written_on_a_colour_is_legible() -> None:
    contrasts = {name: round(contrast_of_text(colour), 2) for name, colour in palette().items()}

    assert {name: contrast for name, contrast in contrasts.items() if contrast < LEGIBLE} == {}


@pytest.mark.parametrize("panel", ASKING)
def test_the_colours_of_a_panels_words_are_told_apart_by_the_colour_blind(panel: Json) -> None:
    for options in mappings(panel):
        colours = {word["color"] for word in options.values() if word.get("color", "").startswith("#")}
        if len(colours) > 1:
            assert nearest(colours)[0] >= TOLD_APART, nearest(colours)


@pytest.mark.parametrize("panel", TABLES)
def test_the_columns_of_a_table_fit_a_small_screen(panel: Json) -> None:
    assert needed_pixels(panel) <= has_pixels(panel)


@pytest.mark.parametrize("panel", TABLES)
def test_a_table_is_sorted_by_a_column_that_it_shows(panel: Json) -> None:
    organized = next(step["options"] for step in panel["transformations"] if step["id"] == "organize")
    shown = {organized["renameByName"].get(name, name) for name in organized["indexByName"]}
    shown |= {
        wanted["value"]
        for each in panel["fieldConfig"]["overrides"]
        for wanted in each["properties"]
        if wanted["id"] == "displayName"
    }

    assert {each["displayName"] for each in panel["options"].get("sortBy", [])} <= shown


@pytest.mark.parametrize("panel", ASKING)
def test_every_range_covers_four_scrapes_and_four_snmp_polls(panel: Json) -> None:
    for target in panel["targets"]:
        for found in re.findall(r"\[([^]:]+)(?::[^]]*)?\]", target["expr"]):
            length = re.fullmatch(r"(\d+)([smhd])", found)
            is_long = length is not None and int(length[1]) * SECONDS[length[2]] >= 300
            assert found in {"$__range", "$__rate_interval"} or is_long, found
        if FROM_SNMP.search(target["expr"]) and not target["instant"]:
            assert (panel["interval"], target["interval"]) == ("30s", "30s")


def test_variables_of_several_values_stand_behind_a_match_and_none_is_raw() -> None:
    for dashboard in DASHBOARDS.values():
        several = {variable["name"] for variable in dashboard["templating"]["list"] if variable["multi"]}
        assert ":raw}" not in json.dumps(dashboard)
        for key, text in parts(dashboard):
            if key in {"expr", "query", "definition"} and isinstance(text, str):
                for before, value in re.findall(r'(=~|!=|!~|=)\s*"([^"]*)"', text):
                    for name in re.findall(r"\$\{?([a-z]\w*)", value):
                        assert (before in {"=~", "!~"}) == (name in several), text
                        assert value in {f"${name}", f"${{{name}}}"}, text


def test_a_variable_of_several_values_has_all_and_is_labelled() -> None:
    for dashboard in DASHBOARDS.values():
        for variable in dashboard["templating"]["list"]:
            assert variable["label"]
            if variable["multi"]:
                assert (variable["includeAll"], variable["allValue"]) == (True, ".*")


def _links(dashboard: Json) -> Iterator[str]:
    """Yield where the links of cells, graphs and texts lead, and those of the dashboard itself."""
    for key, value in parts(dashboard):
        if key == "links" and isinstance(value, dict):
            yield value["url"]
    for panel in panels(dashboard):
        if panel["type"] == "text":
            yield from re.findall(r"\]\((\S+?)\)", panel["options"]["content"])


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_link_leads_to_a_dashboard_that_exists_and_has_the_variables_it_carries(name: str) -> None:
    variables = {
        each["uid"]: {variable["name"] for variable in each["templating"]["list"]} for each in DASHBOARDS.values()
    }
    for url in _links(DASHBOARDS[name]):
        if url in ELSEWHERE:
            continue
        found = re.match(r"/d/([\w-]+)/([\w-]+)\?", url)
        assert found is not None, url
        assert found[1] in variables, url
        carried = {*re.findall(r"[?&]var-(\w+)=", url), *re.findall(r"\$\{(\w+):queryparam\}", url)}
        assert "datasource" in carried, url
        assert carried <= variables[found[1]], url


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_link_carries_the_time(name: str) -> None:
    dashboard = DASHBOARDS[name]
    own = {link["url"] for link in dashboard["links"]}

    assert all(link["keepTime"] for link in dashboard["links"])
    for url in set(_links(dashboard)) - own - ELSEWHERE:
        assert "${__url_time_range}" in url, url


def test_every_dashboard_leads_to_the_five_others() -> None:
    uids = {dashboard["uid"] for dashboard in DASHBOARDS.values()}
    for dashboard in DASHBOARDS.values():
        assert {link["url"].split("/")[2] for link in dashboard["links"]} == uids - {dashboard["uid"]}


def test_the_office_variable_finds_code_and_name_in_awkward_names() -> None:
    variable = next(each for each in DASHBOARDS["office"]["templating"]["list"] if each["name"] == "opd")
    pattern = re.compile(variable["regex"].strip("/").replace("(?<", "(?P<"))
    before = 'opd_info{district="Kec. Ciruas (Kota)",instance="127.0.0.1:9877",job="terpadu",latitude="",name='

    for name in ("Dinas Kesehatan", 'Dinas "Satu" + [Dua]', "a\nb", "=1", 'x",y="z'):
        found = pattern.search(f'{before}"{name}",opd="dinkes"}} 1 1764000000000')
        assert found is not None
        assert found["value"] == "dinkes"
        assert name.startswith(found["text"])
