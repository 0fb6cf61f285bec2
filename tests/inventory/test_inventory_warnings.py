"""What is accepted and yet worth a look."""

from __future__ import annotations

from pathlib import Path

from inventory_texts import BASE, with_link, with_top

from exporter.inventory import load_placed, parse, parse_placed, warnings

SECOND = """\
  - code: disdik
    name: Dinas Pendidikan
    district: Ciruas
    links:
      - {name: primary, address: 198.18.10.1, provider: isp, contract: {}}
"""
NODES = "accepted, not acted on yet: nodes' addresses (1)"


def warned(text: str, environment: dict[str, str] | None = None) -> list[str]:
    placed = parse_placed(text, "f.yaml")
    return list(warnings(placed.inventory, environment or {}, placed.places))


def test_an_unset_secret_is_named_with_the_links_concerned() -> None:
    assert warned(with_link('snmp: {interface: e, community: "${C}"}')) == [
        "f.yaml:15:41: offices[0].links[0].snmp.community: ${C} is not set; dinkes/primary is polled without SNMP",
        NODES,
    ]


def test_a_secret_that_is_set_is_no_warning_and_never_shown() -> None:
    assert warned(with_link('snmp: {interface: e, community: "${C}"}'), {"C": "hunter2"}) == [NODES]


def test_a_secret_file_that_is_missing_is_named(tmp_path: Path) -> None:
    file = tmp_path / "community"

    (first, _) = warned(with_link(f"snmp: {{interface: e, community: 'file:{file}'}}"))

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
        NODES,
    ]


def test_two_links_with_one_address_are_named_with_both_lines() -> None:
    assert warned(BASE + SECOND) == [
        (
            "f.yaml:19:34: offices[1].links[0].address: disdik/primary and dinkes/primary (line 12) have one address, "
            "198.18.10.1; each is probed for itself"
        ),
        NODES,
    ]


def test_without_places_the_warnings_are_sentences_alone() -> None:
    assert warnings(parse(BASE + SECOND, "f.yaml"), {}) == (
        "disdik/primary and dinkes/primary have one address, 198.18.10.1; each is probed for itself",
        NODES,
    )


def test_what_this_version_does_not_act_on_is_one_line() -> None:
    text = with_top(
        """defaults: {icmp: {bridge: 1}, degraded: {loss: 1%}}
references: [{name: dns, address: 198.18.0.2}]
maintenance:
  - {start: 2026-02-10T23:00, end: 2026-02-11T01:00, scope: [isp], reason: ODP}
  - {start: 2026-02-11T23:00, end: 2026-02-12T01:00, scope: [isp], reason: ODP}""",
    )
    text = text.replace("{name: PT Contoh}", "{name: PT Contoh, credit: {formula: sla_hours}}")
    text = text.replace("    links:", "    website: {url: https://dinkes.example/}\n    links:")
    text = text.replace("{download: 100Mbps}", "{payer: [{from: 2026-01-01, by: opd}]}")

    assert warned(text) == [
        (
            "accepted, not acted on yet: references (1), nodes' addresses (1), maintenance (2 windows), websites (1), "
            "degraded (1 link), bridge (1 link), credit (1 provider), payers (1 link)"
        ),
    ]


def test_an_inventory_that_uses_nothing_more_has_no_warnings() -> None:
    assert warned(BASE.replace("nodes:\n  core: {name: Core, address: 198.18.0.10}\n", "")) == []


def test_a_file_loads_with_its_places(tmp_path: Path) -> None:
    file = tmp_path / "inventory.yaml"
    file.write_text(BASE, encoding="utf-8")

    placed = load_placed(file)

    assert placed.inventory == parse(BASE, "f.yaml")
    assert placed.places.addresses["dinkes/primary"].node.line == 12
