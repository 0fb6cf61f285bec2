import os
import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from servers import ROOT

from exporter.lab import packages

COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
VOLUMES = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["volumes"]

every_service = pytest.mark.parametrize("name", SERVICES)


def mounts(name: str) -> list[tuple[str, str]]:
    """Return (source, target) of a service's mounts, whichever form they are written in."""
    return [
        (mount["source"], mount["target"]) if isinstance(mount, dict) else tuple(mount.split(":")[:2])
        for mount in SERVICES[name]["volumes"]
    ]


def config(folder: Path, **environment: str) -> dict[str, Any]:
    """Return what docker-compose makes of the file, with no .env and no environment but the one given."""
    (folder / "docker-compose.yml").write_text(COMPOSE.read_text(encoding="utf-8"), encoding="utf-8")
    done = subprocess.run(
        [*packages.command("docker-compose"), "config"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    services: dict[str, Any] = yaml.safe_load(done.stdout)["services"]
    return services


def test_docker_compose_takes_the_file_without_any_setting(tmp_path: Path) -> None:
    services = config(tmp_path)
    assert sorted(services) == ["alertmanager", "exporter", "grafana", "prometheus"]
    assert services["exporter"]["volumes"][0]["source"] == str(tmp_path / "inventory.yaml")
    assert services["exporter"]["environment"] == {"SNMP_COMMUNITY": None}


def test_inventory_community_and_password_come_from_the_environment_whole(tmp_path: Path) -> None:
    secret = "kunci$$rahasia$7"
    services = config(
        tmp_path, TERPADU_INVENTORY="/srv/inventory.yaml", SNMP_COMMUNITY="serang", GRAFANA_PASSWORD=secret
    )
    assert services["exporter"]["volumes"][0]["source"] == "/srv/inventory.yaml"
    assert services["exporter"]["environment"] == {"SNMP_COMMUNITY": "serang"}
    # `config` prints each dollar twice, so that its output is a compose file again.
    assert services["grafana"]["environment"]["GF_SECURITY_ADMIN_PASSWORD"].replace("$$", "$") == secret


@every_service
def test_every_mount_is_of_something_that_exists(name: str) -> None:
    for source, _ in mounts(name):
        path = re.sub(r"\$\{\w+:-(.*)\}", r"\1", source)
        assert (ROOT / path).exists() if path.startswith(".") else path in VOLUMES, source


@every_service
def test_folders_are_mounted_so_that_an_editor_s_new_file_is_seen(name: str) -> None:
    files = [source for source, _ in mounts(name) if source.startswith(".") and not (ROOT / source).is_dir()]
    assert files == []


@every_service
def test_every_image_is_pinned_to_one_version(name: str) -> None:
    assert re.fullmatch(r"[a-z/-]+:v?\d+\.\d+\.\d+", SERVICES[name]["image"])


@every_service
def test_every_port_is_published_on_loopback_alone(name: str) -> None:
    assert [port for port in SERVICES[name]["ports"] if not port.startswith("127.0.0.1:")] == []


@every_service
def test_every_service_is_watched_and_has_few_rights(name: str) -> None:
    service = SERVICES[name]
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["restart"] == "unless-stopped"
    assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
    assert "privileged" not in service


def test_the_exporter_sends_echoes_as_an_ordinary_user() -> None:
    exporter = SERVICES["exporter"]
    assert exporter["user"] == re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)[-1] == "10001:10001"
    assert exporter["sysctls"] == {"net.ipv4.ping_group_range": "0 2147483647"}
    assert exporter["read_only"] is True


def test_prometheus_keeps_400_days_and_finds_the_services_by_name() -> None:
    assert "--storage.tsdb.retention.time=400d" in SERVICES["prometheus"]["command"]
    found = [
        target.split(":")
        for path in sorted((ROOT / "prometheus" / "compose-targets").glob("*.yml"))
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))
        for target in group["targets"]
    ]
    assert found == [["alertmanager", "9093"], ["exporter", "9877"]]
    assert [SERVICES[name]["ports"] for name, _ in found] == [["127.0.0.1:9093:9093"], ["127.0.0.1:9877:9877"]]


def test_the_images_command_is_the_compose_file_s() -> None:
    (command,) = re.findall(r"^CMD (\[.*?\])", DOCKERFILE.replace("\\\n", ""), re.MULTILINE)
    assert yaml.safe_load(command) == SERVICES["exporter"]["command"]
    assert SERVICES["exporter"]["command"][:2] == ["terpadu", "run"]


@pytest.fixture
def grafana_start(tmp_path: Path) -> list[str]:
    """Grafana's start with a start script that prints the password, and a data folder of the test's."""
    run = tmp_path / "run.sh"
    run.write_text('#!/bin/sh\necho "$GF_SECURITY_ADMIN_PASSWORD"\n', encoding="utf-8")
    run.chmod(0o755)
    shell, option, script = SERVICES["grafana"]["entrypoint"]
    script = script.replace("$$", "$").replace("/var/lib/grafana", str(tmp_path)).replace("/run.sh", str(run))
    return [shell, option, script]


def printed(start: list[str], password: str) -> str:
    environment = {"PATH": os.environ["PATH"], "GF_SECURITY_ADMIN_PASSWORD": password}
    return subprocess.run(start, env=environment, capture_output=True, text=True, check=True).stdout.removesuffix("\n")


def test_grafana_takes_the_password_that_it_is_given(grafana_start: list[str]) -> None:
    assert printed(grafana_start, "kunci$$rahasia$7") == "kunci$$rahasia$7"


def test_grafana_without_a_password_makes_up_one_and_keeps_it(grafana_start: list[str], tmp_path: Path) -> None:
    first = printed(grafana_start, "")
    assert re.fullmatch(r"[\w+/]{24}", first)
    assert printed(grafana_start, "") == first
    assert stat.S_IMODE((tmp_path / "first-password").stat().st_mode) == 0o600


def test_both_stages_stand_on_one_pinned_base() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.13\.\d+-slim-\w+", bases[0])


def test_the_image_is_built_from_locked_packages_and_names_no_host() -> None:
    assert "-c requirements.lock" in DOCKERFILE
    assert re.findall(r"https?://(?!127\.0\.0\.1)", DOCKERFILE) == []
    assert "apt-get" not in DOCKERFILE


def test_all_that_the_image_is_built_from_exists_and_reaches_the_builder() -> None:
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    assert [source for source in copied if not (ROOT / source).exists()] == []
    assert sorted(f"!{source}" for source in copied) == sorted(line for line in ignore if line.startswith("!"))
