"""Causes from evidence as values: which fits first, and what fits none."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.cause import Above, DeviceSeen, Evidence, Known, Together, Trail, judge
from exporter.model import Cause

START, END = 1_770_000_000, 1_770_000_060
UP_ALL_THROUGH = DeviceSeen(is_polled=True, good_before=START - 20, asked_at=END + 12, boot_at=START - 86_400)
BOOTED = replace(UP_ALL_THROUGH, boot_at=END - 4)
ALONE = Evidence(START, END, UP_ALL_THROUGH)


def test_a_device_that_was_up_all_through_lost_its_link() -> None:
    assert judge(ALONE) is Cause.LINK


def test_a_device_that_booted_at_the_end_after_a_good_poll_lost_power() -> None:
    assert judge(replace(ALONE, device=BOOTED)) is Cause.POWER


@pytest.mark.parametrize(("boot_at", "cause"), [(END - 300, Cause.POWER), (END + 300, Cause.POWER)])
def test_five_minutes_beside_the_end_are_near_enough(boot_at: int, cause: Cause) -> None:
    long_outage = replace(ALONE, started_at=END - 7200, device=replace(BOOTED, boot_at=boot_at, asked_at=END + 310))
    assert judge(long_outage) is cause


@pytest.mark.parametrize("boot_at", [END - 301, END + 301])
def test_a_boot_that_is_further_from_the_end_says_nothing(boot_at: int) -> None:
    long_outage = replace(ALONE, started_at=END - 7200, device=replace(BOOTED, boot_at=boot_at, asked_at=END + 310))
    assert judge(long_outage) is Cause.UNKNOWN


def test_a_boot_without_a_good_poll_before_the_outage_says_nothing() -> None:
    assert judge(replace(ALONE, device=replace(BOOTED, good_before=None))) is Cause.UNKNOWN


def test_a_device_up_all_through_needs_no_poll_before() -> None:
    assert judge(replace(ALONE, device=replace(UP_ALL_THROUGH, good_before=None))) is Cause.LINK


def test_a_poll_during_the_outage_does_not_speak_for_its_end() -> None:
    during = replace(UP_ALL_THROUGH, asked_at=END - 10)
    assert judge(replace(ALONE, device=during)) is Cause.UNKNOWN
    assert judge(replace(ALONE, ended_at=None, device=during)) is Cause.LINK


def test_without_a_poll_since_nothing_is_known() -> None:
    assert judge(replace(ALONE, device=DeviceSeen(is_polled=True, good_before=START - 5))) is Cause.UNKNOWN
    assert judge(replace(ALONE, device=DeviceSeen(is_polled=False))) is Cause.UNKNOWN


@pytest.mark.parametrize(
    ("onsets", "measured", "cause"),
    [
        (3, 6, Cause.PROVIDER),
        (3, 7, Cause.LINK),
        (2, 2, Cause.LINK),
        (4, 7, Cause.PROVIDER),
        (31, 31, Cause.PROVIDER),
    ],
)
def test_the_provider_takes_three_links_and_half_of_them(onsets: int, measured: int, cause: Cause) -> None:
    assert judge(replace(ALONE, together=Together("isp", onsets, measured))) is cause


def test_the_node_above_goes_before_the_provider_and_the_provider_before_the_device() -> None:
    together = Together("isp", 5, 6)
    assert judge(replace(ALONE, above=Above("pop", START), together=together, device=BOOTED)) is Cause.UPSTREAM
    assert judge(replace(ALONE, together=together, device=BOOTED)) is Cause.PROVIDER


TRAIL = Trail(START + 12, ("198.18.1.1",), "pop", ("pop",))


def test_a_node_that_still_answered_while_the_link_was_down_is_not_the_cause() -> None:
    below = replace(ALONE, above=Above("pop", START + 29), trail=TRAIL)
    assert judge(below) is Cause.LINK
    assert judge(replace(below, above=Above("core", START))) is Cause.UPSTREAM


@pytest.mark.parametrize(("ended_at", "cause"), [(START + 16, Cause.LINK), (START + 15, Cause.UPSTREAM)])
def test_a_trace_that_a_nodes_recovery_may_have_met_says_nothing_of_it(ended_at: int, cause: Cause) -> None:
    assert judge(replace(ALONE, above=Above("pop", START, ended_at), trail=TRAIL)) is cause


def test_the_providers_own_device_tells_nothing_of_the_office() -> None:
    for device in (UP_ALL_THROUGH, BOOTED):
        assert judge(replace(ALONE, device=replace(device, is_providers=True))) is Cause.UNKNOWN


instants = st.integers(0, 2**40)
devices = st.builds(
    DeviceSeen, st.booleans(), st.booleans(), st.none() | instants, st.none() | instants, st.none() | instants
)
trails = st.builds(
    Trail,
    instants,
    st.lists(st.none() | st.text()).map(tuple),
    st.none() | st.text(),
    st.lists(st.text()).map(tuple),
    st.none() | instants,
    st.none() | st.lists(st.none() | st.text()).map(tuple),
    st.none() | st.text(),
)
evidences = st.builds(
    Evidence,
    instants,
    st.none() | instants,
    devices,
    st.none() | st.builds(Above, st.text(), instants, st.none() | instants),
    st.none() | st.builds(Together, st.text(), st.integers(1, 100), st.integers(1, 100)),
    st.none() | trails,
)


@given(evidences)
def test_evidence_comes_back_from_json(evidence: Evidence) -> None:
    assert Evidence.from_json(json.loads(json.dumps(evidence.as_json()))) == evidence


@given(st.builds(Known, devices, st.none() | st.integers(1, 10_000), st.none() | trails))
def test_what_is_known_of_a_case_comes_back_from_json(known: Known) -> None:
    assert Known.from_json(json.loads(json.dumps(known.as_json()))) == known
