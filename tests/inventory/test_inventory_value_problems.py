"""Values that are refused, each with its exact message: what was read, and what is expected."""

from __future__ import annotations

import pytest
from inventory_texts import changed, window, with_link

from exporter.errors import InventoryError
from exporter.inventory import parse

VALUES = {
    "an interval below a second": (
        with_link("icmp: {interval: 500ms}"),
        "15:26: offices[0].links[0].icmp.interval: expected whole seconds, for instance '1s'; read '500ms'",
    ),
    "an interval of zero": (
        with_link("icmp: {interval: 0s}"),
        "15:26: offices[0].links[0].icmp.interval: expected an interval from 1s to 24h; read '0s'",
    ),
    "a number without a unit": (
        with_link("icmp: {interval: 1}"),
        "15:26: offices[0].links[0].icmp.interval: expected a duration, for instance '30s', '5m' or '2h'; read '1'",
    ),
    "a timeout over ten seconds": (
        with_link("icmp: {timeout: 11s}"),
        "15:25: offices[0].links[0].icmp.timeout: expected more than 0 and at most 10s; read '11s'",
    ),
    "a timeout of zero": (
        with_link("icmp: {timeout: 0ms}"),
        "15:25: offices[0].links[0].icmp.timeout: expected more than 0 and at most 10s; read '0ms'",
    ),
    "no slots until down": (
        with_link("icmp: {down_after: 0}"),
        "15:28: offices[0].links[0].icmp.down_after: expected a whole number from 1 to 86400; read '0'",
    ),
    "a negative bridge": (
        with_link("icmp: {bridge: -1}"),
        "15:24: offices[0].links[0].icmp.bridge: expected a whole number from 0 to 86400; read '-1'",
    ),
    "a payload too small for its nonce": (
        with_link("icmp: {payload_bytes: 8}"),
        "15:31: offices[0].links[0].icmp.payload_bytes: expected a whole number from 16 to 1472; read '8'",
    ),
    "a payload over a frame": (
        with_link("icmp: {payload_bytes: 1473}"),
        "15:31: offices[0].links[0].icmp.payload_bytes: expected a whole number from 16 to 1472; read '1473'",
    ),
    "a loss over all": (
        with_link("degraded: {loss: 101%}"),
        "15:26: offices[0].links[0].degraded.loss: expected at most 100%; read '101%'",
    ),
    "an availability of nothing": (
        changed("download: 100Mbps", "availability: 0%"),
        "14:34: offices[0].links[0].contract.availability: expected more than 0% and at most 100%; read '0%'",
    ),
    "a decimal comma": (
        changed("download: 100Mbps", "availability: '99,5%'"),
        (
            "14:34: offices[0].links[0].contract.availability: expected a percentage with a decimal point, for "
            "instance '99.5%'; read '99,5%'"
        ),
    ),
    "a rate with a wrong unit": (
        changed("100Mbps", "100MB"),
        (
            "14:30: offices[0].links[0].contract.download: expected a rate in kbps, Mbps or Gbps, for instance "
            "'100Mbps'; read '100MB'"
        ),
    ),
    "money with points": (
        changed("download: 100Mbps", "monthly_fee: 4.500.000"),
        (
            "14:33: offices[0].links[0].contract.monthly_fee: expected whole rupiah as digits alone, for instance "
            "'4500000'; read '4.500.000'"
        ),
    ),
    "a medium unheard of": (
        with_link("medium: fiber"),
        "15:17: offices[0].links[0].medium: unknown word 'fiber'. Did you mean 'fibre'?",
    ),
    "a yes for true": (
        changed("Asia/Jakarta", "Asia/Jakarta, sample: yes"),
        "1:72: organisation.sample: expected true or false; read 'yes'",
    ),
    "a timezone misspelled": (
        changed("Asia/Jakarta", "Asia/Jakara"),
        "1:50: organisation.timezone: unknown timezone 'Asia/Jakara'. Did you mean 'Asia/Jakarta'?",
    ),
    "a timezone that is a folder": (
        changed("Asia/Jakarta", "Asia"),
        "1:50: organisation.timezone: unknown timezone 'Asia'. Did you mean 'Asia/Oral'?",
    ),
    "a timezone that climbs": (
        changed("Asia/Jakarta", "../../etc/passwd"),
        "1:50: organisation.timezone: unknown timezone '../../etc/passwd'; expected one such as 'Asia/Jakarta'",
    ),
    "an address of five parts": (
        changed("198.18.10.1\n", "198.18.10.1.1\n"),
        (
            "12:18: offices[0].links[0].address: expected an IPv4 or IPv6 address or a DNS name, for instance "
            "'198.18.10.1'; read '198.18.10.1.1'"
        ),
    ),
    "an address with a prefix": (
        changed("198.18.10.1\n", "198.18.10.1/24\n"),
        (
            "12:18: offices[0].links[0].address: expected an IPv4 or IPv6 address or a DNS name, for instance "
            "'198.18.10.1'; read '198.18.10.1/24'"
        ),
    ),
    "an address with a no-break space": (
        changed("198.18.10.1\n", "198.18.10.1\N{NO-BREAK SPACE}x\n"),
        (
            "12:18: offices[0].links[0].address: expected an IPv4 or IPv6 address or a DNS name, for instance "
            "'198.18.10.1'; read '198.18.10.1\\xa0x', with a no-break space (U+00A0) in it"
        ),
    ),
    "a broadcast address": (
        changed("198.18.10.1\n", "255.255.255.255\n"),
        ("12:18: offices[0].links[0].address: expected the address of one machine; read '255.255.255.255'"),
    ),
    "a family that the address isn't of": (
        with_link("family: ipv6"),
        "15:17: offices[0].links[0].family: is ipv6, but the address 198.18.10.1 is not",
    ),
    "a place off the globe": (
        changed("    district", "    location: [106.2, -6.1]\n    district"),
        (
            "9:16: offices[0].location[0]: expected the latitude in degrees from -90 to 90; read '106.2' (latitude "
            "first, then longitude, for instance [-6.1389, 106.2297])"
        ),
    ),
    "a place of one number": (
        changed("    district", "    location: [106.2]\n    district"),
        "9:15: offices[0].location: expected [latitude, longitude] in degrees, for instance [-6.1389, 106.2297]",
    ),
    "a day that isn't": (
        with_link("valid_from: 2026-02-30"),
        (
            "15:21: offices[0].links[0].valid_from: expected a date from 1900 to 2099, for instance '2026-01-31'; "
            "read '2026-02-30'"
        ),
    ),
    "a day without end": (
        with_link("valid_to: 9999-12-31"),
        (
            "15:19: offices[0].links[0].valid_to: expected a date from 1900 to 2099, for instance '2026-01-31'; read "
            "'9999-12-31'"
        ),
    ),
    "a validity that ends before it begins": (
        with_link("valid_from: 2026-03-01\n        valid_to: 2026-02-28"),
        "16:19: offices[0].links[0].valid_to: ends before 'valid_from', 2026-03-01",
    ),
    "contracts without days": (
        changed("{download: 100Mbps}", "[{download: 100Mbps}]"),
        "14:20: offices[0].links[0].contract[0]: the key 'from' is missing",
    ),
    "two contracts from one day": (
        changed("{download: 100Mbps}", "[{from: 2026-01-01}, {from: 2026-01-01}]"),
        "14:19: offices[0].links[0].contract: two of these begin on 2026-01-01; one day has one",
    ),
    "a payer without a name": (
        changed("download: 100Mbps", "payer: [{from: 2026-01-01}]"),
        "14:28: offices[0].links[0].contract.payer[0]: the key 'by' is missing",
    ),
    "a credit of both kinds": (
        changed("PT Contoh", "PT Contoh, credit: {formula: sla_hours, tiers: [{below: 99%, credit: 5%}]}"),
        "3:34: providers.isp.credit: expected either 'formula' or 'tiers'",
    ),
    "tiers of one height": (
        changed("PT Contoh", "PT Contoh, credit: {tiers: [{below: 99%, credit: 5%}, {below: 99.0%, credit: 6%}]}"),
        "3:42: providers.isp.credit.tiers: two tiers have the same 'below'",
    ),
    "an unknown cause": (
        changed("PT Contoh", "PT Contoh, excludes: [powr]"),
        "3:37: providers.isp.excludes[0]: unknown word 'powr'. Did you mean 'power'?",
    ),
    "a website without a scheme": (
        changed("    district", "    website: {url: dinkes.example}\n    district"),
        ("9:20: offices[0].website.url: expected an address such as 'https://dinkes.example/'; read 'dinkes.example'"),
    ),
    "a website with a password": (
        changed("    district", '    website: {url: "https://u:hunter2@dinkes.example"}\n    district'),
        "9:20: offices[0].website.url: expected an address without a user and password; what was read isn't shown",
    ),
    "a website of a user without a scheme": (
        changed("    district", '    website: {url: "u:hunter2@dinkes.example"}\n    district'),
        "9:20: offices[0].website.url: expected an address without a user and password; what was read isn't shown",
    ),
    "a website without a host": (
        changed("    district", '    website: {url: "https:///berita"}\n    district'),
        ("9:20: offices[0].website.url: expected an address such as 'https://dinkes.example/'; read 'https:///berita'"),
    ),
    "a website on a port that isn't": (
        changed("    district", '    website: {url: "https://dinkes.example:99999/"}\n    district'),
        (
            "9:20: offices[0].website.url: expected an address such as 'https://dinkes.example/'; read "
            "'https://dinkes.example:99999/'"
        ),
    ),
    "a port beyond the last": (
        with_link('snmp: {interface: e, community: "${C}", port: 65536}'),
        "15:55: offices[0].links[0].snmp.port: expected a whole number from 1 to 65535; read '65536'",
    ),
}

