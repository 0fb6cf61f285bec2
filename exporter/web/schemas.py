"""What the documents of `/api/v1/` hold, as JSON Schema: every field, what it means, and whether it may be null."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from exporter.model import Cause, Medium, UpdateEvery
from exporter.observation import SnmpFailure
from exporter.rhythm import Standing
from exporter.sla import Verdict
from exporter.timeline import State
from exporter.web.condition import Condition
from exporter.web.history import CELL_SECONDS, CELLS, DAYS
from exporter.web.lists import Json
from exporter.website import Activity, Fault, Source

_INSTANT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d(:\d\d)?)$"


def text(description: str = "", **more: object) -> Json:
    """Return the schema of a text."""
    return _described({"type": "string", **more}, description)


def flag(description: str) -> Json:
    """Return the schema of what is true or false."""
    return _described({"type": "boolean"}, description)


def count(description: str, **more: object) -> Json:
    """Return the schema of a whole number that isn't negative."""
    return _described({"type": "integer", "minimum": 0, **more}, description)


def number(description: str, **more: object) -> Json:
    """Return the schema of any number."""
    return _described({"type": "number", **more}, description)


def one_of(values: type[Enum], description: str = "") -> Json:
    """Return the schema of an enum's values."""
    return _described({"type": "string", "enum": [value.value for value in values]}, description)


def instant(description: str) -> Json:
    """Return the schema of a moment, RFC 3339 with the organisation's offset."""
    return text(description, format="date-time", pattern=_INSTANT)


def percent(description: str) -> Json:
    """Return the schema of a share: percent, cut (never rounded up) to three decimals."""
    return maybe(text(description, pattern=r"^\d{1,3}\.\d{3}$"))


def maybe(schema: Mapping[str, object]) -> Json:
    """Return the schema of what may be null, too."""
    if "type" not in schema:
        return {"anyOf": [dict(schema), {"type": "null"}]}
    values = {"enum": [*of, None]} if isinstance(of := schema.get("enum"), list) else {}
    return {**schema, "type": [schema["type"], "null"], **values}


def several(items: Mapping[str, object], description: str = "", **more: object) -> Json:
    """Return the schema of a list."""
    return _described({"type": "array", "items": dict(items), **more}, description)


