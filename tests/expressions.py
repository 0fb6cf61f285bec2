"""Every PromQL expression of the dashboards, with Grafana's variables put in: for promtool and a real Prometheus."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]

FOLDER = Path(__file__).parents[1] / "dashboards"
ALL = ".*"
# What Grafana would put in over the last hour, with a scrape each 5 s; where SNMP is asked, each 30 s.
TIMES = {"__range": "1h", "__range_s": "3600", "__range_ms": "3600000"}
STEPS = {
    "": {"__rate_interval": "20s", "__interval": "5s", "__interval_ms": "5000"},
    "30s": {"__rate_interval": "2m", "__interval": "30s", "__interval_ms": "30000"},
}
# As if All were chosen; the Office dashboard is of one office.
VARIABLES = {"opd": ALL, "link": ALL, "district": ALL, "provider": ALL}
ONE_OFFICE = {"office": {"opd": "dinkes"}}

_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::\w+)?\}|([A-Za-z_]\w*))")
_VALUES_OF = re.compile(r"^(?:label_values\((.*),\s*(\w+)\)|query_result\((.*)\))$", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')
_LABELS = re.compile(r"\{[^{}]*\}|\[[^\]]*\]|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")
_NAME = re.compile(r"(?<![\w:.])([a-zA-Z_:][\w:]*)\b(?!\s*\()")
_WORDS = {"and", "or", "unless", "bool", "offset", "atan2", "inf", "nan", "by", "without", "on", "ignoring"}
_WORDS |= {"group_left", "group_right"}


@dataclass(frozen=True, slots=True)
class Expression:
    """A query as Prometheus gets it; `panel` is a title, or names an annotation or a variable, `ref` then "-".

    `values_of` is the label whose values a variable takes, None where it takes whole results.
    """

    dashboard: str
    panel: str
    ref: str
    expr: str
    instant: bool
    values_of: str | None = None

    @property
    def place(self) -> tuple[str, str, str]:
        """Where it stands."""
        return self.dashboard, self.panel, self.ref


def dashboards(folder: Path = FOLDER) -> dict[str, Json]:
    """Return the checked-in dashboards by their file's name without its ending."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


def panels(dashboard: Json) -> Iterator[Json]:
    """Yield the panels in order, those of collapsed rows too; rows themselves are none."""
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from panel.get("panels", [])
        else:
            yield panel


def substitute(expr: str, variables: Mapping[str, str]) -> str:
    """Put values in for `$name`, `${name}` and `${name:format}`; KeyError where one has none."""
    return _VARIABLE.sub(lambda found: variables[found[1] or found[2]], expr)


def chosen(values: Sequence[str]) -> str:
    """Return what Grafana puts in for values of a variable of several, as its data source for Prometheus has them."""
    escaped = [
        re.sub(r"[$^*{}\[\]'+?.()|]", r"\\\\\g<0>", value.replace("\\", "\\\\\\\\").replace('"', '\\\\\\"'))
        for value in values
    ]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


def series_of(expr: str) -> set[str]:
    """Return the names of the series that an expression reads."""
    bare = _LABELS.sub(" ", _LABELS.sub(" ", _STRING.sub('""', expr)))
    return {name for name in _NAME.findall(bare) if name.lower() not in _WORDS}


def expressions(
    variables: Mapping[str, str] | None = None, only: str | None = None, folder: Path = FOLDER
) -> Iterator[Expression]:
    """Yield the expressions of all panels, annotations and variables of every dashboard, or of one alone."""
    for name, dashboard in dashboards(folder).items():
        if only in {None, name}:
            values = VARIABLES | ONE_OFFICE.get(name, {}) | dict(variables or {}) | TIMES
            yield from _of_panels(name, dashboard, values)
            yield from _of_surroundings(name, dashboard, values)


def _of_panels(name: str, dashboard: Json, values: Mapping[str, str]) -> Iterator[Expression]:
    for panel in panels(dashboard):
        for target in panel.get("targets", []):
            own = STEPS[target.get("interval", "")]
            expr = substitute(target["expr"], {**own, **values})
            yield Expression(name, panel["title"], target["refId"], expr, target["instant"])


def _of_surroundings(name: str, dashboard: Json, values: Mapping[str, str]) -> Iterator[Expression]:
    for annotation in dashboard["annotations"]["list"]:
        title = f"annotation {annotation['name']}"
        yield Expression(name, title, "-", substitute(annotation["expr"], values), instant=False)
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            found = _VALUES_OF.match(variable["query"]["query"])
            assert found is not None, variable["query"]
            expr = substitute(found[1] or found[3], values)
            yield Expression(name, f"variable {variable['name']}", "-", expr, instant=True, values_of=found[2])
