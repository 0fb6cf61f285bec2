"""The JSON Schema against the loader: the same keys, and nothing refused that the loader takes."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from exporter.errors import InventoryError
from exporter.inventory import district, json_schema, maintenance, offices, parse, probing, providers

SAMPLE = Path(__file__).parents[2] / "inventory.yaml"
FULL = r"""
organisation: {name: K, timezone: Asia/Jakarta, language: id, sample: false, signatories: [{role: A, name: B, id: 7}]}
defaults:
  icmp: {interval: 1s, timeout: 2s, down_after: 10, up_after: 10, bridge: 2, payload_bytes: 56}
  degraded: {window: 300, loss: 5%, rtt: 150ms}
  snmp: {version: 2c, community: "${C}", port: 161, interval: 30s, timeout: 2s, retries: 1}
references: [{name: dns, address: 198.18.0.2}]
reference_quorum: 1
providers:
  isp: {name: P, noc: N, availability: 99.5%, credit: {formula: sla_hours, min_outage: 5m}, excludes: [power],
        exclude_unconfirmed: true}
  other: {name: Q, credit: {tiers: [{below: 99%, credit: 5%}]}}
nodes:
  core: {name: C, address: 198.18.0.10}
  pop: {name: C, address: 198.18.0.11, provider: isp, parent: core, icmp: {interval: 5s}}
offices:
  - code: dinkes
    name: D
    district: Ciruas
    location: [-6.1389, 106.2297]
    links:
      - {name: primary, address: 198.18.10.1, family: ipv4, provider: isp, parent: pop, medium: fibre, circuit: SN-0042,
         valid_from: "2026-01-01", valid_to: "2026-12-31", icmp: {timeout: 500ms}, degraded: {loss: 2.5%},
         contract: {from: "2026-01-01", download: 100Mbps, upload: 1.5Gbps, availability: 99%, monthly_fee: 4500000,
                    payer: [{from: "2026-01-01", by: opd}]},
         snmp: {interface: e, address: 198.18.10.2, invert: true, version: 3, user: u, auth_protocol: SHA-256,
                auth_key: "${A}", priv_protocol: AES-128, priv_key: "file:/p", context: c, retries: 0}}
      - {name: backup, address: b.example, provider: other, contract: [{from: "2026-01-01"}, {from: "2026-02-01"}]}
    website: {url: "https://d.example/", update_every: week, note: n, domains: [e.example]}
maintenance:
  - {start: "2026-02-10T23:00", end: "2026-02-11T01:00+07:00", scope: [dinkes/primary], recorded: "2026-02-08T09:00",
     reason: r, approved_by: a}
"""
OTHERS: tuple[object, ...] = (
    "x",
    "",
    "1s",
    "5%",
    "2026-01-01",
    "99999999999999999999",
    5,
    -1,
    2.5,
    True,
    [],
    {},
    ["x"],
)
READ = yaml.safe_load(FULL)
# What the loader says of a single value or key, so that the schema must know it too.
OF_ONE_PLACE = (
    "is missing",
    "unknown key",
    "unknown word",
    "expected a duration",
    "expected a rate",
    "the list is empty",
)
TABLES = {
    "the file": district.KEYS,
    "organisation": district.ORGANISATION_KEYS,
    "signatory": district.SIGNATORY_KEYS,
    "defaults": district.DEFAULTS_KEYS,
    "icmp": probing.ICMP_KEYS,
    "degraded": probing.DEGRADED_KEYS,
    "snmp of the defaults": probing.SNMP_DEFAULT_KEYS,
    "snmp": probing.SNMP_KEYS,
    "reference": providers.REFERENCE_KEYS,
    "provider": providers.PROVIDER_KEYS,
    "credit": providers.CREDIT_KEYS,
    "tier": providers.TIER_KEYS,
    "node": providers.NODE_KEYS,
    "office": offices.OFFICE_KEYS,
    "link": offices.LINK_KEYS,
    "website": offices.WEBSITE_KEYS,
    "contract": offices.CONTRACT_KEYS,
    "payer": offices.PAYER_KEYS,
    "window": maintenance.KEYS,
}

Steps = tuple[str | int, ...]


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    return Draft202012Validator(json_schema.document())


def full() -> Any:
    return copy.deepcopy(READ)


def problems(document: object) -> list[str]:
    try:
        parse(json.dumps(document), "f.yaml")
    except InventoryError as error:
        return [str(problem) for problem in error.problems]
    return []


def mappings(form: object) -> Iterator[tuple[str, ...]]:
    """The keys of every mapping that the schema describes by them."""
    if isinstance(form, dict):
        if isinstance(form.get("properties"), dict):
            yield tuple(form["properties"])
        for inner in form.values():
            yield from mappings(inner)
    elif isinstance(form, list):
        for inner in form:
            yield from mappings(inner)


def places(document: object, above: Steps = ()) -> Iterator[Steps]:
    """Where every key's value and every item stands."""
    pairs: Any = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for step, inner in pairs:
        yield (*above, step)
        yield from places(inner, (*above, step))


