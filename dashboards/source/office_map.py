"""The map of the offices: told apart by colour, shape and size."""

from __future__ import annotations

from panels import GREEN, GREY, ORANGE, VERMILLION, Json, panel, query

CONTROLS: Json = {
    "mouseWheelZoom": False,
    "showAttribution": True,
    "showDebug": False,
    "showMeasure": False,
    "showScale": False,
    "showZoom": True,
}
# Labels are texts, and places on a map are numbers.
NUMBERS: Json = {
    "id": "convertFieldType",
    "options": {
        "conversions": [
            {"destinationType": "number", "targetField": "latitude"},
            {"destinationType": "number", "targetField": "longitude"},
        ],
        "fields": {},
    },
}


def places_on_map(located: str, states: list[Json]) -> Json:
    """The offices where they are: `located` gives their states with their places, `states` the words for these."""
    made = panel(
        "geomap",
        "Where they are",
        "Offices at their places in the inventory: a triangle with its code is down, a square unmeasured, a small "
        "circle connected; an orange one has trouble. Offices without a place are missing here.",
        [
            query(f"{located} >= 4", table=True),
            query(f"{located} > 1 < 4", table=True),
            query(f"{located} == 1", table=True),
            query(f"{located} < 1", table=True),
        ],
        at=(14, 15, 10, 10),
        unit="none",
        mappings=states,
        options={
            "basemap": {"type": "default", "name": "Basemap", "config": {}},
            "controls": CONTROLS,
            "layers": [
                _layer("Connected", "A", "circle", GREEN, size=5, named=False),
                _layer("In trouble", "B", "circle", ORANGE, size=8, named=True),
                _layer("Unmeasured", "C", "square", GREY, size=8, named=False),
                _layer("Down", "D", "triangle", VERMILLION, size=11, named=True),
            ],
            "tooltip": {"mode": "details"},
            "view": {"id": "fit", "allLayers": True, "lat": 0, "lon": 0, "zoom": 12, "padding": 15},
        },
        custom={"hideFrom": {"legend": False, "tooltip": False, "viz": False}},
        color={"mode": "thresholds"},
    )
    made["transformations"] = [NUMBERS]
    return made


def _layer(name: str, query_letter: str, symbol: str, colour: str, *, size: int, named: bool) -> Json:
    """One layer of markers, of the query with this letter."""
    style: Json = {
        "color": {"fixed": colour},
        "opacity": 0.9,
        "rotation": {"fixed": 0, "max": 360, "min": -360, "mode": "mod"},
        "size": {"fixed": size, "max": 20, "min": 2},
        "symbol": {"fixed": f"img/icons/marker/{symbol}.svg", "mode": "fixed"},
        "symbolAlign": {"horizontal": "center", "vertical": "center"},
        "textConfig": {
            "fontSize": 12,
            "offsetX": 0,
            "offsetY": -10,
            "textAlign": "center",
            "textBaseline": "bottom",
        },
    }
    if named:
        style["text"] = {"field": "opd", "fixed": "", "mode": "field"}
    return {
        "type": "markers",
        "name": name,
        "filterData": {"id": "byRefId", "options": query_letter},
        "location": {"mode": "coords", "latitude": "latitude", "longitude": "longitude"},
        "tooltip": True,
        "opacity": 1,
        "config": {"showLegend": False, "style": style},
    }
