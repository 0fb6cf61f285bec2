from __future__ import annotations

import json
import select
import shlex
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from test_fate import CORE, FIBRE, POP, STRANGER, VSAT
from wire_echoes import Heard, echo_socket, ping, standing_in

from exporter.errors import InputError, TerpaduError
from exporter.lab import packages
from exporter.lab.network import DISTRICT_IPV6, Namespace, Network, private_namespace
from exporter.lab.topology import EDGE

SIXTH, SIXTH_POP = "2001:db8:18::a", "2001:db8:18::1"
MANY = [f"198.18.{20 + number // 250}.{1 + number % 250}" for number in range(500)]
CUT, UNREACHABLE = {"kind": "cut"}, {"kind": "unreachable"}
PORT = 8080
TOO_MANY, LARGE = 10_000, 1400  # echoes, and their bytes, for the buffer of a socket that nobody reads
INVENTORY = f"""\
organisation: {{name: "Kabupaten Uji", timezone: Asia/Jakarta, sample: true}}
providers: {{isp: {{name: "PT Penyedia", availability: 99.5%}}}}
references: [{{name: gateway, address: 198.18.0.1}}]
nodes:
  core: {{name: Core, address: {CORE}}}
  pop: {{name: POP, address: {POP}, parent: core}}
  sixth: {{name: POP, address: "{SIXTH_POP}", parent: core}}
offices:
  - code: dinkes
    name: "Dinas Kesehatan"
    district: Ciruas
    links:
      - {{name: primary, address: {FIBRE}, provider: isp, parent: pop, medium: fibre,
         contract: {{download: 100Mbps, upload: 20Mbps}}}}
      - {{name: backup, address: {VSAT}, provider: isp, parent: pop, medium: vsat,
         contract: {{download: 10Mbps, upload: 2Mbps}}}}
      - {{name: sixth, address: "{SIXTH}", provider: isp, parent: sixth, medium: fibre,
         contract: {{download: 10Mbps, upload: 2Mbps}}}}
  - code: many
    name: "Banyak"
    district: Ciruas
    links:
""" + "".join(
    f"      - {{name: l{number}, address: {address}, provider: isp, parent: pop,"
    " contract: {download: 10Mbps, upload: 2Mbps}}\n"
    for number, address in enumerate(MANY)
)
SERVER = f"""
import socket
with socket.create_server(("::", {PORT}), family=socket.AF_INET6, dualstack_ipv6=True) as server:
    print("listening", flush=True)
    while True:
        server.accept()[0].close()
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("wire") / "inventory.yaml"
    path.write_text(INVENTORY, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def far(private_network: None, file: Path) -> Iterator[tuple[Namespace, Network]]:
    """A near side of its own with the small district behind it."""
    assert private_network is None
    with private_namespace() as near, Network(near.prefix, file, seed=1) as district:
        yield near, district


@pytest.fixture
def district(far: tuple[Namespace, Network]) -> Iterator[Network]:
    """The network; the test's thread stands at its near side."""
    with standing_in(far[0].pid):
        yield far[1]


@contextmanager
def holding(district: Network, what: str, condition: dict[str, object]) -> Iterator[float]:
    """A condition that holds for as long as the context."""
    since = district.set(what, condition)
    try:
        yield since
    finally:
        district.clear(what, str(condition["kind"]))


def silence(address: str) -> bool:
    return ping(address, patience_seconds=0.3) == Heard("nothing")


def connects(address: str, patience_seconds: float = 5.0) -> bool:
    try:
        socket.create_connection((address, PORT), patience_seconds).close()
    except TimeoutError:
        return False
    return True


@pytest.fixture(scope="module")
def server(far: tuple[Namespace, Network], tmp_path_factory: pytest.TempPathFactory) -> None:
    """A TCP server in the district, on all of its addresses."""
    log = tmp_path_factory.mktemp("server") / "log"
    process = far[1].start([sys.executable, "-c", SERVER], log=log)
    deadline = time.monotonic() + 20
    while "listening" not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        assert process.poll() is None, log.read_text()
        time.sleep(0.02)


@pytest.fixture
def as_in_a_container(private_network: None, file: Path) -> Iterator[Network]:
    """The district where /proc/sys can't be written; the test's thread stands at its near side."""
    assert private_network is None
    locked = "mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys"
    with private_namespace() as near:
        subprocess.run([*near.prefix, "sh", "-c", locked], check=True)
        with Network(near.prefix, file, seed=1) as district, standing_in(near.pid):
            yield district


