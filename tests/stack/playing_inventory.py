"""docker-compose.yml as it is, with an inventory whose links are containers on its network. The tests go on from each
other, in the order of the file."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import images
import pytest
from engine import Engine
from exporter_process import wait_until
from facts import FACTS
from stack import PORTS, SERVICES, Stack, document, status, text
from webhook import Webhook

MEGABYTE = 1_000_000
MOST_BYTES = 150 * MEGABYTE
LATE_SECONDS = 20  # from a second to its being in the ledger and in an answer, with room
OFFICES = ("kecamatan", "dinkes", "bappeda")
HEAD = """\
organisation: {name: "Kabupaten Uji", timezone: Asia/Jakarta}
providers: {isp: {name: "PT Penyedia", availability: 99.5%}}
offices:
"""
OFFICE = """\
  - code: CODE
    name: "Kantor CODE"
    district: Ciruas
    links:
      - {name: primary, address: kantor-CODE, provider: isp, contract: {download: 10Mbps, upload: 10Mbps}}
"""
every_service = pytest.mark.parametrize("service", SERVICES)


def inventory_of(*codes: str) -> str:
    return HEAD + "".join(OFFICE.replace("CODE", code) for code in codes)


def put(file: Path, text: str) -> None:
    """Write a file as editors do: a new one takes the old one's place."""
    new = file.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    new.chmod(0o644)
    new.replace(file)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("district")
    folder.chmod(0o755)  # the exporter's user is another
    file = folder / "serang.yaml"
    put(file, inventory_of(*OFFICES[:2]))
    return file


@pytest.fixture(scope="module")
def stack(engine: Engine, webhook: Webhook, file: Path) -> Iterator[Stack]:
    """The services, with two offices that are containers beside them."""
    assert webhook
    stack = Stack(engine, [images.COMPOSE], {"TERPADU_INVENTORY": str(file)})
    stack.compose("up", "--no-start", "--no-build")
    for office in OFFICES:
        name = f"kantor-{office}"
        words = ["--network", "terpadu_default", "--network-alias", name, "--name", name]
        engine.docker("run", "--detach", "--init", *words, images.base_image(), "sleep", "infinity")
    started = time.monotonic()
    stack.up()
    FACTS["all four healthy after"] = f"{time.monotonic() - started:.0f} s"
    yield stack
    stack.tell_what_was_said()
    close_offices(engine)
    stack.compose("down", "--volumes", "--timeout", "30")


def close_offices(engine: Engine) -> None:
    engine.docker("rm", "--force", *(f"kantor-{office}" for office in OFFICES))


@pytest.fixture(scope="module")
def before(stack: Stack) -> dict[tuple[str, str], float]:
    """What was settled before anything was killed."""
    wait_until(lambda: stack.seconds().get(("dinkes/primary", "up"), 0) >= 20, "20 settled seconds")
    return stack.seconds()


def test_the_exporter_is_scraped_by_its_service_s_name(stack: Stack) -> None:
    wait_until(lambda: stack.is_so('up{instance="exporter:9877"} == 1'), "it is scraped")
    wait_until(lambda: len(stack.query("opd_link_up == 1")) == 2, "both links are up")
    (series,) = stack.query('up{instance="exporter:9877"}')
    FACTS["scraped as"] = f"{series['metric']['job']} at {series['metric']['instance']}"


def test_prometheus_has_loaded_the_rules_and_finds_its_alertmanager(stack: Stack) -> None:
    wait_until(lambda: document("prometheus", "/api/v1/alertmanagers")["data"]["activeAlertmanagers"], "it is found")
    (found,) = document("prometheus", "/api/v1/alertmanagers")["data"]["activeAlertmanagers"]
    assert found["url"] == "http://alertmanager:9093/api/v2/alerts"
    groups = document("prometheus", "/api/v1/rules")["data"]["groups"]
    assert {Path(group["file"]).name for group in groups} == {
        path.name for path in (images.ROOT / "prometheus" / "rules").glob("*.yml")
    }
    wait_until(lambda: stack.is_so('ALERTS{alertname="Watchdog", alertstate="firing"}'), "the watchdog fires")


