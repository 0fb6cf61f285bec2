"""Classes of failure that users of other monitors reported, each against the real `terpadu run` in the lab's network.

The clock alone is a stand-in, where a case is about the clock.
"""

from __future__ import annotations

import asyncio
import gc
import http.client
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack, closing
from pathlib import Path

import pytest
from exporter_process import ExporterProcess, terpadu, wait_until
from filling import fill
from machine import Machine
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from real_world_parts import (
    DISTRICT,
    OPENMETRICS,
    TALKING,
    Numbers,
    Scrapes,
    awkward_district,
    expected,
    month_of,
    mounted,
    office,
    read_again_and_again,
    told,
)

from exporter import inventory
from exporter.app import Exporter, RunOptions
from exporter.clock import SystemClock
from exporter.lab import packages
from exporter.lab.network import Network
from exporter.lab.processes import end
from exporter.ledger import Batch, Ledger
from exporter.metrics import Format, Renderer
from exporter.snapshot import Snapshot
from exporter.timeline import Span, State

LEDGER = "terpadu.sqlite3"


class Terpadu(ExporterProcess):
    """`terpadu run`, asked for more than its figures."""

    def page(self, accept: str = "text/plain") -> str:
        """Return the metrics in one format."""
        with closing(http.client.HTTPConnection(self.address, timeout=10)) as connection:
            connection.request("GET", "/metrics", headers={"Accept": accept})
            return connection.getresponse().read().decode()

    def reload(self) -> tuple[int, str]:
        """Ask for a reload over HTTP; return the answer."""
        with closing(http.client.HTTPConnection(self.address, timeout=30)) as connection:
            connection.request("POST", "/-/reload")
            response = connection.getresponse()
            return response.status, response.read().decode()


@pytest.fixture
def folder(tmp_path: Path, network: Network) -> Path:
    assert network
    return tmp_path


@pytest.fixture
def dead_ipv6() -> Iterator[None]:
    """An IPv6 address of this machine's own, and a route from it that leads to nobody."""
    ip = packages.command("ip")
    things = [["address", "{}", "2001:db8:1::1/64", "dev", "lo"], ["route", "{}", "2001:db8::10", "dev", "terpadu0"]]
    with ExitStack() as stack:
        for thing in things:
            add, delete = ([*ip, "-6", *(word.format(verb) for word in thing)] for verb in ("add", "delete"))
            subprocess.run(add, check=True, timeout=10)
            stack.callback(subprocess.run, delete, check=True, timeout=10)
        yield


@pytest.mark.usefixtures("dead_ipv6")
def test_of_a_name_with_both_the_ipv4_address_is_pinged_and_one_with_ipv6_alone_is_no_outage(folder: Path) -> None:
    """I3. The IPv6 address of `dinkes` has a route to nobody, that of `disdik` has none, and `bappeda` has no other."""
    (folder / "inventory.yaml").write_text(
        DISTRICT + "".join(office(code, f"wan.{code}.example") for code in ("dinkes", "disdik", "bappeda"))
    )
    (folder / "hosts").write_text(
        "2001:db8::10 wan.dinkes.example\n198.18.10.1 wan.dinkes.example\n"
        "2001:db8::11 wan.disdik.example\n198.18.11.1 wan.disdik.example\n2001:db8::12 wan.bappeda.example\n"
    )
    with (
        mounted(folder, "--bind", folder / "hosts", "/etc/hosts") as (prefix, _),
        Terpadu(folder, prefix=prefix) as running,
    ):
        wait_until(lambda: min(Numbers(running.page()).probes(opd)[0] for opd in ("dinkes", "disdik")) >= 5, "replies")
        wait_until(lambda: Numbers(running.page()).probes("bappeda")[2] >= 5, "errors")
        numbers = Numbers(running.page())
        for opd in ("dinkes", "disdik"):
            assert (numbers.probes(opd)[1], numbers("opd_link_up", opd)) == (0, 1)
        assert numbers.probes("bappeda")[:2] == [0, 0]
        shown = [numbers(name, "bappeda") for name in ("opd_link_up", "opd_link_outage_open", "opd_link_state")]
        assert shown == [None, 0, 4]
        log = running.log.read_text()
        assert "address of wan.bappeda.example is 2001:db8::12" in log
        assert "echo_not_sent address=2001:db8::12 outcome=error error=[Errno 101] Network is unreachable" in log
        wait_until(lambda: Numbers(running.page()).seconds("bappeda")[State.UNMEASURED] >= 3, "unmeasured seconds")
        assert Numbers(running.page()).seconds("bappeda")[State.DOWN] == 0


