from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from monitor_fakes import make_inventory, make_link

from exporter.ledger import Batch, Ledger
from exporter.model import Inventory
from exporter.office import timeline
from exporter.timeline import Span, State, clip, length, subtract, total, union
from exporter.web.history import (
    CELL_SECONDS,
    CELLS,
    DAYS,
    Histories,
    History,
    Strip,
    half_hours,
    local_days,
    of_one,
    spread,
)  # fmt: skip

JAKARTA = ZoneInfo("Asia/Jakarta")
BERLIN = ZoneInfo("Europe/Berlin")
NOW = 1_770_000_300  # a quarter of an hour into a half hour, 09:45 in Jakarta
CELL = NOW - 900
START = CELL - (CELLS - 1) * CELL_SECONDS
MIDNIGHT = local_days(NOW, JAKARTA)[-2]
DAY = 86_400
ONE = make_inventory(make_link())
TWO = make_inventory(make_link(), make_link(name="backup"))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.create(tmp_path / "ledger.sqlite3") as opened:
        yield opened


def write(ledger: Ledger, link: str, *spans: tuple[int, int, State]) -> None:
    batch = Batch()
    batch.add(link, [Span(*span) for span in spans], None)
    ledger.write(batch)


def read(ledger: Ledger, inventory: Inventory = ONE, now: int = NOW) -> History:
    return Histories().read(ledger, inventory, now)


def cells(strip: Strip) -> dict[str, dict[int, int]]:
    """Return the cells that hold anything, by state."""
    named = {state.value: dict(enumerate(of)) for state, of in strip.seconds.items()}
    return {state: {n: of for n, of in held.items() if of} for state, held in named.items() if any(held.values())}


def test_the_last_half_hour_holds_now_and_what_is_not_settled_is_in_no_cell(ledger: Ledger) -> None:
    write(ledger, "dinkes/primary", (START - 5_000, NOW - 10, State.UP))
    day = read(ledger).links["dinkes/primary"].day
    assert (day.edges[0], day.edges[-1]) == (START, CELL + CELL_SECONDS)
    assert cells(day) == {"up": dict.fromkeys(range(47), CELL_SECONDS) | {47: NOW - 10 - CELL}}


def test_the_last_day_is_today_and_each_day_is_the_zones(ledger: Ledger) -> None:
    write(ledger, "dinkes/primary", (MIDNIGHT - 60, MIDNIGHT + 60, State.DOWN))
    days = read(ledger, replace(ONE), NOW).links["dinkes/primary"].days
    assert len(days.edges) == DAYS + 1
    assert datetime.fromtimestamp(days.edges[-2], JAKARTA).isoformat() == "2026-02-02T00:00:00+07:00"
    assert cells(days)["down"] == {88: 60, 89: 60}


def test_each_state_is_in_the_half_hours_that_it_touched(ledger: Ledger) -> None:
    down, slow = CELL - CELL_SECONDS - 100, CELL - 50
    spans = ((START, down, State.UP), (down, slow, State.DOWN), (slow, NOW, State.DEGRADED))
    write(ledger, "dinkes/primary", *spans)
    found = cells(read(ledger).links["dinkes/primary"].day)
    assert found["down"] == {45: 100, 46: CELL_SECONDS - 50}
    assert found["degraded"] == {46: 50, 47: NOW - CELL}


def test_time_before_the_first_span_is_unmeasured_as_in_the_report(ledger: Ledger) -> None:
    write(ledger, "dinkes/primary", (CELL, NOW, State.UP))
    past = read(ledger).links["dinkes/primary"]
    assert cells(past.day)["unmeasured"] == dict.fromkeys(range(47), CELL_SECONDS)
    assert cells(past.days)["unmeasured"] == dict.fromkeys(range(89), DAY) | {89: CELL - MIDNIGHT}


