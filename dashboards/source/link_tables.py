"""The tables of the Office dashboard: what each link is, and what its device says."""

from __future__ import annotations

from panels import (
    GREEN,
    GREY,
    ORANGE,
    SILENT,
    SNMP_STEP,
    UNKNOWN_CELL,
    VERMILLION,
    Json,
    mapping,
    override,
    query,
    table,
)

CHOSEN = 'opd="$opd",link=~"$link"'

# ifOperStatus of RFC 2863.
INTERFACE_STATES = mapping(
    {
        "1": ("Up", GREEN),
        "2": ("Down", VERMILLION),
        "3": ("Testing", ORANGE),
        "4": ("Unknown", GREY),
        "5": ("Dormant", GREY),
        "6": ("Not present", GREY),
        "7": ("Lower layer down", VERMILLION),
    },
)
SNMP_STATES = mapping({"0": ("Silent", VERMILLION), "1": ("Answers", GREEN)})


def series(metric: str, more: str = "") -> str:
    """A metric of the chosen links."""
    return f"{metric}{{{CHOSEN}{',' + more if more else ''}}}"


def links() -> Json:
    """What each link is, and what was bought."""
    provider = 'label_replace(provider:info:newest, "provider_name", "$1", "name", "(.*)")'
    bought = '8 * max by (link) (opd_link_contract_bytes_per_second{{{},direction="{}"}})'
    return table(
        "Links",
        "What each link is, who provides it and what the contract gives.",
        [
            query(
                f"max by (link, name, provider_name, noc, node, medium, circuit) ({series('opd_link:info:newest')}"
                f" * on (job, instance, provider) group_left (provider_name, noc) {provider})",
                table=True,
            ),
            query(bought.format(CHOSEN, "receive"), table=True),
            query(bought.format(CHOSEN, "transmit"), table=True),
            query(f"max by (link) ({series('opd_link_contract_availability_ratio')})", table=True),
        ],
        columns={
            "link": "",
            "name": "Office",
            "provider_name": "Provider",
            "noc": "Call",
            "node": "Node",
            "medium": "Medium",
            "circuit": "Circuit",
            "Value #B": "Download",
            "Value #C": "Upload",
            "Value #D": "Promised",
        },
        sort=("Link", True),
        at=(0, 8, 24, 4),
        unit="none",
        no_value="Unknown: the monitor gives no data about this office",
        overrides=[
            override("link", displayName="Link", custom__width=100),
            override("Office", custom__minWidth=200),
            override("Call", custom__minWidth=220, noValue=UNKNOWN_CELL),
            override("Node", noValue=UNKNOWN_CELL),
            override("Medium", custom__width=90, noValue=UNKNOWN_CELL),
            override("Circuit", custom__width=100, noValue=UNKNOWN_CELL),
            override("Download", unit="bps", decimals=0, custom__width=105, noValue=UNKNOWN_CELL),
            override("Upload", unit="bps", decimals=0, custom__width=105, noValue=UNKNOWN_CELL),
            override("Promised", unit="percentunit", decimals=1, custom__width=95, noValue=UNKNOWN_CELL),
        ],
    )


def devices() -> Json:
    """What SNMP tells of each link's device."""
    failed = f"sum by (link) (increase({series('opd_link_snmp_failures_total')}[$__range]))"
    return table(
        "Devices",
        "What each link's device says over SNMP. A dash is not known: the device is silent, or not polled at all.",
        [
            query(f"max by (link) ({series('opd_link_info')})", table=True),
            query(f"max by (link) ({series('opd_link_snmp_up')})", table=True, step=SNMP_STEP),
            query(f"max by (link) ({series('opd_link_interface_oper_status')})", table=True, step=SNMP_STEP),
            query(
                f"8 * max by (link) ({series('opd_link_interface_speed_bytes_per_second')})", table=True, step=SNMP_STEP
            ),
            query(f"max by (link) ({series('opd_link_snmp_duration_seconds')})", table=True, step=SNMP_STEP),
            query(
                f"1000 * max by (link) ({series('opd_link_snmp_last_success_timestamp_seconds')})",
                table=True,
                step=SNMP_STEP,
            ),
            query(
                f"1000 * max by (link) ({series('opd_link_device_boot_timestamp_seconds')})", table=True, step=SNMP_STEP
            ),
            query(
                f"round(max by (link) (increase({series('opd_link_device_reboots_total')}[$__range])))",
                table=True,
                step=SNMP_STEP,
            ),
            query(f"round({failed})", table=True, step=SNMP_STEP),
        ],
        columns={
            "link": "",
            "Value #B": "SNMP",
            "Value #C": "Interface",
            "Value #D": "Speed",
            "Value #E": "Poll took",
            "Value #F": "Last answer",
            "Value #G": "Started",
            "Value #H": "Restarts",
            "Value #I": "Failed polls",
        },
        sort=("Link", True),
        at=(0, 42, 24, 4),
        unit="none",
        no_value=SILENT,
        overrides=[
            override("link", displayName="Link", custom__width=100),
            override(
                "SNMP",
                mappings=SNMP_STATES,
                color={"mode": "thresholds"},
                custom__cellOptions={"type": "color-text"},
                custom__align="left",
                noValue="Not polled",
            ),
            override(
                "Interface",
                mappings=INTERFACE_STATES,
                color={"mode": "thresholds"},
                custom__cellOptions={"type": "color-text"},
                custom__align="left",
                noValue=UNKNOWN_CELL,
            ),
            override("Speed", unit="bps", decimals=0, custom__align="right", noValue=UNKNOWN_CELL),
            override("Poll took", unit="s", decimals=0, custom__align="right", noValue=UNKNOWN_CELL),
            override("Last answer", unit="dateTimeFromNow", custom__align="left", noValue=UNKNOWN_CELL),
            override("Started", unit="dateTimeAsIso", custom__align="left", noValue=UNKNOWN_CELL),
            override("Restarts", decimals=0, noValue=UNKNOWN_CELL, description="In the chosen range"),
            override("Failed polls", decimals=0, noValue=UNKNOWN_CELL, description="In the chosen range"),
        ],
    )
