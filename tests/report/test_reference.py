from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import pytest
from letters import Plain
from random_months import RandomMonth
from second_by_second import reckon

from exporter.credit import Credit
from exporter.exclusion import ExcludedBy
from exporter.ledger import Ledger
from exporter.report import Summary, summarise
from exporter.report.summary import LinkSummary, OfficeSummary, ProviderSummary
from exporter.sla import Figures, Frequency, Incident, Month, percent


@pytest.mark.parametrize("seed", range(100))
def test_a_random_month_is_what_a_count_second_by_second_finds(seed: int, tmp_path: Path) -> None:
    made = RandomMonth(seed)
    path = tmp_path / "terpadu.sqlite3"
    made.write(path)
    with Ledger.existing(path) as ledger:
        summary = summarise([ledger], made.world.inventory, Month(made.year, made.month))
    assert plain(summary) == reckon(made.world, made.year, made.month)


def plain(summary: Summary) -> Plain:
    return {
        "links": {of.link.id: link(of) for of in summary.links},
        "offices": {of.office.code: office(of) for of in summary.offices},
        "providers": {of.provider.code: provider(of) for of in summary.providers},
    }


def link(of: LinkSummary) -> Plain:
    return {
        **figures(of.figures, of.excluded_by, of.experienced),
        "bridged": of.figures.bridged,
        "target": of.target,
        "verdict": of.verdict.value,
        "budget": of.budget_remaining_seconds,
        **frequency(of.frequency),
        "incidents": incidents(incident.counted for incident in of.incidents),
        "excluded_outages": [incident.counted.id for incident in of.excluded_outages],
        "claims": list(of.claims),
        "credit": credit(of.credit),
        "days": [seconds(day) for day in of.days],
    }


def office(of: OfficeSummary) -> Plain:
    return {
        **figures(of.figures, of.excluded_by, of.experienced),
        **frequency(of.frequency),
        "incidents": incidents(of.incidents),
    }


def provider(of: ProviderSummary) -> Plain:
    return {
        **figures(of.figures, of.excluded_by, of.experienced),
        "verdict": of.verdict.value,
        "credit": credit(of.credit),
    }


def figures(of: Figures, by: ExcludedBy, experienced: Fraction | None) -> Plain:
    return {
        "seconds": seconds(of),
        "excluded_by": [by.maintenance, by.amendment, by.cause],
        "fraction": of.availability,
        "availability": percent(of.availability),
        "min": percent(of.availability_min),
        "max": percent(of.availability_max),
        "coverage": percent(of.coverage),
        "experienced": percent(experienced),
    }


def seconds(of: Figures) -> Plain:
    return {
        "total": of.total,
        "up": of.up,
        "degraded": of.degraded,
        "down": of.down,
        "unmeasured": of.unmeasured,
        "excluded": of.excluded,
    }


def frequency(of: Frequency) -> Plain:
    return {"started": of.started, "ended": of.ended, "mttr": of.mttr_seconds, "mtbo": of.mtbo_seconds}


def incidents(found: Iterable[Incident]) -> list[Plain]:
    return [
        {
            "id": of.id,
            "start": of.started_at,
            "end": of.ended_at,
            "seconds": of.seconds,
            "in_month": of.seconds_in_month,
            "excluded": of.excluded_seconds,
            "unmeasured": of.unmeasured_seconds,
            "continues": of.continues,
        }
        for of in found
    ]


def credit(of: Credit | None) -> Plain | None:
    return None if of is None else {"formula": of.formula, "amount": of.amount, "at_least": of.at_least}
