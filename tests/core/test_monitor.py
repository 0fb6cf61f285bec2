from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from monitor_fakes import NOTHING_FOUND, FakeClock, FakeSender, FakeSink, make_inventory, make_link

from exporter.ledger import Restored
from exporter.maintenance import Window
from exporter.model import Degraded, Icmp, Inventory, Maintenance, Node, Reference
from exporter.monitor import Monitor, Recorder
from exporter.observation import Outcome
from exporter.pinging import Flight
from exporter.timeline import Outage, Span, State

START = 1_770_000_000


class Bench:
    """A monitor on fakes, and the hands that move it."""

    def __init__(
        self,
        inventory: Inventory,
        restored: dict[str, Restored] | None = None,
        windows: Sequence[Window] = (),
        recorder: Recorder | None = None,
    ) -> None:
        self.clock, self.sender, self.sink = FakeClock(START), FakeSender(), FakeSink()
        self.addresses: dict[str, str | None] = {}
        self.doubted: list[str] = []
        self.told: list[tuple[str, Outage]] = []
        self.monitor = Monitor(
            inventory,
            restored or {},
            windows,
            clock=self.clock,
            sender=self.sender,
            sink=self.sink,
            address_of=lambda host, _family: self.addresses.get(host, host),
            doubt=lambda host, _family: self.doubted.append(host),
            told=lambda target, outage: self.told.append((target, outage)),
            recorder=recorder,
        )

    def pass_time(self, seconds: float, *, answers: bool = True, only: str | None = None) -> None:
        """Let time pass in tenths of a second; replies come at once, or never, or never from one address only."""
        for _ in range(round(seconds * 10)):
            self.clock.advance(0.1)
            before = len(self.sender.sent)
            self.monitor.pinger.tick()
            for echo in self.sender.sent[before:]:
                is_answered = answers or (only is not None and echo.address != only)
                if is_answered and self.sender.answer is None:
                    self.monitor.pinger.on_reply(echo, 0.004)

    def spans(self, link: str = "dinkes/primary") -> list[Span]:
        """Return what is settled, once the calm links' time is handed over."""
        self.monitor.stop()
        return self.sink.spans.get(link, [])

    def state(self, link: str = "dinkes/primary") -> State:
        return next(s.state for s in self.monitor.links(NOTHING_FOUND) if s.link.id == link)


def test_each_link_gets_one_echo_a_slot() -> None:
    bench = Bench(make_inventory(make_link("dinkes"), make_link("disdik", address="192.0.2.2")))
    bench.pass_time(10)
    assert Counter(echo.address for echo in bench.sender.sent) == {"192.0.2.1": 10, "192.0.2.2": 10}
    assert bench.spans() == [Span(START, START + 10, State.UP)]


def test_an_echo_that_is_lost_on_the_way_to_a_name_makes_it_doubted_and_another_does_not() -> None:
    named, literal = make_link(address="wan.example"), make_link("disdik", address="192.0.2.2")
    bench = Bench(make_inventory(named, literal))
    bench.pass_time(3)
    bench.sender.answer = Outcome.ERROR
    bench.pass_time(2)
    assert bench.doubted == []
    bench.sender.answer = Outcome.LOST
    bench.pass_time(1)
    assert bench.doubted == ["wan.example"]
    bench.sender.answer = None
    bench.pass_time(4, answers=False)
    assert bench.doubted == ["wan.example"] * 3


def test_an_outage_begins_at_the_first_lost_echo_and_ends_at_the_first_of_the_replies() -> None:
    bench = Bench(make_inventory(make_link()))
    bench.pass_time(5)
    bench.pass_time(8, answers=False)
    assert bench.state() is State.DOWN
    shown = [next(bench.monitor.links(NOTHING_FOUND)).outage]
    bench.pass_time(6)
    assert bench.state() is State.UP
    shown.append(next(bench.monitor.links(NOTHING_FOUND)).outage)
    assert shown == [Outage(START + 5, START + 8), Outage(START + 5, START + 8, START + 13)]
    assert bench.sink.outages == [("dinkes/primary", outage) for outage in shown]


