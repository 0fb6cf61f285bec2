"""The sample at the root of the repository."""

from __future__ import annotations

import re
from collections import Counter
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from exporter.inventory import load
from exporter.model import CreditFormula, Inventory, Medium

FILE = Path(__file__).parents[2] / "inventory.yaml"


@pytest.fixture(scope="module")
def sample() -> Inventory:
    return load(FILE)


def test_the_sample_is_31_offices_2_providers_6_nodes_and_34_links(sample: Inventory) -> None:
    assert (len(sample.offices), len(sample.providers), len(sample.nodes)) == (31, 2, 6)
    assert Counter(link.name for link in sample.links()) == {"primary": 31, "backup": 3}


def test_the_sample_says_that_it_is_one(sample: Inventory) -> None:
    assert sample.organisation.sample
    assert sample.organisation.name == "Diskominfosatik Kabupaten Serang"


def test_every_address_of_the_sample_is_its_own_and_nobodys(sample: Inventory) -> None:
    addresses = [
        *(link.address for link in sample.links()),
        *(node.address for node in sample.nodes.values()),
        *(reference.address for reference in sample.references),
    ]

    assert len(set(addresses)) == len(addresses) == 34 + 6 + 2
    names = [address for address in addresses if address.endswith(".example")]
    assert names == ["wan2.setda.example"]
    assert all(ip_address(address) in ip_network("198.18.0.0/15") for address in addresses if address not in names)


def test_every_website_of_the_sample_is_nobodys(sample: Inventory) -> None:
    hosts = [urlsplit(office.website.url).hostname or "" for office in sample.offices.values() if office.website]

    assert len(set(hosts)) == 31
    assert all(host.endswith(".example") for host in hosts)


def test_the_nodes_of_the_sample_are_one_tree(sample: Inventory) -> None:
    assert [code for code, node in sample.nodes.items() if node.parent is None] == ["core"]
    assert any(node.parent not in {None, "core"} for node in sample.nodes.values())


def test_every_link_of_the_sample_is_polled_and_has_a_contract_of_10_to_100_mbps(sample: Inventory) -> None:
    contracts = [contract for link in sample.links() for contract in link.contracts]

    assert {link.snmp.interface for link in sample.links() if link.snmp} == {"ether1-wan"}
    assert all(10**7 <= (contract.download_bps or 0) <= 10**8 and contract.monthly_fee for contract in contracts)
    assert {link.medium for link in sample.links()} == {Medium.FIBRE, Medium.WIRELESS, Medium.VSAT}


def test_the_sample_shows_both_kinds_of_credit(sample: Inventory) -> None:
    credits_ = [provider.credit for provider in sample.providers.values() if provider.credit]

    assert [credit.formula for credit in credits_] == [CreditFormula.PRO_RATA_DOWNTIME, None]
    assert [len(credit.tiers) for credit in credits_] == [0, 3]


def test_the_only_secret_of_the_sample_is_a_reference() -> None:
    assert re.findall(r"\$\{\w+\}", re.sub(r"#.*", "", FILE.read_text(encoding="utf-8"))) == ["${SNMP_COMMUNITY}"]


def test_every_office_of_the_sample_lies_in_the_district(sample: Inventory) -> None:
    places = [office.location for office in sample.offices.values()]

    assert len(set(places)) == 31
    assert all(place and -6.4 < place[0] < -5.9 and 105.8 < place[1] < 106.5 for place in places)
