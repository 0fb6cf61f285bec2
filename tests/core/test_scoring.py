from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from exporter import inventory, scoring
from exporter.lab import plan, scenario
from exporter.lab.fast_motion import record
from exporter.lab.scenario import Kind
from exporter.lab.truth import Fact, Header, Truth, fingerprint, stretches
from exporter.ledger import Batch, Ledger
from exporter.model import Cause, Icmp
from exporter.replay import replay
from exporter.scoring import Row, Score, Tally, Unmeasured
from exporter.scoring.causes import Explained
from exporter.scoring.comparing import Seen, compare
from exporter.scoring.expected import expected
from exporter.timeline import Outage, Span, State

TEXT = """\
organisation: {name: "Kabupaten Uji", timezone: Asia/Jakarta}
references: [{name: gateway, address: 198.18.0.1}, {name: dns, address: 198.18.0.2}]
providers: {satu: {name: "PT Satu"}}
nodes: {pop: {name: "POP", address: 198.18.1.1, provider: satu}}
offices:
  - code: dinkes
    name: "Dinas Kesehatan"
    district: Ciruas
    links:
      - {name: primary, address: 198.18.10.1, provider: satu, parent: pop, contract: {download: 100Mbps}}
  - code: setda
    name: "Sekretariat Daerah"
    district: Ciruas
    links:
      - {name: primary, address: 198.18.11.1, provider: satu, contract: {download: 100Mbps}}
"""
DISTRICT = inventory.parse(TEXT, "inventory.yaml")
ONE = replace(DISTRICT, nodes={}, offices={"setda": DISTRICT.offices["setda"]})
LINK = "setda/primary"
T = 1_770_000_000
UP, DEGRADED, DOWN, UNMEASURED = State.UP, State.DEGRADED, State.DOWN, State.UNMEASURED
HEADER = Header("uji", 7, fingerprint(TEXT), float(T))
ICMP = Icmp()


def cut(low: float, high: float | None) -> Fact:
    return Fact(LINK, Kind.CUT, T + low, None if high is None else T + high, Cause.LINK, (LINK,))


def isolated(low: float, high: float) -> Fact:
    return Fact("monitor", Kind.ISOLATE, T + low, T + high)


def killed(low: float, high: float | None) -> Fact:
    return Fact("monitor", Kind.KILL, T + low, None if high is None else T + high)


def spans(*ends: tuple[int, State]) -> tuple[Span, ...]:
    """A timeline from the start on, by where each state ends."""
    starts = [0, *(end for end, _ in ends)]
    return tuple(Span(T + start, T + end, state) for start, (end, state) in zip(starts, ends, strict=False))


def outage(low: int, high: int | None) -> Outage:
    return Outage(T + low, T + low + 10, None if high is None else T + high)


def tally(facts: Iterable[Fact], seen: Sequence[Span], *outages: Outage, seconds: float = 200) -> Tally:
    """The score of one link: its truth so long, beside what a ledger holds."""
    counted = Tally()
    due = expected(stretches(facts, T, T + seconds), ICMP)
    compare(counted, due, Seen(seen, outages), ICMP, (T, T + seconds))
    return counted


def found(counted: Tally) -> tuple[int, int, int, int]:
    return counted.outages, counted.found, counted.missed, counted.invented


# Outages and edges


def test_an_outage_that_both_have_is_found_with_the_errors_of_its_edges() -> None:
    counted = tally([cut(50.3, 80.6)], spans((50, UP), (81, DOWN), (200, UP)), outage(50, 81))

    assert found(counted) == (1, 1, 0, 0)
    assert (counted.onsets.errors, counted.onsets.right) == ([0.3], 1)
    assert (counted.ends.errors, counted.ends.right) == ([0.4], 1)


def test_an_outage_that_the_ledger_does_not_have_is_missed() -> None:
    counted = tally([cut(50, 80)], spans((200, UP)))

    assert found(counted) == (1, 0, 1, 0)
    assert (counted.onsets.errors, counted.ends.errors) == ([], [])