def test_an_echo_that_could_not_be_sent_is_unmeasured_and_no_outage() -> None:
    bench = Bench(make_inventory(make_link()))
    bench.pass_time(3)
    bench.sender.answer = Outcome.ERROR
    bench.pass_time(10)
    assert bench.state() is State.UNMEASURED
    assert bench.sink.outages == []


def test_an_unreachable_neighbour_is_a_loss_at_once() -> None:
    bench = Bench(make_inventory(make_link()))
    bench.sender.answer = Outcome.LOST
    bench.pass_time(4)
    assert bench.state() is State.DOWN


def test_a_name_without_an_address_is_unmeasured() -> None:
    bench = Bench(make_inventory(make_link(address="wan.dinkes.example")))
    bench.addresses["wan.dinkes.example"] = None
    bench.pass_time(5)
    assert bench.state() is State.UNMEASURED
    assert bench.sender.sent == []


def test_late_and_second_replies_are_counted_and_change_nothing() -> None:
    bench = Bench(make_inventory(make_link()))
    bench.pass_time(1.5, answers=False)
    first = bench.sender.sent[0]
    bench.pass_time(3, answers=False)
    bench.monitor.pinger.on_reply(first, 2.5)
    bench.pass_time(1)
    bench.monitor.pinger.on_reply(bench.sender.sent[-1], 0.004)
    (status,) = bench.monitor.links(NOTHING_FOUND)
    assert (status.late, status.duplicates) == (1, 1)
    assert status.probes[Outcome.LOST] >= 3


def test_slots_are_settled_in_order_even_where_a_later_reply_comes_first() -> None:
    bench = Bench(make_inventory(make_link(icmp=Icmp(timeout_seconds=3, down_after=3, up_after=3))))
    bench.pass_time(2, answers=False)
    first, second = bench.sender.sent
    bench.monitor.pinger.on_reply(second, 0.004)
    assert bench.spans() == []
    bench.monitor.pinger.on_reply(first, 1.9)
    assert bench.spans() == [Span(START, START + 2, State.UP)]


def test_a_clock_that_steps_back_writes_nothing_twice() -> None:
    bench = Bench(make_inventory(make_link()))
    bench.pass_time(5)
    bench.clock.wall -= 30
    bench.pass_time(2)
    assert bench.state() is State.UNMEASURED
    assert next(bench.monitor.links(NOTHING_FOUND)).rtt_last_seconds is None
    assert bench.monitor.ahead_until == START + 5
    bench.pass_time(31)
    assert bench.monitor.ahead_until is None
    assert bench.state() is State.UP
    spans = bench.spans()
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
    assert spans[-1].end == START + 8


def test_a_clock_that_steps_ahead_leaves_a_gap_that_is_unmeasured() -> None:
    bench = Bench(make_inventory(make_link()))
    bench.pass_time(3)
    bench.clock.wall += 100
    bench.pass_time(2)
    assert Span(START + 3, START + 103, State.UNMEASURED) in bench.spans()


def test_a_restart_continues_an_open_outage_and_leaves_the_time_between_unmeasured() -> None:
    left = Restored(START - 20, State.DOWN, Outage(START - 50, START - 40), {State.DOWN: 30})
    bench = Bench(make_inventory(make_link()), {"dinkes/primary": left})
    (status,) = bench.monitor.links(NOTHING_FOUND)
    assert (status.state, status.outage_is_open) == (State.UNMEASURED, True)
    assert [office.outage_is_open for office in bench.monitor.offices({})] == [True]
    bench.pass_time(4)
    assert bench.sink.outages == [("dinkes/primary", Outage(START - 50, START - 40, START))]
    assert bench.spans()[0] == Span(START - 20, START, State.UNMEASURED)


def test_a_restart_knows_the_latest_outage_that_had_ended() -> None:
    ended = Outage(START - 90, START - 80, START - 60)
    left = Restored(START - 20, State.UP, None, {State.UP: 40}, ended)
    bench = Bench(make_inventory(make_link()), {"dinkes/primary": left})
    assert next(bench.monitor.links(NOTHING_FOUND)).outage == ended


def test_an_office_whose_backup_carried_it_has_no_outage_after_a_restart() -> None:
    restored = {
        "dinkes/primary": Restored(START - 20, State.DOWN, Outage(START - 50, START - 40), {}),
        "dinkes/backup": Restored(START - 20, State.UP, None, {State.UP: 30}),
    }
    bench = Bench(make_inventory(make_link(), make_link(name="backup")), restored)
    assert [office.outage_is_open for office in bench.monitor.offices({})] == [False]


