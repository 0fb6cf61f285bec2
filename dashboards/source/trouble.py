"""What is wrong now: the tables that stand first on the District dashboard, and those of places and of the day."""

from __future__ import annotations

from cells import instant_cell, lasting_cell, number_cell, state_cell
from panels import (
    GREEN,
    GREY,
    LINK_STATES,
    PURPLE,
    SKY,
    UNKNOWN_CELL,
    VERMILLION,
    Json,
    mapping,
    override,
    query,
    table,
)
from whole import ON_LINK, office_link

ON_PLACE = "on (job, instance, kind, code)"
LINKS = 'opd_link:info:newest{district=~"$district",provider=~"$provider"}'
OPEN = f"((opd_link_outage_open == 1) and {ON_LINK} {LINKS})"

PLACE_STATES = mapping(
    {
        "0": ("Down", VERMILLION),
        "1": ("Up", GREEN),
        "2": ("Unmeasured", GREY),
        "3": ("Maintenance", SKY),
        "4": ("Cut off", PURPLE),
    },
)
FAULTS = mapping({"0": ("Of its own", VERMILLION), "1": ("From above", GREY), "2": ("Announced", SKY)})


def _row(kind: str, name: str, condition: str) -> str:
    """One row of words alone."""
    words = f'label_replace({condition}, "name", "{name}", "", "")'
    return f'label_replace({words}, "kind", "{kind}", "", "")'


def above() -> Json:
    """What is wrong above the offices; one row that says so when nothing is."""
    trouble = f"((above:state:code == 0) unless {ON_PLACE} above:explained:info)"
    isolated = "sum(opd_monitor_isolated) > 0"
    named = f"max by (kind, code, name, noc) (above:name:info and {ON_PLACE} {trouble})"
    cut_off = _row("Monitor", "The monitor is cut off: nothing of the district is known", isolated)
    none = _row(
        "",
        "Nothing above the offices is in trouble",
        f"count(above:state:code) unless (count({trouble}) or {isolated})",
    )

    unknown = _row("", "Unknown: Prometheus evaluates no rules", "vector(0)")

    def of(series: str) -> str:
        return f"max by (kind, code) ({series} and {ON_PLACE} {trouble})"

    states = f'max by (kind, code) ({trouble}) or label_replace(4 * ({isolated}) ^ 0, "kind", "Monitor", "", "")'
    cut_off_since = f'min(ALERTS_FOR_STATE{{alertname="MonitorIsolated"}} and on () ({isolated}))'
    since = f'({of("above:outage_start:timestamp")} or label_replace({cut_off_since}, "kind", "Monitor", "", ""))'
    return table(
        "In trouble above the offices",
        "Providers with an outage, nodes that are down, and the monitor when it is cut off: the cause of many outages, "
        "and whom to call. What is down only with something above it isn't listed again. Not narrowed by the choice of "
        "districts and providers.",
        [
            query(f"{named} or {cut_off} or {none} or on () {unknown}", table=True),
            query(states, table=True),
            query(f"1000 * {since}", table=True),
            query(f"time() - {since}", table=True),
            query(of("above:opd_link_down:count"), table=True),
            query(of("above:opd_link_known:count"), table=True),
            query(of("above:offline:count"), table=True),
        ],
        columns={
            "name": "What",
            "kind": "Kind",
            "Value #B": "State",
            "Value #C": "Since",
            "Value #D": "For",
            "Value #E": "Links down",
            "Value #F": "Of links",
            "Value #G": "Offices offline",
            "noc": "Call",
        },
        sort=("Since", False),
        at=(0, 3, 24, 4),
        unit="none",
        no_value="Unknown: the monitor gives no data",
        overrides=[
            override("What", custom__minWidth=250),
            override("Kind", custom__width=95, noValue=UNKNOWN_CELL),
            override("State", **state_cell(PLACE_STATES, custom__width=110)),
            override("Since", **instant_cell(150)),
            override("For", **lasting_cell(115)),
            override("Links down", **number_cell(95)),
            override("Of links", description="Links below it of which something is known", **number_cell(95)),
            override(
                "Offices offline",
                description="Those of other providers' links below its nodes too",
                **number_cell(120),
            ),
            override("Call", custom__minWidth=200, noValue=UNKNOWN_CELL),
        ],
    )


