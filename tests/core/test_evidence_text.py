"""Evidence in plain sentences, as `terpadu outages show` prints it."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from exporter.cause import Above, DeviceSeen, Evidence, Together, Trail
from exporter.report.evidence import sentences

ZONE = ZoneInfo("Asia/Jakarta")
START = 1_770_000_000  # 2026-02-02 09:40:00
END = START + 60
UP = DeviceSeen(is_polled=True, good_before=START - 20, asked_at=END + 12, boot_at=START - 86_400)
ALONE = Evidence(START, END, UP)


def told(evidence: Evidence) -> list[str]:
    return list(sentences(evidence, ZONE))


def test_a_device_that_was_up_all_through() -> None:
    assert told(ALONE) == [
        "The device answered well at 2026-02-02 09:39:40 WIB, before the outage.",
        "Asked at 2026-02-02 09:41:12 WIB, it had been up since 2026-02-01 09:40:00 WIB: all through the outage.",
    ]


def test_a_device_that_booted_at_the_end() -> None:
    assert told(replace(ALONE, device=replace(UP, boot_at=END - 4)))[1] == (
        "Asked at 2026-02-02 09:41:12 WIB, it had booted at 2026-02-02 09:40:56 WIB, 4 s before its end."
    )
    assert told(replace(ALONE, device=replace(UP, boot_at=END)))[1].endswith(", at the outage's end.")
    assert told(replace(ALONE, device=replace(UP, boot_at=END + 2)))[1].endswith(", 2 s after its end.")


def test_a_boot_too_far_from_the_end_says_why_it_does_not_count() -> None:
    long = replace(ALONE, started_at=START - 7200, device=replace(UP, boot_at=END - 301))
    assert told(long)[1].endswith(", 301 s before its end, which is too far from it to tell; 5 minutes would do.")


def test_what_is_missing_is_said() -> None:
    assert told(replace(ALONE, device=DeviceSeen(is_polled=False))) == [
        "The link's device isn't asked by SNMP, so nobody knows whether it stayed up."
    ]
    assert told(replace(ALONE, device=replace(UP, is_providers=True))) == [
        "The device that is asked stands at the provider's side, so it tells nothing of the office's power."
    ]
    assert told(replace(ALONE, device=DeviceSeen(is_polled=True))) == [
        "The last poll before it wasn't good, or lies too far back: a boot since then proves nothing.",
        "It has not answered since.",
    ]


def test_a_poll_during_the_outage_says_that_nothing_came_after() -> None:
    during = told(replace(ALONE, device=replace(UP, asked_at=START + 30)))
    assert during[-1] == "That was before the outage's end, and it has not answered since."
    still = told(replace(ALONE, ended_at=None, device=replace(UP, asked_at=START + 30, boot_at=START + 10)))
    assert still[-1] == "Asked at 2026-02-02 09:40:30 WIB, it had booted at 2026-02-02 09:40:10 WIB, during the outage."


def test_a_node_above_and_a_provider_come_first() -> None:
    both = replace(ALONE, above=Above("pop-ciruas", START - 3), together=Together("serat", 5, 8))
    assert told(both)[:2] == [
        "The node pop-ciruas above the link was silent too, since 2026-02-02 09:39:57 WIB, 3 s before the link.",
        "Within a minute of this one 4 other links of serat, which had 8 measured, fell silent too, all at one time.",
    ]
    assert told(replace(ALONE, above=Above("pop", START)))[0].endswith("09:40:00 WIB, as long as the link.")
    assert told(replace(ALONE, above=Above("pop", START + 7)))[0].endswith(", 7 s after the link.")


def test_a_node_that_still_answered_is_told_to_be_no_reason() -> None:
    trail = Trail(START + 12, ("198.18.1.1",), "pop", ("pop",))
    assert told(replace(ALONE, above=Above("pop", START + 29), trail=trail))[1] == (
        "But pop still answered while the link was down already, so it isn't why."
    )


def test_too_few_links_for_the_provider_are_said_to_be_too_few() -> None:
    assert told(replace(ALONE, together=Together("serat", 2, 25)))[0] == (
        "Within a minute of this one 1 other link of serat, which had 25 measured, fell silent too,"
        " all at one time: too few for the provider to be why."
    )


def test_the_path_is_shown_beside_the_last_good_one() -> None:
    trail = Trail(
        START + 12, ("192.0.2.2", None, "198.18.1.1"), "pop", ("pop",), START - 900, ("192.0.2.2", "198.18.10.1")
    )
    assert told(replace(ALONE, trail=trail))[-2:] == [
        "Traced at 2026-02-02 09:40:12 WIB: the path ended after pop, hop 3: 192.0.2.2 > * > 198.18.1.1.",
        "The last good path, at 2026-02-02 09:25:00 WIB: 192.0.2.2 > 198.18.10.1.",
    ]


def test_a_neighbours_trace_says_whose_it_is() -> None:
    trail = Trail(START + 12, ("198.18.0.10",), "core", ("core",), traced_link="setda/primary")
    assert told(replace(ALONE, trail=trail))[-1] == (
        "Below the same silent node setda/primary was traced at 2026-02-02 09:40:12 WIB: "
        "the path ended after core, hop 1: 198.18.0.10."
    )


def test_a_path_without_any_hop_says_so() -> None:
    assert told(replace(ALONE, trail=Trail(START + 12, (), None)))[-1] == (
        "Traced at 2026-02-02 09:40:12 WIB: no hop answered."
    )
