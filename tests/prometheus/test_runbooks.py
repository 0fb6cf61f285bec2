"""What somebody reads at night: a runbook for each alert, whose commands, metrics and links are the product's own."""

import json
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from servers import ALERTS, ROOT, RULES

from exporter import cli

FOLDER = ROOT / "docs" / "runbooks"
INDEX = FOLDER / "README.md"
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.md")) if path != INDEX}
PAGES = {**TEXTS, "README": INDEX.read_text(encoding="utf-8")}
HEADINGS = [
    "What it means", "Look here first", "What to do", "Whom to call", "When to ignore it", "How it fires",
]  # fmt: skip
FACTS = ["Fires", "For", "Severity", "Explains", "Explained by", "Resolves"]
LINES = 45
"""What somebody still reads who was woken."""

DASHBOARDS = {"District", "Office", "Providers and SLA", "Bandwidth", "Websites", "Monitor"}
EVERY_RULE: list[dict[str, Any]] = [
    rule
    for path in RULES
    for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]

_METRIC = re.compile(r'(\w+)\(\s*"((?:opd|terpadu)_\w+)"(?:,\s*Kind\.(\w+))?')
_SERIES = re.compile(r"\b(?:opd|terpadu)_\w+(?::\w+)*|\b(?:opd|terpadu|provider|node)\w*(?::\w+)+")
_FENCE = re.compile(r"^ *```(\w+)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)]+)\)")

Tool = Callable[..., subprocess.CompletedProcess[str]]


def sections(text: str) -> dict[str, str]:
    """Return what stands under each heading, in the order of the page."""
    _, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    return {heading: body.strip() for heading, _, body in (part.partition("\n") for part in parts)}


def facts(alert: str) -> dict[str, str]:
    """Return what "How it fires" says, by the word that each of its lines begins with."""
    lines = sections(TEXTS[alert])["How it fires"].splitlines()
    return dict(line.removeprefix("- ").split(": ", 1) for line in lines)


def links_to_alerts(text: str) -> set[str]:
    return {target.removesuffix(".md") for target in _LINK.findall(text) if "/" not in target and "#" not in target}


def blocks(text: str, language: str) -> list[str]:
    return [body for of, body in _FENCE.findall(text) if of == language]


def code(text: str) -> list[str]:
    """Return the lines of all blocks, and all that stands between backticks."""
    fenced = [line.strip() for _, body in _FENCE.findall(text) for line in body.splitlines()]
    return [*fenced, *re.findall(r"`([^`\n]+)`", _FENCE.sub("", text))]


def series_of_the_exporter() -> Iterator[str]:
    """Yield the names of all series that the exporter can serve, from where each is named with its kind."""
    for path in sorted((ROOT / "exporter" / "metrics").glob("*.py")):
        for callee, name, kind in _METRIC.findall(path.read_text(encoding="utf-8")):
            if "HISTOGRAM" in kind or "histogram" in callee:
                yield from (f"{name}_{part}" for part in ("bucket", "count", "sum"))
            yield name if "Counter" not in callee else f"{name}_total"


def inhibitions() -> Iterator[tuple[str, str]]:
    """Yield which alert may silence which in Alertmanager."""
    configuration = yaml.safe_load((ROOT / "alertmanager" / "alertmanager.yml").read_text(encoding="utf-8"))
    for rule in configuration["inhibit_rules"]:
        for source in filter(lambda alert: is_matched(alert, rule["source_matchers"]), TEXTS):
            for target in filter(lambda alert: is_matched(alert, rule["target_matchers"]), TEXTS):
                yield source, target


def is_matched(alert: str, matchers: list[str]) -> bool:
    """Say whether an alert's name fits those of the matchers that are about it."""
    for matcher in matchers:
        if found := re.fullmatch(r'alertname\s*(=~|!~|!=|=)\s*"(.*)"', matcher):
            operator, value = found.groups()
            fits = bool(re.fullmatch(value, alert)) if "~" in operator else value == alert
            if fits == operator.startswith("!"):
                return False
    return True


def test_each_alert_has_a_runbook_and_no_runbook_is_an_orphan() -> None:
    assert sorted(TEXTS) == sorted(ALERTS)