def test_a_reload_moves_no_echo_of_an_unchanged_link() -> None:
    link, other = make_link(), make_link("disdik", address="192.0.2.2")
    bench = Bench(make_inventory(link))
    bench.pass_time(4.5)
    bench.monitor.reload(make_inventory(link, other), ())
    bench.pass_time(5.5)
    assert [echo.address for echo in bench.sender.sent].count("192.0.2.1") == 10
    assert all(span.state is State.UP for span in bench.spans())


def test_outages_are_told_as_they_begin_and_end_and_where_a_link_goes() -> None:
    bench = Bench(make_inventory(make_link()))
    bench.pass_time(12)
    bench.pass_time(14, answers=False)
    bench.pass_time(14)
    (began, ended) = bench.told
    assert began[0] == ended[0] == "dinkes/primary"
    assert (began[1].ended_at, ended[1]) == (None, bench.sink.outages[-1][1])
    bench.pass_time(14, answers=False)
    bench.monitor.reload(make_inventory(make_link(name="other")), ())
    assert [outage.ended_at is None for _, outage in bench.told] == [True, False, True, False]


def test_a_link_that_a_reload_removes_ends_its_outage_and_its_series() -> None:
    gone, kept = make_link(), make_link("disdik", address="192.0.2.2")
    bench = Bench(make_inventory(gone, kept))
    bench.pass_time(8, answers=False)
    bench.monitor.reload(make_inventory(kept), ())
    (status,) = bench.monitor.links(NOTHING_FOUND)
    assert status.link == kept
    ended = [outage for link, outage in bench.sink.outages if link == "dinkes/primary" and outage.ended_at is not None]
    assert len(ended) == 1
    assert ended[0].ended_at == bench.spans()[-1].end


def test_a_changed_address_keeps_state_and_outage() -> None:
    link = make_link()
    bench = Bench(make_inventory(link))
    bench.pass_time(8, answers=False)
    bench.monitor.reload(make_inventory(replace(link, address="192.0.2.9")), ())
    bench.pass_time(1, answers=False)
    assert bench.sender.sent[-1].address == "192.0.2.9"
    assert bench.state() is State.DOWN


@pytest.mark.parametrize("interval", [2, 5])
def test_a_changed_interval_begins_with_a_whole_slot(interval: int) -> None:
    link = make_link()
    bench = Bench(make_inventory(link))
    bench.pass_time(3)
    changed = replace(link, icmp=replace(link.icmp, interval_seconds=interval))
    bench.monitor.reload(make_inventory(changed), ())
    bench.pass_time(4 * interval)
    spans = bench.spans()
    assert all(a.end == b.start for a, b in itertools.pairwise(spans))
    assert all(s.start % interval == 0 for s in spans if s.state is State.UP and s.start >= START + 3)
    assert bench.state() is State.UP


@pytest.mark.parametrize("answers", [True, False])
def test_an_interval_made_shorter_waits_for_no_slot_that_is_undecided(answers: bool) -> None:  # noqa: FBT001
    """An answered slot of the old length is settled to its end; an unanswered one is not."""
    link = make_link(icmp=Icmp(interval_seconds=60, timeout_seconds=10, down_after=3, up_after=3))
    bench = Bench(make_inventory(link))
    bench.clock.wall = START - START % 60 + 0.0
    bench.monitor.reload(make_inventory(replace(link, address="192.0.2.9")), ())
    while not bench.sender.sent:
        bench.pass_time(0.1, answers=answers)
    bench.monitor.reload(make_inventory(replace(link, icmp=Icmp(down_after=3, up_after=3))), ())
    bench.pass_time(60)
    assert len(bench.sender.sent) > 1
    spans = bench.spans()
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
    assert bench.state() is State.UP


def test_an_interval_made_longer_is_no_clock_that_runs_behind(caplog: pytest.LogCaptureFixture) -> None:
    link = make_link()
    bench = Bench(make_inventory(link))
    bench.clock.wall = START - START % 60 + 30.0
    bench.pass_time(5)
    bench.monitor.reload(make_inventory(replace(link, icmp=Icmp(interval_seconds=60, down_after=3, up_after=3))), ())
    bench.pass_time(5)
    assert "clock_behind" not in caplog.text
    assert bench.state() is State.UP