def test_an_outage_that_only_the_ledger_has_is_invented() -> None:
    assert found(tally([], spans((50, UP), (80, DOWN), (200, UP)), outage(50, 80))) == (0, 0, 0, 1)


def test_a_late_edge_is_an_error_of_so_many_seconds_and_not_right() -> None:
    counted = tally([cut(50.5, 80.5)], spans((57, UP), (93, DOWN), (200, UP)), outage(57, 93))

    assert found(counted) == (1, 1, 0, 0)
    assert (counted.onsets.errors, counted.onsets.right) == ([6.5], 0)
    assert (counted.ends.errors, counted.ends.right) == ([12.5], 0)


def test_a_blip_must_be_no_outage() -> None:
    blip = [cut(50, 58)]

    assert (tally(blip, spans((200, UP))).blips, found(tally(blip, spans((200, UP))))) == (1, (0, 0, 0, 0))
    assert found(tally(blip, spans((200, UP)), outage(50, 58))) == (0, 0, 0, 1)


@pytest.mark.parametrize(("seconds", "outages"), [(9.0, 0), (10.0, 1)])
def test_ten_slots_without_an_answer_are_an_outage_and_nine_are_none(seconds: float, outages: int) -> None:
    assert tally([cut(50, 50 + seconds)], spans((200, UP))).outages == outages


def test_between_nine_and_ten_slots_either_is_right() -> None:
    either = [cut(50.5, 60)]

    without, within = tally(either, spans((200, UP))), tally(either, spans((200, UP)), outage(50, 60))
    assert found(without) == found(within) == (0, 0, 0, 0)
    assert without.undecided == within.undecided == 1
    assert within.onsets.errors == [0.5]


def test_an_outage_in_two_pieces_is_found_once_and_invented_once() -> None:
    counted = tally([cut(50, 120)], spans((200, UP)), outage(50, 70), outage(90, 120))

    assert found(counted) == (1, 1, 0, 1)
    assert (counted.onsets.errors, counted.ends.errors) == ([0.0], [0.0])


def test_two_outages_that_the_ledger_has_as_one_are_found_once_and_missed_once() -> None:
    assert found(tally([cut(50, 70), cut(90, 120)], spans((200, UP)), outage(50, 120))) == (2, 1, 1, 0)


def test_a_pause_shorter_than_the_rule_does_not_end_an_outage() -> None:
    counted = tally([cut(50, 70), cut(78, 98)], spans((50, UP), (98, DOWN), (200, UP)), outage(50, 98))

    assert found(counted) == (1, 1, 0, 0)
    assert (counted.onsets.errors, counted.ends.errors) == ([0.0], [0.0])
    assert counted.seconds[Row.LULL, DOWN] == 8


def test_a_pause_of_nearly_the_rules_length_may_end_it_or_not() -> None:
    pause = [cut(50, 70), cut(79.5, 100)]

    as_one = tally(pause, spans((200, UP)), outage(50, 100))
    as_two = tally(pause, spans((200, UP)), outage(50, 70), outage(79, 100))
    assert found(as_one) == found(as_two) == (1, 1, 0, 0)
    assert as_two.ends.errors == [0.0, 0.0]


def test_an_answer_too_short_for_an_echo_may_make_one_outage_of_two_blips() -> None:
    blips = [cut(50, 56), cut(56.5, 62.5)]

    assert found(tally(blips, spans((200, UP)))) == (0, 0, 0, 0)
    assert found(tally(blips, spans((200, UP)), outage(50, 63))) == (0, 0, 0, 0)


def test_a_silence_too_short_for_an_echo_may_leave_an_outage_ended_before_it() -> None:
    facts = [cut(50, 70), cut(77, 77.1)]

    before, after = tally(facts, spans((200, UP)), outage(50, 70)), tally(facts, spans((200, UP)), outage(50, 78))
    assert found(before) == found(after) == (1, 1, 0, 0)
    assert (before.ends.errors, after.ends.errors) == ([0.0], [0.9])


