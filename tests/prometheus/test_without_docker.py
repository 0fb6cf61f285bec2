"""docs/without-docker.md, done: its files laid out as it says, and the programs started with the flags in them.

What stands in the page, the unit and the defaults is read out of them, so that nothing of it can drift.
"""

import argparse
import configparser
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from exporter_process import ONE_OFFICE
from servers import ROOT, Server, Webhook, start, wait_until

from exporter import cli
from exporter.lab import packages
from exporter.lab.network import Network

PAGE = (ROOT / "docs" / "without-docker.md").read_text(encoding="utf-8")
FILES = ROOT / "docs" / "systemd"
LINES = [
    line for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE) for line in block.splitlines()
]
"""What is typed, in the page's order."""


def unit() -> dict[str, str]:
    """Return the settings of the monitor's service; the last one counts where a key comes twice."""
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign] -- its stub knows no other
    parser.read_string((FILES / "terpadu.service").read_text(encoding="utf-8"))
    return dict(parser["Service"])


def variables(name: str) -> dict[str, str]:
    """Return what a file for /etc/default sets."""
    text = (FILES / f"{name}.default").read_text(encoding="utf-8")
    return {key: " ".join(shlex.split(value)) for key, value in re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE)}


def flags(name: str) -> list[str]:
    """Return what a server is started with, as its package's unit takes it: $ARGS, parted at blanks."""
    return variables(name)["ARGS"].split()


def monitor_options() -> argparse.Namespace:
    """Return what `terpadu` makes of the unit's command."""
    program, *words = shlex.split(unit()["ExecStart"])
    assert program == "/opt/terpadu/bin/terpadu"
    return cli._parser().parse_args(words)


def laid_out(root: Path) -> None:
    """Run what the page copies, below another root; who owns the inventory is left out."""
    (root / "etc" / "grafana").mkdir(parents=True)  # as Grafana's package leaves it
    (root / "etc" / "default").mkdir()
    for line in LINES:
        if line.split()[0] in {"cat", "cp", "install", "mkdir"}:
            words = re.sub(r"(?<=[\s>])/etc/", f"{root}/etc/", line.replace(" -g terpadu", ""))
            subprocess.run(["sh", "-euc", words], cwd=ROOT, check=True, timeout=60)


def below(root: Path, words: list[str]) -> list[str]:
    """Return words with their paths below another root."""
    return [re.sub(r"(?<![^=])/(etc|var)/", rf"{root}/\1/", word) for word in words]


class Services(NamedTuple):
    root: Path
    monitor: Server
    prometheus: Server
    alertmanager: Server
    webhook: Webhook


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory, network: Network) -> Iterator[Services]:
    """All three as the page starts them, at the ports as shipped; scraped each second, so that no test waits long."""
    assert network
    root = tmp_path_factory.mktemp("machine")
    laid_out(root)
    (root / "etc/terpadu/inventory.yaml").write_text(ONE_OFFICE, encoding="utf-8")
    configuration = root / "etc/terpadu/prometheus/prometheus.yml"
    text, places = re.subn(r"(_interval|_timeout): [45]s", r"\1: 1s", configuration.read_text(encoding="utf-8"))
    assert places == 3
    configuration.write_text(text, encoding="utf-8")
    for folder in ("terpadu", "prometheus/metrics2", "prometheus/alertmanager"):
        (root / "var/lib" / folder).mkdir(parents=True)
    _, *words = shlex.split(unit()["ExecStart"])
    with (
        Webhook(9878) as webhook,
        start([sys.executable, "-m", "exporter", *below(root, words)], 9877, root / "terpadu.log") as monitor,
        start(
            [
                *packages.command("alertmanager"),
                *below(root, [*flags("prometheus-alertmanager"), "--storage.path=/var/lib/prometheus/alertmanager"]),
            ],
            9093,
            root / "alertmanager.log",
        ) as alertmanager,
        start(
            [
                *packages.command("prometheus"),
                *below(root, [*flags("prometheus"), "--storage.tsdb.path=/var/lib/prometheus/metrics2"]),
            ],
            9090,
            root / "prometheus.log",
        ) as prometheus,
    ):
        yield Services(root, monitor, prometheus, alertmanager, webhook)


def test_the_monitor_is_scraped_and_its_ledger_is_where_the_unit_says(services: Services) -> None:
    def is_scraped() -> bool:
        targets = services.prometheus.get("/api/v1/targets")["data"]["activeTargets"]
        return [(target["labels"], target["health"]) for target in targets] == [
            ({"instance": "127.0.0.1:9877", "job": "terpadu"}, "up")
        ]

    wait_until(is_scraped, 15, "the monitor is scraped")
    assert (services.root / "var/lib/terpadu/terpadu.sqlite3").is_file()


def test_every_rule_is_loaded_and_a_year_is_kept(services: Services) -> None:
    groups = services.prometheus.get("/api/v1/rules")["data"]["groups"]
    loaded = {rule["name"] for group in groups for rule in group["rules"]}
    written = {
        rule.get("alert", rule.get("record"))
        for path in (ROOT / "prometheus" / "rules").glob("*.yml")
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
    }
    assert loaded == written
    kept = services.prometheus.get("/api/v1/status/flags")["data"]["storage.tsdb.retention.time"]
    assert kept in {"400d", "1y35d"}  # which is how Prometheus writes it