def test_a_link_that_is_removed_and_comes_back_writes_no_second_twice() -> None:
    link, other = make_link(icmp=Icmp(interval_seconds=20, down_after=3, up_after=3)), make_link("disdik")
    bench = Bench(make_inventory(link, other))
    bench.pass_time(25)
    bench.monitor.reload(make_inventory(other), ())
    bench.pass_time(1)
    bench.monitor.reload(make_inventory(link, other), ())
    bench.pass_time(60)
    spans = bench.spans()
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
    assert bench.state() is State.UP


def test_echoes_on_their_way_when_their_link_went_judge_nothing() -> None:
    link, other = make_link(), make_link("disdik", address="192.0.2.2")
    bench = Bench(make_inventory(link, other))
    bench.pass_time(2.5)
    bench.pass_time(2, answers=False)
    bench.monitor.reload(make_inventory(other), ())
    before = list(bench.spans())
    bench.pass_time(10, answers=False)
    assert bench.spans() == before
    assert [outage for name, outage in bench.sink.outages if name == "dinkes/primary"] == []


def test_outside_its_validity_a_link_is_not_probed() -> None:
    bench = Bench(
        make_inventory(make_link(valid_to=date(2026, 1, 31)), make_link("disdik", valid_from=date(2027, 1, 1)))
    )
    bench.pass_time(3)
    assert bench.sender.sent == []


def test_the_outage_of_a_link_ends_with_its_validity() -> None:
    midnight = 1_770_051_600  # 2026-02-03 00:00 in Jakarta
    bench = Bench(make_inventory(make_link(valid_to=date(2026, 2, 2))))
    bench.clock.wall = midnight - 8.0
    bench.pass_time(7.5, answers=False)
    assert next(bench.monitor.links(NOTHING_FOUND)).outage_is_open
    bench.pass_time(4, answers=False)
    assert bench.spans()[-1] == Span(midnight - 8, midnight, State.DOWN)
    assert bench.sink.outages[-1][1].ended_at == midnight
    assert not next(bench.monitor.links(NOTHING_FOUND)).outage_is_open
    assert [office.outage_is_open for office in bench.monitor.offices({})] == [False]


def test_after_a_restart_an_ended_outage_leaves_no_office_offline() -> None:
    restored = {"dinkes/primary": Restored(START - 20, State.DOWN, None, {State.UP: 5, State.DOWN: 30})}
    bench = Bench(make_inventory(make_link(valid_to=date(2026, 1, 31))), restored)
    bench.pass_time(5)
    assert [office.outage_is_open for office in bench.monitor.offices({})] == [False]


@pytest.mark.parametrize(
    ("backup", "valid_to", "is_open"),
    [(State.UP, None, False), (State.UNMEASURED, None, True), (State.UP, date(2026, 1, 31), True)],
)
def test_after_a_restart_an_office_stands_as_its_links_stood(
    backup: State, valid_to: date | None, *, is_open: bool
) -> None:
    """As the running monitor would say: a backup that nobody knows of carries nothing, one that isn't valid neither."""
    restored = {
        "dinkes/primary": Restored(START - 20, State.UNMEASURED, Outage(START - 50, START - 40), {State.UP: 5}),
        "dinkes/backup": Restored(START - 20, backup, None, {State.UP: 50}),
    }
    bench = Bench(make_inventory(make_link(), make_link(name="backup", valid_to=valid_to)), restored)
    assert [office.outage_is_open for office in bench.monitor.offices({})] == [is_open]


def test_a_small_step_back_of_the_clock_breaks_no_run() -> None:
    bench = Bench(make_inventory(make_link()))
    bench.pass_time(5)
    bench.pass_time(2, answers=False)
    bench.clock.wall -= 2.5
    bench.pass_time(10, answers=False)
    assert [outage for _, outage in bench.sink.outages] == [Outage(START + 5, START + 8)]
    assert [span.state for span in bench.spans()] == [State.UP, State.DOWN]