def test_an_outage_that_stays_open_though_it_ended_is_told() -> None:
    counted = tally([cut(50, 80)], spans((50, UP), (200, DOWN)), outage(50, None))

    assert (found(counted), counted.ends_unseen, counted.ends.errors) == ((1, 1, 0, 0), 1, [])


def test_an_outage_that_lasts_to_the_end_may_be_open() -> None:
    counted = tally([cut(50, None)], spans((50, UP), (200, DOWN)), outage(50, None))

    assert (found(counted), counted.ends_unseen, counted.ends.errors) == ((1, 1, 0, 0), 0, [])


def test_an_outage_that_begins_just_before_the_end_is_not_expected_yet() -> None:
    assert found(tally([cut(185, None)], spans((185, UP)))) == (0, 0, 0, 0)


def test_outages_before_the_truth_are_not_its_business() -> None:
    assert found(tally([], spans((200, UP)), outage(-90, -20))) == (0, 0, 0, 0)


def test_errors_are_ranked_by_nearest_rank() -> None:
    edges = scoring.Edges()
    for error in range(200, 0, -1):
        edges.add(error / 100, 1)

    assert (edges.median, edges.p99, edges.maximum, edges.right) == (1.0, 1.98, 2.0, 100)
    assert (scoring.Edges().median, scoring.Edges().p99, scoring.Edges().maximum) == (None, None, None)


# The monitor cut off, or not running


def test_an_outage_goes_on_while_the_monitor_is_cut_off() -> None:
    counted = tally(
        [cut(40, 120), isolated(60, 90)],
        spans((40, UP), (57, DOWN), (91, UNMEASURED), (120, DOWN), (200, UP)),
        outage(40, 120),
    )

    assert found(counted) == (1, 1, 0, 0)
    assert (counted.onsets.errors, counted.ends.errors) == ([0.0], [0.0])
    assert counted.unmeasured == Unmeasured(cut_off=30, beside_cut_off=4)


def test_an_end_that_nobody_saw_is_due_when_the_monitor_sees_again() -> None:
    counted = tally(
        [cut(40, 80), isolated(60, 90)],
        spans((40, UP), (57, DOWN), (90, UNMEASURED), (200, UP)),
        outage(40, 90),
    )

    assert (found(counted), counted.ends.errors) == ((1, 1, 0, 0), [0.0])


def test_an_onset_that_nobody_saw_is_due_when_the_monitor_sees_again() -> None:
    facts = [isolated(60, 90), cut(80, 130)]

    counted = tally(facts, spans((60, UP), (91, UNMEASURED), (130, DOWN), (200, UP)), outage(91, 130))
    early = tally(facts, spans((60, UP), (80, UNMEASURED), (130, DOWN), (200, UP)), outage(80, 130))
    assert (found(counted), counted.onsets.errors, counted.charged_while_cut_off) == ((1, 1, 0, 0), [0.0], 0)
    assert (found(early), early.onsets.errors, early.charged_while_cut_off) == ((1, 1, 0, 0), [10.0], 10)


def test_down_time_while_the_monitor_was_cut_off_is_charged_to_the_second() -> None:
    counted = tally([isolated(60.5, 90.5)], spans((60, UP), (91, DOWN), (200, UP)), outage(60, 91))

    assert (found(counted), counted.charged_while_cut_off) == ((0, 0, 0, 1), 29)
    assert counted.seconds == {(Row.AVAILABLE, UP): 169, (Row.CUT_OFF, DOWN): 29, (Row.EDGE, DOWN): 2}
    assert counted.seconds_wrong == 29


def test_time_that_only_the_ledger_has_as_unmeasured_is_unexplained() -> None:
    counted = tally([], spans((100, UP), (130, UNMEASURED), (200, UP)))

    assert counted.unmeasured == Unmeasured(unexplained=30)
    assert (counted.seconds_right, counted.seconds_wrong) == (170, 0)


