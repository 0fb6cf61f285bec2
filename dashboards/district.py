# ruff: noqa: INP001  -- a folder of scripts and their output, no package: it is mounted into Grafana as it is
"""The District dashboard: what is wrong now, then every office."""

from __future__ import annotations

from panels import (
    GREEN,
    GREY,
    LINK_STATES,
    OFFICE_STATES,
    ORANGE,
    SKY,
    SNMP_STEP,
    UNKNOWN_CELL,
    VERMILLION,
    Json,
    dashboard,
    datasource_variable,
    graph,
    mapping,
    override,
    query,
    query_variable,
    stat,
    steps,
    table,
    timeline,
)

UID = "terpadu-district"
OFFICE_URL = (
    "/d/terpadu-office/terpadu-office?${datasource:queryparam}&${__url_time_range}&var-opd=${__data.fields.opd}"
)

OFFICES = 'opd_info{district=~"$district"}'
LINKS = 'opd_link_info{district=~"$district"}'
ON_OFFICE = "on (job, instance, opd)"
ON_LINK = "on (job, instance, opd, link)"
OPEN = f"((opd_link_outage_open == 1) and {ON_LINK} {LINKS})"
# 0 down, 1 up; an office whose state isn't known is 0.5, so that it never reads as either and sorts between them.
STATE = f"(opd_up or {ON_OFFICE} (0.5 * opd_info))"

NO_SNMP = "Unknown: no device was polled"


def zero_if_none(expr: str, known: str) -> str:
    """Give 0 where `expr` finds nothing though the monitor reports; nothing where it doesn't."""
    return f"({expr}) or on () (0 * count({known}))"


def open_outages() -> Json:
    """Every open outage with whom to call; one row that says so when there is none."""
    provider = 'label_replace(opd_provider_info, "provider_name", "$1", "name", "(.*)")'
    named = (
        f"max by (opd, link, name, district, provider_name, noc) ("
        f"(opd_link_outage_open == 1) * {ON_LINK} group_left (name, district, provider) {LINKS}"
        f" * on (job, instance, provider) group_left (provider_name, noc) {provider})"
    )
    none = f'label_replace(sum(opd_link_outage_open and {ON_LINK} {LINKS}) == 0, "name", "No open outage", "", "")'
    since = f"max by (opd, link) (opd_link_state_since_timestamp_seconds and {ON_LINK} {OPEN})"
    return table(
        "Open outages",
        "Links with a confirmed outage that has not ended, the newest first, and whom to call. An outage stays open "
        "while its link is unmeasured; `Since` is then the start of the unmeasured time. Choose an office to see it.",
        [
            query(f"{named} or on () {none}", table=True),
            query(f"max by (opd, link) (opd_link_state and {ON_LINK} {OPEN})", table=True),
            query(f"1000 * {since}", table=True),
            query(f"time() - {since}", table=True),
        ],
        columns={
            "name": "Office",
            "opd": "",
            "link": "",
            "district": "District",
            "Value #B": "State",
            "Value #C": "Since",
            "Value #D": "For",
            "provider_name": "Provider",
            "noc": "Call",
        },
        sort=("Since", True),
        at=(0, 0, 24, 6),
        unit="none",
        no_value="Unknown: the monitor gives no data about outages",
        overrides=[
            override(
                "Office",
                links=[
                    {"title": "Open ${__value.text}", "url": f"{OFFICE_URL}&var-link=${{__data.fields.link}}"},
                ],
            ),
            override("opd", displayName="Code", custom__width=125, noValue=UNKNOWN_CELL),
            override("link", displayName="Link", custom__width=90, noValue=UNKNOWN_CELL),
            override("District", custom__width=150, noValue=UNKNOWN_CELL),
            override(
                "State",
                mappings=LINK_STATES,
                thresholds=steps("transparent"),
                custom__cellOptions={"type": "color-background", "mode": "basic"},
                custom__width=105,
                custom__align="center",
                color={"mode": "thresholds"},
                noValue=UNKNOWN_CELL,
            ),
            override(
                "Since",
                unit="dateTimeAsIsoNoDateIfToday",
                custom__width=155,
                custom__align="left",
                noValue=UNKNOWN_CELL,
            ),
            override("For", unit="dtdhms", decimals=0, custom__width=115, custom__align="left", noValue=UNKNOWN_CELL),
            override("Provider", noValue=UNKNOWN_CELL),
            override("Call", noValue=UNKNOWN_CELL),
        ],
    )


