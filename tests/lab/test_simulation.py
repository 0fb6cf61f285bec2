from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from exporter_process import wait_until
from prometheus_client.parser import text_string_to_metric_families

from exporter.errors import InputError, TerpaduError
from exporter.lab.simulation import SimulatedNetwork, Starting
from exporter.lab.talking import AskedProcess

CUT = {"kind": "cut"}
NAMED = "198.19.128.1"  # what the lab gives to the first name
CLOSED = ("unshare", "--net")  # a network in which nobody may ping, and whose loopback is down
INVENTORY = """\
organisation: {name: "Kabupaten Uji", timezone: Asia/Jakarta}
defaults:
  icmp: {down_after: 3, up_after: 3, timeout: 1s}
providers:
  isp: {name: "PT Penyedia", availability: 99.5%}
offices:
  - code: dinkes
    name: "Dinas Kesehatan"
    district: Ciruas
    links:
      - {name: primary, address: 127.18.10.1, provider: isp, contract: {download: 100Mbps, upload: 100Mbps}}
      - {name: named, address: kantor.example, provider: isp, contract: {download: 100Mbps, upload: 100Mbps}}
  - code: disdik
    name: "Dinas Pendidikan"
    district: Kramatwatu
    links:
      - {name: primary, address: 127.18.11.1, provider: isp, contract: {download: 50Mbps, upload: 50Mbps}}
"""


class Simulation:
    """The monitor on a simulated wire in a folder, and the socket that it is asked at."""

    def __init__(self, folder: Path, listener: socket.socket) -> None:
        self.log = folder / "exporter.log"
        self.file = folder / "inventory.yaml"
        self.file.write_text(INVENTORY, encoding="utf-8")
        self.words = [
            *CLOSED,
            *(sys.executable, "-m", "exporter.simulated"),
            *("--listen", f"fd://{listener.fileno()}", "--ledger", str(folder / "terpadu.sqlite3")),
        ]
        self._descriptor = listener.fileno()
        self._port = listener.getsockname()[1]

    def network(self) -> SimulatedNetwork:
        """Return it, not yet started."""
        return SimulatedNetwork(Starting(self.words, self.log, keep_open=[self._descriptor]), self.file, seed=1)

    def asked(self, *more: str) -> AskedProcess:
        """Return the bare process, not yet started."""
        words = [*self.words, "--inventory", str(self.file), *more]
        return AskedProcess("it", words, log=self.log, keep_open=[self._descriptor])

    def get(self, path: str) -> str:
        """Return what it answers."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=10) as response:
            return str(response.read().decode())

    def states(self) -> dict[str, str]:
        """Return each link's state by its id."""
        return {link["link"]: link["state"] for link in json.loads(self.get("/api/v1/links"))["links"]}

    def metric(self, name: str, **labels: str) -> float:
        """Return the value of the one such series."""
        (found,) = [
            sample.value
            for family in text_string_to_metric_families(self.get("/metrics"))
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        ]
        return found

    def echoes(self, office: str, result: str) -> float:
        """Return how many echoes to an office's first link have come to a result since the start."""
        return self.metric("opd_link_icmp_probes_total", opd=office, link="primary", result=result)


@pytest.fixture
def simulation(tmp_path: Path, private_network: None) -> Iterator[Simulation]:
    assert private_network is None
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield Simulation(tmp_path, listener)


def states(dinkes: str, disdik: str) -> dict[str, str]:
    return {"dinkes/primary": dinkes, "dinkes/named": "unmeasured", "disdik/primary": disdik}


def test_a_cut_link_is_down_where_nobody_may_ping_and_comes_back(simulation: Simulation) -> None:
    with simulation.network() as network:
        assert network.process is not None
        wait_until(lambda: simulation.states() == states("up", "up"), "both answer")
        since = network.set("dinkes/primary", CUT)
        wait_until(lambda: simulation.states() == states("down", "up"), "the cut one is down")
        assert simulation.metric("opd_link_up", opd="dinkes", link="primary") == 0
        assert network.clear("dinkes/primary", "cut") > since
        wait_until(lambda: simulation.states() == states("up", "up"), "it comes back")
        for table in ("icmp", "icmp6", "raw", "raw6"):
            assert len(Path("/proc", str(network.process.pid), "net", table).read_text().splitlines()) == 1, table
        process = network.process
    assert process.returncode == 0
    log = simulation.log.read_text()
    assert "level=WARNING event=simulated_wire no echo leaves this process" in log
    assert log.count("kantor.example isn't looked up on a simulated wire") == 1
    assert "Traceback" not in log