def test_a_ledger_ahead_of_the_clock_is_said_at_the_start(caplog: pytest.LogCaptureFixture) -> None:
    left = Restored(START + 86_400, State.UP, None, {State.UP: 30})
    bench = Bench(make_inventory(make_link()), {"dinkes/primary": left})
    assert bench.monitor.ahead_until == START + 86_400
    assert "clock_behind" in caplog.text
    bench.pass_time(5)
    assert bench.spans() == []


def test_a_validity_that_ends_in_an_outage_leaves_no_available_second() -> None:
    """Echoes that are on their way when it ends are judged before it does."""
    midnight = 1_770_051_600  # 2026-02-03 00:00 in Jakarta
    bench = Bench(make_inventory(make_link(valid_to=date(2026, 2, 2))))
    bench.clock.wall = midnight - 20.0
    bench.pass_time(19, answers=False)
    bench.pass_time(0.9)
    bench.pass_time(8)
    assert bench.spans()[-1] == Span(midnight - 20, midnight, State.DOWN)
    assert bench.sink.outages[-1][1].ended_at == midnight


def test_an_echo_credited_while_another_leaves_spoils_none() -> None:
    bench = Bench(make_inventory(make_link(icmp=Icmp(timeout_seconds=3, down_after=5, up_after=3))))
    bench.pass_time(5)
    bench.pass_time(1, answers=False)
    (waiting,) = [echo for echo in bench.sender.sent if echo.outcome is None]

    def send(echo: Flight, payload_bytes: int, identity: int) -> Outcome | None:
        bench.monitor.pinger.on_refused(waiting, Outcome.LOST)
        return FakeSender.send(bench.sender, echo, payload_bytes, identity)

    bench.sender.send = send  # type: ignore[method-assign]
    bench.pass_time(3)
    (status,) = bench.monitor.links(NOTHING_FOUND)
    assert (status.probes[Outcome.LOST], status.probes[Outcome.ERROR]) == (1, 0)
    assert bench.spans() == [Span(START, START + 9, State.UP)]


def test_what_is_no_setting_of_echoes_changes_no_onset_by_a_reload() -> None:
    """Its lost slots wait for the references, and go on waiting."""
    references = (Reference("gerbang", "192.0.2.250"),)
    link, other = make_link(icmp=Icmp(down_after=3, up_after=3, bridge=0)), make_link("disdik", address="192.0.2.2")
    bench = Bench(replace(make_inventory(link, other), references=references))
    bench.pass_time(5)
    bench.pass_time(4, answers=False, only="192.0.2.1")
    bench.monitor.reload(replace(make_inventory(replace(link, circuit="SC-1"), other), references=references), ())
    bench.pass_time(20, answers=False, only="192.0.2.1")
    assert next(outage for name, outage in bench.sink.outages if name == "dinkes/primary").started_at == START + 5


def test_a_link_that_goes_with_its_node_goes_under_a_window_too() -> None:
    node = Node("pop", "POP", "192.0.2.100", "isp")
    district = make_inventory(make_link(parent="pop"), make_link("disdik", address="192.0.2.2"))
    window = Window(START + 50, START + 100, ("pop",), "kerja", first_seen_at=START - 10)
    bench = Bench(replace(district, nodes={"pop": node}), windows=[window])
    bench.pass_time(3)
    bench.monitor.reload(make_inventory(make_link("disdik", address="192.0.2.2"), make_link("baru")), [window])
    bench.sender.sent.clear()
    bench.pass_time(3)
    assert {echo.address for echo in bench.sender.sent} == {"192.0.2.2", "192.0.2.1"}
    assert bench.state("baru/primary") is State.UP


def test_a_slower_link_lengthens_what_witnesses_remember() -> None:
    link = make_link(icmp=Icmp(down_after=3, up_after=3))
    bench = Bench(make_inventory(link))
    slow = make_link("disdik", address="192.0.2.2", icmp=Icmp(interval_seconds=60, timeout_seconds=2))
    bench.monitor.reload(make_inventory(link, slow), ())
    fresh = Bench(make_inventory(link, slow))
    kept = [target.judged.runs.kept_seconds for target in bench.monitor._targets.values()]
    assert kept == [target.judged.runs.kept_seconds for target in fresh.monitor._targets.values()]


