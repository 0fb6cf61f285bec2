"""Files for `promtool test rules`: those of the product, and their likes with many links, for either interval."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from promtool_series import scraped_each
from servers import ALERTS, ROOT

TESTS = sorted((ROOT / "prometheus" / "tests").glob("*.yml"))
AT_ONE_INTERVAL = {
    "budgets": "days, with a sample each minute",
    "lasting": "it is written for 15 s, since its ranges of ten minutes and more are the same for both",
}
"""The product's files that are run at one interval alone, and why."""

EXTERNAL_LABELS = {"runbooks": "docs/runbooks", "dashboards": "http://localhost:3000"}
"""What prometheus.yml has for the texts, as the product's own files have it too."""

Content = dict[str, Any]


def content(path: Path) -> Content:
    """Return a file's content, with paths to its rules that hold everywhere."""
    loaded: Content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded | {"rule_files": [str((path.parent / rules).resolve()) for rules in loaded["rule_files"]]}


def at_15_seconds(content: Content) -> Content:
    """Return the same tests, scraped each 15 s in place of 5 and, if they are evaluated as often, evaluated so."""
    return content | {
        "evaluation_interval": _slower(content["evaluation_interval"]),
        "tests": [_scraped_each_15_seconds(test) for test in content["tests"]],
    }


def _scraped_each_15_seconds(test: Content) -> Content:
    if test["interval"] != "5s":
        raise ValueError(f"{test['name']}: scraped each {test['interval']}")
    return test | {
        "interval": "15s",
        "input_series": [
            series | {"values": scraped_each(series["values"], 3)} for series in test.get("input_series", ())
        ],
    }


def _slower(interval: str) -> str:
    return "15s" if interval == "5s" else interval


def write(path: Path, content: Content) -> Path:
    """Write a file, and return its path."""
    path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=1000), encoding="utf-8")
    return path


_MONITOR = 'job="terpadu",instance="m"'


def series(name: str, labels: str, values: str) -> Content:
    """Return a series of the monitor that the tests know: series("opd_outage_open", 'opd="a"', "0x3")."""
    return {"series": f"{name}{{{_MONITOR},{labels}}}", "values": values}


@dataclass(frozen=True)
class Link:
    """What the exporter tells of an office and its only link, in promtool's notation; nothing of what is empty."""

    opd: str
    up: str
    is_open: str
    provider: str = "serat"
    node: str = ""
    ended_at: str = ""
    in_maintenance: str = ""

    def series(self) -> list[Content]:
        office = f'opd="{self.opd}"'
        link = f'{office},link="primary"'
        every = [
            series("opd_info", f'{office},name="Kantor {self.opd}"', "1x200"),
            series("opd_outage_open", office, self.is_open),
            series("opd_link_above_info", f'{link},provider="{self.provider}",level_1="{self.node}"', "1x200"),
            series("opd_link_up", link, self.up),
            series("opd_link_in_maintenance", link, self.in_maintenance),
            series("opd_link_outage_open", link, self.is_open),
            series("opd_link_outage_start_timestamp_seconds", link, "0x200"),
            series("opd_link_outage_end_timestamp_seconds", link, self.ended_at),
        ]
        return [each for each in every if each["values"]]


def of_outages(*tests: Content) -> Content:
    """Return a file of tests of outages.yml, scraped and evaluated each 5 s."""
    return {
        "rule_files": [str(ROOT / "prometheus" / "rules" / "outages.yml")],
        "evaluation_interval": "5s",
        "tests": [{"interval": "5s", "external_labels": EXTERNAL_LABELS} | test for test in tests],
    }


def urls(alert: str, **labels: str) -> dict[str, str]:
    """Return what an alert's links come to with its labels."""
    values = {
        **{f"$externalLabels.{name}": value for name, value in EXTERNAL_LABELS.items()},
        **{f"$labels.{name}": value for name, value in labels.items()},
    }
    texts = {name: text for name, text in ALERTS[alert]["annotations"].items() if name.endswith("_url")}
    return {name: re.sub(r"\{\{ (\S+) \}\}", lambda of: values[of[1]], text) for name, text in texts.items()}


def firing(at: str, alerts: Mapping[str, int]) -> Content:
    """Return the claim that at an instant so many alerts of each name fire, and no others."""
    return {
        "eval_time": at,
        "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
        "exp_samples": [{"labels": f'{{alertname="{name}"}}', "value": count} for name, count in alerts.items()],
    }
