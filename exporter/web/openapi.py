"""The description of `/api/v1/` for programs: an OpenAPI 3.1 document, served beside what it describes."""

from __future__ import annotations

from exporter.model import Cause
from exporter.web.lists import Json
from exporter.web.questions import MOST
from exporter.web.schemas import SCHEMAS, named, one_of

_MONTH: Json = {"type": "string", "pattern": r"^(19[7-9][0-9]|20[0-9][0-9])-(0[1-9]|1[0-2])$"}
_CODE: Json = {"type": "string"}


def _parameter(name: str, description: str, schema: Json, place: str = "query") -> Json:
    is_required = place == "path"
    return {"name": name, "in": place, "required": is_required, "description": description, "schema": schema}


_LIMIT = _parameter("limit", "how many are wanted", {"type": "integer", "minimum": 1, "maximum": MOST})
_AFTER = _parameter("after", "the place that `next` names", {"type": "string"})
_PAGES = [_LIMIT, _AFTER]


def _refusal(description: str) -> Json:
    return {"description": description, "content": {"application/json": {"schema": named("Error")}}}


def _operation(name: str, summary: str, schema: Json, parameters: list[Json], *, refusals: tuple[int, ...]) -> Json:
    etag: Json = {"description": "tells it from others, the time left aside", "schema": {"type": "string"}}
    answer: Json = {
        "description": summary,
        "headers": {"ETag": etag},
        "content": {"application/json": {"schema": schema}},
    }
    told = {str(status): _refusal(_REFUSALS[status]) for status in sorted({400, *refusals})}
    nothing_new: Json = {"description": "nothing has changed but the time, by `If-None-Match`"}
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "parameters": parameters,
            "responses": {"200": answer, "304": nothing_new} | told,
        }
    }


_REFUSALS = {
    400: "a parameter that isn't known, comes twice, or can't be read",
    404: "there is no such thing",
    503: "the ledger can't be read",
}
DOCUMENT: Json = {
    "openapi": "3.1.0",
    "info": {
        "title": "Terpadu",
        "version": "1",
        "description": (
            "A district's links, offices, websites and outages. Times are RFC 3339 with the organisation's offset;"
            " what isn't known is null. Directions are the office's: `receive` is its download. Shares are texts, in"
            " percent, cut to three decimals. Fields keep their name and meaning."
        ),
    },
    "paths": {
        "/api/v1/links": _operation(
            "links",
            "every link now, in the inventory's order, at most a second old; all without a limit",
            named("Links"),
            _PAGES,
            refusals=(404,),
        ),
        "/api/v1/offices": _operation(
            "offices",
            "every office now, in the inventory's order, at most a second old; all without a limit",
            {"anyOf": [named("Offices"), named("PublicOffices")]},
            [
                *_PAGES,
                _parameter(
                    "public",
                    "1 for what everybody may see: no links, nothing of providers or places",
                    {"type": "string", "enum": ["0", "1"]},
                ),
            ],
            refusals=(404,),
        ),
        "/api/v1/websites": _operation(
            "websites",
            "every website now, in the inventory's order; all without a limit",
            named("Websites"),
            _PAGES,
            refusals=(404,),
        ),
        "/api/v1/outages": _operation(
            "outages",
            "outages of links and nodes, the latest first, 100 without a limit",
            named("Outages"),
            [
                _parameter("office", "of this office's links", _CODE),
                _parameter("provider", "of this provider's links and nodes", _CODE),
                _parameter("cause", "whose cause is this, by a person's word, else by the evidence", one_of(Cause)),
                _parameter("month", "that touch this month", _MONTH),
                _parameter("open", "that last (true), or have ended (false)", {"type": "boolean"}),
                *_PAGES,
            ],
            refusals=(404, 503),
        ),
        "/api/v1/outages/{id}": _operation(
            "outage",
            "one outage with what shows why it was, in sentences too, and what persons said of it",
            named("OutageInFull"),
            [_parameter("id", "TARGET@STARTUTC", {"type": "string"}, "path")],
            refusals=(404, 503),
        ),
        "/api/v1/sla": _operation(
            "sla",
            "a month's figures of every office and its links, as the monthly report has them; all without a limit",
            named("Month"),
            [_parameter("month", "the running one without it", _MONTH), *_PAGES],
            refusals=(404, 503),
        ),
        "/api/v1/openapi.json": _operation(
            "openapi", "this document", {"type": "object", "required": ["openapi", "paths"]}, [], refusals=()
        ),
    },
    "components": {"schemas": SCHEMAS},
}