def test_an_outage_that_goes_on_after_a_restart_is_as_old_as_it_was() -> None:
    left = Restored(START - 20, State.DOWN, Outage(START - 50, START - 40), {State.DOWN: 30})
    bench = Bench(make_inventory(make_link()), {"dinkes/primary": left})
    bench.pass_time(5, answers=False)
    (status,) = bench.monitor.links(NOTHING_FOUND)
    assert (status.state, status.state_since) == (State.DOWN, START - 50)


def test_a_bug_for_one_target_harms_no_other_and_is_counted() -> None:
    bench = Bench(make_inventory(make_link(address="wan.example"), make_link("disdik", address="192.0.2.2")))

    def broken(_host: str, _family: object) -> str:
        raise RuntimeError("a bug")

    working, bench.monitor.pinger._address_of = bench.monitor.pinger._address_of, broken
    bench.pass_time(3)
    assert bench.monitor.pinger.internal_errors == 3
    assert bench.state("disdik/primary") is State.UP
    assert bench.state("dinkes/primary") is State.UNMEASURED
    bench.monitor.pinger._address_of = working
    bench.pass_time(3)
    assert bench.state("dinkes/primary") is State.UP


REFERENCES = (Reference("gw", "192.0.2.250"), Reference("dns", "192.0.2.251"))


def test_while_every_reference_is_lost_with_the_offices_nothing_is_an_outage() -> None:
    bench = Bench(make_inventory(make_link(), make_link("disdik", address="192.0.2.2"), references=REFERENCES))
    bench.pass_time(10)
    bench.pass_time(20, answers=False)
    assert bench.monitor.is_isolated
    assert bench.monitor.isolated_since == 1_770_000_010
    assert [reference.state for reference in bench.monitor.references()] == [State.DOWN, State.DOWN]
    bench.pass_time(15)
    assert (bench.monitor.is_isolated, bench.monitor.isolated_since) == (False, None)
    assert bench.sink.outages == []
    assert [span.state for span in bench.spans()] == [State.UP, State.UNMEASURED, State.UP]


def test_a_link_lost_alone_is_down_once_the_references_have_spoken() -> None:
    bench = Bench(make_inventory(make_link(), make_link("disdik", address="192.0.2.2"), references=REFERENCES))
    bench.pass_time(10)
    bench.pass_time(20, answers=False, only="192.0.2.1")
    assert bench.monitor.is_isolated is False
    assert bench.state() is State.DOWN
    assert [link for link, _ in bench.sink.outages] == ["dinkes/primary"]


def test_without_references_nobody_knows_whether_the_monitor_is_cut_off() -> None:
    assert Bench(make_inventory(make_link())).monitor.is_isolated is None


def test_a_node_is_judged_by_its_own_rules_and_kept_under_its_code() -> None:
    node = Node("core", "Core", "192.0.2.9", icmp=Icmp(down_after=2, up_after=2))
    bench = Bench(make_inventory(make_link(), nodes={"core": node}))
    bench.pass_time(5)
    bench.pass_time(6, answers=False, only="192.0.2.9")
    (status,) = bench.monitor.nodes()
    assert (status.node, status.state) == (node, State.DOWN)
    assert [target for target, _ in bench.sink.outages] == ["core"]
    assert bench.state() is State.UP


def test_a_reply_that_this_machine_dropped_is_no_loss() -> None:
    bench = Bench(make_inventory(make_link()))
    bench.sender.drops = True
    bench.pass_time(20, answers=False)
    assert bench.state() is State.UNMEASURED
    assert bench.sink.outages == []


def test_after_five_losses_in_a_row_echoes_take_the_other_identifier_and_move_again_while_it_is_down() -> None:
    bench = Bench(make_inventory(make_link()))
    bench.pass_time(80, answers=False)
    changes = [number for number, (a, b) in enumerate(itertools.pairwise(bench.sender.identities)) if a != b]
    assert [b - a for a, b in itertools.pairwise(changes)] == [30, 30]
    assert 5 <= changes[0] + 1 <= 8  # the fifth loss, and what was on its way


