"""Months as they are closed: revisions, links that are gone since, several ledgers in one report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from months import DISTRICT, at, bad_february, fill

from exporter import inventory
from exporter.amendment import Amendment
from exporter.errors import InputError
from exporter.ledger import Batch, Ledger
from exporter.model import Inventory
from exporter.report import Summary, summarise
from exporter.report.closing import completed, prepared, united
from exporter.sla import Month
from exporter.timeline import Outage, Span, State

FEBRUARY = Month(2026, 2)
NOW = at("2026-03-01T06:00")
SMALL = """
organisation: {name: Uji, timezone: Asia/Jakarta}
providers: {isp: {name: PT, availability: 99.5%, credit: {formula: pro_rata_downtime}}}
offices:
"""


def small(*offices: str) -> Inventory:
    return inventory.parse(SMALL + "".join(map(an_office, offices)), "kecil.yaml")


def an_office(code: str) -> str:
    link = "{name: primary, address: 192.0.2.1, provider: isp, contract: {monthly_fee: 1000000}}"
    return f"  - {{code: {code}, name: Kantor {code}, district: K, links: [{link}]}}\n"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.create(tmp_path / "terpadu.sqlite3") as made:
        yield made


def closed(ledger: Ledger, district: Inventory, at_: int = NOW, document: str = DISTRICT) -> Summary:
    summary, kept = prepared(summarise([ledger], district, FEBRUARY), document, at_, "1.0")
    if kept is not None:
        ledger.add_closing(kept)
    return summary


def test_closing_keeps_the_report_with_its_inventory_and_hash(ledger: Ledger) -> None:
    district = bad_february(ledger)
    summary = closed(ledger, district)
    kept = ledger.closing("2026-02")
    assert kept is not None
    assert (kept.revision, kept.closed_at, kept.version, kept.is_provisional) == (1, NOW, "1.0", False)
    assert (kept.inventory, kept.inputs_sha256) == (DISTRICT, summary.inputs_sha256)
    report = json.loads(kept.report)
    assert (report["revision"], report["inputs_sha256"], len(report["links"])) == (1, summary.inputs_sha256, 6)
    assert summarise([ledger], district, FEBRUARY).revision == 1


def test_closing_again_what_has_not_changed_makes_no_revision(ledger: Ledger) -> None:
    district = bad_february(ledger)
    first, again = closed(ledger, district), closed(ledger, district, NOW + 86_400)
    assert (first.revision, again.revision, first.inputs_sha256) == (1, 1, again.inputs_sha256)
    assert [(of.month, of.closed_at) for of in ledger.closed_months()] == [("2026-02", NOW)]


def test_an_amendment_gives_revision_2_and_leaves_the_first_as_it_was(ledger: Ledger) -> None:
    district = bad_february(ledger)
    first = closed(ledger, district)
    began = at("2026-02-17T13:00")
    ledger.add_amendment(Amendment("dinkes/primary", began, NOW + 60, "Bidang", note="foto"))
    recomputed = summarise([ledger], district, FEBRUARY)
    assert (recomputed.revision, recomputed.changed_since) == (None, 1)
    second = closed(ledger, district, NOW + 86_400)
    assert (second.revision, second.changed_since) == (2, None)
    assert second.inputs_sha256 != first.inputs_sha256
    revisions = ledger._connection.execute("SELECT revision, inputs_sha256 FROM closing ORDER BY revision").fetchall()
    assert revisions == [(1, first.inputs_sha256), (2, second.inputs_sha256)]


def test_what_changes_no_figure_changes_no_hash(ledger: Ledger) -> None:
    district = bad_february(ledger)
    before = summarise([ledger], district, FEBRUARY).inputs_sha256
    other = replace(district, providers={c: replace(p, noc="lain") for c, p in district.providers.items()})
    late = an_office("baru").replace("provider: isp", "provider: serat, valid_from: 2026-03-01")
    grown = inventory.parse(DISTRICT.replace("maintenance:", f"{late}maintenance:"), "uji.yaml")
    assert summarise([ledger], other, FEBRUARY).inputs_sha256 == before
    assert summarise([ledger], grown, FEBRUARY).inputs_sha256 == before
    dearer = inventory.parse(DISTRICT.replace("monthly_fee: 5000000", "monthly_fee: 5000001"), "uji.yaml")
    assert summarise([ledger], dearer, FEBRUARY).inputs_sha256 != before


def test_a_month_with_an_open_outage_is_provisional_until_it_ends(ledger: Ledger) -> None:
    district = small("dinkes")
    began, end = at("2026-02-28T23:00"), at("2026-03-01T06:00")
    fill(ledger, "dinkes/primary", end="2026-02-28T23:00")
    batch = Batch()
    batch.add("dinkes/primary", [Span(began, end, State.DOWN)], Outage(began, began + 60))
    ledger.write(batch)
    assert closed(ledger, district).is_provisional
    assert [of.is_provisional for of in ledger.closed_months()] == [True]
    growing = Batch()
    growing.add("dinkes/primary", [Span(end, end + 3_600, State.DOWN)], None)
    ledger.write(growing)
    assert closed(ledger, district).revision == 1  # it still lasts: nothing of February has changed
    ended = Batch()
    ended.add("dinkes/primary", [Span(end + 3_600, end + 7_200, State.UP)], Outage(began, began + 60, end + 3_600))
    ledger.write(ended)
    final = closed(ledger, district)
    assert (final.revision, final.is_provisional) == (2, False)
    assert final.links[0].incidents[0].counted.seconds == 8 * 3_600


def test_a_month_whose_last_slots_are_not_settled_yet_is_provisional(ledger: Ledger) -> None:
    district = small("dinkes", "disdik")
    fill(ledger, "dinkes/primary", end="2026-03-01T00:00:05")
    fill(ledger, "disdik/primary", end="2026-02-28T23:59:58")
    assert closed(ledger, district).is_provisional
    fill(ledger, "dinkes/primary", start="2026-03-01T00:00:05", end="2026-03-01T00:10:00")
    final = closed(ledger, district)
    assert (final.revision, final.is_provisional) == (2, False)
    assert final.links[1].figures.unmeasured == 2


def test_a_month_that_is_not_over_cannot_be_closed(ledger: Ledger) -> None:
    fill(ledger, "dinkes/primary", end="2026-02-28T23:59:59")
    with pytest.raises(InputError, match="2026-02 isn't over in the ledger"):
        closed(ledger, small("dinkes"))
    assert ledger.closed_months() == ()


def test_a_link_that_is_gone_is_reported_as_it_was_when_the_month_was_closed(ledger: Ledger) -> None:
    fill(ledger, "dinkes/primary", ("2026-02-03T09:00", "2026-02-03T10:00"))
    fill(ledger, "disdik/primary", ("2026-02-05T09:00", "2026-02-05T11:00"))
    before = SMALL + an_office("dinkes") + an_office("disdik")
    first = closed(ledger, small("dinkes", "disdik"), document=before)
    whole, unknown = completed(small("dinkes"), ledger.closed_inventories("2026-02"), ["disdik/primary"])
    assert unknown == []
    again = summarise([ledger], whole, FEBRUARY)
    assert [of.link.id for of in again.links] == ["dinkes/primary", "disdik/primary"]
    assert (again.inputs_sha256, again.revision) == (first.inputs_sha256, 1)


def test_a_link_that_no_inventory_knows_is_named() -> None:
    district = small("dinkes")
    assert completed(district, [], ["hantu/primary"]) == (district, ["hantu/primary"])
    assert completed(district, [SMALL + an_office("disdik")], ["hantu/primary"]) == (district, ["hantu/primary"])


def test_a_gone_link_brings_the_provider_and_the_nodes_that_it_stood_on() -> None:
    whole, _ = completed(small("dinkes"), [DISTRICT], ["dinkes/backup", "hukum/primary"])
    assert [link.id for link in whole.links()] == ["dinkes/primary", "dinkes/backup", "hukum/primary"]
    assert set(whole.providers) == {"isp", "gelombang", "serat"}


@pytest.fixture
def two(tmp_path: Path) -> Iterator[list[Ledger]]:
    with ExitStack() as stack:
        yield [stack.enter_context(Ledger.create(tmp_path / f"{name}.sqlite3")) for name in ("barat", "timur")]


def test_several_ledgers_make_one_report_where_no_link_is_in_two(two: list[Ledger]) -> None:
    fill(two[0], "dinkes/primary", ("2026-02-03T09:00", "2026-02-03T10:00"))
    fill(two[1], "disdik/primary", ("2026-02-05T09:00", "2026-02-05T11:00"))
    summary = summarise(two, united([small("dinkes"), small("disdik")]), FEBRUARY)
    assert [(of.link.id, of.figures.down) for of in summary.links] == [
        ("dinkes/primary", 3_600),
        ("disdik/primary", 7_200),
    ]
    assert summary.providers[0].figures.down == 10_800


def test_a_link_in_two_ledgers_is_refused_with_both_names(two: list[Ledger]) -> None:
    for of in two:
        fill(of, "dinkes/primary")
    with pytest.raises(InputError, match=r"dinkes/primary is in .*barat\.sqlite3 and in .*timur\.sqlite3"):
        summarise(two, small("dinkes"), FEBRUARY)


def test_windows_hold_for_the_links_of_the_ledger_that_knows_them(two: list[Ledger]) -> None:
    district = small("dinkes", "disdik")
    window = "maintenance:\n  - {start: 2026-02-03T09:00, end: 2026-02-03T10:00, scope: [isp], reason: r}\n"
    announced = inventory.parse(SMALL + an_office("dinkes") + window, "kecil.yaml").maintenance
    two[0].record_windows(announced, at("2026-02-01T00:00"))
    for of, link in zip(two, ("dinkes/primary", "disdik/primary"), strict=True):
        fill(of, link)
    summary = summarise(two, district, FEBRUARY)
    assert [of.figures.excluded for of in summary.links] == [3_600, 0]
    assert len(summary.windows) == 1


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("name: PT,", "name: PT Lain,", "differ in provider isp"),
        ("monthly_fee: 1000000", "monthly_fee: 1", "differ in link dinkes/primary"),
        ("Asia/Jakarta", "Asia/Makassar", "of different zones"),
    ],
)
def test_inventories_that_contradict_each_other_are_refused(old: str, new: str, words: str) -> None:
    other = inventory.parse((SMALL + an_office("dinkes")).replace(old, new), "lain.yaml")
    with pytest.raises(InputError, match=words):
        united([small("dinkes"), other])
    assert united([small("dinkes"), small("dinkes")]) == small("dinkes")