def test_a_kill_explains_what_it_cost_before_and_after() -> None:
    counted = tally(
        [cut(40, 150), killed(60, 80)],
        (Span(T, T + 40, UP), Span(T + 40, T + 52, DOWN), Span(T + 83, T + 150, DOWN), Span(T + 150, T + 200, UP)),
        outage(40, 150),
    )

    assert found(counted) == (1, 1, 0, 0)
    assert counted.unmeasured == Unmeasured(before_a_kill=8, not_running=20, after_a_start=3)


def test_an_outage_that_a_kill_hid_before_it_was_written_may_begin_after_the_start() -> None:
    facts = [cut(45, 150), killed(60, 80)]

    late = tally(facts, spans((200, UP)), outage(84, 150))
    whole = tally(facts, spans((200, UP)), outage(45, 150))
    assert found(late) == found(whole) == (1, 1, 0, 0)
    assert (late.onsets.errors, whole.onsets.errors) == ([0.0], [0.0])


def test_an_outage_of_which_being_cut_off_masks_the_tenth_slot_may_begin_after_it() -> None:
    facts = [cut(47, 150), isolated(60, 90)]

    late = tally(facts, spans((200, UP)), outage(91, 150))
    whole = tally(facts, spans((200, UP)), outage(47, 150))
    assert found(late) == found(whole) == (1, 1, 0, 0)
    assert (late.onsets.errors, whole.onsets.errors) == ([0.0], [0.0])


def test_an_outage_that_ends_soon_after_a_start_may_be_seen_or_not() -> None:
    facts = [cut(70, 95), killed(60, 80)]

    without, within = tally(facts, spans((200, UP))), tally(facts, spans((200, UP)), outage(84, 95))
    assert found(without) == found(within) == (0, 0, 0, 0)


def test_what_is_settled_last_is_missing_at_the_end() -> None:
    counted = tally([], spans((180, UP)))

    assert counted.unmeasured == Unmeasured(tail=20)
    assert tally([], spans((100, UP))).unmeasured == Unmeasured(tail=24, unexplained=76)


def test_the_first_seconds_are_the_monitors_start() -> None:
    assert tally([], (Span(T + 12, T + 200, UP),)).unmeasured == Unmeasured(after_a_start=10, unexplained=2)


# Seconds by state


def test_each_second_is_counted_by_what_was_so_and_what_the_ledger_says() -> None:
    impaired = Fact(LINK, Kind.DEGRADE, T + 100, T + 150, None, (LINK,))

    counted = tally(
        [cut(20, 25), cut(50.5, 80.5), impaired],
        spans((51, UP), (78, DOWN), (120, UP), (150, DEGRADED), (200, UP)),
        outage(51, 78),
    )

    assert counted.seconds == {
        (Row.AVAILABLE, UP): 20 + 25 + 19 + 50,
        (Row.BLIP, UP): 5,
        (Row.DOWN, DOWN): 27,
        (Row.DOWN, UP): 2,
        (Row.IMPAIRED, UP): 20,
        (Row.IMPAIRED, DEGRADED): 30,
        (Row.EDGE, UP): 2,
    }
    assert (counted.seconds_right, counted.seconds_wrong) == (196, 2)


# The whole


def written(folder: Path, seen: dict[str, tuple[tuple[Span, ...], tuple[Outage, ...]]]) -> Ledger:
    ledger = Ledger.create(folder / "ledger.sqlite3")
    batch = Batch()
    for target, (its, outages) in seen.items():
        batch.add(target, its, None)
        for each in outages:
            batch.add(target, (), each)
    ledger.write(batch)
    return ledger


def small(folder: Path) -> Score:
    truth = Truth(HEADER, (cut(50.25, 80.5), isolated(120, 150)), T + 200.0)
    seen = spans((50, UP), (81, DOWN), (120, UP), (150, UNMEASURED), (200, UP))
    with written(folder, {LINK: (seen, (outage(50, 81),))}) as ledger:
        return scoring.score(truth, ledger, ONE, fingerprint(TEXT))


