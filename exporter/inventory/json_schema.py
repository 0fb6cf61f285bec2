"""The inventory as a JSON Schema (draft 2020-12), for editors that complete and check while one writes.

Its keys, words and bounds are the ones that the loader reads by. It refuses nothing that the loader takes, but for a
bare `null` or `~` as a text; what needs more than one place (codes that are named elsewhere, days in order, SNMP's
levels) `terpadu check` alone refuses. Editors type what the loader takes as written, so that a text may reach the
schema as a number or a truth.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from exporter.inventory import district, maintenance, offices, probing, providers, scalars
from exporter.inventory.document import LONGEST_TEXT
from exporter.model import (
    AuthProtocol,
    Cause,
    CreditFormula,
    Degraded,
    Family,
    Icmp,
    Language,
    Medium,
    PrivProtocol,
    Snmp,
    SnmpVersion,
    UpdateEvery,
)

Json = dict[str, object]

_ICMP, _DEGRADED, _SNMP = Icmp(), Degraded(), Snmp(interface="")
_NUMBER = r"[0-9]{1,15}(\.[0-9]{1,15})?"


def document() -> Json:
    """Return the schema of a whole inventory; `json.dumps` takes it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Terpadu inventory",
        "description": "A district's offices, their links, and what is promised and paid for them.",
        **_object(
            district.KEYS,
            {
                "organisation": _organisation(),
                "defaults": _defaults(),
                "references": _list(_reference(), "What the monitor itself needs; list two or more"),
                "reference_quorum": _whole(
                    "How many references must be lost; default: all of one or two, else more than half",
                    lowest=1,
                ),
                "providers": {**_by_code(_provider(), "Who sells links, by code"), "minProperties": 1},
                "nodes": _by_code(_node(), "What offices hang from, by code"),
                "offices": _list(_office(), "The offices (OPD)", least=1),
                "maintenance": _list(_window(), "Windows of announced work"),
            },
            needed=("organisation", "providers", "offices"),
        ),
        "dependentRequired": {"reference_quorum": ["references"]},
    }


def _organisation() -> Json:
    signatory = _object(
        district.SIGNATORY_KEYS,
        {"role": _text("The signatory's role"), "name": _text("The name"), "id": _text("A number such as the NIP")},
        needed=("role", "name"),
    )
    return _object(
        district.ORGANISATION_KEYS,
        {
            "name": _text("Whose district it is"),
            "timezone": _text("A zone of the IANA database, for instance Asia/Jakarta"),
            "language": _words(Language, "The language of reports and alerts", Language.INDONESIAN.value),
            "sample": _truth("true marks the shipped sample, which `terpadu run` refuses"),
            "signatories": _list(signatory, "Who signs the monthly report; default: blank lines"),
        },
        needed=("name", "timezone"),
    )


def _defaults() -> Json:
    return _object(
        district.DEFAULTS_KEYS,
        {"icmp": _icmp(), "degraded": _degraded(), "snmp": _object(probing.SNMP_DEFAULT_KEYS, _snmp_forms())},
        "What every link has unless it says otherwise, key by key",
    )


def _icmp() -> Json:
    slots = (1, probing.MOST_SLOTS)
    return _object(
        probing.ICMP_KEYS,
        {
            "interval": _duration("The length of a slot, 1s to 24h", f"{_ICMP.interval_seconds}s"),
            "timeout": _duration("How long a reply may take, at most 10s", f"{_ICMP.timeout_seconds:g}s"),
            "down_after": _whole("Lost slots in a row that make an outage (a node's default is 5)", *slots),
            "up_after": _whole("Replies in a row that end an outage", *slots, default=_ICMP.up_after),
            "bridge": _whole("Unmeasured slots that are bridged", 0, probing.MOST_SLOTS, default=_ICMP.bridge),
            "payload_bytes": _whole("The echo's payload", *probing.PAYLOAD_BYTES, default=_ICMP.payload_bytes),
        },
        "How a target is pinged",
    )


def _degraded() -> Json:
    return _object(
        probing.DEGRADED_KEYS,
        {
            "window": _whole("Measured slots that are judged", 1, probing.MOST_SLOTS, default=_DEGRADED.window),
            "loss": _share("Degraded above this loss", f"{_DEGRADED.loss_ratio * 100}%"),
            "rtt": _duration("Degraded above this median round trip", f"{_DEGRADED.rtt_seconds * 1000:g}ms"),
        },
        "When an available link counts as degraded",
    )


