"""The Monitor dashboard: whether its own word can be taken. Several monitors stand side by side by `instance`."""

from __future__ import annotations

from typing import Any

from cells import state_cell
from monitor_courses import devices, echoes, lateness, ledger, scrapes, states, unmeasured
from panels import (
    GREEN,
    GREY,
    ORANGE,
    SKY,
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
from whole import cut, dashboard

SHORTLY_SILENT = "No answer"  # the panels are small
ON_MONITOR = "on (job, instance)"
SEVERITIES = {"page": VERMILLION, "ticket": ORANGE, "info": SKY}


def alerts() -> Json:
    """What fires now; one row that says so where nothing does, or nobody looks."""
    firing = 'ALERTS{alertstate="firing",alertname!="Watchdog"}'
    looked = 'ALERTS{alertstate="firing",alertname="Watchdog"}'
    none = f'label_replace(0 * count({looked}), "alertname", "No alert fires", "", "")'
    unknown = 'label_replace(vector(0), "alertname", "Unknown: no rules run", "", "")'
    ranks = " or ".join(
        f'{rank} * group by (alertname) (ALERTS{{alertstate="firing",alertname!="Watchdog",severity="{severity}"}})'
        for rank, severity in enumerate(SEVERITIES)
    )
    words = {str(rank): (name.capitalize(), colour) for rank, (name, colour) in enumerate(SEVERITIES.items())}
    return table(
        "Alerts firing now",
        "The alerts that fire, by name, pages first, and how many of each; what only waits is not here. The watchdog, "
        "which fires always, is left out: where it doesn't, nothing is known.",
        [
            query(f"count by (alertname) ({firing}) or on () ({none} or on () {unknown})", table=True),
            query(ranks, table=True),
            query(f"1000 * max by (alertname) (ALERTS_FOR_STATE and on (alertname) {firing})", table=True),
        ],
        columns={"alertname": "Alert", "Value #B": "Severity", "Value #A": "Firing", "Value #C": "Latest"},
        sort=("Severity", False),
        at=(0, 0, 8, 9),
        unit="none",
        no_value="Unknown: Prometheus doesn't answer",
        overrides=[
            override("Severity", **state_cell(mapping(words), custom__width=75)),
            override("Firing", decimals=0, custom__width=60, custom__align="right"),
            override(
                "Latest",
                unit="dateTimeFromNow",
                custom__width=145,
                custom__align="left",
                noValue=UNKNOWN_CELL,
                description="Since when the latest of them holds",
            ),
        ],
    )


def working() -> list[Json]:
    """Whether it answers, sees, remembers and knows what to watch: words, on the colour of alarm where they are one."""
    isolated = f"opd_monitor_isolated or {ON_MONITOR} (2 + 0 * terpadu_ledger_writable)"

    def word(title: str, text: str, expr: str, words: dict[str, tuple[str, str]], place: int) -> Json:
        return stat(
            title,
            text,
            [query(f"max by (instance) ({expr})", "{{instance}}", now=True)],
            at=(8 + 3 * place, 0, 3, 3),
            unit="none",
            mappings=mapping(words),
            no_value=SHORTLY_SILENT,
            color_mode="background_solid",
        )

    return [
        word(
            "Monitor",
            "Whether Prometheus gets an answer from it; unknown where it isn't in its list.",
            'up{job="terpadu"}',
            {"0": ("Silent", VERMILLION), "1": ("Answers", GREEN)},
            0,
        ),
        word(
            "Connection",
            "Whether it is cut off itself, so that nothing is known of any office: too few references answer, and most "
            "offices are silent too. Without references in the inventory it can't tell.",
            isolated,
            {"0": ("Connected", GREEN), "1": ("Cut off", VERMILLION), "2": ("Can't tell", GREY)},
            1,
        ),
        word(
            "Ledger",
            "Whether its last write to the ledger succeeded. What can't be written is held in memory, and lost where "
            "the monitor stops.",
            "terpadu_ledger_writable",
            {"0": ("Can't write", VERMILLION), "1": ("Writable", GREEN)},
            2,
        ),
        word(
            "Inventory",
            "Whether the inventory was accepted when it was last read. One that was refused changes nothing.",
            "terpadu_inventory_last_reload_successful",
            {"0": ("Refused", ORANGE), "1": ("Taken", GREEN)},
            3,
        ),
    ]


def figure(title: str, text: str, expr: str, at: tuple[int, int, int, int], **more: Any) -> Json:
    """One number a monitor."""
    given = {"unit": "none", "decimals": 0, "no_value": SHORTLY_SILENT, **more}
    return stat(title, text, [query(expr, "{{instance}}", now=True)], at=at, **given)


def doubts() -> list[Json]:
    """Numbers that are small while it can be believed."""
    late = "histogram_quantile(0.99, sum by (instance, le) (rate(terpadu_probe_lateness_seconds_bucket[5m]))) >= 0"
    errors = f"sum by (job, instance) (terpadu_internal_errors_total) or {ON_MONITOR} (0 * terpadu_build_info)"
    missing = f"(time() - opd_report_due_timestamp_seconds) or {ON_MONITOR} (0 * terpadu_ledger_writable)"
    return [
        figure(
            "Links unmeasured",
            "Links of which nothing is known now, those in announced work left aside.",
            "sum by (instance) (opd_link_state == bool 4)",
            (8, 3, 4, 3),
            thresholds=steps("text", (1, ORANGE)),
        ),
        figure(
            "Probes late by",
            "99 of 100 echoes of the last five minutes left no later than this after their moment. Above some 100 ms "
            "the machine is too busy to be believed; an echo that misses its slot isn't sent.",
            f"{late} and on (instance) terpadu_build_info",
            (12, 3, 4, 3),
            unit="s",
            decimals=1,
            thresholds=steps("text", (0.1, ORANGE), (0.5, VERMILLION)),
        ),
        figure(
            "Monitor: errors",
            "Faults inside the monitor since it started; each has one traceback in its log.",
            f"max by (instance) ({errors})",
            (16, 3, 4, 3),
            thresholds=steps("text", (1, VERMILLION)),
        ),
        figure(
            "Report missing for",
            "How long the oldest monthly report that isn't made is due. They are made on the first of a month.",
            f"max by (instance) ({missing})",
            (20, 6, 4, 3),
            unit="s",
            decimals=1,
            mappings=mapping({"0": ("None missing", "text")}),
            thresholds=steps("text", (1, ORANGE), (86400, VERMILLION)),
        ),
    ]


def facts() -> list[Json]:
    """What else is to be known of it."""
    none = "or on (instance) (-1 * max by (instance) (terpadu_build_info))"
    answering = cut("min by (instance) (monitor:snmp_answering:ratio)")
    made = "1000 * max by (instance) (opd_report_last_success_timestamp_seconds)"
    steps_taken = "round(max by (instance) (increase(terpadu_clock_steps_total[$__range])))"
    read = "1000 * max by (instance) (terpadu_inventory_last_reload_success_timestamp_seconds)"
    return [
        figure(
            "SNMP answers",
            "Devices that answered when they were last asked, of all that are asked; cut, not rounded.",
            f"{answering} {none}",
            (8, 6, 4, 3),
            unit="percentunit",
            decimals=1,
            mappings=mapping({"-1": ("None is asked", "text")}),
            thresholds=steps(ORANGE, (0.8, "text")),
        ),
        figure(
            "Clock was set",
            "How often the machine's clock was set in the chosen range. Once is nothing, often is broken NTP.",
            f"{steps_taken} and on (instance) terpadu_build_info",
            (20, 3, 4, 3),
            thresholds=steps("text", (2, ORANGE)),
        ),
        figure("Inventory read", "When the inventory in force was read.", read, (12, 6, 4, 3), unit="dateTimeFromNow"),
        figure(
            "Report last made",
            "When a monthly report was last made.",
            f"{made} {none}",
            (16, 6, 4, 3),
            unit="dateTimeFromNow",
            mappings=mapping({"-1": ("None made yet", "text")}),
        ),
    ]


def version() -> Json:
    """Which release runs."""
    return stat(
        "Monitor: version",
        "The release that runs; several are listed where several monitors do.",
        [query("max by (version) (terpadu_build_info)", "{{version}}", now=True)],
        at=(20, 0, 4, 3),
        unit="none",
        no_value=SHORTLY_SILENT,
        mappings=mapping({"1": ("running", "text")}),
        options={"textMode": "value_and_name"},
    )


def build() -> Json:
    """The Monitor dashboard."""
    now = [alerts(), *working(), version(), *doubts(), *facts()]
    return dashboard(
        "monitor", [*now, *lateness(), *states(), *echoes(), unmeasured(), *ledger(), *scrapes(), *devices()]
    )
