from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from monitor_fakes import make_inventory, make_link

from exporter.errors import InputError
from exporter.ledger import Batch, Ledger
from exporter.model import Contract, Inventory, Language, Provider
from exporter.report import MonthSoFar, Standings, csv_form, json_form, summarise
from exporter.sla import Month
from exporter.timeline import Outage, Span, State

ISP = Provider("isp", "PT Penyedia", availability=Fraction(995, 1000))
FEBRUARY = Month(2026, 2)
UNEXPLAINED = {
    "cause": None,
    "confirmed": False,
    "evidence": None,
    "excluded": None,
    "note": None,
    "ended_with_link": False,
    "amendments": [],
}


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Jakarta")).timestamp())


def fill(ledger: Ledger, link: str, start: str, end: str, *outages: tuple[str, str]) -> None:
    """Write a link as up from start to end but for its outages."""
    position, spans, batch = at(start), [], Batch()
    for low, high in ((at(low), at(high)) for low, high in outages):
        spans += [Span(position, low, State.UP), Span(low, high, State.DOWN)]
        position = high
        batch.add(link, [], Outage(low, low + 60, high))
    if position < at(end):
        spans.append(Span(position, at(end), State.UP))
    batch.add(link, spans, None)
    ledger.write(batch)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.create(tmp_path / "ledger.sqlite3") as made:
        yield made


def district() -> Inventory:
    links = (make_link(circuit="=SN-1"), make_link(name="backup"), make_link("disdik", address="192.0.2.3"))
    return make_inventory(*links, provider=ISP)


def fill_february(ledger: Ledger) -> None:
    whole = ("2026-01-20T00:00", "2026-04-01T00:00")
    february_end = ("2026-02-28T23:20", "2026-03-01T01:05")
    fill(ledger, "dinkes/primary", *whole, ("2026-02-03T09:12", "2026-02-03T10:42"), february_end)
    fill(ledger, "dinkes/backup", *whole, ("2026-02-03T10:00", "2026-02-03T11:00"))
    fill(ledger, "disdik/primary", *whole)


def seconds(total: int, down: int) -> dict[str, int]:
    return {
        "total": total,
        "up": total - down,
        "degraded": 0,
        "down": down,
        "unmeasured": 0,
        "excluded": 0,
        "bridged": 0,
    }


def test_the_json_form_says_everything_exactly(ledger: Ledger) -> None:
    fill_february(ledger)
    document = json.loads(json_form.render(summarise([ledger], district(), FEBRUARY)))
    assert {key: document[key] for key in ("month", "timezone", "period", "provisional")} == {
        "month": "2026-02",
        "timezone": "Asia/Jakarta",
        "period": {"start": "2026-02-01T00:00:00+07:00", "end": "2026-03-01T00:00:00+07:00"},
        "provisional": False,
    }
    down = 5_400 + 2_400
    assert document["links"][0] == {
        "link": "dinkes/primary",
        "office": "dinkes",
        "provider": "isp",
        "circuit": "=SN-1",
        "target": "99.500",
        "seconds": seconds(2_419_200, down),
        "excluded_by": {"maintenance": 0, "amendment": 0, "cause": 0},
        "availability": "99.677",
        "availability_min": "99.677",
        "availability_max": "99.677",
        "coverage": "100.000",
        "experienced_availability": "99.677",
        "verdict": "met",
        "budget_remaining_seconds": 2_419_200 * 5 // 1_000 - down,
        "outages_started": 2,
        "outages_ended": 1,
        "mttr_seconds": 5_400,
        "mtbo_seconds": (2_419_200 - down) // 2,
        "rtt_ms": {"p50": None, "p95": None},
        "loss_ratio": None,
        "receive_p95_bps": None,
        "receive_p95_samples": 0,
        "transmit_p95_bps": None,
        "transmit_p95_samples": 0,
        "credit": None,
        "terms": [
            {
                "start": "2026-02-01T00:00:00+07:00",
                "end": "2026-03-01T00:00:00+07:00",
                "target": "99.500",
                "monthly_fee": None,
            }
        ],
        "payers": [{"from": "2026-02-01", "to": "2026-02-28", "by": None}],
        "parameters": {
            "interval_seconds": 1,
            "timeout_seconds": 2.0,
            "down_after": 3,
            "up_after": 3,
            "bridge": 2,
            "degraded": {"window": 300, "loss": "5.000", "rtt_seconds": 0.15},
        },
        "incidents": [
            {
                "id": "dinkes/primary@20260203T021200Z",
                "start": "2026-02-03T09:12:00+07:00",
                "end": "2026-02-03T10:42:00+07:00",
                "seconds": 5_400,
                "seconds_in_month": 5_400,
                "excluded_seconds": 0,
                "unmeasured_seconds": 0,
                "continues": False,
                **UNEXPLAINED,
            },
            {
                "id": "dinkes/primary@20260228T162000Z",
                "start": "2026-02-28T23:20:00+07:00",
                "end": "2026-03-01T01:05:00+07:00",
                "seconds": 6_300,
                "seconds_in_month": 2_400,
                "excluded_seconds": 0,
                "unmeasured_seconds": 0,
                "continues": True,
                **UNEXPLAINED,
            },
        ],
        "excluded_outages": [],
    }