def fields(**properties: Mapping[str, object]) -> Json:
    """Return the schema of an object that has all of these fields, and no other."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def named(name: str) -> Json:
    """Return a reference to a schema of `SCHEMAS`."""
    return {"$ref": f"#/components/schemas/{name}"}


def _described(schema: Json, description: str) -> Json:
    return {**schema, "description": description} if description else schema


def _cells(cells: int) -> dict[str, Json]:
    most = CELL_SECONDS if cells == CELLS else 2 * 86_400
    return {
        state.value: several(count("", maximum=most), f"{state.value}, in seconds", minItems=cells, maxItems=cells)
        for state in State
    }


def _listed(name: str, item: str, **more: Mapping[str, object]) -> Json:
    """Return the schema of a document that ends in a list."""
    return fields(**_HEAD, **more, next=_NEXT, **{name: several(named(item))})


_HEAD = {
    "organisation": text("whose district it is"),
    "timezone": text("its zone, as the IANA names it"),
    "time": instant("the moment of the answer"),
}
_NEXT = maybe(text("where the list goes on, null on its last page"))
_FIGURES = {
    "seconds": fields(
        total=count("all of the period that is settled"),
        up=count("up, or connected"),
        degraded=count("available, but slow or lossy"),
        down=count("down, or offline"),
        unmeasured=count("nobody measured it"),
        excluded=count("left out: maintenance, a person's word, or a cause that the provider doesn't answer for"),
        bridged=count("among the measured ones: short losses that lie between replies"),
    ),
    "availability": percent("of the measured time"),
    "availability_min": percent("as if all unmeasured time had been down"),
    "availability_max": percent("as if all unmeasured time had been up"),
    "coverage": percent("the measured share"),
}
_CAUSE = maybe(one_of(Cause, "as the evidence has it, null until it is final"))
_LAST_HOP = maybe(text("the last that answered on the way to the link: a node's code or an address"))
_EXPLAINED = fields(cause=one_of(Cause), last_hop=_LAST_HOP)
_OUTAGE = {
    "id": text("TARGET@STARTUTC"),
    "link": maybe(text("OFFICE/LINK, null of a node's")),
    "node": maybe(text("the node, null of a link's")),
    "office": maybe(text("the office's code, null of a node's")),
    "provider": maybe(text("whose it is by the inventory in force, null where that doesn't say")),
    "start": instant("its first down second"),
    "confirmed": instant("when it was certain"),
    "end": maybe(instant("null while it is open")),
    "cause": _CAUSE,
    "last_hop": _LAST_HOP,
    "confirmed_cause": maybe(one_of(Cause, "a person's word, which holds against the evidence; null without one")),
    "excluded": maybe(text("why a person took it out of the figures, null where nobody did")),
    "seconds": count("its settled down seconds"),
    "unmeasured_seconds": count("those that nobody measured"),
}
_HOPS = several(maybe(text()))
_EVIDENCE = fields(
    started_at=instant("the outage's beginning"),
    ended_at=maybe(instant("its end, null while it is open")),
    device=fields(
        is_polled=flag("whether the link's device is asked by SNMP"),
        is_providers=flag("whether it stands at the provider's side"),
        good_before=maybe(instant("the last poll before the outage, null where it failed")),
        asked_at=maybe(instant("the first good poll since its end, else the last one in it")),
        boot_at=maybe(instant("since when the device was up by then")),
    ),
    above=maybe(
        fields(
            node=text("the nearest node above that was silent too"),
            started_at=instant("since when"),
            ended_at=maybe(instant("until when, null while it is")),
        )
    ),
    together=maybe(
        fields(
            provider=text("whose links fell silent"),
            onsets=count("how many within a minute, this one included"),
            measured=count("of how many that were measured"),
        )
    ),
    trail=maybe(
        fields(
            traced_at=instant("when the path was traced"),
            hops={**_HOPS, "description": "who answered, null for a hop that didn't"},
            last_hop=_LAST_HOP,
            nodes=several(text(), "the nodes that answered"),
            good_at=maybe(instant("when the last good path was traced")),
            good_hops=maybe({**_HOPS, "description": "the last path that reached the link"}),
            traced_link=maybe(text("the link that was traced in place of this one")),
        )
    ),
)
_AMENDMENT = fields(
    at=instant("when it was said"),
    by=text("who said it"),
    cause=maybe(one_of(Cause, "the cause that was confirmed")),
    excluded=maybe(text("why it leaves the figures")),
    counts_again=maybe(text("why it counts after all")),
    note=maybe(text()),
)
_OFFICE = {
    "code": text("the office's code"),
    "name": text(),
    "district": text("the sub-district"),
    "condition": one_of(Condition, "what people are shown; partly: connected, but one of its links is down"),
    "since": maybe(instant("since when it is so, as far as its links tell")),
    "availability": percent("of the running month, so far"),
    "website": maybe(
        fields(
            url=text(),
            activity=one_of(Activity),
            published=maybe(instant("the newest content that was found")),
        )
    ),
    "last_24_hours": maybe(named("Hours")),
    "last_90_days": maybe(named("Days")),
}
SCHEMAS: dict[str, Json] = {
    "Error": fields(error=text("what is wrong, and what to do")),
    "Hours": fields(
        start=instant("the first cell's"), cell_seconds=count("a cell's length", const=CELL_SECONDS), **_cells(CELLS)
    ),
    "Days": fields(
        first_day=text("the first local day", format="date"), last_day=text("today", format="date"), **_cells(DAYS)
    ),
    "Link": fields(
        link=text("OFFICE/LINK"),
        office=text("the office's code"),
        office_name=text(),
        district=text("the sub-district"),
        name=text("the link's name within its office"),
        provider=text("the provider's code"),
        node=maybe(text("what the link hangs from")),
        medium=one_of(Medium),
        state=one_of(State, "maintenance left aside"),
        in_maintenance=flag("a window of announced work covers now"),
        outage_open=flag("through unmeasured time"),
        since=maybe(instant("when the state began")),
        rtt_last_seconds=maybe(number("null unless the last settled echo was a reply", minimum=0)),
        rtt_variation_seconds=maybe(number("of the last 60 replies", minimum=0)),
        loss_ratio=maybe(number("of the last measured slots since it came up", minimum=0, maximum=1)),
        contract_use=fields(
            receive=maybe(number("the share of the contract's rate that was used: the office's download", minimum=0)),
            transmit=maybe(number("its upload", minimum=0)),
        ),
        saturated=maybe(flag("of a degraded link: it was full (true), or is damaged (false)")),
        explained=maybe(_EXPLAINED),
        snmp=maybe(
            fields(
                up=maybe(flag("the device answers")), reason=maybe(one_of(SnmpFailure, "why not")), text=maybe(text())
            )
        ),
        last_24_hours=maybe(named("Hours")),
    ),
    "Office": fields(
        **_OFFICE,
        location=maybe(
            fields(
                latitude=number("", minimum=-90, maximum=90),
                longitude=number("", minimum=-180, maximum=180),
            )
        ),
        outage_open=flag("from offline until connected, through unmeasured time"),
        links=several(text(), "its links' ids"),
    ),
    "PublicOffice": fields(**_OFFICE),
    "Website": fields(
        office=text("the office's code"),
        office_name=text(),
        district=text("the sub-district"),
        url=text(),
        update_every=maybe(one_of(UpdateEvery, "how often it is meant to be updated")),
        note=maybe(text("what people know of it")),
        activity=one_of(Activity, "by two checks that agree"),
        since=maybe(instant("since the first of them")),
        reason=maybe(
            fields(
                fault=one_of(Fault),
                detail=text("what the words need beside it"),
                id=text("why it isn't active, in Indonesian"),
                en=text("and in English"),
            )
        ),
        checked=maybe(
            fields(
                at=instant("the latest check"),
                http_status=maybe({"type": "integer"}),
                response_seconds=maybe(number("until the last answer was read", minimum=0)),
                tls_not_after=maybe(instant("the end of the certificate's validity")),
                addresses=several(text(), "the URLs that it was led over"),
            )
        ),
        published=maybe(
            fields(
                at=instant("the newest content that was found"),
                day_only=flag("only its day is known"),
                source=one_of(Source),
                address=maybe(text("its own URL")),
            )
        ),
        age_seconds=maybe(count("of it; where only its day is known, from the end of that day")),
        standing=one_of(Standing, "the age against how often it is meant to be updated"),
        looked=maybe(
            fields(
                at=instant("the latest look for new content"), obstacle=maybe(text("why it couldn't be made in full"))
            )
        ),
    ),
    "Outage": fields(**_OUTAGE),
    "LinkMonth": fields(
        link=text("OFFICE/LINK"),
        provider=text("the provider's code"),
        target=percent("the availability that is owed"),
        **_FIGURES,
        verdict=one_of(Verdict),
        budget_remaining_seconds=maybe({"type": "integer", "description": "down seconds that the month still allows"}),
        outages_started=count("in the month"),
        provisional=flag("something of it may change still"),
        settled_until=maybe(instant("how far it is measured")),
    ),
    "OfficeMonth": fields(
        office=text("the office's code"),
        name=text(),
        district=text("the sub-district"),
        **_FIGURES,
        links=several(named("LinkMonth")),
    ),
    "Links": _listed(
        "links",
        "Link",
        monitor=fields(
            version=text(),
            isolated=maybe(flag("the monitor itself is cut off; null without references")),
            ledger_writable=flag("what is measured is kept"),
        ),
    ),
    "Offices": _listed("offices", "Office"),
    "PublicOffices": _listed("offices", "PublicOffice"),
    "Websites": _listed("websites", "Website"),
    "Outages": _listed("outages", "Outage"),
    "OutageInFull": fields(
        **_HEAD,
        **_OUTAGE,
        decided=maybe(instant("when the evidence's cause became final")),
        evidence=maybe(_EVIDENCE),
        sentences=fields(
            id=several(text(), "the evidence in Indonesian"), en=several(text(), "the evidence in English")
        ),
        note=maybe(text("the last note that a person left")),
        amendments=several(_AMENDMENT, "what persons said of it, in the order of saying"),
    ),
    "Month": _listed(
        "offices",
        "OfficeMonth",
        month=text("YYYY-MM"),
        period=fields(start=instant("00:00 of its first day"), end=instant("00:00 of the first day after it")),
    ),
}
