"""Names in the lab: looked up as anywhere, private to it, and moved under a monitor that follows."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from exporter_process import ExporterProcess, wait_until
from wire_echoes import ping, standing_in

from exporter.errors import InputError, TerpaduError
from exporter.lab import hosts
from exporter.lab.network import Namespace, Network, private_namespace

NAMED, SIXTH, DEVICE = "198.19.128.1", "2001:db8:18:ffff::1", "198.19.128.2"
COMMUNITY = {"SNMP_COMMUNITY": "rahasia-uji"}
INVENTORY = """\
organisation: {name: "Kabupaten Uji", timezone: Asia/Jakarta, sample: true}
defaults: {snmp: {version: 2c, community: "${SNMP_COMMUNITY}", port: 10161, interval: 1s, timeout: 1s}}
references: [{name: gateway, address: 198.18.0.1}]
providers: {isp: {name: "PT Penyedia", availability: 99.5%}}
nodes: {core: {name: Core, address: 198.18.0.10}}
offices:
  - code: dinkes
    name: "Dinas Kesehatan"
    district: Ciruas
    links:
      - {name: primary, address: Wan.Dinkes.example, provider: isp, parent: core, snmp: {interface: wan},
         contract: {download: 100Mbps, upload: 20Mbps}}
      - {name: sixth, address: wan.dinkes.example, family: ipv6, provider: isp, parent: core,
         contract: {download: 100Mbps, upload: 20Mbps}}
      - {name: backup, address: 198.18.10.1, provider: isp, parent: core,
         snmp: {interface: lte, address: router.dinkes.example}, contract: {download: 10Mbps, upload: 2Mbps}}
"""
MOVE = {"kind": "move", "to": "198.18.9.9"}
LOOK_UP = """
import sys
from exporter.model import Family
from exporter.names import look_up
for host, family in (("Wan.Dinkes.example", None), ("wan.dinkes.example", Family.IPV6)):
    try:
        print(look_up(host, family))
    except OSError as error:
        print(error.strerror)
"""


@pytest.fixture
def near(private_network: None) -> Iterator[Namespace]:
    assert private_network is None
    with private_namespace() as near:
        yield near


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "inventory.yaml"
    path.write_text(INVENTORY, encoding="utf-8")
    return path


@pytest.fixture
def district(near: Namespace, file: Path) -> Iterator[Network]:
    with Network(near.prefix, file, seed=1) as district:
        yield district


def looked_up(near: Namespace) -> list[str]:
    """What the monitor's own look-up finds in the lab."""
    words = [*near.prefix, sys.executable, "-c", LOOK_UP]
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=True).stdout.splitlines()


def answer(near: Namespace, address: str) -> str:
    with standing_in(near.pid):
        return ping(address, patience_seconds=5 if address != NAMED else 0.5).what


def test_a_name_leads_to_an_address_that_answers(near: Namespace, district: Network) -> None:
    assert district
    assert looked_up(near) == [NAMED, SIXTH]
    with standing_in(near.pid):
        assert [ping(address).what for address in (NAMED, SIXTH, DEVICE)] == ["reply"] * 3


def test_names_that_the_lab_has_not_are_not_found(near: Namespace) -> None:
    assert looked_up(near) == ["Name or service not known"] * 2