def test_an_office_is_offline_only_while_all_its_links_are_down(ledger: Ledger) -> None:
    fill_february(ledger)
    document = json.loads(json_form.render(summarise([ledger], district(), FEBRUARY)))
    dinkes = document["offices"][0]
    assert (dinkes["seconds"]["down"], dinkes["outages_started"], dinkes["links"]) == (
        42 * 60,
        1,
        ["dinkes/primary", "dinkes/backup"],
    )
    assert [(i["start"], i["end"]) for i in dinkes["incidents"]] == [
        ("2026-02-03T10:00:00+07:00", "2026-02-03T10:42:00+07:00")
    ]


def test_a_provider_is_judged_by_its_links_pooled_seconds(ledger: Ledger) -> None:
    fill_february(ledger)
    (provider,) = json.loads(json_form.render(summarise([ledger], district(), FEBRUARY)))["providers"]
    assert provider["seconds"] == seconds(3 * 2_419_200, 5_400 + 2_400 + 3_600)
    assert (provider["availability"], provider["verdict"]) == ("99.842", "met")


def test_an_offices_outage_over_the_months_edge_is_in_both_months(ledger: Ledger) -> None:
    one = make_inventory(make_link(), provider=ISP)
    fill(ledger, "dinkes/primary", "2026-02-01T00:00", "2026-04-01T00:00", ("2026-02-28T23:20", "2026-03-01T01:05"))
    for month, in_month in ((FEBRUARY, 2_400), (Month(2026, 3), 3_900)):
        (office,) = summarise([ledger], one, month).offices
        (incident,) = office.incidents
        assert (incident.seconds, incident.seconds_in_month, incident.continues) == (6_300, in_month, True)


def test_an_office_is_not_offline_before_the_month_where_its_other_link_carried_it(ledger: Ledger) -> None:
    two = make_inventory(make_link(), make_link(name="backup"))
    fill(ledger, "dinkes/primary", "2026-01-20T00:00", "2026-04-01T00:00", ("2026-01-31T20:00", "2026-02-01T04:00"))
    fill(ledger, "dinkes/backup", "2026-01-20T00:00", "2026-04-01T00:00", ("2026-02-01T01:00", "2026-02-01T02:00"))
    (office,) = summarise([ledger], two, FEBRUARY).offices
    assert [(i.started_at, i.seconds, i.continues) for i in office.incidents] == [
        (at("2026-02-01T01:00"), 3_600, False)
    ]


def test_time_before_the_first_observation_is_unmeasured(ledger: Ledger) -> None:
    fill(ledger, "dinkes/primary", "2026-02-15T00:00", "2026-03-02T00:00")
    (link,) = summarise([ledger], make_inventory(make_link(), provider=ISP), FEBRUARY).links
    assert (link.figures.unmeasured, link.figures.total) == (14 * 86_400, 28 * 86_400)
    assert link.verdict.value == "undetermined"


def test_outside_a_links_validity_nothing_counts(ledger: Ledger) -> None:
    fill(ledger, "dinkes/primary", "2026-02-15T00:00", "2026-03-02T00:00")
    valid = make_link(valid_from=date(2026, 2, 15))
    (link,) = summarise([ledger], make_inventory(valid, provider=ISP), FEBRUARY).links
    assert (link.figures.total, link.figures.unmeasured, link.verdict.value) == (14 * 86_400, 0, "met")


def test_the_running_month_counts_to_each_links_last_settled_second(ledger: Ledger) -> None:
    fill(ledger, "dinkes/primary", "2026-02-01T00:00", "2026-02-03T00:00")
    fill(ledger, "disdik/primary", "2026-02-01T00:00", "2026-02-02T00:00")
    both = make_inventory(make_link(), make_link("disdik"), make_link("new"))
    summary = summarise([ledger], both, FEBRUARY)
    assert summary.is_provisional
    assert [link.figures.total for link in summary.links] == [2 * 86_400, 86_400, 0]
    assert Standings().refresh(ledger, both).offices == {"dinkes": 1, "disdik": 1, "new": None}


def test_a_month_without_data_is_named_with_what_there_is(ledger: Ledger) -> None:
    with pytest.raises(InputError, match="nothing is settled yet"):
        summarise([ledger], district(), FEBRUARY)
    fill(ledger, "dinkes/primary", "2026-02-01T00:00", "2026-02-03T00:00")
    for month in (Month(2026, 1), Month(2026, 3)):
        with pytest.raises(InputError, match=f"nothing of {month}; it goes from 2026-02-01 00:00 to 2026-02-03 00:00"):
            summarise([ledger], district(), month)


def test_before_anything_is_settled_there_are_no_standings(ledger: Ledger) -> None:
    assert Standings().refresh(ledger, district()) == MonthSoFar({}, {})