def counts() -> list[Json]:
    """Offices by state, degraded links, the district's load and the monitor itself."""
    down = zero_if_none(f"sum((opd_up == bool 0) and {ON_OFFICE} {OFFICES})", OFFICES)
    up = zero_if_none(f"sum((opd_up == bool 1) and {ON_OFFICE} {OFFICES})", OFFICES)
    unmeasured = zero_if_none(f"count({OFFICES} unless {ON_OFFICE} opd_up)", OFFICES)
    degraded = zero_if_none(f"sum((opd_link_state == bool 2) and {ON_LINK} {LINKS})", LINKS)
    used = " / ".join(
        f"sum({series} and {ON_LINK} {LINKS})"
        for series in (
            "rate(opd_link_receive_bytes_total[5m])",
            f'(opd_link_contract_bytes_per_second{{direction="receive"}} and {ON_LINK} opd_link_receive_bytes_total)',
        )
    )
    working = "1 - min(terpadu_ledger_writable) + 2 * (1 - min(terpadu_inventory_last_reload_successful))"
    alarm = {"color_mode": "background_solid", "decimals": 0}
    return [
        stat(
            "Offices down",
            "Offices of which no link is available. An office is up when any of its links is.",
            [query(down, "Down", now=True)],
            at=(0, 6, 4, 3),
            unit="none",
            thresholds=steps("transparent", (1, VERMILLION)),
            **alarm,
        ),
        stat(
            "Offices unmeasured",
            "Offices of which nothing is known now: neither up nor down.",
            [query(unmeasured, "Unmeasured", now=True)],
            at=(4, 6, 4, 3),
            unit="none",
            thresholds=steps("transparent", (1, GREY)),
            **alarm,
        ),
        stat(
            "Offices up",
            "Offices with at least one available link.",
            [query(up, "Up", now=True)],
            at=(8, 6, 4, 3),
            unit="none",
            thresholds=steps("transparent", (1, GREEN)),
            **alarm,
        ),
        stat(
            "Degraded links",
            "Links that answer, but with more loss or a longer round trip than they may have.",
            [query(degraded, "Links degraded", now=True)],
            at=(12, 6, 4, 3),
            unit="none",
            thresholds=steps("transparent", (1, ORANGE)),
            **alarm,
        ),
        stat(
            "Download used",
            "What the offices downloaded over the last five minutes, as a part of what their contracts give. Only "
            "links whose device answers count.",
            [query(used, "Of the contracts", now=True, step=SNMP_STEP)],
            at=(16, 6, 4, 3),
            unit="percentunit",
            decimals=0,
            no_value=NO_SNMP,
            thresholds=steps("text", (0.8, ORANGE)),
        ),
        stat(
            "Monitor",
            "Whether the monitor can write its ledger and has read the latest inventory.",
            [query(working, "Monitor", now=True)],
            at=(20, 6, 4, 3),
            unit="none",
            thresholds=steps("text", (1, VERMILLION)),
            mappings=mapping(
                {
                    "0": ("Working", GREEN),
                    "1": ("Can't write", VERMILLION),
                    "2": ("Old inventory", ORANGE),
                    "3": ("Both fail", VERMILLION),
                },
            ),
        ),
    ]