def test_a_loop_of_routers_is_an_outage_and_their_errors_are_no_answers(folder: Path, network: Network) -> None:
    """I7 (a). The timeout is so long that losses in time with the other link's replies are the routers' word."""
    icmp = ", icmp: {down_after: 10, timeout: 10s}"
    (folder / "inventory.yaml").write_text(
        DISTRICT + office("dinkes", "198.18.10.1", icmp) + office("disdik", "198.18.11.1")
    )
    network.cut("198.18.10.1")
    program, said = Path(__file__).with_name("real_world_parts.py"), folder / "router.log"
    router = network.start([sys.executable, str(program), "198.18.10.1"], log=said)
    try:
        wait_until(lambda: said.exists() and "listening" in said.read_text(), "the router")
        with Terpadu(folder) as running:

            def outage_is_open() -> bool:
                numbers = Numbers(running.page())
                replies, lost, errors = numbers.probes("dinkes")
                assert [replies, errors] == [0, 0]
                is_open = numbers("opd_link_outage_open", "dinkes") == 1
                assert is_open == (lost >= 10)
                assert numbers.probes("disdik")[0] - lost < 8
                return is_open

            wait_until(outage_is_open, "the outage")
            running.signal(signal.SIGTERM)
            assert running.wait() == 0
    finally:
        end(router)
        network.mend("198.18.10.1")
    with Ledger.existing(folder / LEDGER) as ledger:
        ((link, outage),) = ledger.all_outages(10)
        assert (link, outage.confirmed_at - outage.started_at) == ("dinkes/primary", 10)
        assert {span.state for span in ledger.spans("dinkes/primary", 0, 2**40)} == {State.DOWN}


SETTLED_UNTIL = 1_770_681_600  # 2026-02-10T00:00Z


@pytest.mark.parametrize("started_at", [SETTLED_UNTIL - 7 * 86_400, 3], ids=["a week slow", "1970"])
async def test_a_clock_that_is_slow_at_the_start_writes_nothing_twice_and_keeps_the_pace(
    tmp_path: Path, started_at: int
) -> None:
    """O1. The right time comes 40 s after the start, and is 30 s too late, which is mended a minute after."""
    path, link = tmp_path / LEDGER, "dinkes/primary"
    before = Span(SETTLED_UNTIL - 3600, SETTLED_UNTIL, State.UP)
    document = DISTRICT + office("dinkes", "198.18.10.1")
    with Ledger.create(path) as ledger:
        ledger.record_inventory(document, before.start, "0")
        batch = Batch()
        batch.add(link, [before], None)
        ledger.write(batch)
    machine = Machine(inventory.parse(document, "uji.yaml"), path, started_at)
    await machine.start()
    assert await machine.live(40) == list(range(started_at, started_at + 40))
    assert machine.state is State.UNMEASURED
    await machine.writer.flush()
    with Ledger.existing(path) as ledger:
        assert ledger.spans(link, 0, 2**40) == (before,)
    machine.clock.wall = synced_at = SETTLED_UNTIL + 600
    assert await machine.live(60) == list(range(synced_at, synced_at + 60))
    assert machine.state is State.UP
    machine.clock.wall -= 30
    assert len(await machine.live(25)) == 25
    assert machine.state is State.UNMEASURED
    caught_up_at = synced_at + 60
    live = await machine.live(35)
    assert (len(live), live[-30:]) == (35, list(range(caught_up_at, caught_up_at + 30)))
    assert (machine.state, machine.monitor.pinger.clock_steps) == (State.UP, 2)
    await machine.end()
    assert (machine.monitor.pinger.internal_errors, machine.writer.overlaps) == (0, 0)
    with Ledger.existing(path) as ledger:
        assert ledger.spans(link, 0, 2**40) == (
            before,
            Span(SETTLED_UNTIL, synced_at, State.UNMEASURED),
            Span(synced_at, synced_at + 90, State.UP),
        )
    verified = terpadu("ledger", "verify", cwd=tmp_path)
    assert (verified.returncode, verified.stdout, verified.stderr) == (0, f"{LEDGER}: good\n", "")


