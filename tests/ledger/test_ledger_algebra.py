from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from ledger_batches import BEGAN, DAY, batch, judged_steps, put, seconds

from exporter.ledger import Batch, Ledger
from exporter.linkstate import Step
from exporter.timeline import Outage, Span, State, merge

TARGETS = ("a/b", "pop-ciruas")
EVER = (0, BEGAN + 10**6)


@contextmanager
def new_ledger() -> Iterator[Ledger]:
    with tempfile.TemporaryDirectory() as folder, Ledger.create(Path(folder) / "ledger.sqlite3") as ledger:
        yield ledger


def everything(ledger: Ledger) -> object:
    """Return all that readers may ask for of the targets."""
    sketches = [ledger.sketch(target, DAY, DAY) for target in TARGETS]
    return (
        [(ledger.spans(t, *EVER), ledger.outages(t, *EVER), ledger.bridged(t, *EVER)) for t in TARGETS],
        [(sketch.counts, sketch.lost) for sketch in sketches],
        [ledger.seconds(target) for target in TARGETS],
        (ledger.restore(), ledger.settled(), ledger.links(*EVER), ledger.all_outages(100)),
    )


@given(st.tuples(judged_steps, judged_steps), st.sets(st.integers(0, 120)), st.sets(st.integers(0, 120)))
def test_batches_split_in_any_way_give_what_one_batch_gives(
    steps: tuple[list[Step], list[Step]], cuts: set[int], failed: set[int]
) -> None:
    order = [(target, step) for target, its in zip(TARGETS, steps, strict=True) for step in its]
    with new_ledger() as at_once, new_ledger() as split:
        whole, part = Batch(), Batch()
        for number, (target, step) in enumerate(order):
            put(whole, target, step)
            newer = Batch()
            put(newer, target, step)
            part.absorb(newer)
            if number in cuts and number not in failed:
                split.write(part)
                part = Batch()
        at_once.write(whole)
        split.write(part)
        assert everything(split) == everything(at_once)
        assert (split.verify(), split.overlaps) == ([], 0)


@given(judged_steps, st.sets(st.integers(0, 60)))
def test_sums_are_those_of_the_timeline_after_every_batch_and_never_fall(steps: list[Step], cuts: set[int]) -> None:
    with new_ledger() as ledger:
        part, before = Batch(), dict.fromkeys(State, 0)
        for number, step in enumerate(steps):
            put(part, "a/b", step)
            if number in cuts:
                ledger.write(part)
                part = Batch()
            now, written = ledger.seconds("a/b"), list(seconds(ledger.spans("a/b", *EVER)).values())
            assert now == {state: written.count(state) for state in State}
            assert all(now[state] >= before[state] for state in State)
            before = now


@given(st.lists(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 5), st.sampled_from(State)), max_size=5)))
def test_any_row_of_batches_reads_back_as_one_merged_timeline(batches: list[list[tuple[int, int, State]]]) -> None:
    with new_ledger() as ledger:
        position, whole = 0, []
        for parts in batches:
            spans = []
            for gap, length, state in parts:
                spans.append(Span(position + gap, position + gap + length, state))
                position += gap + length
            whole += spans
            ledger.write(batch("a/b", *spans))
        assert ledger.spans("a/b", 0, position + 1) == tuple(merge(whole))
        for start in range(0, position, 3):
            touching = tuple(span for span in merge(whole) if span.start < start + 4 and span.end > start)
            assert ledger.spans("a/b", start, start + 4) == touching
        assert ledger.verify() == []


@given(judged_steps, st.integers(8, 20), st.sets(st.integers(0, 60)))
def test_what_is_dropped_for_want_of_room_is_unmeasured_and_never_wrong(
    steps: list[Step], limit: int, cuts: set[int]
) -> None:
    true_spans, true_outages = Batch(), {}
    with new_ledger() as ledger:
        held = Batch(limit)
        for number, step in enumerate(steps):
            put(true_spans, "a/b", step)
            put(held, "a/b", step)
            if step.outage is not None:
                true_outages[step.outage.started_at] = step.outage
            assert len(held.spans.get("a/b", ())) + len(held.bridged.get("a/b", ())) <= limit
            if number in cuts:
                ledger.write(held)
                held = Batch(limit)
        ledger.write(held)
        true = seconds(tuple(Span(s.start, s.end, s.state) for s in true_spans.spans.get("a/b", ())))
        written = seconds(ledger.spans("a/b", *EVER))
        assert written.items() <= true.items()
        assert set(ledger.outages("a/b", *EVER)) <= set(true_outages.values())
        assert ledger.verify() == []


def test_what_is_dropped_is_counted_and_the_fullest_target_pays() -> None:
    held = Batch(limit=20)
    held.add("c/d", [Span(0, 1000, State.UP)], None)
    for at in range(30):
        held.add(
            "a/b", [Span(at, at + 1, (State.UP, State.DOWN)[at % 2])], Outage(at, at + 1, at + 1) if at % 2 else None
        )
    kept = held.seconds()
    assert (kept["c/d"], kept["a/b"] + held.dropped_seconds) == (1000, 30)
    assert 5 <= len(held.spans["a/b"]) < 20
