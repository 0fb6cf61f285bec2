"""What is accepted and yet worth a look."""

from __future__ import annotations

from pathlib import Path

import pytest
from inventory_texts import BASE, with_link, with_top

from exporter.inventory import load_placed, parse, parse_placed, warnings
from exporter.inventory.cautions import REFERENCES_SECONDS
from exporter.isolation import REFERENCE

SAMPLE = Path(__file__).parents[2] / "inventory.yaml"
SECOND = """\
  - code: disdik
    name: Dinas Pendidikan
    district: Ciruas
    links:
      - {name: primary, address: 198.18.10.1, provider: isp, contract: {}}
"""
REFERENCES = "references: [{name: gate, address: 198.18.0.1}, {name: dns, address: 198.18.0.2}]\n"
NONE = (
    "there are no references, so nothing is masked: when the monitor itself is cut off, every link reads down; "
    "list two or more machines that it needs under 'references'"
)


def warned(text: str, environment: dict[str, str] | None = None) -> list[str]:
    """What is said of a text, with two references beside it."""
    return warned_as_written(text + REFERENCES, environment)


def warned_as_written(text: str, environment: dict[str, str] | None = None) -> list[str]:
    placed = parse_placed(text, "f.yaml")
    return list(warnings(placed.inventory, environment or {}, placed.places))


def test_an_unset_secret_is_named_with_the_links_concerned() -> None:
    assert warned(with_link('snmp: {interface: e, community: "${C}"}')) == [
        "f.yaml:15:41: offices[0].links[0].snmp.community: ${C} is not set; dinkes/primary is polled without SNMP",
    ]


def test_a_secret_that_is_set_is_no_warning_and_never_shown() -> None:
    assert warned(with_link('snmp: {interface: e, community: "${C}"}'), {"C": "hunter2"}) == []


def test_a_secret_file_that_is_missing_is_named(tmp_path: Path) -> None:
    file = tmp_path / "community"

    (first,) = warned(with_link(f"snmp: {{interface: e, community: 'file:{file}'}}"))

    assert first.endswith(f"file:{file} can't be read or is empty; dinkes/primary is polled without SNMP")


def test_a_secret_of_the_defaults_is_one_warning_for_many_links() -> None:
    links = "".join(
        f"      - {{name: l{n}, address: 198.18.11.{n}, provider: isp, contract: {{}}, snmp: {{interface: e}}}}\n"
        for n in range(1, 8)
    )

    assert warned(f'{BASE}{links}defaults: {{snmp: {{community: "${{C}}"}}}}\n') == [
        (
            "f.yaml:22:30: defaults.snmp.community: ${C} is not set; "
            "dinkes/l1, dinkes/l2, dinkes/l3, dinkes/l4, dinkes/l5 and 2 more are polled without SNMP"
        ),
    ]


def test_two_links_with_one_address_are_named_with_both_lines() -> None:
    assert warned(BASE + SECOND) == [
        (
            "f.yaml:19:34: offices[1].links[0].address: disdik/primary and dinkes/primary (line 12) have one address, "
            "198.18.10.1; each is probed for itself"
        ),
    ]


def test_without_places_the_warnings_are_sentences_alone() -> None:
    text = BASE + SECOND + "defaults: {icmp: {down_after: 1}}\n"

    assert warnings(parse(text, "f.yaml"), {}) == (
        "disdik/primary and dinkes/primary have one address, 198.18.10.1; each is probed for itself",
        NONE,
    )


@pytest.mark.parametrize(("references", "place"), [("", "1:1: "), ("references: []\n", "15:13: references: ")])
def test_without_references_nothing_is_masked(references: str, place: str) -> None:
    assert warned_as_written(BASE + references) == [f"f.yaml:{place}{NONE}"]


def test_a_single_reference_decides_alone() -> None:
    assert warned_as_written(with_top("references: [{name: dns, address: 198.18.0.2}]")) == [
        (
            "f.yaml:15:13: references: dns is the only reference, and decides alone whether the monitor is cut off; "
            "list another"
        ),
    ]


def test_a_link_that_decides_before_the_references_is_named_at_its_own_icmp() -> None:
    assert warned(with_link("icmp: {down_after: 4}")) == [
        (
            "f.yaml:15:15: offices[0].links[0].icmp: dinkes/primary: down_after 4 decides after 5s, the references "
            "after 6s, so outages wait for them; write 'down_after: 5' or more"
        ),
    ]


def test_links_that_decide_before_the_references_by_the_defaults_are_one_line() -> None:
    text = BASE + SECOND.replace("198.18.10.1", "198.18.10.2") + "defaults: {icmp: {timeout: 500ms, down_after: 6}}\n"

    assert warned(text) == [
        (
            "f.yaml:20:18: defaults.icmp: dinkes/primary, disdik/primary: down_after 6 decides after 5.5s, the "
            "references after 6s, so outages wait for them; write 'down_after: 7' or more"
        ),
    ]


@pytest.mark.parametrize(
    ("icmp", "is_hasty"),
    [
        ("down_after: 5", False),
        ("down_after: 5, timeout: 1999ms", True),
        ("down_after: 2, interval: 3s", True),
        ("down_after: 2, interval: 4s", False),
        ("down_after: 1, timeout: 6s", False),
        ("down_after: 1, timeout: 5s", True),
    ],
)
def test_a_link_that_decides_as_late_as_the_references_is_no_warning(icmp: str, *, is_hasty: bool) -> None:
    assert bool(warned(with_link(f"icmp: {{{icmp}}}"))) is is_hasty