def test_a_disk_that_fills_while_a_link_goes_down_and_up_loses_and_doubles_no_second(
    folder: Path, network: Network
) -> None:
    """O3. The disk is full for some fifteen seconds and not three minutes: for two or three writes and an outage."""
    (folder / "inventory.yaml").write_text(DISTRICT + office("dinkes", "198.18.10.1") + office("disdik", "198.18.11.1"))
    (folder / "disk").mkdir()
    path = f"disk/{LEDGER}"
    with mounted(folder, "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder / "disk") as (prefix, seen):
        with Terpadu(folder, "--ledger", path, prefix=prefix) as running:
            wait_until(lambda: Numbers(running.page()).seconds("dinkes")[State.UP] >= 3, "committed seconds")
            filler = fill(seen / "disk")
            wait_until(lambda: running.metric("terpadu_ledger_writable") == 0, "the failure")
            full = Numbers(running.page())
            network.cut("198.18.10.1")
            try:
                wait_until(lambda: running.metric("opd_link_outage_open", opd="dinkes") == 1, "the outage")
            finally:
                network.mend("198.18.10.1")
            wait_until(lambda: running.metric("opd_link_outage_open", opd="dinkes") == 0, "the recovery")
            later = Numbers(running.page())
            assert later.probes("disdik")[0] >= full.probes("disdik")[0] + 5
            for opd in ("dinkes", "disdik"):
                assert later.seconds(opd) == full.seconds(opd)
            assert running.metric("terpadu_ledger_writable") == 0
            filler.unlink()
            wait_until(lambda: running.metric("terpadu_ledger_writable") == 1, "the recovery of the ledger")
            wait_until(lambda: Numbers(running.page()).seconds("dinkes")[State.DOWN] >= 3, "the outage in the ledger")
            committed = Numbers(running.page()).seconds("dinkes")
            assert running.metric("terpadu_internal_errors_total", part="ledger") == 0
            assert [
                running.log.read_text().count(f" event=ledger_{what}") for what in ("not_writable", "writable_again")
            ] == [1, 1]
            assert "free some space" in running.log.read_text()
            running.signal(signal.SIGTERM)
            assert running.wait() == 0
        verified = terpadu("ledger", "verify", "--ledger", path, cwd=folder, prefix=prefix)
        assert (verified.returncode, verified.stdout, verified.stderr) == (0, f"{path}: good\n", "")
        copied = terpadu("ledger", "backup", "--ledger", path, "copy.sqlite3", cwd=folder, prefix=prefix)
        assert copied.returncode == 0, copied.stderr
    with Ledger.existing(folder / "copy.sqlite3") as ledger:
        ((link, outage),) = ledger.all_outages(10)
        spans = ledger.spans("dinkes/primary", 0, 2**40)
        assert Counter(span.state for span in ledger.spans("disdik/primary", 0, 2**40)) == {State.UP: 1}
    assert (link, [span.state for span in spans]) == ("dinkes/primary", [State.UP, State.DOWN, State.UP])
    assert (outage.started_at, outage.ended_at) == (spans[1].start, spans[1].end)
    assert spans[0].seconds + spans[2].seconds >= committed[State.UP]
    assert spans[1].seconds == committed[State.DOWN]
    assert [a.end for a in spans[:-1]] == [b.start for b in spans[1:]]


ROUNDS, READERS = 1000, 4


def test_a_second_monitor_and_a_thousand_readers_never_make_the_first_ones_writes_fail(folder: Path) -> None:
    """O4. One reader holds its moment of the ledger open all the while."""
    (folder / "inventory.yaml").write_text(DISTRICT + office("dinkes", "198.18.10.1") + office("disdik", "198.18.11.1"))
    path = folder / LEDGER
    with Terpadu(folder) as running:
        wait_until(lambda: Numbers(running.page()).seconds("dinkes")[State.UP] >= 3, "committed seconds")
        writes = running.metric("terpadu_ledger_write_seconds_count")
        assert writes is not None
        with Ledger.existing(path) as held, ThreadPoolExecutor(READERS) as readers:
            settled = held.settled()
            reading = [readers.submit(read_again_and_again, path, ROUNDS // READERS) for _ in range(READERS)]
            second = terpadu("run", "--listen", "127.0.0.1:0", cwd=folder)
            assert second.returncode == 1
            assert f"another terpadu writes it (process {running.pid}, since 20" in second.stderr
            for words in (["report", "sla", "--month", month_of(path)], ["outages", "list"], ["ledger", "verify"]):
                done = terpadu(*words, cwd=folder)
                assert (done.returncode, done.stderr) == (0, "")
            assert sum(reader.result() for reader in reading) == ROUNDS
            wait_until(lambda: (running.metric("terpadu_ledger_write_seconds_count") or 0) >= writes + 2, "two writes")
            assert running.metric("terpadu_ledger_writable") == 1
            assert held.settled() == settled
        assert "ledger_not_writable" not in running.log.read_text()
        running.signal(signal.SIGTERM)
        assert running.wait() == 0
    with Ledger.existing(path) as ledger:
        assert ledger.verify() == []
        assert [span.state for span in ledger.spans("dinkes/primary", 0, 2**40)] == [State.UP]


SCRAPERS, RELOADS = 4, 10


def test_names_that_reloads_change_under_scrapes_are_whole_and_of_one_inventory(
    folder: Path, programs: Callable[[str], list[str]]
) -> None:
    """P6. No page that was asked for after a reload's answer shows an old name."""
    path = folder / "inventory.yaml"
    path.write_text(awkward_district(0), encoding="utf-8")
    with Terpadu(folder, "--enable-lifecycle") as running:
        assert_both_formats_are_good(running, 0, programs("promtool"))
        scrapes = Scrapes(running.page)
        with ThreadPoolExecutor(SCRAPERS) as pool:
            scraping = [pool.submit(scrapes.go_on, ("text/plain", OPENMETRICS)[n % 2]) for n in range(SCRAPERS)]
            try:
                for generation in range(1, RELOADS + 1):
                    path.write_text(awkward_district(generation), encoding="utf-8")
                    scrapes.asked = generation
                    assert running.reload() == (200, "reloaded\n")
                    scrapes.answered = generation
                    pages = len(scrapes.pages)
                    wait_until(lambda pages=pages: len(scrapes.pages) >= pages + SCRAPERS, "scrapes")  # type: ignore[misc]
            finally:
                scrapes.stop()
            for done in scraping:
                done.result()
        for possible, lines in scrapes.pages:
            assert told(lines) in [expected(generation) for generation in possible]
        assert_both_formats_are_good(running, RELOADS, programs("promtool"))


@pytest.fixture
def own_memory() -> Iterator[None]:
    """Give the collector back what an exporter in the tests' own process takes out of its sight."""
    threshold, was_enabled = gc.get_threshold(), gc.isenabled()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)
    if was_enabled:
        gc.enable()


@pytest.mark.usefixtures("own_memory", "private_network")
async def test_a_snapshot_that_a_reload_meets_is_of_one_inventory(tmp_path: Path) -> None:
    """P6. Snapshots follow each other without a turn of the loop between, so that every reload falls into one."""
    path = tmp_path / "inventory.yaml"
    path.write_text(awkward_district(0), encoding="utf-8")
    exporter = Exporter(RunOptions(path, "fd://0", tmp_path / LEDGER), {}, SystemClock())
    async with AsyncExitStack() as stack:
        await exporter.start(stack, inventory.load_placed(path))
        for generation in range(1, 4):
            path.write_text(awkward_district(generation), encoding="utf-8")
            reload = asyncio.create_task(exporter.reload())
            while not reload.done():
                demand_one_inventory(await exporter.snapshot())
            assert await reload is None
            snapshot = await exporter.snapshot()
            demand_one_inventory(snapshot)
            page = "".join(Renderer().render(snapshot, Format.TEXT))
            assert told(tuple(TALKING.findall(page))) == expected(generation)


def demand_one_inventory(snapshot: Snapshot) -> None:
    district = snapshot.inventory
    assert [status.link for status in snapshot.links] == list(district.links())
    assert [status.office for status in snapshot.offices] == list(district.offices.values())


def test_a_line_end_in_a_name_is_refused_and_the_names_in_force_stay(folder: Path) -> None:
    path = folder / "inventory.yaml"
    path.write_text(DISTRICT + office("dinkes", "198.18.10.1"))
    with Terpadu(folder, "--enable-lifecycle") as running:
        path.write_text((DISTRICT + office("dinkes", "198.18.10.1")).replace("Kantor dinkes", "Dua\\nbaris"))
        status, problems = running.reload()
        assert (status, problems.count("\n")) == (400, 2)
        assert re.match(r"inventory\.yaml:7:\d+: offices\[0\]\.name: expected a text of one line", problems), problems
        assert running.page().count('name="Kantor dinkes"') == 2


def assert_both_formats_are_good(running: Terpadu, generation: int, promtool: list[str]) -> None:
    for accept, parse in (("text/plain", parse_text), (OPENMETRICS, parse_openmetrics)):
        page = running.page(accept)
        families: dict[str, Metric] = {family.name: family for family in parse(page)}
        names = [sample.labels["name"] for sample in families["opd_info"].samples]
        assert names == expected(generation)["opd_info"]
        checked = subprocess.run(
            [*promtool, "check", "metrics"], input=page, capture_output=True, text=True, timeout=60, check=False
        )
        # promtool knows the text format alone, and looks for the help of OpenMetrics' counters under their full names.
        said = [line for line in checked.stderr.split("\n") if line and not line.endswith("_total no help text")]
        assert (said, checked.stdout) == ([], "")
        assert checked.returncode == (3 if accept == OPENMETRICS else 0)
