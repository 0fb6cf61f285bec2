from __future__ import annotations

import json
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from exporter_process import ONE_OFFICE, ExporterProcess, terpadu, wait_until

from exporter.lab.network import Network

BARE = ("unshare", "-rn")  # a network without the lab's route, in which nobody may ping
DISTRICT = (
    ONE_OFFICE
    + """\
  - code: disdik
    name: "Dinas Pendidikan"
    district: Kramatwatu
    links:
      - {name: primary, address: 198.18.11.1, provider: isp, contract: {download: 50Mbps, upload: 50Mbps}}
"""
)
THIRD = """\
  - code: bappeda
    name: "Bappeda"
    district: Ciruas
    links:
      - {name: primary, address: 198.18.12.1, provider: isp, contract: {download: 50Mbps, upload: 50Mbps}}
"""


@pytest.fixture
def folder(tmp_path: Path, network: Network) -> Path:
    assert network
    (tmp_path / "inventory.yaml").write_text(DISTRICT)
    return tmp_path


@pytest.fixture
def exporter(folder: Path) -> Iterator[ExporterProcess]:
    with ExporterProcess(folder) as running:
        yield running


def replies(exporter: ExporterProcess, opd: str) -> float:
    return exporter.metric("opd_link_icmp_probes_total", opd=opd, result="reply") or 0


def month(folder: Path) -> str:
    """Return the month that the ledger has something of."""
    with closing(sqlite3.connect(folder / "terpadu.sqlite3")) as connection:
        ((at,),) = connection.execute("SELECT strftime('%Y-%m', MAX(ends_at) + 25200, 'unixepoch') FROM span")
    return str(at)


def report(folder: Path) -> dict[str, dict[str, object]]:
    done = terpadu("report", "sla", "--month", month(folder), cwd=folder)
    assert done.returncode == 0, done.stderr
    return {link["link"]: link for link in json.loads(done.stdout)["links"]}


