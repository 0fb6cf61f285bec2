"""docker-compose.demo.yml laid over docker-compose.yml: the simulated district in the exporter's container. The tests
go on from each other, in the order of the file."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import images
import pytest
from engine import Engine
from exporter_process import wait_until
from facts import FACTS
from stack import SERVICES, Stack, document, status
from webhook import Webhook

from exporter.lab import packages

NET_BIND_SERVICE, NET_ADMIN, NET_RAW, SYS_ADMIN = 10, 12, 13, 21  # linux/capability.h
A_SERVER = """
import re, socket
from pathlib import Path
for address in re.findall(r"(?m)^198\\.\\S+", Path("/etc/hosts").read_text()):
    try:
        socket.create_connection((address, 443), timeout=0.2).close()
    except OSError:
        continue
    print(address)
    break
"""


@pytest.fixture(scope="module")
def stack(engine: Engine, webhook: Webhook) -> Iterator[Stack]:
    """The services, with the district."""
    webhook.alerts.clear()
    stack = Stack(engine, [images.COMPOSE, images.DEMO], project="terpadu-demo")
    started = time.monotonic()
    stack.up()
    FACTS["the demo: all four healthy after"] = f"{time.monotonic() - started:.0f} s"
    yield stack
    stack.tell_what_was_said()
    stack.compose("down", "--volumes", "--timeout", "30")
    left = engine.docker("volume", "ls", "--quiet").split()
    assert [name for name in left if "demo" in name] == []


def test_prometheus_sees_the_whole_district_by_the_exporter_s_name(stack: Stack) -> None:
    wait_until(lambda: len(stack.query('opd_info{instance="exporter:9877"}')) == 31, "31 offices", seconds=120)
    wait_until(lambda: len(stack.query("opd_link_up == 1")) >= 30, "its links are up")
    FACTS["the demo: scraped"] = f"{len(stack.query('opd_info'))} offices, {len(stack.query('opd_link_up'))} links"


def test_what_happens_in_the_district_is_told_and_paged(stack: Stack, webhook: Webhook) -> None:
    wait_until(lambda: stack.is_so("opd_link_outage_open == 1"), "an outage", seconds=120)
    wait_until(lambda: [alert for _, alert in webhook.alerts if alert["status"] == "firing"], "a page", seconds=120)
    told = stack.compose("logs", "--no-color", "exporter")
    assert [who for who in ("district  ", "monitor   ") if who not in told] == []
    first = next(alert["labels"] for _, alert in webhook.alerts)
    FACTS["the demo: first page"] = f"{first['alertname']} {first.get('opd', '')}".strip()


def test_snmp_and_websites_are_seen_in_the_district(stack: Stack) -> None:
    wait_until(lambda: len(stack.query("opd_link_snmp_up == 1")) >= 20, "routers answer", seconds=90)
    wait_until(lambda: len(stack.query("opd_website_up == 1")) >= 10, "websites are visited", seconds=90)


def test_the_exporter_alone_has_what_the_lab_takes(stack: Stack) -> None:
    for service in SERVICES:
        facts = Path(f"/proc/{stack.pid(service)}/status").read_text(encoding="ascii")
        capabilities = int(next(line.split()[1] for line in facts.splitlines() if line.startswith("CapBnd")), 16)
        container = stack.container(service)["HostConfig"]
        assert (container["Privileged"], "no-new-privileges:true" in container["SecurityOpt"]) == (False, True)
        if service == "exporter":
            assert capabilities == sum(1 << bit for bit in (NET_BIND_SERVICE, NET_ADMIN, NET_RAW, SYS_ADMIN))
        else:
            assert (capabilities, container["ReadonlyRootfs"]) == (0, True)


def test_others_get_the_metrics_and_the_health_alone_in_the_demo_too(stack: Stack) -> None:
    assert stack
    assert [status("exporter", path) for path in ("/metrics", "/api/v1/links")] == [200, 403]


def test_nobody_but_the_container_reaches_the_district(stack: Stack) -> None:
    address = stack.within("exporter", "python", "-c", A_SERVER).stdout.strip()
    assert address.startswith("198.1"), "no website answers within the container"
    (network,) = stack.container("exporter")["NetworkSettings"]["Networks"].values()
    route = ["route", "add", "198.18.0.0/15", "via", network["IPAddress"]]
    subprocess.run([*packages.command("ip"), *route], check=True)
    try:
        with pytest.raises(OSError, match=r"timed out|No route|unreachable"):
            socket.create_connection((address, 443), timeout=3).close()
    finally:
        subprocess.run([*packages.command("ip"), "route", "delete", "198.18.0.0/15"], check=True)


def test_each_container_that_is_killed_comes_back(stack: Stack) -> None:
    killed_at = time.monotonic()
    for service in SERVICES:
        stack.kill(service)
    stack.await_health()
    FACTS["the demo: all four killed"] = f"healthy again after {time.monotonic() - killed_at:.0f} s"


def test_after_that_the_district_is_seen_again(stack: Stack) -> None:
    wait_until(lambda: len(stack.query("opd_link_up == 1")) >= 30, "its links are up", seconds=90)
    assert document("grafana", "/api/health")["database"] == "ok"
