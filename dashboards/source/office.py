"""The Office dashboard: one office's links closely."""

from __future__ import annotations

from link_tables import SNMP_STATES, devices, links, series
from panels import (
    LINK_STATES,
    ORANGE,
    SNMP_STEP,
    Json,
    graph,
    heatmap,
    link_colours,
    override,
    query,
    stat,
    steps,
    timeline,
)
from standing import budget, causes, outages, website
from whole import annotation, dashboard

NO_ANSWER = "Unknown: nothing came back from the link"
NOT_POLLED = "Not known: no SNMP answer"


def available(window: str) -> str:
    """The available part of the measured time, from the ledger's seconds."""

    def seconds(states: str) -> str:
        wanted = series("opd_link_state_seconds_total", f'state=~"{states}"')
        return f"sum by (link) (increase({wanted}[{window}]))"

    return f"{seconds('up|degraded')} / ({seconds('up|degraded|down')} > 0)"


def lost(window: str) -> str:
    """Lost echoes of those that were lost or answered (RFC 6673).

    Nothing where none was sent, or where the monitor was cut off meanwhile: that says nothing of the link.
    """

    def echoes(results: str) -> str:
        wanted = series("opd_link_icmp_probes_total", f'result=~"{results}"')
        return f"sum by (link) (rate({wanted}[{window}]))"

    cut_off = f"max_over_time(opd_monitor_isolated[{window}]) == 1"
    counted = f"{series('opd_link_icmp_probes_total')} unless on (job, instance) ({cut_off})"
    return f"{echoes('lost')} / ({echoes('reply|lost')} > 0) and on (link) ({counted})"


def quantile(share: str, window: str) -> str:
    """The round trip that this share of echoes stays within."""
    return (
        f"histogram_quantile({share}, sum by (link, le) (rate({series('opd_link_rtt_seconds_bucket')}[{window}]))) >= 0"
    )


def summary() -> list[Json]:
    """The office at a glance, a value a link."""
    return [
        stat(
            "State",
            "What the monitor holds of each link now.",
            [query(f"min by (link) ({series('opd_link_state')})", "{{link}}", now=True)],
            at=(0, 0, 4, 4),
            unit="none",
            mappings=LINK_STATES,
            color_mode="background_solid",
            by_link=True,
        ),
        stat(
            "In this state for",
            "Time since the state began, counted from the first echo that showed it.",
            [
                query(
                    f"time() - max by (link) ({series('opd_link_state_since_timestamp_seconds')})", "{{link}}", now=True
                )
            ],
            at=(4, 0, 4, 4),
            unit="s",
            decimals=1,
            by_link=True,
        ),
        stat(
            "Available",
            "Available part of the chosen range's measured time, from the seconds in the ledger; cut, not rounded. "
            "Planned work is not taken out here: the monthly report does that.",
            [query(f"floor(10000 * ({available('$__range')})) / 10000", "{{link}}", now=True)],
            at=(8, 0, 4, 4),
            unit="percentunit",
            decimals=2,
            no_value="Unknown: nothing was measured in this range",
            by_link=True,
        ),
        stat(
            "Round trip, median",
            "Half of the echoes in the chosen range came back within this time.",
            [query(quantile("0.5", "$__range"), "{{link}}", now=True)],
            at=(12, 0, 4, 4),
            unit="s",
            decimals=1,
            no_value=NO_ANSWER,
            thresholds=steps("text", (0.15, ORANGE)),
            by_link=True,
        ),
        stat(
            "Loss",
            "Lost echoes of all that were sent in the chosen range, as the mean of five minutes each; without those in "
            "which the monitor was cut off.",
            [
                query(
                    f"max by (link) (avg_over_time({series('opd_link:loss:ratio5m')}[$__range]))", "{{link}}", now=True
                )
            ],
            at=(16, 0, 4, 4),
            unit="percentunit",
            decimals=2,
            no_value="Unknown: no echo was sent in this range",
            thresholds=steps("text", (0.05, ORANGE)),
            by_link=True,
        ),
        stat(
            "SNMP",
            "Whether the link's device answers to SNMP.",
            [query(f"max by (link) ({series('opd_link_snmp_up')})", "{{link}}", now=True)],
            at=(20, 0, 4, 4),
            unit="none",
            mappings=SNMP_STATES,
            no_value="Not polled",
            by_link=True,
        ),
    ]


