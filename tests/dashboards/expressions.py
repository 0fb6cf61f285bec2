"""Every PromQL expression of the dashboards, with Grafana's variables put in: for promtool and a real Prometheus."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "dashboards"
# What Grafana would put in over the last hour: a scrape each 5 s, a step of 30 s where SNMP is asked.
RATE_INTERVALS = {"": "20s", "30s": "2m"}
# As if All were chosen; the Office dashboard needs the office's code.
VARIABLES = {"opd": "dinkes", "link": ".*", "district": ".*", "__range": "1h"}
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::\w+)?\}|([A-Za-z_]\w*))")
_VALUES_OF = re.compile(r"^(?:label_values\((.*),\s*\w+\)|query_result\((.*)\))$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Expression:
    """A query as Prometheus gets it; `panel` is a title, or names an annotation or a variable, `ref` then "-".

    `may_be_empty` is so where finding nothing is an answer: the columns of outages while there are none.
    """

    dashboard: str
    panel: str
    ref: str
    expr: str
    instant: bool
    may_be_empty: bool


def dashboards() -> dict[str, dict[str, Any]]:
    """Return the checked-in dashboards by their file's name without its ending."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}


def substitute(expr: str, variables: Mapping[str, str]) -> str:
    """Put values in for `$name`, `${name}` and `${name:format}`; KeyError where one has none."""
    return _VARIABLE.sub(lambda found: variables[found[1] or found[2]], expr)


def expressions(variables: Mapping[str, str] = VARIABLES) -> Iterator[Expression]:
    """Yield the expressions of all panels, annotations and variables of every dashboard."""
    for name, dashboard in dashboards().items():
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                values = {"__rate_interval": RATE_INTERVALS[target.get("interval", "")], **variables}
                expr = substitute(target["expr"], values)
                empty = panel["title"] == "Open outages" and target["refId"] != "A"
                yield Expression(name, panel["title"], target["refId"], expr, target["instant"], empty)
        for annotation in dashboard["annotations"]["list"]:
            title = f"annotation {annotation['name']}"
            expr = substitute(annotation["expr"], variables)
            yield Expression(name, title, "-", expr, instant=False, may_be_empty=True)
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query":
                found = _VALUES_OF.match(variable["query"]["query"])
                assert found is not None, variable["query"]
                expr = substitute(found[1] or found[2], variables)
                yield Expression(name, f"variable {variable['name']}", "-", expr, instant=True, may_be_empty=False)