def office_table() -> Json:
    """One row an office."""
    names = f"{ON_OFFICE} group_left (name, district) {OFFICES}"
    of_district = f"and {ON_OFFICE} {OFFICES}"
    median = (
        "histogram_quantile(0.5, sum by (job, instance, opd, link, le) (rate(opd_link_rtt_seconds_bucket[$__range])))"
    )

    def used(direction: str) -> str:
        contract = f'{ON_LINK} opd_link_contract_bytes_per_second{{direction="{direction}"}}'
        rate = f"rate(opd_link_{direction}_bytes_total[5m])"
        return f"max by (opd) ({rate} / {contract} {of_district})"

    def cut(expr: str) -> str:
        return f"floor(10000 * {expr}) / 10000"

    bar: Json = {
        "unit": "percentunit",
        "decimals": 0,
        "min": 0,
        "max": 1,
        "thresholds": steps(SKY, (0.8, ORANGE)),
        "color": {"mode": "thresholds"},
        "custom__cellOptions": {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"},
        "noValue": UNKNOWN_CELL,
    }
    ratio: Json = {
        "unit": "percentunit",
        "decimals": 2,
        "thresholds": steps(VERMILLION, (0.995, "text")),
        "color": {"mode": "thresholds"},
        "custom__cellOptions": {"type": "color-text"},
        "custom__align": "right",
        "custom__width": 110,
        "noValue": UNKNOWN_CELL,
    }
    latency: Json = {
        "unit": "s",
        "decimals": 1,
        "thresholds": steps("text", (0.15, ORANGE)),
        "color": {"mode": "thresholds"},
        "custom__cellOptions": {"type": "color-text"},
        "custom__align": "right",
        "custom__width": 100,
        "noValue": UNKNOWN_CELL,
    }
    return table(
        "Offices",
        "Every office, the ones that are down first. Uptime counts measured time only, as Prometheus sampled it; the "
        "monthly report has the exact figures, and percentages are cut, not rounded. Latency is the quickest link's, "
        "use the busiest link's over the last five minutes. A dash is not known. Choose an office to see it.",
        [
            query(f"max by (opd, name, district) ({STATE} * {names})", table=True),
            query(cut(f"max by (opd) (avg_over_time(opd_up[$__range]) {of_district})"), table=True),
            query(cut(f"max by (opd) (opd_availability_ratio {of_district})"), table=True),
            query(f"min by (opd) (({median} >= 0) {of_district})", table=True),
            query(f"min by (opd) (opd_link_rtt_last_seconds {of_district})", table=True),
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
            "Value #D": "Latency",
            "Value #E": "Last",
            "Value #F": "Download used",
            "Value #G": "Upload used",
        },
        sort=("State", False),
        at=(0, 9, 24, 14),
        unit="none",
        overrides=[
            override("Office", links=[{"title": "Open ${__value.text}", "url": OFFICE_URL}], custom__minWidth=240),
            override("opd", displayName="Code", custom__width=125),
            override("District", custom__width=150),
            override(
                "State",
                mappings=OFFICE_STATES,
                thresholds=steps("transparent"),
                color={"mode": "thresholds"},
                custom__cellOptions={"type": "color-background", "mode": "basic"},
                custom__width=105,
                custom__align="center",
            ),
            override("Uptime", description="Connected part of the chosen range's measured time", **ratio),
            override("This month", description="Connected part of the month so far", **ratio),
            override("Latency", description="Median round trip over the chosen range", **latency),
            override("Last", description="The last echo's round trip", **latency),
            override("Download used", **bar),
            override("Upload used", **bar),
        ],
    )


def history() -> Json:
    """Every office over time."""
    return timeline(
        "Offices over time",
        "Down, up or unmeasured, office by office. An office is up when any of its links is. A blank means that the "
        "monitor gave no data.",
        [query(f"max by (opd) ({STATE} and {ON_OFFICE} {OFFICES})", "{{opd}}")],
        at=(0, 23, 24, 15),
        mappings=OFFICE_STATES,
    )


def monitor() -> list[Json]:
    """Whether the monitor's own word can be taken."""
    late = "histogram_quantile({}, sum by (le) (rate(terpadu_probe_lateness_seconds_bucket[$__rate_interval])))"
    return [
        graph(
            "Monitor: how late its probes are",
            "How much later than planned echoes are sent. Above some 100 ms the machine is too busy to be believed.",
            [query(late.format("0.99"), "99 of 100"), query(late.format("0.5"), "Half")],
            at=(0, 38, 16, 6),
            unit="s",
            thresholds=steps("text", (0.1, ORANGE)),
            overrides=[
                override("99 of 100", color={"mode": "fixed", "fixedColor": SKY}),
                override("Half", color={"mode": "fixed", "fixedColor": ORANGE}),
            ],
        ),
        stat(
            "Monitor: errors",
            "Faults inside the monitor since it started; each has one traceback in its log.",
            [query("sum(terpadu_internal_errors_total) or on () (0 * max(terpadu_build_info))", "Errors", now=True)],
            at=(16, 38, 4, 6),
            unit="none",
            decimals=0,
            thresholds=steps("text", (1, VERMILLION)),
        ),
        stat(
            "Monitor: version",
            "The release that runs; several are listed where several monitors do.",
            [query("max by (version) (terpadu_build_info)", "{{version}}", now=True)],
            at=(20, 38, 4, 6),
            unit="none",
            mappings=mapping({"1": ("running", "text")}),
            options={"textMode": "value_and_name"},
        ),
    ]


def build() -> Json:
    """The District dashboard."""
    return dashboard(
        UID,
        "Terpadu: District",
        "What is wrong now, and how every office is connected",
        since="now-6h",
        refresh="10s",
        links=[
            {
                "type": "link",
                "title": "Office",
                "tooltip": "One office closely",
                "url": "/d/terpadu-office/terpadu-office?${datasource:queryparam}",
                "icon": "dashboard",
                "keepTime": True,
                "includeVars": False,
                "targetBlank": False,
                "asDropdown": False,
                "tags": [],
            },
        ],
        variables=[
            datasource_variable(),
            query_variable(
                "district",
                ("District", "Districts whose offices are shown"),
                "label_values(opd_info, district)",
                multi=True,
            ),
        ],
        panels=[open_outages(), *counts(), office_table(), history(), *monitor()],
    )
