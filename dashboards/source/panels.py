"""The panels of a dashboard as plain dicts, in the shape that Grafana exports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

Json = dict[str, Any]

DATASOURCE: Json = {"type": "prometheus", "uid": "${datasource}"}
SNMP_STEP = "30s"  # the interval at which devices are polled

# After Okabe and Ito's palette, told apart by the colour-blind too; darker or lighter than theirs, so that what Grafana
# writes on them (white on the dark ones, black on the light ones) is legible.
GREEN, VERMILLION, YELLOW, ORANGE = "#00825F", "#C04E00", "#F0E442", "#F9B04A"
SKY, PURPLE, GREY = "#86CBF2", "#E3A6C8", "#6B7078"

SILENT = "Unknown: the monitor gives no data"
UNKNOWN_CELL = "-"


# A link keeps its colour in every graph; links of other names get theirs from Grafana.
LINK_COLOURS = {"primary": SKY, "backup": ORANGE}


def mapping(texts: dict[str, tuple[str, str]]) -> list[Json]:
    """Words for values: {"0": ("Down", colour)}."""
    options = {
        value: {"text": text, "color": colour, "index": index}
        for index, (value, (text, colour)) in enumerate(texts.items())
    }
    return [{"type": "value", "options": options}]


LINK_STATES = mapping(
    {
        "0": ("Down", VERMILLION),
        "1": ("Up", GREEN),
        "2": ("Degraded", ORANGE),
        "3": ("Maintenance", SKY),
        "4": ("Unmeasured", GREY),
    },
)


def steps(base: str, *pairs: tuple[float, str]) -> Json:
    """Thresholds: the colour below all of them, then each limit with the colour from it on."""
    return {
        "mode": "absolute",
        "steps": [{"value": None, "color": base}, *({"value": value, "color": colour} for value, colour in pairs)],
    }


def query(expr: str, legend: str = "__auto", *, table: bool = False, now: bool = False, step: str = "") -> Json:
    """A query; `table` and `now` ask for the end of the range only. Letters are given by the panel."""
    instant = table or now
    target: Json = {
        "datasource": DATASOURCE,
        "editorMode": "code",
        "expr": expr,
        "instant": instant,
        "legendFormat": legend,
        "range": not instant,
    }
    if table:
        target["format"] = "table"
    if step:
        target["interval"] = step
    return target


def override(field: str, *, regexp: bool = False, **properties: Any) -> Json:
    """What a field shows in its own way; `__` in a name stands for a dot."""
    return {
        "matcher": {"id": "byRegexp" if regexp else "byName", "options": field},
        "properties": [{"id": name.replace("__", "."), "value": value} for name, value in properties.items()],
    }


def link_colours() -> list[Json]:
    """Overrides that colour a graph's series, whose names end in the link's."""
    return [
        override(f"/{name}$/", regexp=True, color={"mode": "fixed", "fixedColor": colour})
        for name, colour in LINK_COLOURS.items()
    ]


def panel(  # noqa: PLR0913  -- a panel has that many parts
    kind: str,
    title: str,
    description: str,
    targets: Iterable[Json],
    *,
    at: tuple[int, int, int, int],
    unit: str,
    no_value: str = SILENT,
    thresholds: Json | None = None,
    options: Json | None = None,
    custom: Json | None = None,
    overrides: Sequence[Json] = (),
    **defaults: Any,
) -> Json:
    """A panel at (x, y, width, height); further keywords are defaults of its fields."""
    x, y, width, height = at
    queries = [{"refId": letter, **target} for letter, target in zip("ABCDEFGHIJ", targets, strict=False)]
    made: Json = {
        "type": kind,
        "title": title,
        "description": description,
        "datasource": DATASOURCE,
        "gridPos": {"x": x, "y": y, "w": width, "h": height},
        "fieldConfig": {
            "defaults": {
                "unit": unit,
                "noValue": no_value,
                "thresholds": thresholds or steps("text"),
                "custom": custom or {},
                **defaults,
            },
            "overrides": list(overrides),
        },
        "options": options or {},
        "targets": queries,
    }
    if any("interval" in target for target in queries):
        made["interval"] = SNMP_STEP
    return made


def stat(title: str, description: str, targets: Iterable[Json], **rest: Any) -> Json:
    """A number or a word, as it is now; with `by_link` one a link, primary before backup."""
    by_link = rest.pop("by_link", False)
    options = {
        "colorMode": rest.pop("color_mode", "value"),
        "graphMode": "none",
        "justifyMode": "center",
        "orientation": "auto",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": by_link},
        "text": {"titleSize": 16, "valueSize": 24},
        "textMode": "value_and_name" if by_link else "auto",
        "wideLayout": True,
        **rest.pop("options", {}),
    }
    rest.setdefault("color", {"mode": "thresholds"})
    made = panel("stat", title, description, targets, options=options, **rest)
    if by_link:  # Prometheus gives the links of one moment in no order
        made["transformations"] = [
            {"id": "reduce", "options": {"mode": "seriesToRows", "reducers": ["lastNotNull"]}},
            {"id": "sortBy", "options": {"fields": {}, "sort": [{"desc": True, "field": "Field"}]}},
        ]
    return made


def table(
    title: str,
    description: str,
    targets: Iterable[Json],
    *,
    columns: dict[str, str],
    sort: tuple[str, bool],
    **rest: Any,
) -> Json:
    """A table of queries merged on their common labels; `columns` names the fields that are shown, in order."""
    made = panel(
        "table",
        title,
        description,
        targets,
        options={
            "cellHeight": "sm",
            "showHeader": True,
            "sortBy": [{"displayName": sort[0], "desc": sort[1]}],
        },
        custom={"align": "auto", "cellOptions": {"type": "auto"}},
        **rest,
    )
    made["transformations"] = [
        {"id": "merge", "options": {}},
        {"id": "filterFieldsByName", "options": {"include": {"names": list(columns)}}},
        {"id": "sortBy", "options": {"fields": {}, "sort": [{"field": next(iter(columns))}]}},
        {
            "id": "organize",
            "options": {
                "excludeByName": {},
                "indexByName": {name: place for place, name in enumerate(columns)},
                "renameByName": {name: shown for name, shown in columns.items() if shown},
            },
        },
    ]
    return made


def graph(title: str, description: str, targets: Iterable[Json], **rest: Any) -> Json:
    """Lines over time; a gap stays a gap, since nothing is known of it."""
    custom = {
        "drawStyle": "line",
        "fillOpacity": rest.pop("fill", 12),
        "lineInterpolation": "linear",
        "lineWidth": 1,
        "showPoints": "never",
        "spanNulls": False,
        "thresholdsStyle": {"mode": rest.pop("threshold_style", "off")},
        **rest.pop("axis", {"axisSoftMin": 0}),
    }
    options = {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    rest.setdefault("color", {"mode": "palette-classic"})
    return panel("timeseries", title, description, targets, custom=custom, options=options, **rest)


def timeline(title: str, description: str, targets: Iterable[Json], **rest: Any) -> Json:
    """States over time, in words."""
    options = {
        "alignValue": "left",
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False},
        "mergeValues": True,
        "perPage": 40,
        "rowHeight": 0.85,
        "showValue": "auto",
        "tooltip": {"mode": "single", "sort": "none"},
    }
    return panel(
        "state-timeline",
        title,
        description,
        targets,
        unit="none",
        options=options,
        custom={"fillOpacity": 85, "lineWidth": 0},
        color={"mode": "thresholds"},
        **rest,
    )


def heatmap(title: str, description: str, target: Json, *, unit_of_buckets: str, **rest: Any) -> Json:
    """How many fell into each bucket of a histogram, over time; `target` gives one series a bucket, named by `le`."""
    options = {
        "calculate": False,
        "cellGap": 1,
        "cellValues": {"unit": "none", "decimals": 0},
        "color": {"mode": "scheme", "scheme": "Cividis", "steps": 64, "exponent": 0.5, "fill": GREY, "reverse": False},
        "filterValues": {"le": 1e-9},
        "legend": {"show": True},
        "rowsFrame": {"layout": "auto"},
        "showValue": "never",
        "tooltip": {"mode": "single", "yHistogram": False},
        "yAxis": {"axisPlacement": "left", "reverse": False, "unit": unit_of_buckets},
    }
    custom = {"hideFrom": {"legend": False, "tooltip": False, "viz": False}}
    targets = [{**target, "format": "heatmap"}]
    return panel("heatmap", title, description, targets, unit="none", options=options, custom=custom, **rest)