def test_time_outside_of_the_contract_is_in_no_cell(ledger: Ledger) -> None:
    write(ledger, "dinkes/primary", (MIDNIGHT - 9 * DAY, NOW, State.UP))
    link = make_link(valid_from=date(2026, 1, 30), valid_to=date(2026, 1, 31))
    past = read(ledger, make_inventory(link))
    assert cells(past.links["dinkes/primary"].days) == {"up": {86: DAY, 87: DAY}}
    assert cells(past.offices["dinkes"].days) == {"up": {86: DAY, 87: DAY}}


def test_a_link_of_which_nothing_is_settled_has_empty_cells(ledger: Ledger) -> None:
    write(ledger, "disdik/primary", (MIDNIGHT - 2 * DAY, MIDNIGHT - 2 * DAY + 50, State.UP))
    history = read(ledger, make_inventory(make_link(), make_link("disdik")))
    assert cells(history.links["dinkes/primary"].days) == {}
    assert cells(history.links["disdik/primary"].day) == {}
    assert cells(history.links["disdik/primary"].days)["up"] == {87: 50}


def test_an_empty_ledger_has_empty_cells(ledger: Ledger) -> None:
    history = read(ledger)
    assert (history.read_at, cells(history.offices["dinkes"].days)) == (NOW, {})


def test_an_office_is_connected_while_any_of_its_links_is_available(ledger: Ledger) -> None:
    write(
        ledger, "dinkes/primary", (START, CELL, State.UP), (CELL, CELL + 100, State.DOWN), (CELL + 100, NOW, State.DOWN)
    )
    write(ledger, "dinkes/backup", (START, CELL + 60, State.DEGRADED), (CELL + 60, NOW, State.DOWN))
    found = cells(read(ledger, TWO).offices["dinkes"].day)
    assert found == {"up": dict.fromkeys(range(47), CELL_SECONDS) | {47: 60}, "down": {47: NOW - CELL - 60}}


