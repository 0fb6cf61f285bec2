"""How an office stands: its outages, the month's budget, its website. For the Office dashboard."""

from __future__ import annotations

import json

from cells import exact_ratio, instant_cell, lasting_cell, state_cell
from link_tables import series
from panels import (
    GREEN,
    GREY,
    ORANGE,
    UNKNOWN_CELL,
    VERMILLION,
    Json,
    mapping,
    override,
    query,
    stat,
    steps,
    table,
)
from provider_tables import STANDINGS
from sla_series import STANDING, shown
from website_tables import words
from whole import ON_LINK

OUTAGES = mapping({"0": ("Over", GREEN), "1": ("Open", VERMILLION), "2": ("None", "transparent")})
CAUSES = {
    "link": "The line",
    "power": "Power lost",
    "upstream": "A node above",
    "provider": "The provider",
    "unknown": "Not known",
}
WEBSITES = mapping({"0": ("Not active", VERMILLION), "1": ("Active", GREEN), "2": ("Unmeasured", GREY)})
SITE = '{opd="$opd"}'


def outages() -> Json:
    """Each link's open outage, else its latest."""
    start = f"max by (link) ({series('opd_link_outage_start_timestamp_seconds')})"
    end = f"max by (link) ({series('opd_link_outage_end_timestamp_seconds')})"
    now = f"time() + 0 * max by (link) ({series('opd_link_outage_open')} == 1)"
    ever = f"max by (link) ({series('opd_link_outage_open')} and on (job, instance, opd, link) {start_of_any()})"
    none = (
        f"label_replace(0 * count({series('opd_link_outage_open')}) + 2"
        f' unless count({start_of_any()}), "link", "No outage", "", "")'
    )
    return table(
        "Outages",
        "Each link's open outage, else its latest: since when, how long, what it looks like so far and the last hop "
        "that answers. `terpadu outages show` with an open one's id tells the whole evidence, `terpadu outages list` "
        "has the earlier ones.",
        [
            query(f"{ever} or {none}", table=True),
            query(f"max by (link, outage) ({series('opd_link_outage_info')})", table=True),
            query(f"1000 * {start}", table=True),
            query(f"1000 * {end}", table=True),
            query(f"({end} or {now}) - {start}", table=True),
            query(f"max by (link, reason, hop) ({series('opd_link:evidence:info')})", table=True),
        ],
        columns={
            "link": "",
            "Value #A": "State",
            "Value #C": "Began",
            "Value #D": "Ended",
            "Value #E": "Lasted",
            "reason": "Looks like",
            "hop": "Last hop",
            "outage": "Id",
        },
        sort=("Began", True),
        at=(0, 12, 17, 5),
        unit="none",
        overrides=[
            override("link", displayName="Link", custom__width=95),
            override("State", **state_cell(OUTAGES, custom__width=85)),
            override("Began", **instant_cell(100)),
            override("Ended", **instant_cell(100)),
            override("Lasted", **lasting_cell(90)),
            override("Looks like", noValue=UNKNOWN_CELL),
            override("Last hop", noValue=UNKNOWN_CELL),
            override("Id", custom__width=255, noValue=UNKNOWN_CELL),
        ],
    )


def start_of_any() -> str:
    """The beginnings of the chosen links' outages."""
    return series("opd_link_outage_start_timestamp_seconds")


def causes() -> Json:
    """How many outages had which cause."""
    return stat(
        "Ended outages by cause",
        "All outages in the ledger whose cause is final, as the monitor judged it: nothing of it is proof.",
        [
            query(f"sum({series('opd_link_outages_total', f'cause={json.dumps(cause)}')})", words, now=True)
            for cause, words in CAUSES.items()
        ],
        at=(17, 12, 7, 5),
        unit="none",
        decimals=0,
        no_value="None that has ended",
        options={"textMode": "value_and_name", "text": {"titleSize": 13, "valueSize": 20}},
    )