def test_a_score_is_read_in_a_terminal(tmp_path: Path) -> None:
    assert scoring.as_text(small(tmp_path)) == (
        """\
uji, seed 7: 200 s, 2026-02-02 02:40:00 to 2026-02-02 02:43:20 UTC
monitor cut off 30 s, not running 0 s

                                         links       nodes
links, nodes                                 1           0
outages of the truth                         1           0
  found                                      1           0
  missed                                     0           0
  invented                                   0           0
  undecided by the rule                      0           0
  left open, though ended                    0           0
blips, which are no outages                  0           0

causes of links' ended outages           right     unknown       wrong     not yet
  by their evidence                          0           0           0           1
last hops of their paths                 right        none       wrong
  traced while they were down                0           0           0

edges                                   number       right      median         p99         max
onsets of links                              1           1     0.250 s     0.250 s     0.250 s
ends of links                                1           1     0.500 s     0.500 s     0.500 s
onsets of nodes                              0           0           -           -           -
ends of nodes                                0           0           -           -           -

seconds of links: truth \\ ledger            up    degraded        down  unmeasured
  available                                139           0           0           0
  down                                       0           0          29           0
  cut off                                    0           0           0          30
  edge                                       0           0           2           0
  right                                    198
  wrong                                      0
  unmeasured, cut off                       30
  unmeasured, unexplained                    0

seconds of nodes: truth \\ ledger            up    degraded        down  unmeasured
  right                                      0
  wrong                                      0
  unmeasured, unexplained                    0

charged while cut off (must be 0)          0 s
"""
    )


def test_what_matters_most_of_a_score_is_a_sentence(tmp_path: Path) -> None:
    assert scoring.as_sentence(small(tmp_path)) == (
        "Against the truth of 200 s: 1 of 1 outages found, 0 invented; 2 of 2 edges within a slot, the worst by "
        "0.50 s; 0 s charged while the monitor was cut off."
    )


def test_where_no_outage_had_to_be_found_the_sentence_says_so(tmp_path: Path) -> None:
    with written(tmp_path, {LINK: (spans((200, UP)), ())}) as ledger:
        score = scoring.score(Truth(HEADER, (cut(50, 53),), T + 200.0), ledger, ONE)
    assert scoring.as_sentence(score) == (
        "Against the truth of 200 s: no outage that had to be found, 0 invented; 0 s charged while the monitor was "
        "cut off."
    )


def test_a_score_is_json_too(tmp_path: Path) -> None:
    document = json.loads(json.dumps(scoring.as_json(small(tmp_path))))
    links = document.pop("links")

    assert document.pop("nodes")["targets"] == 0
    assert document == {
        "scenario": "uji",
        "seed": 7,
        "start": float(T),
        "end": T + 200.0,
        "same_inventory": True,
        "cut_off_seconds": 30.0,
        "not_running_seconds": 0,
        "charged_while_cut_off_seconds": 0,
    }
    assert links["onsets"] == {
        "count": 1,
        "right": 1,
        "median_seconds": 0.25,
        "p99_seconds": 0.25,
        "max_seconds": 0.25,
    }
    assert links["seconds"] == {
        "available": {"up": 139, "degraded": 0, "down": 0, "unmeasured": 0},
        "down": {"up": 0, "degraded": 0, "down": 29, "unmeasured": 0},
        "cut off": {"up": 0, "degraded": 0, "down": 0, "unmeasured": 30},
        "edge": {"up": 0, "degraded": 0, "down": 2, "unmeasured": 0},
    }
    assert links["explained"] == asdict(Explained(waiting=1))


def test_an_inventory_that_is_not_the_truths_is_told(tmp_path: Path) -> None:
    with written(tmp_path, {LINK: (spans((200, UP)), ())}) as ledger:
        score = scoring.score(Truth(HEADER, (), T + 200.0), ledger, ONE, "another")

    assert score.is_same_inventory is False
    assert "the ledger's inventory is NOT the truth's" in scoring.as_text(score)


