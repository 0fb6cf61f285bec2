"""Closes a month: keeps its report in the ledger as a revision, which nothing overwrites.

A month that was closed with another inventory is reported with what that one says of links that are gone since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from exporter import inventory
from exporter.errors import InputError
from exporter.ledger import Closing
from exporter.model import Inventory, Node, Office, Provider
from exporter.report import json_form
from exporter.report.summary import Revision, Summary


def prepared(summary: Summary, document: str, at: int, version: str) -> tuple[Summary, Closing | None]:
    """Return a month's report with its revision, and the closing that keeps it in the ledger.

    `document` is the inventory's text. None where the last revision was made from the same: then nothing is to be kept.
    The files come first: what is closed counts as made. InputError where the month isn't over.
    """
    if summary.settled_until < summary.end:
        raise InputError(f"--close: {summary.month} isn't over in the ledger; report it without --close until then")
    if summary.revision is not None:
        return summary, None
    number = 1 if summary.closed is None else summary.closed.number + 1
    closed = replace(summary, closed=Revision(number, summary.is_provisional, summary.inputs_sha256))
    return closed, Closing(
        month=str(summary.month),
        revision=number,
        closed_at=at,
        version=version,
        is_provisional=summary.is_provisional,
        inputs_sha256=summary.inputs_sha256,
        last_amendment=summary.last_amendment,
        inventory=document,
        report=json_form.render(closed),
    )


def completed(district: Inventory, earlier: Sequence[str], forgotten: Sequence[str]) -> tuple[Inventory, list[str]]:
    """Return an inventory with the links that it lacks, and those of them that nothing knows.

    `earlier` are the inventories that the month was closed with, and those in force within it, the last ones first.
    """
    lacking = list(forgotten)
    for document in earlier:
        if lacking:
            was = inventory.parse(document, "an earlier inventory")
            district = _with_links(district, was, lacking)
            lacking = [name for name in lacking if name not in {link.id for link in was.links()}]
    return district, lacking


def _with_links(district: Inventory, was: Inventory, names: Sequence[str]) -> Inventory:
    """Return an inventory with the named links of an earlier one, and what they stand on, where it lacks that."""
    offices: dict[str, Office] = dict(district.offices)
    providers: dict[str, Provider] = dict(district.providers)
    nodes: dict[str, Node] = dict(district.nodes)
    for link in was.links():
        if link.id not in names:
            continue
        office = offices.get(link.office) or replace(was.offices[link.office], links=())
        offices[link.office] = replace(office, links=(*office.links, link))
        providers.setdefault(link.provider, was.providers[link.provider])
        for code in was.upward(link.parent):
            nodes.setdefault(code, was.nodes[code])
    return replace(district, offices=offices, providers=providers, nodes=nodes)


def united(districts: Sequence[Inventory]) -> Inventory:
    """Return several inventories as one; InputError names what two of them say differently."""
    whole = districts[0]
    for other in districts[1:]:
        offices = dict(whole.offices)
        for code, office in other.offices.items():
            mine = offices.setdefault(code, office)
            more = [link for link in office.links if link.id not in {of.id for of in mine.links}]
            offices[code] = replace(mine, links=(*mine.links, *more))
        for kind, mine_of, theirs in (
            ("provider", whole.providers, other.providers),
            ("node", whole.nodes, other.nodes),
            ("link", {of.id: of for of in whole.links()}, {of.id: of for of in other.links()}),
        ):
            if differing := [code for code in mine_of.keys() & theirs.keys() if mine_of[code] != theirs[code]]:
                raise InputError(
                    f"the ledgers' inventories differ in {kind} {min(differing)}; name one with --inventory"
                )
        if whole.organisation.timezone != other.organisation.timezone:
            raise InputError("the ledgers' inventories are of different zones; name one inventory with --inventory")
        providers, nodes = {**other.providers, **whole.providers}, {**other.nodes, **whole.nodes}
        whole = replace(whole, offices=offices, providers=providers, nodes=nodes)
    return whole