def around(document: Any, place: Steps) -> Any:
    for step in place[:-1]:
        document = document[step]
    return document


def changes(place: Steps) -> Iterator[Any]:
    """The full inventory with a place taken out, misspelled, or of another value."""
    for value in OTHERS:
        changed = full()
        around(changed, place)[place[-1]] = copy.deepcopy(value)
        yield changed
    changed = full()
    taken = around(changed, place).pop(place[-1])
    yield changed
    if isinstance(place[-1], str):
        misspelled = copy.deepcopy(changed)
        around(misspelled, place)[f"{place[-1]}_"] = taken
        yield misspelled


def test_the_schema_is_one_and_json(validator: Draft202012Validator) -> None:
    Draft202012Validator.check_schema(json_schema.document())

    assert json.loads(json.dumps(json_schema.document())) == validator.schema


@pytest.mark.parametrize("table", TABLES)
def test_every_key_that_the_loader_knows_is_in_the_schema(table: str) -> None:
    assert TABLES[table] in set(mappings(json_schema.document()))


def test_the_schema_knows_no_mapping_that_the_loader_does_not() -> None:
    assert set(mappings(json_schema.document())) == set(TABLES.values())


def test_a_key_without_its_form_is_a_bug() -> None:
    with pytest.raises(AssertionError, match=r"the loader and the schema differ: \['b'\]"):
        json_schema._object(("a", "b"), {"a": {}})


def test_every_key_says_what_it_is_for() -> None:
    def silent(form: object, path: str = "") -> Iterator[str]:
        if isinstance(form, dict):
            for key, inner in form.get("properties", {}).items():
                if not isinstance(inner, dict) or not {"description", "properties", "anyOf"} & inner.keys():
                    yield f"{path}.{key}"
            for key, inner in form.items():
                yield from silent(inner, f"{path}.{key}")

    assert list(silent(json_schema.document())) == []


def test_the_sample_is_valid_as_an_editor_reads_it(validator: Draft202012Validator) -> None:
    document = yaml.safe_load(SAMPLE.read_text(encoding="utf-8"))

    assert [error.message for error in validator.iter_errors(document)] == []


def test_an_inventory_with_every_key_is_valid_and_is_read(validator: Draft202012Validator) -> None:
    assert (problems(full()), [error.message for error in validator.iter_errors(full())]) == ([], [])


def test_a_quorum_without_references_is_not_valid(validator: Draft202012Validator) -> None:
    document = full()
    del document["references"]

    assert [error.message for error in validator.iter_errors(document)] == [
        "'references' is a dependency of 'reference_quorum'"
    ]


@pytest.mark.parametrize("place", list(places(full())), ids=lambda place: ".".join(map(str, place)))
def test_what_the_schema_refuses_the_loader_refuses_and_a_fault_of_one_place_is_refused_by_both(
    place: Steps, validator: Draft202012Validator
) -> None:
    for document in changes(place):
        of_loader, is_valid = problems(document), validator.is_valid(document)
        told = around(document, place), of_loader
        assert of_loader or is_valid, told
        assert not is_valid or not any(sign in problem for sign in OF_ONE_PLACE for problem in of_loader), told
