"""The tables of Providers and SLA: a row a provider, a row a link of this month, a row a link of last month."""

from __future__ import annotations

from typing import Any

import sla_series as sla
from cells import exact_ratio, state_cell
from link_rows import NAMES, ROWS, cell, counts, cut_to, name_columns, named, number, sums
from panels import (
    GREY,
    ORANGE,
    SKY,
    UNKNOWN_CELL,
    VERMILLION,
    Json,
    mapping,
    override,
    query,
    steps,
    table,
)
from whole import CHOSEN_LINKS, ON_LINK, address

ON_PROVIDER = "on (job, instance, provider)"
PROVIDERS = 'provider:info:newest{provider=~"$provider"}'
OUTAGES = f"(provider:outage:info and {ON_PROVIDER} {CHOSEN_LINKS})"

PROVIDER_STATES = mapping({"0": ("Outage", VERMILLION), "0.5": ("Unmeasured", GREY), "1": ("No outage", "transparent")})
STANDINGS = mapping(
    {
        "0": ("Used up", VERMILLION),
        "1": ("Below so far", ORANGE),
        "2": ("On target", "transparent"),
        "3": ("Unmeasured", GREY),
    },
)
LAST_STANDINGS = mapping(
    {"0": ("Below target", VERMILLION), "1": ("No figure", GREY), "2": ("On target", "transparent")}
)
# Beside the words for a target of 100 %, whose share of nothing is one end or the other.
NO_BUDGET = [
    {"type": "range", "options": {"from": low, "to": high, "result": {"text": "None", "index": index}}}
    for index, (low, high) in enumerate(((-1e12, -sla.NO_BUDGET), (sla.NO_BUDGET, 1e12)))
]


def money(**more: Any) -> Json:
    """A column of whole rupiah."""
    return {"unit": "locale", "decimals": 0, "custom__align": "right", "noValue": UNKNOWN_CELL, **more}


def providers() -> Json:
    """One row a provider: what is wrong with it now, and what it owes."""
    state = (
        f"0 * {OUTAGES}"
        f" or {ON_PROVIDER} count by (job, instance, provider) ({CHOSEN_LINKS} and {ON_LINK} opd_link_up) * 0 + 1"
        f" or {ON_PROVIDER} 0.5 * ({PROVIDERS} and {ON_PROVIDER} {CHOSEN_LINKS})"
    )
    since = f"(provider:outage_start:local and {ON_PROVIDER} {OUTAGES}) - on (job, instance) group_left ()"
    return table(
        "Providers",
        "Every provider of the chosen links, whom to call, and what its links make of the month so far. `Outage` means "
        "that at least three and half of its measured links are down together. `Lowest` is the availability of its "
        "worst link; percentages are never averaged here, the report pools the seconds. A dash is not known. Choose a "
        "provider to see it alone.",
        [
            query(f"max by (provider, name, noc) ({PROVIDERS} and {ON_PROVIDER} {CHOSEN_LINKS})", table=True),
            query(f"min by (provider) ({state})", table=True),
            query(f"1000 * min by (provider) ({since} zone:offset:newest)", table=True),
            query(number("provider"), table=True),
            query(counts("provider", "opd_link_state == 0", "opd_link_state != 4"), table=True),
            query(counts("provider", f"{sla.LEFT} < 0", sla.LEFT), table=True),
            query(counts("provider", f"{sla.SO_FAR} < {sla.TARGET}", f"{sla.SO_FAR} and {sla.TARGET}"), table=True),
            query(sla.shown(f"min by (provider) ({CHOSEN_LINKS} * {ON_LINK} group_left () {sla.SO_FAR})"), table=True),
            query(sums("provider", sla.CREDIT), table=True),
        ],
        columns={
            "name": "Provider",
            "provider": "Code",
            "Value #B": "State",
            "Value #C": "Outage since",
            "noc": "Call",
            "Value #D": "Links",
            "Value #E": "Down now",
            "Value #F": "Used up",
            "Value #G": "Below so far",
            "Value #H": "Lowest",
            "Value #I": "Credit, Rp",
        },
        sort=("State", False),
        at=(0, 3, 24, 5),
        unit="none",
        decimals=0,
        no_value="Unknown: the monitor gives no data about providers",
        overrides=_provider_columns(),
    )


def _provider_columns() -> list[Json]:
    number: Json = {"custom__align": "right", "noValue": UNKNOWN_CELL, "color": {"mode": "thresholds"}}
    trouble: Json = {**number, "custom__cellOptions": {"type": "color-text"}}
    return [
        override("Provider", links=[only_this_provider()], custom__minWidth=170),
        override("Code", custom__width=145),
        override("State", **state_cell(PROVIDER_STATES, custom__width=105)),
        override(
            "Outage since",
            unit="dateTimeAsIsoNoDateIfToday",
            custom__width=145,
            custom__align="left",
            noValue=UNKNOWN_CELL,
        ),
        override("Call", custom__width=235, noValue=UNKNOWN_CELL),
        override("Links", custom__width=55, **number),
        override("Down now", custom__width=95, thresholds=steps("text", (1, VERMILLION)), **trouble),
        override(
            "Used up",
            description="Links whose budget is used up",
            custom__width=75,
            thresholds=steps("text", (1, VERMILLION)),
            **trouble,
        ),
        override(
            "Below so far",
            description="Links below their target so far, those with a used-up budget among them",
            custom__width=100,
            thresholds=steps("text", (1, ORANGE)),
            **trouble,
        ),
        override("Lowest", description="Availability of the worst link so far", **exact_ratio(custom__width=82)),
        override("Credit, Rp", description="So far, at least", **money(custom__width=105)),
    ]


