"""What the monitor settles goes to the ledger as ever, and its sketches into the recent hours with their time."""

from __future__ import annotations

from datetime import date

from monitor_fakes import FakeClock, FakeSender, FakeSink, make_inventory, make_link

from exporter.model import Cause, Node
from exporter.monitor import Monitor
from exporter.recent import Recent
from exporter.statistics import Sketch
from exporter.tapping import Tap
from exporter.timeline import Outage, Span, State

START = 1_770_000_000  # a cell's beginning
LINK = "dinkes/primary"
TODAY = date(2026, 2, 2)


def sketch(*rtts: float) -> Sketch:
    made = Sketch()
    made.observe_all(rtts)
    return made


def cells(recent: Recent) -> list[int]:
    """Return where the link's cells begin, in seconds after START."""
    return [cell.at - START for cell in recent.cells(LINK, START + 80_000)]


def test_everything_reaches_the_ledger_as_it_came() -> None:
    sink, recent = FakeSink(), Recent()
    tap = Tap(sink, recent)
    spans = [Span(START, START + 4, State.UP), Span(START + 4, START + 9, State.DOWN)]
    tap.add(LINK, iter(spans), Outage(START + 4, START + 9), [(START, START + 1)])
    tap.add_sketch(LINK, TODAY, True, sketch(0.004))
    ((target, day, in_maintenance, kept),) = sink.sketches
    assert (target, day, in_maintenance, kept.counts) == (LINK, TODAY, True, sketch(0.004).counts)
    assert (sink.spans, sink.outages) == ({LINK: spans}, [(LINK, Outage(START + 4, START + 9))])
    assert sink.bridged == [(LINK, (START, START + 1))]
    assert tap.seconds(LINK) == {State.UP: 4, State.DOWN: 5, State.DEGRADED: 0, State.UNMEASURED: 0}
    assert tap.outages_by_cause(LINK) == dict[Cause, int]()


def test_a_sketch_is_of_the_minute_from_the_first_available_second_on() -> None:
    recent = Recent()
    tap = Tap(FakeSink(), recent)
    tap.add(LINK, [Span(START, START + 230, State.DOWN), Span(START + 230, START + 240, State.DEGRADED)], None)
    tap.add(LINK, [Span(START + 240, START + 300, State.UP)], None)
    tap.add_sketch(LINK, TODAY, False, sketch(0.004))
    assert cells(recent) == [240]  # its middle lies there


def test_a_sketch_that_waited_through_an_outage_is_of_before_the_outage() -> None:
    recent = Recent()
    tap = Tap(FakeSink(), recent)
    tap.add(LINK, [Span(START, START + 20, State.UP)], None)
    tap.add(LINK, [Span(START + 20, START + 7_200, State.DOWN), Span(START + 7_200, START + 7_210, State.UP)], None)
    tap.add_sketch(LINK, TODAY, False, sketch(0.004))
    tap.add(LINK, [Span(START + 7_210, START + 7_270, State.UP)], None)
    tap.add_sketch(LINK, TODAY, False, sketch(0.004))
    assert cells(recent) == [0, 7_200]


def test_other_links_are_forgotten_with_what_was_begun_of_them() -> None:
    recent = Recent()
    tap = Tap(FakeSink(), recent)
    tap.add(LINK, [Span(START, START + 60, State.UP)], None)
    tap.add_sketch(LINK, TODAY, False, sketch(0.004))
    tap.add(LINK, [Span(START + 60, START + 70, State.UP)], None)
    tap.keep_only(set())
    gone = cells(recent)
    tap.add(LINK, [Span(START + 3_600, START + 3_660, State.UP)], None)
    tap.add_sketch(LINK, TODAY, False, sketch(0.004))
    assert (gone, cells(recent)) == ([], [3_600])


def test_a_monitor_fills_the_cells_while_a_link_answers_and_none_while_it_is_down() -> None:
    clock, sender, recent = FakeClock(START), FakeSender(), Recent()
    node = Node("core", "Core", "192.0.2.9")
    monitor = Monitor(
        make_inventory(make_link(), nodes={"core": node}),
        {},
        (),
        clock=clock,
        sender=sender,
        sink=Tap(FakeSink(), recent),
        address_of=lambda host, _: host,
        doubt=lambda _host, _family: None,
        told=lambda _target, _outage: None,
    )
    for tenth in range(12_000):  # 20 minutes, down from the sixth to the twelfth
        clock.advance(0.1)
        before = len(sender.sent)
        monitor.pinger.tick()
        for echo in sender.sent[before:] if not 3_600 <= tenth < 7_200 else []:
            monitor.pinger.on_reply(echo, 0.004)
    monitor.stop()
    assert cells(recent) == [0, 120, 240, 720, 840, 960, 1080]
    values = {(c.rtt_p50_seconds, c.rtt_p95_seconds, c.loss_ratio) for c in recent.cells(LINK, clock.wall)}
    ((p50, p95, loss_ratio),) = values
    assert (round(p50 or 0, 4), p95, loss_ratio) == (0.004, p50, 0.0)
