"""What prometheus/rules/ promise, by promtool: their form, their own tests at either interval, cases of many links."""

import re
import shutil
import subprocess
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml
from promtool_files import (
    AT_ONE_INTERVAL,
    TESTS,
    Content,
    Link,
    at_15_seconds,
    content,
    firing,
    of_outages,
    series,
    urls,
    write,
)
from servers import ROOT, RULES

PROMETHEUS = ROOT / "prometheus"
Tool = Callable[..., subprocess.CompletedProcess[str]]

GROUPS: list[dict[str, Any]] = [
    group for path in RULES for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
]
EVERY_RULE: list[dict[str, Any]] = [rule for group in GROUPS for rule in group["rules"]]
EVERY_ALERT = [rule for rule in EVERY_RULE if "alert" in rule]
"""NodeDown is two: a page and a ticket."""

on_alerts = pytest.mark.parametrize(
    "rule", EVERY_ALERT, ids=lambda rule: f"{rule['alert']}-{rule['labels']['severity']}"
)


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


@pytest.mark.parametrize(
    "path", [path for path in TESTS if path.stem not in AT_ONE_INTERVAL], ids=lambda path: path.stem
)
def test_scraped_each_15_seconds_the_rules_do_the_same(tool: Tool, tmp_path: Path, path: Path) -> None:
    tested = tool("promtool", "test", "rules", write(tmp_path / path.name, at_15_seconds(content(path))))
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_each_alert_is_tested_with_its_texts_and_where_it_does_not_fire() -> None:
    tests = [test for path in TESTS for test in content(path)["tests"]]
    looks = [look for test in tests for look in test.get("alert_rule_test", ())]
    firing = {(look["alertname"], alert["exp_labels"]["severity"]) for look in looks for alert in look["exp_alerts"]}
    silent = {look["alertname"] for look in looks if not look["exp_alerts"]}
    assert firing == {(rule["alert"], rule["labels"]["severity"]) for rule in EVERY_ALERT}
    assert silent == {rule["alert"] for rule in EVERY_ALERT} - {"Watchdog"}  # which fires always


def test_no_text_that_is_expected_has_a_gap() -> None:
    looks = chain.from_iterable(test.get("alert_rule_test", ()) for path in TESTS for test in content(path)["tests"])
    texts = [text for look in looks for alert in look["exp_alerts"] for text in alert["exp_annotations"].values()]
    assert [text for text in texts if "  " in text] == []


@on_alerts
def test_each_alert_says_how_long_how_urgent_what_in_both_languages_and_what_to_do(rule: dict[str, Any]) -> None:
    assert re.fullmatch(r"([A-Z][a-z]+)+", rule["alert"])
    assert "for" in rule
    assert rule["labels"] in [{"severity": severity} for severity in ("page", "ticket", "info")]
    texts = {"description", "description_en", "runbook_url", "summary", "summary_en"}
    assert set(rule["annotations"]) == texts | ({"dashboard_url"} if rule["alert"] != "Watchdog" else set())
    assert rule["annotations"]["runbook_url"] == f"{{{{ $externalLabels.runbooks }}}}/{rule['alert']}.md"
    assert [text for text in rule["annotations"].values() if "\n" in text] == []


@on_alerts
def test_no_label_holds_what_changes_while_the_alert_fires(rule: dict[str, Any]) -> None:
    """The inventory decides on a provider, and an outage's beginning on its id."""
    taken = re.findall(r"group_left \(([^)]*)\)", rule["expr"])
    assert set(chain.from_iterable(labels.split(", ") for labels in taken)) <= {"provider", "outage"}


def test_the_rules_keep_to_what_prometheus_has_from_2_42_to_3() -> None:
    """Groups have no labels and no query_offset; 3.x has lost holt_winters, and spells the numbers of `le` anew."""
    assert set(chain.from_iterable(GROUPS)) == {"name", "interval", "rules"}
    known = {"record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"}
    assert set(chain.from_iterable(EVERY_RULE)) <= known
    assert [rule for rule in EVERY_RULE if re.search(r"\bholt_winters\b|\ble=|\bquantile=", rule["expr"])] == []