def test_where_the_kernel_s_switches_are_locked_it_answers_no_echo_either(as_in_a_container: Network) -> None:
    assert ping(VSAT).rtt_seconds >= 0.56
    assert [ping(address).what for address in (FIBRE, SIXTH, STRANGER)] == ["reply"] * 3
    with holding(as_in_a_container, FIBRE, CUT), holding(as_in_a_container, SIXTH, CUT):
        assert [silence(FIBRE), silence(SIXTH)] == [True, True]


def test_a_satellite_link_answers_after_half_a_second_and_more(district: Network) -> None:
    assert district
    heard = ping(VSAT)
    assert (heard.what, heard.source) == ("reply", VSAT)
    assert 0.56 <= heard.rtt_seconds < 1.64


@pytest.mark.parametrize("address", [FIBRE, SIXTH, POP, CORE, "198.18.0.1", STRANGER, "2001:db8:18:ffff::99"])
def test_every_kind_of_address_answers_for_itself(district: Network, address: str) -> None:
    assert district
    heard = ping(address)
    assert (heard.what, heard.source) == ("reply", address)


def test_five_hundred_addresses_answer(district: Network) -> None:
    assert district
    answered: set[str] = set()
    with echo_socket(4) as sock:
        for number, address in enumerate(MANY):
            sock.sendto(struct.pack("!BBHHH", 8, 0, 0, 0, number) + bytes(56), (address, 0))
            while select.select([sock], [], [], 0.001)[0]:
                answered.add(sock.recvfrom(2048)[1][0])
        while answered != {*MANY} and select.select([sock], [], [], 5)[0]:
            answered.add(sock.recvfrom(2048)[1][0])
    assert answered == {*MANY}


@pytest.mark.parametrize("address", [FIBRE, SIXTH, STRANGER, "2001:db8:18::77"])
def test_a_cut_address_is_silent_in_both_families_until_it_is_mended(district: Network, address: str) -> None:
    district.cut(address)
    assert silence(address)
    district.mend(address)
    assert ping(address).what == "reply"


def test_the_reply_on_its_way_is_lost_with_the_link(district: Network) -> None:
    with echo_socket(4) as sock:
        sock.sendto(struct.pack("!BBHHH", 8, 0, 0, 0, 1) + bytes(56), (VSAT, 0))
        with holding(district, "dinkes/backup", CUT):
            assert select.select([sock], [], [], 1.0)[0] == []


@pytest.mark.parametrize(
    ("what", "asked", "router"),
    [
        ("dinkes/primary", FIBRE, POP),
        ("dinkes/sixth", SIXTH, SIXTH_POP),
        ("pop", FIBRE, CORE),
        ("core", FIBRE, str(EDGE[4])),
        ("core", SIXTH, str(EDGE[6])),
    ],
)
def test_the_right_router_says_that_something_is_unreachable(
    district: Network, what: str, asked: str, router: str
) -> None:
    with holding(district, what, UNREACHABLE):
        heard = ping(asked)
    assert (heard.what, heard.source) == ("unreachable", router)
    assert ping(asked).what == "reply"


def test_growing_times_to_live_show_the_hops_in_their_order(district: Network) -> None:
    assert district
    found = [ping(FIBRE, ttl) for ttl in (1, 2, 3)]
    assert [(heard.what, heard.source) for heard in found] == [
        ("time exceeded", CORE),
        ("time exceeded", POP),
        ("reply", FIBRE),
    ]


def test_the_hops_of_the_sixth_family_are_those_with_an_address_in_it(district: Network) -> None:
    assert district
    found = [ping(SIXTH, ttl, 0.5) for ttl in (1, 2, 3)]
    assert [(heard.what, heard.source) for heard in found] == [
        ("nothing", ""),
        ("time exceeded", SIXTH_POP),
        ("reply", SIXTH),
    ]


def test_while_the_monitor_is_isolated_nothing_passes_and_then_all_does(district: Network, server: None) -> None:
    assert server is None
    addresses = (FIBRE, SIXTH, "198.18.0.1", STRANGER)
    with holding(district, "monitor", CUT):
        assert [silence(address) for address in addresses] == [True] * 4
        assert not connects(STRANGER, 0.3)
        assert not connects(SIXTH, 0.3)
    assert [ping(address).what for address in addresses] == ["reply"] * 4
    assert connects(STRANGER)