def test_no_link_is_measured_against_references_that_are_not_there() -> None:
    assert warned_as_written(with_link("icmp: {down_after: 1}")) == [f"f.yaml:1:1: {NONE}"]


def test_the_references_decide_as_the_isolation_has_it() -> None:
    known_down = (REFERENCE.down_after - 1) * REFERENCE.interval_seconds + REFERENCE.timeout_seconds

    assert known_down + REFERENCE.timeout_seconds == REFERENCES_SECONDS


def test_what_the_reports_say_is_no_warning() -> None:
    text = BASE.replace(
        "{name: PT Contoh}", "{name: PT Contoh, credit: {formula: sla_hours}, excludes: [power, upstream]}"
    )
    text = text.replace("{download: 100Mbps}", "{monthly_fee: 4500000, payer: [{from: 2026-01-01, by: opd}]}")
    text = text.replace("Asia/Jakarta}", "Asia/Jakarta, signatories: [{role: A, name: B}, {role: C, name: D}]}")

    assert warned(text) == []


def test_what_the_core_measures_is_no_warning() -> None:
    text = """defaults: {icmp: {bridge: 1}, degraded: {loss: 1%}}
reference_quorum: 1
maintenance:
  - {start: 2026-02-10T23:00, end: 2026-02-11T01:00, scope: [isp], recorded: 2026-02-08T09:00, reason: ODP}"""

    assert warned(with_top(text)) == []


def test_the_sample_warns_of_nothing() -> None:
    placed = load_placed(SAMPLE)

    assert warnings(placed.inventory, {"SNMP_COMMUNITY": "public"}, placed.places) == ()


def test_a_file_loads_with_its_places(tmp_path: Path) -> None:
    file = tmp_path / "inventory.yaml"
    file.write_text(BASE, encoding="utf-8")

    placed = load_placed(file)

    assert placed.inventory == parse(BASE, "f.yaml")
    assert placed.places.addresses["dinkes/primary"].line == 12


V3 = "interface: e, version: 3, user: u, auth_protocol: SHA, priv_protocol: AES-128"


def test_keys_shorter_than_the_protocol_asks_are_named_and_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "privacy"
    file.write_text("kunci\n", encoding="utf-8")
    text = with_link(f'snmp: {{{V3}, auth_key: "${{A}}", priv_key: "file:{file}"}}')
    short = "is shorter than the 8 characters that a key of SNMPv3 has at least (RFC 3414, 11.2)"
    found = warned(text, {"A": "rahasia"})
    assert [message.split(": ")[-1] for message in found] == [
        f"${{A}} {short}; many devices take no such key",
        f"file:{file} {short}; many devices take no such key",
    ]
    assert found[0].startswith("f.yaml:15:")
    assert "rahasia" not in str(found)
    assert "kunci" not in str(found)


@pytest.mark.parametrize("key", ["12345678", "delapan é"])
def test_keys_of_eight_characters_and_communities_of_any_length_are_no_warning(key: str) -> None:
    users = f'snmp: {{{V3}, auth_key: "${{A}}", priv_key: "${{A}}"}}'
    assert warned(with_link(users), {"A": key}) == []
    assert warned(with_link('snmp: {interface: e, community: "${C}"}'), {"C": "abc"}) == []


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("interval: 5m", []),
        (
            "interval: 301s",
            ["SNMP is asked each 301s, so causes and rates come late; write 'interval: 5m' or less"],
        ),
        ("interval: 6s, timeout: 2s, retries: 2", []),
        (
            "interval: 5s, timeout: 2s, retries: 2",
            [
                (
                    "a silent device is waited for 6s (SNMP timeout x (1 + retries)), longer than the interval of 5s; "
                    "shorten 'timeout' or lengthen 'interval'"
                )
            ],
        ),
    ],
)
def test_an_interval_of_snmp_that_is_too_long_or_too_short_is_named(settings: str, expected: list[str]) -> None:
    found = warned(with_link(f'snmp: {{interface: e, community: "${{C}}", {settings}}}'), {"C": "abc"})
    assert found == [f"dinkes/primary: {message}" for message in expected]


def test_weak_ways_of_snmp_are_named_with_the_links_concerned() -> None:
    keys = 'user: u, auth_key: "${A}", priv_key: "${P}"'
    weak = f"snmp: {{interface: e, version: 3, {keys}, auth_protocol: MD5, priv_protocol: DES}}"
    assert warned(with_link(weak), {"A": "a" * 8, "P": "p" * 8}) == [
        (
            "dinkes/primary: the SNMP authentication protocol MD5 is weak; "
            "write 'auth_protocol: SHA-256' if the device speaks it"
        ),
        (
            "dinkes/primary: the SNMP privacy protocol DES is weak; "
            "write 'priv_protocol: AES-128' if the device speaks it"
        ),
    ]


@pytest.mark.parametrize(
    ("snmp", "expected"),
    [
        ('version: 1, community: "${C}"', ["SNMP version 1 has 32-bit counters only"]),
        ('version: 2c, community: "${C}"', []),
        ("version: 3, user: u", ["an SNMP user without keys is anybody's"]),
        ('version: 3, user: u, auth_protocol: SHA, auth_key: "${C}"', []),
    ],
)
def test_only_what_is_weaker_than_most_devices_speak_is_a_warning(snmp: str, expected: list[str]) -> None:
    found = warned(with_link(f"snmp: {{interface: e, {snmp}}}"), {"C": "hunter22"})
    assert [message.removeprefix("dinkes/primary: ").split(", which")[0].split(";")[0] for message in found] == expected
