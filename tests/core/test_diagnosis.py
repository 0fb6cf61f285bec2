"""The evidence around outages: who fell silent with whom, what polls say, and when a cause is final."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from exporter import inventory
from exporter.cause import Above, DeviceSeen, Known, Together, Trail, Verdict
from exporter.diagnosis import Diagnosis
from exporter.model import Cause, Inventory
from exporter.observation import DevicePoll, Path
from exporter.timeline import Outage

T = 1_770_000_000
LINKS = ("a/primary", "b/primary", "c/primary", "d/primary", "e/primary")
HEAD = """\
organisation: {name: "Kabupaten Uji", timezone: Asia/Jakarta}
defaults: {snmp: {version: 2c, community: "${SNMP_COMMUNITY}"}}
providers: {isp: {name: "PT Penyedia"}, other: {name: "PT Lain"}}
nodes:
  core: {name: "Core", address: 198.18.0.10}
  pop: {name: "POP", address: 198.18.1.1, parent: core}
offices:
"""
ENTRY = """\
  - code: {code}
    name: "{code}"
    district: Ciruas
    links:
      - {{name: primary, address: 198.18.10.{number}, provider: {provider}, {more}
         contract: {{download: 10Mbps, upload: 10Mbps}}}}
"""
DEVICE = "snmp: {interface: wan},"
BOOT = T - 86_400.0


def district(more: str = DEVICE, without: str = "") -> Inventory:
    codes = [code for code in "abcde" if code != without]
    return inventory.parse(HEAD + "".join(entries(more, codes)), "inventory.yaml")


def entries(more: str = DEVICE, codes: Sequence[str] = "abcde") -> list[str]:
    return [
        ENTRY.format(code=code, number="abcde".index(code) + 1, provider="isp" if code != "e" else "other", more=more)
        for code in codes
    ]


def diagnosis(of: Inventory | None = None, unmeasured: tuple[str, ...] = ()) -> Diagnosis:
    return Diagnosis(of or district(), lambda link: link not in unmeasured, lambda _: True)


def poll(at: float, boot_at: float = BOOT) -> DevicePoll:
    return DevicePoll(at, boot_at, 0, 0)


def outage(start: int, end: int | None = None) -> Outage:
    return Outage(T + start, T + start + 10, None if end is None else T + end)


def final(of: Diagnosis, seconds: int) -> dict[str, Verdict]:
    """Return what becomes final up to an instant, asked each second."""
    found = {}
    for at in range(T, T + seconds + 1):
        found.update(of.advance(at))
    return found


def causes(of: Diagnosis, seconds: int) -> dict[str, Cause]:
    return {link: verdict.cause for link, verdict in final(of, seconds).items()}


def test_a_cut_link_is_told_from_a_power_cut_by_its_devices_age() -> None:
    of = diagnosis()
    for link in LINKS[:2]:
        of.take_poll(link, poll(T - 5))
        of.take_outage(link, outage(0))
        of.take_outage(link, outage(0, 40))
    of.take_poll("a/primary", poll(T + 51))
    of.take_poll("b/primary", poll(T + 51, boot_at=T + 39.0))
    assert causes(of, 120) == {"a/primary": Cause.LINK, "b/primary": Cause.POWER}


def test_the_evidence_holds_what_the_polls_said() -> None:
    of = diagnosis()
    of.take_poll("a/primary", poll(T - 5))
    of.take_outage("a/primary", outage(0))
    of.take_outage("a/primary", outage(0, 40))
    of.take_poll("a/primary", poll(T + 51))
    seen = final(of, 120)["a/primary"].evidence
    assert seen.device == DeviceSeen(is_polled=True, good_before=T - 5, asked_at=T + 51, boot_at=T - 86_400)
    assert (seen.above, seen.together, seen.trail) == (None, None, None)


def test_a_cause_is_given_once() -> None:
    of = diagnosis()
    of.take_outage("a/primary", outage(0, 40))
    of.take_poll("a/primary", poll(T + 51))
    assert len(final(of, 120)) == 1
    assert final(of, 1000) == {}


def test_the_poll_after_the_end_decides_and_later_ones_change_nothing() -> None:
    of = diagnosis()
    of.take_poll("a/primary", poll(T - 5))
    of.take_outage("a/primary", outage(0))
    of.take_outage("a/primary", outage(0, 40))
    of.take_poll("a/primary", poll(T + 41))
    of.take_poll("a/primary", poll(T + 46, boot_at=T + 45.0))
    assert final(of, 120)["a/primary"].evidence.device.boot_at == T - 86_400


def test_while_no_poll_succeeds_a_cause_waits_six_minutes_and_is_unknown_then() -> None:
    of = diagnosis()
    of.take_outage("a/primary", outage(0, 40))
    assert final(of, 399) == {}
    found = dict(of.advance(T + 400))
    assert (found["a/primary"].cause, found["a/primary"].decided_at) == (Cause.UNKNOWN, T + 400)


def test_a_link_without_a_device_waits_for_no_poll() -> None:
    of = diagnosis(district(more=""))
    of.take_outage("a/primary", outage(0, 40))
    assert final(of, 54) == {}
    assert causes(of, 60) == {"a/primary": Cause.UNKNOWN}


def test_the_last_poll_before_an_outage_counts_as_good_up_to_two_intervals_back() -> None:
    fresh, stale = diagnosis(), diagnosis()
    for of, before in ((fresh, 62), (stale, 63)):
        of.take_poll("a/primary", poll(T - before))
        of.take_outage("a/primary", outage(0))
        of.take_outage("a/primary", outage(0, 40))
        of.take_poll("a/primary", poll(T + 51, boot_at=T + 40.0))
    assert causes(fresh, 120) == {"a/primary": Cause.POWER}
    assert causes(stale, 120) == {"a/primary": Cause.UNKNOWN}


def test_a_poll_within_the_outages_first_slot_was_before_it() -> None:
    of = diagnosis()
    of.take_poll("a/primary", poll(T + 0.4))
    of.take_outage("a/primary", outage(0))
    of.take_outage("a/primary", outage(0, 40))
    of.take_poll("a/primary", poll(T + 51, boot_at=T + 40.0))
    assert causes(of, 120) == {"a/primary": Cause.POWER}


def under_pop() -> Inventory:
    return district(more=f"parent: pop, {DEVICE}")


def test_a_node_above_that_fell_silent_no_later_than_half_a_minute_after_is_the_cause() -> None:
    for late, cause in ((30, Cause.UPSTREAM), (31, Cause.LINK)):
        of = diagnosis(under_pop())
        of.take_outage("a/primary", outage(0))
        of.take_outage("pop", outage(late))
        of.take_outage("pop", outage(late, 50))
        of.take_outage("a/primary", outage(0, 50))
        of.take_poll("a/primary", poll(T + 61))
        assert causes(of, 120) == {"a/primary": cause}


def test_the_nearest_node_above_is_named() -> None:
    of = diagnosis(under_pop())
    for node in ("core", "pop"):
        of.take_outage(node, outage(-1, 50))
    of.take_outage("a/primary", outage(0, 50))
    of.take_poll("a/primary", poll(T + 61))
    assert final(of, 120)["a/primary"].evidence.above == Above("pop", T - 1, T + 50)


def test_a_node_further_up_is_a_cause_as_well() -> None:
    of = diagnosis(under_pop())
    of.take_outage("core", outage(-1, 50))
    of.take_outage("a/primary", outage(0, 50))
    of.take_poll("a/primary", poll(T + 61))
    assert final(of, 120)["a/primary"].evidence.above == Above("core", T - 1, T + 50)


def test_a_node_that_was_well_again_before_is_no_cause() -> None:
    of = diagnosis(under_pop())
    of.take_outage("pop", outage(-60, 0))
    of.take_outage("a/primary", outage(0, 50))
    of.take_poll("a/primary", poll(T + 61))
    assert causes(of, 120) == {"a/primary": Cause.LINK}


def test_a_node_above_is_the_cause_also_where_the_device_is_never_asked_again() -> None:
    of = diagnosis(under_pop())
    of.take_outage("pop", outage(0, 50))
    of.take_outage("a/primary", outage(0, 50))
    assert final(of, 409) == {}
    assert causes(of, 410) == {"a/primary": Cause.UPSTREAM}


def test_three_links_of_a_provider_within_a_minute_are_its_outage() -> None:
    of = diagnosis()
    for link, start in zip(LINKS[:3], (0, 30, 60), strict=True):
        of.take_outage(link, outage(start))
    for link, start in zip(LINKS[:3], (0, 30, 60), strict=True):
        of.take_outage(link, outage(start, 100))
        of.take_poll(link, poll(T + 112))
    found = final(of, 200)
    assert {link: verdict.cause for link, verdict in found.items()} == dict.fromkeys(LINKS[:3], Cause.PROVIDER)
    assert found["a/primary"].evidence.together == Together("isp", 3, 4)


def test_outages_a_minute_and_a_second_apart_do_not_go_together() -> None:
    of = diagnosis()
    for link, start in zip(LINKS[:3], (0, 0, 61), strict=True):
        of.take_outage(link, outage(start, 100))
        of.take_poll(link, poll(T + 112))
    assert causes(of, 200)["a/primary"] is Cause.LINK


def test_outages_that_have_no_second_in_common_do_not_go_together() -> None:
    of = diagnosis()
    for link, start, end in zip(LINKS[:3], (0, 0, 40), (35, 35, 80), strict=True):
        of.take_outage(link, outage(start, end))
        of.take_poll(link, poll(T + 95))
    assert causes(of, 200)["c/primary"] is Cause.LINK


def test_only_links_that_were_measured_as_the_outage_came_to_light_count_for_half_of_the_provider() -> None:
    unmeasured: set[str] = set()
    of = Diagnosis(district(), lambda link: link not in unmeasured, lambda _: True)
    of.take_outage("a/primary", outage(0))
    list(of.advance(T + 11))
    unmeasured |= {"c/primary", "d/primary"}
    of.take_outage("b/primary", outage(2))
    seen = [of.provisional(link, T + 13) for link in LINKS[:2]]
    assert [one.evidence.together for one in seen if one is not None] == [Together("isp", 2, 4), Together("isp", 2, 2)]


def test_another_providers_links_do_not_count() -> None:
    of = diagnosis()
    for link in ("a/primary", "b/primary", "e/primary"):
        of.take_outage(link, outage(0, 50))
        of.take_poll(link, poll(T + 61))
    assert causes(of, 200)["a/primary"] is Cause.LINK


def test_a_cause_waits_until_no_outage_beside_it_can_come_to_light_any_more() -> None:
    of = diagnosis()
    of.take_outage("a/primary", outage(0, 20))
    of.take_poll("a/primary", poll(T + 31))
    assert final(of, 34) == {}
    for link in ("b/primary", "c/primary"):
        of.take_outage(link, outage(19))
    assert causes(of, 40) == {"a/primary": Cause.PROVIDER}


def test_while_it_is_open_an_outage_shows_what_is_known_so_far() -> None:
    of = diagnosis(under_pop())
    of.take_outage("a/primary", outage(0))
    before = of.provisional("a/primary", T + 12)
    of.take_outage("pop", outage(1))
    after = of.provisional("a/primary", T + 13)
    assert before is not None
    assert after is not None
    assert (before.cause, after.cause) == (Cause.UNKNOWN, Cause.UPSTREAM)
    assert of.provisional("b/primary", T + 13) is None
    assert final(of, 1000) == {}


WAY = Path(float(T - 100), ("192.0.2.2", "198.18.1.1", "198.18.10.1"), is_whole=True)
CUT_OFF = Path(float(T + 12), ("192.0.2.2", "198.18.1.1", None), is_whole=False)


def test_the_way_of_an_outage_names_the_last_hop_that_answered_beside_the_last_good_way() -> None:
    of = diagnosis()
    assert of.take_path("a/primary", WAY, {})
    of.take_outage("a/primary", outage(0))
    assert not of.take_path("a/primary", CUT_OFF, {"198.18.1.1": "pop"})
    seen = of.provisional("a/primary", T + 15)
    assert seen is not None
    assert seen.evidence.trail == Trail(T + 12, CUT_OFF.hops, "pop", ("pop",), T - 100, WAY.hops)


def test_a_node_that_a_trace_saw_alive_while_the_link_was_down_is_not_its_cause() -> None:
    of = diagnosis(under_pop())
    of.take_outage("a/primary", outage(0))
    of.take_path("a/primary", CUT_OFF, {"198.18.1.1": "pop"})
    of.take_outage("pop", outage(25))
    of.take_outage("pop", outage(25, 50))
    of.take_outage("a/primary", outage(0, 50))
    of.take_poll("a/primary", poll(T + 61))
    assert causes(of, 120) == {"a/primary": Cause.LINK}


def test_a_hop_that_is_no_node_is_named_by_its_address() -> None:
    of = diagnosis()
    of.take_outage("a/primary", outage(0))
    of.take_path("a/primary", CUT_OFF, {})
    seen = of.provisional("a/primary", T + 15)
    assert seen is not None
    assert seen.evidence.trail is not None
    assert seen.evidence.trail.last_hop == "198.18.1.1"


def test_a_way_that_reached_the_link_while_it_was_down_says_nothing() -> None:
    of = diagnosis()
    of.take_outage("a/primary", outage(0))
    assert not of.take_path("a/primary", WAY, {})
    seen = of.provisional("a/primary", T + 15)
    assert seen is not None
    assert seen.evidence.trail is None


def test_a_second_way_counts_where_the_first_had_no_hop() -> None:
    of = diagnosis()
    of.take_outage("a/primary", outage(0))
    of.take_path("a/primary", Path(float(T + 12), (), is_whole=False), {})
    of.take_path("a/primary", replace(CUT_OFF, at=float(T + 70)), {"198.18.1.1": "pop"})
    of.take_path("a/primary", Path(float(T + 99), ("192.0.2.2",), is_whole=False), {})
    seen = of.provisional("a/primary", T + 100)
    assert seen is not None
    assert seen.evidence.trail is not None
    assert (seen.evidence.trail.traced_at, seen.evidence.trail.last_hop) == (T + 70, "pop")


def test_a_half_way_to_a_link_that_is_up_is_not_kept() -> None:
    of = diagnosis()
    assert not of.take_path("a/primary", CUT_OFF, {})
    assert of.good_paths() == {}


def test_a_link_that_leaves_the_inventory_has_its_cause_as_things_stood() -> None:
    of = diagnosis(under_pop())
    of.take_outage("pop", outage(0))
    of.take_outage("a/primary", outage(0))
    of.take_outage("a/primary", outage(0, 30))  # the monitor ends it where its settled time does
    of.reload(district(without="a"), T + 31)
    ((link, verdict),) = of.advance(T + 31)
    assert (link, verdict.cause, verdict.evidence.ended_at) == ("a/primary", Cause.UPSTREAM, T + 30)
    assert final(of, 1000) == {}


def test_what_was_known_of_a_former_device_and_path_is_forgotten() -> None:
    of = diagnosis()
    of.take_poll("a/primary", poll(T - 5))
    of.take_path("a/primary", WAY, {})
    other = inventory.parse((HEAD + "".join(entries())).replace("198.18.10.1,", "198.18.10.99,"), "inventory.yaml")
    of.reload(other, T)
    of.take_outage("a/primary", outage(0))
    seen = of.provisional("a/primary", T + 12)
    assert seen is not None
    assert seen.evidence.device == DeviceSeen(is_polled=True)
    assert of.good_paths() == {}


def test_what_the_ledger_left_is_taken_up() -> None:
    of = diagnosis(under_pop())
    of.restore(
        undecided=[
            ("a/primary", outage(0), None),
            ("b/primary", outage(0, 40), None),
            ("c/primary", outage(-5000, -4900), None),
        ],
        beside=[("pop", outage(0, 40))],
        polls={"a/primary": poll(T - 10)},
        paths={"a/primary": WAY},
    )
    of.take_poll("b/primary", poll(T + 45))
    found = dict(of.advance(T + 46))
    assert {link: verdict.cause for link, verdict in found.items()} == {
        "b/primary": Cause.UPSTREAM,
        "c/primary": Cause.UNKNOWN,
    }
    assert of.good_paths() == {"a/primary": WAY}
    seen = of.provisional("a/primary", T + 46)
    assert seen is not None
    assert seen.evidence.device.good_before == T - 10


def test_what_was_known_outlasts_a_restart() -> None:
    before, after = diagnosis(), diagnosis()
    before.take_poll("a/primary", poll(T - 5))
    before.take_outage("a/primary", outage(0))
    before.take_path("a/primary", CUT_OFF, {"198.18.1.1": "pop"})
    before.take_outage("a/primary", outage(0, 20))
    before.take_poll("a/primary", poll(T + 31, boot_at=T + 18.0))
    ((link, started_at, known),) = before.news()
    assert list(before.news()) == []
    after.restore([(link, Outage(started_at, T + 10, T + 20), known)], [], {link: poll(T + 31, boot_at=T + 18.0)}, {})
    verdict = final(after, 60)["a/primary"]
    assert verdict.cause is Cause.POWER
    assert (verdict.evidence.device.good_before, verdict.evidence.trail) == (T - 5, known.trail)


def test_taking_up_what_the_ledger_left_asks_nobody_who_is_measured() -> None:
    def ask(_link: str) -> bool:
        raise AssertionError("nothing is measured yet")

    of = Diagnosis(district(), ask, lambda _: True)
    of.restore([("a/primary", outage(0), None)], [], {}, {})
    assert list(of.news()) == [("a/primary", T, Known(DeviceSeen(is_polled=True), None))]


def test_only_what_is_new_of_a_case_is_told() -> None:
    of = diagnosis()
    of.take_outage("a/primary", outage(0))
    assert list(of.news()) == [("a/primary", T, Known(DeviceSeen(is_polled=True), 4))]
    of.take_outage("a/primary", outage(0, 40))
    assert list(of.news()) == []
    of.take_poll("a/primary", poll(T + 51))
    ((_, _, known),) = of.news()
    assert known.device.asked_at == T + 51


def test_a_poll_that_failed_before_the_outage_leaves_no_good_one() -> None:
    of = diagnosis()
    of.take_poll("a/primary", poll(T - 35))
    of.take_failure("a/primary", T - 5.0)
    of.take_outage("a/primary", outage(0))
    of.take_outage("a/primary", outage(0, 40))
    of.take_poll("a/primary", poll(T + 51, boot_at=T + 40.0))
    assert causes(of, 120) == {"a/primary": Cause.UNKNOWN}


def test_polls_after_the_first_lost_echo_hide_no_good_one_before() -> None:
    of = diagnosis()
    of.take_poll("a/primary", poll(T - 25))
    of.take_poll("a/primary", poll(T + 5))
    of.take_failure("a/primary", T + 9.0)
    of.take_outage("a/primary", outage(0))
    of.take_outage("a/primary", outage(0, 40))
    of.take_poll("a/primary", poll(T + 51, boot_at=T + 40.0))
    assert causes(of, 120) == {"a/primary": Cause.POWER}


def trail_of(of: Diagnosis, link: str) -> Trail | None:
    seen = of.provisional(link, T + 20)
    assert seen is not None
    return seen.evidence.trail


def test_links_below_a_node_that_a_neighbours_trace_found_silent_share_its_trace() -> None:
    of = diagnosis(under_pop())
    of.take_path("b/primary", WAY, {})
    for link in LINKS[:2]:
        of.take_outage(link, outage(0))
    of.take_path("a/primary", Path(float(T + 12), ("198.18.0.10",), is_whole=False), {"198.18.0.10": "core"})
    assert [of.has_trail(link) for link in LINKS[:3]] == [True, True, False]
    own, shared = trail_of(of, "a/primary"), trail_of(of, "b/primary")
    assert own == Trail(T + 12, ("198.18.0.10",), "core", ("core",))
    assert own is not None
    assert shared == replace(own, traced_link="a/primary", good_at=T - 100, good_hops=WAY.hops)


def test_a_trace_that_found_the_node_alive_tells_of_its_own_link_alone() -> None:
    of = diagnosis(under_pop())
    for link in LINKS[:2]:
        of.take_outage(link, outage(0))
    of.take_path("a/primary", CUT_OFF, {"198.18.1.1": "pop"})
    assert trail_of(of, "b/primary") is None


def test_a_neighbours_trace_of_another_time_tells_nothing() -> None:
    of = diagnosis(under_pop())
    of.take_outage("a/primary", outage(-100))
    of.take_path("a/primary", Path(float(T - 5), (), is_whole=False), {})
    of.take_outage("b/primary", outage(0))
    assert trail_of(of, "b/primary") is None


def test_a_trace_that_began_before_the_outage_was_known_is_no_evidence() -> None:
    of = diagnosis()
    of.take_outage("a/primary", outage(0))
    of.take_path("a/primary", replace(CUT_OFF, at=T + 9.9), {})
    seen = of.provisional("a/primary", T + 15)
    assert seen is not None
    assert seen.evidence.trail is None


def test_a_device_at_the_providers_side_does_not_speak_for_the_office() -> None:
    of = diagnosis(district(more="snmp: {interface: wan, invert: true},"))
    of.take_poll("a/primary", poll(T - 5))
    of.take_outage("a/primary", outage(0))
    of.take_outage("a/primary", outage(0, 40))
    of.take_poll("a/primary", poll(T + 51))
    verdict = final(of, 120)["a/primary"]
    assert (verdict.cause, verdict.evidence.device.is_providers) == (Cause.UNKNOWN, True)


def test_a_link_whose_secret_is_unset_by_now_is_not_waited_for() -> None:
    asked = [True]
    of = Diagnosis(district(), lambda _: True, lambda _: asked[0])
    of.take_outage("a/primary", outage(0, 40))
    asked[0] = False
    verdict = final(of, 60)["a/primary"]
    assert (verdict.cause, verdict.evidence.device.is_polled) == (Cause.UNKNOWN, False)


def test_a_fault_in_one_verdict_leaves_the_case() -> None:
    of = diagnosis(unmeasured=())
    of.take_outage("a/primary", outage(0, 40))
    (one,) = of.ready(T + 400)
    of._inventory.nodes.clear()
    of._links["a/primary"] = replace(of._links["a/primary"], parent="gone")
    with pytest.raises(KeyError):
        of.decide(*one, T + 400)
    assert of.ready(T + 401) == [one]


def test_one_old_outage_keeps_no_others_from_being_forgotten() -> None:
    of = diagnosis(under_pop())
    of.take_outage("d/primary", outage(-1_000_000))
    of.take_outage("pop", outage(-1_000_020, -990_000))
    for start in range(0, 3000, 100):
        of.take_outage("a/primary", outage(start, start + 20))
    for at in range(T, T + 5000, 30):
        list(of.advance(at))
    assert set(of._outages) == {"d/primary", "pop"}


def test_outages_that_nothing_can_be_seen_beside_any_more_are_forgotten() -> None:
    of = diagnosis(under_pop())
    of.take_outage("pop", outage(0, 50))
    of.take_outage("a/primary", outage(0, 50))
    final(of, 700)
    assert of._outages == {}
    assert of._cases == {}
