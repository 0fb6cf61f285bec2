import ipaddress
import os
import re
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from servers import ROOT

from exporter.lab import packages, topology

COMPOSE, DEMO = ROOT / "docker-compose.yml", ROOT / "docker-compose.demo.yml"
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
VOLUMES = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["volumes"]
PROVISIONING = ROOT / "dashboards" / "provisioning"
LAID_OVER: dict[str, Any] = yaml.safe_load(DEMO.read_text(encoding="utf-8"))
INVENTORY = "${TERPADU_INVENTORY:-./inventory.yaml}"

every_service = pytest.mark.parametrize("name", SERVICES)


def mounts(name: str) -> list[tuple[str, str]]:
    """Return (source, target) of a service's mounts; the inventory's is the default one."""
    written = [mount.replace(INVENTORY, "./inventory.yaml") for mount in SERVICES[name]["volumes"]]
    return [(os.path.normpath(source), os.path.normpath(target)) for source, target, *_ in map(_parts, written)]


def _parts(mount: str) -> list[str]:
    return mount.split(":")


def config(folder: Path, *laid_over: str, **environment: str) -> dict[str, Any]:
    """Return what docker-compose makes of the files, with no .env and no environment but the one given."""
    for file in (COMPOSE, DEMO):
        (folder / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    files = [word for name in (COMPOSE.name, *laid_over) for word in ("--file", name)]
    done = subprocess.run(
        [*packages.command("docker-compose"), *files, "config"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    read: dict[str, Any] = yaml.safe_load(done.stdout)
    return read


def test_docker_compose_takes_the_file_without_any_setting(tmp_path: Path) -> None:
    services = config(tmp_path)["services"]
    assert sorted(services) == ["alertmanager", "exporter", "grafana", "prometheus"]
    assert services["exporter"]["volumes"][0] == f"{tmp_path}:/inventory:ro"
    assert services["exporter"]["command"][3] == "/inventory/./inventory.yaml"
    assert services["exporter"]["environment"] == {"SNMP_COMMUNITY": None}


def test_inventory_community_and_password_come_from_the_environment_whole(tmp_path: Path) -> None:
    secret = "kunci$$rahasia$7"
    services = config(
        tmp_path, TERPADU_INVENTORY="/srv/terpadu/serang.yaml", SNMP_COMMUNITY="serang", GRAFANA_PASSWORD=secret
    )["services"]
    assert services["exporter"]["volumes"][0] == "/srv/terpadu:/inventory/srv/terpadu:ro"
    assert services["exporter"]["command"][3] == "/inventory//srv/terpadu/serang.yaml"
    assert services["exporter"]["environment"] == {"SNMP_COMMUNITY": "serang"}
    # `config` prints each dollar twice, so that its output is a compose file again.
    assert services["grafana"]["environment"]["GF_SECURITY_ADMIN_PASSWORD"].replace("$$", "$") == secret


def whatever_the_order(service: dict[str, Any]) -> dict[str, Any]:
    """Return a service as it can be compared: laying files over each other changes the order of its lists."""
    hosts = service.get("extra_hosts", {})
    named = dict(host.split(":") for host in hosts) if isinstance(hosts, list) else hosts
    return {**service, "extra_hosts": named, "volumes": sorted(service["volumes"])}


def test_the_demo_is_laid_over_it_and_changes_the_exporter_and_who_is_paged_alone(tmp_path: Path) -> None:
    plain, demo = config(tmp_path), config(tmp_path, DEMO.name)
    for name in ("prometheus", "grafana"):
        assert whatever_the_order(plain["services"][name]) == whatever_the_order(demo["services"][name])
    exporter = demo["services"]["exporter"]
    assert exporter["command"] == ["terpadu", "demo", "--in-container", "--listen", "0.0.0.0:9877"]
    assert (exporter["build"], exporter["image"]) == (
        {"args": {"LAB": "yes"}, "context": str(tmp_path)},
        "terpadu-exporter-demo:0.1.0",
    )
    assert {key: exporter[key] for key in ("user", "read_only", "cap_drop", "security_opt", "init")} == {
        "user": "0:0",
        "read_only": False,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "init": True,
    }
    assert sorted(exporter["cap_add"]) == ["NET_ADMIN", "NET_BIND_SERVICE", "NET_RAW", "SYS_ADMIN"]
    assert exporter["sysctls"] == {"net.ipv4.ping_group_range": "0 2147483647", "net.ipv4.ip_forward": "0"}
    assert exporter["ports"] == plain["services"]["exporter"]["ports"]


def test_the_demo_sees_neither_the_own_inventory_nor_a_community(tmp_path: Path) -> None:
    own = {"TERPADU_INVENTORY": "/srv/terpadu/serang.yaml", "SNMP_COMMUNITY": "serang"}
    exporter = config(tmp_path, DEMO.name, **own)["services"]["exporter"]
    assert exporter["environment"] == {"SNMP_COMMUNITY": ""}
    assert sorted(exporter["volumes"]) == [
        f"{tmp_path}/prometheus/compose-targets:/inventory/srv/terpadu:ro",
        "ledger:/var/lib/terpadu:rw",
    ]


def test_the_demo_pages_the_machine_s_own_port_alone(tmp_path: Path) -> None:
    plain, demo = (config(tmp_path, *over)["services"]["alertmanager"] for over in ((), (DEMO.name,)))
    (file,) = (word.rpartition("/")[2] for word in demo["command"] if word.startswith("--config.file="))
    receivers = yaml.safe_load((ROOT / "alertmanager" / file).read_text(encoding="utf-8"))["receivers"]
    addresses = [hook["url"] for each in receivers for hook in each.get("webhook_configs", ())]
    assert addresses == ["http://host.docker.internal:9878/"]
    assert [key for each in receivers for key in each if key not in {"name", "webhook_configs"}] == []
    assert whatever_the_order(demo) == {**whatever_the_order(plain), "command": demo["command"]}


def test_the_volumes_names_don_t_change_with_the_folder_s(tmp_path: Path) -> None:
    assert config(tmp_path)["volumes"] == {name: {"name": f"terpadu-{name}"} for name in VOLUMES}


def test_the_containers_have_addresses_that_are_nobody_s() -> None:
    # RFC 5737; the first of its three networks is the lab's, within the demo's container.
    (given,) = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["networks"]["default"]["ipam"]["config"]
    assert given["subnet"] in {"198.51.100.0/24", "203.0.113.0/24"}
    assert topology.EDGE[4] in ipaddress.ip_network("192.0.2.0/24")


def test_no_secret_that_lies_in_a_folder_gets_into_the_image_or_into_git() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    taken = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert {"alertmanager", "prometheus", "dashboards"}.isdisjoint(taken)
    assert {"alertmanager/secrets", "prometheus/secrets"} <= set((ROOT / ".dockerignore").read_text().split())
    assert {".env", "/alertmanager/secrets/"} <= set((ROOT / ".gitignore").read_text().split())


def test_the_demo_s_volumes_are_its_own(tmp_path: Path) -> None:
    demo = config(tmp_path, DEMO.name)["volumes"]
    assert demo == {name: {"name": f"terpadu-demo-{name}"} for name in VOLUMES}
    assert set(LAID_OVER["services"]) == {"exporter", "alertmanager"}


@every_service
def test_every_mount_is_of_something_that_exists(name: str) -> None:
    assert [
        source
        for source, _ in mounts(name)
        if source not in VOLUMES and not (ROOT / source.removesuffix("/..")).exists()
    ] == []


@every_service
def test_folders_are_mounted_so_that_an_editor_s_new_file_is_seen(name: str) -> None:
    assert [source for source, _ in mounts(name) if source not in VOLUMES and not (ROOT / source).is_dir()] == []


def test_every_path_in_a_command_is_in_a_mount() -> None:
    wanted = {
        "prometheus": {"/etc/prometheus/prometheus.yml": "prometheus/prometheus.yml", "/prometheus": None},
        "alertmanager": {"/etc/alertmanager/compose.yml": "alertmanager/compose.yml", "/alertmanager": None},
    }
    for name, paths in wanted.items():
        named = {word.partition("=")[2] for word in SERVICES[name]["command"]}
        targets = {target: source for source, target in mounts(name)}
        assert {path for path in named if path.startswith("/")} == set(paths)
        for path, file in paths.items():
            target = max((target for target in targets if path.startswith(target)), key=len)
            assert file is None or ROOT / targets[target] / Path(path).relative_to(target) == ROOT / file
            assert file is None or (ROOT / file).is_file()
    (dashboards,) = yaml.safe_load((PROVISIONING / "dashboards/terpadu.yml").read_text(encoding="utf-8"))["providers"]
    assert (dashboards["options"]["path"], {target: source for source, target in mounts("grafana")}) == (
        "/etc/grafana/dashboards",
        {
            "/etc/grafana/provisioning": "dashboards/provisioning",
            "/etc/grafana/dashboards": "dashboards",
            "/var/lib/grafana": "grafana",
        },
    )


@pytest.mark.parametrize("name", ["prometheus", "alertmanager"])
def test_every_flag_is_one_of_the_program_s(name: str) -> None:
    shown = subprocess.run([*packages.command(name), "--help"], capture_output=True, text=True, timeout=60, check=False)
    known = set(re.findall(r"^\s+--(?:\[no-\])?([\w.-]+)", shown.stdout + shown.stderr, re.MULTILINE))
    flags = [word.removeprefix("--").partition("=")[0] for word in SERVICES[name]["command"]]
    assert [flag for flag in flags if flag not in known] == []


@pytest.mark.parametrize("service", [SERVICES["exporter"], LAID_OVER["services"]["exporter"]], ids=["run", "demo"])
def test_the_exporter_s_arguments_are_its_parser_s(service: dict[str, Any], tmp_path: Path) -> None:
    program, *arguments = service["command"]
    assert program == "terpadu"
    tried = subprocess.run(
        [sys.executable, "-m", "exporter", *arguments, "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (tried.returncode, tried.stderr) == (0, "")


def test_every_variable_of_the_provisioning_is_set_and_no_other() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in PROVISIONING.rglob("*.yml"))
    read = set(re.findall(r"(?<!\$)\$(?:\{)?(TERPADU_\w+)", text))
    environment = SERVICES["grafana"]["environment"]
    assert read == {name for name in environment if name.startswith("TERPADU_")}
    ports = {name: SERVICES[name]["ports"][0].rpartition(":")[2] for name in ("prometheus", "alertmanager")}
    assert {environment[name] for name in read} == {f"http://{name}:{port}" for name, port in ports.items()}


def test_every_setting_from_outside_is_told_of_in_the_file_s_head() -> None:
    text = COMPOSE.read_text(encoding="utf-8")
    head = text.partition("\nx-service:")[0]
    settings = {*re.findall(r"(?<!\$)\$\{(\w+)", text.removeprefix(head)), *SERVICES["exporter"]["environment"]}
    assert settings == {"TERPADU_INVENTORY", "SNMP_COMMUNITY", "GRAFANA_PASSWORD"}
    assert [name for name in settings if f"#   {name}=" not in head] == []
    assert "${SNMP_COMMUNITY}" in (ROOT / "inventory.yaml").read_text(encoding="utf-8")


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
    assert service["read_only"] is True
    assert service.keys().isdisjoint({"privileged", "cap_add", "network_mode", "pid", "devices"})


@every_service
def test_health_is_asked_at_the_port_that_is_published(name: str) -> None:
    host_port, port = SERVICES[name]["ports"][0].rsplit(":", 2)[1:]
    assert host_port == port
    assert f"http://127.0.0.1:{port}/" in SERVICES[name]["healthcheck"]["test"][-1]


def test_the_image_s_check_of_health_and_its_port_are_the_compose_file_s() -> None:
    dockerfile = DOCKERFILE.replace("\\\n", "")
    (check,) = re.findall(r"^HEALTHCHECK (.*?)\s+CMD (.*)$", dockerfile, re.MULTILINE)
    healthcheck = SERVICES["exporter"]["healthcheck"]
    assert ["CMD", *yaml.safe_load(check[1])] == healthcheck["test"]
    options = dict(option.removeprefix("--").split("=") for option in check[0].split())
    assert {key.replace("-", "_"): value for key, value in options.items()} == {
        key: str(value) for key, value in healthcheck.items() if key != "test"
    }
    assert re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE) == ["9877"]


def test_the_exporter_sends_echoes_as_an_ordinary_user() -> None:
    exporter = SERVICES["exporter"]
    assert exporter["user"] == re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)[-1] == "10001:10001"
    assert exporter["sysctls"] == {"net.ipv4.ping_group_range": "0 2147483647"}


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
    assert yaml.safe_load(command) == [
        word.replace(f"/{INVENTORY}", "/inventory.yaml") for word in SERVICES["exporter"]["command"]
    ]
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


def test_what_the_lab_alone_needs_is_in_the_demo_s_image_alone() -> None:
    assert "ARG LAB=no\n" in DOCKERFILE
    assert re.findall(r'RUN if \[ "\$LAB" = yes \]; then apt-get [^\n]*', DOCKERFILE) != []
    assert DOCKERFILE.count("apt-get update") == 1
    assert set(LAID_OVER["services"]["exporter"]["build"]["args"]) == set(
        re.findall(r"^ARG (\w+)", DOCKERFILE, re.MULTILINE)
    )


def test_all_that_the_image_is_built_from_exists_and_reaches_the_builder() -> None:
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    assert [source for source in copied if not (ROOT / source).exists()] == []
    assert sorted(f"!{source}" for source in copied) == sorted(line for line in ignore if line.startswith("!"))