def test_what_stands_in_for_grafana_reads_its_files_and_reaches_its_datasources(stack: Stack) -> None:
    assert stack.health("grafana") == "healthy"
    seen = document("grafana", "/stand-in")
    assert "http://prometheus:9090" in seen["datasources"].values()
    assert seen["answering"] == list(seen["datasources"])
    files = list((images.ROOT / "dashboards").glob("*.json"))
    assert len(seen["dashboards"]) == len(files)
    assert seen["writable"] == ["/tmp", "/var/lib/grafana"]  # noqa: S108 -- the container's
    FACTS["Grafana's stand-in"] = f"{len(files)} dashboards, {len(seen['datasources'])} datasources reached"


@pytest.mark.usefixtures("stack")
def test_others_get_the_metrics_and_the_health_alone() -> None:
    assert [status("exporter", path) for path in ("/metrics", "/-/ready", "/api/v1/links", "/")] == [200, 200, 403, 403]


def test_from_within_its_container_every_command_is_at_hand(stack: Stack) -> None:
    shown = stack.within("exporter", "terpadu", "status")
    assert (shown.returncode, "dinkes" in shown.stdout) == (0, True), shown.stderr + shown.stdout


@every_service
def test_no_root_file_system_can_be_written(stack: Stack, service: str) -> None:
    tried = stack.within(service, "sh", "-c", "echo x >/written", user="0")
    assert (tried.returncode != 0, "Read-only file system" in tried.stderr) == (True, True), tried


@every_service
def test_no_service_runs_as_root_or_has_a_capability(stack: Stack, service: str) -> None:
    of_process = Path(f"/proc/{stack.pid(service)}/status").read_text(encoding="ascii")
    facts = dict(line.split(":\t") for line in of_process.splitlines() if ":\t" in line)
    user = int(facts["Uid"].split()[0])
    assert (user != 0, int(facts["CapEff"], 16), int(facts["CapBnd"], 16)) == (True, 0, 0)
    assert (facts["NoNewPrivs"], stack.container(service)["HostConfig"]["Privileged"]) == ("1", False)
    if service == "exporter":
        assert user == 10001
    FACTS[f"{service} runs as"] = f"user {user}, no capability, root file system read-only"


def test_the_exporter_s_image_is_small(engine: Engine) -> None:
    whole, base = (
        int(engine.docker("image", "inspect", "--format", "{{.Size}}", image))
        for image in (images.image_of("exporter"), images.base_image())
    )
    FACTS["the exporter's image"] = f"{(whole - base) / MEGABYTE:.1f} MB beyond its base"
    assert whole - base < MOST_BYTES


def test_every_port_is_on_loopback_alone(stack: Stack) -> None:
    (network,) = stack.container("exporter")["NetworkSettings"]["Networks"].values()
    gateway = network["Gateway"]  # the machine's own address on the containers' network
    for service, port in PORTS.items():
        (bound,) = stack.container(service)["HostConfig"]["PortBindings"][f"{port}/tcp"]
        assert bound == {"HostIp": "127.0.0.1", "HostPort": str(port)}
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((gateway, port), timeout=5).close()


@pytest.mark.usefixtures("stack")
def test_an_office_that_falls_silent_is_paged_to_the_webhook(engine: Engine, webhook: Webhook) -> None:
    cut_at = time.time()
    engine.docker("stop", "--time", "1", "kantor-dinkes")
    wait_until(lambda: webhook.heard("firing", alertname="OfficeOffline", opd="dinkes"), "a page", seconds=90)
    (heard, *_) = webhook.heard("firing", alertname="OfficeOffline", opd="dinkes")
    FACTS["an office's cut to its page"] = f"{heard - cut_at:.0f} s"
    engine.docker("start", "kantor-dinkes")


def test_an_inventory_that_takes_the_old_one_s_place_is_seen_at_a_hup(stack: Stack, file: Path) -> None:
    put(file, inventory_of(*OFFICES))
    done = stack.within("exporter", "sh", "-c", "kill -HUP 1")
    assert done.returncode == 0, done.stderr
    wait_until(lambda: ("bappeda/primary", "up") in stack.seconds(), "the third office")