WINDOWS = {
    "a window that ends before it starts": (
        window("2026-02-11T01:00", "2026-02-10T23:00"),
        "16:36: maintenance[0].end: the window ends before it starts, or as it does",
    ),
    "a window of no length": (
        window("2026-02-11T01:00", "2026-02-11T01:00"),
        "16:36: maintenance[0].end: the window ends before it starts, or as it does",
    ),
    "a time without its T": (
        window("2026-02-10 23:00", "2026-02-11T01:00"),
        (
            "16:13: maintenance[0].start: expected a local time such as '2026-02-10T23:00', or one with an offset; "
            "read '2026-02-10 23:00'"
        ),
    ),
    "an hour that isn't": (
        window("2026-02-10T24:30", "2026-02-11T01:00"),
        (
            "16:13: maintenance[0].start: expected a local time such as '2026-02-10T23:00', or one with an offset; "
            "read '2026-02-10T24:30'"
        ),
    ),
    "midnight as the 24th hour": (
        window("2026-02-10T24:00", "2026-02-11T01:00"),
        (
            "16:13: maintenance[0].start: expected a local time such as '2026-02-10T23:00', or one with an offset; "
            "read '2026-02-10T24:00'"
        ),
    ),
    "a local time that doesn't exist": (
        window("2026-03-29T02:30", "2026-03-29T04:00", "Europe/Berlin"),
        (
            "16:13: maintenance[0].start: the local time '2026-03-29T02:30' doesn't exist in Europe/Berlin, where the "
            "clocks change; write it with its offset, for instance '2026-03-29T02:30+01:00'"
        ),
    ),
    "a local time that comes twice": (
        window("2026-10-25T00:30", "2026-10-25T02:30", "Europe/Berlin"),
        (
            "16:36: maintenance[0].end: the local time '2026-10-25T02:30' comes twice in Europe/Berlin, where the "
            "clocks change; write it with its offset, for instance '2026-10-25T02:30+02:00'"
        ),
    ),
}