def test_a_cut_link_becomes_a_page_at_the_webhook_with_both_links(services: Services, network: Network) -> None:
    network.cut("198.18.10.1")
    try:
        wait_until(lambda: bool(services.webhook.payloads), 25, "the page")
    finally:
        network.mend("198.18.10.1")
    (told,) = services.webhook.payloads[0]["alerts"]
    assert (told["labels"]["alertname"], told["labels"]["opd"]) == ("OfficeOffline", "dinkes")
    assert told["annotations"]["runbook_url"] == "docs/runbooks/OfficeOffline.md"
    assert told["annotations"]["dashboard_url"].endswith("/d/terpadu-office/terpadu-office?var-opd=dinkes")


def test_the_monitor_writes_into_the_folder_that_systemd_makes_for_it_and_nowhere_else() -> None:
    service, options = unit(), monitor_options()
    state = Path("/var/lib", service["StateDirectory"])
    assert (service["ProtectSystem"], service["WorkingDirectory"]) == ("strict", str(state))
    assert "ReadWritePaths" not in service
    assert options.ledger == state / "terpadu.sqlite3"  # the default of commands that are typed there
    assert options.reports.parent == state
    assert options.record is None
    assert options.inventory == Path("/etc/terpadu/inventory.yaml")


def test_the_unit_leaves_the_monitor_no_privilege() -> None:
    service = unit()
    assert service["User"] == service["Group"] == "terpadu"
    assert (service["CapabilityBoundingSet"], service["NoNewPrivileges"]) == ("", "yes")
    assert not service.keys() & {"AmbientCapabilities", "PermissionsStartOnly"}


def test_what_the_inventory_s_fault_ends_with_is_no_reason_for_a_restart() -> None:
    assert unit()["RestartPreventExitStatus"] == "2"
    assert unit()["Restart"] == "on-failure"


@pytest.mark.parametrize("name", ["prometheus", "prometheus-alertmanager"])
def test_a_server_listens_on_loopback_and_finds_its_configuration(name: str) -> None:
    given = dict(flag.removeprefix("--").split("=", 1) for flag in flags(name))
    assert given["web.listen-address"].startswith("127.0.0.1:")
    assert given.get("cluster.listen-address", "") == ""
    folder, file = given["config.file"].removeprefix("/etc/terpadu/").split("/")
    assert (ROOT / folder / file).is_file()


def test_alertmanager_writes_where_its_drop_in_lets_it() -> None:
    text = (FILES / "prometheus-alertmanager.conf").read_text(encoding="utf-8")
    assert re.findall(r"^ReadWritePaths=(.*)$", text, re.MULTILINE) == ["/var/lib/prometheus/alertmanager"]


def test_grafana_gets_every_variable_and_folder_that_its_provisioning_asks_for(tmp_path: Path) -> None:
    laid_out(tmp_path / "root")
    grafana = tmp_path / "root/etc/grafana"
    texts = [path.read_text(encoding="utf-8") for path in (grafana / "provisioning").rglob("*.yml")]
    asked = {name for text in texts for name in re.findall(r"\$\{?([A-Z_]+)", text)}
    assert asked
    assert asked <= set(variables("grafana-server"))
    paths = {path for text in texts for path in re.findall(r"^\s*path: (\S+)$", text, re.MULTILINE)}
    assert paths == {"/etc/grafana/dashboards"}
    home = variables("grafana-server")["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert (tmp_path / "root" / home.removeprefix("/")).is_file()
    copied = sorted(path.name for path in (grafana / "dashboards").glob("*.json"))
    assert copied == sorted(path.name for path in (ROOT / "dashboards").glob("*.json"))


def test_the_page_uses_each_file_of_the_folder_and_puts_it_where_its_first_line_says() -> None:
    used = dict.fromkeys(re.findall(r"docs/systemd/([\w.-]+)", "\n".join(LINES)))
    assert sorted(used) == sorted(path.name for path in FILES.iterdir())
    for name in used:
        (line,) = {line for line in LINES if f"docs/systemd/{name} " in line}
        told = re.search(r"/etc/[\w./-]+\w", (FILES / name).read_text(encoding="utf-8"))
        assert told, name
        assert line.endswith(told[0]), line


def test_every_link_of_the_page_leads_somewhere() -> None:
    for link in re.findall(r"\[[^\]]*\]\(([^)]+)\)", PAGE):
        file, _, anchor = link.partition("#")
        headings = re.findall(r"^#+ (.+)$", (ROOT / "docs" / file).read_text(encoding="utf-8"), re.MULTILINE)
        assert not anchor or anchor in {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}


def test_every_command_of_terpadu_on_the_page_is_taken_by_its_parser() -> None:
    typed = [*LINES, *re.findall(r"`([^`\n]+)`", PAGE)]
    commands = [line.partition("/opt/terpadu/bin/terpadu ")[2] for line in typed if "bin/terpadu " in line]
    assert len(commands) >= 3
    for command in commands:
        if command != "--version":
            cli._parser().parse_args(shlex.split(command))


def test_every_server_s_tool_on_the_page_takes_its_file(tool: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    for name in ("promtool", "amtool"):
        (line,) = (line for line in LINES if line.startswith(f"{name} check"))
        words = [word.replace("/etc/terpadu/", f"{ROOT}/") for word in line.split()]
        done = tool(*words)
        assert done.returncode == 0, done.stdout + done.stderr
