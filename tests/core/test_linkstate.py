from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from fractions import Fraction

import method
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from method import Rules

from exporter.linkstate import Track, advance, advance_calm, begin, close, lose_sight, miss, reconfigure
from exporter.model import Degraded, Icmp
from exporter.observation import Observation, Outcome
from exporter.timeline import Interval, Outage, Span, State, merge

OUTCOMES = {".": Outcome.REPLY, "s": Outcome.REPLY, "F": Outcome.LOST, "I": Outcome.LOST, "!": Outcome.ERROR}
LETTERS = {State.UP: "U", State.DEGRADED: "G", State.DOWN: "D", State.UNMEASURED: "X"}
WORKED = Rules(down_after=3, up_after=2, bridge=2)


def start(rules: Rules, interval: int = 60) -> Track:
    icmp = Icmp(interval, 2.0, rules.down_after, rules.up_after, rules.bridge)
    return begin(icmp, Degraded(rules.window, rules.loss, rules.rtt))


@dataclass
class Stream:
    """What the streaming judge made of a sequence, by slot number."""

    track: Track
    spans: list[Span] = field(default_factory=list)
    outages: dict[int, Outage] = field(default_factory=dict)
    bridged: list[Interval] = field(default_factory=list)

    def feed(self, slots: str, first: int = 0) -> Stream:
        interval = self.track.icmp.interval_seconds
        for number, letter in enumerate(slots, first):
            if letter == "?":
                continue
            observation = Observation(number * interval, OUTCOMES[letter], method.RTTS.get(letter))
            step = advance(self.track, observation, is_isolated=letter == "I")
            self.track = step.track
            self.spans.extend(step.spans)
            self.bridged.extend(step.bridged)
            if step.outage is not None:
                self.outages[step.outage.started_at] = step.outage
        return self

    @property
    def states(self) -> str:
        interval = self.track.icmp.interval_seconds
        assert all(a.end == b.start for a, b in itertools.pairwise(self.spans))
        return "".join(LETTERS[span.state] * (span.seconds // interval) for span in self.spans)


@pytest.mark.parametrize(("sequence", "states"), method.WORKED_SEQUENCES)
def test_a_sequence_is_classified_as_the_method_says(sequence: str, states: str) -> None:
    assert method.judged(sequence, WORKED).states == states
    seen = Stream(start(WORKED)).feed(sequence)
    before = len(sequence) - len(sequence.lstrip("?"))  # the judge begins with the first slot seen
    assert states[before:].startswith(seen.states)
    assert len(states) - before - len(seen.states) <= 1


def test_an_undecided_tail_is_not_settled() -> None:
    seen = Stream(start(WORKED)).feed("FFF.")
    assert (seen.states, seen.track.settled_until) == ("DDD", 180)
    assert seen.outages == {0: Outage(started_at=0, confirmed_at=180)}


def test_an_outage_ends_at_the_first_of_the_confirming_replies() -> None:
    seen = Stream(start(Rules(up_after=3))).feed(".FFFF.F....")
    assert seen.outages == {60: Outage(started_at=60, confirmed_at=240, ended_at=7 * 60)}


def test_an_outage_stays_open_across_a_gap() -> None:
    seen = Stream(start(WORKED, 1)).feed("FFF???????F")
    assert seen.outages == {0: Outage(started_at=0, confirmed_at=3)}
    assert (seen.track.outage, seen.track.state) == (seen.outages[0], State.DOWN)


def test_slots_while_the_monitor_was_cut_off_are_unmeasured_and_never_bridged() -> None:
    assert Stream(start(WORKED)).feed("..I..").states == "UUXUU"
    assert Stream(start(WORKED)).feed("FFI!F..").states == "UUXXUUU"


def test_what_was_bridged_is_told_once_it_is_settled() -> None:
    assert Stream(start(WORKED, 1)).feed(".!?.").bridged == [(1, 2), (2, 3)]
    assert Stream(start(WORKED, 1)).feed(".F?").bridged == []


def test_degraded_begins_with_the_slot_that_shows_it_and_ends_after_a_whole_window_without() -> None:
    rules = Rules(down_after=9, window=4, loss=Fraction(1, 4))
    assert Stream(start(rules)).feed("....FF......").states == "UUUUUGGGGGGU"
    assert method.judged("....FF......", rules).states == "UUUUUGGGGGGU"


def test_a_slow_link_is_degraded_by_its_lower_median() -> None:
    rules = Rules(window=4)
    assert Stream(start(rules)).feed("..ss").states == "UUUU"
    assert Stream(start(rules)).feed(".sss").states == "UUUG"


def test_a_slot_before_the_last_one_is_refused() -> None:
    track = advance(start(WORKED, 1), Observation(100, Outcome.REPLY)).track
    with pytest.raises(ValueError, match="slot 100 lies before 101"):
        advance(track, Observation(100, Outcome.REPLY))


def test_the_state_is_unmeasured_before_anything_is_settled() -> None:
    track = advance(start(WORKED, 1), Observation(0, Outcome.LOST)).track
    assert (track.state, track.state_since, track.settled_until) == (State.UNMEASURED, None, 0)


def test_the_states_beginning_is_backdated_to_the_first_lost_slot() -> None:
    track = Stream(start(WORKED, 1)).feed("...FFF").track
    assert (track.state, track.state_since) == (State.DOWN, 3)


def test_other_settings_end_the_undecided_run_and_keep_the_outage() -> None:
    seen = Stream(start(WORKED, 1)).feed("FFF.")
    step = reconfigure(seen.track, Icmp(down_after=5, up_after=7), seen.track.quality.rule)
    assert step.spans == (Span(3, 4, State.DOWN),)
    assert step.track.outage == seen.outages[0]
    assert step.track.icmp.up_after == 7


def test_time_that_nobody_will_measure_any_more_settles_as_unmeasured() -> None:
    seen = Stream(start(WORKED, 1)).feed("..")
    assert miss(seen.track, 2).spans == ()
    assert miss(seen.track, 10).spans == (Span(2, 10, State.UNMEASURED),)


def test_a_link_out_of_sight_keeps_its_outage_and_settles_its_run() -> None:
    seen = Stream(start(WORKED, 1)).feed("FFF.")
    step = lose_sight(seen.track, 4)
    assert step.spans == (Span(3, 4, State.DOWN),)
    assert (step.track.state, step.track.state_since, step.track.outage) == (State.UNMEASURED, 4, seen.outages[0])


def test_a_link_that_goes_ends_its_outage_where_it_is_told() -> None:
    assert close(Outage(10, 20), 30) == Outage(10, 20, 30)
    assert close(None, 30) is None
    assert close(Outage(10, 20), 5) == Outage(10, 20, 10)


def sequences(letters: str) -> st.SearchStrategy[str]:
    """Sequences in which runs of one letter are as likely as changes."""
    runs = st.tuples(st.sampled_from(letters), st.integers(min_value=1, max_value=8))
    return st.lists(runs, max_size=14).map(lambda found: "".join(letter * number for letter, number in found))


RULES = st.builds(
    Rules,
    down_after=st.integers(min_value=1, max_value=6),
    up_after=st.integers(min_value=1, max_value=6),
    bridge=st.integers(min_value=0, max_value=3),
    window=st.integers(min_value=1, max_value=8),
    loss=st.sampled_from([Fraction(0), Fraction(1, 20), Fraction(1, 4), Fraction(1, 2)]),
)


@settings(max_examples=10_000, deadline=None)
@given(sequences(".sF?!I"), RULES, st.integers(min_value=1, max_value=300))
def test_the_stream_settles_a_prefix_of_the_batch_definition(sequence: str, rules: Rules, interval: int) -> None:
    started = sequence.lstrip("?").rstrip("?")  # the judge begins and ends with a slot seen
    seen = Stream(start(rules, interval)).feed(started)
    whole = method.judged(started, rules)
    settled = len(seen.states)
    assert whole.states.startswith(seen.states)
    assert len(started) - settled <= max(rules.down_after, rules.up_after) - 1 + rules.bridge
    assert seen.bridged == [(at * interval, (at + 1) * interval) for at in whole.bridged if at < settled]
    outages = tuple(
        (began * interval, confirmed * interval, None if ended is None else ended * interval)
        for began, confirmed, ended in whole.outages
    )
    found = [(outage.started_at, outage.confirmed_at, outage.ended_at) for outage in seen.outages.values()]
    assert outages[: len(found)] == tuple(found) or (found and outages[: len(found) - 1] == tuple(found[:-1]))
    assert [(began, confirmed) for began, confirmed, _ in outages] == [(began, ok) for began, ok, _ in found]


@settings(max_examples=1_000, deadline=None)
@given(sequences(".sF?!I"), sequences(".sF?!I"), RULES, RULES)
def test_across_a_reload_each_part_is_judged_by_its_own_rules(first: str, second: str, old: Rules, new: Rules) -> None:
    """What is undecided at the reload ends as at a gap; what stands goes on."""
    first, second = first.strip("?"), second.strip("?")
    seen = Stream(start(old, 1)).feed(first)
    changed = reconfigure(seen.track, start(new, 1).icmp, start(new, 1).quality.rule)
    if changed.track.icmp == seen.track.icmp:
        return
    seen.spans.extend(changed.spans)
    seen.track = changed.track
    before = method.judged(first, old)
    assert seen.states == before.states
    seen.feed(second, len(first))
    after = method.judged(second, new, "D" if before.outages and before.outages[-1][2] is None else "U")
    assert (before.states + after.states).startswith(seen.states)
    assert len(second) - (len(seen.states) - len(first)) <= max(new.down_after, new.up_after) - 1 + new.bridge


@settings(max_examples=1_000, deadline=None)
@given(sequences(".sF?!"), st.integers(min_value=1, max_value=90), RULES)
def test_calm_slots_taken_together_are_as_many_taken_alone(before: str, count: int, rules: Rules) -> None:
    """Also with losses and slow replies in the window, as long as replies can't make the link degraded."""
    sequence = before.lstrip("?") + "." * rules.up_after
    seen = Stream(start(rules, 5)).feed(sequence)
    if not seen.track.is_calm:
        return
    alone = seen.track
    spans: list[Span] = []
    for number in range(len(sequence), len(sequence) + count):
        step = advance(alone, Observation(number * 5, Outcome.REPLY, method.QUICK))
        alone = step.track
        spans += step.spans
    together = advance_calm(seen.track, (len(sequence) + count) * 5)
    assert together.track == alone
    assert together.spans == tuple(merge(spans))


def test_a_track_that_is_not_calm_takes_no_slots_together() -> None:
    with pytest.raises(ValueError, match="calm"):
        advance_calm(Stream(start(WORKED)).feed(".F").track, 600)
