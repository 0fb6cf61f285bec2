"""What explains outages, whole: a real ledger, a poller and a tracer on fakes, over a restart in the middle."""

from __future__ import annotations

from pathlib import Path as FilePath

import pytest
from fake_time import FakeTime
from fake_world import FakeClient, FakeDevice

from exporter import inventory
from exporter.cause import Verdict
from exporter.explaining import Explaining, Surroundings
from exporter.ledger import Ledger, LedgerWriter
from exporter.model import Cause
from exporter.names import Names
from exporter.observation import Path
from exporter.timeline import Outage, Span, State

LINK, ADDRESS = "dinkes/primary", "198.18.10.1"
DISTRICT = inventory.parse(
    """\
organisation: {name: "Kabupaten Uji", timezone: Asia/Jakarta}
defaults: {snmp: {version: 2c, community: "${SNMP_COMMUNITY}"}}
providers: {isp: {name: "PT Penyedia"}}
nodes: {pop: {name: "POP", address: 198.18.1.1}}
offices:
  - code: dinkes
    name: "Dinas Kesehatan"
    district: Ciruas
    links:
      - {name: primary, address: 198.18.10.1, provider: isp, parent: pop, snmp: {interface: ether1-wan},
         contract: {download: 100Mbps, upload: 100Mbps}}
""",
    "inventory.yaml",
)


class Bench:
    """A monitor's explaining part, which may be started again on the same ledger."""

    def __init__(self, file: FilePath, time: FakeTime) -> None:
        self.file, self.time, self.device = file, time, FakeDevice()
        self.is_isolated = False
        self.path = Path(0.0, ("198.18.1.1",), is_whole=False)

    async def start(self) -> None:
        self.writer = LedgerWriter(Ledger.create(self.file), self.time)
        around = Surroundings(
            self.time,
            {"SNMP_COMMUNITY": "hush-hush"},
            Names(),
            self.writer,
            None,
            is_measured=lambda _: True,
            is_isolated=lambda: self.is_isolated,
        )
        client = FakeClient(self.time, {ADDRESS: self.device})
        self.explaining = Explaining(DISTRICT, around, client, self.trace)
        self.explaining._poller._sleep = self.time.sleep
        self.explaining._investigation._sleep = self.time.sleep
        await self.explaining.restore()
        self.explaining.start()

    async def trace(self, address: str) -> Path:
        assert address == ADDRESS
        return Path(self.time.time(), self.path.hops, self.path.is_whole)

    async def go_on(self, seconds: int) -> None:
        """Let time pass; the investigation looks each second."""
        for _ in range(seconds):
            await self.time.advance(1.0)
            await self.explaining._investigation.advance()

    async def stop(self) -> None:
        await self.explaining.stop()
        await self.writer.close()

    def tell(self, start: int, end: int | None = None) -> None:
        outage = Outage(start, start + 10, end)
        spans = () if end is None else (Span(start, end, State.DOWN),)
        self.writer.add(LINK, spans, outage)
        self.explaining.on_outage(LINK, outage)

    @property
    def now(self) -> int:
        return int(self.time.time())

    def verdict(self, start: int) -> Verdict | None:
        with Ledger.existing(self.file) as ledger:
            return ledger.verdict(LINK, start)


@pytest.fixture
def bench(tmp_path: FilePath, time: FakeTime) -> Bench:
    return Bench(tmp_path / "terpadu.sqlite3", time)


@pytest.mark.parametrize("cause", [Cause.LINK, Cause.POWER])
async def test_an_outage_over_a_restart_has_the_cause_that_it_would_have_had_without(
    bench: Bench, cause: Cause
) -> None:
    await bench.start()
    await bench.go_on(40)
    start = bench.now
    bench.tell(start)
    await bench.go_on(20)
    await bench.stop()
    await bench.time.advance(8.0)
    await bench.start()
    await bench.go_on(5)
    if cause is Cause.POWER:
        bench.device.reboot(bench.time.now)
    bench.tell(start, bench.now)
    await bench.go_on(20)
    await bench.stop()
    verdict = bench.verdict(start)
    assert verdict is not None
    assert verdict.cause is cause
    assert verdict.evidence.trail is not None
    assert verdict.evidence.trail.last_hop == "pop"


async def test_an_outage_that_ended_before_a_restart_is_decided_after_it(bench: Bench) -> None:
    await bench.start()
    await bench.go_on(40)
    start = bench.now
    bench.tell(start)
    await bench.go_on(12)
    bench.device.reboot(bench.time.now)
    bench.tell(start, bench.now)
    await bench.go_on(2)
    await bench.stop()
    assert bench.verdict(start) is None
    await bench.start()
    await bench.go_on(30)
    await bench.stop()
    verdict = bench.verdict(start)
    assert verdict is not None
    assert verdict.cause is Cause.POWER


async def test_a_trace_of_a_monitor_that_is_cut_off_itself_is_no_evidence(bench: Bench) -> None:
    await bench.start()
    await bench.go_on(40)
    bench.is_isolated = True
    start = bench.now
    bench.tell(start)
    await bench.go_on(15)
    seen = bench.explaining.findings().explained(LINK)
    await bench.stop()
    assert seen is not None
    assert seen.evidence.trail is None
