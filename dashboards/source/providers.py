"""The dashboard Providers and SLA: the month against its targets, then how it came about, then last month."""

from __future__ import annotations

from typing import Any

import sla_series as sla
from link_rows import HIGHEST, LINES, chosen, chosen_at_end, lines
from panels import (
    GREEN,
    GREY,
    ORANGE,
    VERMILLION,
    Json,
    mapping,
    query,
    stat,
    steps,
)
from provider_tables import last_month, links, providers
from whole import dashboard, provider_outages, zero_if_none

NO_LEDGER = "Unknown: the ledger's figures aren't there yet"
REPORTS = mapping({"0": ("All made", GREEN), "1": ("One is due", ORANGE), "2": ("One is missing", VERMILLION)})


def number(
    title: str, description: str, found: str, known: str, at: tuple[int, int, int], colour: str, **rest: Any
) -> Json:
    """How many of the chosen links a series is of, on a coloured ground from one on."""
    of = f"count(group by (opd, link) ({chosen(found)}))"
    return stat(
        title,
        description,
        [query(zero_if_none(of, chosen(known)), "Links", now=True)],
        at=(*at, 3),
        unit="none",
        decimals=0,
        thresholds=steps("transparent", (1, colour)),
        color_mode="background_solid",
        **rest,
    )


def budgets() -> list[Json]:
    """How many links the month is lost for, or may be."""
    return [
        number(
            "Budgets used up",
            "Links that were down for longer than their target allows in this month. So far it can't be kept any more, "
            "unless down time is excluded later.",
            f"({sla.LEFT} < 0)",
            sla.LEFT,
            (0, 0, 4),
            VERMILLION,
            no_value=NO_LEDGER,
        ),
        number(
            "Below target so far",
            "Links whose availability in the month's measured time is below their target, those with a used-up budget "
            "among them. The others can still keep it.",
            f"({sla.SO_FAR} < {sla.TARGET})",
            f"({sla.SO_FAR} and {sla.TARGET})",
            (4, 0, 4),
            ORANGE,
            no_value=NO_LEDGER,
        ),
    ]


def links_now() -> list[Json]:
    """How many links are down, and of how many nothing is known."""
    return [
        number(
            "Links down",
            "Links that are down now, announced work left aside.",
            "(opd_link_state == 0)",
            "(opd_link_state != 4)",
            (8, 0, 4),
            VERMILLION,
        ),
        number(
            "Links unmeasured",
            "Links of which nothing is known now. Unmeasured time is neither up nor down in the month's figures; much "
            "of it leaves a month's verdict undetermined.",
            "(opd_link_state == 4)",
            "opd_link_state",
            (12, 0, 4),
            GREY,
        ),
    ]


def credit() -> Json:
    """What the month has earned so far."""
    return stat(
        "Credit so far, Rp",
        "What the providers owe for the month so far by their contracts' rules, in whole rupiah. At least that: "
        "unmeasured time earns none. Provisional until the month is closed.",
        [query(f"sum(max by (opd, link) ({chosen(sla.CREDIT)}))", "Credit", now=True)],
        at=(16, 0, 4, 3),
        unit="locale",
        decimals=0,
        no_value="Unknown: no link has a fee and a rule for credit",
    )


def reports() -> Json:
    """Whether the monthly reports are made, in words."""
    due = "max(1 + (time() - opd_report_due_timestamp_seconds > bool 86400))"
    return stat(
        "Monthly reports",
        "Whether every month that is over has its report. One is due from the first of the next month at 06:00, local "
        "time, and missing a day later.",
        [query(f"{due} or 0 * max(opd_report_last_success_timestamp_seconds)", "Reports", now=True)],
        at=(20, 0, 4, 3),
        unit="none",
        mappings=REPORTS,
        no_value="No report was made yet",
        thresholds=steps("text"),
    )


def history() -> list[Json]:
    """How the budgets came to be what they are."""
    left, burn = "opd_link:budget_left:ratio", "opd_link:budget_burn:ratio1h"
    return [
        lines(
            "Budget left over time",
            f"The {LINES} links with the smallest share of the month's budget left now. Below 0 it is used up; a new "
            "month begins with all of it. What is below -100 % leaves the graph; its name has the value. A gap means "
            "that the monitor gave no data.",
            left,
            f"bottomk({LINES}, {chosen_at_end(f'{left} @ end()')})",
            least_first=True,
            at=(0, 19, 12, 9),
            unit="percentunit",
            decimals=0,
            no_value=NO_LEDGER,
            axis={"axisSoftMin": 0, "axisSoftMax": 1},
            min=-1,
            thresholds=steps("transparent", (0, VERMILLION)),
            threshold_style="line",
        ),
        lines(
            "How fast budgets burn",
            f"The {LINES} links whose budget burnt fastest in the chosen range: how many times as fast as a whole "
            "month would allow, over an hour. At 1 it lasts just a month, from 14.4 on an hour takes a fiftieth of "
            "it. Of an hour that is measured by less than half nothing is said.",
            burn,
            f"topk({LINES}, {chosen_at_end(f'(max_over_time({burn}[$__range] @ end()) > 0)')})",
            at=(12, 19, 12, 9),
            unit="none",
            calc=HIGHEST,
            min=0,
            axis={"scaleDistribution": {"type": "symlog", "log": 10, "linearThreshold": 1}},
            no_value="No budget was burnt in this range, as far as was measured",
            thresholds=steps("transparent", (1, ORANGE), (14.4, VERMILLION)),
            threshold_style="line",
        ),
    ]


def closed() -> list[Json]:
    """Last month in four numbers."""
    made = "1000 * max(opd_report_last_success_timestamp_seconds)"
    return [
        number(
            "Below target last month",
            "Links whose availability in last month's measured time was below their target of today. The verdict is "
            "in the monthly report.",
            f"({sla.LAST_MONTH} < {sla.TARGET})",
            f"({sla.LAST_MONTH} and {sla.TARGET})",
            (0, 28, 6),
            VERMILLION,
            no_value="Unknown: last month has no figures",
        ),
        number(
            "Not below target last month",
            "Links whose availability in last month's measured time was not below their target of today. Where much "
            "was unmeasured the report's verdict can still be undetermined.",
            f"({sla.LAST_MONTH} >= {sla.TARGET})",
            f"({sla.LAST_MONTH} and {sla.TARGET})",
            (6, 28, 6),
            "transparent",
            no_value="Unknown: last month has no figures",
        ),
        number(
            "Without a figure for last month",
            "Links with a target of which nothing was measured last month, or that are new. That is never a kept "
            "target.",
            f"({sla.TARGET} unless {sla.LAST_MONTH})",
            sla.TARGET,
            (12, 28, 6),
            GREY,
        ),
        stat(
            "Latest report made",
            "When a monthly report was last made. A later amendment brings another revision; earlier ones are kept.",
            [query(made, "Made", now=True)],
            at=(18, 28, 6, 3),
            unit="dateTimeAsIso",
            no_value="No report was made yet",
        ),
    ]


def build() -> Json:
    """The dashboard Providers and SLA."""
    panels = [*budgets(), *links_now(), credit(), reports(), providers(), links(), *history(), *closed(), last_month()]
    return dashboard("providers", panels, annotations=[provider_outages()], since="now-24h")