def test_a_truth_that_ended_at_once_scores_nothing(tmp_path: Path) -> None:
    with written(tmp_path, {LINK: (spans((200, UP)), ())}) as ledger:
        score = scoring.score(Truth(HEADER, (), float(T)), ledger, ONE)

    assert (found(score.links), score.links.seconds) == ((0, 0, 0, 0), {})


# Properties: a ledger that the monitor's own judges made from the truth, and what is wrong with one that was changed

lengths = st.integers(200, 6000).map(lambda hundredths: f"{hundredths * 10}ms")
long_lengths = st.integers(1000, 6000).map(lambda hundredths: f"{hundredths * 10}ms")
moments = st.integers(2000, 40000).map(lambda hundredths: f"{hundredths * 10}ms")
events = st.one_of(
    st.builds("{{at: {}, cut: {}, for: {}}}".format, moments, st.sampled_from(["dinkes/primary", LINK]), lengths),
    st.builds("{{at: {}, fail: pop, for: {}}}".format, moments, lengths),
    st.builds("{{at: {}, flap: setda, for: {}, period: 17s, down: 60%}}".format, moments, long_lengths),
    st.builds("{{at: {}, isolate: monitor, for: {}}}".format, moments, long_lengths),
    st.builds("{{at: {}, kill: monitor, for: {}}}".format, moments, long_lengths),
)
scenarios = st.lists(events, max_size=6).map(lambda listed: f"events: [{', '.join(listed)}]")
SECONDS = 500


def judged(folder: Path, text: str, seed: int, begin: float) -> tuple[Truth, Ledger]:
    """The truth of a scenario, and the ledger that `replay` makes of what was to be seen of it."""
    what = scenario.parse(text, "uji.yaml", DISTRICT)
    observations = io.StringIO()
    header = Header("uji", seed, fingerprint(TEXT), T + begin)
    truth = record(plan.episodes(what, DISTRICT, seed), DISTRICT, header, SECONDS, observations, io.StringIO())
    ledger = Ledger.create(folder / "ledger.sqlite3")
    replay(observations.getvalue().splitlines(), "seen.jsonl", DISTRICT, TEXT, ledger, "1.0")
    return truth, ledger


begins = st.integers(0, 999).map(lambda thousandths: thousandths / 1000)


@settings(max_examples=60, deadline=None)
@given(scenarios, st.integers(0, 1000), begins)
def test_a_ledger_made_from_the_truth_scores_perfectly(
    tmp_path_factory: pytest.TempPathFactory, text: str, seed: int, begin: float
) -> None:
    truth, ledger = judged(tmp_path_factory.mktemp("scored"), text, seed, begin)
    with ledger:
        score = scoring.score(truth, ledger, DISTRICT, fingerprint(TEXT))

    assert score.is_same_inventory
    assert score.charged_while_cut_off == 0
    for counted in (score.links, score.nodes):
        assert counted.outages == counted.found
        assert (counted.missed, counted.invented, counted.ends_unseen) == (0, 0, 0)
        assert (counted.seconds_wrong, counted.unmeasured.unexplained) == (0, 0)
        assert len(counted.onsets.errors) == counted.onsets.right
        assert len(counted.ends.errors) == counted.ends.right


def test_an_outage_of_just_the_rules_length_may_be_lost_to_a_cut_off_that_follows_it(tmp_path: Path) -> None:
    text = "events: [{at: 89260ms, fail: pop, for: 10s}, {at: 100270ms, isolate: monitor, for: 10s}]"
    truth, ledger = judged(tmp_path, text, 0, 0.0)
    with ledger:
        links = scoring.score(truth, ledger, DISTRICT).links

    assert (links.outages, links.missed, links.undecided) == (0, 0, 1)


def test_a_cut_off_that_a_kill_ends_before_it_could_be_known_is_undecided() -> None:
    facts = [isolated(50, 80), killed(51, 90)]
    counted = tally(facts, spans((51, UP), (90, UNMEASURED), (200, UP)))

    assert (counted.seconds[Row.BRIEFLY_CUT_OFF, UP], counted.seconds_wrong) == (1, 0)