def test_the_english_table_has_points_and_the_indonesian_commas(ledger: Ledger) -> None:
    fill_february(ledger)
    summary = summarise([ledger], district(), FEBRUARY)
    english = list(csv.DictReader(io.StringIO(csv_form.links(summary, Language.ENGLISH))))
    assert (english[0]["Availability (%)"], english[0]["Verdict"], english[0]["Down (s)"]) == (
        "99.677",
        "met",
        "7800",
    )
    indonesian = list(csv.DictReader(io.StringIO(csv_form.links(summary, Language.INDONESIAN)), delimiter=";"))
    assert (indonesian[0]["Ketersediaan (%)"], indonesian[0]["Hasil"]) == ("99,677", "terpenuhi")
    assert indonesian[0]["Seluruhnya (detik)"] == "2419200"


def test_a_text_that_begins_like_a_formula_stays_a_text(ledger: Ledger) -> None:
    fill_february(ledger)
    rows = list(
        csv.DictReader(io.StringIO(csv_form.links(summarise([ledger], district(), FEBRUARY), Language.ENGLISH)))
    )
    assert (rows[0]["Circuit"], rows[1]["Circuit"]) == ("'=SN-1", "")
    assert (rows[0]["Month"], rows[0]["Provisional"]) == ("2026-02", "no")


def test_the_incidents_table_has_a_row_an_outage(ledger: Ledger) -> None:
    fill_february(ledger)
    text = csv_form.incidents(summarise([ledger], district(), FEBRUARY), Language.INDONESIAN)
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert [
        (row["Sambungan"], row["Putus (detik)"], row["Melewati batas bulan, atau belum selesai"]) for row in rows
    ] == [
        ("dinkes/primary", "5400", "tidak"),
        ("dinkes/primary", "6300", "ya"),
        ("dinkes/backup", "3600", "tidak"),
    ]


def test_an_open_outage_has_no_end_in_any_form(ledger: Ledger) -> None:
    batch = Batch()
    batch.add("dinkes/primary", [Span(at("2026-02-02T00:00"), at("2026-02-02T01:00"), State.DOWN)], None)
    batch.add("dinkes/primary", [], Outage(at("2026-02-02T00:00"), at("2026-02-02T00:01")))
    ledger.write(batch)
    summary = summarise([ledger], make_inventory(make_link()), FEBRUARY)
    (incident,) = json.loads(json_form.render(summary))["links"][0]["incidents"]
    assert (incident["end"], incident["seconds"], incident["continues"]) == (None, 3_600, True)
    assert json.loads(json_form.render(summary))["offices"][0]["incidents"][0]["end"] is None
    assert next(csv.DictReader(io.StringIO(csv_form.incidents(summary, Language.ENGLISH))))["End"] == ""


def test_the_same_ledger_gives_the_same_bytes(ledger: Ledger) -> None:
    fill_february(ledger)
    inventory = district()
    first = json_form.render(summarise([ledger], inventory, FEBRUARY))
    assert first == json_form.render(summarise([ledger], replace(inventory), FEBRUARY))


def test_an_outage_that_ends_with_its_links_validity_is_counted_as_ended(ledger: Ledger) -> None:
    batch, start, end = Batch(), at("2026-02-01T00:00"), at("2026-02-11T00:00")
    batch.add("dinkes/primary", [Span(start, end - 3_600, State.UP), Span(end - 3_600, end, State.DOWN)], None)
    batch.add("dinkes/primary", [], Outage(end - 3_600, end - 3_590, end))
    ledger.write(batch)
    fill(ledger, "disdik/primary", "2026-02-01T00:00", "2026-03-02T00:00")
    ended = make_inventory(make_link(valid_to=date(2026, 2, 10)), make_link("disdik"))
    summary = summarise([ledger], ended, FEBRUARY)
    assert (summary.links[0].frequency.ended, summary.links[0].frequency.mttr_seconds) == (1, 3_600)
    assert [incident.ended_at for incident in summary.offices[0].incidents] == [end]


def test_a_links_target_is_the_one_of_its_first_counted_day(ledger: Ledger) -> None:
    fill(ledger, "dinkes/primary", "2026-02-10T00:00", "2026-03-02T00:00")
    contract = Contract(starts_on=date(2026, 2, 10), availability=Fraction(999, 1000))
    late = make_link(valid_from=date(2026, 2, 10), contracts=(contract,))
    (link,) = summarise([ledger], make_inventory(late, provider=ISP), FEBRUARY).links
    assert link.target == Fraction(999, 1000)


def test_links_that_have_spans_in_a_month_are_known_by_name(ledger: Ledger) -> None:
    fill(ledger, "gone/primary", "2026-02-10T00:00", "2026-02-11T00:00")
    fill(ledger, "dinkes/primary", "2026-03-10T00:00", "2026-03-11T00:00")
    assert ledger.links(*FEBRUARY.period(ZoneInfo("Asia/Jakarta"))) == ["gone/primary"]