def test_a_short_hole_between_replies_is_bridged_and_told_apart() -> None:
    bench = Bench(make_inventory(make_link()))
    bench.pass_time(5)
    bench.sender.answer = Outcome.ERROR
    bench.pass_time(2)
    bench.sender.answer = None
    bench.pass_time(5)
    assert bench.spans() == [Span(START, START + 12, State.UP)]
    assert bench.sink.bridged == [
        ("dinkes/primary", (START + 5, START + 6)),
        ("dinkes/primary", (START + 6, START + 7)),
    ]


def test_a_slow_link_is_degraded_and_its_office_connected() -> None:
    slow = Degraded(window=5, rtt_seconds=0.001)
    bench = Bench(make_inventory(make_link(degraded=slow)))
    bench.pass_time(10)
    assert bench.state() is State.DEGRADED
    assert [office.state for office in bench.monitor.offices({})] == [State.UP]
    assert bench.spans() == [Span(START, START + 4, State.UP), Span(START + 4, START + 10, State.DEGRADED)]


def test_round_trips_reach_the_ledger_by_day_and_by_maintenance() -> None:
    window = Window(("dinkes/primary",), START + 60, START + 120, "kerja", first_seen_at=START - 9)
    bench = Bench(make_inventory(make_link()), windows=[window])
    bench.pass_time(200)
    bench.monitor.stop()
    found = [(inside, sketch.replies, sketch.lost) for _, _, inside, sketch in bench.sink.sketches]
    assert sum(replies for inside, replies, _ in found if not inside) == 140
    assert sum(replies for inside, replies, _ in found if inside) == 60


def test_slots_that_settle_after_midnight_are_sketched_on_their_own_day() -> None:
    """Two lost slots before midnight are undecided until the replies after it."""
    midnight = 1_770_051_600  # 2026-02-03 00:00 in Jakarta
    bench = Bench(make_inventory(make_link()))
    bench.clock.wall = midnight - 10.0
    bench.pass_time(8)
    bench.pass_time(2, answers=False)
    bench.pass_time(10)
    bench.monitor.stop()
    by_day: Counter[tuple[date, str]] = Counter()
    for _, day, _, sketch in bench.sink.sketches:
        by_day[day, "replies"] += sketch.replies
        by_day[day, "lost"] += sketch.lost
    eve, day = date(2026, 2, 2), date(2026, 2, 3)
    assert by_day == {(eve, "replies"): 8, (eve, "lost"): 2, (day, "replies"): 10, (day, "lost"): 0}


def test_a_link_in_a_window_says_so_and_its_measured_state_stays() -> None:
    start = datetime.fromtimestamp(START + 5, UTC)
    window = Maintenance(start, start + timedelta(seconds=10), ("dinkes",), "kerja")
    bench = Bench(make_inventory(make_link(), maintenance=(window,)))
    seen = []
    for _ in range(4):
        bench.pass_time(5.5)
        (status,) = bench.monitor.links(NOTHING_FOUND)
        seen.append((status.in_maintenance, status.state))
    assert seen == [(True, State.UP), (True, State.UP), (False, State.UP), (False, State.UP)]


def test_every_decided_slot_is_recorded_in_the_order_of_its_target() -> None:
    recorded = []

    class Keeper:
        def add(self, kind: str, name: str, at: int, outcome: Outcome, rtt_seconds: float | None) -> None:
            recorded.append((kind, name, at, outcome, rtt_seconds))

    bench = Bench(make_inventory(make_link(), references=REFERENCES[:1]), recorder=Keeper())
    bench.pass_time(3)
    assert sorted(recorded) == [
        *(("link", "dinkes/primary", START + at, Outcome.REPLY, 0.004) for at in range(3)),
        *(("reference", "gw", START + at, Outcome.REPLY, 0.004) for at in range(3)),
    ]


def test_a_loop_that_is_behind_reads_replies_between_its_volleys() -> None:
    bench = Bench(make_inventory(*(make_link(f"o{number}") for number in range(2000))))
    bench.clock.advance(0.95)
    volleys, waits = [], []
    while not waits or waits[-1] == 0:
        before = len(bench.sender.sent)
        waits.append(bench.monitor.pinger.tick())
        volleys.append(len(bench.sender.sent) - before)
    assert sum(volleys) == 2000
    assert len(volleys) >= 4
    assert max(volleys) < 600
    assert len({echo.target for echo in bench.sender.sent}) == 2000
