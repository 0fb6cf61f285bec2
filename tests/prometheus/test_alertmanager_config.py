import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from servers import ROOT

from exporter.lab import packages

FOLDER = ROOT / "alertmanager"
LOCAL = FOLDER / "alertmanager.yml"
COMPOSE = FOLDER / "compose.yml"
TELEGRAM = FOLDER / "telegram-email.yml"

Tool = Callable[..., subprocess.CompletedProcess[str]]


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


def test_alertmanager_takes_the_alternative_and_finds_its_templates(tool: Tool, telegram_for_025: Path) -> None:
    checked = tool("amtool", "check-config", telegram_for_025)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "- 1 templates\n" in checked.stdout


def test_without_zone_data_the_check_fails_and_office_hours_are_not_silently_utc(
    telegram_for_025: Path, tmp_path: Path
) -> None:
    hidden = 'if [ -d /usr/share/zoneinfo ]; then mount --bind "$0" /usr/share/zoneinfo; fi && exec "$@"'
    amtool = packages.ensure("amtool")
    checked = subprocess.run(
        ["unshare", "-rm", "sh", "-c", hidden, str(tmp_path), str(amtool), "check-config", str(telegram_for_025)],
        env={**os.environ, "ZONEINFO": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (checked.returncode, checked.stdout.partition("  ")[2].strip()) == (
        1,
        "FAILED: unknown time zone Asia/Jakarta",
    )


def test_the_two_configurations_differ_by_the_webhooks_addresses_alone() -> None:
    here, compose = (content(path) for path in (LOCAL, COMPOSE))
    addresses = [
        [hook.pop("url") for receiver in each["receivers"] for hook in receiver.get("webhook_configs", [])]
        for each in (here, compose)
    ]
    assert addresses == [
        [f"http://127.0.0.1:9878/{path}" for path in ("", "watchdog")],
        [f"http://host.docker.internal:9878/{path}" for path in ("", "watchdog")],
    ]
    assert here == compose


def test_both_configurations_give_the_same_reasons() -> None:
    def body(path: Path) -> list[str]:
        return path.read_text(encoding="utf-8").partition("route:\n")[2].splitlines()

    different = [pair for pair in zip(body(LOCAL), body(COMPOSE), strict=True) if pair[0] != pair[1]]
    assert [line.split()[1] for line, _ in different] == ["url:", "url:"]


def test_the_alternative_has_the_same_routes_but_for_receivers_hours_and_what_is_due_again_each_morning() -> None:
    here, there = (content(path)["route"] for path in (LOCAL, TELEGRAM))
    assert [there["routes"].pop(0) for _ in range(2)] == [
        {
            "matchers": ['severity="page"'],
            "receiver": "office-group",
            "active_time_intervals": ["office-hours"],
            "continue": True,
        },
        {"matchers": ['severity="page"']},
    ]
    repeats = []
    for tree in (here, there):
        for route in (tree, *tree["routes"]):
            for key in ("receiver", "active_time_intervals"):
                route.pop(key, None)
        repeats.append([route.pop("repeat_interval", None) for route in tree["routes"]])
    assert there == here
    different = [pair for pair in zip(*repeats, strict=True) if pair[0] != pair[1]]
    assert different == [("24h", "15h"), ("24h", "15h")]


def test_the_alternative_silences_the_same() -> None:
    def rules(path: Path) -> str:
        return path.read_text(encoding="utf-8").partition("# What explains what is decided")[2]

    assert content(TELEGRAM)["inhibit_rules"] == content(LOCAL)["inhibit_rules"]
    assert rules(TELEGRAM) == rules(LOCAL)


def test_all_that_is_held_for_the_day_is_due_again_after_a_night_where_it_can_begin_anew() -> None:
    night = 15.5 * 3600
    held = [route for route in content(TELEGRAM)["route"]["routes"] if "active_time_intervals" in route]
    repeats = {str(route["matchers"]): route.get("repeat_interval", "4h") for route in held}
    assert {matchers: repeat for matchers, repeat in repeats.items() if seconds(repeat) >= night} == {
        "['severity=\"ticket\"', 'alertname=~\"SlaBreached|CertificateExpiring\"']": "96h",
        "['severity=\"info\"']": "96h",
    }


def test_every_time_interval_names_its_zone() -> None:
    intervals = [part for named in content(TELEGRAM)["time_intervals"] for part in named["time_intervals"]]
    assert [part["location"] for part in intervals] == ["Asia/Jakarta"]


def test_the_alternative_holds_no_secret_and_no_real_address() -> None:
    text = TELEGRAM.read_text(encoding="utf-8")
    keys = re.findall(r"(\w*(?:token|password|secret|url|key)\w*): (\S+)", text)
    assert keys == [
        ("smtp_auth_password_file", "/etc/alertmanager/secrets/smtp-password"),
        ("bot_token_file", "/etc/alertmanager/secrets/telegram-bot-token"),
        ("bot_token_file", "/etc/alertmanager/secrets/telegram-bot-token"),
        ("url_file", "/etc/alertmanager/secrets/dead-mans-switch-url"),
    ]
    hosts = re.findall(r"(?:smarthost: |@)([\w.-]+)", text)
    assert [host for host in hosts if not host.endswith(".example")] == []
    assert len(hosts) == 4


def test_nothing_is_repeated_later_than_alertmanager_remembers_it() -> None:
    remembered = 120 * 3600
    routes = [content(path)["route"] for path in (LOCAL, TELEGRAM)]
    repeats = [
        level["repeat_interval"]
        for route in routes
        for level in (route, *route["routes"])
        if "repeat_interval" in level
    ]
    assert max(map(seconds, repeats)) < remembered


@pytest.mark.parametrize("path", [LOCAL, TELEGRAM], ids=lambda path: path.name)
def test_the_dead_man_s_switch_hears_each_5_minutes_and_never_of_an_end(path: Path) -> None:
    configuration = content(path)
    (watchdog,) = [each for each in configuration["route"]["routes"] if each.get("receiver") == "dead-mans-switch"]
    (receiver,) = [each for each in configuration["receivers"] if each["name"] == "dead-mans-switch"]
    assert watchdog == {"matchers": ['alertname="Watchdog"'], "receiver": "dead-mans-switch", "repeat_interval": "5m"}
    assert [hook["send_resolved"] for hook in receiver["webhook_configs"]] == [False]