def history() -> Json:
    """The links' states over time."""
    return timeline(
        "State over time",
        "Each link: down, up, degraded, in maintenance or unmeasured. A blank means that the monitor gave no data.",
        [query(f"max by (link) ({series('opd_link_state')})", "{{link}}")],
        at=(0, 4, 24, 4),
        mappings=LINK_STATES,
    )


def echoes() -> list[Json]:
    """Round trips and loss."""
    shares = (("0.5", "Half"), ("0.95", "95 of 100"), ("0.99", "99 of 100"))
    styles = [
        override("/^Half/", regexp=True, custom__lineWidth=2),
        override("/^95/", regexp=True, custom__lineStyle={"fill": "dash", "dash": [6, 4]}),
        override("/^99/", regexp=True, custom__lineStyle={"fill": "dot", "dash": [1, 4]}),
    ]
    heat = heatmap(
        "Round trips: how many took how long",
        "Echoes answered in each stretch of time, by round trip; the brighter, the more. Blank: none came back.",
        query(f"sum by (le) (increase({series('opd_link_rtt_seconds_bucket')}[$__rate_interval]))", "{{le}}"),
        unit_of_buckets="s",
        at=(12, 17, 12, 9),
        no_value=NO_ANSWER,
    )
    return [
        graph(
            "Round-trip time",
            "The time within which half, 95 and 99 of 100 echoes came back. The line at 150 ms is where a link counts "
            "as degraded, unless the inventory says otherwise.",
            [query(quantile(share, "$__rate_interval"), f"{shown}, {{{{link}}}}") for share, shown in shares],
            at=(0, 17, 12, 9),
            unit="s",
            no_value=NO_ANSWER,
            thresholds=steps("transparent", (0.15, ORANGE)),
            threshold_style="line",
            fill=0,
            axis={"scaleDistribution": {"type": "log", "log": 10}},
            overrides=[*link_colours(), *styles],
        ),
        heat,
    ]


def traffic() -> list[Json]:
    """Both directions against what was bought, and loss."""

    def one(title: str, direction: str, at: tuple[int, int, int, int]) -> Json:
        total = series(f"opd_link_{direction}_bytes_total")
        # Only while its device answers: a rate lives on for a while, and sinks.
        bytes_total = f"(rate({total}[$__rate_interval]) and {total})"
        bought = series("opd_link_contract_bytes_per_second", f'direction="{direction}"')
        return graph(
            f"{title} against the contract",
            f"{title} of the office as its device counts it; the dashed line is what the contract gives. A gap means "
            "that the device did not answer.",
            [
                query(f"8 * max by (link) ({bytes_total})", "{{link}}", step=SNMP_STEP),
                query(f"8 * max by (link) ({bought})", "Contract, {{link}}", step=SNMP_STEP),
            ],
            at=at,
            unit="bps",
            no_value=NOT_POLLED,
            overrides=[
                *link_colours(),
                override(
                    "/^Contract/",
                    regexp=True,
                    custom__lineStyle={"fill": "dash", "dash": [8, 6]},
                    custom__fillOpacity=0,
                    custom__lineWidth=2,
                ),
            ],
        )

    return [
        one("Download", "receive", (0, 26, 8, 8)),
        one("Upload", "transmit", (8, 26, 8, 8)),
        graph(
            "Loss over time",
            "Lost echoes of all that were sent. The line at 5 % is where a link counts as degraded, unless the "
            "inventory says otherwise. A gap means that nothing was sent.",
            [query(lost("$__rate_interval"), "{{link}}")],
            at=(16, 26, 8, 8),
            unit="percentunit",
            axis={"axisSoftMin": 0, "axisSoftMax": 0.1},
            overrides=link_colours(),
            no_value="Unknown: no echo was sent",
            thresholds=steps("transparent", (0.05, ORANGE)),
            threshold_style="line",
        ),
    ]


def build() -> Json:
    """The Office dashboard."""
    shaded = annotation("Outages", f"max by (link) ({series('opd_link_outage_open')}) == 1", "Outage of {{link}}")
    panels = [
        *summary(),
        history(),
        links(),
        outages(),
        causes(),
        *echoes(),
        *traffic(),
        budget(),
        website(),
        devices(),
    ]
    return dashboard("office", panels, annotations=[shaded])
