"""Grafana takes every dashboard; and what it would not take, the check finds."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from grafana_types import VERSIONS, Types

from benchmarks.expressions import dashboards, panels

Json = dict[str, Any]
DASHBOARDS = dashboards()
TYPES = {version: Types(version) for version in VERSIONS}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", DASHBOARDS)
def test_grafana_takes_every_dashboard(name: str, version: str) -> None:
    assert list(TYPES[version].faults(DASHBOARDS[name])) == []


def _plain(kind: str, title: str, number: int, options: Json, at: tuple[int, int, int, int]) -> Json:
    datasource = {"type": "prometheus", "uid": "${datasource}"}
    return {
        "id": number,
        "type": kind,
        "title": title,
        "gridPos": dict(zip("xywh", at, strict=True)),
        "datasource": datasource,
        "fieldConfig": {"defaults": {"unit": "none", "custom": {}}, "overrides": []},
        "options": options,
        "targets": [{"refId": "A", "datasource": datasource, "expr": "up", "instant": True, "legendFormat": "Up"}],
    }


def specimen() -> Json:
    """Return a dashboard with a panel of each kind in which something can be wrong, and nothing is."""
    made = copy.deepcopy(DASHBOARDS["office"])
    stat = next(panel for panel in made["panels"] if panel["type"] == "stat")
    timeline = next(panel for panel in made["panels"] if panel["type"] == "state-timeline")
    table = next(panel for panel in made["panels"] if panel["type"] == "table")
    heat = next(panel for panel in made["panels"] if panel["type"] == "heatmap")
    layer = {"type": "markers", "name": "Offices", "config": {}, "location": {"mode": "auto"}, "tooltip": True}
    geo = {"basemap": {"type": "default", "name": "Map"}, "layers": [layer], "view": {"id": "fit"}}
    inner = _plain("stat", "Within", 907, {"graphMode": "none"}, (0, 5, 24, 4))
    chosen = [
        {**stat, "id": 901, "gridPos": {"x": 0, "y": 0, "w": 6, "h": 4}},
        {**timeline, "id": 902, "gridPos": {"x": 6, "y": 0, "w": 6, "h": 4}},
        {**heat, "id": 903, "gridPos": {"x": 12, "y": 0, "w": 6, "h": 4}},
        _plain("geomap", "Map", 904, {**geo, "controls": {}, "tooltip": {"mode": "details"}}, (18, 0, 6, 4)),
        {"id": 905, "type": "row", "title": "Row", "collapsed": True, "gridPos": {"x": 0, "y": 4, "w": 24, "h": 1},
         "panels": [inner]},
        {**table, "id": 906, "gridPos": {"x": 0, "y": 5, "w": 24, "h": 4}},
    ]  # fmt: skip
    return {**made, "panels": chosen}


def of(dashboard: Json, kind: str) -> Json:
    return next(panel for panel in [*dashboard["panels"], *panels(dashboard)] if panel["type"] == kind)


def defaults(dashboard: Json, kind: str = "stat") -> Json:
    found: Json = of(dashboard, kind)["fieldConfig"]["defaults"]
    return found


def override(dashboard: Json, name: str, value: Any, matcher: str = "byType", field: str = "number") -> None:
    properties = [{"id": name, "value": value}]
    made = {"matcher": {"id": matcher, "options": field}, "properties": properties}
    of(dashboard, "stat")["fieldConfig"]["overrides"].append(made)


def limits(*values: float | None) -> Json:
    return {"mode": "absolute", "steps": [{"color": "text", "value": value} for value in values]}


PLANTED: dict[str, tuple[Callable[[Json], Any], str]] = {
    "a kind of panel": (lambda d: of(d, "stat").update(type="stats"), "no panel is of type 'stats'"),
    "an option": (lambda d: of(d, "stat")["options"].update(colour="red"), "'colour' was unexpected"),
    "an option's value": (lambda d: of(d, "stat")["options"].update(graphMode="big"), "'big' is not one of"),
    "an option's type": (
        lambda d: of(d, "state-timeline")["options"].update(perPage="many"),
        "is not of type 'number'",
    ),
    "a field's option": (lambda d: defaults(d, "table")["custom"].update(colour=1), "'colour' was unexpected"),
    "a field's option's value": (
        lambda d: defaults(d, "table")["custom"].update(align="middle"),
        "'middle' is not one of",
    ),
    "a unit": (lambda d: defaults(d).update(unit="megabytes"), "unknown unit 'megabytes'"),
    "an override's unit": (lambda d: override(d, "unit", "megabytes"), "unknown unit 'megabytes'"),
    "an override's property": (lambda d: override(d, "custom.colour", 1), "unknown property 'custom.colour'"),
    "an override's value": (lambda d: override(d, "decimals", "two"), "is not of type 'number'"),
    "a matcher": (lambda d: override(d, "decimals", 1, "byTitle"), "unknown matcher 'byTitle'"),
    "a query that a matcher names": (lambda d: override(d, "decimals", 1, "byFrameRefID", "Q"), "no query is 'Q'"),
    "a column that an override names": (
        lambda d: of(d, "table")["fieldConfig"]["overrides"].append(
            {"matcher": {"id": "byName", "options": "Offic"}, "properties": []}
        ),
        "nothing is named 'Offic'",
    ),
    "a transformation": (
        lambda d: of(d, "table")["transformations"].append({"id": "sortby", "options": {}}),
        "unknown transformation 'sortby'",
    ),
    "thresholds that fall": (lambda d: defaults(d).update(thresholds=limits(None, 2, 1)), "thresholds don't rise"),
    "thresholds without a base": (lambda d: defaults(d).update(thresholds=limits(0, 1)), "thresholds don't rise"),
    "an override's thresholds": (lambda d: override(d, "thresholds", limits(None, 2, 1)), "thresholds don't rise"),
    "a map's layer": (lambda d: of(d, "geomap")["options"]["layers"][0].update(type="dots"), "unknown layer 'dots'"),
    "a map's base": (lambda d: of(d, "geomap")["options"]["basemap"].update(type="osm"), "unknown layer 'osm'"),
    "a heat map's colours": (
        lambda d: of(d, "heatmap")["options"]["color"].update(scheme="Rainbow"),
        "unknown scheme 'Rainbow'",
    ),
    "a query's key": (lambda d: of(d, "stat")["targets"][0].update(expression="up"), "'expression' was unexpected"),
    "a query's type": (lambda d: of(d, "stat")["targets"][0].update(instant="yes"), "is not of type 'boolean'"),
    "a letter twice": (lambda d: of(d, "table")["targets"][1].update(refId="A"), "the query 'A' comes 2 times"),
    "no letter": (lambda d: of(d, "stat")["targets"][0].pop("refId"), "comes 1 times"),
    "a panel's number twice": (lambda d: of(d, "heatmap").update(id=901), "the panel id 901 comes 2 times"),
    "a panel without number": (lambda d: of(d, "heatmap").pop("id"), "the panel id None comes 1 times"),
    "beyond the edge": (lambda d: of(d, "geomap")["gridPos"].update(x=19), "is beyond the right edge"),
    "on one another": (lambda d: of(d, "state-timeline")["gridPos"].update(x=5), "overlap"),
    "a hole": (lambda d: of(d, "geomap")["gridPos"].update(h=3), "the grid has a hole at column 18, row 3"),
    "a place between columns": (lambda d: of(d, "geomap")["gridPos"].update(x=18.5), "has no place in whole numbers"),
    "a variable in a query": (
        lambda d: of(d, "stat")["targets"][0].update(expr="up * $missing"),
        "variable 'missing' is not defined",
    ),
    "a variable in a title": (lambda d: of(d, "stat").update(title="Of ${mising}"), "variable 'mising' is not defined"),
    "a variable in an annotation": (
        lambda d: d["annotations"]["list"][0].update(expr='x{a="$mising"}'),
        "variable 'mising' is not defined",
    ),
    "a variable's kind": (lambda d: d["templating"]["list"][0].update(type="choice"), "'choice' is not one of"),
    "the schema's version": (lambda d: d.update(schemaVersion="new"), "is not of type"),
    "a panel in a row": (
        lambda d: of(d, "row")["panels"][0]["fieldConfig"]["defaults"].update(unit="megabytes"),
        "panel 'Within': unknown unit 'megabytes'",
    ),
    "a place in a row": (lambda d: of(d, "row")["panels"][0]["gridPos"].update(x=3), "is beyond the right edge"),
}  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS)
def test_the_check_finds_nothing_in_a_dashboard_without_a_fault(version: str) -> None:
    assert list(TYPES[version].faults(specimen())) == []


@pytest.mark.parametrize("kind", PLANTED)
@pytest.mark.parametrize("version", VERSIONS)
def test_the_check_finds_a_planted_fault(kind: str, version: str) -> None:
    spoil, fault = PLANTED[kind]
    spoilt = specimen()
    spoil(spoilt)

    found = list(TYPES[version].faults(spoilt))

    assert any(fault in each for each in found), found
