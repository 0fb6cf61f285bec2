"""Where an alert leads: to a dashboard that there is, opened for what the alert is about."""

import json
import re
import urllib.parse
from typing import Any

import pytest
import yaml
from promtool_files import EXTERNAL_LABELS
from servers import ALERTS, ROOT

from exporter.inventory import scalars

DASHBOARDS: dict[str, dict[str, Any]] = {
    document["uid"]: document
    for document in (json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "dashboards").glob("*.json"))
}
LEADING = {alert: rule["annotations"] for alert, rule in ALERTS.items() if alert != "Watchdog"}
"""The alerts that are about something that can be looked at."""

SCOPES = {
    "terpadu-office": [{"opd"}, {"opd", "link"}],
    "terpadu-district": [set(), {"provider"}],
    "terpadu-providers": [{"opd"}],
    "terpadu-websites": [{"opd"}],
    "terpadu-monitor": [set()],
}
"""What alerts open each dashboard for, by its variables."""


def parts(url: str) -> tuple[str, dict[str, str]]:
    """Return the uid of a dashboard and the values of its variables."""
    found = re.fullmatch(r"\{\{ \$externalLabels\.dashboards \}\}/d/([a-z-]+)/\1(?:\?(.+))?", url)
    assert found, url
    queries = urllib.parse.parse_qsl(found[2] or "", strict_parsing=bool(found[2]))
    assert all(name.startswith("var-") for name, _ in queries), url
    return found[1], {name.removeprefix("var-"): value for name, value in queries}


@pytest.mark.parametrize("alert", LEADING)
def test_each_alert_leads_to_a_dashboard_that_has_the_variables_it_is_opened_with(alert: str) -> None:
    uid, variables = parts(LEADING[alert]["dashboard_url"])
    assert uid in DASHBOARDS, f"no file in dashboards/ has the uid {uid}"
    assert set(variables) <= {variable["name"] for variable in DASHBOARDS[uid]["templating"]["list"]}


@pytest.mark.parametrize("alert", LEADING)
def test_a_dashboard_is_opened_for_the_labels_of_its_alert(alert: str) -> None:
    uid, variables = parts(LEADING[alert]["dashboard_url"])
    assert variables == {name: f"{{{{ $labels.{name} }}}}" for name in variables}
    assert set(variables) in SCOPES[uid]


@pytest.mark.parametrize("alert", LEADING)
def test_the_runbook_names_the_same_dashboard_first(alert: str) -> None:
    uid, _ = parts(LEADING[alert]["dashboard_url"])
    text = (ROOT / "docs" / "runbooks" / f"{alert}.md").read_text(encoding="utf-8")
    title = DASHBOARDS[uid]["title"].removeprefix("Terpadu: ")
    assert re.search(rf"^Dashboard: {title}\b", text, re.MULTILINE)


def test_a_code_stands_in_an_address_as_it_is() -> None:
    """Prometheus 2.42 has no function that would escape it."""
    possible = {chr(number) for number in range(256) if scalars.CODE.fullmatch(f"a{chr(number)}")}
    assert urllib.parse.quote("".join(sorted(possible)), safe="") == "".join(sorted(possible))


def test_what_stands_before_the_links_goes_into_the_texts_and_into_no_label() -> None:
    configured = yaml.safe_load((ROOT / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    assert configured["global"]["external_labels"] == EXTERNAL_LABELS
    (dropped,) = configured["alerting"]["alert_relabel_configs"]
    assert dropped["action"] == "labeldrop"
    assert set(dropped["regex"].split("|")) == set(EXTERNAL_LABELS)
