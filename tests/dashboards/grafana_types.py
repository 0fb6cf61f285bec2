"""A check of classic dashboards against Grafana's own types, made into JSON Schemas (see data/)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grid import misplaced
from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError

from benchmarks.expressions import panels

Json = dict[str, Any]
VERSIONS = ("11.6", "13")
# What the schemas don't have, as Grafana's own lists name it; only what is used here.
STANDARD = {
    "color", "decimals", "description", "displayName", "links", "mappings", "max", "min", "noValue", "thresholds",
    "unit",
}  # fmt: skip
MATCHERS = {"byName", "byRegexp", "byFrameRefID", "byType"}
TRANSFORMATIONS = {
    "calculateField", "convertFieldType", "filterFieldsByName", "filterByValue", "joinByField", "labelsToFields",
    "limit", "merge", "organize", "reduce", "renameByRegex", "seriesToRows", "sortBy",
}  # fmt: skip
LAYERS = {"carto", "default", "markers", "osm-standard", "xyz"}
SCHEMES = {"Blues", "Cividis", "Greys", "Magma", "Viridis"}
_UNITS_OF_ONES_OWN = re.compile(r"^(?:time|prefix|suffix|si|count|currency|bool):")
_USED = re.compile(r"\$(?:\{([A-Za-z_]\w*)[^}]*\}|([A-Za-z_]\w*))")


def schemas(version: str) -> Json:
    """Return the schemas of a version of Grafana."""
    path = Path(__file__).parent / "data" / f"grafana-{version}-schemas.json"
    loaded: Json = json.loads(path.read_text(encoding="utf-8"))
    return loaded


class Types:
    """The types of one version of Grafana."""

    def __init__(self, version: str) -> None:
        self._schemas = schemas(version)

    def faults(self, dashboard: Json) -> Iterator[str]:
        """Yield what this version would not take, or would show wrongly."""
        yield from self._misfits(self._schemas["dashboard"], dashboard, "dashboard")
        yield from misplaced(dashboard["panels"])
        yield from _numbers(dashboard)
        yield from _variables(dashboard)
        for panel in panels(dashboard):
            yield from self._panel(panel)

    def _panel(self, panel: Json) -> Iterator[str]:
        where = f"panel {panel['title']!r}"
        types = self._schemas["panels"].get(panel["type"])
        if types is None:
            yield f"{where}: no panel is of type {panel['type']!r}"
            return
        defaults = panel["fieldConfig"]["defaults"]
        yield from self._misfits(types["options"], panel["options"], f"{where} options")
        yield from self._misfits(types["custom"], defaults.get("custom", {}), f"{where} custom")
        yield from self._overrides(panel, types["custom"], where)
        yield from self._queries(panel, where)
        yield from _pictures(panel, where)
        yield from _hit_nothing(panel, where)
        for step in panel.get("transformations", []):
            if step["id"] not in TRANSFORMATIONS:
                yield f"{where}: unknown transformation {step['id']!r}"

    def _queries(self, panel: Json, where: str) -> Iterator[str]:
        letters = Counter(target.get("refId") for target in panel.get("targets", []))
        for letter, count in letters.items():
            if count > 1 or not letter:
                yield f"{where}: the query {letter!r} comes {count} times"
        for target in panel.get("targets", []):
            query = self._schemas["queries"]["prometheus"]
            yield from self._misfits(query, target, f"{where} query {target.get('refId')}")

    def _overrides(self, panel: Json, custom: Json, where: str) -> Iterator[str]:
        defaults = panel["fieldConfig"]["defaults"]
        yield from self._unit(defaults.get("unit", "none"), where)
        yield from _thresholds(defaults.get("thresholds"), where)
        standard = self._properties({"$ref": "#/definitions/FieldConfig"})
        for each in panel["fieldConfig"]["overrides"]:
            place = f"{where} override {each['matcher']['options']!r}"
            if each["matcher"]["id"] not in MATCHERS:
                yield f"{place}: unknown matcher {each['matcher']['id']!r}"
            for wanted in each["properties"]:
                yield from self._property(wanted, standard, self._properties(custom), place)

    def _property(self, wanted: Json, standard: Json, custom: Json, place: str) -> Iterator[str]:
        name = wanted["id"]
        if name.startswith("custom."):
            schema = custom.get(name.removeprefix("custom."))
        else:
            schema = standard.get(name) if name in STANDARD else None
        if schema is None:
            yield f"{place}: unknown property {name!r}"
            return
        yield from self._misfits(schema, wanted["value"], f"{place} {name}")
        if name == "unit":
            yield from self._unit(wanted["value"], place)
        if name == "thresholds":
            yield from _thresholds(wanted["value"], place)

    def _unit(self, unit: str, where: str) -> Iterator[str]:
        if unit not in self._schemas["units"] and not _UNITS_OF_ONES_OWN.match(unit):
            yield f"{where}: unknown unit {unit!r}"

    def _properties(self, schema: Json) -> Json:
        if "$ref" in schema:
            schema = self._schemas["definitions"][schema["$ref"].rpartition("/")[2]]
        properties: Json = schema.get("properties", {})
        return properties

    def _misfits(self, schema: Json, value: Any, where: str) -> Iterator[str]:
        validator = Draft7Validator({**schema, "definitions": self._schemas["definitions"]})
        for error in map(_nearest, validator.iter_errors(value)):
            path = "".join(f"[{part!r}]" for part in error.absolute_path)
            yield f"{where}{path}: {error.message}"


def _nearest(error: ValidationError) -> ValidationError:
    """Return, where none of several forms fits, what is wrong with the one that fits best."""
    while error.context:
        error = max(error.context, key=lambda each: len(each.absolute_path))
    return error


def _thresholds(thresholds: Json | None, where: str) -> Iterator[str]:
    values = [None] if thresholds is None else [step.get("value") for step in thresholds["steps"]]
    limits = [value for value in values[1:] if value is not None]
    if values[:1] != [None] or len(limits) < len(values) - 1 or limits != sorted(limits):
        yield f"{where}: thresholds don't rise from null"


def _pictures(panel: Json, where: str) -> Iterator[str]:
    options = panel["options"]
    if panel["type"] == "geomap":
        for layer in [*options["layers"], options["basemap"]]:
            if layer["type"] not in LAYERS:
                yield f"{where}: unknown layer {layer['type']!r}"
    if panel["type"] == "heatmap" and options["color"]["scheme"] not in SCHEMES:
        yield f"{where}: unknown scheme {options['color']['scheme']!r}"


def _hit_nothing(panel: Json, where: str) -> Iterator[str]:
    """Yield overrides of a column, a series or a query that the panel doesn't have, as far as that can be told."""
    names = _columns(panel) if panel["type"] == "table" else _legends(panel)
    letters = {target["refId"] for target in panel.get("targets", []) if "refId" in target}
    for matcher in (each["matcher"] for each in panel["fieldConfig"]["overrides"]):
        wanted = matcher["options"]
        if matcher["id"] == "byFrameRefID" and wanted not in letters:
            yield f"{where}: no query is {wanted!r}"
        if names and matcher["id"] == "byName" and wanted not in names:
            yield f"{where}: nothing is named {wanted!r}; there are {sorted(names)}"
        if names and matcher["id"] == "byRegexp" and not any(re.search(wanted.strip("/"), name) for name in names):
            yield f"{where}: nothing matches {wanted!r}; there are {sorted(names)}"


def _columns(panel: Json) -> set[str]:
    for step in panel.get("transformations", []):
        if step["id"] == "organize":
            kept, renamed = step["options"].get("indexByName", {}), step["options"].get("renameByName", {})
            return {renamed.get(name) or name for name in kept}
    return set()


def _legends(panel: Json) -> set[str]:
    """Return the series' names where all are fixed, else none."""
    names = {target.get("legendFormat", "") for target in panel.get("targets", [])}
    return set() if any("{{" in name or name in {"", "__auto"} for name in names) else names


def _numbers(dashboard: Json) -> Iterator[str]:
    rows = [panel for panel in dashboard["panels"] if panel["type"] == "row"]
    counts = Counter(panel.get("id") for panel in [*rows, *panels(dashboard)])
    for number, count in counts.items():
        if number is None or count > 1:
            yield f"the panel id {number} comes {count} times"


def _variables(dashboard: Json) -> Iterator[str]:
    defined = {variable["name"] for variable in dashboard["templating"]["list"]}
    text = json.dumps({**dashboard, "uid": ""})
    for name in sorted({found[0] or found[1] for found in _USED.findall(text)} - defined):
        if not name.startswith("__"):
            yield f"variable {name!r} is not defined"
