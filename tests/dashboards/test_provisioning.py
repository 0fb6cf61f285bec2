"""What a provisioned Grafana stumbles over: import variables, doubled titles, dollars."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from benchmarks.expressions import FOLDER, dashboards

DASHBOARDS = dashboards()
PROVISIONING = FOLDER / "provisioning"
LONGEST_UID = 40


def _provisioned(folder: str, key: str) -> list[dict[str, Any]]:
    files = sorted((PROVISIONING / folder).glob("*.yml"))
    return [each for file in files for each in yaml.safe_load(file.read_text(encoding="utf-8"))[key]]


def _datasources(part: Any) -> Iterator[Any]:
    """Yield each `datasource` of panels, queries, variables and annotations, at any depth."""
    if isinstance(part, dict):
        if "datasource" in part:
            yield part["datasource"]
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from _datasources(each)


def _expand(value: str, environment: Mapping[str, str]) -> str:
    """Expand as Grafana does in provisioning: two dollars are one, a name is its variable, unset ones are empty."""

    def one(found: re.Match[str]) -> str:
        return "$" if found[0] == "$$" else environment.get(found[1] or found[2], "")

    return re.sub(r"\$\$|\$\{(\w+)\}|\$(\w+)", one, value)


def test_no_dashboard_waits_for_the_import_dialogue() -> None:
    for dashboard in DASHBOARDS.values():
        assert not {"__inputs", "__requires", "__elements"} & set(dashboard)
        assert "${DS_" not in json.dumps(dashboard)


def test_every_datasource_is_the_files_variable_or_provisioned() -> None:
    uids = {each["uid"] for each in _provisioned("datasources", "datasources")}
    for dashboard in DASHBOARDS.values():
        variables = {each["name"] for each in dashboard["templating"]["list"] if each["type"] == "datasource"}
        allowed = uids | {f"${{{name}}}" for name in variables} | {f"${name}" for name in variables}
        found = list(_datasources(dashboard))
        assert found
        assert {each["uid"] if isinstance(each, dict) else each for each in found} <= allowed


def test_the_datasource_variable_starts_with_the_provisioned_one() -> None:
    (uid,) = (each["uid"] for each in _provisioned("datasources", "datasources") if each["type"] == "prometheus")
    for dashboard in DASHBOARDS.values():
        chosen = [each["current"]["value"] for each in dashboard["templating"]["list"] if each["type"] == "datasource"]
        assert chosen == [uid]


def test_uids_and_titles_are_unique_without_regard_to_case() -> None:
    for key in ("uid", "title"):
        counts = Counter(dashboard[key].casefold() for dashboard in DASHBOARDS.values())
        assert set(counts.values()) == {1}, counts
    assert all(0 < len(dashboard["uid"]) <= LONGEST_UID for dashboard in DASHBOARDS.values())


def test_each_path_and_name_has_one_provider() -> None:
    providers = _provisioned("dashboards", "providers")

    assert set(Counter(each["options"]["path"].rstrip("/") for each in providers).values()) == {1}
    assert set(Counter(each["name"].casefold() for each in providers).values()) == {1}


def test_a_dollar_in_provisioning_is_doubled_or_begins_an_addresss_variable() -> None:
    for file in PROVISIONING.rglob("*.y*ml"):
        single = re.findall(r"(?<!\$)(?:\$\$)*\$(?!\$)\S*", file.read_text(encoding="utf-8"))
        assert set(single) <= {"$TERPADU_PROMETHEUS_URL", "$TERPADU_ALERTMANAGER_URL"}, file.name


def test_an_address_with_dollars_reaches_the_datasource_whole() -> None:
    for each in _provisioned("datasources", "datasources"):
        environment = {each["url"].removeprefix("$"): "http://terpadu:kunci$$rahasia$7@host:9090"}

        assert _expand(each["url"], environment) == "http://terpadu:kunci$$rahasia$7@host:9090"


def test_the_datasources_interval_is_the_scrape_interval() -> None:
    intervals = {
        each["jsonData"]["timeInterval"]
        for each in _provisioned("datasources", "datasources")
        if each["type"] == "prometheus"
    }

    assert intervals == {"5s"}


def test_alerts_are_managed_by_an_alertmanager_that_is_provisioned_and_is_prometheus_own() -> None:
    alertmanagers = {
        each["uid"]: each["jsonData"]["implementation"]
        for each in _provisioned("datasources", "datasources")
        if each["type"] == "alertmanager"
    }
    for each in _provisioned("datasources", "datasources"):
        if each["type"] == "prometheus":
            assert alertmanagers[each["jsonData"]["alertmanagerUid"]] == "prometheus"
