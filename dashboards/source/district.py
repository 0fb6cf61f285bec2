"""The District dashboard: what is wrong now, then every office."""

from __future__ import annotations

from cells import bar_cell, cut_ratio, state_cell
from office_map import places_on_map
from panels import (
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    SNMP_STEP,
    UNKNOWN_CELL,
    VERMILLION,
    YELLOW,
    Json,
    mapping,
    override,
    query,
    stat,
    steps,
    table,
    timeline,
)
from trouble import above, open_outages, places, todays_outages
from whole import ON_OFFICE, cut, dashboard, office_link, provider_outages, zero_if_none

OFFICES = f'(opd:info:newest{{district=~"$district"}} and {ON_OFFICE} opd_link:info:newest{{provider=~"$provider"}})'
# The worse word where several monitors watch one office.
STATES = f"min by (opd) (opd:state:code and {ON_OFFICE} {OFFICES})"
# The worst first, as opd:state:code counts.
OFFICE_STATES = mapping(
    {
        "0": ("Down", VERMILLION),
        "1": ("Unmeasured", GREY),
        "2": ("Link down", ORANGE),
        "3": ("Degraded", YELLOW),
        "4": ("Maintenance", SKY),
        "5": ("Up", GREEN),
    },
)
LABELS = "(name, latitude, longitude)"
_PLACED = f'(opd:state:code * {ON_OFFICE} group_left {LABELS} opd:info:newest{{latitude!="",district=~"$district"}})'
LOCATED = f"min by (opd, name, latitude, longitude) ({_PLACED} and {ON_OFFICE} {OFFICES})"
# Fires always: where it doesn't, no rule is evaluated.
WATCHED = 'ALERTS{alertstate="firing",alertname="Watchdog"}'
# Grafana's own list of the rules of its data sources.
ALERTS_URL = "/alerting/list?search=state:firing"
GRID_CELLS, ROWS_OVER_TIME = 60, 40


def alarms() -> list[Json]:
    """Whether the monitor can be believed, and how many pages stand."""
    working = (
        '5 * (max(up{job="terpadu"} == bool 0) == 1) or 4 * (max(opd_monitor_isolated) == 1)'
        " or 1 - min(terpadu_ledger_writable) + 2 * (1 - min(terpadu_inventory_last_reload_successful))"
    )
    pages = 'count(ALERTS{alertstate="firing",severity="page"})'
    return [
        stat(
            "Monitor",
            "Whether the monitor answers, sees anything, can write its ledger and has read the latest inventory; of "
            "several the worst.",
            [query(working, "Monitor", now=True)],
            at=(0, 0, 3, 3),
            unit="none",
            thresholds=steps("text", (1, VERMILLION)),
            color_mode="background_solid",
            mappings=mapping(
                {
                    "0": ("Working", "transparent"),
                    "1": ("Can't write", VERMILLION),
                    "2": ("Old inventory", ORANGE),
                    "3": ("Both fail", VERMILLION),
                    "4": ("Cut off", PURPLE),
                    "5": ("Silent", VERMILLION),
                },
            ),
        ),
        stat(
            "Pages",
            "Alerts that page somebody now, of the whole district; each stands for a minute or longer beyond the end "
            "of what it is about. Choose it to see them with their runbooks.",
            [query(zero_if_none(pages, WATCHED), "Pages", now=True)],
            at=(3, 0, 3, 3),
            unit="none",
            thresholds=steps("transparent", (1, VERMILLION)),
            color_mode="background_solid",
            decimals=0,
            links=[{"title": "The alerts that fire", "url": ALERTS_URL, "targetBlank": False}],
        ),
    ]


def counts() -> list[Json]:
    """How many offices are in each state."""

    def offices(title: str, code: int, colour: str, description: str, x: int) -> Json:
        return stat(
            title,
            description,
            [query(zero_if_none(f"count(({STATES}) == {code})", STATES), title, now=True)],
            at=(x, 0, 3, 3),
            unit="none",
            thresholds=steps("transparent", (1, colour)),
            color_mode="background_solid",
            decimals=0,
        )

    return [
        offices("Offices down", 0, VERMILLION, "Offices of which no link is available.", 6),
        offices("Unmeasured", 1, GREY, "Offices of which nothing is known now: neither up nor down.", 9),
        offices("A link down", 2, ORANGE, "Offices that are connected although one of their links is down.", 12),
        offices("Degraded", 3, YELLOW, "Offices with a link that answers with too much loss or too late.", 15),
        offices("Maintenance", 4, SKY, "Offices all of whose links are in announced work.", 18),
        offices("Offices up", 5, GREEN, "Offices whose links are all up.", 21),
    ]