def test_what_is_cut_stays_so_over_a_kill_and_what_is_changed_meanwhile_holds_from_the_start(
    simulation: Simulation,
) -> None:
    with simulation.network() as network:
        network.set("127.18.10.1", CUT)
        network.set("isp", {"kind": "loss", "ratio": 1.0})
        wait_until(lambda: simulation.echoes("dinkes", "lost") >= 1, "it is asked")
        first = network.process
        network.kill()
        network.kill()
        assert first is not None
        assert (first.returncode, network.process) == (-signal.SIGKILL, None)
        network.set("disdik", CUT)
        network.clear("isp", "loss")
        network.set("disdik", {"kind": "unreachable"})
        network.clear("disdik", "cut")
        network.start()
        second = network.process
        network.start()
        assert network.process is second is not first
        wait_until(lambda: simulation.states() == states("down", "down"), "both are down")
        assert [simulation.echoes(office, "reply") for office in ("dinkes", "disdik")] == [0, 0]
        network.clear("127.18.10.1", "cut")
        network.clear("disdik", "unreachable")
        wait_until(lambda: simulation.states() == states("up", "up"), "both come back")


def test_a_command_that_is_not_understood_is_refused_in_the_same_words_running_or_killed(
    simulation: Simulation,
) -> None:
    def refusals(network: SimulatedNetwork) -> list[str]:
        found = []
        for ask in (
            lambda: network.set("nobody", CUT),
            lambda: network.set("disdik", {"kind": "loss", "ratio": 2}),
            lambda: network.set("disdik", {}),
            lambda: network.clear("disdik", "cut"),
            lambda: network.clear("disdik", "slow"),
        ):
            with pytest.raises(InputError) as refused:
                ask()
            found.append(str(refused.value))
        return found

    with simulation.network() as network:
        running = refusals(network)
        network.kill()
        assert refusals(network) == running
        assert running[3] == "disdik has no condition 'cut' to clear"
        network.start()
        assert network.set("disdik", CUT)


def test_commands_are_answered_line_by_line_as_the_wire_does(simulation: Simulation) -> None:
    first = '{"set": "disdik", "condition": {"kind": "cut"}}'
    with simulation.asked("--command", first) as asked:
        said = asked.ask({"set": "dinkes", "condition": CUT})
        assert said == {
            "at": said["at"],
            "closed": ["127.18.10.1", NAMED],
            "opened": [],
            "isolated": False,
            "dropped": 0,
        }
        said = asked.ask({"clear": "disdik", "kind": "cut"})
        assert (said["closed"], said["opened"]) == ([], ["127.18.11.1"])
        with pytest.raises(InputError, match="nothing in the lab is called 'nobody'"):
            asked.ask({"set": "nobody", "condition": CUT})


def test_the_monitor_ends_in_order_with_its_standard_input(simulation: Simulation) -> None:
    with simulation.asked() as asked:
        assert asked.process.stdin is not None
        asked.process.stdin.close()
        assert asked.process.wait(30) == 0
    assert "event=stopping" in simulation.log.read_text()


def test_a_monitor_that_has_ended_by_itself_is_told_with_its_last_words_until_it_is_started_again(
    simulation: Simulation,
) -> None:
    with simulation.network() as network:
        first = network.process
        assert first is not None
        os.kill(first.pid, signal.SIGTERM)
        assert first.wait(30) == 0
        for what in ("dinkes", "disdik"):
            with pytest.raises(
                TerpaduError, match=r"has ended with status 0; start the lab again\. [^$]*event=stopping"
            ):
                network.set(what, CUT)
        assert network.process is first
        network.start()
        network.clear("dinkes", "cut")
        wait_until(lambda: simulation.states() == states("up", "down"), "what was set meanwhile holds")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--listen", "nowhere"), "--listen nowhere: write "),
        (("--command", "cut"), "a command is a JSON object on a line"),
        (("--command", '{"set": "nobody", "condition": {"kind": "cut"}}'), "nothing in the lab is called 'nobody'"),
    ],
)
def test_what_cannot_be_started_with_is_told(simulation: Simulation, more: tuple[str, str], told: str) -> None:
    with pytest.raises(InputError, match=told), simulation.asked(*more):
        pass


def test_an_inventory_that_is_wrong_is_told_before_anything_starts(simulation: Simulation) -> None:
    simulation.file.write_text(INVENTORY.replace("127.18.11.1", "127.18.10.1"), encoding="utf-8")
    with pytest.raises(InputError, match=r"dinkes/primary and disdik/primary have one address, 127\.18\.10\.1"):
        simulation.network()
    assert not simulation.log.exists()


def test_a_file_as_standard_input_is_refused(simulation: Simulation, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "exporter.simulated", "--inventory", str(simulation.file)]
    with simulation.file.open() as file:
        done = subprocess.run(
            [*words, "--listen", "127.0.0.1:0", "--ledger", str(tmp_path / "terpadu.sqlite3")],
            stdin=file,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("let it be a pipe or a terminal, not a file\n")


def test_a_prometheus_that_cannot_be_asked_is_refused(simulation: Simulation, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "exporter.simulated", "--inventory", str(simulation.file)]
    done = subprocess.run(
        [
            *words,
            "--listen",
            "127.0.0.1:0",
            "--ledger",
            str(tmp_path / "terpadu.sqlite3"),
            "--prometheus-url",
            "ftp://x/",
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "--prometheus-url: this is no address of a web server" in done.stderr
