"""The Monitor dashboard's panels over time: lateness, states, echoes, the ledger, scrapes and devices."""

from __future__ import annotations

from panels import (
    GREEN,
    GREY,
    ORANGE,
    SKY,
    SNMP_STEP,
    VERMILLION,
    Json,
    graph,
    heatmap,
    mapping,
    override,
    query,
    steps,
    timeline,
)


def coloured(**colours: str) -> list[Json]:
    """Overrides that colour series by the beginning of their names; `_` in a name stands for a blank."""
    return [
        override(f"/^{name.replace('_', ' ')}/", regexp=True, color={"mode": "fixed", "fixedColor": colour})
        for name, colour in colours.items()
    ]


def lateness() -> list[Json]:
    """How late echoes leave."""
    late = "histogram_quantile({}, sum by (instance, le) (rate(terpadu_probe_lateness_seconds_bucket[5m]))) >= 0"
    left = "sum by (le) (increase(terpadu_probe_lateness_seconds_bucket[$__rate_interval]))"
    return [
        graph(
            "Monitor: how late its probes are",
            "How much later than their moment echoes leave, over five minutes each. Above some 100 ms the machine is "
            "too busy to be believed; at half a second an alert fires. A gap means that nothing is known.",
            [query(late.format("0.99"), "99 of 100, {{instance}}"), query(late.format("0.5"), "Half, {{instance}}")],
            at=(0, 9, 12, 7),
            unit="s",
            thresholds=steps("transparent", (0.1, ORANGE), (0.5, VERMILLION)),
            threshold_style="line",
            fill=0,
            axis={"scaleDistribution": {"type": "log", "log": 10}},
            overrides=coloured(**{"99": SKY, "Half": ORANGE}),
        ),
        heatmap(
            "How many probes left how late",
            "Echoes of all monitors in each stretch of time, by how late they left; the brighter, the more.",
            query(left, "{{le}}"),
            at=(12, 9, 12, 7),
            unit_of_buckets="s",
        ),
    ]