def links() -> Json:
    """One row a link, the one with the least of its budget left first."""
    worst = sla.WORST
    return table(
        "Links by what is left of their budget",
        f"The month so far by the ledger, provisional until the month is closed: the {ROWS} links with the smallest "
        "share of their downtime budget left, the worst first. `Used up` means that the target can't be kept any more, "
        "unless down time is excluded later. Unmeasured time is charged to nobody and earns no credit. Links without a "
        "target aren't here. A dash is not known. Choose an office to see it.",
        [
            query(named(worst), table=True),
            query(cell(f"({sla.STANDING})", worst), table=True),
            query(cut_to(100, f"max by (opd, link) ({worst})"), table=True),
            query(cell(sla.LEFT, worst), table=True),
            query(sla.shown(cell(sla.SO_FAR, worst)), table=True),
            query(cell(sla.TARGET, worst), table=True),
            query(cell("opd_link:budget_burn:ratio1h", worst), table=True),
            query(cell(sla.CREDIT, worst), table=True),
            query(sla.shown(cell(sla.LAST_MONTH, worst)), table=True),
        ],
        columns={
            **NAMES,
            "Value #B": "Standing",
            "Value #C": "Budget left",
            "Value #D": "Left",
            "Value #E": "So far",
            "Value #F": "Target",
            "Value #G": "Burn rate",
            "Value #H": "Credit, Rp",
            "Value #I": "Last month",
        },
        sort=("Budget left", False),
        at=(0, 8, 24, 11),
        unit="none",
        no_value="Unknown: no link has a target, or the ledger's figures aren't there yet",
        overrides=[*name_columns(), *_month_columns()],
    )


def _month_columns() -> list[Json]:
    left: Json = {
        "unit": "percentunit",
        "decimals": 0,
        "min": 0,
        "max": 1,
        "mappings": NO_BUDGET,
        "thresholds": steps(VERMILLION, (0, ORANGE), (0.25, SKY)),
        "color": {"mode": "thresholds"},
        "custom__cellOptions": {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"},
        "noValue": UNKNOWN_CELL,
    }
    return [
        override("Standing", **state_cell(STANDINGS, custom__width=102)),
        override("Budget left", custom__width=118, **left),
        override("Left", unit="s", decimals=1, custom__width=88, custom__align="right", noValue=UNKNOWN_CELL),
        override("So far", **exact_ratio(custom__width=85)),
        override("Target", **exact_ratio(custom__width=85)),
        override(
            "Burn rate",
            description="In the last hour, how many times as fast as a whole month would allow",
            decimals=1,
            thresholds=steps("text", (1, ORANGE), (14.4, VERMILLION)),
            color={"mode": "thresholds"},
            custom__cellOptions={"type": "color-text"},
            custom__align="right",
            custom__width=82,
            noValue=UNKNOWN_CELL,
        ),
        override("Credit, Rp", description="So far, at least", **money(custom__width=100)),
        override("Last month", **exact_ratio(custom__width=92)),
    ]


def last_month() -> Json:
    """One row a link of last month, the furthest below its target first."""
    worst = sla.WORST_LAST_MONTH
    made = table(
        "Last month, link by link",
        f"The {ROWS} links that were furthest below their target last month, then those without a figure: nothing was "
        "measured of them, or they are new, and no figure is never a kept target. The verdict, which minds unmeasured "
        "time, and the credit are in the monthly report. Targets are those of today.",
        [
            query(named(worst), table=True),
            query(cell(f"({sla.LAST_STANDING})", worst), table=True),
            query(sla.shown(cell(sla.LAST_MONTH, worst)), table=True),
            query(cell(sla.TARGET, worst), table=True),
            query(cell(sla.MARGIN, worst), table=True),
        ],
        columns={
            **NAMES,
            "Value #B": "Against the target",
            "Value #C": "Last month",
            "Value #D": "Target",
            "Value #E": "Difference",
        },
        sort=("Against the target", False),
        at=(0, 31, 24, 9),
        unit="none",
        no_value="Unknown: no link has a target, or the ledger's figures aren't there yet",
        overrides=[
            *name_columns(provider=190),
            override("Against the target", **state_cell(LAST_STANDINGS, custom__width=160)),
            override("Last month", **exact_ratio(custom__width=120)),
            override("Target", **exact_ratio(custom__width=120)),
            override(
                "Difference", description="In points of a hundred", **exact_ratio(custom__width=120, unit="percentunit")
            ),
        ],
    )
    made["options"]["sortBy"].append({"displayName": "Difference", "desc": False})
    return made


def only_this_provider() -> Json:
    """The link of a provider's cell to the same dashboard, with it alone chosen."""
    url = address("providers", provider="${__data.fields.Code}")
    return {"title": "Only ${__value.text}", "url": url, "targetBlank": False}