def grid() -> Json:
    """One cell an office, the worst first."""
    codes = STATES
    made = stat(
        "Offices by state",
        f"One cell an office by its code, the worst first; the {GRID_CELLS} worst where there are more. Choose one to "
        "see it.",
        [query(codes, table=True)],
        at=(0, 15, 14, 10),
        unit="none",
        mappings=OFFICE_STATES,
        color_mode="background_solid",
        options={
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "/^Value$/", "values": True, "limit": GRID_CELLS},
            "text": {"titleSize": 13, "valueSize": 16},
            "textMode": "value_and_name",
        },
        links=[office_link()],
    )
    made["transformations"] = [
        {"id": "filterFieldsByName", "options": {"include": {"names": ["opd", "Value"]}}},
        {"id": "sortBy", "options": {"fields": {}, "sort": [{"field": "Value"}]}},
        {"id": "limit", "options": {"limitField": GRID_CELLS}},
    ]
    return made


def office_table() -> Json:
    """One row an office."""
    of_choice = f"and {ON_OFFICE} {OFFICES}"

    def used(direction: str) -> str:
        return f'max by (opd) (opd_link:contract_use:ratio5m{{direction="{direction}"}} {of_choice})'

    return table(
        "Offices",
        "Every office, the worst first. Uptime counts measured time only, as Prometheus sampled it; the monthly report "
        "has the exact figures, and percentages are cut, not rounded. Round trip and loss are of the last five minutes "
        "and the better link's, use is the busier link's. A dash is not known. Choose an office to see it.",
        [
            query(
                f"min by (opd, name, district) (opd:state:code * {ON_OFFICE} group_left (name, district) {OFFICES})",
                table=True,
            ),
            query(cut(f"max by (opd) (avg_over_time(opd_up[$__range]) {of_choice})"), table=True),
            query(cut(f"max by (opd) (opd_availability_ratio {of_choice})"), table=True),
            query(f"min by (opd) (opd_link:rtt_seconds:p50_5m {of_choice})", table=True),
            query(f"min by (opd) (opd_link:loss:ratio5m {of_choice})", table=True),
            query(used("receive"), table=True, step=SNMP_STEP),
            query(used("transmit"), table=True, step=SNMP_STEP),
        ],
        columns={
            "name": "Office",
            "opd": "",
            "district": "District",
            "Value #A": "State",
            "Value #B": "Uptime",
            "Value #C": "This month",
            "Value #D": "Round trip",
            "Value #E": "Loss",
            "Value #F": "Download used",
            "Value #G": "Upload used",
        },
        sort=("State", False),
        at=(0, 34, 24, 14),
        unit="none",
        overrides=_of_offices(),
    )


def _of_offices() -> list[Json]:
    latency: Json = {
        "unit": "s",
        "decimals": 1,
        "thresholds": steps("text", (0.15, ORANGE)),
        "color": {"mode": "thresholds"},
        "custom__cellOptions": {"type": "color-text"},
        "custom__align": "right",
        "custom__width": 95,
        "noValue": UNKNOWN_CELL,
    }
    loss: Json = {**latency, "unit": "percentunit", "decimals": 1, "thresholds": steps("text", (0.05, ORANGE))}
    return [
        override("Office", links=[office_link()], custom__minWidth=240),
        override("opd", displayName="Code", custom__width=125),
        override("District", custom__width=150),
        override("State", **state_cell(OFFICE_STATES, custom__width=110)),
        override(
            "Uptime",
            description="Connected part of the chosen range's measured time",
            **cut_ratio(custom__width=95),
        ),
        override("This month", description="Connected part of the month so far", **cut_ratio(custom__width=105)),
        override("Round trip", description="Median of the last five minutes", **latency),
        override("Loss", description="Lost echoes of the last five minutes", **loss),
        override("Download used", **bar_cell(0.8)),
        override("Upload used", **bar_cell(0.8)),
    ]


def history() -> Json:
    """The offices with the most trouble over time."""
    # All of it as it is at the end: else it would be counted anew for each step.
    offices = (
        f'(opd:info:newest{{district=~"$district"}} @ end()'
        f' and {ON_OFFICE} opd_link:info:newest{{provider=~"$provider"}} @ end())'
    )
    worst = (
        f"bottomk({ROWS_OVER_TIME}, avg_over_time(opd:state_worst:code1m[$__range] @ end()) and {ON_OFFICE} {offices})"
    )
    return timeline(
        "Offices over time",
        f"The worst state of every office in each minute; where there are more, the "
        f"{ROWS_OVER_TIME} with the most trouble in the chosen range. A blank means that the monitor gave no data.",
        [
            query(f"min by (opd) (opd:state_worst:code1m and {ON_OFFICE} {worst})", "{{opd}}"),
        ],
        at=(0, 48, 24, 17),
        mappings=OFFICE_STATES,
    )


def build() -> Json:
    """The District dashboard."""
    panels = [
        *alarms(),
        *counts(),
        above(),
        open_outages(),
        grid(),
        places_on_map(LOCATED, OFFICE_STATES),
        places(),
        todays_outages(),
        office_table(),
        history(),
    ]
    return dashboard("district", panels, annotations=[provider_outages()])