def test_no_settled_second_is_lost_when_the_exporter_is_killed(
    stack: Stack, before: dict[tuple[str, str], float]
) -> None:
    link = "kecamatan/primary"
    wait_until(lambda: stack.seconds().get((link, "up"), 0) > before[link, "up"] + 10, "more seconds")
    settled, at = stack.seconds(), time.time()
    stack.kill("exporter")
    wait_until(lambda: text("exporter", "/-/healthy") is not None, "it answers again")
    dead = time.time() - at
    again = stack.seconds()
    assert {key: value for key, value in settled.items() if again.get(key, 0) < value} == {}
    wait_until(lambda: stack.seconds()[link, "up"] > again[link, "up"] + LATE_SECONDS, "it goes on")
    later, now = stack.seconds(), time.time()
    gained = {state: later[link, state] - settled[link, state] for of, state in settled if of == link}
    assert sum(gained.values()) == pytest.approx(now - at, abs=LATE_SECONDS)
    assert gained["down"] == gained["degraded"] == 0
    # What was seen and not yet written is lost with the time dead: at most 9 seconds and the undecided tail.
    assert gained["unmeasured"] <= dead + 9 + 10
    FACTS["exporter killed"] = (
        f"answers again after {dead:.1f} s; no settled second fewer, {gained['unmeasured']:.0f} s unmeasured"
    )


def test_the_office_s_return_under_another_address_is_told_by_an_exporter_that_was_killed_meanwhile(
    stack: Stack, webhook: Webhook
) -> None:
    wait_until(lambda: webhook.heard("resolved", alertname="OfficeOffline", opd="dinkes"), "its end", seconds=120)
    wait_until(lambda: stack.is_so('opd_link_up{opd="dinkes"} == 1'), "it is up")


def test_what_prometheus_had_is_there_after_it_is_killed(stack: Stack) -> None:
    at = time.time() - 10
    had = stack.query('count({job="terpadu"})', at)
    killed_at = time.monotonic()
    stack.kill("prometheus")
    wait_until(lambda: stack.query('count({job="terpadu"})', at) == had, "its samples from before")
    FACTS["prometheus killed"] = f"answers with its samples from before after {time.monotonic() - killed_at:.1f} s"


@pytest.mark.parametrize("service", ["alertmanager", "grafana"])
def test_a_service_that_is_killed_comes_back(stack: Stack, service: str) -> None:
    password = stack.within("grafana", "cat", "/var/lib/grafana/first-password").stdout
    assert re.fullmatch(r"[\w+/]{24}\n", password)
    killed_at = time.monotonic()
    stack.kill(service)
    wait_until(lambda: status_or_none(service) == 200, f"{service} answers")
    FACTS[f"{service} killed"] = f"answers again after {time.monotonic() - killed_at:.1f} s"
    stack.await_health()
    assert stack.within("grafana", "cat", "/var/lib/grafana/first-password").stdout == password


def status_or_none(service: str) -> int | None:
    path = {"alertmanager": "/-/healthy", "grafana": "/api/health"}[service]
    return None if text(service, path) is None else status(service, path)


def test_the_ledger_is_on_its_volume_after_down_and_up(engine: Engine, stack: Stack) -> None:
    settled = stack.seconds()
    close_offices(engine)  # else the network has somebody on it, and stays
    stack.compose("down", "--timeout", "30")
    assert text("exporter", "/-/healthy") is None
    stack.up()
    again = stack.seconds()
    assert {key: value for key, value in settled.items() if again.get(key, 0) < value} == {}
    listed = stack.within("exporter", "terpadu", "outages", "list")
    assert (listed.returncode, "dinkes/primary" in listed.stdout) == (0, True), listed.stderr + listed.stdout
    checked = stack.within("exporter", "terpadu", "ledger", "verify")
    assert checked.returncode == 0, checked.stderr + checked.stdout
    FACTS["after down and up"] = f"{sum(again.values()):.0f} settled seconds, {sum(settled.values()):.0f} before"


def test_a_copy_of_the_ledger_comes_out_and_is_put_back_as_the_documents_say(stack: Stack, tmp_path: Path) -> None:
    page = (images.ROOT / "docs" / "running.md").read_text(encoding="utf-8")
    backup, *restore = re.findall(r"^docker-compose (?:exec -T|stop|run|start) .*$", page, re.MULTILINE)
    assert [line.split()[1] for line in restore] == ["stop", "run", "start"]
    stack.shell(backup, tmp_path)
    copied = stack.seconds()
    stack.shell(backup, tmp_path)  # the second night
    for line in restore:
        stack.shell(line, tmp_path)
    stack.await_health()
    again = stack.seconds()
    assert {key: value for key, value in copied.items() if again.get(key, 0) < value - LATE_SECONDS} == {}
    verified = stack.within("exporter", "terpadu", "ledger", "verify")
    assert verified.returncode == 0, verified.stderr + verified.stdout
    FACTS["the ledger's copy"] = f"{(tmp_path / 'ledger.sqlite3').stat().st_size} bytes, put back"
