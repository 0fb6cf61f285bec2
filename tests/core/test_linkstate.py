from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.linkstate import Track, advance, close, reconfigure
from exporter.model import Icmp
from exporter.observation import Observation, Outcome
from exporter.timeline import Outage, Span, State

OUTCOMES = {".": Outcome.REPLY, "F": Outcome.LOST, "!": Outcome.ERROR}
LETTERS = {State.UP: "U", State.DOWN: "D", State.UNMEASURED: "X"}


def judge(text: str, icmp: Icmp) -> tuple[str, list[Outage], Track]:
    """Feed a sequence (`.` reply, `F` lost, `!` error, `?` nothing); return the settled states, a letter a slot."""
    interval = icmp.interval_seconds
    track, spans, outages = Track(icmp), [], {}
    for number, letter in enumerate(text):
        if letter == "?":
            continue
        step = advance(track, Observation(number * interval, OUTCOMES[letter]))
        track = step.track
        spans.extend(step.spans)
        if step.outage is not None:
            outages[step.outage.started_at] = step.outage
    states = "".join(LETTERS[span.state] * (span.seconds // interval) for span in spans)
    return states, list(outages.values()), track


def batch(text: str, down_after: int, up_after: int) -> str:
    """Return what the method's definition makes of a whole sequence: runs in measured stretches, one state standing."""
    states, standing, position = [], "U", 0
    while position < len(text):
        letter = text[position]
        end = position
        while end < len(text) and (text[end] == letter or (letter in "?!" and text[end] in "?!")):
            end += 1
        run = end - position
        if letter in "?!":
            states.append("X" * run)
        else:
            if letter == "F" and run >= down_after:
                standing = "D"
            if letter == "." and run >= up_after:
                standing = "U"
            states.append(standing * run)
        position = end
    return "".join(states)


@pytest.mark.parametrize(
    ("sequence", "states"),
    [
        ("....FF.F..FFF.FFFF.....", "UUUUUUUUUUDDDDDDDDUUUUU"),
        ("FFF???FF..", "DDDXXXDDUU"),
        ("FF?F...", "UUXUUUU"),
        (".FFF.F.F..", "UDDDDDDDUU"),
        ("FF???F..", "UUXXXUUU"),
        ("FFF.???..", "DDDDXXXUU"),
        ("FFF.???F..", "DDDDXXXDUU"),
        ("F?.", "UXU"),
        ("FFF!!FF..", "DDDXXDDUU"),
        ("..!..", "UUXUU"),
    ],
)
def test_a_sequence_is_classified_as_the_method_says(sequence: str, states: str) -> None:
    assert judge(sequence, Icmp(interval_seconds=60, down_after=3, up_after=2))[0] == states


def test_an_undecided_tail_is_not_settled() -> None:
    states, outages, track = judge("FFF.", Icmp(interval_seconds=60, down_after=3, up_after=2))
    assert (states, track.settled_until) == ("DDD", 180)
    assert outages == [Outage(started_at=0, confirmed_at=180)]


def test_an_outage_ends_at_the_first_of_the_confirming_replies() -> None:
    _, outages, _ = judge(".FFFF.F....", Icmp(interval_seconds=60, down_after=3, up_after=3))
    assert outages == [Outage(started_at=60, confirmed_at=240, ended_at=7 * 60)]


def test_a_short_run_of_replies_inside_an_outage_is_down() -> None:
    assert judge("FFF..FFF", Icmp(down_after=3, up_after=3))[0] == "DDDDDDDD"


def test_an_outage_stays_open_across_a_gap() -> None:
    _, outages, track = judge("FFF???????F", Icmp(down_after=3, up_after=3))
    assert outages == [Outage(started_at=0, confirmed_at=3)]
    assert track.outage == outages[0]
    assert track.state is State.DOWN


def test_no_run_reaches_across_a_slot_that_could_not_be_sent() -> None:
    assert judge("FF!FF.", Icmp(down_after=3, up_after=3))[0] == "UUXUUU"


def test_a_slot_before_the_last_one_is_refused() -> None:
    track = advance(Track(Icmp()), Observation(100, Outcome.REPLY)).track
    with pytest.raises(ValueError, match="slot 100 lies before 101"):
        advance(track, Observation(100, Outcome.REPLY))


def test_the_state_is_unmeasured_before_anything_is_settled() -> None:
    track = advance(Track(Icmp(down_after=3)), Observation(0, Outcome.LOST)).track
    assert (track.state, track.state_since, track.settled_until) == (State.UNMEASURED, None, 0)


def test_the_states_beginning_is_backdated_to_the_first_lost_slot() -> None:
    _, _, track = judge("...FFF", Icmp(down_after=3))
    assert (track.state, track.state_since) == (State.DOWN, 3)


def test_other_settings_end_the_undecided_run_and_keep_the_outage() -> None:
    _, outages, track = judge("FFF.", Icmp(down_after=3, up_after=2))
    step = reconfigure(track, Icmp(down_after=5, up_after=7))
    assert step.spans == (Span(3, 4, State.DOWN),)
    assert step.track.outage == outages[0]
    assert step.track.icmp.up_after == 7


def test_a_link_that_goes_ends_its_outage_where_it_is_told() -> None:
    assert close(Outage(10, 20), 30) == Outage(10, 20, 30)
    assert close(None, 30) is None
    assert close(Outage(10, 20), 5) == Outage(10, 20, 10)


@given(
    st.text(alphabet=".F?!", max_size=60),
    st.integers(min_value=1, max_value=6),
    st.integers(min_value=1, max_value=6),
    st.integers(min_value=1, max_value=300),
)
def test_the_stream_settles_a_prefix_of_the_batch_definition(
    sequence: str, down_after: int, up_after: int, interval: int
) -> None:
    states, outages, track = judge(sequence, Icmp(interval_seconds=interval, down_after=down_after, up_after=up_after))
    started = sequence.lstrip("?")
    whole = batch(started, down_after, up_after)
    assert whole.startswith(states)
    last_seen = len(started.rstrip("?"))
    assert last_seen - len(states) <= max(down_after, up_after) - 1
    assert [outage.ended_at for outage in outages[:-1] if outage.ended_at is None] == []
    assert (track.outage is not None) == (bool(outages) and outages[-1].ended_at is None)


@given(st.text(alphabet=".F?!", max_size=60), st.integers(min_value=1, max_value=4))
def test_spans_touch_and_outages_cover_exactly_the_down_seconds(sequence: str, threshold: int) -> None:
    icmp = Icmp(down_after=threshold, up_after=threshold)
    track, spans, outages = Track(icmp), [], {}
    for number, letter in enumerate(sequence):
        if letter == "?":
            continue
        step = advance(track, Observation(number, OUTCOMES[letter]))
        track = step.track
        spans.extend(step.spans)
        if step.outage is not None:
            outages[step.outage.started_at] = step.outage
    assert all(a.end == b.start for a, b in itertools.pairwise(spans))
    down = {second for span in spans if span.state is State.DOWN for second in range(span.start, span.end)}
    covered = {
        second
        for outage in outages.values()
        for second in range(outage.started_at, outage.ended_at or len(sequence) + 1)
    }
    assert down <= covered
    assert not covered & {s for span in spans if span.state is State.UP for s in range(span.start, span.end)}