def test_a_range_holds_four_scrapes_of_15_seconds() -> None:
    seconds = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    ranges = {match for rule in EVERY_RULE for match in re.findall(r"\[(\d+)([smhd])\]", rule["expr"])}
    assert ranges
    assert [match for match in ranges if int(match[0]) * seconds[match[1]] < 60] == []
    assert [
        rule for rule in EVERY_RULE if rule["expr"].count("[") != len(re.findall(r"\[\d+[smhd]\]", rule["expr"]))
    ] == []


DOWN, UP, UNKNOWN, OPEN = ("0x20", "1x20"), ("1x20", "0x20"), ("", "0x20"), ("", "1x20")
NO_LONGER_UP, NO_LONGER_DOWN = ("1x5 stale", "0x20"), ("0x5 stale", "1x20")


def links(
    *groups: tuple[int, tuple[str, str]], code: str = "kantor", provider: str = "serat", **more: str
) -> list[Link]:
    """Return links of a provider and their offices: links((3, DOWN), (3, UP))."""
    states = [state for count, state in groups for _ in range(count)]
    return [Link(f"{code}-{number:02}", *state, provider, **more) for number, state in enumerate(states, 1)]


def check(tool: Tool, folder: Path, *tests: Content) -> None:
    tested = tool("promtool", "test", "rules", write(folder / "generated.yml", of_outages(*tests)))
    assert tested.returncode == 0, tested.stdout + tested.stderr


PROVIDER = {"ProviderOutage": 1}
BEGINNINGS = {
    "three of six": (links((3, DOWN), (3, UP)), PROVIDER),
    "three of seven": (links((3, DOWN), (4, UP)), {"OfficeOffline": 3}),
    "two of two": (links((2, DOWN)), {"OfficeOffline": 2}),
    "three of three": (links((3, DOWN)), PROVIDER),
    "unmeasured ones count on neither side": (links((3, DOWN), (3, UP), (31, UNKNOWN)), PROVIDER),
    "nor do unmeasured ones with an open outage": (links((3, DOWN), (2, UP), (4, OPEN)), PROVIDER),
    "nor does announced work": (
        [*links((3, DOWN), (3, UP)), *links((5, UP), code="work", in_maintenance="1x20")],
        PROVIDER,
    ),
    "which is nobody's outage": (
        [*links((2, DOWN)), *links((1, DOWN), code="work", in_maintenance="1x20")],
        {"OfficeOffline": 2},
    ),
    "nothing is measured": (links((4, UNKNOWN)), {}),
    "three old outages, and nothing is measured any more": (
        links((3, NO_LONGER_DOWN), (13, NO_LONGER_UP)),
        {"OfficeOffline": 3},
    ),
    "another provider's don't count": (
        [*links((2, DOWN)), *links((2, DOWN), code="other", provider="sat")],
        {"OfficeOffline": 4},
    ),
}


def test_a_provider_is_out_with_three_links_and_half_of_those_that_are_measured(tool: Tool, tmp_path: Path) -> None:
    check(
        tool,
        tmp_path,
        *(
            {
                "name": name,
                "input_series": [*chain.from_iterable(link.series() for link in every)],
                "promql_expr_test": [firing("45s", alerts)],
            }
            for name, (every, alerts) in BEGINNINGS.items()
        ),
    )


POP_IS_DOWN = [
    series("opd_node_above_info", 'node="pop"', "1x20"),
    series("opd_node_up", 'node="pop"', "0x20"),
    series("opd_node_outage_open", 'node="pop"', "1x20"),
    series("opd_node_outage_start_timestamp_seconds", 'node="pop"', "0x20"),
]


