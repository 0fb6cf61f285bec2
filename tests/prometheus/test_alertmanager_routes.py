"""Which receiver hears of which alert, how soon, and when: amtool says which, the configuration the rest."""

import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from matching import is_active, routes
from servers import ROOT, RULES

LOCAL = ROOT / "alertmanager" / "alertmanager.yml"
TELEGRAM = ROOT / "alertmanager" / "telegram-email.yml"

Tool = Callable[..., subprocess.CompletedProcess[str]]

PAGE, TICKET, LASTING, INFO = "1s 7s 4h", "30s 5m 24h", "30s 5m 96h", "5m 1h 96h"
BY_KIND = "alertname job instance"
PAGES = f"{BY_KIND} opd node provider"
TICKETS = f"{BY_KIND} opd link node provider"
BOTH = "office-group on-call"

LINK = {"opd": "dinkes", "link": "primary", "provider": "serat"}
# alert, labels, receivers of telegram-email.yml, group, timers
TABLE: list[tuple[str, dict[str, str], str, str, str]] = [
    ("MonitorIsolated", {"severity": "page"}, BOTH, PAGES, PAGE),
    ("ProviderOutage", {"severity": "page", "provider": "serat"}, BOTH, PAGES, PAGE),
    ("NodeDown", {"severity": "page", "node": "pop", "provider": "serat"}, BOTH, PAGES, PAGE),
    ("OfficeOffline", {"severity": "page", "opd": "dinkes"}, BOTH, PAGES, PAGE),
    ("MonitorDown", {"severity": "page"}, BOTH, PAGES, PAGE),
    ("LedgerNotWritable", {"severity": "page"}, BOTH, PAGES, PAGE),
    ("SomebodyElses", {}, "on-call", PAGES, PAGE),
    ("LinkDown", {"severity": "ticket", "outage": "7", **LINK}, "office-email", TICKETS, TICKET),
    ("NodeDown", {"severity": "ticket", "node": "core"}, "office-email", TICKETS, TICKET),
    ("LinkDegraded", {"severity": "ticket", **LINK}, "office-email", BY_KIND, TICKET),
    ("LinkFlapping", {"severity": "ticket", **LINK}, "office-email", BY_KIND, TICKET),
    ("LinkSaturated", {"severity": "ticket", "direction": "receive", **LINK}, "office-email", BY_KIND, TICKET),
    ("SnmpSilent", {"severity": "ticket", **LINK}, "office-email", BY_KIND, TICKET),
    ("SlaBudgetBurning", {"severity": "ticket", **LINK}, "office-email", BY_KIND, TICKET),
    ("SlaBreached", {"severity": "ticket", **LINK}, "office-email", BY_KIND, LASTING),
    ("CertificateExpiring", {"severity": "ticket", "opd": "dinkes"}, "office-email", BY_KIND, LASTING),
    ("WebsiteDown", {"severity": "ticket", "opd": "dinkes"}, "office-email", BY_KIND, TICKET),
    ("ProbesLate", {"severity": "ticket"}, "office-email", BY_KIND, TICKET),
    ("InventoryReloadFailed", {"severity": "ticket"}, "office-email", BY_KIND, TICKET),
    ("ReportMissing", {"severity": "ticket"}, "office-email", BY_KIND, TICKET),
    ("DeviceRebooted", {"severity": "info", **LINK}, "office-email", BY_KIND, INFO),
    ("WebsiteStale", {"severity": "info", "opd": "dinkes"}, "office-email", BY_KIND, INFO),
    ("Watchdog", {"severity": "info"}, "dead-mans-switch", PAGES, "1s 7s 5m"),
]
NAMES = [f"{row[0]}-{len(row[1])}" for row in TABLE]


def content(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def test_this_table_has_each_alert_of_the_rules_with_its_severity_and_one_of_none() -> None:
    groups = [group for path in RULES for group in content(path)["groups"]]
    alerts = [rule for group in groups for rule in group["rules"] if "alert" in rule]
    fires = {(rule["alert"], rule["labels"]["severity"]) for rule in alerts}
    assert {(alert, labels.get("severity")) for alert, labels, *_ in TABLE} == {*fires, ("SomebodyElses", None)}


def test_the_docs_say_of_each_alert_how_urgent_it_is() -> None:
    text = (ROOT / "docs" / "alerting.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (page|ticket|info) \| (`.*) \|$", text, re.MULTILINE)
    told = {(alert, severity) for severity, alerts in rows for alert in re.findall("`(.*?)`", alerts)}
    assert told == {(alert, labels["severity"]) for alert, labels, *_ in TABLE if labels}


@pytest.mark.parametrize(("alert", "labels", "receivers", "group", "timers"), TABLE, ids=NAMES)
def test_each_alert_waits_and_repeats_as_its_kind_does(
    alert: str, labels: dict[str, str], receivers: str, group: str, timers: str
) -> None:
    del receivers
    (route,) = routes(content(LOCAL), {"alertname": alert, "job": "terpadu", "instance": "a", **labels})
    found = " ".join(route[key] for key in ("group_wait", "group_interval", "repeat_interval"))
    assert (" ".join(route["group_by"]), found) == (group, timers)


@pytest.mark.parametrize(("alert", "labels", "receivers"), [row[:3] for row in TABLE], ids=NAMES)
def test_each_alert_finds_its_receiver(
    tool: Tool, telegram_for_025: Path, alert: str, labels: dict[str, str], receivers: str
) -> None:
    words = [f"{name}={value}" for name, value in {"alertname": alert, "job": "terpadu", **labels}.items()]
    local = receivers if receivers == "dead-mans-switch" else "webhook"
    found = [
        tool("amtool", "config", "routes", "test", f"--config.file={path}", *words).stdout.strip().replace(",", " ")
        for path in (LOCAL, telegram_for_025)
    ]
    assert found == [local, receivers]
    taken = routes(content(TELEGRAM), {"alertname": alert, **labels})
    assert [route["receiver"] for route in taken] == receivers.split()


@pytest.mark.parametrize(
    ("at", "active"),
    [
        ("2026-11-22T17:30", False),  # Monday, half past midnight in Jakarta
        ("2026-11-23T00:29", False),  # 07:29
        ("2026-11-23T00:31", True),
        ("2026-11-23T08:59", True),
        ("2026-11-23T09:00", False),  # 16:00
        ("2026-11-26T17:30", False),
        ("2026-11-27T03:00", True),  # Friday
        ("2026-11-28T03:00", False),
    ],
)
def test_office_hours_are_the_district_s(at: str, active: bool) -> None:  # noqa: FBT001 - a table's column
    (office_hours,) = content(TELEGRAM)["time_intervals"]
    assert office_hours["name"] == "office-hours"
    assert is_active(office_hours["time_intervals"], datetime.fromisoformat(at).replace(tzinfo=UTC)) is active


def test_the_on_call_chat_hears_at_any_hour_and_everybody_else_in_office_hours() -> None:
    route = content(TELEGRAM)["route"]
    hours = {
        (each.get("receiver", route["receiver"]), *each.get("active_time_intervals", []))
        for each in (route, *route["routes"])
    }
    assert hours == {
        ("on-call",),
        ("dead-mans-switch",),
        ("office-group", "office-hours"),
        ("office-email", "office-hours"),
    }