@pytest.mark.parametrize("address", [FIBRE, SIXTH, STRANGER])
def test_a_server_answers_on_simulated_addresses_and_is_cut_with_them(
    district: Network, server: None, address: str
) -> None:
    assert server is None
    assert connects(address)
    with holding(district, address, CUT):
        assert not connects(address, 0.3)
    assert connects(address)


def test_a_node_that_is_down_takes_the_servers_below_it_too(district: Network, server: None) -> None:
    assert server is None
    with holding(district, "pop", UNREACHABLE), holding(district, "dinkes/primary", CUT):
        assert not connects(FIBRE, 0.3)
        assert connects(SIXTH)
    assert connects(FIBRE)


def test_an_address_that_two_conditions_close_opens_with_the_second(district: Network) -> None:
    district.cut(FIBRE)
    with holding(district, "dinkes/primary", CUT):
        district.mend(FIBRE)
        assert silence(FIBRE)
    assert ping(FIBRE).what == "reply"


def test_a_delay_is_felt(district: Network) -> None:
    with holding(district, "dinkes/primary", {"kind": "delay", "seconds": 0.3}):
        assert 0.3 <= ping(FIBRE).rtt_seconds < 1.3


def test_what_is_said_is_since_when_a_condition_holds(district: Network) -> None:
    before = time.time()
    with holding(district, "dinkes/primary", {"kind": "loss", "ratio": 0.0}) as since:
        assert before <= since <= time.time()


def test_the_lab_says_how_many_echoes_it_lost_itself(district: Network) -> None:
    with holding(district, "dinkes/primary", CUT):
        before = district.dropped
        district._wire.process.send_signal(signal.SIGSTOP)
        try:
            with echo_socket(4) as sock:
                for number in range(TOO_MANY):
                    sock.sendto(struct.pack("!BBHHH", 8, 0, 0, 0, number) + bytes(LARGE), (STRANGER, 0))
        finally:
            district._wire.process.send_signal(signal.SIGCONT)
    assert 0 < district.dropped - before < TOO_MANY


@pytest.mark.parametrize(
    ("what", "condition", "message"),
    [
        ("dinkez/primary", CUT, "nothing in the lab is called 'dinkez/primary'"),
        ("dinkes/primary", {"kind": "loss"}, "loss: 'ratio' is missing"),
    ],
)
def test_what_is_not_understood_is_an_error_and_changes_nothing(
    district: Network, what: str, condition: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        district.set(what, condition)
    assert ping(FIBRE).what == "reply"


def test_a_wire_that_has_died_is_an_error_at_the_next_command(private_network: None) -> None:
    assert private_network is None
    with private_namespace() as near, Network(near.prefix) as district:
        district._wire.process.kill()
        with pytest.raises(TerpaduError, match=r"^the lab's wire has ended with status -9; start the lab again\.$"):
            district.cut(STRANGER)


def test_an_inventory_with_problems_is_refused_with_them(private_network: None, tmp_path: Path) -> None:
    assert private_network is None
    path = tmp_path / "inventory.yaml"
    path.write_text(INVENTORY.replace("parent: core", "parent: kern"), encoding="utf-8")
    with (
        private_namespace() as near,
        pytest.raises(InputError, match=r"inventory\.yaml:6:.*'kern'"),
        Network(near.prefix, path),
    ):
        pass


def test_without_ipv6_at_the_near_side_the_rest_works(private_network: None) -> None:
    assert private_network is None
    with private_namespace() as near:
        switch = "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6"
        subprocess.run([*near.prefix, "sh", "-c", switch], check=True, timeout=30)
        with Network(near.prefix) as district, standing_in(near.pid):
            assert ping(STRANGER).what == "reply"
            district.set("monitor", CUT)
            district.cut(str(DISTRICT_IPV6[1]))
            assert silence(STRANGER)


def test_the_process_ends_when_nobody_commands_it_any_more(private_network: None, file: Path) -> None:
    assert private_network is None
    ip = shlex.join(packages.command("ip"))
    pair = f"{ip} link add far0 type veth peer name near0 && {ip} link set far0 up && {ip} link set near0 up"
    wire = shlex.join([sys.executable, "-m", "exporter.lab.wire", str(file)])
    words = ["unshare", "--net", "sh", "-c", f"{pair} && exec {wire}"]
    command = json.dumps({"set": "dinkes", "condition": CUT})
    done = subprocess.run(words, input=f"{command}\n", capture_output=True, text=True, timeout=60, check=True)
    ready, said = map(json.loads, done.stdout.splitlines())
    assert ready == {"ready": True, "names": {}}
    assert said["closed"] == [FIBRE, VSAT, SIXTH]
