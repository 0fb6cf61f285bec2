"""The names of all series that a dashboard or a rule may read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import yaml
from monitor_fakes import make_inventory

from benchmarks import exposition
from exporter.metrics import district, links, websites
from exporter.metrics.own import MonitorCollector

RULES = sorted((Path(__file__).parents[2] / "prometheus" / "rules").glob("*.yml"))
# What Prometheus writes by itself, of a scrape and of alerts.
PROMETHEUS_OWN = {
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "ALERTS",
    "ALERTS_FOR_STATE",
}
_PARTS = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("_total",)}


def exported() -> set[str]:
    """Return the name of each series that the exporter can have, a histogram's three."""
    above = (district.OFFICE_INFO, district.NODE_INFO, district.NODE_ABOVE, district.PROVIDER_INFO)
    families = [*above, district.TIMEZONE_OFFSET, *district.OFFICES, *district.NODES, *district.REFERENCES]
    families += [*links.PREPARED, *links.STATES, *links.ECHOES, *links.STANDINGS, *links.DEVICES, *websites.WEBSITES]
    own = MonitorCollector(
        replace(
            exposition.snapshot(make_inventory()).monitor,
            report_succeeded_at=1,
            report_due_since=1.0,
        )
    ).collect()
    names = {(each.family.name, each.family.kind.value) for each in families}
    return {
        f"{name.removesuffix(part)}{part}"
        for name, kind in names | {(metric.name, metric.type) for metric in own}
        for part in _PARTS.get(kind, ("",))
    }


def recorded(files: list[Path] | None = None) -> dict[str, str]:
    """Return what the rules record: each name with its expression, of several the last."""
    return {
        rule["record"]: rule["expr"]
        for path in files or RULES
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
        if "record" in rule
    }