def _snmp_forms() -> dict[str, Json]:
    return {
        "version": _words(SnmpVersion, "The SNMP version", _SNMP.version.value),
        "community": _secret("Versions 1 and 2c: the community"),
        "user": _text("Version 3: the user"),
        "auth_protocol": _words(AuthProtocol, "Version 3: the authentication protocol"),
        "auth_key": _secret("Version 3: the authentication key"),
        "priv_protocol": _words(PrivProtocol, "Version 3: the privacy protocol"),
        "priv_key": _secret("Version 3: the privacy key"),
        "context": _text("Version 3: the context"),
        "port": _whole("The UDP port", 1, probing.LARGEST_PORT, default=_SNMP.port),
        "interval": _duration("How often the device is polled", f"{_SNMP.interval_seconds}s"),
        "timeout": _duration("How long an answer may take, at most 10s", f"{_SNMP.timeout_seconds:g}s"),
        "retries": _whole("Requests after the first", 0, probing.MOST_RETRIES, default=_SNMP.retries),
    }


def _snmp() -> Json:
    own = {
        "interface": _text("ifName, else ifAlias, else ifDescr, of the port that faces the provider"),
        "address": _text("The device's address where it isn't the link's"),
        "invert": _truth("true where the device stands on the provider's side"),
    }
    return _object(
        probing.SNMP_KEYS,
        {**own, **_snmp_forms()},
        "How the link's device is polled; a link without it is only pinged",
        needed=("interface",),
    )


def _reference() -> Json:
    forms = {"name": _text("Its name, unlike the others'"), "address": _text("An IPv4 or IPv6 address or a DNS name")}
    return _object(providers.REFERENCE_KEYS, forms, needed=("name", "address"))


def _provider() -> Json:
    tier = _object(
        providers.TIER_KEYS,
        {"below": _share("Availability under which it is paid"), "credit": _share("Its share of the fee")},
        needed=("below", "credit"),
    )
    credit = _object(
        providers.CREDIT_KEYS,
        {
            "formula": _words(CreditFormula, "How the credit is reckoned"),
            "tiers": _list(tier, "Shares of the fee by availability, in place of a formula", least=1),
            "min_outage": _duration("Outages up to this length give no credit", "0s"),
        },
        "What is paid back: a formula or tiers",
    )
    return _object(
        providers.PROVIDER_KEYS,
        {
            "name": _text("The provider's name"),
            "noc": _text("Where its operations centre is reached"),
            "availability": _share("What it promises where a contract names nothing"),
            "credit": {**credit, "oneOf": [{"required": ["formula"]}, {"required": ["tiers"]}]},
            "excludes": _list(_words(Cause), "Causes that it doesn't answer for, once a person has confirmed them"),
            "exclude_unconfirmed": _truth("true where no person has to confirm them"),
        },
        needed=("name",),
    )


def _node() -> Json:
    return _object(
        providers.NODE_KEYS,
        {
            "name": _text("The node's name"),
            "address": _text("An IPv4 or IPv6 address or a DNS name"),
            "provider": _text("A provider's code"),
            "parent": _text("The code of the node that this one hangs from"),
            "icmp": _icmp(),
        },
        needed=("name", "address"),
    )


def _office() -> Json:
    location = {
        "description": "Latitude and longitude in degrees",
        "type": "array",
        "prefixItems": [_degrees(90), _degrees(180)],
        "minItems": 2,
        "maxItems": 2,
    }
    website = _object(
        offices.WEBSITE_KEYS,
        {
            "url": {"description": "Its address", "type": "string", "pattern": r"^\s*[Hh][Tt][Tt][Pp][Ss]?:"},
            "update_every": _words(UpdateEvery, "How often it is meant to be updated"),
            "note": _text("What people know of it"),
            "domains": _list(_text("A DNS name"), "Names that it may redirect to"),
        },
        "The office's website",
        needed=("url",),
    )
    return _object(
        offices.OFFICE_KEYS,
        {
            "code": _code("A short code, unlike those of other offices, nodes and providers"),
            "name": _text("The office's name"),
            "district": _text("The sub-district (kecamatan) that it stands in"),
            "location": location,
            "links": _list(_link(), "Its connections", least=1),
            "website": website,
        },
        needed=("code", "name", "district", "links"),
    )


def _link() -> Json:
    dated = _contract(needed=("from",))
    return _object(
        offices.LINK_KEYS,
        {
            "name": _code("primary, backup, ..."),
            "address": _text("An IPv4 or IPv6 address or a DNS name"),
            "family": _words(Family, "Which address of a name is used; default: its IPv4 address where it has one"),
            "provider": _text("A provider's code"),
            "parent": _text("The code of the node that the link hangs from"),
            "medium": _words(Medium, "What it runs over", Medium.OTHER.value),
            "circuit": _text("The provider's number for it"),
            "valid_from": _day("Its first day"),
            "valid_to": _day("Its last day"),
            "contract": {"anyOf": [_contract(), _list(dated, "Contracts, each from a day of its own", least=1)]},
            "icmp": _icmp(),
            "degraded": _degraded(),
            "snmp": _snmp(),
        },
        needed=("name", "address", "provider", "contract"),
    )


