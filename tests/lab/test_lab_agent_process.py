"""The agent's process: what it is started with, and how it ends."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from lab_district import ENVIRONMENT, PORT, SYS_NAME, TEXT, get, next_answer, request

from exporter.errors import InputError, TerpaduError
from exporter.lab import agent
from exporter.lab.network import Network


def test_without_an_inventory_the_usage_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        agent.main([])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: python -m exporter.lab.agent [-h] [--seed SEED] inventory\n")


def test_a_port_that_is_taken_is_told(network: Network, tmp_path: Path) -> None:
    port = PORT + 4
    (tmp_path / "inventory.yaml").write_text(TEXT.replace(str(PORT), str(port)))
    told = rf"^the lab's SNMP agent has ended with status 1; .*can't listen on port {port}: Address already in use"
    with (
        network.routers(tmp_path / "inventory.yaml", ENVIRONMENT),
        pytest.raises(TerpaduError, match=told),
        network.routers(tmp_path / "inventory.yaml", ENVIRONMENT),
    ):
        pass


def test_an_inventory_with_problems_ends_it_with_their_places(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.yaml").write_text(TEXT.replace("198.18.40.1", "198.18.40"))
    assert agent.main([str(tmp_path / "bad.yaml")]) == 2
    assert capsys.readouterr().err.startswith(f"{tmp_path / 'bad.yaml'}:11:")


def test_an_inventory_with_problems_is_told_to_whoever_starts_the_routers(network: Network, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(TEXT.replace("198.18.40.1", "198.18.40"))
    with pytest.raises(InputError, match=r"bad\.yaml:11:"), network.routers(tmp_path / "bad.yaml", ENVIRONMENT):
        pass


def test_it_ends_with_its_standard_input(network: Network, tmp_path: Path) -> None:
    (tmp_path / "inventory.yaml").write_text(TEXT.replace(str(PORT), str(PORT + 5)))
    with network.routers(tmp_path / "inventory.yaml", ENVIRONMENT) as routers:
        assert routers.process.stdin is not None
        routers.process.stdin.close()
        assert routers.process.wait(30) == 0


def test_a_link_by_ipv6_has_a_router_too(network: Network, tmp_path: Path) -> None:
    at = ("2001:db8:18::40", PORT + 1)
    text = TEXT.replace("198.18.40.1", f'"{at[0]}"').replace(str(PORT), str(at[1]))
    (tmp_path / "inventory.yaml").write_text(text)
    with (
        network.routers(tmp_path / "inventory.yaml", ENVIRONMENT),
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock,
    ):
        sock.settimeout(5)
        sock.sendto(request(get(), [SYS_NAME], number=4), at)
        answer = next_answer(sock)
    assert (answer.sender[:2], answer.bindings) == (at, [(SYS_NAME, "OctetString", "dinkes-primary")])
