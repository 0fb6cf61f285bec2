"""The lab's websites before anything is served: who is in which condition, what is true then, and where names lead."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from ipaddress import ip_address
from itertools import pairwise

import pytest
from lab_district import TEXT, parsed

from exporter.errors import InputError
from exporter.lab.share import share
from exporter.lab.sites import bombs, conditions, content, naming, plan
from exporter.lab.sites.conditions import Condition, Kind, Manner
from exporter.lab.sites.naming import Named
from exporter.lab.sites.plan import SiteTruth
from exporter.model import Inventory

SAMPLE = parsed((share() / "inventory.yaml").read_text(encoding="utf-8"))
STARTED_AT = 1_795_000_000.7
ALL = [plan.assignment(SAMPLE, seed) for seed in range(plan.SEEDS_FOR_ALL)]
FIRST, SECOND = "    district: Ciruas\n", "    district: Kramatwatu\n"


def with_websites(first: str, second: str) -> Inventory:
    """The small district, with websites for an office in Ciruas and one in Kramatwatu."""
    text = TEXT.replace(FIRST, f"{FIRST}    website: {{url: {first!r}}}\n", 1)
    return parsed(text.replace(SECOND, f"{SECOND}    website: {{url: {second!r}}}\n"))


@pytest.mark.parametrize("assigned", ALL)
def test_each_of_the_samples_websites_has_a_condition_and_18_are_healthy(assigned: dict[str, Condition]) -> None:
    assert set(assigned) == set(SAMPLE.offices)
    assert sum(condition.is_active for condition in assigned.values()) == 18


@pytest.mark.parametrize("assigned", ALL)
def test_the_healthy_are_of_all_manners_and_of_many_ages(assigned: dict[str, Condition]) -> None:
    healthy = [condition for condition in assigned.values() if condition.kind is Kind.HEALTHY]
    assert {condition.manner for condition in healthy} == set(Manner)
    assert len({condition.age_days for condition in healthy}) == len(healthy) == 9


def test_a_few_seeds_together_have_every_condition() -> None:
    assert {condition.kind for assigned in ALL for condition in assigned.values()} == set(Kind)


def test_one_seed_gives_one_assignment() -> None:
    assert plan.assignment(SAMPLE, 3) == ALL[3] != ALL[4]


def test_on_the_demos_day_25_websites_are_healthy_and_6_have_a_fault_each_of_its_own() -> None:
    assigned = plan.demo_assignment(SAMPLE).values()
    faults = [condition.kind for condition in assigned if not condition.is_active]
    assert (len(assigned), len(faults), len(set(faults))) == (31, 6, 6)


def test_an_office_without_a_website_has_no_condition() -> None:
    district = with_websites("https://dinkes.example/", "https://disdik.example/")
    assert set(plan.assignment(district, 0)) == set(plan.demo_assignment(district)) == {"dinkes", "disdik"}


def test_the_truth_tells_what_was_published_where_that_can_be_known() -> None:
    assigned = {
        "a": Condition(Kind.HEALTHY, Manner.JOOMLA, 2),
        "b": Condition(Kind.PARKED),
        "c": Condition(Kind.ROBOTS_REFUSE),
        "d": Condition(age_days=None),
    }
    assert plan.truth(assigned, STARTED_AT) == [
        SiteTruth("a", is_active=True, kind=Kind.HEALTHY, published_at=1_795_000_000.0 - 2 * 86_400),
        SiteTruth("b", is_active=False, kind=Kind.PARKED, published_at=None),
        SiteTruth("c", is_active=True, kind=Kind.ROBOTS_REFUSE, published_at=None),
        SiteTruth("d", is_active=True, kind=Kind.HEALTHY, published_at=None),
    ]


@pytest.mark.parametrize(
    "condition", [Condition(), Condition(Kind.BOMB, Manner.DRUPAL, 0.5), Condition(age_days=None)], ids=str
)
def test_a_condition_is_read_as_it_is_written(condition: Condition) -> None:
    assert conditions.parse(condition.written()) == condition


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"kind": "bom"}, "a website has no condition 'bom'; did you mean 'bomb'?"),
        ({"manner": "worpdress"}, "a website has no manner 'worpdress'; did you mean 'wordpress'?"),
        (
            {"manner": ["x"]},
            "a website has no manner ['x']; known are wordpress, joomla, drupal, hand-made, single-page",
        ),
        ({"colour": "red"}, "a website's condition is {kind, manner, age_days}; read {'colour': 'red'}"),
        ("bomb", "a website's condition is {kind, manner, age_days}; read 'bomb'"),
        (
            {"age_days": -1},
            "age_days is -1; name 0 to 3650 days, or null for a site without publications",
        ),
        (
            {"age_days": True},
            "age_days is True; name 0 to 3650 days, or null for a site without publications",
        ),
    ],
)
def test_a_condition_that_is_not_understood_is_refused(written: object, told: str) -> None:
    with pytest.raises(InputError) as caught:
        conditions.parse(written)
    assert str(caught.value) == told


def test_each_name_has_an_address_that_nobody_else_has() -> None:
    addresses = [address for named in naming.named(SAMPLE) for address in named.names]
    assert len(set(addresses)) == len(addresses) == 64
    assert all(ip_address(address) in naming.ADDRESSES for address in addresses)


def test_names_come_in_the_inventorys_order_without_www_and_the_stranger_last() -> None:
    assert naming.named(with_websites("http://www.dinkes.example/", "https://disdik.example:443/")) == [
        Named("dinkes.example", "198.18.240.1", "198.18.240.2", "dinkes"),
        Named("disdik.example", "198.18.240.3", "198.18.240.4", "disdik"),
        Named("hadiah-bonus.example", "198.18.240.5", "198.18.240.6", None),
    ]


def test_an_address_of_the_inventory_is_left_to_it() -> None:
    text = TEXT.replace("198.18.41.1", "198.18.240.1").replace(
        FIRST, f"{FIRST}    website: {{url: 'https://a.example'}}\n", 1
    )
    assert naming.named(parsed(text))[0] == Named("a.example", "198.18.240.2", "198.18.240.3", "dinkes")


@pytest.mark.parametrize("url", ["https://dinkes.example:8443/", "http://198.18.9.9/", "https://[2001:db8:18::9]/"])
def test_a_website_that_the_lab_has_no_name_for_is_refused(url: str) -> None:
    with pytest.raises(InputError) as caught:
        naming.named(with_websites(url, "https://disdik.example/"))
    assert (
        str(caught.value)
        == f"dinkes: the lab can't serve {url}; name a host without a port, like https://dinkes.example/"
    )


def test_two_offices_of_one_website_are_refused() -> None:
    told = r"^dinkes and disdik have one website, satu\.example; in the lab each needs its own$"
    with pytest.raises(InputError, match=told):
        naming.named(with_websites("https://satu.example/", "https://www.satu.example/berita"))


def test_a_bomb_unpacks_to_what_it_says_and_its_sums_are_right() -> None:
    assert gzip.decompress(bombs.packed(b"<html>", b"</html>", 3)) == b"<html>" + b" " * (8 << 20) + b"</html>"


def test_a_large_bomb_is_a_thousandth_of_what_it_unpacks_to() -> None:
    assert 1_000_000 < len(bombs.packed(b"", b"", 10)) < 1_200_000


def test_publications_come_newest_first_and_the_newest_is_of_the_instant() -> None:
    newest = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
    found = content.articles("dinkes.example", newest)
    assert (len(found), found[0].at, found[0].day) == (8, newest, "Rabu, 18 November 2026")
    assert all(later.at > earlier.at and later.number > earlier.number for later, earlier in pairwise(found))
    assert len({article.slug for article in found}) == 8


def test_a_website_that_has_published_nothing_has_no_articles() -> None:
    assert content.articles("dinkes.example", None) == ()