@pytest.mark.parametrize("state", [UP, UNMEASURED])
def test_cut_off_for_a_moment_either_is_right_and_explained(state: State) -> None:
    counted = tally([isolated(50, 53.5)], spans((50, UP), (54, state), (200, UP)))

    assert (counted.seconds_wrong, counted.unmeasured.unexplained) == (0, 0)


def test_cut_off_for_long_enough_to_know_a_down_second_is_charged() -> None:
    counted = tally([isolated(50, 54)], spans((50, UP), (54, DOWN), (200, UP)))

    assert counted.charged_while_cut_off == 4


def plain(counted: Tally) -> dict[str, object]:
    """A tally's figures, but for those of its seconds: changed outages leave the spans as they are."""
    told = asdict(counted)
    return {key: value for key, value in told.items() if key not in {"seconds", "unmeasured"}}


two_cuts = st.tuples(
    st.integers(3000, 8000), st.integers(1500, 6000), st.integers(17000, 22000), st.integers(1500, 6000)
).map(
    lambda numbers: [
        cut(numbers[0] / 100, (numbers[0] + numbers[1]) / 100),
        cut(numbers[2] / 100, (numbers[2] + numbers[3]) / 100),
    ]
)


def seen_of(facts: Sequence[Fact]) -> list[Outage]:
    """What a ledger holds of a link that is cut now and then, its echoes leaving as slots begin."""
    edges = [(-int(-fact.from_ // 1), -int(-(fact.to or 0) // 1)) for fact in facts]
    return [Outage(start, start + 10, end) for start, end in edges]


@given(two_cuts, st.integers(0, 1))
def test_a_missing_outage_is_one_missed_and_nothing_else(facts: list[Fact], which: int) -> None:
    outages = seen_of(facts)
    whole, fewer = tally(facts, (), *outages, seconds=400), tally(facts, (), outages[which], seconds=400)

    assert plain(whole) | {
        "found": 1,
        "missed": 1,
        "onsets": asdict(fewer.onsets),
        "ends": asdict(fewer.ends),
    } == plain(fewer)
    assert fewer.onsets.errors == [whole.onsets.errors[which]]
    assert fewer.ends.errors == [whole.ends.errors[which]]


@given(two_cuts, st.integers(10, 380), st.integers(1, 100))
def test_an_invented_outage_is_one_invented_and_nothing_else(facts: list[Fact], low: int, length: int) -> None:
    assume(all(T + low + length < fact.from_ - 2 or T + low > (fact.to or 0) + 2 for fact in facts))
    outages = seen_of(facts)
    whole = tally(facts, (), *outages, seconds=500)
    more = tally(facts, (), *sorted([*outages, outage(low, low + length)], key=lambda o: o.started_at), seconds=500)

    assert plain(whole) | {"invented": 1} == plain(more)


@given(two_cuts, st.integers(0, 1), st.integers(-12, 12), st.sampled_from(["onsets", "ends"]))
def test_a_shifted_edge_is_one_error_and_nothing_else(facts: list[Fact], which: int, seconds: int, edge: str) -> None:
    outages = seen_of(facts)
    whole = tally(facts, (), *outages, seconds=400)
    shifted = list(outages)
    one = outages[which]
    if edge == "onsets":
        at, due, before = one.started_at, facts[which].from_, whole.onsets
        shifted[which] = replace(one, started_at=at + seconds)
    else:
        at, due, before = one.ended_at or 0, facts[which].to or 0.0, whole.ends
        shifted[which] = replace(one, ended_at=at + seconds)
    moved = tally(facts, (), *shifted, seconds=400)

    after: scoring.Edges = getattr(moved, edge)
    assert after.errors == [
        round(abs(at + seconds - due), 3) if place == which else error for place, error in enumerate(before.errors)
    ]
    assert plain(whole) | {edge: asdict(after)} == plain(moved)
