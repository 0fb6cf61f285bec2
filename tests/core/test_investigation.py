"""What is done about an outage: who is asked and traced, what is kept, and when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from fake_time import FakeTime
from monitor_fakes import make_inventory, make_link

from exporter.cause import DeviceSeen, Known, Verdict
from exporter.diagnosis import Diagnosis
from exporter.investigation import Investigation
from exporter.model import Cause, Node, Snmp
from exporter.observation import DevicePoll, Path
from exporter.timeline import Outage

LINK = "dinkes/primary"


class Hands:
    """Devices, paths and a ledger that write down what they are told."""

    def __init__(self) -> None:
        self.did: list[tuple[str, str]] = []
        self.verdicts: list[tuple[str, Verdict]] = []
        self.cases: list[tuple[str, int, Known]] = []
        self.polls: list[tuple[str, DevicePoll]] = []
        self.kept_paths: list[tuple[str, Path]] = []

    def poll_soon(self, link_id: str) -> None:
        self.did.append(("poll", link_id))

    def went_down(self, link_id: str) -> None:
        self.did.append(("trace", link_id))

    def came_back(self, link_id: str) -> None:
        self.did.append(("trace no more", link_id))

    def add_case(self, target: str, started_at: int, known: Known) -> None:
        self.cases.append((target, started_at, known))

    def add_verdict(self, target: str, verdict: Verdict) -> None:
        self.verdicts.append((target, verdict))

    def add_poll(self, target: str, poll: DevicePoll) -> None:
        self.polls.append((target, poll))

    def add_path(self, target: str, path: Path) -> None:
        self.kept_paths.append((target, path))


class Bench:
    """An investigation of one link below one node."""

    def __init__(self) -> None:
        self.time, self.hands = FakeTime(), Hands()
        self.now = int(self.time.time())
        inventory = make_inventory(make_link(parent="pop", snmp=Snmp("wan")))
        inventory.nodes["pop"] = Node("pop", "POP", "192.0.2.99")
        self.diagnosis = Diagnosis(inventory, lambda _: True, lambda _: True)
        self.investigation = Investigation(
            self.diagnosis,
            clock=self.time,
            devices=self.hands,
            paths=self.hands,
            sink=self.hands,
            names=lambda: {"192.0.2.99": "pop"},
            sleep=self.time.sleep,
        )

    def outage(self, start: int, end: int | None = None) -> Outage:
        return Outage(self.now + start, self.now + start + 10, None if end is None else self.now + end)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
async def running(bench: Bench) -> AsyncIterator[Bench]:
    task = asyncio.create_task(bench.investigation.run())
    yield bench
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_a_link_that_went_down_is_traced_and_one_that_came_back_is_asked_at_once(bench: Bench) -> None:
    bench.investigation.on_outage(LINK, bench.outage(0))
    bench.investigation.on_outage(LINK, bench.outage(0, 40))
    assert bench.hands.did == [("trace", LINK), ("trace no more", LINK), ("poll", LINK)]


def test_of_a_node_nothing_is_traced_or_asked(bench: Bench) -> None:
    bench.investigation.on_outage("pop", bench.outage(0))
    bench.investigation.on_outage("pop", bench.outage(0, 40))
    assert bench.hands.did == []


def test_outages_from_before_a_restart_are_taken_up(bench: Bench) -> None:
    bench.diagnosis.restore([(LINK, bench.outage(-100, -50), None), (LINK, bench.outage(-20), None)], [], {}, {})
    bench.investigation.take_up()
    assert bench.hands.did == [("trace no more", LINK), ("poll", LINK), ("trace", LINK)]


async def test_a_final_cause_goes_to_the_ledger_within_a_second(running: Bench) -> None:
    running.investigation.on_outage(LINK, running.outage(-60))
    running.investigation.on_outage(LINK, running.outage(-60, -20))
    running.investigation.on_poll(LINK, DevicePoll(running.now - 1.0, running.now - 9000.0, 1, 2))
    await running.time.advance(1.0)
    ((link, verdict),) = running.hands.verdicts
    assert (link, verdict.cause, verdict.decided_at) == (LINK, Cause.LINK, running.now + 1)


async def test_what_is_known_of_an_outage_goes_to_the_ledger_while_it_has_no_cause(running: Bench) -> None:
    running.investigation.on_failure(LINK)
    running.investigation.on_outage(LINK, running.outage(-20))
    await running.time.advance(2.0)
    assert running.hands.cases == [(LINK, running.now - 20, Known(DeviceSeen(is_polled=True), 1))]


async def test_a_fault_of_ours_is_counted_and_told_once_a_kind_and_harms_no_other_link(
    running: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    decide = running.diagnosis.decide

    def fail(link: str, started_at: int, now: float) -> Verdict:
        if started_at == running.now - 1000:
            raise RuntimeError("a bug")
        return decide(link, started_at, now)

    running.investigation.on_outage(LINK, running.outage(-1000, -900))
    running.investigation.on_outage(LINK, running.outage(-800, -700))
    with monkeypatch.context() as patched:
        patched.setattr(running.diagnosis, "decide", fail)
        await running.time.advance(2.0)
    assert running.investigation.internal_errors == 2
    assert caplog.text.count("internal_error part=investigation") == 1
    assert [verdict.evidence.started_at for _, verdict in running.hands.verdicts] == [running.now - 800]
    await running.time.advance(1.0)
    assert [verdict.cause for _, verdict in running.hands.verdicts] == [Cause.UNKNOWN, Cause.UNKNOWN]


async def test_a_fault_in_looking_for_what_is_ready_does_not_end_the_loop(
    running: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_now: float) -> None:
        raise RuntimeError("a bug")

    running.investigation.on_outage(LINK, running.outage(-1000, -900))
    with monkeypatch.context() as patched:
        patched.setattr(running.diagnosis, "ready", fail)
        await running.time.advance(2.0)
    assert (running.investigation.internal_errors, running.hands.verdicts) == (2, [])
    await running.time.advance(1.0)
    assert [verdict.cause for _, verdict in running.hands.verdicts] == [Cause.UNKNOWN]


def test_each_good_poll_is_kept_for_the_next_start(bench: Bench) -> None:
    poll = DevicePoll(float(bench.now), 0.0, 1, 2)
    bench.investigation.on_poll(LINK, poll)
    assert bench.hands.polls == [(LINK, poll)]


def test_a_good_path_is_kept_and_one_of_an_outage_is_evidence(bench: Bench) -> None:
    good = Path(bench.now - 5.0, ("192.0.2.99", "192.0.2.1"), is_whole=True)
    bench.investigation.on_path(LINK, good)
    bench.investigation.on_outage(LINK, bench.outage(0))
    bench.investigation.on_path(LINK, Path(bench.now + 12.0, ("192.0.2.99",), is_whole=False))
    seen = bench.investigation.provisional(LINK)
    assert bench.hands.kept_paths == [(LINK, good)]
    assert seen is not None
    assert seen.evidence.trail is not None
    assert seen.evidence.trail.last_hop == "pop"
