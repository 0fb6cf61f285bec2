"""Causes and last hops of a ledger beside the truth's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exporter import inventory
from exporter.cause import DeviceSeen, Evidence, Trail, Verdict
from exporter.lab.scenario import Kind
from exporter.lab.truth import Fact
from exporter.model import Cause
from exporter.scoring.causes import DECIDING_SECONDS, Explained, Explanations
from exporter.timeline import Outage

DISTRICT = inventory.parse(
    """\
organisation: {name: "Kabupaten Uji", timezone: Asia/Jakarta}
providers: {satu: {name: "PT Satu"}}
nodes:
  core: {name: "Core", address: 198.18.0.10}
  pop: {name: "POP", address: 198.18.1.1, provider: satu, parent: core}
offices:
  - code: dinkes
    name: "Dinas Kesehatan"
    district: Ciruas
    links:
      - {name: primary, address: 198.18.10.1, provider: satu, parent: pop, contract: {download: 100Mbps}}
      - {name: six, address: "2001:db8:18::1", provider: satu, parent: pop, contract: {download: 100Mbps}}
  - code: setda
    name: "Sekretariat Daerah"
    district: Ciruas
    links:
      - {name: primary, address: 198.18.11.1, provider: satu, contract: {download: 100Mbps}}
""",
    "inventory.yaml",
)
LINKS = {link.id: link for link in DISTRICT.links()}
DINKES, SIX, SETDA = "dinkes/primary", "dinkes/six", "setda/primary"
T = 1_770_000_000
LONG_AFTER = T + 10_000


def fact(what: str, kind: Kind, cause: Cause | None, *affects: str, low: float = 0.4, high: float = 60.0) -> Fact:
    return Fact(what, kind, T + low, T + high, cause, affects or (what,))


CUT = fact(DINKES, Kind.CUT, Cause.LINK)
FAILED_NODE = fact("pop", Kind.FAIL, Cause.UPSTREAM, DINKES, "pop")
FAILED_PROVIDER = fact("satu", Kind.FAIL, Cause.PROVIDER, DINKES, SETDA, "pop")


def verdict(cause: Cause) -> Verdict:
    return Verdict(cause, T + 80, Evidence(T, T + 60, DeviceSeen(is_polled=True)))


def traced(last_hop: str | None, traced_at: int = T + 12) -> Verdict:
    said = verdict(Cause.LINK)
    return replace(said, evidence=replace(said.evidence, trail=Trail(traced_at, (last_hop,), last_hop)))


def explained(
    said: Verdict | None, *facts: Fact, link: str = DINKES, start: int = 0, end: int | None = 60, now: int = LONG_AFTER
) -> Explained:
    by_target: dict[str, tuple[Fact, ...]] = {}
    for each in facts:
        for target in each.affects:
            by_target[target] = (*by_target.get(target, ()), each)
    into = Explained()
    outage = Outage(T + start, T + start + 10, None if end is None else T + end)
    Explanations(DISTRICT, by_target, now).compare(into, LINKS[link], outage, said)
    return into


def test_a_cause_is_right_where_it_is_the_truths_and_wrong_where_it_is_stated_as_another() -> None:
    assert explained(verdict(Cause.LINK), CUT) == Explained(right=1, hops_missing=1)
    assert explained(verdict(Cause.POWER), CUT) == Explained(wrong=1, hops_missing=1)
    assert explained(verdict(Cause.UNKNOWN), CUT) == Explained(unknown=1, hops_missing=1)


def test_below_a_node_that_its_provider_takes_along_the_node_is_the_cause() -> None:
    assert explained(verdict(Cause.UPSTREAM), FAILED_PROVIDER).right == 1
    assert explained(verdict(Cause.PROVIDER), FAILED_PROVIDER).wrong == 1
    assert explained(verdict(Cause.PROVIDER), FAILED_PROVIDER, link=SETDA).right == 1


def test_of_two_things_at_once_either_is_right() -> None:
    for cause in (Cause.LINK, Cause.UPSTREAM):
        assert explained(verdict(cause), CUT, FAILED_NODE).right == 1


def test_what_begins_a_slot_later_or_ended_before_is_not_the_cause() -> None:
    later = fact("pop", Kind.FAIL, Cause.UPSTREAM, DINKES, "pop", low=1.0)
    before = fact("pop", Kind.FAIL, Cause.UPSTREAM, DINKES, "pop", low=-60.0, high=0.0)
    for other in (later, before):
        assert explained(verdict(Cause.UPSTREAM), CUT, other).wrong == 1


def test_an_outage_that_the_truth_does_not_know_or_that_is_open_is_not_judged() -> None:
    assert explained(verdict(Cause.LINK)) == Explained()
    assert explained(None, CUT, end=None) == Explained()
    impaired = fact(DINKES, Kind.DEGRADE, None)
    assert explained(verdict(Cause.LINK), impaired) == Explained()


def test_without_a_cause_an_outage_waits_as_long_as_it_may_and_is_unknown_then() -> None:
    assert explained(None, CUT, now=T + 60 + DECIDING_SECONDS - 1) == Explained(waiting=1)
    assert explained(None, CUT, now=T + 60 + DECIDING_SECONDS) == Explained(unknown=1, hops_missing=1)


@pytest.mark.parametrize(
    ("facts", "hop"),
    [
        ((CUT,), "pop"),
        ((FAILED_NODE,), "core"),
        ((FAILED_NODE, fact("core", Kind.FAIL, Cause.UPSTREAM, DINKES, "pop", "core")), None),
    ],
)
def test_the_last_hop_is_the_nearest_node_that_answered(facts: tuple[Fact, ...], hop: str | None) -> None:
    assert explained(traced(hop), *facts).hops_right == 1
    assert explained(traced("elsewhere"), *facts).hops_wrong == 1


def test_where_nobody_on_the_way_answers_a_path_without_hops_is_right() -> None:
    cut = fact(SETDA, Kind.CUT, Cause.LINK)
    assert explained(traced(None), cut, link=SETDA).hops_right == 1
    assert explained(traced("pop"), cut, link=SETDA).hops_wrong == 1


def test_a_node_without_an_address_of_the_links_family_does_not_speak() -> None:
    cut = fact(SIX, Kind.CUT, Cause.LINK)
    assert explained(traced(None), cut, link=SIX).hops_right == 1
    assert explained(traced("pop"), cut, link=SIX).hops_wrong == 1


def test_a_node_that_falls_silent_or_comes_back_during_the_trace_counts_either_way() -> None:
    falls = fact("pop", Kind.FAIL, Cause.UPSTREAM, "pop", low=14.0)
    for hop in ("pop", "core"):
        assert explained(traced(hop), CUT, falls).hops_right == 1
    assert explained(traced("core", T + 5), CUT, falls).hops_wrong == 1
