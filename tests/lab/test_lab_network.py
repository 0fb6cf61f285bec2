from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from icmplib import ICMPRequest, ICMPv4Socket, TimeoutExceeded

from exporter.errors import InputError, TerpaduError
from exporter.lab import packages
from exporter.lab.network import Namespace, Network, private_namespace

CUT, WHOLE = "198.18.50.1", "198.18.50.2"


@pytest.fixture
def echoes(network: Network) -> Iterator[ICMPv4Socket]:
    assert network
    with ICMPv4Socket(privileged=False) as sock:
        yield sock


def answers(sock: ICMPv4Socket, address: str, sequence: int = 1, patience_seconds: float = 5) -> bool:
    asked = ICMPRequest(address, id=1, sequence=sequence)
    sock.send(asked)
    try:
        reply = sock.receive(asked, patience_seconds)
    except TimeoutExceeded:
        return False
    return (reply.source, reply.type) == (address, 0)


def device_names(near: list[str]) -> set[str]:
    shown = subprocess.run(
        [*near, *packages.command("ip"), "-o", "link"], capture_output=True, text=True, timeout=30, check=True
    )
    return {line.split(": ")[1].split("@")[0] for line in shown.stdout.splitlines()}


@pytest.mark.parametrize("address", ["198.18.0.1", "198.18.255.255", "198.19.0.0", "198.19.255.254"])
def test_every_address_of_the_range_answers(echoes: ICMPv4Socket, address: str) -> None:
    assert answers(echoes, address)


def test_a_cut_address_is_silent_and_nobody_is_told_so(echoes: ICMPv4Socket, network: Network) -> None:
    network.cut(CUT)
    try:
        assert not answers(echoes, CUT, patience_seconds=0.3)
    finally:
        network.mend(CUT)


def test_a_cut_leaves_the_other_addresses_alone(echoes: ICMPv4Socket, network: Network) -> None:
    network.cut(CUT)
    try:
        assert answers(echoes, WHOLE)
    finally:
        network.mend(CUT)


def test_a_mended_address_answers_again(echoes: ICMPv4Socket, network: Network) -> None:
    network.cut(CUT)
    network.mend(CUT)
    assert answers(echoes, CUT)


def test_cutting_twice_is_mended_once(echoes: ICMPv4Socket, network: Network) -> None:
    network.cut(CUT)
    network.cut(CUT)
    network.mend(CUT)
    assert answers(echoes, CUT)


def test_mending_what_is_not_cut_is_refused(network: Network) -> None:
    with pytest.raises(InputError, match=r"^198\.18\.50\.2 has no condition 'cut' to clear$"):
        network.mend(WHOLE)


@pytest.mark.parametrize(
    "address", ["198.17.255.255", "198.20.0.0", "127.0.0.1", "dinkes.example", "198.18.0.0/15", "2001:db8:19::1"]
)
@pytest.mark.parametrize("change", ["cut", "mend"])
def test_what_is_no_address_of_the_range_is_refused(network: Network, change: str, address: str) -> None:
    with pytest.raises(ValueError, match=address):
        getattr(network, change)(address)


def test_the_device_is_there_within_the_context_only(private_network: None) -> None:
    assert private_network is None
    with private_namespace() as near:
        with Network(near.prefix):
            within = device_names(near.prefix)
        assert (within, device_names(near.prefix)) == ({"lo", "terpadu0"}, {"lo"})


def test_a_network_that_fails_to_start_leaves_no_second_device_behind(private_network: None) -> None:
    assert private_network is None
    with private_namespace() as near, Network(near.prefix):
        with pytest.raises(TerpaduError, match=r"^the lab's network: ip link add .*File exists"), Network(near.prefix):
            pass
        assert device_names(near.prefix) <= {"lo", "terpadu0"}


def test_a_far_process_ends_with_the_network(private_network: None) -> None:
    assert private_network is None
    with private_namespace() as near, Network(near.prefix) as district:
        server = district.start(["sleep", "600"])
        assert server.poll() is None
        district.__exit__(None, None, None)
        assert server.poll() is not None


def test_a_far_process_gets_the_changes_to_its_environment_and_its_log(private_network: None, tmp_path: Path) -> None:
    assert private_network is None
    with private_namespace() as near, Network(near.prefix) as district:
        server = district.start(["sh", "-c", "echo $SAID"], {"SAID": "far"}, tmp_path / "log")
        assert server.wait(timeout=30) == 0
    assert (tmp_path / "log").read_text() == "far\n"


def test_a_namespace_that_is_refused_says_why() -> None:
    from_nothing = Namespace(["sh", "-c", "echo no leave >&2; exit 1"], [])
    with pytest.raises(TerpaduError, match=r"^the lab's namespace can't be made: no leave$"), from_nothing:
        pass