def budget() -> Json:
    """The running month of each link against its contract."""
    remaining = f"max by (link) ({series('opd_sla_downtime_budget_remaining_seconds')})"
    burn = f"max by (link) (last_over_time({series('opd_link:budget_burn:ratio1h')}[10m]))"
    return table(
        "The month against the contract",
        "The running month, provisional until it is closed: the share of measured and counted time that each link was "
        "available (cut, not rounded), and what its target still allows of down time. A burn of 1 would use up the "
        "budget just at the month's end. A dash is not known, or nothing is promised.",
        [
            query(f"max by (link) ({series('opd_link_info')})", table=True),
            query(f"max by (link) ({series('opd_link_contract_availability_ratio')})", table=True),
            query(shown(f"max by (link) ({series('opd_sla_availability_ratio')})"), table=True),
            query(f"min by (link) (({STANDING}) and {ON_LINK} {series('opd_link_info')})", table=True),
            query(f"max by (link) ({series('opd_sla_downtime_budget_seconds')})", table=True),
            query(remaining, table=True),
            query(burn, table=True),
            query(f"max by (link) ({series('opd_sla_credit_rupiah')})", table=True),
            query(shown(f"max by (link) ({series('opd_sla_last_month_availability_ratio')})"), table=True),
        ],
        columns={
            "link": "",
            "Value #B": "Target",
            "Value #C": "Available",
            "Value #D": "Standing",
            "Value #E": "Budget",
            "Value #F": "Left",
            "Value #G": "Burn, 1 h",
            "Value #H": "Credit, Rp",
            "Value #I": "Last month",
        },
        sort=("Link", True),
        at=(0, 34, 24, 4),
        unit="none",
        overrides=[
            override("link", displayName="Link", custom__width=100),
            override("Target", **exact_ratio()),
            override("Available", **exact_ratio()),
            override("Standing", **state_cell(STANDINGS, custom__width=120)),
            override("Budget", unit="s", decimals=1, custom__align="right", custom__width=130, noValue=UNKNOWN_CELL),
            override("Left", unit="s", decimals=1, custom__align="right", custom__width=130, noValue=UNKNOWN_CELL),
            override("Burn, 1 h", decimals=1, custom__align="right", noValue=UNKNOWN_CELL),
            override("Credit, Rp", unit="locale", decimals=0, custom__align="right", noValue=UNKNOWN_CELL),
            override("Last month", **exact_ratio()),
        ],
    )


def website() -> Json:
    """The office's website as it is."""
    state = f"max by (opd) (opd_website_up{SITE} or on (job, instance, opd) 2 * opd_website_info{SITE})"
    updated = f"max by (opd) (opd_website_content_updated_timestamp_seconds{SITE})"
    return table(
        "Website",
        "The office's website: whether it is active, by two checks that agree, why not, and when it last published "
        "something. A dash is not known.",
        [
            query(f"max by (opd, url, update_every) (opd_website_info{SITE})", table=True),
            query(state, table=True),
            query(f"max by (opd, reason) (opd_website_reason_info{SITE})", table=True),
            query(f"max by (opd) (opd_website_http_status_code{SITE})", table=True),
            query(f"max by (opd) (opd_website_response_seconds{SITE})", table=True),
            query(f"1000 * {updated}", table=True),
            query(f"(time() - {updated}) / max by (opd) (opd_website_update_target_seconds{SITE})", table=True),
            query(f"1000 * max by (opd) (opd_website_tls_not_after_timestamp_seconds{SITE})", table=True),
        ],
        columns={
            "url": "Address",
            "Value #B": "State",
            "reason": "Why not",
            "Value #D": "Status",
            "Value #E": "Response",
            "Value #F": "Last update",
            "update_every": "To be updated every",
            "Value #G": "Age in periods",
            "Value #H": "Certificate until",
        },
        sort=("Address", False),
        at=(0, 38, 24, 4),
        unit="none",
        no_value="The inventory has no website of this office",
        overrides=[
            override("Address", custom__minWidth=220),
            override("State", **state_cell(WEBSITES, custom__width=115)),
            override("Why not", mappings=words(), noValue=UNKNOWN_CELL),
            override("Status", decimals=0, custom__width=80, noValue=UNKNOWN_CELL),
            override("Response", unit="s", decimals=0, custom__width=100, noValue=UNKNOWN_CELL),
            override("Last update", unit="dateTimeFromNow", custom__align="left", noValue=UNKNOWN_CELL),
            override("To be updated every", custom__width=160),
            override(
                "Age in periods",
                decimals=1,
                custom__width=125,
                custom__cellOptions={"type": "color-text"},
                thresholds=steps("text", (1, ORANGE)),
                color={"mode": "thresholds"},
                noValue=UNKNOWN_CELL,
            ),
            override("Certificate until", unit="dateTimeAsIso", custom__align="left", noValue=UNKNOWN_CELL),
        ],
    )
