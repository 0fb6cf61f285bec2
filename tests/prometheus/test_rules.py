import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from servers import ALERTS, ROOT, RULES

PROMETHEUS = ROOT / "prometheus"
TESTS = sorted((PROMETHEUS / "tests").glob("*.yml"))
Tool = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("targets", ["targets", "compose-targets"])
def test_prometheus_takes_the_configuration_with_either_list_of_targets(
    tool: Tool, tmp_path: Path, targets: str
) -> None:
    shutil.copytree(PROMETHEUS, tmp_path / "prometheus")
    shutil.rmtree(tmp_path / "prometheus" / "targets")
    shutil.copytree(PROMETHEUS / targets, tmp_path / "prometheus" / "targets")
    checked = tool("promtool", "check", "config", tmp_path / "prometheus" / "prometheus.yml")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "WARNING" not in checked.stdout + checked.stderr


def test_promtool_finds_nothing_to_say_about_the_rules(tool: Tool) -> None:
    checked = tool("promtool", "check", "rules", "--lint=all", "--lint-fatal", *RULES)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_the_rules_do_what_their_tests_say(tool: Tool, path: Path) -> None:
    tested = tool("promtool", "test", "rules", path)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_each_alert_has_a_promtool_test() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in TESTS)
    assert [alert for alert in ALERTS if f"alertname: {alert}\n" not in tests] == []


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_says_how_long_how_urgent_and_what_in_both_languages(alert: str) -> None:
    rule = ALERTS[alert]
    assert re.fullmatch(r"([A-Z][a-z]+)+", alert)
    assert "for" in rule
    assert rule["labels"] in ({"severity": "page"}, {"severity": "ticket"})
    assert sorted(rule["annotations"]) == ["description", "description_en", "summary", "summary_en"]


@pytest.mark.parametrize("alert", ALERTS)
def test_no_label_holds_what_changes_while_the_alert_fires(alert: str) -> None:
    assert "{{" not in str(ALERTS[alert]["labels"])
    grouped = re.findall(r"group_left \(([^)]*)\)", ALERTS[alert]["expr"])
    assert set(grouped) <= {"provider"}


@pytest.mark.parametrize("alert", ALERTS)
def test_annotations_stand_on_one_line_each(alert: str) -> None:
    assert [text for text in ALERTS[alert]["annotations"].values() if "\n" in text] == []


def test_the_texts_tell_the_time_of_the_sample_s_zone() -> None:
    sample: dict[str, Any] = yaml.safe_load((ROOT / "inventory.yaml").read_text(encoding="utf-8"))
    zone = ZoneInfo(sample["organisation"]["timezone"])
    (shift,) = set(re.findall(r"_seconds \+ (\d+)", RULES[0].read_text(encoding="utf-8")))
    at = datetime(2026, 11, 25, tzinfo=zone)
    assert (at.tzname(), at.utcoffset()) == ("WIB", timedelta(seconds=int(shift)))
