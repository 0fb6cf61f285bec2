"""A check of classic dashboards against Grafana's own types, made into JSON Schemas (see data/)."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

Json = dict[str, Any]
VERSIONS = ("11.6", "13")
_WIDTH = 24
_STANDARD = {"color", "decimals", "description", "displayName", "links", "mappings", "max", "min", "noValue", "unit"}
_MATCHERS = {"byName", "byRegexp"}
_TRANSFORMATIONS = {"filterFieldsByName", "merge", "organize", "reduce", "sortBy"}
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
        yield from _layout(dashboard["panels"])
        yield from _variables(dashboard)
        for panel in dashboard["panels"]:
            yield from self._panel(panel)

    def _panel(self, panel: Json) -> Iterator[str]:
        where = f"panel {panel['title']!r}"
        types = self._schemas["panels"].get(panel["type"])
        if types is None:
            yield f"{where}: no panel is of type {panel['type']!r}"
            return
        defaults = panel["fieldConfig"]["defaults"]
        yield from self._misfits(types["options"], panel["options"], f"{where} options")
        yield from self._misfits(types["custom"], defaults["custom"], f"{where} custom")
        yield from self._overrides(panel, types["custom"], where)
        for target in panel["targets"]:
            query = self._schemas["queries"]["prometheus"]
            yield from self._misfits(query, target, f"{where} query {target['refId']}")
        for step in panel.get("transformations", []):
            if step["id"] not in _TRANSFORMATIONS:
                yield f"{where}: unknown transformation {step['id']!r}"
        if not _ascends([step["value"] for step in defaults["thresholds"]["steps"]]):
            yield f"{where}: thresholds don't rise from null"

    def _overrides(self, panel: Json, custom: Json, where: str) -> Iterator[str]:
        yield from self._unit(panel["fieldConfig"]["defaults"]["unit"], where)
        standard = self._properties({"$ref": "#/definitions/FieldConfig"})
        for each in panel["fieldConfig"]["overrides"]:
            place = f"{where} override {each['matcher']['options']!r}"
            if each["matcher"]["id"] not in _MATCHERS:
                yield f"{place}: unknown matcher {each['matcher']['id']!r}"
            for wanted in each["properties"]:
                yield from self._property(wanted, standard, self._properties(custom), place)

    def _property(self, wanted: Json, standard: Json, custom: Json, place: str) -> Iterator[str]:
        name = wanted["id"]
        if name.startswith("custom."):
            schema = custom.get(name.removeprefix("custom."))
        else:
            schema = standard.get(name) if name in _STANDARD | {"thresholds"} else None
        if schema is None:
            yield f"{place}: unknown property {name!r}"
            return
        yield from self._misfits(schema, wanted["value"], f"{place} {name}")
        if name == "unit":
            yield from self._unit(wanted["value"], place)

    def _unit(self, unit: str, where: str) -> Iterator[str]:
        if unit not in self._schemas["units"]:
            yield f"{where}: unknown unit {unit!r}"

    def _properties(self, schema: Json) -> Json:
        if "$ref" in schema:
            schema = self._schemas["definitions"][schema["$ref"].rpartition("/")[2]]
        properties: Json = schema.get("properties", {})
        return properties

    def _misfits(self, schema: Json, value: Any, where: str) -> Iterator[str]:
        validator = Draft7Validator({**schema, "definitions": self._schemas["definitions"]})
        for error in validator.iter_errors(value):
            path = "".join(f"[{part!r}]" for part in error.absolute_path)
            yield f"{where}{path}: {error.message}"


def _ascends(values: list[float | None]) -> bool:
    limits = [value for value in values[1:] if value is not None]
    return values[0] is None and len(limits) == len(values) - 1 and limits == sorted(limits)


def _layout(panels: list[Json]) -> Iterator[str]:
    numbers = [panel["id"] for panel in panels]
    if len(set(numbers)) < len(numbers):
        yield f"panel ids come twice: {numbers}"
    for panel in panels:
        place = panel["gridPos"]
        if place["x"] + place["w"] > _WIDTH:
            yield f"panel {panel['title']!r} is beyond the right edge"
    for one, other in itertools.combinations(panels, 2):
        if _overlap(one["gridPos"], other["gridPos"]):
            yield f"panels {one['title']!r} and {other['title']!r} overlap"


def _overlap(one: Json, other: Json) -> bool:
    return all(
        one[start] < other[start] + other[length] and other[start] < one[start] + one[length]
        for start, length in (("x", "w"), ("y", "h"))
    )


def _variables(dashboard: Json) -> Iterator[str]:
    defined = {variable["name"] for variable in dashboard["templating"]["list"]}
    text = json.dumps({**dashboard, "uid": ""})
    for name in sorted({found[0] or found[1] for found in _USED.findall(text)} - defined):
        if not name.startswith("__"):
            yield f"variable {name!r} is not defined"