def test_every_link_is_measured_and_prometheus_accepts_the_page(
    exporter: ExporterProcess, programs: Callable[[str], list[str]]
) -> None:
    wait_until(lambda: replies(exporter, "dinkes") >= 2 and replies(exporter, "disdik") >= 2, "replies of both links")
    assert exporter.metric("opd_up", opd="dinkes") == 1
    assert 0 < (exporter.metric("opd_link_rtt_last_seconds", opd="dinkes") or 0) < 1
    page = exporter.get("/metrics")
    checked = subprocess.run(
        [*programs("promtool"), "check", "metrics"], input=page, capture_output=True, text=True, timeout=30, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_a_cut_office_goes_down_alone_and_comes_back(exporter: ExporterProcess, network: Network) -> None:
    wait_until(lambda: replies(exporter, "dinkes") >= 2, "replies")
    network.cut("198.18.10.1")
    try:
        wait_until(lambda: exporter.metric("opd_outage_open", opd="dinkes") == 1, "the outage")
        assert exporter.metric("opd_link_up", opd="dinkes") == 0
        assert exporter.metric("opd_link_up", opd="disdik") == 1
        assert exporter.metric("opd_link_rtt_last_seconds", opd="dinkes") is None
    finally:
        network.mend("198.18.10.1")
    wait_until(lambda: exporter.metric("opd_outage_open", opd="dinkes") == 0, "the recovery")
    exporter.signal(signal.SIGTERM)
    assert exporter.wait() == 0
    links = report(exporter.folder)
    (incident,) = links["dinkes/primary"]["incidents"]  # type: ignore[misc]
    assert incident["end"] is not None
    assert incident["seconds"] == links["dinkes/primary"]["seconds"]["down"] >= 3  # type: ignore[index]
    assert links["disdik/primary"]["seconds"]["down"] == 0  # type: ignore[index]


def test_after_a_kill_the_outage_is_still_open_and_the_time_between_is_unmeasured(
    exporter: ExporterProcess, network: Network
) -> None:
    wait_until(lambda: replies(exporter, "dinkes") >= 2, "replies")
    network.cut("198.18.10.1")
    try:
        wait_until(
            lambda: (exporter.metric("opd_link_state_seconds_total", opd="dinkes", state="down") or 0) >= 3,
            "down seconds that the ledger has committed",
        )
        before = {
            state: exporter.metric("opd_link_state_seconds_total", opd="disdik", state=state) or 0
            for state in ("up", "down", "unmeasured")
        }
        exporter.signal(signal.SIGKILL)
        exporter.wait()
        with closing(sqlite3.connect(exporter.folder / "terpadu.sqlite3")) as connection:
            left = connection.execute("SELECT MAX(ends_at) FROM tail").fetchone()[0]
            (opened,) = connection.execute("SELECT started_at, ended_at FROM outage").fetchall()
        assert opened[1] is None
        wait_until(lambda: time.time() > left + 3, "slots that nobody looked at")
        exporter.start()
        assert exporter.metric("opd_link_outage_open", opd="dinkes") == 1
        for state, value in before.items():
            assert (exporter.metric("opd_link_state_seconds_total", opd="disdik", state=state) or 0) >= value
        wait_until(lambda: exporter.metric("opd_link_up", opd="dinkes") == 0, "the outage goes on")
    finally:
        network.mend("198.18.10.1")
    wait_until(lambda: exporter.metric("opd_link_outage_open", opd="dinkes") == 0, "the recovery")
    exporter.signal(signal.SIGTERM)
    assert exporter.wait() == 0
    with closing(sqlite3.connect(exporter.folder / "terpadu.sqlite3")) as connection:
        assert connection.execute("SELECT COUNT(*), MIN(started_at) FROM outage").fetchone() == (1, opened[0])
        gaps = connection.execute(
            "SELECT starts_at, ends_at FROM span JOIN target ON target.id = span.target"
            " WHERE code = 'disdik/primary' AND state = 'unmeasured'"
        ).fetchall()
    assert max(min(end, left + 3) - max(start, left) for start, end in gaps) >= 1
    (incident,) = report(exporter.folder)["dinkes/primary"]["incidents"]  # type: ignore[misc]
    assert incident["unmeasured_seconds"] > 0


def test_a_reload_takes_a_good_inventory_and_keeps_the_old_one_over_a_bad_one(exporter: ExporterProcess) -> None:
    wait_until(lambda: replies(exporter, "dinkes") >= 2, "replies")
    path = exporter.folder / "inventory.yaml"
    path.write_text(DISTRICT.replace("198.18.11.1", "198.18.11"))
    exporter.signal(signal.SIGHUP)
    wait_until(lambda: exporter.metric("terpadu_inventory_last_reload_successful") == 0, "the refusal")
    assert "the inventory in force stays" in exporter.log.read_text()
    assert exporter.metric("opd_up", opd="disdik") == 1
    path.write_text(DISTRICT + THIRD)
    exporter.signal(signal.SIGHUP)
    wait_until(lambda: exporter.metric("opd_up", opd="bappeda") == 1, "the third office")
    assert exporter.metric("terpadu_inventory_last_reload_successful") == 1
    path.write_text(DISTRICT)
    exporter.signal(signal.SIGHUP)
    wait_until(lambda: exporter.metric("opd_info", opd="bappeda") is None, "the third office is gone")


def test_a_window_announced_while_the_ledger_is_held_is_recorded_later_as_of_then(exporter: ExporterProcess) -> None:
    announced = (
        DISTRICT + 'maintenance:\n  - {start: 2099-01-01T00:00, end: 2099-01-01T01:00, scope: [isp], reason: "x"}\n'
    )
    (exporter.folder / "inventory.yaml").write_text(announced)
    with closing(sqlite3.connect(exporter.folder / "terpadu.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        exporter.signal(signal.SIGHUP)
        wait_until(lambda: "inventory_not_recorded" in exporter.log.read_text(), "the refusal")
        before = time.time()
        assert other.execute("SELECT count(*) FROM maintenance").fetchone() == (0,)
        assert not exporter.is_ready()
        other.execute("ROLLBACK")
        wait_until(exporter.is_ready, "it is recorded")
        ((seen_at,),) = other.execute("SELECT first_seen_at FROM maintenance").fetchall()
        assert seen_at < before
        assert other.execute("SELECT count(*) FROM inventory").fetchone() == (2,)


def test_a_port_in_use_is_named(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = terpadu("run", "--listen", f"127.0.0.1:{port}", cwd=folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"port {port} on 127.0.0.1 is in use by another program; end it, or choose another" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("listen", ["9877", "127.0.0.1:port", "127.0.0.1:70000", "fd://x", ":9877"])
def test_what_is_no_place_to_listen_is_refused(folder: Path, listen: str) -> None:
    done = terpadu("run", "--listen", listen, cwd=folder)
    assert done.returncode == 2
    assert f"--listen {listen}: write " in done.stderr


def test_a_descriptor_that_is_no_socket_is_refused(folder: Path) -> None:
    done = terpadu("run", "--listen", "fd://77", cwd=folder)
    assert done.returncode == 1
    assert "descriptor 77 is no open socket" in done.stderr


def test_a_host_that_is_no_name_and_a_socket_that_is_no_stream_are_refused(folder: Path) -> None:
    done = terpadu("run", "--listen", "a..b:80", cwd=folder)
    assert (done.returncode, "'a..b' is no host's name" in done.stderr) == (2, True)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        number = datagrams.fileno()
        done = terpadu("run", "--listen", f"fd://{number}", cwd=folder, pass_fds=[number])
    assert (done.returncode, "is no stream socket" in done.stderr) == (1, True)


def test_a_second_monitor_on_one_ledger_is_refused(exporter: ExporterProcess) -> None:
    done = terpadu("run", "--listen", "127.0.0.1:0", cwd=exporter.folder)
    assert done.returncode == 1
    assert f"another terpadu writes it (process {exporter.pid}, since 20" in done.stderr
    assert "end that one, or name another file with --ledger" in done.stderr


def test_a_ledger_that_cannot_be_written_ends_the_start(folder: Path) -> None:
    done = terpadu("run", "--ledger", "nowhere/ledger.sqlite3", "--listen", "127.0.0.1:0", cwd=folder)
    assert done.returncode == 1
    assert "the folder nowhere doesn't exist; make it, or name another file" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_leave_to_ping_the_sysctl_is_named(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.fileno()
        done = terpadu("run", "--listen", f"fd://{number}", cwd=folder, prefix=BARE, pass_fds=[number])
    assert done.returncode == 1
    assert 'sysctl -w net.ipv4.ping_group_range="0 2147483647"' in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unset_secret_is_told_and_the_link_is_pinged_all_the_same(folder: Path) -> None:
    contract = "contract: {download: 100Mbps, upload: 100Mbps}"
    snmp = 'snmp: {version: 2c, community: "${NO_SUCH_SECRET}", interface: ether1}'
    (folder / "inventory.yaml").write_text(DISTRICT.replace(contract, f"{contract}, {snmp}", 1))
    with ExporterProcess(folder) as exporter:
        wait_until(lambda: replies(exporter, "dinkes") >= 1, "replies")
        assert exporter.metric("opd_link_snmp_up", opd="dinkes") == 0
        assert exporter.metric("opd_link_snmp_failures_total", opd="dinkes", reason="secret_unset") == 1
        assert "${NO_SUCH_SECRET} is not set" in exporter.log.read_text()


def with_snmp(text: str) -> str:
    """Let the first link's router be asked each second."""
    contract = "contract: {download: 100Mbps, upload: 100Mbps}"
    snmp = 'snmp: {community: "${SNMP_COMMUNITY}", interface: ether1, interval: 1s, timeout: 1s, retries: 0}'
    return text.replace(contract, f"{contract}, {snmp}", 1)


@pytest.fixture
def router(folder: Path, network: Network) -> Iterator[None]:
    """An SNMP agent for the first link's router; its community is `uji-coba`."""
    (folder / "inventory.yaml").write_text(with_snmp(DISTRICT))
    with network.routers(folder / "inventory.yaml", {"SNMP_COMMUNITY": "uji-coba"}):
        yield


@pytest.mark.usefixtures("router")
def test_a_links_traffic_and_interface_are_read_by_snmp(folder: Path) -> None:
    with ExporterProcess(folder, environment={"SNMP_COMMUNITY": "uji-coba"}) as exporter:
        wait_until(lambda: (exporter.metric("opd_link_receive_bytes_total", opd="dinkes") or 0) > 0, "bytes")
        assert exporter.metric("opd_link_snmp_up", opd="dinkes") == 1
        assert exporter.metric("opd_link_interface_oper_status", opd="dinkes") == 1


@pytest.mark.usefixtures("router")
def test_a_wrong_community_costs_the_counters_and_not_the_links_state(folder: Path) -> None:
    with ExporterProcess(folder, environment={"SNMP_COMMUNITY": "salah-sama-sekali"}) as exporter:
        wait_until(lambda: exporter.metric("opd_link_snmp_failures_total", opd="dinkes", reason="timeout"), "a timeout")
        assert exporter.metric("opd_link_snmp_up", opd="dinkes") == 0
        assert exporter.metric("opd_link_receive_bytes_total", opd="dinkes") is None
        assert exporter.metric("opd_link_up", opd="dinkes") == 1
        assert "salah-sama-sekali" not in exporter.get("/metrics") + exporter.log.read_text()


def test_the_sample_is_refused_outside_the_lab(tmp_path: Path) -> None:
    (tmp_path / "inventory.yaml").write_text(DISTRICT.replace("organisation: {", "organisation: {sample: true, "))
    done = terpadu("run", cwd=tmp_path, prefix=BARE)
    assert done.returncode == 2
    assert "this is the sample" in done.stderr
    assert "terpadu demo" in done.stderr


def test_the_sample_runs_in_the_lab(folder: Path) -> None:
    (folder / "inventory.yaml").write_text(DISTRICT.replace("organisation: {", "organisation: {sample: true, "))
    with ExporterProcess(folder) as exporter:
        wait_until(lambda: replies(exporter, "dinkes") >= 1, "replies")


def test_a_ledger_that_cannot_be_written_later_is_shown_and_written_once_it_can_be(
    exporter: ExporterProcess,
) -> None:
    wait_until(lambda: (exporter.metric("terpadu_ledger_write_seconds_count") or 0) >= 1, "a write")
    ledger = exporter.folder / "terpadu.sqlite3"
    with closing(sqlite3.connect(ledger, isolation_level=None)) as other:
        other.execute("ALTER TABLE tail RENAME TO elsewhere")
        wait_until(lambda: exporter.metric("terpadu_ledger_writable") == 0, "the failure")
        assert exporter.metric("opd_up", opd="dinkes") == 1
        other.execute("ALTER TABLE elsewhere RENAME TO tail")
    wait_until(lambda: exporter.metric("terpadu_ledger_writable") == 1, "the recovery")
    assert exporter.metric("terpadu_internal_errors_total", part="monitor") == 0
