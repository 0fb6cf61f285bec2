"""The whole file: its top level, in the order that each part needs the ones before it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from exporter.inventory import maintenance, probing, providers, scalars
from exporter.inventory.document import Sequence
from exporter.inventory.fields import Section, Value, list_of, parsed
from exporter.inventory.names import Names, collect
from exporter.inventory.offices import Defaults, Reading
from exporter.inventory.places import Places, place_of
from exporter.model import Degraded, Icmp, Inventory, Language, Maintenance, Organisation, Signatory, Snmp

KEYS = (
    "organisation",
    "defaults",
    "references",
    "reference_quorum",
    "providers",
    "nodes",
    "offices",
    "maintenance",
)
ORGANISATION_KEYS = ("name", "timezone", "language", "sample", "signatories")
SIGNATORY_KEYS = ("role", "name", "id")
DEFAULTS_KEYS = ("icmp", "degraded", "snmp")

_BUILT_IN = Defaults(Icmp(), Degraded(), Snmp(interface=""))


def district(root: Value, places: Places) -> Inventory:
    """Read the file's root; its faults go to the problems, and then what is returned is of no use."""
    names = collect(root.node, root.problems)
    own = root.section(KEYS)
    places.parts["references"] = place_of(own.at("references") if own.has("references") else root)
    organisation = own.need("organisation", _organisation, Organisation("", ZoneInfo("UTC")))
    defaults = own.get("defaults", lambda value: _defaults(value, places), _BUILT_IN)
    return Inventory(
        organisation=organisation,
        providers=own.need("providers", providers.providers, {}),
        nodes=own.get("nodes", lambda value: providers.nodes(value, names, defaults.icmp), {}),
        offices=own.need("offices", Reading(names, defaults, places).offices, {}),
        references=own.get("references", providers.references, ()),
        reference_quorum=_quorum(own),
        maintenance=_windows(own, names, organisation.timezone),
    )


def _organisation(value: Value) -> Organisation:
    own = value.section(ORGANISATION_KEYS)
    return Organisation(
        name=own.need("name", Value.text, ""),
        timezone=own.need("timezone", parsed(scalars.timezone), ZoneInfo("UTC")),
        language=own.get("language", parsed(scalars.choice(Language)), Language.INDONESIAN),
        sample=own.get("sample", parsed(scalars.truth), default=False),
        signatories=own.get("signatories", list_of(_signatory), ()),
    )


def _signatory(value: Value) -> Signatory:
    own = value.section(SIGNATORY_KEYS)
    return Signatory(
        own.need("role", Value.text, ""), own.need("name", Value.text, ""), own.get("id", Value.text, None)
    )


def _defaults(value: Value, places: Places) -> Defaults:
    own = value.section(DEFAULTS_KEYS)
    base = _BUILT_IN
    if own.has("icmp"):
        places.parts["defaults.icmp"] = place_of(own.at("icmp"))
    return Defaults(
        icmp=own.get("icmp", lambda value: probing.icmp(value, base.icmp), base.icmp),
        degraded=own.get("degraded", lambda value: probing.degraded(value, base.degraded), base.degraded),
        snmp=own.get("snmp", lambda value: probing.snmp_defaults(value, places), base.snmp),
    )


def _quorum(own: Section) -> int | None:
    listed = own.at("references").node if own.has("references") else None
    references = len(listed.items) if isinstance(listed, Sequence) else 0
    if own.has("reference_quorum") and not references:
        own.refuse("reference_quorum", "there are no 'references' to count; list them, or take the key out")
        return None
    return own.get("reference_quorum", parsed(scalars.whole(1, references)), None)


def _windows(own: Section, names: Names, zone: ZoneInfo) -> tuple[Maintenance, ...]:
    return own.get("maintenance", lambda value: maintenance.windows(value, names, zone), ())
