"""Every PromQL expression of the dashboards, with Grafana's variables put in: for promtool and a real Prometheus."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.past import seconds_of
from exporter.errors import TerpaduError

Json = dict[str, Any]
Times = Callable[[Json, Json, Json], Mapping[str, str]]
"""What Grafana puts in for its own variables of time, given a dashboard, a panel and a query of it."""

FOLDER = Path(__file__).resolve().parents[1] / "dashboards"
ALL = ".*"
ALL_CHOSEN = {"opd": ALL, "link": ALL, "district": ALL, "provider": ALL}

_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::\w+)?\}|([A-Za-z_]\w*))")
_VALUES_OF = re.compile(r"^(?:label_values\((.*),\s*(\w+)\)|query_result\((.*)\))$", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')
_LABELS = re.compile(r"\{[^{}]*\}|\[[^\]]*\]|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")
_SELECTOR = re.compile(r"(?<![\w:.$])([a-zA-Z_:][\w:]*)\b(?!\s*\()(\s*\{(?:[^{}\"]|\"(?:[^\"\\]|\\.)*\")*\})?")
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
    is_instant: bool
    values_of: str | None = None
    interval: str = ""
    columns: int = 24

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


def times(range_seconds: float, step_seconds: float, scrape_seconds: float) -> dict[str, str]:
    """Return what Grafana puts in for its variables of time."""
    rate = max(step_seconds + scrape_seconds, 4 * scrape_seconds)
    return {
        "__range": f"{range_seconds:g}s",
        "__range_s": f"{range_seconds:.0f}",
        "__range_ms": f"{1000 * range_seconds:.0f}",
        "__interval": f"{step_seconds:g}s",
        "__interval_ms": f"{1000 * step_seconds:.0f}",
        "__rate_interval": f"{rate:g}s",
    }


def an_hour(_: Json, __: Json, target: Json) -> Mapping[str, str]:
    """Return the times of an hour on a wide screen, with a scrape each 5 s, or what the query has as its interval."""
    own = seconds_of(target.get("interval", "")) or 5.0
    return times(3_600, own, own)


def substitute(expr: str, variables: Mapping[str, str]) -> str:
    """Put values in for `$name`, `${name}` and `${name:format}`; TerpaduError where one has none."""

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name not in variables:
            raise TerpaduError(f"the variable ${name} has no value in: {expr}")
        return variables[name]

    return _VARIABLE.sub(value, expr)


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
    return {name for name, _ in _SELECTOR.findall(bare) if name.lower() not in _WORDS}


def selectors_of(expr: str) -> set[str]:
    """Return what an expression selects: `up{job="terpadu"}`, without ranges."""
    names = series_of(expr)
    return {f"{name}{labels.strip()}" for name, labels in _SELECTOR.findall(expr) if name in names}


def expressions(
    variables: Mapping[str, str] | None = None, *, only: str | None = None, of: Times = an_hour
) -> Iterator[Expression]:
    """Yield the expressions of all panels, annotations and variables of every dashboard, or of one alone.

    `variables` are put in beside those of time; who isn't among them is as if All were chosen.
    """
    values = ALL_CHOSEN | dict(variables or {})
    for name, dashboard in dashboards().items():
        if only in {None, name}:
            yield from _of_panels(name, dashboard, values, of)
            yield from _of_surroundings(name, dashboard, values, of)


def _of_panels(name: str, dashboard: Json, values: Mapping[str, str], of: Times) -> Iterator[Expression]:
    for panel in panels(dashboard):
        for target in panel.get("targets", []):
            expr = substitute(target["expr"], {**of(dashboard, panel, target), **values})
            interval = target.get("interval", "")
            yield Expression(
                name,
                panel["title"],
                target["refId"],
                expr,
                target["instant"],
                interval=interval,
                columns=panel["gridPos"]["w"],
            )


def _of_surroundings(name: str, dashboard: Json, values: Mapping[str, str], of: Times) -> Iterator[Expression]:
    values = {**of(dashboard, {}, {}), **values}
    for annotation in dashboard["annotations"]["list"]:
        expr = substitute(annotation["expr"], values)
        yield Expression(name, f"annotation {annotation['name']}", "-", expr, is_instant=False)
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            asked = variable["query"]["query"]
            if (found := _VALUES_OF.match(asked)) is None:
                raise TerpaduError(f"the variable {variable['name']} is neither of labels nor of a result: {asked}")
            expr = substitute(found[1] or found[3], values)
            title = f"variable {variable['name']}"
            yield Expression(name, title, "-", expr, is_instant=True, values_of=found[2])
