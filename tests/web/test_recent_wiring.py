"""The recent hours in the whole exporter, and what `terpadu run` makes of --web.public and --prometheus-url."""

from __future__ import annotations

import gc
import re
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from exporter_process import ONE_OFFICE, ExporterProcess, terpadu

from exporter import inventory
from exporter.app import Exporter, RunOptions
from exporter.clock import SystemClock
from exporter.errors import InputError, TerpaduError
from exporter.lab.network import Network
from exporter.statistics import Sketch
from exporter.timeline import Span, State
from exporter.web import listening_socket


@pytest.fixture
def folder(tmp_path: Path, network: Network) -> Path:
    assert network
    (tmp_path / "inventory.yaml").write_text(ONE_OFFICE)
    return tmp_path


def test_the_public_socket_is_open_beside_the_other_and_no_password_is_logged(folder: Path) -> None:
    url = "http://pemantau:geheim@127.0.0.1:1/"
    with ExporterProcess(folder, "--web.public", "127.0.0.1:0", "--prometheus-url", url) as running:
        log = running.log.read_text()
        (address,) = re.findall(r"event=serving_public listen=(\S+)", log)
        host, port = address.rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=5):
            pass
    assert address != running.address
    assert "geheim" not in log


def test_a_url_that_cannot_be_asked_is_refused_before_there_is_a_ledger(folder: Path) -> None:
    url = "http://pemantau:geheim@127.0.0.1:9090/?x=1"
    done = terpadu("run", "--listen", "127.0.0.1:0", "--web.public", "127.0.0.1:0", "--prometheus-url", url, cwd=folder)
    said = (
        "terpadu: --prometheus-url: only a user, a host, a port and a path may stand in it; write it as"
        " http://127.0.0.1:9090, with USER:PASSWORD@ before the host where it wants them"
    )
    assert (done.returncode, done.stderr.strip().splitlines()[-1]) == (2, said)
    assert not (folder / "terpadu.sqlite3").exists()


@pytest.mark.parametrize("listen", ["9880", ""])
def test_a_public_address_that_is_none_is_named_with_its_option(listen: str) -> None:
    with pytest.raises(InputError) as refused:
        listening_socket(listen, "--web.public")
    example = "write HOST:PORT, for instance 127.0.0.1:9877 or [::1]:9877, or fd://N"
    assert str(refused.value) == f"--web.public {listen}: {example}"


def test_a_public_port_that_is_taken_is_named_with_its_option() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(TerpaduError) as refused:
            listening_socket(f"127.0.0.1:{port}", "--web.public")
    said = f"port {port} on 127.0.0.1 is in use by another program; end it, or choose another with --web.public"
    assert str(refused.value) == said


@pytest.fixture
def own_memory() -> Iterator[None]:
    """Give the collector back what an exporter in the tests' own process takes out of its sight."""
    threshold, was_enabled = gc.get_threshold(), gc.isenabled()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)
    if was_enabled:
        gc.enable()


SKETCH = Sketch({-280: 4})


@pytest.mark.usefixtures("own_memory")
async def test_what_the_monitor_settles_fills_the_recent_hours_of_the_links_that_are_in_force(folder: Path) -> None:
    file = folder / "inventory.yaml"
    clock = SystemClock()
    exporter = Exporter(RunOptions(file, "fd://0", folder / "terpadu.sqlite3"), {}, clock)
    async with AsyncExitStack() as stack:
        await exporter.start(stack, inventory.load_placed(file))
        at = int(clock.time()) // 120 * 120 - 240
        exporter._monitor._sink.add("dinkes/primary", [Span(at, at + 60, State.UP)], None)
        exporter._monitor._sink.add_sketch("dinkes/primary", clock_day(at), False, SKETCH)
        before = [cell.at for cell in exporter.recent("dinkes/primary")]
        file.write_text(ONE_OFFICE.replace("name: primary", "name: other"))
        problems = await exporter.reload()
        after = exporter.recent("dinkes/primary")
        month = await exporter.past_month("dinkes/primary")
    assert (before, problems, after, month) == ([at], None, (), None)


def clock_day(at: int) -> date:
    return datetime.fromtimestamp(at, ZoneInfo("Asia/Jakarta")).date()