def test_an_office_is_unmeasured_where_no_link_is_measured_and_any_is_settled(ledger: Ledger) -> None:
    write(ledger, "dinkes/primary", (START, CELL, State.UP), (CELL + 100, CELL + 200, State.UP))
    write(ledger, "dinkes/backup", (CELL, CELL + 40, State.DOWN), (CELL + 40, CELL + 250, State.UNMEASURED))
    last = {state: found.get(47) for state, found in cells(read(ledger, TWO).offices["dinkes"].day).items()}
    assert last == {"up": 100, "down": 40, "unmeasured": 60 + 50}


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_day_on_which_the_clocks_change_has_its_own_length(ledger: Ledger, day: str, hours: int) -> None:
    begin = int(datetime.fromisoformat(day).replace(tzinfo=BERLIN).timestamp())
    write(ledger, "dinkes/primary", (begin - 9 * DAY, begin + 4 * DAY, State.UP))
    organisation = replace(ONE.organisation, timezone=BERLIN)
    days = read(ledger, replace(ONE, organisation=organisation), begin + 3 * DAY).links["dinkes/primary"].days
    number = days.edges.index(begin)
    assert [days.seconds[State.UP][n] // 3_600 for n in (number - 1, number, number + 1)] == [24, hours, 24]


class Counted(Ledger):
    """A ledger that tells from when on each link was read."""

    asked: dict[str, int]

    def spans(self, target: str, start: int, end: int) -> tuple[Span, ...]:
        self.asked[target] = start
        return super().spans(target, start, end)


@pytest.fixture
def counted(tmp_path: Path) -> Iterator[Counted]:
    with Counted.create(tmp_path / "counted.sqlite3") as opened:
        opened.asked = {}
        yield opened


def test_finished_days_are_read_once(counted: Counted) -> None:
    histories = Histories()
    write(counted, "dinkes/primary", (MIDNIGHT - 100 * DAY, NOW, State.UP))
    first = histories.read(counted, ONE, NOW)
    assert counted.asked["dinkes/primary"] == local_days(NOW, JAKARTA)[0]
    assert histories.read(counted, ONE, NOW) == first
    assert counted.asked["dinkes/primary"] == START


def test_a_new_day_moves_what_is_kept_and_equals_what_is_read_anew(counted: Counted) -> None:
    histories, down = Histories(), (MIDNIGHT - 30 * DAY - 5, MIDNIGHT - 30 * DAY + 7, State.DOWN)
    write(counted, "dinkes/primary", (MIDNIGHT - 100 * DAY, down[0], State.UP), down, (down[1], NOW, State.UP))
    for number in range(1, 4):
        histories.read(counted, ONE, NOW + (number - 1) * DAY)
        write(counted, "dinkes/primary", (NOW + (number - 1) * DAY, NOW + number * DAY, State.UP))
        later = NOW + number * DAY
        assert histories.read(counted, ONE, later) == Histories().read(counted, ONE, later)


def test_what_comes_late_after_midnight_still_reaches_its_day(counted: Counted) -> None:
    histories, tomorrow = Histories(), MIDNIGHT + DAY
    write(counted, "dinkes/primary", (MIDNIGHT - DAY, tomorrow - 300, State.UP))
    assert cells(histories.read(counted, ONE, tomorrow + 60).links["dinkes/primary"].days)["up"][88] == DAY - 300
    write(counted, "dinkes/primary", (tomorrow - 300, tomorrow + 90, State.DOWN))
    found = cells(histories.read(counted, ONE, tomorrow + 120).links["dinkes/primary"].days)
    assert (found["up"][88], found["down"]) == (DAY - 300, {88: 300, 89: 90})


def test_a_link_that_nobody_measures_any_more_is_read_from_where_it_was_left(counted: Counted) -> None:
    write(counted, "dinkes/primary", (MIDNIGHT - 100 * DAY, NOW, State.UP))
    write(counted, "dinkes/backup", (MIDNIGHT - 100 * DAY, MIDNIGHT - 50 * DAY, State.UP))
    histories = Histories()
    first = histories.read(counted, TWO, NOW)
    assert histories.read(counted, TWO, NOW) == first
    assert counted.asked["dinkes/primary"] == MIDNIGHT - 50 * DAY


def test_a_clock_that_goes_back_begins_anew(counted: Counted) -> None:
    histories = Histories()
    write(counted, "dinkes/primary", (MIDNIGHT - 100 * DAY, NOW, State.UP))
    histories.read(counted, ONE, NOW)
    earlier = NOW - 3 * DAY
    assert histories.read(counted, ONE, earlier) == Histories().read(counted, ONE, earlier)


@pytest.mark.parametrize(
    "changed",
    [
        make_inventory(make_link(valid_from=date(2026, 1, 9))),
        TWO,
        replace(ONE, organisation=replace(ONE.organisation, timezone=BERLIN)),
    ],
)
def test_a_reload_that_decides_otherwise_begins_anew(counted: Counted, changed: Inventory) -> None:
    histories = Histories()
    write(counted, "dinkes/primary", (MIDNIGHT - 100 * DAY, NOW, State.UP))
    histories.read(counted, ONE, NOW)
    assert histories.read(counted, changed, NOW) == Histories().read(counted, changed, NOW)
    assert counted.asked["dinkes/primary"] == local_days(NOW, changed.organisation.timezone)[0]


def test_a_reload_of_anything_else_keeps_what_is_read(counted: Counted) -> None:
    histories = Histories()
    write(counted, "dinkes/primary", (MIDNIGHT - 100 * DAY, NOW, State.UP))
    histories.read(counted, ONE, NOW)
    histories.read(counted, make_inventory(make_link(address="192.0.2.77", provider="lain")), NOW)
    assert counted.asked["dinkes/primary"] == START


def test_an_office_that_is_gone_is_forgotten(counted: Counted) -> None:
    histories = Histories()
    write(counted, "dinkes/primary", (MIDNIGHT - 100 * DAY, NOW, State.UP))
    histories.read(counted, ONE, NOW)
    assert histories.read(counted, make_inventory(make_link("disdik")), NOW).offices.keys() == {"disdik"}
    histories.read(counted, ONE, NOW)
    assert counted.asked["dinkes/primary"] == local_days(NOW, JAKARTA)[0]


SPANS = st.lists(st.tuples(st.integers(0, 90_000), st.integers(1, 200_000), st.sampled_from(State)), max_size=30)


def placed(parts: Sequence[tuple[int, int, State]], at: int) -> tuple[Span, ...]:
    spans = []
    for gap, seconds, state in parts:
        spans.append(Span(at + gap, at + gap + seconds, state))
        at += gap + seconds
    return tuple(spans)


@given(SPANS, st.sampled_from([half_hours(NOW), local_days(NOW, JAKARTA), local_days(NOW, BERLIN)]))
def test_the_cells_hold_each_second_once(parts: list[tuple[int, int, State]], edges: tuple[int, ...]) -> None:
    spans = placed(parts, edges[0] - 20_000)
    found = spread(spans, edges)
    for number, (low, high) in enumerate(pairwise(edges)):
        inside = list(clip(spans, low, high))
        assert [found[state][number] for state in State] == [total(inside, state) for state in State]


@given(SPANS)
def test_an_office_of_one_link_is_what_the_algebra_of_offices_says(parts: list[tuple[int, int, State]]) -> None:
    edges = local_days(NOW, JAKARTA)
    spans = placed(parts, edges[0])
    whole = timeline([spans])
    covered = union((span.start, span.end) for span in spans)
    silent = length(subtract(covered, union((span.start, span.end) for span in whole)))
    found = of_one(spread(spans, edges))
    assert {state: sum(of) for state, of in found.items()} == {
        State.UP: total(whole, State.UP),
        State.DEGRADED: 0,
        State.DOWN: total(whole, State.DOWN),
        State.UNMEASURED: silent,
    }


@settings(max_examples=20, deadline=None)
@given(st.tuples(SPANS, SPANS), st.lists(st.integers(0, 2 * DAY), max_size=6))
def test_however_often_it_is_read_meanwhile_the_past_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, parts: Sequence[list[tuple[int, int, State]]], waits: list[int]
) -> None:
    path = tmp_path_factory.mktemp("kept") / "ledger.sqlite3"
    timelines = [placed(of, MIDNIGHT - 5 * DAY) for of in parts]
    histories, now, written = Histories(), MIDNIGHT - 4 * DAY, [MIDNIGHT - 5 * DAY] * 2
    with Ledger.create(path) as ledger:
        for wait in [*waits, 9 * DAY]:
            now += wait
            for place, link in enumerate(("dinkes/primary", "dinkes/backup")):
                settled = list(clip(timelines[place], written[place], now))
                write(ledger, link, *((of.start, of.end, of.state) for of in settled))
                written[place] = now
            kept = histories.read(ledger, TWO, now)
        assert kept == Histories().read(ledger, TWO, now)


def test_a_reading_that_is_given_up_leaves_nothing_half_kept(counted: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    histories, both = Histories(), make_inventory(make_link(), make_link("disdik"))
    for link in ("dinkes/primary", "disdik/primary"):
        write(counted, link, (MIDNIGHT - 100 * DAY, NOW, State.UP))
    with monkeypatch.context() as patched:
        patched.setattr(counted, "spans", failing(counted.spans, "disdik/primary"))
        with pytest.raises(RuntimeError):
            histories.read(counted, both, NOW)
    assert histories.read(counted, both, NOW) == Histories().read(counted, both, NOW)


def failing(read_spans: Callable[..., tuple[Span, ...]], link: str) -> Callable[..., tuple[Span, ...]]:
    def spans(target: str, *rest: int) -> tuple[Span, ...]:
        if target == link:
            raise RuntimeError
        return read_spans(target, *rest)

    return spans
