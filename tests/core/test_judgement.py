from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from isolation_method import Pinged, isolated_seconds, with_isolation
from method import QUICK, Rules, judged
from monitor_fakes import make_inventory, make_link

from exporter.isolation import Runs, quorum
from exporter.judgement import Judged, Judgement, Left, family
from exporter.model import Family, Icmp, Reference
from exporter.observation import Observation, Outcome
from exporter.timeline import Span, State

OUTCOMES = {".": Outcome.REPLY, "F": Outcome.LOST, "!": Outcome.ERROR}
LETTERS = {State.UP: "U", State.DEGRADED: "G", State.DOWN: "D", State.UNMEASURED: "X"}


@pytest.mark.parametrize(
    ("references", "demanded", "needed"), [(1, None, 1), (2, None, 2), (3, None, 2), (5, None, 3), (3, 1, 1), (2, 5, 2)]
)
def test_a_quorum_is_all_of_one_or_two_else_more_than_half(references: int, demanded: int | None, needed: int) -> None:
    assert quorum(references, demanded) == needed


def test_an_address_is_judged_in_its_own_family() -> None:
    assert family("192.0.2.1") is Family.IPV4
    assert family("2001:db8::1") is Family.IPV6
    assert family("wan.example") is Family.IPV4
    assert family("wan.example", Family.IPV6) is Family.IPV6


def test_the_latest_slot_of_runs_is_found_at_any_instant() -> None:
    runs = Runs(5, 1_000)
    for at, outcome in ((0, Outcome.REPLY), (5, Outcome.REPLY), (15, Outcome.LOST)):
        runs.add(at, outcome)
    assert runs.latest(-1) is None
    assert [runs.latest(at) for at in (4, 9, 14, 99)] == [
        (0, Outcome.REPLY),
        (5, Outcome.REPLY),
        (5, Outcome.REPLY),
        (15, Outcome.LOST),
    ]


class District:
    """A judgement fed second by second, as a monitor would that sees each slot at once."""

    def __init__(self, references: list[str], pinged: dict[str, Pinged], demanded: int | None) -> None:
        links = [
            make_link(
                name, icmp=Icmp(of.interval, float(of.timeout), of.rules.down_after, of.rules.up_after, of.rules.bridge)
            )
            for name, of in pinged.items()
        ]
        named = tuple(Reference(f"r{number}", "192.0.2.250") for number in range(len(references)))
        inventory = make_inventory(*links, references=named, reference_quorum=demanded)
        self.references, self.pinged = references, pinged
        self.judgement = Judgement(inventory)
        self.judged = {link.office: Judged(link, Left(), self.judgement.kept_seconds) for link in links}
        self.spans: dict[str, list[Span]] = {name: [] for name in pinged}

    def run(self, seconds: int) -> None:
        names = {of: name for name, of in self.judged.items()}
        witnesses = {Family.IPV4: [of.runs for of in self.judged.values()], Family.IPV6: []}
        for second in range(seconds):
            for number, slots in enumerate(self.references):
                if slots[second] != "?":
                    observation = Observation(second, OUTCOMES[slots[second]])
                    self.judgement.observe_reference(f"r{number}", observation)
            for name, observation in self._due(second):
                for step in self.judgement.observe(self.judged[name], observation):
                    self.spans[name].extend(step.spans)
            for of, step in self.judgement.advance(second + 1, witnesses):
                self.spans[names[of]].extend(step.spans)

    def _due(self, second: int) -> Iterator[tuple[str, Observation]]:
        for name, of in self.pinged.items():
            slot, rest = divmod(second, of.interval)
            if rest == 0 and slot < len(of.slots) and of.slots[slot] != "?":
                letter = of.slots[slot]
                yield name, Observation(second, OUTCOMES[letter], QUICK if letter == "." else None)

    def states(self, name: str) -> str:
        interval = self.pinged[name].interval
        return "".join(LETTERS[span.state] * (span.seconds // interval) for span in self.spans[name])


def stretches(letters: str, seconds: int) -> st.SearchStrategy[str]:
    runs = st.tuples(st.sampled_from(letters), st.integers(min_value=1, max_value=25))
    return st.lists(runs, min_size=1, max_size=8).map(
        lambda found: "".join(letter * number for letter, number in found).ljust(seconds, ".")[:seconds]
    )


SECONDS = 90
RULES = st.builds(
    Rules,
    down_after=st.integers(1, 4),
    up_after=st.integers(1, 4),
    bridge=st.integers(0, 2),
    window=st.just(300),
)
PINGED = st.builds(
    lambda slots, interval, timeout, rules: Pinged(slots[: SECONDS // interval], interval, timeout, rules),
    stretches("..FF!?", SECONDS),
    st.sampled_from([1, 1, 2, 5]),
    st.integers(1, 4),
    RULES,
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(stretches(".FF!?", SECONDS), min_size=1, max_size=3),
    st.lists(PINGED, min_size=1, max_size=4),
    st.sampled_from([None, 1, 2]),
)
def test_the_stream_settles_a_prefix_of_what_the_method_says_of_the_whole(
    references: list[str], pinged: list[Pinged], demanded: int | None
) -> None:
    """References, their quorum, the witnesses that still answer: all at once."""
    named = {f"o{number}": of for number, of in enumerate(pinged)}
    district = District(references, named, demanded)
    district.run(SECONDS)
    isolated = isolated_seconds(references, named, quorum(len(references), demanded), SECONDS)
    for name, of in named.items():
        slots = with_isolation(of, isolated)
        first = len(slots) - len(slots.lstrip("?"))
        whole = judged(slots[first:].rstrip("?"), of.rules).states
        settled = district.states(name)
        assert whole.startswith(settled)
        undecided = max(of.rules.down_after, of.rules.up_after) - 1 + of.rules.bridge
        waiting = (of.interval + of.timeout + 4) // of.interval + 1
        assert len(whole[len(settled) :].replace("X", "")) <= undecided + waiting