def test_what_is_down_below_a_node_of_our_own_is_no_outage_of_its_provider_s(tool: Tool, tmp_path: Path) -> None:
    every = [*links((3, DOWN), node="pop"), *links((3, UP), code="elsewhere")]
    check(
        tool,
        tmp_path,
        {
            "name": "three of six, all below a node of ours",
            "input_series": [*POP_IS_DOWN, *chain.from_iterable(link.series() for link in every)],
            "promql_expr_test": [firing("45s", {"NodeDown": 1})],
        },
    )


@pytest.mark.parametrize(
    ("back", "after"),
    [
        (4, [("45s", PROVIDER), ("90s", PROVIDER), ("150s", PROVIDER), ("6m", PROVIDER)]),
        (5, [("45s", PROVIDER), ("90s", PROVIDER), ("150s", {}), ("4m30s", {}), ("6m", {"OfficeOffline": 2})]),
    ],
    ids=["three are left", "two are left"],
)
def test_a_provider_s_page_speaks_for_its_last_three_links_and_two_speak_for_themselves(
    tool: Tool, tmp_path: Path, back: int, after: list[tuple[str, dict[str, int]]]
) -> None:
    """Most of seven are back at 1m. A page that ends does so a minute later, and explains for three minutes more."""
    every = [Link(f"back-{number}", "0x11 1x100", "1x11 0x100", ended_at="_x12 50x100") for number in range(back)]
    every += [Link(f"down-{number}", "0x120", "1x120") for number in range(7 - back)]
    check(
        tool,
        tmp_path,
        {
            "name": "most of seven are back",
            "input_series": [*chain.from_iterable(link.series() for link in every)],
            "promql_expr_test": [firing(at, alerts) for at, alerts in after],
        },
    )


FIVE = "; ".join(f"Kantor kantor-0{number}" for number in range(1, 6))


@pytest.mark.parametrize(
    ("alert", "of", "texts"),
    [
        (
            "ProviderOutage",
            {"provider": "serat"},
            {
                "summary": "serat terganggu sejak 01/01 07:00 WIB",
                "description": f"31 dari 31 link terukur terputus. Kantor tidak terhubung (31), antara lain: {FIVE}.",
                "summary_en": "serat has an outage since 01/01 07:00 WIB",
                "description_en": f"31 of 31 measured links are down. Offices offline (31), among them: {FIVE}.",
            },
        ),
        (
            "NodeDown",
            {"node": "pop"},
            {
                "summary": "pop tidak menjawab sejak 01/01 07:00 WIB",
                "description": "31 link di bawahnya terputus. Simpul milik sendiri. "
                f"Kantor tidak terhubung (31), antara lain: {FIVE}.",
                "summary_en": "pop doesn't answer since 01/01 07:00 WIB",
                "description_en": f"Links down below it: 31. It is our own. Offices offline (31), among them: {FIVE}.",
            },
        ),
    ],
    ids=["provider", "node"],
)
def test_thirty_one_offices_at_once_are_one_page_that_names_five(
    tool: Tool, tmp_path: Path, alert: str, of: dict[str, str], texts: dict[str, str]
) -> None:
    check(
        tool,
        tmp_path,
        {
            "name": "thirty-one offices",
            "input_series": [
                series("opd_timezone_offset_seconds", 'zone="WIB"', "25200x20"),
                *chain.from_iterable(link.series() for link in links((31, DOWN), node=of.get("node", ""))),
                *(POP_IS_DOWN if "node" in of else ()),
            ],
            "promql_expr_test": [firing("1m", {alert: 1})],
            "alert_rule_test": [
                {
                    "eval_time": "1m",
                    "alertname": alert,
                    "exp_alerts": [
                        {
                            "exp_labels": {"severity": "page", "job": "terpadu", "instance": "m", **of},
                            "exp_annotations": {**texts, **urls(alert, **of)},
                        }
                    ],
                }
            ],
        },
    )