def _contract(needed: tuple[str, ...] = ()) -> Json:
    payer = _object(
        offices.PAYER_KEYS,
        {"from": _day("The first day"), "by": _text("Who pays; `opd` is the office itself")},
        needed=("from", "by"),
    )
    return _object(
        offices.CONTRACT_KEYS,
        {
            "from": _day("The first day"),
            "download": _rate("Towards the office"),
            "upload": _rate("From the office"),
            "availability": _share("What is promised; default: the provider's"),
            "monthly_fee": {
                "description": "Whole rupiah, as digits alone",
                "type": ["integer", "string"],
                "minimum": 0,
                "pattern": _whole_text("[0-9]{1,15}"),
            },
            "payer": _list(payer, "Who pays, from which day"),
        },
        "What is paid for",
        needed=needed,
    )


def _window() -> Json:
    return _object(
        maintenance.KEYS,
        {
            "start": _moment("The start: local time, or with an offset"),
            "end": _moment("The end: local time, or with an offset"),
            "scope": _list(_text("The name of a link, office, node or provider"), "What it covers", least=1),
            "recorded": _moment("When it was announced"),
            "reason": _text("Why"),
            "approved_by": _text("Who approved it"),
        },
        needed=("start", "end", "scope", "reason"),
    )


def _object(keys: Iterable[str], forms: dict[str, Json], description: str = "", *, needed: Iterable[str] = ()) -> Json:
    """Return the form of a mapping with the loader's keys; a key without a form, or a form without, is a bug."""
    if forms.keys() != set(keys):
        raise AssertionError(f"the loader and the schema differ: {sorted(forms.keys() ^ set(keys))}")
    return {
        **_described(description),
        "type": "object",
        "properties": {key: forms[key] for key in keys},
        "required": list(needed),
        "additionalProperties": False,
    }


def _by_code(form: Json, description: str) -> Json:
    names = {"pattern": _whole_text(scalars.CODE.pattern)}
    return {"description": description, "type": "object", "propertyNames": names, "additionalProperties": form}


def _list(form: Json, description: str, least: int = 0) -> Json:
    return {"description": description, "type": "array", "items": form, "minItems": least}


def _text(description: str) -> Json:
    return {
        "description": description,
        "type": ["string", "number", "boolean"],
        "minLength": 1,
        "maxLength": LONGEST_TEXT,
    }


def _code(description: str) -> Json:
    pattern = _whole_text(scalars.CODE.pattern)
    return {"description": description, "type": ["string", "number", "boolean"], "pattern": pattern}


def _written(description: str, pattern: str, default: str | None) -> Json:
    form: Json = {"description": description, "type": "string", "pattern": _whole_text(pattern)}
    return form if default is None else {**form, "default": default}


def _duration(description: str, default: str) -> Json:
    return _written(description, "[0-9]{1,15}(ms|s|m|h)", default)


def _share(description: str, default: str | None = None) -> Json:
    return _written(description, _NUMBER + "%", default)


def _rate(description: str) -> Json:
    return _written(description, _NUMBER + "(kbps|Mbps|Gbps)", None)


def _secret(description: str) -> Json:
    where = f"{description}: '${{NAME}}' of the environment, or file:/path; never itself"
    return _written(where, rf"({scalars.VARIABLE.pattern}|file:/.*)", None)


def _day(description: str) -> Json:
    return _written(f"{description}, a local date such as 2026-01-31", scalars.DATE.pattern, None)


def _moment(description: str) -> Json:
    return _written(f"{description}, such as 2026-02-10T23:00", scalars.MOMENT.pattern, None)


def _whole(description: str, lowest: int, highest: int | None = None, default: int | None = None) -> Json:
    form: Json = {
        "description": description,
        "type": ["integer", "string"],
        "minimum": lowest,
        "pattern": _whole_text(scalars.WHOLE.pattern),
    }
    if highest is not None:
        form["maximum"] = highest
    return form if default is None else {**form, "default": default}


def _degrees(furthest: int) -> Json:
    pattern = _whole_text(scalars.DEGREES.pattern)
    return {"type": ["number", "string"], "minimum": -furthest, "maximum": furthest, "pattern": pattern}


def _truth(description: str) -> Json:
    return {"description": description, "enum": [True, False, "true", "false"]}


def _words(kind: type[Enum], description: str = "", default: str | None = None) -> Json:
    """Return the form of an enum's values; those that are digits may come as numbers."""
    words = [str(member.value) for member in kind]
    form: Json = {**_described(description), "enum": [*words, *(int(word) for word in words if word.isdigit())]}
    return form if default is None else {**form, "default": default}


def _described(description: str) -> Json:
    return {"description": description} if description else {}


def _whole_text(pattern: str) -> str:
    return rf"^\s*({pattern})\s*$"
