import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from servers import ALERTS, ROOT, Server, start_alertmanager, wait_until

LOCAL = ROOT / "alertmanager" / "alertmanager.yml"
COMPOSE = ROOT / "alertmanager" / "compose.yml"

Tool = Callable[..., subprocess.CompletedProcess[str]]
Alert = dict[str, str]


def content(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def seconds(duration: str) -> int:
    units = {"h": 3600, "m": 60, "s": 1}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([hms])", duration))


@pytest.mark.parametrize("path", [LOCAL, COMPOSE], ids=lambda path: path.name)
def test_alertmanager_takes_the_configuration(tool: Tool, path: Path) -> None:
    checked = tool("amtool", "check-config", path)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_two_configurations_differ_by_the_webhook_s_address_alone() -> None:
    here, compose = (content(path) for path in (LOCAL, COMPOSE))
    hooks = [configuration["receivers"][0]["webhook_configs"][0] for configuration in (here, compose)]
    assert [hook.pop("url") for hook in hooks] == ["http://127.0.0.1:9878/", "http://host.docker.internal:9878/"]
    assert here == compose


def test_both_configurations_give_the_same_reasons() -> None:
    def body(path: Path) -> list[str]:
        return path.read_text(encoding="utf-8").partition("route:\n")[2].splitlines()

    different = [pair for pair in zip(body(LOCAL), body(COMPOSE), strict=True) if pair[0] != pair[1]]
    assert [line.split()[1] for line, _ in different] == ["url:"]


def test_no_group_timer_is_a_multiple_of_the_evaluation_interval() -> None:
    interval = seconds(content(ROOT / "prometheus" / "prometheus.yml")["global"]["evaluation_interval"])
    route = content(LOCAL)["route"]
    timers = [level[key] for level in (route, *route["routes"]) for key in ("group_wait", "group_interval")]
    assert [timer for timer in timers if seconds(timer) % interval == 0] == []
    assert min(map(seconds, timers)) > interval


def test_each_severity_reaches_the_webhook(tool: Tool) -> None:
    for severity in ("page", "ticket"):
        tested = tool("amtool", "config", "routes", "test", f"--config.file={LOCAL}", f"severity={severity}")
        assert tested.stdout.split() == ["webhook"], tested.stdout + tested.stderr


def test_what_silences_outlasts_what_it_silences() -> None:
    for rule in content(LOCAL)["inhibit_rules"]:
        (source,) = re.findall(r'alertname="(\w+)"', str(rule["source_matchers"]))
        (targets,) = re.findall(r'alertname=~"([\w|]+)"', str(rule["target_matchers"]))
        for target in targets.split("|"):
            lasts, silenced = (seconds(ALERTS[name].get("keep_firing_for", "0s")) for name in (source, target))
            assert lasts > silenced, (source, target)


def test_each_rule_demands_on_both_sides_the_label_that_it_is_about() -> None:
    for rule in content(LOCAL)["inhibit_rules"]:
        *monitor, about = rule["equal"]
        assert monitor == ["job", "instance"]
        for side in ("source_matchers", "target_matchers"):
            assert f'{about}=~".+"' in rule[side]


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with start_alertmanager(tmp_path_factory.mktemp("alertmanager") / "alertmanager") as server:
        yield server


def silenced(alertmanager: Server, monitor: Alert, alerts: list[Alert], expected: int) -> list[str]:
    """Post alerts of one monitor, sources first, and return the silenced ones by their distinctive labels.

    Alertmanager's inhibitor reads new alerts beside its API, so this waits for as many as are expected; one too many
    shows in the result.
    """
    alertmanager.post("/api/v2/alerts", [{"labels": {**monitor, **labels}} for labels in alerts])

    def seen() -> list[dict[str, Any]]:
        answer: list[dict[str, Any]] = alertmanager.get("/api/v2/alerts")
        return [alert for alert in answer if monitor.items() <= alert["labels"].items()]

    def quiet() -> list[str]:
        return sorted(
            " ".join(alert["labels"].get(key, "") for key in ("alertname", "opd", "link")).strip()
            for alert in seen()
            if alert["status"]["inhibitedBy"]
        )

    wait_until(lambda: len(seen()) == len(alerts), 10, "all alerts are there")
    wait_until(lambda: len(quiet()) >= expected, 10, f"{expected} silenced alerts")
    return quiet()


def office(opd: str, **labels: str) -> Alert:
    return {"alertname": "OfficeOffline", "severity": "page", "opd": opd, **labels}


def link(opd: str, name: str, provider: str, alertname: str = "LinkDown") -> Alert:
    return {"alertname": alertname, "severity": "ticket", "opd": opd, "link": name, "provider": provider}


OTHERS: list[Alert] = [
    {"alertname": "NodeDown", "severity": "page", "node": "core"},
    {"alertname": "WebsiteStale", "severity": "ticket", "opd": "bappeda"},
    {"alertname": "WebsiteStale", "severity": "ticket", "opd": "dinkes"},
    {"alertname": "ReportMissing", "severity": "ticket"},
    {"alertname": "MonitorDown", "severity": "page"},
]


def test_an_office_s_page_silences_its_links_and_nothing_that_only_lacks_the_same_labels(alertmanager: Server) -> None:
    alerts = [
        office("dinkes", provider="serat"),
        link("dinkes", "primary", "serat"),
        link("dinkes", "backup", "serat", "SnmpSilent"),
        link("satpolpp", "primary", "sat"),
        link("bappeda", "primary", "serat"),
        *OTHERS,
    ]
    monitor = {"job": "terpadu", "instance": "one-office:9877"}
    assert silenced(alertmanager, monitor, alerts, 2) == ["LinkDown dinkes primary", "SnmpSilent dinkes backup"]


def test_alerts_without_job_and_instance_are_silenced_alike(alertmanager: Server) -> None:
    alerts = [office("dinkes"), link("dinkes", "primary", "serat"), link("satpolpp", "primary", "sat"), *OTHERS]
    assert silenced(alertmanager, {"test": "bare"}, alerts, 1) == ["LinkDown dinkes primary"]


def test_a_provider_s_page_silences_its_offices_and_links(alertmanager: Server) -> None:
    alerts = [
        {"alertname": "ProviderOutage", "severity": "page", "provider": "serat"},
        office("dinkes", provider="serat"),
        link("dinkes", "primary", "serat"),
        # connected by a link of another provider
        link("bappeda", "primary", "serat"),
        # two providers: this outage doesn't explain the office's
        office("dishub"),
        link("dishub", "primary", "serat"),
        link("dishub", "backup", "sat"),
        office("satpolpp", provider="sat"),
        link("disdik", "primary", "sat"),
        *OTHERS,
    ]
    monitor = {"job": "terpadu", "instance": "one-provider:9877"}
    assert silenced(alertmanager, monitor, alerts, 5) == [
        "LinkDown bappeda primary",
        "LinkDown dinkes primary",
        "LinkDown dishub backup",
        "LinkDown dishub primary",
        "OfficeOffline dinkes",
    ]


def test_one_monitor_s_pages_do_not_silence_another_s(alertmanager: Server) -> None:
    sources = [office("dinkes", provider="serat"), {"alertname": "ProviderOutage", "provider": "serat"}]
    alertmanager.post(
        "/api/v2/alerts", [{"labels": {"job": "terpadu", "instance": "a", **source}} for source in sources]
    )
    other = [
        office("bappeda", provider="serat"),
        link("bappeda", "primary", "serat"),
        link("dinkes", "primary", "serat"),
    ]
    # Its office's page silences the one link that is to be silenced, which also shows that the rules were applied.
    monitor = {"job": "terpadu", "instance": "b"}
    assert silenced(alertmanager, monitor, other, 1) == ["LinkDown bappeda primary"]
