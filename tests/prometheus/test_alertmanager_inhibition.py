"""What Alertmanager silences: very little, since the rules decide what fires. A real one says so."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml
from servers import ALERTS, ROOT, Server, start_alertmanager, wait_until

CONFIGURATION: dict[str, Any] = yaml.safe_load((ROOT / "alertmanager" / "alertmanager.yml").read_text(encoding="utf-8"))

OFFICE = {"opd": "dinkes"}
LINK = {**OFFICE, "link": "primary", "provider": "serat"}
# Each kind of alert with the labels that it has beside those of its monitor.
LABELS: dict[str, Mapping[str, str]] = {
    **{kind: {} for kind in ALERTS},
    "ProviderOutage": {"provider": "serat"},
    "NodeDown": {"node": "pop", "provider": "serat"},
    "OfficeOffline": {"opd": "bappeda"},
    "LinkDown": {**LINK, "outage": "7"},
    "LinkDegraded": LINK,
    "LinkFlapping": LINK,
    "LinkSaturated": {**LINK, "direction": "receive"},
    "SnmpSilent": LINK,
    "DeviceRebooted": LINK,
    "SlaBudgetBurning": LINK,
    "SlaBreached": LINK,
    "WebsiteDown": OFFICE,
    "WebsiteStale": OFFICE,
    "CertificateExpiring": OFFICE,
}
# Eight alerts of which most lack the labels that others are about.
EIGHT: list[tuple[str, Mapping[str, str]]] = [
    ("OfficeOffline", OFFICE),
    ("LinkDown", {**LINK, "outage": "7"}),
    ("LinkDown", {"opd": "satpolpp", "link": "primary", "provider": "radio", "outage": "8"}),
    ("NodeDown", {"node": "core"}),
    ("ProviderOutage", {"provider": "serat"}),
    ("WebsiteStale", {"opd": "bappeda"}),
    ("WebsiteDown", OFFICE),
    ("ReportMissing", {}),
]
BARE = "eight alerts with neither job nor instance"
SILENCED_WHEN_CUT_OFF = [
    "CertificateExpiring dinkes",
    "DeviceRebooted dinkes",
    "LinkDegraded dinkes",
    "LinkFlapping dinkes",
    "LinkSaturated dinkes",
    "SlaBreached dinkes",
    "SlaBudgetBurning dinkes",
    "SnmpSilent dinkes",
    "WebsiteDown dinkes",
    "WebsiteStale dinkes",
]
# monitor: what fires there, and what of it is silenced
MONITORS: dict[str, tuple[Sequence[tuple[str, Mapping[str, str]]], list[str]]] = {
    BARE: (EIGHT, ["LinkDown dinkes"]),
    "eight alerts": (EIGHT, ["LinkDown dinkes"]),
    "everything, and cut off": (list(LABELS.items()), SILENCED_WHEN_CUT_OFF),
    # What would silence these fires at the other monitors.
    "another": ([pair for pair in LABELS.items() if pair[0] not in {"MonitorIsolated", "OfficeOffline"}], []),
}


def test_each_rule_demands_on_both_sides_the_label_that_it_is_about() -> None:
    for rule in CONFIGURATION["inhibit_rules"]:
        assert rule["equal"][:2] == ["job", "instance"]
        (label,) = rule["equal"][2:] or ["instance"]
        assert f'{label}=~".+"' in rule["source_matchers"]
        assert f'{label}=~".+"' in rule["target_matchers"]


def silenced(server: Server) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {monitor: [] for monitor in MONITORS}
    for each in server.get("/api/v2/alerts"):
        if each["status"]["inhibitedBy"]:
            labels = each["labels"]
            found[labels.get("instance", BARE)].append(f"{labels['alertname']} {labels.get('opd')}")
    return {monitor: sorted(names) for monitor, names in found.items()}


def test_an_office_silences_its_links_a_cut_off_monitor_what_it_cannot_know_and_none_another_s(tmp_path: Path) -> None:
    alerts = [
        {
            "labels": {
                "alertname": name,
                **({} if monitor == BARE else {"job": "terpadu", "instance": monitor}),
                **labels,
            }
        }
        for monitor, (fires, _) in MONITORS.items()
        for name, labels in fires
    ]
    expected = {monitor: quiet for monitor, (_, quiet) in MONITORS.items()}
    with start_alertmanager(tmp_path / "alertmanager") as server:
        server.post("/api/v2/alerts", alerts)
        wait_until(lambda: len(server.get("/api/v2/alerts")) == len(alerts), 10, "all alerts are there")
        # The inhibitor reads new alerts beside the API.
        with suppress(AssertionError):
            wait_until(lambda: silenced(server) == expected, 10, "the silenced ones are silenced")
        assert silenced(server) == expected