def states() -> list[Json]:
    """What it could do over time, in words."""
    blank = "A blank means that nothing is known."
    rows = (
        (
            "Answers over time",
            f"Whether Prometheus got an answer from the monitor. {blank}",
            'max by (instance) (up{job="terpadu"})',
            "{{instance}}",
            {"0": ("Silent", VERMILLION), "1": ("Answers", GREEN)},
        ),
        (
            "Connection over time",
            f"Whether the monitor was cut off itself; all was unmeasured then. {blank} So it is without references.",
            "max by (instance) (opd_monitor_isolated)",
            "{{instance}}",
            {"0": ("Connected", GREEN), "1": ("Cut off", VERMILLION)},
        ),
        (
            "Ledger over time",
            f"Whether the ledger could be written. {blank}",
            "min by (instance) (terpadu_ledger_writable)",
            "{{instance}}",
            {"0": ("Can't write", VERMILLION), "1": ("Writable", GREEN)},
        ),
        (
            "References over time",
            f"Whether what the monitor itself needs answered. {blank}",
            "min by (instance, reference) (opd_reference_up)",
            "{{instance}} {{reference}}",
            {"0": ("Down", VERMILLION), "1": ("Answers", GREEN)},
        ),
    )
    return [
        timeline(
            title,
            text,
            [query(expr, legend)],
            at=(12 * (place % 2), 16 + 4 * (place // 2), 12, 4),
            mappings=mapping(words),
        )
        for place, (title, text, expr, legend, words) in enumerate(rows)
    ]


def echoes() -> list[Json]:
    """What became of echoes, and what else came of them."""
    drops = "sum by (instance) (increase(terpadu_icmp_socket_drops_total[5m]))"
    results = (("Answered", "reply"), ("Lost", "lost"), ("Not sent", "error"))
    return [
        graph(
            "Echoes a second, by result",
            "Over five minutes each: answered, lost, or not sent by a fault of the monitor's own. Where the sum sinks, "
            "slots were missed or links went. Counted each minute.",
            [
                query(f'sum by (instance) (monitor:echoes:rate5m{{result="{result}"}})', f"{shown}, {{{{instance}}}}")
                for shown, result in results
            ],
            at=(0, 24, 8, 8),
            unit="none",
            fill=40,
            axis={"axisSoftMin": 0, "stacking": {"mode": "normal", "group": "A"}},
            overrides=coloured(Answered=GREEN, Lost=VERMILLION, Not_sent=GREY),
        ),
        graph(
            "Replies dropped, late or doubled",
            "Replies in five minutes that the monitor's sockets had no room for, that came after their time, and that "
            "came twice. Many dropped ones mean that the machine is too slow, and that links look worse than they are.",
            [
                query(drops, "Dropped, {{instance}}"),
                query("sum by (instance) (monitor:late_replies:increase5m)", "Late, {{instance}}"),
                query("sum by (instance) (monitor:duplicate_replies:increase5m)", "Doubled, {{instance}}"),
            ],
            at=(8, 24, 8, 8),
            unit="none",
            fill=0,
            axis={"axisSoftMin": 0, "axisSoftMax": 5},
            overrides=coloured(Dropped=VERMILLION, Late=ORANGE, Doubled=SKY),
        ),
    ]


def unmeasured() -> Json:
    """How much it didn't know."""
    return graph(
        "Links unmeasured over time",
        "Links of which nothing was known, those in announced work left aside.",
        [query("sum by (instance) (monitor:links_unmeasured:count)", "{{instance}}")],
        at=(16, 24, 8, 8),
        unit="none",
        decimals=0,
        axis={"axisSoftMin": 0, "axisSoftMax": 5},
    )


def ledger() -> list[Json]:
    """How long writing takes."""
    wrote = "histogram_quantile({}, sum by (instance, le) (rate(terpadu_ledger_write_seconds_bucket[5m]))) >= 0"
    return [
        graph(
            "Ledger: how long a write takes",
            "The time within which half and 99 of 100 writes were done, over five minutes each. A gap means that none "
            "was written.",
            [query(wrote.format("0.99"), "99 of 100, {{instance}}"), query(wrote.format("0.5"), "Half, {{instance}}")],
            at=(0, 32, 8, 8),
            unit="s",
            no_value="Unknown: nothing was written",
            fill=0,
            overrides=coloured(**{"99": SKY, "Half": ORANGE}),
        ),
    ]


def scrapes() -> list[Json]:
    """How long being asked takes, and how much is told."""
    return [
        graph(
            "Scrapes: how long they take",
            "How long Prometheus waited for the monitor's answer. From four seconds on it gives up.",
            [query('max by (instance) (scrape_duration_seconds{job="terpadu"})', "{{instance}}")],
            at=(8, 32, 8, 8),
            unit="s",
            no_value="Unknown: Prometheus doesn't ask it",
        ),
        graph(
            "Scrapes: how many samples",
            "Samples in each answer; 0 where there was none. It grows with the inventory.",
            [query('max by (instance) (scrape_samples_scraped{job="terpadu"})', "{{instance}}")],
            at=(16, 32, 8, 8),
            unit="none",
            decimals=0,
            no_value="Unknown: Prometheus doesn't ask it",
        ),
    ]


def devices() -> list[Json]:
    """What SNMP gives, and what has failed inside."""
    reasons = "sum by (reason) (monitor:snmp_failures:increase5m) > 0"
    parts = "sum by (part) (increase(terpadu_internal_errors_total[$__rate_interval]))"
    return [
        graph(
            "SNMP: devices that answer",
            "Devices that answered when they were last asked, of all that are asked. Counted each minute.",
            [query("min by (instance) (monitor:snmp_answering:ratio)", "{{instance}}", step=SNMP_STEP)],
            at=(0, 40, 8, 8),
            unit="percentunit",
            max=1,
            no_value="No device is asked, or nothing is known",
        ),
        graph(
            "SNMP: failures by reason",
            "Polls in five minutes that gave nothing, by reason, of all monitors; docs/running.md says what to do. "
            "Nothing is shown while none fails.",
            [query(reasons, "{{reason}}", step=SNMP_STEP)],
            at=(8, 40, 8, 8),
            unit="none",
            decimals=0,
            no_value="None failed, or nothing is known",
            fill=0,
        ),
        graph(
            "Errors by part",
            "Faults inside the monitor as they came, by the part that had them; its log has a traceback of each.",
            [query(parts, "{{part}}")],
            at=(16, 40, 8, 8),
            unit="none",
            decimals=0,
            fill=0,
            axis={"axisSoftMin": 0, "axisSoftMax": 2},
        ),
    ]