def test_a_container_s_own_files_become_the_lab_s(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    names, services = tmp_path / "etc/hosts", tmp_path / "etc/nsswitch.conf"
    names.write_text("172.18.0.2 exporter\n", encoding="ascii")
    services.write_text("passwd: files\nhosts: files dns\n", encoding="ascii")
    hosts.take(tmp_path)
    hosts.write({NAMED: "a.example"}, tmp_path)
    assert [line.split() for line in names.read_text(encoding="ascii").splitlines() if line[0] != "#"] == [
        ["172.18.0.2", "exporter"],
        [NAMED, "a.example"],
    ]
    assert services.read_text(encoding="ascii") == "passwd: files\nhosts: files\n"


def test_files_that_were_the_lab_s_before_begin_anew(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/hosts").write_text("172.18.0.2 exporter\n", encoding="ascii")
    hosts.take(tmp_path)
    first = (tmp_path / "etc/hosts").read_bytes()
    hosts.write({NAMED: "a.example"}, tmp_path)
    hosts.take(tmp_path)
    assert (tmp_path / "etc/hosts").read_bytes() == first


def test_the_machines_own_file_of_names_stays_as_it_is(near: Namespace, district: Network) -> None:
    before = hosts.HOSTS.read_bytes()
    district.set("dinkes/primary", MOVE)
    assert looked_up(near)[0] == "198.18.9.9"
    assert hosts.HOSTS.read_bytes() == before


def test_the_names_go_with_the_network(near: Namespace, file: Path) -> None:
    with Network(near.prefix, file):
        assert looked_up(near) == [NAMED, SIXTH]
    assert looked_up(near) == ["Name or service not known"] * 2


def test_a_network_that_stands_in_the_namespace_itself_names_its_links_too(private_network: None, file: Path) -> None:
    assert private_network is None
    program = (
        "from pathlib import Path; from exporter.lab.network import Network; from exporter.names import look_up\n"
        f"with Network((), Path({str(file)!r})): print(look_up('wan.dinkes.example', None))"
    )
    words = [sys.executable, "-m", "exporter.lab.namespace", sys.executable, "-c", program]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == (f"{NAMED}\n", "")


def test_what_moves_answers_at_its_new_address_alone_and_goes_back_when_that_is_cleared(
    near: Namespace, district: Network
) -> None:
    district.set("dinkes/primary", MOVE)
    assert looked_up(near) == ["198.18.9.9", SIXTH]
    assert [answer(near, address) for address in (NAMED, "198.18.9.9", SIXTH)] == ["nothing", "reply", "reply"]
    district.clear("dinkes/primary", "move")
    assert looked_up(near) == [NAMED, SIXTH]
    assert answer(near, NAMED) == "reply"


def test_a_move_to_an_address_in_use_is_refused_and_changes_nothing(near: Namespace, district: Network) -> None:
    with pytest.raises(
        InputError, match=r"dinkes/primary can't move to 198\.18\.10\.1: that is the address of dinkes/"
    ):
        district.set("dinkes/primary", {"kind": "move", "to": "198.18.10.1"})
    assert looked_up(near) == [NAMED, SIXTH]


def test_a_machines_own_file_is_never_written(tmp_path: Path) -> None:
    own = tmp_path / hosts.HOSTS.resolve().relative_to("/")
    own.parent.mkdir(parents=True)
    own.write_text("127.0.0.1 localhost\n")
    with pytest.raises(TerpaduError, match=r"^the lab can't name its links: /etc/hosts is the machine's own here; "):
        hosts.write({NAMED: "wan.dinkes.example"}, tmp_path)
    assert own.read_text() == "127.0.0.1 localhost\n"


def test_a_file_of_names_never_has_less_than_before_or_after_a_move(near: Namespace) -> None:
    root = Path("/proc", str(near.pid), "root")
    hosts.write({NAMED: "a.example", DEVICE: "b.example"}, root)
    is_over = threading.Event()

    def move_to_and_fro() -> None:
        while not is_over.is_set():
            for address in ("198.18.9.9", NAMED):
                hosts.write({address: "a.example", DEVICE: "b.example"}, root)

    mover = threading.Thread(target=move_to_and_fro)
    mover.start()
    try:
        with (root / "etc/hosts").open("rb") as reader:
            read = []
            for _ in range(3000):
                reader.seek(0)
                read.append(reader.read().count(b".example\n"))
    finally:
        is_over.set()
        mover.join()
    assert set(read) == {2}


def test_a_command_starts_where_its_caller_stands_with_his_arguments_and_files(near: Namespace, tmp_path: Path) -> None:
    folder = tmp_path / "a b'\"$c"
    folder.mkdir()
    program = "import os, sys; os.write(int(sys.argv[1]), os.getcwd().encode()); print(sys.argv[2]); sys.exit(7)"
    with (tmp_path / "said").open("wb") as said:
        done = subprocess.run(
            [*near.prefix, sys.executable, "-c", program, str(said.fileno()), "x  'y'"],
            cwd=folder,
            pass_fds=[said.fileno()],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert (done.returncode, done.stdout, done.stderr) == (7, "x  'y'\n", "")
    assert (tmp_path / "said").read_text() == str(folder)


def test_a_signal_to_a_command_in_the_namespace_is_its_own(near: Namespace) -> None:
    with subprocess.Popen([*near.prefix, "sh", "-c", "echo on; exec sleep 600"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"on\n"
        process.terminate()
        assert process.wait(timeout=30) == -15


def test_a_moved_link_is_followed_without_an_outage_and_polled_where_it_is(
    near: Namespace, district: Network, file: Path
) -> None:
    link = {"opd": "dinkes", "link": "primary"}
    with (
        district.routers(file, COMMUNITY),
        ExporterProcess(file.parent, environment=COMMUNITY, prefix=near.prefix) as exporter,
    ):

        def polled() -> float:
            return exporter.metric("opd_link_snmp_last_success_timestamp_seconds", **link) or 0.0

        def lost() -> float:
            return exporter.metric("opd_link_icmp_probes_total", **link, result="lost") or 0.0

        def replies() -> float:
            return exporter.metric("opd_link_icmp_probes_total", **link, result="reply") or 0.0

        wait_until(lambda: replies() > 2 and polled(), "the link answers, and its router")
        assert exporter.metric("opd_link_snmp_up", opd="dinkes", link="backup") == 1
        moved_at = district.set("dinkes/primary", MOVE)
        wait_until(
            lambda: "address of Wan.Dinkes.example is 198.18.9.9" in exporter.log.read_text(), "the name's look-up"
        )
        before = replies()
        wait_until(lambda: replies() > before + 2 and polled() > moved_at + 1, "replies and polls from the new address")
        assert 0 < lost() < 10
        assert exporter.metric("opd_link_outage_open", **link) == 0
        assert not re.search("outage_began .*dinkes/primary", exporter.log.read_text())