SNMP = {
    "no interface": (
        with_link('snmp: {community: "${C}"}'),
        "15:15: offices[0].links[0].snmp: the key 'interface' is missing",
    ),
    "no community": (
        with_link("snmp: {interface: ether1}"),
        "15:15: offices[0].links[0].snmp: SNMP version 2c needs 'community', here or in defaults.snmp",
    ),
    "a literal community": (
        with_link("snmp: {interface: ether1, community: hunter2}"),
        (
            "15:46: offices[0].links[0].snmp.community: a secret never stands in the inventory; write where it is, "
            "for instance '${SNMP_COMMUNITY}' or 'file:/etc/terpadu/community' (what was read isn't shown)"
        ),
    ),
    "a community that begins as an alias": (
        with_link("snmp: {interface: ether1, community: *hunter2}"),
        (
            "15:46: offices[0].links[0].snmp.community: an alias ('*') isn't accepted; write the value itself, in "
            "quotes if it begins so"
        ),
    ),
    "a community that begins as a tag": (
        with_link("snmp: {interface: ether1, community: !hunter2}"),
        "15:54: a tag ('!') isn't accepted; put a text that begins with '!' in quotes",
    ),
    "a community beside its key": (
        with_link("snmp: {interface: ether1, community:hunter2}"),
        "15:35: offices[0].links[0].snmp: a blank is missing after 'community:'",
    ),
    "a community as a list": (
        with_link("snmp: {interface: ether1, community: [hunter2]}"),
        "15:46: offices[0].links[0].snmp.community: expected a text; read a list",
    ),
    "a relative file": (
        with_link('snmp: {interface: ether1, community: "file:hunter2"}'),
        (
            "15:46: offices[0].links[0].snmp.community: a secret never stands in the inventory; write where it is, "
            "for instance '${SNMP_COMMUNITY}' or 'file:/etc/terpadu/community' (what was read isn't shown)"
        ),
    ),
    "version 3 without a user": (
        with_link("snmp: {interface: ether1, version: 3}"),
        "15:15: offices[0].links[0].snmp: SNMP version 3 needs 'user', here or in defaults.snmp",
    ),
    "version 3 with a community": (
        with_link('snmp: {interface: ether1, version: 3, user: mon, community: "${C}"}'),
        (
            "15:69: offices[0].links[0].snmp.community: 'community' has no meaning in SNMP version 3; set 'version', "
            "or take the key out"
        ),
    ),
    "version 2c with a user": (
        with_link('snmp: {interface: ether1, user: mon, community: "${C}"}'),
        (
            "15:41: offices[0].links[0].snmp.user: 'user' has no meaning in SNMP version 2c; set 'version', or take "
            "the key out"
        ),
    ),
    "privacy without authentication": (
        with_link('snmp: {interface: ether1, version: 3, user: mon, priv_protocol: AES-128, priv_key: "${P}"}'),
        "15:92: offices[0].links[0].snmp.priv_key: 'priv_key' needs 'auth_key' beside it, here or in defaults.snmp",
    ),
    "a key without its protocol": (
        with_link('snmp: {interface: ether1, version: 3, user: mon, auth_key: "${A}"}'),
        (
            "15:68: offices[0].links[0].snmp.auth_key: 'auth_key' needs 'auth_protocol' beside it, here or in "
            "defaults.snmp"
        ),
    ),
    "a protocol without its key": (
        with_link("snmp: {interface: ether1, version: 3, user: mon, auth_protocol: SHA}"),
        (
            "15:73: offices[0].links[0].snmp.auth_protocol: 'auth_protocol' needs 'auth_key' beside it, here or in "
            "defaults.snmp"
        ),
    ),
    "an unknown protocol": (
        with_link('snmp: {interface: ether1, version: 3, user: mon, auth_protocol: SHA256, auth_key: "${A}"}'),
        "15:73: offices[0].links[0].snmp.auth_protocol: unknown word 'SHA256'. Did you mean 'SHA-256'?",
    ),
    **{
        f"{word} for a protocol": (
            with_link(f"snmp: {{interface: ether1, version: 3, user: mon, {key}: {word}}}"),
            f"15:{60 + len(key)}: offices[0].links[0].snmp.{key}: unknown word '{word}'. Did you mean '{meant}'?",
        )
        for key, word, meant in (
            ("priv_protocol", "AES", "AES-128"),
            ("priv_protocol", "aes", "AES-128"),
            ("priv_protocol", "AES128", "AES-128"),
            ("priv_protocol", "aes_256", "AES-256"),
            ("auth_protocol", "SHA1", "SHA"),
            ("auth_protocol", "sha", "SHA"),
            ("auth_protocol", "sha512", "SHA-512"),
        )
    },
    "a fault of the defaults, once": (
        with_link("snmp: {interface: ether1}") + "defaults: {snmp: {community: hunter2}}\n",
        (
            "16:30: defaults.snmp.community: a secret never stands in the inventory; write where it is, for instance "
            "'${SNMP_COMMUNITY}' or 'file:/etc/terpadu/community' (what was read isn't shown)"
        ),
    ),
}

CASES = {**VALUES, **WINDOWS, **SNMP}


@pytest.mark.parametrize("name", CASES)
def test_a_bad_value_is_refused_with_every_problem_and_its_place(name: str) -> None:
    text, *expected = CASES[name]

    with pytest.raises(InventoryError) as refused:
        parse(text, "inventory.yaml")

    assert [str(problem) for problem in refused.value.problems] == [f"inventory.yaml:{line}" for line in expected]


@pytest.mark.parametrize("name", [name for name in CASES if "hunter2" in CASES[name][0]])
def test_no_message_repeats_what_may_be_a_secret(name: str) -> None:
    with pytest.raises(InventoryError) as refused:
        parse(CASES[name][0], "inventory.yaml")

    assert "hunter2" not in str(refused.value)