def open_outages() -> Json:
    """Every open outage with whom to call; one row that says so when there is none."""
    named = (
        f"max by (opd, link, name, noc) ("
        f"(opd_link_outage_open == 1) * {ON_LINK} group_left (name, provider) {LINKS}"
        f" * on (job, instance, provider) group_left (noc) provider:info:newest)"
    )
    none = f'label_replace(sum(opd_link_outage_open and {ON_LINK} {LINKS}) == 0, "name", "No open outage", "", "")'
    since = f"max by (opd, link) (opd_link_outage_start_timestamp_seconds and {ON_LINK} {OPEN})"
    announced = f"2 * (opd_link_in_maintenance == 1) and {ON_LINK} {OPEN}"
    explained = f"opd_link:explained:info and {ON_LINK} {OPEN}"
    return table(
        "Open outages",
        "Links with a confirmed outage that has not ended, faults of their own first; what it looks like so far, the "
        "last hop that answers on the way to the link, and whom to call. An outage stays open while its link is "
        "unmeasured. Choose an office to see it.",
        [
            query(f"{named} or on () {none}", table=True),
            query(f"min by (opd, link) (opd_link_state and {ON_LINK} {OPEN})", table=True),
            query(f"1000 * {since}", table=True),
            query(f"time() - {since}", table=True),
            query(f"max by (opd, link) ({announced} or {ON_LINK} ({explained}) or {ON_LINK} 0 * {OPEN})", table=True),
            query(f"max by (opd, link, reason, hop) (opd_link:evidence:info and {ON_LINK} {OPEN})", table=True),
        ],
        columns={
            "name": "Office",
            "link": "",
            "opd": "",
            "Value #B": "State",
            "Value #C": "Since",
            "Value #D": "For",
            "Value #E": "Fault",
            "reason": "Looks like",
            "hop": "Last hop",
            "noc": "Call",
        },
        sort=("Fault", False),
        at=(0, 7, 24, 8),
        unit="none",
        no_value="Unknown: the monitor gives no data about outages",
        overrides=[
            override("Office", links=[office_link(link="${__data.fields.link}")], custom__minWidth=190),
            override("opd", displayName="Code", custom__width=105, noValue=UNKNOWN_CELL),
            override("link", displayName="Link", custom__width=80, noValue=UNKNOWN_CELL),
            override("State", **state_cell(LINK_STATES, custom__width=105)),
            override("Since", **instant_cell(100)),
            override("For", **lasting_cell(85)),
            override("Fault", **state_cell(FAULTS, custom__width=105)),
            override("Looks like", noValue="Not known yet"),
            override("Last hop", custom__minWidth=150, noValue=UNKNOWN_CELL),
            override("Call", noValue=UNKNOWN_CELL),
        ],
    )


def places() -> Json:
    """Every provider and node as it is."""
    return table(
        "Providers and nodes",
        "Each provider, and each node that offices hang from. A provider is down while it has an outage: most of its "
        "links went down together. A dash is not known, or there is nothing to tell.",
        [
            query("max by (kind, code, name) (above:name:info)", table=True),
            query("min by (kind, code) (above:state:code)", table=True),
            query("max by (kind, code) (above:opd_link_down:count)", table=True),
            query("max by (kind, code) (above:opd_link_known:count)", table=True),
            query("1000 * max by (kind, code) (above:outage_start:timestamp)", table=True),
        ],
        columns={
            "kind": "Kind",
            "name": "Name",
            "Value #B": "State",
            "Value #E": "Since",
            "Value #C": "Down",
            "Value #D": "Of links",
        },
        sort=("State", False),
        at=(0, 25, 11, 9),
        unit="none",
        overrides=[
            override("Kind", custom__width=80),
            override("Name", custom__minWidth=150),
            override("State", **state_cell(PLACE_STATES, custom__width=105)),
            override("Since", **instant_cell(90)),
            override("Down", **number_cell(60)),
            override("Of links", **number_cell(75)),
        ],
    )


def todays_outages() -> Json:
    """The latest outage of each link that had one since midnight."""
    midnight = "(time() - (time() + zone:offset:newest) % 86400)"
    today = (
        f"((opd_link_outage_end_timestamp_seconds >= on (job, instance) group_left () {midnight})"
        f" or {ON_LINK} (opd_link_outage_open == 1))"
    )
    of_choice = f"and {ON_LINK} {today} and {ON_LINK} {LINKS}"
    start = f"max by (opd, link) (opd_link_outage_start_timestamp_seconds {of_choice})"
    end = f"max by (opd, link) (opd_link_outage_end_timestamp_seconds {of_choice})"
    now = f"time() + 0 * max by (opd, link) ((opd_link_outage_open == 1) and {ON_LINK} {LINKS})"
    known = f"count(opd_link_outage_open and {ON_LINK} {LINKS})"
    none = f'label_replace({known} unless count({today} and {ON_LINK} {LINKS}), "name", "No outage today", "", "")'
    return table(
        "Today's outages",
        "The latest outage of each link that had one since midnight in the organisation's zone; one without an end is "
        "open. Earlier ones of the same link are in the report of the month and in `terpadu outages list`.",
        [
            query(f"max by (opd, link, name) ({LINKS} and {ON_LINK} {today}) or on () {none}", table=True),
            query(f"1000 * {start}", table=True),
            query(f"1000 * {end}", table=True),
            query(f"({end} or on (opd, link) {now}) - on (opd, link) {start}", table=True),
        ],
        columns={
            "name": "Office",
            "opd": "",
            "link": "",
            "Value #B": "Began",
            "Value #C": "Ended",
            "Value #D": "Lasted",
        },
        sort=("Began", True),
        at=(11, 25, 13, 9),
        unit="none",
        overrides=[
            override("Office", links=[office_link(link="${__data.fields.link}")], custom__minWidth=170),
            override("opd", displayName="Code", custom__width=130, noValue=UNKNOWN_CELL),
            override("link", displayName="Link", custom__width=80, noValue=UNKNOWN_CELL),
            override("Began", **instant_cell(90)),
            override("Ended", **instant_cell(90)),
            override("Lasted", **lasting_cell(100)),
        ],
    )
