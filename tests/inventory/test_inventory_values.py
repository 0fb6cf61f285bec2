"""What a good inventory becomes: whole values of the model."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from inventory_texts import BASE, changed, window, with_link, with_top

from exporter.inventory import parse
from exporter.model import (
    AuthProtocol,
    Cause,
    Contract,
    Credit,
    CreditFormula,
    CreditTier,
    Degraded,
    Family,
    Icmp,
    Inventory,
    Language,
    Link,
    Maintenance,
    Medium,
    Node,
    Office,
    Organisation,
    PayerPeriod,
    PrivProtocol,
    Provider,
    Reference,
    Signatory,
    Snmp,
    SnmpVersion,
    UpdateEvery,
    Website,
)
from exporter.secret import SecretRef

LINK = Link("dinkes", "primary", "198.18.10.1", "isp", (Contract(download_bps=100_000_000),))


def only_link(text: str) -> Link:
    (link,) = parse(text, "f.yaml").links()
    return link


def test_the_smallest_inventory_has_the_defaults_of_the_model() -> None:
    assert parse(BASE, "f.yaml") == Inventory(
        organisation=Organisation("Kabupaten Contoh", ZoneInfo("Asia/Jakarta"), Language.INDONESIAN, sample=False),
        providers={"isp": Provider("isp", "PT Contoh")},
        nodes={"core": Node("core", "Core", "198.18.0.10", icmp=Icmp(down_after=5))},
        offices={"dinkes": Office("dinkes", "Dinas Kesehatan", "Ciruas", (LINK,))},
    )


def test_an_organisation_has_its_language_and_signatories() -> None:
    text = changed(
        "Asia/Jakarta",
        "Asia/Makassar, language: en, sample: true, signatories: [{role: A, name: B, id: 0042}, {role: C, name: D}]",
    )

    assert parse(text, "f.yaml").organisation == Organisation(
        "Kabupaten Contoh",
        ZoneInfo("Asia/Makassar"),
        Language.ENGLISH,
        sample=True,
        signatories=(Signatory("A", "B", "0042"), Signatory("C", "D")),
    )


@pytest.mark.parametrize("written", ["0042", "no", "1:2", "null", "~", "1e3", "2026-01-01", "0x1F"])
def test_a_scalar_is_taken_as_written(written: str) -> None:
    assert only_link(with_link(f"circuit: {written}")) == replace(LINK, circuit=written)


def test_a_link_has_all_that_it_may_say() -> None:
    text = with_link(
        """family: ipv4
        parent: core
        medium: vsat
        circuit: SN-0042
        valid_from: 2026-01-01
        valid_to: 2026-12-31
        icmp: {interval: 1m, timeout: 500ms, down_after: 3, up_after: 2, bridge: 0, payload_bytes: 1400}
        degraded: {window: 60, loss: 2.5%, rtt: 900ms}""",
    )

    assert only_link(text) == replace(
        LINK,
        family=Family.IPV4,
        parent="core",
        medium=Medium.VSAT,
        circuit="SN-0042",
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 12, 31),
        icmp=Icmp(60, 0.5, 3, 2, 0, 1400),
        degraded=Degraded(60, Fraction(1, 40), 0.9),
    )


def test_a_links_own_keys_override_the_defaults_key_by_key() -> None:
    text = with_link("icmp: {interval: 5s}") + "defaults: {icmp: {timeout: 3s, down_after: 4}, degraded: {loss: 1%}}\n"

    expected = replace(LINK, icmp=Icmp(5, 3.0, down_after=4), degraded=Degraded(loss_ratio=Fraction(1, 100)))
    assert only_link(text) == expected


def test_a_node_has_the_defaults_but_its_own_down_after() -> None:
    text = (
        changed("198.18.0.10}", "198.18.0.10, icmp: {up_after: 7}}")
        + "defaults: {icmp: {timeout: 3s, down_after: 9}}\n"
    )

    assert parse(text, "f.yaml").nodes == {
        "core": Node("core", "Core", "198.18.0.10", icmp=Icmp(timeout_seconds=3.0, down_after=5, up_after=7)),
    }


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("wan.dinkes.example", "wan.dinkes.example"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
    ],
)
def test_an_address_is_a_literal_or_a_name(written: str, address: str) -> None:
    assert only_link(changed("198.18.10.1\n", f"{written}\n")) == replace(LINK, address=address)


def test_contracts_and_payers_stand_in_the_order_of_their_days() -> None:
    text = changed(
        "{download: 100Mbps}",
        """
          - {from: 2026-07-01, download: 200Mbps, upload: 1.5Mbps, availability: 99.5%, monthly_fee: 4500000}
          - {from: 2026-01-01, payer: [{from: 2026-04-01, by: Dinas X}, {from: 2026-01-01, by: opd}]}""",
    )

    assert only_link(text).contracts == (
        Contract(
            date(2026, 1, 1),
            payers=(PayerPeriod(date(2026, 1, 1), "opd"), PayerPeriod(date(2026, 4, 1), "Dinas X")),
        ),
        Contract(date(2026, 7, 1), 200_000_000, 1_500_000, Fraction(199, 200), 4_500_000),
    )


@pytest.mark.parametrize(
    ("written", "credit"),
    [
        ("{formula: pro_rata_downtime, min_outage: 5m}", Credit(CreditFormula.PRO_RATA_DOWNTIME, (), 300)),
        (
            "{tiers: [{below: 99%, credit: 5%}, {below: 95%, credit: 100%}]}",
            Credit(
                tiers=(
                    CreditTier(Fraction(95, 100), Fraction(1)),
                    CreditTier(Fraction(99, 100), Fraction(5, 100)),
                ),
            ),
        ),
    ],
)
def test_a_provider_has_its_terms(written: str, credit: Credit) -> None:
    terms = f"noc: NOC, availability: 99.5%, credit: {written}, excludes: [power, upstream], exclude_unconfirmed: true"

    assert parse(changed("{name: PT Contoh}", f"{{name: PT Contoh, {terms}}}"), "f.yaml").providers == {
        "isp": Provider("isp", "PT Contoh", "NOC", Fraction(199, 200), credit, (Cause.POWER, Cause.UPSTREAM), True),
    }


def test_an_office_has_its_place_and_website() -> None:
    text = changed(
        "    links",
        """    location: [-6.1389, 106.2297]
    website: {url: "https://dinkes.example:8443/@dinkes", update_every: week, note: baru, domains: [serangkab.example]}
    links""",
    )

    assert parse(text, "f.yaml").offices["dinkes"] == Office(
        "dinkes",
        "Dinas Kesehatan",
        "Ciruas",
        (LINK,),
        (-6.1389, 106.2297),
        Website("https://dinkes.example:8443/@dinkes", UpdateEvery.WEEK, "baru", ("serangkab.example",)),
    )


def test_references_have_a_quorum() -> None:
    text = with_top("reference_quorum: 1\nreferences:\n  - {name: dns, address: 198.18.0.2}")

    inventory = parse(text, "f.yaml")

    assert (inventory.references, inventory.reference_quorum) == ((Reference("dns", "198.18.0.2"),), 1)


def test_a_window_is_local_time_and_becomes_utc() -> None:
    text = window("2026-02-10T23:00", "2026-02-11T01:00:30", scope="dinkes/primary, dinkes, core, isp")
    text = text.replace("reason: ODP", "reason: ODP, recorded: 2026-02-08T09:00Z, approved_by: Bidang Telematika")

    assert parse(text, "f.yaml").maintenance == (
        Maintenance(
            datetime(2026, 2, 10, 16, 0, tzinfo=UTC),
            datetime(2026, 2, 10, 18, 0, 30, tzinfo=UTC),
            ("dinkes/primary", "dinkes", "core", "isp"),
            "ODP",
            datetime(2026, 2, 8, 9, 0, tzinfo=UTC),
            "Bidang Telematika",
        ),
    )


def test_a_local_time_that_comes_twice_is_settled_by_its_offset() -> None:
    text = window("2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00", "Europe/Berlin")

    (only,) = parse(text, "f.yaml").maintenance

    assert (only.starts_at, only.ends_at) == (
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    )


def test_defaults_alone_give_no_link_snmp() -> None:
    assert only_link(with_top('defaults: {snmp: {community: "${C}"}}')).snmp is None


@pytest.mark.parametrize(
    ("defaults", "own", "snmp"),
    [
        ('community: "${C}", port: 1161', "", Snmp("ether1", community=SecretRef("${C}"), port=1161)),
        (
            'community: "${C}"',
            ", community: file:/etc/c, version: 1, address: 198.18.10.2, invert: true",
            Snmp(
                "ether1",
                SnmpVersion.V1,
                community=SecretRef("file:/etc/c"),
                address="198.18.10.2",
                invert=True,
            ),
        ),
        (
            "interval: 1m, timeout: 500ms, retries: 0",
            ", version: 3, user: mon, context: a",
            Snmp(
                "ether1",
                SnmpVersion.V3,
                user="mon",
                context="a",
                interval_seconds=60,
                timeout_seconds=0.5,
                retries=0,
            ),
        ),
        (
            'community: "${C}", user: mon, auth_protocol: SHA-256, auth_key: "${A}"',
            ', version: 3, priv_protocol: AES-128, priv_key: "${P}"',
            Snmp(
                "ether1",
                SnmpVersion.V3,
                user="mon",
                auth_protocol=AuthProtocol.SHA256,
                auth_key=SecretRef("${A}"),
                priv_protocol=PrivProtocol.AES128,
                priv_key=SecretRef("${P}"),
            ),
        ),
        (
            "version: 3, user: mon",
            ', version: 2c, community: "${C}"',
            Snmp("ether1", community=SecretRef("${C}")),
        ),
    ],
)
def test_a_links_snmp_has_what_its_version_uses(defaults: str, own: str, snmp: Snmp) -> None:
    text = with_link(f"snmp: {{interface: ether1{own}}}") + f"defaults: {{snmp: {{{defaults}}}}}\n"

    assert only_link(text) == replace(LINK, snmp=snmp)