def test_a_runbook_is_short_and_has_the_six_headings_with_text_under_each() -> None:
    for alert, text in TEXTS.items():
        assert text.startswith(f"# {alert}\n")
        assert len(text.splitlines()) <= LINES, alert
        assert list(sections(text)) == HEADINGS, alert
        assert [heading for heading, body in sections(text).items() if not body] == [], alert
        assert list(facts(alert)) == FACTS, alert
        assert [fact for fact, told in facts(alert).items() if not told.endswith(".")] == [], alert


def test_how_long_and_how_urgent_a_runbook_says_that_its_alert_is_it_is() -> None:
    for alert in ALERTS:
        rules = [rule for rule in EVERY_RULE if rule.get("alert") == alert]
        told = facts(alert)
        assert set(re.findall(r"`(\w+)`", told["For"])) == {rule.get("for", "0s") for rule in rules}, alert
        assert set(re.findall(r"\w+", told["Severity"])) == {rule["labels"]["severity"] for rule in rules}, alert


def test_what_explains_what_is_told_on_both_sides_with_all_that_alertmanager_silences() -> None:
    explains = {(alert, other) for alert in TEXTS for other in links_to_alerts(facts(alert)["Explains"])}
    explained = {(other, alert) for alert in TEXTS for other in links_to_alerts(facts(alert)["Explained by"])}
    assert explains == explained
    assert set(inhibitions()) - explains == set()


def test_every_metric_that_a_runbook_names_exists() -> None:
    known = {*series_of_the_exporter(), *(rule["record"] for rule in EVERY_RULE if "record" in rule)}
    named = {name: {series for line in code(text) for series in _SERIES.findall(line)} for name, text in PAGES.items()}
    assert {name: series - known for name, series in named.items() if series - known} == {}


def test_every_command_of_terpadu_is_taken_by_its_parser() -> None:
    lines = {line for text in PAGES.values() for line in code(text) if line.startswith("terpadu ")}
    assert lines
    for line in sorted(lines):
        try:
            cli._parser().parse_args(shlex.split(line)[1:])
        except SystemExit:
            pytest.fail(f"terpadu takes no: {line}")


def test_every_event_that_is_looked_for_in_the_journal_is_one_that_is_written() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "exporter").rglob("*.py")))
    looked_for = re.findall(r'journalctl -u terpadu .*--grep (?:"([^"]+)"|(\w+))', "".join(PAGES.values()))
    events = {event for quoted, plain in looked_for for event in (quoted or plain).split("|")}
    assert events
    assert {event for event in events if f'"{event}' not in sources} == set()


def test_prometheus_can_parse_every_query(tool: Tool, tmp_path: Path) -> None:
    queries = [line for text in PAGES.values() for body in blocks(text, "promql") for line in body.splitlines()]
    rules = [{"record": f"runbook:query:{number}", "expr": query} for number, query in enumerate(queries)]
    path = tmp_path / "queries.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "runbooks", "rules": rules}]}), encoding="utf-8")
    checked = tool("promtool", "check", "rules", path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"{len(queries)} rules found" in checked.stdout


def test_a_runbook_names_dashboards_and_panels_that_there_are() -> None:
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "dashboards").glob("*.json")]
    titles = {panel["title"] for document in documents for panel in document["panels"]}
    for alert, text in TEXTS.items():
        (line,) = re.findall(r"^Dashboard: (.+)$", text, re.MULTILINE)
        assert any(dashboard in line for dashboard in DASHBOARDS), alert
        assert set(re.findall(r"\*([^*]+)\*", line)) - titles == set(), alert


def test_the_index_lists_every_runbook_once_with_its_severity() -> None:
    listed = re.findall(r"^\| \[(\w+)\]\((\w+)\.md\) \| ([\w, ]+) \| \S.* \|$", PAGES["README"], re.MULTILINE)
    assert [text for text, target, _ in listed if text != target] == []
    assert sorted(target for _, target, _ in listed) == sorted(TEXTS)
    assert {target: severity for _, target, severity in listed} == {
        alert: facts(alert)["Severity"].removesuffix(".") for alert in TEXTS
    }


def test_every_link_leads_somewhere() -> None:
    for name, text in PAGES.items():
        for link in _LINK.findall(text):
            file, _, anchor = link.partition("#")
            target = FOLDER / file
            assert target.is_file(), f"{name}: {link}"
            headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
            assert not anchor or anchor in slugs, f"{name}: {link}"
