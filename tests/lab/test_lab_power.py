"""What happens to the district reaches its routers: on the lab's network, and on the simulated wire."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from exporter_process import wait_until
from lab_district import ENVIRONMENT, IF_IN, PORT, SYS_UPTIME, TEXT, Oid, get, next_answer, parsed, request

from exporter.errors import InputError, TerpaduError
from exporter.lab.agent_process import AgentProcess
from exporter.lab.network import Network, private_namespace
from exporter.lab.routers import Routers
from exporter.lab.simulation import SimulatedNetwork, Starting

DINKES, DISDIK = "198.18.40.1", "198.18.41.1"
DAY_TICKS = 86_400 * 100
# In the near namespace of a network: asks for an object, and says its value, or "silent".
ASK = """\
import socket, sys
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.settimeout(float(sys.argv[3]))
sock.sendto(bytes.fromhex(sys.argv[4]), (sys.argv[1], int(sys.argv[2])))
try:
    print(sock.recv(65535).hex())
except OSError:
    print("silent")
"""


class District:
    """A network of its own with the small district on it, and its routers."""

    def __init__(self, near: list[str], network: Network, routers: AgentProcess) -> None:
        self.network, self.routers, self._near = network, routers, near

    def ask(self, oid: Oid, address: str = DINKES, patience_seconds: float = 5) -> int | str | None:
        """Return what a router says, None where it is silent."""
        words = [sys.executable, "-c", ASK, address, str(PORT), str(patience_seconds), request(get(), [oid], 1).hex()]
        said = subprocess.run([*self._near, *words], capture_output=True, text=True, timeout=60, check=True).stdout
        return None if said == "silent\n" else value_in(bytes.fromhex(said))

    def ticks(self, address: str = DINKES) -> int:
        said = self.ask(SYS_UPTIME, address)
        assert isinstance(said, int)
        return said


def value_in(packet: bytes) -> int | str:
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with one, other:
        one.send(packet)
        ((_, _, value),) = next_answer(other).bindings
    return value


@pytest.fixture(scope="module")
def district(private_network: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[District]:
    assert private_network is None
    file = tmp_path_factory.mktemp("power") / "inventory.yaml"
    file.write_text(TEXT)
    with (
        private_namespace() as near,
        Network(near.prefix, file, seed=3) as network,
        network.routers(file, ENVIRONMENT) as routers,
    ):
        yield District(near.prefix, network, routers)


def wan() -> Oid:
    """Return where dinkes' counter stands before anything has befallen its router."""
    router = Routers(parsed(), ENVIRONMENT, seed=3).at(DINKES)
    assert router is not None
    return (*IF_IN, router.interfaces[1].index)


def test_an_office_whose_power_comes_back_has_routers_that_have_just_booted(district: District) -> None:
    assert district.ticks(DISDIK) > DAY_TICKS
    district.network.set("disdik", {"kind": "power_off"})
    assert district.ask(SYS_UPTIME, DISDIK, patience_seconds=0.3) is None
    since = district.network.clear("disdik", "power_off")
    assert district.ticks(DISDIK) <= (time.time() - since + 1) * 100


def test_a_link_that_was_cut_has_a_router_that_ran_on_and_carried_nothing(district: District) -> None:
    before = district.ask(wan())
    district.network.set("dinkes/primary", {"kind": "cut"})
    carried = [district.routers.carried("dinkes/primary")["receive_bytes"] for _ in range(2)]
    assert district.ask(wan(), patience_seconds=0.3) is None
    district.network.clear("dinkes/primary", "cut")
    assert carried[0] == carried[1]
    assert district.ticks() > DAY_TICKS
    after = district.ask(wan())
    assert isinstance(before, int)
    assert isinstance(after, int)
    assert after > before


def test_a_boot_costs_no_echo_and_is_told_when_it_is_done(district: District) -> None:
    at = district.network.set("setda/primary", {"kind": "reboot"})
    assert abs(time.time() - at) < 5
    assert district.ticks("198.18.42.1") <= (time.time() - at + 1) * 100


def test_a_name_that_nobody_has_is_refused_before_the_routers_hear_of_it(district: District) -> None:
    for kind in ("reboot", "power_off", "mute"):
        with pytest.raises(InputError, match="nothing in the lab is called 'dinke'"):
            district.network.set("dinke", {"kind": kind})
    with pytest.raises(InputError, match="dinkes has no condition 'mute' to clear"):
        district.network.clear("dinkes", "mute")


def test_routers_that_have_ended_are_told(district: District, tmp_path: Path) -> None:
    (tmp_path / "inventory.yaml").write_text(TEXT.replace(str(PORT), str(PORT + 2)))
    with district.network.routers(tmp_path / "inventory.yaml", ENVIRONMENT) as others:
        others.process.kill()
        with pytest.raises(
            TerpaduError, match=r"^the lab's SNMP agent has ended with status -9; start the lab again\."
        ):
            district.network.set("setda/primary", {"kind": "wrap"})
    district.network.set("setda/primary", {"kind": "wrap"})


@pytest.fixture
def simulated(tmp_path: Path) -> Callable[..., SimulatedNetwork]:
    """The small district on loopback; it is not started."""
    file = tmp_path / "inventory.yaml"
    text = TEXT.replace("198.18.", "127.18.").replace("198.19.", "127.19.").replace(str(PORT), str(PORT + 3))
    file.write_text(text.replace(", sample: true", ""))
    words = [sys.executable, "-m", "exporter.simulated", "--listen", "127.0.0.1:0"]
    return lambda: SimulatedNetwork(
        Starting([*words, "--ledger", str(tmp_path / "terpadu.sqlite3")], tmp_path / "log", ENVIRONMENT), file, seed=3
    )


def test_on_the_simulated_wire_routers_hear_of_it_also_while_the_monitor_is_killed(
    simulated: Callable[..., SimulatedNetwork],
) -> None:
    def ticks() -> Any:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(0.5)
            sock.sendto(request(get(), [SYS_UPTIME], 1), ("127.18.40.1", PORT + 3))
            try:
                return next_answer(sock).bindings[0][2]
            except TimeoutError:
                return None

    network = simulated()
    with network.routers(ENVIRONMENT) as routers, network:
        assert ticks() > DAY_TICKS
        network.set("dinkes", {"kind": "power_off"})
        assert ticks() is None
        network.kill()
        network.clear("dinkes", "power_off")
        assert ticks() < 5 * 100
        network.set("dinkes/primary", {"kind": "wrap"})
        network.set("dinkes/primary", {"kind": "cut"})
        network.start()
        wait_until(lambda: network.process is not None and network.process.poll() is None, "the monitor runs again")
        still = routers.carried("dinkes/primary")["receive_bytes"]
        network.clear("dinkes/primary", "cut")
        wait_until(lambda: routers.carried("dinkes/primary")["receive_bytes"] > still, "traffic flows")
